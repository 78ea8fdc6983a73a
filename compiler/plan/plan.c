/* The pass that plans: outputs of a model in, loops over stored arrays out. See plan.h for what a plan is. */
#include "plan/plan.h"
#include <math.h>

Node *plan_identity(Graph *graph, Op op, Scalar type) {
    switch (op) {
    case OP_PROD: return scalar_is_float(type) ? graph_number(graph, type, 1) : graph_integer(graph, type, 1);
    case OP_ALL: return graph_integer(graph, SCALAR_BOOL, 1);
    case OP_REDUCE_MIN:
    case OP_REDUCE_MAX: {
        bool min = op == OP_REDUCE_MIN;
        if (scalar_is_float(type)) return graph_number(graph, type, min ? INFINITY : -INFINITY);
        int64_t high = type == SCALAR_I32 ? INT32_MAX : INT64_MAX;
        return graph_integer(graph, type, min ? high : -high - 1);
    }
    default: return scalar_is_float(type) ? graph_number(graph, type, 0) : graph_integer(graph, type, 0);
    }
}

static Root *root_new(Plan *plan, Array *array, Node *value) {
    Arena *arena = plan->compiler->arena;
    Root *root = ARENA_NEW(arena, Root);
    root->array = array;
    root->value = value;
    root->scatter = OP_NUMBER;
    root->id = plan->roots.count;
    root->loop_count = array->rank;
    root->loops = ARENA_ARRAY(arena, RootLoop, array->rank + 1);
    for (int i = 0; i < array->rank; ++i)
        root->loops[i] = (RootLoop){array->axes[i], LOOP_MAP, false};
    vector_push(arena, &plan->roots, root);
    table_set(&plan->arrays, array, root);
    return root;
}

Root *plan_store(Plan *plan, Node *value, Axis *const *axes, int rank, const char *name) {
    Arena *arena = plan->compiler->arena;
    Root *known = table_get(&plan->stored, value);
    if (known) return known;
    Array *array = ARENA_NEW(arena, Array);
    array->kind = ARRAY_OUTPUT;
    array->name = name_of(plan->compiler->names, name ? name : "value");
    array->type = value->type;
    array->rank = rank;
    array->axes = ARENA_ARRAY(arena, Axis *, rank + 1);
    for (int i = 0; i < rank; ++i)
        array->axes[i] = axes[i];
    array->span = value->span;
    Root *root = root_new(plan, array, value);
    root->is_buffer = true;
    if (node_is_reduction(value)) table_set(&plan->stored, value, root);
    return root;
}

Node *plan_root_read(Plan *plan, Root *root) {
    Node *read = graph_array(plan->graph, root->array);
    return root->wide ? graph_convert(plan->graph, SCALAR_F32, read) : read;
}

Root *plan_root_of(const Plan *plan, const Node *node) {
    if (node->op == OP_ARRAY) return table_get(&plan->arrays, node->u.array);
    if (node_is_reduction(node)) return table_get(&plan->stored, node);
    return NULL;
}

Plan *plan_model(Compiler *compiler, Model *model, const int *outputs, int count) {
    Plan *plan = ARENA_NEW(compiler->arena, Plan);
    plan->compiler = compiler;
    plan->graph = model->graph;
    plan->model = model;
    plan->stored = table_new(compiler->arena);
    plan->arrays = table_new(compiler->arena);
    plan->names = table_new(compiler->arena);
    for (int i = 0; i < count; ++i) {
        Output *output = &model->outputs.items[outputs[i]];
        Node *value = plan_normalise(plan, plan_guard(plan, output->value));
        root_new(plan, output->array, graph_simplify(plan->graph, value));
    }
    plan_place(plan);
    plan_schedule(plan);
    return plan;
}
