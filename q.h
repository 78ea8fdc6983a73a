/* q: made from q.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef Q_H
#define Q_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   t (size)
 *   z1[t, s] (in)
 *   one1[t, s] (out)
 *   two1[t, s] (out) */
int q(size_t t, const float *z1, double *one1, double *two1);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int q_call(size_t t, const float *z1, double *one1, double *two1, steelyard_call *call);

/* The bytes of workspace that q_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t q_workspace(size_t t);

#ifdef __cplusplus
}
#endif

#endif
