/* Steelyard runtime: storing rows of large arrays past the cache. The bits are those of plain
 * stores. */
#ifndef STEELYARD_PUT_H
#define STEELYARD_PUT_H
#include "steelyard_base.h"

/* Bytes of an array of which a cache keeps little until it is needed again. */
#define SY_PUT_PAST (INT64_C(1) << 25)
#define SY_PUT_IS_PAST(TYPE, all) ((all) >= SY_PUT_PAST / (int64_t)sizeof(TYPE))

/* Sixteen bytes at a time: what was stored just now by as many or more is read back at once. GCC
 * sets a row to 0 by a string instruction, whose bytes are read back only when all that was stored
 * before them has come to its place; stores past the cache would be waited for. */
#if defined(__AVX__) && defined(__clang__)
#include <immintrin.h>
#define SY_PUT_LOAD_F32(p) _mm_loadu_ps(p)
#define SY_PUT_ROUND_F32(p) _mm256_cvtpd_ps(_mm256_loadu_pd(p))
#define SY_PUT_LOAD_F64(p) _mm_loadu_pd(p)
#define SY_PUT_F32(p, v) _mm_stream_ps(p, v)
#define SY_PUT_F64(p, v) _mm_stream_pd(p, v)
/* The address must be a multiple of sixteen. */
#define SY_DEFINE_PUT_PAST(NAME, TYPE, FROM, LOAD, PUT)                                            \
    SY_FN int64_t NAME(TYPE *to, const FROM *from, int64_t count) {                                \
        const int64_t each = 16 / (int64_t)sizeof(TYPE);                                           \
        int64_t i = 0;                                                                             \
        for (; i + each <= count; i += each)                                                       \
            PUT(to + i, LOAD(from + i));                                                           \
        return i;                                                                                  \
    }
SY_DEFINE_PUT_PAST(sy_put_past_f32, float, float, SY_PUT_LOAD_F32, SY_PUT_F32)
SY_DEFINE_PUT_PAST(sy_put_past_rounded_f32, float, double, SY_PUT_ROUND_F32, SY_PUT_F32)
SY_DEFINE_PUT_PAST(sy_put_past_f64, double, double, SY_PUT_LOAD_F64, SY_PUT_F64)
#define SY_PUT_ENDS() _mm_sfence()
#else
#define sy_put_past_f32(to, from, count) 0
#define sy_put_past_rounded_f32(to, from, count) 0
#define sy_put_past_f64(to, from, count) 0
#define SY_PUT_ENDS() ((void)0)
#endif

/* to[i] becomes from[i]: a part of an array of `all` elements. Where these are more than a cache
 * keeps, they go past it, so that memory is not read before it is written. */
#define SY_DEFINE_PUT(NAME, TYPE, FROM, PAST)                                                      \
    SY_FN void NAME(TYPE *to, const FROM *from, int64_t count, int64_t all) {                      \
        int64_t i = 0;                                                                             \
        if (SY_PUT_IS_PAST(TYPE, all) & ((uintptr_t)to % 16 == 0)) i = PAST(to, from, count);      \
        for (; i < count; i++)                                                                     \
            to[i] = (TYPE)from[i];                                                                 \
    }
SY_DEFINE_PUT(sy_put_f32, float, float, sy_put_past_f32)
SY_DEFINE_PUT(sy_put_rounded_f32, float, double, sy_put_past_rounded_f32)
SY_DEFINE_PUT(sy_put_f64, double, double, sy_put_past_f64)

/* After the last of them: then others may look at what was stored. */
SY_FN void sy_put_end(void) {
    SY_PUT_ENDS();
}
#endif
