/* unlabelled: made from unlabelled.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef UNLABELLED_H
#define UNLABELLED_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A loss and an accuracy over samples of which some have no label.
 *
 * `index(c, none = -100)` admits -100 for "no label". Such a label may be used as a position
 * only where `has(label)` holds, and the compiler asks for that condition where it is
 * forgotten.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   logits[n, c] (in)
 *   label[n] (in): an index along c, or -100 for none
 *   class_weight[c] (in, finite and not negative)
 *   L (out)
 *   accuracy (out)
 *   labelled (out)
 *   predicted[n] (out) */
int unlabelled(size_t n, const float *logits, const int64_t *label, const float *class_weight,
               float *L, float *accuracy, int64_t *labelled, int64_t *predicted);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int unlabelled_call(size_t n, const float *logits, const int64_t *label, const float *class_weight,
                    float *L, float *accuracy, int64_t *labelled, int64_t *predicted,
                    steelyard_call *call);

/* The bytes of workspace that unlabelled_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t unlabelled_workspace(size_t n);

#ifdef __cplusplus
}
#endif

#endif
