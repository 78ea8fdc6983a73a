/* What the command line gives a model: NAME=VALUE words become sizes and arrays, each as the
 * emitted function wants it. */
#ifndef TOOL_DATA_H
#define TOOL_DATA_H
#include "graph/graph.h"
#include "tool/npy.h"
#include "tool/process.h"

typedef struct Given { /* beside each of Model.arrays */
    const char *place; /* the text of VALUE, or NULL: not given */
    bool is_number;
    Npy npy;
    void *values; /* as stored, row-major; malloc'ed */
} Given;

typedef struct Size {
    Axis *axis; /* is_argument */
    int64_t size;
    const char *said; /* "values has n = 5" */
} Size;

typedef struct Data {
    Compiler *compiler;
    Model *model;
    Given *given; /* Model.arrays.count */
    Vector(Size) sizes;
    Bindings bindings; /* the sizes, and the consts; for evaluate_node */
} Data;

/* Every disagreement is reported; false if there was one. Whatever comes out, data_free gives the
 * memory back. */
bool data_read(Compiler *compiler, Model *model, const Strings *words, Data *data);
void data_free(Data *data);
/* The same in two parts, for a caller that makes up what is not given: the words and the sizes that
 * they tell; and, when all sizes stand in the bindings, the arrays that are given. */
void data_words(Compiler *compiler, Model *model, const Strings *words, Data *data);
bool data_given(Data *data);

/* The extent of an axis at these sizes; false, and reported, where a computed one is out of range.
 */
bool size_computed(Compiler *compiler, const Model *model, const Axis *axis,
                   const Bindings *bindings, int64_t *extent);

/* "NAME[axes]" as declared; "NAME[3, 4]" for the element at a flat row-major position. */
const char *array_declared(Arena *arena, const Array *array);
const char *array_element(const Data *data, const Array *array, int64_t position);
/* Elements of an array at these sizes, and its extents. False: more than memory can hold. */
bool array_extents(const Data *data, const Array *array, int64_t *extents, int64_t *count);
#endif
