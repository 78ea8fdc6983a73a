/* Which sums become products by panels, and how their factors are grouped: programs are planned and
 * lowered, and the contraction of their first output is read. */
#include "planned.h"

TestSuite(contract, .init = setup, .fini = teardown);

/* That of the root called y, or NULL. Verifies the plan, and the loops. */
static const Contraction *contraction_of(const char *text) {
    const Plan *entry = planned_text(text).plan->entries.items[0].plan;
    for (int i = 0; i < entry->roots.count; ++i)
        if (strcmp(entry->roots.items[i]->array->name, "y") == 0)
            return entry->roots.items[i]->contraction;
    return NULL;
}

static void check_factors(const char *text, const char *left, const char *right) {
    const Contraction *c = contraction_of(text);
    cr_assert(c, "no contraction: %s", text);
    Text is = text_new(compiler->arena);
    graph_print_node(&is, c->left);
    cr_assert_str_eq(is.chars, left);
    is = text_new(compiler->arena);
    graph_print_node(&is, c->right);
    cr_assert_str_eq(is.chars, right);
}

#define DIMS "model t\ndim b\ndim i\ndim j\ndim k\n"

Test(contract, a_product_of_matrices) {
    check_factors(DIMS "input a[i, k]\ninput w[k, j]\noutput y[i, j] = sum[k](a * w)\n", "a", "w");
}

Test(contract, the_order_of_factors_is_that_of_axes) {
    check_factors(DIMS "input a[i, k]\ninput w[k, j]\noutput y[i, j] = sum[k](w * a)\n", "a", "w");
}

Test(contract, factors_are_any_expressions) {
    check_factors(DIMS "input a[i, k]\ninput w[k, j]\ninput m[k]\ninput s[i]\n"
                       "output y[i, j] = exp(sum[k](exp(a - s) * m * (w + 1))) + s\n",
                  "exp(a - s)", "m * (w + 1)");
}

Test(contract, a_batch_axis_is_shared) {
    check_factors(DIMS "input a[b, i, k]\ninput w[b, k, j]\n"
                       "output y[b, i, j] = sum[k](a * w)\n",
                  "a", "w");
}

Test(contract, differences_as_products) {
    check_factors(DIMS "input a[i, k]\ninput w[j, k]\noutput y[i, j] = sum[k]((w - 2 * a)^2)\n",
                  "2 * a", "w");
    check_factors(DIMS "input a[b, i, k]\ninput w[j, k]\n"
                       "output y[b, i, j] = exp(-sum[k](abs(a + w)))\n",
                  "a", "-w");
    cr_assert(!contraction_of(DIMS "input a[i, k]\ninput w[k, j]\nmask m[k]\n"
                                   "output y[i, j] = sum[k]((a - w)^2, where = m)\n"));
}

/* What rows of it are taken in for is stored, and read for each element: it was made again. */
Test(contract, a_product_that_a_sum_of_its_row_needs_is_made_once) {
    const Plan *entry = planned_text(DIMS "input a[i, k]\ninput w[k, j]\n"
                                          "let p[i, j] = sum[k](a * w)\n"
                                          "output y[i, j] = p - sum[j](p * p)\n")
                            .plan->entries.items[0]
                            .plan;
    int products = 0;
    for (int i = 0; i < entry->roots.count; ++i)
        products += entry->roots.items[i]->contraction != NULL;
    cr_assert_eq(products, 1);
}

#define IMAGES                                                                                     \
    "model t\ndim n\ndim c\ndim h\ndim w\ndim o\ndim a = 3\ndim b = 3\n"                           \
    "input x[n, c, h, w]\ninput k[o, c, a, b]\n"

/* A convolution: o are the columns, so that the windows of each place are laid out once. */
Test(contract, windows) {
    const char *text = IMAGES "output y[n, o, h, w] = sum[c, a, b](x[h = h + a - 1 else 0, "
                              "w = w + b - 1 else 0] * k)\n";
    const Contraction *c = contraction_of(text);
    cr_assert(c);
    cr_expect_str_eq(c->column->name, "o");
    cr_expect_str_eq(c->row->name, "w");
    cr_expect_str_eq(c->depth->name, "c_a_b");
    const char *loops = planned_text(text).loops;
    cr_expect(strstr(loops, "k[((((o * c_extent) * 3) * 3) + c_a_b)]"), "%s", loops);
    c = contraction_of("model t\ndim n\ndim i\ndim j = 32\ndim o\ninput x[n, i]\ninput z[n, j]\n"
                       "input w[i, j, o]\noutput y[n, o] = sum[i, j](x * z * w)\n");
    cr_assert(c);
    cr_expect_str_eq(c->row->name, "n");
}

/* What they sum over stays as it is: steps are not divided by extents that the program leaves open.
 */
Test(contract, windows_of_any_length) {
    const char *text = "model t\ndim n\ndim c\ndim t\ndim o\ndim a\n"
                       "input x[n, c, t]\ninput k[o, c, a]\n"
                       "output y[n, o, t] = sum[c, a](x[t = t - a else 0] * k)\n";
    const Contraction *c = contraction_of(text);
    cr_assert(c);
    cr_expect_eq(c->over_count, 2);
    cr_expect_str_eq(c->depth->name, "c_a");
    cr_expect_str_eq(c->row->name, "t");
    cr_expect_str_eq(c->column->name, "o");
    const char *loops = planned_text(text).loops;
    cr_expect(strstr(loops, "for i64 run = 0 .. c_a_count by sy_min_i64(128, (a_extent - "), "%s",
              loops);
}

/* The gradients of a convolution: a sum over what another sum gives at moved places is one; and the
 * filters' sums go over all places. */
Test(contract, gradients_of_windows) {
    const char *text = IMAGES "input dout[n, o, h, w]\n"
                              "let out[n, o, h, w] = sum[c, a, b](x[h = h + a - 1 else 0, "
                              "w = w + b - 1 else 0] * k)\noutput y[n, c, h, w] = "
                              "vjp(out, x, dout)\n";
    const Contraction *c = contraction_of(text);
    cr_assert(c);
    cr_expect_str_eq(c->column->name, "c");
    cr_expect_str_eq(c->row->name, "w");
    cr_expect_str_eq(c->depth->name, "o_a_b");
    cr_expect(c->left_where && !c->right_where);
    text = IMAGES "input dout[n, o, h, w]\n"
                  "let out[n, o, h, w] = sum[c, a, b](x[h = h + a - 1 else 0, "
                  "w = w + b - 1 else 0] * k)\noutput y[o, c, a, b] = vjp(out, k, dout)\n";
    c = contraction_of(text);
    cr_assert(c);
    cr_expect_str_eq(c->column->name, "o");
    cr_expect_str_eq(c->row->name, "c");
    cr_expect_str_eq(c->depth->name, "n_h_w");
}

/* Each element of the inner sum is read by several of the outer one's: it is worked out once. */
Test(contract, sums_of_which_elements_are_read_twice_stay_apart) {
    const Plan *entry = planned_text("model t\ndim n\ndim k\ndim a = 3\ndim o = n - a + 1\n"
                                     "input x[n, k]\ninput w[k]\n"
                                     "output y[o] = sum[a](sum[k](x * w)[n = o + a])\n")
                            .plan->entries.items[0]
                            .plan;
    cr_expect_eq(entry->roots.count, 2);
}

Test(contract, what_has_neither_rows_nor_columns_makes_the_right_factor_no_larger) {
    check_factors(DIMS "input a[b, i, k]\ninput w[k, j]\ninput m[b, k]\n"
                       "output y[b, i, j] = sum[k](a * w * m)\n",
                  "a * m", "w");
}

Test(contract, layouts_follow_memory) {
    const Contraction *c =
        contraction_of(DIMS "input a[k, i]\ninput w[j, k]\noutput y[i, j] = sum[k](a * w)\n");
    cr_assert(c && c->left_across && c->right_along);
    c = contraction_of(DIMS "input a[i, k]\ninput w[k, j]\noutput y[i, j] = sum[k](a * w)\n");
    cr_assert(c && !c->left_across && !c->right_along);
}

Test(contract, gathered_factors) {
    cr_assert(contraction_of(DIMS "dim v\ninput a[v, k]\ninput at[i]: index(v)\ninput w[k, j]\n"
                                  "output y[i, j] = sum[k](a[v = at] * w)\n"));
}

Test(contract, weight_gradients) {
    cr_assert(contraction_of(DIMS "input a[i, k]\nparam w[k, j] = 0\ninput t[i, j]\n"
                                  "let d = grad(mean[i, j]((sum[k](a * w) - t)^2), w)\n"
                                  "output y[k, j] = d\n"));
}

static void check_domain(const char *where, const char *left, const char *right) {
    Text text = text_new(compiler->arena);
    text_format(&text,
                DIMS "input a[i, k]\ninput w[k, j]\nmask m[k]\nmask r[i, k]\nmask c[k, j]\n"
                     "output y[i, j] = sum[k](a * w, where = %s)\n",
                where);
    check_factors(text.chars, "a", "w");
    const Contraction *c = contraction_of(text.chars);
    const Node *panels[] = {c->left_panel, c->right_panel};
    for (int side = 0; side < 2; ++side) {
        Text is = text_new(compiler->arena);
        graph_print_node(&is, panels[side]);
        cr_assert_str_eq(is.chars, side ? right : left);
    }
}

Test(contract, a_domain_goes_to_the_factor_with_its_axes) {
    check_domain("m", "a", "if m then w else 0");
    check_domain("c", "a", "if c then w else 0");
    check_domain("r", "if r then a else 0", "w");
    check_domain("r and m and c", "if r then a else 0", "if m and c then w else 0");
}

Test(contract, the_gradient_of_a_hidden_layer) {
    cr_assert(contraction_of(DIMS "input a[i, k]\nparam w[k, j] = 0\ninput t[i, j]\n"
                                  "let d = grad(mean[i, j]((relu(sum[k](a * w)) - t)^2), w)\n"
                                  "output y[k, j] = d\n"));
}

Test(contract, a_domain_of_rows_and_columns_stays_in_loops) {
    cr_assert_null(contraction_of(DIMS "input a[i, k]\ninput w[k, j]\nmask m[i, j, k]\n"
                                       "output y[i, j] = sum[k](a * w, where = m)\n"));
}

Test(contract, what_only_a_domain_makes_legal_stays_in_loops) {
    cr_assert_null(contraction_of(DIMS "dim v\ninput a[i, v]\ninput at[k]: index(v, none = -1)\n"
                                       "input w[k, j]\noutput y[i, j] = "
                                       "sum[k](a[v = at] * w, where = has(at))\n"));
}

Test(contract, a_factor_with_both_axes_stays_in_loops) {
    cr_assert_null(contraction_of(DIMS "input a[i, k]\ninput w[k, i, j]\n"
                                       "output y[i, j] = sum[k](a * w)\n"));
}

Test(contract, integers_and_small_fixed_extents_stay_in_loops) {
    cr_assert_null(contraction_of(DIMS "input a[i, k]: i32\ninput w[k, j]: i32\n"
                                       "output y[i, j] = sum[k](a * w)\n"));
    cr_assert_null(
        contraction_of("model t\ndim i\ndim j = 3\ndim k = 3\n"
                       "input a[i, k]\ninput w[k, j]\noutput y[i, j] = sum[k](a * w)\n"));
}

static bool is_by_panels(const char *extents, const char *arrays) {
    Text text = text_new(compiler->arena);
    text_format(&text, "model t\n%s%soutput y[i, j] = sum[k](a * w)\n", extents, arrays);
    return contraction_of(text.chars) != NULL;
}

Test(contract, few_rows_and_columns_pay_where_the_other_loops_have_no_full_tile) {
    const char *arrays = "input a[i, k]\ninput w[k, j]\n";
    cr_assert(is_by_panels("dim i\ndim j = 3\ndim k\n", arrays));
    cr_assert(is_by_panels("dim i = 3\ndim j\ndim k\n", arrays));
    cr_assert(is_by_panels("dim i = 8\ndim j = 64\ndim k\n", arrays));
    cr_assert_not(is_by_panels("dim i = 3\ndim j = 64\ndim k\n", arrays));
    cr_assert_not(is_by_panels("dim i = 2\ndim j\ndim k\n", arrays));
}

Test(contract, dear_factors_of_few_rows_go_in_vectors_along_the_steps) {
    const char *few = "dim n\ndim c = 3\ndim f = 32\ninput z[n, c]\ninput x[n, f]\n";
    const char *dear =
        arena_format(compiler->arena, "%soutput y[c, f] = sum[n](exp(z) * x)\n", few);
    const char *loops = planned_text(dear).loops;
    cr_assert_eq(planned_count(loops, "sy_exp_f32"), 4, "%s", loops);
    cr_assert_eq(planned_count(loops, "y_left[((step * 6) + 5)] = 0"), 1, "%s", loops);
    const char *cheap =
        arena_format(compiler->arena, "%soutput y[c, f] = sum[n](2 * z * x)\n", few);
    loops = planned_text(cheap).loops;
    cr_assert_eq(planned_count(loops, "y_left[((step * 6) + 5)]"), 0, "%s", loops);
}

#define LAYERS_OF(function)                                                                        \
    DIMS "input x[i, k]\ninput w[k, j]\ninput v[j, b]\ninput dz[i, b]\n"                           \
         "let hidden = " function "(sum[k](x * w))\nlet z[i, b] = sum[j](hidden * v)\n"
#define LAYERS LAYERS_OF("gelu")

static int factors_stored(const char *text) {
    const Plan *entry = planned_text(text).plan->entries.items[0].plan;
    int count = 0;
    for (int i = 0; i < entry->roots.count; ++i) {
        const char *name = entry->roots.items[i]->array->name;
        count += strstr(name, "_factor") != NULL || strcmp(name, "hidden") == 0;
    }
    return count;
}

/* What two products have as a factor, or one and a sum. */
Test(contract, dear_factors_of_several_products_are_stored) {
    cr_expect_eq(factors_stored(LAYERS "output y[i, b] = z\n"), 0);
    cr_expect_eq(factors_stored(LAYERS "output y[i, b] = z\noutput u[j, b] = vjp(z, v, dz)\n"), 1);
    cr_expect_eq(factors_stored(LAYERS "output y[k, j] = vjp(z, w, dz)\n"), 0);
    cr_expect_eq(factors_stored(LAYERS "output y[k, j] = vjp(z, w, dz)\n"
                                       "output u[i, k] = vjp(z, x, dz)\n"),
                 1);
    const char *both = "output y[i, b] = z\noutput u[j, b] = vjp(z, v, dz)\n";
    const char *dear = arena_format(compiler->arena, "%s%s", LAYERS_OF("trigamma"), both);
    const char *cheap = arena_format(compiler->arena, "%s%s", LAYERS_OF("floor"), both);
    cr_expect_eq(factors_stored(dear), 1);
    cr_expect_eq(factors_stored(cheap), 0);
}

/* A panel has six rows: fewer than a vector has numbers. All of a block lie together. */
Test(contract, dear_factors_along_the_rows_go_in_vectors) {
    const char *loops = planned_text(DIMS "input a[k, i]\ninput w[k, j]\n"
                                          "output y[i, j] = sum[k](exp(a) * w)\n")
                            .loops;
    cr_expect(strstr(loops, "simd for i64 row = 0 .. 48"), "%s", loops);
    cr_expect(strstr(loops, "y_left[((step * 48) + row)]"), "%s", loops);
}

Test(contract, products_of_two_vectors_pay_where_many_share_a_panel) {
    const char *dots = "input a[i, k]\ninput w[j, k]\n";
    cr_assert(is_by_panels("dim i\ndim j\ndim k = 784\n", dots));
    cr_assert(is_by_panels("dim i\ndim j = 3\ndim k\n", dots));
    cr_assert_not(is_by_panels("dim i\ndim j = 3\ndim k = 784\n", dots));
    cr_assert_not(is_by_panels("dim i = 8\ndim j\ndim k = 784\n", dots));
    cr_assert(is_by_panels("dim i\ndim j = 3\ndim k = 784\n", "input a[i, k]\ninput w[k, j]\n"));
}

Test(contract, attention_streams) {
    cr_assert_null(contraction_of("model t\ndim i\ndim j\ndim k\ndim s\n"
                                  "input q[i, k]\ninput p[s, k]\ninput v[s, j]\n"
                                  "output y[i, j] = mean[s](v, logweight = sum[k](q * p))\n"));
}
