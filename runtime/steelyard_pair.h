/* Steelyard runtime: numbers held as an unrounded sum of two, hi + lo with |lo| <= half an ulp of
 * hi, as the elementary functions need them inside. */
#ifndef STEELYARD_PAIR_H
#define STEELYARD_PAIR_H
#include "steelyard_base.h"

typedef struct sy_pair {
    double hi, lo;
} sy_pair;

/* a + b exactly, where |a| >= |b| or a is 0. */
SY_FN sy_pair sy_quick_sum(double a, double b) {
    sy_pair sum;
    sum.hi = a + b;
    sum.lo = (a - sum.hi) + b;
    return sum;
}

/* a + b exactly. */
SY_FN sy_pair sy_two_sum(double a, double b) {
    sy_pair sum;
    double back;
    sum.hi = a + b;
    back = sum.hi - a;
    sum.lo = (a - (sum.hi - back)) + (b - back);
    return sum;
}

/* a * b exactly, if nothing over- or underflows. Without fma by halves of 26 bits (Dekker). */
SY_FN sy_pair sy_two_product(double a, double b) {
    sy_pair product;
    product.hi = a * b;
#ifdef STEELYARD_NO_FMA
    double a_wide = a * 134217729.0, b_wide = b * 134217729.0; /* 2^27 + 1 */
    double a_high = a_wide - (a_wide - a), b_high = b_wide - (b_wide - b);
    double a_low = a - a_high, b_low = b - b_high;
    product.lo = ((a_high * b_high - product.hi) + a_high * b_low + a_low * b_high) + a_low * b_low;
#else
    product.lo = SY_FMA_F64(a, b, -product.hi);
#endif
    return product;
}

/* a / b to about 100 bits, for b.hi of moderate size. One division. */
SY_FN sy_pair sy_pair_quotient(sy_pair a, sy_pair b) {
    double inverse = 1.0 / b.hi;
    double guess = a.hi * inverse;
    sy_pair product = sy_two_product(guess, b.hi);
    double rest = (a.hi - product.hi) - product.lo;
    return sy_quick_sum(guess, (rest + (a.lo - guess * b.lo)) * inverse);
}

SY_FN sy_pair sy_pair_product(sy_pair a, sy_pair b) {
    sy_pair product = sy_two_product(a.hi, b.hi);
    return sy_quick_sum(product.hi, product.lo + SY_FMA_F64(a.hi, b.lo, a.lo * b.hi));
}

/* x * 2^k for a whole k of at most 2044 in size, in two exact steps and a last one that rounds
 * once. k may be NaN when x is. Adding 1.5 * 2^52 puts a whole number into the low bits: no
 * conversion is needed. */
#define SY_SHIFT_F64 0x1.8p52
SY_FN double sy_scale_f64(double x, double k) {
    double half = k * 0.5 + SY_SHIFT_F64;
    double rest = (k - (half - SY_SHIFT_F64)) + SY_SHIFT_F64;
    double first = sy_from_bits_f64((sy_bits_f64(half) + 1023u) << 52);
    double second = sy_from_bits_f64((sy_bits_f64(rest) + 1023u) << 52);
    return x * first * second;
}

/* 2^k for a whole k in -1022 .. 1023 (anything for other k). */
SY_FN double sy_power_of_two_f64(double k) {
    return sy_from_bits_f64((sy_bits_f64(k + SY_SHIFT_F64) + 1023u) << 52);
}
#endif
