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
    static double peak_##type(void) {                                                              \
        static type sum[width];                                                                    \
        double best = 1e9;                                                                         \
        for (int turn = 0; turn < TURNS; ++turn) {                                                 \
            double start = now();                                                                  \
            multiply_##type(sum, (type)0.999 + (type)turn * (type)1e-9);                           \
            double took = since(start);                                                            \
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
    static void scan_##s(void) {                                                                   \
        for (int64_t i = 0; i < COUNT; i += 256)                                                   \
            sy_running_sum_##s(&x_##s[i], 256, 1.0, &y_##s[i], COUNT);                             \
    }
STEPS_OF(f32, float)
STEPS_OF(f64, double)
LANES_OF(half_read, float, a[lane] += sy_f32_from_f16(x_half[i]))
LANES_OF(half_write, float, y_half[i] = sy_f16_from_f32(x_f32[i]))
LANES_OF(brain_read, float, a[lane] += sy_f32_from_bf16(x_half[i]))
LANES_OF(brain_write, float, y_half[i] = sy_bf16_from_f32(x_f32[i]))

static double step_seconds(void (*loop)(void)) {
    double times[TURNS * 2];
    for (int turn = 0; turn < TURNS * 2; ++turn) {
        double start = now();
        for (int again = 0; again < REPEATS; ++again) {
            loop();
            __asm__ volatile("" : : "r"(y_f32), "r"(y_f64), "r"(y_half) : "memory");
        }
        times[turn] = since(start) / (COUNT * REPEATS);
    }
    return short_one(times, TURNS * 2);
}

/* What is left of a loop's time; something, though it may hide behind the rest. */
static void note_step(const char *name, double seconds, double plain) {
    note_left(name, seconds > plain / 4 ? seconds : plain / 4);
}

/* A plain step is a load, an addition, a comparison, a choice. */
static void measure_steps(void) {
    uint32_t state = 1;
    for (int i = 0; i < COUNT; ++i) {
        state = state * 1664525u + 1013904223u;
        x_f32[i] = (float)(x_f64[i] = (double)state * 0x1p-32);
        x_half[i] = (uint16_t)(0x3000 + (state >> 20)), x_mask[i] = state >> 28 != 0;
    }
    const double plain = step_seconds(plain_f32) / 6;
#define MEASURE(s, plain)                                                                          \
    note_step("plain_" #s, plain, plain);                                                          \
    note_step("extreme_" #s, (step_seconds(extreme_##s) - plain) / 2, plain);                      \
    note_step("place_" #s, step_seconds(place_##s) - plain, plain);                                \
    note_step("mask_" #s, step_seconds(mask_##s) - 4 * plain, plain);                              \
    note_step("check_" #s, step_seconds(check_##s) - plain, plain);                                \
    note_step("store_" #s, step_seconds(store_##s), plain);                                        \
    note_step("extreme_alone_" #s, step_seconds(extreme_alone_##s), plain);                        \
    note_step("place_alone_" #s, step_seconds(place_alone_##s), plain);                            \
    note_step("fold_" #s, (step_seconds(fold_##s) - 2 * plain) * 2 * LANES, plain);                \
    note_step("scan_" #s, step_seconds(scan_##s), plain);
    MEASURE(f32, plain)
    const double wide = step_seconds(plain_f64) / 6;
    MEASURE(f64, wide)
    note_step("half_read_f32", step_seconds(half_read) - 2 * plain, plain);
    note_step("half_write_f32", step_seconds(half_write) - plain, plain);
    note_step("brain_read_f32", step_seconds(brain_read) - 2 * plain, plain);
    note_step("brain_write_f32", step_seconds(brain_write) - plain, plain);
}
