/* How long a compiled model takes on data made up for it. */
#ifndef TOOL_MEASURE_H
#define TOOL_MEASURE_H
#include "tool/run.h"

/* Seconds of a call on so many threads, each the best of several; threads[i] -> seconds[i]. The
 * compilation has been emitted with lower.packed. False: reported. */
bool measure_model(Compiler *compiler, const Options *options, const Compilation *c,
                   const Bindings *bindings, const int *threads, double *seconds, int count);
#endif
