/* training: made from training.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef TRAINING_H
#define TRAINING_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a training of training holds. All of it is 0 before training_init or training_load; then
 * the values may be read and set.
 *   base (its memory, and the steps made: steelyard_call.h)
 *   f (size): features
 *   w[f, h] (a parameter)
 *   w_m[f, h] (kept by the optimizer)
 *   w_v[f, h] (kept by the optimizer)
 *   w_t (kept by the optimizer)
 *   b[h] (a parameter)
 *   b_m[h] (kept by the optimizer)
 *   b_v[h] (kept by the optimizer)
 *   b_t (kept by the optimizer)
 *   v[h] (a parameter)
 *   v_m[h] (kept by the optimizer)
 *   v_v[h] (kept by the optimizer)
 *   v_t (kept by the optimizer) */
typedef struct training_state {
    steelyard_state base;
    size_t f;
    float *w;
    float *w_m;
    float *w_v;
    float w_t;
    float *b;
    float *b_m;
    float *b_v;
    float b_t;
    float *v;
    float *v_m;
    float *v_v;
    float v_t;
} training_state;

/* A small network that is trained: what `minimize` emits beside the function.
 *
 * `training_init` draws the params of a seed, `training_step` takes a batch of any size and
 * changes them, `training_save` and `training_load` keep them and what the optimizer remembers;
 * `entry` gives the function that predicts when all is learned.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): samples of a batch
 *   f (size): features
 *   x[n, f] (in)
 *   target[n] (in)
 *   rate (in)
 *   w[f, h] (in, a parameter)
 *   b[h] (in, a parameter)
 *   v[h] (in, a parameter)
 *   prediction[n] (out)
 *   L (out) */
int training(size_t n, size_t f, const float *x, const float *target, float rate, const float *w,
             const float *b, const float *v, float *prediction, float *L);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int training_call(size_t n, size_t f, const float *x, const float *target, float rate,
                  const float *w, const float *b, const float *v, float *prediction, float *L,
                  steelyard_call *call);

/* The bytes of workspace that training_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t training_workspace(size_t n, size_t f);

/* Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): samples of a batch
 *   f (size): features
 *   x[n, f] (in)
 *   w[f, h] (in, a parameter)
 *   b[h] (in, a parameter)
 *   v[h] (in, a parameter)
 *   prediction[n] (out) */
int training_predict(size_t n, size_t f, const float *x, const float *w, const float *b,
                     const float *v, float *prediction);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int training_predict_call(size_t n, size_t f, const float *x, const float *w, const float *b,
                          const float *v, float *prediction, steelyard_call *call);

/* The bytes of workspace that training_predict_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t training_predict_workspace(size_t n, size_t f);

/* Sets params, and what the optimizer keeps of them, to their initial values.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   state (in and out)
 *   f (size): features
 *   seed (in): other numbers drawn for another seed */
int training_init(training_state *state, size_t f, int64_t seed);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int training_init_call(training_state *state, size_t f, int64_t seed, steelyard_call *call);

/* The bytes of workspace that training_init_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t training_init_workspace(size_t f);

/* One step of training: the losses and their gradients at the params as they are,
 * then params and optimizer states changed in place.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   state (in and out)
 *   n (size): samples of a batch
 *   f (size): features
 *   x[n, f] (in)
 *   target[n] (in)
 *   rate (in)
 *   L (out) */
int training_step(training_state *state, size_t n, size_t f, const float *x, const float *target,
                  float rate, float *L);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int training_step_call(training_state *state, size_t n, size_t f, const float *x,
                       const float *target, float rate, float *L, steelyard_call *call);

/* The bytes of workspace that training_step_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t training_step_workspace(size_t n, size_t f);

/* Writes the state to a file, which is then there as a whole; if that fails it is as it was
 * before. */
int training_save(const training_state *state, const char *path);

/* The same with the detail of an error; call may be NULL. */
int training_save_call(const training_state *state, const char *path, steelyard_call *call);

/* Reads a state that was saved, into one that is initialised and has these sizes, or that is not
 * and takes them from the file. On an error the state is as it was before. */
int training_load(training_state *state, const char *path);

/* The same with the detail of an error; call may be NULL. */
int training_load_call(training_state *state, const char *path, steelyard_call *call);

/* Gives back the memory that init or load allocated; the state may be initialised or loaded
 * again. */
void training_free(training_state *state);

/* The bytes of memory that the arrays of a state take, SIZE_MAX if the sizes are too large. */
size_t training_memory(size_t f);

#ifdef __cplusplus
}
#endif

#endif
