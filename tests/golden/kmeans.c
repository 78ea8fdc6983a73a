/* kmeans: made from kmeans.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "kmeans.h"

#include "steelyard.h"
#include "steelyard_block.h"
#include "steelyard_distance.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* kmeans.sy:15: let distance[n, k] = sum[d]((x - centre)^2)
 * kmeans.sy:16: let nearest[n] = argmin[k](distance)
 * kmeans.sy:18: loss inertia = sum[n](min[k](distance), weight = w)
 * kmeans.sy:19: output label[n] = nearest */
static void kmeans_inertia_sum_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                                 int64_t k_extent, const float *restrict x,
                                 const float *restrict centre, const float *restrict w,
                                 int64_t *restrict label, float *restrict inertia_sum_n) {
    for (int64_t n_first = share_from; n_first < share_to; n_first += 96) {
        const int64_t n_count = sy_min_i64(96, n_extent - n_first);
        float centre_panel[16384];
        float x_panel[6144] = {0};
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
#pragma omp simd
            for (int64_t d = 0; d < 2; ++d) {
                x_panel[row * 64 + d] = x[n * 2 + d];
            }
        }
        float inertia_min_rows[96];
        for (int64_t lane = 0; lane < 96; ++lane) {
            inertia_min_rows[lane] = INFINITY;
        }
        float nearest_rows[96] = {0};
        int64_t nearest_places[96];
        for (int64_t lane = 0; lane < 96; ++lane) {
            nearest_places[lane] = -1;
        }
        for (int64_t k_first = 0; k_first < k_extent; k_first += 256) {
            const int64_t k_end = sy_min_i64(k_first + 256, k_extent);
            float distance[24576];
            for (int64_t k_panel = k_first; k_panel < k_end; k_panel += 16) {
                const int64_t k_panel_end = sy_min_i64(k_panel + 16, k_end);
                sy_flip_f32(k_panel_end - k_panel, 2, &centre[k_panel * 2], 2,
                            &centre_panel[(k_panel - k_first) * 64], 16);
            }
            sy_distances_square_f32(n_count, k_end - k_first, 2, x_panel, SY_BY_ROWS, 64,
                                    centre_panel, 1024, false, distance, 256);
            for (int64_t row = 0; row < n_count; ++row) {
                float inertia_min[32];
                for (int64_t lane = 0; lane < 32; ++lane) {
                    inertia_min[lane] = INFINITY;
                }
                float nearest[32] = {0};
                int64_t nearest_place[32];
                for (int64_t lane = 0; lane < 32; ++lane) {
                    nearest_place[lane] = -1;
                }
                const int64_t k_whole = k_end - k_end % 32;
                for (int64_t k_row = k_first; k_row < k_whole; k_row += 32) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 32; ++lane) {
                        const int64_t k = k_row + lane;
                        inertia_min[lane] =
                            sy_min_f32(inertia_min[lane], distance[row * 256 + (k - k_first)]);
                        const float candidate = distance[row * 256 + (k - k_first)];
                        sy_follow_argmin_f32(&nearest[lane], &nearest_place[lane], candidate, k);
                    }
                }
                for (int64_t k = k_whole; k < k_end; ++k) {
                    inertia_min[0] =
                        sy_min_f32(inertia_min[0], distance[row * 256 + (k - k_first)]);
                    const float candidate = distance[row * 256 + (k - k_first)];
                    sy_follow_argmin_f32(nearest, nearest_place, candidate, k);
                }
                inertia_min_rows[row] =
                    sy_min_f32(inertia_min_rows[row], sy_tree_min_f32(inertia_min));
                const int64_t nearest_place_2 = sy_tree_argmin_f32(nearest, nearest_place);
                if (sy_replaces_argmin_f32(nearest[0], nearest_place_2, nearest_rows[row],
                                           nearest_places[row])) {
                    nearest_rows[row] = nearest[0];
                    nearest_places[row] = nearest_place_2;
                }
            }
        }
        for (int64_t row = 0; row < n_count; ++row) {
            const int64_t n = n_first + row;
            const float inertia_min = inertia_min_rows[row];
            const int64_t nearest = nearest_places[row];
            inertia_sum_n[n] = w[n] * inertia_min;
            label[n] = nearest;
        }
    }
}

/* kmeans.sy:18: loss inertia = sum[n](min[k](distance), weight = w) */
static void kmeans_inertia_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                      float *restrict inertia_sum_n,
                                      double *restrict inertia_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float inertia_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                inertia_sum[lane] += inertia_sum_n[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            inertia_sum[0] += inertia_sum_n[n];
        }
        inertia_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(inertia_sum) : inertia_sum[0]);
    }
}

/* kmeans.sy:20: output moved[k, d] = mean[n](x, weight = w, where = nearest == k, empty =
 * centre) */
static void kmeans_moved(int64_t share_from, int64_t share_to, const float *restrict x,
                         const float *restrict centre, const float *restrict w,
                         float *restrict moved, int64_t *restrict n_by_nearest,
                         int64_t *restrict nearest_ends) {
    for (int64_t k = share_from; k < share_to; ++k) {
        const int64_t n_first = k > 0 ? nearest_ends[k - 1] : 0;
        const int64_t n_end = nearest_ends[k];
        double moved_sum = 0.0;
        double moved_sum_2[2] = {0};
        for (int64_t place = n_first; place < n_end; ++place) {
            const int64_t n = n_by_nearest[place];
            moved_sum += (double)w[n];
#pragma omp simd
            for (int64_t d = 0; d < 2; ++d) {
                moved_sum_2[d] += (double)(w[n] * x[n * 2 + d]);
            }
        }
        const float moved_sum_3 = (float)moved_sum;
#pragma omp simd
        for (int64_t d = 0; d < 2; ++d) {
            const float centre_here = centre[k * 2 + d];
            moved[k * 2 + d] = moved_sum_3 == 0.0f ? centre_here
                                                   : (float)moved_sum_2[d] / moved_sum_3;
        }
    }
}

static void kmeans_compute(int64_t n_extent, int64_t k_extent, const float *restrict x,
                           const float *restrict centre, const float *restrict w,
                           float *restrict inertia, int64_t *restrict label, float *restrict moved,
                           unsigned char *workspace) {
    float *restrict inertia_sum_n = (float *)(void *)workspace;
    const size_t after_inertia_sum_n = sy_bytes(n_extent, sizeof(float));
    int64_t *restrict n_by_nearest = (int64_t *)(void *)&workspace[after_inertia_sum_n];
    const size_t after_n_by_nearest = after_inertia_sum_n + sy_bytes(n_extent, sizeof(int64_t));
    int64_t *restrict nearest_ends = (int64_t *)(void *)&workspace[after_n_by_nearest];
    const size_t after_nearest_ends = after_n_by_nearest + sy_bytes(k_extent, sizeof(int64_t));
    double *restrict inertia_sum_blocks = (double *)(void *)&workspace[after_nearest_ends];
    /* kmeans.sy:15: let distance[n, k] = sum[d]((x - centre)^2)
     * kmeans.sy:16: let nearest[n] = argmin[k](distance)
     * kmeans.sy:18: loss inertia = sum[n](min[k](distance), weight = w)
     * kmeans.sy:19: output label[n] = nearest */
    if ((double)n_extent * (double)k_extent * 2.0 > 20000.0) {
#pragma omp parallel
        kmeans_inertia_sum_n(sy_share_from(n_extent, 96), sy_share_to(n_extent, 96), n_extent,
                             k_extent, x, centre, w, label, inertia_sum_n);
    } else {
        kmeans_inertia_sum_n(0, n_extent, n_extent, k_extent, x, centre, w, label, inertia_sum_n);
    }

    /* kmeans.sy:18: loss inertia = sum[n](min[k](distance), weight = w) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        kmeans_inertia_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                  inertia_sum_n, inertia_sum_blocks);
    } else {
        kmeans_inertia_sum_blocks(0, n_blocks, n_extent, inertia_sum_n, inertia_sum_blocks);
    }
    const float inertia_sum = (float)sy_tree_sum_blocks(inertia_sum_blocks, (size_t)n_blocks);

    *inertia = inertia_sum;

    sy_list_sources(label, n_extent, k_extent, nearest_ends, n_by_nearest);

    /* kmeans.sy:20: output moved[k, d] = mean[n](x, weight = w, where = nearest == k, empty =
     * centre) */
    if ((double)(k_extent + n_extent) * 2.0 > 20000.0) {
#pragma omp parallel
        kmeans_moved(sy_share_from(k_extent, 1), sy_share_to(k_extent, 1), x, centre, w, moved,
                     n_by_nearest, nearest_ends);
    } else {
        kmeans_moved(0, k_extent, x, centre, w, moved, n_by_nearest, nearest_ends);
    }
}

int kmeans(size_t n, size_t k, const float *x, const float *centre, const float *w, float *inertia,
           int64_t *label, float *moved) {
    return kmeans_call(n, k, x, centre, w, inertia, label, moved, NULL);
}

int kmeans_call(size_t n, size_t k, const float *x, const float *centre, const float *w,
                float *inertia, int64_t *label, float *moved, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(k)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "k", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t k_extent = (int64_t)k;
    const int64_t x_count = sy_count(n_extent, 2);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t centre_count = sy_count(k_extent, 2);
    if (centre_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "centre", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (centre == NULL && centre_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "centre", 0, 0.0, 0, NULL);
    }
    if (w == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (inertia == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "inertia", 0, 0.0, 0, NULL);
    if (label == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "label", 0, 0.0, 0, NULL);
    }
    if (moved == NULL && centre_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "moved", 0, 0.0, 0, NULL);
    }
    const size_t bad_w = sy_check_weight_f32(w, (size_t)n_extent);
    if (bad_w != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
    }
    if (k_extent == 0) {
        return sy_fail(call, STEELYARD_INDEX, "k", 0, 0.0, k_extent,
                       "line 16 takes an element of axis k, whose extent must be more");
    }
    const size_t needed = kmeans_workspace(n, k);
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
    kmeans_compute(n_extent, k_extent, x, centre, w, inertia, label, moved, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t kmeans_workspace(size_t n, size_t k) {
    if (!sy_size_fits(n) || !sy_size_fits(k)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t k_extent = (int64_t)k;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes(k_extent, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
