/* How far apart two floats are. */
#ifndef TOOL_GOLDEN_H
#define TOOL_GOLDEN_H
#include "tool/run.h"

/* How many steps from one float of the type to the next lead from one to the other; UINT64_MAX
 * where one of them is no number. */
uint64_t golden_steps(Scalar type, const void *a, const void *b);
#endif
