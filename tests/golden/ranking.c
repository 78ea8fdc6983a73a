/* ranking: made from ranking.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "ranking.h"

#include "steelyard.h"
#include "steelyard_fetch.h"
#include <math.h>
#include <stdint.h>

/* ranking.sy:16: let rank[q, d] = count[e](where = score[d = e] > score and real[d = e])
 * ranking.sy:19: let best[q, d] = count[e](where = ahead and real[d = e])
 * ranking.sy:21: let found[q] = sum[d](gain * discount(rank), where = real)
 * ranking.sy:22: let ideal[q] = sum[d](gain * discount(best), where = real)
 * ranking.sy:24: output ndcg = mean[q](found / ideal, where = ideal > 0, empty = 0)
 * ranking.sy:25: let aim[q, d] = softmax[d](relevance, where = real)
 * ranking.sy:26: loss listnet = mean[q](-sum[d](aim * log_softmax[d](score, where = real), where
 * = real)) */
static void ranking_ndcg_sum_q(int64_t share_from, int64_t share_to, int64_t d_extent,
                               const float *restrict score, const float *restrict relevance,
                               const unsigned char *restrict real,
                               unsigned char *restrict ndcg_sum_q,
                               unsigned char *restrict ndcg_sum_q_2, float *restrict ndcg_sum_q_3,
                               float *restrict listnet_sum_q) {
    for (int64_t q = share_from; q < share_to; ++q) {
        double ideal = 0.0;
        double found = 0.0;
        for (int64_t d = 0; d < d_extent; ++d) {
            const float gain = sy_pow_f32(2.0f, relevance[q * d_extent + d]) - 1.0f;
            if (real[q * d_extent + d]) {
                int64_t best_total = 0;
                int64_t rank_total = 0;
                for (int64_t e_first = 0; e_first < d_extent; e_first += 256) {
                    const int64_t e_end = sy_min_i64(e_first + 256, d_extent);
                    int32_t best[32] = {0};
                    int32_t rank[32] = {0};
                    const int64_t e_whole = e_end - e_end % 32;
                    for (int64_t e_row = e_first; e_row < e_whole; e_row += 32) {
#pragma omp simd
                        for (int64_t lane = 0; lane < 32; ++lane) {
                            const int64_t e = e_row + lane;
                            const int ahead =
                                relevance[q * d_extent + d] < relevance[q * d_extent + e] ||
                                (relevance[q * d_extent + e] == relevance[q * d_extent + d] &&
                                 e < d);
                            best[lane] += ahead && real[q * d_extent + e] ? 1 : 0;
                            rank[lane] += score[q * d_extent + d] < score[q * d_extent + e] &&
                                                  real[q * d_extent + e]
                                              ? 1
                                              : 0;
                        }
                    }
                    for (int64_t e = e_whole; e < e_end; ++e) {
                        const int ahead =
                            relevance[q * d_extent + d] < relevance[q * d_extent + e] ||
                            (relevance[q * d_extent + e] == relevance[q * d_extent + d] && e < d);
                        best[0] += ahead && real[q * d_extent + e] ? 1 : 0;
                        rank[0] += score[q * d_extent + d] < score[q * d_extent + e] &&
                                           real[q * d_extent + e]
                                       ? 1
                                       : 0;
                    }
                    best_total += (int64_t)(e_whole > e_first ? sy_tree_sum_i32(best) : best[0]);
                    rank_total += (int64_t)(e_whole > e_first ? sy_tree_sum_i32(rank) : rank[0]);
                }
                ideal +=
                    (double)(gain * (0.6931472f / sy_log_f32((float)sy_add_i64(best_total, 2))));
                found +=
                    (double)(gain * (0.6931472f / sy_log_f32((float)sy_add_i64(rank_total, 2))));
            }
        }
        const float ideal_2 = (float)ideal;
        const float found_2 = (float)found;
        ndcg_sum_q[q] = 0.0f < ideal_2;
        ndcg_sum_q_2[q] = 0.0f < ideal_2;
        ndcg_sum_q_3[q] = found_2 / ideal_2;
        float aim_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            aim_max[lane] = -INFINITY;
        }
        float listnet_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            listnet_max[lane] = -INFINITY;
        }
        const int64_t d_whole = d_extent - d_extent % 32;
        for (int64_t d_row = 0; d_row < d_whole; d_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t d = d_row + lane;
                const float relevance_here = relevance[q * d_extent + d];
                aim_max[lane] =
                    sy_max_f32(aim_max[lane], real[q * d_extent + d] ? relevance_here : -INFINITY);
                const float score_here = score[q * d_extent + d];
                listnet_max[lane] =
                    sy_max_f32(listnet_max[lane], real[q * d_extent + d] ? score_here : -INFINITY);
            }
        }
        for (int64_t d = d_whole; d < d_extent; ++d) {
            aim_max[0] = sy_max_f32(
                aim_max[0], real[q * d_extent + d] ? relevance[q * d_extent + d] : -INFINITY);
            listnet_max[0] = sy_max_f32(
                listnet_max[0], real[q * d_extent + d] ? score[q * d_extent + d] : -INFINITY);
        }
        const float aim_max_value = d_whole > 0 ? sy_tree_max_f32(aim_max) : aim_max[0];
        const float listnet_max_value = d_whole > 0 ? sy_tree_max_f32(listnet_max) : listnet_max[0];
        double aim_sum_total = 0.0;
        double listnet_sum_total = 0.0;
        for (int64_t d_first = 0; d_first < d_extent; d_first += 256) {
            const int64_t d_end = sy_min_i64(d_first + 256, d_extent);
            float aim_sum[32] = {0};
            float listnet_sum[32] = {0};
            const int64_t d_whole_2 = d_end - d_end % 32;
            for (int64_t d_row = d_first; d_row < d_whole_2; d_row += 32) {
                sy_fetch_next_f32(relevance, q * d_extent + d_row, d_extent);
                sy_fetch_next_f32(score, q * d_extent + d_row, d_extent);
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t d = d_row + lane;
                    const float relevance_here = relevance[q * d_extent + d];
                    const float exponential = sy_exp_f32(relevance_here - aim_max_value);
                    aim_sum[lane] += real[q * d_extent + d] ? exponential : 0.0f;
                    const float score_here = score[q * d_extent + d];
                    const float difference = score_here - listnet_max_value;
                    listnet_sum[lane] += real[q * d_extent + d] ? sy_exp_f32(difference) : 0.0f;
                }
            }
            for (int64_t d = d_whole_2; d < d_end; ++d) {
                const float exponential = sy_exp_f32(relevance[q * d_extent + d] - aim_max_value);
                aim_sum[0] += real[q * d_extent + d] ? exponential : 0.0f;
                const float difference = score[q * d_extent + d] - listnet_max_value;
                listnet_sum[0] += real[q * d_extent + d] ? sy_exp_f32(difference) : 0.0f;
            }
            aim_sum_total += (double)(d_whole_2 > d_first ? sy_tree_sum_f32(aim_sum) : aim_sum[0]);
            listnet_sum_total +=
                (double)(d_whole_2 > d_first ? sy_tree_sum_f32(listnet_sum) : listnet_sum[0]);
        }
        const float aim_sum = (float)aim_sum_total;
        const float listnet_sum = (float)listnet_sum_total;
        double listnet_sum_total_2 = 0.0;
        const float logarithm = sy_log_f32(listnet_sum);
        for (int64_t d_first = 0; d_first < d_extent; d_first += 256) {
            const int64_t d_end = sy_min_i64(d_first + 256, d_extent);
            float listnet_sum_2[32] = {0};
            const int64_t d_whole_2 = d_end - d_end % 32;
            for (int64_t d_row = d_first; d_row < d_whole_2; d_row += 32) {
                sy_fetch_next_f32(relevance, q * d_extent + d_row, d_extent);
                sy_fetch_next_f32(score, q * d_extent + d_row, d_extent);
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t d = d_row + lane;
                    const int real_here = real[q * d_extent + d];
                    const float relevance_here = relevance[q * d_extent + d];
                    const float score_here = score[q * d_extent + d];
                    const float exponential = sy_exp_f32(relevance_here - aim_max_value);
                    const float aim = real_here ? exponential / aim_sum : 0.0f;
                    const float difference = score_here - listnet_max_value;
                    listnet_sum_2[lane] +=
                        real[q * d_extent + d]
                            ? aim * (real_here ? difference - logarithm : -INFINITY)
                            : 0.0f;
                }
            }
            for (int64_t d = d_whole_2; d < d_end; ++d) {
                const float exponential = sy_exp_f32(relevance[q * d_extent + d] - aim_max_value);
                const float aim = real[q * d_extent + d] ? exponential / aim_sum : 0.0f;
                const float difference = score[q * d_extent + d] - listnet_max_value;
                listnet_sum_2[0] += real[q * d_extent + d] ? aim * (difference - logarithm) : 0.0f;
            }
            listnet_sum_total_2 +=
                (double)(d_whole_2 > d_first ? sy_tree_sum_f32(listnet_sum_2) : listnet_sum_2[0]);
        }
        const float listnet_sum_2 = (float)listnet_sum_total_2;
        listnet_sum_q[q] = listnet_sum_2;
    }
}

/* ranking.sy:24: output ndcg = mean[q](found / ideal, where = ideal > 0, empty = 0)
 * ranking.sy:26: loss listnet = mean[q](-sum[d](aim * log_softmax[d](score, where = real), where
 * = real)) */
static void ranking_ndcg_sum_blocks(int64_t share_from, int64_t share_to, int64_t q_extent,
                                    unsigned char *restrict ndcg_sum_q,
                                    unsigned char *restrict ndcg_sum_q_2,
                                    float *restrict ndcg_sum_q_3, float *restrict listnet_sum_q,
                                    int64_t *restrict ndcg_sum_blocks,
                                    double *restrict ndcg_sum_blocks_2,
                                    double *restrict listnet_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t q_first = block * 4096;
        const int64_t q_end = sy_min_i64(q_first + 4096, q_extent);
        int32_t ndcg_sum[32] = {0};
        float ndcg_sum_2[32] = {0};
        double listnet_sum[32] = {0};
        const int64_t q_whole = q_end - q_end % 32;
        for (int64_t q_row = q_first; q_row < q_whole; q_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t q = q_row + lane;
                ndcg_sum[lane] += ndcg_sum_q[q] ? 1 : 0;
                ndcg_sum_2[lane] += ndcg_sum_q_2[q] ? ndcg_sum_q_3[q] : 0.0f;
                listnet_sum[lane] += (double)listnet_sum_q[q];
            }
        }
        for (int64_t q = q_whole; q < q_end; ++q) {
            ndcg_sum[0] += ndcg_sum_q[q] ? 1 : 0;
            ndcg_sum_2[0] += ndcg_sum_q_2[q] ? ndcg_sum_q_3[q] : 0.0f;
            listnet_sum[0] += (double)listnet_sum_q[q];
        }
        ndcg_sum_blocks[block] =
            (int64_t)(q_whole > q_first ? sy_tree_sum_i32(ndcg_sum) : ndcg_sum[0]);
        ndcg_sum_blocks_2[block] =
            (double)(q_whole > q_first ? sy_tree_sum_f32(ndcg_sum_2) : ndcg_sum_2[0]);
        listnet_sum_blocks[block] = q_whole > q_first ? sy_tree_sum_f64(listnet_sum)
                                                      : listnet_sum[0];
    }
}

static void ranking_compute(int64_t q_extent, int64_t d_extent, const float *restrict score,
                            const float *restrict relevance, const unsigned char *restrict real,
                            float *restrict ndcg, float *restrict listnet,
                            unsigned char *workspace) {
    unsigned char *restrict ndcg_sum_q = (unsigned char *)(void *)workspace;
    const size_t after_ndcg_sum_q = sy_bytes(q_extent, sizeof(unsigned char));
    unsigned char *restrict ndcg_sum_q_2 = (unsigned char *)(void *)&workspace[after_ndcg_sum_q];
    const size_t after_ndcg_sum_q_2 = after_ndcg_sum_q + sy_bytes(q_extent, sizeof(unsigned char));
    float *restrict ndcg_sum_q_3 = (float *)(void *)&workspace[after_ndcg_sum_q_2];
    const size_t after_ndcg_sum_q_3 = after_ndcg_sum_q_2 + sy_bytes(q_extent, sizeof(float));
    float *restrict listnet_sum_q = (float *)(void *)&workspace[after_ndcg_sum_q_3];
    const size_t after_listnet_sum_q = after_ndcg_sum_q_3 + sy_bytes(q_extent, sizeof(float));
    int64_t *restrict ndcg_sum_blocks = (int64_t *)(void *)&workspace[after_listnet_sum_q];
    const size_t after_ndcg_sum_blocks =
        after_listnet_sum_q + sy_bytes((q_extent + 4095) / 4096, sizeof(int64_t));
    double *restrict ndcg_sum_blocks_2 = (double *)(void *)&workspace[after_ndcg_sum_blocks];
    const size_t after_ndcg_sum_blocks_2 =
        after_ndcg_sum_blocks + sy_bytes((q_extent + 4095) / 4096, sizeof(double));
    double *restrict listnet_sum_blocks = (double *)(void *)&workspace[after_ndcg_sum_blocks_2];
    /* ranking.sy:16: let rank[q, d] = count[e](where = score[d = e] > score and real[d = e])
     * ranking.sy:19: let best[q, d] = count[e](where = ahead and real[d = e])
     * ranking.sy:21: let found[q] = sum[d](gain * discount(rank), where = real)
     * ranking.sy:22: let ideal[q] = sum[d](gain * discount(best), where = real)
     * ranking.sy:24: output ndcg = mean[q](found / ideal, where = ideal > 0, empty = 0)
     * ranking.sy:25: let aim[q, d] = softmax[d](relevance, where = real)
     * ranking.sy:26: loss listnet = mean[q](-sum[d](aim * log_softmax[d](score, where = real),
     * where = real)) */
    if ((double)q_extent * (double)d_extent * (double)d_extent > 20000.0) {
#pragma omp parallel
        ranking_ndcg_sum_q(sy_share_from(q_extent, 1), sy_share_to(q_extent, 1), d_extent, score,
                           relevance, real, ndcg_sum_q, ndcg_sum_q_2, ndcg_sum_q_3, listnet_sum_q);
    } else {
        ranking_ndcg_sum_q(0, q_extent, d_extent, score, relevance, real, ndcg_sum_q, ndcg_sum_q_2,
                           ndcg_sum_q_3, listnet_sum_q);
    }

    /* ranking.sy:24: output ndcg = mean[q](found / ideal, where = ideal > 0, empty = 0)
     * ranking.sy:26: loss listnet = mean[q](-sum[d](aim * log_softmax[d](score, where = real),
     * where = real)) */
    const int64_t q_blocks = (q_extent + 4095) / 4096;
    if (q_extent > 20000) {
#pragma omp parallel
        ranking_ndcg_sum_blocks(sy_share_from(q_blocks, 1), sy_share_to(q_blocks, 1), q_extent,
                                ndcg_sum_q, ndcg_sum_q_2, ndcg_sum_q_3, listnet_sum_q,
                                ndcg_sum_blocks, ndcg_sum_blocks_2, listnet_sum_blocks);
    } else {
        ranking_ndcg_sum_blocks(0, q_blocks, q_extent, ndcg_sum_q, ndcg_sum_q_2, ndcg_sum_q_3,
                                listnet_sum_q, ndcg_sum_blocks, ndcg_sum_blocks_2,
                                listnet_sum_blocks);
    }
    int64_t ndcg_sum_all = 0;
    for (int64_t block = 0; block < q_blocks; ++block) {
        ndcg_sum_all = sy_add_i64(ndcg_sum_all, ndcg_sum_blocks[block]);
    }
    const double ndcg_sum = sy_tree_sum_blocks(ndcg_sum_blocks_2, (size_t)q_blocks);
    const double listnet_sum = sy_tree_sum_blocks(listnet_sum_blocks, (size_t)q_blocks);

    /* ranking.sy:24: output ndcg = mean[q](found / ideal, where = ideal > 0, empty = 0) */
    *ndcg = (float)(ndcg_sum_all == 0 ? 0.0 : ndcg_sum / (double)ndcg_sum_all);

    /* ranking.sy:26: loss listnet = mean[q](-sum[d](aim * log_softmax[d](score, where = real),
     * where = real)) */
    *listnet = (float)(-listnet_sum / (double)q_extent);
}

int ranking(size_t q, size_t d, const float *score, const float *relevance,
            const unsigned char *real, float *ndcg, float *listnet) {
    return ranking_call(q, d, score, relevance, real, ndcg, listnet, NULL);
}

int ranking_call(size_t q, size_t d, const float *score, const float *relevance,
                 const unsigned char *real, float *ndcg, float *listnet, steelyard_call *call) {
    if (!sy_size_fits(q)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "q", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(d)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "d", 0, 0.0, 0, "this size is too large");
    }
    const int64_t q_extent = (int64_t)q;
    const int64_t d_extent = (int64_t)d;
    const int64_t score_count = sy_count(q_extent, d_extent);
    if (score_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "score", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (score == NULL && score_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "score", 0, 0.0, 0, NULL);
    }
    if (relevance == NULL && score_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "relevance", 0, 0.0, 0, NULL);
    }
    if (real == NULL && score_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "real", 0, 0.0, 0, NULL);
    }
    if (ndcg == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "ndcg", 0, 0.0, 0, NULL);
    if (listnet == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "listnet", 0, 0.0, 0, NULL);
    const size_t bad_real = sy_check_mask(real, (size_t)score_count);
    if (bad_real != SIZE_MAX) {
        return sy_fail(call, STEELYARD_MASK, "real", bad_real, 0.0, (int64_t)real[bad_real], NULL);
    }
    const size_t needed = ranking_workspace(q, d);
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
    ranking_compute(q_extent, d_extent, score, relevance, real, ndcg, listnet, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t ranking_workspace(size_t q, size_t d) {
    if (!sy_size_fits(q) || !sy_size_fits(d)) return SIZE_MAX;
    const int64_t q_extent = (int64_t)q;
    size_t bytes = sy_bytes(q_extent, sizeof(unsigned char));
    bytes = sy_add_bytes(bytes, sy_bytes(q_extent, sizeof(unsigned char)));
    bytes = sy_add_bytes(bytes, sy_bytes(q_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(q_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((q_extent + 4095) / 4096, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes((q_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((q_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
