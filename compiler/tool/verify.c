/* verify: what a model promises, tried on its own data or on random ones. Takes FILE and
 * NAME=VALUE; prints a line for each check, with the worst figure and where it was met.
 *
 * Gradients of the outputs are added to the program, so that they are emitted and run too. Its own
 * outputs alone are an entry beside that: the function that `emit` gives. All loops are parallel,
 * however little there is to do. */
#include "tool/verify.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void verify_line(Verify *v, Verdict verdict, const char *check, const char *format, ...) {
    static const char *const words[] = {"holds", "FAILS", "-"};
    va_list arguments;
    v->held += verdict == VERDICT_HOLDS;
    v->failed += verdict == VERDICT_FAILS;
    fprintf(v->out, "%-5s  %-25s  ", words[verdict], check);
    va_start(arguments, format);
    vfprintf(v->out, format, arguments);
    va_end(arguments);
    fputc('\n', v->out);
    fflush(v->out);
}

static void keep_plain(Verify *v) {
    v->plain = ARENA_ARRAY(v->compiler->arena, Node *, v->model->outputs.count + 1);
    for (int i = 0; i < v->model->outputs.count; i++)
        v->plain[i] = v->model->outputs.items[i].value;
}

static bool entry_taken(const Model *model, Name name) {
    for (int i = 0; i < model->entries.count; i++)
        if (model->entries.items[i].name == name) return true;
    return false;
}

/* The outputs of the program, without the gradients that were added. */
static Name add_own_entry(Verify *v) {
    Arena *arena = v->compiler->arena;
    if (v->own == v->model->outputs.count) return NULL;
    Entry own = {.name = name_of(v->compiler->names, "verify_own"), .count = v->own};
    while (entry_taken(v->model, own.name))
        own.name = name_of(v->compiler->names, arena_format(arena, "%s_", own.name));
    own.outputs = ARENA_ARRAY(arena, int, v->own + 1);
    for (int i = 0; i < v->own; i++)
        own.outputs[i] = i;
    vector_push(arena, &v->model->entries, own);
    return own.name;
}

static bool add_function(Verify *v, const Compilation *c, void *handle, const char *suffix,
                         const char *said, bool is_step) {
    Callable callable = {.name = said, .is_whole = !is_step, .is_step = is_step};
    const char *name = v->model->name;
    if (suffix) name = arena_format(v->compiler->arena, "%s_%s", name, suffix);
    if (!callable.name) callable.name = name;
    if (!emitted_find(v->compiler, c->module, handle, name, &callable.emitted)) return false;
    vector_push(v->compiler->arena, &v->functions, callable);
    return true;
}

static bool add_functions(Verify *v, const Compilation *c, void *handle, Name own) {
    const Model *model = v->model;
    bool good = add_function(v, c, handle, NULL, NULL, false);
    for (int i = 0; i < model->entries.count; i++) {
        Name name = model->entries.items[i].name;
        good = good && add_function(v, c, handle, name, name == own ? model->name : NULL, false);
    }
    if (model->training) good = good && add_function(v, c, handle, "step", NULL, true);
    *(void **)&v->set_threads = dlsym(handle, "omp_set_num_threads");
    return good;
}

static void check_all(Verify *v) {
    fprintf(v->out, "%s: %s\n", v->model->name, v->said);
    verify_differences(v);
    verify_forward(v);
    verify_reference(v);
    verify_threads(v);
    verify_dead(v);
    verify_weights(v);
    if (v->failed)
        fprintf(v->out, "%d of %d checks fail\n", v->failed, v->failed + v->held);
    else
        fprintf(v->out, "all %d checks hold\n", v->held);
}

static bool whole_number(const char *text, int64_t *number) {
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return *text && !*end && !errno;
}

static bool verify_model(Verify *v, Compilation *c, void **handle) {
    if (!verify_sample(v, &v->options->arguments)) return false;
    verify_find_slopes(v);
    Name own = add_own_entry(v);
    keep_plain(v);
    if (!pipeline_go_on(c, "check", "emit") || !library_load(v->compiler, v->options, c, handle) ||
        !add_functions(v, c, *handle, own))
        return false;
    check_all(v);
    return v->failed == 0;
}

int command_verify(Compiler *compiler, const Options *options) {
    Compilation c = {.compiler = compiler, .lower = {.packed = true, .always_parallel = true}};
    Verify v = {.compiler = compiler, .options = options, .out = stdout};
    void *handle = NULL;
    for (int i = 1; i < options->arguments.count; i++)
        if (!is_assignment(options->arguments.items[i]))
            return usage_error(options->command, "`%s` is no NAME=VALUE",
                               options->arguments.items[i]);
    if (options->seed && !whole_number(options->seed, &v.seed))
        return usage_error(options->command, "--seed takes a whole number");
    if (!pipeline_file(&c, options->arguments.items[0], "check")) return EXIT_USER;
    v.model = c.model;
    v.graph = c.model->graph;
    bool good = verify_model(&v, &c, &handle);
    data_free(&v.data);
    if (handle) dlclose(handle);
    return good ? EXIT_GOOD : EXIT_USER;
}
