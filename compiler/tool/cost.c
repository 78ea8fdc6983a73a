/* Takes the loops of a function and sizes, gives what they cost.
 *
 * A value is computed in the innermost loop that it depends on. An array is read from memory once
 * in a nest, unless a loop that it has no part in goes around more of it than a cache holds: then
 * once for every turn. The least possible is each array once. */
#include "tool/cost.h"
#include "loops/reduce.h"
#include "tool/npy.h"
#include <string.h>

enum {
    CACHE_BYTES = 1 << 20,
    DIVISION_STEPS = 3, /* how long they take in a row, in multiply-adds */
    CALL_STEPS = 12,
    SCAN_OPERATIONS = 2, /* within a block, and to what came before it */
    LINE_BYTES = 64,
    EXTREME_OPERATIONS = 3, /* of floats: compared, asked for NaN, chosen */
    PLACE_OPERATIONS = 5,   /* the same, and where it was */
    MASK_OPERATIONS = 3,    /* to make a byte what chooses between floats */
    SCATTER_STEPS = 3,  /* an element that is read, changed and written, and maybe again at once */
    HALF_OPERATIONS = 8 /* to make a float of 16 bits one of 32 */
};

typedef struct Level {
    const PlanLoop *loop;
    double extent;
} Level;

typedef struct Counter {
    Costs *costs;
    Cost *cost; /* of the nest that is counted now */
    Level levels[64];
    int depth;
    double chain; /* of the innermost open loop */
    bool chain_wide;
} Counter;

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

/* --- counting --- */

/* How much of the innermost loop goes in vectors: rows of PLAN_LANES elements, by which C compilers
 * write it out too where the extent is not known beforehand. The rest goes one by one. */
static double vector_share(const Counter *c) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    if (!loop || !loop->simple || loop->kind == LOOP_SEQUENTIAL || loop->list) return 0;
    int64_t extent = (int64_t)axis_extent(c->costs, loop->axis);
    return extent > 0 ? (double)(extent - extent % PLAN_LANES) / (double)extent : 0;
}

static void add_operations(Counter *c, int wide, double operations) {
    double share = vector_share(c);
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    if (loop && loop->scans) operations *= SCAN_OPERATIONS;
    c->cost->vector[wide] += operations * share;
    c->cost->scalar[wide] += operations * (1 - share);
}

/* Whether something with these axes is another one at each turn of the level. The sources of a list
 * are others for each destination. */
static bool differs_at(const Counter *c, int level, const AxisSet *axes) {
    const Axis *axis = c->levels[level].loop->axis;
    if (axis_set_has(axes, axis)) return true;
    for (int i = level + 1; i < c->depth; i++) {
        const PlanList *list = c->levels[i].loop->list;
        if (list && list->destination == axis && axis_set_has(axes, list->source)) return true;
    }
    return false;
}

static double turns_for(const Counter *c, const AxisSet *axes) {
    double turns = 1, all = 1;
    for (int i = 0; i < c->depth; i++) {
        all *= c->levels[i].extent;
        if (differs_at(c, i, axes)) turns = all;
    }
    return turns;
}

/* Bytes of the array that the loops from `first` inwards touch. */
static double footprint(const Counter *c, const AxisSet *axes, double size, double whole,
                        int first) {
    double bytes = size;
    for (int i = first; i < c->depth; i++)
        if (differs_at(c, i, axes)) bytes *= c->levels[i].extent;
    return bytes < whole ? bytes : whole;
}

static void add_traffic(Counter *c, Traffics *list, Traffic traffic) {
    for (int i = 0; i < list->count; i++) {
        Traffic *known = &list->items[i];
        if (known->array != traffic.array) continue;
        bool again = known->innermost != traffic.innermost && (known->large || traffic.large);
        if (again)
            known->bytes += traffic.bytes;
        else if (traffic.bytes > known->bytes)
            known->bytes = traffic.bytes;
        if (traffic.least > known->least) known->least = traffic.least;
        if (traffic.lines > known->lines) known->lines = traffic.lines;
        known->large |= traffic.large;
        return;
    }
    vector_push(c->costs->compiler->arena, list, traffic);
}

static double all_turns(const Counter *c) {
    double turns = 1;
    for (int i = 0; i < c->depth; i++)
        turns *= c->levels[i].extent;
    return turns;
}

static bool reads_indices(const Node *node) {
    if (node->op == OP_ARRAY && node->u.array->index_axis) return true;
    for (int i = 0; i < node->argument_count; i++)
        if (reads_indices(node->arguments[i])) return true;
    return false;
}

/* What an element takes that an index in memory chooses: as many lines as follow each other there,
 * for each of the indices; 0: no index does. */
static double chosen_lines(const Counter *c, const Node *node, double size) {
    double chosen = 0;
    for (int i = 1; node->op == OP_AT && i < node->argument_count; i++)
        if (reads_indices(node->arguments[i])) {
            double turns = turns_for(c, node->arguments[i]->axes);
            chosen = turns > chosen ? turns : chosen;
        }
    if (chosen <= 0) return 0;
    double run = turns_for(c, node->axes) / chosen * size;
    return chosen * (run > LINE_BYTES ? run / LINE_BYTES : 1);
}

static void count_access(Counter *c, Traffics *list, const Array *array, const Node *node,
                         bool wide) {
    const AxisSet *axes = node->axes;
    double size = wide ? 8 : (double)scalar_size(array->type),
           whole = array_bytes(c->costs, array, wide);
    double least = footprint(c, axes, size, whole, 0), bytes = least;
    int used = 0; /* levels that the access depends on; it is hoisted out of those within */
    for (int i = 0; i < c->depth; i++)
        if (differs_at(c, i, axes)) used = i + 1;
    for (int i = 0; i < used; i++)
        if (!differs_at(c, i, axes) && footprint(c, axes, size, whole, i + 1) > CACHE_BYTES)
            bytes *= c->levels[i].extent;
    bool large = footprint(c, axes, size, whole, 1) > CACHE_BYTES;
    const PlanLoop *innermost = c->depth ? c->levels[c->depth - 1].loop : NULL;
    double lines = chosen_lines(c, node, size);
    add_traffic(c, list, (Traffic){array, innermost, bytes, least, lines, large});
}

/* --- arithmetic --- */

static bool is_cheap(const Node *node) {
    switch (node->op) {
    case OP_SELECT:
    case OP_MIN:
    case OP_MAX:
    case OP_ABS:
    case OP_FLOOR:
    case OP_CEIL:
    case OP_ROUND:
    case OP_SIGN: return true;
    case OP_DIV: return false;
    case OP_POW: return !scalar_is_float(node->arguments[1]->type);
    default: break;
    }
    OpClass class = op_info[node->op].class_;
    return class == OP_INFIX || class == OP_COMPARE || class == OP_LOGIC || class == OP_TEST;
}

static void count_operation(Counter *c, const Node *node, double turns) {
    if (!scalar_is_float(node->type)) {
        if (is_cheap(node)) add_operations(c, 0, turns);
        return;
    }
    int wide = node->type == SCALAR_F64;
    bool drawn = node->op == OP_UNIFORM || node->op == OP_NORMAL;
    if (is_cheap(node)) {
        bool extreme = node->op == OP_MIN || node->op == OP_MAX;
        c->cost->flops += turns;
        add_operations(c, wide, extreme ? EXTREME_OPERATIONS * turns : turns);
    } else if (node->op == OP_DIV || node->op == OP_SQRT) {
        c->cost->flops += turns;
        c->cost->call[node->op][wide] += turns;
    } else if (op_info[node->op].class_ == OP_CALL || node->op == OP_POW || drawn) {
        c->cost->calls += turns;
        c->cost->call[node->op][wide] += turns;
    }
}

/* Chains of one loop go on beside each other: the longest counts. */
static void chain_add(Counter *c, double length, bool wide) {
    if (length <= c->chain) return;
    c->chain = length;
    c->chain_wide = wide;
}

/* Operations to take in one element. Integers that are not counts are as wide as float64. */
static double accumulation_operations(const Node *reduction, int *wide) {
    const Node *body = node_body(reduction);
    *wide = body->type == SCALAR_F64 || (reduction->type == SCALAR_I64 &&
                                         body->type != SCALAR_F32 && !reduce_is_count(reduction));
    if (reduce_is_arg(reduction)) return PLACE_OPERATIONS;
    bool extreme = reduction->op == OP_REDUCE_MIN || reduction->op == OP_REDUCE_MAX;
    return extreme && scalar_is_float(reduction->type) ? EXTREME_OPERATIONS : 1;
}

/* A sum of products takes one instruction for both. What does not fill the lanes is a chain. */
static void count_accumulation(Counter *c, const Node *reduction) {
    const Node *value = reduction->argument_count ? reduction->arguments[0] : NULL;
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    int wide;
    double turns = all_turns(c), operations = accumulation_operations(reduction, &wide) * turns;
    double share = vector_share(c);
    bool product =
        reduction->op == OP_SUM && value && value->op == OP_MUL && scalar_is_float(value->type);
    c->cost->flops += turns;
    if (product && share > 0) {
        c->cost->fused[wide] += 2 * turns * share;
        double inside = turns_for(c, value->axes);
        c->cost->vector[wide] -= (inside < turns ? inside : turns) * share;
        operations -= turns * share;
    }
    if (!product || share <= 0)
        add_operations(c, wide, operations);
    else
        c->cost->scalar[wide] += operations;
    bool written_out = loop && loop->axis->extent->op == OP_NUMBER; /* many go on at once */
    bool sums = loop && loop->kind == LOOP_REDUCE && loop->simple && !written_out;
    if (sums && scalar_is_float(reduction->type)) chain_add(c, 1 - share, wide);
}

/* Operations in a row from what an earlier iteration stored in array to the node, and one more; 0:
 * it does not depend on it. */
static intptr_t chain_length(const Node *node, const Array *array, Table *known) {
    const Node *base = node->op == OP_AT ? node->arguments[0] : node;
    if (base->op == OP_ARRAY) return base->u.array == array;
    if (table_has(known, node)) return (intptr_t)table_get(known, node);
    intptr_t longest = 0;
    for (int i = 0; i < node->argument_count; i++) {
        intptr_t length = chain_length(node->arguments[i], array, known);
        longest = length > longest ? length : longest;
    }
    bool slow = !is_cheap(node) && op_info[node->op].class_ != OP_SPECIAL;
    bool fused = node->op == OP_MUL; /* most stand in a sum */
    if (longest > 0 && !fused && node->op != OP_LET && node->op != OP_STOP)
        longest += !slow ? 1 : node->op == OP_DIV ? DIVISION_STEPS : CALL_STEPS;
    table_set(known, node, (void *)longest);
    return longest;
}

static void count_chain(Counter *c, const Root *root) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    bool pairs = c->depth > 1 && c->levels[c->depth - 2].loop->pairs; /* by tiles of a product */
    if (root->scatter != OP_NUMBER && !pairs) chain_add(c, SCATTER_STEPS, root->wide);
    if (!loop || loop->kind != LOOP_SEQUENTIAL || loop->scans) return; /* eight steps a turn */
    Table known = table_new(c->costs->compiler->arena);
    double length = (double)chain_length(root->value, root->array, &known) - 1;
    chain_add(c, length, root->value->type == SCALAR_F64);
}

static bool is_half(const Array *array) {
    return array->type == SCALAR_F16 || array->type == SCALAR_BF16;
}

static void count_value(Counter *c, Node *node, const Node *own, Table *seen) {
    if (table_has(seen, node)) return;
    table_set(seen, node, node);
    Plan *plan = c->costs->outline->plan;
    Root *root = node == own ? NULL : plan_root_of(plan, node);
    const Node *base = node->op == OP_AT ? node->arguments[0] : node;
    if (root || base->op == OP_ARRAY) {
        Root *stored = root ? root : plan_root_of(plan, base);
        const Array *array = root ? root->array : base->u.array;
        count_access(c, &c->cost->reads, array, node, stored && stored->wide);
        double turns = turns_for(c, node->axes);
        if (is_half(array)) add_operations(c, 0, HALF_OPERATIONS * turns);
        if (array->type == SCALAR_BOOL)
            c->cost->vector[0] += MASK_OPERATIONS * turns * vector_share(c);
        for (int i = 1; i < node->argument_count && node->op == OP_AT; i++)
            count_value(c, node->arguments[i], own, seen);
        return;
    }
    if (node_is_reduction(node)) return; /* a loop of its own counts it */
    count_operation(c, node, turns_for(c, node->axes));
    for (int i = 0; i < node->argument_count; i++)
        count_value(c, node->arguments[i], own, seen);
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
    c->cost->vector[0] += 3 * elements;
}

static void count_scans(Counter *c, const Arrays *arrays) {
    for (int i = 0; i < arrays->count; i++) {
        count_scan(c, arrays->items[i]);
        vector_push(c->costs->compiler->arena, &c->cost->checked, arrays->items[i]->name);
    }
}

/* Its index is read for the lengths, and again for the places; what is copied is read once. */
static void count_list(Counter *c, const PlanList *list) {
    const Array *const made[] = {list->sources->array, list->ends->array};
    double bytes = array_bytes(c->costs, list->index->u.array, false);
    add_traffic(c, &c->cost->reads,
                (Traffic){list->index->u.array, NULL, 2 * bytes, bytes, 0, false});
    for (int i = 0; i < 2; i++) {
        bytes = array_bytes(c->costs, made[i], false);
        add_traffic(c, &c->cost->writes, (Traffic){made[i], NULL, bytes, bytes, 0, false});
    }
    for (int i = 0; i < list->copies.count; i++) {
        const Root *copy = list->copies.items[i];
        const Array *from = copy->value->u.array;
        bytes = array_bytes(c->costs, from, false);
        add_traffic(c, &c->cost->reads, (Traffic){from, NULL, bytes, bytes, 0, false});
        add_traffic(c, &c->cost->writes, (Traffic){copy->array, NULL, bytes, bytes, 0, false});
    }
}

static void count_step(Counter *c, Step *step, Table *seen) {
    if (step->kind == STEP_RECALL) table_set(seen, step->kept, step->kept);
    if (step->kind == STEP_LIST) {
        count_list(c, step->root->list);
    } else if (step->kind == STEP_FILL) {
        double bytes = array_bytes(c->costs, step->root->array, step->root->wide);
        add_traffic(c, &c->cost->writes,
                    (Traffic){step->root->array, NULL, bytes, bytes, 0, false});
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
        add_traffic(c, &c->cost->writes, (Traffic){root->array, NULL, bytes, bytes, 0, false});
        if (is_half(root->array)) add_operations(c, 0, HALF_OPERATIONS * all_turns(c));
        if (is_scatter)
            add_traffic(c, &c->cost->reads, (Traffic){root->array, NULL, bytes, bytes, 0, false});
        if (is_scatter) c->cost->flops += all_turns(c);
        count_chain(c, root);
        add_made(
            c, node_called(c, graph_array(c->costs->model->graph, root->array), root->array->name));
    }
}

static void count_block(Counter *c, const PlanBlock *block, Table *seen);

/* The loops that make the same tell what is read; but panels are near when they are read again. */
static void count_contraction(Counter *c, const Step *step) {
    Table seen = table_new(c->costs->compiler->arena);
    c->cost->panels = true;
    count_block(c, &step->body, &seen);
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

static void count_loop(Counter *c, const PlanLoop *loop) {
    double extent = turns_of(c, loop);
    if (c->depth == 64) return;
    if (c->depth == 0) c->cost->turns = extent;
    count_scans(c, &loop->checked);
    count_scans(c, &loop->checked_in_lanes);
    c->levels[c->depth++] = (Level){loop, extent};
    if (all_turns(c) > c->cost->work) c->cost->work = all_turns(c);
    bool blocks = loop->kind == LOOP_REDUCE && loop->simple;
    if (loop->outermost && (loop->kind == LOOP_MAP || loop->kind == LOOP_TILE || blocks))
        c->cost->parallel = true;
    Table seen = table_new(c->costs->compiler->arena);
    double outer = c->chain;
    c->chain = 0;
    count_block(c, &loop->first, &seen);
    count_block(c, &loop->body, &seen);
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
        add_traffic(c, &c->cost->reads, (Traffic){array, NULL, bytes, bytes, 0, false});
        count_scan(c, array);
    }
}

static void count_least(Counter *c, Traffics *data, const Cost *cost) {
    for (int i = 0; i < cost->reads.count; i++) {
        const Traffic *read = &cost->reads.items[i];
        if (!table_has(&c->costs->outline->plan->arrays, read->array))
            add_traffic(c, data, (Traffic){read->array, NULL, read->least, read->least, 0, false});
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

static Cost *cost_new(Costs *costs, int number, int outline) {
    Cost *cost = ARENA_NEW(costs->compiler->arena, Cost);
    cost->number = number;
    cost->outline = outline;
    return cost;
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
        c->cost = cost_new(costs, costs->nests.count + 1, nest);
        vector_push(costs->compiler->arena, &costs->nests, c->cost);
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
