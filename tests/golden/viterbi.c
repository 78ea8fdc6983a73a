/* viterbi: made from viterbi.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "viterbi.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* viterbi.sy:13: let best[t, s] = seen + (if t == 0 then start else max[r](best[t = t - 1, s =
 * r] + move)) */
static void viterbi_best(int64_t share_from, int64_t share_to, int64_t s_extent,
                         const float *restrict start, const float *restrict move,
                         const float *restrict seen, float *restrict best, int64_t t) {
    for (int64_t s_first = share_from; s_first < share_to; s_first += 64) {
        if (s_extent - s_first >= 64) {
            float best_max[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                best_max[lane] = -INFINITY;
            }
            for (int64_t r = 0; r < s_extent; ++r) {
                if (t != 0) {
#pragma omp simd
                    for (int64_t lane = 0; lane < 64; ++lane) {
                        const int64_t s = s_first + lane;
                        const float total = best[(t - 1) * s_extent + r] + move[r * s_extent + s];
                        best_max[lane] = sy_max_f32(best_max[lane], total);
                    }
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < 64; ++lane) {
                const int64_t s = s_first + lane;
                const float start_here = start[s];
                best[t * s_extent + s] =
                    seen[t * s_extent + s] + (t == 0 ? start_here : best_max[lane]);
            }
        } else {
            const int64_t s_left = s_extent - s_first;
            float best_max[64];
            for (int64_t lane = 0; lane < 64; ++lane) {
                best_max[lane] = -INFINITY;
            }
            for (int64_t r = 0; r < s_extent; ++r) {
                if (t != 0) {
#pragma omp simd
                    for (int64_t lane = 0; lane < s_left; ++lane) {
                        const int64_t s = s_first + lane;
                        const float total = best[(t - 1) * s_extent + r] + move[r * s_extent + s];
                        best_max[lane] = sy_max_f32(best_max[lane], total);
                    }
                }
            }
#pragma omp simd
            for (int64_t lane = 0; lane < s_left; ++lane) {
                const int64_t s = s_first + lane;
                const float start_here = start[s];
                best[t * s_extent + s] =
                    seen[t * s_extent + s] + (t == 0 ? start_here : best_max[lane]);
            }
        }
    }
}

/* viterbi.sy:13: let best[t, s] = seen + (if t == 0 then start else max[r](best[t = t - 1, s =
 * r] + move)) */
static void viterbi_from_argmax(int64_t share_from, int64_t share_to, int64_t s_extent,
                                const float *restrict move, float *restrict best,
                                int64_t *restrict from_argmax) {
    for (int64_t t = share_from; t < share_to; ++t) {
        for (int64_t s_first = 0; s_first < s_extent; s_first += 64) {
            if (s_extent - s_first >= 64) {
                float from_argmax_2[64] = {0};
                int64_t from_argmax_place[64];
                for (int64_t lane = 0; lane < 64; ++lane) {
                    from_argmax_place[lane] = -1;
                }
                for (int64_t r = 0; r < s_extent; ++r) {
                    if (t != 0) {
#pragma omp simd
                        for (int64_t lane = 0; lane < 64; ++lane) {
                            const int64_t s = s_first + lane;
                            const float total =
                                best[(t - 1) * s_extent + r] + move[r * s_extent + s];
                            sy_follow_argmax_f32(&from_argmax_2[lane], &from_argmax_place[lane],
                                                 total, r);
                        }
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < 64; ++lane) {
                    const int64_t s = s_first + lane;
                    from_argmax[t * s_extent + s] = from_argmax_place[lane];
                }
            } else {
                const int64_t s_left = s_extent - s_first;
                float from_argmax_2[64] = {0};
                int64_t from_argmax_place[64];
                for (int64_t lane = 0; lane < 64; ++lane) {
                    from_argmax_place[lane] = -1;
                }
                for (int64_t r = 0; r < s_extent; ++r) {
                    if (t != 0) {
#pragma omp simd
                        for (int64_t lane = 0; lane < s_left; ++lane) {
                            const int64_t s = s_first + lane;
                            const float total =
                                best[(t - 1) * s_extent + r] + move[r * s_extent + s];
                            sy_follow_argmax_f32(&from_argmax_2[lane], &from_argmax_place[lane],
                                                 total, r);
                        }
                    }
                }
#pragma omp simd
                for (int64_t lane = 0; lane < s_left; ++lane) {
                    const int64_t s = s_first + lane;
                    from_argmax[t * s_extent + s] = from_argmax_place[lane];
                }
            }
        }
    }
}

/* viterbi.sy:19: output score = max[s](best[t = extent(t) - 1 else -inf]) */
static void viterbi_score_max_blocks(int64_t share_from, int64_t share_to, int64_t t_extent,
                                     int64_t s_extent, float *restrict best,
                                     float *restrict score_max_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t s_first = block * 4096;
        const int64_t s_end = sy_min_i64(s_first + 4096, s_extent);
        float score_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            score_max[lane] = -INFINITY;
        }
        const int64_t s_whole = s_end - s_end % 32;
        for (int64_t s_row = s_first; s_row < s_whole; s_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t s = s_row + lane;
                score_max[lane] =
                    sy_max_f32(score_max[lane],
                               0 <= t_extent - 1 ? best[(t_extent - 1) * s_extent + s] : -INFINITY);
            }
        }
        for (int64_t s = s_whole; s < s_end; ++s) {
            score_max[0] = sy_max_f32(
                score_max[0], 0 <= t_extent - 1 ? best[(t_extent - 1) * s_extent + s] : -INFINITY);
        }
        score_max_blocks[block] = s_whole > s_first ? sy_tree_max_f32(score_max) : score_max[0];
    }
}

static void viterbi_compute(int64_t t_extent, int64_t s_extent, const float *restrict start,
                            const float *restrict move, const float *restrict seen,
                            int64_t *restrict states, float *restrict score,
                            unsigned char *workspace) {
    float *restrict best = (float *)(void *)workspace;
    const size_t after_best = sy_bytes(t_extent * s_extent, sizeof(float));
    int64_t *restrict from_argmax = (int64_t *)(void *)&workspace[after_best];
    const size_t after_from_argmax = after_best + sy_bytes(t_extent * s_extent, sizeof(int64_t));
    float *restrict score_max_blocks = (float *)(void *)&workspace[after_from_argmax];
    /* viterbi.sy:13: let best[t, s] = seen + (if t == 0 then start else max[r](best[t = t - 1, s
     * = r] + move)) */
    for (int64_t t = 0; t < t_extent; ++t) {
        if ((double)s_extent * (double)s_extent > 20000.0) {
#pragma omp parallel
            viterbi_best(sy_share_from(s_extent, 64), sy_share_to(s_extent, 64), s_extent, start,
                         move, seen, best, t);
        } else {
            viterbi_best(0, s_extent, s_extent, start, move, seen, best, t);
        }
    }

    if ((double)t_extent * (double)s_extent * (double)s_extent > 20000.0) {
#pragma omp parallel
        viterbi_from_argmax(sy_share_from(t_extent, 1), sy_share_to(t_extent, 1), s_extent, move,
                            best, from_argmax);
    } else {
        viterbi_from_argmax(0, t_extent, s_extent, move, best, from_argmax);
    }

    /* viterbi.sy:16: if t == extent(t) - 1 then argmax[s](best) else from[t = t + 1 else s][s =
     * path[t = t + 1 else 0]]
     * viterbi.sy:18: output states[t]: i64 = path */
    for (int64_t t = t_extent - 1; t >= 0; --t) {
        float states_argmax[32] = {0};
        int64_t states_argmax_place[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            states_argmax_place[lane] = -1;
        }
        const int64_t s_whole = s_extent - s_extent % 32;
        for (int64_t s_row = 0; s_row < s_whole; s_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t s = s_row + lane;
                const float candidate = best[t * s_extent + s];
                sy_follow_argmax_f32(&states_argmax[lane], &states_argmax_place[lane], candidate,
                                     s);
            }
        }
        for (int64_t s = s_whole; s < s_extent; ++s) {
            const float candidate = best[t * s_extent + s];
            sy_follow_argmax_f32(states_argmax, states_argmax_place, candidate, s);
        }
        const int64_t states_argmax_value = sy_tree_argmax_f32(states_argmax, states_argmax_place);
        states[t] = t == t_extent - 1
                        ? states_argmax_value
                        : (t + 1 == 0 ? states[t + 1]
                                      : from_argmax[(t + 1) * s_extent + states[t + 1]]);
    }

    /* viterbi.sy:19: output score = max[s](best[t = extent(t) - 1 else -inf]) */
    const int64_t s_blocks = (s_extent + 4095) / 4096;
    if (s_extent > 20000) {
#pragma omp parallel
        viterbi_score_max_blocks(sy_share_from(s_blocks, 1), sy_share_to(s_blocks, 1), t_extent,
                                 s_extent, best, score_max_blocks);
    } else {
        viterbi_score_max_blocks(0, s_blocks, t_extent, s_extent, best, score_max_blocks);
    }
    float score_max_all = -INFINITY;
    for (int64_t block = 0; block < s_blocks; ++block) {
        score_max_all = sy_max_f32(score_max_all, score_max_blocks[block]);
    }

    *score = 0 <= t_extent - 1 ? score_max_all : -INFINITY;
}

int viterbi(size_t t, size_t s, const float *start, const float *move, const float *seen,
            int64_t *states, float *score) {
    return viterbi_call(t, s, start, move, seen, states, score, NULL);
}

int viterbi_call(size_t t, size_t s, const float *start, const float *move, const float *seen,
                 int64_t *states, float *score, steelyard_call *call) {
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(s)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "s", 0, 0.0, 0, "this size is too large");
    }
    const int64_t t_extent = (int64_t)t;
    const int64_t s_extent = (int64_t)s;
    const int64_t move_count = sy_count(s_extent, s_extent);
    if (move_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "move", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t seen_count = sy_count(t_extent, s_extent);
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
    if (states == NULL && t_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "states", 0, 0.0, 0, NULL);
    }
    if (score == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "score", 0, 0.0, 0, NULL);
    if (s_extent == 0) {
        return sy_fail(call, STEELYARD_INDEX, "r", 0, 0.0, s_extent,
                       "line 14 takes an element of axis r, whose extent must be more");
    }
    if (s_extent == 0) {
        return sy_fail(call, STEELYARD_INDEX, "s", 0, 0.0, s_extent,
                       "line 16 takes an element of axis s, whose extent must be more");
    }
    const size_t needed = viterbi_workspace(t, s);
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
    viterbi_compute(t_extent, s_extent, start, move, seen, states, score, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t viterbi_workspace(size_t t, size_t s) {
    if (!sy_size_fits(t) || !sy_size_fits(s)) return SIZE_MAX;
    const int64_t t_extent = (int64_t)t;
    const int64_t s_extent = (int64_t)s;
    size_t bytes = sy_bytes(sy_count(t_extent, s_extent), sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(t_extent, s_extent), sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes((s_extent + 4095) / 4096, sizeof(float)));
    return bytes;
}
