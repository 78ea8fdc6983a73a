/* Makes every reduction safe to compute wherever its free axes are known.
 *
 * Takes a value of the graph; gives an equal value in which a reduction that reads something only
 * the conditions around it make legal (`if t > 0 then sum[d](x[t = t - 1]) else 0`) has these
 * conditions in its domain. After that a reduction may be moved out of the condition it stands
 * under. One whose own domain is proof enough is left as it is. */
#include "check/range.h"
#include "plan/plan.h"

/* --- what needs no condition from outside --- */

static bool is_safe(Plan *plan, Node *node, const Facts *facts, Table *memo);

static bool is_safe_under(Plan *plan, Node *node, const Facts *facts, Node *more) {
    Arena *arena = plan->compiler->arena;
    Facts longer = {0};
    for (int i = 0; i < facts->items.count; ++i)
        vector_push(arena, &longer.items, facts->items.items[i]);
    if (more) vector_push(arena, &longer.items, more);
    Table memo = table_new(arena);
    return is_safe(plan, node, &longer, &memo);
}

static bool is_safe_read(Plan *plan, Node *node, const Facts *facts) {
    const Facts none = {0};
    const char *missing;
    for (int i = 0; node->guarded && i < node->argument_count - 1; ++i)
        if (!range_prove(plan->graph, node->arguments[1 + i], node->u.positions[i], facts,
                         &missing))
            return false;
    return is_safe_under(plan, node->arguments[0], &none, NULL);
}

/* What is known outside about an axis that a reduction binds does not hold inside. */
static Facts facts_inside(Plan *plan, const Facts *facts, const AxisSet *bound) {
    Facts kept = {0};
    for (int i = 0; i < facts->items.count; ++i)
        if (!axis_set_meets(facts->items.items[i]->axes, bound))
            vector_push(plan->compiler->arena, &kept.items, facts->items.items[i]);
    return kept;
}

/* Whether all that is read inside lies in range, given the facts and the conditions inside. */
static bool is_safe(Plan *plan, Node *node, const Facts *facts, Table *memo) {
    if (!node->can_fail || table_has(memo, node)) return true;
    table_set(memo, node, node);
    Node *first = node->argument_count > 0 ? node->arguments[0] : NULL;
    if (node->op == OP_AT && !is_safe_read(plan, node, facts)) return false;
    if (node_is_reduction(node)) {
        Facts inside = facts_inside(plan, facts, node->u.bound);
        Node *where = node_where(node);
        return is_safe_under(plan, node_body(node), &inside, where) &&
               (!where || is_safe_under(plan, where, &inside, NULL));
    }
    if (node->op == OP_SELECT || node->op == OP_AND || node->op == OP_OR) {
        Node *opposite = graph_unary(plan->graph, OP_NOT, first);
        Node *second = node->op == OP_OR ? opposite : first;
        return is_safe(plan, first, facts, memo) &&
               is_safe_under(plan, node->arguments[1], facts, second) &&
               (node->op != OP_SELECT || is_safe_under(plan, node->arguments[2], facts, opposite));
    }
    for (int i = node->op == OP_AT ? 1 : 0; i < node->argument_count; ++i)
        if (!is_safe(plan, node->arguments[i], facts, memo)) return false;
    return true;
}

static bool is_safe_alone(Plan *plan, Node *reduction) {
    const Facts none = {0};
    return is_safe_under(plan, reduction, &none, NULL);
}

static bool divides(const Node *node, Table *seen) {
    if (!node->can_fail || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    if (node->op == OP_IDIV || node->op == OP_MOD) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (divides(node->arguments[i], seen)) return true;
    return false;
}

static bool may_fail(Plan *plan, Node *node) {
    Table seen = table_new(plan->compiler->arena);
    bool chooses = node->op == OP_SELECT || node->op == OP_AND || node->op == OP_OR;
    if (node->guarded || node->op == OP_IDIV || node->op == OP_MOD) return true;
    if (chooses || node_is_reduction(node))
        return divides(node, &seen) || !is_safe_alone(plan, node);
    for (int i = 0; i < node->argument_count; ++i)
        if (plan_can_fail(plan, node->arguments[i])) return true;
    return false;
}

bool plan_can_fail(Plan *plan, Node *node) {
    if (!node->can_fail) return false;
    const char *known = table_get(&plan->fails, node);
    if (!known) {
        known = may_fail(plan, node) ? "y" : "n";
        table_set(&plan->fails, node, (void *)known);
    }
    return *known == 'y';
}

static bool is_safe_given(Plan *plan, Node *reduction, Node *const *conditions, int count) {
    Facts facts = {0};
    Table memo = table_new(plan->compiler->arena);
    for (int i = 0; i < count; ++i)
        vector_push(plan->compiler->arena, &facts.items, conditions[i]);
    return is_safe(plan, reduction, &facts, &memo);
}

/* As few of the conditions as make the reduction safe: then it is the same one wherever it stands
 * under these, and is computed once. */
static Nodes enough_conditions(Plan *plan, Node *reduction, const Nodes *conditions) {
    Nodes one = {0};
    for (int i = 0; i < conditions->count; ++i) {
        if (!is_safe_given(plan, reduction, &conditions->items[i], 1)) continue;
        vector_push(plan->compiler->arena, &one, conditions->items[i]);
        return one;
    }
    Nodes first = *conditions;
    for (first.count = 2; first.count < conditions->count; ++first.count)
        if (is_safe_given(plan, reduction, first.items, first.count)) return first;
    return *conditions;
}

/* --- conditions join domains --- */

static Node *conjunction(Graph *graph, const Nodes *conditions) {
    Node *all = conditions->items[0];
    for (int i = 1; i < conditions->count; ++i)
        all = graph_binary(graph, OP_AND, all, conditions->items[i]);
    return all;
}

static Node *guard(Plan *plan, Node *node, const Nodes *conditions, Table *memo);

static Node *guard_under(Plan *plan, Node *node, const Nodes *conditions, Node *more) {
    Arena *arena = plan->compiler->arena;
    Nodes longer = {0};
    for (int i = 0; i < conditions->count; ++i)
        vector_push(arena, &longer, conditions->items[i]);
    vector_push(arena, &longer, more);
    Table memo = table_new(arena);
    return guard(plan, node, &longer, &memo);
}

static void guard_arguments(Plan *plan, Node *node, const Nodes *conditions, Table *memo,
                            Node **arguments) {
    Graph *graph = plan->graph;
    static const Nodes none = {0};
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = guard(plan, node->arguments[i], conditions, memo);
    if (node->op == OP_SELECT) {
        Node *condition = arguments[0];
        arguments[1] = guard_under(plan, node->arguments[1], conditions, condition);
        arguments[2] = guard_under(plan, node->arguments[2], conditions,
                                   graph_unary(graph, OP_NOT, condition));
    } else if (node->op == OP_AND) {
        arguments[1] = guard_under(plan, node->arguments[1], conditions, arguments[0]);
    } else if (node->op == OP_OR) {
        arguments[1] = guard_under(plan, node->arguments[1], conditions,
                                   graph_unary(graph, OP_NOT, arguments[0]));
    } else if (node->op == OP_AT) {
        arguments[0] =
            guard_under(plan, node->arguments[0], &none, graph_integer(graph, SCALAR_BOOL, 1));
    }
}

static Node *guard_reduction(Plan *plan, Node *node, const Nodes *conditions, Table *memo) {
    Graph *graph = plan->graph;
    Node *where = node_where(node) ? guard(plan, node_where(node), conditions, memo) : NULL;
    Node *domain = where;
    if (conditions->count > 0) {
        domain = conjunction(graph, conditions);
        if (where) domain = graph_binary(graph, OP_AND, domain, where);
    }
    Node *body = domain ? guard_under(plan, node_body(node), conditions, domain)
                        : guard(plan, node_body(node), conditions, memo);
    return graph_reduce(graph, node->op, node->u.bound, body, domain);
}

/* A condition about an axis that the reduction binds speaks of the outer one; then the bound axis
 * must be renamed. */
static Node *rename_captured(Plan *plan, Node *node, const Nodes *conditions) {
    Graph *graph = plan->graph;
    for (int i = 0; i < node->u.bound->count; ++i) {
        Axis *axis = node->u.bound->items[i];
        bool captured = false;
        for (int c = 0; c < conditions->count; ++c)
            captured |= axis_set_has(conditions->items[c]->axes, axis);
        if (!captured) continue;
        Axis *fresh = axis;
        for (int variant = axis->variant + 1; fresh == axis; ++variant) {
            Axis *candidate = axis_variant(graph, axis, variant);
            bool used = axis_set_has(node_body(node)->axes, candidate) ||
                        (node_where(node) && axis_set_has(node_where(node)->axes, candidate));
            for (int c = 0; c < conditions->count; ++c)
                used |= axis_set_has(conditions->items[c]->axes, candidate);
            if (!used) fresh = candidate;
        }
        Node *index = graph_axis(graph, fresh);
        Node *body = graph_substitute(graph, node_body(node), &axis, &index, 1, true);
        Node *where = node_where(node)
                          ? graph_substitute(graph, node_where(node), &axis, &index, 1, true)
                          : NULL;
        Axis *bound[64];
        int count = 0;
        for (int b = 0; b < node->u.bound->count; ++b)
            bound[count++] = node->u.bound->items[b] == axis ? fresh : node->u.bound->items[b];
        node = graph_reduce(graph, node->op, axis_set(graph, bound, count), body, where);
    }
    return node;
}

/* A reduction read elsewhere would be stored at all places, and is legal at some: the conditions
 * around speak of the place of reading. So it is computed there. */
static bool must_move(Plan *plan, Node *node) {
    const Facts none = {0};
    return node->op == OP_AT && node->arguments[0]->has_reduction && node->arguments[0]->can_fail &&
           !is_safe_under(plan, node->arguments[0], &none, NULL);
}

static Node *guard(Plan *plan, Node *node, const Nodes *conditions, Table *memo) {
    if (!node->has_reduction || !node->can_fail) return node;
    Node *known = table_get(memo, node);
    if (known) return known;
    Node *result;
    if (must_move(plan, node)) {
        Node *moved =
            graph_substitute(plan->graph, node->arguments[0], node->u.positions,
                             node->arguments + 1, node->argument_count - 1, node->guarded);
        result = guard(plan, moved, conditions, memo);
    } else if (node_is_reduction(node) && is_safe_alone(plan, node)) {
        const Nodes none = {0}; /* what is inside may still need the conditions inside */
        Table fresh = table_new(plan->compiler->arena);
        result = guard_reduction(plan, node, &none, &fresh);
    } else if (node_is_reduction(node)) {
        Nodes enough = enough_conditions(plan, node, conditions);
        Table fresh = table_new(plan->compiler->arena);
        result = guard_reduction(plan, rename_captured(plan, node, &enough), &enough, &fresh);
    } else {
        Node **arguments = ARENA_ARRAY(plan->compiler->arena, Node *, node->argument_count + 1);
        guard_arguments(plan, node, conditions, memo, arguments);
        result = graph_rebuild(plan->graph, node, arguments);
    }
    table_set(memo, node, result);
    return result;
}

Node *plan_guard(Plan *plan, Node *value) {
    Nodes none = {0};
    Table memo = table_new(plan->compiler->arena);
    return guard(plan, value, &none, &memo);
}
