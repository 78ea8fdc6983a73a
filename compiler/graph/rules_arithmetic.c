/* The rules for numbers: constants, and operations that leave their argument as it is. See
 * rules.def. */
#include "graph/rules.h"
#include "graph/scalar.h"
#include <math.h>
#include <stdlib.h>

Node *rule_literal(Graph *graph, Node *node) {
    while (node->op == OP_LET && !graph->keeps_lets) {
        node = node->arguments[0];
    }
    return node->op == OP_NUMBER ? node : NULL;
}

bool rule_literal_is(Graph *graph, Node *node, double value) {
    Node *number = rule_literal(graph, node);
    return number && node_is_number(number, value);
}

static bool is_zero(Graph *graph, Node *node, bool negative) {
    return rule_literal_is(graph, node, 0) &&
           signbit(rule_literal(graph, node)->u.number) == negative;
}

/* What may be added without effect: -0, or the integer 0. */
static bool adds_nothing(Graph *graph, Node *node) {
    if (!scalar_is_float(node->type)) return rule_literal_is(graph, node, 0);
    return is_zero(graph, node, true);
}

static Node *unless_negated(Node *node) {
    return node->op == OP_NEG ? node->arguments[0] : NULL;
}

/* --- constants --- */

static const double EXACT = 9007199254740992.0; /* integers up to 2^53 are doubles */

static bool folds(Graph *graph, const Node *node) {
    switch (op_info[node->op].class_) {
    case OP_INFIX:
    case OP_COMPARE:
    case OP_LOGIC:
    case OP_CALL:
    case OP_TEST: break;
    default:
        if (node->op != OP_CONVERT || node->type > SCALAR_F64) return false;
    }
    bool divides = node->op == OP_IDIV || node->op == OP_MOD;
    return !divides || scalar_is_float(node->type) ||
           !rule_literal_is(graph, node->arguments[1], 0);
}

/* f16(1.1): the node that rounds is of a type that no number has, so both conversions go at once.
 */
static Node *rounded_constant(Graph *graph, Node *node) {
    Node *rounding = node->arguments[0];
    if (node->op != OP_CONVERT || rounding->op != OP_CONVERT || rounding->type <= SCALAR_F64)
        return NULL;
    Node *number = rule_literal(graph, rounding->arguments[0]);
    if (!number || !scalar_is_float(number->type)) return NULL;
    return graph_number(graph, node->type, scalar_round(rounding->type, number->u.number));
}

Node *rule_constant(Graph *graph, Node *node) {
    double values[2];
    if (!folds(graph, node)) return NULL;
    Node *rounded = rounded_constant(graph, node);
    if (rounded) return rounded;
    bool smooth = scalar_is_float(node->type) && node->op != OP_CONVERT;
    for (int i = 0; i < node->argument_count; i++) {
        Node *number = rule_literal(graph, node->arguments[i]);
        if (!number) return NULL;
        bool whole = !scalar_is_float(number->type);
        values[i] = whole    ? (double)number->u.integer
                    : smooth ? number->u.number
                             : scalar_round(number->type, number->u.number);
        if (whole && fabs(values[i]) > EXACT) return NULL;
    }
    double value = scalar_apply(node, values);
    if (scalar_is_float(node->type)) return graph_number(graph, node->type, value);
    if (!(fabs(value) <= EXACT)) return NULL;
    return graph_integer(graph, node->type, (int64_t)value);
}

/* --- sums --- */

Node *rule_add_zero(Graph *graph, Node *node) {
    return adds_nothing(graph, node->arguments[1]) ? node->arguments[0] : NULL;
}

Node *rule_add_zero_left(Graph *graph, Node *node) {
    return adds_nothing(graph, node->arguments[0]) ? node->arguments[1] : NULL;
}

Node *rule_add_negated(Graph *graph, Node *node) {
    Node *negated = unless_negated(node->arguments[1]);
    return negated ? graph_binary(graph, OP_SUB, node->arguments[0], negated) : NULL;
}

Node *rule_add_negated_left(Graph *graph, Node *node) {
    Node *negated = unless_negated(node->arguments[0]);
    return negated ? graph_binary(graph, OP_SUB, node->arguments[1], negated) : NULL;
}

Node *rule_subtract_zero(Graph *graph, Node *node) {
    Node *b = node->arguments[1];
    bool nothing =
        scalar_is_float(b->type) ? is_zero(graph, b, false) : rule_literal_is(graph, b, 0);
    return nothing ? node->arguments[0] : NULL;
}

Node *rule_subtract_from_zero(Graph *graph, Node *node) {
    return adds_nothing(graph, node->arguments[0]) ? graph_unary(graph, OP_NEG, node->arguments[1])
                                                   : NULL;
}

Node *rule_subtract_negated(Graph *graph, Node *node) {
    Node *negated = unless_negated(node->arguments[1]);
    return negated ? graph_binary(graph, OP_ADD, node->arguments[0], negated) : NULL;
}

Node *rule_subtract_itself(Graph *graph, Node *node) {
    if (!scalar_is_integer(node->type) || node->arguments[0] != node->arguments[1]) return NULL;
    return graph_integer(graph, node->type, 0);
}

/* node = base + *offset, if it is such a sum of integers. */
static Node *split_offset(Graph *graph, Node *node, int64_t *offset) {
    if (node->op != OP_ADD && node->op != OP_SUB) return NULL;
    Node *a = rule_literal(graph, node->arguments[0]), *b = rule_literal(graph, node->arguments[1]);
    if (b) {
        *offset = b->u.integer;
        if (node->op == OP_SUB && __builtin_sub_overflow(0, *offset, offset)) return NULL;
        return node->arguments[0];
    }
    if (!a || node->op == OP_SUB) return NULL;
    *offset = a->u.integer;
    return node->arguments[1];
}

Node *rule_offsets(Graph *graph, Node *node) {
    int64_t outer, inner;
    if (!scalar_is_integer(node->type)) return NULL;
    Node *base = split_offset(graph, node, &outer);
    if (!base) return NULL;
    Node *inner_base = split_offset(graph, base, &inner);
    Node *right = rule_literal(graph, node->arguments[1]);
    if (!inner_base && !(right && right->u.integer < 0)) return NULL;
    if (inner_base) {
        base = inner_base;
        if (__builtin_add_overflow(outer, inner, &outer)) return NULL;
    }
    int64_t most = node->type == SCALAR_I32 ? INT32_MAX : INT64_MAX;
    if (outer > most || outer < -most) return NULL;
    if (outer == 0) return base;
    Node *offset = graph_integer(graph, node->type, outer < 0 ? -outer : outer);
    return graph_binary(graph, outer < 0 ? OP_SUB : OP_ADD, base, offset);
}

/* What is taken away and put back, as by an index that undoes another one. */
Node *rule_put_back(Graph *graph, Node *node) {
    (void)graph;
    if (!scalar_is_integer(node->type)) return NULL;
    const Op undone = node->op == OP_ADD ? OP_SUB : OP_ADD;
    for (int i = 0; i < (node->op == OP_ADD ? 2 : 1); i++) {
        const Node *inner = node->arguments[i], *other = node->arguments[1 - i];
        if (inner->op != undone) continue;
        if (inner->arguments[1] == other) return inner->arguments[0];
        if (undone == OP_ADD && inner->arguments[0] == other) return inner->arguments[1];
    }
    return NULL;
}

/* --- products --- */

/* The side that is not the literal `value`, where the other is. */
static Node *other_side(Graph *graph, Node *node, double value) {
    if (rule_literal_is(graph, node->arguments[1], value)) return node->arguments[0];
    return rule_literal_is(graph, node->arguments[0], value) ? node->arguments[1] : NULL;
}

Node *rule_multiply_by_one(Graph *graph, Node *node) {
    return other_side(graph, node, 1);
}

Node *rule_multiply_by_minus_one(Graph *graph, Node *node) {
    Node *other = other_side(graph, node, -1);
    return other ? graph_unary(graph, OP_NEG, other) : NULL;
}

Node *rule_multiply_by_zero(Graph *graph, Node *node) {
    if (!scalar_is_integer(node->type) || !other_side(graph, node, 0)) return NULL;
    return graph_integer(graph, node->type, 0);
}

Node *rule_two_negated(Graph *graph, Node *node) {
    Node *a = unless_negated(node->arguments[0]), *b = unless_negated(node->arguments[1]);
    return a && b ? graph_binary(graph, node->op, a, b) : NULL;
}

Node *rule_divide_by_one(Graph *graph, Node *node) {
    return rule_literal_is(graph, node->arguments[1], 1) ? node->arguments[0] : NULL;
}

Node *rule_divide_by_minus_one(Graph *graph, Node *node) {
    bool minus = rule_literal_is(graph, node->arguments[1], -1);
    return minus ? graph_unary(graph, OP_NEG, node->arguments[0]) : NULL;
}

/* Exponents so far from the ends that the divisor and its inverse are normal numbers. */
Node *rule_divide_by_power_of_two(Graph *graph, Node *node) {
    Node *divisor = rule_literal(graph, node->arguments[1]);
    if (!divisor || divisor->u.number == 0 || !isfinite(divisor->u.number)) return NULL;
    int exponent, most = node->type == SCALAR_F32 ? 100 : 1000;
    if (fabs(frexp(divisor->u.number, &exponent)) != 0.5 || abs(exponent) > most) return NULL;
    Node *inverse = graph_number(graph, node->type, 1 / divisor->u.number);
    return graph_binary(graph, OP_MUL, node->arguments[0], inverse);
}

Node *rule_power_of_one(Graph *graph, Node *node) {
    return rule_literal_is(graph, node->arguments[1], 1) ? node->arguments[0] : NULL;
}

Node *rule_power_of_zero(Graph *graph, Node *node) {
    if (!rule_literal_is(graph, node->arguments[1], 0)) return NULL;
    if (scalar_is_float(node->type)) return graph_number(graph, node->type, 1);
    return graph_integer(graph, node->type, 1);
}

Node *rule_negate_twice(Graph *graph, Node *node) {
    return unless_negated(node->arguments[0]);
}

Node *rule_negate_difference(Graph *graph, Node *node) {
    Node *a = node->arguments[0];
    if (!scalar_is_integer(node->type) || a->op != OP_SUB) return NULL;
    return graph_binary(graph, OP_SUB, a->arguments[1], a->arguments[0]);
}

/* --- whole numbers --- */

Node *rule_divide_integer_by_one(Graph *graph, Node *node) {
    bool whole = scalar_is_integer(node->type) && rule_literal_is(graph, node->arguments[1], 1);
    return whole ? node->arguments[0] : NULL;
}

Node *rule_remainder_of_one(Graph *graph, Node *node) {
    bool whole = scalar_is_integer(node->type) && rule_literal_is(graph, node->arguments[1], 1);
    return whole ? graph_integer(graph, node->type, 0) : NULL;
}

Node *rule_remainder_twice(Graph *graph, Node *node) {
    Node *a = node->arguments[0];
    bool again =
        scalar_is_integer(node->type) && a->op == OP_MOD && a->arguments[1] == node->arguments[1];
    return again ? a : NULL;
}

static bool is_whole(const Node *node) {
    switch (node->op) {
    case OP_FLOOR:
    case OP_CEIL:
    case OP_ROUND: return true;
    case OP_CONVERT: return !scalar_is_float(node->arguments[0]->type);
    default: return false;
    }
}

Node *rule_already_whole(Graph *graph, Node *node) {
    return is_whole(node->arguments[0]) ? node->arguments[0] : NULL;
}

Node *rule_absolute_sign(Graph *graph, Node *node) {
    Node *a = node->arguments[0];
    if (a->op == OP_ABS) return a;
    return a->op == OP_NEG ? graph_unary(graph, OP_ABS, a->arguments[0]) : NULL;
}

Node *rule_least_of_equal(Graph *graph, Node *node) {
    return node->arguments[0] == node->arguments[1] ? node->arguments[0] : NULL;
}

Node *rule_least_of_infinity(Graph *graph, Node *node) {
    if (!scalar_is_float(node->type)) return NULL;
    return other_side(graph, node, node->op == OP_MIN ? (double)INFINITY : -(double)INFINITY);
}

/* --- conversions --- */

/* Whether each value of the one type is a value of the other. */
static bool loses_nothing(Scalar from, Scalar to) {
    switch (from) {
    case SCALAR_BOOL: return true;
    case SCALAR_I32: return to == SCALAR_I64 || to == SCALAR_F64;
    case SCALAR_F32: return to == SCALAR_F64;
    default: return false;
    }
}

Node *rule_convert_twice(Graph *graph, Node *node) {
    Node *inner = node->arguments[0];
    if (inner->op != OP_CONVERT) return NULL;
    Node *value = inner->arguments[0];
    if (!loses_nothing(value->type, inner->type)) return NULL;
    if (value->type == node->type) return value;
    return graph_rebuild(graph, node, &value);
}

Node *rule_round_twice(Graph *graph, Node *node) {
    Node *back = node->arguments[0];
    if (node->type <= SCALAR_F64 || back->op != OP_CONVERT) return NULL;
    Node *rounded = back->arguments[0];
    return rounded->op == OP_CONVERT && rounded->type == node->type ? rounded : NULL;
}

Node *rule_convert_choice(Graph *graph, Node *node) {
    Node *choice = node->arguments[0];
    if (choice->op != OP_SELECT || node->type > SCALAR_F64) return NULL;
    Node *then = rule_literal(graph, choice->arguments[1]),
         *otherwise = rule_literal(graph, choice->arguments[2]);
    if (!then || !otherwise) return NULL;
    return graph_select(graph, choice->arguments[0], graph_convert(graph, node->type, then),
                        graph_convert(graph, node->type, otherwise));
}
