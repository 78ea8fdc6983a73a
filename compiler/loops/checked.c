/* Checks of weights and masks in the loops that read them first: plan/checks.c says which.
 *
 * In: such a loop, and the part of it that one turn of the parallel loop goes over; out: a call
 * that looks at what the arrays have there, before anything else of the turn. One bad element, and
 * the turn ends, and compute when the loop is through; NAME_call then looks for the first one. */
#include "loops/lower.h"

/* Elements of the array for each index of its first axis. */
static Value *row_size(Lower *lower, const Array *array) {
    Value *size = value_integer(lower->c, C_I64, 1);
    for (int i = 1; i < array->rank; ++i)
        size = value_binary(lower->c, C_MUL, size, lower_extent(lower, array->axes[i]));
    return size;
}

const char *lower_check_name(Arena *arena, const Array *array) {
    return array->type == SCALAR_BOOL
               ? "sy_check_mask"
               : arena_format(arena, "sy_check_weight_%s", scalar_text(array->type));
}

void lower_check_part(Lower *lower, Block *block, const PlanLoop *loop, Value *first,
                      Value *count) {
    Compiler *c = lower->c;
    Value *wrong = NULL;
    for (int i = 0; i < loop->checked.count; ++i) {
        const Array *array = loop->checked.items[i];
        Value *size = row_size(lower, array), *elements = value_binary(c, C_MUL, count, size);
        Value *part =
            value_address(c, table_get(&lower->arrays, array), value_binary(c, C_MUL, first, size));
        Value *found = value_call(c, C_SIZE, lower_check_name(c->arena, array), 2,
                                  (Value *[]){part, value_cast(c, C_SIZE, elements)});
        Value *bad = value_binary(c, C_NE, found, value_named(c, C_SIZE, "SIZE_MAX"));
        wrong = wrong ? value_binary(c, C_OR, wrong, bad) : bad;
    }
    if (!wrong) return;
    Statement *choice = block_if(c, block, wrong);
    Value *flag = value_variable(c, lower->wrong);
    block_call(c, &choice->body, value_call(c, C_VOID, "sy_mark", 1, &flag));
    Statement *next = ARENA_NEW(c->arena, Statement);
    next->kind = STATEMENT_CONTINUE;
    block_add(c, &choice->body, next);
}

void lower_check_end(Lower *lower, Block *block, const PlanLoop *loop) {
    Compiler *c = lower->c;
    if (!loop->checked.count) return;
    Value *flag = value_element(c, lower->wrong, value_integer(c, C_I64, 0));
    Statement *choice = block_if(c, block, value_cast(c, C_BOOL, flag));
    block_return(c, &choice->body, value_integer(c, C_INT, 1));
}
