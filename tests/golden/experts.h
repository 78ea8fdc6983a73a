/* experts: made from experts.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef EXPERTS_H
#define EXPERTS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A mixture of experts in which each sample is answered by its two best experts.
 *
 * A rank is a count of better gates; `where` keeps the two best, and the weights are the
 * softmax of what is left.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   f (size): features
 *   x[n, f] (in)
 *   gate[f, e] (in, a parameter)
 *   w[e, f, o] (in, a parameter)
 *   y[n, o] (out)
 *   load[e] (out) */
int experts(size_t n, size_t f, const float *x, const float *gate, const float *w, float *y,
            float *load);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int experts_call(size_t n, size_t f, const float *x, const float *gate, const float *w, float *y,
                 float *load, steelyard_call *call);

/* The bytes of workspace that experts_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t experts_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
