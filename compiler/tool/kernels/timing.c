/* What this machine does, measured: how fast each level of the memory is read and written, how fast
 * arithmetic and the elementary functions are, what it costs to start threads. In: the threads of
 * the widest measurement; out: names and numbers, given to `say`. The compiler carries these files,
 * this one, memory.c, steps.c and calibration.c, compiles them as one with the flags of emitted
 * code, and keeps what they say (compiler/tool/machine.c).
 *
 * What else runs on the machine is not to be measured. So times are those that the processor spent
 * on the thread; of many turns a short one counts; and all is measured in many short rounds, some
 * seconds from the first to the last: clocks change from one to the next, and who shares a core
 * with somebody else has half of it for a second. Of the rounds one of the best counts for each
 * number; of the last cache, which all programs share, and of what others leave of it, one of the
 * better ones, for it is never left alone; of the memory the one in the middle. What is one time
 * less another is worked out from what counts of both. Loops have the form that emitted ones have.
 */
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
    ROUNDS = 32,
    RARE = 4, /* what takes long is measured in one round of so many */
    STEPS = 20000,
    COUNT = 1024, /* of arguments of an elementary function */
    REPEATS = 8,  /* of what is shorter than asking for the time */
    PAGE = 4096,
    NOTES_MOST = 224
};

#define LEFT_MOST 0.05 /* seconds that an array is left alone */

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

static double mean_of(const double *times, int count) {
    double sum = 0;
    for (int i = 0; i < count; ++i)
        sum += times[i];
    return sum / count;
}

/* --- rounds --- */

typedef enum Said {
    SECONDS,
    RATE, /* in a second */
    PART  /* not said: others are worked out from it */
} Said;

/* Seconds, of each round. */
typedef struct Note {
    char name[32];
    Said said;
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

/* The name is `what`, in which `of` may stand. */
static void note(const char *what, const char *of, Said said, double seconds) {
    char name[32];
    snprintf(name, sizeof name, what, of);
    Note *to = note_of(name);
    to->said = said;
    if (to->count < ROUNDS) to->values[to->count++] = seconds;
}

/* What counts of the rounds. */
static double noted(const char *what, const char *of) {
    char name[32];
    snprintf(name, sizeof name, what, of);
    Note *from = note_of(name);
    bool is_shared = strstr(name, "L3") || strstr(name, "far_") || strstr(name, "others");
    bool is_memory = strstr(name, "DRAM");
    qsort(from->values, (size_t)from->count, sizeof *from->values, compare);
    return from->values[is_memory   ? from->count / 2
                        : is_shared ? from->count / 3
                                    : from->count / 16];
}

static void say_of(Say *say, const char *what, const char *of, double value) {
    char name[32];
    snprintf(name, sizeof name, what, of);
    say(name, value);
}

static void notes_say(Say *say) {
    for (int i = 0; i < NOTES_MOST && notes[i].count; ++i) {
        double value = noted("%s", notes[i].name);
        if (notes[i].said != PART) say(notes[i].name, notes[i].said == RATE ? 1 / value : value);
    }
}
