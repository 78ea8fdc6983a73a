/* entries: made from entries.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One model, three C functions: everything, the predictions alone, and the scores alone.
 *
 * An `entry` computes what it names and takes only the arguments that this needs: `predict`
 * wants no targets.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   f (size)
 *   x[n, f] (in)
 *   target[n] (in)
 *   w[f] (in, a parameter)
 *   b (in, a parameter)
 *   prediction[n] (out)
 *   mse (out)
 *   mae (out)
 *   bias (out) */
int entries(size_t n, size_t f, const float *x, const float *target, const float *w, float b,
            float *prediction, float *mse, float *mae, float *bias);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int entries_call(size_t n, size_t f, const float *x, const float *target, const float *w, float b,
                 float *prediction, float *mse, float *mae, float *bias, steelyard_call *call);

/* The bytes of workspace that entries_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t entries_workspace(size_t n, size_t f);

/* The predictions, without targets.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   f (size)
 *   x[n, f] (in)
 *   w[f] (in, a parameter)
 *   b (in, a parameter)
 *   prediction[n] (out) */
int entries_predict(size_t n, size_t f, const float *x, const float *w, float b,
                    float *prediction);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int entries_predict_call(size_t n, size_t f, const float *x, const float *w, float b,
                         float *prediction, steelyard_call *call);

/* The bytes of workspace that entries_predict_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t entries_predict_workspace(size_t n, size_t f);

/* How good the predictions are, without storing them.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size)
 *   f (size)
 *   x[n, f] (in)
 *   target[n] (in)
 *   w[f] (in, a parameter)
 *   b (in, a parameter)
 *   mse (out)
 *   mae (out)
 *   bias (out) */
int entries_evaluate(size_t n, size_t f, const float *x, const float *target, const float *w,
                     float b, float *mse, float *mae, float *bias);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int entries_evaluate_call(size_t n, size_t f, const float *x, const float *target, const float *w,
                          float b, float *mse, float *mae, float *bias, steelyard_call *call);

/* The bytes of workspace that entries_evaluate_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t entries_evaluate_workspace(size_t n, size_t f);

#ifdef __cplusplus
}
#endif

#endif
