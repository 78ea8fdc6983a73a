/* Steelyard runtime: elementary functions. First form: right values through libm; the branch-free
 * ones follow. */
#ifndef STEELYARD_MATH_H
#define STEELYARD_MATH_H
#include "steelyard_number.h"

SY_FN float sy_exp_f32(float x) {
    return (float)exp((double)x);
}
SY_FN double sy_exp_f64(double x) {
    return exp(x);
}
SY_FN float sy_log_f32(float x) {
    return (float)log((double)x);
}
SY_FN double sy_log_f64(double x) {
    return log(x);
}
SY_FN float sy_log1p_f32(float x) {
    return (float)log1p((double)x);
}
SY_FN double sy_log1p_f64(double x) {
    return log1p(x);
}
SY_FN float sy_expm1_f32(float x) {
    return (float)expm1((double)x);
}
SY_FN double sy_expm1_f64(double x) {
    return expm1(x);
}
SY_FN float sy_tanh_f32(float x) {
    return (float)tanh((double)x);
}
SY_FN double sy_tanh_f64(double x) {
    return tanh(x);
}
SY_FN float sy_sin_f32(float x) {
    return (float)sin((double)x);
}
SY_FN double sy_sin_f64(double x) {
    return sin(x);
}
SY_FN float sy_cos_f32(float x) {
    return (float)cos((double)x);
}
SY_FN double sy_cos_f64(double x) {
    return cos(x);
}
SY_FN float sy_tan_f32(float x) {
    return (float)tan((double)x);
}
SY_FN double sy_tan_f64(double x) {
    return tan(x);
}
SY_FN float sy_sqrt_f32(float x) {
    return (float)sqrt((double)x);
}
SY_FN double sy_sqrt_f64(double x) {
    return sqrt(x);
}
SY_FN float sy_rsqrt_f32(float x) {
    return (float)(1.0 / sqrt((double)x));
}
SY_FN double sy_rsqrt_f64(double x) {
    return 1.0 / sqrt(x);
}
SY_FN double sy_sigmoid_f64(double x) {
    return x >= 0.0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x));
}
SY_FN float sy_sigmoid_f32(float x) {
    return (float)sy_sigmoid_f64((double)x);
}
SY_FN double sy_softplus_f64(double x) {
    return sy_max_f64(x, 0.0) + log1p(exp(-fabs(x)));
}
SY_FN float sy_softplus_f32(float x) {
    return (float)sy_softplus_f64((double)x);
}
SY_FN double sy_pow_f64(double x, double y) {
    return pow(x, y);
}
SY_FN float sy_pow_f32(float x, float y) {
    return (float)pow((double)x, (double)y);
}
/* cos(2 pi x) for x in [0, 1). */
SY_FN double sy_cos_turns_f64(double x) {
    return cos(6.283185307179586 * x);
}
#endif
