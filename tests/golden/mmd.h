/* mmd: made from mmd.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef MMD_H
#define MMD_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The maximum mean discrepancy of two weighted samples: how far apart their kernel means lie.
 *
 * All three terms are means over pairs. An axis declared `like` another has the same extent, so
 * x can be read at both of a pair. The kernel comes from another file.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): points of the first sample
 *   m (size): points of the second
 *   x[n, d] (in)
 *   y[m, d] (in)
 *   wx[n] (in, finite and not negative)
 *   wy[m] (in, finite and not negative)
 *   width (in)
 *   discrepancy (out) */
int mmd(size_t n, size_t m, const float *x, const float *y, const float *wx, const float *wy,
        float width, float *discrepancy);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int mmd_call(size_t n, size_t m, const float *x, const float *y, const float *wx, const float *wy,
             float width, float *discrepancy, steelyard_call *call);

/* The bytes of workspace that mmd_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t mmd_workspace(size_t n, size_t m);

#ifdef __cplusplus
}
#endif

#endif
