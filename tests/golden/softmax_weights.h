/* softmax_weights: made from softmax_weights.sy by steelyard 0.1.0; change that file, not this
 * one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef SOFTMAX_WEIGHTS_H
#define SOFTMAX_WEIGHTS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A weighted mean whose weights are the softmax of scores, written in the two ways that mean
 * the same.
 *
 * `logweight` takes the scores as they are and is computed without overflow however large they
 * are. The second output spells the softmax out; it becomes the same loops.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   b (size)
 *   x (size)
 *   values[b, c, x] (in)
 *   logits[b, c, x] (in)
 *   avg[b, x] (out)
 *   spelled[b, x] (out) */
int softmax_weights(size_t b, size_t x, const float *values, const float *logits, float *avg,
                    float *spelled);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int softmax_weights_call(size_t b, size_t x, const float *values, const float *logits, float *avg,
                         float *spelled, steelyard_call *call);

/* The bytes of workspace that softmax_weights_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t softmax_weights_workspace(size_t b, size_t x);

#ifdef __cplusplus
}
#endif

#endif
