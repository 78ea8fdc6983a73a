/* q: made from q.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "q.h"

#include "steelyard.h"
#include <stdint.h>

static void q_compute(int64_t t_extent, const float *restrict z1, double *restrict one1,
                      double *restrict two1) {
    /* q.sy:8: output one1[t, s]: f64 = f64(g1)
     * q.sy:9: output two1[t, s]: f64 = f64(grad(loss1, z1)) */
#pragma omp parallel for schedule(static) if ((double)t_extent * (double)t_extent > 20000.0)
    for (int64_t t = 0; t < t_extent; ++t) {
#pragma omp simd
        for (int64_t s = 0; s < t_extent; ++s) {
            const float h1 = 1.1f + z1[t * t_extent + s];
            const float base = sy_tanh_f32(h1);
            const float g1 = 0.03125f * (1.0f - base * base);
            one1[t * t_extent + s] = (double)g1;
            two1[t * t_extent + s] = (double)g1;
        }
    }
}

int q(size_t t, const float *z1, double *one1, double *two1) {
    return q_call(t, z1, one1, two1, NULL);
}

int q_call(size_t t, const float *z1, double *one1, double *two1, steelyard_call *call) {
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    const int64_t t_extent = (int64_t)t;
    const int64_t z1_count = sy_count(t_extent, t_extent);
    if (z1_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "z1", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t one1_count = sy_count(t_extent, t_extent);
    if (one1_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "one1", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t two1_count = sy_count(t_extent, t_extent);
    if (two1_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "two1", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (z1 == NULL && z1_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "z1", 0, 0.0, 0, NULL);
    }
    if (one1 == NULL && one1_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "one1", 0, 0.0, 0, NULL);
    }
    if (two1 == NULL && two1_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "two1", 0, 0.0, 0, NULL);
    }
    q_compute(t_extent, z1, one1, two1);
    return STEELYARD_OK;
}

size_t q_workspace(size_t t) {
    (void)t;
    return 0;
}
