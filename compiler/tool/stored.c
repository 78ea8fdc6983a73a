/* Single numbers between double and the types that arrays are stored in. */
#include "tool/npy.h"
#include <math.h>
#include <string.h>

size_t scalar_size(Scalar type) {
    switch (type) {
    case SCALAR_BOOL: return 1;
    case SCALAR_F16:
    case SCALAR_BF16: return 2;
    case SCALAR_I32:
    case SCALAR_F32: return 4;
    case SCALAR_I64:
    case SCALAR_F64: return 8;
    }
    bug("scalar_size: type %d", (int)type);
}

/* The nearest 16-bit float, ties to even: `bits` of fraction, exponents offset by bias. What rounds
 * past the largest is infinite. The fraction may carry into the exponent: that is the next number,
 * as it should be. */
static uint16_t small_float(double number, int bits, int bias) {
    uint16_t sign = signbit(number) ? 0x8000 : 0;
    uint16_t infinite = (uint16_t)(((2 * bias + 1) << bits));
    double size = fabs(number);
    if (isnan(number)) return (uint16_t)(infinite | 1u << (bits - 1));
    if (isinf(number)) return sign | infinite;
    if (size == 0) return sign;
    int exponent;
    frexp(size, &exponent);
    exponent--;                                   /* 1 <= size / 2^exponent < 2 */
    if (exponent < 1 - bias) exponent = 1 - bias; /* below: denormal, the leading 1 is missing */
    if (exponent > bias) return sign | infinite;
    uint32_t steps = (uint32_t)nearbyint(ldexp(size, bits - exponent));
    uint32_t whole = ((uint32_t)(exponent + bias - 1) << bits) + steps;
    return sign | (uint16_t)(whole > infinite ? infinite : whole);
}

static double small_float_value(uint16_t stored, int bits, int bias) {
    int exponent = (stored & 0x7fff) >> bits;
    double fraction = stored & ((1 << bits) - 1);
    double size;
    if (exponent == 2 * bias + 1)
        size = fraction > 0 ? NAN : INFINITY;
    else if (exponent == 0)
        size = ldexp(fraction, 1 - bias - bits);
    else
        size = ldexp(fraction + (1 << bits), exponent - bias - bits);
    return stored & 0x8000 ? -size : size;
}

double scalar_load(Scalar type, const void *in) {
    uint16_t small;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    switch (type) {
    case SCALAR_BOOL: return *(const unsigned char *)in;
    case SCALAR_F16: return memcpy(&small, in, 2), small_float_value(small, 10, 15);
    case SCALAR_BF16: return memcpy(&small, in, 2), small_float_value(small, 7, 127);
    case SCALAR_I32: return memcpy(&i32, in, 4), i32;
    case SCALAR_I64: return memcpy(&i64, in, 8), (double)i64;
    case SCALAR_F32: return memcpy(&f32, in, 4), f32;
    case SCALAR_F64: return memcpy(&f64, in, 8), f64;
    }
    bug("scalar_load: type %d", (int)type);
}

bool scalar_store_integer(Arena *arena, Scalar type, int64_t number, void *out,
                          const char **reason) {
    switch (type) {
    case SCALAR_BOOL:
        if (number == 0 || number == 1) return *(unsigned char *)out = (unsigned char)number, true;
        *reason = arena_format(arena, "%lld is no bool: 0 and 1 are", (long long)number);
        return false;
    case SCALAR_I32:
        if (number == (int32_t)number) return memcpy(out, &(int32_t){(int32_t)number}, 4), true;
        *reason = arena_format(arena, "%lld does not fit i32", (long long)number);
        return false;
    case SCALAR_I64: return memcpy(out, &number, 8), true;
    case SCALAR_F32: return memcpy(out, &(float){(float)number}, 4), true;
    default: return scalar_store(arena, type, (double)number, out, reason);
    }
}

static bool store_float(Arena *arena, Scalar type, double number, void *out, const char **reason) {
    float f32 = (float)number;
    uint16_t small = 0;
    bool lost = false;
    if (type == SCALAR_F32) {
        memcpy(out, &f32, 4);
        lost = isinf(f32);
    } else if (type == SCALAR_F64) {
        memcpy(out, &number, 8);
    } else {
        bool half = type == SCALAR_F16;
        small = half ? small_float(number, 10, 15) : small_float(number, 7, 127);
        memcpy(out, &small, 2);
        lost = (small & 0x7fff) == (half ? 0x7c00 : 0x7f80);
    }
    if (!lost || isinf(number)) return true;
    *reason = arena_format(arena, "%g is too large for %s", number, scalar_text(type));
    return false;
}

bool scalar_store(Arena *arena, Scalar type, double number, void *out, const char **reason) {
    if (scalar_is_float(type)) return store_float(arena, type, number, out, reason);
    bool fits = number >= -9223372036854775808.0 && number < 9223372036854775808.0;
    if (fits && number == floor(number))
        return scalar_store_integer(arena, type, (int64_t)number, out, reason);
    *reason = fits ? arena_format(arena, "%.17g is not whole, and %s is wanted", number,
                                  scalar_text(type))
                   : arena_format(arena, "%g does not fit %s", number, scalar_text(type));
    return false;
}
