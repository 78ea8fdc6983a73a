/* Brings values into the form that loops are made of.
 *
 * Takes a value of the graph that plan_guard has made safe; gives an equal value in which
 *   - every reduction binds one axis;
 *   - AT stands on arrays only: through pointwise operations it is pushed down, and a reduction
 * that is read at other positions than its own is stored and read from there;
 *   - grouped reductions, sum[e](x, where = seg == n), have become roots that one pass over e fills
 * (a scatter), or go by lists of their sources (lists.c); and running ones, sum[s](x, where = s <=
 * t), roots whose loop reads what it stored one step before;
 *   - a reduction to a scalar over values that need loops of their own reads these from a buffer,
 * so that its own loop is simple and the others may run on several threads;
 *   - LET and STOP are gone; plan->names knows what the program called things.
 */
#include "plan/plan.h"
#include <string.h>

/* --- the rewriting --- */

typedef Vector(Axis *) AxisList;

typedef struct Normaliser {
    Plan *plan;
    Graph *graph;
    Arena *arena;
    Table memo;  /* node -> rewritten */
    Table names; /* node as it came -> name */
} Normaliser;

static Node *rewrite(Normaliser *n, Node *node);

/* The axes of a set in the order in which the arrays read inside lay them out: the innermost comes
 * last. */
static void axes_in_reading_order(Normaliser *n, const Node *node, const AxisSet *set,
                                  AxisList *list, Table *seen) {
    if (!table_add(seen, node)) return;
    const Array *array = node->op == OP_ARRAY ? node->u.array : NULL;
    if (node->op == OP_AT && node->arguments[0]->op == OP_ARRAY)
        array = node->arguments[0]->u.array;
    for (int i = 0; array && i < array->rank; ++i) {
        const Node *index = NULL;
        for (int p = 0; node->op == OP_AT && p < node->argument_count - 1; ++p)
            if (node->u.positions[p] == array->axes[i]) index = node->arguments[1 + p];
        Axis *axis = !index ? array->axes[i] : index->op == OP_AXIS ? index->u.axis : NULL;
        if (!axis || !axis_set_has(set, axis)) continue;
        bool listed = false;
        for (int l = 0; l < list->count; ++l)
            listed |= list->items[l] == axis;
        if (!listed) vector_push(n->arena, list, axis);
    }
    for (int i = 0; i < node->argument_count; ++i)
        axes_in_reading_order(n, node->arguments[i], set, list, seen);
}

/* Whether a reduction that a maximum is taken of, as that of logits, has the axis. */
static bool logits_have(const Node *node, const Axis *axis, bool under_max, Table seen[2]) {
    if (!node->has_reduction || table_has(&seen[under_max], node)) return false;
    table_set(&seen[under_max], node, (void *)node);
    if (node_is_reduction(node)) {
        if (under_max && axis_set_has(node->axes, axis)) return true;
        under_max = node->op == OP_REDUCE_MAX;
    }
    for (int i = 0; i < node->argument_count; ++i)
        if (logits_have(node->arguments[i], axis, under_max, seen)) return true;
    return false;
}

/* First the axes of logits, which stream where the loops around them are over these: in attention's
 * gradients that over d comes inside. */
static AxisList logits_first(Normaliser *n, const Node *body, AxisList list) {
    AxisList first = {0}, last = {0};
    for (int i = 0; i < list.count; ++i) {
        Table seen[2] = {table_new(n->arena), table_new(n->arena)};
        bool inside = logits_have(body, list.items[i], false, seen);
        vector_push(n->arena, inside ? &first : &last, list.items[i]);
    }
    for (int i = 0; i < last.count; ++i)
        vector_push(n->arena, &first, last.items[i]);
    return first;
}

static AxisList order_axes(Normaliser *n, const Node *body, const Node *where, const AxisSet *set) {
    AxisList list = {0};
    TABLE_HERE(seen, n->arena);
    axes_in_reading_order(n, body, set, &list, &seen);
    if (where) axes_in_reading_order(n, where, set, &list, &seen);
    for (int i = 0; i < set->count; ++i) {
        bool listed = false;
        for (int l = 0; l < list.count; ++l)
            listed |= list.items[l] == set->items[i];
        if (!listed) vector_push(n->arena, &list, set->items[i]);
    }
    return logits_first(n, body, list);
}

static const char *name_of_value(Normaliser *n, const Node *original) {
    const char *name = table_get(&n->names, original);
    return name                                        ? name
           : op_info[original->op].class_ == OP_REDUCE ? op_info[original->op].text
                                                       : "value";
}

/* First those of the index, with the destination for the source: each is a row of the others. */
static AxisList listed_axes(Normaliser *n, const Node *reduction, const PlanList *list) {
    AxisList all = order_axes(n, node_body(reduction), NULL, reduction->axes), axes = {0};
    for (int i = 0; i < list->ends->array->rank; ++i)
        vector_push(n->arena, &axes, list->ends->array->axes[i]);
    for (int i = 0; i < all.count; ++i) {
        bool is_own = false;
        for (int k = 0; k < list->ends->array->rank; ++k)
            is_own |= axes.items[k] == all.items[i];
        if (!is_own) vector_push(n->arena, &axes, all.items[i]);
    }
    return axes;
}

static Root *store(Normaliser *n, Node *value, const char *name) {
    Root *known = table_get(&n->plan->stored, value);
    if (known) return known;
    const Node *where = node_is_reduction(value) ? node_where(value) : NULL;
    const Node *body = node_is_reduction(value) ? node_body(value) : value;
    const PlanList *list = where ? plan_list_of(n->plan, value) : NULL;
    AxisList axes = list ? listed_axes(n, value, list) : order_axes(n, body, where, value->axes);
    return plan_store(n->plan, value, axes.items, axes.count, name);
}

static Node *push_at(Normaliser *n, Node *node, Axis *const *positions, Node *const *indices,
                     int count, bool guarded, Table *memo);

/* A read of an array: its own indices are moved, and the array's axes that have none. */
static Node *push_into_read(Normaliser *n, Node *read, Axis *const *positions, Node *const *indices,
                            int count, bool guarded, Table *memo) {
    int own = read->argument_count - 1, all = 0;
    Axis **axes = ARENA_ARRAY(n->arena, Axis *, own + count + 1);
    Node **values = ARENA_ARRAY(n->arena, Node *, own + count + 1);
    for (int i = 0; i < own; ++i) {
        axes[all] = read->u.positions[i];
        values[all++] =
            push_at(n, read->arguments[1 + i], positions, indices, count, guarded, memo);
    }
    for (int i = 0; i < count; ++i) {
        bool bound = false;
        for (int k = 0; k < own; ++k)
            bound |= read->u.positions[k] == positions[i];
        if (bound || !axis_set_has(read->arguments[0]->axes, positions[i])) continue;
        axes[all] = positions[i];
        values[all++] = indices[i];
    }
    return graph_at(n->graph, read->arguments[0], axes, values, all, read->guarded || guarded);
}

/* AT pushed down onto arrays. */
static Node *push_at(Normaliser *n, Node *node, Axis *const *positions, Node *const *indices,
                     int count, bool guarded, Table *memo) {
    bool meets = false;
    for (int i = 0; i < count; ++i)
        meets |= axis_set_has(node->axes, positions[i]);
    if (!meets) return node;
    if (!node->has_reduction)
        return graph_substitute(n->graph, node, positions, indices, count, guarded);
    Node *known = table_get(memo, node);
    if (known) return known;
    Node *result;
    if (node_is_reduction(node)) {
        Root *root = store(n, node, table_get(&n->plan->names, node));
        Node *read = plan_root_read(n->plan, root);
        result = graph_substitute(n->graph, read, positions, indices, count, guarded);
    } else if (node->op == OP_AT) {
        result = push_into_read(n, node, positions, indices, count, guarded, memo);
    } else {
        Node **arguments = ARENA_ARRAY(n->arena, Node *, node->argument_count + 1);
        for (int i = 0; i < node->argument_count; ++i)
            arguments[i] = push_at(n, node->arguments[i], positions, indices, count, guarded, memo);
        result = graph_rebuild(n->graph, node, arguments);
    }
    table_set(memo, node, result);
    return result;
}

/* --- grouped and running reductions --- */

static Node *at_axis(Normaliser *n, Node *node, Axis *axis, Node *index) {
    TABLE_HERE(memo, n->arena);
    return push_at(n, node, &axis, &index, 1, true, &memo);
}

/* Whether an index may fall outside of the axis: a typed one cannot. */
static Node *within_axis(Normaliser *n, Node *index, Axis *axis) {
    bool has_none = false;
    int64_t none;
    const Axis *of = node_index_axis(index, &has_none, &none);
    if (of && !has_none && axis_same_extent(of, axis)) return NULL;
    return graph_inside(n->graph, index, axis);
}

static void scatter_loops(Normaliser *n, Root *root, const Node *reduction, Node *index,
                          Axis *group) {
    AxisList inner = {0}, all = {0};
    for (int i = 0; i < root->array->rank; ++i)
        vector_push(n->arena, &all, root->array->axes[i]);
    root->loops = ARENA_ARRAY(n->arena, RootLoop, root->array->rank + reduction->u.bound->count);
    for (int i = 0; i < all.count; ++i) {
        if (all.items[i] == group) continue;
        if (axis_set_has(index->axes, all.items[i]))
            root->loops[root->loop_count++] = (RootLoop){all.items[i], LOOP_MAP, false, 0, NULL};
        else
            vector_push(n->arena, &inner, all.items[i]);
    }
    AxisList bound = order_axes(n, node_body(reduction), node_where(reduction), reduction->u.bound);
    for (int i = 0; i < bound.count; ++i)
        root->loops[root->loop_count++] =
            (RootLoop){bound.items[i], LOOP_SEQUENTIAL, false, 0, NULL};
    for (int i = 0; i < inner.count; ++i)
        root->loops[root->loop_count++] = (RootLoop){inner.items[i], LOOP_MAP, false, 0, NULL};
}

/* The axes of a grouped or running result as the body's arrays lay them out, with `to` where `from`
 * stood. */
static AxisList axes_with(Normaliser *n, const Node *reduction, const Axis *from, Axis *to) {
    const Node *body = node_body(reduction);
    AxisList all = order_axes(n, body, NULL, body->axes), axes = {0};
    bool placed = axis_set_has(body->axes, to);
    for (int i = 0; i < all.count; ++i) {
        Axis *axis = all.items[i] == from && !placed ? to : all.items[i];
        placed |= axis == to;
        if (axis_set_has(reduction->axes, axis)) vector_push(n->arena, &axes, axis);
    }
    for (int i = 0; i < reduction->axes->count; ++i) {
        bool listed = false;
        for (int l = 0; l < axes.count; ++l)
            listed |= axes.items[l] == reduction->axes->items[i];
        if (!listed) vector_push(n->arena, &axes, reduction->axes->items[i]);
    }
    return axes;
}

static Node *grouped(Normaliser *n, Node *reduction, const char *name) {
    if (reduction->op == OP_ANY && !node_where(reduction)) { /* of true, where that holds */
        Node *all = graph_integer(n->graph, SCALAR_BOOL, 1);
        reduction = graph_reduce(n->graph, OP_ANY, reduction->u.bound, all, node_body(reduction));
    }
    if (!node_where(reduction) || node_is_arg(reduction)) return NULL;
    Graph *graph = n->graph;
    NodeList terms = {0};
    graph_conditions(n->graph, node_where(reduction), &terms);
    Node *index = NULL;
    Axis *axis = NULL;
    int at = 0;
    for (; at < terms.count && !axis; ++at)
        axis = plan_group_axis(reduction, terms.items[at], &index);
    if (!axis || plan_walked(n->plan, reduction, axis)) return NULL;
    if (index->has_reduction) {
        const char *known = table_get(&n->plan->names, index);
        index = plan_root_read(n->plan, store(n, index, known ? known : "group"));
    }
    if (index->type != SCALAR_I64) index = graph_convert(graph, SCALAR_I64, index);
    Node *condition = NULL;
    for (int i = 0; i <= terms.count; ++i) {
        Node *term = i == at - 1       ? within_axis(n, index, axis)
                     : i < terms.count ? at_axis(n, terms.items[i], axis, index)
                                       : NULL;
        if (!term) continue;
        condition = graph_both(graph, condition, term);
    }
    AxisList bound = order_axes(n, node_body(reduction), NULL, reduction->u.bound);
    AxisList axes = axes_with(n, reduction, bound.items[0], axis);
    Root *root = plan_store(n->plan, reduction, axes.items, axes.count, name);
    root->scatter = reduction->op;
    root->scatter_axis = axis;
    root->scatter_index = index;
    root->condition = condition;
    root->value = at_axis(n, node_body(reduction), axis, index);
    if (root->array->type == SCALAR_F32 && (reduction->op == OP_SUM || reduction->op == OP_PROD)) {
        root->wide = true;
        root->array->type = SCALAR_F64;
        root->value = graph_convert(graph, SCALAR_F64, root->value);
    }
    root->loop_count = 0;
    scatter_loops(n, root, reduction, index, axis);
    plan_join(n->plan, root);
    return plan_root_read(n->plan, root);
}

/* node with an index replaced by the axis that it is equal to, but not inside of what binds an axis
 * of either anew, is read where it was stored, or is read at another position; nor inside of a
 * reduction that the axis is no part of: that is a number for each source, and would become one for
 * each pair of a source and a destination. */
static Node *with_axis(Normaliser *n, Node *node, const PlanList *list, const Node *index,
                       Table *memo) {
    if (node == index || node == list->index) return graph_axis(n->graph, list->destination);
    bool anew = node_is_reduction(node) && (axis_set_meets(node->u.bound, list->term->axes) ||
                                            !axis_set_has(node->axes, list->destination));
    if (anew || !axis_set_has(node->axes, list->source) || plan_root_of(n->plan, node)) return node;
    Node *known = table_get(memo, node);
    if (known) return known;
    Node **arguments = ARENA_ARRAY(n->arena, Node *, node->argument_count + 1);
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = node->op == OP_AT && i == 0
                           ? node->arguments[0]
                           : with_axis(n, node->arguments[i], list, index, memo);
    Node *result = graph_rebuild(n->graph, node, arguments);
    const char *name = table_get(&n->plan->names, node);
    if (name && result->argument_count > 0 && !table_has(&n->plan->names, result))
        table_set(&n->plan->names, result, (void *)name);
    table_set(memo, node, result);
    return result;
}

/* A grouped reduction that goes by a list of its sources: its domain says so from here on. */
static Node *listed(Normaliser *n, Node *reduction, const char *name) {
    NodeList terms = {0};
    graph_conditions(n->graph, node_where(reduction), &terms);
    Node *index = NULL;
    Axis *axis = NULL, *source = reduction->u.bound->items[0];
    int at = 0;
    for (; at < terms.count && !axis; ++at)
        axis = plan_group_axis(reduction, terms.items[at], &index);
    if (!axis || index->can_fail) return NULL;
    PlanList *list = plan_list(n->plan, index, source, axis);
    TABLE_HERE(memo, n->arena);
    Node *where = list->term;
    for (int i = 0; i < terms.count; ++i)
        if (i != at - 1)
            where = graph_binary(n->graph, OP_AND, where,
                                 with_axis(n, terms.items[i], list, index, &memo));
    Node *body = with_axis(n, node_body(reduction), list, index, &memo);
    Node *result = graph_reduce(n->graph, reduction->op, reduction->u.bound, body, where);
    if (!table_has(&n->plan->names, result)) table_set(&n->plan->names, result, (void *)name);
    plan_list_copies(n->plan, list, result);
    return result;
}

typedef struct Running {
    Axis *from; /* bound */
    Axis *to;   /* free */
    bool down, exclusive;
} Running;

static bool running_term(const Node *reduction, const Node *term, Running *running) {
    if ((term->op != OP_LE && term->op != OP_LT) || term->arguments[0]->op != OP_AXIS ||
        term->arguments[1]->op != OP_AXIS)
        return false;
    Axis *left = term->arguments[0]->u.axis, *right = term->arguments[1]->u.axis;
    bool left_bound = axis_set_has(reduction->u.bound, left);
    if (left_bound == axis_set_has(reduction->u.bound, right) || !axis_same_extent(left, right))
        return false;
    *running = (Running){left_bound ? left : right, left_bound ? right : left, !left_bound,
                         term->op == OP_LT};
    return true;
}

static Node *combine(Graph *graph, Op op, Node *a, Node *b) {
    switch (op) {
    case OP_SUM: return graph_binary(graph, OP_ADD, a, b);
    case OP_PROD: return graph_binary(graph, OP_MUL, a, b);
    case OP_REDUCE_MIN: return graph_binary(graph, OP_MIN, a, b);
    case OP_REDUCE_MAX: return graph_binary(graph, OP_MAX, a, b);
    case OP_ANY: return graph_binary(graph, OP_OR, a, b);
    case OP_ALL: return graph_binary(graph, OP_AND, a, b);
    default: bug("no way to combine %s", op_info[op].id);
    }
}

/* The value of element t: what was there one step before, and one more. */
static Node *running_value(Normaliser *n, Root *root, const Node *reduction, Node *term,
                           Running r) {
    Graph *graph = n->graph;
    Node *t = graph_axis(graph, r.to);
    Node *one = graph_integer(graph, SCALAR_I64, 1);
    Node *before = graph_binary(graph, r.down ? OP_ADD : OP_SUB, t, one);
    Node *edge = r.down ? graph_binary(graph, OP_SUB, graph_extent(graph, r.to), one)
                        : graph_integer(graph, SCALAR_I64, 0);
    Node *body = node_body(reduction);
    Node *identity = plan_identity(graph, reduction->op, body->type);
    if (term) body = graph_select(graph, term, body, identity);
    Node *added = at_axis(n, body, r.from, r.exclusive ? before : t);
    Node *array = graph_array(graph, root->array);
    Node *previous = graph_at(graph, array, &r.to, &before, 1, true);
    added = graph_convert(graph, previous->type, added);
    Node *first = r.exclusive ? graph_convert(graph, previous->type, identity) : added;
    return graph_select(graph, graph_binary(graph, OP_EQ, t, edge), first,
                        combine(graph, reduction->op, previous, added));
}

static Node *running(Normaliser *n, Node *reduction, const char *name) {
    if (!node_where(reduction) || reduction->u.bound->count != 1 || node_is_arg(reduction))
        return NULL;
    NodeList terms = {0};
    graph_conditions(n->graph, node_where(reduction), &terms);
    Running r = {0};
    Node *rest = NULL;
    for (int i = 0; i < terms.count; ++i) {
        Running found;
        if (!r.from && running_term(reduction, terms.items[i], &found))
            r = found;
        else
            rest = rest ? graph_binary(n->graph, OP_AND, rest, terms.items[i]) : terms.items[i];
    }
    const Node *body = node_body(reduction);
    if (!r.from || axis_set_has(body->axes, r.to) || body->can_fail) return NULL;
    if (rest && (!axis_set_within(rest->axes, body->axes) || rest->can_fail)) return NULL;
    const RecurrenceLoop *walked = plan_walked(n->plan, reduction, r.to);
    if (walked && walked->down != r.down) return NULL;
    AxisList axes = axes_with(n, reduction, r.from, r.to);
    Root *root = plan_store(n->plan, reduction, axes.items, axes.count, name);
    if (root->array->type == SCALAR_F32 && (reduction->op == OP_SUM || reduction->op == OP_PROD)) {
        root->wide = true;
        root->array->type = SCALAR_F64;
    }
    root->value = running_value(n, root, reduction, rest, r);
    for (int i = 0; i < root->loop_count; ++i)
        if (root->loops[i].axis == r.to)
            root->loops[i] = (RootLoop){r.to, LOOP_SEQUENTIAL, r.down, 0, NULL};
    plan_join(n->plan, root);
    return plan_root_read(n->plan, root);
}

/* --- one axis at a time --- */

static bool depends_through_reduction(const Node *node, const Axis *axis, Table *seen) {
    if (!node->has_reduction || !axis_set_has(node->axes, axis) || table_has(seen, node))
        return false;
    if (node_is_reduction(node)) return true;
    table_set(seen, node, (void *)node);
    for (int i = 0; i < node->argument_count; ++i)
        if (depends_through_reduction(node->arguments[i], axis, seen)) return true;
    return false;
}

/* A scalar reduction over values that need loops of their own reads them from a buffer. */
static Node *spill(Normaliser *n, Node *value, Node *where, Axis *axis, const char *name) {
    TABLE_HERE(seen, n->arena);
    if (!depends_through_reduction(value, axis, &seen)) return value;
    if (where && value->can_fail) {
        Node *zero = scalar_is_float(value->type) ? graph_number(n->graph, value->type, 0)
                                                  : graph_integer(n->graph, value->type, 0);
        value = graph_select(n->graph, where, value, zero);
    }
    return plan_root_read(n->plan, store(n, value, name));
}

static Node *reduce_one(Normaliser *n, Op op, Axis *axis, Node *body, Node *where,
                        const char *name) {
    const AxisSet *bound = axis_set(n->graph, &axis, 1);
    Node *plain = graph_reduce(n->graph, op, bound, body, where);
    if (plain->axes->count > 0 || !node_is_reduction(plain)) return plain;
    const char *row = arena_format(n->arena, "%s_%s", name, axis->name);
    if (where) where = spill(n, where, NULL, axis, row);
    Node *stored = spill(n, body, where, axis, row);
    bool is_zero_outside = op == OP_SUM && stored != body && body->can_fail;
    return graph_reduce(n->graph, op, bound, stored, is_zero_outside ? NULL : where);
}

/* --- all nodes --- */

static Node *rewrite_reduction(Normaliser *n, Node *node) {
    Node *moved = n->plan->member ? NULL : plan_sum_moved(n->graph, node);
    if (moved) {
        if (table_has(&n->names, node)) table_set(&n->names, moved, table_get(&n->names, node));
        return rewrite(n, moved);
    }
    Node *mean = plan_divide_once(n->graph, node);
    if (mean) {
        Node *sum = mean->arguments[2]->arguments[0];
        if (node_is_reduction(sum) && table_has(&n->names, node))
            table_set(&n->names, sum, table_get(&n->names, node));
        return rewrite(n, mean);
    }
    const char *name = name_of_value(n, node);
    Node *body = rewrite(n, node_body(node));
    Node *where = node_where(node) ? rewrite(n, node_where(node)) : NULL;
    Node *whole = graph_reduce(n->graph, node->op, node->u.bound, body, where);
    if (!node_is_reduction(whole)) return whole;
    Root *known = table_get(&n->plan->stored, whole);
    if (known) return plan_root_read(n->plan, known);
    bool stays = plan_must_stay(n->plan, whole);
    bool by_list = !stays && plan_is_listed(n->plan, node);
    Node *recognised = by_list ? listed(n, whole, name) : NULL;
    if (!recognised && !stays) recognised = grouped(n, whole, name);
    if (!recognised && !stays) recognised = running(n, whole, name);
    if (recognised) return recognised;
    AxisList order = order_axes(n, body, where, node->u.bound);
    for (int i = order.count - 1; i >= 0; --i) {
        body = reduce_one(n, node->op, order.items[i], body, where, name);
        graph_with_span(body, node->span); /* before it is stored: comments name the line */
        if (node_is_reduction(body) && !table_has(&n->plan->names, body))
            table_set(&n->plan->names, body, (void *)name);
        where = NULL;
    }
    return body;
}

static Node *rewrite_at(Normaliser *n, Node *node) {
    int count = node->argument_count - 1;
    if (plan_needs_pushing(n->plan, node))
        return rewrite(n, graph_substitute(n->graph, node->arguments[0], node->u.positions,
                                           node->arguments + 1, count, node->guarded));
    Node *base = rewrite(n, node->arguments[0]);
    Node **indices = ARENA_ARRAY(n->arena, Node *, count + 1);
    for (int i = 0; i < count; ++i)
        indices[i] = rewrite(n, node->arguments[1 + i]);
    TABLE_HERE(memo, n->arena);
    return push_at(n, base, node->u.positions, indices, count, node->guarded, &memo);
}

/* if q == 0 then 0 else sqrt(q): norm and std say so for their gradients' sake; it is sqrt(q). */
static bool is_plain_root(const Node *node) {
    if (node->op != OP_SELECT || node->arguments[2]->op != OP_SQRT) return false;
    const Node *condition = node->arguments[0], *q = node->arguments[2]->arguments[0];
    return condition->op == OP_EQ && condition->arguments[0] == q &&
           node_is_number(condition->arguments[1], 0) && node_is_number(node->arguments[1], 0);
}

static Node *rewrite(Normaliser *n, Node *node) {
    Node *known = table_get(&n->memo, node);
    if (known) return known;
    Node *result;
    if (node->op == OP_LET || node->op == OP_STOP) {
        result = rewrite(n, node->arguments[0]);
    } else if (is_plain_root(node)) {
        result = rewrite(n, node->arguments[2]);
    } else if (node_is_reduction(node)) {
        result = rewrite_reduction(n, node);
    } else if (node->op == OP_AT) {
        result = rewrite_at(n, node);
    } else if (node->argument_count == 0) { /* an output can be a recurrence: it is read there */
        const Root *root = node_recurrence(node) ? plan_root_of(n->plan, node) : NULL;
        result = root ? graph_array(n->graph, root->array) : node;
    } else {
        Node **arguments = ARENA_ARRAY(n->arena, Node *, node->argument_count);
        for (int i = 0; i < node->argument_count; ++i)
            arguments[i] = rewrite(n, node->arguments[i]);
        result = graph_rebuild(n->graph, node, arguments);
    }
    graph_with_span(result, node->span);
    const char *name = table_get(&n->names, node);
    if (name && result->argument_count > 0 && !table_has(&n->plan->names, result))
        table_set(&n->plan->names, result, (void *)name);
    table_set(&n->memo, node, result);
    return result;
}

/* What the program calls each let, and each reduction after the let or output that it is part of.
 */
static void collect_names(Normaliser *n, const Node *node, const char *owner, Table *seen) {
    if (!table_add(seen, node)) return;
    if (node->op == OP_LET) {
        owner = node->u.name;
        if (!table_has(&n->names, node->arguments[0]))
            table_set(&n->names, node->arguments[0], (void *)owner);
    } else if (node_is_reduction(node) && !table_has(&n->names, node)) {
        const char *text = op_info[node->op].text;
        table_set(&n->names, node,
                  owner ? arena_format(n->arena, "%s_%s", owner, text) : (void *)text);
    }
    for (int i = 0; i < node->argument_count; ++i)
        collect_names(n, node->arguments[i], owner, seen);
}

Node *plan_normalise(Plan *plan, Node *value, const char *name) {
    Arena *arena = plan->compiler->arena;
    Normaliser n = {plan, plan->graph, arena, table_new(arena), table_new(arena)};
    TABLE_HERE(seen, arena);
    TABLE_HERE(ordered, arena);
    NodeList order = {0};
    graph_order(plan->graph, value, &ordered, &order);
    for (int i = 0; i < order.count; ++i) /* what a let is made of is called after it */
        if (order.items[i]->op == OP_LET) collect_names(&n, order.items[i], name, &seen);
    collect_names(&n, value, name, &seen);
    return rewrite(&n, value);
}
