/* Calls of reductions: what stands in the brackets and which options are given, checked and brought
 * to one type.
 *
 *     mean[n](x, weight = w, where = keep, empty = 0)
 *
 * The domain `where` is known to hold inside of the value and the weights; `empty` is read outside.
 */
#include "check/reducing.h"
#include <string.h>

static const struct {
    const char *name;
    int option;
    size_t part;
} options[] = {
    {"where", OPTION_WHERE, offsetof(Reducing, where)},
    {"weight", OPTION_WEIGHT, offsetof(Reducing, weight)},
    {"logweight", OPTION_LOGWEIGHT, offsetof(Reducing, logweight)},
    {"empty", OPTION_EMPTY, offsetof(Reducing, empty)},
    {"over", OPTION_OVER, offsetof(Reducing, over)},
    {"ddof", OPTION_DDOF, offsetof(Reducing, ddof)},
};
enum {
    OPTION_COUNT = sizeof options / sizeof *options
};

static const char *options_text(const Reducing *r) {
    Text text = text_new(r->c->arena);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (r->builtin->options & options[i].option)
            text_format(&text, "%s%s", text.length ? ", " : "", options[i].name);
    return text.length ? text.chars : "no options";
}

static bool take_option(Reducing *r, const Item *item) {
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!(r->builtin->options & options[i].option) ||
            strcmp(options[i].name, item->name.name) != 0)
            continue;
        Part *part = (Part *)((char *)r + options[i].part);
        if (part->expr) {
            COMPLAIN(r->c, r->env, OPTION_TWICE, item->span, item->name.name);
            return false;
        }
        part->expr = item->value;
        return true;
    }
    COMPLAIN(r->c, r->env, UNKNOWN_OPTION, item->name.span, r->builtin->name, item->name.name,
             options_text(r));
    return false;
}

static bool take_arguments(Reducing *r) {
    const Items *items = &r->call->arguments;
    bool good = true;
    int values = 0;
    for (int i = 0; i < items->count; i++) {
        const Item *item = &items->items[i];
        if (item->name.name) {
            good = take_option(r, item) && good;
        } else if (values++ == 0) {
            r->value.expr = item->value;
        }
    }
    bool optional = r->builtin->reduction == REDUCE_COUNT;
    if (values == 1 || (values == 0 && optional)) return good;
    COMPLAIN(r->c, r->env, ONE_VALUE, r->call->span, r->builtin->name,
             values ? text_of_number(r->c, values) : "none");
    return false;
}

/* --- words and literals --- */

static bool take_over(Reducing *r) {
    const Expr *expr = r->over.expr;
    if (!expr) return true;
    bool is_name = expr->kind == EXPR_NAME;
    if (is_name && strcmp(expr->word.name, "count") == 0) {
        r->divisor = OVER_COUNT;
    } else if (is_name && strcmp(expr->word.name, "extent") == 0) {
        r->divisor = OVER_EXTENT;
    } else {
        COMPLAIN(r->c, r->env, OVER_WORD, expr->span, text_of(r->c, expr));
        return false;
    }
    return true;
}

static bool take_ddof(Reducing *r) {
    bool whole;
    if (!r->ddof.expr) return true;
    if (constant_of(r->c, r->ddof.expr, &r->degrees, &whole) && r->degrees >= 0) return true;
    COMPLAIN(r->c, r->env, DDOF_NUMBER, r->ddof.expr->span, text_of(r->c, r->ddof.expr));
    return false;
}

/* --- values --- */

static bool work_out(Reducing *r, const Env *env, Part *part) {
    if (!part->expr) return true;
    part->value = elaborate(r->c, env, part->expr);
    return part->value.node != NULL;
}

static bool is_mask(const Part *part) {
    return part->value.node && part->value.node->type == SCALAR_BOOL;
}

static bool value_fits(Reducing *r) {
    const char *op = r->builtin->name;
    const Part *value = &r->value;
    bool wants_mask = r->builtin->op == OP_ANY || r->builtin->op == OP_ALL;
    if (!value->expr) return true;
    if (wants_mask)
        return need_mask(r->c, r->env, value->value, value->expr,
                         arena_format(r->c->arena, "%s[...]", op));
    if (!is_mask(value)) return true;
    MessageId id = r->builtin->reduction == REDUCE_COUNT ? COUNT_OF_MASK : MASK_REDUCED;
    const char *text = text_of(r->c, value->expr);
    if (id == COUNT_OF_MASK)
        COMPLAIN(r->c, r->env, COUNT_OF_MASK, value->expr->span, text);
    else
        COMPLAIN(r->c, r->env, MASK_REDUCED, value->expr->span, op, text);
    return false;
}

static bool options_fit(Reducing *r) {
    Checker *c = r->c;
    bool good = true;
    if (r->where.expr) good = need_mask(c, r->env, r->where.value, r->where.expr, "`where`");
    if (is_mask(&r->weight)) {
        COMPLAIN(c, r->env, WEIGHT_IS_MASK, r->weight.expr->span, text_of(c, r->weight.expr));
        good = false;
    }
    if (is_mask(&r->logweight)) {
        COMPLAIN(c, r->env, WEIGHT_NOT_NUMBER, r->logweight.expr->span, "logweight",
                 text_of(c, r->logweight.expr), "true or false");
        good = false;
    }
    if (r->empty.value.node && axis_set_meets(r->empty.value.axes, r->bound)) {
        for (int i = 0; i < r->axes.count; i++)
            if (axis_set_has(r->empty.value.axes, r->axes.items[i]))
                COMPLAIN(c, r->env, EMPTY_HAS_AXIS, r->empty.expr->span, r->axes.items[i]->name,
                         r->builtin->name);
        good = false;
    }
    return good;
}

/* Value and weights of one type; floats where the operation wants floats. */
static void agree(Reducing *r) {
    bool floats = r->logweight.expr != NULL || r->builtin->kind == BUILTIN_KEEP;
    Reduction reduction = r->builtin->reduction;
    floats = floats || reduction == REDUCE_MEAN || reduction == REDUCE_VAR ||
             reduction == REDUCE_STD || reduction == REDUCE_NORM || reduction == REDUCE_LOGSUMEXP;
    Part *parts[] = {&r->value, &r->weight, &r->logweight};
    for (int i = 0; i < 3; i++)
        if (floats && parts[i]->value.node) parts[i]->value = as_float(r->c, parts[i]->value);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3; i++)
            for (int j = i + 1; j < 3; j++)
                if (parts[i]->value.node && parts[j]->value.node)
                    unify(r->c, r->env, &parts[i]->value, &parts[j]->value, parts[j]->expr->span);
    for (int i = 2; i >= 0; i--) {
        if (!parts[i]->value.node) continue;
        parts[i]->value = pin(r->c, r->env, parts[i]->value, parts[i]->expr->span);
        r->type = parts[i]->value.node->type;
    }
}

/* --- what it says about its axes --- */

static const AxisSet *written_axes(const Reducing *r) {
    const Part *parts[] = {&r->value, &r->where, &r->weight, &r->logweight};
    const AxisSet *axes = r->c->empty;
    for (int i = 0; i < 4; i++)
        if (parts[i]->value.node) axes = axis_set_union(r->graph, axes, parts[i]->value.axes);
    return axes;
}

static const char *bracket_text(const Reducing *r) {
    Text text = text_new(r->c->arena);
    for (int i = 0; i < r->axes.count; i++)
        text_format(&text, "%s%s", i ? ", " : "", r->axes.items[i]->name);
    return text.chars;
}

/* Where the i-th axis stands in the brackets. */
static Span bracket_span(const Reducing *r, int i) {
    const Items *items = &r->call->items;
    return items->items[items->count == r->axes.count ? i : 0].span;
}

static bool judge_axes(Reducing *r, const AxisSet *written) {
    Checker *c = r->c;
    Diagnostics *diagnostics = c->compiler->diagnostics;
    bool quiet = r->env->calls || r->builtin->reduction == REDUCE_COUNT;
    for (int i = 0; i < r->axes.count; i++) {
        const Axis *axis = r->axes.items[i];
        if (axis_set_has(written, axis)) continue;
        if (r->builtin->kind == BUILTIN_KEEP && !r->env->calls) {
            COMPLAIN(c, r->env, KEEP_OF_NOTHING, bracket_span(r, i), text_of(c, r->value.expr),
                     axis->name, text_of_axes(c, written));
            return false;
        }
        if (!quiet)
            report(diagnostics, AXIS_ONLY_COUNTS, bracket_span(r, i), r->builtin->name, axis->name);
    }
    Reduction reduction = r->builtin->reduction;
    bool average = reduction == REDUCE_MEAN || reduction == REDUCE_VAR || reduction == REDUCE_STD;
    const Part *weight = r->weight.expr ? &r->weight : r->logweight.expr ? &r->logweight : NULL;
    if (average && weight && !r->env->calls && r->divisor == OVER_WEIGHTS &&
        !axis_set_meets(weight->value.axes, r->bound))
        report(diagnostics, WEIGHT_CANCELS, weight->expr->span, text_of(c, weight->expr),
               bracket_text(r), r->builtin->name);
    if (average && r->where.expr && !r->empty.expr)
        report(diagnostics, MEAN_MAY_BE_EMPTY, r->call->span, r->builtin->name);
    return true;
}

/* argmax, and max of integers, have no value when no element is left. */
static bool judge_empty(Reducing *r) {
    bool arg = r->builtin->reduction == REDUCE_ARG;
    bool extreme = r->builtin->op == OP_MIN || r->builtin->op == OP_MAX;
    if (r->empty.expr || !(arg || (extreme && scalar_is_integer(r->type)))) return true;
    if (r->where.expr) {
        COMPLAIN(r->c, r->env, EMPTY_NEEDED, r->call->span, r->builtin->name);
        return false;
    }
    /* an extent of 0 is refused on entry: index 0 must be one of the axis */
    for (int i = 0; i < r->axes.count; i++) {
        Axis *axis = r->axes.items[i];
        if (axis->extent->op == OP_NUMBER && axis->extent->u.integer > 0) continue;
        RangeCheck check = {graph_integer(r->graph, SCALAR_I64, 0), NULL, axis, r->call->span};
        bool known = false;
        for (int j = 0; j < r->c->model->checks.count; j++)
            known = known || (r->c->model->checks.items[j].index == check.index &&
                              r->c->model->checks.items[j].axis == axis);
        if (!known) vector_push(r->c->arena, &r->c->model->checks, check);
    }
    return true;
}

static bool take_brackets(Reducing *r) {
    Checker *c = r->c;
    if (!r->call->has_items || r->call->items.count == 0) return false; /* no_brackets says so */
    if (!bracket_axes(c, r->env, r->call, &r->axes) || !r->axes.count) return false;
    if (r->builtin->reduction == REDUCE_ARG && r->axes.count > 1) {
        COMPLAIN(c, r->env, ONE_AXIS, r->call->span, r->builtin->name,
                 text_of_number(c, r->axes.count));
        return false;
    }
    r->bound = axis_set(r->graph, r->axes.items, r->axes.count);
    return true;
}

/* The axes that could be meant are those of the value. */
static void no_brackets(Reducing *r) {
    if (r->call->has_items && r->call->items.count) return;
    const AxisSet *axes = r->value.value.node ? r->value.value.axes : r->c->empty;
    const char *brackets = axes->count ? text_of_axes(r->c, axes) : "[axis]";
    const char *example = arena_format(r->c->arena, "%s%s(...)", r->builtin->name, brackets);
    COMPLAIN(r->c, r->env, NO_BRACKETS, r->call->span, r->builtin->name, example);
}

Value elaborate_reduction(Checker *c, const Env *env, Expr *call, const Builtin *builtin) {
    Reducing reducing = {.c = c,
                         .env = env,
                         .graph = c->graph,
                         .call = call,
                         .builtin = builtin,
                         .type = SCALAR_I64};
    Reducing *r = &reducing;
    bool good = take_brackets(r);
    good = take_arguments(r) && good;
    if (!r->bound) r->bound = c->empty;
    Env inner = *env;
    inner.facts = facts_without(c, env->facts, r->bound);
    good = work_out(r, &inner, &r->where) && good;
    inner.facts = facts_add(c, inner.facts, r->where.value.node, true);
    good = work_out(r, &inner, &r->value) && good;
    good = work_out(r, &inner, &r->weight) && good;
    good = work_out(r, &inner, &r->logweight) && good;
    good = work_out(r, env, &r->empty) && good;
    no_brackets(r);
    if (!good) return NO_VALUE;
    good = take_over(r);
    good = take_ddof(r) && good;
    good = value_fits(r) && good;
    if (!options_fit(r) || !good) return NO_VALUE;
    agree(r);
    const AxisSet *written = written_axes(r);
    if (!judge_axes(r, written) || !judge_empty(r)) return NO_VALUE;
    Node *node = reducing_build(r);
    if (!node) return NO_VALUE;
    if (builtin->kind != BUILTIN_KEEP) written = axis_set_minus(c->graph, written, r->bound);
    if (r->empty.value.node) written = axis_set_union(c->graph, written, r->empty.value.axes);
    return (Value){node, written, SOFT_NO};
}
