/* What steps of a plan, and those inside of them, read and store. In: steps and a root; out:
 * whether one of them does. And whether a turn of a loop has much to do. */
#include "plan/plan.h"

bool plan_among(const Nodes *nodes, const Node *node) {
    for (int i = 0; i < nodes->count; ++i)
        if (nodes->items[i] == node) return true;
    return false;
}

/* How many loops that may go far stand in each other. */
static int far_loops(const PlanBlock *steps) {
    int most = 0;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        const PlanLoop *loop = step->kind == STEP_LOOP ? step->loop : NULL;
        int first = loop ? far_loops(&loop->first) : 0;
        int body = far_loops(loop ? &loop->body : &step->body);
        int all = (body > first ? body : first) + (loop && plan_may_reach(loop->axis, PLAN_LANES));
        if (all > most) most = all;
    }
    return most;
}

bool plan_is_long(const PlanLoop *loop) {
    return loop->kind == LOOP_MAP && !loop->simple && far_loops(&loop->body) >= 2;
}

bool plan_steps_store(const PlanBlock *steps, const Root *root) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        if (step->kind == STEP_STORE && step->root == root) return true;
        if (step->kind == STEP_LOOP && (plan_steps_store(&step->loop->first, root) ||
                                        plan_steps_store(&step->loop->body, root)))
            return true;
        if (plan_steps_store(&step->body, root)) return true;
    }
    return false;
}

/* Whether the node reads the root in memory, or is made of the sum, if any. */
static bool reads(const Plan *plan, const Node *node, const Root *root, const Node *sum,
                  Table *seen) {
    if (node == sum) return true;
    if (!table_add(seen, node)) return false;
    if (root && node->op == OP_ARRAY && plan_root_of(plan, node) == root) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (reads(plan, node->arguments[i], root, sum, seen)) return true;
    return false;
}

/* What it stores may be a reduction whose loop is another step. */
static bool step_reads(const Plan *plan, const Step *step, const Root *root, const Node *sum) {
    Table seen = table_new(plan->compiler->arena);
    const Root *own = step->root;
    const Node *nodes[] = {own && plan_root_of(plan, own->value) != own ? own->value : NULL,
                           own ? own->condition : NULL, own ? own->scatter_index : NULL,
                           step->condition, step->kept};
    for (int i = 0; i < 5; ++i)
        if (nodes[i] && reads(plan, nodes[i], root, sum, &seen)) return true;
    const Node *taken = step->reduction;
    for (int i = 0; taken && i < taken->argument_count; ++i)
        if (reads(plan, taken->arguments[i], root, sum, &seen)) return true;
    return false;
}

bool plan_steps_read(const Plan *plan, const PlanBlock *steps, const Root *root, const Node *sum) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        if (step_reads(plan, step, root, sum) || plan_steps_read(plan, &step->body, root, sum))
            return true;
        if (step->kind == STEP_LOOP && (plan_steps_read(plan, &step->loop->first, root, sum) ||
                                        plan_steps_read(plan, &step->loop->body, root, sum)))
            return true;
    }
    return false;
}
