/* Takes what a nest costs and what the machine does in a second, gives the time and what bounds it.
 *
 * Memory and arithmetic go on at once, so a nest takes the longer of the two. Where an array comes
 * from is told by how many bytes were moved since it was touched last: the smallest cache that
 * holds so many; what a nest reads again comes from the smallest that holds the array. */
#include "tool/predict.h"
#include "tool/npy.h"
#include <math.h>

enum {
    PARALLEL_WORK = 20000, /* iterations from which nests are shared out: loops/nest.c */
    LANES_F32 = 8,         /* of vectors */
    PACE_TURNS = 4,        /* till it hardly changes */
    CHOOSING_BYTES = 12    /* of an index and a value, which went by when a line was measured */
};

const char *bound_text(Bound bound) {
    static const char *const texts[] = {
        [BOUND_L1] = "L1",
        [BOUND_L2] = "L2",
        [BOUND_L3] = "L3",
        [BOUND_DRAM] = "DRAM",
        [BOUND_ARITHMETIC] = "arithmetic",
        [BOUND_FUNCTIONS] = "elementary functions",
        [BOUND_DIVISIONS] = "divisions and roots",
        [BOUND_CHAIN] = "each step waits for the one before",
        [BOUND_THREADS] = "starting threads",
    };
    return texts[bound];
}

/* --- memory --- */

/* What is predicted: how fast that goes, what is moved meanwhile by others depends on. */
typedef struct Setting {
    const Costs *costs;
    const Machine *machine;
    double pace; /* seconds of a byte */
} Setting;

/* All that runs, in order: the checks first. */
static const Cost *part(const Costs *costs, int i) {
    return i == 0 ? costs->checks : costs->nests.items[i - 1];
}

static const Traffic *traffic_of(const Traffics *list, const Array *array) {
    for (int i = 0; i < list->count; i++)
        if (list->items[i].array == array) return &list->items[i];
    return NULL;
}

static bool touches(const Cost *cost, const Array *array) {
    return traffic_of(&cost->reads, array) || traffic_of(&cost->writes, array);
}

/* What a cache takes of an array: with a line that an index chooses comes the one beside it. */
static double held_of(const Traffic *t) {
    if (t->lines <= 0) return t->least;
    double bytes = 2 * LINE_BYTES * t->lines;
    return bytes < t->least ? t->least : bytes > t->whole ? t->whole : bytes;
}

static double least_bytes(const Cost *cost) {
    double bytes = 0;
    for (int i = 0; i < cost->reads.count; i++)
        bytes += held_of(&cost->reads.items[i]);
    for (int i = 0; i < cost->writes.count; i++)
        if (!traffic_of(&cost->reads, cost->writes.items[i].array))
            bytes += cost->writes.items[i].least;
    return bytes;
}

/* Bytes moved since an element of the array was touched before. */
static double own_since(const Costs *costs, int at, const Array *array) {
    int count = costs->nests.count + 1;
    double between = 0, own = least_bytes(part(costs, at));
    for (int back = 1; back < count; back++) {
        const Cost *before = part(costs, (at + count - back) % count);
        double bytes = least_bytes(before);
        if (touches(before, array)) return between + (bytes > own ? bytes : own);
        between += bytes;
    }
    return between + own;
}

static MemoryLevel level_of(const Machine *machine, double bytes, int threads) {
    for (int level = LEVEL_L1; level < LEVEL_L3; level++)
        if (bytes <= machine->size[level] * threads) return (MemoryLevel)level;
    return bytes <= machine->size[LEVEL_L3] ? LEVEL_L3 : LEVEL_DRAM;
}

/* Bandwidth grows with threads up to that of all. */
static double speed(double one, double all, int threads, int most) {
    if (threads <= 1 || most <= 1) return one;
    double share = (double)(threads - 1) / (most - 1);
    return one + (all > one ? all - one : 0) * (share < 1 ? share : 1);
}

/* The share of an array that the last cache still holds: of what is as large as itself half, since
 * it does not throw out just what was touched longest ago, and others fill it too. */
static double still_held(const Machine *machine, double since) {
    double share = 2.5 - 2 * since / machine->size[LEVEL_L3];
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* Between two sizes that were measured both change by the same factor. */
static double at_size(const double bytes[LINE_SIZES], const double seconds[LINE_SIZES],
                      double size) {
    int i = 0;
    while (i < LINE_SIZES && bytes[i] < size)
        i++;
    if (i == 0 || i == LINE_SIZES) return seconds[i ? LINE_SIZES - 1 : 0];
    double share = log(size / bytes[i - 1]) / log(bytes[i] / bytes[i - 1]);
    return seconds[i - 1] * pow(seconds[i] / seconds[i - 1], share);
}

/* Seconds of a line that an index chooses: those of one that is near go on beside other work, what
 * it takes longer is waited for. An addition to one that is near is a step like others; and of rows
 * of several lines the next one is asked for meanwhile. */
typedef struct LineTime {
    double near, more;
} LineTime;

static LineTime line_time(const Machine *machine, const Traffic *t, double size) {
    const Lines *lines = &machine->lines;
    if (t->run > LINE_BYTES) return (LineTime){at_size(lines->bytes, lines->row, size), 0};
    const double *of = t->adds ? lines->add : lines->line;
    double more = at_size(lines->bytes, of, size) - of[0];
    return (LineTime){t->run > 0 ? of[0] : 0, more > 0 ? more : 0};
}

/* What was moved, and how much else since it was moved before. */
typedef struct Move {
    double bytes, lines, since;
    int threads; /* whose caches hold it */
    int team;    /* who move it */
} Move;

/* How much of the bytes comes from each level: of the last cache a part comes from memory. */
static void move_levels(const Machine *machine, const Move *m, double shares[LEVEL_COUNT]) {
    MemoryLevel from = level_of(machine, m->since, m->threads);
    double held = from < LEVEL_L3 ? 0 : still_held(machine, m->since);
    for (int level = 0; level < LEVEL_COUNT; level++)
        shares[level] = 0;
    shares[from < LEVEL_L3 ? from : LEVEL_L3] = from < LEVEL_L3 ? 1 : held;
    if (from >= LEVEL_L3) shares[LEVEL_DRAM] = 1 - held;
}
/* The longer of two that go on at once, and of the shorter the share that was seen to be added. */
static double together(double one, double other, double share) {
    return one > other ? one + share * other : other + share * one;
}

/* What is touched in a nest between two times that an index chooses the same line: all that indices
 * choose from, and what else goes by meanwhile that did not when lines were measured. */
static double chosen_among(const Cost *cost) {
    double among = 0, lines = 0, bytes = 0;
    for (int writes = 0; writes < 2; writes++) {
        const Traffics *list = writes ? &cost->writes : &cost->reads;
        for (int i = 0; i < list->count; i++) {
            const Traffic *t = &list->items[i];
            bool is_chosen = t->lines > 0 || (writes && traffic_of(&cost->reads, t->array));
            among += t->lines > 0 ? t->among : 0;
            lines += t->lines;
            bytes += is_chosen ? -CHOOSING_BYTES * t->lines : t->bytes;
        }
    }
    return lines > 0 ? among + bytes * (among / LINE_BYTES) / lines : 0;
}

/* Once from where the array is, and again from the smallest cache that holds it. Others move
 * something through the last cache meanwhile. */
static void moves_of(const Setting *set, int at, int threads, const Traffic *t, Move moves[2]) {
    const Machine *machine = set->machine;
    double first = t->bytes < t->least ? t->bytes : t->least;
    double different = t->least / LINE_BYTES, since = own_since(set->costs, at, t->array);
    if (different > t->lines) different = t->lines;
    if (since > machine->size[LEVEL_L2] * threads) since += machine->others * set->pace * since;
    moves[0] = (Move){first, different, since, threads, threads};
    double again = t->lines > 0 ? chosen_among(part(set->costs, at)) : t->least;
    moves[1] = (Move){t->bytes - first, t->lines - different, again, 1, threads};
}

/* Of what is read in a row from each level, how much goes on beside another array: as much of the
 * largest as there is of all others. Checks on entry look at one array after the other. */
static void pairs_find(const Setting *set, int at, int threads, double pairs[LEVEL_COUNT]) {
    static const Traffics none;
    const Traffics *reads = at == 0 ? &none : &part(set->costs, at)->reads;
    double all[LEVEL_COUNT] = {0}, most[LEVEL_COUNT] = {0}, shares[LEVEL_COUNT];
    for (int i = 0; i < reads->count; i++) {
        Move moves[2];
        if (reads->items[i].lines > 0) continue;
        moves_of(set, at, threads, &reads->items[i], moves);
        move_levels(set->machine, &moves[0], shares);
        for (int level = 0; level < LEVEL_COUNT; level++) {
            double bytes = moves[0].bytes * shares[level];
            all[level] += bytes;
            if (bytes > most[level]) most[level] = bytes;
        }
    }
    for (int level = 0; level < LEVEL_COUNT; level++) {
        double beside = 2 * (all[level] - most[level]);
        pairs[level] = all[level] <= 0 ? 0 : beside > all[level] ? 1 : beside / all[level];
    }
}

/* Bytes a second from the level, that way: what is moved once in a call, or nearly so, as fast as
 * the program's own arrays were seen to be moved. */
static double rate(const Setting *set, double since, MemoryLevel level, Way way, int threads) {
    const Machine *machine = set->machine;
    const Moved *now = &machine->now[threads > 1];
    if (since > now->bytes / 2 && now->rates[way] > 0) return now->rates[way];
    const Bandwidth *one = &machine->one, *all = &machine->all;
    const double *const ones[] = {one->read, one->pairs, one->write};
    const double *const alls[] = {all->read, all->pairs, all->write};
    return way == WAY_PAST ? speed(machine->past[0], machine->past[1], threads, machine->threads)
                           : speed(ones[way][level], alls[way][level], threads, machine->threads);
}

/* Seconds of a byte that is read in a row from the level, or written. */
static double byte_seconds(const Setting *set, const Traffic *t, const Move *m, MemoryLevel level,
                           bool writes, double pairs) {
    if (t->past) return 1 / rate(set, m->since, level, WAY_PAST, m->team);
    if (writes) return 1 / rate(set, m->since, level, WAY_WRITE, m->team);
    return (1 - pairs) / rate(set, m->since, level, WAY_READ, m->team) +
           pairs / rate(set, m->since, level, WAY_PAIRS, m->team);
}

/* Of a level's seconds, those that arithmetic waits for. Nobody waits for what goes past the cache.
 */
static double waited_share(const Machine *machine, const Traffic *t, MemoryLevel level, bool writes,
                           double pairs) {
    const Bandwidth *waits = &machine->waits;
    if (t->past) return 0;
    if (writes) return waits->write[level];
    return (1 - pairs) * waits->read[level] + pairs * waits->pairs[level];
}

typedef struct MemoryTime {
    double levels[LEVEL_COUNT]; /* seconds */
    double lines;               /* those of them that lines which indices choose are waited for */
    double waits; /* of memory and arithmetic, how much of the shorter is added to the longer */
} MemoryTime;

static MemoryTime memory_seconds(const Setting *set, int at, int threads) {
    const Cost *cost = part(set->costs, at);
    const Machine *machine = set->machine;
    double ways[2][LEVEL_COUNT] = {{0}}, lines[LEVEL_COUNT] = {0};
    double pairs[LEVEL_COUNT], shares[LEVEL_COUNT];
    double all = 0, waited = 0;
    MemoryTime time = {0};
    pairs_find(set, at, threads, pairs);
    for (int writes = 0; writes < 2; writes++) {
        const Traffics *list = writes ? &cost->writes : &cost->reads;
        for (int i = 0; i < list->count * 2; i++) {
            const Traffic *t = &list->items[i / 2];
            Move moves[2], *m = &moves[i % 2];
            moves_of(set, at, threads, t, moves);
            move_levels(machine, m, shares);
            const LineTime line = line_time(machine, t, m->since);
            const double chosen = m->lines * line.near / threads;
            const double waiting = m->lines * line.more / threads;
            time.lines += waiting;
            for (int l = 0; l < LEVEL_COUNT; l++) {
                MemoryLevel level = (MemoryLevel)l;
                double streamed = m->bytes * byte_seconds(set, t, m, level, writes, pairs[l]);
                double seconds = shares[l] * (streamed > chosen ? streamed : chosen);
                ways[writes][l] += seconds;
                all += seconds;
                waited += seconds * waited_share(machine, t, level, writes, pairs[l]);
                lines[l] += shares[l] * waiting;
            }
        }
    }
    for (int level = 0; level < LEVEL_COUNT; level++)
        time.levels[level] =
            together(ways[0][level], ways[1][level], machine->mixes[level]) + lines[level];
    time.waits = all > 0 ? waited / all : 0;
    return time;
}

/* --- arithmetic --- */

/* A step that is not measured one by one is taken to go as many at a time as half a vector has
 * lanes: two vectors are begun in a cycle, or four single numbers. */
static double alone_seconds(const Machine *machine, int work, int wide) {
    double alone = machine->work_alone[work][wide];
    if (work == WORK_ADD || work == WORK_RUNNING)
        return machine->work[work][wide]; /* there is no other way */
    return alone > 0 ? alone : machine->work[work][wide] * (wide ? LANES_F32 / 4 : LANES_F32 / 2);
}

static double arithmetic_seconds(const Machine *machine, const Cost *cost) {
    double seconds = 0;
    for (int wide = 0; wide < 2; wide++) {
        double works = 0;
        for (int work = 0; work < WORK_COUNT; work++)
            works += cost->vector[work][wide] * machine->work[work][wide] +
                     cost->scalar[work][wide] * alone_seconds(machine, work, wide);
        seconds += cost->fused[wide] / machine->peak[wide] + (works > 0 ? works : 0);
    }
    return seconds;
}

static double steps_of(const double works[WORK_COUNT][2]) {
    double steps = 0;
    for (int work = 0; work < WORK_COUNT; work++)
        steps += works[work][0] + works[work][1];
    return steps;
}

static bool divides(int op) {
    return op == OP_DIV || op == OP_SQRT;
}

/* Seconds of the calls: those of divisions and roots, or those of the other functions. */
static double function_seconds(const Machine *machine, const Cost *cost, bool of_divisions) {
    bool vectors =
        steps_of(cost->vector) + cost->fused[0] + cost->fused[1] >= steps_of(cost->scalar);
    double seconds = 0;
    for (int op = 0; op < OP_COUNT; op++)
        for (int wide = 0; wide < 2 && divides(op) == of_divisions; wide++) {
            double one = machine->call[op][wide];
            if (op == OP_UNIFORM) one = machine->random[wide];
            if (one == 0) one = 2 * machine->call[OP_LOG][wide]; /* of a normal distribution, ... */
            double slower = of_divisions ? machine->div_alone[wide] / machine->call[OP_DIV][wide]
                                         : machine->alone[wide] / machine->call[OP_EXP][wide];
            seconds += cost->call[op][wide] * one * (vectors ? 1 : slower);
        }
    return seconds;
}

static Prediction predict_part(const Setting *set, int at, int threads) {
    const Cost *cost = part(set->costs, at);
    const Machine *machine = set->machine;
    Prediction p = {0};
    bool shared = threads > 1 && cost->parallel && cost->work > PARALLEL_WORK;
    int team = !shared ? 1 : cost->turns < threads && cost->turns >= 1 ? (int)cost->turns : threads;
    const MemoryTime memory = memory_seconds(set, at, team);
    p.arithmetic = arithmetic_seconds(machine, cost) / team;
    p.functions = function_seconds(machine, cost, false) / team;
    p.divisions = function_seconds(machine, cost, true) / team;
    p.chain = (cost->chain[0] * machine->chain[0] + cost->chain[1] * machine->chain[1]) / team;
    p.bound = BOUND_L1;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        p.memory += memory.levels[level];
        if (memory.levels[level] > memory.levels[p.bound]) p.bound = (Bound)level;
    }
    double compute = p.arithmetic + p.functions + p.divisions;
    p.seconds = together(p.memory - memory.lines, compute, memory.waits) + memory.lines;
    if (compute > p.memory) {
        p.bound = p.functions > p.divisions ? BOUND_FUNCTIONS : BOUND_DIVISIONS;
        if (p.arithmetic >= p.functions + p.divisions) p.bound = BOUND_ARITHMETIC;
    }
    if (p.chain > p.seconds) p.seconds = p.chain, p.bound = BOUND_CHAIN;
    if (shared && machine->fork_join > p.seconds) p.bound = BOUND_THREADS;
    if (shared) p.seconds += machine->fork_join;
    return p;
}

static double seconds_of(const Setting *set, int threads) {
    double seconds = 0;
    for (int i = 0; i <= set->costs->nests.count; i++)
        seconds += predict_part(set, i, threads).seconds;
    return seconds;
}

/* The pace comes of the seconds, and these of the pace: the longer it takes, the more is lost. */
static Setting setting_of(const Costs *costs, const Machine *machine, int threads) {
    Setting set = {costs, machine, 0};
    double bytes = 0;
    for (int i = 0; i <= costs->nests.count; i++)
        bytes += least_bytes(part(costs, i));
    for (int turn = 0; turn < PACE_TURNS && bytes > 0; turn++)
        set.pace = seconds_of(&set, threads) / bytes;
    return set;
}

Prediction predict_nest(const Costs *costs, const Machine *machine, const Cost *cost, int threads) {
    const Setting set = setting_of(costs, machine, threads);
    return predict_part(&set, cost->number, threads);
}

double predict_all(const Costs *costs, const Machine *machine, int threads) {
    const Setting set = setting_of(costs, machine, threads);
    return seconds_of(&set, threads);
}
