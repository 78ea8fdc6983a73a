/* attention: made from attention.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "attention.h"

#include "steelyard.h"
#include "steelyard_block.h"
#include "steelyard_tile.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* attention.sy:20: let score = sum[d](q * k) / sqrt(extent(d)) - slope * (t - s)
 * attention.sy:22: output y[b, h, t, d] = mean[s](v, logweight = score, where = s <= t and s <
 * length, empty = 0) */
static void attention_y(int64_t share_from, int64_t share_to, int64_t t_extent,
                        const float *restrict q, const float *restrict k, const float *restrict v,
                        const int64_t *restrict length, float *restrict y) {
    for (int64_t turn = share_from; turn < share_to; ++turn) {
        const int64_t b = turn / 2;
        const int64_t h = turn % 2;
        const float slope = sy_pow_f32(2.0f, (float)((h + 1) * -8) * 0.5f);
        for (int64_t t_first = 0; t_first < t_extent; t_first += 384) {
            const int64_t t_count = sy_min_i64(384, t_extent - t_first);
            float k_panel[16384];
            float q_panel[24576];
            for (int64_t row = 0; row < t_count; ++row) {
                const int64_t t = t_first + row;
#pragma omp simd
                for (int64_t d = 0; d < 4; ++d) {
                    q_panel[row * 64 + d] = q[((b * 2 + h) * t_extent + t) * 4 + d];
                }
            }
            for (int64_t i = t_count * 64; i < (t_count + 11) / 12 * 12 * 64; ++i) {
                q_panel[i] = 0.0f;
            }
            float y_max_rows[384];
            for (int64_t lane = 0; lane < 384; ++lane) {
                y_max_rows[lane] = -INFINITY;
            }
            double y_sum_totals[384] = {0};
            float v_panel[16384] = {0};
            double y_sum_total[24576];
            for (int64_t i = 0; i < (t_count + 11) / 12 * 12 * 64; ++i) {
                y_sum_total[i] = 0.0;
            }
            const int64_t s_to =
                sy_min_i64(sy_min_i64(t_extent - 1, t_first + t_count - 1) + 1, length[b]);
            for (int64_t s_first = 0; s_first < s_to; s_first += 256) {
                const int64_t s_end = sy_min_i64(s_first + 256, s_to);
                for (int64_t s_panel = s_first; s_panel < s_end; s_panel += 16) {
                    const int64_t s_panel_end = sy_min_i64(s_panel + 16, s_end);
                    sy_flip_f32(s_panel_end - s_panel, 4,
                                &k[((b * 2 + h) * t_extent + s_panel) * 4], 4,
                                &k_panel[(s_panel - s_first) * 64], 16);
                }
                for (int64_t d_panel = 0; d_panel < 4; d_panel += 16) {
                    const int64_t d_lanes = sy_min_i64(16, 4 - d_panel);
                    for (int64_t s = s_first; s < s_end; ++s) {
#pragma omp simd
                        for (int64_t lane = 0; lane < d_lanes; ++lane) {
                            const int64_t d = d_panel + lane;
                            v_panel[d_panel * 256 + ((s - s_first) * 16 + lane)] =
                                v[((b * 2 + h) * t_extent + s) * 4 + d];
                        }
                    }
                }
                const int v_panel_is_finite =
                    sy_panels_right_finite_f32(4, s_end - s_first, v_panel, 4096);
                for (int64_t t_block = t_first; t_block < t_first + t_count; t_block += 96) {
                    const int64_t t_block_count = sy_min_i64(96, t_first + t_count - t_block);
                    const int64_t s_stop = sy_min_i64(
                        s_end,
                        sy_min_i64(sy_min_i64(t_extent - 1, t_block + t_block_count - 1) + 1,
                                   length[b]));
                    if (s_first < s_stop) {
                        float *q_panel_part = &q_panel[(t_block - t_first) * 64];
                        float *y_max_rows_part = &y_max_rows[t_block - t_first];
                        double *y_sum_totals_part = &y_sum_totals[t_block - t_first];
                        double *y_sum_total_part = &y_sum_total[(t_block - t_first) * 64];
                        float score_sum[24576];
                        sy_panels_f32(t_block_count, s_stop - s_first, 4, q_panel_part, SY_BY_ROWS,
                                      64, k_panel, 1024, false, score_sum, 256);
                        float y_max_kept[24576];
                        float y_sum_factor[24576];
                        float y_max_before[96];
                        for (int64_t row = 0; row < t_block_count; ++row) {
                            const int64_t t = t_block + row;
                            float y_max[32];
                            for (int64_t lane = 0; lane < 32; ++lane) {
                                y_max[lane] = -INFINITY;
                            }
                            const int64_t s_whole = s_stop - s_stop % 32;
                            for (int64_t s_row = s_first; s_row < s_whole; s_row += 32) {
#pragma omp simd
                                for (int64_t lane = 0; lane < 32; ++lane) {
                                    const int64_t s = s_row + lane;
                                    const float score =
                                        score_sum[row * 256 + (s - s_first)] * 0.5f -
                                        slope * (float)(t - s);
                                    const float y_max_taken = s <= t && s < length[b] ? score
                                                                                      : -INFINITY;
                                    y_max_kept[row * 256 + (s - s_first)] = y_max_taken;
                                    y_max[lane] = sy_max_f32(y_max[lane],
                                                             y_max_kept[row * 256 + (s - s_first)]);
                                }
                            }
                            for (int64_t s = s_whole; s < s_stop; ++s) {
                                const float score = score_sum[row * 256 + (s - s_first)] * 0.5f -
                                                    slope * (float)(t - s);
                                const float y_max_taken = s <= t && s < length[b] ? score
                                                                                  : -INFINITY;
                                y_max_kept[row * 256 + (s - s_first)] = y_max_taken;
                                y_max[0] =
                                    sy_max_f32(y_max[0], y_max_kept[row * 256 + (s - s_first)]);
                            }
                            y_max_before[row] = y_max_rows_part[row];
                            y_max_rows_part[row] =
                                sy_max_f32(y_max_rows_part[row], sy_tree_max_f32(y_max));
                        }
                        float s_scale[96];
#pragma omp simd
                        for (int64_t row = 0; row < t_block_count; ++row) {
                            s_scale[row] = sy_exp_f32(y_max_before[row] - y_max_rows_part[row]);
                        }
                        for (int64_t row = 0; row < t_block_count; ++row) {
                            if (y_max_before[row] != y_max_rows_part[row]) {
                                y_sum_totals_part[row] *= (double)s_scale[row];
#pragma omp simd
                                for (int64_t d = 0; d < 4; ++d) {
                                    y_sum_total_part[row * 64 + d] *= (double)s_scale[row];
                                }
                            }
                        }
                        for (int64_t row = 0; row < t_block_count; ++row) {
                            const float y_max_now = y_max_rows_part[row];
                            const float y_max_shift = y_max_now == -INFINITY ? 0.0f : y_max_now;
                            float y_sum[32] = {0};
                            const int64_t s_whole = s_stop - s_stop % 32;
                            for (int64_t s_row = s_first; s_row < s_whole; s_row += 32) {
#pragma omp simd
                                for (int64_t lane = 0; lane < 32; ++lane) {
                                    const int64_t s = s_row + lane;
                                    const float exponential = sy_exp_fading_f32(
                                        y_max_kept[row * 256 + (s - s_first)] - y_max_shift);
                                    y_sum[lane] += exponential;
                                    y_sum_factor[row * 256 + (s - s_first)] = exponential;
                                }
                            }
                            for (int64_t s = s_whole; s < s_stop; ++s) {
                                const float exponential = sy_exp_fading_f32(
                                    y_max_kept[row * 256 + (s - s_first)] - y_max_shift);
                                y_sum[0] += exponential;
                                y_sum_factor[row * 256 + (s - s_first)] = exponential;
                            }
                            y_sum_totals_part[row] += (double)sy_tree_sum_f32(y_sum);
                        }
                        if (v_panel_is_finite) {
                            sy_panels_f32_wide(t_block_count, 4, s_stop - s_first, y_sum_factor,
                                               SY_BY_ROWS, 256, v_panel, 4096, true,
                                               y_sum_total_part, 64);
                        } else {
                            const int64_t s_chain = s_stop - s_first > 128 ? 128 : 32;
                            for (int64_t s_chain_first = s_first;
                                 s_chain_first < s_stop;
                                 s_chain_first += s_chain) {
                                const int64_t s_chain_end =
                                    sy_min_i64(s_chain_first + s_chain, s_stop);
                                float y_sum_block[6144];
                                for (int64_t i = 0; i < 6144; ++i) {
                                    y_sum_block[i] = 0.0f;
                                }
                                for (int64_t row = 0; row < t_block_count; ++row) {
                                    const int64_t t = t_block + row;
                                    for (int64_t s = s_chain_first; s < s_chain_end; ++s) {
                                        const float score =
                                            score_sum[row * 256 + (s - s_first)] * 0.5f -
                                            slope * (float)(t - s);
                                        const int both =
                                            s <= t && s < length[b] && score != -INFINITY;
                                        if (both) {
#pragma omp simd
                                            for (int64_t d = 0; d < 4; ++d) {
                                                y_sum_block[row * 64 + d] = SY_FMA_F32(
                                                    y_sum_factor[row * 256 + (s - s_first)],
                                                    v_panel[(d / 16 * 256 + (s - s_first)) * 16 +
                                                            d % 16],
                                                    y_sum_block[row * 64 + d]);
                                            }
                                        }
                                    }
                                }
                                for (int64_t row = 0; row < t_block_count; ++row) {
#pragma omp simd
                                    for (int64_t d = 0; d < 4; ++d) {
                                        y_sum_total_part[row * 64 + d] +=
                                            (double)y_sum_block[row * 64 + d];
                                    }
                                }
                            }
                        }
                    }
                }
            }
            for (int64_t row = 0; row < t_count; ++row) {
                const int64_t t = t_first + row;
                const float y_sum = (float)y_sum_totals[row];
#pragma omp simd
                for (int64_t d = 0; d < 4; ++d) {
                    y[((b * 2 + h) * t_extent + t) * 4 + d] =
                        y_sum == 0.0f ? 0.0f : (float)y_sum_total[row * 64 + d] / y_sum;
                }
            }
        }
    }
}

static void attention_compute(int64_t b_extent, int64_t t_extent, const float *restrict q,
                              const float *restrict k, const float *restrict v,
                              const int64_t *restrict length, float *restrict y) {
    /* attention.sy:20: let score = sum[d](q * k) / sqrt(extent(d)) - slope * (t - s)
     * attention.sy:22: output y[b, h, t, d] = mean[s](v, logweight = score, where = s <= t and s
     * < length, empty = 0) */
    if ((double)b_extent * 2.0 * (double)t_extent * (double)t_extent * 4.0 > 20000.0) {
#pragma omp parallel
        attention_y(sy_share_from(b_extent * 2, 1), sy_share_to(b_extent * 2, 1), t_extent, q, k, v,
                    length, y);
    } else {
        attention_y(0, b_extent * 2, t_extent, q, k, v, length, y);
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
    if (q == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "q", 0, 0.0, 0, NULL);
    }
    if (k == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "k", 0, 0.0, 0, NULL);
    }
    if (v == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "v", 0, 0.0, 0, NULL);
    }
    if (length == NULL && b_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "length", 0, 0.0, 0, NULL);
    }
    if (y == NULL && q_count > 0) {
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
