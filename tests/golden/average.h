/* average: made from average.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef AVERAGE_H
#define AVERAGE_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A mean of sensor readings in which each reading counts as much as its sensor is trusted.
 *
 * The smallest useful program: one run-time axis, an input, a weight, a weighted mean. Weights
 * are checked when the function is called (finite, not negative); where all of them are 0 there
 * is no mean, and the result is NaN.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then what the outputs hold means nothing.
 *   n (size): readings
 *   values[n] (in): what was measured
 *   trust[n] (in, finite and not negative): how far each sensor is trusted
 *   avg (out): sum(trust * values) / sum(trust) */
int average(size_t n, const float *values, const float *trust, float *avg);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int average_call(size_t n, const float *values, const float *trust, float *avg,
                 steelyard_call *call);

/* The bytes of workspace that average_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t average_workspace(size_t n);

#ifdef __cplusplus
}
#endif

#endif
