/* g942: made from g942.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "g942.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

static void g942_compute(int64_t m_extent, const double *restrict x0, const int64_t *restrict x1,
                         const double *restrict x2, double *restrict by1_x0,
                         unsigned char *workspace) {
    double *restrict z_max = (double *)(void *)workspace;
    const size_t after_z_max = sy_bytes(3, sizeof(double));
    double *restrict z_sum = (double *)(void *)&workspace[after_z_max];
    /* g942.sy:8: let z[t] = logsumexp[m](0.5, where = x1 == t) */
#pragma omp simd
    for (int64_t i = 0; i < 3; ++i) {
        z_max[i] = -INFINITY;
    }

#pragma omp simd
    for (int64_t i = 0; i < 3; ++i) {
        z_sum[i] = 0.0;
    }

    /* g942.sy:8: let z[t] = logsumexp[m](0.5, where = x1 == t) */
    for (int64_t m = 0; m < m_extent; ++m) {
        z_max[x1[m]] = sy_max_f64(z_max[x1[m]], 0.5);
    }

    for (int64_t m = 0; m < m_extent; ++m) {
        z_sum[x1[m]] += sy_exp_f64(0.5 - z_max[x1[m]]);
    }

    /* g942.sy:11: output by1_x0[t] = grad(loss1, x0) */
#pragma omp parallel for schedule(static) if (3.0 * (double)m_extent > 20000.0)
    for (int64_t t = 0; t < 3; ++t) {
        double by1_x0_sum_total = 0.0;
        double by1_x0_sum_total_2 = 0.0;
        const double z = sy_isfinite_f64(z_max[t]) ? z_max[t] + sy_log_f64(z_sum[t]) : z_max[t];
        for (int64_t m_first = 0; m_first < m_extent; m_first += 4096) {
            const int64_t m_end = sy_min_i64(m_first + 4096, m_extent);
            double by1_x0_sum[32] = {0};
            double by1_x0_sum_2[32] = {0};
            const int64_t m_whole = m_end - m_end % 32;
            for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_row + lane;
                    by1_x0_sum[lane] += !((t + 2 < 3 ? x2[m] : x0[t]) < z) ? 1.0 : 0.0;
                    by1_x0_sum_2[lane] += 0 <= t - 2 &&
                                                  !(x2[m] <
                                                    (sy_isfinite_f64(z_max[t - 2])
                                                         ? z_max[t - 2] + sy_log_f64(z_sum[t - 2])
                                                         : z_max[t - 2]))
                                              ? 1.0
                                              : 0.0;
                }
            }
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_whole + lane;
                if (m < m_end) {
                    by1_x0_sum[lane] += !((t + 2 < 3 ? x2[m] : x0[t]) < z) ? 1.0 : 0.0;
                    by1_x0_sum_2[lane] += 0 <= t - 2 &&
                                                  !(x2[m] <
                                                    (sy_isfinite_f64(z_max[t - 2])
                                                         ? z_max[t - 2] + sy_log_f64(z_sum[t - 2])
                                                         : z_max[t - 2]))
                                              ? 1.0
                                              : 0.0;
                }
            }
            by1_x0_sum_total += sy_tree_sum_f64(by1_x0_sum);
            by1_x0_sum_total_2 += sy_tree_sum_f64(by1_x0_sum_2);
        }
        by1_x0[t] = (3 <= t + 2 ? by1_x0_sum_total : 0.0) + (t == 1 ? by1_x0_sum_total_2 : 0.0);
    }
}

int g942(size_t m, const double *x0, const int64_t *x1, const double *x2, double *by1_x0) {
    return g942_call(m, x0, x1, x2, by1_x0, NULL);
}

int g942_call(size_t m, const double *x0, const int64_t *x1, const double *x2, double *by1_x0,
              steelyard_call *call) {
    if (!sy_size_fits(m)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "m", 0, 0.0, 0, "this size is too large");
    }
    const int64_t m_extent = (int64_t)m;
    if (x0 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "x0", 0, 0.0, 0, NULL);
    if (x1 == NULL && m_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x1", 0, 0.0, 0, NULL);
    }
    if (x2 == NULL && m_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x2", 0, 0.0, 0, NULL);
    }
    if (by1_x0 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "by1_x0", 0, 0.0, 0, NULL);
    const size_t bad_x1 = sy_check_index_i64(x1, (size_t)m_extent, 3, 0, 0);
    if (bad_x1 != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "x1", bad_x1, 0.0, x1[bad_x1], NULL);
    }
    const size_t needed = g942_workspace(m);
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
    g942_compute(m_extent, x0, x1, x2, by1_x0, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t g942_workspace(size_t m) {
    if (!sy_size_fits(m)) return SIZE_MAX;
    size_t bytes = sy_bytes(3, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(3, sizeof(double)));
    return bytes;
}
