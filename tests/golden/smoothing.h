/* smoothing: made from smoothing.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef SMOOTHING_H
#define SMOOTHING_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Exponential moving averages of several series, a fast and a slow one, and where they cross.
 *
 * `level` reads its own earlier element: that is a recurrence. The compiler finds that t is
 * walked
 * upwards; the series, which do not read each other, run side by side.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): series
 *   t (size): time
 *   x[n, t] (in)
 *   fast (in): how much a new value counts, from 0 to 1
 *   slow (in)
 *   quick[n, t] (out)
 *   crossings[n] (out) */
int smoothing(size_t n, size_t t, const float *x, float fast, float slow, float *quick,
              int64_t *crossings);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int smoothing_call(size_t n, size_t t, const float *x, float fast, float slow, float *quick,
                   int64_t *crossings, steelyard_call *call);

/* The bytes of workspace that smoothing_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t smoothing_workspace(size_t n, size_t t);

#ifdef __cplusplus
}
#endif

#endif
