/* Steelyard runtime: the middle of all distances between two sets of points, laid out in panels as
 * the factors of a product are (steelyard_tile.h):
 *
 *     sums[row][column] = sum over k of (left[row][k] - right[k][column])^2, or of |left - right|
 *
 * or what is there, and that. Each element is chains of as many steps as a product's, in their
 * order, from 0: a square by one fused multiply-add of the rounded difference. The differences are
 * taken as they are written: |l|^2 + |r|^2 - 2lr would be a product, and lose the distance of near
 * points. */
#ifndef STEELYARD_DISTANCE_H
#define STEELYARD_DISTANCE_H
#include "steelyard_tile.h"
#include <math.h>

#if !defined(SY_TILE_PLAIN) && defined(__AVX512F__)
#define SY_ABSOLUTE_F32(x) _mm512_abs_ps(x)
#define SY_ABSOLUTE_F64(x) _mm512_abs_pd(x)
#elif !defined(SY_TILE_PLAIN) && defined(__AVX2__)
#define SY_ABSOLUTE_F32(x) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x)
#define SY_ABSOLUTE_F64(x) _mm256_andnot_pd(_mm256_set1_pd(-0.0), x)
#elif !defined(SY_TILE_PLAIN)
#define SY_ABSOLUTE_F32(x) vabsq_f32(x)
#define SY_ABSOLUTE_F64(x) vabsq_f64(x)
#elif defined(STEELYARD_NO_FMA) && defined(__GNUC__)
#define SY_ABSOLUTE_F32(x) sy_absolute_f32(x)
#define SY_ABSOLUTE_F64(x) sy_absolute_f64(x)
SY_FN sy_vector_f32 sy_absolute_f32(sy_vector_f32 x) {
    for (int i = 0; i < 4; ++i)
        x[i] = fabsf(x[i]);
    return x;
}
SY_FN sy_vector_f64 sy_absolute_f64(sy_vector_f64 x) {
    for (int i = 0; i < 2; ++i)
        x[i] = fabs(x[i]);
    return x;
}
#else
#define SY_ABSOLUTE_F32(x) fabsf(x)
#define SY_ABSOLUTE_F64(x) fabs(x)
#endif

#define SY_ADD_SQUARE(SUFFIX, left, right, sum)                                                    \
    SY_FUSED_##SUFFIX((left) - (right), (left) - (right), sum)
#define SY_ADD_ABSOLUTE(SUFFIX, left, right, sum) ((sum) + SY_ABSOLUTE_##SUFFIX((left) - (right)))

SY_DEFINE_TILE(square_f32, float, float, F32, SY_PANEL_COLUMNS_F32, SY_ADD_SQUARE, SY_END_SAME)
SY_DEFINE_TILE(square_f64, double, double, F64, SY_PANEL_COLUMNS_F64, SY_ADD_SQUARE, SY_END_SAME)
SY_DEFINE_TILE(square_f32_wide, float, double, F32, SY_PANEL_COLUMNS_F32, SY_ADD_SQUARE,
               SY_END_WIDE)
SY_DEFINE_TILE(absolute_f32, float, float, F32, SY_PANEL_COLUMNS_F32, SY_ADD_ABSOLUTE, SY_END_SAME)
SY_DEFINE_TILE(absolute_f32_wide, float, double, F32, SY_PANEL_COLUMNS_F32, SY_ADD_ABSOLUTE,
               SY_END_WIDE)
SY_DEFINE_TILE(absolute_f64, double, double, F64, SY_PANEL_COLUMNS_F64, SY_ADD_ABSOLUTE,
               SY_END_SAME)
SY_DEFINE_PANELS(sy_distances_square_f32, sy_tile_square_f32, float, float, SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS(sy_distances_square_f32_wide, sy_tile_square_f32_wide, float, double,
                 SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS(sy_distances_square_f64, sy_tile_square_f64, double, double, SY_PANEL_COLUMNS_F64)
SY_DEFINE_PANELS(sy_distances_absolute_f32, sy_tile_absolute_f32, float, float,
                 SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS(sy_distances_absolute_f32_wide, sy_tile_absolute_f32_wide, float, double,
                 SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS(sy_distances_absolute_f64, sy_tile_absolute_f64, double, double,
                 SY_PANEL_COLUMNS_F64)
#endif
