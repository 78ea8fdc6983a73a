/* Takes a report, prints it for people. */
#include "tool/explain.h"
#include <stdio.h>

const char *bytes_text(Arena *arena, double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int unit = 0;
    while (bytes >= 1024 && unit < 5)
        bytes /= 1024, unit++;
    return arena_format(arena, bytes < 100 && unit ? "%.2f %s" : "%.0f %s", bytes, units[unit]);
}

const char *count_text(Arena *arena, double count) {
    static const char *const units[] = {"", " k", " M", " G", " T", " P"};
    int unit = 0;
    while (count >= 1000 && unit < 5)
        count /= 1000, unit++;
    return arena_format(arena, count < 100 && unit ? "%.2f%s" : "%.4g%s", count, units[unit]);
}

const char *seconds_text(Arena *arena, double seconds) {
    static const char *const units[] = {"ns", "us", "ms", "s"};
    int unit = 0;
    seconds *= 1e9;
    while (seconds >= 1000 && unit < 3)
        seconds /= 1000, unit++;
    return arena_format(arena, "%.3g %s", seconds, units[unit]);
}

static void traffic_print(const Report *report, const char *word, const Traffics *list) {
    if (!list->count) return;
    printf("  %-8s", word);
    for (int i = 0; i < list->count; i++) {
        const Traffic *t = &list->items[i];
        printf("%s%s %s", i ? ", " : " ", traffic_name(report->costs, t),
               bytes_text(report->costs->compiler->arena, t->bytes));
        if (t->bytes > t->least * 1.5)
            printf(" (%.0f times)", t->bytes / (t->least > 0 ? t->least : 1));
    }
    printf("\n");
}

static void loops_print(const Report *report, int nest) {
    Outline *o = report->costs->outline;
    if (nest < 0) return; /* a list: the runtime has its loops */
    for (int i = nest; i < o->loops.count && outline_nest(o, i) == nest; i++) {
        const PlanLoop *loop = o->loops.items[i].loop;
        printf("  %*s%s", 2 * o->loops.items[i].depth, "", outline_loop_text(o, i));
        if (loop->kind != LOOP_TILE) printf("  [%.0f]", axis_extent(report->costs, loop->axis));
        bool blocks = loop->kind == LOOP_REDUCE && loop->simple;
        if (loop->outermost && (loop->kind == LOOP_MAP || blocks)) printf("  parallel");
        if (loop->simple && loop->kind != LOOP_SEQUENTIAL) printf("  vectors");
        printf("\n");
    }
}

static void names_print(const char *word, const Strings *names) {
    printf("  %-8s", word);
    for (int i = 0; i < names->count; i++)
        printf("%s%s", i ? ", " : " ", names->items[i]);
    printf("\n");
}

static void time_print(const Report *report, const Cost *cost) {
    if (!report->machine) return;
    Arena *arena = report->costs->compiler->arena;
    printf("  %-8s", "takes");
    for (int i = 0; i < report->run_count; i++) {
        Prediction p = predict_nest(report->costs, report->machine, cost, report->runs[i].threads);
        if (i) printf("; on %d threads", report->runs[i].threads);
        printf(" %s, bound by %s", seconds_text(arena, p.seconds), bound_text(p.bound));
    }
    printf("\n");
}

static void cost_print(const Report *report, const Cost *cost) {
    Arena *arena = report->costs->compiler->arena;
    double bytes = cost_bytes(cost);
    names_print(cost->made.count > 1 ? "fuses" : "computes", &cost->made);
    if (cost->checked.count) names_print("checks", &cost->checked);
    traffic_print(report, "reads", &cost->reads);
    traffic_print(report, "writes", &cost->writes);
    printf("  costs    %s, %s flops", bytes_text(arena, bytes), count_text(arena, cost->flops));
    if (cost->calls > 0) printf(", %s elementary functions", count_text(arena, cost->calls));
    if (bytes > 0) printf(" (%.2f a byte)", (cost->flops + cost->calls) / bytes);
    printf("\n");
    time_print(report, cost);
}

static void passes_print(const Report *report) {
    const Model *model = report->costs->model;
    bool any = false;
    for (int i = 0; i < model->arrays.count; i++) {
        const Array *array = model->arrays.items[i];
        double passes = array_passes(report->costs, array);
        if (array->kind == ARRAY_CONST || array->rank == 0 || passes == 0) continue;
        printf("%s %s %.3g", any ? "," : "passes:", array->name, passes);
        any = true;
    }
    if (any) printf("\n");
}

static void times_print(const Report *report) {
    const Machine *machine = report->machine;
    Arena *arena = report->costs->compiler->arena;
    if (!machine) return;
    printf("\non %s:\n", machine->processor);
    for (int i = 0; i < report->run_count; i++) {
        int threads = report->runs[i].threads;
        double predicted = predict_all(report->costs, machine, threads);
        printf("%d thread%s: predicted %s", threads, threads == 1 ? "" : "s",
               seconds_text(arena, predicted));
        if (report->measured) {
            double took = report->runs[i].seconds,
                   now = predict_all(report->costs, &report->now, threads);
            printf(", measured %s, ratio %.2f", seconds_text(arena, took), predicted / took);
            if (now != predicted)
                printf("; with memory as it is now %s, ratio %.2f", seconds_text(arena, now),
                       now / took);
        }
        printf("\n");
    }
}

static void total_print(const Report *report) {
    const Costs *costs = report->costs;
    Arena *arena = costs->compiler->arena;
    double flops = costs->loose->flops, calls = costs->loose->calls;
    for (int i = 0; i < costs->nests.count; i++) {
        flops += costs->nests.items[i]->flops;
        calls += costs->nests.items[i]->calls;
    }
    double bytes = costs_bytes(costs);
    printf("in all: %s, %s flops", bytes_text(arena, bytes), count_text(arena, flops));
    if (calls > 0) printf(", %s elementary functions", count_text(arena, calls));
    printf("\nleast possible: %s (each array once)", bytes_text(arena, costs->least));
    if (costs->least > 0) printf("; this moves %.2f times that", bytes / costs->least);
    printf("\n");
    passes_print(report);
    if (costs->buffers)
        printf("workspace: %s in %d array%s\n", bytes_text(arena, costs->workspace), costs->buffers,
               costs->buffers == 1 ? "" : "s");
    else
        printf("workspace: none\n");
}

void explain_text(const Report *report) {
    const Costs *costs = report->costs;
    if (costs->checks->reads.count) {
        printf("checks on entry\n");
        traffic_print(report, "reads", &costs->checks->reads);
        time_print(report, costs->checks);
        printf("\n");
    }
    for (int i = 0; i < costs->nests.count; i++) {
        const Cost *cost = costs->nests.items[i];
        printf("nest %d%s\n", cost->number, cost->panels ? "  product by panels, as" : "");
        loops_print(report, cost->outline);
        cost_print(report, cost);
        printf("\n");
    }
    if (costs->loose->made.count) {
        names_print("no loop:", &costs->loose->made);
        printf("\n");
    }
    total_print(report);
    times_print(report);
}
