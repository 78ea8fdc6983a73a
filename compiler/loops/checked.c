/* Checks of weights and masks in the loops that read them first: plan/checks.c says which.
 *
 * In: such a loop, and the part of it that one turn of the parallel loop goes over; out: a call
 * that looks at what the arrays have there, before anything else of the turn, or, in a loop over
 * lanes, an expression that looks at each element. One bad element, and compute ends when the loop
 * is through; NAME_call then looks for the first one. */
#include "loops/lower.h"
#include <string.h>

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
    if (!plan_loop_checks(loop)) return;
    Value *flag = value_element(c, lower->wrong, value_integer(c, C_I64, 0));
    Statement *choice = block_if(c, block, value_cast(c, C_BOOL, flag));
    block_return(c, &choice->body, value_integer(c, C_INT, 1));
}

static Variable *lanes_of(Lower *lower, Block *block, const char *name, CType type) {
    Variable *lanes = variable_new(lower->c, name, type);
    lanes->length = value_integer(lower->c, C_I64, PLAN_LANES);
    block_declare(lower->c, block, lanes, NULL)->zero = true;
    return lanes;
}

BadLanes lower_bad_lanes(Lower *lower, Block *block, const PlanLoop *loop) {
    BadLanes bad = {0};
    for (int i = 0; i < loop->checked_in_lanes.count; ++i) {
        bool is_mask = loop->checked_in_lanes.items[i]->type == SCALAR_BOOL;
        if (is_mask && !bad.masks) bad.masks = lanes_of(lower, block, "mask_bits", C_BOOL);
        if (!is_mask && !bad.weights) bad.weights = lanes_of(lower, block, "bad", C_INT);
    }
    return bad;
}

/* What a scan of lower_check_name looks for: sy_bad_weight_f32 and so on. */
static Value *is_bad(Lower *lower, const Array *array, Value *element) {
    const char *scan = lower_check_name(lower->c->arena, array);
    const char *name = arena_format(lower->c->arena, "sy_bad_%s", scan + strlen("sy_check_"));
    return value_call(lower->c, C_INT, name, 1, &element);
}

/* A mask's bits are put together as they are, a byte for an element: whether one was neither 0 nor
 * 1 is asked once, of all. As numbers they would take four times the registers. */
void lower_check_lane(Lower *lower, LowerScope *scope, const PlanLoop *loop, const BadLanes *bad,
                      Value *lane) {
    Compiler *c = lower->c;
    for (int i = 0; i < loop->checked_in_lanes.count; ++i) {
        const Array *array = loop->checked_in_lanes.items[i];
        bool is_mask = array->type == SCALAR_BOOL;
        Value *element = lower_element(lower, scope, array, NULL);
        Value *noted = value_element(c, is_mask ? bad->masks : bad->weights, lane);
        block_update(c, scope->block, C_BITOR, noted,
                     is_mask ? element : is_bad(lower, array, element));
    }
}

static void mark(Lower *lower, Block *block, const char *name, Variable *lanes) {
    if (!lanes) return;
    Compiler *c = lower->c;
    Value *arguments[2] = {value_variable(c, lanes), value_variable(c, lower->wrong)};
    block_call(c, block, value_call(c, C_VOID, name, 2, arguments));
}

void lower_mark_bad(Lower *lower, Block *block, const BadLanes *bad) {
    mark(lower, block, "sy_mark_bad", bad->weights);
    mark(lower, block, "sy_mark_bad_masks", bad->masks);
}
