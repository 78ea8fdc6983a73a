/* Which steps of a recurrence anything depends on.
 *
 *     let h[t] = tanh(w * h[t = t - 1 else 0] + x)
 *     loss = sum[t](h, where = t < n)
 *
 * After step n nothing reads h: these steps may hold NaN, and their adjoints, which are 0, must not
 * be multiplied with it. So the walk back has a second recurrence beside the adjoints,
 *
 *     let live_h[t] = t < n or (t + 1 < extent(t) and live_h[t + 1])
 *
 * and works on an adjoint only where this holds. In: the domains of all contributions to every
 * recurrence, as the walk met them. Out: the recurrences that need such a twin. Those whose every
 * step is read need none: read whole, or read at the last step and there at the step before it.
 *
 * What a recurrence chooses by its own values (the larger of two paths) is taken as chosen both
 * ways: what is not chosen exists all the same, and its adjoint is 0. */
#include "diff/parts.h"

/* The recurrence of whose twin the node is a read, or NULL. */
static Recurrence *twin_read(const Table *live, const Paths *paths, const Node *node) {
    for (int i = 0; node->op == OP_ARRAY && i < paths->recurrences.count; i++)
        if (table_get(live, paths->recurrences.items[i]) == node->u.array)
            return paths->recurrences.items[i];
    return NULL;
}

static bool is_live_read(const Table *probes, const Paths *paths, const Node *part) {
    if (part->op == OP_ANY && !node_where(part))
        return is_live_read(probes, paths, node_body(part));
    if (part->op == OP_AND)
        return is_live_read(probes, paths, part->arguments[0]) &&
               is_live_read(probes, paths, part->arguments[1]);
    if (part->op == OP_AT) return is_live_read(probes, paths, part->arguments[0]);
    return twin_read(probes, paths, part) != NULL;
}

/* What was found of nodes: each is looked at once, however many conditions say it. */
typedef struct Found {
    const Paths *paths;
    const Table *live;
    Table reads, reads_live; /* Node * -> "y" or "n" */
    Table domains;           /* Node * -> Node *, or the table itself: nothing is left of it */
} Found;

/* Somewhere inside a recurrence of the paths is read, or, if live, a twin of one. */
static bool reads_steps(Found *f, bool live, const Node *node) {
    Table *known = live ? &f->reads_live : &f->reads;
    const char *found = table_get(known, node);
    if (found) return *found == 'y';
    bool reads = false;
    for (int i = 0; node->op == OP_ARRAY && i < f->paths->recurrences.count; i++) {
        const Recurrence *recurrence = f->paths->recurrences.items[i];
        const Array *array = live ? table_get(f->live, recurrence) : recurrence->array;
        reads |= array == node->u.array;
    }
    for (int i = 0; i < node->argument_count && !reads; i++)
        reads = reads_steps(f, live, node->arguments[i]);
    table_set(known, node, reads ? "y" : "n");
    return reads;
}

static Node *domain_left(Found *f, Node *domain);

static Node *both_sides(Found *f, Node *either) {
    Node *a = domain_left(f, either->arguments[0]);
    Node *b = domain_left(f, either->arguments[1]);
    return a && b ? graph_binary(f->paths->graph, OP_OR, a, b) : NULL;
}

/* One of them. */
static Node *live_part(Found *f, Node *part) {
    Graph *graph = f->paths->graph;
    if (part->op == OP_OR) return both_sides(f, part);
    if (part->op == OP_ANY && !node_where(part)) {
        Node *body = domain_left(f, node_body(part));
        return body ? graph_reduce(graph, OP_ANY, part->u.bound, body, NULL) : NULL;
    }
    if (part->op == OP_AT && part->arguments[0]->op != OP_ARRAY) {
        Node *base = live_part(f, part->arguments[0]);
        return base ? graph_at(graph, base, part->u.positions, part->arguments + 1,
                               part->argument_count - 1, part->guarded)
                    : NULL;
    }
    return reads_steps(f, false, part) ? NULL : part;
}

static Node *domain_new(Found *f, Node *domain) {
    NodeList parts = {0};
    Node *kept = NULL;
    graph_conditions(f->paths->graph, domain, &parts);
    for (int reads = 0; reads < 2;
         reads++) /* what says that another step comes later comes first */
        for (int i = 0; i < parts.count; i++)
            if (reads_steps(f, true, parts.items[i]) == reads)
                kept = graph_both(f->paths->graph, kept, live_part(f, parts.items[i]));
    return kept;
}

static Node *domain_left(Found *f, Node *domain) {
    void *known = table_get(&f->domains, domain);
    if (known) return known == &f->domains ? NULL : known;
    Node *left = domain_new(f, domain);
    table_set(&f->domains, domain, left ? (void *)left : &f->domains);
    return left;
}

Node *live_domain(const Paths *paths, const Table *live, Node *domain) {
    Arena *arena = paths->graph->arena;
    Found found = {paths, live, table_new(arena), table_new(arena), table_new(arena)};
    return domain_left(&found, domain);
}

Node *live_somewhere(const Paths *paths, const NodeList *domains) {
    Node *any = NULL;
    for (int i = 0; i < domains->count; i++) {
        Node *domain = domains->items[i];
        if (!domain) return graph_integer(paths->graph, SCALAR_BOOL, 1);
        any = any ? graph_binary(paths->graph, OP_OR, any, domain) : domain;
    }
    return any ? any : graph_integer(paths->graph, SCALAR_BOOL, 0);
}

/* --- whether every step is read --- */

typedef struct Cover {
    const Paths *paths;
    const Table *probes, *domains;
    Table dead; /* recurrences some steps of which nothing reads */
    Simplifier *simplifier;
} Cover;

static Node *last_step(Cover *c, const RecurrenceLoop *loop) {
    Graph *graph = c->paths->graph;
    Node *one = graph_integer(graph, SCALAR_I64, 1), *axis = graph_axis(graph, loop->axis);
    Node *last = loop->down ? graph_integer(graph, SCALAR_I64, 0)
                            : graph_binary(graph, OP_SUB, loop->axis->extent, one);
    return simplifier_run(c->simplifier, graph_binary(graph, OP_EQ, last, axis));
}

static Node *has_next(Cover *c, const RecurrenceLoop *loop) {
    Graph *graph = c->paths->graph;
    Node *one = graph_integer(graph, SCALAR_I64, 1), *axis = graph_axis(graph, loop->axis);
    Node *zero = graph_integer(graph, SCALAR_I64, 0);
    Node *next = graph_binary(graph, loop->down ? OP_SUB : OP_ADD, axis, one);
    Node *holds = loop->down ? graph_binary(graph, OP_LE, zero, next)
                             : graph_binary(graph, OP_LT, next, loop->axis->extent);
    return simplifier_run(c->simplifier, holds);
}

/* That there is a last step at all: where there is none, there is no element either. */
static Node *has_steps(Cover *c, const RecurrenceLoop *loop) {
    Graph *graph = c->paths->graph;
    Node *zero = graph_integer(graph, SCALAR_I64, 0), *one = graph_integer(graph, SCALAR_I64, 1);
    Node *last = graph_binary(graph, OP_SUB, loop->axis->extent, one);
    return simplifier_run(c->simplifier, graph_binary(graph, OP_LE, zero, last));
}

/* Of what is_live_read: whether one of the steps that it reads may be dead. */
static bool reads_dead(const Cover *c, const Node *part) {
    if (part->op == OP_ARRAY) return table_has(&c->dead, twin_read(c->probes, c->paths, part));
    bool two = part->op == OP_AND;
    return reads_dead(c, part->arguments[0]) || (two && reads_dead(c, part->arguments[1]));
}

/* What the domain says besides that what reads the element is live; false: that may be dead. */
static bool conditions_of(Cover *c, Node *domain, NodeList *conditions) {
    NodeList parts = {0};
    graph_conditions(c->paths->graph, domain, &parts);
    for (int i = 0; i < parts.count; i++) {
        Node *part = parts.items[i];
        if (!is_live_read(c->probes, c->paths, part))
            vector_push(c->paths->graph->arena, conditions, part);
        else if (reads_dead(c, part))
            return false;
    }
    return true;
}

static bool same_step(const Node *a, const Node *b) {
    return a == b || (a->op == OP_EQ && b->op == OP_EQ && a->arguments[0] == b->arguments[1] &&
                      a->arguments[1] == b->arguments[0]);
}

static bool is_stepped(Cover *c, const NodeList *domains, const RecurrenceLoop *loop) {
    Node *next = has_next(c, loop);
    for (int i = 0; i < domains->count; i++) {
        NodeList conditions = {0};
        if (conditions_of(c, domains->items[i], &conditions) && conditions.count == 1 &&
            conditions.items[0] == next)
            return true;
    }
    return false;
}

static bool covers(Cover *c, const Recurrence *recurrence, const NodeList *domains, Node *domain) {
    NodeList conditions = {0};
    if (!conditions_of(c, domain, &conditions)) return false;
    for (int i = 0; i < conditions.count; i++) {
        bool fits = false;
        for (int l = 0; l < recurrence->loop_count && !fits; l++)
            fits = conditions.items[i] == has_steps(c, &recurrence->loops[l]) ||
                   (same_step(conditions.items[i], last_step(c, &recurrence->loops[l])) &&
                    is_stepped(c, domains, &recurrence->loops[l]));
        if (!fits) return false;
    }
    return true;
}

static bool is_all_live(Cover *c, const Recurrence *recurrence) {
    const NodeList *domains = table_get(c->domains, recurrence);
    for (int i = 0; i < domains->count; i++)
        if (covers(c, recurrence, domains, domains->items[i])) return true;
    return false;
}

/* --- the twins --- */

static Array *twin_of(Graph *graph, const Recurrence *recurrence, const Array *adjoint,
                      const AxisSet *axes) {
    Recurrence *made = ARENA_NEW(graph->arena, Recurrence);
    Array *twin = ARENA_NEW(graph->arena, Array);
    const char *name = arena_format(graph->arena, "live_%s", recurrence->array->name);
    *made = *adjoint->recurrence;
    *twin = *adjoint;
    twin->name = name_of(graph->compiler->names, name);
    twin->type = SCALAR_BOOL;
    twin->rank = 0;
    twin->axes = ARENA_ARRAY(graph->arena, Axis *, adjoint->rank + 1);
    for (int i = 0; i < adjoint->rank; i++)
        if (!axes || axis_set_has(axes, adjoint->axes[i]))
            twin->axes[twin->rank++] = adjoint->axes[i];
    twin->recurrence = made;
    made->array = twin;
    made->value = NULL;
    made->group = NULL;
    return twin;
}

Table live_probes(const Paths *paths, const Table *adjoints) {
    Table live = table_new(paths->graph->arena);
    for (int i = 0; i < paths->recurrences.count; i++) {
        Recurrence *recurrence = paths->recurrences.items[i];
        const Array *adjoint = table_get(adjoints, recurrence);
        table_set(&live, recurrence, twin_of(paths->graph, recurrence, adjoint, NULL));
    }
    paths_group(paths, &live, true); /* a group of their own: they read no adjoint */
    return live;
}

/* --- the axes of the twins ---
 *
 * The loops' axes, those that conditions speak of, and those of the other twins that it is made of:
 * that a step is dead is seldom a matter of the rest. */

typedef struct TwinAxes {
    Cover *cover;
    Table known; /* Recurrence * -> AxisSet *: so far */
    Table seen;  /* Node * -> AxisSet * that are known to be needed for it */
} TwinAxes;

static const AxisSet *axes_of(TwinAxes *t, const Node *node);

/* The base's axes, and in the place of each that has a position those of its index. */
static const AxisSet *axes_of_at(TwinAxes *t, const Node *node) {
    Graph *graph = t->cover->paths->graph;
    const AxisSet *base = axes_of(t, node->arguments[0]), *axes = base;
    for (int i = 0; i < node->argument_count - 1; i++)
        axes = axis_set_minus(graph, axes, axis_set(graph, &node->u.positions[i], 1));
    for (int i = 0; i < node->argument_count - 1; i++)
        if (axis_set_has(base, node->u.positions[i]))
            axes = axis_set_union(graph, axes, node->arguments[1 + i]->axes);
    return axes;
}

static const AxisSet *axes_new(TwinAxes *t, const Node *node) {
    Graph *graph = t->cover->paths->graph;
    const Recurrence *twin = twin_read(t->cover->probes, t->cover->paths, node);
    if (twin && table_has(&t->cover->dead, twin)) return table_get(&t->known, twin);
    if (twin) return graph->empty_set;
    if (node->op == OP_AT) return axes_of_at(t, node);
    if (node->argument_count == 0) return node->axes;
    const AxisSet *axes = graph->empty_set;
    for (int i = 0; i < node->argument_count; i++)
        axes = axis_set_union(graph, axes, axes_of(t, node->arguments[i]));
    return node_is_reduction(node) ? axis_set_minus(graph, axes, node->u.bound) : axes;
}

static const AxisSet *axes_of(TwinAxes *t, const Node *node) {
    const AxisSet *axes = table_get(&t->seen, node);
    if (axes) return axes;
    axes = axes_new(t, node);
    table_set(&t->seen, node, (void *)axes);
    return axes;
}

static const AxisSet *axes_of_loops(Graph *graph, const Recurrence *recurrence) {
    const AxisSet *axes = graph->empty_set;
    for (int l = 0; l < recurrence->loop_count; l++)
        axes = axis_set_union(graph, axes, axis_set(graph, &recurrence->loops[l].axis, 1));
    return axes;
}

/* With those of all its domains; true: there were more than known. */
static bool axes_grow(TwinAxes *t, const Recurrence *recurrence) {
    const NodeList *domains = table_get(t->cover->domains, recurrence);
    const AxisSet *before = table_get(&t->known, recurrence), *axes = before;
    for (int i = 0; i < domains->count; i++)
        if (domains->items[i])
            axes = axis_set_union(t->cover->paths->graph, axes, axes_of(t, domains->items[i]));
    table_set(&t->known, recurrence, (void *)axes);
    return axes != before;
}

static Table axes_needed(Cover *c) {
    Graph *graph = c->paths->graph;
    TwinAxes t = {c, table_new(graph->arena), table_new(graph->arena)};
    for (int i = 0; i < c->paths->recurrences.count; i++) {
        Recurrence *recurrence = c->paths->recurrences.items[i];
        table_set(&t.known, recurrence, (void *)axes_of_loops(graph, recurrence));
    }
    for (bool grown = true; grown;) {
        grown = false;
        t.seen = table_new(graph->arena);
        for (int i = 0; i < c->paths->recurrences.count; i++)
            grown |= axes_grow(&t, c->paths->recurrences.items[i]);
    }
    return t.known;
}

Table live_needed(const Paths *paths, const Table *adjoints, const Table *probes,
                  const Table *domains, Simplifier *simplifier) {
    Arena *arena = paths->graph->arena;
    Cover cover = {paths, probes, domains, table_new(arena), simplifier};
    for (bool grown = true; grown;) {
        grown = false;
        for (int i = 0; i < paths->recurrences.count; i++) {
            Recurrence *recurrence = paths->recurrences.items[i];
            if (table_has(&cover.dead, recurrence) || is_all_live(&cover, recurrence)) continue;
            table_set(&cover.dead, recurrence, recurrence);
            grown = true;
        }
    }
    Table live = table_new(arena);
    const Table axes = axes_needed(&cover);
    for (int i = 0; i < paths->recurrences.count; i++) {
        Recurrence *recurrence = paths->recurrences.items[i];
        const Array *adjoint = table_get(adjoints, recurrence);
        if (table_has(&cover.dead, recurrence))
            table_set(&live, recurrence,
                      twin_of(paths->graph, recurrence, adjoint, table_get(&axes, recurrence)));
    }
    paths_group(paths, &live, true); /* a group of their own: they read no adjoint */
    return live;
}
