/* logistic: made from logistic.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "logistic.h"

#include "steelyard.h"
#include <stdint.h>

/* logistic.sy:16: let score[n] = sum[f](x * w) + b
 * logistic.sy:18: loss by_count = mean[n](bce_with_logits(score, target) * importance)
 * logistic.sy:19: loss by_weight = mean[n](bce_with_logits(score, target), weight = importance)
 * logistic.sy:20: output probability[n] = sigmoid(score) */
static void logistic_by_count_sum_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                                    int64_t f_extent, const float *restrict x,
                                    const float *restrict target, const float *restrict importance,
                                    const float *restrict w, float b, float *restrict probability,
                                    float *restrict by_count_sum_n, float *restrict by_weight_sum_n,
                                    int64_t n_rows) {
    for (int64_t n_first = share_from; n_first < share_to; n_first += n_rows) {
        const int64_t n_count = sy_min_i64(n_rows, n_extent - n_first);
        float score_sum_rows[32];
        if (f_extent < 32) {
            float score_sum[32] = {0};
            for (int64_t f = 0; f < f_extent; ++f) {
#pragma omp simd
                for (int64_t lane = 0; lane < n_count; ++lane) {
                    const int64_t n = n_first + lane;
                    score_sum[lane] = SY_FMA_F32(x[n * f_extent + f], w[f], score_sum[lane]);
                }
            }
#pragma omp simd
            for (int64_t row = 0; row < n_count; ++row) {
                score_sum_rows[row] = score_sum[row];
            }
        } else {
            for (int64_t row = 0; row < n_count; ++row) {
                const int64_t n = n_first + row;
                double score_sum_total = 0.0;
                for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
                    const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
                    float score_sum[32] = {0};
                    const int64_t f_whole = f_end - f_end % 32;
                    for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                        for (int64_t lane = 0; lane < 32; ++lane) {
                            const int64_t f = f_row + lane;
                            score_sum[lane] =
                                SY_FMA_F32(x[n * f_extent + f], w[f], score_sum[lane]);
                        }
                    }
                    for (int64_t f = f_whole; f < f_end; ++f) {
                        score_sum[0] = SY_FMA_F32(x[n * f_extent + f], w[f], score_sum[0]);
                    }
                    score_sum_total +=
                        (double)(f_whole > f_first ? sy_tree_sum_f32(score_sum) : score_sum[0]);
                }
                const float score_sum = (float)score_sum_total;
                score_sum_rows[row] = score_sum;
            }
        }
#pragma omp simd
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
            const float score_sum = score_sum_rows[row];
            const float score = score_sum + b;
            const float total =
                target[n] * sy_softplus_f32(-score) + (1.0f - target[n]) * sy_softplus_f32(score);
            by_count_sum_n[n] = total * importance[n];
            by_weight_sum_n[n] = importance[n] * total;
            probability[n] = sy_sigmoid_f32(score);
        }
    }
}

/* logistic.sy:18: loss by_count = mean[n](bce_with_logits(score, target) * importance)
 * logistic.sy:19: loss by_weight = mean[n](bce_with_logits(score, target), weight = importance) */
static void logistic_by_count_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                         const float *restrict importance,
                                         float *restrict by_count_sum_n,
                                         float *restrict by_weight_sum_n,
                                         double *restrict by_count_sum_blocks,
                                         double *restrict by_weight_sum_blocks,
                                         double *restrict by_weight_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float by_count_sum[32] = {0};
        float by_weight_sum[32] = {0};
        float by_weight_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                by_count_sum[lane] += by_count_sum_n[n];
                by_weight_sum[lane] += by_weight_sum_n[n];
                by_weight_sum_2[lane] += importance[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            by_count_sum[0] += by_count_sum_n[n];
            by_weight_sum[0] += by_weight_sum_n[n];
            by_weight_sum_2[0] += importance[n];
        }
        by_count_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(by_count_sum) : by_count_sum[0]);
        by_weight_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(by_weight_sum) : by_weight_sum[0]);
        by_weight_sum_blocks_2[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(by_weight_sum_2) : by_weight_sum_2[0]);
    }
}

static void logistic_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                             const float *restrict target, const float *restrict importance,
                             const float *restrict w, float b, float *restrict by_count,
                             float *restrict by_weight, float *restrict probability,
                             unsigned char *workspace) {
    float *restrict by_count_sum_n = (float *)(void *)workspace;
    const size_t after_by_count_sum_n = sy_bytes(n_extent, sizeof(float));
    float *restrict by_weight_sum_n = (float *)(void *)&workspace[after_by_count_sum_n];
    const size_t after_by_weight_sum_n = after_by_count_sum_n + sy_bytes(n_extent, sizeof(float));
    double *restrict by_count_sum_blocks = (double *)(void *)&workspace[after_by_weight_sum_n];
    const size_t after_by_count_sum_blocks =
        after_by_weight_sum_n + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict by_weight_sum_blocks = (double *)(void *)&workspace[after_by_count_sum_blocks];
    const size_t after_by_weight_sum_blocks =
        after_by_count_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict by_weight_sum_blocks_2 =
        (double *)(void *)&workspace[after_by_weight_sum_blocks];
    /* logistic.sy:16: let score[n] = sum[f](x * w) + b
     * logistic.sy:18: loss by_count = mean[n](bce_with_logits(score, target) * importance)
     * logistic.sy:19: loss by_weight = mean[n](bce_with_logits(score, target), weight =
     * importance)
     * logistic.sy:20: output probability[n] = sigmoid(score) */
    const int64_t n_rows = f_extent > 128 ? 1 : 32;
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        logistic_by_count_sum_n(sy_share_from(n_extent, n_rows), sy_share_to(n_extent, n_rows),
                                n_extent, f_extent, x, target, importance, w, b, probability,
                                by_count_sum_n, by_weight_sum_n, n_rows);
    } else {
        logistic_by_count_sum_n(0, n_extent, n_extent, f_extent, x, target, importance, w, b,
                                probability, by_count_sum_n, by_weight_sum_n, n_rows);
    }

    /* logistic.sy:18: loss by_count = mean[n](bce_with_logits(score, target) * importance)
     * logistic.sy:19: loss by_weight = mean[n](bce_with_logits(score, target), weight =
     * importance) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        logistic_by_count_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                     importance, by_count_sum_n, by_weight_sum_n,
                                     by_count_sum_blocks, by_weight_sum_blocks,
                                     by_weight_sum_blocks_2);
    } else {
        logistic_by_count_sum_blocks(0, n_blocks, n_extent, importance, by_count_sum_n,
                                     by_weight_sum_n, by_count_sum_blocks, by_weight_sum_blocks,
                                     by_weight_sum_blocks_2);
    }
    const double by_count_sum = sy_tree_sum_blocks(by_count_sum_blocks, (size_t)n_blocks);
    const double by_weight_sum = sy_tree_sum_blocks(by_weight_sum_blocks, (size_t)n_blocks);
    const double by_weight_sum_2 = sy_tree_sum_blocks(by_weight_sum_blocks_2, (size_t)n_blocks);

    /* logistic.sy:18: loss by_count = mean[n](bce_with_logits(score, target) * importance) */
    *by_count = (float)(by_count_sum / (double)n_extent);

    /* logistic.sy:19: loss by_weight = mean[n](bce_with_logits(score, target), weight =
     * importance) */
    *by_weight = (float)(by_weight_sum / by_weight_sum_2);
}

int logistic(size_t n, size_t f, const float *x, const float *target, const float *importance,
             const float *w, float b, float *by_count, float *by_weight, float *probability) {
    return logistic_call(n, f, x, target, importance, w, b, by_count, by_weight, probability, NULL);
}

int logistic_call(size_t n, size_t f, const float *x, const float *target, const float *importance,
                  const float *w, float b, float *by_count, float *by_weight, float *probability,
                  steelyard_call *call) {
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
    if (importance == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "importance", 0, 0.0, 0, NULL);
    }
    if (w == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (by_count == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "by_count", 0, 0.0, 0, NULL);
    if (by_weight == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "by_weight", 0, 0.0, 0, NULL);
    }
    if (probability == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "probability", 0, 0.0, 0, NULL);
    }
    const size_t bad_importance = sy_check_weight_f32(importance, (size_t)n_extent);
    if (bad_importance != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "importance", bad_importance,
                       (double)importance[bad_importance], 0, NULL);
    }
    const size_t needed = logistic_workspace(n, f);
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
    logistic_compute(n_extent, f_extent, x, target, importance, w, b, by_count, by_weight,
                     probability, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t logistic_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
