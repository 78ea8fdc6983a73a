/* attention: made from attention.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef ATTENTION_H
#define ATTENTION_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Causal attention with heads, sequences of unequal length, and the linear distance penalty
 * called ALiBi.
 *
 * A mean over the positions s, weighted with the exponential of the scores: it is computed in
 * one streaming pass, and no array of t times s is ever made. Positions that are later, or
 * beyond a sequence's end, do not exist.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   b (size): sequences
 *   t (size): positions
 *   q[b, h, t, d] (in)
 *   k[b, h, s, d] (in)
 *   v[b, h, s, d] (in)
 *   length[b] (in): how many positions of each sequence are real
 *   y[b, h, t, d] (out) */
int attention(size_t b, size_t t, const float *q, const float *k, const float *v,
              const int64_t *length, float *y);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int attention_call(size_t b, size_t t, const float *q, const float *k, const float *v,
                   const int64_t *length, float *y, steelyard_call *call);

/* The bytes of workspace that attention_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t attention_workspace(size_t b, size_t t);

#ifdef __cplusplus
}
#endif

#endif
