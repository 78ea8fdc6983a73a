/* The plan: which values are stored, and the loops that compute them.
 *
 * A root is an array that some nest fills: an output, or a buffer of the workspace. Every other
 * value lives in a variable of the loop body that needs it. A reduction is computed in the block
 * whose open loops are exactly its free axes, before whatever uses it; where there is no such
 * block, it is stored. Steps that share a loop share its body: that is all the fusion there is. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H
#include "graph/graph.h"

enum {
    PLAN_LANES = 32,
    PLAN_BLOCK = 4096,
    PLAN_TILE = 64,
    PLAN_WIDE_TILE = 256,
    PLAN_COLUMN_BLOCK = 256, /* what a sum adds before it goes on in float64 */
    PLAN_WIDE_BLOCK = 16,    /* and what a column of float64 adds before it goes to its total */
    PLAN_SHARE = 64,         /* rows with partial sums of their own: see columns.c */
    PLAN_SCAN = 256,         /* steps of a sequential loop that make a block: see scan.c */
    PLAN_ROWS = 96,          /* of a block of pairs; its columns are PLAN_COLUMN_BLOCK */
    PLAN_GROUP = 384,        /* several blocks for which columns are laid out once */
    PLAN_BESIDE = 32,        /* rows of a block whose values are worked out side by side; a part of
                                PLAN_SHARE */
    PLAN_TILE_ROWS = 12,     /* rows and columns of blocks come in whole tiles: steelyard_block.h */
    PLAN_TILE_COLUMNS = 32,
    PLAN_PANEL_ROWS = 6,        /* of a contraction's left factor: SY_PANEL_ROWS of the runtime */
    PLAN_PANEL_GROUP = 16,      /* steps of it that lie together: SY_GROUP */
    PLAN_PANEL_BYTES = 64,      /* of its right one: a row of a panel is a cache line */
    PLAN_CHAIN = 128,           /* steps of a chain of its products: SY_CHAIN of the runtime; */
    PLAN_SHORT_CHAIN = 32,      /* where there are no more than that: SY_SHORT_CHAIN */
    PLAN_CONTRACT_LEAST = 256,  /* products that pay for panels; */
    PLAN_FEW_ROWS = 8,          /* with fewer rows than that, only where a tile of the columns */
    PLAN_LEAST_ROWS = 3,        /* of the other loops is not full, and not with fewer than these; */
    PLAN_DOT_DEPTH = 64,        /* and where both factors run along so many steps, so that the */
    PLAN_DOT_ROWS = 32,         /* other loops need no panels, with so many rows */
    PLAN_DOT_COLUMNS = 8,       /* and columns */
    PLAN_CONTRACT_ROWS = 48,    /* that one turn of its loop makes, */
    PLAN_CONTRACT_STEPS = 8192, /* from so many steps of the left factor, in bytes, */
    PLAN_CONTRACT_COLUMNS = 128,   /* columns by columns, in bytes too; */
    PLAN_CONTRACT_BYTES = 1536,    /* not more of them where there are more steps, or */
    PLAN_CONTRACT_MANY_ROWS = 192, /* fewer rows: then threads share the columns too */
    PLAN_IN_PLACE = 1024 /* bytes of a left factor's row that can be read where they are */
};

typedef struct PlanLoop PlanLoop;
typedef struct PlanList PlanList;
typedef struct PlanRecord PlanRecord;
typedef struct Scan Scan;
typedef struct Step Step;
typedef Vector(Step *) PlanBlock;
typedef Vector(Node *) Nodes;
typedef Vector(struct Root *) Roots;
typedef Vector(const Array *) Arrays;

typedef enum LoopKind {
    LOOP_MAP,        /* iterations are independent */
    LOOP_REDUCE,     /* accumulates; what it accumulates is ready after it */
    LOOP_SEQUENTIAL, /* in order: later iterations read what earlier ones stored */
    LOOP_TILE,       /* the last axis of a root in pieces of PLAN_TILE; PLAN_WIDE_TILE, if shared */
    LOOP_LANE,       /* the elements of the open tile */
    LOOP_FOLD,       /* the same, added up: roots take in the sums */
    LOOP_STREAM      /* a maximum, and sums of exp(value - maximum), in one pass: see stream.c */
} LoopKind;

typedef struct RootLoop {
    Axis *axis;
    LoopKind kind;
    bool down; /* SEQUENTIAL: from the last to the first */
    int nest;  /* roots of a group with the same number here share the loop; 0: as it comes */
    const PlanList *list; /* REDUCE: only over the sources that the open destination has there */
} RootLoop;

/* What a sum adds for a pair of a row and a column. */
typedef enum TermKind {
    TERM_PRODUCT,   /* left * right */
    TERM_SQUARE,    /* (left - right)^2 */
    TERM_DIFFERENCE /* abs(left - right) */
} TermKind;

/* A sum of these in which one side lacks the columns and the other one the rows: see contract.c. */
typedef struct Contraction {
    TermKind kind;
    Node *reduction; /* sum over depth of left * right, or what the kind says */
    Node *left, *right;
    Node *where;                    /* the sum's domain at a step of depth, or NULL */
    Node *left_where, *right_where; /* parts of the sum's domain, by the factor that has their axes;
                                       or NULL */
    Node *left_panel, *right_panel; /* the factors with 0 outside of these */
    Axis *row, *column, *depth;
    Axis **over; /* the axes that depth stands for, in which its factors are told; else NULL: see
                    windows.c */
    int over_count;
    bool left_across;  /* left runs along the rows in memory, not along depth */
    bool right_along;  /* right runs along depth, not along the columns */
    bool may_be_small; /* at run time there may be too little to pay for panels: then other loops
                          do it */
} Contraction;

typedef struct Root {
    Array *array; /* an output of the model, or a buffer (kind ARRAY_OUTPUT too, is_buffer set) */
    bool is_buffer;
    Arrays same;          /* arrays of values that are read here, as they would be copies */
    const Array *updates; /* the array that it takes the place of, in memory too, when all else has
                             been computed; or NULL */
    bool wide;            /* a buffer that holds f64 for a f32 value: sums that many steps add to */
    Node *value;          /* what each element becomes; a scatter: what is combined into it */
    Op scatter;           /* SUM, PROD, ... for a scatter, else OP_NUMBER */
    Axis *scatter_axis;   /* the axis that the position is on; NULL: takes in at its own index */
    Node *scatter_index;
    Node *condition; /* a scatter: where not, nothing happens; else NULL */
    int loop_count;
    RootLoop *loops;
    int id;
    const Recurrence *member; /* of the recurrence that it is computed along with, or NULL */
    int turn; /* its place among the roots of that group: reads of later ones are of iterations
                 before */
    const Axis *steps_of; /* a buffer of this many steps along the axis: an index is taken modulo */
    int64_t steps_kept;   /* 0: all of them */
    int shared;           /* with the same number, not 0: made and used up in the same iterations */
    const Contraction *contraction; /* its elements are made by tiles of one, or NULL */
    PlanList *list;                 /* it is the ends or the sources of this one, or NULL */
    const Axis *share_of;           /* threads share this axis out by PLAN_SHARE of its indices; or
                                       NULL */
    const PlanRecord *record;       /* its elements lie in records of an array, or NULL; */
    int field;                      /* and each of them is this field */
    bool is_put; /* where it is large it is stored past the cache: said by lowering, loops/put.c and
                    loops/scan.c */
} Root;

/* Buffers of one axis and type of which the elements with the same index lie together: see
 * records.c. */
struct PlanRecord {
    Roots fields; /* in the order of the roots; the array is found where the first one is */
};

/* The sources of each destination, in their order: of sum[e](x, where = target == n) the edges e of
 * each node n. See lists.c. */
struct PlanList {
    Node *term;        /* index == destination, as the domains of its reductions say it */
    Node *index;       /* an array of i64, over what is around, and then the sources */
    Axis *source;      /* e */
    Axis *destination; /* n */
    Root *ends;        /* of each destination: the place in sources behind its last one */
    Root *sources;     /* those of the first destination, then of the second, ... */
    Roots copies;      /* index arrays of the sources, in the order of the list: see lists.c */
    bool direct;       /* nothing needs the sources, only the one copy: it is made without them */
};

static inline const RecurrenceGroup *root_group(const Root *root) {
    return root->member ? root->member->group : NULL;
}

typedef enum StepKind {
    STEP_LOOP,
    STEP_STORE,      /* root element = value (or is updated: scatter) */
    STEP_ACCUMULATE, /* a reduction's accumulator takes in the body */
    STEP_GUARD,      /* body, only where condition holds */
    STEP_FILL,       /* a scatter's buffer is set to the identity */
    STEP_CONTRACT,   /* root, all of it, by tiles; body: loops that make the same */
    STEP_KEEP,       /* root's element holds the value `kept` for now: see keep.c */
    STEP_RECALL,     /* and that is read back */
    STEP_LIST        /* root, the ends of a list, and its sources */
} StepKind;

struct Step {
    StepKind kind;
    Root *root;
    Node *reduction;
    Node *condition;
    Node *kept;
    PlanLoop *loop;
    PlanBlock body;
};

struct PlanLoop {
    Axis *axis;
    LoopKind kind;
    bool down;
    bool outermost; /* nothing open around it, or only a recurrence's walk: may run on several
                       threads */
    bool simple;    /* the body has no loops: may run in vectors */
    int64_t size;   /* TILE, LANE, FOLD: how many elements make a tile */
    int64_t share;  /* MAP: threads share out so many iterations at a time; 0: one */
    bool rows;      /* MAP: in blocks of PLAN_ROWS rows: see pairs.c */
    bool beside;    /* MAP: in blocks of PLAN_BESIDE rows, values side by side: see beside.c */
    bool pairs;     /* REDUCE, STREAM: over the columns of these blocks */
    bool few;       /* REDUCE: at most PLAN_LANES elements, as a condition around it says */
    const PlanList *list; /* REDUCE, STREAM: see RootLoop */
    Scan **scans;         /* SEQUENTIAL, in blocks of PLAN_SCAN: of each step of the body, NULL for
                             any other store; else NULL */
    Nodes reductions;     /* finished when the loop is */
    Nodes across;         /* sums over pairs that go across the rows: see across.c */
    Node *logit;          /* STREAM: the value that reductions.items[0] is the maximum of */
    PlanBlock first;      /* STREAM: what takes it in; body then finds it kept */
    PlanBlock body;
    Arrays checked; /* inputs of which it looks at each row before it uses it: see checks.c */
    Arrays checked_in_lanes; /* and of which it looks at each element as it takes it in */
};

/* A root whose every value is factor * (that of one step before) + added: see scan.c. */
struct Scan {
    Node *is_first; /* the condition that the value asks */
    bool holds;     /* at the first step, and at no other; else the other way round */
    Node *first;    /* the value of the first step */
    Node *factor;   /* NULL: 1 */
    Node *added;
};

typedef struct Plan {
    Compiler *compiler;
    Graph *graph;
    Model *model;
    const Output *outputs;
    int output_count;
    Vector(Root *) roots;
    Table stored;                  /* reduction Node * -> Root *: read from there */
    Table arrays;                  /* Array * -> Root * */
    Table names;                   /* Node * -> name of the let that it is the value of */
    Table listed;                  /* equality in a domain, as it came -> itself: by a list */
    Table lists;                   /* equality, as domains say it from then on -> PlanList * */
    Table list_of;                 /* the same with the index as it was before it was stored */
    struct Conditions *conditions; /* of guard.c: none, and from there all that were met */
    bool too_long;                 /* of guard.c: conditions in conditions would be too much C */
    int looks;                     /* of guard.c: how often it looked whether a value is safe */
    int guarded;                   /* of guard.c: how many nodes it made safe */
    Table careful;                 /* of guard.c: Node * -> the same with reads safe everywhere */
    Table shares;                  /* Axis * -> itself: counts the rows of columns.c's buffers */
    Table fails;                   /* Node * -> "y" or "n": see plan_can_fail */
    int made;                      /* roots, with those that turned out to be needless */
    int placed;                    /* roots for which plan_place has been */
    const Recurrence *member;      /* whose value is being worked on, or NULL */
    Table waits;                   /* of recurrence.c: Node * -> "y" or "n", in that value */
    Table members; /* reduction Node * in the value of a recurrence -> that Recurrence * */
    PlanBlock steps;
} Plan;

typedef enum EntryKind {
    ENTRY_MAIN,   /* all outputs */
    ENTRY_CHOSEN, /* those that an `entry` names; the functions of a stream */
    ENTRY_STEP,   /* the losses that are minimised; params and states change in place */
    ENTRY_INIT    /* params and states, from a seed */
} EntryKind;

typedef struct EntryPlan { /* one C function */
    Name name;
    const char *doc;
    EntryKind kind;
    const Output *outputs;
    int count;
    Plan *plan;
    Array **given; /* inputs that the model has not: states */
    int given_count;
    const Axis *streamed;  /* comes in batches, of no elements too; or NULL */
    const Output *buffers; /* computed too: what updates read */
    int buffer_count;
    const Update *updates; /* arrays that change in place, when all else has been computed */
    int update_count;
} EntryPlan;
typedef Vector(EntryPlan) EntryPlans;

struct ModelPlan {
    Model *model;
    EntryPlans entries; /* the main function first */
};
typedef struct ModelPlan ModelPlan;

/* The pass. NULL: what is to be streamed cannot be. */
ModelPlan *plan_model(Compiler *compiler, Model *model);
/* Adds the functions that compute the outputs batch by batch along the axis compiler->stream. */
bool plan_streaming(Compiler *compiler, Model *model, EntryPlans *entries);

/* Its parts, in order. */
Model *plan_flat_model(Compiler *compiler, Model *model); /* flat.c: axes that always stand together
                                                             are one */
Node *plan_guard(Plan *plan,
                 Node *value); /* reductions that could fail carry the conditions around them */
/* Before any of the plan's values goes there, for each of them: whether they are too_long. */
void plan_find_length(Plan *plan, const Node *value, Table *memo);
bool plan_can_fail(Plan *plan, Node *node); /* what it reads is legal only by a condition outside of
                                               it; node->can_fail: by some condition */
Node *plan_normalise(Plan *plan, Node *value,
                     const char *name); /* one axis a reduction, AT only on arrays, grouped and
                                           running forms stored */
/* place.c: whether an index moves one step with the axis. */
bool plan_runs_along(const Node *index, const Axis *axis);
/* Whether elements along its last axis are computed side by side, inside of its reductions' loops.
 */
bool plan_goes_in_lanes(Plan *plan, const Root *root);
Node *plan_divide_once(Graph *graph,
                       Node *reduction);       /* a sum with softmax weights as a mean, or NULL */
Node *plan_sum_moved(Graph *graph, Node *sum); /* moved.c: of what another sum gives elsewhere, as
                                                  one sum; or NULL */
void plan_again(Plan *plan,
                const EntryPlan *entry); /* buffers that have become simple arithmetic */
void plan_worked(Plan *plan);            /* dear factors of several products */
void plan_once(Plan *plan);              /* dear values of one axis that loops would repeat */
void plan_gathered(Plan *plan);          /* dear values of what lies at an index */
void plan_columns(Plan *plan);           /* sums down columns that the loops over rows take in */
void plan_place(Plan *plan); /* which reductions must be stored, which roots are tiled */
void plan_rows_inside(Plan *plan, Root *root); /* inside.c: the order of a root's loops */
void plan_rows(Plan *plan); /* what is larger than all of the program's arrays: kept by the tile */
void plan_storage(Plan *plan);         /* how many steps of a recurrence are kept */
void plan_schedule(Plan *plan);        /* roots -> steps */
void plan_running_storage(Plan *plan); /* of what no other iteration reads, one element is kept */
void plan_scans(Plan *plan);           /* sequential loops that go by blocks are marked */
bool plan_is_walked(const Root *root, const Axis *axis); /* its steps wait for each other */
bool plan_is_shifted(const Node *index, const Axis *axis, int64_t *shift);      /* axis + shift */
bool plan_is_last_index(const Plan *plan, const Axis *axis, const Node *index); /* extent - 1 */
void plan_pairs(Plan *plan);  /* loops over pairs that go in blocks are marked */
void plan_across(Plan *plan); /* those over the same pairs are made one */
void plan_beside(Plan *plan); /* loops over rows whose dear values go side by side are marked */
/* beside.c: what the step needs of a row, and costs much; outside of reductions, the largest such
 * values. And whether it only stores: then rows can do it side by side. */
Nodes plan_row_values(const Plan *plan, const Step *step, const Axis *row);
bool plan_stores_beside(const Step *step);
/* Whether rows can take in what the step sums side by side, to the same bits: always, or where its
 * axis has less than PLAN_LANES elements. */
bool plan_sums_beside(const Plan *plan, const Step *step, bool *always);
void plan_records(Plan *plan); /* values of a group that are taken in together lie together */
void plan_keep(Plan *plan);    /* dear values of a row are worked out once */
void plan_direct(Plan *plan);  /* lists that are made for what lies in their order, and not kept */
void plan_checks(Plan *plan,
                 const EntryPlan *entry); /* weights and masks are checked as they are read */
bool plan_is_checked(const Plan *plan, const Array *array);
bool plan_loop_checks(const PlanLoop *loop); /* it, or a loop of its body */

/* keep.c: what working out the node once more takes, in float operations along the axis. */
int plan_cost(const Plan *plan, const Node *node, const Axis *axis, Table *seen);

/* steps.c: whether the loop maps, and each turn has loops in loops: then it is shared out together
 * with the one around it. */
bool plan_is_long(const PlanLoop *loop);
/* Whether one of the steps stores the root; reads it in memory, or needs the sum, either
 * of which may be NULL. */
bool plan_among(const Nodes *nodes, const Node *node);
bool plan_steps_store(const PlanBlock *steps, const Root *root);
bool plan_steps_read(const Plan *plan, const PlanBlock *steps, const Root *root, const Node *sum);
static inline PlanBlock plan_part(const PlanBlock *steps, int from, int to) { /* a view of some */
    int count = to > from ? to - from : 0;
    return (PlanBlock){steps->items + from, count, count};
}

/* lists.c */
void plan_find_listed(Plan *plan, const Node *value); /* before any value is normalised */
/* The side of an equality that is a free axis of the reduction, if the other is an index made of
 * what it binds; or NULL. */
Axis *plan_group_axis(const Node *reduction, const Node *term, Node **index);
bool plan_is_listed(const Plan *plan, const Node *reduction); /* one of its terms was found so */
PlanList *plan_list(Plan *plan, Node *index, Axis *source, Axis *destination);
void plan_list_copies(Plan *plan, PlanList *list, const Node *reduction);
bool plan_list_copies_node(const PlanList *list, const Node *node); /* the array is one of these */
const PlanList *plan_list_of(const Plan *plan, const Node *reduction); /* or NULL */
Node *plan_domain(const Plan *plan,
                  const Node *reduction); /* but for what its list says; or NULL */

/* recurrence.c: recurrences are stored first, each by loops of its own */
void plan_recurrences(Plan *plan, const EntryPlan *entry);
void plan_join(Plan *plan, Root *root); /* part of such a value, stored apart: in the same loops */
/* How the recurrence that a reduction is part of, and reads, walks the axis; NULL: not at all. */
const RecurrenceLoop *plan_walked(const Plan *plan, const Node *reduction, const Axis *axis);
bool plan_needs_pushing(const Plan *plan, const Node *at);
bool plan_must_stay(const Plan *plan, const Node *reduction);
/* Whether a reduction inside reads what the step stores that it is computed in, and does not say at
 * which of its indices: the conditions around it do. */
bool plan_waits(Plan *plan, const Node *node);
void plan_turns(Plan *plan);

bool plan_streams(const Node *maximum, const Node *reduction);         /* stream.c */
bool plan_is_exponential(const Node *node, const Node *maximum);       /* exp(z - maximum of z) */
void plan_find_logits(const Node *value, Arena *arena, Table *logits); /* place.c: axis sets of the
                                                    reductions that a maximum is taken of */

/* contract.c */
enum {
    PLAN_PARTS = 8
}; /* nodes of a contraction */
/* A copy, and where it holds its nodes; some are NULL. */
Contraction *plan_contraction_copy(Plan *plan, const Contraction *contraction,
                                   Node **parts[PLAN_PARTS]);
void plan_contract(Plan *plan, Root *root); /* sets root->contraction where there is one */
/* windows.c: what a sum of sums adds at each step of one axis, which it makes; or NULL. Of `found`
 * it sets what is known from the sum alone. */
Node *plan_one_sum(Plan *plan, Node *sum, Contraction *found);
/* Whether the axis counts steps of the sum. */
static inline bool contraction_counts(const Contraction *contraction, const Axis *axis) {
    for (int i = 0; i < contraction->over_count; ++i)
        if (contraction->over[i] == axis) return true;
    return contraction->depth == axis;
}
static inline bool contraction_has_steps(const Contraction *contraction, const AxisSet *axes) {
    for (int i = 0; i < axes->count; ++i)
        if (contraction_counts(contraction, axes->items[i])) return true;
    return false;
}
int64_t contraction_lanes(const Contraction *contraction); /* columns of a panel */
bool contraction_is_dots(const Contraction *contraction);  /* its factors run along depth */

/* Whether the axis has so many elements, or may have. */
static inline bool plan_may_reach(const Axis *axis, int64_t least) {
    return axis->extent->op != OP_NUMBER || axis->extent->u.integer >= least;
}

static inline bool plan_is_one_tile(const PlanLoop *loop) { /* TILE: then there is no loop */
    const Node *extent = loop->axis->extent;
    return extent->op == OP_NUMBER && extent->u.integer <= PLAN_TILE;
}

/* pair_terms.c: a product as one of factors without the axis not_left times one of factors without
 * not_right, both NULL before; false where some factor has both axes. */
bool plan_split_product(Graph *graph, Node *product, const Axis *not_left, const Axis *not_right,
                        Node **left, Node **right);

typedef struct PairTerm {
    TermKind kind;
    Node *left, *right; /* without the column, without the row */
} PairTerm;
/* What a sum over an inner axis adds for a pair of a row and a column; false: nothing of these. */
bool plan_pair_term(Graph *graph, Node *body, const Axis *row, const Axis *column, PairTerm *term);

Root *plan_root_new(Plan *plan, Array *array, Node *value);
Root *plan_store(Plan *plan, Node *value, Axis *const *axes, int rank, const char *name);
/* The node with other arguments, under the same name. */
Node *plan_rebuild(Plan *plan, Node *node, Node **arguments);
/* Before roots have their places: whether a root's value may be said otherwise, and that it is. */
bool plan_may_change(const Root *root);
void plan_change(Plan *plan, Root *root, Node *value);
Node *
plan_root_read(Plan *plan,
               Root *root); /* the root's array at its own axes, as a node of the value's type */
Root *plan_root_of(const Plan *plan,
                   const Node *node); /* of an ARRAY, or of a stored reduction; else NULL */
Node *plan_identity(Graph *graph, Op op, Scalar type); /* what an empty reduction gives */
void plan_print(Text *out, const ModelPlan *plan);
bool plan_verify(const ModelPlan *plan); /* every root is stored once, every reduction is ready
                                            before it is used; bug() if not */
#endif
