/* The rules for reads at other positions, and for reductions. See rules.def. */
#include "graph/rules.h"
#include <math.h>

/* --- reads at other positions --- */

static Node *at_alike(Graph *graph, Node *at, Node *base) {
    return graph_at(graph, base, at->u.positions, at->arguments + 1, at->argument_count - 1,
                    at->guarded);
}

Node *rule_at_axis(Graph *graph, Node *node) {
    if (node->arguments[0]->op != OP_AXIS) return NULL;
    return graph_convert(graph, SCALAR_I64, node->arguments[1]);
}

/* The inner positions bind, so only their indices and the axes that they leave over see the outer
 * ones. */
Node *rule_at_at(Graph *graph, Node *node) {
    Node *inner = node->arguments[0];
    if (inner->op != OP_AT) return NULL;
    int inner_count = inner->argument_count - 1, count = inner_count;
    Axis **positions = ARENA_ARRAY(graph->arena, Axis *, inner_count + node->argument_count);
    Node **indices = ARENA_ARRAY(graph->arena, Node *, inner_count + node->argument_count);
    for (int i = 0; i < inner_count; i++) {
        positions[i] = inner->u.positions[i];
        indices[i] = at_alike(graph, node, inner->arguments[i + 1]);
    }
    const AxisSet *bound = axis_set(graph, inner->u.positions, inner_count);
    for (int i = 0; i < node->argument_count - 1; i++) {
        if (axis_set_has(bound, node->u.positions[i])) continue;
        positions[count] = node->u.positions[i];
        indices[count++] = node->arguments[i + 1];
    }
    bool guarded = inner->guarded || node->guarded;
    return graph_at(graph, inner->arguments[0], positions, indices, count, guarded);
}

static bool is_pointwise(const Node *node) {
    switch (op_info[node->op].class_) {
    case OP_LEAF:
    case OP_REDUCE: return false;
    case OP_SPECIAL: return node->op != OP_AT && node->op != OP_LET;
    default: return true;
    }
}

/* A rounding to f16 is never read but through the conversion back: it is passed by too. */
static Node *at_argument(Graph *graph, Node *at, Node *argument) {
    if (argument->type <= SCALAR_F64) return at_alike(graph, at, argument);
    Node *inner = at_alike(graph, at, argument->arguments[0]);
    return graph_rebuild(graph, argument, &inner);
}

/* A reduction is never moved over: it would be computed again at each new position. Each AT that is
 * pushed keeps its own guard, and the branches of an if keep their places. */
Node *rule_at_pointwise(Graph *graph, Node *node) {
    Node *base = node->arguments[0];
    if (!is_pointwise(base)) return NULL;
    Node **arguments = ARENA_ARRAY(graph->arena, Node *, base->argument_count);
    for (int i = 0; i < base->argument_count; i++) {
        arguments[i] = at_argument(graph, node, base->arguments[i]);
    }
    return graph_rebuild(graph, base, arguments);
}

/* --- reductions --- */

static Node *identity_of(Graph *graph, const Node *node) {
    return reduction_identity(graph, node->op, node->type);
}

static bool is_identity(Graph *graph, const Node *node, Node *value) {
    Node *number = rule_literal(graph, value);
    if (!number || node_is_arg(node)) return false;
    if (node->op == OP_SUM) return node_is_number(number, 0); /* -0 too: a sum begins at 0 */
    return number == reduction_identity(graph, node->op, number->type);
}

/* a and b, either of which may be legal only where something around or the other one holds: what
 * needs no other condition comes first. */
static Node *conjunction(Graph *graph, Node *a, Node *b) {
    if (!a) return b;
    if (b->op == OP_AND)
        return conjunction(graph, conjunction(graph, a, b->arguments[0]), b->arguments[1]);
    if (b->can_fail || !a->can_fail) return graph_binary(graph, OP_AND, a, b);
    if (a->op != OP_AND) return graph_binary(graph, OP_AND, b, a);
    if (!a->arguments[1]->can_fail) return graph_binary(graph, OP_AND, a, b);
    return graph_binary(graph, OP_AND, conjunction(graph, a->arguments[0], b), a->arguments[1]);
}

/* The reduction over `bound`, which may have become empty: then what is left is one element, or
 * none. NULL where none has no value. */
static Node *reduce_rest(Graph *graph, const Node *node, const AxisSet *bound, Node *body,
                         Node *where) {
    if (bound->count) return graph_reduce(graph, node->op, bound, body, where);
    body = graph_convert(graph, node->type, body);
    if (!where) return body;
    Node *identity = identity_of(graph, node);
    return identity ? graph_select(graph, where, body, identity) : NULL;
}

Node *rule_reduce_choice(Graph *graph, Node *node) {
    Node *body = node_body(node);
    if (body->op != OP_SELECT || node_is_arg(node)) return NULL;
    Node *condition = body->arguments[0], *kept = body->arguments[1];
    if (is_identity(graph, node, body->arguments[1])) {
        condition = graph_unary(graph, OP_NOT, condition);
        kept = body->arguments[2];
    } else if (!is_identity(graph, node, body->arguments[2])) {
        return NULL;
    }
    return graph_reduce(graph, node->op, node->u.bound, kept,
                        conjunction(graph, node_where(node), condition));
}

/* Rounding is the same on both sides of 0. */
Node *rule_sum_negated(Graph *graph, Node *node) {
    Node *body = node_body(node);
    if (body->op != OP_NEG) return NULL;
    Node *sum = graph_reduce(graph, OP_SUM, node->u.bound, body->arguments[0], node_where(node));
    return graph_unary(graph, OP_NEG, graph_with_span(sum, node->span));
}

Node *rule_reduce_everywhere(Graph *graph, Node *node) {
    Node *where = node_where(node) ? rule_literal(graph, node_where(node)) : NULL;
    if (!where || !where->u.integer) return NULL;
    return graph_reduce(graph, node->op, node->u.bound, node_body(node), NULL);
}

Node *rule_reduce_nowhere(Graph *graph, Node *node) {
    Node *where = node_where(node) ? rule_literal(graph, node_where(node)) : NULL;
    return where && !where->u.integer ? identity_of(graph, node) : NULL;
}

Node *rule_reduce_nothing(Graph *graph, Node *node) {
    return is_identity(graph, node, node_body(node)) ? identity_of(graph, node) : NULL;
}

Node *rule_reduce_where_outside(Graph *graph, Node *node) {
    Node *where = node_where(node);
    if (!where || axis_set_meets(where->axes, node->u.bound)) return NULL;
    Node *identity = identity_of(graph, node);
    if (!identity) return NULL;
    Node *all = graph_reduce(graph, node->op, node->u.bound, node_body(node), NULL);
    return graph_select(graph, where, all, identity);
}

/* --- of one element: where = s == e, perhaps and more --- */

enum {
    MOST_CONJUNCTS = 16
};
static const int64_t FAR_INDEX = (int64_t)1 << 60; /* beyond it nothing is known */

static bool conjuncts(Node *node, Node **list, int *count) {
    if (node->op == OP_AND) {
        return conjuncts(node->arguments[0], list, count) &&
               conjuncts(node->arguments[1], list, count);
    }
    if (*count == MOST_CONJUNCTS) return false;
    list[(*count)++] = node;
    return true;
}

/* The value of axis where side == other, or NULL: side is a sum in which the axis stands once. */
static Node *solved_for(Graph *graph, Node *side, Axis *axis, Node *other) {
    while (side->op != OP_AXIS) {
        side = node_unnamed(side);
        Node *a = side->argument_count > 0 ? side->arguments[0] : NULL;
        Node *b = side->argument_count > 1 ? side->arguments[1] : NULL;
        bool first = a && axis_set_has(a->axes, axis), second = b && axis_set_has(b->axes, axis);
        if (first == second || side->type != SCALAR_I64) return NULL;
        if (side->op == OP_NEG) {
            other = graph_unary(graph, OP_NEG, other);
        } else if (side->op == OP_ADD) {
            other = graph_binary(graph, OP_SUB, other, first ? b : a);
        } else if (side->op == OP_SUB) {
            other = first ? graph_binary(graph, OP_ADD, other, b)
                          : graph_binary(graph, OP_SUB, a, other);
        } else {
            return NULL;
        }
        side = first ? a : b;
    }
    return side->u.axis == axis ? other : NULL;
}

/* Rather an axis whose extent follows from others than one of run time, rather that than a fixed
 * one: those that stay are looped over. */
static int readiness(const Axis *axis) {
    return axis->extent->op == OP_NUMBER ? 1 : axis->extent->op == OP_EXTENT ? 2 : 3;
}

/* The e that a condition says a bound axis is equal to: of s == e, s + k == e, ... where e lacks s
 * and is known not to wrap. */
static Node *other_of_equality(Graph *graph, const Node *condition, const AxisSet *bound,
                               Axis **axis) {
    Node *best = NULL;
    if (condition->op != OP_EQ || !scalar_is_integer(condition->arguments[0]->type)) return NULL;
    for (int i = 0; i < 2; i++) {
        Node *side = condition->arguments[i], *other = condition->arguments[1 - i];
        for (int k = 0; k < bound->count; k++) {
            Axis *candidate = bound->items[k];
            if (!axis_set_has(side->axes, candidate)) continue;
            if (axis_set_has(other->axes, candidate)) continue;
            if (best && readiness(*axis) >= readiness(candidate)) continue;
            Node *index = solved_for(graph, side, candidate, other);
            if (!index) continue;
            IntegerRange range = rule_range(index);
            bool wraps = range.low < -FAR_INDEX || range.high > FAR_INDEX;
            if (side->op != OP_AXIS && wraps) continue;
            best = index;
            *axis = candidate;
        }
    }
    return best;
}

static bool is_label(const Node *node) {
    while (node->op == OP_LET || node->op == OP_STOP || node->op == OP_AT) {
        node = node->arguments[0];
    }
    return node->op == OP_ARRAY;
}

/* A label is within its own axis, or it is `none`. */
static Node *range_condition(Graph *graph, Node *index, Axis *axis) {
    bool has_none;
    int64_t none;
    Axis *own = node_index_axis(index, &has_none, &none);
    if (own && has_none && is_label(index) && axis_same_extent(own, axis)) {
        return graph_binary(graph, OP_NE, index, graph_integer(graph, index->type, none));
    }
    Node *low = graph_binary(graph, OP_LE, graph_integer(graph, SCALAR_I64, 0), index);
    return graph_binary(graph, OP_AND, low, graph_binary(graph, OP_LT, index, axis->extent));
}

/* In the equality's stead comes the condition that e is in range, where that is not known.
 * Conditions written before it may have guarded e: then nothing is done. */
Node *rule_reduce_one(Graph *graph, Node *node) {
    Node *list[MOST_CONJUNCTS], *index = NULL, *where = NULL;
    int count = 0, at = 0;
    Axis *axis = NULL;
    if (!node_where(node) || node_is_arg(node) || !conjuncts(node_where(node), list, &count))
        return NULL;
    for (; at < count && !index; at++) {
        index = other_of_equality(graph, list[at], node->u.bound, &axis);
    }
    if (!index || (index->can_fail && at > 1)) return NULL;
    bool certain = rule_in_range(index, axis);
    if (!certain) where = range_condition(graph, index, axis); /* first: it guards the others */
    for (int i = 0; i < count; i++) {
        if (i == at - 1) continue;
        Node *condition = graph_at(graph, list[i], &axis, &index, 1, !certain);
        where = conjunction(graph, where, condition);
    }
    const AxisSet *rest = axis_set_minus(graph, node->u.bound, axis_set(graph, &axis, 1));
    Node *body = graph_at(graph, node_body(node), &axis, &index, 1, !certain);
    return reduce_rest(graph, node, rest, body, where);
}

/* Its body is a condition as `where` is. */
Node *rule_any_one(Graph *graph, Node *node) {
    if (node_where(node)) return NULL;
    Node *certain = graph_integer(graph, SCALAR_BOOL, 1);
    return rule_reduce_one(graph,
                           graph_reduce(graph, OP_ANY, node->u.bound, certain, node_body(node)));
}

/* --- along an axis that nothing has --- */

/* What `extent` equal elements come to, extent > 0. */
static Node *repeated(Graph *graph, const Node *node, Node *element, Node *extent) {
    if (node->op != OP_SUM) return element;
    return graph_binary(graph, OP_MUL, element, graph_convert(graph, node->type, extent));
}

/* Whether 0 times the element is 0, and it may be computed where there is none. */
static bool vanishes(Graph *graph, const Node *node, Node *element) {
    if (node->op != OP_SUM || element->can_fail) return false;
    if (!scalar_is_float(node->type)) return true;
    Node *number = rule_literal(graph, element);
    return number && isfinite(number->u.number) && !signbit(number->u.number);
}

Node *rule_reduce_absent(Graph *graph, Node *node) {
    Node *where = node_where(node);
    if (node->op == OP_PROD || node_is_arg(node)) return NULL;
    for (int i = 0; i < node->u.bound->count; i++) {
        Axis *axis = node->u.bound->items[i];
        if (axis_set_has(node_body(node)->axes, axis)) continue;
        if (where && axis_set_has(where->axes, axis)) continue;
        const AxisSet *rest = axis_set_minus(graph, node->u.bound, axis_set(graph, &axis, 1));
        Node *element = reduce_rest(graph, node, rest, node_body(node), where);
        if (!element) continue;
        Node *all = repeated(graph, node, element, axis->extent);
        bool some = axis->extent->op == OP_NUMBER && axis->extent->u.integer > 0;
        if (some || vanishes(graph, node, element)) return all;
        Node *identity = identity_of(graph, node);
        if (!identity) continue;
        Node *positive =
            graph_binary(graph, OP_LT, graph_integer(graph, SCALAR_I64, 0), axis->extent);
        return graph_select(graph, positive, all, identity);
    }
    return NULL;
}
