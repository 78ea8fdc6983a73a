/* embedding_bag: made from embedding_bag.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "embedding_bag.h"

#include "steelyard.h"
#include <stdint.h>

/* embedding_bag.sy:16: output bag[b, f] = mean[k](table[word, f], weight = common[word], where =
 * has(word), empty = 0)
 * embedding_bag.sy:17: output words[b]: i64 = count[k](where = has(word)) */
static void embedding_bag_bag(int64_t share_from, int64_t share_to, int64_t k_extent,
                              const int64_t *restrict word, const float *restrict table,
                              const float *restrict common, float *restrict bag,
                              int64_t *restrict words) {
    for (int64_t b = share_from; b < share_to; ++b) {
        double bag_sum_total = 0.0;
        int64_t words_sum_total = 0;
        for (int64_t k_first = 0; k_first < k_extent; k_first += 256) {
            const int64_t k_end = sy_min_i64(k_first + 256, k_extent);
            float bag_sum[32] = {0};
            int32_t words_sum[32] = {0};
            const int64_t k_whole = k_end - k_end % 32;
            for (int64_t k_row = k_first; k_row < k_whole; k_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t k = k_row + lane;
                    bag_sum[lane] += word[b * k_extent + k] != -1 ? common[word[b * k_extent + k]]
                                                                  : 0.0f;
                    words_sum[lane] += word[b * k_extent + k] != -1 ? 1 : 0;
                }
            }
            for (int64_t k = k_whole; k < k_end; ++k) {
                bag_sum[0] += word[b * k_extent + k] != -1 ? common[word[b * k_extent + k]] : 0.0f;
                words_sum[0] += word[b * k_extent + k] != -1 ? 1 : 0;
            }
            bag_sum_total += (double)(k_whole > k_first ? sy_tree_sum_f32(bag_sum) : bag_sum[0]);
            words_sum_total +=
                (int64_t)(k_whole > k_first ? sy_tree_sum_i32(words_sum) : words_sum[0]);
        }
        const float bag_sum = (float)bag_sum_total;
        double bag_sum_total_2[3] = {0};
        for (int64_t k_first = 0; k_first < k_extent; k_first += 256) {
            const int64_t k_end = sy_min_i64(k_first + 256, k_extent);
            float bag_sum_2[3] = {0};
            for (int64_t k = k_first; k < k_end; ++k) {
                if (word[b * k_extent + k] != -1) {
#pragma omp simd
                    for (int64_t f = 0; f < 3; ++f) {
                        bag_sum_2[f] =
                            SY_FMA_F32(common[word[b * k_extent + k]],
                                       table[word[b * k_extent + k] * 3 + f], bag_sum_2[f]);
                    }
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 3; ++lane) {
                bag_sum_total_2[lane] += (double)bag_sum_2[lane];
            }
        }
#pragma omp simd
        for (int64_t f = 0; f < 3; ++f) {
            bag[b * 3 + f] = bag_sum == 0.0f ? 0.0f : (float)bag_sum_total_2[f] / bag_sum;
        }
        words[b] = words_sum_total;
    }
}

/* embedding_bag.sy:18: output used[v]: i64 = count[b, k](where = has(word) and word == v) */
static void embedding_bag_used(int64_t share_from, int64_t share_to, int64_t v_extent,
                               int64_t *restrict used, int64_t *restrict used_sum) {
    for (int64_t v_first = share_from; v_first < share_to; v_first += 4096) {
        const int64_t v_end = sy_min_i64(v_first + 4096, v_extent);
#pragma omp simd
        for (int64_t v = v_first; v < v_end; ++v) {
            used[v] = used_sum[v];
        }
    }
}

static void embedding_bag_compute(int64_t b_extent, int64_t k_extent, int64_t v_extent,
                                  const int64_t *restrict word, const float *restrict table,
                                  const float *restrict common, float *restrict bag,
                                  int64_t *restrict words, int64_t *restrict used,
                                  unsigned char *workspace) {
    int64_t *restrict used_sum = (int64_t *)(void *)workspace;
    /* embedding_bag.sy:18: output used[v]: i64 = count[b, k](where = has(word) and word == v) */
#pragma omp simd
    for (int64_t i = 0; i < v_extent; ++i) {
        used_sum[i] = 0;
    }

    /* embedding_bag.sy:16: output bag[b, f] = mean[k](table[word, f], weight = common[word],
     * where = has(word), empty = 0)
     * embedding_bag.sy:17: output words[b]: i64 = count[k](where = has(word)) */
    if ((double)b_extent * (double)k_extent * 3.0 > 20000.0) {
#pragma omp parallel
        embedding_bag_bag(sy_share_from(b_extent, 1), sy_share_to(b_extent, 1), k_extent, word,
                          table, common, bag, words);
    } else {
        embedding_bag_bag(0, b_extent, k_extent, word, table, common, bag, words);
    }

    /* embedding_bag.sy:18: output used[v]: i64 = count[b, k](where = has(word) and word == v) */
    for (int64_t b = 0; b < b_extent; ++b) {
        for (int64_t k = 0; k < k_extent; ++k) {
            if (word[b * k_extent + k] != -1 && 0 <= word[b * k_extent + k] &&
                word[b * k_extent + k] < v_extent) {
                used_sum[word[b * k_extent + k]] = sy_add_i64(used_sum[word[b * k_extent + k]], 1);
            }
        }
    }

    if (v_extent > 20000) {
#pragma omp parallel
        embedding_bag_used(sy_share_from(v_extent, 4096), sy_share_to(v_extent, 4096), v_extent,
                           used, used_sum);
    } else {
        embedding_bag_used(0, v_extent, v_extent, used, used_sum);
    }
}

int embedding_bag(size_t b, size_t k, size_t v, const int64_t *word, const float *table,
                  const float *common, float *bag, int64_t *words, int64_t *used) {
    return embedding_bag_call(b, k, v, word, table, common, bag, words, used, NULL);
}

int embedding_bag_call(size_t b, size_t k, size_t v, const int64_t *word, const float *table,
                       const float *common, float *bag, int64_t *words, int64_t *used,
                       steelyard_call *call) {
    if (!sy_size_fits(b)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "b", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(k)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "k", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(v)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "v", 0, 0.0, 0, "this size is too large");
    }
    const int64_t b_extent = (int64_t)b;
    const int64_t k_extent = (int64_t)k;
    const int64_t v_extent = (int64_t)v;
    const int64_t word_count = sy_count(b_extent, k_extent);
    if (word_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "word", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t table_count = sy_count(v_extent, 3);
    if (table_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "table", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t bag_count = sy_count(b_extent, 3);
    if (bag_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "bag", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (word == NULL && word_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "word", 0, 0.0, 0, NULL);
    }
    if (table == NULL && table_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "table", 0, 0.0, 0, NULL);
    }
    if (common == NULL && v_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "common", 0, 0.0, 0, NULL);
    }
    if (bag == NULL && bag_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "bag", 0, 0.0, 0, NULL);
    }
    if (words == NULL && b_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "words", 0, 0.0, 0, NULL);
    }
    if (used == NULL && v_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "used", 0, 0.0, 0, NULL);
    }
    const size_t bad_word = sy_check_index_i64(word, (size_t)word_count, v_extent, 1, -1);
    if (bad_word != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "word", bad_word, 0.0, word[bad_word], NULL);
    }
    const size_t bad_common = sy_check_weight_f32(common, (size_t)v_extent);
    if (bad_common != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "common", bad_common, (double)common[bad_common], 0,
                       NULL);
    }
    const size_t needed = embedding_bag_workspace(b, k, v);
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
    embedding_bag_compute(b_extent, k_extent, v_extent, word, table, common, bag, words, used,
                          workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t embedding_bag_workspace(size_t b, size_t k, size_t v) {
    if (!sy_size_fits(b) || !sy_size_fits(k) || !sy_size_fits(v)) return SIZE_MAX;
    const int64_t v_extent = (int64_t)v;
    return sy_bytes(v_extent, sizeof(int64_t));
}
