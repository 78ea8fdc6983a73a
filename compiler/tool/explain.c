/* explain: the nests of loops, what shares them, what they cost at given sizes, and how long that
 * takes on this machine; whether it is within a budget.
 *
 * cost.c counts, predict.c makes times of that, explain_text.c and explain_json.c tell. */
#include "tool/explain.h"
#include "pipeline.h"
#include "tool/budget.h"
#include "tool/data.h"
#include "tool/measure.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SIZE_DEFAULT = 1024,
    THREADS_MOST = 1024
};

/* --- sizes --- */

/* "t", "y, x": the sizes that an extent is made of. */
static void add_sizes(Text *text, Strings *seen, const Node *extent) {
    if (extent->op == OP_EXTENT) {
        const char *name = extent->u.axis->name;
        for (int i = 0; i < seen->count; i++)
            if (seen->items[i] == name) return;
        vector_push(text->arena, seen, name);
        text_format(text, "%s%s", text->length ? ", " : "", name);
    }
    for (int i = 0; i < extent->argument_count; i++)
        add_sizes(text, seen, extent->arguments[i]);
}

/* Reports an axis whose extent the program gives. */
static void size_not_taken(Costs *costs, const Axis *axis) {
    Arena *arena = costs->compiler->arena;
    const Node *extent = axis->extent;
    Strings seen = {0};
    Text sizes = text_new(arena);
    add_sizes(&sizes, &seen, extent);
    const char *what =
        extent->op == OP_NUMBER
            ? arena_format(arena, "an axis of fixed extent (%lld)", (long long)extent->u.integer)
        : sizes.length ? arena_format(arena, "an axis (its extent comes from %s)", sizes.chars)
                       : "an axis with a computed extent";
    report(costs->compiler->diagnostics, DATA_NOT_TAKEN, (Span){0, 0}, axis->name, what,
           costs->model->name);
}

static bool size_word(Costs *costs, const char *word, Table *given) {
    Arena *arena = costs->compiler->arena;
    const char *equals = strchr(word, '='),
               *name = arena_text(arena, word, (size_t)(equals - word));
    Strings names = {0};
    Text list = text_new(arena);
    for (int i = 0; i < costs->model->axes.count; i++) {
        Axis *axis = costs->model->axes.items[i];
        if (!axis->is_argument && strcmp(axis->name, name) == 0) {
            size_not_taken(costs, axis);
            return false;
        }
        if (!axis->is_argument) continue;
        vector_push(arena, &names, axis->name);
        text_format(&list, "%s%s", list.length ? ", " : "", axis->name);
        if (strcmp(axis->name, name) != 0) continue;
        char *end;
        if (!table_add(given, axis)) {
            report(costs->compiler->diagnostics, DATA_TWICE, (Span){0, 0}, name);
            return false;
        }
        long long size = strtoll(equals + 1, &end, 10);
        if (equals[1] && !*end && size >= 0 && size <= LARGEST_EXTENT) {
            *(int64_t *)table_get(&costs->bindings.sizes, axis) = size;
            return true;
        }
        report(costs->compiler->diagnostics, SIZE_NOT_NUMBER, (Span){0, 0}, name, equals + 1);
        return false;
    }
    report(costs->compiler->diagnostics, DATA_UNKNOWN, (Span){0, 0}, costs->model->name, name,
           did_you_mean(arena, name, &names), list.length ? list.chars : "no sizes");
    return false;
}

static bool sizes_set(Costs *costs, const Strings *words) {
    Arena *arena = costs->compiler->arena;
    costs->bindings = bindings_new(arena);
    for (int i = 0; i < costs->model->axes.count; i++) {
        int64_t *size = ARENA_NEW(arena, int64_t);
        *size = SIZE_DEFAULT;
        if (costs->model->axes.items[i]->is_argument)
            table_set(&costs->bindings.sizes, costs->model->axes.items[i], size);
    }
    bool good = true;
    TABLE_HERE(given, arena);
    for (int i = 1; i < words->count; i++)
        good = size_word(costs, words->items[i], &given) && good;
    for (int i = 0; i < costs->model->axes.count && good; i++) {
        int64_t extent;
        good = size_computed(costs->compiler, costs->model, costs->model->axes.items[i],
                             &costs->bindings, &extent);
    }
    return good;
}

static void sizes_print(const Costs *costs) {
    const Model *model = costs->model;
    for (int i = 0; i < model->axes.count; i++)
        if (!model->axes.items[i]->is_joined)
            printf(
                "%s%s = %lld", i ? ", " : "", model->axes.items[i]->name,
                (long long)evaluate_extent(model->graph, model->axes.items[i], &costs->bindings));
    if (model->axes.count) printf("\n\n");
}

/* --- threads, times --- */

static bool threads_set(Compiler *compiler, const Options *options, Report *told) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->threads) {
        char *end;
        count = strtol(options->threads, &end, 10);
        if (end == options->threads || *end || count < 1 || count > THREADS_MOST) {
            report(compiler->diagnostics, THREADS_NOT_NUMBER, (Span){0, 0}, options->threads,
                   "it is a whole number from 1 to 1024");
            return false;
        }
    }
    told->runs[0].threads = 1;
    told->runs[1].threads = (int)count;
    told->run_count = count > 1 ? 2 : 1;
    return true;
}

/* Whether anything is written past the cache. */
static bool costs_past(const Costs *costs) {
    bool past = false;
    for (int i = 0; i < costs->nests.count; i++)
        for (int k = 0; k < costs->nests.items[i]->writes.count; k++)
            past = past || costs->nests.items[i]->writes.items[k].past;
    return past;
}

/* Times are left out where only a budget is asked about: that must not depend on the machine. */
static bool times_find(Compiler *compiler, const Options *options, const Compilation *c,
                       Report *told, Machine *machine) {
    if (options->budget && !options->measure && !options->calibrate) return true;
    if (!machine_find(compiler, options, machine)) return false;
    told->machine = machine;
    told->measured = options->measure;
    told->now = *machine;
    if (!options->measure) return true;
    const Bindings *bindings = &told->costs->bindings;
    if (!measure_model(compiler, options, c, bindings, machine->size[LEVEL_L2],
                       costs_past(told->costs), told->runs, told->run_count))
        return false;
    for (int i = 0; i < told->run_count; i++)
        told->now.now[told->runs[i].threads > 1] = told->runs[i].moved;
    return true;
}

int command_explain(Compiler *compiler, const Options *options) {
    Compilation c = {.compiler = compiler, .lower.packed = options->measure};
    for (int i = 1; i < options->arguments.count; i++)
        if (!is_assignment(options->arguments.items[i]))
            return usage_error(options->command, "`%s` is no SIZE=N", options->arguments.items[i]);
    Budget budget;
    if (options->budget && !budget_read(compiler, options->budget, &budget)) return EXIT_USER;
    if (!pipeline_file(&c, options->arguments.items[0], options->measure ? "emit" : "lower"))
        return EXIT_USER;
    Costs costs = {.compiler = compiler, .model = c.plan->model};
    Report told = {.costs = &costs};
    Machine machine;
    if (!sizes_set(&costs, &options->arguments) || !threads_set(compiler, options, &told))
        return EXIT_USER;
    costs.outline = outline_make(compiler, c.plan->entries.items[0].plan);
    costs_count(&costs);
    if (!times_find(compiler, options, &c, &told, &machine)) return EXIT_USER;
    if (options->json) {
        explain_json(&told);
    } else {
        sizes_print(&costs);
        explain_text(&told);
    }
    return !options->budget || budget_holds(&costs, &budget) ? EXIT_GOOD : EXIT_USER;
}
