/* Takes a report, prints it for tools: one JSON object on standard output. Bytes, flops and seconds
 * are numbers without units; docs/explain.md lists the fields. */
#include "tool/explain.h"
#include <stdio.h>

static void field(const char *name, double number) {
    printf("\"%s\": %.17g", name, number);
}

static void text_field(const char *name, const char *text) {
    printf("\"%s\": ", name);
    print_json_string(stdout, text);
}

static void traffics_json(const Report *report, const char *name, const Traffics *list) {
    printf(",\n   \"%s\": [", name);
    for (int i = 0; i < list->count; i++) {
        printf("%s{", i ? ", " : "");
        text_field("array", traffic_name(report->costs, &list->items[i]));
        printf(", ");
        field("bytes", list->items[i].bytes);
        printf(", ");
        field("least", list->items[i].least);
        printf("}");
    }
    printf("]");
}

static void predictions_json(const Report *report, const Cost *cost) {
    if (!report->machine) return;
    printf(",\n   \"times\": [");
    for (int i = 0; i < report->run_count; i++) {
        Prediction p = predict_nest(report->costs, report->machine, cost, report->runs[i].threads);
        printf("%s{\"threads\": %d, ", i ? ", " : "", report->runs[i].threads);
        field("predicted", p.seconds);
        printf(", ");
        text_field("bound", bound_text(p.bound));
        printf("}");
    }
    printf("]");
}

static void names_json(const char *key, const Strings *names) {
    printf(", \"%s\": [", key);
    for (int i = 0; i < names->count; i++) {
        printf("%s", i ? ", " : "");
        print_json_string(stdout, names->items[i]);
    }
    printf("]");
}

static void cost_json(const Report *report, const Cost *cost) {
    printf("  {\"nest\": %d, ", cost->number);
    field("bytes", cost_bytes(cost));
    printf(", ");
    field("flops", cost->flops);
    printf(", ");
    field("calls", cost->calls);
    names_json("computes", &cost->made);
    names_json("checks", &cost->checked);
    traffics_json(report, "reads", &cost->reads);
    traffics_json(report, "writes", &cost->writes);
    predictions_json(report, cost);
    printf("}");
}

static void passes_json(const Report *report) {
    const Model *model = report->costs->model;
    bool any = false;
    printf(",\n \"passes\": {");
    for (int i = 0; i < model->arrays.count; i++) {
        const Array *array = model->arrays.items[i];
        double passes = array_passes(report->costs, array);
        if (array->kind == ARRAY_CONST || passes == 0) continue;
        printf("%s", any ? ", " : "");
        field(array->name, passes);
        any = true;
    }
    printf("}");
}

static void times_json(const Report *report) {
    if (!report->machine) return;
    printf(",\n ");
    text_field("processor", report->machine->processor);
    printf(",\n \"times\": [");
    for (int i = 0; i < report->run_count; i++) {
        printf("%s{\"threads\": %d, ", i ? ", " : "", report->runs[i].threads);
        field("predicted", predict_all(report->costs, report->machine, report->runs[i].threads));
        if (report->measured) {
            printf(", ");
            field("measured", report->runs[i].seconds);
            printf(", ");
            field("now", predict_all(report->costs, &report->now, report->runs[i].threads));
        }
        printf("}");
    }
    printf("]");
}

void explain_json(const Report *report) {
    const Costs *costs = report->costs;
    printf("{");
    text_field("model", costs->model->name);
    printf(", \"sizes\": {");
    for (int i = 0; i < costs->model->axes.count; i++) {
        if (costs->model->axes.items[i]->is_joined) break; /* the program's stand before */
        printf("%s", i ? ", " : "");
        field(costs->model->axes.items[i]->name, axis_extent(costs, costs->model->axes.items[i]));
    }
    printf("},\n ");
    field("bytes", costs_bytes(costs));
    printf(", ");
    field("least", costs->least);
    printf(", ");
    field("workspace", costs->workspace);
    printf(",\n \"nests\": [\n");
    if (costs->checks->reads.count) cost_json(report, costs->checks);
    for (int i = 0; i < costs->nests.count; i++) {
        if (i || costs->checks->reads.count) printf(",\n");
        cost_json(report, costs->nests.items[i]);
    }
    printf("\n ]");
    passes_json(report);
    times_json(report);
    printf("}\n");
}
