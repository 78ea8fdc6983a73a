/* Blocks of pairs: rows.c the loops over rows, pairs.c those over columns (see there). */
#ifndef LOOPS_PAIRS_H
#define LOOPS_PAIRS_H
#include "loops/reduce.h"

typedef struct RowResult { /* of each row of the block */
    Node *node;
    Variable *array; /* one element a row, or PLAN_TILE, one for each lane */
    CType type;      /* of what a reader gets */
    const char *name;
    bool lanes;
} RowResult;

typedef enum PanelKind {
    PANEL_LEFT,    /* by row and depth */
    PANEL_RIGHT,   /* by depth and column */
    PANEL_COLUMNS, /* by column and lane */
    PANEL_ROWS     /* by row and lane */
} PanelKind;

typedef struct Panel {
    PanelKind kind;
    const Node *factor;
    const Axis *depth; /* PANEL_COLUMNS, PANEL_ROWS: the lanes' axis */
    Variable *array;
} Panel;

typedef struct Rows { /* the open block of rows */
    Lower *lower;
    Compiler *c;
    const Axis *axis;
    Value *first, *count;
    int64_t room; /* elements of arrays with one for each row: as many as there may be, in whole
                     tiles */
    bool grouped; /* the block is a group of blocks: see pair_group.c */
    Vector(RowResult) results;
    Vector(Panel) panels;        /* declared so far, where later loops see them */
    const PlanBlock *after_tile; /* steps behind the open tile, or NULL */
} Rows;

static inline int64_t rounded_up(int64_t count, int64_t unit) {
    return (count + unit - 1) / unit * unit;
}

/* A loop over the rows of the block; `inner` becomes the scope of its body, where results so far
 * are known. */
void rows_open(Rows *rows, LowerScope *scope, Block *hold, LowerScope *inner, Value **row);
Variable *rows_array(Rows *rows, const char *name, CType type, int64_t width);
void rows_know(Rows *rows, Node *node, Variable *array, const char *name, bool lanes);
/* What the loop gives, and the steps after it need, is kept for each row. */
void rows_keep_results(Rows *rows, LowerScope *inner, Value *row, const PlanLoop *loop,
                       const PlanBlock *after, Block *declarations);
/* Of steps[from .. to - 1], the loop in which each row of the block does them alone; and what is
 * declared before it. */
Statement *rows_steps_alone(Rows *rows, LowerScope *scope, const PlanBlock *steps, int from, int to,
                            Block *declarations);
void rows_close(Rows *rows, LowerScope *scope, const Block *declarations, Statement *loop);
/* The loop over blocks of `size` rows, with rows->first and rows->count of the open one. */
Statement *rows_open_blocks(Rows *rows, LowerScope *scope, const PlanLoop *loop, Value *size,
                            LowerScope *inner);
/* A loop over columns. */
void lower_pairs(Rows *rows, LowerScope *scope, const PlanLoop *loop);
#endif
