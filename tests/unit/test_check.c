/* From text to meaning: programs whose data are consts are checked and evaluated; others are
 * printed as a graph, or refused. */
#include "check/check.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static Compiler *compiler;

static void setup(void) {
    compiler = compiler_new();
}

static void teardown(void) {
    compiler_free(compiler);
}

TestSuite(check, .init = setup, .fini = teardown);

static Model *check_text(const char *text) {
    const Source *source = source_add(compiler->sources, "test.sy", text, strlen(text));
    Model *model = check_program(compiler, parse_source(compiler, source));
    if (model) model_verify(model);
    return model;
}

static Model *check_good(const char *text) {
    Model *model = check_text(text);
    if (!model) diagnostics_print(compiler->diagnostics, stderr, false);
    cr_assert(model, "refused: %s", text);
    return model;
}

static Tensor evaluate(Model *model, int output) {
    Bindings bindings = {.arena = compiler->arena,
                         .sizes = table_new(compiler->arena),
                         .arrays = table_new(compiler->arena)};
    const Output *o = &model->outputs.items[output];
    Tensor tensor;
    const char *error = NULL;
    bool good = evaluate_node(model->graph, o->value, o->array->axes, o->array->rank, &bindings,
                              &tensor, &error);
    cr_assert(good, "%s: %s", o->array->name, error);
    return tensor;
}

/* What an expression over these numbers is. */
static const char prelude[] =
    "real f64\n"
    "dim n = 4\n"
    "dim c = 3\n"
    "dim none_at_all = 0\n"
    "dim s like n\n"
    "dim d like c\n"
    "const x[n] = [1, 2, 3, 6]\n"
    "const bad[n] = [1, inf - inf, 3, inf]\n"
    "const w[n] = [1, 0, 2, 1]\n"
    "const zero[n] = [0, 0, 0, 0]\n"
    "const low[n] = [-inf, -inf, -inf, -inf]\n"
    "const far[n] = [1000, 0, 1000, -1000]\n"
    "const k[n]: i32 = [3, 1, 2, 0]\n"
    "const label[n]: index(c) = [2, 0, 1, 2]\n"
    "const maybe[n]: index(c, none = -100) = [2, -100, 1, 0]\n"
    "const keep[n]: bool = [true, false, true, false]\n"
    "const no[n]: bool = [false, false, false, false]\n"
    "const q[c] = [10, 20, 30]\n"
    "const grid[n, c] = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]\n";

static double value_of(const char *expression) {
    const char *text = arena_format(compiler->arena, "%soutput y = %s\n", prelude, expression);
    return evaluate(check_good(text), 0).values[0];
}

typedef struct Case {
    const char *expression;
    double value;
} Case;

static void run_cases(const Case *cases, int count) {
    for (int i = 0; i < count; i++) {
        double value = value_of(cases[i].expression), wanted = cases[i].value;
        bool same = value == wanted || (isnan(value) && isnan(wanted)) ||
                    fabs(value - wanted) <= 1e-12 * (1 + fabs(wanted));
        cr_expect(same, "%s is %.17g, not %.17g", cases[i].expression, value, wanted);
    }
}
#define RUN(cases) run_cases(cases, (int)(sizeof cases / sizeof *cases))

Test(check, averages) {
    const Case cases[] = {
        {"sum[n](x)", 12},
        {"mean[n](x)", 3},
        {"mean[n](x, weight = w)", 13.0 / 4},
        {"mean[n](x, where = keep)", 2},
        {"mean[n](x, where = keep, weight = w)", 7.0 / 3},
        {"mean[n](x, where = keep, over = extent)", 1},
        {"mean[n](x, where = keep, weight = w, over = count)", 3.5},
        {"mean[n](x, weight = w, over = extent)", 13.0 / 4},
        {"mean[n](bad, where = keep)", 2},
        {"mean[n](bad, weight = w)", NAN},
        {"mean[n](x, where = no)", NAN},
        {"mean[n](x, where = no, empty = -1)", -1},
        {"mean[n](x, weight = zero, empty = -1)", -1},
        {"mean[n](x, weight = zero)", NAN},
        {"mean[n](k)", 1.5},
        {"mean[n, c](grid)", 6.5},
        {"sum[n](mean[c](grid))", 26},
        {"sum[n](x, weight = w)", 13},
        {"sum[n](x, weight = zero, empty = 5)", 5},
        {"sum[n](x, where = no)", 0},
        {"sum[n](x / sum[n](x))", 1},
        {"count[n]()", 4},
        {"count[n](where = keep)", 2},
        {"count[n](weight = w)", 4},
        {"count[n](x, where = x > 1)", 3},
        {"norm[n](x)", sqrt(50)},
        {"norm[n](x, weight = w)", sqrt(1 + 18 + 36)},
        {"prod[n](x)", 36},
        {"prod[n](x, where = no)", 1},
        {"prod[n](x, where = no, empty = 7)", 7},
        {"sum[none_at_all](none_at_all * 1.5)", 0},
        {"mean[none_at_all](none_at_all * 1.5)", NAN},
        {"mean[none_at_all](none_at_all * 1.5, empty = 3)", 3},
        {"sum[n, s](x * x[n = s])", 144},
    };
    RUN(cases);
}

Test(check, spreads) {
    const Case cases[] = {
        {"var[n](x)", 3.5},
        {"var[n](x, ddof = 1)", 14.0 / 3},
        {"std[n](x)", sqrt(3.5)},
        {"var[n](x, where = keep)", 1},
        {"var[n](x, where = keep, ddof = 1)", 2},
        {"var[n](x, where = n == 0, ddof = 1)", NAN},
        {"var[n](x, where = n == 0, ddof = 1, empty = 9)", 9},
        {"var[n](x, where = n == 0, empty = 9)", 0},
        {"var[n](x, where = no, ddof = 1)", NAN},
        {"var[n](x, where = no, ddof = 1, empty = 9)", 9},
        {"std[n](x, where = no, empty = 9)", 9},
        {"var[n](x, weight = w)", (5.0625 + 0.125 + 7.5625) / 4},
        {"var[n](x, weight = w, ddof = 1)", (5.0625 + 0.125 + 7.5625) / 3},
        {"var[n](x, weight = w, ddof = 4)", NAN},
        {"var[n](x, logweight = log(w))", (5.0625 + 0.125 + 7.5625) / 4},
        {"var[n](x, logweight = log(w), ddof = 1)", (5.0625 + 0.125 + 7.5625) / 3},
        {"var[n](x + 1e9)", 3.5},
    };
    RUN(cases);
}

Test(check, logarithmic_weights) {
    const Case cases[] = {
        {"mean[n](x, logweight = log(w))", 13.0 / 4},
        {"mean[n](bad, logweight = if keep then 0 else -inf)", 2},
        {"mean[n](x, logweight = far)", 2},
        {"mean[n](x, logweight = far + 1e5)", 2},
        {"mean[n](x, logweight = far - 1e5)", 2},
        {"mean[n](x, logweight = low)", NAN},
        {"mean[n](x, logweight = low, empty = 4)", 4},
        {"mean[n](x, logweight = far, weight = w)", 7.0 / 3},
        {"mean[n](x, logweight = far, weight = if n == 3 then 1 else 0)", 6},
        {"mean[n](x, logweight = far, where = n == 3)", 6},
        {"sum[n](x, logweight = log(w))", 13},
        {"sum[n](x, logweight = low)", 0},
        {"sum[n](x * 1e-300, logweight = if n == 0 then 800 else -inf)", exp(800 - 300 * log(10))},
        {"count[n](logweight = log(w))", 4},
        {"norm[n](x, logweight = log(w))", sqrt(55)},
        {"sum[n](x * softmax[n](log(x)))", 50.0 / 12},
        {"mean[n](x, logweight = log(x))", 50.0 / 12},
    };
    RUN(cases);
}

Test(check, logsumexp) {
    const Case cases[] = {
        {"logsumexp[n](log(x))", log(12)},
        {"logsumexp[n](far)", 1000 + log(2)},
        {"logsumexp[n](low)", -INFINITY},
        {"logsumexp[n](x, where = no)", -INFINITY},
        {"logsumexp[n](x, where = no, empty = 2)", 2},
        {"logsumexp[n](if n == 1 then inf else x)", INFINITY},
        {"logsumexp[n](bad)", NAN},
        {"logsumexp[n](log(x), weight = w)", log(13)},
        {"logsumexp[n](if n == 1 then 10000 else 0, weight = w)", log(4)},
        {"logsumexp[n](x, weight = zero)", -INFINITY},
        {"logsumexp[n](x, weight = zero, empty = 2)", 2},
        {"logsumexp[n](log(x), logweight = log(w))", log(13)},
        {"logsumexp[none_at_all](none_at_all * 1.5)", -INFINITY},
    };
    RUN(cases);
}

Test(check, keeping_the_axis) {
    const Case cases[] = {
        {"sum[n](if n == 3 then softmax[n](log(x)) else 0)", 0.5},
        {"sum[n](softmax[n](far))", 1},
        {"sum[n](softmax[n](x, where = keep))", 1},
        {"sum[n](if keep then 0 else softmax[n](x, where = keep))", 0},
        {"sum[n](softmax[n](bad, where = keep))", 1},
        {"sum[n](softmax[n](x, where = no))", 0},
        {"max[n](log_softmax[n](x, where = no))", -INFINITY},
        {"sum[n](exp(log_softmax[n](x)))", 1},
        {"sum[n](log_softmax[n](far), where = n == 1)", -1000 - log(2)},
        {"sum[n](normalize[n](x), where = n == 3)", 0.5},
        {"sum[n](normalize[n](x, where = keep), where = n == 2)", 0.75},
        {"sum[n](normalize[n](x, where = no))", 0},
    };
    RUN(cases);
}

Test(check, extremes) {
    const Case cases[] = {
        {"max[n](x)", 6},
        {"min[n](x, where = x > 1)", 2},
        {"max[n](x, where = no)", -INFINITY},
        {"min[n](x, where = no)", INFINITY},
        {"max[n](x, where = no, empty = 0)", 0},
        {"max[n](k, where = no, empty = 0)", 0},
        {"max[n](bad)", NAN},
        {"argmax[n](x)", 3},
        {"argmin[n](k)", 3},
        {"argmax[n](zero)", 0},
        {"argmax[n](x, where = keep, empty = -1)", 2},
        {"argmax[n](x, where = no, empty = -1)", -1},
        {"x[argmax[n](x)]", 6},
        {"any[n](x > 5)", 1},
        {"all[n](x > 1)", 0},
        {"any[n](no)", 0},
        {"all[n](x > 1, where = n > 0)", 1},
        {"any[n](x > 1, where = no)", 0},
        {"all[n](x > 1, where = no)", 1},
        {"max(1, 2, 3)", 3},
        {"min(x[n = 2], 2)", 2},
        {"clamp(5, 0, 3)", 3},
    };
    RUN(cases);
}

Test(check, numbers) {
    const Case cases[] = {
        {"2 ^ 3 ^ 2", 512},
        {"-2 ^ 2", -4},
        {"2 ^ -1", 0.5},
        {"7 / 2", 3.5},
        {"div(7, 2)", 3},
        {"div(-7, 2)", -4},
        {"mod(-7, 2)", 1},
        {"mod(-7.5, 2)", 0.5},
        {"1 / extent(n)", 0.25},
        {"sum[n](n)", 6},
        {"sum[n](n / 2)", 3},
        {"i32(2.9)", 2},
        {"i64(floor(-2.5))", -3},
        {"f32(0.1)", 0.1f},
        {"f64(0.1)", 0.1},
        {"sum[n](f32(keep))", 2},
        {"sum[n](if keep then 1 else 0)", 2},
        {"sum[n](k + 3)", 18},
        {"sum[n](x * k)", 3 + 2 + 6},
        {"if 1 < 2 and not 2 < 1 or false then 3 else 4", 3},
        {"if 0 <= 3 < 4 then 1 else 0", 1},
        {"if 0 <= 4 < 4 then 1 else 0", 0},
        {"count[n](where = keep == no)", 2},
        {"relu(-1) + relu(2)", 2},
        {"gelu(1)", 0.5 * (1 + erf(sqrt(0.5)))},
        {"silu(1)", 1 / (1 + exp(-1))},
        {"round(2.5)", 2},
        {"abs(-3)", 3},
        {"sign(-3)", -1},
        {"bool(2)", 1},
        {"count[n](where = isnan(bad))", 1},
        {"count[n](where = isfinite(bad))", 2},
        {"inf", INFINITY},
        {"0 * stop(2)", 0},
        {"extent(n) * extent(c)", 12},
    };
    RUN(cases);
}

Test(check, positions) {
    const Case cases[] = {
        {"sum[n](grid[n, label])", 3 + 4 + 8 + 12},
        {"sum[n](q[label])", 30 + 10 + 20 + 30},
        {"sum[n](q[c = label])", 90},
        {"sum[n]((2 * q)[c = label])", 180},
        {"sum[n](x[n = n - 1 else 10])", 16},
        {"sum[n](if n >= 1 then x[n - 1] else 0)", 6},
        {"sum[n](x[n - 1], where = n >= 1)", 6},
        {"sum[n](x[n + 1], where = n + 1 < extent(n))", 11},
        {"sum[n](x[extent(n) - 1 - n])", 12},
        {"sum[n](x[clamp(n + 2, 0, extent(n) - 1)])", 3 + 6 + 6 + 6},
        {"sum[n](x[mod(n + 1, extent(n))])", 12},
        {"sum[n](x[k])", 12},
        {"sum[n](x[k] * n)", 2 + 6 + 3},
        {"x[0] + x[n = 3]", 7},
        {"sum[n](q[maybe], where = has(maybe))", 60},
        {"sum[n](if has(maybe) then q[maybe] else 0)", 60},
        {"sum[n](if not has(maybe) then 1 else q[maybe])", 61},
        {"sum[n](q[c = maybe else 5])", 65},
        {"sum[n, s]((x * n)[n = s] - x[s] * s)", 0},
        {"sum[n, s](((x * s)[n = s, s = n]))", 72},
        {"sum[s]((sum[n](x * x[n = s]))[s = s])", 144},
        {"sum[n]((sum[s](x[s] * n))[n = 3 - n else 0])", 72},
        {"sum[n](x, where = any[c](label == c))", 12},
        {"sum[n](sum[c](q, where = c == label))", 90},
    };
    RUN(cases);
}

static double program_value(const char *declarations) {
    const char *text = arena_format(compiler->arena, "%s%s", prelude, declarations);
    return evaluate(check_good(text), 0).values[0];
}

Test(check, functions) {
    const Case cases[] = {
        {"fn f[a](v) = sum[a](v)\noutput y = f[n](x)\n", 12},
        {"fn f[a...](v) = sum[a](v) / extent(a)\noutput y = f[n, c](grid)\n", 6.5},
        {"fn f[a, b...](v) = sum[b](sum[a](v))\noutput y = f[n, c](grid)\n", 78},
        {"fn f(v, by = 2) = v * by\noutput y = sum[n](f(x))\n", 24},
        {"fn f(v, by = 2) = v * by\noutput y = sum[n](f(by = 3, v = x))\n", 36},
        {"fn f(v) = g(v) + 1\nfn g(v) = 2 * v\noutput y = sum[n](f(x))\n", 28},
        {"fn f[a](v) {\n  dim b like a\n  let other = v[a = b]\n  sum[a, b](v * other)\n}\noutput "
         "y = f[n](x)\n",
         144},
        {"fn f[a](v) {\n  dim b = a - 1\n  sum[b](v[a = b + 1] - v[a = b + 0])\n}\noutput y = "
         "f[n](x)\n",
         5},
        {"fn f[a](v) {\n  let m = mean[a](v)\n  sum[a]((v - m)^2)\n}\noutput y = f[n](x)\n", 14},
        {"fn f[a](v, i) = v[a = i]\noutput y = sum[n](f[c](grid, label) + f[c](x, label))\n",
         27 + 12},
        {"output y = mean[n](cross_entropy[c](grid, label))\n",
         log(exp(0) + exp(1) + exp(2)) - (2 + 0 + 1 + 2) / 4.0},
        {"output y = sum[n](cross_entropy[c](grid, maybe))\n",
         3 * log(exp(0) + exp(1) + exp(2)) - (2 + 1 + 0)},
        {"output y = mse[n](x, 1)\n", (0 + 1 + 4 + 25) / 4.0},
        {"output y = sum[n](huber(x, 1))\n", 0 + 0.5 + 1.5 + 4.5},
        {"output y = bce_with_logits(800, 1) + bce_with_logits(-800, 0)\n", 0},
        {"fn huber(a) = 100\noutput y = sum[n](smooth_l1(x, 1)) + huber(1)\n", 6.5 + 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = program_value(cases[i].expression);
        cr_expect(fabs(value - cases[i].value) < 1e-9, "%s is %g, not %g", cases[i].expression,
                  value, cases[i].value);
    }
}

/* --- what the graph looks like --- */

static const char *printed(const char *text, int output) {
    Model *model = check_good(text);
    Text out = text_new(compiler->arena);
    graph_print_node(&out, model->outputs.items[output].value);
    return out.chars;
}

Test(check, shapes_that_the_plan_knows) {
    static const char data[] =
        "dim n\ndim c\ninput x[n, c]\ninput z[c]\nweight w[n]\nmask keep[n]\n";
    static const struct {
        const char *expression, *graph;
    } cases[] = {
        {"mean[n](x, weight = w)", "sum[n](w * x) / sum[n](w)"},
        {"mean[n](x)", "sum[n](x) / f32(extent(n))"},
        {"mean[n](x, where = keep)", "sum[n](x, where = keep) / f32(sum[n](i64(1), where = keep))"},
        {"mean[n](x, logweight = w)",
         "sum[n](exp(w - stop(max[n](w, where = w != -inf))) * x, where = w != -inf) / "
         "sum[n](exp(w - stop(max[n](w, where = w != -inf))), where = w != -inf)"},
        {"z * 0.1", "z * 0.1"},
        {"z / extent(n)", "z / f32(extent(n))"},
        {"z * (1 / 3)", "z * (f32(1) / 3)"},
        {"z^2", "z ^ 2"},
        {"if z >= 1 then z else 0", "if 1 <= z then z else 0"},
        {"x[2, c]", "x[2, c]"},
        {"z[c = c - 1 else 0]", "if 0 <= c - 1 then z[c - 1] else 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text =
            arena_format(compiler->arena, "%soutput y[c] = %s\n", data, cases[i].expression);
        cr_expect_str_eq(printed(text, 0), cases[i].graph);
    }
}

Test(check, literals_take_the_other_type) {
    const char *graph =
        printed("dim n\ninput x[n]: f64\noutput y[n] = x * (1 / extent(n)) + x / sqrt(2)\n", 0);
    cr_expect_str_eq(graph, "x * (1 / f64(extent(n))) + x / sqrt(f64(2))");
    Model *model = check_good(
        "dim n\ninput k[n]: i32\noutput a[n] = k + 1\noutput b[n] = k + n\noutput c[n] = k * 0.5\n"
        "output d = sum[n](k)\noutput e = mean[n](k)\noutput f = 1\n");
    static const Scalar types[] = {SCALAR_I32, SCALAR_I64, SCALAR_F32,
                                   SCALAR_I64, SCALAR_F32, SCALAR_I64};
    for (int i = 0; i < 6; i++)
        cr_expect(model->outputs.items[i].array->type == types[i], "output %d is %s", i,
                  scalar_text(model->outputs.items[i].array->type));
}

Test(check, checks_on_entry) {
    Model *model =
        check_good("dim n\ndim c\ndim t\ninput x[n]\ninput z[c]\ninput k[t]: i32\nmask keep[t]\n"
                   "output a[t] = x[k]\noutput b[t] = if keep then z[k] else 0\noutput last = "
                   "x[extent(n) - 1]\n"
                   "output best = argmax[n](x)\n");
    cr_assert_eq(model->checks.count, 4);
    cr_expect(model->checks.items[0].guard == NULL);
    cr_expect(model->checks.items[1].guard != NULL && model->checks.items[1].guard->op == OP_ARRAY);
    cr_expect_str_eq(model->checks.items[2].axis->name, "n");
    cr_expect(node_is_number(model->checks.items[3].index, 0));
}

/* A condition around a call or a reduction says nothing about an axis that is bound anew inside. */
Test(check, facts_do_not_reach_inside) {
    static const char let_in_fn[] = "fn f[a](v) { let p = v[a = a - 1]; sum[a](p) }\n"
                                    "output y[n] = if n >= 1 then f[n](x) else 0\n";
    const char *const programs[] = {
        "output y[n] = if n >= 1 then sum[n](x[n - 1]) else 0\n",
        "output y[n] = if n >= 1 then softmax[n](x[n - 1]) else 0\n",
        "output y[n] = if n >= 1 then (x[n - 1])[n = 0] else 0\n",
        "fn f[a](v) = sum[a](v)\noutput y[n] = if n >= 1 then f[n](x[n - 1]) else 0\n",
        let_in_fn,
        "fn f[a](v, p = v[a = a - 1]) = sum[a](p)\noutput y[n] = if n >= 1 then f[n](x) else 0\n",
        "output y = mean[n](x, where = n >= 1, empty = x[n - 1])\n",
        "output y[n] = if has(label) then sum[n](z[label]) else 0\n",
        "let p = x[n - 1]\noutput y[n] = if n >= 1 then p else 0\n",
        "output y[n] = if n >= 1 or x > 0 then x[n - 1] else 0\n",
        "output y[n] = if n >= 1 then 0 else x[n - 1]\n",
    };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        const char *text = arena_format(
            compiler->arena,
            "dim n\ndim c\ninput x[n]\ninput z[c]\ninput label[n]: index(c, none = -1)\n%s",
            programs[i]);
        cr_expect(!check_text(text), "taken: %s", programs[i]);
    }
}

Test(check, labels_in_the_file) {
    Model *model =
        check_good("dim n = 2\ndim c\nconst k[n]: index(c, none = -1) = [7, -1]\ninput z[c]\n"
                   "output y[n] = z[c = k else 0]\n");
    cr_assert_eq(model->checks.count, 1);
    cr_expect(model->checks.items[0].guard != NULL);
}

Test(check, computed_extents) {
    Model *model = check_good("dim o = t - k + 1\ndim t\ndim k = 3\ninput x[t]\ninput w[k]\n"
                              "output y[o] = sum[k](x[t = o + k] * w)\n");
    cr_assert_eq(model->checks.count, 0);
    cr_expect(!model->axes.items[0]->is_argument && model->axes.items[1]->is_argument);
    cr_expect(model->axes.items[0]->id < model->axes.items[1]->id);
}

Test(check, ten_thousand_lets_backwards) {
    Text text = text_new(compiler->arena);
    text_add(&text, "input x\noutput y = a0\n");
    for (int i = 0; i < 10000; i++)
        text_format(&text, "let a%d = a%d + 1\n", i, i + 1);
    text_add(&text, "let a10000 = x\n");
    const Source *source = source_add(compiler->sources, "test.sy", text.chars, text.length);
    cr_expect(check_program(compiler, parse_source(compiler, source)) != NULL);
}

Test(check, errors_are_all_reported) {
    cr_expect(!check_text("dim n\ninput x[n]\nmask keep[n]\noutput a = x\noutput b[n] = x * "
                          "keep\noutput c[n] = nothing\n"));
    cr_expect_eq(diagnostics_errors(compiler->diagnostics), 3);
}
