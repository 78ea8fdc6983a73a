/* training: made from training.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "training.h"

#include "steelyard.h"
#include "steelyard_tile.h"
#include <stdbool.h>
#include <stdint.h>

/* training.sy:19: let hidden[n, h] = relu(sum[f](x * w) + b)
 * training.sy:21: output prediction[n] = sum[h](hidden * v) */
static void training_prediction(int64_t share_from, int64_t share_to, int64_t f_extent,
                                const float *restrict x, const float *restrict w,
                                const float *restrict b, const float *restrict v,
                                float *restrict prediction) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float prediction_sum = 0.0f;
        for (int64_t h = 0; h < 8; ++h) {
            double hidden_sum_total = 0.0;
            for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
                const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
                float hidden_sum[32] = {0};
                const int64_t f_whole = f_end - f_end % 32;
                for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t f = f_row + lane;
                        hidden_sum[lane] =
                            SY_FMA_F32(x[n * f_extent + f], w[f * 8 + h], hidden_sum[lane]);
                    }
                }
                for (int64_t f = f_whole; f < f_end; ++f) {
                    hidden_sum[0] = SY_FMA_F32(x[n * f_extent + f], w[f * 8 + h], hidden_sum[0]);
                }
                hidden_sum_total +=
                    (double)(f_whole > f_first ? sy_tree_sum_f32(hidden_sum) : hidden_sum[0]);
            }
            const float hidden_sum = (float)hidden_sum_total;
            const float hidden = sy_max_f32(0.0f, hidden_sum + b[h]);
            prediction_sum = SY_FMA_F32(hidden, v[h], prediction_sum);
        }
        prediction[n] = prediction_sum;
    }
}

/* training.sy:22: loss L = mean[n](huber(prediction, target)) */
static void training_L_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                  const float *restrict target, float *restrict prediction,
                                  double *restrict L_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float L_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                const float target_here = target[n];
                const float difference = prediction[n] - target_here;
                const float abs_ = sy_abs_f32(difference);
                L_sum[lane] += abs_ < 1.0f ? 0.5f * (difference * difference) : abs_ - 0.5f;
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            const float difference = prediction[n] - target[n];
            const float abs_ = sy_abs_f32(difference);
            L_sum[0] += abs_ < 1.0f ? 0.5f * (difference * difference) : abs_ - 0.5f;
        }
        L_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
    }
}

static void training_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                             const float *restrict target, const float *restrict w,
                             const float *restrict b, const float *restrict v,
                             float *restrict prediction, float *restrict L,
                             unsigned char *workspace) {
    double *restrict L_sum_blocks = (double *)(void *)workspace;
    /* training.sy:19: let hidden[n, h] = relu(sum[f](x * w) + b)
     * training.sy:21: output prediction[n] = sum[h](hidden * v) */
    if ((double)n_extent * 8.0 * (double)f_extent > 20000.0) {
#pragma omp parallel
        training_prediction(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent, x, w, b,
                            v, prediction);
    } else {
        training_prediction(0, n_extent, f_extent, x, w, b, v, prediction);
    }

    /* training.sy:22: loss L = mean[n](huber(prediction, target)) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        training_L_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                              target, prediction, L_sum_blocks);
    } else {
        training_L_sum_blocks(0, n_blocks, n_extent, target, prediction, L_sum_blocks);
    }
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks);

    *L = (float)(L_sum / (double)n_extent);
}

int training(size_t n, size_t f, const float *x, const float *target, float rate, const float *w,
             const float *b, const float *v, float *prediction, float *L) {
    return training_call(n, f, x, target, rate, w, b, v, prediction, L, NULL);
}

int training_call(size_t n, size_t f, const float *x, const float *target, float rate,
                  const float *w, const float *b, const float *v, float *prediction, float *L,
                  steelyard_call *call) {
    (void)rate;
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    const int64_t x_count = sy_count(n_extent, f_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t w_count = sy_count(f_extent, 8);
    if (w_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (target == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "target", 0, 0.0, 0, NULL);
    }
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (b == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b", 0, 0.0, 0, NULL);
    if (v == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v", 0, 0.0, 0, NULL);
    if (prediction == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "prediction", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    const size_t needed = training_workspace(n, f);
    if (needed == SIZE_MAX) {
        return sy_fail(call, STEELYARD_OVERFLOW, NULL, 0, 0.0, 0,
                       "the workspace would be too large");
    }
    unsigned char *given = call != NULL ? (unsigned char *)call->workspace : NULL;
    if (given != NULL && !sy_workspace_fits(given, call->workspace_size, needed)) {
        return sy_fail(call, STEELYARD_WORKSPACE, NULL, 0, 0.0, (int64_t)needed,
                       "bytes are needed, aligned to 64");
    }
    unsigned char *workspace =
        given != NULL ? given : (unsigned char *)sy_allocate(needed > 0 ? needed : 64);
    if (workspace == NULL) {
        return sy_fail(call, STEELYARD_MEMORY, NULL, 0, 0.0, (int64_t)needed,
                       "bytes of workspace could not be allocated");
    }
    training_compute(n_extent, f_extent, x, target, w, b, v, prediction, L, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t training_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    return sy_bytes((n_extent + 4095) / 4096, sizeof(double));
}

/* training.sy:19: let hidden[n, h] = relu(sum[f](x * w) + b)
 * training.sy:21: output prediction[n] = sum[h](hidden * v) */
static void training_predict_prediction(int64_t share_from, int64_t share_to, int64_t f_extent,
                                        const float *restrict x, const float *restrict w,
                                        const float *restrict b, const float *restrict v,
                                        float *restrict prediction) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float prediction_sum = 0.0f;
        for (int64_t h = 0; h < 8; ++h) {
            double hidden_sum_total = 0.0;
            for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
                const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
                float hidden_sum[32] = {0};
                const int64_t f_whole = f_end - f_end % 32;
                for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t f = f_row + lane;
                        hidden_sum[lane] =
                            SY_FMA_F32(x[n * f_extent + f], w[f * 8 + h], hidden_sum[lane]);
                    }
                }
                for (int64_t f = f_whole; f < f_end; ++f) {
                    hidden_sum[0] = SY_FMA_F32(x[n * f_extent + f], w[f * 8 + h], hidden_sum[0]);
                }
                hidden_sum_total +=
                    (double)(f_whole > f_first ? sy_tree_sum_f32(hidden_sum) : hidden_sum[0]);
            }
            const float hidden_sum = (float)hidden_sum_total;
            const float hidden = sy_max_f32(0.0f, hidden_sum + b[h]);
            prediction_sum = SY_FMA_F32(hidden, v[h], prediction_sum);
        }
        prediction[n] = prediction_sum;
    }
}

static void training_predict_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                                     const float *restrict w, const float *restrict b,
                                     const float *restrict v, float *restrict prediction) {
    /* training.sy:19: let hidden[n, h] = relu(sum[f](x * w) + b)
     * training.sy:21: output prediction[n] = sum[h](hidden * v) */
    if ((double)n_extent * 8.0 * (double)f_extent > 20000.0) {
#pragma omp parallel
        training_predict_prediction(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent,
                                    x, w, b, v, prediction);
    } else {
        training_predict_prediction(0, n_extent, f_extent, x, w, b, v, prediction);
    }
}

int training_predict(size_t n, size_t f, const float *x, const float *w, const float *b,
                     const float *v, float *prediction) {
    return training_predict_call(n, f, x, w, b, v, prediction, NULL);
}

int training_predict_call(size_t n, size_t f, const float *x, const float *w, const float *b,
                          const float *v, float *prediction, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    const int64_t x_count = sy_count(n_extent, f_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t w_count = sy_count(f_extent, 8);
    if (w_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (b == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b", 0, 0.0, 0, NULL);
    if (v == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v", 0, 0.0, 0, NULL);
    if (prediction == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "prediction", 0, 0.0, 0, NULL);
    }
    training_predict_compute(n_extent, f_extent, x, w, b, v, prediction);
    return STEELYARD_OK;
}

size_t training_predict_workspace(size_t n, size_t f) {
    (void)n;
    (void)f;
    return 0;
}

/* training.sy:15: param w[f, h] = normal(0, 0.5)
 * training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
static void training_init_w(int64_t share_from, int64_t share_to, int64_t seed, float *restrict w,
                            float *restrict w_m, float *restrict w_v) {
    for (int64_t f = share_from; f < share_to; ++f) {
#pragma omp simd
        for (int64_t h = 0; h < 8; ++h) {
            w[f * 8 + h] = 0.0f +
                           0.5f *
                               sy_normal_f32(sy_random_mix(sy_random_mix(sy_random_begin(sy_add_i64(INT64_C(-5808541479991114666),
                                                                                                    sy_mul_i64(seed,
                                                                                                               INT64_C(-3335678366873096957)))),
                                                                         f),
                                                           h));
            w_m[f * 8 + h] = 0.0f;
            w_v[f * 8 + h] = 0.0f;
        }
    }
}

static void training_init_compute(int64_t f_extent, int64_t seed, float *restrict w,
                                  float *restrict w_m, float *restrict w_v, float *restrict w_t,
                                  float *restrict b, float *restrict b_m, float *restrict b_v,
                                  float *restrict b_t, float *restrict v, float *restrict v_m,
                                  float *restrict v_v, float *restrict v_t) {
    /* training.sy:15: param w[f, h] = normal(0, 0.5)
     * training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
    if ((double)f_extent * 8.0 > 20000.0) {
#pragma omp parallel
        training_init_w(sy_share_from(f_extent, 1), sy_share_to(f_extent, 1), seed, w, w_m, w_v);
    } else {
        training_init_w(0, f_extent, seed, w, w_m, w_v);
    }

    /* training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
    *w_t = 0.0f;

    /* training.sy:16: param b[h] = 0
     * training.sy:17: param v[h] = normal(0, 0.5)
     * training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
#pragma omp simd
    for (int64_t h = 0; h < 8; ++h) {
        b[h] = 0.0f;
        b_m[h] = 0.0f;
        b_v[h] = 0.0f;
        v[h] = 0.0f +
               0.5f *
                   sy_normal_f32(sy_random_mix(sy_random_begin(sy_add_i64(INT64_C(-5808540380479486455),
                                                                          sy_mul_i64(seed,
                                                                                     INT64_C(-3335678366873096957)))),
                                               h));
        v_m[h] = 0.0f;
        v_v[h] = 0.0f;
    }

    /* training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
    *b_t = 0.0f;

    *v_t = 0.0f;
}

static int training_init_arrays(size_t f, int64_t seed, float *w, float *w_m, float *w_v,
                                float *w_t, float *b, float *b_m, float *b_v, float *b_t, float *v,
                                float *v_m, float *v_v, float *v_t, steelyard_call *call) {
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t f_extent = (int64_t)f;
    const int64_t w_count = sy_count(f_extent, 8);
    if (w_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w", 0, 0.0, 0, "it would have too many elements");
    }
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (w_m == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w_m", 0, 0.0, 0, NULL);
    }
    if (w_v == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w_v", 0, 0.0, 0, NULL);
    }
    if (w_t == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "w_t", 0, 0.0, 0, NULL);
    if (b == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b", 0, 0.0, 0, NULL);
    if (b_m == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b_m", 0, 0.0, 0, NULL);
    if (b_v == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b_v", 0, 0.0, 0, NULL);
    if (b_t == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b_t", 0, 0.0, 0, NULL);
    if (v == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v", 0, 0.0, 0, NULL);
    if (v_m == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v_m", 0, 0.0, 0, NULL);
    if (v_v == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v_v", 0, 0.0, 0, NULL);
    if (v_t == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v_t", 0, 0.0, 0, NULL);
    training_init_compute(f_extent, seed, w, w_m, w_v, w_t, b, b_m, b_v, b_t, v, v_m, v_v, v_t);
    return STEELYARD_OK;
}

/* Finds memory for the arrays of these sizes, and their places in it. */
static int training_place(training_state *state, size_t f, steelyard_call *call) {
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t f_extent = (int64_t)f;
    const int placed = sy_state_place(&state->base, training_memory(f), call);
    if (placed != STEELYARD_OK) return placed;
    state->f = f;
    unsigned char *memory = (unsigned char *)sy_state_memory(&state->base);
    state->w = (float *)(void *)memory;
    const size_t after_w = sy_bytes(f_extent * 8, sizeof(float));
    state->w_m = (float *)(void *)&memory[after_w];
    const size_t after_w_m = after_w + sy_bytes(f_extent * 8, sizeof(float));
    state->w_v = (float *)(void *)&memory[after_w_m];
    const size_t after_w_v = after_w_m + sy_bytes(f_extent * 8, sizeof(float));
    state->b = (float *)(void *)&memory[after_w_v];
    const size_t after_b = after_w_v + sy_bytes(8, sizeof(float));
    state->b_m = (float *)(void *)&memory[after_b];
    const size_t after_b_m = after_b + sy_bytes(8, sizeof(float));
    state->b_v = (float *)(void *)&memory[after_b_m];
    const size_t after_b_v = after_b_m + sy_bytes(8, sizeof(float));
    state->v = (float *)(void *)&memory[after_b_v];
    const size_t after_v = after_b_v + sy_bytes(8, sizeof(float));
    state->v_m = (float *)(void *)&memory[after_v];
    const size_t after_v_m = after_v + sy_bytes(8, sizeof(float));
    state->v_v = (float *)(void *)&memory[after_v_m];
    return STEELYARD_OK;
}

int training_init(training_state *state, size_t f, int64_t seed) {
    return training_init_call(state, f, seed, NULL);
}

int training_init_call(training_state *state, size_t f, int64_t seed, steelyard_call *call) {
    if (state == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "state", 0, 0.0, 0, NULL);
    const int placed = training_place(state, f, call);
    if (placed != STEELYARD_OK) return placed;
    const int status = training_init_arrays(f, seed, state->w, state->w_m, state->w_v, &state->w_t,
                                            state->b, state->b_m, state->b_v, &state->b_t, state->v,
                                            state->v_m, state->v_v, &state->v_t, call);
    if (status != STEELYARD_OK) return status;
    sy_state_begin(&state->base);
    return STEELYARD_OK;
}

size_t training_init_workspace(size_t f) {
    (void)f;
    return 0;
}

/* training.sy:19: let hidden[n, h] = relu(sum[f](x * w) + b) */
static void training_step_hidden_sum(int64_t share_from, int64_t share_to, int64_t n_extent,
                                     int64_t f_extent, const float *restrict x,
                                     float *restrict hidden_sum, float *restrict hidden_sum_right) {
    for (int64_t panel = share_from; panel < share_to; panel += 8) {
        const int64_t n_first = panel * 6;
        const int64_t n_count = sy_min_i64(sy_min_i64(8, share_to - panel) * 6, n_extent - n_first);
        double hidden_sum_sums[768];
        for (int64_t f_first = 0; f_first < sy_max_i64(f_extent, 1); f_first += 2048) {
            const int64_t f_count = sy_min_i64(2048, f_extent - f_first);
            float hidden_sum_left[98304];
            const int64_t n_padded = (n_count + 5) / 6 * 6;
            for (int64_t row = 0; row < n_padded; ++row) {
                const int64_t n = sy_min_i64(n_first + row, n_extent - 1);
                for (int64_t group = 0; group < f_count; group += 16) {
                    const int64_t n_start = row / 6 * 6 * 2048 + group * 6 + row % 6 * 16;
                    const int64_t f_from = f_first + group;
                    if (f_count - group >= 16) {
#pragma omp simd
                        for (int64_t step = 0; step < 16; ++step) {
                            const int64_t f = f_from + step;
                            hidden_sum_left[n_start + step] = x[n * f_extent + f];
                        }
                    } else {
#pragma omp simd
                        for (int64_t step = 0; step < f_count - group; ++step) {
                            const int64_t f = f_from + step;
                            hidden_sum_left[n_start + step] = x[n * f_extent + f];
                        }
                    }
                }
            }
            sy_panels_f32_wide(n_count, 8, f_count, hidden_sum_left, SY_BY_GROUPS, 2048,
                               &hidden_sum_right[f_first * 16], f_extent * 16, f_first > 0,
                               hidden_sum_sums, 16);
            if (f_extent - f_first <= 2048) {
                for (int64_t row = 0; row < n_count; ++row) {
                    const int64_t n = n_first + row;
#pragma omp simd
                    for (int64_t lane = 0; lane < 8; ++lane) {
                        hidden_sum[n * 8 + lane] = (float)hidden_sum_sums[row * 16 + lane];
                    }
                }
            }
        }
    }
}

/* training.sy:19: let hidden[n, h] = relu(sum[f](x * w) + b) */
static void training_step_hidden_sum_2(int64_t share_from, int64_t share_to, int64_t f_extent,
                                       const float *restrict x, float *restrict w,
                                       float *restrict hidden_sum) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double hidden_sum_total[8] = {0};
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float hidden_sum_2[8] = {0};
            for (int64_t f = f_first; f < f_end; ++f) {
#pragma omp simd
                for (int64_t h = 0; h < 8; ++h) {
                    hidden_sum_2[h] =
                        SY_FMA_F32(x[n * f_extent + f], w[f * 8 + h], hidden_sum_2[h]);
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 8; ++lane) {
                hidden_sum_total[lane] += (double)hidden_sum_2[lane];
            }
        }
#pragma omp simd
        for (int64_t h = 0; h < 8; ++h) {
            hidden_sum[n * 8 + h] = (float)hidden_sum_total[h];
        }
    }
}

/* training.sy:21: output prediction[n] = sum[h](hidden * v) */
static void training_step_L_sum(int64_t share_from, int64_t share_to, float *restrict b,
                                float *restrict v, float *restrict L_sum,
                                float *restrict hidden_sum) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float L_sum_2 = 0.0f;
        for (int64_t h = 0; h < 8; ++h) {
            const float total = hidden_sum[n * 8 + h] + b[h];
            const float hidden = sy_max_f32(0.0f, total);
            L_sum_2 = SY_FMA_F32(hidden, v[h], L_sum_2);
        }
        L_sum[n] = L_sum_2;
    }
}

/* losses.sy:20: if abs(e) < delta then 0.5 * e^2 else delta * (abs(e) - 0.5 * delta)
 * training.sy:22: loss L = mean[n](huber(prediction, target)) */
static void training_step_L_sum_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                                  const float *restrict target, float *restrict L_sum_n,
                                  float *restrict L_sum, double *restrict L_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float L_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                const float target_here = target[n];
                const float difference = L_sum[n] - target_here;
                const float abs_ = sy_abs_f32(difference);
                L_sum_n[n] = abs_ < 1.0f ? 0.5f * (difference * difference) : abs_ - 0.5f;
                L_sum_2[lane] += L_sum_n[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            const float difference = L_sum[n] - target[n];
            const float abs_ = sy_abs_f32(difference);
            L_sum_n[n] = abs_ < 1.0f ? 0.5f * (difference * difference) : abs_ - 0.5f;
            L_sum_2[0] += L_sum_n[n];
        }
        L_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum_2) : L_sum_2[0]);
    }
}

/* training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
static void training_step_d_w(int64_t share_from, int64_t share_to, int64_t n_extent,
                              int64_t f_extent, const float *restrict x,
                              const float *restrict target, float *restrict b, float *restrict v,
                              float *restrict d_w, float *restrict L_sum,
                              float *restrict hidden_sum, float *restrict w_sum_f, float product,
                              float ratio) {
    for (int64_t f = share_from; f < share_to; ++f) {
        double d_w_sum_total[8] = {0};
        for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
            const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
            float d_w_sum[8] = {0};
            for (int64_t n = n_first; n < n_end; ++n) {
                const float target_here = target[n];
                const float x_here = x[n * f_extent + f];
                const float difference = L_sum[n] - target_here;
                const float abs_ = sy_abs_f32(difference);
                const float total = (abs_ < 1.0f ? product * difference : 0.0f) +
                                    (abs_ < 1.0f ? 0.0f : ratio * sy_sign_f32(difference));
#pragma omp simd
                for (int64_t h = 0; h < 8; ++h) {
                    const float total_2 = hidden_sum[n * 8 + h] + b[h];
                    const float v_here = v[h];
                    const float product_2 = total * v_here;
                    d_w_sum[h] += 0.0f < total_2 ? product_2 * x_here : 0.0f;
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 8; ++lane) {
                d_w_sum_total[lane] += (double)d_w_sum[lane];
            }
        }
#pragma omp simd
        for (int64_t h = 0; h < 8; ++h) {
            d_w[f * 8 + h] = (float)d_w_sum_total[h];
        }
        float w_sum = 0.0f;
        for (int64_t h = 0; h < 8; ++h) {
            const float base = d_w[f * 8 + h];
            w_sum += base * base;
        }
        w_sum_f[f] = w_sum;
    }
}

/* training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
static void training_step_w_sum_blocks(int64_t share_from, int64_t share_to, int64_t f_extent,
                                       float *restrict w_sum_f, double *restrict w_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t f_first = block * 4096;
        const int64_t f_end = sy_min_i64(f_first + 4096, f_extent);
        double w_sum[32] = {0};
        const int64_t f_whole = f_end - f_end % 32;
        for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t f = f_row + lane;
                w_sum[lane] += (double)w_sum_f[f];
            }
        }
        for (int64_t f = f_whole; f < f_end; ++f) {
            w_sum[0] += (double)w_sum_f[f];
        }
        w_sum_blocks[block] = f_whole > f_first ? sy_tree_sum_f64(w_sum) : w_sum[0];
    }
}

/* training.sy:15: param w[f, h] = normal(0, 0.5)
 * training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
static void training_step_w(int64_t share_from, int64_t share_to, float rate, float *restrict w,
                            float *restrict w_m, float *restrict w_v, float *restrict d_w,
                            float difference, float min, float expm1_, float expm1__2) {
    for (int64_t f = share_from; f < share_to; ++f) {
#pragma omp simd
        for (int64_t h = 0; h < 8; ++h) {
            const float product = d_w[f * 8 + h] * min;
            const float total = 0.9f * w_m[f * 8 + h] + 0.1f * product;
            const float total_2 = 0.999f * w_v[f * 8 + h] + 0.001f * (product * product);
            const float next_w =
                w[f * 8 + h] * difference -
                rate * (total / -expm1_ / (sy_sqrt_f32(total_2 / -expm1__2) + 1e-8f));
            const float next_w_m = total;
            const float next_w_v = total_2;
            w[f * 8 + h] = next_w;
            w_m[f * 8 + h] = next_w_m;
            w_v[f * 8 + h] = next_w_v;
        }
    }
}

static void training_step_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                                  const float *restrict target, float rate, float *restrict w,
                                  float *restrict w_m, float *restrict w_v, float *restrict w_t,
                                  float *restrict b, float *restrict b_m, float *restrict b_v,
                                  float *restrict b_t, float *restrict v, float *restrict v_m,
                                  float *restrict v_v, float *restrict v_t, float *restrict L,
                                  unsigned char *workspace) {
    float *restrict L_sum_n = (float *)(void *)workspace;
    const size_t after_L_sum_n = sy_bytes(n_extent, sizeof(float));
    float *restrict d_w = (float *)(void *)&workspace[after_L_sum_n];
    const size_t after_d_w = after_L_sum_n + sy_bytes(f_extent * 8, sizeof(float));
    float *restrict d_b = (float *)(void *)&workspace[after_d_w];
    const size_t after_d_b = after_d_w + sy_bytes(8, sizeof(float));
    float *restrict d_v = (float *)(void *)&workspace[after_d_b];
    const size_t after_d_v = after_d_b + sy_bytes(8, sizeof(float));
    float *restrict L_sum = (float *)(void *)&workspace[after_d_v];
    const size_t after_L_sum = after_d_v + sy_bytes(n_extent, sizeof(float));
    float *restrict hidden_sum = (float *)(void *)&workspace[after_L_sum];
    const size_t after_hidden_sum = after_L_sum + sy_bytes(n_extent * 8, sizeof(float));
    float *restrict w_sum_f = (float *)(void *)&workspace[after_hidden_sum];
    const size_t after_w_sum_f = after_hidden_sum + sy_bytes(f_extent, sizeof(float));
    float *restrict hidden_sum_right = (float *)(void *)&workspace[after_w_sum_f];
    const size_t after_hidden_sum_right = after_w_sum_f + sy_bytes(f_extent * 16, sizeof(float));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_hidden_sum_right];
    const size_t after_L_sum_blocks =
        after_hidden_sum_right + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict w_sum_blocks = (double *)(void *)&workspace[after_L_sum_blocks];
    /* training.sy:19: let hidden[n, h] = relu(sum[f](x * w) + b) */
    const bool by_panels = n_extent >= 3 && (double)n_extent * 8.0 * (double)f_extent >= 256.0;
    if (by_panels) {
        const bool enough_work = (double)n_extent * 8.0 * (double)f_extent > 500000.0;
        for (int64_t f = 0; f < f_extent; ++f) {
#pragma omp simd
            for (int64_t lane = 0; lane < 16; ++lane) {
                const int64_t h = sy_min_i64(lane, 7);
                hidden_sum_right[f * 16 + lane] = w[f * 8 + h];
            }
        }
        const int64_t n_panels = (n_extent + 5) / 6;
        if (enough_work) {
#pragma omp parallel
            training_step_hidden_sum(sy_share_from(n_panels, 1), sy_share_to(n_panels, 1), n_extent,
                                     f_extent, x, hidden_sum, hidden_sum_right);
        } else {
            training_step_hidden_sum(0, n_panels, n_extent, f_extent, x, hidden_sum,
                                     hidden_sum_right);
        }
    } else if ((double)n_extent * (double)f_extent * 8.0 > 20000.0) {
#pragma omp parallel
        training_step_hidden_sum_2(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent,
                                   x, w, hidden_sum);
    } else {
        training_step_hidden_sum_2(0, n_extent, f_extent, x, w, hidden_sum);
    }

    /* training.sy:21: output prediction[n] = sum[h](hidden * v) */
    if ((double)n_extent * 8.0 > 20000.0) {
#pragma omp parallel
        training_step_L_sum(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), b, v, L_sum,
                            hidden_sum);
    } else {
        training_step_L_sum(0, n_extent, b, v, L_sum, hidden_sum);
    }

    /* losses.sy:20: if abs(e) < delta then 0.5 * e^2 else delta * (abs(e) - 0.5 * delta)
     * training.sy:22: loss L = mean[n](huber(prediction, target)) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        training_step_L_sum_n(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                              target, L_sum_n, L_sum, L_sum_blocks);
    } else {
        training_step_L_sum_n(0, n_blocks, n_extent, target, L_sum_n, L_sum, L_sum_blocks);
    }
    const double L_sum_2 = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks);

    /* training.sy:22: loss L = mean[n](huber(prediction, target)) */
    *L = (float)(L_sum_2 / (double)n_extent);

    /* training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
    const float product = 2.0f / (float)n_extent * 0.5f;
    const float ratio = 1.0f / (float)n_extent;
    if ((double)f_extent * (double)n_extent * 8.0 > 20000.0) {
#pragma omp parallel
        training_step_d_w(sy_share_from(f_extent, 1), sy_share_to(f_extent, 1), n_extent, f_extent,
                          x, target, b, v, d_w, L_sum, hidden_sum, w_sum_f, product, ratio);
    } else {
        training_step_d_w(0, f_extent, n_extent, f_extent, x, target, b, v, d_w, L_sum, hidden_sum,
                          w_sum_f, product, ratio);
    }

    double d_b_sum_total[8] = {0};
    double d_v_sum_total[8] = {0};
    for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
        const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
        float d_b_sum[8] = {0};
        float d_v_sum[8] = {0};
        for (int64_t n = n_first; n < n_end; ++n) {
            const float target_here = target[n];
            const float difference = L_sum[n] - target_here;
            const float abs_ = sy_abs_f32(difference);
            const float total = (abs_ < 1.0f ? product * difference : 0.0f) +
                                (abs_ < 1.0f ? 0.0f : ratio * sy_sign_f32(difference));
#pragma omp simd
            for (int64_t h = 0; h < 8; ++h) {
                const float total_2 = hidden_sum[n * 8 + h] + b[h];
                const float v_here = v[h];
                const float product_2 = total * v_here;
                d_b_sum[h] += 0.0f < total_2 ? product_2 : 0.0f;
                const float hidden = sy_max_f32(0.0f, total_2);
                d_v_sum[h] = SY_FMA_F32(total, hidden, d_v_sum[h]);
            }
        }
#pragma omp simd
        for (int64_t lane = 0; lane < 8; ++lane) {
            d_b_sum_total[lane] += (double)d_b_sum[lane];
        }
#pragma omp simd
        for (int64_t lane = 0; lane < 8; ++lane) {
            d_v_sum_total[lane] += (double)d_v_sum[lane];
        }
    }
#pragma omp simd
    for (int64_t h = 0; h < 8; ++h) {
        d_b[h] = (float)d_b_sum_total[h];
        d_v[h] = (float)d_v_sum_total[h];
    }

    const int64_t f_blocks = (f_extent + 4095) / 4096;
    if (f_extent > 20000) {
#pragma omp parallel
        training_step_w_sum_blocks(sy_share_from(f_blocks, 1), sy_share_to(f_blocks, 1), f_extent,
                                   w_sum_f, w_sum_blocks);
    } else {
        training_step_w_sum_blocks(0, f_blocks, f_extent, w_sum_f, w_sum_blocks);
    }
    const double w_sum = sy_tree_sum_blocks(w_sum_blocks, (size_t)f_blocks);

    float w_sum_2 = 0.0f;
    float w_sum_3 = 0.0f;
    for (int64_t h = 0; h < 8; ++h) {
        const float base = d_b[h];
        w_sum_2 += base * base;
        const float base_2 = d_v[h];
        w_sum_3 += base_2 * base_2;
    }

    /* training.sy:15: param w[f, h] = normal(0, 0.5)
     * training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
    const float difference = 1.0f - rate * 0.01f;
    const float min = sy_min_f32(
        1.0f, 1.0f / (sy_sqrt_f32((float)(w_sum + (double)w_sum_2 + (double)w_sum_3)) + 1e-6f));
    const float total = *w_t + 1.0f;
    const float expm1_ = sy_expm1_f32(total * -0.105360515f);
    const float expm1__2 = sy_expm1_f32(total * -0.0010005003f);
    if ((double)f_extent * 8.0 > 20000.0) {
#pragma omp parallel
        training_step_w(sy_share_from(f_extent, 1), sy_share_to(f_extent, 1), rate, w, w_m, w_v,
                        d_w, difference, min, expm1_, expm1__2);
    } else {
        training_step_w(0, f_extent, rate, w, w_m, w_v, d_w, difference, min, expm1_, expm1__2);
    }

    /* training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
    const float next_w_t = total;
    *w_t = next_w_t;

    /* training.sy:16: param b[h] = 0
     * training.sy:17: param v[h] = normal(0, 0.5)
     * training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
    const float total_2 = *b_t + 1.0f;
    const float expm1__3 = sy_expm1_f32(total_2 * -0.105360515f);
    const float expm1__4 = sy_expm1_f32(total_2 * -0.0010005003f);
    const float total_3 = *v_t + 1.0f;
    const float expm1__5 = sy_expm1_f32(total_3 * -0.105360515f);
    const float expm1__6 = sy_expm1_f32(total_3 * -0.0010005003f);
#pragma omp simd
    for (int64_t h = 0; h < 8; ++h) {
        const float product_2 = d_b[h] * min;
        const float total_4 = 0.9f * b_m[h] + 0.1f * product_2;
        const float total_5 = 0.999f * b_v[h] + 0.001f * (product_2 * product_2);
        const float next_b =
            b[h] * difference -
            rate * (total_4 / -expm1__3 / (sy_sqrt_f32(total_5 / -expm1__4) + 1e-8f));
        const float next_b_m = total_4;
        const float next_b_v = total_5;
        const float product_3 = d_v[h] * min;
        const float total_6 = 0.9f * v_m[h] + 0.1f * product_3;
        const float total_7 = 0.999f * v_v[h] + 0.001f * (product_3 * product_3);
        const float next_v =
            v[h] * difference -
            rate * (total_6 / -expm1__5 / (sy_sqrt_f32(total_7 / -expm1__6) + 1e-8f));
        const float next_v_m = total_6;
        const float next_v_v = total_7;
        b[h] = next_b;
        b_m[h] = next_b_m;
        b_v[h] = next_b_v;
        v[h] = next_v;
        v_m[h] = next_v_m;
        v_v[h] = next_v_v;
    }

    /* training.sy:25: minimize L with adamw(lr = rate, clip = 1) */
    const float next_b_t = total_2;
    const float next_v_t = total_3;
    *b_t = next_b_t;
    *v_t = next_v_t;
}

static int training_step_arrays(size_t n, size_t f, const float *x, const float *target, float rate,
                                float *w, float *w_m, float *w_v, float *w_t, float *b, float *b_m,
                                float *b_v, float *b_t, float *v, float *v_m, float *v_v,
                                float *v_t, float *L, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    const int64_t x_count = sy_count(n_extent, f_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t w_count = sy_count(f_extent, 8);
    if (w_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (target == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "target", 0, 0.0, 0, NULL);
    }
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (w_m == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w_m", 0, 0.0, 0, NULL);
    }
    if (w_v == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w_v", 0, 0.0, 0, NULL);
    }
    if (w_t == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "w_t", 0, 0.0, 0, NULL);
    if (b == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b", 0, 0.0, 0, NULL);
    if (b_m == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b_m", 0, 0.0, 0, NULL);
    if (b_v == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b_v", 0, 0.0, 0, NULL);
    if (b_t == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b_t", 0, 0.0, 0, NULL);
    if (v == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v", 0, 0.0, 0, NULL);
    if (v_m == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v_m", 0, 0.0, 0, NULL);
    if (v_v == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v_v", 0, 0.0, 0, NULL);
    if (v_t == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "v_t", 0, 0.0, 0, NULL);
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    const size_t needed = training_step_workspace(n, f);
    if (needed == SIZE_MAX) {
        return sy_fail(call, STEELYARD_OVERFLOW, NULL, 0, 0.0, 0,
                       "the workspace would be too large");
    }
    unsigned char *given = call != NULL ? (unsigned char *)call->workspace : NULL;
    if (given != NULL && !sy_workspace_fits(given, call->workspace_size, needed)) {
        return sy_fail(call, STEELYARD_WORKSPACE, NULL, 0, 0.0, (int64_t)needed,
                       "bytes are needed, aligned to 64");
    }
    unsigned char *workspace =
        given != NULL ? given : (unsigned char *)sy_allocate(needed > 0 ? needed : 64);
    if (workspace == NULL) {
        return sy_fail(call, STEELYARD_MEMORY, NULL, 0, 0.0, (int64_t)needed,
                       "bytes of workspace could not be allocated");
    }
    training_step_compute(n_extent, f_extent, x, target, rate, w, w_m, w_v, w_t, b, b_m, b_v, b_t,
                          v, v_m, v_v, v_t, L, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

int training_step(training_state *state, size_t n, size_t f, const float *x, const float *target,
                  float rate, float *L) {
    return training_step_call(state, n, f, x, target, rate, L, NULL);
}

int training_step_call(training_state *state, size_t n, size_t f, const float *x,
                       const float *target, float rate, float *L, steelyard_call *call) {
    if (state == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "state", 0, 0.0, 0, NULL);
    const int ready = sy_state_check(&state->base, call);
    if (ready != STEELYARD_OK) return ready;
    if (f != state->f) {
        return sy_fail(call, STEELYARD_SIZE, "f", 0, 0.0, (int64_t)f,
                       "the state was made for another one");
    }
    const int status = training_step_arrays(
        n, f, x, target, rate, state->w, state->w_m, state->w_v, &state->w_t, state->b, state->b_m,
        state->b_v, &state->b_t, state->v, state->v_m, state->v_v, &state->v_t, L, call);
    if (status != STEELYARD_OK) return status;
    sy_state_stepped(&state->base);
    return STEELYARD_OK;
}

size_t training_step_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(f_extent, 8), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(8, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(8, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(n_extent, 8), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(f_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(16, f_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((f_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}

int training_save(const training_state *state, const char *path) {
    return training_save_call(state, path, NULL);
}

int training_save_call(const training_state *state, const char *path, steelyard_call *call) {
    if (state == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "state", 0, 0.0, 0, NULL);
    const int ready = sy_state_check(&state->base, call);
    if (ready != STEELYARD_OK) return ready;
    const size_t f = state->f;
    const int64_t f_extent = (int64_t)f;
    sy_state_file file;
    sy_save_begin(&file, path, "training", &state->base, call);
    sy_save_size(&file, "f", f_extent);
    sy_save_size(&file, "h", 8);
    sy_save_array(&file, "w[f, h]", "f32", sy_count(f_extent, 8), state->w);
    sy_save_array(&file, "w_m[f, h]", "f32", sy_count(f_extent, 8), state->w_m);
    sy_save_array(&file, "w_v[f, h]", "f32", sy_count(f_extent, 8), state->w_v);
    sy_save_array(&file, "w_t", "f32", 1, &state->w_t);
    sy_save_array(&file, "b[h]", "f32", 8, state->b);
    sy_save_array(&file, "b_m[h]", "f32", 8, state->b_m);
    sy_save_array(&file, "b_v[h]", "f32", 8, state->b_v);
    sy_save_array(&file, "b_t", "f32", 1, &state->b_t);
    sy_save_array(&file, "v[h]", "f32", 8, state->v);
    sy_save_array(&file, "v_m[h]", "f32", 8, state->v_m);
    sy_save_array(&file, "v_v[h]", "f32", 8, state->v_v);
    sy_save_array(&file, "v_t", "f32", 1, &state->v_t);
    return sy_save_end(&file);
}

int training_load(training_state *state, const char *path) {
    return training_load_call(state, path, NULL);
}

int training_load_call(training_state *state, const char *path, steelyard_call *call) {
    if (state == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "state", 0, 0.0, 0, NULL);
    sy_state_file file;
    sy_load_begin(&file, path, "training", &state->base, call);
    const size_t f = sy_load_held_size(&file, "f", state->f);
    if (sy_load_is_first(&file)) sy_load_placed(&file, training_place(state, f, call));
    const int64_t f_extent = (int64_t)f;
    sy_load_size(&file, "h", 8);
    sy_load_array(&file, "w[f, h]", "f32", sy_count(f_extent, 8), state->w);
    sy_load_array(&file, "w_m[f, h]", "f32", sy_count(f_extent, 8), state->w_m);
    sy_load_array(&file, "w_v[f, h]", "f32", sy_count(f_extent, 8), state->w_v);
    sy_load_array(&file, "w_t", "f32", 1, &state->w_t);
    sy_load_array(&file, "b[h]", "f32", 8, state->b);
    sy_load_array(&file, "b_m[h]", "f32", 8, state->b_m);
    sy_load_array(&file, "b_v[h]", "f32", 8, state->b_v);
    sy_load_array(&file, "b_t", "f32", 1, &state->b_t);
    sy_load_array(&file, "v[h]", "f32", 8, state->v);
    sy_load_array(&file, "v_m[h]", "f32", 8, state->v_m);
    sy_load_array(&file, "v_v[h]", "f32", 8, state->v_v);
    sy_load_array(&file, "v_t", "f32", 1, &state->v_t);
    return sy_load_end(&file);
}

void training_free(training_state *state) {
    if (state != NULL) sy_state_free(&state->base);
}

size_t training_memory(size_t f) {
    if (!sy_size_fits(f)) return SIZE_MAX;
    const int64_t f_extent = (int64_t)f;
    size_t bytes = sy_bytes(sy_count(f_extent, 8), sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(f_extent, 8), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(f_extent, 8), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(8, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(8, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(8, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(8, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(8, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(8, sizeof(float)));
    return bytes;
}
