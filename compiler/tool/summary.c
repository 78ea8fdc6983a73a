/* Takes an output, gives a line or two that a person can judge it by. */
#include "tool/run.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SHOWN = 8
};

/* The shortest text that reads back as the same number of the type. */
static const char *number_text(Arena *arena, Scalar type, double number) {
    if (isnan(number)) return "nan";
    if (isinf(number)) return number < 0 ? "-inf" : "inf";
    bool wide = type == SCALAR_F64;
    for (int digits = wide ? 15 : type == SCALAR_F32 ? 6 : 3; digits < 17; digits++) {
        const char *text = arena_format(arena, "%.*g", digits, number);
        double back = strtod(text, NULL);
        unsigned char a[8], b[8];
        const char *reason;
        if (wide ? back == number
                 : scalar_store(arena, type, back, a, &reason) &&
                       scalar_store(arena, type, number, b, &reason) &&
                       scalar_load(type, a) == scalar_load(type, b))
            return text;
    }
    return arena_format(arena, "%.17g", number);
}

const char *element_text(Arena *arena, const Array *array, const void *values, int64_t i) {
    const char *at = (const char *)values + (size_t)i * scalar_size(array->type);
    if (array->type == SCALAR_BOOL) return *at ? "true" : "false";
    if (array->type == SCALAR_I64)
        return arena_format(arena, "%lld", (long long)*(const int64_t *)at);
    if (array->type == SCALAR_I32) return arena_format(arena, "%d", *(const int32_t *)at);
    return number_text(arena, array->type, scalar_load(array->type, at));
}

static void statistics_print(Arena *arena, const Array *array, int64_t count, const void *values) {
    double least = INFINITY, most = -INFINITY, sum = 0;
    int64_t nans = 0, infinities = 0, finite = 0;
    for (int64_t i = 0; i < count; i++) {
        double x =
            scalar_load(array->type, (const char *)values + (size_t)i * scalar_size(array->type));
        if (isnan(x)) {
            nans++;
        } else if (isinf(x)) {
            infinities++;
        } else {
            finite++;
            sum += x;
            if (x < least) least = x;
            if (x > most) most = x;
        }
    }
    if (array->type == SCALAR_BOOL) {
        printf("  %lld of %lld true", (long long)sum, (long long)count);
    } else if (finite) {
        Scalar type = array->type;
        printf("  min %s", number_text(arena, type, least));
        printf("  mean %.6g", sum / (double)finite);
        printf("  max %s", number_text(arena, type, most));
    }
    if (nans) printf("  %lld NaN", (long long)nans);
    if (infinities) printf("  %lld infinite", (long long)infinities);
}

void summary_print(Arena *arena, const Array *array, const int64_t *extents, int64_t count,
                   const void *values) {
    if (array->rank == 0) {
        printf("%s: %s = %s\n", array->name, scalar_text(array->type),
               element_text(arena, array, values, 0));
        return;
    }
    printf("%s[", array->name);
    for (int i = 0; i < array->rank; i++)
        printf("%s%s = %lld", i ? ", " : "", array->axes[i]->name, (long long)extents[i]);
    printf("]: %s", scalar_text(array->type));
    if (count == 0) {
        printf("  no elements\n");
        return;
    }
    statistics_print(arena, array, count, values);
    printf("\n   ");
    for (int64_t i = 0; i < count && i < SHOWN; i++)
        printf(" %s", element_text(arena, array, values, i));
    printf("%s\n", count > SHOWN ? " ..." : "");
}
