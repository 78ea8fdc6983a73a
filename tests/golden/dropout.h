/* dropout: made from dropout.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef DROPOUT_H
#define DROPOUT_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Dropout without a stored mask: the numbers are a function of the key and the indices alone.
 *
 * The same key gives the same numbers on every machine, with any number of threads; another
 * step uses another key.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   f (size)
 *   x[n, f] (in)
 *   rate (in): the share that is dropped
 *   key (in)
 *   y[n, f] (out)
 *   drawn[n, f] (out) */
int dropout(size_t n, size_t f, const float *x, float rate, int64_t key, float *y, float *drawn);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int dropout_call(size_t n, size_t f, const float *x, float rate, int64_t key, float *y,
                 float *drawn, steelyard_call *call);

/* The bytes of workspace that dropout_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t dropout_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
