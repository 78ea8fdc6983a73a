/* channel_mix: made from channel_mix.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "channel_mix.h"

#include "steelyard.h"
#include <stdint.h>

/* channel_mix.sy:19: output result[channel, y, x] = blend
 * channel_mix.sy:20: loss L = mean[channel, y, x]((blend - wanted)^2) */
static void channel_mix_result(int64_t share_from, int64_t share_to, int64_t y_x_extent,
                               const float *restrict front, const float *restrict back,
                               const float *restrict wanted, const float *restrict pre,
                               float *restrict result, float *restrict L_sum_channel) {
    for (int64_t channel = share_from; channel < share_to; ++channel) {
        double L_sum_total = 0.0;
        const float alpha = sy_sigmoid_f32(pre[channel]);
        const float difference = 1.0f - alpha;
        for (int64_t y_x_first = 0; y_x_first < y_x_extent; y_x_first += 256) {
            const int64_t y_x_end = sy_min_i64(y_x_first + 256, y_x_extent);
            float L_sum[32] = {0};
            const int64_t y_x_whole = y_x_end - y_x_end % 32;
            for (int64_t y_x_row = y_x_first; y_x_row < y_x_whole; y_x_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t y_x = y_x_row + lane;
                    const float blend = alpha * front[channel * y_x_extent + y_x] +
                                        difference * back[channel * y_x_extent + y_x];
                    result[channel * y_x_extent + y_x] = blend;
                    const float base = blend - wanted[channel * y_x_extent + y_x];
                    L_sum[lane] += base * base;
                }
            }
            for (int64_t y_x = y_x_whole; y_x < y_x_end; ++y_x) {
                const float blend = alpha * front[channel * y_x_extent + y_x] +
                                    difference * back[channel * y_x_extent + y_x];
                result[channel * y_x_extent + y_x] = blend;
                const float base = blend - wanted[channel * y_x_extent + y_x];
                L_sum[0] += base * base;
            }
            L_sum_total += (double)(y_x_whole > y_x_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
        }
        const float L_sum = (float)L_sum_total;
        L_sum_channel[channel] = L_sum;
    }
}

static void channel_mix_compute(int64_t y_extent, int64_t x_extent, int64_t y_x_extent,
                                const float *restrict front, const float *restrict back,
                                const float *restrict wanted, const float *restrict pre,
                                float *restrict result, float *restrict L,
                                unsigned char *workspace) {
    float *restrict L_sum_channel = (float *)(void *)workspace;
    /* channel_mix.sy:19: output result[channel, y, x] = blend
     * channel_mix.sy:20: loss L = mean[channel, y, x]((blend - wanted)^2) */
    if (3.0 * (double)y_x_extent > 20000.0) {
#pragma omp parallel
        channel_mix_result(sy_share_from(3, 1), sy_share_to(3, 1), y_x_extent, front, back, wanted,
                           pre, result, L_sum_channel);
    } else {
        channel_mix_result(0, 3, y_x_extent, front, back, wanted, pre, result, L_sum_channel);
    }

    /* channel_mix.sy:20: loss L = mean[channel, y, x]((blend - wanted)^2) */
    float L_sum = 0.0f;
    for (int64_t channel = 0; channel < 3; ++channel) {
        L_sum += L_sum_channel[channel];
    }

    *L = L_sum / (float)sy_mul_i64(y_extent * 3, x_extent);
}

int channel_mix(size_t y, size_t x, const float *front, const float *back, const float *wanted,
                const float *pre, float *result, float *L) {
    return channel_mix_call(y, x, front, back, wanted, pre, result, L, NULL);
}

int channel_mix_call(size_t y, size_t x, const float *front, const float *back, const float *wanted,
                     const float *pre, float *result, float *L, steelyard_call *call) {
    if (!sy_size_fits(y)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "y", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(x)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "this size is too large");
    }
    const int64_t y_extent = (int64_t)y;
    const int64_t x_extent = (int64_t)x;
    const int64_t y_x_extent = sy_product(y_extent, x_extent);
    const int64_t front_count = sy_count(sy_count(3, y_extent), x_extent);
    if (front_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "front", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (front == NULL && front_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "front", 0, 0.0, 0, NULL);
    }
    if (back == NULL && front_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "back", 0, 0.0, 0, NULL);
    }
    if (wanted == NULL && front_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "wanted", 0, 0.0, 0, NULL);
    }
    if (pre == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "pre", 0, 0.0, 0, NULL);
    if (result == NULL && front_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "result", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    const size_t needed = channel_mix_workspace(y, x);
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
    channel_mix_compute(y_extent, x_extent, y_x_extent, front, back, wanted, pre, result, L,
                        workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t channel_mix_workspace(size_t y, size_t x) {
    if (!sy_size_fits(y) || !sy_size_fits(x)) return SIZE_MAX;
    return sy_bytes(3, sizeof(float));
}
