/* Steelyard runtime: running sums, and recurrences of the first order, a block at a time, in
 * float64. The values of eight steps are first made as if nothing stood before them, pairs, then
 * fours, then all; so that eight after eight wait for one operation only. The order of all
 * operations depends on the count alone. */
#ifndef STEELYARD_SCAN_H
#define STEELYARD_SCAN_H
#include "steelyard_block.h"
#include "steelyard_fetch.h"

#define SY_SCAN_STEP 8
#define SY_SCAN_BLOCK 256                 /* steps, at most */
#define SY_SCAN_AHEAD (3 * SY_SCAN_BLOCK) /* the steps that memory is asked for */
#define SY_SCAN_PAST (INT64_C(1) << 24)   /* bytes that no cache keeps for a reader */
#define SY_SCAN_IS_PAST(TYPE, extent) ((extent) >= SY_SCAN_PAST / (int64_t)sizeof(TYPE))

/* power[k] is factor^(k + 1). Whether they say what step after step says: not where one of them
 * leaves the range of a double. */
SY_FN bool sy_scan_powers(double factor, double power[SY_SCAN_STEP]) {
    power[0] = factor;
    for (int k = 1; k < SY_SCAN_STEP; k++)
        power[k] = power[k - 1] * factor;
    const double last = power[SY_SCAN_STEP - 1];
    return ((fabs(last) >= DBL_MIN) & (fabs(last) <= DBL_MAX)) | (factor == 0.0);
}

#if defined(__AVX2__) && !defined(SY_TILE_PLAIN)
/* `own` becomes the values of pairs: the first of each stays, for it meets a -0 once. */
#define SY_DEFINE_SCAN_PAIRS(S, TYPE, LOAD)                                                        \
    SY_FN void sy_scan_pairs_##S(const TYPE *added, int64_t count, double factor, double *own) {   \
        const __m256d once = _mm256_set_pd(factor, 1.0, factor, 1.0);                              \
        const __m256d none = _mm256_set1_pd(-0.0);                                                 \
        for (int64_t i = 0; i < count; i += 4) {                                                   \
            const __m256d here = LOAD(added + i);                                                  \
            const __m256d before = _mm256_unpacklo_pd(none, here);                                 \
            _mm256_storeu_pd(own + i, _mm256_fmadd_pd(once, before, here));                        \
        }                                                                                          \
    }
#define SY_SCAN_LOAD_F32(p) _mm256_cvtps_pd(_mm_loadu_ps(p))
#define SY_SCAN_LOAD_F64(p) _mm256_loadu_pd(p)
#define SY_SCAN_KEEP_F32(p, v) _mm_storeu_ps(p, _mm256_cvtpd_ps(v))
#define SY_SCAN_KEEP_F64(p, v) _mm256_storeu_pd(p, v)
#define SY_SCAN_PUT_F32(p, v) _mm_stream_ps(p, _mm256_cvtpd_ps(v))
#define SY_SCAN_PUT_F64(p, v) _mm256_stream_pd(p, v)
SY_DEFINE_SCAN_PAIRS(f32, float, SY_SCAN_LOAD_F32)
SY_DEFINE_SCAN_PAIRS(f64, double, SY_SCAN_LOAD_F64)

/* The values of four of the pairs made above. */
SY_FN __m256d sy_scan_four(const double *own, __m256d twice) {
    const __m256d before = _mm256_broadcast_sd(own + 1);
    const __m256d high = _mm256_blend_pd(_mm256_set1_pd(-0.0), before, 0xc);
    return _mm256_fmadd_pd(twice, high, _mm256_loadu_pd(own));
}

SY_FN __m256d sy_scan_last(__m256d four) {
    const __m256d high = _mm256_permute2f128_pd(four, four, 0x11);
    return _mm256_unpackhi_pd(high, high);
}

/* All whole eights of a block, as far as what stands before them is finite; gives how many steps
 * these are. */
#define SY_DEFINE_SCAN_EIGHTS(NAME, TYPE, PAIRS, KEEP)                                             \
    SY_FN int64_t NAME(const TYPE *added, int64_t count, const double *power, double *before,      \
                       TYPE *values) {                                                             \
        double own[SY_SCAN_BLOCK];                                                                 \
        const int64_t whole = count - count % SY_SCAN_STEP;                                        \
        PAIRS(added, whole, power[0], own);                                                        \
        const __m256d twice = _mm256_set_pd(power[1], power[0], 1.0, 1.0);                         \
        const __m256d low_power = _mm256_loadu_pd(power);                                          \
        const __m256d high_power = _mm256_loadu_pd(power + 4);                                     \
        __m256d last = _mm256_set1_pd(*before);                                                    \
        int64_t i = 0;                                                                             \
        for (; (fabs(_mm256_cvtsd_f64(last)) <= DBL_MAX) & (i < whole); i += SY_SCAN_STEP) {       \
            const __m256d low = sy_scan_four(own + i, twice);                                      \
            const __m256d four = sy_scan_four(own + i + 4, twice);                                 \
            const __m256d high = _mm256_fmadd_pd(low_power, sy_scan_last(low), four);              \
            KEEP(values + i, _mm256_fmadd_pd(low_power, last, low));                               \
            KEEP(values + i + 4, _mm256_fmadd_pd(high_power, last, high));                         \
            last = _mm256_fmadd_pd(_mm256_set1_pd(power[7]), last, sy_scan_last(high));            \
        }                                                                                          \
        *before = _mm256_cvtsd_f64(last);                                                          \
        return i;                                                                                  \
    }
SY_DEFINE_SCAN_EIGHTS(sy_scan_eights_f32, float, sy_scan_pairs_f32, SY_SCAN_KEEP_F32)
SY_DEFINE_SCAN_EIGHTS(sy_scan_eights_f64, double, sy_scan_pairs_f64, SY_SCAN_KEEP_F64)
SY_DEFINE_SCAN_EIGHTS(sy_scan_eights_past_f32, float, sy_scan_pairs_f32, SY_SCAN_PUT_F32)
SY_DEFINE_SCAN_EIGHTS(sy_scan_eights_past_f64, double, sy_scan_pairs_f64, SY_SCAN_PUT_F64)
#define SY_SCAN_PAST_ENDS() _mm_sfence()
#else
SY_FN void sy_scan_eight(const double *power, double before, double own[SY_SCAN_STEP]) {
    for (int k = 0; k < SY_SCAN_STEP; k += 2)
        own[k + 1] = SY_FMA_F64(power[0], own[k], own[k + 1]);
    for (int k = 0; k < SY_SCAN_STEP; k += 4)
        for (int j = 2; j < 4; j++)
            own[k + j] = SY_FMA_F64(power[j - 2], own[k + 1], own[k + j]);
    for (int k = 4; k < SY_SCAN_STEP; k++)
        own[k] = SY_FMA_F64(power[k - 4], own[3], own[k]);
    for (int k = 0; k < SY_SCAN_STEP; k++)
        own[k] = SY_FMA_F64(power[k], before, own[k]);
}
#define SY_DEFINE_SCAN_EIGHTS(NAME, TYPE)                                                          \
    SY_FN int64_t NAME(const TYPE *added, int64_t count, const double *power, double *before,      \
                       TYPE *values) {                                                             \
        int64_t i = 0;                                                                             \
        for (; (fabs(*before) <= DBL_MAX) & (i + SY_SCAN_STEP <= count); i += SY_SCAN_STEP) {      \
            double own[SY_SCAN_STEP];                                                              \
            for (int k = 0; k < SY_SCAN_STEP; k++)                                                 \
                own[k] = (double)added[i + k];                                                     \
            sy_scan_eight(power, *before, own);                                                    \
            for (int k = 0; k < SY_SCAN_STEP; k++)                                                 \
                values[i + k] = (TYPE)own[k];                                                      \
            *before = own[SY_SCAN_STEP - 1];                                                       \
        }                                                                                          \
        return i;                                                                                  \
    }
SY_DEFINE_SCAN_EIGHTS(sy_scan_eights_f32, float)
SY_DEFINE_SCAN_EIGHTS(sy_scan_eights_f64, double)
#define sy_scan_eights_past_f32 sy_scan_eights_f32
#define sy_scan_eights_past_f64 sy_scan_eights_f64
#define SY_SCAN_PAST_ENDS() ((void)0)
#endif

/* values[i] becomes factor * (the one before it) + added[i], the first one with `before`; gives the
 * last one, unrounded. values may be where added is. Where the powers of the factor do not do, or
 * what stands before is no finite number, each value waits for the other.
 *
 * A walk whose `extent` is longer than any cache is stored past the cache, so that memory is not
 * read before it is written; values that are needed soon come with an extent of 0. */
#define SY_DEFINE_RUNNING(S, TYPE)                                                                 \
    /* Of such a walk: what lies ahead of a block that is read. It need not exist. */              \
    SY_FN void sy_running_fetch_##S(const TYPE *block, int64_t count, int64_t extent) {            \
        const uintptr_t ahead = (uintptr_t)block + SY_SCAN_AHEAD * sizeof(TYPE);                   \
        for (int64_t i = 0; SY_SCAN_IS_PAST(TYPE, extent) && i < count;                            \
             i += 64 / (int64_t)sizeof(TYPE))                                                      \
            SY_FETCH((const void *)(ahead + (uintptr_t)i * sizeof(TYPE)));                         \
    }                                                                                              \
    SY_FN double sy_running_linear_##S(const TYPE *added, int64_t count, double factor,            \
                                       double before, TYPE *values, int64_t extent) {              \
        double power[SY_SCAN_STEP];                                                                \
        const bool powers_do = sy_scan_powers(factor, power);                                      \
        const bool past = SY_SCAN_IS_PAST(TYPE, extent);                                           \
        sy_running_fetch_##S(added, count, extent);                                                \
        int64_t i = 0;                                                                             \
        if (powers_do & past & ((uintptr_t)values % (4 * sizeof(TYPE)) == 0))                      \
            i = sy_scan_eights_past_##S(added, count, power, &before, values);                     \
        else if (powers_do)                                                                        \
            i = sy_scan_eights_##S(added, count, power, &before, values);                          \
        for (; i < count; i++) {                                                                   \
            before = SY_FMA_F64(factor, before, (double)added[i]);                                 \
            values[i] = (TYPE)before;                                                              \
        }                                                                                          \
        return before;                                                                             \
    }                                                                                              \
    SY_FN double sy_running_sum_##S(const TYPE *added, int64_t count, double before, TYPE *values, \
                                    int64_t extent) {                                              \
        return sy_running_linear_##S(added, count, 1.0, before, values, extent);                   \
    }                                                                                              \
    /* After the last block of such a walk: then others may look at what it stored. */             \
    SY_FN void sy_running_end_##S(int64_t extent) {                                                \
        if (SY_SCAN_IS_PAST(TYPE, extent)) SY_SCAN_PAST_ENDS();                                    \
    }
SY_DEFINE_RUNNING(f32, float)
SY_DEFINE_RUNNING(f64, double)
#endif
