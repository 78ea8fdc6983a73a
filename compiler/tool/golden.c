/* golden: what a model gave on some data, kept, and compared with what it gives later.
 *
 * DIR/golden.txt says what was run and what with: the program, the profile, the sizes, a hash of
 * every input and output; DIR/OUTPUT.npy holds the outputs themselves, so that a comparison can
 * show the first element that differs. A comparison of results of other data, sizes or rules of
 * rounding would say nothing, and is refused. */
#include "tool/golden.h"
#include "tool/hash.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct Golden {
    Compiler *compiler;
    Run run;
    const char *folder, *file; /* DIR, DIR/golden.txt */
    Text record;               /* what golden.txt says of this run */
    int inputs;
} Golden;

enum {
    RECORD_LIMIT = 1 << 26 /* bytes of golden.txt */
};

#define REPORT(id, ...) report(golden->compiler->diagnostics, (id), (Span){0, 0}, __VA_ARGS__)

/* --- what there is to say of a run --- */

static const char *hash_of(Arena *arena, const void *bytes, size_t length) {
    Hash hash = hash_new();
    hash_bytes(&hash, bytes, length);
    return hash_digits(arena, &hash);
}

/* The program without its comments and layout. */
static const char *program_hash(Golden *golden) {
    const Compilation *c = &golden->run.compiled;
    Text text = text_new(golden->compiler->arena);
    for (int i = 0; i < c->program->decls.count; i++) {
        decl_print(&text, c->program->decls.items[i]);
        text_add(&text, "\n");
    }
    return hash_of(golden->compiler->arena, text.chars, text.length);
}

static bool is_given(const Array *array) {
    return array->kind != ARRAY_CONST;
}

static void record_array(Golden *golden, const char *kind, const Array *array, int64_t count,
                         void *values) {
    Arena *arena = golden->compiler->arena;
    size_t bytes;
    const void *plain = npy_values(arena, array->type, values, count, &bytes);
    text_format(&golden->record, "%s %s %s %s\n", kind, array->name, scalar_text(array->type),
                hash_of(arena, plain, bytes));
}

/* The lines of golden.txt; each of the kinds program, profile, size, input and output. */
static void record_run(Golden *golden) {
    Run *run = &golden->run;
    Model *model = run->model;
    const Compiler *compiler = golden->compiler;
    golden->record = text_new(compiler->arena);
    text_format(&golden->record, "steelyard golden 1\nmodel %s\nprogram %s\nprofile %s\n",
                model->name, program_hash(golden), compiler->no_fma ? "no-fma" : "fma");
    for (int i = 0; i < model->axes.count; i++) {
        const Axis *axis = model->axes.items[i];
        const int64_t *size = table_get(&run->data.bindings.sizes, axis);
        if (axis->is_argument)
            text_format(&golden->record, "size %s %lld\n", axis->name, (long long)*size);
    }
    for (int i = 0; i < model->arrays.count; i++) {
        const Array *array = model->arrays.items[i];
        int64_t extents[NPY_RANK_LIMIT], count;
        if (!is_given(array) || !array_extents(&run->data, array, extents, &count)) continue;
        record_array(golden, "input", array, count, run->data.given[i].values);
        golden->inputs++;
    }
    for (int i = 0; i < model->outputs.count; i++)
        record_array(golden, "output", model->outputs.items[i].array, run->counts[i],
                     run->outputs[i]);
}

static const char *counted(Arena *arena, int count, const char *what) {
    return arena_format(arena, "%d %s%s", count, what, count == 1 ? "" : "s");
}

/* --- what was recorded --- */

typedef Vector(const char *) Lines;

static Lines lines_of(Arena *arena, const char *text) {
    Lines lines = {0};
    while (*text) {
        size_t length = strcspn(text, "\n");
        const char *line = arena_text(arena, text, length);
        vector_push(arena, &lines, line);
        text += length + (text[length] == '\n');
    }
    return lines;
}

/* What follows "KIND NAME " (name NULL: "KIND ") in one of the lines, or NULL. */
static const char *said(Arena *arena, const Lines *lines, const char *kind, const char *name) {
    const char *start =
        name ? arena_format(arena, "%s %s ", kind, name) : arena_format(arena, "%s ", kind);
    size_t length = strlen(start);
    for (int i = 0; i < lines->count; i++)
        if (strncmp(lines->items[i], start, length) == 0) return lines->items[i] + length;
    return NULL;
}

/* The word behind "KIND " of a line of that kind; NULL: it is of another one. */
static const char *named(Arena *arena, const char *line, const char *kind) {
    size_t length = strlen(kind);
    if (strncmp(line, kind, length) != 0 || line[length] != ' ') return NULL;
    return arena_text(arena, line + length + 1, strcspn(line + length + 1, " "));
}

static bool golden_read(Golden *golden, Lines *lines) {
    Arena *arena = golden->compiler->arena;
    size_t length = 0;
    const char *reason = NULL;
    char *text = file_read(arena, golden->file, RECORD_LIMIT, &length, &reason);
    if (text) {
        *lines = lines_of(arena, text);
        bool known = lines->count > 0 && strcmp(lines->items[0], "steelyard golden 1") == 0;
        bool whole = known && strlen(text) == length && said(arena, lines, "model", NULL) &&
                     said(arena, lines, "program", NULL) && said(arena, lines, "profile", NULL);
        if (whole) return true;
        reason = known ? "it is damaged" : "it is no record of steelyard golden";
    }
    REPORT(GOLDEN_NOT_READ, golden->file, reason, golden->folder);
    return false;
}

/* What a new record takes the place of, for the user to see whether that was meant: a forgotten
 * --check would otherwise go unseen. */
static const char *replaced(Golden *golden) {
    Arena *arena = golden->compiler->arena;
    size_t length;
    const char *reason;
    const char *text = file_read(arena, golden->file, RECORD_LIMIT, &length, &reason);
    if (!text) return "";
    Lines then = lines_of(arena, text), now = lines_of(arena, golden->record.chars);
    const char *model = said(arena, &then, "model", NULL);
    if (!model || strcmp(model, golden->run.model->name) != 0)
        return ", in place of another model's record";
    Text differ = text_new(arena);
    for (int i = 0; i < now.count; i++) {
        const char *input = named(arena, now.items[i], "input");
        const char *name = input ? input : named(arena, now.items[i], "output");
        if (!name) continue;
        const char *before = said(arena, &then, input ? "input" : "output", name);
        if (before && strcmp(before, said(arena, &now, input ? "input" : "output", name)) == 0)
            continue;
        text_format(&differ, "%s%s", differ.length ? ", " : "", name);
    }
    return differ.length > 0
               ? arena_format(arena, ", in place of a record with another %s", differ.chars)
               : ", as before";
}

static bool golden_write(Golden *golden) {
    Arena *arena = golden->compiler->arena;
    if (!folder_make(golden->compiler, golden->folder)) return false;
    Files *files = files_new(golden->compiler);
    run_add_outputs(&golden->run, files, golden->folder);
    files_add(files, golden->file, golden->record.chars, golden->record.length);
    const char *before = replaced(golden);
    if (!files_commit(files)) return false;
    printf("%s: %s and %s of %s recorded%s\n", golden->folder,
           counted(arena, golden->inputs, "input"),
           counted(arena, golden->run.model->outputs.count, "output"), golden->run.model->name,
           before);
    return true;
}

/* Whether the run is of the same program, rules, sizes and data. Every difference is told. */
static bool comparable(Golden *golden, const Lines *then, const Lines *now) {
    Arena *arena = golden->compiler->arena;
    const char *model = said(arena, then, "model", NULL);
    const char *profile = said(arena, then, "profile", NULL);
    bool good = true;
    if (strcmp(model, golden->run.model->name) != 0) {
        REPORT(GOLDEN_OTHER, golden->folder, arena_format(arena, "the model %s", model),
               golden->run.model->name, "name the folder of this model's record with -o");
        return false;
    }
    if (strcmp(profile, said(arena, now, "profile", NULL)) != 0) {
        bool no_fma = strcmp(profile, "no-fma") == 0;
        REPORT(GOLDEN_OTHER, golden->folder,
               arena_format(arena, "the profile %s, which has its own bits", profile),
               golden->compiler->no_fma ? "no-fma" : "fma",
               no_fma ? "add --no-fma" : "leave --no-fma out");
        return false;
    }
    for (int i = 0; i < now->count; i++) {
        const char *size = named(arena, now->items[i], "size");
        const char *name = size ? size : named(arena, now->items[i], "input");
        if (!name) continue;
        const char *kind = size ? "size" : "input";
        const char *before = said(arena, then, kind, name), *here = said(arena, now, kind, name);
        if (before && strcmp(before, here) == 0) continue;
        good = false;
        const char *what = !before ? "it was not recorded"
                           : size  ? arena_format(arena, "it was %s, and is %s", before, here)
                                   : "its values or its type differ";
        REPORT(GOLDEN_INPUT, name, golden->folder, what);
    }
    return good;
}

/* --- elements --- */

/* Bits of a float as a number that grows with it; both zeros are 0. */
static int64_t ordered(Scalar type, const void *element) {
    uint64_t bits = 0, sign = (uint64_t)1 << (scalar_size(type) * 8 - 1);
    for (size_t i = scalar_size(type); i-- > 0;)
        bits = bits << 8 | ((const unsigned char *)element)[i];
    return bits & sign ? -(int64_t)(bits & ~sign) : (int64_t)bits;
}

uint64_t golden_steps(Scalar type, const void *a, const void *b) {
    double x = scalar_load(type, a), y = scalar_load(type, b);
    if (x != x || y != y) return UINT64_MAX;
    int64_t i = ordered(type, a), j = ordered(type, b);
    return i > j ? (uint64_t)i - (uint64_t)j : (uint64_t)j - (uint64_t)i;
}

static const char *steps_text(Arena *arena, uint64_t steps) {
    if (steps == 0) return "zeros of different sign";
    return steps == UINT64_MAX ? "one of them is no number"
                               : arena_format(arena, "%" PRIu64 " ulp", steps);
}

/* "y[n = 2, c = 1]" */
static const char *place_text(Golden *golden, int output, int64_t position) {
    Arena *arena = golden->compiler->arena;
    const Array *array = golden->run.model->outputs.items[output].array;
    const int64_t *extents = golden->run.extents[output];
    int64_t index[NPY_RANK_LIMIT];
    for (int i = array->rank - 1; i >= 0; i--) {
        index[i] = position % extents[i];
        position /= extents[i];
    }
    Text text = text_new(arena);
    text_add(&text, array->name);
    for (int i = 0; i < array->rank; i++)
        text_format(&text, "%s%s = %lld", i ? ", " : "[", array->axes[i]->name,
                    (long long)index[i]);
    if (array->rank > 0) text_add(&text, "]");
    return text.chars;
}

static void show_difference(Golden *golden, int output, const char *then, const char *now) {
    Arena *arena = golden->compiler->arena;
    const Array *array = golden->run.model->outputs.items[output].array;
    size_t size = scalar_size(array->type);
    bool is_float = scalar_is_float(array->type);
    int64_t first = -1, differ = 0, worst = 0;
    uint64_t most = 0;
    for (int64_t i = 0; i < golden->run.counts[output]; i++) {
        const char *a = then + (size_t)i * size, *b = now + (size_t)i * size;
        if (memcmp(a, b, size) == 0) continue;
        if (differ++ == 0) first = worst = i;
        uint64_t steps = is_float ? golden_steps(array->type, a, b) : 0;
        if (steps > most) most = steps, worst = i;
    }
    const char *a = then + (size_t)first * size, *b = now + (size_t)first * size;
    const char *steps = is_float ? steps_text(arena, golden_steps(array->type, a, b)) : NULL;
    Text more = text_new(arena);
    text_format(&more, "%lld of %s differ%s", (long long)differ,
                counted(arena, (int)golden->run.counts[output], "element"), differ == 1 ? "s" : "");
    if (is_float && worst != first)
        text_format(&more, ", %s the most (%s)", place_text(golden, output, worst),
                    steps_text(arena, most));
    REPORT(GOLDEN_DIFFERS, place_text(golden, output, first),
           element_text(arena, array, then, first), golden->folder,
           arena_format(arena, "%s%s%s%s", element_text(arena, array, now, first),
                        steps ? " (" : "", steps ? steps : "", steps ? ")" : ""),
           more.chars);
}

/* The recorded output, as the model would hold it; NULL: reported. Its hash must be the one that
 * golden.txt has. */
static char *recorded_values(Golden *golden, int output, const char *line) {
    Arena *arena = golden->compiler->arena;
    const Array *array = golden->run.model->outputs.items[output].array;
    const char *path = path_join(arena, golden->folder, arena_format(arena, "%s.npy", array->name));
    const char *reason = "its contents are not those that golden.txt tells of";
    int64_t count = golden->run.counts[output], position;
    size_t bytes, size = (size_t)count * scalar_size(array->type);
    Npy npy = {0};
    char *values = NULL;
    if (npy_open(arena, path, array->name, &npy, &reason)) {
        values = npy.count == count ? malloc(size ? size : 1) : NULL;
        bool good = values && npy_convert(arena, &npy, array->type, values, &position, &reason);
        const void *plain = good ? npy_values(arena, array->type, values, count, &bytes) : NULL;
        const char *hash = plain ? hash_of(arena, plain, bytes) : "";
        const char *wanted = arena_format(arena, "%s %s", scalar_text(array->type), hash);
        npy_close(&npy);
        if (plain && strcmp(wanted, line) == 0) return values;
        if (plain) reason = "its contents are not those that golden.txt tells of";
        free(values);
    }
    REPORT(GOLDEN_NOT_READ, path, reason, golden->folder);
    return NULL;
}

static void compare_output(Golden *golden, int output, const char *then, const char *now) {
    const Array *array = golden->run.model->outputs.items[output].array;
    if (then && strcmp(then, now) == 0) return; /* the same bits */
    if (!then || strncmp(then, scalar_text(array->type), strlen(scalar_text(array->type))) != 0) {
        REPORT(GOLDEN_OUTPUT, array->name, golden->folder,
               !then ? "it was not there"
                     : arena_format(golden->compiler->arena, "its type is %s now",
                                    scalar_text(array->type)));
        return;
    }
    char *values = recorded_values(golden, output, then);
    if (values) show_difference(golden, output, values, golden->run.outputs[output]);
    free(values);
}

static bool golden_check(Golden *golden) {
    Arena *arena = golden->compiler->arena;
    Model *model = golden->run.model;
    Lines then = {0}, now = lines_of(arena, golden->record.chars);
    if (!golden_read(golden, &then) || !comparable(golden, &then, &now)) return false;
    for (int i = 0; i < model->outputs.count; i++) {
        const char *name = model->outputs.items[i].array->name;
        compare_output(golden, i, said(arena, &then, "output", name),
                       said(arena, &now, "output", name));
    }
    for (int i = 0; i < then.count; i++) {
        const char *name = named(arena, then.items[i], "output");
        if (name && !said(arena, &now, "output", name))
            REPORT(GOLDEN_OUTPUT, name, golden->folder, "it is gone");
    }
    bool changed =
        strcmp(said(arena, &then, "program", NULL), said(arena, &now, "program", NULL)) != 0;
    bool same = diagnostics_errors(golden->compiler->diagnostics) == 0;
    if (changed) printf("%s: the program has changed since it was recorded\n", golden->folder);
    if (same)
        printf("%s: the same bits in %s\n", golden->folder,
               counted(arena, model->outputs.count, "output"));
    return same;
}

int command_golden(Compiler *compiler, const Options *options) {
    if (!words_are_data(options)) return EXIT_USAGE;
    Golden golden = {.compiler = compiler};
    bool good = run_call(compiler, options, &golden.run);
    if (good) {
        golden.folder = options->output
                            ? options->output
                            : arena_format(compiler->arena, "%s.golden", golden.run.model->name);
        golden.file = path_join(compiler->arena, golden.folder, "golden.txt");
        record_run(&golden);
        good = options->check ? golden_check(&golden) : golden_write(&golden);
    }
    run_end(&golden.run);
    return good ? EXIT_GOOD : EXIT_USER;
}
