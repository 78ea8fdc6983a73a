/* Steelyard runtime: error function and gamma family. First form, through libm. */
#ifndef STEELYARD_SPECIAL_H
#define STEELYARD_SPECIAL_H
#include "steelyard_power.h"
#include "steelyard_trig.h"

SY_FN float sy_erf_f32(float x) {
    return (float)erf((double)x);
}
SY_FN double sy_erf_f64(double x) {
    return erf(x);
}
SY_FN float sy_erfc_f32(float x) {
    return (float)erfc((double)x);
}
SY_FN double sy_erfc_f64(double x) {
    return erfc(x);
}
SY_FN float sy_lgamma_f32(float x) {
    return (float)lgamma((double)x);
}
SY_FN double sy_lgamma_f64(double x) {
    return lgamma(x);
}
SY_FN_LARGE double sy_digamma_f64(double x) {
    double shift = 0.0;
    if (x <= 0.0) {
        if (x == floor(x)) return x == 0.0 ? -copysign((double)INFINITY, x) : (double)NAN;
        return sy_digamma_f64(1.0 - x) - 3.141592653589793 / tan(3.141592653589793 * x);
    }
    for (; x < 12.0; x += 1.0)
        shift -= 1.0 / x;
    double z = 1.0 / (x * x);
    double series =
        z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132)))));
    return shift + log(x) - 0.5 / x - series;
}
SY_FN_LARGE float sy_digamma_f32(float x) {
    return (float)sy_digamma_f64((double)x);
}
#endif
