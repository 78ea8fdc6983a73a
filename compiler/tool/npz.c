/* Takes the place of an array (FILE.npy, FILE.npz:MEMBER, FILE.npz), gives the array as it is in
 * the file.
 *
 * A .npz is a zip archive of .npy files, stored or deflated; numpy writes zip64 records even where
 * it need not. Every offset and length in it is compared with the size of the file before it is
 * used, and the checksum of the member with its bytes. */
#include "tool/npy.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

typedef struct Bytes {
    const unsigned char *at;
    size_t length;
} Bytes;

static uint64_t number_at(const Bytes *file, size_t offset, int size) {
    uint64_t number = 0;
    for (int i = 0; i < size; i++)
        number |= (uint64_t)file->at[offset + (size_t)i] << (8 * i);
    return number;
}

static bool fits(const Bytes *file, uint64_t offset, uint64_t length) {
    return offset <= file->length && length <= file->length - offset;
}

typedef struct Member {
    const char *name;
    size_t name_length;
    int method, flags;
    uint64_t packed, size, offset;
    uint32_t checksum;
} Member;

typedef struct Directory {
    uint64_t offset, count;
} Directory;

/* The record at the end of the archive; behind it a comment of up to 65535 bytes may stand. */
static bool directory_find(const Bytes *file, Directory *directory) {
    if (file->length < 22) return false;
    size_t last = file->length - 22, first = last > 65535 ? last - 65535 : 0;
    for (size_t at = last + 1; at-- > first;) {
        if (number_at(file, at, 4) != 0x06054b50) continue;
        directory->count = number_at(file, at + 10, 2);
        directory->offset = number_at(file, at + 16, 4);
        bool is_long = directory->count == 0xffff || directory->offset == 0xffffffff;
        if (!is_long) return true;
        if (at < 20 || number_at(file, at - 20, 4) != 0x07064b50) return true;
        uint64_t record = number_at(file, at - 12, 8);
        if (!fits(file, record, 56) || number_at(file, (size_t)record, 4) != 0x06064b50)
            return false;
        directory->count = number_at(file, (size_t)record + 32, 8);
        directory->offset = number_at(file, (size_t)record + 48, 8);
        return true;
    }
    return false;
}

/* The 64-bit sizes that stand in the extra field for those that are all ones in the entry. */
static bool member_widen(const Bytes *file, Member *m, size_t at, size_t length) {
    uint64_t *wide[3], *all[3] = {&m->size, &m->packed, &m->offset};
    size_t count = 0, end = at + length;
    for (int i = 0; i < 3; i++)
        if (*all[i] == 0xffffffff) wide[count++] = all[i];
    while (end - at >= 4 && count > 0) {
        uint64_t kind = number_at(file, at, 2), size = number_at(file, at + 2, 2);
        at += 4;
        if (size > end - at) return false;
        if (kind != 1) {
            at += size;
            continue;
        }
        if (size < 8 * count) return false;
        for (size_t i = 0; i < count; i++)
            *wide[i] = number_at(file, at + 8 * i, 8);
        return true;
    }
    return true;
}

/* Reads the directory's entry at *at and moves on. */
static bool member_next(const Bytes *file, uint64_t *at, Member *m) {
    if (!fits(file, *at, 46) || number_at(file, (size_t)*at, 4) != 0x02014b50) return false;
    size_t entry = (size_t)*at;
    size_t name = number_at(file, entry + 28, 2), extra = number_at(file, entry + 30, 2);
    size_t comment = number_at(file, entry + 32, 2);
    if (!fits(file, entry + 46, name + extra + comment)) return false;
    *m = (Member){.name = (const char *)file->at + entry + 46,
                  .name_length = name,
                  .flags = (int)number_at(file, entry + 8, 2),
                  .method = (int)number_at(file, entry + 10, 2),
                  .checksum = (uint32_t)number_at(file, entry + 16, 4),
                  .packed = number_at(file, entry + 20, 4),
                  .size = number_at(file, entry + 24, 4),
                  .offset = number_at(file, entry + 42, 4)};
    *at = entry + 46 + name + extra + comment;
    return member_widen(file, m, entry + 46 + name, extra);
}

static bool member_is(const Member *m, const char *name) {
    size_t length = strlen(name);
    if (m->name_length < length || strncmp(m->name, name, length) != 0) return false;
    return m->name_length == length ||
           (m->name_length == length + 4 && strncmp(m->name + length, ".npy", 4) == 0);
}

static bool inflate_all(const unsigned char *from, uint64_t packed, unsigned char *to,
                        uint64_t size) {
    z_stream stream = {.next_in = (unsigned char *)from, .next_out = to};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
    int status = Z_OK;
    while (status == Z_OK) { /* zlib counts in 32 bits */
        uint64_t in = packed - (uint64_t)(stream.next_in - from),
                 out = size - (uint64_t)(stream.next_out - to);
        stream.avail_in = in > 1u << 30 ? 1u << 30 : (uInt)in;
        stream.avail_out = out > 1u << 30 ? 1u << 30 : (uInt)out;
        status = inflate(&stream, Z_NO_FLUSH);
    }
    bool whole = status == Z_STREAM_END && (uint64_t)(stream.next_out - to) == size;
    inflateEnd(&stream);
    return whole;
}

static uint32_t checksum_of(const unsigned char *bytes, uint64_t size) {
    uLong checksum = crc32(0, NULL, 0);
    for (uint64_t at = 0; at < size; at += 1u << 30)
        checksum = crc32(checksum, bytes + at, size - at > 1u << 30 ? 1u << 30 : (uInt)(size - at));
    return (uint32_t)checksum;
}

static bool member_bytes(const Bytes *file, const Member *m, Npy *npy, Bytes *out,
                         const char **reason) {
    *reason = "the archive is damaged: the member lies outside of the file";
    if (!fits(file, m->offset, 30) || number_at(file, (size_t)m->offset, 4) != 0x04034b50)
        return false;
    uint64_t start = m->offset + 30 + number_at(file, (size_t)m->offset + 26, 2) +
                     number_at(file, (size_t)m->offset + 28, 2);
    if (!fits(file, start, m->packed)) return false;
    const unsigned char *from = file->at + start;
    *reason = "the member is encrypted";
    if (m->flags & 1) return false;
    *reason = "the member is compressed in a way that is not known (stored and deflated are)";
    if (m->method != 0 && m->method != 8) return false;
    *reason = "the archive is damaged: the member's sizes cannot be true";
    if (m->method == 0 ? m->packed != m->size : m->size / 1032 > m->packed) return false;
    if (m->method == 8) {
        npy->allocated = malloc(m->size ? (size_t)m->size : 1);
        *reason = "there is no memory for it";
        if (!npy->allocated) return false;
        *reason = "the archive is damaged: the member does not unpack";
        if (!inflate_all(from, m->packed, npy->allocated, m->size)) return false;
        from = npy->allocated;
    }
    *reason = "the archive is damaged: the member's checksum is wrong";
    if (checksum_of(from, m->size) != m->checksum) return false;
    *out = (Bytes){from, (size_t)m->size};
    return true;
}

static bool member_find(Arena *arena, const Bytes *file, const char *name, Member *member,
                        const char **reason) {
    Directory directory;
    *reason = "it is no .npz file (a zip archive), or it is cut off";
    if (!directory_find(file, &directory)) return false;
    Text names = text_new(arena);
    uint64_t at = directory.offset;
    for (uint64_t i = 0; i < directory.count; i++) {
        *reason = "the archive is damaged: its directory cannot be read";
        if (!member_next(file, &at, member)) return false;
        if (member_is(member, name)) return true;
        size_t length = member->name_length;
        if (length > 4 && strncmp(member->name + length - 4, ".npy", 4) == 0) length -= 4;
        if (i < 20) text_format(&names, "%s%.*s", i ? ", " : "", (int)length, member->name);
    }
    *reason = arena_format(arena, "it has no member %s; it has %s%s", name,
                           names.length ? names.chars : "none", directory.count > 20 ? " ..." : "");
    return false;
}

/* --- files --- */

/* Regular files are mapped, the rest (pipes) is read. */
static bool bytes_load(Arena *arena, const char *path, Npy *npy, Bytes *bytes,
                       const char **reason) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    bool good = file >= 0 && fstat(file, &about) == 0;
    if (good && S_ISREG(about.st_mode)) {
        size_t length = (size_t)about.st_size;
        void *mapped = length ? mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
        good = mapped != MAP_FAILED;
        if (good) npy->mapped = mapped, npy->mapped_length = length;
        if (good) *bytes = (Bytes){mapped, length};
    } else if (good) {
        size_t capacity = 1 << 16, count = 0;
        unsigned char *chars = malloc(capacity), *grown;
        ssize_t got = 0;
        while (chars && (got = read(file, chars + count, capacity - count)) > 0) {
            count += (size_t)got;
            if (count < capacity) continue;
            grown = realloc(chars, capacity *= 2);
            if (!grown) free(chars);
            chars = grown;
        }
        good = chars && got == 0;
        npy->allocated = chars;
        *bytes = (Bytes){chars, count};
    }
    if (!good) *reason = arena_format(arena, "%s", strerror(errno));
    if (file >= 0) close(file);
    return good;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool open_place(Arena *arena, const char *place, const char *name, Npy *npy,
                       const char **reason) {
    Bytes bytes;
    const char *colon = strstr(place, ".npz:");
    const char *path = place;
    bool archive = ends_with(place, ".npz");
    if (colon && access(place, F_OK) != 0) { /* a file may be called that */
        path = arena_text(arena, place, (size_t)(colon - place) + 4);
        name = colon + 5;
        archive = true;
    }
    if (!bytes_load(arena, path, npy, &bytes, reason)) return false;
    if (archive || (bytes.length >= 4 && memcmp(bytes.at, "PK\3\4", 4) == 0)) {
        Member member;
        void *archive_bytes = npy->allocated;
        npy->allocated = NULL;
        bool good = member_find(arena, &bytes, name, &member, reason);
        Bytes packed = bytes;
        good = good && member_bytes(&packed, &member, npy, &bytes, reason);
        if (archive_bytes && npy->allocated)
            free(archive_bytes);
        else if (archive_bytes)
            npy->allocated = archive_bytes;
        if (!good) return false;
    }
    return npy_parse(arena, bytes.at, bytes.length, npy, reason);
}

bool npy_open(Arena *arena, const char *place, const char *name, Npy *npy, const char **reason) {
    *npy = (Npy){0};
    if (open_place(arena, place, name, npy, reason)) return true;
    npy_close(npy);
    return false;
}

void npy_close(Npy *npy) {
    if (npy->mapped) munmap(npy->mapped, npy->mapped_length);
    free(npy->allocated);
    npy->mapped = npy->allocated = NULL;
    npy->data = NULL;
}
