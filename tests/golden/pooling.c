/* pooling: made from pooling.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "pooling.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* pooling.sy:18: output average[v, u] = mean[py, px](block)
 * pooling.sy:19: output largest[v, u] = max[py, px](block)
 * pooling.sy:20: output sampled[v, u] = image[y = 2 * v, x = 2 * u] */
static void pooling_average(int64_t share_from, int64_t share_to, int64_t x_extent,
                            int64_t u_extent, const float *restrict image, float *restrict average,
                            float *restrict largest, float *restrict sampled) {
    for (int64_t v = share_from; v < share_to; ++v) {
        for (int64_t u = 0; u < u_extent; ++u) {
            float average_sum = 0.0f;
            float largest_max = -INFINITY;
            for (int64_t py = 0; py < 2; ++py) {
                float average_sum_2 = 0.0f;
                float largest_max_2 = -INFINITY;
                for (int64_t px = 0; px < 2; ++px) {
                    average_sum_2 += image[(v * 2 + py) * x_extent + (u * 2 + px)];
                    largest_max_2 =
                        sy_max_f32(largest_max_2, image[(v * 2 + py) * x_extent + (u * 2 + px)]);
                }
                average_sum += average_sum_2;
                largest_max = sy_max_f32(largest_max, largest_max_2);
            }
            average[v * u_extent + u] = average_sum * 0.25f;
            largest[v * u_extent + u] = largest_max;
        }
#pragma omp simd
        for (int64_t u = 0; u < u_extent; ++u) {
            sampled[v * u_extent + u] = image[v * 2 * x_extent + u * 2];
        }
    }
}

static void pooling_compute(int64_t x_extent, int64_t v_extent, int64_t u_extent,
                            const float *restrict image, float *restrict average,
                            float *restrict largest, float *restrict sampled) {
    /* pooling.sy:18: output average[v, u] = mean[py, px](block)
     * pooling.sy:19: output largest[v, u] = max[py, px](block)
     * pooling.sy:20: output sampled[v, u] = image[y = 2 * v, x = 2 * u] */
    if ((double)v_extent * (double)u_extent * 2.0 * 2.0 > 20000.0) {
#pragma omp parallel
        pooling_average(sy_share_from(v_extent, 1), sy_share_to(v_extent, 1), x_extent, u_extent,
                        image, average, largest, sampled);
    } else {
        pooling_average(0, v_extent, x_extent, u_extent, image, average, largest, sampled);
    }
}

int pooling(size_t y, size_t x, const float *image, float *average, float *largest,
            float *sampled) {
    return pooling_call(y, x, image, average, largest, sampled, NULL);
}

int pooling_call(size_t y, size_t x, const float *image, float *average, float *largest,
                 float *sampled, steelyard_call *call) {
    if (!sy_size_fits(y)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "y", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(x)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "this size is too large");
    }
    const int64_t y_extent = (int64_t)y;
    const int64_t x_extent = (int64_t)x;
    const int64_t v_extent = sy_idiv_i64(y_extent, 2);
    const int64_t u_extent = sy_idiv_i64(x_extent, 2);
    if (v_extent < 0 || !sy_size_fits((size_t)v_extent)) {
        return sy_fail(call, STEELYARD_SIZE, "v", 0, 0.0, v_extent,
                       "this extent, computed from the sizes, is below 0 or too large");
    }
    if (u_extent < 0 || !sy_size_fits((size_t)u_extent)) {
        return sy_fail(call, STEELYARD_SIZE, "u", 0, 0.0, u_extent,
                       "this extent, computed from the sizes, is below 0 or too large");
    }
    const int64_t image_count = sy_count(y_extent, x_extent);
    if (image_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "image", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t average_count = sy_count(v_extent, u_extent);
    if (average_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "average", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (image == NULL && image_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "image", 0, 0.0, 0, NULL);
    }
    if (average == NULL && average_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    }
    if (largest == NULL && average_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "largest", 0, 0.0, 0, NULL);
    }
    if (sampled == NULL && average_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "sampled", 0, 0.0, 0, NULL);
    }
    pooling_compute(x_extent, v_extent, u_extent, image, average, largest, sampled);
    return STEELYARD_OK;
}

size_t pooling_workspace(size_t y, size_t x) {
    (void)y;
    (void)x;
    return 0;
}
