/* Asking for the next row: where it is done. The loops are read, as an outline. */
#include "planned.h"

TestSuite(fetch, .init = setup, .fini = teardown);

static const char *fetched(const char *text) {
    Planned planned = planned_text(text);
    module_fetch(compiler, planned.module);
    return planned_outline(planned.module);
}

#define ROWS "dim n\ndim c\ninput z[n, c]\n"

Test(fetch, exponentials_of_a_row) {
    const char *loops = fetched(ROWS "output p[n, c] = softmax[c](z)\n");
    cr_assert_eq(planned_count(loops, "sy_fetch_next_f32(z, "), 1, "%s", loops);
    cr_assert_eq(planned_count(loops, "sy_fetch_next_to_f32(p, "), 1, "%s", loops);
}

Test(fetch, numbers_of_float64) {
    const char *loops = fetched("real f64\n" ROWS "output p[n] = logsumexp[c](z)\n");
    cr_assert_eq(planned_count(loops, "sy_fetch_next_f64(z, "), 1, "%s", loops);
}

Test(fetch, rows_of_matrices) {
    const char *loops = fetched("dim b\ndim n\ndim c\ninput z[b, n, c]\n"
                                "output p[b, n, c] = softmax[c](z)\n");
    cr_assert_eq(planned_count(loops, "sy_fetch_next_f32(z, "), 1, "%s", loops);
}

Test(fetch, not_where_memory_is_waited_for) {
    const char *loops = fetched(ROWS "output total[n] = sum[c](z * z)\n");
    cr_assert_eq(planned_count(loops, "sy_fetch"), 0, "%s", loops);
}

Test(fetch, not_where_there_is_one_row) {
    const char *loops = fetched("dim c\ninput z[c]\noutput p[c] = softmax[c](z)\n");
    cr_assert_eq(planned_count(loops, "sy_fetch"), 0, "%s", loops);
}

/* weights is near for every row, and a sum down the columns has no next row to go to. */
Test(fetch, not_what_is_near_or_far) {
    const char *loops = fetched(ROWS "input w[c]\noutput s[n] = sum[c](exp(z) * w)\n"
                                     "output t[c] = sum[n](exp(2 * z))\n");
    cr_assert_eq(planned_count(loops, "sy_fetch_next_f32(z, "), 1, "%s", loops);
    cr_assert_eq(planned_count(loops, "sy_fetch_next_f32(w, "), 0, "%s", loops);
}
