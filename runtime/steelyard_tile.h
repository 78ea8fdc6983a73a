/* Steelyard runtime: the middle of a product of matrices. Emitted loops lay its factors out in
 * panels: of the left one SY_PANEL_ROWS rows, of the right one as many columns as a cache line of
 * 64 bytes holds. Here a panel of the one meets a panel of the other, and the sums of such a tile
 * stay in registers from the first step to the last.
 *
 * Each element of a product is one chain of fused multiply-adds, in the order of the steps, from 0;
 * so its bits depend neither on the width of the vectors nor on how many tiles are made at once. */
#ifndef STEELYARD_TILE_H
#define STEELYARD_TILE_H
#include "steelyard_block.h"

#define SY_PANEL_ROWS 6
#define SY_PANEL_COLUMNS_F32 16
#define SY_PANEL_COLUMNS_F64 8

/* Where there are no vectors with a fused multiply-add: vectors without, or numbers. */
#if defined(SY_TILE_PLAIN) && defined(STEELYARD_NO_FMA) && defined(__GNUC__)
typedef float sy_vector_f32 __attribute__((vector_size(16), aligned(4), may_alias));
typedef double sy_vector_f64 __attribute__((vector_size(16), aligned(8), may_alias));
SY_FN sy_vector_f32 sy_spread_f32(float x) {
    sy_vector_f32 all = {x, x, x, x};
    return all;
}
SY_FN sy_vector_f64 sy_spread_f64(double x) {
    sy_vector_f64 all = {x, x};
    return all;
}
#define SY_VECTOR_F32 sy_vector_f32
#define SY_VECTOR_F64 sy_vector_f64
#define SY_LOAD_F32(p) (*(const sy_vector_f32 *)(const void *)(p))
#define SY_LOAD_F64(p) (*(const sy_vector_f64 *)(const void *)(p))
#define SY_KEEP_F32(p, v) (*(sy_vector_f32 *)(void *)(p) = (v))
#define SY_KEEP_F64(p, v) (*(sy_vector_f64 *)(void *)(p) = (v))
#define SY_SPREAD_F32(x) sy_spread_f32(x)
#define SY_SPREAD_F64(x) sy_spread_f64(x)
#define SY_FUSED_F32(a, b, c) ((a) * (b) + (c))
#define SY_FUSED_F64(a, b, c) ((a) * (b) + (c))
#elif defined(SY_TILE_PLAIN)
#define SY_VECTOR_F32 float
#define SY_VECTOR_F64 double
#define SY_LOAD_F32(p) (*(p))
#define SY_LOAD_F64(p) (*(p))
#define SY_KEEP_F32(p, v) (*(p) = (v))
#define SY_KEEP_F64(p, v) (*(p) = (v))
#define SY_SPREAD_F32(x) (x)
#define SY_SPREAD_F64(x) (x)
#define SY_FUSED_F32(a, b, c) SY_FMA_F32(a, b, c)
#define SY_FUSED_F64(a, b, c) SY_FMA_F64(a, b, c)
#endif

/* How many panels of each factor are met at once: as many as there are registers for their sums,
 * and enough to hide how long a multiply-add takes. */
#if !defined(SY_TILE_PLAIN) && defined(__AVX512F__)
#define SY_TILE_PANELS 2
#else
#define SY_TILE_PANELS 1
#endif

#if defined(__clang__)
#define SY_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define SY_UNROLL _Pragma("GCC unroll 16")
#else
#define SY_UNROLL
#endif

/* Asks for what will be needed soon. */
#if defined(__GNUC__)
#define SY_FETCH(p) __builtin_prefetch(p)
#else
#define SY_FETCH(p) ((void)(p))
#endif

/* How the left factor lies in its panels: element (row, step) stands at row * lies.row + step *
 * lies.step. Whichever way its memory runs, filling a panel can run the same way. */
typedef struct sy_left {
    int64_t panel, row, step;
} sy_left;

/* What a step adds to a sum; steelyard_distance.h has others. */
#define SY_ADD_PRODUCT(SUFFIX, left, right, sum) SY_FUSED_##SUFFIX(left, right, sum)

/* left_panels by right_panels of a tile, into tile[row][column] with rows `stride` apart; panels
 * are known when this is compiled. While it is being made, an eighth of the right panel to come,
 * from `next` on, is asked for: a block has about 8 panels of rows. */
#define SY_DEFINE_TILE(S, TYPE, SUFFIX, COLUMNS, ADD)                                              \
    SY_FN void sy_tile_##S(int left_panels, int right_panels, int64_t depth, const TYPE *left,     \
                           sy_left lies, const TYPE *right, int64_t right_panel, const TYPE *next, \
                           TYPE *tile, int64_t stride) {                                           \
        enum {                                                                                     \
            LANES = (int)(sizeof(SY_VECTOR_##SUFFIX) / sizeof(TYPE)),                              \
            VECTORS = COLUMNS / LANES                                                              \
        };                                                                                         \
        SY_VECTOR_##SUFFIX sums[SY_TILE_PANELS * SY_PANEL_ROWS][SY_TILE_PANELS * VECTORS];         \
        const int rows = left_panels * SY_PANEL_ROWS, vectors = right_panels * VECTORS;            \
        SY_UNROLL for (int r = 0; r < rows; ++r) {                                                 \
            SY_UNROLL for (int v = 0; v < vectors; ++v) sums[r][v] = SY_SPREAD_##SUFFIX(0);        \
        }                                                                                          \
        for (int64_t k = 0; k < depth; ++k) {                                                      \
            SY_FETCH(next + k * (COLUMNS / 8));                                                    \
            SY_VECTOR_##SUFFIX columns[SY_TILE_PANELS * VECTORS];                                  \
            SY_UNROLL for (int v = 0; v < vectors; ++v) columns[v] = SY_LOAD_##SUFFIX(             \
                right + (v / VECTORS) * right_panel + k * COLUMNS + (v % VECTORS) * LANES);        \
            SY_UNROLL for (int r = 0; r < rows; ++r) {                                             \
                const SY_VECTOR_##SUFFIX x =                                                       \
                    SY_SPREAD_##SUFFIX(left[(r / SY_PANEL_ROWS) * lies.panel +                     \
                                            (r % SY_PANEL_ROWS) * lies.row + k * lies.step]);      \
                SY_UNROLL for (int v = 0; v < vectors; ++v) sums[r][v] =                           \
                    ADD(SUFFIX, x, columns[v], sums[r][v]);                                        \
            }                                                                                      \
        }                                                                                          \
        SY_UNROLL for (int r = 0; r < rows; ++r) {                                                 \
            SY_UNROLL for (int v = 0; v < vectors; ++v)                                            \
                SY_KEEP_##SUFFIX(tile + r * stride + v * LANES, sums[r][v]);                       \
        }                                                                                          \
    }

SY_DEFINE_TILE(f32, float, F32, SY_PANEL_COLUMNS_F32, SY_ADD_PRODUCT)
SY_DEFINE_TILE(f64, double, F64, SY_PANEL_COLUMNS_F64, SY_ADD_PRODUCT)

/* sums[row][column] becomes, or where `adds` is set grows by, the product's element over `depth`
 * steps. left: panels of `capacity` steps, along (row by row) or across (step by step); right:
 * panels that start right_panel numbers apart. What a panel holds beyond rows and columns gives
 * sums that nobody reads: sums has whole panels' room, and rows `stride` apart. */
#define SY_DEFINE_PANELS(NAME, TILE, TYPE, TOTAL, COLUMNS)                                         \
    SY_FN void NAME##_add(int rows, int columns, const TYPE *tile, bool adds, TOTAL *sums,         \
                          int64_t stride) {                                                        \
        SY_UNROLL for (int r = 0; r < rows; ++r) {                                                 \
            const TYPE *from = tile + r * columns;                                                 \
            TOTAL *to = sums + r * stride;                                                         \
            for (int c = 0; adds && c < columns; ++c)                                              \
                to[c] += (TOTAL)from[c];                                                           \
            for (int c = 0; !adds && c < columns; ++c)                                             \
                to[c] = (TOTAL)from[c];                                                            \
        }                                                                                          \
    }                                                                                              \
    SY_FN void NAME##_laid(int64_t rows, int64_t columns, int64_t depth, const TYPE *left,         \
                           sy_left lies, const TYPE *right, int64_t right_panel, bool adds,        \
                           TOTAL *sums, int64_t stride) {                                          \
        enum {                                                                                     \
            WIDE = SY_TILE_PANELS,                                                                 \
            ROWS = SY_PANEL_ROWS                                                                   \
        };                                                                                         \
        TYPE tile[WIDE * ROWS * WIDE * COLUMNS];                                                   \
        const bool in_place = sizeof(TYPE) == sizeof(TOTAL) && !adds;                              \
        for (int64_t c = 0; c < columns; c += WIDE * COLUMNS) {                                    \
            for (int64_t r = 0; r < rows; r += WIDE * ROWS) {                                      \
                const TYPE *a = left + r / ROWS * lies.panel;                                      \
                const TYPE *b = right + c / COLUMNS * right_panel;                                 \
                const TYPE *next = b + (c + WIDE * COLUMNS < columns ? WIDE * right_panel : 0);    \
                TOTAL *to = sums + r * stride + c;                                                 \
                next += r / ROWS * (depth * (COLUMNS / 8));                                        \
                for (int64_t i = 0; adds && i < WIDE * ROWS; ++i) {                                \
                    SY_FETCH(to + i * stride);                                                     \
                    SY_FETCH(to + i * stride + WIDE * COLUMNS / 2);                                \
                }                                                                                  \
                if (rows - r > (WIDE - 1) * ROWS && columns - c > (WIDE - 1) * COLUMNS) {          \
                    TILE(WIDE, WIDE, depth, a, lies, b, right_panel, next,                         \
                         in_place ? (TYPE *)(void *)to : tile, in_place ? stride : WIDE *COLUMNS); \
                    if (!in_place) NAME##_add(WIDE *ROWS, WIDE *COLUMNS, tile, adds, to, stride);  \
                    continue;                                                                      \
                }                                                                                  \
                for (int64_t i = 0; i < WIDE * WIDE; ++i) {                                        \
                    const int64_t down = i / WIDE, over = i % WIDE;                                \
                    TOTAL *part = to + down * ROWS * stride + over * COLUMNS;                      \
                    if (r + down * ROWS >= rows || c + over * COLUMNS >= columns) continue;        \
                    TILE(1, 1, depth, a + down * lies.panel, lies, b + over * right_panel,         \
                         right_panel, next, in_place ? (TYPE *)(void *)part : tile,                \
                         in_place ? stride : COLUMNS);                                             \
                    if (!in_place) NAME##_add(ROWS, COLUMNS, tile, adds, part, stride);            \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    SY_FN_LARGE void NAME(int64_t rows, int64_t columns, int64_t depth, const TYPE *left,          \
                          bool across, int64_t capacity, const TYPE *right, int64_t right_panel,   \
                          bool adds, TOTAL *sums, int64_t stride) {                                \
        const sy_left along_rows = {capacity * SY_PANEL_ROWS, capacity, 1};                        \
        const sy_left along_steps = {capacity * SY_PANEL_ROWS, 1, SY_PANEL_ROWS};                  \
        if (across)                                                                                \
            NAME##_laid(rows, columns, depth, left, along_steps, right, right_panel, adds, sums,   \
                        stride);                                                                   \
        else                                                                                       \
            NAME##_laid(rows, columns, depth, left, along_rows, right, right_panel, adds, sums,    \
                        stride);                                                                   \
    }

/* Whether all that panels hold is finite: then a 0 of the other factor takes it out of a sum. */
#define SY_DEFINE_PANELS_FINITE(SUFFIX, TYPE, COLUMNS)                                             \
    SY_FN bool sy_panels_left_finite_##SUFFIX(int64_t rows, int64_t depth, const TYPE *left,       \
                                              bool across, int64_t capacity) {                     \
        const int64_t height = across ? SY_PANEL_ROWS : 1;                                         \
        for (int64_t r = 0; r < rows; r += height)                                                 \
            if (!sy_all_finite_##SUFFIX(height * depth, left + r * capacity)) return false;        \
        return true;                                                                               \
    }                                                                                              \
    SY_FN bool sy_panels_right_finite_##SUFFIX(int64_t columns, int64_t depth, const TYPE *right,  \
                                               int64_t right_panel) {                              \
        for (int64_t c = 0; c < columns; c += COLUMNS)                                             \
            if (!sy_all_finite_##SUFFIX(depth * COLUMNS, right + c / COLUMNS * right_panel))       \
                return false;                                                                      \
        return true;                                                                               \
    }
SY_DEFINE_PANELS_FINITE(f32, float, SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS_FINITE(f64, double, SY_PANEL_COLUMNS_F64)

/* f32 in blocks of steps, whose sums are added in f64; f32 and f64 alone */
SY_DEFINE_PANELS(sy_panels_f32_wide, sy_tile_f32, float, double, SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS(sy_panels_f32, sy_tile_f32, float, float, SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS(sy_panels_f64, sy_tile_f64, double, double, SY_PANEL_COLUMNS_F64)
#endif
