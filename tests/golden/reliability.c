/* reliability: made from reliability.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "reliability.h"

#include "steelyard.h"
#include <stdint.h>

/* reliability.sy:12: let mean_of_known = mean[n](values, weight = trust, where = known) */
static void reliability_mean_of_known_sum_blocks(int64_t share_from, int64_t share_to,
                                                 int64_t n_extent, const float *restrict values,
                                                 const float *restrict trust,
                                                 const unsigned char *restrict known,
                                                 unsigned char *wrong,
                                                 double *restrict mean_of_known_sum_blocks,
                                                 double *restrict mean_of_known_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        int bad[32] = {0};
        unsigned char mask_bits[32] = {0};
        float mean_of_known_sum[32] = {0};
        float mean_of_known_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                bad[lane] |= sy_bad_weight_f32(trust[n]);
                mask_bits[lane] |= known[n];
                const float trust_here = trust[n];
                const float values_here = values[n];
                mean_of_known_sum[lane] += known[n] ? trust_here * values_here : 0.0f;
                mean_of_known_sum_2[lane] += known[n] ? trust_here : 0.0f;
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            bad[0] |= sy_bad_weight_f32(trust[n]);
            mask_bits[0] |= known[n];
            mean_of_known_sum[0] += known[n] ? trust[n] * values[n] : 0.0f;
            mean_of_known_sum_2[0] += known[n] ? trust[n] : 0.0f;
        }
        sy_mark_bad(bad, wrong);
        sy_mark_bad_masks(mask_bits, wrong);
        mean_of_known_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(mean_of_known_sum) : mean_of_known_sum[0]);
        mean_of_known_sum_blocks_2[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(mean_of_known_sum_2)
                                       : mean_of_known_sum_2[0]);
    }
}

/* reliability.sy:16: output d_values[n] = grad(mean_of_known, values)
 * reliability.sy:19: output d_trust[n] = grad(mean_of_known, trust) */
static void reliability_d_values(int64_t share_from, int64_t share_to, int64_t n_extent,
                                 const float *restrict values, const float *restrict trust,
                                 const unsigned char *restrict known, float *restrict d_values,
                                 float *restrict d_trust, float ratio, float avg_here) {
    for (int64_t n_first = share_from; n_first < share_to; n_first += 4096) {
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
#pragma omp simd
        for (int64_t n = n_first; n < n_end; ++n) {
            const float trust_here = trust[n];
            d_values[n] = known[n] ? ratio * trust_here : 0.0f;
            const float values_here = values[n];
            d_trust[n] = known[n] ? ratio * (values_here - avg_here) : 0.0f;
        }
    }
}

static int reliability_compute(int64_t n_extent, const float *restrict values,
                               const float *restrict trust, const unsigned char *restrict known,
                               float *restrict avg, float *restrict d_values,
                               float *restrict d_trust, unsigned char *workspace) {
    unsigned char wrong[1] = {0};
    double *restrict mean_of_known_sum_blocks = (double *)(void *)workspace;
    const size_t after_mean_of_known_sum_blocks =
        sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict mean_of_known_sum_blocks_2 =
        (double *)(void *)&workspace[after_mean_of_known_sum_blocks];
    /* reliability.sy:12: let mean_of_known = mean[n](values, weight = trust, where = known) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        reliability_mean_of_known_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1),
                                             n_extent, values, trust, known, wrong,
                                             mean_of_known_sum_blocks, mean_of_known_sum_blocks_2);
    } else {
        reliability_mean_of_known_sum_blocks(0, n_blocks, n_extent, values, trust, known, wrong,
                                             mean_of_known_sum_blocks, mean_of_known_sum_blocks_2);
    }
    if (wrong[0]) return 1;
    const double mean_of_known_sum = sy_tree_sum_blocks(mean_of_known_sum_blocks, (size_t)n_blocks);
    const double mean_of_known_sum_2 =
        sy_tree_sum_blocks(mean_of_known_sum_blocks_2, (size_t)n_blocks);

    /* reliability.sy:13: output avg = mean_of_known */
    const float mean_of_known = (float)(mean_of_known_sum / mean_of_known_sum_2);
    *avg = mean_of_known;

    /* reliability.sy:16: output d_values[n] = grad(mean_of_known, values)
     * reliability.sy:19: output d_trust[n] = grad(mean_of_known, trust) */
    const float ratio = (float)(1.0 / mean_of_known_sum_2);
    const float avg_here = *avg;
    if (n_extent > 20000) {
#pragma omp parallel
        reliability_d_values(sy_share_from(n_extent, 4096), sy_share_to(n_extent, 4096), n_extent,
                             values, trust, known, d_values, d_trust, ratio, avg_here);
    } else {
        reliability_d_values(0, n_extent, n_extent, values, trust, known, d_values, d_trust, ratio,
                             avg_here);
    }
    return 0;
}

int reliability(size_t n, const float *values, const float *trust, const unsigned char *known,
                float *avg, float *d_values, float *d_trust) {
    return reliability_call(n, values, trust, known, avg, d_values, d_trust, NULL);
}

int reliability_call(size_t n, const float *values, const float *trust, const unsigned char *known,
                     float *avg, float *d_values, float *d_trust, steelyard_call *call) {
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
    if (known == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "known", 0, 0.0, 0, NULL);
    }
    if (avg == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "avg", 0, 0.0, 0, NULL);
    if (d_values == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "d_values", 0, 0.0, 0, NULL);
    }
    if (d_trust == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "d_trust", 0, 0.0, 0, NULL);
    }
    const size_t needed = reliability_workspace(n);
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
        reliability_compute(n_extent, values, trust, known, avg, d_values, d_trust, workspace);
    if (given == NULL) sy_release(workspace);
    if (wrong != 0) {
        const size_t bad_trust = sy_check_weight_f32(trust, (size_t)n_extent);
        if (bad_trust != SIZE_MAX) {
            return sy_fail(call, STEELYARD_WEIGHT, "trust", bad_trust, (double)trust[bad_trust], 0,
                           NULL);
        }
        const size_t bad_known = sy_check_mask(known, (size_t)n_extent);
        if (bad_known != SIZE_MAX) {
            return sy_fail(call, STEELYARD_MASK, "known", bad_known, 0.0, (int64_t)known[bad_known],
                           NULL);
        }
    }
    return STEELYARD_OK;
}

size_t reliability_workspace(size_t n) {
    if (!sy_size_fits(n)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
