/* What lies between y and x. In: both; out: all nodes that y reaches, and which of them change with
 * x. The value of a recurrence is reached through its array, so circles close here: what is active
 * is found again until nothing is added. */
#include "diff/parts.h"

bool paths_active(const Paths *paths, const Node *node) {
    return table_has(&paths->active, node);
}

static bool changes(const Paths *paths, const Node *node) {
    if (node == paths->x) return true;
    const Recurrence *recurrence = node_recurrence(node);
    if (recurrence) return paths_active(paths, recurrence->value);
    if (node_is_reduction(node))
        return diff_passes(node, 0) && paths_active(paths, node_body(node));
    for (int i = 0; i < node->argument_count; i++)
        if (diff_passes(node, i) && paths_active(paths, node->arguments[i])) return true;
    return false;
}

static void collect(Paths *paths, Node *y) {
    Graph *graph = paths->graph;
    TABLE_HERE(seen, graph->arena);
    TABLE_HERE(met, graph->arena);
    graph_order(graph, y, &seen, &paths->order);
    paths->axes = graph->empty_set;
    for (int i = 0; i < paths->order.count; i++) {
        Node *node = paths->order.items[i];
        paths->axes = axis_set_union(graph, paths->axes, node->axes);
        if (node_is_reduction(node))
            paths->axes = axis_set_union(graph, paths->axes, node->u.bound);
        if (node == paths->x) paths->uses_x = true;
        Recurrence *recurrence = node_recurrence(node);
        if (!recurrence || table_has(&met, recurrence)) continue;
        table_set(&met, recurrence, recurrence);
        if (recurrence->value)
            graph_order(graph, recurrence->value, &seen, &paths->order);
        else
            paths->open = node;
    }
}

/* What is chosen by `if` is the value where it is chosen, and nowhere else is it asked for. */
static void hold(Paths *paths, const Node *value, Node *array) {
    if (value->type == array->type && value->axes == array->axes)
        table_set(&paths->held, value, array);
    if (value->op != OP_SELECT) return;
    hold(paths, value->arguments[1], array);
    hold(paths, value->arguments[2], array);
}

void paths_find(Paths *paths, Graph *graph, Node *y, Node *x) {
    *paths = (Paths){.graph = graph, .x = x, .active = table_new(graph->arena)};
    paths->held = table_new(graph->arena);
    collect(paths, y);
    if (paths->open) return;
    for (bool grown = true, circles = true; grown && circles;) {
        grown = circles = false;
        for (int i = 0; i < paths->order.count; i++) {
            Node *node = paths->order.items[i];
            Recurrence *recurrence = node_recurrence(node);
            circles |= recurrence != NULL;
            if (paths_active(paths, node) || !changes(paths, node)) continue;
            table_set(&paths->active, node, node);
            grown = true;
        }
    }
    for (int i = 0; i < paths->order.count; i++) {
        Node *node = paths->order.items[i];
        Recurrence *recurrence = node_recurrence(node);
        if (!recurrence || !paths_active(paths, recurrence->value)) continue;
        vector_push(graph->arena, &paths->recurrences, recurrence);
        hold(paths, recurrence->value, node);
    }
}

void paths_rename(const Paths *paths, const AxisSet *set, Axis **from, Node **to) {
    Graph *graph = paths->graph;
    const AxisSet *taken = axis_set_union(graph, paths->axes, set);
    for (int i = 0; i < set->count; i++) {
        from[i] = set->items[i];
        Axis *fresh = axis_fresh(graph, set->items[i], &taken, 1);
        taken = axis_set_union(graph, taken, axis_set(graph, &fresh, 1));
        to[i] = graph_axis(graph, fresh);
    }
}

static Array *twin_of(Graph *graph, const Recurrence *recurrence, const AxisSet *further,
                      bool reversed) {
    const Array *array = recurrence->array;
    Recurrence *made = ARENA_NEW(graph->arena, Recurrence);
    Array *twin = ARENA_NEW(graph->arena, Array);
    twin->kind = ARRAY_RECURRENCE;
    twin->name = name_of(graph->compiler->names, arena_format(graph->arena, "d_%s", array->name));
    twin->type = array->type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32;
    twin->rank = array->rank + further->count;
    twin->axes = ARENA_ARRAY(graph->arena, Axis *, twin->rank + 1);
    for (int i = 0; i < array->rank; i++)
        twin->axes[i] = array->axes[i];
    for (int i = 0; i < further->count; i++)
        twin->axes[array->rank + i] = further->items[i];
    twin->span = array->span;
    twin->recurrence = made;
    made->array = twin;
    made->loop_count = recurrence->loop_count;
    made->loops = ARENA_ARRAY(graph->arena, RecurrenceLoop, made->loop_count + 1);
    for (int i = 0; i < made->loop_count; i++) {
        made->loops[i] = recurrence->loops[i];
        if (reversed) made->loops[i].down = !made->loops[i].down;
    }
    return twin;
}

/* The twins of a group are a group, in the same order or the reverse of it. */
void paths_group(const Paths *paths, const Table *twins, bool reversed) {
    Graph *graph = paths->graph;
    TABLE_HERE(done, graph->arena);
    for (int i = 0; i < paths->recurrences.count; i++) {
        RecurrenceGroup *group = paths->recurrences.items[i]->group;
        if (!table_add(&done, group)) continue;
        RecurrenceGroup *made = ARENA_NEW(graph->arena, RecurrenceGroup);
        for (int m = 0; m < group->members.count; m++) {
            int at = reversed ? group->members.count - 1 - m : m;
            Array *twin = table_get(twins, group->members.items[at]);
            if (!twin) continue;
            twin->recurrence->group = made;
            vector_push(graph->arena, &made->members, twin->recurrence);
        }
    }
}

Table paths_twins(const Paths *paths, const AxisSet *further, bool reversed) {
    Graph *graph = paths->graph;
    Table twins = table_new(graph->arena);
    for (int i = 0; i < paths->recurrences.count; i++)
        table_set(&twins, paths->recurrences.items[i],
                  twin_of(graph, paths->recurrences.items[i], further, reversed));
    paths_group(paths, &twins, reversed);
    return twins;
}
