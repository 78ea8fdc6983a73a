/* softmax_weights: made from softmax_weights.sy by steelyard 0.1.0; change that file, not this
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
#include "softmax_weights.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* softmax_weights.sy:14: output avg[b, x] = mean[c](values, logweight = logits)
 * softmax_weights.sy:15: output spelled[b, x] = sum[c](values * softmax[c](logits)) */
static void softmax_weights_avg(int64_t share_from, int64_t share_to, int64_t x_extent,
                                const float *restrict values, const float *restrict logits,
                                float *restrict avg, float *restrict spelled) {
    for (int64_t b = share_from; b < share_to; ++b) {
        for (int64_t x_first = 0; x_first < x_extent; x_first += 64) {
            if (x_extent - x_first >= 64) {
                float avg_max[64];
                for (int64_t lane = 0; lane < 64; ++lane) {
                    avg_max[lane] = -INFINITY;
                }
                float spelled_max[64];
                for (int64_t lane = 0; lane < 64; ++lane) {
                    spelled_max[lane] = -INFINITY;
                }
                for (int64_t c = 0; c < 5; ++c) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t x = x_first + lane;
                        avg_max[lane] =
                            sy_max_f32(avg_max[lane], logits[(b * 5 + c) * x_extent + x]);
                        spelled_max[lane] =
                            sy_max_f32(spelled_max[lane], logits[(b * 5 + c) * x_extent + x]);
                    }
                }
                float avg_sum[64] = {0};
                float avg_sum_2[64] = {0};
                float spelled_sum[64] = {0};
                float spelled_sum_2[64] = {0};
                for (int64_t c = 0; c < 5; ++c) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t x = x_first + lane;
                        const float logits_here = logits[(b * 5 + c) * x_extent + x];
                        const float values_here = values[(b * 5 + c) * x_extent + x];
                        const float exponential = sy_exp_below_f32(logits_here - avg_max[lane]);
                        avg_sum[lane] += logits[(b * 5 + c) * x_extent + x] != -INFINITY
                                             ? exponential * values_here
                                             : 0.0f;
                        avg_sum_2[lane] += logits_here != -INFINITY ? exponential : 0.0f;
                        const float exponential_2 =
                            sy_exp_below_f32(logits_here - spelled_max[lane]);
                        spelled_sum[lane] += exponential_2;
                        spelled_sum_2[lane] =
                            SY_FMA_F32(values_here, exponential_2, spelled_sum_2[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t x = x_first + lane;
                    avg[b * x_extent + x] = avg_sum[lane] / avg_sum_2[lane];
                    const float spelled_sum_3 =
                        spelled_sum[lane] == 0.0f ? 0.0f : spelled_sum_2[lane] / spelled_sum[lane];
                    spelled[b * x_extent + x] = spelled_sum_3;
                }
            } else {
                const int64_t x_left = x_extent - x_first;
                float avg_max[64];
                for (int64_t lane = 0; lane < 64; ++lane) {
                    avg_max[lane] = -INFINITY;
                }
                float spelled_max[64];
                for (int64_t lane = 0; lane < 64; ++lane) {
                    spelled_max[lane] = -INFINITY;
                }
                for (int64_t c = 0; c < 5; ++c) {
#pragma omp simd
                    for (int64_t lane = 0; lane < x_left; ++lane) {
                        const int64_t x = x_first + lane;
                        avg_max[lane] =
                            sy_max_f32(avg_max[lane], logits[(b * 5 + c) * x_extent + x]);
                        spelled_max[lane] =
                            sy_max_f32(spelled_max[lane], logits[(b * 5 + c) * x_extent + x]);
                    }
                }
                float avg_sum[64] = {0};
                float avg_sum_2[64] = {0};
                float spelled_sum[64] = {0};
                float spelled_sum_2[64] = {0};
                for (int64_t c = 0; c < 5; ++c) {
#pragma omp simd
                    for (int64_t lane = 0; lane < x_left; ++lane) {
                        const int64_t x = x_first + lane;
                        const float logits_here = logits[(b * 5 + c) * x_extent + x];
                        const float values_here = values[(b * 5 + c) * x_extent + x];
                        const float exponential = sy_exp_below_f32(logits_here - avg_max[lane]);
                        avg_sum[lane] += logits[(b * 5 + c) * x_extent + x] != -INFINITY
                                             ? exponential * values_here
                                             : 0.0f;
                        avg_sum_2[lane] += logits_here != -INFINITY ? exponential : 0.0f;
                        const float exponential_2 =
                            sy_exp_below_f32(logits_here - spelled_max[lane]);
                        spelled_sum[lane] += exponential_2;
                        spelled_sum_2[lane] =
                            SY_FMA_F32(values_here, exponential_2, spelled_sum_2[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < x_left; ++lane) {
                    const int64_t x = x_first + lane;
                    avg[b * x_extent + x] = avg_sum[lane] / avg_sum_2[lane];
                    const float spelled_sum_3 =
                        spelled_sum[lane] == 0.0f ? 0.0f : spelled_sum_2[lane] / spelled_sum[lane];
                    spelled[b * x_extent + x] = spelled_sum_3;
                }
            }
        }
    }
}

static void softmax_weights_compute(int64_t b_extent, int64_t x_extent,
                                    const float *restrict values, const float *restrict logits,
                                    float *restrict avg, float *restrict spelled) {
    /* softmax_weights.sy:14: output avg[b, x] = mean[c](values, logweight = logits)
     * softmax_weights.sy:15: output spelled[b, x] = sum[c](values * softmax[c](logits)) */
    if ((double)b_extent * 5.0 * (double)x_extent > 20000.0) {
#pragma omp parallel
        softmax_weights_avg(sy_share_from(b_extent, 1), sy_share_to(b_extent, 1), x_extent, values,
                            logits, avg, spelled);
    } else {
        softmax_weights_avg(0, b_extent, x_extent, values, logits, avg, spelled);
    }
}

int softmax_weights(size_t b, size_t x, const float *values, const float *logits, float *avg,
                    float *spelled) {
    return softmax_weights_call(b, x, values, logits, avg, spelled, NULL);
}

int softmax_weights_call(size_t b, size_t x, const float *values, const float *logits, float *avg,
                         float *spelled, steelyard_call *call) {
    if (!sy_size_fits(b)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "b", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(x)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "this size is too large");
    }
    const int64_t b_extent = (int64_t)b;
    const int64_t x_extent = (int64_t)x;
    const int64_t values_count = sy_count(sy_count(b_extent, 5), x_extent);
    if (values_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "values", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t avg_count = sy_count(b_extent, x_extent);
    if (avg_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "avg", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (values == NULL && values_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "values", 0, 0.0, 0, NULL);
    }
    if (logits == NULL && values_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "logits", 0, 0.0, 0, NULL);
    }
    if (avg == NULL && avg_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "avg", 0, 0.0, 0, NULL);
    }
    if (spelled == NULL && avg_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spelled", 0, 0.0, 0, NULL);
    }
    softmax_weights_compute(b_extent, x_extent, values, logits, avg, spelled);
    return STEELYARD_OK;
}

size_t softmax_weights_workspace(size_t b, size_t x) {
    (void)b;
    (void)x;
    return 0;
}
