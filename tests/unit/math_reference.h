/* What the tests of the elementary functions hold them against: MPFR's functions, an error in ulps,
 * samples that are dense where it matters, and the table of the bounds that
 * docs/elementary-functions.md states. */
#ifndef TESTS_MATH_REFERENCE_H
#define TESTS_MATH_REFERENCE_H
#include "steelyard.h"
#include <mpfr.h>

typedef int (*Reference)(mpfr_t result, mpfr_srcptr x, mpfr_rnd_t rounding);

typedef struct MathFunction {
    const char *name;
    float (*f32)(float);
    double (*f64)(double);
    Reference reference;
    double low, high;        /* where f64 samples are spread evenly: the interesting range */
    double bound32, bound64; /* ulps */
    double absolute; /* for x < 0, an error below this passes too (next to zeros that no double is
                        near) */
    int cost;        /* MPFR's, relative: fewer samples */
} MathFunction;

static int reference_sigmoid(mpfr_t result, mpfr_srcptr x, mpfr_rnd_t rounding) {
    mpfr_neg(result, x, rounding);
    mpfr_exp(result, result, rounding);
    mpfr_add_ui(result, result, 1, rounding);
    return mpfr_ui_div(result, 1, result, rounding);
}

static int reference_softplus(mpfr_t result, mpfr_srcptr x, mpfr_rnd_t rounding) {
    if (mpfr_cmp_d(x, 2000) > 0) return mpfr_set(result, x, rounding);
    mpfr_exp(result, x, rounding);
    return mpfr_log1p(result, result, rounding);
}

static int reference_lgamma(mpfr_t result, mpfr_srcptr x, mpfr_rnd_t rounding) {
    int sign;
    return mpfr_lgamma(result, &sign, x, rounding);
}

/* Bernoulli's number B_n, n even: 2 n! zeta(n) / (2 pi)^n, and its sign. */
static void reference_bernoulli(mpfr_t result, int n) {
    mpfr_t turn;
    mpfr_init2(turn, mpfr_get_prec(result));
    mpfr_const_pi(turn, MPFR_RNDN);
    mpfr_mul_ui(turn, turn, 2, MPFR_RNDN);
    mpfr_pow_ui(turn, turn, (unsigned long)n, MPFR_RNDN);
    mpfr_zeta_ui(result, (unsigned long)n, MPFR_RNDN);
    mpfr_div(result, result, turn, MPFR_RNDN);
    mpfr_fac_ui(turn, (unsigned long)n, MPFR_RNDN);
    mpfr_mul(result, result, turn, MPFR_RNDN);
    mpfr_mul_si(result, result, n % 4 ? 2 : -2, MPFR_RNDN);
    mpfr_clear(turn);
}

/* Euler and Maclaurin's series from 40 on, the terms before that one by one; mirrored below 0. */
static int reference_trigamma(mpfr_t result, mpfr_srcptr x, mpfr_rnd_t rounding) {
    enum {
        TERMS = 24
    };
    if (!mpfr_number_p(x)) {
        if (mpfr_nan_p(x) || mpfr_sgn(x) < 0)
            mpfr_set_nan(result);
        else
            mpfr_set_zero(result, 1);
        return 0;
    }
    if (mpfr_sgn(x) <= 0 && mpfr_integer_p(x)) {
        mpfr_set_inf(result, 1);
        return 0;
    }
    mpfr_t at, sum, term, power;
    mpfr_inits2(320, at, sum, term, power, (mpfr_ptr)NULL);
    bool mirrored = mpfr_sgn(x) < 0;
    if (mirrored)
        mpfr_ui_sub(at, 1, x, MPFR_RNDN);
    else
        mpfr_set(at, x, MPFR_RNDN);
    mpfr_set_zero(sum, 1);
    for (; mpfr_cmp_ui(at, 40) < 0; mpfr_add_ui(at, at, 1, MPFR_RNDN)) {
        mpfr_sqr(term, at, MPFR_RNDN);
        mpfr_ui_div(term, 1, term, MPFR_RNDN);
        mpfr_add(sum, sum, term, MPFR_RNDN);
    }
    mpfr_ui_div(power, 1, at, MPFR_RNDN);
    mpfr_add(sum, sum, power, MPFR_RNDN);
    mpfr_sqr(at, power, MPFR_RNDN);
    mpfr_div_ui(term, at, 2, MPFR_RNDN);
    mpfr_add(sum, sum, term, MPFR_RNDN);
    for (int n = 2; n <= 2 * TERMS; n += 2) {
        mpfr_mul(power, power, at, MPFR_RNDN);
        reference_bernoulli(term, n);
        mpfr_mul(term, term, power, MPFR_RNDN);
        mpfr_add(sum, sum, term, MPFR_RNDN);
    }
    if (mirrored) {
        mpfr_round(at, x);
        mpfr_sub(at, x, at, MPFR_RNDN);
        mpfr_const_pi(power, MPFR_RNDN);
        mpfr_mul(at, at, power, MPFR_RNDN);
        mpfr_sin(at, at, MPFR_RNDN);
        mpfr_div(power, power, at, MPFR_RNDN);
        mpfr_sqr(power, power, MPFR_RNDN);
        mpfr_sub(sum, power, sum, MPFR_RNDN);
    }
    mpfr_set(result, sum, rounding);
    mpfr_clears(at, sum, term, power, (mpfr_ptr)NULL);
    return 0;
}

/* sum += 1 / (at + k)^power over k = 0, 1, ..., for at > 0: the terms up to 250, Euler and
 * Maclaurin's series from there on. */
static void reference_power_sum(mpfr_t sum, mpfr_t at, int power) {
    mpfr_t term, factor;
    mpfr_inits2(320, term, factor, (mpfr_ptr)NULL);
    for (; mpfr_cmp_ui(at, 250) < 0; mpfr_add_ui(at, at, 1, MPFR_RNDN)) {
        mpfr_pow_si(term, at, -power, MPFR_RNDN);
        mpfr_add(sum, sum, term, MPFR_RNDN);
    }
    mpfr_pow_si(factor, at, -power, MPFR_RNDN);
    mpfr_mul(term, factor, at, MPFR_RNDN);
    mpfr_div_si(term, term, power - 1, MPFR_RNDN);
    mpfr_add(sum, sum, term, MPFR_RNDN);
    mpfr_div_ui(term, factor, 2, MPFR_RNDN);
    mpfr_add(sum, sum, term, MPFR_RNDN);
    mpfr_mul_si(factor, term, power, MPFR_RNDN);
    mpfr_div(factor, factor, at, MPFR_RNDN);
    for (int j = 1; j <= 24; j++) {
        reference_bernoulli(term, 2 * j);
        mpfr_mul(term, term, factor, MPFR_RNDN);
        mpfr_add(sum, sum, term, MPFR_RNDN);
        mpfr_mul_si(factor, factor, (power + 2 * j - 1) * (power + 2 * j), MPFR_RNDN);
        mpfr_div_si(factor, factor, (2 * j + 1) * (2 * j + 2), MPFR_RNDN);
        mpfr_div(factor, factor, at, MPFR_RNDN);
        mpfr_div(factor, factor, at, MPFR_RNDN);
    }
    mpfr_clears(term, factor, (mpfr_ptr)NULL);
}

/* The definition: below 0 too all terms one by one (samples do not go far below). */
static int reference_polygamma(mpfr_t result, mpfr_srcptr x, int order, mpfr_rnd_t rounding) {
    if (!mpfr_number_p(x)) {
        if (mpfr_nan_p(x) || mpfr_sgn(x) < 0)
            mpfr_set_nan(result);
        else
            mpfr_set_zero(result, order % 2 ? 1 : -1);
        return 0;
    }
    if (mpfr_sgn(x) <= 0 && mpfr_integer_p(x)) {
        if (order % 2 == 0 && !mpfr_zero_p(x))
            mpfr_set_nan(result);
        else
            mpfr_set_inf(result, order % 2 || mpfr_signbit(x) ? 1 : -1);
        return 0;
    }
    mpfr_t at, sum;
    mpfr_inits2(320, at, sum, (mpfr_ptr)NULL);
    mpfr_set(at, x, MPFR_RNDN);
    mpfr_set_zero(sum, 1);
    reference_power_sum(sum, at, order + 1);
    mpfr_fac_ui(at, (unsigned long)order, MPFR_RNDN);
    mpfr_mul(sum, sum, at, MPFR_RNDN);
    if (order % 2 == 0) mpfr_neg(sum, sum, MPFR_RNDN);
    mpfr_set(result, sum, rounding);
    mpfr_clears(at, sum, (mpfr_ptr)NULL);
    return 0;
}

#define POLYGAMMA(order)                                                                           \
    static float polygamma_##order##_f32(float x) {                                                \
        return sy_polygamma_f32(order, x);                                                         \
    }                                                                                              \
    static double polygamma_##order##_f64(double x) {                                              \
        return sy_polygamma_f64(order, x);                                                         \
    }                                                                                              \
    static int reference_polygamma_##order(mpfr_t result, mpfr_srcptr x, mpfr_rnd_t rounding) {    \
        return reference_polygamma(result, x, order, rounding);                                    \
    }
POLYGAMMA(2)
POLYGAMMA(3)
POLYGAMMA(9)
POLYGAMMA(100)

#ifdef STEELYARD_NO_FMA
#define RSQRT_BOUND 1.5
#define POWER_BOUND 0.65
#else
#define RSQRT_BOUND 0.51
#define POWER_BOUND 0.6
#endif

/* clang-format off */
static const MathFunction math_functions[] = {
    {"exp", sy_exp_f32, sy_exp_f64, mpfr_exp, -750, 712, 0.8, 0.65, 0, 1},
    {"log", sy_log_f32, sy_log_f64, mpfr_log, 0, 1e308, 0.85, 0.85, 0, 1},
    {"log1p", sy_log1p_f32, sy_log1p_f64, mpfr_log1p, -1, 1e308, 0.501, 0.85, 0, 1},
    {"expm1", sy_expm1_f32, sy_expm1_f64, mpfr_expm1, -50, 712, 0.501, 1, 0, 1},
    {"tanh", sy_tanh_f32, sy_tanh_f64, mpfr_tanh, -25, 25, 0.501, 0.75, 0, 1},
    {"sigmoid", sy_sigmoid_f32, sy_sigmoid_f64, reference_sigmoid, -760, 50, 0.501, 0.65, 0, 1},
    {"softplus", sy_softplus_f32, sy_softplus_f64, reference_softplus, -760, 60, 0.501, 0.9, 0, 2},
    {"sqrt", sy_sqrt_f32, sy_sqrt_f64, mpfr_sqrt, 0, 1e308, 0.5, 0.5, 0, 1},
    {"rsqrt", sy_rsqrt_f32, sy_rsqrt_f64, mpfr_rec_sqrt, 0, 1e308, RSQRT_BOUND, RSQRT_BOUND, 0, 1},
    {"sin", sy_sin_f32, sy_sin_f64, mpfr_sin, -1e3, 1e3, 0.501, 0.8, 0, 1},
    {"cos", sy_cos_f32, sy_cos_f64, mpfr_cos, -1e3, 1e3, 0.501, 0.8, 0, 1},
    {"tan", sy_tan_f32, sy_tan_f64, mpfr_tan, -1e3, 1e3, 0.501, 0.9, 0, 2},
    {"erf", sy_erf_f32, sy_erf_f64, mpfr_erf, -7, 7, 0.501, 1, 0, 4},
    {"erfc", sy_erfc_f32, sy_erfc_f64, mpfr_erfc, -7, 28, 0.501, 1, 0, 8},
    {"lgamma", sy_lgamma_f32, sy_lgamma_f64, reference_lgamma, -60, 60, 0.501, 0.8, 0x1p-53, 32},
    {"digamma", sy_digamma_f32, sy_digamma_f64, mpfr_digamma, -60, 60, 0.501, 0.8, 0x1p-51, 32},
    {"trigamma", sy_trigamma_f32, sy_trigamma_f64, reference_trigamma, -60, 60, 0.501, 0.8, 0, 64},
    {"polygamma 2", polygamma_2_f32, polygamma_2_f64, reference_polygamma_2, -60, 60, 0.501, 0.6, 0x1p-52, 512},
    {"polygamma 3", polygamma_3_f32, polygamma_3_f64, reference_polygamma_3, -60, 60, 0.501, 0.6, 0, 512},
    {"polygamma 9", polygamma_9_f32, polygamma_9_f64, reference_polygamma_9, -60, 60, 0.501, 0.6, 0, 512},
    {"polygamma 100", polygamma_100_f32, polygamma_100_f64, reference_polygamma_100, -60, 400, 0.501, 0.6, 0, 512},
};
/* clang-format on */
#define MATH_FUNCTIONS ((int)(sizeof math_functions / sizeof *math_functions))

/* How far `got` is from the exact result, in ulps of f64 (bits 53) or f32 (24); 1e9 where one is
 * NaN or infinite and the other is not the same. */
static double ulps(mpfr_t exact, double got, int bits) {
    int lowest = bits == 53 ? -1021 : -125;
    double rounded =
        bits == 53 ? mpfr_get_d(exact, MPFR_RNDN) : (double)mpfr_get_flt(exact, MPFR_RNDN);
    if (isnan(rounded) || isnan(got)) return isnan(rounded) && isnan(got) ? 0 : 1e9;
    if (isinf(rounded) || isinf(got) || rounded == got) {
        if (isinf(rounded) || isinf(got)) return rounded == got ? 0 : 1e9;
        if (mpfr_zero_p(exact)) return 0;
    }
    int exponent;
    frexp(rounded, &exponent);
    if (rounded == 0 || exponent < lowest) exponent = lowest;
    mpfr_t difference;
    mpfr_init2(difference, 240);
    mpfr_sub_d(difference, exact, got, MPFR_RNDN);
    mpfr_mul_2si(difference, difference, bits - exponent, MPFR_RNDN);
    double error = fabs(mpfr_get_d(difference, MPFR_RNDN));
    mpfr_clear(difference);
    return error;
}

/* Sample i: all bit patterns, the interesting range, near 0, every magnitude around 1. */
static double math_sample(const MathFunction *f, int64_t i) {
    uint64_t word = sy_random_mix(sy_random_begin(20250), i);
    double uniform = sy_uniform_f64(sy_random_mix(word, 1));
    switch (i % 4) {
    case 0: return sy_from_bits_f64(word);
    case 1: return f->low + (f->high - f->low) * uniform;
    case 2: return (uniform - 0.5) * 8;
    default: return copysign(ldexp(1 + uniform, (int)(word % 40) - 20), (word >> 32) % 2 ? 1 : -1);
    }
}
#endif
