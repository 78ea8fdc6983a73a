/* The reference evaluator's recurrences. Takes the node that reads some, gives their arrays, filled
 * point by point of the axes that they are walked along, each value worked out at that point with
 * these axes fixed. */
#include "graph/evaluator.h"
#include <math.h>
#include <stdlib.h>

typedef struct Walked { /* a member of a group */
    const Recurrence *recurrence;
    Evaluator evaluator; /* of its value, where the axes walked are others, and fixed */
    bool *again;         /* differs from point to point */
    int64_t *point;      /* an index for each loop */
    Tensor *stored;
} Walked;

/* The axes that are walked get another name: inside a sum over t, t is another axis. */
static Node *rename_walked(Walked *walked) {
    const Recurrence *recurrence = walked->recurrence;
    Evaluator *evaluator = &walked->evaluator;
    Graph *graph = evaluator->graph;
    const Array *array = recurrence->array;
    const AxisSet *taken = axis_set_union(graph, graph_axes(graph, recurrence->value),
                                          axis_set(graph, array->axes, array->rank));
    Axis **from = ARENA_ARRAY(evaluator->arena, Axis *, recurrence->loop_count + 1);
    Node **to = ARENA_ARRAY(evaluator->arena, Node *, recurrence->loop_count + 1);
    walked->point = ARENA_ARRAY(evaluator->arena, int64_t, recurrence->loop_count + 1);
    for (int i = 0; i < recurrence->loop_count; i++) {
        from[i] = recurrence->loops[i].axis;
        Axis *fresh = axis_fresh(graph, from[i], &taken, 1);
        taken = axis_set_union(graph, taken, axis_set(graph, &fresh, 1));
        to[i] = graph_axis(graph, fresh);
        table_set(&evaluator->fixed, fresh, &walked->point[i]);
    }
    return graph_substitute(graph, recurrence->value, from, to, recurrence->loop_count, true);
}

static void open_walked(Walked *walked, const Evaluator *outer, const RecurrenceGroup *group) {
    Evaluator *evaluator = &walked->evaluator;
    *evaluator = (Evaluator){.graph = outer->graph,
                             .bindings = outer->bindings,
                             .arena = outer->arena,
                             .places = table_new(outer->arena),
                             .stored = outer->stored,
                             .fixed = table_new(outer->arena)};
    evaluator_prepare(evaluator, rename_walked(walked));
    walked->again = ARENA_ARRAY(evaluator->arena, bool, evaluator->nodes.count);
    for (int i = 0; i < evaluator->nodes.count; i++) {
        const Node *node = evaluator->nodes.items[i];
        for (int a = 0; a < node->axes->count; a++)
            walked->again[i] |= table_has(&evaluator->fixed, node->axes->items[a]);
        for (int a = 0; a < node->argument_count; a++)
            walked->again[i] |=
                walked->again[(intptr_t)table_get(&evaluator->places, node->arguments[a]) - 1];
        for (int m = 0; node->op == OP_ARRAY && m < group->members.count; m++)
            walked->again[i] |= group->members.items[m]->array == node->u.array;
        evaluator->kept[i] |= !walked->again[i];
    }
    for (int i = 0; i < evaluator->nodes.count && !evaluator->error; i++)
        if (!walked->again[i]) evaluator_run(evaluator, i);
}

static void evaluate_point_in(Walked *walked) {
    Evaluator *evaluator = &walked->evaluator;
    const Recurrence *recurrence = walked->recurrence;
    int last = evaluator->nodes.count - 1;
    evaluator_count_users(evaluator);
    for (int i = 0; i <= last && !evaluator->error; i++)
        if (walked->again[i]) evaluator_run(evaluator, i);
    if (evaluator->error) return;
    Axis *free_axes[MOST_AXES], *walked_axes[MOST_AXES] = {0};
    int64_t strides[MOST_AXES], start = 0;
    int rank = 0;
    for (int i = 0; i < recurrence->loop_count; i++)
        walked_axes[i] = recurrence->loops[i].axis;
    strides_along(walked->stored, walked_axes, recurrence->loop_count, strides);
    for (int i = 0; i < recurrence->loop_count; i++)
        start += strides[i] * walked->point[i];
    for (int i = 0; i < walked->stored->rank; i++) {
        bool is_walked = false;
        for (int k = 0; k < recurrence->loop_count; k++)
            is_walked |= walked_axes[k] == walked->stored->axes[i];
        if (!is_walked) free_axes[rank++] = walked->stored->axes[i];
    }
    Tensor over = tensor_shape(evaluator, free_axes, rank);
    const Tensor *value = &evaluator->tensors[last];
    Walk walk = walk_new(evaluator, &over, (const Tensor *[]){walked->stored, value}, 2);
    walk.offsets[0] = start;
    for (int64_t i = 0; i < over.count; i++, walk_next(&walk))
        walked->stored->values[walk.offsets[0]] = value->values[walk.offsets[1]];
    if (!walked->again[last] || evaluator->kept[last]) return;
    free(evaluator->tensors[last].values);
    evaluator->tensors[last].values = NULL;
}

/* The value at the point, into the array. What is allocated on the way is freed: there may be very
 * many points. */
static void evaluate_point(Walked *walked) {
    Evaluator *evaluator = &walked->evaluator;
    Arena *arena = evaluator->arena;
    if (evaluator->error) return;
    evaluator->arena = arena_new();
    evaluate_point_in(walked);
    if (evaluator->error) evaluator->error = arena_format(arena, "%s", evaluator->error);
    arena_free(evaluator->arena);
    evaluator->arena = arena;
}

static bool share_loop(const Recurrence *a, const Recurrence *b, int depth) {
    return b->loop_count > depth && a->loops[depth].axis == b->loops[depth].axis &&
           a->loops[depth].nest == b->loops[depth].nest;
}

/* Those that share the loops around them, in order. */
static void walk_members(Walked *walked, int count, int depth) {
    for (int i = 0, end; i < count; i = end) {
        const Recurrence *recurrence = walked[i].recurrence;
        end = i + 1;
        if (recurrence->loop_count == depth) {
            evaluate_point(&walked[i]);
            continue;
        }
        while (end < count && share_loop(recurrence, walked[end].recurrence, depth))
            end++;
        const RecurrenceLoop *loop = &recurrence->loops[depth];
        int64_t extent = evaluator_extent(&walked[i].evaluator, loop->axis);
        for (int64_t step = 0; step < extent && !walked[i].evaluator.error; step++) {
            for (int k = i; k < end; k++)
                walked[k].point[depth] = loop->down ? extent - 1 - step : step;
            walk_members(walked + i, end - i, depth + 1);
        }
    }
}

static void evaluate_group(Evaluator *evaluator, const RecurrenceGroup *group) {
    int count = group->members.count;
    Walked *walked = ARENA_ARRAY(evaluator->arena, Walked, count);
    for (int m = 0; m < count && !evaluator->error; m++) {
        walked[m].recurrence = group->members.items[m];
        const Array *array = walked[m].recurrence->array;
        Tensor *stored = ARENA_NEW(evaluator->arena, Tensor);
        *stored = tensor_shape(evaluator, array->axes, array->rank);
        if (!tensor_allocate(evaluator, stored)) return;
        for (int64_t i = 0; i < stored->count; i++)
            stored->values[i] = NAN; /* what is not there yet */
        table_set(evaluator->stored, array, stored);
        walked[m].stored = stored;
    }
    for (int m = 0; m < count && !evaluator->error; m++)
        open_walked(&walked[m], evaluator, group);
    if (!evaluator->error) walk_members(walked, count, 0);
    for (int m = 0; m < count; m++) {
        if (!evaluator->error) evaluator->error = walked[m].evaluator.error;
        if (walked[m].evaluator.stored) evaluator_release(&walked[m].evaluator);
    }
}

void evaluator_recurrences(Evaluator *evaluator, Node *node) {
    RecurrenceList list = {0};
    Table met = table_new(evaluator->graph->arena);
    graph_recurrences(evaluator->graph, node, &met, &list);
    for (int i = 0; i < list.count && !evaluator->error; i++)
        if (!table_has(evaluator->stored, list.items[i]->array))
            evaluate_group(evaluator, list.items[i]->group);
}
