/* Steelyard runtime: the processor's vectors, and what is done with blocks of numbers before they
 * are multiplied (steelyard_tile.h): looked at, and flipped. */
#ifndef STEELYARD_BLOCK_H
#define STEELYARD_BLOCK_H
#include "steelyard_base.h"

#if defined(STEELYARD_NO_FMA) || !defined(__GNUC__)
#define SY_TILE_PLAIN
#elif defined(__AVX512F__)
#include <immintrin.h>
#define SY_VECTOR_F32 __m512
#define SY_VECTOR_F64 __m512d
#define SY_LOAD_F32(p) _mm512_loadu_ps(p)
#define SY_LOAD_F64(p) _mm512_loadu_pd(p)
#define SY_KEEP_F32(p, v) _mm512_storeu_ps(p, v)
#define SY_KEEP_F64(p, v) _mm512_storeu_pd(p, v)
#define SY_SPREAD_F32(x) _mm512_set1_ps(x)
#define SY_SPREAD_F64(x) _mm512_set1_pd(x)
#define SY_FUSED_F32(a, b, c) _mm512_fmadd_ps(a, b, c)
#define SY_FUSED_F64(a, b, c) _mm512_fmadd_pd(a, b, c)
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define SY_VECTOR_F32 __m256
#define SY_VECTOR_F64 __m256d
#define SY_LOAD_F32(p) _mm256_loadu_ps(p)
#define SY_LOAD_F64(p) _mm256_loadu_pd(p)
#define SY_KEEP_F32(p, v) _mm256_storeu_ps(p, v)
#define SY_KEEP_F64(p, v) _mm256_storeu_pd(p, v)
#define SY_SPREAD_F32(x) _mm256_set1_ps(x)
#define SY_SPREAD_F64(x) _mm256_set1_pd(x)
#define SY_FUSED_F32(a, b, c) _mm256_fmadd_ps(a, b, c)
#define SY_FUSED_F64(a, b, c) _mm256_fmadd_pd(a, b, c)
#elif defined(__aarch64__)
#include <arm_neon.h>
#define SY_VECTOR_F32 float32x4_t
#define SY_VECTOR_F64 float64x2_t
#define SY_LOAD_F32(p) vld1q_f32(p)
#define SY_LOAD_F64(p) vld1q_f64(p)
#define SY_KEEP_F32(p, v) vst1q_f32(p, v)
#define SY_KEEP_F64(p, v) vst1q_f64(p, v)
#define SY_SPREAD_F32(x) vdupq_n_f32(x)
#define SY_SPREAD_F64(x) vdupq_n_f64(x)
#define SY_FUSED_F32(a, b, c) vfmaq_f32(c, a, b)
#define SY_FUSED_F64(a, b, c) vfmaq_f64(c, a, b)
#else
#define SY_TILE_PLAIN
#endif

/* from[column][step], rows `from_row` apart, becomes to[step][column]: a panel of `width` columns,
 * of which those from `columns` on are 0. The processor's vectors flip squares of them in
 * registers. */
#define SY_DEFINE_FLIP(SUFFIX, TYPE, SQUARE, FLIP_SQUARE)                                          \
    SY_FN_LARGE void sy_flip_##SUFFIX(int64_t columns, int64_t steps, const TYPE *from,            \
                                      int64_t from_row, TYPE *to, int64_t width) {                 \
        const int64_t whole_columns = columns - columns % SQUARE;                                  \
        const int64_t whole_steps = steps - steps % SQUARE;                                        \
        for (int64_t c = 0; c < whole_columns; c += SQUARE) {                                      \
            for (int64_t k = 0; k < whole_steps; k += SQUARE)                                      \
                FLIP_SQUARE(from + c * from_row + k, from_row, to + k * width + c, width);         \
            for (int64_t k = whole_steps; k < steps; ++k)                                          \
                for (int64_t i = c; i < c + SQUARE; ++i)                                           \
                    to[k * width + i] = from[i * from_row + k];                                    \
        }                                                                                          \
        for (int64_t k = 0; whole_columns < width && k < steps; ++k)                               \
            for (int64_t c = whole_columns; c < width; ++c)                                        \
                to[k * width + c] = c < columns ? from[c * from_row + k] : 0;                      \
    }
#if defined(__AVX2__) && !defined(SY_TILE_PLAIN)
#define SY_FLIP_SIDE_F32 8
#define SY_FLIP_SIDE_F64 4
SY_FN void sy_flip_square_f32(const float *from, int64_t from_row, float *to, int64_t to_row) {
    __m256 pairs[8], fours[8];
    for (int i = 0; i < 4; ++i) {
        const __m256 even = _mm256_loadu_ps(from + 2 * i * from_row);
        const __m256 odd = _mm256_loadu_ps(from + (2 * i + 1) * from_row);
        pairs[2 * i] = _mm256_unpacklo_ps(even, odd);
        pairs[2 * i + 1] = _mm256_unpackhi_ps(even, odd);
    }
    for (int i = 0; i < 8; i += 4) {
        fours[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
        fours[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xee);
        fours[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
        fours[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xee);
    }
    for (int i = 0; i < 4; ++i) {
        _mm256_storeu_ps(to + i * to_row, _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * to_row,
                         _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31));
    }
}
SY_FN void sy_flip_square_f64(const double *from, int64_t from_row, double *to, int64_t to_row) {
    __m256d pairs[4];
    for (int i = 0; i < 4; i += 2) {
        const __m256d even = _mm256_loadu_pd(from + i * from_row);
        const __m256d odd = _mm256_loadu_pd(from + (i + 1) * from_row);
        pairs[i] = _mm256_unpacklo_pd(even, odd);
        pairs[i + 1] = _mm256_unpackhi_pd(even, odd);
    }
    for (int i = 0; i < 2; ++i) {
        _mm256_storeu_pd(to + i * to_row, _mm256_permute2f128_pd(pairs[i], pairs[i + 2], 0x20));
        _mm256_storeu_pd(to + (i + 2) * to_row,
                         _mm256_permute2f128_pd(pairs[i], pairs[i + 2], 0x31));
    }
}
#else
#define SY_FLIP_SIDE_F32 4
#define SY_FLIP_SIDE_F64 4
#define SY_DEFINE_FLIP_SQUARE(SUFFIX, TYPE)                                                        \
    SY_FN void sy_flip_square_##SUFFIX(const TYPE *from, int64_t from_row, TYPE *to,               \
                                       int64_t to_row) {                                           \
        for (int k = 0; k < 4; ++k)                                                                \
            for (int c = 0; c < 4; ++c)                                                            \
                to[k * to_row + c] = from[c * from_row + k];                                       \
    }
SY_DEFINE_FLIP_SQUARE(f32, float)
SY_DEFINE_FLIP_SQUARE(f64, double)
#endif
SY_DEFINE_FLIP(f32, float, SY_FLIP_SIDE_F32, sy_flip_square_f32)
SY_DEFINE_FLIP(f64, double, SY_FLIP_SIDE_F64, sy_flip_square_f64)

/* Whether none of them is NaN or infinite: then a factor of 0 takes each of them out of a sum. */
#define SY_DEFINE_ALL_FINITE(SUFFIX, TYPE)                                                         \
    SY_FN_LARGE int sy_all_finite_##SUFFIX(int64_t count, const TYPE *values) {                    \
        int bad = 0;                                                                               \
        for (int64_t i = 0; i < count; ++i)                                                        \
            bad |= values[i] - values[i] != 0;                                                     \
        return !bad;                                                                               \
    }
SY_DEFINE_ALL_FINITE(f32, float)
SY_DEFINE_ALL_FINITE(f64, double)
#endif
