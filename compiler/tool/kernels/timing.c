/* What this machine does, measured: how fast each level of the memory is read and written, how fast
 * arithmetic and the elementary functions are, what it costs to start threads. In: the threads of
 * the widest measurement; out: names and numbers, given to `say`. The compiler carries these files,
 * this one, memory.c, steps.c and calibration.c, compiles them as one with the flags of emitted
 * code, and keeps what they say (compiler/tool/machine.c).
 *
 * What else runs on the machine is not to be measured. So times are those that the processor spent
 * on the thread; of many turns a short one counts; and all is measured in rounds, some seconds from
 * the first to the last. Of these the best counts for each number; of what all programs share, the
 * last cache and the memory, one of the better ones, for they are never left alone; of differences
 * the middle one. Loops have the
 * form that emitted ones have. */
#define _GNU_SOURCE
#include "steelyard.h"
#include "steelyard_put.h"
#include "steelyard_scan.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    ROUNDS = 9,
    STEPS = 20000,
    COUNT = 1024, /* of arguments of an elementary function */
    REPEATS = 8,  /* of what is shorter than asking for the time */
    NOTES_MOST = 128
};

static double clock_seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* What the processor spent on this thread. */
static double now(void) {
    return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}

static double asking; /* seconds of now() itself */

static double since(double start) {
    double took = now() - start - asking;
    return took > 1e-9 ? took : 1e-9;
}

static void measure_asking(void) {
    double best = 1;
    asking = 0;
    for (int turn = 0; turn < 1000; ++turn) {
        double took = since(now());
        best = took < best ? took : best;
    }
    asking = best;
}

static volatile float kept; /* what is stored here was computed */

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

/* --- rounds --- */

typedef struct Note {
    char name[32];
    bool is_rate; /* the higher the better */
    bool is_left; /* of one time less another: its extremes are those of either */
    int count;
    double values[ROUNDS];
} Note;

static Note notes[NOTES_MOST];

static Note *note_of(const char *name) {
    int i = 0;
    while (i < NOTES_MOST - 1 && notes[i].count && strcmp(notes[i].name, name) != 0)
        ++i;
    snprintf(notes[i].name, sizeof notes[i].name, "%s", name);
    return &notes[i];
}

static double note(const char *name, bool is_rate, double value) {
    Note *to = note_of(name);
    to->is_rate = is_rate;
    if (to->count < ROUNDS) to->values[to->count++] = value;
    return value;
}

static void note_left(const char *name, double value) {
    note(name, false, value);
    note_of(name)->is_left = true;
}

static void notes_say(Say *say) {
    for (int i = 0; i < NOTES_MOST && notes[i].count; ++i) {
        Note *from = &notes[i];
        qsort(from->values, (size_t)from->count, sizeof *from->values, compare);
        bool is_shared = strstr(from->name, "L3") || strstr(from->name, "DRAM");
        int rank = from->is_left ? from->count / 2 : is_shared ? from->count / 3 : 0;
        say(from->name, from->values[from->is_rate ? from->count - 1 - rank : rank]);
        from->count = 0;
    }
}
