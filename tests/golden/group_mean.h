/* group_mean: made from group_mean.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef GROUP_MEAN_H
#define GROUP_MEAN_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Statistics of groups: weighted mean, size, largest value, and each element's distance from
 * its group's mean.
 *
 * A reduction whose `where` compares an index with an axis is one pass over the elements,
 * however many groups there are. A group without elements has the value that `empty` gives.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): elements
 *   g (size): groups
 *   x[n] (in)
 *   w[n] (in, finite and not negative)
 *   group[n] (in): an index along g
 *   average[g] (out)
 *   size[g] (out)
 *   largest[g] (out)
 *   apart[n] (out) */
int group_mean(size_t n, size_t g, const float *x, const float *w, const int64_t *group,
               float *average, int64_t *size, float *largest, float *apart);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int group_mean_call(size_t n, size_t g, const float *x, const float *w, const int64_t *group,
                    float *average, int64_t *size, float *largest, float *apart,
                    steelyard_call *call);

/* The bytes of workspace that group_mean_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t group_mean_workspace(size_t n, size_t g);

#ifdef __cplusplus
}
#endif

#endif
