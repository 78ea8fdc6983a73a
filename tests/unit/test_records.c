/* Values of groups that one loop takes in at the same index: which of them lie together. */
#include "planned.h"

TestSuite(records, .init = setup, .fini = teardown);

static int fills(const PlanBlock *steps) {
    int count = 0;
    for (int i = 0; i < steps->count; ++i)
        count += steps->items[i]->kind == STEP_FILL;
    return count;
}

/* Fields of all records, and how many buffers are set to what they begin with. */
static void expect_fields(int fields, int filled, const char *text) {
    const Plan *plan = planned_text(text).plan->entries.items[0].plan;
    int found = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *root = plan->roots.items[i];
        if (!root->record) continue;
        ++found;
        cr_expect_eq(root->record->fields.items[root->field], root);
    }
    cr_expect_eq(found, fields, "%d fields, not %d, in:\n%s", found, fields, text);
    cr_expect_eq(fills(&plan->steps), filled, "%d fills, not %d, in:\n%s", fills(&plan->steps),
                 filled, text);
}

#define GROUPS                                                                                     \
    "dim n\ndim g\ndim c\ninput x[n]\ninput y[n]\nmask keep[n]\nweight w[n]\n"                     \
    "input z[n, c]\ninput group[n]: index(g)\ninput other[n]: index(g)\n"

Test(records, sums_at_the_same_index_lie_together) {
    expect_fields(2, 1, GROUPS "output a[g] = mean[n](x, weight = w, where = group == g)\n");
    expect_fields(2, 1,
                  GROUPS "output a[g] = sum[n](x, where = group == g)\n"
                         "output b[g] = sum[n](y, where = group == g)\n");
    expect_fields(3, 1,
                  GROUPS "output a[g] = mean[n](x, weight = w, where = group == g)\n"
                         "output b[g] = sum[n](y, where = group == g and keep)\n");
}

Test(records, each_index_has_records_of_its_own) {
    expect_fields(0, 2,
                  GROUPS "output a[g] = sum[n](x, where = group == g)\n"
                         "output b[g] = sum[n](y, where = other == g)\n");
    expect_fields(4, 2,
                  GROUPS "output a[g] = mean[n](x, weight = w, where = group == g)\n"
                         "output b[g] = mean[n](y, weight = w, where = other == g)\n");
}

Test(records, what_runs_along_an_axis_stays_apart) {
    expect_fields(0, 0, GROUPS "output a[c] = mean[n](z, weight = w)\n");
    expect_fields(0, 1, GROUPS "output a[g] = sum[n](x, where = group == g)\n");
    expect_fields(0, 2,
                  "dim n\ndim g = 256\ninput x[n]\ninput group[n]: index(g)\nweight w[n]\n"
                  "output a[g] = mean[n](x, weight = w, where = group == g)\n"); /* few groups */
}
