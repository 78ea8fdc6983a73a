/* How many passes over the data a streamed program takes, and what its state is made of. */
#include "check/check.h"
#include "loops/loops.h"
#include "plan/plan.h"
#include <criterion/criterion.h>
#include <string.h>

static Compiler *compiler;

static void setup(void) {
    compiler = compiler_new();
    compiler->stream = "n";
}

static void teardown(void) {
    compiler_free(compiler);
}

TestSuite(streaming, .init = setup, .fini = teardown);

static const char declared[] = "dim n\ndim d\ninput x[n, d]\ninput y[n]\ninput u[d]\nweight w[n]\n";

static ModelPlan *streamed(const char *text) {
    const char *whole = arena_format(compiler->arena, "%s%s", declared, text);
    const Source *source = source_add(compiler->sources, "test.sy", whole, strlen(whole));
    Model *model = check_program(compiler, parse_source(compiler, source));
    cr_assert(model, "refused: %s", text);
    model_simplify(model);
    ModelPlan *plan = plan_model(compiler, model);
    if (plan) plan_verify(plan);
    return plan;
}

/* begin, finish, and accumulate and merge for each pass. */
static void takes(int passes, int pieces, const char *text) {
    ModelPlan *plan = streamed(text);
    cr_assert(plan, "not streamed: %s", text);
    cr_expect_eq(plan->entries.count, 1 + 2 + 2 * passes, "%s", text);
    cr_expect_eq(plan->entries.items[1].count, pieces, "%d pieces: %s",
                 plan->entries.items[1].count, text);
}

Test(streaming, averages_take_one_pass) {
    takes(1, 2, "output m[d] = mean[n](x, weight = w)\n");
    takes(1, 2, "output m[d] = mean[n](x)\n");
    takes(1, 3, "output v[d] = var[n](x, weight = w)\n");
    takes(1, 3, "output m[d] = mean[n](x, logweight = y)\n");
    takes(1, 4, "output v[d] = std[n](x, weight = w, logweight = y)\n");
    takes(1, 3, "output z[d] = logsumexp[n](x)\n");
}

Test(streaming, the_extreme_comes_with_its_position) {
    takes(1, 3, "output k[d] = argmax[n](x)\n");
    takes(1, 3, "output k[d] = argmin[n](x)\noutput least[d] = min[n](x)\n");
}

Test(streaming, a_gradient_divides_last) {
    takes(1, 4,
          "let e[n] = sum[d](x * u) - y\nloss L = mean[n](e ^ 2, weight = w)\n"
          "output g[d] = grad(L, u)\n");
}

Test(streaming, what_waits_takes_another_pass) {
    takes(2, 3, "let m = mean[n](y)\noutput third = sum[n]((y - m) ^ 3)\n");
    takes(2, 2, "output above = sum[n](y, where = y > max[n](y, where = w > 0))\n");
    takes(
        3, 4,
        "let m = mean[n](y)\nlet t = sum[n]((y - m) ^ 3)\noutput far = sum[n](y, where = y > t)\n");
}

Test(streaming, outputs_along_the_axis_are_of_a_function_of_their_own) {
    takes(1, 3, "output p[n] = softmax[n](y)\n"); /* no finish, but each */
    takes(1, 2, "output z[n] = y - mean[n](y)\n");
    cr_expect_eq(streamed("output z[n] = y\n")->entries.count, 2);
}

Test(streaming, refuses_reads_of_other_elements) {
    cr_expect_null(streamed("output z = sum[n](y * y[n = n - 1 else 0])\n"));
}
