/* kmeans: made from kmeans.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef KMEANS_H
#define KMEANS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One step of weighted k-means: the objective, the nearest centres, and where the centres move
 * to.
 *
 * `nearest` is computed, yet it groups as an input would: the new centres are one pass over the
 * points. A centre that no point is nearest to stays where it is.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): points
 *   k (size): centres
 *   x[n, d] (in)
 *   centre[k, d] (in)
 *   w[n] (in, finite and not negative)
 *   inertia (out)
 *   label[n] (out)
 *   moved[k, d] (out) */
int kmeans(size_t n, size_t k, const float *x, const float *centre, const float *w, float *inertia,
           int64_t *label, float *moved);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int kmeans_call(size_t n, size_t k, const float *x, const float *centre, const float *w,
                float *inertia, int64_t *label, float *moved, steelyard_call *call);

/* The bytes of workspace that kmeans_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t kmeans_workspace(size_t n, size_t k);

#ifdef __cplusplus
}
#endif

#endif
