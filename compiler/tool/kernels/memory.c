/* Calibration, goes on from timing.c: the levels of the memory. */

static float lanes_sum(const float *sum) {
    float all = 0.0f;
    for (int64_t lane = 0; lane < LANES; ++lane)
        all += sum[lane];
    return all;
}

static float read_floats(const float *restrict from, int64_t count) {
    float sum[LANES] = {0};
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] = SY_FMA_F32(from[row + lane], 0.5f, sum[lane]);
    }
    return lanes_sum(sum);
}

static void write_floats(float *restrict to, int64_t count, float value) {
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            to[row + lane] = value + (float)lane;
    }
}

/* Past the cache, as sums by rows of a large array are stored. */
static void put_floats(float *restrict to, int64_t count, double value) {
    double row[2 * LANES];
    for (int64_t i = 0; i < count; i += 2 * LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < 2 * LANES; ++lane)
            row[lane] = value + (double)i;
        sy_put_rounded_f32(&to[i], row, 2 * LANES, SY_PUT_PAST);
    }
    sy_put_end();
}

typedef enum Moves {
    READS,
    WRITES,
    PUTS
} Moves;

static float move_floats(float *data, int64_t count, Moves moves, int64_t repeats, int64_t turn) {
    float all = 0.0f;
    for (int64_t i = 0; i < repeats; ++i) {
        if (moves == PUTS)
            put_floats(data, count / (2 * LANES) * 2 * LANES, (double)(turn + i));
        else if (moves == WRITES)
            write_floats(data, count, (float)(turn + i));
        else
            all += read_floats(data, count);
        __asm__ volatile("" : : "r"(data) : "memory");
    }
    return all;
}

/* Bytes a second of `threads` that go through `bytes`, each through its own part of a piece. Pieces
 * are timed one by one: short enough to be left alone by whatever else runs here. It begins in the
 * middle: what was touched last, by the level before, comes when no cache holds it any more. Of
 * threads the slowest counts. */
static double bandwidth(float *data, size_t bytes, size_t piece, int threads, Moves moves) {
    int64_t part = (int64_t)(piece / sizeof(float)) / threads / LANES * LANES;
    double moved = (double)part * threads * (double)sizeof(float), times[TURNS * 4] = {0};
    int64_t repeats = 1 + (int64_t)(1e6 / moved), pieces = (int64_t)(bytes / piece);
    if (bytes > piece) repeats = 1;
    for (int turn = 0; turn < TURNS * 4; ++turn) {
        int64_t at = (turn + pieces / 2) % pieces;
        float *first = data + at * (int64_t)(piece / sizeof(float)), all = 0.0f;
        double took = 0;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(+ : all)                  \
    reduction(max : took) if (threads > 1)
        for (int thread = 0; thread < threads; ++thread) {
            double start = now();
            all += move_floats(first + thread * part, part, moves, repeats, turn);
            took = since(start);
        }
        times[turn] = took;
        kept = all;
    }
    return moved * (double)repeats / short_one(times, TURNS * 4);
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

/* Seconds of a byte of `bytes` that are gone through again and again. */
static double again_seconds(const float *data, size_t bytes) {
    double times[5];
    for (int turn = 0; turn < 5; ++turn) {
        double start = now();
        kept = read_floats(data, (int64_t)(bytes / sizeof(float)));
        times[turn] = since(start);
    }
    qsort(times, 5, sizeof *times, compare);
    return times[1] / (double)bytes;
}

/* How much of the last cache is this program's: others fill it too. What is as large as that takes,
 * read again, half as long as from memory. */
static double held_bytes(const float *data, size_t size, double cached, double memory) {
    double before = 0, half = (cached + memory) / 2, last = cached;
    for (int eighths = 1; eighths <= 8; ++eighths) {
        double bytes = (double)size / 8 * eighths;
        double took = again_seconds(data, size / 8 * (size_t)eighths);
        if (took >= half) {
            double share = took > last ? (half - last) / (took - last) : 1;
            return before + (bytes - before) * (share < 0.1 ? 0.1 : share);
        }
        before = bytes, last = took;
    }
    return before;
}

enum {
    CHOSEN = 1 << 14, /* lines of memory that indices choose, in a turn */
    ROW = 64,         /* floats in a row of four lines */
    SLAB = 64,        /* rows, of which some are chosen, then of the next */
    EACH = 16,
    ROWS = CHOSEN * 16 / ROW
};
static int64_t chosen[CHOSEN];

static uint64_t next_random(uint64_t most) {
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 40) * most >> 24;
}

/* Single numbers, each of a line of its own, anywhere in `bytes`. */
static float lines_read(const float *restrict data) {
    float sum[LANES] = {0};
    for (int64_t i = 0; i < CHOSEN; i += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] += data[chosen[i + lane]];
    }
    return lanes_sum(sum);
}

/* Rows, as a mean of gathered rows reads them, `each` from a slab of so many; those of the next
 * slab are asked for meanwhile. */
static void rows_read(const float *restrict data, const int64_t *restrict index,
                      float *restrict means, int64_t from, int64_t to, int64_t slab, int64_t row,
                      int64_t each) {
    for (int64_t b = from; b < to; ++b) {
        for (int64_t first = 0; first < row; first += LANES) {
            double sum[LANES] = {0};
            for (int64_t k = 0; k < each; ++k) {
                if (first == 0 && b + 1 < to)
                    sy_fetch_chosen_f32(data,
                                        ((b + 1) * slab + index[(b + 1 - from) * each + k]) * row,
                                        ROW, each * row);
#pragma omp simd
                for (int64_t lane = 0; lane < LANES; ++lane)
                    sum[lane] += (double)
                        data[(b * slab + index[(b - from) * each + k]) * row + first + lane];
            }
#pragma omp simd
            for (int64_t lane = 0; lane < LANES; ++lane)
                means[(b - from) * row + first + lane] = (float)sum[lane];
        }
    }
}

/* Seconds of a line of memory that an index in memory chooses in `bytes`, where none waits for the
 * one before: alone, or in a row of several. */
static double line_seconds(const float *data, size_t bytes, bool rows) {
    const int64_t slabs = (int64_t)(bytes / sizeof(float)) / (ROW * SLAB);
    const int64_t count = ROWS / EACH, each = slabs < count ? slabs : count;
    static float means[ROWS / EACH * ROW];
    static volatile int64_t said[] = {SLAB, ROW, EACH}; /* not known to the C compiler */
    double times[TURNS * 2];
    if (bytes <= (size_t)8 << 20) kept = read_floats(data, (int64_t)(bytes / sizeof(float)));
    for (int64_t turn = 0; turn < TURNS * 2; ++turn) {
        for (int64_t i = 0; i < CHOSEN && !rows; ++i)
            chosen[i] = (int64_t)next_random(bytes / 64) * 16;
        for (int64_t i = 0; i < ROWS && rows; ++i)
            chosen[i] = (int64_t)next_random(SLAB);
        const int64_t from = turn * count % slabs;
        double start = now();
        for (int64_t done = 0; done < count && rows; done += each)
            rows_read(data, chosen, means, (from + done) % slabs, (from + done) % slabs + each,
                      said[0], said[1], said[2]);
        kept = rows ? means[turn] : lines_read(data);
        times[turn] = since(start) / CHOSEN;
    }
    return short_one(times, TURNS * 2);
}

/* Arithmetic on what is read. */
static float work_floats(const float *restrict from, int64_t count) {
    float sum[LANES] = {0};
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane) {
            float value = from[row + lane];
            for (int i = 0; i < 12; ++i)
                value = SY_FMA_F32(value, 0.5f, 1.0f);
            sum[lane] += value;
        }
    }
    return lanes_sum(sum);
}

static double work_seconds(const float *data, size_t bytes, size_t piece) {
    double times[TURNS * 4];
    int64_t pieces = (int64_t)(bytes / piece),
            repeats = bytes > piece ? 1 : (1 << 20) / (int64_t)piece;
    for (int turn = 0; turn < TURNS * 4; ++turn) {
        int64_t at = (turn + pieces / 2) % pieces;
        double start = now();
        for (int64_t i = 0; i < repeats; ++i) {
            kept = work_floats(data + at * (int64_t)(piece / 4), (int64_t)(piece / 4));
            __asm__ volatile("" : : "r"(data) : "memory");
        }
        times[turn] = since(start) / (double)repeats;
    }
    return short_one(times, TURNS * 4) / (double)piece;
}

/* What is read is written elsewhere. */
static double copy_seconds(float *data, size_t bytes, size_t piece) {
    double times[TURNS * 4];
    int64_t pieces = (int64_t)(bytes / piece),
            repeats = bytes > piece ? 1 : (1 << 20) / (int64_t)piece;
    const int64_t count = (int64_t)(piece / 8) / LANES * LANES;
    for (int turn = 0; turn < TURNS * 4; ++turn) {
        float *restrict from = data + (turn + pieces / 2) % pieces * (int64_t)(piece / 4);
        float *restrict to = from + count;
        double start = now();
        for (int64_t i = 0; i < repeats; ++i) {
            for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
                for (int64_t lane = 0; lane < LANES; ++lane)
                    to[row + lane] = from[row + lane] + 1.0f;
            }
            __asm__ volatile("" : : "r"(data) : "memory");
        }
        times[turn] = since(start) / (double)repeats;
    }
    return short_one(times, TURNS * 4) / (double)(count * 4);
}

/* Of two things that go on together, how much of the shorter is added to the longer. */
static double waits(double both, double memory, double work) {
    double longer = memory > work ? memory : work, shorter = memory > work ? work : memory;
    double share = (both - longer) / shorter;
    return share < 0.01 ? 0.01 : share > 1 ? 1 : share;
}

enum {
    PIECE = 2 << 20
};

static void note_share(const char *what, const char *level, double value) {
    char name[32];
    snprintf(name, sizeof name, what, level);
    note_left(name, value);
}

static double note_level(const char *what, const char *level, bool is_rate, double value) {
    char name[32];
    snprintf(name, sizeof name, what, level);
    return note(name, is_rate, value);
}

/* How one level is read and written: arrays that fill `bytes` of it, which a cache has then.
 * Returns the speed of reading. */
static double measure_level(const char *level, float *data, size_t bytes, int threads) {
    size_t each = bytes < PIECE ? bytes : PIECE,
           all = bytes < PIECE ? bytes * (size_t)threads : bytes;
    size_t piece = all < PIECE ? all : PIECE;
    if (strcmp(level, "DRAM") != 0) kept = read_floats(data, (int64_t)(all / sizeof(float)));
    double read = note_level("read_%s_one", level, true, bandwidth(data, bytes, each, 1, READS));
    double written =
        note_level("write_%s_one", level, true, bandwidth(data, bytes, each, 1, WRITES));
    note_level("read_%s_all", level, true, bandwidth(data, all, piece, threads, READS));
    note_level("write_%s_all", level, true, bandwidth(data, all, piece, threads, WRITES));
    note_level("line_%s", level, false, line_seconds(data, bytes, false));
    note_level("row_%s", level, false, line_seconds(data, bytes, true));
    double copied = copy_seconds(data, bytes, each);
    note_share("mixes_%s", level, waits(copied, 1 / read, 1 / written));
    static double work; /* without waiting: L1 comes first */
    double both = work_seconds(data, bytes, each);
    if (strcmp(level, "L1") == 0) work = both;
    note_share("waits_%s", level, waits(both, 1 / read, work));
    return read;
}

static void measure_memory(float *data, size_t whole, const size_t sizes[3], int threads) {
    size_t shared = sizes[2] / 8 > sizes[1] * 2 ? sizes[2] / 8 : sizes[2] / 2;
    if (shared > whole / 2) shared = whole / 2;
    measure_level("L1", data, sizes[0] / 2, threads);
    measure_level("L2", data, sizes[1] / 2, threads);
    double cached = measure_level("L3", data, shared, threads);
    double memory = measure_level("DRAM", data, whole, threads);
    note("past_DRAM_one", true, bandwidth(data, whole, PIECE, 1, PUTS));
    note("past_DRAM_all", true, bandwidth(data, whole, PIECE, threads, PUTS));
    note("L1", true, (double)sizes[0]);
    note("L2", true, (double)sizes[1]);
    size_t last = sizes[2] < whole ? sizes[2] : whole;
    note("L3", true, held_bytes(data, last, 1 / cached, 1 / memory));
}
