/* Numbers in the file: consts, and the initialisers of params.
 *
 * An initialiser becomes a node over the param's own axes. `normal(mean, std)` in it is mean + std
 * * NORMAL(key, index along each axis in order), where the key is a number made of the param's name
 * and of how many draws stand before this one; whoever runs it mixes the seed into the key. So an
 * element depends on seed, name and its indices alone. */
#include "check/checker.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool fold(Checker *c, const Expr *expr, double *number, bool *is_whole) {
    double a = 0, b = 0;
    bool a_whole = true, b_whole = true;
    if (!expr) return false;
    switch (expr->kind) {
    case EXPR_NUMBER: {
        const char *text = expr->word.name;
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) return false;
        *number = strtod(text, NULL);
        *is_whole = !strpbrk(text, ".eE") && strcmp(text, "inf") != 0;
        if (isinf(*number) && strcmp(text, "inf") != 0)
            report(c->compiler->diagnostics, LITERAL_TOO_LARGE, expr->span, text, "f64",
                   "1.7976931348623157e308");
        return true;
    }
    case EXPR_UNARY:
        if (expr->op == OPERATOR_NOT || !fold(c, expr->a, &a, is_whole)) return false;
        *number = expr->op == OPERATOR_NEG ? -a : a;
        return true;
    case EXPR_BINARY:
        if (!fold(c, expr->a, &a, &a_whole) || !fold(c, expr->b, &b, &b_whole)) return false;
        *is_whole =
            a_whole && b_whole && expr->op != OPERATOR_DIV && !(expr->op == OPERATOR_POW && b < 0);
        switch (expr->op) {
        case OPERATOR_ADD: *number = a + b; return true;
        case OPERATOR_SUB: *number = a - b; return true;
        case OPERATOR_MUL: *number = a * b; return true;
        case OPERATOR_DIV: *number = a / b; return true;
        case OPERATOR_POW: *number = pow(a, b); return true;
        default: return false;
        }
    default: return false;
    }
}

/* A number past 2^53 is no whole one here: it could not be told from its neighbours. */
bool constant_of(Checker *c, const Expr *expr, double *number, bool *is_whole) {
    if (!fold(c, expr, number, is_whole)) return false;
    *is_whole = *is_whole && fabs(*number) <= 9007199254740992.0;
    return true;
}

/* --- consts --- */

typedef struct Numbers {
    Checker *c;
    const Symbol *symbol;
    Array *array;
    double *items;
    int count, capacity;
} Numbers;

static bool fits(const Array *array, double number, bool whole) {
    switch (array->type) {
    case SCALAR_BOOL: return false;
    case SCALAR_I32: return whole && number >= INT32_MIN && number <= INT32_MAX;
    case SCALAR_I64:
        if (!whole || fabs(number) > 9007199254740992.0) return false;
        if (!array->index_axis || (array->has_none && number == (double)array->none)) return true;
        return number >= 0 && (array->index_axis->extent->op != OP_NUMBER ||
                               number < (double)array->index_axis->extent->u.integer);
    case SCALAR_F32:
    case SCALAR_BF16: return !isfinite(number) || isfinite((float)number);
    case SCALAR_F16: return !isfinite(number) || fabs(number) < 65520;
    default: return true;
    }
}

static bool const_number(Numbers *numbers, const Expr *expr) {
    Checker *c = numbers->c;
    Diagnostics *diagnostics = c->compiler->diagnostics;
    double number = 0;
    bool whole = true, is_bool = false;
    if (expr->kind == EXPR_ERROR) return false;
    if (expr->kind == EXPR_NUMBER &&
        (strcmp(expr->word.name, "true") == 0 || strcmp(expr->word.name, "false") == 0)) {
        is_bool = true;
        number = expr->word.name[0] == 't';
    } else if (!constant_of(c, expr, &number, &whole)) {
        report(diagnostics, CONST_NUMBER, expr->span, text_of(c, expr));
        return false;
    }
    bool good = numbers->array->type == SCALAR_BOOL
                    ? is_bool
                    : !is_bool && fits(numbers->array, number, whole);
    if (!good) {
        const char *type =
            numbers->array->index_axis ? "an index" : scalar_text(numbers->array->type);
        report(diagnostics, CONST_FIT, expr->span, text_of(c, expr), numbers->symbol->name, type);
        return false;
    }
    vector_push(c->arena, numbers, number);
    return true;
}

static bool const_list(Numbers *numbers, const Expr *expr, int depth) {
    Checker *c = numbers->c;
    Diagnostics *diagnostics = c->compiler->diagnostics;
    if (depth == numbers->array->rank) return const_number(numbers, expr);
    const Axis *axis = numbers->array->axes[depth];
    if (expr->kind == EXPR_ERROR) return false;
    if (expr->kind != EXPR_LIST) {
        report(diagnostics, CONST_LIST, expr->span, numbers->symbol->name, axis->name);
        return false;
    }
    if (axis->extent->op != OP_NUMBER) {
        report(diagnostics, CONST_EXTENT, numbers->symbol->span, axis->name, numbers->symbol->name,
               text_of_number(c, expr->elements.count));
        return false;
    }
    if (axis->extent->u.integer != expr->elements.count) {
        report(diagnostics, CONST_SHAPE, expr->span, numbers->symbol->name,
               text_of_number(c, axis->extent->u.integer), axis->name,
               text_of_number(c, expr->elements.count));
        return false;
    }
    bool good = true;
    for (int i = 0; i < expr->elements.count; i++)
        good = const_list(numbers, expr->elements.items[i], depth + 1) && good;
    return good;
}

/* Labels of an axis whose extent is not known yet are checked on entry. */
static void check_labels(Checker *c, Array *array) {
    Axis *axis = array->index_axis;
    if (!axis || axis->extent->op == OP_NUMBER) return;
    Node *labels = graph_array(c->graph, array), *guard = NULL;
    if (array->has_none)
        guard =
            graph_binary(c->graph, OP_NE, labels, graph_integer(c->graph, SCALAR_I64, array->none));
    vector_push(c->arena, &c->model->checks, (RangeCheck){labels, guard, axis, array->span});
}

void declare_const(Checker *c, Symbol *symbol) {
    Array *array = symbol->array;
    Numbers numbers = {.c = c, .symbol = symbol, .array = array};
    if (!symbol->decl->value || !const_list(&numbers, symbol->decl->value, 0)) {
        symbol->is_broken = true;
        return;
    }
    array->numbers = numbers.items;
    if (array->rank) {
        vector_push(c->arena, &c->model->arrays, array);
        symbol->value = value_of(c, graph_array(c->graph, array));
        check_labels(c, array);
        return;
    }
    if (!symbol->decl->type.name.name) { /* a scalar is the number itself */
        Node *literal = graph_number(c->graph, SCALAR_F64, numbers.items[0]);
        symbol->value = (Value){literal, c->empty, SOFT_FLOAT};
        return;
    }
    Scalar type = array->type;
    bool real = scalar_is_float(type);
    if (real && type != SCALAR_F64) type = SCALAR_F32;
    Node *node = real ? graph_number(c->graph, type, numbers.items[0])
                      : graph_integer(c->graph, type, (int64_t)numbers.items[0]);
    symbol->value = value_of(c, node);
}

/* --- params --- */

static uint64_t
name_hash(const char *name) { /* FNV-1a: part of the meaning of a program, never to change */
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}

Value random_initial(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    const Symbol *param = env->initial;
    if (call->arguments.count != 2 || call->arguments.items[0].name.name ||
        call->arguments.items[1].name.name) {
        COMPLAIN(c, env, INITIAL_RANDOM, call->span, call->word.name,
                 text_of_number(c, call->arguments.count));
        return NO_VALUE;
    }
    const Expr *first = call->arguments.items[0].value, *second = call->arguments.items[1].value;
    Value a = elaborate(c, env, call->arguments.items[0].value),
          b = elaborate(c, env, call->arguments.items[1].value);
    if (!need_number(c, env, a, first, builtin->name) ||
        !need_number(c, env, b, second, builtin->name))
        return NO_VALUE;
    int rank = param->axes.count;
    Node **indices = ARENA_ARRAY(c->arena, Node *, rank + 1);
    for (int i = 0; i < rank; i++)
        indices[i] = graph_axis(c->graph, param->axes.items[i]);
    Scalar type = param->array->type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32;
    uint64_t key = name_hash(param->name) + (uint64_t)c->draws++ * 0x9e3779b97f4a7c15u;
    Node *key_node = graph_integer(c->graph, SCALAR_I64, (int64_t)key);
    Value draw =
        value_of(c, graph_random(c->graph, builtin->op, type, key_node, NULL, indices, rank));
    a = adapt(c, env, a, type, first->span);
    b = adapt(c, env, b, type, second->span);
    Value scale = builtin->op == OP_UNIFORM ? typed_binary(c, OP_SUB, b, a) : b;
    return typed_binary(c, OP_ADD, a, typed_binary(c, OP_MUL, scale, draw));
}

void declare_param(Checker *c, Symbol *symbol) {
    Env env = {.scope = c->top, .initial = symbol};
    c->draws = 0;
    Decl *decl = symbol->decl;
    if (!decl->value) return;
    Value value = elaborate(c, &env, decl->value);
    if (!value.node || !axes_within(c, &env, symbol->span, symbol->name, value, &symbol->axes,
                                    decl->target.has_axes))
        return;
    if (!need_number(c, &env, value, decl->value, "param")) return;
    Scalar type = symbol->array->type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32;
    symbol->array->initial = adapt(c, &env, value, type, decl->value->span).node;
}
