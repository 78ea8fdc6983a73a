/* What the machine can do: loops that only read and write memory, and loops that only multiply and
 * add.
 *
 * The benchmark calls them in turn with what it measures, for as many bytes and operations as a row
 * needs at least, so that "share of the limit" is a ratio within one run. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __AVX512F__
enum {
    VECTOR_BYTES = 64
};
#else
enum {
    VECTOR_BYTES = 32
};
#endif
typedef float Floats __attribute__((vector_size(VECTOR_BYTES), aligned(4)));
typedef float Aligned __attribute__((vector_size(VECTOR_BYTES)));
typedef double Doubles __attribute__((vector_size(VECTOR_BYTES)));
enum {
    CHUNK = 1 << 16,   /* bytes that a thread reads before it writes its share */
    PARTS = 16,        /* that the multiply-adds come in */
    PARALLEL = 1 << 20 /* bytes below which starting threads costs more than it gives */
};

static Floats read_chunk(const char *from, size_t bytes, Floats sum) {
    Floats sums[8] = {sum};
    size_t at = 0;
    for (; at + 8 * VECTOR_BYTES <= bytes; at += 8 * VECTOR_BYTES) {
        for (int i = 0; i < 8; i++)
            sums[i] += *(const Floats *)(from + at + i * VECTOR_BYTES);
    }
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
           ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/* Not zeros: past the cache, some processors write these in half the time of other numbers. */
static void write_chunk(char *to, size_t bytes, int past_cache) {
    const Aligned number = (Aligned){0} + 1.5f;
    size_t at = 0;
    if (past_cache) {
        for (; at + VECTOR_BYTES <= bytes; at += VECTOR_BYTES)
            __builtin_nontemporal_store(number, (Aligned *)(to + at));
    } else {
        for (; at + VECTOR_BYTES <= bytes; at += VECTOR_BYTES)
            *(Aligned *)(to + at) = number;
    }
}

/* Of the chunks that the bytes come in, number c. */
static float stream_chunk(const char *in, int64_t in_bytes, char *out, int64_t out_bytes,
                          int past_cache, int64_t c, int64_t chunks) {
    const int64_t in_first = in_bytes / chunks * c / 64 * 64;
    const int64_t in_end = in_bytes / chunks * (c + 1) / 64 * 64;
    const int64_t out_first = out_bytes / chunks * c / 64 * 64;
    const int64_t out_end = out_bytes / chunks * (c + 1) / 64 * 64;
    const Floats sum = read_chunk(in + in_first, (size_t)(in_end - in_first), (Floats){0});
    write_chunk(out + out_first, (size_t)(out_end - out_first), past_cache);
    return sum[0];
}

/* Reads and writes so many bytes, both evenly over the time and the threads. */
float limits_stream(const char *in, int64_t in_bytes, char *out, int64_t out_bytes, int past_cache,
                    int64_t times) {
    const int64_t total = in_bytes > out_bytes ? in_bytes : out_bytes;
    const int64_t chunks = (total + CHUNK - 1) / CHUNK;
    float whole = 0;
    for (int64_t time = 0; time < times; time++) {
        if (total <= PARALLEL) { /* no call of OpenMP: it would be most of what a small row takes */
            for (int64_t c = 0; c < chunks; c++)
                whole += stream_chunk(in, in_bytes, out, out_bytes, past_cache, c, chunks);
            continue;
        }
#pragma omp parallel for schedule(static) reduction(+ : whole)
        for (int64_t c = 0; c < chunks; c++)
            whole += stream_chunk(in, in_bytes, out, out_bytes, past_cache, c, chunks);
    }
    return whole;
}

/* One thread's part of so many multiply-adds on vectors that stay in registers. */
#define PART(NAME, VECTOR, NUMBER)                                                                 \
    static NUMBER NAME(int64_t count, NUMBER start) {                                              \
        const VECTOR factor = (VECTOR){0} + (NUMBER)0.999;                                         \
        VECTOR a, b, c, d, e, f, g, h, i, j;                                                       \
        a = b = c = d = e = f = g = h = i = j = factor + start;                                    \
        for (int64_t at = 0; at < count; at++) {                                                   \
            a = a * factor + factor, b = b * factor + factor, c = c * factor + factor;             \
            d = d * factor + factor, e = e * factor + factor, f = f * factor + factor;             \
            g = g * factor + factor, h = h * factor + factor, i = i * factor + factor;             \
            j = j * factor + factor;                                                               \
        }                                                                                          \
        return (a + b + c + d + e + f + g + h + i + j)[0];                                         \
    }
PART(part_f32, Floats, float)
PART(part_f64, Doubles, double)

/* So many operations, of which a multiply-add is two. */
float limits_multiply_add_f32(double operations, int64_t times) {
    const int64_t each = 2 * 10 * VECTOR_BYTES / (int64_t)sizeof(float);
    const int64_t count = (int64_t)(operations / (double)each / PARTS) + 1;
    float whole = 0;
    for (int64_t time = 0; time < times; time++) {
#pragma omp parallel for schedule(static) reduction(+ : whole) if (operations > 1e6)
        for (int64_t part = 0; part < PARTS; part++)
            whole += part_f32(count, (float)part);
    }
    return whole;
}

double limits_multiply_add_f64(double operations, int64_t times) {
    const int64_t each = 2 * 10 * VECTOR_BYTES / (int64_t)sizeof(double);
    const int64_t count = (int64_t)(operations / (double)each / PARTS) + 1;
    double whole = 0;
    for (int64_t time = 0; time < times; time++) {
#pragma omp parallel for schedule(static) reduction(+ : whole) if (operations > 1e6)
        for (int64_t part = 0; part < PARTS; part++)
            whole += part_f64(count, (double)part);
    }
    return whole;
}
