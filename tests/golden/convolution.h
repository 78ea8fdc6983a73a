/* convolution: made from convolution.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef CONVOLUTION_H
#define CONVOLUTION_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A one-dimensional convolution with channels, and a moving average that looks back only.
 *
 * The extent of o is computed from the others, which proves that `o + k` lies inside x: no
 * check is made at run time. `else` gives the value that is read outside.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   b (size)
 *   t (size): time
 *   x[b, c, t] (in)
 *   back[k] (in, finite and not negative): weights of the moving average: now, one step ago, ...
 *   w[f, c, k] (in, a parameter)
 *   bias[f] (in, a parameter)
 *   y[b, f, o] (out)
 *   smooth[b, c, t] (out) */
int convolution(size_t b, size_t t, const float *x, const float *back, const float *w,
                const float *bias, float *y, float *smooth);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int convolution_call(size_t b, size_t t, const float *x, const float *back, const float *w,
                     const float *bias, float *y, float *smooth, steelyard_call *call);

/* The bytes of workspace that convolution_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t convolution_workspace(size_t b, size_t t);

#ifdef __cplusplus
}
#endif

#endif
