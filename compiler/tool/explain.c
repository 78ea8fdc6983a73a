/* explain: the nests of loops, what shares them, and what they cost at given sizes.
 *
 * The costs are a model, not a measurement. A value is computed in the innermost loop that it
 * depends on. An array is read from memory once in a nest, unless a loop that it has no part in
 * goes around more of it than a cache holds: then once for every turn. The least possible is each
 * array once. */
#include "pipeline.h"
#include "tool/command.h"
#include "tool/npy.h"
#include "tool/outline.h"
#include <stdlib.h>
#include <string.h>

enum {
    SIZE_DEFAULT = 1024,
    CACHE_BYTES = 1 << 20
};

typedef struct Traffic { /* of one array in one nest, or in all */
    const Array *array;
    const PlanLoop *innermost;
    double bytes; /* moved */
    double least; /* if each element moves once */
    bool large;   /* a turn of the outermost loop moves more than the cache holds */
} Traffic;
typedef Vector(Traffic) Traffics;

typedef struct Level {
    const PlanLoop *loop;
    double extent;
} Level;

typedef struct Cost {
    double flops, calls;
    Traffics reads, writes;
    Strings made; /* names of what it computes */
} Cost;

typedef struct Explain {
    Compiler *compiler;
    Model *model;
    Outline *outline;
    Bindings bindings;
    Cost *cost; /* of the nest that is counted now */
    Level levels[64];
    int depth;
    Traffics data; /* inputs, least possible */
} Explain;

static double axis_extent(Explain *e, const Axis *axis) {
    int64_t extent = evaluate_extent(e->model->graph, axis, &e->bindings);
    return extent > 0 ? (double)extent : 0;
}

static double array_bytes(Explain *e, const Array *array, bool wide) {
    double count = wide ? 8 : (double)scalar_size(array->type);
    const Root *root = table_get(&e->outline->plan->arrays, array);
    for (int i = 0; i < array->rank; i++) {
        bool in_steps = root && root->steps_kept && root->steps_of == array->axes[i];
        count *= in_steps ? (double)root->steps_kept : axis_extent(e, array->axes[i]);
    }
    return count;
}

/* --- counting --- */

static double turns_for(const Explain *e, const AxisSet *axes) {
    double turns = 1, all = 1;
    for (int i = 0; i < e->depth; i++) {
        all *= e->levels[i].extent;
        if (axis_set_has(axes, e->levels[i].loop->axis)) turns = all;
    }
    return turns;
}

/* Bytes of the array that the loops from `first` inwards touch. */
static double footprint(const Explain *e, const AxisSet *axes, double size, double whole,
                        int first) {
    double bytes = size;
    for (int i = first; i < e->depth; i++)
        if (axis_set_has(axes, e->levels[i].loop->axis)) bytes *= e->levels[i].extent;
    return bytes < whole ? bytes : whole;
}

static void add_traffic(Explain *e, Traffics *list, Traffic traffic) {
    for (int i = 0; i < list->count; i++) {
        Traffic *known = &list->items[i];
        if (known->array != traffic.array) continue;
        bool again = known->innermost != traffic.innermost && (known->large || traffic.large);
        if (again)
            known->bytes += traffic.bytes;
        else if (traffic.bytes > known->bytes)
            known->bytes = traffic.bytes;
        if (traffic.least > known->least) known->least = traffic.least;
        known->large |= traffic.large;
        return;
    }
    vector_push(e->compiler->arena, list, traffic);
}

static void count_access(Explain *e, Traffics *list, const Array *array, const AxisSet *axes,
                         bool wide) {
    double size = wide ? 8 : (double)scalar_size(array->type), whole = array_bytes(e, array, wide);
    double least = footprint(e, axes, size, whole, 0), bytes = least;
    int used = 0; /* levels that the access depends on; it is hoisted out of those within */
    for (int i = 0; i < e->depth; i++)
        if (axis_set_has(axes, e->levels[i].loop->axis)) used = i + 1;
    for (int i = 0; i < used; i++)
        if (!axis_set_has(axes, e->levels[i].loop->axis) &&
            footprint(e, axes, size, whole, i + 1) > CACHE_BYTES)
            bytes *= e->levels[i].extent;
    bool large = footprint(e, axes, size, whole, 1) > CACHE_BYTES;
    const PlanLoop *innermost = e->depth ? e->levels[e->depth - 1].loop : NULL;
    add_traffic(e, list, (Traffic){array, innermost, bytes, least, large});
}

static void count_value(Explain *e, Node *node, const Node *own, Table *seen) {
    if (table_has(seen, node)) return;
    table_set(seen, node, node);
    Plan *plan = e->outline->plan;
    Root *root = node == own ? NULL : plan_root_of(plan, node);
    const Node *base = node->op == OP_AT ? node->arguments[0] : node;
    if (root || base->op == OP_ARRAY) {
        Root *stored = root ? root : plan_root_of(plan, base);
        const Array *array = root ? root->array : base->u.array;
        count_access(e, &e->cost->reads, array, node->axes, stored && stored->wide);
        for (int i = 1; i < node->argument_count && node->op == OP_AT; i++)
            count_value(e, node->arguments[i], own, seen);
        return;
    }
    if (node_is_reduction(node) && node != own) return; /* a loop of its own counts it */
    OpClass class = op_info[node->op].class_;
    bool cheap = class == OP_INFIX || class == OP_COMPARE || class == OP_LOGIC ||
                 class == OP_TEST || node->op == OP_SELECT || node->op == OP_MIN ||
                 node->op == OP_MAX || node->op == OP_ABS || node->op == OP_SQRT ||
                 node->op == OP_FLOOR || node->op == OP_CEIL || node->op == OP_ROUND ||
                 node->op == OP_SIGN;
    double turns = turns_for(e, node->axes);
    if (cheap && scalar_is_float(node->type)) e->cost->flops += turns;
    if (!cheap && (class == OP_CALL || node->op == OP_UNIFORM || node->op == OP_NORMAL) &&
        scalar_is_float(node->type))
        e->cost->calls += turns;
    for (int i = 0; i < node->argument_count; i++)
        count_value(e, node->arguments[i], own, seen);
}

static double all_turns(const Explain *e) {
    double turns = 1;
    for (int i = 0; i < e->depth; i++)
        turns *= e->levels[i].extent;
    return turns;
}

static void add_made(Explain *e, const char *name) {
    for (int i = 0; i < e->cost->made.count; i++)
        if (strcmp(e->cost->made.items[i], name) == 0) return;
    vector_push(e->compiler->arena, &e->cost->made, name);
}

static const char *node_called(Explain *e, const Node *node, const char *otherwise) {
    const char *name = table_get(&e->outline->names, node);
    return name ? name : otherwise;
}

static void count_step(Explain *e, Step *step, Table *seen) {
    if (step->kind == STEP_FILL) {
        double bytes = array_bytes(e, step->root->array, step->root->wide);
        add_traffic(e, &e->cost->writes, (Traffic){step->root->array, NULL, bytes, bytes, false});
    } else if (step->kind == STEP_ACCUMULATE) {
        for (int i = 0; i < step->reduction->argument_count; i++)
            count_value(e, step->reduction->arguments[i], step->reduction, seen);
        e->cost->flops += all_turns(e);
        add_made(e, node_called(e, step->reduction, op_info[step->reduction->op].text));
    } else if (step->kind == STEP_STORE) {
        Root *root = step->root;
        bool is_scatter = root->scatter != OP_NUMBER;
        count_value(e, root->value, root->value, seen);
        if (root->condition) count_value(e, root->condition, root->value, seen);
        if (root->scatter_index) count_value(e, root->scatter_index, root->value, seen);
        double bytes = array_bytes(e, root->array, root->wide);
        add_traffic(e, &e->cost->writes, (Traffic){root->array, NULL, bytes, bytes, false});
        if (is_scatter)
            add_traffic(e, &e->cost->reads, (Traffic){root->array, NULL, bytes, bytes, false});
        if (is_scatter) e->cost->flops += all_turns(e);
        add_made(e, node_called(e, graph_array(e->model->graph, root->array), root->array->name));
    }
}

static void count_block(Explain *e, const PlanBlock *block, Table *seen);

static void count_loop(Explain *e, const PlanLoop *loop) {
    double extent = axis_extent(e, loop->axis), tiles = (extent + PLAN_TILE - 1) / PLAN_TILE;
    tiles = tiles < 1 ? 1 : (double)(int64_t)tiles;
    if (loop->kind == LOOP_TILE) extent = tiles;
    if (loop->kind == LOOP_LANE || loop->kind == LOOP_FOLD) extent /= tiles;
    if (e->depth == 64) return;
    e->levels[e->depth++] = (Level){loop, extent};
    Table seen = table_new(e->compiler->arena);
    count_block(e, &loop->first, &seen);
    count_block(e, &loop->body, &seen);
    e->depth--;
}

static void count_block(Explain *e, const PlanBlock *block, Table *seen) {
    for (int i = 0; i < block->count; i++) {
        Step *step = block->items[i];
        if (step->kind == STEP_LOOP) {
            count_loop(e, step->loop);
        } else if (step->kind == STEP_GUARD) {
            count_value(e, step->condition, NULL, seen);
            count_block(e, &step->body, seen);
        } else {
            count_step(e, step, seen);
        }
    }
}

/* --- telling --- */

static const char *bytes_text(Arena *arena, double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int unit = 0;
    while (bytes >= 1024 && unit < 5)
        bytes /= 1024, unit++;
    return arena_format(arena, bytes < 100 && unit ? "%.2f %s" : "%.0f %s", bytes, units[unit]);
}

static const char *count_text(Arena *arena, double count) {
    static const char *const units[] = {"", " k", " M", " G", " T", " P"};
    int unit = 0;
    while (count >= 1000 && unit < 5)
        count /= 1000, unit++;
    return arena_format(arena, count < 100 && unit ? "%.2f%s" : "%.0f%s", count, units[unit]);
}

static double traffic_sum(const Traffics *list) {
    double sum = 0;
    for (int i = 0; i < list->count; i++)
        sum += list->items[i].bytes;
    return sum;
}

static void traffic_print(Explain *e, const char *word, const Traffics *list) {
    if (!list->count) return;
    printf("  %-8s", word);
    for (int i = 0; i < list->count; i++) {
        const Traffic *t = &list->items[i];
        const char *name =
            node_called(e, graph_array(e->model->graph, (Array *)t->array), t->array->name);
        printf("%s%s %s", i ? ", " : " ", name, bytes_text(e->compiler->arena, t->bytes));
        if (t->bytes > t->least * 1.5)
            printf(" (%.0f times)", t->bytes / (t->least > 0 ? t->least : 1));
    }
    printf("\n");
}

static void loops_print(Explain *e, int nest) {
    Outline *o = e->outline;
    for (int i = nest; i < o->loops.count && outline_nest(o, i) == nest; i++) {
        const PlanLoop *loop = o->loops.items[i].loop;
        printf("  %*s%s", 2 * o->loops.items[i].depth, "", outline_loop_text(o, i));
        if (loop->kind != LOOP_TILE) printf("  [%.0f]", axis_extent(e, loop->axis));
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

static void cost_print(Explain *e, const Cost *cost) {
    Arena *arena = e->compiler->arena;
    double bytes = traffic_sum(&cost->reads) + traffic_sum(&cost->writes);
    names_print(cost->made.count > 1 ? "fuses" : "computes", &cost->made);
    traffic_print(e, "reads", &cost->reads);
    traffic_print(e, "writes", &cost->writes);
    printf("  costs    %s, %s flops", bytes_text(arena, bytes), count_text(arena, cost->flops));
    if (cost->calls > 0) printf(", %s elementary functions", count_text(arena, cost->calls));
    if (bytes > 0) printf(" (%.2f a byte)", (cost->flops + cost->calls) / bytes);
    printf("\n");
}

typedef struct Total {
    double bytes, flops, calls, least;
} Total;

static void total_add(Explain *e, Total *total, const Cost *cost) {
    total->bytes += traffic_sum(&cost->reads) + traffic_sum(&cost->writes);
    total->flops += cost->flops;
    total->calls += cost->calls;
    for (int i = 0; i < cost->reads.count; i++)
        if (!table_has(&e->outline->plan->arrays, cost->reads.items[i].array))
            add_traffic(e, &e->data,
                        (Traffic){cost->reads.items[i].array, NULL, cost->reads.items[i].least,
                                  cost->reads.items[i].least, false});
}

static void total_print(Explain *e, Total *total) {
    Arena *arena = e->compiler->arena;
    double buffers = 0, least = traffic_sum(&e->data);
    int buffer_count = 0;
    for (int i = 0; i < e->outline->plan->roots.count; i++) {
        Root *root = e->outline->plan->roots.items[i];
        double bytes = array_bytes(e, root->array, root->wide);
        if (root->is_buffer)
            buffers += bytes, buffer_count++;
        else
            least += bytes;
    }
    printf("in all: %s, %s flops", bytes_text(arena, total->bytes),
           count_text(arena, total->flops));
    if (total->calls > 0) printf(", %s elementary functions", count_text(arena, total->calls));
    printf("\nleast possible: %s (each array once)", bytes_text(arena, least));
    if (least > 0) printf("; this moves %.2f times that", total->bytes / least);
    if (buffer_count)
        printf("\nworkspace: %s in %d array%s\n", bytes_text(arena, buffers), buffer_count,
               buffer_count == 1 ? "" : "s");
    else
        printf("\nworkspace: none\n");
}

static void explain_print(Explain *e) {
    Plan *plan = e->outline->plan;
    Total total = {0};
    int nest = 0, number = 0;
    Cost loose = {0};
    for (int i = 0; i < plan->steps.count; i++) {
        Step *step = plan->steps.items[i];
        Table seen = table_new(e->compiler->arena);
        Cost cost = {0};
        e->cost = step->kind == STEP_LOOP ? &cost : &loose;
        if (step->kind != STEP_LOOP) {
            PlanBlock one = {0};
            vector_push(e->compiler->arena, &one, step);
            count_block(e, &one, &seen);
            continue;
        }
        while (e->outline->loops.items[nest].loop != step->loop)
            nest++;
        printf("nest %d\n", ++number);
        loops_print(e, nest);
        count_loop(e, step->loop);
        cost_print(e, &cost);
        total_add(e, &total, &cost);
        printf("\n");
    }
    if (loose.made.count) {
        names_print("no loop:", &loose.made);
        total_add(e, &total, &loose);
        printf("\n");
    }
    total_print(e, &total);
}

/* --- sizes --- */

static bool size_word(Explain *e, const char *word) {
    Arena *arena = e->compiler->arena;
    const char *equals = strchr(word, '='),
               *name = arena_text(arena, word, (size_t)(equals - word));
    Strings names = {0};
    Text list = text_new(arena);
    for (int i = 0; i < e->model->axes.count; i++) {
        Axis *axis = e->model->axes.items[i];
        if (!axis->is_argument) continue;
        vector_push(arena, &names, axis->name);
        text_format(&list, "%s%s", list.length ? ", " : "", axis->name);
        if (strcmp(axis->name, name) != 0) continue;
        char *end;
        long long size = strtoll(equals + 1, &end, 10);
        if (equals[1] && !*end && size >= 0 && size <= (int64_t)1 << 53) {
            *(int64_t *)table_get(&e->bindings.sizes, axis) = size;
            return true;
        }
        report(e->compiler->diagnostics, SIZE_NOT_NUMBER, (Span){0, 0}, name, equals + 1);
        return false;
    }
    report(e->compiler->diagnostics, DATA_UNKNOWN, (Span){0, 0}, e->model->name, name,
           did_you_mean(arena, name, &names), list.length ? list.chars : "no sizes");
    return false;
}

static bool sizes_set(Explain *e, const Strings *words) {
    Arena *arena = e->compiler->arena;
    e->bindings = bindings_new(arena);
    for (int i = 0; i < e->model->axes.count; i++) {
        int64_t *size = ARENA_NEW(arena, int64_t);
        *size = SIZE_DEFAULT;
        if (e->model->axes.items[i]->is_argument)
            table_set(&e->bindings.sizes, e->model->axes.items[i], size);
    }
    bool good = true;
    for (int i = 1; i < words->count; i++)
        good = size_word(e, words->items[i]) && good;
    for (int i = 0; i < e->model->axes.count && good; i++) {
        Axis *axis = e->model->axes.items[i];
        int64_t extent = evaluate_extent(e->model->graph, axis, &e->bindings);
        printf("%s%s = %lld", i ? ", " : "", axis->name, (long long)extent);
    }
    if (good && e->model->axes.count) printf("\n\n");
    return good;
}

int command_explain(Compiler *compiler, const Options *options) {
    Compilation c = {.compiler = compiler};
    for (int i = 1; i < options->arguments.count; i++)
        if (!is_assignment(options->arguments.items[i]))
            return usage_error(options->command, "`%s` is no SIZE=N", options->arguments.items[i]);
    if (!pipeline_file(&c, options->arguments.items[0], "plan")) return EXIT_USER;
    Explain e = {.compiler = compiler, .model = c.model};
    if (!sizes_set(&e, &options->arguments)) return EXIT_USER;
    e.outline = outline_make(compiler, c.plan->entries.items[0].plan);
    explain_print(&e);
    return EXIT_GOOD;
}
