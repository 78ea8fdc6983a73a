/* class_weights: made from class_weights.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "class_weights.h"

#include "steelyard.h"
#include "steelyard_tile.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* class_weights.sy:17: let logits[n, c] = sum[f](x * w) + b */
static void class_weights_logits_sum(int64_t share_from, int64_t share_to, int64_t n_extent,
                                     int64_t f_extent, const float *restrict x,
                                     float *restrict logits_sum, float *restrict logits_sum_right) {
    for (int64_t panel = share_from; panel < share_to; panel += 8) {
        const int64_t n_first = panel * 6;
        const int64_t n_count = sy_min_i64(sy_min_i64(8, share_to - panel) * 6, n_extent - n_first);
        double logits_sum_sums[768];
        for (int64_t f_first = 0; f_first < sy_max_i64(f_extent, 1); f_first += 2048) {
            const int64_t f_count = sy_min_i64(2048, f_extent - f_first);
            float logits_sum_left[98304];
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
                            logits_sum_left[n_start + step] = x[n * f_extent + f];
                        }
                    } else {
#pragma omp simd
                        for (int64_t step = 0; step < f_count - group; ++step) {
                            const int64_t f = f_from + step;
                            logits_sum_left[n_start + step] = x[n * f_extent + f];
                        }
                    }
                }
            }
            sy_panels_f32_wide(n_count, 3, f_count, logits_sum_left, SY_BY_GROUPS, 2048,
                               &logits_sum_right[f_first * 16], f_extent * 16, f_first > 0,
                               logits_sum_sums, 16);
            if (f_extent - f_first <= 2048) {
                for (int64_t row = 0; row < n_count; ++row) {
                    const int64_t n = n_first + row;
#pragma omp simd
                    for (int64_t lane = 0; lane < 3; ++lane) {
                        logits_sum[n * 3 + lane] = (float)logits_sum_sums[row * 16 + lane];
                    }
                }
            }
        }
    }
}

/* class_weights.sy:17: let logits[n, c] = sum[f](x * w) + b */
static void class_weights_logits_sum_2(int64_t share_from, int64_t share_to, int64_t f_extent,
                                       const float *restrict x, const float *restrict w,
                                       float *restrict logits_sum) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double logits_sum_total[3] = {0};
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float logits_sum_2[3] = {0};
            for (int64_t f = f_first; f < f_end; ++f) {
#pragma omp simd
                for (int64_t c = 0; c < 3; ++c) {
                    logits_sum_2[c] =
                        SY_FMA_F32(x[n * f_extent + f], w[f * 3 + c], logits_sum_2[c]);
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 3; ++lane) {
                logits_sum_total[lane] += (double)logits_sum_2[lane];
            }
        }
#pragma omp simd
        for (int64_t c = 0; c < 3; ++c) {
            logits_sum[n * 3 + c] = (float)logits_sum_total[c];
        }
    }
}

/* class_weights.sy:19: loss L = mean[n](cross_entropy[c](logits, target), weight =
 * class_weight[target])
 * class_weights.sy:20: output predicted[n] = argmax[c](logits)
 * losses.sy:89: let logp = log_softmax[c](z) */
static void class_weights_L_sum_n(int64_t share_from, int64_t share_to,
                                  const int64_t *restrict target,
                                  const float *restrict class_weight, const float *restrict b,
                                  int64_t *restrict predicted, float *restrict logits_sum,
                                  float *restrict L_sum_n) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float L_max = -INFINITY;
        float predicted_argmax = 0.0f;
        int64_t predicted_argmax_place = -1;
        for (int64_t c = 0; c < 3; ++c) {
            const float logits = logits_sum[n * 3 + c] + b[c];
            L_max = sy_max_f32(L_max, logits);
            if (sy_replaces_argmax_f32(logits, c, predicted_argmax, predicted_argmax_place)) {
                predicted_argmax = logits;
                predicted_argmax_place = c;
            }
        }
        float L_sum = 0.0f;
        for (int64_t c = 0; c < 3; ++c) {
            const float logits = logits_sum[n * 3 + c] + b[c];
            L_sum += sy_exp_below_f32(logits - L_max);
        }
        L_sum_n[n] = class_weight[target[n]] *
                     -(logits_sum[n * 3 + target[n]] + b[target[n]] - L_max - sy_log_f32(L_sum));
        predicted[n] = predicted_argmax_place;
    }
}

/* class_weights.sy:19: loss L = mean[n](cross_entropy[c](logits, target), weight =
 * class_weight[target]) */
static void class_weights_L_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                       const int64_t *restrict target,
                                       const float *restrict class_weight, float *restrict L_sum_n,
                                       double *restrict L_sum_blocks,
                                       double *restrict L_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float L_sum[32] = {0};
        float L_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                L_sum[lane] += L_sum_n[n];
                L_sum_2[lane] += class_weight[target[n]];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            L_sum[0] += L_sum_n[n];
            L_sum_2[0] += class_weight[target[n]];
        }
        L_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
        L_sum_blocks_2[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum_2) : L_sum_2[0]);
    }
}

static void class_weights_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                                  const int64_t *restrict target,
                                  const float *restrict class_weight, const float *restrict w,
                                  const float *restrict b, float *restrict L,
                                  int64_t *restrict predicted, unsigned char *workspace) {
    float *restrict logits_sum = (float *)(void *)workspace;
    const size_t after_logits_sum = sy_bytes(n_extent * 3, sizeof(float));
    float *restrict L_sum_n = (float *)(void *)&workspace[after_logits_sum];
    const size_t after_L_sum_n = after_logits_sum + sy_bytes(n_extent, sizeof(float));
    float *restrict logits_sum_right = (float *)(void *)&workspace[after_L_sum_n];
    const size_t after_logits_sum_right = after_L_sum_n + sy_bytes(f_extent * 16, sizeof(float));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_logits_sum_right];
    const size_t after_L_sum_blocks =
        after_logits_sum_right + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict L_sum_blocks_2 = (double *)(void *)&workspace[after_L_sum_blocks];
    /* class_weights.sy:17: let logits[n, c] = sum[f](x * w) + b */
    const bool by_panels = n_extent >= 3 && (double)n_extent * 3.0 * (double)f_extent >= 256.0;
    if (by_panels) {
        const bool enough_work = (double)n_extent * 3.0 * (double)f_extent > 500000.0;
        for (int64_t f = 0; f < f_extent; ++f) {
#pragma omp simd
            for (int64_t lane = 0; lane < 16; ++lane) {
                const int64_t c = sy_min_i64(lane, 2);
                logits_sum_right[f * 16 + lane] = w[f * 3 + c];
            }
        }
        const int64_t n_panels = (n_extent + 5) / 6;
        if (enough_work) {
#pragma omp parallel
            class_weights_logits_sum(sy_share_from(n_panels, 1), sy_share_to(n_panels, 1), n_extent,
                                     f_extent, x, logits_sum, logits_sum_right);
        } else {
            class_weights_logits_sum(0, n_panels, n_extent, f_extent, x, logits_sum,
                                     logits_sum_right);
        }
    } else if ((double)n_extent * (double)f_extent * 3.0 > 20000.0) {
#pragma omp parallel
        class_weights_logits_sum_2(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent,
                                   x, w, logits_sum);
    } else {
        class_weights_logits_sum_2(0, n_extent, f_extent, x, w, logits_sum);
    }

    /* class_weights.sy:19: loss L = mean[n](cross_entropy[c](logits, target), weight =
     * class_weight[target])
     * class_weights.sy:20: output predicted[n] = argmax[c](logits)
     * losses.sy:89: let logp = log_softmax[c](z) */
    if ((double)n_extent * 3.0 > 20000.0) {
#pragma omp parallel
        class_weights_L_sum_n(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), target,
                              class_weight, b, predicted, logits_sum, L_sum_n);
    } else {
        class_weights_L_sum_n(0, n_extent, target, class_weight, b, predicted, logits_sum, L_sum_n);
    }

    /* class_weights.sy:19: loss L = mean[n](cross_entropy[c](logits, target), weight =
     * class_weight[target]) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        class_weights_L_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                   target, class_weight, L_sum_n, L_sum_blocks, L_sum_blocks_2);
    } else {
        class_weights_L_sum_blocks(0, n_blocks, n_extent, target, class_weight, L_sum_n,
                                   L_sum_blocks, L_sum_blocks_2);
    }
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks);
    const double L_sum_2 = sy_tree_sum_blocks(L_sum_blocks_2, (size_t)n_blocks);

    *L = (float)(L_sum / L_sum_2);
}

int class_weights(size_t n, size_t f, const float *x, const int64_t *target,
                  const float *class_weight, const float *w, const float *b, float *L,
                  int64_t *predicted) {
    return class_weights_call(n, f, x, target, class_weight, w, b, L, predicted, NULL);
}

int class_weights_call(size_t n, size_t f, const float *x, const int64_t *target,
                       const float *class_weight, const float *w, const float *b, float *L,
                       int64_t *predicted, steelyard_call *call) {
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
    const int64_t w_count = sy_count(f_extent, 3);
    if (w_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (target == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "target", 0, 0.0, 0, NULL);
    }
    if (class_weight == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "class_weight", 0, 0.0, 0, NULL);
    }
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (b == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b", 0, 0.0, 0, NULL);
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    if (predicted == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "predicted", 0, 0.0, 0, NULL);
    }
    const size_t bad_target = sy_check_index_i64(target, (size_t)n_extent, 3, 0, 0);
    if (bad_target != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "target", bad_target, 0.0, target[bad_target], NULL);
    }
    const size_t bad_class_weight = sy_check_weight_f32(class_weight, 3);
    if (bad_class_weight != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "class_weight", bad_class_weight,
                       (double)class_weight[bad_class_weight], 0, NULL);
    }
    const size_t needed = class_weights_workspace(n, f);
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
    class_weights_compute(n_extent, f_extent, x, target, class_weight, w, b, L, predicted,
                          workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t class_weights_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    size_t bytes = sy_bytes(sy_count(n_extent, 3), sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(16, f_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
