/* Dear values of one axis that loops around would repeat: which ones are stored. */
#include "planned.h"

TestSuite(once, .init = setup, .fini = teardown);

static void expect_stored(int stored, const char *text) {
    const Plan *plan = planned_text(text).plan->entries.items[0].plan;
    int found = 0;
    for (int i = 0; i < plan->roots.count; ++i)
        found += plan->roots.items[i]->is_buffer && plan->roots.items[i]->array->rank == 1;
    cr_expect_eq(found, stored, "%d vectors are stored, not %d, in:\n%s", found, stored, text);
}

#define AXES "dim n\ndim k\ndim d\ninput x[n, k]\ninput p[k]\ninput v[d]\n"

Test(once, stored_where_a_loop_around_repeats_it) {
    expect_stored(1, AXES "output y[n] = sum[k](x * exp(p))\n");
    expect_stored(1, AXES "output y[n, k] = x * softplus(p)\n");
    expect_stored(1, AXES "output y[n, k] = x * p^5\n");
    expect_stored(1, AXES "output y[n, k] = x * p^1.5\n");
    expect_stored(1, AXES "output y[n] = sum[k](x * (v[d = 0] / (1 + p^2)))\n");
    expect_stored(1, AXES "output y[k] = sum[n](x * exp(p))\n"); /* k in lanes, inside of n */
    expect_stored(1, AXES "output y[k, d] = sum[n](x * v * sigmoid(v))\n");
    expect_stored(1, AXES "output y[n] = sum[k](softmax[k](p) * x)\n");
}

Test(once, a_part_that_others_need_is_stored_too) {
    expect_stored(2,
                  AXES "output y[n] = sum[k](x * (p / (1 + exp(p))))\noutput z = sum[k](exp(p))\n");
    expect_stored(1, AXES "output y[n] = sum[k](x * (p / (1 + exp(p))))\noutput z = sum[k](p)\n");
}

Test(once, others_are_worked_out_where_they_are) {
    expect_stored(0, AXES "output y[k] = exp(p)\n");
    expect_stored(0, AXES "output y[n] = sum[k](x * p^2)\n");                      /* cheap */
    expect_stored(0, AXES "output y[n] = sum[k](x * p^4 * floor(p) * sign(p))\n"); /* so is it */
    expect_stored(0, AXES "output y[n] = sum[k](exp(x * p))\n");        /* of both axes */
    expect_stored(0, AXES "output y[k] = exp(p) * sum[n](x)\n");        /* once for each k */
    expect_stored(0, AXES "output y[n] = sum[k](x * exp(-k / 9.0))\n"); /* of no array */
    expect_stored(0, "dim n = 1\ndim k\ninput x[n, k]\ninput p[k]\n"
                     "output y[n] = sum[k](x * exp(p))\n");
}

/* Its value exists only where the condition holds. */
Test(once, what_can_fail_stays_under_its_condition) {
    expect_stored(0,
                  AXES "input at[k]: i64\n"
                       "output y[n] = sum[k](if at >= 0 and at < extent(k) then x * exp(p[k = at]) "
                       "else 0)\n");
}

/* What two sums read is looked at once in the loops of both: not twice, four times, eight times. */
Test(once, sums_in_sums) {
    Text text = text_new(compiler->arena);
    text_add(&text, "dim n\ndim k\ninput x[n, k]\ninput p[k]\n");
    for (int i = 0; i < 40; ++i) {
        const char *of = i ? arena_format(compiler->arena, "s%d", i - 1) : "p";
        text_format(&text, "let s%d[k] = sum[n](x * %s) + sum[n](x^2 * %s)\n", i, of, of);
    }
    text_add(&text, "output y[k] = s39\n");
    expect_stored(0, text.chars);
}
