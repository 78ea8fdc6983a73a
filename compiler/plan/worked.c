/* Factors of products that cost much are worked out once.
 *
 *     let hidden[n, h] = gelu(sum[f](x * w1) + b1)       # read by the next layer, and by the
 *     output d_w2[h, f] = vjp(sum[h](hidden * w2), w2, dy)           # gradient of its weights
 *
 * In: a plan in which every reduction has its place; out: the same, but where an elementary
 * function of a stored array is a factor of two products by panels, or of one and of a plain sum,
 * it is stored: each of them would work it out anew as it lays the factor out. It takes as much
 * memory as the array that it is worked out from. What is stored is the very number that would be
 * worked out again: no bit depends on it. */
#include "plan/plan.h"

typedef struct Worked {
    Plan *plan;
    Arena *arena;
    Table first;  /* a factor -> the root that has it, */
    Table shared; /* and where others have it too, itself; then the root that holds it */
    Table in_product;
    Table factors; /* Node * -> what is known of it */
} Worked;

/* What is known of a value, from what is known of its parts: expressions may be long. */
typedef struct Factor {
    bool is_dear;
    bool is_pointwise;   /* but for what is stored */
    const Root *largest; /* the stored array of most axes that it is made of, or NULL */
} Factor;

static const Factor *factor_of(Worked *w, const Node *node) {
    Factor *factor = table_get(&w->factors, node);
    if (factor) return factor;
    factor = ARENA_NEW(w->arena, Factor);
    *factor = (Factor){.is_pointwise = true};
    const Root *root = plan_root_of(w->plan, node);
    if (root) {
        if (root->is_buffer && !root->steps_of) factor->largest = root;
    } else {
        factor->is_dear = node_price(node) == PRICE_FUNCTION;
        factor->is_pointwise = !node_is_reduction(node) || node->axes->count == 0;
        for (int i = 0; i < node->argument_count; ++i) {
            const Factor *part = factor_of(w, node->arguments[i]);
            factor->is_dear |= part->is_dear;
            factor->is_pointwise &= part->is_pointwise;
            if (part->largest &&
                (!factor->largest || part->largest->array->rank > factor->largest->array->rank))
                factor->largest = part->largest;
        }
    }
    table_set(&w->factors, node, factor);
    return factor;
}

/* The array that it is stored beside; NULL: it is not worth it. */
static const Array *array_beside(Worked *w, const Node *node) {
    bool held = node->type == SCALAR_F32 || node->type == SCALAR_F64;
    if (!held || node->axes->count < 2 || node->can_fail || node_is_reduction(node) ||
        plan_root_of(w->plan, node))
        return NULL;
    const Factor *factor = factor_of(w, node);
    if (!factor->is_dear || !factor->is_pointwise || !factor->largest) return NULL;
    const Array *array = factor->largest->array;
    return axis_set(w->plan->graph, array->axes, array->rank) == node->axes ? array : NULL;
}

/* --- which roots --- */

static bool has_extreme(const Worked *w, const Node *node, const Root *own, Table *seen) {
    if (!node->has_reduction || !table_add(seen, node)) return false;
    const Root *root = plan_root_of(w->plan, node);
    if (root && root != own) return false;
    if (node->op == OP_REDUCE_MAX || node->op == OP_REDUCE_MIN) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (has_extreme(w, node->arguments[i], own, seen)) return true;
    return false;
}

/* A product, or a plain sum: what streams has its own way to do it once. */
static bool may_read(const Worked *w, const Root *root) {
    if (root->contraction) return !root->member && root->contraction->kind == TERM_PRODUCT;
    TABLE_HERE(seen, w->arena);
    return plan_may_change(root) && !root->shared && node_is_reduction(root->value) &&
           root->value->op == OP_SUM && !has_extreme(w, root->value, root, &seen);
}

static void note(Worked *w, Root *root, Node *node, Table *seen) {
    if (!table_add(seen, node)) return;
    const Root *other = plan_root_of(w->plan, node);
    if (other && other != root) return;
    if (array_beside(w, node)) {
        if (root->contraction) table_set(&w->in_product, node, node);
        const Root *first = table_get(&w->first, node);
        if (!first)
            table_set(&w->first, node, root);
        else if (first != root)
            table_set(&w->shared, node, node);
    }
    for (int i = 0; i < node->argument_count; ++i)
        note(w, root, node->arguments[i], seen);
}

/* --- what becomes of them --- */

static Root *root_that_holds(Worked *w, Node *node) {
    void *held = table_get(&w->shared, node);
    if (!held || !table_has(&w->in_product, node)) return NULL;
    if (held != node) return held;
    const Array *array = array_beside(w, node);
    const char *known = table_get(&w->plan->names, node);
    const char *name = known ? known : arena_format(w->arena, "%s_factor", array->name);
    Root *root = plan_store(w->plan, node, array->axes, array->rank, name);
    table_set(&w->shared, node, root);
    return root;
}

static Node *rewrite(Worked *w, const Root *own, Node *node, Table *memo) {
    const Root *other = plan_root_of(w->plan, node);
    if (other && other != own) return node;
    Node *known = table_get(memo, node);
    if (known) return known;
    Root *held = root_that_holds(w, node);
    Node *result = node;
    if (held) {
        result = plan_root_read(w->plan, held);
    } else if (node->argument_count > 0) {
        Node **arguments = ARENA_ARRAY(w->arena, Node *, node->argument_count);
        for (int i = 0; i < node->argument_count; ++i)
            arguments[i] = rewrite(w, own, node->arguments[i], memo);
        result = plan_rebuild(w->plan, node, arguments);
    }
    table_set(memo, node, result);
    return result;
}

static void rewrite_root(Worked *w, Root *root) {
    TABLE_HERE(memo, w->arena);
    Node *value = rewrite(w, root, root->value, &memo);
    if (value == root->value) return;
    if (root->contraction) {
        Node **parts[PLAN_PARTS];
        Contraction *c = plan_contraction_copy(w->plan, root->contraction, parts);
        for (int i = 0; i < PLAN_PARTS; ++i)
            if (*parts[i]) *parts[i] = rewrite(w, root, *parts[i], &memo);
        root->contraction = c;
    }
    plan_change(w->plan, root, value);
}

void plan_worked(Plan *plan) {
    Arena *arena = plan->compiler->arena;
    Worked w = {.plan = plan,
                .arena = arena,
                .first = table_new(arena),
                .shared = table_new(arena),
                .in_product = table_new(arena),
                .factors = table_new(arena)};
    const int count = plan->roots.count;
    for (int i = 0; i < count; ++i) {
        Root *root = plan->roots.items[i];
        TABLE_HERE(seen, arena);
        if (may_read(&w, root)) note(&w, root, root->value, &seen);
    }
    for (int i = 0; i < count; ++i)
        if (may_read(&w, plan->roots.items[i])) rewrite_root(&w, plan->roots.items[i]);
}
