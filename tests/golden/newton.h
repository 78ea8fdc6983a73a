/* newton: made from newton.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef NEWTON_H
#define NEWTON_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Logistic regression with its gradient, its Hessian, and the Hessian times a vector.
 *
 * `jvp(gradient, w, direction)` is the derivative of the gradient along a direction. With a
 * direction
 * that has an axis of its own, one for each coordinate, it is the Hessian.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then what the outputs hold means nothing.
 *   n (size): cases
 *   f (size): features
 *   x[n, f] (in)
 *   y[n] (in): 0 or 1
 *   count_of[n] (in, finite and not negative): how often each case was seen
 *   w[f] (in, a parameter)
 *   direction[f] (in)
 *   L (out)
 *   slope[f] (out)
 *   hessian[f, f2] (out)
 *   along[f] (out) */
int newton(size_t n, size_t f, const float *x, const float *y, const float *count_of,
           const float *w, const float *direction, float *L, float *slope, float *hessian,
           float *along);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int newton_call(size_t n, size_t f, const float *x, const float *y, const float *count_of,
                const float *w, const float *direction, float *L, float *slope, float *hessian,
                float *along, steelyard_call *call);

/* The bytes of workspace that newton_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t newton_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
