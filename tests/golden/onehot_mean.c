/* onehot_mean: made from onehot_mean.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "onehot_mean.h"

#include "steelyard.h"
#include <stdbool.h>
#include <stdint.h>

/* onehot_mean.sy:16: output avg[b, f] = sum[t](onehot * data) / sum[t](onehot)
 * onehot_mean.sy:17: output code[b, t] = onehot */
static void onehot_mean_onehot_any(int64_t share_from, int64_t share_to, int64_t t_extent,
                                   int64_t f_extent, int64_t k_extent, const float *restrict data,
                                   const int64_t *restrict idx, float *restrict avg,
                                   int64_t *restrict code, unsigned char *restrict onehot_any) {
    for (int64_t b = share_from; b < share_to; ++b) {
        for (int64_t k = 0; k < k_extent; ++k) {
            onehot_any[b * t_extent + idx[b * k_extent + k]] = true;
        }
        for (int64_t f_first = 0; f_first < f_extent; f_first += 64) {
            if (f_extent - f_first >= 64) {
                double avg_sum_total[64] = {0};
                int64_t avg_sum = 0;
                for (int64_t t_first = 0; t_first < t_extent; t_first += 256) {
                    const int64_t t_end = sy_min_i64(t_first + 256, t_extent);
                    float avg_sum_2[64] = {0};
                    for (int64_t t = t_first; t < t_end; ++t) {
                        const int64_t onehot = onehot_any[b * t_extent + t] ? 1 : 0;
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            const int64_t f = f_first + lane;
                            avg_sum_2[lane] =
                                SY_FMA_F32((float)onehot, data[(b * t_extent + t) * f_extent + f],
                                           avg_sum_2[lane]);
                        }
                        avg_sum += onehot;
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        avg_sum_total[lane] += (double)avg_sum_2[lane];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t f = f_first + lane;
                    avg[b * f_extent + f] = (float)avg_sum_total[lane] / (float)avg_sum;
                }
            } else {
                const int64_t f_left = f_extent - f_first;
                double avg_sum_total[64] = {0};
                int64_t avg_sum = 0;
                for (int64_t t_first = 0; t_first < t_extent; t_first += 256) {
                    const int64_t t_end = sy_min_i64(t_first + 256, t_extent);
                    float avg_sum_2[64] = {0};
                    for (int64_t t = t_first; t < t_end; ++t) {
                        const int64_t onehot = onehot_any[b * t_extent + t] ? 1 : 0;
#pragma omp simd
                        for (int64_t lane = 0; lane < f_left; ++lane) {
                            const int64_t f = f_first + lane;
                            avg_sum_2[lane] =
                                SY_FMA_F32((float)onehot, data[(b * t_extent + t) * f_extent + f],
                                           avg_sum_2[lane]);
                        }
                        avg_sum += onehot;
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < f_left; ++lane) {
                        avg_sum_total[lane] += (double)avg_sum_2[lane];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < f_left; ++lane) {
                    const int64_t f = f_first + lane;
                    avg[b * f_extent + f] = (float)avg_sum_total[lane] / (float)avg_sum;
                }
            }
        }
#pragma omp simd
        for (int64_t t = 0; t < t_extent; ++t) {
            const int64_t onehot = onehot_any[b * t_extent + t] ? 1 : 0;
            code[b * t_extent + t] = onehot;
        }
    }
}

static void onehot_mean_compute(int64_t b_extent, int64_t t_extent, int64_t f_extent,
                                int64_t k_extent, const float *restrict data,
                                const int64_t *restrict idx, float *restrict avg,
                                int64_t *restrict code, unsigned char *workspace) {
    unsigned char *restrict onehot_any = (unsigned char *)(void *)workspace;
#pragma omp simd
    for (int64_t i = 0; i < b_extent * t_extent; ++i) {
        onehot_any[i] = false;
    }

    /* onehot_mean.sy:16: output avg[b, f] = sum[t](onehot * data) / sum[t](onehot)
     * onehot_mean.sy:17: output code[b, t] = onehot */
    if ((double)b_extent * (double)t_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        onehot_mean_onehot_any(sy_share_from(b_extent, 1), sy_share_to(b_extent, 1), t_extent,
                               f_extent, k_extent, data, idx, avg, code, onehot_any);
    } else {
        onehot_mean_onehot_any(0, b_extent, t_extent, f_extent, k_extent, data, idx, avg, code,
                               onehot_any);
    }
}

int onehot_mean(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                float *avg, int64_t *code) {
    return onehot_mean_call(b, t, f, k, data, idx, avg, code, NULL);
}

int onehot_mean_call(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                     float *avg, int64_t *code, steelyard_call *call) {
    if (!sy_size_fits(b)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "b", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(k)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "k", 0, 0.0, 0, "this size is too large");
    }
    const int64_t b_extent = (int64_t)b;
    const int64_t t_extent = (int64_t)t;
    const int64_t f_extent = (int64_t)f;
    const int64_t k_extent = (int64_t)k;
    const int64_t data_count = sy_count(sy_count(b_extent, t_extent), f_extent);
    if (data_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "data", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t idx_count = sy_count(b_extent, k_extent);
    if (idx_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "idx", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t avg_count = sy_count(b_extent, f_extent);
    if (avg_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "avg", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t code_count = sy_count(b_extent, t_extent);
    if (code_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "code", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (data == NULL && data_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "data", 0, 0.0, 0, NULL);
    }
    if (idx == NULL && idx_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "idx", 0, 0.0, 0, NULL);
    }
    if (avg == NULL && avg_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "avg", 0, 0.0, 0, NULL);
    }
    if (code == NULL && code_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "code", 0, 0.0, 0, NULL);
    }
    const size_t bad_idx = sy_check_index_i64(idx, (size_t)idx_count, t_extent, 0, 0);
    if (bad_idx != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "idx", bad_idx, 0.0, idx[bad_idx], NULL);
    }
    const size_t needed = onehot_mean_workspace(b, t, f, k);
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
    onehot_mean_compute(b_extent, t_extent, f_extent, k_extent, data, idx, avg, code, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t onehot_mean_workspace(size_t b, size_t t, size_t f, size_t k) {
    if (!sy_size_fits(b) || !sy_size_fits(t) || !sy_size_fits(f) || !sy_size_fits(k)) {
        return SIZE_MAX;
    }
    const int64_t b_extent = (int64_t)b;
    const int64_t t_extent = (int64_t)t;
    return sy_bytes(sy_count(b_extent, t_extent), sizeof(unsigned char));
}
