/* sensors: made from sensors.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef SENSORS_H
#define SENSORS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Weighted averages and spreads of many columns, and one step towards the line that explains y.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then what the outputs hold means nothing.
 *   n (size): readings: more than fit in memory
 *   d (size): columns
 *   x[n, d] (in)
 *   y[n] (in)
 *   w[n] (in, finite and not negative): how far each reading is trusted
 *   slope[d] (in): the line so far
 *   average[d] (out)
 *   spread[d] (out)
 *   L (out)
 *   toward[d] (out) */
int sensors(size_t n, size_t d, const float *x, const float *y, const float *w, const float *slope,
            float *average, float *spread, float *L, float *toward);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int sensors_call(size_t n, size_t d, const float *x, const float *y, const float *w,
                 const float *slope, float *average, float *spread, float *L, float *toward,
                 steelyard_call *call);

/* The bytes of workspace that sensors_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t sensors_workspace(size_t n, size_t d);

/* Makes the state that of no elements.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   d (size): columns
 *   average_sum[d] (out): sum[n](w * x)
 *   average_weight (out): sum[n](w)
 *   spread_squares[d] (out): sum[n](w * (x - sum[n](w * x) / sum[n](w)) ^ 2)
 *   L_sum (out): sum[n](w * miss ^ 2)
 *   n_count (out): elements seen
 *   toward_sum[d] (out): sum[n](w * miss * x) */
int sensors_begin(size_t d, double *average_sum, double *average_weight, double *spread_squares,
                  double *L_sum, int64_t *n_count, double *toward_sum);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int sensors_begin_call(size_t d, double *average_sum, double *average_weight,
                       double *spread_squares, double *L_sum, int64_t *n_count, double *toward_sum,
                       steelyard_call *call);

/* The bytes of workspace that sensors_begin_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t sensors_begin_workspace(size_t d);

/* Takes a batch of elements along n into the state.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): readings: more than fit in memory
 *   d (size): columns
 *   x[n, d] (in)
 *   y[n] (in)
 *   w[n] (in, finite and not negative): how far each reading is trusted
 *   slope[d] (in): the line so far
 *   average_sum[d] (in and out): sum[n](w * x)
 *   average_weight (in and out): sum[n](w)
 *   spread_squares[d] (in and out): sum[n](w * (x - sum[n](w * x) / sum[n](w)) ^ 2)
 *   L_sum (in and out): sum[n](w * miss ^ 2)
 *   n_count (in and out): elements seen
 *   toward_sum[d] (in and out): sum[n](w * miss * x) */
int sensors_accumulate(size_t n, size_t d, const float *x, const float *y, const float *w,
                       const float *slope, double *average_sum, double *average_weight,
                       double *spread_squares, double *L_sum, int64_t *n_count,
                       double *toward_sum);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int sensors_accumulate_call(size_t n, size_t d, const float *x, const float *y, const float *w,
                            const float *slope, double *average_sum, double *average_weight,
                            double *spread_squares, double *L_sum, int64_t *n_count,
                            double *toward_sum, steelyard_call *call);

/* The bytes of workspace that sensors_accumulate_call needs: 0 if none, SIZE_MAX if the sizes
 * are too large. */
size_t sensors_accumulate_workspace(size_t n, size_t d);

/* Takes what another state has seen into this one: other_... is its.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   d (size): columns
 *   other_average_sum[d] (in)
 *   other_average_weight (in)
 *   other_spread_squares[d] (in)
 *   other_L_sum (in)
 *   other_n_count (in)
 *   other_toward_sum[d] (in)
 *   average_sum[d] (in and out): sum[n](w * x)
 *   average_weight (in and out): sum[n](w)
 *   spread_squares[d] (in and out): sum[n](w * (x - sum[n](w * x) / sum[n](w)) ^ 2)
 *   L_sum (in and out): sum[n](w * miss ^ 2)
 *   n_count (in and out): elements seen
 *   toward_sum[d] (in and out): sum[n](w * miss * x) */
int sensors_merge(size_t d, const double *other_average_sum, double other_average_weight,
                  const double *other_spread_squares, double other_L_sum, int64_t other_n_count,
                  const double *other_toward_sum, double *average_sum, double *average_weight,
                  double *spread_squares, double *L_sum, int64_t *n_count, double *toward_sum);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int sensors_merge_call(size_t d, const double *other_average_sum, double other_average_weight,
                       const double *other_spread_squares, double other_L_sum,
                       int64_t other_n_count, const double *other_toward_sum, double *average_sum,
                       double *average_weight, double *spread_squares, double *L_sum,
                       int64_t *n_count, double *toward_sum, steelyard_call *call);

/* The bytes of workspace that sensors_merge_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t sensors_merge_workspace(size_t d);

/* The outputs, of a state that has seen all of the data.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   d (size): columns
 *   average_sum[d] (in): sum[n](w * x)
 *   average_weight (in): sum[n](w)
 *   spread_squares[d] (in): sum[n](w * (x - sum[n](w * x) / sum[n](w)) ^ 2)
 *   L_sum (in): sum[n](w * miss ^ 2)
 *   n_count (in): elements seen
 *   toward_sum[d] (in): sum[n](w * miss * x)
 *   average[d] (out)
 *   spread[d] (out)
 *   L (out)
 *   toward[d] (out) */
int sensors_finish(size_t d, const double *average_sum, double average_weight,
                   const double *spread_squares, double L_sum, int64_t n_count,
                   const double *toward_sum, float *average, float *spread, float *L,
                   float *toward);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int sensors_finish_call(size_t d, const double *average_sum, double average_weight,
                        const double *spread_squares, double L_sum, int64_t n_count,
                        const double *toward_sum, float *average, float *spread, float *L,
                        float *toward, steelyard_call *call);

/* The bytes of workspace that sensors_finish_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t sensors_finish_workspace(size_t d);

#ifdef __cplusplus
}
#endif

#endif
