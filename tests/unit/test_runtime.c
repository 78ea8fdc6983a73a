/* The runtime beside the elementary functions: order, integers, conversions, half floats, folds,
 * random numbers, entry checks and the sentences about a failed call. */
#include "steelyard.h"
#include "steelyard_tile.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static bool same32(float a, float b) {
    return sy_bits_f32(a) == sy_bits_f32(b);
}

Test(runtime, a_tie_is_the_first_and_nan_wins) {
    cr_expect(same32(sy_min_f32(0.0f, -0.0f), 0.0f) && same32(sy_min_f32(-0.0f, 0.0f), -0.0f));
    cr_expect(same32(sy_max_f32(0.0f, -0.0f), 0.0f) && same32(sy_max_f32(-0.0f, 0.0f), -0.0f));
    cr_expect(isnan(sy_min_f32(NAN, 1)) && isnan(sy_min_f32(1, NAN)) && isnan(sy_max_f32(NAN, 1)) &&
              isnan(sy_max_f32(1, NAN)));
    cr_expect(isnan(sy_min_f64((double)NAN, 1)) && isnan(sy_min_f64(1, (double)NAN)));
    cr_expect(isnan(sy_max_f64((double)NAN, 1)) && isnan(sy_max_f64(1, (double)NAN)));
    cr_expect_eq(sy_min_f64(2, -3), -3);
    cr_expect_eq(sy_max_f64(2, -3), 2);
    cr_expect_eq(sy_min_i64(INT64_MIN, 3), INT64_MIN);
    cr_expect_eq(sy_max_i32(INT32_MIN, 3), 3);
    cr_expect(same32(sy_sign_f32(-0.0f), -0.0f) && sy_sign_f32(-3) == -1 &&
              isnan(sy_sign_f32(NAN)));
    cr_expect_eq(sy_sign_f64(1e-320), 1);
    cr_expect_eq(sy_round_f64(2.5), 2);
    cr_expect_eq(sy_round_f32(-3.5f), -4);
}

Test(runtime, integers_never_trap) {
    static const int64_t values[] = {
        INT64_MIN, INT64_MIN + 1, INT32_MIN,     -7,       -3, -2, -1, 0, 1, 2, 3,
        7,         INT32_MAX,     INT64_MAX - 1, INT64_MAX};
    int count = (int)(sizeof values / sizeof *values);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            int64_t a = values[i], b = values[j], q = sy_idiv_i64(a, b), r = sy_mod_i64(a, b);
            if (b == 0) {
                cr_expect(q == 0 && r == 0);
                continue;
            }
            cr_expect_eq(sy_add_i64(sy_mul_i64(q, b), r), a, "%ld div %ld", (long)a, (long)b);
            cr_expect(r == 0 || ((r < 0) == (b < 0) && (b > 0 ? r < b : r > b)),
                      "%ld mod %ld = %ld", (long)a, (long)b, (long)r);
            int32_t c = (int32_t)a, d = (int32_t)b, s = sy_mod_i32(c, d);
            if (d == 0) continue;
            cr_expect_eq(sy_add_i32(sy_mul_i32(sy_idiv_i32(c, d), d), s), c);
            cr_expect(s == 0 || ((s < 0) == (d < 0)));
        }
    cr_expect_eq(sy_idiv_i64(-7, 2), -4);
    cr_expect_eq(sy_mod_i64(-7, 2), 1);
    cr_expect_eq(sy_mod_i32(7, -2), -1);
    cr_expect_eq(sy_idiv_i32(INT32_MIN, -1), INT32_MIN);
    cr_expect_eq(sy_abs_i64(INT64_MIN), INT64_MIN);
    cr_expect_eq(sy_ipow_i64(-3, 5), -243);
    cr_expect_eq(sy_ipow_i64(0, 0), 1);
    cr_expect_eq(sy_ipow_i64(2, 64), 0);
    cr_expect_eq(sy_ipow_i64(2, -1), 0);
    cr_expect_eq(sy_ipow_i64(-1, -3), -1);
    cr_expect_eq(sy_ipow_i32(46341, 2), -2147479015);
    cr_expect_eq(sy_ipow_i64(3, INT64_MAX), (int64_t)-6148914691236517205); /* 3^-1 modulo 2^64 */
}

Test(runtime, floats_divide_downwards) {
    cr_expect_eq(sy_idiv_f64(-7, 2), -4);
    cr_expect_eq(sy_mod_f64(-7, 2), 1);
    cr_expect_eq(sy_mod_f64(7, -2), -1);
    cr_expect_eq(sy_mod_f32(5.5f, 2), 1.5f);
    cr_expect_eq(sy_mod_f64(3, (double)INFINITY), 3);
    cr_expect(isnan(sy_mod_f64(3, 0)));
}

Test(runtime, conversions_saturate) {
    static const struct {
        double from;
        int32_t narrow;
        int64_t wide;
    } rows[] = {{(double)NAN, 0, 0},
                {(double)INFINITY, INT32_MAX, INT64_MAX},
                {-(double)INFINITY, INT32_MIN, INT64_MIN},
                {2147483647.9, INT32_MAX, 2147483647},
                {-2147483648.9, INT32_MIN, -2147483648},
                {-2147483650.0, INT32_MIN, -2147483650},
                {-0.9, 0, 0},
                {1e18, INT32_MAX, 1000000000000000000},
                {0x1p63, INT32_MAX, INT64_MAX},
                {0x1.fffffffffffffp62, INT32_MAX, INT64_MAX - 1023},
                {-0x1p63, INT32_MIN, INT64_MIN},
                {-1e300, INT32_MIN, INT64_MIN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(sy_i32_from_f64(rows[i].from), rows[i].narrow, "%g", rows[i].from);
        cr_expect_eq(sy_i64_from_f64(rows[i].from), rows[i].wide, "%g", rows[i].from);
    }
    cr_expect_eq(sy_i32_from_f32(3e9f), INT32_MAX);
    cr_expect_eq(sy_i64_from_f32(-3e9f), -3000000000);
    cr_expect_eq(sy_i32_from_i64(INT64_C(0x1ffffffff)), -1);
}

/* --- half floats --- */

/* The value of an f16, by its definition. */
static double f16_value(uint16_t half) {
    int exponent = (half >> 10) & 31, fraction = half & 1023;
    double size = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) size = fraction ? (double)NAN : (double)INFINITY;
    return half & 0x8000 ? -size : size;
}

Test(runtime, every_f16_and_bf16_reads_and_returns) {
    for (uint32_t half = 0; half < 65536; half++) {
        float x = sy_f32_from_f16((uint16_t)half), b = sy_f32_from_bf16((uint16_t)half);
        if (isnan(f16_value((uint16_t)half))) {
            cr_assert(sy_bits_f32(x) == 0x7fc00000u && sy_f16_from_f32(x) == 0x7e00u);
        } else {
            cr_assert(same32(x, (float)f16_value((uint16_t)half)), "%04x", half);
            cr_assert_eq(sy_f16_from_f32(x), half);
        }
        if ((half & 0x7fffu) > 0x7f80u)
            cr_assert(sy_bits_f32(b) == 0x7fc00000u && sy_bf16_from_f32(b) == 0x7fc0u);
        else
            cr_assert(sy_bits_f32(b) == half << 16 && sy_bf16_from_f32(b) == half);
    }
}

/* Between two neighbours the nearer one, at the middle the even one: around every middle, and
 * beyond the greatest. */
Test(runtime, f16_and_bf16_round_to_nearest_even) {
    for (uint32_t half = 0; half < 0x7c00u; half++) {
        double low = f16_value((uint16_t)half),
               high = half == 0x7bffu ? 65536 : f16_value((uint16_t)(half + 1));
        float middle = (float)((low + high) / 2);
        uint32_t even = half & 1u ? half + 1 : half;
        cr_assert_eq(sy_f16_from_f32(middle), even, "%04x", half);
        cr_assert_eq(sy_f16_from_f32(nextafterf(middle, 0)), half);
        cr_assert_eq(sy_f16_from_f32(nextafterf(middle, INFINITY)), half + 1);
        cr_assert_eq(sy_f16_from_f32(-middle), even | 0x8000u);
    }
    for (uint32_t half = 0; half < 0x7f80u; half++) {
        float middle = sy_from_bits_f32(half << 16 | 0x8000u);
        cr_assert_eq(sy_bf16_from_f32(middle), half & 1u ? half + 1 : half);
        cr_assert_eq(sy_bf16_from_f32(sy_from_bits_f32(sy_bits_f32(middle) - 1)), half);
        cr_assert_eq(sy_bf16_from_f32(sy_from_bits_f32(sy_bits_f32(middle) + 1)), half + 1);
    }
    cr_expect_eq(sy_f16_from_f32(1e30f), 0x7c00);
    cr_expect_eq(sy_f16_from_f32(-INFINITY), 0xfc00);
    cr_expect_eq(sy_f16_from_f32(0x1p-149f), 0);
    cr_expect_eq(sy_bf16_from_f32(FLT_MAX), 0x7f80);
    cr_expect_eq(sy_f16_from_f32(sy_from_bits_f32(0xffc00001u)), 0x7e00);
    cr_expect_eq(sy_bf16_from_f32(sy_from_bits_f32(0xff800001u)), 0x7fc0);
}

/* --- folds --- */

/* The panels of a factor b[step][column], with room for `capacity` steps. */
#define PANELS_OF(SUFFIX, TYPE, COLUMNS)                                                           \
    static void panels_##SUFFIX(int columns, int steps, const TYPE *b, int capacity, TYPE *to) {   \
        for (int column = 0; column < columns; column++)                                           \
            for (int step = 0; step < steps; step++)                                               \
                to[(column / COLUMNS * capacity + step) * COLUMNS + column % COLUMNS] =            \
                    b[step * columns + column];                                                    \
    }
PANELS_OF(f32, float, SY_PANEL_COLUMNS_F32)
PANELS_OF(f64, double, SY_PANEL_COLUMNS_F64)

/* Each element is a chain in the order of the steps, whatever registers hold, and is stored or
 * added. */
Test(runtime, products_of_panels_add_in_order) {
    enum {
        ROWS = 24,
        COLUMNS = 64,
        DEPTH = 29, /* one chain */
        ROOM = 40
    };
    static float a[ROWS * DEPTH], b[DEPTH * COLUMNS], right[ROOM * COLUMNS], c[ROWS * COLUMNS];
    static double wide_a[ROWS * DEPTH], wide_b[DEPTH * COLUMNS], wide_right[ROOM * COLUMNS];
    static double wide_c[ROWS * COLUMNS], mixed[ROWS * COLUMNS];
    for (int i = 0; i < ROWS * DEPTH; i++)
        wide_a[i] = a[i] = (float)(i * 7919 % 1013) / 1013 - 0.5f;
    for (int i = 0; i < DEPTH * COLUMNS; i++)
        wide_b[i] = b[i] = (float)(i * 104729 % 997) / 997 - 0.5f;
    panels_f32(COLUMNS, DEPTH, b, ROOM, right);
    panels_f64(COLUMNS, DEPTH, wide_b, ROOM, wide_right);
    for (int adds = 0; adds < 2; adds++) {
        for (int i = 0; i < ROWS * COLUMNS; i++)
            mixed[i] = wide_c[i] = c[i] = (float)i / 100;
        sy_panels_f32(ROWS - 1, COLUMNS - 3, DEPTH, a, SY_BY_ROWS, DEPTH, right,
                      ROOM * SY_PANEL_COLUMNS_F32, adds, c, COLUMNS);
        sy_panels_f32_wide(ROWS - 1, COLUMNS - 3, DEPTH, a, SY_BY_ROWS, DEPTH, right,
                           ROOM * SY_PANEL_COLUMNS_F32, adds, mixed, COLUMNS);
        sy_panels_f64(ROWS - 1, COLUMNS - 3, DEPTH, wide_a, SY_BY_ROWS, DEPTH, wide_right,
                      ROOM * SY_PANEL_COLUMNS_F64, adds, wide_c, COLUMNS);
        for (int row = 0; row < ROWS - 1; row++)
            for (int column = 0; column < COLUMNS - 3; column++) {
                int at = row * COLUMNS + column;
                float sum = 0, before = (float)at / 100;
                double wide = 0;
                for (int k = 0; k < DEPTH; k++) {
                    int left = row * DEPTH + k, other = k * COLUMNS + column;
                    sum = SY_FMA_F32(a[left], b[other], sum);
                    wide = SY_FMA_F64(wide_a[left], wide_b[other], wide);
                }
                cr_expect(same32(c[at], adds ? before + sum : sum) &&
                              mixed[at] == (adds ? (double)before + (double)sum : (double)sum) &&
                              wide_c[at] == (adds ? (double)before + wide : wide),
                          "row %d column %d", row, column);
            }
    }
}

/* Any number of columns and steps: what is beyond the columns is 0. */
Test(runtime, columns_are_flipped_to_steps) {
    enum {
        WIDTH = 16,
        STEPS = 21,
        ROW = 23
    };
    static float from[WIDTH * ROW], to[(STEPS + 1) * WIDTH];
    static double wide_from[WIDTH * ROW], wide_to[(STEPS + 1) * WIDTH];
    for (int i = 0; i < WIDTH * ROW; i++)
        wide_from[i] = from[i] = (float)i + 1;
    for (int columns = 0; columns <= WIDTH; columns++)
        for (int steps = 0; steps <= STEPS; steps++) {
            for (int i = 0; i < (STEPS + 1) * WIDTH; i++)
                wide_to[i] = to[i] = -1;
            sy_flip_f32(columns, steps, from, ROW, to, WIDTH);
            sy_flip_f64(columns, steps, wide_from, ROW, wide_to, WIDTH);
            for (int i = 0; i < (STEPS + 1) * WIDTH; i++) {
                int step = i / WIDTH, column = i % WIDTH;
                float expected = step >= steps       ? -1
                                 : column >= columns ? 0
                                                     : (float)(column * ROW + step) + 1;
                cr_assert(to[i] == expected && wide_to[i] == (double)expected, "%d of %d by %d", i,
                          columns, steps);
            }
        }
}

Test(runtime, infinities_and_nan_are_found) {
    float few[3] = {1, 0, -2};
    double wide[2] = {0, 1e308};
    cr_expect(sy_all_finite_f32(3, few) && sy_all_finite_f32(0, few) && sy_all_finite_f64(2, wide));
    few[2] = -INFINITY;
    wide[0] = (double)NAN;
    cr_expect(!sy_all_finite_f32(3, few) && sy_all_finite_f32(2, few));
    cr_expect_not(sy_all_finite_f64(2, wide));
}

/* The first of a tie, and the first NaN, which is better than any number. */
Test(runtime, what_follows_must_be_better) {
    const float values[] = {INFINITY, 2, 2, 1, 1, NAN, -INFINITY, NAN};
    const int64_t least[] = {0, 1, 1, 3, 3, 5, 5, 5}, largest[] = {0, 0, 0, 0, 0, 5, 5, 5};
    float low = 0, high = 0;
    int64_t low_place = -1, high_place = -1;
    for (int i = 0; i < 8; i++) {
        sy_follow_argmin_f32(&low, &low_place, values[i], i);
        sy_follow_argmax_f32(&high, &high_place, values[i], i);
        cr_expect(low_place == least[i] && same32(low, values[least[i]]), "%d", i);
        cr_expect(high_place == largest[i] && same32(high, values[largest[i]]), "%d", i);
    }
}

Test(runtime, trees_fold_by_halves) {
    float lanes[SY_LANES];
    double wide[SY_LANES];
    int64_t whole[SY_LANES];
    unsigned char any[SY_LANES] = {0}, all[SY_LANES];
    for (int i = 0; i < SY_LANES; i++) {
        lanes[i] = i < 16 ? 1e8f : -1e8f; /* a sum in order would lose the 1 */
        wide[i] = 1 + i;
        whole[i] = i;
        all[i] = 1;
    }
    lanes[5] = 1e8f + 8;
    cr_expect_eq(sy_tree_sum_f32(lanes), 8);
    cr_expect_eq(sy_tree_sum_f64(wide), 528);
    cr_expect_eq(sy_tree_sum_i64(whole), 496);
    cr_expect_eq(sy_tree_any(any), 0);
    any[31] = 1;
    cr_expect_eq(sy_tree_any(any), 1);
    cr_expect_eq(sy_tree_all(all), 1);
    for (int i = 0; i < SY_LANES; i++)
        all[i] = i != 17;
    cr_expect_eq(sy_tree_all(all), 0);
    for (int i = 0; i < SY_LANES; i++)
        wide[i] = i == 20 ? (double)NAN : i;
    cr_expect(isnan(sy_tree_max_f64(wide)));
}

Test(runtime, block_sums_have_a_shape_of_their_count_alone) {
    double blocks[1000];
    cr_expect_eq(sy_tree_sum_blocks(blocks, 0), 0);
    cr_expect_eq(sy_tree_prod_blocks(blocks, 0), 1);
    for (size_t count = 1; count < 1000; count++) {
        for (size_t i = 0; i < count; i++)
            blocks[i] = (double)(i + 1);
        cr_assert_eq(sy_tree_sum_blocks(blocks, count), (double)(count * (count + 1)) / 2);
    }
    for (int i = 0; i < 8; i++)
        blocks[i] = 2;
    cr_expect_eq(sy_tree_prod_blocks(blocks, 8), 256);
    cr_expect_eq(sy_block_count(0), 0);
    cr_expect_eq(sy_block_count(4096), 1);
    cr_expect_eq(sy_block_count(4097), 2);
}

static int64_t argmax(const float *values, int count) {
    float best[SY_LANES] = {0};
    int64_t places[SY_LANES];
    for (int i = 0; i < SY_LANES; i++)
        places[i] = -1;
    for (int i = 0; i < count; i++)
        sy_take_argmax_f32(&best[i % SY_LANES], &places[i % SY_LANES], values[i], i);
    return sy_tree_argmax_f32(best, places);
}

Test(runtime, argmax_is_the_first_and_nan_wins) {
    float values[100];
    for (int i = 0; i < 100; i++)
        values[i] = -5;
    cr_expect_eq(argmax(values, 0), -1);
    cr_expect_eq(argmax(values, 100), 0);
    values[16] = 3;
    values[33] = 3; /* lane 1, which the tree folds later than lane 16 */
    cr_expect_eq(argmax(values, 100), 16);
    values[90] = NAN;
    values[70] = NAN;
    cr_expect_eq(argmax(values, 100), 70);
    double low[SY_LANES] = {0};
    int64_t places[SY_LANES];
    for (int i = 0; i < SY_LANES; i++) {
        low[i] = i == 9 || i == 30 ? -0.0 : 0.0;
        places[i] = 100 - i;
    }
    cr_expect_eq(sy_tree_argmin_f64(low, places),
                 69); /* zeros of both signs are equal: the earliest place */
}

/* --- random numbers --- */

enum {
    DRAWS = 1 << 20
};

/* Chi-square over equal cells, as a number of standard deviations. */
static double chi_square(const int64_t *counts, int cells) {
    int64_t total = 0;
    double sum = 0;
    for (int i = 0; i < cells; i++)
        total += counts[i];
    for (int i = 0; i < cells; i++) {
        double difference = (double)counts[i] - (double)total / cells;
        sum += difference * difference;
    }
    return (sum * cells / (double)total - (cells - 1)) / sqrt(2.0 * (cells - 1));
}

typedef uint64_t (*Stream)(int64_t i);
static uint64_t along_last(int64_t i) {
    return sy_random_mix(sy_random_mix(sy_random_begin(1), 7), i);
}
static uint64_t along_first(int64_t i) {
    return sy_random_mix(sy_random_mix(sy_random_begin(1), i), 7);
}
static uint64_t along_keys(int64_t i) {
    return sy_random_mix(sy_random_begin(i), 0);
}
static uint64_t of_key_alone(int64_t i) {
    return sy_random_begin(i - DRAWS / 2);
}
static uint64_t grid(int64_t i) { /* 1024 by 1024, by columns */
    return sy_random_mix(sy_random_mix(sy_random_begin(-4), i % 1024), i / 1024);
}
static uint64_t sparse(int64_t i) { /* indices a power of two apart */
    return sy_random_mix(sy_random_begin(2), i << 30);
}
static const Stream streams[] = {along_last, along_first, along_keys, of_key_alone, grid, sparse};
enum {
    STREAMS = sizeof streams / sizeof *streams
};

Test(runtime, uniform_numbers_are_even) {
    for (int s = 0; s < STREAMS; s++) {
        static int64_t coarse[256], pairs[4096], low[256];
        double sum = 0;
        memset(coarse, 0, sizeof coarse);
        memset(pairs, 0, sizeof pairs);
        memset(low, 0, sizeof low);
        float before = 0;
        for (int64_t i = 0; i < DRAWS; i++) {
            float u = sy_uniform_f32(streams[s](i));
            cr_assert(u >= 0 && u < 1);
            uint32_t bits = (uint32_t)(u * 0x1p24f);
            coarse[bits >> 16]++;
            low[bits & 255]++;
            pairs[(int)(before * 64) * 64 + (int)(u * 64)]++;
            before = u;
            sum += (double)u;
        }
        cr_expect_lt(fabs(chi_square(coarse, 256)), 4, "stream %d: %g", s, chi_square(coarse, 256));
        cr_expect_lt(fabs(chi_square(low, 256)), 4, "stream %d, low bits", s);
        cr_expect_lt(fabs(chi_square(pairs, 4096)), 4, "stream %d, neighbours: %g", s,
                     chi_square(pairs, 4096));
        cr_expect_lt(fabs(sum / DRAWS - 0.5), 4 / sqrt(12.0 * DRAWS));
    }
}

/* Correlations of numbers 1, 2, 32 and 1024 apart: below four standard deviations. */
Test(runtime, neighbours_do_not_correlate) {
    static const int64_t steps[] = {1, 2, 32, 1024};
    for (int s = 0; s < STREAMS; s++)
        for (int k = 0; k < 4; k++) {
            double sum = 0, bits = 0;
            for (int64_t i = 0; i < DRAWS / 4; i++) {
                uint64_t a = streams[s](i), b = streams[s](i + steps[k]);
                sum += (sy_uniform_f64(a) - 0.5) * (sy_uniform_f64(b) - 0.5);
                bits += __builtin_popcountll(a ^ b) - 32;
            }
            cr_expect_lt(fabs(sum * 12 / sqrt(DRAWS / 4.0)), 4, "stream %d, step %ld", s,
                         (long)steps[k]);
            cr_expect_lt(fabs(bits / 4 / sqrt(DRAWS / 4.0)), 4, "stream %d, step %ld", s,
                         (long)steps[k]);
        }
}

/* One bit of a key or an index turns half of the bits of the state. */
Test(runtime, every_bit_of_an_index_matters) {
    for (int bit = 0; bit < 64; bit++) {
        int64_t turned[64] = {0};
        enum {
            TRIES = 2000
        };
        for (int64_t i = 0; i < TRIES; i++) {
            int64_t flipped = sy_signed_u64((uint64_t)i ^ UINT64_C(1) << bit);
            uint64_t by_index = along_last(i) ^ along_last(flipped);
            uint64_t by_key = along_keys(i) ^ along_keys(flipped);
            for (int out = 0; out < 64; out++)
                turned[out] += (int64_t)((by_index >> out & 1) + (by_key >> out & 1));
        }
        for (int out = 0; out < 64; out++)
            cr_expect_lt(fabs((double)turned[out] - TRIES), 5.5 * sqrt(2.0 * TRIES / 4), "%d to %d",
                         bit, out);
    }
}

Test(runtime, normal_numbers_are_normal) {
    for (int s = 0; s < STREAMS; s++)
        for (int wide = 0; wide < 2; wide++) {
            double moments[5] = {0}, with_uniform = 0, before = 0, serial = 0;
            int64_t cells[16] = {0}, beyond = 0;
            for (int64_t i = 0; i < DRAWS; i++) {
                uint64_t state = streams[s](i);
                double x = wide ? sy_normal_f64(state) : (double)sy_normal_f32(state);
                for (int k = 1; k < 5; k++)
                    moments[k] += pow(x, k);
                cells[(int)(8 * erfc(-x * sqrt(0.5)) * 0.9999999999)]++;
                beyond += fabs(x) > 4;
                with_uniform += x * (sy_uniform_f64(state) - 0.5);
                serial += x * before;
                before = x;
            }
            double n = DRAWS;
            cr_expect_lt(fabs(moments[1] / sqrt(n)), 4, "mean");
            cr_expect_lt(fabs(moments[2] - n) / sqrt(2 * n), 4, "variance");
            cr_expect_lt(fabs(moments[3]) / sqrt(15 * n), 4, "skewness");
            cr_expect_lt(fabs(moments[4] - 3 * n) / sqrt(96 * n), 4, "kurtosis %g", moments[4] / n);
            cr_expect_lt(fabs(chi_square(cells, 16)), 4, "cells");
            cr_expect(beyond > 40 && beyond < 100, "%ld beyond 4, about 66 expected", (long)beyond);
            cr_expect_lt(fabs(with_uniform) / sqrt(n / 12), 4, "against uniform");
            cr_expect_lt(fabs(serial) / sqrt(n), 4, "neighbours");
        }
}

/* The definition, so that it never changes by accident: saved models and tests of users depend on
 * these numbers. */
Test(runtime, random_numbers_stay_what_they_are) {
    cr_expect_eq(sy_random_begin(0), UINT64_C(0x2cb0f69f4abea221));
    cr_expect_eq(sy_random_mix(sy_random_begin(42), -1), UINT64_C(0x29eb17dcc3daed06));
    cr_expect_eq(sy_random_name("w1"), UINT64_C(0x57d1adc875e55743));
    cr_expect_eq(sy_random_key(7, "w1"), INT64_C(1704570101895387931));
    cr_expect_neq(sy_random_key(7, "w1"), sy_random_key(7, "w2"));
    cr_expect_neq(sy_random_key(7, "w1"), sy_random_key(8, "w1"));
    cr_expect_eq(sy_uniform_f32(sy_random_begin(3)), 0x1.b75f62p-1f);
    cr_expect_eq(sy_normal_f64(sy_random_begin(3)), 0x1.f1305e9ab9d85p-2);
}

/* --- checks on entry --- */

Test(runtime, scans_find_the_first_bad_element) {
    enum {
        COUNT = 5000
    };
    static int64_t index[COUNT];
    static float w32[COUNT];
    static double w64[COUNT];
    static uint16_t w16[COUNT];
    static unsigned char mask[COUNT];
    cr_expect_eq(sy_check_index_i64(index, COUNT, 1, false, 0), SIZE_MAX);
    cr_expect_eq(sy_check_index_i64(index, COUNT, 0, false, 0), 0);
    cr_expect_eq(sy_check_index_i64(NULL, 0, 0, false, 0), SIZE_MAX);
    index[4321] = -100;
    index[4400] = 5;
    cr_expect_eq(sy_check_index_i64(index, COUNT, 5, false, 0), 4321);
    cr_expect_eq(sy_check_index_i64(index, COUNT, 5, true, -100), 4400);
    cr_expect_eq(sy_check_index_i64(index, COUNT, 6, true, -100), SIZE_MAX);
    static const float bad[] = {-1, -1e-45f, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        for (size_t at = 0; at < COUNT; at += 1023) {
            w32[at] = bad[i];
            w64[at] = (double)bad[i];
            cr_expect_eq(sy_check_weight_f32(w32, COUNT), at);
            cr_expect_eq(sy_check_weight_f64(w64, COUNT), at);
            w32[at] = -0.0f;
            w64[at] = -0.0;
            w16[at] = sy_f16_from_f32(bad[i] == -1e-45f ? -1e-6f : bad[i]);
            cr_expect_eq(sy_check_weight_f16(w16, COUNT), at);
            w16[at] = sy_bf16_from_f32(bad[i] == -1e-45f ? -1e-38f : bad[i]);
            cr_expect_eq(sy_check_weight_bf16(w16, COUNT), at);
            w16[at] = 0x8000; /* -0 */
        }
    }
    w32[7] = FLT_MAX;
    cr_expect_eq(sy_check_weight_f32(w32, COUNT), SIZE_MAX);
    cr_expect_eq(sy_check_weight_f64(w64, COUNT), SIZE_MAX);
    cr_expect_eq(sy_check_weight_f16(w16, COUNT), SIZE_MAX);
    cr_expect_eq(sy_check_weight_i64(index, COUNT), 4321);
    cr_expect_eq(sy_check_weight_i32((const int32_t[]){0, 4, -1}, 3), 2);
    mask[0] = 1;
    cr_expect_eq(sy_check_mask(mask, COUNT), SIZE_MAX);
    mask[4999] = 2;
    cr_expect_eq(sy_check_mask(mask, COUNT), 4999);
}

Test(runtime, sizes_that_do_not_fit_are_told) {
    size_t size;
    int64_t extent;
    cr_expect(sy_size_product(SIZE_MAX / 2, 2, &size) && size == SIZE_MAX - 1);
    cr_expect(!sy_size_product(SIZE_MAX / 2 + 1, 2, &size));
    cr_expect(sy_size_product(SIZE_MAX, 0, &size) && size == 0);
    cr_expect(sy_size_product(0, SIZE_MAX, &size) && size == 0);
    cr_expect(!sy_size_sum(SIZE_MAX, 1, &size));
    cr_expect(sy_size_bytes(3, 8, &size) && size == 64);
    cr_expect(!sy_size_bytes(SIZE_MAX / 8, 8, &size));
    cr_expect(sy_extent_mul(INT64_MAX / 2, -2, &extent) && extent == -(INT64_MAX - 1));
    cr_expect(!sy_extent_mul(INT64_MIN, 1, &extent) && !sy_extent_mul(INT64_MAX, 2, &extent));
    cr_expect(!sy_extent_add(INT64_MAX, 1, &extent) && sy_extent_sub(INT64_MIN + 1, 1, &extent));
    cr_expect(!sy_extent_sub(0, INT64_MIN, &extent));
    cr_expect(sy_size_fits(1) && !sy_size_fits(SIZE_MAX));
    _Alignas(64) char workspace[128];
    cr_expect(sy_workspace_fits(workspace, 128, 128) && sy_workspace_fits(NULL, 0, 0));
    cr_expect(!sy_workspace_fits(workspace, 127, 128) &&
              !sy_workspace_fits(workspace + 8, 120, 64));
    cr_expect(!sy_workspace_fits(NULL, 128, 64));
}

Test(runtime, workspaces_are_aligned_and_apart) {
    unsigned char *blocks[40];
    for (size_t i = 0; i < 40; i++) {
        blocks[i] = sy_allocate(64 * (i + 1));
        cr_assert(blocks[i]);
        cr_assert_eq((uintptr_t)blocks[i] % 64, 0);
        memset(blocks[i], (int)i, 64 * (i + 1));
    }
    for (size_t i = 0; i < 40; i++) {
        for (size_t at = 0; at < 64 * (i + 1); at++)
            cr_assert_eq(blocks[i][at], i);
        sy_release(blocks[i]);
    }
    volatile size_t too_many = SIZE_MAX - 63;
    cr_assert_null(sy_allocate(too_many));
}

/* From 4 MB on large pages are asked for: around that, and where the block ends near a page's end.
 */
Test(runtime, large_memory_is_all_there) {
    const size_t sizes[] = {(size_t)4 << 20, ((size_t)4 << 20) - 1, ((size_t)4 << 20) + 65535,
                            (size_t)21 << 20};
    for (int i = 0; i < 4; ++i) {
        unsigned char *memory = sy_allocate(sizes[i]);
        cr_assert(memory && (uintptr_t)memory % 64 == 0);
        memset(memory, 7, sizes[i]);
        cr_assert(memory[0] == 7 && memory[sizes[i] - 1] == 7);
        sy_release(memory);
    }
}

/* The kernel notes it for what is mapped: `hg` among the flags of that piece. */
Test(runtime, large_pages_are_asked_for) {
    FILE *pages = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    if (!pages) return; /* there are none */
    fclose(pages);
    unsigned char *memory = sy_allocate((size_t)40 << 20);
    cr_assert(memory);
    memset(memory, 1, (size_t)40 << 20);
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool here = false, asked = false;
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx", &from, &to) == 2)
            here = from <= (uintptr_t)memory + (1 << 20) && (uintptr_t)memory + (1 << 20) < to;
        if (here && strncmp(line, "VmFlags:", 8) == 0) asked = strstr(line, " hg") != NULL;
    }
    cr_expect(!maps || asked);
    if (maps) fclose(maps);
    sy_release(memory);
}

Test(runtime, products_of_extents_stay_too_large) {
    const int64_t most = (int64_t)1 << 60;
    cr_expect(sy_product(0, -1) == 0 && sy_product(-7, 0) == 0 && sy_product(-3, 5) == -15);
    cr_expect(sy_product(most, 1) == most && sy_product(1 << 30, 1 << 30) == most);
    cr_expect(sy_product((1 << 30) + 1, 1 << 30) == most && sy_product(most, -most) == -most);
    cr_expect(sy_product(INT64_MIN, INT64_MIN) == most && sy_product(INT64_MIN, 3) == -most);
    cr_expect(sy_product(-2, INT64_MAX) == -most && sy_product(INT64_MAX, 1) == most);
}

static void expect_sentence(int status, steelyard_call call, const char *expected) {
    char text[200];
    int length = steelyard_describe(status, &call, text, sizeof text);
    cr_expect_str_eq(text, expected);
    cr_expect_eq(length, (int)strlen(expected));
    char cut[9] = "12345678";
    cr_expect_eq(steelyard_describe(status, &call, cut, sizeof cut), length);
    cr_expect(strncmp(cut, expected, 8) == 0 && cut[8] == '\0');
    cr_expect_eq(steelyard_describe(status, &call, NULL, 0), length);
}

Test(runtime, a_failed_call_is_described) {
    expect_sentence(STEELYARD_NULL_POINTER, (steelyard_call){.name = "x"}, "x is NULL");
    expect_sentence(STEELYARD_SIZE,
                    (steelyard_call){.name = "o",
                                     .integer = -2,
                                     .detail = "this extent, computed from the sizes, is below 0"},
                    "the extent of o is -2: this extent, computed from the sizes, is below 0");
    expect_sentence(STEELYARD_OVERFLOW, (steelyard_call){.name = "n"}, "n is too large");
    expect_sentence(STEELYARD_INDEX,
                    (steelyard_call){.name = "label", .position = 12, .integer = 7},
                    "label holds the index 7 at position 12, which is out of range");
    expect_sentence(STEELYARD_WEIGHT,
                    (steelyard_call){.name = "trust", .position = 3, .value = -0.5},
                    "trust holds the weight -0.5 at position 3, which is not 0 or more");
    expect_sentence(STEELYARD_WEIGHT, (steelyard_call){.name = "trust", .value = (double)INFINITY},
                    "trust holds the weight inf at position 0, which is not finite");
    expect_sentence(STEELYARD_WEIGHT,
                    (steelyard_call){.name = "times", .position = 1, .integer = -3},
                    "times holds the weight -3 at position 1, which is negative");
    expect_sentence(STEELYARD_MASK, (steelyard_call){.name = "keep", .position = 1, .integer = 255},
                    "keep holds the byte 255 at position 1, which is not 0 or 1");
    expect_sentence(
        STEELYARD_WORKSPACE,
        (steelyard_call){.integer = 4096, .detail = "bytes are needed, aligned to 64"},
        "the given memory is too small or not aligned to 64 bytes: 4096 bytes are needed, "
        "aligned to 64");
    expect_sentence(STEELYARD_STATE, (steelyard_call){.name = "state"},
                    "state: the state has not been initialised");
    expect_sentence(STEELYARD_FILE, (steelyard_call){.name = "a/b.state", .integer = 28},
                    "a/b.state: No space left on device");
    expect_sentence(STEELYARD_FORMAT,
                    (steelyard_call){.name = "b.state", .detail = "it is damaged"},
                    "b.state: it is damaged");
    for (int status = 0; status <= STEELYARD_FORMAT; status++)
        cr_expect_neq(steelyard_status(status), steelyard_status(-1));
    char text[100];
    steelyard_describe(99, NULL, text, sizeof text);
    cr_expect_str_eq(text, "not a status of Steelyard");
}
