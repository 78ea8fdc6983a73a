/* p: made from p2.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef P_H
#define P_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   x4[m] (in, finite and not negative)
 *   x7[n] (in)
 *   g[n] (out) */
int p(size_t n, const float *x4, const float *x7, float *g);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int p_call(size_t n, const float *x4, const float *x7, float *g, steelyard_call *call);

/* The bytes of workspace that p_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t p_workspace(size_t n);

#ifdef __cplusplus
}
#endif

#endif
