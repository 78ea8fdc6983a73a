/* layer_norm: made from layer_norm.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "layer_norm.h"

#include "steelyard.h"
#include <stdint.h>

/* layer_norm.sy:15: let centre = mean[d](v)
 * layer_norm.sy:16: let spread = var[d](v)
 * layer_norm.sy:20: output each[n, c, f] = normed[f](x, gain, bias)
 * layer_norm.sy:21: output both[n, c, f] = normed[c, f](x, 1, 0, eps = 1e-3) */
static void layer_norm_each(int64_t share_from, int64_t share_to, const float *restrict x,
                            const float *restrict gain, const float *restrict bias,
                            float *restrict each, float *restrict both) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float both_sum = 0.0f;
        for (int64_t c = 0; c < 3; ++c) {
            float each_sum = 0.0f;
            for (int64_t f = 0; f < 6; ++f) {
                each_sum += x[(n * 3 + c) * 6 + f];
            }
            both_sum += each_sum;
            float each_sum_2 = 0.0f;
            const float ratio = each_sum / 6.0f;
            for (int64_t f = 0; f < 6; ++f) {
                const float difference = x[(n * 3 + c) * 6 + f] - ratio;
                each_sum_2 += difference * difference;
            }
            const float rsqrt = sy_rsqrt_f32(each_sum_2 / 6.0f + 1e-5f);
#pragma omp simd
            for (int64_t f = 0; f < 6; ++f) {
                const float difference = x[(n * 3 + c) * 6 + f] - ratio;
                each[(n * 3 + c) * 6 + f] = difference * rsqrt * gain[f] + bias[f];
            }
        }
        float both_sum_2 = 0.0f;
        const float ratio = both_sum / 18.0f;
        for (int64_t c = 0; c < 3; ++c) {
            float both_sum_3 = 0.0f;
            for (int64_t f = 0; f < 6; ++f) {
                const float difference = x[(n * 3 + c) * 6 + f] - ratio;
                both_sum_3 += difference * difference;
            }
            both_sum_2 += both_sum_3;
        }
        const float rsqrt = sy_rsqrt_f32(both_sum_2 / 18.0f + 0.001f);
        for (int64_t c = 0; c < 3; ++c) {
#pragma omp simd
            for (int64_t f = 0; f < 6; ++f) {
                const float difference = x[(n * 3 + c) * 6 + f] - ratio;
                both[(n * 3 + c) * 6 + f] = difference * rsqrt + 0.0f;
            }
        }
    }
}

static void layer_norm_compute(int64_t n_extent, const float *restrict x,
                               const float *restrict gain, const float *restrict bias,
                               float *restrict each, float *restrict both) {
    /* layer_norm.sy:15: let centre = mean[d](v)
     * layer_norm.sy:16: let spread = var[d](v)
     * layer_norm.sy:20: output each[n, c, f] = normed[f](x, gain, bias)
     * layer_norm.sy:21: output both[n, c, f] = normed[c, f](x, 1, 0, eps = 1e-3) */
    if ((double)n_extent * 3.0 * 6.0 > 20000.0) {
#pragma omp parallel
        layer_norm_each(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), x, gain, bias, each,
                        both);
    } else {
        layer_norm_each(0, n_extent, x, gain, bias, each, both);
    }
}

int layer_norm(size_t n, const float *x, const float *gain, const float *bias, float *each,
               float *both) {
    return layer_norm_call(n, x, gain, bias, each, both, NULL);
}

int layer_norm_call(size_t n, const float *x, const float *gain, const float *bias, float *each,
                    float *both, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t x_count = sy_count(sy_count(n_extent, 3), 6);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (gain == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "gain", 0, 0.0, 0, NULL);
    if (bias == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "bias", 0, 0.0, 0, NULL);
    if (each == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "each", 0, 0.0, 0, NULL);
    }
    if (both == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "both", 0, 0.0, 0, NULL);
    }
    layer_norm_compute(n_extent, x, gain, bias, each, both);
    return STEELYARD_OK;
}

size_t layer_norm_workspace(size_t n) {
    (void)n;
    return 0;
}
