/* What the parts of lowering share: scopes of C blocks, and what is known in them. */
#ifndef LOOPS_LOWER_H
#define LOOPS_LOWER_H
#include "loops/loops.h"
#include "plan/plan.h"

typedef struct Known { /* the C value of a node */
    Value *value;
    Variable *column;  /* one element for each lane of the open tile; then value is NULL */
    CType type;        /* of what a reader gets */
    Value *rounded;    /* of a value in float64: see total.c; NULL: nobody has asked for it */
    Value *from;       /* where in the column its elements begin; NULL: at 0 */
    const Axis *along; /* one element for each index of this axis from `first` on; NULL: for each
                          lane */
    Value *first;
} Known;

typedef struct LowerScope { /* one C block being written */
    struct LowerScope *parent;
    Block *block;
    int depth;
    bool guarded;                   /* stands under a condition */
    bool vector;                    /* in a loop that runs in vectors */
    bool shared;                    /* the body of a loop that threads share out: what it maps may
                                       be shared out with it */
    const RecurrenceGroup *walks;   /* whose steps this loop goes through, or NULL */
    Table values;                   /* Node * -> Known * */
    Axis *axis;                     /* that this block's loop opens, or NULL */
    Value *index;                   /* its index */
    Value *lane;                    /* inside a loop over lanes: which */
    Axis *tile;                     /* the axis of the tile that this block opens, or NULL */
    Value *tile_first, *tile_count; /* its first index, and how many lanes it has */
    int64_t tile_size;              /* the most that it can have */
    Value *strip;                   /* of a part of a tile: where in the tile it begins */
} LowerScope;

typedef struct BadLanes { /* of a loop that checks what it reads; NULL: it checks none such */
    Variable *weights;    /* whether a bad one was met */
    Variable *masks;      /* all bits that were met; in bytes, as masks are */
} BadLanes;

typedef struct Lower {
    Compiler *c;
    Graph *graph;
    Model *model;
    Plan *plan;
    Table extents;    /* Node * (EXTENT leaf) -> Variable * of the run-time size, signed */
    Table arrays;     /* Array * -> Variable * */
    Table uses;       /* Node * -> number of nodes that use it, as an (int) in the pointer */
    Table operands;   /* Node * -> itself: arithmetic without a loop reads it: see total.c */
    bool in_products; /* what is taken in are factors of products of matrices (pairs.c) */
    void *taking;     /* what the innermost accumulating loop is (reduce.c) */
    struct Workspace *workspace;
    bool always_parallel; /* LowerOptions */
    Variable *wrong;      /* of compute: set where a check on the way fails; NULL: there is none */
} Lower;

/* element.c */
Value *lower_lane_in_tile(Lower *lower, LowerScope *scope); /* which element of the whole tile an
                                                              open lane is */
Value *lower_length(Lower *lower, const Array *array, int axis); /* in memory: its extent, or the
                                                                    steps that are kept */
Value *lower_element_count(Lower *lower, const Array *array);
/* Where in its array the element with this number is: the number, but for fields of records. */
Value *lower_in_record(Lower *lower, const Array *array, Value *place);
Value *lower_element(Lower *lower, LowerScope *scope, const Array *array,
                     const Node *at); /* the memory itself */

/* expression.c */
LowerScope lower_scope(Lower *lower, LowerScope *parent, Block *block);
void lower_count_uses(Lower *lower);
Value *lower_value(Lower *lower, LowerScope *scope, Node *node);
Value *lower_lazy(Lower *lower, LowerScope *scope,
                  Node *node); /* nothing that can fail is moved out of the expression */
/* In a vector loop: memory that a value reads, which is needed only where a condition holds. */
void lower_read_before(Lower *lower, LowerScope *scope, Node *branch, Node *condition);
Value *lower_condition_and(Lower *lower, Value *a, Value *b);
Value *lower_store_value(Lower *lower, LowerScope *scope, const Array *array, Node *node);
void lower_know(Lower *lower, LowerScope *scope, Node *node, Value *value);
/* The same, in a variable of this block. */
Value *lower_know_here(Lower *lower, LowerScope *scope, Node *node, Value *value);
void lower_know_column(Lower *lower, LowerScope *scope, Node *node, Known column);
/* Which element of such a column is that of the open loops. */
Value *lower_place(Lower *lower, LowerScope *scope, const Known *column);
/* Of a variable that holds the node. */
const char *lower_variable_name(Lower *lower, const Node *node);
Value *lower_call(Lower *lower, CType type, const char *name, Scalar suffix, int count,
                  Value *const *arguments);
Value *lower_axis_index(LowerScope *scope, const Axis *axis);
/* The depth of the innermost loop without which what the node reads is not stored yet: a recurrence
 * of which it reads a step that the loop is at. 0: none. */
int lower_walked_depth(Lower *lower, LowerScope *scope, const Node *read);
Value *lower_extent(Lower *lower, const Axis *axis);
Value *lower_extent_node(Lower *lower, const Node *node);
const char *lower_call_name(Op op);
/* What is known of the node here, and in which scope; NULL: nothing. */
Known *lower_known(LowerScope *scope, const Node *node, LowerScope **where);
LowerScope *lower_scope_of(LowerScope *scope, const Axis *axis); /* NULL: no loop over it is open */
LowerScope *lower_lane_scope(LowerScope *scope);
LowerScope *lower_tile(LowerScope *scope);
CType lower_local_type(Scalar type); /* of a variable: bools are int */

/* total.c: numbers that no loop counts */
bool lower_is_total_arithmetic(const Node *node);
void lower_note_operands(Lower *lower, const Node *node);
Value *lower_kept(Lower *lower, const Node *node, Value *value);
Value *lower_rounded(Lower *lower, LowerScope *scope, Node *node, Value *value);
void lower_widen(Lower *lower, Value **a, Value **b);

/* scan.c: a sequential loop that goes by blocks */
void lower_scan_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop);

/* list.c: the sources of each destination */
void lower_list(Lower *lower, LowerScope *scope, const PlanList *list);
void lower_list_bounds(Lower *lower, LowerScope *scope, const PlanList *list, Value **first,
                       Value **end);
void lower_list_element(Lower *lower, LowerScope *scope, const PlanList *list, Value *place);

/* fold.c: sums over the open tile */
void lower_fold_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop);

/* reduce.c: a loop that accumulates */
void lower_reduce_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop);
void lower_accumulate(Lower *lower, LowerScope *scope, Node *reduction);

/* nest.c */
void lower_steps(Lower *lower, LowerScope *scope, const PlanBlock *steps);
void lower_parallel_if(Lower *lower, Statement *loop, const PlanLoop *plan_loop);
/* The loop of a map is shared out: alone, or with those around it (share.c) if it is long. */
void lower_shared(Lower *lower, const LowerScope *scope, Statement *loop,
                  const PlanLoop *plan_loop);
/* A loop over the lanes of the open tile, in `hold` for now; inner becomes the scope of its body.
 */
Statement *lower_lanes(Lower *lower, LowerScope *scope, const Axis *axis, Block *hold,
                       LowerScope *inner);
Value *lower_work(Lower *lower, const PlanLoop *loop);
/* The iterations of the longest chain of loops in its body, or NULL: there are no loops. */
Value *lower_row_work(Lower *lower, const PlanLoop *loop);

/* put.c: adds the loop over lanes to the scope, or what stands for it: sums that go past the cache
 */
void lower_store_lanes(Lower *lower, LowerScope *scope, const PlanLoop *loop, Statement *lanes,
                       Value *lane);

/* peel.c: what a loop's stores ask of one index only, or NULL; and, after the loop that took it for
 * no, these stores at that index */
Node *lower_comparison_to_peel(Lower *lower, const PlanLoop *loop);
void lower_peeled(Lower *lower, LowerScope *scope, const PlanLoop *loop, Node *comparison);

/* checked.c: what stands before all that a part of a loop computes, and after the loop */
void lower_check_part(Lower *lower, Block *block, const PlanLoop *loop, Value *first, Value *count);
void lower_check_end(Lower *lower, Block *block, const PlanLoop *loop);
const char *lower_check_name(Arena *arena, const Array *array);
/* Lanes that note what is wrong; the element of a lane; and what all of the lanes say. */
BadLanes lower_bad_lanes(Lower *lower, Block *block, const PlanLoop *loop);
void lower_check_lane(Lower *lower, LowerScope *scope, const PlanLoop *loop, const BadLanes *bad,
                      Value *lane);
void lower_mark_bad(Lower *lower, Block *block, const BadLanes *bad);

/* pairs.c: a loop over rows of pairs, in blocks */
void lower_rows_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop);
/* beside.c: one whose values go side by side */
void lower_beside_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop);
/* contract.c */
void lower_contraction(Lower *lower, LowerScope *scope, const Step *step);

/* entry.c: an array in the workspace with one element for each block of PLAN_BLOCK along an axis */
Variable *lower_buffer(Lower *lower, const char *name, CType type, const Axis *blocks_of);
/* The panels of a contraction's right factor. */
Variable *lower_panels(Lower *lower, const Root *root, const char *name);
#endif
