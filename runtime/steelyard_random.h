/* Steelyard runtime: random numbers that are a pure function of a key and indices. A state is made
 * of the key, mixed with one index after another, then finished:
 *
 *     uint64_t row = sy_random_mix(sy_random_begin(key), i);
 *     float u = sy_uniform_f32(sy_random_mix(row, j));
 *
 * Each step is a bijection of 64 bits for a given index: a sum with a multiple of an odd constant,
 * then two rounds of xor-shift and multiply (SplitMix64's output function: Steele, Lea and Flood
 * 2014, with Stafford's constants). Along the last index this is that generator, from a start that
 * the key and the other indices choose. */
#ifndef STEELYARD_RANDOM_H
#define STEELYARD_RANDOM_H
#include "steelyard_trig.h"

SY_FN uint64_t sy_random_scramble(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

SY_FN uint64_t sy_random_mix(uint64_t state, int64_t index) {
    return sy_random_scramble(state + ((uint64_t)index + 1u) * UINT64_C(0x9e3779b97f4a7c15));
}

SY_FN uint64_t sy_random_begin(int64_t key) {
    return sy_random_mix(UINT64_C(0x243f6a8885a308d3), key); /* the first bits of pi's fraction */
}

/* A number for a name: FNV-1a of its bytes, scrambled. */
SY_FN_LARGE uint64_t sy_random_name(const char *name) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *at = name; *at != '\0'; at++)
        hash = (hash ^ (uint64_t)(unsigned char)*at) * UINT64_C(0x100000001b3);
    return sy_random_scramble(hash);
}

/* The key of a parameter's initial values. */
SY_FN_LARGE int64_t sy_random_key(int64_t seed, const char *name) {
    return sy_signed_u64(sy_random_mix(sy_random_begin(seed), sy_signed_u64(sy_random_name(name))));
}

/* In [0, 1): multiples of 2^-24 and of 2^-53. */
SY_FN float sy_uniform_f32(uint64_t state) {
    return (float)(int32_t)(uint32_t)(state >> 40) * 0x1p-24f;
}

SY_FN double sy_uniform_f64(uint64_t state) {
    return (double)sy_signed_u64(state >> 11) * 0x1p-53;
}

/* Box and Muller: a radius from one word, an angle from another, neither of them the one that
 * uniform shows. The radius is of a number in (0, 1), so the logarithm is finite; it reaches 8.6 in
 * f64 and 6.7 in f32. */
SY_FN double sy_normal_f64(uint64_t state) {
    uint64_t first = sy_random_scramble(state ^ UINT64_C(0x13198a2e03707344));
    uint64_t second = sy_random_scramble(state ^ UINT64_C(0xa4093822299f31d0));
    double radius = ((double)sy_signed_u64(first >> 12) + 0.5) * 0x1p-52;
    double turns = (double)sy_signed_u64(second >> 11) * 0x1p-53;
    return sqrt(-2.0 * sy_log_f64(radius)) * sy_cos_turns_f64(turns);
}

/* Both numbers from the halves of one word. */
SY_FN float sy_normal_f32(uint64_t state) {
    uint64_t word = sy_random_scramble(state ^ UINT64_C(0x13198a2e03707344));
    double radius = (sy_whole_f64(word >> 32) + 0.5) * 0x1p-32;
    double turns = sy_whole_f64(word & 0xffffffffu) * 0x1p-32;
    sy_log_parts parts = sy_log_split(radius);
    float square = (float)(-2.0 * sy_log_short(parts.f, parts.k));
    return sqrtf(square) * (float)sy_cos_turns_short(turns);
}
#endif
