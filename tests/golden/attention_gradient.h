/* attention_gradient: made from attention_gradient.sy by steelyard 0.1.0; change that file, not
 * this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef ATTENTION_GRADIENT_H
#define ATTENTION_GRADIENT_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Causal attention and its gradient by queries, keys and values.
 *
 * Neither pass stores a number for each pair of positions: memory grows with t, not with t times
 * s.
 * The gradient computes the scores of a pair anew where it needs them.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   h (size): heads
 *   t (size): positions
 *   q[h, t, d] (in): queries
 *   k[h, s, d] (in): keys
 *   v[h, s, d] (in): values
 *   dy[h, t, d] (in): the gradient of what comes after, by y
 *   y[h, t, d] (out)
 *   d_q[h, t, d] (out)
 *   d_k[h, s, d] (out)
 *   d_v[h, s, d] (out) */
int attention_gradient(size_t h, size_t t, const float *q, const float *k, const float *v,
                       const float *dy, float *y, float *d_q, float *d_k, float *d_v);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int attention_gradient_call(size_t h, size_t t, const float *q, const float *k, const float *v,
                            const float *dy, float *y, float *d_q, float *d_k, float *d_v,
                            steelyard_call *call);

/* The bytes of workspace that attention_gradient_call needs: 0 if none, SIZE_MAX if the sizes
 * are too large. */
size_t attention_gradient_workspace(size_t h, size_t t);

#ifdef __cplusplus
}
#endif

#endif
