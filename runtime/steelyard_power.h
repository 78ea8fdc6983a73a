/* Steelyard runtime: x^y = e^(y log x), with a logarithm to some 68 bits, since an error of it is
 * multiplied by up to 745. The cases of C's pow (signs, zeros, infinities, NaN) are chosen at the
 * end. */
#ifndef STEELYARD_POWER_H
#define STEELYARD_POWER_H
#include "steelyard_math.h"

#define SY_LN2_FINE_HIGH 0x1.62e42fefa38p-1 /* 42 bits */
#define SY_LN2_FINE_LOW 0x1.ef35793c7673p-45

/* log x to 2^-65 relative, for x finite and above 0: 2 atanh(s), s = f / (2 + f) and its first
 * terms as pairs. */
SY_FN sy_pair sy_log_fine(double x) {
    sy_log_parts parts = sy_log_split(x);
    sy_pair f = {parts.f, 0.0};
    sy_pair s = sy_pair_quotient(f, sy_quick_sum(2.0, parts.f));
    sy_pair z = sy_pair_product(s, s);
    double p = 0x1.ecc2d3ec71a7ep-4; /* log_pow */
    p = SY_FMA_F64(p, z.hi, 0x1.de02a730da7dcp-4);
    p = SY_FMA_F64(p, z.hi, 0x1.1121cd71de49cp-3);
    p = SY_FMA_F64(p, z.hi, 0x1.3b135c6b71482p-3);
    p = SY_FMA_F64(p, z.hi, 0x1.745d1844d5655p-3);
    p = SY_FMA_F64(p, z.hi, 0x1.c71c71c568ef8p-3);
    p = SY_FMA_F64(p, z.hi, 0x1.249249249303dp-2);
    p = SY_FMA_F64(p, z.hi, 0x1.9999999999996p-2);
    sy_pair third = sy_quick_sum(0x1.5555555555555p-1, SY_FMA_F64(p, z.hi, 0x1.5555555555555p-55));
    sy_pair cubic = sy_pair_product(sy_pair_product(s, z), third);
    sy_pair curve = sy_quick_sum(2.0 * s.hi, cubic.hi);
    curve.lo += 2.0 * s.lo + cubic.lo;
    sy_pair sum = sy_quick_sum(parts.k * SY_LN2_FINE_HIGH, curve.hi);
    return sy_quick_sum(sum.hi, sum.lo + SY_FMA_F64(parts.k, SY_LN2_FINE_LOW, curve.lo));
}

/* |x|^y is given as positive; the rest of C's rules for pow. */
SY_FN double sy_pow_ends(double x, double y, double positive) {
    double size = fabs(x);
    bool whole = rint(y) == y; /* infinities too: they count as even */
    bool odd = whole & (rint(0.5 * y) != 0.5 * y);
    bool negative = sy_bits_f64(x) >> 63 != 0;
    bool grows = (size > 1.0) == (y > 0.0);
    double result = positive;
    result = size == 0.0 ? (y < 0.0 ? (double)INFINITY : 0.0) : result;
    result = size > DBL_MAX ? (y < 0.0 ? 0.0 : (double)INFINITY) : result;
    result = fabs(y) > DBL_MAX ? (size == 1.0 ? 1.0 : grows ? (double)INFINITY : 0.0) : result;
    result = (negative & odd) ? -result : result;
    result = ((x < 0.0) & !whole & (size <= DBL_MAX)) ? (double)NAN : result;
    result = ((x != x) | (y != y)) ? (double)NAN : result;
    return ((x == 1.0) | (y == 0.0)) ? 1.0 : result;
}

SY_FN double sy_pow_f64(double x, double y) { /* 0.6 ulp */
    double k;
    double size = fabs(x);
    sy_pair logarithm = sy_log_fine(((size > 0.0) & (size <= DBL_MAX)) ? size : 1.0);
    double guess = y * logarithm.hi;
    bool fits = fabs(guess) < 760.0;
    double factor = (fits & (fabs(y) < 0x1p70)) ? y : 0.0; /* beyond, the logarithm is 0 */
    sy_pair product = sy_two_product(factor, logarithm.hi);
    double far = guess > 0.0 ? 760.0 : -760.0;
    double rest = fits ? SY_FMA_F64(factor, logarithm.lo, product.lo) : 0.0;
    sy_pair power = sy_exp_pair_more(fits ? product.hi : far, rest, &k);
    return sy_pow_ends(x, y, sy_scale_f64(power.hi, k));
}

SY_FN float sy_pow_f32(float x, float y) { /* 0.51 ulp */
    double size = (double)fabsf(x);
    sy_log_parts parts =
        sy_log_split_normal(((size > 0.0) & (size <= (double)FLT_MAX)) ? size : 1.0);
    double exponent = (double)y * sy_log_short(parts.f, parts.k);
    double low = exponent < -150.0 ? -150.0 : exponent;
    double power = sy_exp_short(low > 150.0 ? 150.0 : low);
    return (float)sy_pow_ends((double)x, (double)y, power);
}
#endif
