/* Numbers and strings as C literals. In: a value; out: the shortest text that reads back as exactly
 * that value and type, so that -Wconversion has nothing to say. */
#include "emit/writer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fewest digits that read back as the same bits: "d.ddde[+-]xx" in `text`. */
static void shortest(CType type, double number, char *text, size_t size) {
    int most = type == C_F32 ? 9 : 17;
    for (int digits = 1; digits <= most; ++digits) {
        snprintf(text, size, "%.*e", digits - 1, number);
        bool is_same =
            type == C_F32 ? strtof(text, NULL) == (float)number : strtod(text, NULL) == number;
        if (is_same) return;
    }
}

const char *literal_float(Arena *arena, CType type, double number) {
    if (type == C_F32) number = (float)number;
    if (isnan(number)) return "NAN";
    if (isinf(number)) return number > 0 ? "INFINITY" : "-INFINITY";
    const char *suffix = type == C_F32 ? "f" : "", *sign = signbit(number) ? "-" : "";
    char text[40], digits[24], decimal[64];
    shortest(type, fabs(number), text, sizeof text);
    int exponent = atoi(strchr(text, 'e') + 1), count = 0;
    for (const char *p = text; *p != 'e'; ++p) {
        if (*p != '.') digits[count++] = *p;
    }
    while (count > 1 && digits[count - 1] == '0')
        --count;
    digits[count] = '\0';
    if (exponent < -4 || exponent > 15) {
        return arena_format(arena, "%s%c%s%se%d%s", sign, digits[0], count > 1 ? "." : "",
                            digits + 1, exponent, suffix);
    }
    int length = 0;
    if (exponent < 0) {
        decimal[length++] = '0';
        decimal[length++] = '.';
        for (int i = 0; i < -exponent - 1; ++i)
            decimal[length++] = '0';
        for (int i = 0; i < count; ++i)
            decimal[length++] = digits[i];
    } else {
        for (int i = 0; i < count || i <= exponent; ++i) {
            if (i == exponent + 1) decimal[length++] = '.';
            decimal[length++] = i < count ? digits[i] : '0';
        }
        if (count <= exponent + 1) {
            decimal[length++] = '.';
            decimal[length++] = '0';
        }
    }
    decimal[length] = '\0';
    return arena_format(arena, "%s%s%s", sign, decimal, suffix);
}

/* wide: C would compute the expression around it in int, though the loop language says 64 bits. */
const char *literal_integer(Arena *arena, CType type, int64_t integer, bool wide) {
    long long number = (long long)integer;
    bool is_small = integer >= -INT32_MAX && integer <= INT32_MAX;
    switch (type) {
    case C_BOOL: return integer ? "true" : "false";
    case C_SIZE:
        if (integer == -1) return "SIZE_MAX";
        if (wide && is_small) return arena_format(arena, "(size_t)%lld", number);
        if (is_small && integer >= 0) return arena_format(arena, "%lld", number);
        return arena_format(arena, "UINT64_C(%llu)", (unsigned long long)integer);
    case C_U64:
        if (is_small && integer >= 0 && !wide) return arena_format(arena, "%lld", number);
        if (integer == -1) return "UINT64_MAX";
        if (integer >= 0 && integer < 1 << 16) return arena_format(arena, "UINT64_C(%lld)", number);
        return arena_format(arena, "UINT64_C(0x%llx)", (unsigned long long)integer);
    case C_I64:
        if (integer == INT64_MIN) return "INT64_MIN";
        if (wide || !is_small) return arena_format(arena, "INT64_C(%lld)", number);
        return arena_format(arena, "%lld", number);
    default:
        if (integer == INT32_MIN) return "INT32_MIN";
        return arena_format(arena, "%lld", number);
    }
}

const char *literal_string(Arena *arena, const char *text) {
    Text out = text_new(arena);
    text_add(&out, "\"");
    for (const char *p = text; *p; ++p) {
        unsigned char byte = (unsigned char)*p;
        if (byte == '\n') {
            text_add(&out, "\\n");
        } else if (byte == '\t') {
            text_add(&out, "\\t");
        } else if (byte < ' ' || byte == 127) {
            text_format(&out, "\\%03o",
                        byte); /* three digits: a digit that follows is no part of it */
        } else if (byte == '"' || byte == '\\' || (byte == '?' && p > text && p[-1] == '?')) {
            text_format(&out, "\\%c", byte); /* ?? may open a trigraph */
        } else {
            text_add_bytes(&out, p, 1);
        }
    }
    text_add(&out, "\"");
    return out.chars;
}
