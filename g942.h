/* g942: made from g942.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef G942_H
#define G942_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   m (size)
 *   x0[t] (in)
 *   x1[m] (in): an index along t
 *   x2[m] (in)
 *   by1_x0[t] (out) */
int g942(size_t m, const double *x0, const int64_t *x1, const double *x2, double *by1_x0);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int g942_call(size_t m, const double *x0, const int64_t *x1, const double *x2, double *by1_x0,
              steelyard_call *call);

/* The bytes of workspace that g942_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t g942_workspace(size_t m);

#ifdef __cplusplus
}
#endif

#endif
