/* sensors: made from sensors.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "sensors.h"

#include "steelyard.h"
#include <stdint.h>

/* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
static void sensors_average_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                       const float *restrict w, unsigned char *wrong,
                                       double *restrict average_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        int bad[32] = {0};
        float average_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                bad[lane] |= sy_bad_weight_f32(w[n]);
                average_sum[lane] += w[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            bad[0] |= sy_bad_weight_f32(w[n]);
            average_sum[0] += w[n];
        }
        sy_mark_bad(bad, wrong);
        average_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(average_sum) : average_sum[0]);
    }
}

/* sensors.sy:11: let miss[n] = sum[d](x * slope) - y
 * sensors.sy:13: output average[d] = mean[n](x, weight = w)
 * sensors.sy:15: loss L = mean[n](miss^2, weight = w)
 * sensors.sy:16: output toward[d] = grad(L, slope) */
static void sensors_average_sum_rows(int64_t share_from, int64_t share_to, int64_t d_extent,
                                     const float *restrict x, const float *restrict y,
                                     const float *restrict w, const float *restrict slope,
                                     float *restrict L_sum_n, float *restrict average_sum_rows,
                                     float *restrict toward_sum_rows, float ratio) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double miss_sum_total = 0.0;
        for (int64_t d_first = 0; d_first < d_extent; d_first += 256) {
            const int64_t d_end = sy_min_i64(d_first + 256, d_extent);
            float miss_sum[32] = {0};
            const int64_t d_whole = d_end - d_end % 32;
            for (int64_t d_row = d_first; d_row < d_whole; d_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t d = d_row + lane;
                    average_sum_rows[n / 64 * d_extent + d] = SY_FMA_F32(
                        w[n], x[n * d_extent + d], average_sum_rows[n / 64 * d_extent + d]);
                    miss_sum[lane] = SY_FMA_F32(x[n * d_extent + d], slope[d], miss_sum[lane]);
                }
            }
            for (int64_t d = d_whole; d < d_end; ++d) {
                average_sum_rows[n / 64 * d_extent + d] =
                    SY_FMA_F32(w[n], x[n * d_extent + d], average_sum_rows[n / 64 * d_extent + d]);
                miss_sum[0] = SY_FMA_F32(x[n * d_extent + d], slope[d], miss_sum[0]);
            }
            miss_sum_total += (double)(d_whole > d_first ? sy_tree_sum_f32(miss_sum) : miss_sum[0]);
        }
        const float miss_sum = (float)miss_sum_total;
        const float miss = miss_sum - y[n];
        L_sum_n[n] = w[n] * (miss * miss);
        const float product = ratio * w[n] * miss;
#pragma omp simd
        for (int64_t d = 0; d < d_extent; ++d) {
            toward_sum_rows[n / 64 * d_extent + d] =
                SY_FMA_F32(product, x[n * d_extent + d], toward_sum_rows[n / 64 * d_extent + d]);
        }
    }
}

/* sensors.sy:13: output average[d] = mean[n](x, weight = w)
 * sensors.sy:16: output toward[d] = grad(L, slope) */
static void sensors_average(int64_t share_from, int64_t share_to, int64_t n_extent,
                            int64_t d_extent, float *restrict average, float *restrict toward,
                            float *restrict average_sum_rows, float *restrict toward_sum_rows,
                            float average_sum_rounded) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 64) {
        if (d_extent - d_first >= 64) {
            double average_sum[64];
            double toward_sum[64];
            for (int64_t strip = 0; strip < 64; strip += 32) {
                double average_sum_2[32] = {0};
                double toward_sum_2[32] = {0};
                for (int64_t n_block = 0; n_block < sy_idiv_i64(n_extent + 63, 64); ++n_block) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t d = d_first + strip + lane;
                        average_sum_2[lane] += (double)average_sum_rows[n_block * d_extent + d];
                        toward_sum_2[lane] += (double)toward_sum_rows[n_block * d_extent + d];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    average_sum[strip + lane] = average_sum_2[lane];
                    toward_sum[strip + lane] = toward_sum_2[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t d = d_first + lane;
                average[d] = (float)average_sum[lane] / average_sum_rounded;
                toward[d] = (float)toward_sum[lane];
            }
        } else {
            const int64_t d_left = d_extent - d_first;
            double average_sum[64] = {0};
            double toward_sum[64] = {0};
            for (int64_t n_block = 0; n_block < sy_idiv_i64(n_extent + 63, 64); ++n_block) {
#pragma omp simd
                for (int64_t lane = 0; lane < d_left; ++lane) {
                    const int64_t d = d_first + lane;
                    average_sum[lane] += (double)average_sum_rows[n_block * d_extent + d];
                    toward_sum[lane] += (double)toward_sum_rows[n_block * d_extent + d];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < d_left; ++lane) {
                const int64_t d = d_first + lane;
                average[d] = (float)average_sum[lane] / average_sum_rounded;
                toward[d] = (float)toward_sum[lane];
            }
        }
    }
}

/* sensors.sy:14: output spread[d] = var[n](x, weight = w) */
static void sensors_spread_sum_rows(int64_t share_from, int64_t share_to, int64_t d_extent,
                                    const float *restrict x, const float *restrict w,
                                    float *restrict average, float *restrict spread_sum_rows) {
    for (int64_t n = share_from; n < share_to; ++n) {
#pragma omp simd
        for (int64_t d = 0; d < d_extent; ++d) {
            const float base = x[n * d_extent + d] - average[d];
            spread_sum_rows[n / 64 * d_extent + d] =
                SY_FMA_F32(w[n], base * base, spread_sum_rows[n / 64 * d_extent + d]);
        }
    }
}

/* sensors.sy:14: output spread[d] = var[n](x, weight = w) */
static void sensors_spread(int64_t share_from, int64_t share_to, int64_t n_extent, int64_t d_extent,
                           float *restrict spread, float *restrict spread_sum_rows,
                           float average_sum_rounded) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 64) {
        if (d_extent - d_first >= 64) {
            double spread_sum[64];
            for (int64_t strip = 0; strip < 64; strip += 32) {
                double spread_sum_2[32] = {0};
                for (int64_t n_block = 0; n_block < sy_idiv_i64(n_extent + 63, 64); ++n_block) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t d = d_first + strip + lane;
                        spread_sum_2[lane] += (double)spread_sum_rows[n_block * d_extent + d];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    spread_sum[strip + lane] = spread_sum_2[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t d = d_first + lane;
                spread[d] = (float)spread_sum[lane] / average_sum_rounded;
            }
        } else {
            const int64_t d_left = d_extent - d_first;
            double spread_sum[64] = {0};
            for (int64_t n_block = 0; n_block < sy_idiv_i64(n_extent + 63, 64); ++n_block) {
#pragma omp simd
                for (int64_t lane = 0; lane < d_left; ++lane) {
                    const int64_t d = d_first + lane;
                    spread_sum[lane] += (double)spread_sum_rows[n_block * d_extent + d];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < d_left; ++lane) {
                const int64_t d = d_first + lane;
                spread[d] = (float)spread_sum[lane] / average_sum_rounded;
            }
        }
    }
}

/* sensors.sy:15: loss L = mean[n](miss^2, weight = w) */
static void sensors_L_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                 float *restrict L_sum_n, double *restrict L_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float L_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                L_sum[lane] += L_sum_n[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            L_sum[0] += L_sum_n[n];
        }
        L_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
    }
}

static int sensors_compute(int64_t n_extent, int64_t d_extent, const float *restrict x,
                           const float *restrict y, const float *restrict w,
                           const float *restrict slope, float *restrict average,
                           float *restrict spread, float *restrict L, float *restrict toward,
                           unsigned char *workspace) {
    unsigned char wrong[1] = {0};
    float *restrict L_sum_n = (float *)(void *)workspace;
    const size_t after_L_sum_n = sy_bytes(n_extent, sizeof(float));
    float *restrict average_sum_rows = (float *)(void *)&workspace[after_L_sum_n];
    const size_t after_average_sum_rows =
        after_L_sum_n + sy_bytes(sy_idiv_i64(n_extent + 63, 64) * d_extent, sizeof(float));
    float *restrict spread_sum_rows = (float *)(void *)&workspace[after_average_sum_rows];
    const size_t after_spread_sum_rows =
        after_average_sum_rows + sy_bytes(sy_idiv_i64(n_extent + 63, 64) * d_extent, sizeof(float));
    float *restrict toward_sum_rows = (float *)(void *)&workspace[after_spread_sum_rows];
    const size_t after_toward_sum_rows =
        after_spread_sum_rows + sy_bytes(sy_idiv_i64(n_extent + 63, 64) * d_extent, sizeof(float));
    double *restrict average_sum_blocks = (double *)(void *)&workspace[after_toward_sum_rows];
    const size_t after_average_sum_blocks =
        after_toward_sum_rows + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_average_sum_blocks];
    /* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
#pragma omp simd
    for (int64_t i = 0; i < sy_idiv_i64(n_extent + 63, 64) * d_extent; ++i) {
        average_sum_rows[i] = 0.0f;
    }

    /* sensors.sy:14: output spread[d] = var[n](x, weight = w) */
#pragma omp simd
    for (int64_t i = 0; i < sy_idiv_i64(n_extent + 63, 64) * d_extent; ++i) {
        spread_sum_rows[i] = 0.0f;
    }

    /* sensors.sy:16: output toward[d] = grad(L, slope) */
#pragma omp simd
    for (int64_t i = 0; i < sy_idiv_i64(n_extent + 63, 64) * d_extent; ++i) {
        toward_sum_rows[i] = 0.0f;
    }

    /* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        sensors_average_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                   w, wrong, average_sum_blocks);
    } else {
        sensors_average_sum_blocks(0, n_blocks, n_extent, w, wrong, average_sum_blocks);
    }
    if (wrong[0]) return 1;
    const double average_sum = sy_tree_sum_blocks(average_sum_blocks, (size_t)n_blocks);

    /* sensors.sy:11: let miss[n] = sum[d](x * slope) - y
     * sensors.sy:13: output average[d] = mean[n](x, weight = w)
     * sensors.sy:15: loss L = mean[n](miss^2, weight = w)
     * sensors.sy:16: output toward[d] = grad(L, slope) */
    const float ratio = (float)(2.0 / average_sum);
    if ((double)n_extent * (double)d_extent > 20000.0) {
#pragma omp parallel
        sensors_average_sum_rows(sy_share_from(n_extent, 64), sy_share_to(n_extent, 64), d_extent,
                                 x, y, w, slope, L_sum_n, average_sum_rows, toward_sum_rows, ratio);
    } else {
        sensors_average_sum_rows(0, n_extent, d_extent, x, y, w, slope, L_sum_n, average_sum_rows,
                                 toward_sum_rows, ratio);
    }

    /* sensors.sy:13: output average[d] = mean[n](x, weight = w)
     * sensors.sy:16: output toward[d] = grad(L, slope) */
    const float average_sum_rounded = (float)average_sum;
    if ((double)sy_idiv_i64(n_extent + 63, 64) * (double)d_extent > 20000.0) {
#pragma omp parallel
        sensors_average(sy_share_from(d_extent, 64), sy_share_to(d_extent, 64), n_extent, d_extent,
                        average, toward, average_sum_rows, toward_sum_rows, average_sum_rounded);
    } else {
        sensors_average(0, d_extent, n_extent, d_extent, average, toward, average_sum_rows,
                        toward_sum_rows, average_sum_rounded);
    }

    /* sensors.sy:14: output spread[d] = var[n](x, weight = w) */
    if ((double)n_extent * (double)d_extent > 20000.0) {
#pragma omp parallel
        sensors_spread_sum_rows(sy_share_from(n_extent, 64), sy_share_to(n_extent, 64), d_extent, x,
                                w, average, spread_sum_rows);
    } else {
        sensors_spread_sum_rows(0, n_extent, d_extent, x, w, average, spread_sum_rows);
    }

    if ((double)sy_idiv_i64(n_extent + 63, 64) * (double)d_extent > 20000.0) {
#pragma omp parallel
        sensors_spread(sy_share_from(d_extent, 64), sy_share_to(d_extent, 64), n_extent, d_extent,
                       spread, spread_sum_rows, average_sum_rounded);
    } else {
        sensors_spread(0, d_extent, n_extent, d_extent, spread, spread_sum_rows,
                       average_sum_rounded);
    }

    /* sensors.sy:15: loss L = mean[n](miss^2, weight = w) */
    const int64_t n_blocks_2 = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        sensors_L_sum_blocks(sy_share_from(n_blocks_2, 1), sy_share_to(n_blocks_2, 1), n_extent,
                             L_sum_n, L_sum_blocks);
    } else {
        sensors_L_sum_blocks(0, n_blocks_2, n_extent, L_sum_n, L_sum_blocks);
    }
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks_2);

    *L = (float)(L_sum / average_sum);
    return 0;
}

int sensors(size_t n, size_t d, const float *x, const float *y, const float *w, const float *slope,
            float *average, float *spread, float *L, float *toward) {
    return sensors_call(n, d, x, y, w, slope, average, spread, L, toward, NULL);
}

int sensors_call(size_t n, size_t d, const float *x, const float *y, const float *w,
                 const float *slope, float *average, float *spread, float *L, float *toward,
                 steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(d)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t d_extent = (int64_t)d;
    const int64_t x_count = sy_count(n_extent, d_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (y == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (w == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (slope == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "slope", 0, 0.0, 0, NULL);
    }
    if (average == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    }
    if (spread == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spread", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    if (toward == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "toward", 0, 0.0, 0, NULL);
    }
    const size_t needed = sensors_workspace(n, d);
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
    const int wrong =
        sensors_compute(n_extent, d_extent, x, y, w, slope, average, spread, L, toward, workspace);
    if (given == NULL) sy_release(workspace);
    if (wrong != 0) {
        const size_t bad_w = sy_check_weight_f32(w, (size_t)n_extent);
        if (bad_w != SIZE_MAX) {
            return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
        }
    }
    return STEELYARD_OK;
}

size_t sensors_workspace(size_t n, size_t d) {
    if (!sy_size_fits(n) || !sy_size_fits(d)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t d_extent = (int64_t)d;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(
        bytes, sy_bytes(sy_count(sy_idiv_i64(n_extent + 63, 64), d_extent), sizeof(float)));
    bytes = sy_add_bytes(
        bytes, sy_bytes(sy_count(sy_idiv_i64(n_extent + 63, 64), d_extent), sizeof(float)));
    bytes = sy_add_bytes(
        bytes, sy_bytes(sy_count(sy_idiv_i64(n_extent + 63, 64), d_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}

/* sensors.sy:13: output average[d] = mean[n](x, weight = w)
 * sensors.sy:14: output spread[d] = var[n](x, weight = w) */
static void sensors_begin_average_sum(int64_t share_from, int64_t share_to, int64_t d_extent,
                                      double *restrict average_sum, double *restrict spread_squares,
                                      double *restrict toward_sum) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 4096) {
        const int64_t d_end = sy_min_i64(d_first + 4096, d_extent);
#pragma omp simd
        for (int64_t d = d_first; d < d_end; ++d) {
            average_sum[d] = 0.0;
            spread_squares[d] = 0.0;
            toward_sum[d] = 0.0;
        }
    }
}

static void sensors_begin_compute(int64_t d_extent, double *restrict average_sum,
                                  double *restrict average_weight, double *restrict spread_squares,
                                  double *restrict L_sum, int64_t *restrict n_count,
                                  double *restrict toward_sum) {
    /* sensors.sy:13: output average[d] = mean[n](x, weight = w)
     * sensors.sy:14: output spread[d] = var[n](x, weight = w) */
    if (d_extent > 20000) {
#pragma omp parallel
        sensors_begin_average_sum(sy_share_from(d_extent, 4096), sy_share_to(d_extent, 4096),
                                  d_extent, average_sum, spread_squares, toward_sum);
    } else {
        sensors_begin_average_sum(0, d_extent, d_extent, average_sum, spread_squares, toward_sum);
    }

    /* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
    *average_weight = 0.0;

    /* sensors.sy:15: loss L = mean[n](miss^2, weight = w) */
    *L_sum = 0.0;

    *n_count = 0;
}

int sensors_begin(size_t d, double *average_sum, double *average_weight, double *spread_squares,
                  double *L_sum, int64_t *n_count, double *toward_sum) {
    return sensors_begin_call(d, average_sum, average_weight, spread_squares, L_sum, n_count,
                              toward_sum, NULL);
}

int sensors_begin_call(size_t d, double *average_sum, double *average_weight,
                       double *spread_squares, double *L_sum, int64_t *n_count, double *toward_sum,
                       steelyard_call *call) {
    if (!sy_size_fits(d)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d", 0, 0.0, 0, "this size is too large");
    }
    const int64_t d_extent = (int64_t)d;
    if (average_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average_sum", 0, 0.0, 0, NULL);
    }
    if (average_weight == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average_weight", 0, 0.0, 0, NULL);
    }
    if (spread_squares == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spread_squares", 0, 0.0, 0, NULL);
    }
    if (L_sum == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L_sum", 0, 0.0, 0, NULL);
    if (n_count == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "n_count", 0, 0.0, 0, NULL);
    if (toward_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "toward_sum", 0, 0.0, 0, NULL);
    }
    sensors_begin_compute(d_extent, average_sum, average_weight, spread_squares, L_sum, n_count,
                          toward_sum);
    return STEELYARD_OK;
}

size_t sensors_begin_workspace(size_t d) {
    (void)d;
    return 0;
}

/* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
static void sensors_accumulate_next_average_sum(int64_t share_from, int64_t share_to,
                                                int64_t n_extent, int64_t d_extent,
                                                const float *restrict x, const float *restrict w,
                                                double *restrict average_sum,
                                                double *restrict next_average_sum) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 64) {
        if (d_extent - d_first >= 64) {
            double next_average_sum_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float next_average_sum_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t d = d_first + lane;
                        next_average_sum_sum[lane] =
                            SY_FMA_F32(w[n], x[n * d_extent + d], next_average_sum_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    next_average_sum_sum_total[lane] += (double)next_average_sum_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t d = d_first + lane;
                next_average_sum[d] =
                    average_sum[d] + (double)(float)next_average_sum_sum_total[lane];
            }
        } else {
            const int64_t d_left = d_extent - d_first;
            double next_average_sum_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float next_average_sum_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < d_left; ++lane) {
                        const int64_t d = d_first + lane;
                        next_average_sum_sum[lane] =
                            SY_FMA_F32(w[n], x[n * d_extent + d], next_average_sum_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < d_left; ++lane) {
                    next_average_sum_sum_total[lane] += (double)next_average_sum_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < d_left; ++lane) {
                const int64_t d = d_first + lane;
                next_average_sum[d] =
                    average_sum[d] + (double)(float)next_average_sum_sum_total[lane];
            }
        }
    }
}

/* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
static void sensors_accumulate_next_average_weight_sum_blocks(int64_t share_from, int64_t share_to,
                                                              int64_t n_extent,
                                                              const float *restrict w,
                                                              double *restrict next_average_weight_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float next_average_weight_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                next_average_weight_sum[lane] += w[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            next_average_weight_sum[0] += w[n];
        }
        next_average_weight_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(next_average_weight_sum)
                                       : next_average_weight_sum[0]);
    }
}

/* sensors.sy:14: output spread[d] = var[n](x, weight = w) */
static void sensors_accumulate_next_spread_squares(int64_t share_from, int64_t share_to,
                                                   int64_t n_extent, int64_t d_extent,
                                                   const float *restrict x, const float *restrict w,
                                                   double *restrict average_sum,
                                                   double *restrict spread_squares,
                                                   double *restrict next_average_sum,
                                                   double *restrict next_average_weight,
                                                   double *restrict next_spread_squares,
                                                   double average_weight_here,
                                                   double next_average_weight_here) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 64) {
        if (d_extent - d_first >= 64) {
            double next_spread_squares_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float next_spread_squares_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t d = d_first + lane;
                        const float ratio =
                            (float)next_average_sum[d] / (float)*next_average_weight;
                        const float base = x[n * d_extent + d] - ratio;
                        next_spread_squares_sum[lane] =
                            SY_FMA_F32(w[n], base * base, next_spread_squares_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    next_spread_squares_sum_total[lane] += (double)next_spread_squares_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t d = d_first + lane;
                const double spread_squares_here = spread_squares[d];
                const double average_sum_here = average_sum[d];
                const float ratio = (float)next_average_sum[d] / (float)next_average_weight_here;
                const double difference =
                    (double)((float)average_sum_here / (float)average_weight_here) - (double)ratio;
                next_spread_squares[d] =
                    (average_weight_here == 0.0
                         ? 0.0
                         : spread_squares_here +
                               difference *
                                   (average_weight_here * difference +
                                    2.0 *
                                        (average_sum_here -
                                         average_weight_here *
                                             (double)((float)average_sum_here /
                                                      (float)average_weight_here)))) +
                    (double)(float)next_spread_squares_sum_total[lane];
            }
        } else {
            const int64_t d_left = d_extent - d_first;
            double next_spread_squares_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float next_spread_squares_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < d_left; ++lane) {
                        const int64_t d = d_first + lane;
                        const float ratio =
                            (float)next_average_sum[d] / (float)next_average_weight_here;
                        const float base = x[n * d_extent + d] - ratio;
                        next_spread_squares_sum[lane] =
                            SY_FMA_F32(w[n], base * base, next_spread_squares_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < d_left; ++lane) {
                    next_spread_squares_sum_total[lane] += (double)next_spread_squares_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < d_left; ++lane) {
                const int64_t d = d_first + lane;
                const double spread_squares_here = spread_squares[d];
                const double average_sum_here = average_sum[d];
                const float ratio = (float)next_average_sum[d] / (float)next_average_weight_here;
                const double difference =
                    (double)((float)average_sum_here / (float)average_weight_here) - (double)ratio;
                next_spread_squares[d] =
                    (average_weight_here == 0.0
                         ? 0.0
                         : spread_squares_here +
                               difference *
                                   (average_weight_here * difference +
                                    2.0 *
                                        (average_sum_here -
                                         average_weight_here *
                                             (double)((float)average_sum_here /
                                                      (float)average_weight_here)))) +
                    (double)(float)next_spread_squares_sum_total[lane];
            }
        }
    }
}

/* sensors.sy:11: let miss[n] = sum[d](x * slope) - y */
static void sensors_accumulate_miss_sum(int64_t share_from, int64_t share_to, int64_t d_extent,
                                        const float *restrict x, const float *restrict slope,
                                        float *restrict miss_sum) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double miss_sum_total = 0.0;
        for (int64_t d_first = 0; d_first < d_extent; d_first += 256) {
            const int64_t d_end = sy_min_i64(d_first + 256, d_extent);
            float miss_sum_2[32] = {0};
            const int64_t d_whole = d_end - d_end % 32;
            for (int64_t d_row = d_first; d_row < d_whole; d_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t d = d_row + lane;
                    miss_sum_2[lane] = SY_FMA_F32(x[n * d_extent + d], slope[d], miss_sum_2[lane]);
                }
            }
            for (int64_t d = d_whole; d < d_end; ++d) {
                miss_sum_2[0] = SY_FMA_F32(x[n * d_extent + d], slope[d], miss_sum_2[0]);
            }
            miss_sum_total +=
                (double)(d_whole > d_first ? sy_tree_sum_f32(miss_sum_2) : miss_sum_2[0]);
        }
        const float miss_sum_2 = (float)miss_sum_total;
        miss_sum[n] = miss_sum_2;
    }
}

/* sensors.sy:15: loss L = mean[n](miss^2, weight = w) */
static void sensors_accumulate_next_L_sum_sum_n(int64_t share_from, int64_t share_to,
                                                int64_t n_extent, const float *restrict y,
                                                const float *restrict w,
                                                float *restrict next_L_sum_sum_n,
                                                float *restrict miss_sum,
                                                double *restrict next_L_sum_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float next_L_sum_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                const float miss = miss_sum[n] - y[n];
                next_L_sum_sum_n[n] = w[n] * (miss * miss);
                next_L_sum_sum[lane] += next_L_sum_sum_n[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            const float miss = miss_sum[n] - y[n];
            next_L_sum_sum_n[n] = w[n] * (miss * miss);
            next_L_sum_sum[0] += next_L_sum_sum_n[n];
        }
        next_L_sum_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(next_L_sum_sum) : next_L_sum_sum[0]);
    }
}

/* sensors.sy:15: loss L = mean[n](miss^2, weight = w) */
static void sensors_accumulate_next_toward_sum(int64_t share_from, int64_t share_to,
                                               int64_t n_extent, int64_t d_extent,
                                               const float *restrict x, const float *restrict y,
                                               const float *restrict w, double *restrict toward_sum,
                                               double *restrict next_toward_sum,
                                               float *restrict miss_sum) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 64) {
        if (d_extent - d_first >= 64) {
            double next_toward_sum_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float next_toward_sum_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
                    const float miss = miss_sum[n] - y[n];
                    const float product = w[n] * miss;
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t d = d_first + lane;
                        next_toward_sum_sum[lane] =
                            SY_FMA_F32(product, x[n * d_extent + d], next_toward_sum_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    next_toward_sum_sum_total[lane] += (double)next_toward_sum_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t d = d_first + lane;
                next_toward_sum[d] = toward_sum[d] + (double)(float)next_toward_sum_sum_total[lane];
            }
        } else {
            const int64_t d_left = d_extent - d_first;
            double next_toward_sum_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float next_toward_sum_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
                    const float miss = miss_sum[n] - y[n];
                    const float product = w[n] * miss;
#pragma omp simd
                    for (int64_t lane = 0; lane < d_left; ++lane) {
                        const int64_t d = d_first + lane;
                        next_toward_sum_sum[lane] =
                            SY_FMA_F32(product, x[n * d_extent + d], next_toward_sum_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < d_left; ++lane) {
                    next_toward_sum_sum_total[lane] += (double)next_toward_sum_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < d_left; ++lane) {
                const int64_t d = d_first + lane;
                next_toward_sum[d] = toward_sum[d] + (double)(float)next_toward_sum_sum_total[lane];
            }
        }
    }
}

/* sensors.sy:13: output average[d] = mean[n](x, weight = w)
 * sensors.sy:14: output spread[d] = var[n](x, weight = w) */
static void sensors_accumulate_average_sum(int64_t share_from, int64_t share_to, int64_t d_extent,
                                           double *restrict average_sum,
                                           double *restrict spread_squares,
                                           double *restrict toward_sum,
                                           double *restrict next_average_sum,
                                           double *restrict next_spread_squares,
                                           double *restrict next_toward_sum) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 4096) {
        const int64_t d_end = sy_min_i64(d_first + 4096, d_extent);
#pragma omp simd
        for (int64_t d = d_first; d < d_end; ++d) {
            const double next_average_sum_2 = next_average_sum[d];
            const double next_spread_squares_2 = next_spread_squares[d];
            const double next_toward_sum_2 = next_toward_sum[d];
            average_sum[d] = next_average_sum_2;
            spread_squares[d] = next_spread_squares_2;
            toward_sum[d] = next_toward_sum_2;
        }
    }
}

static void sensors_accumulate_compute(int64_t n_extent, int64_t d_extent, const float *restrict x,
                                       const float *restrict y, const float *restrict w,
                                       const float *restrict slope, double *restrict average_sum,
                                       double *restrict average_weight,
                                       double *restrict spread_squares, double *restrict L_sum,
                                       int64_t *restrict n_count, double *restrict toward_sum,
                                       unsigned char *workspace) {
    double *restrict next_average_sum = (double *)(void *)workspace;
    const size_t after_next_average_sum = sy_bytes(d_extent, sizeof(double));
    double *restrict next_average_weight = (double *)(void *)&workspace[after_next_average_sum];
    const size_t after_next_average_weight = after_next_average_sum + sy_bytes(1, sizeof(double));
    double *restrict next_spread_squares = (double *)(void *)&workspace[after_next_average_weight];
    const size_t after_next_spread_squares =
        after_next_average_weight + sy_bytes(d_extent, sizeof(double));
    float *restrict next_L_sum_sum_n = (float *)(void *)&workspace[after_next_spread_squares];
    const size_t after_next_L_sum_sum_n =
        after_next_spread_squares + sy_bytes(n_extent, sizeof(float));
    double *restrict next_L_sum = (double *)(void *)&workspace[after_next_L_sum_sum_n];
    const size_t after_next_L_sum = after_next_L_sum_sum_n + sy_bytes(1, sizeof(double));
    int64_t *restrict next_n_count = (int64_t *)(void *)&workspace[after_next_L_sum];
    const size_t after_next_n_count = after_next_L_sum + sy_bytes(1, sizeof(int64_t));
    double *restrict next_toward_sum = (double *)(void *)&workspace[after_next_n_count];
    const size_t after_next_toward_sum = after_next_n_count + sy_bytes(d_extent, sizeof(double));
    float *restrict miss_sum = (float *)(void *)&workspace[after_next_toward_sum];
    const size_t after_miss_sum = after_next_toward_sum + sy_bytes(n_extent, sizeof(float));
    double *restrict next_average_weight_sum_blocks = (double *)(void *)&workspace[after_miss_sum];
    const size_t after_next_average_weight_sum_blocks =
        after_miss_sum + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict next_L_sum_sum_blocks =
        (double *)(void *)&workspace[after_next_average_weight_sum_blocks];
    /* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
    if ((double)n_extent * (double)d_extent > 20000.0) {
#pragma omp parallel
        sensors_accumulate_next_average_sum(sy_share_from(d_extent, 64), sy_share_to(d_extent, 64),
                                            n_extent, d_extent, x, w, average_sum,
                                            next_average_sum);
    } else {
        sensors_accumulate_next_average_sum(0, d_extent, n_extent, d_extent, x, w, average_sum,
                                            next_average_sum);
    }

    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        sensors_accumulate_next_average_weight_sum_blocks(sy_share_from(n_blocks, 1),
                                                          sy_share_to(n_blocks, 1), n_extent, w,
                                                          next_average_weight_sum_blocks);
    } else {
        sensors_accumulate_next_average_weight_sum_blocks(0, n_blocks, n_extent, w,
                                                          next_average_weight_sum_blocks);
    }
    const float next_average_weight_sum =
        (float)sy_tree_sum_blocks(next_average_weight_sum_blocks, (size_t)n_blocks);

    *next_average_weight = *average_weight + (double)next_average_weight_sum;

    /* sensors.sy:14: output spread[d] = var[n](x, weight = w) */
    const double average_weight_here = *average_weight;
    const double next_average_weight_here = *next_average_weight;
    if ((double)n_extent * (double)d_extent > 20000.0) {
#pragma omp parallel
        sensors_accumulate_next_spread_squares(sy_share_from(d_extent, 64),
                                               sy_share_to(d_extent, 64), n_extent, d_extent, x, w,
                                               average_sum, spread_squares, next_average_sum,
                                               next_average_weight, next_spread_squares,
                                               average_weight_here, next_average_weight_here);
    } else {
        sensors_accumulate_next_spread_squares(0, d_extent, n_extent, d_extent, x, w, average_sum,
                                               spread_squares, next_average_sum,
                                               next_average_weight, next_spread_squares,
                                               average_weight_here, next_average_weight_here);
    }

    /* sensors.sy:11: let miss[n] = sum[d](x * slope) - y */
    if ((double)n_extent * (double)d_extent > 20000.0) {
#pragma omp parallel
        sensors_accumulate_miss_sum(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), d_extent,
                                    x, slope, miss_sum);
    } else {
        sensors_accumulate_miss_sum(0, n_extent, d_extent, x, slope, miss_sum);
    }

    /* sensors.sy:15: loss L = mean[n](miss^2, weight = w) */
    const int64_t n_blocks_2 = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        sensors_accumulate_next_L_sum_sum_n(sy_share_from(n_blocks_2, 1),
                                            sy_share_to(n_blocks_2, 1), n_extent, y, w,
                                            next_L_sum_sum_n, miss_sum, next_L_sum_sum_blocks);
    } else {
        sensors_accumulate_next_L_sum_sum_n(0, n_blocks_2, n_extent, y, w, next_L_sum_sum_n,
                                            miss_sum, next_L_sum_sum_blocks);
    }
    const float next_L_sum_sum =
        (float)sy_tree_sum_blocks(next_L_sum_sum_blocks, (size_t)n_blocks_2);

    *next_L_sum = *L_sum + (double)next_L_sum_sum;

    *next_n_count = sy_add_i64(*n_count, n_extent);

    if ((double)n_extent * (double)d_extent > 20000.0) {
#pragma omp parallel
        sensors_accumulate_next_toward_sum(sy_share_from(d_extent, 64), sy_share_to(d_extent, 64),
                                           n_extent, d_extent, x, y, w, toward_sum, next_toward_sum,
                                           miss_sum);
    } else {
        sensors_accumulate_next_toward_sum(0, d_extent, n_extent, d_extent, x, y, w, toward_sum,
                                           next_toward_sum, miss_sum);
    }

    /* sensors.sy:13: output average[d] = mean[n](x, weight = w)
     * sensors.sy:14: output spread[d] = var[n](x, weight = w) */
    if (d_extent > 20000) {
#pragma omp parallel
        sensors_accumulate_average_sum(sy_share_from(d_extent, 4096), sy_share_to(d_extent, 4096),
                                       d_extent, average_sum, spread_squares, toward_sum,
                                       next_average_sum, next_spread_squares, next_toward_sum);
    } else {
        sensors_accumulate_average_sum(0, d_extent, d_extent, average_sum, spread_squares,
                                       toward_sum, next_average_sum, next_spread_squares,
                                       next_toward_sum);
    }

    /* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
    const double next_average_weight_2 = next_average_weight_here;
    const double next_L_sum_2 = *next_L_sum;
    const int64_t next_n_count_2 = *next_n_count;
    *average_weight = next_average_weight_2;
    *L_sum = next_L_sum_2;
    *n_count = next_n_count_2;
}

int sensors_accumulate(size_t n, size_t d, const float *x, const float *y, const float *w,
                       const float *slope, double *average_sum, double *average_weight,
                       double *spread_squares, double *L_sum, int64_t *n_count,
                       double *toward_sum) {
    return sensors_accumulate_call(n, d, x, y, w, slope, average_sum, average_weight,
                                   spread_squares, L_sum, n_count, toward_sum, NULL);
}

int sensors_accumulate_call(size_t n, size_t d, const float *x, const float *y, const float *w,
                            const float *slope, double *average_sum, double *average_weight,
                            double *spread_squares, double *L_sum, int64_t *n_count,
                            double *toward_sum, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(d)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t d_extent = (int64_t)d;
    const int64_t x_count = sy_count(n_extent, d_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (y == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (w == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (slope == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "slope", 0, 0.0, 0, NULL);
    }
    if (average_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average_sum", 0, 0.0, 0, NULL);
    }
    if (average_weight == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average_weight", 0, 0.0, 0, NULL);
    }
    if (spread_squares == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spread_squares", 0, 0.0, 0, NULL);
    }
    if (L_sum == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L_sum", 0, 0.0, 0, NULL);
    if (n_count == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "n_count", 0, 0.0, 0, NULL);
    if (toward_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "toward_sum", 0, 0.0, 0, NULL);
    }
    const size_t bad_w = sy_check_weight_f32(w, (size_t)n_extent);
    if (bad_w != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
    }
    const size_t needed = sensors_accumulate_workspace(n, d);
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
    sensors_accumulate_compute(n_extent, d_extent, x, y, w, slope, average_sum, average_weight,
                               spread_squares, L_sum, n_count, toward_sum, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t sensors_accumulate_workspace(size_t n, size_t d) {
    if (!sy_size_fits(n) || !sy_size_fits(d)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t d_extent = (int64_t)d;
    size_t bytes = sy_bytes(d_extent, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(d_extent, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes(d_extent, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}

/* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
static void sensors_merge_next_average_sum(int64_t share_from, int64_t share_to, int64_t d_extent,
                                           const double *restrict other_average_sum,
                                           const double *restrict other_toward_sum,
                                           double *restrict average_sum,
                                           double *restrict toward_sum,
                                           double *restrict next_average_sum,
                                           double *restrict next_toward_sum) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 4096) {
        const int64_t d_end = sy_min_i64(d_first + 4096, d_extent);
#pragma omp simd
        for (int64_t d = d_first; d < d_end; ++d) {
            next_average_sum[d] = average_sum[d] + other_average_sum[d];
            next_toward_sum[d] = toward_sum[d] + other_toward_sum[d];
        }
    }
}

/* sensors.sy:14: output spread[d] = var[n](x, weight = w) */
static void sensors_merge_next_spread_squares(int64_t share_from, int64_t share_to,
                                              int64_t d_extent,
                                              const double *restrict other_average_sum,
                                              double other_average_weight,
                                              const double *restrict other_spread_squares,
                                              double *restrict average_sum,
                                              double *restrict spread_squares,
                                              double *restrict next_average_sum,
                                              double *restrict next_spread_squares,
                                              double average_weight_here,
                                              double next_average_weight_here) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 4096) {
        const int64_t d_end = sy_min_i64(d_first + 4096, d_extent);
#pragma omp simd
        for (int64_t d = d_first; d < d_end; ++d) {
            const double spread_squares_here = spread_squares[d];
            const double average_sum_here = average_sum[d];
            const double difference =
                (double)((float)average_sum_here / (float)average_weight_here) -
                (double)((float)next_average_sum[d] / (float)next_average_weight_here);
            const double other_spread_squares_here = other_spread_squares[d];
            const double other_average_sum_here = other_average_sum[d];
            const double difference_2 =
                (double)((float)other_average_sum_here / (float)other_average_weight) -
                (double)((float)next_average_sum[d] / (float)next_average_weight_here);
            next_spread_squares[d] =
                (average_weight_here == 0.0
                     ? 0.0
                     : spread_squares_here +
                           difference *
                               (average_weight_here * difference +
                                2.0 *
                                    (average_sum_here -
                                     average_weight_here *
                                         (double)((float)average_sum_here /
                                                  (float)average_weight_here)))) +
                (other_average_weight == 0.0
                     ? 0.0
                     : other_spread_squares_here +
                           difference_2 *
                               (other_average_weight * difference_2 +
                                2.0 *
                                    (other_average_sum_here -
                                     other_average_weight *
                                         (double)((float)other_average_sum_here /
                                                  (float)other_average_weight))));
        }
    }
}

/* sensors.sy:13: output average[d] = mean[n](x, weight = w)
 * sensors.sy:14: output spread[d] = var[n](x, weight = w) */
static void sensors_merge_average_sum(int64_t share_from, int64_t share_to, int64_t d_extent,
                                      double *restrict average_sum, double *restrict spread_squares,
                                      double *restrict toward_sum,
                                      double *restrict next_average_sum,
                                      double *restrict next_spread_squares,
                                      double *restrict next_toward_sum) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 4096) {
        const int64_t d_end = sy_min_i64(d_first + 4096, d_extent);
#pragma omp simd
        for (int64_t d = d_first; d < d_end; ++d) {
            const double next_average_sum_2 = next_average_sum[d];
            const double next_spread_squares_2 = next_spread_squares[d];
            const double next_toward_sum_2 = next_toward_sum[d];
            average_sum[d] = next_average_sum_2;
            spread_squares[d] = next_spread_squares_2;
            toward_sum[d] = next_toward_sum_2;
        }
    }
}

static void sensors_merge_compute(int64_t d_extent, const double *restrict other_average_sum,
                                  double other_average_weight,
                                  const double *restrict other_spread_squares, double other_L_sum,
                                  int64_t other_n_count, const double *restrict other_toward_sum,
                                  double *restrict average_sum, double *restrict average_weight,
                                  double *restrict spread_squares, double *restrict L_sum,
                                  int64_t *restrict n_count, double *restrict toward_sum,
                                  unsigned char *workspace) {
    double *restrict next_average_sum = (double *)(void *)workspace;
    const size_t after_next_average_sum = sy_bytes(d_extent, sizeof(double));
    double *restrict next_average_weight = (double *)(void *)&workspace[after_next_average_sum];
    const size_t after_next_average_weight = after_next_average_sum + sy_bytes(1, sizeof(double));
    double *restrict next_spread_squares = (double *)(void *)&workspace[after_next_average_weight];
    const size_t after_next_spread_squares =
        after_next_average_weight + sy_bytes(d_extent, sizeof(double));
    double *restrict next_L_sum = (double *)(void *)&workspace[after_next_spread_squares];
    const size_t after_next_L_sum = after_next_spread_squares + sy_bytes(1, sizeof(double));
    int64_t *restrict next_n_count = (int64_t *)(void *)&workspace[after_next_L_sum];
    const size_t after_next_n_count = after_next_L_sum + sy_bytes(1, sizeof(int64_t));
    double *restrict next_toward_sum = (double *)(void *)&workspace[after_next_n_count];
    /* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
    if (d_extent > 20000) {
#pragma omp parallel
        sensors_merge_next_average_sum(sy_share_from(d_extent, 4096), sy_share_to(d_extent, 4096),
                                       d_extent, other_average_sum, other_toward_sum, average_sum,
                                       toward_sum, next_average_sum, next_toward_sum);
    } else {
        sensors_merge_next_average_sum(0, d_extent, d_extent, other_average_sum, other_toward_sum,
                                       average_sum, toward_sum, next_average_sum, next_toward_sum);
    }

    *next_average_weight = *average_weight + other_average_weight;

    /* sensors.sy:14: output spread[d] = var[n](x, weight = w) */
    const double average_weight_here = *average_weight;
    const double next_average_weight_here = *next_average_weight;
    if (d_extent > 20000) {
#pragma omp parallel
        sensors_merge_next_spread_squares(sy_share_from(d_extent, 4096),
                                          sy_share_to(d_extent, 4096), d_extent, other_average_sum,
                                          other_average_weight, other_spread_squares, average_sum,
                                          spread_squares, next_average_sum, next_spread_squares,
                                          average_weight_here, next_average_weight_here);
    } else {
        sensors_merge_next_spread_squares(0, d_extent, d_extent, other_average_sum,
                                          other_average_weight, other_spread_squares, average_sum,
                                          spread_squares, next_average_sum, next_spread_squares,
                                          average_weight_here, next_average_weight_here);
    }

    /* sensors.sy:15: loss L = mean[n](miss^2, weight = w) */
    *next_L_sum = *L_sum + other_L_sum;

    *next_n_count = sy_add_i64(*n_count, other_n_count);

    /* sensors.sy:13: output average[d] = mean[n](x, weight = w)
     * sensors.sy:14: output spread[d] = var[n](x, weight = w) */
    if (d_extent > 20000) {
#pragma omp parallel
        sensors_merge_average_sum(sy_share_from(d_extent, 4096), sy_share_to(d_extent, 4096),
                                  d_extent, average_sum, spread_squares, toward_sum,
                                  next_average_sum, next_spread_squares, next_toward_sum);
    } else {
        sensors_merge_average_sum(0, d_extent, d_extent, average_sum, spread_squares, toward_sum,
                                  next_average_sum, next_spread_squares, next_toward_sum);
    }

    /* sensors.sy:13: output average[d] = mean[n](x, weight = w) */
    const double next_average_weight_2 = next_average_weight_here;
    const double next_L_sum_2 = *next_L_sum;
    const int64_t next_n_count_2 = *next_n_count;
    *average_weight = next_average_weight_2;
    *L_sum = next_L_sum_2;
    *n_count = next_n_count_2;
}

int sensors_merge(size_t d, const double *other_average_sum, double other_average_weight,
                  const double *other_spread_squares, double other_L_sum, int64_t other_n_count,
                  const double *other_toward_sum, double *average_sum, double *average_weight,
                  double *spread_squares, double *L_sum, int64_t *n_count, double *toward_sum) {
    return sensors_merge_call(d, other_average_sum, other_average_weight, other_spread_squares,
                              other_L_sum, other_n_count, other_toward_sum, average_sum,
                              average_weight, spread_squares, L_sum, n_count, toward_sum, NULL);
}

int sensors_merge_call(size_t d, const double *other_average_sum, double other_average_weight,
                       const double *other_spread_squares, double other_L_sum,
                       int64_t other_n_count, const double *other_toward_sum, double *average_sum,
                       double *average_weight, double *spread_squares, double *L_sum,
                       int64_t *n_count, double *toward_sum, steelyard_call *call) {
    if (!sy_size_fits(d)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d", 0, 0.0, 0, "this size is too large");
    }
    const int64_t d_extent = (int64_t)d;
    if (other_average_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "other_average_sum", 0, 0.0, 0, NULL);
    }
    if (other_spread_squares == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "other_spread_squares", 0, 0.0, 0, NULL);
    }
    if (other_toward_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "other_toward_sum", 0, 0.0, 0, NULL);
    }
    if (average_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average_sum", 0, 0.0, 0, NULL);
    }
    if (average_weight == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average_weight", 0, 0.0, 0, NULL);
    }
    if (spread_squares == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spread_squares", 0, 0.0, 0, NULL);
    }
    if (L_sum == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L_sum", 0, 0.0, 0, NULL);
    if (n_count == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "n_count", 0, 0.0, 0, NULL);
    if (toward_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "toward_sum", 0, 0.0, 0, NULL);
    }
    const size_t needed = sensors_merge_workspace(d);
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
    sensors_merge_compute(d_extent, other_average_sum, other_average_weight, other_spread_squares,
                          other_L_sum, other_n_count, other_toward_sum, average_sum, average_weight,
                          spread_squares, L_sum, n_count, toward_sum, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t sensors_merge_workspace(size_t d) {
    if (!sy_size_fits(d)) return SIZE_MAX;
    const int64_t d_extent = (int64_t)d;
    size_t bytes = sy_bytes(d_extent, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(d_extent, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes(d_extent, sizeof(double)));
    return bytes;
}

/* sensors.sy:13: output average[d] = mean[n](x, weight = w)
 * sensors.sy:14: output spread[d] = var[n](x, weight = w)
 * sensors.sy:16: output toward[d] = grad(L, slope) */
static void sensors_finish_average(int64_t share_from, int64_t share_to, int64_t d_extent,
                                   const double *restrict average_sum, double average_weight,
                                   const double *restrict spread_squares, int64_t n_count,
                                   const double *restrict toward_sum, float *restrict average,
                                   float *restrict spread, float *restrict toward, float ratio) {
    for (int64_t d_first = share_from; d_first < share_to; d_first += 4096) {
        const int64_t d_end = sy_min_i64(d_first + 4096, d_extent);
#pragma omp simd
        for (int64_t d = d_first; d < d_end; ++d) {
            average[d] = (float)average_sum[d] / (float)average_weight;
            spread[d] = (float)spread_squares[d] / (float)average_weight;
            const double toward_sum_here = toward_sum[d];
            toward[d] = sy_mul_i64(1, n_count) == 0 ? 0.0f : (float)toward_sum_here * ratio;
        }
    }
}

static void sensors_finish_compute(int64_t d_extent, const double *restrict average_sum,
                                   double average_weight, const double *restrict spread_squares,
                                   double L_sum, int64_t n_count, const double *restrict toward_sum,
                                   float *restrict average, float *restrict spread,
                                   float *restrict L, float *restrict toward) {
    /* sensors.sy:13: output average[d] = mean[n](x, weight = w)
     * sensors.sy:14: output spread[d] = var[n](x, weight = w)
     * sensors.sy:16: output toward[d] = grad(L, slope) */
    const float ratio = 2.0f / (float)average_weight;
    if (d_extent > 20000) {
#pragma omp parallel
        sensors_finish_average(sy_share_from(d_extent, 4096), sy_share_to(d_extent, 4096), d_extent,
                               average_sum, average_weight, spread_squares, n_count, toward_sum,
                               average, spread, toward, ratio);
    } else {
        sensors_finish_average(0, d_extent, d_extent, average_sum, average_weight, spread_squares,
                               n_count, toward_sum, average, spread, toward, ratio);
    }

    /* sensors.sy:15: loss L = mean[n](miss^2, weight = w) */
    *L = (float)L_sum / (float)average_weight;
}

int sensors_finish(size_t d, const double *average_sum, double average_weight,
                   const double *spread_squares, double L_sum, int64_t n_count,
                   const double *toward_sum, float *average, float *spread, float *L,
                   float *toward) {
    return sensors_finish_call(d, average_sum, average_weight, spread_squares, L_sum, n_count,
                               toward_sum, average, spread, L, toward, NULL);
}

int sensors_finish_call(size_t d, const double *average_sum, double average_weight,
                        const double *spread_squares, double L_sum, int64_t n_count,
                        const double *toward_sum, float *average, float *spread, float *L,
                        float *toward, steelyard_call *call) {
    if (!sy_size_fits(d)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d", 0, 0.0, 0, "this size is too large");
    }
    const int64_t d_extent = (int64_t)d;
    if (average_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average_sum", 0, 0.0, 0, NULL);
    }
    if (spread_squares == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spread_squares", 0, 0.0, 0, NULL);
    }
    if (toward_sum == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "toward_sum", 0, 0.0, 0, NULL);
    }
    if (average == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    }
    if (spread == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spread", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    if (toward == NULL && d_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "toward", 0, 0.0, 0, NULL);
    }
    sensors_finish_compute(d_extent, average_sum, average_weight, spread_squares, L_sum, n_count,
                           toward_sum, average, spread, L, toward);
    return STEELYARD_OK;
}

size_t sensors_finish_workspace(size_t d) {
    (void)d;
    return 0;
}
