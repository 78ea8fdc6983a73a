/* dropout: made from dropout.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "dropout.h"

#include "steelyard.h"
#include <stdint.h>

/* dropout.sy:13: output y[n, f] = if uniform[n, f](key) < rate then 0 else x / (1 - rate)
 * dropout.sy:14: output drawn[n, f] = uniform[n, f](key) */
static void dropout_y(int64_t share_from, int64_t share_to, int64_t f_extent,
                      const float *restrict x, float rate, int64_t key, float *restrict y,
                      float *restrict drawn, float difference) {
    for (int64_t n = share_from; n < share_to; ++n) {
#pragma omp simd
        for (int64_t f = 0; f < f_extent; ++f) {
            const float x_here = x[n * f_extent + f];
            const float value =
                sy_uniform_f32(sy_random_mix(sy_random_mix(sy_random_begin(key), n), f));
            y[n * f_extent + f] = value < rate ? 0.0f : x_here / difference;
            drawn[n * f_extent + f] = value;
        }
    }
}

static void dropout_compute(int64_t n_extent, int64_t f_extent, const float *restrict x, float rate,
                            int64_t key, float *restrict y, float *restrict drawn) {
    /* dropout.sy:13: output y[n, f] = if uniform[n, f](key) < rate then 0 else x / (1 - rate)
     * dropout.sy:14: output drawn[n, f] = uniform[n, f](key) */
    const float difference = 1.0f - rate;
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        dropout_y(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent, x, rate, key, y,
                  drawn, difference);
    } else {
        dropout_y(0, n_extent, f_extent, x, rate, key, y, drawn, difference);
    }
}

int dropout(size_t n, size_t f, const float *x, float rate, int64_t key, float *y, float *drawn) {
    return dropout_call(n, f, x, rate, key, y, drawn, NULL);
}

int dropout_call(size_t n, size_t f, const float *x, float rate, int64_t key, float *y,
                 float *drawn, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    const int64_t x_count = sy_count(n_extent, f_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (y == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (drawn == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "drawn", 0, 0.0, 0, NULL);
    }
    dropout_compute(n_extent, f_extent, x, rate, key, y, drawn);
    return STEELYARD_OK;
}

size_t dropout_workspace(size_t n, size_t f) {
    (void)n;
    (void)f;
    return 0;
}
