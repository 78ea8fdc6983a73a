/* What the parts of a loop that accumulates share: reduce.c the loops, accumulate.c the
 * accumulators, stream.c a maximum and sums of exponentials in one pass. */
#ifndef LOOPS_REDUCE_H
#define LOOPS_REDUCE_H
#include "loops/lower.h"

typedef enum AccumulatorKind {
    ACCUMULATOR_LANES,  /* one for each lane */
    ACCUMULATOR_SINGLE, /* a variable */
    ACCUMULATOR_COLUMN, /* one for each lane of the open tile */
    ACCUMULATOR_STREAM, /* a maximum whose values are kept for the block */
    ACCUMULATOR_FACTOR  /* no sum yet: the factor that its columns share is kept for the block */
} AccumulatorKind;

typedef struct Accumulator {
    Node *reduction;
    AccumulatorKind kind;
    CType type;
    bool blocked;                       /* folded block by block */
    bool counts;                        /* sums small integers: i32 in a block, i64 over blocks */
    Variable *values, *places;          /* places: of argmin and argmax */
    Variable *total;                    /* over blocks */
    Variable *partial, *partial_places; /* of each block, where threads share the blocks */
    Variable *kept;                     /* the block's values, or NULL */
    Value *kept_at;                     /* where this one is kept; NULL: see kept_place */
    Known kept_place;
    Node *factor;         /* FACTOR: what is taken instead of the reduction's body */
    bool needs_no_domain; /* what the domain leaves out is the identity by itself */
    const char *name;
} Accumulator;

typedef struct ReduceLoop {
    Lower *lower;
    Compiler *c;
    const PlanLoop *loop;
    Value *extent;
    Value *first, *end; /* what it counts: elements of the axis, or places in a list */
    int64_t block;      /* elements of a block */
    int64_t fixed;      /* the extent, where it is a number; else -1 */
    BadLanes bad;       /* lanes that note what is wrong with the elements */
    Value *whole_rows;  /* whether elements filled rows of lanes; NULL: taken for yes */
    bool in_blocks;     /* more than one block is possible, and something is folded by blocks */
    bool is_short;      /* often done: it is worth keeping what several accumulators take in */
    Vector(Accumulator) accumulators;
} ReduceLoop;

typedef struct Kept { /* body where domain, and else the identity, as it was worked out last */
    const Block *block;
    const Node *domain, *body;
    Op op;
    Value *value;
} Kept;

typedef struct Taking { /* what lower_accumulate finds in its scopes */
    ReduceLoop *r;
    Value *lane; /* index into lanes */
    Kept kept;
} Taking;

/* What its accumulators hold: sums and products of i32 are i64. */
Scalar reduce_scalar(const Node *reduction);
/* A sum of integers so small that those of a block fit an i32, as counts do. */
bool reduce_is_count(const Node *reduction);
/* What its total over blocks is. */
CType reduce_total_type(const Accumulator *a);
Value *reduce_identity(ReduceLoop *r, const Node *reduction, CType type);
Value *reduce_fold(ReduceLoop *r, const Node *reduction, Value *a, Value *b, bool wide);
const char *reduce_fold_name(const Node *node);
Variable *reduce_array(ReduceLoop *r, const char *name, CType type, Value *length);
void reduce_declare_array(ReduceLoop *r, Block *block, Variable *array, Value *initial);
void reduce_declare(ReduceLoop *r, LowerScope *scope, Accumulator *a);
void reduce_declare_total(ReduceLoop *r, LowerScope *scope, Accumulator *a);
Value *reduce_folded(ReduceLoop *r, const Accumulator *a);
void reduce_add_to_total(ReduceLoop *r, LowerScope *scope, Accumulator *a);
bool reduce_is_float_fold(const Node *node);
bool reduce_is_private_product(Lower *lower, const Node *body); /* may be one half of an fma */
/* sum + the product, by one fused multiply-add. */
Value *reduce_fused(Lower *lower, LowerScope *scope, const Node *product, Value *sum);
void reduce_body(ReduceLoop *r, LowerScope *scope, Taking *taking);
/* Opens the loop's axis in the body of a loop over what it counts; gives the scope inside. */
LowerScope reduce_open(ReduceLoop *r, LowerScope *scope, Statement *loop);
Variable *reduce_index(ReduceLoop *r);
Value *reduce_lane_count(ReduceLoop *r);
void reduce_know_result(ReduceLoop *r, LowerScope *scope, Accumulator *a);
void reduce_stream(ReduceLoop *r, LowerScope *scope);
/* Elements from..to, where from is a multiple of PLAN_LANES. */
Value *reduce_by_lanes(ReduceLoop *r, LowerScope *scope, Value *from, Value *to);
#endif
