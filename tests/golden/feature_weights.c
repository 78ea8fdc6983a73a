/* feature_weights: made from feature_weights.sy by steelyard 0.1.0; change that file, not this
 * one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "feature_weights.h"

#include "steelyard.h"
#include "steelyard_tile.h"
#include <stdbool.h>
#include <stdint.h>

/* feature_weights.sy:19: let hidden[n, h] = relu((sum[f](x * w1) + b1) * feature_weight) */
static void feature_weights_hidden_sum(int64_t share_from, int64_t share_to, int64_t n_extent,
                                       int64_t f_extent, const float *restrict x,
                                       float *restrict hidden_sum,
                                       float *restrict hidden_sum_right) {
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
            sy_panels_f32_wide(n_count, 10, f_count, hidden_sum_left, SY_BY_GROUPS, 2048,
                               &hidden_sum_right[f_first * 16], f_extent * 16, f_first > 0,
                               hidden_sum_sums, 16);
            if (f_extent - f_first <= 2048) {
                for (int64_t row = 0; row < n_count; ++row) {
                    const int64_t n = n_first + row;
#pragma omp simd
                    for (int64_t lane = 0; lane < 10; ++lane) {
                        hidden_sum[n * 10 + lane] = (float)hidden_sum_sums[row * 16 + lane];
                    }
                }
            }
        }
    }
}

/* feature_weights.sy:19: let hidden[n, h] = relu((sum[f](x * w1) + b1) * feature_weight) */
static void feature_weights_hidden_sum_2(int64_t share_from, int64_t share_to, int64_t f_extent,
                                         const float *restrict x, const float *restrict w1,
                                         float *restrict hidden_sum) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double hidden_sum_total[10] = {0};
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float hidden_sum_2[10] = {0};
            for (int64_t f = f_first; f < f_end; ++f) {
#pragma omp simd
                for (int64_t h = 0; h < 10; ++h) {
                    hidden_sum_2[h] =
                        SY_FMA_F32(x[n * f_extent + f], w1[f * 10 + h], hidden_sum_2[h]);
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 10; ++lane) {
                hidden_sum_total[lane] += (double)hidden_sum_2[lane];
            }
        }
#pragma omp simd
        for (int64_t h = 0; h < 10; ++h) {
            hidden_sum[n * 10 + h] = (float)hidden_sum_total[h];
        }
    }
}

/* feature_weights.sy:20: let result[n, o] = sum[h](hidden * w2) + b2
 * feature_weights.sy:22: loss L = mean[n, o]((result - target)^2)
 * feature_weights.sy:23: output y[n, o] = result */
static void feature_weights_y(int64_t share_from, int64_t share_to, const float *restrict target,
                              const float *restrict feature_weight, const float *restrict b1,
                              const float *restrict w2, const float *restrict b2, float *restrict y,
                              float *restrict L_sum_n, float *restrict hidden_sum) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float result_sum[5] = {0};
        for (int64_t h = 0; h < 10; ++h) {
            const float hidden =
                sy_max_f32(0.0f, (hidden_sum[n * 10 + h] + b1[h]) * feature_weight[h]);
#pragma omp simd
            for (int64_t o = 0; o < 5; ++o) {
                result_sum[o] = SY_FMA_F32(hidden, w2[h * 5 + o], result_sum[o]);
            }
        }
#pragma omp simd
        for (int64_t o = 0; o < 5; ++o) {
            const float result = result_sum[o] + b2[o];
            y[n * 5 + o] = result;
        }
        float L_sum = 0.0f;
        for (int64_t o = 0; o < 5; ++o) {
            const float base = y[n * 5 + o] - target[n * 5 + o];
            L_sum += base * base;
        }
        L_sum_n[n] = L_sum;
    }
}

/* feature_weights.sy:22: loss L = mean[n, o]((result - target)^2) */
static void feature_weights_L_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                         float *restrict L_sum_n, double *restrict L_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        double L_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                L_sum[lane] += (double)L_sum_n[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            L_sum[0] += (double)L_sum_n[n];
        }
        L_sum_blocks[block] = n_whole > n_first ? sy_tree_sum_f64(L_sum) : L_sum[0];
    }
}

static void feature_weights_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                                    const float *restrict target,
                                    const float *restrict feature_weight, const float *restrict w1,
                                    const float *restrict b1, const float *restrict w2,
                                    const float *restrict b2, float *restrict L, float *restrict y,
                                    unsigned char *workspace) {
    float *restrict L_sum_n = (float *)(void *)workspace;
    const size_t after_L_sum_n = sy_bytes(n_extent, sizeof(float));
    float *restrict hidden_sum = (float *)(void *)&workspace[after_L_sum_n];
    const size_t after_hidden_sum = after_L_sum_n + sy_bytes(n_extent * 10, sizeof(float));
    float *restrict hidden_sum_right = (float *)(void *)&workspace[after_hidden_sum];
    const size_t after_hidden_sum_right = after_hidden_sum + sy_bytes(f_extent * 16, sizeof(float));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_hidden_sum_right];
    /* feature_weights.sy:19: let hidden[n, h] = relu((sum[f](x * w1) + b1) * feature_weight) */
    const bool by_panels = n_extent >= 3 && (double)n_extent * 10.0 * (double)f_extent >= 256.0;
    if (by_panels) {
        const bool enough_work = (double)n_extent * 10.0 * (double)f_extent > 500000.0;
        for (int64_t f = 0; f < f_extent; ++f) {
#pragma omp simd
            for (int64_t lane = 0; lane < 16; ++lane) {
                const int64_t h = sy_min_i64(lane, 9);
                hidden_sum_right[f * 16 + lane] = w1[f * 10 + h];
            }
        }
        const int64_t n_panels = (n_extent + 5) / 6;
        if (enough_work) {
#pragma omp parallel
            feature_weights_hidden_sum(sy_share_from(n_panels, 1), sy_share_to(n_panels, 1),
                                       n_extent, f_extent, x, hidden_sum, hidden_sum_right);
        } else {
            feature_weights_hidden_sum(0, n_panels, n_extent, f_extent, x, hidden_sum,
                                       hidden_sum_right);
        }
    } else if ((double)n_extent * (double)f_extent * 10.0 > 20000.0) {
#pragma omp parallel
        feature_weights_hidden_sum_2(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent,
                                     x, w1, hidden_sum);
    } else {
        feature_weights_hidden_sum_2(0, n_extent, f_extent, x, w1, hidden_sum);
    }

    /* feature_weights.sy:20: let result[n, o] = sum[h](hidden * w2) + b2
     * feature_weights.sy:22: loss L = mean[n, o]((result - target)^2)
     * feature_weights.sy:23: output y[n, o] = result */
    if ((double)n_extent * 10.0 * 5.0 > 20000.0) {
#pragma omp parallel
        feature_weights_y(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), target,
                          feature_weight, b1, w2, b2, y, L_sum_n, hidden_sum);
    } else {
        feature_weights_y(0, n_extent, target, feature_weight, b1, w2, b2, y, L_sum_n, hidden_sum);
    }

    /* feature_weights.sy:22: loss L = mean[n, o]((result - target)^2) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        feature_weights_L_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                     L_sum_n, L_sum_blocks);
    } else {
        feature_weights_L_sum_blocks(0, n_blocks, n_extent, L_sum_n, L_sum_blocks);
    }
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks);

    *L = (float)(L_sum / (double)(n_extent * 5));
}

int feature_weights(size_t n, size_t f, const float *x, const float *target,
                    const float *feature_weight, const float *w1, const float *b1, const float *w2,
                    const float *b2, float *L, float *y) {
    return feature_weights_call(n, f, x, target, feature_weight, w1, b1, w2, b2, L, y, NULL);
}

int feature_weights_call(size_t n, size_t f, const float *x, const float *target,
                         const float *feature_weight, const float *w1, const float *b1,
                         const float *w2, const float *b2, float *L, float *y,
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
    const int64_t target_count = sy_count(n_extent, 5);
    if (target_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "target", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t w1_count = sy_count(f_extent, 10);
    if (w1_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w1", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t w2_count = sy_count(10, 5);
    if (w2_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w2", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (target == NULL && target_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "target", 0, 0.0, 0, NULL);
    }
    if (feature_weight == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "feature_weight", 0, 0.0, 0, NULL);
    }
    if (w1 == NULL && w1_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w1", 0, 0.0, 0, NULL);
    }
    if (b1 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b1", 0, 0.0, 0, NULL);
    if (w2 == NULL && w2_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w2", 0, 0.0, 0, NULL);
    }
    if (b2 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "b2", 0, 0.0, 0, NULL);
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    if (y == NULL && target_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    const size_t needed = feature_weights_workspace(n, f);
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
    feature_weights_compute(n_extent, f_extent, x, target, feature_weight, w1, b1, w2, b2, L, y,
                            workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t feature_weights_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(n_extent, 10), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(16, f_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
