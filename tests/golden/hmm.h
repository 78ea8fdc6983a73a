/* hmm: made from hmm.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef HMM_H
#define HMM_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A hidden Markov model: the log-likelihood of what was observed, and how probable each state
 * was.
 *
 * The likelihood is a recurrence of logsumexp, stable at any length. Its gradient by the
 * log-probability of the observations is the posterior of the states: nobody writes the backward
 * pass.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): sequences
 *   t (size): time
 *   s (size): states
 *   start[s] (in): log-probabilities
 *   move[r, s] (in)
 *   seen[n, t, s] (in): of what was observed, in each state
 *   total (out)
 *   each[n] (out)
 *   posterior[n, t, s] (out)
 *   moves[r, s] (out): how often each move is expected */
int hmm(size_t n, size_t t, size_t s, const float *start, const float *move, const float *seen,
        float *total, float *each, float *posterior, float *moves);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int hmm_call(size_t n, size_t t, size_t s, const float *start, const float *move, const float *seen,
             float *total, float *each, float *posterior, float *moves, steelyard_call *call);

/* The bytes of workspace that hmm_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t hmm_workspace(size_t n, size_t t, size_t s);

#ifdef __cplusplus
}
#endif

#endif
