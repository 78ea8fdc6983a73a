/* Steelyard runtime: what a generated function tells its caller: a status, and on request the
 * detail. The header of every generated file includes this one and nothing else of the runtime; C
 * and C++. */
#ifndef STEELYARD_CALL_H
#define STEELYARD_CALL_H
#include <stddef.h>
#include <stdint.h>

#ifndef STEELYARD_API
#define STEELYARD_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum {
    STEELYARD_OK = 0,
    STEELYARD_NULL_POINTER =
        1,                   /* an array that has elements, or a scalar output, was given as NULL */
    STEELYARD_SIZE = 2,      /* a computed extent below 0, or sizes that disagree */
    STEELYARD_OVERFLOW = 3,  /* an extent too large */
    STEELYARD_INDEX = 4,     /* an index out of range */
    STEELYARD_WEIGHT = 5,    /* a weight negative or not finite */
    STEELYARD_MASK = 6,      /* a mask's byte neither 0 nor 1 */
    STEELYARD_MEMORY = 7,    /* no memory */
    STEELYARD_WORKSPACE = 8, /* the given workspace is too small or misaligned */
    STEELYARD_STATE = 9,     /* the state of a training has not been initialised */
    STEELYARD_FILE = 10,     /* a file could not be read or written */
    STEELYARD_FORMAT = 11    /* a file is damaged, or holds something else */
};

/* What every NAME_state begins with. All of it is 0 before NAME_init or NAME_load; a caller may set
 * the memory (64-byte aligned, NAME_memory bytes), NULL asks these to allocate. */
typedef struct steelyard_state {
    void *memory; /* holds the arrays */
    size_t memory_size;
    int is_allocated; /* 1: NAME_free gives the memory back */
    int is_ready;     /* 1: initialised or loaded */
    int64_t steps;    /* made so far */
} steelyard_state;

/* Given to NAME_call. A caller may set the workspace (64-byte aligned); NULL asks the
 * function to allocate. The rest is set when the status is not 0. */
typedef struct steelyard_call {
    void *workspace;
    size_t workspace_size; /* bytes */
    const char *name;      /* which argument */
    size_t position;       /* flat row-major position of the offending element */
    double value;          /* the offending weight, or 0 */
    int64_t integer;       /* the offending index, mask byte, extent or size, errno, or 0 */
    const char *detail;    /* a constant text that says more, or NULL */
} steelyard_call;

/* A few words for a status, constant. */
STEELYARD_API const char *steelyard_status(int status);

/* Writes a sentence about a failed call into text (cut to size, always ended by \0 where size > 0)
 * and returns the length that the whole sentence has. call may be NULL. */
STEELYARD_API int steelyard_describe(int status, const steelyard_call *call, char *text,
                                     size_t size);

#ifdef __cplusplus
}
#endif
#endif
