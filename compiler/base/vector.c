/* Growth of the arrays in vector.h: takes the block, gives one of twice the room. */
#include "base/vector.h"
#include "base/diagnostic.h"
#include <limits.h>

void *vector_grow(Arena *arena, void *items, int *capacity, size_t item_size) {
    if (*capacity > INT_MAX / 2) bug("a list of more than %d items", INT_MAX / 2);
    int more = *capacity ? *capacity : 4;
    items = arena_extend(arena, items, (size_t)*capacity * item_size, (size_t)more * item_size);
    *capacity += more;
    return items;
}
