/* Rows of dear values are kept where the output will be.
 *
 * Takes the steps; gives the same, with STEP_KEEP and STEP_RECALL at the head of some loops. Where
 * loops follow each other along a row, a value that costs much and that several of them need is
 * worked out in the first one only:
 *
 *     output p[n, c] = softmax[c](z)      # exp(z - max): for the sum, and for its quotient by it
 *
 * The elements of an output (or buffer) that a later one of these loops stores hold the value until
 * then: they are memory that is written anyway, and the row is in a cache when it is read again. So
 * this is for loops inside of others. What is kept is the very number that would be worked out
 * again: no bit depends on it. */
#include "plan/plan.h"

enum {
    DEAR = 8 /* what a division or an elementary function counts as */
};

int plan_cost(const Plan *plan, const Node *node, const Axis *axis, Table *seen) {
    if (table_has(seen, node) || plan_root_of(plan, node)) return 0;
    table_set(seen, node, (void *)node);
    if (!axis_set_has(node->axes, axis)) return 0;
    bool dear = node_is_dear(node) || node_is_reduction(node);
    int sum = dear ? DEAR : node_price(node) == PRICE_STEP;
    for (int i = 0; i < node->argument_count; ++i)
        sum += plan_cost(plan, node->arguments[i], axis, seen);
    return sum;
}

typedef struct Keeper {
    Plan *plan;
    Arena *arena;
    const PlanBlock *block;
    const PlanLoop *last; /* which stores the host */
    const Root *host;
} Keeper;

/* Its body is one iteration after the other of the whole axis, each with all that it computes. */
static bool is_row_loop(const Step *step) {
    return step->kind == STEP_LOOP && step->loop->simple &&
           (step->loop->kind == LOOP_MAP || step->loop->kind == LOOP_REDUCE) &&
           !step->loop->pairs && !step->loop->rows && !step->loop->list;
}

/* Whether the value is part of the node as one iteration computes it. */
static bool uses(const Keeper *k, const Node *node, const Node *value, Table *seen) {
    if (node == value) return true;
    if (table_has(seen, node) || node_is_reduction(node) || node->op == OP_AT) return false;
    table_set(seen, node, (void *)node);
    for (int i = 0; i < node->argument_count; ++i)
        if (uses(k, node->arguments[i], value, seen)) return true;
    return false;
}

static bool step_uses(const Keeper *k, const Step *step, const Node *value) {
    TABLE_HERE(seen, k->arena);
    if (step->kind == STEP_STORE) {
        const Root *root = step->root;
        return uses(k, root->value, value, &seen) ||
               (root->condition && uses(k, root->condition, value, &seen));
    }
    const Node *taken = step->kind == STEP_ACCUMULATE ? step->reduction : NULL;
    for (int i = 0; taken && i < taken->argument_count; ++i)
        if (uses(k, taken->arguments[i], value, &seen)) return true;
    return false;
}

static bool loop_uses(const Keeper *k, const Step *step, const Node *value) {
    if (!is_row_loop(step) || step->loop->axis != k->last->axis) return false;
    for (int i = 0; i < step->loop->body.count; ++i)
        if (step_uses(k, step->loop->body.items[i], value)) return true;
    return false;
}

/* Whether it reads what these steps store: then it is not known when the first loop begins. */
static bool reads_what_is_stored(const Keeper *k, const Node *node, Table *seen) {
    if (!table_add(seen, node)) return false;
    const Root *root = plan_root_of(k->plan, node);
    if (root && plan_steps_store(k->block, root)) return true;
    for (int i = 0; i < node->argument_count && !node_is_reduction(node); ++i)
        if (reads_what_is_stored(k, node->arguments[i], seen)) return true;
    return false;
}

static int first_use(const Keeper *k, const Node *value) {
    int first = 0;
    while (!loop_uses(k, k->block->items[first], value))
        ++first;
    return first;
}

static bool is_worth_keeping(const Keeper *k, Node *node) {
    TABLE_HERE(seen, k->arena);
    TABLE_HERE(reads, k->arena);
    bool is_held = node->type == SCALAR_F32 || node->type == SCALAR_F64; /* halves are widened */
    return is_held && node->type == k->host->array->type &&
           axis_set_has(node->axes, k->last->axis) &&
           plan_cost(k->plan, node, k->last->axis, &seen) >= DEAR &&
           !plan_can_fail(k->plan, node) && k->block->items[first_use(k, node)]->loop != k->last &&
           !reads_what_is_stored(k, node, &reads);
}

/* The largest part of the node that is worth it. */
static Node *find_value(const Keeper *k, Node *node, Table *seen) {
    if (table_has(seen, node) || node_is_reduction(node) || node->op == OP_AT) return NULL;
    table_set(seen, node, node);
    if (node->argument_count && is_worth_keeping(k, node)) return node;
    for (int i = 0; i < node->argument_count; ++i) {
        Node *found = find_value(k, node->arguments[i], seen);
        if (found) return found;
    }
    return NULL;
}

/* Its elements are written once, and by nothing else. */
static bool can_hold(const Root *root) {
    for (int i = 0; i < root->loop_count; ++i)
        if (root->loops[i].kind != LOOP_MAP) return false;
    return root->scatter == OP_NUMBER && !root->member && !root->updates && !root->steps_of &&
           !root->shared && !root->wide && !root->contraction;
}

static Step *kept_step(const Keeper *k, StepKind kind, Node *value) {
    Step *step = ARENA_NEW(k->arena, Step);
    step->kind = kind;
    step->root = (Root *)k->host;
    step->kept = value;
    return step;
}

static void put_first(const Keeper *k, PlanBlock *body, Step *step) {
    vector_push(k->arena, body, step);
    for (int i = body->count - 1; i > 0; --i)
        body->items[i] = body->items[i - 1];
    body->items[0] = step;
}

static bool is_kept(const PlanBlock *body, const Node *value) {
    for (int i = 0; i < body->count; ++i)
        if (body->items[i]->kept == value) return true;
    return false;
}

static void keep(const Keeper *k, Node *value) {
    StepKind kind = STEP_KEEP;
    for (int i = 0; i < k->block->count; ++i) {
        Step *step = k->block->items[i];
        if (!loop_uses(k, step, value)) continue;
        if (is_kept(&step->loop->body, value)) return; /* by another host */
        put_first(k, &step->loop->body, kept_step(k, kind, value));
        if (step->loop == k->last) return;
        kind = STEP_RECALL;
    }
}

static void keep_for_stores(Keeper *k) {
    Nodes values = {0};
    Vector(const Root *) hosts = {0};
    const PlanBlock *body = &k->last->body;
    for (int i = 0; i < body->count; ++i) {
        if (body->items[i]->kind != STEP_STORE || !can_hold(body->items[i]->root)) continue;
        k->host = body->items[i]->root;
        TABLE_HERE(seen, k->arena);
        Node *value = find_value(k, k->host->value, &seen);
        if (!value) continue;
        vector_push(k->arena, &values, value);
        vector_push(k->arena, &hosts, k->host);
    }
    for (int i = 0; i < values.count; ++i) {
        k->host = hosts.items[i];
        keep(k, values.items[i]);
    }
}

static void keep_in_block(Plan *plan, const PlanBlock *block, bool inside) {
    Keeper k = {.plan = plan, .arena = plan->compiler->arena, .block = block};
    for (int i = 0; i < block->count; ++i) {
        const Step *step = block->items[i];
        if (inside && is_row_loop(step)) {
            k.last = step->loop;
            keep_for_stores(&k);
        } else if (step->kind == STEP_LOOP) {
            const PlanLoop *loop = step->loop;
            bool plain = loop->kind == LOOP_MAP || loop->kind == LOOP_SEQUENTIAL;
            if (plain && !loop->rows) keep_in_block(plan, &loop->body, true);
        } else if (step->kind == STEP_CONTRACT) {
            keep_in_block(plan, &step->body, inside);
        }
    }
}

void plan_keep(Plan *plan) {
    keep_in_block(plan, &plan->steps, false);
}
