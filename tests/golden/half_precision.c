/* half_precision: made from half_precision.sy by steelyard 0.1.0; change that file, not this
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
#include "half_precision.h"

#include "steelyard.h"
#include <stdint.h>

/* half_precision.sy:15: output rounded[n, c]: bf16 = x * scale */
static void half_precision_rounded(int64_t share_from, int64_t share_to, const uint16_t *restrict x,
                                   const uint16_t *restrict scale, uint16_t *restrict rounded) {
    for (int64_t n = share_from; n < share_to; ++n) {
#pragma omp simd
        for (int64_t c = 0; c < 8; ++c) {
            const float product = sy_f32_from_f16(x[n * 8 + c]) * sy_f32_from_bf16(scale[c]);
            rounded[n * 8 + c] = sy_bf16_from_f32(sy_f32_from_bf16(sy_bf16_from_f32(product)));
        }
    }
}

static void half_precision_compute(int64_t n_extent, const uint16_t *restrict x,
                                   const uint16_t *restrict scale, const float *restrict w,
                                   uint16_t *restrict average, float *restrict exact,
                                   uint16_t *restrict rounded) {
    /* half_precision.sy:13: output average[c]: f16 = mean[n](x * scale, weight = w)
     * half_precision.sy:14: output exact[c] = mean[n](x * scale, weight = w) */
    double average_sum_total[8] = {0};
    double average_sum = 0.0;
    for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
        const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
        float average_sum_2[8] = {0};
        for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
            for (int64_t c = 0; c < 8; ++c) {
                const float product = sy_f32_from_f16(x[n * 8 + c]) * sy_f32_from_bf16(scale[c]);
                average_sum_2[c] = SY_FMA_F32(w[n], product, average_sum_2[c]);
            }
            average_sum += (double)w[n];
        }
#pragma omp simd
        for (int64_t lane = 0; lane < 8; ++lane) {
            average_sum_total[lane] += (double)average_sum_2[lane];
        }
    }
    const float average_sum_2 = (float)average_sum;
#pragma omp simd
    for (int64_t c = 0; c < 8; ++c) {
        exact[c] = (float)average_sum_total[c] / average_sum_2;
    }

    /* half_precision.sy:13: output average[c]: f16 = mean[n](x * scale, weight = w) */
#pragma omp simd
    for (int64_t c = 0; c < 8; ++c) {
        average[c] = sy_f16_from_f32(sy_f32_from_f16(sy_f16_from_f32(exact[c])));
    }

    /* half_precision.sy:15: output rounded[n, c]: bf16 = x * scale */
    if ((double)n_extent * 8.0 > 20000.0) {
#pragma omp parallel
        half_precision_rounded(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), x, scale,
                               rounded);
    } else {
        half_precision_rounded(0, n_extent, x, scale, rounded);
    }
}

int half_precision(size_t n, const uint16_t *x, const uint16_t *scale, const float *w,
                   uint16_t *average, float *exact, uint16_t *rounded) {
    return half_precision_call(n, x, scale, w, average, exact, rounded, NULL);
}

int half_precision_call(size_t n, const uint16_t *x, const uint16_t *scale, const float *w,
                        uint16_t *average, float *exact, uint16_t *rounded, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t x_count = sy_count(n_extent, 8);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (scale == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "scale", 0, 0.0, 0, NULL);
    if (w == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (average == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    if (exact == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "exact", 0, 0.0, 0, NULL);
    if (rounded == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "rounded", 0, 0.0, 0, NULL);
    }
    const size_t bad_w = sy_check_weight_f32(w, (size_t)n_extent);
    if (bad_w != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
    }
    half_precision_compute(n_extent, x, scale, w, average, exact, rounded);
    return STEELYARD_OK;
}

size_t half_precision_workspace(size_t n) {
    (void)n;
    return 0;
}
