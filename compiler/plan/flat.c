/* Axes that always stand together are one axis. In: a model; out: the same one, or an equal one in
 * which
 *
 *     input x[n, c, h, w]      output y[n, c] = mean[h, w](x)
 *
 * goes over x[n, c, h_w]: one long loop where there were short ones in each other.
 *
 * Two axes are one where every array that has either has both, the second right behind the first;
 * where every reduction binds both or neither, and some sum does; and where nothing asks for the
 * index of either. Memory stays as it is, and the functions' arguments too: h_w is an extent that
 * is computed of others. */
#include "plan/plan.h"
#include <string.h>

typedef struct Flat {
    Model *model;
    Graph *graph;
    Arena *arena;
    NodeList nodes; /* all, arguments before users */
    Table asked;    /* axes of which somebody asks for the index */
    bool gives_up;
} Flat;

static void ask(Flat *f, Axis *const *axes, int count) {
    for (int i = 0; i < count; ++i)
        table_set(&f->asked, axes[i], axes[i]);
}

static void look_at_array(Flat *f, const Array *array) {
    if (array->recurrence) f->gives_up = true;
    if (array->index_axis) ask(f, &array->index_axis, 1);
}

static void look_at(Flat *f, Node *node) {
    bool random = node->op == OP_UNIFORM || node->op == OP_NORMAL;
    if (node->op == OP_AXIS) ask(f, &node->u.axis, 1);
    if (node->op == OP_AT) ask(f, node->u.positions, node->argument_count - 1);
    if (node->op == OP_ARRAY) look_at_array(f, node->u.array);
    if (random) ask(f, node->axes->items, node->axes->count);
    if (node_is_arg(node)) ask(f, node->u.bound->items, node->u.bound->count);
}

/* Params and what the optimizer keeps of them are laid out for whoever saves them: their axes stay.
 */
static void look_at_training(Flat *f, const Training *training, Table *seen) {
    for (int i = 0; i < training->updates.count; ++i) {
        const Array *array = training->updates.items[i].array;
        ask(f, array->axes, array->rank);
        graph_order(f->graph, training->updates.items[i].value, seen, &f->nodes);
    }
    for (int i = 0; i < training->gradients.count; ++i) {
        const Array *array = training->gradients.items[i].array;
        ask(f, array->axes, array->rank);
        graph_order(f->graph, training->gradients.items[i].value, seen, &f->nodes);
    }
}

/* What comes in batches along an axis has loops of its own for it. */
static void look_at_stream(Flat *f, const char *stream) {
    for (int i = 0; stream && i < f->model->axes.count; ++i)
        if (strcmp(f->model->axes.items[i]->name, stream) == 0) ask(f, &f->model->axes.items[i], 1);
}

static void collect(Flat *f) {
    Table seen = table_new(f->arena);
    Model *model = f->model;
    look_at_stream(f, graph_compiler(f->graph)->stream);
    if (model->training) look_at_training(f, model->training, &seen);
    for (int i = 0; i < model->outputs.count; ++i)
        graph_order(f->graph, model->outputs.items[i].value, &seen, &f->nodes);
    for (int i = 0; i < model->checks.count; ++i) {
        graph_order(f->graph, model->checks.items[i].index, &seen, &f->nodes);
        if (model->checks.items[i].guard)
            graph_order(f->graph, model->checks.items[i].guard, &seen, &f->nodes);
    }
    for (int i = 0; i < f->nodes.count; ++i)
        look_at(f, f->nodes.items[i]);
    for (int i = 0; i < model->arrays.count; ++i)
        look_at_array(f, model->arrays.items[i]);
}

static int place_of(const Array *array, const Axis *axis) {
    for (int i = 0; i < array->rank; ++i)
        if (array->axes[i] == axis) return i;
    return -1;
}

static bool array_joins(const Array *array, const Axis *first, const Axis *second) {
    int at = place_of(array, first);
    return place_of(array, second) == (at < 0 ? -1 : at + 1);
}

static bool may_join(const Flat *f, const Axis *first, const Axis *second) {
    bool sums = false;
    const Model *model = f->model;
    if (table_has(&f->asked, first) || table_has(&f->asked, second)) return false;
    for (int i = 0; i < model->arrays.count; ++i)
        if (!array_joins(model->arrays.items[i], first, second)) return false;
    for (int i = 0; i < model->outputs.count; ++i)
        if (!array_joins(model->outputs.items[i].array, first, second)) return false;
    for (int i = 0; i < f->nodes.count; ++i) {
        const Node *node = f->nodes.items[i];
        if (!node_is_reduction(node)) continue;
        bool binds = axis_set_has(node->u.bound, first);
        if (binds != axis_set_has(node->u.bound, second)) return false;
        sums |= binds && scalar_is_float(node->type);
    }
    return sums;
}

/* The first pair, or false. */
static bool find(const Flat *f, Axis *pair[2]) {
    for (int i = 0; i < f->model->arrays.count; ++i) {
        const Array *array = f->model->arrays.items[i];
        for (int k = 0; k + 1 < array->rank; ++k) {
            pair[0] = array->axes[k];
            pair[1] = array->axes[k + 1];
            if (may_join(f, pair[0], pair[1])) return true;
        }
    }
    return false;
}

/* --- the model with one axis for both --- */

typedef struct Joining {
    Flat *flat;
    Axis *const *pair;
    Axis *joined;
    Table arrays, nodes;
} Joining;

static Array *join_array(Joining *j, Array *array) {
    int at = place_of(array, j->pair[0]);
    if (at < 0) return array;
    Array *known = table_get(&j->arrays, array);
    if (known) return known;
    Array *made = ARENA_NEW(j->flat->arena, Array);
    *made = *array;
    made->declared = array->declared ? array->declared : array;
    made->axes = ARENA_ARRAY(j->flat->arena, Axis *, array->rank);
    made->rank = 0;
    for (int i = 0; i < array->rank; ++i)
        if (i != at + 1) made->axes[made->rank++] = i == at ? j->joined : array->axes[i];
    table_set(&j->arrays, array, made);
    return made;
}

static Node *joined(const Joining *j, Node *node) {
    return table_get(&j->nodes, node);
}

static void join_node(Joining *j, Node *node) {
    Graph *graph = j->flat->graph;
    Node *made = node;
    Node **arguments = ARENA_ARRAY(j->flat->arena, Node *, node->argument_count + 1);
    bool changes = false;
    for (int i = 0; i < node->argument_count; ++i) {
        arguments[i] = joined(j, node->arguments[i]);
        changes |= arguments[i] != node->arguments[i];
    }
    if (node->op == OP_ARRAY) {
        Array *array = join_array(j, node->u.array);
        if (array != node->u.array) made = graph_array(graph, array);
    } else if (node_is_reduction(node) && axis_set_has(node->u.bound, j->pair[0])) {
        const AxisSet *both = axis_set(graph, j->pair, 2);
        const AxisSet *bound = axis_set_minus(graph, node->u.bound, both);
        bound = axis_set_union(graph, bound, axis_set(graph, &j->joined, 1));
        made = graph_reduce(graph, node->op, bound, arguments[0],
                            node_where(node) ? arguments[1] : NULL);
    } else if (changes) {
        made = graph_rebuild(graph, node, arguments);
    }
    if (made != node) graph_with_span(made, node->span);
    table_set(&j->nodes, node, made);
}

static Axis *join_axes(const Flat *f, Axis *const *pair) {
    Text name = text_new(f->arena);
    text_format(&name, "%s_%s", pair[0]->name, pair[1]->name);
    Node *a = pair[0]->extent, *b = pair[1]->extent;
    Node *extent = a->op == OP_NUMBER && b->op == OP_NUMBER
                       ? graph_integer(f->graph, SCALAR_I64, a->u.integer * b->u.integer)
                       : graph_binary(f->graph, OP_MUL, a, b);
    Axis *joined = axis_new(f->graph, name_of(graph_compiler(f->graph)->names, name.chars), extent,
                            pair[0]->span);
    joined->is_joined = true;
    return joined;
}

static Training *join_training(const Joining *j, const Training *old) {
    Training *made = ARENA_NEW(j->flat->arena, Training);
    *made = *old;
    memset(&made->gradients, 0, sizeof made->gradients);
    memset(&made->updates, 0, sizeof made->updates);
    for (int i = 0; i < old->gradients.count; ++i) {
        Output gradient = old->gradients.items[i];
        gradient.value = joined(j, gradient.value);
        vector_push(j->flat->arena, &made->gradients, gradient);
    }
    for (int i = 0; i < old->updates.count; ++i) {
        Update update = old->updates.items[i];
        update.value = joined(j, update.value);
        vector_push(j->flat->arena, &made->updates, update);
    }
    return made;
}

static Model *join(Flat *f, Axis *const *pair) {
    Model *old = f->model, *made = ARENA_NEW(f->arena, Model);
    Joining j = {f, pair, join_axes(f, pair), table_new(f->arena), table_new(f->arena)};
    for (int i = 0; i < f->nodes.count; ++i)
        join_node(&j, f->nodes.items[i]);
    *made = *old;
    memset(&made->axes, 0, sizeof made->axes);
    memset(&made->arrays, 0, sizeof made->arrays);
    memset(&made->outputs, 0, sizeof made->outputs);
    memset(&made->checks, 0, sizeof made->checks);
    for (int i = 0; i < old->axes.count; ++i)
        vector_push(f->arena, &made->axes, old->axes.items[i]);
    vector_push(f->arena, &made->axes, j.joined);
    for (int i = 0; i < old->arrays.count; ++i)
        vector_push(f->arena, &made->arrays, join_array(&j, old->arrays.items[i]));
    for (int i = 0; i < old->outputs.count; ++i) {
        Output output = old->outputs.items[i];
        output.array = join_array(&j, output.array);
        output.value = joined(&j, output.value);
        vector_push(f->arena, &made->outputs, output);
    }
    for (int i = 0; i < old->checks.count; ++i) {
        RangeCheck check = old->checks.items[i];
        check.index = joined(&j, check.index);
        if (check.guard) check.guard = joined(&j, check.guard);
        vector_push(f->arena, &made->checks, check);
    }
    if (old->training) made->training = join_training(&j, old->training);
    return made;
}

Model *plan_flat_model(Compiler *compiler, Model *model) {
    for (;;) {
        Flat f = {.model = model, .graph = model->graph, .arena = compiler->arena};
        f.asked = table_new(compiler->arena);
        collect(&f);
        Axis *pair[2];
        if (f.gives_up || !find(&f, pair)) return model;
        model = join(&f, pair);
    }
    return model;
}
