/* gather_mean: made from gather_mean.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef GATHER_MEAN_H
#define GATHER_MEAN_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The mean of chosen rows of each batch. A row that is chosen twice counts twice.
 *
 * `idx` is declared as an index of t, so it may stand where t stands: `data[b, idx, f]` has the
 * axes b, k and f.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   b (size)
 *   t (size): rows
 *   f (size): features
 *   k (size): how many are chosen
 *   data[b, t, f] (in)
 *   idx[b, k] (in): an index along t
 *   avg[b, f] (out) */
int gather_mean(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                float *avg);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int gather_mean_call(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                     float *avg, steelyard_call *call);

/* The bytes of workspace that gather_mean_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t gather_mean_workspace(size_t b, size_t t, size_t f, size_t k);

#ifdef __cplusplus
}
#endif

#endif
