/* viterbi: made from viterbi.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef VITERBI_H
#define VITERBI_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most probable states behind a sequence of observations (Viterbi), and their
 * log-probability.
 *
 * One recurrence walks upwards and finds the best way to each state; another walks back along
 * it.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   t (size): time
 *   s (size): states
 *   start[s] (in): log-probabilities
 *   move[r, s] (in)
 *   seen[t, s] (in): of what was observed, in each state
 *   states[t] (out)
 *   score (out) */
int viterbi(size_t t, size_t s, const float *start, const float *move, const float *seen,
            int64_t *states, float *score);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int viterbi_call(size_t t, size_t s, const float *start, const float *move, const float *seen,
                 int64_t *states, float *score, steelyard_call *call);

/* The bytes of workspace that viterbi_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t viterbi_workspace(size_t t, size_t s);

#ifdef __cplusplus
}
#endif

#endif
