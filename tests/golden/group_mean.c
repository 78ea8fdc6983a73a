/* group_mean: made from group_mean.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "group_mean.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* group_mean.sy:16: output average[g] = centre
 * group_mean.sy:17: output size[g]: i64 = count[n](where = group == g)
 * group_mean.sy:18: output largest[g] = max[n](x, where = group == g, empty = -inf) */
static void group_mean_average(int64_t share_from, int64_t share_to, int64_t g_extent,
                               float *restrict average, int64_t *restrict size,
                               float *restrict largest, double *restrict centre_sums,
                               int64_t *restrict size_sum, float *restrict largest_max) {
    for (int64_t g_first = share_from; g_first < share_to; g_first += 4096) {
        const int64_t g_end = sy_min_i64(g_first + 4096, g_extent);
#pragma omp simd
        for (int64_t g = g_first; g < g_end; ++g) {
            const float centre = (float)centre_sums[g * 2] == 0.0f
                                     ? 0.0f
                                     : (float)centre_sums[g * 2 + 1] / (float)centre_sums[g * 2];
            average[g] = centre;
            size[g] = size_sum[g];
            largest[g] = size_sum[g] == 0 ? -INFINITY : largest_max[g];
        }
    }
}

/* group_mean.sy:19: output apart[n] = x - centre[group] */
static void group_mean_apart(int64_t share_from, int64_t share_to, int64_t n_extent,
                             const float *restrict x, const int64_t *restrict group,
                             float *restrict average, float *restrict apart) {
    for (int64_t n_first = share_from; n_first < share_to; n_first += 4096) {
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
#pragma omp simd
        for (int64_t n = n_first; n < n_end; ++n) {
            apart[n] = x[n] - average[group[n]];
        }
    }
}

static void group_mean_compute(int64_t n_extent, int64_t g_extent, const float *restrict x,
                               const float *restrict w, const int64_t *restrict group,
                               float *restrict average, int64_t *restrict size,
                               float *restrict largest, float *restrict apart,
                               unsigned char *workspace) {
    /* of each g, side by side: centre_sum, centre_sum */
    double *restrict centre_sums = (double *)(void *)workspace;
    const size_t after_centre_sums = sy_bytes(g_extent * 2, sizeof(double));
    int64_t *restrict size_sum = (int64_t *)(void *)&workspace[after_centre_sums];
    const size_t after_size_sum = after_centre_sums + sy_bytes(g_extent, sizeof(int64_t));
    float *restrict largest_max = (float *)(void *)&workspace[after_size_sum];
    /* group_mean.sy:14: let centre[g] = mean[n](x, weight = w, where = group == g, empty = 0) */
#pragma omp simd
    for (int64_t i = 0; i < g_extent; ++i) {
        centre_sums[i * 2] = 0.0;
        centre_sums[i * 2 + 1] = 0.0;
    }

    /* group_mean.sy:17: output size[g]: i64 = count[n](where = group == g) */
#pragma omp simd
    for (int64_t i = 0; i < g_extent; ++i) {
        size_sum[i] = 0;
    }

    /* group_mean.sy:18: output largest[g] = max[n](x, where = group == g, empty = -inf) */
#pragma omp simd
    for (int64_t i = 0; i < g_extent; ++i) {
        largest_max[i] = -INFINITY;
    }

    /* group_mean.sy:14: let centre[g] = mean[n](x, weight = w, where = group == g, empty = 0)
     * group_mean.sy:17: output size[g]: i64 = count[n](where = group == g)
     * group_mean.sy:18: output largest[g] = max[n](x, where = group == g, empty = -inf) */
    for (int64_t n = 0; n < n_extent; ++n) {
        centre_sums[group[n] * 2] += (double)w[n];
        centre_sums[group[n] * 2 + 1] += (double)(w[n] * x[n]);
        size_sum[group[n]] = sy_add_i64(size_sum[group[n]], 1);
        largest_max[group[n]] = sy_max_f32(largest_max[group[n]], x[n]);
    }

    /* group_mean.sy:16: output average[g] = centre
     * group_mean.sy:17: output size[g]: i64 = count[n](where = group == g)
     * group_mean.sy:18: output largest[g] = max[n](x, where = group == g, empty = -inf) */
    if (g_extent > 20000) {
#pragma omp parallel
        group_mean_average(sy_share_from(g_extent, 4096), sy_share_to(g_extent, 4096), g_extent,
                           average, size, largest, centre_sums, size_sum, largest_max);
    } else {
        group_mean_average(0, g_extent, g_extent, average, size, largest, centre_sums, size_sum,
                           largest_max);
    }

    /* group_mean.sy:19: output apart[n] = x - centre[group] */
    if (n_extent > 20000) {
#pragma omp parallel
        group_mean_apart(sy_share_from(n_extent, 4096), sy_share_to(n_extent, 4096), n_extent, x,
                         group, average, apart);
    } else {
        group_mean_apart(0, n_extent, n_extent, x, group, average, apart);
    }
}

int group_mean(size_t n, size_t g, const float *x, const float *w, const int64_t *group,
               float *average, int64_t *size, float *largest, float *apart) {
    return group_mean_call(n, g, x, w, group, average, size, largest, apart, NULL);
}

int group_mean_call(size_t n, size_t g, const float *x, const float *w, const int64_t *group,
                    float *average, int64_t *size, float *largest, float *apart,
                    steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(g)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "g", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t g_extent = (int64_t)g;
    if (x == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (w == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (group == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "group", 0, 0.0, 0, NULL);
    }
    if (average == NULL && g_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    }
    if (size == NULL && g_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "size", 0, 0.0, 0, NULL);
    }
    if (largest == NULL && g_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "largest", 0, 0.0, 0, NULL);
    }
    if (apart == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "apart", 0, 0.0, 0, NULL);
    }
    const size_t bad_w = sy_check_weight_f32(w, (size_t)n_extent);
    if (bad_w != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
    }
    const size_t bad_group = sy_check_index_i64(group, (size_t)n_extent, g_extent, 0, 0);
    if (bad_group != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "group", bad_group, 0.0, group[bad_group], NULL);
    }
    const size_t needed = group_mean_workspace(n, g);
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
    group_mean_compute(n_extent, g_extent, x, w, group, average, size, largest, apart, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t group_mean_workspace(size_t n, size_t g) {
    if (!sy_size_fits(n) || !sy_size_fits(g)) return SIZE_MAX;
    const int64_t g_extent = (int64_t)g;
    size_t bytes = sy_bytes(sy_count(2, g_extent), sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(g_extent, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes(g_extent, sizeof(float)));
    return bytes;
}
