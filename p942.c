/* p942: made from p942.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "p942.h"

#include "steelyard.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static void p942_compute(int64_t n_extent, int64_t m_extent, int64_t k_extent,
                         const double *restrict x0, const int64_t *restrict x1,
                         const double *restrict x2, const int64_t *restrict x3,
                         double *restrict one100, double *restrict two100, double *restrict of1,
                         double *restrict by1_x0, unsigned char *restrict r0,
                         unsigned char *workspace) {
    static const double x4[2] = {1.0, -0.5};
    double *restrict q1 = (double *)(void *)workspace;
    const size_t after_q1 = sy_bytes(6, sizeof(double));
    double *restrict d_q1 = (double *)(void *)&workspace[after_q1];
    const size_t after_d_q1 = after_q1 + sy_bytes(6, sizeof(double));
    double *restrict d_q1_sum = (double *)(void *)&workspace[after_d_q1];
    const size_t after_d_q1_sum = after_d_q1 + sy_bytes(2, sizeof(double));
    double *restrict q1_sum = (double *)(void *)&workspace[after_d_q1_sum];
    const size_t after_q1_sum = after_d_q1_sum + sy_bytes(2, sizeof(double));
    double *restrict dx0_sum = (double *)(void *)&workspace[after_q1_sum];
    const size_t after_dx0_sum = after_q1_sum + sy_bytes(m_extent, sizeof(double));
    double *restrict dx0_max = (double *)(void *)&workspace[after_dx0_sum];
    const size_t after_dx0_max = after_dx0_sum + sy_bytes(m_extent, sizeof(double));
    double *restrict dx0_sum_2 = (double *)(void *)&workspace[after_dx0_max];
    const size_t after_dx0_sum_2 = after_dx0_max + sy_bytes(m_extent, sizeof(double));
    double *restrict two100_sum = (double *)(void *)&workspace[after_dx0_sum_2];
    const size_t after_two100_sum = after_dx0_sum_2 + sy_bytes(m_extent * 3, sizeof(double));
    int64_t *restrict y1_sum = (int64_t *)(void *)&workspace[after_two100_sum];
    const size_t after_y1_sum = after_two100_sum + sy_bytes(3, sizeof(int64_t));
    double *restrict y1_max = (double *)(void *)&workspace[after_y1_sum];
    const size_t after_y1_max = after_y1_sum + sy_bytes(3, sizeof(double));
    double *restrict y1_sum_2 = (double *)(void *)&workspace[after_y1_max];
    const size_t after_y1_sum_2 = after_y1_max + sy_bytes(3, sizeof(double));
    double *restrict loss1_sum_m = (double *)(void *)&workspace[after_y1_sum_2];
    const size_t after_loss1_sum_m = after_y1_sum_2 + sy_bytes(m_extent, sizeof(double));
    double *restrict q1_sum_2 = (double *)(void *)&workspace[after_loss1_sum_m];
    const size_t after_q1_sum_2 = after_loss1_sum_m + sy_bytes(6, sizeof(double));
    double *restrict q1_max = (double *)(void *)&workspace[after_q1_sum_2];
    const size_t after_q1_max = after_q1_sum_2 + sy_bytes(6, sizeof(double));
    double *restrict loss1_sum_blocks = (double *)(void *)&workspace[after_q1_max];
    /* p942.sy:21: let dx0 = (logsumexp[t](q1[d = 1, s = mod(t + 1, extent(s))], where = x3 == m,
     * weight = i32((t != 0)), empty = x2) + var[s](-0.7, logweight = sum[k](x4[0] * 1.1))) */
#pragma omp simd
    for (int64_t i = 0; i < m_extent; ++i) {
        dx0_sum[i] = 0.0;
    }

    /* p942.sy:21: let dx0 = (logsumexp[t](q1[d = 1, s = mod(t + 1, extent(s))], where = x3 == m,
     * weight = i32((t != 0)), empty = x2) + var[s](-0.7, logweight = sum[k](x4[0] * 1.1))) */
#pragma omp simd
    for (int64_t i = 0; i < m_extent; ++i) {
        dx0_max[i] = -INFINITY;
    }

#pragma omp simd
    for (int64_t i = 0; i < m_extent; ++i) {
        dx0_sum_2[i] = 0.0;
    }

    /* p942.sy:24: let y1 = max((if t + 2 < extent(t) then ((if (t != 1) then x2 else x0))[t = t
     * + 2] else x0), logsumexp[m](rsqrt(0.5 + abs(x2)), where = x1 == t, empty = q1[d = 0, s =
     * t])) + 0.25 * tanh(x0) */
#pragma omp simd
    for (int64_t i = 0; i < 3; ++i) {
        y1_sum[i] = 0;
    }

    /* p942.sy:24: let y1 = max((if t + 2 < extent(t) then ((if (t != 1) then x2 else x0))[t = t
     * + 2] else x0), logsumexp[m](rsqrt(0.5 + abs(x2)), where = x1 == t, empty = q1[d = 0, s =
     * t])) + 0.25 * tanh(x0) */
#pragma omp simd
    for (int64_t i = 0; i < 3; ++i) {
        y1_max[i] = -INFINITY;
    }

#pragma omp simd
    for (int64_t i = 0; i < 3; ++i) {
        y1_sum_2[i] = 0.0;
    }

    /* p942.sy:29: output r0[s, k]: bool = (s == 0) */
#pragma omp parallel for schedule(static) if (3.0 * 2.0 * (double)m_extent > 20000.0)
    for (int64_t s = 0; s < 3; ++s) {
        for (int64_t d = 0; d < 2; ++d) {
            double q1_max_2[32];
            for (int64_t lane = 0; lane < 32; ++lane) {
                q1_max_2[lane] = -INFINITY;
            }
            const int64_t m_whole = m_extent - m_extent % 32;
            const double base = x4[d];
            const double value = base * base;
            const double product = 0.5 * x4[d] * 3.0;
            for (int64_t m_row = 0; m_row < m_whole; m_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_row + lane;
                    const double chosen = s == x3[1] && x2[m] != -INFINITY ? x2[m] : -INFINITY;
                    const double chosen_2 = sy_isfinite_f64(chosen) ? chosen : 0.0;
                    const double product_2 = 0.8 * sy_exp_f64(x2[m] - chosen_2);
                    const double exponential = sy_exp_f64(sy_min_f64(chosen_2 * 0.5, 709.0));
                    const double chosen_3 = s == x3[1] && x2[m] != -INFINITY ? product_2 * value
                                                                             : 0.0;
                    const double sqrt_ = sy_sqrt_f64(chosen_3);
                    const double total =
                        ((s == x3[1] && x2[m] != -INFINITY ? product_2 : 0.0) == 0.0
                             ? x4[d]
                             : exponential * sqrt_) +
                        product;
                    q1_max_2[lane] = sy_max_f64(q1_max_2[lane], total);
                }
            }
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_whole + lane;
                if (m < m_extent) {
                    const double chosen = s == x3[1] && x2[m] != -INFINITY ? x2[m] : -INFINITY;
                    const double chosen_2 = sy_isfinite_f64(chosen) ? chosen : 0.0;
                    const double product_2 = 0.8 * sy_exp_f64(x2[m] - chosen_2);
                    const double exponential = sy_exp_f64(sy_min_f64(chosen_2 * 0.5, 709.0));
                    const double chosen_3 = s == x3[1] && x2[m] != -INFINITY ? product_2 * value
                                                                             : 0.0;
                    const double sqrt_ = sy_sqrt_f64(chosen_3);
                    const double total =
                        ((s == x3[1] && x2[m] != -INFINITY ? product_2 : 0.0) == 0.0
                             ? x4[d]
                             : exponential * sqrt_) +
                        product;
                    q1_max_2[lane] = sy_max_f64(q1_max_2[lane], total);
                }
            }
            const double q1_max_value = sy_tree_max_f64(q1_max_2);
            q1_max[s * 2 + d] = q1_max_value;
            double q1_sum_total = 0.0;
            const double chosen = product != -INFINITY ? q1_max_value : -INFINITY;
            for (int64_t m_first = 0; m_first < m_extent; m_first += 4096) {
                const int64_t m_end = sy_min_i64(m_first + 4096, m_extent);
                double q1_sum_3[32] = {0};
                const int64_t m_whole_2 = m_end - m_end % 32;
                for (int64_t m_row = m_first; m_row < m_whole_2; m_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t m = m_row + lane;
                        const double chosen_2 = s == x3[1] && x2[m] != -INFINITY ? x2[m]
                                                                                 : -INFINITY;
                        const double chosen_3 = sy_isfinite_f64(chosen_2) ? chosen_2 : 0.0;
                        const double product_2 = 0.8 * sy_exp_f64(x2[m] - chosen_3);
                        const double exponential = sy_exp_f64(sy_min_f64(chosen_3 * 0.5, 709.0));
                        const double chosen_4 = s == x3[1] && x2[m] != -INFINITY ? product_2 * value
                                                                                 : 0.0;
                        const double sqrt_ = sy_sqrt_f64(chosen_4);
                        const double total =
                            ((s == x3[1] && x2[m] != -INFINITY ? product_2 : 0.0) == 0.0
                                 ? x4[d]
                                 : exponential * sqrt_) +
                            product;
                        const double exponential_2 = sy_exp_f64(total - chosen);
                        q1_sum_3[lane] += exponential_2;
                    }
                }
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_whole_2 + lane;
                    if (m < m_end) {
                        const double chosen_2 = s == x3[1] && x2[m] != -INFINITY ? x2[m]
                                                                                 : -INFINITY;
                        const double chosen_3 = sy_isfinite_f64(chosen_2) ? chosen_2 : 0.0;
                        const double product_2 = 0.8 * sy_exp_f64(x2[m] - chosen_3);
                        const double exponential = sy_exp_f64(sy_min_f64(chosen_3 * 0.5, 709.0));
                        const double chosen_4 = s == x3[1] && x2[m] != -INFINITY ? product_2 * value
                                                                                 : 0.0;
                        const double sqrt_ = sy_sqrt_f64(chosen_4);
                        const double total =
                            ((s == x3[1] && x2[m] != -INFINITY ? product_2 : 0.0) == 0.0
                                 ? x4[d]
                                 : exponential * sqrt_) +
                            product;
                        const double exponential_2 = sy_exp_f64(total - chosen);
                        q1_sum_3[lane] += exponential_2;
                    }
                }
                q1_sum_total += sy_tree_sum_f64(q1_sum_3);
            }
            q1_sum_2[s * 2 + d] = q1_sum_total;
        }
#pragma omp simd
        for (int64_t k = 0; k < k_extent; ++k) {
            r0[s * k_extent + k] = s == 0;
        }
    }

    /* p942.sy:17: let q1[d, s]: f64 = f64(logsumexp[m](norm[t](x4, where = s == x3 and (t == 1),
     * weight = (0.5 + abs(0.3)), logweight = x2, empty = x4), logweight = sum[t](0.5 * x4),
     * empty = x4) + 0.5 * tanh(sum[s](q1[d = d - 1 else ((if d >= 2 then (x4)[d = d - 2] else
     * x4) / (1 + (abs(x4))^2))]))) */
    for (int64_t d = 0; d < 2; ++d) {
        double q1_sum_3 = 0.0;
        const double base = sy_abs_f64(x4[d]);
        const double ratio = x4[d] / (1.0 + base * base);
        for (int64_t s = 0; s < 3; ++s) {
            q1_sum_3 += 0 <= d - 1 ? q1[(d - 1) * 3 + s] : ratio;
        }
        const double product = 0.5 * x4[d] * 3.0;
        const int64_t chosen = product != -INFINITY ? m_extent : 0;
        const double product_2 = 0.5 * sy_tanh_f64(q1_sum_3);
#pragma omp simd
        for (int64_t s = 0; s < 3; ++s) {
            const double chosen_2 = product != -INFINITY ? q1_max[s * 2 + d] : -INFINITY;
            const double chosen_3 = product != -INFINITY ? q1_sum_2[s * 2 + d] : 0.0;
            q1[d * 3 + s] =
                (chosen == 0
                     ? x4[d]
                     : (sy_isfinite_f64(chosen_2) ? chosen_2 + sy_log_f64(chosen_3) : chosen_2)) +
                product_2;
        }
        q1_sum[d] = q1_sum_3;
    }

    /* p942.sy:17: let q1[d, s]: f64 = f64(logsumexp[m](norm[t](x4, where = s == x3 and (t == 1),
     * weight = (0.5 + abs(0.3)), logweight = x2, empty = x4), logweight = sum[t](0.5 * x4),
     * empty = x4) + 0.5 * tanh(sum[s](q1[d = d - 1 else ((if d >= 2 then (x4)[d = d - 2] else
     * x4) / (1 + (abs(x4))^2))]))) */
    for (int64_t d = 1; d >= 0; --d) {
        double d_q1_sum_2 = 0.0;
        const double chosen = d + 1 < 2
                                  ? d_q1_sum[(d + 1) % 2] * 0.5 *
                                        (1.0 - sy_pow_f64(sy_tanh_f64(q1_sum[d + 1]), 2.0))
                                  : 0.0;
        for (int64_t s = 0; s < 3; ++s) {
            d_q1[d * 3 + s] = chosen;
            d_q1_sum_2 += d_q1[d * 3 + s];
        }
        d_q1_sum[d % 2] = d_q1_sum_2;
    }

    /* p942.sy:21: let dx0 = (logsumexp[t](q1[d = 1, s = mod(t + 1, extent(s))], where = x3 == m,
     * weight = i32((t != 0)), empty = x2) + var[s](-0.7, logweight = sum[k](x4[0] * 1.1))) */
    for (int64_t t = 0; t < 3; ++t) {
        if (0 <= x3[t] && x3[t] < m_extent && t != 0) dx0_sum[x3[t]] += 1.0;
        const double chosen = t != 0 ? 1.0 : 0.0;
        if (0 <= x3[t] && x3[t] < m_extent && chosen != 0.0) {
            dx0_max[x3[t]] = sy_max_f64(dx0_max[x3[t]], q1[sy_mod_i64(t + 1, 3) + 3]);
        }
    }

    for (int64_t t = 0; t < 3; ++t) {
        const double chosen = t != 0 ? 1.0 : 0.0;
        const double product = 0.0 * sy_max_f64(q1[sy_mod_i64(t + 1, 3) + 3], 0.0);
        if (0 <= x3[t] && x3[t] < m_extent) {
            dx0_sum_2[x3[t]] +=
                chosen *
                sy_exp_f64(chosen == 0.0
                               ? sy_min_f64(q1[sy_mod_i64(t + 1, 3) + 3] - dx0_max[x3[t]], 700.0) +
                                     product
                               : q1[sy_mod_i64(t + 1, 3) + 3] - dx0_max[x3[t]]);
        }
    }

    /* p942.sy:22: output one100[m]: f64 = f64(jvp(g0, x2, dx0)) */
    const double chosen = 0 < n_extent - 1 ? x4[0] * 1.1 * (double)(n_extent - 1) : 0.0;
    const double exponential = sy_exp_f64(chosen - (chosen != -INFINITY ? chosen : -INFINITY));
    const double chosen_2 = chosen != -INFINITY ? exponential * 3.0 : 0.0;
    const double base = -0.7 - (chosen != -INFINITY ? exponential * -0.7 * 3.0 : 0.0) / chosen_2;
    const double ratio = (chosen != -INFINITY ? exponential * (base * base) * 3.0 : 0.0) / chosen_2;
#pragma omp parallel for schedule(static) if (m_extent > 20000)
    for (int64_t m_first = 0; m_first < m_extent; m_first += 4096) {
        const int64_t m_end = sy_min_i64(m_first + 4096, m_extent);
#pragma omp simd
        for (int64_t m = m_first; m < m_end; ++m) {
            const double dx0 =
                (dx0_sum[m] == 0.0
                     ? x2[m]
                     : (sy_isfinite_f64(dx0_max[m]) ? dx0_max[m] + sy_log_f64(dx0_sum_2[m])
                                                    : dx0_max[m])) +
                ratio;
            const double tanh_ = sy_tanh_f64(x2[m]);
            const double difference = 1.0 - tanh_ * tanh_;
            const double product = 2.0 * tanh_;
            one100[m] = -(dx0 * difference * product) * 0.0625;
        }
    }

#pragma omp parallel for schedule(static) if (3.0 * 2.0 * (double)m_extent > 20000.0)
    for (int64_t s = 0; s < 3; ++s) {
        for (int64_t m_first = 0; m_first < m_extent; m_first += 64) {
            if (m_extent - m_first >= 64) {
                double two100_sum_2[64] = {0};
                for (int64_t d = 0; d < 2; ++d) {
                    const double product = 0.5 * x4[d] * 3.0;
                    const int64_t chosen_3 = product != -INFINITY ? m_extent : 0;
                    const double chosen_4 = product != -INFINITY ? q1_max[s * 2 + d] : -INFINITY;
                    const double base_2 = x4[d];
                    const double value = base_2 * base_2;
                    const double chosen_5 = product != -INFINITY ? q1_sum_2[s * 2 + d] : 0.0;
                    const double ratio_2 = d_q1[d * 3 + s] / chosen_5;
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t m = m_first + lane;
                        const double chosen_6 = s == x3[1] && x2[m] != -INFINITY ? x2[m]
                                                                                 : -INFINITY;
                        const double chosen_7 = sy_isfinite_f64(chosen_6) ? chosen_6 : 0.0;
                        const double product_2 = 0.8 * sy_exp_f64(x2[m] - chosen_7);
                        const double chosen_8 = s == x3[1] && x2[m] != -INFINITY ? product_2 * value
                                                                                 : 0.0;
                        const double exponential_2 = sy_exp_f64(sy_min_f64(chosen_7 * 0.5, 709.0));
                        const double sqrt_ = sy_sqrt_f64(chosen_8);
                        const double total =
                            ((s == x3[1] && x2[m] != -INFINITY ? product_2 : 0.0) == 0.0
                                 ? x4[d]
                                 : exponential_2 * sqrt_) +
                            product;
                        const double exponential_3 = sy_exp_f64(total - chosen_4);
                        two100_sum_2[lane] +=
                            chosen_3 != 0 && sy_isfinite_f64(chosen_4) && product != -INFINITY &&
                                    chosen_8 != 0.0 && s == x3[1]
                                ? ratio_2 * exponential_3 * exponential_2 / (2.0 * sqrt_) * value
                                : 0.0;
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t m = m_first + lane;
                    two100_sum[s * m_extent + m] = two100_sum_2[lane];
                }
            } else {
                const int64_t m_left = m_extent - m_first;
                double two100_sum_2[64] = {0};
                for (int64_t d = 0; d < 2; ++d) {
                    const double product = 0.5 * x4[d] * 3.0;
                    const int64_t chosen_3 = product != -INFINITY ? m_extent : 0;
                    const double chosen_4 = product != -INFINITY ? q1_max[s * 2 + d] : -INFINITY;
                    const double base_2 = x4[d];
                    const double value = base_2 * base_2;
                    const double chosen_5 = product != -INFINITY ? q1_sum_2[s * 2 + d] : 0.0;
                    const double ratio_2 = d_q1[d * 3 + s] / chosen_5;
#pragma omp simd
                    for (int64_t lane = 0; lane < m_left; ++lane) {
                        const int64_t m = m_first + lane;
                        const double chosen_6 = s == x3[1] && x2[m] != -INFINITY ? x2[m]
                                                                                 : -INFINITY;
                        const double chosen_7 = sy_isfinite_f64(chosen_6) ? chosen_6 : 0.0;
                        const double product_2 = 0.8 * sy_exp_f64(x2[m] - chosen_7);
                        const double chosen_8 = s == x3[1] && x2[m] != -INFINITY ? product_2 * value
                                                                                 : 0.0;
                        const double exponential_2 = sy_exp_f64(sy_min_f64(chosen_7 * 0.5, 709.0));
                        const double sqrt_ = sy_sqrt_f64(chosen_8);
                        const double total =
                            ((s == x3[1] && x2[m] != -INFINITY ? product_2 : 0.0) == 0.0
                                 ? x4[d]
                                 : exponential_2 * sqrt_) +
                            product;
                        const double exponential_3 = sy_exp_f64(total - chosen_4);
                        two100_sum_2[lane] +=
                            chosen_3 != 0 && sy_isfinite_f64(chosen_4) && product != -INFINITY &&
                                    chosen_8 != 0.0 && s == x3[1]
                                ? ratio_2 * exponential_3 * exponential_2 / (2.0 * sqrt_) * value
                                : 0.0;
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < m_left; ++lane) {
                    const int64_t m = m_first + lane;
                    two100_sum[s * m_extent + m] = two100_sum_2[lane];
                }
            }
        }
    }

    bool two100_any = false;
    for (int64_t d = 0; d < 2; ++d) {
        const double product = 0.5 * x4[d] * 3.0;
        const int64_t chosen_3 = product != -INFINITY ? m_extent : 0;
        two100_any = two100_any || (chosen_3 != 0 && product != -INFINITY);
    }
    const int two100_any_2 = (int)two100_any;

    /* p942.sy:23: output two100[m]: f64 = f64(grad(sum[m](g0 * stop(dx0)), x2)) */
#pragma omp parallel for schedule(static) if (m_extent > 20000)
    for (int64_t m_first = 0; m_first < m_extent; m_first += 4096) {
        const int64_t m_end = sy_min_i64(m_first + 4096, m_extent);
#pragma omp simd
        for (int64_t m = m_first; m < m_end; ++m) {
            const double chosen_3 = x2[m] != -INFINITY ? x2[m] : -INFINITY;
            const double exponential_2 =
                sy_exp_f64(x2[m] - (sy_isfinite_f64(chosen_3) ? chosen_3 : 0.0));
            const double dx0 =
                (dx0_sum[m] == 0.0
                     ? x2[m]
                     : (sy_isfinite_f64(dx0_max[m]) ? dx0_max[m] + sy_log_f64(dx0_sum_2[m])
                                                    : dx0_max[m])) +
                ratio;
            const double tanh_ = sy_tanh_f64(x2[m]);
            const double product = 2.0 * tanh_;
            const double difference = 1.0 - tanh_ * tanh_;
            two100[m] =
                0.0 +
                (0 <= x3[1] && x3[1] < 3 && (x2[m] != -INFINITY ? 0.8 * exponential_2 : 0.0) != 0.0
                     ? ((x2[m] != -INFINITY ? 0.8 * exponential_2 : 0.0) != 0.0 &&
                                x2[m] != -INFINITY && two100_any_2
                            ? two100_sum[x3[1] * m_extent + m] * 0.8 * exponential_2
                            : 0.0) +
                           0.0
                     : 0.0) +
                -(dx0 * 0.0625) * product * difference;
        }
    }

    /* p942.sy:24: let y1 = max((if t + 2 < extent(t) then ((if (t != 1) then x2 else x0))[t = t
     * + 2] else x0), logsumexp[m](rsqrt(0.5 + abs(x2)), where = x1 == t, empty = q1[d = 0, s =
     * t])) + 0.25 * tanh(x0) */
    for (int64_t m = 0; m < m_extent; ++m) {
        y1_sum[x1[m]] = sy_add_i64(y1_sum[x1[m]], 1);
        const double rsqrt = sy_rsqrt_f64(0.5 + sy_abs_f64(x2[m]));
        y1_max[x1[m]] = sy_max_f64(y1_max[x1[m]], rsqrt);
    }

    for (int64_t m = 0; m < m_extent; ++m) {
        const double rsqrt = sy_rsqrt_f64(0.5 + sy_abs_f64(x2[m]));
        y1_sum_2[x1[m]] += sy_exp_f64(rsqrt - y1_max[x1[m]]);
    }

#pragma omp parallel for schedule(static) if ((double)m_extent * 3.0 > 20000.0)
    for (int64_t m = 0; m < m_extent; ++m) {
        double loss1_sum = 0.0;
        for (int64_t t = 0; t < 3; ++t) {
            const double chosen_3 = t + 2 < 3 ? x2[m] : x0[t];
            const double chosen_4 = y1_sum[t] == 0
                                        ? q1[t]
                                        : (sy_isfinite_f64(y1_max[t])
                                               ? y1_max[t] + sy_log_f64(y1_sum_2[t])
                                               : y1_max[t]);
            const double tanh_ = sy_tanh_f64(x0[t]);
            const double y1 = sy_max_f64(chosen_3, chosen_4) + 0.25 * tanh_;
            loss1_sum += y1;
        }
        loss1_sum_m[m] = loss1_sum;
    }

    /* p942.sy:25: let loss1 = 0.125 * sum[t, m](y1) */
    const int64_t m_blocks = (m_extent + 4095) / 4096;
#pragma omp parallel for schedule(static) if (m_extent > 20000)
    for (int64_t block = 0; block < m_blocks; ++block) {
        const int64_t m_first = block * 4096;
        const int64_t m_end = sy_min_i64(m_first + 4096, m_extent);
        double loss1_sum[32] = {0};
        const int64_t m_whole = m_end - m_end % 32;
        for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_row + lane;
                loss1_sum[lane] += loss1_sum_m[m];
            }
        }
        for (int64_t lane = 0; lane < 32; ++lane) {
            const int64_t m = m_whole + lane;
            if (m < m_end) loss1_sum[lane] += loss1_sum_m[m];
        }
        loss1_sum_blocks[block] = sy_tree_sum_f64(loss1_sum);
    }
    const double loss1_sum = sy_tree_sum_blocks(loss1_sum_blocks, (size_t)m_blocks);

    /* p942.sy:27: output of1: f64 = f64(loss1) */
    const double loss1 = 0.125 * loss1_sum;
    *of1 = loss1;

    /* p942.sy:28: output by1_x0[t]: f64 = f64(grad(loss1, x0)) */
    const double product = 0.125 * (double)m_extent * 0.25;
#pragma omp parallel for schedule(static) if (3.0 * (double)m_extent > 20000.0)
    for (int64_t t = 0; t < 3; ++t) {
        double by1_x0_sum_total = 0.0;
        double by1_x0_sum_total_2 = 0.0;
        const double chosen_3 =
            y1_sum[t] == 0
                ? q1[t]
                : (sy_isfinite_f64(y1_max[t]) ? y1_max[t] + sy_log_f64(y1_sum_2[t]) : y1_max[t]);
        for (int64_t m_first = 0; m_first < m_extent; m_first += 4096) {
            const int64_t m_end = sy_min_i64(m_first + 4096, m_extent);
            double by1_x0_sum[32] = {0};
            double by1_x0_sum_2[32] = {0};
            const int64_t m_whole = m_end - m_end % 32;
            for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_row + lane;
                    const double chosen_4 = t + 2 < 3 ? x2[m] : x0[t];
                    by1_x0_sum[lane] += !(chosen_4 < chosen_3) ? 0.125 : 0.0;
                    by1_x0_sum_2[lane] += t == 1 &&
                                                  !(x2[m] <
                                                    (y1_sum[t - 2] == 0
                                                         ? q1[t - 2]
                                                         : (sy_isfinite_f64(y1_max[t - 2])
                                                                ? y1_max[t - 2] +
                                                                      sy_log_f64(y1_sum_2[t - 2])
                                                                : y1_max[t - 2]))) &&
                                                  0 <= t - 2
                                              ? 0.125
                                              : 0.0;
                }
            }
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_whole + lane;
                if (m < m_end) {
                    const double chosen_4 = t + 2 < 3 ? x2[m] : x0[t];
                    by1_x0_sum[lane] += !(chosen_4 < chosen_3) ? 0.125 : 0.0;
                    by1_x0_sum_2[lane] += t == 1 &&
                                                  !(x2[m] <
                                                    (y1_sum[t - 2] == 0
                                                         ? q1[t - 2]
                                                         : (sy_isfinite_f64(y1_max[t - 2])
                                                                ? y1_max[t - 2] +
                                                                      sy_log_f64(y1_sum_2[t - 2])
                                                                : y1_max[t - 2]))) &&
                                                  0 <= t - 2
                                              ? 0.125
                                              : 0.0;
                }
            }
            by1_x0_sum_total += sy_tree_sum_f64(by1_x0_sum);
            by1_x0_sum_total_2 += sy_tree_sum_f64(by1_x0_sum_2);
        }
        const double tanh_ = sy_tanh_f64(x0[t]);
        by1_x0[t] = product * (1.0 - tanh_ * tanh_) + (3 <= t + 2 ? by1_x0_sum_total : 0.0) +
                    (t == 1 ? by1_x0_sum_total_2 : 0.0);
    }
}

int p942(size_t n, size_t m, const double *x0, const int64_t *x1, const double *x2,
         const int64_t *x3, const double *x5, double *one100, double *two100, double *of1,
         double *by1_x0, unsigned char *r0) {
    return p942_call(n, m, x0, x1, x2, x3, x5, one100, two100, of1, by1_x0, r0, NULL);
}

int p942_call(size_t n, size_t m, const double *x0, const int64_t *x1, const double *x2,
              const int64_t *x3, const double *x5, double *one100, double *two100, double *of1,
              double *by1_x0, unsigned char *r0, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(m)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "m", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t m_extent = (int64_t)m;
    const int64_t k_extent = n_extent - 1;
    if (k_extent < 0 || !sy_size_fits((size_t)k_extent)) {
        return sy_fail(call, STEELYARD_SIZE, "k", 0, 0.0, k_extent,
                       "this extent, computed from the sizes, is below 0 or too large");
    }
    const int64_t x5_count = sy_count(sy_count(3, k_extent), 3);
    if (x5_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x5", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t r0_count = sy_count(3, k_extent);
    if (r0_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "r0", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (x0 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "x0", 0, 0.0, 0, NULL);
    if (x1 == NULL && m_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x1", 0, 0.0, 0, NULL);
    }
    if (x2 == NULL && m_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x2", 0, 0.0, 0, NULL);
    }
    if (x3 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "x3", 0, 0.0, 0, NULL);
    if (x5 == NULL && x5_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x5", 0, 0.0, 0, NULL);
    }
    if (one100 == NULL && m_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "one100", 0, 0.0, 0, NULL);
    }
    if (two100 == NULL && m_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "two100", 0, 0.0, 0, NULL);
    }
    if (of1 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "of1", 0, 0.0, 0, NULL);
    if (by1_x0 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "by1_x0", 0, 0.0, 0, NULL);
    if (r0 == NULL && r0_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "r0", 0, 0.0, 0, NULL);
    }
    const size_t bad_x1 = sy_check_index_i64(x1, (size_t)m_extent, 3, 0, 0);
    if (bad_x1 != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "x1", bad_x1, 0.0, x1[bad_x1], NULL);
    }
    const size_t needed = p942_workspace(n, m);
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
    p942_compute(n_extent, m_extent, k_extent, x0, x1, x2, x3, one100, two100, of1, by1_x0, r0,
                 workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t p942_workspace(size_t n, size_t m) {
    if (!sy_size_fits(n) || !sy_size_fits(m)) return SIZE_MAX;
    const int64_t m_extent = (int64_t)m;
    size_t bytes = sy_bytes(sy_count(2, 3), sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(2, 3), sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(2, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(2, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(m_extent, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(m_extent, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(m_extent, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(3, m_extent), sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(3, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes(3, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(3, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(m_extent, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(3, 2), sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(3, 2), sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((m_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
