/* Nests that go row by row: what is kept in place of an output, which nests are one, what is taken
 * out of a loop, and which inputs are checked on the way. Plans and loops are read. */
#include "planned.h"

static const char *loops; /* of the program that was planned last, as an outline */

TestSuite(keep, .init = setup, .fini = teardown);

static Plan *plan_text(const char *text) {
    const Planned planned = planned_text(text);
    loops = planned.loops;
    return planned.plan->entries.items[planned.plan->entries.count - 1].plan;
}

static int count_text(const char *part) {
    return planned_count(loops, part);
}

/* Inputs that nests check: row by row, and in lanes. */
static int checked(const PlanBlock *steps, bool in_lanes) {
    int count = 0;
    for (int i = 0; i < steps->count; ++i) {
        const PlanLoop *loop = steps->items[i]->loop;
        if (!loop) continue;
        count += in_lanes ? loop->checked_in_lanes.count : loop->checked.count;
        count += checked(&loop->body, in_lanes);
    }
    return count;
}

#define ROWS "dim n\ndim c\ninput z[n, c]\n"

Test(keep, an_exponential_that_the_sum_and_the_quotient_need) {
    Plan *plan = plan_text(ROWS "output p[n, c] = softmax[c](z)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_KEEP), 1);
    cr_assert_eq(planned_steps(&plan->steps, STEP_RECALL), 1);
    plan_text(ROWS "output p[n, c] = softmax[c](z)\noutput q[n, c] = 2 * softmax[c](z)\n");
    cr_assert_eq(count_text("sy_exp_below_f32"), 2); /* whole rows of lanes, and the rest */
}

/* Of an element that the maximum leaves out, z may be larger. */
Test(keep, an_exponential_is_at_most_1_where_its_maximum_is_of_all) {
    plan_text(ROWS "output p[n, c] = exp(z - stop(max[c](z)))\n");
    cr_assert_gt(count_text("sy_exp_below_f32"), 0, "%s", loops);
    plan_text(ROWS "mask m[c]\noutput p[n, c] = exp(z - stop(max[c](z, where = m)))\n");
    cr_assert_eq(count_text("sy_exp_below_f32"), 0, "%s", loops);
    plan_text(ROWS "output p[n, c] = exp(2 * z - stop(max[c](z)))\n");
    cr_assert_eq(count_text("sy_exp_below_f32"), 0, "%s", loops);
}

Test(keep, not_what_is_cheap_or_stands_alone) {
    Plan *plan = plan_text(ROWS "output y[n, c] = z - mean[c](z)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_KEEP), 0);
    plan = plan_text(ROWS "output y[n, c] = log_softmax[c](z)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_KEEP), 0);
    plan = plan_text("dim c\ninput z[c]\noutput p[c] = softmax[c](z)\n"); /* in no cache */
    cr_assert_eq(planned_steps(&plan->steps, STEP_KEEP), 0);
}

Test(keep, only_where_the_element_has_the_type) {
    Plan *plan = plan_text(ROWS "output p[n, c]: f16 = softmax[c](z)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_KEEP), 0);
    plan = plan_text(ROWS "output p[c, n] = softmax[c](z)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_KEEP), 0); /* its rows are other ones */
}

Test(keep, what_a_mask_may_leave_out_is_read_before_it_is_asked) {
    plan_text("dim n\ninput x[n]\nmask known[n]\noutput y = sum[n](x, where = known)\n");
    cr_assert_eq(count_text("x_here = x[n]"), 1, "%s", loops); /* in whole rows of lanes */
    plan_text("dim n\ninput x[n]\nmask known[n]\noutput y[n] = if known then 2 * x else 0\n");
    cr_assert_eq(count_text("x_here = x[n]"), 1, "%s", loops);
}

Test(keep, what_a_loop_reads_of_one_element_only_is_read_before_the_loop) {
    plan_text("dim n\ninput x[n]\nmask known[n]\noutput m = max[n](x)\n"
              "output y[n] = if known then x - m else 0\n");
    cr_assert_eq(count_text("m_here = m[0]"), 1, "%s", loops);
    cr_assert_eq(count_text("- m[0]"), 0, "%s", loops);
    plan_text(ROWS "mask known[n, c]\noutput m[n] = sum[c](z, where = known)\n"
                   "output y[n, c] = if known then z - m else 0\n");
    cr_assert_eq(count_text("m_here = m[n]"), 1, "%s", loops);
    cr_assert_eq(count_text("- m[n]"), 0, "%s", loops);
}

#define GROUPS "dim n\ndim g\ninput x[n]\ninput group[n]: index(g)\ninput a[g]\ninput b[g]\n"

Test(keep, what_is_gathered_where_the_condition_gathers_is_read_before) {
    plan_text(GROUPS "output y[n] = if a[group] > 0 then x * b[group] else 0\n");
    cr_assert_eq(count_text("b_here = b[group[n]]"), 1, "%s", loops);
    plan_text(GROUPS "output y[n] = if x > 0 then x * b[group] else 0\n"); /* it may be far away */
    cr_assert_eq(count_text("b_here"), 0, "%s", loops);
    plan_text(GROUPS "output y[n] = if 0 < group and a[g = group - 1] > 0\n"
                     "              then x * b[g = group - 1] else 0\n");
    cr_assert_eq(count_text("b_here"), 0, "%s", loops); /* nor is it legal */
}

#define LOSS                                                                                       \
    ROWS "input label[n]: index(c, none = -100)\nweight share[c]\n"                                \
         "loss L = mean[n](cross_entropy[c](z, label), weight = share[label], where = has(label))" \
         "\noutput d_z[n, c] = grad(L, z)\n"

Test(keep, a_loss_and_its_gradient_share_the_rows) {
    Plan *plan = plan_text(LOSS);
    int nests_over_rows = 0;
    for (int i = 0; i < plan->steps.count; ++i) {
        const PlanLoop *loop = plan->steps.items[i]->loop;
        nests_over_rows += loop && loop->kind == LOOP_MAP && !loop->simple;
    }
    cr_assert_eq(nests_over_rows, 1);
    cr_assert_eq(count_text("sy_max_f32"), 2); /* whole rows of lanes, and the rest */
}

Test(keep, what_one_element_of_a_row_gets_is_taken_out_of_the_loop) {
    plan_text(LOSS);
    cr_assert_eq(count_text("label[n] == c)"), 0, "%s", loops);
    cr_assert_eq(count_text("d_z[((n * c_extent) + label_here)] ="), 1, "%s", loops);
    plan_text(ROWS "input at[n]: index(c)\noutput y[n, c] = if c == at then 0 else z\n");
    cr_assert_eq(count_text(" y[((n * c_extent) + at[n])] ="), 1, "%s", loops);
}

Test(keep, what_reads_the_element_gets_it_too) {
    plan_text(ROWS "input at[n]: index(c)\noutput y[n, c] = if c == at then sum[n](z) else z\n"
                   "output twice[n, c] = 2 * y\n");
    int stores = count_text("twice[((n * c_extent) + at[n])] =");
    cr_assert_eq(stores, count_text(" y[((n * c_extent) + at[n])] ="), "%s", loops);
}

Test(keep, weights_and_masks_are_checked_as_they_are_read) {
    Plan *plan = plan_text(ROWS "weight w[n, c]\nmask known[n, c]\n"
                                "output y[n] = mean[c](z, weight = w, where = known)\n");
    cr_assert_eq(checked(&plan->steps, true), 2);
    cr_assert_eq(count_text("sy_mark_bad("), 1);
    cr_assert_eq(count_text("sy_mark_bad_masks("), 1); /* masks in bytes: a quarter of the lanes */
    cr_assert_eq(count_text("(mask_bits[lane] | known["), 0);
    plan = plan_text("dim n\ninput x[n]\nweight w[n]\noutput y = mean[n](x, weight = w)\n");
    cr_assert_eq(checked(&plan->steps, true), 1);
    plan = plan_text("dim n\ninput x[n]\nweight w[n]\noutput y[n] = w * x\n");
    cr_assert_eq(checked(&plan->steps, false), 1); /* in blocks: there are no lanes */
    cr_assert_eq(count_text("sy_check_weight_f32(&w[n_first]"), 1, "%s", loops);
    plan = plan_text(ROWS "weight w[n, c]\noutput y[n, c] = w * z - sum[c](z)\n");
    cr_assert_eq(checked(&plan->steps, false), 1); /* row by row */
}

Test(keep, what_decides_an_index_is_checked_beforehand) {
    Plan *plan = plan_text(ROWS "mask known[n, c]\nlet at[n] = sum[c](if known then 1 else 0)\n"
                                "output y[n] = z[n = mod(at, extent(n)), c = 0]\n");
    cr_assert_eq(checked(&plan->steps, true) + checked(&plan->steps, false), 0);
}

Test(keep, other_rows_are_checked_beforehand) {
    Plan *plan = plan_text(ROWS "weight w[n, c]\noutput y[n] = sum[c](z * w[n = 0])\n");
    cr_assert_eq(checked(&plan->steps, true) + checked(&plan->steps, false), 0);
    plan = plan_text(ROWS "weight w[c]\noutput y[n] = sum[c](z * w)\n");
    cr_assert_eq(checked(&plan->steps, true) + checked(&plan->steps, false), 0);
}

Test(keep, a_training_changes_nothing_before_all_is_checked) {
    Plan *plan =
        plan_text(ROWS "weight w[n, c]\nparam a = 0\n"
                       "loss L = sum[n, c](w * (z - a)^2)\nminimize L with sgd(lr = 0.1)\n");
    cr_assert_eq(checked(&plan->steps, true) + checked(&plan->steps, false), 0);
}

static int64_t steps_kept(const Plan *plan, const char *name) {
    for (int i = 0; i < plan->roots.count; ++i)
        if (strcmp(plan->roots.items[i]->array->name, name) == 0)
            return plan->roots.items[i]->steps_kept;
    cr_assert(false, "nothing is called %s", name);
    return 0;
}

#define RUNNING "dim t\ndim s like t\ninput x[t]\nlet r[t] = sum[s](x[t = s], where = s <= t)\n"

Test(keep, a_running_sum_is_one_number) {
    Plan *plan = plan_text(RUNNING "output y[t] = 2 * r\n");
    cr_assert_eq(steps_kept(plan, "r"), 1);
}

Test(keep, a_running_sum_that_other_loops_read_is_an_array) {
    Plan *plan = plan_text(RUNNING "output y[t] = softmax[t](r)\n");
    cr_assert_eq(steps_kept(plan, "r"), 0);
    plan = plan_text(RUNNING "output y[t] = r - r[t = t - 2 else 0]\n");
    cr_assert_eq(steps_kept(plan, "r"), 0);
}

/* Weights fade where they are factors of a product of matrices, and nowhere else: there what weighs
 * 10^-31 may be what is asked for. */
Test(keep, exponentials_fade_in_products_alone) {
#define PAIRS "dim t\ndim s like t\ndim d = 64\ninput q[t, d]\ninput k[s, d]\n"
    plan_text(PAIRS "input v[s, d]\noutput y[t, d] = mean[s](v, logweight = sum[d](q * k))\n");
    cr_assert_gt(count_text("sy_exp_fading_f32"), 0, "%s", loops);
    cr_assert_eq(count_text("sy_exp_below_f32"), 0, "%s", loops);
    plan_text(PAIRS "input v[s]\noutput y[t] = mean[s](v, logweight = sum[d](q * k))\n");
    cr_assert_eq(count_text("sy_exp_fading_f32"), 0, "%s", loops);
    plan_text(ROWS "input x[n, c]\noutput m[n] = mean[c](x, logweight = z)\n");
    cr_assert_eq(count_text("sy_exp_fading_f32"), 0, "%s", loops);
    cr_assert_gt(count_text("sy_exp_below_f32"), 0, "%s", loops);
}
