/* Takes the loops of a function and sizes, gives what they cost: goes through the nests, loop by
 * loop and step by step. What a step costs is counted by cost_steps.c. They have been lowered: what
 * is stored past the cache is said there. */
#include "tool/cost.h"
#include "../../runtime/steelyard_check.h"
#include "../../runtime/steelyard_put.h"
#include "../../runtime/steelyard_scan.h"
#include "tool/cost_steps.h"
#include "tool/npy.h"
#include <math.h>
#include <string.h>

double axis_extent(const Costs *costs, const Axis *axis) {
    int64_t extent = evaluate_extent(costs->model->graph, axis, &costs->bindings);
    return extent > 0 ? (double)extent : 0;
}

double array_bytes(const Costs *costs, const Array *array, bool wide) {
    double count = wide ? 8 : (double)scalar_size(array->type);
    const Root *root = table_get(&costs->outline->plan->arrays, array);
    for (int i = 0; i < array->rank; i++) {
        bool in_steps = root && root->steps_kept && root->steps_of == array->axes[i];
        count *= in_steps ? (double)root->steps_kept : axis_extent(costs, array->axes[i]);
    }
    return count;
}

static void add_made(Counter *c, const char *name) {
    for (int i = 0; i < c->cost->made.count; i++)
        if (strcmp(c->cost->made.items[i], name) == 0) return;
    vector_push(c->costs->compiler->arena, &c->cost->made, name);
}

static const char *node_called(Counter *c, const Node *node, const char *otherwise) {
    const char *name = table_get(&c->costs->outline->names, node);
    return name ? name : otherwise;
}

/* A scan of all elements: steelyard_check.h. */
static void count_scan(Counter *c, const Array *array) {
    double elements = array_bytes(c->costs, array, false) / (double)scalar_size(array->type);
    Work work = array->type == SCALAR_BOOL ? WORK_PLAIN
                : array->index_axis        ? WORK_INDEX
                                           : WORK_CHECK;
    c->cost->vector[work][array->type == SCALAR_F64 || array->type == SCALAR_I64] += elements;
}

static void count_scans(Counter *c, const Arrays *arrays) {
    for (int i = 0; i < arrays->count; i++) {
        count_scan(c, arrays->items[i]);
        vector_push(c->costs->compiler->arena, &c->cost->checked, arrays->items[i]->name);
    }
}

static Cost *cost_new(Costs *costs, int number, int outline) {
    Cost *cost = ARENA_NEW(costs->compiler->arena, Cost);
    cost->number = number;
    cost->outline = outline;
    return cost;
}

static Cost *nest_new(Costs *costs, int outline) {
    Cost *cost = cost_new(costs, costs->nests.count + 1, outline);
    vector_push(costs->compiler->arena, &costs->nests, cost);
    return cost;
}

/* A pass that no loop of the plan makes, but the runtime: a nest of its own, or, inside of a loop,
 * part of that one's. Gives what is counted around it. */
static Cost *open_pass(Counter *c, const Array *made) {
    Cost *around = c->cost;
    if (c->depth == 0) c->cost = nest_new(c->costs, -1);
    add_made(c, made->name);
    return around;
}

/* The array in the order of the list. */
static void count_copy(Counter *c, const PlanList *list, const Root *copy) {
    const Array *from = copy->value->u.array, *sources = list->sources->array;
    const double bytes = array_bytes(c->costs, from, false);
    const double count = bytes / (double)scalar_size(from->type);
    Cost *around = open_pass(c, copy->array);
    Traffic chosen = traffic_chosen(from, bytes, count, bytes);
    chosen.run = (double)scalar_size(from->type);
    add_traffic(c, &c->cost->reads, chosen);
    add_traffic(c, &c->cost->reads, traffic_all(sources, array_bytes(c->costs, sources, false)));
    add_traffic(c, &c->cost->writes, traffic_all(copy->array, bytes));
    c->cost->scalar[WORK_STORE][1] += count;
    c->cost = around;
}

/* Its index is read for the lengths, and again for the places: one of as many lines as there are
 * destinations. Each copy is a pass of its own, but for one that is made at once:
 * runtime/steelyard_list.h. */
static void count_list(Counter *c, const PlanList *list) {
    const Root *stored = plan_root_of(c->costs->outline->plan, list->index);
    const Array *index = stored ? stored->array : list->index->u.array, *ends = list->ends->array;
    const Array *placed = (list->direct ? list->copies.items[0] : list->sources)->array;
    const double bytes = array_bytes(c->costs, index, false), count = bytes / 8;
    const double own = 8 * axis_extent(c->costs, list->source);
    const double destinations = axis_extent(c->costs, list->destination);
    const double open = destinations * LINE_BYTES, ended = array_bytes(c->costs, ends, false);
    Cost *around = open_pass(c, placed);
    add_made(c, ends->name);
    Traffic read = traffic_all(index, bytes);
    read.bytes *= 2;
    add_traffic(c, &c->cost->reads, read);
    Traffic ending = traffic_chosen(ends, ended, 2 * count, 8 * destinations);
    Traffic placing = traffic_chosen(placed, bytes, count, open < own ? open : own);
    ending.adds = placing.adds = true;
    add_traffic(c, &c->cost->reads, ending);
    add_traffic(c, &c->cost->writes, placing);
    add_traffic(c, &c->cost->writes, traffic_all(ends, ended));
    c->cost->scalar[WORK_ADD][1] += 2 * count;
    c->cost->scalar[WORK_STORE][1] += count;
    if (list->direct) {
        const Array *from = list->copies.items[0]->value->u.array;
        add_traffic(c, &c->cost->reads, traffic_all(from, array_bytes(c->costs, from, false)));
    }
    c->cost = around;
    for (int i = 0; i < list->copies.count && !list->direct; i++)
        count_copy(c, list, list->copies.items[i]);
}

/* Whether it goes past the cache: rows of sums, or the values of steps by blocks. */
static bool is_past(const Counter *c, const Root *root, double bytes) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    const int64_t least = loop && loop->scans ? SY_SCAN_PAST : SY_PUT_PAST;
    return root->is_put && bytes >= (double)least;
}

static void count_step(Counter *c, Step *step, Table *seen) {
    if (step->kind == STEP_RECALL) table_set(seen, step->kept, step->kept);
    if (step->kind == STEP_LIST) {
        count_list(c, step->root->list);
    } else if (step->kind == STEP_FILL) {
        const Root *root = step->root;
        const Roots alone = {&step->root, 1, 1};
        const Roots *filled = root->record ? &root->record->fields : &alone;
        for (int i = 0; i < filled->count; i++) {
            const Array *array = filled->items[i]->array;
            double bytes = array_bytes(c->costs, array, filled->items[i]->wide);
            add_traffic(c, &c->cost->writes, traffic_all(array, bytes));
        }
    } else if (step->kind == STEP_ACCUMULATE) {
        for (int i = 0; i < step->reduction->argument_count; i++)
            count_value(c, step->reduction->arguments[i], step->reduction, seen);
        count_accumulation(c, step->reduction);
        add_made(c, node_called(c, step->reduction, op_info[step->reduction->op].text));
    } else if (step->kind == STEP_STORE) {
        Root *root = step->root;
        bool is_scatter = root->scatter != OP_NUMBER;
        count_value(c, root->value, root->value, seen);
        if (root->condition) count_value(c, root->condition, root->value, seen);
        if (root->scatter_index) count_value(c, root->scatter_index, root->value, seen);
        double bytes = array_bytes(c->costs, root->array, root->wide);
        Traffic stored = traffic_all(root->array, bytes);
        stored.past = is_past(c, root, bytes);
        add_traffic(c, &c->cost->writes, stored);
        count_store(c, step);
        if (is_scatter) count_scatter(c, root, bytes);
        if (is_scatter) c->cost->flops += all_turns(c);
        count_chain(c, root);
        add_made(
            c, node_called(c, graph_array(c->costs->model->graph, root->array), root->array->name));
    }
}

static void count_block(Counter *c, const PlanBlock *block, Table *seen);

static Table *new_table(const Counter *c) {
    Table *table = ARENA_NEW(c->costs->compiler->arena, Table);
    *table = table_new(c->costs->compiler->arena);
    return table;
}

/* The loops that make the same tell what is read; but panels are near when they are read again. */
static void count_contraction(Counter *c, const Step *step) {
    Table seen = table_new(c->costs->compiler->arena);
    c->cost->panels = true;
    c->tiles++, c->made = new_table(c);
    count_block(c, &step->body, &seen);
    c->tiles--, c->made = NULL;
    for (int i = 0; i < c->cost->reads.count; i++)
        c->cost->reads.items[i].bytes = c->cost->reads.items[i].least;
}

/* Of the right factor, laid out. */
static double panel_bytes(const Costs *costs, const Contraction *of) {
    double lanes = (double)contraction_lanes(of), columns = axis_extent(costs, of->column);
    double bytes = (double)(int64_t)((columns + lanes - 1) / lanes) * PLAN_PANEL_BYTES;
    const AxisSet *axes = of->right_panel->axes;
    for (int i = 0; i < axes->count; i++)
        if (axes->items[i] != of->column) bytes *= axis_extent(costs, axes->items[i]);
    return bytes;
}

/* Of a step that is a nest; else NULL. */
static const PlanLoop *outermost_loop(const Step *step) {
    if (step->kind == STEP_LOOP) return step->loop;
    return step->kind == STEP_CONTRACT ? step->body.items[0]->loop : NULL;
}

/* How often the loop turns; of a tile's lanes, the average. */
static double turns_of(const Counter *c, const PlanLoop *loop) {
    double extent = axis_extent(c->costs, loop->axis);
    bool lanes = loop->kind == LOOP_LANE || loop->kind == LOOP_FOLD;
    if (loop->list) { /* the average */
        double destinations = axis_extent(c->costs, loop->list->destination);
        return destinations > 0 ? extent / destinations : extent;
    }
    if (loop->kind != LOOP_TILE && !lanes) return extent;
    double size = (double)loop->size, tiles = (extent + size - 1) / size;
    tiles = tiles < 1 ? 1 : (double)(int64_t)tiles;
    return lanes ? extent / tiles : tiles;
}

/* Whether threads share out the loop's turns with those of all loops around it. */
static bool is_shared_too(const Counter *c, const PlanLoop *loop) {
    for (int i = c->depth - 1; i >= 0; i--) {
        const PlanLoop *outer = c->levels[i].loop;
        if (!plan_is_long(loop) || outer->kind != LOOP_MAP || outer->body.count != 1) return false;
        loop = outer;
    }
    return true;
}

/* Whether tiles made the loop's sums before, for a maximum, and kept them. */
static bool is_made(const Counter *c, const PlanLoop *loop) {
    for (int i = 0; i < loop->reductions.count && c->tiles; i++)
        if (!table_has(c->made, loop->reductions.items[i])) return false;
    return c->tiles && loop->reductions.count > 0;
}

static void count_loop(Counter *c, const PlanLoop *loop) {
    double extent = turns_of(c, loop);
    if (c->depth == 64 || is_made(c, loop)) return;
    if (c->depth == 0)
        c->cost->turns = extent;
    else if (is_shared_too(c, loop))
        c->cost->turns *= loop->rows ? ceil(extent / PLAN_GROUP) : extent;
    count_scans(c, &loop->checked);
    count_scans(c, &loop->checked_in_lanes);
    Table *seen = new_table(c);
    c->levels[c->depth++] = (Level){loop, extent, seen};
    if (all_turns(c) > c->cost->work) c->cost->work = all_turns(c);
    bool blocks = loop->kind == LOOP_REDUCE && loop->simple;
    if (loop->outermost && (loop->kind == LOOP_MAP || loop->kind == LOOP_TILE || blocks))
        c->cost->parallel = true;
    Table *made_around = c->made;
    double outer = c->chain;
    c->chain = 0;
    if (loop->pairs && c->tiles++ == 0) c->made = new_table(c);
    count_block(c, &loop->first, seen);
    count_block(c, &loop->body, seen);
    for (int i = 0; i < loop->reductions.count && c->made; i++)
        table_set(c->made, loop->reductions.items[i], c);
    if (loop->pairs && --c->tiles == 0) c->made = made_around;
    c->cost->chain[c->chain_wide] += c->chain * all_turns(c);
    c->chain = outer;
    c->depth--;
}

static void count_block(Counter *c, const PlanBlock *block, Table *seen) {
    for (int i = 0; i < block->count; i++) {
        Step *step = block->items[i];
        if (step->kind == STEP_LOOP) {
            count_loop(c, step->loop);
        } else if (step->kind == STEP_GUARD) {
            count_value(c, step->condition, NULL, seen);
            count_block(c, &step->body, seen);
        } else {
            count_step(c, step, seen);
        }
    }
}

/* --- the whole function --- */

/* Scans before anything is computed. */
static void count_checks(Counter *c) {
    Model *model = c->costs->model;
    for (int i = 0; i < model->arrays.count; i++) {
        const Array *array = model->arrays.items[i];
        bool given = array->kind != ARRAY_CONST && array->kind != ARRAY_OUTPUT;
        bool weight = array->kind == ARRAY_WEIGHT || array->type == SCALAR_BOOL;
        if (!given || !(array->index_axis || weight)) continue;
        if (plan_is_checked(c->costs->outline->plan, array)) continue;
        double bytes = array_bytes(c->costs, array, false);
        add_traffic(c, &c->cost->reads, traffic_all(array, bytes));
        count_scan(c, array);
        double elements = bytes / (double)scalar_size(array->type);
        if (elements > SY_CHECK_ALONE) c->cost->parallel = true;
        if (elements > c->cost->work) c->cost->work = c->cost->turns = elements;
    }
}

static void count_least(Counter *c, Traffics *data, const Cost *cost) {
    for (int i = 0; i < cost->reads.count; i++) {
        const Traffic *read = &cost->reads.items[i];
        if (!table_has(&c->costs->outline->plan->arrays, read->array))
            add_traffic(c, data,
                        (Traffic){.array = read->array,
                                  .bytes = read->least,
                                  .least = read->least,
                                  .whole = read->whole});
    }
}

static double traffic_sum(const Traffics *list) {
    double sum = 0;
    for (int i = 0; i < list->count; i++)
        sum += list->items[i].bytes;
    return sum;
}

static void count_whole(Counter *c) {
    Costs *costs = c->costs;
    Plan *plan = costs->outline->plan;
    Traffics data = {0};
    for (int i = 0; i < costs->nests.count; i++)
        count_least(c, &data, costs->nests.items[i]);
    count_least(c, &data, costs->loose);
    costs->least = traffic_sum(&data);
    for (int i = 0; i < plan->roots.count; i++) {
        const Root *root = plan->roots.items[i];
        double bytes = array_bytes(costs, root->array, root->wide);
        if (root->is_buffer)
            costs->workspace += bytes, costs->buffers++;
        else
            costs->least += bytes;
        if (root->contraction)
            costs->workspace += panel_bytes(costs, root->contraction), costs->buffers++;
    }
}

void costs_count(Costs *costs) {
    Plan *plan = costs->outline->plan;
    Counter counter = {.costs = costs}, *c = &counter;
    Table seen = table_new(costs->compiler->arena);
    int nest = 0;
    costs->loose = cost_new(costs, 0, -1);
    c->cost = costs->checks = cost_new(costs, 0, -1);
    count_checks(c);
    for (int i = 0; i < plan->steps.count; i++) {
        Step *step = plan->steps.items[i];
        c->cost = costs->loose;
        const PlanLoop *outermost = outermost_loop(step);
        if (!outermost) {
            PlanBlock one = {0};
            vector_push(costs->compiler->arena, &one, step);
            count_block(c, &one, &seen);
            continue;
        }
        while (costs->outline->loops.items[nest].loop != outermost)
            nest++;
        c->cost = nest_new(costs, nest);
        if (step->kind == STEP_CONTRACT)
            count_contraction(c, step);
        else
            count_loop(c, step->loop);
    }
    count_whole(c);
}

double cost_bytes(const Cost *cost) {
    return traffic_sum(&cost->reads) + traffic_sum(&cost->writes);
}

double costs_bytes(const Costs *costs) {
    double bytes = cost_bytes(costs->loose) + cost_bytes(costs->checks);
    for (int i = 0; i < costs->nests.count; i++)
        bytes += cost_bytes(costs->nests.items[i]);
    return bytes;
}

const char *traffic_name(const Costs *costs, const Traffic *traffic) {
    const Node *node = graph_array(costs->model->graph, (Array *)traffic->array);
    const char *name = table_get(&costs->outline->names, node);
    return name ? name : traffic->array->name;
}

static double list_passes(const Traffics *list, const Array *array, double whole) {
    double passes = 0;
    for (int i = 0; i < list->count; i++)
        if (list->items[i].array == array) passes += list->items[i].bytes / whole;
    return passes;
}

double array_passes(const Costs *costs, const Array *array) {
    const Root *root = table_get(&costs->outline->plan->arrays, array);
    double whole = array_bytes(costs, array, root && root->wide), passes = 0;
    for (int i = 0; whole > 0 && i < costs->nests.count; i++)
        passes += list_passes(&costs->nests.items[i]->reads, array, whole) +
                  list_passes(&costs->nests.items[i]->writes, array, whole);
    return passes;
}
