/* Sums stored past the cache: where, by the loops as an outline; and that the runtime stores the
 * same bits whatever the size and the address. */
#include "../../runtime/steelyard_put.h"
#include "planned.h"

TestSuite(put, .init = setup, .fini = teardown);

static const char *shared_loops(const char *text) {
    Planned planned = planned_text(text);
    module_share(compiler, planned.module);
    module_end_puts(compiler, planned.module);
    return planned_outline(planned.module);
}

#define ROWS "dim b\ndim t\ndim f\ndim k\ninput x[b, k, f]\ninput idx[b, k]: index(t)\n"

Test(put, sums_by_rows_of_lanes) {
    const char *loops = shared_loops(ROWS "output s[b, t, f] = sum[k](x, where = idx == t)\n");
    cr_assert_eq(planned_count(loops, "sy_put_rounded_f32(&s["), 1, "%s", loops);
    cr_assert_eq(planned_count(loops, "sy_put_end()"), 1, "%s", loops);
}

Test(put, sums_of_float64) {
    const char *loops =
        shared_loops("real f64\n" ROWS "output s[b, t, f] = sum[k](x, where = idx == t)\n");
    cr_assert_eq(planned_count(loops, "sy_put_f64(&s["), 1, "%s", loops);
}

Test(put, not_what_is_read_again) {
    const char *loops = shared_loops(ROWS "output s[b, t, f] = sum[k](x, where = idx == t)\n"
                                          "output most[b, t] = max[f](s)\n");
    cr_assert_eq(planned_count(loops, "sy_put_"), 0, "%s", loops);
}

Test(put, not_what_is_read_by_another_name) {
    const char *loops = shared_loops("dim n\ndim m\ndim j\ndim k\ninput x[n, k, m]\n"
                                     "input at[n, j]: index(m)\nlet d[n, m] = sum[k](x)\n"
                                     "output y[n, m] = d\noutput z[n, j] = d[m = at]\n");
    cr_assert_eq(planned_count(loops, "sy_put_"), 0, "%s", loops);
}

Test(put, not_what_is_worked_out_from_sums) {
    const char *loops = shared_loops(ROWS "output s[b, t, f] = 2 * sum[k](x, where = idx == t)\n");
    cr_assert_eq(planned_count(loops, "sy_put_"), 0, "%s", loops);
}

enum {
    MOST = 70
};

Test(put, the_same_bits_past_the_cache) {
    static float plain[MOST + 8], past[MOST + 8];
    static double sums[MOST];
    for (int i = 0; i < MOST; ++i)
        sums[i] = 1.0 / (i - 20) + (i == 3 ? NAN : 0.0);
    for (int from = 0; from < 5; ++from)
        for (int count = 0; count <= MOST; ++count) {
            memset(plain, 1, sizeof plain);
            memset(past, 1, sizeof past);
            sy_put_rounded_f32(&plain[from], sums, count, count);
            sy_put_rounded_f32(&past[from], sums, count, SY_PUT_PAST);
            sy_put_end();
            cr_assert_eq(memcmp(plain, past, sizeof plain), 0, "%d from %d", count, from);
            for (int i = 0; i < count; ++i)
                cr_assert(plain[from + i] == (float)sums[i] || isnan(sums[i]));
        }
}

Test(put, numbers_that_are_not_rounded) {
    static double sums[MOST], wide[MOST + 1];
    static float narrow[MOST], floats[MOST + 1];
    for (int i = 0; i < MOST; ++i)
        narrow[i] = (float)(sums[i] = 0.1 * i);
    for (int count = 0; count <= MOST; ++count) {
        wide[count] = -1.0, floats[count] = -1.0f;
        sy_put_f64(wide, sums, count, SY_PUT_PAST);
        sy_put_f32(floats, narrow, count, SY_PUT_PAST);
        sy_put_end();
        cr_assert_eq(memcmp(wide, sums, sizeof(double) * (size_t)count), 0);
        cr_assert_eq(memcmp(floats, narrow, sizeof(float) * (size_t)count), 0);
        cr_assert(wide[count] == -1.0 && floats[count] == -1.0f, "%d", count);
    }
}
