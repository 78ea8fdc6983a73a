/* running: made from running.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "running.h"

#include "steelyard.h"
#include "steelyard_scan.h"
#include <stdint.h>

static void running_compute(int64_t t_extent, const float *restrict x, const float *restrict w,
                            float *restrict total, float *restrict average, float *restrict highest,
                            float *restrict left, unsigned char *workspace) {
    double *restrict total_sum = (double *)(void *)workspace;
    const size_t after_total_sum = sy_bytes(1, sizeof(double));
    double *restrict average_sum = (double *)(void *)&workspace[after_total_sum];
    const size_t after_average_sum = after_total_sum + sy_bytes(1, sizeof(double));
    double *restrict average_sum_2 = (double *)(void *)&workspace[after_average_sum];
    const size_t after_average_sum_2 = after_average_sum + sy_bytes(1, sizeof(double));
    float *restrict highest_max = (float *)(void *)&workspace[after_average_sum_2];
    const size_t after_highest_max = after_average_sum_2 + sy_bytes(1, sizeof(float));
    double *restrict left_sum = (double *)(void *)&workspace[after_highest_max];
    /* running.sy:12: output total[t] = sum[s](x[t = s], where = s <= t)
     * running.sy:13: output average[t] = mean[s](x[t = s], weight = w[t = s], where = s <= t,
     * empty = 0)
     * running.sy:14: output highest[t] = max[s](x[t = s], where = s <= t) */
    if (t_extent > 0) {
        *total_sum = (double)x[0];
        total[0] = (float)*total_sum;
        *average_sum = (double)w[0];
        *average_sum_2 = (double)(w[0] * x[0]);
        average[0] = (float)*average_sum == 0.0f ? 0.0f
                                                 : (float)*average_sum_2 / (float)*average_sum;
        *highest_max = x[0];
        highest[0] = *highest_max;
        double total_sum_before = *total_sum;
        double average_sum_before = *average_sum;
        double average_sum_before_2 = *average_sum_2;
        for (int64_t t_block = 0; t_block < t_extent; t_block += 256) {
            const int64_t t_first = sy_max_i64(1, t_block);
            const int64_t t_count = sy_min_i64(t_block + 256, t_extent) - t_first;
            total_sum_before = sy_running_sum_f32(&x[t_first], t_count, total_sum_before,
                                                  &total[t_first], t_extent);
            double average_sum_block[256];
            sy_running_fetch_f32(&w[t_first], t_count, t_extent);
#pragma omp simd
            for (int64_t lane = 0; lane < t_count; ++lane) {
                const int64_t t = t_first + lane;
                average_sum_block[lane] = (double)w[t];
            }
            average_sum_before = sy_running_sum_f64(average_sum_block, t_count, average_sum_before,
                                                    average_sum_block, 0);
            double average_sum_block_2[256];
            sy_running_fetch_f32(&w[t_first], t_count, t_extent);
            sy_running_fetch_f32(&x[t_first], t_count, t_extent);
#pragma omp simd
            for (int64_t lane = 0; lane < t_count; ++lane) {
                const int64_t t = t_first + lane;
                average_sum_block_2[lane] = (double)(w[t] * x[t]);
            }
            average_sum_before_2 = sy_running_sum_f64(average_sum_block_2, t_count,
                                                      average_sum_before_2, average_sum_block_2, 0);
#pragma omp simd
            for (int64_t lane = 0; lane < t_count; ++lane) {
                const int64_t t = t_first + lane;
                average[t] = (float)average_sum_block[lane] == 0.0f
                                 ? 0.0f
                                 : (float)average_sum_block_2[lane] /
                                       (float)average_sum_block[lane];
            }
            float highest_max_block[256];
            for (int64_t lane = 0; lane < t_count; ++lane) {
                const int64_t t = t_first + lane;
                *highest_max = sy_max_f32(*highest_max, x[t]);
                highest_max_block[lane] = *highest_max;
            }
#pragma omp simd
            for (int64_t lane = 0; lane < t_count; ++lane) {
                const int64_t t = t_first + lane;
                highest[t] = highest_max_block[lane];
            }
        }
        sy_running_end_f32(t_extent);
    }

    /* running.sy:15: output left[t] = sum[s](x[t = s], where = s > t) */
    if (t_extent > 0) {
        *left_sum = 0.0;
        left[t_extent - 1] = (float)*left_sum;
        double left_sum_before = *left_sum;
        for (int64_t t_block = 0; t_block < t_extent; t_block += 256) {
            const int64_t t_done = sy_max_i64(1, t_block);
            const int64_t t_count = sy_min_i64(t_block + 256, t_extent) - t_done;
            const int64_t t_last = t_extent - t_done - 1;
            float left_sum_block[256];
#pragma omp simd
            for (int64_t lane = 0; lane < t_count; ++lane) {
                const int64_t t = t_last - lane;
                left_sum_block[lane] = x[t + 1];
            }
            left_sum_before =
                sy_running_sum_f32(left_sum_block, t_count, left_sum_before, left_sum_block, 0);
#pragma omp simd
            for (int64_t lane = 0; lane < t_count; ++lane) {
                const int64_t t = t_last - lane;
                left[t] = left_sum_block[lane];
            }
        }
    }
}

int running(size_t t, const float *x, const float *w, float *total, float *average, float *highest,
            float *left) {
    return running_call(t, x, w, total, average, highest, left, NULL);
}

int running_call(size_t t, const float *x, const float *w, float *total, float *average,
                 float *highest, float *left, steelyard_call *call) {
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    const int64_t t_extent = (int64_t)t;
    if (x == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (w == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (total == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "total", 0, 0.0, 0, NULL);
    }
    if (average == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    }
    if (highest == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "highest", 0, 0.0, 0, NULL);
    }
    if (left == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "left", 0, 0.0, 0, NULL);
    }
    const size_t bad_w = sy_check_weight_f32(w, (size_t)t_extent);
    if (bad_w != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
    }
    const size_t needed = running_workspace(t);
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
    running_compute(t_extent, x, w, total, average, highest, left, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t running_workspace(size_t t) {
    if (!sy_size_fits(t)) return SIZE_MAX;
    size_t bytes = sy_bytes(1, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    return bytes;
}
