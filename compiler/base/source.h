/* Source files, and places in them. A place is two byte offsets into all the sources laid end to
 * end; file, line and column are derived when something is printed. */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H
#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Span {
    uint32_t start, end; /* global offsets, end exclusive; {0, 0}: no place */
} Span;

typedef struct Source {
    const char *path;  /* as the user gave it */
    const char *chars; /* NUL-terminated copy */
    uint32_t length, base;
} Source;

typedef struct Sources Sources;
typedef struct Place {
    const Source *source;
    int line, column; /* from 1; the column counts bytes */
    const char *line_start;
    int line_length;
} Place;

enum {
    SOURCE_LARGEST = 1 << 30
};

Sources *sources_new(Arena *arena);
/* NULL when the source is larger than SOURCE_LARGEST bytes, or all together leave no room for
 * offsets. */
const Source *source_add(Sources *sources, const char *path, const char *chars, size_t length);
/* Without a place, source is NULL and line and column are 0. */
Place source_place(const Sources *sources, uint32_t offset);
static inline Span span_join(Span a, Span b) {
    if (a.end == 0) return b;
    if (b.end == 0) return a;
    return (Span){a.start < b.start ? a.start : b.start, a.end > b.end ? a.end : b.end};
}
#endif
