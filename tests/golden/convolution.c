/* convolution: made from convolution.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "convolution.h"

#include "steelyard.h"
#include <stdint.h>

/* convolution.sy:18: output y[b, f, o] = relu(sum[c, k](x[t = o + k] * w) + bias) */
static void convolution_y(int64_t share_from, int64_t share_to, int64_t t_extent, int64_t o_extent,
                          const float *restrict x, const float *restrict w,
                          const float *restrict bias, float *restrict y) {
    for (int64_t turn = share_from; turn < share_to; ++turn) {
        const int64_t b = turn / 4;
        const int64_t f = turn % 4;
        for (int64_t o_first = 0; o_first < o_extent; o_first += 64) {
            if (o_extent - o_first >= 64) {
                float y_sum[64] = {0};
                for (int64_t c = 0; c < 2; ++c) {
                    float y_sum_2[64] = {0};
                    for (int64_t k = 0; k < 3; ++k) {
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            const int64_t o = o_first + lane;
                            y_sum_2[lane] = SY_FMA_F32(x[(b * 2 + c) * t_extent + (o + k)],
                                                       w[(f * 2 + c) * 3 + k], y_sum_2[lane]);
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        y_sum[lane] += y_sum_2[lane];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t o = o_first + lane;
                    y[(b * 4 + f) * o_extent + o] = sy_max_f32(0.0f, y_sum[lane] + bias[f]);
                }
            } else {
                const int64_t o_left = o_extent - o_first;
                float y_sum[64] = {0};
                for (int64_t c = 0; c < 2; ++c) {
                    float y_sum_2[64] = {0};
                    for (int64_t k = 0; k < 3; ++k) {
#pragma omp simd
                        for (int64_t lane = 0; lane < o_left; ++lane) {
                            const int64_t o = o_first + lane;
                            y_sum_2[lane] = SY_FMA_F32(x[(b * 2 + c) * t_extent + (o + k)],
                                                       w[(f * 2 + c) * 3 + k], y_sum_2[lane]);
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < o_left; ++lane) {
                        y_sum[lane] += y_sum_2[lane];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < o_left; ++lane) {
                    const int64_t o = o_first + lane;
                    y[(b * 4 + f) * o_extent + o] = sy_max_f32(0.0f, y_sum[lane] + bias[f]);
                }
            }
        }
    }
}

/* convolution.sy:19: output smooth[b, c, t] = mean[k](x[t = t - k else 0], weight = back, where
 * = k <= t, empty = 0) */
static void convolution_smooth_sum(int64_t share_from, int64_t share_to, const float *restrict back,
                                   float *restrict smooth_sum) {
    for (int64_t t = share_from; t < share_to; ++t) {
        float smooth_sum_2 = 0.0f;
        for (int64_t k = 0; k < 3; ++k) {
            smooth_sum_2 += k <= t ? back[k] : 0.0f;
        }
        smooth_sum[t] = smooth_sum_2;
    }
}

/* convolution.sy:19: output smooth[b, c, t] = mean[k](x[t = t - k else 0], weight = back, where
 * = k <= t, empty = 0) */
static void convolution_smooth(int64_t share_from, int64_t share_to, int64_t t_extent,
                               const float *restrict x, const float *restrict back,
                               float *restrict smooth, float *restrict smooth_sum) {
    for (int64_t turn = share_from; turn < share_to; ++turn) {
        const int64_t b = turn / 2;
        const int64_t c = turn % 2;
        for (int64_t t_first = 0; t_first < t_extent; t_first += 64) {
            if (t_extent - t_first >= 64) {
                float smooth_sum_2[64] = {0};
                for (int64_t k = 0; k < 3; ++k) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t t = t_first + lane;
                        smooth_sum_2[lane] += k <= t ? back[k] * x[(b * 2 + c) * t_extent + (t - k)]
                                                     : 0.0f;
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t t = t_first + lane;
                    smooth[(b * 2 + c) * t_extent + t] =
                        smooth_sum[t] == 0.0f ? 0.0f : smooth_sum_2[lane] / smooth_sum[t];
                }
            } else {
                const int64_t t_left = t_extent - t_first;
                float smooth_sum_2[64] = {0};
                for (int64_t k = 0; k < 3; ++k) {
#pragma omp simd
                    for (int64_t lane = 0; lane < t_left; ++lane) {
                        const int64_t t = t_first + lane;
                        smooth_sum_2[lane] += k <= t ? back[k] * x[(b * 2 + c) * t_extent + (t - k)]
                                                     : 0.0f;
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < t_left; ++lane) {
                    const int64_t t = t_first + lane;
                    smooth[(b * 2 + c) * t_extent + t] =
                        smooth_sum[t] == 0.0f ? 0.0f : smooth_sum_2[lane] / smooth_sum[t];
                }
            }
        }
    }
}

static void convolution_compute(int64_t b_extent, int64_t t_extent, int64_t o_extent,
                                const float *restrict x, const float *restrict back,
                                const float *restrict w, const float *restrict bias,
                                float *restrict y, float *restrict smooth,
                                unsigned char *workspace) {
    float *restrict smooth_sum = (float *)(void *)workspace;
    /* convolution.sy:18: output y[b, f, o] = relu(sum[c, k](x[t = o + k] * w) + bias) */
    if ((double)b_extent * 4.0 * 2.0 * 3.0 * (double)o_extent > 20000.0) {
#pragma omp parallel
        convolution_y(sy_share_from(b_extent * 4, 1), sy_share_to(b_extent * 4, 1), t_extent,
                      o_extent, x, w, bias, y);
    } else {
        convolution_y(0, b_extent * 4, t_extent, o_extent, x, w, bias, y);
    }

    /* convolution.sy:19: output smooth[b, c, t] = mean[k](x[t = t - k else 0], weight = back,
     * where = k <= t, empty = 0) */
    if ((double)t_extent * 3.0 > 20000.0) {
#pragma omp parallel
        convolution_smooth_sum(sy_share_from(t_extent, 1), sy_share_to(t_extent, 1), back,
                               smooth_sum);
    } else {
        convolution_smooth_sum(0, t_extent, back, smooth_sum);
    }

    if ((double)b_extent * 2.0 * 3.0 * (double)t_extent > 20000.0) {
#pragma omp parallel
        convolution_smooth(sy_share_from(b_extent * 2, 1), sy_share_to(b_extent * 2, 1), t_extent,
                           x, back, smooth, smooth_sum);
    } else {
        convolution_smooth(0, b_extent * 2, t_extent, x, back, smooth, smooth_sum);
    }
}

int convolution(size_t b, size_t t, const float *x, const float *back, const float *w,
                const float *bias, float *y, float *smooth) {
    return convolution_call(b, t, x, back, w, bias, y, smooth, NULL);
}

int convolution_call(size_t b, size_t t, const float *x, const float *back, const float *w,
                     const float *bias, float *y, float *smooth, steelyard_call *call) {
    if (!sy_size_fits(b)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "b", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    const int64_t b_extent = (int64_t)b;
    const int64_t t_extent = (int64_t)t;
    const int64_t o_extent = t_extent - 2;
    if (o_extent < 0 || !sy_size_fits((size_t)o_extent)) {
        return sy_fail(call, STEELYARD_SIZE, "o", 0, 0.0, o_extent,
                       "this extent, computed from the sizes, is below 0 or too large");
    }
    const int64_t x_count = sy_count(sy_count(b_extent, 2), t_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t w_count = sy_count(sy_count(4, 2), 3);
    if (w_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t y_count = sy_count(sy_count(b_extent, 4), o_extent);
    if (y_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "y", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (back == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "back", 0, 0.0, 0, NULL);
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (bias == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "bias", 0, 0.0, 0, NULL);
    if (y == NULL && y_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (smooth == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "smooth", 0, 0.0, 0, NULL);
    }
    const size_t bad_back = sy_check_weight_f32(back, 3);
    if (bad_back != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "back", bad_back, (double)back[bad_back], 0, NULL);
    }
    const size_t needed = convolution_workspace(b, t);
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
    convolution_compute(b_extent, t_extent, o_extent, x, back, w, bias, y, smooth, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t convolution_workspace(size_t b, size_t t) {
    if (!sy_size_fits(b) || !sy_size_fits(t)) return SIZE_MAX;
    const int64_t t_extent = (int64_t)t;
    return sy_bytes(t_extent, sizeof(float));
}
