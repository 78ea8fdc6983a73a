/* Sums down the columns of what is gone over row by row are taken in with the rows.
 *
 * Takes the roots, before any reduction has its place; where a sum over rows reads an array that
 * the same rows are summed along,
 *
 *     output d_gain[c] = sum[n](dy * (x - mean[c](x)) * ...)
 *
 * a row is in the cache when its sums are known. So the sum is made in two steps: a buffer has a
 * row of partial sums for each PLAN_SHARE rows, which the loop over n adds to along with all else
 * that it does for a row, and the sum goes over these. Threads share the rows out by as many, so
 * that no two of them add to the same place, and the order depends on the extent alone. */
#include "plan/plan.h"

typedef struct Columns {
    Plan *plan;
    Graph *graph;
    Arena *arena;
    Nodes found;  /* sums that read rows which are summed along as well */
    Table arrays; /* that these, or the sums along rows, read: Array * -> itself */
    Table blocks; /* Axis * -> the axis that counts its blocks */
} Columns;

/* --- which sums --- */

static bool has_axis(const Array *array, const Axis *axis) {
    for (int i = 0; i < array->rank; ++i)
        if (array->axes[i] == axis) return true;
    return false;
}

/* An array with rows and columns, at its own indices; memory runs along the columns. */
static bool is_matrix(const Node *node, const Axis *row, const Axis *column) {
    const Array *array = node->op == OP_ARRAY ? node->u.array : NULL;
    return array && array->rank > 1 && array->axes[array->rank - 1] == column &&
           has_axis(array, row);
}

static bool may_be_taken_in(const Columns *k, const Node *sum) {
    if (sum->op != OP_SUM || !scalar_is_float(sum->type) || sum->u.bound->count != 1) return false;
    if (sum->axes->count != 1 || plan_list_of(k->plan, sum)) return false;
    const Node *where = node_where(sum);
    bool fails =
        plan_can_fail(k->plan, node_body(sum)) || (where && plan_can_fail(k->plan, (Node *)where));
    return !fails && plan_may_reach(sum->u.bound->items[0], 2 * PLAN_SHARE) &&
           plan_may_reach(sum->axes->items[0], PLAN_TILE_ROWS);
}

/* Arrays of rows and columns that the node reads: outside of reductions, or anywhere. */
static void find_matrices(const Node *node, const Axis *row, const Axis *column, bool anywhere,
                          Table *arrays, Table *seen) {
    if (table_has(seen, node) || (node_is_reduction(node) && !anywhere)) return;
    table_set(seen, node, (void *)node);
    if (is_matrix(node, row, column)) table_set(arrays, node->u.array, node->u.array);
    if (node->op == OP_AT) return;
    for (int i = 0; i < node->argument_count; ++i)
        find_matrices(node->arguments[i], row, column, anywhere, arrays, seen);
}

static bool reads_any(const Node *node, const Axis *row, const Axis *column, const Table *arrays,
                      Table *seen) {
    if (!table_add(seen, node)) return false;
    if (is_matrix(node, row, column) && table_has(arrays, node->u.array)) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (reads_any(node->arguments[i], row, column, arrays, seen)) return true;
    return false;
}

/* A reduction along the rows, of some of these arrays. */
static bool reduces_rows(const Columns *k, const Node *node, const Axis *row, const Axis *column,
                         const Table *arrays, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    bool along = node_is_reduction(node) && node->u.bound->count == 1 &&
                 node->u.bound->items[0] == column && node->axes->count == 1 &&
                 node->axes->items[0] == row && !plan_root_of(k->plan, node);
    TABLE_HERE(read, k->arena);
    if (along && reads_any(node, row, column, arrays, &read)) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (reduces_rows(k, node->arguments[i], row, column, arrays, seen)) return true;
    return false;
}

static void consider(Columns *k, Node *sum) {
    const Axis *row = sum->u.bound->items[0], *column = sum->axes->items[0];
    TABLE_HERE(own, k->arena);
    TABLE_HERE(seen, k->arena), met = table_new(k->arena);
    for (int i = 0; i < sum->argument_count; ++i)
        find_matrices(sum->arguments[i], row, column, false, &own, &seen);
    for (int i = 0; i < sum->argument_count; ++i) {
        if (!reduces_rows(k, sum->arguments[i], row, column, &own, &met)) continue;
        TABLE_HERE(all, k->arena);
        vector_push(k->arena, &k->found, sum);
        for (int a = 0; a < sum->argument_count; ++a)
            find_matrices(sum->arguments[a], row, column, true, &k->arrays, &all);
        return;
    }
}

static void find_sums(Columns *k, const Root *own, Node *node, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return;
    table_set(seen, node, node);
    const Root *root = plan_root_of(k->plan, node);
    if (root && root != own) return;
    if (may_be_taken_in(k, node)) consider(k, node);
    for (int i = 0; i < node->argument_count; ++i)
        find_sums(k, own, node->arguments[i], seen);
}

/* Itself found, or a sum down the same columns of what one of these reads. */
static bool is_taken_in(const Columns *k, const Node *node) {
    for (int i = 0; i < k->found.count && may_be_taken_in(k, node); ++i) {
        const Node *found = k->found.items[i];
        if (found == node) return true;
        if (found->u.bound != node->u.bound || found->axes != node->axes) continue;
        TABLE_HERE(seen, k->arena);
        if (reads_any(node, node->u.bound->items[0], node->axes->items[0], &k->arrays, &seen))
            return true;
    }
    return false;
}

/* --- what becomes of them --- */

static Axis *blocks_of(Columns *k, Axis *row) {
    Axis *known = table_get(&k->blocks, row);
    if (known) return known;
    Node *size = graph_integer(k->graph, SCALAR_I64, PLAN_SHARE);
    Node *more = graph_integer(k->graph, SCALAR_I64, PLAN_SHARE - 1);
    Node *extent = graph_binary(k->graph, OP_ADD, row->extent, more);
    extent = graph_binary(k->graph, OP_IDIV, extent, size);
    Name name = name_of(k->plan->compiler->names, arena_format(k->arena, "%s_block", row->name));
    Axis *axis = axis_new(k->graph, name, extent, row->span);
    table_set(&k->blocks, row, axis);
    table_set(&k->plan->shares, axis, axis);
    return axis;
}

/* The sum, as one over a buffer that the rows add to. */
static Node *by_blocks(Columns *k, Node *sum) {
    Axis *row = sum->u.bound->items[0], *column = sum->axes->items[0], *block = blocks_of(k, row);
    Node *value = node_body(sum), *zero = graph_number(k->graph, value->type, 0);
    if (node_where(sum)) value = graph_select(k->graph, node_where(sum), value, zero);
    const char *known = table_get(&k->plan->names, sum);
    const char *name = known ? known : op_info[sum->op].text;
    Axis *axes[2] = {block, column};
    Root *root = plan_store(k->plan, value, axes, 2, arena_format(k->arena, "%s_rows", name));
    root->array->span = sum->span;
    root->scatter = OP_SUM;
    root->scatter_axis = block;
    root->scatter_index = graph_binary(k->graph, OP_IDIV, graph_axis(k->graph, row),
                                       graph_integer(k->graph, SCALAR_I64, PLAN_SHARE));
    root->share_of = row;
    root->loops[0] = (RootLoop){row, LOOP_MAP, false, 0, NULL};
    const AxisSet *bound = axis_set(k->graph, &block, 1);
    Node *result = graph_reduce(k->graph, OP_SUM, bound, plan_root_read(k->plan, root), NULL);
    graph_with_span(result, sum->span);
    if (!table_has(&k->plan->names, result)) table_set(&k->plan->names, result, (void *)name);
    return result;
}

static Node *rewrite(Columns *k, const Root *own, Node *node, Table *memo) {
    if (!node->has_reduction) return node;
    const Root *root = plan_root_of(k->plan, node);
    if (root && root != own) return node;
    Node *known = table_get(memo, node);
    if (known) return known;
    Node *result = node;
    if (is_taken_in(k, node)) {
        result = by_blocks(k, node);
    } else {
        Node **arguments = ARENA_ARRAY(k->arena, Node *, node->argument_count + 1);
        for (int i = 0; i < node->argument_count; ++i)
            arguments[i] = rewrite(k, own, node->arguments[i], memo);
        result = plan_rebuild(k->plan, node, arguments);
    }
    table_set(memo, node, result);
    return result;
}

void plan_columns(Plan *plan) {
    Arena *arena = plan->compiler->arena;
    Columns k = {plan, plan->graph, arena, {0}, table_new(arena), table_new(arena)};
    int count = plan->roots.count;
    for (int i = plan->placed; i < count; ++i) {
        TABLE_HERE(seen, arena);
        Root *root = plan->roots.items[i];
        if (plan_may_change(root)) find_sums(&k, root, root->value, &seen);
    }
    TABLE_HERE(memo, arena);
    for (int i = plan->placed; k.found.count && i < count; ++i) {
        Root *root = plan->roots.items[i];
        if (plan_may_change(root)) plan_change(plan, root, rewrite(&k, root, root->value, &memo));
    }
}
