/* The reference evaluator: the meaning of each operation, domains, reads elsewhere, and what does
 * not exist. */
#include "../../runtime/steelyard_random.h"
#include "graph/scalar.h"
#include <criterion/criterion.h>
#include <math.h>

static Compiler *compiler;
static Graph *graph;
static Bindings bindings;
static Axis *t, *s, *n, *c; /* c = 3 */
static const char *error;

static Axis *dim(const char *name, Node *extent) {
    return axis_new(graph, name_of(compiler->names, name), extent, (Span){0, 0});
}
static void size(Axis *axis, int64_t extent) {
    int64_t *value = ARENA_NEW(compiler->arena, int64_t);
    *value = extent;
    table_set(&bindings.sizes, axis, value);
}
static void setup(void) {
    compiler = compiler_new();
    graph = graph_new(compiler);
    bindings = bindings_new(compiler->arena);
    error = NULL;
    t = dim("t", NULL), n = dim("n", NULL);
    s = axis_like(graph, name_of(compiler->names, "s"), t, (Span){0, 0});
    c = dim("c", graph_integer(graph, SCALAR_I64, 3));
}
static void teardown(void) {
    compiler_free(compiler);
}
TestSuite(evaluate, .init = setup, .fini = teardown);

/* --- nodes --- */
static Node *num(int64_t value) {
    return graph_integer(graph, SCALAR_I64, value);
}
static Node *i32(int64_t value) {
    return graph_integer(graph, SCALAR_I32, value);
}
static Node *real(double value) {
    return graph_number(graph, SCALAR_F64, value);
}
static Node *truth(bool value) {
    return graph_integer(graph, SCALAR_BOOL, value);
}
static Node *ax(Axis *axis) {
    return graph_axis(graph, axis);
}
static Node *ext(Axis *axis) {
    return graph_extent(graph, axis);
}
static Node *two(Op op, Node *a, Node *b) {
    return graph_binary(graph, op, a, b);
}
static Node *one(Op op, Node *a) {
    return graph_unary(graph, op, a);
}
static Node *f64(Node *a) {
    return graph_convert(graph, SCALAR_F64, a);
}

static Node *array(const char *name, Scalar type, Axis *const *axes, int rank, double *values) {
    Array *array = ARENA_NEW(compiler->arena, Array);
    array->name = name_of(compiler->names, name);
    array->type = type;
    array->rank = rank;
    array->axes = ARENA_ARRAY(compiler->arena, Axis *, rank + 1);
    for (int i = 0; i < rank; i++)
        array->axes[i] = axes[i];
    table_set(&bindings.arrays, array, values);
    return graph_array(graph, array);
}
#define NUMBERS(...) ((double[]){__VA_ARGS__})
#define AXES(...) ((Axis *[]){__VA_ARGS__})
static Node *vector(const char *name, Axis *axis, double *values) {
    return array(name, SCALAR_F64, &axis, 1, values);
}
static Node *over(Op op, Axis *axis, Node *body, Node *where) {
    return graph_reduce(graph, op, axis_set(graph, &axis, 1), body, where);
}

/* --- values --- */
static double scalar_of(Node *node) {
    Tensor result;
    cr_assert(evaluate_node(graph, node, NULL, 0, &bindings, &result, &error), "%s", error);
    return result.values[0];
}
static const double *values_of(Node *node, Axis *const *axes, int rank) {
    Tensor result;
    cr_assert(evaluate_node(graph, node, axes, rank, &bindings, &result, &error), "%s", error);
    return result.values;
}
static const char *error_of(Node *node, Axis *const *axes, int rank) {
    Tensor result;
    cr_assert_not(evaluate_node(graph, node, axes, rank, &bindings, &result, &error));
    return error;
}
static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}
#define IS(node, expected)                                                                         \
    do {                                                                                           \
        double found = scalar_of(node);                                                            \
        cr_expect(same(found, expected), "%.17g", found);                                          \
    } while (0)
#define NEAR(found, expected)                                                                      \
    cr_expect(fabs((found) - (expected)) <= 2e-15 * fabs(expected), "%.17g %.17g", found,          \
              (double)(expected))
#define ARE(node, axis, count, ...)                                                                \
    do {                                                                                           \
        const double *found = values_of(node, AXES(axis), 1), expected[] = {__VA_ARGS__};          \
        for (int e = 0; e < (count); e++)                                                          \
            cr_expect(same(found[e], expected[e]), "[%d] %.17g", e, found[e]);                     \
    } while (0)

/* --- leaves, order of axes --- */
Test(evaluate, numbers_and_extents) {
    size(t, 7);
    Axis *o = dim("o", two(OP_ADD, two(OP_SUB, ext(t), ext(c)), num(1)));
    IS(num(-4), -4.0);
    IS(real(0.1), 0.1);
    IS(graph_number(graph, SCALAR_F32, 0.1), (double)0.1f);
    IS(ext(o), 5.0);
    cr_expect_eq(evaluate_extent(graph, o, &bindings), 5);
    cr_expect_eq(evaluate_extent(graph, s, &bindings), 7);
    cr_expect_eq(evaluate_extent(graph, n, &bindings), -1); /* not given */
    size(t, 1 << 16); /* whose fourth power is 0 modulo 2^64 */
    Node *square = two(OP_MUL, ext(t), ext(t)), *power = two(OP_MUL, square, square);
    cr_expect_eq(evaluate_extent(graph, dim("p", power), &bindings), (int64_t)1 << 60);
    power = two(OP_SUB, num(5), two(OP_MUL, power, power));
    cr_expect_eq(evaluate_extent(graph, dim("q", power), &bindings), -((int64_t)1 << 60));
    ARE(ax(c), c, 3, 0.0, 1.0, 2.0);
}
Test(evaluate, layout_follows_the_request) {
    size(n, 2);
    Node *x = array("x", SCALAR_F64, AXES(n, c), 2, NUMBERS(1, 2, 3, 4, 5, 6));
    const double *turned = values_of(x, AXES(c, n), 2), expected[] = {1, 4, 2, 5, 3, 6};
    for (int i = 0; i < 6; i++)
        cr_expect_eq(turned[i], expected[i]);
    const double *wide = values_of(ax(c), AXES(n, c), 2);
    for (int i = 0; i < 6; i++)
        cr_expect_eq(wide[i], i % 3);
}
Test(evaluate, storage_rounds) {
    IS(array("x", SCALAR_F32, NULL, 0, NUMBERS(0.1)), (double)0.1f);
    IS(array("x", SCALAR_BF16, NULL, 0, NUMBERS(1.00390625)), 1.0); /* 1 + 2^-8: a tie, to even */
    IS(array("x", SCALAR_F16, NULL, 0, NUMBERS(65504.0)), 65504.0);
    IS(array("x", SCALAR_F16, NULL, 0, NUMBERS(1e6)), INFINITY);
}
Test(evaluate, singles_are_kept_in_double) {
    Node *x = array("x", SCALAR_F32, NULL, 0, NUMBERS(0.5)),
         *y = array("y", SCALAR_F32, NULL, 0, NUMBERS(0x1p-40));
    IS(two(OP_ADD, x, y), 0.5 + 0x1p-40);
    IS(graph_convert(graph, SCALAR_F32, real(0.1)), (double)0.1f);
    IS(graph_convert(graph, SCALAR_F16, real(0.1)), 0x1.998p-4);
}
Test(evaluate, what_is_missing) {
    size(t, 2);
    cr_expect(strstr(error_of(ext(n), NULL, 0), "axis n"));
    cr_expect(strstr(error_of(array("gone", SCALAR_F64, &t, 1, NULL), &t, 1), "gone"));
    size(n, -1);
    cr_expect(strstr(error_of(ax(n), &n, 1), "-1"));
    size(n, INT64_C(1) << 40);
    cr_expect(strstr(error_of(ax(n), &n, 1), "too large"));
    cr_expect(error_of(ax(t), NULL, 0));
}

/* --- pointwise --- */
Test(evaluate, integers) {
    IS(two(OP_IDIV, num(-7), num(2)), -4.0);
    IS(two(OP_MOD, num(-7), num(3)), 2.0);
    IS(two(OP_MOD, num(7), num(-3)), -2.0);
    IS(two(OP_IDIV, num(7), num(0)), 0.0);
    IS(two(OP_POW, num(-3), num(3)), -27.0);
    IS(two(OP_POW, num(5), num(0)), 1.0);
    IS(two(OP_ADD, i32(INT32_MAX), i32(1)), (double)INT32_MIN);
    IS(two(OP_MUL, i32(65536), i32(65536)), 0.0);
    IS(one(OP_NEG, i32(INT32_MIN)), (double)INT32_MIN);
    IS(one(OP_ABS, num(-5)), 5.0);
    IS(one(OP_SIGN, num(-5)), -1.0);
    IS(two(OP_MIN, num(3), num(-3)), -3.0);
}
Test(evaluate, floats) {
    IS(two(OP_IDIV, real(-7.5), real(2)), -4.0);
    IS(two(OP_MOD, real(-7.5), real(2)), 0.5);
    IS(two(OP_DIV, real(1), real(0)), INFINITY);
    IS(two(OP_POW, real(2), num(-2)), 0.25);
    IS(two(OP_MIN, real(-0.0), real(0)), -0.0);
    IS(two(OP_MAX, real(0), real(-0.0)), 0.0);
    IS(two(OP_MAX, real(1), real(NAN)), (double)NAN);
    IS(two(OP_MIN, real(NAN), real(1)), (double)NAN);
    IS(one(OP_SIGN, real(NAN)), (double)NAN);
    IS(one(OP_SIGN, real(0)), 0.0);
    IS(one(OP_SIGN, real(-3)), -1.0);
    IS(one(OP_ROUND, real(2.5)), 2.0);
    IS(one(OP_ROUND, real(-3.5)), -4.0);
    IS(one(OP_SIGMOID, real(-1000)), 0.0);
    IS(one(OP_SOFTPLUS, real(1000)), 1000.0);
    IS(one(OP_SOFTPLUS, real(-INFINITY)), 0.0);
    IS(one(OP_SOFTPLUS, real(INFINITY)), INFINITY);
    IS(one(OP_RSQRT, real(4)), 0.5);
    NEAR(scalar_of(one(OP_LGAMMA, real(0.5))), 0.57236494292470008707);
    NEAR(scalar_of(one(OP_ERFC, real(10))), 2.0884875837625447570e-45);
}
Test(evaluate, tests_and_comparisons) {
    IS(one(OP_ISNAN, real(NAN)), 1.0);
    IS(one(OP_ISINF, real(-INFINITY)), 1.0);
    IS(one(OP_ISFINITE, real(NAN)), 0.0);
    IS(two(OP_LT, real(NAN), real(1)), 0.0);
    IS(two(OP_EQ, real(NAN), real(NAN)), 0.0);
    IS(two(OP_NE, real(NAN), real(NAN)), 1.0);
    IS(two(OP_EQ, truth(1), truth(0)), 0.0);
    IS(two(OP_AND, truth(1), truth(0)), 0.0);
    IS(two(OP_OR, truth(0), truth(1)), 1.0);
    IS(one(OP_NOT, truth(0)), 1.0);
}
Test(evaluate, conversions) {
    IS(graph_convert(graph, SCALAR_I32, real(-2.7)), -2.0);
    IS(graph_convert(graph, SCALAR_I32, real(1e20)), (double)INT32_MAX);
    IS(graph_convert(graph, SCALAR_I64, real(NAN)), 0.0);
    IS(graph_convert(graph, SCALAR_I32, num(INT64_C(1) << 32)), 0.0);
    IS(graph_convert(graph, SCALAR_F64, truth(1)), 1.0);
    IS(graph_convert(graph, SCALAR_F32, num(16777217)), 16777216.0);
}
Test(evaluate, digamma) {
    NEAR(scalar_digamma(1), -0.57721566490153286061);
    NEAR(scalar_digamma(0.5), -1.9635100260214234794);
    NEAR(scalar_digamma(10), 2.2517525890667211077);
    NEAR(scalar_digamma(1e10), 23.025850929890456840);
    cr_expect(fabs(scalar_digamma(-0.5) - 0.036489973978576520559) < 1e-15); /* next to a zero */
    NEAR(scalar_digamma(1e-8), -100000000.57721564845);
    NEAR(scalar_digamma(-1.5), 0.70315664064524318722);
    cr_expect(isnan(scalar_digamma(-3)));
    cr_expect_eq(scalar_digamma(0.0), -INFINITY);
    cr_expect_eq(scalar_digamma(INFINITY), INFINITY);
}

Test(evaluate, trigamma) {
    NEAR(scalar_trigamma(1), 1.6449340668482264365);
    NEAR(scalar_trigamma(0.5), 4.9348022005446793094);
    NEAR(scalar_trigamma(10), 0.10516633568168574612);
    NEAR(scalar_trigamma(1e10), 1.00000000005e-10);
    NEAR(scalar_trigamma(-0.5), 8.9348022005446793094);
    NEAR(scalar_trigamma(1e-8), 1.0000000000000001645e16);
    cr_expect_eq(scalar_trigamma(-3), INFINITY);
    cr_expect_eq(scalar_trigamma(INFINITY), 0);
}

Test(evaluate, polygamma) {
    NEAR(scalar_polygamma(2, 1), -2.4041138063191885708);
    NEAR(scalar_polygamma(2, 0.5), -16.828796644234319996);
    NEAR(scalar_polygamma(3, 10), 0.0023199013042898683856);
    NEAR(scalar_polygamma(20, 2.5), -10709198259.124132459);
    NEAR(scalar_polygamma(100, 300), -2.1295392226500304159e-92);
    NEAR(scalar_polygamma(2, -0.3), 67.639081199883160040);
    NEAR(scalar_polygamma(3, -7.25), 1558.5411952034044973);
    cr_expect_eq(scalar_polygamma(3, -2), INFINITY);
    cr_expect(isnan(scalar_polygamma(2, -2)));
    cr_expect_eq(scalar_polygamma(2, 0.0), -INFINITY);
    cr_expect_eq(scalar_polygamma(2, -0.0), INFINITY);
    cr_expect_eq(scalar_polygamma(2, INFINITY), 0);
}

Test(evaluate, random_numbers_are_the_runtimes) {
    size(t, 4);
    Node *draw =
        graph_random(graph, OP_UNIFORM, SCALAR_F64, num(5), NULL, (Node *[]){ax(t), ax(c)}, 2);
    Node *normal = graph_random(graph, OP_NORMAL, SCALAR_F32, num(5), NULL, (Node *[]){ax(t)}, 1);
    const double *found = values_of(draw, AXES(t, c), 2), *bell = values_of(normal, AXES(t), 1);
    for (int i = 0; i < 4; i++) {
        uint64_t row = sy_random_mix(sy_random_begin(5), i);
        cr_expect_eq(bell[i], (double)sy_normal_f32(row));
        for (int j = 0; j < 3; j++)
            cr_expect_eq(found[3 * i + j], sy_uniform_f64(sy_random_mix(row, j)));
    }
}

/* --- reductions --- */
Test(evaluate, sums) {
    size(n, 4);
    Node *x = vector("x", n, NUMBERS(1, 1e100, 1, -1e100));
    IS(over(OP_SUM, n, x, NULL), 2.0); /* plain addition gives 0 */
    IS(over(OP_PROD, n, x, NULL), -1e200);
    IS(over(OP_SUM, n, vector("y", n, NUMBERS(1, INFINITY, 1, 1)), NULL), INFINITY);
    IS(over(OP_SUM, n, vector("z", n, NUMBERS(1, INFINITY, -INFINITY, 1)), NULL), (double)NAN);
    IS(over(OP_SUM, n, num(3), NULL), 12.0); /* it only counts */
    IS(over(OP_SUM, n, ax(n), NULL), 6.0);
}
Test(evaluate, extremes_and_places) {
    size(n, 4);
    Node *x = vector("x", n, NUMBERS(2, 5, 5, -1)), *y = vector("y", n, NUMBERS(2, NAN, 5, NAN));
    IS(over(OP_REDUCE_MAX, n, x, NULL), 5.0);
    IS(over(OP_REDUCE_MIN, n, x, NULL), -1.0);
    IS(over(OP_ARGMAX, n, x, NULL), 1.0);
    IS(over(OP_ARGMIN, n, x, NULL), 3.0);
    IS(over(OP_REDUCE_MIN, n, y, NULL), (double)NAN);
    IS(over(OP_ARGMAX, n, y, NULL), 1.0);
    IS(over(OP_ARGMIN, n, vector("z", n, NUMBERS(INFINITY, INFINITY, INFINITY, INFINITY)), NULL),
       0.0);
    IS(over(OP_REDUCE_MIN, n, vector("w", n, NUMBERS(0, -0.0, 0, 0)), NULL), 0.0);
}
Test(evaluate, nothing_left) {
    size(n, 0);
    Node *x = vector("x", n, NULL), *none = truth(0);
    IS(over(OP_SUM, n, x, NULL), 0.0);
    IS(over(OP_PROD, n, x, NULL), 1.0);
    IS(over(OP_REDUCE_MAX, n, x, NULL), -INFINITY);
    IS(over(OP_REDUCE_MIN, n, x, NULL), INFINITY);
    IS(over(OP_ARGMAX, n, x, NULL), -1.0);
    IS(over(OP_ANY, n, two(OP_LT, x, real(0)), NULL), 0.0);
    IS(over(OP_ALL, n, two(OP_LT, x, real(0)), NULL), 1.0);
    IS(over(OP_REDUCE_MAX, c, ax(c), none), -0x1p63);
    IS(over(OP_REDUCE_MIN, c, graph_convert(graph, SCALAR_I32, ax(c)), none), (double)INT32_MAX);
}
Test(evaluate, domains_hide_nan) {
    size(n, 4);
    Node *x = vector("x", n, NUMBERS(1, NAN, 2, INFINITY));
    IS(over(OP_SUM, n, x, one(OP_ISFINITE, x)), 3.0);
    IS(over(OP_ARGMAX, n, x, one(OP_ISFINITE, x)), 2.0);
}
Test(evaluate, inner_reduction_of_the_same_axis) {
    size(n, 3);
    Node *x = vector("x", n, NUMBERS(1, 2, 5));
    IS(over(OP_SUM, n, two(OP_DIV, x, over(OP_SUM, n, x, NULL)), NULL), 1.0);
}
Test(evaluate, matrix_product) {
    size(n, 2), size(t, 2);
    Node *a = array("a", SCALAR_F64, AXES(n, c), 2, NUMBERS(1, 2, 3, 4, 5, 6));
    Node *b = array("b", SCALAR_F64, AXES(c, t), 2, NUMBERS(1, 0, 0, 1, 1, 1));
    const double *found = values_of(over(OP_SUM, c, two(OP_MUL, a, b), NULL), AXES(n, t), 2);
    const double expected[] = {4, 5, 10, 11};
    for (int i = 0; i < 4; i++)
        cr_expect_eq(found[i], expected[i]);
}
Test(evaluate, running_sum) {
    size(t, 4);
    Node *x = vector("x", s, NUMBERS(1, 2, 3, 4));
    ARE(over(OP_SUM, s, x, two(OP_LE, ax(s), ax(t))), t, 4, 1.0, 3.0, 6.0, 10.0);
}

/* --- reading elsewhere --- */
static Node *at(Node *base, Axis *axis, Node *index, bool guarded) {
    return graph_at(graph, base, &axis, &index, 1, guarded);
}
Test(evaluate, gather) {
    size(n, 4), size(t, 2);
    Node *x = vector("x", n, NUMBERS(10, 11, 12, 13));
    Node *place = array("place", SCALAR_I64, &t, 1, NUMBERS(3, 1));
    ARE(at(x, n, place, false), t, 2, 13.0, 11.0);
}
Test(evaluate, transpose_all_at_once) {
    size(t, 2);
    Node *x = array("x", SCALAR_F64, AXES(t, s), 2, NUMBERS(1, 2, 3, 4));
    Node *turned = graph_at(graph, x, AXES(t, s), (Node *[]){ax(s), ax(t)}, 2, false);
    const double *found = values_of(turned, AXES(t, s), 2), expected[] = {1, 3, 2, 4};
    for (int i = 0; i < 4; i++)
        cr_expect_eq(found[i], expected[i]);
}
Test(evaluate, own_axis_shifted) {
    size(t, 3);
    Node *x = vector("x", t, NUMBERS(1, 2, 3));
    Node *before = at(x, t, two(OP_SUB, ax(t), num(1)), true);
    ARE(graph_select(graph, two(OP_LT, num(0), ax(t)), before, real(0)), t, 3, 0.0, 1.0, 2.0);
    ARE(at(x, t, two(OP_SUB, two(OP_SUB, ext(t), num(1)), ax(t)), false), t, 3, 3.0, 2.0, 1.0);
}
Test(evaluate, out_of_range) {
    size(t, 3);
    Node *x = vector("x", t, NUMBERS(1, 2, 3));
    const char *text = error_of(at(x, t, two(OP_SUB, ax(t), num(1)), false), &t, 1);
    cr_expect(strstr(text, "-1") && strstr(text, "axis t"), "%s", text);
    size(n, 0);
    error_of(at(vector("none", n, NULL), n, num(0), false), NULL, 0);
}
Test(evaluate, what_does_not_exist_stays_away) {
    size(t, 3);
    Node *label = array("label", SCALAR_I64, &t, 1, NUMBERS(2, 0, 1)),
         *keep = two(OP_LT, num(0), ax(t));
    Node *before = at(label, t, two(OP_SUB, ax(t), num(1)), true); /* poison at t = 0 */
    Node *x = array("x", SCALAR_F64, &c, 1, NUMBERS(10, 11, 12));
    Node *read = at(x, c, before, false); /* in range wherever it exists */
    ARE(graph_select(graph, keep, read, real(-1)), t, 3, -1.0, 12.0, 10.0);
    IS(over(OP_SUM, t, read, keep), 22.0);
    Node *equal = two(OP_EQ, before, num(2));
    ARE(two(OP_AND, keep, equal), t, 3, 0.0, 1.0, 0.0);
    ARE(two(OP_OR, one(OP_NOT, keep), equal), t, 3, 1.0, 1.0, 0.0);
    IS(over(OP_SUM, t, two(OP_ADD, before, num(1)), keep), 4.0);
    IS(over(OP_ANY, t, one(OP_NOT, equal), keep), 1.0);
}
static void expect_astray(Node *node, const Node *where, int64_t index, double value) {
    Astray found;
    cr_assert(evaluate_astray(graph, node, NULL, NULL, 0, &bindings, &found, &error), "%s", error);
    cr_expect_eq(found.node, where);
    if (!where || !found.node) return;
    cr_expect(same(found.value, value), "%.17g", found.value);
    if (where->axes->count) cr_expect_eq(found.indices[0], index);
}
Test(evaluate, the_first_value_gone_wrong) {
    size(t, 4);
    Node *x = vector("x", t, NUMBERS(1, 2, -1, 0)), *small = two(OP_LT, x, real(1));
    Node *above = two(OP_LT, real(-0.5), x), *log = one(OP_LOG, x), *square = two(OP_MUL, log, log);
    expect_astray(over(OP_SUM, t, square, NULL), log, 2, NAN);
    expect_astray(over(OP_SUM, t, square, above), log, 3, -INFINITY); /* not the masked one */
    expect_astray(over(OP_SUM, t, square, one(OP_NOT, small)), NULL, 0, 0);
    expect_astray(over(OP_SUM, t, graph_select(graph, small, x, square), NULL), NULL, 0, 0);
    Node *absorbed = one(OP_EXP, log); /* -inf that comes to nothing is no reason */
    expect_astray(over(OP_SUM, t, two(OP_DIV, absorbed, x), above), two(OP_DIV, absorbed, x), 3,
                  NAN);
    Node *given = vector("given", t, NUMBERS(1, INFINITY, 3, NAN));
    expect_astray(at(two(OP_MUL, given, real(2)), t, num(3), false), given, 3, NAN);
    Node *large = graph_convert(graph, SCALAR_F32, two(OP_MUL, x, real(1e30)));
    Node *product = two(OP_MUL, large, large); /* a number in float64 */
    expect_astray(over(OP_SUM, t, product, NULL), product, 0,
                  product->type == SCALAR_F32 ? (double)(float)1e30 * (double)(float)1e30 : 0);
}
Test(evaluate, names_and_stops) {
    IS(graph_stop(graph, graph_let(graph, name_of(compiler->names, "a"), f64(num(3)))), 3.0);
}
Test(evaluate, shared_doubling_is_fast) {
    Node *value = real(1);
    for (int i = 0; i < 60; i++)
        value = two(OP_ADD, value, value);
    IS(value, 0x1p60);
}
Test(evaluate, long_chain) {
    Node *value = real(0);
    for (int i = 0; i < 20000; i++)
        value = two(OP_ADD, value, real(1));
    IS(value, 20000.0);
}
