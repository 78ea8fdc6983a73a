/* Pairs in blocks, and sums that go across their rows: attention with masks and its gradients, at
 * sizes around every edge at which blocks, chains, tiles and panels end. Against the definition, in
 * long double; and bit by bit, on 1, 2, 3 and 5 threads, and where what the masks leave out is
 * infinite or NaN: whoever is masked has no part in any bit. Where blocks are taken together,
 * values have the bits of those that stand alone. Compiled with REAL. */
#include "alone.h"
#include "attended.h"
#include "before.h"
#include "nearby.h"
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum Kind {
    ATTENDED,
    BEFORE,
    NEARBY,
    KINDS
} Kind;
static const char *const names[] = {"attended", "before", "nearby"};

enum {
    OUTPUTS = 4
};
static const char *const output_names[OUTPUTS] = {"y", "d_q", "d_k", "d_v"};

typedef struct Case {
    Kind kind;
    size_t h, t, s, d;
    size_t rows, columns; /* elements of what has t, and of what has s */
    REAL *q, *k, *v, *dy;
    unsigned char *live, *keep;
    long double *wanted[OUTPUTS];
} Case;

static int passed, failed;
static unsigned long long state = 1;

static unsigned draw(unsigned below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

static void *room(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (!memory) exit(2);
    return memory;
}

static REAL *numbers(size_t count, REAL scale) {
    REAL *made = room(count, sizeof(REAL));
    for (size_t i = 0; i < count; ++i)
        made[i] = scale * ((REAL)draw(1u << 20) / (REAL)(1 << 19) - 1);
    return made;
}

static size_t size_of(const Case *of, int output) {
    return output < 2 ? of->rows : of->columns;
}

static Case make(Kind kind, size_t h, size_t t, size_t s, size_t d) {
    Case made = {.kind = kind, .h = h, .t = t, .s = s, .d = d};
    made.rows = h * t * d;
    made.columns = h * s * d;
    made.q = numbers(made.rows, 1);
    made.k = numbers(made.columns, (REAL)(3 / sqrt((double)d)));
    made.v = numbers(made.columns, 1);
    made.dy = numbers(made.rows, 1);
    made.live = room(h * t, 1);
    made.keep = room(h * s, 1);
    for (size_t i = 0; i < h * t; ++i)
        made.live[i] = draw(6) > 0;
    for (size_t i = 0; i < h * s; ++i)
        made.keep[i] = draw(6) > 0;
    for (int i = 0; i < OUTPUTS; ++i)
        made.wanted[i] = room(size_of(&made, i), sizeof(long double));
    return made;
}

static void discard(const Case *old) {
    free(old->q);
    free(old->k);
    free(old->v);
    free(old->dy);
    free(old->live);
    free(old->keep);
    for (int i = 0; i < OUTPUTS; ++i)
        free(old->wanted[i]);
}

/* --- the definition --- */

static long double product(const REAL *a, const REAL *b, size_t count) {
    long double sum = 0;
    for (size_t i = 0; i < count; ++i)
        sum += (long double)a[i] * (long double)b[i];
    return sum;
}

static bool is_there(const Case *of, size_t h, size_t t, size_t s) {
    if (!of->live[h * of->t + t] || !of->keep[h * of->s + s]) return false;
    if (of->kind == NEARBY) return s < t + 70 && t < s + 170;
    return of->kind != BEFORE || s <= t;
}

/* One row t, from its scores to what it gives to every s. */
static void define_row(const Case *of, size_t h, size_t t, long double *weight) {
    const size_t d = of->d, row = (h * of->t + t) * d;
    long double total = 0, mean = 0;
    for (size_t s = 0; s < of->s; ++s) {
        const REAL *key = of->k + (h * of->s + s) * d;
        weight[s] = is_there(of, h, t, s) ? expl(product(of->q + row, key, d)) : 0;
        total += weight[s];
    }
    for (size_t s = 0; s < of->s && total > 0; ++s) {
        const REAL *value = of->v + (h * of->s + s) * d;
        weight[s] /= total;
        mean += weight[s] * product(of->dy + row, value, d);
        for (size_t i = 0; i < d; ++i)
            of->wanted[0][row + i] += weight[s] * (long double)value[i];
    }
    for (size_t s = 0; s < of->s && total > 0; ++s) {
        const size_t column = (h * of->s + s) * d;
        const long double slope = weight[s] * (product(of->dy + row, of->v + column, d) - mean);
        for (size_t i = 0; i < d; ++i) {
            of->wanted[1][row + i] += slope * (long double)of->k[column + i];
            of->wanted[2][column + i] += slope * (long double)of->q[row + i];
            of->wanted[3][column + i] += weight[s] * (long double)of->dy[row + i];
        }
    }
}

static void define(const Case *of) {
    long double *weight = room(of->s, sizeof *weight);
    for (size_t h = 0; h < of->h; ++h)
        for (size_t t = 0; t < of->t; ++t)
            define_row(of, h, t, weight);
    free(weight);
}

/* --- what is emitted --- */

typedef struct Made {
    REAL *outputs[OUTPUTS];
} Made;

static Made run(const Case *of, int threads) {
    Made made;
    for (int i = 0; i < OUTPUTS; ++i)
        made.outputs[i] = numbers(size_of(of, i), 1); /* stale */
    REAL *const *o = made.outputs;
    omp_set_num_threads(threads);
    int status;
    if (of->kind == ATTENDED)
        status = attended(of->h, of->t, of->s, of->d, of->q, of->k, of->v, of->live, of->keep,
                          of->dy, o[0], o[1], o[2], o[3]);
    else
        status = (of->kind == NEARBY ? nearby : before)(of->h, of->t, of->s, of->q, of->k, of->v,
                                                        of->live, of->keep, of->dy, o[0], o[1],
                                                        o[2], o[3]);
    if (status) {
        printf("FAIL: status %d\n", status);
        ++failed;
    }
    return made;
}

static void drop(const Made *made) {
    for (int i = 0; i < OUTPUTS; ++i)
        free(made->outputs[i]);
}

static void report(const Case *of, const char *what, int output, bool good) {
    passed += good;
    failed += !good;
    if (!good)
        printf("FAIL: %s %zu x %zu x %zu x %zu: %s of %s\n", names[of->kind], of->h, of->t, of->s,
               of->d, what, output_names[output]);
}

static void check_same(const Case *of, const char *what, const Made *made, const Made *other) {
    for (int i = 0; i < OUTPUTS; ++i) {
        size_t bytes = size_of(of, i) * sizeof(REAL);
        report(of, what, i, memcmp(made->outputs[i], other->outputs[i], bytes) == 0);
    }
}

static void check_values(const Case *of, const Made *made) {
    const long double unit = sizeof(REAL) == 4 ? 0x1p-24L : 0x1p-53L;
    for (int i = 0; i < OUTPUTS; ++i) {
        long double largest = 1, error = 0; /* of one key alone, what passes back is nothing */
        for (size_t k = 0; k < size_of(of, i); ++k) {
            largest = fmaxl(largest, fabsl(of->wanted[i][k]));
            long double off = fabsl((long double)made->outputs[i][k] - of->wanted[i][k]);
            error = off <= error ? error : off; /* NaN too */
        }
        report(of, "value", i, error <= 40 * unit * largest);
    }
}

/* What a mask leaves out becomes infinite or NaN, but for one row, which tells the blocks apart. */
static void poison(REAL *values, const unsigned char *mask, size_t rows, size_t width) {
    for (size_t i = 0; i < rows; ++i)
        for (size_t k = 0; !mask[i] && k < width; ++k)
            values[i * width + k] = draw(3) ? (REAL)(draw(2) ? INFINITY : -INFINITY) : (REAL)NAN;
}

static void check_alone(const Case *of, const Made *made) {
    const size_t row = of->t * of->d, column = of->s * of->d;
    REAL *y = numbers(row, 1);
    for (size_t h = 0; h < of->h; ++h) {
        int status = alone(of->t, of->s, of->q + h * row, of->k + h * column, of->v + h * column,
                           of->live + h * of->t, of->keep + h * of->s, y);
        const REAL *together = made->outputs[0] + h * row;
        report(of, "bits without h", 0, !status && memcmp(y, together, row * sizeof(REAL)) == 0);
    }
    free(y);
}

static void check(Kind kind, size_t h, size_t t, size_t s, size_t d) {
    Case of = make(kind, h, t, s, d);
    define(&of);
    Made first = run(&of, 1);
    check_values(&of, &first);
    if (kind == NEARBY) check_alone(&of, &first);
    for (int threads = 2; threads <= 5; threads += threads / 2) {
        Made more = run(&of, threads);
        check_same(&of, "bits on several threads", &first, &more);
        drop(&more);
    }
    poison(of.k, of.keep, h * s, d);
    poison(of.v, of.keep, h * s, d);
    Made poisoned = run(&of, 2);
    check_same(&of, "bits beside masked keys that are not finite", &first, &poisoned);
    drop(&poisoned);
    poison(of.q, of.live, h * t, d);
    poison(of.dy, of.live, h * t, d);
    poisoned = run(&of, 2);
    check_same(&of, "bits beside masked rows that are not finite", &first, &poisoned);
    drop(&poisoned);
    drop(&first);
    discard(&of);
}

int main(void) {
    static const size_t edges[] = {1,   5,   6,   31,  33,  95,  96,  97,  128,
                                   129, 193, 255, 256, 257, 300, 384, 385, 500};
    const size_t count = sizeof edges / sizeof *edges;
    for (size_t i = 0; i < count; ++i) {
        const size_t other = edges[(i * 7 + 3) % count], lanes = edges[(i * 4 + 1) % 6];
        for (int kind = 0; kind < KINDS; ++kind) {
            check((Kind)kind, 1 + i % 3, edges[i], other, kind == ATTENDED ? lanes : 20);
            check((Kind)kind, 2, other, edges[i], kind == ATTENDED ? 70 - lanes / 2 : 20);
        }
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
