/* The drawing of a training's losses: its scale, its size, and losses that are hard to draw. */
#include "tool/curve.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static Arena *arena;
static void setup(void) {
    arena = arena_new();
}
static void teardown(void) {
    arena_free(arena);
}
TestSuite(curve, .init = setup, .fini = teardown);

static const char *drawn(int64_t steps, const double *values) {
    const char *name = "L";
    return curve_svg(arena, "m", &name, 1, steps, values).chars;
}
static int count(const char *text, const char *part) {
    int found = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        found++;
    return found;
}
#define HAS(text, part) cr_assert(strstr(text, part), "%s is not in\n%s", part, text)
#define HAS_NOT(text, part) cr_assert(!strstr(text, part), "%s is in\n%s", part, text)

Test(curve, goes_down) {
    const char *svg = drawn(3, (double[]){3, 2, 1});
    HAS(svg, "M72.0 50.1 L72.0 50.1 L338.0 176.0 L604.0 301.9\"");
    HAS(svg, ">1.5</text>");
    HAS(svg, ">step</text>");
    HAS(svg, "</svg>\n");
}
Test(curve, is_logarithmic_over_decades) {
    const char *svg = drawn(3, (double[]){1000, 10, 0.1});
    HAS(svg, ">100</text>");
    HAS(svg, ">0.1</text>");
    HAS(svg, " L338.0 176.0 "); /* 10 lies in the middle */
}
Test(curve, is_linear_where_a_loss_is_negative) {
    HAS(drawn(3, (double[]){1000, 10, -0.1}), ">400</text>");
}
Test(curve, zero_lies_on_the_edge_of_a_logarithmic_scale) {
    HAS(drawn(3, (double[]){1000, 1, 0}), "L604.0 312.0\"");
}
Test(curve, one_step_is_a_dot) {
    const char *svg = drawn(1, (double[]){2});
    HAS(svg, "<circle cx=\"338.0\" cy=\"176.0\"");
    HAS_NOT(svg, "<path");
}
Test(curve, constant) {
    HAS(drawn(2, (double[]){5, 5}), " L72.0 176.0 L604.0 176.0\"");
    HAS(drawn(2, (double[]){0, 0}), " L72.0 176.0 L604.0 176.0\"");
}
Test(curve, what_is_not_finite_is_a_gap) {
    const char *svg = drawn(5, (double[]){3, 2, NAN, 2, INFINITY});
    cr_assert_eq(count(svg, " M"), 2);
    cr_assert_eq(count(svg, " L"), 3);
    HAS_NOT(svg, "nan");
    HAS_NOT(svg, "inf");
}
Test(curve, nothing_finite) {
    const char *svg = drawn(2, (double[]){NAN, -INFINITY});
    HAS(svg, "no step gave a finite loss");
    HAS_NOT(svg, "nan");
}
Test(curve, the_largest_numbers) {
    const char *svg = drawn(3, (double[]){1.7e308, -1.7e308, 0});
    HAS_NOT(svg, "nan");
    HAS_NOT(svg, "inf");
    HAS(svg, ">-1e+308</text>");
}
Test(curve, the_smallest_numbers) {
    const char *svg = drawn(3, (double[]){5e-324, 0, 1e-310});
    HAS_NOT(svg, "nan");
    HAS_NOT(svg, "inf");
}
Test(curve, a_million_steps_keep_a_peak) {
    int64_t steps = 1000000;
    double *values = malloc(sizeof(double) * (size_t)steps);
    for (int64_t i = 0; i < steps; i++)
        values[i] = 1 + (double)(i % 7);
    values[345678] = 60;
    const char *svg = drawn(steps, values);
    free(values);
    cr_assert_lt(strlen(svg), 40000);
    HAS(svg, " 50.1 L"); /* the height of 60 */
}
Test(curve, two_losses_have_two_colours) {
    const char *names[] = {"near", "far"};
    const char *svg = curve_svg(arena, "m", names, 2, 2, (double[]){1, 2, 3, 4}).chars;
    HAS(svg, "fill=\"#1f6fb4\">near</text>");
    HAS(svg, "fill=\"#c8501e\">far</text>");
    cr_assert_eq(count(svg, "<path"), 2);
}
