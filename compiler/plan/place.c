/* Decides where each reduction is computed.
 *
 * Takes the roots; gives more roots and their loops. A reduction can be computed on the way, in a
 * variable, where the open loops are exactly its free axes: row maxima inside the loop over rows, a
 * dot product inside the loops of its element. Where some use finds other loops open (a column's
 * mean used row by row), it is stored by a nest of its own; the worklist is the list of roots
 * itself.
 *
 * A root's last axis is cut into tiles, and its elements computed side by side, where its
 * reductions read memory along that axis (x[n, c] summed over n), or where they share work that the
 * axis has no part in (attention: exp(q . k) over s, applied to every d; or the walk along a list
 * of sources). */
#include "plan/plan.h"

typedef struct Context {
    Axis **open;
    int count;
    Axis *lane;     /* the tiled axis, or NULL */
    int lane_depth; /* how many loops are open around the tile */
    int own;        /* how many of the loops are the root's, not a reduction's */
} Context;

/* How many of the open loops make exactly the free axes (but for the lane), or -1. */
static int fitting_depth(const AxisSet *axes, const Context *context) {
    bool laned = context->lane && axis_set_has(axes, context->lane);
    int wanted = axes->count - (laned ? 1 : 0);
    if (wanted > context->count) return -1;
    for (int i = 0; i < wanted; ++i)
        if (!axis_set_has(axes, context->open[i])) return -1;
    return laned && wanted < context->lane_depth ? -1 : wanted;
}

typedef struct Uses {   /* of reductions, over all roots */
    Nodes for_elements; /* that some root needs once an element */
    Table roots;        /* that root */
    Table inside;       /* that another reduction goes over */
    Table later;        /* that another root needs as well, when the first one is complete */
} Uses;

typedef struct Placer {
    Plan *plan;
    Root *root;
    Table seen;
    Table logits; /* axis sets of the reductions that a maximum is taken of */
    Uses *uses;
} Placer;

/* One visit for each node in each context: a context is told by what is open. */
static bool first_visit(Placer *placer, const Node *node, const Context *context) {
    Text key = text_new(placer->plan->compiler->arena);
    text_format(&key, "%d:", node->id);
    for (int i = 0; i < context->count; ++i)
        text_format(&key, "%d,", context->open[i]->id);
    text_format(&key, "%d", context->lane ? context->lane->id : -1);
    Name name = name_of(placer->plan->compiler->names, key.chars);
    if (!table_add(&placer->seen, name)) return false;
    return true;
}

static void store_reduction(Placer *placer, Node *node, const Context *context) {
    Plan *plan = placer->plan;
    Axis **axes = ARENA_ARRAY(plan->compiler->arena, Axis *, node->axes->count + 1);
    int count = 0;
    for (int i = 0; i < context->count; ++i)
        if (axis_set_has(node->axes, context->open[i])) axes[count++] = context->open[i];
    if (context->lane && axis_set_has(node->axes, context->lane)) axes[count++] = context->lane;
    plan_store(plan, node, axes, count, table_get(&plan->names, node));
}

/* As many as rows of some input, and made of a layer's units, or of other reductions. */
static bool are_rows_of_layer(const Placer *placer, const Node *node) {
    const Plan *plan = placer->plan;
    if (!node_body(node)->has_reduction) return false;
    for (int i = 0; i < plan->model->arrays.count; ++i) {
        const Array *array = plan->model->arrays.items[i];
        if (axis_set_within(node->axes, axis_set(plan->graph, array->axes, array->rank)))
            return true;
    }
    return false;
}

/* A product of matrices that feeds another would be computed anew for each tile of that one; it is
 * stored, but for logits: those stream, together with their maximum. So does what has just the axes
 * of logits, as the other factor in attention's gradient: memory must not grow with their product.
 */
static bool is_better_stored(Placer *placer, const Node *node, int depth, const Context *context) {
    if (!context->lane || axis_set_has(node->axes, context->lane) || depth <= context->lane_depth)
        return false;
    return !table_has(&placer->logits, node->axes) || are_rows_of_layer(placer, node);
}

static void find_logits(const Node *node, bool under_max, Table seen[2], Table *logits) {
    if (!node->has_reduction || table_has(&seen[under_max], node)) return;
    table_set(&seen[under_max], node, (void *)node);
    if (node_is_reduction(node)) {
        if (under_max) table_set(logits, node->axes, (void *)node);
        under_max = node->op == OP_REDUCE_MAX;
    }
    for (int i = 0; i < node->argument_count; ++i)
        find_logits(node->arguments[i], under_max, seen, logits);
}

void plan_find_logits(const Node *value, Arena *arena, Table *logits) {
    Table visited[2] = {table_new(arena), table_new(arena)};
    find_logits(value, false, visited, logits);
}

/* The maximum over the same axis that a sum streams with, or NULL. */
static const Node *streams_with(const Node *sum, const Node *node, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return NULL;
    table_set(seen, node, (void *)node);
    if (node->op == OP_REDUCE_MAX && plan_streams(node, sum)) return node;
    for (int i = 0; i < node->argument_count; ++i) {
        const Node *found = streams_with(sum, node->arguments[i], seen);
        if (found) return found;
    }
    return NULL;
}

/* A mean that streams, and that another reduction goes over, as that of o * do in attention's
 * gradient: in that one's loop its logits would find no loops to stream in. They are the larger
 * array, so the mean is stored; inside of the loops over its rows, where the logits are. */
static bool store_streaming(Placer *placer, Node *node, int depth, const Context *context) {
    Plan *plan = placer->plan;
    if (node->op != OP_SUM || (depth >= 0 && depth <= context->own)) return false;
    TABLE_HERE(seen, plan->compiler->arena);
    const Node *maximum = streams_with(node, node_body(node), &seen);
    if (!maximum) return false;
    Axis **axes = ARENA_ARRAY(plan->compiler->arena, Axis *, node->axes->count + 1);
    int count = 0;
    for (int row = 1; row >= 0; --row)
        for (int i = 0; i < node->axes->count; ++i)
            if (axis_set_has(maximum->axes, node->axes->items[i]) == row)
                axes[count++] = node->axes->items[i];
    plan_store(plan, node, axes, count, table_get(&plan->names, node));
    return true;
}

/* Whether the node cannot be known before the other root is: it reads that, or what does. */
static bool waits_for(const Plan *plan, const Node *node, const Root *other, Table *seen) {
    if (!table_add(seen, node)) return false;
    const Root *root = plan_root_of(plan, node);
    if (root == other) return true;
    if (root && waits_for(plan, root->value, other, seen)) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (waits_for(plan, node->arguments[i], other, seen)) return true;
    return false;
}

static void note_use(Placer *placer, Node *node, int depth, const Context *context) {
    Uses *uses = placer->uses;
    Arena *arena = placer->plan->compiler->arena;
    bool laned = context->lane && axis_set_has(node->axes, context->lane);
    if (depth > context->own) {
        table_set(&uses->inside, node, node);
        return;
    }
    if (placer->root->scatter != OP_NUMBER || /* which goes over other axes than it has */
        depth + laned != placer->root->array->rank || table_has(&uses->later, node))
        return;
    const Root *first = table_get(&uses->roots, node);
    TABLE_HERE(seen, arena);
    TABLE_HERE(met, arena);
    if (!first) {
        vector_push(arena, &uses->for_elements, node);
        table_set(&uses->roots, node, placer->root);
    } else if (first != placer->root &&
               (waits_for(placer->plan, placer->root->value, first, &seen) ||
                waits_for(placer->plan, first->value, placer->root, &met))) {
        table_set(&uses->later, node, node);
    }
}

static void place(Placer *placer, Node *node, const Context *context) {
    if (!node->has_reduction) return;
    Root *root = plan_root_of(placer->plan, node);
    if (root && root != placer->root) return;
    if (!first_visit(placer, node, context)) return;
    if (!node_is_reduction(node)) {
        for (int i = 0; i < node->argument_count; ++i)
            place(placer, node->arguments[i], context);
        return;
    }
    int depth = fitting_depth(node->axes, context);
    if (store_streaming(placer, node, depth, context)) return;
    if (depth < 0 || is_better_stored(placer, node, depth, context)) {
        store_reduction(placer, node, context);
        return;
    }
    note_use(placer, node, depth, context);
    Context inner = {ARENA_ARRAY(placer->plan->compiler->arena, Axis *, depth + 1), depth + 1, NULL,
                     0, depth < context->own ? depth : context->own};
    for (int i = 0; i < depth; ++i)
        inner.open[i] = context->open[i];
    inner.open[depth] = node->u.bound->items[0];
    if (context->lane && axis_set_has(node->axes, context->lane)) {
        inner.lane = context->lane;
        inner.lane_depth = context->lane_depth;
    }
    for (int i = 0; i < node->argument_count; ++i)
        place(placer, node->arguments[i], &inner);
}

/* --- along which axis a reduction reads memory --- */

typedef struct Reading {
    const Axis *lane, *bound;
    int bad_lane, bad_bound; /* reads in which the axis is there, but not along memory */
    int both;                /* reads along both: a window */
    bool shared;             /* reductions inside that the lane has no part in */
    bool inner_bad; /* others inside, which read memory along their own axis, not the lane */
} Reading;

static void read_body(Plan *plan, Reading *reading, const Node *node, Table *seen);

/* What the body of a reduction reads, as its loop and the lanes go. */
static Reading read_reduction(Plan *plan, const Node *node, const Axis *lane) {
    Reading reading = {.lane = lane, .bound = node->u.bound->items[0]};
    TABLE_HERE(read, plan->compiler->arena);
    for (int i = 0; i < node->argument_count; ++i)
        read_body(plan, &reading, node->arguments[i], &read);
    return reading;
}

bool plan_runs_along(const Node *index, const Axis *axis) {
    if (index->op == OP_AXIS) return index->u.axis == axis;
    if (index->op == OP_ADD)
        return plan_runs_along(index->arguments[0], axis) ||
               plan_runs_along(index->arguments[1], axis);
    return index->op == OP_SUB && plan_runs_along(index->arguments[0], axis);
}

static void read_array(Reading *reading, const Array *array, const Node *at) {
    if (array->rank == 0) return;
    const Axis *last = array->axes[array->rank - 1];
    const Node *index = NULL;
    bool lane = false, bound = false;
    for (int i = 0; i < array->rank; ++i) {
        index = NULL;
        for (int p = 0; at && p < at->argument_count - 1; ++p)
            if (at->u.positions[p] == array->axes[i]) index = at->arguments[1 + p];
        lane |= index ? axis_set_has(index->axes, reading->lane) : array->axes[i] == reading->lane;
        bound |=
            index ? axis_set_has(index->axes, reading->bound) : array->axes[i] == reading->bound;
    }
    bool lane_along = index ? plan_runs_along(index, reading->lane) : last == reading->lane;
    bool bound_along = index ? plan_runs_along(index, reading->bound) : last == reading->bound;
    reading->bad_lane += lane && !lane_along;
    reading->bad_bound += bound && !bound_along;
    reading->both += lane_along && bound_along;
}

static void read_body(Plan *plan, Reading *reading, const Node *node, Table *seen) {
    if (!table_add(seen, node)) return;
    const Root *stored = node_is_reduction(node) ? plan_root_of(plan, node) : NULL;
    if (stored && axis_set_has(node->axes, reading->lane)) {
        read_array(reading, stored->array, NULL);
        return;
    }
    if (node_is_reduction(node)) { /* its reads are its own loop's matter */
        if (node->axes->count > 1 && axis_set_has(node->axes, reading->bound)) {
            bool laned = axis_set_has(node->axes, reading->lane);
            Reading inner = laned ? read_reduction(plan, node, reading->lane) : (Reading){0};
            reading->shared |= !laned;
            reading->inner_bad |= inner.bad_lane > inner.bad_bound;
        }
        return;
    }
    if (node->op == OP_ARRAY) read_array(reading, node->u.array, NULL);
    bool at = node->op == OP_AT;
    if (at) read_array(reading, node->arguments[0]->u.array, node);
    for (int i = at ? 1 : 0; i < node->argument_count; ++i)
        read_body(plan, reading, node->arguments[i], seen);
}

static bool wants_columns(Plan *plan, const Root *root, const Node *node, const Axis *lane,
                          Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    const Root *other = plan_root_of(plan, node);
    if (other && other != root) return false;
    const PlanList *list = node_is_reduction(node) ? plan_list_of(plan, node) : NULL;
    if (list && lane != list->destination && axis_set_has(node->axes, lane)) return true;
    if (node_is_reduction(node) && axis_set_has(node->axes, lane) && !list) {
        const Reading reading = read_reduction(plan, node, lane);
        bool across = reading.bad_lane < reading.bad_bound ||
                      (reading.bad_lane == reading.bad_bound && reading.both > 0);
        if (!reading.inner_bad && (reading.shared || across)) return true;
    }
    for (int i = 0; i < node->argument_count; ++i)
        if (wants_columns(plan, root, node->arguments[i], lane, seen)) return true;
    return false;
}

/* Whether it needs a reduction that goes by lists of which each index of this axis has its own. */
static bool goes_by_lists(Plan *plan, const Root *root, const Node *node, const Axis *lane,
                          Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    const Root *other = plan_root_of(plan, node);
    if (other && other != root) return false;
    const PlanList *list = node_is_reduction(node) ? plan_list_of(plan, node) : NULL;
    if (list && (list->destination == lane || axis_set_has(list->index->axes, lane))) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (goes_by_lists(plan, root, node->arguments[i], lane, seen)) return true;
    return false;
}

bool plan_goes_in_lanes(Plan *plan, const Root *root) {
    if (root->loop_count == 0 || root->scatter != OP_NUMBER) return false;
    for (int i = 0; i < root->loop_count; ++i) {
        bool walked = root->loops[i].kind == LOOP_SEQUENTIAL && root->member;
        if (root->loops[i].kind != LOOP_MAP && !(walked && i < root->loop_count - 1)) return false;
    }
    const Axis *lane = root->loops[root->loop_count - 1].axis;
    TABLE_HERE(seen, plan->compiler->arena);
    TABLE_HERE(met, plan->compiler->arena);
    return wants_columns(plan, root, root->value, lane, &seen) &&
           !goes_by_lists(plan, root, root->value, lane, &met);
}

static void tile_root(Plan *plan, Root *root) {
    if (!plan_goes_in_lanes(plan, root)) return;
    Axis *lane = root->loops[root->loop_count - 1].axis;
    RootLoop *loops = ARENA_ARRAY(plan->compiler->arena, RootLoop, root->loop_count + 1);
    for (int i = 0; i < root->loop_count; ++i)
        loops[i] = root->loops[i];
    loops[root->loop_count - 1] = (RootLoop){lane, LOOP_TILE, false, 0, NULL};
    loops[root->loop_count++] = (RootLoop){lane, LOOP_LANE, false, 0, NULL};
    root->loops = loops;
}

static void place_root(Plan *plan, Root *root, Uses *uses) {
    Arena *arena = plan->compiler->arena;
    plan_contract(plan, root);
    plan_rows_inside(plan, root);
    tile_root(plan, root);
    plan->member = root->member;
    Placer placer = {plan, root, table_new(arena), table_new(arena), uses};
    plan_find_logits(root->value, arena, &placer.logits);
    Context context = {ARENA_ARRAY(arena, Axis *, root->loop_count + 1), 0, NULL, 0, 0};
    for (int i = 0; i < root->loop_count; ++i) {
        if (root->loops[i].kind == LOOP_TILE) {
            context.lane = root->loops[i].axis;
            context.lane_depth = context.count;
        } else if (root->loops[i].kind != LOOP_LANE) {
            context.open[context.count++] = root->loops[i].axis;
        }
    }
    context.own = context.count;
    place(&placer, root->value, &context);
    if (root->condition) place(&placer, root->condition, &context);
    if (root->scatter_index) place(&placer, root->scatter_index, &context);
    plan->member = NULL;
}

/* What a root needs for each of its elements, and a reduction goes over as well, would be computed
 * by the one and by the other; and so would be what two roots need of which one waits for the other
 * (the gradient of softmax needs all of x before any of (x - sum(p * x)) * p). An array of that
 * size is there anyhow: so it is stored. */
static bool store_shared(Plan *plan, const Uses *uses) {
    bool changed = false;
    for (int i = 0; i < uses->for_elements.count; ++i) {
        Node *node = uses->for_elements.items[i];
        bool twice = table_has(&uses->inside, node) || table_has(&uses->later, node);
        if (!twice || plan_root_of(plan, node)) continue;
        const Root *root = table_get(&uses->roots, node);
        plan_store(plan, node, root->array->axes, root->array->rank, table_get(&plan->names, node));
        changed = true;
    }
    return changed;
}

void plan_place(Plan *plan) {
    Arena *arena = plan->compiler->arena;
    Uses uses = {{0}, table_new(arena), table_new(arena), table_new(arena)};
    do {
        for (; plan->placed < plan->roots.count; ++plan->placed)
            place_root(plan, plan->roots.items[plan->placed], &uses);
    } while (store_shared(plan, &uses));
}
