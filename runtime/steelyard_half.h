/* Steelyard runtime: f16 and bf16 in memory (uint16_t) to and from f32. Rounded to nearest even,
 * once; a NaN becomes the one positive quiet NaN. Plain integer and float32 steps, so that every
 * target gives the same bits. */
#ifndef STEELYARD_HALF_H
#define STEELYARD_HALF_H
#include "steelyard_base.h"

SY_FN float sy_f32_from_f16(uint16_t half) {
    uint32_t magnitude = half & 0x7fffu;
    uint32_t sign = ((uint32_t)half & 0x8000u) << 16;
    /* Subnormal: 2^-24 times the fraction, exact. Normal: the exponent moves by 112; infinity and
     * NaN by 224. */
    uint32_t small = sy_bits_f32((float)(int32_t)magnitude * 0x1p-24f);
    uint32_t normal = (magnitude << 13) + 0x38000000u;
    uint32_t special = (magnitude << 13) | 0x7f800000u;
    uint32_t quiet = magnitude > 0x7c00u ? 0x7fc00000u : special;
    uint32_t bits = magnitude < 0x0400u ? small : magnitude < 0x7c00u ? normal : quiet;
    return sy_from_bits_f32(magnitude > 0x7c00u ? bits : bits | sign);
}

SY_FN uint16_t sy_f16_from_f32(float x) {
    uint32_t bits = sy_bits_f32(x);
    uint32_t magnitude = bits & 0x7fffffffu;
    uint32_t sign = (bits >> 16) & 0x8000u;
    /* Subnormal: at 0.5 the float32 grid is 2^-24, f16's least step, so the sum rounds to it. */
    uint32_t held = magnitude < 0x38800000u ? magnitude : 0;
    uint32_t small = sy_bits_f32(sy_from_bits_f32(held) + 0.5f) - 0x3f000000u;
    /* Normal: the exponent moves by 112; 13 bits go, to nearest even. A carry out of the fraction
     * is right as it is. */
    uint32_t normal = (magnitude - 0x38000000u + 0x0fffu + ((magnitude >> 13) & 1u)) >> 13;
    uint32_t half = magnitude < 0x38800000u ? small : normal;
    half = magnitude >= 0x477ff000u ? 0x7c00u : half;
    half |= sign;
    half = magnitude > 0x7f800000u ? 0x7e00u : half;
    return (uint16_t)half;
}

SY_FN float sy_f32_from_bf16(uint16_t half) {
    uint32_t magnitude = half & 0x7fffu;
    return sy_from_bits_f32(magnitude > 0x7f80u ? 0x7fc00000u : (uint32_t)half << 16);
}

SY_FN uint16_t sy_bf16_from_f32(float x) {
    uint32_t bits = sy_bits_f32(x);
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : rounded);
}
#endif
