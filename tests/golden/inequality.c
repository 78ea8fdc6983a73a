/* inequality: made from inequality.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "inequality.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* inequality.sy:15: let apart = mean[n, m](abs(income - income[n = m]), weight = w * w[n = m])
 * inequality.sy:19: output rank[n]: i64 = count[m](where = income[n = m] < income) */
static void inequality_apart_sum_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                                   const float *restrict income, const float *restrict w,
                                   int64_t *restrict rank, float *restrict apart_sum_n,
                                   float *restrict apart_sum_n_2) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double apart_sum_total = 0.0;
        double apart_sum_total_2 = 0.0;
        int64_t rank_sum_total = 0;
        for (int64_t m_first = 0; m_first < n_extent; m_first += 256) {
            const int64_t m_end = sy_min_i64(m_first + 256, n_extent);
            float apart_sum[32] = {0};
            float apart_sum_2[32] = {0};
            int32_t rank_sum[32] = {0};
            const int64_t m_whole = m_end - m_end % 32;
            for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_row + lane;
                    const float product = w[n] * w[m];
                    apart_sum[lane] =
                        SY_FMA_F32(product, sy_abs_f32(income[n] - income[m]), apart_sum[lane]);
                    apart_sum_2[lane] += product;
                    rank_sum[lane] += income[m] < income[n] ? 1 : 0;
                }
            }
            for (int64_t m = m_whole; m < m_end; ++m) {
                const float product = w[n] * w[m];
                apart_sum[0] = SY_FMA_F32(product, sy_abs_f32(income[n] - income[m]), apart_sum[0]);
                apart_sum_2[0] += product;
                rank_sum[0] += income[m] < income[n] ? 1 : 0;
            }
            apart_sum_total +=
                (double)(m_whole > m_first ? sy_tree_sum_f32(apart_sum) : apart_sum[0]);
            apart_sum_total_2 +=
                (double)(m_whole > m_first ? sy_tree_sum_f32(apart_sum_2) : apart_sum_2[0]);
            rank_sum_total +=
                (int64_t)(m_whole > m_first ? sy_tree_sum_i32(rank_sum) : rank_sum[0]);
        }
        const float apart_sum = (float)apart_sum_total;
        const float apart_sum_2 = (float)apart_sum_total_2;
        apart_sum_n[n] = apart_sum;
        apart_sum_n_2[n] = apart_sum_2;
        rank[n] = rank_sum_total;
    }
}

/* inequality.sy:14: let typical = mean[n](income, weight = w)
 * inequality.sy:15: let apart = mean[n, m](abs(income - income[n = m]), weight = w * w[n = m]) */
static void inequality_apart_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                        const float *restrict income, const float *restrict w,
                                        float *restrict apart_sum_n, float *restrict apart_sum_n_2,
                                        double *restrict apart_sum_blocks,
                                        double *restrict apart_sum_blocks_2,
                                        double *restrict typical_sum_blocks,
                                        double *restrict typical_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        double apart_sum[32] = {0};
        double apart_sum_2[32] = {0};
        float typical_sum[32] = {0};
        float typical_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                apart_sum[lane] += (double)apart_sum_n[n];
                apart_sum_2[lane] += (double)apart_sum_n_2[n];
                typical_sum[lane] = SY_FMA_F32(w[n], income[n], typical_sum[lane]);
                typical_sum_2[lane] += w[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            apart_sum[0] += (double)apart_sum_n[n];
            apart_sum_2[0] += (double)apart_sum_n_2[n];
            typical_sum[0] = SY_FMA_F32(w[n], income[n], typical_sum[0]);
            typical_sum_2[0] += w[n];
        }
        apart_sum_blocks[block] = n_whole > n_first ? sy_tree_sum_f64(apart_sum) : apart_sum[0];
        apart_sum_blocks_2[block] = n_whole > n_first ? sy_tree_sum_f64(apart_sum_2)
                                                      : apart_sum_2[0];
        typical_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(typical_sum) : typical_sum[0]);
        typical_sum_blocks_2[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(typical_sum_2) : typical_sum_2[0]);
    }
}

/* inequality.sy:16: let below[n] = sum[m](w[n = m], where = income[n = m] <= income)
 * inequality.sy:20: output quantile = min[n](income, where = below >= level * sum[n](w)) */
static void inequality_quantile_min_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                                      const float *restrict income, const float *restrict w,
                                      unsigned char *restrict quantile_min_n, float product) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double below_total = 0.0;
        for (int64_t m_first = 0; m_first < n_extent; m_first += 256) {
            const int64_t m_end = sy_min_i64(m_first + 256, n_extent);
            float below[32] = {0};
            const int64_t m_whole = m_end - m_end % 32;
            for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_row + lane;
                    const float w_here = w[m];
                    below[lane] += income[m] <= income[n] ? w_here : 0.0f;
                }
            }
            for (int64_t m = m_whole; m < m_end; ++m) {
                below[0] += income[m] <= income[n] ? w[m] : 0.0f;
            }
            below_total += (double)(m_whole > m_first ? sy_tree_sum_f32(below) : below[0]);
        }
        const float below = (float)below_total;
        quantile_min_n[n] = product <= below;
    }
}

/* inequality.sy:20: output quantile = min[n](income, where = below >= level * sum[n](w)) */
static void inequality_quantile_min_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                           const float *restrict income,
                                           unsigned char *restrict quantile_min_n,
                                           float *restrict quantile_min_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float quantile_min[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            quantile_min[lane] = INFINITY;
        }
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                const float income_here = income[n];
                quantile_min[lane] =
                    sy_min_f32(quantile_min[lane], quantile_min_n[n] ? income_here : INFINITY);
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            quantile_min[0] = sy_min_f32(quantile_min[0], quantile_min_n[n] ? income[n] : INFINITY);
        }
        quantile_min_blocks[block] = n_whole > n_first ? sy_tree_min_f32(quantile_min)
                                                       : quantile_min[0];
    }
}

static void inequality_compute(int64_t n_extent, const float *restrict income,
                               const float *restrict w, float level, float *restrict gini,
                               int64_t *restrict rank, float *restrict quantile,
                               unsigned char *workspace) {
    float *restrict apart_sum_n = (float *)(void *)workspace;
    const size_t after_apart_sum_n = sy_bytes(n_extent, sizeof(float));
    float *restrict apart_sum_n_2 = (float *)(void *)&workspace[after_apart_sum_n];
    const size_t after_apart_sum_n_2 = after_apart_sum_n + sy_bytes(n_extent, sizeof(float));
    unsigned char *restrict quantile_min_n =
        (unsigned char *)(void *)&workspace[after_apart_sum_n_2];
    const size_t after_quantile_min_n =
        after_apart_sum_n_2 + sy_bytes(n_extent, sizeof(unsigned char));
    double *restrict apart_sum_blocks = (double *)(void *)&workspace[after_quantile_min_n];
    const size_t after_apart_sum_blocks =
        after_quantile_min_n + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict apart_sum_blocks_2 = (double *)(void *)&workspace[after_apart_sum_blocks];
    const size_t after_apart_sum_blocks_2 =
        after_apart_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict typical_sum_blocks = (double *)(void *)&workspace[after_apart_sum_blocks_2];
    const size_t after_typical_sum_blocks =
        after_apart_sum_blocks_2 + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict typical_sum_blocks_2 = (double *)(void *)&workspace[after_typical_sum_blocks];
    const size_t after_typical_sum_blocks_2 =
        after_typical_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    float *restrict quantile_min_blocks = (float *)(void *)&workspace[after_typical_sum_blocks_2];
    /* inequality.sy:15: let apart = mean[n, m](abs(income - income[n = m]), weight = w * w[n =
     * m])
     * inequality.sy:19: output rank[n]: i64 = count[m](where = income[n = m] < income) */
    if ((double)n_extent * (double)n_extent > 20000.0) {
#pragma omp parallel
        inequality_apart_sum_n(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), n_extent,
                               income, w, rank, apart_sum_n, apart_sum_n_2);
    } else {
        inequality_apart_sum_n(0, n_extent, n_extent, income, w, rank, apart_sum_n, apart_sum_n_2);
    }

    /* inequality.sy:14: let typical = mean[n](income, weight = w)
     * inequality.sy:15: let apart = mean[n, m](abs(income - income[n = m]), weight = w * w[n =
     * m]) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        inequality_apart_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                    income, w, apart_sum_n, apart_sum_n_2, apart_sum_blocks,
                                    apart_sum_blocks_2, typical_sum_blocks, typical_sum_blocks_2);
    } else {
        inequality_apart_sum_blocks(0, n_blocks, n_extent, income, w, apart_sum_n, apart_sum_n_2,
                                    apart_sum_blocks, apart_sum_blocks_2, typical_sum_blocks,
                                    typical_sum_blocks_2);
    }
    const double apart_sum = sy_tree_sum_blocks(apart_sum_blocks, (size_t)n_blocks);
    const double apart_sum_2 = sy_tree_sum_blocks(apart_sum_blocks_2, (size_t)n_blocks);
    const double typical_sum = sy_tree_sum_blocks(typical_sum_blocks, (size_t)n_blocks);
    const double typical_sum_2 = sy_tree_sum_blocks(typical_sum_blocks_2, (size_t)n_blocks);

    /* inequality.sy:18: output gini = apart / (2 * typical) */
    const double apart = apart_sum / apart_sum_2;
    const double typical = typical_sum / typical_sum_2;
    *gini = (float)(apart / (2.0 * typical));

    /* inequality.sy:16: let below[n] = sum[m](w[n = m], where = income[n = m] <= income)
     * inequality.sy:20: output quantile = min[n](income, where = below >= level * sum[n](w)) */
    const float product = (float)((double)level * typical_sum_2);
    if ((double)n_extent * (double)n_extent > 20000.0) {
#pragma omp parallel
        inequality_quantile_min_n(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), n_extent,
                                  income, w, quantile_min_n, product);
    } else {
        inequality_quantile_min_n(0, n_extent, n_extent, income, w, quantile_min_n, product);
    }

    /* inequality.sy:20: output quantile = min[n](income, where = below >= level * sum[n](w)) */
    const int64_t n_blocks_2 = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        inequality_quantile_min_blocks(sy_share_from(n_blocks_2, 1), sy_share_to(n_blocks_2, 1),
                                       n_extent, income, quantile_min_n, quantile_min_blocks);
    } else {
        inequality_quantile_min_blocks(0, n_blocks_2, n_extent, income, quantile_min_n,
                                       quantile_min_blocks);
    }
    float quantile_min_all = INFINITY;
    for (int64_t block = 0; block < n_blocks_2; ++block) {
        quantile_min_all = sy_min_f32(quantile_min_all, quantile_min_blocks[block]);
    }

    *quantile = quantile_min_all;
}

int inequality(size_t n, const float *income, const float *w, float level, float *gini,
               int64_t *rank, float *quantile) {
    return inequality_call(n, income, w, level, gini, rank, quantile, NULL);
}

int inequality_call(size_t n, const float *income, const float *w, float level, float *gini,
                    int64_t *rank, float *quantile, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    if (income == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "income", 0, 0.0, 0, NULL);
    }
    if (w == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (gini == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "gini", 0, 0.0, 0, NULL);
    if (rank == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "rank", 0, 0.0, 0, NULL);
    }
    if (quantile == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "quantile", 0, 0.0, 0, NULL);
    const size_t bad_w = sy_check_weight_f32(w, (size_t)n_extent);
    if (bad_w != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
    }
    const size_t needed = inequality_workspace(n);
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
    inequality_compute(n_extent, income, w, level, gini, rank, quantile, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t inequality_workspace(size_t n) {
    if (!sy_size_fits(n)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(unsigned char)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(float)));
    return bytes;
}
