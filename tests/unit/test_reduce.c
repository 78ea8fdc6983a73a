/* The loops of reductions: which accumulators they have, and where each element goes. */
#include "planned.h"

TestSuite(reduce, .init = setup, .fini = teardown);

static void expect_loops(bool there, const char *part, const char *text) {
    const char *loops = planned_text(text).loops;
    cr_expect_eq(strstr(loops, part) != NULL, there, "%s is %s in:\n%s", part,
                 there ? "not" : "there", loops);
}

/* So an axis of a few elements is one short chain, and no condition is asked of each lane. */
Test(reduce, the_rest_goes_to_one_lane) {
    const char *text = "dim n\ndim f\ninput x[n, f]\ninput y[n, f]\noutput a[n] = sum[f](x * y)\n";
    expect_loops(true, "for i64 f = f_whole .. f_end", text);
    expect_loops(true, "a_sum[0] = SY_FMA_F32(", text);
    expect_loops(true, "a_sum[lane] = SY_FMA_F32(", text);
    expect_loops(true, "a_max[0] = sy_max_f32(",
                 "dim n\ndim f\ninput x[n, f]\noutput a[n] = max[f](x)\n");
    expect_loops(true, "for i64 f = 96 .. 100",
                 "dim n\ndim f = 100\ninput x[n, f]\noutput a[n] = sum[f](x)\n");
    expect_loops(false, "a_sum[0]", "dim n\ndim f = 96\ninput x[n, f]\noutput a[n] = sum[f](x)\n");
    expect_loops(true, "bad[0] |=", "dim n\nweight w[n]\noutput a = sum[n](w)\n");
}

/* A sum over a loop that has loops inside needs no lanes: float64 is better, and costs nothing. */
Test(reduce, sums_of_results_are_one_number) {
    const char *f32 = "dim n\ndim f\ndim g\ninput x[n, f, g]\n"
                      "output a[n] = sum[f](max[g](x) * sum[g](x))\n";
    expect_loops(true, "f64 a_sum = 0", f32);
    expect_loops(false, "[(f % 32)]", f32);
    expect_loops(true, "[(f % 32)]",
                 "real f64\ndim n\ndim f\ndim g\ninput x[n, f, g]\n"
                 "output a[n] = sum[f](max[g](x) * sum[g](x))\n");
}
