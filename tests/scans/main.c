/* Running sums and recurrences against their definition, bit by bit. Blocks begin at multiples of
 * 256 steps, the first one behind the first step; in a block eight steps are made as if nothing
 * stood before them, by halves: pairs, then fours, then all, and what stands before is multiplied
 * in; steps that are left over wait for each other, and so does the rest of a block where something
 * is no finite number. All in float64. Sizes stand around every edge of eights and blocks, and
 * where values go past the cache, wherever memory begins. Compiled with REAL. */
#include "scans.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long long state = 1;
static REAL number(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (REAL)(double)(state >> 33) / (REAL)(1u << 30) - 1;
}

/* --- the definition --- */

static double powers[9]; /* of the factor, the k-th in powers[k] */

static void make_powers(double factor) {
    powers[1] = factor;
    for (int k = 2; k <= 8; k++)
        powers[k] = powers[k - 1] * factor;
}

static void halves(double *own, int count) {
    if (count == 1) return;
    halves(own, count / 2);
    halves(own + count / 2, count / 2);
    for (int k = 1; k <= count / 2; k++)
        own[count / 2 - 1 + k] = fma(powers[k], own[count / 2 - 1], own[count / 2 - 1 + k]);
}

static double block(const REAL *added, size_t count, double before, REAL *values) {
    const double last = fabs(powers[8]);
    const int powers_do = (last >= DBL_MIN && last <= DBL_MAX) || powers[1] == 0;
    size_t i = 0;
    for (; powers_do && isfinite(before) && i + 8 <= count; i += 8) {
        double own[8];
        for (int k = 0; k < 8; k++)
            own[k] = (double)added[i + (size_t)k];
        halves(own, 8);
        for (int k = 0; k < 8; k++)
            own[k] = fma(powers[k + 1], before, own[k]);
        for (int k = 0; k < 8; k++)
            values[i + (size_t)k] = (REAL)own[k];
        before = own[7];
    }
    for (; i < count; i++) {
        before = fma(powers[1], before, (double)added[i]);
        values[i] = (REAL)before;
    }
    return before;
}

/* added[0] is the first value. */
static void define(const REAL *added, size_t count, double factor, REAL *values) {
    make_powers(factor);
    if (count > 0) values[0] = added[0];
    double before = count > 0 ? (double)values[0] : 0;
    for (size_t from = 1; from < count;) {
        const size_t next = (from / 256 + 1) * 256, end = next < count ? next : count;
        before = block(added + from, end - from, before, values + from);
        from = end;
    }
}

/* --- the tests --- */

static int passed, failed;
static void compare(const char *what, size_t count, REAL factor, const REAL *found,
                    const REAL *wanted) {
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&found[i], &wanted[i], sizeof(REAL)) == 0) continue;
        if (found[i] != found[i] && wanted[i] != wanted[i]) continue; /* NaN: whichever */
        printf("FAIL: %s of %zu, factor %g: step %zu is %.17g, not %.17g\n", what, count,
               (double)factor, i, (double)found[i], (double)wanted[i]);
        failed++;
        return;
    }
    passed++;
}

static REAL *room(size_t count) {
    REAL *memory = malloc(count * sizeof(REAL) + 64);
    if (!memory) exit(2);
    return memory;
}

static void turn(const REAL *from, size_t count, REAL *to) {
    for (size_t i = 0; i < count; i++)
        to[i] = from[count - 1 - i];
}

/* `odd`: how many elements behind a vector's beginning memory begins. */
static void check(size_t count, REAL factor, size_t odd, size_t strange_at, REAL strange) {
    REAL *memory[5];
    for (int i = 0; i < 5; i++)
        memory[i] = room(3 * count + odd);
    REAL *x = memory[0] + odd, *found = memory[1] + odd, *wanted = memory[2] + odd;
    REAL *added = memory[3], *doubled = memory[4];
    const REAL share = (REAL)0.3;
    for (size_t i = 0; i < 3 * count; i++)
        x[i] = number();
    if (strange_at < count) x[strange_at] = strange;

    define(x, count, 1, wanted);
    scans_running(count, x, found);
    compare("running", count, 1, found, wanted);
    scans_again(count, x, found, doubled);
    compare("again", count, 1, found, wanted);
    for (size_t i = 0; i < count; i++)
        wanted[i] *= 2;
    compare("doubled", count, 1, doubled, wanted);
    for (size_t row = 0; row < 3; row++)
        define(x + row * count, count, 1, wanted + row * count);
    scans_by_rows(3, count, x, found);
    compare("by rows", 3 * count, 1, found, wanted);
    define(x, count, (double)factor, wanted);
    scans_linear(count, x, factor, found);
    compare("linear", count, factor, found, wanted);
    for (size_t i = 0; i < count; i++)
        added[i] = i > 0 ? share * x[i] : x[i];
    define(added, count, (double)factor, wanted);
    scans_average(count, x, factor, share, found);
    compare("average", count, factor, found, wanted);
    turn(x, count, added);
    define(added, count, (double)factor, doubled);
    turn(doubled, count, wanted);
    scans_behind(count, x, factor, found);
    compare("behind", count, factor, found, wanted);
    for (int i = 0; i < 5; i++)
        free(memory[i]);
}

int main(void) {
    static const REAL factors[] = {(REAL)0.9, (REAL)-0.5, 1, 0, (REAL)1.01, (REAL)-1e30};
    static const size_t sizes[] = {255,  256,  257,  258,  263,  264,  265,  266, 511,
                                   512,  513,  520,  521,  522,  767,  768,  769, 776,
                                   1023, 1024, 1025, 1032, 1033, 1279, 1281, 4097};
    const size_t never = (size_t)-1, past = ((size_t)1 << 24) / sizeof(REAL);
    for (size_t count = 0; count <= 40; count++)
        for (size_t f = 0; f < 6; f++)
            check(count, factors[f], count % 4, never, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check(sizes[i], factors[i % 6], i % 5, never, 0);
        check(sizes[i], factors[(i + 1) % 6], 0, sizes[i] / 2, (REAL)INFINITY);
        check(sizes[i], factors[(i + 2) % 6], 1, sizes[i] / 3, (REAL)NAN);
        check(sizes[i], factors[(i + 3) % 6], 0, 0, (REAL)-0.0);
    }
    check(past - 1, (REAL)0.9, 0, never, 0);
    check(past, (REAL)0.9, 0, never, 0);
    check(past + 7, (REAL)0.9, 1, never, 0);
    check(past + 257, (REAL)0.5, 4, past / 2, (REAL)INFINITY);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
