/* Elements of arrays to C expressions.
 *
 * Takes an array and where it is read or written: at the open indices, or at those of an AT; gives
 * the element, with its place in memory: row-major, but for what is kept for a few steps only, lies
 * in records, or is read at two axes behind one another that are parts of one index. */
#include "loops/lower.h"

Value *lower_lane_in_tile(Lower *lower, LowerScope *scope) {
    const LowerScope *tile = lower_tile(scope);
    return tile->strip ? value_binary(lower->c, C_ADD, tile->strip, scope->lane) : scope->lane;
}

static const Root *kept_in_steps(const Lower *lower, const Array *array, const Axis *axis) {
    const Root *root = table_get(&lower->plan->arrays, array);
    return root && root->steps_kept && root->steps_of == axis ? root : NULL;
}

Value *lower_length(Lower *lower, const Array *array, int axis) {
    const Root *root = kept_in_steps(lower, array, array->axes[axis]);
    return root ? value_integer(lower->c, C_I64, root->steps_kept)
                : lower_extent(lower, array->axes[axis]);
}

static Value *place_in_memory(Lower *lower, LowerScope *scope, const Array *array, const Axis *axis,
                              Value *place) {
    const Root *root = kept_in_steps(lower, array, axis);
    if (!root) return place;
    if (root->steps_kept == 1) return value_integer(lower->c, C_I64, 0);
    if (root->shared) return lower_lane_in_tile(lower, lower_scope_of(scope, axis));
    return value_binary(lower->c, C_MOD, place, value_integer(lower->c, C_I64, root->steps_kept));
}

static Node *index_at(const Node *at, const Axis *axis) {
    for (int p = 0; at && p < at->argument_count - 1; ++p)
        if (at->u.positions[p] == axis) return at->arguments[1 + p];
    return NULL;
}

Value *lower_element_count(Lower *lower, const Array *array) {
    Value *count = value_integer(lower->c, C_I64, 1);
    for (int i = 0; i < array->rank; ++i)
        count = value_binary(lower->c, C_MUL, count, lower_extent(lower, array->axes[i]));
    return count;
}

Value *lower_in_record(Lower *lower, const Array *array, Value *place) {
    const Root *root = table_get(&lower->plan->arrays, array);
    if (!root || !root->record) return place;
    Value *fields = value_integer(lower->c, C_I64, root->record->fields.count);
    Value *start = value_binary(lower->c, C_MUL, fields, place);
    return value_binary(lower->c, C_ADD, start, value_integer(lower->c, C_I64, root->field));
}

/* rest / n and rest % n, n being the extent of the later of two axes that lie behind one another:
 * together they are the place `rest`. NULL: they are something else. */
static Node *index_of_both(const Lower *lower, const Array *array, int i, const Node *before,
                           const Node *index) {
    if (!before || !index || before->op != OP_IDIV || index->op != OP_MOD) return NULL;
    if (before->arguments[0] != index->arguments[0] ||
        before->arguments[1] != index->arguments[1] ||
        index->arguments[1] != array->axes[i]->extent ||
        kept_in_steps(lower, array, array->axes[i]) ||
        kept_in_steps(lower, array, array->axes[i - 1]))
        return NULL;
    return index->arguments[0];
}

Value *lower_element(Lower *lower, LowerScope *scope, const Array *array, const Node *at) {
    Compiler *c = lower->c;
    Variable *variable = table_get(&lower->arrays, array);
    if (!variable) bug("no variable for array %s", array->name);
    Value *offset = value_integer(c, C_I64, 0);
    Node *index = NULL, *both = NULL;
    for (int i = 0; i < array->rank; ++i) {
        index = both ? both : index_at(at, array->axes[i]);
        Node *next = i + 1 < array->rank ? index_at(at, array->axes[i + 1]) : NULL;
        if (i > 0) offset = value_binary(c, C_MUL, offset, lower_length(lower, array, i));
        both = index_of_both(lower, array, i + 1, index, next);
        if (both) continue;
        Value *place = index ? value_cast(c, C_I64, lower_lazy(lower, scope, index))
                             : lower_axis_index(scope, array->axes[i]);
        place = place_in_memory(lower, scope, array, array->axes[i], place);
        offset = value_binary(c, C_ADD, offset, place);
    }
    if (array->rank == 0 && !variable->pointer) return value_variable(c, variable);
    return value_element(c, variable, lower_in_record(lower, array, offset));
}
