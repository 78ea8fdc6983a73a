/* experts: made from experts.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "experts.h"

#include "steelyard.h"
#include "steelyard_tile.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* experts.sy:16: let score[n, e] = sum[f](x * gate) */
static void experts_score(int64_t share_from, int64_t share_to, int64_t n_extent, int64_t f_extent,
                          const float *restrict x, float *restrict score,
                          float *restrict score_right) {
    for (int64_t panel = share_from; panel < share_to; panel += 8) {
        const int64_t n_first = panel * 6;
        const int64_t n_count = sy_min_i64(sy_min_i64(8, share_to - panel) * 6, n_extent - n_first);
        double score_sums[768];
        for (int64_t f_first = 0; f_first < sy_max_i64(f_extent, 1); f_first += 2048) {
            const int64_t f_count = sy_min_i64(2048, f_extent - f_first);
            float score_left[98304];
            const int64_t n_padded = (n_count + 5) / 6 * 6;
            for (int64_t row = 0; row < n_padded; ++row) {
                const int64_t n = sy_min_i64(n_first + row, n_extent - 1);
                for (int64_t group = 0; group < f_count; group += 16) {
                    const int64_t n_start = row / 6 * 6 * 2048 + group * 6 + row % 6 * 16;
                    const int64_t f_from = f_first + group;
                    if (f_count - group >= 16) {
#pragma omp simd
                        for (int64_t step = 0; step < 16; ++step) {
                            const int64_t f = f_from + step;
                            score_left[n_start + step] = x[n * f_extent + f];
                        }
                    } else {
#pragma omp simd
                        for (int64_t step = 0; step < f_count - group; ++step) {
                            const int64_t f = f_from + step;
                            score_left[n_start + step] = x[n * f_extent + f];
                        }
                    }
                }
            }
            sy_panels_f32_wide(n_count, 4, f_count, score_left, SY_BY_GROUPS, 2048,
                               &score_right[f_first * 16], f_extent * 16, f_first > 0, score_sums,
                               16);
            if (f_extent - f_first <= 2048) {
                for (int64_t row = 0; row < n_count; ++row) {
                    const int64_t n = n_first + row;
#pragma omp simd
                    for (int64_t lane = 0; lane < 4; ++lane) {
                        score[n * 4 + lane] = (float)score_sums[row * 16 + lane];
                    }
                }
            }
        }
    }
}

/* experts.sy:16: let score[n, e] = sum[f](x * gate) */
static void experts_score_2(int64_t share_from, int64_t share_to, int64_t f_extent,
                            const float *restrict x, const float *restrict gate,
                            float *restrict score) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double score_total[4] = {0};
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float score_2[4] = {0};
            for (int64_t f = f_first; f < f_end; ++f) {
#pragma omp simd
                for (int64_t e = 0; e < 4; ++e) {
                    score_2[e] = SY_FMA_F32(x[n * f_extent + f], gate[f * 4 + e], score_2[e]);
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 4; ++lane) {
                score_total[lane] += (double)score_2[lane];
            }
        }
#pragma omp simd
        for (int64_t e = 0; e < 4; ++e) {
            score[n * 4 + e] = (float)score_total[e];
        }
    }
}

/* experts.sy:17: let rank[n, e] = count[e2](where = score[e = e2] > score)
 * experts.sy:19: output y[n, o] = mean[e](sum[f](x * w), logweight = score, where = rank < 2) */
static void experts_y(int64_t share_from, int64_t share_to, int64_t f_extent,
                      const float *restrict x, const float *restrict w, float *restrict y,
                      float *restrict score) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float y_max = -INFINITY;
        float y_max_kept[4];
        for (int64_t lane = 0; lane < 4; ++lane) {
            y_max_kept[lane] = -INFINITY;
        }
        for (int64_t e = 0; e < 4; ++e) {
            if (score[n * 4 + e] != -INFINITY) {
                int64_t rank = 0;
                for (int64_t e2 = 0; e2 < 4; ++e2) {
                    rank += score[n * 4 + e] < score[n * 4 + e2] ? 1 : 0;
                }
                if (rank < 2) {
                    y_max_kept[e] = score[n * 4 + e];
                    y_max = sy_max_f32(y_max, y_max_kept[e]);
                }
            }
        }
        float y_sum[3] = {0};
        float y_sum_2 = 0.0f;
        float y_max_exponential[4];
#pragma omp simd
        for (int64_t lane = 0; lane < 4; ++lane) {
            y_max_exponential[lane] = sy_exp_f32(y_max_kept[lane] - y_max);
        }
        for (int64_t e = 0; e < 4; ++e) {
            const float logit = y_max_kept[e];
            if (logit != -INFINITY) {
                double y_sum_total[3] = {0};
                for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
                    const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
                    float y_sum_3[3] = {0};
                    for (int64_t f = f_first; f < f_end; ++f) {
#pragma omp simd
                        for (int64_t o = 0; o < 3; ++o) {
                            y_sum_3[o] = SY_FMA_F32(x[n * f_extent + f],
                                                    w[(e * f_extent + f) * 3 + o], y_sum_3[o]);
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 3; ++lane) {
                        y_sum_total[lane] += (double)y_sum_3[lane];
                    }
                }
#pragma omp simd
                for (int64_t o = 0; o < 3; ++o) {
                    y_sum[o] = SY_FMA_F32(y_max_exponential[e], (float)y_sum_total[o], y_sum[o]);
                }
                y_sum_2 += y_max_exponential[e];
            }
        }
#pragma omp simd
        for (int64_t o = 0; o < 3; ++o) {
            y[n * 3 + o] = y_sum[o] / y_sum_2;
        }
    }
}

/* experts.sy:17: let rank[n, e] = count[e2](where = score[e = e2] > score)
 * experts.sy:20: output load[e] = mean[n](f32(rank < 2)) */
static void experts_load(int64_t share_from, int64_t share_to, int64_t n_extent,
                         float *restrict load, float *restrict score) {
    for (int64_t e = share_from; e < share_to; ++e) {
        double load_sum = 0.0;
        for (int64_t n = 0; n < n_extent; ++n) {
            int64_t rank = 0;
            for (int64_t e2 = 0; e2 < 4; ++e2) {
                rank += score[n * 4 + e] < score[n * 4 + e2] ? 1 : 0;
            }
            if (rank < 2) load_sum += 1.0;
        }
        const float load_sum_2 = (float)load_sum;
        load[e] = load_sum_2 / (float)n_extent;
    }
}

static void experts_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                            const float *restrict gate, const float *restrict w, float *restrict y,
                            float *restrict load, unsigned char *workspace) {
    float *restrict score = (float *)(void *)workspace;
    const size_t after_score = sy_bytes(n_extent * 4, sizeof(float));
    float *restrict score_right = (float *)(void *)&workspace[after_score];
    /* experts.sy:16: let score[n, e] = sum[f](x * gate) */
    const bool by_panels = n_extent >= 3 && (double)n_extent * 4.0 * (double)f_extent >= 256.0;
    if (by_panels) {
        const bool enough_work = (double)n_extent * 4.0 * (double)f_extent > 500000.0;
        for (int64_t f = 0; f < f_extent; ++f) {
#pragma omp simd
            for (int64_t lane = 0; lane < 16; ++lane) {
                const int64_t e = sy_min_i64(lane, 3);
                score_right[f * 16 + lane] = gate[f * 4 + e];
            }
        }
        const int64_t n_panels = (n_extent + 5) / 6;
        if (enough_work) {
#pragma omp parallel
            experts_score(sy_share_from(n_panels, 1), sy_share_to(n_panels, 1), n_extent, f_extent,
                          x, score, score_right);
        } else {
            experts_score(0, n_panels, n_extent, f_extent, x, score, score_right);
        }
    } else if ((double)n_extent * (double)f_extent * 4.0 > 20000.0) {
#pragma omp parallel
        experts_score_2(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent, x, gate,
                        score);
    } else {
        experts_score_2(0, n_extent, f_extent, x, gate, score);
    }

    /* experts.sy:17: let rank[n, e] = count[e2](where = score[e = e2] > score)
     * experts.sy:19: output y[n, o] = mean[e](sum[f](x * w), logweight = score, where = rank <
     * 2) */
    if ((double)n_extent * 4.0 * (double)f_extent * 3.0 > 20000.0) {
#pragma omp parallel
        experts_y(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), f_extent, x, w, y, score);
    } else {
        experts_y(0, n_extent, f_extent, x, w, y, score);
    }

    /* experts.sy:17: let rank[n, e] = count[e2](where = score[e = e2] > score)
     * experts.sy:20: output load[e] = mean[n](f32(rank < 2)) */
    if (4.0 * (double)n_extent * 4.0 > 20000.0) {
#pragma omp parallel
        experts_load(sy_share_from(4, 1), sy_share_to(4, 1), n_extent, load, score);
    } else {
        experts_load(0, 4, n_extent, load, score);
    }
}

int experts(size_t n, size_t f, const float *x, const float *gate, const float *w, float *y,
            float *load) {
    return experts_call(n, f, x, gate, w, y, load, NULL);
}

int experts_call(size_t n, size_t f, const float *x, const float *gate, const float *w, float *y,
                 float *load, steelyard_call *call) {
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
    const int64_t gate_count = sy_count(f_extent, 4);
    if (gate_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "gate", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t w_count = sy_count(sy_count(4, f_extent), 3);
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
    if (gate == NULL && gate_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "gate", 0, 0.0, 0, NULL);
    }
    if (w == NULL && w_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (y == NULL && y_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "y", 0, 0.0, 0, NULL);
    }
    if (load == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "load", 0, 0.0, 0, NULL);
    const size_t needed = experts_workspace(n, f);
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
    experts_compute(n_extent, f_extent, x, gate, w, y, load, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t experts_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    size_t bytes = sy_bytes(sy_count(n_extent, 4), sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(16, f_extent), sizeof(float)));
    return bytes;
}
