/* Arrays that would be larger than all of the program's own are not kept whole.
 *
 * Takes the placed roots; gives those that make such an array, and those that read it, loops that
 * share the iterations in which that happens.
 *
 *     let z = exp(q) * (x - mean) + sum[j](l * (x[i = j] - mean[i = j]))      # n, k, i
 *     output d_mean[k, i] = grad(sum[n](logsumexp[k](-sum[i](z^2))), mean)
 *
 * z has more axes than anything that goes in or out. The axes that it is made and used along, here
 * k and n, are shared: one of them, the lane, runs in tiles, and of z one tile is kept. Each may be
 * read at its own index only, or under a sum over the lane, which adds up tile by tile. Between
 * what needs all of a row (the softmax over k) and what comes after it iterations cannot be shared:
 * there the array is worked out again, for that is cheaper than to read it back. So whatever reads
 * it has a level: how often a row had to be complete before. */
#include "plan/rows.h"

/* --- what is large --- */

typedef struct Size { /* of an array, as far as it is known beforehand */
    int open;         /* axes of unknown extent */
    double fixed;     /* the product of the others */
} Size;

static Size size_of(Axis *const *axes, int count) {
    Size size = {0, 1};
    for (int i = 0; i < count; ++i) {
        bool known = axes[i]->extent->op == OP_NUMBER;
        if (known) size.fixed *= (double)axes[i]->extent->u.integer;
        size.open += !known;
    }
    return size;
}

static bool is_larger(Size a, Size b) {
    return a.open > b.open || (a.open == b.open && a.fixed > b.fixed);
}

bool rows_are_many(const Plan *plan, const AxisSet *axes) {
    Size size = size_of(axes->items, axes->count);
    const Model *model = plan->model;
    for (int i = 0; i < model->arrays.count; ++i) {
        const Array *array = model->arrays.items[i];
        if (!is_larger(size, size_of(array->axes, array->rank))) return false;
    }
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *root = plan->roots.items[i];
        if (!root->is_buffer && !is_larger(size, size_of(root->array->axes, root->array->rank)))
            return false;
    }
    return true;
}

bool rows_among(const RootList *list, const Root *root) {
    for (int i = 0; i < list->count; ++i)
        if (list->items[i] == root) return true;
    return false;
}

const AxisSet *rows_axes(const Rows *rows, const Root *root) {
    return axis_set(rows->graph, root->array->axes, root->array->rank);
}

bool rows_is_plain(const Root *root) {
    for (int i = 0; i < root->loop_count; ++i)
        if (root->loops[i].kind == LOOP_SEQUENTIAL) return false;
    return root->scatter == OP_NUMBER && !root->member && !root->updates && !root->shared &&
           !root->contraction && !root->list;
}

static bool is_large(const Rows *rows, const Root *root) {
    return root->is_buffer && rows_is_plain(root) && root->array->rank >= 3 &&
           rows_are_many(rows->plan, rows_axes(rows, root));
}

/* --- who reads what --- */

static void find_roots(Rows *rows, Node *node, const Root *own, RootList *list, Table *seen) {
    if (!table_add(seen, node)) return;
    Root *root = plan_root_of(rows->plan, node);
    if (root && (root != own || node->op == OP_ARRAY)) {
        if (!rows_among(list, root)) vector_push(rows->arena, list, root);
        return;
    }
    for (int i = 0; i < node->argument_count; ++i)
        find_roots(rows, node->arguments[i], own, list, seen);
}

/* What the root reads, in whatever way. Most roots read none that is large, and the few that do are
 * looked at closely. */
static const RootList *roots_read(Rows *rows, const Root *root) {
    RootList *list = table_get(&rows->direct, root);
    if (list) return list;
    list = ARENA_NEW(rows->arena, RootList);
    *list = (RootList){0};
    TABLE_HERE(seen, rows->arena);
    Node *parts[] = {root->value, root->condition, root->scatter_index};
    for (int i = 0; i < 3; ++i)
        if (parts[i]) find_roots(rows, parts[i], root, list, &seen);
    table_set(&rows->direct, root, list);
    return list;
}

typedef struct Seen { /* what was met below the same reductions */
    Read around;
    Table nodes;
} Seen;

typedef struct Walk {
    Rows *rows;
    const Root *own;
    Reads *reads;
    Vector(Seen) seen; /* few: there are few reductions that matter */
} Walk;

static bool is_first_visit(Walk *walk, const Node *node, const Read *around) {
    Seen *seen = NULL;
    for (int i = walk->seen.count - 1; i >= 0 && !seen; --i) {
        const Read *other = &walk->seen.items[i].around;
        if (other->sum == around->sum && other->row == around->row && other->bound == around->bound)
            seen = &walk->seen.items[i];
    }
    if (!seen) {
        Seen made = {*around, table_new(walk->rows->arena)};
        vector_push(walk->rows->arena, &walk->seen, made);
        seen = &walk->seen.items[walk->seen.count - 1];
    }
    if (!table_add(&seen->nodes, node)) return false;
    return true;
}

static const AxisSet *shared_part(const Rows *rows, const AxisSet *axes) {
    return axis_set_minus(rows->graph, axes, axis_set_minus(rows->graph, axes, rows->shared));
}

/* Below a reduction that binds a shared axis, one that has all of them. */
static bool is_row(const Rows *rows, const Node *node) {
    return axis_set_within(rows->shared, node->axes) && !rows_are_many(rows->plan, node->axes);
}

/* A sum that binds anew all that is bound around it is done before the others begin. */
static Read inside(const Rows *rows, Read around, Node *reduction) {
    if (axis_set_meets(reduction->u.bound, rows->shared)) {
        const AxisSet *bound = shared_part(rows, reduction->u.bound);
        bool anew = axis_set_within(around.bound, bound);
        if (!around.sum || anew) around.sum = reduction;
        around.bound = anew ? bound : axis_set_union(rows->graph, around.bound, bound);
    } else if (around.sum && !around.row && is_row(rows, reduction)) {
        return (Read){.row = reduction, .bound = axis_set(rows->graph, NULL, 0)};
    }
    return around;
}

static void walk_reads(Walk *walk, Node *node, Read around) {
    if (!is_first_visit(walk, node, &around)) return;
    Rows *rows = walk->rows;
    const Node *base = node->op == OP_AT ? node->arguments[0] : node;
    Root *root = plan_root_of(rows->plan, base);
    if (root && (root != walk->own || base->op == OP_ARRAY)) {
        Read read = around;
        read.root = root;
        read.node = node;
        vector_push(rows->arena, walk->reads, read);
        if (node->op != OP_AT) return;
    }
    if (node_is_reduction(node)) around = inside(rows, around, node);
    for (int i = node->op == OP_AT ? 1 : 0; i < node->argument_count; ++i)
        walk_reads(walk, node->arguments[i], around);
}

Reads rows_reads(Rows *rows, const Root *root) {
    Reads reads = {0};
    Walk walk = {.rows = rows, .own = root, .reads = &reads};
    Read around = {.bound = axis_set(rows->graph, NULL, 0)};
    Node *parts[] = {root->value, root->condition, root->scatter_index};
    for (int i = 0; i < 3; ++i)
        if (parts[i]) walk_reads(&walk, parts[i], around);
    return reads;
}

/* At the index of the iteration, along what is shared. */
static bool is_own_index(const Rows *rows, const Node *read) {
    for (int p = 0; read->op == OP_AT && p < read->argument_count - 1; ++p)
        if (axis_set_has(rows->shared, read->u.positions[p])) return false;
    return true;
}

/* --- whether iterations can be shared --- */

static bool set_lane(Rows *rows, Axis *axis) {
    if (!rows->lane) rows->lane = axis;
    return rows->lane == axis;
}

/* A scatter can take in the elements of the sum that it scatters, tile by tile. */
bool rows_takes_in(const Rows *rows, const Root *root, const Node *sum) {
    if (root->scatter != OP_SUM || root->member || root->shared) return false;
    const Node *value = root->value;
    if (value->op == OP_CONVERT) value = value->arguments[0];
    if (value != sum || axis_set_has(rows->shared, root->scatter_axis)) return false;
    const AxisSet *needed = axis_set_minus(rows->graph, rows->shared, sum->u.bound);
    bool fits = axis_set_within(needed, rows_axes(rows, root));
    fits &= !axis_set_has(root->scatter_index->axes, sum->u.bound->items[0]);
    return fits &&
           !(root->condition && axis_set_has(root->condition->axes, sum->u.bound->items[0]));
}

static bool is_good_sum(Rows *rows, const Root *root, const Read *read) {
    const Node *sum = read->sum;
    if (sum->op != OP_SUM || !scalar_is_float(sum->type) || read->bound->count != 1) return false;
    const AxisSet *others = axis_set_minus(rows->graph, rows->shared, read->bound);
    if (!axis_set_within(others, sum->axes) || !set_lane(rows, read->bound->items[0])) return false;
    return rows_takes_in(rows, root, sum) || !rows_are_many(rows->plan, sum->axes);
}

static bool is_good_read(Rows *rows, const Root *root, const Read *read) {
    if (!is_own_index(rows, read->node) || root->member || root->shared) return false;
    if (read->sum) return is_good_sum(rows, root, read);
    if (read->row) return true;
    return rows_is_plain(root) && axis_set_within(rows->shared, rows_axes(rows, root));
}

static void add_once(Rows *rows, Node *row) {
    for (int i = 0; i < rows->rows.count; ++i)
        if (rows->rows.items[i] == row) return;
    vector_push(rows->arena, &rows->rows, row);
}

/* Finds all that has to share; false: something reads a large array otherwise. */
static bool can_share(Rows *rows) {
    for (int l = 0; l < rows->large.count; ++l) {
        for (int i = 0; i < rows->plan->roots.count; ++i) {
            Root *root = rows->plan->roots.items[i];
            if (!rows_among(roots_read(rows, root), rows->large.items[l])) continue;
            Reads reads = rows_reads(rows, root);
            bool in_row = false;
            for (int r = 0; r < reads.count; ++r) {
                const Read *read = &reads.items[r];
                if (read->root != rows->large.items[l]) continue;
                if (!is_good_read(rows, root, read)) return false;
                in_row |= !read->sum && !read->row;
                if (read->row && !read->sum) add_once(rows, read->row);
            }
            if (!in_row) continue;
            bool large = is_large(rows, root);
            if (large && !rows_among(&rows->large, root))
                vector_push(rows->arena, &rows->large, root);
            if (!rows_among(&rows->members, root)) vector_push(rows->arena, &rows->members, root);
        }
    }
    return true;
}

static bool try_sharing(Rows *rows, Root *root, const AxisSet *shared) {
    const Rows before = *rows;
    *rows = (Rows){.plan = before.plan, .graph = before.graph, .arena = before.arena};
    rows->direct = before.direct;
    rows->tried = before.tried;
    rows->shared = shared;
    rows->levels = table_new(rows->arena);
    vector_push(rows->arena, &rows->large, root);
    vector_push(rows->arena, &rows->members, root);
    if (!can_share(rows)) return false;
    for (int i = 0; i < root->array->rank && !rows->lane; ++i) { /* nothing sums: the last one */
        Axis *last = root->array->axes[root->array->rank - 1 - i];
        if (axis_set_has(shared, last)) rows->lane = last;
    }
    return true;
}

/* --- circles --- */

static bool comes_back(Rows *rows, const RootList *list, Root *root, Table *seen) {
    if (rows_among(list, root)) return true;
    if (!table_add(seen, root)) return false;
    const RootList *reads = roots_read(rows, root);
    for (int i = 0; i < reads->count; ++i)
        if (comes_back(rows, list, reads->items[i], seen)) return true;
    for (int i = 0; root->shared && i < rows->plan->roots.count; ++i) {
        Root *beside = rows->plan->roots.items[i];
        if (beside->shared == root->shared && comes_back(rows, list, beside, seen)) return true;
    }
    return false;
}

static bool meets_circle(Rows *rows, const RootList *list, Root *root, Table *seen) {
    if (!table_add(seen, root)) return false;
    const RootList *reads = roots_read(rows, root);
    for (int i = 0; i < reads->count; ++i) {
        TABLE_HERE(met, rows->arena);
        Root *read = reads->items[i];
        if (read->shared && comes_back(rows, list, read, &met)) return true;
        if (meets_circle(rows, list, read, seen)) return true;
    }
    return false;
}

/* Whether iterations that are shared already would have to be both before these and after them: two
 * sums of rows, each of which is read where the other's rows are made. */
static bool goes_in_circle(Rows *rows) {
    RootList list = {0};
    for (int i = 0; i < rows->plan->roots.count; ++i) {
        Root *root = rows->plan->roots.items[i];
        const RootList *reads = roots_read(rows, root);
        bool takes_part = rows_among(&rows->large, root) || rows_among(&rows->members, root);
        for (int l = 0; l < rows->large.count && !takes_part; ++l)
            takes_part = rows_among(reads, rows->large.items[l]);
        if (takes_part) vector_push(rows->arena, &list, root);
    }
    TABLE_HERE(seen, rows->arena);
    for (int i = 0; i < list.count; ++i)
        if (meets_circle(rows, &list, list.items[i], &seen)) return true;
    return false;
}

/* --- levels --- */

int rows_level(Rows *rows, Root *root) {
    intptr_t known = (intptr_t)table_get(&rows->levels, root);
    if (known) return (int)known - 2;
    table_set(&rows->levels, root, (void *)(intptr_t)1); /* open; what is walked reads itself */
    bool is_member = rows_among(&rows->members, root);
    int level = rows_among(&rows->large, root) ? 0 : -1;
    Reads reads = rows_reads(rows, root);
    for (int i = 0; i < reads.count; ++i) {
        const Read *read = &reads.items[i];
        if (read->root == root) continue;
        int other = rows_level(rows, read->root);
        bool stays = is_member && rows_among(&rows->members, read->root) && !read->sum &&
                     read->root->scatter == OP_NUMBER && is_own_index(rows, read->node);
        if (other >= 0 && !stays) ++other;
        if (other > level) level = other;
    }
    table_set(&rows->levels, root, (void *)(intptr_t)(level + 2));
    return level;
}

/* --- the pass --- */

static void store_rows(Rows *rows) {
    for (int i = 0; i < rows->rows.count; ++i) {
        Node *row = rows->rows.items[i];
        const char *name = table_get(&rows->plan->names, row);
        vector_push(rows->arena, &rows->members,
                    plan_store(rows->plan, row, row->axes->items, row->axes->count, name));
    }
}

/* What goes by lists has others for each element of the axis: it has no tiles along it. */
static bool lists_along(const Plan *plan, const Axis *axis) {
    for (int i = 0; i < plan->roots.count; ++i) {
        const PlanList *list = plan->roots.items[i]->list;
        if (list && (list->source == axis || list->destination == axis)) return true;
    }
    return false;
}

/* Shares all axes but one, if that can be. A lane that is short would leave the tile the array. */
static bool share_without(Rows *rows, Root *root, Axis *own) {
    const AxisSet *axes = rows_axes(rows, root);
    const AxisSet *shared = axis_set_minus(rows->graph, axes, axis_set(rows->graph, &own, 1));
    if (!try_sharing(rows, root, shared) || goes_in_circle(rows)) return false;
    if (lists_along(rows->plan, rows->lane)) return false;
    const Node *extent = rows->lane->extent;
    if (extent->op == OP_NUMBER && extent->u.integer <= PLAN_WIDE_TILE) return false;
    store_rows(rows);
    rows_sums(rows);
    rows_tiles(rows);
    rows->direct = table_new(rows->arena);
    rows->tried = table_new(rows->arena);
    return true;
}

/* What a large root reads goes first: that it may share with it. The axis that is not shared is the
 * shortest, as far as that is known, and else the last declared. */
static void share(Rows *rows, Root *root) {
    if (!table_add(&rows->tried, root)) return;
    const RootList *reads = roots_read(rows, root);
    for (int i = 0; i < reads->count; ++i)
        if (is_large(rows, reads->items[i])) share(rows, reads->items[i]);
    const AxisSet *axes = rows_axes(rows, root);
    for (int known = 1; known >= 0; --known)
        for (int i = axes->count - 1; i >= 0 && is_large(rows, root); --i)
            if ((axes->items[i]->extent->op == OP_NUMBER) == known)
                share_without(rows, root, axes->items[i]);
}

void plan_rows(Plan *plan) {
    Rows rows = {.plan = plan, .graph = plan->graph, .arena = plan->compiler->arena};
    rows.direct = table_new(rows.arena);
    rows.tried = table_new(rows.arena);
    for (int i = 0; i < plan->roots.count; ++i)
        if (is_large(&rows, plan->roots.items[i])) share(&rows, plan->roots.items[i]);
}
