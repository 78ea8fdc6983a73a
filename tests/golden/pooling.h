/* pooling: made from pooling.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef POOLING_H
#define POOLING_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Pooling of an image: means and maxima of 2 by 2 blocks, and the image at half its size, read
 * at every other pixel.
 *
 * `div` rounds down, so a last odd row or column is left out. The indices are proved to lie
 * inside.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   y (size)
 *   x (size)
 *   image[y, x] (in)
 *   average[v, u] (out)
 *   largest[v, u] (out)
 *   sampled[v, u] (out) */
int pooling(size_t y, size_t x, const float *image, float *average, float *largest,
            float *sampled);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int pooling_call(size_t y, size_t x, const float *image, float *average, float *largest,
                 float *sampled, steelyard_call *call);

/* The bytes of workspace that pooling_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t pooling_workspace(size_t y, size_t x);

#ifdef __cplusplus
}
#endif

#endif
