/* Lists of the sources of each destination: how they are made, and gone through. In: a list of the
 * plan (plan/lists.c says what it is for); out:
 *
 *     sy_list_sources(target, e_extent, n_extent, target_ends, e_by_target);
 *
 *     sy_list_copy(source, n_extent, target_ends, e_by_target, source_by_target);
 *
 * or, where nothing but that copy is needed,
 *
 *     sy_list_direct(target, e_extent, n_extent, target_ends, source, source_by_target);
 *
 * where the list is made, and in the loop over n, around what goes over e,
 *
 *     const int64_t e_first = n > 0 ? target_ends[n - 1] : 0;
 *     const int64_t e_end = target_ends[n];
 *     for (int64_t place = e_first; place < e_end; ++place) {
 *         const int64_t e = e_by_target[place]; */
#include "loops/lower.h"

/* Where in memory what is open begins: the last axis of the array is not. */
static Value *start_of(Lower *lower, LowerScope *scope, const Array *array) {
    Compiler *c = lower->c;
    Value *offset = value_integer(c, C_I64, 0);
    for (int i = 0; i < array->rank; ++i) {
        if (i > 0) offset = value_binary(c, C_MUL, offset, lower_length(lower, array, i));
        if (i < array->rank - 1)
            offset = value_binary(c, C_ADD, offset, lower_axis_index(scope, array->axes[i]));
    }
    return offset;
}

static Value *address_of(Lower *lower, LowerScope *scope, const Array *array) {
    return value_address(lower->c, table_get(&lower->arrays, array), start_of(lower, scope, array));
}

void lower_list(Lower *lower, LowerScope *scope, const PlanList *list) {
    Value *arguments[6] = {
        address_of(lower, scope, list->index->u.array), lower_extent(lower, list->source),
        lower_extent(lower, list->destination), address_of(lower, scope, list->ends->array)};
    if (list->direct) {
        const Root *copy = list->copies.items[0];
        arguments[4] = address_of(lower, scope, copy->value->u.array);
        arguments[5] = address_of(lower, scope, copy->array);
        block_call(lower->c, scope->block,
                   value_call(lower->c, C_VOID, "sy_list_direct", 6, arguments));
        return;
    }
    arguments[4] = address_of(lower, scope, list->sources->array);
    block_call(lower->c, scope->block,
               value_call(lower->c, C_VOID, "sy_list_sources", 5, arguments));
    for (int i = 0; i < list->copies.count; ++i) {
        const Root *copy = list->copies.items[i];
        Value *parts[] = {address_of(lower, scope, copy->value->u.array), arguments[2],
                          arguments[3], arguments[4], address_of(lower, scope, copy->array)};
        block_call(lower->c, scope->block, value_call(lower->c, C_VOID, "sy_list_copy", 5, parts));
    }
}

void lower_list_bounds(Lower *lower, LowerScope *scope, const PlanList *list, Value **first,
                       Value **end) {
    Compiler *c = lower->c;
    Variable *ends = table_get(&lower->arrays, list->ends->array);
    Value *zero = value_integer(c, C_I64, 0), *one = value_integer(c, C_I64, 1);
    Value *destination = lower_axis_index(scope, list->destination);
    Value *at = value_binary(c, C_ADD, start_of(lower, scope, list->ends->array), destination);
    Variable *from = variable_new(c, arena_format(c->arena, "%s_first", list->source->name), C_I64);
    Variable *to = variable_new(c, arena_format(c->arena, "%s_end", list->source->name), C_I64);
    from->is_const = to->is_const = true;
    Value *before = value_element(c, ends, value_binary(c, C_SUB, at, one));
    block_declare(c, scope->block, from,
                  value_conditional(c, value_binary(c, C_GT, destination, zero), before, zero));
    block_declare(c, scope->block, to, value_element(c, ends, at));
    *first = value_variable(c, from);
    *end = value_variable(c, to);
}

/* The source at a place of the open list, where something asks for it; nothing of it is moved out
 * of the loop, for outside there may be none. */
void lower_list_element(Lower *lower, LowerScope *scope, const PlanList *list, Value *place) {
    Compiler *c = lower->c;
    scope->index = NULL;
    scope->guarded = true;
    if (!list->direct) {
        Variable *sources = table_get(&lower->arrays, list->sources->array);
        Variable *source = variable_new(c, list->source->name, C_I64);
        source->is_const = true;
        Value *at = value_binary(c, C_ADD, start_of(lower, scope, list->sources->array), place);
        block_declare(c, scope->block, source, value_element(c, sources, at));
        scope->index = value_variable(c, source);
    }
    for (int i = 0; i < list->copies.count; ++i) {
        const Root *copy = list->copies.items[i];
        Variable *values = table_get(&lower->arrays, copy->array);
        lower_know(lower, scope, copy->value, value_element(c, values, place));
    }
}
