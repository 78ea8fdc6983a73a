/* p: made from p2.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "p.h"

#include "steelyard.h"
#include <stdint.h>

static void p_compute(int64_t n_extent, const float *restrict x4, const float *restrict x7,
                      float *restrict g, unsigned char *workspace) {
    double *restrict g_prod = (double *)(void *)workspace;
    const size_t after_g_prod = sy_bytes(n_extent * 4, sizeof(double));
    double *restrict g_prod_2 = (double *)(void *)&workspace[after_g_prod];
    for (int64_t m = 0; m < 4; ++m) {
#pragma omp simd
        for (int64_t n = 0; n < n_extent; ++n) {
            g_prod[m * n_extent + n] =
                m == 0 ? 1.0
                       : g_prod[(m - 1) * n_extent + n] * (double)(n != m - 1 ? x4[m - 1] : x7[n]);
        }
    }

    for (int64_t m = 3; m >= 0; --m) {
#pragma omp simd
        for (int64_t n = 0; n < n_extent; ++n) {
            g_prod_2[m * n_extent + n] = m == 3
                                             ? 1.0
                                             : g_prod_2[(m + 1) * n_extent + n] *
                                                   (double)(n != m + 1 ? x4[m + 1] : x7[n]);
        }
    }

    /* p2.sy:8: output g[n] = 0.03125 * (1 - tanh(x7) ^ 2) + (if n < 4 then 0.125 *
     * (prod[m_2](value_1, where = m_2 < m)[m = n + 0] * prod[m_2](value_1, where = m < m_2)[m =
     * n + 0]) else 0) */
#pragma omp parallel for schedule(static) if (n_extent > 20000)
    for (int64_t n_first = 0; n_first < n_extent; n_first += 4096) {
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
#pragma omp simd
        for (int64_t n = n_first; n < n_end; ++n) {
            const float base = sy_tanh_f32(x7[n]);
            g[n] = 0.03125f * (1.0f - base * base) +
                   (n < 4
                        ? 0.125f *
                              ((float)g_prod[n * n_extent + n] * (float)g_prod_2[n * n_extent + n])
                        : 0.0f);
        }
    }
}

int p(size_t n, const float *x4, const float *x7, float *g) {
    return p_call(n, x4, x7, g, NULL);
}

int p_call(size_t n, const float *x4, const float *x7, float *g, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    if (x4 == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "x4", 0, 0.0, 0, NULL);
    if (x7 == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x7", 0, 0.0, 0, NULL);
    }
    if (g == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "g", 0, 0.0, 0, NULL);
    }
    const size_t bad_x4 = sy_check_weight_f32(x4, 4);
    if (bad_x4 != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "x4", bad_x4, (double)x4[bad_x4], 0, NULL);
    }
    const size_t needed = p_workspace(n);
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
    p_compute(n_extent, x4, x7, g, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t p_workspace(size_t n) {
    if (!sy_size_fits(n)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes(sy_count(4, n_extent), sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(4, n_extent), sizeof(double)));
    return bytes;
}
