/* Steelyard runtime: asking for memory before it is needed. No value depends on it. */
#ifndef STEELYARD_FETCH_H
#define STEELYARD_FETCH_H
#include "steelyard_lanes.h"

/* Asks for what will be needed soon; for what will be written. */
#if defined(__GNUC__)
#define SY_FETCH(p) __builtin_prefetch(p)
#define SY_FETCH_TO(p) __builtin_prefetch(p, 1)
#else
#define SY_FETCH(p) ((void)(p))
#define SY_FETCH_TO(p) ((void)(p))
#endif

/* Longer rows would push each other out of the cache before they are needed. */
#define SY_FETCH_LONGEST (1 << 18) /* bytes */

/* A row further than array[index]: SY_LANES elements. They need not exist: so their place is made
 * as a number. */
#define SY_DEFINE_FETCH_NEXT(NAME, TYPE, ASK)                                                      \
    SY_FN void NAME(const TYPE *array, int64_t index, int64_t row) {                               \
        const uintptr_t next = (uintptr_t)array + (uintptr_t)(index + row) * sizeof(TYPE);         \
        if (row > (int64_t)(SY_FETCH_LONGEST / sizeof(TYPE))) return;                              \
        for (uintptr_t i = 0; i < SY_LANES * sizeof(TYPE); i += 64)                                \
            ASK((const void *)(next + i));                                                         \
    }
/* A row that an index chooses, from array[index] on; it need not exist. Before it is needed as many
 * elements are read as `turn` says. */
#define SY_DEFINE_FETCH_CHOSEN(NAME, TYPE)                                                         \
    SY_FN void NAME(const TYPE *array, int64_t index, int64_t count, int64_t turn) {               \
        const uintptr_t row = (uintptr_t)array + (uintptr_t)index * sizeof(TYPE);                  \
        if (turn > (int64_t)(SY_FETCH_LONGEST / sizeof(TYPE))) return;                             \
        for (uintptr_t i = 0; i < (uintptr_t)count * sizeof(TYPE); i += 64)                        \
            SY_FETCH((const void *)(row + i));                                                     \
    }
SY_DEFINE_FETCH_CHOSEN(sy_fetch_chosen_f32, float)
SY_DEFINE_FETCH_CHOSEN(sy_fetch_chosen_f64, double)
SY_DEFINE_FETCH_NEXT(sy_fetch_next_f32, float, SY_FETCH)
SY_DEFINE_FETCH_NEXT(sy_fetch_next_f64, double, SY_FETCH)
SY_DEFINE_FETCH_NEXT(sy_fetch_next_to_f32, float, SY_FETCH_TO)
SY_DEFINE_FETCH_NEXT(sy_fetch_next_to_f64, double, SY_FETCH_TO)
#endif
