/* Buffers of which nothing but simple arithmetic is left are not made.
 *
 *     output prediction[n] = sum[f](x * w) + b
 *     loss mse = mean[n]((prediction - target)^2)      # takes in (prediction - target)^2
 *
 * Takes the roots, in which what an output has is read from there. A number that sums what needs
 * loops of its own reads it from a buffer (normalise.c); where that has turned out to be arithmetic
 * of outputs and inputs, which costs less than to store it and to read it back, the number's own
 * loop does it. It is the same arithmetic: no bit depends on it, and so products stay, as a sum
 * takes them in without rounding them first. */
#include "plan/plan.h"

typedef struct Again {
    Plan *plan;
    Table values;    /* Root *, a buffer that is not needed -> its value */
    Table otherwise; /* Root * that is read by others than sums of all its elements */
} Again;

/* Of nothing that a loop makes for a buffer. */
static bool is_simple(const Plan *plan, const Node *node, Table *seen) {
    if (!table_add(seen, node)) return true;
    const Root *root = plan_root_of(plan, node);
    if (root) return !root->is_buffer;
    if (node_is_reduction(node) || node_is_dear(node)) return false;
    for (int i = 0; i < node->argument_count; ++i)
        if (!is_simple(plan, node->arguments[i], seen)) return false;
    return true;
}

static bool is_needless(const Again *again, const Root *root) {
    TABLE_HERE(seen, again->plan->compiler->arena);
    return root->is_buffer && plan_may_change(root) && !root->wide && root->array->rank == 1 &&
           root->value->op != OP_MUL && root->value->type == root->array->type &&
           !table_has(&again->otherwise, root) && is_simple(again->plan, root->value, &seen);
}

static void note_reads(Again *again, const Node *node, bool by_number, Table *seen) {
    if (!table_add(seen, node)) return;
    Root *root = node->op == OP_ARRAY ? plan_root_of(again->plan, node) : NULL;
    if (root && !by_number) table_set(&again->otherwise, root, root);
    for (int i = 0; i < node->argument_count; ++i)
        note_reads(again, node->arguments[i], by_number && node->op != OP_AT, seen);
}

/* Updates, which come later, read gradients. */
static void note_readers(Again *again, const EntryPlan *entry) {
    for (int i = 0; i < entry->buffer_count; ++i) {
        Root *root = table_get(&again->plan->arrays, entry->buffers[i].array);
        table_set(&again->otherwise, root, root);
    }
    for (int i = 0; i < again->plan->roots.count; ++i) {
        const Root *root = again->plan->roots.items[i];
        const Node *parts[] = {root->value, root->condition, root->scatter_index,
                               root->list ? root->list->index : NULL};
        for (int p = 0; p < 4; ++p) {
            TABLE_HERE(seen, again->plan->compiler->arena);
            bool by_number = p == 0 && root->array->rank == 0 && plan_may_change(root);
            if (parts[p]) note_reads(again, parts[p], by_number, &seen);
        }
    }
}

static Node *rewrite(Again *again, Node *node, Table *memo) {
    const Root *root = node->op == OP_ARRAY ? plan_root_of(again->plan, node) : NULL;
    Node *known = table_get(root ? &again->values : memo, root ? (const void *)root : node);
    if (known || node->argument_count == 0) return known ? known : node;
    Node **arguments = ARENA_ARRAY(again->plan->compiler->arena, Node *, node->argument_count);
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = rewrite(again, node->arguments[i], memo);
    known = plan_rebuild(again->plan, node, arguments);
    table_set(memo, node, known);
    return known;
}

void plan_again(Plan *plan, const EntryPlan *entry) {
    Arena *arena = plan->compiler->arena;
    Again again = {plan, table_new(arena), table_new(arena)};
    Table memo = table_new(arena);
    note_readers(&again, entry);
    int kept = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        Root *root = plan->roots.items[i];
        if (i >= plan->placed && is_needless(&again, root))
            table_set(&again.values, root, root->value);
        else
            plan->roots.items[kept++] = root;
    }
    plan->roots.count = kept;
    for (int i = 0; i < kept && again.values.count > 0; ++i) {
        Root *root = plan->roots.items[i];
        if (root->array->rank == 0 && plan_may_change(root))
            plan_change(plan, root, rewrite(&again, root->value, &memo));
    }
}
