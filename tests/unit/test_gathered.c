/* Dear values of what lies at an index: which ones are worked out once for each index. */
#include "planned.h"

TestSuite(gathered, .init = setup, .fini = teardown);

#define AXES                                                                                       \
    "dim n\ndim g\ninput x[n]\ninput v[g]\ninput group[n]: index(g)\ninput other[n]: index(g)\n"   \
    "let total[g] = sum[n](x, where = group == g)\n"                                               \
    "let size[g] = f32(count[n](where = group == g))\nlet middle[g] = total / size\n"

/* Arrays of g that no loop over n adds to, outputs apart. */
static void expect_stored(int stored, const char *text) {
    const Plan *plan = planned_text(text).plan->entries.items[0].plan;
    int found = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *root = plan->roots.items[i];
        found += root->is_buffer && root->scatter == OP_NUMBER && !root->list &&
                 root->array->rank == 1 && strcmp(root->array->axes[0]->name, "g") == 0;
    }
    cr_expect_eq(found, stored, "%d arrays are stored, not %d, in:\n%s", found, stored, text);
}

Test(gathered, ratios_of_sums_are_stored) {
    expect_stored(1, AXES "output y[n] = x - middle[group]\n");
    expect_stored(1, AXES "output y[n] = x - total[group] / size[group]\n");
    expect_stored(1, AXES "output y[n] = x * exp(v[group] - total[group] / 2)\n");
    expect_stored(2, AXES "output y[n] = (x - total[group]) / sqrt(size[group])\n");
    expect_stored(1, AXES "output y[n] = sqrt(size[group]) - sqrt(size[other])\n");
    expect_stored(1, AXES "output y = sum[n](x * log(total[group]))\n");
    expect_stored(1, AXES "output y[g] = sum[n](x * middle[group], where = other == g)\n");
}

Test(gathered, what_is_an_output_is_read_there) {
    expect_stored(0, AXES "output average[g] = middle\noutput y[n] = x - middle[group]\n");
}

Test(gathered, others_are_worked_out_where_they_are) {
    expect_stored(0, AXES "output y[n] = x - total[group]\n");             /* no division */
    expect_stored(0, AXES "output y[n] = x / total[group]\n");             /* of n */
    expect_stored(0, AXES "output y[n] = exp(v[group])\n");                /* of nothing made */
    expect_stored(0, AXES "output y[n] = total[group] / size[other]\n");   /* two indices */
    expect_stored(0, AXES "output y[n] = total[group] / (1.0 + group)\n"); /* the index itself */
    expect_stored(0, AXES "input key: i64\n"
                          "output y[n] = exp(total[group] + uniform[n](key))\n"); /* own numbers */
    expect_stored(0, "dim n\ndim g\ndim f\ninput x[n, f]\ninput group[n]: index(g)\n"
                     "let total[g, f] = sum[n](x, where = group == g)\n"
                     "output y[n, f] = exp(total[group, f])\n"); /* of rows */
}

/* Its value exists only where the condition holds. */
Test(gathered, what_can_fail_stays_under_its_condition) {
    expect_stored(0, AXES
                  "input at[n]: i64\n"
                  "output y[n] = if at >= 0 and at < extent(g) then exp(total[g = at]) else 0\n");
}
