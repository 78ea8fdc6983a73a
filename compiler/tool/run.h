/* A model compiled into this process. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H
#include "../../runtime/steelyard_call.h"
#include "tool/build.h"
#include "tool/data.h"

typedef int PackedFunction(const int64_t *sizes, void *const *arrays, steelyard_call *call);

typedef struct Run { /* a model that has been called on the data of the command line */
    Compiler *compiler;
    Compilation compiled;
    Model *model;
    Data data;
    void **outputs; /* Model.outputs.count, malloc'ed */
    int64_t *counts;
    int64_t (*extents)[NPY_RANK_LIMIT];
    void *handle;
} Run;

/* False: reported. Whatever comes out, run_end gives the memory back. */
bool run_call(Compiler *compiler, const Options *options, Run *run);
void run_end(Run *run);
void run_add_outputs(Run *run, Files *files, const char *folder); /* FOLDER/OUTPUT.npy */
/* Whether all that follows FILE is NAME=VALUE; if not, said as a wrong command line. */
bool words_are_data(const Options *options);

/* Compiles c (which has been emitted with lower.packed), or finds it compiled already in
 * ${XDG_CACHE_HOME:-~/.cache}/steelyard; loads it. NULL: reported. dlclose(*handle) in the end. */
PackedFunction *library_load(Compiler *compiler, const Options *options, const Compilation *c,
                             void **handle);

/* Where the cache keeps what depends on all of key; NULL: there is no cache that can be used. */
const char *cache_path(Arena *arena, const Strings *key, const char *suffix);

/* An entry check said no: which element, what it is, what it should be. */
void status_report(const Data *data, int status, const steelyard_call *call);

/* As they stand in a .npy file. Every NaN becomes the same one, for processors differ in the sign
 * of those they make; bf16 is no type of NumPy's, and is written as float32. */
const void *npy_values(Arena *arena, Scalar type, void *values, int64_t count, size_t *bytes);

/* One element, as the shortest text that reads back as the same. */
const char *element_text(Arena *arena, const Array *array, const void *values, int64_t i);
/* One line or two about an array, on standard output. */
void summary_print(Arena *arena, const Array *array, const int64_t *extents, int64_t count,
                   const void *values);
#endif
