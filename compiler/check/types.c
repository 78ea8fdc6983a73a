/* Types of numbers: what two of them become when they meet, and how a literal takes the type of
 * what it meets.
 *
 * A soft value is kept in i64 (literals) or f64 (literals, integers turned into floats, and
 * operations on these) and is built anew in the other side's type: `x * 0.1` holds the f32 nearest
 * to 0.1 if x is f32, and `1 / extent(n)` times an f64 is an f64 throughout. What meets nothing
 * becomes i64, or the model's real. */
#include "check/checker.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>

static void too_large(Checker *c, const Env *env, const char *number, Scalar type, Span span) {
    const char *largest = type == SCALAR_I32   ? "2147483647"
                          : type == SCALAR_I64 ? "9223372036854775807"
                          : type == SCALAR_F32 ? "3.4028235e38"
                                               : "1.7976931348623157e308";
    COMPLAIN(c, env, LITERAL_TOO_LARGE, span, number, scalar_text(type), largest);
}

typedef struct Retype {
    Checker *c;
    const Env *env;
    Scalar type;
    Span span;
    Table memo;
} Retype;

static Node *retype_number(Retype *r, Node *node) {
    Graph *graph = r->c->graph;
    if (scalar_is_float(node->type)) {
        double number = node->u.number;
        if (r->type == SCALAR_F32 && isfinite(number) && isinf((float)number))
            too_large(r->c, r->env, arena_format(r->c->arena, "%g", number), r->type, r->span);
        return graph_number(graph, r->type, number);
    }
    int64_t integer = node->u.integer;
    if (scalar_is_float(r->type)) return graph_number(graph, r->type, (double)integer);
    if (r->type == SCALAR_I32 && integer != (int32_t)integer) {
        too_large(r->c, r->env, arena_format(r->c->arena, "%" PRId64, integer), r->type, r->span);
        integer = 0;
    }
    return graph_integer(graph, r->type, integer);
}

static Node *retype(Retype *r, Node *node) {
    Graph *graph = r->c->graph;
    if (node->op == OP_NUMBER) return node->type == SCALAR_BOOL ? node : retype_number(r, node);
    if (node->op == OP_CONVERT) return graph_convert(graph, r->type, node->arguments[0]);
    Node *known = table_get(&r->memo, node);
    if (known) return known;
    Node **a = node->arguments;
    Node *result;
    if (node->op == OP_SELECT) {
        result = graph_select(graph, a[0], retype(r, a[1]), retype(r, a[2]));
    } else if (node->argument_count == 1) {
        result = graph_unary(graph, node->op, retype(r, a[0]));
    } else {
        bool keeps_exponent = node->op == OP_POW && scalar_is_integer(a[1]->type);
        result =
            graph_binary(graph, node->op, retype(r, a[0]), keeps_exponent ? a[1] : retype(r, a[1]));
    }
    table_set(&r->memo, node, graph_with_span(result, node->span));
    return result;
}

Value adapt(Checker *c, const Env *env, Value value, Scalar type, Span span) {
    if (!value.node || value.node->type == SCALAR_BOOL) return value;
    if (value.soft == SOFT_NO || (value.soft == SOFT_FLOAT && !scalar_is_float(type)) ||
        type == SCALAR_F16 || type == SCALAR_BF16) {
        if (value.soft != SOFT_NO) value = pin(c, env, value, span);
        value.node = graph_with_span(graph_convert(c->graph, type, value.node), span);
    } else {
        Retype r = {c, env, type, span, table_new(c->arena)};
        value.node = retype(&r, value.node);
    }
    value.soft = SOFT_NO;
    return value;
}

Value pin(Checker *c, const Env *env, Value value, Span span) {
    if (value.soft == SOFT_NO || !value.node) return value;
    return adapt(c, env, value, value.soft == SOFT_INTEGER ? SCALAR_I64 : c->model->real, span);
}

/* Literals in f64, where they stay soft. */
static Value soften(Checker *c, Value value) {
    Soft soft = value.soft;
    if (soft == SOFT_NO && scalar_is_float(value.node->type)) return value;
    if (soft == SOFT_FLOAT) return value;
    if (soft == SOFT_INTEGER) {
        value = adapt(c, NULL, value, SCALAR_F64, value.node->span);
    } else {
        value.node =
            graph_with_span(graph_convert(c->graph, SCALAR_F64, value.node), value.node->span);
    }
    value.soft = SOFT_FLOAT;
    return value;
}

Value as_float(Checker *c, Value value) {
    return value.node && value.node->type != SCALAR_BOOL ? soften(c, value) : value;
}

static Scalar wider(Scalar a, Scalar b) {
    if (scalar_is_float(a) || scalar_is_float(b))
        return a == SCALAR_F64 || b == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32;
    return a == SCALAR_I64 || b == SCALAR_I64 ? SCALAR_I64 : SCALAR_I32;
}

bool unify(Checker *c, const Env *env, Value *a, Value *b, Span span) {
    if (!a->node || !b->node) return false;
    if (a->node->type == SCALAR_BOOL || b->node->type == SCALAR_BOOL)
        return a->node->type == b->node->type;
    bool floats = scalar_is_float(a->node->type) || scalar_is_float(b->node->type);
    if (floats) {
        *a = as_float(c, *a);
        *b = as_float(c, *b);
    }
    if (a->soft != SOFT_NO && b->soft != SOFT_NO) return true;
    if (a->soft != SOFT_NO) {
        *a = adapt(c, env, *a, b->node->type, span);
    } else if (b->soft != SOFT_NO) {
        *b = adapt(c, env, *b, a->node->type, span);
    } else {
        Scalar type = wider(a->node->type, b->node->type);
        *a = adapt(c, env, *a, type, span);
        *b = adapt(c, env, *b, type, span);
    }
    return true;
}

bool need_number(Checker *c, const Env *env, Value value, const Expr *expr, const char *op) {
    if (!value.node) return false;
    if (value.node->type != SCALAR_BOOL) return true;
    COMPLAIN(c, env, MASK_ARITHMETIC, expr->span, text_of(c, expr), op);
    return false;
}

bool need_mask(Checker *c, const Env *env, Value value, const Expr *expr, const char *where) {
    if (!value.node) return false;
    if (value.node->type == SCALAR_BOOL) return true;
    COMPLAIN(c, env, MASK_NEEDED, expr->span, where, text_of(c, expr));
    return false;
}

static Soft softness(Soft a, Soft b, const Node *node) {
    if (a == SOFT_NO || b == SOFT_NO || node->type == SCALAR_BOOL) return SOFT_NO;
    return a == SOFT_FLOAT || b == SOFT_FLOAT ? SOFT_FLOAT : SOFT_INTEGER;
}

Value typed_unary(Checker *c, Op op, Value a) {
    if (!a.node) return NO_VALUE;
    a.node = graph_unary(c->graph, op, a.node);
    if (a.node->type == SCALAR_BOOL) a.soft = SOFT_NO;
    return a;
}

Value typed_binary(Checker *c, Op op, Value a, Value b) {
    if (!a.node || !b.node) return NO_VALUE;
    Node *node = graph_binary(c->graph, op, a.node, b.node);
    return (Value){node, axis_set_union(c->graph, a.axes, b.axes), softness(a.soft, b.soft, node)};
}

Value value_number(const Checker *c, Value like, double number) {
    Scalar type = like.node->type;
    Node *node = scalar_is_float(type) ? graph_number(c->graph, type, number)
                                       : graph_integer(c->graph, type, (int64_t)number);
    return (Value){node, c->empty, like.soft};
}
