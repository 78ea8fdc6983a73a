/* What the parts of a product of matrices share: contract_panels.c lays its factors out, contract.c
 * multiplies them, block by block. */
#ifndef LOOPS_CONTRACT_LOOP_H
#define LOOPS_CONTRACT_LOOP_H
#include "loops/lower.h"

typedef struct Side { /* rows or columns of the result */
    const Axis *axis;
    Value *extent;
    int64_t panel;        /* how many a panel has */
    int64_t most;         /* in one block: whole panels */
    Value *first, *count; /* of the open block */
} Side;

typedef struct Product {
    Lower *lower;
    Compiler *c;
    Root *root;
    const Contraction *of;
    CType type;     /* of the factors */
    CType sum_type; /* of the sums of a block */
    Side rows, columns;
    Value *depth;
    int64_t steps;  /* of depth, at most, in a panel of the left factor, */
    int64_t room;   /* and room for so many */
    bool in_parts;  /* more steps than that are possible */
    bool in_chains; /* more than one chain of them is possible */
    bool in_place;  /* whole panels of the left factor are read where it is */
    Value *is_deep; /* there are more steps than that; NULL: as in_parts says */
    Value *enough;  /* work for several threads; NULL: always */
    bool never;
    Variable *right;
} Product;

static inline Value *number(const Product *p, int64_t integer) {
    return value_integer(p->c, C_I64, integer);
}

static inline Value *product(const Product *p, Value *a, Value *b) {
    return value_binary(p->c, C_MUL, a, b);
}

static inline Value *sum(const Product *p, Value *a, Value *b) {
    return value_binary(p->c, C_ADD, a, b);
}

static inline Value *smaller(const Product *p, Value *a, Value *b) {
    if (a->kind == VALUE_INTEGER && b->kind == VALUE_INTEGER)
        return a->integer < b->integer ? a : b;
    return lower_call(p->lower, C_I64, "min", SCALAR_I64, 2, (Value *[]){a, b});
}

/* a / size, rounded up */
static inline Value *parts(const Product *p, Value *a, int64_t size) {
    return value_binary(p->c, C_DIV, sum(p, a, number(p, size - 1)), number(p, size));
}

static inline Value *in_constant(const Product *p, Block *block, const char *axis, const char *what,
                                 Value *value) {
    if (value->kind == VALUE_INTEGER || value->kind == VALUE_VARIABLE) return value;
    Variable *variable =
        variable_new(p->c, arena_format(p->c->arena, "%s_%s", axis, what), value->type);
    variable->is_const = true;
    block_declare(p->c, block, variable, value);
    return value_variable(p->c, variable);
}

static inline bool is_batch(const Product *p, const Axis *axis) {
    return axis != p->rows.axis && axis != p->columns.axis;
}

/* A scope, in the same block, in which the axis has this index. */
static inline LowerScope *with_axis(const Product *p, LowerScope *scope, const Axis *axis,
                                    Value *index) {
    LowerScope *inner = ARENA_NEW(p->c->arena, LowerScope);
    *inner = lower_scope(p->lower, scope, scope->block);
    inner->axis = (Axis *)axis;
    inner->index = in_constant(p, scope->block, axis->name, "index", index);
    if (inner->index != index && inner->index->kind == VALUE_VARIABLE)
        inner->index->variable->name = axis->name;
    return inner;
}

/* Opens a loop over from..to; its body's scope. */
static inline LowerScope *open_range(const Product *p, LowerScope *scope, Block *hold,
                                     const char *name, Value *from, Value *to, int64_t step,
                                     ForKind kind, Value **index) {
    Variable *variable = variable_new(p->c, name, C_I64);
    Statement *loop = block_for(p->c, hold, variable, from, to, step > 1 ? number(p, step) : NULL);
    loop->for_kind = kind;
    if (kind == FOR_PARALLEL && p->never) loop->for_kind = FOR_PLAIN;
    if (kind == FOR_PARALLEL) loop->condition = p->enough;
    *index = value_variable(p->c, variable);
    LowerScope *inner = ARENA_NEW(p->c->arena, LowerScope);
    *inner = lower_scope(p->lower, scope, &loop->body);
    return inner;
}

static inline LowerScope *open_loop(const Product *p, LowerScope *scope, Block *hold,
                                    const char *name, Value *to, int64_t step, ForKind kind,
                                    Value **index) {
    return open_range(p, scope, hold, name, number(p, 0), to, step, kind, index);
}

static inline void close_loop(const Product *p, LowerScope *scope, const Block *hold) {
    block_add(p->c, scope->block, hold->items[hold->count - 1]);
}

/* The axes outside of rows and columns that the set has, decoded from `flat`, which counts through
 * them and, fastest, through `inner` others. */
static inline LowerScope *open_batch(const Product *p, LowerScope *scope, const AxisSet *axes,
                                     Value *flat, Value *inner) {
    const Array *array = p->root->array;
    int left = 0;
    for (int i = 0; i < array->rank; ++i)
        left += is_batch(p, array->axes[i]) && axis_set_has(axes, array->axes[i]);
    Value *rest = value_binary(p->c, C_DIV, flat, inner);
    for (int i = array->rank - 1; i >= 0; --i) {
        const Axis *axis = array->axes[i];
        if (!is_batch(p, axis) || !axis_set_has(axes, axis)) continue;
        Value *extent = lower_extent(p->lower, axis);
        Value *index = --left > 0 ? value_binary(p->c, C_MOD, rest, extent) : rest;
        scope = with_axis(p, scope, axis, index);
        rest = value_binary(p->c, C_DIV, rest, extent);
    }
    return scope;
}

static inline Value *batch_count(const Product *p, const AxisSet *axes) {
    Value *count = number(p, 1);
    for (int i = 0; i < p->root->array->rank; ++i) {
        const Axis *axis = p->root->array->axes[i];
        if (is_batch(p, axis) && axis_set_has(axes, axis))
            count = product(p, count, lower_extent(p->lower, axis));
    }
    return count;
}

/* Which of the batches that the set tells apart is open. */
static inline Value *batch_index(const Product *p, LowerScope *scope, const AxisSet *axes) {
    Value *index = number(p, 0);
    for (int i = 0; i < p->root->array->rank; ++i) {
        const Axis *axis = p->root->array->axes[i];
        if (is_batch(p, axis) && axis_set_has(axes, axis))
            index = sum(p, product(p, index, lower_extent(p->lower, axis)),
                        lower_axis_index(scope, axis));
    }
    return index;
}

static inline bool is_multiple(const Value *extent, int64_t of) {
    return extent->kind == VALUE_INTEGER && extent->integer % of == 0;
}

static inline bool is_one(const Value *value) {
    return value->kind == VALUE_INTEGER && value->integer == 1;
}

/* All columns, as the program says. */
static inline bool is_one_tile(const Side *side) {
    return side->extent->kind == VALUE_INTEGER && side->extent->integer <= side->most;
}

/* Steps that a loop over one axis goes through: all that are told, or, of a sum over several axes
 * (plan/windows.c), those along the last of them. */
typedef struct Run {
    Value *first, *count; /* steps */
    Value *at;            /* how many of those told come before */
    Value *along;         /* the first one's index along the last axis; NULL: it is `first` */
} Run;

/* contract_pays.c */
Value *contract_products(Lower *lower, const Contraction *of);
Value *contract_pays(Lower *lower, const Root *root);

/* contract_run.c */
LowerScope *contract_open_run(const Product *p, LowerScope *scope, Block *hold, Value *first,
                              Value *steps, Run *run);
void contract_close_run(const Product *p, LowerScope *scope, const Block *hold);
/* A scope, in the same block, at a step of the run; and at any step of the sum. */
LowerScope *contract_at_step(const Product *p, LowerScope *scope, const Run *run, Value *step);
LowerScope *contract_at(const Product *p, LowerScope *scope, Value *step);

/* contract_panels.c: all of the right factor; whether the left one can be read where it is; its
 * open rows, `steps` from `first` on; and where these begin. */
void contract_lay_out_right(const Product *p, LowerScope *scope);
bool contract_in_place(const Product *p);
void contract_fill_left(const Product *p, LowerScope *scope, Variable *left, Value *first,
                        Value *steps);
Value *contract_left(const Product *p, LowerScope *scope, Variable *left);
#endif
