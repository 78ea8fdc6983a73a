/* Decides which grouped reductions go by lists of their sources.
 *
 *     sum[e](z[source, o] * a, where = target == n)        for each node n: its edges e
 *
 * can be computed in two ways. By scatter: one pass over e adds to the element n = target[e] of a
 * buffer (normalise.c). Or by a list: once for the index array, the e of each n are listed, in
 * order; then the reduction stands in the loop over n like any other, in variables, and goes over
 * its e only. It streams as any other does, several threads can have some n each, and nothing is
 * kept that is larger than the index array and one number for each n.
 *
 * A scatter reads its sources in order and needs no list, so it is the better one where all that
 * there is to do for a source is to add numbers to few elements. A list pays where
 *   - there is a whole row to add for each source (o above), or
 *   - another reduction with the same groups comes before: the maximum before a softmax's sums.
 * All reductions with the same groups go the same way, so that they share loops. Where the groups
 * are known to be few, all of them fit the cache, and a scatter it is. */
#include "plan/plan.h"

enum {
    FEW_GROUPS = 256
};

/* --- which ones --- */

Axis *plan_group_axis(const Node *reduction, const Node *term, Node **index) {
    if (term->op != OP_EQ) return NULL;
    for (int side = 0; side < 2; ++side) {
        const Node *axis = node_unnamed(term->arguments[side]);
        Node *other = node_unnamed(term->arguments[1 - side]);
        if (axis->op != OP_AXIS || !axis_set_has(reduction->axes, axis->u.axis)) continue;
        if (axis_set_has(other->axes, axis->u.axis) ||
            !axis_set_meets(other->axes, reduction->u.bound))
            continue;
        if (other->op == OP_AXIS || (other->has_reduction && other->can_fail)) continue;
        *index = other;
        return axis->u.axis;
    }
    return NULL;
}

/* The term of a domain that says of which group an element is. */
static const Node *grouping_term(const Node *reduction, const Node *where, const Axis **group,
                                 Node **index) {
    where = node_unnamed(where);
    if (where->op == OP_AND) {
        const Node *left = grouping_term(reduction, where->arguments[0], group, index);
        return left ? left : grouping_term(reduction, where->arguments[1], group, index);
    }
    *group = plan_group_axis(reduction, where, index);
    return *group && !(*index)->can_fail ? where : NULL;
}

static bool has_term(const Node *where, const Node *term) {
    where = node_unnamed(where);
    if (where->op == OP_AND)
        return has_term(where->arguments[0], term) || has_term(where->arguments[1], term);
    return where == term;
}

/* Whether a reduction with the same groups stands somewhere below. met: what has none. */
static bool waits_for(const Node *node, const Node *term, Table *met) {
    if (!node->has_reduction || table_has(met, node)) return false;
    if (node_is_reduction(node) && node_where(node) && has_term(node_where(node), term))
        return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (waits_for(node->arguments[i], term, met)) return true;
    table_set(met, node, (void *)node);
    return false;
}

typedef struct Finder {
    Plan *plan;
    Table met; /* term -> Table * of what waits_for has met */
} Finder;

static Table *met_before(Finder *finder, const Node *term) {
    Arena *arena = finder->plan->compiler->arena;
    Table *met = table_get(&finder->met, term);
    if (met) return met;
    met = ARENA_NEW(arena, Table);
    *met = table_new(arena);
    table_set(&finder->met, term, met);
    return met;
}

static bool pays(Finder *finder, const Node *reduction, const Node *term, const Axis *group,
                 const Node *index) {
    const Node *extent = group->extent;
    if (extent->op == OP_NUMBER && extent->u.integer <= FEW_GROUPS) return false;
    for (int i = 0; i < reduction->axes->count; ++i) {
        const Axis *axis = reduction->axes->items[i];
        if (axis != group && !axis_set_has(index->axes, axis)) return true;
    }
    return waits_for(node_body(reduction), term, met_before(finder, term));
}

void plan_find_listed(Plan *plan, const Node *value) {
    TABLE_HERE(seen, plan->compiler->arena);
    Finder finder = {plan, table_new(plan->compiler->arena)};
    NodeList order = {0};
    graph_order(plan->graph, (Node *)value, &seen, &order);
    for (int i = 0; i < order.count; ++i) {
        const Node *node = order.items[i];
        Node *index = NULL;
        const Axis *group = NULL;
        if (!node_is_reduction(node) || !node_where(node) || node->u.bound->count != 1) continue;
        const Node *term = grouping_term(node, node_where(node), &group, &index);
        if (term && pays(&finder, node, term, group, index))
            table_set(&plan->listed, term, (void *)term);
    }
}

bool plan_is_listed(const Plan *plan, const Node *reduction) {
    const Axis *group = NULL;
    Node *index = NULL;
    if (plan->listed.count == 0 || plan->member) return false;
    if (reduction->u.bound->count != 1 || !node_where(reduction)) return false;
    const Node *term = grouping_term(reduction, node_where(reduction), &group, &index);
    return term && table_has(&plan->listed, term);
}

/* --- the lists --- */

static Root *list_root(Plan *plan, const Node *index, Axis *const *axes, int rank,
                       const char *name) {
    Arena *arena = plan->compiler->arena;
    Array *array = ARENA_NEW(arena, Array);
    *array = (Array){.kind = ARRAY_OUTPUT, .type = SCALAR_I64, .rank = rank, .span = index->span};
    array->name = name_of(plan->compiler->names, name);
    array->axes = ARENA_ARRAY(arena, Axis *, rank);
    for (int i = 0; i < rank; ++i)
        array->axes[i] = axes[i];
    Root *root = plan_root_new(plan, array, (Node *)index);
    root->is_buffer = true;
    root->loop_count = rank - 1; /* the last axis is the list's own matter */
    return root;
}

/* An array of i64 whose last axis is the source's; stored, if it is none so far. */
static Node *as_array(Plan *plan, Node *index, Axis *source) {
    if (index->op == OP_ARRAY && index->type == SCALAR_I64 &&
        index->u.array->axes[index->u.array->rank - 1] == source)
        return index;
    Axis **axes = ARENA_ARRAY(plan->compiler->arena, Axis *, index->axes->count);
    int count = 0;
    for (int i = 0; i < index->axes->count; ++i)
        if (index->axes->items[i] != source) axes[count++] = index->axes->items[i];
    axes[count++] = source;
    index = graph_convert(plan->graph, SCALAR_I64, index);
    const char *name = table_get(&plan->names, index);
    return plan_root_read(plan, plan_store(plan, index, axes, count, name ? name : "group"));
}

PlanList *plan_list(Plan *plan, Node *index, Axis *source, Axis *destination) {
    Node *asked = graph_binary(plan->graph, OP_EQ, index, graph_axis(plan->graph, destination));
    PlanList *known = table_get(&plan->list_of, asked);
    if (known) return known;
    index = as_array(plan, index, source);
    Node *term = graph_binary(plan->graph, OP_EQ, index, graph_axis(plan->graph, destination));
    known = table_get(&plan->lists, term);
    if (known) return known; /* of an index that has been stored since */
    Arena *arena = plan->compiler->arena;
    PlanList *list = ARENA_NEW(arena, PlanList);
    const Array *array = index->u.array;
    list->term = term;
    list->index = index;
    list->source = source;
    list->destination = destination;
    Axis **axes = ARENA_ARRAY(arena, Axis *, array->rank);
    for (int i = 0; i < array->rank; ++i)
        axes[i] = array->axes[i];
    const char *sources = arena_format(arena, "%s_by_%s", source->name, array->name);
    list->sources = list_root(plan, index, axes, array->rank, sources);
    axes[array->rank - 1] = destination;
    list->ends =
        list_root(plan, index, axes, array->rank, arena_format(arena, "%s_ends", array->name));
    list->sources->list = list->ends->list = list;
    table_set(&plan->lists, term, list);
    table_set(&plan->list_of, asked, list);
    return list;
}

/* --- copies --- */

bool plan_list_copies_node(const PlanList *list, const Node *node) {
    for (int i = 0; i < list->copies.count; ++i)
        if (list->copies.items[i]->value == node) return true;
    return false;
}

static void copy(Plan *plan, PlanList *list, const Node *index) {
    const Array *array = index->op == OP_ARRAY ? index->u.array : NULL;
    bool fits = array && array->kind == ARRAY_INPUT && array->type == SCALAR_I64 &&
                array->rank == 1 && array->axes[0] == list->source;
    if (!fits || array == list->index->u.array || list->index->u.array->rank > 1) return;
    if (plan_list_copies_node(list, index)) return;
    const char *name =
        arena_format(plan->compiler->arena, "%s_by_%s", array->name, list->index->u.array->name);
    Root *root = list_root(plan, index, array->axes, 1, name);
    root->list = list;
    vector_push(plan->compiler->arena, &list->copies, root);
}

static void copy_indices(Plan *plan, PlanList *list, const Node *node, Table *seen) {
    if (!table_add(seen, node)) return;
    for (int i = 1; node->op == OP_AT && i < node->argument_count; ++i)
        copy(plan, list, node->arguments[i]);
    for (int i = 0; i < node->argument_count; ++i)
        copy_indices(plan, list, node->arguments[i], seen);
}

/* An index array that says where to read for each source, as the other end of an edge does, is laid
 * out in the order of the list: a loop over it reads it in order, and what it leads to can be
 * fetched ahead. */
void plan_list_copies(Plan *plan, PlanList *list, const Node *reduction) {
    TABLE_HERE(seen, plan->compiler->arena);
    for (int i = 0; i < reduction->argument_count; ++i)
        copy_indices(plan, list, reduction->arguments[i], &seen);
}

static const PlanList *list_in(const Plan *plan, const Node *where) {
    if (where->op != OP_AND) return table_get(&plan->lists, where);
    const PlanList *left = list_in(plan, where->arguments[0]);
    return left ? left : list_in(plan, where->arguments[1]);
}

const PlanList *plan_list_of(const Plan *plan, const Node *reduction) {
    const Node *where = plan->lists.count > 0 ? node_where(reduction) : NULL;
    const PlanList *list = where ? list_in(plan, where) : NULL;
    bool fits = list && axis_set_has(reduction->u.bound, list->source);
    return fits ? list : NULL;
}

static Node *without(Graph *graph, Node *where, const Node *term) {
    if (where == term) return NULL;
    if (where->op != OP_AND) return where;
    return graph_both(graph, without(graph, where->arguments[0], term),
                      without(graph, where->arguments[1], term));
}

Node *plan_domain(const Plan *plan, const Node *reduction) {
    const PlanList *list = plan_list_of(plan, reduction);
    return list ? without(plan->graph, node_where(reduction), list->term) : node_where(reduction);
}
