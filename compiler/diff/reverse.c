/* The walk from y down to x: grad and vjp.
 *
 * In: y, x, and what y's adjoint is (the seed). Out: x's adjoint. Every node that changes with x
 * gets contributions from its users, then passes their sum on to its arguments, each user before
 * its arguments.
 *
 * The adjoint of a node is a function of the node's own axes (it may lack some) and of the seed's
 * further ones. A user with more axes than its argument has is summed over those. A contribution
 * carries the domain in which it exists: the conditions of the `where`, `if` and positions that
 * stand between here and y. Outside of it nothing is computed, so what is masked out may hold NaN
 * or lie out of range and touches nothing.
 *
 *     L = sum[n](log(x), where = keep)      x gets   if keep then 1 / x else 0
 *     y[n] = x[label]                       x[c] gets   sum[n](dy, where = label == c)
 *     h[t] = f(h[t = t - 1])                d_h[t] reads d_h[t = t + 1]: a recurrence walked back
 */
#include "diff/parts.h"

typedef struct Term {
    Node *value;
    Node *domain; /* NULL: everywhere */
    Node *bare;   /* the conditions of it outside of which value is not 0 by itself, or NULL */
} Term;

typedef Vector(Term) Terms;

typedef struct Reverse {
    Graph *graph;
    Paths paths;
    const AxisSet *further; /* of the seed */
    Table terms;            /* Node * -> Terms * */
    Table twins;            /* Recurrence * -> Array * */
    Table live;             /* the same, where some steps have no adjoint: see live.c */
    Table mild;             /* conditions, Node *: see pass_choice */
    Simplifier *simplifier;
    Node *unruled;
} Reverse;

static Terms *terms_of(Reverse *r, const Node *node) {
    Terms *terms = table_get(&r->terms, node);
    if (terms) return terms;
    terms = ARENA_NEW(r->graph->arena, Terms);
    table_set(&r->terms, node, terms);
    return terms;
}

typedef struct Parts { /* conditions of a domain, in order */
    Node *outer;       /* that depend on none of the axes summed over, nor need one that does */
    Node *inner;       /* the others */
    Node *strict;      /* the others but for the mild ones */
} Parts;

static void split_domain(Reverse *r, Node *domain, const AxisSet *axes, Parts *parts) {
    if (domain && domain->op == OP_AND) {
        split_domain(r, domain->arguments[0], axes, parts);
        split_domain(r, domain->arguments[1], axes, parts);
    } else if (domain && !axis_set_meets(domain->axes, axes) &&
               !(domain->can_fail && parts->inner)) {
        parts->outer = graph_both(r->graph, parts->outer, domain);
    } else if (domain) {
        parts->inner = graph_both(r->graph, parts->inner, domain);
        if (!table_has(&r->mild, domain))
            parts->strict = graph_both(r->graph, parts->strict, domain);
    }
}

static Node *simplified(Reverse *r, Node *node) {
    if (!node) return NULL;
    node = simplifier_run(r->simplifier, node);
    bool is_true = node->op == OP_NUMBER && node->type == SCALAR_BOOL && node->u.integer;
    return is_true ? NULL : node;
}

/* What comes through a domain or a read is nothing outside of it: the sum has the conditions that
 * speak of its axes. Where these read what only the others make legal, the others stay around it,
 * also those outside of which the value is 0 by itself. */
static Term summed(Reverse *r, Term term, const AxisSet *over) {
    Graph *graph = r->graph;
    Parts parts = {0}, bare = {0};
    if (!over->count) return term;
    split_domain(r, term.domain, over, &parts);
    split_domain(r, term.bare, over, &bare);
    Node *some = parts.strict ? graph_reduce(graph, OP_ANY, over, parts.strict, NULL) : NULL;
    return (Term){.value = graph_reduce(graph, OP_SUM, over, term.value, parts.inner),
                  .domain = graph_both(graph, parts.outer, some),
                  .bare = parts.inner && parts.inner->can_fail ? parts.outer : bare.outer};
}

static Node *negated(Graph *graph, Node *node) {
    return node->op == OP_NEG ? node->arguments[0] : graph_unary(graph, OP_NEG, node);
}

/* A sum starts at 0, which a -0 in it would not survive; to an adjoint the sign of 0 is nothing. */
static Node *without_start(Graph *graph, Node *node) {
    bool scales = node->op == OP_NEG || node->op == OP_MUL || node->op == OP_DIV;
    bool adds = node->op == OP_ADD || node->op == OP_SUB;
    if (adds && node_is_number(node->arguments[0], 0))
        return node->op == OP_ADD ? node->arguments[1] : negated(graph, node->arguments[1]);
    if (!scales) return node;
    Node *first = without_start(graph, node->arguments[0]);
    if (first == node->arguments[0]) return node;
    return node->op == OP_NEG ? negated(graph, first)
                              : graph_binary(graph, node->op, first, node->arguments[1]);
}

/* term is a function of the axes of scope; the node's adjoint has but its own. */
static void contribute(Reverse *r, Node *node, Term term, const AxisSet *scope) {
    Graph *graph = r->graph;
    if (!paths_active(&r->paths, node)) return;
    const AxisSet *kept = axis_set_union(graph, node->axes, r->further);
    term.value = diff_convert(graph, node->type, term.value);
    term = summed(r, term, axis_set_minus(graph, scope, kept));
    term.value = without_start(graph, simplifier_run(r->simplifier, term.value));
    term.domain = simplified(r, term.domain);
    term.bare = simplified(r, term.bare);
    vector_push(graph->arena, terms_of(r, node), term);
}

/* --- the sum of the contributions --- */

static Node *within(Reverse *r, const Term *term) {
    return diff_zero_outside(r->graph, term->bare, term->value);
}

/* Those with one domain under one `if`. */
static Terms joined(Reverse *r, const Terms *terms) {
    Terms result = {0};
    for (int i = 0; i < terms->count; i++) {
        const Term *term = &terms->items[i];
        int at = 0;
        while (at < result.count &&
               (result.items[at].domain != term->domain || result.items[at].bare != term->bare))
            at++;
        if (at == result.count) {
            vector_push(r->graph->arena, &result, *term);
            continue;
        }
        Term *other = &result.items[at];
        other->value = diff_add(r->graph, other->value, term->value);
    }
    return result;
}

/* What the bare conditions of all terms begin with stands around their sum; the terms keep the
 * rest. */
static Node *taken_out(Reverse *r, Terms *terms) {
    NodeList first = {0};
    Node *common = NULL;
    graph_conditions(r->graph, terms->items[0].bare, &first);
    int same = first.count;
    for (int i = 1; i < terms->count; i++) {
        NodeList list = {0};
        graph_conditions(r->graph, terms->items[i].bare, &list);
        int k = 0;
        while (k < same && k < list.count && list.items[k] == first.items[k])
            k++;
        same = k;
    }
    for (int k = 0; k < same; k++)
        common = graph_both(r->graph, common, first.items[k]);
    for (int i = 0; i < terms->count && same; i++) {
        NodeList list = {0};
        graph_conditions(r->graph, terms->items[i].bare, &list);
        terms->items[i].bare = NULL;
        for (int k = same; k < list.count; k++)
            terms->items[i].bare = graph_both(r->graph, terms->items[i].bare, list.items[k]);
    }
    return common;
}

static Term total(Reverse *r, const Terms *all) {
    Terms terms = joined(r, all);
    if (terms.count == 1) return terms.items[0];
    Term sum = {.bare = taken_out(r, &terms)};
    for (int i = 0; i < terms.count; i++) {
        const Term *term = &terms.items[i];
        sum.value = diff_plus(r->graph, sum.value, within(r, term));
        bool everywhere = !term->domain || (i > 0 && !sum.domain);
        sum.domain = everywhere ? NULL
                     : i == 0   ? term->domain
                                : graph_binary(r->graph, OP_OR, sum.domain, term->domain);
    }
    sum.value = simplifier_run(r->simplifier, sum.value);
    sum.domain = simplified(r, sum.domain);
    return sum;
}

/* --- what each operation passes on --- */

static Term under(Reverse *r, Term term, Node *condition) {
    term.domain = graph_both(r->graph, term.domain, condition);
    term.bare = graph_both(r->graph, term.bare, condition);
    return term;
}

/* base[p = e, ...]: the element at p gets what was read at the indices where e is p. Axes of the
 * indices that base has too are another matter inside: they get another name. */
static void pass_at(Reverse *r, const Node *node, Term term) {
    Graph *graph = r->graph;
    Node *base = node->arguments[0];
    int count = node->argument_count - 1;
    const AxisSet *positions = axis_set(graph, node->u.positions, count), *read = graph->empty_set;
    for (int i = 0; i < count; i++)
        read = axis_set_union(graph, read, node->arguments[1 + i]->axes);
    const AxisSet *taken =
        axis_set_union(graph, axis_set_union(graph, base->axes, node->axes), read);
    Axis **from = ARENA_ARRAY(graph->arena, Axis *, read->count + 1);
    Node **to = ARENA_ARRAY(graph->arena, Node *, read->count + 1);
    const AxisSet *over = graph->empty_set;
    int renamed = 0;
    Node *same = NULL;
    for (int i = 0; i < read->count; i++) {
        Axis *axis = read->items[i];
        if (axis_set_has(base->axes, axis)) {
            Axis *fresh = axis_fresh(graph, axis, &taken, 1);
            taken = axis_set_union(graph, taken, axis_set(graph, &fresh, 1));
            from[renamed] = axis;
            to[renamed++] = graph_axis(graph, fresh);
            if (!axis_set_has(positions, axis)) /* it passes through as well */
                same = graph_both(
                    graph, same,
                    graph_binary(graph, OP_EQ, graph_axis(graph, fresh), graph_axis(graph, axis)));
            axis = fresh;
        }
        over = axis_set_union(graph, over, axis_set(graph, &axis, 1));
    }
    term.value = graph_at(graph, term.value, from, to, renamed, false);
    if (term.domain) term.domain = graph_at(graph, term.domain, from, to, renamed, false);
    if (term.bare) term.bare = graph_at(graph, term.bare, from, to, renamed, false);
    term = under(r, term, same);
    for (int i = 0; i < count; i++) {
        Node *index = graph_at(graph, node->arguments[1 + i], from, to, renamed, false);
        Node *own = graph_axis(graph, node->u.positions[i]);
        index = graph_convert(graph, SCALAR_I64, index);
        term = under(r, term, graph_binary(graph, OP_EQ, index, own));
    }
    contribute(r, base, term,
               axis_set_union(graph, axis_set_union(graph, base->axes, over), r->further));
}

/* What norm, std and logsumexp choose by is no mask: where all elements of a sum are left out for
 * it, nothing that the sum is multiplied with afterwards is out of existence. */
static bool is_mild(const Node *node) {
    const Node *condition = node->arguments[0];
    if (node->op != OP_SELECT) return false;
    if (condition->op == OP_ISFINITE) return condition->arguments[0]->op == OP_STOP;
    return condition->op == OP_EQ && node->arguments[2]->op == OP_SQRT &&
           condition->arguments[0] == node->arguments[2]->arguments[0];
}

static void pass_choice(Reverse *r, const Node *node, Term term, Node *condition, Node *first,
                        Node *second) {
    Graph *graph = r->graph;
    const AxisSet *scope = axis_set_union(graph, node->axes, r->further);
    Node *otherwise = simplifier_run(r->simplifier, graph_unary(graph, OP_NOT, condition));
    condition = simplifier_run(r->simplifier, condition);
    if (is_mild(node)) {
        table_set(&r->mild, condition, condition);
        table_set(&r->mild, otherwise, otherwise);
    }
    contribute(r, first, under(r, term, condition), scope);
    contribute(r, second, under(r, term, otherwise), scope);
}

static void pass_reduction(Reverse *r, Node *node, Term term) {
    Graph *graph = r->graph;
    Node *whole = node;
    if (node->op != OP_SUM) node = diff_split(graph, node);
    Node *body = node_body(node), *where = node_where(node);
    Term inside = under(r, term, where);
    if (node->op == OP_PROD) {
        inside.value = diff_times(graph, inside.value, diff_others(graph, node));
        inside.bare = inside.domain;
    } else if (node->op != OP_SUM) {
        Node *own = graph_axis(graph, node->u.bound->items[0]);
        inside = under(r, inside, graph_binary(graph, OP_EQ, own, diff_extreme(graph, node)));
    }
    const AxisSet *scope = axis_set_union(graph, node->axes, node->u.bound);
    if (node != whole) /* the inner one stands nowhere in the order of the walk */
        pass_reduction(r, body,
                       summed(r, inside, axis_set_minus(graph, node->u.bound, body->axes)));
    else
        contribute(r, body, inside, axis_set_union(graph, scope, r->further));
}

static void pass_pointwise(Reverse *r, Node *node, Term term) {
    const AxisSet *scope = axis_set_union(r->graph, node->axes, r->further);
    for (int i = 0; i < node->argument_count; i++) {
        Partial partial;
        if (!diff_passes(node, i) || !paths_active(&r->paths, node->arguments[i])) continue;
        Node *held = table_get(&r->paths.held, node);
        if (!diff_partial(r->graph, node, held ? held : node, i, &partial)) {
            r->unruled = node;
            continue;
        }
        Term passed = under(r, term, partial.where);
        passed.value = diff_apply(r->graph, &partial, term.value);
        if (partial.times || partial.over) passed.bare = passed.domain;
        contribute(r, node->arguments[i], passed, scope);
    }
}

static void pass_on(Reverse *r, Node *node, Term term) {
    const AxisSet *scope = axis_set_union(r->graph, node->axes, r->further);
    switch (node->op) {
    case OP_ARRAY: return;
    case OP_LET:
    case OP_CONVERT: contribute(r, node->arguments[0], term, scope); return;
    case OP_SELECT:
        pass_choice(r, node, term, node->arguments[0], node->arguments[1], node->arguments[2]);
        return;
    case OP_MIN:
    case OP_MAX:
        pass_choice(r, node, term, diff_second_wins(r->graph, node), node->arguments[1],
                    node->arguments[0]);
        return;
    case OP_AT: pass_at(r, node, term); return;
    default:
        if (node_is_reduction(node))
            pass_reduction(r, node, term);
        else
            pass_pointwise(r, node, term);
    }
}

static Node *adjoint(Reverse *r, const Node *node) {
    const Terms *terms = terms_of(r, node);
    if (!terms->count) return diff_number(r->graph, node->type, 0);
    const Term term = total(r, terms);
    return within(r, &term);
}

/* What the derivative by x is: a recurrence's stands in its twin. */
static Node *adjoint_of_x(Reverse *r) {
    const Recurrence *recurrence = node_recurrence(r->paths.x);
    Array *twin = recurrence ? table_get(&r->twins, recurrence) : NULL;
    return twin ? graph_array(r->graph, twin) : adjoint(r, r->paths.x);
}

/* What is known of a recurrence's adjoint is where it exists. */
static void start_recurrence(Reverse *r, const Recurrence *recurrence) {
    Node *twin = graph_array(r->graph, table_get(&r->twins, recurrence));
    Array *live = table_get(&r->live, recurrence);
    Node *exists = live ? graph_array(r->graph, live) : NULL;
    Term term = {twin, exists, exists};
    const AxisSet *own = axis_set(r->graph, recurrence->array->axes, recurrence->array->rank);
    contribute(r, recurrence->value, term, axis_set_union(r->graph, own, r->further));
}

static void walk(Reverse *r, Node *y, Node *seed) {
    Term start = {seed, NULL, NULL};
    r->terms = table_new(r->graph->arena);
    contribute(r, y, start, axis_set_union(r->graph, y->axes, r->further));
    for (int i = 0; i < r->paths.recurrences.count; i++)
        start_recurrence(r, r->paths.recurrences.items[i]);
    for (int i = r->paths.order.count - 1; i >= 0; i--) {
        Node *node = r->paths.order.items[i];
        const Terms *terms = table_get(&r->terms, node);
        if (terms && paths_active(&r->paths, node)) pass_on(r, node, total(r, terms));
    }
}

/* Of all that the recurrence's array gets. */
static NodeList *domains_of(Reverse *r, const Recurrence *recurrence) {
    const Terms *terms = terms_of(r, graph_array(r->graph, recurrence->array));
    NodeList *list = ARENA_NEW(r->graph->arena, NodeList);
    *list = (NodeList){0};
    for (int t = 0; t < terms->count; t++)
        vector_push(r->graph->arena, list,
                    live_domain(&r->paths, &r->live, terms->items[t].domain));
    return list;
}

/* Walks once to see which steps have no adjoint. */
static void find_live(Reverse *r, Node *y, Node *seed) {
    const Paths *paths = &r->paths;
    Table probes = live_probes(paths, &r->twins), domains = table_new(r->graph->arena);
    r->live = probes;
    walk(r, y, seed);
    for (int i = 0; i < paths->recurrences.count; i++)
        table_set(&domains, paths->recurrences.items[i],
                  domains_of(r, paths->recurrences.items[i]));
    r->live = live_needed(paths, &r->twins, &probes, &domains, r->simplifier);
}

static void sweep(Reverse *r, Node *y, Node *seed) {
    Graph *graph = r->graph;
    r->twins = paths_twins(&r->paths, r->further, true);
    if (r->paths.recurrences.count) find_live(r, y, seed);
    walk(r, y, seed);
    for (int i = 0; i < r->paths.recurrences.count; i++) {
        const Recurrence *recurrence = r->paths.recurrences.items[i];
        Array *twin = table_get(&r->twins, recurrence), *live = table_get(&r->live, recurrence);
        twin->recurrence->value =
            simplifier_run(r->simplifier, adjoint(r, graph_array(graph, recurrence->array)));
        if (!live) continue;
        Node *somewhere = live_somewhere(&r->paths, domains_of(r, recurrence));
        live->recurrence->value = simplifier_run(r->simplifier, somewhere);
    }
}

DiffResult diff_reverse(Graph *graph, Node *y, Node *x, Node *seed) {
    Reverse r = {.graph = graph, .mild = table_new(graph->arena)};
    r.live = table_new(graph->arena);
    r.simplifier = simplifier_new(graph);
    paths_find(&r.paths, graph, y, x);
    if (r.paths.open) return (DiffResult){DIFF_OPEN, r.paths.open};
    const AxisSet *further = axis_set_minus(graph, seed->axes, y->axes);
    Axis **from = ARENA_ARRAY(graph->arena, Axis *, further->count + 1);
    Node **to = ARENA_ARRAY(graph->arena, Node *, further->count + 1);
    paths_rename(&r.paths, further, from, to);
    seed = graph_substitute(graph, seed, from, to, further->count, false);
    r.further = axis_set_minus(graph, seed->axes, y->axes);
    if (!r.paths.uses_x) return (DiffResult){DIFF_NO_PATH, NULL};
    if (!paths_active(&r.paths, y)) return (DiffResult){DIFF_ZERO, diff_number(graph, x->type, 0)};
    sweep(&r, y, seed);
    if (r.unruled) return (DiffResult){DIFF_NO_RULE, r.unruled};
    Axis **back = ARENA_ARRAY(graph->arena, Axis *, further->count + 1);
    Node **given = ARENA_ARRAY(graph->arena, Node *, further->count + 1);
    for (int i = 0; i < further->count; i++) {
        back[i] = to[i]->u.axis;
        given[i] = graph_axis(graph, from[i]);
    }
    Node *result = graph_substitute(graph, adjoint_of_x(&r), back, given, further->count, false);
    return (DiffResult){DIFF_FINE, simplifier_run(r.simplifier, result)};
}
