/* A model compiled into this process. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H
#include "../../runtime/steelyard_call.h"
#include "tool/build.h"
#include "tool/data.h"

typedef int PackedFunction(const int64_t *sizes, void *const *arrays, steelyard_call *call);

/* Compiles c (which has been emitted with lower.packed), or finds it compiled already in
 * ${XDG_CACHE_HOME:-~/.cache}/steelyard; loads it. NULL: reported. dlclose(*handle) in the end. */
PackedFunction *library_load(Compiler *compiler, const Options *options, const Compilation *c,
                             void **handle);

/* One line or two about an array, on standard output. */
void summary_print(Arena *arena, const Array *array, const int64_t *extents, int64_t count,
                   const void *values);
#endif
