/* returns: made from returns.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef RETURNS_H
#define RETURNS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Discounted returns and generalised advantage estimates of episodes that may end on the way.
 *
 * Both are walked from the last step to the first. `value` is what a critic expects from each
 * state.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then what the outputs hold means nothing.
 *   n (size): environments
 *   t (size): steps
 *   reward[n, t] (in)
 *   value[n, t] (in)
 *   after[n] (in): the value of the state after the last step
 *   ends[n, t] (in, 0 or 1): the episode ends with this step
 *   discount (in)
 *   decay (in)
 *   returned[n, t] (out)
 *   advantages[n, t] (out) */
int returns(size_t n, size_t t, const float *reward, const float *value, const float *after,
            const unsigned char *ends, float discount, float decay, float *returned,
            float *advantages);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int returns_call(size_t n, size_t t, const float *reward, const float *value, const float *after,
                 const unsigned char *ends, float discount, float decay, float *returned,
                 float *advantages, steelyard_call *call);

/* The bytes of workspace that returns_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t returns_workspace(size_t n, size_t t);

#ifdef __cplusplus
}
#endif

#endif
