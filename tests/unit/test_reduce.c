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

/* As many fit a register as there are floats beside them; over blocks they are added in 64 bits. */
Test(reduce, counts_have_lanes_of_32_bits) {
    const char *rows = "dim n\ndim c\ninput x[n, c]\nmask known[n, c]\n"
                       "output a[n] = sum[c](x, where = known)\n"
                       "output k[n] = count[c](where = known)\n";
    expect_loops(true, "i32 k_sum[32]", rows);
    expect_loops(true, "i64 k_sum_total = 0", rows);
    expect_loops(false, "sy_add_i64", rows);
    expect_loops(true, "i32 k_sum[32]", "dim n\nmask m[n]\noutput k = count[n](where = m)\n");
    const char *columns = "dim n\ndim c\nmask m[n, c]\noutput k[c] = count[n](where = m)\n";
    expect_loops(true, "i32 k_sum[", columns);
    expect_loops(true, "i64 k_sum_total[", columns);
    const char *signs = "dim n\ninput i[n]: i64\noutput k = sum[n](max(sign(i), -i32(i > 3)))\n";
    expect_loops(true, "i32 k_sum[32]", signs);
    expect_loops(true, "i64 k_sum[32]", "dim n\ninput i[n]: i64\noutput k = sum[n](i)\n");
    expect_loops(true, "i64 k_sum[32]",
                 "dim n\nmask m[n]\noutput k = sum[n](if m then 16385 else 0)\n");
}

/* A number without an axis is rounded once, where it is stored or a loop reads it. */
Test(reduce, arithmetic_on_totals_goes_on_in_float64) {
    const char *text = "dim n\ndim m\ninput x[n]\ninput y[m]\ninput scale\n"
                       "output d = scale * (mean[n](x) - mean[m](y))\n";
    expect_loops(true, "const f64 d_sum = sy_tree_sum_blocks(", text);
    expect_loops(true, "d[0] = f32((f64(scale) * ((d_sum / f64(n_extent)) - (d_sum / f64(m_ext",
                 text);
    expect_loops(true, "sy_exp_f32(f32((y_sum / f64(n_extent))))",
                 "dim n\ninput x[n]\noutput y = exp(mean[n](x)) + 0 * sum[n](x)\n");
    text = "dim n\ninput x[n]\noutput y[n] = x - mean[n](x)\noutput z = 2 * mean[n](x)\n";
    expect_loops(true, "const f32 ", text);
    expect_loops(false, "= (x[n] - f32(", text);
    expect_loops(true, "const f32 s_sum = f32(sy_tree_sum_blocks(",
                 "dim n\ninput x[n]\noutput s = sum[n](x)\n");
}

/* What loops have made and stored is added in lanes of float64. */
Test(reduce, stored_totals_are_added_in_float64) {
    expect_loops(true, "f64 t_sum[32] = 0",
                 "dim n\ndim k\ninput x[n, k]\noutput t = sum[n](sum[k](exp(x)))\n");
    expect_loops(true, "f32 t_sum[32] = 0", "dim n\ninput x[n]\noutput t = sum[n](exp(x))\n");
}

/* The longer a chain the larger its error, and f64 has no wider number for its total. */
Test(reduce, columns_of_f64_are_added_in_short_runs) {
    const char *text = "dim n\ndim f\ninput x[n, f]\noutput a[f] = sum[n](exp(x))\n";
    expect_loops(true, "for i64 n_first = 0 .. n_extent by 256", text);
    text = "real f64\ndim n\ndim f\ninput x[n, f]\noutput a[f] = sum[n](exp(x))\n";
    expect_loops(true, "for i64 n_first = 0 .. n_extent by 16", text);
}
