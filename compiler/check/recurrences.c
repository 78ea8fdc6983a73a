/* The lets of a circle, all at once. In: lets with stated axes that need each other, and the plain
 * lets between them; out: an array for each of the former, and its value, in which the others are
 * read.
 *
 *     let level[t] = if t == 0 then x else a * x + (1 - a) * level[t = t - 1]
 *
 * The arrays come first, so that the values can read them. What axes they have in a fn is known
 * only from the values: `x` may have more than the fn can name. So the values are worked out again
 * until no axis is added. What holds where a fn is called holds for its lets too; elements outside
 * of that are never read, and become 0. */
#include "check/checker.h"

typedef struct Member {
    Symbol *symbol;
    Array *array;
    const AxisSet *further; /* axes of the caller */
    Value value;
    bool typed; /* its type is stated */
} Member;

typedef struct Members {
    Checker *c;
    const Env *env;
    const Circle *circle;
    int count;
    Member *items;
} Members;

static void break_all(Members *m) {
    for (int i = 0; i < m->count; i++) {
        m->items[i].symbol->is_broken = true;
        m->items[i].symbol->value = NO_VALUE;
    }
    for (int i = 0; i < m->circle->plain.count; i++)
        scope_find(m->env->scope, m->circle->plain.items[i]->target.name.name)->is_broken = true;
}

/* Whether an expression as written is a mask, by its outermost operations. */
static bool looks_like_mask(const Env *env, const Expr *expr) {
    for (; expr && expr->kind == EXPR_IF; expr = expr->b)
        if (looks_like_mask(env, expr->c)) return true;
    if (!expr) return false;
    if (expr->kind == EXPR_NUMBER) return expr->word.name[0] == 't' || expr->word.name[0] == 'f';
    if (expr->kind == EXPR_NAME) {
        const Symbol *symbol = scope_find(env->scope, expr->word.name);
        return symbol && symbol->value.node && symbol->value.node->type == SCALAR_BOOL;
    }
    return expr->kind == EXPR_COMPARE || expr->op == OPERATOR_AND || expr->op == OPERATOR_OR ||
           expr->op == OPERATOR_NOT;
}

static void make_array(Members *m, Member *member) {
    Checker *c = m->c;
    Symbol *symbol = member->symbol;
    Array *array = ARENA_NEW(c->arena, Array);
    int further = member->further->count;
    array->kind = ARRAY_RECURRENCE;
    array->name = symbol->name;
    array->rank = further + symbol->axes.count;
    array->axes = ARENA_ARRAY(c->arena, Axis *, array->rank + 1);
    for (int i = 0; i < array->rank; i++)
        array->axes[i] = i < further ? member->further->items[i] : symbol->axes.items[i - further];
    array->doc = symbol->decl->doc;
    array->span = symbol->span;
    array->type = looks_like_mask(m->env, symbol->decl->value) ? SCALAR_BOOL : c->model->real;
    member->typed = declared_type(c, m->env, symbol, array);
    array->recurrence = ARENA_NEW(c->arena, Recurrence);
    array->recurrence->array = array;
    member->array = array;
    symbol->value = value_of(c, graph_with_span(graph_array(c->graph, array), symbol->span));
    symbol->has_stated = true;
    symbol->progress = PROGRESS_DONE;
}

static Node *zero_of(Checker *c, Scalar type) {
    return scalar_is_float(type) ? graph_number(c->graph, type, 0)
                                 : graph_integer(c->graph, type, 0);
}

static Node *all_of(Checker *c, const Fact *facts) {
    if (!facts->outer) return facts->node;
    return graph_binary(c->graph, OP_AND, all_of(c, facts->outer), facts->node);
}

/* What is read only thanks to a condition around the call of the fn. */
static Value under_facts(Members *m, Value value) {
    Checker *c = m->c;
    if (!m->env->facts || !value.node->can_fail) return value;
    value = pin(c, m->env, value, value.node->span);
    Node *all = all_of(c, m->env->facts);
    value.node = graph_select(c->graph, all, value.node, zero_of(c, value.node->type));
    value.axes = axis_set_union(c->graph, value.axes, all->axes);
    return value;
}

/* One round: arrays, then the values that read them. False: something was wrong and was told. */
static bool work_out(Members *m) {
    Checker *c = m->c;
    int errors = diagnostics_errors(c->compiler->diagnostics);
    for (int i = 0; i < m->count; i++)
        make_array(m, &m->items[i]);
    for (int i = 0; i < m->circle->plain.count; i++) {
        Symbol *plain = scope_find(m->env->scope, m->circle->plain.items[i]->target.name.name);
        plain->progress = PROGRESS_NONE;
        plain->axes.count = 0;
        declare_value(c, m->env, plain);
        if (plain->is_broken) return false;
    }
    for (int i = 0; i < m->count; i++) {
        Member *member = &m->items[i];
        member->value = elaborate(c, m->env, member->symbol->decl->value);
        if (member->value.node) member->value = under_facts(m, member->value);
    }
    for (int i = 0; i < m->count; i++)
        if (!m->items[i].value.node) return false;
    return diagnostics_errors(c->compiler->diagnostics) == errors;
}

/* Axes that a value has and its array does not. */
static bool found_further(Members *m) {
    Checker *c = m->c;
    bool found = false;
    for (int i = 0; i < m->count; i++) {
        Member *member = &m->items[i];
        const Axes *stated = &member->symbol->axes;
        const AxisSet *more = axis_set_minus(c->graph, member->value.axes,
                                             axis_set(c->graph, stated->items, stated->count));
        found = found || !axis_set_within(more, member->further);
        member->further = axis_set_union(c->graph, member->further, more);
    }
    return found;
}

static bool work_out_all(Members *m) {
    Checker *c = m->c;
    bool in_fn = m->env->calls != NULL;
    for (;;) {
        DiagnosticsMark mark = diagnostics_mark(c->compiler->diagnostics);
        int checks = c->model->checks.count;
        if (!work_out(m)) return false;
        if (!in_fn || !found_further(m)) return true;
        diagnostics_rewind(c->compiler->diagnostics, &mark);
        c->model->checks.count = checks;
    }
}

static bool finish(Members *m, Member *member) {
    Checker *c = m->c;
    Symbol *symbol = member->symbol;
    const Array *array = member->array;
    Axes axes = {array->axes, array->rank, array->rank};
    Value value = member->value;
    if (!axes_within(c, m->env, symbol->span, symbol->name, value, &axes, true)) return false;
    if (value.soft != SOFT_NO && !member->typed && scalar_is_float(array->type) &&
        value.node->type != SCALAR_BOOL)
        value = adapt(c, m->env, value, array->type, symbol->decl->value->span);
    if (value.node) value = stated_type(c, m->env, symbol, value);
    if (value.node) value = pin(c, m->env, value, symbol->decl->value->span);
    if (!value.node) return false;
    array->recurrence->value = value.node;
    if (value.node->type == array->type) return true;
    Text text = text_new(c->arena);
    for (int i = 0; i < symbol->axes.count; i++)
        text_format(&text, "%s%s", i ? ", " : "", symbol->axes.items[i]->name);
    COMPLAIN(c, m->env, RECURRENCE_TYPE, symbol->span, symbol->name, scalar_text(array->type),
             scalar_text(value.node->type), text.chars);
    return false;
}

void declare_circle(Checker *c, const Env *env, const Circle *circle) {
    Members m = {.c = c, .env = env, .circle = circle, .count = circle->stated.count};
    m.items = ARENA_ARRAY(c->arena, Member, m.count + 1);
    bool good = true;
    for (int i = 0; i < m.count; i++) {
        Symbol *symbol = scope_find(env->scope, circle->stated.items[i]->target.name.name);
        m.items[i] = (Member){.symbol = symbol, .further = c->empty};
        symbol->progress = PROGRESS_DONE;
        good = stated_axes(c, env, &symbol->decl->target, &symbol->axes) && good;
    }
    good = good && work_out_all(&m);
    Recurrence **recurrences = ARENA_ARRAY(c->arena, Recurrence *, m.count + 1);
    for (int i = 0; i < m.count; i++) {
        good = good && finish(&m, &m.items[i]);
        if (good) recurrences[i] = m.items[i].array->recurrence;
    }
    if (!good || !recurrences_order(c, env, recurrences, m.count)) break_all(&m);
}
