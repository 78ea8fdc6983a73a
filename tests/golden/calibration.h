/* calibration: made from calibration.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef CALIBRATION_H
#define CALIBRATION_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How well predicted probabilities agree with what happened: ten bins, and the expected
 * calibration error.
 *
 * The bin of a prediction is computed and clamped, which proves it in range; the statistics of
 * all bins are then one pass over the predictions.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   p[n] (in): predicted probability
 *   happened[n] (in, 0 or 1)
 *   size[bin] (out)
 *   gap[bin] (out)
 *   error (out)
 *   brier (out) */
int calibration(size_t n, const float *p, const unsigned char *happened, int64_t *size, float *gap,
                float *error, float *brier);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int calibration_call(size_t n, const float *p, const unsigned char *happened, int64_t *size,
                     float *gap, float *error, float *brier, steelyard_call *call);

/* The bytes of workspace that calibration_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t calibration_workspace(size_t n);

#ifdef __cplusplus
}
#endif

#endif
