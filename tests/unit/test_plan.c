/* What is stored, and which loops are shared: programs are planned, and the plan is read. */
#include "planned.h"

TestSuite(plan, .init = setup, .fini = teardown);

static Plan *plan_text(const char *text) {
    return planned_text(text).plan->entries.items[0].plan;
}

static int count_steps(const PlanBlock *steps, StepKind kind, LoopKind loop) {
    int count = 0;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        count += step->kind == kind && (kind != STEP_LOOP || step->loop->kind == loop);
        if (step->kind == STEP_GUARD || step->kind == STEP_CONTRACT)
            count += count_steps(&step->body, kind, loop);
        if (step->kind != STEP_LOOP) continue;
        count += count_steps(&step->loop->first, kind, loop);
        count += count_steps(&step->loop->body, kind, loop);
    }
    return count;
}

static int loops_of(const Plan *plan, LoopKind kind) {
    return count_steps(&plan->steps, STEP_LOOP, kind);
}

static int buffers(const Plan *plan) {
    int count = 0;
    for (int i = 0; i < plan->roots.count; ++i)
        count += plan->roots.items[i]->is_buffer;
    return count;
}

static bool stores_both(const Plan *plan, const char *a, const char *b) {
    for (int i = 0; i < plan->roots.count; ++i) {
        const Array *array = plan->roots.items[i]->array;
        int found = 0;
        for (int k = 0; k < array->rank; ++k)
            found += strcmp(array->axes[k]->name, a) == 0 || strcmp(array->axes[k]->name, b) == 0;
        if (found == 2) return true;
    }
    return false;
}

Test(plan, numerator_and_weights_share_one_loop) {
    Plan *plan = plan_text("dim n\ninput v[n]\nweight w[n]\noutput a = mean[n](v, weight = w)\n");
    cr_expect_eq(loops_of(plan, LOOP_REDUCE), 1);
    cr_expect_eq(plan->steps.items[0]->loop->reductions.count, 2);
    cr_expect_eq(buffers(plan), 0);
}

Test(plan, row_softmax_shares_the_loop_over_rows) {
    Plan *plan = plan_text("dim n\ndim c\ninput x[n, c]\noutput y[n, c] = softmax[c](x)\n");
    cr_expect_eq(plan->steps.count, 1);
    cr_expect_eq(buffers(plan), 0);
    cr_expect_eq(loops_of(plan, LOOP_REDUCE), 2);
}

#define ATTENTION                                                                                  \
    "dim h\ndim t\ndim s like t\ndim d\ninput q[h, t, d]\ninput k[h, s, d]\ninput v[h, s, d]\n"

Test(plan, attention_streams_and_stores_no_pair) {
    Plan *plan = plan_text(ATTENTION "output y[h, t, d] = mean[s](v, logweight = sum[d](q * k), "
                                     "where = s <= t, empty = 0)\n");
    cr_expect_eq(loops_of(plan, LOOP_STREAM), 1);
    cr_expect_eq(buffers(plan), 0);
    cr_expect_not(stores_both(plan, "t", "s"));
}

static int loops_in_blocks(const PlanBlock *steps) {
    int found = 0;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        found += loops_in_blocks(&step->body);
        if (step->kind != STEP_LOOP) continue;
        found += step->loop->pairs;
        found += loops_in_blocks(&step->loop->first) + loops_in_blocks(&step->loop->body);
    }
    return found;
}

static int pairs_of(const char *rest) {
    char text[500];
    snprintf(text, sizeof text, "%s%s", ATTENTION, rest);
    return loops_in_blocks(&plan_text(text)->steps);
}

/* One pass streams them: the values go along with the maximum and the weights. */
Test(plan, pairs_of_attention_go_in_blocks) {
    cr_expect_eq(pairs_of("output y[h, t, d] = mean[s](v, logweight = sum[d](q * k))\n"), 1);
    cr_expect_eq(pairs_of("output y[h, t] = max[s](sum[d](q * k), empty = 0)\n"), 1);
}

/* Kernels of distances, and the nearest. */
Test(plan, pairs_of_distances_go_in_blocks) {
    cr_expect_eq(pairs_of("output y[h, t] = sum[s](exp(-sum[d]((q - k)^2)))\n"), 1);
    cr_expect_eq(pairs_of("output y[h, t] = sum[s](exp(-sum[d](abs(k - q))))\n"), 1);
    cr_expect_eq(pairs_of("output y[h, t] = max[s](sum[d]((-q - k)^2), empty = 0)\n"), 1);
    cr_expect_eq(pairs_of("output y[h, t] = argmin[s](sum[d]((q - k)^2), empty = 0)\n"), 1);
}

Test(plan, pairs_of_other_terms_do_not_go_in_blocks) {
    cr_expect_eq(pairs_of("output y[h, t] = max[s](sum[d](tanh(q - k)), empty = 0)\n"), 0);
    cr_expect_eq(pairs_of("output y[h, t] = max[s](sum[d](abs(q - k)^3), empty = 0)\n"), 0);
    cr_expect_eq(pairs_of("output y[h, t] = max[s](sum[d]((q * k - k)^2), empty = 0)\n"), 0);
    /* its reads are legal by the condition alone */
    cr_expect_eq(pairs_of("output y[h, t] = sum[s](sum[d](q * k[s = s - 1]), where = s > 0)\n"), 0);
}

Test(plan, attention_by_softmax_stores_no_pair) {
    Plan *plan = plan_text(ATTENTION "output y[h, t, d] = sum[s](v * softmax[s](sum[d](q * k)))\n");
    cr_expect_not(stores_both(plan, "t", "s"));
}

Test(plan, the_gradient_of_attention_stores_no_pair) {
    Plan *plan = plan_text(ATTENTION "input dy[h, t, d]\n"
                                     "let y[h, t, d] = mean[s](v, logweight = sum[d](q * k), "
                                     "where = s <= t)\n"
                                     "output out[h, t, d] = y\noutput dq[h, t, d] = vjp(y, q, dy)\n"
                                     "output dk[h, s, d] = vjp(y, k, dy)\n"
                                     "output dv[h, s, d] = vjp(y, v, dy)\n");
    cr_expect_not(stores_both(plan, "t", "s"));
    cr_expect_eq(loops_of(plan, LOOP_STREAM), 1);
}

/* Each alone, with what stands in for a row of nothing, and as a loss: nothing else is stored then.
 */
Test(plan, each_gradient_of_attention_stores_no_pair) {
    static const char *const gradients[] = {"output dq[h, t, d] = vjp(y, q, dy)\n",
                                            "output dk[h, s, d] = vjp(y, k, dy)\n",
                                            "output dv[h, s, d] = vjp(y, v, dy)\n"};
    static const char *const means[] = {
        "let y[h, t, d] = mean[s](v, logweight = sum[d](q * k))\n",
        "let y[h, t, d] = mean[s](v, logweight = sum[d](q * k), where = s <= t, empty = 0)\n",
        "let y[h, t, d] = attention[s, d](q, k, v, s <= t)\n"};
    Arena *arena = arena_new();
    for (int m = 0; m < 3; ++m)
        for (int g = 0; g < 3; ++g) {
            const char *text =
                arena_format(arena, ATTENTION "input dy[h, t, d]\n%s%s", means[m], gradients[g]);
            cr_expect_not(stores_both(plan_text(text), "t", "s"), "%s", text);
        }
    arena_free(arena);
}

/* All from one array: keys and values are read at other places than their own. */
Test(plan, the_gradient_of_self_attention_stores_no_pair) {
    Plan *plan = plan_text("dim t\ndim s like t\ndim d\ninput q[t, d]\ninput k[t, d]\n"
                           "input v[t, d]\ninput target[t, d]\n"
                           "let y[t, d] = attention[s, d](q, k[t = s], v[t = s], s <= t)\n"
                           "loss L = mse[t, d](y, target)\noutput dq[t, d] = grad(L, q)\n"
                           "output dk[t, d] = grad(L, k)\noutput dv[t, d] = grad(L, v)\n");
    cr_expect_not(stores_both(plan, "t", "s"));
}

Test(plan, logsumexp_of_products_streams) {
    Plan *plan = plan_text(ATTENTION "output l[h, t] = logsumexp[s](sum[d](q * k))\n");
    cr_expect_eq(buffers(plan), 0);
}

Test(plan, grouped_mean_is_one_pass) {
    Plan *plan = plan_text("dim e\ndim n\ninput x[e]\ninput seg[e]: index(n)\n"
                           "output y[n] = mean[e](x, where = seg == n, empty = 0)\n");
    cr_expect_eq(loops_of(plan, LOOP_SEQUENTIAL), 1);
    cr_expect_eq(loops_of(plan, LOOP_REDUCE), 0);
}

Test(plan, running_sum_is_one_pass_in_order) {
    Plan *plan = plan_text("dim t\ndim s like t\ninput x[s]\n"
                           "output c[t] = sum[s](x, where = s <= t)\n"
                           "output r[t] = sum[s](x, where = s >= t)\n");
    cr_expect_eq(loops_of(plan, LOOP_SEQUENTIAL), 2);
    cr_expect_eq(loops_of(plan, LOOP_REDUCE), 0);
}

Test(plan, columns_are_summed_side_by_side) {
    Plan *plan = plan_text("dim n\ndim c\ninput x[n, c]\noutput y[c] = mean[n](x)\n");
    cr_expect_eq(loops_of(plan, LOOP_TILE), 1);
    cr_expect_eq(buffers(plan), 0);
}

Test(plan, rows_are_summed_in_lanes) {
    Plan *plan =
        plan_text("dim n\ndim c\ninput x[n, c]\ninput w[c]\noutput y[n] = sum[c](x * w)\n");
    cr_expect_eq(loops_of(plan, LOOP_TILE), 0);
}

Test(plan, hidden_layer_is_computed_once) {
    Plan *plan = plan_text("dim n\ndim f\ndim h\ndim o\ninput x[n, f]\ninput w[f, h]\n"
                           "input u[h, o]\nlet hidden[n, h] = relu(sum[f](x * w))\n"
                           "output y[n, o] = sum[h](hidden * u)\n");
    cr_expect_eq(buffers(plan), 1);
    cr_expect(stores_both(plan, "n", "h"));
}

Test(plan, a_value_read_elsewhere_is_stored) {
    Plan *plan = plan_text("dim n\ndim m like n\ndim d\ninput x[n, d]\n"
                           "let size[n] = sqrt(sum[d](x^2))\n"
                           "output y[n, m] = size * size[n = m]\n");
    cr_expect_eq(buffers(plan), 2); /* the sum, and its root for each m */
}

Test(plan, an_output_is_read_where_it_is_part_of_another) {
    Plan *plan = plan_text("dim n\ndim f\ndim o\ninput x[n, f]\ninput w[f, o]\n"
                           "let h[n, o] = relu(sum[f](x * w))\noutput y[n, o] = h\n"
                           "output total[n] = sum[o](h^2)\n");
    cr_expect_eq(loops_of(plan, LOOP_TILE), 1);
    cr_expect_eq(buffers(plan), 0);
}

Test(plan, what_elements_and_sums_need_is_stored) {
    Plan *plan = plan_text("dim n\ndim k\ndim i\ninput x[n, i]\ninput m[k, i]\n"
                           "let far[n, k] = sum[i]((x - m)^2)\n"
                           "output nearest[n] = min[k](far)\n"
                           "output closeness[n, k] = exp(-far)\n");
    cr_expect_eq(buffers(plan), 1);
}

/* The elements wait for a total over what is stored for each of them: no loop has both. */
Test(plan, what_two_roots_need_one_after_the_other_is_stored) {
    Plan *plan = plan_text("dim n\ndim k\ndim i\ninput x[n, k, i]\ninput g[n, i]\ninput p[k]\n"
                           "output share[k] = p * sum[n, i](x * g)\n"
                           "output rest[k] = sum[n, i](x * g) - sum[k](share)\n");
    cr_expect_eq(buffers(plan), 1, "it: what is shared is an output");
    Plan *apart = plan_text("dim n\ndim k\ndim i\ninput x[n, k, i]\ninput g[n, i]\ninput p[k]\n"
                            "output share[k] = p * sum[n, i](x * g)\n"
                            "output rest[k] = sum[n, i](x * g) - p\n");
    cr_expect_eq(buffers(apart), 0, "two that share their loops need no buffer");
}

Test(plan, a_guarded_reduction_keeps_its_condition) {
    Plan *plan = plan_text("dim t\ndim d\ninput x[t, d]\n"
                           "output y[t] = if t > 0 then sum[d](x[t = t - 1]) else 0\n");
    cr_expect_eq(
        count_steps(&plan->steps, STEP_GUARD, LOOP_MAP) > 0 ||
            node_where(plan->steps.items[0]->loop->body.items[0]->loop->reductions.items[0]) !=
                NULL,
        true);
}

Test(plan, entries_have_plans_of_their_own) {
    const char *text =
        "dim n\ninput x[n]\noutput a = sum[n](x)\noutput b = max[n](x)\nentry one: b\n";
    const Source *source = source_add(compiler->sources, "test.sy", text, strlen(text));
    Model *model = check_program(compiler, parse_source(compiler, source));
    cr_assert(model);
    ModelPlan *plan = plan_model(compiler, model);
    cr_assert_eq(plan->entries.count, 2);
    cr_expect_eq(plan->entries.items[1].plan->roots.count, 1);
}

Test(plan, groups_by_a_computed_index_are_one_pass) {
    Plan *plan = plan_text("dim n\ndim k = 10\ndim d\ninput x[n, d]\ninput c[k, d]\n"
                           "let near[n] = argmin[k](sum[d]((x - c)^2))\n"
                           "output y[k, d] = mean[n](x, where = near == k, empty = 0)\n");
    cr_expect_eq(loops_of(plan, LOOP_SEQUENTIAL), 1);
    cr_expect_not(stores_both(plan, "n", "k"));
}

/* A reduction over the tile's own axis must not be drawn into the tile, where that axis means a
 * lane. */
Test(plan, a_tile_takes_no_reduction_over_its_own_axis) {
    Plan *plan = plan_text("dim n\ndim m\ndim c\ninput u[m, c]\ninput w[n]\n"
                           "let l[c, n] = tanh(sum[m](u * w))\n"
                           "output r[n, c] = l + prod[m, c](0.9 + 0.01 * l * u[m = m])\n");
    cr_expect(plan->steps.count > 0);
}

static bool has_domain(const Node *node) {
    if (node_is_reduction(node) && node_where(node)) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (has_domain(node->arguments[i])) return true;
    return false;
}

/* A reduction that is safe as a whole may hold one that only its own conditions make safe. */
Test(plan, a_guard_inside_a_reduction_is_kept) {
    Plan *plan = plan_text("dim n\ndim m\ndim c\ninput x[n, c]\ninput seg[n]: index(m)\n"
                           "output y[m] = sum[n](if n > 0 then sum[c](x[n = n - 1]) else 0, "
                           "where = seg == m)\n");
    bool found = false;
    for (int i = 0; i < plan->roots.count; ++i)
        found |= has_domain(plan->roots.items[i]->value);
    cr_expect(found);
}

/* Lowering verifies types: the accumulators of an i32 sum are i64. */
Test(plan, sums_of_i32_are_i64) {
    Plan *plan = plan_text("dim n\ndim m\ninput v[n]: i32\ninput seg[n]: index(m)\n"
                           "output s = sum[n](v)\noutput c[m] = sum[n](v, where = seg == m)\n");
    cr_expect_eq(plan->roots.items[0]->array->type, SCALAR_I64);
}

/* What two branches need has a variable in each, and what that needs two in each of these: where
 * that would be too much, the read itself says where it is legal, and all have one. */
Test(plan, branches_in_branches) {
    Text text = text_new(compiler->arena);
    text_add(&text, "dim n\ndim m\ninput place[n]: i64\ninput x[n]\ninput w[m]\n"
                    "fn choose(a, x, i) = if x > i then sin(a) + exp(a) else cos(a) - a\n"
                    "output y[n] = if 0 <= place and place < extent(m) then ");
    for (int i = 0; i < 12; ++i)
        text_add(&text, "choose(");
    text_add(&text, "w[place]");
    for (int i = 0; i < 12; ++i)
        text_format(&text, ", x, %d)", i);
    text_add(&text, " else 0\n");
    cr_expect_lt(strlen(planned_text(text.chars).loops), 20000);
}

/* Unless it is another type or order of axes. */
Test(plan, a_buffer_that_would_copy_an_output_is_none) {
    const char *all = "dim n\ndim m\ninput x[n, m]\nlet s = sum[m](exp(x))\n%s\n"
                      "output total = sum[n](s)\n";
    cr_expect_eq(buffers(plan_text(arena_format(compiler->arena, all, ""))), 1);
    Plan *plan = plan_text(arena_format(compiler->arena, all, "output each[n] = s"));
    cr_expect_eq(buffers(plan), 0);
    plan = plan_text(arena_format(compiler->arena, all, "output each[n]: f64 = s"));
    cr_expect_eq(buffers(plan), 1);
}

/* What a tile's loop does not take along is computed once for all tiles. */
Test(plan, a_divisor_without_the_tile_is_computed_before_it) {
    const char *mean = "dim b\ndim t\ndim f\ninput x[b, t, f]\nmask keep[b, t]\n"
                       "output y[b, f] = mean[t](x, where = keep%s)\n";
    for (int i = 0; i < 2; ++i) {
        Plan *plan = plan_text(arena_format(compiler->arena, mean, i ? ", empty = 0" : ""));
        const PlanBlock *body = &plan->steps.items[0]->loop->body;
        int before = 0, tiles = 0;
        for (int k = 0; k < body->count; ++k) {
            const PlanLoop *loop = body->items[k]->loop;
            before += loop && loop->kind == LOOP_REDUCE;
            tiles += loop && loop->kind == LOOP_TILE;
        }
        cr_expect_eq(tiles, 1);
        cr_expect_eq(before, i, "the sum is needed first, or the count is, as it is compared");
    }
}

/* What a number sums has become arithmetic of an output; but a product is not rounded there, a
 * function and what other loops read would be worked out again, and updates read gradients. */
Test(plan, no_buffer_for_arithmetic_of_outputs) {
    const char *all = "dim n\ndim f\ninput x[n, f]\ninput y[n]\nlet p[n] = sum[f](x)\n"
                      "output q[n] = p\n%s\n";
    const char *const needless[] = {"output e = sum[n]((p - y)^2)",
                                    "output e = max[n](abs(p - y), where = y > 0)",
                                    "output e = mean[n](if p > y then 1 else 0)"};
    const char *const needed[] = {"output e = sum[n](p * y)", "output e = sum[n](exp(p - y))",
                                  "output e = sum[n]((p - y)^2) * sum[n](sum[f](x^2))"};
    for (int i = 0; i < 3; ++i) {
        cr_expect_eq(buffers(plan_text(arena_format(compiler->arena, all, needless[i]))), 0, "%s",
                     needless[i]);
        cr_expect_eq(buffers(plan_text(arena_format(compiler->arena, all, needed[i]))), 1, "%s",
                     needed[i]);
    }
}

static int loops_over(const PlanBlock *steps, const char *axis) {
    int count = 0;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        count += loops_over(&step->body, axis);
        if (step->kind != STEP_LOOP) continue;
        count += strcmp(step->loop->axis->name, axis) == 0;
        count += loops_over(&step->loop->first, axis) + loops_over(&step->loop->body, axis);
    }
    return count;
}

/* What was in no domain has no weight, and its row is not looked at. */
Test(plan, the_second_part_of_a_stream_asks_no_domain) {
    const char *text = "dim n\ndim e\ndim f\ndim o = 3\ndim e2 like e\n"
                       "input s[n, e]\ninput x[n, f]\ninput w[e, f, o]\n"
                       "let rank[n, e] = count[e2](where = s[e = e2] > s)\n"
                       "output y[n, o] = mean[e](sum[f](x * w), logweight = s, where = rank < 2)\n";
    const Planned planned = planned_text(text);
    const Plan *plan = planned.plan->entries.items[0].plan;
    cr_expect_gt(loops_of(plan, LOOP_STREAM), 0, "%s", planned.loops);
    cr_expect_eq(loops_over(&plan->steps, "e2"), 1, "%s", planned.loops);
    cr_expect_eq(planned_count(planned.loops, "sy_add_i64"), 0, "a count does not wrap");
}
