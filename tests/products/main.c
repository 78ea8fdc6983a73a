/* Products of matrices by panels against their definition, bit by bit: each element is a chain of
 * fused multiply-adds for every 128 steps, or for every 32 where a part has no more than 128, from
 * 0, and chains are added in float64; so are squared and absolute differences. Sizes stand around
 * every edge at which blocks, tiles, chains and panels end; each product is made on 1, 2, 3 and 5
 * threads. Compiled with REAL and, for float, FUSE=fmaf. */
#include "absolute.h"
#include "across.h"
#include "back.h"
#include "batched.h"
#include "dear.h"
#include "filters.h"
#include "fixed.h"
#include "layer.h"
#include "left.h"
#include "narrow.h"
#include "plain.h"
#include "right.h"
#include "square.h"
#include "window.h"
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum Kind {
    PLAIN,
    BATCHED,
    LEFT,
    RIGHT,
    ACROSS,
    FIXED,  /* as LEFT, with steps that the program gives */
    NARROW, /* as BATCHED, with steps and columns that the program gives */
    SQUARE, /* as BATCHED, of differences */
    ABSOLUTE,
    DEAR,    /* as ACROSS, of square roots */
    WINDOW,  /* a convolution: steps are channels and places in a window of 3 */
    BACK,    /* its gradient by x, in which places outside do not exist */
    FILTERS, /* and by w: steps are images and places, batches the 3 of a window */
    LAYER,   /* as ACROSS, with steps of two axes */
    KINDS
} Kind;
static const char *const names[] = {"plain",  "batched", "left",    "right",    "across",
                                    "fixed",  "narrow",  "square",  "absolute", "dear",
                                    "window", "back",    "filters", "layer"};

typedef struct Product {
    Kind kind;
    size_t b, n, k, m;
    size_t t; /* FILTERS, LAYER: k are k / t times so many */
    REAL *x, *w, *bias, *y, *wanted;
    unsigned char *live;
} Product;

static unsigned long long state = 1;
static unsigned draw(unsigned below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}
static REAL number(void) {
    return (REAL)draw(1u << 20) / (REAL)(1 << 19) - 1;
}

static void *room(size_t count, size_t size) {
    void *memory = malloc(count * size + 1);
    if (!memory) exit(2);
    return memory;
}

static void make(Product *p) {
    p->x = room(p->b * p->n * p->k, sizeof(REAL));
    p->w = room(p->b * p->k * p->m, sizeof(REAL));
    p->bias = room(p->m, sizeof(REAL));
    p->y = room(p->b * p->n * p->m, sizeof(REAL));
    p->wanted = room(p->b * p->n * p->m, sizeof(REAL));
    bool left = p->kind == LEFT || p->kind == FIXED;
    size_t count = left ? p->n * p->k : p->k * p->m;
    p->live = room(count, 1);
    for (size_t i = 0; i < p->b * p->n * p->k; ++i)
        p->x[i] = number();
    for (size_t i = 0; i < p->b * p->k * p->m; ++i)
        p->w[i] = number();
    for (size_t i = 0; i < p->m; ++i)
        p->bias[i] = number();
    for (size_t i = 0; i < count; ++i)
        p->live[i] = draw(4) > 0;
    if (p->kind == BACK && draw(2)) p->w[draw((unsigned)(p->k * p->m))] = (REAL)INFINITY;
    if (!left && p->kind != RIGHT) return;
    /* one number of the other factor is none, and nobody's domain has it; in half of the products
     */
    if (draw(2)) return;
    size_t step = draw((unsigned)p->k);
    if (left) {
        p->w[step * p->m + draw((unsigned)p->m)] = (REAL)NAN;
        for (size_t row = 0; row < p->n; ++row)
            p->live[row * p->k + step] = 0;
    } else {
        p->x[draw((unsigned)p->n) * p->k + step] = (REAL)INFINITY;
        for (size_t column = 0; column < p->m; ++column)
            p->live[step * p->m + column] = 0;
    }
}

static size_t chain_at(const Product *p, size_t first) {
    const size_t part = 8192 / sizeof(REAL), begins = first - first % part;
    const size_t left = p->k - begins, most = left > 128 ? 128 : 32;
    return first + most < p->k ? first + most : p->k;
}

static bool is_back_outside(const Product *p, size_t row, size_t k) {
    const size_t place = row + 2 - k % 3; /* one further */
    return p->kind == BACK && (place == 0 || place > p->n);
}

/* What step k multiplies. */
static REAL left_at(const Product *p, size_t b, size_t row, size_t k) {
    if (p->kind == ACROSS || p->kind == LAYER) return p->x[k * p->n + row];
    if (p->kind == BACK) return p->x[(b * (p->k / 3) + k / 3) * p->n + row + 1 - k % 3];
    if (p->kind == FILTERS) {
        const size_t at = k % p->t + b; /* one further */
        return at == 0 || at > p->t ? 0 : p->x[(k / p->t * p->n + row) * p->t + at - 1];
    }
    if (p->kind == DEAR) return (REAL)sqrt(fabs((double)p->x[k * p->n + row]));
    if (p->kind != WINDOW) return p->x[(b * p->n + row) * p->k + k];
    const size_t place = row + k % 3; /* one further */
    if (place == 0 || place > p->n) return 0;
    return p->x[(b * (p->k / 3) + k / 3) * p->n + place - 1];
}

static REAL right_at(const Product *p, size_t b, size_t k, size_t column) {
    if (p->kind == ACROSS || p->kind == WINDOW) return p->w[column * p->k + k];
    if (p->kind == BACK) return p->w[(k / 3 * p->m + column) * 3 + k % 3];
    if (p->kind == FILTERS) return p->w[(k / p->t * p->m + column) * p->t + k % p->t];
    if (p->kind == LAYER) return p->w[k * p->m + column];
    return p->w[(b * p->k + k) * p->m + column];
}

static REAL element(const Product *p, size_t b, size_t row, size_t column) {
    double total = 0;
    for (size_t first = 0, end; first < p->k; first = end) {
        REAL chain = 0;
        end = chain_at(p, first);
        for (size_t k = first; k < end; ++k) {
            if ((p->kind == LEFT || p->kind == FIXED) && !p->live[row * p->k + k]) continue;
            if (is_back_outside(p, row, k)) continue;
            if (p->kind == RIGHT && !p->live[k * p->m + column]) continue;
            const REAL x = left_at(p, b, row, k), w = right_at(p, b, k, column), apart = x - w;
            chain = p->kind == SQUARE     ? FUSE(apart, apart, chain)
                    : p->kind == ABSOLUTE ? chain + (apart < 0 ? -apart : apart)
                                          : FUSE(x, w, chain);
        }
        total += (double)chain;
    }
    REAL sum = (REAL)total;
    if (p->kind != PLAIN) return sum;
    sum += p->bias[column];
    return sum < -3 ? -3 : sum;
}

static void define(const Product *p) {
#pragma omp parallel for
    for (size_t at = 0; at < p->b * p->n; ++at)
        for (size_t column = 0; column < p->m; ++column) {
            const size_t b = at / p->n, row = at % p->n;
            const bool moved = p->kind == WINDOW || p->kind == BACK;
            const size_t place = moved                ? (b * p->m + column) * p->n + row
                                 : p->kind == FILTERS ? (column * p->n + row) * 3 + b
                                                      : at * p->m + column;
            p->wanted[place] = element(p, b, row, column);
        }
}

static int call(const Product *p) {
    switch (p->kind) {
    case PLAIN: return plain(p->n, p->k, p->m, p->x, p->w, p->bias, p->y);
    case BATCHED: return batched(p->b, p->n, p->k, p->m, p->x, p->w, p->y);
    case LEFT: return left(p->n, p->k, p->m, p->x, p->live, p->w, p->y);
    case FIXED: return fixed(p->n, p->m, p->x, p->live, p->w, p->y);
    case NARROW: return narrow(p->b, p->n, p->x, p->w, p->y);
    case SQUARE: return square(p->b, p->n, p->k, p->m, p->x, p->w, p->y);
    case ABSOLUTE: return absolute(p->b, p->n, p->k, p->m, p->x, p->w, p->y);
    case DEAR: return dear(p->n, p->k, p->m, p->x, p->w, p->y);
    case WINDOW: return window(p->b, p->n, p->k / 3, p->m, p->x, p->w, p->y);
    case BACK: return back(p->b, p->n, p->k / 3, p->m, p->y, p->w, p->x, p->y);
    case FILTERS: return filters(p->k / p->t, p->t, p->n, p->m, p->x, p->y, p->w, p->y);
    case LAYER: return layer(p->k / p->t, p->t, p->n, p->m, p->x, p->w, p->y);
    case ACROSS: return across(p->n, p->k, p->m, p->x, p->w, p->y);
    default: return right(p->n, p->k, p->m, p->x, p->w, p->live, p->y);
    }
}

static int compare(const Product *p, int threads) {
    for (size_t i = 0; i < p->b * p->n * p->m; ++i) {
        if (p->y[i] == p->wanted[i]) continue; /* +0 and -0 are the same here, and all NaN */
        if (isnan(p->y[i]) && isnan(p->wanted[i])) continue;
        printf("FAIL: %s b=%zu n=%zu k=%zu m=%zu on %d threads: y[%zu, %zu] is %.17g, not %.17g\n",
               names[p->kind], p->b, p->n, p->k, p->m, threads, i / p->m, i % p->m, (double)p->y[i],
               (double)p->wanted[i]);
        return 1;
    }
    return 0;
}

static int try(Kind kind, size_t b, size_t n, size_t k, size_t m) {
    static const int threads[] = {1, 2, 3, 5};
    Product p = {.kind = kind, .b = 1, .n = n, .k = k, .m = m};
    if (kind == BATCHED || (kind >= NARROW && kind != DEAR && kind != LAYER)) p.b = b;
    if (kind == FIXED) p.k = 64;
    if (kind == NARROW) p.k = 70, p.m = 13;
    if (kind == WINDOW || kind == BACK) p.k = k / 3 * 3;
    if (kind == BACK && p.k < 12) p.k = 12; /* fewer products go by loops */
    if (kind == FILTERS) p.b = 3;
    if (kind == FILTERS || kind == LAYER) {
        p.t = 1 + draw(k < 200 ? (unsigned)k : 200);
        p.k = k / p.t * p.t;
    }
    int failed = 0;
    make(&p);
    define(&p);
    for (int i = 0; i < 4 && !failed; ++i) {
        omp_set_num_threads(threads[i]);
        memset(p.y, 0xff, p.b * p.n * p.m * sizeof(REAL)); /* NaN */
        failed = call(&p) != 0 || compare(&p, threads[i]);
    }
    free(p.x), free(p.w), free(p.bias), free(p.y), free(p.wanted), free(p.live);
    return failed;
}

int main(void) {
    static const size_t rows[] = {8, 11, 12, 47, 48, 49, 97, 191, 192, 193, 301};
    static const size_t steps[] = {4,   31,   32,   33,   63,   64,   65,   96,   127,
                                   128, 129,  255,  256,  257,  511,  512,  513,  530,
                                   640, 1023, 1024, 1025, 1153, 2048, 2049, 2177, 4097};
    static const size_t columns[] = {8,   15,  16,  17,  31,  32,  33, 63,
                                     191, 192, 193, 383, 384, 385, 400};
    enum {
        ROWS = sizeof rows / sizeof *rows,
        STEPS = sizeof steps / sizeof *steps,
        COLUMNS = sizeof columns / sizeof *columns
    };
    int passed = 0, failed = 0;
    for (int i = 0; i < ROWS * STEPS * COLUMNS; i += 71) /* which has a factor with none of them */
        for (int kind = 0; kind < KINDS; ++kind) {
            size_t n = rows[i % ROWS], k = steps[i / ROWS % STEPS], m = columns[i / ROWS / STEPS];
            if ((i / 71 + kind) % 2 && n * k * m > 10000000) continue;
            int wrong = try((Kind)kind, 1 + (size_t)(i % 3), n, k, m);
            failed += wrong;
            passed += !wrong;
        }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
