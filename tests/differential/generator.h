/* What the parts of the generator share: the names declared so far, and what may be mentioned
 * where. */
#ifndef DIFFERENTIAL_GENERATOR_H
#define DIFFERENTIAL_GENERATOR_H
#include "sample.h"

enum {
    MOST_DIMS = 8,
    MOST_VALUES = 48,
    MOST_RANK = 4
};

typedef enum DimKind {
    DIM_RUN,   /* given at run time */
    DIM_FIXED, /* of extent `fixed` */
    DIM_LIKE,  /* as long as `base` */
    DIM_WINDOW /* base - window + 1 */
} DimKind;

typedef struct Dim {
    DimKind kind;
    const char *name;
    int base, window, fixed;
} Dim;

typedef enum ValueType {
    VALUE_REAL,
    VALUE_WEIGHT, /* a real >= 0 */
    VALUE_INTEGER,
    VALUE_MASK,
    VALUE_INDEX
} ValueType;

typedef struct Value { /* a declared name */
    const char *name;
    ValueType type;
    bool is_given;  /* an input or const: exact in f32 */
    bool is_stated; /* its axes have an order */
    bool has_none;
    int index_of; /* INDEX: the dim */
    int mask;     /* may be read only where this value (a mask) holds, or -1 */
    unsigned axes;
    int rank, order[MOST_RANK];
    bool may_differ;     /* may be differentiated by */
    const char *summand; /* a let: the input that is added in it and nowhere else, or NULL */
} Value;

typedef struct Fn {
    const char *name;
    int parameters;
    bool has_axis;
} Fn;

typedef struct Context { /* where an expression stands */
    unsigned axes;       /* dims that it may mention */
    uint64_t masks;      /* given masks known to hold: a bit for each value */
    bool exact;          /* only what is exact in f32 */
} Context;

typedef struct Generator {
    Random random;
    Arena *arena;
    Sample *program;
    int budget; /* trees still to be made, more or less */
    int dim_count, value_count, fn_count;
    Dim dims[MOST_DIMS];
    Value values[MOST_VALUES];
    Fn fns[4];
    bool derives;   /* there are derivatives */
    bool is_smooth; /* no stop, no rounding to f16: central differences see every derivative */
    int wanted;     /* a value that leaves shall be, often; or -1 */
} Generator;

static inline int pick(Generator *g, int limit) {
    return random_below(&g->random, limit);
}
static inline unsigned bit(int i) {
    return 1u << i;
}

/* text has a `@` for each child; the axes are those of the children. */
Tree *tree_new(Generator *g, TreeType type, const char *text, int count, ...);
Tree *tree_leaf(Generator *g, TreeType type, unsigned axes, const char *text);
const char *words(Generator *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
int pick_dim(Generator *g, unsigned among); /* -1: there is none */
int dim_root(const Generator *g, int dim);
Context context_bind(const Generator *g, Context context, unsigned bound);
const char *axis_list(Generator *g, unsigned axes);

/* generate.c */
Value *generator_add_value(Generator *g, ValueType type, const char *name, unsigned axes);
const char *generator_declared(Generator *g, const Value *v); /* x[n, m] */
void generator_add_line(Generator *g, Tree *line);
void generator_add_text(Generator *g, const char *text);

/* derivatives.c */
void add_summand(Generator *g, int number);
void add_derivatives(Generator *g);

/* mixture.c: a whole program */
void add_mixture(Generator *g);

/* expressions.c */
Tree *real_expression(Generator *g, Context context, int depth);
Tree *positive_expression(Generator *g, Context context, int depth);
Tree *integer_expression(Generator *g, Context context, int depth);
Tree *bool_expression(Generator *g, Context context, int depth);
Tree *exact_expression(Generator *g, Context context, int depth);

/* reads.c */
Tree *read_value(Generator *g, Context context, int value); /* NULL: not from here */
Tree *index_of(Generator *g, Context context, int dim); /* NULL: nothing is in range for certain */
Tree *read_elsewhere(Generator *g, Context context, int depth);
Tree *read_guarded(Generator *g, Context context, int depth);

/* reductions.c */
Tree *reduction(Generator *g, Context context, int depth);
Tree *integer_reduction(Generator *g, Context context, int depth);
Tree *bool_reduction(Generator *g, Context context, int depth);
Tree *keeping(Generator *g, Context context, int depth); /* softmax and such */
Tree *grouped(Generator *g, Context context, int depth);
Tree *running(Generator *g, Context context, int depth);
Tree *attention(Generator *g, Context context, int depth);
Tree *contraction(Generator *g, Context context, int depth); /* a product of matrices */
Tree *window(Generator *g, Context context, int depth);
#endif
