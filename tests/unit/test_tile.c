/* Panels of factors: every element of a product is the same chains of fused multiply-adds that
 * plain loops make, whatever the shape, and however the left factor lies. Blocks of distances:
 * likewise.
 */
#include "steelyard.h"
#include "steelyard_distance.h"
#include "steelyard_tile.h"
#include <criterion/criterion.h>
#include <stdlib.h>

enum {
    ROWS = 54,
    COLUMNS = 64,
    STEPS = 530, /* four chains, and some */
    ROOM = 544,  /* whole groups of them */
    WIDE = 57,   /* rows of all panels, and some, that lie step by step */
    STRIDE = 80
};

static float left_of(int64_t row, int64_t step) {
    return sy_uniform_f32(sy_random_mix(sy_random_begin(row), step)) - 0.5f;
}

static float right_of(int64_t step, int64_t column) {
    return sy_uniform_f32(sy_random_mix(sy_random_begin(1000 + step), column)) - 0.5f;
}

static int64_t place_in_left(int64_t row, int64_t step, sy_lies lie) {
    const int64_t panel = row / SY_PANEL_ROWS * SY_PANEL_ROWS * ROOM, within = row % SY_PANEL_ROWS;
    if (lie == SY_BY_ROWS) return panel + within * ROOM + step;
    if (lie == SY_BY_STEPS) return step * WIDE + row;
    return panel + step / SY_GROUP * SY_GROUP * SY_PANEL_ROWS + within * SY_GROUP + step % SY_GROUP;
}

#define PRODUCT(FMA, left, right, sum) FMA(left, right, sum)
#define SQUARE(FMA, left, right, sum) FMA((left) - (right), (left) - (right), sum)
#define ABSOLUTE(FMA, left, right, sum)                                                            \
    ((sum) + ((left) < (right) ? (right) - (left) : (left) - (right)))

#define CHECK_PANELS(NAME, TYPE, TOTAL, WIDTH, FMA, TERM)                                          \
    static void check_##NAME(int64_t rows, int64_t columns, int64_t depth, sy_lies lie) {          \
        static TYPE left[WIDE * ROOM], right[COLUMNS * STEPS];                                     \
        static TOTAL sums[ROWS * STRIDE];                                                          \
        for (int64_t r = 0; r < ROWS; ++r)                                                         \
            for (int64_t k = 0; k < STEPS; ++k)                                                    \
                left[place_in_left(r, k, lie)] = (TYPE)left_of(r, k);                              \
        for (int64_t c = 0; c < COLUMNS; ++c)                                                      \
            for (int64_t k = 0; k < STEPS; ++k)                                                    \
                right[(c / WIDTH * STEPS + k) * WIDTH + c % WIDTH] = (TYPE)right_of(k, c);         \
        for (int times = 1; times <= 2; ++times) {                                                 \
            NAME(rows, columns, depth, left, lie, lie == SY_BY_STEPS ? WIDE : ROOM, right,         \
                 STEPS * WIDTH, times > 1, sums, STRIDE);                                          \
            for (int64_t r = 0; r < rows; ++r)                                                     \
                for (int64_t c = 0; c < columns; ++c) {                                            \
                    TOTAL expected = 0;                                                            \
                    for (int64_t k = 0; k < depth * times;) {                                      \
                        TYPE chain = 0;                                                            \
                        do                                                                         \
                            chain = TERM(FMA, (TYPE)left_of(r, k % depth),                         \
                                         (TYPE)right_of(k % depth, c), chain);                     \
                        while (++k % depth % (depth > SY_CHAIN ? SY_CHAIN : SY_SHORT_CHAIN));      \
                        expected += (TOTAL)chain;                                                  \
                    }                                                                              \
                    cr_assert(sums[r * STRIDE + c] == expected,                                    \
                              #NAME ": %lld x %lld over %lld, element %lld, %lld",                 \
                              (long long)rows, (long long)columns, (long long)depth, (long long)r, \
                              (long long)c);                                                       \
                }                                                                                  \
        }                                                                                          \
    }

CHECK_PANELS(sy_panels_f32, float, float, SY_PANEL_COLUMNS_F32, SY_FMA_F32, PRODUCT)
CHECK_PANELS(sy_panels_f32_wide, float, double, SY_PANEL_COLUMNS_F32, SY_FMA_F32, PRODUCT)
CHECK_PANELS(sy_panels_f64, double, double, SY_PANEL_COLUMNS_F64, SY_FMA_F64, PRODUCT)

CHECK_PANELS(sy_distances_square_f32, float, float, SY_PANEL_COLUMNS_F32, SY_FMA_F32, SQUARE)
CHECK_PANELS(sy_distances_square_f64, double, double, SY_PANEL_COLUMNS_F64, SY_FMA_F64, SQUARE)
CHECK_PANELS(sy_distances_absolute_f32, float, float, SY_PANEL_COLUMNS_F32, SY_FMA_F32, ABSOLUTE)
CHECK_PANELS(sy_distances_absolute_f64, double, double, SY_PANEL_COLUMNS_F64, SY_FMA_F64, ABSOLUTE)

/* The left factor step by step, as wide as the rows are many and some more; sums beyond the rows
 * and columns keep what they are. */
#define CHECK_ACROSS(NAME, TYPE, TOTAL, WIDTH, FMA)                                                \
    static void check_##NAME(int64_t rows, int64_t columns, int64_t depth) {                       \
        static TYPE left[SY_CHAIN * (ROWS + 3) + SY_PANEL_ROWS], right[COLUMNS * SY_CHAIN];        \
        static TOTAL sums[(ROWS + 6) * STRIDE];                                                    \
        for (int64_t k = 0; k < depth; ++k)                                                        \
            for (int64_t r = 0; r < ROWS; ++r)                                                     \
                left[k * (ROWS + 3) + r] = (TYPE)left_of(r, k);                                    \
        for (int64_t c = 0; c < COLUMNS; ++c)                                                      \
            for (int64_t k = 0; k < depth; ++k)                                                    \
                right[(c / WIDTH * SY_CHAIN + k) * WIDTH + c % WIDTH] = (TYPE)right_of(k, c);      \
        for (int64_t i = 0; i < (ROWS + 6) * STRIDE; ++i)                                          \
            sums[i] = (TOTAL)i;                                                                    \
        NAME(rows, columns, depth, left, ROWS + 3, right, SY_CHAIN * WIDTH, sums, STRIDE);         \
        for (int64_t i = 0; i < (ROWS + 6) * STRIDE; ++i) {                                        \
            TYPE chain = 0;                                                                        \
            const int64_t r = i / STRIDE, c = i % STRIDE;                                          \
            for (int64_t k = 0; k < depth && r < rows && c < columns; ++k)                         \
                chain = FMA((TYPE)left_of(r, k), (TYPE)right_of(k, c), chain);                     \
            cr_assert(sums[i] == (TOTAL)i + (TOTAL)chain,                                          \
                      #NAME ": %lld x %lld over %lld, element %lld, %lld", (long long)rows,        \
                      (long long)columns, (long long)depth, (long long)r, (long long)c);           \
        }                                                                                          \
    }
CHECK_ACROSS(sy_panels_across_f32_wide, float, double, SY_PANEL_COLUMNS_F32, SY_FMA_F32)
CHECK_ACROSS(sy_panels_across_f64, double, double, SY_PANEL_COLUMNS_F64, SY_FMA_F64)

static const int64_t shapes[][3] = {
    {1, 1, 1},    {6, 16, 40},  {6, 16, 128},  {6, 16, 129},  {6, 16, 256}, {48, 64, 64},
    {48, 64, 65}, {7, 33, 257}, {50, 17, 512}, {13, 47, 530}, {7, 17, 39},  {12, 32, 5},
    {13, 33, 8},  {48, 64, 40}, {47, 63, 1},   {5, 15, 0},    {54, 50, 40}};

Test(tile, every_shape_gives_the_plain_chain) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        for (sy_lies lie = SY_BY_ROWS; lie <= SY_BY_GROUPS; ++lie) {
            const int64_t *s = shapes[i];
            check_sy_panels_f32(s[0], s[1], s[2], lie);
            check_sy_panels_f32_wide(s[0], s[1], s[2], lie);
            check_sy_panels_f64(s[0], s[1], s[2], lie);
            check_sy_distances_square_f32(s[0], s[1], s[2], lie);
            check_sy_distances_square_f64(s[0], s[1], s[2], lie);
            check_sy_distances_absolute_f32(s[0], s[1], s[2], lie);
            check_sy_distances_absolute_f64(s[0], s[1], s[2], lie);
        }
}

Test(tile, across_is_one_chain_and_touches_nothing_else) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        const int64_t *s = shapes[i];
        if (s[2] > SY_CHAIN) continue;
        check_sy_panels_across_f32_wide(s[0], s[1], s[2]);
        check_sy_panels_across_f64(s[0], s[1], s[2]);
    }
}

Test(tile, nan_and_infinity_stay_in_their_rows_and_columns) {
    static float left[6 * 2], right[16 * 2], sums[6 * 16];
    left[2 * 2] = NAN;
    right[16 + 5] = INFINITY;
    for (int r = 0; r < 6; ++r)
        left[r * 2 + 1] = 1;
    sy_panels_f32(6, 16, 2, left, SY_BY_ROWS, 2, right, 32, false, sums, 16);
    for (int r = 0; r < 6; ++r)
        for (int c = 0; c < 16; ++c) {
            float sum = sums[r * 16 + c];
            cr_assert(r == 2 ? isnan(sum) : c == 5 ? isinf(sum) : sum == 0, "%d, %d", r, c);
        }
}

/* What is not finite is found in whole groups, in the steps that fill none, and in no other place:
 * the room that a group has to spare may hold anything. */
Test(tile, what_is_not_finite_is_found_among_the_steps_of_left_panels) {
    static float left[WIDE * ROOM];
    static const int64_t depths[] = {5, 16, 40};
    for (size_t i = 0; i < sizeof depths / sizeof *depths; ++i)
        for (sy_lies lie = SY_BY_ROWS; lie <= SY_BY_GROUPS; ++lie)
            for (int64_t at = 0; at < 12 * 48; ++at) {
                const int64_t row = at % 12, step = at / 12;
                left[place_in_left(row, step, lie)] = step % 2 ? NAN : INFINITY;
                int64_t room = lie == SY_BY_STEPS ? WIDE : ROOM;
                bool finite = sy_panels_left_finite_f32(12, depths[i], left, lie, room);
                cr_assert_eq(finite, step >= depths[i], "row %d, step %d", (int)row, (int)step);
                left[place_in_left(row, step, lie)] = 0;
            }
}
