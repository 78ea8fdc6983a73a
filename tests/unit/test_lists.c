/* Grouped reductions by lists of their sources: which ones go so, and what is kept for them. Plans
 * and loops are read. */
#include "planned.h"

static const char *loops; /* of the program that was planned last, as an outline */

TestSuite(lists, .init = setup, .fini = teardown);

static Plan *plan_text(const char *text) {
    const Planned planned = planned_text(text);
    loops = planned.loops;
    return planned.plan->entries.items[planned.plan->entries.count - 1].plan;
}

static int count_loops(const PlanBlock *steps, LoopKind kind) { /* that go by a list */
    int count = 0;
    for (int i = 0; i < steps->count; ++i) {
        const PlanLoop *loop = steps->items[i]->loop;
        if (!loop) continue;
        count += loop->kind == kind && loop->list;
        count += count_loops(&loop->body, kind);
    }
    return count;
}

/* What is kept has at most as many elements as one of these: index arrays, and arrays over
 * destinations without what else the rows have. */
static int largest_buffer(const Plan *plan) {
    int rank = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *root = plan->roots.items[i];
        if (root->is_buffer && root->array->rank > rank) rank = root->array->rank;
    }
    return rank;
}

static const char *const gather = "dim b\ndim t\ndim f\ndim k\n"
                                  "input data[b, t, f]\ninput idx[b, k]: index(t)\ninput dy[b, f]\n"
                                  "let chosen[b, f] = mean[k](data[b, idx, f])\n"
                                  "output d_data[b, t, f] = vjp(chosen, data, dy)\n";

Test(lists, gradient_of_gathered_rows_keeps_no_rows) {
    const Plan *plan = plan_text(gather);
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 1);
    cr_assert_eq(planned_steps(&plan->steps, STEP_FILL), 0);
    cr_assert_eq(count_loops(&plan->steps, LOOP_REDUCE), 1);
    cr_assert_eq(plan->roots.count, 3, "the gradient, the list and its ends");
    cr_assert_eq(largest_buffer(plan), 2, "idx[b, k] and one number for each of [b, t]");
    cr_assert_eq(plan->steps.count, 1, "a list is made in the loop that uses it");
}

/* What the gradient needs of a row at an index, and sums for each source, are not kept for each
 * destination of each source: the index is not taken for the destination in them. */
Test(lists, sums_of_rows_at_the_index_are_kept_for_sources) {
    const Plan *plan = plan_text("dim n\ndim k\ndim p\ndim f = 16\ninput unit[p, f]\n"
                                 "input anchor[n]: index(p)\ninput other[n, k]: index(p)\n"
                                 "let near[n, k] = sum[f](unit[anchor, f] * unit[other, f])\n"
                                 "loss L = mean[n](log(sum[k](exp(near))))\n"
                                 "output d[p, f] = grad(L, unit)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 1);
    cr_expect_eq(largest_buffer(plan), 2, "%s", loops);
}

#define EDGES                                                                                      \
    "dim n\ndim e\ndim o = 8\ninput z[n, o]\ninput score[e]\ninput limit[n]\n"                     \
    "input source[e]: index(n)\ninput target[e]: index(n)\n"

static const Root *root_named(const Plan *plan, const char *name) {
    for (int i = 0; i < plan->roots.count; ++i)
        if (strcmp(plan->roots.items[i]->array->name, name) == 0) return plan->roots.items[i];
    return NULL;
}

static void expect_kept(const char *text, bool kept) {
    const Plan *plan = plan_text(text);
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 1, "%s", text);
    cr_expect(root_named(plan, "source_by_target"), "%s", text);
    cr_expect_eq(root_named(plan, "e_by_target") != NULL, kept, "%s", text);
}

/* What lies in its order is put there at once where nothing needs the list itself. */
Test(lists, that_only_a_copy_needs_are_not_kept) {
    expect_kept(EDGES "output y[n, o] = sum[e](z[source, o], where = target == n)\n", false);
    expect_kept(EDGES
                "output y[n, o] = sum[e](z[source, o] * limit[target], where = target == n)\n",
                false);
    expect_kept(EDGES "output y[n, o] = sum[e](z[source, o] * limit[source], where = target == n "
                      "and limit[source] > limit[n])\n",
                false);
    expect_kept(EDGES "output y[n, o] = sum[e](z[source, o] * score, where = target == n)\n", true);
    expect_kept(EDGES "output y[n, o] = sum[e](z[source, o], where = target == n and score > 0)\n",
                true);
    expect_kept(EDGES "output y[n, o] = sum[e](z[source, o] * e, where = target == n)\n", true);
    expect_kept(EDGES
                "output y[n, o]: i64 = argmax[e](z[source, o], where = target == n, empty = -1)\n",
                true);
    expect_kept(EDGES "output y[n, o] = sum[e](z[source, o], where = target == n)\n"
                      "output x[n, o] = sum[e](z[source, o] * score, where = target == n)\n",
                true);
}

static const char *const softmax =
    "dim n\ndim e\ndim o = 8\ninput z[n, o]\ninput score[e]\n"
    "input source[e]: index(n)\ninput target[e]: index(n)\n"
    "output y[n, o] = mean[e](z[source, o], logweight = score, where = target == n, empty = 0)\n";

Test(lists, softmax_of_a_group_streams) {
    const Plan *plan = plan_text(softmax);
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 1, "one list for maximum and sums");
    cr_assert_eq(count_loops(&plan->steps, LOOP_STREAM), 1);
    cr_assert_eq(planned_steps(&plan->steps, STEP_FILL), 0);
    cr_assert(strstr(loops, "sy_list_sources"));
}

Test(lists, nests_with_the_same_groups_share_a_list) {
    const Plan *plan = plan_text("dim n\ndim e\ndim f\ninput x[e, f]\ninput y[e, f]\ninput w[e]\n"
                                 "input target[e]: index(n)\n"
                                 "output a[n, f] = sum[e](x, where = target == n)\n"
                                 "output b[n, f] = max[e](y, where = target == n)\n"
                                 "output c[n] = sum[e](w, where = target == n)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 1);
    cr_assert_eq(planned_steps(&plan->steps, STEP_FILL), 0, "c goes the way of the others");
}

Test(lists, sums_of_numbers_are_scattered) {
    const Plan *plan = plan_text("dim n\ndim g\ninput x[n]\nweight w[n]\ninput group[n]: index(g)\n"
                                 "output m[g] = mean[n](x, weight = w, where = group == g)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 0);
    cr_assert_eq(planned_steps(&plan->steps, STEP_FILL), 1, "both lie in the same records");
}

Test(lists, whether_an_index_names_it_is_scattered) {
    const Plan *plan = plan_text("dim n\ndim k\ndim p\ninput at[n, k]: index(p)\n"
                                 "output used[p] = any[n, k](at == p)\n"
                                 "output chosen[n, p] = any[k](at == p)\n");
    cr_expect_eq(planned_steps(&plan->steps, STEP_FILL), 2, "%s", loops);
}

Test(lists, few_groups_are_scattered) {
    const Plan *plan = plan_text("dim n\ndim f\ndim g = 10\ninput x[n, f]\n"
                                 "input group[n]: index(g)\n"
                                 "output m[g, f] = sum[n](x, where = group == g)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 0);
}

Test(lists, an_index_that_is_computed_is_stored) {
    const Plan *plan = plan_text("dim n\ndim f\ndim g\ninput x[n, f]\ninput label[n]: i32\n"
                                 "output m[g, f] = sum[n](x, where = label + 1 == g)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 1);
    cr_assert_eq(largest_buffer(plan), 1);
}

Test(lists, computed_indices_share_a_list_too) {
    const Plan *plan = plan_text("dim n\ndim f\ndim g\ninput x[n, f]\ninput y[n, f]\n"
                                 "input label[n]: i32\n"
                                 "output a[g, f] = sum[n](x, where = label == g)\n"
                                 "output b[g, f] = prod[n](y, where = label == g)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 1);
}

/* The lists of two destinations have different lengths: no tile goes over destinations. */
Test(lists, no_tiles_along_destinations) {
    const Plan *plan =
        plan_text("dim n\ndim m\ndim s = 4\ninput x[s, m]: bool\n"
                  "input at[n]: index(m)\nlet l[n] = mean[s](0.5, where = x[m = at])\n"
                  "output r[n, m] = var[n](0.5, where = m == at, logweight = l)\n");
    cr_assert_eq(planned_steps(&plan->steps, STEP_LIST), 1);
}

Test(lists, no_sum_over_a_list_becomes_a_product_of_all) {
    const char *mean = "dim n\ndim e\ndim o = 8\ninput z[n, o]\ninput a[n]\n"
                       "input source[e]: index(n)\ninput target[e]: index(n)\n"
                       "output y[n, o] = mean[e](z[source, o], logweight = a[source], "
                       "where = target == n, empty = 0)\n";
    const Plan *plan = plan_text(mean);
    cr_expect_gt(count_loops(&plan->steps, LOOP_STREAM), 0, "%s", loops);
    cr_expect_eq(planned_steps(&plan->steps, STEP_CONTRACT), 0, "%s", loops);
}

Test(lists, where_to_read_is_laid_out_in_their_order) {
    const Plan *plan =
        plan_text("dim n\ndim e\ndim o\ninput z[n, o]\ninput w[e]\n"
                  "input source[e]: index(n)\ninput target[e]: index(n)\n"
                  "output y[n, o] = sum[e](w * z[source, o], where = target == n)\n");
    const PlanList *list = NULL;
    for (int i = 0; i < plan->roots.count; ++i)
        if (plan->roots.items[i]->list) list = plan->roots.items[i]->list;
    cr_assert(list, "no list");
    cr_expect_eq(list->copies.count, 1, "%d copies", list->copies.count);
    cr_expect(strstr(loops, "z[((source_by_target[place]"), "%s", loops);
    cr_expect(strstr(loops, "w[e]"), "%s", loops);
}

#define NEAREST                                                                                    \
    "dim n\ndim k\ndim f\ninput x[n, f]\ninput y[n, k]\nweight w[n]\n"                             \
    "let nearest[n] = argmin[k](y)\n"

/* Beside whole rows too, as nothing runs in vectors along a list. */
Test(lists, a_mean_goes_through_its_list_once) {
    const Plan *plan =
        plan_text(NEAREST "output m[k, f] = mean[n](x, weight = w, where = nearest == k)\n");
    cr_expect_eq(count_loops(&plan->steps, LOOP_REDUCE), 1, "%s", loops);
}

/* An index is asked for as it came, and as it was stored. */
Test(lists, an_index_that_was_stored_has_one_list) {
    const Plan *plan = plan_text(NEAREST "output size[k] = count[n](where = nearest == k)\n"
                                         "output m[k, f] = mean[n](x, where = nearest == k)\n");
    cr_expect_eq(planned_steps(&plan->steps, STEP_LIST), 1, "%s", loops);
}

Test(lists, an_index_that_is_an_output_is_stored_there) {
    const Plan *plan =
        plan_text(NEAREST "output label[n] = nearest\n"
                          "output m[k, f] = mean[n](x, weight = w, where = nearest == k)\n");
    cr_assert(root_named(plan, "label"), "%s", loops);
    cr_expect(!root_named(plan, "nearest"), "%s", loops);
    cr_expect(strstr(loops, "sy_list_sources(&label"), "%s", loops);
}
