/* Which inputs are checked while they are read.
 *
 * Takes the steps; gives the loops that check the weights and masks whose rows they are the first
 * to read. A weight must be finite and not negative, a mask 0 or 1: to look at all of them before
 * anything is computed would read them from memory once more. So the first loop that goes over all
 * of an array looks at each row (or block of elements) right before that is used, when it has just
 * come into the cache:
 *
 *     output avg[n] = mean[c](x, weight = w)      # for each n: w[n, ...] is checked, then used
 *
 * Where a sum in lanes reads every element once anyway, it looks at it there, which costs no second
 * pass over the cache either. Nothing is computed after a loop that found something wrong. Indices
 * are checked beforehand, for they must never be used, and so is all that an index depends on, or
 * the arrays in place of a training. */
#include "plan/plan.h"

typedef struct Reading { /* how a step reads the array */
    const Plan *plan;
    const Array *array;
    const PlanLoop *loop;
    bool is_read, otherwise; /* at all; other than at the row of the loop's iteration */
    Table seen, seen_anew;
} Reading;

static bool finishes(const PlanLoop *loop, const Node *reduction) {
    for (int i = 0; i < loop->reductions.count; ++i)
        if (loop->reductions.items[i] == reduction) return true;
    return false;
}

static void read_node(Reading *r, const Node *node, bool anew) {
    Table *seen = anew ? &r->seen_anew : &r->seen;
    if (!table_add(seen, node)) return;
    if (node->op == OP_ARRAY && node->u.array == r->array) {
        r->is_read = true;
        r->otherwise |= anew;
    }
    anew |= node->op == OP_AT;
    if (node_is_reduction(node) && r->loop && axis_set_has(node->u.bound, r->loop->axis))
        anew |= !finishes(r->loop, node);
    for (int i = 0; i < node->argument_count; ++i)
        read_node(r, node->arguments[i], anew);
}

static void read_steps(Reading *r, const PlanBlock *steps);

static void read_step(Reading *r, const Step *step) {
    const Root *root = step->kind == STEP_FILL ? NULL : step->root;
    const Node *nodes[] = {root ? root->value : NULL, root ? root->condition : NULL,
                           step->condition, step->reduction};
    for (int i = 0; i < 4; ++i)
        if (nodes[i]) read_node(r, nodes[i], false);
    if (root && root->scatter_index) read_node(r, root->scatter_index, true);
    read_steps(r, &step->body);
    if (step->kind != STEP_LOOP) return;
    read_steps(r, &step->loop->first);
    read_steps(r, &step->loop->body);
}

static void read_steps(Reading *r, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i)
        read_step(r, steps->items[i]);
}

static Reading reading(const Plan *plan, const Array *array, const PlanLoop *loop) {
    Arena *arena = plan->compiler->arena;
    return (Reading){plan, array, loop, false, false, table_new(arena), table_new(arena)};
}

/* Row by row, or in blocks of elements. */
static bool goes_over(const PlanLoop *loop, const Array *array) {
    const Node *extent = loop->axis->extent;
    bool is_long = extent->op != OP_NUMBER || extent->u.integer > PLAN_BLOCK;
    if (!loop->outermost || loop->rows || loop->axis != array->axes[0]) return false;
    if (loop->simple) return (loop->kind == LOOP_MAP || loop->kind == LOOP_REDUCE) && is_long;
    return loop->kind == LOOP_MAP && array->rank > 1;
}

/* Whether an index that is computed of inputs, and checked beforehand, is computed of this one. */
static bool is_of_an_index(const Plan *plan, const Array *array) {
    Reading r = reading(plan, array, NULL);
    for (int i = 0; i < plan->model->checks.count; ++i) {
        read_node(&r, plan->model->checks.items[i].index, false);
        if (plan->model->checks.items[i].guard)
            read_node(&r, plan->model->checks.items[i].guard, false);
    }
    return r.is_read;
}

static PlanLoop *first_to_read(const Plan *plan, const Array *array) {
    for (int i = 0; i < plan->steps.count; ++i) {
        const Step *step = plan->steps.items[i];
        PlanLoop *loop = step->kind == STEP_LOOP ? step->loop : NULL;
        Reading r = reading(plan, array, loop);
        read_step(&r, step);
        if (r.is_read) return loop && !r.otherwise && goes_over(loop, array) ? loop : NULL;
    }
    return NULL;
}

static bool is_among(const Arrays *arrays, const Array *array) {
    for (int i = 0; i < arrays->count; ++i)
        if (arrays->items[i] == array) return true;
    return false;
}

static bool checks(const PlanLoop *loop, const Array *array) {
    if (is_among(&loop->checked, array) || is_among(&loop->checked_in_lanes, array)) return true;
    for (int i = 0; i < loop->body.count; ++i) {
        const PlanLoop *inner = loop->body.items[i]->loop;
        if (inner && is_among(&inner->checked_in_lanes, array)) return true;
    }
    return false;
}

bool plan_is_checked(const Plan *plan, const Array *array) {
    for (int i = 0; i < plan->steps.count; ++i)
        if (plan->steps.items[i]->loop && checks(plan->steps.items[i]->loop, array)) return true;
    return false;
}

bool plan_loop_checks(const PlanLoop *loop) {
    bool any = loop->checked.count || loop->checked_in_lanes.count;
    for (int i = 0; i < loop->body.count && !any; ++i)
        any = loop->body.items[i]->loop && loop->body.items[i]->loop->checked_in_lanes.count;
    return any;
}

/* Sums in lanes that take in each element of the array, for each row: the loop itself, or one in
 * its body. */
static bool has_lanes_for(const Plan *plan, const PlanLoop *loop, const Array *array) {
    const Node *extent = loop->axis->extent;
    bool is_long = extent->op != OP_NUMBER || extent->u.integer > PLAN_LANES;
    Reading r = reading(plan, array, loop);
    read_steps(&r, &loop->body);
    return loop->kind == LOOP_REDUCE && loop->simple && is_long && r.is_read &&
           loop->axis == array->axes[array->rank - 1];
}

static PlanLoop *lanes_for(const Plan *plan, PlanLoop *loop, const Array *array) {
    if (array->rank == 1) return has_lanes_for(plan, loop, array) ? loop : NULL;
    for (int i = 0; i < loop->body.count && array->rank == 2; ++i) {
        PlanLoop *inner = loop->body.items[i]->loop;
        if (inner && has_lanes_for(plan, inner, array)) return inner;
    }
    return NULL;
}

void plan_checks(Plan *plan, const EntryPlan *entry) {
    bool computes_only = entry->kind == ENTRY_MAIN || entry->kind == ENTRY_CHOSEN;
    if (!computes_only || entry->streamed || entry->given_count || entry->update_count) return;
    for (int i = 0; i < plan->model->arrays.count; ++i) {
        const Array *array = plan->model->arrays.items[i];
        bool given = array->kind != ARRAY_CONST && array->kind != ARRAY_OUTPUT;
        bool weighs = array->kind == ARRAY_WEIGHT || array->type == SCALAR_BOOL;
        if (!given || !weighs || array->rank == 0 || array->index_axis) continue;
        PlanLoop *loop = is_of_an_index(plan, array) ? NULL : first_to_read(plan, array);
        if (!loop) continue;
        PlanLoop *lanes = lanes_for(plan, loop, array);
        vector_push(plan->compiler->arena, lanes ? &lanes->checked_in_lanes : &loop->checked,
                    array);
    }
}
