/* hmm: made from hmm.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "hmm.h"

#include "steelyard.h"
#include "steelyard_put.h"
#include <math.h>
#include <stdint.h>

/* hmm.sy:16: let forward[n, t, s] = ...
 * hmm.sy:17: seen + (if t == 0 then start else logsumexp[r](forward[t = t - 1, s = r] + move))
 * hmm.sy:18: let likelihood[n] = logsumexp[s](forward[t = extent(t) - 1 else 0])
 * hmm.sy:21: output each[n] = likelihood
 * hmm.sy:22: output posterior[n, t, s] = grad(total, seen) */
static void hmm_forward(int64_t share_from, int64_t share_to, int64_t t_extent, int64_t s_extent,
                        const float *restrict start, const float *restrict move,
                        const float *restrict seen, float *restrict each, float *restrict posterior,
                        float *restrict forward, float *restrict posterior_sum,
                        float *restrict posterior_max, float *restrict moves_sum,
                        float *restrict moves_max) {
    for (int64_t n = share_from; n < share_to; ++n) {
        for (int64_t t = 0; t < t_extent; ++t) {
            for (int64_t s_first = 0; s_first < s_extent; s_first += 64) {
                if (s_extent - s_first >= 64) {
                    float forward_max[64];
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        forward_max[lane] = -INFINITY;
                    }
                    for (int64_t r = 0; r < s_extent; ++r) {
                        if (t != 0) {
#pragma omp simd
                            for (int64_t lane = 0; lane < 64; ++lane) {
                                const int64_t s = s_first + lane;
                                const float total =
                                    forward[(n * t_extent + (t - 1)) * s_extent + r] +
                                    move[r * s_extent + s];
                                forward_max[lane] = sy_max_f32(forward_max[lane], total);
                            }
                        }
                    }
                    double forward_sum_total[64] = {0};
                    for (int64_t r_first = 0; r_first < s_extent; r_first += 256) {
                        const int64_t r_end = sy_min_i64(r_first + 256, s_extent);
                        float forward_sum[64] = {0};
                        for (int64_t r = r_first; r < r_end; ++r) {
                            if (t != 0) {
#pragma omp simd
                                for (int64_t lane = 0; lane < 64; ++lane) {
                                    const int64_t s = s_first + lane;
                                    const float total =
                                        forward[(n * t_extent + (t - 1)) * s_extent + r] +
                                        move[r * s_extent + s];
                                    forward_sum[lane] += sy_exp_f32(total - forward_max[lane]);
                                }
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            forward_sum_total[lane] += (double)forward_sum[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t s = s_first + lane;
                        const float start_here = start[s];
                        forward[(n * t_extent + t) * s_extent + s] =
                            seen[(n * t_extent + t) * s_extent + s] +
                            (t == 0
                                 ? start_here
                                 : (sy_isfinite_f32(forward_max[lane])
                                        ? forward_max[lane] +
                                              sy_log_f32((float)forward_sum_total[lane])
                                        : forward_max[lane]));
                    }
                } else {
                    const int64_t s_left = s_extent - s_first;
                    float forward_max[64];
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        forward_max[lane] = -INFINITY;
                    }
                    for (int64_t r = 0; r < s_extent; ++r) {
                        if (t != 0) {
#pragma omp simd
                            for (int64_t lane = 0; lane < s_left; ++lane) {
                                const int64_t s = s_first + lane;
                                const float total =
                                    forward[(n * t_extent + (t - 1)) * s_extent + r] +
                                    move[r * s_extent + s];
                                forward_max[lane] = sy_max_f32(forward_max[lane], total);
                            }
                        }
                    }
                    double forward_sum_total[64] = {0};
                    for (int64_t r_first = 0; r_first < s_extent; r_first += 256) {
                        const int64_t r_end = sy_min_i64(r_first + 256, s_extent);
                        float forward_sum[64] = {0};
                        for (int64_t r = r_first; r < r_end; ++r) {
                            if (t != 0) {
#pragma omp simd
                                for (int64_t lane = 0; lane < s_left; ++lane) {
                                    const int64_t s = s_first + lane;
                                    const float total =
                                        forward[(n * t_extent + (t - 1)) * s_extent + r] +
                                        move[r * s_extent + s];
                                    forward_sum[lane] += sy_exp_f32(total - forward_max[lane]);
                                }
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < s_left; ++lane) {
                            forward_sum_total[lane] += (double)forward_sum[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < s_left; ++lane) {
                        const int64_t s = s_first + lane;
                        const float start_here = start[s];
                        forward[(n * t_extent + t) * s_extent + s] =
                            seen[(n * t_extent + t) * s_extent + s] +
                            (t == 0
                                 ? start_here
                                 : (sy_isfinite_f32(forward_max[lane])
                                        ? forward_max[lane] +
                                              sy_log_f32((float)forward_sum_total[lane])
                                        : forward_max[lane]));
                    }
                }
            }
        }
        for (int64_t t = 0; t < t_extent; ++t) {
            for (int64_t s_first = 0; s_first < s_extent; s_first += 64) {
                if (s_extent - s_first >= 64) {
                    float posterior_max_2[64];
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        posterior_max_2[lane] = -INFINITY;
                    }
                    for (int64_t r = 0; r < s_extent; ++r) {
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            const int64_t s = s_first + lane;
                            const float total =
                                forward[(n * t_extent + t) * s_extent + r] + move[r * s_extent + s];
                            posterior_max_2[lane] = sy_max_f32(posterior_max_2[lane], total);
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t s = s_first + lane;
                        posterior_max[(n * t_extent + t) * s_extent + s] = posterior_max_2[lane];
                    }
                    double posterior_sum_total[64] = {0};
                    for (int64_t r_first = 0; r_first < s_extent; r_first += 256) {
                        const int64_t r_end = sy_min_i64(r_first + 256, s_extent);
                        float posterior_sum_2[64] = {0};
                        for (int64_t r = r_first; r < r_end; ++r) {
#pragma omp simd
                            for (int64_t lane = 0; lane < 64; ++lane) {
                                const int64_t s = s_first + lane;
                                const float total = forward[(n * t_extent + t) * s_extent + r] +
                                                    move[r * s_extent + s];
                                posterior_sum_2[lane] += sy_exp_f32(
                                    total - posterior_max[(n * t_extent + t) * s_extent + s]);
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            posterior_sum_total[lane] += (double)posterior_sum_2[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t s = s_first + lane;
                        posterior_sum[(n * t_extent + t) * s_extent + s] =
                            (float)posterior_sum_total[lane];
                    }
                } else {
                    const int64_t s_left = s_extent - s_first;
                    float posterior_max_2[64];
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        posterior_max_2[lane] = -INFINITY;
                    }
                    for (int64_t r = 0; r < s_extent; ++r) {
#pragma omp simd
                        for (int64_t lane = 0; lane < s_left; ++lane) {
                            const int64_t s = s_first + lane;
                            const float total =
                                forward[(n * t_extent + t) * s_extent + r] + move[r * s_extent + s];
                            posterior_max_2[lane] = sy_max_f32(posterior_max_2[lane], total);
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < s_left; ++lane) {
                        const int64_t s = s_first + lane;
                        posterior_max[(n * t_extent + t) * s_extent + s] = posterior_max_2[lane];
                    }
                    double posterior_sum_total[64] = {0};
                    for (int64_t r_first = 0; r_first < s_extent; r_first += 256) {
                        const int64_t r_end = sy_min_i64(r_first + 256, s_extent);
                        float posterior_sum_2[64] = {0};
                        for (int64_t r = r_first; r < r_end; ++r) {
#pragma omp simd
                            for (int64_t lane = 0; lane < s_left; ++lane) {
                                const int64_t s = s_first + lane;
                                const float total = forward[(n * t_extent + t) * s_extent + r] +
                                                    move[r * s_extent + s];
                                posterior_sum_2[lane] += sy_exp_f32(
                                    total - posterior_max[(n * t_extent + t) * s_extent + s]);
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < s_left; ++lane) {
                            posterior_sum_total[lane] += (double)posterior_sum_2[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < s_left; ++lane) {
                        const int64_t s = s_first + lane;
                        posterior_sum[(n * t_extent + t) * s_extent + s] =
                            (float)posterior_sum_total[lane];
                    }
                }
            }
            for (int64_t s_first = 0; s_first < s_extent; s_first += 64) {
                if (s_extent - s_first >= 64) {
                    float moves_max_2[64];
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        moves_max_2[lane] = -INFINITY;
                    }
                    for (int64_t r = 0; r < s_extent; ++r) {
                        if (t != 0) {
#pragma omp simd
                            for (int64_t lane = 0; lane < 64; ++lane) {
                                const int64_t s = s_first + lane;
                                const float total =
                                    forward[(n * t_extent + (t - 1)) * s_extent + r] +
                                    move[r * s_extent + s];
                                moves_max_2[lane] = sy_max_f32(moves_max_2[lane], total);
                            }
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t s = s_first + lane;
                        moves_max[(n * t_extent + t) * s_extent + s] = moves_max_2[lane];
                    }
                    double moves_sum_total[64] = {0};
                    for (int64_t r_first = 0; r_first < s_extent; r_first += 256) {
                        const int64_t r_end = sy_min_i64(r_first + 256, s_extent);
                        float moves_sum_2[64] = {0};
                        for (int64_t r = r_first; r < r_end; ++r) {
                            if (t != 0) {
#pragma omp simd
                                for (int64_t lane = 0; lane < 64; ++lane) {
                                    const int64_t s = s_first + lane;
                                    const float total =
                                        forward[(n * t_extent + (t - 1)) * s_extent + r] +
                                        move[r * s_extent + s];
                                    const float exponential = sy_exp_f32(total - moves_max_2[lane]);
                                    moves_sum_2[lane] += exponential;
                                }
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            moves_sum_total[lane] += (double)moves_sum_2[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t s = s_first + lane;
                        moves_sum[(n * t_extent + t) * s_extent + s] = (float)moves_sum_total[lane];
                    }
                } else {
                    const int64_t s_left = s_extent - s_first;
                    float moves_max_2[64];
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        moves_max_2[lane] = -INFINITY;
                    }
                    for (int64_t r = 0; r < s_extent; ++r) {
                        if (t != 0) {
#pragma omp simd
                            for (int64_t lane = 0; lane < s_left; ++lane) {
                                const int64_t s = s_first + lane;
                                const float total =
                                    forward[(n * t_extent + (t - 1)) * s_extent + r] +
                                    move[r * s_extent + s];
                                moves_max_2[lane] = sy_max_f32(moves_max_2[lane], total);
                            }
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < s_left; ++lane) {
                        const int64_t s = s_first + lane;
                        moves_max[(n * t_extent + t) * s_extent + s] = moves_max_2[lane];
                    }
                    double moves_sum_total[64] = {0};
                    for (int64_t r_first = 0; r_first < s_extent; r_first += 256) {
                        const int64_t r_end = sy_min_i64(r_first + 256, s_extent);
                        float moves_sum_2[64] = {0};
                        for (int64_t r = r_first; r < r_end; ++r) {
                            if (t != 0) {
#pragma omp simd
                                for (int64_t lane = 0; lane < s_left; ++lane) {
                                    const int64_t s = s_first + lane;
                                    const float total =
                                        forward[(n * t_extent + (t - 1)) * s_extent + r] +
                                        move[r * s_extent + s];
                                    const float exponential = sy_exp_f32(total - moves_max_2[lane]);
                                    moves_sum_2[lane] += exponential;
                                }
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < s_left; ++lane) {
                            moves_sum_total[lane] += (double)moves_sum_2[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < s_left; ++lane) {
                        const int64_t s = s_first + lane;
                        moves_sum[(n * t_extent + t) * s_extent + s] = (float)moves_sum_total[lane];
                    }
                }
            }
        }
        float posterior_max_2[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            posterior_max_2[lane] = -INFINITY;
        }
        const int64_t s_whole = s_extent - s_extent % 32;
        for (int64_t s_row = 0; s_row < s_whole; s_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t s = s_row + lane;
                const float chosen = 0 <= t_extent - 1
                                         ? forward[(n * t_extent + (t_extent - 1)) * s_extent + s]
                                         : 0.0f;
                posterior_max_2[lane] = sy_max_f32(posterior_max_2[lane], chosen);
            }
        }
        for (int64_t s = s_whole; s < s_extent; ++s) {
            const float chosen =
                0 <= t_extent - 1 ? forward[(n * t_extent + (t_extent - 1)) * s_extent + s] : 0.0f;
            posterior_max_2[0] = sy_max_f32(posterior_max_2[0], chosen);
        }
        const float posterior_max_value = s_whole > 0 ? sy_tree_max_f32(posterior_max_2)
                                                      : posterior_max_2[0];
        double posterior_sum_total = 0.0;
        for (int64_t s_first = 0; s_first < s_extent; s_first += 256) {
            const int64_t s_end = sy_min_i64(s_first + 256, s_extent);
            float posterior_sum_2[32] = {0};
            const int64_t s_whole_2 = s_end - s_end % 32;
            for (int64_t s_row = s_first; s_row < s_whole_2; s_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t s = s_row + lane;
                    const float chosen =
                        0 <= t_extent - 1 ? forward[(n * t_extent + (t_extent - 1)) * s_extent + s]
                                          : 0.0f;
                    const float exponential = sy_exp_below_f32(chosen - posterior_max_value);
                    posterior_sum_2[lane] += exponential;
                }
            }
            for (int64_t s = s_whole_2; s < s_end; ++s) {
                const float chosen = 0 <= t_extent - 1
                                         ? forward[(n * t_extent + (t_extent - 1)) * s_extent + s]
                                         : 0.0f;
                const float exponential = sy_exp_below_f32(chosen - posterior_max_value);
                posterior_sum_2[0] += exponential;
            }
            posterior_sum_total += (double)(s_whole_2 > s_first ? sy_tree_sum_f32(posterior_sum_2)
                                                                : posterior_sum_2[0]);
        }
        const float posterior_sum_2 = (float)posterior_sum_total;
        const float ratio = 1.0f / posterior_sum_2;
        for (int64_t t = t_extent - 1; t >= 0; --t) {
            for (int64_t s_first = 0; s_first < s_extent; s_first += 64) {
                if (s_extent - s_first >= 64) {
                    double posterior_sum_total_2[64] = {0};
                    for (int64_t s_first_2 = 0; s_first_2 < s_extent; s_first_2 += 256) {
                        const int64_t s_end = sy_min_i64(s_first_2 + 256, s_extent);
                        float posterior_sum_3[64] = {0};
                        for (int64_t s = s_first_2; s < s_end; ++s) {
                            if (t + 1 < t_extent) {
                                if (sy_isfinite_f32(posterior_max[(n * t_extent + t) * s_extent +
                                                                  s])) {
                                    const float ratio_2 =
                                        posterior[(n * t_extent + (t + 1)) * s_extent + s] /
                                        posterior_sum[(n * t_extent + t) * s_extent + s];
#pragma omp simd
                                    for (int64_t lane = 0; lane < 64; ++lane) {
                                        const int64_t s_2 = s_first + lane;
                                        posterior_sum_3[lane] = SY_FMA_F32(
                                            ratio_2,
                                            sy_exp_f32(forward[(n * t_extent + t) * s_extent +
                                                               s_2] +
                                                       move[s_2 * s_extent + s] -
                                                       posterior_max[(n * t_extent + t) * s_extent +
                                                                     s]),
                                            posterior_sum_3[lane]);
                                    }
                                }
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            posterior_sum_total_2[lane] += (double)posterior_sum_3[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t s = s_first + lane;
                        const float chosen =
                            0 <= t_extent - 1
                                ? forward[(n * t_extent + (t_extent - 1)) * s_extent + s]
                                : 0.0f;
                        const float exponential = sy_exp_below_f32(chosen - posterior_max_value);
                        posterior[(n * t_extent + t) * s_extent + s] =
                            (t + 1 < t_extent ? (float)posterior_sum_total_2[lane] : 0.0f) +
                            (sy_isfinite_f32(posterior_max_value) && 0 <= t_extent - 1 &&
                                     t_extent - 1 == t
                                 ? ratio * exponential
                                 : 0.0f);
                    }
                } else {
                    const int64_t s_left = s_extent - s_first;
                    double posterior_sum_total_2[64] = {0};
                    for (int64_t s_first_2 = 0; s_first_2 < s_extent; s_first_2 += 256) {
                        const int64_t s_end = sy_min_i64(s_first_2 + 256, s_extent);
                        float posterior_sum_3[64] = {0};
                        for (int64_t s = s_first_2; s < s_end; ++s) {
                            if (t + 1 < t_extent) {
                                if (sy_isfinite_f32(posterior_max[(n * t_extent + t) * s_extent +
                                                                  s])) {
                                    const float ratio_2 =
                                        posterior[(n * t_extent + (t + 1)) * s_extent + s] /
                                        posterior_sum[(n * t_extent + t) * s_extent + s];
#pragma omp simd
                                    for (int64_t lane = 0; lane < s_left; ++lane) {
                                        const int64_t s_2 = s_first + lane;
                                        posterior_sum_3[lane] = SY_FMA_F32(
                                            ratio_2,
                                            sy_exp_f32(forward[(n * t_extent + t) * s_extent +
                                                               s_2] +
                                                       move[s_2 * s_extent + s] -
                                                       posterior_max[(n * t_extent + t) * s_extent +
                                                                     s]),
                                            posterior_sum_3[lane]);
                                    }
                                }
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < s_left; ++lane) {
                            posterior_sum_total_2[lane] += (double)posterior_sum_3[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < s_left; ++lane) {
                        const int64_t s = s_first + lane;
                        const float chosen =
                            0 <= t_extent - 1
                                ? forward[(n * t_extent + (t_extent - 1)) * s_extent + s]
                                : 0.0f;
                        const float exponential = sy_exp_below_f32(chosen - posterior_max_value);
                        posterior[(n * t_extent + t) * s_extent + s] =
                            (t + 1 < t_extent ? (float)posterior_sum_total_2[lane] : 0.0f) +
                            (sy_isfinite_f32(posterior_max_value) && 0 <= t_extent - 1 &&
                                     t_extent - 1 == t
                                 ? ratio * exponential
                                 : 0.0f);
                    }
                }
            }
        }
        const float likelihood = sy_isfinite_f32(posterior_max_value)
                                     ? posterior_max_value + sy_log_f32(posterior_sum_2)
                                     : posterior_max_value;
        each[n] = likelihood;
    }
}

/* hmm.sy:20: loss total = sum[n](likelihood) */
static void hmm_total_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                 float *restrict each, double *restrict total_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float total_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                total_sum[lane] += each[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            total_sum[0] += each[n];
        }
        total_sum_blocks[block] =
            (double)(n_whole > n_first ? sy_tree_sum_f32(total_sum) : total_sum[0]);
    }
}

/* hmm.sy:23: output moves[r, s] = grad(total, move)  ## how often each move is expected */
static void hmm_moves(int64_t share_from, int64_t share_to, int64_t n_extent, int64_t t_extent,
                      int64_t s_extent, const float *restrict move, float *restrict posterior,
                      float *restrict moves, float *restrict forward, float *restrict moves_sum,
                      float *restrict moves_max) {
    for (int64_t r = share_from; r < share_to; ++r) {
        for (int64_t s_first = 0; s_first < s_extent; s_first += 64) {
            if (s_extent - s_first >= 64) {
                double moves_sum_total[64] = {0};
                for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                    const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                    float moves_sum_2[64] = {0};
                    for (int64_t n = n_first; n < n_end; ++n) {
                        double moves_sum_total_2[64] = {0};
                        for (int64_t t_first = 0; t_first < t_extent; t_first += 256) {
                            const int64_t t_end = sy_min_i64(t_first + 256, t_extent);
                            float moves_sum_3[64] = {0};
                            for (int64_t t = t_first; t < t_end; ++t) {
#pragma omp simd
                                for (int64_t lane = 0; lane < 64; ++lane) {
                                    const int64_t s = s_first + lane;
                                    moves_sum_3[lane] +=
                                        t != 0 &&
                                                sy_isfinite_f32(moves_max[(n * t_extent + t) *
                                                                              s_extent +
                                                                          s])
                                            ? posterior[(n * t_extent + t) * s_extent + s] /
                                                  moves_sum[(n * t_extent + t) * s_extent + s] *
                                                  sy_exp_f32(forward[(n * t_extent + (t - 1)) *
                                                                         s_extent +
                                                                     r] +
                                                             move[r * s_extent + s] -
                                                             moves_max[(n * t_extent + t) *
                                                                           s_extent +
                                                                       s])
                                            : 0.0f;
                                }
                            }
#pragma omp simd
                            for (int64_t lane = 0; lane < 64; ++lane) {
                                moves_sum_total_2[lane] += (double)moves_sum_3[lane];
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            moves_sum_2[lane] += (float)moves_sum_total_2[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        moves_sum_total[lane] += (double)moves_sum_2[lane];
                    }
                }
                sy_put_rounded_f32(&moves[r * s_extent + s_first], moves_sum_total, 64,
                                   s_extent * s_extent);
            } else {
                const int64_t s_left = s_extent - s_first;
                double moves_sum_total[64] = {0};
                for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
                    const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
                    float moves_sum_2[64] = {0};
                    for (int64_t n = n_first; n < n_end; ++n) {
                        double moves_sum_total_2[64] = {0};
                        for (int64_t t_first = 0; t_first < t_extent; t_first += 256) {
                            const int64_t t_end = sy_min_i64(t_first + 256, t_extent);
                            float moves_sum_3[64] = {0};
                            for (int64_t t = t_first; t < t_end; ++t) {
#pragma omp simd
                                for (int64_t lane = 0; lane < s_left; ++lane) {
                                    const int64_t s = s_first + lane;
                                    moves_sum_3[lane] +=
                                        t != 0 &&
                                                sy_isfinite_f32(moves_max[(n * t_extent + t) *
                                                                              s_extent +
                                                                          s])
                                            ? posterior[(n * t_extent + t) * s_extent + s] /
                                                  moves_sum[(n * t_extent + t) * s_extent + s] *
                                                  sy_exp_f32(forward[(n * t_extent + (t - 1)) *
                                                                         s_extent +
                                                                     r] +
                                                             move[r * s_extent + s] -
                                                             moves_max[(n * t_extent + t) *
                                                                           s_extent +
                                                                       s])
                                            : 0.0f;
                                }
                            }
#pragma omp simd
                            for (int64_t lane = 0; lane < s_left; ++lane) {
                                moves_sum_total_2[lane] += (double)moves_sum_3[lane];
                            }
                        }
#pragma omp simd
                        for (int64_t lane = 0; lane < s_left; ++lane) {
                            moves_sum_2[lane] += (float)moves_sum_total_2[lane];
                        }
                    }
#pragma omp simd
                    for (int64_t lane = 0; lane < s_left; ++lane) {
                        moves_sum_total[lane] += (double)moves_sum_2[lane];
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < s_left; ++lane) {
                    const int64_t s = s_first + lane;
                    moves[r * s_extent + s] = (float)moves_sum_total[lane];
                }
            }
        }
    }
    sy_put_end();
}

static void hmm_compute(int64_t n_extent, int64_t t_extent, int64_t s_extent,
                        const float *restrict start, const float *restrict move,
                        const float *restrict seen, float *restrict total, float *restrict each,
                        float *restrict posterior, float *restrict moves,
                        unsigned char *workspace) {
    float *restrict forward = (float *)(void *)workspace;
    const size_t after_forward = sy_bytes(n_extent * t_extent * s_extent, sizeof(float));
    float *restrict posterior_sum = (float *)(void *)&workspace[after_forward];
    const size_t after_posterior_sum =
        after_forward + sy_bytes(n_extent * t_extent * s_extent, sizeof(float));
    float *restrict posterior_max = (float *)(void *)&workspace[after_posterior_sum];
    const size_t after_posterior_max =
        after_posterior_sum + sy_bytes(n_extent * t_extent * s_extent, sizeof(float));
    float *restrict moves_sum = (float *)(void *)&workspace[after_posterior_max];
    const size_t after_moves_sum =
        after_posterior_max + sy_bytes(n_extent * t_extent * s_extent, sizeof(float));
    float *restrict moves_max = (float *)(void *)&workspace[after_moves_sum];
    const size_t after_moves_max =
        after_moves_sum + sy_bytes(n_extent * t_extent * s_extent, sizeof(float));
    double *restrict total_sum_blocks = (double *)(void *)&workspace[after_moves_max];
    /* hmm.sy:16: let forward[n, t, s] = ...
     * hmm.sy:17: seen + (if t == 0 then start else logsumexp[r](forward[t = t - 1, s = r] +
     * move))
     * hmm.sy:18: let likelihood[n] = logsumexp[s](forward[t = extent(t) - 1 else 0])
     * hmm.sy:21: output each[n] = likelihood
     * hmm.sy:22: output posterior[n, t, s] = grad(total, seen) */
    if ((double)n_extent * (double)t_extent * (double)s_extent * (double)s_extent > 20000.0) {
#pragma omp parallel
        hmm_forward(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), t_extent, s_extent, start,
                    move, seen, each, posterior, forward, posterior_sum, posterior_max, moves_sum,
                    moves_max);
    } else {
        hmm_forward(0, n_extent, t_extent, s_extent, start, move, seen, each, posterior, forward,
                    posterior_sum, posterior_max, moves_sum, moves_max);
    }

    /* hmm.sy:20: loss total = sum[n](likelihood) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        hmm_total_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent, each,
                             total_sum_blocks);
    } else {
        hmm_total_sum_blocks(0, n_blocks, n_extent, each, total_sum_blocks);
    }
    const float total_sum = (float)sy_tree_sum_blocks(total_sum_blocks, (size_t)n_blocks);

    *total = total_sum;

    /* hmm.sy:23: output moves[r, s] = grad(total, move)  ## how often each move is expected */
    if ((double)s_extent * (double)n_extent * (double)t_extent * (double)s_extent > 20000.0) {
#pragma omp parallel
        hmm_moves(sy_share_from(s_extent, 1), sy_share_to(s_extent, 1), n_extent, t_extent,
                  s_extent, move, posterior, moves, forward, moves_sum, moves_max);
    } else {
        hmm_moves(0, s_extent, n_extent, t_extent, s_extent, move, posterior, moves, forward,
                  moves_sum, moves_max);
    }
}

int hmm(size_t n, size_t t, size_t s, const float *start, const float *move, const float *seen,
        float *total, float *each, float *posterior, float *moves) {
    return hmm_call(n, t, s, start, move, seen, total, each, posterior, moves, NULL);
}

int hmm_call(size_t n, size_t t, size_t s, const float *start, const float *move, const float *seen,
             float *total, float *each, float *posterior, float *moves, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(s)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "s", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t t_extent = (int64_t)t;
    const int64_t s_extent = (int64_t)s;
    const int64_t move_count = sy_count(s_extent, s_extent);
    if (move_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "move", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t seen_count = sy_count(sy_count(n_extent, t_extent), s_extent);
    if (seen_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "seen", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (start == NULL && s_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "start", 0, 0.0, 0, NULL);
    }
    if (move == NULL && move_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "move", 0, 0.0, 0, NULL);
    }
    if (seen == NULL && seen_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "seen", 0, 0.0, 0, NULL);
    }
    if (total == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "total", 0, 0.0, 0, NULL);
    if (each == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "each", 0, 0.0, 0, NULL);
    }
    if (posterior == NULL && seen_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "posterior", 0, 0.0, 0, NULL);
    }
    if (moves == NULL && move_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "moves", 0, 0.0, 0, NULL);
    }
    const size_t needed = hmm_workspace(n, t, s);
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
    hmm_compute(n_extent, t_extent, s_extent, start, move, seen, total, each, posterior, moves,
                workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t hmm_workspace(size_t n, size_t t, size_t s) {
    if (!sy_size_fits(n) || !sy_size_fits(t) || !sy_size_fits(s)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t t_extent = (int64_t)t;
    const int64_t s_extent = (int64_t)s;
    size_t bytes = sy_bytes(sy_count(sy_count(n_extent, t_extent), s_extent), sizeof(float));
    bytes = sy_add_bytes(bytes,
                         sy_bytes(sy_count(sy_count(n_extent, t_extent), s_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes,
                         sy_bytes(sy_count(sy_count(n_extent, t_extent), s_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes,
                         sy_bytes(sy_count(sy_count(n_extent, t_extent), s_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes,
                         sy_bytes(sy_count(sy_count(n_extent, t_extent), s_extent), sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
