/* One element at a time: what each pointwise operation of the graph means, on numbers held as
 * doubles. The reference evaluator is made of it.
 *
 * Integers are exact (and wrap) as long as they fit a double. An integer or bool that is NaN is
 * poison: it was read where nothing exists, and stays poison until a condition throws it away. */
#ifndef GRAPH_SCALAR_H
#define GRAPH_SCALAR_H
#include "graph/graph.h"

/* The operation of a pointwise node (INFIX, COMPARE, LOGIC, CALL, TEST, CONVERT, SELECT, UNIFORM,
 * NORMAL) on its arguments' values. */
double scalar_apply(const Node *node, const double *arguments);
double scalar_digamma(double x);
double scalar_trigamma(double x);
double scalar_polygamma(int order, double x);
#endif
