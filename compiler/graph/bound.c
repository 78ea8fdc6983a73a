/* Errors, forwards: each operation's own rounding, and what becomes of its arguments' errors. */
#include "graph/bound.h"
#include <math.h>

typedef struct Bound {
    Node *error;   /* NULL: exact */
    int high, low; /* exact: a multiple of 2^-low, below 2^high */
} Bound;

typedef struct Doubt {
    Node *where; /* a bool: NULL: nowhere */
} Doubt;

static Bound bound(Bounds *b, Node *node);
static Node *doubt(Bounds *b, Node *node);

Bounds bounds_new(Graph *graph) {
    Arena *arena = graph_compiler(graph)->arena;
    return (Bounds){.graph = graph,
                    .floats = table_new(arena),
                    .uncertain = table_new(arena),
                    .twins = table_new(arena),
                    .high = 3,
                    .low = 3,
                    .whole = 16,
                    .terms = 8};
}

Bounds bounds_general(Graph *graph, bool wide) {
    Bounds bounds = bounds_new(graph);
    bounds.wide = wide;
    bounds.high = bounds.low = 64; /* no product or sum of two is exact */
    bounds.terms = 64;             /* a lane adds up to 128, each time with the same sign perhaps */
    return bounds;
}

/* --- recurrences: the bounds of one are another, walked in the same order --- */

static Recurrence *twin_new(Bounds *b, const Recurrence *recurrence, RecurrenceGroup *group) {
    Arena *arena = graph_compiler(b->graph)->arena;
    Recurrence *twin = ARENA_NEW(arena, Recurrence);
    *twin = *recurrence;
    twin->group = group;
    twin->array = ARENA_NEW(arena, Array);
    *twin->array = *recurrence->array;
    twin->array->recurrence = twin;
    twin->array->index_axis = NULL;
    twin->array->type = scalar_is_float(recurrence->array->type) ? SCALAR_F64 : SCALAR_BOOL;
    vector_push(arena, &group->members, twin);
    return twin;
}

static Node *twin_of(Bounds *b, const Recurrence *recurrence) {
    Array *known = table_get(&b->twins, recurrence->array);
    if (known) return graph_array(b->graph, known);
    RecurrenceGroup *group = ARENA_NEW(graph_compiler(b->graph)->arena, RecurrenceGroup);
    const RecurrenceGroup *given = recurrence->group;
    for (int i = 0; i < given->members.count; i++) {
        const Recurrence *member = given->members.items[i];
        table_set(&b->twins, member->array, twin_new(b, member, group)->array);
    }
    for (int i = 0; i < given->members.count; i++) {
        Node *value = given->members.items[i]->value;
        bool real = scalar_is_float(value->type);
        Node *error = real ? bound(b, value).error : doubt(b, value);
        Node *none =
            real ? graph_number(b->graph, SCALAR_F64, 0) : graph_integer(b->graph, SCALAR_BOOL, 0);
        group->members.items[i]->value = error ? error : none;
    }
    return graph_array(b->graph, table_get(&b->twins, recurrence->array));
}

/* --- nodes --- */

static Node *number(Bounds *b, double value) {
    return graph_number(b->graph, SCALAR_F64, value);
}
static Node *value_of(Bounds *b, Node *node) {
    if (node->type >= SCALAR_F16) node = graph_convert(b->graph, SCALAR_F32, node);
    return graph_convert(b->graph, SCALAR_F64, node);
}
static Node *add(Bounds *b, Node *x, Node *y) {
    if (!x || !y) return x ? x : y;
    return graph_binary(b->graph, OP_ADD, x, y);
}
static Node *times(Bounds *b, Node *x, Node *y) {
    return x && y ? graph_binary(b->graph, OP_MUL, x, y) : NULL;
}
static Node *scaled(Bounds *b, double factor, Node *x) {
    return times(b, number(b, factor), x);
}
static Node *size(Bounds *b, Node *x) {
    return graph_unary(b->graph, OP_ABS, value_of(b, x));
}
static Node *over(Bounds *b, Node *x, Node *y) {
    return x ? graph_binary(b->graph, OP_DIV, x, y) : NULL;
}
static Node *larger(Bounds *b, Node *x, Node *y) {
    if (!x || !y) return x ? x : y;
    return graph_binary(b->graph, OP_MAX, x, y);
}
static Node *choose(Bounds *b, Node *condition, Node *x, Node *y) {
    return graph_select(b->graph, condition, x ? x : number(b, 0), y ? y : number(b, 0));
}
static Node *either(Bounds *b, Node *x, Node *y) {
    if (!x || !y) return x ? x : y;
    return graph_binary(b->graph, OP_OR, x, y);
}
static Node *both(Bounds *b, Node *x, Node *y) {
    return x && y ? graph_binary(b->graph, OP_AND, x, y) : NULL;
}
static Node *negated(Bounds *b, Node *x) {
    return graph_unary(b->graph, OP_NOT, x);
}
/* x <= y, and not if either is NaN. */
static Node *at_most(Bounds *b, Node *x, Node *y) {
    return graph_binary(b->graph, OP_LE, x, y);
}
/* error where certain, inf elsewhere */
static Node *unless(Bounds *b, Node *uncertain, Node *error) {
    return uncertain ? choose(b, uncertain, number(b, INFINITY), error) : error;
}

static double unit(const Bounds *b, Scalar type) {
    if (b->wide) return 0x1p-53;
    switch (type) {
    case SCALAR_F64: return 0x1p-53;
    case SCALAR_F16: return 0x1p-11;
    case SCALAR_BF16: return 0x1p-8;
    default: return 0x1p-24;
    }
}

static int digits(const Bounds *b, Scalar type) {
    if (b->wide) return 52;
    return type == SCALAR_F64 ? 52 : type == SCALAR_F16 ? 10 : type == SCALAR_BF16 ? 7 : 23;
}

static double least(Scalar type) {
    return type == SCALAR_F64 ? 0x1p-1070 : type == SCALAR_F16 ? 0x1p-24 : 0x1p-140;
}

/* The error, but inf where the node is too large for f32. The reference has such a number, and may
 * divide it by another: in the C that is inf / inf. */
static Node *if_it_fits(Bounds *b, Node *node, Node *error) {
    if (b->wide || node->type == SCALAR_F64) return error;
    Node *beyond = graph_binary(b->graph, OP_SUB, size(b, node), number(b, 0x1p128));
    return larger(b, error, scaled(b, INFINITY, beyond));
}

/* units of rounding of the result itself */
static Node *rounding(Bounds *b, Node *node, double units) {
    double u = units * unit(b, node->type);
    Node *error =
        graph_binary(b->graph, OP_ADD, scaled(b, u, size(b, node)), number(b, least(node->type)));
    return if_it_fits(b, node, error);
}

static bool fits(const Bounds *b, Scalar type, int high, int low) {
    return high + low <= digits(b, type);
}

/* --- integers and bools: where they are uncertain --- */

static Node *doubt_compared(Bounds *b, Node *node) {
    Node *x = node->arguments[0], *y = node->arguments[1];
    if (!scalar_is_float(x->type)) return either(b, doubt(b, x), doubt(b, y));
    Node *error = add(b, bound(b, x).error, bound(b, y).error);
    if (!error) return NULL;
    Node *gap = graph_unary(b->graph, OP_ABS,
                            graph_binary(b->graph, OP_SUB, value_of(b, x), value_of(b, y)));
    return negated(b, graph_binary(b->graph, OP_LT, scaled(b, 32, error), gap));
}

static Node *any_of(Bounds *b, Node *node, Node *body) {
    if (!body) return NULL;
    return graph_reduce(b->graph, OP_ANY, node->u.bound, body, node_where(node));
}

/* Whether the domain is uncertain anywhere. */
static Node *doubt_domain(Bounds *b, Node *node) {
    Node *where = node_where(node) ? doubt(b, node_where(node)) : NULL;
    return where ? graph_reduce(b->graph, OP_ANY, node->u.bound, where, NULL) : NULL;
}

/* Another element as good as the best. */
static Node *doubt_best(Bounds *b, Node *node) {
    Node *body = node_body(node);
    Node *error = scalar_is_float(body->type) ? bound(b, body).error : NULL;
    if (!error) return any_of(b, node, scalar_is_float(body->type) ? NULL : doubt(b, body));
    Op op = node->op == OP_ARGMAX ? OP_REDUCE_MAX : OP_REDUCE_MIN;
    Node *best = graph_reduce(b->graph, op, node->u.bound, value_of(b, body), node_where(node));
    Node *worst = graph_reduce(b->graph, OP_REDUCE_MAX, node->u.bound, error, node_where(node));
    Node *gap =
        graph_unary(b->graph, OP_ABS, graph_binary(b->graph, OP_SUB, value_of(b, body), best));
    Node *near = negated(b, graph_binary(b->graph, OP_LT, scaled(b, 64, worst), gap));
    Node *count = graph_reduce(b->graph, OP_SUM, node->u.bound,
                               graph_convert(b->graph, SCALAR_I64, near), node_where(node));
    return graph_binary(b->graph, OP_LT, graph_integer(b->graph, SCALAR_I64, 1), count);
}

static Node *moved(Bounds *b, const Node *node, Node *base) {
    Axis *positions[32];
    Node *indices[32];
    int count = 0;
    if (!base) return NULL;
    for (int i = 0; i + 1 < node->argument_count; i++) {
        if (!axis_set_has(base->axes, node->u.positions[i])) continue;
        positions[count] = node->u.positions[i];
        indices[count++] = node->arguments[1 + i];
    }
    return count ? graph_at(b->graph, base, positions, indices, count, node->guarded) : base;
}

static Node *doubt_indices(Bounds *b, const Node *node, int first) {
    Node *where = NULL;
    for (int i = first; i < node->argument_count; i++)
        where = either(b, where, doubt(b, node->arguments[i]));
    return where;
}

static Node *doubt_make(Bounds *b, Node *node) {
    Node *const *a = node->arguments;
    const Recurrence *recurrence = node_recurrence(node);
    if (recurrence) return twin_of(b, recurrence);
    switch (node->op) {
    case OP_LT:
    case OP_LE:
    case OP_EQ:
    case OP_NE: return doubt_compared(b, node);
    case OP_AND: return either(b, doubt(b, a[0]), both(b, a[0], doubt(b, a[1])));
    case OP_OR: {
        Node *right = doubt(b, a[1]);
        return either(b, doubt(b, a[0]), right ? both(b, negated(b, a[0]), right) : NULL);
    }
    case OP_SELECT: {
        Node *x = doubt(b, a[1]), *y = doubt(b, a[2]),
             *no = graph_integer(b->graph, SCALAR_BOOL, 0);
        Node *chosen = x || y ? graph_select(b->graph, a[0], x ? x : no, y ? y : no) : NULL;
        return either(b, doubt(b, a[0]), chosen);
    }
    case OP_AT: return either(b, doubt_indices(b, node, 1), moved(b, node, doubt(b, a[0])));
    case OP_CONVERT:
    case OP_ISNAN:
    case OP_ISINF:
    case OP_ISFINITE: {
        if (!scalar_is_float(a[0]->type)) return doubt(b, a[0]);
        Node *error = bound(b, a[0]).error;
        if (!error) return NULL;
        double most = node->op == OP_CONVERT ? 0 : 0x1p1000;
        return negated(b, at_most(b, error, number(b, most)));
    }
    case OP_ARGMIN:
    case OP_ARGMAX: return either(b, doubt_domain(b, node), doubt_best(b, node));
    default:
        if (node_is_reduction(node))
            return either(b, doubt_domain(b, node), any_of(b, node, doubt(b, a[0])));
        return doubt_indices(b, node, 0);
    }
}

static Node *doubt(Bounds *b, Node *node) {
    if (b->settled) return NULL;
    if (scalar_is_float(node->type)) {
        Node *error = bound(b, node).error;
        return error ? negated(b, at_most(b, error, number(b, 0))) : NULL;
    }
    Doubt *known = table_get(&b->uncertain, node);
    if (!known) {
        known = ARENA_NEW(graph_compiler(b->graph)->arena, Doubt);
        known->where = doubt_make(b, node);
        table_set(&b->uncertain, node, known);
    }
    return known->where;
}

/* --- floats --- */

static Bound exact(int high, int low) {
    return (Bound){NULL, high, low};
}
static Bound inexact(Node *error) {
    return (Bound){error, 0, 0};
}

static Bound bound_number(const Node *node) {
    double value = fabs(node->u.number);
    if (!isfinite(value) || value == 0) return exact(0, 0);
    int high = 0, low = 0;
    frexp(value, &high);
    while (low < 60 && ldexp(value, low) != floor(ldexp(value, low)))
        low++;
    return exact(high > 0 ? high : 0, low);
}

static Bound bound_sum(Bounds *b, Node *node) {
    Bound x = bound(b, node->arguments[0]), y = bound(b, node->arguments[1]);
    int high = (x.high > y.high ? x.high : y.high) + 1, low = x.low > y.low ? x.low : y.low;
    if (!x.error && !y.error && fits(b, node->type, high, low)) return exact(high, low);
    return inexact(add(b, add(b, x.error, y.error), rounding(b, node, 1)));
}

static Bound bound_product(Bounds *b, Node *node) {
    Node *p = node->arguments[0], *q = node->arguments[1];
    Bound x = bound(b, p), y = bound(b, q);
    if (!x.error && !y.error && fits(b, node->type, x.high + y.high, x.low + y.low))
        return exact(x.high + y.high, x.low + y.low);
    Node *error = add(b, times(b, size(b, q), x.error), times(b, size(b, p), y.error));
    return inexact(add(b, add(b, error, times(b, x.error, y.error)), rounding(b, node, 1)));
}

static Bound bound_quotient(Bounds *b, Node *node) {
    Node *q = node->arguments[1];
    Bound x = bound(b, node->arguments[0]), y = bound(b, q);
    Node *error = add(b, x.error, times(b, size(b, node), y.error));
    error = over(b, error, size(b, q));
    if (y.error)
        error = unless(b, negated(b, at_most(b, scaled(b, 8, y.error), size(b, q))), error);
    return inexact(add(b, error, rounding(b, node, 1)));
}

static Bound bound_power(Bounds *b, Node *node) {
    Node *p = node->arguments[0], *q = node->arguments[1];
    Node *x = bound(b, p).error, *y = scalar_is_float(q->type) ? bound(b, q).error : NULL;
    Node *own = rounding(b, node, 4), *exponent = value_of(b, q);
    if (x) {
        Node *less = graph_binary(b->graph, OP_SUB, exponent, number(b, 1));
        Node *far = graph_binary(b->graph, OP_POW, add(b, size(b, p), x), less);
        Node *near =
            graph_binary(b->graph, OP_POW, graph_binary(b->graph, OP_SUB, size(b, p), x), less);
        Node *slope = graph_binary(b->graph, OP_MAX, far, near);
        own = add(b, own, times(b, times(b, graph_unary(b->graph, OP_ABS, exponent), slope), x));
    }
    if (y)
        own = add(
            b, own,
            times(b, size(b, node),
                  times(b, y,
                        graph_unary(b->graph, OP_ABS, graph_unary(b->graph, OP_LOG, size(b, p))))));
    return inexact(own);
}

/* |f'(x)| times the error, by operation */
static Node *carried(Bounds *b, Node *node, Node *x, Node *error) {
    Node *one = number(b, 1), *v = size(b, node), *p = size(b, x);
    switch (node->op) {
    case OP_EXP:
    case OP_SIGMOID: return times(b, v, graph_unary(b->graph, OP_EXPM1, error));
    case OP_EXPM1: return times(b, add(b, v, one), graph_unary(b->graph, OP_EXPM1, error));
    case OP_LOG:
        return unless(b, negated(b, at_most(b, scaled(b, 8, error), p)),
                      over(b, scaled(b, 1.2, error), p));
    case OP_LOG1P: {
        Node *base = graph_unary(b->graph, OP_ABS, add(b, value_of(b, x), one));
        return unless(b, negated(b, at_most(b, scaled(b, 8, error), base)),
                      over(b, scaled(b, 1.2, error), base));
    }
    case OP_SQRT:
        return over(
            b, error,
            graph_unary(b->graph, OP_SQRT, larger(b, larger(b, p, error), number(b, 0x1p-1000))));
    case OP_RSQRT:
        return unless(b, negated(b, at_most(b, scaled(b, 8, error), p)),
                      times(b, v, over(b, error, p)));
    case OP_ERF:
    case OP_ERFC: return scaled(b, 1.13, error);
    case OP_TAN: return times(b, error, add(b, one, times(b, v, v)));
    case OP_LGAMMA:
        return times(
            b, error,
            add(b, one, graph_unary(b->graph, OP_ABS, graph_unary(b->graph, OP_DIGAMMA, p))));
    case OP_DIGAMMA: return times(b, error, add(b, one, over(b, one, times(b, p, p))));
    case OP_TRIGAMMA: { /* 2 / p^3 + 1 / p^2 */
        Node *inverse = over(b, one, larger(b, p, number(b, 0x1p-300)));
        Node *square = times(b, inverse, inverse);
        return scaled(b, 1.5,
                      times(b, error, times(b, square, add(b, one, scaled(b, 2, inverse)))));
    }
    case OP_TANH:
    case OP_SOFTPLUS:
    case OP_SIN:
    case OP_COS: return error;
    default: return scaled(b, INFINITY, error);
    }
}

static Bound bound_function(Bounds *b, Node *node) {
    Node *x = node->arguments[0], *error = bound(b, x).error;
    Node *own = rounding(b, node, node->op == OP_SQRT ? 1 : 4);
    if (node->op == OP_LGAMMA || node->op == OP_DIGAMMA || node->op == OP_TRIGAMMA)
        own = add(b, own, number(b, 16 * unit(b, node->type)));
    return inexact(error ? add(b, own, carried(b, node, x, error)) : own);
}

/* The next order says how steep it is. */
static Bound bound_polygamma(Bounds *b, Node *node) {
    Node *order = node->arguments[0], *x = node->arguments[1], *error = bound(b, x).error;
    Node *own = rounding(b, node, 4);
    if (!error) return inexact(own);
    Node *next = number(b, order->u.number + 1);
    Node *slope = graph_binary(b->graph, OP_POLYGAMMA, next, value_of(b, x));
    Node *passed = scaled(b, 2, times(b, error, graph_unary(b->graph, OP_ABS, slope)));
    Node *near = negated(b, at_most(b, scaled(b, 64, error), size(b, x)));
    return inexact(add(b, own, unless(b, near, passed)));
}

static Bound bound_jump(Bounds *b, Node *node) {
    Node *x = node->arguments[0];
    Bound given = bound(b, x);
    if (!given.error) return exact(given.high + 1, 0);
    Node *value = value_of(b, x);
    double shift = node->op == OP_ROUND ? 0.5 : 0;
    Node *place = graph_binary(b->graph, OP_ADD, value, number(b, shift));
    Node *gap = node->op == OP_SIGN
                    ? value
                    : graph_binary(b->graph, OP_SUB, place, graph_unary(b->graph, OP_ROUND, place));
    Node *far = graph_binary(b->graph, OP_LT, scaled(b, 32, given.error),
                             graph_unary(b->graph, OP_ABS, gap));
    return inexact(unless(b, negated(b, far), number(b, 0)));
}

static Bound bound_convert(Bounds *b, Node *node) {
    Node *x = node->arguments[0];
    if (!scalar_is_float(x->type)) {
        Node *where = doubt(b, x);
        int high = x->type == SCALAR_BOOL ? 1 : b->whole;
        return where ? inexact(unless(b, where, number(b, 0))) : exact(high, 0);
    }
    Bound given = bound(b, x);
    if (!given.error && fits(b, node->type, given.high, given.low)) return given;
    bool narrows = !b->wide && (node->type >= SCALAR_F16 ||
                                (node->type == SCALAR_F32 && x->type == SCALAR_F64));
    return !narrows ? given : inexact(add(b, given.error, rounding(b, node, 2)));
}

static Bound bound_pair(Bounds *b, Node *node) {
    Bound x = bound(b, node->arguments[0]), y = bound(b, node->arguments[1]);
    if (!x.error && !y.error)
        return exact(x.high > y.high ? x.high : y.high, x.low > y.low ? x.low : y.low);
    return inexact(larger(b, x.error, y.error));
}

static Bound bound_choice(Bounds *b, Node *node) {
    Bound x = bound(b, node->arguments[1]), y = bound(b, node->arguments[2]);
    Node *where = doubt(b, node->arguments[0]);
    if (!x.error && !y.error && !where)
        return exact(x.high > y.high ? x.high : y.high, x.low > y.low ? x.low : y.low);
    return inexact(unless(b, where, choose(b, node->arguments[0], x.error, y.error)));
}

/* A part of the product may overflow or vanish, in some order of its factors. */
static Node *doubt_product(Bounds *b, Node *node) {
    Node *body = size(b, node_body(node)), *one = number(b, 1);
    Node *zero = graph_binary(b->graph, OP_EQ, body, number(b, 0));
    Node *over_one = graph_binary(b->graph, OP_MAX, body, one);
    Node *under_one = choose(b, zero, one, graph_binary(b->graph, OP_MIN, body, one));
    double limit = node->type == SCALAR_F64 ? 0x1p900 : 0x1p100;
    Node *high = graph_reduce(b->graph, OP_PROD, node->u.bound, over_one, node_where(node));
    Node *low = graph_reduce(b->graph, OP_PROD, node->u.bound, under_one, node_where(node));
    Node *large = graph_binary(b->graph, OP_LT, number(b, limit), high);
    return either(b, large, graph_binary(b->graph, OP_LT, low, number(b, 1 / limit)));
}

/* sum[n](x, where = group == k) adds one element after the other to k's sum. */
static bool is_scattered(Bounds *b, const Node *node) {
    NodeList conditions = {0};
    if (node_where(node)) graph_conditions(b->graph, node_where(node), &conditions);
    for (int i = 0; i < conditions.count; i++)
        if (conditions.items[i]->op == OP_EQ) return true;
    return false;
}

static Bound bound_reduction(Bounds *b, Node *node) {
    Node *body = node_body(node), *where = node_where(node), *domain = doubt_domain(b, node),
         *error;
    Bound given = bound(b, body);
    switch (node->op) {
    case OP_SUM: {
        if (!given.error && !domain && fits(b, node->type, given.high + 13, given.low))
            return exact(given.high + 13, given.low);
        double chain = node->type == SCALAR_F64 && is_scattered(b, node) ? 16 : 1;
        Node *each = add(b, given.error, rounding(b, body, chain * b->terms));
        error = graph_reduce(b->graph, OP_SUM, node->u.bound, each, where);
        break;
    }
    case OP_PROD: {
        double scale = 0x1p-24 / unit(b, node->type);
        Node *each = add(b, given.error, rounding(b, body, 2));
        Node *far = add(b, size(b, body), scaled(b, scale, each));
        Node *most = graph_reduce(b->graph, OP_PROD, node->u.bound, far, where);
        Node *plain = graph_reduce(b->graph, OP_PROD, node->u.bound, size(b, body), where);
        error = scaled(b, 1 / scale, graph_binary(b->graph, OP_SUB, most, plain));
        error = unless(b, doubt_product(b, node), error);
        break;
    }
    default:
        if (!given.error && !domain) return given;
        error = given.error
                    ? graph_reduce(b->graph, OP_REDUCE_MAX, node->u.bound, given.error, where)
                    : NULL;
        if (error) error = graph_binary(b->graph, OP_MAX, error, number(b, 0));
    }
    return inexact(unless(b, domain, error));
}

static Bound bound_make(Bounds *b, Node *node) {
    const Recurrence *recurrence = node_recurrence(node);
    if (recurrence) return inexact(twin_of(b, recurrence));
    switch (node->op) {
    case OP_NUMBER: return bound_number(node);
    case OP_ARRAY: return exact(b->high, b->low);
    case OP_ADD:
    case OP_SUB: return bound_sum(b, node);
    case OP_MUL: return bound_product(b, node);
    case OP_DIV: return bound_quotient(b, node);
    case OP_POW: return bound_power(b, node);
    case OP_POLYGAMMA: return bound_polygamma(b, node);
    case OP_NEG:
    case OP_ABS:
    case OP_LET:
    case OP_STOP: return bound(b, node->arguments[0]);
    case OP_MIN:
    case OP_MAX: return bound_pair(b, node);
    case OP_SIGN:
    case OP_FLOOR:
    case OP_CEIL:
    case OP_ROUND: return bound_jump(b, node);
    case OP_CONVERT: return bound_convert(b, node);
    case OP_SELECT: return bound_choice(b, node);
    case OP_AT: {
        Bound base = bound(b, node->arguments[0]);
        Node *where = doubt_indices(b, node, 1);
        if (!base.error && !where) return base;
        return inexact(unless(b, where, moved(b, node, base.error)));
    }
    case OP_UNIFORM:
    case OP_NORMAL: {
        Node *where = doubt_indices(b, node, 0);
        if (node->op == OP_UNIFORM && !where) return exact(0, digits(b, node->type));
        return inexact(unless(b, where, rounding(b, node, 16)));
    }
    default:
        if (node_is_reduction(node)) return bound_reduction(b, node);
        if (node->argument_count == 1) return bound_function(b, node);
        return inexact(number(b, INFINITY));
    }
}

static Bound bound(Bounds *b, Node *node) {
    Bound *known = table_get(&b->floats, node);
    if (!known) {
        known = ARENA_NEW(graph_compiler(b->graph)->arena, Bound);
        *known = bound_make(b, node);
        table_set(&b->floats, node, known);
    }
    return *known;
}

Node *bound_of(Bounds *bounds, Node *node) {
    if (scalar_is_float(node->type)) return bound(bounds, node).error;
    Node *where = doubt(bounds, node);
    return where ? unless(bounds, where, number(bounds, 0)) : NULL;
}
