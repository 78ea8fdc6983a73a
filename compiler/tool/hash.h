/* A hash of bytes that tells contents apart: FNV-1a, 128 bits. Not against an adversary. */
#ifndef TOOL_HASH_H
#define TOOL_HASH_H
#include "base/arena.h"
#include <stdint.h>
#include <string.h>

typedef struct Hash {
    unsigned __int128 state;
} Hash;

static inline Hash hash_new(void) {
    return (Hash){(unsigned __int128)0x6c62272e07bb0142u << 64 | 0x62b821756295c58du};
}

static inline void hash_bytes(Hash *hash, const void *bytes, size_t length) {
    const unsigned __int128 prime = (unsigned __int128)1 << 88 | 0x13b;
    for (size_t i = 0; i < length; i++)
        hash->state = (hash->state ^ ((const unsigned char *)bytes)[i]) * prime;
    uint64_t end = length; /* "ab" "c" is not "a" "bc" */
    for (int i = 0; i < 8; i++, end >>= 8)
        hash->state = (hash->state ^ (end & 255)) * prime;
}

static inline void hash_text(Hash *hash, const char *text) {
    hash_bytes(hash, text, strlen(text));
}

/* 32 hexadecimal digits. */
static inline const char *hash_digits(Arena *arena, const Hash *hash) {
    return arena_format(arena, "%016llx%016llx", (unsigned long long)(hash->state >> 64),
                        (unsigned long long)hash->state);
}
#endif
