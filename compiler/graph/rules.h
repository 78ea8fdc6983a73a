/* The rules of rules.def as functions: each returns an equal node, or NULL where it does not apply.
 */
#ifndef GRAPH_RULES_H
#define GRAPH_RULES_H
#include "graph/internal.h"

typedef Node *(*Rule)(Graph *graph, Node *node);

#define RULE(op, name, before, after) Node *rule_##name(Graph *graph, Node *node);
#include "graph/rules.def"
#undef RULE

/* The number that a node is, seen through lets unless they are to be kept; or NULL. */
Node *rule_literal(Graph *graph, Node *node);
bool rule_literal_is(Graph *graph, Node *node, double value); /* of either sign of zero */

/* What an integer node is known to lie between, both ends included. */
typedef struct IntegerRange {
    int64_t low, high;
} IntegerRange;
IntegerRange rule_range(const Node *node);
/* Whether 0 <= index < extent of axis, always. */
bool rule_in_range(const Node *index, const Axis *axis);
#endif
