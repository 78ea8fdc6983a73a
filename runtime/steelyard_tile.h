/* Steelyard runtime: the middle of a product of matrices. Emitted loops lay its factors out in
 * panels: of the left one SY_PANEL_ROWS rows, of the right one as many columns as a cache line of
 * 64 bytes holds. Here a panel of the one meets a panel of the other, and the sums of such a tile
 * stay in registers from the first step to the last.
 *
 * Each element of a product is a chain of fused multiply-adds for every SY_CHAIN steps, or for
 * every SY_SHORT_CHAIN where there are no more than SY_CHAIN, in the order of the steps, from 0; so
 * its bits depend neither on the width of the vectors nor on how many tiles are made at once. */
#ifndef STEELYARD_TILE_H
#define STEELYARD_TILE_H
#include "steelyard_block.h"
#include "steelyard_fetch.h"

#define SY_PANEL_ROWS 6
#define SY_GROUP 16       /* steps of a left panel that lie together: chains have whole groups */
#define SY_CHAIN 128      /* steps: a longer one has larger errors, */
#define SY_SHORT_CHAIN 32 /* and many short ones take longer */
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

/* Sums stay in registers where these loops are written out, and steps take fewer instructions,
 * which a thread beside on the same core shares; a sanitizer looks at each of their loads, and
 * would take minutes. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SY_UNROLL
#define SY_UNROLL_SOME
#endif
#endif
#if defined(SY_UNROLL)
#elif defined(__clang__)
#define SY_UNROLL _Pragma("clang loop unroll(full)")
#define SY_UNROLL_SOME _Pragma("clang loop unroll_count(4)")
#elif defined(__GNUC__)
#define SY_UNROLL _Pragma("GCC unroll 16")
#define SY_UNROLL_SOME _Pragma("GCC unroll 4")
#else
#define SY_UNROLL
#define SY_UNROLL_SOME
#endif

/* How the left factor lies: row by row, each with its steps; step by step, each with the rows of
 * all panels; or panel by panel, in groups of SY_GROUP steps, each row by row, so that a chain
 * reads a panel from one end to the other, though it was filled along the rows. */
typedef enum sy_lies {
    SY_BY_ROWS,
    SY_BY_STEPS,
    SY_BY_GROUPS
} sy_lies;

/* How far apart that sets panels, groups of steps and, within a group, rows and steps. */
typedef struct sy_left {
    int64_t panel, group, row, step;
} sy_left;

/* What a step adds to a sum; steelyard_distance.h has others. */
#define SY_ADD_PRODUCT(SUFFIX, left, right, sum) SY_FUSED_##SUFFIX(left, right, sum)

/* What becomes of a tile's sums: they are kept, or added to what is there. Those of f32 may be kept
 * as f64. */
#define SY_END_SAME(SUFFIX, to, sums, adds)                                                        \
    do {                                                                                           \
        if (adds)                                                                                  \
            SY_KEEP_##SUFFIX(to, SY_LOAD_##SUFFIX(to) + (sums));                                   \
        else                                                                                       \
            SY_KEEP_##SUFFIX(to, sums);                                                            \
    } while (0)
#define SY_END_WIDE(SUFFIX, to, sums, adds) sy_end_wide(to, sums, adds)
#if !defined(SY_TILE_PLAIN) && defined(__AVX512F__)
SY_FN void sy_end_wide(double *to, __m512 sums, bool adds) {
    const __m512d halves = _mm512_castps_pd(sums);
    const __m256 high_half = _mm256_castpd_ps(_mm512_extractf64x4_pd(halves, 1));
    const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(sums));
    const __m512d high = _mm512_cvtps_pd(high_half);
    SY_END_SAME(F64, to, low, adds);
    SY_END_SAME(F64, to + 8, high, adds);
}
#elif !defined(SY_TILE_PLAIN) && defined(__AVX2__)
SY_FN void sy_end_wide(double *to, __m256 sums, bool adds) {
    const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(sums));
    const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(sums, 1));
    SY_END_SAME(F64, to, low, adds);
    SY_END_SAME(F64, to + 4, high, adds);
}
#elif !defined(SY_TILE_PLAIN)
SY_FN void sy_end_wide(double *to, float32x4_t sums, bool adds) {
    const float64x2_t low = vcvt_f64_f32(vget_low_f32(sums)), high = vcvt_high_f64_f32(sums);
    SY_END_SAME(F64, to, low, adds);
    SY_END_SAME(F64, to + 2, high, adds);
}
#elif defined(STEELYARD_NO_FMA) && defined(__GNUC__)
SY_FN void sy_end_wide(double *to, sy_vector_f32 sums, bool adds) {
    for (int i = 0; i < 4; ++i)
        to[i] = adds ? to[i] + (double)sums[i] : (double)sums[i];
}
#else
SY_FN void sy_end_wide(double *to, float sum, bool adds) {
    *to = adds ? *to + (double)sum : (double)sum;
}
#endif

/* A step of a tile: a row of the right panels, and a number of each row of the left ones. */
#define SY_TILE_STEP(SUFFIX, COLUMNS, ADD)                                                         \
    {                                                                                              \
        SY_VECTOR_##SUFFIX columns[SY_TILE_PANELS * VECTORS];                                      \
        SY_UNROLL for (int v = 0; v < vectors; ++v) columns[v] = SY_LOAD_##SUFFIX(                 \
            right + (v / VECTORS) * right_panel + step * COLUMNS + (v % VECTORS) * LANES);         \
        SY_UNROLL for (int r = 0; r < rows; ++r) {                                                 \
            const SY_VECTOR_##SUFFIX x =                                                           \
                SY_SPREAD_##SUFFIX(left[(r / SY_PANEL_ROWS) * lies.panel +                         \
                                        (r % SY_PANEL_ROWS) * lies.row + step * lies.step]);       \
            SY_UNROLL for (int v = 0; v < vectors; ++v) made[r][v] =                               \
                ADD(SUFFIX, x, columns[v], made[r][v]);                                            \
        }                                                                                          \
    }

/* left_panels by right_panels of a tile, into sums[row][column] with rows `stride` apart, a chain
 * for every `chain` of the steps; panels are known when this is compiled. While it is being made,
 * that part of the right panels to come, `next` and what stands beside it, is asked for which is a
 * tile's where 8 panels of rows meet them. It is named by a number: there may be no array any
 * more; 0: nothing is to be asked for. */
#define SY_DEFINE_TILE(S, TYPE, TOTAL, SUFFIX, COLUMNS, ADD, END)                                  \
    SY_FN void sy_tile_##S(int left_panels, int right_panels, int64_t depth, int64_t chain,        \
                           const TYPE *left, sy_left lies, const TYPE *right, int64_t right_panel, \
                           uintptr_t next, bool adds, TOTAL *sums, int64_t stride) {               \
        enum {                                                                                     \
            LANES = (int)(sizeof(SY_VECTOR_##SUFFIX) / sizeof(TYPE)),                              \
            VECTORS = COLUMNS / LANES,                                                             \
            EIGHTH = COLUMNS * sizeof(TYPE) / 8                                                    \
        };                                                                                         \
        SY_VECTOR_##SUFFIX made[SY_TILE_PANELS * SY_PANEL_ROWS][SY_TILE_PANELS * VECTORS];         \
        const int rows = left_panels * SY_PANEL_ROWS, vectors = right_panels * VECTORS;            \
        int64_t k = 0;                                                                             \
        do {                                                                                       \
            const int64_t end = depth - k < chain ? depth : k + chain;                             \
            SY_UNROLL for (int r = 0; r < rows; ++r) {                                             \
                SY_UNROLL for (int v = 0; v < vectors; ++v) made[r][v] = SY_SPREAD_##SUFFIX(0);    \
            }                                                                                      \
            for (; k < end; k += SY_GROUP) {                                                       \
                const int64_t steps = end - k < SY_GROUP ? end - k : SY_GROUP;                     \
                uintptr_t part = next + (uintptr_t)k * EIGHTH * (unsigned)left_panels;             \
                for (int v = 0; next != 0 && v < right_panels; ++v) {                              \
                    for (int i = 0; i < left_panels * EIGHTH * SY_GROUP; i += 64)                  \
                        SY_FETCH((const void *)(part + (unsigned)i));                              \
                    part += (uintptr_t)right_panel * sizeof(TYPE);                                 \
                }                                                                                  \
                if (steps == SY_GROUP) {                                                           \
                    SY_UNROLL_SOME for (int64_t step = 0; step < SY_GROUP; ++step) {               \
                        SY_TILE_STEP(SUFFIX, COLUMNS, ADD)                                         \
                    }                                                                              \
                } else {                                                                           \
                    for (int64_t step = 0; step < steps; ++step) {                                 \
                        SY_TILE_STEP(SUFFIX, COLUMNS, ADD)                                         \
                    }                                                                              \
                }                                                                                  \
                left += lies.group;                                                                \
                right += SY_GROUP * COLUMNS;                                                       \
            }                                                                                      \
            if (adds) {                                                                            \
                SY_UNROLL for (int r = 0; r < rows; ++r) {                                         \
                    SY_UNROLL for (int v = 0; v < vectors; ++v)                                    \
                        END(SUFFIX, sums + r * stride + v * LANES, made[r][v], true);              \
                }                                                                                  \
            } else {                                                                               \
                SY_UNROLL for (int r = 0; r < rows; ++r) {                                         \
                    SY_UNROLL for (int v = 0; v < vectors; ++v)                                    \
                        END(SUFFIX, sums + r * stride + v * LANES, made[r][v], false);             \
                }                                                                                  \
            }                                                                                      \
            adds = true;                                                                           \
        } while (k < depth);                                                                       \
    }

/* f32, f32 whose sums are kept as f64, and f64 */
SY_DEFINE_TILE(f32, float, float, F32, SY_PANEL_COLUMNS_F32, SY_ADD_PRODUCT, SY_END_SAME)
SY_DEFINE_TILE(f32_wide, float, double, F32, SY_PANEL_COLUMNS_F32, SY_ADD_PRODUCT, SY_END_WIDE)
SY_DEFINE_TILE(f64, double, double, F64, SY_PANEL_COLUMNS_F64, SY_ADD_PRODUCT, SY_END_SAME)

/* sums[row][column] becomes, or where `adds` is set grows by, the product's element over `depth`
 * steps: a chain for every SY_CHAIN or SY_SHORT_CHAIN of them, added one after the other. left:
 * panels of `capacity` steps, a multiple of SY_GROUP where they lie in groups, or steps of
 * `capacity` rows; right: panels that start right_panel numbers apart. What a panel holds beyond
 * rows and columns gives sums that nobody reads: sums has whole panels' room, and rows `stride`
 * apart. A panel of columns goes from the first step to the last before the next one: its sums stay
 * in the nearest cache, and SY_CHAIN steps of it too while all rows meet them. */
#define SY_DEFINE_PANELS(NAME, TILE, TYPE, TOTAL, COLUMNS)                                         \
    SY_FN void NAME##_chains(int64_t rows, int64_t columns, int64_t depth, int64_t chain,          \
                             const TYPE *left, sy_left lies, const TYPE *right,                    \
                             int64_t right_panel, uintptr_t coming, bool adds, TOTAL *sums,        \
                             int64_t stride) {                                                     \
        enum {                                                                                     \
            WIDE = SY_TILE_PANELS,                                                                 \
            ROWS = SY_PANEL_ROWS                                                                   \
        };                                                                                         \
        for (int64_t r = 0; r < rows; r += WIDE * ROWS) {                                          \
            const TYPE *a = left + r / ROWS * lies.panel;                                          \
            TOTAL *to = sums + r * stride;                                                         \
            const int64_t asked = r / ROWS * (depth * (COLUMNS / 8));                              \
            const uintptr_t next = r < 8 * ROWS ? coming + (uintptr_t)asked * sizeof(TYPE) : 0;    \
            for (int64_t i = 0; adds && i < WIDE * ROWS; ++i) {                                    \
                SY_FETCH(to + i * stride);                                                         \
                SY_FETCH(to + i * stride + WIDE * COLUMNS / 2);                                    \
            }                                                                                      \
            if (rows - r > (WIDE - 1) * ROWS && columns > (WIDE - 1) * COLUMNS) {                  \
                TILE(WIDE, WIDE, depth, chain, a, lies, right, right_panel, next, adds, to,        \
                     stride);                                                                      \
                continue;                                                                          \
            }                                                                                      \
            for (int64_t i = 0; i < WIDE * WIDE; ++i) {                                            \
                const int64_t down = i / WIDE, over = i % WIDE;                                    \
                if (r + down * ROWS >= rows || over * COLUMNS >= columns) continue;                \
                TILE(1, 1, depth, chain, a + down * lies.panel, lies, right + over * right_panel,  \
                     right_panel, next, adds, to + down * ROWS * stride + over * COLUMNS, stride); \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    SY_FN void NAME##_laid(int64_t rows, int64_t columns, int64_t depth, const TYPE *left,         \
                           sy_left lies, const TYPE *right, int64_t right_panel, bool adds,        \
                           TOTAL *sums, int64_t stride) {                                          \
        for (int64_t c = 0; c < columns; c += SY_TILE_PANELS * COLUMNS) {                          \
            const TYPE *panel = right + c / COLUMNS * right_panel;                                 \
            const int64_t chain = depth > SY_CHAIN ? SY_CHAIN : SY_SHORT_CHAIN;                    \
            int64_t k = 0;                                                                         \
            do {                                                                                   \
                const int64_t steps = depth - k < SY_CHAIN ? depth - k : SY_CHAIN;                 \
                const int64_t after = depth - k > SY_CHAIN ? (k + SY_CHAIN) * COLUMNS              \
                                                           : SY_TILE_PANELS * right_panel;         \
                const uintptr_t next = (uintptr_t)panel + (uintptr_t)after * sizeof(TYPE);         \
                NAME##_chains(rows, columns - c, steps, chain, left + k / SY_GROUP * lies.group,   \
                              lies, panel + k * COLUMNS, right_panel, next, adds || k > 0,         \
                              sums + c, stride);                                                   \
                k += SY_CHAIN;                                                                     \
            } while (k < depth);                                                                   \
        }                                                                                          \
    }                                                                                              \
    SY_FN_LARGE void NAME(int64_t rows, int64_t columns, int64_t depth, const TYPE *left,          \
                          sy_lies lie, int64_t capacity, const TYPE *right, int64_t right_panel,   \
                          bool adds, TOTAL *sums, int64_t stride) {                                \
        enum {                                                                                     \
            ROWS = SY_PANEL_ROWS                                                                   \
        };                                                                                         \
        const sy_left by_rows = {capacity * ROWS, SY_GROUP, capacity, 1};                          \
        const sy_left by_steps = {ROWS, SY_GROUP * capacity, 1, capacity};                         \
        const sy_left by_groups = {capacity * ROWS, SY_GROUP * ROWS, SY_GROUP, 1};                 \
        if (lie == SY_BY_ROWS)                                                                     \
            NAME##_laid(rows, columns, depth, left, by_rows, right, right_panel, adds, sums,       \
                        stride);                                                                   \
        else if (lie == SY_BY_STEPS)                                                               \
            NAME##_laid(rows, columns, depth, left, by_steps, right, right_panel, adds, sums,      \
                        stride);                                                                   \
        else                                                                                       \
            NAME##_laid(rows, columns, depth, left, by_groups, right, right_panel, adds, sums,     \
                        stride);                                                                   \
    }

/* Whether all that panels hold is finite: then a 0 of the other factor takes it out of a sum. */
#define SY_DEFINE_PANELS_FINITE(SUFFIX, TYPE, COLUMNS)                                             \
    SY_FN bool sy_panels_left_finite_##SUFFIX(int64_t rows, int64_t depth, const TYPE *left,       \
                                              sy_lies lie, int64_t capacity) {                     \
        const int64_t lines = lie == SY_BY_ROWS ? rows : lie == SY_BY_STEPS ? depth : 0;           \
        const int64_t length = lie == SY_BY_ROWS ? depth : rows;                                   \
        for (int64_t i = 0; i < lines; ++i)                                                        \
            if (!sy_all_finite_##SUFFIX(length, left + i * capacity)) return false;                \
        if (lie != SY_BY_GROUPS) return true;                                                      \
        const int64_t whole = depth - depth % SY_GROUP;                                            \
        for (int64_t r = 0; r < rows; r += SY_PANEL_ROWS) {                                        \
            const TYPE *rest = left + r * capacity + SY_PANEL_ROWS * whole;                        \
            if (!sy_all_finite_##SUFFIX(SY_PANEL_ROWS * whole, left + r * capacity)) return false; \
            for (int64_t i = 0; whole < depth && i < SY_PANEL_ROWS; ++i)                           \
                if (!sy_all_finite_##SUFFIX(depth - whole, rest + i * SY_GROUP)) return false;     \
        }                                                                                          \
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

SY_DEFINE_PANELS(sy_panels_f32_wide, sy_tile_f32_wide, float, double, SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS(sy_panels_f32, sy_tile_f32, float, float, SY_PANEL_COLUMNS_F32)
SY_DEFINE_PANELS(sy_panels_f64, sy_tile_f64, double, double, SY_PANEL_COLUMNS_F64)

/* sums[row][column] grows by the sum over `depth` steps, at most a chain, of left[step][row] *
 * right[step][column]. left is as it lies, with its steps left_step apart, and room for a panel's
 * rows behind the last; right: panels as above. Nothing but these sums is written. */
#define SY_DEFINE_ACROSS(NAME, TILE, TYPE, TOTAL, COLUMNS)                                         \
    SY_FN_LARGE void NAME(int64_t rows, int64_t columns, int64_t depth, const TYPE *left,          \
                          int64_t left_step, const TYPE *right, int64_t right_panel, TOTAL *sums,  \
                          int64_t stride) {                                                        \
        enum {                                                                                     \
            WIDE = SY_TILE_PANELS,                                                                 \
            ROWS = SY_PANEL_ROWS                                                                   \
        };                                                                                         \
        const sy_left lies = {ROWS, SY_GROUP * left_step, 1, left_step};                           \
        TOTAL part[ROWS * COLUMNS];                                                                \
        for (int64_t r = 0; r < rows; r += WIDE * ROWS) {                                          \
            for (int64_t c = 0; c < columns; c += WIDE * COLUMNS) {                                \
                const TYPE *panel = right + c / COLUMNS * right_panel;                             \
                TOTAL *to = sums + r * stride + c;                                                 \
                if (rows - r >= WIDE * ROWS && columns - c >= WIDE * COLUMNS) {                    \
                    for (int64_t i = 0; i < WIDE * ROWS; ++i) {                                    \
                        SY_FETCH(to + i * stride);                                                 \
                        SY_FETCH(to + i * stride + WIDE * COLUMNS / 2);                            \
                    }                                                                              \
                    TILE(WIDE, WIDE, depth, SY_CHAIN, left + r, lies, panel, right_panel,          \
                         (uintptr_t)panel, true, to, stride);                                      \
                    continue;                                                                      \
                }                                                                                  \
                for (int64_t i = 0; i < WIDE * WIDE; ++i) {                                        \
                    const int64_t down = i / WIDE * ROWS, over = i % WIDE * COLUMNS;               \
                    if (r + down >= rows || c + over >= columns) continue;                         \
                    TILE(1, 1, depth, SY_CHAIN, left + r + down, lies,                             \
                         panel + i % WIDE * right_panel, right_panel, (uintptr_t)panel, false,     \
                         part, COLUMNS);                                                           \
                    for (int64_t y = 0; y < ROWS && r + down + y < rows; ++y)                      \
                        for (int64_t x = 0; x < COLUMNS && c + over + x < columns; ++x)            \
                            to[(down + y) * stride + over + x] += part[y * COLUMNS + x];           \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
SY_DEFINE_ACROSS(sy_panels_across_f32_wide, sy_tile_f32_wide, float, double, SY_PANEL_COLUMNS_F32)
SY_DEFINE_ACROSS(sy_panels_across_f64, sy_tile_f64, double, double, SY_PANEL_COLUMNS_F64)
#endif
