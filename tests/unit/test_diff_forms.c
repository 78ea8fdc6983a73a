/* Derivatives through what is more than pointwise: reductions with their options, reads elsewhere,
 * names and functions. First and second order, as in test_diff.c. */
#include "differences.h"

/* L = sum[m](Y * c) of x[n, m], by differences. */
#define OVER(Y)                                                                                    \
    {                                                                                              \
        "dim n = 3\ndim m = 2\ninput x[n, m]\ninput c[m]\nweight w[n, m]\n"                        \
        "mask keep[n, m]\ninput z[n, m]\nlet L = sum[m](c * (" Y "))",                             \
            "c = 1.5 -0.75; x = 0.3 -0.7 1.1 1.9 -0.4 0.8; w = 1 2 0 0.5 3 1; "                    \
            "keep = 1 0 1 1 0 1; z = 0.1 0.4 -0.6 -inf 1.2 0.3",                                   \
            NULL, NULL, false                                                                      \
    }

Test(diff_forms, reductions) {
    static const Trial trials[] = {
        OVER("sum[n](x^3)"),
        OVER("sum[n](x^3, where = keep)"),
        OVER("sum[n](x^3, weight = w)"),
        OVER("sum[n](x^3, logweight = z)"),
        OVER("sum[n](z^2, logweight = x, where = z != -inf)"),
        OVER("sum[n](x^3, where = keep, weight = w, logweight = x)"),
        OVER("mean[n](x^3)"),
        OVER("mean[n](x^3, where = keep, empty = 0)"),
        OVER("mean[n](x^3, weight = w)"),
        OVER("mean[n](x^3, weight = x^2)"),
        OVER("mean[n](x^3, weight = w, over = count)"),
        OVER("mean[n](x^3, weight = x^2, where = keep, over = extent)"),
        OVER("mean[n](x^3, logweight = x)"),
        OVER("mean[n](x^3, logweight = x, weight = x^2, where = keep)"),
        OVER("mean[n](x^3, logweight = x, over = count)"),
        OVER("var[n](x^3)"),
        OVER("var[n](x^3, ddof = 1)"),
        OVER("var[n](x^2 + x, where = keep)"),
        OVER("var[n](x^2, weight = w, ddof = 1)"),
        OVER("var[n](x^2, weight = x^2)"),
        OVER("var[n](x, logweight = x)"),
        OVER("var[n](x, logweight = 2 * x, ddof = 0.5)"),
        OVER("std[n](x)"),
        OVER("std[n](x^2, weight = w, where = keep)"),
        OVER("std[n](x, ddof = 1)"),
        OVER("norm[n](x)"),
        OVER("norm[n](x^2, weight = w)"),
        OVER("norm[n](x, logweight = x, where = keep)"),
        OVER("logsumexp[n](x^2)"),
        OVER("logsumexp[n](x^2, where = keep)"),
        OVER("logsumexp[n](x, weight = w)"),
        OVER("logsumexp[n](3 * x, weight = x^2)"),
        OVER("logsumexp[n](x^2, logweight = z)"),
        OVER("logsumexp[n](z, logweight = x^2)"),
        OVER("logsumexp[n](800 * x)"),
        OVER("prod[n](x)"),
        OVER("prod[n](1 + x^2, where = keep)"),
        OVER("max[n](x^3)"),
        OVER("min[n](x^3, where = keep, empty = 2)"),
        OVER("count[n](weight = x^2)"),
        OVER("count[n](logweight = x^2)"),
        OVER("sum[n](softmax[n](x) * n)"),
        OVER("sum[n](softmax[n](x, where = keep) * n * x)"),
        OVER("sum[n](log_softmax[n](x) * z, where = z != -inf)"),
        OVER("sum[n](log_softmax[n](x, where = keep) * n, where = keep)"),
        OVER("sum[n](normalize[n](x^2) * n)"),
        OVER("sum[n](normalize[n](x^2, where = keep) * n)"),
        OVER("x[n = 1]^2 * x[n = 0]"),
        OVER("sum[n](x^2) * sum[n](x / (1 + sum[n](x^2)))"),
    };
    try_all(trials);
}

Test(diff_forms, reductions_over_several_axes) {
    static const Trial trials[] = {
        OVER("x[n = 1] * sum[n, m](x^3, where = keep)"),
        OVER("x[n = 1] * mean[n, m](x^3, where = keep and n < 2, weight = w)"),
        OVER("x[n = 1] * max[n, m](x^3)"),
        OVER("x[n = 1] * min[m, n](x^2, where = keep)"),
        OVER("x[n = 1] * prod[n, m](x)"),
        OVER("x[n = 1] * prod[n, m](x, where = keep)"),
        OVER("x[n = 1] * logsumexp[n, m](x^2)"),
        OVER("x[n = 1] * std[n, m](x)"),
        /* the part over one axis stands beside the whole; what is reduced lacks an axis, or both */
        OVER("x[n = 1] * max[n, m](x^2) + max[n](x^3)"),
        OVER("max[n](x^3) * max[m](x)[n = 1] + max[n, m](x^3)"),
        OVER("prod[m](x)[n = 0] * prod[n](x) + prod[n, m](x)"),
        OVER("max[n, m](x[n = 1]^2) + max[n, m](c * x[n = 1, m = 0]^2)"),
        OVER("prod[n, m](x[n = 1]) + min[n, m](x[n = 0, m = 0]^2) * prod[n, m](x[m = 1])"),
        OVER("sum[n](x * softmax[n, m](x))"),
        OVER("sum[n](x * sum[m](x^2, where = m <= n)) * x[n = 0]"),
    };
    try_all(trials);
}

#define VECTOR(LOSS, VALUES, FIRST, SECOND)                                                        \
    { "dim n = 4\ninput x[n]\nlet L = " LOSS, "x = " VALUES, FIRST, SECOND, false }
#define FLAT(LOSS, VALUES, FIRST)                                                                  \
    { "dim n = 4\ninput x[n]\nlet L = " LOSS, "x = " VALUES, FIRST, NULL, true }

/* The product of the others, and of the others but two: right at zeros. */
Test(diff_forms, products_with_zeros) {
    static const Trial trials[] = {
        VECTOR("prod[n](x)", "2 3 5 7", "105 70 42 30", "71 59 41 31"),
        VECTOR("prod[n](x)", "2 0 5 7", "0 70 0 0", "35 59 14 10"),
        VECTOR("prod[n](x)", "2 0 0 7", "0 0 0 0", "0 14 14 0"),
        VECTOR("prod[n](x)", "0 0 0 7", "0 0 0 0", "0 0 0 0"),
        VECTOR("prod[n](x, where = n != 1)", "2 nan 0 7", "0 0 14 0", "7 0 9 2"),
    };
    try_all(trials);
}

Test(diff_forms, roots_at_zero) {
    static const Trial trials[] = {
        VECTOR("norm[n](x)", "0 0 0 0", "0 0 0 0", "0 0 0 0"),
        VECTOR("norm[n](x)", "3 0 4 0", "0.6 0 0.8 0", "0.032 0.2 -0.024 0.2"),
        VECTOR("std[n](x)", "2 2 2 2", "0 0 0 0", "0 0 0 0"),
        VECTOR("std[n](x)", "0 0 0 0", "0 0 0 0", "0 0 0 0"),
        VECTOR("norm[n](x, where = n > 1)", "nan inf 0 0", "0 0 0 0", "0 0 0 0"),
        VECTOR("std[n](x, where = n > 1)", "nan inf 1 1", "0 0 0 0", "0 0 0 0"),
    };
    try_all(trials);
}

/* Where nothing is left the gradient goes to `empty`, and to nothing else; what is not there may be
 * anything. */
Test(diff_forms, empty_and_absent) {
    static const Trial trials[] = {
        VECTOR("mean[n](x, where = n > 8, empty = x[n = 2]^2)", "nan inf 3 nan", "0 0 6 0",
               "0 0 2 0"),
        VECTOR("max[n](x, where = n > 8, empty = x[n = 2]^2)", "nan inf 3 nan", "0 0 6 0",
               "0 0 2 0"),
        VECTOR("mean[n](x, weight = 0 * n, empty = x[n = 2]^2)", "1 2 3 4", "0 0 6 0", "0 0 2 0"),
        VECTOR("logsumexp[n](x, where = x > 9, empty = x[n = 2]^2)", "nan 2 3 4", "0 0 6 0",
               "0 0 2 0"),
        VECTOR("logsumexp[n](x)", "-inf -inf -inf -inf", "0 0 0 0", "0 0 0 0"),
        VECTOR("logsumexp[n](x)", "-inf 1 -inf -inf", "0 1 0 0", "0 0 0 0"),
        VECTOR("logsumexp[n](x, where = n == 1)", "nan 1 inf nan", "0 1 0 0", "0 0 0 0"),
        VECTOR("sum[n](x^2, where = n >= 2)", "nan inf 2 3", "0 0 4 6", "0 0 2 2"),
        VECTOR("mean[n](log(x), where = x > 0)", "-1 0 2 4", "0 0 0.25 0.125",
               "0 0 -0.125 -0.03125"),
        VECTOR("sum[n](if x > 0 then sqrt(x) else 0)", "0 -1 4 nan", "0 0 0.25 0",
               "0 0 -0.03125 0"),
        VECTOR("sum[n](softmax[n](x, where = n < 2) * n)", "1 1 nan inf", "-0.25 0.25 0 0",
               "0 0 0 0"),
        FLAT("max[n](x, where = n != 1)", "1 nan 2 2", "0 0 1 0"),
        FLAT("min[n](x, where = n != 1)", "1 nan 1 2", "1 0 0 0"),
        VECTOR("mean[n](x^2, logweight = if n < 2 then 0 else -inf)", "1 2 nan inf", "1 2 0 0",
               "1 1 0 0"),
        VECTOR("var[n](x, where = n < 2, ddof = 1)", "1 3 nan inf", "-2 2 0 0", "0 0 0 0"),
        VECTOR("var[n](x, where = n < 1, ddof = 1, empty = x[n = 3]^3)", "1 3 nan 1", "0 0 0 3",
               "0 0 0 6"),
    };
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        if (!strstr(trials[i].lines, "weight = 0,") && trials[i].gradient) try_program(&trials[i]);
}

/* A weight of 0 keeps its derivative: it is a number like any other. */
Test(diff_forms, weights_of_zero) {
    static const Trial trials[] = {
        {"dim n = 3\nweight x[n]\ninput v_[n]\nlet L = mean[n](v_^2, weight = x)",
         "x = 1 0 2; v_ = 2 5 3", NULL, NULL, false},
        {"dim n = 3\nweight x[n]\ninput z[n]\nlet L = logsumexp[n](z, weight = x)",
         "x = 1 0 2; z = 1 4 2", NULL, NULL, false},
        {"dim n = 3\nweight x[n]\ninput z[n]\nlet L = mean[n](z^2, logweight = z, weight = x)",
         "x = 1 0 2; z = 1 4 2", NULL, NULL, false},
        {"dim n = 3\nweight x[n]\ninput z[n]\nlet L = norm[n](z, logweight = z, weight = x)",
         "x = 1 0 2; z = 1 4 2", NULL, NULL, false},
        {"dim n = 3\nweight x[n]\ninput z[n]\nlet L = std[n](z, weight = x)",
         "x = 1 0 2; z = 1 4 2", NULL, NULL, false},
        {"dim n = 3\nweight w[n]\ninput x[n]\nlet L = mean[n](n^2, logweight = x, weight = w)",
         "w = 1 0 2; x = 1 4 2", NULL, NULL, false},
    };
    try_all(trials);
}

Test(diff_forms, reads_elsewhere) {
    static const Trial trials[] = {
        {"dim b = 3\ndim t = 4\ninput idx[b]: index(t)\ninput x[t]\ninput c[b]\n"
         "let L = sum[b](c * x[idx]^3)",
         "idx = 2 0 2; x = 0.5 1 -1.5 2; c = 1 2 3", NULL, NULL, false},
        {"dim b = 3\ndim t = 4\ninput idx[b]: index(t, none = -1)\ninput x[t]\ninput c[b]\n"
         "let L = sum[b](if has(idx) then c * x[idx]^3 else 0)",
         "idx = 2 -1 2; x = 0.5 1 nan 2; c = 1 2 3", "0 0 nan 0", "0 0 nan 0", false},
        {"dim b = 3\ndim t = 4\ninput idx[b]: index(t, none = -1)\ninput x[t]\ninput c[b]\n"
         "let L = mean[b](c * x[idx]^3, where = has(idx))",
         "idx = 2 -1 2; x = 0.5 1 1.5 2; c = 1 2 3", NULL, NULL, false},
        VECTOR("sum[n](x^2 * x[n = n - 1 else 1])", "0.5 1 -1.5 2", NULL, NULL),
        VECTOR("sum[n](x^2 * x[n = n + 2 else x[n = 0]^2])", "0.5 1 -1.5 2", NULL, NULL),
        VECTOR("sum[n](x^2 * x[n = extent(n) - 1 - n])", "0.5 1 -1.5 2", NULL, NULL),
        VECTOR("sum[n](x^2 * (exp(x) * n)[n = mod(n + 1, extent(n))])", "0.5 1 -1.5 2", NULL, NULL),
        VECTOR("sum[n](x * (x^2)[n = clamp(n + 2, 0, extent(n) - 1)])", "0.5 1 -1.5 2", NULL, NULL),
        VECTOR("sum[n](if n > 0 then (x^2)[n = n - 1] else x)", "0.5 1 nan 2", "2 2 nan 0",
               "2 2 2 0"),
        VECTOR("x[n = 1]^2 * x[n = 3]", "nan 1 nan 2", "0 4 0 1", "0 6 0 2"),
        VECTOR("sum[n](x[n = argmax[n](x)] * x^2)", "0.5 1 -1.5 2", NULL, NULL),
        /* a transpose, a diagonal, both, and an axis put in */
        {"dim n = 2\ndim m like n\ninput x[n, m]\nlet L = sum[n, m](x^2 * x[n = m, m = n] * (1 + "
         "n))",
         "x = 1 2 3 4", NULL, NULL, false},
        {"dim n = 2\ndim m like n\ninput x[n, m]\nlet L = sum[n](x[n, n]^3 * (1 + n))",
         "x = 1 2 3 4", NULL, NULL, false},
        {"dim n = 2\ndim m like n\ninput x[n, m]\nlet L = sum[m]((x^3)[n = m] * (1 + m))",
         "x = 1 2 3 4", NULL, NULL, false},
        {"dim n = 2\ndim m like n\ninput x[n]\nlet L = sum[n, m]((x^2 * m)[n = m] * x * n + x * "
         "x[n = m])",
         "x = 1 2", NULL, NULL, false},
        {"dim n = 2\ndim m like n\ninput x[n, m]\nlet y[n, m] = x^2 * (1 + n)\n"
         "let L = sum[n](y[m = n] * x[m = n] * sum[m](y[n = m] * y))",
         "x = 1 2 3 4", NULL, NULL, false},
        {"dim t = 5\ndim k = 2\ndim o = t - k + 1\ninput x[t]\ninput w[k]\n"
         "let y[o] = sum[k](w * x[t = o + k])\nlet L = sum[o](y^3)",
         "x = 1 2 3 4 5; w = 0.5 -0.25", NULL, NULL, false},
        {"dim t = 5\ndim k = 2\ndim o = t - k + 1\ninput z[t]\ninput x[k]\n"
         "let y[o] = sum[k](x * z[t = o + k])\nlet L = sum[o](y^3)",
         "z = 1 2 3 4 5; x = 0.5 -0.25", NULL, NULL, false},
    };
    try_all(trials);
}

Test(diff_forms, grouped_and_running) {
    static const Trial trials[] = {
        {"dim e = 4\ndim n = 3\ninput seg[e]: index(n)\ninput x[e]\ninput c[n]\n"
         "let L = sum[n](c * sum[e](x^2, where = seg == n)^2)",
         "seg = 2 0 2 1; x = 1 2 3 4; c = 1 2 3", NULL, NULL, false},
        {"dim e = 4\ndim n = 3\ninput seg[e]: index(n)\ninput x[e]\ninput c[n]\n"
         "let L = sum[n](c * mean[e](x^2, where = seg == n, empty = 0)^2)",
         "seg = 2 0 2 0; x = 1 2 3 4; c = 1 2 3", NULL, NULL, false},
        {"dim e = 4\ndim n = 3\ninput seg[e]: index(n)\ninput x[e]\ninput c[n]\n"
         "let L = sum[n](c * max[e](x^2, where = seg == n, empty = 0))",
         "seg = 2 0 2 0; x = 3 2 3 4; c = 1 2 3", "18 0 0 8", NULL, true},
        {"dim e = 4\ndim n = 3\ninput seg[e]: index(n)\ninput x[e]\ninput c[n]\n"
         "let L = sum[n](c * logsumexp[e](x^2, where = seg == n, empty = 0))",
         "seg = 2 0 2 0; x = 1 2 0.5 1.5; c = 1 2 3", NULL, NULL, false},
        {"dim e = 4\ndim n = 3\ninput seg[e]: index(n)\ninput x[e]\n"
         "let a = sum[n]((logsumexp[e](x, where = seg == n, empty = 0))[n = seg] * x)\n"
         "let L = sum[e](x * (softmax[e](x, where = seg == n))[n = seg])",
         "seg = 2 0 2 0; x = 1 2 0.5 1.5", NULL, NULL, false},
        {"dim s = 4\ndim t like s\ninput x[s]\ninput c[t]\n"
         "let L = sum[t](c * sum[s](x^2, where = s <= t)^2)",
         "x = 1 -2 0.5 1.5; c = 1 2 3 -1", NULL, NULL, false},
        {"dim s = 4\ndim t like s\ninput x[s]\ninput c[t]\n"
         "let L = sum[t](c * mean[s](x^2, logweight = x, where = s <= t))",
         "x = 1 -2 0.5 1.5; c = 1 2 3 -1", NULL, NULL, false},
        {"dim s = 4\ndim t like s\ninput x[s]\ninput c[t]\n"
         "let L = sum[t](c * prod[s](x, where = s <= t))",
         "x = 1 -2 0 1.5; c = 1 2 3 -1", NULL, NULL, false},
        {"dim s = 4\ndim t like s\ninput x[s]\ninput c[t]\n"
         "let L = sum[t](c * max[s](x^3, where = s < t, empty = x[s = 3]))",
         "x = 1 -2 1.5 0.5; c = 1 2 3 -1", NULL, NULL, false},
        {"dim t = 3\ndim s like t\ndim d = 2\ninput x[t, d]\n"
         "let z[t, s] = sum[d](x * x[t = s])\n"
         "let y[t, d] = mean[s](x[t = s], logweight = z, where = s <= t)\nlet L = sum[t, d](y^2)",
         "x = 1 -2 0.5 1.5 0.25 -1", NULL, NULL, false},
    };
    try_all(trials);
}

/* --- names --- outputs a_... and b_... of a program are equal */

typedef struct Pairs {
    const char *lines, *values;
} Pairs;

static void pairs_hold(const Pairs *pairs) {
    Trial trial = {.lines = pairs->lines, .values = pairs->values};
    Trying t = {.trial = &trial, .compiler = compiler_new()};
    t.model = program_of(t.compiler,
                         arena_format(t.compiler->arena, "real f64\n%s\n", pairs->lines), true);
    t.bindings = bindings_new(t.compiler->arena);
    bind_values(&t);
    for (int simplified = 0; simplified < 2; simplified++) {
        for (int i = 0; i < t.model->outputs.count; i++) {
            const Array *array = t.model->outputs.items[i].array;
            if (array->name[0] != 'a') continue;
            const char *other = arena_format(t.compiler->arena, "b%s", array->name + 1);
            expect_near(&t, array->name, value_of(&t, array->name), value_of(&t, other),
                        count_of(&t, array), 1e-12);
        }
        model_simplify(t.model);
    }
    compiler_free(t.compiler);
}

#define pairs_all(list)                                                                            \
    for (size_t pair_ = 0; pair_ < sizeof(list) / sizeof *(list); pair_++)                         \
    pairs_hold(&(list)[pair_])

Test(diff_forms, names_and_functions) {
    static const Pairs pairs[] = {
        /* every use of a let counts, through other lets; equal text does not */
        {"dim n = 3\ninput x[n]\nlet h = x * 2\nlet other = x * 2\nlet k = exp(h) + other\n"
         "let L = sum[n](k * h * other)\n"
         "output a1[n] = grad(L, h)\noutput b1[n] = k * other + exp(h) * h * other\n"
         "output a2[n] = grad(L, k)\noutput b2[n] = h * other\n"
         "output a3[n] = grad(L, x)\noutput b3[n] = 2 * grad(L, h) + 2 * grad(L, other)",
         "x = 0.5 -1 2"},
        /* a let that is simplified is still the let that is differentiated by */
        {"dim n = 3\ninput x[n]\ninput v[n]\nlet h = x * 1 - -x\nlet L = sum[n](h^3)\n"
         "output a1[n] = grad(sum[n](grad(L, h) * v), h)\noutput b1[n] = 6 * h * v\n"
         "output a2[n] = jvp(grad(L, h), h, v)\noutput b2[n] = 6 * h * v",
         "x = 0.5 -1 2; v = 1 2 3"},
        /* a let that is a number, and is 0 or 1 */
        {"dim n = 3\ninput x[n]\nlet one[n] = 1 + 0 * n\nlet L = sum[n](one^2 * x + one * x^2)\n"
         "output a1[n] = grad(sum[n](grad(L, x)), one)\noutput b1[n] = 2 * one + 2 * x",
         "x = 0.5 -1 2"},
        {"dim n = 3\ninput x[n]\nlet h = 2 * x\nlet z[n] = h[n = extent(n) - 1 - n]\n"
         "let L = sum[n](z * x * h)\noutput a1[n] = grad(L, h)\n"
         "output b1[n] = (x * h)[n = extent(n) - 1 - n] + z * x\n"
         "output a2[n] = jvp(z * z, h, x)\noutput b2[n] = 2 * z * x[n = extent(n) - 1 - n]",
         "x = 0.5 -1 2"},
        {"dim n = 3\ninput x[n]\nlet h = sum[n](x^2)\nlet L = h^2 + x[n = 1] * h\n"
         "output a1 = grad(L, h)\noutput b1 = 2 * h + x[n = 1]",
         "x = 0.5 -1 2"},
        /* a param, a scalar, a weight */
        {"dim n = 3\nparam p = 2\nweight w[n]\ninput x[n]\nlet L = mean[n]((p * x)^2, weight = w)\n"
         "output a1 = grad(L, p)\noutput b1 = 2 * p * mean[n](x^2, weight = w)\n"
         "output a2[n] = grad(L, w)\n"
         "output b2[n] = ((p * x)^2 - L) / sum[n](w)",
         "p = 1.5; x = 0.5 -1 2; w = 1 2 0"},
        /* parameters of functions: only what the name stands for, another one at each call */
        {"dim n = 3\ninput x[n]\ninput y[n]\nfn slope[d](f, g) = grad(sum[d](f^2 * g), f)\n"
         "output a1[n] = slope[n](x, x)\noutput b1[n] = 2 * x * x\n"
         "output a2[n] = slope[n](2 * x, y) + slope[n](y, 2 * x)\n"
         "output b2[n] = 4 * x * y + 4 * x * y\n"
         "output a3[n] = grad(sum[n](slope[n](x, x) * y), x)\noutput b3[n] = 4 * x * y\n"
         "output a4[n] = slope[n](slope[n](x, y), y)\noutput b4[n] = 2 * (2 * x * y) * y",
         "x = 0.5 -1 2; y = 1 2 3"},
        {"dim n = 3\ninput x[n]\ninput v[n]\n"
         "fn energy[d](f) { let s = sum[d](f^2)\n s^2 }\n"
         "fn twice[d](f, v) = jvp(grad(energy[d](f), f), f, v)\n"
         "fn inside[d](f) { let s = sum[d](f^2)\n let e = s^3\n grad(e, s) * f }\n"
         "output a1[n] = twice[n](x, v)\n"
         "output b1[n] = jvp(grad(sum[n](x^2)^2, x), x, v)\n"
         "output a2[n] = inside[n](x)\noutput b2[n] = 3 * sum[n](x^2)^2 * x",
         "x = 0.5 -1 2; v = 1 0 -1"},
        /* stop */
        {"dim n = 3\ninput x[n]\nlet L = sum[n](stop(x^2) * x)\n"
         "output a1[n] = grad(L, x)\noutput b1[n] = x^2\n"
         "output a2[n] = grad(sum[n](grad(L, x)), x)\noutput b2[n] = 0\n"
         "output a3[n] = jvp(stop(x^2) * x, x, x)\noutput b3[n] = x^3",
         "x = 0.5 -1 2"},
    };
    pairs_all(pairs);
}

Test(diff_forms, seeds_and_axes) {
    static const Pairs pairs[] = {
        /* the Hessian, by a one-hot tangent of one axis more */
        {"dim n = 3\ndim m like n\ninput x[n]\nlet L = x[n = 0]^2 * x[n = 1] + x[n = 2]^3\n"
         "output a1[n, m] = jvp(grad(L, x), x, if n == m then 1 else 0)\n"
         "output b1[n, m] = if n == 0 and m == 0 then 2 * x[n = 1] "
         "else if n + m == 1 then 2 * x[n = 0] else if n == 2 and m == 2 then 6 * x[n = 2] else 0",
         "x = 0.5 -1 2"},
        /* the Jacobian of y[m] by x[n], both ways */
        {"dim n = 3\ndim m = 2\ndim o like m\ndim p like n\ninput x[n]\ninput a[n, m]\n"
         "let y[m] = sum[n](a * x^2) * x[n = 0]\n"
         "output a1[n, o] = vjp(y, x, if m == o then 1 else 0)\n"
         "output b1[n, o] = jvp(y, x, if n == p then 1 else 0)[m = o, p = n]",
         "x = 0.5 -1 2; a = 1 2 3 4 5 6"},
        /* the seed's further axis is bound inside of y */
        {"dim n = 3\ndim m = 2\ninput x[n]\ninput a[n, m]\ninput s[m]\n"
         "let y = sum[m](sum[n](a * x)^3)\n"
         "output a1[n, m] = vjp(y, x, s)\noutput b1[n, m] = grad(y, x) * s\n"
         "output a2[m] = jvp(y, x, a)\n"
         "output b2[m] = sum[n](grad(y, x) * a)\n"
         "output a3[n, m] = jvp(grad(y, x), x, a * s)\n"
         "output b3[n, m] = (if m == 0 then grad(sum[n](grad(y, x) * a[m = 0] * s[m = 0]), x) "
         "else grad(sum[n](grad(y, x) * a[m = 1] * s[m = 1]), x))",
         "x = 0.5 -1 2; a = 1 2 3 4 5 6; s = 3 -2"},
        /* an inner reduction over the axis that is open outside */
        {"dim n = 3\ninput x[n]\ninput c[n]\nlet y[n] = x / sum[n](x^2) + c * max[n](x)\n"
         "output a1[n] = vjp(y, x, c)\n"
         "output b1[n] = c / sum[n](x^2) - 2 * x * sum[n](c * x) / sum[n](x^2)^2 + "
         "(if n == 2 then sum[n](c * c) else 0)\n"
         "output a2[n] = vjp(sum[n](y * sum[n](x * y)), x, 1)\n"
         "output b2[n] = grad(sum[n](y) * sum[n](x * y), x)\n"
         "output a3[n] = x * grad(sum[n](y), x) * sum[n](x * grad(sum[n](y * x), x))\n"
         "let g[n] = grad(sum[n](y), x)\nlet h[n] = grad(sum[n](y * x), x)\n"
         "let total = sum[n](x * h)\noutput b3[n] = g * x * total",
         "x = 0.5 -1 2; c = 1 3 -2"},
        /* x at other indices, with the axis of x bound or open around */
        {"dim n = 3\ndim m like n\ninput x[n]\ninput c[n, m]\n"
         "let y[m] = sum[n](c * x * x[n = m])\n"
         "output a1[n] = vjp(y, x, m)\n"
         "output b1[n] = sum[m](c * m * x[n = m]) + n * sum[m]((c[n = m, m = n]) * x[n = m])",
         "x = 0.5 -1 2; c = 1 2 3 4 5 6 7 8 9"},
        /* x without some of y's axes, y without some of x's */
        {"dim n = 3\ndim m = 2\ninput x[n]\ninput b[m]\nlet y[n, m] = x * b + b^2\n"
         "output a1[m] = vjp(y, b, x)\noutput b1[m] = sum[n](x * (x + 2 * b))\n"
         "output a2[n] = vjp(y, x, b)\noutput b2[n] = sum[m](b * b)\n"
         "output a3[n, m] = jvp(y, b, 1)\noutput b3[n, m] = x + 2 * b\n"
         "output a4[n] = vjp(sum[m](y), x, 1)\noutput b4[n] = sum[m](b)",
         "x = 0.5 -1 2; b = 3 -2"},
        /* through reads that put an axis in or take it away */
        {"dim n = 3\ndim m like n\ninput x[n, m]\nlet d[n] = x[m = n]\n"
         "output a1[n, m] = grad(sum[n](d^2), x)\n"
         "output b1[n, m] = if n == m then 2 * x else 0\n"
         "output a2[n] = jvp(d^2, x, n + m)\noutput b2[n] = 2 * d * 2 * n\n"
         "output a3[n, m] = vjp(x[n = m, m = n], x, x)\noutput b3[n, m] = x[n = m, m = n]",
         "x = 1 2 3 4 5 6 7 8 9"},
        /* axes that are written out, and that the value lacks */
        {"dim n = 2\ndim m = 3\ninput x[n]\ninput c[n, m]\nlet v[n, m] = x\nlet u[n] = 1\n"
         "fn slope[d](f, g) = vjp(f^2 * g, f, g)\n"
         "let j = jvp(if n < 3 then x^2 else x * m, x, x)\n"
         "output a1[n, m] = grad(sum[n, m](v^2 * c), v)\noutput b1[n, m] = 2 * x * c\n"
         "output a2[n] = grad(sum[n](u^2 * x), u)\noutput b2[n] = 2 * x\n"
         "output a3[n] = jvp(grad(sum[n](u^2 * x), u), u, x)\noutput b3[n] = 2 * x^2\n"
         "output a4[n, m] = grad(sum[n, m](j^2 * c), j)\noutput b4[n, m] = 2 * j * c\n"
         "output a5[n, m] = slope[n](if m < 9 then x else x * m, c)\n"
         "output b5[n, m] = 2 * x * c * c\n"
         "let y[n, m] = x^2\nlet z = v + 0 * u + x\n"
         "output a6[n] = vjp(y, x, c)\noutput b6[n] = 2 * x * sum[m](c)\n"
         "output a7[n] = vjp(y, x, 1)\noutput b7[n] = 6 * x\n"
         "output a8[n] = vjp(z, x, x)\noutput b8[n] = 6 * x\n",
         "x = 0.5 -1; c = 1 2 3 4 5 6"},
        /* types */
        {"dim n = 3\ninput x[n]: f16\ninput y[n]: f32\nlet L = sum[n](f64(x)^2 * f64(y))\n"
         "output a1[n]: f64 = f64(grad(L, x))\noutput b1[n]: f64 = f64(2 * x * y)\n"
         "output a2[n]: f64 = f64(grad(L, y))\noutput b2[n]: f64 = f64(x * x)",
         "x = 0.5 -1 2; y = 1 2 3"},
        /* indices that repeat, and none */
        {"dim b = 4\ndim t = 3\ninput i[b]: index(t, none = -1)\ninput x[t]\ninput c[b]\n"
         "let y[b] = if has(i) then x[i]^2 else c\n"
         "output a1[t] = vjp(y, x, c)\noutput b1[t] = 2 * x * sum[b](c, where = i == t)",
         "i = 2 -1 2 0; x = 0.5 -1 2; c = 1 2 4 8"},
    };
    pairs_all(pairs);
}
