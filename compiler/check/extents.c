/* Axes and their extents: given at run time, fixed, like another's, or computed from others. In
 * `dim o = t - k + 1` the name of an axis stands for its extent. Axes keep the order in which they
 * are declared, whatever needs whatever. */
#include "check/checker.h"
#include <inttypes.h>
#include <string.h>

static Node *extent_error(Checker *c, const Env *env, const Expr *expr) {
    if (expr->kind != EXPR_ERROR) COMPLAIN(c, env, EXTENT_EXPRESSION, expr->span, text_of(c, expr));
    return NULL;
}

static Axis *axis_settled(Checker *c, Symbol *symbol);

static Node *extent_of_name(Checker *c, const Env *env, const Expr *expr) {
    Symbol *symbol = scope_find(env->scope, expr->word.name);
    if (!symbol || !symbol_ready(c, symbol)) return NULL;
    if (symbol->kind != SYMBOL_AXIS) return extent_error(c, env, expr);
    Axis *axis = axis_settled(c, symbol);
    return axis ? axis->extent : NULL;
}

static int64_t rounded_down(int64_t a, int64_t b) {
    int64_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/* Numbers are worked out at once, so that an extent that does not vary is a NUMBER. */
static Node *extent_combine(Checker *c, const Env *env, const Expr *expr, Op op, Node *a, Node *b) {
    if (!a || !b) return NULL;
    if (a->op != OP_NUMBER || b->op != OP_NUMBER) {
        if (op == OP_IDIV && node_is_number(b, 0)) return extent_error(c, env, expr);
        return graph_with_span(graph_binary(c->graph, op, a, b), expr->span);
    }
    int64_t x = a->u.integer, y = b->u.integer, result = 0;
    bool overflow = false;
    switch (op) {
    case OP_ADD: overflow = __builtin_add_overflow(x, y, &result); break;
    case OP_SUB: overflow = __builtin_sub_overflow(x, y, &result); break;
    case OP_MUL: overflow = __builtin_mul_overflow(x, y, &result); break;
    default:
        if (y == 0) return extent_error(c, env, expr);
        overflow = x == INT64_MIN && y == -1;
        if (!overflow) result = rounded_down(x, y);
    }
    if (overflow) {
        COMPLAIN(c, env, LITERAL_TOO_LARGE, expr->span, text_of(c, expr), "i64",
                 "9223372036854775807");
        return NULL;
    }
    return graph_integer(c->graph, SCALAR_I64, result);
}

static Node *extent_of_call(Checker *c, const Env *env, const Expr *expr) {
    bool is_div = strcmp(expr->word.name, "div") == 0,
         is_extent = strcmp(expr->word.name, "extent") == 0;
    const Item *items = expr->arguments.items;
    if (is_extent && expr->arguments.count == 1 && items[0].value->kind == EXPR_NAME)
        return extent_of_name(c, env, items[0].value);
    if (!is_div || expr->arguments.count != 2 || expr->has_items) return extent_error(c, env, expr);
    Node *a = axis_extent_of(c, env, items[0].value), *b = axis_extent_of(c, env, items[1].value);
    return extent_combine(c, env, expr, OP_IDIV, a, b);
}

static Node *extent_of_literal(Checker *c, const Env *env, const Expr *expr) {
    double number;
    bool whole;
    bool is_number = constant_of(c, expr, &number, &whole);
    if (is_number && number > (double)LARGEST_EXTENT && !strpbrk(expr->word.name, ".eEi")) {
        COMPLAIN(c, env, EXTENT_LITERAL, expr->span, text_of(c, expr));
        return NULL;
    }
    if (!is_number || !whole) return extent_error(c, env, expr);
    return graph_integer(c->graph, SCALAR_I64, (int64_t)number);
}

Node *axis_extent_of(Checker *c, const Env *env, const Expr *expr) {
    if (!expr) return NULL;
    Env inner = *env;
    if (++inner.depth > 200) return extent_error(c, env, expr);
    switch (expr->kind) {
    case EXPR_NUMBER: return extent_of_literal(c, env, expr);
    case EXPR_NAME: return extent_of_name(c, env, expr);
    case EXPR_CALL: return extent_of_call(c, env, expr);
    case EXPR_UNARY: {
        Node *a = expr->op == OPERATOR_NOT ? extent_error(c, env, expr)
                                           : axis_extent_of(c, &inner, expr->a);
        if (expr->op == OPERATOR_PLUS) return a;
        return extent_combine(c, env, expr, OP_SUB, graph_integer(c->graph, SCALAR_I64, 0), a);
    }
    case EXPR_BINARY: {
        Op op = expr->op == OPERATOR_ADD ? OP_ADD : expr->op == OPERATOR_SUB ? OP_SUB : OP_MUL;
        if (op == OP_MUL && expr->op != OPERATOR_MUL) return extent_error(c, env, expr);
        Node *a = axis_extent_of(c, &inner, expr->a), *b = axis_extent_of(c, &inner, expr->b);
        return extent_combine(c, env, expr, op, a, b);
    }
    default: return extent_error(c, env, expr);
    }
}

static bool extent_fits(Checker *c, const Env *env, const Symbol *symbol, const Node *extent) {
    if (!extent) return false;
    if (extent->op != OP_NUMBER || (extent->u.integer >= 0 && extent->u.integer <= LARGEST_EXTENT))
        return true;
    COMPLAIN(c, env, EXTENT_RANGE, symbol->span, symbol->name,
             text_of_number(c, extent->u.integer));
    return false;
}

/* The axis that `like` names, its own extent settled. */
static Axis *like_of(Checker *c, const Env *env, Word like) {
    Symbol *symbol = scope_find(env->scope, like.name);
    if (!symbol || !symbol_ready(c, symbol)) return NULL;
    if (symbol->kind == SYMBOL_AXES) COMPLAIN(c, env, SEVERAL_AXES, like.span, like.name);
    return symbol->kind == SYMBOL_AXIS ? axis_settled(c, symbol) : NULL;
}

enum {
    EXTENTS_DEEPEST = 500 /* a dim computed from a later one, and so on: a walk by recursion */
};

/* Gives an axis of the top level its extent, after those that it depends on. */
static Axis *axis_settled(Checker *c, Symbol *symbol) {
    Env env = {.scope = c->top};
    Axis *axis = symbol->axis;
    if (symbol->progress == PROGRESS_DONE || symbol->env || !symbol->decl)
        return symbol->is_broken ? NULL : axis;
    if (symbol->progress == PROGRESS_STARTED) {
        if (!symbol->is_broken)
            report(c->compiler->diagnostics, DIM_CYCLE, symbol->span, symbol->name);
        symbol->is_broken = true;
        return NULL;
    }
    if (c->extents_open == EXTENTS_DEEPEST) {
        report(c->compiler->diagnostics, NESTED_TOO_DEEP, symbol->span);
        symbol->is_broken = true;
        symbol->progress = PROGRESS_DONE;
        return NULL;
    }
    symbol->progress = PROGRESS_STARTED;
    c->extents_open++;
    const Decl *decl = symbol->decl;
    if (decl->like.name) {
        Axis *like = like_of(c, &env, decl->like);
        symbol->is_broken |= !like;
        if (like) {
            axis->extent = like->extent;
            axis->like = like->like;
            axis->is_argument = false;
        }
    } else if (decl->value) {
        Node *extent = axis_extent_of(c, &env, decl->value);
        symbol->is_broken |= !extent_fits(c, &env, symbol, extent);
        axis->is_argument = false;
        if (extent) axis->extent = extent;
    }
    c->extents_open--;
    symbol->progress = PROGRESS_DONE;
    return symbol->is_broken ? NULL : axis;
}

void declare_axes(Checker *c) {
    for (int i = 0; i < c->top->symbols.count; i++) {
        Symbol *symbol = c->top->symbols.items[i];
        if (symbol->kind != SYMBOL_AXIS) continue;
        symbol->axis = axis_new(c->graph, symbol->name, NULL, symbol->span);
        symbol->axis->doc = symbol->decl->doc;
        vector_push(c->arena, &c->model->axes, symbol->axis);
    }
    for (int i = 0; i < c->top->symbols.count; i++)
        if (c->top->symbols.items[i]->kind == SYMBOL_AXIS)
            axis_settled(c, c->top->symbols.items[i]);
}

/* --- axes of a block: new ones at each call --- */

static Name fresh_name(Checker *c, Name wanted) {
    Name name = wanted;
    for (int i = 2; table_has(&c->axis_names, name); i++)
        name = name_word(c, arena_format(c->arena, "%s_%d", wanted, i));
    table_set(&c->axis_names, name, (void *)name);
    return name;
}

void declare_block_axis(Checker *c, Symbol *symbol) {
    const Decl *decl = symbol->decl;
    const Env *env = symbol->env;
    symbol->progress = PROGRESS_STARTED;
    Axis *like = decl->like.name ? like_of(c, env, decl->like) : NULL;
    Node *extent = decl->value ? axis_extent_of(c, env, decl->value) : NULL;
    if (!decl->like.name && !decl->value) COMPLAIN(c, env, DIM_IN_FN, symbol->span, symbol->name);
    symbol->progress = PROGRESS_DONE;
    bool good = decl->value ? extent_fits(c, env, symbol, extent) : like != NULL;
    symbol->is_broken = !good;
    if (!good) return;
    Name name = fresh_name(c, symbol->name);
    symbol->axis = like ? axis_like(c->graph, name, like, symbol->span)
                        : axis_new(c->graph, name, extent, symbol->span);
    symbol->axis->is_loop_only = true;
    vector_push(c->arena, &c->model->axes, symbol->axis);
}
