/* How much of a buffer is kept. In: the roots, and later the steps; out: for those of a recurrence
 * that are read only a few steps back, how many steps: the index is then taken modulo that. Of a
 * running sum that nothing reads but the iteration that made it, and the next one, one element.
 *
 *     level[t] reads level[t - 1], and what comes after reads level[extent(t) - 1]: two steps
 *
 * A step may be forgotten where every read inside of the loop goes back at most so far, and every
 * read after it is of the last step. */
#include "plan/plan.h"

enum {
    MOST_STEPS = 16
};

typedef struct Reach { /* how far back the reads of a root go */
    const Plan *plan;
    const Root *root, *own;
    const RootLoop *loop;
    bool inside; /* of the loop */
    int64_t most;
} Reach;

/* The index as the axis and a number: false where it is none. */
bool plan_is_shifted(const Node *index, const Axis *axis, int64_t *shift) {
    if (index->op == OP_AXIS) {
        *shift = 0;
        return index->u.axis == axis;
    }
    if (index->op != OP_ADD && index->op != OP_SUB) return false;
    const Node *by = index->arguments[1], *of = index->arguments[0];
    if (by->op != OP_NUMBER && index->op == OP_ADD) {
        by = index->arguments[0];
        of = index->arguments[1];
    }
    if (by->op != OP_NUMBER || !plan_is_shifted(of, axis, shift)) return false;
    int64_t number = by->u.integer;
    if (number > MOST_STEPS || number < -MOST_STEPS) return false;
    *shift += index->op == OP_ADD ? number : -number;
    return true;
}

bool plan_is_last_index(const Plan *plan, const Axis *axis, const Node *index) {
    Node *one = graph_integer(plan->graph, SCALAR_I64, 1);
    Node *last = graph_binary(plan->graph, OP_SUB, axis->extent, one);
    return index == last || index == graph_simplify(plan->graph, last);
}

static bool is_last(const Reach *reach, const Node *index) {
    if (reach->loop->down) return node_is_number(index, 0);
    return plan_is_last_index(reach->plan, reach->loop->axis, index);
}

/* index is NULL for a read at the axis itself, which may be bound here. */
static bool note_read(Reach *reach, const Node *index, bool bound) {
    const Axis *axis = reach->loop->axis;
    if (!reach->inside) return index && is_last(reach, index);
    int64_t shift = 0;
    if (bound || (index && !plan_is_shifted(index, axis, &shift))) return false;
    int64_t back = reach->loop->down ? shift : -shift;
    if (back < 0 || back >= MOST_STEPS) return false;
    if (back > reach->most) reach->most = back;
    return true;
}

/* bound: below a reduction over the loop's axis. seen: what was met where it is not and where it is
 * bound. */
static bool note_reads(Reach *reach, const Node *node, bool bound, Table seen[2]) {
    if (!table_add(&seen[bound], node)) return true;
    bool at = node->op == OP_AT;
    const Node *base = at ? node->arguments[0] : node, *index = NULL;
    const Root *read = plan_root_of(reach->plan, base);
    for (int i = 0; at && i < node->argument_count - 1; ++i)
        if (node->u.positions[i] == reach->loop->axis) index = node->arguments[1 + i];
    bool is_read = read && (read != reach->own || base->op == OP_ARRAY);
    if (is_read && read == reach->root && !note_read(reach, index, bound)) return false;
    if (is_read && !at) return true;
    if (node_is_reduction(node)) bound |= axis_set_has(node->u.bound, reach->loop->axis);
    for (int i = at ? 1 : 0; i < node->argument_count; ++i)
        if (!note_reads(reach, node->arguments[i], bound, seen)) return false;
    return true;
}

static bool is_under(const Root *root, const RootLoop *loop, const RecurrenceGroup *group) {
    for (int i = 0; root_group(root) == group && i < root->loop_count; ++i)
        if (root->loops[i].axis == loop->axis && root->loops[i].nest == loop->nest) return true;
    return false;
}

/* The steps of the loop that must be kept, or 0: all. */
static int64_t steps_kept(const Plan *plan, const Root *root, const RootLoop *loop) {
    Reach reach = {plan, root, NULL, loop, false, 0};
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *user = plan->roots.items[i];
        const Node *parts[] = {user->value, user->condition, user->scatter_index};
        Table seen[2] = {table_new(plan->compiler->arena), table_new(plan->compiler->arena)};
        reach.own = user;
        reach.inside = is_under(user, loop, root_group(root));
        for (int p = 0; p < 3; ++p)
            if (parts[p] && !note_reads(&reach, parts[p], false, seen)) return 0;
        table_end(&seen[0]);
        table_end(&seen[1]);
    }
    return reach.most + 1;
}

void plan_storage(Plan *plan) {
    for (int i = 0; i < plan->roots.count; ++i) {
        Root *root = plan->roots.items[i];
        if (!root->is_buffer || !root->member || root->scatter != OP_NUMBER) continue;
        int first = 0;
        while (first < root->loop_count && root->loops[first].kind != LOOP_SEQUENTIAL)
            ++first;
        if (first == root->loop_count || !root->loops[first].nest) continue;
        root->steps_kept = steps_kept(plan, root, &root->loops[first]);
        root->steps_of = root->loops[first].axis;
    }
}

/* --- running sums --- */

typedef struct Running { /* the sequential loop that stores the root */
    const Plan *plan;
    const Root *root;
    const PlanLoop *loop;
} Running;

/* Whether what the node reads of the root is nothing, or `back` steps back; back < 0: nothing. */
static bool reads_only(const Running *r, const Node *node, int64_t back, Table *seen) {
    if (!table_add(seen, node)) return true;
    bool at = node->op == OP_AT;
    const Root *read = plan_root_of(r->plan, at ? node->arguments[0] : node);
    if (read == r->root) {
        const Node *index = NULL;
        int64_t shift = 0;
        for (int i = 0; at && i < node->argument_count - 1; ++i)
            if (node->u.positions[i] == r->loop->axis) index = node->arguments[1 + i];
        if (index && !plan_is_shifted(index, r->loop->axis, &shift)) return false;
        return back >= 0 && (!at || (index && node->argument_count == 2)) &&
               (r->loop->down ? shift : -shift) == back;
    }
    if (read && !at) return true;
    for (int i = at ? 1 : 0; i < node->argument_count; ++i)
        if (!reads_only(r, node->arguments[i], back, seen)) return false;
    return read || !at || reads_only(r, node->arguments[0], back, seen);
}

/* The same of what a step computes itself, be it stored under its own name. */
static bool computes_only(const Running *r, const Node *node, int64_t back, Table *seen) {
    if (!node_is_reduction(node)) return reads_only(r, node, back, seen);
    for (int i = 0; i < node->argument_count; ++i)
        if (!reads_only(r, node->arguments[i], back, seen)) return false;
    return true;
}

static bool step_reads_only(const Running *r, const Step *step, int64_t back) {
    const Root *root = step->root;
    const Node *nodes[] = {root ? root->value : NULL,
                           root ? root->condition : NULL,
                           root ? root->scatter_index : NULL,
                           step->condition,
                           step->reduction,
                           step->kept};
    TABLE_HERE(seen, r->plan->compiler->arena);
    for (int i = 0; i < 6; ++i) {
        /* what another root is worth may be the very sum that this one keeps */
        bool is_read = i == 0 && root != r->root;
        bool holds = !nodes[i] || (is_read ? reads_only(r, nodes[i], back, &seen)
                                           : computes_only(r, nodes[i], back, &seen));
        if (!holds) return false;
    }
    return true;
}

static bool is_read_at_once(const Running *r, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        bool here = steps == &r->loop->body && step->kind == STEP_STORE;
        int64_t back = !here ? -1 : step->root == r->root ? 1 : 0;
        if (!step_reads_only(r, step, back) || !is_read_at_once(r, &step->body)) return false;
        if (step->kind == STEP_LOOP &&
            (!is_read_at_once(r, &step->loop->first) || !is_read_at_once(r, &step->loop->body)))
            return false;
    }
    return true;
}

static void keep_one(Plan *plan, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const PlanLoop *loop = steps->items[i]->loop;
        if (!loop) continue;
        keep_one(plan, &loop->body);
        for (int k = 0; loop->kind == LOOP_SEQUENTIAL && k < loop->body.count; ++k) {
            Root *root = loop->body.items[k]->kind == STEP_STORE ? loop->body.items[k]->root : NULL;
            bool plain = root && root->is_buffer && !root->member && !root->steps_of &&
                         root->scatter == OP_NUMBER && !root->shared && !root->contraction;
            Running running = {plan, root, loop};
            if (!plain || !is_read_at_once(&running, &plan->steps)) continue;
            root->steps_of = loop->axis;
            root->steps_kept = 1;
        }
    }
}

void plan_running_storage(Plan *plan) {
    keep_one(plan, &plan->steps);
}
