/* How fast the elementary functions are: elements a nanosecond on one core, over an array that the
 * first cache holds, in the loop that emitted C has; beside glibc's scalar functions, its vector
 * functions (libmvec) and SLEEF's, where they are there. bench/elementary.sh builds and runs it.
 *
 * All of one function are timed in turn, many times, and the fastest turn counts: what is compared
 * ran within the same few milliseconds. Arguments: names of functions, all without. */
#define _GNU_SOURCE
#include "steelyard.h"
#include <immintrin.h>
#include <stdio.h>
#include <time.h>
#ifdef WITH_SLEEF
#include <sleef.h>
#endif

enum {
    COUNT = 1024,
    REPEATS = 8,
    TURNS = 2000
};

/* All of them take two arrays, so that pow is one of them; the others leave the second alone. */
typedef void Loop_f32(const float *, const float *, float *);
typedef void Loop_f64(const double *, const double *, double *);

#define OWN(name, type, call)                                                                      \
    __attribute__((noinline)) static void own_##name(const type *restrict x,                       \
                                                     const type *restrict y, type *restrict out) { \
        _Pragma("omp simd") for (int64_t i = 0; i < COUNT; ++i) out[i] = call;                     \
    }
#define SCALAR(name, type, call)                                                                   \
    __attribute__((noinline)) static void libm_##name(                                             \
        const type *restrict x, const type *restrict y, type *restrict out) {                      \
        for (int64_t i = 0; i < COUNT; ++i)                                                        \
            out[i] = call;                                                                         \
    }
#define VECTOR(prefix, name, type, width, vector, load, store, call)                               \
    static void prefix##_##name(const type *x, const type *y, type *out) {                         \
        for (int64_t i = 0; i < COUNT; i += (width)) {                                             \
            vector a = load(x + i), b = load(y + i);                                               \
            (void)b;                                                                               \
            store(out + i, call);                                                                  \
        }                                                                                          \
    }
#define OF_F32(prefix, name, call)                                                                 \
    VECTOR(prefix, name##_f32, float, 8, __m256, _mm256_loadu_ps, _mm256_storeu_ps, call)
#define OF_F64(prefix, name, call)                                                                 \
    VECTOR(prefix, name##_f64, double, 4, __m256d, _mm256_loadu_pd, _mm256_storeu_pd, call)

#define LIBMVEC_ONE(name)                                                                          \
    __m256 _ZGVdN8v_##name##f(__m256);                                                             \
    __m256d _ZGVdN4v_##name(__m256d);                                                              \
    OF_F32(libmvec, name, _ZGVdN8v_##name##f(a))                                                   \
    OF_F64(libmvec, name, _ZGVdN4v_##name(a))
#define SLEEF_ONE(name)                                                                            \
    OF_F32(sleef, name, Sleef_##name##f8_u10avx2(a))                                               \
    OF_F64(sleef, name, Sleef_##name##d4_u10avx2(a))
#define BOTH(name)                                                                                 \
    OWN(name##_f32, float, sy_##name##_f32(x[i]))                                                  \
    OWN(name##_f64, double, sy_##name##_f64(x[i]))
#define BOTH_SCALAR(name)                                                                          \
    SCALAR(name##_f32, float, name##f(x[i]))                                                       \
    SCALAR(name##_f64, double, name(x[i]))

#define NAMES(DO) DO(exp) DO(log) DO(log1p) DO(expm1) DO(tanh) DO(sin) DO(cos) DO(tan) DO(erf)
NAMES(BOTH)
NAMES(BOTH_SCALAR)
NAMES(LIBMVEC_ONE)
BOTH(sigmoid)
BOTH(softplus)
BOTH(rsqrt)
BOTH(erfc)
BOTH_SCALAR(erfc)
LIBMVEC_ONE(erfc)
OWN(pow_f32, float, sy_pow_f32(x[i], y[i]))
OWN(pow_f64, double, sy_pow_f64(x[i], y[i]))
SCALAR(pow_f32, float, powf(x[i], y[i]))
SCALAR(pow_f64, double, pow(x[i], y[i]))
__m256 _ZGVdN8vv_powf(__m256, __m256);
__m256d _ZGVdN4vv_pow(__m256d, __m256d);
OF_F32(libmvec, pow, _ZGVdN8vv_powf(a, b))
OF_F64(libmvec, pow, _ZGVdN4vv_pow(a, b))
#ifdef WITH_SLEEF
NAMES(SLEEF_ONE)
OF_F32(sleef, pow, Sleef_powf8_u10avx2(a, b))
OF_F64(sleef, pow, Sleef_powd4_u10avx2(a, b))
OF_F32(sleef, erfc, Sleef_erfcf8_u15avx2(a))
OF_F64(sleef, erfc, Sleef_erfcd4_u15avx2(a))
#define SLEEF_F32(name) sleef_##name##_f32
#define SLEEF_F64(name) sleef_##name##_f64
#else
#define SLEEF_F32(name) NULL
#define SLEEF_F64(name) NULL
#endif

typedef struct Row {
    const char *name;
    double low, high; /* of the arguments */
    Loop_f32 *f32[4]; /* own, libm, libmvec, SLEEF; NULL where it has none */
    Loop_f64 *f64[4];
} Row;

#define ROW(name, low, high)                                                                       \
    {                                                                                              \
#name, low, high,                                                                          \
            {own_##name##_f32, libm_##name##_f32, libmvec_##name##_f32, SLEEF_F32(name) }, {       \
            own_##name##_f64, libm_##name##_f64, libmvec_##name##_f64, SLEEF_F64(name)             \
        }                                                                                          \
    }
#define ROW_OWN(name, low, high)                                                                   \
    {                                                                                              \
#name, low, high, {own_##name##_f32 }, {                                                   \
            own_##name##_f64                                                                       \
        }                                                                                          \
    }
static const Row rows[] = {
    ROW(exp, -20, 20),          ROW(log, 1e-3, 1e3),   ROW(log1p, -0.9, 100),
    ROW(expm1, -10, 10),        ROW(tanh, -5, 5),      ROW(sin, -10, 10),
    ROW(cos, -10, 10),          ROW(tan, -10, 10),     ROW(erf, -4, 4),
    ROW(erfc, -4, 8),           ROW(pow, 0.1, 10),     ROW_OWN(sigmoid, -10, 10),
    ROW_OWN(softplus, -10, 10), ROW_OWN(rsqrt, 1, 100)};

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void fill(const Row *row, double *x, double *y) {
    uint64_t state = 12345;
    for (int i = 0; i < COUNT; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        x[i] = row->low + (row->high - row->low) * (double)(state >> 11) * 0x1p-53;
        state = state * 6364136223846793005u + 1442695040888963407u;
        y[i] = 6.0 * (double)(state >> 11) * 0x1p-53 - 3.0;
    }
}

#define TIME(type)                                                                                 \
    static void time_##type(const Row *row, const void *x, const void *y, void *out,               \
                            double speeds[4]) {                                                    \
        double best[4] = {1, 1, 1, 1};                                                             \
        for (int turn = 0; turn < TURNS; turn++)                                                   \
            for (int i = 0; i < 4; i++) {                                                          \
                if (!row->type[i]) continue;                                                       \
                if (i == 1 && turn % 8) continue; /* libm's, one at a time, are slow */            \
                double start = seconds();                                                          \
                for (int repeat = 0; repeat < REPEATS; repeat++)                                   \
                    row->type[i](x, y, out);                                                       \
                double took = seconds() - start;                                                   \
                best[i] = took < best[i] ? took : best[i];                                         \
            }                                                                                      \
        for (int i = 0; i < 4; i++)                                                                \
            speeds[i] = row->type[i] ? 1e-9 * COUNT * REPEATS / best[i] : 0;                       \
    }
TIME(f32)
TIME(f64)

static void print_row(const char *name, const char *type, const double speeds[4]) {
    printf("%-9s %s", name, type);
    double peer = speeds[2] > speeds[3] ? speeds[2] : speeds[3];
    for (int i = 0; i < 4; i++)
        if (speeds[i] > 0)
            printf(" %8.3f", speeds[i]);
        else
            printf(" %8s", "-");
    if (peer > 0)
        printf("   %5.2f\n", speeds[0] / peer);
    else
        printf("       -\n");
    fflush(stdout);
}

int main(int count, char **names) {
    static double x[COUNT], y[COUNT], out[COUNT];
    static float x_f32[COUNT], y_f32[COUNT], out_f32[COUNT];
    printf("elements a nanosecond, one core; ratio: own over the faster of libmvec and SLEEF\n");
    printf("%-13s %8s %8s %8s %8s   %5s\n", "", "own", "libm", "libmvec", "SLEEF", "ratio");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool wanted = count == 1;
        for (int j = 1; j < count; j++)
            wanted |= strcmp(names[j], rows[i].name) == 0;
        if (!wanted) continue;
        fill(&rows[i], x, y);
        for (int j = 0; j < COUNT; j++)
            x_f32[j] = (float)x[j], y_f32[j] = (float)y[j];
        double speeds[4];
        time_f32(&rows[i], x_f32, y_f32, out_f32, speeds);
        print_row(rows[i].name, "f32", speeds);
        time_f64(&rows[i], x, y, out, speeds);
        print_row(rows[i].name, "f64", speeds);
    }
    return 0;
}
