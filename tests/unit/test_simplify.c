/* Each rewrite rule: expression -> expression, and where it must not apply. */
#include "graph_fixture.h"

static Node *f, *h, *i, *j, *b, *d; /* floats, integers, bools, all over n */
static Node *t;                     /* the index along n */

static void setup(void) {
    graph_setup();
    Axis *axes[] = {n};
    f = input("f", SCALAR_F32, 1, axes);
    h = input("h", SCALAR_F32, 1, axes);
    i = input("i", SCALAR_I64, 1, axes);
    j = input("j", SCALAR_I64, 1, axes);
    b = input("b", SCALAR_BOOL, 1, axes);
    d = input("d", SCALAR_BOOL, 1, axes);
    t = axis(n);
}
TestSuite(simplify, .init = setup, .fini = graph_teardown);

#define becomes(node, text) cr_expect_str_eq(text_of(graph_simplify(g, node)), text)
#define stays(node) cr_expect_eq(graph_simplify(g, node), node)

Test(simplify, constants) {
    becomes(bin(f32(2), OP_ADD, f32(3)), "f32(5)");
    becomes(bin(i64(7), OP_IDIV, i64(-2)), "i64(-4)");
    becomes(bin(i64(-7), OP_MOD, i64(3)), "i64(2)");
    stays(bin(i64(7), OP_IDIV, i64(0)));
    stays(bin(i64(INT64_MAX), OP_ADD, i64(1)));
    becomes(un(OP_EXP, f32(0)), "f32(1)");
    becomes(bin(f32(1), OP_SUB, f32(0.999f)), "f32(0.001)");
    becomes(bin(f32(1), OP_LT, f32(NAN)), "false");
    becomes(bin(truth(true), OP_AND, truth(false)), "false");
    becomes(graph_convert(g, SCALAR_F32, i64(3)), "f32(3)");
    becomes(graph_convert(g, SCALAR_F16, f32(0.1)), "f32(0.099975586)");
    becomes(graph_convert(g, SCALAR_BF16, f32(3.0e38)), "f32(3.0040553e+38)");
    becomes(bin(f, OP_ADD, bin(graph_let(g, word("a"), f32(1)), OP_MUL, f32(3))), "f + a * 3");
    becomes(bin(f32(INFINITY), OP_SUB, f32(INFINITY)), "f32(inf) - inf"); /* how NaN is printed */
    cr_expect_eq(graph_simplify(g, bin(f32(INFINITY), OP_SUB, f32(INFINITY))), f32(NAN));
}

Test(simplify, sums) {
    becomes(bin(f, OP_ADD, f32(-0.0)), "f");
    stays(bin(f, OP_ADD, f32(0))); /* -0 + 0 is 0 */
    becomes(bin(f32(-0.0), OP_ADD, f), "f");
    becomes(bin(i, OP_ADD, i64(0)), "i");
    becomes(bin(f, OP_ADD, un(OP_NEG, h)), "f - h");
    becomes(bin(un(OP_NEG, f), OP_ADD, h), "h - f");
    becomes(bin(bin(i, OP_ADD, i64(2)), OP_ADD, i64(3)), "i + 5");
    becomes(bin(bin(i, OP_SUB, i64(2)), OP_ADD, i64(2)), "i");
    becomes(bin(bin(i, OP_SUB, i64(2)), OP_SUB, i64(3)), "i - 5");
    becomes(bin(i64(1), OP_ADD, bin(i, OP_SUB, i64(3))), "i - 2");
    becomes(bin(i, OP_ADD, i64(-1)), "i - 1");
    stays(bin(bin(i, OP_ADD, i64(INT64_MAX)), OP_ADD, i64(INT64_MAX)));
    stays(bin(bin(f, OP_ADD, f32(2)), OP_ADD, f32(3)));
    becomes(bin(f, OP_SUB, f32(0)), "f");
    stays(bin(f, OP_SUB, f32(-0.0)));
    becomes(bin(f32(-0.0), OP_SUB, f), "-f");
    stays(bin(f32(0), OP_SUB, f));
    becomes(bin(i64(0), OP_SUB, i), "-i");
    becomes(bin(f, OP_SUB, un(OP_NEG, h)), "f + h");
    becomes(bin(i, OP_SUB, i), "i64(0)");
    stays(bin(f, OP_SUB, f));
}

Test(simplify, products) {
    becomes(bin(f, OP_MUL, f32(1)), "f");
    becomes(bin(f32(1), OP_MUL, f), "f");
    becomes(bin(f, OP_MUL, f32(-1)), "-f");
    becomes(bin(i, OP_MUL, i64(0)), "i64(0)");
    stays(bin(f, OP_MUL, f32(0)));
    becomes(bin(un(OP_NEG, f), OP_MUL, un(OP_NEG, h)), "f * h");
    becomes(bin(f, OP_DIV, f32(1)), "f");
    becomes(bin(f, OP_DIV, f32(-1)), "-f");
    becomes(bin(f, OP_DIV, f32(8)), "f * 0.125");
    stays(bin(f, OP_DIV, f32(3)));
    stays(bin(f, OP_DIV, f32(0x1p-120)));
    stays(bin(f32(0), OP_DIV, f));
    becomes(bin(un(OP_NEG, f), OP_DIV, un(OP_NEG, h)), "f / h");
    becomes(bin(f, OP_POW, i64(1)), "f");
    becomes(bin(f, OP_POW, f32(1)), "f");
    becomes(bin(f, OP_POW, i64(0)), "f32(1)");
    becomes(un(OP_NEG, un(OP_NEG, f)), "f");
    becomes(un(OP_NEG, bin(i, OP_SUB, j)), "j - i");
    stays(un(OP_NEG, bin(f, OP_SUB, h)));
}

Test(simplify, calls) {
    becomes(bin(i, OP_IDIV, i64(1)), "i");
    becomes(bin(i, OP_MOD, i64(1)), "i64(0)");
    stays(bin(f, OP_IDIV, f32(1)));
    becomes(bin(bin(i, OP_MOD, i64(5)), OP_MOD, i64(5)), "mod(i, 5)");
    becomes(bin(f, OP_MIN, f), "f");
    becomes(bin(f, OP_MIN, f32(INFINITY)), "f");
    becomes(bin(f32(-INFINITY), OP_MAX, f), "f");
    stays(bin(f, OP_MAX, f32(INFINITY)));
    becomes(un(OP_ABS, un(OP_NEG, f)), "abs(f)");
    becomes(un(OP_ABS, un(OP_ABS, f)), "abs(f)");
    becomes(un(OP_FLOOR, graph_convert(g, SCALAR_F32, i)), "f32(i)");
    becomes(un(OP_CEIL, un(OP_FLOOR, f)), "floor(f)");
    becomes(un(OP_ROUND, un(OP_FLOOR, f)), "floor(f)");
}

Test(simplify, conversions) {
    becomes(graph_convert(g, SCALAR_F32, graph_convert(g, SCALAR_F64, f)), "f");
    stays(graph_convert(g, SCALAR_F64, graph_convert(g, SCALAR_F32, w)));
    becomes(graph_convert(g, SCALAR_F32, graph_convert(g, SCALAR_I64, b)), "f32(b)");
    becomes(graph_convert(g, SCALAR_I32, graph_convert(g, SCALAR_I64, tally)), "tally");
    stays(graph_convert(g, SCALAR_F32, graph_convert(g, SCALAR_I32, i)));
    stays(graph_convert(g, SCALAR_F16, f));
    becomes(graph_convert(g, SCALAR_F16, graph_convert(g, SCALAR_F16, f)), "f16(f)");
    stays(graph_convert(g, SCALAR_F16, graph_convert(g, SCALAR_BF16, f)));
    becomes(graph_convert(g, SCALAR_F16, graph_convert(g, SCALAR_F64, f)), "f16(f)");
    stays(graph_convert(g, SCALAR_F64, graph_convert(g, SCALAR_F16, f)));
    becomes(graph_convert(g, SCALAR_F32, graph_select(g, b, i64(1), i64(0))),
            "if b then f32(1) else 0");
}

Test(simplify, comparisons) {
    becomes(bin(f, OP_LT, f), "false");
    stays(bin(f, OP_LE, f));
    stays(bin(f, OP_EQ, f));
    becomes(bin(i, OP_LE, i), "true");
    becomes(bin(i, OP_EQ, i), "true");
    becomes(bin(i, OP_NE, i), "false");
    becomes(bin(i64(0), OP_LE, t), "true");
    becomes(bin(t, OP_LT, i64(0)), "false");
    becomes(bin(t, OP_EQ, i64(-1)), "false");
    becomes(bin(t, OP_NE, i64(-1)), "true");
    becomes(bin(t, OP_LT, graph_extent(g, n)), "true");
    becomes(bin(bin(t, OP_SUB, i64(1)), OP_LT, graph_extent(g, n)), "true");
    stays(bin(bin(t, OP_ADD, i64(1)), OP_LT, graph_extent(g, n)));
    stays(bin(i64(0), OP_LE, bin(t, OP_SUB, i64(1))));
    becomes(bin(axis(c), OP_LT, i64(3)), "true");
    becomes(bin(bin(axis(c), OP_ADD, i64(1)), OP_LE, i64(3)), "true");
    stays(bin(axis(c), OP_LT, i64(2)));
    becomes(bin(i64(0), OP_LE, label), "true");
    becomes(bin(label, OP_LT, graph_extent(g, m)), "true");
    stays(bin(label, OP_LT, graph_extent(g, n)));
    becomes(bin(bin(i, OP_MOD, i64(3)), OP_LT, i64(3)), "true");
    stays(bin(bin(i, OP_ADD, i64(1)), OP_LE, i));                           /* may wrap */
    stays(bin(bin(bin(i, OP_MAX, i64(0)), OP_ADD, i64(1)), OP_LT, i64(1))); /* may wrap */
    becomes(bin(t, OP_LT, bin(t, OP_ADD, i64(1))), "true");
    becomes(bin(b, OP_EQ, truth(true)), "b");
    becomes(bin(truth(false), OP_EQ, b), "not b");
}

Test(simplify, logic) {
    becomes(bin(truth(true), OP_AND, b), "b");
    becomes(bin(b, OP_AND, truth(false)), "false");
    becomes(bin(truth(false), OP_OR, b), "b");
    becomes(bin(b, OP_OR, truth(true)), "true");
    becomes(bin(b, OP_AND, b), "b");
    becomes(bin(b, OP_OR, b), "b");
    becomes(un(OP_NOT, un(OP_NOT, b)), "b");
    becomes(un(OP_NOT, bin(f, OP_EQ, h)), "f != h");
    becomes(un(OP_NOT, bin(f, OP_NE, h)), "f == h");
    becomes(un(OP_NOT, bin(i, OP_LT, j)), "j <= i");
    stays(un(OP_NOT, bin(f, OP_LT, h)));
}

Test(simplify, choices) {
    becomes(graph_select(g, truth(true), f, h), "f");
    becomes(graph_select(g, bin(i64(2), OP_LT, i64(1)), f, h), "h");
    becomes(graph_select(g, b, f, f), "f");
    becomes(graph_select(g, un(OP_NOT, b), f, h), "if b then h else f");
    becomes(graph_select(g, b, d, truth(false)), "b and d");
    becomes(graph_select(g, b, truth(true), d), "b or d");
    becomes(graph_select(g, b, truth(true), truth(false)), "b");
    becomes(graph_select(g, b, truth(false), truth(true)), "not b");
    becomes(graph_select(g, b, graph_select(g, b, f, h), x), "if b then f else x");
    becomes(graph_select(g, b, x, graph_select(g, b, f, h)), "if b then x else h");
    stays(graph_select(g, b, guarded_at(f, n, i64(4)), f32(0)));
}

Test(simplify, reads) {
    becomes(at(t, n, i), "i");
    becomes(at(at(x, n, i), n, j), "x[i[j]]");
    Node *sum = reduce(OP_SUM, c, bin(y, OP_MUL, graph_convert(g, SCALAR_F32, axis(c))), NULL);
    becomes(at(at(sum, n, i), m, label), "sum[c](y * f32(c))[n = i, m = label]"); /* all at once */
    becomes(at(at(sum, m, t), n, i), "sum[c](y * f32(c))[n = i, m = i]");
    becomes(at(bin(f, OP_ADD, un(OP_EXP, h)), n, i64(2)), "f[2] + exp(h[2])");
    Axis *s = axis_like(g, word("s"), n, (Span){0});
    Node *ratio = bin(x, OP_DIV, reduce(OP_SUM, m, y, NULL));
    becomes(at(ratio, n, axis(s)), "x[s] / sum[m](y)[n = s]");
    becomes(at(ratio, n, i), "x[i] / sum[m](y)[n = i]");
    stays(at(graph_let(g, word("a"), un(OP_EXP, f)), n, i));
    becomes(at(graph_stop(g, f), n, i64(0)), "stop(f[0])");
}

Test(simplify, reads_keep_their_guards) {
    Node *choice = graph_select(g, b, guarded_at(f, n, j), h);
    Node *read = graph_simplify(g, guarded_at(choice, n, bin(t, OP_SUB, i64(1))));
    expect_text(read, "if b[n - 1] then f[j[n - 1]] else h[n - 1]");
    for (int k = 0; k < 3; k++) {
        cr_expect(read->arguments[k]->guarded);
    }
    read = graph_simplify(g, at(choice, n, i64(0)));
    cr_expect(!read->arguments[0]->guarded && read->arguments[1]->guarded &&
              !read->arguments[2]->guarded);
}

Test(simplify, stops) {
    becomes(graph_stop(g, f32(1)), "f32(1)");
    becomes(graph_stop(g, graph_stop(g, f)), "stop(f)");
}

Test(simplify, domains) {
    becomes(reduce(OP_SUM, n, graph_select(g, b, f, f32(0)), NULL), "sum[n](f, where = b)");
    becomes(reduce(OP_SUM, n, graph_select(g, b, f32(0), f), d), "sum[n](f, where = d and not b)");
    stays(reduce(OP_SUM, n, graph_select(g, b, f, f32(1)), NULL));
    stays(reduce(OP_ARGMAX, n, graph_select(g, b, f, f32(-INFINITY)), NULL));
    becomes(reduce(OP_REDUCE_MAX, n, graph_select(g, b, f, f32(-INFINITY)), NULL),
            "max[n](f, where = b)");
    becomes(reduce(OP_SUM, n, f, truth(true)), "sum[n](f)");
    becomes(reduce(OP_SUM, n, f, truth(false)), "f32(0)");
    becomes(reduce(OP_ARGMIN, n, f, truth(false)), "i64(-1)");
    becomes(reduce(OP_REDUCE_MIN, n, f, truth(false)), "f32(inf)");
    stays(reduce(OP_REDUCE_MIN, n, i, truth(false)));
    becomes(reduce(OP_SUM, n, f32(0), b), "f32(0)");
    becomes(reduce(OP_ANY, n, truth(false), b), "false");
    becomes(reduce(OP_SUM, m, y, b), "if b then sum[m](y) else 0");
}

Test(simplify, reductions_of_one_element) {
    Axis *s = axis_like(g, word("s"), n, (Span){0});
    becomes(reduce(OP_SUM, n, f, bin(t, OP_EQ, axis(s))), "f[s]");
    becomes(reduce(OP_SUM, m, y, bin(label, OP_EQ, axis(m))), "y[n, label]");
    becomes(reduce(OP_SUM, m, y, bin(axis(m), OP_EQ, i)),
            "if 0 <= i and i < extent(m) then y[n, i] else 0");
    Node *read = graph_simplify(g, reduce(OP_SUM, m, y, bin(axis(m), OP_EQ, i)));
    cr_expect(read->arguments[1]->guarded);
    becomes(reduce(OP_REDUCE_MAX, m, y, bin(bin(axis(m), OP_EQ, label), OP_AND, b)),
            "if b then y[n, label] else -inf");
    becomes(
        graph_reduce(g, OP_SUM, axis_set(g, (Axis *[]){n, m}, 2), y, bin(axis(m), OP_EQ, label)),
        "sum[n](y[n, label])");
    /* n's own index is not compared: grouped, left alone */
    stays(reduce(OP_SUM, n, f, bin(label, OP_EQ, axis(m))));
    Node *running = bin(axis(m), OP_LE, t);
    Node *guarded = guarded_at(label, n, bin(t, OP_SUB, i64(1)));
    stays(reduce(OP_SUM, m, y, bin(running, OP_AND, bin(axis(m), OP_EQ, guarded))));
}

Test(simplify, absent_axes) {
    becomes(reduce(OP_SUM, n, i64(1), NULL), "extent(n)");
    becomes(reduce(OP_SUM, m, i, NULL), "i * extent(m)");
    becomes(reduce(OP_SUM, n, tally, NULL), "sum[n](tally)");
    becomes(reduce(OP_SUM, m, tally, NULL), "i64(tally) * extent(m)");
    becomes(reduce(OP_SUM, n, f32(2), NULL), "2 * f32(extent(n))");
    becomes(reduce(OP_SUM, c, f, NULL), "f * 3");
    becomes(reduce(OP_SUM, m, f, NULL), "if 0 < extent(m) then f * f32(extent(m)) else 0");
    becomes(reduce(OP_REDUCE_MAX, m, f, NULL), "if 0 < extent(m) then f else -inf");
    becomes(reduce(OP_REDUCE_MAX, c, i, NULL), "i");
    stays(reduce(OP_REDUCE_MAX, m, i, NULL));
    stays(reduce(OP_PROD, m, f, NULL));
    becomes(reduce(OP_ANY, m, b, NULL), "0 < extent(m) and b");
    becomes(graph_reduce(g, OP_SUM, axis_set(g, (Axis *[]){n, c}, 2), f, b),
            "sum[n](f, where = b) * 3");
    becomes(reduce(OP_SUM, c, f, b), "if b then f * 3 else 0");
}

Test(simplify, everything_together) {
    Node *shift = bin(bin(t, OP_SUB, i64(1)), OP_ADD, i64(1));
    becomes(bin(bin(i64(0), OP_LE, shift), OP_AND, truth(true)), "true");
    Node *node = f;
    for (int k = 0; k < 200; k++) { /* shared: linear */
        node = bin(bin(node, OP_MUL, f32(1)), OP_MUL, bin(node, OP_ADD, f32(-0.0)));
    }
    Node *again = graph_simplify(g, node);
    cr_expect_eq(graph_simplify(g, again), again);
    stays(graph_let(g, word("a"), f));
}
