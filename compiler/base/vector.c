/* Growth of the arrays in vector.h: takes the old block, gives one of twice the room. */
#include "base/vector.h"
#include "base/diagnostic.h"
#include <limits.h>
#include <string.h>

void *vector_grow(Arena *arena, void *items, int count, int *capacity, size_t item_size) {
    if (*capacity > INT_MAX / 2) bug("a list of more than %d items", INT_MAX / 2);
    *capacity = *capacity ? 2 * *capacity : 4;
    char *grown = arena_alloc(arena, (size_t)*capacity * item_size);
    if (count) memcpy(grown, items, (size_t)count * item_size);
    return grown;
}
