/* simplex_mix: made from simplex_mix.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "simplex_mix.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* simplex_mix.sy:15: let share[k] = softmax[k](pre) */
static void simplex_mix_share_max_blocks(int64_t share_from, int64_t share_to, int64_t k_extent,
                                         const float *restrict pre,
                                         float *restrict share_max_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t k_first = block * 4096;
        const int64_t k_end = sy_min_i64(k_first + 4096, k_extent);
        float share_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            share_max[lane] = -INFINITY;
        }
        const int64_t k_whole = k_end - k_end % 32;
        for (int64_t k_row = k_first; k_row < k_whole; k_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t k = k_row + lane;
                share_max[lane] = sy_max_f32(share_max[lane], pre[k]);
            }
        }
        for (int64_t k = k_whole; k < k_end; ++k) {
            share_max[0] = sy_max_f32(share_max[0], pre[k]);
        }
        share_max_blocks[block] = k_whole > k_first ? sy_tree_max_f32(share_max) : share_max[0];
    }
}

/* simplex_mix.sy:15: let share[k] = softmax[k](pre) */
static void simplex_mix_share_sum_blocks(int64_t share_from, int64_t share_to, int64_t k_extent,
                                         const float *restrict pre,
                                         double *restrict share_sum_blocks, float share_max_all) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t k_first = block * 4096;
        const int64_t k_end = sy_min_i64(k_first + 4096, k_extent);
        float share_sum[32] = {0};
        const int64_t k_whole = k_end - k_end % 32;
        for (int64_t k_row = k_first; k_row < k_whole; k_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t k = k_row + lane;
                const float exponential = sy_exp_below_f32(pre[k] - share_max_all);
                share_sum[lane] += exponential;
            }
        }
        for (int64_t k = k_whole; k < k_end; ++k) {
            const float exponential = sy_exp_below_f32(pre[k] - share_max_all);
            share_sum[0] += exponential;
        }
        share_sum_blocks[block] =
            (double)(k_whole > k_first ? sy_tree_sum_f32(share_sum) : share_sum[0]);
    }
}

/* simplex_mix.sy:18: output shares[k] = share */
static void simplex_mix_shares(int64_t share_from, int64_t share_to, int64_t k_extent,
                               const float *restrict pre, float *restrict shares,
                               float share_max_all, float share_sum) {
    for (int64_t k_first = share_from; k_first < share_to; k_first += 4096) {
        const int64_t k_end = sy_min_i64(k_first + 4096, k_extent);
#pragma omp simd
        for (int64_t k = k_first; k < k_end; ++k) {
            const float exponential = sy_exp_below_f32(pre[k] - share_max_all);
            const float share = exponential / share_sum;
            shares[k] = share;
        }
    }
}

/* simplex_mix.sy:16: let mixed[y, x] = sum[k](share * image) + bias
 * simplex_mix.sy:19: output result[y, x] = mixed */
static void simplex_mix_result(int64_t share_from, int64_t share_to, int64_t k_extent,
                               int64_t y_x_extent, const float *restrict image, float bias,
                               float *restrict shares, float *restrict result) {
    for (int64_t y_x_first = share_from; y_x_first < share_to; y_x_first += 64) {
        if (y_x_extent - y_x_first >= 64) {
            double mixed_sum_total[64] = {0};
            for (int64_t k_first = 0; k_first < k_extent; k_first += 256) {
                const int64_t k_end = sy_min_i64(k_first + 256, k_extent);
                float mixed_sum[64] = {0};
                for (int64_t k = k_first; k < k_end; ++k) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t y_x = y_x_first + lane;
                        mixed_sum[lane] =
                            SY_FMA_F32(shares[k], image[k * y_x_extent + y_x], mixed_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    mixed_sum_total[lane] += (double)mixed_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t y_x = y_x_first + lane;
                const float mixed = (float)mixed_sum_total[lane] + bias;
                result[y_x] = mixed;
            }
        } else {
            const int64_t y_x_left = y_x_extent - y_x_first;
            double mixed_sum_total[64] = {0};
            for (int64_t k_first = 0; k_first < k_extent; k_first += 256) {
                const int64_t k_end = sy_min_i64(k_first + 256, k_extent);
                float mixed_sum[64] = {0};
                for (int64_t k = k_first; k < k_end; ++k) {
#pragma omp simd
                    for (int64_t lane = 0; lane < y_x_left; ++lane) {
                        const int64_t y_x = y_x_first + lane;
                        mixed_sum[lane] =
                            SY_FMA_F32(shares[k], image[k * y_x_extent + y_x], mixed_sum[lane]);
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < y_x_left; ++lane) {
                    mixed_sum_total[lane] += (double)mixed_sum[lane];
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < y_x_left; ++lane) {
                const int64_t y_x = y_x_first + lane;
                const float mixed = (float)mixed_sum_total[lane] + bias;
                result[y_x] = mixed;
            }
        }
    }
}

/* simplex_mix.sy:20: loss L = mean[y, x]((mixed - wanted)^2) */
static void simplex_mix_L_sum_blocks(int64_t share_from, int64_t share_to, int64_t y_x_extent,
                                     const float *restrict wanted, float *restrict result,
                                     double *restrict L_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t y_x_first = block * 4096;
        const int64_t y_x_end = sy_min_i64(y_x_first + 4096, y_x_extent);
        float L_sum[32] = {0};
        const int64_t y_x_whole = y_x_end - y_x_end % 32;
        for (int64_t y_x_row = y_x_first; y_x_row < y_x_whole; y_x_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t y_x = y_x_row + lane;
                const float base = result[y_x] - wanted[y_x];
                L_sum[lane] += base * base;
            }
        }
        for (int64_t y_x = y_x_whole; y_x < y_x_end; ++y_x) {
            const float base = result[y_x] - wanted[y_x];
            L_sum[0] += base * base;
        }
        L_sum_blocks[block] = (double)(y_x_whole > y_x_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
    }
}

static void simplex_mix_compute(int64_t k_extent, int64_t y_extent, int64_t x_extent,
                                int64_t y_x_extent, const float *restrict image,
                                const float *restrict wanted, const float *restrict pre, float bias,
                                float *restrict shares, float *restrict result, float *restrict L,
                                unsigned char *workspace) {
    float *restrict share_max_blocks = (float *)(void *)workspace;
    const size_t after_share_max_blocks = sy_bytes((k_extent + 4095) / 4096, sizeof(float));
    double *restrict share_sum_blocks = (double *)(void *)&workspace[after_share_max_blocks];
    const size_t after_share_sum_blocks =
        after_share_max_blocks + sy_bytes((k_extent + 4095) / 4096, sizeof(double));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_share_sum_blocks];
    /* simplex_mix.sy:15: let share[k] = softmax[k](pre) */
    const int64_t k_blocks = (k_extent + 4095) / 4096;
    if (k_extent > 20000) {
#pragma omp parallel
        simplex_mix_share_max_blocks(sy_share_from(k_blocks, 1), sy_share_to(k_blocks, 1), k_extent,
                                     pre, share_max_blocks);
    } else {
        simplex_mix_share_max_blocks(0, k_blocks, k_extent, pre, share_max_blocks);
    }
    float share_max_all = -INFINITY;
    for (int64_t block = 0; block < k_blocks; ++block) {
        share_max_all = sy_max_f32(share_max_all, share_max_blocks[block]);
    }

    const int64_t k_blocks_2 = (k_extent + 4095) / 4096;
    if (k_extent > 20000) {
#pragma omp parallel
        simplex_mix_share_sum_blocks(sy_share_from(k_blocks_2, 1), sy_share_to(k_blocks_2, 1),
                                     k_extent, pre, share_sum_blocks, share_max_all);
    } else {
        simplex_mix_share_sum_blocks(0, k_blocks_2, k_extent, pre, share_sum_blocks, share_max_all);
    }
    const float share_sum = (float)sy_tree_sum_blocks(share_sum_blocks, (size_t)k_blocks_2);

    /* simplex_mix.sy:18: output shares[k] = share */
    if (k_extent > 20000) {
#pragma omp parallel
        simplex_mix_shares(sy_share_from(k_extent, 4096), sy_share_to(k_extent, 4096), k_extent,
                           pre, shares, share_max_all, share_sum);
    } else {
        simplex_mix_shares(0, k_extent, k_extent, pre, shares, share_max_all, share_sum);
    }

    /* simplex_mix.sy:16: let mixed[y, x] = sum[k](share * image) + bias
     * simplex_mix.sy:19: output result[y, x] = mixed */
    if ((double)k_extent * (double)y_x_extent > 20000.0) {
#pragma omp parallel
        simplex_mix_result(sy_share_from(y_x_extent, 64), sy_share_to(y_x_extent, 64), k_extent,
                           y_x_extent, image, bias, shares, result);
    } else {
        simplex_mix_result(0, y_x_extent, k_extent, y_x_extent, image, bias, shares, result);
    }

    /* simplex_mix.sy:20: loss L = mean[y, x]((mixed - wanted)^2) */
    const int64_t y_x_blocks = (y_x_extent + 4095) / 4096;
    if (y_x_extent > 20000) {
#pragma omp parallel
        simplex_mix_L_sum_blocks(sy_share_from(y_x_blocks, 1), sy_share_to(y_x_blocks, 1),
                                 y_x_extent, wanted, result, L_sum_blocks);
    } else {
        simplex_mix_L_sum_blocks(0, y_x_blocks, y_x_extent, wanted, result, L_sum_blocks);
    }
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)y_x_blocks);

    *L = (float)(L_sum / (double)sy_mul_i64(y_extent, x_extent));
}

int simplex_mix(size_t k, size_t y, size_t x, const float *image, const float *wanted,
                const float *pre, float bias, float *shares, float *result, float *L) {
    return simplex_mix_call(k, y, x, image, wanted, pre, bias, shares, result, L, NULL);
}

int simplex_mix_call(size_t k, size_t y, size_t x, const float *image, const float *wanted,
                     const float *pre, float bias, float *shares, float *result, float *L,
                     steelyard_call *call) {
    if (!sy_size_fits(k)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "k", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(y)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "y", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(x)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "this size is too large");
    }
    const int64_t k_extent = (int64_t)k;
    const int64_t y_extent = (int64_t)y;
    const int64_t x_extent = (int64_t)x;
    const int64_t y_x_extent = sy_product(y_extent, x_extent);
    const int64_t image_count = sy_count(sy_count(k_extent, y_extent), x_extent);
    if (image_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "image", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t wanted_count = sy_count(y_extent, x_extent);
    if (wanted_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "wanted", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (image == NULL && image_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "image", 0, 0.0, 0, NULL);
    }
    if (wanted == NULL && wanted_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "wanted", 0, 0.0, 0, NULL);
    }
    if (pre == NULL && k_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "pre", 0, 0.0, 0, NULL);
    }
    if (shares == NULL && k_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "shares", 0, 0.0, 0, NULL);
    }
    if (result == NULL && wanted_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "result", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    const size_t needed = simplex_mix_workspace(k, y, x);
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
    simplex_mix_compute(k_extent, y_extent, x_extent, y_x_extent, image, wanted, pre, bias, shares,
                        result, L, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t simplex_mix_workspace(size_t k, size_t y, size_t x) {
    if (!sy_size_fits(k) || !sy_size_fits(y) || !sy_size_fits(x)) return SIZE_MAX;
    const int64_t k_extent = (int64_t)k;
    const int64_t y_extent = (int64_t)y;
    const int64_t x_extent = (int64_t)x;
    const int64_t y_x_extent = sy_product(y_extent, x_extent);
    size_t bytes = sy_bytes((k_extent + 4095) / 4096, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes((k_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((y_x_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
