/* p942: made from p942.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef P942_H
#define P942_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   m (size)
 *   x0[t] (in)
 *   x1[m] (in): an index along t
 *   x2[m] (in)
 *   x3[t] (in)
 *   x5[s, k, t] (in)
 *   one100[m] (out)
 *   two100[m] (out)
 *   of1 (out)
 *   by1_x0[t] (out)
 *   r0[s, k] (out) */
int p942(size_t n, size_t m, const double *x0, const int64_t *x1, const double *x2,
         const int64_t *x3, const double *x5, double *one100, double *two100, double *of1,
         double *by1_x0, unsigned char *r0);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int p942_call(size_t n, size_t m, const double *x0, const int64_t *x1, const double *x2,
              const int64_t *x3, const double *x5, double *one100, double *two100, double *of1,
              double *by1_x0, unsigned char *r0, steelyard_call *call);

/* The bytes of workspace that p942_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t p942_workspace(size_t n, size_t m);

#ifdef __cplusplus
}
#endif

#endif
