/* Pointwise expressions, and the choice between all there is. Values stay small, and what jumps
 * (floor, comparisons, argmax) mostly stands on numbers that are exact in f32. */
#include "generator.h"

static Tree *named(Generator *g, Context context, ValueType type, bool given) {
    for (int tries = 0; tries < 12; tries++) {
        int value = pick(g, g->value_count);
        const Value *v = &g->values[value];
        if (v->type != type && !(type == VALUE_REAL && v->type == VALUE_WEIGHT)) continue;
        if (given && !v->is_given) continue;
        /* what is read only under its mask is taken wherever it can be */
        Tree *tree = read_value(g, context, value);
        if (tree) return tree;
    }
    return NULL;
}

static Tree *real_leaf(Generator *g, Context context) {
    if (g->wanted >= 0 && !context.exact && pick(g, 2)) {
        Tree *wanted = read_value(g, context, g->wanted);
        if (wanted) return wanted;
    }
    Tree *found = pick(g, 8) ? named(g, context, VALUE_REAL, context.exact) : NULL;
    if (found) return found;
    static const char *const exact[] = {"0.5", "1.0", "-1.25", "2.0", "0.75", "0.0"};
    static const char *const plain[] = {"0.3", "1.0", "-0.7", "1.1", "0.5", "0.0"};
    return tree_leaf(g, TREE_REAL, 0, context.exact ? exact[pick(g, 6)] : plain[pick(g, 6)]);
}

static Tree *arithmetic(Generator *g, Context context, int depth) {
    static const char *const forms[] = {"(@ + @)",   "(@ - @)",   "(@ * @)",
                                        "max(@, @)", "min(@, @)", "(@ + 0.5 * @)"};
    Tree *a = real_expression(g, context, depth - 1);
    Tree *b = real_expression(g, context, depth - 1 - pick(g, 2));
    return tree_new(g, TREE_REAL, forms[pick(g, 6)], 2, a, b);
}

static Tree *smooth(Generator *g, Context context, int depth) {
    static const char *const forms[] = {
        "tanh(@)",
        "sigmoid(@)",
        "relu(@)",
        "(-@)",
        "abs(@)",
        "exp(-abs(@))",
        "sqrt(0.5 + abs(@))",
        "softplus(@)",
        "sin(@)",
        "cos(@)",
        "log1p(abs(@))",
        "log(0.25 + abs(@))",
        "erf(@)",
        "gelu(@)",
        "silu(@)",
        "expm1(min(@, 1))",
        "rsqrt(0.5 + abs(@))",
        "clamp(@, -1, 1.5)",
        "(@)^2",
        "(@)^3",
        "(1 + abs(@))^0.5",
        "erfc(@)",
        "tan(0.3 * tanh(@))",
        "2^tanh(@)",
        "exp(min(@, 2))",
        "(1 + abs(@))^(-2)",
        "lgamma(1 + abs(@))",
        "digamma(1 + abs(@))",
        "trigamma(1 + abs(@))",
        "polygamma(3, 1 + abs(@))",
        "stop(@)", /* not where central differences look */
    };
    int count = (int)(sizeof forms / sizeof *forms) - (g->is_smooth ? 1 : 0);
    return tree_new(g, TREE_REAL, forms[pick(g, count)], 1, real_expression(g, context, depth - 1));
}

static Tree *divided(Generator *g, Context context, int depth) {
    return tree_new(g, TREE_REAL, "(@ / @)", 2, real_expression(g, context, depth - 1),
                    positive_expression(g, context, depth - 1));
}

static Tree *branches(Generator *g, Context context, int depth) {
    Context inner = context;
    Tree *condition = NULL;
    int value = pick(g, g->value_count);
    const Value *v = &g->values[value];
    if (v->type == VALUE_MASK && v->is_given && !(v->axes & ~context.axes)) {
        condition = tree_leaf(g, TREE_BOOL, v->axes, v->name);
        inner.masks |= 1ull << value;
    } else {
        condition = bool_expression(g, context, depth - 1);
    }
    return tree_new(g, TREE_REAL, "(if @ then @ else @)", 3, condition,
                    real_expression(g, inner, depth - 1),
                    real_expression(g, context, depth - 1 - pick(g, 2)));
}

static Tree *call(Generator *g, Context context, int depth) {
    if (g->fn_count == 0) return NULL;
    const Fn *fn = &g->fns[pick(g, g->fn_count)];
    if (!fn->has_axis) {
        Tree *a = real_expression(g, context, depth - 1);
        Tree *b = fn->parameters > 1 ? real_expression(g, context, depth - 1) : NULL;
        return tree_new(g, TREE_REAL, words(g, fn->parameters > 1 ? "%s(@, @)" : "%s(@)", fn->name),
                        fn->parameters, a, b);
    }
    int dim = pick(g, g->dim_count);
    if (__builtin_popcount(context.axes | bit(dim)) > 4) return NULL;
    Context inner = context_bind(g, context, bit(dim));
    Tree *a = real_expression(g, inner, depth - 1), *b = real_expression(g, inner, 0);
    Tree *tree =
        tree_new(g, TREE_REAL, words(g, "%s[%s](@, @)", fn->name, g->dims[dim].name), 2, a, b);
    tree->axes &= ~bit(dim);
    return tree;
}

static Tree *random_numbers(Generator *g, Context context) {
    unsigned axes = 0;
    for (int i = 0; i < 2; i++) {
        int dim = pick_dim(g, context.axes);
        if (dim >= 0) axes |= bit(dim);
    }
    if (!axes) return NULL;
    return tree_leaf(g, TREE_REAL, axes,
                     words(g, "%s[%s](%d)", pick(g, 3) ? "uniform" : "normal", axis_list(g, axes),
                           pick(g, 100)));
}

static Tree *converted(Generator *g, Context context, int depth) {
    switch (pick(g, 4)) {
    case 0: return tree_new(g, TREE_REAL, "f32(@)", 1, bool_expression(g, context, depth - 1));
    case 1:
        if (g->program->is_double || g->is_smooth) return NULL;
        return tree_new(g, TREE_REAL, pick(g, 2) ? "f16(@)" : "bf16(@)", 1,
                        real_expression(g, context, depth - 1));
    case 2:
        return tree_new(g, TREE_REAL, "(0.25 * @)", 1, integer_expression(g, context, depth - 1));
    default: {
        Context exact = context;
        exact.exact = true;
        static const char *const jumps[] = {"floor(@)", "ceil(@)", "round(@)", "sign(@)"};
        return tree_new(g, TREE_REAL, jumps[pick(g, 4)], 1, exact_expression(g, exact, 1));
    }
    }
}

Tree *real_expression(Generator *g, Context context, int depth) {
    if (context.exact) return exact_expression(g, context, depth);
    if (depth <= 0 || g->budget <= 0) return real_leaf(g, context);
    g->budget--;
    Tree *found = NULL;
    for (int tries = 0; !found && tries < 4; tries++) {
        int kind = pick(g, 33);
        found = kind < 4    ? arithmetic(g, context, depth)
                : kind < 7  ? smooth(g, context, depth)
                : kind < 8  ? divided(g, context, depth)
                : kind < 10 ? branches(g, context, depth)
                : kind < 11 ? call(g, context, depth)
                : kind < 12 ? random_numbers(g, context)
                : kind < 13 ? converted(g, context, depth)
                : kind < 16 ? read_elsewhere(g, context, depth)
                : kind < 17 ? read_guarded(g, context, depth)
                : kind < 22 ? reduction(g, context, depth)
                : kind < 24 ? keeping(g, context, depth)
                : kind < 26 ? grouped(g, context, depth)
                : kind < 28 ? running(g, context, depth)
                : kind < 29 ? attention(g, context, depth)
                : kind < 32 ? contraction(g, context, depth)
                            : window(g, context, depth);
        if (found && found->axes & ~context.axes) found = NULL;
    }
    return found ? found : real_leaf(g, context);
}

Tree *positive_expression(Generator *g, Context context, int depth) {
    static const char *const forms[] = {"(0.5 + abs(@))", "sigmoid(@)", "exp(-abs(@))",
                                        "(1 + (@)^2)", "softplus(@)"};
    return tree_new(g, TREE_REAL, forms[pick(g, 5)], 1,
                    real_expression(g, context, depth < 2 ? depth : 1));
}

Tree *exact_expression(Generator *g, Context context, int depth) {
    context.exact = true;
    g->budget--;
    if (depth <= 0 || g->budget <= 0) return real_leaf(g, context);
    static const char *const forms[] = {"(@ + @)", "(@ - @)", "max(@, @)",
                                        "abs(@)",  "(-@)",    "(0.5 * @)"};
    int kind = pick(g, 8);
    if (kind >= 6) return real_leaf(g, context);
    Tree *a = exact_expression(g, context, depth - 1);
    return tree_new(g, TREE_REAL, forms[kind], kind < 3 ? 2 : 1, a,
                    kind < 3 ? exact_expression(g, context, depth - 1) : NULL);
}

Tree *integer_expression(Generator *g, Context context, int depth) {
    g->budget--;
    int dim = pick_dim(g, context.axes);
    if (depth > 0 && g->budget > 0) {
        Tree *found = NULL;
        switch (pick(g, 6)) {
        case 0:
            found = tree_new(g, TREE_INTEGER, pick(g, 2) ? "(@ + @)" : "(@ - @)", 2,
                             integer_expression(g, context, depth - 1),
                             integer_expression(g, context, depth - 1));
            break;
        case 1:
        case 2: found = integer_reduction(g, context, depth); break;
        case 3:
            found = tree_new(g, TREE_INTEGER,
                             words(g, "%s(@, %d)", pick(g, 2) ? "div" : "mod", 2 + pick(g, 4)), 1,
                             integer_expression(g, context, depth - 1));
            break;
        case 4:
            found = tree_new(g, TREE_INTEGER, "i32(floor(@))", 1, exact_expression(g, context, 1));
            break;
        default:
            found = tree_new(
                g, TREE_INTEGER, "(if @ then @ else @)", 3, bool_expression(g, context, depth - 1),
                integer_expression(g, context, depth - 1), integer_expression(g, context, 0));
        }
        if (found && !(found->axes & ~context.axes)) return found;
    }
    Tree *found = pick(g, 3) ? named(g, context, VALUE_INTEGER, false) : NULL;
    if (found) return found;
    if (dim >= 0 && pick(g, 3)) return tree_leaf(g, TREE_INTEGER, bit(dim), g->dims[dim].name);
    if (pick(g, 2))
        return tree_leaf(g, TREE_INTEGER, 0,
                         words(g, "extent(%s)", g->dims[pick(g, g->dim_count)].name));
    return tree_leaf(g, TREE_INTEGER, 0, words(g, "%d", pick(g, 5)));
}

static Tree *bool_leaf(Generator *g, Context context) {
    static const char *const orders[] = {"<", "<=", "==", "!=", ">", ">="};
    int dim = pick_dim(g, context.axes), other = pick_dim(g, context.axes);
    switch (pick(g, 5)) {
    case 0:
    case 1: {
        Tree *found = named(g, context, VALUE_MASK, false);
        if (found) return found;
        break;
    }
    case 2:
        for (int tries = 0; tries < 8; tries++) {
            const Value *v = &g->values[pick(g, g->value_count)];
            if (v->type != VALUE_INDEX || v->axes & ~context.axes) continue;
            if (v->has_none && pick(g, 2))
                return tree_leaf(g, TREE_BOOL, v->axes, words(g, "has(%s)", v->name));
            if (context.axes & bit(v->index_of))
                return tree_leaf(g, TREE_BOOL, v->axes | bit(v->index_of),
                                 words(g, "(%s == %s)", v->name, g->dims[v->index_of].name));
        }
        break;
    case 3:
        if (dim >= 0 && other >= 0 && dim != other)
            return tree_leaf(
                g, TREE_BOOL, bit(dim) | bit(other),
                words(g, "(%s %s %s)", g->dims[dim].name, orders[pick(g, 6)], g->dims[other].name));
        break;
    default: break;
    }
    if (dim >= 0)
        return tree_leaf(g, TREE_BOOL, bit(dim),
                         words(g, "(%s %s %d)", g->dims[dim].name, orders[pick(g, 6)], pick(g, 4)));
    return tree_leaf(g, TREE_BOOL, 0, words(g, "(extent(%s) > %d)", g->dims[0].name, pick(g, 4)));
}

Tree *bool_expression(Generator *g, Context context, int depth) {
    static const char *const orders[] = {"(@ < @)",  "(@ <= @)", "(@ > @)",
                                         "(@ >= @)", "(@ == @)", "(@ != @)"};
    g->budget--;
    if (depth <= 0 || g->budget <= 0) return bool_leaf(g, context);
    Tree *found = NULL;
    switch (pick(g, 8)) {
    case 0:
        return tree_new(g, TREE_BOOL, pick(g, 2) ? "(@ and @)" : "(@ or @)", 2,
                        bool_expression(g, context, depth - 1),
                        bool_expression(g, context, depth - 1));
    case 1: return tree_new(g, TREE_BOOL, "(not @)", 1, bool_expression(g, context, depth - 1));
    case 2:
        return tree_new(g, TREE_BOOL, orders[pick(g, 6)], 2, exact_expression(g, context, 1),
                        exact_expression(g, context, 0));
    case 3:
        return tree_new(g, TREE_BOOL, orders[pick(g, 6)], 2,
                        integer_expression(g, context, depth - 1),
                        integer_expression(g, context, 0));
    case 4: found = bool_reduction(g, context, depth); break;
    case 5: /* mostly far apart; where it is close nothing is compared */
        return tree_new(g, TREE_BOOL, pick(g, 2) ? "(@ > @)" : "(@ <= @)", 2,
                        real_expression(g, context, depth - 1), real_leaf(g, context));
    default: break;
    }
    if (found && found->axes & ~context.axes) found = NULL;
    return found ? found : bool_leaf(g, context);
}
