/* b: made from b.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "b.h"

#include "steelyard.h"
#include <stdint.h>

static void b_compute(const float *restrict x, const float *restrict c, float *restrict g,
                      float *restrict h) {
    /* b.sy:8: output g[n, m] = grad(sum[n, m](v * c), v) */
#pragma omp parallel for schedule(static) if (2.0 * 3.0 > 20000.0)
    for (int64_t n = 0; n < 2; ++n) {
#pragma omp simd
        for (int64_t m = 0; m < 3; ++m) {
            g[n * 3 + m] = c[n * 3 + m];
        }
    }

    /* b.sy:9: output h[n] = grad(sum[n](u^2 * x), u) */
#pragma omp simd
    for (int64_t n = 0; n < 2; ++n) {
        h[n] = x[n] * 2.0f;
    }
}

int b(const float *x, const float *c, float *g, float *h) {
    return b_call(x, c, g, h, NULL);
}

int b_call(const float *x, const float *c, float *g, float *h, steelyard_call *call) {
    const int64_t c_count = sy_count(2, 3);
    if (c_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "c", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t g_count = sy_count(2, 3);
    if (g_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "g", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    if (c == NULL && c_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "c", 0, 0.0, 0, NULL);
    }
    if (g == NULL && g_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "g", 0, 0.0, 0, NULL);
    }
    if (h == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "h", 0, 0.0, 0, NULL);
    b_compute(x, c, g, h);
    return STEELYARD_OK;
}

size_t b_workspace(void) {
    return 0;
}
