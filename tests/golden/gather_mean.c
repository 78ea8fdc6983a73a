/* gather_mean: made from gather_mean.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "gather_mean.h"

#include "steelyard.h"
#include "steelyard_fetch.h"
#include <stdint.h>

/* gather_mean.sy:14: output avg[b, f] = mean[k](data[b, idx, f]) */
static void gather_mean_avg(int64_t share_from, int64_t share_to, int64_t b_extent,
                            int64_t t_extent, int64_t f_extent, int64_t k_extent,
                            const float *restrict data, const int64_t *restrict idx,
                            float *restrict avg) {
    for (int64_t b = share_from; b < share_to; ++b) {
        for (int64_t f_first = 0; f_first < f_extent; f_first += 64) {
            if (f_extent - f_first >= 64) {
                double avg_sum[64];
                for (int64_t strip = 0; strip < 64; strip += 32) {
                    double avg_sum_2[32] = {0};
                    for (int64_t k = 0; k < k_extent; ++k) {
                        if (strip == 0 && b + 1 < b_extent) {
                            sy_fetch_chosen_f32(data,
                                                ((b + 1) * t_extent + idx[(b + 1) * k_extent + k]) *
                                                        f_extent +
                                                    f_first,
                                                64, k_extent * f_extent);
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 32; ++lane) {
                            const int64_t f = f_first + strip + lane;
                            avg_sum_2[lane] +=
                                (double)data[(b * t_extent + idx[b * k_extent + k]) * f_extent + f];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        avg_sum[strip + lane] = avg_sum_2[lane];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t f = f_first + lane;
                    avg[b * f_extent + f] = (float)avg_sum[lane] / (float)k_extent;
                }
            } else {
                const int64_t f_left = f_extent - f_first;
                double avg_sum[64] = {0};
                for (int64_t k = 0; k < k_extent; ++k) {
#pragma omp simd
                    for (int64_t lane = 0; lane < f_left; ++lane) {
                        const int64_t f = f_first + lane;
                        avg_sum[lane] +=
                            (double)data[(b * t_extent + idx[b * k_extent + k]) * f_extent + f];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < f_left; ++lane) {
                    const int64_t f = f_first + lane;
                    avg[b * f_extent + f] = (float)avg_sum[lane] / (float)k_extent;
                }
            }
        }
    }
}

static void gather_mean_compute(int64_t b_extent, int64_t t_extent, int64_t f_extent,
                                int64_t k_extent, const float *restrict data,
                                const int64_t *restrict idx, float *restrict avg) {
    /* gather_mean.sy:14: output avg[b, f] = mean[k](data[b, idx, f]) */
    if ((double)b_extent * (double)k_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        gather_mean_avg(sy_share_from(b_extent, 1), sy_share_to(b_extent, 1), b_extent, t_extent,
                        f_extent, k_extent, data, idx, avg);
    } else {
        gather_mean_avg(0, b_extent, b_extent, t_extent, f_extent, k_extent, data, idx, avg);
    }
}

int gather_mean(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                float *avg) {
    return gather_mean_call(b, t, f, k, data, idx, avg, NULL);
}

int gather_mean_call(size_t b, size_t t, size_t f, size_t k, const float *data, const int64_t *idx,
                     float *avg, steelyard_call *call) {
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
    if (data == NULL && data_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "data", 0, 0.0, 0, NULL);
    }
    if (idx == NULL && idx_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "idx", 0, 0.0, 0, NULL);
    }
    if (avg == NULL && avg_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "avg", 0, 0.0, 0, NULL);
    }
    const size_t bad_idx = sy_check_index_i64(idx, (size_t)idx_count, t_extent, 0, 0);
    if (bad_idx != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "idx", bad_idx, 0.0, idx[bad_idx], NULL);
    }
    gather_mean_compute(b_extent, t_extent, f_extent, k_extent, data, idx, avg);
    return STEELYARD_OK;
}

size_t gather_mean_workspace(size_t b, size_t t, size_t f, size_t k) {
    (void)b;
    (void)t;
    (void)f;
    (void)k;
    return 0;
}
