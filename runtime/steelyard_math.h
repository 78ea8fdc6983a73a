/* Steelyard runtime: square roots, exponentials, logarithms and what is made of them.
 *
 * Every function is made of + - * / sqrt, fma and integer operations in one fixed order, without
 * branches or tables, so that loops over them vectorise and every machine computes the same bits.
 * Above each stands the greatest error, in units in the last place of the result; the tests hold it
 * against MPFR. Those of f32 that cannot be that close in f32 work in f64 inside ("short":
 * polynomials good to some 2^-37, then one rounding).
 *
 * Polynomials were fitted by tools/fit_polynomials.py; the name of the fit stands beside each. */
#ifndef STEELYARD_MATH_H
#define STEELYARD_MATH_H
#include "steelyard_number.h"
#include "steelyard_pair.h"

#define SY_LOG2_E 0x1.71547652b82fep+0
#define SY_LN2 0x1.62e42fefa39efp-1
#define SY_LN2_HIGH 0x1.62e42feep-1 /* 33 bits: a multiple by an exponent is exact */
#define SY_LN2_LOW 0x1.a39ef35793c76p-33

/* --- roots --- */
SY_FN float sy_sqrt_f32(float x) { /* 0.5 ulp */
    return sqrtf(x);
}
SY_FN double sy_sqrt_f64(double x) { /* 0.5 ulp */
    return sqrt(x);
}

/* 1 / sqrt(x) with one Newton step on the exact residual 1 - x y^2, which is NaN where y is 0 or
 * infinite. */
SY_FN double sy_rsqrt_f64(double x) { /* 0.51 ulp; without fma 1.5 */
    double y = 1.0 / sqrt(x);
#ifdef STEELYARD_NO_FMA
    return y;
#else
    double product = x * y;
    double rest = fma(-product, y, 1.0) - fma(x, y, -product) * y;
    double better = fma(0.5 * y, rest, y);
    return better == better ? better : y;
#endif
}
SY_FN float sy_rsqrt_f32(float x) { /* 0.51 ulp; without fma 1.5 */
    float y = 1.0f / sqrtf(x);
#ifdef STEELYARD_NO_FMA
    return y;
#else
    float product = x * y;
    float rest = fmaf(-product, y, 1.0f) - fmaf(x, y, -product) * y;
    float better = fmaf(0.5f * y, rest, y);
    return better == better ? better : y;
#endif
}

/* --- exponentials: x = k ln 2 + r, |r| <= 0.347, e^x = 2^k e^r --- */

/* e^x = 2^k (hi + lo), for |x| < 1e6. */
SY_FN sy_pair sy_exp_pair(double x, double *k) {
    double whole = SY_FMA_F64(x, SY_LOG2_E, SY_SHIFT_F64) - SY_SHIFT_F64;
    double near = SY_FMA_F64(-whole, SY_LN2_HIGH, x);
    double away = whole * SY_LN2_LOW;
    double r = near - away;
    double rest = (near - r) - away;
    double p = 0x1.ad94697b7615dp-26; /* exp_f64 */
    p = SY_FMA_F64(p, r, 0x1.28af25f4e6cb5p-22);
    p = SY_FMA_F64(p, r, 0x1.71df1bf62d587p-19);
    p = SY_FMA_F64(p, r, 0x1.a01998475eb91p-16);
    p = SY_FMA_F64(p, r, 0x1.a01a012cc65f1p-13);
    p = SY_FMA_F64(p, r, 0x1.6c16c184c97c5p-10);
    p = SY_FMA_F64(p, r, 0x1.11111111279e3p-7);
    p = SY_FMA_F64(p, r, 0x1.55555555505cdp-5);
    p = SY_FMA_F64(p, r, 0x1.55555555554f9p-3);
    p = SY_FMA_F64(p, r, 0x1.000000000000ap-1);
    double tail = SY_FMA_F64(r * r, p, SY_FMA_F64(rest, r, rest));
    sy_pair one = sy_quick_sum(1.0, r);
    *k = whole;
    return sy_quick_sum(one.hi, one.lo + tail);
}

/* e^(x + more) = 2^k (hi + lo), for a more below 2^-30. */
SY_FN sy_pair sy_exp_pair_more(double x, double more, double *k) {
    sy_pair power = sy_exp_pair(x, k);
    return sy_quick_sum(power.hi, SY_FMA_F64(more, power.hi, power.lo));
}

/* e^x - 1 = 2^k (hi + lo), for x in [-60, 710]: (1 - 2^-k) + (e^r - 1). */
SY_FN sy_pair sy_expm1_pair(double x, double *k) {
    double whole = SY_FMA_F64(x, SY_LOG2_E, SY_SHIFT_F64) - SY_SHIFT_F64;
    double near = SY_FMA_F64(-whole, SY_LN2_HIGH, x);
    double away = whole * SY_LN2_LOW;
    double r = near - away;
    double rest = (near - r) - away;
    double p = 0x1.1fc7be200e0aep-29; /* expm1_f64 */
    p = SY_FMA_F64(p, r, 0x1.af5a2816d5b79p-26);
    p = SY_FMA_F64(p, r, 0x1.27e4ad8457bc8p-22);
    p = SY_FMA_F64(p, r, 0x1.71ddfa44231ddp-19);
    p = SY_FMA_F64(p, r, 0x1.a01a01b8cee3cp-16);
    p = SY_FMA_F64(p, r, 0x1.a01a01af75631p-13);
    p = SY_FMA_F64(p, r, 0x1.6c16c16c1316bp-10);
    p = SY_FMA_F64(p, r, 0x1.111111110f6e7p-7);
    p = SY_FMA_F64(p, r, 0x1.555555555555bp-5);
    p = SY_FMA_F64(p, r, 0x1.5555555555559p-3);
    p = SY_FMA_F64(p, r, 0x1p-1);
    double tail = SY_FMA_F64(r * r, p, SY_FMA_F64(rest, r, rest));
    double negative =
        -whole < -1022.0 ? -1022.0 : -whole; /* 2^-1022 for 2^-1024: both vanish beside 1 */
    double inverse = sy_power_of_two_f64(negative);
    sy_pair base = sy_two_sum(1.0, -inverse);
    sy_pair grown = sy_quick_sum(r, tail);
    sy_pair sum = sy_two_sum(base.hi, grown.hi);
    *k = whole;
    return sy_quick_sum(sum.hi, sum.lo + (base.lo + grown.lo));
}

/* e^x to 2^-39 for |x| <= 700: enough for f32. */
SY_FN double sy_exp_short(double x) {
    double shifted = SY_FMA_F64(x, SY_LOG2_E, SY_SHIFT_F64);
    double r = SY_FMA_F64(-(shifted - SY_SHIFT_F64), SY_LN2, x);
    double square = r * r;
    double even = 0x1.9e88d1e3d1e9dp-16; /* exp_short */
    double odd = 0x1.a185c681a6187p-13;
    even = SY_FMA_F64(even, square, 0x1.6c18d452ce37fp-10);
    odd = SY_FMA_F64(odd, square, 0x1.1110a2210d3dp-7);
    even = SY_FMA_F64(even, square, 0x1.5555541d4d50bp-5);
    odd = SY_FMA_F64(odd, square, 0x1.5555557df5563p-3);
    even = SY_FMA_F64(even, square, 0x1.000000005e57ap-1);
    double p = SY_FMA_F64(odd, r, even);
    p = SY_FMA_F64(p, square, r) + 1.0;
    return p * sy_from_bits_f64((sy_bits_f64(shifted) + 1023u) << 52);
}

/* e^x - 1 to 2^-37 for |x| <= 700. */
SY_FN double sy_expm1_short(double x) {
    double shifted = SY_FMA_F64(x, SY_LOG2_E, SY_SHIFT_F64);
    double r = SY_FMA_F64(-(shifted - SY_SHIFT_F64), SY_LN2, x);
    double square = r * r;
    double even = 0x1.9e88d1e3d1e9dp-16; /* exp_short */
    double odd = 0x1.a185c681a6187p-13;
    even = SY_FMA_F64(even, square, 0x1.6c18d452ce37fp-10);
    odd = SY_FMA_F64(odd, square, 0x1.1110a2210d3dp-7);
    even = SY_FMA_F64(even, square, 0x1.5555541d4d50bp-5);
    odd = SY_FMA_F64(odd, square, 0x1.5555557df5563p-3);
    even = SY_FMA_F64(even, square, 0x1.000000005e57ap-1);
    double p = SY_FMA_F64(odd, r, even);
    p = SY_FMA_F64(p, square, r);
    double scale = sy_from_bits_f64((sy_bits_f64(shifted) + 1023u) << 52);
    return SY_FMA_F64(p, scale, scale - 1.0);
}

SY_FN double sy_exp_f64(double x) { /* 0.65 ulp */
    double k;
    double below = x > 710.0 ? 710.0 : x;
    sy_pair power = sy_exp_pair(below < -746.0 ? -746.0 : below, &k);
    return sy_scale_f64(power.hi, k);
}

/* e^y is this times 2^k, for y in [-104, 89]. */
SY_FN float sy_exp_power_f32(float y, uint32_t *k) {
    float shifted = SY_FMA_F32(y, 0x1.715476p+0f, 0x1.8p23f);
    float whole = shifted - 0x1.8p23f;
    float near = SY_FMA_F32(-whole, 0x1.63p-1f, y);
    float r = SY_FMA_F32(whole, 0x1.bd0106p-13f, near);
    float p = 0x1.6a23aap-10f; /* exp_f32 */
    p = SY_FMA_F32(p, r, 0x1.123a36p-7f);
    p = SY_FMA_F32(p, r, 0x1.5558f4p-5f);
    p = SY_FMA_F32(p, r, 0x1.55549p-3f);
    p = SY_FMA_F32(p, r, 0x1.fffffcp-2f);
    float one = 1.0f + r;
    *k = sy_bits_f32(shifted) - 0x4b400000u;
    return one + SY_FMA_F32(r * r, p, (1.0f - one) + r);
}

SY_FN float sy_exp_f32(float x) { /* 0.8 ulp */
    uint32_t k;
    float below = x > 89.0f ? 89.0f : x;
    float power = sy_exp_power_f32(below < -104.0f ? -104.0f : below, &k);
    uint32_t half = (uint32_t)(sy_signed_u32(k) >> 1);
    return power * sy_from_bits_f32((half + 127u) << 23) *
           sy_from_bits_f32((k - half + 127u) << 23);
}

/* The same for x <= 0, with fewer steps. */
SY_FN float sy_exp_below_f32(float x) {
    uint32_t k;
    float power = sy_exp_power_f32(x < -104.0f ? -104.0f : x, &k);
    return power * sy_from_bits_f32((k + 151u) << 23) * 0x1p-24f;
}

/* The same as exp, to the bit, but 0 where that is less than e^-69: 10^-30. A weight of that size
 * in a product beside one that is 1 adds nothing, and numbers that have not all their digits, which
 * its products would be, take some processors a hundred times as long. */
SY_FN float sy_exp_fading_f32(float x) {
    uint32_t k;
    float power = sy_exp_power_f32(x > 89.0f ? 89.0f : x, &k);
    return x < -69.0f ? 0.0f : power * sy_from_bits_f32((k + 126u) << 23) * 2.0f;
}

SY_FN double sy_expm1_f64(double x) { /* 1 ulp */
    double k;
    double below = x > 710.0 ? 710.0 : x;
    sy_pair power = sy_expm1_pair(below < -40.0 ? -40.0 : below, &k);
    double result = sy_scale_f64(power.hi, k);
    return x == 0.0 ? x : result;
}

SY_FN float sy_expm1_f32(float x) { /* 0.501 ulp */
    double below = x > 100.0f ? 100.0 : (double)x;
    double result = sy_expm1_short(below < -40.0 ? -40.0 : below);
    return x == 0.0f ? x : (float)result;
}

/* --- logarithms: x = 2^k (1 + f), 1 + f in [sqrt(1/2), sqrt(2)) --- */

typedef struct sy_log_parts {
    double f, k;
} sy_log_parts;

/* For x finite and above 0. */
SY_FN sy_log_parts sy_log_split(double x) {
    sy_log_parts parts;
    double normal = x < DBL_MIN ? x * 0x1p54 : x;
    double bias = x < DBL_MIN ? 0x1p52 + 1077.0 : 0x1p52 + 1023.0;
    uint64_t bits = sy_bits_f64(normal);
    uint64_t exponent = (bits + 0x00095f619980c433u) >> 52;
    parts.f = sy_from_bits_f64(bits - ((exponent - 1023u) << 52)) - 1.0;
    parts.k = sy_from_bits_f64(exponent | 0x4330000000000000u) - bias;
    return parts;
}

/* The same for an x that is normal. */
SY_FN sy_log_parts sy_log_split_normal(double x) {
    sy_log_parts parts;
    uint64_t bits = sy_bits_f64(x);
    uint64_t exponent = (bits + 0x00095f619980c433u) >> 52;
    parts.f = sy_from_bits_f64(bits - ((exponent - 1023u) << 52)) - 1.0;
    parts.k = sy_from_bits_f64(exponent | 0x4330000000000000u) - (0x1p52 + 1023.0);
    return parts;
}

/* log(1 + f) + k ln 2 + more, for a more that is tiny against the rest. With s = f / (2 + f):
 * log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)). */
SY_FN sy_pair sy_log_pair(double f, double k, double more) {
    double s = f / (2.0 + f);
    double z = s * s;
    double p = 0x1.2ee31289b48b6p-3; /* log_f64 */
    p = SY_FMA_F64(p, z, 0x1.39a49ab718e2cp-3);
    p = SY_FMA_F64(p, z, 0x1.7466290b28dfp-3);
    p = SY_FMA_F64(p, z, 0x1.c71c524c9eb31p-3);
    p = SY_FMA_F64(p, z, 0x1.24924941d36c7p-2);
    p = SY_FMA_F64(p, z, 0x1.999999997fca4p-2);
    p = SY_FMA_F64(p, z, 0x1.5555555555593p-1);
    double half_square = 0.5 * f * f;
    double tail = SY_FMA_F64(s, SY_FMA_F64(z, p, half_square), SY_FMA_F64(k, SY_LN2_LOW, more));
    sy_pair near = sy_quick_sum(f, tail - half_square);
    sy_pair sum = sy_quick_sum(k * SY_LN2_HIGH, near.hi);
    return sy_quick_sum(sum.hi, sum.lo + near.lo);
}

/* What a logarithm is at the ends, given what it is between them. */
SY_FN double sy_log_ends(double x, double result) {
    double above = x > DBL_MAX ? x : result;
    double zero = x == 0.0 ? -(double)INFINITY : (double)NAN;
    return x > 0.0 ? above : zero;
}

SY_FN double sy_log_f64(double x) { /* 0.85 ulp */
    sy_log_parts parts = sy_log_split(x);
    return sy_log_ends(x, sy_log_pair(parts.f, parts.k, 0.0).hi);
}

SY_FN float sy_log_f32(float x) { /* 0.85 ulp */
    float normal = x < FLT_MIN ? x * 0x1p23f : x;
    float bias = x < FLT_MIN ? 0x1p23f + 150.0f : 0x1p23f + 127.0f;
    uint32_t bits = sy_bits_f32(normal);
    uint32_t exponent = (bits + 0x004afb0du) >> 23;
    float f = sy_from_bits_f32(bits - ((exponent - 127u) << 23)) - 1.0f;
    float k = sy_from_bits_f32(exponent | 0x4b000000u) - bias;
    float p = 0x1.18955p-4f; /* log_f32 */
    p = SY_FMA_F32(p, f, -0x1.dec918p-4f);
    p = SY_FMA_F32(p, f, 0x1.e594fap-4f);
    p = SY_FMA_F32(p, f, -0x1.fc01cep-4f);
    p = SY_FMA_F32(p, f, 0x1.23480ap-3f);
    p = SY_FMA_F32(p, f, -0x1.555cf2p-3f);
    p = SY_FMA_F32(p, f, 0x1.99a42cp-3f);
    p = SY_FMA_F32(p, f, -0x1.000006p-2f);
    p = SY_FMA_F32(p, f, 0x1.555548p-2f);
    float square = f * f;
    float tail = SY_FMA_F32(square * f, p, k * -0x1.bd0106p-13f);
    float rest = SY_FMA_F32(-0.5f, square, tail);
    float high = k * 0x1.63p-1f; /* exact */
    float sum = high + f;
    float result = sum + (((high - sum) + f) + rest);
    float above = x > FLT_MAX ? x : result;
    float zero = x == 0.0f ? -INFINITY : NAN;
    return x > 0.0f ? above : zero;
}

/* log(x) to 2^-36 relative, for x in the range of f32, given as 1 + f where that is near 1. */
SY_FN double sy_log_short(double f, double k) {
    double square = f * f;
    double even = -0x1.0296cc50757a9p-4; /* log_short */
    double odd = 0x1.addeb498c2974p-4;
    even = SY_FMA_F64(even, square, -0x1.7bd2bb846c96ep-4);
    odd = SY_FMA_F64(odd, square, 0x1.64f3e50b429e2p-4);
    even = SY_FMA_F64(even, square, -0x1.92ef8a3782fbap-4);
    odd = SY_FMA_F64(odd, square, 0x1.c807edd4ac0d2p-4);
    even = SY_FMA_F64(even, square, -0x1.003e9588864d7p-3);
    odd = SY_FMA_F64(odd, square, 0x1.248f173f185f9p-3);
    even = SY_FMA_F64(even, square, -0x1.55533072695bdp-3);
    odd = SY_FMA_F64(odd, square, 0x1.9999a25268d08p-3);
    even = SY_FMA_F64(even, square, -0x1.000003f8b1b14p-2);
    odd = SY_FMA_F64(odd, square, 0x1.555555526847ep-2);
    even = SY_FMA_F64(even, square, -0x1.fffffffbd0c68p-2);
    double p = SY_FMA_F64(odd, f, even);
    return SY_FMA_F64(k, SY_LN2, SY_FMA_F64(p, square, f));
}

/* log(1 + x + more) as a pair, for 1 + x finite and above 0; near 0 it is the series in x itself.
 */
SY_FN sy_pair sy_log1p_pair(double x, double more) {
    sy_pair sum = sy_two_sum(1.0, x);
    sy_log_parts parts = sy_log_split(sum.hi);
    double f = parts.k == 0.0 ? x : parts.f;
    double rest = (parts.k == 0.0 ? 0.0 : sum.lo) + more;
    return sy_log_pair(f, parts.k, rest / sum.hi);
}

SY_FN double sy_log1p_f64(double x) { /* 0.85 ulp */
    double inside = ((x > -1.0) & (x <= DBL_MAX)) ? x : 0.0;
    double result = sy_log_ends(x + 1.0, sy_log1p_pair(inside, 0.0).hi);
    return x == 0.0 ? x : result;
}

/* log(1 + x) to 2^-36 relative, for x of f32's range above -1. */
SY_FN double sy_log1p_short(double x) {
    sy_log_parts parts = sy_log_split_normal(1.0 + x);
    return sy_log_short(parts.k == 0.0 ? x : parts.f, parts.k);
}

SY_FN float sy_log1p_f32(float x) { /* 0.501 ulp */
    double y = (double)x;
    double result = sy_log_ends(y + 1.0, sy_log1p_short(y));
    return x == 0.0f ? x : (float)result;
}

/* --- squashing --- */

/* tanh(x) = -t / (2 + t), t = e^(-2|x|) - 1. */
SY_FN double sy_tanh_f64(double x) { /* 0.75 ulp */
    double k;
    double size = fabs(x) > 22.0 ? 22.0 : fabs(x);
    sy_pair grown = sy_expm1_pair(-2.0 * size, &k);
    double scale = sy_power_of_two_f64(k);
    sy_pair t = {grown.hi * scale, grown.lo * scale};
    sy_pair below = sy_quick_sum(2.0, t.hi);
    below.lo += t.lo;
    sy_pair quotient = sy_pair_quotient(t, below);
    double result = copysign(quotient.hi, x);
    return x == 0.0 ? x : result;
}

SY_FN float sy_tanh_f32(float x) { /* 0.501 ulp */
    float size = fabsf(x) > 12.0f ? 12.0f : fabsf(x);
    double t = sy_expm1_short(-2.0 * (double)size);
    float result = copysignf((float)(-t / (2.0 + t)), x);
    return x == 0.0f ? x : result;
}

/* 1 / (1 + e^-x), for x < 0 as e^x / (1 + e^x). */
SY_FN double sy_sigmoid_f64(double x) { /* 0.65 ulp */
    double k;
    double size = fabs(x) > 760.0 ? 760.0 : fabs(x);
    sy_pair power = sy_exp_pair(-size, &k);
    double scale = sy_power_of_two_f64(k < -1022.0 ? -1022.0 : k);
    sy_pair below = sy_quick_sum(1.0, power.hi * scale);
    sy_pair above = {x < 0.0 ? power.hi : 1.0, x < 0.0 ? power.lo : 0.0};
    below.lo += power.lo * scale;
    sy_pair quotient = sy_pair_quotient(above, below);
    return sy_scale_f64(quotient.hi, x < 0.0 ? k : 0.0);
}

SY_FN float sy_sigmoid_f32(float x) { /* 0.501 ulp */
    float size = fabsf(x) > 110.0f ? 110.0f : fabsf(x);
    double power = sy_exp_short(-(double)size);
    return (float)((x < 0.0f ? power : 1.0) / (1.0 + power));
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|). */
SY_FN double sy_softplus_f64(double x) { /* 0.9 ulp */
    double k;
    double size = fabs(x) > 760.0 ? 760.0 : fabs(x);
    sy_pair power = sy_exp_pair(-size, &k);
    double scale = sy_power_of_two_f64(k < -1022.0 ? -1022.0 : k);
    sy_pair curve = sy_log1p_pair(power.hi * scale, power.lo * scale);
    sy_pair sum = sy_two_sum(x > 0.0 ? x : 0.0, curve.hi);
    double tiny = sy_scale_f64(power.hi, k); /* where log(1 + e) is e */
    double result = x < -40.0 ? tiny : sum.hi + (sum.lo + curve.lo);
    double high = x > 50.0 ? x : result;
    return x != x ? x : high;
}

/* log(1 + x) to 2^-37 relative, for x in 0 .. 1. */
SY_FN double sy_log1p_unit(double x) {
    double square = x * x;
    double even = -0x1.14af6342f065cp-11; /* log1p_unit */
    double odd = 0x1.166be8e57a419p-8;
    even = SY_FMA_F64(even, square, -0x1.0710f01d57d4fp-6);
    odd = SY_FMA_F64(odd, square, 0x1.3b68d85981dcp-5);
    even = SY_FMA_F64(even, square, -0x1.1470e72d14382p-4);
    odd = SY_FMA_F64(odd, square, 0x1.87d4f42df023ap-4);
    even = SY_FMA_F64(even, square, -0x1.e9a97f46c28f8p-4);
    odd = SY_FMA_F64(odd, square, 0x1.21bbbd976654cp-3);
    even = SY_FMA_F64(even, square, -0x1.54d59e7b9aa58p-3);
    odd = SY_FMA_F64(odd, square, 0x1.998aee8683431p-3);
    even = SY_FMA_F64(even, square, -0x1.fffefe851e653p-3);
    odd = SY_FMA_F64(odd, square, 0x1.555550d8b800dp-2);
    even = SY_FMA_F64(even, square, -0x1.fffffff1e7facp-2);
    double p = SY_FMA_F64(odd, x, even);
    return SY_FMA_F64(p, square, x);
}

SY_FN float sy_softplus_f32(float x) { /* 0.501 ulp */
    float size = fabsf(x) > 110.0f ? 110.0f : fabsf(x);
    double curve = sy_log1p_unit(sy_exp_short(-(double)size));
    float result = (float)((x > 0.0f ? (double)x : 0.0) + curve);
    return x != x ? x : result;
}
#endif
