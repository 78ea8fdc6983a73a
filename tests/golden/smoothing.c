/* smoothing: made from smoothing.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "smoothing.h"

#include "steelyard.h"
#include "steelyard_scan.h"
#include <stdint.h>

/* smoothing.sy:14: let level[t] = if t == 0 then x else share * x + (1 - share) * level[t = t -
 * 1]
 * smoothing.sy:20: output quick[n, t] = ema[t](x, fast)
 * smoothing.sy:21: output crossings[n] = count[t](where = gap * gap[t = t - 1 else 0] < 0) */
static void smoothing_quick(int64_t share_from, int64_t share_to, int64_t t_extent,
                            const float *restrict x, float fast, float slow, float *restrict quick,
                            int64_t *restrict crossings, float *restrict level, float difference,
                            float difference_2) {
    for (int64_t n = share_from; n < share_to; ++n) {
        if (t_extent > 0) {
            quick[n * t_extent] = x[n * t_extent];
            level[n * t_extent] = x[n * t_extent];
            double quick_before = (double)quick[n * t_extent];
            double level_before = (double)level[n * t_extent];
            for (int64_t t_block = 0; t_block < t_extent; t_block += 256) {
                const int64_t t_first = sy_max_i64(1, t_block);
                const int64_t t_count = sy_min_i64(t_block + 256, t_extent) - t_first;
                float quick_block[256];
                sy_running_fetch_f32(&x[n * t_extent + t_first], t_count, t_extent);
#pragma omp simd
                for (int64_t lane = 0; lane < t_count; ++lane) {
                    const int64_t t = t_first + lane;
                    quick_block[lane] = fast * x[n * t_extent + t];
                }
                quick_before =
                    sy_running_linear_f32(quick_block, t_count, (double)difference, quick_before,
                                          &quick[n * t_extent + t_first], t_extent);
                float level_block[256];
                sy_running_fetch_f32(&x[n * t_extent + t_first], t_count, t_extent);
#pragma omp simd
                for (int64_t lane = 0; lane < t_count; ++lane) {
                    const int64_t t = t_first + lane;
                    level_block[lane] = slow * x[n * t_extent + t];
                }
                level_before =
                    sy_running_linear_f32(level_block, t_count, (double)difference_2, level_before,
                                          &level[n * t_extent + t_first], t_extent);
            }
            sy_running_end_f32(t_extent);
        }
        int64_t crossings_sum_total = 0;
        for (int64_t t_first = 0; t_first < t_extent; t_first += 256) {
            const int64_t t_end = sy_min_i64(t_first + 256, t_extent);
            int32_t crossings_sum[32] = {0};
            const int64_t t_whole = t_end - t_end % 32;
            for (int64_t t_row = t_first; t_row < t_whole; t_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t t = t_row + lane;
                    const float gap = quick[n * t_extent + t] - level[n * t_extent + t];
                    crossings_sum[lane] += gap *
                                                       (0 <= t - 1
                                                            ? quick[n * t_extent + (t - 1)] -
                                                                  level[n * t_extent + (t - 1)]
                                                            : 0.0f) <
                                                   0.0f
                                               ? 1
                                               : 0;
                }
            }
            for (int64_t t = t_whole; t < t_end; ++t) {
                const float gap = quick[n * t_extent + t] - level[n * t_extent + t];
                crossings_sum[0] += gap *
                                                (0 <= t - 1
                                                     ? quick[n * t_extent + (t - 1)] -
                                                           level[n * t_extent + (t - 1)]
                                                     : 0.0f) <
                                            0.0f
                                        ? 1
                                        : 0;
            }
            crossings_sum_total +=
                (int64_t)(t_whole > t_first ? sy_tree_sum_i32(crossings_sum) : crossings_sum[0]);
        }
        crossings[n] = crossings_sum_total;
    }
}

static void smoothing_compute(int64_t n_extent, int64_t t_extent, const float *restrict x,
                              float fast, float slow, float *restrict quick,
                              int64_t *restrict crossings, unsigned char *workspace) {
    float *restrict level = (float *)(void *)workspace;
    /* smoothing.sy:14: let level[t] = if t == 0 then x else share * x + (1 - share) * level[t =
     * t - 1]
     * smoothing.sy:20: output quick[n, t] = ema[t](x, fast)
     * smoothing.sy:21: output crossings[n] = count[t](where = gap * gap[t = t - 1 else 0] < 0) */
    const float difference = 1.0f - fast;
    const float difference_2 = 1.0f - slow;
    if ((double)n_extent * (double)t_extent > 20000.0) {
#pragma omp parallel
        smoothing_quick(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), t_extent, x, fast,
                        slow, quick, crossings, level, difference, difference_2);
    } else {
        smoothing_quick(0, n_extent, t_extent, x, fast, slow, quick, crossings, level, difference,
                        difference_2);
    }
}

int smoothing(size_t n, size_t t, const float *x, float fast, float slow, float *quick,
              int64_t *crossings) {
    return smoothing_call(n, t, x, fast, slow, quick, crossings, NULL);
}

int smoothing_call(size_t n, size_t t, const float *x, float fast, float slow, float *quick,
                   int64_t *crossings, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t t_extent = (int64_t)t;
    const int64_t x_count = sy_count(n_extent, t_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (quick == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "quick", 0, 0.0, 0, NULL);
    }
    if (crossings == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "crossings", 0, 0.0, 0, NULL);
    }
    const size_t needed = smoothing_workspace(n, t);
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
    smoothing_compute(n_extent, t_extent, x, fast, slow, quick, crossings, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t smoothing_workspace(size_t n, size_t t) {
    if (!sy_size_fits(n) || !sy_size_fits(t)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t t_extent = (int64_t)t;
    return sy_bytes(sy_count(n_extent, t_extent), sizeof(float));
}
