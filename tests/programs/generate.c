/* Writes a random, well-typed program: a fixed set of axes and inputs of every kind, and outputs
 * made of whatever the language has. Values stay small (tanh, means, bounded exponents), and
 * comparisons look only at what is exact in any precision (axes, labels, masks, integers), so that
 * float32 results can be held against float64 ones.
 *
 * Axes: n, m run-time; k like n; c = 3. What an expression may mention is a set of these. */
#include "generate.h"

enum {
    N = 1,
    M = 2,
    K = 4,
    C = 8
};

static const char *const axis_names[] = {"n", "m", "k", "c"};

typedef struct Generator {
    Random random;
    Text *out;
    Arena *arena;
    int lets; /* let i has the axes let_axes[i] */
    int let_axes[16];
} Generator;

typedef struct Source {
    const char *text;
    int axes;
} Source;

static const Source floats[] = {
    {"x", N | C},        {"y", N},        {"z", M | N},        {"v", M},
    {"p", C | N},        {"lr", 0},       {"half", N},         {"brain", M | C},
    {"table", C},        {"w", N},        {"u", M | C},        {"q", N | M | C},
    {"deep", C | M | N}, {"y[n = k]", K}, {"x[n = k]", K | C}, {"w[n = k]", K},
    {"z[n = k]", M | K},
};
static const Source masks[] = {
    {"keep", N | M},   {"good", N},           {"n < 2", N},     {"m != 1", M},
    {"k <= n", K | N}, {"count_of > 0", N},   {"c == 1", C},    {"seg == m", N | M},
    {"has(label)", N}, {"label == c", N | C}, {"k < n", K | N}, {"keep[n = k]", K | M},
};

static int pick(Generator *g, int limit) {
    return random_below(&g->random, limit);
}

static void put(Generator *g, const char *text) {
    text_add(g->out, text);
}

static bool put_source(Generator *g, const Source *sources, int count, int axes) {
    for (int tries = 0; tries < 40; ++tries) {
        const Source *source = &sources[pick(g, count)];
        if (source->axes & ~axes) continue;
        put(g, source->text);
        return true;
    }
    return false;
}

static void put_float(Generator *g, int axes, int depth);

static void put_mask(Generator *g, int axes, int depth) {
    int choice = pick(g, 8);
    if (depth > 0 && choice == 0) {
        put(g, "(");
        put_mask(g, axes, depth - 1);
        put(g, pick(g, 2) ? " and " : " or ");
        put_mask(g, axes, depth - 1);
        put(g, ")");
    } else if (depth > 0 && choice == 1) {
        put(g, "(not ");
        put_mask(g, axes, depth - 1);
        put(g, ")");
    } else if (depth > 0 && choice == 2) {
        int inner = pick(g, 4);
        text_format(g->out, "%s[%s](", pick(g, 2) ? "any" : "all", axis_names[inner]);
        put_mask(g, axes | (1 << inner), depth - 1);
        put(g, ")");
    } else {
        put(g, "(");
        if (!put_source(g, masks, sizeof masks / sizeof *masks, axes)) put(g, "1 < 2");
        put(g, ")");
    }
}

static void put_weight(Generator *g, int axes) {
    static const Source weights[] = {
        {"w", N}, {"u", M | C}, {"w[n = k]", K}, {"i32(good)", N}, {"wide", M}};
    if (!put_source(g, weights, sizeof weights / sizeof *weights, axes)) put(g, "0.5");
}

static void put_leaf(Generator *g, int axes) {
    if (g->lets > 0 && pick(g, 3) == 0) {
        int let = pick(g, g->lets);
        if (!(g->let_axes[let] & ~axes)) {
            text_format(g->out, "l%d", let);
            return;
        }
    }
    int choice = pick(g, 12);
    if (choice == 0) {
        text_format(g->out, "%d.%d", pick(g, 3), pick(g, 4) * 25);
    } else if (choice == 1 && (axes & N)) {
        put(g, "(0.5 * count_of)");
    } else if (!put_source(g, floats, sizeof floats / sizeof *floats, axes)) {
        put(g, "lr");
    }
}

static void put_options(Generator *g, int axes, int depth, bool weighs) {
    bool where = pick(g, 2);
    if (where) {
        put(g, ", where = ");
        put_mask(g, axes, depth - 1);
    }
    if (weighs && pick(g, 3) == 0) {
        put(g, ", weight = ");
        put_weight(g, axes);
    }
}

static void put_reduction(Generator *g, int axes, int depth) {
    static const char *const ops[] = {"sum", "mean", "max",  "min",  "logsumexp", "norm",
                                      "var", "std",  "prod", "mean", "sum"};
    int op = pick(g, 11), inner = pick(g, 4), bound = 1 << inner;
    int second = pick(g, 5) == 0 ? pick(g, 4) : inner;
    int all = axes | bound | (1 << second);
    bool tame = op == 8 || op == 0 || op == 10; /* what grows is scaled down */
    put(g, tame ? "tanh(0.1 * " : "(");
    text_format(g->out, "%s[%s", ops[op], axis_names[inner]);
    if (second != inner) text_format(g->out, ", %s", axis_names[second]);
    put(g, op == 8 ? "](0.9 + 0.01 * tanh(" : "](");
    put_float(g, all, depth - 1);
    if (op == 8) put(g, ")");
    bool weighs = op != 2 && op != 3 && op != 8;
    put_options(g, all, depth, weighs);
    if (weighs && op != 4 && pick(g, 5) == 0) {
        put(g, ", logweight = ");
        put_float(g, all, depth - 2);
    }
    if (pick(g, 3)) {
        put(g, ", empty = ");
        put_leaf(g, axes & ~bound & ~(1 << second));
    }
    put(g, "))");
}

/* Reads at other positions. */
static void put_moved(Generator *g, int axes, int depth) {
    switch (pick(g, 7)) {
    case 0:
        if (!(axes & K)) break;
        put(g, "(");
        put_float(g, (axes & ~K) | N, depth - 1);
        put(g, " + 0 * y)[n = k]");
        return;
    case 1:
        if (!(axes & N)) break;
        put(g, "(y + ");
        put_float(g, axes | N, depth - 1);
        put(g, pick(g, 2) ? ")[n = n - 1 else 0.5]" : ")[n = n + 1 else lr]");
        return;
    case 2:
        if (!(axes & N)) break;
        put(g, "(v + ");
        put_float(g, (axes & ~N) | M, depth - 1);
        put(g, ")[m = seg]");
        return;
    case 3:
        if (!(axes & N)) break;
        put(g, "(if has(label) then p[label, n] + x[c = label] else 0.25)");
        return;
    case 4:
        if (!(axes & N)) break;
        put(g, "x[n = extent(n) - 1 - n, c = 1]");
        return;
    case 5:
        if (!(axes & N)) break;
        put(g, "(if n > 0 then mean[c](x[n = n - 1]) else y)");
        return;
    default:
        if ((axes & (N | K | C)) != (N | K | C)) break;
        put(g, "(x[n = k] - p)[k = n, n = k]");
        return;
    }
    put_leaf(g, axes);
}

/* Grouped and running forms, softmax, attention. */
static void put_shaped(Generator *g, int axes, int depth) {
    static const char *const along[] = {"y", "v", "y[n = k]", "table"};
    static const char *const orders[] = {"k <= n", "k < n", "k >= n", "k > n"};
    switch (pick(g, 6)) {
    case 0:
        if (!(axes & M) || (axes & N)) break;
        text_format(g->out, "(%s[n](", pick(g, 2) ? "mean" : "max");
        put_float(g, (axes & ~M) | N, depth - 1);
        put(g, pick(g, 2) ? ", where = seg == m, empty = 0.5))"
                          : ", where = good and seg == m, empty = lr))");
        return;
    case 1:
        if (!(axes & N) || (axes & K)) break;
        text_format(g->out, "tanh(0.1 * %s[k]((", pick(g, 3) ? "sum" : "max");
        put_float(g, axes | N, depth - 1);
        text_format(g->out, " + 0 * y)[n = k], where = %s, empty = 0.25))", orders[pick(g, 4)]);
        return;
    case 2: {
        int inner = pick(g, 4);
        if (!(axes & (1 << inner))) break;
        bool logs = pick(g, 3) == 0;
        text_format(g->out, "%s[%s](", logs ? "tanh(0.1 * log_softmax" : "softmax",
                    axis_names[inner]);
        put_float(g, axes, depth - 1);
        text_format(g->out, " + 0 * %s%s", along[inner], logs ? "))" : ")"); /* it has the axis */
        return;
    }
    case 3:
        if (!(axes & N) || (axes & (K | C))) break;
        put(g, "mean[k](");
        put_float(g, (axes & ~N) | K, depth - 1);
        text_format(g->out, ", logweight = sum[c](x * x[n = k]), where = %s, empty = 0)",
                    pick(g, 2) ? "k <= n" : "good[n = k]");
        return;
    case 4:
        if (!(axes & M)) break;
        put(g, "(if sum[n](i64(keep)) > 1 then ");
        put_float(g, axes, depth - 1);
        put(g, " else 0.125)");
        return;
    default:
        if (axes & (K | N)) break;
        put(g, "sum[k](softmax[k](mean[c](x[n = k])) * ");
        put_float(g, axes | K, depth - 1);
        put(g, ")");
        return;
    }
    put_leaf(g, axes);
}

static void put_float(Generator *g, int axes, int depth) {
    static const char *const unary[] = {"tanh(", "sigmoid(",  "relu(",           "-(",
                                        "abs(",  "exp(-abs(", "sqrt(0.5 + abs(", "softplus(",
                                        "sin(",  "log1p(abs("};
    if (depth <= 0) {
        put_leaf(g, axes);
        return;
    }
    int choice = pick(g, 14);
    if (choice < 3) {
        put(g, "(");
        put_float(g, axes, depth - 1);
        put(g, choice == 0 ? " + " : choice == 1 ? " - " : " * ");
        put_float(g, axes, depth - 1);
        put(g, ")");
    } else if (choice < 5) {
        int op = pick(g, 10);
        put(g, unary[op]);
        put_float(g, axes, depth - 1);
        put(g, op == 5 || op == 6 || op == 9 ? "))" : ")");
    } else if (choice == 5) {
        put(g, "(if ");
        put_mask(g, axes, depth - 1);
        put(g, " then ");
        put_float(g, axes, depth - 1);
        put(g, " else ");
        put_float(g, axes, depth - 1);
        put(g, ")");
    } else if (choice == 6) {
        put(g, pick(g, 2) ? "max(" : "min(");
        put_float(g, axes, depth - 1);
        put(g, ", ");
        put_float(g, axes, depth - 1);
        put(g, ")");
    } else if (choice < 10) {
        put_reduction(g, axes, depth);
    } else if (choice < 12) {
        put_moved(g, axes, depth);
    } else {
        put_shaped(g, axes, depth);
    }
}

static void put_axes(Generator *g, int axes) {
    int order[4] = {0, 1, 2, 3}, written = 0;
    for (int i = 3; i > 0; --i) {
        int j = pick(g, i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    for (int i = 0; i < 4; ++i) {
        if (!(axes & (1 << order[i]))) continue;
        text_format(g->out, "%s%s", written++ ? ", " : "[", axis_names[order[i]]);
    }
    if (written) put(g, "]");
}

static int few_axes(Generator *g) {
    static const int sets[] = {0, N, M, N | M, N | C, M | C, N | K, N | M | C, C, K | N | C, M | N};
    return sets[pick(g, 11)];
}

char *generate_program(Arena *arena, uint64_t seed, const char *name, bool is_double) {
    Text out = text_new(arena);
    Generator g = {{seed}, &out, arena, 0, {0}};
    text_format(&out, "model %s\n%s", name, is_double ? "real f64\n" : "");
    /* In a float64 program nothing is computed in less. */
    put(&g, is_double ? "input half[n]\ninput brain[m, c]\n"
                      : "input half[n]: f16\ninput brain[m, c]: bf16\n");
    put(&g,
        "dim n\ndim m\ndim k like n\ndim c = 3\n"
        "input x[n, c]\ninput y[n]\ninput z[m, n]\ninput v[m]\ninput p[c, n]\ninput lr\n"
        "const table[c] = [1, -0.5, 0.25]\n"
        "weight w[n]\nweight u[m, c]\nweight wide[m]: f64\ninput q[n, m, c]\ninput deep[c, m, n]\n"
        "mask keep[n, m]\nmask good[n]\ninput count_of[n]: i32\ninput seg[n]: index(m)\n"
        "input label[n]: index(c, none = -1)\n");
    int lets = pick(&g, 4), outputs = 1 + pick(&g, 3);
    for (int i = 0; i < lets; ++i) {
        int axes = few_axes(&g);
        text_format(&out, "let l%d", i);
        put_axes(&g, axes);
        put(&g, " = ");
        put_float(&g, axes, 2 + pick(&g, 2));
        put(&g, "\n");
        g.let_axes[g.lets++] = axes;
    }
    for (int i = 0; i < outputs; ++i) {
        int axes = few_axes(&g);
        text_format(&out, "output r%d", i);
        put_axes(&g, axes);
        put(&g, is_double ? ": f64 = " : " = ");
        put_float(&g, axes, 2 + pick(&g, 3));
        put(&g, "\n");
    }
    if (pick(&g, 2)) {
        int axes = few_axes(&g);
        put(&g, "output chosen");
        put_axes(&g, axes & ~N);
        text_format(&out, " = arg%s[n](%s, where = good, empty = 0)\n", pick(&g, 2) ? "max" : "min",
                    (axes & M)   ? "z"
                    : (axes & C) ? "x"
                                 : "y");
    }
    return out.chars;
}
