/* grad, vjp and jvp. In: the call; out: the derivative, worked out at once (diff/), so that it is a
 * value like any other. What is differentiated by must be a name, since every use of that name
 * counts: it stands in the graph as an ARRAY or a LET. A fn's parameters and lets get a LET of
 * their own, another one at each call, where the fn's text differentiates by them. */
#include "check/checker.h"
#include "diff/diff.h"
#include <string.h>

/* --- which names a fn differentiates by --- */

typedef struct Differentiated {
    Checker *c;
    Vector(Name) items;
} Differentiated;

static void collect(Differentiated *names, const Expr *expr);

static void collect_items(Differentiated *names, const Items *items) {
    for (int i = 0; i < items->count; i++) {
        collect(names, items->items[i].value);
        collect(names, items->items[i].otherwise);
    }
}

static void collect(Differentiated *names, const Expr *expr) {
    for (; expr; expr = expr->a) {
        const Builtin *builtin =
            expr->kind == EXPR_CALL ? builtin_find(names->c, expr->word.name) : NULL;
        bool derives = builtin && builtin->kind == BUILTIN_DERIVATIVE && expr->arguments.count > 1;
        const Expr *by = derives ? expr->arguments.items[1].value : NULL;
        if (by && by->kind == EXPR_NAME) vector_push(names->c->arena, &names->items, by->word.name);
        collect_items(names, &expr->items);
        collect_items(names, &expr->arguments);
        collect(names, expr->b);
        collect(names, expr->c);
    }
}

bool differentiates(Checker *c, const Decl *fn, Name name) {
    Differentiated *names = table_get(&c->differentiated, fn);
    if (!names) {
        names = ARENA_NEW(c->arena, Differentiated);
        names->c = c;
        table_set(&c->differentiated, fn, names);
        collect(names, fn->value);
        for (int i = 0; i < fn->body.count; i++)
            collect(names, fn->body.items[i]->value);
    }
    for (int i = 0; i < names->items.count; i++)
        if (names->items.items[i] == name) return true;
    return false;
}

/* --- what a text names --- */

typedef struct Mention {
    Checker *c;
    const Symbol *symbol;
    Table seen; /* lets, Symbol * */
} Mention;

static bool mentions(Mention *m, const Scope *scope, const Expr *expr);

static bool items_mention(Mention *m, const Scope *scope, const Items *items) {
    for (int i = 0; i < items->count; i++)
        if (mentions(m, scope, items->items[i].value) ||
            mentions(m, scope, items->items[i].otherwise))
            return true;
    return false;
}

/* Through lets. The texts of functions see only their own names. */
static bool mentions(Mention *m, const Scope *scope, const Expr *expr) {
    for (; expr; expr = expr->a) {
        Symbol *named = expr->kind == EXPR_NAME ? scope_find(scope, expr->word.name) : NULL;
        if (named && named == m->symbol) return true;
        if (named && named->kind == SYMBOL_LET && named->decl && !table_has(&m->seen, named)) {
            table_set(&m->seen, named, named);
            const Scope *inner = named->env ? named->env->scope : m->c->top;
            if (mentions(m, inner, named->decl->value)) return true;
        }
        if (items_mention(m, scope, &expr->items) || items_mention(m, scope, &expr->arguments) ||
            mentions(m, scope, expr->b) || mentions(m, scope, expr->c))
            return true;
    }
    return false;
}

/* The third derivative of x^2: its text names x, and it is 0. */
static bool is_named(Checker *c, const Env *env, const Expr *of, const Symbol *by) {
    Mention mention = {c, by, table_new(c->arena)};
    return mentions(&mention, env->scope, of);
}

/* A zero that is added to `let v[n, m] = x` has axis m, whatever the value lacks: then the node has
 * it too, in a condition that is always true. */
static Node *with_axes(Checker *c, Node *node, const AxisSet *axes) {
    const AxisSet *missing = axis_set_minus(c->graph, axes, node->axes);
    Node *all = NULL;
    for (int i = 0; i < missing->count; i++) {
        Node *index = graph_axis(c->graph, missing->items[i]);
        Node *inside = graph_binary(c->graph, OP_LE, graph_integer(c->graph, SCALAR_I64, 0), index);
        all = graph_both(c->graph, all, inside);
    }
    return all ? graph_select(c->graph, all, node, node) : node;
}

/* Another LET at each call: its name is a copy, and names are compared by where they are. */
Value marked(Checker *c, const Env *env, Value value, Name name, Span span) {
    if (!value.node || value.node->type == SCALAR_BOOL) return value;
    value = pin(c, env, as_float(c, value), span);
    Name copy = arena_text(c->arena, name, strlen(name));
    Node *node = with_axes(c, value.node, value.axes);
    value.node = graph_with_span(graph_let(c->graph, copy, node), span);
    return value;
}

/* --- the calls --- */

static const char *example(const Expr *call) {
    return strcmp(call->word.name, "grad") == 0  ? "grad(L, x)"
           : strcmp(call->word.name, "vjp") == 0 ? "vjp(y, x, dy)"
                                                 : "jvp(y, x, dx)";
}

/* What stands second: the name of an input, weight, param, let or parameter, of float type. */
static Symbol *differentiated_by(Checker *c, const Env *env, const Expr *expr, const Expr *call) {
    Symbol *symbol = expr->kind == EXPR_NAME ? scope_find(env->scope, expr->word.name) : NULL;
    if (expr->kind == EXPR_NAME && (!symbol || !symbol_ready(c, symbol) || symbol->is_broken))
        return NULL;
    bool fits = symbol && (symbol->kind == SYMBOL_ARRAY || symbol->kind == SYMBOL_LET ||
                           symbol->kind == SYMBOL_PARAMETER);
    if (fits && !symbol->value.node) return NULL;
    const Node *node = fits ? symbol->value.node : NULL;
    fits = fits && (node->op == OP_ARRAY || node->op == OP_LET);
    if (!fits) {
        const char *what = !symbol                         ? "an expression"
                           : node && node->op == OP_NUMBER ? "a number"
                                                           : symbol_what(symbol);
        COMPLAIN(c, env, DERIVATIVE_BY, expr->span, text_of(c, expr), what, example(call));
        return NULL;
    }
    if (scalar_is_float(node->type)) return symbol;
    COMPLAIN(c, env, DERIVATIVE_BY_TYPE, expr->span, text_of(c, expr),
             node->type == SCALAR_BOOL ? "a mask" : scalar_text(node->type));
    return NULL;
}

static bool is_differentiable(Checker *c, const Env *env, Value *value, const Expr *expr) {
    if (!value->node) return false;
    if (value->node->type == SCALAR_BOOL || scalar_is_integer(value->node->type)) {
        bool literal = value->soft != SOFT_NO;
        if (!literal) {
            COMPLAIN(c, env, DERIVATIVE_OF_TYPE, expr->span, text_of(c, expr),
                     value->node->type == SCALAR_BOOL ? "a mask" : scalar_text(value->node->type));
            return false;
        }
    }
    *value = pin(c, env, as_float(c, *value), expr->span);
    return true;
}

/* The further axes of a seed must not be axes of the result already. */
static bool seed_fits(Checker *c, const Env *env, const Expr *expr, Value seed, Value against,
                      Value result, const char *name) {
    const AxisSet *further = axis_set_minus(c->graph, seed.axes, against.axes);
    for (int i = 0; i < further->count; i++) {
        if (!axis_set_has(result.axes, further->items[i])) continue;
        COMPLAIN(c, env, DERIVATIVE_SEED, expr->span, text_of(c, expr), further->items[i]->name,
                 name);
        return false;
    }
    return true;
}

static DiffResult or_zero(Checker *c, const Env *env, DiffResult result, const Expr *of,
                          const Symbol *by, Scalar type) {
    if (result.outcome != DIFF_NO_PATH || !is_named(c, env, of, by)) return result;
    Scalar held = type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32;
    return (DiffResult){DIFF_ZERO, graph_number(c->graph, held, 0)};
}

static Value finish(Checker *c, const Env *env, const Expr *call, DiffResult result, Value value,
                    Scalar type) {
    const Expr *of = call->arguments.items[0].value, *by = call->arguments.items[1].value;
    switch (result.outcome) {
    case DIFF_NO_PATH:
        COMPLAIN(c, env, DERIVATIVE_NO_PATH, of->span, text_of(c, of), by->word.name);
        return NO_VALUE;
    case DIFF_NO_RULE:
        COMPLAIN(c, env, DERIVATIVE_RULE, call->span, op_info[result.node->op].text,
                 text_of_node(c, result.node));
        return NO_VALUE;
    case DIFF_OPEN:
        COMPLAIN(c, env, DERIVATIVE_INSIDE, call->span, result.node->u.array->name);
        return NO_VALUE;
    case DIFF_ZERO:
        COMPLAIN(c, env, DERIVATIVE_ZERO, call->span, text_of(c, of), by->word.name);
        break;
    case DIFF_FINE: break;
    }
    value.node = graph_with_span(graph_convert(c->graph, type, result.node), call->span);
    value.soft = SOFT_NO;
    return value;
}

Value elaborate_derivative(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    (void)builtin;
    bool is_grad = strcmp(call->word.name, "grad") == 0, is_jvp = call->word.name[0] == 'j';
    int wanted = is_grad ? 2 : 3;
    bool named = false;
    for (int i = 0; i < call->arguments.count; i++)
        named = named || call->arguments.items[i].name.name;
    if (call->has_items || named || call->arguments.count != wanted) {
        COMPLAIN(c, env, DERIVATIVE_FORM, call->span, call->word.name, example(call));
        return NO_VALUE;
    }
    Expr *of = call->arguments.items[0].value, *by = call->arguments.items[1].value;
    Value y = elaborate(c, env, of);
    Symbol *symbol = differentiated_by(c, env, by, call);
    Value seed = {graph_number(c->graph, SCALAR_F64, 1), c->empty, SOFT_FLOAT};
    if (!is_grad) seed = elaborate(c, env, call->arguments.items[2].value);
    if (!symbol || !is_differentiable(c, env, &y, of) || !seed.node) return NO_VALUE;
    Value x = symbol->value;
    if (is_grad && y.axes->count) {
        COMPLAIN(c, env, DERIVATIVE_AXES, of->span, text_of(c, of), text_of_axes(c, y.axes));
        return NO_VALUE;
    }
    if (!is_grad) {
        const Expr *expr = call->arguments.items[2].value;
        if (!need_number(c, env, seed, expr, call->word.name)) return NO_VALUE;
        seed = as_float(c, seed);
        bool fits = is_jvp ? seed_fits(c, env, expr, seed, x, y, text_of(c, of))
                           : seed_fits(c, env, expr, seed, y, x, symbol->name);
        if (!fits) return NO_VALUE;
    }
    Scalar from = is_jvp ? x.node->type : y.node->type, to = is_jvp ? y.node->type : x.node->type;
    seed = adapt(c, env, seed, from, call->span);
    if (!seed.node) return NO_VALUE;
    /* the elements of y along an axis that its node lacks are equal: each has its part of dy */
    const AxisSet *alike = axis_set_minus(c->graph, y.axes, y.node->axes);
    Node *parts = seed.node;
    if (!is_jvp && alike->count) parts = graph_reduce(c->graph, OP_SUM, alike, parts, NULL);
    DiffResult result = is_jvp ? diff_forward(c->graph, y.node, x.node, seed.node)
                               : diff_reverse(c->graph, y.node, x.node, parts);
    if (!is_jvp && result.outcome == DIFF_FINE)
        vector_push(
            c->arena, &c->model->derivatives,
            (Derivative){y.node, x.node, is_grad ? NULL : parts, result.node, symbol->name});
    result = or_zero(c, env, result, of, symbol, to);
    const AxisSet *further = axis_set_minus(c->graph, seed.axes, is_jvp ? x.axes : y.axes);
    Value value = {NULL, axis_set_union(c->graph, is_jvp ? y.axes : x.axes, further), SOFT_NO};
    return finish(c, env, call, result, value, to);
}
