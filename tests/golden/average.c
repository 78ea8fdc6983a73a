/* average: made from average.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "average.h"

#include "steelyard.h"
#include <stdint.h>

/* average.sy:13: output avg = mean[n](values, weight = trust) */
static void average_avg_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                   const float *restrict values, const float *restrict trust,
                                   unsigned char *wrong, double *restrict avg_sum_blocks,
                                   double *restrict avg_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        int bad[32] = {0};
        float avg_sum[32] = {0};
        float avg_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                bad[lane] |= sy_bad_weight_f32(trust[n]);
                avg_sum[lane] = SY_FMA_F32(trust[n], values[n], avg_sum[lane]);
                avg_sum_2[lane] += trust[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            bad[0] |= sy_bad_weight_f32(trust[n]);
            avg_sum[0] = SY_FMA_F32(trust[n], values[n], avg_sum[0]);
            avg_sum_2[0] += trust[n];
        }
        sy_mark_bad(bad, wrong);
        avg_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(avg_sum) : avg_sum[0]);
        avg_sum_blocks_2[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(avg_sum_2) : avg_sum_2[0]);
    }
}

static int average_compute(int64_t n_extent, const float *restrict values,
                           const float *restrict trust, float *restrict avg,
                           unsigned char *workspace) {
    unsigned char wrong[1] = {0};
    double *restrict avg_sum_blocks = (double *)(void *)workspace;
    const size_t after_avg_sum_blocks = sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict avg_sum_blocks_2 = (double *)(void *)&workspace[after_avg_sum_blocks];
    /* average.sy:13: output avg = mean[n](values, weight = trust) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        average_avg_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                               values, trust, wrong, avg_sum_blocks, avg_sum_blocks_2);
    } else {
        average_avg_sum_blocks(0, n_blocks, n_extent, values, trust, wrong, avg_sum_blocks,
                               avg_sum_blocks_2);
    }
    if (wrong[0]) return 1;
    const double avg_sum = sy_tree_sum_blocks(avg_sum_blocks, (size_t)n_blocks);
    const double avg_sum_2 = sy_tree_sum_blocks(avg_sum_blocks_2, (size_t)n_blocks);

    *avg = (float)(avg_sum / avg_sum_2);
    return 0;
}

int average(size_t n, const float *values, const float *trust, float *avg) {
    return average_call(n, values, trust, avg, NULL);
}

int average_call(size_t n, const float *values, const float *trust, float *avg,
                 steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    if (values == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "values", 0, 0.0, 0, NULL);
    }
    if (trust == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "trust", 0, 0.0, 0, NULL);
    }
    if (avg == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "avg", 0, 0.0, 0, NULL);
    const size_t needed = average_workspace(n);
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
    const int wrong = average_compute(n_extent, values, trust, avg, workspace);
    if (given == NULL) sy_release(workspace);
    if (wrong != 0) {
        const size_t bad_trust = sy_check_weight_f32(trust, (size_t)n_extent);
        if (bad_trust != SIZE_MAX) {
            return sy_fail(call, STEELYARD_WEIGHT, "trust", bad_trust, (double)trust[bad_trust], 0,
                           NULL);
        }
    }
    return STEELYARD_OK;
}

size_t average_workspace(size_t n) {
    if (!sy_size_fits(n)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
