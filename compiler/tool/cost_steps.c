/* Takes the values and accumulators of one step, and the loops that are open around it, gives the
 * memory that they touch, and the steps of arithmetic, by kind.
 *
 * A value is computed in the innermost loop that it depends on. An array is read from memory once
 * in a nest, unless a loop that it has no part in goes around more of it than a cache holds: then
 * once for every turn. What a turn stored itself, or the one before, is in a cache. The least
 * possible is each array once. */
#include "tool/cost_steps.h"
#include "loops/reduce.h"
#include "tool/npy.h"

enum {
    CACHE_BYTES = 1 << 20,
    DIVISION_STEPS = 3, /* how long they take in a row, in multiply-adds */
    CALL_STEPS = 12,
    VECTOR_LANES = 8, /* of floats */
    SCATTER_NEAR = 8, /* elements within which the same group is waited for */
    SCATTER_STEPS = 3 /* an element that is read, changed and written, and maybe again at once */
};

/* --- counting --- */

/* How much of the innermost loop goes in vectors: rows of PLAN_LANES elements, by which C compilers
 * write it out too where the extent is not known beforehand. Of a fixed extent, and of a tile's
 * columns, each vector counts. The rest goes one by one. */
static double vector_share(const Counter *c) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    if (c->tiles || (loop && loop->scans)) return 1; /* in blocks */
    if (!loop || !loop->simple || loop->kind == LOOP_SEQUENTIAL || loop->list) return 0;
    bool is_fixed = loop->axis->extent->op == OP_NUMBER;
    bool vectors = is_fixed ? loop->kind == LOOP_MAP : loop->kind == LOOP_LANE;
    int64_t extent = (int64_t)axis_extent(c->costs, loop->axis);
    int64_t row = vectors ? VECTOR_LANES : PLAN_LANES;
    return extent > 0 ? (double)(extent - extent % row) / (double)extent : 0;
}

static void add_work(Counter *c, Work work, int wide, double steps) {
    double share = vector_share(c);
    c->cost->vector[work][wide] += steps * share;
    c->cost->scalar[work][wide] += steps * (1 - share);
}

static void add_operations(Counter *c, int wide, double operations) {
    add_work(c, WORK_PLAIN, wide, operations);
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

/* How often something with these axes is worked out. Tiles of a product have it laid out first. */
static double turns_to_make(const Counter *c, const AxisSet *axes) {
    if (!c->tiles) return turns_for(c, axes);
    double turns = 1;
    for (int i = 0; i < c->depth; i++)
        if (differs_at(c, i, axes)) turns *= c->levels[i].extent;
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

Traffic traffic_all(const Array *array, double bytes) {
    return (Traffic){.array = array, .bytes = bytes, .least = bytes, .whole = bytes};
}

Traffic traffic_chosen(const Array *array, double bytes, double count, double among) {
    Traffic traffic = traffic_all(array, bytes);
    traffic.lines = count, traffic.among = among;
    return traffic;
}

void add_traffic(Counter *c, Traffics *list, Traffic traffic) {
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
        if (traffic.among > known->among) known->among = traffic.among;
        if (traffic.run > known->run) known->run = traffic.run;
        known->adds |= traffic.adds;
        known->large |= traffic.large;
        return;
    }
    vector_push(c->costs->compiler->arena, list, traffic);
}

double all_turns(const Counter *c) {
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
 * for each of the indices; 0: no index does. They lie among what the array has for one element of
 * the axes before. */
static void count_lines(const Counter *c, const Node *node, double size, Traffic *traffic) {
    double chosen = 0, before = 1;
    for (int i = 1; node->op == OP_AT && i < node->argument_count; i++)
        if (reads_indices(node->arguments[i])) {
            double turns = turns_for(c, node->arguments[i]->axes);
            chosen = turns > chosen ? turns : chosen;
        } else if (chosen <= 0) {
            before *= axis_extent(c->costs, traffic->array->axes[i - 1]);
        }
    if (chosen <= 0) return;
    double run = turns_for(c, node->axes) / chosen * size;
    traffic->run = run;
    traffic->lines = chosen * (run > LINE_BYTES ? run / LINE_BYTES : 1);
    traffic->among = array_bytes(c->costs, traffic->array, false) / (before > 1 ? before : 1);
}

/* Fields of a record are fetched by the first of them that is. */
static void share_lines(const Counter *c, Traffic *traffic) {
    Plan *plan = c->costs->outline->plan;
    const Root *root = table_get(&plan->arrays, traffic->array);
    const Roots *fields = root && root->record ? &root->record->fields : NULL;
    if (!fields || traffic->lines <= 0) return;
    const Traffics *reads = &c->cost->reads;
    traffic->among *= fields->count;
    for (int i = 0; i < reads->count; i++)
        for (int k = 0; k < fields->count; k++)
            if (reads->items[i].lines > 0 && reads->items[i].array == fields->items[k]->array &&
                reads->items[i].array != traffic->array)
                traffic->lines = traffic->among = 0;
}

/* Whether an open loop stored it, and what a turn of that loop reads of it is in a cache. */
static bool was_just_stored(const Counter *c, const Array *array, const AxisSet *axes, double size,
                            double whole) {
    const Root *root = table_get(&c->costs->outline->plan->arrays, array);
    if (!root || root->scatter != OP_NUMBER) return false;
    for (int i = c->depth - 1; i >= 0; i--)
        if (plan_steps_store(&c->levels[i].loop->body, root))
            return footprint(c, axes, size, whole, i + 1) <= CACHE_BYTES;
    return false;
}

static void count_access(Counter *c, Traffics *list, const Array *array, const Node *node,
                         bool wide) {
    const AxisSet *axes = node->axes;
    double size = wide ? 8 : (double)scalar_size(array->type),
           whole = array_bytes(c->costs, array, wide);
    if (was_just_stored(c, array, axes, size, whole)) return;
    double least = footprint(c, axes, size, whole, 0), bytes = least;
    int used = 0; /* levels that the access depends on; it is hoisted out of those within */
    for (int i = 0; i < c->depth; i++)
        if (differs_at(c, i, axes)) used = i + 1;
    for (int i = 0; i < used; i++)
        if (!differs_at(c, i, axes) && footprint(c, axes, size, whole, i + 1) > CACHE_BYTES)
            bytes *= c->levels[i].extent;
    bool large = footprint(c, axes, size, whole, 1) > CACHE_BYTES;
    const PlanLoop *innermost = c->depth ? c->levels[c->depth - 1].loop : NULL;
    Traffic traffic = {.array = array, .innermost = innermost, .bytes = bytes, .least = least};
    traffic.whole = whole, traffic.large = large;
    count_lines(c, node, size, &traffic);
    share_lines(c, &traffic);
    add_traffic(c, list, traffic);
}

/* What is added to is read, wherever an index in memory says. */
void count_scatter(Counter *c, const Root *root, double bytes) {
    bool chosen = root->scatter_index && reads_indices(root->scatter_index);
    Traffic traffic = traffic_chosen(root->array, bytes, chosen ? all_turns(c) : 0, bytes);
    traffic.adds = true;
    share_lines(c, &traffic);
    add_traffic(c, &c->cost->reads, traffic);
}

/* --- arithmetic --- */

/* softplus and sigmoid are made of exp(-abs(x)): that of -x is there when that of x is, but for a
 * few steps, and C compilers see it. */
static bool is_mirrored(const Counter *c, const Node *node, const Table *seen) {
    if (node->op != OP_SOFTPLUS && node->op != OP_SIGMOID) return false;
    Graph *graph = c->costs->model->graph;
    Node *argument = node->arguments[0];
    Node *mirrored =
        argument->op == OP_NEG ? argument->arguments[0] : graph_unary(graph, OP_NEG, argument);
    return table_has(seen, graph_unary(graph, node->op, mirrored));
}

static void count_operation(Counter *c, const Node *node, double turns) {
    const Price price = node_price(node);
    if (!scalar_is_float(node->type)) {
        const Node *first = node->argument_count ? node->arguments[0] : node;
        if (price == PRICE_STEP) add_operations(c, scalar_size(first->type) == 8, turns);
        return;
    }
    int wide = node->type == SCALAR_F64;
    if (price == PRICE_STEP) {
        bool extreme = node->op == OP_MIN || node->op == OP_MAX;
        c->cost->flops += turns;
        add_work(c, extreme ? WORK_EXTREME : WORK_PLAIN, wide, turns);
    } else if (price != PRICE_NONE) {
        *(price == PRICE_FUNCTION ? &c->cost->calls : &c->cost->flops) += turns;
        c->cost->call[node->op][wide] += turns;
    }
}

/* Chains of one loop go on beside each other: the longest counts. */
static void chain_add(Counter *c, double length, bool wide) {
    if (length <= c->chain) return;
    c->chain = length;
    c->chain_wide = wide;
}

/* What it is to take in one element. Integers that are not counts are as wide as float64, and so
 * are sums of rows that indices choose: loops/reduce.c. */
static Work accumulation_work(const Counter *c, const Node *reduction, int *wide) {
    const Node *body = node_body(reduction);
    const PlanLoop *around = c->depth > 1 ? c->levels[c->depth - 2].loop : NULL;
    bool is_far = around && scalar_is_float(body->type) &&
                  c->levels[c->depth - 1].loop->kind == LOOP_LANE &&
                  (around->list || (body->op == OP_AT && reads_indices(body)));
    *wide =
        body->type == SCALAR_F64 || is_far ||
        (reduction->type == SCALAR_I64 && body->type != SCALAR_F32 && !reduce_is_count(reduction));
    if (node_is_arg(reduction)) return WORK_PLACE;
    bool of_bytes =
        reduction->op == OP_ANY || reduction->op == OP_ALL || reduce_is_count(reduction);
    if (of_bytes) return WORK_MASK;
    bool extreme = reduction->op == OP_REDUCE_MIN || reduction->op == OP_REDUCE_MAX;
    return extreme && scalar_is_float(reduction->type) ? WORK_EXTREME : WORK_PLAIN;
}

/* How often the sums of the open lanes begin: as often as the loop around them, which takes in, is
 * begun. */
static double sums_begun(const Counter *c) {
    double begun = all_turns(c);
    for (int i = c->depth - 2; i >= 0; i--)
        if (c->levels[i].loop->kind == LOOP_REDUCE)
            return c->levels[i].extent > 0 ? begun / c->levels[i].extent : 0;
    return 0;
}

/* Columns are set to 0, and when all is taken in they are read again. Of a tile that is not full
 * they are in memory meanwhile, each for itself. */
static void count_columns(Counter *c, const Node *reduction, int wide) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    if (!loop || loop->kind != LOOP_LANE || !axis_set_has(reduction->axes, loop->axis)) return;
    add_work(c, WORK_STORE, wide, sums_begun(c));
    add_work(c, WORK_PLAIN, wide, sums_begun(c));
    int64_t extent = (int64_t)axis_extent(c->costs, loop->axis);
    if (extent <= 0 || loop->size <= 0 || loop->axis->extent->op == OP_NUMBER) return;
    double turns = all_turns(c) * (double)(extent % loop->size) / (double)extent;
    add_work(c, WORK_PLAIN, wide, turns);
    add_work(c, WORK_STORE, wide, turns);
}

/* The lanes that it was taken in by are made one at the end of each block. */
static void count_fold(Counter *c, const Node *reduction, int wide) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    if (!loop || loop->kind != LOOP_REDUCE || vector_share(c) <= 0) return;
    if (axis_set_has(reduction->axes, loop->axis)) return;
    double extent = c->levels[c->depth - 1].extent, turns = all_turns(c);
    double most = loop->outermost ? PLAN_BLOCK : PLAN_COLUMN_BLOCK;
    double block = extent < most ? extent : most;
    c->cost->vector[WORK_FOLD][wide] += turns / block;
}

/* A sum of products takes one instruction for both. What does not fill the lanes is a chain. */
void count_accumulation(Counter *c, const Node *reduction) {
    const Node *value = reduction->argument_count ? reduction->arguments[0] : NULL;
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    int wide;
    Work work = accumulation_work(c, reduction, &wide);
    double turns = all_turns(c), operations = turns;
    double share = vector_share(c);
    bool product =
        reduction->op == OP_SUM && value && value->op == OP_MUL && scalar_is_float(value->type);
    c->cost->flops += turns;
    if (product && c->tiles) {
        c->cost->fused[wide] += 2 * turns;
        c->cost->vector[WORK_PLAIN][wide] -= turns_to_make(c, value->axes);
        return;
    }
    if (product && share > 0) {
        c->cost->fused[wide] += 2 * turns * share;
        double inside = turns_for(c, value->axes);
        c->cost->vector[WORK_PLAIN][wide] -= (inside < turns ? inside : turns) * share;
        operations -= turns * share;
    }
    if (!product || share <= 0)
        add_work(c, work, wide, operations);
    else
        c->cost->scalar[WORK_PLAIN][wide] += operations;
    if (c->tiles) return;
    count_fold(c, reduction, wide);
    count_columns(c, reduction, wide);
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
    bool slow = node_is_dear(node) || node_is_reduction(node);
    bool fused = node->op == OP_MUL; /* most stand in a sum */
    if (longest > 0 && !fused && node->op != OP_LET && node->op != OP_STOP)
        longest += !slow ? 1 : node->op == OP_DIV ? DIVISION_STEPS : CALL_STEPS;
    table_set(known, node, (void *)longest);
    return longest;
}

void count_chain(Counter *c, const Root *root) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    bool again = loop && root->scatter_index && axis_set_has(root->scatter_index->axes, loop->axis);
    double groups = array_bytes(c->costs, root->array, root->wide) / (root->wide ? 8 : 4);
    double alike = groups > SCATTER_NEAR ? SCATTER_NEAR / groups : 1;
    bool pairs = c->depth > 1 && c->levels[c->depth - 2].loop->pairs; /* by tiles of a product */
    if (again && !pairs) chain_add(c, SCATTER_STEPS * alike, root->wide);
    if (!loop || loop->kind != LOOP_SEQUENTIAL || loop->scans) return; /* eight steps a turn */
    Table known = table_new(c->costs->compiler->arena);
    double length = (double)chain_length(root->value, root->array, &known) - 1;
    chain_add(c, length, root->value->type == SCALAR_F64);
}

/* An element that is loaded, and made a number to compute with. */
static void count_load(Counter *c, const Array *array, double turns) {
    int wide = array->type == SCALAR_F64 || array->type == SCALAR_I64;
    add_operations(c, wide, turns);
    if (array->type == SCALAR_F16) add_work(c, WORK_HALF_READ, 0, turns);
    if (array->type == SCALAR_BF16) add_work(c, WORK_BRAIN_READ, 0, turns);
    if (array->type == SCALAR_BOOL) add_work(c, WORK_MASK, 0, turns * vector_share(c));
}

static bool is_scanned(const Counter *c, const Step *step) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    for (int i = 0; loop && loop->scans && i < loop->body.count; i++)
        if (loop->body.items[i] == step) return loop->scans[i];
    return false;
}

/* Each waits for the one before; by blocks too, where a loop of its own makes it. */
static bool is_running_extreme(const Counter *c, const Step *step) {
    const PlanLoop *loop = c->depth ? c->levels[c->depth - 1].loop : NULL;
    const Node *value = step->root->value;
    if (value->op == OP_SELECT) value = value->arguments[2]; /* but for the first */
    return loop && loop->kind == LOOP_SEQUENTIAL && (value->op == OP_MIN || value->op == OP_MAX) &&
           step->root->steps_of == loop->axis;
}

void count_store(Counter *c, const Step *step) {
    const Root *root = step->root;
    const Array *array = root->array;
    bool wide = root->wide || array->type == SCALAR_F64 || array->type == SCALAR_I64;
    bool adds = root->scatter_index && reads_indices(root->scatter_index);
    double turns = turns_for(c, root->value->axes);
    Work work = is_scanned(c, step)           ? WORK_SCAN
                : is_running_extreme(c, step) ? WORK_RUNNING
                : adds                        ? WORK_ADD
                                              : WORK_STORE;
    add_work(c, work, wide, turns);
    if (array->type == SCALAR_F16) add_work(c, WORK_HALF_WRITE, 0, turns);
    if (array->type == SCALAR_BF16) add_work(c, WORK_BRAIN_WRITE, 0, turns);
}

static bool is_known(const Counter *c, const Node *node) {
    for (int i = 0; i < c->depth; i++)
        if (table_has(c->levels[i].seen, node)) return true;
    return false;
}

/* What no loop around it changes was worked out before that loop. */
static void note_known(const Counter *c, Node *node) {
    for (int i = c->depth - 1; i > 0 && !differs_at(c, i, node->axes); i--)
        table_set(c->levels[i - 1].seen, node, node);
}

void count_value(Counter *c, Node *node, const Node *own, Table *seen) {
    if (is_known(c, node) || !table_add(seen, node)) return;
    note_known(c, node);
    Plan *plan = c->costs->outline->plan;
    Root *root = node == own ? NULL : plan_root_of(plan, node);
    const Node *base = node->op == OP_AT ? node->arguments[0] : node;
    if (root || base->op == OP_ARRAY) {
        Root *stored = root ? root : plan_root_of(plan, base);
        const Array *array = stored ? stored->array : base->u.array;
        count_access(c, &c->cost->reads, array, node, stored && stored->wide);
        double turns = turns_to_make(c, node->axes);
        count_load(c, array, turns);
        for (int i = 1; i < node->argument_count && node->op == OP_AT; i++)
            count_value(c, node->arguments[i], own, seen);
        return;
    }
    if (node_is_reduction(node)) return; /* a loop of its own counts it */
    const double turns = turns_to_make(c, node->axes);
    if (is_mirrored(c, node, seen))
        add_operations(c, node->type == SCALAR_F64, turns);
    else
        count_operation(c, node, turns);
    for (int i = 0; i < node->argument_count; i++)
        count_value(c, node->arguments[i], own, seen);
}
