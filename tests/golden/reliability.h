/* reliability: made from reliability.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef RELIABILITY_H
#define RELIABILITY_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a mean of sensor readings changes with each reading, and with the trust in each sensor.
 *
 * Derivatives are values like any other: they share the loops of what they are made of. Where a
 * reading is not known nothing is read, and its gradient is 0, whatever stands there.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then what the outputs hold means nothing.
 *   n (size): readings
 *   values[n] (in): what was measured
 *   trust[n] (in, finite and not negative): how far each sensor is trusted
 *   known[n] (in, 0 or 1): false: there was no reading
 *   avg (out)
 *   d_values[n] (out): By each reading: its share of the trust.
 *   d_trust[n] (out): By the trust in each sensor: how far its reading is from the mean. */
int reliability(size_t n, const float *values, const float *trust, const unsigned char *known,
                float *avg, float *d_values, float *d_trust);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int reliability_call(size_t n, const float *values, const float *trust, const unsigned char *known,
                     float *avg, float *d_values, float *d_trust, steelyard_call *call);

/* The bytes of workspace that reliability_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t reliability_workspace(size_t n);

#ifdef __cplusplus
}
#endif

#endif
