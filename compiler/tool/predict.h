/* Times of what cost.h counts, on a machine that machine.h measured. */
#ifndef TOOL_PREDICT_H
#define TOOL_PREDICT_H
#include "tool/cost.h"
#include "tool/machine.h"

typedef enum Bound { /* what a nest waits for */
    BOUND_L1,
    BOUND_L2,
    BOUND_L3,
    BOUND_DRAM,
    BOUND_ARITHMETIC,
    BOUND_FUNCTIONS,
    BOUND_DIVISIONS,
    BOUND_CHAIN,
    BOUND_THREADS
} Bound;
const char *bound_text(Bound bound); /* "DRAM", "elementary functions" */

typedef struct Prediction {
    double seconds;
    Bound bound;
    double memory, arithmetic, functions, divisions, chain; /* seconds of each alone */
} Prediction;

/* One nest, on so many threads. The function is called again and again on the same data: what its
 * caches hold in the end, they hold at the start. */
Prediction predict_nest(const Costs *costs, const Machine *machine, const Cost *cost, int threads);
/* The whole function. */
double predict_all(const Costs *costs, const Machine *machine, int threads);
#endif
