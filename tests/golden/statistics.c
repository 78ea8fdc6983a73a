/* statistics: made from statistics.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "statistics.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* statistics.sy:13: let centre[c] = mean[n](x, weight = w) */
static void statistics_centre_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                         const float *restrict w, unsigned char *wrong,
                                         double *restrict centre_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        int bad[32] = {0};
        float centre_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                bad[lane] |= sy_bad_weight_f32(w[n]);
                centre_sum[lane] += w[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            bad[0] |= sy_bad_weight_f32(w[n]);
            centre_sum[0] += w[n];
        }
        sy_mark_bad(bad, wrong);
        centre_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(centre_sum) : centre_sum[0]);
    }
}

/* statistics.sy:13: let centre[c] = mean[n](x, weight = w)
 * statistics.sy:14: let deviation[c] = std[n](x, weight = w)
 * statistics.sy:16: output average[c] = centre
 * statistics.sy:17: output variance[c] = var[n](x, weight = w)
 * statistics.sy:18: output unbiased[c] = var[n](x, weight = w, ddof = 1)
 * statistics.sy:20: output length[c] = norm[n](x, weight = w)
 * statistics.sy:22: output lowest[c] = min[n](x)
 * statistics.sy:23: output highest[c] = max[n](x)
 * statistics.sy:24: output where_highest[c] = argmax[n](x) */
static void statistics_average(int64_t share_from, int64_t share_to, int64_t n_extent,
                               int64_t c_extent, const float *restrict x, const float *restrict w,
                               float *restrict average, float *restrict variance,
                               float *restrict unbiased, float *restrict length,
                               float *restrict lowest, float *restrict highest,
                               int64_t *restrict where_highest, float centre_sum_rounded,
                               float difference) {
    for (int64_t c_first = share_from; c_first < share_to; c_first += 64) {
        if (c_extent - c_first >= 64) {
            double centre_sum_total[64] = {0};
            double length_sum_total[64] = {0};
            float lowest_min[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                lowest_min[lane] = INFINITY;
            }
            float highest_max[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                highest_max[lane] = -INFINITY;
            }
            float where_highest_argmax[64] = {0};
            int64_t where_highest_argmax_place[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                where_highest_argmax_place[lane] = -1;
            }
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float centre_sum[64] = {0};
                float length_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t c = c_first + lane;
                        centre_sum[lane] = SY_FMA_F32(w[n], x[n * c_extent + c], centre_sum[lane]);
                        const float base = x[n * c_extent + c];
                        length_sum[lane] = SY_FMA_F32(w[n], base * base, length_sum[lane]);
                        lowest_min[lane] = sy_min_f32(lowest_min[lane], x[n * c_extent + c]);
                        highest_max[lane] = sy_max_f32(highest_max[lane], x[n * c_extent + c]);
                        const float candidate = x[n * c_extent + c];
                        sy_follow_argmax_f32(&where_highest_argmax[lane],
                                             &where_highest_argmax_place[lane], candidate, n);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    centre_sum_total[lane] += (double)centre_sum[lane];
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    length_sum_total[lane] += (double)length_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t c = c_first + lane;
                const float centre = (float)centre_sum_total[lane] / centre_sum_rounded;
                average[c] = centre;
                length[c] = sy_sqrt_f32((float)length_sum_total[lane]);
                lowest[c] = lowest_min[lane];
                highest[c] = highest_max[lane];
                where_highest[c] = where_highest_argmax_place[lane];
            }
            double variance_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float variance_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t c = c_first + lane;
                        const float difference_2 = x[n * c_extent + c] - average[c];
                        variance_sum[lane] =
                            SY_FMA_F32(w[n], difference_2 * difference_2, variance_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    variance_sum_total[lane] += (double)variance_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t c = c_first + lane;
                variance[c] = (float)variance_sum_total[lane] / centre_sum_rounded;
                unbiased[c] =
                    centre_sum_rounded <= 1.0f ? NAN : (float)variance_sum_total[lane] / difference;
            }
        } else {
            const int64_t c_left = c_extent - c_first;
            double centre_sum_total[64] = {0};
            double length_sum_total[64] = {0};
            float lowest_min[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                lowest_min[lane] = INFINITY;
            }
            float highest_max[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                highest_max[lane] = -INFINITY;
            }
            float where_highest_argmax[64] = {0};
            int64_t where_highest_argmax_place[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                where_highest_argmax_place[lane] = -1;
            }
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float centre_sum[64] = {0};
                float length_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < c_left; ++lane) {
                        const int64_t c = c_first + lane;
                        centre_sum[lane] = SY_FMA_F32(w[n], x[n * c_extent + c], centre_sum[lane]);
                        const float base = x[n * c_extent + c];
                        length_sum[lane] = SY_FMA_F32(w[n], base * base, length_sum[lane]);
                        lowest_min[lane] = sy_min_f32(lowest_min[lane], x[n * c_extent + c]);
                        highest_max[lane] = sy_max_f32(highest_max[lane], x[n * c_extent + c]);
                        const float candidate = x[n * c_extent + c];
                        sy_follow_argmax_f32(&where_highest_argmax[lane],
                                             &where_highest_argmax_place[lane], candidate, n);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < c_left; ++lane) {
                    centre_sum_total[lane] += (double)centre_sum[lane];
                }
#pragma omp simd
                for (int64_t lane = 0; lane < c_left; ++lane) {
                    length_sum_total[lane] += (double)length_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < c_left; ++lane) {
                const int64_t c = c_first + lane;
                const float centre = (float)centre_sum_total[lane] / centre_sum_rounded;
                average[c] = centre;
                length[c] = sy_sqrt_f32((float)length_sum_total[lane]);
                lowest[c] = lowest_min[lane];
                highest[c] = highest_max[lane];
                where_highest[c] = where_highest_argmax_place[lane];
            }
            double variance_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float variance_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < c_left; ++lane) {
                        const int64_t c = c_first + lane;
                        const float difference_2 = x[n * c_extent + c] - average[c];
                        variance_sum[lane] =
                            SY_FMA_F32(w[n], difference_2 * difference_2, variance_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < c_left; ++lane) {
                    variance_sum_total[lane] += (double)variance_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < c_left; ++lane) {
                const int64_t c = c_first + lane;
                variance[c] = (float)variance_sum_total[lane] / centre_sum_rounded;
                unbiased[c] =
                    centre_sum_rounded <= 1.0f ? NAN : (float)variance_sum_total[lane] / difference;
            }
        }
    }
}

/* statistics.sy:19: output spread[c] = deviation */
static void statistics_spread(int64_t share_from, int64_t share_to, int64_t c_extent,
                              float *restrict variance, float *restrict spread) {
    for (int64_t c_first = share_from; c_first < share_to; c_first += 4096) {
        const int64_t c_end = sy_min_i64(c_first + 4096, c_extent);
#pragma omp simd
        for (int64_t c = c_first; c < c_end; ++c) {
            const float deviation = sy_sqrt_f32(variance[c]);
            spread[c] = deviation;
        }
    }
}

/* statistics.sy:21: output skewness[c] = mean[n](((x - centre) / deviation)^3, weight = w) */
static void statistics_skewness(int64_t share_from, int64_t share_to, int64_t n_extent,
                                int64_t c_extent, const float *restrict x, const float *restrict w,
                                float *restrict average, float *restrict spread,
                                float *restrict skewness, float centre_sum_rounded) {
    for (int64_t c_first = share_from; c_first < share_to; c_first += 64) {
        if (c_extent - c_first >= 64) {
            double skewness_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float skewness_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t c = c_first + lane;
                        const float difference = x[n * c_extent + c] - average[c];
                        const float base = difference / spread[c];
                        skewness_sum[lane] =
                            SY_FMA_F32(w[n], base * base * base, skewness_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    skewness_sum_total[lane] += (double)skewness_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t c = c_first + lane;
                skewness[c] = (float)skewness_sum_total[lane] / centre_sum_rounded;
            }
        } else {
            const int64_t c_left = c_extent - c_first;
            double skewness_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float skewness_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < c_left; ++lane) {
                        const int64_t c = c_first + lane;
                        const float difference = x[n * c_extent + c] - average[c];
                        const float base = difference / spread[c];
                        skewness_sum[lane] =
                            SY_FMA_F32(w[n], base * base * base, skewness_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < c_left; ++lane) {
                    skewness_sum_total[lane] += (double)skewness_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < c_left; ++lane) {
                const int64_t c = c_first + lane;
                skewness[c] = (float)skewness_sum_total[lane] / centre_sum_rounded;
            }
        }
    }
}

static int statistics_compute(int64_t n_extent, int64_t c_extent, const float *restrict x,
                              const float *restrict w, float *restrict average,
                              float *restrict variance, float *restrict unbiased,
                              float *restrict spread, float *restrict length,
                              float *restrict skewness, float *restrict lowest,
                              float *restrict highest, int64_t *restrict where_highest,
                              unsigned char *workspace) {
    unsigned char wrong[1] = {0};
    double *restrict centre_sum_blocks = (double *)(void *)workspace;
    /* statistics.sy:13: let centre[c] = mean[n](x, weight = w) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        statistics_centre_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                     w, wrong, centre_sum_blocks);
    } else {
        statistics_centre_sum_blocks(0, n_blocks, n_extent, w, wrong, centre_sum_blocks);
    }
    if (wrong[0]) return 1;
    const double centre_sum = sy_tree_sum_blocks(centre_sum_blocks, (size_t)n_blocks);

    /* statistics.sy:13: let centre[c] = mean[n](x, weight = w)
     * statistics.sy:14: let deviation[c] = std[n](x, weight = w)
     * statistics.sy:16: output average[c] = centre
     * statistics.sy:17: output variance[c] = var[n](x, weight = w)
     * statistics.sy:18: output unbiased[c] = var[n](x, weight = w, ddof = 1)
     * statistics.sy:20: output length[c] = norm[n](x, weight = w)
     * statistics.sy:22: output lowest[c] = min[n](x)
     * statistics.sy:23: output highest[c] = max[n](x)
     * statistics.sy:24: output where_highest[c] = argmax[n](x) */
    const float centre_sum_rounded = (float)centre_sum;
    const float difference = (float)(centre_sum - 1.0);
    if ((double)n_extent * (double)c_extent > 20000.0) {
#pragma omp parallel
        statistics_average(sy_share_from(c_extent, 64), sy_share_to(c_extent, 64), n_extent,
                           c_extent, x, w, average, variance, unbiased, length, lowest, highest,
                           where_highest, centre_sum_rounded, difference);
    } else {
        statistics_average(0, c_extent, n_extent, c_extent, x, w, average, variance, unbiased,
                           length, lowest, highest, where_highest, centre_sum_rounded, difference);
    }

    /* statistics.sy:19: output spread[c] = deviation */
    if (c_extent > 20000) {
#pragma omp parallel
        statistics_spread(sy_share_from(c_extent, 4096), sy_share_to(c_extent, 4096), c_extent,
                          variance, spread);
    } else {
        statistics_spread(0, c_extent, c_extent, variance, spread);
    }

    /* statistics.sy:21: output skewness[c] = mean[n](((x - centre) / deviation)^3, weight = w) */
    if ((double)n_extent * (double)c_extent > 20000.0) {
#pragma omp parallel
        statistics_skewness(sy_share_from(c_extent, 64), sy_share_to(c_extent, 64), n_extent,
                            c_extent, x, w, average, spread, skewness, centre_sum_rounded);
    } else {
        statistics_skewness(0, c_extent, n_extent, c_extent, x, w, average, spread, skewness,
                            centre_sum_rounded);
    }
    return 0;
}

int statistics(size_t n, size_t c, const float *x, const float *w, float *average, float *variance,
               float *unbiased, float *spread, float *length, float *skewness, float *lowest,
               float *highest, int64_t *where_highest) {
    return statistics_call(n, c, x, w, average, variance, unbiased, spread, length, skewness,
                           lowest, highest, where_highest, NULL);
}

int statistics_call(size_t n, size_t c, const float *x, const float *w, float *average,
                    float *variance, float *unbiased, float *spread, float *length, float *skewness,
                    float *lowest, float *highest, int64_t *where_highest, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(c)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "c", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t c_extent = (int64_t)c;
    const int64_t x_count = sy_count(n_extent, c_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (w == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (average == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    }
    if (variance == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "variance", 0, 0.0, 0, NULL);
    }
    if (unbiased == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "unbiased", 0, 0.0, 0, NULL);
    }
    if (spread == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spread", 0, 0.0, 0, NULL);
    }
    if (length == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "length", 0, 0.0, 0, NULL);
    }
    if (skewness == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "skewness", 0, 0.0, 0, NULL);
    }
    if (lowest == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "lowest", 0, 0.0, 0, NULL);
    }
    if (highest == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "highest", 0, 0.0, 0, NULL);
    }
    if (where_highest == NULL && c_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "where_highest", 0, 0.0, 0, NULL);
    }
    if (n_extent == 0) {
        return sy_fail(call, STEELYARD_INDEX, "n", 0, 0.0, n_extent,
                       "line 24 takes an element of axis n, whose extent must be more");
    }
    const size_t needed = statistics_workspace(n, c);
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
        statistics_compute(n_extent, c_extent, x, w, average, variance, unbiased, spread, length,
                           skewness, lowest, highest, where_highest, workspace);
    if (given == NULL) sy_release(workspace);
    if (wrong != 0) {
        const size_t bad_w = sy_check_weight_f32(w, (size_t)n_extent);
        if (bad_w != SIZE_MAX) {
            return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
        }
    }
    return STEELYARD_OK;
}

size_t statistics_workspace(size_t n, size_t c) {
    if (!sy_size_fits(n) || !sy_size_fits(c)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    return sy_bytes((n_extent + 4095) / 4096, sizeof(double));
}
