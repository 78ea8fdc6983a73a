/* lstm: made from lstm.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef LSTM_H
#define LSTM_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A long short-term memory, LSTM, over sequences: the state of every step, and the last one.
 *
 * `cell` reads `hidden` of the step before, and `hidden` reads `cell` of the same step: they are
 * one
 * recurrence. The gates between them are names for values, not memory.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): sequences
 *   t (size): steps
 *   f (size): features
 *   u (size): units
 *   x[n, t, f] (in)
 *   w[g, f, u] (in, a parameter)
 *   r[g, v, u] (in, a parameter)
 *   b[g, u] (in, a parameter)
 *   states[n, t, u] (out)
 *   last[n, u] (out) */
int lstm(size_t n, size_t t, size_t f, size_t u, const float *x, const float *w, const float *r,
         const float *b, float *states, float *last);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int lstm_call(size_t n, size_t t, size_t f, size_t u, const float *x, const float *w,
              const float *r, const float *b, float *states, float *last, steelyard_call *call);

/* The bytes of workspace that lstm_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t lstm_workspace(size_t n, size_t t, size_t f, size_t u);

#ifdef __cplusplus
}
#endif

#endif
