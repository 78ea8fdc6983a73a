/* train: steps of `minimize` on data, from the command line. The functions NAME_init and NAME_step
 * are called as any program would; what they are given, and in which order, is read off their
 * parameters. */
#include "tool/train.h"
#include "tool/curve.h"
#include "tool/emitted.h"
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- memory --- */

static bool hold(Train *t, const Array *array) {
    Held held = {.array = array};
    bool fits =
        array->rank <= NPY_RANK_LIMIT && array_extents(&t->data, array, held.extents, &held.count);
    size_t bytes = fits ? (size_t)held.count * scalar_size(array->type) : 0;
    held.values = fits ? calloc(bytes ? bytes : 1, 1) : NULL;
    vector_push(t->compiler->arena, &t->held, held);
    if (held.values) return true;
    report(t->compiler->diagnostics, DATA_TOO_LARGE, array->span, array->name,
           fits ? strerror(ENOMEM) : "its sizes multiply past 2^63");
    return false;
}

static bool hold_all(Train *t) {
    const Training *training = t->model->training;
    bool good = hold(t, training->seed);
    for (int i = 0; i < training->updates.count; i++)
        good = good && hold(t, training->updates.items[i].array);
    t->losses = t->held.count;
    for (int i = 0; i < training->losses.count; i++)
        good = good && hold(t, t->model->outputs.items[training->losses.items[i]].array);
    return good;
}

static Held *held_named(Train *t, const char *name) {
    for (int i = 0; i < t->held.count; i++)
        if (strcmp(t->held.items[i].array->name, name) == 0) return &t->held.items[i];
    return NULL;
}

/* --- calls --- */

const void *train_values(const Train *t, int i) {
    return t->batch.buffers && t->batch.buffers[i] ? t->batch.buffers[i] : t->data.given[i].values;
}

static void *array_argument(Train *t, const char *name, bool seeded) {
    if (seeded && strcmp(name, "seed") == 0) return t->held.items[0].values;
    for (int i = 1; i < t->held.count; i++)
        if (strcmp(t->held.items[i].array->name, name) == 0) return t->held.items[i].values;
    for (int i = 0; i < t->model->arrays.count; i++)
        if (strcmp(t->model->arrays.items[i]->name, name) == 0) return (void *)train_values(t, i);
    bug("nothing is called %s", name);
}

static int64_t size_argument(const Train *t, const char *name) {
    for (int i = 0; i < t->model->axes.count; i++) {
        Axis *axis = t->model->axes.items[i];
        if (axis->is_argument && strcmp(axis->name, name) == 0)
            return *(int64_t *)table_get(&t->data.bindings.sizes, axis);
    }
    bug("no size is called %s", name);
}

static bool prepare(Train *t, const char *suffix, Call *call) {
    Arena *arena = t->compiler->arena;
    Emitted emitted;
    const char *name = arena_format(arena, "%s_%s", t->model->name, suffix);
    if (!emitted_find(t->compiler, t->module, t->handle, name, &emitted)) return false;
    call->function = emitted.function;
    call->sizes = ARENA_ARRAY(arena, int64_t, emitted.sizes.count + 1);
    call->arrays = ARENA_ARRAY(arena, void *, emitted.arrays.count + 1);
    for (int i = 0; i < emitted.sizes.count; i++) {
        const char *size = emitted.sizes.items[i]->name;
        call->sizes[i] = size_argument(t, size);
        if (t->batch.axis && strcmp(t->batch.axis->name, size) == 0)
            t->batch.argument = &call->sizes[i];
    }
    for (int i = 0; i < emitted.arrays.count; i++)
        call->arrays[i] =
            array_argument(t, emitted.arrays.items[i]->name, strcmp(suffix, "init") == 0);
    return true;
}

/* --- values --- */

/* Params that are given start from there. */
static void start_from_given(Train *t) {
    for (int i = 0; i < t->model->arrays.count; i++) {
        const Array *array = t->model->arrays.items[i];
        Held *held = array->kind == ARRAY_PARAM ? held_named(t, array->name) : NULL;
        if (held && t->data.given[i].place)
            memcpy(held->values, t->data.given[i].values,
                   (size_t)held->count * scalar_size(array->type));
    }
}

static double loss_value(const Train *t, int i) {
    const Held *held = &t->held.items[t->losses + i];
    return scalar_load(held->array->type, held->values);
}

/* --- steps --- */

/* So that what ends the program later leaves something to go on from. */
static bool write_checkpoint(Train *t) {
    if (!t->options->output) return true;
    return folder_make(t->compiler, t->options->output) && checkpoint_write(t);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void progress(const Train *t, int64_t from, double began, bool terminal) {
    const int64_t step = t->done;
    double spent = seconds() - began, speed = spent > 0 ? (double)(step - from) / spent : 0;
    printf("%sstep %lld of %lld", terminal ? "\r" : "", (long long)step, (long long)t->steps);
    for (int i = 0; i < train_losses(t); i++)
        printf("  %s %.6g", t->held.items[t->losses + i].array->name, loss_value(t, i));
    printf("  %.4g steps/s", speed);
    if (terminal && speed > 0) printf("  %.0f s left  ", (double)(t->steps - step) / speed);
    printf("%s", terminal && step < t->steps ? "" : "\n");
    fflush(stdout);
}

static bool not_finite(Train *t, const Call *call, int64_t step, int loss) {
    Arena *arena = t->compiler->arena;
    const Array *array = t->held.items[t->losses + loss].array;
    double number = loss_value(t, loss); /* a NaN may have a sign */
    const char *value = isnan(number) ? "nan" : arena_format(arena, "%g", number);
    Span span;
    const char *where = astray_find(t, call, step, loss, &span);
    report(t->compiler->diagnostics, TRAIN_NOT_FINITE, array->span, array->name, value,
           arena_format(arena, "%lld", (long long)step + 1), where);
    if (span.end) report_also(t->compiler->diagnostics, span, "the first value gone wrong");
    return false;
}

/* --- NAME=step --- */

static bool counts(Train *t, const char *word) {
    const char *equals = strchr(word, '=');
    if (!equals || strcmp(equals + 1, "step") != 0) return false;
    size_t length = (size_t)(equals - word);
    for (int i = 0; i < t->model->arrays.count; i++) {
        const Array *array = t->model->arrays.items[i];
        if (strlen(array->name) != length || strncmp(array->name, word, length) != 0) continue;
        if (array->kind == ARRAY_INPUT && array->rank == 0 && array->type != SCALAR_BOOL)
            vector_push(t->compiler->arena, &t->counters, i);
        else
            report(t->compiler->diagnostics, STEP_NOT_COUNTED, array->span, array->name);
    }
    return true;
}

/* What is given, with 0 for what counts the steps. */
static Strings without_counters(Train *t) {
    Arena *arena = t->compiler->arena;
    const Strings *words = &t->options->arguments;
    Strings result = {0};
    vector_push(arena, &result, words->items[0]);
    for (int i = 1; i < words->count; i++) {
        const char *word = words->items[i];
        if (counts(t, word))
            word = arena_format(arena, "%.*s0", (int)(strchr(word, '=') + 1 - word), word);
        vector_push(arena, &result, word);
    }
    return result;
}

static bool count_step(Train *t, int64_t step) {
    const char *reason = NULL;
    for (int i = 0; i < t->counters.count; i++) {
        const Array *array = t->model->arrays.items[t->counters.items[i]];
        void *value = t->data.given[t->counters.items[i]].values;
        bool good =
            scalar_is_float(array->type)
                ? scalar_store(t->compiler->arena, array->type, (double)step, value, &reason)
                : scalar_store_integer(t->compiler->arena, array->type, step, value, &reason);
        if (good) continue;
        report(t->compiler->diagnostics, DATA_NOT_NUMBER, (Span){0, 0}, array->name,
               arena_format(t->compiler->arena, "%lld", (long long)step), reason, "a number, ");
        return false;
    }
    return true;
}

bool train_prepare_step(Train *t, int64_t step) {
    batch_fill(t, step);
    return count_step(t, step);
}

static bool make_steps(Train *t, const Call *step) {
    bool terminal = isatty(STDOUT_FILENO);
    int losses = train_losses(t);
    double began = seconds(), told = began, kept = began;
    const int64_t from = t->done;
    for (int64_t i = t->done; i < t->steps; i++) {
        steelyard_call call = {0};
        astray_keep(t);
        if (!train_prepare_step(t, i)) return false;
        int status = step->function(step->sizes, step->arrays, &call);
        if (status != STEELYARD_OK) {
            status_report(&t->data, status, &call);
            return false;
        }
        for (int k = 0; k < losses; k++) {
            t->recorded[i * losses + k] = loss_value(t, k);
            if (!isfinite(loss_value(t, k))) return not_finite(t, step, i, k);
        }
        t->done = i + 1;
        double now = seconds();
        bool tenth = (10 * (i + 1)) / t->steps > (10 * i) / t->steps;
        bool due = terminal ? now - told > 0.1 : tenth;
        if (due || i + 1 == t->steps) {
            told = now;
            progress(t, from, began, terminal);
        }
        if ((tenth || now - kept > 10) && i + 1 < t->steps) {
            if (!write_checkpoint(t)) return false;
            kept = now;
        }
    }
    return true;
}

/* --- results --- */

static void add_npy(Train *t, Files *files, const char *folder, const char *name, Scalar type,
                    int rank, const int64_t *extents, const void *values, size_t bytes) {
    Arena *arena = t->compiler->arena;
    Text head = text_new(arena);
    npy_header(&head, type, rank, extents);
    const char *path = path_join(arena, folder, arena_format(arena, "%s.npy", name));
    files_add_parts(files, path, head.chars, head.length, values, bytes);
}

static void add_curve(Train *t, Files *files, const char *folder) {
    Arena *arena = t->compiler->arena;
    int losses = train_losses(t);
    const char **names = ARENA_ARRAY(arena, const char *, losses + 1);
    for (int i = 0; i < losses; i++)
        names[i] = t->held.items[t->losses + i].array->name;
    const char *title = arena_format(arena, "%s, loss by step", t->model->name);
    Text svg = curve_svg(arena, title, names, losses, t->steps, t->recorded);
    files_add(files, path_join(arena, folder, "losses.svg"), svg.chars, svg.length);
}

static bool write_results(Train *t) {
    const char *folder = t->options->output;
    if (!folder) return true;
    if (!write_checkpoint(t)) return false; /* first: from it the others can be made again */
    Files *files = files_new(t->compiler);
    for (int i = 1; i < t->losses; i++) {
        const Held *held = &t->held.items[i];
        if (held->array->kind != ARRAY_PARAM) continue;
        size_t bytes;
        const void *values =
            npy_values(t->compiler->arena, held->array->type, held->values, held->count, &bytes);
        add_npy(t, files, folder, held->array->name, held->array->type, held->array->rank,
                held->extents, values, bytes);
    }
    int losses = train_losses(t);
    add_npy(t, files, folder, "losses", SCALAR_F64, 2, (int64_t[]){t->steps, losses}, t->recorded,
            sizeof(double) * (size_t)t->steps * (size_t)losses);
    add_curve(t, files, folder);
    return files_commit(files);
}

static void show_params(Train *t) {
    for (int i = 1; i < t->losses; i++) {
        const Held *held = &t->held.items[i];
        if (held->array->kind == ARRAY_PARAM)
            summary_print(t->compiler->arena, held->array, held->extents, held->count,
                          held->values);
    }
}

/* --- the command --- */

static uint64_t hash_text(const char *text) { /* FNV-1a */
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

static bool whole_number(const char *text, int64_t least, int64_t *number) {
    char *end;
    errno = 0;
    *number = text ? strtoll(text, &end, 10) : 0;
    return text && *text && !*end && !errno && *number >= least;
}

static bool train_model(Train *t) {
    Call init, step;
    if (!prepare(t, "init", &init) || !prepare(t, "step", &step)) return false;
    steelyard_call call = {0};
    int status = init.function(init.sizes, init.arrays, &call);
    if (status != STEELYARD_OK) {
        status_report(&t->data, status, &call);
        return false;
    }
    start_from_given(t);
    if (t->options->resume && !checkpoint_read(t)) return false;
    if (t->done == t->steps) printf("all %lld steps were made before\n", (long long)t->done);
    if (!make_steps(t, &step)) return false;
    show_params(t);
    return write_results(t);
}

int command_train(Compiler *compiler, const Options *options) {
    Compilation c = {.compiler = compiler, .lower.packed = true};
    Train t = {.compiler = compiler, .options = options};
    int64_t seed = 0;
    for (int i = 1; i < options->arguments.count; i++)
        if (!is_assignment(options->arguments.items[i]))
            return usage_error(options->command, "`%s` is no NAME=VALUE",
                               options->arguments.items[i]);
    if (!whole_number(options->steps, 1, &t.steps))
        return usage_error(options->command, "--steps says how many steps to make, from 1 on");
    if (options->resume && !options->output)
        return usage_error(options->command,
                           "--resume goes on from DIR/checkpoint: name DIR with -o");
    if (options->seed && !whole_number(options->seed, INT64_MIN, &seed))
        return usage_error(options->command, "--seed takes a whole number");
    if (!pipeline_file(&c, options->arguments.items[0], "emit")) return EXIT_USER;
    t.model = c.model;
    t.module = c.module;
    t.program = hash_text(c.c_text.chars);
    if (!c.model->training) {
        report(compiler->diagnostics, TRAIN_NOTHING, (Span){0, 0}, c.model->name);
        return EXIT_USER;
    }
    Strings given = without_counters(&t);
    bool good = !diagnostics_errors(compiler->diagnostics) &&
                data_read(compiler, c.model, &given, &t.data) && hold_all(&t);
    if (good) *(int64_t *)t.held.items[0].values = t.seed = seed;
    good = good && batch_setup(&t);
    size_t recorded = good ? (size_t)t.steps * (size_t)c.model->training->losses.count : 0;
    t.recorded = good ? calloc(recorded, sizeof(double)) : NULL;
    if (good && !t.recorded) {
        report(compiler->diagnostics, DATA_TOO_LARGE, (Span){0, 0}, "losses", strerror(ENOMEM));
        good = false;
    }
    good = good && library_load(compiler, options, &c, &t.handle) && train_model(&t);
    for (int i = 0; i < t.held.count; i++)
        free(t.held.items[i].values);
    free(t.recorded);
    batch_free(&t);
    astray_free(&t);
    data_free(&t.data);
    if (t.handle) dlclose(t.handle);
    return good ? EXIT_GOOD : EXIT_USER;
}
