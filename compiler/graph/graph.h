/* The graph: what a program means, as immutable, hash-consed nodes. Equal expressions are one node.
 *
 * A node is a function of its free axes. Broadcasting does not exist: a value simply lacks the
 * axis. A reduction binds axes; a bound axis is the declared axis itself, so `sum[n](x)` is the
 * same node wherever it is written, and an inner reduction may bind what an outer one binds too.
 * Substitution renames where a capture threatens (axis_variant).
 *
 * mean, var, softmax, logsumexp, logweight, weighted and empty forms are not operations: build
 * makes them of these. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H
#include "base/compiler.h"

#define LARGEST_EXTENT ((int64_t)1 << 48) /* emitted code refuses more on entry */

typedef struct Node Node;
typedef struct Axis Axis;
typedef struct Array Array;
typedef struct Graph Graph;

typedef enum Scalar {
    SCALAR_BOOL,
    SCALAR_I32,
    SCALAR_I64,
    SCALAR_F32,
    SCALAR_F64,
    SCALAR_F16,
    SCALAR_BF16
} Scalar;
/* F16 and BF16 are storage: only arrays have them; a node that reads such an array is F32. */
const char *scalar_text(Scalar type); /* "f32" */
static inline bool scalar_is_float(Scalar t) {
    return t >= SCALAR_F32;
}
static inline bool scalar_is_integer(Scalar t) {
    return t == SCALAR_I32 || t == SCALAR_I64;
}

enum {
    POLYGAMMA_MOST = 100 /* the largest order that polygamma has */
};

typedef enum Op {
#define OP(id, text, arguments, class, price) OP_##id,
#include "graph/ops.def"
#undef OP
    OP_COUNT
} Op;
typedef enum OpClass {
    OP_LEAF,
    OP_INFIX,
    OP_COMPARE,
    OP_LOGIC,
    OP_CALL,
    OP_TEST,
    OP_SPECIAL,
    OP_REDUCE
} OpClass;
typedef enum Price { /* in this order */
    PRICE_NONE,
    PRICE_STEP,
    PRICE_DIVISION,
    PRICE_FUNCTION
} Price;
typedef struct OpInfo {
    const char *id;   /* "ADD" */
    const char *text; /* "+" */
    int arguments;
    OpClass class_;
    Price price;
} OpInfo;
extern const OpInfo op_info[OP_COUNT];

struct Axis {
    Name name;
    int id; /* order of declaration; the order in axis sets */
    Span span;
    Node *extent; /* i64 without free axes: NUMBER, EXTENT, or arithmetic of these */
    Axis *like;   /* the axis that this one was declared like (followed to the end), or itself */
    Axis *origin; /* variants: the declared axis; else itself */
    int variant;  /* 0, or which renamed copy of origin this is (for captures only) */
    bool is_argument;  /* its extent is a size argument of the C function */
    bool is_joined;    /* stands for two that stand together (plan/flat.c): not the program's */
    bool is_loop_only; /* declared inside a fn: no name of its own in C's interface */
    const char *doc;
};

typedef struct AxisSet { /* interned: equal sets are equal pointers; sorted by id */
    int count;
    Axis *items[];
} AxisSet;

typedef enum ArrayKind {
    ARRAY_INPUT,
    ARRAY_WEIGHT,
    ARRAY_MASK,
    ARRAY_PARAM,
    ARRAY_CONST,
    ARRAY_OUTPUT,
    ARRAY_STATE,     /* what an optimizer keeps of a param from step to step */
    ARRAY_RECURRENCE /* a let that reads itself, or others that read it: see Recurrence */
} ArrayKind;

typedef struct Recurrence Recurrence;

struct Array {
    ArrayKind kind;
    Name name;
    Scalar type; /* as stored: index(c) is I64, a mask is BOOL (one byte, 0 or 1) */
    int rank;
    Axis **axes;      /* in the order declared: row-major */
    Axis *index_axis; /* index(c): checked to lie in 0 .. extent - 1 on entry; else NULL */
    bool has_none;
    int64_t none;                 /* index(c, none = N) */
    Node *initial;                /* PARAM: its initialiser, a node over its axes */
    double *numbers;              /* CONST: row-major */
    Recurrence *recurrence;       /* RECURRENCE: what it holds */
    const struct Array *declared; /* as the program has it, where some of its axes were joined
                                     (plan/flat.c); else NULL */
    const char *doc;
    Span span;
};

/* Lets that read themselves and each other. A read of one is an ARRAY node like any other, so the
 * graph has no circles: they close where an ARRAY's recurrence is looked up. There is an order,
 * found once when the recurrence is made and kept from then on: every read of an array of the
 * group, in the value of another, lies earlier along that array's loops, or at the same place in an
 * array that stands before it in the group. */
typedef struct RecurrenceLoop {
    Axis *axis;
    bool down; /* walked from the last index to the first */
    int nest;  /* members that share the loops around this one and have the same number here share
                  this one too; others have one each, in the order of the group */
} RecurrenceLoop;
typedef struct RecurrenceGroup {
    Vector(Recurrence *) members; /* what is read at the same place comes first */
} RecurrenceGroup;
struct Recurrence {
    Array *array;
    Node *value; /* over the array's axes */
    RecurrenceLoop
        *loops; /* the axes that are walked in order, outermost first; the others are free */
    int loop_count;
    RecurrenceGroup *group;
};

struct Node {
    Op op;
    Scalar type;
    bool guarded;  /* AT: in range only thanks to a condition around it: must not be read outside of
                      that */
    bool can_fail; /* somewhere inside is a guarded AT (or an integer div or mod by what may be 0):
                    * do not hoist it out of the SELECT, AND, OR or domain around it */
    bool has_reduction;  /* somewhere inside is a reduction */
    int id;              /* order of creation: arguments come before users */
    const AxisSet *axes; /* free axes */
    int argument_count;
    Node **arguments;
    union {
        double number;        /* NUMBER of float type */
        int64_t integer;      /* NUMBER of integer type or bool */
        Axis *axis;           /* AXIS, EXTENT */
        Array *array;         /* ARRAY */
        Name name;            /* LET */
        Axis **positions;     /* AT: argument_count - 1 axes, sorted by id. UNIFORM, NORMAL: those
                                 written, for printing alone, or NULL */
        const AxisSet *bound; /* reductions */
    } u;
    Span span; /* where it was first written */
};

typedef struct Output { /* an output or a loss: array->axes is the memory layout; value's free axes
                           are among them */
    Array *array;
    Node *value;
    bool is_loss;
} Output;

typedef struct Entry { /* an extra C function */
    Name name;
    int count;
    int *outputs; /* positions in Model.outputs */
    const char *doc;
    Span span;
} Entry;

typedef struct RangeCheck { /* made of inputs and extents alone: 0 <= index < extent(axis) is
                               checked on entry */
    Node *index;
    Node *guard; /* check only where this holds, or NULL */
    Axis *axis;
    Span span;
} RangeCheck;

typedef struct Binding { /* a let, for printers and names */
    Name name;
    Node *value;
    Span span;
    const char *doc;
} Binding;

/* What `minimize` says: a step works out the gradients at the old params, then what it makes of
 * params and states, which read gradients as arrays. */
typedef struct Update {
    Array *array; /* a PARAM or STATE */
    Node *value;  /* its next one */
} Update;
typedef struct Training {
    Vector(int) losses; /* positions in Model.outputs */
    Vector(Output) gradients;
    Vector(Array *) states;
    Vector(Update) updates;  /* each param, and its states behind it */
    Vector(Output) initials; /* of the same arrays, in the same order */
    Array *seed;             /* that the initials read */
    const char *text;        /* rules and minimize lines, for printing */
} Training;

typedef struct Derivative { /* that the program asks for by grad(of, by) or vjp(of, by, seed) */
    Node *of;
    Node *by;   /* an ARRAY or a LET */
    Node *seed; /* NULL: 1, and of has no axes */
    Node *value;
    Name name; /* by's */
} Derivative;

typedef struct Model { /* a whole program */
    Name name;
    Graph *graph;
    Scalar real;
    const char *doc;
    Vector(Axis *) axes;    /* declared, in order; like and computed ones too */
    Vector(Array *) arrays; /* inputs, weights, masks given, params, consts, in order */
    Vector(Output) outputs; /* outputs and losses, in order */
    Vector(Entry) entries;
    Vector(RangeCheck) checks;
    Vector(Binding) lets; /* at top level */
    Vector(Derivative) derivatives;
    Training *training; /* NULL: nothing is minimised */
} Model;

Graph *graph_new(Compiler *compiler);
Compiler *graph_compiler(const Graph *graph);

/* --- axes --- */
Axis *axis_new(Graph *graph, Name name, Node *extent,
               Span span); /* extent NULL: a run-time size, EXTENT of itself */
Axis *axis_like(Graph *graph, Name name, Axis *like, Span span);
Axis *axis_variant(Graph *graph, Axis *axis,
                   int variant); /* a renamed copy of axis->origin; the same one each time */
bool axis_same_extent(const Axis *a, const Axis *b); /* declared like each other (or the same) */
const AxisSet *axis_set(Graph *graph, Axis *const *axes,
                        int count); /* any order, repeats allowed */
const AxisSet *axis_set_union(Graph *graph, const AxisSet *a, const AxisSet *b);
const AxisSet *axis_set_minus(Graph *graph, const AxisSet *a, const AxisSet *b);
bool axis_set_has(const AxisSet *set, const Axis *axis);
bool axis_set_within(const AxisSet *inner, const AxisSet *outer);
bool axis_set_meets(const AxisSet *a, const AxisSet *b);

/* --- nodes --- each returns the one node that is equal */
Node *graph_number(Graph *graph, Scalar type, double value);
Node *graph_integer(Graph *graph, Scalar type, int64_t value); /* I32, I64, BOOL */
Node *graph_axis(Graph *graph, Axis *axis);
Node *graph_extent(Graph *graph, Axis *axis); /* axis->extent */
Node *graph_array(Graph *graph, Array *array);
/* Pointwise: the type is worked out of the arguments, which must already agree (bug() if not). */
Node *graph_unary(Graph *graph, Op op, Node *a);
Node *graph_binary(Graph *graph, Op op, Node *a, Node *b);
Node *graph_convert(Graph *graph, Scalar type, Node *a); /* a itself if it has the type */
Node *graph_select(Graph *graph, Node *condition, Node *then, Node *otherwise);
Node *graph_at(Graph *graph, Node *base, Axis *const *positions, Node *const *indices, int count,
               bool guarded);
Node *graph_let(Graph *graph, Name name, Node *value);
Node *graph_stop(Graph *graph, Node *value);
Node *graph_random(Graph *graph, Op op, Scalar type, Node *key, Axis *const *axes,
                   Node *const *indices, int count);
Node *graph_reduce(Graph *graph, Op op, const AxisSet *bound, Node *body,
                   Node *where); /* where may be NULL */
/* Conditions; NULL is true. */
Node *graph_both(Graph *graph, Node *a, Node *b);
/* 0 <= index and index < extent(axis), of an index of I64. */
Node *graph_inside(Graph *graph, Node *index, Axis *axis);
/* The same operation and attributes on other arguments. */
Node *graph_rebuild(Graph *graph, Node *node, Node *const *arguments);
Node *graph_with_span(Node *node,
                      Span span); /* sets the span if the node has none yet; returns it */

/* node with each axes[i] replaced by values[i] all at once, pushed to the leaves, never capturing.
 * Where an array is read, an AT of the array stays (guarded as told). */
Node *graph_substitute(Graph *graph, Node *node, Axis *const *axes, Node *const *values, int count,
                       bool guarded);

typedef Vector(Node *) NodeList;
/* Appends every node that root reaches and that is not in seen yet, arguments before users.
 * Programs may be chains of a hundred thousand lets: walk this list where recursion over all of a
 * graph would need a deep stack. */
void graph_order(Graph *graph, Node *root, Table *seen, NodeList *list);
/* Appends what a condition asks, in order: `a and b and c` is three. NULL asks nothing. */
void graph_conditions(Graph *graph, Node *condition, NodeList *list);
/* Whether target is node or stands below it; what is in seen was looked at before. */
bool node_reaches(const Node *node, const Node *target, Table *seen);
/* All axes that stand somewhere below root, free or bound; and a renamed copy of one that is not
 * among them. */
const AxisSet *graph_axes(Graph *graph, Node *root);
Axis *graph_fresh_axis(Graph *graph, Axis *axis, const AxisSet *taken);
/* graph_order stops at the ARRAY of a recurrence. This appends every recurrence that root reaches,
 * through the values of others too, and that is not in met yet: whole groups, each after the groups
 * that its values read. */
typedef Vector(Recurrence *) RecurrenceList;
void graph_recurrences(Graph *graph, Node *root, Table *met, RecurrenceList *list);
static inline Recurrence *node_recurrence(const Node *node) { /* of an ARRAY that is one, or NULL */
    bool is_one = node->op == OP_ARRAY && node->u.array->kind == ARRAY_RECURRENCE;
    return is_one ? node->u.array->recurrence : NULL;
}

/* What an integer node is an index of: set by index(c) arrays, argmax[c], and kept by LET, AT,
 * SELECT of two alike and an AXIS itself. NULL for any other number. has_none tells that it may
 * hold *none instead. */
Axis *node_index_axis(const Node *node, bool *has_none, int64_t *none);

/* The value, whatever the program calls it. */
static inline Node *node_unnamed(const Node *node) {
    while (node->op == OP_LET || node->op == OP_STOP)
        node = node->arguments[0];
    return (Node *)node;
}

static inline Node *node_body(const Node *reduction) {
    return reduction->arguments[0];
}
static inline Node *node_where(const Node *reduction) {
    return reduction->argument_count > 1 ? reduction->arguments[1] : NULL;
}
static inline bool node_is_arg(const Node *node) { /* its value is a place */
    return node->op == OP_ARGMIN || node->op == OP_ARGMAX;
}

static inline bool node_is_reduction(const Node *node) {
    return op_info[node->op].class_ == OP_REDUCE;
}
int node_small_power(
    const Node *node); /* of a POW of a float: 1 to 4, which is multiplied out; else 0 */
Price node_price(const Node *node); /* of the operation itself, without its arguments */
static inline bool node_is_dear(const Node *node) { /* a division, or an elementary function */
    return node_price(node) >= PRICE_DIVISION;
}
static inline bool node_is_number(const Node *node, double value) {
    return node->op == OP_NUMBER &&
           (scalar_is_float(node->type) ? node->u.number == value
                                        : (double)node->u.integer == value);
}

/* --- the passes on it --- */
void graph_print_node(Text *out, const Node *node); /* an expression of the language */
void model_print(
    Text *out, const Model *model); /* a program of the language: parse it and get the same nodes */
/* What the outputs from position `first` on add to a program: the lets and dims that they need, and
 * themselves. declared: Node * -> its name in that program; taken: every Name that has a meaning
 * there. */
void model_print_added(Text *out, const Model *model, int first, const Table *declared,
                       const Table *taken);
bool model_verify(const Model *model); /* every invariant above; bug() names the node */
void model_simplify(
    Model *model); /* rewrites every output; keeps values bit for bit but for constants */
Node *graph_simplify(Graph *graph, Node *node); /* lets in it stay the nodes that they are */
/* The same for many nodes, some made of others: what was simplified once is not visited again. */
typedef struct Simplifier Simplifier;
Simplifier *simplifier_new(Graph *graph);
Node *simplifier_run(Simplifier *simplifier, Node *node);

/* --- the reference evaluator: slow, plain, float64 inside --- */
typedef struct Tensor { /* dense, row-major over axes; integers and bools as numbers */
    int rank;
    Axis **axes;
    int64_t *extents;
    int64_t count;
    double *values;
} Tensor;
typedef struct Bindings {
    Arena *arena;
    Table sizes;        /* Axis * with is_argument -> int64_t * */
    Table arrays;       /* Array * -> double *, row-major over its axes */
    bool wide;          /* floats of every type are doubles: nothing is rounded */
    const Table *nodes; /* Node * -> Tensor * over its own axes: it has this value, whatever it is
                           made of (not inside of recurrences); or NULL */
} Bindings;
static inline Bindings bindings_new(Arena *arena) {
    return (Bindings){.arena = arena, .sizes = table_new(arena), .arrays = table_new(arena)};
}
/* False when a read falls outside of its array where nothing guards it, or a size is missing:
 * *error says which. */
bool evaluate_node(Graph *graph, Node *node, Axis *const *axes, int rank, const Bindings *bindings,
                   Tensor *result, const char **error);
/* Which elements of arrays were read where they mattered for the value: marks them in touched,
 * Array * -> bool *, row-major. What a `where`, `if`, `and`, `or` or position leaves out is not
 * read. Nor, where absent is not NULL, what is multiplied by a 0 of that weight. */
bool evaluate_touched(Graph *graph, Node *node, const Bindings *bindings, const Array *absent,
                      Table *touched, const char **error);
/* What an element that is no finite number was made of: the first value, in the order in which they
 * are computed, that is none though all that it was made of is; an array's element where that was
 * given so. */
typedef struct Astray {
    const Node *node; /* NULL: the element is a number */
    int64_t *indices; /* beside node->axes, in the arena of the bindings */
    double value;
} Astray;
bool evaluate_astray(Graph *graph, Node *node, Axis *const *axes, const int64_t *indices, int rank,
                     const Bindings *bindings, Astray *found, const char **error);
/* About how many steps it takes to evaluate this one node from its arguments. */
double evaluate_cost(Graph *graph, const Node *node, const Bindings *bindings);
int64_t evaluate_extent(Graph *graph, const Axis *axis,
                        const Bindings *bindings); /* may be negative: a user's error */
#endif
