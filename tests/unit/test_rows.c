/* What is larger than all of a program's arrays is never stored whole: plans are read. */
#include "planned.h"

TestSuite(rows, .init = setup, .fini = teardown);

static Plan *plan_source(const Source *source) {
    return planned_source(source).plan->entries.items[0].plan;
}

static Plan *plan_text(const char *text) {
    return plan_source(source_add(compiler->sources, "test.sy", text, strlen(text)));
}

static Plan *plan_file(const char *path) {
    static char text[1 << 16];
    FILE *file = fopen(path, "rb");
    cr_assert(file, "no %s", path);
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = 0;
    fclose(file);
    return plan_source(source_add(compiler->sources, path, text, length));
}

static bool has(const Array *array, const char *axis) {
    for (int i = 0; i < array->rank; ++i)
        if (strcmp(array->axes[i]->name, axis) == 0) return true;
    return false;
}

/* Arrays, buffers and outputs, that have all of the axes; of a lane, all of it. */
static int arrays_with(const Plan *plan, const char *a, const char *b, const char *c) {
    int count = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *root = plan->roots.items[i];
        const char *short_axis = root->steps_kept ? root->steps_of->name : "";
        bool all = has(root->array, a) && has(root->array, b) && (!c || has(root->array, c));
        bool kept = strcmp(short_axis, a) != 0 && strcmp(short_axis, b) != 0 &&
                    (!c || strcmp(short_axis, c) != 0);
        count += all && kept;
    }
    return count;
}

static int tiles(const Plan *plan) {
    int count = 0;
    for (int i = 0; i < plan->roots.count; ++i)
        count += plan->roots.items[i]->shared && plan->roots.items[i]->steps_kept == PLAN_WIDE_TILE;
    return count;
}

static const char mixture[] = "real f64\ndim n\ndim k\ndim i\ndim j like i\n"
                              "input x[n, i]\ninput mu[k, i]\ninput q[k, i]\ninput l[i, j]\n"
                              "let apart[n, k, i] = x - mu\n"
                              "let z = exp(q) * apart + sum[j](l * apart[i = j], where = j < i)\n"
                              "let p[n, k] = -0.5 * sum[i](z^2)\n";

static Plan *plan_mixture(const char *outputs) {
    static char text[4096];
    snprintf(text, sizeof text, "%s%s", mixture, outputs);
    return plan_text(text);
}

Test(rows, gradient_of_a_mixture) {
    const Plan *plan = plan_mixture("let loss = sum[n](logsumexp[k](p))\n"
                                    "output d_mu[k, i] = grad(loss, mu)\n"
                                    "output d_q[k, i] = grad(loss, q)\n");
    cr_expect_eq(arrays_with(plan, "n", "k", "i"), 0);
    cr_expect_eq(arrays_with(plan, "n", "k", "j"), 0);
    cr_expect_gt(tiles(plan), 2); /* once for the row's sum, and anew for what needs that */
}

/* x[j] - mu[j] has no part in the loop over i around the sum over j. */
Test(rows, a_difference_is_not_worked_out_again_for_each_row_of_a_product) {
    const Plan *plan = plan_mixture("let loss = sum[n](logsumexp[k](p))\n"
                                    "output d_mu[k, i] = grad(loss, mu)\n");
    int stored = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *root = plan->roots.items[i];
        stored += root->shared && root->value->op == OP_SUB && has(root->array, "j");
    }
    cr_expect_eq(stored, 2, "once at each level");
}

/* x[j] - mu[m] would need an array of k, j, m and n, and z only one of k, i and n. */
Test(rows, a_difference_is_not_stored_in_an_array_larger_than_what_is_large) {
    const Plan *plan = plan_text("dim n\ndim k\ndim i\ndim j like i\ndim m like i\n"
                                 "input x[n, i]\ninput mu[k, i]\ninput q[k, i]\n"
                                 "input l[i, j]\ninput r[i, m]\n"
                                 "let apart[n, k, i] = x - mu\n"
                                 "let near = sum[m]((x[i = j] - mu[i = m]) * r)\n"
                                 "let z = exp(q) * apart + sum[j](l * near)\n"
                                 "let p[n, k] = -0.5 * sum[i](z^2)\n"
                                 "let loss = sum[n](logsumexp[k](p))\n"
                                 "output d_mu[k, i] = grad(loss, mu)\n"
                                 "output d_q[k, i] = grad(loss, q)\n");
    cr_expect_gt(tiles(plan), 0);
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *root = plan->roots.items[i];
        cr_expect_not(root->shared && has(root->array, "j") && has(root->array, "m"));
    }
}

Test(rows, benchmark) {
    const Plan *plan = plan_file("tests/reference/adbench/gmm.sy");
    cr_expect_eq(arrays_with(plan, "n", "k", "i"), 0);
    cr_expect_eq(arrays_with(plan, "n", "k", "j"), 0);
    cr_expect_eq(arrays_with(plan, "k", "i", "j"), 0, "a scatter takes in its sum");
    cr_expect_eq(arrays_with(plan, "n", "k", NULL), 1, "the logits");
}

Test(rows, without_a_row_between_it_is_made_once) {
    const Plan *plan = plan_mixture("output p0[n, k] = p\n"
                                    "output d_q[k, i] = grad(sum[n, k](tanh(p)), q)\n");
    cr_expect_eq(arrays_with(plan, "n", "k", "i"), 0);
}

/* An output of the same size is there anyhow. */
Test(rows, not_larger_than_an_output) {
    const Plan *plan = plan_mixture("output z0[n, k, i] = z\n"
                                    "output d_q[k, i] = grad(sum[n](logsumexp[k](p)), q)\n");
    cr_expect_eq(tiles(plan), 0);
}

/* A maximum over what would be shared needs all of it. */
Test(rows, read_whole) {
    const Plan *plan = plan_mixture("output a[n, k] = p\noutput b[i] = max[n, k](z)\n");
    cr_expect_eq(tiles(plan), 0);
}

/* A sum over one axis and a sum over another have no common lane. */
Test(rows, sums_across) {
    const Plan *plan = plan_mixture("let loss = sum[n](logsumexp[k](p))\n"
                                    "output d_mu[k, i] = grad(loss, mu)\n"
                                    "output d_x[n, i] = grad(loss, x)\n");
    cr_expect_eq(arrays_with(plan, "n", "k", "i") > 0, tiles(plan) == 0);
}

static void expect_no_pairs(const char *text) {
    const Plan *plan = plan_text(text);
    cr_expect_eq(arrays_with(plan, "t", "s", NULL), 0);
}

#define ATTENTION                                                                                  \
    "dim h\ndim t\ndim s like t\ndim d = 8\n"                                                      \
    "input q[h, t, d]\ninput k[h, s, d]\ninput v[h, s, d]\ninput dy[h, t, d]\n"

Test(rows, attention) {
    const Plan *plan = plan_file("examples/attention_gradient.sy");
    cr_expect_eq(arrays_with(plan, "t", "s", NULL), 0);
}

Test(rows, attention_without_a_mask) {
    expect_no_pairs(ATTENTION "let y[h, t, d] = mean[s](v, logweight = sum[d](q * k))\n"
                              "output d_q[h, t, d] = vjp(y, q, dy)\n"
                              "output d_k[h, s, d] = vjp(y, k, dy)\n"
                              "output d_v[h, s, d] = vjp(y, v, dy)\n");
}

Test(rows, attention_with_padding_and_a_slope) {
    expect_no_pairs(ATTENTION "input length: i64\ninput slope[h]\n"
                              "let score = 30 * tanh(sum[d](q * k) / 30) - slope * abs(t - s)\n"
                              "let y[h, t, d] = mean[s](v, logweight = score, where = s < length, "
                              "empty = 0)\n"
                              "output out[h, t, d] = y\n"
                              "output d_q[h, t, d] = vjp(y, q, dy)\n"
                              "output d_k[h, s, d] = vjp(y, k, dy)\n"
                              "output d_v[h, s, d] = vjp(y, v, dy)\n"
                              "output d_slope[h] = vjp(y, slope, dy)\n");
}
