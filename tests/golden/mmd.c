/* mmd: made from mmd.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "mmd.h"

#include "steelyard.h"
#include "steelyard_block.h"
#include "steelyard_distance.h"
#include <stdbool.h>
#include <stdint.h>

/* kernels.sy:2: fn gaussian[d](a, b, width) = exp(-sum[d]((a - b)^2) / (2 * width^2))
 * mmd.sy:19: let within_x = mean[n, n2](gaussian[d](x, x[n = n2], width), weight = wx * wx[n =
 * n2])
 * mmd.sy:21: let between = mean[n, m](gaussian[d](x, y, width), weight = wx * wy) */
static void mmd_within_x_sum_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                               int64_t m_extent, const float *restrict x, const float *restrict y,
                               const float *restrict wx, const float *restrict wy,
                               float *restrict within_x_sum_n, float *restrict within_x_sum_n_2,
                               float *restrict between_sum_n, float *restrict between_sum_n_2,
                               float product) {
    for (int64_t n_first = share_from; n_first < share_to; n_first += 96) {
        const int64_t n_count = sy_min_i64(96, n_extent - n_first);
        float x_panel[16384];
        float x_panel_2[6144] = {0};
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
#pragma omp simd
            for (int64_t d = 0; d < 3; ++d) {
                x_panel_2[row * 64 + d] = x[n * 3 + d];
            }
        }
        double within_x_sum_totals[96] = {0};
        for (int64_t n2_first = 0; n2_first < n_extent; n2_first += 256) {
            const int64_t n2_end = sy_min_i64(n2_first + 256, n_extent);
            float within_x_sum[24576];
            for (int64_t n2_panel = n2_first; n2_panel < n2_end; n2_panel += 16) {
                const int64_t n2_panel_end = sy_min_i64(n2_panel + 16, n2_end);
                float x_panel_part[1024];
                for (int64_t n2 = n2_panel; n2 < n2_panel_end; ++n2) {
#pragma omp simd
                    for (int64_t d = 0; d < 3; ++d) {
                        x_panel_part[(n2 - n2_panel) * 64 + d] = x[n2 * 3 + d];
                    }
                }
                sy_flip_f32(n2_panel_end - n2_panel, 3, x_panel_part, 64,
                            &x_panel[(n2_panel - n2_first) * 64], 16);
            }
            sy_distances_square_f32(n_count, n2_end - n2_first, 3, x_panel_2, SY_BY_ROWS, 64,
                                    x_panel, 1024, false, within_x_sum, 256);
            for (int64_t row = 0; row < n_count; ++row) {
                const int64_t n = n_first + row;
                float within_x_sum_2[32] = {0};
                const int64_t n2_whole = n2_end - n2_end % 32;
                for (int64_t n2_row = n2_first; n2_row < n2_whole; n2_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t n2 = n2_row + lane;
                        const float product_2 = wx[n] * wx[n2];
                        within_x_sum_2[lane] = SY_FMA_F32(
                            product_2,
                            sy_exp_f32(-within_x_sum[row * 256 + (n2 - n2_first)] / product),
                            within_x_sum_2[lane]);
                    }
                }
                for (int64_t n2 = n2_whole; n2 < n2_end; ++n2) {
                    const float product_2 = wx[n] * wx[n2];
                    within_x_sum_2[0] = SY_FMA_F32(
                        product_2, sy_exp_f32(-within_x_sum[row * 256 + (n2 - n2_first)] / product),
                        within_x_sum_2[0]);
                }
                within_x_sum_totals[row] += (double)sy_tree_sum_f32(within_x_sum_2);
            }
        }
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
            const float within_x_sum = (float)within_x_sum_totals[row];
            within_x_sum_n[n] = within_x_sum;
            double within_x_sum_total = 0.0;
            for (int64_t n2_first = 0; n2_first < n_extent; n2_first += 256) {
                const int64_t n2_end = sy_min_i64(n2_first + 256, n_extent);
                float within_x_sum_2[32] = {0};
                const int64_t n2_whole = n2_end - n2_end % 32;
                for (int64_t n2_row = n2_first; n2_row < n2_whole; n2_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t n2 = n2_row + lane;
                        const float product_2 = wx[n] * wx[n2];
                        within_x_sum_2[lane] += product_2;
                    }
                }
                for (int64_t n2 = n2_whole; n2 < n2_end; ++n2) {
                    const float product_2 = wx[n] * wx[n2];
                    within_x_sum_2[0] += product_2;
                }
                within_x_sum_total += (double)(n2_whole > n2_first ? sy_tree_sum_f32(within_x_sum_2)
                                                                   : within_x_sum_2[0]);
            }
            const float within_x_sum_2 = (float)within_x_sum_total;
            within_x_sum_n_2[n] = within_x_sum_2;
        }
        float y_panel[16384];
        double between_sum_totals[96] = {0};
        for (int64_t m_first = 0; m_first < m_extent; m_first += 256) {
            const int64_t m_end = sy_min_i64(m_first + 256, m_extent);
            float between_sum[24576];
            for (int64_t m_panel = m_first; m_panel < m_end; m_panel += 16) {
                const int64_t m_panel_end = sy_min_i64(m_panel + 16, m_end);
                sy_flip_f32(m_panel_end - m_panel, 3, &y[m_panel * 3], 3,
                            &y_panel[(m_panel - m_first) * 64], 16);
            }
            sy_distances_square_f32(n_count, m_end - m_first, 3, x_panel_2, SY_BY_ROWS, 64, y_panel,
                                    1024, false, between_sum, 256);
            for (int64_t row = 0; row < n_count; ++row) {
                const int64_t n = n_first + row;
                float between_sum_2[32] = {0};
                const int64_t m_whole = m_end - m_end % 32;
                for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t m = m_row + lane;
                        const float product_2 = wx[n] * wy[m];
                        between_sum_2[lane] = SY_FMA_F32(
                            product_2,
                            sy_exp_f32(-between_sum[row * 256 + (m - m_first)] / product),
                            between_sum_2[lane]);
                    }
                }
                for (int64_t m = m_whole; m < m_end; ++m) {
                    const float product_2 = wx[n] * wy[m];
                    between_sum_2[0] = SY_FMA_F32(
                        product_2, sy_exp_f32(-between_sum[row * 256 + (m - m_first)] / product),
                        between_sum_2[0]);
                }
                between_sum_totals[row] += (double)sy_tree_sum_f32(between_sum_2);
            }
        }
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
            const float between_sum = (float)between_sum_totals[row];
            between_sum_n[n] = between_sum;
            double between_sum_total = 0.0;
            for (int64_t m_first = 0; m_first < m_extent; m_first += 256) {
                const int64_t m_end = sy_min_i64(m_first + 256, m_extent);
                float between_sum_2[32] = {0};
                const int64_t m_whole = m_end - m_end % 32;
                for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t m = m_row + lane;
                        const float product_2 = wx[n] * wy[m];
                        between_sum_2[lane] += product_2;
                    }
                }
                for (int64_t m = m_whole; m < m_end; ++m) {
                    const float product_2 = wx[n] * wy[m];
                    between_sum_2[0] += product_2;
                }
                between_sum_total +=
                    (double)(m_whole > m_first ? sy_tree_sum_f32(between_sum_2) : between_sum_2[0]);
            }
            const float between_sum_2 = (float)between_sum_total;
            between_sum_n_2[n] = between_sum_2;
        }
    }
}

/* kernels.sy:2: fn gaussian[d](a, b, width) = exp(-sum[d]((a - b)^2) / (2 * width^2))
 * mmd.sy:20: let within_y = mean[m, m2](gaussian[d](y, y[m = m2], width), weight = wy * wy[m =
 * m2]) */
static void mmd_within_y_sum_m(int64_t share_from, int64_t share_to, int64_t m_extent,
                               const float *restrict y, const float *restrict wy,
                               float *restrict within_y_sum_m, float *restrict within_y_sum_m_2,
                               float product) {
    for (int64_t m_first = share_from; m_first < share_to; m_first += 96) {
        const int64_t m_count = sy_min_i64(96, m_extent - m_first);
        float y_panel[16384];
        float y_panel_2[6144] = {0};
        for (int64_t row = 0; row < m_count; ++row) {
            const int64_t m = m_first + row;
#pragma omp simd
            for (int64_t d = 0; d < 3; ++d) {
                y_panel_2[row * 64 + d] = y[m * 3 + d];
            }
        }
        double within_y_sum_totals[96] = {0};
        for (int64_t m2_first = 0; m2_first < m_extent; m2_first += 256) {
            const int64_t m2_end = sy_min_i64(m2_first + 256, m_extent);
            float within_y_sum[24576];
            for (int64_t m2_panel = m2_first; m2_panel < m2_end; m2_panel += 16) {
                const int64_t m2_panel_end = sy_min_i64(m2_panel + 16, m2_end);
                float y_panel_part[1024];
                for (int64_t m2 = m2_panel; m2 < m2_panel_end; ++m2) {
#pragma omp simd
                    for (int64_t d = 0; d < 3; ++d) {
                        y_panel_part[(m2 - m2_panel) * 64 + d] = y[m2 * 3 + d];
                    }
                }
                sy_flip_f32(m2_panel_end - m2_panel, 3, y_panel_part, 64,
                            &y_panel[(m2_panel - m2_first) * 64], 16);
            }
            sy_distances_square_f32(m_count, m2_end - m2_first, 3, y_panel_2, SY_BY_ROWS, 64,
                                    y_panel, 1024, false, within_y_sum, 256);
            for (int64_t row = 0; row < m_count; ++row) {
                const int64_t m = m_first + row;
                float within_y_sum_2[32] = {0};
                const int64_t m2_whole = m2_end - m2_end % 32;
                for (int64_t m2_row = m2_first; m2_row < m2_whole; m2_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t m2 = m2_row + lane;
                        const float product_2 = wy[m] * wy[m2];
                        within_y_sum_2[lane] = SY_FMA_F32(
                            product_2,
                            sy_exp_f32(-within_y_sum[row * 256 + (m2 - m2_first)] / product),
                            within_y_sum_2[lane]);
                    }
                }
                for (int64_t m2 = m2_whole; m2 < m2_end; ++m2) {
                    const float product_2 = wy[m] * wy[m2];
                    within_y_sum_2[0] = SY_FMA_F32(
                        product_2, sy_exp_f32(-within_y_sum[row * 256 + (m2 - m2_first)] / product),
                        within_y_sum_2[0]);
                }
                within_y_sum_totals[row] += (double)sy_tree_sum_f32(within_y_sum_2);
            }
        }
        for (int64_t row = 0; row < m_count; ++row) {
            const int64_t m = m_first + row;
            const float within_y_sum = (float)within_y_sum_totals[row];
            within_y_sum_m[m] = within_y_sum;
            double within_y_sum_total = 0.0;
            for (int64_t m2_first = 0; m2_first < m_extent; m2_first += 256) {
                const int64_t m2_end = sy_min_i64(m2_first + 256, m_extent);
                float within_y_sum_2[32] = {0};
                const int64_t m2_whole = m2_end - m2_end % 32;
                for (int64_t m2_row = m2_first; m2_row < m2_whole; m2_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t m2 = m2_row + lane;
                        const float product_2 = wy[m] * wy[m2];
                        within_y_sum_2[lane] += product_2;
                    }
                }
                for (int64_t m2 = m2_whole; m2 < m2_end; ++m2) {
                    const float product_2 = wy[m] * wy[m2];
                    within_y_sum_2[0] += product_2;
                }
                within_y_sum_total += (double)(m2_whole > m2_first ? sy_tree_sum_f32(within_y_sum_2)
                                                                   : within_y_sum_2[0]);
            }
            const float within_y_sum_2 = (float)within_y_sum_total;
            within_y_sum_m_2[m] = within_y_sum_2;
        }
    }
}

/* mmd.sy:19: let within_x = mean[n, n2](gaussian[d](x, x[n = n2], width), weight = wx * wx[n =
 * n2])
 * mmd.sy:21: let between = mean[n, m](gaussian[d](x, y, width), weight = wx * wy) */
static void mmd_within_x_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                    float *restrict within_x_sum_n,
                                    float *restrict within_x_sum_n_2, float *restrict between_sum_n,
                                    float *restrict between_sum_n_2,
                                    double *restrict within_x_sum_blocks,
                                    double *restrict within_x_sum_blocks_2,
                                    double *restrict between_sum_blocks,
                                    double *restrict between_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        double within_x_sum[32] = {0};
        double within_x_sum_2[32] = {0};
        double between_sum[32] = {0};
        double between_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                within_x_sum[lane] += (double)within_x_sum_n[n];
                within_x_sum_2[lane] += (double)within_x_sum_n_2[n];
                between_sum[lane] += (double)between_sum_n[n];
                between_sum_2[lane] += (double)between_sum_n_2[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            within_x_sum[0] += (double)within_x_sum_n[n];
            within_x_sum_2[0] += (double)within_x_sum_n_2[n];
            between_sum[0] += (double)between_sum_n[n];
            between_sum_2[0] += (double)between_sum_n_2[n];
        }
        within_x_sum_blocks[block] = n_whole > n_first ? sy_tree_sum_f64(within_x_sum)
                                                       : within_x_sum[0];
        within_x_sum_blocks_2[block] = n_whole > n_first ? sy_tree_sum_f64(within_x_sum_2)
                                                         : within_x_sum_2[0];
        between_sum_blocks[block] = n_whole > n_first ? sy_tree_sum_f64(between_sum)
                                                      : between_sum[0];
        between_sum_blocks_2[block] = n_whole > n_first ? sy_tree_sum_f64(between_sum_2)
                                                        : between_sum_2[0];
    }
}

/* mmd.sy:20: let within_y = mean[m, m2](gaussian[d](y, y[m = m2], width), weight = wy * wy[m =
 * m2]) */
static void mmd_within_y_sum_blocks(int64_t share_from, int64_t share_to, int64_t m_extent,
                                    float *restrict within_y_sum_m,
                                    float *restrict within_y_sum_m_2,
                                    double *restrict within_y_sum_blocks,
                                    double *restrict within_y_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t m_first = block * 4096;
        const int64_t m_end = sy_min_i64(m_first + 4096, m_extent);
        double within_y_sum[32] = {0};
        double within_y_sum_2[32] = {0};
        const int64_t m_whole = m_end - m_end % 32;
        for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_row + lane;
                within_y_sum[lane] += (double)within_y_sum_m[m];
                within_y_sum_2[lane] += (double)within_y_sum_m_2[m];
            }
        }
        for (int64_t m = m_whole; m < m_end; ++m) {
            within_y_sum[0] += (double)within_y_sum_m[m];
            within_y_sum_2[0] += (double)within_y_sum_m_2[m];
        }
        within_y_sum_blocks[block] = m_whole > m_first ? sy_tree_sum_f64(within_y_sum)
                                                       : within_y_sum[0];
        within_y_sum_blocks_2[block] = m_whole > m_first ? sy_tree_sum_f64(within_y_sum_2)
                                                         : within_y_sum_2[0];
    }
}

static void mmd_compute(int64_t n_extent, int64_t m_extent, const float *restrict x,
                        const float *restrict y, const float *restrict wx, const float *restrict wy,
                        float width, float *restrict discrepancy, unsigned char *workspace) {
    float *restrict within_x_sum_n = (float *)(void *)workspace;
    const size_t after_within_x_sum_n = sy_bytes(n_extent, sizeof(float));
    float *restrict within_x_sum_n_2 = (float *)(void *)&workspace[after_within_x_sum_n];
    const size_t after_within_x_sum_n_2 = after_within_x_sum_n + sy_bytes(n_extent, sizeof(float));
    float *restrict within_y_sum_m = (float *)(void *)&workspace[after_within_x_sum_n_2];
    const size_t after_within_y_sum_m = after_within_x_sum_n_2 + sy_bytes(m_extent, sizeof(float));
    float *restrict within_y_sum_m_2 = (float *)(void *)&workspace[after_within_y_sum_m];
    const size_t after_within_y_sum_m_2 = after_within_y_sum_m + sy_bytes(m_extent, sizeof(float));
    float *restrict between_sum_n = (float *)(void *)&workspace[after_within_y_sum_m_2];
    const size_t after_between_sum_n = after_within_y_sum_m_2 + sy_bytes(n_extent, sizeof(float));
    float *restrict between_sum_n_2 = (float *)(void *)&workspace[after_between_sum_n];
    const size_t after_between_sum_n_2 = after_between_sum_n + sy_bytes(n_extent, sizeof(float));
    double *restrict within_x_sum_blocks = (double *)(void *)&workspace[after_between_sum_n_2];
    const size_t after_within_x_sum_blocks =
        after_between_sum_n_2 + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict within_x_sum_blocks_2 =
        (double *)(void *)&workspace[after_within_x_sum_blocks];
    const size_t after_within_x_sum_blocks_2 =
        after_within_x_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict between_sum_blocks = (double *)(void *)&workspace[after_within_x_sum_blocks_2];
    const size_t after_between_sum_blocks =
        after_within_x_sum_blocks_2 + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict between_sum_blocks_2 = (double *)(void *)&workspace[after_between_sum_blocks];
    const size_t after_between_sum_blocks_2 =
        after_between_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict within_y_sum_blocks = (double *)(void *)&workspace[after_between_sum_blocks_2];
    const size_t after_within_y_sum_blocks =
        after_between_sum_blocks_2 + sy_bytes((m_extent + 4095) / 4096, sizeof(double));
    double *restrict within_y_sum_blocks_2 =
        (double *)(void *)&workspace[after_within_y_sum_blocks];
    /* kernels.sy:2: fn gaussian[d](a, b, width) = exp(-sum[d]((a - b)^2) / (2 * width^2))
     * mmd.sy:19: let within_x = mean[n, n2](gaussian[d](x, x[n = n2], width), weight = wx * wx[n
     * = n2])
     * mmd.sy:21: let between = mean[n, m](gaussian[d](x, y, width), weight = wx * wy) */
    const float product = 2.0f * (width * width);
    if ((double)n_extent * (double)n_extent * 3.0 > 20000.0) {
#pragma omp parallel
        mmd_within_x_sum_n(sy_share_from(n_extent, 96), sy_share_to(n_extent, 96), n_extent,
                           m_extent, x, y, wx, wy, within_x_sum_n, within_x_sum_n_2, between_sum_n,
                           between_sum_n_2, product);
    } else {
        mmd_within_x_sum_n(0, n_extent, n_extent, m_extent, x, y, wx, wy, within_x_sum_n,
                           within_x_sum_n_2, between_sum_n, between_sum_n_2, product);
    }

    /* kernels.sy:2: fn gaussian[d](a, b, width) = exp(-sum[d]((a - b)^2) / (2 * width^2))
     * mmd.sy:20: let within_y = mean[m, m2](gaussian[d](y, y[m = m2], width), weight = wy * wy[m
     * = m2]) */
    if ((double)m_extent * (double)m_extent * 3.0 > 20000.0) {
#pragma omp parallel
        mmd_within_y_sum_m(sy_share_from(m_extent, 96), sy_share_to(m_extent, 96), m_extent, y, wy,
                           within_y_sum_m, within_y_sum_m_2, product);
    } else {
        mmd_within_y_sum_m(0, m_extent, m_extent, y, wy, within_y_sum_m, within_y_sum_m_2, product);
    }

    /* mmd.sy:19: let within_x = mean[n, n2](gaussian[d](x, x[n = n2], width), weight = wx * wx[n
     * = n2])
     * mmd.sy:21: let between = mean[n, m](gaussian[d](x, y, width), weight = wx * wy) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        mmd_within_x_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                within_x_sum_n, within_x_sum_n_2, between_sum_n, between_sum_n_2,
                                within_x_sum_blocks, within_x_sum_blocks_2, between_sum_blocks,
                                between_sum_blocks_2);
    } else {
        mmd_within_x_sum_blocks(0, n_blocks, n_extent, within_x_sum_n, within_x_sum_n_2,
                                between_sum_n, between_sum_n_2, within_x_sum_blocks,
                                within_x_sum_blocks_2, between_sum_blocks, between_sum_blocks_2);
    }
    const double within_x_sum = sy_tree_sum_blocks(within_x_sum_blocks, (size_t)n_blocks);
    const double within_x_sum_2 = sy_tree_sum_blocks(within_x_sum_blocks_2, (size_t)n_blocks);
    const double between_sum = sy_tree_sum_blocks(between_sum_blocks, (size_t)n_blocks);
    const double between_sum_2 = sy_tree_sum_blocks(between_sum_blocks_2, (size_t)n_blocks);

    /* mmd.sy:20: let within_y = mean[m, m2](gaussian[d](y, y[m = m2], width), weight = wy * wy[m
     * = m2]) */
    const int64_t m_blocks = (m_extent + 4095) / 4096;
    if (m_extent > 20000) {
#pragma omp parallel
        mmd_within_y_sum_blocks(sy_share_from(m_blocks, 1), sy_share_to(m_blocks, 1), m_extent,
                                within_y_sum_m, within_y_sum_m_2, within_y_sum_blocks,
                                within_y_sum_blocks_2);
    } else {
        mmd_within_y_sum_blocks(0, m_blocks, m_extent, within_y_sum_m, within_y_sum_m_2,
                                within_y_sum_blocks, within_y_sum_blocks_2);
    }
    const double within_y_sum = sy_tree_sum_blocks(within_y_sum_blocks, (size_t)m_blocks);
    const double within_y_sum_2 = sy_tree_sum_blocks(within_y_sum_blocks_2, (size_t)m_blocks);

    /* mmd.sy:23: loss discrepancy = within_x + within_y - 2 * between */
    const double within_x = within_x_sum / within_x_sum_2;
    const double within_y = within_y_sum / within_y_sum_2;
    const double between = between_sum / between_sum_2;
    *discrepancy = (float)(within_x + within_y - 2.0 * between);
}

int mmd(size_t n, size_t m, const float *x, const float *y, const float *wx, const float *wy,
        float width, float *discrepancy) {
    return mmd_call(n, m, x, y, wx, wy, width, discrepancy, NULL);
}

int mmd_call(size_t n, size_t m, const float *x, const float *y, const float *wx, const float *wy,
             float width, float *discrepancy, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(m)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "m", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t m_extent = (int64_t)m;
    const int64_t x_count = sy_count(n_extent, 3);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t y_count = sy_count(m_extent, 3);
    if (y_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "y", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (y == NULL && y_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (wx == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "wx", 0, 0.0, 0, NULL);
    }
    if (wy == NULL && m_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "wy", 0, 0.0, 0, NULL);
    }
    if (discrepancy == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "discrepancy", 0, 0.0, 0, NULL);
    }
    const size_t bad_wx = sy_check_weight_f32(wx, (size_t)n_extent);
    if (bad_wx != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "wx", bad_wx, (double)wx[bad_wx], 0, NULL);
    }
    const size_t bad_wy = sy_check_weight_f32(wy, (size_t)m_extent);
    if (bad_wy != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "wy", bad_wy, (double)wy[bad_wy], 0, NULL);
    }
    const size_t needed = mmd_workspace(n, m);
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
    mmd_compute(n_extent, m_extent, x, y, wx, wy, width, discrepancy, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t mmd_workspace(size_t n, size_t m) {
    if (!sy_size_fits(n) || !sy_size_fits(m)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t m_extent = (int64_t)m;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(m_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(m_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((m_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((m_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
