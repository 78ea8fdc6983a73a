/* The sources of one compilation, end to end: takes files' contents, gives the file, line and
 * column of an offset. */
#include "base/source.h"
#include "base/diagnostic.h"
#include "base/vector.h"
#include <string.h>

typedef struct Listed {
    Source source;
    uint32_t *line_starts; /* offsets in the source, ascending; the first is 0 */
    int line_count;
} Listed;

struct Sources {
    Arena *arena;
    Vector(Listed *) list; /* ascending by base */
    uint32_t next;         /* the base of the next one; offset 0 is no place */
};

Sources *sources_new(Arena *arena) {
    Sources *sources = ARENA_NEW(arena, Sources);
    sources->arena = arena;
    sources->next = 1;
    return sources;
}

static void find_lines(Arena *arena, Listed *listed) {
    const char *chars = listed->source.chars, *end = chars + listed->source.length;
    listed->line_count = 1;
    for (const char *at = chars; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++) {
        listed->line_count++;
    }
    listed->line_starts = ARENA_ARRAY(arena, uint32_t, listed->line_count);
    int line = 1;
    for (const char *at = chars; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++) {
        listed->line_starts[line++] = (uint32_t)(at + 1 - chars);
    }
}

const Source *source_add(Sources *sources, const char *path, const char *chars, size_t length) {
    if (length > SOURCE_LARGEST || sources->next > UINT32_MAX - (uint32_t)length - 2) return NULL;
    Listed *listed = ARENA_NEW(sources->arena, Listed);
    listed->source = (Source){
        .path = arena_text(sources->arena, path, strlen(path)),
        .chars = arena_text(sources->arena, chars, length),
        .length = (uint32_t)length,
        .base = sources->next,
    };
    find_lines(sources->arena, listed);
    sources->next += (uint32_t)length + 1; /* the end of a file is a place too */
    vector_push(sources->arena, &sources->list, listed);
    return &listed->source;
}

Place source_place(const Sources *sources, uint32_t offset) {
    int low = 0, high = sources->list.count; /* the last source with base <= offset */
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (sources->list.items[middle]->source.base <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if (offset == 0 || sources->list.count == 0) return (Place){0};
    const Listed *listed = sources->list.items[low];
    const Source *source = &listed->source;
    uint32_t at = offset - source->base;
    if (at > source->length) at = source->length;
    int first = 0, last = listed->line_count; /* the last line that starts at or before at */
    while (last - first > 1) {
        int middle = first + (last - first) / 2;
        if (listed->line_starts[middle] <= at) {
            first = middle;
        } else {
            last = middle;
        }
    }
    uint32_t start = listed->line_starts[first];
    uint32_t end =
        first + 1 < listed->line_count ? listed->line_starts[first + 1] - 1 : source->length;
    if (end > start && source->chars[end - 1] == '\r') end--;
    return (Place){
        .source = source,
        .line = first + 1,
        .column = (int)(at - start) + 1,
        .line_start = source->chars + start,
        .line_length = (int)(end - start),
    };
}
