/* statistics: made from statistics.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef STATISTICS_H
#define STATISTICS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Weighted statistics of the columns of a table: mean, variance, deviation, norm, skewness,
 * range.
 *
 * With weights, `var` divides by the sum of the weights, and by that sum less 1 where `ddof =
 * 1` is given.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then what the outputs hold means nothing.
 *   n (size)
 *   c (size)
 *   x[n, c] (in)
 *   w[n] (in, finite and not negative)
 *   average[c] (out)
 *   variance[c] (out)
 *   unbiased[c] (out)
 *   spread[c] (out)
 *   length[c] (out)
 *   skewness[c] (out)
 *   lowest[c] (out)
 *   highest[c] (out)
 *   where_highest[c] (out) */
int statistics(size_t n, size_t c, const float *x, const float *w, float *average, float *variance,
               float *unbiased, float *spread, float *length, float *skewness, float *lowest,
               float *highest, int64_t *where_highest);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int statistics_call(size_t n, size_t c, const float *x, const float *w, float *average,
                    float *variance, float *unbiased, float *spread, float *length, float *skewness,
                    float *lowest, float *highest, int64_t *where_highest, steelyard_call *call);

/* The bytes of workspace that statistics_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t statistics_workspace(size_t n, size_t c);

#ifdef __cplusplus
}
#endif

#endif
