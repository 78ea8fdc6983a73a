/* Makes every reduction safe to compute wherever its free axes are known.
 *
 * Takes a value of the graph; gives an equal value in which a reduction that reads something only
 * the conditions around it make legal (`if t > 0 then sum[d](x[t = t - 1]) else 0`) has these
 * conditions in its domain. After that a reduction may be moved out of the condition it stands
 * under. One whose own domain is proof enough is left as it is. Where conditions nested in
 * conditions would give endlessly many domains, or endlessly much C, the reads say themselves where
 * they are legal. */
#include "check/range.h"
#include "plan/plan.h"

enum { /* a plan of the examples takes under 100 looks */
    MOST_LOOKS = 5000,
    MOST_GUARDED = 1000,
    MOST_WRITTEN = 100000, /* one of the examples reaches 5000, all others stay below 400 */
    MOST_LOOKS_AFTER =
        500000 /* where reads say themselves that they are legal: once at each node */
};

/* --- what is known to hold --- */

/* Conditions in order, those of `if`, `and`, `or` and domains on the way from the root to a node.
 * Equal lists are one, and remember what was found under them: a value that is used many times is
 * looked at once under each. */
typedef struct Conditions Conditions;

typedef struct Index { /* along that axis, and whether it is proved to lie in range */
    const Node *value;
    const Axis *axis;
    bool is_safe;
} Index;

struct Conditions {
    Facts all;
    Vector(Index) indices; /* looked at: many arrays are read at the same ones */
    Table longer;          /* Node * -> Conditions *: these and one more */
    Table safe;            /* Node * -> "y" or "n" */
    Table guarded;         /* Node * -> Node * */
};

static Conditions *conditions_new(Plan *plan) {
    Arena *arena = plan->compiler->arena;
    Conditions *made = ARENA_NEW(arena, Conditions);
    made->longer = table_new(arena);
    made->safe = table_new(arena);
    made->guarded = table_new(arena);
    return made;
}

static Conditions *no_conditions(Plan *plan) {
    if (!plan->conditions) plan->conditions = conditions_new(plan);
    return plan->conditions;
}

static Conditions *conditions_and(Plan *plan, Conditions *conditions, Node *more) {
    if (more->op == OP_AND) { /* each by itself: of few it can be said which are needed */
        conditions = conditions_and(plan, conditions, more->arguments[0]);
        return conditions_and(plan, conditions, more->arguments[1]);
    }
    for (int i = 0; i < conditions->all.items.count; ++i)
        if (conditions->all.items.items[i] == more) return conditions;
    Conditions *known = table_get(&conditions->longer, more);
    if (known) return known;
    known = conditions_new(plan);
    for (int i = 0; i < conditions->all.items.count; ++i)
        vector_push(plan->compiler->arena, &known->all.items, conditions->all.items.items[i]);
    vector_push(plan->compiler->arena, &known->all.items, more);
    table_set(&conditions->longer, more, known);
    return known;
}

/* What is known outside about an axis that a reduction binds does not hold inside. */
static Conditions *conditions_inside(Plan *plan, const Conditions *conditions,
                                     const AxisSet *bound) {
    Conditions *kept = no_conditions(plan);
    for (int i = 0; i < conditions->all.items.count; ++i)
        if (!axis_set_meets(conditions->all.items.items[i]->axes, bound))
            kept = conditions_and(plan, kept, conditions->all.items.items[i]);
    return kept;
}

/* --- what needs no condition from outside --- */

static bool is_safe(Plan *plan, Node *node, Conditions *known);

static bool is_safe_index(Plan *plan, Node *value, Axis *axis, Conditions *known) {
    for (int i = 0; i < known->indices.count; ++i) {
        const Index *index = &known->indices.items[i];
        if (index->value == value && index->axis == axis) return index->is_safe;
    }
    const char *missing;
    bool is_safe = range_prove(plan->graph, value, axis, &known->all, &missing);
    vector_push(plan->compiler->arena, &known->indices, (Index){value, axis, is_safe});
    return is_safe;
}

static bool is_safe_read(Plan *plan, Node *node, Conditions *known) {
    for (int i = 0; node->guarded && i < node->argument_count - 1; ++i)
        if (!is_safe_index(plan, node->arguments[1 + i], node->u.positions[i], known)) return false;
    return is_safe(plan, node->arguments[0], no_conditions(plan));
}

static bool is_safe_choice(Plan *plan, Node *node, Conditions *known) {
    Node *first = node->arguments[0], *opposite = graph_unary(plan->graph, OP_NOT, first);
    Node *second = node->op == OP_OR ? opposite : first;
    if (!is_safe(plan, first, known)) return false;
    if (!is_safe(plan, node->arguments[1], conditions_and(plan, known, second))) return false;
    return node->op != OP_SELECT ||
           is_safe(plan, node->arguments[2], conditions_and(plan, known, opposite));
}

static bool is_safe_new(Plan *plan, Node *node, Conditions *known) {
    if (node->op == OP_AT && !is_safe_read(plan, node, known)) return false;
    if (node_is_reduction(node)) {
        Conditions *inside = conditions_inside(plan, known, node->u.bound);
        Node *where = node_where(node);
        if (where && !is_safe(plan, where, inside)) return false;
        if (where) inside = conditions_and(plan, inside, where);
        return is_safe(plan, node_body(node), inside);
    }
    if (node->op == OP_SELECT || node->op == OP_AND || node->op == OP_OR)
        return is_safe_choice(plan, node, known);
    for (int i = node->op == OP_AT ? 1 : 0; i < node->argument_count; ++i)
        if (!is_safe(plan, node->arguments[i], known)) return false;
    return true;
}

/* Whether all that is read inside lies in range, given what is known and the conditions inside.
 * What is safe alone is safe under all conditions, and is looked at under none of them. Conditions
 * nested in conditions can be endless: after MOST_LOOKS, what was not looked at counts as unsafe,
 * which costs a condition more in the code and is never wrong. */
static bool is_safe(Plan *plan, Node *node, Conditions *known) {
    if (!node->can_fail) return true;
    if (known->all.items.count > 0 && is_safe(plan, node, no_conditions(plan))) return true;
    const char *found = table_get(&known->safe, node);
    if (!found) {
        bool is_enough = ++plan->looks > (plan->too_long ? MOST_LOOKS_AFTER : MOST_LOOKS);
        found = !is_enough && is_safe_new(plan, node, known) ? "y" : "n";
        table_set(&known->safe, node, (void *)found);
    }
    return *found == 'y';
}

static bool is_safe_alone(Plan *plan, Node *node) {
    return is_safe(plan, node, no_conditions(plan));
}

static bool divides(const Node *node, Table *seen) {
    if (!node->can_fail || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    if (node->op == OP_IDIV || node->op == OP_MOD) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (divides(node->arguments[i], seen)) return true;
    return false;
}

/* A division, which gives 0 by 0, is dear and stays where it is needed, if that is not too long. */
static bool may_fail(Plan *plan, Node *node) {
    if (plan->too_long) return !is_safe_alone(plan, node);
    TABLE_HERE(seen, plan->compiler->arena);
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

/* Without those that neither the reduction nor another condition needs. */
static Conditions *fewer_conditions(Plan *plan, Node *reduction, Conditions *conditions) {
    for (int left_out = 0; left_out < conditions->all.items.count;) {
        Conditions *kept = no_conditions(plan);
        bool safe = true;
        for (int i = 0; i < conditions->all.items.count && safe; ++i) {
            Node *condition = conditions->all.items.items[i];
            if (i == left_out) continue;
            safe = is_safe(plan, condition, kept);
            kept = conditions_and(plan, kept, condition);
        }
        if (safe && is_safe(plan, reduction, kept))
            conditions = kept;
        else
            left_out++;
    }
    return conditions;
}

/* As few of the conditions as make the reduction safe: then it is the same one wherever it stands
 * under these, and is computed once. */
static Conditions *enough_conditions(Plan *plan, Node *reduction, Conditions *conditions) {
    const Facts *all = &conditions->all;
    Conditions *none = no_conditions(plan), *first = none;
    for (int i = 0; i < all->items.count; ++i) {
        Node *condition = all->items.items[i];
        Conditions *one = conditions_and(plan, none, condition);
        if (is_safe(plan, condition, none) && is_safe(plan, reduction, one)) return one;
    }
    for (int i = 0; i < all->items.count; ++i) {
        first = conditions_and(plan, first, all->items.items[i]);
        if (i > 0 && is_safe(plan, reduction, first))
            return fewer_conditions(plan, reduction, first);
    }
    return conditions;
}

/* --- conditions join domains --- */

static Node *conjunction(Graph *graph, const Facts *conditions) {
    Node *all = conditions->items.items[0];
    for (int i = 1; i < conditions->items.count; ++i)
        all = graph_binary(graph, OP_AND, all, conditions->items.items[i]);
    return all;
}

/* Every guarded read inside as `if 0 <= index and index < extent then x[index] else 0`: the same
 * value wherever it is legal, and safe to compute everywhere. */
static Node *with_careful_reads(Plan *plan, Node *node) {
    Graph *graph = plan->graph;
    if (!node->can_fail) return node;
    Node *made = table_get(&plan->careful, node);
    if (made) return made;
    Node **arguments = ARENA_ARRAY(plan->compiler->arena, Node *, node->argument_count + 1);
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = with_careful_reads(plan, node->arguments[i]);
    made = graph_rebuild(graph, node, arguments);
    const Facts nothing = {0};
    for (int i = 0; node->guarded && i < node->argument_count - 1; ++i) {
        Node *index = graph_convert(graph, SCALAR_I64, arguments[1 + i]), *zero;
        Axis *axis = node->u.positions[i];
        if (range_prove(graph, index, axis, &nothing, NULL)) continue;
        zero = scalar_is_float(node->type) ? graph_number(graph, node->type, 0)
                                           : graph_integer(graph, node->type, 0);
        made = graph_select(graph, graph_inside(graph, index, axis), made, zero);
    }
    table_set(&plan->careful, node, made);
    return made;
}

static Node *guard(Plan *plan, Node *node, Conditions *conditions);

static void guard_arguments(Plan *plan, Node *node, Conditions *conditions, Node **arguments) {
    Node **given = node->arguments;
    int count = node->argument_count;
    bool chooses = node->op == OP_SELECT || node->op == OP_AND || node->op == OP_OR;
    for (int i = node->op == OP_AT ? 1 : 0; i < (chooses ? 1 : count); ++i)
        arguments[i] = guard(plan, given[i], conditions);
    if (node->op == OP_AT) {
        Node *truth = graph_integer(plan->graph, SCALAR_BOOL, 1);
        arguments[0] = guard(plan, given[0], conditions_and(plan, no_conditions(plan), truth));
    }
    if (!chooses) return;
    Node *opposite = graph_unary(plan->graph, OP_NOT, arguments[0]);
    Node *second = node->op == OP_OR ? opposite : arguments[0];
    arguments[1] = guard(plan, given[1], conditions_and(plan, conditions, second));
    if (node->op == OP_SELECT)
        arguments[2] = guard(plan, given[2], conditions_and(plan, conditions, opposite));
}

static Node *guard_reduction(Plan *plan, Node *node, Conditions *conditions) {
    Graph *graph = plan->graph;
    Node *where = node_where(node) ? guard(plan, node_where(node), conditions) : NULL;
    Node *domain = where;
    if (conditions->all.items.count > 0) {
        domain = conjunction(graph, &conditions->all);
        if (where) domain = graph_binary(graph, OP_AND, domain, where);
    }
    Conditions *inside = domain ? conditions_and(plan, conditions, domain) : conditions;
    Node *body = guard(plan, node_body(node), inside);
    return graph_reduce(graph, node->op, node->u.bound, body, domain);
}

/* A condition about an axis that the reduction binds speaks of the outer one; then the bound axis
 * must be renamed. */
static Node *rename_captured(Plan *plan, Node *node, const Facts *facts) {
    Graph *graph = plan->graph;
    Node *const *conditions = facts->items.items;
    const int condition_count = facts->items.count;
    for (int i = 0; i < node->u.bound->count; ++i) {
        Axis *axis = node->u.bound->items[i];
        bool captured = false;
        for (int c = 0; c < condition_count; ++c)
            captured |= axis_set_has(conditions[c]->axes, axis);
        if (!captured) continue;
        Axis *fresh = axis;
        for (int variant = axis->variant + 1; fresh == axis; ++variant) {
            Axis *candidate = axis_variant(graph, axis, variant);
            bool used = axis_set_has(node_body(node)->axes, candidate) ||
                        (node_where(node) && axis_set_has(node_where(node)->axes, candidate));
            for (int c = 0; c < condition_count; ++c)
                used |= axis_set_has(conditions[c]->axes, candidate);
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
 * around speak of the place of reading. So it is computed there; and so is one that plan_normalise
 * is going to move there, as a step of a recurrence has no place yet. */
static bool must_move(Plan *plan, Node *node) {
    if (node->op != OP_AT || !node->arguments[0]->has_reduction) return false;
    Node *base = node->arguments[0];
    if (base->can_fail && !is_safe_alone(plan, base)) return true;
    return node->guarded && plan_needs_pushing(plan, node);
}

/* Those that tell a reduction that waits for its step which one that is; all, where these need
 * others to be legal themselves. */
static Conditions *conditions_of_step(Plan *plan, Conditions *conditions, Conditions *enough) {
    for (int i = 0; i < conditions->all.items.count; ++i) {
        Node *condition = conditions->all.items.items[i];
        bool walked = false;
        for (int l = 0; l < plan->member->loop_count; ++l)
            walked |= axis_set_has(condition->axes, plan->member->loops[l].axis);
        if (!walked) continue;
        if (condition->can_fail) return conditions;
        enough = conditions_and(plan, enough, condition);
    }
    return enough;
}

static Node *guard_new(Plan *plan, Node *node, Conditions *conditions) {
    if (must_move(plan, node)) {
        Node *moved =
            graph_substitute(plan->graph, node->arguments[0], node->u.positions,
                             node->arguments + 1, node->argument_count - 1, node->guarded);
        return guard(plan, moved, conditions);
    }
    if (node_is_reduction(node)) {
        Conditions *enough = no_conditions(plan); /* what is inside may need those inside */
        if (!is_safe_alone(plan, node)) enough = enough_conditions(plan, node, conditions);
        if (plan_waits(plan, node)) enough = conditions_of_step(plan, conditions, enough);
        return guard_reduction(plan, rename_captured(plan, node, &enough->all), enough);
    }
    Node **arguments = ARENA_ARRAY(plan->compiler->arena, Node *, node->argument_count + 1);
    guard_arguments(plan, node, conditions, arguments);
    return graph_rebuild(plan->graph, node, arguments);
}

static Node *guard(Plan *plan, Node *node, Conditions *conditions) {
    bool waits = plan_waits(plan, node);
    if (!node->has_reduction || (!node->can_fail && !waits)) return node;
    if (!waits && is_safe_alone(plan, node)) conditions = no_conditions(plan); /* for all places */
    Node *known = table_get(&conditions->guarded, node);
    if (known) return known;
    bool is_enough = ++plan->guarded > MOST_GUARDED && !is_safe_alone(plan, node);
    Node *result = is_enough ? with_careful_reads(plan, node) : guard_new(plan, node, conditions);
    table_set(&conditions->guarded, node, result);
    return result;
}

/* How many nodes a value has when all that can fail in it is written out wherever it is needed: it
 * may have no variable outside of its conditions, and has one in each branch that needs it, down to
 * the last branch of a branch. *most: of the longest of the reductions inside, and itself. */
static double written_length(const Plan *plan, const Node *node, Table *memo, double *most) {
    double *known = table_get(memo, node);
    if (known || !node->can_fail) return known ? *known : 1;
    known = ARENA_NEW(plan->compiler->arena, double);
    *known = 1;
    table_set(memo, node, known);
    double length = 1;
    for (int i = node->op == OP_AT ? 1 : 0; i < node->argument_count; ++i)
        length += written_length(plan, node->arguments[i], memo, most);
    if (length > *most) *most = length;
    if (!node_is_reduction(node)) *known = length; /* one is stored, and read */
    return length;
}

void plan_find_length(Plan *plan, const Node *value, Table *memo) {
    double most = 0;
    written_length(plan, value, memo, &most);
    plan->too_long |= most > MOST_WRITTEN;
}

Node *plan_guard(Plan *plan, Node *value) {
    if (plan->too_long) value = with_careful_reads(plan, value);
    return guard(plan, value, no_conditions(plan));
}
