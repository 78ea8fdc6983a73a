/* class_weights: made from class_weights.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef CLASS_WEIGHTS_H
#define CLASS_WEIGHTS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cross entropy of a linear classifier in which rare classes count for more.
 *
 * `class_weight[target]` reads, for each sample, the weight of its class. `target` is typed as
 * an index of c: every label is checked when the function is called, so the read can not leave
 * the table.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): samples
 *   f (size): features
 *   x[n, f] (in)
 *   target[n] (in): an index along c
 *   class_weight[c] (in, finite and not negative)
 *   w[f, c] (in, a parameter)
 *   b[c] (in, a parameter)
 *   L (out)
 *   predicted[n] (out) */
int class_weights(size_t n, size_t f, const float *x, const int64_t *target,
                  const float *class_weight, const float *w, const float *b, float *L,
                  int64_t *predicted);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int class_weights_call(size_t n, size_t f, const float *x, const int64_t *target,
                       const float *class_weight, const float *w, const float *b, float *L,
                       int64_t *predicted, steelyard_call *call);

/* The bytes of workspace that class_weights_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t class_weights_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
