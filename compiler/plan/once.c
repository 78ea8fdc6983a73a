/* What costs much and belongs to one axis alone is worked out once.
 *
 * Takes the roots, before any reduction has its place; where loops around that of an axis would
 * work out a division or an elementary function of its index again and again,
 *
 *     let mixed[n, d] = sum[k](softmax[k](pre) * x)      # exp(pre - max) / total, for each n, d
 *
 * the value is stored for every index of its axis, and read from there, in whatever other root it
 * is part of too. It takes memory of one axis, which the loops around go over as often. A part of
 * such a value that is needed elsewhere as well is stored in the same way. What is stored is the
 * very number that would be worked out again: no bit depends on it. */
#include "plan/plan.h"

typedef struct Around { /* the loops that are open where a node is computed, outermost first */
    Axis **axes;
    int count;
    const Axis *lane; /* the axis of the root that runs in lanes, inside of all others, or NULL */
    bool listed;      /* one of them goes over a list of sources: not all of them each time */
    Table seen;       /* nodes that were looked at there */
} Around;

typedef struct Once {
    Plan *plan;
    Arena *arena;
    Nodes found;
    Table roots;              /* those in found -> the Root that holds it, or itself for now */
    Vector(Around *) arounds; /* of one root: a value in many sums is looked at once in each */
} Once;

/* --- which values --- */

/* An array is read for each index: then one more is no new kind of memory. */
static bool reads_along(const Node *node, const Axis *axis, Table *seen) {
    if (table_has(seen, node) || !axis_set_has(node->axes, axis)) return false;
    table_set(seen, node, (void *)node);
    if (node->op == OP_ARRAY || node->op == OP_AT) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (reads_along(node->arguments[i], axis, seen)) return true;
    return false;
}

/* Nothing in it has to wait for a loop over its own axis. */
static bool is_pointwise(const Node *node, Table *seen) {
    if (!table_add(seen, node)) return true;
    if (node_is_reduction(node)) return node->axes->count == 0;
    for (int i = 0; i < node->argument_count; ++i)
        if (!is_pointwise(node->arguments[i], seen)) return false;
    return true;
}

static bool may_be_stored(const Once *o, const Node *node) {
    bool held = node->type == SCALAR_F32 || node->type == SCALAR_F64; /* halves are widened */
    if (!held || node->axes->count != 1 || !node_is_dear(node)) return false;
    TABLE_HERE(seen, o->arena);
    TABLE_HERE(read, o->arena);
    return !plan_can_fail(o->plan, (Node *)node) && !node->can_fail && is_pointwise(node, &seen) &&
           reads_along(node, node->axes->items[0], &read);
}

/* In the body of the innermost loop, which goes over the node's axis, and a loop over another one
 * stands around that. */
static bool is_repeated(const Node *node, const Around *around) {
    const Axis *axis = node->axes->items[0];
    if (around->count == 0 || around->listed) return false;
    bool innermost = axis == around->lane || axis == around->axes[around->count - 1];
    for (int i = 0; i < around->count && innermost; ++i)
        if (around->axes[i] != axis && plan_may_reach(around->axes[i], 2)) return true;
    return false;
}

static void add(Once *o, Node *node) {
    if (!table_add(&o->roots, node)) return;
    vector_push(o->arena, &o->found, node);
}

static bool same_around(const Around *a, const Around *b) {
    for (int i = 0; a->count == b->count && i < a->count; ++i)
        if (a->axes[i] != b->axes[i]) return false;
    return a->count == b->count && a->lane == b->lane && a->listed == b->listed;
}

static Around *around_of(Once *o, const Around *like) {
    for (int i = 0; i < o->arounds.count; ++i)
        if (same_around(o->arounds.items[i], like)) return o->arounds.items[i];
    Around *made = ARENA_NEW(o->arena, Around);
    *made = *like;
    made->seen = table_new(o->arena);
    vector_push(o->arena, &o->arounds, made);
    return made;
}

/* The loops around a reduction's body: those of its free axes, and its own. */
static Around *inside_of(Once *o, const Node *reduction, const Around *around) {
    Around inner = {.axes = ARENA_ARRAY(o->arena, Axis *, reduction->axes->count + 2),
                    .lane = around->lane,
                    .listed = around->listed};
    for (int i = 0; i < around->count; ++i)
        if (axis_set_has(reduction->axes, around->axes[i]))
            inner.axes[inner.count++] = around->axes[i];
    inner.axes[inner.count++] = reduction->u.bound->items[0];
    inner.listed |= plan_list_of(o->plan, reduction) != NULL;
    return around_of(o, &inner);
}

static void find(Once *o, const Root *own, Node *node, Around *around) {
    if (!table_add(&around->seen, node)) return;
    const Root *root = plan_root_of(o->plan, node);
    if (root && root != own) return;
    if (!node_is_reduction(node) && may_be_stored(o, node) && is_repeated(node, around)) {
        add(o, node);
        return;
    }
    Around *inner = node_is_reduction(node) ? inside_of(o, node, around) : around;
    for (int i = 0; i < node->argument_count; ++i)
        find(o, own, node->arguments[i], inner);
}

/* Parts of what is stored that are needed outside of it too. */
static void find_parts(Once *o, const Root *own, Node *node, const Table *parts, Table *seen) {
    if (table_has(seen, node) || table_has(&o->roots, node)) return;
    table_set(seen, node, node);
    const Root *root = plan_root_of(o->plan, node);
    if (root && root != own) return;
    if (table_has(parts, node)) {
        add(o, node);
        return;
    }
    for (int i = 0; i < node->argument_count; ++i)
        find_parts(o, own, node->arguments[i], parts, seen);
}

static void note_parts(const Once *o, Node *node, Table *parts) {
    for (int i = 0; i < node->argument_count; ++i) {
        Node *part = node->arguments[i];
        if (table_has(parts, part) || part->axes->count != 1) continue;
        if (may_be_stored(o, part)) table_set(parts, part, part);
        note_parts(o, part, parts);
    }
}

/* --- what becomes of them --- */

static Node *rewrite(const Once *o, const Root *own, Node *node, Table *memo) {
    Root *held = table_get(&o->roots, node);
    if (held && held != own) return plan_root_read(o->plan, held);
    const Root *root = plan_root_of(o->plan, node);
    if ((root && root != own) || node->argument_count == 0) return node;
    Node *known = table_get(memo, node);
    if (known) return known;
    Node **arguments = ARENA_ARRAY(o->arena, Node *, node->argument_count);
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = rewrite(o, own, node->arguments[i], memo);
    Node *result = plan_rebuild(o->plan, node, arguments);
    table_set(memo, node, result);
    return result;
}

static Root *store_once(const Once *o, Node *node) {
    const char *known = table_get(&o->plan->names, node);
    const Axis *axis = node->axes->items[0];
    const char *what = node->op == OP_DIV   ? "ratio"
                       : node->op == OP_POW ? "power"
                                            : op_info[node->op].text;
    const char *name = known ? known : arena_format(o->arena, "%s_%s", what, axis->name);
    return plan_store(o->plan, node, node->axes->items, 1, name);
}

void plan_once(Plan *plan) {
    Arena *arena = plan->compiler->arena;
    Once o = {.plan = plan, .arena = arena, .roots = table_new(arena)};
    int count = plan->roots.count;
    for (int i = plan->placed; i < count; ++i) {
        Root *root = plan->roots.items[i];
        Around around = {.axes = root->array->axes, .count = root->array->rank};
        if (!plan_may_change(root)) continue;
        if (plan_goes_in_lanes(plan, root)) around.lane = root->array->axes[root->array->rank - 1];
        o.arounds.count = 0;
        find(&o, root, root->value, around_of(&o, &around));
    }
    if (o.found.count == 0) return;
    TABLE_HERE(parts, arena);
    for (int i = 0; i < o.found.count; ++i)
        note_parts(&o, o.found.items[i], &parts);
    for (int i = plan->placed; i < count; ++i) {
        Root *root = plan->roots.items[i];
        Table seen = table_new(arena);
        if (plan_may_change(root)) find_parts(&o, root, root->value, &parts, &seen);
    }
    for (int i = 0; i < o.found.count; ++i) {
        Node *node = o.found.items[i];
        table_set(&o.roots, node, store_once(&o, node));
    }
    for (int i = plan->placed; i < plan->roots.count; ++i) {
        Root *root = plan->roots.items[i];
        TABLE_HERE(memo, arena);
        if (plan_may_change(root)) plan_change(plan, root, rewrite(&o, root, root->value, &memo));
    }
}
