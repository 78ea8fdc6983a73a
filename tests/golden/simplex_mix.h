/* simplex_mix: made from simplex_mix.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef SIMPLEX_MIX_H
#define SIMPLEX_MIX_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A mixture of any number of images: its shares are positive and sum to 1 because they are a
 * softmax.
 *
 * k, the number of images, is known only at run time.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   k (size): images to mix
 *   y (size)
 *   x (size)
 *   image[k, y, x] (in)
 *   wanted[y, x] (in)
 *   pre[k] (in, a parameter): before the softmax: 0 everywhere is the plain mean
 *   bias (in, a parameter)
 *   shares[k] (out)
 *   result[y, x] (out)
 *   L (out) */
int simplex_mix(size_t k, size_t y, size_t x, const float *image, const float *wanted,
                const float *pre, float bias, float *shares, float *result, float *L);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int simplex_mix_call(size_t k, size_t y, size_t x, const float *image, const float *wanted,
                     const float *pre, float bias, float *shares, float *result, float *L,
                     steelyard_call *call);

/* The bytes of workspace that simplex_mix_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t simplex_mix_workspace(size_t k, size_t y, size_t x);

#ifdef __cplusplus
}
#endif

#endif
