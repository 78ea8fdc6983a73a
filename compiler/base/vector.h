/* Growable arrays in an arena: Vector(Type) declares one, vector_push appends. */
#ifndef BASE_VECTOR_H
#define BASE_VECTOR_H
#include "base/arena.h"

#define Vector(Type)                                                                               \
    struct {                                                                                       \
        Type *items;                                                                               \
        int count;                                                                                 \
        int capacity;                                                                              \
    }

/* Makes room for one more item; a block that has to move stays in the arena as well. */
void *vector_grow(Arena *arena, void *items, int *capacity, size_t item_size);

#define vector_push(arena, vector, ...)                                                            \
    do {                                                                                           \
        if ((vector)->count == (vector)->capacity)                                                 \
            (vector)->items = vector_grow((arena), (vector)->items, &(vector)->capacity,           \
                                          sizeof *(vector)->items);                                \
        (vector)->items[(vector)->count++] = (__VA_ARGS__);                                        \
    } while (0)
#endif
