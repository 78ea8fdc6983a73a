/* --budget: what a model may cost at most. */
#ifndef TOOL_BUDGET_H
#define TOOL_BUDGET_H
#include "tool/cost.h"

typedef struct Budget { /* below 0: not limited */
    double bytes, passes, workspace, flops;
} Budget;

/* Reads "bytes=24MB,passes=1". False: reported. */
bool budget_read(Compiler *compiler, const char *text, Budget *budget);
/* Every limit that is exceeded is reported, with the nest that does most of it. */
bool budget_holds(const Costs *costs, const Budget *budget);
#endif
