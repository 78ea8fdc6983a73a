/* What the two halves of the pass on rows share: rows.c decides which iterations are shared,
 * tiles.c gives the roots their loops and buffers. */
#ifndef PLAN_ROWS_H
#define PLAN_ROWS_H
#include "plan/plan.h"

typedef struct Read { /* of a root, in the value of another */
    Root *root;
    const Node *node;     /* the ARRAY, AT or stored reduction */
    Node *sum;            /* the outermost reduction around it that binds a shared axis, and
                              inside of which none binds it anew; or NULL */
    const AxisSet *bound; /* the shared axes that are bound around it */
    Node *row;            /* a reduction below such a one, and around it, that has all shared axes:
                             where that is stored, it alone reads the root; or NULL */
} Read;
typedef Vector(Read) Reads;
typedef Vector(Root *) RootList;

typedef struct Rows {
    Plan *plan;
    Graph *graph;
    Arena *arena;
    const AxisSet *shared; /* the axes of the iterations */
    Axis *lane;            /* the one that runs in tiles, or NULL: not known yet */
    RootList large;        /* roots of which a tile is kept */
    RootList members;      /* all that is computed in the shared iterations */
    Nodes rows;            /* reductions to be stored: see Read */
    Table levels;          /* Root * -> its level and 1 more, as an intptr_t */
    Table direct;          /* Root * -> RootList *: all that it reads, while nothing is changed */
    Table tried;           /* Root * that cannot share, as the plan is now */
} Rows;

bool rows_among(const RootList *list, const Root *root);
bool rows_is_plain(const Root *root); /* each element by itself, in any order */
const AxisSet *rows_axes(const Rows *rows, const Root *root); /* of its array */
Reads rows_reads(Rows *rows, const Root *root);
bool rows_are_many(const Plan *plan, const AxisSet *axes); /* more than of any input or output */
/* Whether the root, a scatter, can take in the elements of the sum that it scatters. */
bool rows_takes_in(const Rows *rows, const Root *root, const Node *sum);
int rows_level(Rows *rows, Root *root); /* -1: it needs nothing of them */

void rows_sums(Rows *rows);  /* sums over the lane are roots of their own */
void rows_tiles(Rows *rows); /* loops and buffers of what is shared, level by level */
#endif
