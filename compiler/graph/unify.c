/* Recurrences that are the same become one, and what a recurrence holds is read from it.
 *
 *     grad(L, a) and grad(L, b) both walk back along h      ->   they read one d_h
 *     h[t] = tanh(...), and 1 - tanh(...)^2 in a gradient   ->   1 - h^2
 *
 * In: a model; out: the same with other reads. Groups are looked at in the order in which they read
 * each other, so that a group is only ever given reads of groups that do not need it. */
#include "graph/internal.h"

typedef struct Unifier {
    Graph *graph;
    Table instead; /* Node * -> the Node * that takes its place */
    RecurrenceList kept;
} Unifier;

/* --- replacing --- */

static Node *replaced(Unifier *u, Node *root) {
    Graph *graph = u->graph;
    NodeList nodes = {0};
    TABLE_HERE(seen, graph->arena);
    TABLE_HERE(done, graph->arena);
    graph_order(graph, root, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        Node *node = nodes.items[i], *result = table_get(&u->instead, node);
        if (!result && node->argument_count) {
            Node **arguments = ARENA_ARRAY(graph->arena, Node *, node->argument_count);
            for (int a = 0; a < node->argument_count; a++)
                arguments[a] = table_get(&done, node->arguments[a]);
            result = graph_rebuild(graph, node, arguments);
        }
        table_set(&done, node, result ? result : node);
    }
    return table_get(&done, root);
}

/* The value of a recurrence, wherever else it stands; not what is as easily had as the read, and
 * not a condition: it proves that what it stands around is legal, which an array does not. */
static void read_instead(Unifier *u, const Recurrence *recurrence) {
    const Array *array = recurrence->array;
    Node *value = recurrence->value;
    if (array->type == SCALAR_BOOL) return;
    for (;; value = value->arguments[0]) {
        bool plain = op_info[value->op].class_ == OP_LEAF || value->op == OP_AT;
        if (plain || value->axes != axis_set(u->graph, array->axes, array->rank)) return;
        if (!table_has(&u->instead, value))
            table_set(&u->instead, value, graph_array(u->graph, recurrence->array));
        if (value->op != OP_LET && value->op != OP_STOP) return;
    }
}

/* --- comparing --- */

typedef struct Comparison {
    const RecurrenceGroup *a, *b;
    Table same; /* Node * of a -> Node * of b */
} Comparison;

static bool same_array(const Comparison *c, const Node *a, const Node *b) {
    for (int i = 0; i < c->a->members.count; i++)
        if (c->a->members.items[i]->array == a->u.array)
            return c->b->members.items[i]->array == b->u.array;
    return false;
}

static bool same_node(Comparison *c, const Node *a, const Node *b) {
    if (a == b) return true;
    if (table_get(&c->same, a) == b) return true;
    if (a->op != b->op || a->type != b->type || a->axes != b->axes || a->guarded != b->guarded ||
        a->argument_count != b->argument_count)
        return false;
    if (a->op == OP_ARRAY) return same_array(c, a, b);
    if (op_info[a->op].class_ == OP_LEAF) return false;
    if (node_is_reduction(a) && a->u.bound != b->u.bound) return false;
    if (a->op == OP_LET && a->u.name != b->u.name) return false;
    for (int i = 0; i < a->argument_count; i++) {
        if (a->op == OP_AT && i > 0 && a->u.positions[i - 1] != b->u.positions[i - 1]) return false;
        if (!same_node(c, a->arguments[i], b->arguments[i])) return false;
    }
    table_set(&c->same, a, (void *)b);
    return true;
}

static bool same_shape(const Recurrence *a, const Recurrence *b) {
    const Array *x = a->array, *y = b->array;
    if (x->rank != y->rank || x->type != y->type || a->loop_count != b->loop_count ||
        x->index_axis != y->index_axis || x->has_none != y->has_none || x->none != y->none)
        return false;
    for (int i = 0; i < x->rank; i++)
        if (x->axes[i] != y->axes[i]) return false;
    for (int i = 0; i < a->loop_count; i++)
        if (a->loops[i].axis != b->loops[i].axis || a->loops[i].down != b->loops[i].down)
            return false;
    return true;
}

static bool same_group(Unifier *u, const RecurrenceGroup *a, const RecurrenceGroup *b) {
    Comparison c = {a, b, table_new(u->graph->arena)};
    if (a == b || a->members.count != b->members.count) return false;
    for (int i = 0; i < a->members.count; i++)
        if (!same_shape(a->members.items[i], b->members.items[i])) return false;
    for (int i = 0; i < a->members.count; i++)
        if (!same_node(&c, a->members.items[i]->value, b->members.items[i]->value)) return false;
    return true;
}

/* --- all of them --- */

static const RecurrenceGroup *like(Unifier *u, const RecurrenceGroup *group) {
    for (int i = 0; i < u->kept.count; i++)
        if (same_group(u, u->kept.items[i]->group, group)) return u->kept.items[i]->group;
    return NULL;
}

static void unify_group(Unifier *u, const RecurrenceGroup *group) {
    for (int i = 0; i < group->members.count; i++)
        group->members.items[i]->value = replaced(u, group->members.items[i]->value);
    const RecurrenceGroup *other = like(u, group);
    for (int i = 0; i < group->members.count; i++) {
        Recurrence *recurrence = group->members.items[i];
        if (other)
            table_set(&u->instead, graph_array(u->graph, recurrence->array),
                      graph_array(u->graph, other->members.items[i]->array));
        else
            read_instead(u, recurrence);
    }
    if (!other) vector_push(u->graph->arena, &u->kept, group->members.items[0]);
}

bool recurrences_unify(Model *model) {
    Graph *graph = model->graph;
    Unifier u = {.graph = graph, .instead = table_new(graph->arena)};
    RecurrenceList list = {0};
    TABLE_HERE(met, graph->arena);
    for (int i = 0; i < model->outputs.count; i++)
        graph_recurrences(graph, model->outputs.items[i].value, &met, &list);
    Training *training = model->training;
    for (int i = 0; training && i < training->gradients.count; i++)
        graph_recurrences(graph, training->gradients.items[i].value, &met, &list);
    for (int i = 0; i < list.count; i++)
        if (i == 0 || list.items[i]->group != list.items[i - 1]->group)
            unify_group(&u, list.items[i]->group);
    for (int i = 0; i < model->outputs.count && list.count; i++)
        model->outputs.items[i].value = replaced(&u, model->outputs.items[i].value);
    for (int i = 0; training && i < training->gradients.count && list.count; i++)
        training->gradients.items[i].value = replaced(&u, training->gradients.items[i].value);
    for (int i = 0; i < model->lets.count && list.count; i++)
        model->lets.items[i].value = replaced(&u, model->lets.items[i].value);
    return list.count > 0;
}
