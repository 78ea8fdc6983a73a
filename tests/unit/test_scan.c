/* Sequential loops that go by blocks: which ones do, and what the runtime makes of a block. */
#include "planned.h"
#include "steelyard.h"
#include "steelyard_scan.h"
#include <math.h>

TestSuite(scan, .init = setup, .fini = teardown);

static int count_scans(const PlanBlock *steps) {
    int count = 0;
    for (int i = 0; i < steps->count; ++i) {
        const PlanLoop *loop = steps->items[i]->loop;
        if (!loop) continue;
        for (int k = 0; loop->scans && k < loop->body.count; ++k)
            count += loop->scans[k] != NULL;
        count += count_scans(&loop->body);
    }
    return count;
}

static void expect_scans(int expected, const char *text) {
    const Planned planned = planned_text(text);
    const EntryPlan *entry = &planned.plan->entries.items[planned.plan->entries.count - 1];
    int found = count_scans(&entry->plan->steps);
    cr_expect_eq(found, expected, "%d scans, not %d, in:\n%s%s", found, expected, text,
                 planned.loops);
}

#define SUM(WHERE)                                                                                 \
    "dim t\ndim s like t\ninput x[t]\noutput y[t] = sum[s](x[t = s], where = " WHERE ")\n"
#define STEP(VALUE) "dim t\ninput x[t]\ninput a\nlet h[t] = " VALUE "\noutput y[t] = h\n"

Test(scan, running_sums_go_by_blocks) {
    expect_scans(1, SUM("s <= t"));
    expect_scans(1, SUM("s < t"));
    expect_scans(1, SUM("s >= t"));
    expect_scans(1, SUM("s > t"));
    expect_scans(1, SUM("s <= t and x[t = s] > 0"));
    expect_scans(1, "dim b\ndim t\ndim s like t\ninput x[b, t]\n"
                    "output y[b, t] = sum[s](x[t = s], where = s <= t)\n");
    expect_scans(1, "dim t\ndim s like t\ninput x[t]\n"
                    "output y[t] = sum[s](x[t = s], where = s <= t)\n"
                    "output z[t] = max[s](x[t = s], where = s <= t)\n");
    expect_scans(2, "dim t\ndim s like t\ninput x[t]\ninput w[t]\n"
                    "output y[t] = mean[s](x[t = s], weight = w[t = s], where = s <= t)\n");
}

Test(scan, recurrences_of_the_first_order_go_by_blocks) {
    expect_scans(1, STEP("if t == 0 then x else a * x + (1 - a) * h[t = t - 1]"));
    expect_scans(1, STEP("if t > 0 then h[t = t - 1] * a - x + 1 else 0"));
    expect_scans(1, STEP("if t < 1 then a else h[t = t - 1] + x * x"));
    expect_scans(1, STEP("x + a * h[t = t - 1 else 0]"));
    expect_scans(1, STEP("h[t = t + 1 else a] - x"));
    expect_scans(1, STEP("if t == extent(t) - 1 then x else x + a * h[t = t + 1]"));
    expect_scans(2, "dim t\ninput x[t]\ninput a\ninput dy[t]\n"
                    "let h[t] = if t == 0 then x else a * x + (1 - a) * h[t = t - 1]\n"
                    "output dx[t] = vjp(h, x, dy)\noutput y[t] = h\n");
}

Test(scan, others_go_step_by_step) {
    expect_scans(0, STEP("if t == 0 then x else tanh(h[t = t - 1]) + x")); /* not linear */
    expect_scans(0, STEP("if t == 0 then x else x * h[t = t - 1] + 1"));   /* another factor */
    expect_scans(0, STEP("if t < 2 then x else h[t = t - 2] + x"));        /* two steps back */
    expect_scans(0, STEP("if t < 1 then x else h[t = t - 1]"));            /* nothing is added */
    expect_scans(0, STEP("if t == 3 then x else if t < 3 then 1 else a * h[t = t - 1] + x"));
    expect_scans(0, "dim t\ndim s like t\ninput x[t]: i64\n"
                    "output y[t] = sum[s](x[t = s], where = s <= t)\n");
    expect_scans(0, "dim t = 12\ndim s like t\ninput x[t]\n"
                    "output y[t] = sum[s](x[t = s], where = s <= t)\n");
    expect_scans(0, "dim t\ninput x[t]\ninput a\n"
                    "let h[t] = if t == 0 then x else a * h[t = t - 1] + trend[t = t - 1]\n"
                    "let trend[t] = if t == 0 then 0 else a * trend[t = t - 1] + h\n"
                    "output y[t] = h\n");
}

/* --- the runtime's part --- */

static void expect_close(double found, double expected, double scale, int count) {
    if (isnan(expected)) {
        cr_expect(isnan(found), "%g, not NaN, of %d", found, count);
    } else if (isinf(expected)) {
        cr_expect_eq(found, expected, "%g, not %g, of %d", found, expected, count);
    } else {
        cr_expect_leq(fabs(found - expected), 1e-14 * scale, "%.17g, not %.17g, of %d", found,
                      expected, count);
    }
}

/* Against one step after the other. */
static void check_linear(double factor, double before, int odd_at, double odd) {
    for (int count = 0; count <= 40; count++) {
        double values[40], steps[40], last = before, scale = fabs(before);
        for (int i = 0; i < count; i++) {
            steps[i] = values[i] = i == odd_at ? odd : sin(i + 1.0);
            scale = fmax(scale, fabs(factor)) * fmax(1, fabs(factor)) + 1;
        }
        double end = sy_running_linear_f64(values, count, factor, before, values, 0);
        for (int i = 0; i < count; i++) {
            last = fma(factor, last, steps[i]);
            expect_close(values[i], last, isfinite(scale) ? scale : 1, count);
        }
        expect_close(end, last, isfinite(scale) ? scale : 1, count);
    }
}

Test(scan, linear_recurrences_are_what_steps_give) {
    static const double factors[] = {0, 0.5, -0.9, 1, 0.9999999, 1.5, -2, 1e-200, 1e60, INFINITY};
    static const double befores[] = {0, 3.25, -1e30, INFINITY, NAN};
    for (size_t f = 0; f < sizeof factors / sizeof *factors; f++)
        for (size_t b = 0; b < sizeof befores / sizeof *befores; b++) {
            check_linear(factors[f], befores[b], -1, 0);
            check_linear(factors[f], befores[b], 11, INFINITY);
            check_linear(factors[f], befores[b], 20, NAN);
        }
}

Test(scan, running_sums_are_what_steps_give) {
    for (int count = 0; count <= 40; count++) {
        double values[40], last = 0.5;
        for (int i = 0; i < count; i++)
            values[i] = sin(i + 1.0);
        double end = sy_running_sum_f64(values, count, 0.5, values, 0);
        for (int i = 0; i < count; i++) {
            last += sin(i + 1.0);
            expect_close(values[i], last, 40, count);
        }
        expect_close(end, last, 40, count);
    }
}
