/* The accumulators of a loop: how they are declared, take in an element, and are folded. See
 * reduce.c for the order in which numbers meet. */
#include "loops/reduce.h"
#include <math.h>

enum {
    SMALL = 1 << 14, /* of as many numbers as an axis may have the sum fits an i64 */
    SMALL_DEPTH = 8  /* how far a node is looked into for its size */
};

bool reduce_is_float_fold(const Node *node) {
    return (node->op == OP_SUM || node->op == OP_PROD) && scalar_is_float(node->type);
}

Scalar reduce_scalar(const Node *reduction) {
    return node_is_arg(reduction) ? node_body(reduction)->type : reduction->type;
}

/* Whether the integer lies in -SMALL .. SMALL, whatever the inputs. */
static bool is_small(const Node *node, int depth) {
    if (node->type == SCALAR_BOOL) return true;
    if (!scalar_is_integer(node->type) || depth == 0) return false;
    switch (node->op) {
    case OP_NUMBER: return node->u.integer >= -SMALL && node->u.integer <= SMALL;
    case OP_SIGN: return true;
    case OP_LET:
    case OP_STOP:
    case OP_NEG:
    case OP_ABS:
    case OP_CONVERT: return is_small(node->arguments[0], depth - 1);
    case OP_MIN:
    case OP_MAX:
        return is_small(node->arguments[0], depth - 1) && is_small(node->arguments[1], depth - 1);
    case OP_SELECT:
        return is_small(node->arguments[1], depth - 1) && is_small(node->arguments[2], depth - 1);
    default: return false;
    }
}

bool reduce_is_count(const Node *reduction) {
    return reduction->op == OP_SUM && reduction->type == SCALAR_I64 &&
           is_small(node_body(reduction), SMALL_DEPTH);
}

CType reduce_total_type(const Accumulator *a) {
    return a->counts ? C_I64 : C_F64;
}

const char *reduce_fold_name(const Node *node) {
    switch (node->op) {
    case OP_SUM: return "sum";
    case OP_PROD: return "prod";
    case OP_REDUCE_MIN: return "min";
    case OP_REDUCE_MAX: return "max";
    case OP_ANY: return "any";
    case OP_ALL: return "all";
    case OP_ARGMIN: return "argmin";
    case OP_ARGMAX: return "argmax";
    default: bug("%s does not fold", op_info[node->op].id);
    }
}

Value *reduce_identity(ReduceLoop *r, const Node *reduction, CType type) {
    Scalar scalar = reduce_scalar(reduction);
    Op op = node_is_arg(reduction) ? OP_SUM : reduction->op;
    Node *node = plan_identity(r->lower->graph, op, scalar);
    if (scalar_is_float(scalar)) return value_float(r->c, type, node->u.number);
    return value_integer(r->c, type, node->u.integer);
}

/* a and b folded; for single accumulators of argmin and argmax see update_arg. */
Value *reduce_fold(ReduceLoop *r, const Node *reduction, Value *a, Value *b, bool wide) {
    Compiler *c = r->c;
    Scalar type = wide ? SCALAR_F64 : reduction->type;
    Value *both[2] = {a, b};
    switch (reduction->op) {
    case OP_SUM:
    case OP_PROD:
        if (scalar_is_float(type))
            return value_binary(c, reduction->op == OP_SUM ? C_ADD : C_MUL, a, b);
        return lower_call(r->lower, c_type_of(type), reduction->op == OP_SUM ? "add" : "mul", type,
                          2, both);
    case OP_REDUCE_MIN:
    case OP_REDUCE_MAX:
        return lower_call(r->lower, c_type_of(type), reduce_fold_name(reduction), type, 2, both);
    case OP_ANY: return value_cast(c, C_BOOL, value_binary(c, C_OR, a, b));
    case OP_ALL: return value_cast(c, C_BOOL, value_binary(c, C_AND, a, b));
    default: bug("%s is not folded so", op_info[reduction->op].id);
    }
}

/* --- accumulators --- */

static Value *tile_length(ReduceLoop *r, LowerScope *scope) {
    const LowerScope *tile = lower_tile(scope);
    if (tile->tile_count->kind == VALUE_INTEGER) return tile->tile_count;
    return value_integer(r->c, C_I64, tile->tile_size);
}

Variable *reduce_array(ReduceLoop *r, const char *name, CType type, Value *length) {
    Variable *variable = variable_new(r->c, name, type);
    variable->length = length;
    return variable;
}

static void set_all(ReduceLoop *r, Block *block, Variable *array, Value *count, Value *value) {
    Variable *lane = variable_new(r->c, "lane", C_I64);
    Statement *loop = block_for(r->c, block, lane, value_integer(r->c, C_I64, 0), count, NULL);
    block_assign(r->c, &loop->body, value_element(r->c, array, value_variable(r->c, lane)), value);
}

static bool is_zero(const Value *value) {
    return (value->kind == VALUE_INTEGER && value->integer == 0) ||
           (value->kind == VALUE_FLOAT && value->number == 0 && !signbit(value->number));
}

void reduce_declare_array(ReduceLoop *r, Block *block, Variable *array, Value *initial) {
    Statement *declaration = block_declare(r->c, block, array, NULL);
    declaration->zero = is_zero(initial);
    if (!declaration->zero) set_all(r, block, array, array->length, initial);
}

void reduce_declare(ReduceLoop *r, LowerScope *scope, Accumulator *a) {
    Block *block = scope->block;
    Value *initial = reduce_identity(r, a->reduction, a->type);
    if (a->kind == ACCUMULATOR_SINGLE) {
        a->values = variable_new(r->c, a->name, a->type);
        block_declare(r->c, block, a->values, initial);
    } else {
        Value *length = a->kind == ACCUMULATOR_COLUMN ? tile_length(r, scope)
                                                      : value_integer(r->c, C_I64, PLAN_LANES);
        a->values = reduce_array(r, a->name, a->type, length);
        reduce_declare_array(r, block, a->values, initial);
    }
    if (!node_is_arg(a->reduction)) return;
    Value *nowhere = value_integer(r->c, C_I64, -1);
    const char *name = arena_format(r->c->arena, "%s_place", a->name);
    if (a->kind == ACCUMULATOR_SINGLE) {
        a->places = variable_new(r->c, name, C_I64);
        block_declare(r->c, block, a->places, nowhere);
    } else {
        a->places = reduce_array(r, name, C_I64, a->values->length);
        reduce_declare_array(r, block, a->places, nowhere);
    }
}

void reduce_declare_total(ReduceLoop *r, LowerScope *scope, Accumulator *a) {
    CType type = reduce_total_type(a);
    Value *initial = reduce_identity(r, a->reduction, type);
    const char *name = arena_format(r->c->arena, "%s_total", a->name);
    if (a->kind == ACCUMULATOR_COLUMN) {
        a->total = reduce_array(r, name, type, tile_length(r, scope));
        reduce_declare_array(r, scope->block, a->total, initial);
    } else {
        a->total = variable_new(r->c, name, type);
        block_declare(r->c, scope->block, a->total, initial);
    }
}

/* The accumulators of a block as one value. Where no row of lanes was filled, the others than lane
 * 0 are as they began, and change nothing. */
Value *reduce_folded(ReduceLoop *r, const Accumulator *a) {
    if (a->kind == ACCUMULATOR_SINGLE)
        return value_variable(r->c, node_is_arg(a->reduction) ? a->places : a->values);
    Value *arguments[2] = {value_variable(r->c, a->values),
                           a->places ? value_variable(r->c, a->places) : NULL};
    bool logical = a->reduction->op == OP_ANY || a->reduction->op == OP_ALL;
    if (logical)
        return value_call(r->c, C_BOOL,
                          arena_format(r->c->arena, "sy_tree_%s", reduce_fold_name(a->reduction)),
                          1, arguments);
    const char *name = arena_format(r->c->arena, "tree_%s", reduce_fold_name(a->reduction));
    Value *folded = lower_call(r->lower, node_is_arg(a->reduction) ? C_I64 : a->type, name,
                               a->counts          ? SCALAR_I32
                               : a->type == C_F64 ? SCALAR_F64
                                                  : reduce_scalar(a->reduction),
                               a->places ? 2 : 1, arguments);
    bool of_block = a->blocked || !r->in_blocks; /* others go on from block to block */
    if (a->kind != ACCUMULATOR_LANES || a->places || !r->whole_rows || !of_block) return folded;
    Value *first = value_element(r->c, a->values, value_integer(r->c, C_I64, 0));
    return value_conditional(r->c, r->whole_rows, folded, first);
}

void reduce_add_to_total(ReduceLoop *r, LowerScope *scope, Accumulator *a) {
    Compiler *c = r->c;
    COp op = a->reduction->op == OP_SUM ? C_ADD : C_MUL;
    CType type = reduce_total_type(a);
    if (a->kind != ACCUMULATOR_COLUMN) {
        block_update(c, scope->block, op, value_variable(c, a->total),
                     value_cast(c, type, reduce_folded(r, a)));
        return;
    }
    Variable *lane = variable_new(c, "lane", C_I64);
    Statement *loop = block_for(c, scope->block, lane, value_integer(c, C_I64, 0),
                                lower_tile(scope)->tile_count, NULL);
    loop->for_kind = FOR_SIMD;
    Value *at = value_variable(c, lane);
    block_update(c, &loop->body, op, value_element(c, a->total, at),
                 value_cast(c, type, value_element(c, a->values, at)));
}

static Accumulator *find(ReduceLoop *r, const Node *reduction) {
    for (int i = 0; i < r->accumulators.count; ++i)
        if (r->accumulators.items[i].reduction == reduction) return &r->accumulators.items[i];
    return NULL;
}

/* --- taking in one element --- */

/* The value as a variable, declared in the block. */
static Value *candidate_in(ReduceLoop *r, Block *block, Value *value) {
    if (value->kind == VALUE_VARIABLE) return value;
    Variable *variable = variable_new(r->c, "candidate", value->type);
    variable->is_const = true;
    block_declare(r->c, block, variable, value);
    return value_variable(r->c, variable);
}

/* A lazy value exists only where `where` holds: what it reads may lie outside elsewhere. */
static void update_arg(ReduceLoop *r, LowerScope *scope, Accumulator *a, Value *at, Value *value,
                       Value *where, bool lazy) {
    Compiler *c = r->c;
    Node *body = node_body(a->reduction);
    Value *place = lower_axis_index(scope, r->loop->axis);
    const char *fold = reduce_fold_name(a->reduction);
    Block hold = {0}, *inside = scope->block;
    Statement *guard = where && (at || lazy) ? block_if(c, &hold, where) : NULL;
    if (guard) inside = &guard->body;
    Value *candidate = candidate_in(r, lazy ? inside : scope->block, value);
    if (at) {
        Value *arguments[] = {value_address(c, a->values, at), value_address(c, a->places, at),
                              candidate, place};
        block_call(c, inside,
                   lower_call(r->lower, C_VOID, arena_format(c->arena, "follow_%s", fold),
                              body->type, 4, arguments));
    } else {
        Value *held = value_variable(c, a->values), *held_place = value_variable(c, a->places);
        const char *name = arena_format(c->arena, "replaces_%s", fold);
        Value *better = lower_call(r->lower, C_INT, name, body->type, 4,
                                   (Value *[]){candidate, place, held, held_place});
        if (!guard) better = lower_condition_and(r->lower, where, better);
        Statement *choice = block_if(c, inside, better);
        block_assign(c, &choice->body, held, candidate);
        block_assign(c, &choice->body, held_place, place);
    }
    if (guard) block_add(c, scope->block, guard);
}

static Value *element_of(ReduceLoop *r, LowerScope *scope, const Accumulator *a,
                         const Taking *taking, Value **index) {
    *index = NULL;
    if (a->kind == ACCUMULATOR_SINGLE || a->kind == ACCUMULATOR_STREAM)
        return value_variable(r->c, a->values);
    if (a->kind == ACCUMULATOR_LANES) {
        *index = taking->lane;
    } else {
        *index = lower_lane_scope(scope)->lane;
    }
    return value_element(r->c, a->values, *index);
}

bool reduce_is_private_product(Lower *lower, const Node *body) {
    return body->op == OP_MUL && scalar_is_float(body->type) &&
           (intptr_t)table_get(&lower->uses, body) <= 1 && !table_has(&lower->plan->names, body);
}

Value *reduce_fused(Lower *lower, LowerScope *scope, const Node *product, Value *sum) {
    Value *parts[3] = {lower_value(lower, scope, product->arguments[0]),
                       lower_value(lower, scope, product->arguments[1]), sum};
    const char *fma = product->type == SCALAR_F32 ? "SY_FMA_F32" : "SY_FMA_F64";
    return value_call(lower->c, c_type_of(product->type), fma, 3, parts);
}

/* In a loop that is not simple the plan has put the accumulation under its domain, unless that
 * differs between lanes. */
static bool is_under_guard(const ReduceLoop *r, LowerScope *scope, const Node *where) {
    const LowerScope *tile = lower_tile(scope);
    return !r->loop->simple && !(tile && axis_set_has(where->axes, tile->tile));
}

/* The value, or what changes nothing. In a variable, compilers see that it is the same for several
 * accumulators, and need no branch for a condition of several terms. */
static Value *where_there(ReduceLoop *r, LowerScope *scope, Taking *taking, const Accumulator *a,
                          const Node *body, Value *where, Value *value) {
    Compiler *c = r->c;
    const Node *domain = plan_domain(r->lower->plan, a->reduction);
    Kept *kept = &taking->kept;
    bool is_known = kept->block == scope->block && kept->domain == domain && kept->body == body &&
                    kept->op == a->reduction->op;
    if (is_known) return kept->value;
    value = value_conditional(c, where, value, reduce_identity(r, a->reduction, value->type));
    if (!r->is_short || value->kind == VALUE_VARIABLE) return value;
    Variable *variable = variable_new(c, arena_format(c->arena, "%s_taken", a->name), value->type);
    variable->is_const = true;
    block_declare(c, scope->block, variable, value);
    *kept = (Kept){scope->block, domain, body, a->reduction->op, value_variable(c, variable)};
    return kept->value;
}

/* The domain without a term that leaves out what would change nothing: `z != -inf` of max[s](z).
 * NULL: nothing is left of it. */
static Node *domain_that_matters(Graph *graph, const Node *reduction, Node *domain) {
    if (domain->op == OP_AND) {
        Node *a = domain_that_matters(graph, reduction, domain->arguments[0]);
        Node *b = domain_that_matters(graph, reduction, domain->arguments[1]);
        return !a ? b : !b ? a : graph_binary(graph, OP_AND, a, b);
    }
    const double nothing = reduction->op == OP_REDUCE_MAX ? -INFINITY : INFINITY;
    for (int side = 0; domain->op == OP_NE && side < 2; ++side)
        if (domain->arguments[side] == node_body(reduction) &&
            node_is_number(domain->arguments[1 - side], nothing))
            return NULL;
    return domain;
}

static void take(ReduceLoop *r, LowerScope *scope, Taking *taking, Accumulator *a) {
    Compiler *c = r->c;
    Lower *lower = r->lower;
    Node *reduction = a->reduction, *body = a->factor ? a->factor : node_body(reduction);
    Value *where = NULL, *index = NULL;
    Node *domain = plan_domain(lower->plan, reduction);
    /* asked of the whole domain, as the plan has put the guard */
    if (domain && (a->needs_no_domain || is_under_guard(r, scope, domain))) domain = NULL;
    if (domain && (reduction->op == OP_REDUCE_MAX || reduction->op == OP_REDUCE_MIN))
        domain = domain_that_matters(lower->graph, reduction, domain);
    if (domain) where = lower_value(lower, scope, domain);
    Value *target = a->factor ? NULL : element_of(r, scope, a, taking, &index);
    bool lazy = where && body->can_fail;
    bool wide = a->type != c_type_of(reduce_scalar(reduction));
    if (reduction->op == OP_SUM && !where && !a->kept && !wide &&
        reduce_is_private_product(lower, body)) {
        block_assign(c, scope->block, target, reduce_fused(lower, scope, body, target));
        return;
    }
    if (where && !plan_can_fail(lower->plan, body)) lower_read_before(lower, scope, body, domain);
    Value *value = lazy ? lower_lazy(lower, scope, body) : lower_value(lower, scope, body);
    if (node_is_arg(reduction)) {
        update_arg(r, scope, a, index, value, where, lazy);
        return;
    }
    if (scalar_is_integer(reduction->type)) value = value_cast(c, a->type, value);
    if (where) value = where_there(r, scope, taking, a, body, where, value);
    if (a->kept) {
        Value *at = a->kept_at ? a->kept_at : lower_place(lower, scope, &a->kept_place);
        block_assign(c, scope->block, value_element(c, a->kept, at), value);
        value = value_element(c, a->kept, at);
    }
    if (a->factor) return;
    bool infix = reduce_is_float_fold(reduction) || reduce_is_count(reduction);
    if (infix && a->type == C_F64) value = value_cast(c, C_F64, value);
    if (infix)
        block_update(c, scope->block, reduction->op == OP_SUM ? C_ADD : C_MUL, target, value);
    else
        block_assign(c, scope->block, target, reduce_fold(r, reduction, target, value, false));
}

void lower_accumulate(Lower *lower, LowerScope *scope, Node *reduction) {
    Taking *taking = lower->taking;
    Accumulator *a = find(taking->r, reduction);
    if (!a) bug("reduction %d is accumulated outside of its loop", reduction->id);
    take(taking->r, scope, taking, a);
}
