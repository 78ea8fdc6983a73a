/* newton: made from newton.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "newton.h"

#include "steelyard.h"
#include "steelyard_tile.h"
#include <stdbool.h>
#include <stdint.h>

/* newton.sy:17: let z[n] = sum[f](x * w) */
static void newton_z(int64_t share_from, int64_t share_to, int64_t f_extent,
                     const float *restrict x, const float *restrict w, float *restrict z) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double z_total = 0.0;
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float z_2[32] = {0};
            const int64_t f_whole = f_end - f_end % 32;
            for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t f = f_row + lane;
                    z_2[lane] = SY_FMA_F32(x[n * f_extent + f], w[f], z_2[lane]);
                }
            }
            for (int64_t f = f_whole; f < f_end; ++f) {
                z_2[0] = SY_FMA_F32(x[n * f_extent + f], w[f], z_2[0]);
            }
            z_total += (double)(f_whole > f_first ? sy_tree_sum_f32(z_2) : z_2[0]);
        }
        const float z_2 = (float)z_total;
        z[n] = z_2;
    }
}

/* newton.sy:18: loss L = mean[n](softplus(z) - y * z, weight = count_of) */
static void newton_L_sum_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                           const float *restrict y, const float *restrict count_of,
                           unsigned char *wrong, float *restrict L_sum_n, float *restrict z,
                           double *restrict L_sum_blocks, double *restrict L_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        int bad[32] = {0};
        float L_sum[32] = {0};
        float L_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                bad[lane] |= sy_bad_weight_f32(count_of[n]);
                L_sum_n[n] = count_of[n] * (sy_softplus_f32(z[n]) - y[n] * z[n]);
                L_sum[lane] += L_sum_n[n];
                L_sum_2[lane] += count_of[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            bad[0] |= sy_bad_weight_f32(count_of[n]);
            L_sum_n[n] = count_of[n] * (sy_softplus_f32(z[n]) - y[n] * z[n]);
            L_sum[0] += L_sum_n[n];
            L_sum_2[0] += count_of[n];
        }
        sy_mark_bad(bad, wrong);
        L_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
        L_sum_blocks_2[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum_2) : L_sum_2[0]);
    }
}

/* newton.sy:19: let gradient[f] = grad(L, w)
 * newton.sy:23: output along[f] = jvp(gradient, w, direction) */
static void newton_gradient_rows(int64_t share_from, int64_t share_to, int64_t n_extent,
                                 int64_t f_extent, const float *restrict x, const float *restrict y,
                                 const float *restrict count_of, const float *restrict direction,
                                 float *restrict gradient_rows, float *restrict along_sum_rows,
                                 float *restrict z, int64_t n_rows, float ratio) {
    for (int64_t n_first = share_from; n_first < share_to; n_first += n_rows) {
        const int64_t n_count = sy_min_i64(n_rows, n_extent - n_first);
        float product_rows[32];
#pragma omp simd
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
            const float product = ratio * count_of[n];
            const float sigmoid = sy_sigmoid_f32(z[n]);
            const float product_2 = product * (sigmoid - y[n]);
            product_rows[row] = product_2;
        }
        float along_sum_rows_2[32];
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
            const float product = product_rows[row];
            double along_sum_total = 0.0;
            for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
                const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
                float along_sum[32] = {0};
                const int64_t f_whole = f_end - f_end % 32;
                for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t f = f_row + lane;
                        gradient_rows[n / 64 * f_extent + f] = SY_FMA_F32(
                            product, x[n * f_extent + f], gradient_rows[n / 64 * f_extent + f]);
                        along_sum[lane] =
                            SY_FMA_F32(direction[f], x[n * f_extent + f], along_sum[lane]);
                    }
                }
                for (int64_t f = f_whole; f < f_end; ++f) {
                    gradient_rows[n / 64 * f_extent + f] = SY_FMA_F32(
                        product, x[n * f_extent + f], gradient_rows[n / 64 * f_extent + f]);
                    along_sum[0] = SY_FMA_F32(direction[f], x[n * f_extent + f], along_sum[0]);
                }
                along_sum_total +=
                    (double)(f_whole > f_first ? sy_tree_sum_f32(along_sum) : along_sum[0]);
            }
            const float along_sum = (float)along_sum_total;
            along_sum_rows_2[row] = along_sum;
        }
        float product_rows_2[32];
#pragma omp simd
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
            const float along_sum = along_sum_rows_2[row];
            const float sigmoid = sy_sigmoid_f32(z[n]);
            const float sigmoid_2 = sy_sigmoid_f32(-z[n]);
            const float product = ratio * count_of[n];
            const float product_2 = along_sum * (sigmoid * sigmoid_2) * product;
            product_rows_2[row] = product_2;
        }
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
            const float product = product_rows_2[row];
#pragma omp simd
            for (int64_t f = 0; f < f_extent; ++f) {
                along_sum_rows[n / 64 * f_extent + f] =
                    SY_FMA_F32(product, x[n * f_extent + f], along_sum_rows[n / 64 * f_extent + f]);
            }
        }
    }
}

/* newton.sy:19: let gradient[f] = grad(L, w)
 * newton.sy:21: output slope[f] = gradient
 * newton.sy:23: output along[f] = jvp(gradient, w, direction) */
static void newton_slope(int64_t share_from, int64_t share_to, int64_t n_extent, int64_t f_extent,
                         float *restrict slope, float *restrict along,
                         float *restrict gradient_rows, float *restrict along_sum_rows) {
    for (int64_t f_first = share_from; f_first < share_to; f_first += 64) {
        if (f_extent - f_first >= 64) {
            double gradient[64];
            double along_sum[64];
            for (int64_t strip = 0; strip < 64; strip += 32) {
                double gradient_2[32] = {0};
                double along_sum_2[32] = {0};
                for (int64_t n_block = 0; n_block < sy_idiv_i64(n_extent + 63, 64); ++n_block) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t f = f_first + strip + lane;
                        gradient_2[lane] += (double)gradient_rows[n_block * f_extent + f];
                        along_sum_2[lane] += (double)along_sum_rows[n_block * f_extent + f];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    gradient[strip + lane] = gradient_2[lane];
                    along_sum[strip + lane] = along_sum_2[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t f = f_first + lane;
                slope[f] = (float)gradient[lane];
                along[f] = (float)along_sum[lane];
            }
        } else {
            const int64_t f_left = f_extent - f_first;
            double gradient[64] = {0};
            double along_sum[64] = {0};
            for (int64_t n_block = 0; n_block < sy_idiv_i64(n_extent + 63, 64); ++n_block) {
#pragma omp simd
                for (int64_t lane = 0; lane < f_left; ++lane) {
                    const int64_t f = f_first + lane;
                    gradient[lane] += (double)gradient_rows[n_block * f_extent + f];
                    along_sum[lane] += (double)along_sum_rows[n_block * f_extent + f];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < f_left; ++lane) {
                const int64_t f = f_first + lane;
                slope[f] = (float)gradient[lane];
                along[f] = (float)along_sum[lane];
            }
        }
    }
}

/* newton.sy:22: output hessian[f, f2] = jvp(gradient, w, if f == f2 then 1 else 0) */
static void newton_hessian_right(int64_t share_from, int64_t share_to, int64_t n_extent,
                                 int64_t f_extent, const float *restrict x,
                                 const float *restrict count_of, float *restrict z,
                                 float *restrict hessian_right, float ratio) {
    for (int64_t group = share_from; group < share_to; ++group) {
        const int64_t f2_first = group * 64;
        const int64_t f2_panel = group * 4;
        if (f_extent - f2_first >= 64) {
            for (int64_t n = 0; n < n_extent; ++n) {
                const float sigmoid = sy_sigmoid_f32(z[n]);
                const float sigmoid_2 = sy_sigmoid_f32(-z[n]);
                for (int64_t part = 0; part < 4; ++part) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 16; ++lane) {
                        const int64_t f2 = f2_first + part * 16 + lane;
                        hessian_right[((f2_panel + part) * n_extent + n) * 16 + lane] =
                            x[n * f_extent + f2] * sigmoid * sigmoid_2 * ratio * count_of[n];
                    }
                }
            }
        } else {
            for (int64_t part = 0; part < (f_extent - f2_first + 15) / 16; ++part) {
                const int64_t f2_start = f2_first + part * 16;
                if (f_extent - f2_start >= 16) {
                    for (int64_t n = 0; n < n_extent; ++n) {
                        const float sigmoid = sy_sigmoid_f32(z[n]);
                        const float sigmoid_2 = sy_sigmoid_f32(-z[n]);
#pragma omp simd
                        for (int64_t lane = 0; lane < 16; ++lane) {
                            const int64_t f2 = f2_start + lane;
                            hessian_right[((f2_panel + part) * n_extent + n) * 16 + lane] =
                                x[n * f_extent + f2] * sigmoid * sigmoid_2 * ratio * count_of[n];
                        }
                    }
                } else {
                    for (int64_t n = 0; n < n_extent; ++n) {
                        const float sigmoid = sy_sigmoid_f32(z[n]);
                        const float sigmoid_2 = sy_sigmoid_f32(-z[n]);
#pragma omp simd
                        for (int64_t lane = 0; lane < 16; ++lane) {
                            const int64_t f2 = sy_min_i64(f2_start + lane, f_extent - 1);
                            hessian_right[((f2_panel + part) * n_extent + n) * 16 + lane] =
                                x[n * f_extent + f2] * sigmoid * sigmoid_2 * ratio * count_of[n];
                        }
                    }
                }
            }
        }
    }
}

/* newton.sy:22: output hessian[f, f2] = jvp(gradient, w, if f == f2 then 1 else 0) */
static void newton_hessian(int64_t share_from, int64_t share_to, int64_t n_extent, int64_t f_extent,
                           const float *restrict x, float *restrict hessian,
                           float *restrict hessian_right, int64_t f_panels, int64_t f2_width) {
    for (int64_t panel = share_from;
         panel < share_to;
         panel += sy_min_i64(8, f_panels - panel % f_panels)) {
        const int64_t f_first = panel % f_panels * 6;
        const int64_t f_count = sy_min_i64(sy_min_i64(8, share_to - panel) * 6, f_extent - f_first);
        const int64_t f2_first = panel / f_panels * f2_width;
        const int64_t f2_count = sy_min_i64(f2_width, f_extent - f2_first);
        double hessian_sums[18432];
        for (int64_t n_first = 0; n_first < sy_max_i64(n_extent, 1); n_first += 2048) {
            const int64_t n_count = sy_min_i64(2048, n_extent - n_first);
            float hessian_left[98304];
            if (f_count == 48) {
                for (int64_t step = 0; step < n_count; ++step) {
                    const int64_t n = n_first + step;
#pragma omp simd
                    for (int64_t row = 0; row < 48; ++row) {
                        const int64_t f = f_first + row;
                        hessian_left[step * 48 + row] = x[n * f_extent + f];
                    }
                }
            } else {
                for (int64_t step = 0; step < n_count; ++step) {
                    const int64_t n = n_first + step;
#pragma omp simd
                    for (int64_t row = 0; row < 48; ++row) {
                        if (row < f_count) {
                            const int64_t f = f_first + row;
                            hessian_left[step * 48 + row] = x[n * f_extent + f];
                        } else {
                            hessian_left[step * 48 + row] = 0.0f;
                        }
                    }
                }
            }
            for (int64_t f2_tile = f2_first; f2_tile < f2_first + f2_count; f2_tile += 32) {
                const int64_t f2_lanes = sy_min_i64(32, f2_first + f2_count - f2_tile);
                const int64_t f2_place = (n_extent > 2048 ? f2_tile - f2_first : 0) * 48;
                if (n_extent - n_first <= 2048) {
                    for (int64_t row = 0; row < f_count; ++row) {
                        const int64_t f = f_first + row;
                        for (int64_t lane = 0; lane < f2_lanes; lane += 16) {
                            const int64_t f2 = f2_tile + lane;
                            SY_FETCH_TO(&hessian[f * f_extent + f2]);
                        }
                    }
                }
                sy_panels_f32_wide(f_count, f2_lanes, n_count, hessian_left, SY_BY_STEPS, 48,
                                   &hessian_right[(f2_tile / 16 * n_extent + n_first) * 16],
                                   n_extent * 16, n_first > 0, &hessian_sums[f2_place], 32);
                if (n_extent - n_first <= 2048) {
                    for (int64_t row = 0; row < f_count; ++row) {
                        const int64_t f = f_first + row;
#pragma omp simd
                        for (int64_t lane = 0; lane < f2_lanes; ++lane) {
                            const int64_t f2 = f2_tile + lane;
                            hessian[f * f_extent + f2] =
                                (float)hessian_sums[f2_place + row * 32 + lane];
                        }
                    }
                }
            }
        }
    }
}

/* newton.sy:22: output hessian[f, f2] = jvp(gradient, w, if f == f2 then 1 else 0) */
static void newton_hessian_2(int64_t share_from, int64_t share_to, int64_t n_extent,
                             int64_t f_extent, const float *restrict x,
                             const float *restrict count_of, float *restrict hessian,
                             float *restrict z, float ratio) {
    for (int64_t f = share_from; f < share_to; ++f) {
        for (int64_t f2_first = 0; f2_first < f_extent; f2_first += 64) {
            if (f_extent - f2_first >= 64) {
                double hessian_sum_total[64] = {0};
                for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                    const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                    float hessian_sum[64] = {0};
                    for (int64_t n = n_first; n < n_end; ++n) {
                        const float sigmoid = sy_sigmoid_f32(z[n]);
                        const float sigmoid_2 = sy_sigmoid_f32(-z[n]);
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            const int64_t f2 = f2_first + lane;
                            hessian_sum[lane] = SY_FMA_F32(x[n * f_extent + f],
                                                           x[n * f_extent + f2] * sigmoid *
                                                               sigmoid_2 * ratio * count_of[n],
                                                           hessian_sum[lane]);
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        hessian_sum_total[lane] += (double)hessian_sum[lane];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t f2 = f2_first + lane;
                    hessian[f * f_extent + f2] = (float)hessian_sum_total[lane];
                }
            } else {
                const int64_t f2_left = f_extent - f2_first;
                double hessian_sum_total[64] = {0};
                for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                    const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                    float hessian_sum[64] = {0};
                    for (int64_t n = n_first; n < n_end; ++n) {
                        const float sigmoid = sy_sigmoid_f32(z[n]);
                        const float sigmoid_2 = sy_sigmoid_f32(-z[n]);
#pragma omp simd
                        for (int64_t lane = 0; lane < f2_left; ++lane) {
                            const int64_t f2 = f2_first + lane;
                            hessian_sum[lane] = SY_FMA_F32(x[n * f_extent + f],
                                                           x[n * f_extent + f2] * sigmoid *
                                                               sigmoid_2 * ratio * count_of[n],
                                                           hessian_sum[lane]);
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < f2_left; ++lane) {
                        hessian_sum_total[lane] += (double)hessian_sum[lane];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < f2_left; ++lane) {
                    const int64_t f2 = f2_first + lane;
                    hessian[f * f_extent + f2] = (float)hessian_sum_total[lane];
                }
            }
        }
    }
}

static int newton_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                          const float *restrict y, const float *restrict count_of,
                          const float *restrict w, const float *restrict direction,
                          float *restrict L, float *restrict slope, float *restrict hessian,
                          float *restrict along, unsigned char *workspace) {
    unsigned char wrong[1] = {0};
    float *restrict L_sum_n = (float *)(void *)workspace;
    const size_t after_L_sum_n = sy_bytes(n_extent, sizeof(float));
    float *restrict gradient_rows = (float *)(void *)&workspace[after_L_sum_n];
    const size_t after_gradient_rows =
        after_L_sum_n + sy_bytes(sy_idiv_i64(n_extent + 63, 64) * f_extent, sizeof(float));
    float *restrict along_sum_rows = (float *)(void *)&workspace[after_gradient_rows];
    const size_t after_along_sum_rows =
        after_gradient_rows + sy_bytes(sy_idiv_i64(n_extent + 63, 64) * f_extent, sizeof(float));
    float *restrict z = (float *)(void *)&workspace[after_along_sum_rows];
    const size_t after_z = after_along_sum_rows + sy_bytes(n_extent, sizeof(float));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_z];
    const size_t after_L_sum_blocks = after_z + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict L_sum_blocks_2 = (double *)(void *)&workspace[after_L_sum_blocks];
    const size_t after_L_sum_blocks_2 =
        after_L_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    float *restrict hessian_right = (float *)(void *)&workspace[after_L_sum_blocks_2];
    /* newton.sy:19: let gradient[f] = grad(L, w) */
#pragma omp simd
    for (int64_t i = 0; i < sy_idiv_i64(n_extent + 63, 64) * f_extent; ++i) {
        gradient_rows[i] = 0.0f;
    }

    /* newton.sy:23: output along[f] = jvp(gradient, w, direction) */
#pragma omp simd
    for (int64_t i = 0; i < sy_idiv_i64(n_extent + 63, 64) * f_extent; ++i) {
        along_sum_rows[i] = 0.0f;
    }

    /* newton.sy:17: let z[n] = sum[f](x * w) */
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        newton_z(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent, x, w, z);
    } else {
        newton_z(0, n_extent, f_extent, x, w, z);
    }

    /* newton.sy:18: loss L = mean[n](softplus(z) - y * z, weight = count_of) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        newton_L_sum_n(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent, y, count_of,
                       wrong, L_sum_n, z, L_sum_blocks, L_sum_blocks_2);
    } else {
        newton_L_sum_n(0, n_blocks, n_extent, y, count_of, wrong, L_sum_n, z, L_sum_blocks,
                       L_sum_blocks_2);
    }
    if (wrong[0]) return 1;
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks);
    const double L_sum_2 = sy_tree_sum_blocks(L_sum_blocks_2, (size_t)n_blocks);

    *L = (float)(L_sum / L_sum_2);

    /* newton.sy:19: let gradient[f] = grad(L, w)
     * newton.sy:23: output along[f] = jvp(gradient, w, direction) */
    const int64_t n_rows = f_extent > 128 ? 1 : 32;
    const float ratio = (float)(1.0 / L_sum_2);
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        newton_gradient_rows(sy_share_from(n_extent, 64), sy_share_to(n_extent, 64), n_extent,
                             f_extent, x, y, count_of, direction, gradient_rows, along_sum_rows, z,
                             n_rows, ratio);
    } else {
        newton_gradient_rows(0, n_extent, n_extent, f_extent, x, y, count_of, direction,
                             gradient_rows, along_sum_rows, z, n_rows, ratio);
    }

    /* newton.sy:19: let gradient[f] = grad(L, w)
     * newton.sy:21: output slope[f] = gradient
     * newton.sy:23: output along[f] = jvp(gradient, w, direction) */
    if ((double)sy_idiv_i64(n_extent + 63, 64) * (double)f_extent > 20000.0) {
#pragma omp parallel
        newton_slope(sy_share_from(f_extent, 64), sy_share_to(f_extent, 64), n_extent, f_extent,
                     slope, along, gradient_rows, along_sum_rows);
    } else {
        newton_slope(0, f_extent, n_extent, f_extent, slope, along, gradient_rows, along_sum_rows);
    }

    /* newton.sy:22: output hessian[f, f2] = jvp(gradient, w, if f == f2 then 1 else 0) */
    const bool by_panels = (f_extent >= 8 || (f_extent >= 3 && f_extent < 64)) &&
                           (double)f_extent * (double)f_extent * (double)n_extent >= 256.0;
    if (by_panels) {
        const bool enough_work = (double)f_extent * (double)f_extent * (double)n_extent > 500000.0;
        const int64_t f2_panels = (f_extent + 15) / 16;
        const int64_t f2_groups = (f2_panels + 3) / 4;
        if (enough_work) {
#pragma omp parallel
            newton_hessian_right(sy_share_from(f2_groups, 1), sy_share_to(f2_groups, 1), n_extent,
                                 f_extent, x, count_of, z, hessian_right, ratio);
        } else {
            newton_hessian_right(0, f2_groups, n_extent, f_extent, x, count_of, z, hessian_right,
                                 ratio);
        }
        const int64_t f_panels = (f_extent + 5) / 6;
        const int64_t f2_tiles = sy_max_i64((f_extent + 31) / 32, 1);
        const int64_t f2_parts = n_extent > 2048 || f_extent < 192 ? (f2_tiles + 11) / 12 : 1;
        const int64_t f2_width = (f2_tiles + (f2_parts - 1)) / f2_parts * 32;
        const int64_t f2_blocks = (f_extent + (f2_width - 1)) / f2_width;
        if (enough_work) {
#pragma omp parallel
            newton_hessian(sy_share_from(f_panels * f2_blocks, 1),
                           sy_share_to(f_panels * f2_blocks, 1), n_extent, f_extent, x, hessian,
                           hessian_right, f_panels, f2_width);
        } else {
            newton_hessian(0, f_panels * f2_blocks, n_extent, f_extent, x, hessian, hessian_right,
                           f_panels, f2_width);
        }
    } else if ((double)f_extent * (double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        newton_hessian_2(sy_share_from(f_extent, 1), sy_share_to(f_extent, 1), n_extent, f_extent,
                         x, count_of, hessian, z, ratio);
    } else {
        newton_hessian_2(0, f_extent, n_extent, f_extent, x, count_of, hessian, z, ratio);
    }
    return 0;
}

int newton(size_t n, size_t f, const float *x, const float *y, const float *count_of,
           const float *w, const float *direction, float *L, float *slope, float *hessian,
           float *along) {
    return newton_call(n, f, x, y, count_of, w, direction, L, slope, hessian, along, NULL);
}

int newton_call(size_t n, size_t f, const float *x, const float *y, const float *count_of,
                const float *w, const float *direction, float *L, float *slope, float *hessian,
                float *along, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    const int64_t x_count = sy_count(n_extent, f_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t hessian_count = sy_count(f_extent, f_extent);
    if (hessian_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "hessian", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (y == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (count_of == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "count_of", 0, 0.0, 0, NULL);
    }
    if (w == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (direction == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "direction", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    if (slope == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "slope", 0, 0.0, 0, NULL);
    }
    if (hessian == NULL && hessian_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "hessian", 0, 0.0, 0, NULL);
    }
    if (along == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "along", 0, 0.0, 0, NULL);
    }
    const size_t needed = newton_workspace(n, f);
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
    const int wrong = newton_compute(n_extent, f_extent, x, y, count_of, w, direction, L, slope,
                                     hessian, along, workspace);
    if (given == NULL) sy_release(workspace);
    if (wrong != 0) {
        const size_t bad_count_of = sy_check_weight_f32(count_of, (size_t)n_extent);
        if (bad_count_of != SIZE_MAX) {
            return sy_fail(call, STEELYARD_WEIGHT, "count_of", bad_count_of,
                           (double)count_of[bad_count_of], 0, NULL);
        }
    }
    return STEELYARD_OK;
}

size_t newton_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(
        bytes, sy_bytes(sy_count(sy_idiv_i64(n_extent + 63, 64), f_extent), sizeof(float)));
    bytes = sy_add_bytes(
        bytes, sy_bytes(sy_count(sy_idiv_i64(n_extent + 63, 64), f_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes =
        sy_add_bytes(bytes, sy_bytes(sy_count((f_extent + 15) / 16 * 16, n_extent), sizeof(float)));
    return bytes;
}
