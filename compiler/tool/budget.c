/* Takes what a function costs and what it may cost, reports where it is more, and which nest or
 * array it is. */
#include "tool/budget.h"
#include "tool/command.h"
#include "tool/explain.h"
#include <stdlib.h>
#include <string.h>

typedef struct Limit {
    const char *name;
    size_t place; /* in Budget */
    bool is_bytes;
} Limit;
static const Limit limits[] = {
    {"bytes", offsetof(Budget, bytes), true},
    {"passes", offsetof(Budget, passes), false},
    {"workspace", offsetof(Budget, workspace), true},
    {"flops", offsetof(Budget, flops), false},
};
enum {
    LIMIT_COUNT = sizeof limits / sizeof *limits
};

typedef struct Unit {
    const char *name;
    double factor;
    bool is_bytes;
} Unit;
static const Unit units[] = {
    {"", 1, false},     {"k", 1e3, false},   {"M", 1e6, false},      {"G", 1e9, false},
    {"B", 1, true},     {"kB", 1e3, true},   {"MB", 1e6, true},      {"GB", 1e9, true},
    {"TB", 1e12, true}, {"KiB", 1024, true}, {"MiB", 1048576, true}, {"GiB", 1073741824, true},
};

/* "24MB". NULL, or why it is no amount. */
static const char *amount_read(Arena *arena, const char *text, bool is_bytes, double *amount) {
    char *end;
    double number = strtod(text, &end);
    if (end == text || !(number >= 0) || number > 1e300) return "its value is no number from 0 on";
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].name) != 0 || (units[i].is_bytes && !is_bytes)) continue;
        *amount = number * units[i].factor;
        return NULL;
    }
    return arena_format(arena, "`%s` is no unit%s", end,
                        is_bytes ? " (kB, MB, GB, TB, KiB, MiB, GiB)" : " (k, M, G)");
}

static const char *word_read(Arena *arena, const char *word, Budget *budget) {
    const char *equals = strchr(word, '=');
    if (!equals) return "it is no LIMIT=AMOUNT";
    const char *name = arena_text(arena, word, (size_t)(equals - word));
    Strings names = {0};
    for (int i = 0; i < LIMIT_COUNT; i++) {
        vector_push(arena, &names, limits[i].name);
        if (strcmp(limits[i].name, name) != 0) continue;
        double *amount = (double *)(void *)((char *)budget + limits[i].place);
        if (*amount >= 0) return arena_format(arena, "%s is given twice", name);
        return amount_read(arena, equals + 1, limits[i].is_bytes, amount);
    }
    return arena_format(arena, "there is no limit `%s`%s", name, did_you_mean(arena, name, &names));
}

bool budget_read(Compiler *compiler, const char *text, Budget *budget) {
    Arena *arena = compiler->arena;
    *budget = (Budget){-1, -1, -1, -1};
    while (true) {
        size_t length = strcspn(text, ",");
        const char *word = arena_text(arena, text, length);
        const char *reason = word_read(arena, word, budget);
        if (reason) {
            report(compiler->diagnostics, BUDGET_WORD, (Span){0, 0}, word, reason);
            return false;
        }
        if (!text[length]) return true;
        text += length + 1;
    }
}

/* --- what is exceeded --- */

static const char *nest_text(const Costs *costs, const Cost *cost) {
    Arena *arena = costs->compiler->arena;
    Text text = text_new(arena);
    text_format(&text, "nest %d (", cost->number);
    for (int i = 0; i < cost->made.count; i++)
        text_format(&text, "%s%s", i ? ", " : "", cost->made.items[i]);
    text_add(&text, ")");
    return text.chars;
}

static const Cost *worst_nest(const Costs *costs, double of(const Cost *)) {
    const Cost *worst = NULL;
    for (int i = 0; i < costs->nests.count; i++)
        if (!worst || of(costs->nests.items[i]) > of(worst)) worst = costs->nests.items[i];
    return worst;
}

static double cost_flops(const Cost *cost) {
    return cost->flops;
}

static void exceeded(const Costs *costs, const char *what, double value, double limit,
                     bool is_bytes, const char *where) {
    Arena *arena = costs->compiler->arena;
    const char *is = is_bytes ? bytes_text(arena, value) : count_text(arena, value);
    const char *most = is_bytes ? bytes_text(arena, limit) : count_text(arena, limit);
    report(costs->compiler->diagnostics, BUDGET_EXCEEDED, (Span){0, 0}, costs->model->name, what,
           is, most, where);
}

static void check_nests(const Costs *costs, const char *what, double value, double limit,
                        double of(const Cost *), bool is_bytes) {
    Arena *arena = costs->compiler->arena;
    const Cost *worst = worst_nest(costs, of);
    if (limit < 0 || value <= limit) return;
    const char *most = !worst ? "no nest does it"
                              : arena_format(arena, "%s of it in %s",
                                             is_bytes ? bytes_text(arena, of(worst))
                                                      : count_text(arena, of(worst)),
                                             nest_text(costs, worst));
    exceeded(costs, what, value, limit, is_bytes, most);
}

static double nest_passes(const Cost *cost, const Array *array) {
    double bytes = 0;
    for (int i = 0; i < cost->reads.count; i++)
        if (cost->reads.items[i].array == array) bytes += cost->reads.items[i].bytes;
    return bytes;
}

/* The array of the caller's that is read or written most often. */
static void check_passes(const Costs *costs, double limit) {
    Arena *arena = costs->compiler->arena;
    const Array *worst = NULL;
    double most = 0;
    for (int i = 0; i < costs->model->arrays.count; i++) {
        const Array *array = costs->model->arrays.items[i];
        if (array->kind == ARRAY_CONST || array->rank == 0) continue;
        double passes = array_passes(costs, array);
        if (passes > most) most = passes, worst = array;
    }
    if (limit < 0 || most <= limit + 1e-6) return;
    Text where = text_new(arena);
    for (int i = 0; i < costs->nests.count; i++) {
        const Cost *cost = costs->nests.items[i];
        if (nest_passes(cost, worst) == 0) continue;
        text_format(&where, "%s%s", where.length ? " and " : "", nest_text(costs, cost));
    }
    exceeded(costs, arena_format(arena, "passes over %s:", worst->name), most, limit, false,
             where.chars);
}

static void check_workspace(const Costs *costs, double limit) {
    const Plan *plan = costs->outline->plan;
    const Root *worst = NULL;
    if (limit < 0 || costs->workspace <= limit) return;
    for (int i = 0; i < plan->roots.count; i++) {
        const Root *root = plan->roots.items[i];
        if (root->is_buffer && (!worst || array_bytes(costs, root->array, root->wide) >
                                              array_bytes(costs, worst->array, worst->wide)))
            worst = root;
    }
    Arena *arena = costs->compiler->arena;
    const Traffic traffic = {.array = worst->array};
    const char *where = arena_format(
        arena, "%s of it in %s", bytes_text(arena, array_bytes(costs, worst->array, worst->wide)),
        traffic_name(costs, &traffic));
    for (int i = 0; i < costs->nests.count; i++) {
        const Cost *cost = costs->nests.items[i];
        for (int j = 0; j < cost->writes.count; j++)
            if (cost->writes.items[j].array == worst->array)
                where = arena_format(arena, "%s, written by nest %d", where, cost->number);
    }
    exceeded(costs, "a workspace of", costs->workspace, limit, true, where);
}

bool budget_holds(const Costs *costs, const Budget *budget) {
    double flops = costs->loose->flops;
    for (int i = 0; i < costs->nests.count; i++)
        flops += costs->nests.items[i]->flops;
    check_nests(costs, "bytes moved:", costs_bytes(costs), budget->bytes, cost_bytes, true);
    check_passes(costs, budget->passes);
    check_workspace(costs, budget->workspace);
    check_nests(costs, "flops:", flops, budget->flops, cost_flops, false);
    return !diagnostics_errors(costs->compiler->diagnostics);
}
