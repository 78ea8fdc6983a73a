/* Recurrences: the order that is found, what the evaluator makes of it, what is printed, what is
 * stored. */
#include "check/check.h"
#include "plan/plan.h"
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
TestSuite(recurrence, .init = setup, .fini = teardown);

static Model *checked(const char *text) {
    const Source *source = source_add(compiler->sources, "test.sy", text, strlen(text));
    Model *model = check_program(compiler, parse_source(compiler, source));
    if (!model) diagnostics_print(compiler->diagnostics, stderr, false);
    cr_assert(model, "refused: %s", text);
    model_verify(model);
    return model;
}

static RecurrenceList recurrences(const Model *model) {
    RecurrenceList list = {0};
    Table met = table_new(compiler->arena);
    for (int i = 0; i < model->outputs.count; i++)
        graph_recurrences(model->graph, model->outputs.items[i].value, &met, &list);
    return list;
}

/* "d: i, -j; e: i" for arrays in the order of evaluation, - for downwards, | between groups. */
static const char *orders(const char *text) {
    RecurrenceList list = recurrences(checked(text));
    Text out = text_new(compiler->arena);
    for (int i = 0; i < list.count; i++) {
        const Recurrence *one = list.items[i];
        if (i) text_add(&out, one->group == list.items[i - 1]->group ? "; " : " | ");
        text_format(&out, "%s:", one->array->name);
        for (int l = 0; l < one->loop_count; l++)
            text_format(&out, "%s %s%s", l ? "," : "", one->loops[l].down ? "-" : "",
                        one->loops[l].axis->name);
    }
    return out.chars;
}

static void expect_orders(const char *text, const char *expected) {
    const char *found = orders(text);
    cr_expect_str_eq(found, expected, "%s gives %s, not %s", text, found, expected);
}

/* --- the order --- */

Test(recurrence, one_axis) {
    expect_orders("dim t\ninput x[t]\nlet a[t] = x + a[t = t - 1 else 0]\noutput y[t] = a\n",
                  "a: t");
    expect_orders("dim t\ninput x[t]\nlet a[t] = x + a[t = t + 1 else 0]\noutput y[t] = a\n",
                  "a: -t");
    expect_orders("dim n\ndim t\ninput x[n, t]\nlet a[n, t] = x + a[t = t - 1 else 0]\n"
                  "output y[n, t] = a\n",
                  "a: t");
}

Test(recurrence, earlier_by_what_is_known) {
    expect_orders("dim t\ndim s like t\ninput x[t]\n"
                  "let a[t] = x + sum[s](a[t = s], where = s < t)\noutput y[t] = a\n",
                  "a: t");
    expect_orders("dim t\ndim k = 4\ninput x[t]\nconst c[k] = [1, 2, 3, 4]\n"
                  "let a[t] = x + sum[k](c * a[t = t - k - 1 else 0])\noutput y[t] = a\n",
                  "a: t");
    expect_orders("dim t\ninput x[t]\ninput back[t]: index(t)\n"
                  "let a[t] = x + (if back < t then a[t = back] else 0)\noutput y[t] = a\n",
                  "a: t");
    expect_orders("dim t\ninput x[t]\n"
                  "let a[t] = if t > 2 then a[t = max(t - 3, 0)] else x\noutput y[t] = a\n",
                  "a: t");
}

Test(recurrence, two_axes) {
    expect_orders("dim i\ndim j\ninput x[i, j]\n"
                  "let d[i, j] = x + d[i = i - 1 else 0] + d[j = j + 1 else 0]\n"
                  "output y[i, j] = d\n",
                  "d: i, -j");
    /* j is the first: along i the read goes both ways */
    expect_orders("dim i\ndim j\ninput x[i, j]\n"
                  "let d[i, j] = x + d[i = i - 1 else 0, j = j - 1 else 0]"
                  " + d[i = i + 1 else 0, j = j - 1 else 0]\noutput y[i, j] = d\n",
                  "d: j");
    /* of the same i or an earlier one; of the same one, of an earlier j */
    expect_orders("dim i\ndim j\ninput x[i, j]\n"
                  "let d[i, j] = x + d[i = max(i - 1, 0), j = j - 1 else 0]"
                  " + d[i = i - 1 else 0, j = j + 1 else 0]\noutput y[i, j] = d\n",
                  "d: i, j");
}

Test(recurrence, several_lets) {
    expect_orders("dim t\ninput x[t]\nlet h[t] = c * 2\n"
                  "let c[t] = x + h[t = t - 1 else 0]\noutput y[t] = h\n",
                  "c: t; h: t");
    expect_orders("dim t\ndim u\ninput x[t, u]\nlet total[t] = sum[u](row)\n"
                  "let row[t, u] = x + total[t = t - 1 else 0]\noutput y[t] = total\n",
                  "row: t; total: t");
    /* by name they need each other, in fact not */
    expect_orders("dim t\ninput x[t]\nlet a[t] = x + a[t = t - 1 else 0]\n"
                  "let b[t] = a + b[t = t + 1 else 0]\noutput y[t] = b\n",
                  "a: t | b: -t");
    /* within t one of them is walked along u upwards, the other downwards */
    expect_orders("dim t\ndim u\ninput x[t, u]\n"
                  "let a[t, u] = x + a[u = u - 1 else 0] + b[t = t - 1 else 0]\n"
                  "let b[t, u] = a + b[u = u + 1 else 0]\noutput y[t, u] = b\n",
                  "a: t, u; b: t, -u");
    expect_orders("dim t\ninput x[t]\nlet gate = 2 * before\nlet before = h[t = t - 1 else 0]\n"
                  "let h[t] = x + gate\noutput y[t] = h + gate\n",
                  "h: t");
}

Test(recurrence, in_functions) {
    const char *fn = "fn ema[t](x, a) {\n  let s[t] = a * x + (1 - a) * s[t = t - 1 else 0]\n"
                     "  s\n}\n";
    expect_orders(arena_format(compiler->arena,
                               "dim n\ndim t\ninput x[n, t]\n%soutput y[n, t] = ema[t](x, 0.5)\n"
                               "output z[n, t] = ema[n](x, 0.5)\n",
                               fn),
                  "s: t | s: n");
    /* the inner one reads the outer one, and is read by it */
    expect_orders(arena_format(compiler->arena,
                               "dim t\ndim u\ninput x[t]\ninput w[u]\n%s"
                               "let h[t] = x + sum[u](ema[u](w * h[t = t - 1 else 0], 0.5))\n"
                               "output y[t] = h\n",
                               fn),
                  "s: t, u; h: t");
}

/* --- values --- */

static Bindings bindings;

static void bind(Model *model, const char *size, int64_t extent, const char *input,
                 double *values) {
    if (!bindings.arena) bindings = bindings_new(compiler->arena);
    for (int i = 0; size && i < model->axes.count; i++) {
        if (strcmp(model->axes.items[i]->name, size) != 0) continue;
        int64_t *kept = ARENA_NEW(compiler->arena, int64_t);
        *kept = extent;
        table_set(&bindings.sizes, model->axes.items[i], kept);
    }
    for (int i = 0; input && i < model->arrays.count; i++)
        if (strcmp(model->arrays.items[i]->name, input) == 0)
            table_set(&bindings.arrays, model->arrays.items[i], values);
}

static Tensor output(Model *model, int i) {
    Tensor result;
    const char *error = NULL;
    const Output *out = &model->outputs.items[i];
    bool done = evaluate_node(model->graph, out->value, out->array->axes, out->array->rank,
                              &bindings, &result, &error);
    cr_assert(done, "%s", error);
    return result;
}

/* Steps that nothing reads hold NaN: they give no gradient, and touch none. */
Test(recurrence, steps_that_nothing_reads) {
    static const struct {
        const char *loss, *recurrence; /* of h[t], with x = 1 0.5 nan nan */
        const char *live;              /* what the derivative's own recurrences are called */
        int dead;                      /* the first step that nothing reads */
    } cases[] = {
        {"sum[t](h, where = t < 2)", "tanh(w * h[t = t - 1 else 0] + x)", "live_h", 2},
        {"h[t = 1]", "exp(w * h[t = t - 1 else 0] * x)", "live_h", 2},
        {"sum[t](h * h, where = t <= 1)", "log(2 + h[t = t - 1 else w] * x)", "live_h", 2},
        {"h[t = 0]", "sqrt(2 + w * h[t = t - 1 else 1] * x)", "live_h", 1},
        /* what starts anew needs nothing of before */
        {"h[t = extent(t) - 1]", "if t == 3 then w else tanh(x * h[t = t - 1 else w])", "live_h",
         2},
        {"if false then sum[t](h) else w", "tanh(w * h[t = t - 1 else 0] + x)", NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Model *model = checked(arena_format(
            compiler->arena,
            "real f64\ndim t\ninput x[t]\nparam w = 0.5\nlet h[t] = %s\nlet loss = %s\n"
            "output by_w = grad(loss, w)\noutput by_x[t] = grad(0 * sum[t](0 * x) + loss, x)\n",
            cases[i].recurrence, cases[i].loss));
        double x[] = {1, 0.5, NAN, NAN}, w = 0.5;
        bind(model, "t", 4, "x", x);
        bind(model, NULL, 0, "w", &w);
        cr_assert(isfinite(output(model, 0).values[0]), "%s: by w", cases[i].loss);
        Tensor by_x = output(model, 1);
        for (int t = 0; t < 4; t++)
            cr_assert(t < cases[i].dead ? isfinite(by_x.values[t]) : by_x.values[t] == 0,
                      "%s: by x[%d] is %g", cases[i].loss, t, by_x.values[t]);
        Text printed = text_new(compiler->arena);
        model_print(&printed, model);
        cr_assert(!cases[i].live || strstr(printed.chars, cases[i].live), "%s", printed.chars);
    }
}

/* Where every step is read nothing has to be known. */
Test(recurrence, steps_that_are_all_read) {
    static const char *losses[] = {"sum[t, u](h^2)", "sum[u](h[t = extent(t) - 1])",
                                   "sum[u](h[t = extent(t) - 1 else 0] * x[t = 0])",
                                   "sum[t, u](h * x + g)"};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        Model *model = checked(arena_format(
            compiler->arena,
            "dim t\ndim u\ndim v like u\ninput x[t, u]\nparam w[u, v] = 0.5\n"
            "let g[t, u] = x * g[t = t - 1 else 1] + sum[v](w * h[t = t - 1 else 0, u = v])\n"
            "let h[t, u] = x * tanh(g)\n"
            "output by_w[u, v] = grad(%s, w)\n",
            losses[i]));
        Text printed = text_new(compiler->arena);
        model_print(&printed, model);
        cr_assert(!strstr(printed.chars, "live"), "%s: %s", losses[i], printed.chars);
    }
}

Test(recurrence, as_long_as_it_gets) {
    enum {
        LENGTH = 200000
    };
    Model *model = checked("real f64\ndim t\ninput x[t]\n"
                           "let a[t] = x + 0.5 * a[t = t - 1 else 0]\n"
                           "let b[t] = a + 0.5 * b[t = t + 1 else 0]\noutput y[t] = b\n");
    double *x = ARENA_ARRAY(compiler->arena, double, LENGTH);
    double *a = ARENA_ARRAY(compiler->arena, double, LENGTH + 1);
    for (int i = 0; i < LENGTH; i++)
        x[i] = i % 7;
    bind(model, "t", LENGTH, "x", x);
    for (int i = 0; i < LENGTH; i++)
        a[i] = x[i] + (i ? 0.5 * a[i - 1] : 0);
    for (int i = LENGTH - 1; i >= 0; i--)
        a[i] += i < LENGTH - 1 ? 0.5 * a[i + 1] : 0;
    Tensor y = output(model, 0);
    for (int i = 0; i < LENGTH; i++)
        cr_assert_eq(y.values[i], a[i], "%d", i);
    model_simplify(model);
    cr_expect_eq(output(model, 0).values[17], a[17]);
}

Test(recurrence, of_no_elements) {
    Model *model = checked("real f64\ndim t\ninput x[t]\nlet a[t] = x + a[t = t - 1 else 0]\n"
                           "output y = sum[t](a)\noutput z = a[t = extent(t) - 1 else -1]\n");
    double x[1] = {3};
    bind(model, "t", 0, "x", x);
    cr_expect_eq(output(model, 0).values[0], 0);
    cr_expect_eq(output(model, 1).values[0], -1);
}

/* --- printing --- */

static const char *printed(const Model *model) {
    Text out = text_new(compiler->arena);
    model_print(&out, model);
    return out.chars;
}

Test(recurrence, printed_as_it_was_written) {
    Model *model = checked("model test\ndim t\ndim u\ninput x[t, u]\n## doc\n"
                           "let h[t, u] = if t == 0 then x else tanh(h[t = t - 1]) + g\n"
                           "let g[t, u] = if t == 0 then x else h[t = t - 1] * g[t = t - 1]\n"
                           "let k[t]: i64 = if t == 0 then 1 else k[t = t - 1] * 3\n"
                           "output y[t, u] = h\noutput z[t]: i64 = k\n");
    const char *once = printed(model);
    cr_expect(strstr(once, "## doc\nlet h[t, u] = if t == 0 then x else tanh(h[t - 1, u]) + g"),
              "%s", once);
    cr_expect(strstr(once, "let k[t]: i64 = if t == 0 then i64(1) else k[t - 1] * 3") ||
                  strstr(once, "let k[t]: i64 = if t == 0 then 1 else k[t - 1] * 3"),
              "%s", once);
    Model *again = checked(once);
    cr_expect_str_eq(printed(again), once);
}

/* --- the simplifier --- */

Test(recurrence, equal_ones_are_one) {
    Model *model = checked("dim t\ninput x[t]\ninput a\n"
                           "let h[t] = if t == 0 then x else tanh(a * x + h[t = t - 1])\n"
                           "loss L = sum[t](h^2)\noutput d_x[t] = grad(L, x)\n"
                           "output d_a = grad(L, a)\n");
    cr_expect_eq(recurrences(model).count, 3);
    model_simplify(model);
    model_verify(model);
    RecurrenceList list = recurrences(model);
    cr_assert_eq(list.count, 2);
    cr_expect_str_eq(list.items[1]->array->name, "d_h");
    cr_expect(list.items[1]->loops[0].down);
}

/* --- the plan --- */

static Plan *planned(const char *text) {
    Model *model = checked(text);
    model_simplify(model);
    ModelPlan *plan = plan_model(compiler, model);
    plan_verify(plan);
    return plan->entries.items[0].plan;
}

static const Root *root_named(const Plan *plan, const char *name) {
    for (int i = 0; i < plan->roots.count; ++i)
        if (strcmp(plan->roots.items[i]->array->name, name) == 0) return plan->roots.items[i];
    bug("no root %s", name);
}

static int64_t kept(const char *value, const char *outputs) {
    const char *text = arena_format(compiler->arena,
                                    "dim n\ndim t\ndim u\ndim v like u\ninput x[n, t, u]\n"
                                    "let h[n, t, u] = %s\n%s",
                                    value, outputs);
    return root_named(planned(text), "h")->steps_kept;
}

Test(recurrence, steps_that_are_kept) {
    const char *last = "output y[n, u] = h[t = extent(t) - 1 else 0]\n";
    const char *all = "output y[n, t] = sum[u](h)\n";
    const char *first = "output y[n, u] = h[t = 0 else 0]\n";
    cr_expect_eq(kept("x + h[t = t - 1 else 0]", last), 2);
    cr_expect_eq(kept("x + h[t = t - 3 else 0] + h[t = t - 1 else 0]", last), 4);
    cr_expect_eq(kept("x + sum[v](h[t = t - 1 else 0, u = v])", last), 2);
    cr_expect_eq(kept("x + h[t = t + 1 else 0]", first), 2);
    cr_expect_eq(kept("x + h[t = t - 1 else 0]", all), 0);
    cr_expect_eq(kept("x + h[t = t - 1 else 0]", first), 0);
    cr_expect_eq(kept("x + h[t = t - 17 else 0]", last), 0);
}

Test(recurrence, outputs_are_their_own_memory) {
    Plan *plan = planned("dim t\ninput x[t]\nlet a[t] = x + a[t = t - 1 else 0]\n"
                         "output y[t] = a\noutput z[t] = a * 2\n");
    cr_expect_eq(plan->roots.count, 2);
    cr_expect(!root_named(plan, "y")->is_buffer);
}

Test(recurrence, what_may_run_side_by_side) {
    Plan *plan = planned("dim n\ndim t\ninput x[n, t]\nlet a[n, t] = x + a[t = t - 1 else 0]\n"
                         "output y[n, t] = a\n");
    cr_assert_eq(plan->steps.count, 1);
    const PlanLoop *loop = plan->steps.items[0]->loop;
    cr_expect_eq(loop->kind, LOOP_MAP);
    cr_expect(loop->outermost);
    cr_expect_eq(loop->body.items[0]->loop->kind, LOOP_SEQUENTIAL);
}
