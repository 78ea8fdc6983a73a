/* A function of a library that was loaded: what it is, and what it wants, in order. */
#ifndef TOOL_EMITTED_H
#define TOOL_EMITTED_H
#include "tool/run.h"

typedef struct Emitted {
    PackedFunction *function;
    Vector(const Variable *) sizes, arrays; /* by the names that the program gives them */
} Emitted;

/* The function NAME (without _call or _packed) of a module that was lowered with packed. False:
 * reported. */
bool emitted_find(Compiler *compiler, const Module *module, void *handle, const char *name,
                  Emitted *emitted);
#endif
