/* How far a correct program may be from the reference: for each float node another node, the bound
 * of its rounding errors to first order, which the reference evaluator computes too. Infinite where
 * a comparison, floor or argmax is too close to call. */
#ifndef DIFFERENTIAL_BOUND_H
#define DIFFERENTIAL_BOUND_H
#include "graph/graph.h"

typedef struct Bounds {
    Graph *graph;
    Table floats;    /* Node * -> Bound * */
    Table uncertain; /* Node * of an integer or bool -> Doubt * */
    Table twins;     /* Array * of a recurrence -> that of its bounds */
} Bounds;

Bounds bounds_new(Graph *graph);
/* For a float: the bound, f64. For an integer or bool: inf where it is uncertain, else 0. NULL:
 * exact. */
Node *bound_of(Bounds *bounds, Node *node);
#endif
