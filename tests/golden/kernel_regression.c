/* kernel_regression: made from kernel_regression.sy by steelyard 0.1.0; change that file, not
 * this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "kernel_regression.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* kernel_regression.sy:18: output curve[q] = mean[n](y, logweight = nearness, weight = trust)
 * kernel_regression.sy:19: output points[q] = sum[n](trust * exp(nearness)) */
static void kernel_regression_curve(int64_t share_from, int64_t share_to, int64_t n_extent,
                                    const float *restrict x, const float *restrict y,
                                    const float *restrict trust, const float *restrict place,
                                    float width, float *restrict curve, float *restrict points) {
    for (int64_t q = share_from; q < share_to; ++q) {
        float curve_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            curve_max[lane] = -INFINITY;
        }
        double points_sum_total = 0.0;
        const float place_here = place[q];
        for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
            const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
            float points_sum[32] = {0};
            const int64_t n_whole = n_end - n_end % 32;
            for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t n = n_row + lane;
                    const float x_here = x[n];
                    const float base = (place_here - x_here) / width;
                    const float nearness = -0.5f * (base * base);
                    curve_max[lane] =
                        sy_max_f32(curve_max[lane], trust[n] != 0.0f ? nearness : -INFINITY);
                    points_sum[lane] = SY_FMA_F32(trust[n], sy_exp_f32(nearness), points_sum[lane]);
                }
            }
            for (int64_t n = n_whole; n < n_end; ++n) {
                const float base = (place_here - x[n]) / width;
                const float nearness = -0.5f * (base * base);
                curve_max[0] = sy_max_f32(curve_max[0], trust[n] != 0.0f ? nearness : -INFINITY);
                points_sum[0] = SY_FMA_F32(trust[n], sy_exp_f32(nearness), points_sum[0]);
            }
            points_sum_total +=
                (double)(n_whole > n_first ? sy_tree_sum_f32(points_sum) : points_sum[0]);
        }
        const float curve_max_value = sy_tree_max_f32(curve_max);
        const float points_sum = (float)points_sum_total;
        double curve_sum_total = 0.0;
        double curve_sum_total_2 = 0.0;
        for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
            const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
            float curve_sum[32] = {0};
            float curve_sum_2[32] = {0};
            const int64_t n_whole = n_end - n_end % 32;
            for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t n = n_row + lane;
                    const float base = (place_here - x[n]) / width;
                    const float nearness = -0.5f * (base * base);
                    const float trust_here = trust[n];
                    const float y_here = y[n];
                    const float difference = nearness - curve_max_value;
                    const float product = trust_here *
                                          sy_exp_f32(trust_here == 0.0f
                                                         ? sy_min_f32(difference, 85.0f) +
                                                               0.0f * sy_max_f32(nearness, 0.0f)
                                                         : difference);
                    curve_sum[lane] += nearness != -INFINITY ? product * y_here : 0.0f;
                    curve_sum_2[lane] += nearness != -INFINITY ? product : 0.0f;
                }
            }
            for (int64_t n = n_whole; n < n_end; ++n) {
                const float base = (place_here - x[n]) / width;
                const float nearness = -0.5f * (base * base);
                const float difference = nearness - curve_max_value;
                const float product = trust[n] *
                                      sy_exp_f32(trust[n] == 0.0f
                                                     ? sy_min_f32(difference, 85.0f) +
                                                           0.0f * sy_max_f32(nearness, 0.0f)
                                                     : difference);
                curve_sum[0] += nearness != -INFINITY ? product * y[n] : 0.0f;
                curve_sum_2[0] += nearness != -INFINITY ? product : 0.0f;
            }
            curve_sum_total +=
                (double)(n_whole > n_first ? sy_tree_sum_f32(curve_sum) : curve_sum[0]);
            curve_sum_total_2 +=
                (double)(n_whole > n_first ? sy_tree_sum_f32(curve_sum_2) : curve_sum_2[0]);
        }
        const float curve_sum = (float)curve_sum_total;
        const float curve_sum_2 = (float)curve_sum_total_2;
        curve[q] = curve_sum / curve_sum_2;
        points[q] = points_sum;
    }
}

static void kernel_regression_compute(int64_t n_extent, int64_t q_extent, const float *restrict x,
                                      const float *restrict y, const float *restrict trust,
                                      const float *restrict place, float width,
                                      float *restrict curve, float *restrict points) {
    /* kernel_regression.sy:18: output curve[q] = mean[n](y, logweight = nearness, weight =
     * trust)
     * kernel_regression.sy:19: output points[q] = sum[n](trust * exp(nearness)) */
    if ((double)q_extent * (double)n_extent > 20000.0) {
#pragma omp parallel
        kernel_regression_curve(sy_share_from(q_extent, 1), sy_share_to(q_extent, 1), n_extent, x,
                                y, trust, place, width, curve, points);
    } else {
        kernel_regression_curve(0, q_extent, n_extent, x, y, trust, place, width, curve, points);
    }
}

int kernel_regression(size_t n, size_t q, const float *x, const float *y, const float *trust,
                      const float *place, float width, float *curve, float *points) {
    return kernel_regression_call(n, q, x, y, trust, place, width, curve, points, NULL);
}

int kernel_regression_call(size_t n, size_t q, const float *x, const float *y, const float *trust,
                           const float *place, float width, float *curve, float *points,
                           steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(q)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "q", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t q_extent = (int64_t)q;
    if (x == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (y == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (trust == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "trust", 0, 0.0, 0, NULL);
    }
    if (place == NULL && q_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "place", 0, 0.0, 0, NULL);
    }
    if (curve == NULL && q_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "curve", 0, 0.0, 0, NULL);
    }
    if (points == NULL && q_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "points", 0, 0.0, 0, NULL);
    }
    const size_t bad_trust = sy_check_weight_f32(trust, (size_t)n_extent);
    if (bad_trust != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "trust", bad_trust, (double)trust[bad_trust], 0,
                       NULL);
    }
    kernel_regression_compute(n_extent, q_extent, x, y, trust, place, width, curve, points);
    return STEELYARD_OK;
}

size_t kernel_regression_workspace(size_t n, size_t q) {
    (void)n;
    (void)q;
    return 0;
}
