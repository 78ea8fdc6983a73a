/* A random program: lines of trees, so that parts of it can be taken out while it still shows a
 * fault. A tree is a text with a `@` for each child. */
#ifndef DIFFERENTIAL_SAMPLE_H
#define DIFFERENTIAL_SAMPLE_H
#include "base/text.h"
#include <stdint.h>

enum {
    TREE_CHILDREN = 6,
    SAMPLE_LINES = 96
};

typedef enum TreeType {
    TREE_REAL,
    TREE_INTEGER,
    TREE_BOOL,
    TREE_OPTION, /* an argument that may be left out */
    TREE_LINE    /* a declaration */
} TreeType;

typedef struct Tree {
    TreeType type;
    unsigned axes; /* a bit for each dim that the value has */
    const char *text;
    int count;
    struct Tree *children[TREE_CHILDREN];
} Tree;

typedef struct Sample {
    const char *name;
    const char *text; /* of a file: then there are no lines */
    bool is_double;   /* real f64, and nothing narrower */
    int count;
    Tree *lines[SAMPLE_LINES];
} Sample;

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

/* The same seed gives the same program. An input named p_MASK is read only where the input mask
 * MASK holds: what it holds elsewhere can change nothing. */
Sample *sample_generate(Arena *arena, uint64_t seed, const char *name);
void sample_print(Text *out, const Sample *program);
/* Each variant of the program with one part less, as long as try says no; true when it said yes
 * (the program is then that variant). */
typedef bool SampleTry(void *context, const Sample *program);
bool sample_smaller(Arena *arena, Sample *program, SampleTry *try, void *context, int *position);
#endif
