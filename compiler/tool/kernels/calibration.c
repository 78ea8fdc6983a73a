/* Calibration, goes on from steps.c: elementary functions, threads, and all of it in rounds. */

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
#define ALONE(name, type, call)                                                                    \
    static void name(const type *restrict x, type *restrict y) {                                   \
        for (int64_t i = 0; i < COUNT; ++i) {                                                      \
            y[i] = call;                                                                           \
            __asm__ volatile("" : : "r"(y) : "memory");                                            \
        }                                                                                          \
    }
ALONE(exp_alone_f32, float, sy_exp_f32(x[i]))
ALONE(exp_alone_f64, double, sy_exp_f64(x[i]))
ALONE(div_alone_f32, float, 1.5f / x[i])
ALONE(div_alone_f64, double, 1.5 / x[i])

typedef struct Function {
    const char *name;
    void (*f32)(const float *, float *);
    void (*f64)(const double *, double *);
} Function;
#define ROW(name) {#name, name##_all_f32, name##_all_f64},
static const Function functions[] = {NAMES(ROW) ROW(pow) ROW(div)
                                         ROW(random){"exp_alone", exp_alone_f32, exp_alone_f64},
                                     {"div_alone", div_alone_f32, div_alone_f64}};

#define DEFINE_BEST(s, type)                                                                       \
    static double best_##s(void (*call)(const type *, type *), const type *x, type *y) {           \
        double best = 1;                                                                           \
        for (int turn = 0, repeats = 1; turn < TURNS / 2; ++turn) {                                \
            double start = now();                                                                  \
            for (int again = 0; again < repeats; ++again) {                                        \
                call(x, y);                                                                        \
                __asm__ volatile("" : : "r"(y) : "memory");                                        \
            }                                                                                      \
            double took = since(start) / repeats;                                                  \
            best = took < best ? took : best;                                                      \
            repeats = best < 1e-5 ? REPEATS : 1;                                                   \
        }                                                                                          \
        return best / COUNT;                                                                       \
    }
DEFINE_BEST(f32, float)
DEFINE_BEST(f64, double)

static void measure_functions(void) {
    static float x[COUNT], y[COUNT];
    static double x_wide[COUNT], y_wide[COUNT];
    for (int i = 0; i < COUNT; ++i)
        x[i] = (float)(x_wide[i] = 0.1 + 3.0 * i / COUNT);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) {
        note("%s_f32", functions[i].name, SECONDS, best_f32(functions[i].f32, x, y));
        note("%s_f64", functions[i].name, SECONDS, best_f64(functions[i].f64, x_wide, y_wide));
    }
}

/* --- threads --- */

/* Seconds that it takes to share out a loop and to meet again, on the wall. */
static double fork_join(int threads) {
    double best = 1e9;
    static float data[4096];
    for (int turn = 0; turn < 10 * TURNS; ++turn) {
        double start = clock_seconds(CLOCK_MONOTONIC);
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
        for (int i = 0; i < 4096; i += 16)
            data[i] += 1.0f;
        double took = clock_seconds(CLOCK_MONOTONIC) - start;
        best = took < best ? took : best;
    }
    kept = data[0];
    return best;
}

/* Of the array that no cache holds: some last caches have half a gigabyte. */
static size_t whole_bytes(size_t last) {
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const size_t least = (size_t)64 << 20, most = (size_t)1 << 30;
    size_t bytes = last * 4 < least ? least : last * 4 < most ? last * 4 : most;
    const size_t eighth = pages > 0 && page > 0 ? (size_t)pages * (size_t)page / 8 : bytes;
    if (eighth < bytes) bytes = eighth > least ? eighth : least;
    return bytes / PIECE * PIECE;
}

void steelyard_calibrate(int threads, Say *say) {
    const size_t sizes[3] = {cache_size(0, _SC_LEVEL1_DCACHE_SIZE, 32 << 10),
                             cache_size(2, _SC_LEVEL2_CACHE_SIZE, 512 << 10),
                             cache_size(3, _SC_LEVEL3_CACHE_SIZE, 8 << 20)};
    const size_t whole = whole_bytes(sizes[2]);
    float *data = aligned_alloc(64, whole);
    Choices choices;
    if (!data || !choices_begin(&choices)) return;
    write_floats(data, (int64_t)(whole / sizeof(float)), 0.0f);
    measure_asking();
    steps_begin();
    const struct timespec pause = {0, 40000000};
    for (int round = 0; round < ROUNDS; ++round) {
        if (round) nanosleep(&pause, NULL); /* a neighbour may be done by then */
        measure_memory(data, whole, sizes, threads, round, &choices);
        note("peak_f32", "", RATE, peak_float());
        note("peak_f64", "", RATE, peak_double());
        note("chain_f32", "", SECONDS, chain_float());
        note("chain_f64", "", SECONDS, chain_double());
        measure_steps();
        measure_functions();
        note("fork_join", "", SECONDS, fork_join(threads));
    }
    choices_end(&choices);
    free(data);
    say_lines(say);
    say_memory(sizes, say);
    say_steps(say);
    notes_say(say);
}
