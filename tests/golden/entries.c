/* entries: made from entries.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "entries.h"

#include "steelyard.h"
#include <stdint.h>

/* entries.sy:14: let y[n] = sum[f](x * w) + b
 * entries.sy:17: output prediction[n] = y */
static void entries_prediction(int64_t share_from, int64_t share_to, int64_t f_extent,
                               const float *restrict x, const float *restrict w, float b,
                               float *restrict prediction) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double y_sum_total = 0.0;
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float y_sum[32] = {0};
            const int64_t f_whole = f_end - f_end % 32;
            for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t f = f_row + lane;
                    y_sum[lane] = SY_FMA_F32(x[n * f_extent + f], w[f], y_sum[lane]);
                }
            }
            for (int64_t f = f_whole; f < f_end; ++f) {
                y_sum[0] = SY_FMA_F32(x[n * f_extent + f], w[f], y_sum[0]);
            }
            y_sum_total += (double)(f_whole > f_first ? sy_tree_sum_f32(y_sum) : y_sum[0]);
        }
        const float y_sum = (float)y_sum_total;
        const float y = y_sum + b;
        prediction[n] = y;
    }
}

/* entries.sy:18: loss mse = mean[n](misfit^2)
 * entries.sy:19: output mae = mean[n](abs(misfit))
 * entries.sy:20: output bias = mean[n](misfit) */
static void entries_mse_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                   const float *restrict target, float *restrict prediction,
                                   double *restrict mse_sum_blocks, double *restrict mae_sum_blocks,
                                   double *restrict bias_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float mse_sum[32] = {0};
        float mae_sum[32] = {0};
        float bias_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                const float misfit = prediction[n] - target[n];
                mse_sum[lane] += misfit * misfit;
                mae_sum[lane] += sy_abs_f32(misfit);
                bias_sum[lane] += misfit;
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            const float misfit = prediction[n] - target[n];
            mse_sum[0] += misfit * misfit;
            mae_sum[0] += sy_abs_f32(misfit);
            bias_sum[0] += misfit;
        }
        mse_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(mse_sum) : mse_sum[0]);
        mae_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(mae_sum) : mae_sum[0]);
        bias_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(bias_sum) : bias_sum[0]);
    }
}

static void entries_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                            const float *restrict target, const float *restrict w, float b,
                            float *restrict prediction, float *restrict mse, float *restrict mae,
                            float *restrict bias, unsigned char *workspace) {
    double *restrict mse_sum_blocks = (double *)(void *)workspace;
    const size_t after_mse_sum_blocks = sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict mae_sum_blocks = (double *)(void *)&workspace[after_mse_sum_blocks];
    const size_t after_mae_sum_blocks =
        after_mse_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict bias_sum_blocks = (double *)(void *)&workspace[after_mae_sum_blocks];
    /* entries.sy:14: let y[n] = sum[f](x * w) + b
     * entries.sy:17: output prediction[n] = y */
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        entries_prediction(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent, x, w, b,
                           prediction);
    } else {
        entries_prediction(0, n_extent, f_extent, x, w, b, prediction);
    }

    /* entries.sy:18: loss mse = mean[n](misfit^2)
     * entries.sy:19: output mae = mean[n](abs(misfit))
     * entries.sy:20: output bias = mean[n](misfit) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        entries_mse_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                               target, prediction, mse_sum_blocks, mae_sum_blocks, bias_sum_blocks);
    } else {
        entries_mse_sum_blocks(0, n_blocks, n_extent, target, prediction, mse_sum_blocks,
                               mae_sum_blocks, bias_sum_blocks);
    }
    const double mse_sum = sy_tree_sum_blocks(mse_sum_blocks, (size_t)n_blocks);
    const double mae_sum = sy_tree_sum_blocks(mae_sum_blocks, (size_t)n_blocks);
    const double bias_sum = sy_tree_sum_blocks(bias_sum_blocks, (size_t)n_blocks);

    /* entries.sy:18: loss mse = mean[n](misfit^2) */
    *mse = (float)(mse_sum / (double)n_extent);

    /* entries.sy:19: output mae = mean[n](abs(misfit)) */
    *mae = (float)(mae_sum / (double)n_extent);

    /* entries.sy:20: output bias = mean[n](misfit) */
    *bias = (float)(bias_sum / (double)n_extent);
}

int entries(size_t n, size_t f, const float *x, const float *target, const float *w, float b,
            float *prediction, float *mse, float *mae, float *bias) {
    return entries_call(n, f, x, target, w, b, prediction, mse, mae, bias, NULL);
}

int entries_call(size_t n, size_t f, const float *x, const float *target, const float *w, float b,
                 float *prediction, float *mse, float *mae, float *bias, steelyard_call *call) {
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
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (target == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "target", 0, 0.0, 0, NULL);
    }
    if (w == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (prediction == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "prediction", 0, 0.0, 0, NULL);
    }
    if (mse == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "mse", 0, 0.0, 0, NULL);
    if (mae == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "mae", 0, 0.0, 0, NULL);
    if (bias == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "bias", 0, 0.0, 0, NULL);
    const size_t needed = entries_workspace(n, f);
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
    entries_compute(n_extent, f_extent, x, target, w, b, prediction, mse, mae, bias, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t entries_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}

/* entries.sy:14: let y[n] = sum[f](x * w) + b
 * entries.sy:17: output prediction[n] = y */
static void entries_predict_prediction(int64_t share_from, int64_t share_to, int64_t f_extent,
                                       const float *restrict x, const float *restrict w, float b,
                                       float *restrict prediction) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double y_sum_total = 0.0;
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float y_sum[32] = {0};
            const int64_t f_whole = f_end - f_end % 32;
            for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t f = f_row + lane;
                    y_sum[lane] = SY_FMA_F32(x[n * f_extent + f], w[f], y_sum[lane]);
                }
            }
            for (int64_t f = f_whole; f < f_end; ++f) {
                y_sum[0] = SY_FMA_F32(x[n * f_extent + f], w[f], y_sum[0]);
            }
            y_sum_total += (double)(f_whole > f_first ? sy_tree_sum_f32(y_sum) : y_sum[0]);
        }
        const float y_sum = (float)y_sum_total;
        const float y = y_sum + b;
        prediction[n] = y;
    }
}

static void entries_predict_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                                    const float *restrict w, float b, float *restrict prediction) {
    /* entries.sy:14: let y[n] = sum[f](x * w) + b
     * entries.sy:17: output prediction[n] = y */
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        entries_predict_prediction(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent,
                                   x, w, b, prediction);
    } else {
        entries_predict_prediction(0, n_extent, f_extent, x, w, b, prediction);
    }
}

int entries_predict(size_t n, size_t f, const float *x, const float *w, float b,
                    float *prediction) {
    return entries_predict_call(n, f, x, w, b, prediction, NULL);
}

int entries_predict_call(size_t n, size_t f, const float *x, const float *w, float b,
                         float *prediction, steelyard_call *call) {
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
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (w == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (prediction == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "prediction", 0, 0.0, 0, NULL);
    }
    entries_predict_compute(n_extent, f_extent, x, w, b, prediction);
    return STEELYARD_OK;
}

size_t entries_predict_workspace(size_t n, size_t f) {
    (void)n;
    (void)f;
    return 0;
}

/* entries.sy:14: let y[n] = sum[f](x * w) + b
 * entries.sy:15: let misfit[n] = y - target
 * entries.sy:18: loss mse = mean[n](misfit^2)
 * entries.sy:19: output mae = mean[n](abs(misfit)) */
static void entries_evaluate_mse_sum_n(int64_t share_from, int64_t share_to, int64_t f_extent,
                                       const float *restrict x, const float *restrict target,
                                       const float *restrict w, float b, float *restrict mse_sum_n,
                                       float *restrict mae_sum_n, float *restrict bias_sum_n) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double y_sum_total = 0.0;
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float y_sum[32] = {0};
            const int64_t f_whole = f_end - f_end % 32;
            for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t f = f_row + lane;
                    y_sum[lane] = SY_FMA_F32(x[n * f_extent + f], w[f], y_sum[lane]);
                }
            }
            for (int64_t f = f_whole; f < f_end; ++f) {
                y_sum[0] = SY_FMA_F32(x[n * f_extent + f], w[f], y_sum[0]);
            }
            y_sum_total += (double)(f_whole > f_first ? sy_tree_sum_f32(y_sum) : y_sum[0]);
        }
        const float y_sum = (float)y_sum_total;
        const float y = y_sum + b;
        const float misfit = y - target[n];
        mse_sum_n[n] = misfit * misfit;
        mae_sum_n[n] = sy_abs_f32(misfit);
        bias_sum_n[n] = misfit;
    }
}

/* entries.sy:18: loss mse = mean[n](misfit^2)
 * entries.sy:19: output mae = mean[n](abs(misfit))
 * entries.sy:20: output bias = mean[n](misfit) */
static void entries_evaluate_mse_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                            float *restrict mse_sum_n, float *restrict mae_sum_n,
                                            float *restrict bias_sum_n,
                                            double *restrict mse_sum_blocks,
                                            double *restrict mae_sum_blocks,
                                            double *restrict bias_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float mse_sum[32] = {0};
        float mae_sum[32] = {0};
        float bias_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                mse_sum[lane] += mse_sum_n[n];
                mae_sum[lane] += mae_sum_n[n];
                bias_sum[lane] += bias_sum_n[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            mse_sum[0] += mse_sum_n[n];
            mae_sum[0] += mae_sum_n[n];
            bias_sum[0] += bias_sum_n[n];
        }
        mse_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(mse_sum) : mse_sum[0]);
        mae_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(mae_sum) : mae_sum[0]);
        bias_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(bias_sum) : bias_sum[0]);
    }
}

static void entries_evaluate_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                                     const float *restrict target, const float *restrict w, float b,
                                     float *restrict mse, float *restrict mae, float *restrict bias,
                                     unsigned char *workspace) {
    float *restrict mse_sum_n = (float *)(void *)workspace;
    const size_t after_mse_sum_n = sy_bytes(n_extent, sizeof(float));
    float *restrict mae_sum_n = (float *)(void *)&workspace[after_mse_sum_n];
    const size_t after_mae_sum_n = after_mse_sum_n + sy_bytes(n_extent, sizeof(float));
    float *restrict bias_sum_n = (float *)(void *)&workspace[after_mae_sum_n];
    const size_t after_bias_sum_n = after_mae_sum_n + sy_bytes(n_extent, sizeof(float));
    double *restrict mse_sum_blocks = (double *)(void *)&workspace[after_bias_sum_n];
    const size_t after_mse_sum_blocks =
        after_bias_sum_n + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict mae_sum_blocks = (double *)(void *)&workspace[after_mse_sum_blocks];
    const size_t after_mae_sum_blocks =
        after_mse_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict bias_sum_blocks = (double *)(void *)&workspace[after_mae_sum_blocks];
    /* entries.sy:14: let y[n] = sum[f](x * w) + b
     * entries.sy:15: let misfit[n] = y - target
     * entries.sy:18: loss mse = mean[n](misfit^2)
     * entries.sy:19: output mae = mean[n](abs(misfit)) */
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        entries_evaluate_mse_sum_n(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent,
                                   x, target, w, b, mse_sum_n, mae_sum_n, bias_sum_n);
    } else {
        entries_evaluate_mse_sum_n(0, n_extent, f_extent, x, target, w, b, mse_sum_n, mae_sum_n,
                                   bias_sum_n);
    }

    /* entries.sy:18: loss mse = mean[n](misfit^2)
     * entries.sy:19: output mae = mean[n](abs(misfit))
     * entries.sy:20: output bias = mean[n](misfit) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        entries_evaluate_mse_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1),
                                        n_extent, mse_sum_n, mae_sum_n, bias_sum_n, mse_sum_blocks,
                                        mae_sum_blocks, bias_sum_blocks);
    } else {
        entries_evaluate_mse_sum_blocks(0, n_blocks, n_extent, mse_sum_n, mae_sum_n, bias_sum_n,
                                        mse_sum_blocks, mae_sum_blocks, bias_sum_blocks);
    }
    const double mse_sum = sy_tree_sum_blocks(mse_sum_blocks, (size_t)n_blocks);
    const double mae_sum = sy_tree_sum_blocks(mae_sum_blocks, (size_t)n_blocks);
    const double bias_sum = sy_tree_sum_blocks(bias_sum_blocks, (size_t)n_blocks);

    /* entries.sy:18: loss mse = mean[n](misfit^2) */
    *mse = (float)(mse_sum / (double)n_extent);

    /* entries.sy:19: output mae = mean[n](abs(misfit)) */
    *mae = (float)(mae_sum / (double)n_extent);

    /* entries.sy:20: output bias = mean[n](misfit) */
    *bias = (float)(bias_sum / (double)n_extent);
}

int entries_evaluate(size_t n, size_t f, const float *x, const float *target, const float *w,
                     float b, float *mse, float *mae, float *bias) {
    return entries_evaluate_call(n, f, x, target, w, b, mse, mae, bias, NULL);
}

int entries_evaluate_call(size_t n, size_t f, const float *x, const float *target, const float *w,
                          float b, float *mse, float *mae, float *bias, steelyard_call *call) {
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
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (target == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "target", 0, 0.0, 0, NULL);
    }
    if (w == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (mse == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "mse", 0, 0.0, 0, NULL);
    if (mae == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "mae", 0, 0.0, 0, NULL);
    if (bias == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "bias", 0, 0.0, 0, NULL);
    const size_t needed = entries_evaluate_workspace(n, f);
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
    entries_evaluate_compute(n_extent, f_extent, x, target, w, b, mse, mae, bias, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t entries_evaluate_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
