/* Random programs of the language, as text. */
#ifndef DIFFERENTIAL_GENERATE_H
#define DIFFERENTIAL_GENERATE_H
#include "base/text.h"
#include <stdint.h>

typedef struct Random {
    uint64_t state;
} Random;

static inline uint64_t random_next(Random *r) { /* splitmix64 */
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline int random_below(Random *r, int limit) {
    return (int)(random_next(r) % (uint64_t)limit);
}

/* The same seed gives the same program. is_double: `real f64`. */
char *generate_program(Arena *arena, uint64_t seed, const char *name, bool is_double);
#endif
