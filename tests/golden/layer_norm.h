/* layer_norm: made from layer_norm.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef LAYER_NORM_H
#define LAYER_NORM_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Layer normalisation over one axis, and over two, by one function.
 *
 * `[d...]` stands for one axis of the caller or for several: a function is inlined, and takes
 * along whatever other axes its arguments have.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   x[n, c, f] (in)
 *   gain[f] (in, a parameter)
 *   bias[f] (in, a parameter)
 *   each[n, c, f] (out)
 *   both[n, c, f] (out) */
int layer_norm(size_t n, const float *x, const float *gain, const float *bias, float *each,
               float *both);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int layer_norm_call(size_t n, const float *x, const float *gain, const float *bias, float *each,
                    float *both, steelyard_call *call);

/* The bytes of workspace that layer_norm_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t layer_norm_workspace(size_t n);

#ifdef __cplusplus
}
#endif

#endif
