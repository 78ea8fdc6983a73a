/* What follows from how a program uses a weight, whatever the data are. */
#ifndef GRAPH_WEIGHING_H
#define GRAPH_WEIGHING_H
#include "graph/graph.h"

typedef struct Weighing {
    Graph *graph;
    const Array *weight;
    const Axis *axis;   /* NULL: all of the weight at once */
    Table degrees;      /* Node * -> double * */
    bool takes_extreme; /* a max, min, any or all along the axis was met */
} Weighing;

/* axis NULL: when every element of the weight is multiplied by c > 0, values are multiplied by c to
 * the power weighing_degree.
 *
 * With an axis of the weight: 0 for a value that depends on what lies along the axis by nothing but
 * sums weighted by it: then an element whose weight is k times as large is k such elements. Where
 * takes_extreme is false afterwards, k = 0 too: it is none.
 *
 * NAN: it is not known. INFINITY: the value is 0. */
Weighing weighing_new(Graph *graph, const Array *weight, const Axis *axis);
double weighing_degree(Weighing *weighing, Node *node);
#endif
