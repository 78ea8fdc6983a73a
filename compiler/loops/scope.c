/* What is known where.
 *
 * Every open block of the loops being written has a scope: its axis, index, tile and lane, and the
 * values that stand in variables there, or in columns of a tile. Takes a node or an axis and the
 * innermost scope; gives what an outer one knows of it. */
#include "loops/lower.h"

LowerScope lower_scope(Lower *lower, LowerScope *parent, Block *block) {
    LowerScope scope = {0};
    scope.parent = parent;
    scope.block = block;
    scope.depth = parent ? parent->depth + 1 : 0;
    scope.values = table_new(lower->c->arena);
    return scope;
}

static void know(Lower *lower, LowerScope *scope, Node *node, Known known) {
    Known *kept = ARENA_NEW(lower->c->arena, Known);
    *kept = known;
    table_set(&scope->values, node, kept);
}

void lower_know(Lower *lower, LowerScope *scope, Node *node, Value *value) {
    know(lower, scope, node, (Known){.value = value, .type = value->type});
}

void lower_know_column(Lower *lower, LowerScope *scope, Node *node, Known column) {
    know(lower, scope, node, column);
}

Known *lower_known(LowerScope *scope, const Node *node, LowerScope **where) {
    for (; scope; scope = scope->parent) {
        Known *known = table_get(&scope->values, node);
        if (known) {
            if (where) *where = scope;
            return known;
        }
        /* inside of a loop that goes over a tile's axis anew, its columns are not known */
        bool anew = scope->axis && !scope->lane && axis_set_has(node->axes, scope->axis);
        const LowerScope *tile = anew && scope->parent ? lower_tile(scope->parent) : NULL;
        if (tile && tile->tile == scope->axis) return NULL;
    }
    return NULL;
}

LowerScope *lower_scope_of(LowerScope *scope, const Axis *axis) {
    while (scope && scope->axis != axis)
        scope = scope->parent;
    return scope;
}

/* Of c[m, m] in the loops m, then n, that store c[m, n]: the loop n. Of c[m - 1, m]: none. */
int lower_walked_depth(Lower *lower, LowerScope *scope, const Node *read) {
    const Node *base = read->op == OP_AT ? read->arguments[0] : read;
    const Root *root = base->op == OP_ARRAY ? plan_root_of(lower->plan, base) : NULL;
    int depth = 0;
    for (int l = 0; root && root->member && l < root->loop_count; ++l) {
        const Axis *axis = root->loops[l].axis;
        const LowerScope *opener = lower_scope_of(scope, axis);
        if (!opener || opener->walks != root_group(root)) continue;
        int64_t shift = 0;
        for (int p = 0; p < read->argument_count - 1; ++p)
            if (read->u.positions[p] == axis &&
                plan_is_shifted(read->arguments[1 + p], axis, &shift) && shift != 0)
                return depth;
        if (opener->depth > depth) depth = opener->depth;
    }
    return depth;
}

Value *lower_axis_index(LowerScope *scope, const Axis *axis) {
    LowerScope *opener = lower_scope_of(scope, axis);
    if (!opener) bug("no loop over axis %s is open", axis->name);
    if (!opener->index) bug("the list over axis %s is not kept", axis->name);
    return opener->index;
}

/* None inside of a loop that goes over the tile's axis anew. */
LowerScope *lower_tile(LowerScope *scope) {
    const LowerScope *from = scope;
    while (scope && !scope->tile)
        scope = scope->parent;
    for (; scope && from != scope; from = from->parent)
        if (from->axis == scope->tile && !from->lane) return NULL;
    return scope;
}

LowerScope *lower_lane_scope(LowerScope *scope) {
    while (scope && !scope->lane)
        scope = scope->parent;
    if (!scope) bug("a column is read outside of its lanes");
    return scope;
}

Value *lower_place(Lower *lower, LowerScope *scope, const Known *column) {
    Compiler *c = lower->c;
    Value *place = column->along ? value_binary(c, C_SUB, lower_axis_index(scope, column->along),
                                                column->first)
                                 : lower_lane_scope(scope)->lane;
    return column->from ? value_binary(c, C_ADD, column->from, place) : place;
}

/* --- extents --- */

Value *lower_extent_node(Lower *lower, const Node *node) {
    Compiler *c = lower->c;
    if (node->op == OP_NUMBER) return value_integer(c, C_I64, node->u.integer);
    Variable *variable = table_get(&lower->extents, node);
    if (variable) return value_variable(c, variable);
    Value *a = node->argument_count > 0 ? lower_extent_node(lower, node->arguments[0]) : NULL;
    Value *b = node->argument_count > 1 ? lower_extent_node(lower, node->arguments[1]) : NULL;
    switch (node->op) {
    case OP_ADD: return value_binary(c, C_ADD, a, b);
    case OP_SUB: return value_binary(c, C_SUB, a, b);
    case OP_MUL:
        if (a->kind != VALUE_INTEGER || b->kind != VALUE_INTEGER)
            return value_call(c, C_I64, "sy_product", 2, (Value *[]){a, b});
        return value_binary(c, C_MUL, a, b);
    case OP_NEG: return value_unary(c, C_NEG, a);
    case OP_MIN:
    case OP_MAX:
    case OP_IDIV:
    case OP_MOD:
        return lower_call(lower, C_I64, lower_call_name(node->op), SCALAR_I64, 2,
                          (Value *[]){a, b});
    default: bug("an extent made of %s", op_info[node->op].id);
    }
}

Value *lower_extent(Lower *lower, const Axis *axis) {
    Variable *named = table_get(&lower->extents, axis);
    return named ? value_variable(lower->c, named) : lower_extent_node(lower, axis->extent);
}
