/* contrastive: made from contrastive.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "contrastive.h"

#include "steelyard.h"
#include "steelyard_fetch.h"
#include "steelyard_tile.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* contrastive.sy:14: fn unit[d](v) = v / norm[d](v) */
static void contrastive_similarity_sum(int64_t share_from, int64_t share_to, int64_t f_extent,
                                       const float *restrict a, float *restrict similarity_sum) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double similarity_sum_total = 0.0;
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float similarity_sum_2[32] = {0};
            const int64_t f_whole = f_end - f_end % 32;
            for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t f = f_row + lane;
                    const float base = a[n * f_extent + f];
                    similarity_sum_2[lane] += base * base;
                }
            }
            for (int64_t f = f_whole; f < f_end; ++f) {
                const float base = a[n * f_extent + f];
                similarity_sum_2[0] += base * base;
            }
            similarity_sum_total += (double)(f_whole > f_first ? sy_tree_sum_f32(similarity_sum_2)
                                                               : similarity_sum_2[0]);
        }
        const float similarity_sum_2 = (float)similarity_sum_total;
        similarity_sum[n] = similarity_sum_2;
    }
}

/* contrastive.sy:14: fn unit[d](v) = v / norm[d](v) */
static void contrastive_similarity_sum_2(int64_t share_from, int64_t share_to, int64_t f_extent,
                                         const float *restrict b, float *restrict similarity_sum) {
    for (int64_t m = share_from; m < share_to; ++m) {
        double similarity_sum_total = 0.0;
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float similarity_sum_2[32] = {0};
            const int64_t f_whole = f_end - f_end % 32;
            for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t f = f_row + lane;
                    const float base = b[m * f_extent + f];
                    similarity_sum_2[lane] += base * base;
                }
            }
            for (int64_t f = f_whole; f < f_end; ++f) {
                const float base = b[m * f_extent + f];
                similarity_sum_2[0] += base * base;
            }
            similarity_sum_total += (double)(f_whole > f_first ? sy_tree_sum_f32(similarity_sum_2)
                                                               : similarity_sum_2[0]);
        }
        const float similarity_sum_2 = (float)similarity_sum_total;
        similarity_sum[m] = similarity_sum_2;
    }
}

/* contrastive.sy:16: let similarity[n, m] = sum[f](unit[f](a) * unit[f](b[n = m])) / temperature */
static void contrastive_similarity_sum_right(int64_t share_from, int64_t share_to, int64_t n_extent,
                                             int64_t f_extent, const float *restrict b,
                                             float *restrict similarity_sum,
                                             float *restrict similarity_sum_right) {
    for (int64_t panel = share_from; panel < share_to; ++panel) {
        const int64_t m_first = panel * 16;
        if (n_extent - m_first >= 16) {
            for (int64_t lane = 0; lane < 16; ++lane) {
                const int64_t m = m_first + lane;
                const float sqrt_ = sy_sqrt_f32(similarity_sum[m]);
#pragma omp simd
                for (int64_t f = 0; f < f_extent; ++f) {
                    similarity_sum_right[(panel * f_extent + f) * 16 + lane] =
                        b[m * f_extent + f] / sqrt_;
                }
            }
        } else {
            for (int64_t lane = 0; lane < 16; ++lane) {
                const int64_t m = sy_min_i64(m_first + lane, n_extent - 1);
                const float sqrt_ = sy_sqrt_f32(similarity_sum[m]);
#pragma omp simd
                for (int64_t f = 0; f < f_extent; ++f) {
                    similarity_sum_right[(panel * f_extent + f) * 16 + lane] =
                        b[m * f_extent + f] / sqrt_;
                }
            }
        }
    }
}

/* contrastive.sy:16: let similarity[n, m] = sum[f](unit[f](a) * unit[f](b[n = m])) / temperature */
static void contrastive_similarity_sum_3(int64_t share_from, int64_t share_to, int64_t n_extent,
                                         int64_t f_extent, const float *restrict a,
                                         float *restrict similarity_sum,
                                         float *restrict similarity_sum_2,
                                         float *restrict similarity_sum_right, int64_t n_panels,
                                         int64_t m_width) {
    for (int64_t panel = share_from;
         panel < share_to;
         panel += sy_min_i64(8, n_panels - panel % n_panels)) {
        const int64_t n_first = panel % n_panels * 6;
        const int64_t n_count = sy_min_i64(sy_min_i64(8, share_to - panel) * 6, n_extent - n_first);
        const int64_t m_first = panel / n_panels * m_width;
        const int64_t m_count = sy_min_i64(m_width, n_extent - m_first);
        double similarity_sum_sums[18432];
        for (int64_t f_first = 0; f_first < sy_max_i64(f_extent, 1); f_first += 2048) {
            const int64_t f_count = sy_min_i64(2048, f_extent - f_first);
            float similarity_sum_left[98304];
            const int64_t n_padded = (n_count + 5) / 6 * 6;
            for (int64_t row = 0; row < n_padded; ++row) {
                const int64_t n = sy_min_i64(n_first + row, n_extent - 1);
                const float sqrt_ = sy_sqrt_f32(similarity_sum_2[n]);
                for (int64_t group = 0; group < f_count; group += 16) {
                    const int64_t n_start = row / 6 * 6 * 2048 + group * 6 + row % 6 * 16;
                    const int64_t f_from = f_first + group;
                    if (f_count - group >= 16) {
#pragma omp simd
                        for (int64_t step = 0; step < 16; ++step) {
                            const int64_t f = f_from + step;
                            similarity_sum_left[n_start + step] = a[n * f_extent + f] / sqrt_;
                        }
                    } else {
#pragma omp simd
                        for (int64_t step = 0; step < f_count - group; ++step) {
                            const int64_t f = f_from + step;
                            similarity_sum_left[n_start + step] = a[n * f_extent + f] / sqrt_;
                        }
                    }
                }
            }
            for (int64_t m_tile = m_first; m_tile < m_first + m_count; m_tile += 32) {
                const int64_t m_lanes = sy_min_i64(32, m_first + m_count - m_tile);
                const int64_t m_place = (f_extent > 2048 ? m_tile - m_first : 0) * 48;
                if (f_extent - f_first <= 2048) {
                    for (int64_t row = 0; row < n_count; ++row) {
                        const int64_t n = n_first + row;
                        for (int64_t lane = 0; lane < m_lanes; lane += 16) {
                            const int64_t m = m_tile + lane;
                            SY_FETCH_TO(&similarity_sum[n * n_extent + m]);
                        }
                    }
                }
                sy_panels_f32_wide(n_count, m_lanes, f_count, similarity_sum_left, SY_BY_GROUPS,
                                   2048,
                                   &similarity_sum_right[(m_tile / 16 * f_extent + f_first) * 16],
                                   f_extent * 16, f_first > 0, &similarity_sum_sums[m_place], 32);
                if (f_extent - f_first <= 2048) {
                    for (int64_t row = 0; row < n_count; ++row) {
                        const int64_t n = n_first + row;
#pragma omp simd
                        for (int64_t lane = 0; lane < m_lanes; ++lane) {
                            const int64_t m = m_tile + lane;
                            similarity_sum[n * n_extent + m] =
                                (float)similarity_sum_sums[m_place + row * 32 + lane];
                        }
                    }
                }
            }
        }
    }
}

/* contrastive.sy:16: let similarity[n, m] = sum[f](unit[f](a) * unit[f](b[n = m])) / temperature */
static void contrastive_similarity_sum_4(int64_t share_from, int64_t share_to, int64_t n_extent,
                                         int64_t f_extent, const float *restrict a,
                                         const float *restrict b, float *restrict similarity_sum,
                                         float *restrict similarity_sum_2,
                                         float *restrict similarity_sum_3) {
    for (int64_t n = share_from; n < share_to; ++n) {
        const float sqrt_ = sy_sqrt_f32(similarity_sum_2[n]);
        for (int64_t m = 0; m < n_extent; ++m) {
            double similarity_sum_total = 0.0;
            const float sqrt__2 = sy_sqrt_f32(similarity_sum_3[m]);
            for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
                const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
                float similarity_sum_4[32] = {0};
                const int64_t f_whole = f_end - f_end % 32;
                for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t f = f_row + lane;
                        similarity_sum_4[lane] =
                            SY_FMA_F32(a[n * f_extent + f] / sqrt_, b[m * f_extent + f] / sqrt__2,
                                       similarity_sum_4[lane]);
                    }
                }
                for (int64_t f = f_whole; f < f_end; ++f) {
                    similarity_sum_4[0] =
                        SY_FMA_F32(a[n * f_extent + f] / sqrt_, b[m * f_extent + f] / sqrt__2,
                                   similarity_sum_4[0]);
                }
                similarity_sum_total +=
                    (double)(f_whole > f_first ? sy_tree_sum_f32(similarity_sum_4)
                                               : similarity_sum_4[0]);
            }
            const float similarity_sum_4 = (float)similarity_sum_total;
            similarity_sum[n * n_extent + m] = similarity_sum_4;
        }
    }
}

/* contrastive.sy:18: loss forth = mean[n](logsumexp[m](similarity) - similarity[m = n])
 * contrastive.sy:20: output found = mean[n](if argmax[m](similarity) == n then 1 else 0) */
static void contrastive_forth_sum_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                                    float temperature, float *restrict similarity_sum,
                                    float *restrict forth_sum_n,
                                    unsigned char *restrict found_sum_n) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float forth_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            forth_max[lane] = -INFINITY;
        }
        float found_argmax[32] = {0};
        int64_t found_argmax_place[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            found_argmax_place[lane] = -1;
        }
        const int64_t m_whole = n_extent - n_extent % 32;
        for (int64_t m_row = 0; m_row < m_whole; m_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_row + lane;
                const float similarity = similarity_sum[n * n_extent + m] / temperature;
                forth_max[lane] = sy_max_f32(forth_max[lane], similarity);
                sy_follow_argmax_f32(&found_argmax[lane], &found_argmax_place[lane], similarity, m);
            }
        }
        for (int64_t m = m_whole; m < n_extent; ++m) {
            const float similarity = similarity_sum[n * n_extent + m] / temperature;
            forth_max[0] = sy_max_f32(forth_max[0], similarity);
            sy_follow_argmax_f32(found_argmax, found_argmax_place, similarity, m);
        }
        const float forth_max_value = m_whole > 0 ? sy_tree_max_f32(forth_max) : forth_max[0];
        const int64_t found_argmax_value = sy_tree_argmax_f32(found_argmax, found_argmax_place);
        double forth_sum_total = 0.0;
        for (int64_t m_first = 0; m_first < n_extent; m_first += 256) {
            const int64_t m_end = sy_min_i64(m_first + 256, n_extent);
            double forth_sum[32] = {0};
            const int64_t m_whole_2 = m_end - m_end % 32;
            for (int64_t m_row = m_first; m_row < m_whole_2; m_row += 32) {
                sy_fetch_next_f32(similarity_sum, n * n_extent + m_row, n_extent);
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_row + lane;
                    const float similarity = similarity_sum[n * n_extent + m] / temperature;
                    forth_sum[lane] += (double)sy_exp_below_f32(similarity - forth_max_value);
                }
            }
            for (int64_t m = m_whole_2; m < m_end; ++m) {
                const float similarity = similarity_sum[n * n_extent + m] / temperature;
                forth_sum[0] += (double)sy_exp_below_f32(similarity - forth_max_value);
            }
            forth_sum_total += m_whole_2 > m_first ? sy_tree_sum_f64(forth_sum) : forth_sum[0];
        }
        const float forth_sum = (float)forth_sum_total;
        forth_sum_n[n] = (sy_isfinite_f32(forth_max_value) ? forth_max_value + sy_log_f32(forth_sum)
                                                           : forth_max_value) -
                         similarity_sum[n * n_extent + n] / temperature;
        found_sum_n[n] = found_argmax_value == n;
    }
}

/* contrastive.sy:18: loss forth = mean[n](logsumexp[m](similarity) - similarity[m = n])
 * contrastive.sy:20: output found = mean[n](if argmax[m](similarity) == n then 1 else 0) */
static void contrastive_forth_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                         float *restrict forth_sum_n,
                                         unsigned char *restrict found_sum_n,
                                         double *restrict forth_sum_blocks,
                                         double *restrict found_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float forth_sum[32] = {0};
        float found_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                forth_sum[lane] += forth_sum_n[n];
                found_sum[lane] += found_sum_n[n] ? 1.0f : 0.0f;
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            forth_sum[0] += forth_sum_n[n];
            found_sum[0] += found_sum_n[n] ? 1.0f : 0.0f;
        }
        forth_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(forth_sum) : forth_sum[0]);
        found_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(found_sum) : found_sum[0]);
    }
}

/* contrastive.sy:19: loss back = mean[m](logsumexp[n](similarity) - similarity[n = m]) */
static void contrastive_back_sum_m(int64_t share_from, int64_t share_to, int64_t n_extent,
                                   float temperature, float *restrict similarity_sum,
                                   float *restrict back_sum_m) {
    for (int64_t m_first = share_from; m_first < share_to; m_first += 64) {
        if (n_extent - m_first >= 64) {
            float back_max[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                back_max[lane] = -INFINITY;
            }
            for (int64_t n = 0; n < n_extent; ++n) {
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t m = m_first + lane;
                    const float similarity = similarity_sum[n * n_extent + m] / temperature;
                    back_max[lane] = sy_max_f32(back_max[lane], similarity);
                }
            }
            double back_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float back_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t m = m_first + lane;
                        const float similarity = similarity_sum[n * n_extent + m] / temperature;
                        back_sum[lane] += sy_exp_below_f32(similarity - back_max[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    back_sum_total[lane] += (double)back_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t m = m_first + lane;
                back_sum_m[m] = (sy_isfinite_f32(back_max[lane])
                                     ? back_max[lane] + sy_log_f32((float)back_sum_total[lane])
                                     : back_max[lane]) -
                                similarity_sum[m * n_extent + m] / temperature;
            }
        } else {
            const int64_t m_left = n_extent - m_first;
            float back_max[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                back_max[lane] = -INFINITY;
            }
            for (int64_t n = 0; n < n_extent; ++n) {
#pragma omp simd
                for (int64_t lane = 0; lane < m_left; ++lane) {
                    const int64_t m = m_first + lane;
                    const float similarity = similarity_sum[n * n_extent + m] / temperature;
                    back_max[lane] = sy_max_f32(back_max[lane], similarity);
                }
            }
            double back_sum_total[64] = {0};
            for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                float back_sum[64] = {0};
                for (int64_t n = n_first; n < n_end; ++n) {
#pragma omp simd
                    for (int64_t lane = 0; lane < m_left; ++lane) {
                        const int64_t m = m_first + lane;
                        const float similarity = similarity_sum[n * n_extent + m] / temperature;
                        back_sum[lane] += sy_exp_below_f32(similarity - back_max[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < m_left; ++lane) {
                    back_sum_total[lane] += (double)back_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < m_left; ++lane) {
                const int64_t m = m_first + lane;
                back_sum_m[m] = (sy_isfinite_f32(back_max[lane])
                                     ? back_max[lane] + sy_log_f32((float)back_sum_total[lane])
                                     : back_max[lane]) -
                                similarity_sum[m * n_extent + m] / temperature;
            }
        }
    }
}

/* contrastive.sy:19: loss back = mean[m](logsumexp[n](similarity) - similarity[n = m]) */
static void contrastive_back_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                        float *restrict back_sum_m,
                                        double *restrict back_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t m_first = block * 4096;
        const int64_t m_end = sy_min_i64(m_first + 4096, n_extent);
        float back_sum[32] = {0};
        const int64_t m_whole = m_end - m_end % 32;
        for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_row + lane;
                back_sum[lane] += back_sum_m[m];
            }
        }
        for (int64_t m = m_whole; m < m_end; ++m) {
            back_sum[0] += back_sum_m[m];
        }
        back_sum_blocks[block] =
            (double)(m_whole > m_first ? sy_tree_sum_f32(back_sum) : back_sum[0]);
    }
}

static void contrastive_compute(int64_t n_extent, int64_t f_extent, const float *restrict a,
                                const float *restrict b, float temperature, float *restrict forth,
                                float *restrict back, float *restrict found,
                                unsigned char *workspace) {
    float *restrict similarity_sum = (float *)(void *)workspace;
    const size_t after_similarity_sum = sy_bytes(n_extent * n_extent, sizeof(float));
    float *restrict forth_sum_n = (float *)(void *)&workspace[after_similarity_sum];
    const size_t after_forth_sum_n = after_similarity_sum + sy_bytes(n_extent, sizeof(float));
    float *restrict back_sum_m = (float *)(void *)&workspace[after_forth_sum_n];
    const size_t after_back_sum_m = after_forth_sum_n + sy_bytes(n_extent, sizeof(float));
    unsigned char *restrict found_sum_n = (unsigned char *)(void *)&workspace[after_back_sum_m];
    const size_t after_found_sum_n = after_back_sum_m + sy_bytes(n_extent, sizeof(unsigned char));
    float *restrict similarity_sum_2 = (float *)(void *)&workspace[after_found_sum_n];
    const size_t after_similarity_sum_2 = after_found_sum_n + sy_bytes(n_extent, sizeof(float));
    float *restrict similarity_sum_3 = (float *)(void *)&workspace[after_similarity_sum_2];
    const size_t after_similarity_sum_3 =
        after_similarity_sum_2 + sy_bytes(n_extent, sizeof(float));
    float *restrict similarity_sum_right = (float *)(void *)&workspace[after_similarity_sum_3];
    const size_t after_similarity_sum_right =
        after_similarity_sum_3 + sy_bytes((n_extent + 15) / 16 * 16 * f_extent, sizeof(float));
    double *restrict forth_sum_blocks = (double *)(void *)&workspace[after_similarity_sum_right];
    const size_t after_forth_sum_blocks =
        after_similarity_sum_right + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict found_sum_blocks = (double *)(void *)&workspace[after_forth_sum_blocks];
    const size_t after_found_sum_blocks =
        after_forth_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict back_sum_blocks = (double *)(void *)&workspace[after_found_sum_blocks];
    /* contrastive.sy:14: fn unit[d](v) = v / norm[d](v) */
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        contrastive_similarity_sum(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent,
                                   a, similarity_sum_2);
    } else {
        contrastive_similarity_sum(0, n_extent, f_extent, a, similarity_sum_2);
    }

    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        contrastive_similarity_sum_2(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent,
                                     b, similarity_sum_3);
    } else {
        contrastive_similarity_sum_2(0, n_extent, f_extent, b, similarity_sum_3);
    }

    /* contrastive.sy:16: let similarity[n, m] = sum[f](unit[f](a) * unit[f](b[n = m])) /
     * temperature */
    const bool by_panels = (n_extent >= 8 || (n_extent >= 3 && n_extent < 64)) &&
                           (double)n_extent * (double)n_extent * (double)f_extent >= 256.0 &&
                           (f_extent < 64 || (n_extent >= 32 && n_extent >= 8));
    if (by_panels) {
        const bool enough_work = (double)n_extent * (double)n_extent * (double)f_extent > 500000.0;
        const int64_t m_panels = (n_extent + 15) / 16;
        if (enough_work) {
#pragma omp parallel
            contrastive_similarity_sum_right(sy_share_from(m_panels, 1), sy_share_to(m_panels, 1),
                                             n_extent, f_extent, b, similarity_sum_3,
                                             similarity_sum_right);
        } else {
            contrastive_similarity_sum_right(0, m_panels, n_extent, f_extent, b, similarity_sum_3,
                                             similarity_sum_right);
        }
        const int64_t n_panels = (n_extent + 5) / 6;
        const int64_t m_tiles = sy_max_i64((n_extent + 31) / 32, 1);
        const int64_t m_parts = f_extent > 2048 || n_extent < 192 ? (m_tiles + 11) / 12 : 1;
        const int64_t m_width = (m_tiles + (m_parts - 1)) / m_parts * 32;
        const int64_t m_blocks = (n_extent + (m_width - 1)) / m_width;
        if (enough_work) {
#pragma omp parallel
            contrastive_similarity_sum_3(sy_share_from(n_panels * m_blocks, 1),
                                         sy_share_to(n_panels * m_blocks, 1), n_extent, f_extent, a,
                                         similarity_sum, similarity_sum_2, similarity_sum_right,
                                         n_panels, m_width);
        } else {
            contrastive_similarity_sum_3(0, n_panels * m_blocks, n_extent, f_extent, a,
                                         similarity_sum, similarity_sum_2, similarity_sum_right,
                                         n_panels, m_width);
        }
    } else if ((double)n_extent * (double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        contrastive_similarity_sum_4(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), n_extent,
                                     f_extent, a, b, similarity_sum, similarity_sum_2,
                                     similarity_sum_3);
    } else {
        contrastive_similarity_sum_4(0, n_extent, n_extent, f_extent, a, b, similarity_sum,
                                     similarity_sum_2, similarity_sum_3);
    }

    /* contrastive.sy:18: loss forth = mean[n](logsumexp[m](similarity) - similarity[m = n])
     * contrastive.sy:20: output found = mean[n](if argmax[m](similarity) == n then 1 else 0) */
    if ((double)n_extent * (double)n_extent > 20000.0) {
#pragma omp parallel
        contrastive_forth_sum_n(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), n_extent,
                                temperature, similarity_sum, forth_sum_n, found_sum_n);
    } else {
        contrastive_forth_sum_n(0, n_extent, n_extent, temperature, similarity_sum, forth_sum_n,
                                found_sum_n);
    }

    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        contrastive_forth_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                     forth_sum_n, found_sum_n, forth_sum_blocks, found_sum_blocks);
    } else {
        contrastive_forth_sum_blocks(0, n_blocks, n_extent, forth_sum_n, found_sum_n,
                                     forth_sum_blocks, found_sum_blocks);
    }
    const double forth_sum = sy_tree_sum_blocks(forth_sum_blocks, (size_t)n_blocks);
    const double found_sum = sy_tree_sum_blocks(found_sum_blocks, (size_t)n_blocks);

    /* contrastive.sy:18: loss forth = mean[n](logsumexp[m](similarity) - similarity[m = n]) */
    *forth = (float)(forth_sum / (double)n_extent);

    /* contrastive.sy:19: loss back = mean[m](logsumexp[n](similarity) - similarity[n = m]) */
    if ((double)n_extent * (double)n_extent > 20000.0) {
#pragma omp parallel
        contrastive_back_sum_m(sy_share_from(n_extent, 64), sy_share_to(n_extent, 64), n_extent,
                               temperature, similarity_sum, back_sum_m);
    } else {
        contrastive_back_sum_m(0, n_extent, n_extent, temperature, similarity_sum, back_sum_m);
    }

    const int64_t m_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        contrastive_back_sum_blocks(sy_share_from(m_blocks, 1), sy_share_to(m_blocks, 1), n_extent,
                                    back_sum_m, back_sum_blocks);
    } else {
        contrastive_back_sum_blocks(0, m_blocks, n_extent, back_sum_m, back_sum_blocks);
    }
    const double back_sum = sy_tree_sum_blocks(back_sum_blocks, (size_t)m_blocks);

    *back = (float)(back_sum / (double)n_extent);

    /* contrastive.sy:20: output found = mean[n](if argmax[m](similarity) == n then 1 else 0) */
    *found = (float)(found_sum / (double)n_extent);
}

int contrastive(size_t n, size_t f, const float *a, const float *b, float temperature, float *forth,
                float *back, float *found) {
    return contrastive_call(n, f, a, b, temperature, forth, back, found, NULL);
}

int contrastive_call(size_t n, size_t f, const float *a, const float *b, float temperature,
                     float *forth, float *back, float *found, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    const int64_t a_count = sy_count(n_extent, f_extent);
    if (a_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "a", 0, 0.0, 0, "it would have too many elements");
    }
    if (a == NULL && a_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "a", 0, 0.0, 0, NULL);
    }
    if (b == NULL && a_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "b", 0, 0.0, 0, NULL);
    }
    if (forth == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "forth", 0, 0.0, 0, NULL);
    if (back == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "back", 0, 0.0, 0, NULL);
    if (found == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "found", 0, 0.0, 0, NULL);
    if (n_extent == 0) {
        return sy_fail(call, STEELYARD_INDEX, "m", 0, 0.0, n_extent,
                       "line 20 takes an element of axis m, whose extent must be more");
    }
    const size_t needed = contrastive_workspace(n, f);
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
    contrastive_compute(n_extent, f_extent, a, b, temperature, forth, back, found, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t contrastive_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    size_t bytes = sy_bytes(sy_count(n_extent, n_extent), sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(unsigned char)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes =
        sy_add_bytes(bytes, sy_bytes(sy_count((n_extent + 15) / 16 * 16, f_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
