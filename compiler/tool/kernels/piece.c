/* Moves a piece of a program's own array, as compiler/tool/moves.c asks between the program's
 * calls; is called as emitted functions are. sizes: threads, which way, elements of 32 bits.
 * Whatever they mean, they are read as integers: floats that lack digits would take a hundred times
 * as long. */
#include "steelyard.h"
#include "steelyard_put.h"
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif

enum {
    LANES = 32
};

/* As the compiler's Way, in its order. */
typedef enum Way {
    READ,
    PAIRS,
    WRITE,
    PAST
} Way;

int piece_packed(const int64_t *sizes, void *const *arrays, steelyard_call *call);

static uint32_t lanes_sum(const uint32_t *sum) {
    uint32_t all = 0;
    for (int64_t lane = 0; lane < LANES; ++lane)
        all += sum[lane];
    return all;
}

static uint32_t read_piece(const uint32_t *restrict from, int64_t count) {
    uint32_t sum[LANES] = {0};
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] += from[row + lane];
    }
    return lanes_sum(sum);
}

/* Two halves beside each other: while one waits for a page the other goes on. */
static uint32_t read_pairs(const uint32_t *restrict one, const uint32_t *restrict other,
                           int64_t count) {
    uint32_t sum[LANES] = {0};
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] += one[row + lane] ^ other[row + lane];
    }
    return lanes_sum(sum);
}

static void write_piece(uint32_t *restrict to, int64_t count, uint32_t value) {
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            to[row + lane] = value + (uint32_t)lane;
    }
}

static void put_piece(float *restrict to, int64_t count, double value) {
    double row[2 * LANES];
    for (int64_t i = 0; i < count; i += 2 * LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < 2 * LANES; ++lane)
            row[lane] = value + (double)i;
        sy_put_rounded_f32(&to[i], row, 2 * LANES, SY_PUT_PAST);
    }
    sy_put_end();
}

static uint32_t move(void *data, int64_t count, Way way) {
    uint32_t *words = data;
    const int64_t half = count / 2;
    switch (way) {
    case READ: return read_piece(words, count);
    case PAIRS: return read_pairs(words, words + half, half);
    case WRITE: write_piece(words, count, (uint32_t)count); return 0;
    case PAST: put_piece(data, count, (double)count); return 0;
    }
    return 0;
}

static volatile uint32_t kept; /* what is stored here was computed */

int piece_packed(const int64_t *sizes, void *const *arrays, steelyard_call *call) {
    const int threads = (int)sizes[0];
    const int64_t part = sizes[2] / threads / (2 * LANES) * (2 * LANES);
    uint32_t all = 0;
    (void)call;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(+ : all) if (threads > 1)
    for (int thread = 0; thread < threads; ++thread)
        all += move((uint32_t *)arrays[0] + thread * part, part, (Way)sizes[1]);
    kept = all;
    return STEELYARD_OK;
}
