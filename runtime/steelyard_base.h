/* Steelyard runtime: what every other part stands on: how functions are declared, where a fused
 * multiply-add is, and bits of floats. Refuses the compiler modes in which the same source gives
 * other bits. */
#ifndef STEELYARD_BASE_H
#define STEELYARD_BASE_H
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error                                                                                             \
    "Steelyard: compile without -ffast-math, -Ofast and -ffinite-math-only: they break NaN and the bits"
#endif
#if defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__)
#error "Steelyard: compile without -fassociative-math and -freciprocal-math: they change the bits"
#endif
#if defined(FLT_EVAL_METHOD) && (FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2)
#error "Steelyard: floats must be evaluated in their own precision (on x86: -msse2 -mfpmath=sse)"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF /* gcc needs -ffp-contract=off */
#elif defined(__GNUC__)
/* gcc joins two choices by the same mask to one branch, and then makes no vectors of the loop. */
#pragma GCC optimize("no-thread-jumps")
#endif

/* unused: a file that carries the runtime inside it does not call all of it. */
#if defined(__GNUC__)
#define SY_FN static inline __attribute__((unused, always_inline))
#define SY_FN_LARGE static inline __attribute__((unused))
#else
#define SY_FN static inline
#define SY_FN_LARGE static inline
#endif

#if defined(__GNUC__)
#define SY_UNUSED __attribute__((unused))
#else
#define SY_UNUSED
#endif

/* a * b + c, rounded once. The second profile, STEELYARD_NO_FMA, rounds twice: other bits than the
 * first one's, equally the same on every machine, and fast on those without the instruction (where
 * fma() is a call). */
#ifdef STEELYARD_NO_FMA
#define SY_FMA_F32(a, b, c) ((a) * (b) + (c))
#define SY_FMA_F64(a, b, c) ((a) * (b) + (c))
#else
#define SY_FMA_F32(a, b, c) fmaf((a), (b), (c))
#define SY_FMA_F64(a, b, c) fma((a), (b), (c))
#endif

SY_FN uint32_t sy_bits_f32(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

SY_FN uint64_t sy_bits_f64(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

SY_FN float sy_from_bits_f32(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

SY_FN double sy_from_bits_f64(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

SY_FN int32_t sy_signed_u32(uint32_t bits) {
    int32_t x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

SY_FN int64_t sy_signed_u64(uint64_t bits) {
    int64_t x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A NaN's sign and payload differ between compilers: outputs that must compare as bytes pass
 * through here. */
SY_FN float sy_canonical_f32(float x) {
    return x != x ? sy_from_bits_f32(0x7fc00000u) : x;
}

SY_FN double sy_canonical_f64(double x) {
    return x != x ? sy_from_bits_f64(0x7ff8000000000000u) : x;
}
#endif
