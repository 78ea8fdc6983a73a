/* Other programs: the C compiler, ar, dot. */
#ifndef TOOL_PROCESS_H
#define TOOL_PROCESS_H
#include "base/compiler.h"

typedef Vector(const char *) Strings;

/* Runs a program found on PATH and waits for it. What it says on standard error is kept in *said.
 * False when it could not be started or did not end well: *reason says which. */
bool process_run(Arena *arena, const Strings *command, Text *said, const char **reason);
/* Where PATH finds a program; NULL when it does not. */
const char *process_find(Arena *arena, const char *program);
#endif
