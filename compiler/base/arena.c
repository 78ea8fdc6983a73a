/* Memory for one compilation: takes sizes, gives zeroed blocks out of ever larger chunks, all freed
 * at once. Under the address sanitizer every block is a chunk of its own, so that a step past its
 * end is seen. */
#include "base/arena.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    ARENA_ALIGN = 16,
    CHUNK_FIRST = 1 << 12, /* a proof's or an evaluation's own arena needs no more */
    CHUNK_LARGEST = 1 << 18,
    HUGE_PAGE = 1 << 21 /* where the largest chunks are not enough: chunks of one such page */
};

typedef struct Chunk {
    struct Chunk *older;
    size_t used, size; /* of the bytes after this head */
    bool is_mapped;
} Chunk;
enum {
    CHUNK_HEAD = (sizeof(Chunk) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN
};

struct Arena {
    Chunk *newest;
    size_t next_size, pages; /* huge ones */
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
    Chunk *chunk = (Chunk *)(void *)(start + before);
    chunk->size = HUGE_PAGE - CHUNK_HEAD;
    chunk->is_mapped = true;
    return chunk;
}

/* A chunk with room for size; a block too large for the usual size gets one to itself, behind the
 * newest. */
static Chunk *chunk_add(Arena *arena, size_t size, bool zeroed) {
    bool alone = ARENA_SEPARATE || size > arena->next_size / 2;
    bool is_huge = !alone && arena->next_size > CHUNK_LARGEST;
    size_t room = alone ? size : arena->next_size;
    Chunk *chunk = NULL;
    if (is_huge) {
        arena->pages++;
        pages_check(arena);
        chunk = chunk_map();
    }
    if (!chunk) {
        chunk = zeroed || !alone ? calloc(1, CHUNK_HEAD + room) : malloc(CHUNK_HEAD + room);
        if (!chunk) out_of_memory(size);
        chunk->size = room;
        chunk->is_mapped = false;
    }
    chunk->used = 0;
    if (alone && arena->newest) {
        chunk->older = arena->newest->older;
        arena->newest->older = chunk;
    } else {
        chunk->older = arena->newest;
        arena->newest = chunk;
        if (!alone && arena->next_size <= CHUNK_LARGEST) arena->next_size *= 2;
    }
    return chunk;
}

static void *block_new(Arena *arena, size_t size, bool zeroed) {
    if (size > SIZE_MAX / 2) out_of_memory(size);
    size_t rounded = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (ARENA_SEPARATE) rounded = size;
    if (rounded == 0) rounded = ARENA_SEPARATE ? 1 : ARENA_ALIGN;
    Chunk *chunk = arena->newest;
    if (!chunk || chunk->size - chunk->used < rounded) chunk = chunk_add(arena, rounded, zeroed);
    void *block = (char *)chunk + CHUNK_HEAD + chunk->used;
    chunk->used += rounded;
    return block;
}

void *arena_alloc(Arena *arena, size_t size) {
    return block_new(arena, size, true);
}

void *arena_room(Arena *arena, size_t size) {
    return block_new(arena, size, false);
}

char *arena_text(Arena *arena, const char *text, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    if (length) memcpy(copy, text, length);
    return copy;
}

/* Most formats only join texts: those, of %s and what stands around it, are written without printf.
 * Gives the length, or -1 where there is another directive or no room. */
static int format_joined(char *to, int room, const char *format, va_list arguments) {
    int length = 0;
    for (; *format; format++) {
        const char *piece = format;
        size_t size = 1;
        if (*format == '%') {
            if (*++format != 's') return -1;
            piece = va_arg(arguments, const char *);
            if (!piece) return -1;
            size = strlen(piece);
        }
        if (size >= (size_t)(room - length)) return -1;
        memcpy(to + length, piece, size);
        length += (int)size;
    }
    return length;
}

char *arena_format(Arena *arena, const char *format, ...) {
    va_list arguments, again;
    char usual[256];
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = format_joined(usual, sizeof usual, format, arguments);
    va_end(arguments);
    if (length < 0) {
        va_copy(arguments, again);
        length = vsnprintf(usual, sizeof usual, format, arguments);
        va_end(arguments);
    }
    char *text = arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1);
    if (length >= (int)sizeof usual)
        vsnprintf(text, (size_t)length + 1, format, again);
    else if (length > 0)
        memcpy(text, usual, (size_t)length);
    va_end(again);
    return text;
}
