/* run: a model on data, from the command line. */
#include "tool/run.h"
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool outputs_allocate(Run *run) {
    Model *model = run->model;
    Arena *arena = run->compiler->arena;
    int count = model->outputs.count;
    run->outputs = ARENA_ARRAY(arena, void *, count + 1);
    run->counts = ARENA_ARRAY(arena, int64_t, count + 1);
    run->extents = arena_alloc(arena, sizeof *run->extents * (size_t)(count + 1));
    for (int i = 0; i < count; i++) {
        Array *array = model->outputs.items[i].array;
        bool fits = array->rank <= NPY_RANK_LIMIT &&
                    array_extents(&run->data, array, run->extents[i], &run->counts[i]);
        size_t bytes = fits ? (size_t)run->counts[i] * scalar_size(array->type) : 0;
        run->outputs[i] = fits ? malloc(bytes ? bytes : 1) : NULL;
        if (!run->outputs[i]) {
            report(run->compiler->diagnostics, DATA_TOO_LARGE, array->span, array->name,
                   fits ? strerror(ENOMEM) : "its sizes multiply past 2^63");
            return false;
        }
        memset(run->outputs[i], 0xff,
               bytes); /* what is not written would be NaN, not a likely number */
    }
    return true;
}

static Array *array_named(const Model *model, const char *name) {
    for (int i = 0; name && i < model->arrays.count; i++)
        if (strcmp(model->arrays.items[i]->name, name) == 0) return model->arrays.items[i];
    return NULL;
}

static const char *status_text(int status) {
    switch (status) {
    case STEELYARD_NULL_POINTER: return "a pointer is NULL";
    case STEELYARD_SIZE: return "sizes disagree, or a computed size is below 0";
    case STEELYARD_OVERFLOW: return "a size is too large";
    case STEELYARD_INDEX: return "an index is out of range";
    case STEELYARD_WEIGHT: return "a weight is negative or not finite";
    case STEELYARD_MASK: return "a mask holds a byte that is neither 0 nor 1";
    case STEELYARD_MEMORY: return "there is no memory for the workspace";
    default: return "it returned a status that is not known";
    }
}

static void index_refused(const Data *data, const Array *array, const steelyard_call *call) {
    Arena *arena = data->compiler->arena;
    Axis *axis = array->index_axis;
    int64_t extent = evaluate_extent(data->model->graph, axis, &data->bindings);
    const char *range = extent > 0
                            ? arena_format(arena, "these are 0 .. %lld", (long long)(extent - 1))
                            : arena_format(arena, "it has none, %s is 0", axis->name);
    report(data->compiler->diagnostics, RUN_INDEX, array->span,
           array_element(data, array, (int64_t)call->position),
           arena_format(arena, "%lld", (long long)call->integer), axis->name, range);
}

void status_report(const Data *data, int status, const steelyard_call *call) {
    Arena *arena = data->compiler->arena;
    const Array *array = array_named(data->model, call->name);
    if (status == STEELYARD_INDEX && array && array->index_axis) {
        index_refused(data, array, call);
    } else if (status == STEELYARD_WEIGHT && array) {
        report(data->compiler->diagnostics, RUN_WEIGHT, array->span,
               array_element(data, array, (int64_t)call->position),
               arena_format(arena, "%.9g", call->value));
    } else {
        Text reason = text_new(arena);
        text_add(&reason, call->detail ? call->detail : status_text(status));
        if (status == STEELYARD_INDEX)
            text_format(&reason, ": it is %lld", (long long)call->integer);
        if (call->name) text_format(&reason, " (%s)", call->name);
        report(data->compiler->diagnostics, RUN_REFUSED, array ? array->span : (Span){0, 0},
               data->model->name, reason.chars);
    }
}

static bool model_call(Run *run, PackedFunction *function) {
    Model *model = run->model;
    Arena *arena = run->compiler->arena;
    int64_t *sizes = ARENA_ARRAY(arena, int64_t, model->axes.count + 1);
    void **arrays = ARENA_ARRAY(arena, void *, model->arrays.count + model->outputs.count + 1);
    int size_count = 0, array_count = 0;
    for (int i = 0; i < model->axes.count; i++)
        if (model->axes.items[i]->is_argument)
            sizes[size_count++] =
                *(int64_t *)table_get(&run->data.bindings.sizes, model->axes.items[i]);
    for (int i = 0; i < model->arrays.count; i++)
        if (model->arrays.items[i]->kind != ARRAY_CONST)
            arrays[array_count++] = run->data.given[i].values;
    for (int i = 0; i < model->outputs.count; i++)
        arrays[array_count++] = run->outputs[i];
    steelyard_call call = {0};
    int status = function(sizes, arrays, &call);
    if (status != STEELYARD_OK) status_report(&run->data, status, &call);
    return status == STEELYARD_OK;
}

static void nans_alike(Scalar type, void *values, int64_t count) {
    size_t size = scalar_size(type);
    const char *reason;
    for (int64_t i = 0; i < count; i++) {
        char *element = (char *)values + (size_t)i * size;
        if (isnan(scalar_load(type, element))) scalar_store(NULL, type, NAN, element, &reason);
    }
}

const void *npy_values(Arena *arena, Scalar type, void *values, int64_t count, size_t *bytes) {
    *bytes = (size_t)count * scalar_size(type);
    if (scalar_is_float(type)) nans_alike(type, values, count);
    if (type != SCALAR_BF16) return values;
    float *wide = ARENA_ARRAY(arena, float, count + 1);
    for (int64_t i = 0; i < count; i++)
        wide[i] = (float)scalar_load(type, (uint16_t *)values + i);
    *bytes *= 2;
    return wide;
}

void run_add_outputs(Run *run, Files *files, const char *folder) {
    Arena *arena = run->compiler->arena;
    for (int i = 0; i < run->model->outputs.count; i++) {
        Array *array = run->model->outputs.items[i].array;
        Text head = text_new(arena);
        size_t bytes;
        const void *values =
            npy_values(arena, array->type, run->outputs[i], run->counts[i], &bytes);
        npy_header(&head, array->type, array->rank, run->extents[i]);
        const char *path = path_join(arena, folder, arena_format(arena, "%s.npy", array->name));
        files_add_parts(files, path, head.chars, head.length, values, bytes);
    }
}

static bool outputs_write(Run *run, const char *folder) {
    if (!folder_make(run->compiler, folder)) return false;
    Files *files = files_new(run->compiler);
    run_add_outputs(run, files, folder);
    return files_commit(files);
}

bool run_call(Compiler *compiler, const Options *options, Run *run) {
    *run = (Run){.compiler = compiler, .compiled = {.compiler = compiler, .lower.packed = true}};
    Compilation *c = &run->compiled;
    if (!pipeline_file(c, options->arguments.items[0], "emit")) return false;
    run->model = c->model;
    bool good = data_read(compiler, c->model, &options->arguments, &run->data);
    PackedFunction *function = good ? library_load(compiler, options, c, &run->handle) : NULL;
    return function && outputs_allocate(run) && model_call(run, function);
}

void run_end(Run *run) {
    for (int i = 0; run->outputs && i < run->model->outputs.count; i++)
        free(run->outputs[i]);
    if (run->model) data_free(&run->data);
    if (run->handle) dlclose(run->handle);
}

bool words_are_data(const Options *options) {
    for (int i = 1; i < options->arguments.count; i++)
        if (!is_assignment(options->arguments.items[i]))
            return usage_error(options->command, "`%s` is no NAME=VALUE",
                               options->arguments.items[i]),
                   false;
    return true;
}

int command_run(Compiler *compiler, const Options *options) {
    if (!words_are_data(options)) return EXIT_USAGE;
    Run run;
    bool good = run_call(compiler, options, &run) &&
                (!options->output || outputs_write(&run, options->output));
    for (int i = 0; good && i < run.model->outputs.count; i++)
        summary_print(compiler->arena, run.model->outputs.items[i].array, run.extents[i],
                      run.counts[i], run.outputs[i]);
    run_end(&run);
    return good ? EXIT_GOOD : EXIT_USER;
}
