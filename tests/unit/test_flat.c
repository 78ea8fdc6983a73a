/* Axes that always stand together: which are made one. */
#include "planned.h"

TestSuite(flat, .init = setup, .fini = teardown);

/* The axes of the first output's array. */
static void expect_axes(const char *axes, const char *text) {
    const Plan *entry = planned_text(text).plan->entries.items[0].plan;
    const Array *array = entry->outputs[0].array;
    Text found = text_new(compiler->arena);
    for (int i = 0; i < array->rank; ++i)
        text_format(&found, "%s%s", i ? " " : "", array->axes[i]->name);
    cr_expect_str_eq(found.chars, axes, "%s has %s, not %s", text, found.chars, axes);
}

#define IMAGES "model t\ndim n\ndim c\ndim h\ndim w\ninput x[n, c, h, w]\n"

Test(flat, axes_that_are_summed_together) {
    expect_axes("n c h_w", IMAGES "output y[n, c, h, w] = x - mean[h, w](x)\n");
    expect_axes("n c_h_w", IMAGES "output y[n, c, h, w] = x - mean[c, h, w](x)\n");
    expect_axes("n c h_w", IMAGES "input g[c]\n"
                                  "output y[n, c, h, w] = g * (x - mean[c, h, w](x))\n");
    expect_axes("n c h_w", IMAGES "output y[n, c, h, w] = x - mean[n, h, w](x)\n");
}

Test(flat, a_sum_over_one_of_them_keeps_them_apart) {
    expect_axes("n c h w", IMAGES "output y[n, c, h, w] = x - mean[h, w](x) * max[w](x)\n");
}

Test(flat, nothing_sums_them) {
    expect_axes("n c h w", IMAGES "output y[n, c, h, w] = 2 * x\n");
}

Test(flat, an_array_that_has_one_of_them_or_in_another_order) {
    expect_axes("n c h w", IMAGES "input a[h]\noutput y[n, c, h, w] = a * (x - mean[h, w](x))\n");
    expect_axes("n c w h", IMAGES "output y[n, c, w, h] = x - mean[h, w](x)\n");
}

Test(flat, an_index_that_somebody_asks_for) {
    expect_axes("n c h w", IMAGES "output y[n, c, h, w] = x - mean[h, w](x, where = h != 3)\n");
    expect_axes("n c h w", IMAGES "output y[n, c, h, w] = x[h = h + 1 else 0] - mean[h, w](x)\n");
    expect_axes("n c h w", IMAGES "input at[n]: index(h)\n"
                                  "output y[n, c, h, w] = x - mean[h, w](x) + f32(at)\n");
}

/* But for those of what is trained, and what comes in batches. */
Test(flat, training) {
    const Planned apart = planned_text(IMAGES "param p[h, w] = 1\n"
                                              "loss L = mean[n](sum[c](sum[h, w](x * p))^2)\n"
                                              "minimize L with adam(lr = 0.1)\n");
    cr_expect(!strstr(apart.loops, "h_w"), "%s", apart.loops);
    const Planned joined = planned_text(IMAGES "param p[c] = 1\n"
                                               "loss L = mean[n](sum[c](mean[h, w](x) * p)^2)\n"
                                               "minimize L with adam(lr = 0.1)\n");
    cr_expect(strstr(joined.loops, "h_w"), "%s", joined.loops);
}

/* Weights and masks are checked where they are read; the header shows what the program declares. */
Test(flat, the_interface_stays) {
    const Planned planned =
        planned_text(IMAGES "weight k[n, h, w]\noutput y[n, c, h, w] = x - mean[h, w](x, "
                            "weight = k)\n");
    cr_expect(strstr(planned.loops, "sy_bad_weight_f32"), "%s", planned.loops);
    cr_expect(strstr(planned.loops, "x[((((n * c_extent) + c) * h_w_extent) + h_w)]"), "%s",
              planned.loops);
}
