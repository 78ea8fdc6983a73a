/* Which axes and arrays a function of the C file takes. In: the plan of an entry; out: its sizes,
 * its inputs and outputs, and what changes in place, each in the order declared. */
#include "loops/entry.h"

static void collect(Lower *lower, const Node *node, Table *seen) {
    if (!node || table_has(seen, node)) return;
    table_set(seen, node, (void *)node);
    for (int i = 0; i < node->axes->count; ++i)
        collect(lower, node->axes->items[i]->extent, seen);
    if (node->op == OP_ARRAY) {
        table_set(seen, node->u.array, node->u.array);
        for (int i = 0; i < node->u.array->rank; ++i)
            collect(lower, node->u.array->axes[i]->extent, seen);
        if (node->u.array->index_axis) collect(lower, node->u.array->index_axis->extent, seen);
        const Recurrence *recurrence = node_recurrence(node);
        /* the loops of one are those of all: what others read is read too */
        for (int i = 0; recurrence && i < recurrence->group->members.count; ++i)
            collect(lower, recurrence->group->members.items[i]->value, seen);
    }
    if (node_is_reduction(node))
        for (int i = 0; i < node->u.bound->count; ++i)
            collect(lower, node->u.bound->items[i]->extent, seen);
    if (node->op == OP_EXTENT) table_set(seen, node->u.axis, node->u.axis);
    for (int i = 0; i < node->argument_count; ++i)
        collect(lower, node->arguments[i], seen);
}

static bool is_computed(const Axis *axis) {
    return axis->extent->op != OP_NUMBER && axis->extent->op != OP_EXTENT;
}

static void collect_output(EntryPoint *e, const Array *array, const Node *value, Table *seen) {
    collect(&e->lower, value, seen);
    for (int k = 0; k < array->rank; ++k)
        collect(&e->lower, array->axes[k]->extent, seen);
}

static bool is_changed(const EntryPoint *e, const Array *array) {
    for (int i = 0; i < e->changed.count; ++i)
        if (e->changed.items[i] == array) return true;
    return false;
}

void entry_find_arguments(EntryPoint *e, const EntryPlan *plan) {
    Model *model = e->lower.model;
    Arena *arena = e->lower.c->arena;
    Table seen = table_new(arena);
    const Training *training = model->training;
    const bool everything = plan->kind == ENTRY_MAIN;
    e->kind = plan->kind;
    e->streamed = plan->streamed;
    for (int i = 0; i < plan->count; ++i) {
        collect_output(e, plan->outputs[i].array, plan->outputs[i].value, &seen);
        vector_push(arena, &e->outputs, plan->outputs[i].array);
    }
    for (int i = 0; i < plan->buffer_count; ++i)
        collect_output(e, plan->buffers[i].array, plan->buffers[i].value, &seen);
    for (int i = 0; i < plan->update_count; ++i) {
        collect_output(e, plan->updates[i].array, plan->updates[i].value, &seen);
        vector_push(arena, &e->changed, plan->updates[i].array);
    }
    for (int i = 0; i < plan->given_count; ++i)
        if (table_has(&seen, plan->given[i]) && !is_changed(e, plan->given[i]))
            vector_push(arena, &e->inputs, plan->given[i]);
    if (plan->kind == ENTRY_INIT) vector_push(arena, &e->inputs, training->seed);
    for (int i = 0; i < model->axes.count; ++i) {
        Axis *axis = model->axes.items[i];
        if (axis->is_argument && (everything || table_has(&seen, axis)))
            vector_push(arena, &e->sizes, axis);
        bool used = everything || table_has(&seen, axis->extent);
        if (used && axis->like == axis && is_computed(axis)) vector_push(arena, &e->computed, axis);
    }
    for (int i = 0; i < model->arrays.count; ++i) {
        Array *array = model->arrays.items[i];
        if (array->kind == ARRAY_CONST)
            vector_push(arena, &e->constants, array);
        else if ((everything || table_has(&seen, array)) && !is_changed(e, array) &&
                 plan->kind != ENTRY_INIT)
            vector_push(arena, &e->inputs, array);
    }
}

/* The arrays of a training, and the axes that they are laid out by. */
void state_layout(Compiler *compiler, const Model *model, StateLayout *layout) {
    Arena *arena = compiler->arena;
    Lower lower = {.c = compiler, .graph = model->graph};
    Table seen = table_new(arena), known = table_new(arena);
    for (int i = 0; i < model->training->updates.count; ++i) {
        Array *array = model->training->updates.items[i].array;
        for (int k = 0; k < array->rank; ++k) {
            Axis *axis = array->axes[k];
            collect(&lower, axis->extent, &seen);
            if (axis->extent->op == OP_EXTENT || table_has(&known, axis)) continue;
            table_set(&known, axis, axis);
            vector_push(arena, &layout->others, axis);
        }
        vector_push(arena, &layout->arrays, array);
    }
    for (int i = 0; i < model->axes.count; ++i) {
        Axis *axis = model->axes.items[i];
        if (axis->is_argument && table_has(&seen, axis)) vector_push(arena, &layout->sizes, axis);
        if (axis->like == axis && is_computed(axis) && table_has(&seen, axis->extent))
            vector_push(arena, &layout->computed, axis);
    }
}

const char *state_array_text(Arena *arena, const Array *array) {
    Text text = text_new(arena);
    text_add(&text, array->name);
    for (int i = 0; i < array->rank; ++i)
        text_format(&text, "%s%s", i ? ", " : "[", array->axes[i]->name);
    if (array->rank > 0) text_add(&text, "]");
    return text.chars;
}
