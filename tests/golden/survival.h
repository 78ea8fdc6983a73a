/* survival: made from survival.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef SURVIVAL_H
#define SURVIVAL_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The Cox partial likelihood of a survival model, and the concordance of its risks.
 *
 * Each event is compared with those still at risk: `where = time[n = m] >= time` is that set.
 * Subjects that were only observed for a while (no event) appear in such sets, and have no term
 * of their own.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): subjects
 *   f (size): features
 *   x[n, f] (in)
 *   time[n] (in)
 *   event[n] (in, 0 or 1): false: left the study without the event
 *   w[n] (in, finite and not negative)
 *   beta[f] (in, a parameter)
 *   L (out)
 *   concordance (out) */
int survival(size_t n, size_t f, const float *x, const float *time, const unsigned char *event,
             const float *w, const float *beta, float *L, float *concordance);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int survival_call(size_t n, size_t f, const float *x, const float *time, const unsigned char *event,
                  const float *w, const float *beta, float *L, float *concordance,
                  steelyard_call *call);

/* The bytes of workspace that survival_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t survival_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
