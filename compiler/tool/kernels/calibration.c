/* What this machine does, measured: how fast each level of the memory is read and written, how fast
 * arithmetic and the elementary functions are, what it costs to start threads. In: the threads of
 * the widest measurement; out: names and numbers, given to `say`. The compiler carries this text,
 * compiles it with the flags of emitted code, and keeps what it says (compiler/tool/machine.c).
 *
 * Every number is the best of several turns: what else runs on the machine is not to be measured.
 * Loops have the form that emitted ones have. */
#define _GNU_SOURCE
#include "steelyard.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

typedef void Say(const char *name, double value);

enum {
    LANES = 32,
    TURNS = 16,
    STEPS = 20000,
    COUNT = 1024 /* of arguments of an elementary function */
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static volatile float kept; /* what is stored here was computed */

/* --- memory --- */

static float read_floats(const float *restrict from, int64_t count) {
    float sum[LANES] = {0};
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] = SY_FMA_F32(from[row + lane], 0.5f, sum[lane]);
    }
    float all = 0.0f;
    for (int64_t lane = 0; lane < LANES; ++lane)
        all += sum[lane];
    return all;
}

static void write_floats(float *restrict to, int64_t count, float value) {
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            to[row + lane] = value + (float)lane;
    }
}

static float move_floats(float *data, int64_t count, bool writes, int64_t repeats, int64_t turn) {
    float all = 0.0f;
    for (int64_t i = 0; i < repeats; ++i) {
        if (writes)
            write_floats(data, count, (float)(turn + i));
        else
            all += read_floats(data, count);
        __asm__ volatile("" : : "r"(data) : "memory");
    }
    return all;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A short one, but not the shortest: that may be a slip of the clock, or a piece that a cache held.
 * Sorts them. */
static double short_one(double *times, int count) {
    qsort(times, (size_t)count, sizeof *times, compare);
    return times[count / 8];
}

/* Bytes a second of `threads` that go through `bytes`, each through its own part of a piece. Pieces
 * are timed one by one: short enough to be left alone by whatever else runs here. It begins in the
 * middle: what was touched last, by the level before, comes when no cache holds it any more. */
static double bandwidth(float *data, size_t bytes, size_t piece, int threads, bool writes) {
    int64_t part = (int64_t)(piece / sizeof(float)) / threads / LANES * LANES;
    double moved = (double)part * threads * (double)sizeof(float), times[TURNS * TURNS] = {0};
    int64_t repeats = 1 + (int64_t)(4e6 / moved), pieces = (int64_t)(bytes / piece);
    if (bytes > piece) repeats = 1;
    int turns = TURNS * (pieces > 4 ? 4 : TURNS);
    for (int turn = 0; turn < turns; ++turn) {
        int64_t at = (turn + pieces / 2) % pieces;
        float *first = data + at * (int64_t)(piece / sizeof(float)), all = 0.0f;
        double start = now();
#pragma omp parallel for schedule(static) num_threads(threads) reduction(+ : all) if (threads > 1)
        for (int thread = 0; thread < threads; ++thread)
            all += move_floats(first + thread * part, part, writes, repeats, turn);
        times[turn] = now() - start;
        kept = all;
    }
    return moved * (double)repeats / short_one(times, turns);
}

/* Of the cache that one processor sees; sysconf tells the sum over a package of several. */
static size_t cache_size(int index, int name, size_t otherwise) {
    char path[80];
    unsigned long kilobytes = 0;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%luK", &kilobytes) != 1) kilobytes = 0;
    if (file) fclose(file);
    long size = sysconf(name);
    return kilobytes ? kilobytes << 10 : size > 0 ? (size_t)size : otherwise;
}

/* Seconds of a line of memory somewhere in `bytes`, where none waits for the one before. */
static double random_line(const float *data, size_t bytes) {
    enum {
        READS = 1 << 14
    };
    double times[TURNS * 4];
    const uint64_t lines = bytes / 64;
    uint32_t state = 1;
    for (int turn = 0; turn < TURNS * 4; ++turn) {
        float sum = 0.0f;
        double start = now();
        for (int i = 0; i < READS; ++i) {
            state = state * 1664525u + 1013904223u;
            sum += data[((state * lines) >> 32) * 16];
        }
        times[turn] = (now() - start) / READS;
        kept = sum;
    }
    return short_one(times, TURNS * 4);
}

static void measure_memory(Say *say, int threads) {
    enum {
        PIECE = 2 << 20
    };
    size_t sizes[3] = {cache_size(0, _SC_LEVEL1_DCACHE_SIZE, 32 << 10),
                       cache_size(2, _SC_LEVEL2_CACHE_SIZE, 512 << 10),
                       cache_size(3, _SC_LEVEL3_CACHE_SIZE, 8 << 20)};
    size_t most = sizes[2] * 4 < (size_t)256 << 20 ? sizes[2] * 4 : (size_t)256 << 20;
    size_t whole = most > (size_t)64 << 20 ? most : (size_t)64 << 20;
    float *data = aligned_alloc(64, whole);
    if (!data) return;
    write_floats(data, (int64_t)(whole / sizeof(float)), 0.0f);
    static const char *const levels[] = {"L1", "L2", "L3", "DRAM"};
    for (int level = 0; level < 4; ++level) {
        if (level < 3) say(levels[level], (double)sizes[level]);
        for (int wide = 0; wide < 2; ++wide) {
            int count = wide ? threads : 1;
            size_t bytes = level == 3   ? whole
                           : level == 2 ? sizes[2] / 4
                                        : sizes[level] / 2 * (size_t)count;
            size_t piece = level < 2 || bytes < PIECE ? bytes : PIECE;
            char name[64];
            snprintf(name, sizeof name, "read_%s_%s", levels[level], wide ? "all" : "one");
            say(name, bandwidth(data, bytes, piece, count, false));
            snprintf(name, sizeof name, "write_%s_%s", levels[level], wide ? "all" : "one");
            say(name, bandwidth(data, bytes, piece, count, true));
        }
    }
    say("line_L2", random_line(data, sizes[1] / 2));
    say("line_L3", random_line(data, sizes[2] / 2));
    say("line_DRAM", random_line(data, whole));
    free(data);
}

/* --- arithmetic --- */

#define ARITHMETIC(type, width, fma)                                                               \
    static void multiply_##type(type *restrict sum, type factor) {                                 \
        type lanes[width];                                                                         \
        for (int lane = 0; lane < (width); ++lane)                                                 \
            lanes[lane] = sum[lane];                                                               \
        for (int64_t i = 0; i < STEPS; ++i) {                                                      \
            for (int lane = 0; lane < (width); ++lane)                                             \
                lanes[lane] = fma(lanes[lane], factor, (type)1);                                   \
        }                                                                                          \
        for (int lane = 0; lane < (width); ++lane)                                                 \
            sum[lane] = lanes[lane];                                                               \
    }                                                                                              \
    static double peak_##type(void) {                                                              \
        static type sum[width];                                                                    \
        double best = 1e9;                                                                         \
        for (int turn = 0; turn < TURNS; ++turn) {                                                 \
            double start = now();                                                                  \
            multiply_##type(sum, (type)0.999 + (type)turn * (type)1e-9);                           \
            double took = now() - start;                                                           \
            best = took < best ? took : best;                                                      \
            kept = (float)sum[0];                                                                  \
        }                                                                                          \
        return 2.0 * (width)*STEPS / best;                                                         \
    }                                                                                              \
    static double chain_##type(void) { /* seconds of one step that needs the one before */         \
        double best = 1e9;                                                                         \
        for (int turn = 0; turn < TURNS; ++turn) {                                                 \
            type sum = (type)turn, factor = (type)0.999;                                           \
            double start = now();                                                                  \
            for (int64_t i = 0; i < STEPS; ++i)                                                    \
                sum = fma(sum, factor, (type)1);                                                   \
            double took = now() - start;                                                           \
            best = took < best ? took : best;                                                      \
            kept = (float)sum;                                                                     \
        }                                                                                          \
        return best / STEPS;                                                                       \
    }
ARITHMETIC(float, 96, SY_FMA_F32)
ARITHMETIC(double, 32, SY_FMA_F64)

/* --- elementary functions: seconds of one --- */

#define FUNCTION(name, call_f32, call_f64)                                                         \
    static void name##_all_f32(const float *restrict x, float *restrict y) {                       \
        _Pragma("omp simd") for (int64_t i = 0; i < COUNT; ++i) y[i] = call_f32;                   \
    }                                                                                              \
    static void name##_all_f64(const double *restrict x, double *restrict y) {                     \
        _Pragma("omp simd") for (int64_t i = 0; i < COUNT; ++i) y[i] = call_f64;                   \
    }
#define NAMED(name) FUNCTION(name, sy_##name##_f32(x[i]), sy_##name##_f64(x[i]))
#define NAMES(DO)                                                                                  \
    DO(exp)                                                                                        \
    DO(log)                                                                                        \
    DO(log1p)                                                                                      \
    DO(expm1)                                                                                      \
    DO(sqrt)                                                                                       \
    DO(rsqrt)                                                                                      \
    DO(tanh)                                                                                       \
    DO(sigmoid)                                                                                    \
    DO(softplus) DO(erf) DO(erfc) DO(lgamma) DO(digamma) DO(trigamma) DO(sin) DO(cos) DO(tan)
NAMES(NAMED)
FUNCTION(pow, sy_pow_f32(x[i], 1.5f), sy_pow_f64(x[i], 1.5))
FUNCTION(div, 1.5f / x[i], 1.5 / x[i])

FUNCTION(random, sy_uniform_f32(sy_random_mix(0, i)) + x[i],
         sy_uniform_f64(sy_random_mix(0, i)) + x[i])

/* The same one by one: what is said to be in memory between two of them keeps them apart. */
#define ALONE(type, call)                                                                          \
    static void alone_##call(const type *restrict x, type *restrict y) {                           \
        for (int64_t i = 0; i < COUNT; ++i) {                                                      \
            y[i] = call(x[i]);                                                                     \
            __asm__ volatile("" : : "r"(y) : "memory");                                            \
        }                                                                                          \
    }
ALONE(float, sy_exp_f32)
ALONE(double, sy_exp_f64)

typedef struct Function {
    const char *name;
    void (*f32)(const float *, float *);
    void (*f64)(const double *, double *);
} Function;
#define ROW(name) {#name, name##_all_f32, name##_all_f64},
static const Function functions[] = {
    NAMES(ROW) ROW(pow) ROW(div) ROW(random){"exp_alone", alone_sy_exp_f32, alone_sy_exp_f64}};

static void measure_functions(Say *say) {
    static float x[COUNT], y[COUNT];
    static double x_wide[COUNT], y_wide[COUNT];
    for (int i = 0; i < COUNT; ++i)
        x[i] = (float)(x_wide[i] = 0.1 + 3.0 * i / COUNT);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) {
        double best = 1e9, best_wide = 1e9;
        for (int turn = 0; turn < 4 * TURNS; ++turn) {
            double start = now();
            functions[i].f32(x, y);
            __asm__ volatile("" : : "r"(y) : "memory");
            double middle = now();
            functions[i].f64(x_wide, y_wide);
            __asm__ volatile("" : : "r"(y_wide) : "memory");
            double end = now();
            best = middle - start < best ? middle - start : best;
            best_wide = end - middle < best_wide ? end - middle : best_wide;
        }
        char name[64];
        snprintf(name, sizeof name, "%s_f32", functions[i].name);
        say(name, best / COUNT);
        snprintf(name, sizeof name, "%s_f64", functions[i].name);
        say(name, best_wide / COUNT);
    }
}

/* --- threads --- */

/* Seconds that it takes to share out a loop and to meet again. */
static double fork_join(int threads) {
    double best = 1e9;
    static float data[4096];
    for (int turn = 0; turn < 10 * TURNS; ++turn) {
        double start = now();
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
        for (int i = 0; i < 4096; i += 16)
            data[i] += 1.0f;
        double took = now() - start;
        best = took < best ? took : best;
    }
    kept = data[0];
    return best;
}

void steelyard_calibrate(int threads, Say *say) {
    measure_memory(say, threads);
    say("peak_f32", peak_float());
    say("peak_f64", peak_double());
    say("chain_f32", chain_float());
    say("chain_f64", chain_double());
    measure_functions(say);
    say("fork_join", fork_join(threads));
}
