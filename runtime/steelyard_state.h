/* Steelyard runtime: the state of a training, its memory and its file. Only generated code, and
 * `steelyard train`, call these; state.c has them, and says what a file looks like. */
#ifndef STEELYARD_STATE_H
#define STEELYARD_STATE_H
#include "steelyard_call.h"
#include <stdint.h>

#ifdef __cplusplus
#define SY_STATE_API extern "C" STEELYARD_API
#else
#define SY_STATE_API STEELYARD_API
#endif

/* A file while it is written or read. What goes wrong is kept, and told by sy_save_end and
 * sy_load_end: the calls in between then do nothing. */
typedef struct sy_state_file {
    steelyard_state *state; /* that is read into */
    steelyard_call *call;
    const char *path;
    int status;
    /* writing */
    int file;
    char *temporary; /* what becomes the file in the end; NULL: it is written as it is */
    char *final;     /* where links lead */
    uint32_t checksum;
    size_t used;
    unsigned char buffer[4096];
    /* reading */
    unsigned char *bytes; /* the whole file */
    size_t length, at;
    int64_t steps;
    struct sy_state_piece *pieces; /* where arrays will go */
    size_t piece_count;
} sy_state_file;

/* Memory for the arrays: the caller's, or, where there is none, new. */
SY_STATE_API int sy_state_place(steelyard_state *state, size_t bytes, steelyard_call *call);
SY_STATE_API void *sy_state_memory(const steelyard_state *state);
SY_STATE_API void sy_state_begin(steelyard_state *state); /* it holds what a training starts from */
SY_STATE_API void sy_state_stepped(steelyard_state *state);
SY_STATE_API void sy_state_free(steelyard_state *state);
SY_STATE_API int sy_state_check(const steelyard_state *state, steelyard_call *call);

/* path, as a whole, when sy_save_end says that all is well; else it stays as it was. */
SY_STATE_API void sy_save_begin(sy_state_file *file, const char *path, const char *model,
                                const steelyard_state *state, steelyard_call *call);
SY_STATE_API void sy_save_size(sy_state_file *file, const char *name, int64_t size);
SY_STATE_API void sy_save_array(sy_state_file *file, const char *name, const char *type,
                                int64_t count, const void *values);
SY_STATE_API void sy_save_extra(sy_state_file *file, const char *name, const void *bytes,
                                size_t count);
SY_STATE_API int sy_save_end(sy_state_file *file);

/* The same calls in the same order. Nothing is changed before sy_load_end, which says that all is
 * well. */
SY_STATE_API void sy_load_begin(sy_state_file *file, const char *path, const char *model,
                                steelyard_state *state, steelyard_call *call);
SY_STATE_API void sy_load_size(sy_state_file *file, const char *name, int64_t wanted);
/* The size in the file: that of the state, or any where the state is not ready. */
SY_STATE_API size_t sy_load_held_size(sy_state_file *file, const char *name, size_t held);
/* Whether the state needs memory first; what came of that. */
SY_STATE_API int sy_load_is_first(const sy_state_file *file);
SY_STATE_API void sy_load_placed(sy_state_file *file, int status);
SY_STATE_API void sy_load_array(sy_state_file *file, const char *name, const char *type,
                                int64_t count, void *values);
/* Valid until sy_load_end; NULL: it does not come next. */
SY_STATE_API const void *sy_load_extra(sy_state_file *file, const char *name, size_t *count);
SY_STATE_API int sy_load_end(sy_state_file *file);

#endif
