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

/* Where the cache keeps what depends on all of key; NULL: there is no cache that can be used. */
const char *cache_path(Arena *arena, const Strings *key, const char *suffix);

/* An entry check said no: which element, what it is, what it should be. */
void status_report(const Data *data, int status, const steelyard_call *call);

/* As they stand in a .npy file: bf16 is no type of NumPy's, and is written as float32. */
const void *npy_values(Arena *arena, Scalar type, const void *values, int64_t count, size_t *bytes);

/* One line or two about an array, on standard output. */
void summary_print(Arena *arena, const Array *array, const int64_t *extents, int64_t count,
                   const void *values);
#endif
