/* ctc: made from ctc.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef CTC_H
#define CTC_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Connectionist temporal classification (CTC): the loss of labels that are not aligned with
 * frames.
 *
 * Class 0 is the blank. Between, before and after the k letters of a label stand blanks: 2 k + 1
 * places, of which each frame stays, moves on by one, or skips a blank between two letters that
 * differ.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): samples
 *   t (size): frames
 *   c (size): classes
 *   k (size): letters of a label
 *   logp[n, t, c] (in): log-probabilities
 *   label[n, k] (in): an index along c
 *   frames[n] (in): how many of the t frames there are
 *   letters[n] (in): how many of the k letters there are
 *   L (out)
 *   each[n] (out)
 *   d_logp[n, t, c] (out) */
int ctc(size_t n, size_t t, size_t c, size_t k, const float *logp, const int64_t *label,
        const int64_t *frames, const int64_t *letters, float *L, float *each, float *d_logp);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int ctc_call(size_t n, size_t t, size_t c, size_t k, const float *logp, const int64_t *label,
             const int64_t *frames, const int64_t *letters, float *L, float *each, float *d_logp,
             steelyard_call *call);

/* The bytes of workspace that ctc_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t ctc_workspace(size_t n, size_t t, size_t c, size_t k);

#ifdef __cplusplus
}
#endif

#endif
