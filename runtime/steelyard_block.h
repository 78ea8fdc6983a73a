/* Steelyard runtime: products of two small blocks, the inner part of everything that multiplies
 * matrices:
 *
 *     c[row][column] = sum over k of a[row][k] * b[k][column]      or what is there, and that
 *
 * Each element adds its products in the order of k, each by one fused multiply-add (or a product
 * and a sum in the profile without them), so its bits do not depend on the shape of the registers'
 * tile, which is what the instruction set likes best. Rows and columns are rounded up to whole
 * tiles: blocks have room for SY_BLOCK_ROWS and SY_BLOCK_COLUMNS more or less, and what stands
 * beyond is of no use to anybody. */
#ifndef STEELYARD_BLOCK_H
#define STEELYARD_BLOCK_H
#include "steelyard_base.h"

#define SY_BLOCK_ROWS 12    /* the number of rows of a block is a multiple of this */
#define SY_BLOCK_COLUMNS 32 /* and of columns */

#if defined(STEELYARD_NO_FMA) || !defined(__GNUC__)
#define SY_TILE_PLAIN
#elif defined(__AVX512F__)
#include <immintrin.h>
#define SY_TILE_ROWS 12
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
#define SY_TILE_ROWS 6
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
#define SY_TILE_ROWS 12
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

#ifdef SY_TILE_PLAIN
#define SY_DEFINE_BLOCK_PRODUCT(NAME, TYPE, KIND)                                                  \
    SY_FN_LARGE void NAME(int64_t rows, int64_t columns, int64_t depth, const TYPE *a,             \
                          int64_t a_row, const TYPE *b, int64_t b_row, TYPE *c, int64_t c_row,     \
                          int adds) {                                                              \
        for (int64_t row = 0; row < rows; ++row)                                                   \
            for (int64_t first = 0; first < columns; first += SY_BLOCK_COLUMNS) {                  \
                TYPE sums[SY_BLOCK_COLUMNS];                                                       \
                for (int64_t i = 0; i < SY_BLOCK_COLUMNS; ++i)                                     \
                    sums[i] = adds ? c[row * c_row + first + i] : 0;                               \
                for (int64_t k = 0; k < depth; ++k)                                                \
                    for (int64_t i = 0; i < SY_BLOCK_COLUMNS; ++i)                                 \
                        sums[i] =                                                                  \
                            SY_FMA_##KIND(a[row * a_row + k], b[k * b_row + first + i], sums[i]);  \
                for (int64_t i = 0; i < SY_BLOCK_COLUMNS; ++i)                                     \
                    c[row * c_row + first + i] = sums[i];                                          \
            }                                                                                      \
    }
#else
/* SY_TILE_ROWS rows of two vectors stay in registers while k goes on. */
#define SY_DEFINE_BLOCK_PRODUCT(NAME, TYPE, KIND)                                                  \
    SY_FN void NAME##_tile(int64_t depth, const TYPE *a, int64_t a_row, const TYPE *b,             \
                           int64_t b_row, TYPE *c, int64_t c_row, int adds) {                      \
        enum {                                                                                     \
            WIDTH = (int)(sizeof(SY_VECTOR_##KIND) / sizeof(TYPE))                                 \
        };                                                                                         \
        SY_VECTOR_##KIND sums[SY_TILE_ROWS][2];                                                    \
        for (int row = 0; row < SY_TILE_ROWS; ++row)                                               \
            for (int half = 0; half < 2; ++half)                                                   \
                sums[row][half] =                                                                  \
                    adds ? SY_LOAD_##KIND(&c[row * c_row + half * WIDTH]) : SY_SPREAD_##KIND(0);   \
        for (int64_t k = 0; k < depth; ++k) {                                                      \
            SY_VECTOR_##KIND low = SY_LOAD_##KIND(&b[k * b_row]);                                  \
            SY_VECTOR_##KIND high = SY_LOAD_##KIND(&b[k * b_row + WIDTH]);                         \
            for (int row = 0; row < SY_TILE_ROWS; ++row) {                                         \
                SY_VECTOR_##KIND factor = SY_SPREAD_##KIND(a[row * a_row + k]);                    \
                sums[row][0] = SY_FUSED_##KIND(factor, low, sums[row][0]);                         \
                sums[row][1] = SY_FUSED_##KIND(factor, high, sums[row][1]);                        \
            }                                                                                      \
        }                                                                                          \
        for (int row = 0; row < SY_TILE_ROWS; ++row)                                               \
            for (int half = 0; half < 2; ++half)                                                   \
                SY_KEEP_##KIND(&c[row * c_row + half * WIDTH], sums[row][half]);                   \
    }                                                                                              \
    SY_FN_LARGE void NAME(int64_t rows, int64_t columns, int64_t depth, const TYPE *a,             \
                          int64_t a_row, const TYPE *b, int64_t b_row, TYPE *c, int64_t c_row,     \
                          int adds) {                                                              \
        const int64_t width = (int64_t)(2 * sizeof(SY_VECTOR_##KIND) / sizeof(TYPE));              \
        for (int64_t column = 0; column < columns; column += width)                                \
            for (int64_t row = 0; row < rows; row += SY_TILE_ROWS)                                 \
                NAME##_tile(depth, &a[row * a_row], a_row, &b[column], b_row,                      \
                            &c[row * c_row + column], c_row, adds);                                \
    }
#endif
SY_DEFINE_BLOCK_PRODUCT(sy_block_product_f32, float, F32)
SY_DEFINE_BLOCK_PRODUCT(sy_block_product_f64, double, F64)

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
