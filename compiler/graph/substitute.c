/* graph_substitute: a node with some of its free axes replaced by values, all at once.
 *
 *     sum[m](x * y) with n := m   ->   sum[m_2](x[n = m] * y[m = m_2])      where x has axis n, y
 * axis m
 *
 * The replacement is pushed to the leaves. What is bound (by a reduction, or by the positions of an
 * AT) is left alone, and renamed where a value that comes in has an axis of that name free. An
 * environment is the list of replacements in force; it changes only where something is renamed or
 * hidden, is interned, and remembers its results, so that a node that is used many times is visited
 * once. */
#include "graph/internal.h"
#include <string.h>

typedef struct Replacement {
    Axis *axis;
    Node *value;
    bool guarded;
} Replacement;

typedef struct Environment Environment;
struct Environment {
    Environment *next;
    int count;
    Replacement *items;  /* sorted by axis id */
    const AxisSet *axes; /* those replaced */
    Table done;          /* Node * -> Node * */
};

typedef struct Substitution {
    Graph *graph;
    Environment *environments;
} Substitution;

static Environment *environment_intern(Substitution *s, const Replacement *items, int count) {
    Arena *arena = s->graph->arena;
    Replacement *sorted = ARENA_ARRAY(arena, Replacement, count);
    Axis **axes = ARENA_ARRAY(arena, Axis *, count);
    for (int i = 0; i < count; i++) {
        int at = i;
        while (at > 0 && sorted[at - 1].axis->id > items[i].axis->id) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        sorted[at] = items[i];
        axes[i] = items[i].axis;
    }
    for (Environment *e = s->environments; e; e = e->next) {
        bool equal = e->count == count;
        for (int i = 0; equal && i < count; i++) {
            equal = e->items[i].axis == sorted[i].axis && e->items[i].value == sorted[i].value &&
                    e->items[i].guarded == sorted[i].guarded;
        }
        if (equal) return e;
    }
    Environment *made = ARENA_NEW(arena, Environment);
    made->next = s->environments;
    made->count = count;
    made->items = sorted;
    made->axes = axis_set(s->graph, axes, count);
    made->done = table_new(arena);
    s->environments = made;
    return made;
}

static const Replacement *environment_find(const Environment *environment, const Axis *axis) {
    for (int i = 0; i < environment->count; i++) {
        if (environment->items[i].axis == axis) return &environment->items[i];
    }
    return NULL;
}

/* The environment inside of something that binds `bound`, where `outside` are the axes that pass
 * through to the inside. renamed[i] becomes the axis that bound->items[i] is called afterwards. */
static Environment *environment_inside(Substitution *s, const Environment *environment,
                                       const AxisSet *outside, const AxisSet *inside,
                                       const AxisSet *bound, Axis **renamed) {
    Graph *graph = s->graph;
    Replacement *items = ARENA_ARRAY(graph->arena, Replacement, environment->count + bound->count);
    const AxisSet *incoming = graph->empty_set; /* free in the values that go in */
    int count = 0;
    for (int i = 0; i < environment->count; i++) {
        if (!axis_set_has(outside, environment->items[i].axis)) continue;
        items[count++] = environment->items[i];
        incoming = axis_set_union(graph, incoming, environment->items[i].value->axes);
    }
    const AxisSet *taken = axis_set_union(graph, incoming, axis_set_union(graph, inside, bound));
    for (int i = 0; i < bound->count; i++) {
        Axis *axis = bound->items[i];
        renamed[i] = axis;
        if (!axis_set_has(incoming, axis)) continue;
        renamed[i] = axis_fresh(graph, axis, &taken, 1);
        taken = axis_set_union(graph, taken, axis_set(graph, &renamed[i], 1));
        items[count++] = (Replacement){axis, graph_axis(graph, renamed[i]), false};
    }
    return environment_intern(s, items, count);
}

static Node *replace(Substitution *s, Environment *environment, Node *node);

static Node *replace_reduction(Substitution *s, Environment *environment, Node *node) {
    Graph *graph = s->graph;
    const AxisSet *bound = node->u.bound;
    Node *where = node_where(node);
    const AxisSet *inside = node_body(node)->axes;
    if (where) inside = axis_set_union(graph, inside, where->axes);
    Axis **renamed = ARENA_ARRAY(graph->arena, Axis *, bound->count);
    Environment *inner = environment_inside(s, environment, node->axes, inside, bound, renamed);
    Node *body = replace(s, inner, node_body(node));
    if (where) where = replace(s, inner, where);
    return graph_reduce(graph, node->op, axis_set(graph, renamed, bound->count), body, where);
}

/* An array read with some positions given: the axes that it still has of its own become positions
 * too. */
static Node *replace_array(Substitution *s, Environment *environment, Node *array,
                           Axis *const *positions, Node *const *indices, int count, bool guarded) {
    Graph *graph = s->graph;
    Axis **all = ARENA_ARRAY(graph->arena, Axis *, count + array->axes->count);
    Node **values = ARENA_ARRAY(graph->arena, Node *, count + array->axes->count);
    const AxisSet *given = axis_set(graph, positions, count);
    for (int i = 0; i < count; i++) {
        all[i] = positions[i];
        values[i] = indices[i];
    }
    for (int i = 0; i < array->axes->count; i++) {
        const Replacement *found = environment_find(environment, array->axes->items[i]);
        if (!found || axis_set_has(given, found->axis)) continue;
        all[count] = found->axis;
        values[count++] = found->value;
        guarded = guarded || found->guarded;
    }
    return graph_at(graph, array, all, values, count, guarded);
}

static Node *replace_at(Substitution *s, Environment *environment, Node *node) {
    Graph *graph = s->graph;
    Node *base = node->arguments[0];
    int count = node->argument_count - 1;
    bool guarded = node->guarded;
    Node **indices = ARENA_ARRAY(graph->arena, Node *, count);
    for (int i = 0; i < count; i++) {
        Node *index = node->arguments[i + 1];
        indices[i] = replace(s, environment, index);
        for (int j = 0; j < environment->count; j++) {
            guarded = guarded || (environment->items[j].guarded &&
                                  axis_set_has(index->axes, environment->items[j].axis));
        }
    }
    if (base->op == OP_ARRAY) {
        return replace_array(s, environment, base, node->u.positions, indices, count, guarded);
    }
    const AxisSet *bound = axis_set(graph, node->u.positions, count); /* sorted alike */
    const AxisSet *outside = axis_set_minus(graph, base->axes, bound);
    Axis **renamed = ARENA_ARRAY(graph->arena, Axis *, count);
    if (axis_set_meets(outside, environment->axes)) {
        Environment *inner =
            environment_inside(s, environment, outside, base->axes, bound, renamed);
        base = replace(s, inner, base);
    } else {
        memcpy(renamed, bound->items, sizeof *renamed * (size_t)count);
    }
    return graph_at(graph, base, renamed, indices, count, guarded);
}

static Node *replace_new(Substitution *s, Environment *environment, Node *node) {
    Graph *graph = s->graph;
    switch (node->op) {
    case OP_AXIS:
        return graph_convert(graph, SCALAR_I64, environment_find(environment, node->u.axis)->value);
    case OP_ARRAY: return replace_array(s, environment, node, NULL, NULL, 0, false);
    case OP_AT: return replace_at(s, environment, node);
    case OP_LET:
        return replace(s, environment, node->arguments[0]); /* the name is of another value */
    default: break;
    }
    if (node_is_reduction(node)) return replace_reduction(s, environment, node);
    Node **arguments = ARENA_ARRAY(graph->arena, Node *, node->argument_count);
    for (int i = 0; i < node->argument_count; i++) {
        arguments[i] = replace(s, environment, node->arguments[i]);
    }
    return graph_rebuild(graph, node, arguments);
}

static bool is_replaced(const Environment *environment, const Node *node) {
    return !axis_set_meets(node->axes, environment->axes) || table_has(&environment->done, node);
}

/* The next argument, from *next on, that this environment reaches and has not yet replaced. */
static Node *open_argument(const Environment *environment, const Node *node, int *next) {
    bool binds = node_is_reduction(node);
    if (node->op == OP_AT && *next == 0) *next = 1;
    while (!binds && *next < node->argument_count) {
        Node *argument = node->arguments[(*next)++];
        if (!is_replaced(environment, argument)) return argument;
    }
    return NULL;
}

/* Arguments first, on a stack of our own: recursion is left to what binds axes. */
static Node *replace(Substitution *s, Environment *environment, Node *root) {
    Vector(Node *) open = {0};
    Vector(int) next = {0};
    if (!axis_set_meets(root->axes, environment->axes)) return root;
    if (!is_replaced(environment, root)) {
        vector_push(s->graph->arena, &open, root);
        vector_push(s->graph->arena, &next, 0);
    }
    while (open.count) {
        Node *node = open.items[open.count - 1];
        Node *argument = open_argument(environment, node, &next.items[open.count - 1]);
        if (argument) {
            vector_push(s->graph->arena, &open, argument);
            vector_push(s->graph->arena, &next, 0);
            continue;
        }
        Node *result = graph_with_span(replace_new(s, environment, node), node->span);
        table_set(&environment->done, node, result);
        open.count--;
        next.count--;
    }
    return table_get(&environment->done, root);
}

Node *graph_substitute(Graph *graph, Node *node, Axis *const *axes, Node *const *values, int count,
                       bool guarded) {
    Substitution s = {.graph = graph};
    Replacement *items = ARENA_ARRAY(graph->arena, Replacement, count);
    int used = 0;
    for (int i = 0; i < count; i++) {
        if (values[i]->op == OP_AXIS && values[i]->u.axis == axes[i]) continue;
        if (!axis_set_has(node->axes, axes[i])) continue;
        items[used++] = (Replacement){axes[i], values[i], guarded};
    }
    if (!used) return node;
    return replace(&s, environment_intern(&s, items, used), node);
}
