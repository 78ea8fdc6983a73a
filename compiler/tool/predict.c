/* Takes what a nest costs and what the machine does in a second, gives the time and what bounds it.
 *
 * Memory and arithmetic go on at once, so a nest takes the longer of the two. Where an array comes
 * from is told by how many bytes were moved since it was touched last: the smallest cache that
 * holds so many; what a nest reads again comes from the smallest that holds the array. */
#include "tool/predict.h"
#include "tool/npy.h"

enum {
    PARALLEL_WORK = 20000, /* iterations from which nests are shared out: loops/nest.c */
    LANES_F32 = 8,         /* of vectors */
    LINE_BYTES = 64
};

const char *bound_text(Bound bound) {
    static const char *const texts[] = {
        [BOUND_L1] = "L1",
        [BOUND_L2] = "L2",
        [BOUND_L3] = "L3",
        [BOUND_DRAM] = "DRAM",
        [BOUND_ARITHMETIC] = "arithmetic",
        [BOUND_FUNCTIONS] = "elementary functions",
        [BOUND_CHAIN] = "each step waits for the one before",
        [BOUND_THREADS] = "starting threads",
    };
    return texts[bound];
}

/* --- memory --- */

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
static double bytes_since(const Costs *costs, int at, const Array *array) {
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

/* Of what no vector gathers, a line of the first cache is read as any other number. */
static double line_seconds(const Machine *machine, const Traffic *t, MemoryLevel level) {
    double beyond = machine->line[level] - machine->line[LEVEL_L1];
    if (t->run <= 0) return beyond > 0 ? beyond : 0;
    return t->run > LINE_BYTES ? machine->row[level] : machine->line[level];
}

/* What was moved once at a speed, from the level; of the last cache a part comes from memory. */
typedef struct Move {
    double bytes, lines;
    const Traffic *traffic;
    const double *one, *all;
} Move;

static double move_seconds(const Machine *machine, const Move *m, MemoryLevel level, int threads) {
    double streamed = m->bytes / speed(m->one[level], m->all[level], threads, machine->threads);
    double chosen = m->lines * line_seconds(machine, m->traffic, level) / threads;
    return streamed > chosen ? streamed : chosen;
}

static void move_add(const Machine *machine, const Move *m, double since, int threads,
                     double level_seconds[LEVEL_COUNT]) {
    MemoryLevel from = level_of(machine, since, threads);
    double held = from < LEVEL_L3 ? 0 : still_held(machine, since);
    if (from < LEVEL_L3) {
        level_seconds[from] += move_seconds(machine, m, from, threads);
        return;
    }
    level_seconds[LEVEL_L3] += held * move_seconds(machine, m, LEVEL_L3, threads);
    level_seconds[LEVEL_DRAM] += (1 - held) * move_seconds(machine, m, LEVEL_DRAM, threads);
}

/* The longer of two that go on at once, and of the shorter the share that was seen to be added. */
static double together(double one, double other, double share) {
    return one > other ? one + share * other : other + share * one;
}

/* Each array once from where it is, and again from the smallest cache that holds it. */
static void memory_seconds(const Costs *costs, const Machine *machine, int at, int threads,
                           double level_seconds[LEVEL_COUNT]) {
    const Cost *cost = part(costs, at);
    double ways[2][LEVEL_COUNT] = {{0}}, past[2][LEVEL_COUNT];
    for (int i = 0; i < 2 * LEVEL_COUNT; i++)
        past[i / LEVEL_COUNT][i % LEVEL_COUNT] = machine->past[i / LEVEL_COUNT];
    for (int writes = 0; writes < 2; writes++) {
        const Traffics *list = writes ? &cost->writes : &cost->reads;
        const double *one = writes ? machine->one.write : machine->one.read;
        const double *all = writes ? machine->all.write : machine->all.read;
        for (int i = 0; i < list->count; i++) {
            const Traffic *t = &list->items[i];
            double first = t->bytes < t->least ? t->bytes : t->least;
            double different = t->least / LINE_BYTES;
            if (different > t->lines) different = t->lines;
            Move once = {first, different, t, t->past ? past[0] : one, t->past ? past[1] : all};
            Move again = {t->bytes - first, t->lines - different, t, one, all};
            move_add(machine, &once, bytes_since(costs, at, t->array), threads, ways[writes]);
            move_add(machine, &again, t->lines > 0 ? t->among : t->least, 1, ways[writes]);
        }
    }
    for (int level = 0; level < LEVEL_COUNT; level++)
        level_seconds[level] = together(ways[0][level], ways[1][level], machine->mixes[level]);
}

/* --- arithmetic --- */

/* A step that is not measured one by one is taken to go as many at a time as half a vector has
 * lanes: two vectors are begun in a cycle, or four single numbers. */
static double alone_seconds(const Machine *machine, int work, int wide) {
    double alone = machine->work_alone[work][wide];
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

static double function_seconds(const Machine *machine, const Cost *cost) {
    bool vectors =
        steps_of(cost->vector) + cost->fused[0] + cost->fused[1] >= steps_of(cost->scalar);
    double seconds = 0;
    for (int op = 0; op < OP_COUNT; op++)
        for (int wide = 0; wide < 2; wide++) {
            double one = machine->call[op][wide];
            if (op == OP_UNIFORM) one = machine->random[wide];
            if (one == 0) one = 2 * machine->call[OP_LOG][wide]; /* of a normal distribution, ... */
            bool divides = op == OP_DIV || op == OP_SQRT;
            double slower = divides ? machine->div_alone[wide] / machine->call[OP_DIV][wide]
                                    : machine->alone[wide] / machine->call[OP_EXP][wide];
            seconds += cost->call[op][wide] * one * (vectors ? 1 : slower);
        }
    return seconds;
}

/* Memory and arithmetic: the levels that it comes from say how well they go together. */
static double seconds_together(const Machine *machine, const double level_seconds[LEVEL_COUNT],
                               double memory, double compute) {
    double waits = 0;
    for (int level = 0; level < LEVEL_COUNT && memory > 0; level++)
        waits += machine->waits[level] * level_seconds[level] / memory;
    return together(memory, compute, waits);
}

static Prediction predict_part(const Costs *costs, const Machine *machine, int at, int threads) {
    const Cost *cost = part(costs, at);
    Prediction p = {0};
    bool shared = threads > 1 && cost->parallel && cost->work > PARALLEL_WORK;
    double level_seconds[LEVEL_COUNT] = {0};
    int team = !shared ? 1 : cost->turns < threads && cost->turns >= 1 ? (int)cost->turns : threads;
    memory_seconds(costs, machine, at, team, level_seconds);
    p.arithmetic = arithmetic_seconds(machine, cost) / team;
    p.functions = function_seconds(machine, cost) / team;
    p.chain = (cost->chain[0] * machine->chain[0] + cost->chain[1] * machine->chain[1]) / team;
    p.bound = BOUND_L1;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        p.memory += level_seconds[level];
        if (level_seconds[level] > level_seconds[p.bound]) p.bound = (Bound)level;
    }
    double compute = p.arithmetic + p.functions;
    p.seconds = seconds_together(machine, level_seconds, p.memory, compute);
    if (compute > p.memory)
        p.bound = p.functions > p.arithmetic ? BOUND_FUNCTIONS : BOUND_ARITHMETIC;
    if (p.chain > p.seconds) p.seconds = p.chain, p.bound = BOUND_CHAIN;
    if (shared && machine->fork_join > p.seconds) p.bound = BOUND_THREADS;
    if (shared) p.seconds += machine->fork_join;
    return p;
}

Prediction predict_nest(const Costs *costs, const Machine *machine, const Cost *cost, int threads) {
    return predict_part(costs, machine, cost->number, threads);
}

double predict_all(const Costs *costs, const Machine *machine, int threads) {
    double seconds = 0;
    for (int i = 0; i <= costs->nests.count; i++)
        seconds += predict_part(costs, machine, i, threads).seconds;
    return seconds;
}
