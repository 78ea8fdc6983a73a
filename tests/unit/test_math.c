/* The elementary functions against MPFR: every bound of docs/elementary-functions.md on samples,
 * and the ends. With STEELYARD_MATH_SAMPLES=N in the environment, N times as many samples; the
 * worst errors are printed then. */
#include "math_reference.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef STEELYARD_NO_FMA
#define SUITE(name) Test(math_no_fma, name)
#else
#define SUITE(name) Test(math, name)
#endif

static double sample_factor(void) {
    const char *text = getenv("STEELYARD_MATH_SAMPLES");
    double factor = text ? atof(text) : 0;
#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
    return factor > 0 ? factor : 0.05;
#elif defined(STEELYARD_NO_FMA)
    return factor > 0 ? factor : 0.2;
#else
    return factor > 0 ? factor : 1;
#endif
}

/* A subnormal result is rounded twice: up to 1 ulp. */
static bool passes(const MathFunction *f, double x, double error, double bound, mpfr_t exact,
                   double got) {
    if (error <= (fabs(got) < DBL_MIN && bound < 1 ? 1 : bound)) return true;
    if (!(x < 0) || f->absolute == 0 || !isfinite(got)) return false;
    mpfr_sub_d(exact, exact, got, MPFR_RNDN);
    return fabs(mpfr_get_d(exact, MPFR_RNDN)) <= f->absolute;
}

/* Minutes in MPFR, or terms one by one. */
static bool takes_long(const MathFunction *f, double x) {
    return f->cost >= 32 && (x < (f->cost >= 512 ? -300 : -1e5) || fabs(x) > 1e15);
}

static void check_f64(const MathFunction *f, int64_t count) {
    mpfr_t x, exact;
    double worst = 0, worst_at = 0;
    mpfr_inits2(160, x, exact, (mpfr_ptr)NULL);
    for (int64_t i = 0; i < count; i++) {
        double at = math_sample(f, i);
        if (takes_long(f, at)) continue;
        double got = f->f64(at);
        mpfr_set_d(x, at, MPFR_RNDN);
        f->reference(exact, x, MPFR_RNDN);
        double error = ulps(exact, got, 53);
        bool passed = passes(f, at, error, f->bound64, exact, got);
        bool counts = fabs(got) >= DBL_MIN && (f->absolute == 0 || at > 0);
        if (error > worst && counts) worst = error, worst_at = at;
        cr_expect(passed, "%s_f64(%a) = %a: %.4f ulps", f->name, at, got, error);
        if (!passed) break;
    }
    mpfr_clears(x, exact, (mpfr_ptr)NULL);
    if (getenv("STEELYARD_MATH_SAMPLES"))
        printf("%-9s f64 %.3f at %.17g\n", f->name, worst, worst_at);
}

/* Patterns spread evenly over all 2^32, against MPFR; then many more against f64, which the test
 * above checks. */
static void check_f32(const MathFunction *f, int64_t count) {
    mpfr_t x, exact;
    double worst = 0, worst_at = 0;
    mpfr_inits2(160, x, exact, (mpfr_ptr)NULL);
    uint32_t stride = (uint32_t)(4294967296.0 / (double)count);
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)i * stride + (uint32_t)(sy_random_mix(7, i) % stride);
        float at = sy_from_bits_f32(bits);
        if (takes_long(f, (double)at)) continue;
        float got = f->f32(at);
        mpfr_set_d(x, (double)at, MPFR_RNDN);
        f->reference(exact, x, MPFR_RNDN);
        double error = ulps(exact, (double)got, 24);
        if (error > worst && fabsf(got) >= FLT_MIN) worst = error, worst_at = (double)at;
        double bound =
            fabsf(got) < FLT_MIN && f->bound32 > 0.6 ? 1 : f->bound32; /* rounded twice */
        cr_expect(error <= bound, "%s_f32(%a) = %a: %.4f ulps", f->name, (double)at, (double)got,
                  error);
        if (error > bound) break;
    }
    for (int64_t i = 0; i < 4 * count; i++) {
        float at =
            i % 2 ? (float)math_sample(f, i) : sy_from_bits_f32((uint32_t)sy_random_mix(11, i));
        double fine = f->f64((double)at);
        float got = f->f32(at), rounded = (float)fine;
        if (isnan(fine) || isinf(rounded) || rounded == 0) {
            cr_expect(isnan(fine) ? isnan(got)
                                  : fabs(fine) > 3.4028235e38 || got == rounded || fine != 0);
            continue;
        }
        int exponent;
        frexp(fine, &exponent);
        double error = ldexp(fabs(fine - (double)got), 24 - (exponent < -125 ? -125 : exponent));
        double bound = fabsf(got) < FLT_MIN && f->bound32 > 0.6 ? 1 : f->bound32;
        if (error > worst && fabsf(got) >= FLT_MIN) worst = error, worst_at = (double)at;
        cr_expect(error <= bound + 1e-6, "%s_f32(%a) = %a: %.4f ulps", f->name, (double)at,
                  (double)got, error);
        if (error > bound + 1e-6) break;
    }
    mpfr_clears(x, exact, (mpfr_ptr)NULL);
    if (getenv("STEELYARD_MATH_SAMPLES"))
        printf("%-9s f32 %.4f at %.9g\n", f->name, worst, worst_at);
}

static int64_t samples(const MathFunction *f, double most) {
    double count = most * sample_factor() / f->cost;
    return count < 1000 ? 1000 : (int64_t)count;
}

SUITE(f64_within_its_bounds) {
    for (int i = 0; i < MATH_FUNCTIONS; i++)
        check_f64(&math_functions[i], samples(&math_functions[i], 100000));
}

SUITE(f32_within_its_bounds) {
    for (int i = 0; i < MATH_FUNCTIONS; i++)
        check_f32(&math_functions[i], samples(&math_functions[i], 65536));
}

/* x^y where the result is a normal number, the powers of negative numbers among them. */
SUITE(powers_within_their_bounds) {
    mpfr_t x, y, exact;
    double worst64 = 0, worst32 = 0;
    mpfr_inits2(53, x, y, (mpfr_ptr)NULL);
    mpfr_init2(exact, 160);
    int64_t count = (int64_t)(20000 * sample_factor());
    for (int64_t i = 0; i < count; i++) {
        uint64_t word = sy_random_mix(sy_random_begin(3), i);
        double uniform = sy_uniform_f64(sy_random_mix(word, 1)),
               other = sy_uniform_f64(sy_random_mix(word, 2));
        double base =
            i % 2 ? ldexp(1 + uniform, (int)(word % 60) - 30) : sy_from_bits_f64(word >> 1);
        double limit = i % 3 == 0 ? 85 : 800;
        double exponent =
            i % 5 == 0 ? rint(other * 60 - 30) : (other * 2 - 1) * limit / fabs(log(base));
        if (i % 5 == 0 && i % 2) base = -base;
        mpfr_set_d(x, base, MPFR_RNDN);
        mpfr_set_d(y, exponent, MPFR_RNDN);
        mpfr_pow(exact, x, y, MPFR_RNDN);
        double error = ulps(exact, sy_pow_f64(base, exponent), 53);
        if (fabs(mpfr_get_d(exact, MPFR_RNDN)) >= DBL_MIN) worst64 = fmax(worst64, error);
        cr_expect(error <= (fabs(mpfr_get_d(exact, MPFR_RNDN)) < DBL_MIN ? 1 : POWER_BOUND),
                  "%a ^ %a: %.4f ulps", base, exponent, error);
        float narrow = (float)base, power = (float)exponent;
        mpfr_set_d(x, (double)narrow, MPFR_RNDN);
        mpfr_set_d(y, (double)power, MPFR_RNDN);
        mpfr_pow(exact, x, y, MPFR_RNDN);
        error = ulps(exact, (double)sy_pow_f32(narrow, power), 24);
        worst32 = fmax(worst32, error);
        cr_expect(error <= 0.51, "%a ^ %a: %.4f ulps", (double)narrow, (double)power, error);
    }
    mpfr_clears(x, y, exact, (mpfr_ptr)NULL);
    if (getenv("STEELYARD_MATH_SAMPLES")) printf("pow       f64 %.3f f32 %.4f\n", worst64, worst32);
}

/* --- the ends --- */

static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : sy_bits_f64(a) == sy_bits_f64(b);
}

typedef struct End {
    const char *name;
    double at, result; /* exact in f32 as well */
} End;

static const End ends[] = {
    {"exp", 0, 1},
    {"exp", -0.0, 1},
    {"exp", INFINITY, INFINITY},
    {"exp", -INFINITY, 0},
    {"exp", 800, INFINITY},
    {"exp", -800, 0},
    {"log", 0, -INFINITY},
    {"log", -0.0, -INFINITY},
    {"log", 1, 0},
    {"log", -1, NAN},
    {"log", -INFINITY, NAN},
    {"log", INFINITY, INFINITY},
    {"log1p", 0, 0},
    {"log1p", -0.0, -0.0},
    {"log1p", -1, -INFINITY},
    {"log1p", -2, NAN},
    {"log1p", INFINITY, INFINITY},
    {"log1p", 0x1p-149, 0x1p-149},
    {"expm1", 0, 0},
    {"expm1", -0.0, -0.0},
    {"expm1", INFINITY, INFINITY},
    {"expm1", -INFINITY, -1},
    {"expm1", 0x1p-149, 0x1p-149},
    {"expm1", 1000, INFINITY},
    {"tanh", 0, 0},
    {"tanh", -0.0, -0.0},
    {"tanh", INFINITY, 1},
    {"tanh", -INFINITY, -1},
    {"tanh", -0x1p-149, -0x1p-149},
    {"sigmoid", 0, 0.5},
    {"sigmoid", INFINITY, 1},
    {"sigmoid", -INFINITY, 0},
    {"softplus", INFINITY, INFINITY},
    {"softplus", -INFINITY, 0},
    {"softplus", 100, 100},
    {"sqrt", -0.0, -0.0},
    {"sqrt", -1, NAN},
    {"sqrt", INFINITY, INFINITY},
    {"rsqrt", 0, INFINITY},
    {"rsqrt", -0.0, -INFINITY},
    {"rsqrt", INFINITY, 0},
    {"rsqrt", -1, NAN},
    {"rsqrt", 4, 0.5},
    {"sin", 0, 0},
    {"sin", -0.0, -0.0},
    {"sin", INFINITY, NAN},
    {"sin", -0x1p-149, -0x1p-149},
    {"cos", 0, 1},
    {"cos", -INFINITY, NAN},
    {"tan", 0, 0},
    {"tan", -0.0, -0.0},
    {"tan", INFINITY, NAN},
    {"tan", 0x1p-149, 0x1p-149},
    {"erf", 0, 0},
    {"erf", -0.0, -0.0},
    {"erf", INFINITY, 1},
    {"erf", -INFINITY, -1},
    {"erfc", 0, 1},
    {"erfc", INFINITY, 0},
    {"erfc", -INFINITY, 2},
    {"lgamma", 0, INFINITY},
    {"lgamma", -0.0, INFINITY},
    {"lgamma", -3, INFINITY},
    {"lgamma", 1, 0},
    {"lgamma", 2, 0},
    {"lgamma", INFINITY, INFINITY},
    {"lgamma", -INFINITY, INFINITY},
    {"digamma", 0, -INFINITY},
    {"digamma", -0.0, INFINITY},
    {"digamma", -1, NAN},
    {"digamma", INFINITY, INFINITY},
    {"digamma", -INFINITY, NAN},
    {"trigamma", 0, INFINITY},
    {"trigamma", -0.0, INFINITY},
    {"trigamma", -2, INFINITY},
    {"trigamma", INFINITY, 0},
    {"trigamma", -INFINITY, NAN},
    {"polygamma 2", 0, -INFINITY},
    {"polygamma 2", -0.0, INFINITY},
    {"polygamma 2", -1, NAN},
    {"polygamma 2", INFINITY, -0.0},
    {"polygamma 2", -INFINITY, NAN},
    {"polygamma 9", 0, INFINITY},
    {"polygamma 9", -0.0, INFINITY},
    {"polygamma 9", -2, INFINITY},
    {"polygamma 9", INFINITY, 0},
    {"polygamma 9", -INFINITY, NAN},
};

SUITE(ends) {
    for (int i = 0; i < MATH_FUNCTIONS; i++) {
        const MathFunction *f = &math_functions[i];
        cr_expect(isnan(f->f32(NAN)) && isnan(f->f64((double)NAN)), "%s(NaN)", f->name);
        for (size_t j = 0; j < sizeof ends / sizeof *ends; j++) {
            if (strcmp(ends[j].name, f->name) != 0) continue;
            double wide = f->f64(ends[j].at), narrow = (double)f->f32((float)ends[j].at);
            cr_expect(same(wide, ends[j].result), "%s_f64(%g) = %a", f->name, ends[j].at, wide);
            cr_expect(same(narrow, ends[j].result), "%s_f32(%g) = %a", f->name, ends[j].at, narrow);
        }
    }
}

SUITE(overflow_and_underflow_begin_where_they_should) {
    cr_expect_eq(sy_exp_f64(0x1.62e42fefa39efp+9), 0x1.fffffffffff2ap+1023);
    cr_expect_eq(sy_exp_f64(0x1.62e42fefa39f0p+9), (double)INFINITY);
    cr_expect_eq(sy_exp_f64(-0x1.74910d52d3051p+9), 0x1p-1074);
    cr_expect_eq(sy_exp_f64(-0x1.74910d52d3053p+9), 0);
    cr_expect_eq(sy_exp_f32(0x1.62e42ep+6f), 0x1.ffff08p+127f);
    cr_expect_eq(sy_exp_f32(0x1.62e430p+6f), INFINITY);
    cr_expect_eq(sy_exp_f32(-0x1.9fe368p+6f), 0x1p-149f);
    cr_expect_eq(sy_exp_f32(-0x1.9fe36ap+6f), 0);
    cr_expect_eq(sy_log_f64(0x1p-1074), -0x1.74385446d71c3p+9);
    cr_expect_eq(sy_log_f64(DBL_MAX), 0x1.62e42fefa39efp+9);
    cr_expect_eq(sy_log_f32(0x1p-149f), -0x1.9d1da0p+6f);
    mpfr_t x, exact;
    mpfr_inits2(160, x, exact, (mpfr_ptr)NULL);
    for (double at = 0x1.754d9278b5190p+1014; at < 0x1.754d9278b51c0p+1014;
         at = nextafter(at, DBL_MAX)) {
        mpfr_set_d(x, at, MPFR_RNDN);
        reference_lgamma(exact, x, MPFR_RNDN);
        cr_expect_leq(ulps(exact, sy_lgamma_f64(at), 53), 1, "%a", at);
    }
    mpfr_clears(x, exact, (mpfr_ptr)NULL);
}

/* The double nearest to a multiple of pi / 2, and a few large arguments that cancel. */
SUITE(angles_that_cancel) {
    static const double hard[] = {0x1.6ac5b262ca1ffp+849,
                                  0x1.921fb54442d18p+0,
                                  0x1.921fb54442d18p+1,
                                  0x1p+1023,
                                  1e22,
                                  DBL_MAX,
                                  0x1.2d97c7f3321d2p+2,
                                  0x1.ddbc7fcba9afap+18};
    static const MathFunction angles[] = {
        {"sin", sy_sin_f32, sy_sin_f64, mpfr_sin, 0, 0, 0, 0, 0, 0},
        {"cos", sy_cos_f32, sy_cos_f64, mpfr_cos, 0, 0, 0, 0, 0, 0},
        {"tan", sy_tan_f32, sy_tan_f64, mpfr_tan, 0, 0, 0, 0, 0, 0}};
    mpfr_t x, exact;
    mpfr_inits2(200, x, exact, (mpfr_ptr)NULL);
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        for (int j = 0; j < 3; j++) {
            mpfr_set_d(x, hard[i], MPFR_RNDN);
            angles[j].reference(exact, x, MPFR_RNDN);
            cr_expect_leq(ulps(exact, angles[j].f64(hard[i]), 53), 1, "%s(%a)", angles[j].name,
                          hard[i]);
        }
    mpfr_clears(x, exact, (mpfr_ptr)NULL);
}

SUITE(powers_at_the_ends) { /* as C's pow has them, in every combination */
    static const double values[] = {0,        0.5,    1,      1.5,     2,        3,     4,
                                    1e300,    1e-300, 5e-324, 0x1p53,  0x1.8p53, 1e19,  0x1p1023,
                                    INFINITY, NAN,    -0.0,   -0.5,    -1,       -1.5,  -2,
                                    -3,       -4,     -1e300, -5e-324, -0x1p53,  -1e19, -INFINITY};
    int count = (int)(sizeof values / sizeof *values);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            double expected = pow(values[i], values[j]), got = sy_pow_f64(values[i], values[j]);
            bool close = isfinite(expected) && fabs(got - expected) <= fabs(expected) * 0x1p-51 &&
                         signbit(got) == signbit(expected);
            cr_expect(close || same(expected, got), "%g ^ %g = %g, not %g", values[i], values[j],
                      got, expected);
            float x = (float)values[i], y = (float)values[j];
            float wanted = (float)pow((double)x, (double)y), narrow = sy_pow_f32(x, y);
            close = isfinite(wanted) && fabsf(narrow - wanted) <= fabsf(wanted) * 0x1p-23f &&
                    signbit(narrow) == signbit(wanted);
            cr_expect(close || same((double)wanted, (double)narrow), "%g ^ %g = %g, not %g",
                      (double)x, (double)y, (double)narrow, (double)wanted);
        }
}

/* Where it is no 0, it is what exp is. */
Test(math, exponentials_that_fade) {
    for (int i = -1000000; i <= 1000000; ++i) {
        const float x = (float)i * 1e-4f;
        const float exact = x < -69.0f ? 0.0f : sy_exp_f32(x);
        cr_assert_eq(sy_bits_f32(sy_exp_fading_f32(x)), sy_bits_f32(exact), "%a", x);
    }
    const float none[] = {-INFINITY, -FLT_MAX, -1e9f, -0x1p31f, -70.0f};
    for (int i = 0; i < 5; ++i)
        cr_assert_eq(sy_bits_f32(sy_exp_fading_f32(none[i])), 0);
    cr_assert_eq(sy_exp_fading_f32(0x1.62e42ep+6f), 0x1.ffff08p+127f);
    cr_assert_eq(sy_exp_fading_f32(0x1.62e430p+6f), INFINITY);
    cr_assert_eq(sy_exp_fading_f32(INFINITY), INFINITY);
    cr_assert(isnan(sy_exp_fading_f32(NAN)));
}

/* In fewer steps the same, to the bit: down to the least number, which is rounded once. */
Test(math, exponentials_of_what_is_not_above_0) {
    for (int i = 0; i <= 1100000; ++i) {
        const float x = (float)i * -1e-4f;
        cr_assert_eq(sy_bits_f32(sy_exp_below_f32(x)), sy_bits_f32(sy_exp_f32(x)), "%a", x);
    }
    const float least[] = {0.0f, -0.0f, -INFINITY, -FLT_MAX, -1e9f, -0x1p-149f};
    for (int i = 0; i < 6; ++i)
        cr_assert_eq(sy_bits_f32(sy_exp_below_f32(least[i])), sy_bits_f32(sy_exp_f32(least[i])));
    cr_assert(isnan(sy_exp_below_f32(NAN)));
}
