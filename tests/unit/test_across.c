/* Loops over the same pairs that are made one: which ones, and which are left. */
#include "planned.h"

TestSuite(across, .init = setup, .fini = teardown);

typedef struct Found {
    int loops;  /* over pairs */
    int across; /* sums that go across their rows */
} Found;

static void count(const PlanBlock *steps, Found *found) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        count(&step->body, found);
        if (step->kind != STEP_LOOP) continue;
        found->loops += step->loop->pairs;
        found->across += step->loop->across.count;
        cr_expect(!step->loop->across.count || step->loop->kind == LOOP_REDUCE, "across a stream");
        count(&step->loop->first, found);
        count(&step->loop->body, found);
    }
}

static void expect(int loops, int across, const char *text) {
    Planned planned = planned_text(text);
    Found found = {0};
    count(&planned.plan->entries.items[0].plan->steps, &found);
    cr_expect(found.loops == loops && found.across == across,
              "%d loops over pairs and %d sums across, not %d and %d, in:\n%s", found.loops,
              found.across, loops, across, text);
}

#define ARRAYS                                                                                     \
    "dim h\ndim t\ndim s\ndim d = 64\ndim e = 20\ninput q[h, t, d]\ninput k[h, s, d]\n"            \
    "input v[h, s, d]\ninput u[h, s, e]\ninput dy[h, t, d]\ninput dz[h, t, e]\n"
#define SEEN "let seen[h, t, d] = mean[s](v, logweight = sum[d](q * k))\n"
#define D_Q "output d_q[h, t, d] = vjp(seen, q, dy)\n"
#define D_K "output d_k[h, s, d] = vjp(seen, k, dy)\n"
#define D_V "output d_v[h, s, d] = vjp(seen, v, dy)\n"

Test(across, gradients_of_an_attention) {
    expect(2, 1, ARRAYS SEEN D_Q D_K D_V);
    expect(2, 1, ARRAYS SEEN D_K D_Q);
    expect(2, 1, ARRAYS SEEN "output z[h, t, d] = seen\n" D_V D_Q D_K);
    expect(
        2, 1,
        ARRAYS
        "let seen[h, t, d] = mean[s](v, logweight = sum[d](q * k), where = s <= t)\n" D_Q D_K D_V);
}

/* Whatever the order of axes in memory, rows are the innermost loop, and h goes around. */
Test(across, axes_of_another_order) {
    const char *arrays = "dim b\ndim h\ndim t\ndim s like t\ndim d = 64\ninput q[b, t, h, d]\n"
                         "input k[b, s, h, d]\ninput v[b, s, h, d]\ninput dy[b, t, h, d]\n"
                         "let seen[b, t, h, d] = mean[s](v, logweight = sum[d](q * k))\n";
    expect(1, 0, arena_format(compiler->arena, "%soutput y[b, t, h, d] = seen\n", arrays));
    expect(2, 1,
           arena_format(compiler->arena,
                        "%soutput d_q[b, t, h, d] = vjp(seen, q, dy)\n"
                        "output d_k[b, s, h, d] = vjp(seen, k, dy)\n"
                        "output d_v[b, s, h, d] = vjp(seen, v, dy)\n",
                        arrays));
}

static const Root *root_called(const Planned *planned, const char *name) {
    const Plan *entry = planned->plan->entries.items[0].plan;
    for (int i = 0; i < entry->roots.count; ++i)
        if (strcmp(entry->roots.items[i]->array->name, name) == 0) return entry->roots.items[i];
    cr_assert_fail("no %s", name);
    return NULL;
}

/* Of several axes that only the left factor has, that of as many as there are columns. */
Test(across, rows_are_the_longest_axis) {
    Planned planned =
        planned_text("dim b\ndim t\ndim s like t\ndim h\ndim g\ndim d = 64\n"
                     "input q[b, t, h, g, d]\ninput k[b, s, h, d]\ninput v[b, s, h, d]\n"
                     "output y[b, t, h, g, d] = mean[s](v, logweight = sum[d](q * k))\n");
    const Root *y = root_called(&planned, "y");
    cr_expect_str_eq(y->loops[3].axis->name, "t");
}

/* Dot products read k and v along d: the pairs of a gradient by a bias are not lanes along s. */
Test(across, gradient_by_a_bias_of_each_pair) {
    Planned planned =
        planned_text("dim b\ndim t\ndim s\ndim h\ndim d\ninput q[b, t, h, d]\n"
                     "input k[b, s, h, d]\ninput v[b, s, h, d]\ninput bias[h, t, s]\n"
                     "mask keep[b, s]\ninput dy[b, t, h, d]\n"
                     "let seen[b, t, h, d] = mean[s](v, logweight = sum[d](q * k) + bias,\n"
                     "                               where = keep)\n"
                     "output y[h, t, s] = vjp(seen, bias, dy)\n");
    const Root *y = root_called(&planned, "y");
    cr_expect(y->loop_count == 3 && y->loops[2].kind == LOOP_MAP && y->loops[1].axis != NULL);
    cr_expect_str_eq(y->loops[1].axis->name, "t");
}

/* d_v has other lanes: its loop stays by itself. */
Test(across, lanes_of_two_kinds) {
    expect(3, 1,
           ARRAYS "let seen[h, t, e] = mean[s](u, logweight = sum[d](q * k))\n"
                  "output d_q[h, t, d] = vjp(seen, q, dz)\noutput d_k[h, s, d] = vjp(seen, k, dz)\n"
                  "output d_u[h, s, e] = vjp(seen, u, dz)\n");
}

Test(across, what_stays) {
    expect(2, 0, ARRAYS SEEN D_K D_V); /* by the same rows */
    /* threads share the rows: no loop is around */
    expect(3, 0,
           "dim t\ndim s\ndim d = 64\ninput q[t, d]\ninput k[s, d]\ninput v[s, d]\ninput dy[t, d]\n"
           "let seen[t, d] = mean[s](v, logweight = sum[d](q * k))\n"
           "output d_q[t, d] = vjp(seen, q, dy)\noutput d_k[s, d] = vjp(seen, k, dy)\n");
    /* the second loop reads what the first one gives */
    expect(3, 0, ARRAYS SEEN D_Q D_K "output o[h, s, d] = vjp(seen, v, vjp(seen, q, dy))\n");
}
