/* Steelyard runtime: order, sign, rounding and integers. Total functions: nothing here traps or is
 * undefined, whatever the arguments (signed arithmetic wraps, a division by 0 gives 0). */
#ifndef STEELYARD_NUMBER_H
#define STEELYARD_NUMBER_H
#include "steelyard_base.h"

/* A tie gives the first argument (so min(-0, 0) is -0 and min(0, -0) is 0); NaN wins. */
SY_FN float sy_min_f32(float a, float b) {
    return ((a <= b) | (a != a)) ? a : b;
}
SY_FN double sy_min_f64(double a, double b) {
    return ((a <= b) | (a != a)) ? a : b;
}
SY_FN int32_t sy_min_i32(int32_t a, int32_t b) {
    return a <= b ? a : b;
}
SY_FN int64_t sy_min_i64(int64_t a, int64_t b) {
    return a <= b ? a : b;
}
SY_FN float sy_max_f32(float a, float b) {
    return ((a >= b) | (a != a)) ? a : b;
}
SY_FN double sy_max_f64(double a, double b) {
    return ((a >= b) | (a != a)) ? a : b;
}
SY_FN int32_t sy_max_i32(int32_t a, int32_t b) {
    return a >= b ? a : b;
}
SY_FN int64_t sy_max_i64(int64_t a, int64_t b) {
    return a >= b ? a : b;
}

SY_FN float sy_abs_f32(float x) {
    return fabsf(x);
}
SY_FN double sy_abs_f64(double x) {
    return fabs(x);
}

/* -1, 0 or 1; a zero and a NaN give themselves. */
SY_FN float sy_sign_f32(float x) {
    return ((x == 0.0f) | (x != x)) ? x : copysignf(1.0f, x);
}
SY_FN double sy_sign_f64(double x) {
    return ((x == 0.0) | (x != x)) ? x : copysign(1.0, x);
}
SY_FN int32_t sy_sign_i32(int32_t x) {
    return (x > 0) - (x < 0);
}
SY_FN int64_t sy_sign_i64(int64_t x) {
    return (x > 0) - (x < 0);
}

SY_FN float sy_floor_f32(float x) {
    return floorf(x);
}
SY_FN double sy_floor_f64(double x) {
    return floor(x);
}
SY_FN float sy_ceil_f32(float x) {
    return ceilf(x);
}
SY_FN double sy_ceil_f64(double x) {
    return ceil(x);
}
/* Ties to even. */
SY_FN float sy_round_f32(float x) {
    return rintf(x);
}
SY_FN double sy_round_f64(double x) {
    return rint(x);
}

SY_FN bool sy_isnan_f32(float x) {
    return x != x;
}
SY_FN bool sy_isnan_f64(double x) {
    return x != x;
}
SY_FN bool sy_isinf_f32(float x) {
    return fabsf(x) > FLT_MAX;
}
SY_FN bool sy_isinf_f64(double x) {
    return fabs(x) > DBL_MAX;
}
SY_FN bool sy_isfinite_f32(float x) {
    return fabsf(x) <= FLT_MAX;
}
SY_FN bool sy_isfinite_f64(double x) {
    return fabs(x) <= DBL_MAX;
}

/* --- integers wrap --- */
SY_FN int32_t sy_add_i32(int32_t a, int32_t b) {
    return sy_signed_u32((uint32_t)a + (uint32_t)b);
}
SY_FN int64_t sy_add_i64(int64_t a, int64_t b) {
    return sy_signed_u64((uint64_t)a + (uint64_t)b);
}
SY_FN int32_t sy_sub_i32(int32_t a, int32_t b) {
    return sy_signed_u32((uint32_t)a - (uint32_t)b);
}
SY_FN int64_t sy_sub_i64(int64_t a, int64_t b) {
    return sy_signed_u64((uint64_t)a - (uint64_t)b);
}
SY_FN int32_t sy_mul_i32(int32_t a, int32_t b) {
    return sy_signed_u32((uint32_t)a * (uint32_t)b);
}
SY_FN int64_t sy_mul_i64(int64_t a, int64_t b) {
    return sy_signed_u64((uint64_t)a * (uint64_t)b);
}
SY_FN int32_t sy_neg_i32(int32_t a) {
    return sy_signed_u32(0u - (uint32_t)a);
}
SY_FN int64_t sy_neg_i64(int64_t a) {
    return sy_signed_u64(UINT64_C(0) - (uint64_t)a);
}
SY_FN int32_t sy_abs_i32(int32_t x) {
    return x < 0 ? sy_neg_i32(x) : x;
}
SY_FN int64_t sy_abs_i64(int64_t x) {
    return x < 0 ? sy_neg_i64(x) : x;
}

/* Rounds down; a divisor of 0 gives 0; INT_MIN div -1 wraps to INT_MIN. The divisors 0 and -1 are
 * replaced, not branched around. */
SY_FN int32_t sy_idiv_i32(int32_t a, int32_t b) {
    int32_t safe = ((b == 0) | (b == -1)) ? 1 : b;
    int32_t quotient = a / safe;
    quotient -= (a % safe != 0) & ((a < 0) != (safe < 0));
    return b == 0 ? 0 : b == -1 ? sy_neg_i32(a) : quotient;
}
SY_FN int64_t sy_idiv_i64(int64_t a, int64_t b) {
    int64_t safe = ((b == 0) | (b == -1)) ? 1 : b;
    int64_t quotient = a / safe;
    quotient -= (a % safe != 0) & ((a < 0) != (safe < 0));
    return b == 0 ? 0 : b == -1 ? sy_neg_i64(a) : quotient;
}
/* a - b * idiv(a, b), which has b's sign; a divisor of 0 gives 0. */
SY_FN int32_t sy_mod_i32(int32_t a, int32_t b) {
    int32_t safe = ((b == 0) | (b == -1)) ? 1 : b;
    int32_t rest = a % safe;
    return ((rest != 0) & ((rest < 0) != (safe < 0))) ? rest + safe : rest;
}
SY_FN int64_t sy_mod_i64(int64_t a, int64_t b) {
    int64_t safe = ((b == 0) | (b == -1)) ? 1 : b;
    int64_t rest = a % safe;
    return ((rest != 0) & ((rest < 0) != (safe < 0))) ? rest + safe : rest;
}
/* On floats: floor(a / b), and a - b * that; where the quotient is 0 the rest is a itself, at b
 * infinite too. */
SY_FN float sy_idiv_f32(float a, float b) {
    return floorf(a / b);
}
SY_FN double sy_idiv_f64(double a, double b) {
    return floor(a / b);
}
SY_FN float sy_mod_f32(float a, float b) {
    float quotient = floorf(a / b);
    float product = b * quotient;
    return quotient == 0.0f ? a : a - product;
}
SY_FN double sy_mod_f64(double a, double b) {
    double quotient = floor(a / b);
    double product = b * quotient;
    return quotient == 0.0 ? a : a - product;
}

/* a to the power n >= 0, wrapping; a negative n gives what 1 / a^-n rounds to: 0, but for a = 1 and
 * -1. */
SY_FN int64_t sy_ipow_i64(int64_t a, int64_t n) {
    uint64_t base = (uint64_t)a;
    uint64_t power = 1;
    if (n < 0) return a == 1 ? 1 : a == -1 ? (n % 2 != 0 ? -1 : 1) : 0;
    for (uint64_t left = (uint64_t)n; left != 0; left >>= 1) {
        if (left & 1u) power *= base;
        base *= base;
    }
    return sy_signed_u64(power);
}
SY_FN int32_t sy_ipow_i32(int32_t a, int32_t n) {
    return sy_signed_u32((uint32_t)(uint64_t)sy_ipow_i64(a, n));
}

/* --- conversions: towards zero, saturating, NaN gives 0; between integers the low bits stay --- */
SY_FN int32_t sy_i32_from_f64(double x) {
    double low = x > -2147483648.0 ? x : -2147483648.0; /* NaN goes low, and is replaced last */
    double kept = low < 2147483647.0 ? low : 2147483647.0;
    int32_t whole = (int32_t)kept;
    return x != x ? 0 : whole;
}
SY_FN int32_t sy_i32_from_f32(float x) {
    return sy_i32_from_f64((double)x);
}
SY_FN int64_t sy_i64_from_f64(double x) {
    double low = x > -9223372036854775808.0 ? x : -9223372036854775808.0;
    double kept =
        low < 9223372036854774784.0 ? low : 9223372036854774784.0; /* the double below 2^63 */
    int64_t whole = (int64_t)kept;
    return x != x ? 0 : x >= 9223372036854775808.0 ? INT64_MAX : whole;
}
SY_FN int64_t sy_i64_from_f32(float x) {
    return sy_i64_from_f64((double)x);
}
SY_FN int32_t sy_i32_from_i64(int64_t x) {
    return sy_signed_u32((uint32_t)(uint64_t)x);
}
#endif
