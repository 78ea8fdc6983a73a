/* Sums of products with a common factor, and the numbers in front of a product: a line each. */
#include "diff/parts.h"
#include "graph_fixture.h"

TestSuite(factor, .init = graph_setup, .fini = graph_teardown);

/* a, b, d over n; p, q over n and m. */
static Node *a, *b, *d, *p, *q;

static void begin(void) {
    a = un(OP_EXP, x);
    b = un(OP_SIN, x);
    d = un(OP_COS, x);
    p = un(OP_EXP, y);
    q = un(OP_SIN, y);
}

static Node *times(Node *left, Node *right) {
    return bin(left, OP_MUL, right);
}

static Node *over(Node *left, Node *right) {
    return bin(left, OP_DIV, right);
}

static Node *minus(Node *node) {
    return un(OP_NEG, node);
}

static Node *along_m(Node *body) {
    return reduce(OP_SUM, m, body, NULL);
}

#define ADDED(first, second, text) expect_text(diff_add(g, first, second), text)

Test(factor, common_factors) {
    begin();
    ADDED(times(a, b), times(a, d), "exp(x) * (sin(x) + cos(x))");
    ADDED(times(b, a), times(a, d), "exp(x) * (sin(x) + cos(x))");
    ADDED(times(a, b), minus(times(a, d)), "exp(x) * (sin(x) - cos(x))");
    ADDED(minus(times(a, b)), times(a, d), "exp(x) * (cos(x) - sin(x))");
    ADDED(minus(times(a, b)), minus(times(a, d)), "-(exp(x) * (sin(x) + cos(x)))");
    ADDED(over(a, b), over(d, b), "(exp(x) + cos(x)) / sin(x)");
    ADDED(times(over(a, b), d), times(over(a, b), x), "exp(x) / sin(x) * (cos(x) + x)");
    ADDED(times(over(a, b), d), over(x, b), "(exp(x) * cos(x) + x) / sin(x)");
    ADDED(over(a, times(b, d)), over(x, b), "(exp(x) / cos(x) + x) / sin(x)");
}

Test(factor, nothing_in_common) {
    begin();
    ADDED(times(a, b), d, "exp(x) * sin(x) + cos(x)");
    ADDED(times(a, b), over(d, a), "exp(x) * sin(x) + cos(x) / exp(x)");
    ADDED(times(f32(2), a), times(f32(2), b), "2 * exp(x) + 2 * sin(x)");
    /* one term is the factor: its product with the rest is there already */
    ADDED(a, minus(times(a, b)), "exp(x) + -(exp(x) * sin(x))");
    /* each is taken as often as both have it */
    ADDED(times(times(a, b), a), times(times(a, b), d), "exp(x) * sin(x) * (exp(x) + cos(x))");
    ADDED(times(a, a), times(a, b), "exp(x) * (exp(x) + sin(x))");
}

Test(factor, sums) {
    begin();
    ADDED(over(a, b), minus(along_m(over(times(p, y), b))),
          "(exp(x) - sum[m](exp(y) * y)) / sin(x)");
    ADDED(times(a, b), along_m(times(a, p)), "exp(x) * (sin(x) + sum[m](exp(y)))");
    /* what is bound there stays, though it stands outside too */
    ADDED(times(a, along_m(times(p, a))), times(a, d),
          "exp(x) * (sum[m](exp(y) * exp(x)) + cos(x))");
    /* both are contractions: each has its factor inside */
    ADDED(along_m(times(a, p)), along_m(times(a, q)),
          "sum[m](exp(x) * exp(y)) + sum[m](exp(x) * sin(y))");
    /* nothing is contracted: one sum */
    ADDED(along_m(times(y, p)), minus(along_m(times(y, q))), "sum[m](y * (exp(y) - sin(y)))");
    ADDED(minus(along_m(times(y, p))), along_m(times(y, q)), "sum[m](y * (sin(y) - exp(y)))");
    ADDED(along_m(times(y, p)), reduce(OP_SUM, m, times(y, q), keep),
          "sum[m](y * exp(y)) + sum[m](y * sin(y), where = keep)");
}

Test(factor, numbers_in_front) {
    begin();
    Node *two = times(f32(2), a);
    expect_text(diff_times(g, over(f32(1), b), two), "2 / sin(x) * exp(x)");
    expect_text(diff_times(g, f32(3), two), "6 * exp(x)");
    expect_text(diff_times(g, times(over(f32(-1), b), d), two), "-2 / sin(x) * cos(x) * exp(x)");
    expect_text(diff_times(g, b, two), "sin(x) * (2 * exp(x))");
    expect_text(diff_times(g, f32(INFINITY), two), "inf * (2 * exp(x))");
}
