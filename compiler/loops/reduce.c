/* Loops that accumulate.
 *
 * Takes a loop of the plan with reductions that are finished by it; writes the accumulators, the
 * loop, and a variable for each result. The order in which numbers meet is part of what a program
 * means here, for it decides the bits: a float sum or product has PLAN_LANES accumulators, element
 * r going to lane r mod PLAN_LANES, but for the last, fewer than PLAN_LANES, which all go to lane
 * 0; lanes are folded by a halving tree for each block of elements, and blocks are added in
 * float64: blocks of PLAN_COLUMN_BLOCK one after the other, and of PLAN_BLOCK by a tree where
 * several threads make them. The columns of a tile have one accumulator each, folded into float64
 * for each PLAN_COLUMN_BLOCK rows, or PLAN_WIDE_BLOCK where they are float64 already. A loop over
 * at most PLAN_LANES elements, known beforehand, just adds them up. So does one over a list of
 * sources, few as a rule, one with loops inside, and columns of the partial sums that blocks of
 * rows left (see plan/columns.c) or of gathered rows, all in float64; and where loops have made the
 * elements before, lanes are float64. Counts, sums of integers that are known to be small, have
 * lanes of 32 bits in every block, and a total of 64.
 */
#include "loops/reduce.h"

enum {
    STRIP_BYTES = 256 /* half of the registers, where they are smallest */
};

void reduce_body(ReduceLoop *r, LowerScope *scope, Taking *taking) {
    Lower *lower = r->lower;
    void *outer = lower->taking;
    lower->taking = taking;
    lower_steps(lower, scope, &r->loop->body);
    lower->taking = outer;
}

/* What the loop counts with. */
Variable *reduce_index(ReduceLoop *r) {
    return variable_new(r->c, r->loop->list ? "place" : r->loop->axis->name, C_I64);
}

Value *reduce_lane_count(ReduceLoop *r) {
    return value_integer(r->c, C_I64, PLAN_LANES);
}

LowerScope reduce_open(ReduceLoop *r, LowerScope *scope, Statement *loop) {
    LowerScope inner = lower_scope(r->lower, scope, &loop->body);
    inner.axis = r->loop->axis;
    inner.index = value_variable(r->c, loop->variable);
    if (r->loop->list) lower_list_element(r->lower, &inner, r->loop->list, inner.index);
    return inner;
}

/* Elements from..to one after the other. All go to one lane where it is given. */
static void one_by_one(ReduceLoop *r, LowerScope *scope, Value *from, Value *to, Value *lane) {
    Compiler *c = r->c;
    Block hold = {0};
    Variable *index = reduce_index(r);
    Statement *loop = block_for(c, &hold, index, from, to, NULL);
    LowerScope inner = reduce_open(r, scope, loop);
    if (!lane) lane = value_binary(c, C_MOD, value_variable(c, index), reduce_lane_count(r));
    Taking taking = {.r = r, .lane = lane};
    lower_check_lane(r->lower, &inner, r->loop, &r->bad, taking.lane);
    reduce_body(r, &inner, &taking);
    block_add(c, scope->block, loop);
}

/* One row of lanes, from element `first`. */
static void lane_row(ReduceLoop *r, LowerScope *scope, Value *first) {
    Compiler *c = r->c;
    Block hold = {0};
    Variable *lane = variable_new(c, "lane", C_I64), *index = reduce_index(r);
    Statement *loop =
        block_for(c, &hold, lane, value_integer(c, C_I64, 0), reduce_lane_count(r), NULL);
    loop->for_kind = FOR_SIMD;
    LowerScope inner = lower_scope(r->lower, scope, &loop->body);
    index->is_const = true;
    block_declare(c, &loop->body, index, value_binary(c, C_ADD, first, value_variable(c, lane)));
    Taking taking = {.r = r, .lane = value_variable(c, lane)};
    inner.axis = r->loop->axis;
    inner.index = value_variable(c, index);
    inner.vector = true;
    lower_check_lane(r->lower, &inner, r->loop, &r->bad, taking.lane);
    reduce_body(r, &inner, &taking);
    block_add(c, scope->block, loop);
}

/* Elements from..to, where from is a multiple of PLAN_LANES: whole rows of lanes, then the rest. A
 * short axis has nothing but a rest. Gives where the rest begins. */
Value *reduce_by_lanes(ReduceLoop *r, LowerScope *scope, Value *from, Value *to) {
    Compiler *c = r->c;
    Value *lanes = reduce_lane_count(r);
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
        lane_row(r, &row, value_variable(c, first));
        block_add(c, scope->block, rows);
    }
    if (r->fixed < 0 || r->fixed % PLAN_LANES != 0)
        one_by_one(r, scope, whole, to, value_integer(c, C_I64, 0));
    return whole;
}

static void elements(ReduceLoop *r, LowerScope *scope, Value *from, Value *to) {
    bool lanes = false;
    for (int i = 0; i < r->accumulators.count; ++i)
        lanes |= r->accumulators.items[i].kind == ACCUMULATOR_LANES;
    if (r->loop->simple && lanes)
        r->whole_rows = value_binary(r->c, C_GT, reduce_by_lanes(r, scope, from, to), from);
    else
        one_by_one(r, scope, from, to, NULL);
}

/* An element where an array of indices says: its row is waited for longer than it is added. */
static bool is_gathered(const Node *node) {
    for (int i = 1; node->op == OP_AT && i < node->argument_count; ++i)
        if (node->arguments[i]->op == OP_ARRAY || node->arguments[i]->op == OP_AT) return true;
    return false;
}

/* Where float64 costs nothing, and needs no lanes: each element is what another loop has made, or
 * is far away. */
static bool adds_in_double(const ReduceLoop *r, const Node *reduction, bool column, bool few) {
    if (reduction->type != SCALAR_F32 || r->loop->kind != LOOP_REDUCE) return false;
    if (column)
        return table_has(&r->lower->plan->shares, r->loop->axis) ||
               is_gathered(node_body(reduction));
    return !r->loop->list && !r->loop->simple && !few;
}

/* Whether an element is what another loop has made of all of its own elements, and stored. */
static bool has_totals(const Plan *plan, const Node *node, const Axis *axis) {
    if (!axis_set_has(node->axes, axis)) return false;
    if (node_is_reduction(node)) return true;
    const Root *root = node->op == OP_ARRAY ? table_get(&plan->arrays, node->u.array) : NULL;
    if (root) return root->is_buffer && node_is_reduction(root->value);
    for (int i = 0; i < node->argument_count; ++i)
        if (has_totals(plan, node->arguments[i], axis)) return true;
    return false;
}

/* Lanes of float64: such elements took longer to make than to add. */
static bool adds_totals(const ReduceLoop *r, const Node *reduction) {
    return reduction->type == SCALAR_F32 && r->loop->kind == LOOP_REDUCE && r->loop->simple &&
           has_totals(r->lower->plan, node_body(reduction), r->loop->axis);
}

/* Elements that are added before what they make is added to the total. In f64, whose totals are no
 * more exact, runs of a column are short; rows have lanes. */
static int64_t block_size(const ReduceLoop *r) {
    for (int i = 0; i < r->accumulators.count; ++i) {
        const Accumulator *a = &r->accumulators.items[i];
        if (a->kind != ACCUMULATOR_COLUMN || (a->blocked && a->type != C_F64))
            return PLAN_COLUMN_BLOCK;
    }
    return PLAN_WIDE_BLOCK;
}

static void accumulators_new(ReduceLoop *r, LowerScope *scope) {
    const LowerScope *tile = lower_tile(scope);
    for (int i = 0; i < r->loop->reductions.count; ++i) {
        Node *reduction = r->loop->reductions.items[i];
        Accumulator a = {0};
        a.reduction = reduction;
        a.type = c_type_of(reduce_scalar(reduction));
        bool column = tile && axis_set_has(reduction->axes, tile->tile);
        bool few = r->fixed >= 0 && r->fixed <= PLAN_LANES, fold = reduce_is_float_fold(reduction);
        bool wide = fold && adds_in_double(r, reduction, column, few);
        bool single = few || r->loop->list || wide || (!r->loop->simple && !fold);
        a.kind = column ? ACCUMULATOR_COLUMN : single ? ACCUMULATOR_SINGLE : ACCUMULATOR_LANES;
        a.counts = a.kind != ACCUMULATOR_SINGLE && r->loop->kind == LOOP_REDUCE && !r->loop->list &&
                   reduce_is_count(reduction);
        a.blocked = (fold && !wide && !(few && !column)) || a.counts;
        if (a.counts) a.type = C_I32;
        bool wide_lanes = fold && a.kind == ACCUMULATOR_LANES && adds_totals(r, reduction);
        if (wide || wide_lanes || (r->loop->list && fold)) a.type = C_F64;
        const char *name = table_get(&r->lower->plan->names, reduction);
        a.name = name ? name : op_info[reduction->op].text;
        vector_push(r->c->arena, &r->accumulators, a);
        r->in_blocks |= a.blocked;
    }
    r->block = block_size(r);
    r->in_blocks &= !r->loop->few && (r->fixed < 0 || r->fixed > r->block) && !r->loop->list;
}

static Variable *column_of(const ReduceLoop *r, const Accumulator *a) {
    if (node_is_arg(a->reduction)) return a->places;
    return a->blocked && r->in_blocks ? a->total : a->values;
}

void reduce_know_result(ReduceLoop *r, LowerScope *scope, Accumulator *a) {
    Compiler *c = r->c;
    bool blocked = a->blocked && r->in_blocks;
    CType type = lower_local_type(a->reduction->type);
    if (a->kind == ACCUMULATOR_COLUMN) {
        lower_know_column(r->lower, scope, a->reduction,
                          (Known){.column = column_of(r, a), .type = type});
        return;
    }
    Value *value = blocked ? value_variable(c, a->total) : reduce_folded(r, a);
    value = lower_kept(r->lower, a->reduction, value);
    if (value->type != C_F64) value = value_cast(c, type, value);
    if (value->kind != VALUE_VARIABLE) {
        Variable *variable = variable_new(c,
                                          a->kind == ACCUMULATOR_SINGLE || blocked
                                              ? a->name
                                              : arena_format(c->arena, "%s_value", a->name),
                                          value->type);
        variable->is_const = true;
        block_declare(c, scope->block, variable, value);
        value = value_variable(c, variable);
    }
    lower_know(r->lower, scope, a->reduction, value);
}

static void reduce_here(ReduceLoop *r, LowerScope *scope) {
    Compiler *c = r->c;
    r->bad = lower_bad_lanes(r->lower, scope->block, r->loop);
    for (int i = 0; i < r->accumulators.count; ++i) {
        Accumulator *a = &r->accumulators.items[i];
        if (a->blocked && r->in_blocks)
            reduce_declare_total(r, scope, a);
        else
            reduce_declare(r, scope, a);
    }
    if (!r->in_blocks) {
        elements(r, scope, r->first, r->end);
    } else {
        Block hold = {0};
        Value *size = value_integer(c, C_I64, r->block);
        Variable *first =
            variable_new(c, arena_format(c->arena, "%s_first", r->loop->axis->name), C_I64);
        Statement *blocks = block_for(c, &hold, first, r->first, r->end, size);
        LowerScope inner = lower_scope(r->lower, scope, &blocks->body);
        Variable *end =
            variable_new(c, arena_format(c->arena, "%s_end", r->loop->axis->name), C_I64);
        end->is_const = true;
        Value *from = value_variable(c, first);
        block_declare(c, &blocks->body, end,
                      lower_call(r->lower, C_I64, "min", SCALAR_I64, 2,
                                 (Value *[]){value_binary(c, C_ADD, from, size), r->end}));
        for (int i = 0; i < r->accumulators.count; ++i)
            if (r->accumulators.items[i].blocked)
                reduce_declare(r, &inner, &r->accumulators.items[i]);
        elements(r, &inner, from, value_variable(c, end));
        for (int i = 0; i < r->accumulators.count; ++i)
            if (r->accumulators.items[i].blocked)
                reduce_add_to_total(r, &inner, &r->accumulators.items[i]);
        block_add(c, scope->block, blocks);
    }
    lower_mark_bad(r->lower, scope->block, &r->bad);
    for (int i = 0; i < r->accumulators.count; ++i)
        reduce_know_result(r, scope, &r->accumulators.items[i]);
}

/* --- strips --- */

/* The lanes of a strip fit the registers, whose elements all others of the tile wait for: but only
 * where the body has no more than lanes. */
static bool has_only_lanes(const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        bool lanes = step->kind == STEP_LOOP && step->loop->kind == LOOP_LANE;
        bool guards = step->kind == STEP_GUARD && has_only_lanes(&step->body);
        if (!lanes && !guards) return false;
    }
    return true;
}

static int64_t strip_size(const ReduceLoop *r) {
    int64_t size = STRIP_BYTES / 4;
    for (int i = 0; i < r->accumulators.count; ++i) {
        const Accumulator *a = &r->accumulators.items[i];
        if (a->kind != ACCUMULATOR_COLUMN || node_is_arg(a->reduction)) return 0;
        if (a->type == C_F64 || a->type == C_I64) size = STRIP_BYTES / 8;
    }
    return size;
}

static bool is_in_strips(const ReduceLoop *r, LowerScope *scope) {
    const LowerScope *tile = lower_tile(scope);
    int64_t size = strip_size(r);
    if (!tile || tile->strip || r->loop->list || tile->tile_count->kind != VALUE_INTEGER ||
        size == 0)
        return false;
    int64_t count = tile->tile_count->integer;
    return count > size && count % size == 0 && has_only_lanes(&r->loop->body);
}

static void reduce_in_strips(ReduceLoop *r, LowerScope *scope) {
    Compiler *c = r->c;
    const LowerScope *tile = lower_tile(scope);
    Value *size = value_integer(c, C_I64, strip_size(r));
    Variables columns = {0};
    for (int i = 0; i < r->accumulators.count; ++i) {
        const Accumulator *a = &r->accumulators.items[i];
        CType type = a->blocked && r->in_blocks ? reduce_total_type(a) : a->type;
        vector_push(c->arena, &columns, reduce_array(r, a->name, type, tile->tile_count));
        block_declare(c, scope->block, columns.items[i], NULL);
    }
    Block hold = {0};
    Variable *strip = variable_new(c, "strip", C_I64), *lane = variable_new(c, "lane", C_I64);
    Statement *loop =
        block_for(c, &hold, strip, value_integer(c, C_I64, 0), tile->tile_count, size);
    LowerScope inner = lower_scope(r->lower, scope, &loop->body);
    inner.tile = tile->tile;
    inner.strip = value_variable(c, strip);
    inner.tile_first = value_binary(c, C_ADD, tile->tile_first, inner.strip);
    inner.tile_count = size;
    reduce_here(r, &inner);
    Statement *lanes = block_for(c, &loop->body, lane, value_integer(c, C_I64, 0), size, NULL);
    lanes->for_kind = FOR_SIMD;
    Value *from = value_variable(c, lane), *to = value_binary(c, C_ADD, inner.strip, from);
    for (int i = 0; i < r->accumulators.count; ++i) {
        const Accumulator *a = &r->accumulators.items[i];
        block_assign(c, &lanes->body, value_element(c, columns.items[i], to),
                     value_element(c, column_of(r, a), from));
        Known known = {.column = columns.items[i], .type = lower_local_type(a->reduction->type)};
        lower_know_column(r->lower, scope, a->reduction, known);
    }
    block_add(c, scope->block, loop);
}

/* --- blocks shared among threads --- */

static void keep_partial(ReduceLoop *r, LowerScope *scope, Accumulator *a, Value *block) {
    Compiler *c = r->c;
    if (node_is_arg(a->reduction)) { /* the tree leaves the winner in lane 0 */
        block_assign(c, scope->block, value_element(c, a->partial_places, block),
                     reduce_folded(r, a));
        Value *best = a->kind == ACCUMULATOR_LANES
                          ? value_element(c, a->values, value_integer(c, C_I64, 0))
                          : value_variable(c, a->values);
        block_assign(c, scope->block, value_element(c, a->partial, block), best);
        return;
    }
    block_assign(c, scope->block, value_element(c, a->partial, block),
                 value_cast(c, a->partial->type, reduce_folded(r, a)));
}

static void fold_partials(ReduceLoop *r, LowerScope *scope, Accumulator *a, Value *blocks) {
    Compiler *c = r->c;
    CType type = lower_local_type(a->reduction->type);
    Value *result;
    if (a->blocked && !a->counts) {
        const char *name =
            a->reduction->op == OP_SUM ? "sy_tree_sum_blocks" : "sy_tree_prod_blocks";
        result =
            value_call(c, C_F64, name, 2,
                       (Value *[]){value_variable(c, a->partial), value_cast(c, C_SIZE, blocks)});
    } else {
        a->kind = ACCUMULATOR_SINGLE;
        a->type = a->partial->type;
        a->name = arena_format(c->arena, "%s_all", a->name);
        Variable *partial = a->partial, *places = a->partial_places;
        reduce_declare(r, scope, a);
        Variable *block = variable_new(c, "block", C_I64);
        Statement *loop =
            block_for(c, scope->block, block, value_integer(c, C_I64, 0), blocks, NULL);
        Value *at = value_variable(c, block);
        Value *held = value_variable(c, a->values);
        if (node_is_arg(a->reduction)) {
            Value *held_place = value_variable(c, a->places);
            Value *arguments[4] = {value_element(c, partial, at), value_element(c, places, at),
                                   held, held_place};
            const char *name =
                arena_format(c->arena, "replaces_%s", reduce_fold_name(a->reduction));
            Statement *choice = block_if(
                c, &loop->body,
                lower_call(r->lower, C_INT, name, node_body(a->reduction)->type, 4, arguments));
            block_assign(c, &choice->body, held, arguments[0]);
            block_assign(c, &choice->body, held_place, arguments[1]);
            result = held_place;
        } else {
            block_assign(c, &loop->body, held,
                         reduce_fold(r, a->reduction, held, value_element(c, partial, at), false));
            result = held;
        }
    }
    result = lower_kept(r->lower, a->reduction, result);
    if (result->kind == VALUE_VARIABLE && result->type == type) {
        lower_know(r->lower, scope, a->reduction, result);
        return;
    }
    if (result->type != C_F64) result = value_cast(c, type, result);
    Variable *variable = variable_new(c, a->name, result->type);
    variable->is_const = true;
    block_declare(c, scope->block, variable, result);
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
        CType type = a->blocked ? reduce_total_type(a) : a->type;
        a->partial = lower_buffer(r->lower, arena_format(c->arena, "%s_blocks", a->name), type,
                                  r->loop->axis);
        if (node_is_arg(a->reduction))
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
    Value *to = value_variable(c, end);
    lower_check_part(r->lower, &loop->body, r->loop, from, value_binary(c, C_SUB, to, from));
    r->bad = lower_bad_lanes(r->lower, &loop->body, r->loop);
    for (int i = 0; i < r->accumulators.count; ++i)
        reduce_declare(r, &inner, &r->accumulators.items[i]);
    r->in_blocks = false; /* each block has accumulators of its own */
    r->whole_rows = value_binary(c, C_GT, reduce_by_lanes(r, &inner, from, to), from);
    lower_mark_bad(r->lower, &loop->body, &r->bad);
    for (int i = 0; i < r->accumulators.count; ++i)
        keep_partial(r, &inner, &r->accumulators.items[i], value_variable(c, block));
    block_add(c, scope->block, loop);
    lower_check_end(r->lower, scope->block, r->loop);
    for (int i = 0; i < r->accumulators.count; ++i)
        fold_partials(r, scope, &r->accumulators.items[i], value_variable(c, blocks));
}

void lower_reduce_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    ReduceLoop r = {0};
    r.lower = lower;
    r.c = lower->c;
    r.loop = loop;
    r.extent = r.end = lower_extent(lower, loop->axis);
    r.first = value_integer(r.c, C_I64, 0);
    if (loop->list) lower_list_bounds(lower, scope, loop->list, &r.first, &r.end);
    r.fixed = r.extent->kind == VALUE_INTEGER ? r.extent->integer : -1;
    accumulators_new(&r, scope);
    if (loop->kind == LOOP_STREAM) {
        reduce_stream(&r, scope);
        return;
    }
    bool long_enough = r.fixed < 0 || r.fixed > PLAN_BLOCK;
    if (loop->outermost && loop->simple && long_enough)
        reduce_among_threads(&r, scope);
    else if (is_in_strips(&r, scope))
        reduce_in_strips(&r, scope);
    else
        reduce_here(&r, scope);
}
