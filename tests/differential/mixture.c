/* Programs whose intermediate has more axes than all that goes in or out: mixtures with full
 * covariances, distances to centres, and the like, with their gradients. What is kept of it by the
 * tile, and what is worked out again, is not told by small random expressions. */
#include "generator.h"

typedef struct Mixture {
    Generator *g;
    const char *l;     /* the factor, with its axes */
    const char *where; /* of the inner sum, or "" */
    bool by_point;     /* a mask of points */
} Mixture;

static const char *one_of(Generator *g, int count, const char *const *texts) {
    return texts[pick(g, count)];
}

static void add_data(Mixture *m) {
    static const char *const factors[] = {"l[k, d, e]", "l[d, e]", "l[k, d]", "l[d]"};
    static const char *const domains[] = {"", ", where = e < d", ", where = e <= d",
                                          ", where = e != d", ", where = keep[d = e]"};
    Generator *g = m->g;
    bool fixed = pick(g, 3) > 0;
    m->l = factors[fixed ? pick(g, 4) : 1 + pick(g, 3)];
    m->where = one_of(g, 5, domains);
    m->by_point = pick(g, 2);
    generator_add_text(g, "dim n");
    generator_add_text(g, "dim k");
    generator_add_text(g, fixed ? words(g, "dim d = %d", 1 + pick(g, 4)) : "dim d");
    generator_add_text(g, "dim e like d");
    generator_add_text(g, pick(g, 4) ? "input x[n, d]" : "input x[d, n]");
    generator_add_text(g, pick(g, 4) ? "input c[k, d]" : "input c[d, k]");
    generator_add_text(g, "input a[k]");
    generator_add_text(g, words(g, "input %s", m->l));
    generator_add_text(g, "mask keep[d]");
    if (m->by_point) generator_add_text(g, "mask known[n]");
}

static void add_values(Mixture *m) {
    static const char *const ways[] = {"tanh(x - c)", "(x - c)", "x * c", "sin(x) * tanh(c)"};
    static const char *const powers[] = {"z^2", "abs(z)", "z * tanh(z)", "tanh(z) * c", "z * x"};
    static const char *const joins[] = {"logsumexp[k](a - 0.5 * s)", "sum[k](a * exp(-0.5 * s^2))",
                                        "mean[k](s * a)", "max[k](s + a, empty = 0)",
                                        "mean[k](s, logweight = a - s, empty = 0)"};
    static const char *const ends[] = {"sum[n](v)", "mean[n](v, empty = 0)", "sum[n](tanh(v))"};
    Generator *g = m->g;
    const char *way = one_of(g, 4, ways);
    generator_add_text(g, words(g, "let apart[n, k, d] = %s", way));
    generator_add_text(g, words(g, "let z = %s + sum[e](l * apart[d = e]%s)",
                                pick(g, 2) ? "apart" : "exp(-c) * apart", m->where));
    generator_add_text(g, words(g, "let s[n, k] = sum[d](%s)", one_of(g, 5, powers)));
    generator_add_text(g, words(g, "let v[n] = %s", one_of(g, 5, joins)));
    if (m->by_point)
        generator_add_text(g, "let loss = sum[n](v, where = known)");
    else
        generator_add_text(g, words(g, "let loss = %s", one_of(g, 3, ends)));
}

static void add_results(Mixture *m) {
    static const char *const by[] = {"c[k, d]", "l", "a[k]", "x[n, d]"};
    static const char *const names[] = {"c", "l", "a", "x"};
    Generator *g = m->g;
    generator_add_text(g, "output r0 = loss");
    if (pick(g, 3) == 0) generator_add_text(g, "output r1[n, k] = s");
    if (pick(g, 3) == 0) generator_add_text(g, "output r2[n] = v");
    for (int i = 0; i < 4; i++) {
        if (pick(g, i == 3 ? 4 : 2)) continue;
        const char *axes = i == 1 ? m->l + 1 : by[i] + 1;
        generator_add_text(g, words(g, "output r%d%s = grad(loss, %s)", 3 + i, axes, names[i]));
    }
    if (pick(g, 4) == 0)
        generator_add_text(g, "output r7[k, d] = jvp(grad(loss + sum[k, d](c^4), c), c, tanh(c))");
}

void add_mixture(Generator *g) {
    Mixture m = {.g = g};
    add_data(&m);
    add_values(&m);
    add_results(&m);
}
