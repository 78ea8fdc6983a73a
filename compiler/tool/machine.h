/* What this machine does in a second: measured once by tool/kernels/calibration.c, and kept. */
#ifndef TOOL_MACHINE_H
#define TOOL_MACHINE_H
#include "tool/command.h"
#include "tool/cost.h"
#include "tool/moves.h"

typedef enum MemoryLevel {
    LEVEL_L1,
    LEVEL_L2,
    LEVEL_L3,
    LEVEL_DRAM
} MemoryLevel;
enum {
    LEVEL_COUNT = 4
};

enum {
    LINE_SIZES = 12
};

typedef struct Bandwidth { /* bytes a second, or something else, by level */
    double read[LEVEL_COUNT], write[LEVEL_COUNT];
    double pairs[LEVEL_COUNT]; /* reading two arrays beside each other */
} Bandwidth;

/* Of lines of memory that indices choose, by the size of what they are chosen from. */
typedef struct Lines {
    double bytes[LINE_SIZES]; /* the least first */
    double line[LINE_SIZES];  /* seconds of one */
    double row[LINE_SIZES];   /* and of one of several that follow each other */
    double add[LINE_SIZES];   /* and of one in which a number is added to */
} Lines;

typedef struct Machine {
    const char *processor;
    int threads;              /* of `all`: one for each processor there is */
    double size[LEVEL_COUNT]; /* bytes; L1 and L2 are of one core, L3 what it holds of all programs,
                                 DRAM's is infinite */
    Bandwidth one, all;       /* of one thread, and of all of them together */
    double peak[2];           /* flops a second of one core, an fma counts as two; f32, f64 */
    double chain[2];          /* seconds of an fma that needs the one before */
    double call[OP_COUNT][2]; /* seconds of one, by op, in a vectorised loop; 0: not measured */
    double others;            /* bytes a second that others move through the last cache */
    Lines lines;
    double past[2];             /* bytes a second that go past the cache, of one thread, of all */
    double mixes[LEVEL_COUNT];  /* of reading and writing, how much of the shorter is added */
    Bandwidth waits;            /* of memory and arithmetic, how much of the shorter is added */
    double work[WORK_COUNT][2]; /* seconds of a step, in a vectorised loop */
    double work_alone[WORK_COUNT][2]; /* and one by one; 0: not measured */
    double alone[2];                  /* seconds of an exponential that is in no vector */
    double div_alone[2];              /* and of a division */
    double random[2];                 /* seconds of a uniform random number, in a vectorised loop */
    double fork_join;                 /* seconds to share out a loop and to meet again */
    Moved now[2];                     /* what memory does at the moment, for one thread and for all;
                                         no bytes: as it did when the machine was measured */
} Machine;

/* Reads what is kept of this machine, or measures it (always with options->calibrate) and keeps it.
 * False when it cannot be measured: reported. */
bool machine_find(Compiler *compiler, const Options *options, Machine *machine);
/* Whether it would have to be measured. */
bool machine_is_known(Compiler *compiler, const Options *options);
#endif
