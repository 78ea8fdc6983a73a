/* channel_mix: made from channel_mix.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef CHANNEL_MIX_H
#define CHANNEL_MIX_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Two images laid over each other, with one weight for each colour channel.
 *
 * How finely the weight acts is said by its axes alone: `pre` without an axis would be one
 * weight for the whole image, and with [y, x] one for every pixel. The rest of the program
 * stays the same.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   y (size)
 *   x (size)
 *   front[channel, y, x] (in)
 *   back[channel, y, x] (in)
 *   wanted[channel, y, x] (in)
 *   pre[channel] (in, a parameter)
 *   result[channel, y, x] (out)
 *   L (out) */
int channel_mix(size_t y, size_t x, const float *front, const float *back, const float *wanted,
                const float *pre, float *result, float *L);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int channel_mix_call(size_t y, size_t x, const float *front, const float *back, const float *wanted,
                     const float *pre, float *result, float *L, steelyard_call *call);

/* The bytes of workspace that channel_mix_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t channel_mix_workspace(size_t y, size_t x);

#ifdef __cplusplus
}
#endif

#endif
