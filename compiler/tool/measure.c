/* Takes a compiled model and sizes, gives the time of a call. The data is random: floats in -1 ..
 * 1, weights and single numbers (a rate, a share, a scale) in 0 .. 1, masks that leave out one in
 * ten, indices within their axis, other integers 0 or 1. */
#include "tool/measure.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_LEAST = 9, /* of calls that are timed together */
    ROWS_MOST = 200
};
#define SECONDS_MOST 1.0
#define SECONDS_ENOUGH 10.0 /* after which fewer rows do */
#define ROW_SECONDS 1e-3

typedef struct Call {
    Compiler *compiler;
    Model *model;
    Data data; /* its sizes alone */
    int64_t *sizes;
    void **arrays; /* malloc'ed */
    size_t *array_sizes;
    int array_count, first_output;
    void *workspace; /* malloc'ed */
    size_t workspace_size;
    uint64_t state; /* of the random numbers */
} Call;

static double random_unit(Call *call) {
    call->state = call->state * 6364136223846793005u + 1442695040888963407u;
    return (double)(call->state >> 11) * 0x1p-53;
}

static void element_fill(Call *call, const Array *array, int64_t extent, void *element) {
    const char *reason;
    double unit = random_unit(call);
    Arena *arena = call->compiler->arena;
    if (array->index_axis)
        scalar_store_integer(arena, array->type, (int64_t)(unit * (double)extent), element,
                             &reason);
    else if (array->type == SCALAR_BOOL)
        *(unsigned char *)element = unit < 0.9;
    else if (scalar_is_integer(array->type))
        scalar_store_integer(arena, array->type, unit < 0.5, element, &reason);
    else
        scalar_store(arena, array->type,
                     array->kind == ARRAY_WEIGHT || array->rank == 0 ? unit : 2 * unit - 1, element,
                     &reason);
}

static bool array_make(Call *call, const Array *array) {
    int64_t extents[NPY_RANK_LIMIT], count = 0;
    bool fits = array->rank <= NPY_RANK_LIMIT && array_extents(&call->data, array, extents, &count);
    size_t size = scalar_size(array->type), bytes = fits ? (size_t)count * size : 0;
    void *values = fits ? aligned_alloc(64, (bytes + 127) / 64 * 64) : NULL;
    if (!values) {
        report(call->compiler->diagnostics, DATA_TOO_LARGE, (Span){0, 0}, array->name,
               fits ? strerror(ENOMEM) : "its sizes multiply past 2^63");
        return false;
    }
    call->array_sizes[call->array_count] = bytes;
    call->arrays[call->array_count++] = values;
    int64_t extent = array->index_axis ? evaluate_extent(call->model->graph, array->index_axis,
                                                         &call->data.bindings)
                                       : 0;
    if (array->kind == ARRAY_OUTPUT) memset(values, 0, bytes); /* touched: its pages are there */
    for (int64_t i = 0; i < count && array->kind != ARRAY_OUTPUT; i++)
        element_fill(call, array, extent, (char *)values + (size_t)i * size);
    return true;
}

static bool arguments_make(Call *call) {
    Model *model = call->model;
    Arena *arena = call->compiler->arena;
    int size_count = 0;
    call->sizes = ARENA_ARRAY(arena, int64_t, model->axes.count + 1);
    int most = model->arrays.count + model->outputs.count + 1;
    call->arrays = ARENA_ARRAY(arena, void *, most);
    call->array_sizes = ARENA_ARRAY(arena, size_t, most);
    for (int i = 0; i < model->axes.count; i++)
        if (model->axes.items[i]->is_argument)
            call->sizes[size_count++] =
                *(int64_t *)table_get(&call->data.bindings.sizes, model->axes.items[i]);
    for (int i = 0; i < model->arrays.count; i++)
        if (model->arrays.items[i]->kind != ARRAY_CONST &&
            !array_make(call, model->arrays.items[i]))
            return false;
    call->first_output = call->array_count;
    for (int i = 0; i < model->outputs.count; i++)
        if (!array_make(call, model->outputs.items[i].array)) return false;
    return true;
}

static void call_free(Call *call) {
    for (int i = 0; i < call->array_count; i++)
        free(call->arrays[i]);
    free(call->workspace);
}

/* --- calling --- */

static int call_once(Call *call, PackedFunction *function, steelyard_call *said) {
    *said = (steelyard_call){.workspace = call->workspace, .workspace_size = call->workspace_size};
    return function(call->sizes, call->arrays, said);
}

/* The first call, which says how large a workspace it wants: memory that each call asked for anew
 * would be measured with it. */
static bool call_first(Call *call, PackedFunction *function) {
    steelyard_call said;
    if (!call->workspace) call->workspace = aligned_alloc(64, call->workspace_size = 64);
    int status = call_once(call, function, &said);
    if (status == STEELYARD_WORKSPACE) {
        free(call->workspace);
        call->workspace_size = ((size_t)said.integer + 63) / 64 * 64;
        call->workspace = aligned_alloc(64, call->workspace_size);
        status = call_once(call, function, &said);
    }
    if (status != STEELYARD_OK) status_report(&call->data, status, &said);
    return status == STEELYARD_OK;
}

/* Seconds of a call, the mean of `repeats` in a row. */
static double call_timed(Call *call, PackedFunction *function, int threads, int repeats) {
    steelyard_call said;
    double start = seconds_now(threads);
    for (int i = 0; i < repeats; i++)
        call_once(call, function, &said);
    return (seconds_now(threads) - start) / repeats;
}

/* As many calls as take ROW_SECONDS. The clock of a processor's time may stand still for a while.
 */
static int calls_of_row(Call *call, PackedFunction *function) {
    double took = call_timed(call, function, 0, 1);
    return took > 0 && took < ROW_SECONDS ? (int)(ROW_SECONDS / took) + 1 : 1;
}

/* A short one of several. The memory is looked at between them. */
static double call_short(Call *call, PackedFunction *function, int threads, Moves *moves) {
    double times[ROWS_MOST], spent = 0;
    int repeats = calls_of_row(call, function), count = 0;
    do {
        double took = call_timed(call, function, threads, repeats);
        spent += took * repeats;
        times[count++] = took;
        if (moves) moves_round(moves, threads);
    } while (count < ROWS_MOST && spent < (count < ROWS_LEAST ? SECONDS_ENOUGH : SECONDS_MOST));
    return seconds_short(times, count);
}

/* The arrays of the call, and its workspace. */
static Piles piles_of(const Call *call, double *bytes) {
    Piles piles = {ARENA_ARRAY(call->compiler->arena, struct Pile, call->array_count + 1), 0};
    *bytes = 0;
    for (int i = 0; i <= call->array_count; i++) {
        bool is_array = i < call->array_count;
        piles.items[piles.count] = (struct Pile){
            is_array ? call->arrays[i] : call->workspace,
            is_array ? call->array_sizes[i] : call->workspace_size, i >= call->first_output};
        *bytes += (double)piles.items[piles.count++].bytes;
    }
    return piles;
}

static bool threads_measure(Call *call, PackedFunction *function, const Options *options,
                            double cached, bool past, Measured *measured) {
    Moves *moves = NULL;
    double bytes;
    Piles piles = piles_of(call, &bytes);
    if (bytes > cached * measured->threads &&
        !(moves = moves_begin(call->compiler, options, piles, past)))
        return false;
    measured->seconds = call_short(call, function, measured->threads, moves);
    if (moves) measured->moved = moves_told(moves);
    moves_end(moves);
    return true;
}

bool measure_model(Compiler *compiler, const Options *options, const Compilation *c,
                   const Bindings *bindings, double cached, bool past, Measured *measured,
                   int count) {
    Call call = {.compiler = compiler, .model = c->model, .state = 1};
    call.data = (Data){.compiler = compiler, .model = c->model, .bindings = *bindings};
    void *handle = NULL;
    PackedFunction *function = library_load(compiler, options, c, &handle);
    bool good = function && arguments_make(&call) && call_first(&call, function);
    void (*set_threads)(int) = NULL; /* not there where nothing runs on several */
    if (good) *(void **)&set_threads = dlsym(handle, "omp_set_num_threads");
    for (int i = 0; good && i < count; i++) {
        if (set_threads) set_threads(measured[i].threads);
        good = call_first(&call, function) &&
               threads_measure(&call, function, options, cached, past, &measured[i]);
    }
    call_free(&call);
    if (handle) dlclose(handle);
    return good;
}
