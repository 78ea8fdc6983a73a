/* Every invariant that graph.h states, checked on all that a model reaches. Runs after each pass in
 * tests and debug builds; what fails is our error, never the user's, and is named by the node as
 * the language writes it. */
#include "graph/internal.h"
#include <math.h>

typedef struct Verifier {
    const Model *model;
    Graph *graph;
    Table seen; /* Node * or Axis * -> itself */
    Table met;  /* by graph_recurrences */
} Verifier;

static void check_node(Verifier *v, Node *node);

static void require(Verifier *v, bool holds, const Node *node, const char *what) {
    if (holds) return;
    Text text = text_new(v->graph->arena);
    graph_print_node(&text, node);
    if (text.length > 200) text.chars[200] = '\0';
    bug("node %d, %s %s: %s", node->id, op_info[node->op].id, text.chars, what);
}

static void check_axis(Verifier *v, Axis *axis) {
    if (!table_add(&v->seen, axis)) return;
    const char *name = axis->name;
    if (!axis->extent || axis->extent->type != SCALAR_I64 || axis->extent->axes->count) {
        bug("axis %s: its extent is no i64 without axes", name);
    }
    if (axis->like->like != axis->like) bug("axis %s: like is not followed to the end", name);
    if (axis->like->extent != axis->extent)
        bug("axis %s: its extent is not that of %s", name, axis->like->name);
    if (axis->origin->origin != axis->origin) bug("axis %s: a variant of a variant", name);
    if ((axis->variant == 0) != (axis->origin == axis))
        bug("axis %s: variant and origin disagree", name);
    bool own_extent = axis->extent->op == OP_EXTENT && axis->extent->u.axis == axis;
    if (axis->is_argument != own_extent) bug("axis %s: is_argument and its extent disagree", name);
    check_node(v, axis->extent);
}

static void check_set(Verifier *v, const Node *node, const AxisSet *set) {
    require(v, axis_set(v->graph, set->items, set->count) == set, node,
            "a set of axes is not interned");
    for (int i = 0; i < set->count; i++) {
        check_axis(v, set->items[i]);
    }
}

static void check_array(Verifier *v, const Array *array) {
    const AxisSet *axes = axis_set(v->graph, array->axes, array->rank);
    if (axes->count != array->rank) bug("array %s: an axis stands twice", array->name);
    for (int i = 0; i < array->rank; i++) {
        check_axis(v, array->axes[i]);
        if (array->axes[i]->variant && array->kind != ARRAY_RECURRENCE)
            bug("array %s: a renamed axis", array->name);
    }
    if (array->index_axis && array->type != SCALAR_I64)
        bug("array %s: an index is i64", array->name);
    if (array->has_none && !array->index_axis) bug("array %s: none without an index", array->name);
    if (array->kind == ARRAY_MASK && array->type != SCALAR_BOOL)
        bug("mask %s: no bool", array->name);
    if (array->initial) {
        check_node(v, array->initial);
        require(v, axis_set_within(array->initial->axes, axes), array->initial,
                "axes that its param lacks");
    }
}

static void check_recurrence(Verifier *v, const Array *array) {
    const Recurrence *recurrence = array->recurrence;
    if (!recurrence || recurrence->array != array || !recurrence->value || !recurrence->group)
        bug("recurrence %s: it is not complete", array->name);
    const Node *value = recurrence->value;
    bool listed = false;
    for (int i = 0; i < recurrence->group->members.count; i++)
        listed = listed || recurrence->group->members.items[i] == recurrence;
    if (!listed) bug("recurrence %s: its group does not have it", array->name);
    const AxisSet *axes = axis_set(v->graph, array->axes, array->rank);
    require(v, axis_set_within(value->axes, axes), value, "axes that its recurrence lacks");
    require(v, value->type == array->type, value, "not of its recurrence's type");
    for (int i = 0; i < recurrence->loop_count; i++)
        if (!axis_set_has(axes, recurrence->loops[i].axis))
            bug("recurrence %s: it is walked along an axis that it lacks", array->name);
}

static void check_number(Verifier *v, const Node *node) {
    if (scalar_is_float(node->type)) {
        double value = node->u.number;
        require(v, isnan(value) || scalar_literal(node->type, value) == value, node,
                "no number of its type");
    } else if (node->type == SCALAR_BOOL) {
        require(v, node->u.integer == 0 || node->u.integer == 1, node, "a bool that is not 0 or 1");
    } else if (node->type == SCALAR_I32) {
        require(v, node->u.integer == (int32_t)node->u.integer, node, "no i32");
    }
}

static void check_at(Verifier *v, const Node *node) {
    require(v, node->argument_count >= 2, node, "no positions");
    for (int i = 0; i < node->argument_count - 1; i++) {
        Axis *axis = node->u.positions[i];
        const Node *index = node->arguments[i + 1];
        check_axis(v, axis);
        require(v, axis_set_has(node->arguments[0]->axes, axis), node,
                "a position that the base lacks");
        require(v, i == 0 || node->u.positions[i - 1]->id < axis->id, node,
                "positions are not sorted");
        require(v, index->op != OP_AXIS || index->u.axis != axis, node,
                "a position that is itself");
    }
}

static void check_attributes(Verifier *v, Node *node) {
    switch (node->op) {
    case OP_NUMBER: check_number(v, node); break;
    case OP_AXIS: check_axis(v, node->u.axis); break;
    case OP_EXTENT:
        check_axis(v, node->u.axis);
        require(v, node->u.axis->extent == node, node, "not the extent of its axis");
        break;
    case OP_ARRAY:
        check_array(v, node->u.array);
        if (node->u.array->kind == ARRAY_RECURRENCE) check_recurrence(v, node->u.array);
        break;
    case OP_AT: check_at(v, node); break;
    case OP_LET: require(v, node->u.name != NULL, node, "no name"); break;
    default:
        if (node_is_reduction(node)) check_set(v, node, node->u.bound);
    }
    require(v, !node->guarded || node->op == OP_AT, node, "guarded, but no AT");
    bool rounds = node->type == SCALAR_F16 || node->type == SCALAR_BF16;
    require(v, !rounds || node->op == OP_CONVERT, node, "f16 and bf16 are storage");
    require(v, node->op != OP_CONVERT || node->arguments[0]->type != node->type, node,
            "a conversion to its own type");
}

static void check_one(Verifier *v, Node *node) {
    for (int i = 0; i < node->argument_count; i++) {
        Node *argument = node->arguments[i];
        require(v, argument->id < node->id, node, "an argument is younger");
        bool rounds = argument->type == SCALAR_F16 || argument->type == SCALAR_BF16;
        require(v, !rounds || node->op == OP_CONVERT, node, "an argument of a storage type");
    }
    check_attributes(v, node);
    Node derived = *node;
    node_derive(v->graph, &derived);
    require(v, derived.type == node->type, node, "its type");
    require(v, derived.axes == node->axes, node, "its axes");
    require(v, derived.can_fail == node->can_fail, node, "can_fail");
    require(v, derived.has_reduction == node->has_reduction, node, "has_reduction");
    require(v, node_find(v->graph, node) == node, node, "not the one node that is equal");
    check_set(v, node, node->axes);
}

static void check_node(Verifier *v, Node *node) {
    NodeList nodes = {0};
    graph_order(v->graph, node, &v->seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        check_one(v, nodes.items[i]);
    }
}

static void check_recurrences(Verifier *v, Node *root) {
    RecurrenceList list = {0};
    graph_recurrences(v->graph, root, &v->met, &list);
    for (int i = 0; i < list.count; i++)
        check_node(v, list.items[i]->value);
}

static void check_output(Verifier *v, const Output *output) {
    const Array *array = output->array;
    check_array(v, array);
    check_node(v, output->value);
    check_recurrences(v, output->value);
    if (array->kind != ARRAY_OUTPUT) bug("output %s: its array is none", array->name);
    if (output->is_loss && array->rank) bug("loss %s: no scalar", array->name);
    const AxisSet *axes = axis_set(v->graph, array->axes, array->rank);
    require(v, axis_set_within(output->value->axes, axes), output->value,
            "axes that its output lacks");
    Scalar stored = array->type, given = output->value->type;
    bool alike = scalar_is_float(stored) == scalar_is_float(given) &&
                 scalar_is_integer(stored) == scalar_is_integer(given);
    require(v, alike, output->value, "not of its output's type");
}

static void check_range_check(Verifier *v, const RangeCheck *check) {
    check_axis(v, check->axis);
    check_node(v, check->index);
    require(v, scalar_is_integer(check->index->type), check->index, "an index is an integer");
    if (!check->guard) return;
    check_node(v, check->guard);
    require(v, check->guard->type == SCALAR_BOOL, check->guard, "a guard is a bool");
}

bool model_verify(const Model *model) {
    Verifier v = {.model = model, .graph = model->graph, .seen = table_new(model->graph->arena)};
    v.met = table_new(model->graph->arena);
    for (int i = 0; i < model->axes.count; i++) {
        check_axis(&v, model->axes.items[i]);
    }
    for (int i = 0; i < model->arrays.count; i++) {
        check_array(&v, model->arrays.items[i]);
    }
    for (int i = 0; i < model->outputs.count; i++) {
        check_output(&v, &model->outputs.items[i]);
    }
    for (int i = 0; i < model->checks.count; i++) {
        check_range_check(&v, &model->checks.items[i]);
    }
    for (int i = 0; i < model->lets.count; i++) {
        check_node(&v, model->lets.items[i].value);
    }
    for (int i = 0; i < model->entries.count; i++) {
        const Entry *entry = &model->entries.items[i];
        for (int j = 0; j < entry->count; j++) {
            if (entry->outputs[j] < 0 || entry->outputs[j] >= model->outputs.count) {
                bug("entry %s: an output that does not exist", entry->name);
            }
        }
    }
    table_end(&v.seen);
    table_end(&v.met);
    return true;
}
