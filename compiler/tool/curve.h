/* The losses of a training as a drawing. */
#ifndef TOOL_CURVE_H
#define TOOL_CURVE_H
#include "base/text.h"
#include <stdint.h>

/* values: steps rows of count losses, whose names these are. The text of an SVG file. */
Text curve_svg(Arena *arena, const char *title, const char *const *names, int count, int64_t steps,
               const double *values);
#endif
