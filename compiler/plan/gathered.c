/* What costs much and is made of what lies at an index is worked out once for each index.
 *
 *     let centre[g] = mean[n](x, weight = w, where = group == g)
 *     output apart[n] = x - centre[group]            # products[group[n]] / weights[group[n]]
 *
 * has a division for each n, of sums for each g. Both were made for every g already, so that one
 * more pass over these is little: the ratio is stored for each g, or is an output there anyway, and
 * apart reads it at group[n]. Whatever else the value reads at that index is stored in the same
 * type that it is used in, since sums are kept in float64: then what indices choose from is small.
 *
 * Takes the roots, after once.c. Of the values that are read at one index, the largest that are
 * floats are stored, if one of them has a division or an elementary function, and one of them reads
 * what another root has made. The numbers are the same: no bit depends on it. */
#include "plan/plan.h"

typedef struct Gathering {
    Plan *plan;
    Arena *arena;
    Table reads;  /* Node * -> one of the reads that it is made of, all at the same index; itself,
                     if it reads nothing; or no_read */
    Nodes found;  /* the largest floats of one root that are made of what lies at an index */
    Table stored; /* Node * of found -> what it is read as; then all that is made of these */
} Gathering;

static Node no_read; /* it reads elsewhere too */

static bool same_index(const Node *one, const Node *other) {
    return one->arguments[1] == other->arguments[1] &&
           one->arguments[0]->u.array->axes[0] == other->arguments[0]->u.array->axes[0];
}

/* Of an array of one axis, legal whatever is asked, at an index that lies in memory itself. */
static bool is_read(const Plan *plan, const Node *node) {
    const Node *base = node->arguments[0];
    if (node->can_fail || base->op != OP_ARRAY || base->u.array->rank != 1) return false;
    const Op index = node->arguments[1]->op;
    if (index != OP_ARRAY && index != OP_AT) return false;
    const Root *root = plan_root_of(plan, base);
    return !root || !(root->member || root->list || root->steps_kept);
}

static Node *read_of(Gathering *g, Node *node);

static Node *find_read(Gathering *g, Node *node) {
    if (node->op == OP_NUMBER) return node;
    if (node->op == OP_AT) return is_read(g->plan, node) ? node : &no_read;
    if (node->argument_count == 0 || node->can_fail || node_is_reduction(node)) return &no_read;
    Node *common = node;
    for (int i = 0; i < node->argument_count; ++i) {
        Node *read = read_of(g, node->arguments[i]);
        if (read == &no_read) return read;
        if (read == node->arguments[i] && read->op != OP_AT) continue;
        if (common != node && !same_index(common, read)) return &no_read;
        common = read;
    }
    return common == node && node->axes->count > 0 ? &no_read : common; /* random numbers */
}

static Node *read_of(Gathering *g, Node *node) {
    Node *known = table_get(&g->reads, node);
    if (known) return known;
    Node *read = find_read(g, node);
    table_set(&g->reads, node, read);
    return read;
}

static bool is_held(const Node *node) { /* halves are widened, and conditions are cheap */
    return node->type == SCALAR_F32 || node->type == SCALAR_F64;
}

static void find(Gathering *g, Node *node, Table *seen) {
    if (!table_add(seen, node) || (node->axes->count == 0 && !node->has_reduction)) return;
    const Node *read = read_of(g, node);
    if (is_held(node) && read->op == OP_AT && read != &no_read) {
        vector_push(g->arena, &g->found, node);
        return;
    }
    for (int i = 0; i < node->argument_count; ++i)
        find(g, node->arguments[i], seen);
}

/* Something in it is dear; it reads what a root has made. */
static void look(const Plan *plan, const Node *node, bool *dear, bool *made, Table *seen) {
    if (!table_add(seen, node)) return;
    *dear |= node_is_dear(node);
    *made |= node->op == OP_AT && plan_root_of(plan, node->arguments[0]);
    for (int i = 0; i < node->argument_count && node->op != OP_AT; ++i)
        look(plan, node->arguments[i], dear, made, seen);
}

/* Whether that holds for what lies at the same index. */
static bool pays(Gathering *g, Node *node) {
    TABLE_HERE(seen, g->arena);
    bool dear = false, made = false;
    for (int i = 0; i < g->found.count; ++i)
        if (same_index(read_of(g, g->found.items[i]), read_of(g, node)))
            look(g->plan, g->found.items[i], &dear, &made, &seen);
    return dear && made;
}

/* --- what becomes of them --- */

/* The node with what `memo` has in the place of its parts; of_axis: and with what is read at the
 * index for each index of the axis. */
static Node *rewrite(const Gathering *g, Node *node, bool of_axis, Table *memo) {
    if (of_axis && node->op == OP_AT) return node->arguments[0];
    Node *known = table_get(memo, node);
    if (known || node->argument_count == 0) return known ? known : node;
    Node **arguments = ARENA_ARRAY(g->arena, Node *, node->argument_count);
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = rewrite(g, node->arguments[i], of_axis, memo);
    Node *result = plan_rebuild(g->plan, node, arguments);
    table_set(memo, node, result);
    return result;
}

/* Where it is an output, or stored, already. */
static Root *root_with(const Plan *plan, const Node *value) {
    for (int i = 0; i < plan->roots.count; ++i) {
        Root *root = plan->roots.items[i];
        if (root->value == value && plan_may_change(root) && root->array->rank == 1 &&
            root->array->type == value->type)
            return root;
    }
    return NULL;
}

static void store(Gathering *g, Node *node) {
    TABLE_HERE(memo, g->arena);
    Node *read = read_of(g, node), *value = rewrite(g, node, true, &memo);
    const Array *from = read->arguments[0]->u.array;
    Root *root = root_with(g->plan, value);
    if (!root) {
        const char *known = table_get(&g->plan->names, value);
        const char *what = node->op == OP_DIV ? "ratio" : from->name;
        const char *name =
            known ? known : arena_format(g->arena, "%s_of_%s", what, from->axes[0]->name);
        root = plan_store(g->plan, value, from->axes, 1, name);
    }
    Node *parts[] = {plan_root_read(g->plan, root), read->arguments[1]};
    table_set(&g->stored, node, plan_rebuild(g->plan, read, parts));
}

void plan_gathered(Plan *plan) {
    Arena *arena = plan->compiler->arena;
    Gathering g = {plan, arena, table_new(arena), {0}, table_new(arena)};
    int count = plan->roots.count;
    for (int i = plan->placed; i < count; ++i) {
        Root *root = plan->roots.items[i];
        if (root->member || root->list || root->contraction) continue;
        TABLE_HERE(seen, arena);
        g.found = (Nodes){0}, g.stored = table_new(arena);
        find(&g, root->value, &seen);
        for (int k = 0; k < g.found.count; ++k)
            if (g.found.items[k]->op != OP_AT && pays(&g, g.found.items[k]))
                store(&g, g.found.items[k]);
        if (g.stored.count) plan_change(plan, root, rewrite(&g, root->value, false, &g.stored));
    }
}
