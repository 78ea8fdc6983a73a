/* graph_attention: made from graph_attention.sy by steelyard 0.1.0; change that file, not this
 * one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "graph_attention.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* graph_attention.sy:20: let z[n, o] = sum[f](x * w)
 * graph_attention.sy:21: let from[n] = sum[o](z * a_source)
 * graph_attention.sy:22: let to[n] = sum[o](z * a_target) */
static void graph_attention_z(int64_t share_from, int64_t share_to, const float *restrict x,
                              const float *restrict w, const float *restrict a_source,
                              const float *restrict a_target, float *restrict z,
                              float *restrict from, float *restrict to) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float z_2[3] = {0};
        for (int64_t f = 0; f < 4; ++f) {
#pragma omp simd
            for (int64_t o = 0; o < 3; ++o) {
                z_2[o] = SY_FMA_F32(x[n * 4 + f], w[f * 3 + o], z_2[o]);
            }
        }
#pragma omp simd
        for (int64_t o = 0; o < 3; ++o) {
            z[n * 3 + o] = z_2[o];
        }
        float from_2 = 0.0f;
        float to_2 = 0.0f;
        for (int64_t o = 0; o < 3; ++o) {
            from_2 = SY_FMA_F32(z[n * 3 + o], a_source[o], from_2);
            to_2 = SY_FMA_F32(z[n * 3 + o], a_target[o], to_2);
        }
        from[n] = from_2;
        to[n] = to_2;
    }
}

/* graph_attention.sy:21: let from[n] = sum[o](z * a_source)
 * graph_attention.sy:22: let to[n] = sum[o](z * a_target) */
static void graph_attention_from(int64_t share_from, int64_t share_to, int64_t n_extent,
                                 float *restrict from, float *restrict to, float *restrict from_2,
                                 float *restrict to_2) {
    for (int64_t n_first = share_from; n_first < share_to; n_first += 4096) {
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
#pragma omp simd
        for (int64_t n = n_first; n < n_end; ++n) {
            from[n] = from_2[n];
            to[n] = to_2[n];
        }
    }
}

/* graph_attention.sy:26: output y[n, o] = mean[e](z[source, o], logweight = score, where =
 * target == n, empty = 0)
 * graph_attention.sy:27: output share[e] = exp(score - (logsumexp[e](score, where = target ==
 * n))[n = target]) */
static void graph_attention_y(int64_t share_from, int64_t share_to, float *restrict y,
                              float *restrict from, float *restrict to,
                              int64_t *restrict target_ends, int64_t *restrict source_by_target,
                              float *restrict z, float *restrict from_2, float *restrict to_2,
                              float *restrict share_max, float *restrict share_sum) {
    for (int64_t n = share_from; n < share_to; ++n) {
        const int64_t e_first = n > 0 ? target_ends[n - 1] : 0;
        const int64_t e_end = target_ends[n];
        float y_max = -INFINITY;
        double y_sum_total = 0.0;
        double y_sum_total_2[3] = {0};
        for (int64_t e_first_2 = e_first; e_first_2 < e_end; e_first_2 += 256) {
            const int64_t e_end_2 = sy_min_i64(e_first_2 + 256, e_end);
            const float y_max_before = y_max;
            float y_max_kept[256];
            for (int64_t lane = 0; lane < 256; ++lane) {
                y_max_kept[lane] = -INFINITY;
            }
            for (int64_t place = e_first_2; place < e_end_2; ++place) {
                const float raw = from[source_by_target[place]] + to[n];
                const float score = 0.0f < raw ? raw : 0.2f * raw;
                if (score != -INFINITY) {
                    y_max_kept[place - e_first_2] = score;
                    y_max = sy_max_f32(y_max, y_max_kept[place - e_first_2]);
                }
            }
            const double e_scale =
                (double)(y_max_before == y_max ? 1.0f : sy_exp_f32(y_max_before - y_max));
            y_sum_total *= e_scale;
#pragma omp simd
            for (int64_t lane = 0; lane < 3; ++lane) {
                y_sum_total_2[lane] *= e_scale;
            }
            double y_sum = 0.0;
            double y_sum_2[3] = {0};
            float y_max_exponential[256];
#pragma omp simd
            for (int64_t lane = 0; lane < e_end_2 - e_first_2; ++lane) {
                y_max_exponential[lane] = sy_exp_f32(y_max_kept[lane] - y_max);
            }
            for (int64_t place = e_first_2; place < e_end_2; ++place) {
                const float score = y_max_kept[place - e_first_2];
                if (score != -INFINITY) {
                    y_sum += (double)y_max_exponential[place - e_first_2];
#pragma omp simd
                    for (int64_t o = 0; o < 3; ++o) {
                        y_sum_2[o] += (double)(y_max_exponential[place - e_first_2] *
                                               z[source_by_target[place] * 3 + o]);
                    }
                }
            }
            y_sum_total += y_sum;
#pragma omp simd
            for (int64_t lane = 0; lane < 3; ++lane) {
                y_sum_total_2[lane] += y_sum_2[lane];
            }
        }
        const float y_sum = (float)y_sum_total;
#pragma omp simd
        for (int64_t o = 0; o < 3; ++o) {
            y[n * 3 + o] = y_sum == 0.0f ? 0.0f : (float)y_sum_total_2[o] / y_sum;
        }
        const int64_t e_first_2 = n > 0 ? target_ends[n - 1] : 0;
        const int64_t e_end_2 = target_ends[n];
        float share_max_2 = -INFINITY;
        for (int64_t place = e_first_2; place < e_end_2; ++place) {
            const float raw = from_2[source_by_target[place]] + to_2[n];
            const float score = 0.0f < raw ? raw : 0.2f * raw;
            share_max_2 = sy_max_f32(share_max_2, score);
        }
        share_max[n] = share_max_2;
        const int64_t e_first_3 = n > 0 ? target_ends[n - 1] : 0;
        const int64_t e_end_3 = target_ends[n];
        double share_sum_2 = 0.0;
        for (int64_t place = e_first_3; place < e_end_3; ++place) {
            const float raw = from_2[source_by_target[place]] + to_2[n];
            const float score = 0.0f < raw ? raw : 0.2f * raw;
            share_sum_2 += (double)sy_exp_f32(score - share_max[n]);
        }
        const float share_sum_3 = (float)share_sum_2;
        share_sum[n] = share_sum_3;
    }
}

/* graph_attention.sy:27: output share[e] = exp(score - (logsumexp[e](score, where = target ==
 * n))[n = target]) */
static void graph_attention_share_max_of_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                                           float *restrict share_max, float *restrict share_sum,
                                           float *restrict share_max_of_n) {
    for (int64_t n_first = share_from; n_first < share_to; n_first += 4096) {
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
#pragma omp simd
        for (int64_t n = n_first; n < n_end; ++n) {
            share_max_of_n[n] = sy_isfinite_f32(share_max[n])
                                    ? share_max[n] + sy_log_f32(share_sum[n])
                                    : share_max[n];
        }
    }
}

/* graph_attention.sy:27: output share[e] = exp(score - (logsumexp[e](score, where = target ==
 * n))[n = target]) */
static void graph_attention_share(int64_t share_from, int64_t share_to, int64_t e_extent,
                                  const int64_t *restrict source, const int64_t *restrict target,
                                  float *restrict share, float *restrict from, float *restrict to,
                                  float *restrict share_max_of_n) {
    for (int64_t e_first = share_from; e_first < share_to; e_first += 4096) {
        const int64_t e_end = sy_min_i64(e_first + 4096, e_extent);
#pragma omp simd
        for (int64_t e = e_first; e < e_end; ++e) {
            const float from_here = from[source[e]];
            const float to_here = to[target[e]];
            const float raw = from_here + to_here;
            const float score = 0.0f < raw ? raw : 0.2f * raw;
            share[e] = sy_exp_f32(score - share_max_of_n[target[e]]);
        }
    }
}

static void graph_attention_compute(int64_t n_extent, int64_t e_extent, const float *restrict x,
                                    const int64_t *restrict source, const int64_t *restrict target,
                                    const float *restrict w, const float *restrict a_source,
                                    const float *restrict a_target, float *restrict y,
                                    float *restrict share, unsigned char *workspace) {
    float *restrict from = (float *)(void *)workspace;
    const size_t after_from = sy_bytes(n_extent, sizeof(float));
    float *restrict to = (float *)(void *)&workspace[after_from];
    const size_t after_to = after_from + sy_bytes(n_extent, sizeof(float));
    int64_t *restrict target_ends = (int64_t *)(void *)&workspace[after_to];
    const size_t after_target_ends = after_to + sy_bytes(n_extent, sizeof(int64_t));
    int64_t *restrict source_by_target = (int64_t *)(void *)&workspace[after_target_ends];
    const size_t after_source_by_target = after_target_ends + sy_bytes(e_extent, sizeof(int64_t));
    float *restrict z = (float *)(void *)&workspace[after_source_by_target];
    const size_t after_z = after_source_by_target + sy_bytes(n_extent * 3, sizeof(float));
    float *restrict from_2 = (float *)(void *)&workspace[after_z];
    const size_t after_from_2 = after_z + sy_bytes(n_extent, sizeof(float));
    float *restrict to_2 = (float *)(void *)&workspace[after_from_2];
    const size_t after_to_2 = after_from_2 + sy_bytes(n_extent, sizeof(float));
    float *restrict share_max = (float *)(void *)&workspace[after_to_2];
    const size_t after_share_max = after_to_2 + sy_bytes(n_extent, sizeof(float));
    float *restrict share_sum = (float *)(void *)&workspace[after_share_max];
    const size_t after_share_sum = after_share_max + sy_bytes(n_extent, sizeof(float));
    float *restrict share_max_of_n = (float *)(void *)&workspace[after_share_sum];
    /* graph_attention.sy:20: let z[n, o] = sum[f](x * w)
     * graph_attention.sy:21: let from[n] = sum[o](z * a_source)
     * graph_attention.sy:22: let to[n] = sum[o](z * a_target) */
    if ((double)n_extent * 4.0 * 3.0 > 20000.0) {
#pragma omp parallel
        graph_attention_z(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), x, w, a_source,
                          a_target, z, from_2, to_2);
    } else {
        graph_attention_z(0, n_extent, x, w, a_source, a_target, z, from_2, to_2);
    }

    /* graph_attention.sy:21: let from[n] = sum[o](z * a_source)
     * graph_attention.sy:22: let to[n] = sum[o](z * a_target) */
    if (n_extent > 20000) {
#pragma omp parallel
        graph_attention_from(sy_share_from(n_extent, 4096), sy_share_to(n_extent, 4096), n_extent,
                             from, to, from_2, to_2);
    } else {
        graph_attention_from(0, n_extent, n_extent, from, to, from_2, to_2);
    }

    /* graph_attention.sy:23: let raw[e] = from[source] + to[target] */
    sy_list_direct(target, e_extent, n_extent, target_ends, source, source_by_target);

    /* graph_attention.sy:26: output y[n, o] = mean[e](z[source, o], logweight = score, where =
     * target == n, empty = 0)
     * graph_attention.sy:27: output share[e] = exp(score - (logsumexp[e](score, where = target
     * == n))[n = target]) */
    if ((double)(n_extent + e_extent) * 3.0 > 20000.0) {
#pragma omp parallel
        graph_attention_y(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), y, from, to,
                          target_ends, source_by_target, z, from_2, to_2, share_max, share_sum);
    } else {
        graph_attention_y(0, n_extent, y, from, to, target_ends, source_by_target, z, from_2, to_2,
                          share_max, share_sum);
    }

    /* graph_attention.sy:27: output share[e] = exp(score - (logsumexp[e](score, where = target
     * == n))[n = target]) */
    if (n_extent > 20000) {
#pragma omp parallel
        graph_attention_share_max_of_n(sy_share_from(n_extent, 4096), sy_share_to(n_extent, 4096),
                                       n_extent, share_max, share_sum, share_max_of_n);
    } else {
        graph_attention_share_max_of_n(0, n_extent, n_extent, share_max, share_sum, share_max_of_n);
    }

    if (e_extent > 20000) {
#pragma omp parallel
        graph_attention_share(sy_share_from(e_extent, 4096), sy_share_to(e_extent, 4096), e_extent,
                              source, target, share, from_2, to_2, share_max_of_n);
    } else {
        graph_attention_share(0, e_extent, e_extent, source, target, share, from_2, to_2,
                              share_max_of_n);
    }
}

int graph_attention(size_t n, size_t e, const float *x, const int64_t *source,
                    const int64_t *target, const float *w, const float *a_source,
                    const float *a_target, float *y, float *share) {
    return graph_attention_call(n, e, x, source, target, w, a_source, a_target, y, share, NULL);
}

int graph_attention_call(size_t n, size_t e, const float *x, const int64_t *source,
                         const int64_t *target, const float *w, const float *a_source,
                         const float *a_target, float *y, float *share, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(e)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "e", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t e_extent = (int64_t)e;
    const int64_t x_count = sy_count(n_extent, 4);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t w_count = sy_count(4, 3);
    if (w_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "w", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t y_count = sy_count(n_extent, 3);
    if (y_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "y", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (source == NULL && e_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "source", 0, 0.0, 0, NULL);
    }
    if (target == NULL && e_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "target", 0, 0.0, 0, NULL);
    }
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (a_source == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "a_source", 0, 0.0, 0, NULL);
    if (a_target == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "a_target", 0, 0.0, 0, NULL);
    if (y == NULL && y_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (share == NULL && e_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "share", 0, 0.0, 0, NULL);
    }
    const size_t bad_source = sy_check_index_i64(source, (size_t)e_extent, n_extent, 0, 0);
    if (bad_source != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "source", bad_source, 0.0, source[bad_source], NULL);
    }
    const size_t bad_target = sy_check_index_i64(target, (size_t)e_extent, n_extent, 0, 0);
    if (bad_target != SIZE_MAX) {
        return sy_fail(call, STEELYARD_INDEX, "target", bad_target, 0.0, target[bad_target], NULL);
    }
    const size_t needed = graph_attention_workspace(n, e);
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
    graph_attention_compute(n_extent, e_extent, x, source, target, w, a_source, a_target, y, share,
                            workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t graph_attention_workspace(size_t n, size_t e) {
    if (!sy_size_fits(n) || !sy_size_fits(e)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t e_extent = (int64_t)e;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes(e_extent, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(n_extent, 3), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    return bytes;
}
