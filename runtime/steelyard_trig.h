/* Steelyard runtime: sin, cos, tan, right for every finite argument, without branches.
 *
 * |x| = M 2^E with a whole M. Of 2/pi only the bits that matter modulo 4 are taken from a table,
 * and multiplied by M in integers: the top two bits of the product are the quadrant, the rest the
 * angle, to far more bits than any argument can cancel (Payne and Hanek 1983). f32 needs so few of
 * them that floats of f64 hold them. */
#ifndef STEELYARD_TRIG_H
#define STEELYARD_TRIG_H
#include "steelyard_math.h"

/* The bits of 2/pi behind 64 zeros: bit p of the table, from the left, weighs 2^(63 - p). */
static const uint32_t sy_two_over_pi[40] SY_UNUSED = {
    0x00000000u, 0x00000000u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u,
    0x3c439041u, 0xfe5163abu, 0xdebbc561u, 0xb7246e3au, 0x424dd2e0u, 0x06492eeau, 0x09d1921cu,
    0xfe1deb1cu, 0xb129a73eu, 0xe88235f5u, 0x2ebb4484u, 0xe99c7026u, 0xb45f7e41u, 0x3991d639u,
    0x835339f4u, 0x9c845f8bu, 0xbdf9283bu, 0x1ff897ffu, 0xde05980fu, 0xef2f118bu, 0x5a0a6d1fu,
    0x6d367ecfu, 0x27cb09b7u, 0x4f463f66u, 0x9e5fea2du, 0x7527bac7u, 0xebe5f17bu, 0x3d0739f7u,
    0x8a5292eau, 0x6bfb5fb1u, 0x1f8d5d08u, 0x56033046u, 0xfc7b6babu};

typedef struct sy_turn {
    sy_pair angle;     /* in -pi/4 .. pi/4 */
    uint64_t quadrant; /* modulo 4: |x| = quadrant pi/2 + angle */
} sy_turn;

/* 32 bits of the table from bit p on. */
SY_FN uint64_t sy_two_over_pi_bits(uint64_t p) {
    uint64_t pair = (uint64_t)sy_two_over_pi[p >> 5] << 32 | sy_two_over_pi[(p >> 5) + 1];
    return (pair >> (32u - (p & 31u))) & 0xffffffffu;
}

/* A whole number below 2^32 as a float. */
SY_FN double sy_whole_f64(uint64_t word) {
    return sy_from_bits_f64(word | 0x4330000000000000u) - 0x1p52;
}

/* The angle of a fraction of a quadrant: top (a multiple of 2^-62, as a wrapped integer) and two
 * lower words. */
SY_FN sy_pair sy_turn_angle(uint64_t top, uint64_t low_high, uint64_t low_low) {
    uint64_t moved = top + 0x8000000000000000u;
    double first = (sy_whole_f64(moved >> 32) - 0x1p31) * 0x1p-30;
    double second = sy_whole_f64(moved & 0xffffffffu) * 0x1p-62;
    double third = sy_whole_f64(low_high) * 0x1p-94 + sy_whole_f64(low_low) * 0x1p-126;
    sy_pair upper = sy_two_sum(first, second);
    sy_pair part = sy_two_sum(upper.hi, upper.lo + third);
    sy_pair half_pi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};
    return sy_pair_product(part, half_pi);
}

SY_FN sy_turn sy_turn_f64(double x) {
    double size = fabs(x);
    uint64_t bits = sy_bits_f64(size);
    uint64_t exponent = bits >> 52; /* E = exponent - 1075 */
    uint64_t m = (bits & 0x000fffffffffffffu) | 0x0010000000000000u;
    uint64_t m0 = m & 0xffffffffu, m1 = m >> 32;
    uint64_t start = exponent < 1013u ? 0u : exponent - 1013u; /* 62 + E */
    uint64_t w0 = sy_two_over_pi_bits(start), w1 = sy_two_over_pi_bits(start + 32u);
    uint64_t w2 = sy_two_over_pi_bits(start + 64u), w3 = sy_two_over_pi_bits(start + 96u);
    uint64_t w4 = sy_two_over_pi_bits(start + 128u), w5 = sy_two_over_pi_bits(start + 160u);
    uint64_t low = 0xffffffffu;
    uint64_t a1 = m0 * w1, a2 = m0 * w2, a3 = m0 * w3, a4 = m0 * w4;
    uint64_t b1 = m1 * w1, b2 = m1 * w2, b3 = m1 * w3, b4 = m1 * w4, b5 = m1 * w5;
    /* column i weighs 2^(1 - 31 - 32 i); what is left of column 0 are multiples of four quadrants
     */
    uint64_t c4 = (a4 & low) + ((m0 * w5) >> 32) + (b5 & low);
    uint64_t c3 = (a3 & low) + (a4 >> 32) + (b4 & low) + (b5 >> 32) + (c4 >> 32);
    uint64_t c2 = (a2 & low) + (a3 >> 32) + (b3 & low) + (b4 >> 32) + (c3 >> 32);
    uint64_t c1 = (a1 & low) + (a2 >> 32) + (b2 & low) + (b3 >> 32) + (c2 >> 32);
    uint64_t c0 = m0 * w0 + (a1 >> 32) + b1 + (b2 >> 32) + (c1 >> 32);
    uint64_t whole = c0 << 32 | (c1 & low);
    uint64_t quadrant = (whole + 0x2000000000000000u) >> 62;
    sy_turn turn;
    bool small = size <= 0x1.921fb54442d18p-1;
    sy_pair angle = sy_turn_angle(whole - (quadrant << 62), c2 & low, c3 & low);
    turn.angle.hi = small ? size : angle.hi;
    turn.angle.lo = small ? 0.0 : angle.lo;
    turn.quadrant = small ? 0u : quadrant;
    return turn;
}

/* For |angle| <= pi/4. */
SY_FN sy_pair sy_sin_pair(sy_pair angle) {
    double r = angle.hi;
    double z = r * r;
    double p = 0x1.5d90dc9947598p-33; /* sin_f64 */
    p = SY_FMA_F64(p, z, -0x1.ae5e5ff92627bp-26);
    p = SY_FMA_F64(p, z, 0x1.71de35718e37fp-19);
    p = SY_FMA_F64(p, z, -0x1.a01a019c0d57fp-13);
    p = SY_FMA_F64(p, z, 0x1.111111110f87ap-7);
    p = SY_FMA_F64(p, z, -0x1.5555555555549p-3);
    return sy_quick_sum(r, SY_FMA_F64(z * r, p, SY_FMA_F64(-0.5 * z, angle.lo, angle.lo)));
}

SY_FN sy_pair sy_cos_pair(sy_pair angle) {
    double r = angle.hi;
    sy_pair square = sy_two_product(r, r);
    double z = square.hi;
    double p = -0x1.8fa4dd2ba9f31p-37; /* cos_f64 */
    p = SY_FMA_F64(p, z, 0x1.1ee9dc563921p-29);
    p = SY_FMA_F64(p, z, -0x1.27e4f7f8dabaep-22);
    p = SY_FMA_F64(p, z, 0x1.a01a019ca440fp-16);
    p = SY_FMA_F64(p, z, -0x1.6c16c16c1517dp-10);
    p = SY_FMA_F64(p, z, 0x1.555555555554cp-5);
    sy_pair one = sy_quick_sum(1.0, -0.5 * z);
    double rest = SY_FMA_F64(-r, angle.lo, -0.5 * square.lo);
    return sy_quick_sum(one.hi, one.lo + SY_FMA_F64(z * z, p, rest));
}

SY_FN double sy_negated_f64(double x, uint64_t negate) { /* negate: 0 or 1 */
    return sy_from_bits_f64(sy_bits_f64(x) ^ (negate << 63));
}

SY_FN double sy_sin_f64(double x) { /* 0.8 ulp */
    sy_turn turn = sy_turn_f64(x);
    double sine = sy_sin_pair(turn.angle).hi, cosine = sy_cos_pair(turn.angle).hi;
    double chosen = (turn.quadrant & 1u) != 0 ? cosine : sine;
    double result = sy_negated_f64(chosen, (turn.quadrant >> 1) ^ (sy_bits_f64(x) >> 63));
    return fabs(x) <= DBL_MAX ? result : (double)NAN;
}

SY_FN double sy_cos_f64(double x) { /* 0.8 ulp */
    sy_turn turn = sy_turn_f64(x);
    double sine = sy_sin_pair(turn.angle).hi, cosine = sy_cos_pair(turn.angle).hi;
    double chosen = (turn.quadrant & 1u) != 0 ? sine : cosine;
    double result = sy_negated_f64(chosen, ((turn.quadrant + 1u) >> 1) & 1u);
    return fabs(x) <= DBL_MAX ? result : (double)NAN;
}

SY_FN double sy_tan_f64(double x) { /* 0.9 ulp */
    sy_turn turn = sy_turn_f64(x);
    sy_pair sine = sy_sin_pair(turn.angle), cosine = sy_cos_pair(turn.angle);
    bool turned = (turn.quadrant & 1u) != 0;
    sy_pair above = {turned ? cosine.hi : sine.hi, turned ? cosine.lo : sine.lo};
    sy_pair below = {turned ? sine.hi : cosine.hi, turned ? sine.lo : cosine.lo};
    double quotient = sy_pair_quotient(above, below).hi;
    double kept = x == 0.0 ? 0.0 : quotient;
    double result = sy_negated_f64(kept, (turn.quadrant & 1u) ^ (sy_bits_f64(x) >> 63));
    return fabs(x) <= DBL_MAX ? result : (double)NAN;
}

/* --- f32, in half turns: x / pi = whole + part, sin(x) = (-1)^whole sin(pi part) --- */

/* 1 / pi and from row 20 on 2^(8 (i - 19)) / pi without the multiples of 1/2, as sums of two. */
#define SY_OVER_PI                                                                                 \
    { 0x1.45f306dc9c883p-2, -0x1.6b01ec5417056p-56 }
static const double sy_over_pi[32][2] SY_UNUSED = {SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   SY_OVER_PI,
                                                   {-0x1.9f246c6efab58p-7, -0x1.ec54170565912p-64},
                                                   {-0x1.f246c6efab581p-3, 0x1.3abe8fa9a6eep-60},
                                                   {0x1.b9391054a7f0ap-3, -0x1.505c1596447e5p-58},
                                                   {0x1.391054a7f09d6p-3, -0x1.70565911f924fp-60},
                                                   {0x1.1054a7f09d5f4p-3, 0x1.f534ddc0db629p-57},
                                                   {0x1.529fc2757d1f5p-5, 0x1.a6ee06db14acdp-60},
                                                   {0x1.4fe13abe8fa9ap-4, 0x1.bb81b6c52b328p-58},
                                                   {-0x1.ec54170565912p-8, 0x1.b6c52b3278872p-66},
                                                   {0x1.3abe8fa9a6eep-4, 0x1.b6c52b3278872p-58},
                                                   {0x1.5f47d4d377037p-3, -0x1.3ad4cd8778df8p-58},
                                                   {-0x1.70565911f924fp-4, 0x1.2b3278872084p-58},
                                                   {-0x1.596447e493ad5p-6, 0x1.93c439041fe51p-61}};

typedef struct sy_half_turns {
    double size;      /* what is to be multiplied */
    double high, low; /* by this sum; whole numbers of turns are left out */
} sy_half_turns;

/* From 2^33 on |x| = size 2^(8 i), with a size in 2^25 .. 2^33 that is a multiple of 4: so many
 * multiples of 1/2 as its factor may lack are whole turns. Infinities and NaN give some number. */
SY_FN sy_half_turns sy_half_turns_f32(float x) {
    uint32_t bits = sy_bits_f32(fabsf(x));
    bool large = bits >= 0x50000000u; /* 2^33 */
    uint32_t row = bits >> 26;
    uint32_t size = large ? (bits & 0x03ffffffu) | 0x4c000000u : bits;
    sy_half_turns turns;
    turns.size = (double)sy_from_bits_f32(size);
    turns.high = sy_over_pi[row][0];
    turns.low = sy_over_pi[row][1];
    return turns;
}

/* size (high + low) - whole, for a whole that is near. */
SY_FN double sy_half_turns_rest(sy_half_turns turns, double whole) {
#ifdef STEELYARD_NO_FMA
    sy_pair product = sy_two_product(turns.size, turns.high);
    double rest = (product.hi - whole) + product.lo;
#else
    double rest = SY_FMA_F64(turns.size, turns.high, -whole);
#endif
    return SY_FMA_F64(turns.size, turns.low, rest);
}

/* sin(pi x) to 2^-35 relative, for |x| <= 1/2. */
SY_FN double sy_sin_half_turn(double x) {
    double z = x * x;
    double square = z * z;
    double odd = -0x1.cc341f0a0362p-8; /* sin_turns */
    double even = 0x1.500ff5ce59346p-4;
    odd = SY_FMA_F64(odd, square, -0x1.32d111f3f5c44p-1);
    even = SY_FMA_F64(even, square, 0x1.466bbfc20815ep+1);
    odd = SY_FMA_F64(odd, square, -0x1.4abbce4f192a9p+2);
    even = SY_FMA_F64(even, square, 0x1.921fb5441e477p+1);
    double p = SY_FMA_F64(odd, z, even);
    return p * x;
}

/* sin |x| and cos x: their lowest bits tell how often the sign turns. */
SY_FN double sy_sin_turned(sy_half_turns turns) {
    double shifted = SY_FMA_F64(turns.size, turns.high, SY_SHIFT_F64);
    double rest = sy_half_turns_rest(turns, shifted - SY_SHIFT_F64);
    return sy_negated_f64(sy_sin_half_turn(rest), sy_bits_f64(shifted) & 1u);
}

/* cos(x) = (-1)^whole sin(pi (1/2 + whole - x / pi)). */
SY_FN double sy_cos_turned(sy_half_turns turns) {
    double shifted = SY_FMA_F64(turns.size, turns.high, -0.5) + SY_SHIFT_F64;
    double rest = -sy_half_turns_rest(turns, (shifted - SY_SHIFT_F64) + 0.5);
    return sy_negated_f64(sy_sin_half_turn(rest), sy_bits_f64(shifted) & 1u);
}

SY_FN float sy_sin_f32(float x) { /* 0.501 ulp */
    float sine = (float)sy_sin_turned(sy_half_turns_f32(x));
    float result = sy_from_bits_f32(sy_bits_f32(sine) ^ (sy_bits_f32(x) & 0x80000000u));
    return fabsf(x) <= FLT_MAX ? result : NAN;
}

SY_FN float sy_cos_f32(float x) { /* 0.501 ulp */
    float cosine = (float)sy_cos_turned(sy_half_turns_f32(x));
    return fabsf(x) <= FLT_MAX ? cosine : NAN;
}

SY_FN float sy_tan_f32(float x) { /* 0.501 ulp */
    sy_half_turns turns = sy_half_turns_f32(x);
    float tangent = (float)(sy_sin_turned(turns) / sy_cos_turned(turns));
    float result = sy_from_bits_f32(sy_bits_f32(tangent) ^ (sy_bits_f32(x) & 0x80000000u));
    return fabsf(x) <= FLT_MAX ? result : NAN;
}

/* cos(2 pi x) for x in [0, 1), within an ulp or so: the reduction is exact. */
SY_FN double sy_cos_turns_f64(double x) {
    double shifted = 4.0 * x + SY_SHIFT_F64;
    uint64_t quadrant = sy_bits_f64(shifted) & 3u;
    sy_pair part = {4.0 * x - (shifted - SY_SHIFT_F64), 0.0};
    sy_pair half_pi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};
    sy_pair angle = sy_pair_product(part, half_pi);
    double sine = sy_sin_pair(angle).hi, cosine = sy_cos_pair(angle).hi;
    return sy_negated_f64((quadrant & 1u) != 0 ? sine : cosine, ((quadrant + 1u) >> 1) & 1u);
}

/* The same to 2^-35. */
SY_FN double sy_cos_turns_short(double x) {
    sy_half_turns turns = {x, 2.0, 0.0};
    return sy_cos_turned(turns);
}
#endif
