/* A seed in, a program out: its dims, data, functions, lets and outputs. */
#include "generator.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

Tree *tree_new(Generator *g, TreeType type, const char *text, int count, ...) {
    Tree *tree = ARENA_NEW(g->arena, Tree);
    *tree = (Tree){.type = type, .text = text, .count = count};
    va_list children;
    va_start(children, count);
    for (int i = 0; i < count; i++) {
        tree->children[i] = va_arg(children, Tree *);
        if (tree->children[i]) tree->axes |= tree->children[i]->axes;
    }
    va_end(children);
    return tree;
}

Tree *tree_leaf(Generator *g, TreeType type, unsigned axes, const char *text) {
    Tree *tree = tree_new(g, type, text, 0);
    tree->axes = axes;
    return tree;
}

const char *words(Generator *g, const char *format, ...) {
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return arena_text(g->arena, text, (size_t)length);
}

int pick_dim(Generator *g, unsigned among) {
    int count = __builtin_popcount(among);
    if (count == 0) return -1;
    int chosen = pick(g, count);
    for (int i = 0;; i++)
        if (among & bit(i) && chosen-- == 0) return i;
}

int dim_root(const Generator *g, int dim) {
    while (g->dims[dim].kind == DIM_LIKE)
        dim = g->dims[dim].base;
    return dim;
}

Context context_bind(const Generator *g, Context context, unsigned bound) {
    context.axes |= bound;
    for (int i = 0; i < g->value_count; i++)
        if (g->values[i].axes & bound) context.masks &= ~(1ull << i);
    return context;
}

/* In a random order. */
static int shuffled(Generator *g, unsigned axes, int *order) {
    int count = 0;
    for (; axes; count++) {
        order[count] = pick_dim(g, axes);
        axes &= ~bit(order[count]);
    }
    return count;
}

static const char *order_list(Generator *g, const int *order, int count) {
    Text text = text_new(g->arena);
    text_add(&text, "");
    for (int i = 0; i < count; i++)
        text_format(&text, "%s%s", i ? ", " : "", g->dims[order[i]].name);
    return text.chars;
}

const char *axis_list(Generator *g, unsigned axes) {
    int order[MOST_DIMS];
    return order_list(g, order, shuffled(g, axes, order));
}

void generator_add_line(Generator *g, Tree *line) {
    line->type = TREE_LINE;
    if (g->program->count < SAMPLE_LINES) g->program->lines[g->program->count++] = line;
}

void generator_add_text(Generator *g, const char *text) {
    generator_add_line(g, tree_leaf(g, TREE_LINE, 0, text));
}

/* --- dims --- */

static int add_dim(Generator *g, Dim dim) {
    static const char *const names[] = {"n", "m", "t", "s", "d", "k", "c", "u"};
    dim.name = names[g->dim_count];
    g->dims[g->dim_count] = dim;
    const char *base = dim.kind == DIM_LIKE || dim.kind == DIM_WINDOW ? g->dims[dim.base].name : "";
    switch (dim.kind) {
    case DIM_RUN: generator_add_text(g, words(g, "dim %s", dim.name)); break;
    case DIM_FIXED: generator_add_text(g, words(g, "dim %s = %d", dim.name, dim.fixed)); break;
    case DIM_LIKE: generator_add_text(g, words(g, "dim %s like %s", dim.name, base)); break;
    case DIM_WINDOW:
        generator_add_text(
            g, words(g, "dim %s = %s - %s + 1", dim.name, base, g->dims[dim.window].name));
        break;
    }
    return g->dim_count++;
}

static void add_dims(Generator *g) {
    int run = 1 + pick(g, 3);
    for (int i = 0; i < run; i++)
        add_dim(g, (Dim){.kind = DIM_RUN});
    if (pick(g, 2)) add_dim(g, (Dim){.kind = DIM_FIXED, .fixed = 1 + pick(g, 4)});
    int twins = pick(g, 3);
    for (int i = 0; i < twins; i++)
        add_dim(g, (Dim){.kind = DIM_LIKE, .base = pick(g, g->dim_count)});
    if (pick(g, 3) == 0) {
        int window = add_dim(g, (Dim){.kind = DIM_FIXED, .fixed = 1 + pick(g, 3)});
        add_dim(g, (Dim){.kind = DIM_WINDOW, .base = 0, .window = window});
    }
}

static unsigned some_dims(Generator *g, int most) {
    unsigned axes = 0;
    int count = pick(g, 6) == 0 ? 0 : 1 + pick(g, most);
    for (int i = 0; i < count; i++)
        axes |= bit(pick(g, g->dim_count));
    return axes;
}

/* --- values --- */

Value *generator_add_value(Generator *g, ValueType type, const char *name, unsigned axes) {
    Value *v = &g->values[g->value_count++];
    *v = (Value){.name = name, .type = type, .axes = axes, .is_stated = true, .mask = -1};
    v->rank = shuffled(g, axes, v->order);
    return v;
}

const char *generator_declared(Generator *g, const Value *v) {
    if (v->rank == 0) return v->name;
    return words(g, "%s[%s]", v->name, order_list(g, v->order, v->rank));
}

static void add_input(Generator *g, int number) {
    static const char *const narrow[] = {"", "", "", ": f64", ": f16", ": bf16", ": f32"};
    int kind = pick(g, 14);
    unsigned axes = some_dims(g, kind < 6 ? 3 : 2);
    const char *name = words(g, "x%d", number);
    Value *v;
    if (kind < 6) {
        v = generator_add_value(g, VALUE_REAL, name, axes);
        generator_add_text(g, words(g, "%s %s%s", pick(g, 8) ? "input" : "param",
                                    generator_declared(g, v),
                                    g->program->is_double ? "" : narrow[pick(g, 7)]));
        if (!strncmp(g->program->lines[g->program->count - 1]->text, "param", 5))
            g->program->lines[g->program->count - 1]->text =
                words(g, "param %s = 0.5", generator_declared(g, v));
    } else if (kind < 8) {
        v = generator_add_value(g, VALUE_WEIGHT, name, axes);
        generator_add_text(g, words(g, "weight %s", generator_declared(g, v)));
    } else if (kind < 9) {
        v = generator_add_value(g, VALUE_INTEGER, name, axes);
        generator_add_text(
            g, words(g, "input %s: %s", generator_declared(g, v), pick(g, 2) ? "i32" : "i64"));
    } else if (kind < 11) {
        int mask = g->value_count;
        v = generator_add_value(g, VALUE_MASK, name, axes);
        generator_add_text(
            g, words(g, pick(g, 3) ? "mask %s" : "input %s: bool", generator_declared(g, v)));
        v->is_given = true;
        Value *poison = generator_add_value(g, VALUE_REAL, words(g, "p_%s", name),
                                            axes | (pick(g, 2) ? bit(pick(g, g->dim_count)) : 0));
        poison->is_given = true;
        poison->mask = mask;
        poison->may_differ = true;
        generator_add_text(g, words(g, "input %s", generator_declared(g, poison)));
        return;
    } else if (kind < 13) {
        v = generator_add_value(g, VALUE_INDEX, name, axes);
        do
            v->index_of = pick(g, g->dim_count);
        while (g->dims[v->index_of].kind == DIM_WINDOW);
        v->has_none = pick(g, 3) == 0;
        generator_add_text(
            g,
            words(g, "input %s: index(%s%s)", generator_declared(g, v), g->dims[v->index_of].name,
                  v->has_none ? (pick(g, 2) ? ", none = -1" : ", none = -100") : ""));
    } else {
        int dim = -1;
        for (int i = 0; i < g->dim_count; i++)
            if (g->dims[i].kind == DIM_FIXED) dim = i;
        v = generator_add_value(g, VALUE_REAL, name, dim < 0 ? 0 : bit(dim));
        static const char *const lists[] = {"[1]", "[1, -0.5]", "[1, -0.5, 0.25]",
                                            "[0, 2, -1, 0.5]"};
        generator_add_text(g, words(g, "const %s = %s", generator_declared(g, v),
                                    dim < 0 ? "1.25" : lists[g->dims[dim].fixed - 1]));
    }
    v->is_given = true;
    v->may_differ = kind < 8; /* a const does not change */
}

static void add_fn(Generator *g, int number) {
    static const char *const bodies[] = {
        "(a, b) = 0.5 * a + 0.25 * b * b",
        "(a, b) = if a > b then a else tanh(b)",
        "(a, b = 0.5) { let d = a - b; d * sigmoid(d) }",
        "(a) = a / (1 + abs(a))",
        "[d](a, b) = mean[d](a * b)",
        "[d](a, b) = sum[d](softmax[d](a + 0 * d) * b)",
        "[d](a, b) = mean[d](a, logweight = b, empty = 0)",
        "[d](a, b) = sum[d](vjp(tanh(a), a, b + 0.5 * a) * a)",
        "[d](a, b) = mean[d](jvp(sigmoid(a) * b, a, a) * b)",
        "[d](a, b) { let z = max[d](a, empty = 0); mean[d](exp(min(a - z, 1)) * b) }",
    };
    static const int parameters[] = {2, 2, 2, 1, 2, 2, 2, 2, 2, 2};
    int body = pick(g, 10);
    const char *name = words(g, "f%d", number);
    generator_add_text(g, words(g, "fn %s%s", name, bodies[body]));
    g->fns[g->fn_count++] = (Fn){name, parameters[body], body >= 4};
}

static void add_let(Generator *g, int number) {
    Context context = {.axes = some_dims(g, 3)};
    const char *name = words(g, "l%d", number);
    int kind = pick(g, 8);
    g->budget = 12;
    Tree *value = kind == 0   ? integer_expression(g, context, 2)
                  : kind == 1 ? bool_expression(g, context, 2)
                              : real_expression(g, context, 2 + pick(g, 2));
    bool stated = pick(g, 2);
    Value *v = generator_add_value(g,
                                   kind == 0   ? VALUE_INTEGER
                                   : kind == 1 ? VALUE_MASK
                                               : VALUE_REAL,
                                   name, stated ? context.axes : value->axes);
    v->is_stated = stated && v->rank > 0;
    const char *word = kind == 1 && stated && pick(g, 2) ? "mask" : "let";
    generator_add_line(g, tree_new(g, TREE_LINE,
                                   words(g, kind == 0 ? "%s %s = i64(@)" : "%s %s = @", word,
                                         stated ? generator_declared(g, v) : name),
                                   1, value));
}

/* The element before along a dim: walked upwards or downwards. */
static const char *step(Generator *g, const char *name, int dim, bool down, int steps,
                        bool otherwise) {
    const char *axis = g->dims[dim].name;
    return words(g, "%s[%s = %s %s %d%s]", name, axis, axis, down ? "+" : "-", steps,
                 otherwise ? " else @" : "");
}

static const char *exists(Generator *g, int dim, bool down) {
    const char *axis = g->dims[dim].name;
    return down ? words(g, "%s + 1 < extent(%s)", axis, axis) : words(g, "%s > 0", axis);
}

/* Its values stay small: what is read of earlier ones is squeezed, and added to something. */
static const char *recurrence_text(Generator *g, const char *name, unsigned axes, int dim,
                                   bool down) {
    int other = pick_dim(g, axes & ~bit(dim)), like = -1;
    const char *before = step(g, name, dim, down, 1, true), *axis = g->dims[dim].name;
    for (int d = 0; d < g->dim_count; d++)
        if (d != dim && !(axes & bit(d)) && dim_root(g, d) == dim_root(g, dim)) like = d;
    switch (pick(g, 6)) {
    case 0:
        return words(g, "if %s then @ * 0.25 + tanh(%s) else @", exists(g, dim, down),
                     step(g, name, dim, down, 1, false));
    case 1:
        return words(g, "@ + sin(%s) - 0.25 * tanh(%s)", before, step(g, name, dim, down, 2, true));
    case 2:
        if (other < 0) break;
        return words(g, "@ + 0.5 * tanh(sum[%s](%s))", g->dims[other].name, before);
    case 3:
        if (other < 0) break;
        return words(g, "@ + 0.5 * tanh(%s) - 0.5 * sin(%s)", before,
                     step(g, name, other, pick(g, 2), 1, true));
    case 4:
        if (like < 0) break;
        return words(g, "@ + tanh(mean[%s](%s[%s = %s] * @, where = %s %s %s, empty = 0))",
                     g->dims[like].name, name, axis, g->dims[like].name, g->dims[like].name,
                     down ? ">" : "<", axis);
    default: break;
    }
    return words(g, "@ + 0.5 * tanh(%s)", before);
}

static void add_recurrence(Generator *g, int number) {
    Context context = {.axes = some_dims(g, 3)};
    int dim = pick_dim(g, context.axes);
    if (dim < 0) return;
    bool down = pick(g, 2);
    const char *name = words(g, "q%d", number), *second = words(g, "p%d", number);
    const char *type = g->program->is_double ? "f64" : "f32";
    g->budget = 12;
    Tree *children[3];
    for (int i = 0; i < 3; i++)
        children[i] = real_expression(g, context, 1 + pick(g, 2));
    const char *text = recurrence_text(g, name, context.axes, dim, down);
    bool two = pick(g, 4) == 0;
    Value *v = generator_add_value(g, VALUE_REAL, name, context.axes);
    v->is_stated = true;
    if (two) { /* through another, which stands at the same place */
        Value *w = generator_add_value(g, VALUE_REAL, second, context.axes);
        w->is_stated = true;
        text = words(g, "%s(@ + 0.5 * %s)", type, second);
        generator_add_line(
            g, tree_new(g, TREE_LINE,
                        words(g, "let %s: %s = %s(@ + tanh(%s))", generator_declared(g, w), type,
                              type, step(g, name, dim, down, 1, true)),
                        2, children[0], children[1]));
    } else {
        text = words(g, "%s(%s)", type, text);
    }
    int holes = 0;
    for (const char *c = text; *c; c++)
        holes += *c == '@';
    generator_add_line(
        g, tree_new(g, TREE_LINE, words(g, "let %s: %s = %s", generator_declared(g, v), type, text),
                    holes, children[2], children[1], children[0]));
}

static void add_output(Generator *g, int number) {
    static const char *const types[] = {"", "", "", "", ": f16", ": bf16"};
    Context context = {.axes = some_dims(g, 3)};
    int order[MOST_DIMS], rank = shuffled(g, context.axes, order);
    const char *axes = rank ? words(g, "[%s]", order_list(g, order, rank)) : "";
    int kind = pick(g, 10);
    g->budget = 18;
    Tree *value = kind == 0   ? integer_expression(g, context, 3)
                  : kind == 1 ? bool_expression(g, context, 3)
                              : real_expression(g, context, 2 + pick(g, 3));
    const char *type = kind == 0               ? ": i64"
                       : kind == 1             ? ": bool"
                       : g->program->is_double ? ": f64"
                                               : types[pick(g, 6)];
    const char *format = kind == 0                            ? "output r%d%s%s = i64(@)"
                         : g->program->is_double || kind == 1 ? "output r%d%s%s = @"
                                                              : "output r%d%s%s = f32(@)";
    if (kind > 1 && type[0] == ':' && !g->program->is_double)
        format = type[1] == ' ' && type[2] == 'f' ? "output r%d%s%s = f16(@)"
                                                  : "output r%d%s%s = bf16(@)";
    generator_add_line(g, tree_new(g, TREE_LINE, words(g, format, number, axes, type), 1, value));
}

Sample *sample_generate(Arena *arena, uint64_t seed, const char *name) {
    Sample *program = ARENA_NEW(arena, Sample);
    Generator *g = ARENA_NEW(arena, Generator);
    *g = (Generator){.random = {seed}, .arena = arena, .program = program, .wanted = -1};
    random_next(&g->random);
    program->name = name;
    program->is_double = pick(g, 2);
    g->derives = pick(g, 20) > 0;
    g->is_smooth = g->derives && pick(g, 4) > 0;
    if (pick(g, 16) == 0) {
        add_mixture(g);
        return program;
    }
    add_dims(g);
    int inputs = 4 + pick(g, 6), lets = pick(g, 4), outputs = 1 + pick(g, 3),
        fns = pick(g, 4) ? 0 : 1 + pick(g, 2);
    for (int i = 0; i < inputs; i++)
        add_input(g, i);
    for (int i = 0; i < fns; i++)
        add_fn(g, i);
    for (int i = 0; i < lets; i++)
        add_let(g, i);
    for (int i = pick(g, 3); i < 2; i++) /* in two programs of three */
        add_recurrence(g, i);
    for (int i = g->derives ? pick(g, 2) : 0; i > 0; i--)
        add_summand(g, i);
    if (g->derives) add_derivatives(g);
    for (int i = 0; i < outputs; i++)
        add_output(g, i);
    if (outputs > 1 && pick(g, 3) == 0)
        generator_add_text(g, words(g, "entry part: r%d", pick(g, outputs)));
    return program;
}
