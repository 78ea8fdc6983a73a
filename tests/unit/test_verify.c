/* The checks of `verify`, given what is wrong: gradients that are, and functions in the place of
 * emitted ones that make each mistake which a check is there for. */
#include "graph/weighing.h"
#include "pipeline.h"
#include "tool/verify.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char program[] = "real f64\ndim n\ninput x[n]\nweight w[n]\nmask keep[n]\n"
                              "loss L = sum[n](x * w, where = keep) / sum[n](w, where = keep)\n";

/* --- functions as they might have been emitted --- */

typedef enum Mistake {
    MISTAKE_NONE,
    MISTAKE_VALUE,    /* the result is a little too large */
    MISTAKE_THREADS,  /* it depends on the number of threads */
    MISTAKE_MASK,     /* multiplied by the mask: NaN comes through */
    MISTAKE_ABSENT,   /* no weight is 0 */
    MISTAKE_REPEATED, /* an element counts once, whatever its weight */
    MISTAKE_SCALED    /* the sum of weights is not quite divided by */
} Mistake;

static Mistake mistake;
static int threads;

static void set_threads(int count) {
    threads = count;
}

static int weighted_mean(const int64_t *sizes, void *const *arrays, steelyard_call *call) {
    const double *x = arrays[0], *w = arrays[1];
    const unsigned char *keep = arrays[2];
    double sum = 0, total = 0;
    (void)call;
    for (int64_t i = 0; i < sizes[0]; i++) {
        double weight = w[i];
        if (mistake == MISTAKE_ABSENT && weight == 0) weight = 1e-3;
        if (mistake == MISTAKE_REPEATED) weight = weight > 0;
        if (mistake == MISTAKE_MASK) {
            sum += x[i] * weight * keep[i];
            total += weight * keep[i];
        } else if (keep[i]) {
            sum += x[i] * weight;
            total += weight;
        }
    }
    if (mistake == MISTAKE_SCALED) total += 1e-3;
    if (mistake == MISTAKE_VALUE) sum *= 1 + 1e-12;
    if (mistake == MISTAKE_THREADS && threads == 4) sum *= 1 + 1e-15;
    *(double *)arrays[3] = sum / total;
    return STEELYARD_OK;
}

/* --- a model with that function --- */

static Verify v;
static Compilation compilation;
static Options options;
static char *said;
static size_t said_length;

static void open_program(const char *text) {
    Compiler *compiler = compiler_new();
    Strings words = {0};
    compilation = (Compilation){.compiler = compiler};
    compilation.source = source_add(compiler->sources, "m.sy", text, strlen(text));
    cr_assert(pipeline_run(&compilation, "check"));
    v = (Verify){.compiler = compiler,
                 .model = compilation.model,
                 .graph = compilation.model->graph,
                 .options = &options,
                 .set_threads = set_threads,
                 .out = open_memstream(&said, &said_length)};
    vector_push(compiler->arena, &words, "m.sy");
    cr_assert(verify_sample(&v, &words));
    verify_find_slopes(&v);
    v.plain = ARENA_ARRAY(compiler->arena, Node *, v.model->outputs.count + 1);
    for (int i = 0; i < v.model->outputs.count; i++)
        v.plain[i] = v.model->outputs.items[i].value;
}

static void add_function(void) {
    static Variable n = {.name = "n", .type = C_SIZE};
    static Variable arrays[] = {{.name = "x", .pointer = true, .is_const = true},
                                {.name = "w", .pointer = true, .is_const = true},
                                {.name = "keep", .pointer = true, .is_const = true},
                                {.name = "L", .pointer = true}};
    Callable callable = {.name = "m", .is_whole = true, .emitted.function = weighted_mean};
    vector_push(v.compiler->arena, &callable.emitted.sizes, &n);
    for (int i = 0; i < 4; i++)
        vector_push(v.compiler->arena, &callable.emitted.arrays, &arrays[i]);
    vector_push(v.compiler->arena, &v.functions, callable);
}

static void close_program(void) {
    fclose(v.out);
    free(said);
    data_free(&v.data);
    compiler_free(v.compiler);
}

static void run_checks(void) {
    verify_differences(&v);
    verify_forward(&v);
    verify_reference(&v);
    verify_threads(&v);
    verify_dead(&v);
    verify_weights(&v);
    fflush(v.out);
}

static void expect_mistake(Mistake which, const char *line) {
    mistake = which;
    open_program(program);
    add_function();
    run_checks();
    if (!line) {
        cr_expect(v.failed == 0 && v.held == 8, "nothing is wrong, but:\n%s", said);
    } else {
        const char *found = strstr(said, line);
        cr_expect(v.failed > 0 && found, "mistake %d is not found, no line `%s`:\n%s", which, line,
                  said);
    }
    close_program();
}

Test(verify, right_is_right) {
    expect_mistake(MISTAKE_NONE, NULL);
}

Test(verify, wrong_value) {
    expect_mistake(MISTAKE_VALUE, "FAILS  emitted C ");
}

Test(verify, wrong_by_threads) {
    expect_mistake(MISTAKE_THREADS, "FAILS  threads ");
}

Test(verify, wrong_by_mask) {
    expect_mistake(MISTAKE_MASK, "FAILS  dead places ");
}

Test(verify, wrong_by_absent) {
    expect_mistake(MISTAKE_ABSENT, "FAILS  weight w absent ");
}

Test(verify, wrong_by_repeated) {
    expect_mistake(MISTAKE_REPEATED, "FAILS  weight w repeated ");
}

Test(verify, wrong_by_scaled) {
    expect_mistake(MISTAKE_SCALED, "FAILS  weight w scaled ");
}

/* --- gradients --- */

typedef Node *Spoil(Graph *graph, Node *gradient);

static Node *too_large(Graph *graph, Node *gradient) {
    return graph_binary(graph, OP_MUL, gradient, graph_number(graph, gradient->type, 1.0001));
}

static Node *shifted(Graph *graph, Node *gradient) { /* in one element alone */
    Axis *axis = gradient->axes->items[0];
    Node *first =
        graph_binary(graph, OP_EQ, graph_axis(graph, axis), graph_integer(graph, SCALAR_I64, 2));
    Node *more = graph_binary(graph, OP_ADD, gradient, graph_number(graph, gradient->type, 1e-3));
    return graph_select(graph, first, more, gradient);
}

static void expect_spoilt(const char *text, Spoil *spoil) {
    open_program(text);
    cr_assert(v.slopes.count > 0);
    for (int i = 0; i < v.slopes.count; i++) {
        Verify one = v;
        Slope slope = v.slopes.items[i];
        slope.gradient = spoil(v.graph, slope.gradient);
        one.slopes.items = &slope;
        one.slopes.count = 1;
        one.failed = 0;
        verify_differences(&one);
        cr_expect(one.failed == 1, "a wrong gradient by %s is not seen by differences",
                  slope.by_name);
        verify_forward(&one);
        cr_expect(one.failed == 2, "a wrong gradient by %s is not seen by forward mode",
                  slope.by_name);
    }
    close_program();
}

Test(verify, wrong_gradients) {
    expect_spoilt(program, too_large);
    expect_spoilt(program, shifted);
    expect_spoilt("dim n\ninput x[n]\noutput y[n] = exp(x) * sum[n](sin(x))\n", shifted);
    expect_spoilt("dim t\ninput x[t]\n"
                  "let h[t] = if t == 0 then x else tanh(0.5 * h[t = t - 1] + x)\n"
                  "output last = sum[t](h, where = t == extent(t) - 1)\n",
                  too_large);
    expect_spoilt("dim n\ninput x[n]\nlet z[n] = x ^ 2\nlet s = sum[n](z ^ 3)\n"
                  "output by_let[n] = grad(s, z)\n",
                  too_large);
}

/* A derivative that is right is not called wrong: kinks, jumps, stop, ties. */
Test(verify, no_false_alarm) {
    static const char *const programs[] = {
        "dim n\ninput x[n]\noutput L = sum[n](abs(x) + relu(x - x[n = 0]) + max(x, 0))\n",
        "dim n\ninput x[n]\noutput L = max[n](floor(4 * x)) + sum[n](floor(x) * x)\n",
        "dim n\ninput x[n]\noutput L = sum[n](stop(x) * x) + norm[n](x - x)\n",
        "dim n\ninput x[n]\noutput L = sum[n](if x > 0.5 then x ^ 2 else 0)\n",
        ("dim t\ninput x[t]\nlet h[t] = if t == 0 then x else stop(h[t = t - 1]) * x\n"
         "output L = sum[t](h)\n"),
        "dim n\ninput x[n]\noutput L = sum[n](log(x)) + sum[n](sqrt(x) / (1 + x))\n",
        "dim n\ninput x[n]\noutput L = 1e20 * sum[n](x) - 1e20 * sum[n](x) + sum[n](1e-20 * x)\n",
        "dim n\ninput x[n]\noutput y[n] = softmax[n](40 * x)\n",
    };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        open_program(programs[i]);
        verify_differences(&v);
        verify_forward(&v);
        fflush(v.out);
        cr_expect(v.failed == 0, "%s\n%s", programs[i], said);
        close_program();
    }
}

/* --- what was read --- */

typedef struct Touched {
    const char *text, *array;
    int64_t dead; /* elements that nothing reads, of 6 or 6 by 6 */
} Touched;

static int64_t dead_in(const char *name) {
    Table touched = table_new(v.compiler->arena);
    const char *error = "";
    int64_t dead = 0;
    for (int i = 0; i < v.own; i++)
        cr_assert(evaluate_touched(v.graph, v.plain[i], &v.at, NULL, &touched, &error), "%s",
                  error);
    for (int i = 0; i < v.model->arrays.count; i++) {
        const Array *array = v.model->arrays.items[i];
        const bool *marks = table_get(&touched, array);
        if (strcmp(array->name, name) != 0) continue;
        for (int64_t k = 0; k < verify_count(&v, array, &v.at); k++)
            dead += !(marks && marks[k]);
    }
    return dead;
}

Test(verify, touched) {
    static const Touched cases[] = {
        {"dim n = 6\ninput x[n]\noutput y = sum[n](x)\n", "x", 0},
        {"dim n = 6\ninput x[n]\ninput z[n]\noutput y = sum[n](z)\n", "x", 6},
        {"dim n = 6\ninput x[n]\noutput y = sum[n](x, where = n < 2)\n", "x", 4},
        {"dim n = 6\ninput x[n]\noutput y[n] = if n < 2 then 1 else x\n", "x", 2},
        {"dim n = 6\nmask m[n]\noutput y[n] = if n < 2 and m then 1 else 0\n", "m", 4},
        {"dim n = 6\nmask m[n]\noutput y[n] = if n < 2 or m then 1 else 0\n", "m", 2},
        {"dim n = 6\ninput x[n]\noutput y = x[3]\n", "x", 5},
        {"dim n = 6\ninput x[n]\noutput y[n] = x[n = n - 1 else 0]\n", "x", 1},
        {"dim n = 6\ndim k = 6\ninput x[n, k]\noutput y[n] = sum[k](x, where = k <= n)\n", "x", 15},
        {"dim n = 6\ninput x[n]\noutput y[n] = 0 * x\n", "x", 0},
        {("dim t = 6\ninput x[t]\nlet h[t] = if t < 3 then 0 else h[t = t - 1] + x\n"
          "output y = sum[t](h)\n"),
         "x", 3},
        {("dim t = 6\ninput x[t]\nlet h[t] = if t == 0 then 0 else h[t = t - 1] + x\n"
          "output y = h[t = 3]\n"),
         "x", 3}, /* the first, and what comes after the step that is read */
        {("dim t = 6\ninput x[t]\nlet z[t] = tanh(x) * (h[t = t - 1 else 0])\n"
          "let h[t] = if t < 4 then z + 1 else h[t = t - 1]\noutput y = h[t = 5]\n"),
         "x", 2}, /* z has a value at every step, which not every h reads */
        {("dim t = 6\ninput x[t]\nlet b[t] = if t < 2 then b[t = t + 1] else x\n"
          "output y = b[t = 0]\n"),
         "x", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_program(cases[i].text);
        int64_t dead = dead_in(cases[i].array);
        cr_expect(dead == cases[i].dead, "%s: %lld elements of %s are dead", cases[i].text,
                  (long long)dead, cases[i].array);
        close_program();
    }
}

/* --- what is a law --- */

typedef struct Law {
    const char *y;
    double scaled, along; /* NAN: not known */
    bool takes_extreme;
} Law;

Test(verify, weighing) {
    static const Law cases[] = {
        {"mean[n](x, weight = w)", 0, 0, false},
        {"sum[n](x * w)", 1, 0, false},
        {"var[n](x, weight = w)", 0, 0, false},
        {"sum[n](x * w) / (sum[n](w) + 1)", NAN, 0, false},
        {"sum[n](x * w ^ 2) / sum[n](w)", 1, NAN, false},
        {"sum[n](x * w) / extent(n)", 1, NAN, false},
        {"sum[n](x)", 0, NAN, false},
        {"max[n](x)", 0, 0, true},
        {"sqrt(sum[n](w * x ^ 2))", 0.5, 0, false},
        {"sum[n](exp(w) * x)", NAN, NAN, false},
        {"sum[n](w * x * n)", 1, NAN, false},
        {"sum[n](if w > 0 then w * x else 0)", 1, 0, false},
        {"sum[n](w * x[n = n - 1 else 0])", 1, NAN, false},
        {"sum[n](normalize[n](w) * x)", 0, 0, false},
        {"mean[n](x, weight = w, over = count)", 1, NAN, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        snprintf(text, sizeof text, "dim n\ninput x[n]\nweight w[n]\noutput y = %s\n", cases[i].y);
        open_program(text);
        const Array *weight = v.model->arrays.items[1];
        Weighing scaled = weighing_new(v.graph, weight, NULL);
        Weighing along = weighing_new(v.graph, weight, weight->axes[0]);
        double one = weighing_degree(&scaled, v.plain[0]),
               two = weighing_degree(&along, v.plain[0]);
        cr_expect(one == cases[i].scaled || (isnan(one) && isnan(cases[i].scaled)), "%s: degree %g",
                  cases[i].y, one);
        cr_expect(two == cases[i].along || (isnan(two) && isnan(cases[i].along)),
                  "%s: along n degree %g", cases[i].y, two);
        cr_expect(isnan(two) || along.takes_extreme == cases[i].takes_extreme, "%s", cases[i].y);
        close_program();
    }
}
