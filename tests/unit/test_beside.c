/* Loops over rows whose elementary functions go side by side: which they are, and their loops. */
#include "planned.h"

static const char *loops; /* of the program that was planned last, as an outline */

TestSuite(beside, .init = setup, .fini = teardown);

/* How many such loops the last function of the program has. */
static int count_beside(const char *text) {
    const Planned planned = planned_text(text);
    loops = planned.loops;
    const ModelPlan *all = planned.plan;
    const PlanBlock *steps = &all->entries.items[all->entries.count - 1].plan->steps;
    int count = 0;
    for (int i = 0; i < steps->count; ++i)
        count += steps->items[i]->kind == STEP_LOOP && steps->items[i]->loop->beside;
    return count;
}

static int count_text(const char *part) {
    return planned_count(loops, part);
}

#define ROWS "dim n\ndim f\ninput x[n, f]\ninput target[n]\n"
#define SCORE "let score[n] = sum[f](x * w)\n"

Test(beside, the_functions_of_a_sum_of_the_row) {
    cr_assert_eq(count_beside(ROWS "input w[f]\n" SCORE
                                   "output p[n] = sigmoid(score)\noutput q[n] = exp(score)\n"),
                 1);
    cr_assert_eq(count_text("score_rows[row] = "), 2, "%s", loops);
    cr_assert_eq(count_text("score = score_rows[row]"), 1, "%s", loops);
    cr_assert_eq(count_text("n_rows = "), 1, "%s", loops); /* long rows go one by one */
}

Test(beside, sums_of_short_rows_in_lanes) {
    count_beside(ROWS "input w[f]\n" SCORE
                      "output p[n] = sigmoid(score)\noutput q[n] = exp(score)\n");
    cr_assert_eq(count_text("if (f_extent < 32)"), 1, "%s", loops);
    cr_assert_eq(count_text("score[lane] = SY_FMA_F32"), 2, "%s", loops); /* both ways */
    cr_assert_eq(count_text("score_rows[row] = f32(score_total)") +
                     count_text("score_rows[row] = score"),
                 2, "%s", loops);
}

#define CLASSES(count) "dim n\ndim c = " count "\ninput z[n, c]\n"
#define SCORES "output p[n] = log(sum[c](exp(z))) * tanh(max[c](z))\n"

Test(beside, rows_of_few_known_columns_in_lanes) {
    cr_assert_eq(count_beside(CLASSES("3") SCORES), 1);
    cr_assert_eq(count_text("for i64 row"), 1, "%s", loops); /* the stores */
    cr_assert_eq(count_text("simd for i64 lane"), 1, "%s", loops);
    cr_assert_eq(count_beside(CLASSES("33") SCORES), 1);
    cr_assert_eq(count_text("for i64 row"), 2, "%s", loops);
    cr_assert_eq(count_beside(CLASSES("3") "input k[n]: index(n)\n"
                                           "output l[n] = exp(sum[c](z[n = k])) * "
                                           "tanh(sum[c](z[n = k]))\n"),
                 1);
    cr_assert_eq(count_text("simd for i64 lane"), 0, "%s", loops); /* gathered: in float64 */
}

Test(beside, what_later_loops_need_is_kept_for_each_row) {
    cr_assert_eq(count_beside(ROWS "param w[f] = 0\n" SCORE
                                   "loss L = mean[n](bce_with_logits(score, target))\n"
                                   "minimize L with sgd(lr = 0.1)\n"),
                 1);
    const char *step = strstr(loops, "step_compute");
    cr_assert(step);
    cr_assert_eq(planned_count(step, "sy_sigmoid_f32"), 2, "%s", step);
    cr_assert_eq(planned_count(step, "product_rows[row] = "), 1, "%s", step);
    cr_assert_eq(planned_count(step, "product = product_rows[row]"), 1, "%s", step);
}

Test(beside, not_what_a_processor_does_quickly_by_itself) {
    cr_assert_eq(count_beside(ROWS "input w[f]\n" SCORE "output y[n] = sqrt(abs(score)) / 3\n"), 0);
    cr_assert_eq(count_beside(ROWS "input w[f]\n" SCORE "output y[n] = exp(score)\n"), 0);
}

Test(beside, not_rows_that_go_side_by_side_already_or_wait_for_each_other) {
    cr_assert_eq(count_beside(ROWS "output y[n] = exp(target) * sigmoid(target)\n"), 0);
    cr_assert_eq(count_beside("dim t\ndim f\ninput x[t, f]\nlet e[t] = sum[f](x)\n"
                              "let y[t] = if t == 0 then exp(e) else exp(tanh(y[t = t - 1] + e))\n"
                              "output z = y[t = 0]\n"),
                 0);
}

Test(beside, not_what_only_a_condition_allows) {
    count_beside("dim n\ndim f\ndim g\ninput x[n, f]\ninput a[g]\n"
                 "input label[n]: index(g, none = -1)\nlet e[n] = exp(sum[f](x))\n"
                 "output y[n, f] = if has(label) then e * exp(a[label]) * x else 0\n");
    cr_assert_eq(count_text("_rows[row] = sy_exp"), 0, "%s", loops);
}
