/* attention_gradient: made from attention_gradient.sy by steelyard 0.1.0; change that file, not
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
#include "attention_gradient.h"

#include "steelyard.h"
#include "steelyard_block.h"
#include "steelyard_tile.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* attention_gradient.sy:17: let score[h, t, s] = sum[d](q * k) / sqrt(extent(d))
 * attention_gradient.sy:18: let attended[h, t, d] = mean[s](v, logweight = score, where = s <=
 * t)
 * attention_gradient.sy:20: output y[h, t, d] = attended
 * attention_gradient.sy:21: output d_q[h, t, d] = vjp(attended, q, dy)
 * attention_gradient.sy:22: output d_k[h, s, d] = vjp(attended, k, dy)
 * attention_gradient.sy:23: output d_v[h, s, d] = vjp(attended, v, dy) */
static void attention_gradient_y(int64_t share_from, int64_t share_to, int64_t t_extent,
                                 const float *restrict q, const float *restrict k,
                                 const float *restrict v, const float *restrict dy,
                                 float *restrict y, float *restrict d_q, float *restrict d_k,
                                 float *restrict d_v, float *restrict attended_sum,
                                 float *restrict d_q_sum, float *restrict attended_max,
                                 double *restrict d_q_sum_total) {
    for (int64_t h = share_from; h < share_to; ++h) {
        for (int64_t t_first = 0; t_first < t_extent; t_first += 384) {
            const int64_t t_count = sy_min_i64(384, t_extent - t_first);
            float k_panel[16384];
            float q_panel[24576];
            for (int64_t row = 0; row < t_count; ++row) {
                const int64_t t = t_first + row;
#pragma omp simd
                for (int64_t d = 0; d < 8; ++d) {
                    q_panel[row * 64 + d] = q[(h * t_extent + t) * 8 + d];
                }
            }
            for (int64_t i = t_count * 64; i < (t_count + 11) / 12 * 12 * 64; ++i) {
                q_panel[i] = 0.0f;
            }
            float attended_max_rows[384];
            for (int64_t lane = 0; lane < 384; ++lane) {
                attended_max_rows[lane] = -INFINITY;
            }
            double attended_sum_totals[384] = {0};
            float v_panel[16384] = {0};
            double attended_sum_total[24576];
            for (int64_t i = 0; i < (t_count + 11) / 12 * 12 * 64; ++i) {
                attended_sum_total[i] = 0.0;
            }
            const int64_t s_to = sy_min_i64(t_extent - 1, t_first + t_count - 1) + 1;
            for (int64_t s_first = 0; s_first < s_to; s_first += 256) {
                const int64_t s_end = sy_min_i64(s_first + 256, s_to);
                for (int64_t s_panel = s_first; s_panel < s_end; s_panel += 16) {
                    const int64_t s_panel_end = sy_min_i64(s_panel + 16, s_end);
                    sy_flip_f32(s_panel_end - s_panel, 8, &k[(h * t_extent + s_panel) * 8], 8,
                                &k_panel[(s_panel - s_first) * 64], 16);
                }
                for (int64_t d_panel = 0; d_panel < 8; d_panel += 16) {
                    const int64_t d_lanes = sy_min_i64(16, 8 - d_panel);
                    for (int64_t s = s_first; s < s_end; ++s) {
#pragma omp simd
                        for (int64_t lane = 0; lane < d_lanes; ++lane) {
                            const int64_t d = d_panel + lane;
                            v_panel[d_panel * 256 + ((s - s_first) * 16 + lane)] =
                                v[(h * t_extent + s) * 8 + d];
                        }
                    }
                }
                const int v_panel_is_finite =
                    sy_panels_right_finite_f32(8, s_end - s_first, v_panel, 4096);
                for (int64_t t_block = t_first; t_block < t_first + t_count; t_block += 96) {
                    const int64_t t_block_count = sy_min_i64(96, t_first + t_count - t_block);
                    const int64_t s_stop = sy_min_i64(
                        s_end, sy_min_i64(t_extent - 1, t_block + t_block_count - 1) + 1);
                    if (s_first < s_stop) {
                        float *q_panel_part = &q_panel[(t_block - t_first) * 64];
                        float *attended_max_rows_part = &attended_max_rows[t_block - t_first];
                        double *attended_sum_totals_part = &attended_sum_totals[t_block - t_first];
                        double *attended_sum_total_part =
                            &attended_sum_total[(t_block - t_first) * 64];
                        float score_sum[24576];
                        sy_panels_f32(t_block_count, s_stop - s_first, 8, q_panel_part, SY_BY_ROWS,
                                      64, k_panel, 1024, false, score_sum, 256);
                        float attended_max_kept[24576];
                        float attended_sum_factor[24576];
                        float attended_max_before[96];
                        for (int64_t row = 0; row < t_block_count; ++row) {
                            const int64_t t = t_block + row;
                            float attended_max_2[32];
                            for (int64_t lane = 0; lane < 32; ++lane) {
                                attended_max_2[lane] = -INFINITY;
                            }
                            const int64_t s_whole = s_stop - s_stop % 32;
                            for (int64_t s_row = s_first; s_row < s_whole; s_row += 32) {
#pragma omp simd
                                for (int64_t lane = 0; lane < 32; ++lane) {
                                    const int64_t s = s_row + lane;
                                    const float score =
                                        score_sum[row * 256 + (s - s_first)] / 2.828427f;
                                    const float attended_max_taken = s <= t ? score : -INFINITY;
                                    attended_max_kept[row * 256 + (s - s_first)] =
                                        attended_max_taken;
                                    attended_max_2[lane] =
                                        sy_max_f32(attended_max_2[lane],
                                                   attended_max_kept[row * 256 + (s - s_first)]);
                                }
                            }
                            for (int64_t s = s_whole; s < s_stop; ++s) {
                                const float score =
                                    score_sum[row * 256 + (s - s_first)] / 2.828427f;
                                const float attended_max_taken = s <= t ? score : -INFINITY;
                                attended_max_kept[row * 256 + (s - s_first)] = attended_max_taken;
                                attended_max_2[0] =
                                    sy_max_f32(attended_max_2[0],
                                               attended_max_kept[row * 256 + (s - s_first)]);
                            }
                            attended_max_before[row] = attended_max_rows_part[row];
                            attended_max_rows_part[row] = sy_max_f32(
                                attended_max_rows_part[row], sy_tree_max_f32(attended_max_2));
                        }
                        float s_scale[96];
#pragma omp simd
                        for (int64_t row = 0; row < t_block_count; ++row) {
                            s_scale[row] =
                                sy_exp_f32(attended_max_before[row] - attended_max_rows_part[row]);
                        }
                        for (int64_t row = 0; row < t_block_count; ++row) {
                            if (attended_max_before[row] != attended_max_rows_part[row]) {
                                attended_sum_totals_part[row] *= (double)s_scale[row];
#pragma omp simd
                                for (int64_t d = 0; d < 8; ++d) {
                                    attended_sum_total_part[row * 64 + d] *= (double)s_scale[row];
                                }
                            }
                        }
                        for (int64_t row = 0; row < t_block_count; ++row) {
                            const float attended_max_now = attended_max_rows_part[row];
                            const float attended_max_shift =
                                attended_max_now == -INFINITY ? 0.0f : attended_max_now;
                            float attended_sum_2[32] = {0};
                            const int64_t s_whole = s_stop - s_stop % 32;
                            for (int64_t s_row = s_first; s_row < s_whole; s_row += 32) {
#pragma omp simd
                                for (int64_t lane = 0; lane < 32; ++lane) {
                                    const int64_t s = s_row + lane;
                                    const float exponential = sy_exp_fading_f32(
                                        attended_max_kept[row * 256 + (s - s_first)] -
                                        attended_max_shift);
                                    attended_sum_2[lane] += exponential;
                                    attended_sum_factor[row * 256 + (s - s_first)] = exponential;
                                }
                            }
                            for (int64_t s = s_whole; s < s_stop; ++s) {
                                const float exponential =
                                    sy_exp_fading_f32(attended_max_kept[row * 256 + (s - s_first)] -
                                                      attended_max_shift);
                                attended_sum_2[0] += exponential;
                                attended_sum_factor[row * 256 + (s - s_first)] = exponential;
                            }
                            attended_sum_totals_part[row] +=
                                (double)sy_tree_sum_f32(attended_sum_2);
                        }
                        if (v_panel_is_finite) {
                            sy_panels_f32_wide(t_block_count, 8, s_stop - s_first,
                                               attended_sum_factor, SY_BY_ROWS, 256, v_panel, 4096,
                                               true, attended_sum_total_part, 64);
                        } else {
                            const int64_t s_chain = s_stop - s_first > 128 ? 128 : 32;
                            for (int64_t s_chain_first = s_first;
                                 s_chain_first < s_stop;
                                 s_chain_first += s_chain) {
                                const int64_t s_chain_end =
                                    sy_min_i64(s_chain_first + s_chain, s_stop);
                                float attended_sum_block[6144];
                                for (int64_t i = 0; i < 6144; ++i) {
                                    attended_sum_block[i] = 0.0f;
                                }
                                for (int64_t row = 0; row < t_block_count; ++row) {
                                    const int64_t t = t_block + row;
                                    for (int64_t s = s_chain_first; s < s_chain_end; ++s) {
                                        const float score =
                                            score_sum[row * 256 + (s - s_first)] / 2.828427f;
                                        if (s <= t && score != -INFINITY) {
#pragma omp simd
                                            for (int64_t d = 0; d < 8; ++d) {
                                                attended_sum_block[row * 64 + d] = SY_FMA_F32(
                                                    attended_sum_factor[row * 256 + (s - s_first)],
                                                    v_panel[(d / 16 * 256 + (s - s_first)) * 16 +
                                                            d % 16],
                                                    attended_sum_block[row * 64 + d]);
                                            }
                                        }
                                    }
                                }
                                for (int64_t row = 0; row < t_block_count; ++row) {
#pragma omp simd
                                    for (int64_t d = 0; d < 8; ++d) {
                                        attended_sum_total_part[row * 64 + d] +=
                                            (double)attended_sum_block[row * 64 + d];
                                    }
                                }
                            }
                        }
                    }
                }
            }
            for (int64_t row = 0; row < t_count; ++row) {
                const int64_t t = t_first + row;
                const float attended_sum_2 = (float)attended_sum_totals[row];
#pragma omp simd
                for (int64_t d = 0; d < 8; ++d) {
                    const float attended = (float)attended_sum_total[row * 64 + d] / attended_sum_2;
                    y[(h * t_extent + t) * 8 + d] = attended;
                }
            }
            for (int64_t row = 0; row < t_count; ++row) {
                const int64_t t = t_first + row;
                const float attended_max_2 = attended_max_rows[row];
                const float attended_sum_2 = (float)attended_sum_totals[row];
                attended_max[h * t_extent + t] = attended_max_2;
                attended_sum[h * t_extent + t] = attended_sum_2;
                float d_q_sum_2 = 0.0f;
                for (int64_t d = 0; d < 8; ++d) {
                    const float ratio = dy[(h * t_extent + t) * 8 + d] / attended_sum_2;
                    d_q_sum_2 = SY_FMA_F32(ratio, y[(h * t_extent + t) * 8 + d], d_q_sum_2);
                }
                d_q_sum[h * t_extent + t] = d_q_sum_2;
            }
        }
        for (int64_t s_first = 0; s_first < t_extent; s_first += 384) {
            const int64_t s_count = sy_min_i64(384, t_extent - s_first);
            float q_panel[16384];
            float k_panel[24576];
            for (int64_t row = 0; row < s_count; ++row) {
                const int64_t s = s_first + row;
#pragma omp simd
                for (int64_t d = 0; d < 8; ++d) {
                    k_panel[row * 64 + d] = k[(h * t_extent + s) * 8 + d];
                }
            }
            for (int64_t i = s_count * 64; i < (s_count + 11) / 12 * 12 * 64; ++i) {
                k_panel[i] = 0.0f;
            }
            float d_q_sum_right_panel[16384];
            float v_panel[24576];
            for (int64_t row = 0; row < s_count; ++row) {
                const int64_t s = s_first + row;
#pragma omp simd
                for (int64_t d = 0; d < 8; ++d) {
                    v_panel[row * 64 + d] = v[(h * t_extent + s) * 8 + d];
                }
            }
            for (int64_t i = s_count * 64; i < (s_count + 11) / 12 * 12 * 64; ++i) {
                v_panel[i] = 0.0f;
            }
            float q_panel_2[16384] = {0};
            double d_k_sum_total[24576];
            for (int64_t i = 0; i < (s_count + 11) / 12 * 12 * 64; ++i) {
                d_k_sum_total[i] = 0.0;
            }
            float d_v_sum_right_panel[16384] = {0};
            double d_v_sum_total[24576];
            for (int64_t i = 0; i < (s_count + 11) / 12 * 12 * 64; ++i) {
                d_v_sum_total[i] = 0.0;
            }
            float k_panel_2[24576] = {0};
            for (int64_t d_panel = 0; d_panel < 8; d_panel += 16) {
                const int64_t d_lanes = sy_min_i64(16, 8 - d_panel);
                for (int64_t row = 0; row < s_count; ++row) {
                    const int64_t s = s_first + row;
#pragma omp simd
                    for (int64_t lane = 0; lane < d_lanes; ++lane) {
                        const int64_t d = d_panel + lane;
                        k_panel_2[d_panel * 384 + (row * 16 + lane)] =
                            k[(h * t_extent + s) * 8 + d];
                    }
                }
            }
            const int k_panel_is_finite = sy_panels_right_finite_f32(8, s_count, k_panel_2, 6144);
            const int64_t t_least = sy_max_i64(0, s_first);
            const int64_t t_from = t_least - t_least % 256;
            for (int64_t t_first = t_from; t_first < t_extent; t_first += 256) {
                const int64_t t_end = sy_min_i64(t_first + 256, t_extent);
                const int64_t t_start = sy_max_i64(t_first, t_least - t_least % 32);
                for (int64_t t_panel = t_start; t_panel < t_end; t_panel += 16) {
                    const int64_t t_panel_end = sy_min_i64(t_panel + 16, t_end);
                    sy_flip_f32(t_panel_end - t_panel, 8, &q[(h * t_extent + t_panel) * 8], 8,
                                &q_panel[(t_panel - t_start) * 64], 16);
                }
                for (int64_t t_panel = t_start; t_panel < t_end; t_panel += 16) {
                    const int64_t t_panel_end = sy_min_i64(t_panel + 16, t_end);
                    float d_q_sum_right_panel_part[1024];
                    for (int64_t t = t_panel; t < t_panel_end; ++t) {
#pragma omp simd
                        for (int64_t d = 0; d < 8; ++d) {
                            const float ratio =
                                dy[(h * t_extent + t) * 8 + d] / attended_sum[h * t_extent + t];
                            d_q_sum_right_panel_part[(t - t_panel) * 64 + d] = ratio;
                        }
                    }
                    sy_flip_f32(t_panel_end - t_panel, 8, d_q_sum_right_panel_part, 64,
                                &d_q_sum_right_panel[(t_panel - t_start) * 64], 16);
                }
                for (int64_t d_panel = 0; d_panel < 8; d_panel += 16) {
                    const int64_t d_lanes = sy_min_i64(16, 8 - d_panel);
                    for (int64_t t = t_start; t < t_end; ++t) {
#pragma omp simd
                        for (int64_t lane = 0; lane < d_lanes; ++lane) {
                            const int64_t d = d_panel + lane;
                            q_panel_2[d_panel * 256 + ((t - t_start) * 16 + lane)] =
                                q[(h * t_extent + t) * 8 + d];
                        }
                    }
                }
                const int q_panel_is_finite =
                    sy_panels_right_finite_f32(8, t_end - t_start, q_panel_2, 4096);
                for (int64_t d_panel = 0; d_panel < 8; d_panel += 16) {
                    const int64_t d_lanes = sy_min_i64(16, 8 - d_panel);
                    for (int64_t t = t_start; t < t_end; ++t) {
#pragma omp simd
                        for (int64_t lane = 0; lane < d_lanes; ++lane) {
                            const int64_t d = d_panel + lane;
                            const float ratio =
                                dy[(h * t_extent + t) * 8 + d] / attended_sum[h * t_extent + t];
                            d_v_sum_right_panel[d_panel * 256 + ((t - t_start) * 16 + lane)] =
                                ratio;
                        }
                    }
                }
                const int d_v_sum_right_panel_is_finite =
                    sy_panels_right_finite_f32(8, t_end - t_start, d_v_sum_right_panel, 4096);
                for (int64_t s_block = s_first; s_block < s_first + s_count; s_block += 96) {
                    const int64_t s_block_count = sy_min_i64(96, s_first + s_count - s_block);
                    const int64_t t_least_2 = sy_max_i64(0, s_block);
                    const int64_t t_begin = sy_max_i64(t_start, t_least_2 - t_least_2 % 32);
                    if (t_begin < t_end) {
                        float *k_panel_part = &k_panel[(s_block - s_first) * 64];
                        float *v_panel_part = &v_panel[(s_block - s_first) * 64];
                        double *d_k_sum_total_part = &d_k_sum_total[(s_block - s_first) * 64];
                        double *d_v_sum_total_part = &d_v_sum_total[(s_block - s_first) * 64];
                        float *k_panel_part_2 = &k_panel_2[(s_block - s_first) * 16];
                        float *q_panel_part = &q_panel[(t_begin - t_start) * 64];
                        float *d_q_sum_right_panel_part =
                            &d_q_sum_right_panel[(t_begin - t_start) * 64];
                        float *q_panel_part_2 = &q_panel_2[(t_begin - t_start) * 16];
                        float *d_v_sum_right_panel_part =
                            &d_v_sum_right_panel[(t_begin - t_start) * 16];
                        float score_sum[24576];
                        sy_panels_f32(s_block_count, t_end - t_begin, 8, k_panel_part, SY_BY_ROWS,
                                      64, q_panel_part, 1024, false, score_sum, 256);
                        float d_q_sum_2[24576];
                        sy_panels_f32(s_block_count, t_end - t_begin, 8, v_panel_part, SY_BY_ROWS,
                                      64, d_q_sum_right_panel_part, 1024, false, d_q_sum_2, 256);
                        float d_k_sum_factor[24592];
                        float d_v_sum_factor[24592];
                        float d_q_sum_factor[24592];
                        for (int64_t row = 0; row < s_block_count; ++row) {
                            const int64_t s = s_block + row;
                            const int64_t t_whole = t_end - t_end % 32;
                            for (int64_t t_row = t_begin; t_row < t_whole; t_row += 32) {
#pragma omp simd
                                for (int64_t lane = 0; lane < 32; ++lane) {
                                    const int64_t t = t_row + lane;
                                    const float score =
                                        score_sum[row * 256 + (t - t_begin)] / 2.828427f;
                                    const float exponential =
                                        sy_exp_fading_f32(score - attended_max[h * t_extent + t]);
                                    const float ratio = (d_q_sum_2[row * 256 + (t - t_begin)] -
                                                         d_q_sum[h * t_extent + t]) *
                                                        exponential / 2.828427f;
                                    const float d_k_sum_taken = s <= t && score != -INFINITY ? ratio
                                                                                             : 0.0f;
                                    d_k_sum_factor[row * 256 + (t - t_begin)] = d_k_sum_taken;
                                    const float d_v_sum_taken =
                                        s <= t && score != -INFINITY ? exponential : 0.0f;
                                    d_v_sum_factor[row * 256 + (t - t_begin)] = d_v_sum_taken;
                                    const float d_q_sum_taken = s <= t && score != -INFINITY ? ratio
                                                                                             : 0.0f;
                                    d_q_sum_factor[row * 256 + (t - t_begin)] = d_q_sum_taken;
                                }
                            }
                            for (int64_t t = t_whole; t < t_end; ++t) {
                                const float score =
                                    score_sum[row * 256 + (t - t_begin)] / 2.828427f;
                                const float exponential =
                                    sy_exp_fading_f32(score - attended_max[h * t_extent + t]);
                                const float ratio = (d_q_sum_2[row * 256 + (t - t_begin)] -
                                                     d_q_sum[h * t_extent + t]) *
                                                    exponential / 2.828427f;
                                const float d_k_sum_taken = s <= t && score != -INFINITY ? ratio
                                                                                         : 0.0f;
                                d_k_sum_factor[row * 256 + (t - t_begin)] = d_k_sum_taken;
                                const float d_v_sum_taken =
                                    s <= t && score != -INFINITY ? exponential : 0.0f;
                                d_v_sum_factor[row * 256 + (t - t_begin)] = d_v_sum_taken;
                                const float d_q_sum_taken = s <= t && score != -INFINITY ? ratio
                                                                                         : 0.0f;
                                d_q_sum_factor[row * 256 + (t - t_begin)] = d_q_sum_taken;
                            }
                        }
                        if (q_panel_is_finite) {
                            sy_panels_f32_wide(s_block_count, 8, t_end - t_begin, d_k_sum_factor,
                                               SY_BY_ROWS, 256, q_panel_part_2, 4096, true,
                                               d_k_sum_total_part, 64);
                        } else {
                            const int64_t t_chain = t_end - t_begin > 128 ? 128 : 32;
                            for (int64_t t_chain_first = t_begin;
                                 t_chain_first < t_end;
                                 t_chain_first += t_chain) {
                                const int64_t t_chain_end =
                                    sy_min_i64(t_chain_first + t_chain, t_end);
                                float d_k_sum_block[6144];
                                for (int64_t i = 0; i < 6144; ++i) {
                                    d_k_sum_block[i] = 0.0f;
                                }
                                for (int64_t row = 0; row < s_block_count; ++row) {
                                    const int64_t s = s_block + row;
                                    for (int64_t t = t_chain_first; t < t_chain_end; ++t) {
                                        const float score =
                                            score_sum[row * 256 + (t - t_begin)] / 2.828427f;
                                        if (s <= t && score != -INFINITY) {
#pragma omp simd
                                            for (int64_t d = 0; d < 8; ++d) {
                                                d_k_sum_block[row * 64 + d] = SY_FMA_F32(
                                                    d_k_sum_factor[row * 256 + (t - t_begin)],
                                                    q_panel_part_2[(d / 16 * 256 + (t - t_begin)) *
                                                                       16 +
                                                                   d % 16],
                                                    d_k_sum_block[row * 64 + d]);
                                            }
                                        }
                                    }
                                }
                                for (int64_t row = 0; row < s_block_count; ++row) {
#pragma omp simd
                                    for (int64_t d = 0; d < 8; ++d) {
                                        d_k_sum_total_part[row * 64 + d] +=
                                            (double)d_k_sum_block[row * 64 + d];
                                    }
                                }
                            }
                        }
                        if (d_v_sum_right_panel_is_finite) {
                            sy_panels_f32_wide(s_block_count, 8, t_end - t_begin, d_v_sum_factor,
                                               SY_BY_ROWS, 256, d_v_sum_right_panel_part, 4096,
                                               true, d_v_sum_total_part, 64);
                        } else {
                            const int64_t t_chain = t_end - t_begin > 128 ? 128 : 32;
                            for (int64_t t_chain_first = t_begin;
                                 t_chain_first < t_end;
                                 t_chain_first += t_chain) {
                                const int64_t t_chain_end =
                                    sy_min_i64(t_chain_first + t_chain, t_end);
                                float d_v_sum_block[6144];
                                for (int64_t i = 0; i < 6144; ++i) {
                                    d_v_sum_block[i] = 0.0f;
                                }
                                for (int64_t row = 0; row < s_block_count; ++row) {
                                    const int64_t s = s_block + row;
                                    for (int64_t t = t_chain_first; t < t_chain_end; ++t) {
                                        const float score =
                                            score_sum[row * 256 + (t - t_begin)] / 2.828427f;
                                        if (s <= t && score != -INFINITY) {
#pragma omp simd
                                            for (int64_t d = 0; d < 8; ++d) {
                                                d_v_sum_block[row * 64 + d] = SY_FMA_F32(
                                                    d_v_sum_factor[row * 256 + (t - t_begin)],
                                                    d_v_sum_right_panel_part[(d / 16 * 256 +
                                                                              (t - t_begin)) *
                                                                                 16 +
                                                                             d % 16],
                                                    d_v_sum_block[row * 64 + d]);
                                            }
                                        }
                                    }
                                }
                                for (int64_t row = 0; row < s_block_count; ++row) {
#pragma omp simd
                                    for (int64_t d = 0; d < 8; ++d) {
                                        d_v_sum_total_part[row * 64 + d] +=
                                            (double)d_v_sum_block[row * 64 + d];
                                    }
                                }
                            }
                        }
                        if (k_panel_is_finite) {
                            sy_panels_across_f32_wide(t_end - t_begin, 8, s_block_count,
                                                      d_q_sum_factor, 256, k_panel_part_2, 6144,
                                                      &d_q_sum_total[(h * t_extent + t_begin) * 8],
                                                      8);
                        } else {
                            for (int64_t t = t_begin; t < t_end; ++t) {
                                float d_q_sum_column[64] = {0};
                                for (int64_t row = 0; row < s_block_count; ++row) {
                                    const int64_t s = s_block + row;
                                    const float score =
                                        score_sum[row * 256 + (t - t_begin)] / 2.828427f;
                                    if (s <= t && score != -INFINITY) {
#pragma omp simd
                                        for (int64_t d = 0; d < 8; ++d) {
                                            d_q_sum_column[d] = SY_FMA_F32(
                                                d_q_sum_factor[row * 256 + (t - t_begin)],
                                                k_panel_part_2[(d / 16 * 384 + row) * 16 + d % 16],
                                                d_q_sum_column[d]);
                                        }
                                    }
                                }
#pragma omp simd
                                for (int64_t d = 0; d < 8; ++d) {
                                    d_q_sum_total[(h * t_extent + t) * 8 + d] +=
                                        (double)d_q_sum_column[d];
                                }
                            }
                        }
                    }
                }
            }
            for (int64_t row = 0; row < s_count; ++row) {
                const int64_t s = s_first + row;
#pragma omp simd
                for (int64_t d = 0; d < 8; ++d) {
                    d_k[(h * t_extent + s) * 8 + d] = (float)d_k_sum_total[row * 64 + d];
                    d_v[(h * t_extent + s) * 8 + d] = (float)d_v_sum_total[row * 64 + d];
                }
            }
        }
        for (int64_t t = 0; t < t_extent; ++t) {
#pragma omp simd
            for (int64_t d = 0; d < 8; ++d) {
                d_q[(h * t_extent + t) * 8 + d] = (float)d_q_sum_total[(h * t_extent + t) * 8 + d];
            }
        }
    }
}

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
    const size_t after_attended_max = after_d_q_sum + sy_bytes(h_extent * t_extent, sizeof(float));
    double *restrict d_q_sum_total = (double *)(void *)&workspace[after_attended_max];
    /* attention_gradient.sy:21: output d_q[h, t, d] = vjp(attended, q, dy) */
#pragma omp simd
    for (int64_t i = 0; i < h_extent * t_extent * 8; ++i) {
        d_q_sum_total[i] = 0.0;
    }

    /* attention_gradient.sy:17: let score[h, t, s] = sum[d](q * k) / sqrt(extent(d))
     * attention_gradient.sy:18: let attended[h, t, d] = mean[s](v, logweight = score, where = s
     * <= t)
     * attention_gradient.sy:20: output y[h, t, d] = attended
     * attention_gradient.sy:21: output d_q[h, t, d] = vjp(attended, q, dy)
     * attention_gradient.sy:22: output d_k[h, s, d] = vjp(attended, k, dy)
     * attention_gradient.sy:23: output d_v[h, s, d] = vjp(attended, v, dy) */
    if ((double)h_extent * (double)t_extent * (double)t_extent * 8.0 > 20000.0) {
#pragma omp parallel
        attention_gradient_y(sy_share_from(h_extent, 1), sy_share_to(h_extent, 1), t_extent, q, k,
                             v, dy, y, d_q, d_k, d_v, attended_sum, d_q_sum, attended_max,
                             d_q_sum_total);
    } else {
        attention_gradient_y(0, h_extent, t_extent, q, k, v, dy, y, d_q, d_k, d_v, attended_sum,
                             d_q_sum, attended_max, d_q_sum_total);
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
    if (q == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "q", 0, 0.0, 0, NULL);
    }
    if (k == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "k", 0, 0.0, 0, NULL);
    }
    if (v == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "v", 0, 0.0, 0, NULL);
    }
    if (dy == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "dy", 0, 0.0, 0, NULL);
    }
    if (y == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (d_q == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "d_q", 0, 0.0, 0, NULL);
    }
    if (d_k == NULL && q_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "d_k", 0, 0.0, 0, NULL);
    }
    if (d_v == NULL && q_count > 0) {
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
    bytes =
        sy_add_bytes(bytes, sy_bytes(sy_count(sy_count(h_extent, t_extent), 8), sizeof(double)));
    return bytes;
}
