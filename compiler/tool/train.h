/* What a training holds while it runs, and the checkpoint that it can go on from. */
#ifndef TOOL_TRAIN_H
#define TOOL_TRAIN_H
#include "tool/file.h"
#include "tool/run.h"

typedef struct Held { /* an array that the command owns: a param, a state, a loss, the seed */
    const Array *array;
    void *values;
    int64_t extents[NPY_RANK_LIMIT], count;
} Held;

typedef struct Batch { /* what a step sees along one axis */
    Axis *axis;        /* NULL: everything */
    int64_t size;      /* of a batch */
    int64_t total;     /* along the axis */
    int64_t batches;   /* in an epoch */
    int64_t epoch;     /* that order is of */
    int64_t *order;    /* of the indices */
    void **buffers;    /* beside Model.arrays: the batch of what has the axis */
    int64_t *argument; /* the size among the step's arguments */
} Batch;

typedef struct Call { /* of one emitted function */
    PackedFunction *function;
    int64_t *sizes;
    void **arrays;
} Call;

typedef struct Kept { /* params and states, to make steps again from */
    int64_t step;     /* made before */
    void **values;    /* beside held; NULL: nothing is kept yet */
} Kept;

typedef struct Train {
    Compiler *compiler;
    Model *model;
    const Module *module;
    const Options *options;
    Data data;
    Vector(Held) held;
    int losses;          /* the first of them in held */
    int64_t steps, done; /* to make in all, and made */
    int64_t seed;
    Batch batch;
    Vector(int) counters; /* in Model.arrays: inputs that are the number of steps made before */
    uint64_t program;     /* a hash of what was emitted */
    double *recorded;     /* steps * the number of losses */
    Kept kept;
    void *handle;
} Train;

/* checkpoint.c: DIR/checkpoint holds params, optimizer states, the losses so far and the step.
 * False: reported. */
bool checkpoint_write(Train *train);
bool checkpoint_read(Train *train);
/* batch.c: --batch and --shuffle */
bool batch_setup(Train *train); /* false: reported */
void batch_fill(Train *train, int64_t step);
void batch_free(Train *train);
/* Of the data: the index along an axis that a step, counted from 0, sees as this one. */
int64_t batch_index(const Train *train, const Axis *axis, int64_t step, int64_t index);

/* What the step, counted from 0, is given: batch and count. False: reported. */
bool train_prepare_step(Train *train, int64_t step);
const void *train_values(const Train *train, int array); /* of Model.arrays, for that step */
/* astray.c: to be called before each step; what is wrong with a loss that a step gave, and where.
 */
void astray_keep(Train *train);
const char *astray_find(Train *train, const Call *step, int64_t at, int loss, Span *span);
void astray_free(Train *train);

static inline int train_losses(const Train *train) {
    return train->held.count - train->losses;
}
#endif
