/* Arithmetic on numbers that no loop counts, where a total is among them.
 *
 * A sum of f32 is held in float64 when its loop ends. One number, without an axis, stays so while
 * + - * / and small powers work on it: mean(a) + mean(b) - 2 * mean(c) is rounded once, where it is
 * stored, compared, given to a function or read by a loop over elements. Rounding each mean first
 * would leave of a small difference what their last bits say. In: nodes and their C values; out:
 * which values may stay unrounded, and the rounded ones. What stays is a matter of the graph alone,
 * and so the same wherever the program runs. */
#include "loops/lower.h"

/* What goes on in float64 where one of its operands is. */
bool lower_is_total_arithmetic(const Node *node) {
    if (node->type != SCALAR_F32 || node->axes->count > 0) return false;
    switch (node->op) {
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
    case OP_NEG:
    case OP_POW:
    case OP_SELECT: return true;
    default: return false;
    }
}

/* Notes the operands of such arithmetic: only these are worth keeping unrounded. */
void lower_note_operands(Lower *lower, const Node *node) {
    if (!lower_is_total_arithmetic(node)) return;
    for (int i = node->op == OP_SELECT ? 1 : 0; i < node->argument_count; ++i)
        table_set(&lower->operands, node->arguments[i], node->arguments[i]);
}

/* What a variable holds of a value that may be in float64. */
Value *lower_kept(Lower *lower, const Node *node, Value *value) {
    if (value->type != C_F64 || node->type == SCALAR_F64) return value;
    bool stays = node->axes->count == 0 && table_has(&lower->operands, node);
    return stays ? value : value_cast(lower->c, lower_local_type(node->type), value);
}

/* The value as the program means it. Inside of a loop the rounded number stands in a variable in
 * front of it. */
Value *lower_rounded(Lower *lower, LowerScope *scope, Node *node, Value *value) {
    if (value->type != C_F64 || node->type != SCALAR_F32) return value;
    LowerScope *where = NULL;
    Known *known = lower_known(scope, node, &where);
    if (!known || where == scope) return value_cast(lower->c, C_F32, value);
    if (!known->rounded) {
        const char *name = lower_variable_name(lower, node);
        Variable *variable =
            variable_new(lower->c, arena_format(lower->c->arena, "%s_rounded", name), C_F32);
        variable->is_const = true;
        block_declare(lower->c, where->block, variable, value_cast(lower->c, C_F32, value));
        known->rounded = value_variable(lower->c, variable);
    }
    return known->rounded;
}

/* In float64, as it is: an integer that would have become a f32 is not rounded first. */
static Value *widened(Compiler *c, Value *value) {
    bool integer = value->kind == VALUE_CAST && value->type == C_F32 && value->a->type != C_F32 &&
                   value->a->type != C_F64;
    return value_cast(c, C_F64, integer ? value->a : value);
}

/* Two operands of such arithmetic: is one of them in float64, so is the other. */
void lower_widen(Lower *lower, Value **a, Value **b) {
    if ((*a)->type == (*b)->type || ((*a)->type != C_F64 && (*b)->type != C_F64)) return;
    *a = widened(lower->c, *a);
    *b = widened(lower->c, *b);
}
