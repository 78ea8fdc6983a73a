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

static double least_bytes(const Cost *cost) {
    double bytes = 0;
    for (int i = 0; i < cost->reads.count; i++)
        bytes += cost->reads.items[i].least;
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

/* The share of an array that the last cache still holds, though more than that was moved since: it
 * does not throw out just what was touched longest ago. */
static double still_held(const Machine *machine, double since) {
    double share = 2 - since / machine->size[LEVEL_L3];
    return share > 0 ? share : 0;
}

/* Lines that indices choose, each once from where the array is, and again from the smallest cache
 * that holds what they choose from. */
static double chosen_seconds(const Machine *machine, const Traffic *t, MemoryLevel from,
                             MemoryLevel again) {
    double different = t->least / LINE_BYTES;
    if (different > t->lines) different = t->lines;
    return different * machine->line[from] + (t->lines - different) * machine->line[again];
}

static double memory_seconds(const Costs *costs, const Machine *machine, int at, int threads,
                             double level_seconds[LEVEL_COUNT]) {
    const Cost *cost = part(costs, at);
    for (int writes = 0; writes < 2; writes++) {
        const Traffics *list = writes ? &cost->writes : &cost->reads;
        const double *one = writes ? machine->one.write : machine->one.read;
        const double *all = writes ? machine->all.write : machine->all.read;
        for (int i = 0; i < list->count; i++) {
            const Traffic *t = &list->items[i];
            double first = t->bytes < t->least ? t->bytes : t->least;
            double since = bytes_since(costs, at, t->array);
            MemoryLevel from = level_of(machine, since, threads);
            MemoryLevel again = level_of(machine, t->least, 1);
            double once = first / speed(one[from], all[from], threads, machine->threads);
            double chosen = chosen_seconds(machine, t, from, again) / threads;
            double held = from == LEVEL_DRAM ? still_held(machine, since) : 0;
            if (chosen <= once && held > 0) {
                level_seconds[LEVEL_L3] +=
                    held * first / speed(one[LEVEL_L3], all[LEVEL_L3], threads, machine->threads);
                once *= 1 - held;
            }
            level_seconds[from] += chosen > once ? chosen : once;
            level_seconds[again] +=
                (t->bytes - first) / speed(one[again], all[again], threads, machine->threads);
        }
    }
    double seconds = 0;
    for (int level = 0; level < LEVEL_COUNT; level++)
        seconds += level_seconds[level];
    return seconds;
}

/* --- arithmetic --- */

/* In a cycle a core begins two operations on vectors, as its peak is measured, or four on single
 * numbers. */
static double arithmetic_seconds(const Machine *machine, const Cost *cost) {
    double seconds = 0;
    for (int wide = 0; wide < 2; wide++) {
        double lanes = wide ? LANES_F32 / 2 : LANES_F32, peak = machine->peak[wide];
        double vector = cost->vector[wide] > 0 ? cost->vector[wide] : 0;
        seconds +=
            cost->fused[wide] / peak + vector / (peak / 2) + cost->scalar[wide] / (peak / lanes);
    }
    return seconds;
}

static double function_seconds(const Machine *machine, const Cost *cost) {
    bool vectors = cost->vector[0] + cost->vector[1] + cost->fused[0] + cost->fused[1] >=
                   cost->scalar[0] + cost->scalar[1];
    double seconds = 0;
    for (int op = 0; op < OP_COUNT; op++)
        for (int wide = 0; wide < 2; wide++) {
            double one = machine->call[op][wide];
            if (op == OP_UNIFORM) one = machine->random[wide];
            if (one == 0) one = 2 * machine->call[OP_LOG][wide]; /* of a normal distribution, ... */
            double slower = machine->alone[wide] / machine->call[OP_EXP][wide];
            seconds += cost->call[op][wide] * one * (vectors ? 1 : slower);
        }
    return seconds;
}

static Prediction predict_part(const Costs *costs, const Machine *machine, int at, int threads) {
    const Cost *cost = part(costs, at);
    Prediction p = {0};
    bool shared = threads > 1 && cost->parallel && cost->work > PARALLEL_WORK;
    double level_seconds[LEVEL_COUNT] = {0};
    int team = !shared ? 1 : cost->turns < threads && cost->turns >= 1 ? (int)cost->turns : threads;
    p.memory = memory_seconds(costs, machine, at, team, level_seconds);
    p.arithmetic = arithmetic_seconds(machine, cost) / team;
    p.functions = function_seconds(machine, cost) / team;
    p.chain = (cost->chain[0] * machine->chain[0] + cost->chain[1] * machine->chain[1]) / team;
    p.bound = BOUND_L1;
    for (int level = 1; level < LEVEL_COUNT; level++)
        if (level_seconds[level] > level_seconds[p.bound]) p.bound = (Bound)level;
    double compute = p.arithmetic + p.functions;
    p.seconds = p.memory;
    if (compute > p.seconds) {
        p.seconds = compute;
        p.bound = p.functions > p.arithmetic ? BOUND_FUNCTIONS : BOUND_ARITHMETIC;
    }
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
