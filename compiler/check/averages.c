/* What the reductions are made of. A reduction is a SUM, PROD, MAX, ... over a domain; everything
 * else is built here of these, always in the same shape, so that the plan can recognise it:
 *
 *     mean        SUM(w * v) / SUM(w), or SUM(v) / count
 *     var         SUM(w * (v - mean)^2) / SUM(w)
 *     logweight   w = exp(z - MAX(z)) over the elements with z != -inf; the scale cancels, or is
 *                 multiplied in after
 *     logsumexp   MAX(v) + log(SUM(exp(v - MAX(v)))), or MAX(v) itself where that is no number
 *     softmax     exp(z - MAX(z)) / SUM(exp(z - MAX(z)))
 *
 * MAX stands under STOP: what is made of it does not depend on it. With `weight` and `logweight`
 * together an element of weight 0 must not decide the scale, for the others could all vanish beside
 * it; yet 0 * inf and 0 * NaN are still NaN. */
#include "check/reducing.h"
#include <math.h>

static Node *reduce_over(Reducing *r, Op op, Node *body, Node *domain) {
    return graph_with_span(graph_reduce(r->graph, op, r->bound, body, domain), r->call->span);
}

static Node *reduce(Reducing *r, Op op, Node *body) {
    return reduce_over(r, op, body, r->domain);
}

static Node *binary(Reducing *r, Op op, Node *a, Node *b) {
    return graph_with_span(graph_binary(r->graph, op, a, b), r->call->span);
}

static Node *unary(Reducing *r, Op op, Node *a) {
    return graph_with_span(graph_unary(r->graph, op, a), r->call->span);
}

static Node *choose(Reducing *r, Node *condition, Node *a, Node *b) {
    return graph_with_span(graph_select(r->graph, condition, a, b), r->call->span);
}

static Node *constant(Reducing *r, Scalar type, double number) {
    return scalar_is_float(type) ? graph_number(r->graph, type, number)
                                 : graph_integer(r->graph, type, (int64_t)number);
}

static Node *is_zero(Reducing *r, Node *node) {
    return binary(r, OP_EQ, node, constant(r, node->type, 0));
}

static Node *times(Reducing *r, Node *factor, Node *value) {
    return factor ? binary(r, OP_MUL, factor, value) : value;
}

static Node *squared(Reducing *r, Node *node) {
    return binary(r, OP_POW, node, graph_integer(r->graph, SCALAR_I64, 2));
}

/* At 0 the gradient is 0, as that of an `if` is; the plan takes the root alone. */
static Node *root(Reducing *r, Node *node) {
    return choose(r, is_zero(r, node), constant(r, node->type, 0), unary(r, OP_SQRT, node));
}

static Node *both(Reducing *r, Node *a, Node *b) {
    return a ? binary(r, OP_AND, a, b) : b;
}

/* --- sizes and weights --- */

static Node *extents(Reducing *r) {
    Node *product = NULL;
    for (int i = 0; i < r->axes.count; i++) {
        Node *extent = graph_extent(r->graph, r->axes.items[i]);
        product = product ? binary(r, OP_MUL, product, extent) : extent;
    }
    return product;
}

static Node *count(Reducing *r) {
    return r->domain ? reduce(r, OP_SUM, graph_integer(r->graph, SCALAR_I64, 1)) : extents(r);
}

static Node *total(Reducing *r) {
    return r->factor ? reduce(r, OP_SUM, r->factor) : count(r);
}

/* w * exp(z - m), exact too where w is 0 and z large: there the exponent ends before it overflows,
 * which the derivative by w needs. 0 * max(z, 0) keeps 0 * inf and 0 * NaN what they are, and adds
 * nothing where z is -inf: 0 * exp(-inf) is 0. */
static Node *weighed_exp(Reducing *r, Node *weight, Node *z, Node *most) {
    Node *below = binary(r, OP_SUB, z, most);
    if (!weight) return unary(r, OP_EXP, below);
    Node *zero = constant(r, z->type, 0);
    Node *most_exponent = constant(r, z->type, z->type == SCALAR_F64 ? 700 : 85);
    Node *unbounded = binary(r, OP_MUL, zero, binary(r, OP_MAX, z, zero));
    Node *bounded = binary(r, OP_ADD, binary(r, OP_MIN, below, most_exponent), unbounded);
    Node *exponent = choose(r, is_zero(r, weight), bounded, below);
    return binary(r, OP_MUL, weight, unary(r, OP_EXP, exponent));
}

static Node *most_of(Reducing *r, Node *weight, Node *z) {
    Node *domain = r->domain;
    if (weight) domain = both(r, domain, binary(r, OP_NE, weight, constant(r, weight->type, 0)));
    return graph_with_span(graph_stop(r->graph, reduce_over(r, OP_REDUCE_MAX, z, domain)),
                           r->call->span);
}

static bool keeps_scale(const Reducing *r) {
    Reduction reduction = r->builtin->reduction;
    return reduction == REDUCE_SUM || reduction == REDUCE_COUNT || reduction == REDUCE_NORM;
}

static void weigh(Reducing *r) {
    Node *weight = r->weight.value.node, *z = r->logweight.value.node;
    r->domain = r->where.value.node;
    r->factor = weight;
    if (!z) return;
    r->domain = both(r, r->domain, binary(r, OP_NE, z, constant(r, z->type, -INFINITY)));
    if (r->builtin->reduction == REDUCE_LOGSUMEXP) return; /* adds z to its value */
    r->shift = most_of(r, weight, z);
    if (keeps_scale(r))
        r->shift = choose(r, unary(r, OP_ISFINITE, r->shift), r->shift, constant(r, z->type, 0));
    r->factor = weighed_exp(r, weight, z, r->shift);
}

/* exp(shift / 2), but finite: 0 times it is 0. */
static Node *half_of_scale(Reducing *r) {
    Scalar type = r->shift->type;
    Node *half = binary(r, OP_MUL, r->shift, constant(r, type, 0.5));
    return unary(r, OP_EXP,
                 binary(r, OP_MIN, half, constant(r, type, type == SCALAR_F64 ? 709 : 88)));
}

/* Multiplies by exp(shift), in two halves so that it overflows only where the result does. */
static Node *scaled(Reducing *r, Node *node) {
    if (!r->shift) return node;
    Node *half = half_of_scale(r);
    return binary(r, OP_MUL, binary(r, OP_MUL, half, node), half);
}

/* --- what is chosen where nothing is left --- */

/* Type and literal of `empty` agree with the result. */
static Node *or_empty(Reducing *r, Node *condition, Node *node) {
    if (!r->empty.expr) return node;
    Value result = value_of(r->c, node), empty = r->empty.value;
    bool mask = node->type == SCALAR_BOOL;
    if (mask != (empty.node->type == SCALAR_BOOL)) {
        COMPLAIN(r->c, r->env, BRANCHES_DIFFER, r->empty.expr->span,
                 mask ? r->builtin->name : text_of(r->c, r->empty.expr));
        return NULL;
    }
    if (!unify(r->c, r->env, &result, &empty, r->empty.expr->span)) return NULL;
    return choose(r, condition, empty.node, result.node);
}

static Node *nothing_left(Reducing *r) {
    return r->empty.expr ? is_zero(r, total(r)) : NULL;
}

/* --- the reductions --- */

static Node *mean(Reducing *r) {
    Node *divisor = r->divisor == OVER_COUNT    ? count(r)
                    : r->divisor == OVER_EXTENT ? extents(r)
                                                : total(r);
    Node *sum = reduce(r, OP_SUM, times(r, r->factor, r->value.value.node));
    if (r->divisor != OVER_WEIGHTS) sum = scaled(r, sum);
    Node *node = binary(r, OP_DIV, sum, graph_convert(r->graph, r->type, divisor));
    return or_empty(r, r->empty.expr ? is_zero(r, divisor) : NULL, node);
}

static Node *variance(Reducing *r) {
    Node *value = r->value.value.node, *weights = total(r);
    Node *sum = reduce(r, OP_SUM, times(r, r->factor, value));
    Node *average = binary(r, OP_DIV, sum, graph_convert(r->graph, r->type, weights));
    Node *spread = squared(r, binary(r, OP_SUB, value, average));
    Node *squares = reduce(r, OP_SUM, times(r, r->factor, spread));
    Node *divisor = weights, *empty = is_zero(r, weights);
    if (r->degrees > 0) {
        bool whole = r->degrees == floor(r->degrees) && r->degrees < 1e9;
        if (!whole) weights = graph_convert(r->graph, r->type, weights);
        Node *degrees = constant(r, weights->type, r->degrees);
        /* the weights are scaled by exp(-shift) */
        if (r->shift)
            degrees = binary(r, OP_MUL, degrees, unary(r, OP_EXP, unary(r, OP_NEG, r->shift)));
        divisor = binary(r, OP_SUB, weights, degrees);
        empty = binary(r, OP_LE, weights, degrees);
    }
    Node *node = binary(r, OP_DIV, squares, graph_convert(r->graph, r->type, divisor));
    if (r->builtin->reduction == REDUCE_STD) node = root(r, node);
    if (r->empty.expr) return or_empty(r, empty, node);
    return r->degrees > 0 ? choose(r, empty, constant(r, r->type, NAN), node) : node;
}

static Node *logsumexp(Reducing *r) {
    Node *value = r->value.value.node, *weight = r->weight.value.node, *z = r->logweight.value.node;
    if (z) value = binary(r, OP_ADD, value, z);
    Node *most = most_of(r, weight, value);
    Node *sum = reduce(r, OP_SUM, weighed_exp(r, weight, value, most));
    Node *node = binary(r, OP_ADD, most, unary(r, OP_LOG, sum));
    /* all elements -inf give -inf, without gradient */
    node = choose(r, unary(r, OP_ISFINITE, most), node, most);
    return or_empty(r, nothing_left(r), node);
}

static Node *norm(Reducing *r) {
    Node *squares = reduce(r, OP_SUM, times(r, r->factor, squared(r, r->value.value.node)));
    Node *node = root(r, squares);
    if (r->shift) {
        node = binary(r, OP_MUL, half_of_scale(r), node);
    }
    return or_empty(r, nothing_left(r), node);
}

static Node *arg(Reducing *r) {
    Node *node = reduce(r, r->builtin->op, r->value.value.node);
    if (r->empty.expr && !scalar_is_integer(r->empty.value.node->type)) {
        const char *type = r->empty.value.node->type == SCALAR_BOOL ? "true or false" : "a real";
        COMPLAIN(r->c, r->env, INTEGER_NEEDED, r->empty.expr->span, "an index",
                 text_of(r->c, r->empty.expr), type);
        return NULL;
    }
    return or_empty(r, binary(r, OP_LT, node, graph_integer(r->graph, SCALAR_I64, 0)), node);
}

static Node *plain(Reducing *r) {
    Op op = r->builtin->op == OP_MIN   ? OP_REDUCE_MIN
            : r->builtin->op == OP_MAX ? OP_REDUCE_MAX
                                       : r->builtin->op;
    return or_empty(r, nothing_left(r), reduce(r, op, r->value.value.node));
}

/* softmax and its like keep the axis: outside of `where` they are 0, or -inf. */
static Node *kept(Reducing *r) {
    Node *value = r->value.value.node, *node;
    double outside = 0;
    if (r->builtin->reduction == REDUCE_NORMALIZE) {
        node = binary(r, OP_DIV, value, reduce(r, OP_SUM, value));
    } else {
        Node *most =
            graph_with_span(graph_stop(r->graph, reduce(r, OP_REDUCE_MAX, value)), r->call->span);
        Node *below = binary(r, OP_SUB, value, most), *e = unary(r, OP_EXP, below);
        Node *sum = reduce(r, OP_SUM, e);
        bool is_log = r->builtin->reduction == REDUCE_LOG_SOFTMAX;
        node = is_log ? binary(r, OP_SUB, below, unary(r, OP_LOG, sum)) : binary(r, OP_DIV, e, sum);
        if (is_log) outside = -INFINITY;
    }
    return r->domain ? choose(r, r->domain, node, constant(r, r->type, outside)) : node;
}

Node *reducing_build(Reducing *r) {
    weigh(r);
    switch (r->builtin->reduction) {
    case REDUCE_MEAN: return mean(r);
    case REDUCE_VAR:
    case REDUCE_STD: return variance(r);
    case REDUCE_LOGSUMEXP: return logsumexp(r);
    case REDUCE_NORM: return norm(r);
    case REDUCE_ARG: return arg(r);
    case REDUCE_SUM: {
        Node *sum = reduce(r, OP_SUM, times(r, r->factor, r->value.value.node));
        return or_empty(r, nothing_left(r), scaled(r, sum));
    }
    case REDUCE_COUNT: {
        Node *node = total(r);
        return or_empty(r, is_zero(r, node), scaled(r, node));
    }
    case REDUCE_SOFTMAX:
    case REDUCE_LOG_SOFTMAX:
    case REDUCE_NORMALIZE: return kept(r);
    default: return plain(r);
    }
}
