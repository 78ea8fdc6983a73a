/* Memory for one compilation: takes sizes, gives zeroed blocks out of ever larger chunks, all freed
 * at once. Under the address sanitizer every block is a chunk of its own, so that a step past its
 * end is seen. */
#include "base/arena.h"
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if ARENA_SEPARATE
#include <sanitizer/asan_interface.h>
#define POISON(block, size) ASAN_POISON_MEMORY_REGION(block, size)
#else
#define POISON(block, size) ((void)0)
#endif

enum {
    ARENA_ALIGN = 16,
    CHUNK_FIRST = 1 << 12,   /* a proof's or an evaluation's own arena needs no more */
    CHUNK_LARGEST = 1 << 18, /* which calloc maps as it is touched */
    CHUNK_GROWTH = 8,        /* from one to the next */
    HUGE_PAGE = 1 << 21      /* where the largest chunks are not enough: chunks of one such page */
};

typedef struct Chunk {
    struct Chunk *older;
    bool is_mapped;
} Chunk;
enum {
    CHUNK_HEAD = (sizeof(Chunk) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN
};

struct Arena {
    char *at, *end; /* what is left of the newest chunk */
    Chunk *newest;
    size_t next_size, pages; /* huge ones */
    void *given_back[64];    /* by the power of two; each begins with a pointer to the next one */
};

size_t arena_most;

static _Noreturn void out_of_memory(size_t size) {
    fprintf(stderr, "steelyard: out of memory (%zu bytes more were needed)\n", size);
    exit(2);
}

/* Before the system ends this process, or another one. */
static void pages_check(const Arena *arena) {
    if (!arena_most) {
        const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
        arena_most = pages > 0 && page > 0 ? (size_t)pages / 2 * (size_t)page : SIZE_MAX;
        if (arena_most < (size_t)1 << 30) arena_most = (size_t)1 << 30;
    }
    if (arena->pages <= arena_most / HUGE_PAGE) return;
    fprintf(
        stderr,
        "steelyard: out of memory: to compile this program takes more than %zu MB, half of what "
        "there is; derivatives of derivatives grow like this, through recurrences most of all\n",
        arena_most >> 20);
    exit(2);
}

Arena *arena_new(void) {
    Arena *arena = calloc(1, sizeof *arena);
    if (!arena) out_of_memory(sizeof *arena);
    arena->next_size = CHUNK_FIRST;
    return arena;
}

void arena_free(Arena *arena) {
    if (!arena) return;
    for (Chunk *chunk = arena->newest, *older; chunk; chunk = older) {
        older = chunk->older;
        if (chunk->is_mapped)
            munmap(chunk, HUGE_PAGE);
        else
            free(chunk);
    }
    free(arena);
}

/* A large compilation touches a thousand pages, and the faults of first touch are a fifth of its
 * time: one huge page takes a single fault. Where the system has none, pages come one by one; NULL
 * where it has no memory. */
static Chunk *chunk_map(void) {
    char *start =
        mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    size_t before = -(uintptr_t)start % HUGE_PAGE;
    if (before > 0) munmap(start, before);
    munmap(start + before + HUGE_PAGE, HUGE_PAGE - before);
    madvise(start + before, HUGE_PAGE, MADV_HUGEPAGE);
    return (Chunk *)(void *)(start + before);
}

/* A block at the start of a new chunk; one that would leave too much of the last one unused gets a
 * chunk to itself. */
static void *chunk_add(Arena *arena, size_t size, bool zeroed) {
    bool alone = ARENA_SEPARATE || size > arena->next_size / 2 || size > CHUNK_LARGEST / 4;
    bool is_huge = !alone && arena->next_size > CHUNK_LARGEST;
    size_t room = alone ? size : is_huge ? HUGE_PAGE - CHUNK_HEAD : arena->next_size;
    Chunk *chunk = NULL;
    if (is_huge) {
        arena->pages++;
        pages_check(arena);
        chunk = chunk_map();
    }
    bool is_mapped = chunk != NULL;
    if (!chunk) chunk = zeroed || !alone ? calloc(1, CHUNK_HEAD + room) : malloc(CHUNK_HEAD + room);
    if (!chunk) out_of_memory(size);
    chunk->is_mapped = is_mapped;
    chunk->older = arena->newest;
    arena->newest = chunk;
    char *start = (char *)chunk + CHUNK_HEAD;
    if (alone) return start;
    if (arena->next_size <= CHUNK_LARGEST) arena->next_size *= CHUNK_GROWTH;
    arena->at = start + size;
    arena->end = start + room;
    return start;
}

static size_t rounded_up(size_t size) {
    if (ARENA_SEPARATE) return size ? size : 1;
    return size ? (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : ARENA_ALIGN;
}

static inline void *block_new(Arena *arena, size_t size, bool zeroed) {
    if (size > SIZE_MAX / 2) out_of_memory(size);
    size_t rounded = rounded_up(size);
    if ((size_t)(arena->end - arena->at) < rounded) return chunk_add(arena, rounded, zeroed);
    void *block = arena->at;
    arena->at += rounded;
    return block;
}

void *arena_alloc(Arena *arena, size_t size) {
    return block_new(arena, size, true);
}

void *arena_room(Arena *arena, size_t size) {
    return block_new(arena, size, false);
}

void *arena_extend(Arena *arena, void *block, size_t size, size_t more) {
    if (more > SIZE_MAX / 2 || size > SIZE_MAX / 2) out_of_memory(more);
    size_t old = rounded_up(size), grown = rounded_up(size + more);
    bool is_last = block && (char *)block + old == arena->at;
    if (is_last && (size_t)(arena->end - arena->at) >= grown - old) {
        arena->at += grown - old;
        return block;
    }
    char *moved = arena_alloc(arena, size + more);
    if (size) memcpy(moved, block, size);
    return moved;
}

void *arena_borrow(Arena *arena, size_t size) {
    void **first = &arena->given_back[__builtin_ctzll(size)], **block = *first;
    if (!block) return arena_alloc(arena, size);
    *first = *block;
    return memset(block, 0, size);
}

void arena_give_back(Arena *arena, void *block, size_t size) {
    if (ARENA_SEPARATE) {
        POISON(block, size);
        return;
    }
    void **first = &arena->given_back[__builtin_ctzll(size)];
    *(void **)block = *first;
    *first = block;
}

char *arena_text(Arena *arena, const char *text, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    if (length) memcpy(copy, text, length);
    return copy;
}

static int digits_of(char *to, long long number) {
    char digits[24];
    int count = 0, length = 0;
    unsigned long long rest = number < 0 ? -(unsigned long long)number : (unsigned long long)number;
    for (; count == 0 || rest; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    if (number < 0) to[length++] = '-';
    while (count)
        to[length++] = digits[--count];
    return length;
}

/* Most formats only join texts and numbers: those, of %s, %d and %lld and what stands around them,
 * are written without printf. Gives the length, or -1 where there is another directive or no room.
 */
static int format_joined(char *to, int room, const char *format, va_list arguments) {
    int length = 0;
    for (; *format; format++) {
        char digits[24];
        const char *piece = format;
        size_t size = 1;
        if (*format == '%') {
            format++;
            if (*format == 's') {
                piece = va_arg(arguments, const char *);
                if (!piece) return -1;
                size = strlen(piece);
            } else if (*format == 'd') {
                size = (size_t)digits_of(digits, va_arg(arguments, int));
                piece = digits;
            } else if (strncmp(format, "lld", 3) == 0) {
                size = (size_t)digits_of(digits, va_arg(arguments, long long));
                piece = digits;
                format += 2;
            } else {
                return -1;
            }
        }
        if (size >= (size_t)(room - length)) return -1;
        memcpy(to + length, piece, size);
        length += (int)size;
    }
    return length;
}

int format_short(char *to, size_t room, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = format_joined(to, room > INT_MAX ? INT_MAX : (int)room, format, arguments);
    if (length < 0)
        length = vsnprintf(to, room, format, again);
    else
        to[length] = '\0';
    va_end(again);
    return length;
}

char *arena_format(Arena *arena, const char *format, ...) {
    va_list arguments, again;
    char usual[256];
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = format_short(usual, sizeof usual, format, arguments);
    va_end(arguments);
    char *text = arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1);
    if (length >= (int)sizeof usual)
        vsnprintf(text, (size_t)length + 1, format, again);
    else if (length > 0)
        memcpy(text, usual, (size_t)length);
    va_end(again);
    return text;
}
