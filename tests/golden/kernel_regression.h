/* kernel_regression: made from kernel_regression.sy by steelyard 0.1.0; change that file, not
 * this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef KERNEL_REGRESSION_H
#define KERNEL_REGRESSION_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A smooth curve through weighted points: at each place, the mean of the points, weighted by
 * nearness and by trust.
 *
 * `logweight` and `weight` combine. However far a place lies from all points, the nearest
 * decide: nothing underflows.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): points
 *   q (size): places
 *   x[n] (in)
 *   y[n] (in)
 *   trust[n] (in, finite and not negative)
 *   place[q] (in)
 *   width (in)
 *   curve[q] (out)
 *   points[q] (out) */
int kernel_regression(size_t n, size_t q, const float *x, const float *y, const float *trust,
                      const float *place, float width, float *curve, float *points);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int kernel_regression_call(size_t n, size_t q, const float *x, const float *y, const float *trust,
                           const float *place, float width, float *curve, float *points,
                           steelyard_call *call);

/* The bytes of workspace that kernel_regression_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t kernel_regression_workspace(size_t n, size_t q);

#ifdef __cplusplus
}
#endif

#endif
