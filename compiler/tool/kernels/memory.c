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

/* Two arrays beside each other: while one waits for a page the other goes on. */
static float read_pairs(const float *restrict one, const float *restrict other, int64_t count) {
    float sum[LANES] = {0};
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] = SY_FMA_F32(one[row + lane], other[row + lane], sum[lane]);
    }
    return lanes_sum(sum);
}

/* What is read is written elsewhere. */
static void copy_floats(const float *restrict from, float *restrict to, int64_t count) {
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            to[row + lane] = from[row + lane] + 1.0f;
    }
}

/* Eight multiply-adds, in a row. */
static inline float worked(float value) {
    for (int i = 0; i < 8; ++i)
        value = SY_FMA_F32(value, 0.5f, 1.0f);
    return value;
}

/* Arithmetic on what is read, or will be written. */
static float work_floats(const float *restrict from, int64_t count) {
    float sum[LANES] = {0};
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] += worked(from[row + lane]);
    }
    return lanes_sum(sum);
}

static float work_pairs(const float *restrict one, const float *restrict other, int64_t count) {
    float sum[LANES] = {0};
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] += worked(one[row + lane]) + worked(other[row + lane]);
    }
    return lanes_sum(sum);
}

static void work_writes(float *restrict to, int64_t count, float value) {
    for (int64_t row = 0; row < count; row += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            to[row + lane] = worked(value + (float)(row + lane));
    }
}

typedef enum Moves {
    READS,
    PAIRS,
    WRITES,
    PUTS,
    COPIES,
    WORKS,
    WORK_PAIRS,
    WORK_WRITES
} Moves;

static float move_floats(float *data, int64_t count, Moves moves, int64_t repeats, float value) {
    float all = 0.0f;
    const int64_t half = count / (2 * LANES) * LANES;
    for (int64_t i = 0; i < repeats; ++i) {
        switch (moves) {
        case READS: all += read_floats(data, count); break;
        case PAIRS: all += read_pairs(data, data + half, half); break;
        case WRITES: write_floats(data, count, value); break;
        case PUTS: put_floats(data, 2 * half, (double)value); break;
        case COPIES: copy_floats(data, data + half, half); break;
        case WORKS: all += work_floats(data, count); break;
        case WORK_PAIRS: all += work_pairs(data, data + half, half); break;
        case WORK_WRITES: work_writes(data, count, value); break;
        }
        __asm__ volatile("" : : "r"(data) : "memory");
    }
    return all;
}

enum {
    PIECE = 2 << 20, /* bytes of memory that are timed together */
    WARMING = 3      /* Intel's last cache takes in what was read again, not what was read */
};

/* An array that is in one level when it is gone through again and again. */
typedef struct Place {
    float *data;
    size_t bytes;
    bool is_memory; /* in no cache: so each turn goes on where the one before was done */
} Place;

/* Seconds of a byte that each of `threads` moves through its own part, where all of them together
 * move as many. Of threads the slowest counts. A cache is gone through as a whole: of what is
 * larger than the one before that holds some pieces of it. Of memory all pieces count: some pages
 * are half as fast as others, and a program has to do with both. */
static double move_seconds(const Place *place, int threads, Moves moves) {
    static int64_t gone; /* pieces of memory */
    const size_t piece = place->is_memory ? PIECE : place->bytes;
    const int64_t part = (int64_t)(piece / sizeof(float)) / threads / LANES * LANES;
    const double moved = (double)part * threads * (double)sizeof(float);
    const int64_t repeats = place->is_memory ? 1 : 1 + (int64_t)(1e6 / moved);
    const int turns = place->is_memory || repeats > 1 ? TURNS : TURNS / 4;
    const int warming = place->is_memory ? 0 : moves == READS ? WARMING : 1;
    double times[TURNS] = {0};
    for (int turn = -warming; turn < turns; ++turn) {
        const int64_t at = place->is_memory ? gone++ % (int64_t)(place->bytes / piece) : 0;
        float *first = place->data + at * (int64_t)(piece / sizeof(float)), all = 0.0f;
        double took = 0;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(+ : all)                  \
    reduction(max : took) if (threads > 1)
        for (int thread = 0; thread < threads; ++thread) {
            double start = now();
            all += move_floats(first + thread * part, part, moves, repeats, (float)turn);
            took = since(start);
        }
        if (turn >= 0) times[turn] = took;
        kept = all;
    }
    const double one = place->is_memory ? mean_of(times, turns) : short_one(times, turns);
    return one / (moved * (double)repeats);
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
    double best = 1;
    for (int turn = 0; turn < 2 * WARMING - 1; ++turn) {
        double start = now();
        kept = read_floats(data, (int64_t)(bytes / sizeof(float)));
        double took = since(start);
        if (turn >= WARMING && took < best) best = took;
    }
    return best / (double)bytes;
}

/* How much is half lost of the last cache when it is gone through again and again: that takes, read
 * again, half as long as from memory. */
static double swept_bytes(const float *data, size_t least, size_t most, double cached,
                          double memory) {
    double last = again_seconds(data, least), before = (double)least;
    const double half = ((last < cached ? last : cached) + memory) / 2;
    for (size_t bytes = least + least / 2; bytes <= most; bytes += bytes / 2) {
        double took = again_seconds(data, bytes / PAGE * PAGE);
        if (took >= half) {
            double share = took > last ? (half - last) / (took - last) : 1;
            return before + ((double)bytes - before) * (share < 0.1 ? 0.1 : share);
        }
        before = (double)bytes, last = took;
    }
    return before;
}

/* How long it takes until others have filled as much of the last cache that half of `bytes` is
 * lost; at most LEFT_MOST seconds, and then some more, by what is lost by then. */
static double left_seconds(const float *data, size_t bytes, double memory) {
    const double cached = again_seconds(data, bytes);
    double before = 0, last = 0;
    for (double left = 1e-3; left < LEFT_MOST; left *= 2) {
        kept = (float)again_seconds(data, bytes);
        for (double start = now(); now() - start < left;)
            kept = work_floats(data, 1024);
        double start = now();
        kept = read_floats(data, (int64_t)(bytes / sizeof(float)));
        const double lost = (since(start) / (double)bytes - cached) / (memory - cached);
        if (lost >= 0.5) return before + (left - before) * (0.5 - last) / (lost - last);
        before = left, last = lost < 0 ? 0 : lost;
    }
    return before * 0.5 / (last > 0.01 ? last : 0.01);
}

enum {
    CHOSEN = 1 << 14, /* lines of memory that indices choose, in a turn */
    FAR = 1 << 22,    /* indices, and as many values, that no cache has when their turn comes */
    ROW = 64,         /* floats in a row of four lines */
    SLAB = 64,        /* rows, of which some are chosen, then of the next */
    SLAB_BYTES = SLAB * ROW * 4,
    EACH = 16,
    ROWS = CHOSEN * 16 / ROW,
    SIZES = 12 /* of arrays of which lines are chosen */
};

static uint64_t next_random(uint64_t most) {
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 40) * most >> 24;
}

/* Random lines of 64 bytes, and values that belong to them: they come from memory while lines are
 * chosen, as the indices and the elements of a long axis do. */
typedef struct Choices {
    int64_t *lines;
    float *values;
    int64_t gone;
} Choices;

static bool choices_begin(Choices *choices) {
    choices->gone = 0;
    choices->lines = aligned_alloc(64, FAR * sizeof(int64_t));
    choices->values = aligned_alloc(64, FAR * sizeof(float));
    if (!choices->lines || !choices->values) return false;
    for (int64_t i = 0; i < FAR; ++i) {
        choices->lines[i] = (int64_t)next_random(1 << 24);
        choices->values[i] = 1.0f;
    }
    return true;
}

static void choices_end(Choices *choices) {
    free(choices->lines);
    free(choices->values);
}

/* Single numbers, each of a line of its own, anywhere in `lines` of them: a power of two. */
static float lines_read(const float *restrict data, const int64_t *restrict chosen,
                        const float *restrict values, int64_t lines) {
    float sum[LANES] = {0};
    for (int64_t i = 0; i < CHOSEN; i += LANES) {
#pragma omp simd
        for (int64_t lane = 0; lane < LANES; ++lane)
            sum[lane] += values[i + lane] * data[(chosen[i + lane] & (lines - 1)) * 16];
    }
    return lanes_sum(sum);
}

/* Each is added to, as sums of groups are. */
static void lines_add(double *restrict data, const int64_t *restrict chosen,
                      const float *restrict values, int64_t lines) {
    for (int64_t i = 0; i < CHOSEN; ++i)
        data[(chosen[i] & (lines - 1)) * 8] += (double)values[i];
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

/* Seconds of a line in `bytes` that an index chooses, where none waits for the one before: of those
 * that come next, or, if these are to be near, of the first again and again. */
static double line_seconds(float *data, size_t bytes, Choices *choices, bool adds, bool near) {
    double times[TURNS / 2];
    for (int turn = 0; turn < TURNS / 2; ++turn) {
        const int64_t at = near ? 0 : choices->gone, lines = (int64_t)(bytes / 64);
        double start = now();
        if (adds)
            lines_add((double *)(void *)data, choices->lines + at, choices->values + at, lines);
        else
            kept = lines_read(data, choices->lines + at, choices->values + at, lines);
        times[turn] = since(start) / CHOSEN;
        if (!near) choices->gone = (choices->gone + CHOSEN) % FAR;
    }
    return short_one(times, TURNS / 2);
}

/* Seconds of a line of a row of several that an index in `bytes` chooses. */
static double row_seconds(const float *data, size_t bytes) {
    const int64_t slabs = (int64_t)(bytes / sizeof(float)) / (ROW * SLAB);
    const int64_t count = ROWS / EACH, each = slabs < count ? slabs : count;
    static float means[ROWS / EACH * ROW];
    static int64_t chosen[ROWS];
    static volatile int64_t said[] = {SLAB, ROW, EACH}; /* not known to the C compiler */
    double times[TURNS / 2];
    for (int64_t turn = 0; turn < TURNS / 2; ++turn) {
        for (int64_t i = 0; i < ROWS; ++i)
            chosen[i] = (int64_t)next_random(SLAB);
        const int64_t from = turn * count % slabs;
        double start = now();
        for (int64_t done = 0; done < count; done += each)
            rows_read(data, chosen, means, (from + done) % slabs, (from + done) % slabs + each,
                      said[0], said[1], said[2]);
        kept = means[turn];
        times[turn] = since(start) / CHOSEN;
    }
    return short_one(times, TURNS / 2);
}

/* How fast a cache is depends on where the pages are in memory: each round takes others. In floats.
 */
static size_t place_of(size_t whole, size_t bytes, int round) {
    return (whole - bytes) / ROUNDS / PAGE * PAGE * (size_t)round / sizeof(float);
}

/* From arrays that the first cache holds to the largest, each so many times larger: powers of two.
 */
static size_t line_bytes(size_t least, size_t most, int i) {
    const double size = (double)least * pow((double)most / (double)least, (double)i / (SIZES - 1));
    size_t bytes = 1;
    while ((double)bytes * 2 <= size)
        bytes *= 2;
    return bytes;
}

static void measure_lines(float *whole, size_t least, size_t most, int round, Choices *choices) {
    for (int i = 0; i < SIZES; ++i) {
        const size_t bytes = line_bytes(least, most, i);
        float *data = whole + place_of(most, bytes, round);
        char number[8];
        snprintf(number, sizeof number, "%d", i);
        note("bytes_%s", number, RATE, 1 / (double)bytes);
        for (int turn = 0; turn < WARMING && i < SIZES - 1; ++turn)
            kept = read_floats(data, (int64_t)(bytes / sizeof(float)));
        note("far_line_%s", number, PART, line_seconds(data, bytes, choices, false, false));
        note("row_%s", number, SECONDS, row_seconds(data, bytes));
        note("far_add_%s", number, PART, line_seconds(data, bytes, choices, true, false));
        if (i > 0) continue;
        note("near_line_%s", number, PART, line_seconds(data, bytes, choices, false, true));
        note("near_add_%s", number, PART, line_seconds(data, bytes, choices, true, true));
    }
}

/* A line takes what one takes that is near, and what it takes longer than such a one while its
 * index and a value come from memory. */
static void say_lines(Say *say) {
    static const char *const says[] = {"line_%s", "add_%s"};
    static const char *const fars[] = {"far_line_%s", "far_add_%s"};
    static const char *const nears[] = {"near_line_%s", "near_add_%s"};
    for (int i = 0; i < SIZES; ++i)
        for (int adds = 0; adds < 2; ++adds) {
            char number[8];
            snprintf(number, sizeof number, "%d", i);
            const double more = noted(fars[adds], number) - noted(fars[adds], "0");
            say_of(say, says[adds], number, noted(nears[adds], "0") + (more > 0 ? more : 0));
        }
}

static const char *const levels[] = {"L1", "L2", "L3", "DRAM"};
enum {
    LEVELS = sizeof levels / sizeof *levels
};

/* How one level is read and written, by one thread and by all of them. */
static void measure_level(const char *level, const Place *one, const Place *all, int threads) {
    note("read_%s_one", level, RATE, move_seconds(one, 1, READS));
    note("pairs_%s_one", level, RATE, move_seconds(one, 1, PAIRS));
    note("copy_%s", level, PART, 2 * move_seconds(one, 1, COPIES));
    note("work_%s", level, PART, move_seconds(one, 1, WORKS));
    note("work_pairs_%s", level, PART, move_seconds(one, 1, WORK_PAIRS));
    note("write_%s_one", level, RATE, move_seconds(one, 1, WRITES));
    note("work_write_%s", level, PART, move_seconds(one, 1, WORK_WRITES));
    note("read_%s_all", level, RATE, move_seconds(all, threads, READS));
    note("pairs_%s_all", level, RATE, move_seconds(all, threads, PAIRS));
    note("write_%s_all", level, RATE, move_seconds(all, threads, WRITES));
}

static void measure_place(int level, float *data, size_t whole, size_t one, size_t all, int threads,
                          int round) {
    const bool is_memory = level == LEVELS - 1;
    float *at = data + place_of(whole, all, round);
    const Place places[] = {{at, one, is_memory}, {at, all, is_memory}};
    measure_level(levels[level], &places[0], &places[1], threads);
}

static double last_bytes; /* of the array of the last cache */

/* Arrays of half the size of a cache that is one core's; of the last cache, four times as large as
 * the one before; of memory, the whole. */
static void measure_memory(float *data, size_t whole, const size_t sizes[3], int threads, int round,
                           Choices *choices) {
    const size_t many = (size_t)threads, last = sizes[2] < whole ? sizes[2] : whole;
    const size_t most = last / 2 < PIECE ? PIECE : last / 2;
    const size_t shared = sizes[1] * 4 < most ? sizes[1] * 4 : most;
    const size_t ones[LEVELS] = {sizes[0] / 2, sizes[1] / 2, shared, whole};
    const size_t alls[LEVELS] = {ones[0] * many, ones[1] * many,
                                 shared * many < most ? shared * many : most, whole};
    for (int level = 0; level < LEVELS; ++level)
        measure_place(level, data, whole, ones[level], alls[level], threads, round);
    const Place memory = {data, whole, true};
    note("past_DRAM_one", "", RATE, move_seconds(&memory, 1, PUTS));
    note("past_DRAM_all", "", RATE, move_seconds(&memory, threads, PUTS));
    if (round % RARE != RARE - 1) return;
    const double near = noted("read_%s_one", "L3"), far = noted("read_%s_one", "DRAM");
    note("swept beside others", "", PART, 1 / swept_bytes(data, shared, last, near, far));
    note("left to others", "", PART, 1 / left_seconds(data, shared, far));
    last_bytes = (double)shared;
    measure_lines(data, ones[0] < SLAB_BYTES ? SLAB_BYTES : ones[0] / PAGE * PAGE, whole, round,
                  choices);
}

/* Of two things that go on together, how much of the shorter is added to the longer. */
static double waits(double both, double one, double other) {
    double longer = one > other ? one : other, shorter = one > other ? other : one;
    double share = (both - longer) / shorter;
    return share < 0.01 ? 0.01 : share > 1 ? 1 : share;
}

static void say_memory(const size_t sizes[3], Say *say) {
    for (int i = 0; i < LEVELS; ++i) {
        const char *level = levels[i];
        const double read = noted("read_%s_one", level), pairs = noted("pairs_%s_one", level),
                     written = noted("write_%s_one", level), work = noted("work_%s", "L1");
        say_of(say, "mixes_%s", level, waits(noted("copy_%s", level), read, written));
        say_of(say, "waits_read_%s", level, waits(noted("work_%s", level), read, work));
        say_of(say, "waits_pairs_%s", level, waits(noted("work_pairs_%s", level), pairs, work));
        say_of(say, "waits_write_%s", level,
               waits(noted("work_write_%s", level), written, noted("work_write_%s", "L1")));
    }
    /* What is lost of a small array while it is left is what others move in that time. */
    const double swept = 1 / noted("swept beside %s", "others"),
                 left = 1 / noted("left to %s", "others");
    const double sweep = swept * (noted("read_%s_one", "L3") + noted("read_%s_one", "DRAM")) / 2;
    const double others = (swept - last_bytes) / (left + sweep);
    say("others", others > 1 ? others : 1);
    say("L3", swept);
    say("L1", (double)sizes[0]);
    say("L2", (double)sizes[1]);
}
