/* Calibration, goes on from memory.c: arithmetic, and the steps that emitted loops are made of.
 *
 * Each kind of step is measured in the loop in which it stands most often, on data of the first
 * cache; what that loop does besides is taken off. */

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
    static double peak_##type(void) { /* seconds of one that waits for none */                     \
        static type sum[width];                                                                    \
        double best = 1e9;                                                                         \
        for (int turn = 0; turn < TURNS; ++turn) {                                                 \
            double start = now();                                                                  \
            multiply_##type(sum, (type)0.999 + (type)turn * (type)1e-9);                           \
            double took = since(start);                                                            \
            best = took < best ? took : best;                                                      \
            kept = (float)sum[0];                                                                  \
        }                                                                                          \
        return best / (2.0 * (width)*STEPS);                                                       \
    }                                                                                              \
    static double chain_##type(void) { /* seconds of one step that needs the one before */         \
        double best = 1e9;                                                                         \
        for (int turn = 0; turn < TURNS; ++turn) {                                                 \
            type sum = (type)turn, factor = (type)0.999;                                           \
            double start = now();                                                                  \
            for (int64_t i = 0; i < STEPS; ++i)                                                    \
                sum = fma(sum, factor, (type)1);                                                   \
            double took = since(start);                                                            \
            best = took < best ? took : best;                                                      \
            kept = (float)sum;                                                                     \
        }                                                                                          \
        return best / STEPS;                                                                       \
    }
ARITHMETIC(float, 96, SY_FMA_F32)
ARITHMETIC(double, 32, SY_FMA_F64)

/* --- steps of loops: seconds of one --- */

static float x_f32[COUNT], y_f32[COUNT];
static double x_f64[COUNT], y_f64[COUNT];
static uint16_t x_half[COUNT], y_half[COUNT];
static unsigned char x_mask[COUNT];
static int64_t x_index[COUNT];

static volatile int64_t width_of_rows = 2 * LANES;

/* A loop over rows of lanes, as a reduction is. */
#define LANES_OF(name, type, step)                                                                 \
    static void name(void) {                                                                       \
        type a[LANES] = {0}, b[LANES] = {0};                                                       \
        int bad[LANES] = {0};                                                                      \
        int64_t place[LANES] = {0};                                                                \
        for (int64_t row = 0; row < COUNT; row += LANES) {                                         \
            _Pragma("omp simd") for (int64_t lane = 0; lane < LANES; ++lane) {                     \
                const int64_t i = row + lane;                                                      \
                step;                                                                              \
            }                                                                                      \
        }                                                                                          \
        type all = 0;                                                                              \
        for (int64_t lane = 0; lane < LANES; ++lane)                                               \
            all += a[lane] + b[lane] + (type)bad[lane] + (type)place[lane];                        \
        kept = (float)all;                                                                         \
    }
/* Rows of four numbers, one by one. */
#define FOURS_OF(name, type, begin, step, end)                                                     \
    static void name(void) {                                                                       \
        for (int64_t row = 0; row < COUNT / 4; ++row) {                                            \
            begin;                                                                                 \
            for (int64_t i = 4 * row; i < 4 * row + 4; ++i) {                                      \
                step;                                                                              \
            }                                                                                      \
            end;                                                                                   \
        }                                                                                          \
    }
#define STEPS_OF(s, type)                                                                          \
    LANES_OF(plain_##s, type, const type t = x_##s[i] * (type)1.5 - (type)0.5;                     \
             a[lane] += t > 0 ? t : x_##s[i])                                                      \
    LANES_OF(extreme_##s, type, a[lane] = sy_max_##s(a[lane], x_##s[i]);                           \
             b[lane] = sy_min_##s(b[lane], x_##s[i]))                                              \
    LANES_OF(place_##s, type, sy_follow_argmax_##s(&a[lane], &place[lane], x_##s[i], row))         \
    LANES_OF(mask_##s, type, a[lane] += x_mask[i] ? x_##s[i] : 0)                                  \
    LANES_OF(check_##s, type, bad[lane] |= sy_bad_weight_##s(x_##s[i]))                            \
    static void add_##s(void) {                                                                    \
        for (int64_t i = 0; i < COUNT; ++i)                                                        \
            y_##s[x_index[i]] += (type)x_f32[i];                                                   \
    }                                                                                              \
    LANES_OF(store_##s, type, y_##s[i] = (type)lane)                                               \
    FOURS_OF(extreme_alone_##s, type, type most = -(type)INFINITY,                                 \
             most = sy_max_##s(most, x_##s[i]), y_##s[row] = most)                                 \
    FOURS_OF(                                                                                      \
        place_alone_##s, type, type most = 0; int64_t place = -1;                                  \
        ,                                                                                          \
        if (sy_replaces_argmax_##s(x_##s[i], i, most, place)) {                                    \
            most = x_##s[i];                                                                       \
            place = i;                                                                             \
        },                                                                                         \
        y_##s[row] = (type)place)                                                                  \
    static void sum_rows_##s(const type *restrict x, type *restrict y, int64_t width) {            \
        for (int64_t n = 0; n < COUNT / width; ++n) {                                              \
            double total = 0;                                                                      \
            for (int64_t first = 0; first < width; first += 256) {                                 \
                const int64_t end = sy_min_i64(first + 256, width), whole = end - end % LANES;     \
                type a[LANES] = {0};                                                               \
                for (int64_t row = first; row < whole; row += LANES) {                             \
                    _Pragma("omp simd") for (int64_t lane = 0; lane < LANES; ++lane) a[lane] +=    \
                        x[n * width + row + lane];                                                 \
                }                                                                                  \
                for (int64_t c = whole; c < end; ++c)                                              \
                    a[0] += x[n * width + c];                                                      \
                total += (double)(whole > first ? sy_tree_sum_##s(a) : a[0]);                      \
            }                                                                                      \
            y[n] = (type)total;                                                                    \
        }                                                                                          \
    }                                                                                              \
    static void fold_##s(void) {                                                                   \
        sum_rows_##s(x_##s, y_##s, width_of_rows);                                                 \
    }                                                                                              \
    static void run_##s(type *restrict most, const type *restrict x, type *restrict y) {           \
        for (int64_t i = 0; i < COUNT; ++i) {                                                      \
            *most = sy_max_##s(*most, x[i]);                                                       \
            y[i] = *most;                                                                          \
        }                                                                                          \
    }                                                                                              \
    static void running_##s(void) {                                                                \
        static type most;                                                                          \
        run_##s(&most, x_##s, y_##s);                                                              \
    }                                                                                              \
    static void scan_##s(void) {                                                                   \
        for (int64_t i = 0; i < COUNT; i += 256)                                                   \
            sy_running_sum_##s(&x_##s[i], 256, 1.0, &y_##s[i], COUNT);                             \
    }
static void index_all(void) {
    kept = (float)sy_check_index_i64(x_index, COUNT, COUNT, false, 0);
}
STEPS_OF(f32, float)
STEPS_OF(f64, double)
LANES_OF(half_read, float, a[lane] += sy_f32_from_f16(x_half[i]))
LANES_OF(half_write, float, y_half[i] = sy_f16_from_f32(x_f32[i]))
LANES_OF(brain_read, float, a[lane] += sy_f32_from_bf16(x_half[i]))
LANES_OF(brain_write, float, y_half[i] = sy_bf16_from_f32(x_f32[i]))

static double step_seconds(void (*loop)(void)) {
    double times[TURNS];
    for (int turn = 0; turn < TURNS; ++turn) {
        double start = now();
        for (int again = 0; again < REPEATS; ++again) {
            loop();
            __asm__ volatile("" : : "r"(y_f32), "r"(y_f64), "r"(y_half) : "memory");
        }
        times[turn] = since(start) / (COUNT * REPEATS);
    }
    return short_one(times, TURNS);
}

/* A loop, and what of it is the step: the plain steps that it makes besides are taken off. A plain
 * step is a load, an addition, a comparison, a choice. */
typedef struct StepLoop {
    const char *name; /* with `s` of the type */
    void (*loops[2])(void);
    double plain, each; /* plain steps beside it; by which a loop's time is multiplied then */
} StepLoop;

#define STEP(name, plain, each)                                                                    \
    { #name "_%s", {name##_f32, name##_f64 }, plain, each }
static const StepLoop step_loops[] = {STEP(plain, 0, 1.0 / 6),
                                      STEP(extreme, 1, 0.5),
                                      STEP(place, 1, 1),
                                      STEP(mask, 4, 1),
                                      STEP(check, 1, 1),
                                      STEP(store, 0, 1),
                                      STEP(add, 0, 1),
                                      STEP(running, 0, 1),
                                      {"index_%s", {index_all, index_all}, 0, 1},
                                      STEP(extreme_alone, 0, 1),
                                      STEP(place_alone, 0, 1),
                                      STEP(fold, 2, 2.0 * LANES),
                                      STEP(scan, 0, 1),
                                      {"half_read_%s", {half_read}, 2, 1},
                                      {"half_write_%s", {half_write}, 1, 1},
                                      {"brain_read_%s", {brain_read}, 2, 1},
                                      {"brain_write_%s", {brain_write}, 1, 1}};
enum {
    STEP_LOOPS = sizeof step_loops / sizeof *step_loops
};
static const char *const types[] = {"f32", "f64"};

static void steps_begin(void) {
    uint32_t state = 1;
    for (int i = 0; i < COUNT; ++i) {
        state = state * 1664525u + 1013904223u;
        x_f32[i] = (float)(x_f64[i] = (double)state * 0x1p-32);
        x_half[i] = (uint16_t)(0x3000 + (state >> 20)), x_mask[i] = state >> 28 != 0;
        x_index[i] = state >> 8 & (COUNT - 1);
    }
}

static void part_name(char name[32], const StepLoop *step) {
    snprintf(name, 32, "loop of %s", step->name);
}

static void measure_steps(void) {
    for (int i = 0; i < STEP_LOOPS; ++i) {
        char name[32];
        part_name(name, &step_loops[i]);
        for (int wide = 0; wide < 2; ++wide)
            if (step_loops[i].loops[wide])
                note(name, types[wide], PART, step_seconds(step_loops[i].loops[wide]));
    }
}

/* What is left of a loop's time; something, though it may hide behind the rest. */
static void say_steps(Say *say) {
    for (int wide = 0; wide < 2; ++wide) {
        const double plain = noted("loop of plain_%s", types[wide]) / 6;
        for (int i = 0; i < STEP_LOOPS; ++i) {
            const StepLoop *step = &step_loops[i];
            if (!step->loops[wide]) continue;
            char name[32];
            part_name(name, step);
            const double left = (noted(name, types[wide]) - step->plain * plain) * step->each;
            say_of(say, step->name, types[wide], left > plain / 4 ? left : plain / 4);
        }
    }
}
