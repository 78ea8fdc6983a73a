/* Loops that accumulate.
 *
 * Takes a loop of the plan with reductions that are finished by it; writes the accumulators, the
 * loop, and a variable for each result. The order in which numbers meet is part of what a program
 * means here, for it decides the bits: a float sum or product has PLAN_LANES accumulators, element
 * r going to lane r mod PLAN_LANES; lanes are folded by a halving tree for each block of elements,
 * and blocks are added in float64, by a tree where several threads made them. The columns of a tile
 * have one accumulator each, folded into float64 for each block of rows. A loop over at most
 * PLAN_LANES elements, known beforehand, just adds them up.
 */
#include "loops/lower.h"
#include <math.h>

typedef enum AccumulatorKind {
    ACCUMULATOR_LANES,  /* one for each lane */
    ACCUMULATOR_SINGLE, /* a variable */
    ACCUMULATOR_COLUMN, /* one for each lane of the open tile */
    ACCUMULATOR_STREAM  /* a maximum whose values are kept for the block */
} AccumulatorKind;

typedef struct Accumulator {
    Node *reduction;
    AccumulatorKind kind;
    CType type;
    bool blocked;                       /* folded block by block */
    Variable *values, *places;          /* places: of argmin and argmax */
    Variable *total;                    /* over blocks */
    Variable *partial, *partial_places; /* of each block, where threads share the blocks */
    Variable *kept;                     /* STREAM: the block's values */
    Value *kept_at;                     /* STREAM: where this one is kept */
    const char *name;
} Accumulator;

typedef struct ReduceLoop {
    Lower *lower;
    Compiler *c;
    const PlanLoop *loop;
    Value *extent;
    int64_t fixed; /* the extent, where it is a number; else -1 */
    int64_t block;
    bool in_blocks; /* more than one block is possible, and something is folded by blocks */
    Vector(Accumulator) accumulators;
} ReduceLoop;

static bool is_arg(const Node *node) {
    return node->op == OP_ARGMIN || node->op == OP_ARGMAX;
}

static bool is_float_fold(const Node *node) {
    return (node->op == OP_SUM || node->op == OP_PROD) && scalar_is_float(node->type);
}

static const char *fold_name(const Node *node) {
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

static Value *identity(ReduceLoop *r, const Node *reduction, CType type) {
    Scalar scalar = is_arg(reduction) ? node_body(reduction)->type : reduction->type;
    Op op = is_arg(reduction) ? OP_SUM : reduction->op;
    Node *node = plan_identity(r->lower->graph, op, scalar);
    if (scalar_is_float(scalar)) return value_float(r->c, type, node->u.number);
    return value_integer(r->c, type, node->u.integer);
}

/* a and b folded; for single accumulators of argmin and argmax see update_arg. */
static Value *fold(ReduceLoop *r, const Node *reduction, Value *a, Value *b, bool wide) {
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
        return lower_call(r->lower, c_type_of(type), fold_name(reduction), type, 2, both);
    case OP_ANY: return value_cast(c, C_BOOL, value_binary(c, C_OR, a, b));
    case OP_ALL: return value_cast(c, C_BOOL, value_binary(c, C_AND, a, b));
    default: bug("%s is not folded so", op_info[reduction->op].id);
    }
}

/* --- accumulators --- */

static Value *tile_length(ReduceLoop *r, LowerScope *scope) {
    const LowerScope *tile = lower_tile(scope);
    if (tile->tile_count->kind == VALUE_INTEGER) return tile->tile_count;
    return value_integer(r->c, C_I64, PLAN_TILE);
}

static Variable *array_variable(ReduceLoop *r, const char *name, CType type, Value *length) {
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

static void declare_array(ReduceLoop *r, Block *block, Variable *array, Value *initial) {
    Statement *declaration = block_declare(r->c, block, array, NULL);
    declaration->zero = is_zero(initial);
    if (!declaration->zero) set_all(r, block, array, array->length, initial);
}

static void declare(ReduceLoop *r, LowerScope *scope, Accumulator *a) {
    Block *block = scope->block;
    Value *initial = identity(r, a->reduction, a->type);
    if (a->kind == ACCUMULATOR_SINGLE) {
        a->values = variable_new(r->c, a->name, a->type);
        block_declare(r->c, block, a->values, initial);
    } else {
        Value *length = a->kind == ACCUMULATOR_COLUMN ? tile_length(r, scope)
                                                      : value_integer(r->c, C_I64, PLAN_LANES);
        a->values = array_variable(r, a->name, a->type, length);
        declare_array(r, block, a->values, initial);
    }
    if (!is_arg(a->reduction)) return;
    Value *nowhere = value_integer(r->c, C_I64, -1);
    const char *name = arena_format(r->c->arena, "%s_place", a->name);
    if (a->kind == ACCUMULATOR_SINGLE) {
        a->places = variable_new(r->c, name, C_I64);
        block_declare(r->c, block, a->places, nowhere);
    } else {
        a->places = array_variable(r, name, C_I64, a->values->length);
        declare_array(r, block, a->places, nowhere);
    }
}

static void declare_total(ReduceLoop *r, LowerScope *scope, Accumulator *a) {
    Value *initial = identity(r, a->reduction, C_F64);
    const char *name = arena_format(r->c->arena, "%s_total", a->name);
    if (a->kind == ACCUMULATOR_COLUMN) {
        a->total = array_variable(r, name, C_F64, tile_length(r, scope));
        declare_array(r, scope->block, a->total, initial);
    } else {
        a->total = variable_new(r->c, name, C_F64);
        block_declare(r->c, scope->block, a->total, initial);
    }
}

/* The accumulators of a block as one value. */
static Value *folded(ReduceLoop *r, const Accumulator *a) {
    if (a->kind == ACCUMULATOR_SINGLE)
        return value_variable(r->c, is_arg(a->reduction) ? a->places : a->values);
    Value *arguments[2] = {value_variable(r->c, a->values),
                           a->places ? value_variable(r->c, a->places) : NULL};
    bool logical = a->reduction->op == OP_ANY || a->reduction->op == OP_ALL;
    if (logical)
        return value_call(r->c, C_BOOL,
                          arena_format(r->c->arena, "sy_tree_%s", fold_name(a->reduction)), 1,
                          arguments);
    const char *name = arena_format(r->c->arena, "tree_%s", fold_name(a->reduction));
    return lower_call(r->lower, is_arg(a->reduction) ? C_I64 : a->type, name,
                      node_body(a->reduction)->type, a->places ? 2 : 1, arguments);
}

static void add_to_total(ReduceLoop *r, LowerScope *scope, Accumulator *a) {
    Compiler *c = r->c;
    COp op = a->reduction->op == OP_SUM ? C_ADD : C_MUL;
    if (a->kind != ACCUMULATOR_COLUMN) {
        block_update(c, scope->block, op, value_variable(c, a->total),
                     value_cast(c, C_F64, folded(r, a)));
        return;
    }
    Variable *lane = variable_new(c, "lane", C_I64);
    Statement *loop = block_for(c, scope->block, lane, value_integer(c, C_I64, 0),
                                lower_tile(scope)->tile_count, NULL);
    loop->for_kind = FOR_SIMD;
    Value *at = value_variable(c, lane);
    block_update(c, &loop->body, op, value_element(c, a->total, at),
                 value_cast(c, C_F64, value_element(c, a->values, at)));
}

static Accumulator *find(ReduceLoop *r, const Node *reduction) {
    for (int i = 0; i < r->accumulators.count; ++i)
        if (r->accumulators.items[i].reduction == reduction) return &r->accumulators.items[i];
    return NULL;
}

/* --- taking in one element --- */

typedef struct Taking { /* what lower_accumulate finds in its scopes */
    ReduceLoop *r;
    Value *lane; /* index into lanes */
} Taking;

static void update_arg(ReduceLoop *r, LowerScope *scope, Accumulator *a, Value *at, Value *value,
                       Value *where) {
    Compiler *c = r->c;
    Node *body = node_body(a->reduction);
    Value *place = lower_axis_index(scope, r->loop->axis);
    Value *held = at ? value_element(c, a->values, at) : value_variable(c, a->values);
    Value *held_place = at ? value_element(c, a->places, at) : value_variable(c, a->places);
    Value *candidate = value;
    if (candidate->kind != VALUE_VARIABLE) {
        Variable *variable = variable_new(c, "candidate", value->type);
        variable->is_const = true;
        block_declare(c, scope->block, variable, value);
        candidate = value_variable(c, variable);
    }
    const char *name = arena_format(c->arena, "replaces_%s", fold_name(a->reduction));
    Value *better = lower_call(r->lower, C_INT, name, body->type, 4,
                               (Value *[]){candidate, place, held, held_place});
    Statement *choice = block_if(c, scope->block, lower_condition_and(r->lower, where, better));
    block_assign(c, &choice->body, held, candidate);
    block_assign(c, &choice->body, held_place, place);
}

static Value *element_of(ReduceLoop *r, LowerScope *scope, const Accumulator *a,
                         const Taking *taking, Value **index) {
    *index = NULL;
    if (a->kind == ACCUMULATOR_SINGLE || a->kind == ACCUMULATOR_STREAM)
        return value_variable(r->c, a->values);
    if (a->kind == ACCUMULATOR_LANES) {
        *index = taking->lane;
    } else {
        LowerScope *lanes = scope;
        while (!lanes->lane)
            lanes = lanes->parent;
        *index = lanes->lane;
    }
    return value_element(r->c, a->values, *index);
}

static bool is_private_product(Lower *lower, const Node *body) {
    return body->op == OP_MUL && scalar_is_float(body->type) &&
           (intptr_t)table_get(&lower->uses, body) <= 1 && !table_has(&lower->plan->names, body);
}

/* In a loop that is not simple the plan has put the accumulation under its domain, unless that
 * differs between lanes. */
static bool is_under_guard(const ReduceLoop *r, LowerScope *scope, const Node *where) {
    const LowerScope *tile = lower_tile(scope);
    return !r->loop->simple && !(tile && axis_set_has(where->axes, tile->tile));
}

static void take(ReduceLoop *r, LowerScope *scope, const Taking *taking, Accumulator *a) {
    Compiler *c = r->c;
    Lower *lower = r->lower;
    Node *reduction = a->reduction, *body = node_body(reduction);
    Value *where = NULL, *index;
    if (node_where(reduction) && !is_under_guard(r, scope, node_where(reduction)))
        where = lower_value(lower, scope, node_where(reduction));
    Value *target = element_of(r, scope, a, taking, &index);
    bool lazy = where && body->can_fail;
    if (reduction->op == OP_SUM && !where && is_private_product(lower, body)) {
        Value *factors[3] = {lower_value(lower, scope, body->arguments[0]),
                             lower_value(lower, scope, body->arguments[1]), target};
        const char *fma = body->type == SCALAR_F32 ? "SY_FMA_F32" : "SY_FMA_F64";
        block_assign(c, scope->block, target, value_call(c, a->type, fma, 3, factors));
        return;
    }
    Value *value = lazy ? lower_lazy(lower, scope, body) : lower_value(lower, scope, body);
    if (is_arg(reduction)) {
        update_arg(r, scope, a, index, value, where);
        return;
    }
    if (where) value = value_conditional(c, where, value, identity(r, reduction, value->type));
    if (a->kind == ACCUMULATOR_STREAM) {
        block_assign(c, scope->block, value_element(c, a->kept, a->kept_at), value);
        value = value_element(c, a->kept, a->kept_at);
    }
    bool infix = is_float_fold(reduction);
    if (infix)
        block_update(c, scope->block, reduction->op == OP_SUM ? C_ADD : C_MUL, target, value);
    else
        block_assign(c, scope->block, target, fold(r, reduction, target, value, false));
}

/* --- the loops --- */

static void body_of(ReduceLoop *r, LowerScope *scope, Taking *taking) {
    Lower *lower = r->lower;
    void *outer = lower->taking;
    lower->taking = taking;
    lower_steps(lower, scope, &r->loop->body);
    lower->taking = outer;
}

void lower_accumulate(Lower *lower, LowerScope *scope, Node *reduction) {
    Taking *taking = lower->taking;
    Accumulator *a = find(taking->r, reduction);
    if (!a) bug("reduction %d is accumulated outside of its loop", reduction->id);
    take(taking->r, scope, taking, a);
}

static Variable *index_variable(ReduceLoop *r) {
    return variable_new(r->c, r->loop->axis->name, C_I64);
}

static Value *lane_count(ReduceLoop *r) {
    return value_integer(r->c, C_I64, PLAN_LANES);
}

/* Elements from..to one after the other. */
static void one_by_one(ReduceLoop *r, LowerScope *scope, Value *from, Value *to) {
    Compiler *c = r->c;
    Block hold = {0};
    Variable *index = index_variable(r);
    Statement *loop = block_for(c, &hold, index, from, to, NULL);
    LowerScope inner = lower_scope(r->lower, scope, &loop->body);
    inner.axis = r->loop->axis;
    inner.index = value_variable(c, index);
    Taking taking = {r, value_binary(c, C_MOD, inner.index, lane_count(r))};
    body_of(r, &inner, &taking);
    block_add(c, scope->block, loop);
}

/* One row of lanes, from element `first`; only those below `end`, where it is not NULL. */
static void lane_row(ReduceLoop *r, LowerScope *scope, Value *first, Value *end) {
    Compiler *c = r->c;
    Block hold = {0}, held = {0};
    Variable *lane = variable_new(c, "lane", C_I64), *index = index_variable(r);
    Statement *loop = block_for(c, &hold, lane, value_integer(c, C_I64, 0), lane_count(r), NULL);
    LowerScope inner = lower_scope(r->lower, scope, &loop->body);
    index->is_const = true;
    block_declare(c, &loop->body, index, value_binary(c, C_ADD, first, value_variable(c, lane)));
    Taking taking = {r, value_variable(c, lane)};
    if (!end) {
        loop->for_kind = FOR_SIMD;
        inner.axis = r->loop->axis;
        inner.index = value_variable(c, index);
        body_of(r, &inner, &taking);
    } else { /* a condition, not a bound: the lanes then stay in registers */
        Value *element = value_variable(c, index);
        Statement *choice = block_if(c, &held, value_binary(c, C_LT, element, end));
        LowerScope within = lower_scope(r->lower, &inner, &choice->body);
        within.guarded = true;
        within.axis =
            r->loop
                ->axis; /* opened here: nothing about the element is moved out of the condition */
        within.index = element;
        body_of(r, &within, &taking);
        block_add(c, &loop->body, choice);
    }
    block_add(c, scope->block, loop);
}

/* Elements from..to, where from is a multiple of PLAN_LANES: whole rows of lanes, then the rest. */
static void by_lanes(ReduceLoop *r, LowerScope *scope, Value *from, Value *to) {
    Compiler *c = r->c;
    Value *lanes = lane_count(r);
    Value *whole = value_binary(c, C_SUB, to, value_binary(c, C_MOD, to, lanes));
    if (whole->kind != VALUE_INTEGER) {
        Variable *variable =
            variable_new(c, arena_format(c->arena, "%s_whole", r->loop->axis->name), C_I64);
        variable->is_const = true;
        block_declare(c, scope->block, variable, whole);
        whole = value_variable(c, variable);
    }
    if (r->fixed < 0 || r->fixed >= PLAN_LANES) {
        Block hold = {0};
        Variable *first =
            variable_new(c, arena_format(c->arena, "%s_row", r->loop->axis->name), C_I64);
        Statement *rows = block_for(c, &hold, first, from, whole, lanes);
        LowerScope row = lower_scope(r->lower, scope, &rows->body);
        lane_row(r, &row, value_variable(c, first), NULL);
        block_add(c, scope->block, rows);
    }
    if (r->fixed < 0 || r->fixed % PLAN_LANES != 0) lane_row(r, scope, whole, to);
}

static void elements(ReduceLoop *r, LowerScope *scope, Value *from, Value *to) {
    bool lanes = false;
    for (int i = 0; i < r->accumulators.count; ++i)
        lanes |= r->accumulators.items[i].kind == ACCUMULATOR_LANES;
    if (r->loop->simple && lanes)
        by_lanes(r, scope, from, to);
    else
        one_by_one(r, scope, from, to);
}

static void accumulators_new(ReduceLoop *r, LowerScope *scope) {
    const LowerScope *tile = lower_tile(scope);
    for (int i = 0; i < r->loop->reductions.count; ++i) {
        Node *reduction = r->loop->reductions.items[i];
        Accumulator a = {0};
        a.reduction = reduction;
        a.type = c_type_of(node_body(reduction)->type);
        bool column = tile && axis_set_has(reduction->axes, tile->tile);
        bool few = r->fixed >= 0 && r->fixed <= PLAN_LANES;
        bool single = few || (!r->loop->simple && !is_float_fold(reduction));
        a.kind = column ? ACCUMULATOR_COLUMN : single ? ACCUMULATOR_SINGLE : ACCUMULATOR_LANES;
        a.blocked = is_float_fold(reduction) && !(few && !column);
        const char *name = table_get(&r->lower->plan->names, reduction);
        a.name = name ? name : op_info[reduction->op].text;
        vector_push(r->c->arena, &r->accumulators, a);
        r->in_blocks |= a.blocked;
    }
    r->in_blocks &= r->fixed < 0 || r->fixed > r->block;
}

static void know_result(ReduceLoop *r, LowerScope *scope, Accumulator *a) {
    Compiler *c = r->c;
    bool blocked = a->blocked && r->in_blocks;
    CType type = lower_local_type(a->reduction->type);
    if (a->kind == ACCUMULATOR_COLUMN) {
        Variable *column = is_arg(a->reduction) ? a->places : blocked ? a->total : a->values;
        lower_know_column(r->lower, scope, a->reduction, column, type);
        return;
    }
    Value *value = value_cast(c, type, blocked ? value_variable(c, a->total) : folded(r, a));
    if (value->kind != VALUE_VARIABLE) {
        Variable *variable = variable_new(c,
                                          a->kind == ACCUMULATOR_SINGLE || blocked
                                              ? a->name
                                              : arena_format(c->arena, "%s_value", a->name),
                                          type);
        variable->is_const = true;
        block_declare(c, scope->block, variable, value);
        value = value_variable(c, variable);
    }
    lower_know(r->lower, scope, a->reduction, value);
}

static void reduce_here(ReduceLoop *r, LowerScope *scope) {
    Compiler *c = r->c;
    for (int i = 0; i < r->accumulators.count; ++i) {
        Accumulator *a = &r->accumulators.items[i];
        if (a->blocked && r->in_blocks)
            declare_total(r, scope, a);
        else
            declare(r, scope, a);
    }
    Value *zero = value_integer(c, C_I64, 0);
    if (!r->in_blocks) {
        elements(r, scope, zero, r->extent);
    } else {
        Block hold = {0};
        Value *size = value_integer(c, C_I64, r->block);
        Variable *first =
            variable_new(c, arena_format(c->arena, "%s_first", r->loop->axis->name), C_I64);
        Statement *blocks = block_for(c, &hold, first, zero, r->extent, size);
        LowerScope inner = lower_scope(r->lower, scope, &blocks->body);
        Variable *end =
            variable_new(c, arena_format(c->arena, "%s_end", r->loop->axis->name), C_I64);
        end->is_const = true;
        Value *from = value_variable(c, first);
        block_declare(c, &blocks->body, end,
                      lower_call(r->lower, C_I64, "min", SCALAR_I64, 2,
                                 (Value *[]){value_binary(c, C_ADD, from, size), r->extent}));
        for (int i = 0; i < r->accumulators.count; ++i)
            if (r->accumulators.items[i].blocked) declare(r, &inner, &r->accumulators.items[i]);
        elements(r, &inner, from, value_variable(c, end));
        for (int i = 0; i < r->accumulators.count; ++i)
            if (r->accumulators.items[i].blocked)
                add_to_total(r, &inner, &r->accumulators.items[i]);
        block_add(c, scope->block, blocks);
    }
    for (int i = 0; i < r->accumulators.count; ++i)
        know_result(r, scope, &r->accumulators.items[i]);
}

/* --- a maximum and sums of exponentials in one pass --- */

static Value *kept_index(ReduceLoop *r, Value *index, Value *first) {
    return first->kind == VALUE_INTEGER ? index : value_binary(r->c, C_SUB, index, first);
}

/* The block's values are computed, kept, and their maximum taken; what the domain leaves out is
 * kept as -inf. */
static void stream_first(ReduceLoop *r, LowerScope *scope, Accumulator *m, Value *from, Value *to) {
    Compiler *c = r->c;
    if (node_where(m->reduction))
        declare_array(r, scope->block, m->kept, value_float(c, m->type, -INFINITY));
    else
        block_declare(c, scope->block, m->kept, NULL);
    Block hold = {0};
    Variable *index = index_variable(r);
    Statement *loop = block_for(c, &hold, index, from, to, NULL);
    LowerScope inner = lower_scope(r->lower, scope, &loop->body);
    inner.axis = r->loop->axis;
    inner.index = value_variable(c, index);
    m->kept_at = kept_index(r, inner.index, from);
    Taking taking = {r, NULL};
    void *outer = r->lower->taking;
    r->lower->taking = &taking;
    lower_steps(r->lower, &inner, &r->loop->first);
    r->lower->taking = outer;
    block_add(c, scope->block, loop);
}

/* Without a domain all values are there, -inf too: relative to 0 where they all are, so that it
 * adds exp(-inf). */
static Value *stream_shift(ReduceLoop *r, LowerScope *scope, const Accumulator *m) {
    Compiler *c = r->c;
    Value *now = value_variable(c, m->values);
    if (node_where(m->reduction)) return now;
    Variable *shift = variable_new(c, arena_format(c->arena, "%s_shift", m->name), m->type);
    shift->is_const = true;
    Value *nothing = value_binary(c, C_EQ, now, value_float(c, m->type, -INFINITY));
    block_declare(c, scope->block, shift,
                  value_conditional(c, nothing, value_float(c, m->type, 0), now));
    return value_variable(c, shift);
}

/* Then the exponentials, of the values that are there. */
static void stream_second(ReduceLoop *r, LowerScope *scope, const Accumulator *m, Value *from,
                          Value *to) {
    Compiler *c = r->c;
    Block hold = {0}, held = {0};
    Value *shift = stream_shift(r, scope, m);
    Variable *index = index_variable(r);
    Statement *loop = block_for(c, &hold, index, from, to, NULL);
    LowerScope inner = lower_scope(r->lower, scope, &loop->body);
    inner.axis = r->loop->axis;
    inner.index = value_variable(c, index);
    const char *name = table_get(&r->lower->plan->names, r->loop->logit);
    Variable *logit = variable_new(c, name ? name : "logit", m->type);
    logit->is_const = true;
    block_declare(c, &loop->body, logit,
                  value_element(c, m->kept, kept_index(r, inner.index, from)));
    Value *value = value_variable(c, logit);
    bool all = !node_where(m->reduction);
    Value *there = value_binary(c, C_NE, value, value_float(c, m->type, -INFINITY));
    Statement *choice = all ? NULL : block_if(c, &held, there);
    LowerScope within = lower_scope(r->lower, &inner, all ? &loop->body : &choice->body);
    within.guarded = !all;
    lower_know(r->lower, &within, r->loop->logit, value);
    lower_know(r->lower, &within, m->reduction, shift);
    Taking taking = {r, value_binary(c, C_MOD, inner.index, lane_count(r))};
    body_of(r, &within, &taking);
    if (choice) block_add(c, &loop->body, choice);
    block_add(c, scope->block, loop);
}

/* What was summed relative to the old maximum is brought to the new one. */
static void stream_rescale(ReduceLoop *r, LowerScope *scope, const Accumulator *m, Value *before) {
    Compiler *c = r->c;
    Value *now = value_variable(c, m->values), *difference = value_binary(c, C_SUB, before, now);
    Value *factor = lower_call(r->lower, m->type, "exp", m->reduction->type, 1, &difference);
    factor = value_conditional(c, value_binary(c, C_EQ, before, now), value_float(c, m->type, 1),
                               factor);
    Variable *scale =
        variable_new(c, arena_format(c->arena, "%s_scale", r->loop->axis->name), C_F64);
    scale->is_const = true;
    block_declare(c, scope->block, scale, value_cast(c, C_F64, factor));
    for (int i = 1; i < r->accumulators.count; ++i) {
        const Accumulator *a = &r->accumulators.items[i];
        if (a->kind != ACCUMULATOR_COLUMN) {
            block_update(c, scope->block, C_MUL, value_variable(c, a->total),
                         value_variable(c, scale));
            continue;
        }
        Variable *lane = variable_new(c, "lane", C_I64);
        Statement *loop = block_for(c, scope->block, lane, value_integer(c, C_I64, 0),
                                    lower_tile(scope)->tile_count, NULL);
        loop->for_kind = FOR_SIMD;
        block_update(c, &loop->body, C_MUL, value_element(c, a->total, value_variable(c, lane)),
                     value_variable(c, scale));
    }
}

static void stream_block(ReduceLoop *r, LowerScope *scope, Accumulator *m, Value *from, Value *to) {
    Compiler *c = r->c;
    Variable *before = variable_new(c, arena_format(c->arena, "%s_before", m->name), m->type);
    before->is_const = true;
    if (r->in_blocks) block_declare(c, scope->block, before, value_variable(c, m->values));
    stream_first(r, scope, m, from, to);
    if (r->in_blocks) stream_rescale(r, scope, m, value_variable(c, before));
    for (int i = 1; i < r->accumulators.count; ++i)
        declare(r, scope, &r->accumulators.items[i]);
    stream_second(r, scope, m, from, to);
    for (int i = 1; r->in_blocks && i < r->accumulators.count; ++i)
        add_to_total(r, scope, &r->accumulators.items[i]);
}

static void reduce_stream(ReduceLoop *r, LowerScope *scope) {
    Compiler *c = r->c;
    Accumulator *m = &r->accumulators.items[0];
    Value *zero = value_integer(c, C_I64, 0), *size = value_integer(c, C_I64, r->block);
    r->in_blocks = r->fixed < 0 || r->fixed > r->block;
    m->kind = ACCUMULATOR_STREAM;
    m->kept = array_variable(r, arena_format(c->arena, "%s_kept", m->name), m->type,
                             r->in_blocks ? size : r->extent);
    m->values = variable_new(c, m->name, m->type);
    block_declare(c, scope->block, m->values, identity(r, m->reduction, m->type));
    if (r->in_blocks) {
        for (int i = 1; i < r->accumulators.count; ++i)
            declare_total(r, scope, &r->accumulators.items[i]);
        Block hold = {0};
        Variable *first =
            variable_new(c, arena_format(c->arena, "%s_first", r->loop->axis->name), C_I64);
        Statement *blocks = block_for(c, &hold, first, zero, r->extent, size);
        LowerScope inner = lower_scope(r->lower, scope, &blocks->body);
        Variable *end =
            variable_new(c, arena_format(c->arena, "%s_end", r->loop->axis->name), C_I64);
        end->is_const = true;
        Value *from = value_variable(c, first);
        block_declare(c, &blocks->body, end,
                      lower_call(r->lower, C_I64, "min", SCALAR_I64, 2,
                                 (Value *[]){value_binary(c, C_ADD, from, size), r->extent}));
        stream_block(r, &inner, m, from, value_variable(c, end));
        block_add(c, scope->block, blocks);
    } else {
        stream_block(r, scope, m, zero, r->extent);
    }
    lower_know(r->lower, scope, m->reduction, value_variable(c, m->values));
    for (int i = 1; i < r->accumulators.count; ++i)
        know_result(r, scope, &r->accumulators.items[i]);
}

/* --- blocks shared among threads --- */

static void keep_partial(ReduceLoop *r, LowerScope *scope, Accumulator *a, Value *block) {
    Compiler *c = r->c;
    if (is_arg(a->reduction)) { /* the tree leaves the winner in lane 0 */
        block_assign(c, scope->block, value_element(c, a->partial_places, block), folded(r, a));
        Value *best = a->kind == ACCUMULATOR_LANES
                          ? value_element(c, a->values, value_integer(c, C_I64, 0))
                          : value_variable(c, a->values);
        block_assign(c, scope->block, value_element(c, a->partial, block), best);
        return;
    }
    block_assign(c, scope->block, value_element(c, a->partial, block),
                 value_cast(c, a->partial->type, folded(r, a)));
}

static void fold_partials(ReduceLoop *r, LowerScope *scope, Accumulator *a, Value *blocks) {
    Compiler *c = r->c;
    CType type = lower_local_type(a->reduction->type);
    Value *result;
    if (a->blocked) {
        const char *name =
            a->reduction->op == OP_SUM ? "sy_tree_sum_blocks" : "sy_tree_prod_blocks";
        result =
            value_call(c, C_F64, name, 2,
                       (Value *[]){value_variable(c, a->partial), value_cast(c, C_SIZE, blocks)});
    } else {
        a->kind = ACCUMULATOR_SINGLE;
        a->name = arena_format(c->arena, "%s_all", a->name);
        Variable *partial = a->partial, *places = a->partial_places;
        declare(r, scope, a);
        Variable *block = variable_new(c, "block", C_I64);
        Statement *loop =
            block_for(c, scope->block, block, value_integer(c, C_I64, 0), blocks, NULL);
        Value *at = value_variable(c, block);
        Value *held = value_variable(c, a->values);
        if (is_arg(a->reduction)) {
            Value *held_place = value_variable(c, a->places);
            Value *arguments[4] = {value_element(c, partial, at), value_element(c, places, at),
                                   held, held_place};
            const char *name = arena_format(c->arena, "replaces_%s", fold_name(a->reduction));
            Statement *choice = block_if(
                c, &loop->body,
                lower_call(r->lower, C_INT, name, node_body(a->reduction)->type, 4, arguments));
            block_assign(c, &choice->body, held, arguments[0]);
            block_assign(c, &choice->body, held_place, arguments[1]);
            result = held_place;
        } else {
            block_assign(c, &loop->body, held,
                         fold(r, a->reduction, held, value_element(c, partial, at), false));
            result = held;
        }
    }
    Variable *variable = variable_new(c, a->name, type);
    variable->is_const = true;
    block_declare(c, scope->block, variable, value_cast(c, type, result));
    lower_know(r->lower, scope, a->reduction, value_variable(c, variable));
}

static void reduce_among_threads(ReduceLoop *r, LowerScope *scope) {
    Compiler *c = r->c;
    const char *axis = r->loop->axis->name;
    Value *size = value_integer(c, C_I64, PLAN_BLOCK), *one = value_integer(c, C_I64, 1);
    Value *count = value_binary(
        c, C_DIV, value_binary(c, C_ADD, r->extent, value_binary(c, C_SUB, size, one)), size);
    Variable *blocks = variable_new(c, arena_format(c->arena, "%s_blocks", axis), C_I64);
    blocks->is_const = true;
    block_declare(c, scope->block, blocks, count);
    for (int i = 0; i < r->accumulators.count; ++i) {
        Accumulator *a = &r->accumulators.items[i];
        CType type = a->blocked ? C_F64 : a->type;
        a->partial = lower_buffer(r->lower, arena_format(c->arena, "%s_blocks", a->name), type,
                                  r->loop->axis);
        if (is_arg(a->reduction))
            a->partial_places = lower_buffer(r->lower, arena_format(c->arena, "%s_places", a->name),
                                             C_I64, r->loop->axis);
    }
    Block hold = {0};
    Variable *block = variable_new(c, "block", C_I64);
    Statement *loop =
        block_for(c, &hold, block, value_integer(c, C_I64, 0), value_variable(c, blocks), NULL);
    lower_parallel_if(r->lower, loop, r->loop);
    LowerScope inner = lower_scope(r->lower, scope, &loop->body);
    Variable *first = variable_new(c, arena_format(c->arena, "%s_first", axis), C_I64);
    Variable *end = variable_new(c, arena_format(c->arena, "%s_end", axis), C_I64);
    first->is_const = end->is_const = true;
    block_declare(c, &loop->body, first, value_binary(c, C_MUL, value_variable(c, block), size));
    Value *from = value_variable(c, first);
    block_declare(c, &loop->body, end,
                  lower_call(r->lower, C_I64, "min", SCALAR_I64, 2,
                             (Value *[]){value_binary(c, C_ADD, from, size), r->extent}));
    for (int i = 0; i < r->accumulators.count; ++i)
        declare(r, &inner, &r->accumulators.items[i]);
    by_lanes(r, &inner, from, value_variable(c, end));
    for (int i = 0; i < r->accumulators.count; ++i)
        keep_partial(r, &inner, &r->accumulators.items[i], value_variable(c, block));
    block_add(c, scope->block, loop);
    for (int i = 0; i < r->accumulators.count; ++i)
        fold_partials(r, scope, &r->accumulators.items[i], value_variable(c, blocks));
}

void lower_reduce_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    ReduceLoop r = {0};
    r.lower = lower;
    r.c = lower->c;
    r.loop = loop;
    r.extent = lower_extent(lower, loop->axis);
    r.fixed = r.extent->kind == VALUE_INTEGER ? r.extent->integer : -1;
    r.block = loop->simple ? PLAN_BLOCK : PLAN_COLUMN_BLOCK;
    accumulators_new(&r, scope);
    if (loop->kind == LOOP_STREAM) {
        reduce_stream(&r, scope);
        return;
    }
    bool long_enough = r.fixed < 0 || r.fixed > PLAN_BLOCK;
    if (loop->outermost && loop->simple && long_enough)
        reduce_among_threads(&r, scope);
    else
        reduce_here(&r, scope);
}
