/* What a function costs at given sizes, nest by nest: bytes moved, arithmetic, elementary
 * functions. A model, not a measurement; predict.h makes times of it. */
#ifndef TOOL_COST_H
#define TOOL_COST_H
#include "tool/outline.h"
#include "tool/process.h"

enum {
    LINE_BYTES = 64 /* of a cache */
};

typedef struct Traffic { /* of one array in one nest */
    const Array *array;
    const PlanLoop *innermost;
    double bytes; /* moved */
    double least; /* if each element moves once */
    double lines; /* of 64 bytes that indices choose: each is waited for. Of what lies in one record
                     the first has them */
    double among; /* bytes that one of these indices chooses from */
    double run;   /* bytes in a row, of one index; 0: no vector gathers them */
    double whole; /* bytes of the array */
    bool large;   /* a turn of the outermost loop moves more than the cache holds */
    bool past;    /* written past the cache */
    bool adds;    /* what indices choose is added to */
} Traffic;
typedef Vector(Traffic) Traffics;

typedef enum Work { /* kinds of steps, each of which calibration measures: kernels/steps.c */
    WORK_PLAIN,     /* a load, an addition, a comparison, a choice */
    WORK_STORE,
    WORK_EXTREME, /* compared, asked for NaN, chosen */
    WORK_PLACE,   /* the same, and where it was */
    WORK_MASK,    /* a byte made what chooses between floats */
    WORK_CHECK,   /* whether it may be a weight */
    WORK_INDEX,   /* whether it may be an index */
    WORK_FOLD,    /* the lanes of a sum made one */
    WORK_ADD,     /* an addition to an element that an index chooses */
    WORK_RUNNING, /* a step of a running minimum or maximum: each waits for the one before */
    WORK_SCAN,    /* a step of a running sum by blocks */
    WORK_HALF_READ,
    WORK_HALF_WRITE,
    WORK_BRAIN_READ,
    WORK_BRAIN_WRITE,
    WORK_COUNT
} Work;

typedef struct Cost {
    int number;                   /* nest 1, 2, ...; 0: what stands in no loop, and the checks */
    int outline;                  /* its outermost loop in Outline.loops, -1: none */
    double flops, calls;          /* an fma is two */
    double fused[2];              /* f32, f64: flops of sums of products, two in one instruction */
    double vector[WORK_COUNT][2]; /* the others, in vectors */
    double scalar[WORK_COUNT][2]; /* the others, one by one */
    double call[OP_COUNT][2];     /* by op, division among them */
    double chain[2];              /* arithmetic in a row that waits for the result before it */
    double work, turns;           /* iterations in all, and of the outermost loop */
    bool panels;                  /* a product by panels: the loops say what it makes */
    bool parallel;                /* shared out among threads where work is enough */
    Traffics reads, writes;
    Strings made;    /* names of what it computes */
    Strings checked; /* and of the inputs that it checks on the way */
} Cost;

typedef struct Costs {
    Compiler *compiler;
    Model *model;
    Outline *outline;
    Bindings bindings;
    Vector(Cost *) nests; /* in order */
    Cost *loose;          /* what stands in no loop */
    Cost *checks;         /* of indices, weights and masks, on entry */
    double workspace;     /* bytes */
    int buffers;
    double least; /* bytes: each input that is read, and each output, once */
} Costs;

/* Counts the outline of the main function. Sizes are in costs->bindings. */
void costs_count(Costs *costs);

double cost_bytes(const Cost *cost);
double costs_bytes(const Costs *costs); /* of all nests, and of the checks */
double array_bytes(const Costs *costs, const Array *array, bool wide);
double axis_extent(const Costs *costs, const Axis *axis);
/* What people call the array. */
const char *traffic_name(const Costs *costs, const Traffic *traffic);
/* How often the nests read or write an array, each counted by the bytes that move. */
double array_passes(const Costs *costs, const Array *array);
#endif
