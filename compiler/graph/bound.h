/* How far a correct program may be from the reference: for each float node another node, the bound
 * of its rounding errors to first order, which the reference evaluator computes too. Infinite where
 * a comparison, floor or argmax is too close to call. */
#ifndef GRAPH_BOUND_H
#define GRAPH_BOUND_H
#include "graph/graph.h"

typedef struct Bounds {
    Graph *graph;
    Table floats;    /* Node * -> Bound * */
    Table uncertain; /* Node * of an integer or bool -> Doubt * */
    Table twins;     /* Array * of a recurrence -> that of its bounds */
    bool wide;       /* every float is a double: for Bindings.wide */
    int high, low;   /* numbers in float arrays are multiples of 2^-low below 2^high */
    int whole;       /* integers that become floats are below 2^whole */
    bool settled;    /* no choice hangs on rounding: all are as the reference makes them */
    double terms;    /* a sum may lose so many units of rounding of each of its elements */
} Bounds;

/* For data that are multiples of 1/8 below 8; set the fields for other data. */
Bounds bounds_new(Graph *graph);
/* For any data that there may be. */
Bounds bounds_general(Graph *graph, bool wide);
/* For a float: the bound, f64. For an integer or bool: inf where it is uncertain, else 0. NULL:
 * exact. */
Node *bound_of(Bounds *bounds, Node *node);
#endif
