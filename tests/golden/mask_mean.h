/* mask_mean: made from mask_mean.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef MASK_MEAN_H
#define MASK_MEAN_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The mean over the set of chosen rows: a row that is chosen twice counts once.
 *
 * The mask is computed from the indices where it is used; it takes no memory. A batch that
 * chooses nothing gives 0.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   b (size)
 *   t (size)
 *   f (size)
 *   k (size)
 *   data[b, t, f] (in)
 *   idx[b, k] (in): an index along t
 *   avg[b, f] (out) */
int mask_mean(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
              float *avg);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int mask_mean_call(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                   float *avg, steelyard_call *call);

/* The bytes of workspace that mask_mean_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t mask_mean_workspace(size_t b, size_t t, size_t f, size_t k);

#ifdef __cplusplus
}
#endif

#endif
