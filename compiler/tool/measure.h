/* How long a compiled model takes on data made up for it. */
#ifndef TOOL_MEASURE_H
#define TOOL_MEASURE_H
#include "tool/moves.h"
#include "tool/run.h"

/* Measures for each of `count` numbers of threads. Arrays that together are larger than `cached`
 * bytes a core are moved between the calls, past the cache too where the program does that. The
 * compilation has been emitted with lower.packed. False: reported. */
bool measure_model(Compiler *compiler, const Options *options, const Compilation *c,
                   const Bindings *bindings, double cached, bool past, Measured *measured,
                   int count);
#endif
