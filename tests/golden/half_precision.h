/* half_precision: made from half_precision.sy by steelyard 0.1.0; change that file, not this
 * one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef HALF_PRECISION_H
#define HALF_PRECISION_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Data kept in 16 bits, computed in 32.
 *
 * f16 and bf16 are for storage: an element is read as f32, and a result is rounded once, when
 * it is stored.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   x[n, c] (in)
 *   scale[c] (in)
 *   w[n] (in, finite and not negative)
 *   average[c] (out)
 *   exact[c] (out)
 *   rounded[n, c] (out) */
int half_precision(size_t n, const uint16_t *x, const uint16_t *scale, const float *w,
                   uint16_t *average, float *exact, uint16_t *rounded);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int half_precision_call(size_t n, const uint16_t *x, const uint16_t *scale, const float *w,
                        uint16_t *average, float *exact, uint16_t *rounded, steelyard_call *call);

/* The bytes of workspace that half_precision_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t half_precision_workspace(size_t n);

#ifdef __cplusplus
}
#endif

#endif
