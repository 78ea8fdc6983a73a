/* The slope of a function of one number at 0, by differences, and how much it is to be trusted. */
#ifndef TOOL_SLOPE_H
#define TOOL_SLOPE_H
#include <stdbool.h>

typedef struct Difference {
    double slope;
    double doubt; /* how far it may be from the truth, where the function is smooth */
    bool smooth;  /* no kink or jump within the step */
} Difference;

/* The function at a place; false, or not finite: it has no value there. */
typedef bool SlopeFunction(void *context, double place, double *value);
/* From five values, up to a step to either side. noise: how wrong a value may be by rounding.
 * False: there is no value. */
bool difference_at(SlopeFunction *function, void *context, double step, double noise,
                   Difference *difference);
#endif
