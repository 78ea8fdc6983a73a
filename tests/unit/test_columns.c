/* Sums down columns that the loops over rows take in: which ones, and how threads share these. */
#include "planned.h"

TestSuite(columns, .init = setup, .fini = teardown);

static int count_taken_in(const Plan *plan) {
    int count = 0;
    for (int i = 0; i < plan->roots.count; ++i)
        count += plan->roots.items[i]->share_of != NULL;
    return count;
}

static int count_shared(const PlanBlock *steps) {
    int count = 0;
    for (int i = 0; i < steps->count; ++i) {
        const PlanLoop *loop = steps->items[i]->loop;
        if (!loop) continue;
        cr_expect(!loop->share || loop->outermost, "shared out inside of another loop");
        count += loop->share == PLAN_SHARE;
    }
    return count;
}

static void expect_taken_in(int sums, int loops, const char *text) {
    const Planned planned = planned_text(text);
    const Plan *plan = planned.plan->entries.items[0].plan;
    int found = count_taken_in(plan), shared = count_shared(&plan->steps);
    cr_expect_eq(found, sums, "%d sums are taken in, not %d, in:\n%s", found, sums, text);
    cr_expect_eq(shared, loops, "%d loops are shared by blocks, not %d, in:\n%s", shared, loops,
                 text);
}

#define MATRIX "dim n\ndim c\ninput x[n, c]\ninput y[n, c]\n"

Test(columns, taken_in_where_rows_are_summed) {
    expect_taken_in(1, 1, MATRIX "output a[c] = sum[n](x * mean[c](x))\n");
    expect_taken_in(1, 1, MATRIX "output a[c] = 2 * sum[n](x - max[c](x)) + 1\n");
    expect_taken_in(2, 1,
                    MATRIX "output a[c] = sum[n](y * (x - mean[c](x)))\n"
                           "output b[c] = sum[n](y)\n");
    expect_taken_in(1, 1, MATRIX "output a[c] = sum[n](x * mean[c](x), where = y > 0)\n");
    expect_taken_in(1, 1,
                    "dim n\ndim f\ninput x[n, f]\ninput w[f]\ninput t[n]\n"
                    "loss L = mean[n]((sum[f](x * w) - t)^2)\noutput d[f] = grad(L, w)\n");
}

Test(columns, others_are_tiles) {
    expect_taken_in(0, 0, MATRIX "output a[c] = sum[n](x)\n");
    expect_taken_in(0, 0, MATRIX "output a[c] = max[n](x * mean[c](x))\n");
    expect_taken_in(0, 0, MATRIX "output a[c] = sum[n](x * mean[c](y))\n"); /* another array */
    expect_taken_in(0, 0,
                    "dim n = 100\ndim c\ninput x[n, c]\n"
                    "output a[c] = sum[n](x * mean[c](x))\n");
    expect_taken_in(0, 0,
                    "dim n\ndim c = 3\ninput x[n, c]\n"
                    "output a[c] = sum[n](x * mean[c](x))\n");
    expect_taken_in(0, 0, "dim n\ndim c\ninput x[c, n]\noutput a[c] = sum[n](x * mean[c](x))\n");
}

Test(columns, rows_add_to_their_block) {
    const Planned planned = planned_text(MATRIX "output a[c] = sum[n](x * mean[c](x))\n");
    cr_expect(strstr(planned.loops, "(n / 64)"), "%s", planned.loops);
}
