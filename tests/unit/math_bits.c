/* Prints one hash a function of the bits that it gives on fixed samples: builds by different
 * compilers, for different vector widths, must print the same. tests/unit/math_bits.sh makes and
 * compares them. SAMPLES a function. */
#include "steelyard.h"
#include "steelyard_tile.h"
#include <stdio.h>

#ifndef SAMPLES
#define SAMPLES 65536
#endif

static uint64_t hash_bytes(const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static float x32[SAMPLES], y32[SAMPLES], z32[SAMPLES];
static double x64[SAMPLES], y64[SAMPLES], z64[SAMPLES];
static uint16_t half[SAMPLES];
static int64_t whole[SAMPLES];

static void fill(void) {
    for (int64_t i = 0; i < SAMPLES; i++) {
        uint64_t word = sy_random_mix(sy_random_begin(99), i);
        double uniform = sy_uniform_f64(sy_random_mix(word, 1));
        x64[i] = i % 3 == 0   ? sy_from_bits_f64(word)
                 : i % 3 == 1 ? (uniform - 0.5) * 16
                              : (uniform - 0.5) * 1500;
        x32[i] = i % 3 == 0 ? sy_from_bits_f32((uint32_t)(word >> 32)) : (float)x64[i];
        y64[i] = (sy_uniform_f64(word) - 0.5) * 30;
        y32[i] = (float)y64[i];
        half[i] = (uint16_t)i;
        whole[i] = sy_signed_u64(word >> (word & 63));
    }
}

static void report(const char *name, const void *bytes, size_t count) {
    printf("%-16s %016llx\n", name, (unsigned long long)hash_bytes(bytes, count));
}

#define LOOP(name, out, value)                                                                     \
    for (int i = 0; i < SAMPLES; i++)                                                              \
        out[i] = value;                                                                            \
    report(name, out, sizeof out);
#define UNARY(f)                                                                                   \
    LOOP(#f "_f32", z32, sy_canonical_f32(sy_##f##_f32(x32[i])))                                   \
    LOOP(#f "_f64", z64, sy_canonical_f64(sy_##f##_f64(x64[i])))
#define BINARY(f)                                                                                  \
    LOOP(#f "_f32", z32, sy_canonical_f32(sy_##f##_f32(x32[i], y32[i])))                           \
    LOOP(#f "_f64", z64, sy_canonical_f64(sy_##f##_f64(x64[i], y64[i])))

/* clang-format off */
static void functions(void) {
    UNARY(exp) UNARY(log) UNARY(log1p) UNARY(expm1) UNARY(tanh) UNARY(sigmoid) UNARY(softplus)
    UNARY(sqrt) UNARY(rsqrt) UNARY(sin) UNARY(cos) UNARY(tan) UNARY(erf) UNARY(erfc)
    UNARY(lgamma) UNARY(digamma) UNARY(trigamma) UNARY(abs) UNARY(sign) UNARY(floor) UNARY(ceil) UNARY(round)
    LOOP("polygamma_f32", z32, sy_canonical_f32(sy_polygamma_f32((float)(2 + i % 20), x32[i])))
    LOOP("polygamma_f64", z64, sy_canonical_f64(sy_polygamma_f64(2 + i % 20, x64[i])))
    BINARY(pow) BINARY(min) BINARY(max) BINARY(idiv) BINARY(mod)
}
/* clang-format on */

static void numbers(void) {
    static int32_t narrow[SAMPLES];
    static int64_t wide[SAMPLES];
    LOOP("f16", half, sy_f16_from_f32(x32[i]))
    LOOP("f32_from_f16", z32, sy_f32_from_f16((uint16_t)i))
    LOOP("bf16", half, sy_bf16_from_f32(x32[i]))
    LOOP("f32_from_bf16", z32, sy_f32_from_bf16((uint16_t)i))
    LOOP("i32", narrow, sy_i32_from_f64(x64[i]))
    LOOP("i64", wide, sy_i64_from_f64(x64[i]))
    LOOP("idiv_i64", wide, sy_idiv_i64(whole[i], whole[SAMPLES - 1 - i]))
    LOOP("mod_i64", wide, sy_mod_i64(whole[i], whole[SAMPLES - 1 - i]))
    LOOP("uniform_f32", z32, sy_uniform_f32(sy_random_mix(5, i)))
    LOOP("uniform_f64", z64, sy_uniform_f64(sy_random_mix(5, i)))
    LOOP("normal_f32", z32, sy_normal_f32(sy_random_mix(5, i)))
    LOOP("normal_f64", z64, sy_normal_f64(sy_random_mix(5, i)))
}

/* Sums, products and places over blocks of lanes, as emitted code folds them. */
static void reductions(void) {
    enum {
        BLOCKS = SAMPLES / 1024
    };
    static float sums[BLOCKS];
    static double totals[BLOCKS];
    static int64_t places[BLOCKS];
    for (int block = 0; block < BLOCKS; block++) {
        float lanes[SY_LANES] = {0}, best[SY_LANES] = {0};
        double wide[SY_LANES] = {0};
        int64_t at[SY_LANES];
        for (int lane = 0; lane < SY_LANES; lane++)
            at[lane] = -1;
        for (int i = block * 1024; i < (block + 1) * 1024; i += SY_LANES)
            for (int lane = 0; lane < SY_LANES; lane++) {
                lanes[lane] += y32[i + lane];
                wide[lane] += y64[i + lane];
                sy_take_argmax_f32(&best[lane], &at[lane], x32[i + lane], i + lane);
            }
        sums[block] = sy_tree_sum_f32(lanes);
        totals[block] = sy_tree_sum_f64(wide);
        places[block] = sy_tree_argmax_f32(best, at);
    }
    report("tree_sum_f32", sums, sizeof sums);
    report("tree_sum_f64", totals, sizeof totals);
    report("argmax_f32", places, sizeof places);
    totals[0] = sy_tree_sum_blocks(totals, BLOCKS);
    report("sum_blocks", totals, sizeof totals[0]);
}

/* Products of matrices by panels. */
static void products(void) {
    enum {
        STEPS = 64,
        MOST = 96
    };
    static float sums[30 * MOST];
    static double wide[30 * MOST], sums64[30 * MOST];
    for (sy_lies lie = SY_BY_ROWS; lie <= SY_BY_GROUPS; ++lie) {
        sy_panels_f32(29, 90, STEPS, y32, lie, STEPS, y32 + 7, STEPS * 16, false, sums, MOST);
        sy_panels_f32_wide(29, 90, STEPS, y32, lie, STEPS, y32 + 7, STEPS * 16, false, wide, MOST);
        sy_panels_f32_wide(29, 90, 50, y32 + 3, lie, STEPS, y32, STEPS * 16, true, wide, MOST);
        sy_panels_f64(29, 90, STEPS, y64, lie, STEPS, y64 + 7, STEPS * 8, false, sums64, MOST);
        report("panels_f32", sums, sizeof sums);
        report("panels_f32_wide", wide, sizeof wide);
        report("panels_f64", sums64, sizeof sums64);
    }
}

int main(void) {
    fill();
    functions();
    numbers();
    reductions();
    products();
    return 0;
}
