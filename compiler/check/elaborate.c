/* From expressions to nodes. What goes in is an expression and where it stands (its scope, and the
 * facts that hold there); what comes out is a value: a node, the axes of the expression as written,
 * and whether it is still a literal. Nothing is simplified here. Left-leaning chains of operators
 * are walked without recursion. */
#include "check/checker.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_LIMIT = 800
};

Value value_of(const Checker *c, Node *node) {
    (void)c;
    return (Value){node, node->axes, SOFT_NO};
}

Value value_with(Value value, const AxisSet *axes) {
    value.axes = axes;
    return value;
}

/* --- leaves --- */

static Value number(Checker *c, const Env *env, const Expr *expr) {
    const char *text = expr->word.name;
    Graph *graph = c->graph;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return (Value){graph_integer(graph, SCALAR_BOOL, text[0] == 't'), c->empty, SOFT_NO};
    if (strcmp(text, "inf") == 0)
        return (Value){graph_number(graph, SCALAR_F64, INFINITY), c->empty, SOFT_FLOAT};
    errno = 0;
    if (!strpbrk(text, ".eE")) {
        long long integer = strtoll(text, NULL, 10);
        if (errno) {
            COMPLAIN(c, env, LITERAL_TOO_LARGE, expr->span, text, "i64", "9223372036854775807");
            return NO_VALUE;
        }
        return (Value){graph_integer(graph, SCALAR_I64, integer), c->empty, SOFT_INTEGER};
    }
    double real = strtod(text, NULL);
    if (isinf(real)) {
        COMPLAIN(c, env, LITERAL_TOO_LARGE, expr->span, text, "f64", "1.7976931348623157e308");
        return NO_VALUE;
    }
    return (Value){graph_number(graph, SCALAR_F64, real), c->empty, SOFT_FLOAT};
}

/* Inside of an initialiser nothing that is known only later may be read. */
static bool may_read(Checker *c, const Env *env, const Symbol *symbol, Span span) {
    if (!env->initial || symbol->kind == SYMBOL_AXIS || symbol->kind == SYMBOL_PARAMETER)
        return true;
    if (symbol->kind == SYMBOL_ARRAY && symbol->decl->kind == DECL_CONST) return true;
    if (symbol->env) return true;
    COMPLAIN(c, env, INITIAL_READS, span, env->initial->name, symbol->name, symbol_what(symbol));
    return false;
}

static Value name(Checker *c, const Env *env, const Expr *expr) {
    Symbol *symbol = scope_find(env->scope, expr->word.name);
    if (!symbol || !symbol_ready(c, symbol) || !may_read(c, env, symbol, expr->span))
        return NO_VALUE;
    switch (symbol->kind) {
    case SYMBOL_AXIS:
        return symbol->axis ? value_of(c, graph_axis(c->graph, symbol->axis)) : NO_VALUE;
    case SYMBOL_AXES: COMPLAIN(c, env, SEVERAL_AXES, expr->span, symbol->name); return NO_VALUE;
    case SYMBOL_ARRAY:
    case SYMBOL_LET:
    case SYMBOL_PARAMETER: return symbol->value;
    default: return NO_VALUE;
    }
}

/* --- operators --- */

static bool no_masks(Checker *c, const Env *env, const Expr *expr, Value a, const Expr *left,
                     Value b) {
    const Expr *mask = a.node->type == SCALAR_BOOL   ? left
                       : b.node->type == SCALAR_BOOL ? expr->b
                                                     : NULL;
    if (!mask) return true;
    COMPLAIN(c, env, MASK_ARITHMETIC, mask->span, text_of(c, mask), operator_text(expr->op));
    return false;
}

static bool is_literal(Value value, double *literal) {
    if (value.soft == SOFT_NO || value.node->op != OP_NUMBER) return false;
    *literal =
        scalar_is_float(value.node->type) ? value.node->u.number : (double)value.node->u.integer;
    return true;
}

static bool literal_exponent(Value b, int64_t *exponent) {
    if (b.soft != SOFT_INTEGER || b.node->op != OP_NUMBER) return false;
    *exponent = b.node->u.integer;
    return true;
}

/* -2 is one number. */
static Value negative(Checker *c, Value a) {
    if (a.soft == SOFT_NO || a.node->op != OP_NUMBER) return typed_unary(c, OP_NEG, a);
    bool real = scalar_is_float(a.node->type);
    a.node = real ? graph_number(c->graph, a.node->type, -a.node->u.number)
                  : graph_integer(c->graph, a.node->type, -a.node->u.integer);
    return a;
}

static Value power(Checker *c, const Env *env, const Expr *expr, Value a, Value b) {
    int64_t exponent;
    bool literal = literal_exponent(b, &exponent);
    bool integers = scalar_is_integer(a.node->type);
    if (literal && (!integers || exponent >= 0)) {
        Value n = {graph_integer(c->graph, SCALAR_I64, exponent), c->empty, a.soft};
        return typed_binary(c, OP_POW, a, n);
    }
    a = as_float(c, a);
    if (literal) {
        Value n = {graph_integer(c->graph, SCALAR_I64, exponent), c->empty, a.soft};
        return typed_binary(c, OP_POW, a, n);
    }
    if (scalar_is_integer(b.node->type)) {
        b = pin(c, env, b, expr->span);
        b.soft = a.soft; /* an integer exponent leaves it to the base */
        return typed_binary(c, OP_POW, a, b);
    }
    if (!unify(c, env, &a, &b, expr->span)) return NO_VALUE;
    return typed_binary(c, OP_POW, a, b);
}

static Value arithmetic(Checker *c, const Env *env, const Expr *expr, Value a, const Expr *left,
                        Value b) {
    if (!a.node || !b.node || !no_masks(c, env, expr, a, left, b)) return NO_VALUE;
    double literal;
    if (expr->op == OPERATOR_POW) return power(c, env, expr, a, b);
    if (expr->op == OPERATOR_DIV) {
        if (is_literal(b, &literal) && literal == 0)
            COMPLAIN(c, env, DIVIDE_BY_ZERO, expr->span, text_of(c, left));
        a = as_float(c, a);
        b = as_float(c, b);
    }
    if (!unify(c, env, &a, &b, expr->span)) return NO_VALUE;
    Op op = expr->op == OPERATOR_ADD   ? OP_ADD
            : expr->op == OPERATOR_SUB ? OP_SUB
            : expr->op == OPERATOR_MUL ? OP_MUL
                                       : OP_DIV;
    return typed_binary(c, op, a, b);
}

/* The right side exists only where the left one does not decide. */
static Env under(Checker *c, const Env *env, Value condition, bool truth) {
    Env inner = *env;
    inner.facts = facts_add(c, env->facts, condition.node, truth);
    return inner;
}

static Value binary_step(Checker *c, const Env *env, Expr *expr, Value a, const Expr *left) {
    Value result;
    if (expr->op == OPERATOR_AND || expr->op == OPERATOR_OR) {
        Env inner = under(c, env, a, expr->op == OPERATOR_AND);
        Value b = elaborate(c, &inner, expr->b);
        const char *where = expr->op == OPERATOR_AND ? "`and`" : "`or`";
        bool good = need_mask(c, env, a, left, where);
        if (!need_mask(c, env, b, expr->b, where) || !good) return NO_VALUE;
        result = typed_binary(c, expr->op == OPERATOR_AND ? OP_AND : OP_OR, a, b);
    } else {
        result = arithmetic(c, env, expr, a, left, elaborate(c, env, expr->b));
    }
    if (result.node) graph_with_span(result.node, expr->span);
    return result;
}

static Value binary(Checker *c, const Env *env, Expr *expr) {
    Exprs chain = {0};
    for (; expr->kind == EXPR_BINARY; expr = expr->a)
        vector_push(c->arena, &chain, expr);
    Value value = elaborate(c, env, expr);
    for (int i = chain.count - 1; i >= 0; i--)
        value = binary_step(c, env, chain.items[i], value, chain.items[i]->a);
    return value;
}

static Value unary(Checker *c, const Env *env, Expr *expr) {
    Value a = elaborate(c, env, expr->a);
    if (!a.node) return NO_VALUE;
    if (expr->op == OPERATOR_NOT)
        return need_mask(c, env, a, expr->a, "`not`") ? typed_unary(c, OP_NOT, a) : NO_VALUE;
    if (a.node->type == SCALAR_BOOL) {
        COMPLAIN(c, env, MASK_ARITHMETIC, expr->a->span, text_of(c, expr->a),
                 operator_text(expr->op));
        return NO_VALUE;
    }
    return expr->op == OPERATOR_PLUS ? a : negative(c, a);
}

static Value compare_two(Checker *c, const Env *env, Operator op, Value a, const Expr *left,
                         Value b, const Expr *right) {
    if (!a.node || !b.node) return NO_VALUE;
    Span span = span_join(left->span, right->span);
    bool mask = a.node->type == SCALAR_BOOL;
    bool equality = op == OPERATOR_EQ || op == OPERATOR_NE;
    if (mask != (b.node->type == SCALAR_BOOL)) {
        const Expr *culprit = mask ? left : right;
        COMPLAIN(c, env, SIDES_DIFFER, span, text_of(c, culprit));
        return NO_VALUE;
    }
    if (mask && !equality) {
        COMPLAIN(c, env, MASKS_ORDERED, span, operator_text(op), text_of(c, left));
        return NO_VALUE;
    }
    if (!unify(c, env, &a, &b, span)) return NO_VALUE;
    a = pin(c, env, a, span);
    b = pin(c, env, b, span);
    Value result = NO_VALUE;
    switch (op) {
    case OPERATOR_LT: result = typed_binary(c, OP_LT, a, b); break;
    case OPERATOR_LE: result = typed_binary(c, OP_LE, a, b); break;
    case OPERATOR_GT: result = typed_binary(c, OP_LT, b, a); break;
    case OPERATOR_GE: result = typed_binary(c, OP_LE, b, a); break;
    case OPERATOR_EQ: result = typed_binary(c, OP_EQ, a, b); break;
    case OPERATOR_NE: result = typed_binary(c, OP_NE, a, b); break;
    default: bug("comparison %d", (int)op);
    }
    graph_with_span(result.node, span);
    return result;
}

static Value compare(Checker *c, const Env *env, Expr *expr) {
    Value a = elaborate(c, env, expr->a), b = elaborate(c, env, expr->b);
    Value first = compare_two(c, env, expr->op, a, expr->a, b, expr->b);
    if (expr->op2 == OPERATOR_NONE) return first;
    Env inner = under(c, env, first, true);
    Value third = elaborate(c, &inner, expr->c);
    Value second = compare_two(c, env, expr->op2, b, expr->b, third, expr->c);
    return typed_binary(c, OP_AND, first, second);
}

static Value choose(Checker *c, const Env *env, Expr *expr) {
    Value condition = elaborate(c, env, expr->a);
    Env then_env = under(c, env, condition, true), else_env = under(c, env, condition, false);
    Value a = elaborate(c, &then_env, expr->b), b = elaborate(c, &else_env, expr->c);
    if (!need_mask(c, env, condition, expr->a, "`if`") || !a.node || !b.node) return NO_VALUE;
    bool mask = a.node->type == SCALAR_BOOL;
    if (mask != (b.node->type == SCALAR_BOOL)) {
        COMPLAIN(c, env, BRANCHES_DIFFER, expr->span, text_of(c, mask ? expr->b : expr->c));
        return NO_VALUE;
    }
    if (!unify(c, env, &a, &b, expr->span)) return NO_VALUE;
    Soft soft = mask ? SOFT_NO : a.soft;
    const AxisSet *axes =
        axis_set_union(c->graph, condition.axes, axis_set_union(c->graph, a.axes, b.axes));
    if (condition.node->op == OP_NUMBER)
        return (Value){condition.node->u.integer ? a.node : b.node, axes, soft};
    return (Value){graph_select(c->graph, condition.node, a.node, b.node), axes, soft};
}

/* --- all of them --- */

static Value elaborate_open(Checker *c, const Env *env, Expr *expr) {
    switch (expr->kind) {
    case EXPR_NUMBER: return number(c, env, expr);
    case EXPR_NAME: return name(c, env, expr);
    case EXPR_UNARY: return unary(c, env, expr);
    case EXPR_BINARY: return binary(c, env, expr);
    case EXPR_COMPARE: return compare(c, env, expr);
    case EXPR_IF: return choose(c, env, expr);
    case EXPR_CALL: return elaborate_call(c, env, expr);
    case EXPR_INDEX: return elaborate_index(c, env, expr);
    case EXPR_LIST: COMPLAIN(c, env, LIST_HERE, expr->span); return NO_VALUE;
    case EXPR_ERROR: return NO_VALUE;
    }
    return NO_VALUE;
}

Value elaborate(Checker *c, const Env *env, Expr *expr) {
    if (!expr) return NO_VALUE;
    if (env->depth >= DEPTH_LIMIT) {
        COMPLAIN(c, env, TOO_DEEP, expr->span, text_of_number(c, DEPTH_LIMIT));
        return NO_VALUE;
    }
    Env inner = *env;
    inner.depth++;
    Value value = elaborate_open(c, &inner, expr);
    if (value.node) graph_with_span(value.node, expr->span);
    return value;
}

Value elaborate_hard(Checker *c, const Env *env, Expr *expr) {
    Value value = elaborate(c, env, expr);
    return value.node ? pin(c, env, value, expr->span) : value;
}
