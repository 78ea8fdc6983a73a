/* attention_gradient: made from attention_gradient.sy by steelyard 0.1.0; change that file, not
 * this one.
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
#include "attention_gradient.h"

#include "steelyard.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static void attention_gradient_compute(int64_t h_extent, int64_t t_extent, const float *restrict q,
                                       const float *restrict k, const float *restrict v,
                                       const float *restrict dy, float *restrict y,
                                       float *restrict d_q, float *restrict d_k,
                                       float *restrict d_v, unsigned char *workspace) {
    float *restrict attended_sum = (float *)(void *)workspace;
    const size_t after_attended_sum = sy_bytes(h_extent * t_extent, sizeof(float));
    float *restrict d_q_sum = (float *)(void *)&workspace[after_attended_sum];
    const size_t after_d_q_sum = after_attended_sum + sy_bytes(h_extent * t_extent, sizeof(float));
    float *restrict attended_max = (float *)(void *)&workspace[after_d_q_sum];
    /* attention_gradient.sy:17: let score[h, t, s] = sum[d](q * k) / sqrt(extent(d))
     * attention_gradient.sy:18: let attended[h, t, d] = mean[s](v, logweight = score, where = s
     * <= t)
     * attention_gradient.sy:20: output y[h, t, d] = attended
     * attention_gradient.sy:21: output d_q[h, t, d] = vjp(attended, q, dy)
     * attention_gradient.sy:22: output d_k[h, s, d] = vjp(attended, k, dy)
     * attention_gradient.sy:23: output d_v[h, s, d] = vjp(attended, v, dy) */
    const bool enough_work = (double)h_extent * (double)t_extent * (double)t_extent * 8.0 > 20000.0;
#pragma omp parallel for schedule(static) if (enough_work)
    for (int64_t h = 0; h < h_extent; ++h) {
        for (int64_t t = 0; t < t_extent; ++t) {
            float attended_max_2 = -INFINITY;
            double attended_sum_total = 0.0;
            for (int64_t s_first = 0; s_first < t_extent; s_first += 256) {
                const int64_t s_end = sy_min_i64(s_first + 256, t_extent);
                const float attended_max_before = attended_max_2;
                float attended_max_kept[256];
                for (int64_t lane = 0; lane < 256; ++lane) {
                    attended_max_kept[lane] = -INFINITY;
                }
                for (int64_t s = s_first; s < s_end; ++s) {
                    if (s <= t) {
                        float score_sum = 0.0f;
                        for (int64_t d = 0; d < 8; ++d) {
                            score_sum = SY_FMA_F32(q[(h * t_extent + t) * 8 + d],
                                                   k[(h * t_extent + s) * 8 + d], score_sum);
                        }
                        const float score = score_sum / 2.828427f;
                        if (score != -INFINITY) {
                            attended_max_kept[s - s_first] = score;
                            attended_max_2 =
                                sy_max_f32(attended_max_2, attended_max_kept[s - s_first]);
                        }
                    }
                }
                const double s_scale =
                    (double)(attended_max_before == attended_max_2
                                 ? 1.0f
                                 : sy_exp_f32(attended_max_before - attended_max_2));
                attended_sum_total *= s_scale;
                float attended_sum_2[32] = {0};
                for (int64_t s = s_first; s < s_end; ++s) {
                    const float score = attended_max_kept[s - s_first];
                    if (score != -INFINITY) {
                        const float exponential = sy_exp_f32(score - attended_max_2);
                        attended_sum_2[s % 32] += exponential;
                    }
                }
                attended_sum_total += (double)sy_tree_sum_f32(attended_sum_2);
            }
            const float attended_sum_2 = (float)attended_sum_total;
            attended_max[h * t_extent + t] = attended_max_2;
            attended_sum[h * t_extent + t] = attended_sum_2;
            double attended_sum_total_2[8] = {0};
            for (int64_t s_first = 0; s_first < t_extent; s_first += 256) {
                const int64_t s_end = sy_min_i64(s_first + 256, t_extent);
                float attended_sum_3[8] = {0};
                for (int64_t s = s_first; s < s_end; ++s) {
                    if (s <= t) {
                        float score_sum = 0.0f;
                        for (int64_t d = 0; d < 8; ++d) {
                            score_sum = SY_FMA_F32(q[(h * t_extent + t) * 8 + d],
                                                   k[(h * t_extent + s) * 8 + d], score_sum);
                        }
                        const float score = score_sum / 2.828427f;
                        const float exponential = sy_exp_f32(score - attended_max_2);
                        if (score != -INFINITY) {
#pragma omp simd
                            for (int64_t d = 0; d < 8; ++d) {
                                attended_sum_3[d] = SY_FMA_F32(
                                    exponential, v[(h * t_extent + s) * 8 + d], attended_sum_3[d]);
                            }
                        }
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 8; ++lane) {
                    attended_sum_total_2[lane] += (double)attended_sum_3[lane];
                }
            }
#pragma omp simd
            for (int64_t d = 0; d < 8; ++d) {
                const float attended = (float)attended_sum_total_2[d] / attended_sum_2;
                y[(h * t_extent + t) * 8 + d] = attended;
            }
            float d_q_sum_2 = 0.0f;
            for (int64_t d = 0; d < 8; ++d) {
                d_q_sum_2 +=
                    dy[(h * t_extent + t) * 8 + d] * y[(h * t_extent + t) * 8 + d] / attended_sum_2;
            }
            d_q_sum[h * t_extent + t] = d_q_sum_2;
            double d_q_sum_total[8] = {0};
            for (int64_t s_first = 0; s_first < t_extent; s_first += 256) {
                const int64_t s_end = sy_min_i64(s_first + 256, t_extent);
                float d_q_sum_3[8] = {0};
                for (int64_t s = s_first; s < s_end; ++s) {
                    if (s <= t) {
                        float score_sum = 0.0f;
                        for (int64_t d = 0; d < 8; ++d) {
                            score_sum = SY_FMA_F32(q[(h * t_extent + t) * 8 + d],
                                                   k[(h * t_extent + s) * 8 + d], score_sum);
                        }
                        const float score = score_sum / 2.828427f;
                        const float exponential = sy_exp_f32(score - attended_max_2);
                        if (score != -INFINITY) {
                            float d_q_sum_4 = 0.0f;
                            for (int64_t d = 0; d < 8; ++d) {
                                const float ratio = dy[(h * t_extent + t) * 8 + d] / attended_sum_2;
                                d_q_sum_4 =
                                    SY_FMA_F32(ratio, v[(h * t_extent + s) * 8 + d], d_q_sum_4);
                            }
                            const float ratio = (d_q_sum_4 - d_q_sum_2) * exponential / 2.828427f;
#pragma omp simd
                            for (int64_t d = 0; d < 8; ++d) {
                                d_q_sum_3[d] =
                                    SY_FMA_F32(ratio, k[(h * t_extent + s) * 8 + d], d_q_sum_3[d]);
                            }
                        }
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 8; ++lane) {
                    d_q_sum_total[lane] += (double)d_q_sum_3[lane];
                }
            }
#pragma omp simd
            for (int64_t d = 0; d < 8; ++d) {
                d_q[(h * t_extent + t) * 8 + d] = (float)d_q_sum_total[d];
            }
        }
        for (int64_t s = 0; s < t_extent; ++s) {
            double d_k_sum_total[8] = {0};
            double d_v_sum_total[8] = {0};
            for (int64_t t_first = 0; t_first < t_extent; t_first += 256) {
                const int64_t t_end = sy_min_i64(t_first + 256, t_extent);
                float d_k_sum[8] = {0};
                float d_v_sum[8] = {0};
                for (int64_t t = t_first; t < t_end; ++t) {
                    if (s <= t) {
                        float score_sum = 0.0f;
                        for (int64_t d = 0; d < 8; ++d) {
                            score_sum = SY_FMA_F32(q[(h * t_extent + t) * 8 + d],
                                                   k[(h * t_extent + s) * 8 + d], score_sum);
                        }
                        const float score = score_sum / 2.828427f;
                        const float exponential =
                            sy_exp_f32(score - attended_max[h * t_extent + t]);
                        if (score != -INFINITY) {
                            float d_q_sum_2 = 0.0f;
                            for (int64_t d = 0; d < 8; ++d) {
                                const float ratio =
                                    dy[(h * t_extent + t) * 8 + d] / attended_sum[h * t_extent + t];
                                d_q_sum_2 =
                                    SY_FMA_F32(ratio, v[(h * t_extent + s) * 8 + d], d_q_sum_2);
                            }
                            const float ratio =
                                (d_q_sum_2 - d_q_sum[h * t_extent + t]) * exponential / 2.828427f;
#pragma omp simd
                            for (int64_t d = 0; d < 8; ++d) {
                                d_k_sum[d] =
                                    SY_FMA_F32(ratio, q[(h * t_extent + t) * 8 + d], d_k_sum[d]);
                                const float ratio_2 =
                                    dy[(h * t_extent + t) * 8 + d] / attended_sum[h * t_extent + t];
                                d_v_sum[d] = SY_FMA_F32(ratio_2, exponential, d_v_sum[d]);
                            }
                        }
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 8; ++lane) {
                    d_k_sum_total[lane] += (double)d_k_sum[lane];
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 8; ++lane) {
                    d_v_sum_total[lane] += (double)d_v_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t d = 0; d < 8; ++d) {
                d_k[(h * t_extent + s) * 8 + d] = (float)d_k_sum_total[d];
                d_v[(h * t_extent + s) * 8 + d] = (float)d_v_sum_total[d];
            }
        }
    }
}

int attention_gradient(size_t h, size_t t, const float *q, const float *k, const float *v,
                       const float *dy, float *y, float *d_q, float *d_k, float *d_v) {
    return attention_gradient_call(h, t, q, k, v, dy, y, d_q, d_k, d_v, NULL);
}

int attention_gradient_call(size_t h, size_t t, const float *q, const float *k, const float *v,
                            const float *dy, float *y, float *d_q, float *d_k, float *d_v,
                            steelyard_call *call) {
    if (!sy_size_fits(h)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "h", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    const int64_t h_extent = (int64_t)h;
    const int64_t t_extent = (int64_t)t;
    const int64_t q_count = sy_count(sy_count(h_extent, t_extent), 8);
    if (q_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "q", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t k_count = sy_count(sy_count(h_extent, t_extent), 8);
    if (k_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "k", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t v_count = sy_count(sy_count(h_extent, t_extent), 8);
    if (v_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "v", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t dy_count = sy_count(sy_count(h_extent, t_extent), 8);
    if (dy_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "dy", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t y_count = sy_count(sy_count(h_extent, t_extent), 8);
    if (y_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "y", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t d_q_count = sy_count(sy_count(h_extent, t_extent), 8);
    if (d_q_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d_q", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t d_k_count = sy_count(sy_count(h_extent, t_extent), 8);
    if (d_k_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d_k", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t d_v_count = sy_count(sy_count(h_extent, t_extent), 8);
    if (d_v_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d_v", 0, 0.0, 0,
                       "it would have too many elements");
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
    if (dy == NULL && dy_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "dy", 0, 0.0, 0, NULL);
    }
    if (y == NULL && y_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (d_q == NULL && d_q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "d_q", 0, 0.0, 0, NULL);
    }
    if (d_k == NULL && d_k_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "d_k", 0, 0.0, 0, NULL);
    }
    if (d_v == NULL && d_v_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "d_v", 0, 0.0, 0, NULL);
    }
    const size_t needed = attention_gradient_workspace(h, t);
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
    attention_gradient_compute(h_extent, t_extent, q, k, v, dy, y, d_q, d_k, d_v, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t attention_gradient_workspace(size_t h, size_t t) {
    if (!sy_size_fits(h) || !sy_size_fits(t)) return SIZE_MAX;
    const int64_t h_extent = (int64_t)h;
    const int64_t t_extent = (int64_t)t;
    size_t bytes = sy_bytes(sy_count(h_extent, t_extent), sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(h_extent, t_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(h_extent, t_extent), sizeof(float)));
    return bytes;
}
