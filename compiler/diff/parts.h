/* What the files of this folder share. */
#ifndef DIFF_PARTS_H
#define DIFF_PARTS_H
#include "diff/diff.h"
#include "graph/internal.h"

/* --- derivatives.c --- */

/* By argument i: change * times / over, negated perhaps, where `where` holds, and 0 elsewhere; NULL
 * stands for 1 and for everywhere. */
typedef struct Partial {
    Node *times, *over, *where;
    bool negative;
} Partial;

/* Of a pointwise operation with one value on every path: not of SELECT, MIN, MAX, CONVERT, which
 * choose or pass on. self is the node, or what holds its value. False where there is no rule. */
bool diff_partial(Graph *graph, const Node *node, Node *self, int argument, Partial *partial);
/* Whether a change of that argument changes the node at all: not through conditions, indices, stop
 * or what is constant between steps. */
bool diff_passes(const Node *node, int argument);
Node *diff_apply(Graph *graph, const Partial *partial, Node *change);

/* MIN and MAX as the `if` that they are: the first of a tie. The condition for the second. */
Node *diff_second_wins(Graph *graph, const Node *node);
/* A reduction that has a rule for one axis only, as one over its first axis of one over the rest;
 * itself if it has one. */
Node *diff_split(Graph *graph, Node *reduction);
/* PROD over one axis: the product of all elements but the own one, over that axis too. */
Node *diff_others(Graph *graph, Node *product);
/* MIN and MAX over one axis: the index of the first extreme element. */
Node *diff_extreme(Graph *graph, Node *reduction);

/* --- makers that leave out what does nothing --- */
Node *diff_number(Graph *graph, Scalar type, double number);
Node *diff_times(Graph *graph, Node *a, Node *b);
Node *diff_plus(Graph *graph, Node *a, Node *b); /* either may be NULL: nothing */
Node *diff_zero_outside(Graph *graph, Node *where, Node *value);
Node *diff_convert(Graph *graph, Scalar type, Node *value); /* f16 and bf16 are held in f32 */

/* --- factor.c --- */
/* a + b, with what both have before it. */
Node *diff_add(Graph *graph, Node *a, Node *b);

/* --- paths.c --- */
typedef struct Paths {
    Graph *graph;
    Node *x;
    NodeList order; /* all that y reaches, recurrences too; arguments before users */
    Table active;   /* nodes that change with x */
    Vector(Recurrence *) recurrences; /* whose arrays are active */
    Table held; /* Node * that a recurrence's array holds, where it exists -> that ARRAY node */
    bool uses_x;
    const AxisSet *axes; /* free or bound, of all of these */
    Node *open;          /* a recurrence without a value, or NULL */
} Paths;

void paths_find(Paths *paths, Graph *graph, Node *y, Node *x);
bool paths_active(const Paths *paths, const Node *node);
/* Each axis of set as a copy that nothing in y has; `from` and `to` get them as axes and nodes. */
void paths_rename(const Paths *paths, const AxisSet *set, Axis **from, Node **to);
/* The arrays that hold the changes or adjoints of the active recurrences, by recurrence: with the
 * axes of `further` after their own. Reversed: walked the other way. Values are set later. */
Table paths_twins(const Paths *paths, const AxisSet *further, bool reversed);
void paths_group(const Paths *paths, const Table *twins, bool reversed);

/* --- live.c --- */
/* Arrays of bools by recurrence, beside its adjoint: whether anything depends on the element. First
 * one for each, to see where they come to stand in the domains of what every recurrence gets
 * (Recurrence * -> NodeList *, in which NULL is everywhere), then those that are needed. */
Table live_probes(const Paths *paths, const Table *adjoints);
Table live_needed(const Paths *paths, const Table *adjoints, const Table *probes,
                  const Table *domains, Simplifier *simplifier);
/* Of a domain, or NULL: what is no matter of the recurrences' own values. */
Node *live_domain(const Paths *paths, const Table *live, Node *domain);
/* In one of them. */
Node *live_somewhere(const Paths *paths, const NodeList *domains);
#endif
