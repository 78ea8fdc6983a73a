/* How far apart two floats are, in steps from one float to the next. */
#include "tool/golden.h"
#include <criterion/criterion.h>
#include <math.h>

static uint64_t of_f32(float a, float b) {
    return golden_steps(SCALAR_F32, &a, &b);
}

static uint64_t of_f64(double a, double b) {
    return golden_steps(SCALAR_F64, &a, &b);
}

Test(golden, neighbours_are_one_step_apart) {
    static const float places[] = {0.0f, 1e-45f, 1e-38f, 0.1f, 1.0f, 3.4e38f, -1.0f, -1e-45f};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        cr_expect_eq(of_f32(places[i], nextafterf(places[i], INFINITY)), 1);
        cr_expect_eq(of_f32(nextafterf(places[i], -INFINITY), places[i]), 1);
        cr_expect_eq(of_f64((double)places[i], nextafter((double)places[i], INFINITY)), 1);
    }
}

Test(golden, across_zero) {
    cr_expect_eq(of_f32(0.0f, -0.0f), 0);
    cr_expect_eq(of_f32(1e-45f, -1e-45f), 2);
    cr_expect_eq(of_f64(5e-324, -5e-324), 2);
    cr_expect_eq(of_f32(INFINITY, -INFINITY), 2 * (uint64_t)0x7f800000);
    cr_expect_eq(of_f64((double)INFINITY, -(double)INFINITY), 2 * (uint64_t)0x7ff0000000000000);
}

Test(golden, no_number) {
    cr_expect_eq(of_f32(NAN, 1.0f), UINT64_MAX);
    cr_expect_eq(of_f64(1.0, (double)NAN), UINT64_MAX);
}

Test(golden, half_floats) {
    uint16_t one = 0x3c00, next = 0x3c01, minus = 0xbc00;
    cr_expect_eq(golden_steps(SCALAR_F16, &one, &next), 1);
    cr_expect_eq(golden_steps(SCALAR_F16, &one, &minus), 2 * 0x3c00);
}
