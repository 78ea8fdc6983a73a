/* ctc: made from ctc.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "ctc.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* ctc.sy:28: let alpha[n, t, s] = here + ( ...
 * ctc.sy:39: output d_logp[n, t, c] = grad(L, logp) */
static void ctc_alpha(int64_t share_from, int64_t share_to, int64_t t_extent, int64_t c_extent,
                      int64_t k_extent, int64_t s_extent, const float *restrict logp,
                      const int64_t *restrict label, const int64_t *restrict frames,
                      const int64_t *restrict letters, float *restrict d_logp,
                      float *restrict alpha, unsigned char *restrict live_alpha,
                      float *restrict d_alpha, double *restrict d_logp_sum, float ratio) {
    for (int64_t n = share_from; n < share_to; ++n) {
        for (int64_t t = 0; t < t_extent; ++t) {
#pragma omp simd
            for (int64_t s = 0; s < s_extent; ++s) {
                const int64_t symbol = s % 2 == 1 ? label[n * k_extent + s / 2] : 0;
                const float here = symbol < c_extent ? logp[(n * t_extent + t) * c_extent + symbol]
                                                     : -INFINITY;
                const float chosen = s <= 1 ? 0.0f : -INFINITY;
                const int skips = s % 2 == 1 &&
                                  symbol !=
                                      (0 <= s - 2
                                           ? (sy_mod_i64(s - 2, 2) == 1
                                                  ? label[n * k_extent + sy_idiv_i64(s - 2, 2)]
                                                  : 0)
                                           : 0);
                float chosen_2;
                if (t == 0) {
                    chosen_2 = chosen;
                } else {
                    const float chosen_3 =
                        0 <= s - 1 ? alpha[(n * t_extent + (t - 1)) * s_extent + (s - 1)]
                                   : -INFINITY;
                    const float max =
                        sy_max_f32(alpha[(n * t_extent + (t - 1)) * s_extent + s], chosen_3);
                    float chosen_4;
                    if (max == -INFINITY) {
                        chosen_4 = -INFINITY;
                    } else {
                        chosen_4 =
                            max +
                            sy_log1p_f32(sy_exp_f32(sy_min_f32(alpha[(n * t_extent + (t - 1)) *
                                                                         s_extent +
                                                                     s],
                                                               chosen_3) -
                                                    max));
                    }
                    const float chosen_5 =
                        skips
                            ? (0 <= s - 2 ? alpha[(n * t_extent + (t - 1)) * s_extent + (s - 2)]
                                          : -INFINITY)
                            : -INFINITY;
                    const float max_2 = sy_max_f32(chosen_4, chosen_5);
                    float chosen_6;
                    if (max_2 == -INFINITY) {
                        chosen_6 = -INFINITY;
                    } else {
                        chosen_6 = max_2 +
                                   sy_log1p_f32(sy_exp_f32(sy_min_f32(chosen_4, chosen_5) - max_2));
                    }
                    chosen_2 = chosen_6;
                }
                alpha[(n * t_extent + t) * s_extent + s] = here + chosen_2;
            }
        }
        const int both = 0 <= sy_sub_i64(frames[n], 1) && sy_sub_i64(frames[n], 1) < t_extent;
        const int both_2 = 0 <= sy_sub_i64(sy_mul_i64(2, letters[n]), 1) &&
                           sy_sub_i64(sy_mul_i64(2, letters[n]), 1) < k_extent * 2 + 1;
        const int both_3 =
            0 <= sy_mul_i64(2, letters[n]) && sy_mul_i64(2, letters[n]) < k_extent * 2 + 1;
        for (int64_t t = t_extent - 1; t >= 0; --t) {
            const int both_4 = both && sy_sub_i64(frames[n], 1) == t;
#pragma omp simd
            for (int64_t s = 0; s < s_extent; ++s) {
                const int both_5 = s + 2 < k_extent * 2 + 1 && t + 1 < t_extent;
                const int both_6 = s + 1 < k_extent * 2 + 1 && t + 1 < t_extent &&
                                   live_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)];
                const int both_7 = both_2 && sy_sub_i64(sy_mul_i64(2, letters[n]), 1) == s;
                const int both_8 = both_3 && sy_mul_i64(2, letters[n]) == s;
                live_alpha[(n * t_extent + t) * s_extent + s] =
                    (both_5 && sy_mod_i64(s + 2, 2) == 1 &&
                     (sy_mod_i64(s + 2, 2) == 1 ? label[n * k_extent + sy_idiv_i64(s + 2, 2)]
                                                : 0) !=
                         (0 <= s
                              ? (sy_mod_i64(s, 2) == 1 ? label[n * k_extent + sy_idiv_i64(s, 2)]
                                                       : 0)
                              : 0) &&
                     live_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 2)]) ||
                    both_6 ||
                    (t + 1 < t_extent && live_alpha[(n * t_extent + (t + 1)) * s_extent + s]) ||
                    (both_4 && (both_7 || both_8));
            }
        }
        const int64_t letters_here = letters[n];
        const int64_t frames_here = frames[n];
        const float chosen = both_3
                                 ? (both
                                        ? alpha[(n * t_extent + sy_sub_i64(frames_here, 1)) *
                                                    s_extent +
                                                sy_mul_i64(2, letters_here)]
                                        : -INFINITY)
                                 : -INFINITY;
        const float chosen_2 = both_2
                                   ? (both
                                          ? alpha[(n * t_extent + sy_sub_i64(frames_here, 1)) *
                                                      s_extent +
                                                  sy_sub_i64(sy_mul_i64(2, letters_here), 1)]
                                          : -INFINITY)
                                   : -INFINITY;
        const float max = sy_max_f32(chosen, chosen_2);
        const float exponential = sy_exp_f32(sy_min_f32(chosen, chosen_2) - max);
        const float product = ratio / (1.0f + exponential) * exponential;
        const float difference = ratio - product;
        const float total =
            (chosen_2 < chosen ? product : 0.0f) + (chosen < chosen_2 ? difference : 0.0f);
        const float total_2 =
            (chosen_2 < chosen ? 0.0f : product) + (chosen < chosen_2 ? 0.0f : difference);
        for (int64_t t = t_extent - 1; t >= 0; --t) {
            const int both_4 = both && sy_sub_i64(frames_here, 1) == t;
#pragma omp simd
            for (int64_t s = 0; s < s_extent; ++s) {
                const int both_5 = s + 2 < k_extent * 2 + 1 && t + 1 < t_extent;
                const int64_t chosen_3 =
                    0 <= s ? (sy_mod_i64(s, 2) == 1 ? label[n * k_extent + sy_idiv_i64(s, 2)] : 0)
                           : 0;
                int both_6 = both_5 && live_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 2)];
                if (both_6) {
                    const float max_2 = sy_max_f32(alpha[(n * t_extent + t) * s_extent + (s + 2)],
                                                   alpha[(n * t_extent + t) * s_extent + (s + 1)]);
                    float chosen_4;
                    if (max_2 == -INFINITY) {
                        chosen_4 = -INFINITY;
                    } else {
                        chosen_4 =
                            max_2 +
                            sy_log1p_f32(sy_exp_f32(sy_min_f32(alpha[(n * t_extent + t) * s_extent +
                                                                     (s + 2)],
                                                               alpha[(n * t_extent + t) * s_extent +
                                                                     (s + 1)]) -
                                                    max_2));
                    }
                    const int both_7 =
                        sy_mod_i64(s + 2, 2) == 1 &&
                        (sy_mod_i64(s + 2, 2) == 1 ? label[n * k_extent + sy_idiv_i64(s + 2, 2)]
                                                   : 0) !=
                            chosen_3;
                    const float chosen_5 = both_7 ? alpha[(n * t_extent + t) * s_extent + s]
                                                  : -INFINITY;
                    const float max_3 = sy_max_f32(chosen_4, chosen_5);
                    both_6 = max_3 != -INFINITY;
                }
                int both_7 = both_6;
                if (both_7) {
                    const int both_8 =
                        sy_mod_i64(s + 2, 2) == 1 &&
                        (sy_mod_i64(s + 2, 2) == 1 ? label[n * k_extent + sy_idiv_i64(s + 2, 2)]
                                                   : 0) !=
                            chosen_3;
                    const float chosen_4 = both_8 ? alpha[(n * t_extent + t) * s_extent + s]
                                                  : -INFINITY;
                    const float max_2 = sy_max_f32(alpha[(n * t_extent + t) * s_extent + (s + 2)],
                                                   alpha[(n * t_extent + t) * s_extent + (s + 1)]);
                    float chosen_5;
                    if (max_2 == -INFINITY) {
                        chosen_5 = -INFINITY;
                    } else {
                        chosen_5 =
                            max_2 +
                            sy_log1p_f32(sy_exp_f32(sy_min_f32(alpha[(n * t_extent + t) * s_extent +
                                                                     (s + 2)],
                                                               alpha[(n * t_extent + t) * s_extent +
                                                                     (s + 1)]) -
                                                    max_2));
                    }
                    int either = chosen_4 < chosen_5;
                    if (!either) either = chosen_5 < chosen_4;
                    both_7 = either;
                }
                float chosen_4;
                if (both_7 && sy_mod_i64(s + 2, 2) == 1 &&
                    (sy_mod_i64(s + 2, 2) == 1 ? label[n * k_extent + sy_idiv_i64(s + 2, 2)] : 0) !=
                        chosen_3) {
                    const int both_8 =
                        sy_mod_i64(s + 2, 2) == 1 &&
                        (sy_mod_i64(s + 2, 2) == 1 ? label[n * k_extent + sy_idiv_i64(s + 2, 2)]
                                                   : 0) !=
                            chosen_3;
                    const float chosen_5 = both_8 ? alpha[(n * t_extent + t) * s_extent + s]
                                                  : -INFINITY;
                    const float max_2 = sy_max_f32(alpha[(n * t_extent + t) * s_extent + (s + 2)],
                                                   alpha[(n * t_extent + t) * s_extent + (s + 1)]);
                    float chosen_6;
                    if (max_2 == -INFINITY) {
                        chosen_6 = -INFINITY;
                    } else {
                        chosen_6 =
                            max_2 +
                            sy_log1p_f32(sy_exp_f32(sy_min_f32(alpha[(n * t_extent + t) * s_extent +
                                                                     (s + 2)],
                                                               alpha[(n * t_extent + t) * s_extent +
                                                                     (s + 1)]) -
                                                    max_2));
                    }
                    float chosen_7;
                    if (chosen_5 < chosen_6) {
                        const float max_3 = sy_max_f32(chosen_6, chosen_5);
                        const float exponential_2 =
                            sy_exp_f32(sy_min_f32(chosen_6, chosen_5) - max_3);
                        const float product_2 =
                            d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 2)] /
                            (1.0f + exponential_2) * exponential_2;
                        chosen_7 = product_2;
                    } else {
                        chosen_7 = 0.0f;
                    }
                    float chosen_8;
                    if (chosen_6 < chosen_5) {
                        const float max_3 = sy_max_f32(chosen_6, chosen_5);
                        const float exponential_2 =
                            sy_exp_f32(sy_min_f32(chosen_6, chosen_5) - max_3);
                        const float product_2 =
                            d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 2)] /
                            (1.0f + exponential_2) * exponential_2;
                        chosen_8 =
                            d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 2)] - product_2;
                    } else {
                        chosen_8 = 0.0f;
                    }
                    chosen_4 = chosen_7 + chosen_8;
                } else {
                    chosen_4 = 0.0f;
                }
                const int both_8 = s + 1 < k_extent * 2 + 1 && t + 1 < t_extent &&
                                   live_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)];
                const int64_t chosen_5 = 0 <= s - 1
                                             ? (sy_mod_i64(s - 1, 2) == 1
                                                    ? label[n * k_extent + sy_idiv_i64(s - 1, 2)]
                                                    : 0)
                                             : 0;
                const float chosen_6 = 0 <= s - 1 ? alpha[(n * t_extent + t) * s_extent + (s - 1)]
                                                  : -INFINITY;
                int both_9 = both_8;
                if (both_9) {
                    const float max_2 = sy_max_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                                                   alpha[(n * t_extent + t) * s_extent + s]);
                    float chosen_7;
                    if (max_2 == -INFINITY) {
                        chosen_7 = -INFINITY;
                    } else {
                        const float exponential_2 =
                            sy_exp_f32(sy_min_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                                                  alpha[(n * t_extent + t) * s_extent + s]) -
                                       max_2);
                        chosen_7 = max_2 + sy_log1p_f32(exponential_2);
                    }
                    const float chosen_8 = sy_mod_i64(s + 1, 2) == 1 &&
                                                   (sy_mod_i64(s + 1, 2) == 1
                                                        ? label[n * k_extent +
                                                                sy_idiv_i64(s + 1, 2)]
                                                        : 0) !=
                                                       chosen_5
                                               ? chosen_6
                                               : -INFINITY;
                    const float max_3 = sy_max_f32(chosen_7, chosen_8);
                    both_9 = max_3 != -INFINITY;
                }
                int both_10 = both_9;
                if (both_10) {
                    const float chosen_7 = sy_mod_i64(s + 1, 2) == 1 &&
                                                   (sy_mod_i64(s + 1, 2) == 1
                                                        ? label[n * k_extent +
                                                                sy_idiv_i64(s + 1, 2)]
                                                        : 0) !=
                                                       chosen_5
                                               ? chosen_6
                                               : -INFINITY;
                    const float max_2 = sy_max_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                                                   alpha[(n * t_extent + t) * s_extent + s]);
                    float chosen_8;
                    if (max_2 == -INFINITY) {
                        chosen_8 = -INFINITY;
                    } else {
                        const float exponential_2 =
                            sy_exp_f32(sy_min_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                                                  alpha[(n * t_extent + t) * s_extent + s]) -
                                       max_2);
                        chosen_8 = max_2 + sy_log1p_f32(exponential_2);
                    }
                    int either = !(chosen_7 < chosen_8);
                    if (!either) either = !(chosen_8 < chosen_7);
                    both_10 = either;
                }
                float chosen_7;
                if (both_10 &&
                    sy_max_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                               alpha[(n * t_extent + t) * s_extent + s]) !=
                        -INFINITY &&
                    (alpha[(n * t_extent + t) * s_extent + s] <
                         alpha[(n * t_extent + t) * s_extent + (s + 1)] ||
                     alpha[(n * t_extent + t) * s_extent + (s + 1)] <
                         alpha[(n * t_extent + t) * s_extent + s])) {
                    const float chosen_8 = sy_mod_i64(s + 1, 2) == 1 &&
                                                   (sy_mod_i64(s + 1, 2) == 1
                                                        ? label[n * k_extent +
                                                                sy_idiv_i64(s + 1, 2)]
                                                        : 0) !=
                                                       chosen_5
                                               ? chosen_6
                                               : -INFINITY;
                    const float max_2 = sy_max_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                                                   alpha[(n * t_extent + t) * s_extent + s]);
                    float chosen_9;
                    if (max_2 == -INFINITY) {
                        chosen_9 = -INFINITY;
                    } else {
                        const float exponential_2 =
                            sy_exp_f32(sy_min_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                                                  alpha[(n * t_extent + t) * s_extent + s]) -
                                       max_2);
                        chosen_9 = max_2 + sy_log1p_f32(exponential_2);
                    }
                    int either = !(chosen_8 < chosen_9);
                    if (!either) either = !(chosen_9 < chosen_8);
                    const int both_11 = either && max_2 != -INFINITY;
                    float chosen_10;
                    if (both_11 &&
                        alpha[(n * t_extent + t) * s_extent + s] <
                            alpha[(n * t_extent + t) * s_extent + (s + 1)]) {
                        float chosen_11;
                        if (chosen_8 < chosen_9) {
                            chosen_11 = 0.0f;
                        } else {
                            const float max_3 = sy_max_f32(chosen_9, chosen_8);
                            const float exponential_2 =
                                sy_exp_f32(sy_min_f32(chosen_9, chosen_8) - max_3);
                            const float product_2 =
                                d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] /
                                (1.0f + exponential_2) * exponential_2;
                            chosen_11 = product_2;
                        }
                        float chosen_12;
                        if (chosen_9 < chosen_8) {
                            chosen_12 = 0.0f;
                        } else {
                            const float max_3 = sy_max_f32(chosen_9, chosen_8);
                            const float exponential_2 =
                                sy_exp_f32(sy_min_f32(chosen_9, chosen_8) - max_3);
                            const float product_2 =
                                d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] /
                                (1.0f + exponential_2) * exponential_2;
                            chosen_12 =
                                d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] - product_2;
                        }
                        const float total_3 = chosen_11 + chosen_12;
                        const float exponential_2 =
                            sy_exp_f32(sy_min_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                                                  alpha[(n * t_extent + t) * s_extent + s]) -
                                       max_2);
                        const float product_2 = total_3 / (1.0f + exponential_2) * exponential_2;
                        chosen_10 = product_2;
                    } else {
                        chosen_10 = 0.0f;
                    }
                    float chosen_11;
                    if (alpha[(n * t_extent + t) * s_extent + (s + 1)] <
                        alpha[(n * t_extent + t) * s_extent + s]) {
                        float chosen_12;
                        if (max_2 != -INFINITY) {
                            float chosen_13;
                            if (chosen_8 < chosen_9) {
                                chosen_13 = 0.0f;
                            } else {
                                const float max_3 = sy_max_f32(chosen_9, chosen_8);
                                const float exponential_2 =
                                    sy_exp_f32(sy_min_f32(chosen_9, chosen_8) - max_3);
                                const float product_2 =
                                    d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] /
                                    (1.0f + exponential_2) * exponential_2;
                                chosen_13 = product_2;
                            }
                            float chosen_14;
                            if (chosen_9 < chosen_8) {
                                chosen_14 = 0.0f;
                            } else {
                                const float max_3 = sy_max_f32(chosen_9, chosen_8);
                                const float exponential_2 =
                                    sy_exp_f32(sy_min_f32(chosen_9, chosen_8) - max_3);
                                const float product_2 =
                                    d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] /
                                    (1.0f + exponential_2) * exponential_2;
                                chosen_14 = d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] -
                                            product_2;
                            }
                            const float total_3 = chosen_13 + chosen_14;
                            chosen_12 = total_3;
                        } else {
                            chosen_12 = 0.0f;
                        }
                        float chosen_13;
                        if (both_11) {
                            float chosen_14;
                            if (chosen_8 < chosen_9) {
                                chosen_14 = 0.0f;
                            } else {
                                const float max_3 = sy_max_f32(chosen_9, chosen_8);
                                const float exponential_2 =
                                    sy_exp_f32(sy_min_f32(chosen_9, chosen_8) - max_3);
                                const float product_2 =
                                    d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] /
                                    (1.0f + exponential_2) * exponential_2;
                                chosen_14 = product_2;
                            }
                            float chosen_15;
                            if (chosen_9 < chosen_8) {
                                chosen_15 = 0.0f;
                            } else {
                                const float max_3 = sy_max_f32(chosen_9, chosen_8);
                                const float exponential_2 =
                                    sy_exp_f32(sy_min_f32(chosen_9, chosen_8) - max_3);
                                const float product_2 =
                                    d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] /
                                    (1.0f + exponential_2) * exponential_2;
                                chosen_15 = d_alpha[(n * t_extent + (t + 1)) * s_extent + (s + 1)] -
                                            product_2;
                            }
                            const float total_3 = chosen_14 + chosen_15;
                            const float exponential_2 = sy_exp_f32(
                                sy_min_f32(alpha[(n * t_extent + t) * s_extent + (s + 1)],
                                           alpha[(n * t_extent + t) * s_extent + s]) -
                                max_2);
                            const float product_2 =
                                total_3 / (1.0f + exponential_2) * exponential_2;
                            chosen_13 = -product_2;
                        } else {
                            chosen_13 = 0.0f;
                        }
                        chosen_11 = chosen_12 + chosen_13;
                    } else {
                        chosen_11 = 0.0f;
                    }
                    chosen_7 = chosen_10 + chosen_11;
                } else {
                    chosen_7 = 0.0f;
                }
                const float alpha_here = alpha[(n * t_extent + t) * s_extent + s];
                const float max_2 = sy_max_f32(alpha_here, chosen_6);
                const float exponential_2 = sy_exp_f32(sy_min_f32(alpha_here, chosen_6) - max_2);
                const float chosen_8 = max_2 == -INFINITY ? -INFINITY
                                                          : max_2 + sy_log1p_f32(exponential_2);
                const int64_t symbol = s % 2 == 1 ? label[n * k_extent + s / 2] : 0;
                const int skips = s % 2 == 1 &&
                                  symbol !=
                                      (0 <= s - 2
                                           ? (sy_mod_i64(s - 2, 2) == 1
                                                  ? label[n * k_extent + sy_idiv_i64(s - 2, 2)]
                                                  : 0)
                                           : 0);
                const float chosen_9 =
                    skips
                        ? (0 <= s - 2 ? alpha[(n * t_extent + t) * s_extent + (s - 2)] : -INFINITY)
                        : -INFINITY;
                const float max_3 = sy_max_f32(chosen_8, chosen_9);
                const int either = !(chosen_9 < chosen_8) || !(chosen_8 < chosen_9);
                const int both_11 = either && max_2 != -INFINITY;
                const float exponential_3 = sy_exp_f32(sy_min_f32(chosen_8, chosen_9) - max_3);
                const float total_3 = 1.0f + exponential_3;
                const float total_4 = 1.0f + exponential_2;
                float chosen_10;
                if (t + 1 < t_extent && live_alpha[(n * t_extent + (t + 1)) * s_extent + s] &&
                    max_3 != -INFINITY && either && max_2 != -INFINITY &&
                    (!(chosen_6 < alpha_here) || !(alpha_here < chosen_6))) {
                    float chosen_11;
                    if (both_11 && !(chosen_6 < alpha_here)) {
                        const float total_5 =
                            (chosen_9 < chosen_8
                                 ? 0.0f
                                 : d_alpha[(n * t_extent + (t + 1)) * s_extent + s] / total_3 *
                                       exponential_3) +
                            (chosen_8 < chosen_9
                                 ? 0.0f
                                 : d_alpha[(n * t_extent + (t + 1)) * s_extent + s] -
                                       d_alpha[(n * t_extent + (t + 1)) * s_extent + s] / total_3 *
                                           exponential_3);
                        const float product_2 = total_5 / total_4 * exponential_2;
                        chosen_11 = product_2;
                    } else {
                        chosen_11 = 0.0f;
                    }
                    float chosen_12;
                    if (alpha_here < chosen_6) {
                        chosen_12 = 0.0f;
                    } else {
                        float chosen_13;
                        if (max_2 != -INFINITY) {
                            const float total_5 =
                                (chosen_9 < chosen_8
                                     ? 0.0f
                                     : d_alpha[(n * t_extent + (t + 1)) * s_extent + s] / total_3 *
                                           exponential_3) +
                                (chosen_8 < chosen_9
                                     ? 0.0f
                                     : d_alpha[(n * t_extent + (t + 1)) * s_extent + s] -
                                           d_alpha[(n * t_extent + (t + 1)) * s_extent + s] /
                                               total_3 * exponential_3);
                            chosen_13 = total_5;
                        } else {
                            chosen_13 = 0.0f;
                        }
                        float chosen_14;
                        if (both_11) {
                            const float total_5 =
                                (chosen_9 < chosen_8
                                     ? 0.0f
                                     : d_alpha[(n * t_extent + (t + 1)) * s_extent + s] / total_3 *
                                           exponential_3) +
                                (chosen_8 < chosen_9
                                     ? 0.0f
                                     : d_alpha[(n * t_extent + (t + 1)) * s_extent + s] -
                                           d_alpha[(n * t_extent + (t + 1)) * s_extent + s] /
                                               total_3 * exponential_3);
                            const float product_2 = total_5 / total_4 * exponential_2;
                            chosen_14 = -product_2;
                        } else {
                            chosen_14 = 0.0f;
                        }
                        chosen_12 = chosen_13 + chosen_14;
                    }
                    chosen_10 = chosen_11 + chosen_12;
                } else {
                    chosen_10 = 0.0f;
                }
                const int both_12 = both_2 && sy_sub_i64(sy_mul_i64(2, letters_here), 1) == s;
                const int both_13 =
                    both_12 && max != -INFINITY && (chosen_2 < chosen || chosen < chosen_2);
                const int both_14 = both_3 && sy_mul_i64(2, letters_here) == s;
                const int both_15 =
                    both_14 && max != -INFINITY && (!(chosen_2 < chosen) || !(chosen < chosen_2));
                d_alpha[(n * t_extent + t) * s_extent + s] =
                    chosen_4 + chosen_7 + chosen_10 +
                    (both_4 && (both_13 || both_15)
                         ? (both_13 ? total : 0.0f) + (both_15 ? total_2 : 0.0f)
                         : 0.0f);
            }
        }
        for (int64_t s = 0; s < s_extent; ++s) {
            const int64_t symbol = s % 2 == 1 ? label[n * k_extent + s / 2] : 0;
#pragma omp simd
            for (int64_t t = 0; t < t_extent; ++t) {
                if (live_alpha[(n * t_extent + t) * s_extent + s] && symbol < c_extent &&
                    0 <= symbol && symbol < c_extent) {
                    d_logp_sum[(n * t_extent + t) * c_extent + symbol] +=
                        (double)d_alpha[(n * t_extent + t) * s_extent + s];
                }
            }
        }
        for (int64_t t = 0; t < t_extent; ++t) {
#pragma omp simd
            for (int64_t c = 0; c < c_extent; ++c) {
                d_logp[(n * t_extent + t) * c_extent + c] =
                    (float)d_logp_sum[(n * t_extent + t) * c_extent + c];
            }
        }
    }
}

/* ctc.sy:37: loss L = -mean[n](likelihood)
 * ctc.sy:38: output each[n] = -likelihood */
static void ctc_each(int64_t share_from, int64_t share_to, int64_t n_extent, int64_t t_extent,
                     int64_t k_extent, int64_t s_extent, const int64_t *restrict frames,
                     const int64_t *restrict letters, float *restrict each, float *restrict alpha,
                     double *restrict L_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float L_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                const int64_t letters_here = letters[n];
                const int64_t frames_here = frames[n];
                const int both = 0 <= sy_mul_i64(2, letters_here) &&
                                 sy_mul_i64(2, letters_here) < k_extent * 2 + 1;
                const int both_2 =
                    0 <= sy_sub_i64(frames_here, 1) && sy_sub_i64(frames_here, 1) < t_extent;
                const float chosen =
                    both
                        ? (both_2
                               ? alpha[(n * t_extent + sy_sub_i64(frames_here, 1)) * s_extent +
                                       sy_mul_i64(2, letters_here)]
                               : -INFINITY)
                        : -INFINITY;
                const int both_3 = 0 <= sy_sub_i64(sy_mul_i64(2, letters_here), 1) &&
                                   sy_sub_i64(sy_mul_i64(2, letters_here), 1) < k_extent * 2 + 1;
                const float chosen_2 =
                    both_3
                        ? (both_2
                               ? alpha[(n * t_extent + sy_sub_i64(frames_here, 1)) * s_extent +
                                       sy_sub_i64(sy_mul_i64(2, letters_here), 1)]
                               : -INFINITY)
                        : -INFINITY;
                const float max = sy_max_f32(chosen, chosen_2);
                const float exponential = sy_exp_f32(sy_min_f32(chosen, chosen_2) - max);
                const float likelihood = max == -INFINITY ? -INFINITY
                                                          : max + sy_log1p_f32(exponential);
                L_sum[lane] += likelihood;
                each[n] = -likelihood;
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            const int both =
                0 <= sy_mul_i64(2, letters[n]) && sy_mul_i64(2, letters[n]) < k_extent * 2 + 1;
            const int both_2 = 0 <= sy_sub_i64(frames[n], 1) && sy_sub_i64(frames[n], 1) < t_extent;
            const float chosen = both
                                     ? (both_2
                                            ? alpha[(n * t_extent + sy_sub_i64(frames[n], 1)) *
                                                        s_extent +
                                                    sy_mul_i64(2, letters[n])]
                                            : -INFINITY)
                                     : -INFINITY;
            const int both_3 = 0 <= sy_sub_i64(sy_mul_i64(2, letters[n]), 1) &&
                               sy_sub_i64(sy_mul_i64(2, letters[n]), 1) < k_extent * 2 + 1;
            const float chosen_2 = both_3
                                       ? (both_2
                                              ? alpha[(n * t_extent + sy_sub_i64(frames[n], 1)) *
                                                          s_extent +
                                                      sy_sub_i64(sy_mul_i64(2, letters[n]), 1)]
                                              : -INFINITY)
                                       : -INFINITY;
            const float max = sy_max_f32(chosen, chosen_2);
            const float exponential = sy_exp_f32(sy_min_f32(chosen, chosen_2) - max);
            const float likelihood = max == -INFINITY ? -INFINITY : max + sy_log1p_f32(exponential);
            L_sum[0] += likelihood;
            each[n] = -likelihood;
        }
        L_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
    }
}

static void ctc_compute(int64_t n_extent, int64_t t_extent, int64_t c_extent, int64_t k_extent,
                        int64_t s_extent, const float *restrict logp, const int64_t *restrict label,
                        const int64_t *restrict frames, const int64_t *restrict letters,
                        float *restrict L, float *restrict each, float *restrict d_logp,
                        unsigned char *workspace) {
    float *restrict alpha = (float *)(void *)workspace;
    const size_t after_alpha = sy_bytes(n_extent * t_extent * s_extent, sizeof(float));
    unsigned char *restrict live_alpha = (unsigned char *)(void *)&workspace[after_alpha];
    const size_t after_live_alpha =
        after_alpha + sy_bytes(n_extent * t_extent * s_extent, sizeof(unsigned char));
    float *restrict d_alpha = (float *)(void *)&workspace[after_live_alpha];
    const size_t after_d_alpha =
        after_live_alpha + sy_bytes(n_extent * t_extent * s_extent, sizeof(float));
    double *restrict d_logp_sum = (double *)(void *)&workspace[after_d_alpha];
    const size_t after_d_logp_sum =
        after_d_alpha + sy_bytes(n_extent * t_extent * c_extent, sizeof(double));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_d_logp_sum];
#pragma omp simd
    for (int64_t i = 0; i < n_extent * t_extent * c_extent; ++i) {
        d_logp_sum[i] = 0.0;
    }

    /* ctc.sy:28: let alpha[n, t, s] = here + ( ...
     * ctc.sy:39: output d_logp[n, t, c] = grad(L, logp) */
    const float ratio = -1.0f / (float)n_extent;
    if ((double)n_extent * (double)t_extent * (double)s_extent > 20000.0) {
#pragma omp parallel
        ctc_alpha(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), t_extent, c_extent,
                  k_extent, s_extent, logp, label, frames, letters, d_logp, alpha, live_alpha,
                  d_alpha, d_logp_sum, ratio);
    } else {
        ctc_alpha(0, n_extent, t_extent, c_extent, k_extent, s_extent, logp, label, frames, letters,
                  d_logp, alpha, live_alpha, d_alpha, d_logp_sum, ratio);
    }

    /* ctc.sy:37: loss L = -mean[n](likelihood)
     * ctc.sy:38: output each[n] = -likelihood */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        ctc_each(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent, t_extent, k_extent,
                 s_extent, frames, letters, each, alpha, L_sum_blocks);
    } else {
        ctc_each(0, n_blocks, n_extent, t_extent, k_extent, s_extent, frames, letters, each, alpha,
                 L_sum_blocks);
    }
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks);

    /* ctc.sy:37: loss L = -mean[n](likelihood) */
    *L = (float)-(L_sum / (double)n_extent);
}

int ctc(size_t n, size_t t, size_t c, size_t k, const float *logp, const int64_t *label,
        const int64_t *frames, const int64_t *letters, float *L, float *each, float *d_logp) {
    return ctc_call(n, t, c, k, logp, label, frames, letters, L, each, d_logp, NULL);
}

int ctc_call(size_t n, size_t t, size_t c, size_t k, const float *logp, const int64_t *label,
             const int64_t *frames, const int64_t *letters, float *L, float *each, float *d_logp,
             steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(c)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "c", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(k)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "k", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t t_extent = (int64_t)t;
    const int64_t c_extent = (int64_t)c;
    const int64_t k_extent = (int64_t)k;
    const int64_t s_extent = sy_product(2, k_extent) + 1;
    if (s_extent < 0 || !sy_size_fits((size_t)s_extent)) {
        return sy_fail(call, STEELYARD_SIZE, "s", 0, 0.0, s_extent,
                       "this extent, computed from the sizes, is below 0 or too large");
    }
    const int64_t logp_count = sy_count(sy_count(n_extent, t_extent), c_extent);
    if (logp_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "logp", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t label_count = sy_count(n_extent, k_extent);
    if (label_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "label", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (logp == NULL && logp_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "logp", 0, 0.0, 0, NULL);
    }
    if (label == NULL && label_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "label", 0, 0.0, 0, NULL);
    }
    if (frames == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "frames", 0, 0.0, 0, NULL);
    }
    if (letters == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "letters", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    if (each == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "each", 0, 0.0, 0, NULL);
    }
    if (d_logp == NULL && logp_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "d_logp", 0, 0.0, 0, NULL);
    }
    const size_t bad_label = sy_check_index_i64(label, (size_t)label_count, c_extent, 0, 0);
    if (bad_label != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "label", bad_label, 0.0, label[bad_label], NULL);
    }
    const size_t needed = ctc_workspace(n, t, c, k);
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
    ctc_compute(n_extent, t_extent, c_extent, k_extent, s_extent, logp, label, frames, letters, L,
                each, d_logp, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t ctc_workspace(size_t n, size_t t, size_t c, size_t k) {
    if (!sy_size_fits(n) || !sy_size_fits(t) || !sy_size_fits(c) || !sy_size_fits(k)) {
        return SIZE_MAX;
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t t_extent = (int64_t)t;
    const int64_t c_extent = (int64_t)c;
    const int64_t k_extent = (int64_t)k;
    const int64_t s_extent = sy_product(2, k_extent) + 1;
    size_t bytes = sy_bytes(sy_count(sy_count(n_extent, t_extent), s_extent), sizeof(float));
    bytes = sy_add_bytes(
        bytes, sy_bytes(sy_count(sy_count(n_extent, t_extent), s_extent), sizeof(unsigned char)));
    bytes = sy_add_bytes(bytes,
                         sy_bytes(sy_count(sy_count(n_extent, t_extent), s_extent), sizeof(float)));
    bytes = sy_add_bytes(
        bytes, sy_bytes(sy_count(sy_count(n_extent, t_extent), c_extent), sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
