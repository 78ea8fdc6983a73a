/* returns: made from returns.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "returns.h"

#include "steelyard.h"
#include <stdint.h>

/* returns.sy:20: output returned[n, t] = gain
 * returns.sy:21: output advantages[n, t] = advantage */
static void returns_returned(int64_t share_from, int64_t share_to, int64_t t_extent,
                             const float *restrict reward, const float *restrict value,
                             const float *restrict after, const unsigned char *restrict ends,
                             float discount, float *restrict returned, float *restrict advantages,
                             unsigned char *wrong, float product) {
    for (int64_t n = share_from; n < share_to; ++n) {
        if (sy_check_mask(&ends[n * t_extent], (size_t)t_extent) != SIZE_MAX) {
            sy_mark(wrong);
            continue;
        }
        for (int64_t t = t_extent - 1; t >= 0; --t) {
            returned[n * t_extent + t] =
                reward[n * t_extent + t] +
                (ends[n * t_extent + t]
                     ? 0.0f
                     : discount * (t + 1 < t_extent ? returned[n * t_extent + (t + 1)] : after[n]));
            const float next = t + 1 < t_extent ? value[n * t_extent + (t + 1)] : after[n];
            const float surprise =
                reward[n * t_extent + t] + (ends[n * t_extent + t] ? 0.0f : discount * next) -
                value[n * t_extent + t];
            advantages[n * t_extent + t] =
                surprise +
                (ends[n * t_extent + t]
                     ? 0.0f
                     : product * (t + 1 < t_extent ? advantages[n * t_extent + (t + 1)] : 0.0f));
        }
    }
}

static int returns_compute(int64_t n_extent, int64_t t_extent, const float *restrict reward,
                           const float *restrict value, const float *restrict after,
                           const unsigned char *restrict ends, float discount, float decay,
                           float *restrict returned, float *restrict advantages) {
    unsigned char wrong[1] = {0};
    /* returns.sy:20: output returned[n, t] = gain
     * returns.sy:21: output advantages[n, t] = advantage */
    const float product = discount * decay;
    if ((double)n_extent * (double)t_extent > 20000.0) {
#pragma omp parallel
        returns_returned(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), t_extent, reward,
                         value, after, ends, discount, returned, advantages, wrong, product);
    } else {
        returns_returned(0, n_extent, t_extent, reward, value, after, ends, discount, returned,
                         advantages, wrong, product);
    }
    if (wrong[0]) return 1;
    return 0;
}

int returns(size_t n, size_t t, const float *reward, const float *value, const float *after,
            const unsigned char *ends, float discount, float decay, float *returned,
            float *advantages) {
    return returns_call(n, t, reward, value, after, ends, discount, decay, returned, advantages,
                        NULL);
}

int returns_call(size_t n, size_t t, const float *reward, const float *value, const float *after,
                 const unsigned char *ends, float discount, float decay, float *returned,
                 float *advantages, steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(t)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "t", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t t_extent = (int64_t)t;
    const int64_t reward_count = sy_count(n_extent, t_extent);
    if (reward_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "reward", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (reward == NULL && reward_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "reward", 0, 0.0, 0, NULL);
    }
    if (value == NULL && reward_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "value", 0, 0.0, 0, NULL);
    }
    if (after == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "after", 0, 0.0, 0, NULL);
    }
    if (ends == NULL && reward_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "ends", 0, 0.0, 0, NULL);
    }
    if (returned == NULL && reward_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "returned", 0, 0.0, 0, NULL);
    }
    if (advantages == NULL && reward_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "advantages", 0, 0.0, 0, NULL);
    }
    const int wrong = returns_compute(n_extent, t_extent, reward, value, after, ends, discount,
                                      decay, returned, advantages);
    if (wrong != 0) {
        const size_t bad_ends = sy_check_mask(ends, (size_t)reward_count);
        if (bad_ends != SIZE_MAX) {
            return sy_fail(call, STEELYARD_MASK, "ends", bad_ends, 0.0, (int64_t)ends[bad_ends],
                           NULL);
        }
    }
    return STEELYARD_OK;
}

size_t returns_workspace(size_t n, size_t t) {
    (void)n;
    (void)t;
    return 0;
}
