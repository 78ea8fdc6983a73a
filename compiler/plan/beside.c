/* Finds the loops over rows whose elementary functions go side by side.
 *
 * In: the steps of a plan; out: the same steps, some loops marked `beside`.
 *
 *     loss L = mean[n](bce_with_logits(sum[f](x * w), target))      # and its gradient to w
 *
 * goes through the rows n once: the sum of a row, the logistic function of that sum, and what the
 * row adds to the gradient. The function of one number waits for the row's sum, and the next row's
 * sum waits behind it, where those of eight rows could be one vector. So such a loop goes by blocks
 * of PLAN_BESIDE rows (see loops/beside.c): the sums of the block; then what the program says of
 * each row, in lanes along the rows; then the loops that need it. The order of no addition changes.
 */
#include "plan/plan.h"

enum {
    FUNCTION_COST = 8, /* of an elementary function; */
    ROOT_COST = 2,     /* of a root or a division, which a processor does by itself */
    LEAST_COST = 16    /* of a row, that pays for arrays between the parts of a loop */
};

static bool is_row_value(const Plan *plan, const Node *node, const Axis *row) {
    bool held = node->type == SCALAR_F32 || node->type == SCALAR_F64; /* halves are widened */
    return held && node->argument_count > 0 && node->op != OP_AT && !node_is_reduction(node) &&
           node->axes->count == 1 && node->axes->items[0] == row && !node->can_fail &&
           !plan_can_fail((Plan *)plan, (Node *)node);
}

static int cost(const Node *node, const Axis *row, Table *seen) {
    if (table_has(seen, node) || node_is_reduction(node) || node->op == OP_AT ||
        !axis_set_has(node->axes, row))
        return 0;
    table_set(seen, node, (void *)node);
    Price price = node_price(node);
    int sum = price == PRICE_FUNCTION ? FUNCTION_COST : price == PRICE_DIVISION ? ROOT_COST : 0;
    for (int i = 0; i < node->argument_count; ++i)
        sum += cost(node->arguments[i], row, seen);
    return sum;
}

static void find_values(const Plan *plan, Node *node, const Axis *row, Nodes *found, Table *seen) {
    if (table_has(seen, node) || node_is_reduction(node) || node->op == OP_AT ||
        !axis_set_has(node->axes, row))
        return;
    table_set(seen, node, node);
    TABLE_HERE(met, plan->compiler->arena);
    if (is_row_value(plan, node, row) && cost(node, row, &met) > 0) {
        vector_push(plan->compiler->arena, found, node);
        return;
    }
    for (int i = 0; i < node->argument_count; ++i)
        find_values(plan, node->arguments[i], row, found, seen);
}

/* The steps that stand inside of one; how many blocks of them there are. */
static int blocks_inside(const Step *step, const PlanBlock *inside[3]) {
    inside[0] = &step->body;
    if (!step->loop) return 1;
    inside[1] = &step->loop->first;
    inside[2] = &step->loop->body;
    return 3;
}

static void find_in_step(const Plan *plan, const Step *step, const Axis *row, Nodes *found,
                         Table *seen) {
    if (step->root && step->kind == STEP_STORE) {
        Node *parts[] = {step->root->value, step->root->condition, step->root->scatter_index};
        for (int i = 0; i < 3; ++i)
            if (parts[i]) find_values(plan, parts[i], row, found, seen);
    }
    if (step->condition) find_values(plan, step->condition, row, found, seen);
    if (step->kept) find_values(plan, step->kept, row, found, seen);
    const Node *taken = step->kind == STEP_ACCUMULATE ? step->reduction : NULL;
    for (int i = 0; taken && i < taken->argument_count; ++i)
        find_values(plan, taken->arguments[i], row, found, seen);
    const PlanBlock *inside[3];
    int blocks = blocks_inside(step, inside);
    for (int b = 0; b < blocks; ++b)
        for (int i = 0; i < inside[b]->count; ++i)
            find_in_step(plan, inside[b]->items[i], row, found, seen);
}

static bool makes(const Step *step, const Node *reduction) {
    const PlanLoop *loop = step->loop;
    for (int i = 0; loop && i < loop->reductions.count; ++i)
        if (loop->reductions.items[i] == reduction) return true;
    const PlanBlock *inside[3];
    int blocks = blocks_inside(step, inside);
    for (int b = 0; b < blocks; ++b)
        for (int i = 0; i < inside[b]->count; ++i)
            if (makes(inside[b]->items[i], reduction)) return true;
    return false;
}

/* Whether the step itself finds out what the value is made of, as a loop that streams does. */
static bool waits_for_step(const Step *step, const Node *node, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    if (node_is_reduction(node)) return makes(step, node);
    for (int i = 0; i < node->argument_count; ++i)
        if (waits_for_step(step, node->arguments[i], seen)) return true;
    return false;
}

Nodes plan_row_values(const Plan *plan, const Step *step, const Axis *row) {
    Nodes found = {0}, ready = {0};
    Arena *arena = plan->compiler->arena;
    TABLE_HERE(seen, arena);
    find_in_step(plan, step, row, &found, &seen);
    for (int i = 0; i < found.count; ++i) {
        TABLE_HERE(met, arena);
        if (!waits_for_step(step, found.items[i], &met)) vector_push(arena, &ready, found.items[i]);
    }
    return ready;
}

bool plan_stores_beside(const Step *step) {
    return step->kind == STEP_STORE && step->root->scatter == OP_NUMBER;
}

/* Its elements are taken in one after the other, into one number: so many rows can do that side by
 * side. All of them at once where the program tells that there are at most PLAN_LANES, or those of
 * a float sum, which has other accumulators where there are more. */
bool plan_sums_beside(const Plan *plan, const Step *step, bool *always) {
    const PlanLoop *loop = step->kind == STEP_LOOP ? step->loop : NULL;
    if (!loop || loop->kind != LOOP_REDUCE || !loop->simple || loop->list ||
        loop->checked.count > 0 || loop->checked_in_lanes.count > 0)
        return false;
    *always = !plan_may_reach(loop->axis, PLAN_LANES + 1);
    if (!*always && loop->axis->extent->op == OP_NUMBER) return false;
    for (int i = 0; i < loop->body.count; ++i)
        if (loop->body.items[i]->kind != STEP_ACCUMULATE) return false;
    for (int i = 0; i < loop->reductions.count; ++i) {
        Node *sum = loop->reductions.items[i];
        bool adds = sum->op == OP_SUM || sum->op == OP_PROD;
        bool compares = sum->op == OP_REDUCE_MIN || sum->op == OP_REDUCE_MAX;
        bool held = sum->type == SCALAR_F32 || sum->type == SCALAR_F64;
        if (!held || !(adds || (compares && *always)) || node_where(sum) ||
            node_body(sum)->op == OP_AT || sum->axes->count != 1 ||
            plan_can_fail((Plan *)plan, node_body(sum)))
            return false;
    }
    return true;
}

/* Each row has memory of its own for what the step stores: rows may wait for each other's. */
static bool keeps_rows(const Step *step) {
    const Root *root = step->root;
    if (root && (root->steps_of || root->member || root->shared || root->updates)) return false;
    const PlanBlock *inside[3];
    int blocks = blocks_inside(step, inside);
    for (int b = 0; b < blocks; ++b)
        for (int i = 0; i < inside[b]->count; ++i)
            if (!keeps_rows(inside[b]->items[i])) return false;
    return true;
}

/* A loop, or a value that is stored; and no block of pairs, which has blocks of rows itself. */
static bool is_part(const Step *step) {
    if (step->kind == STEP_STORE) return true;
    return step->kind == STEP_LOOP && !step->loop->pairs && !step->loop->rows &&
           step->loop->kind != LOOP_SEQUENTIAL && step->loop->kind != LOOP_FOLD;
}

static bool goes_beside(const Plan *plan, const PlanLoop *loop) {
    if (loop->kind != LOOP_MAP || !loop->outermost || loop->simple || loop->rows || loop->list)
        return false;
    int sum = 0;
    TABLE_HERE(seen, plan->compiler->arena);
    for (int i = 0; i < loop->body.count; ++i) {
        const Step *step = loop->body.items[i];
        if (!is_part(step) || !keeps_rows(step)) return false;
        Nodes values = plan_row_values(plan, step, loop->axis);
        for (int v = 0; v < values.count; ++v)
            sum += cost(values.items[v], loop->axis, &seen);
    }
    return sum >= LEAST_COST;
}

void plan_beside(Plan *plan) {
    for (int i = 0; i < plan->steps.count; ++i) {
        PlanLoop *loop =
            plan->steps.items[i]->kind == STEP_LOOP ? plan->steps.items[i]->loop : NULL;
        if (loop) loop->beside = goes_beside(plan, loop);
    }
}
