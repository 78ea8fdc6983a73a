/* Nodes to C expressions.
 *
 * Takes a node and the block that needs it; gives the expression, after writing what should stand
 * in variables before it: a value that outer loops determine goes to the block of the innermost
 * loop it depends on; a value used more than once, or that the program names, gets a variable of
 * its own where it is used. What can fail (a read that only a condition makes legal) stays inside
 * the conditional expression or block that guards it. */
#include "loops/lower.h"
#include <math.h>
#include <string.h>

CType lower_local_type(Scalar type) {
    CType c = c_type_of(type);
    return c == C_BOOL ? C_INT : c == C_U16 ? C_F32 : c;
}

static void count_uses(Lower *lower, Node *node) {
    intptr_t uses = (intptr_t)table_get(&lower->uses, node);
    table_set(&lower->uses, node, (void *)(uses + 1));
    if (uses > 0) return;
    lower_note_operands(lower, node);
    for (int i = 0; i < node->argument_count; ++i)
        count_uses(lower, node->arguments[i]);
}

void lower_count_uses(Lower *lower) {
    lower->uses = table_new(lower->c->arena);
    lower->operands = table_new(lower->c->arena);
    for (int i = 0; i < lower->plan->roots.count; ++i) {
        Root *root = lower->plan->roots.items[i];
        count_uses(lower, root->value);
        if (root->condition) count_uses(lower, root->condition);
        if (root->scatter_index) count_uses(lower, root->scatter_index);
    }
}

Value *lower_call(Lower *lower, CType type, const char *name, Scalar suffix, int count,
                  Value *const *arguments) {
    const char *full = arena_format(lower->c->arena, "sy_%s_%s", name, scalar_text(suffix));
    return value_call(lower->c, type, full, count, arguments);
}

/* As the runtime calls it; div is taken, in C. */
const char *lower_call_name(Op op) {
    return op == OP_IDIV ? "idiv" : op_info[op].text;
}

/* --- reading memory --- */

static Value *as_i64(Lower *lower, Value *value) {
    return value_cast(lower->c, C_I64, value);
}

static Value *read_array(Lower *lower, LowerScope *scope, const Array *array, const Node *at) {
    Value *element = lower_element(lower, scope, array, at);
    if (array->type == SCALAR_F16)
        return value_call(lower->c, C_F32, "sy_f32_from_f16", 1, &element);
    if (array->type == SCALAR_BF16)
        return value_call(lower->c, C_F32, "sy_f32_from_bf16", 1, &element);
    return element;
}

/* A buffer may have become wider after it was read: sums that many steps add to. */
static Value *read_as(Lower *lower, const Node *node, Value *element) {
    return scalar_is_float(node->type) ? value_cast(lower->c, c_type_of(node->type), element)
                                       : element;
}

/* --- where a value belongs --- */

static int deeper(int a, int b) {
    return a > b ? a : b;
}

/* The depth of the innermost block that a node depends on; nothing is deeper than the scope. */
static int home_depth(Lower *lower, LowerScope *scope, Node *node, Table *memo) {
    LowerScope *where = NULL;
    if (lower_known(scope, node, &where)) return where->depth;
    intptr_t cached = (intptr_t)table_get(memo, node);
    if (cached) return (int)cached - 1;
    bool is_reduction = node_is_reduction(node);
    int depth = lower_walked_depth(lower, scope, node);
    for (int i = 0; i < node->axes->count; ++i) {
        LowerScope *opener = lower_scope_of(scope, node->axes->items[i]);
        if (opener) depth = deeper(depth, opener->depth);
    }
    if (!is_reduction) /* of one the axes tell all */
        for (int i = node->op == OP_AT ? 1 : 0; i < node->argument_count && depth < scope->depth;
             ++i)
            depth = deeper(depth, home_depth(lower, scope, node->arguments[i], memo));
    table_set(memo, node, (void *)(intptr_t)(depth + 1));
    return depth;
}

static LowerScope *home_of(Lower *lower, LowerScope *scope, Node *node) {
    TABLE_HERE(memo, lower->c->arena);
    int depth = home_depth(lower, scope, node, &memo);
    LowerScope *home = scope;
    while (home->depth > depth && !(home->guarded && plan_can_fail(lower->plan, node)))
        home = home->parent;
    return home;
}

static bool is_work(const Node *node) {
    switch (op_info[node->op].class_) {
    case OP_LEAF: return false;
    case OP_CALL:
    case OP_INFIX: return node->op != OP_NEG && scalar_is_float(node->type);
    default: return node->op == OP_SELECT || node->op == OP_UNIFORM || node->op == OP_NORMAL;
    }
}

enum {
    LONG_CONDITION = 8
}; /* comparisons, and what they compare */

static int length_of(const Node *node, int most) {
    int length = 1;
    if (is_work(node) || node->op == OP_AT) return length;
    for (int i = 0; i < node->argument_count && length < most; ++i)
        length += length_of(node->arguments[i], most - length);
    return length;
}

/* A condition that is too long to be said again where it is needed again. */
static bool is_long_condition(const Node *node) {
    return (node->op == OP_AND || node->op == OP_OR) &&
           length_of(node, LONG_CONDITION) >= LONG_CONDITION;
}

const char *lower_variable_name(Lower *lower, const Node *node) {
    const char *name = table_get(&lower->plan->names, node);
    if (name) return name;
    switch (node->op) {
    case OP_ADD:
    case OP_SUB: return node->op == OP_ADD ? "total" : "difference";
    case OP_MUL: return "product";
    case OP_DIV: return "ratio";
    case OP_SELECT: return "chosen";
    case OP_AND: return "both";
    case OP_OR: return "either";
    case OP_EXP: return "exponential";
    case OP_LOG: return "logarithm";
    default: return op_info[node->op].class_ == OP_CALL ? op_info[node->op].text : "value";
    }
}

/* --- operations --- */

static COp infix_op(Op op) {
    switch (op) {
    case OP_ADD: return C_ADD;
    case OP_SUB: return C_SUB;
    case OP_MUL: return C_MUL;
    case OP_DIV: return C_DIV;
    case OP_LT: return C_LT;
    case OP_LE: return C_LE;
    case OP_EQ: return C_EQ;
    case OP_NE: return C_NE;
    case OP_AND: return C_AND;
    case OP_OR: return C_OR;
    default: bug("%s is not written between its arguments", op_info[op].id);
    }
}

/* Integers that come from data may be anything: their arithmetic wraps by a call. Indices and
 * extents cannot overflow. */
static bool is_index_arithmetic(const Node *node) {
    if (node->op == OP_AXIS || node->op == OP_EXTENT || node->op == OP_NUMBER) return true;
    if (node->op == OP_ARRAY) return node->u.array->index_axis && !node->u.array->has_none;
    if (node->op == OP_AT) return is_index_arithmetic(node->arguments[0]);
    if (node->op == OP_IDIV || node->op == OP_MOD)
        return node->arguments[1]->op == OP_NUMBER && node->arguments[1]->u.integer > 0 &&
               is_index_arithmetic(node->arguments[0]);
    if (node->op == OP_MUL) {
        const Node *factor = node->arguments[node->arguments[1]->op == OP_NUMBER];
        if (factor->op != OP_NUMBER || factor->u.integer > 1024 || factor->u.integer < -1024)
            return false;
    } else if (node->op != OP_ADD && node->op != OP_SUB) {
        return false;
    }
    return is_index_arithmetic(node->arguments[0]) && is_index_arithmetic(node->arguments[1]);
}

static Value *evaluate(Lower *lower, LowerScope *scope, Node *node, bool lazy);

static Value *unrounded(Lower *lower, LowerScope *scope, Node *node, bool lazy);

static Value *argument(Lower *lower, LowerScope *scope, Node *node, int i, bool lazy) {
    bool total = lower_is_total_arithmetic(node);
    return (total ? unrounded : evaluate)(lower, scope, node->arguments[i], lazy);
}

static bool is_plain(const Value *value) {
    return value->kind == VALUE_VARIABLE || value->kind == VALUE_FLOAT ||
           value->kind == VALUE_INTEGER;
}

static Value *in_variable(Lower *lower, LowerScope *scope, const char *name, Value *value) {
    if (is_plain(value)) return value;
    Variable *variable = variable_new(lower->c, name, value->type == C_BOOL ? C_INT : value->type);
    variable->is_const = true;
    block_declare(lower->c, scope->block, variable, value);
    return value_variable(lower->c, variable);
}

Value *lower_know_here(Lower *lower, LowerScope *scope, Node *node, Value *value) {
    value = in_variable(lower, scope, lower_variable_name(lower, node), value);
    lower_know(lower, scope, node, value);
    return value;
}

static Value *power(Lower *lower, LowerScope *scope, Node *node, bool lazy) {
    Compiler *c = lower->c;
    Node *base = node->arguments[0];
    CType type = c_type_of(node->type);
    const int k = node_small_power(node);
    if (k > 0 && !(lazy && plan_can_fail(lower->plan, base))) {
        Value *x = in_variable(lower, scope, "base", argument(lower, scope, node, 0, lazy));
        if (k == 1) return x;
        Value *square = value_binary(c, C_MUL, x, x);
        if (k == 2) return square;
        if (k == 3) return value_binary(c, C_MUL, square, x);
        square = in_variable(lower, scope, "square", square);
        return value_binary(c, C_MUL, square, square);
    }
    Value *arguments[2] = {argument(lower, scope, node, 0, lazy),
                           value_cast(c, type, argument(lower, scope, node, 1, lazy))};
    if (!scalar_is_float(node->type))
        return lower_call(lower, type, "ipow", node->type, 2, arguments);
    arguments[0] = value_cast(c, type, arguments[0]);
    return lower_call(lower, type, "pow", node->type, 2, arguments);
}

static Value *infix(Lower *lower, LowerScope *scope, Node *node, bool lazy) {
    Compiler *c = lower->c;
    Value *a = argument(lower, scope, node, 0, lazy);
    bool wraps = scalar_is_integer(node->type) && !is_index_arithmetic(node);
    CType type = c_type_of(node->type);
    if (node->op == OP_NEG)
        return wraps ? lower_call(lower, type, "neg", node->type, 1, &a) : value_unary(c, C_NEG, a);
    Value *arguments[2] = {a, argument(lower, scope, node, 1, lazy)};
    if (lower_is_total_arithmetic(node)) lower_widen(lower, &arguments[0], &arguments[1]);
    if (!wraps) return value_binary(c, infix_op(node->op), arguments[0], arguments[1]);
    const char *name = node->op == OP_ADD ? "add" : node->op == OP_SUB ? "sub" : "mul";
    return lower_call(lower, type, name, node->type, 2, arguments);
}

static Value *convert(Lower *lower, Value *value, Scalar from, Scalar to) {
    Compiler *c = lower->c;
    if (to == SCALAR_F16 || to == SCALAR_BF16) {
        const char *there = to == SCALAR_F16 ? "sy_f16_from_f32" : "sy_bf16_from_f32";
        const char *back = to == SCALAR_F16 ? "sy_f32_from_f16" : "sy_f32_from_bf16";
        value = value_cast(c, C_F32, value);
        value = value_call(c, C_U16, there, 1, &value);
        return value_call(c, C_F32, back, 1, &value);
    }
    CType type = lower_local_type(to);
    if (to == SCALAR_BOOL) {
        Value *zero = scalar_is_float(from) ? value_float(c, c_type_of(from), 0)
                                            : value_integer(c, c_type_of(from), 0);
        return from == SCALAR_BOOL ? value : value_binary(c, C_NE, value, zero);
    }
    bool saturates = scalar_is_integer(to) &&
                     (scalar_is_float(from) || (to == SCALAR_I32 && from == SCALAR_I64));
    if (!saturates) return value_cast(c, type, value);
    const char *name = arena_format(c->arena, "sy_%s_from_%s", scalar_text(to), scalar_text(from));
    return value_call(c, type, name, 1, &value);
}

static bool is_shared(Lower *lower, const Node *node) {
    return (intptr_t)table_get(&lower->uses, node) > 1 || table_has(&lower->plan->names, node);
}

/* Whether a branch, written as one expression, would say the same thing twice: what may not be
 * computed before the condition is known cannot have a variable there. */
static bool repeats_itself(Lower *lower, Node *node, Table *seen) {
    if (!plan_can_fail(lower->plan, node)) return false;
    if (!table_add(seen, node)) return is_work(node) || is_long_condition(node);
    for (int i = node->op == OP_AT ? 1 : 0; i < node->argument_count; ++i)
        if (repeats_itself(lower, node->arguments[i], seen)) return true;
    return false;
}

static void choose_branch(Lower *lower, LowerScope *scope, Block *block, Variable *chosen,
                          Node *node) {
    LowerScope inner = lower_scope(lower, scope, block);
    inner.guarded = true;
    Value *value = evaluate(lower, &inner, node, false);
    block_assign(lower->c, block, value_variable(lower->c, chosen), value);
}

static Value *choose_by_statement(Lower *lower, LowerScope *scope, Node *node) {
    Compiler *c = lower->c;
    Block hold = {0};
    const char *name = lower_variable_name(lower, node);
    Variable *chosen = variable_new(c, name, lower_local_type(node->type));
    Statement *choice = block_if(c, &hold, evaluate(lower, scope, node->arguments[0], false));
    choose_branch(lower, scope, &choice->body, chosen, node->arguments[1]);
    choose_branch(lower, scope, &choice->otherwise, chosen, node->arguments[2]);
    block_declare(c, scope->block, chosen, NULL);
    block_add(c, scope->block, choice);
    return value_variable(c, chosen);
}

/* left and right, or left or right: the right one is worked out where the left one does not decide.
 */
static Value *decide_by_statement(Lower *lower, LowerScope *scope, Node *node, Value *left) {
    Compiler *c = lower->c;
    Block hold = {0};
    Variable *decided = variable_new(c, lower_variable_name(lower, node), C_INT);
    Value *so_far = value_variable(c, decided);
    if (node->op == OP_OR) so_far = value_unary(c, C_NOT, so_far);
    Statement *choice = block_if(c, &hold, so_far);
    choose_branch(lower, scope, &choice->body, decided, node->arguments[1]);
    block_declare(c, scope->block, decided, left);
    block_add(c, scope->block, choice);
    return value_variable(c, decided);
}

/* Whether an array is whole before a loop over the axis begins, for all that the loop reads. */
static bool is_made_before(Lower *lower, const Array *array, const Node *node, const Axis *axis) {
    if (array->kind == ARRAY_CONST || !axis || axis_set_has(node->axes, axis)) return false;
    const Root *root = table_get(&lower->plan->arrays, array);
    return !root || (root->scatter == OP_NUMBER && !root->member && !root->updates &&
                     !root->steps_of && !root->shared);
}

/* Whether a condition reads memory at the same indices as node, an AT, does. */
static bool reads_there(const Node *condition, const Node *node, Table *seen) {
    if (!table_add(seen, condition)) return false;
    bool there = condition->op == OP_AT && condition->argument_count == node->argument_count;
    for (int i = 1; there && i < node->argument_count; ++i)
        there = condition->arguments[i] == node->arguments[i] &&
                condition->u.positions[i - 1] == node->u.positions[i - 1];
    for (int i = 0; i < condition->argument_count && !there; ++i)
        there = reads_there(condition->arguments[i], node, seen);
    return there;
}

/* A vector loop that reads memory only where a condition holds has to look at every address first:
 * what can be read anyway is read before; what is the same for all of the loop, before the loop.
 * What is gathered may be far away, and is left where it is unless the condition is there too. */
static void read_before(Lower *lower, LowerScope *scope, Node *node, Node *condition, Table *seen) {
    if (table_has(seen, node) || node_is_reduction(node)) return;
    table_set(seen, node, node);
    TABLE_HERE(asked, lower->c->arena);
    bool is_at = node->op == OP_AT;
    if (is_at && (plan_can_fail(lower->plan, node) || !reads_there(condition, node, &asked)))
        return;
    const Array *array = is_at                  ? node->arguments[0]->u.array
                         : node->op == OP_ARRAY ? node->u.array
                                                : NULL;
    LowerScope *home = NULL;
    if (array && (is_at || array->kind != ARRAY_OUTPUT) && array->kind != ARRAY_CONST &&
        scope->axis && axis_set_has(node->axes, scope->axis))
        home = scope;
    else if (is_at)
        return;
    else if (array && is_made_before(lower, array, node, scope->axis))
        home = home_of(lower, scope, node);
    if (home && !lower_known(scope, node, NULL)) {
        Node *at = is_at ? node : NULL;
        Value *value = read_as(lower, node, read_array(lower, home, array, at));
        const char *name = arena_format(lower->c->arena, "%s_here", array->name);
        lower_know(lower, home, node, in_variable(lower, home, name, value));
    }
    for (int i = 0; i < node->argument_count && !is_at; ++i)
        read_before(lower, scope, node->arguments[i], condition, seen);
}

void lower_read_before(Lower *lower, LowerScope *scope, Node *branch, Node *condition) {
    TABLE_HERE(seen, lower->c->arena);
    if (scope->vector) read_before(lower, scope, branch, condition, &seen);
}

static Value *choose(Lower *lower, LowerScope *scope, Node *node, bool lazy) {
    Node *const *branches = node->arguments + 1;
    bool fail[2] = {plan_can_fail(lower->plan, branches[0]),
                    plan_can_fail(lower->plan, branches[1])};
    Table seen[2] = {table_new(lower->c->arena), table_new(lower->c->arena)};
    for (int i = 0; i < 2 && !lazy; ++i)
        if (fail[i] && repeats_itself(lower, branches[i], &seen[i]))
            return choose_by_statement(lower, scope, node);
    for (int i = 0; i < 2 && !lazy; ++i)
        if (!fail[i]) lower_read_before(lower, scope, branches[i], node->arguments[0]);
    Value *condition = argument(lower, scope, node, 0, lazy);
    Value *then = argument(lower, scope, node, 1, lazy || fail[0]);
    Value *otherwise = argument(lower, scope, node, 2, lazy || fail[1]);
    if (lower_is_total_arithmetic(node)) lower_widen(lower, &then, &otherwise);
    return value_conditional(lower->c, condition, then, otherwise);
}

static Value *random_number(Lower *lower, LowerScope *scope, Node *node, bool lazy) {
    Compiler *c = lower->c;
    Value *key = as_i64(lower, argument(lower, scope, node, 0, lazy));
    Value *state = value_call(c, C_U64, "sy_random_begin", 1, &key);
    for (int i = 1; i < node->argument_count; ++i) {
        Value *mix[2] = {state, as_i64(lower, argument(lower, scope, node, i, lazy))};
        state = value_call(c, C_U64, "sy_random_mix", 2, mix);
    }
    return lower_call(lower, c_type_of(node->type), op_info[node->op].text, node->type, 1, &state);
}

static Value *number(Lower *lower, const Node *node) {
    if (scalar_is_float(node->type))
        return value_float(lower->c, c_type_of(node->type), node->u.number);
    return value_integer(lower->c, lower_local_type(node->type), node->u.integer);
}

/* Of an index, which is not negative, C's division is the one that rounds down. */
static bool is_part_of_index(const Node *node) {
    if (node->op != OP_IDIV && node->op != OP_MOD) return false;
    const Node *whole = node->arguments[0], *by = node->arguments[1];
    return (whole->op == OP_AXIS || is_part_of_index(whole)) && by->op == OP_NUMBER &&
           by->u.integer > 0;
}

/* exp(z - M) for M = max[s](z): a weight beside one that is 1. */
static bool is_weight(const Node *node) {
    if (node->op != OP_EXP || node->arguments[0]->op != OP_SUB) return false;
    Node *const *sides = node->arguments[0]->arguments;
    return sides[1]->op == OP_REDUCE_MAX && node_body(sides[1]) == sides[0];
}

/* Such a weight is at most 1 where M is that of all s, or of all but those that have no weight. */
static bool is_at_most_one(const Node *node) {
    Node *const *sides = node->arguments[0]->arguments;
    const Node *where = node_where(sides[1]);
    return !where || (where->op == OP_NE && where->arguments[0] == sides[0] &&
                      node_is_number(where->arguments[1], -INFINITY));
}

static Value *call(Lower *lower, LowerScope *scope, Node *node, bool lazy) {
    Value *arguments[4];
    Scalar of = node->arguments[0]->type;
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = argument(lower, scope, node, i, lazy);
    if (is_part_of_index(node))
        return value_binary(lower->c, node->op == OP_IDIV ? C_DIV : C_MOD, arguments[0],
                            arguments[1]);
    CType type = op_info[node->op].class_ == OP_TEST ? C_INT : c_type_of(node->type);
    const char *name = lower_call_name(node->op);
    if (of == SCALAR_F32 && is_weight(node))
        name = lower->in_products ? "exp_fading" : is_at_most_one(node) ? "exp_below" : name;
    return lower_call(lower, type, name, of, node->argument_count, arguments);
}

static Value *operation(Lower *lower, LowerScope *scope, Node *node, bool lazy) {
    switch (op_info[node->op].class_) {
    case OP_INFIX:
        return node->op == OP_POW ? power(lower, scope, node, lazy)
                                  : infix(lower, scope, node, lazy);
    case OP_CALL:
    case OP_TEST: return call(lower, scope, node, lazy);
    case OP_COMPARE: {
        Value *a = argument(lower, scope, node, 0, lazy);
        return value_binary(lower->c, infix_op(node->op), a, argument(lower, scope, node, 1, lazy));
    }
    case OP_LOGIC: {
        Value *a = argument(lower, scope, node, 0, lazy);
        if (node->op == OP_NOT) return value_unary(lower->c, C_NOT, a);
        Node *right = node->arguments[1];
        TABLE_HERE(seen, lower->c->arena);
        if (!lazy && repeats_itself(lower, right, &seen))
            return decide_by_statement(lower, scope, node, a);
        return value_binary(
            lower->c, infix_op(node->op), a,
            evaluate(lower, scope, right, lazy || plan_can_fail(lower->plan, right)));
    }
    default: break;
    }
    switch (node->op) {
    case OP_CONVERT:
        return convert(lower, argument(lower, scope, node, 0, lazy), node->arguments[0]->type,
                       node->type);
    case OP_SELECT: return choose(lower, scope, node, lazy);
    case OP_UNIFORM:
    case OP_NORMAL: return random_number(lower, scope, node, lazy);
    default: bug("no C for %s (node %d)", op_info[node->op].id, node->id);
    }
}

/* Of numbers without an axis in float64, where they are worked out so. */
static Value *unrounded(Lower *lower, LowerScope *scope, Node *node, bool lazy) {
    LowerScope *where = NULL;
    Known *known = lower_known(scope, node, &where);
    if (known && known->value) return known->value;
    if (known) {
        LowerScope *lanes = known->along ? NULL : lower_lane_scope(scope);
        bool whole = lanes && lower_tile(lanes)->depth > where->depth; /* made before the strip */
        Value *place = whole ? lower_lane_in_tile(lower, lanes) : lower_place(lower, scope, known);
        return value_cast(lower->c, known->type, value_element(lower->c, known->column, place));
    }
    switch (node->op) {
    case OP_NUMBER: return number(lower, node);
    case OP_AXIS: return lower_axis_index(scope, node->u.axis);
    case OP_EXTENT: return lower_extent_node(lower, node);
    case OP_ARRAY: return read_as(lower, node, read_array(lower, scope, node->u.array, NULL));
    case OP_AT:
        return read_as(lower, node, read_array(lower, scope, node->arguments[0]->u.array, node));
    default: break;
    }
    if (node_is_reduction(node)) {
        Root *root = plan_root_of(lower->plan, node);
        if (!root) bug("reduction %d is needed before it is computed", node->id);
        return evaluate(lower, scope, plan_root_read(lower->plan, root), lazy);
    }
    bool is_kept = is_work(node) || (is_shared(lower, node) && is_long_condition(node));
    if (!is_kept || (lazy && plan_can_fail(lower->plan, node)))
        return operation(lower, scope, node, lazy);
    LowerScope *home = home_of(lower, scope, node);
    if (home == scope && !is_shared(lower, node)) return operation(lower, scope, node, lazy);
    Value *value = operation(lower, home, node, false);
    value =
        in_variable(lower, home, lower_variable_name(lower, node), lower_kept(lower, node, value));
    lower_know(lower, home, node, value);
    return value;
}

static Value *evaluate(Lower *lower, LowerScope *scope, Node *node, bool lazy) {
    return lower_rounded(lower, scope, node, unrounded(lower, scope, node, lazy));
}

Value *lower_value(Lower *lower, LowerScope *scope, Node *node) {
    return evaluate(lower, scope, node, false);
}

Value *lower_lazy(Lower *lower, LowerScope *scope, Node *node) {
    return evaluate(lower, scope, node, true);
}

Value *lower_condition_and(Lower *lower, Value *a, Value *b) {
    return !a ? b : !b ? a : value_binary(lower->c, C_AND, a, b);
}

Value *lower_store_value(Lower *lower, LowerScope *scope, const Array *array, Node *node) {
    Value *value = lower_value(lower, scope, node);
    if (array->type == SCALAR_F16 || array->type == SCALAR_BF16) {
        value = value_cast(lower->c, C_F32, value);
        const char *name = array->type == SCALAR_F16 ? "sy_f16_from_f32" : "sy_bf16_from_f32";
        return value_call(lower->c, C_U16, name, 1, &value);
    }
    if (array->type == SCALAR_BOOL) return value_cast(lower->c, C_BOOL, value);
    return convert(lower, value, node->type, array->type);
}
