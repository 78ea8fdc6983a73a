/* Derivatives, as expressions of the language.
 *
 *     derivatives.c   the table: what one pointwise operation passes on
 *     paths.c         what lies between a value and what it is differentiated by
 *     reverse.c       the walk from a value down to x: grad and vjp
 *     live.c          which steps of a recurrence have an adjoint
 *     forward.c       the walk from x up to a value: jvp
 *
 * x is a leaf (an ARRAY) or a LET: the derivative is by a zero added to that node, so every use of
 * it counts and equal text elsewhere does not. What comes out is simplified, and is a value like
 * any other: it can be differentiated again. */
#ifndef DIFF_DIFF_H
#define DIFF_DIFF_H
#include "graph/graph.h"

typedef enum DiffOutcome {
    DIFF_FINE,
    DIFF_NO_PATH, /* the value does not use x */
    DIFF_ZERO,    /* it does, but only through stop, indices, comparisons and steps */
    DIFF_NO_RULE, /* node: an operation without a rule */
    DIFF_OPEN     /* node: a recurrence whose value is not known yet */
} DiffOutcome;

typedef struct DiffResult {
    DiffOutcome outcome;
    Node *node; /* FINE, ZERO: the derivative */
} DiffResult;

/* Sum over y's axes of seed times the derivative of y by x: over x's axes, and those of the seed
 * that y lacks (of which x must have none). */
DiffResult diff_reverse(Graph *graph, Node *y, Node *x, Node *seed);
/* The derivative of y along a change of x by tangent: over y's axes, and those of the tangent that
 * x lacks (of which y must have none). */
DiffResult diff_forward(Graph *graph, Node *y, Node *x, Node *tangent);
#endif
