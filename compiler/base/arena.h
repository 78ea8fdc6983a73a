/* One arena per compilation: everything a pass makes lives until the whole is freed at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stdarg.h>
#include <stddef.h>

/* Whether every block is a chunk to itself. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SEPARATE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SEPARATE 1
#endif
#endif
#ifndef ARENA_SEPARATE
#define ARENA_SEPARATE 0
#endif

typedef struct Arena Arena;

/* Bytes that an arena may come to beside blocks with a chunk to themselves; 0: half of the memory
 * that the machine has. */
extern size_t arena_most;

Arena *arena_new(void);
void arena_free(Arena *arena);
/* Zeroed memory, aligned for any type. Never NULL: running out of memory ends the program with a
 * message. */
void *arena_alloc(Arena *arena, size_t size);
/* The same, but what is in it does not matter: large tables that are filled before they are read.
 */
void *arena_room(Arena *arena, size_t size);
/* A block of size bytes with `more` more behind it, and what was in it: the very block where
 * nothing was allocated since. */
void *arena_extend(Arena *arena, void *block, size_t size, size_t more);
/* For what is needed for a moment, often: a block whose size is a power of two, which
 * arena_give_back takes for the next one of that size. */
void *arena_borrow(Arena *arena, size_t size);
void arena_give_back(Arena *arena, void *block, size_t size);
char *arena_text(Arena *arena, const char *text, size_t length);
char *arena_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* vsnprintf, faster for the formats that the passes use most. */
int format_short(char *to, size_t room, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#define ARENA_NEW(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define ARENA_ARRAY(arena, Type, count)                                                            \
    ((Type *)arena_alloc((arena), sizeof(Type) * (size_t)(count)))
#endif
