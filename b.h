/* b: made from b.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef B_H
#define B_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   x[n] (in)
 *   c[n, m] (in)
 *   g[n, m] (out)
 *   h[n] (out) */
int b(const float *x, const float *c, float *g, float *h);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int b_call(const float *x, const float *c, float *g, float *h, steelyard_call *call);

/* The bytes of workspace that b_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t b_workspace(void);

#ifdef __cplusplus
}
#endif

#endif
