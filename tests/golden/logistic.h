/* logistic: made from logistic.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef LOGISTIC_H
#define LOGISTIC_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Logistic regression with a weight for each sample: the loss and the predictions.
 *
 * The loss function returns one term for each sample; the mean around it reduces. `*
 * importance` divides by the number of samples, as PyTorch's `weight=` does; `weight =
 * importance` divides by the sum of the weights. Both are given.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): samples
 *   f (size): features
 *   x[n, f] (in)
 *   target[n] (in): 0 or 1
 *   importance[n] (in, finite and not negative)
 *   w[f] (in, a parameter)
 *   b (in, a parameter)
 *   by_count (out)
 *   by_weight (out)
 *   probability[n] (out) */
int logistic(size_t n, size_t f, const float *x, const float *target, const float *importance,
             const float *w, float b, float *by_count, float *by_weight, float *probability);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int logistic_call(size_t n, size_t f, const float *x, const float *target, const float *importance,
                  const float *w, float b, float *by_count, float *by_weight, float *probability,
                  steelyard_call *call);

/* The bytes of workspace that logistic_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t logistic_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
