/* unlabelled: made from unlabelled.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "unlabelled.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* unlabelled.sy:14: let guess[n] = argmax[c](logits)
 * unlabelled.sy:20: output predicted[n] = guess
 * losses.sy:89: let logp = log_softmax[c](z) */
static void unlabelled_L_sum_n(int64_t share_from, int64_t share_to, const float *restrict logits,
                               const int64_t *restrict label, const float *restrict class_weight,
                               int64_t *restrict predicted, float *restrict L_sum_n) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float L_max = -INFINITY;
        float guess = 0.0f;
        int64_t guess_place = -1;
        for (int64_t c = 0; c < 4; ++c) {
            L_max = sy_max_f32(L_max, logits[n * 4 + c]);
            const float candidate = logits[n * 4 + c];
            if (sy_replaces_argmax_f32(candidate, c, guess, guess_place)) {
                guess = candidate;
                guess_place = c;
            }
        }
        float L_sum = 0.0f;
        for (int64_t c = 0; c < 4; ++c) {
            L_sum += sy_exp_below_f32(logits[n * 4 + c] - L_max);
        }
        L_sum_n[n] = label[n] != -100
                         ? class_weight[label[n]] *
                               -(logits[n * 4 + label[n]] - L_max - sy_log_f32(L_sum))
                         : 0.0f;
        predicted[n] = guess_place;
    }
}

/* unlabelled.sy:16: loss L = mean[n](cross_entropy[c](logits, label), weight =
 * class_weight[label], ...
 * unlabelled.sy:18: output accuracy = mean[n](if guess == label then 1 else 0, where =
 * has(label), empty = 0) */
static void unlabelled_L_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                    const int64_t *restrict label,
                                    const float *restrict class_weight, int64_t *restrict predicted,
                                    float *restrict L_sum_n, double *restrict L_sum_blocks,
                                    double *restrict L_sum_blocks_2,
                                    double *restrict accuracy_sum_blocks,
                                    int64_t *restrict accuracy_sum_blocks_2) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float L_sum[32] = {0};
        float L_sum_2[32] = {0};
        float accuracy_sum[32] = {0};
        int32_t accuracy_sum_2[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                L_sum[lane] += label[n] != -100 ? class_weight[label[n]] : 0.0f;
                L_sum_2[lane] += L_sum_n[n];
                accuracy_sum[lane] += label[n] != -100 && predicted[n] == label[n] ? 1.0f : 0.0f;
                accuracy_sum_2[lane] += label[n] != -100 ? 1 : 0;
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            L_sum[0] += label[n] != -100 ? class_weight[label[n]] : 0.0f;
            L_sum_2[0] += L_sum_n[n];
            accuracy_sum[0] += label[n] != -100 && predicted[n] == label[n] ? 1.0f : 0.0f;
            accuracy_sum_2[0] += label[n] != -100 ? 1 : 0;
        }
        L_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
        L_sum_blocks_2[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum_2) : L_sum_2[0]);
        accuracy_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(accuracy_sum) : accuracy_sum[0]);
        accuracy_sum_blocks_2[block] =
            (int64_t)(n_whole > n_first ? sy_tree_sum_i32(accuracy_sum_2) : accuracy_sum_2[0]);
    }
}

static void unlabelled_compute(int64_t n_extent, const float *restrict logits,
                               const int64_t *restrict label, const float *restrict class_weight,
                               float *restrict L, float *restrict accuracy,
                               int64_t *restrict labelled, int64_t *restrict predicted,
                               unsigned char *workspace) {
    float *restrict L_sum_n = (float *)(void *)workspace;
    const size_t after_L_sum_n = sy_bytes(n_extent, sizeof(float));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_L_sum_n];
    const size_t after_L_sum_blocks =
        after_L_sum_n + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict L_sum_blocks_2 = (double *)(void *)&workspace[after_L_sum_blocks];
    const size_t after_L_sum_blocks_2 =
        after_L_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    double *restrict accuracy_sum_blocks = (double *)(void *)&workspace[after_L_sum_blocks_2];
    const size_t after_accuracy_sum_blocks =
        after_L_sum_blocks_2 + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    int64_t *restrict accuracy_sum_blocks_2 =
        (int64_t *)(void *)&workspace[after_accuracy_sum_blocks];
    /* unlabelled.sy:14: let guess[n] = argmax[c](logits)
     * unlabelled.sy:20: output predicted[n] = guess
     * losses.sy:89: let logp = log_softmax[c](z) */
    if ((double)n_extent * 4.0 > 20000.0) {
#pragma omp parallel
        unlabelled_L_sum_n(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), logits, label,
                           class_weight, predicted, L_sum_n);
    } else {
        unlabelled_L_sum_n(0, n_extent, logits, label, class_weight, predicted, L_sum_n);
    }

    /* unlabelled.sy:16: loss L = mean[n](cross_entropy[c](logits, label), weight =
     * class_weight[label], ...
     * unlabelled.sy:18: output accuracy = mean[n](if guess == label then 1 else 0, where =
     * has(label), empty = 0) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        unlabelled_L_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                label, class_weight, predicted, L_sum_n, L_sum_blocks,
                                L_sum_blocks_2, accuracy_sum_blocks, accuracy_sum_blocks_2);
    } else {
        unlabelled_L_sum_blocks(0, n_blocks, n_extent, label, class_weight, predicted, L_sum_n,
                                L_sum_blocks, L_sum_blocks_2, accuracy_sum_blocks,
                                accuracy_sum_blocks_2);
    }
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks);
    const double L_sum_2 = sy_tree_sum_blocks(L_sum_blocks_2, (size_t)n_blocks);
    const double accuracy_sum = sy_tree_sum_blocks(accuracy_sum_blocks, (size_t)n_blocks);
    int64_t accuracy_sum_all = 0;
    for (int64_t block = 0; block < n_blocks; ++block) {
        accuracy_sum_all = sy_add_i64(accuracy_sum_all, accuracy_sum_blocks_2[block]);
    }

    /* unlabelled.sy:16: loss L = mean[n](cross_entropy[c](logits, label), weight =
     * class_weight[label], ... */
    *L = (float)((float)L_sum == 0.0f ? 0.0 : L_sum_2 / L_sum);

    /* unlabelled.sy:19: output labelled: i64 = count[n](where = has(label)) */
    *labelled = accuracy_sum_all;

    /* unlabelled.sy:18: output accuracy = mean[n](if guess == label then 1 else 0, where =
     * has(label), empty = 0) */
    *accuracy = (float)(*labelled == 0 ? 0.0 : accuracy_sum / (double)*labelled);
}

int unlabelled(size_t n, const float *logits, const int64_t *label, const float *class_weight,
               float *L, float *accuracy, int64_t *labelled, int64_t *predicted) {
    return unlabelled_call(n, logits, label, class_weight, L, accuracy, labelled, predicted, NULL);
}

int unlabelled_call(size_t n, const float *logits, const int64_t *label, const float *class_weight,
                    float *L, float *accuracy, int64_t *labelled, int64_t *predicted,
                    steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t logits_count = sy_count(n_extent, 4);
    if (logits_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "logits", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (logits == NULL && logits_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "logits", 0, 0.0, 0, NULL);
    }
    if (label == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "label", 0, 0.0, 0, NULL);
    }
    if (class_weight == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "class_weight", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    if (accuracy == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "accuracy", 0, 0.0, 0, NULL);
    if (labelled == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "labelled", 0, 0.0, 0, NULL);
    if (predicted == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "predicted", 0, 0.0, 0, NULL);
    }
    const size_t bad_label = sy_check_index_i64(label, (size_t)n_extent, 4, 1, -100);
    if (bad_label != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "label", bad_label, 0.0, label[bad_label], NULL);
    }
    const size_t bad_class_weight = sy_check_weight_f32(class_weight, 4);
    if (bad_class_weight != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "class_weight", bad_class_weight,
                       (double)class_weight[bad_class_weight], 0, NULL);
    }
    const size_t needed = unlabelled_workspace(n);
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
    unlabelled_compute(n_extent, logits, label, class_weight, L, accuracy, labelled, predicted,
                       workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t unlabelled_workspace(size_t n) {
    if (!sy_size_fits(n)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(int64_t)));
    return bytes;
}
