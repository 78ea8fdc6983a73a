/* contrastive: made from contrastive.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef CONTRASTIVE_H
#define CONTRASTIVE_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The contrastive loss of paired embeddings (InfoNCE): each must find its partner among all.
 *
 * `similarity[m = n]` reads the diagonal: an axis may stand where one declared `like` it
 * stands.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): pairs
 *   f (size): features
 *   a[n, f] (in)
 *   b[n, f] (in)
 *   temperature (in)
 *   forth (out)
 *   back (out)
 *   found (out) */
int contrastive(size_t n, size_t f, const float *a, const float *b, float temperature, float *forth,
                float *back, float *found);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int contrastive_call(size_t n, size_t f, const float *a, const float *b, float temperature,
                     float *forth, float *back, float *found, steelyard_call *call);

/* The bytes of workspace that contrastive_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t contrastive_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
