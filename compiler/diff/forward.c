/* The walk from x up to y: jvp.
 *
 * In: y, x, and the change of x (the tangent). Out: the change of y. Every node that changes with x
 * gets its change from those of its arguments, which come before it. Reductions keep their domains
 * and `if` its condition, so what does not exist is not looked at here either. A recurrence's
 * change is a recurrence of the same order. */
#include "diff/parts.h"

typedef struct Forward {
    Graph *graph;
    Paths paths;
    Table changes; /* Node * -> Node * */
    Table twins;
    Node *unruled;
} Forward;

/* NULL: none. */
static Node *change_of(Forward *f, const Node *node) {
    return table_get(&f->changes, node);
}

static Node *or_zero(Forward *f, Node *change, const Node *like) {
    return change ? change : diff_number(f->graph, like->type, 0);
}

static Node *change_of_choice(Forward *f, Node *condition, Node *first, Node *second) {
    Node *a = change_of(f, first), *b = change_of(f, second);
    return graph_select(f->graph, condition, or_zero(f, a, first), or_zero(f, b, second));
}

static Node *change_of_reduction(Forward *f, Node *node, Node *change);

/* An extreme changes as the element does that it was taken from. */
static Node *change_of_extreme(Forward *f, Node *node, Node *change) {
    Graph *graph = f->graph;
    Axis *axis = node->u.bound->items[0];
    Node *index = diff_extreme(graph, node);
    Node *some = graph_binary(graph, OP_LE, graph_integer(graph, SCALAR_I64, 0), index);
    return diff_zero_outside(graph, some, graph_at(graph, change, &axis, &index, 1, true));
}

static Node *change_of_reduction(Forward *f, Node *node, Node *change) {
    Graph *graph = f->graph;
    if (node->op == OP_SUM)
        return graph_reduce(graph, OP_SUM, node->u.bound, change, node_where(node));
    Node *split = diff_split(graph, node);
    if (split != node) {
        change = change_of_reduction(f, node_body(split), change);
        return change_of_reduction(f, split, change);
    }
    if (node->op != OP_PROD) return change_of_extreme(f, node, change);
    change = diff_times(graph, change, diff_others(graph, node));
    return graph_reduce(graph, OP_SUM, node->u.bound, change, node_where(node));
}

static Node *change_of_pointwise(Forward *f, Node *node) {
    Node *sum = NULL;
    for (int i = 0; i < node->argument_count; i++) {
        Partial partial;
        Node *change = diff_passes(node, i) ? change_of(f, node->arguments[i]) : NULL;
        if (!change) continue;
        Node *held = table_get(&f->paths.held, node);
        if (!diff_partial(f->graph, node, held ? held : node, i, &partial)) {
            f->unruled = node;
            return diff_number(f->graph, node->type, 0);
        }
        change = diff_zero_outside(f->graph, partial.where, diff_apply(f->graph, &partial, change));
        sum = diff_plus(f->graph, sum, change);
    }
    return sum;
}

static Node *change_made(Forward *f, Node *node) {
    Graph *graph = f->graph;
    Node **a = node->arguments;
    switch (node->op) {
    case OP_ARRAY: return graph_array(graph, table_get(&f->twins, node->u.array->recurrence));
    case OP_LET: return change_of(f, a[0]);
    case OP_CONVERT: return diff_convert(graph, node->type, change_of(f, a[0]));
    case OP_SELECT: return change_of_choice(f, a[0], a[1], a[2]);
    case OP_MIN:
    case OP_MAX: return change_of_choice(f, diff_second_wins(graph, node), a[1], a[0]);
    case OP_AT:
        return graph_at(graph, change_of(f, a[0]), node->u.positions, a + 1,
                        node->argument_count - 1, node->guarded);
    default: break;
    }
    if (node_is_reduction(node)) return change_of_reduction(f, node, change_of(f, a[0]));
    return change_of_pointwise(f, node);
}

static void sweep(Forward *f, Node *tangent) {
    const AxisSet *further = axis_set_minus(f->graph, tangent->axes, f->paths.x->axes);
    f->twins = paths_twins(&f->paths, further, false);
    for (int i = 0; i < f->paths.order.count; i++) {
        Node *node = f->paths.order.items[i];
        if (!paths_active(&f->paths, node)) continue;
        Node *change = node == f->paths.x ? tangent : NULL;
        bool is_array = node->op == OP_ARRAY && node->u.array->kind == ARRAY_RECURRENCE &&
                        table_has(&f->twins, node->u.array->recurrence);
        if (node != f->paths.x || is_array)
            change = diff_plus(f->graph, change, change_made(f, node));
        table_set(&f->changes, node, change);
    }
    for (int i = 0; i < f->paths.recurrences.count; i++) {
        Recurrence *recurrence = f->paths.recurrences.items[i];
        Array *twin = table_get(&f->twins, recurrence);
        twin->recurrence->value = graph_simplify(
            f->graph, or_zero(f, change_of(f, recurrence->value), recurrence->value));
    }
}

DiffResult diff_forward(Graph *graph, Node *y, Node *x, Node *tangent) {
    Forward f = {.graph = graph, .changes = table_new(graph->arena)};
    paths_find(&f.paths, graph, y, x);
    if (f.paths.open) return (DiffResult){DIFF_OPEN, f.paths.open};
    if (!f.paths.uses_x) return (DiffResult){DIFF_NO_PATH, NULL};
    if (!paths_active(&f.paths, y)) return (DiffResult){DIFF_ZERO, diff_number(graph, y->type, 0)};
    const AxisSet *further = axis_set_minus(graph, tangent->axes, x->axes);
    Axis **from = ARENA_ARRAY(graph->arena, Axis *, further->count + 1);
    Node **to = ARENA_ARRAY(graph->arena, Node *, further->count + 1);
    paths_rename(&f.paths, further, from, to);
    sweep(&f, graph_substitute(graph, tangent, from, to, further->count, false));
    if (f.unruled) return (DiffResult){DIFF_NO_RULE, f.unruled};
    Axis **back = ARENA_ARRAY(graph->arena, Axis *, further->count + 1);
    Node **given = ARENA_ARRAY(graph->arena, Node *, further->count + 1);
    for (int i = 0; i < further->count; i++) {
        back[i] = to[i]->u.axis;
        given[i] = graph_axis(graph, from[i]);
    }
    Node *result = graph_substitute(graph, change_of(&f, y), back, given, further->count, false);
    return (DiffResult){DIFF_FINE, graph_simplify(graph, result)};
}
