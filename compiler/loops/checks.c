/* What a generated function tests before it computes anything: sizes, pointers, indices, weights,
 * masks, and indices computed of inputs. Each test ends the call with a status and the detail:
 * which argument, where, what value. */
#include "loops/entry.h"

void entry_fail(Checker *k, Block *block, const char *status, const char *name, Value *position,
                Value *value, Value *integer, const char *detail) {
    Compiler *c = k->c;
    Value *arguments[7] = {
        value_variable(c, k->call),
        entry_constant(c, status),
        name ? value_string(c, name) : value_null(c),
        position ? position : value_integer(c, C_SIZE, 0),
        value ? value : value_float(c, C_F64, 0),
        integer ? integer : value_integer(c, C_I64, 0),
        detail ? value_string(c, detail) : value_null(c),
    };
    block_return(c, block, value_call(c, C_INT, "sy_fail", 7, arguments));
}

static void check_sizes(Checker *k, const Variables *sizes) {
    for (int i = 0; i < sizes->count; ++i) {
        Value *size = value_variable(k->c, sizes->items[i]);
        Value *fits = value_call(k->c, C_INT, "sy_size_fits", 1, &size);
        Statement *check = block_if(k->c, k->block, value_unary(k->c, C_NOT, fits));
        entry_fail(k, &check->body, "STEELYARD_OVERFLOW", k->e->sizes.items[i]->name, NULL, NULL,
                   NULL, "this size is too large");
    }
}

static void check_computed(Checker *k) {
    Lower *lower = &k->e->lower;
    for (int i = 0; i < k->e->computed.count; ++i) {
        const Axis *axis = k->e->computed.items[i];
        if (axis->is_joined) continue; /* some array has as many elements, and is counted */
        Value *extent = lower_extent(lower, axis);
        Value *negative = value_binary(k->c, C_LT, extent, value_integer(k->c, C_I64, 0));
        Value *fits = value_call(k->c, C_INT, "sy_size_fits", 1,
                                 (Value *[]){value_cast(k->c, C_SIZE, extent)});
        Statement *check = block_if(
            k->c, k->block, value_binary(k->c, C_OR, negative, value_unary(k->c, C_NOT, fits)));
        entry_fail(k, &check->body, "STEELYARD_SIZE", axis->name, NULL, NULL, extent,
                   "this extent, computed from the sizes, is below 0 or too large");
    }
}

static bool same_extents(const Array *a, const Array *b) {
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; ++i)
        if (a->axes[i]->extent != b->axes[i]->extent) return false;
    return true;
}

/* How many elements an array has. Those of the same extents are counted once. */
static Value *array_count(Checker *k, const Array *array) {
    if (array->declared) array = array->declared;
    Value *known = table_get(&k->counts, array);
    for (int i = 0; i < k->counted.count && !known; ++i)
        if (same_extents(k->counted.items[i], array))
            known = table_get(&k->counts, k->counted.items[i]);
    if (known) return known;
    Value *count = NULL;
    for (int i = 0; i < array->rank; ++i) {
        Value *extent = lower_extent(&k->e->lower, array->axes[i]);
        count = count ? value_call(k->c, C_I64, "sy_count", 2, (Value *[]){count, extent}) : extent;
    }
    if (count && count->kind == VALUE_CALL) {
        Variable *variable =
            variable_new(k->c, arena_format(k->c->arena, "%s_count", array->name), C_I64);
        variable->is_const = true;
        block_declare(k->c, k->block, variable, count);
        count = value_variable(k->c, variable);
        Statement *check = block_if(k->c, k->block,
                                    value_binary(k->c, C_LT, count, value_integer(k->c, C_I64, 0)));
        entry_fail(k, &check->body, "STEELYARD_OVERFLOW", array->name, NULL, NULL, NULL,
                   "it would have too many elements");
        vector_push(k->c->arena, &k->counted, array);
    }
    if (!count) count = value_integer(k->c, C_I64, 1);
    table_set(&k->counts, array, count);
    return count;
}

static void check_pointer(Checker *k, const Array *array) {
    Variable *variable = table_get(&k->e->lower.arrays, array);
    if (!variable->pointer) return;
    Value *count = array_count(k, array);
    Value *null = value_binary(k->c, C_EQ, value_variable(k->c, variable), value_null(k->c));
    Value *some = value_binary(k->c, C_GT, count, value_integer(k->c, C_I64, 0));
    Value *condition = some->kind == VALUE_INTEGER ? null : value_binary(k->c, C_AND, null, some);
    if (some->kind == VALUE_INTEGER && some->integer == 0) return;
    Statement *check = block_if(k->c, k->block, condition);
    entry_fail(k, &check->body, "STEELYARD_NULL_POINTER", array->name, NULL, NULL, NULL, NULL);
}

/* Where a scan of all elements finds a bad one. */
static void check_scan(Checker *k, const Array *array, const char *function, int extra,
                       Value *const *more, const char *status, bool integer) {
    Compiler *c = k->c;
    Variable *variable = table_get(&k->e->lower.arrays, array);
    Value *pointer =
        variable->pointer ? value_variable(c, variable) : value_address(c, variable, NULL);
    Value *arguments[5] = {pointer, value_cast(c, C_SIZE, array_count(k, array))};
    for (int i = 0; i < extra; ++i)
        arguments[2 + i] = more[i];
    Variable *bad = variable_new(c, arena_format(c->arena, "bad_%s", array->name), C_SIZE);
    bad->is_const = true;
    block_declare(c, k->block, bad, value_call(c, C_SIZE, function, 2 + extra, arguments));
    Value *at = value_variable(c, bad);
    Statement *check =
        block_if(c, k->block, value_binary(c, C_NE, at, entry_constant(c, "SIZE_MAX")));
    Value *element =
        variable->pointer ? value_element(c, variable, at) : value_variable(c, variable);
    if (array->type == SCALAR_F16) element = value_call(c, C_F32, "sy_f32_from_f16", 1, &element);
    if (array->type == SCALAR_BF16) element = value_call(c, C_F32, "sy_f32_from_bf16", 1, &element);
    Value *number = value_cast(c, integer ? C_I64 : C_F64, element);
    entry_fail(k, &check->body, status, array->name, at, integer ? NULL : number,
               integer ? number : NULL, NULL);
}

/* Of a weight or a mask. */
static void check_numbers(Checker *k, const Array *array) {
    const char *function = lower_check_name(k->c->arena, array);
    if (array->type == SCALAR_BOOL)
        check_scan(k, array, function, 0, NULL, "STEELYARD_MASK", true);
    else if (array->kind == ARRAY_WEIGHT)
        check_scan(k, array, function, 0, NULL, "STEELYARD_WEIGHT", scalar_is_integer(array->type));
}

bool entry_checks_late(const EntryPoint *e) {
    for (int i = 0; i < e->inputs.count; ++i)
        if (plan_is_checked(e->lower.plan, e->inputs.items[i])) return true;
    return false;
}

void entry_check_late(Checker *k, Value *failed) {
    Block *block = k->block;
    k->block = &block_if(k->c, block, value_cast(k->c, C_BOOL, failed))->body;
    for (int i = 0; i < k->e->inputs.count; ++i)
        if (plan_is_checked(k->e->lower.plan, k->e->inputs.items[i]))
            check_numbers(k, k->e->inputs.items[i]);
    k->block = block;
}

static void check_array(Checker *k, const Array *array) {
    Compiler *c = k->c;
    if (array->index_axis) {
        Value *more[3] = {lower_extent(&k->e->lower, array->index_axis),
                          value_integer(c, C_INT, array->has_none),
                          value_integer(c, C_I64, array->none)};
        check_scan(k, array, "sy_check_index_i64", 3, more, "STEELYARD_INDEX", true);
    }
    if (!plan_is_checked(k->e->lower.plan, array)) check_numbers(k, array);
}

static const Array *array_inside(const Node *node) {
    if (node->op == OP_ARRAY) return node->u.array;
    for (int i = 0; i < node->argument_count; ++i) {
        const Array *array = array_inside(node->arguments[i]);
        if (array) return array;
    }
    return NULL;
}

static Node *without_lets(Graph *graph, Node *node) {
    if (node->op == OP_LET) return without_lets(graph, node->arguments[0]);
    Node *arguments[64];
    if (node->argument_count == 0 || node->argument_count > 64) return node;
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = without_lets(graph, node->arguments[i]);
    return graph_rebuild(graph, node, arguments);
}

static int line_of(const Checker *k, const RangeCheck *range) {
    return source_place(k->c->sources, range->span.start).line;
}

/* A number of the program as an index: the axis must have that place. Argmin and the like take
 * place 0 of an axis that must have one. */
static void check_place(Checker *k, const RangeCheck *range, Block *block, int64_t place) {
    Compiler *c = k->c;
    const char *axis = range->axis->name;
    Value *extent = lower_extent(&k->e->lower, range->axis);
    Value *small = place == 0 ? value_binary(c, C_EQ, extent, value_integer(c, C_I64, 0))
                              : value_binary(c, C_LE, extent, value_integer(c, C_I64, place));
    const char *element =
        place == 0 ? "an element" : arena_format(c->arena, "element %lld", (long long)place);
    Statement *check = block_if(c, block, small);
    entry_fail(k, &check->body, "STEELYARD_INDEX", axis, NULL, NULL, extent,
               arena_format(c->arena, "line %d takes %s of axis %s, whose extent must be more",
                            line_of(k, range), element, axis));
}

static void check_index(Checker *k, const RangeCheck *range, Block *block, Value *position,
                        Value *index) {
    Compiler *c = k->c;
    Variable *found = variable_new(c, "index", C_I64);
    found->is_const = true;
    block_declare(c, block, found, value_cast(c, C_I64, index));
    Value *value = value_variable(c, found);
    Value *low = value_binary(c, C_LT, value, value_integer(c, C_I64, 0));
    Value *high = value_binary(c, C_GE, value, lower_extent(&k->e->lower, range->axis));
    Statement *check = block_if(c, block, value_binary(c, C_OR, low, high));
    const Array *array = array_inside(range->index);
    entry_fail(k, &check->body, "STEELYARD_INDEX", array ? array->name : NULL,
               value_cast(c, C_SIZE, position), NULL, value,
               arena_format(c->arena, "the index along axis %s in line %d is out of range",
                            range->axis->name, line_of(k, range)));
}

/* An index computed of inputs: every one that will be used lies in its axis. */
static void check_range(Checker *k, const RangeCheck *range) {
    Lower *lower = &k->e->lower;
    Compiler *c = k->c;
    Node *index = without_lets(lower->graph, range->index);
    Node *guard = range->guard ? without_lets(lower->graph, range->guard) : NULL;
    const AxisSet *axes =
        guard ? axis_set_union(lower->graph, index->axes, guard->axes) : index->axes;
    Block hold = {0}, *block = k->block;
    Statement *outer = NULL;
    LowerScope *scope = ARENA_NEW(c->arena, LowerScope);
    *scope = lower_scope(lower, NULL, block);
    Value *position = value_integer(c, C_I64, 0);
    for (int i = 0; i < axes->count; ++i) {
        Axis *axis = axes->items[i];
        Variable *variable = variable_new(c, axis->name, C_I64);
        Value *extent = lower_extent(lower, axis);
        Statement *loop =
            block_for(c, outer ? block : &hold, variable, value_integer(c, C_I64, 0), extent, NULL);
        if (!outer) outer = loop;
        block = &loop->body;
        LowerScope *inner = ARENA_NEW(c->arena, LowerScope);
        *inner = lower_scope(lower, scope, block);
        inner->axis = axis;
        inner->index = value_variable(c, variable);
        scope = inner;
        position = value_binary(c, C_ADD, value_binary(c, C_MUL, position, extent), inner->index);
    }
    if (guard) {
        Statement *choice = block_if(c, block, lower_lazy(lower, scope, guard));
        LowerScope *inner = ARENA_NEW(c->arena, LowerScope);
        *inner = lower_scope(lower, scope, &choice->body);
        inner->guarded = true;
        scope = inner;
        block = &choice->body;
    }
    if (index->op == OP_NUMBER)
        check_place(k, range, block, index->u.integer);
    else
        check_index(k, range, block, position, lower_value(lower, scope, index));
    if (outer) block_add(c, k->block, outer);
}

static bool inputs_given(EntryPoint *e, const Node *node) {
    if (node->op == OP_ARRAY && node->u.array->kind != ARRAY_CONST &&
        !table_has(&e->lower.arrays, node->u.array))
        return false;
    for (int i = 0; i < node->argument_count; ++i)
        if (!inputs_given(e, node->arguments[i])) return false;
    return true;
}

static bool extent_given(EntryPoint *e, const Axis *axis) {
    bool is_size = axis->extent->op == OP_EXTENT;
    return !is_size || table_has(&e->lower.extents, axis->extent);
}

/* A function of some outputs alone may lack what it takes to check; a batch may be empty. */
static bool can_check(EntryPoint *e, const RangeCheck *range) {
    if (range->axis == e->streamed || !extent_given(e, range->axis)) return false;
    const AxisSet *axes = range->index->axes;
    for (int i = 0; i < axes->count; ++i)
        if (!extent_given(e, axes->items[i])) return false;
    return inputs_given(e, range->index) && (!range->guard || inputs_given(e, range->guard));
}

void entry_check_sizes(Checker *k, const Variables *sizes) {
    EntryPoint *e = k->e;
    check_sizes(k, sizes);
    entry_declare_extents(e, sizes, k->block);
    check_computed(k);
}

void entry_check(Checker *k, const Variables *sizes) {
    EntryPoint *e = k->e;
    entry_check_sizes(k, sizes);
    for (int i = 0; i < e->inputs.count; ++i)
        array_count(k, e->inputs.items[i]);
    for (int i = 0; i < e->changed.count; ++i)
        array_count(k, e->changed.items[i]);
    for (int i = 0; i < e->outputs.count; ++i)
        array_count(k, e->outputs.items[i]);
    for (int i = 0; i < e->inputs.count; ++i)
        check_pointer(k, e->inputs.items[i]);
    for (int i = 0; i < e->changed.count; ++i)
        check_pointer(k, e->changed.items[i]);
    for (int i = 0; i < e->outputs.count; ++i)
        check_pointer(k, e->outputs.items[i]);
    for (int i = 0; i < e->inputs.count; ++i)
        check_array(k, e->inputs.items[i]);
    for (int i = 0; i < e->lower.model->checks.count; ++i) {
        RangeCheck *range = &e->lower.model->checks.items[i];
        if (can_check(e, range)) check_range(k, range);
    }
}
