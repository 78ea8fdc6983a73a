/* The pass that plans: outputs of a model in, loops over stored arrays out. See plan.h for what a
 * plan is. */
#include "plan/plan.h"
#include <math.h>

Node *plan_identity(Graph *graph, Op op, Scalar type) {
    switch (op) {
    case OP_PROD:
        return scalar_is_float(type) ? graph_number(graph, type, 1) : graph_integer(graph, type, 1);
    case OP_ALL: return graph_integer(graph, SCALAR_BOOL, 1);
    case OP_REDUCE_MIN:
    case OP_REDUCE_MAX: {
        bool min = op == OP_REDUCE_MIN;
        if (scalar_is_float(type)) return graph_number(graph, type, min ? INFINITY : -INFINITY);
        int64_t high = type == SCALAR_I32 ? INT32_MAX : INT64_MAX;
        return graph_integer(graph, type, min ? high : -high - 1);
    }
    default:
        return scalar_is_float(type) ? graph_number(graph, type, 0) : graph_integer(graph, type, 0);
    }
}

Root *plan_root_new(Plan *plan, Array *array, Node *value) {
    Arena *arena = plan->compiler->arena;
    Root *root = ARENA_NEW(arena, Root);
    root->array = array;
    root->value = value;
    root->scatter = OP_NUMBER;
    root->id = plan->made++;
    root->loop_count = array->rank;
    root->loops = ARENA_ARRAY(arena, RootLoop, array->rank + 1);
    for (int i = 0; i < array->rank; ++i)
        root->loops[i] = (RootLoop){array->axes[i], LOOP_MAP, false, 0, NULL};
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
    Root *root = plan_root_new(plan, array, value);
    root->is_buffer = true;
    if (node_is_reduction(value)) table_set(&plan->stored, value, root);
    plan_join(plan, root);
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

Node *plan_rebuild(Plan *plan, Node *node, Node **arguments) {
    Node *result = graph_rebuild(plan->graph, node, arguments);
    const char *name = table_get(&plan->names, node);
    if (name && !table_has(&plan->names, result)) table_set(&plan->names, result, (void *)name);
    return result;
}

bool plan_may_change(const Root *root) {
    return !root->member && root->scatter == OP_NUMBER && !root->list && !root->contraction;
}

void plan_change(Plan *plan, Root *root, Node *value) {
    if (value == root->value) return;
    bool stored = table_get(&plan->stored, root->value) == root;
    root->value = value;
    if (stored && node_is_reduction(value)) table_set(&plan->stored, value, root);
}

/* Where a stored value, or an output's, is part of another value, it is read from there. */
static Node *read_outputs(Plan *plan, Node *node, const Root *own, const Table *outputs,
                          Table *memo) {
    if (!node->has_reduction) return node;
    Root *root = table_get(outputs, node);
    if (!root && node_is_reduction(node)) root = table_get(&plan->stored, node);
    if (root && root != own) return plan_root_read(plan, root);
    Node *known = table_get(memo, node);
    if (known) return known;
    Node **arguments = ARENA_ARRAY(plan->compiler->arena, Node *, node->argument_count + 1);
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = read_outputs(plan, node->arguments[i], own, outputs, memo);
    Node *result = plan_rebuild(plan, node, arguments);
    table_set(memo, node, result);
    return result;
}

Contraction *plan_contraction_copy(Plan *plan, const Contraction *contraction,
                                   Node **parts[PLAN_PARTS]) {
    Contraction *c = ARENA_NEW(plan->compiler->arena, Contraction);
    *c = *contraction;
    Node **all[PLAN_PARTS] = {&c->reduction,  &c->left,        &c->right,      &c->where,
                              &c->left_where, &c->right_where, &c->left_panel, &c->right_panel};
    for (int i = 0; i < PLAN_PARTS; ++i)
        parts[i] = all[i];
    return c;
}

/* What a recurrence needs has been placed before: a contraction there holds parts of the value, and
 * these are to be the same as in the new value. None is left where an output has the sum. */
static void read_outputs_of_contraction(Plan *plan, Root *root, const Table *outputs, Table *memo) {
    if (!root->contraction) return;
    Node **parts[PLAN_PARTS];
    Contraction *c = plan_contraction_copy(plan, root->contraction, parts);
    for (int i = 0; i < PLAN_PARTS; ++i)
        if (*parts[i]) *parts[i] = read_outputs(plan, *parts[i], root, outputs, memo);
    root->contraction = node_is_reduction(c->reduction) ? c : NULL;
}

/* Whether the root would be a copy of that output, element by element. */
static bool is_copy(const Root *root, const Root *output) {
    if (!output || !root->is_buffer || !plan_may_change(root) || !plan_may_change(output) ||
        root->wide || root->updates || root->array->type != output->array->type ||
        root->array->rank != output->array->rank)
        return false;
    for (int i = 0; i < root->array->rank; ++i)
        if (root->array->axes[i] != output->array->axes[i]) return false;
    return true;
}

/* A buffer that would be a copy is not made: its array is the output's. */
static void share_memory(Plan *plan, const Table *outputs) {
    int kept = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        Root *root = plan->roots.items[i], *output = table_get(outputs, root->value);
        if (i < plan->placed || !is_copy(root, output)) {
            plan->roots.items[kept++] = root;
            continue;
        }
        table_set(&plan->arrays, root->array, output);
        vector_push(plan->compiler->arena, &output->same, root->array);
    }
    plan->roots.count = kept;
}

static void share_outputs(Plan *plan) {
    Arena *arena = plan->compiler->arena;
    Table outputs = table_new(arena);
    for (int i = 0; i < plan->roots.count; ++i) {
        Root *root = plan->roots.items[i];
        bool whole = root->value->has_reduction && root->value->axes->count == root->array->rank &&
                     root->value->type == root->array->type;
        if (root->is_buffer || !whole || table_has(&outputs, root->value)) continue;
        table_set(&outputs, root->value, root);
        if (!node_is_reduction(root->value)) continue;
        table_set(&plan->stored, root->value, root); /* a buffer of the same value copies it */
        plan_join(plan, root);
    }
    share_memory(plan, &outputs);
    for (int i = 0; i < plan->roots.count; ++i) {
        Root *root = plan->roots.items[i];
        Table memo = table_new(arena);
        if (root->member) continue; /* nothing of a recurrence waits for an output */
        root->value = read_outputs(plan, root->value, root, &outputs, &memo);
        read_outputs_of_contraction(plan, root, &outputs, &memo);
        bool plain =
            root->is_buffer && root->scatter == OP_NUMBER && node_is_reduction(root->value);
        if (plain && root->value->type == root->array->type &&
            !table_has(&plan->stored, root->value))
            table_set(&plan->stored, root->value, root);
    }
}

static void plan_value(Plan *plan, const Output *output, bool is_buffer) {
    if (table_has(&plan->arrays, output->array)) return; /* it is a recurrence */
    Node *value = plan_normalise(plan, plan_guard(plan, output->value), output->array->name);
    plan_root_new(plan, output->array, value)->is_buffer = is_buffer; /* not simplified again */
}

/* An array of its own name and memory, so that what is read of the old one is known from what is
 * stored. */
static void plan_update(Plan *plan, const Update *update) {
    Array *next = ARENA_NEW(plan->compiler->arena, Array);
    *next = *update->array;
    next->kind = ARRAY_OUTPUT;
    Node *value = plan_normalise(plan, plan_guard(plan, update->value), next->name);
    plan_root_new(plan, next, value)->updates = update->array;
}

/* Before any value is changed. */
static void look_at(Plan *plan, const Node *value, Table *lengths) {
    plan_find_listed(plan, value);
    plan_find_length(plan, value, lengths);
}

static Plan *plan_outputs(Compiler *compiler, Model *model, const EntryPlan *entry) {
    Plan *plan = ARENA_NEW(compiler->arena, Plan);
    plan->compiler = compiler;
    plan->graph = model->graph;
    plan->model = model;
    plan->outputs = entry->outputs;
    plan->output_count = entry->count;
    plan->stored = table_new(compiler->arena);
    plan->arrays = table_new(compiler->arena);
    plan->names = table_new(compiler->arena);
    plan->listed = table_new(compiler->arena);
    plan->lists = table_new(compiler->arena);
    plan->list_of = table_new(compiler->arena);
    plan->members = table_new(compiler->arena);
    plan->fails = table_new(compiler->arena);
    plan->shares = table_new(compiler->arena);
    plan->careful = table_new(compiler->arena);
    TABLE_HERE(lengths, compiler->arena);
    for (int i = 0; i < entry->count; ++i)
        look_at(plan, entry->outputs[i].value, &lengths);
    for (int i = 0; i < entry->buffer_count; ++i)
        look_at(plan, entry->buffers[i].value, &lengths);
    for (int i = 0; i < entry->update_count; ++i)
        look_at(plan, entry->updates[i].value, &lengths);
    plan_recurrences(plan, entry);
    for (int i = 0; i < entry->count; ++i)
        plan_value(plan, &entry->outputs[i], false);
    for (int i = 0; i < entry->buffer_count; ++i)
        plan_value(plan, &entry->buffers[i], true);
    share_outputs(plan);
    if (!entry->streamed) {
        plan_again(plan, entry);
        plan_once(plan);
        plan_gathered(plan);
        plan_columns(plan);
    }
    plan_place(plan);
    if (!entry->streamed) plan_worked(plan);
    plan_place(plan);
    for (int i = 0; i < entry->update_count; ++i)
        plan_update(plan, &entry->updates[i]);
    plan_place(plan);
    plan_rows(plan);
    plan_turns(plan);
    plan_storage(plan);
    plan_schedule(plan);
    plan_running_storage(plan);
    plan_pairs(plan);
    if (!entry->streamed) plan_across(plan);
    plan_keep(plan);
    plan_beside(plan);
    plan_scans(plan);
    plan_records(plan);
    plan_direct(plan);
    plan_checks(plan, entry);
    return plan;
}

static void plan_entry(Compiler *compiler, ModelPlan *plan, EntryPlan entry) {
    entry.plan = plan_outputs(compiler, plan->model, &entry);
    vector_push(compiler->arena, &plan->entries, entry);
}

static EntryPlan entry_of(Compiler *compiler, Model *model, EntryKind kind, const char *suffix,
                          const char *doc, const int *outputs, int count) {
    Output *chosen = ARENA_ARRAY(compiler->arena, Output, count + 1);
    for (int i = 0; i < count; ++i)
        chosen[i] = model->outputs.items[outputs ? outputs[i] : i];
    const char *name =
        *suffix ? arena_format(compiler->arena, "%s_%s", model->name, suffix) : model->name;
    return (EntryPlan){.name = name_of(compiler->names, name),
                       .doc = doc,
                       .kind = kind,
                       .outputs = chosen,
                       .count = count};
}

static void plan_training(Compiler *compiler, ModelPlan *plan) {
    Model *model = plan->model;
    const Training *training = model->training;
    EntryPlan init = entry_of(compiler, model, ENTRY_INIT, "init",
                              "Sets params, and what the optimizer keeps of them, to their initial "
                              "values.",
                              NULL, 0);
    init.outputs = training->initials.items;
    init.count = training->initials.count;
    plan_entry(compiler, plan, init);
    EntryPlan step = entry_of(compiler, model, ENTRY_STEP, "step",
                              "One step of training: the losses and their gradients at the params "
                              "as they are,\nthen params and optimizer states changed in place.",
                              training->losses.items, training->losses.count);
    step.buffers = training->gradients.items;
    step.buffer_count = training->gradients.count;
    step.updates = training->updates.items;
    step.update_count = training->updates.count;
    plan_entry(compiler, plan, step);
}

ModelPlan *plan_model(Compiler *compiler, Model *model) {
    ModelPlan *plan = ARENA_NEW(compiler->arena, ModelPlan);
    model = plan_flat_model(compiler, model);
    plan->model = model;
    plan_entry(compiler, plan,
               entry_of(compiler, model, ENTRY_MAIN, "", model->doc, NULL, model->outputs.count));
    for (int i = 0; i < model->entries.count; ++i) {
        const Entry *entry = &model->entries.items[i];
        plan_entry(compiler, plan,
                   entry_of(compiler, model, ENTRY_CHOSEN, entry->name, entry->doc, entry->outputs,
                            entry->count));
    }
    if (model->training) plan_training(compiler, plan);
    if (!compiler->stream) return plan;
    EntryPlans streaming = {0};
    if (!plan_streaming(compiler, model, &streaming)) return NULL;
    for (int i = 0; i < streaming.count; ++i)
        plan_entry(compiler, plan, streaming.items[i]);
    return plan;
}
