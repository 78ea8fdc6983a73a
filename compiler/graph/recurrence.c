/* Which recurrences a value reaches. In: a node; out: the recurrences behind the ARRAY nodes below
 * it, and behind those of their values, group by group. A group comes after the groups that it
 * reads; of these there are no circles, for what reads each other is one group. */
#include "graph/internal.h"

typedef struct Open { /* a group whose values are being looked through */
    RecurrenceGroup *group;
    NodeList nodes;
    int next;
} Open;

typedef Vector(Open) OpenGroups;

static void open_group(Graph *graph, Arena *arena, OpenGroups *open, RecurrenceGroup *group,
                       Table *met) {
    Open made = {.group = group};
    Table seen = table_new(arena); /* each group meets all that it reads */
    table_set(met, group, group);
    for (int i = 0; i < group->members.count; i++)
        if (group->members.items[i]->value)
            graph_order(graph, group->members.items[i]->value, &seen, &made.nodes);
    vector_push(arena, open, made);
}

void graph_recurrences(Graph *graph, Node *root, Table *met, RecurrenceList *list) {
    Arena *arena = arena_new();
    OpenGroups open = {0};
    vector_push(arena, &open, (Open){0});
    graph_order(graph, root, met, &open.items[0].nodes);
    while (open.count) {
        Open *top = &open.items[open.count - 1];
        if (top->next < top->nodes.count) {
            const Recurrence *recurrence = node_recurrence(top->nodes.items[top->next++]);
            if (!recurrence || !recurrence->group || table_has(met, recurrence->group)) continue;
            open_group(graph, arena, &open, recurrence->group, met);
            continue;
        }
        for (int i = 0; top->group && i < top->group->members.count; i++)
            vector_push(graph->arena, list, top->group->members.items[i]);
        open.count--;
    }
    arena_free(arena);
}

const AxisSet *graph_axes(Graph *graph, Node *root) {
    NodeList nodes = {0};
    Table seen = table_new(graph->arena);
    const AxisSet *axes = graph->empty_set;
    graph_order(graph, root, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        Node *node = nodes.items[i];
        axes = axis_set_union(graph, axes, node->axes);
        if (node_is_reduction(node)) axes = axis_set_union(graph, axes, node->u.bound);
        if (node->op == OP_AT)
            axes = axis_set_union(graph, axes,
                                  axis_set(graph, node->u.positions, node->argument_count - 1));
    }
    return axes;
}

Axis *graph_fresh_axis(Graph *graph, Axis *axis, const AxisSet *taken) {
    return axis_fresh(graph, axis, &taken, 1);
}
