/* Takes NAME=VALUE words and a checked model, gives sizes and arrays that fit together and the
 * model. */
#include "tool/data.h"
#include "graph/print.h"
#include "tool/command.h"
#include "tool/csv.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REPORT(id, ...) report(data->compiler->diagnostics, (id), (Span){0, 0}, __VA_ARGS__)

/* --- what is expected --- */

static bool is_taken(const Array *array) {
    return array->kind != ARRAY_CONST && array->kind != ARRAY_OUTPUT;
}

const char *array_declared(Arena *arena, const Array *array) {
    Text text = text_new(arena);
    text_add(&text, array->name);
    for (int i = 0; i < array->rank; i++)
        text_format(&text, "%s%s", i ? ", " : "[", array->axes[i]->name);
    if (array->rank) text_add(&text, "]");
    return text.chars;
}

static const char *array_expected(Arena *arena, const Array *array) {
    const char *type = scalar_text(array->type);
    if (array->index_axis) type = arena_format(arena, "index(%s)", array->index_axis->name);
    return arena_format(arena, "%s: %s", array_declared(arena, array), type);
}

const char *array_element(const Data *data, const Array *array, int64_t position) {
    Arena *arena = data->compiler->arena;
    int64_t extents[NPY_RANK_LIMIT], index[NPY_RANK_LIMIT], count;
    if (array->rank == 0 || array->rank > NPY_RANK_LIMIT ||
        !array_extents(data, array, extents, &count))
        return array->name;
    for (int i = array->rank - 1; i >= 0; i--) {
        index[i] = extents[i] > 0 ? position % extents[i] : 0;
        position = extents[i] > 0 ? position / extents[i] : 0;
    }
    Text text = text_new(arena);
    text_add(&text, array->name);
    for (int i = 0; i < array->rank; i++)
        text_format(&text, "%s%lld", i ? ", " : "[", (long long)index[i]);
    text_add(&text, "]");
    return text.chars;
}

bool array_extents(const Data *data, const Array *array, int64_t *extents, int64_t *count) {
    int64_t product = (int64_t)scalar_size(array->type);
    bool empty = false, fits = true;
    for (int i = 0; i < array->rank; i++) {
        extents[i] = evaluate_extent(data->model->graph, array->axes[i], &data->bindings);
        if (extents[i] <= 0)
            empty = true;
        else if (__builtin_mul_overflow(product, extents[i], &product))
            fits = false;
    }
    *count = empty ? 0 : product / (int64_t)scalar_size(array->type);
    return empty || fits;
}

static void add_names(Data *data, Strings *names, Text *list) {
    Model *model = data->model;
    for (int i = 0; i < model->arrays.count; i++)
        if (is_taken(model->arrays.items[i]))
            vector_push(data->compiler->arena, names, model->arrays.items[i]->name);
    for (int i = 0; i < model->axes.count; i++)
        if (model->axes.items[i]->is_argument)
            vector_push(data->compiler->arena, names, model->axes.items[i]->name);
    for (int i = 0; i < names->count; i++)
        text_format(list, "%s%s", i ? ", " : "", names->items[i]);
    if (names->count == 0) text_add(list, "nothing");
}

/* --- the words --- */

static bool name_is(const char *name, const char *word, size_t length) {
    return strlen(name) == length && strncmp(name, word, length) == 0;
}

static void data_unknown(Data *data, const char *name) {
    Arena *arena = data->compiler->arena;
    Model *model = data->model;
    const char *what = NULL;
    for (int i = 0; i < model->arrays.count; i++)
        if (!strcmp(model->arrays.items[i]->name, name)) what = "a const";
    for (int i = 0; i < model->outputs.count; i++)
        if (!strcmp(model->outputs.items[i].array->name, name)) what = "an output";
    for (int i = 0; i < model->lets.count; i++)
        if (!strcmp(model->lets.items[i].name, name)) what = "a let";
    if (what) {
        REPORT(DATA_NOT_TAKEN, name, what, model->name);
        return;
    }
    Strings names = {0};
    Text list = text_new(arena);
    add_names(data, &names, &list);
    REPORT(DATA_UNKNOWN, model->name, name, did_you_mean(arena, name, &names), list.chars);
}

static bool parse_whole(const char *text, int64_t *number) {
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return *text && !*end && !errno;
}

static void size_set(Data *data, Axis *axis, int64_t size, const char *said) {
    Arena *arena = data->compiler->arena;
    for (int i = 0; i < data->sizes.count; i++) {
        if (data->sizes.items[i].axis != axis) continue;
        if (data->sizes.items[i].size != size)
            REPORT(SIZE_DISAGREES, data->sizes.items[i].said, said);
        return;
    }
    vector_push(arena, &data->sizes, (Size){axis, size, said});
    int64_t *kept = ARENA_NEW(arena, int64_t);
    *kept = size;
    table_set(&data->bindings.sizes, axis, kept);
}

/* The run-time size that is this axis' extent, or NULL: fixed or computed. */
static Axis *axis_size(const Axis *axis) {
    const Node *extent = axis->extent;
    return extent->op == OP_EXTENT && extent->u.axis->is_argument ? extent->u.axis : NULL;
}

static void word_for_axis(Data *data, Axis *axis, const char *value) {
    int64_t size;
    if (!parse_whole(value, &size) || size < 0 || size > LARGEST_EXTENT) {
        REPORT(SIZE_NOT_NUMBER, axis->name, value);
        table_set(&data->bindings.sizes, axis,
                  ARENA_NEW(data->compiler->arena, int64_t)); /* not missing */
        return;
    }
    Axis *argument = axis_size(axis);
    const char *said = arena_format(data->compiler->arena, "the command line says %s = %lld",
                                    axis->name, (long long)size);
    for (int i = 0; i < data->sizes.count; i++)
        if (data->sizes.items[i].axis == argument && argument == axis) {
            REPORT(DATA_TWICE, axis->name);
            return;
        }
    if (argument)
        size_set(data, argument, size, said);
    else
        vector_push(data->compiler->arena, &data->sizes,
                    (Size){axis, size, said}); /* compared later */
}

static bool is_number(const char *text) {
    char *end;
    if (!strcmp(text, "true") || !strcmp(text, "false")) return true;
    strtod(text, &end);
    return *text && !*end;
}

static void word_for_array(Data *data, int i, const char *value) {
    Arena *arena = data->compiler->arena;
    Array *array = data->model->arrays.items[i];
    Given *given = &data->given[i];
    const char *reason = NULL;
    if (given->place) {
        REPORT(DATA_TWICE, array->name);
        return;
    }
    given->place = value;
    given->is_number = array->rank == 0 && is_number(value);
    if (given->is_number) return;
    bool opened = csv_is_place(value) ? csv_open(arena, value, array->rank, &given->npy, &reason)
                                      : npy_open(arena, value, array->name, &given->npy, &reason);
    if (opened) return;
    if (is_number(value))
        reason = arena_format(arena, "a number is no array: %s", array_expected(arena, array));
    REPORT(DATA_NOT_NUMBER, array->name, value, reason, array->rank ? "" : "a number, ");
    given->npy.data = NULL;
}

static void word_read(Data *data, const char *word) {
    Model *model = data->model;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    for (int i = 0; i < model->arrays.count; i++)
        if (is_taken(model->arrays.items[i]) &&
            name_is(model->arrays.items[i]->name, word, length)) {
            word_for_array(data, i, equals + 1);
            return;
        }
    for (int i = 0; i < model->axes.count; i++)
        if (name_is(model->axes.items[i]->name, word, length)) {
            word_for_axis(data, model->axes.items[i], equals + 1);
            return;
        }
    data_unknown(data, arena_text(data->compiler->arena, word, length));
}

/* --- sizes --- */

static const char *shape_text(Arena *arena, const Npy *npy) {
    Text text = text_new(arena);
    text_add(&text, "(");
    for (int i = 0; i < npy->rank; i++)
        text_format(&text, "%s%lld%s", i ? " " : "", (long long)npy->shape[i],
                    i + 1 < npy->rank || npy->rank == 1 ? "," : "");
    text_add(&text, ")");
    return text.chars;
}

static bool given_has_shape(const Given *given) {
    return given->place && !given->is_number && given->npy.data;
}

static void sizes_from_shape(Data *data, int i) {
    Arena *arena = data->compiler->arena;
    Array *array = data->model->arrays.items[i];
    Given *given = &data->given[i];
    if (given->npy.rank != array->rank) {
        const bool is_table = given->npy.rank == 2 && csv_is_place(given->place);
        const char *wanted = array->rank == 0 ? "no axes: the shape ()"
                             : array->rank == 1 && is_table
                                 ? arena_format(arena, "one axis: %s:COLUMN", given->place)
                             : array->rank == 1 ? "one axis"
                                                : arena_format(arena, "%d axes", array->rank);
        REPORT(RANK_DISAGREES, array->name, shape_text(arena, &given->npy), given->place,
               array_declared(arena, array), wanted);
        npy_close(&given->npy);
        return;
    }
    for (int k = 0; k < array->rank; k++) {
        Axis *size = axis_size(array->axes[k]);
        const char *said = arena_format(arena, "%s has %s = %lld", array->name,
                                        array->axes[k]->name, (long long)given->npy.shape[k]);
        if (size) size_set(data, size, given->npy.shape[k], said);
    }
}

/* Whether an array that is missing, or could not be read, would have told the size: one message is
 * enough. */
static bool size_will_come(const Data *data, const Axis *axis) {
    for (int i = 0; i < data->model->arrays.count; i++) {
        const Array *array = data->model->arrays.items[i];
        if (!is_taken(array) || (array->kind == ARRAY_PARAM && !data->given[i].place)) continue;
        for (int k = 0; k < array->rank; k++)
            if (axis_size(array->axes[k]) == axis) return true;
    }
    return false;
}

static bool sizes_missing(Data *data) {
    Text list = text_new(data->compiler->arena), example = text_new(data->compiler->arena);
    bool missing = false;
    for (int i = 0; i < data->model->axes.count; i++) {
        Axis *axis = data->model->axes.items[i];
        if (!axis->is_argument || table_has(&data->bindings.sizes, axis)) continue;
        missing = true;
        if (size_will_come(data, axis)) continue;
        text_format(&list, "%s%s", list.length ? ", " : "", axis->name);
        text_format(&example, "%s%s=NUMBER", example.length ? " " : "", axis->name);
    }
    if (list.length) REPORT(SIZE_MISSING, list.chars, example.chars);
    return missing;
}

static void arrays_missing(Data *data) {
    Arena *arena = data->compiler->arena;
    Text list = text_new(arena), example = text_new(arena);
    for (int i = 0; i < data->model->arrays.count; i++) {
        Array *array = data->model->arrays.items[i];
        if (!is_taken(array) || array->kind == ARRAY_PARAM || data->given[i].place) continue;
        text_format(&list, "%s%s", list.length ? "; " : "", array_expected(arena, array));
        text_format(&example, "%s%s=%s", example.length ? " " : "", array->name,
                    array->rank ? "FILE.npy" : "NUMBER");
    }
    if (list.length) REPORT(DATA_MISSING, data->model->name, list.chars, example.chars);
}

static const char *extent_text(Arena *arena, const Axis *axis) {
    if (axis->extent->op == OP_NUMBER)
        return arena_format(arena, "%lld", (long long)axis->extent->u.integer);
    Text text = text_new(arena);
    Printer printer = {.out = &text, .extents_bare = true};
    printer_expression(&printer, axis->extent);
    return text.chars;
}

bool size_computed(Compiler *compiler, const Model *model, const Axis *axis,
                   const Bindings *bindings, int64_t *extent) {
    *extent = evaluate_extent(model->graph, axis, bindings);
    const bool is_plain = axis->extent->op == OP_EXTENT || axis->extent->op == OP_NUMBER;
    if (is_plain || (*extent >= 0 && *extent <= LARGEST_EXTENT)) return true;
    report(compiler->diagnostics, SIZE_RANGE, (Span){0, 0}, axis->name,
           extent_text(compiler->arena, axis),
           *extent > 0                 ? "above 2^48"
           : *extent < -LARGEST_EXTENT ? "below -2^48"
                                       : arena_format(compiler->arena, "%lld", (long long)*extent));
    return false;
}

/* Axes that are fixed or computed: what the arrays and the command line say must be what the
 * program says. */
static void sizes_compare(Data *data, bool only_fixed) {
    Arena *arena = data->compiler->arena;
    Model *model = data->model;
    for (int i = 0; i < model->axes.count; i++) {
        Axis *axis = model->axes.items[i];
        if (only_fixed && axis->extent->op != OP_NUMBER) continue;
        int64_t extent;
        if (!size_computed(data->compiler, model, axis, &data->bindings, &extent)) continue;
        const char *text = extent_text(arena, axis);
        bool plain = axis->extent->op == OP_NUMBER;
        const char *program =
            plain ? arena_format(arena, "%s is %s in the program", axis->name, text)
                  : arena_format(arena, "%s = %s is %lld", axis->name, text, (long long)extent);
        for (int j = 0; j < data->sizes.count; j++) {
            Size *size = &data->sizes.items[j];
            if (size->axis == axis && size->size != extent)
                REPORT(SIZE_DISAGREES, size->said, program);
        }
        for (int j = 0; j < model->arrays.count; j++) {
            Array *array = model->arrays.items[j];
            const Npy *npy = &data->given[j].npy;
            for (int k = 0; k < array->rank && given_has_shape(&data->given[j]); k++) {
                if (array->axes[k] != axis || npy->shape[k] == extent || axis_size(axis)) continue;
                REPORT(SIZE_DISAGREES,
                       arena_format(arena, "%s has %s = %lld", array->name, axis->name,
                                    (long long)npy->shape[k]),
                       program);
            }
        }
    }
}

/* --- values --- */

static bool number_store(Data *data, const Array *array, const char *text, void *out) {
    Arena *arena = data->compiler->arena;
    const char *reason = NULL;
    int64_t whole;
    bool good;
    if (!strcmp(text, "true") || !strcmp(text, "false")) {
        good = array->type == SCALAR_BOOL;
        if (good) *(unsigned char *)out = text[0] == 't';
        reason = arena_format(arena, "a bool is no %s", scalar_text(array->type));
    } else if (!scalar_is_float(array->type) && parse_whole(text, &whole)) {
        good = scalar_store_integer(arena, array->type, whole, out, &reason);
    } else {
        double number = strtod(text, NULL);
        good = !(isinf(number) && strpbrk(text, "0123456789")) &&
               scalar_store(arena, array->type, number, out, &reason);
        if (!good && !reason)
            reason = arena_format(arena, "it does not fit %s", scalar_text(array->type));
    }
    if (!good) REPORT(DATA_NOT_NUMBER, array->name, text, reason, "a number, ");
    return good;
}

static bool param_initialise(Data *data, const Array *array, void *out, int64_t count) {
    Arena *arena = data->compiler->arena;
    const char *reason = NULL;
    Tensor tensor;
    if (!array->initial) {
        memset(out, 0, (size_t)count * scalar_size(array->type));
        return true;
    }
    bool good = evaluate_node(data->model->graph, array->initial, array->axes, array->rank,
                              &data->bindings, &tensor, &reason);
    for (int64_t i = 0; good && i < count; i++) {
        void *element = (char *)out + (size_t)i * scalar_size(array->type);
        good = scalar_store(arena, array->type, tensor.values[i], element, &reason);
    }
    if (!good) REPORT(PARAM_NOT_SET, array->name, reason ? reason : "it cannot be evaluated");
    return good;
}

static bool array_fill(Data *data, int i) {
    Array *array = data->model->arrays.items[i];
    Given *given = &data->given[i];
    int64_t extents[NPY_RANK_LIMIT], count = 0, position = 0;
    const char *reason = NULL;
    bool fits = array->rank <= NPY_RANK_LIMIT && array_extents(data, array, extents, &count);
    size_t bytes = fits ? (size_t)count * scalar_size(array->type) : 0;
    given->values = fits ? malloc(bytes ? bytes : 1) : NULL;
    if (!given->values) {
        REPORT(DATA_TOO_LARGE, array->name,
               fits ? strerror(ENOMEM) : "its sizes multiply past 2^63");
        return false;
    }
    if (!given->place) return param_initialise(data, array, given->values, count);
    if (given->is_number) return number_store(data, array, given->place, given->values);
    bool good = npy_convert(data->compiler->arena, &given->npy, array->type, given->values,
                            &position, &reason);
    if (!good) REPORT(DATA_VALUE, array_element(data, array, position), given->place, reason);
    npy_close(&given->npy);
    return good;
}

void data_words(Compiler *compiler, Model *model, const Strings *words, Data *data) {
    *data = (Data){.compiler = compiler, .model = model};
    data->given = ARENA_ARRAY(compiler->arena, Given, model->arrays.count + 1);
    data->bindings = bindings_new(compiler->arena);
    for (int i = 0; i < model->arrays.count; i++)
        if (model->arrays.items[i]->kind == ARRAY_CONST)
            table_set(&data->bindings.arrays, model->arrays.items[i],
                      model->arrays.items[i]->numbers);
    for (int i = 1; i < words->count; i++)
        word_read(data, words->items[i]);
    for (int i = 0; i < model->arrays.count; i++)
        if (given_has_shape(&data->given[i])) sizes_from_shape(data, i);
}

bool data_given(Data *data) {
    bool good = true;
    sizes_compare(data, diagnostics_errors(data->compiler->diagnostics) > 0);
    if (diagnostics_errors(data->compiler->diagnostics)) return false;
    for (int i = 0; i < data->model->arrays.count; i++)
        if (data->given[i].place) good = array_fill(data, i) && good;
    return good;
}

bool data_read(Compiler *compiler, Model *model, const Strings *words, Data *data) {
    data_words(compiler, model, words, data);
    arrays_missing(data);
    bool missing = sizes_missing(data), good = true;
    sizes_compare(data, missing || diagnostics_errors(compiler->diagnostics));
    if (diagnostics_errors(compiler->diagnostics)) return false;
    for (int i = 0; i < model->arrays.count; i++)
        if (is_taken(model->arrays.items[i])) good = array_fill(data, i) && good;
    return good;
}

void data_free(Data *data) {
    for (int i = 0; data->given && i < data->model->arrays.count; i++) {
        npy_close(&data->given[i].npy);
        free(data->given[i].values);
    }
}
