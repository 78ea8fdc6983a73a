/* Which columns a block of rows needs at all. In: a condition that each reduction of the loop has,
 * as s <= t; out: the first and the last column that it leaves to some row of the block. */
#include "loops/pair_loop.h"

/* An index that grows with the row, or does not depend on it, and cannot overflow where it does. */
static bool grows_with_row(const PairLoop *p, const Node *node) {
    if (!axis_set_has(node->axes, p->rows->axis)) return true;
    if (node->op == OP_AXIS) return true;
    if (node->op != OP_ADD && node->op != OP_SUB) return false;
    const Node *a = node->arguments[0], *b = node->arguments[1];
    if (b->op == OP_NUMBER || b->op == OP_EXTENT) return grows_with_row(p, a);
    return node->op == OP_ADD && (a->op == OP_NUMBER || a->op == OP_EXTENT) && grows_with_row(p, b);
}

static bool is_bound(const PairLoop *p, const Node *axis, const Node *other) {
    return axis->op == OP_AXIS && axis->u.axis == p->loop->axis && scalar_is_integer(other->type) &&
           !axis_set_has(other->axes, p->loop->axis) && !other->has_reduction &&
           !plan_can_fail(p->lower->plan, (Node *)other) && grows_with_row(p, other);
}

static bool has_term(const Node *where, const Node *term) {
    if (!where) return false;
    if (where == term) return true;
    return where->op == OP_AND &&
           (has_term(where->arguments[0], term) || has_term(where->arguments[1], term));
}

static Value *index_at_row(PairLoop *p, LowerScope *scope, Value *row, Node *index) {
    LowerScope at = lower_scope(p->lower, scope, scope->block);
    at.axis = (Axis *)p->rows->axis;
    at.index = row;
    return value_cast(p->c, C_I64, lower_value(p->lower, &at, index));
}

void pair_narrow(PairLoop *p, LowerScope *scope, Node *where, Range *range) {
    Compiler *c = p->c;
    if (where->op == OP_AND) {
        pair_narrow(p, scope, where->arguments[0], range);
        pair_narrow(p, scope, where->arguments[1], range);
        return;
    }
    if (where->op != OP_LT && where->op != OP_LE) return;
    for (int i = 0; i < p->loop->reductions.count; ++i)
        if (!has_term(node_where(p->loop->reductions.items[i]), where)) return;
    for (int i = 0; i < p->loop->across.count; ++i)
        if (!has_term(node_where(p->loop->across.items[i]), where)) return;
    Node *left = where->arguments[0], *right = where->arguments[1];
    Value *one = pair_number(p, 1);
    bool or_equal = where->op == OP_LE;
    if (is_bound(p, left, right)) {
        Value *last =
            value_binary(c, C_SUB, value_binary(c, C_ADD, p->rows->first, p->rows->count), one);
        Value *bound = index_at_row(p, scope, last, right);
        Value *end = range->to ? range->to : lower_extent(p->lower, p->loop->axis);
        if (or_equal) end = value_binary(c, C_SUB, end, one);
        end = lower_call(p->lower, C_I64, "min", SCALAR_I64, 2, (Value *[]){end, bound});
        range->to = or_equal ? value_binary(c, C_ADD, end, one) : end;
    } else if (is_bound(p, right, left)) {
        Value *bound = index_at_row(p, scope, p->rows->first, left);
        Value *from = range->from ? range->from : pair_number(p, 0);
        if (!or_equal) from = value_binary(c, C_SUB, from, one);
        from = lower_call(p->lower, C_I64, "max", SCALAR_I64, 2, (Value *[]){from, bound});
        range->from = or_equal ? from : value_binary(c, C_ADD, from, one);
    }
}
