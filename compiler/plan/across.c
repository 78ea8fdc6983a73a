/* Loops over the same pairs are made one. In: the steps of a plan, with the loops over pairs marked
 * (pairs.c); out: steps in which none works out once more what another one has.
 *
 *     for each t                                  for each s
 *         for each s: p, x of the pair                for each t: p, x of the pair
 *             sum[s](x * k)                               sum[t](x * q), sum[t](p * dy)
 *         d_q                                         d_k, d_v
 *
 * The gradients of an attention go over all pairs (t, s) twice, once by rows t and once by rows s,
 * for a row's sums are complete when all its columns have been met. But the products and
 * exponentials of a pair are the same. So the loop that has fewer sums gives them to the other one,
 * where they go across its rows: a buffer of the workspace, in float64, has one element for each of
 * the sums, and each block of pairs adds what it has of it.
 *
 *     for each s
 *         for each t: p, x of the pair
 *             sum[t](x * q), sum[t](p * dy); and d_q_sum[t] += x * k
 *         d_k, d_v
 *     for each t
 *         d_q
 *
 * The order of such a sum is that of the rows: as one thread goes over them, threads must have a
 * loop around to share out. That is why a loop that stands alone is left as it is. */
#include "plan/plan.h"

typedef struct Sums { /* over pairs, in a tile of a loop over rows */
    PlanLoop *rows, *tile, *pairs;
    int at;      /* of `rows` in its block */
    int tile_at; /* of the tile in the body of `rows` */
} Sums;

typedef struct Across {
    Plan *plan;
    Arena *arena;
    Vector(Axis *) open; /* of the loops around the block, from the outermost */
    PlanBlock *block;    /* that both loops over rows stand in */
    Nodes products;      /* of pairs, that the loop which takes the sums works out */
    Vector(Step *) fills;
} Across;

/* --- what is where --- */

/* The sums of the tile at this place of a loop over rows; their loop is the first in it, and all
 * that comes after stores. */
static bool sums_at(const PlanBlock *block, int at, int tile_at, Sums *sums) {
    PlanLoop *rows = block->items[at]->loop;
    PlanLoop *tile = rows->body.items[tile_at]->loop;
    if (!tile || tile->kind != LOOP_TILE || tile->body.count < 2) return false;
    PlanLoop *pairs = tile->body.items[0]->loop;
    if (!pairs || !pairs->pairs || pairs->kind != LOOP_REDUCE) return false;
    for (int i = 0; i < pairs->reductions.count; ++i) {
        const Node *sum = pairs->reductions.items[i];
        bool is_kept = sum->type == SCALAR_F32 || sum->type == SCALAR_F64;
        if (!is_kept || !axis_set_has(sum->axes, tile->axis)) return false;
    }
    for (int i = 1; i < tile->body.count; ++i) {
        const PlanLoop *loop = tile->body.items[i]->loop;
        for (int k = 0; loop && k < loop->body.count; ++k)
            if (loop->body.items[k]->kind != STEP_STORE) return false;
        if (!loop || loop->kind != LOOP_LANE) return false;
    }
    *sums = (Sums){rows, tile, pairs, at, tile_at};
    return true;
}

static bool is_rows(const Step *step) {
    return step->kind == STEP_LOOP && step->loop->rows && !step->loop->outermost;
}

static bool is_product(const Step *step) {
    return step->kind == STEP_LOOP && step->loop->kind == LOOP_REDUCE;
}

static void find_products(Across *a, const PlanBlock *steps, Nodes *products) {
    for (int i = 0; i < steps->count; ++i)
        for (int r = 0; is_product(steps->items[i]) && r < steps->items[i]->loop->reductions.count;
             ++r)
            vector_push(a->arena, products, steps->items[i]->loop->reductions.items[r]);
}

/* --- what may be moved --- */

/* Whether the root has been stored when `to` goes over its pairs: all of it, or at least what
 * belongs to the row that is open there. */
static bool is_stored_for(const Across *a, const Root *root, const Sums *from, const Sums *to,
                          bool own) {
    const PlanBlock *body = &to->rows->body;
    PlanBlock before = plan_part(body, 0, to->tile_at);
    PlanBlock behind = plan_part(body, to->tile_at, body->count);
    if (plan_steps_store(&behind, root)) return false;
    if (plan_steps_store(&before, root)) return own && !root->steps_of;
    if (from->at < to->at) return !plan_steps_store(&from->tile->body, root);
    PlanBlock between = plan_part(a->block, to->at + 1, from->at + 1);
    return !plan_steps_store(&between, root);
}

static bool is_known_there(Across *a, const Node *node, const Sums *from, const Sums *to,
                           bool moved_index, Table *seen) {
    if (!moved_index && table_has(seen, node)) return true;
    table_set(seen, node, (void *)node);
    const Root *root = plan_root_of(a->plan, node);
    if (plan_among(&a->products, node)) return true;
    if (root) return is_stored_for(a, root, from, to, !moved_index);
    if (node_is_reduction(node)) return false;
    for (int i = 0; i < node->argument_count; ++i)
        if (!is_known_there(a, node->arguments[i], from, to, node->op == OP_AT && i == 0, seen))
            return false;
    return true;
}

static bool are_known_there(Across *a, const Sums *from, const Sums *to) {
    TABLE_HERE(seen, a->arena);
    for (int i = 0; i < from->pairs->reductions.count; ++i) {
        const Node *sum = from->pairs->reductions.items[i];
        for (int k = 0; k < sum->argument_count; ++k)
            if (!is_known_there(a, sum->arguments[k], from, to, false, &seen)) return false;
    }
    return true;
}

/* Whether what comes after the sums needs nothing but these and what is stored. */
static bool needs_only(const Across *a, const Node *node, const Nodes *sums, Table *seen) {
    if (!table_add(seen, node)) return true;
    const Root *root = plan_root_of(a->plan, node);
    if (plan_among(sums, node)) return true;
    if (root) return !root->steps_of && !root->shared;
    if (node_is_reduction(node)) return false;
    for (int i = 0; i < node->argument_count; ++i)
        if (!needs_only(a, node->arguments[i], sums, seen)) return false;
    return true;
}

/* Whether steps that would come before what is moved need it. */
static bool is_needed_before(const Across *a, const Sums *from, const Sums *to, const Root *root,
                             const Node *sum) {
    const PlanBlock *body = &from->rows->body;
    PlanBlock later = plan_part(body, from->tile_at + 1, body->count);
    PlanBlock between = plan_part(a->block, from->at + 1, to->at + 1);
    return plan_steps_read(a->plan, &later, root, sum) ||
           plan_steps_read(a->plan, &between, root, sum);
}

/* Whether what follows the sums may be done after both loops. */
static bool may_follow(const Across *a, const Sums *from, const Sums *to) {
    const PlanBlock *rest = &from->tile->body;
    for (int i = 0; i < from->pairs->reductions.count; ++i)
        if (is_needed_before(a, from, to, NULL, from->pairs->reductions.items[i])) return false;
    for (int i = 1; i < rest->count; ++i) {
        const PlanBlock *stores = &rest->items[i]->loop->body;
        for (int k = 0; k < stores->count; ++k) {
            const Root *root = stores->items[k]->root;
            TABLE_HERE(seen, a->arena);
            if (root->scatter != OP_NUMBER || root->steps_of || root->shared || root->updates ||
                !needs_only(a, root->value, &from->pairs->reductions, &seen) ||
                is_needed_before(a, from, to, root, NULL))
                return false;
        }
    }
    return true;
}

/* The sums have the axes of the loops around, of the row and the column, and of the lanes. */
static bool have_open_axes(const Across *a, const Sums *from) {
    for (int i = 0; i < from->pairs->reductions.count; ++i) {
        const AxisSet *axes = from->pairs->reductions.items[i]->axes;
        if (axes->count != a->open.count + 2) return false;
        for (int k = 0; k < a->open.count; ++k)
            if (!axis_set_has(axes, a->open.items[k])) return false;
    }
    return true;
}

static bool may_move(Across *a, const Sums *from, const Sums *to) {
    if (from->pairs->axis != to->rows->axis || to->pairs->axis != from->rows->axis ||
        from->tile->axis != to->tile->axis || from->pairs->across.count || !have_open_axes(a, from))
        return false;
    Nodes needed = {0};
    a->products = (Nodes){0};
    find_products(a, &from->pairs->body, &needed);
    find_products(a, &to->pairs->body, &a->products);
    for (int i = 0; i < needed.count; ++i)
        if (!plan_among(&a->products, needed.items[i])) return false;
    return are_known_there(a, from, to) && may_follow(a, from, to);
}

/* --- moving --- */

/* The buffer that takes in the sum across the rows. */
static void make_buffer(Across *a, Node *sum, const Sums *from, const Sums *to) {
    Plan *plan = a->plan;
    bool wide = sum->type == SCALAR_F32;
    const char *name = table_get(&plan->names, sum);
    Array *array = ARENA_NEW(a->arena, Array);
    array->kind = ARRAY_OUTPUT;
    name = arena_format(a->arena, "%s_total", name ? name : op_info[sum->op].text);
    array->name = name_of(plan->compiler->names, name);
    array->type = SCALAR_F64;
    array->rank = a->open.count + 2;
    array->axes = ARENA_ARRAY(a->arena, Axis *, array->rank);
    array->span = sum->span;
    for (int i = 0; i < a->open.count; ++i)
        array->axes[i] = a->open.items[i];
    array->axes[a->open.count] = from->rows->axis;
    array->axes[a->open.count + 1] = from->tile->axis;
    Node *value = node_body(sum);
    Root *root =
        plan_root_new(plan, array, wide ? graph_convert(plan->graph, SCALAR_F64, value) : value);
    root->is_buffer = true;
    root->wide = wide;
    root->scatter = OP_SUM;
    root->condition = (Node *)node_where(sum);
    root->loop_count = 0;
    root->loops = ARENA_ARRAY(a->arena, RootLoop, a->open.count + 4);
    for (int i = 0; i < a->open.count; ++i)
        root->loops[root->loop_count++] = (RootLoop){a->open.items[i], LOOP_MAP, false, 0, NULL};
    root->loops[root->loop_count++] = (RootLoop){to->rows->axis, LOOP_MAP, false, 0, NULL};
    root->loops[root->loop_count++] = (RootLoop){to->tile->axis, LOOP_TILE, false, 0, NULL};
    root->loops[root->loop_count++] = (RootLoop){to->pairs->axis, LOOP_REDUCE, false, 0, NULL};
    root->loops[root->loop_count++] = (RootLoop){to->tile->axis, LOOP_LANE, false, 0, NULL};
    table_set(&plan->stored, sum, root);
    Step *fill = ARENA_NEW(a->arena, Step);
    fill->kind = STEP_FILL;
    fill->root = root;
    vector_push(a->arena, &a->fills, fill);
}

/* The steps that took in a sum now add to its buffer. */
static void add_to_buffers(Across *a, PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        Step *step = steps->items[i];
        add_to_buffers(a, &step->body);
        if (step->kind == STEP_LOOP && step->loop->kind == LOOP_LANE)
            add_to_buffers(a, &step->loop->body);
        if (step->kind != STEP_ACCUMULATE) continue;
        step->kind = STEP_STORE;
        step->root = plan_root_of(a->plan, step->reduction);
        step->reduction = NULL;
    }
}

static void remove_step(PlanBlock *block, int at) {
    for (int i = at; i + 1 < block->count; ++i)
        block->items[i] = block->items[i + 1];
    --block->count;
}

static void insert_step(Across *a, PlanBlock *block, int at, Step *step) {
    vector_push(a->arena, block, step);
    for (int i = block->count - 1; i > at; --i)
        block->items[i] = block->items[i - 1];
    block->items[at] = step;
}

static bool has_pairs(const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const PlanLoop *loop = steps->items[i]->loop;
        if (loop && (loop->pairs || (loop->kind == LOOP_TILE && has_pairs(&loop->body))))
            return true;
    }
    return false;
}

static void move_sums(Across *a, const Sums *from, const Sums *to) {
    PlanLoop *pairs = from->pairs;
    for (int i = 0; i < pairs->reductions.count; ++i) {
        make_buffer(a, pairs->reductions.items[i], from, to);
        vector_push(a->arena, &to->pairs->across, pairs->reductions.items[i]);
    }
    add_to_buffers(a, &pairs->body);
    for (int i = 0; i < pairs->body.count; ++i) /* but for the products, which are there */
        if (!is_product(pairs->body.items[i]))
            vector_push(a->arena, &to->pairs->body, pairs->body.items[i]);
    remove_step(&from->tile->body, 0);
    PlanLoop *after = ARENA_NEW(a->arena, PlanLoop);
    after->axis = from->rows->axis;
    after->kind = LOOP_MAP;
    vector_push(a->arena, &after->body, from->rows->body.items[from->tile_at]);
    Step *step = ARENA_NEW(a->arena, Step);
    step->kind = STEP_LOOP;
    step->loop = after;
    remove_step(&from->rows->body, from->tile_at);
    insert_step(a, a->block, (from->at > to->at ? from->at : to->at) + 1, step);
    from->rows->rows = has_pairs(&from->rows->body);
    if (from->rows->body.count == 0) remove_step(a->block, from->at);
}

/* Whether some sums of the one loop over rows went to the other. */
static bool join_loops(Across *a, int one, int other) {
    PlanBlock *block = a->block;
    const PlanLoop *first = block->items[one]->loop, *second = block->items[other]->loop;
    for (int i = 0; i < first->body.count; ++i) {
        for (int k = 0; k < second->body.count; ++k) {
            Sums x, y;
            if (!sums_at(block, one, i, &x) || !sums_at(block, other, k, &y)) continue;
            bool fewer = x.pairs->reductions.count < y.pairs->reductions.count;
            const Sums *from = fewer ? &x : &y, *to = fewer ? &y : &x;
            if (!may_move(a, from, to)) {
                const Sums *turned = from;
                from = to;
                to = turned;
                if (!may_move(a, from, to)) continue;
            }
            move_sums(a, from, to);
            return true;
        }
    }
    return false;
}

static bool join_any(Across *a) {
    for (int i = 0; i < a->block->count; ++i)
        for (int k = i + 1; is_rows(a->block->items[i]) && k < a->block->count; ++k)
            if (is_rows(a->block->items[k]) && join_loops(a, i, k)) return true;
    return false;
}

static void look_in(Across *a, PlanBlock *block) {
    a->block = block;
    while (join_any(a))
        continue;
    for (int i = 0; i < block->count; ++i) {
        PlanLoop *loop = block->items[i]->loop;
        if (!loop || loop->kind != LOOP_MAP || loop->rows) continue;
        vector_push(a->arena, &a->open, loop->axis);
        look_in(a, &loop->body);
        --a->open.count;
    }
}

void plan_across(Plan *plan) {
    Across a = {.plan = plan, .arena = plan->compiler->arena};
    look_in(&a, &plan->steps);
    for (int i = 0; i < a.fills.count; ++i)
        insert_step(&a, &plan->steps, i, a.fills.items[i]);
}
