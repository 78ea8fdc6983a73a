/* calibration: made from calibration.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "calibration.h"

#include "steelyard.h"
#include <stdint.h>

/* calibration.sy:21: output brier = mean[n]((p - f32(happened))^2) */
static void calibration_brier_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                         const float *restrict p,
                                         const unsigned char *restrict happened,
                                         double *restrict brier_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float brier_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                const float base = p[n] - (happened[n] ? 1.0f : 0.0f);
                brier_sum[lane] += base * base;
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            const float base = p[n] - (happened[n] ? 1.0f : 0.0f);
            brier_sum[0] += base * base;
        }
        brier_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(brier_sum) : brier_sum[0]);
    }
}

static void calibration_compute(int64_t n_extent, const float *restrict p,
                                const unsigned char *restrict happened, int64_t *restrict size,
                                float *restrict gap, float *restrict error, float *restrict brier,
                                unsigned char *workspace) {
    int64_t *restrict members = (int64_t *)(void *)workspace;
    const size_t after_members = sy_bytes(10, sizeof(int64_t));
    double *restrict observed_sum = (double *)(void *)&workspace[after_members];
    const size_t after_observed_sum = after_members + sy_bytes(10, sizeof(double));
    double *restrict predicted_sum = (double *)(void *)&workspace[after_observed_sum];
    const size_t after_predicted_sum = after_observed_sum + sy_bytes(10, sizeof(double));
    double *restrict brier_sum_blocks = (double *)(void *)&workspace[after_predicted_sum];
#pragma omp simd
    for (int64_t i = 0; i < 10; ++i) {
        members[i] = 0;
    }

#pragma omp simd
    for (int64_t i = 0; i < 10; ++i) {
        observed_sum[i] = 0.0;
    }

#pragma omp simd
    for (int64_t i = 0; i < 10; ++i) {
        predicted_sum[i] = 0.0;
    }

    for (int64_t n = 0; n < n_extent; ++n) {
        const int both =
            0 <= sy_min_i64(sy_max_i64(sy_i64_from_f32(sy_floor_f32(p[n] * 10.0f)), 0), 9) &&
            sy_min_i64(sy_max_i64(sy_i64_from_f32(sy_floor_f32(p[n] * 10.0f)), 0), 9) < 10;
        const float floor_ = sy_floor_f32(p[n] * 10.0f);
        if (both) {
            members[sy_min_i64(sy_max_i64(sy_i64_from_f32(floor_), 0), 9)] =
                sy_add_i64(members[sy_min_i64(sy_max_i64(sy_i64_from_f32(floor_), 0), 9)], 1);
        }
        if (both && happened[n]) {
            observed_sum[sy_min_i64(sy_max_i64(sy_i64_from_f32(floor_), 0), 9)] += 1.0;
        }
        if (both) {
            predicted_sum[sy_min_i64(sy_max_i64(sy_i64_from_f32(floor_), 0), 9)] += (double)p[n];
        }
    }

    /* calibration.sy:18: output size[bin]: i64 = members
     * calibration.sy:19: output gap[bin] = observed - predicted
     * calibration.sy:20: output error = mean[bin](abs(observed - predicted), weight =
     * f32(members)) */
    float error_sum = 0.0f;
    float error_sum_2 = 0.0f;
    for (int64_t bin = 0; bin < 10; ++bin) {
        size[bin] = members[bin];
        const float observed = members[bin] == 0 ? 0.0f
                                                 : (float)observed_sum[bin] / (float)members[bin];
        const float predicted = members[bin] == 0 ? 0.0f
                                                  : (float)predicted_sum[bin] / (float)members[bin];
        const float difference = observed - predicted;
        gap[bin] = difference;
        error_sum = SY_FMA_F32((float)members[bin], sy_abs_f32(difference), error_sum);
        error_sum_2 += (float)members[bin];
    }

    /* calibration.sy:20: output error = mean[bin](abs(observed - predicted), weight =
     * f32(members)) */
    *error = error_sum / error_sum_2;

    /* calibration.sy:21: output brier = mean[n]((p - f32(happened))^2) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        calibration_brier_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                     p, happened, brier_sum_blocks);
    } else {
        calibration_brier_sum_blocks(0, n_blocks, n_extent, p, happened, brier_sum_blocks);
    }
    const double brier_sum = sy_tree_sum_blocks(brier_sum_blocks, (size_t)n_blocks);

    *brier = (float)(brier_sum / (double)n_extent);
}

int calibration(size_t n, const float *p, const unsigned char *happened, int64_t *size, float *gap,
                float *error, float *brier) {
    return calibration_call(n, p, happened, size, gap, error, brier, NULL);
}

int calibration_call(size_t n, const float *p, const unsigned char *happened, int64_t *size,
                     float *gap, float *error, float *brier, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    if (p == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "p", 0, 0.0, 0, NULL);
    }
    if (happened == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "happened", 0, 0.0, 0, NULL);
    }
    if (size == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "size", 0, 0.0, 0, NULL);
    if (gap == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "gap", 0, 0.0, 0, NULL);
    if (error == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "error", 0, 0.0, 0, NULL);
    if (brier == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "brier", 0, 0.0, 0, NULL);
    const size_t bad_happened = sy_check_mask(happened, (size_t)n_extent);
    if (bad_happened != SIZE_MAX) {
        return sy_fail(call, STEELYARD_MASK, "happened", bad_happened, 0.0,
                       (int64_t)happened[bad_happened], NULL);
    }
    const size_t needed = calibration_workspace(n);
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
    calibration_compute(n_extent, p, happened, size, gap, error, brier, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t calibration_workspace(size_t n) {
    if (!sy_size_fits(n)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes(10, sizeof(int64_t));
    bytes = sy_add_bytes(bytes, sy_bytes(10, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(10, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
