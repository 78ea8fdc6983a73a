/* inequality: made from inequality.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef INEQUALITY_H
#define INEQUALITY_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The Gini coefficient of weighted incomes, their ranks, and a weighted quantile.
 *
 * Means over pairs are written with an axis `like` n. The quantile is the least income such
 * that those at or below it hold at least the share `level` of the weight; it needs no sorting
 * to be stated.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   income[n] (in)
 *   w[n] (in, finite and not negative)
 *   level (in): 0.5: the median
 *   gini (out)
 *   rank[n] (out)
 *   quantile (out) */
int inequality(size_t n, const float *income, const float *w, float level, float *gini,
               int64_t *rank, float *quantile);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int inequality_call(size_t n, const float *income, const float *w, float level, float *gini,
                    int64_t *rank, float *quantile, steelyard_call *call);

/* The bytes of workspace that inequality_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t inequality_workspace(size_t n);

#ifdef __cplusplus
}
#endif

#endif
