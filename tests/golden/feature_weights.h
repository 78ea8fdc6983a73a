/* feature_weights: made from feature_weights.sy by steelyard 0.1.0; change that file, not this
 * one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef FEATURE_WEIGHTS_H
#define FEATURE_WEIGHTS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A two-layer network whose hidden features each carry a weight of their own.
 *
 * `feature_weight` has the axis h only. It meets `hidden[n, h]` by name; nothing has to be
 * reshaped for that.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   f (size)
 *   x[n, f] (in)
 *   target[n, o] (in)
 *   feature_weight[h] (in)
 *   w1[f, h] (in, a parameter)
 *   b1[h] (in, a parameter)
 *   w2[h, o] (in, a parameter)
 *   b2[o] (in, a parameter)
 *   L (out)
 *   y[n, o] (out) */
int feature_weights(size_t n, size_t f, const float *x, const float *target,
                    const float *feature_weight, const float *w1, const float *b1, const float *w2,
                    const float *b2, float *L, float *y);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int feature_weights_call(size_t n, size_t f, const float *x, const float *target,
                         const float *feature_weight, const float *w1, const float *b1,
                         const float *w2, const float *b2, float *L, float *y,
                         steelyard_call *call);

/* The bytes of workspace that feature_weights_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t feature_weights_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
