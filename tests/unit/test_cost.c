/* What `steelyard explain` counts: what goes in vectors, what goes one by one, and what waits. */
#include "planned.h"
#include "tool/cost.h"

TestSuite(cost, .init = setup, .fini = teardown);

/* Every size is the given one. */
static Costs *costs_of(const char *text, int64_t size) {
    Planned planned = planned_text(text);
    Costs *costs = ARENA_NEW(compiler->arena, Costs);
    *costs = (Costs){.compiler = compiler, .model = planned.module->model};
    costs->bindings = bindings_new(compiler->arena);
    int64_t *kept = ARENA_NEW(compiler->arena, int64_t);
    *kept = size;
    for (int i = 0; i < costs->model->axes.count; i++)
        if (costs->model->axes.items[i]->is_argument)
            table_set(&costs->bindings.sizes, costs->model->axes.items[i], kept);
    costs->outline = outline_make(compiler, planned.plan->entries.items[0].plan);
    costs_count(costs);
    return costs;
}

/* The first that has loops. */
static const Cost *nest_of(const char *text, int64_t size) {
    const Costs *costs = costs_of(text, size);
    int first = 0;
    while (costs->nests.items[first]->outline < 0)
        first++;
    return costs->nests.items[first];
}

#define ROWS "dim n\ndim c\ninput x[n, c]\n"

/* A load, an absolute value, an addition. */
Test(cost, what_fills_no_lanes_goes_one_by_one) {
    const Cost *cost = nest_of("dim n\ninput x[n]\noutput y = sum[n](abs(x))\n", 64);
    cr_expect_float_eq(cost->scalar[WORK_PLAIN][0], 0, 1e-9);
    cr_expect_float_eq(cost->vector[WORK_PLAIN][0], 3 * 64, 1e-9);
    cost = nest_of("dim n\ninput x[n]\noutput y = sum[n](abs(x))\n", 31);
    cr_expect_float_eq(cost->vector[WORK_PLAIN][0], 0, 1e-9);
    cr_expect_float_eq(cost->scalar[WORK_PLAIN][0], 3 * 31, 1e-9);
}

/* Each column is set to 0 first, and read again when all is taken in. */
Test(cost, columns_of_a_tile_fill_vectors_and_are_in_memory_if_it_is_not_full) {
    const Cost *cost = nest_of(ROWS "output y[c] = sum[n](abs(x))\n", 20);
    cr_expect_float_eq(cost->vector[WORK_PLAIN][0], 4 * 20 * 16 + 16, 1e-6);
    cr_expect_float_eq(cost->scalar[WORK_PLAIN][0], 4 * 20 * 4 + 4, 1e-6);
    cr_expect_float_eq(cost->scalar[WORK_STORE][0], 20 * 4 + 4 + 4, 1e-6);
    cost = nest_of(ROWS "output y[c] = sum[n](abs(x))\n", 64);
    cr_expect_float_eq(cost->vector[WORK_PLAIN][0], 3 * 64 * 64 + 64, 1e-6);
    cr_expect_float_eq(cost->vector[WORK_STORE][0], 64 + 64, 1e-6);
}

/* In float64: the sum of each of the 64 * 64 rows, many of which may be empty. */
Test(cost, sums_by_a_list_begin_for_each_destination) {
    const Cost *cost = nest_of("dim t\ndim f\ndim k\ninput x[k, f]\ninput at[k]: index(t)\n"
                               "output y[t, f] = sum[k](x, where = at == t)\n",
                               64);
    cr_expect_float_eq(cost->vector[WORK_STORE][1], 64 * 64, 1e-6);
    double indices = 2 * 64; /* are looked at */
    cr_expect_float_eq(cost->vector[WORK_PLAIN][1], 2 * 64 * 64 + indices, 1e-6);
}

/* The array y. */
static bool goes_past(const char *text, int64_t size) {
    const Cost *cost = nest_of(text, size);
    for (int i = 0; i < cost->writes.count; i++)
        if (strcmp(cost->writes.items[i].array->name, "y") == 0) return cost->writes.items[i].past;
    return false;
}

Test(cost, large_sums_by_rows_go_past_the_cache) {
    const char *text = "dim t\ndim f\ndim k\ninput x[k, f]\ninput at[k]: index(t)\n"
                       "output y[t, f] = sum[k](x, where = at == t)\n";
    cr_expect(!goes_past(text, 1024));
    cr_expect(goes_past(text, 4096));
}

Test(cost, so_does_a_long_running_sum) {
    const char *text = "dim n\ndim s like n\ninput x[n]\n"
                       "output y[n] = sum[s](x[n = s], where = s <= n)\n";
    cr_expect(!goes_past(text, 1000000));
    cr_expect(goes_past(text, 4194304));
    cr_expect(!goes_past("dim n\ninput x[n]\noutput y[n] = 2 * x\n", 100000000));
}

Test(cost, lanes_are_made_one_for_each_block) {
    const char *rows = ROWS "output y[n] = sum[c](x)\n";
    cr_expect_float_eq(nest_of(rows, 31)->vector[WORK_FOLD][0], 0, 1e-6);
    cr_expect_float_eq(nest_of(rows, 64)->vector[WORK_FOLD][0], 64, 1e-6);
    cr_expect_float_eq(nest_of(rows, 1024)->vector[WORK_FOLD][0], 1024 * 4, 1e-6);
}

Test(cost, the_rest_of_a_row_is_a_chain) {
    cr_expect_float_eq(nest_of(ROWS "output y[n] = sum[c](x)\n", 40)->chain[0], 40 * 8, 1e-6);
    cr_expect_float_eq(nest_of(ROWS "output y[n] = sum[c](x)\n", 64)->chain[0], 0, 1e-6);
    const char *fixed = "dim n\ndim c = 4\ninput x[n, c]\noutput y[n] = sum[c](x)\n";
    cr_expect_float_eq(nest_of(fixed, 40)->chain[0], 0, 1e-6);
}

Test(cost, counts_are_as_narrow_as_float32) {
    const Cost *cost = nest_of("dim n\nmask m[n]\noutput k = count[n](where = m)\n", 64);
    cr_expect_float_eq(cost->vector[WORK_PLAIN][1], 0, 1e-9);
    cr_expect_float_eq(cost->vector[WORK_MASK][0], 2 * 64, 1e-9); /* loaded, counted */
    cost = nest_of("dim n\ninput i[n]: i64\noutput k = sum[n](i)\n", 64);
    cr_expect_float_eq(cost->vector[WORK_PLAIN][1], 2 * 64, 1e-9);
}

/* It waits for the one before, in a loop of its own where others go by blocks. */
Test(cost, a_running_maximum_is_a_step_of_its_own) {
    const char *text = "dim n\ndim s like n\ninput x[n]\n"
                       "output y[n] = max[s](x[n = s], where = s <= n)\n";
    cr_expect_float_eq(nest_of(text, 64)->scalar[WORK_RUNNING][0], 64, 1e-9);
    const char *both = "dim n\ndim s like n\ninput x[n]\n"
                       "output y[n] = max[s](x[n = s], where = s <= n)\n"
                       "output z[n] = sum[s](x[n = s], where = s <= n)\n";
    cr_expect_float_eq(nest_of(both, 64)->vector[WORK_RUNNING][0], 64, 1e-9);
    cr_expect_float_eq(nest_of(both, 64)->vector[WORK_SCAN][0] +
                           nest_of(both, 64)->vector[WORK_SCAN][1],
                       64, 1e-9);
}

static double lines_of(const Cost *cost, const char *array) {
    for (int i = 0; i < cost->reads.count; i++)
        if (strcmp(cost->reads.items[i].array->name, array) == 0) return cost->reads.items[i].lines;
    return -1; /* it is not read */
}

/* It is in a register, or, a row of it, in a cache; but for rows that no cache holds. */
Test(cost, what_the_step_before_stored_is_not_read_from_memory) {
    const char *series = "dim t\ninput x[t]\n"
                         "let l[t] = if t == 0 then x else 0.5 * x + 0.5 * l[t = t - 1]\n"
                         "output y[t] = l\n";
    cr_expect_float_eq(lines_of(nest_of(series, 4096), "y"), -1, 1e-9);
    const char *rows = "dim t\ndim c\ndim d like c\ninput x[t, c]\n"
                       "let l[t, c] = if t == 0 then x else x + max[d](l[t = t - 1, c = d])\n"
                       "output y[t, c] = l\n";
    cr_expect_float_eq(lines_of(nest_of(rows, 4096), "y"), -1, 1e-9);
    cr_expect_float_eq(lines_of(nest_of(rows, 1000000), "y"), 0, 1e-9);
}

Test(cost, an_index_chooses_lines) {
    const char *rows = "dim b\ndim t\ndim f\ndim k\ninput x[b, t, f]\ninput at[b, k]: index(t)\n"
                       "output y[b, f] = sum[k](x[b, at, f])\n";
    cr_expect_float_eq(lines_of(nest_of(rows, 64), "x"), 64 * 64 * 4, 1e-6);
    const char *elements = "dim n\ndim t\ninput x[t]\ninput at[n]: index(t)\noutput y[n] = x[at]\n";
    cr_expect_float_eq(lines_of(nest_of(elements, 64), "x"), 64, 1e-6);
    cr_expect_float_eq(lines_of(nest_of(ROWS "output y[n] = sum[c](x)\n", 64), "x"), 0, 1e-6);
}

/* What lies in a record is fetched, and added to, as one. */
Test(cost, a_record_is_one_line) {
    const char *text = "dim n\ndim g\ninput x[n]\nweight w[n]\ninput i[n]: index(g)\n"
                       "output y[g] = mean[n](x, weight = w, where = i == g)\n";
    const Cost *cost = nest_of(text, 1024);
    double lines = 0;
    for (int i = 0; i < cost->reads.count; i++) {
        const Traffic *t = &cost->reads.items[i];
        lines += t->lines;
        if (t->lines > 0) cr_expect(t->adds && t->among == 2 * 8 * 1024);
    }
    cr_expect_float_eq(lines, 1024, 1e-9);
    cr_expect_float_eq(cost->scalar[WORK_ADD][1], 2 * 1024, 1e-9);
}

/* The columns of some rows are added up where they are read: no index chooses. */
Test(cost, columns_of_rows_are_stored_in_vectors) {
    const char *text = ROWS "let m[n] = mean[c](x)\n"
                            "output y[n, c] = x - m\noutput z[c] = sum[n](x * m)\n";
    const Cost *cost = nest_of(text, 64);
    cr_expect_float_eq(cost->vector[WORK_STORE][0], 2 * 64 * 64, 1e-9);
    cr_expect_float_eq(cost->scalar[WORK_ADD][0] + cost->vector[WORK_ADD][0], 0, 1e-9);
}

/* Both are made of exp(-abs(z)). */
Test(cost, a_function_of_the_opposite_is_a_step) {
    cr_expect_float_eq(
        nest_of("dim n\ninput z[n]\noutput y = sum[n](softplus(z) + softplus(-z))\n", 64)->calls,
        64, 1e-9);
    cr_expect_float_eq(
        nest_of("dim n\ninput z[n]\noutput y = sum[n](sigmoid(-z) * sigmoid(z))\n", 64)->calls, 64,
        1e-9);
    cr_expect_float_eq(
        nest_of("dim n\ninput z[n]\noutput y = sum[n](softplus(z) + softplus(2 * z))\n", 64)->calls,
        128, 1e-9);
}

#define EDGES                                                                                      \
    "dim n\ndim e\ndim o = 8\ninput z[n, o]\ninput w[e]\ninput source[e]: index(n)\ninput "        \
    "target[e]: index(n)\n"

/* The list, what lies in its order, the sums; or both of the first at once. */
Test(cost, lists_are_nests) {
    const Costs *costs =
        costs_of(EDGES "output y[n, o] = sum[e](z[source, o] * w, where = target == n)\n", 100);
    cr_assert_eq(costs->nests.count, 3);
    cr_expect_float_eq(costs->nests.items[0]->scalar[WORK_ADD][1], 200, 1e-9);
    cr_expect_float_eq(cost_bytes(costs->nests.items[0]), 2 * 800 + 3 * 800, 1e-9);
    cr_expect_float_eq(cost_bytes(costs->nests.items[1]), 3 * 800, 1e-9);
    costs = costs_of(EDGES "output y[n, o] = sum[e](z[source, o], where = target == n)\n", 100);
    cr_assert_eq(costs->nests.count, 2);
    cr_expect_float_eq(cost_bytes(costs->nests.items[0]), 2 * 800 + 4 * 800, 1e-9);
}

/* That of each b, as often as it is made. */
Test(cost, a_list_in_a_loop_is_part_of_its_nest) {
    const Costs *costs = costs_of("dim b\ndim t\ndim f\ndim k\ninput idx[b, k]: index(t)\n"
                                  "input data[b, t, f]\ninput dy[b, f]\n"
                                  "let chosen[b, f] = mean[k](data[b, idx, f])\n"
                                  "output d_data[b, t, f] = vjp(chosen, data, dy)\n",
                                  20);
    cr_assert_eq(costs->nests.count, 1);
    cr_expect_float_eq(costs->nests.items[0]->scalar[WORK_ADD][1], 2 * 20 * 20, 1e-9);
}

static bool reads(const Cost *cost, const char *name) {
    for (int i = 0; i < cost->reads.count; i++)
        if (strcmp(cost->reads.items[i].array->name, name) == 0) return true;
    return false;
}

/* Whatever the program calls the same there. */
Test(cost, what_is_read_from_an_output_is_called_so) {
    const Costs *costs = costs_of("dim n\ndim m\ndim j\ninput x[n, m]\ninput at[j]: index(n)\n"
                                  "let best[n] = argmin[m](x)\noutput label[n] = best\n"
                                  "output chosen[j] = best[n = at]\n"
                                  "output sums[m] = sum[n](max[m](x), where = best == m)\n",
                                  20);
    bool is_read = false;
    for (int i = 0; i < costs->nests.count; i++) {
        is_read |= reads(costs->nests.items[i], "label");
        cr_expect(!reads(costs->nests.items[i], "best"), "nest %d", i);
    }
    cr_expect(is_read);
}
