/* Steelyard runtime: the levels of x86-64, and which of several versions of a file this processor
 * runs best. Included by what `--multiversion` makes. */
#ifndef STEELYARD_LEVELS_H
#define STEELYARD_LEVELS_H
#include "steelyard_base.h"
#include <stdlib.h>

#ifdef __x86_64__
#include <cpuid.h>
#else
#error "Steelyard: these are levels of x86-64; for other processors leave --multiversion out"
#endif

/* From 1, x86-64, to 4, x86-64-v4: the highest level all of whose instructions this processor has,
 * and the system keeps registers for. */
SY_FN_LARGE int sy_level_here(void) {
    unsigned a = 0, b = 0, basic = 0, extended = 0, d = 0;
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt")) return 1;
    if (!__get_cpuid(1, &a, &b, &basic, &d)) return 1;
    if (!__get_cpuid(0x80000001u, &a, &b, &extended, &d)) return 1;
    /* MOVBE, F16C, LZCNT: compilers do not agree on their names */
    const bool has_rest = (basic >> 22 & 1) && (basic >> 29 & 1) && (extended >> 5 & 1);
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") || !has_rest)
        return 2;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return 3;
    return 4;
}

/* The number of a level by its name, 0 for another word. */
SY_FN_LARGE int sy_level_number(const char *name) {
    static const char *const names[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(name, names[i]) == 0) return i + 1;
    }
    return 0;
}

/* Which of these levels, in rising order, runs: the highest that this processor has, and that is
 * not above the one in the environment variable STEELYARD_LEVEL. The first runs everywhere. */
SY_FN_LARGE int sy_level_pick(const char *const *levels, int count) {
    const char *asked = getenv("STEELYARD_LEVEL");
    const int limit = asked != NULL ? sy_level_number(asked) : 0;
    const int here = sy_level_here();
    const int most = limit > 0 && limit < here ? limit : here;
    int picked = 0;
    for (int i = 1; i < count; i++) {
        if (sy_level_number(levels[i]) <= most) picked = i;
    }
    return picked;
}
#endif
