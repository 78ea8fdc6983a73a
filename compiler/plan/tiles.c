/* Loops and buffers of what is made and used up in shared iterations: see rows.c.
 *
 * Takes what has to share, and the lane; gives sums over the lane roots of their own, each level
 * its own copy of what is large, and all of them the loops
 *
 *     the other shared axes / tiles of the lane / own axes / the lane
 *
 * A buffer that only these iterations use keeps one tile of the lane, and memory runs along it. So
 * does a value that is any work at all and has all shared axes, where loops go around it that it
 * has no part in: x[j] - mean[j] under a loop over i and a sum over j would be worked out again for
 * each i. To read it back takes no instruction of its own, but it needs memory: what has more axes
 * than anything that is large, as x[j] - mean[m] under loops over i, j and m, has to be more work
 * than a few sums and products. */
#include "plan/rows.h"

enum {
    CHEAP = 2 /* the cost of what is worked out again rather than kept in a larger array */
};

typedef struct Tiles { /* of one level */
    Rows *rows;
    RootList list; /* what shares its loops */
    Table roots;   /* large Root * -> the Root * that this level has of it */
    Table values;  /* Node * -> the ARRAY read in its place */
    int number;    /* see Root's shared */
} Tiles;

static Root *new_buffer(Rows *rows, Node *value, Axis *const *axes, int rank, const char *name,
                        Span span) {
    Array *array = ARENA_NEW(rows->arena, Array);
    array->kind = ARRAY_OUTPUT;
    array->name = name_of(rows->plan->compiler->names, name);
    array->type = value->type;
    array->rank = rank;
    array->axes = ARENA_ARRAY(rows->arena, Axis *, rank + 1);
    for (int i = 0; i < rank; ++i)
        array->axes[i] = axes[i];
    array->span = span;
    Root *root = plan_root_new(rows->plan, array, value);
    root->is_buffer = true;
    return root;
}

/* --- sums over the lane --- */

/* Where the condition does not hold nothing is added. Of a product each factor is 0 there: then it
 * can be looked at once, where a factor is stored, and not for each product. */
static Node *summand(Rows *rows, const Node *sum) {
    Graph *graph = rows->graph;
    Node *where = node_where(sum), *body = node_body(sum);
    Node *zero = graph_number(graph, body->type, 0);
    if (!where) return body;
    if (body->op != OP_MUL || !axis_set_within(where->axes, rows->shared))
        return graph_select(graph, where, body, zero);
    Node *factors[2] = {graph_select(graph, where, body->arguments[0], zero),
                        graph_select(graph, where, body->arguments[1], zero)};
    return graph_rebuild(graph, body, factors);
}

/* Lets the root add up the elements of the sum at its own index, or where it scatters to. */
static void take_in(Rows *rows, Root *root, Node *sum) {
    root->value = summand(rows, sum);
    root->scatter = OP_SUM;
    if (root->array->type == SCALAR_F32) {
        root->wide = true;
        root->array->type = SCALAR_F64;
    }
    vector_push(rows->arena, &rows->members, root);
}

static void store_sum(Rows *rows, Root *root, Node *sum) {
    Table *stored = &rows->plan->stored;
    bool is_it = root->is_buffer && root->value == sum && table_get(stored, sum) == root;
    if (rows_takes_in(rows, root, sum) || (is_it && rows_is_plain(root))) {
        take_in(rows, root, sum);
        return;
    }
    const char *name = table_get(&rows->plan->names, sum);
    Axis **axes = ARENA_ARRAY(rows->arena, Axis *, sum->axes->count + 1);
    int count = 0;
    for (int i = 0; i < root->array->rank; ++i)
        if (axis_set_has(sum->axes, root->array->axes[i])) axes[count++] = root->array->axes[i];
    const AxisSet *own = rows_axes(rows, root);
    for (int i = 0; i < sum->axes->count; ++i)
        if (!axis_set_has(own, sum->axes->items[i])) axes[count++] = sum->axes->items[i];
    Root *adds = new_buffer(rows, sum, axes, count, name ? name : "sum", sum->span);
    table_set(stored, sum, adds);
    take_in(rows, adds, sum);
}

void rows_sums(Rows *rows) {
    int count = rows->plan->roots.count;
    for (int i = 0; i < count; ++i) {
        Root *root = rows->plan->roots.items[i];
        Reads reads = rows_reads(rows, root);
        for (int r = 0; r < reads.count; ++r) {
            const Read *read = &reads.items[r];
            Root *known = read->sum ? table_get(&rows->plan->stored, read->sum) : NULL;
            if (!read->sum || !rows_among(&rows->large, read->root) ||
                (known && known->scatter != OP_NUMBER))
                continue;
            store_sum(rows, root, read->sum);
        }
    }
}

/* --- what a level reads instead --- */

static Node *rewrite(Tiles *t, Node *node, const Root *own, Table *memo) {
    Rows *rows = t->rows;
    Node *instead = table_get(&t->values, node);
    if (instead) return instead;
    const Root *read = plan_root_of(rows->plan, node);
    if (read && (read != own || node->op == OP_ARRAY)) {
        Root *here = table_get(&t->roots, read);
        return here ? plan_root_read(rows->plan, here) : node;
    }
    bool anew = node_is_reduction(node) && axis_set_meets(node->u.bound, rows->shared);
    if (node->argument_count == 0 || anew) return node;
    Node *known = table_get(memo, node);
    if (known) return known;
    Node **arguments = ARENA_ARRAY(rows->arena, Node *, node->argument_count);
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = rewrite(t, node->arguments[i], own, memo);
    Node *result = plan_rebuild(rows->plan, node, arguments);
    table_set(memo, node, result);
    return result;
}

static void rewrite_root(Tiles *t, Root *root) {
    TABLE_HERE(memo, t->rows->arena);
    Node *before = root->value;
    root->value = rewrite(t, before, root, &memo);
    Table *stored = &t->rows->plan->stored;
    bool large = rows_among(&t->rows->large, root);
    if (table_get(stored, before) == root && !large && !table_get(stored, root->value))
        table_set(stored, root->value, root);
}

/* Every level will have the same reduction in an array of its own, so what is large is read as an
 * array from here on. */
static void read_as_arrays(Rows *rows) {
    Tiles t = {rows, {0}, table_new(rows->arena), table_new(rows->arena), 0};
    Table *stored = &rows->plan->stored;
    for (int i = 0; i < rows->large.count; ++i)
        table_set(&t.roots, rows->large.items[i], rows->large.items[i]);
    Nodes values = {0};
    for (int i = 0; i < rows->large.count; ++i)
        vector_push(rows->arena, &values, rows->large.items[i]->value);
    for (int i = 0; i < rows->members.count; ++i)
        rewrite_root(&t, rows->members.items[i]);
    for (int i = 0; i < values.count; ++i)
        table_set(stored, values.items[i], NULL);
}

/* --- what is large, once a level --- */

/* Whether the root is large, and this level's. */
static void need_large(Tiles *t, const Root *user, const Table *originals) {
    Rows *rows = t->rows;
    Reads reads = rows_reads(rows, user);
    for (int i = 0; i < reads.count; ++i) {
        Root *large = reads.items[i].root;
        if (!rows_among(&rows->large, large) || table_has(&t->roots, large)) continue;
        Root *here = large;
        if (large->shared) {
            const Array *array = large->array;
            Node *value = table_get(originals, large);
            here = new_buffer(rows, value, array->axes, array->rank, array->name, array->span);
        }
        here->shared = t->number;
        table_set(&t->roots, large, here);
        vector_push(rows->arena, &t->list, here);
        need_large(t, large, originals);
    }
}

/* --- values that cost something --- */

static int most_axes_of_large(const Rows *rows) {
    int most = 0;
    for (int i = 0; i < rows->large.count; ++i)
        if (rows->large.items[i]->array->rank > most) most = rows->large.items[i]->array->rank;
    return most;
}

/* Stored, where loops go around it that it has no part in: `around` is all that is open. */
static bool is_worth_storing(Tiles *t, Node *node, const AxisSet *around) {
    const Rows *rows = t->rows;
    TABLE_HERE(seen, rows->arena);
    int free = node->axes->count <= most_axes_of_large(rows) ? 0 : CHEAP;
    return scalar_is_float(node->type) && axis_set_has(node->axes, rows->lane) &&
           axis_set_within(rows->shared, node->axes) && node->axes->count < around->count &&
           !plan_can_fail(rows->plan, node) &&
           plan_cost(rows->plan, node, rows->lane, &seen) > free;
}

static void store_tile(Tiles *t, Node *node, const Root *user) {
    const Rows *rows = t->rows;
    const char *name = table_get(&rows->plan->names, node);
    if (!name && user->steps_of == rows->lane) name = user->array->name;
    if (!name) name = arena_format(rows->arena, "%s_row", user->array->name);
    Span span = node->span.end ? node->span : user->array->span;
    Root *root = new_buffer(t->rows, node, node->axes->items, node->axes->count, name, span);
    root->shared = t->number;
    root->steps_of = rows->lane;
    vector_push(rows->arena, &t->list, root);
    table_set(&t->values, node, plan_root_read(rows->plan, root));
}

static void find_costs(Tiles *t, Node *node, const Root *own, const AxisSet *around, Table *met) {
    Rows *rows = t->rows;
    Table *seen = table_get(met, around);
    if (!seen) {
        seen = ARENA_NEW(rows->arena, Table);
        *seen = table_new(rows->arena);
        table_set(met, around, seen);
    }
    if (table_has(seen, node) || table_has(&t->values, node)) return;
    table_set(seen, node, node);
    const Root *read = plan_root_of(rows->plan, node);
    if (read && (read != own || node->op == OP_ARRAY)) return;
    if (node_is_reduction(node)) {
        if (axis_set_meets(node->u.bound, rows->shared)) return;
        around = axis_set_union(rows->graph, around, node->u.bound);
    } else if (is_worth_storing(t, node, around)) {
        store_tile(t, node, own);
        return;
    }
    for (int i = 0; i < node->argument_count; ++i)
        find_costs(t, node->arguments[i], own, around, met);
}

/* The stored values read each other, but not themselves. */
static void rewrite_tiles(Tiles *t, int first) {
    Rows *rows = t->rows;
    for (int i = first; i < t->list.count; ++i) {
        Root *root = t->list.items[i];
        Node *value = root->value;
        TABLE_HERE(memo, rows->arena);
        Node **arguments = ARENA_ARRAY(rows->arena, Node *, value->argument_count + 1);
        for (int a = 0; a < value->argument_count; ++a)
            arguments[a] = rewrite(t, value->arguments[a], root, &memo);
        root->value = graph_rebuild(rows->graph, value, arguments);
    }
}

/* --- inputs along the lane --- */

static void find_inputs(Tiles *t, Node *node, const Root *own, Table *seen) {
    Rows *rows = t->rows;
    if (!table_add(seen, node)) return;
    const Root *read = plan_root_of(rows->plan, node);
    if (read && (read != own || node->op == OP_ARRAY)) return;
    const Array *array = node->op == OP_ARRAY ? node->u.array : NULL;
    bool across = array && array->rank > 1 && axis_set_has(node->axes, rows->lane) &&
                  array->axes[array->rank - 1] != rows->lane;
    if (across && !table_has(&t->values, node)) {
        Axis **axes = ARENA_ARRAY(rows->arena, Axis *, array->rank);
        int count = 0;
        for (int i = 0; i < array->rank; ++i)
            if (array->axes[i] != rows->lane) axes[count++] = array->axes[i];
        axes[count++] = rows->lane;
        const char *name = arena_format(rows->arena, "%s_along_%s", array->name, rows->lane->name);
        Root *along = new_buffer(rows, node, axes, count, name, array->span);
        table_set(&t->values, node, plan_root_read(rows->plan, along));
    }
    for (int i = 0; i < node->argument_count; ++i)
        find_inputs(t, node->arguments[i], own, seen);
}

/* --- loops --- */

static void add_loop(Root *root, Axis *axis, LoopKind kind, int nest) {
    root->loops[root->loop_count++] = (RootLoop){axis, kind, false, nest, NULL};
}

static void set_loops(Tiles *t, Root *root) {
    Rows *rows = t->rows;
    const Array *order = rows->large.items[0]->array;
    int old_count = root->loop_count, nest = 0;
    const RootLoop *old = root->loops;
    root->loops = ARENA_ARRAY(rows->arena, RootLoop, old_count + rows->shared->count + 2);
    root->loop_count = 0;
    for (int i = 0; i < order->rank; ++i)
        if (axis_set_has(rows->shared, order->axes[i]) && order->axes[i] != rows->lane)
            add_loop(root, order->axes[i], LOOP_MAP, ++nest);
    add_loop(root, rows->lane, LOOP_TILE, ++nest);
    for (int i = 0; i < old_count; ++i) {
        LoopKind kind = old[i].kind == LOOP_SEQUENTIAL ? LOOP_SEQUENTIAL : LOOP_MAP;
        if (old[i].kind != LOOP_LANE && !axis_set_has(rows->shared, old[i].axis))
            add_loop(root, old[i].axis, kind, 0);
    }
    add_loop(root, rows->lane, root->scatter == OP_NUMBER ? LOOP_LANE : LOOP_FOLD, 0);
    root->shared = t->number;
}

/* Memory runs along the lane. */
static void set_layout(const Rows *rows, Root *root) {
    Array *array = root->array;
    const Array *order = rows->large.items[0]->array;
    Axis **axes = ARENA_ARRAY(rows->arena, Axis *, array->rank + 1);
    const AxisSet *own = rows_axes(rows, root);
    int count = 0;
    for (int i = 0; i < order->rank; ++i)
        if (axis_set_has(rows->shared, order->axes[i]) && axis_set_has(own, order->axes[i]) &&
            order->axes[i] != rows->lane)
            axes[count++] = order->axes[i];
    for (int i = 0; i < array->rank; ++i)
        if (!axis_set_has(rows->shared, array->axes[i])) axes[count++] = array->axes[i];
    if (axis_set_has(own, rows->lane)) axes[count++] = rows->lane;
    array->axes = axes;
}

static void keep_tile(const Rows *rows, Root *root) {
    const Node *extent = rows->lane->extent;
    bool few = extent->op == OP_NUMBER && extent->u.integer < PLAN_WIDE_TILE;
    root->steps_of = rows->lane;
    root->steps_kept = few && extent->u.integer > 0 ? extent->u.integer : PLAN_WIDE_TILE;
}

/* --- levels --- */

static void make_level(Rows *rows, const RootList *users, Table *inputs, const Table *originals) {
    Tiles t = {rows, {0}, table_new(rows->arena), table_new(rows->arena), users->items[0]->id + 1};
    for (int i = 0; i < users->count; ++i)
        need_large(&t, users->items[i], originals);
    int large = t.list.count;
    for (int i = 0; i < users->count; ++i)
        vector_push(rows->arena, &t.list, users->items[i]);
    for (int i = 0; i < t.list.count; ++i)
        rewrite_root(&t, t.list.items[i]);
    int count = t.list.count;
    for (int i = 0; i < t.list.count; ++i) {
        TABLE_HERE(met, rows->arena);
        const Root *root = t.list.items[i];
        const Node *value = root->value;
        const AxisSet *around = axis_set_union(rows->graph, value->axes, rows->shared);
        if (node_is_reduction(value)) around = axis_set_union(rows->graph, around, value->u.bound);
        for (int a = 0; a < value->argument_count; ++a)
            find_costs(&t, value->arguments[a], root, around, &met);
    }
    for (int i = 0; i < count; ++i)
        rewrite_root(&t, t.list.items[i]);
    rewrite_tiles(&t, count);
    t.values = *inputs; /* a row itself is not read in place of its own value */
    TABLE_HERE(seen, rows->arena);
    for (int i = 0; i < t.list.count; ++i)
        find_inputs(&t, t.list.items[i]->value, t.list.items[i], &seen);
    for (int i = 0; i < t.list.count; ++i) {
        Root *root = t.list.items[i];
        rewrite_root(&t, root);
        set_loops(&t, root);
        if (root->is_buffer) set_layout(rows, root);
        if (i < large || i >= count) keep_tile(rows, root);
    }
    *inputs = t.values;
}

void rows_tiles(Rows *rows) {
    int last = 0;
    TABLE_HERE(inputs, rows->arena);
    TABLE_HERE(originals, rows->arena);
    for (int i = 0; i < rows->members.count; ++i) {
        int level = rows_level(rows, rows->members.items[i]);
        if (level > last) last = level;
    }
    read_as_arrays(rows);
    for (int i = 0; i < rows->large.count; ++i)
        table_set(&originals, rows->large.items[i], rows->large.items[i]->value);
    for (int level = 0; level <= last; ++level) {
        RootList users = {0};
        for (int i = 0; i < rows->members.count; ++i) {
            Root *root = rows->members.items[i];
            if (!rows_among(&rows->large, root) && rows_level(rows, root) == level)
                vector_push(rows->arena, &users, root);
        }
        if (users.count) make_level(rows, &users, &inputs, &originals);
    }
}
