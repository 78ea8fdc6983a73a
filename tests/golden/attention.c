/* attention: made from attention.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wunused-variable"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "attention.h"

#include "steelyard.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static void attention_compute(int64_t b_extent, int64_t t_extent, const float *restrict q,
                              const float *restrict k, const float *restrict v,
                              const int64_t *restrict length, float *restrict y) {
    /* attention.sy:20: let score = sum[d](q * k) / sqrt(extent(d)) - slope * (t - s)
     * attention.sy:22: output y[b, h, t, d] = mean[s](v, logweight = score, where = s <= t and s
     * < length, empty = 0) */
    const bool enough_work =
        (double)b_extent * 2.0 * (double)t_extent * (double)t_extent * 4.0 > 20000.0;
#pragma omp parallel for schedule(static) if (enough_work)
    for (int64_t b = 0; b < b_extent; ++b) {
        for (int64_t h = 0; h < 2; ++h) {
            const float slope = sy_pow_f32(2.0f, (float)((h + 1) * -8) * 0.5f);
            for (int64_t t = 0; t < t_extent; ++t) {
                float y_max = -INFINITY;
                double y_sum_total = 0.0;
                for (int64_t s_first = 0; s_first < t_extent; s_first += 256) {
                    const int64_t s_end = sy_min_i64(s_first + 256, t_extent);
                    const float y_max_before = y_max;
                    float y_max_kept[256];
                    for (int64_t lane = 0; lane < 256; ++lane) {
                        y_max_kept[lane] = -INFINITY;
                    }
                    for (int64_t s = s_first; s < s_end; ++s) {
                        const float product = slope * (float)(t - s);
                        if (s <= t && s < length[b]) {
                            float score_sum = 0.0f;
                            for (int64_t d = 0; d < 4; ++d) {
                                score_sum =
                                    SY_FMA_F32(q[((b * 2 + h) * t_extent + t) * 4 + d],
                                               k[((b * 2 + h) * t_extent + s) * 4 + d], score_sum);
                            }
                            const float score = score_sum * 0.5f - product;
                            if (score != -INFINITY) {
                                y_max_kept[s - s_first] = score;
                                y_max = sy_max_f32(y_max, y_max_kept[s - s_first]);
                            }
                        }
                    }
                    const double s_scale =
                        (double)(y_max_before == y_max ? 1.0f : sy_exp_f32(y_max_before - y_max));
                    y_sum_total *= s_scale;
                    float y_sum[32] = {0};
                    for (int64_t s = s_first; s < s_end; ++s) {
                        const float score = y_max_kept[s - s_first];
                        if (score != -INFINITY) {
                            const float exponential = sy_exp_f32(score - y_max);
                            y_sum[s % 32] += exponential;
                        }
                    }
                    y_sum_total += (double)sy_tree_sum_f32(y_sum);
                }
                const float y_sum = (float)y_sum_total;
                double y_sum_total_2[4] = {0};
                for (int64_t s_first = 0; s_first < t_extent; s_first += 256) {
                    const int64_t s_end = sy_min_i64(s_first + 256, t_extent);
                    float y_sum_2[4] = {0};
                    for (int64_t s = s_first; s < s_end; ++s) {
                        const float product = slope * (float)(t - s);
                        if (s <= t && s < length[b]) {
                            float score_sum = 0.0f;
                            for (int64_t d = 0; d < 4; ++d) {
                                score_sum =
                                    SY_FMA_F32(q[((b * 2 + h) * t_extent + t) * 4 + d],
                                               k[((b * 2 + h) * t_extent + s) * 4 + d], score_sum);
                            }
                            const float score = score_sum * 0.5f - product;
                            const float exponential = sy_exp_f32(score - y_max);
                            if (score != -INFINITY) {
#pragma omp simd
                                for (int64_t d = 0; d < 4; ++d) {
                                    y_sum_2[d] = SY_FMA_F32(exponential,
                                                            v[((b * 2 + h) * t_extent + s) * 4 + d],
                                                            y_sum_2[d]);
                                }
                            }
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 4; ++lane) {
                        y_sum_total_2[lane] += (double)y_sum_2[lane];
                    }
                }
#pragma omp simd
                for (int64_t d = 0; d < 4; ++d) {
                    y[((b * 2 + h) * t_extent + t) * 4 + d] =
                        y_sum == 0.0f ? 0.0f : (float)y_sum_total_2[d] / y_sum;
                }
            }
        }
    }
}

int attention(size_t b, size_t t, const float *q, const float *k, const float *v,
              const int64_t *length, float *y) {
    return attention_call(b, t, q, k, v, length, y, NULL);
}

int attention_call(size_t b, size_t t, const float *q, const float *k, const float *v,
                   const int64_t *length, float *y, steelyard_call *call) {
    if (!sy_size_fits(b)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "b", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    const int64_t b_extent = (int64_t)b;
    const int64_t t_extent = (int64_t)t;
    const int64_t q_count = sy_count(sy_count(sy_count(b_extent, 2), t_extent), 4);
    if (q_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "q", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t k_count = sy_count(sy_count(sy_count(b_extent, 2), t_extent), 4);
    if (k_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "k", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t v_count = sy_count(sy_count(sy_count(b_extent, 2), t_extent), 4);
    if (v_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "v", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t y_count = sy_count(sy_count(sy_count(b_extent, 2), t_extent), 4);
    if (y_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "y", 0, 0.0, 0, "it would have too many elements");
    }
    if (q == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "q", 0, 0.0, 0, NULL);
    }
    if (k == NULL && k_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "k", 0, 0.0, 0, NULL);
    }
    if (v == NULL && v_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "v", 0, 0.0, 0, NULL);
    }
    if (length == NULL && b_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "length", 0, 0.0, 0, NULL);
    }
    if (y == NULL && y_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    attention_compute(b_extent, t_extent, q, k, v, length, y);
    return STEELYARD_OK;
}

size_t attention_workspace(size_t b, size_t t) {
    (void)b;
    (void)t;
    return 0;
}
