/* running: made from running.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef RUNNING_H
#define RUNNING_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Running totals along time: sum, weighted mean, and highest value so far.
 *
 * `where = s <= t` around values that do not depend on t is one pass along t, not t times s
 * steps.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   t (size)
 *   x[t] (in)
 *   w[t] (in, finite and not negative)
 *   total[t] (out)
 *   average[t] (out)
 *   highest[t] (out)
 *   left[t] (out) */
int running(size_t t, const float *x, const float *w, float *total, float *average, float *highest,
            float *left);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int running_call(size_t t, const float *x, const float *w, float *total, float *average,
                 float *highest, float *left, steelyard_call *call);

/* The bytes of workspace that running_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t running_workspace(size_t t);

#ifdef __cplusplus
}
#endif

#endif
