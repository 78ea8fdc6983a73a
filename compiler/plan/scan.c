/* Which sequential loops go by blocks of elements.
 *
 * Takes the steps; marks the loops in which each value is one step before's times a factor that
 * stays the same along the loop, plus what does not depend on the steps before:
 *
 *     output total[t] = sum[s](x[t = s], where = s <= t)
 *     let level[t] = if t == 0 then x else share * x + (1 - share) * level[t = t - 1]
 *
 * What is added is worked out for a block of elements in vectors, the runtime (steelyard_scan.h)
 * makes the block's values of it, in float64, and what else the loop stores goes by elements
 * again. The first step of all has a value of its own. */
#include "plan/plan.h"

enum {
    SCAN_LEAST = 64 /* steps, where their number is known, that pay for blocks */
};

typedef struct Match {
    const Plan *plan;
    const PlanLoop *loop;
    const Root *root;
    bool reads_own; /* of its own values, those of other steps too */
} Match;

/* --- what is read of the loop's own roots --- */

static bool stored_here(const Match *m, const Root *root) {
    for (int i = 0; root && i < m->loop->body.count; ++i)
        if (m->loop->body.items[i]->root == root) return true;
    return false;
}

/* Whether all that the node reads of what the loop stores is of the same step. */
static bool reads_own_step(const Match *m, const Node *node, Table *seen) {
    if (!table_add(seen, node)) return true;
    if (node->op == OP_AT && stored_here(m, plan_root_of(m->plan, node->arguments[0])))
        return m->reads_own && plan_root_of(m->plan, node->arguments[0]) == m->root;
    if (plan_root_of(m->plan, node)) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (!reads_own_step(m, node->arguments[i], seen)) return false;
    return true;
}

static bool reads_root(const Match *m, const Node *node, Table *seen) {
    if (!table_add(seen, node)) return false;
    const Root *root = plan_root_of(m->plan, node);
    if (root) return root == m->root;
    for (int i = 0; i < node->argument_count; ++i)
        if (reads_root(m, node->arguments[i], seen)) return true;
    return false;
}

static bool is_free(const Match *m, const Node *node) {
    TABLE_HERE(seen, m->plan->compiler->arena);
    return !reads_root(m, node, &seen);
}

static bool is_one_step_before(const Match *m, const Node *node) {
    int64_t shift = 0;
    return node->op == OP_AT && node->argument_count == 2 &&
           plan_root_of(m->plan, node->arguments[0]) == m->root &&
           node->u.positions[0] == m->loop->axis &&
           plan_is_shifted(node->arguments[1], m->loop->axis, &shift) &&
           shift == (m->loop->down ? 1 : -1);
}

/* --- the value of a step --- */

/* Whether what the axis plus `shift` is compared with is that of the first step, or of the one
 * `beyond` it. */
static bool is_first(const Match *m, const Node *node, int64_t shift, int beyond) {
    const Axis *axis = m->loop->axis;
    if (!m->loop->down) return node_is_number(node, (double)(shift + beyond));
    if (shift - beyond == 1) return node == axis->extent;
    return shift == beyond && plan_is_last_index(m->plan, axis, node);
}

/* 1: the condition holds at the first step, and at no other; -1: the other way round; 0: neither.
 */
static int asks_for_first(const Match *m, const Node *condition) {
    if (op_info[condition->op].class_ != OP_COMPARE) return 0;
    int64_t shift = 0;
    bool left = plan_is_shifted(condition->arguments[0], m->loop->axis, &shift);
    if (!left) shift = 0;
    if (!left && !plan_is_shifted(condition->arguments[1], m->loop->axis, &shift)) return 0;
    const Node *other = condition->arguments[left ? 1 : 0];
    bool low = left != m->loop->down; /* asks whether steps are below, as the loop walks */
    bool equal = is_first(m, other, shift, 0), next = is_first(m, other, shift, 1);
    switch (condition->op) {
    case OP_EQ: return equal ? 1 : 0;
    case OP_NE: return equal ? -1 : 0;
    case OP_LT: return low && next ? 1 : !low && equal ? -1 : 0;
    case OP_LE: return low && equal ? 1 : !low && next ? -1 : 0;
    default: return 0;
    }
}

/* A value that asks, somewhere in its sums and products, for the first step: as it is there, and at
 * all others. */
static bool split_first(const Match *m, Node *node, Scan *scan, Node **first, Node **rest) {
    if (node->op == OP_SELECT) {
        int asks = asks_for_first(m, node->arguments[0]);
        scan->is_first = node->arguments[0];
        scan->holds = asks > 0;
        *first = node->arguments[asks > 0 ? 1 : 2];
        *rest = node->arguments[asks > 0 ? 2 : 1];
        return asks != 0 && is_free(m, *first);
    }
    if (node->op != OP_ADD && node->op != OP_SUB && node->op != OP_MUL) return false;
    int own = is_free(m, node->arguments[0]) ? 1 : 0;
    Node *sides[2] = {node->arguments[0], node->arguments[1]};
    if (!is_free(m, sides[1 - own]) || !split_first(m, sides[own], scan, first, rest)) return false;
    sides[own] = *first;
    *first = graph_binary(m->plan->graph, node->op, sides[0], sides[1]);
    sides[own] = *rest;
    *rest = graph_binary(m->plan->graph, node->op, sides[0], sides[1]);
    return true;
}

/* The node as factor * (one step before) + added; NULL stands for a factor of 1, and for nothing
 * added. */
static bool is_linear(const Match *m, Node *node, Node **factor, Node **added) {
    Graph *graph = m->plan->graph;
    if (is_one_step_before(m, node)) return true;
    if (node->op != OP_ADD && node->op != OP_SUB && node->op != OP_MUL) return false;
    Node *left = node->arguments[0], *right = node->arguments[1];
    bool swapped = node->op != OP_SUB && is_free(m, left);
    Node *own = swapped ? right : left, *other = swapped ? left : right;
    if (!is_free(m, other)) return false;
    if (node->op == OP_MUL) {
        *factor = other;
        return is_one_step_before(m, own) && !axis_set_has(other->axes, m->loop->axis) &&
               !plan_can_fail((Plan *)m->plan, other);
    }
    if (!is_linear(m, own, factor, added)) return false;
    if (*added)
        *added = graph_binary(graph, node->op, *added, other);
    else
        *added = node->op == OP_ADD ? other : graph_unary(graph, OP_NEG, other);
    return true;
}

static Scan *scan_of(const Match *m) {
    Compiler *compiler = m->plan->compiler;
    Node *value = m->root->value, *rest;
    bool is_float = m->root->array->type == SCALAR_F32 || m->root->array->type == SCALAR_F64;
    if (!is_float || value->type != m->root->array->type) return NULL;
    Scan *scan = ARENA_NEW(compiler->arena, Scan);
    if (!split_first(m, value, scan, &scan->first, &rest)) return NULL;
    if (!is_linear(m, rest, &scan->factor, &scan->added) || !scan->added) return NULL;
    TABLE_HERE(seen, compiler->arena);
    bool own = reads_own_step(m, scan->first, &seen) && reads_own_step(m, scan->added, &seen);
    return own ? scan : NULL;
}

/* --- loops --- */

bool plan_is_walked(const Root *root, const Axis *axis) {
    for (int i = 0; i < root->loop_count; ++i)
        if (root->loops[i].axis == axis) return root->loops[i].kind == LOOP_SEQUENTIAL;
    return false;
}

static bool is_plain_store(const Step *step) {
    const Root *root = step->root;
    return step->kind == STEP_STORE && root->scatter == OP_NUMBER && !root->condition &&
           !root->updates && !root->shared && !root->contraction;
}

/* What a step of the loop is, in *scan: NULL for a store that goes by elements, or one step after
 * the other. */
static bool takes_part(const Plan *plan, const PlanLoop *loop, const Step *step, Scan **scan) {
    Match m = {plan, loop, step->root, false};
    if (!is_plain_store(step)) return false;
    bool kept = step->root->steps_kept && step->root->steps_of == loop->axis;
    *scan = !kept || step->root->steps_kept == 1 ? scan_of(&m) : NULL;
    if (*scan) return true;
    Scalar type = step->root->array->type;
    bool walked = plan_is_walked(step->root, loop->axis);
    if (walked && kept && type != SCALAR_I64 && type != SCALAR_F32 && type != SCALAR_F64)
        return false; /* of such a block's values there is no array */
    m.reads_own = walked;
    TABLE_HERE(seen, plan->compiler->arena);
    return (walked || !kept) && reads_own_step(&m, step->root->value, &seen);
}

static void mark(Plan *plan, PlanLoop *loop) {
    if (loop->kind != LOOP_SEQUENTIAL || !loop->simple) return;
    if (!plan_may_reach(loop->axis, SCAN_LEAST)) return;
    Scan **scans = ARENA_ARRAY(plan->compiler->arena, Scan *, loop->body.count + 1);
    bool any = false;
    for (int i = 0; i < loop->body.count; ++i) {
        if (!takes_part(plan, loop, loop->body.items[i], &scans[i])) return;
        any |= scans[i] != NULL;
    }
    if (any) loop->scans = scans;
}

static void mark_in(Plan *plan, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        mark_in(plan, &step->body);
        if (step->kind != STEP_LOOP) continue;
        mark(plan, step->loop);
        mark_in(plan, &step->loop->first);
        mark_in(plan, &step->loop->body);
    }
}

void plan_scans(Plan *plan) {
    mark_in(plan, &plan->steps);
}
