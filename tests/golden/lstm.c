/* lstm: made from lstm.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "lstm.h"

#include "steelyard.h"
#include <stdint.h>

/* lstm.sy:19: let gate = sum[f](x * w) + sum[v](before[u = v] * r) + b
 * lstm.sy:25: let cell[n, t, u] = kept * cell[t = t - 1 else 0] + taken * new
 * lstm.sy:28: output states[n, t, u] = hidden
 * lstm.sy:29: output last[n, u] = cell[t = extent(t) - 1 else 0] */
static void lstm_cell(int64_t share_from, int64_t share_to, int64_t t_extent, int64_t f_extent,
                      int64_t u_extent, const float *restrict x, const float *restrict w,
                      const float *restrict r, const float *restrict b, float *restrict states,
                      float *restrict last, float *restrict cell) {
    for (int64_t n = share_from; n < share_to; ++n) {
        for (int64_t t = 0; t < t_extent; ++t) {
            for (int64_t u_first = 0; u_first < u_extent; u_first += 64) {
                if (u_extent - u_first >= 64) {
                    double sum_total[64] = {0};
                    double sum_total_2[64] = {0};
                    double sum_total_3[64] = {0};
                    double sum_total_4[64] = {0};
                    for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
                        const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
                        float sum[64] = {0};
                        float sum_2[64] = {0};
                        float sum_3[64] = {0};
                        float sum_4[64] = {0};
                        for (int64_t f = f_first; f < f_end; ++f) {
#pragma omp simd
                            for (int64_t lane = 0; lane < 64; ++lane) {
                                const int64_t u = u_first + lane;
                                sum[lane] = SY_FMA_F32(x[(n * t_extent + t) * f_extent + f],
                                                       w[(f_extent + f) * u_extent + u], sum[lane]);
                                sum_2[lane] = SY_FMA_F32(x[(n * t_extent + t) * f_extent + f],
                                                         w[f * u_extent + u], sum_2[lane]);
                                sum_3[lane] =
                                    SY_FMA_F32(x[(n * t_extent + t) * f_extent + f],
                                               w[(f_extent * 2 + f) * u_extent + u], sum_3[lane]);
                                sum_4[lane] =
                                    SY_FMA_F32(x[(n * t_extent + t) * f_extent + f],
                                               w[(f_extent * 3 + f) * u_extent + u], sum_4[lane]);
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            sum_total[lane] += (double)sum[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            sum_total_2[lane] += (double)sum_2[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            sum_total_3[lane] += (double)sum_3[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            sum_total_4[lane] += (double)sum_4[lane];
                        }
                    }
                    double sum_total_5[64] = {0};
                    double sum_total_6[64] = {0};
                    double sum_total_7[64] = {0};
                    double sum_total_8[64] = {0};
                    for (int64_t v_first = 0; v_first < u_extent; v_first += 256) {
                        const int64_t v_end = sy_min_i64(v_first + 256, u_extent);
                        float sum[64] = {0};
                        float sum_2[64] = {0};
                        float sum_3[64] = {0};
                        float sum_4[64] = {0};
                        for (int64_t v = v_first; v < v_end; ++v) {
                            const float chosen =
                                0 <= t - 1 ? states[(n * t_extent + (t - 1)) * u_extent + v] : 0.0f;
#pragma omp simd
                            for (int64_t lane = 0; lane < 64; ++lane) {
                                const int64_t u = u_first + lane;
                                sum[lane] =
                                    SY_FMA_F32(chosen, r[(u_extent + v) * u_extent + u], sum[lane]);
                                sum_2[lane] = SY_FMA_F32(chosen, r[v * u_extent + u], sum_2[lane]);
                                sum_3[lane] = SY_FMA_F32(
                                    chosen, r[(u_extent * 2 + v) * u_extent + u], sum_3[lane]);
                                sum_4[lane] = SY_FMA_F32(
                                    chosen, r[(u_extent * 3 + v) * u_extent + u], sum_4[lane]);
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            sum_total_5[lane] += (double)sum[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            sum_total_6[lane] += (double)sum_2[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            sum_total_7[lane] += (double)sum_3[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            sum_total_8[lane] += (double)sum_4[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t u = u_first + lane;
                        const float kept = sy_sigmoid_f32(
                            (float)sum_total[lane] + (float)sum_total_5[lane] + b[u_extent + u]);
                        const float taken = sy_sigmoid_f32((float)sum_total_2[lane] +
                                                           (float)sum_total_6[lane] + b[u]);
                        const float new_ =
                            sy_tanh_f32((float)sum_total_3[lane] + (float)sum_total_7[lane] +
                                        b[u_extent * 2 + u]);
                        cell[(n * 2 + t % 2) * u_extent + u] =
                            kept *
                                (0 <= t - 1 ? cell[(n * 2 + (t - 1) % 2) * u_extent + u] : 0.0f) +
                            taken * new_;
                        const float shown =
                            sy_sigmoid_f32((float)sum_total_4[lane] + (float)sum_total_8[lane] +
                                           b[u_extent * 3 + u]);
                        states[(n * t_extent + t) * u_extent + u] =
                            shown * sy_tanh_f32(cell[(n * 2 + t % 2) * u_extent + u]);
                    }
                } else {
                    const int64_t u_left = u_extent - u_first;
                    double sum_total[64] = {0};
                    double sum_total_2[64] = {0};
                    double sum_total_3[64] = {0};
                    double sum_total_4[64] = {0};
                    for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
                        const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
                        float sum[64] = {0};
                        float sum_2[64] = {0};
                        float sum_3[64] = {0};
                        float sum_4[64] = {0};
                        for (int64_t f = f_first; f < f_end; ++f) {
#pragma omp simd
                            for (int64_t lane = 0; lane < u_left; ++lane) {
                                const int64_t u = u_first + lane;
                                sum[lane] = SY_FMA_F32(x[(n * t_extent + t) * f_extent + f],
                                                       w[(f_extent + f) * u_extent + u], sum[lane]);
                                sum_2[lane] = SY_FMA_F32(x[(n * t_extent + t) * f_extent + f],
                                                         w[f * u_extent + u], sum_2[lane]);
                                sum_3[lane] =
                                    SY_FMA_F32(x[(n * t_extent + t) * f_extent + f],
                                               w[(f_extent * 2 + f) * u_extent + u], sum_3[lane]);
                                sum_4[lane] =
                                    SY_FMA_F32(x[(n * t_extent + t) * f_extent + f],
                                               w[(f_extent * 3 + f) * u_extent + u], sum_4[lane]);
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < u_left; ++lane) {
                            sum_total[lane] += (double)sum[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < u_left; ++lane) {
                            sum_total_2[lane] += (double)sum_2[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < u_left; ++lane) {
                            sum_total_3[lane] += (double)sum_3[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < u_left; ++lane) {
                            sum_total_4[lane] += (double)sum_4[lane];
                        }
                    }
                    double sum_total_5[64] = {0};
                    double sum_total_6[64] = {0};
                    double sum_total_7[64] = {0};
                    double sum_total_8[64] = {0};
                    for (int64_t v_first = 0; v_first < u_extent; v_first += 256) {
                        const int64_t v_end = sy_min_i64(v_first + 256, u_extent);
                        float sum[64] = {0};
                        float sum_2[64] = {0};
                        float sum_3[64] = {0};
                        float sum_4[64] = {0};
                        for (int64_t v = v_first; v < v_end; ++v) {
                            const float chosen =
                                0 <= t - 1 ? states[(n * t_extent + (t - 1)) * u_extent + v] : 0.0f;
#pragma omp simd
                            for (int64_t lane = 0; lane < u_left; ++lane) {
                                const int64_t u = u_first + lane;
                                sum[lane] =
                                    SY_FMA_F32(chosen, r[(u_extent + v) * u_extent + u], sum[lane]);
                                sum_2[lane] = SY_FMA_F32(chosen, r[v * u_extent + u], sum_2[lane]);
                                sum_3[lane] = SY_FMA_F32(
                                    chosen, r[(u_extent * 2 + v) * u_extent + u], sum_3[lane]);
                                sum_4[lane] = SY_FMA_F32(
                                    chosen, r[(u_extent * 3 + v) * u_extent + u], sum_4[lane]);
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < u_left; ++lane) {
                            sum_total_5[lane] += (double)sum[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < u_left; ++lane) {
                            sum_total_6[lane] += (double)sum_2[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < u_left; ++lane) {
                            sum_total_7[lane] += (double)sum_3[lane];
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < u_left; ++lane) {
                            sum_total_8[lane] += (double)sum_4[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < u_left; ++lane) {
                        const int64_t u = u_first + lane;
                        const float kept = sy_sigmoid_f32(
                            (float)sum_total[lane] + (float)sum_total_5[lane] + b[u_extent + u]);
                        const float taken = sy_sigmoid_f32((float)sum_total_2[lane] +
                                                           (float)sum_total_6[lane] + b[u]);
                        const float new_ =
                            sy_tanh_f32((float)sum_total_3[lane] + (float)sum_total_7[lane] +
                                        b[u_extent * 2 + u]);
                        cell[(n * 2 + t % 2) * u_extent + u] =
                            kept *
                                (0 <= t - 1 ? cell[(n * 2 + (t - 1) % 2) * u_extent + u] : 0.0f) +
                            taken * new_;
                        const float shown =
                            sy_sigmoid_f32((float)sum_total_4[lane] + (float)sum_total_8[lane] +
                                           b[u_extent * 3 + u]);
                        states[(n * t_extent + t) * u_extent + u] =
                            shown * sy_tanh_f32(cell[(n * 2 + t % 2) * u_extent + u]);
                    }
                }
            }
        }
#pragma omp simd
        for (int64_t u = 0; u < u_extent; ++u) {
            last[n * u_extent + u] =
                0 <= t_extent - 1 ? cell[(n * 2 + (t_extent - 1) % 2) * u_extent + u] : 0.0f;
        }
    }
}

static void lstm_compute(int64_t n_extent, int64_t t_extent, int64_t f_extent, int64_t u_extent,
                         const float *restrict x, const float *restrict w, const float *restrict r,
                         const float *restrict b, float *restrict states, float *restrict last,
                         unsigned char *workspace) {
    float *restrict cell = (float *)(void *)workspace;
    /* lstm.sy:19: let gate = sum[f](x * w) + sum[v](before[u = v] * r) + b
     * lstm.sy:25: let cell[n, t, u] = kept * cell[t = t - 1 else 0] + taken * new
     * lstm.sy:28: output states[n, t, u] = hidden
     * lstm.sy:29: output last[n, u] = cell[t = extent(t) - 1 else 0] */
    if ((double)n_extent * (double)t_extent * (double)f_extent * (double)u_extent > 20000.0) {
#pragma omp parallel
        lstm_cell(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), t_extent, f_extent,
                  u_extent, x, w, r, b, states, last, cell);
    } else {
        lstm_cell(0, n_extent, t_extent, f_extent, u_extent, x, w, r, b, states, last, cell);
    }
}

int lstm(size_t n, size_t t, size_t f, size_t u, const float *x, const float *w, const float *r,
         const float *b, float *states, float *last) {
    return lstm_call(n, t, f, u, x, w, r, b, states, last, NULL);
}

int lstm_call(size_t n, size_t t, size_t f, size_t u, const float *x, const float *w,
              const float *r, const float *b, float *states, float *last, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(u)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "u", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t t_extent = (int64_t)t;
    const int64_t f_extent = (int64_t)f;
    const int64_t u_extent = (int64_t)u;
    const int64_t x_count = sy_count(sy_count(n_extent, t_extent), f_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t w_count = sy_count(sy_count(4, f_extent), u_extent);
    if (w_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t r_count = sy_count(sy_count(4, u_extent), u_extent);
    if (r_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "r", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t b_count = sy_count(4, u_extent);
    if (b_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "b", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t states_count = sy_count(sy_count(n_extent, t_extent), u_extent);
    if (states_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "states", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t last_count = sy_count(n_extent, u_extent);
    if (last_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "last", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (r == NULL && r_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "r", 0, 0.0, 0, NULL);
    }
    if (b == NULL && b_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "b", 0, 0.0, 0, NULL);
    }
    if (states == NULL && states_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "states", 0, 0.0, 0, NULL);
    }
    if (last == NULL && last_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "last", 0, 0.0, 0, NULL);
    }
    const size_t needed = lstm_workspace(n, t, f, u);
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
    lstm_compute(n_extent, t_extent, f_extent, u_extent, x, w, r, b, states, last, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t lstm_workspace(size_t n, size_t t, size_t f, size_t u) {
    if (!sy_size_fits(n) || !sy_size_fits(t) || !sy_size_fits(f) || !sy_size_fits(u)) {
        return SIZE_MAX;
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t u_extent = (int64_t)u;
    return sy_bytes(sy_count(sy_count(n_extent, 2), u_extent), sizeof(float));
}
