/* masked_rows: made from masked_rows.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "masked_rows.h"

#include "steelyard.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* masked_rows.sy:12: output average[n] = mean[c](x, where = known, empty = 0)
 * masked_rows.sy:13: output spread[n] = std[c](x, where = known, empty = 0)
 * masked_rows.sy:14: output largest[n] = max[c](x, where = known, empty = 0)
 * masked_rows.sy:15: output cells[n]: i64 = count[c](where = known)
 * masked_rows.sy:16: output complete[n] = all[c](known) */
static void masked_rows_cells(int64_t share_from, int64_t share_to, int64_t c_extent,
                              const float *restrict x, const unsigned char *restrict known,
                              float *restrict average, float *restrict spread,
                              float *restrict largest, int64_t *restrict cells,
                              unsigned char *restrict complete, unsigned char *wrong) {
    for (int64_t n = share_from; n < share_to; ++n) {
        unsigned char mask_bits[32] = {0};
        int64_t average_sum_total = 0;
        double average_sum_total_2 = 0.0;
        float largest_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            largest_max[lane] = -INFINITY;
        }
        unsigned char complete_all[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            complete_all[lane] = true;
        }
        for (int64_t c_first = 0; c_first < c_extent; c_first += 256) {
            const int64_t c_end = sy_min_i64(c_first + 256, c_extent);
            int32_t average_sum[32] = {0};
            float average_sum_2[32] = {0};
            const int64_t c_whole = c_end - c_end % 32;
            for (int64_t c_row = c_first; c_row < c_whole; c_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t c = c_row + lane;
                    mask_bits[lane] |= known[n * c_extent + c];
                    average_sum[lane] += known[n * c_extent + c] ? 1 : 0;
                    const float x_here = x[n * c_extent + c];
                    average_sum_2[lane] += known[n * c_extent + c] ? x_here : 0.0f;
                    largest_max[lane] =
                        sy_max_f32(largest_max[lane], known[n * c_extent + c] ? x_here : -INFINITY);
                    complete_all[lane] = complete_all[lane] && known[n * c_extent + c];
                }
            }
            for (int64_t c = c_whole; c < c_end; ++c) {
                mask_bits[0] |= known[n * c_extent + c];
                average_sum[0] += known[n * c_extent + c] ? 1 : 0;
                average_sum_2[0] += known[n * c_extent + c] ? x[n * c_extent + c] : 0.0f;
                largest_max[0] = sy_max_f32(
                    largest_max[0], known[n * c_extent + c] ? x[n * c_extent + c] : -INFINITY);
                complete_all[0] = complete_all[0] && known[n * c_extent + c];
            }
            average_sum_total +=
                (int64_t)(c_whole > c_first ? sy_tree_sum_i32(average_sum) : average_sum[0]);
            average_sum_total_2 +=
                (double)(c_whole > c_first ? sy_tree_sum_f32(average_sum_2) : average_sum_2[0]);
        }
        sy_mark_bad_masks(mask_bits, wrong);
        const float average_sum = (float)average_sum_total_2;
        const float largest_max_value = sy_tree_max_f32(largest_max);
        const int complete_all_value = (int)sy_tree_all(complete_all);
        cells[n] = average_sum_total;
        const float ratio = average_sum / (float)cells[n];
        average[n] = cells[n] == 0 ? 0.0f : ratio;
        double spread_sum_total = 0.0;
        const int64_t cells_here = cells[n];
        for (int64_t c_first = 0; c_first < c_extent; c_first += 256) {
            const int64_t c_end = sy_min_i64(c_first + 256, c_extent);
            float spread_sum[32] = {0};
            const int64_t c_whole = c_end - c_end % 32;
            for (int64_t c_row = c_first; c_row < c_whole; c_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t c = c_row + lane;
                    const float x_here = x[n * c_extent + c];
                    const float base = x_here - ratio;
                    spread_sum[lane] += known[n * c_extent + c] ? base * base : 0.0f;
                }
            }
            for (int64_t c = c_whole; c < c_end; ++c) {
                const float base = x[n * c_extent + c] - ratio;
                spread_sum[0] += known[n * c_extent + c] ? base * base : 0.0f;
            }
            spread_sum_total +=
                (double)(c_whole > c_first ? sy_tree_sum_f32(spread_sum) : spread_sum[0]);
        }
        const float spread_sum = (float)spread_sum_total;
        spread[n] = cells_here == 0 ? 0.0f : sy_sqrt_f32(spread_sum / (float)cells_here);
        largest[n] = cells_here == 0 ? 0.0f : largest_max_value;
        complete[n] = complete_all_value != 0;
    }
}

static int masked_rows_compute(int64_t n_extent, int64_t c_extent, const float *restrict x,
                               const unsigned char *restrict known, float *restrict average,
                               float *restrict spread, float *restrict largest,
                               int64_t *restrict cells, unsigned char *restrict complete) {
    unsigned char wrong[1] = {0};
    /* masked_rows.sy:12: output average[n] = mean[c](x, where = known, empty = 0)
     * masked_rows.sy:13: output spread[n] = std[c](x, where = known, empty = 0)
     * masked_rows.sy:14: output largest[n] = max[c](x, where = known, empty = 0)
     * masked_rows.sy:15: output cells[n]: i64 = count[c](where = known)
     * masked_rows.sy:16: output complete[n] = all[c](known) */
    if ((double)n_extent * (double)c_extent > 20000.0) {
#pragma omp parallel
        masked_rows_cells(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), c_extent, x, known,
                          average, spread, largest, cells, complete, wrong);
    } else {
        masked_rows_cells(0, n_extent, c_extent, x, known, average, spread, largest, cells,
                          complete, wrong);
    }
    if (wrong[0]) return 1;
    return 0;
}

int masked_rows(size_t n, size_t c, const float *x, const unsigned char *known, float *average,
                float *spread, float *largest, int64_t *cells, unsigned char *complete) {
    return masked_rows_call(n, c, x, known, average, spread, largest, cells, complete, NULL);
}

int masked_rows_call(size_t n, size_t c, const float *x, const unsigned char *known, float *average,
                     float *spread, float *largest, int64_t *cells, unsigned char *complete,
                     steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(c)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "c", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t c_extent = (int64_t)c;
    const int64_t x_count = sy_count(n_extent, c_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (known == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "known", 0, 0.0, 0, NULL);
    }
    if (average == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    }
    if (spread == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "spread", 0, 0.0, 0, NULL);
    }
    if (largest == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "largest", 0, 0.0, 0, NULL);
    }
    if (cells == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "cells", 0, 0.0, 0, NULL);
    }
    if (complete == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "complete", 0, 0.0, 0, NULL);
    }
    const int wrong = masked_rows_compute(n_extent, c_extent, x, known, average, spread, largest,
                                          cells, complete);
    if (wrong != 0) {
        const size_t bad_known = sy_check_mask(known, (size_t)x_count);
        if (bad_known != SIZE_MAX) {
            return sy_fail(call, STEELYARD_MASK, "known", bad_known, 0.0, (int64_t)known[bad_known],
                           NULL);
        }
    }
    return STEELYARD_OK;
}

size_t masked_rows_workspace(size_t n, size_t c) {
    (void)n;
    (void)c;
    return 0;
}
