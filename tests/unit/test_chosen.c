/* Asking for rows that indices choose: where it is done. The loops are read, as an outline. */
#include "planned.h"

TestSuite(chosen, .init = setup, .fini = teardown);

static const char *fetched(const char *text) {
    Planned planned = planned_text(text);
    module_fetch_chosen(compiler, planned.module);
    return planned_outline(planned.module);
}

#define SIZES "dim b\ndim t\ndim f\ndim k\n"
#define ROWS SIZES "input x[b, t, f]\ninput idx[b, k]: index(t)\n"

/* In the first of two strips, for both; and not for what is left of a tile. */
Test(chosen, rows_of_the_next_turn) {
    const char *loops = fetched(ROWS "output m[b, f] = mean[k](x[b, idx, f])\n");
    cr_assert_eq(planned_count(loops, "sy_fetch_chosen_f32(x, "), 1, "%s", loops);
    cr_assert_eq(planned_count(loops, "(strip == 0) && ((b + 1) < b_extent)"), 1, "%s", loops);
    cr_assert_eq(planned_count(loops, "idx[(((b + 1) * k_extent) + k)]"), 1, "%s", loops);
}

Test(chosen, rows_of_a_table) {
    const char *loops = fetched(SIZES "input x[t, f]\ninput idx[b, k]: index(t)\n"
                                      "output m[b, f] = mean[k](x[idx, f])\n");
    cr_assert_eq(planned_count(loops, "sy_fetch_chosen_f32(x, "), 1, "%s", loops);
}

/* Every b has the same rows. */
Test(chosen, not_where_all_turns_have_the_same) {
    const char *loops = fetched(SIZES "input x[t, f]\ninput idx[k]: index(t)\ninput w[b]\n"
                                      "output m[b, f] = sum[k](w * x[idx, f])\n");
    cr_assert_eq(planned_count(loops, "sy_fetch"), 0, "%s", loops);
}

Test(chosen, not_where_no_index_is_read) {
    const char *loops = fetched(SIZES "input x[b, k, f]\noutput m[b, f] = mean[k](x)\n");
    cr_assert_eq(planned_count(loops, "sy_fetch"), 0, "%s", loops);
}

/* In the last b there is no such index. */
Test(chosen, not_what_a_condition_of_the_turn_allows) {
    const char *loops = fetched(
        SIZES "input x[t, f]\ninput idx[b, k]: index(t)\n"
              "output m[b, f] = sum[k](if b + 1 < extent(b) then x[idx[b = b + 1], f] else 0)\n");
    cr_assert_eq(planned_count(loops, "sy_fetch"), 0, "%s", loops);
}

/* The next turn's index is not there yet, or another thread is writing it. */
Test(chosen, not_by_an_index_that_the_loop_makes) {
    const char *loops =
        fetched(SIZES "input x[b, t, f]\ninput s[b, k, t]\nlet best[b, k] = argmax[t](s)\n"
                      "output m[b, f] = mean[k](x[b, best, f])\noutput which[b, k] = best\n");
    cr_assert_eq(planned_count(loops, "sy_fetch_chosen"), 0, "%s", loops);
}
