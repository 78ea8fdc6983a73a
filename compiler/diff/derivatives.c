/* The table of derivatives. In: a node and one of its arguments; out: what a change of that
 * argument is multiplied with. There is no default: an operation without a rule is an error of the
 * program, never a zero. Both walks use this one table. */
#include "diff/parts.h"
#include <math.h>

/* --- makers --- */

static bool is_one(const Node *node) {
    return node->op == OP_NUMBER && node_is_number(node, 1);
}

Node *diff_number(Graph *graph, Scalar type, double number) {
    return graph_number(graph, type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32, number);
}

static bool is_factor(const Node *node) {
    return node->op == OP_NUMBER && scalar_is_float(node->type) && isfinite(node->u.number);
}

/* c * a or c * a / b, c being the number that it begins with: c, and where it stands. */
static Node *leading_number(Node *node) {
    while (node->op == OP_MUL || node->op == OP_DIV)
        node = node->arguments[0];
    return is_factor(node) ? node : NULL;
}

static Node *with_leading(Graph *graph, Node *node, Node *number) {
    if (node->op != OP_MUL && node->op != OP_DIV) return number;
    return graph_binary(graph, node->op, with_leading(graph, node->arguments[0], number),
                        node->arguments[1]);
}

/* 1 / n * (2 * e) is written 2 / n * e: numbers come together in front. */
Node *diff_times(Graph *graph, Node *a, Node *b) {
    if (is_one(a)) return b;
    if (is_one(b)) return a;
    Node *first = leading_number(a);
    if (first && b->op == OP_MUL && is_factor(b->arguments[0])) {
        Node *number = diff_number(graph, a->type, first->u.number * b->arguments[0]->u.number);
        return diff_times(graph, with_leading(graph, a, number), b->arguments[1]);
    }
    return graph_binary(graph, OP_MUL, a, b);
}

Node *diff_plus(Graph *graph, Node *a, Node *b) {
    if (!a || !b) return a ? a : b;
    return graph_binary(graph, OP_ADD, a, b);
}

Node *diff_zero_outside(Graph *graph, Node *where, Node *value) {
    if (!where) return value;
    return graph_select(graph, where, value, diff_number(graph, value->type, 0));
}

Node *diff_convert(Graph *graph, Scalar type, Node *value) {
    return graph_convert(graph, type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32, value);
}

static bool is_zero(const Node *node) {
    return node->op == OP_NUMBER && node_is_number(node, 0);
}

/* Where there is no change, nothing is multiplied: not even NaN. */
Node *diff_apply(Graph *graph, const Partial *partial, Node *change) {
    const Node *sum = change->op == OP_DIV ? change->arguments[1] : NULL;
    if (!partial->times && !partial->over && !partial->negative) return change;
    if (change->op == OP_SELECT &&
        (is_zero(change->arguments[1]) || is_zero(change->arguments[2]))) {
        Node *parts[2];
        for (int i = 0; i < 2; i++) {
            Node *part = change->arguments[1 + i];
            parts[i] = is_zero(part) ? part : diff_apply(graph, partial, part);
        }
        return graph_select(graph, change->arguments[0], parts[0], parts[1]);
    }
    if (partial->over) change = graph_binary(graph, OP_DIV, change, partial->over);
    if (partial->times && sum && sum->op == OP_SUM && node_body(sum) == partial->times &&
        axis_set_meets(change->arguments[0]->axes, sum->u.bound)) /* its share of the whole */
        change = graph_binary(graph, OP_MUL, change->arguments[0],
                              graph_binary(graph, OP_DIV, partial->times, change->arguments[1]));
    else if (partial->times)
        change = diff_times(graph, change, partial->times);
    return partial->negative ? graph_unary(graph, OP_NEG, change) : change;
}

/* --- the table --- */

bool diff_passes(const Node *node, int argument) {
    const Node *from = node->arguments[argument];
    if (!scalar_is_float(node->type) || !scalar_is_float(from->type)) return false;
    switch (node->op) {
    case OP_SIGN:
    case OP_FLOOR:
    case OP_CEIL:
    case OP_ROUND:
    case OP_IDIV:
    case OP_STOP:
    case OP_UNIFORM:
    case OP_NORMAL: return false;
    default: return true;
    }
}

typedef struct Rule {
    Graph *graph;
    const Node *node;
    Node *self;
    Scalar type;
} Rule;

static Node *number(const Rule *rule, double value) {
    return diff_number(rule->graph, rule->type, value);
}

static Node *binary(const Rule *rule, Op op, Node *a, Node *b) {
    return graph_binary(rule->graph, op, a, b);
}

static Node *unary(const Rule *rule, Op op, Node *a) {
    return graph_unary(rule->graph, op, a);
}

static Node *squared(const Rule *rule, Node *a) {
    return binary(rule, OP_POW, a, graph_integer(rule->graph, SCALAR_I64, 2));
}

static Node *one_minus(const Rule *rule, Node *a) {
    return binary(rule, OP_SUB, number(rule, 1), a);
}

/* b * a^(b - 1), but for 0^0; a literal b keeps its type. Where b is 0 this is 0, but its own
 * derivative by b is 1 / a there: only where 1 / a is no number is there nothing to differentiate.
 */
static Partial power_of_base(const Rule *rule) {
    Graph *graph = rule->graph;
    Node *a = rule->node->arguments[0], *b = rule->node->arguments[1];
    const bool whole = scalar_is_integer(b->type);
    if (b->op != OP_NUMBER) {
        Node *one = whole ? graph_integer(graph, b->type, 1) : number(rule, 1);
        Node *zero = whole ? graph_integer(graph, b->type, 0) : number(rule, 0);
        Node *lower = binary(rule, OP_POW, a, binary(rule, OP_SUB, b, one));
        Node *factor = whole ? graph_convert(graph, rule->type, b) : b;
        Node *where = binary(rule, OP_NE, b, zero);
        if (!whole) {
            Node *inverse = binary(rule, OP_DIV, one, a);
            where = binary(rule, OP_OR, where, unary(rule, OP_ISFINITE, inverse));
        }
        return (Partial){.times = diff_times(graph, factor, lower), .where = where};
    }
    double exponent = whole ? (double)b->u.integer : b->u.number;
    if (exponent == 0) return (Partial){.times = number(rule, 0)};
    if (exponent == 1) return (Partial){0};
    if (exponent == 0.5)
        return (Partial){.over = binary(rule, OP_MUL, number(rule, 2), rule->self)};
    Node *lower = whole ? graph_integer(graph, b->type, b->u.integer - 1)
                        : diff_number(graph, b->type, exponent - 1);
    Node *power = exponent == 2 ? a : binary(rule, OP_POW, a, lower);
    return (Partial){.times = diff_times(graph, number(rule, exponent), power)};
}

/* a^b * log(a): 0 where a is 0, as the limit is for b > 0. */
static Partial power_of_exponent(const Rule *rule) {
    Node *a = rule->node->arguments[0];
    return (Partial){.times = binary(rule, OP_MUL, rule->self, unary(rule, OP_LOG, a)),
                     .where = binary(rule, OP_NE, a, number(rule, 0))};
}

/* 2 / sqrt(pi) * exp(-a^2) */
static Node *bell(const Rule *rule, Node *a) {
    Node *e = unary(rule, OP_EXP, unary(rule, OP_NEG, squared(rule, a)));
    return binary(rule, OP_MUL, number(rule, 1.12837916709551257390), e);
}

bool diff_partial(Graph *graph, const Node *node, Node *self, int argument, Partial *partial) {
    const Rule rule = {graph, node, self, node->type};
    Node *a = node->arguments[0], *b = node->argument_count > 1 ? node->arguments[1] : NULL;
    const bool first = argument == 0;
    *partial = (Partial){0};
    switch (node->op) {
    case OP_ADD: return true;
    case OP_SUB: partial->negative = !first; return true;
    case OP_NEG: partial->negative = true; return true;
    case OP_MUL: partial->times = first ? b : a; return true;
    case OP_DIV:
        partial->over = b;
        partial->negative = !first;
        if (!first) partial->times = self;
        return true;
    case OP_POW: *partial = first ? power_of_base(&rule) : power_of_exponent(&rule); return true;
    case OP_MOD:
        if (!first) *partial = (Partial){binary(&rule, OP_IDIV, a, b), NULL, NULL, true};
        return true;
    case OP_EXP: partial->times = self; return true;
    case OP_LOG: partial->over = a; return true;
    case OP_LOG1P: partial->over = binary(&rule, OP_ADD, number(&rule, 1), a); return true;
    case OP_EXPM1: partial->times = binary(&rule, OP_ADD, self, number(&rule, 1)); return true;
    case OP_SQRT: partial->over = binary(&rule, OP_MUL, number(&rule, 2), self); return true;
    case OP_RSQRT:
        partial->times = binary(&rule, OP_MUL, number(&rule, -0.5), self);
        partial->over = a;
        return true;
    case OP_ABS: partial->times = unary(&rule, OP_SIGN, a); return true;
    case OP_TANH: partial->times = one_minus(&rule, squared(&rule, self)); return true;
    case OP_SIGMOID: /* sigmoid(-a) is 1 - sigmoid(a), without cancellation */
        partial->times =
            binary(&rule, OP_MUL, self, unary(&rule, OP_SIGMOID, unary(&rule, OP_NEG, a)));
        return true;
    case OP_SOFTPLUS: partial->times = unary(&rule, OP_SIGMOID, a); return true;
    case OP_ERF: partial->times = bell(&rule, a); return true;
    case OP_ERFC: *partial = (Partial){.times = bell(&rule, a), .negative = true}; return true;
    case OP_LGAMMA: partial->times = unary(&rule, OP_DIGAMMA, a); return true;
    case OP_DIGAMMA: partial->times = unary(&rule, OP_TRIGAMMA, a); return true;
    case OP_TRIGAMMA:
        partial->times = binary(&rule, OP_POLYGAMMA, number(&rule, 2), a);
        return true;
    case OP_POLYGAMMA:
        if (a->u.number >= POLYGAMMA_MOST) return false;
        partial->times = binary(&rule, OP_POLYGAMMA, number(&rule, a->u.number + 1), b);
        return true;
    case OP_SIN: partial->times = unary(&rule, OP_COS, a); return true;
    case OP_COS:
        *partial = (Partial){.times = unary(&rule, OP_SIN, a), .negative = true};
        return true;
    case OP_TAN:
        partial->times = binary(&rule, OP_ADD, number(&rule, 1), squared(&rule, self));
        return true;
    default: return false;
    }
}

/* --- what chooses --- */

Node *diff_second_wins(Graph *graph, const Node *node) {
    Node *a = node->arguments[0], *b = node->arguments[1];
    return node->op == OP_MAX ? graph_binary(graph, OP_LT, a, b) : graph_binary(graph, OP_LT, b, a);
}

Node *diff_split(Graph *graph, Node *reduction) {
    const AxisSet *bound = reduction->u.bound;
    if (bound->count == 1) return reduction;
    const AxisSet *first = axis_set(graph, bound->items, 1);
    Node *inner = graph_reduce(graph, reduction->op, axis_set_minus(graph, bound, first),
                               node_body(reduction), node_where(reduction));
    return graph_reduce(graph, reduction->op, first, inner, NULL);
}

/* Two products, of what stands before and after: 0 among the elements does no harm, however often
 * this is differentiated, and each is one running pass. */
Node *diff_others(Graph *graph, Node *product) {
    Node *body = node_body(product), *where = node_where(product);
    Axis *axis = product->u.bound->items[0];
    const AxisSet *taken = where ? axis_set_union(graph, body->axes, where->axes) : body->axes;
    taken = axis_set_union(graph, taken, product->u.bound);
    Axis *other = axis_fresh(graph, axis, &taken, 1);
    Node *here = graph_axis(graph, axis), *there = graph_axis(graph, other);
    Node *moved = graph_at(graph, body, &axis, &there, 1, false);
    Node *domain = where ? graph_at(graph, where, &axis, &there, 1, false) : NULL;
    Node *parts[2];
    for (int i = 0; i < 2; i++) {
        Node *side = i == 0 ? graph_binary(graph, OP_LT, there, here)
                            : graph_binary(graph, OP_LT, here, there);
        parts[i] = graph_reduce(graph, OP_PROD, axis_set(graph, &other, 1), moved,
                                graph_both(graph, domain, side));
    }
    return graph_binary(graph, OP_MUL, parts[0], parts[1]);
}

Node *diff_extreme(Graph *graph, Node *reduction) {
    Op op = reduction->op == OP_REDUCE_MAX ? OP_ARGMAX : OP_ARGMIN;
    return graph_reduce(graph, op, reduction->u.bound, node_body(reduction), node_where(reduction));
}
