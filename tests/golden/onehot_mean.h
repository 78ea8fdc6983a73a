/* onehot_mean: made from onehot_mean.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef ONEHOT_MEAN_H
#define ONEHOT_MEAN_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The same set mean, written with a one-hot table: the form in which it is often met.
 *
 * An axis' name used as a value is its index: `if idx == t then 1 else 0` is the one-hot code
 * of idx.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   b (size)
 *   t (size)
 *   f (size)
 *   k (size)
 *   data[b, t, f] (in)
 *   idx[b, k] (in): an index along t
 *   avg[b, f] (out)
 *   code[b, t] (out) */
int onehot_mean(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                float *avg, int64_t *code);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int onehot_mean_call(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                     float *avg, int64_t *code, steelyard_call *call);

/* The bytes of workspace that onehot_mean_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t onehot_mean_workspace(size_t b, size_t t, size_t f, size_t k);

#ifdef __cplusplus
}
#endif

#endif
