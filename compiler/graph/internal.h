/* What the files of this folder share and nobody else needs: the store of nodes, and how a node's
 * derived fields (type, free axes, flags) follow from its arguments. */
#ifndef GRAPH_INTERNAL_H
#define GRAPH_INTERNAL_H
#include "graph/graph.h"

struct Graph {
    Compiler *compiler;
    Arena *arena;
    Node **nodes; /* open addressing; a power of two long */
    uint64_t *node_hashes;
    int node_count, node_capacity;
    const AxisSet **sets; /* the same for axis sets */
    int set_count, set_capacity;
    const AxisSet *empty_set;
    Table variants; /* Axis * (an origin) -> Variants * */
    int axis_count;
    bool keeps_lets; /* while graph_simplify works: a LET is nothing but its name */
};

/* The one node equal to *shape, of which op, arguments, attribute and guarded are set, and type for
 * NUMBER, CONVERT, UNIFORM and NORMAL. Makes it where there is none. */
Node *node_intern(Graph *graph, Node *shape);
/* Works out type, axes, can_fail and has_reduction; bug() where the arguments do not fit the
 * operation. */
void node_derive(Graph *graph, Node *shape);
/* The interned node with shape's operation, attribute and arguments, or NULL. */
Node *node_find(const Graph *graph, const Node *shape);
/* The renamed copy of axis with the lowest number that is in none of the sets. */
Axis *axis_fresh(Graph *graph, Axis *axis, const AxisSet *const *taken, int count);
/* unify.c: reads of recurrences that are the same, and of what they hold. False: there are none. */
bool recurrences_unify(Model *model);
/* Rounded once to a float type as the type holds it (f16 and bf16 too). */
double scalar_round(Scalar type, double value);
/* What a NUMBER of the type holds: the shortest decimal that is read as the value's f32. */
double scalar_literal(Scalar type, double value);
/* The value of a reduction of no elements, of the node's type; NULL where the type has none (min of
 * integers). */
Node *reduction_identity(Graph *graph, Op op, Scalar type);
#endif
