/* What must hold of a plan before it is lowered. In: the plan; out: true, or bug(), for what is
 * wrong here is an error of the compiler's: every root is stored once, by the loops that it asks
 * for, in that order; a reduction is taken in only under the loop that finishes it; a root is read
 * only once it has been stored, at least for the iteration that reads; the factors of a contraction
 * have the axes that its panels are laid out by. */
#include "plan/plan.h"

typedef struct Verifier {
    const Plan *plan;
    Arena *arena;
    Nodes finished; /* reductions that can be used here */
    Nodes taking;   /* reductions whose loop is open */
    Table stored;   /* Root * -> itself, once its store has been met */
    Vector(const PlanLoop *) open;
} Verifier;

/* Inside of a recurrence's loops, what is read of it may be of an iteration before. */
static bool is_walked(const Verifier *v, const Root *root) {
    for (int l = 0; l < root->loop_count; ++l)
        for (int i = 0; i < v->open.count; ++i)
            if (root->loops[l].nest && root->loops[l].kind == LOOP_SEQUENTIAL &&
                v->open.items[i]->kind == LOOP_SEQUENTIAL &&
                v->open.items[i]->axis == root->loops[l].axis)
                return true;
    return false;
}

static void check_ready(Verifier *v, const Node *node, const Root *own, Table *seen) {
    if (!table_add(seen, node)) return;
    const Root *root = plan_root_of(v->plan, node);
    if (plan_among(&v->finished, node)) return;
    if (node_is_reduction(node)) {
        if (!root || root == own) bug("plan: reduction %d is used before it is ready", node->id);
    }
    if (root && root != own && !table_has(&v->stored, root) && !is_walked(v, root))
        bug("plan: %s is read before it is stored", root->array->name);
    if (root) return;
    for (int i = 0; i < node->argument_count; ++i)
        check_ready(v, node->arguments[i], own, seen);
}

static void check_value(Verifier *v, const Node *node, const Root *own) {
    TABLE_HERE(seen, v->arena);
    if (node) check_ready(v, node, own, &seen);
}

static void check_store(Verifier *v, const Root *root) {
    if (table_has(&v->stored, root)) bug("plan: %s is stored twice", root->array->name);
    int at = 0;
    for (int i = 0; i < v->open.count && at < root->loop_count; ++i)
        at += v->open.items[i]->axis == root->loops[at].axis;
    if (at < root->loop_count || v->open.count != root->loop_count)
        bug("plan: %s is stored under other loops than its own", root->array->name);
    check_value(v, root->value, root);
    check_value(v, root->condition, root);
    check_value(v, root->scatter_index, root);
    table_set(&v->stored, root, (void *)root);
}

/* Its two arrays are made at once, for what is open. */
static void check_list(Verifier *v, const Root *ends) {
    check_store(v, ends);
    table_set(&v->stored, ends->list->sources, ends->list->sources);
    for (int i = 0; i < ends->list->copies.count; ++i)
        table_set(&v->stored, ends->list->copies.items[i], ends->list->copies.items[i]);
}

static void check_listed(const Verifier *v, const Node *reduction) {
    const PlanList *list = plan_list_of(v->plan, reduction);
    bool open = !list;
    for (int i = 0; list && i < v->open.count; ++i)
        open |= v->open.items[i]->list == list && v->open.items[i]->axis == list->source;
    if (!open) bug("plan: reduction %d does not go by its list", reduction->id);
    if (list && !table_has(&v->stored, list->ends))
        bug("plan: %s is read before it is made", list->ends->array->name);
}

static void check_steps(Verifier *v, const PlanBlock *steps);
static void check_each(Verifier *v, const PlanBlock *steps);

static void check_loop(Verifier *v, const PlanLoop *loop) {
    int taking = v->taking.count;
    for (int i = 0; i < loop->reductions.count; ++i)
        vector_push(v->arena, &v->taking, loop->reductions.items[i]);
    vector_push(v->arena, &v->open, loop);
    check_steps(v, &loop->first);
    int finished = v->finished.count;
    if (loop->kind == LOOP_STREAM) { /* kept for the second part */
        vector_push(v->arena, &v->finished, loop->logit);
        vector_push(v->arena, &v->finished, loop->reductions.items[0]);
    }
    check_each(v, &loop->body);
    if (loop->kind != LOOP_TILE || !plan_is_one_tile(loop)) v->finished.count = finished;
    --v->open.count;
    v->taking.count = taking;
    for (int i = 0; i < loop->reductions.count; ++i)
        vector_push(v->arena, &v->finished, loop->reductions.items[i]);
}

/* Tiles are made at the outermost level, of factors that need no sum but stored ones, and of
 * nothing that only a condition makes legal. */
static void check_contraction(Verifier *v, const Step *step) {
    const Contraction *c = step->root->contraction;
    const Array *array = step->root->array;
    if (v->open.count) bug("plan: %s is contracted inside of loops", array->name);
    const AxisSet *left = c->left_panel->axes, *right = c->right_panel->axes;
    if (axis_set_has(left, c->column) || axis_set_has(right, c->row) ||
        !contraction_has_steps(c, left) || !contraction_has_steps(c, right))
        bug("plan: the factors of %s have other axes than they should", array->name);
    if (c->where && !c->left_where && !c->right_where)
        bug("plan: no factor of %s has the sum's domain", array->name);
    check_value(v, c->left_panel, NULL);
    check_value(v, c->right_panel, NULL);
    int finished = v->finished.count;
    vector_push(v->arena, &v->finished, c->reduction);
    check_value(v, step->root->value, step->root);
    v->finished.count = finished;
    check_steps(v, &step->body);
    if (!table_has(&v->stored, step->root))
        bug("plan: the loops beside the tiles of %s do not store it", array->name);
}

/* Memory that will be the root's is free until its value is stored. */
static void check_kept(Verifier *v, const Step *step) {
    const char *name = step->root->array->name;
    if (table_has(&v->stored, step->root)) bug("plan: %s is overwritten by what it keeps", name);
    if (v->open.count != step->root->loop_count) bug("plan: %s keeps under other loops", name);
    check_value(v, step->kept, NULL);
}

static void check_each(Verifier *v, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        switch (step->kind) {
        case STEP_LOOP: check_loop(v, step->loop); break;
        case STEP_STORE: check_store(v, step->root); break;
        case STEP_FILL: break;
        case STEP_LIST: check_list(v, step->root); break;
        case STEP_CONTRACT: check_contraction(v, step); break;
        case STEP_KEEP:
        case STEP_RECALL: check_kept(v, step); break;
        case STEP_GUARD:
            check_value(v, step->condition, NULL);
            check_steps(v, &step->body);
            break;
        case STEP_ACCUMULATE:
            if (!plan_among(&v->taking, step->reduction))
                bug("plan: reduction %d is taken in outside of its loop", step->reduction->id);
            check_value(v, node_body(step->reduction), NULL);
            check_listed(v, step->reduction);
            break;
        }
    }
}

static void check_steps(Verifier *v, const PlanBlock *steps) {
    int finished = v->finished.count;
    check_each(v, steps);
    v->finished.count = finished;
}

bool plan_verify(const ModelPlan *plan) {
    for (int i = 0; i < plan->entries.count; ++i) {
        const Plan *entry = plan->entries.items[i].plan;
        Arena *arena = entry->compiler->arena;
        Verifier v = {entry, arena, {0}, {0}, table_new(arena), {0}};
        check_steps(&v, &entry->steps);
        for (int r = 0; r < entry->roots.count; ++r)
            if (!table_has(&v.stored, entry->roots.items[r]))
                bug("plan: %s is never stored", entry->roots.items[r]->array->name);
    }
    return true;
}
