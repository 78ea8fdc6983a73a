/* running: made from running.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#include "running.h"

#include "steelyard.h"
#include <stdint.h>

static void running_compute(int64_t t_extent, const float *restrict x, const float *restrict w,
                            float *restrict total, float *restrict average, float *restrict highest,
                            float *restrict left, unsigned char *workspace) {
    double *restrict total_sum = (double *)(void *)workspace;
    const size_t after_total_sum = sy_bytes(1, sizeof(double));
    double *restrict average_sum = (double *)(void *)&workspace[after_total_sum];
    const size_t after_average_sum = after_total_sum + sy_bytes(1, sizeof(double));
    double *restrict average_sum_2 = (double *)(void *)&workspace[after_average_sum];
    const size_t after_average_sum_2 = after_average_sum + sy_bytes(1, sizeof(double));
    float *restrict highest_max = (float *)(void *)&workspace[after_average_sum_2];
    const size_t after_highest_max = after_average_sum_2 + sy_bytes(1, sizeof(float));
    double *restrict left_sum = (double *)(void *)&workspace[after_highest_max];
    /* running.sy:12: output total[t] = sum[s](x[t = s], where = s <= t)
     * running.sy:13: output average[t] = mean[s](x[t = s], weight = w[t = s], where = s <= t,
     * empty = 0)
     * running.sy:14: output highest[t] = max[s](x[t = s], where = s <= t) */
    for (int64_t t = 0; t < t_extent; ++t) {
        *total_sum = t == 0 ? (double)x[t] : *total_sum + (double)x[t];
        total[t] = (float)*total_sum;
        *average_sum = t == 0 ? (double)w[t] : *average_sum + (double)w[t];
        *average_sum_2 = t == 0 ? (double)(w[t] * x[t]) : *average_sum_2 + (double)(w[t] * x[t]);
        average[t] = (float)*average_sum == 0.0f ? 0.0f
                                                 : (float)*average_sum_2 / (float)*average_sum;
        *highest_max = t == 0 ? x[t] : sy_max_f32(*highest_max, x[t]);
        highest[t] = *highest_max;
    }

    /* running.sy:15: output left[t] = sum[s](x[t = s], where = s > t) */
    for (int64_t t = t_extent - 1; t >= 0; --t) {
        *left_sum = t == t_extent - 1 ? 0.0 : *left_sum + (double)x[t + 1];
        left[t] = (float)*left_sum;
    }
}

int running(size_t t, const float *x, const float *w, float *total, float *average, float *highest,
            float *left) {
    return running_call(t, x, w, total, average, highest, left, NULL);
}

int running_call(size_t t, const float *x, const float *w, float *total, float *average,
                 float *highest, float *left, steelyard_call *call) {
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    const int64_t t_extent = (int64_t)t;
    if (x == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (w == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (total == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "total", 0, 0.0, 0, NULL);
    }
    if (average == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "average", 0, 0.0, 0, NULL);
    }
    if (highest == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "highest", 0, 0.0, 0, NULL);
    }
    if (left == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "left", 0, 0.0, 0, NULL);
    }
    const size_t bad_w = sy_check_weight_f32(w, (size_t)t_extent);
    if (bad_w != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
    }
    const size_t needed = running_workspace(t);
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
    running_compute(t_extent, x, w, total, average, highest, left, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t running_workspace(size_t t) {
    if (!sy_size_fits(t)) return SIZE_MAX;
    size_t bytes = sy_bytes(1, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(1, sizeof(double)));
    return bytes;
}
