/* Reductions of every kind, with their options. */
#include "generator.h"

/* One or two dims; with what is in the context not more than four in all. */
static unsigned pick_bound(Generator *g, Context context, int most) {
    unsigned all = bit(g->dim_count) - 1;
    unsigned bound = 0;
    int count = most > 1 && pick(g, 4) == 0 ? 2 : 1;
    for (int i = 0; i < count; i++) {
        int dim = pick_dim(g, all & ~bound);
        if (dim < 0) break;
        if (__builtin_popcount(context.axes | bound | bit(dim)) > 4)
            dim = pick_dim(g, context.axes & ~bound);
        if (dim >= 0) bound |= bit(dim);
    }
    return bound;
}

/* A mask for `where`; *inner learns what holds under it. */
static Tree *pick_where(Generator *g, Context *inner, int depth) {
    int start = pick(g, g->value_count);
    for (int i = 0; i < g->value_count && pick(g, 8); i++) {
        int value = (start + i) % g->value_count;
        const Value *v = &g->values[value];
        if (v->type != VALUE_MASK || !v->is_given || v->axes & ~inner->axes) continue;
        Tree *mask = tree_leaf(g, TREE_BOOL, v->axes, v->name);
        Tree *more = pick(g, 3) ? NULL : bool_expression(g, *inner, depth - 1);
        inner->masks |= 1ull << value;
        return more ? tree_new(g, TREE_BOOL, "@ and @", 2, mask, more) : mask;
    }
    Context outer = *inner;
    return bool_expression(g, outer, depth - 1);
}

static Tree *option(Generator *g, const char *text, Tree *value) {
    return value ? tree_new(g, TREE_OPTION, text, 1, value) : NULL;
}

static Tree *pick_weight(Generator *g, Context context, int depth) {
    for (int tries = 0; tries < 8; tries++) {
        int value = pick(g, g->value_count);
        if (g->values[value].type != VALUE_WEIGHT) continue;
        Tree *weight = read_value(g, context, value);
        if (weight) return weight;
    }
    if (pick(g, 3) == 0)
        return tree_new(g, TREE_REAL, "i32(@)", 1, bool_expression(g, context, depth - 1));
    return positive_expression(g, context, depth - 1);
}

static Tree *pick_logweight(Generator *g, Context context, int depth) {
    Tree *value = real_expression(g, context, depth - 1);
    if (pick(g, 4) == 0)
        return tree_new(g, TREE_REAL, "if @ then @ else -inf", 2,
                        bool_expression(g, context, depth - 1), value);
    return value;
}

static Tree *reduce(Generator *g, TreeType type, const char *op, unsigned bound, Tree *body,
                    Tree **options) {
    Tree *tree = tree_new(g, type, words(g, "%s[%s](@@@@@@)", op, axis_list(g, bound)), 6, body,
                          options[0], options[1], options[2], options[3], options[4]);
    unsigned extra = options[3] ? options[3]->axes : 0; /* empty */
    tree->axes = (tree->axes & ~bound) | extra;
    return tree;
}

Tree *reduction(Generator *g, Context context, int depth) {
    static const char *const ops[] = {"sum",  "mean", "mean", "max",  "min", "logsumexp",
                                      "norm", "var",  "std",  "prod", "sum", "mean"};
    int op = pick(g, 12);
    const char *name = ops[op];
    unsigned bound = pick_bound(g, context, 2);
    if (!bound) return NULL;
    Context inner = context_bind(g, context, bound), rest = inner;
    rest.axes &= ~bound;
    Tree *where = pick(g, 2) ? pick_where(g, &inner, depth) : NULL;
    bool extreme = op == 3 || op == 4, product = op == 9, plain = extreme || product;
    Tree *body = product ? tree_new(g, TREE_REAL, "0.9 + 0.05 * tanh(@)", 1,
                                    real_expression(g, inner, depth - 1))
                         : real_expression(g, inner, depth - 1);
    Tree *options[5] = {option(g, ", where = @", where)};
    if (!plain && pick(g, 3) == 0)
        options[1] = option(g, ", weight = @", pick_weight(g, inner, depth));
    if (!plain && pick(g, 5) == 0)
        options[2] = option(g, ", logweight = @", pick_logweight(g, inner, depth));
    if (pick(g, 5) > 1) options[3] = option(g, ", empty = @", real_expression(g, rest, pick(g, 2)));
    if (name[0] == 'm' && name[1] == 'e' && pick(g, 5) == 0)
        options[4] =
            tree_leaf(g, TREE_OPTION, 0, pick(g, 2) ? ", over = count" : ", over = extent");
    if ((op == 7 || op == 8) && pick(g, 3) == 0)
        options[4] = tree_leaf(g, TREE_OPTION, 0, ", ddof = 1");
    Tree *tree = reduce(g, TREE_REAL, name, bound, body, options);
    if (op == 0 || op == 10) /* sums grow */
        return pick(g, 3) ? tree_new(g, TREE_REAL, "0.125 * @", 1, tree) : tree;
    return tree;
}

Tree *integer_reduction(Generator *g, Context context, int depth) {
    unsigned bound = pick_bound(g, context, 1);
    if (!bound) return NULL;
    Context inner = context_bind(g, context, bound), rest = inner;
    rest.axes &= ~bound;
    Tree *options[5] = {pick(g, 2) ? option(g, ", where = @", pick_where(g, &inner, depth)) : NULL};
    inner.exact = true;
    int op = pick(g, 5);
    if (op < 2) {
        options[3] = tree_leaf(g, TREE_OPTION, 0, ", empty = 0");
        Tree *tree = reduce(g, TREE_INTEGER, op ? "argmax" : "argmin", bound,
                            exact_expression(g, inner, 1), options);
        options[3]->type = TREE_INTEGER; /* it may be needed: not to be dropped */
        return tree;
    }
    if (op == 2) {
        Tree *where = options[0] ? options[0]->children[0] : bool_expression(g, inner, depth - 1);
        Tree *tree = tree_new(g, TREE_INTEGER,
                              words(g, "count[%s](where = @)", axis_list(g, bound)), 1, where);
        tree->axes &= ~bound;
        return tree;
    }
    if (op == 3)
        return reduce(g, TREE_INTEGER, "sum", bound, integer_expression(g, inner, depth - 1),
                      options);
    options[3] = tree_leaf(g, TREE_INTEGER, 0, ", empty = -1");
    return reduce(g, TREE_INTEGER, pick(g, 2) ? "max" : "min", bound,
                  integer_expression(g, inner, depth - 1), options);
}

Tree *bool_reduction(Generator *g, Context context, int depth) {
    unsigned bound = pick_bound(g, context, 2);
    if (!bound) return NULL;
    Context inner = context_bind(g, context, bound);
    Tree *options[5] = {pick(g, 3) == 0 ? option(g, ", where = @", pick_where(g, &inner, depth))
                                        : NULL};
    return reduce(g, TREE_BOOL, pick(g, 2) ? "any" : "all", bound,
                  bool_expression(g, inner, depth - 1), options);
}

Tree *keeping(Generator *g, Context context, int depth) {
    static const char *const ops[] = {"softmax", "softmax", "log_softmax", "normalize"};
    int dim = pick_dim(g, context.axes), op = pick(g, 4);
    if (dim < 0) return NULL;
    Context inner = context_bind(g, context, bit(dim));
    Tree *where = pick(g, 3) == 0 ? pick_where(g, &inner, depth) : NULL;
    Tree *body =
        op == 3 ? positive_expression(g, inner, depth - 1) : real_expression(g, inner, depth - 1);
    if (!(body->axes & bit(dim))) return NULL;
    Tree *tree = tree_new(g, TREE_REAL, words(g, "%s[%s](@@)", ops[op], g->dims[dim].name), 2, body,
                          option(g, ", where = @", where));
    if (op == 2) return tree_new(g, TREE_REAL, "max(@, -20)", 1, tree);
    return tree;
}

/* where = label == g, around values with and without g. */
Tree *grouped(Generator *g, Context context, int depth) {
    static const char *const ops[] = {"sum",       "mean", "max",  "min",
                                      "logsumexp", "norm", "mean", "var"};
    int start = pick(g, g->value_count);
    for (int i = 0; i < g->value_count; i++) {
        const Value *v = &g->values[(start + i) % g->value_count];
        if ((v->type != VALUE_INDEX && v->type != VALUE_INTEGER) || !v->axes || v->mask >= 0)
            continue;
        int group = v->type == VALUE_INDEX ? v->index_of : pick_dim(g, context.axes);
        if (group < 0 || !(context.axes & bit(group)) || v->axes & bit(group)) continue;
        unsigned bound = pick(g, 3) ? v->axes : bit(pick_dim(g, v->axes));
        if (v->axes & ~bound & ~context.axes) bound = v->axes;
        if (__builtin_popcount(context.axes | bound) > 4) continue;
        Context inner = context_bind(g, context, bound), rest = inner;
        rest.axes &= ~bound;
        const char *equal = pick(g, 2) ? words(g, "%s == %s", v->name, g->dims[group].name)
                                       : words(g, "%s == %s", g->dims[group].name, v->name);
        Tree *where = tree_leaf(g, TREE_BOOL, v->axes | bit(group), equal);
        if (pick(g, 3) == 0)
            where = tree_new(g, TREE_BOOL, "@ and @", 2, where, pick_where(g, &inner, depth));
        Context free = inner;
        if (pick(g, 3)) free.axes &= ~bit(group);
        Tree *options[5] = {option(g, ", where = @", where)};
        int op = pick(g, 8);
        bool plain = op == 2 || op == 3;
        if (!plain && pick(g, 3) == 0)
            options[1] = option(g, ", weight = @", pick_weight(g, free, depth));
        if (!plain && pick(g, 5) == 0)
            options[2] = option(g, ", logweight = @", pick_logweight(g, free, depth));
        if (pick(g, 2)) options[3] = option(g, ", empty = @", real_expression(g, rest, 0));
        return reduce(g, TREE_REAL, ops[op], bound, real_expression(g, free, depth - 1), options);
    }
    return NULL;
}

/* where = s <= t, around values free of t, and not. */
Tree *running(Generator *g, Context context, int depth) {
    static const char *const ops[] = {"sum",  "mean", "max",  "min", "logsumexp",
                                      "norm", "mean", "prod", "var"};
    static const char *const orders[] = {"<=", "<", ">=", ">"};
    int s = pick(g, g->dim_count);
    unsigned twins = 0;
    for (int i = 0; i < g->dim_count; i++)
        if (i != s && dim_root(g, i) == dim_root(g, s)) twins |= bit(i);
    int t = pick_dim(g, twins & context.axes);
    if (t < 0 || __builtin_popcount(context.axes | bit(s)) > 4) return NULL;
    Context inner = context_bind(g, context, bit(s)), rest = inner;
    rest.axes &= ~bit(s);
    bool swap = pick(g, 3) == 0;
    const char *a = g->dims[swap ? t : s].name, *b = g->dims[swap ? s : t].name;
    const char *order = pick(g, 4) == 0
                            ? words(g, "%s <= %s and %s > %s - %d", a, b, a, b, 2 + pick(g, 3))
                        : pick(g, 8) == 0 ? words(g, "%s != %s", a, b)
                                          : words(g, "%s %s %s", a, orders[pick(g, 4)], b);
    Tree *where = tree_leaf(g, TREE_BOOL, bit(s) | bit(t), order);
    Context free = inner;
    if (pick(g, 4)) free.axes &= ~bit(t);
    if (pick(g, 4) == 0)
        where = tree_new(g, TREE_BOOL, "@ and @", 2, where, pick_where(g, &free, depth));
    Tree *options[5] = {option(g, ", where = @", where)};
    int op = pick(g, 9);
    bool plain = op == 2 || op == 3 || op == 7;
    if (!plain && pick(g, 3) == 0)
        options[1] = option(g, ", weight = @", pick_weight(g, free, depth));
    if (!plain && pick(g, 5) == 0)
        options[2] = option(g, ", logweight = @", pick_logweight(g, free, depth));
    if (pick(g, 2)) options[3] = option(g, ", empty = @", real_expression(g, rest, 0));
    Tree *body = real_expression(g, free, depth - 1);
    if (op == 7) body = tree_new(g, TREE_REAL, "0.9 + 0.05 * tanh(@)", 1, body);
    return reduce(g, TREE_REAL, ops[op], bit(s), body, options);
}

Tree *attention(Generator *g, Context context, int depth) {
    unsigned all = bit(g->dim_count) - 1;
    int s = pick_dim(g, all & ~context.axes),
        d = pick_dim(g, all & ~context.axes & ~(s < 0 ? 0 : bit(s)));
    if (s < 0 || d < 0 || __builtin_popcount(context.axes) > 2) return NULL;
    Context inner = context_bind(g, context, bit(s)), rest = inner;
    rest.axes &= ~bit(s);
    Tree *where = pick(g, 2) ? pick_where(g, &inner, depth) : NULL;
    Context left = context_bind(g, inner, bit(d)), right = left;
    left.axes &= ~bit(s);
    static const char *const terms[] = {"@ * @", "@ * @", "-(@ - @)^2", "-abs(@ - @)", "(@ + @)^2"};
    Tree *score = tree_new(
        g, TREE_REAL, words(g, "sum[%s](%s)", g->dims[d].name, terms[pick(g, 5)]), 2,
        real_expression(g, left, depth > 2 ? 1 : 0), real_expression(g, right, depth > 2 ? 1 : 0));
    score->axes &= ~bit(d);
    if (pick(g, 2)) score = tree_new(g, TREE_REAL, "@ * 0.25", 1, score);
    Tree *options[5] = {option(g, ", where = @", where)};
    if (pick(g, 4) == 0) options[1] = option(g, ", weight = @", pick_weight(g, inner, depth));
    options[2] = option(g, ", logweight = @", score);
    if (pick(g, 2)) options[3] = option(g, ", empty = @", real_expression(g, rest, 0));
    Tree *body = real_expression(g, inner, pick(g, 2));
    static const char *const ops[] = {"mean", "mean", "mean", "var", "sum", "logsumexp"};
    return reduce(g, TREE_REAL, ops[pick(g, 6)], bit(s), body, options);
}

/* sum[k](left * right), where the one lacks a dim that the other has, and perhaps more factors; or
 * with a domain that has the one's dims, or both's. */
Tree *contraction(Generator *g, Context context, int depth) {
    int row = pick_dim(g, context.axes),
        column = row < 0 ? -1 : pick_dim(g, context.axes & ~bit(row));
    int k = pick_dim(g, (bit(g->dim_count) - 1) & ~context.axes);
    if (k < 0 || column < 0 || __builtin_popcount(context.axes) > 3) return NULL;
    Context left = context_bind(g, context, bit(k)), right = left;
    left.axes &= ~bit(column);
    right.axes &= ~bit(row);
    int inside = depth > 2 ? 2 : depth - 1;
    Context domain = context_bind(g, context, bit(k));
    if (pick(g, 4)) domain = pick(g, 2) ? left : right;
    Tree *options[5] = {option(g, ", where = @", pick(g, 2) ? pick_where(g, &domain, 1) : NULL)};
    left.masks |= domain.masks;
    right.masks |= domain.masks;
    Tree *a = real_expression(g, left, inside), *b = real_expression(g, right, inside);
    if (!(a->axes & bit(k)) || !(b->axes & bit(k))) return NULL;
    Tree *product = tree_new(g, TREE_REAL, "(@ * @)", 2, pick(g, 2) ? a : b, pick(g, 2) ? b : a);
    if (product->children[0] == product->children[1])
        product = tree_new(g, TREE_REAL, "(@ * @)", 2, b, a);
    if (pick(g, 3) == 0)
        product = tree_new(g, TREE_REAL, "(@ * @)", 2, product,
                           real_expression(g, pick(g, 2) ? left : right, 0));
    Tree *tree = reduce(g, TREE_REAL, "sum", bit(k), product, options);
    return pick(g, 2) ? tree_new(g, TREE_REAL, "0.125 * @", 1, tree) : tree;
}

/* sum[k](x[t = o + k] * w) */
Tree *window(Generator *g, Context context, int depth) {
    static const char *const ops[] = {"sum", "mean", "max"};
    for (int i = 0; i < g->dim_count; i++) {
        const Dim *d = &g->dims[i];
        if (d->kind != DIM_WINDOW || !(context.axes & bit(i))) continue;
        unsigned bound = bit(d->window);
        Context inner = context_bind(g, context, bound | bit(d->base));
        if (__builtin_popcount(context.axes | bound) > 4) continue;
        inner.axes = (context.axes & ~bit(i)) | bit(d->base) | (pick(g, 2) ? bound : 0);
        Tree *body = real_expression(g, inner, depth - 1);
        if (!(body->axes & bit(d->base))) return NULL;
        Context here = context_bind(g, context, bound);
        Tree *factor = real_expression(g, here, 0);
        Tree *tree =
            tree_new(g, TREE_REAL,
                     words(g, "%s[%s]((@)[%s = %s + %s] * @)", ops[pick(g, 3)], axis_list(g, bound),
                           g->dims[d->base].name, d->name, g->dims[d->window].name),
                     2, body, factor);
        tree->axes = ((body->axes & ~bit(d->base)) | bit(i) | factor->axes) & ~bound;
        return tree;
    }
    return NULL;
}
