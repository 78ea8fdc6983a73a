/* Steelyard runtime: the checks that a function makes on entry. A scan returns the first bad
 * position, or SIZE_MAX where all is well; it reads in chunks without a branch per element, and
 * looks closer only in a bad one. */
#ifndef STEELYARD_CHECK_H
#define STEELYARD_CHECK_H
#include "steelyard_share.h"

/* Notes that a check failed: for any number of threads at once. */
SY_FN void sy_mark(unsigned char *wrong) {
#ifdef _OPENMP
#pragma omp atomic write
#endif
    *wrong = 1;
}

#define SY_CHECK_CHUNK 1024
#define SY_CHECK_ALONE (1 << 16) /* elements that one thread looks at; threads share more */

/* Defines sy_check_part_NAME, a scan over p[from .. to - 1], and sy_check_all_NAME, over
 * p[0 .. count - 1]; BAD is an expression of x, one element, and of extent and none, which not all
 * scans need. FOUND has as many bytes as TYPE. Threads say whether something is bad; what is first,
 * one of them finds. */
#define SY_DEFINE_CHECK(NAME, TYPE, FOUND, BAD)                                                    \
    SY_FN_LARGE size_t sy_check_part_##NAME(const TYPE *p, size_t from, size_t to, int64_t extent, \
                                            int64_t none) {                                        \
        (void)extent, (void)none;                                                                  \
        for (size_t start = from; start < to; start += SY_CHECK_CHUNK) {                           \
            const size_t end = to - start < SY_CHECK_CHUNK ? to : start + SY_CHECK_CHUNK;          \
            FOUND found = 0;                                                                       \
            for (size_t i = start; i < end; i++) {                                                 \
                const TYPE x = p[i];                                                               \
                found = (FOUND)(found | (FOUND)(BAD));                                             \
            }                                                                                      \
            if (!found) continue;                                                                  \
            for (size_t i = start; i < end; i++) {                                                 \
                const TYPE x = p[i];                                                               \
                if (BAD) return i;                                                                 \
            }                                                                                      \
        }                                                                                          \
        return SIZE_MAX;                                                                           \
    }                                                                                              \
    SY_FN_LARGE size_t sy_check_all_##NAME(const TYPE *p, size_t count, int64_t extent,            \
                                           int64_t none) {                                         \
        if (count <= SY_CHECK_ALONE) return sy_check_part_##NAME(p, 0, count, extent, none);       \
        unsigned char wrong = 0;                                                                   \
        SY_CHECK_SHARED                                                                            \
        if (sy_check_part_##NAME(p, (size_t)sy_share_from((int64_t)count, SY_CHECK_CHUNK),         \
                                 (size_t)sy_share_to((int64_t)count, SY_CHECK_CHUNK), extent,      \
                                 none) != SIZE_MAX)                                                \
            sy_mark(&wrong);                                                                       \
        return wrong ? sy_check_part_##NAME(p, 0, count, extent, none) : SIZE_MAX;                 \
    }

#ifdef _OPENMP
#define SY_CHECK_SHARED _Pragma("omp parallel")
#else
#define SY_CHECK_SHARED
#endif

/* By the signs of x and of what is left up to the extent: vectors of some processors cannot compare
 * unsigned numbers. */
SY_DEFINE_CHECK(index, int64_t, uint64_t,
                ((uint64_t)x | ((uint64_t)extent - 1 - (uint64_t)x)) >> 63)
SY_DEFINE_CHECK(index_or_none, int64_t, uint64_t, ((x < 0) | (x >= extent)) & (x != none))

/* 0 <= x < extent, or x is the number that stands for "none". */
SY_FN_LARGE size_t sy_check_index_i64(const int64_t *p, size_t count, int64_t extent, bool has_none,
                                      int64_t none) {
    return has_none ? sy_check_all_index_or_none(p, count, extent, none)
                    : sy_check_all_index(p, count, extent, none);
}

#define SY_DEFINE_PLAIN_CHECK(NAME, TYPE, FOUND, BAD)                                              \
    SY_DEFINE_CHECK(NAME, TYPE, FOUND, BAD)                                                        \
    SY_FN_LARGE size_t sy_check_##NAME(const TYPE *p, size_t count) {                              \
        return sy_check_all_##NAME(p, count, 0, 0);                                                \
    }

/* Finite and not negative (-0 passes). */
SY_DEFINE_PLAIN_CHECK(weight_f32, float, uint32_t, !((x >= 0.0f) & (x <= FLT_MAX)))
SY_DEFINE_PLAIN_CHECK(weight_f64, double, uint64_t, !((x >= 0.0) & (x <= DBL_MAX)))
SY_DEFINE_PLAIN_CHECK(weight_f16, uint16_t, uint16_t, (x >= 0x7c00) & (x != 0x8000))
SY_DEFINE_PLAIN_CHECK(weight_bf16, uint16_t, uint16_t, (x >= 0x7f80) & (x != 0x8000))
SY_DEFINE_PLAIN_CHECK(weight_i32, int32_t, uint32_t, x < 0)
SY_DEFINE_PLAIN_CHECK(weight_i64, int64_t, uint64_t, x < 0)

/* 0 or 1. */
SY_DEFINE_PLAIN_CHECK(mask, unsigned char, unsigned char, x > 1)

/* The same of one element, for loops that look at each as they use it. */
SY_FN int sy_bad_weight_f32(float x) {
    return !((x >= 0.0f) & (x <= FLT_MAX));
}

SY_FN int sy_bad_weight_f64(double x) {
    return !((x >= 0.0) & (x <= DBL_MAX));
}

SY_FN int sy_bad_weight_f16(uint16_t x) {
    return (x >= 0x7c00) & (x != 0x8000);
}

SY_FN int sy_bad_weight_bf16(uint16_t x) {
    return (x >= 0x7f80) & (x != 0x8000);
}

SY_FN int sy_bad_weight_i32(int32_t x) {
    return x < 0;
}

SY_FN int sy_bad_weight_i64(int64_t x) {
    return x < 0;
}

/* Notes that one of the lanes found something. */
SY_FN void sy_mark_bad(const int lanes[32], unsigned char *wrong) {
    int bad = 0;
    for (int i = 0; i < 32; i++)
        bad |= lanes[i];
    if (bad) sy_mark(wrong);
}

/* The lanes hold all bits of the elements of masks: neither 0 nor 1 was one that has another bit
 * than the lowest. */
SY_FN void sy_mark_bad_masks(const unsigned char lanes[32], unsigned char *wrong) {
    int bits = 0;
    for (int i = 0; i < 32; i++)
        bits |= lanes[i];
    if (bits > 1) sy_mark(wrong);
}

/* *product = a * b; false (and *product 0) where it does not fit. Chain: ok = a && b. */
SY_FN bool sy_size_product(size_t a, size_t b, size_t *product) {
    bool fits = b == 0 || a <= SIZE_MAX / b;
    *product = fits ? a * b : 0;
    return fits;
}

SY_FN bool sy_size_sum(size_t a, size_t b, size_t *sum) {
    bool fits = a <= SIZE_MAX - b;
    *sum = fits ? a + b : 0;
    return fits;
}

/* Bytes of an array as a share of a workspace: count * size, rounded up to 64. False where it does
 * not fit. */
SY_FN bool sy_size_bytes(size_t count, size_t size, size_t *bytes) {
    size_t exact;
    if (!sy_size_product(count, size, &exact) || exact > SIZE_MAX - 63) {
        *bytes = 0;
        return false;
    }
    *bytes = (exact + 63) & ~(size_t)63;
    return true;
}

/* A run-time size as an index (i64): false above 2^48, so that the arithmetic of indices cannot
 * overflow. */
SY_FN bool sy_size_fits(size_t size) {
    return (uint64_t)size <= (uint64_t)1 << 48;
}

/* Arithmetic of computed extents; each is false, and *result 0, where it overflows. */
SY_FN bool sy_extent_add(int64_t a, int64_t b, int64_t *result) {
    bool fits = b >= 0 ? a <= INT64_MAX - b : a >= INT64_MIN - b;
    *result = fits ? a + b : 0;
    return fits;
}

SY_FN bool sy_extent_sub(int64_t a, int64_t b, int64_t *result) {
    bool fits = b >= 0 ? a >= INT64_MIN + b : a <= INT64_MAX + b;
    *result = fits ? a - b : 0;
    return fits;
}

SY_FN bool sy_extent_mul(int64_t a, int64_t b, int64_t *result) {
    uint64_t left = a < 0 ? 0u - (uint64_t)a : (uint64_t)a;
    uint64_t right = b < 0 ? 0u - (uint64_t)b : (uint64_t)b;
    bool fits = right == 0 || left <= (uint64_t)INT64_MAX / right;
    *result = fits ? a * b : 0;
    return fits;
}

SY_FN bool sy_workspace_fits(const void *workspace, size_t given, size_t needed) {
    return needed == 0 ||
           (workspace != NULL && given >= needed && ((uintptr_t)workspace & 63u) == 0);
}
#endif
