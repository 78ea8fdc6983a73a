/* Derivatives in random programs, by inputs and lets, and outputs that tell whether they are right:
 *
 *     one0, two0              are equal: <dy, jvp(dx)> and <vjp(dy), dx>; the Hessian times a
 *                             vector, forward and backward; by a let and by what is added to it
 *     of1, by1_x3             by1_x3 is the gradient of of1 by the input x3: central differences
 *
 * laws.c looks at them. What differences cannot follow (stop, roundings to f16) stands in programs
 * without by1_x3 only. */
#include "generator.h"
#include <string.h>

static bool is_real(const Value *v) {
    return v->type == VALUE_REAL || v->type == VALUE_WEIGHT;
}

static int pick_by(Generator *g) {
    int start = pick(g, g->value_count);
    for (int i = 0; i < g->value_count; i++) {
        int value = (start + i) % g->value_count;
        const Value *v = &g->values[value];
        if (is_real(v) && v->may_differ) return value;
    }
    return -1;
}

static const char *brackets(Generator *g, unsigned axes) {
    return axes ? words(g, "[%s]", axis_list(g, axes)) : "";
}

static const char *summed(Generator *g, unsigned axes, const char *text) {
    return axes ? words(g, "sum[%s](%s)", axis_list(g, axes), text) : words(g, "(%s)", text);
}

/* let NAME = an expression that mentions x, which is not linear in it; its axes. */
static unsigned add_user(Generator *g, const char *name, int by, int depth) {
    const Value *x = &g->values[by];
    Context context = {.axes = x->axes};
    for (int i = pick(g, 2); i > 0; i--)
        if (__builtin_popcount(context.axes) < 3) context.axes |= bit(pick(g, g->dim_count));
    g->budget = 9;
    g->wanted = by;
    Tree *value = real_expression(g, context, depth);
    g->wanted = -1;
    const char *use = x->mask < 0 ? words(g, "0.25 * tanh(%s)", x->name)
                                  : words(g, "(if %s then 0.25 * tanh(%s) else 0)",
                                          g->values[x->mask].name, x->name);
    Tree *leaf = tree_leaf(g, TREE_REAL, x->axes, use);
    Tree *line = tree_new(g, TREE_LINE, words(g, "let %s = @ + @", name), 2, value, leaf);
    generator_add_line(g, line);
    return line->axes;
}

static const char *add_seed(Generator *g, const char *name, unsigned axes) {
    g->budget = 4;
    Tree *value = real_expression(g, (Context){.axes = axes}, 2);
    generator_add_line(g, tree_new(g, TREE_LINE, words(g, "let %s = @", name), 1, value));
    return name;
}

/* let h = ... + z: what it is differentiated by, z, is seen by differences too. */
void add_summand(Generator *g, int number) {
    Context context = {.axes = 0};
    for (int i = pick(g, 3); i > 0; i--)
        context.axes |= bit(pick(g, g->dim_count));
    g->budget = 6;
    Tree *value = real_expression(g, context, 2);
    Value *v = generator_add_value(g, VALUE_REAL, words(g, "h%d", number), context.axes);
    v->may_differ = true;
    v->summand = words(g, "z%d", number);
    const char *target = generator_declared(g, v);
    generator_add_text(g, words(g, "input z%s", target + 1));
    generator_add_line(
        g, tree_new(g, TREE_LINE, words(g, "let %s = @ + %s", target, v->summand), 1, value));
}

static void add_law(Generator *g, int number, const char *axes, const char *one, const char *two) {
    generator_add_text(g, words(g, "output one%d%s: f64 = f64(%s)", number, axes, one));
    generator_add_text(g, words(g, "output two%d%s: f64 = f64(%s)", number, axes, two));
}

/* <dy, jvp(dx)> == <vjp(dy), dx> */
static void add_dot(Generator *g, int number, int by) {
    const char *x = g->values[by].name, *y = words(g, "y%d", number);
    unsigned axes = add_user(g, y, by, 2 + pick(g, 2));
    const char *dy = add_seed(g, words(g, "dy%d", number), axes);
    const char *dx = add_seed(g, words(g, "dx%d", number), g->values[by].axes);
    add_law(g, number, "", summed(g, axes, words(g, "%s * jvp(%s, %s, %s)", dy, y, x, dx)),
            summed(g, g->values[by].axes, words(g, "vjp(%s, %s, %s) * %s", y, x, dy, dx)));
}

/* A loss; its gradient is a value of the program from then on, and differentiated again. */
static void add_gradient(Generator *g, int number, int by) {
    const Value *x = &g->values[by];
    const char *y = words(g, "y%d", number), *loss = words(g, "loss%d", number);
    unsigned axes = add_user(g, y, by, 2 + pick(g, 2));
    generator_add_text(g, words(g, "let %s = 0.125 * %s", loss, summed(g, axes, y)));
    const char *slope = words(g, "g%d", number), *name = x->name, *all = brackets(g, x->axes);
    unsigned own = x->axes;
    const char *summand = x->summand;
    generator_add_text(g, words(g, "let %s%s = grad(%s, %s)", slope, all, loss, name));
    int kind = pick(g, 3);
    bool is_input = x->is_given || summand;
    if (g->is_smooth && is_input && kind < 2) {
        const char *by_name = summand ? summand : name;
        generator_add_text(g, words(g, "output of%d: f64 = f64(%s)", number, loss));
        generator_add_text(g, words(g, "output by%d_%s%s: f64 = f64(grad(%s, %s))", number, by_name,
                                    all, loss, by_name));
        if (summand) add_law(g, number, all, slope, words(g, "grad(%s, %s)", loss, summand));
    }
    if (kind > 0) {
        const char *dx = add_seed(g, words(g, "dx%d", number), own);
        add_law(
            g, number + 100, all, words(g, "jvp(%s, %s, %s)", slope, name, dx),
            words(g, "grad(%s, %s)", summed(g, own, words(g, "%s * stop(%s)", slope, dx)), name));
    }
    Value *v = generator_add_value(g, VALUE_REAL, slope, own);
    v->is_stated = false;
}

/* vjp and jvp as values, seeds with further axes among them. */
static void add_products(Generator *g, int number, int by) {
    unsigned own = g->values[by].axes;
    const char *y = words(g, "y%d", number), *x = g->values[by].name;
    unsigned axes = add_user(g, y, by, 2);
    bool forward = pick(g, 2);
    unsigned from = forward ? own : axes, to = forward ? axes : own, further = 0;
    int dim = pick(g, g->dim_count);
    if (!((from | to) & bit(dim)) && __builtin_popcount(to) < 3) further = bit(dim);
    g->budget = 4;
    Tree *seed = real_expression(g, (Context){.axes = from | further}, 2);
    const char *name = words(g, "v%d", number);
    Tree *line =
        tree_new(g, TREE_LINE,
                 words(g, "let %s = %s(%s, %s, @)", name, forward ? "jvp" : "vjp", y, x), 1, seed);
    generator_add_line(g, line);
    Value *v = generator_add_value(g, VALUE_REAL, name, to | (seed->axes & further));
    v->is_stated = false;
    v->may_differ = pick(g, 2);
}

void add_derivatives(Generator *g) {
    int count = 1 + pick(g, 2);
    for (int i = 0; i < count; i++) {
        int by = pick_by(g);
        if (by < 0) return;
        switch (pick(g, 4)) {
        case 0: add_dot(g, i, by); break;
        case 1: add_products(g, i, by); break;
        default: add_gradient(g, i, by);
        }
    }
}
