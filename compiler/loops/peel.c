/* What happens at one element of a row is taken out of the loop over the row.
 *
 * In: a loop along an axis whose stores ask whether the axis is at an index that the loop does not
 * change:
 *
 *     output d_z[n, c] = ... - (if label == c then share else 0)
 *
 * Out: the loop, which takes the answer for no, and after it the same stores at that one index, for
 * which it is yes. The loop has no comparison of indices left, and runs in vectors. */
#include "loops/lower.h"

/* The comparison, and what the axis is compared with. */
static bool is_at_index(const Lower *lower, Node *node, const Axis *axis, Node **index) {
    if (node->op != OP_EQ) return false;
    for (int i = 0; i < 2; ++i) {
        const Node *own = node->arguments[i];
        Node *other = node->arguments[1 - i];
        if (own->op != OP_AXIS || own->u.axis != axis || axis_set_has(other->axes, axis)) continue;
        *index = other;
        return scalar_is_integer(other->type) && !plan_can_fail(lower->plan, other);
    }
    return false;
}

static Node *find_comparison(const Lower *lower, Node *node, const Axis *axis, Table *seen) {
    Node *index;
    if (table_has(seen, node) || node_is_reduction(node)) return NULL;
    table_set(seen, node, node);
    if (is_at_index(lower, node, axis, &index)) return node;
    for (int i = 0; i < node->argument_count; ++i) {
        Node *found = find_comparison(lower, node->arguments[i], axis, seen);
        if (found) return found;
    }
    return NULL;
}

typedef struct Peel {
    const Lower *lower;
    const Node *comparison;
    Table again; /* Root * -> itself: stored once more */
} Peel;

/* Whether the value depends on the comparison, or on what is stored once more. */
static bool asks(const Peel *peel, const Node *node, Table *seen) {
    if (node == peel->comparison) return true;
    const Root *root = plan_root_of(peel->lower->plan, node);
    if (root && table_has(&peel->again, root)) return true;
    if (table_has(seen, node) || node_is_reduction(node)) return false;
    table_set(seen, node, (void *)node);
    for (int i = 0; i < node->argument_count; ++i)
        if (asks(peel, node->arguments[i], seen)) return true;
    return false;
}

/* Every store of the loop can be made twice. */
static bool can_store_again(const PlanLoop *loop) {
    for (int i = 0; i < loop->body.count; ++i) {
        const Step *step = loop->body.items[i];
        if (step->kind == STEP_RECALL) continue;
        const Root *root = step->kind == STEP_STORE ? step->root : NULL;
        if (!root || root->scatter != OP_NUMBER || root->updates || root->member) return false;
    }
    return true;
}

Node *lower_comparison_to_peel(Lower *lower, const PlanLoop *loop) {
    if (!can_store_again(loop)) return NULL;
    Table seen = table_new(lower->c->arena);
    for (int i = 0; i < loop->body.count; ++i) {
        const Step *step = loop->body.items[i];
        if (step->kind != STEP_STORE) continue;
        Node *found = find_comparison(lower, step->root->value, loop->axis, &seen);
        if (found) return found;
    }
    return NULL;
}

/* Whether the index lies in the axis; NULL: it always does. */
static Value *is_inside(Lower *lower, const Node *index, const Axis *axis, Value *at) {
    Compiler *c = lower->c;
    Value *zero = value_integer(c, C_I64, 0), *extent = lower_extent(lower, axis);
    const Node *base = index->op == OP_AT ? index->arguments[0] : index;
    const Array *array = base->op == OP_ARRAY ? base->u.array : NULL;
    if (array && array->index_axis && array->index_axis->extent == axis->extent) {
        if (!array->has_none) return NULL;
        return value_binary(c, C_NE, at, value_integer(c, C_I64, array->none));
    }
    return value_binary(c, C_AND, value_binary(c, C_GE, at, zero),
                        value_binary(c, C_LT, at, extent));
}

void lower_peeled(Lower *lower, LowerScope *scope, const PlanLoop *loop, Node *comparison) {
    Compiler *c = lower->c;
    Node *index = NULL;
    is_at_index(lower, comparison, loop->axis, &index);
    Value *at = value_cast(c, C_I64, lower_value(lower, scope, index));
    Value *inside = is_inside(lower, index, loop->axis, at);
    Block hold = {0};
    Statement *choice = inside ? block_if(c, &hold, inside) : NULL;
    LowerScope inner = lower_scope(lower, scope, choice ? &choice->body : scope->block);
    inner.guarded = choice != NULL;
    inner.axis = loop->axis;
    inner.index = at;
    lower_know(lower, &inner, comparison, value_integer(c, C_BOOL, 1));
    Peel peel = {lower, comparison, table_new(c->arena)};
    for (int i = 0; i < loop->body.count; ++i) {
        const Step *step = loop->body.items[i];
        Table seen = table_new(c->arena);
        PlanBlock one = {&loop->body.items[i], 1, 1};
        if (step->kind != STEP_STORE || !asks(&peel, step->root->value, &seen)) continue;
        lower_steps(lower, &inner, &one);
        table_set(&peel.again, step->root, step->root);
    }
    if (choice) block_add(c, scope->block, choice);
}
