/* Calls: of operations that work on each element here; reductions and fns have files of their own.
 */
#include "check/checker.h"
#include <math.h>
#include <string.h>

typedef Value (*Build)(Checker *c, const Env *env, Expr *call, const Builtin *builtin);

/* --- what may stand in the brackets --- */

static bool push_axis(Checker *c, const Env *env, const Expr *call, Axes *axes, Axis *axis,
                      Span span) {
    for (int i = 0; i < axes->count; i++)
        if (axes->items[i] == axis) {
            COMPLAIN(c, env, BRACKET_AXIS_TWICE, span, axis->name, call->word.name);
            return false;
        }
    vector_push(c->arena, axes, axis);
    return true;
}

/* The axes named in the brackets of a call, `d...` unfolded. */
bool bracket_axes(Checker *c, const Env *env, const Expr *call, Axes *axes) {
    bool good = true;
    for (int i = 0; i < call->items.count; i++) {
        const Item *item = &call->items.items[i];
        if (item->value->kind == EXPR_ERROR) return false;
        if (item->name.name || item->value->kind != EXPR_NAME) {
            COMPLAIN(c, env, BRACKET_NOT_AXIS, item->span, call->word.name,
                     text_of(c, item->value));
            good = false;
            continue;
        }
        Symbol *symbol = scope_find(env->scope, item->value->word.name);
        if (!symbol || !symbol_ready(c, symbol)) return false;
        if (symbol->kind == SYMBOL_AXIS && symbol->axis) {
            good = push_axis(c, env, call, axes, symbol->axis, item->span) && good;
        } else if (symbol->kind == SYMBOL_AXES) {
            for (int j = 0; j < symbol->axes.count; j++)
                good = push_axis(c, env, call, axes, symbol->axes.items[j], item->span) && good;
        } else {
            return false;
        }
    }
    return good;
}

static const char *example_of(Checker *c, const Expr *call, int count) {
    static const char *const letters[] = {"", "x", "x, y", "x, y, z"};
    return arena_format(c->arena, "%s(%s)", call->word.name, letters[count < 3 ? count : 3]);
}

/* No brackets, no names, and a fitting number of arguments. most < 0: any. */
bool plain_arguments(Checker *c, const Env *env, Expr *call, int least, int most) {
    int count = call->arguments.count;
    if (call->has_items) {
        COMPLAIN(c, env, NEEDLESS_BRACKETS, call->span, call->word.name);
        return false;
    }
    for (int i = 0; i < count; i++) {
        const Item *item = &call->arguments.items[i];
        if (!item->name.name) continue;
        COMPLAIN(c, env, NAMED_ARGUMENT, item->name.span, call->word.name, item->name.name);
        return false;
    }
    if (count >= least && (most < 0 || count <= most)) return true;
    const char *wanted = least == 1 ? "one value" : least == 2 ? "two values" : "three values";
    if (most < 0) wanted = arena_format(c->arena, "%s or more", wanted);
    COMPLAIN(c, env, ARGUMENT_COUNT, call->span, call->word.name, wanted, text_of_number(c, count),
             example_of(c, call, least));
    return false;
}

static Expr *argument(const Expr *call, int i) {
    return call->arguments.items[i].value;
}

/* --- one value --- */

static Value number_argument(Checker *c, const Env *env, Expr *call) {
    if (!plain_arguments(c, env, call, 1, 1)) return NO_VALUE;
    Value a = elaborate(c, env, argument(call, 0));
    return need_number(c, env, a, argument(call, 0), call->word.name) ? a : NO_VALUE;
}

static Value build_float(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    Value a = number_argument(c, env, call);
    return a.node ? typed_unary(c, builtin->op, as_float(c, a)) : NO_VALUE;
}

static Value build_number(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    return typed_unary(c, builtin->op, number_argument(c, env, call));
}

static Value build_whole(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    Value a = number_argument(c, env, call);
    return a.node && scalar_is_float(a.node->type) ? typed_unary(c, builtin->op, a) : a;
}

static Value build_test(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    Value a = number_argument(c, env, call);
    return a.node ? typed_unary(c, builtin->op, pin(c, env, as_float(c, a), call->span)) : NO_VALUE;
}

static Value build_relu(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    Value a = number_argument(c, env, call);
    return a.node ? typed_binary(c, builtin->op, value_number(c, a, 0), a)
                  : NO_VALUE; /* at 0 the gradient goes to 0 */
}

/* x / 2 * erfc(-x / sqrt(2)): accurate far to the left too, where 1 + erf is not */
static Value build_gelu(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    Value a = number_argument(c, env, call);
    if (!a.node) return NO_VALUE;
    a = as_float(c, a);
    Value tail = typed_binary(c, OP_MUL, a, value_number(c, a, -0.70710678118654752440));
    Value half = typed_binary(c, OP_MUL, value_number(c, a, 0.5), a);
    return typed_binary(c, OP_MUL, half, typed_unary(c, builtin->op, tail));
}

static Value build_silu(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    Value a = number_argument(c, env, call);
    if (!a.node) return NO_VALUE;
    a = as_float(c, a);
    return typed_binary(c, OP_MUL, a, typed_unary(c, builtin->op, a));
}

static Value mask_to_number(Checker *c, Value a, Scalar type) {
    Graph *graph = c->graph;
    bool real = scalar_is_float(type);
    Scalar held = type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32;
    Node *one = real ? graph_number(graph, held, 1) : graph_integer(graph, type, 1);
    Node *zero = real ? graph_number(graph, held, 0) : graph_integer(graph, type, 0);
    return value_with(value_of(c, graph_select(graph, a.node, one, zero)), a.axes);
}

static Value build_convert(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    if (!plain_arguments(c, env, call, 1, 1)) return NO_VALUE;
    Value a = elaborate(c, env, argument(call, 0));
    if (!a.node) return NO_VALUE;
    bool mask = a.node->type == SCALAR_BOOL;
    if (builtin->type == SCALAR_BOOL) {
        if (mask) return a;
        a = pin(c, env, a, call->span);
        return typed_binary(c, OP_NE, a, value_number(c, a, 0));
    }
    if (mask) return mask_to_number(c, a, builtin->type);
    bool has_none;
    int64_t none;
    if (builtin->type == SCALAR_I64 &&
        node_index_axis(a.node, &has_none, &none)) /* a number that is no index any more */
        return typed_binary(c, OP_ADD, a, value_number(c, a, 0));
    return adapt(c, env, a, builtin->type, call->span);
}

static Value build_stop(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    (void)builtin;
    Value a = number_argument(c, env, call);
    if (!a.node || a.soft != SOFT_NO) return a; /* literals and extents have no derivative */
    a.node = graph_stop(c->graph, a.node);
    return a;
}

/* --- several values --- */

/* Folds min, max, div or mod over its arguments from the left, all of one type. */
static Value fold(Checker *c, const Env *env, Expr *call, Op op, const Value *values, int count) {
    Value result = values[0];
    for (int i = 1; i < count; i++) {
        Value next = values[i];
        if (!unify(c, env, &result, &next, call->span)) return NO_VALUE;
        result = typed_binary(c, op, result, next);
    }
    return result;
}

static Value *number_arguments(Checker *c, const Env *env, Expr *call) {
    int count = call->arguments.count;
    Value *values = ARENA_ARRAY(c->arena, Value, count + 1);
    bool good = true;
    for (int i = 0; i < count; i++) {
        values[i] = elaborate(c, env, argument(call, i));
        good = need_number(c, env, values[i], argument(call, i), call->word.name) && good;
    }
    return good ? values : NULL;
}

static Value build_extreme(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    if (call->has_items || call->arguments.count == 1)
        return elaborate_reduction(c, env, call, builtin);
    if (!plain_arguments(c, env, call, 2, -1)) return NO_VALUE;
    Value *values = number_arguments(c, env, call);
    return values ? fold(c, env, call, builtin->op, values, call->arguments.count) : NO_VALUE;
}

static Value build_divide(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    if (!plain_arguments(c, env, call, 2, 2)) return NO_VALUE;
    Value *values = number_arguments(c, env, call);
    if (!values) return NO_VALUE;
    if (values[1].soft != SOFT_NO && node_is_number(values[1].node, 0))
        COMPLAIN(c, env, DIVIDE_BY_ZERO, call->span, text_of(c, argument(call, 0)));
    return fold(c, env, call, builtin->op, values, 2);
}

static Value build_clamp(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    (void)builtin;
    if (!plain_arguments(c, env, call, 3, 3)) return NO_VALUE;
    Value *values = number_arguments(c, env, call);
    if (!values) return NO_VALUE;
    Value bounded[2] = {fold(c, env, call, OP_MAX, values, 2), values[2]};
    return fold(c, env, call, OP_MIN, bounded, 2);
}

/* The order is a number of the program: the derivative is of the next order. */
static Value build_polygamma(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    if (!plain_arguments(c, env, call, 2, 2)) return NO_VALUE;
    double order;
    bool whole;
    const Expr *first = argument(call, 0);
    if (!constant_of(c, first, &order, &whole) || !whole || order < 0 || order > POLYGAMMA_MOST) {
        COMPLAIN(c, env, POLYGAMMA_ORDER, first->span, text_of(c, first));
        return NO_VALUE;
    }
    Value a = elaborate(c, env, argument(call, 1));
    if (!need_number(c, env, a, argument(call, 1), call->word.name)) return NO_VALUE;
    a = as_float(c, a);
    if (order < 2) return typed_unary(c, order == 0 ? OP_DIGAMMA : OP_TRIGAMMA, a);
    return typed_binary(c, builtin->op, value_number(c, a, order), a);
}

/* --- about axes, labels and keys --- */

static Value build_extent(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    (void)builtin;
    if (!plain_arguments(c, env, call, 1, 1)) return NO_VALUE;
    const Expr *axis = argument(call, 0);
    Symbol *symbol = axis->kind == EXPR_NAME ? scope_find(env->scope, axis->word.name) : NULL;
    if (axis->kind == EXPR_NAME && (!symbol || !symbol_ready(c, symbol))) return NO_VALUE;
    if (!symbol || (symbol->kind != SYMBOL_AXIS && symbol->kind != SYMBOL_AXES)) {
        COMPLAIN(c, env, NOT_EXTENT, axis->span, text_of(c, axis));
        return NO_VALUE;
    }
    if (symbol->kind == SYMBOL_AXIS)
        return symbol->axis ? value_of(c, graph_extent(c->graph, symbol->axis)) : NO_VALUE;
    Node *product = NULL;
    for (int i = 0; i < symbol->axes.count; i++) {
        Node *extent = graph_extent(c->graph, symbol->axes.items[i]);
        product = product ? graph_binary(c->graph, OP_MUL, product, extent) : extent;
    }
    return product ? value_of(c, product) : NO_VALUE;
}

static Value build_has(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    (void)builtin;
    if (!plain_arguments(c, env, call, 1, 1)) return NO_VALUE;
    Value label = elaborate(c, env, argument(call, 0));
    if (!label.node) return NO_VALUE;
    bool has_none;
    int64_t none;
    node_index_axis(label.node, &has_none, &none);
    if (has_none) {
        label.soft = SOFT_NO;
        return typed_binary(c, OP_NE, label, value_number(c, label, (double)none));
    }
    /* a fn may ask it of any label that it is given */
    if (env->calls && scalar_is_integer(label.node->type))
        return (Value){graph_integer(c->graph, SCALAR_BOOL, 1), label.axes, SOFT_NO};
    COMPLAIN(c, env, HAS_OF_OTHER, call->span, text_of(c, argument(call, 0)));
    return NO_VALUE;
}

static Value build_random(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    if (env->initial && !call->has_items) return random_initial(c, env, call, builtin);
    if (!call->has_items || call->arguments.count != 1 || call->arguments.items[0].name.name) {
        COMPLAIN(c, env, RANDOM_FORM, call->span, call->word.name);
        return NO_VALUE;
    }
    Axes axes = {0};
    bool good = bracket_axes(c, env, call, &axes);
    Value key = elaborate_hard(c, env, argument(call, 0));
    if (!good || !key.node) return NO_VALUE;
    if (!scalar_is_integer(key.node->type)) {
        const char *type =
            key.node->type == SCALAR_BOOL ? "true or false" : scalar_text(key.node->type);
        COMPLAIN(c, env, INTEGER_NEEDED, argument(call, 0)->span, "a key",
                 text_of(c, argument(call, 0)), type);
        return NO_VALUE;
    }
    Node **indices = ARENA_ARRAY(c->arena, Node *, axes.count + 1);
    for (int i = 0; i < axes.count; i++)
        indices[i] = graph_axis(c->graph, axes.items[i]);
    Node *key64 = graph_convert(c->graph, SCALAR_I64, key.node);
    Node *node =
        graph_random(c->graph, builtin->op, c->model->real, key64, axes.items, indices, axes.count);
    const AxisSet *written =
        axis_set_union(c->graph, key.axes, axis_set(c->graph, axes.items, axes.count));
    return (Value){node, written, SOFT_NO};
}

Value elaborate_call(Checker *c, const Env *env, Expr *call) {
    static const Build builds[] = {[BUILTIN_FLOAT] = build_float,
                                   [BUILTIN_NUMBER] = build_number,
                                   [BUILTIN_WHOLE] = build_whole,
                                   [BUILTIN_TEST] = build_test,
                                   [BUILTIN_EXTREME] = build_extreme,
                                   [BUILTIN_DIVIDE] = build_divide,
                                   [BUILTIN_CLAMP] = build_clamp,
                                   [BUILTIN_POLYGAMMA] = build_polygamma,
                                   [BUILTIN_RELU] = build_relu,
                                   [BUILTIN_GELU] = build_gelu,
                                   [BUILTIN_SILU] = build_silu,
                                   [BUILTIN_CONVERT] = build_convert,
                                   [BUILTIN_EXTENT] = build_extent,
                                   [BUILTIN_HAS] = build_has,
                                   [BUILTIN_STOP] = build_stop,
                                   [BUILTIN_RANDOM] = build_random,
                                   [BUILTIN_DERIVATIVE] = elaborate_derivative,
                                   [BUILTIN_REDUCE] = elaborate_reduction,
                                   [BUILTIN_KEEP] = elaborate_reduction};
    /* the library is not touched by what a program declares */
    Name name = call->word.name;
    const Symbol *caller = env->calls ? env->calls->fn : NULL;
    bool in_library = caller && table_get(&c->library, caller->name) == caller;
    Symbol *fn = in_library ? library_find(c, name) : table_get(&c->functions, name);
    if (fn) return elaborate_fn(c, env, call, fn);
    const Builtin *builtin = builtin_find(c, name);
    if (builtin) return builds[builtin->kind](c, env, call, builtin);
    fn = library_find(c, name);
    if (fn) return elaborate_fn(c, env, call, fn);
    for (int i = 0; i < call->arguments.count; i++) /* unknown: has been reported */
        elaborate(c, env, argument(call, i));
    return NO_VALUE;
}
