/* Reading elsewhere: `x[n, label]` and `e[c = label, t = t - 1 else 0]`. Each position must surely
 * lie in its axis:
 *
 *     by its type   the axis itself, one declared like it, or an index(...) of it
 *     by proof      range_prove, first from nothing, then from the facts that hold here: the AT is
 *                   then guarded
 *     by a check    made of inputs and extents alone: checked on entry, where the facts that
 *                   inputs decide hold
 *     by `else`     another value outside: a condition around a guarded AT
 *
 * What stands right of the `=` is read outside of e; facts about the axes that are replaced do not
 * hold inside of e. */
#include "check/checker.h"
#include <inttypes.h>

typedef struct Position {
    Axis *axis;
    Node *index;
    const AxisSet *axes; /* of the index as written */
    bool guarded;
    Value otherwise; /* with condition */
    Node *condition; /* where the position exists, or NULL */
} Position;
typedef Vector(Position) Positions;

static void check_on_entry(Checker *c, Node *index, Node *guard, Axis *axis, Span span) {
    for (int i = 0; i < c->model->checks.count; i++) {
        const RangeCheck *other = &c->model->checks.items[i];
        if (other->index == index && other->guard == guard && other->axis == axis) return;
    }
    vector_push(c->arena, &c->model->checks, (RangeCheck){index, guard, axis, span});
}

/* A literal can be judged here and now. False: it was, and it is wrong. */
static bool literal_fits(Checker *c, const Env *env, const Position *p, Span span) {
    if (p->index->op != OP_NUMBER) return true;
    int64_t index = p->index->u.integer;
    const Node *extent = p->axis->extent;
    if (index < 0) {
        COMPLAIN(c, env, INDEX_NEGATIVE, span, text_of_number(c, index), p->axis->name);
        return false;
    }
    if (extent->op == OP_NUMBER && index >= extent->u.integer) {
        COMPLAIN(c, env, INDEX_BEYOND, span, text_of_number(c, index), p->axis->name,
                 text_of_number(c, extent->u.integer));
        return false;
    }
    return true;
}

/* 0 <= index and index < extent, less what is known anyway. */
static Node *inside(Checker *c, const Env *env, Axis *axis, Node *index) {
    Graph *graph = c->graph;
    Facts facts = facts_list(c, env->facts);
    Node *index64 = graph_convert(graph, SCALAR_I64, index);
    Node *low = graph_binary(graph, OP_LE, graph_integer(graph, SCALAR_I64, 0), index64);
    Node *high = graph_binary(graph, OP_LT, index64, graph_extent(graph, axis));
    if (condition_prove(graph, low, &facts)) return high;
    if (condition_prove(graph, high, &facts)) return low;
    return graph_binary(graph, OP_AND, low, high);
}

static bool by_check(Checker *c, const Env *env, Position *p, Span span) {
    if (!index_is_given(p->index)) return false;
    bool all;
    Node *guard = facts_given(c, env->facts, &all);
    if (p->index->can_fail && !all) return false;
    check_on_entry(c, p->index, guard, p->axis, span);
    p->guarded = guard != NULL;
    return true;
}

static bool by_type(Checker *c, const Env *env, const Item *item, Position *p, Axis *of,
                    bool has_none, int64_t none) {
    if (!axis_same_extent(of, p->axis)) {
        COMPLAIN(c, env, INDEX_OF_OTHER_AXIS, item->value->span, text_of(c, item->value), of->name,
                 p->axis->name);
        return false;
    }
    if (!has_none) return true;
    if (facts_exclude(env->facts, p->index, none)) {
        p->guarded = true;
        return true;
    }
    if (item->otherwise) {
        p->condition =
            graph_binary(c->graph, OP_NE, p->index, graph_integer(c->graph, p->index->type, none));
        p->guarded = true;
        return true;
    }
    COMPLAIN(c, env, NONE_UNGUARDED, item->value->span, text_of(c, item->value),
             text_of_number(c, none));
    return false;
}

static bool by_range(Checker *c, const Env *env, const Item *item, Position *p) {
    Span span = item->value->span;
    const char *missing = NULL;
    Facts nothing = {0}, facts = facts_list(c, env->facts);
    if (!item->otherwise && !literal_fits(c, env, p, span)) return false;
    if (range_prove(c->graph, p->index, p->axis, &nothing, &missing)) return true;
    if (facts.items.count && range_prove(c->graph, p->index, p->axis, &facts, &missing)) {
        p->guarded = true;
        return true;
    }
    if (item->otherwise) {
        p->condition = inside(c, env, p->axis, p->index);
        p->guarded = true;
        return true;
    }
    if (by_check(c, env, p, span)) return true;
    COMPLAIN(c, env, INDEX_NOT_PROVED, span, text_of(c, item->value), p->axis->name,
             missing ? missing : "that it fits");
    return false;
}

static bool position(Checker *c, const Env *env, const Item *item, Position *p) {
    Value value = elaborate_hard(c, env, item->value);
    if (item->otherwise) p->otherwise = elaborate(c, env, item->otherwise);
    if (!value.node || (item->otherwise && !p->otherwise.node)) return false;
    if (value.node->type == SCALAR_BOOL) {
        COMPLAIN(c, env, POSITION_MASK, item->value->span, text_of(c, item->value), p->axis->name);
        return false;
    }
    if (!scalar_is_integer(value.node->type)) {
        COMPLAIN(c, env, INTEGER_NEEDED, item->value->span, "a position", text_of(c, item->value),
                 scalar_text(value.node->type));
        return false;
    }
    p->index = value.node;
    p->axes = value.axes;
    bool has_none;
    int64_t none;
    Axis *of = node_index_axis(value.node, &has_none, &none);
    return of ? by_type(c, env, item, p, of, has_none, none) : by_range(c, env, item, p);
}

/* --- the AT, and what is chosen around it --- */

static Value read_at(Checker *c, const Env *env, Value base, const Positions *positions,
                     Span span) {
    Graph *graph = c->graph;
    int count = positions->count;
    Axis **axes = ARENA_ARRAY(c->arena, Axis *, count + 1);
    Node **indices = ARENA_ARRAY(c->arena, Node *, count + 1);
    const AxisSet *written = c->empty;
    bool guarded = false;
    for (int i = 0; i < count; i++) {
        axes[i] = positions->items[i].axis;
        indices[i] = positions->items[i].index;
        guarded = guarded || positions->items[i].guarded;
        written = axis_set_union(graph, written, positions->items[i].axes);
    }
    base = pin(c, env, base, span);
    const AxisSet *rest = axis_set_minus(graph, base.axes, axis_set(graph, axes, count));
    Value value = {graph_at(graph, base.node, axes, indices, count, guarded),
                   axis_set_union(graph, rest, written), SOFT_NO};
    for (int i = count - 1; i >= 0; i--) {
        const Position *p = &positions->items[i];
        if (!p->condition) continue;
        Value other = p->otherwise;
        if ((other.node->type == SCALAR_BOOL) != (value.node->type == SCALAR_BOOL)) {
            COMPLAIN(c, env, BRANCHES_DIFFER, span, "...");
            return NO_VALUE;
        }
        if (!unify(c, env, &value, &other, span)) return NO_VALUE;
        graph_with_span(value.node, span);
        value.axes = axis_set_union(graph, value.axes,
                                    axis_set_union(graph, other.axes, p->condition->axes));
        value.node = graph_select(graph, p->condition, value.node, other.node);
    }
    return value;
}

static Symbol *base_symbol(const Env *env, const Expr *base) {
    return base->kind == EXPR_NAME ? scope_find(env->scope, base->word.name) : NULL;
}

/* --- x[i, j] --- */

static bool has_positions(Checker *c, const Env *env, const Expr *expr, const Symbol *symbol) {
    const Expr *base = expr->a;
    if (!symbol) {
        if (base->kind != EXPR_NAME)
            COMPLAIN(c, env, EXPRESSION_POSITIONS, expr->span,
                     text_of(c, expr->items.items[0].value));
        return false;
    }
    if (symbol->kind == SYMBOL_AXIS || symbol->kind == SYMBOL_AXES) {
        COMPLAIN(c, env, AXIS_INDEXED, expr->span, symbol->name);
    } else if (symbol->kind == SYMBOL_PARAMETER) {
        COMPLAIN(c, env, PARAMETER_POSITIONS, expr->span, symbol->name);
    } else if (symbol->is_broken) {
        return false;
    } else if (!symbol->has_stated) {
        COMPLAIN(c, env, NO_STATED_AXES, expr->span, symbol->name);
    } else if (symbol->axes.count != expr->items.count) {
        const AxisSet *set = axis_set(c->graph, symbol->axes.items, symbol->axes.count);
        COMPLAIN(c, env, POSITION_COUNT, expr->span, symbol->name, text_of_axes(c, set),
                 text_of_number(c, symbol->axes.count), text_of_number(c, expr->items.count));
    } else {
        return true;
    }
    return false;
}

static Value by_position(Checker *c, const Env *env, Expr *expr) {
    Symbol *symbol = base_symbol(env, expr->a);
    if (symbol) symbol_ready(c, symbol);
    Value base = symbol ? elaborate(c, env, expr->a) : NO_VALUE;
    bool good = has_positions(c, env, expr, symbol);
    Positions positions = {0};
    for (int i = 0; i < expr->items.count; i++) {
        const Item *item = &expr->items.items[i];
        if (!good) {
            elaborate(c, env, item->value);
            continue;
        }
        Position p = {.axis = symbol->axes.items[i]};
        if (position(c, env, item, &p))
            vector_push(c->arena, &positions, p);
        else
            base.node = NULL;
    }
    return good && base.node ? read_at(c, env, base, &positions, expr->span) : NO_VALUE;
}

/* --- e[c = i] --- */

/* An axis that the body of a fn puts into an argument must not be there already. */
static bool puts_twice(Checker *c, const Env *env, const Expr *index, const Expr *base,
                       const AxisSet *rest) {
    if (!index) return false;
    if (index->kind == EXPR_NAME) {
        const Symbol *symbol = scope_find(env->scope, index->word.name);
        if (!symbol || symbol->kind != SYMBOL_AXIS || !symbol->axis ||
            !axis_set_has(rest, symbol->axis))
            return false;
        COMPLAIN(c, env, AXIS_ALREADY_THERE, index->span, symbol->axis->name, text_of(c, base));
        return true;
    }
    if (index->kind != EXPR_BINARY && index->kind != EXPR_UNARY && index->kind != EXPR_IF)
        return false;
    return puts_twice(c, env, index->a, base, rest) || puts_twice(c, env, index->b, base, rest) ||
           puts_twice(c, env, index->c, base, rest);
}

/* The axes named in the brackets; false when one is none or stands twice. */
static bool named_axes(Checker *c, const Env *env, const Expr *expr, Axes *axes) {
    bool good = true;
    for (int i = 0; i < expr->items.count; i++) {
        const Item *item = &expr->items.items[i];
        Symbol *symbol = scope_find(env->scope, item->name.name);
        Axis *axis =
            symbol && symbol_ready(c, symbol) && symbol->kind == SYMBOL_AXIS ? symbol->axis : NULL;
        if (symbol && symbol->kind == SYMBOL_AXES)
            COMPLAIN(c, env, SEVERAL_AXES, item->name.span, symbol->name);
        for (int j = 0; axis && j < axes->count; j++)
            if (axes->items[j] == axis) {
                COMPLAIN(c, env, POSITION_TWICE, item->name.span, axis->name);
                axis = NULL;
            }
        good = good && axis;
        vector_push(c->arena, axes, axis);
    }
    return good;
}

static Value by_name(Checker *c, const Env *env, Expr *expr) {
    Axes axes = {0};
    if (!named_axes(c, env, expr, &axes)) return NO_VALUE;
    const AxisSet *replaced = axis_set(c->graph, axes.items, axes.count);
    Symbol *symbol = base_symbol(env, expr->a);
    bool is_parameter = symbol && symbol->kind == SYMBOL_PARAMETER;
    Env inner = *env;
    inner.facts = facts_without(c, env->facts, replaced);
    Value base = elaborate(c, &inner, expr->a);
    bool good = base.node != NULL;
    Positions positions = {0};
    for (int i = 0; i < expr->items.count; i++) {
        const Item *item = &expr->items.items[i];
        Position p = {.axis = axes.items[i]};
        bool present = base.node && axis_set_has(base.axes, p.axis);
        if (base.node && !present && !is_parameter) {
            COMPLAIN(c, env, AXIS_ABSENT, item->span, text_of(c, expr->a), p.axis->name,
                     text_of_axes(c, base.axes));
            good = false;
        }
        if (present && is_parameter &&
            puts_twice(c, env, item->value, expr->a, axis_set_minus(c->graph, base.axes, replaced)))
            good = false;
        if (base.node && !present) {
            elaborate(c, env, item->value);
        } else if (!position(c, env, item, &p)) {
            good = false;
        } else if (present) {
            vector_push(c->arena, &positions, p);
        }
    }
    return good ? read_at(c, env, base, &positions, expr->span) : NO_VALUE;
}

Value elaborate_index(Checker *c, const Env *env, Expr *expr) {
    int named = 0;
    for (int i = 0; i < expr->items.count; i++)
        named += expr->items.items[i].name.name != NULL;
    if (expr->items.count == 0) {
        COMPLAIN(c, env, NO_POSITIONS_GIVEN, expr->span, text_of(c, expr->a));
        return NO_VALUE;
    }
    if (named == expr->items.count) return by_name(c, env, expr);
    if (named == 0) return by_position(c, env, expr);
    COMPLAIN(c, env, MIXED_POSITIONS, expr->span, text_of(c, expr->a));
    return NO_VALUE;
}
