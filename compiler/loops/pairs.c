/* The loop over the columns of a block of rows. In: a loop of the plan that is marked `pairs`, and
 * the open block of rows; out: what rows.c shows between `for blocks of columns` and the end of it.
 *
 *     q_panel[row][d]  k_panel[d][column]            panels: the factors as the product wants them
 *     score_sum[row][column]                         their product, for all pairs of the block
 *     y_sum_factor[row][column]  v_panel[column][d]
 *     y_sum_total[row][d]                            grows by their product
 *
 * What is called a panel here is laid out as panels of few columns, one behind the other, each as
 * the runtime multiplies it (steelyard_tile.h).
 *
 * The order of every float operation is that of reduce.c, but for sums of products, which add in
 * the order of their axis. A pair that is not there has factor 0 (NaN, where all of the row is),
 * which takes it out of a sum unless the other factor is infinite or NaN: then the block's sum is
 * made with the condition in it, to the same bits. */
#include "loops/pair_loop.h"
#include <math.h>

/* --- what is taken in for each row --- */

Known pair_place_of(PairLoop *p, Variable *array, Value *row) {
    return (Known){.column = array,
                   .type = array->type,
                   .from = value_binary(p->c, C_MUL, row, pair_number(p, p->room)),
                   .along = p->loop->axis,
                   .first = p->first};
}

void pair_know_products(PairLoop *p, LowerScope *scope, Value *row) {
    for (int i = 0; i < p->products.count; ++i)
        lower_know_column(p->lower, scope, p->products.items[i].reduction,
                          pair_place_of(p, p->products.items[i].block, row));
}

/* One pass over the columns of the block, for the row that is open: takes in those of the
 * accumulators from..to. */
static void take_columns(PairLoop *p, LowerScope *scope, int from, int to) {
    ReduceLoop *r = &p->reduce;
    p->each.body = (PlanBlock){0};
    for (int i = from; i < to; ++i) {
        Step *step = ARENA_NEW(p->c->arena, Step);
        step->kind = STEP_ACCUMULATE;
        step->reduction = r->accumulators.items[i].reduction;
        vector_push(p->c->arena, &p->each.body, step);
        if (r->accumulators.items[i].kind == ACCUMULATOR_LANES)
            reduce_declare(r, scope, &r->accumulators.items[i]);
    }
    reduce_by_lanes(r, scope, p->first, p->end);
}

static Value *row_of(PairLoop *p, const Accumulator *a, Value *row) {
    return value_element(p->c, a->total, row);
}

/* What the row's lanes hold is folded into what it had before this block. */
static void fold_row(PairLoop *p, LowerScope *scope, const Accumulator *a, Value *row) {
    Compiler *c = p->c;
    ReduceLoop *r = &p->reduce;
    Value *held = row_of(p, a, row), *more = reduce_folded(r, a);
    if (a->blocked) {
        block_update(c, scope->block, a->reduction->op == OP_SUM ? C_ADD : C_MUL, held,
                     value_cast(c, C_F64, more));
        return;
    }
    if (!node_is_arg(a->reduction)) {
        block_assign(c, scope->block, held, reduce_fold(r, a->reduction, held, more, false));
        return;
    }
    Value *held_place = value_element(c, a->partial_places, row);
    Value *place = pair_variable(p, "%s_place", a->name, scope->block, more);
    Value *best = value_element(c, a->values, pair_number(p, 0)); /* where the tree leaves it */
    const char *name = arena_format(c->arena, "replaces_%s", reduce_fold_name(a->reduction));
    Value *better = lower_call(p->lower, C_INT, name, reduce_scalar(a->reduction), 4,
                               (Value *[]){best, place, held, held_place});
    Statement *choice = block_if(c, scope->block, better);
    block_assign(c, &choice->body, held, best);
    block_assign(c, &choice->body, held_place, place);
}

static void fold_rows(PairLoop *p, LowerScope *scope, int from, Value *row) {
    const ReduceLoop *r = &p->reduce;
    for (int i = from; i < r->accumulators.count; ++i)
        if (r->accumulators.items[i].kind == ACCUMULATOR_LANES)
            fold_row(p, scope, &r->accumulators.items[i], row);
}

/* A row of the block, in a loop over them that is yet to be put somewhere. */
static Value *open_row(PairLoop *p, LowerScope *scope, Block *hold, LowerScope *inner) {
    ReduceLoop *r = &p->reduce;
    Value *row;
    rows_open(p->rows, scope, hold, inner, &row);
    pair_know_products(p, inner, row);
    for (int i = 0; i < r->accumulators.count; ++i) {
        Accumulator *a = &r->accumulators.items[i];
        if (a->kept) a->kept_place = pair_place_of(p, a->kept, row);
    }
    return row;
}

/* The rows' maxima over the columns until now, and what they were before this block. */
static Variable *stream_maxima(PairLoop *p, LowerScope *scope) {
    Compiler *c = p->c;
    Accumulator *m = &p->reduce.accumulators.items[0];
    Block hold = {0};
    LowerScope inner;
    Variable *before = pair_array(p, "%s_before", m->name, m->type, p->rows_room);
    block_declare(c, scope->block, before, NULL);
    Value *row = open_row(p, scope, &hold, &inner);
    take_columns(p, &inner, 0, 1);
    block_assign(c, inner.block, value_element(c, before, row), row_of(p, m, row));
    fold_row(p, &inner, m, row);
    block_add(c, scope->block, hold.items[0]);
    return before;
}

/* Sums are of exponentials relative to the maximum: they are brought to the new one, where it is
 * new. */
static void rescale(PairLoop *p, LowerScope *scope, Variable *before) {
    Compiler *c = p->c;
    const ReduceLoop *r = &p->reduce;
    const Accumulator *m = &r->accumulators.items[0];
    Scalar type = m->reduction->type;
    Variable *scales = pair_array(p, "%s_scale", p->loop->axis->name, m->type, p->rows_room);
    block_declare(c, scope->block, scales, NULL);
    Variable *each_row = variable_new(c, "row", C_I64);
    Statement *lanes =
        block_for(c, scope->block, each_row, pair_number(p, 0), p->rows->count, NULL);
    lanes->for_kind = FOR_SIMD;
    Value *at = value_variable(c, each_row);
    Value *moves = value_binary(c, C_SUB, value_element(c, before, at), row_of(p, m, at));
    block_assign(c, &lanes->body, value_element(c, scales, at),
                 lower_call(p->lower, m->type, "exp", type, 1, &moves));

    Block hold = {0};
    LowerScope inner;
    Value *row = open_row(p, scope, &hold, &inner);
    Value *is_new = value_binary(c, C_NE, value_element(c, before, row), row_of(p, m, row));
    Statement *choice = block_if(c, inner.block, is_new);
    LowerScope moved = lower_scope(p->lower, &inner, &choice->body);
    Value *scale = value_cast(c, C_F64, value_element(c, scales, row));
    for (int i = 1; i < r->accumulators.count; ++i)
        if (r->accumulators.items[i].kind == ACCUMULATOR_LANES)
            block_update(c, moved.block, C_MUL, row_of(p, &r->accumulators.items[i], row), scale);
    for (int i = 0; i < p->sums.count; ++i) {
        Block tile = {0};
        LowerScope each;
        Statement *loop = lower_lanes(p->lower, &moved, lower_tile(scope)->tile, &tile, &each);
        Value *place = pair_in_row(p, row, PLAN_TILE, each.lane);
        block_update(c, each.block, C_MUL, value_element(c, p->sums.items[i].total, place), scale);
        block_add(c, moved.block, loop);
    }
    block_add(c, scope->block, hold.items[0]);
}

/* One loop over the rows for each thing that is done: so the rows' maxima, each of which waits for
 * all columns of the block, are not waited for one by one, and their exponentials go in vectors. */
static void stream_rows(PairLoop *p, LowerScope *scope) {
    Compiler *c = p->c;
    const Accumulator *m = &p->reduce.accumulators.items[0];
    rescale(p, scope, stream_maxima(p, scope));
    Block hold = {0};
    LowerScope inner;
    Value *row = open_row(p, scope, &hold, &inner);
    Value *now = pair_variable(p, "%s_now", m->name, inner.block, row_of(p, m, row));
    Value *nothing = value_binary(c, C_EQ, now, value_float(c, m->type, -INFINITY));
    Value *shift = pair_variable(p, "%s_shift", m->name, inner.block,
                                 value_conditional(c, nothing, value_float(c, m->type, 0), now));
    lower_know_column(p->lower, &inner, p->loop->logit, m->kept_place);
    lower_know(p->lower, &inner, m->reduction, shift);
    take_columns(p, &inner, 1, p->reduce.accumulators.count);
    fold_rows(p, &inner, 1, row);
    block_add(c, scope->block, hold.items[0]);
}

static void take_rows(PairLoop *p, LowerScope *scope) {
    ReduceLoop *r = &p->reduce;
    Taking taking = {.r = r};
    void *outer = p->lower->taking;
    p->lower->taking = &taking;
    p->lower->in_products = p->sums.count + p->across.count > 0;
    if (p->loop->kind == LOOP_STREAM) {
        stream_rows(p, scope);
    } else {
        Block hold = {0};
        LowerScope inner;
        Value *row = open_row(p, scope, &hold, &inner);
        take_columns(p, &inner, 0, r->accumulators.count);
        fold_rows(p, &inner, 0, row);
        block_add(p->c, scope->block, hold.items[0]);
    }
    p->lower->in_products = false;
    p->lower->taking = outer;
}

/* --- sums with lanes --- */

/* One pair of the columns from..to after the other, under its condition. */
static void sum_with_care(PairLoop *p, LowerScope *scope, const ColumnSum *sum, Node *where,
                          Variable *sums, Value *from, Value *to) {
    Compiler *c = p->c;
    Block hold = {0}, inside = {0};
    LowerScope row;
    Value *at;
    Statement *columns;
    rows_open(p->rows, scope, &hold, &row, &at);
    pair_know_products(p, &row, at);
    LowerScope column = pair_scope_over(p, &row, &inside, p->loop->axis, from, to, &columns);
    pair_add_if_there(p, &column, sum->accumulator, at, where, sum->panel, PLAN_COLUMN_BLOCK,
                      pair_from_first(p, column.index, p->first), sums,
                      value_binary(c, C_MUL, at, pair_number(p, PLAN_TILE)));
    block_add(c, row.block, columns);
    /* from 0 on */
    Variable *i = variable_new(c, "i", C_I64);
    Statement *clear = block_for(c, scope->block, i, pair_number(p, 0), sums->length, NULL);
    block_assign(c, &clear->body, value_element(c, sums, value_variable(c, i)),
                 value_float(c, sums->type, 0));
    block_add(c, scope->block, hold.items[0]);
}

static void add_to_total(PairLoop *p, LowerScope *scope, const ColumnSum *sum, Variable *sums) {
    Compiler *c = p->c;
    Block hold = {0}, inside = {0};
    LowerScope row, each;
    Value *at;
    rows_open(p->rows, scope, &hold, &row, &at);
    Statement *loop = lower_lanes(p->lower, &row, lower_tile(scope)->tile, &inside, &each);
    Value *place = pair_in_row(p, at, PLAN_TILE, each.lane);
    block_update(c, each.block, C_ADD, value_element(c, sum->total, place),
                 value_cast(c, C_F64, value_element(c, sums, place)));
    block_add(c, row.block, loop);
    block_add(c, scope->block, hold.items[0]);
}

/* For panels with infinities and NaN: the chains that the panels would have made. */
static void sum_by_chains(PairLoop *p, LowerScope *scope, const ColumnSum *sum, Node *where) {
    Compiler *c = p->c;
    const char *axis = p->loop->axis->name;
    Value *most = pair_number(p, PLAN_CHAIN), *few = pair_number(p, PLAN_SHORT_CHAIN);
    Value *many = value_binary(c, C_GT, pair_from_first(p, p->end, p->first), most);
    if (many->kind == VALUE_INTEGER)
        most = many->integer ? most : few;
    else
        most =
            pair_variable(p, "%s_chain", axis, scope->block, value_conditional(c, many, most, few));
    Variable *first = variable_new(c, arena_format(c->arena, "%s_chain_first", axis), C_I64);
    Statement *chains = block_for(c, scope->block, first, p->first, p->end, most);
    LowerScope chain = lower_scope(p->lower, scope, &chains->body);
    Value *from = value_variable(c, first);
    Value *to = lower_call(p->lower, C_I64, "min", SCALAR_I64, 2,
                           (Value *[]){value_binary(c, C_ADD, from, most), p->end});
    to = pair_variable(p, "%s_chain_end", axis, chain.block, to);
    Variable *sums =
        pair_array(p, "%s_block", sum->name, sum->panel->type, p->rows_room * PLAN_TILE);
    block_declare(c, chain.block, sums, NULL);
    sum_with_care(p, &chain, sum, where, sums, from, to);
    add_to_total(p, &chain, sum, sums);
}

Value *pair_columns_finite(PairLoop *p, LowerScope *scope, const ColumnSum *sum) {
    Value *arguments[] = {lower_tile(scope)->tile_count, pair_from_first(p, p->end, p->first),
                          value_variable(p->c, sum->panel),
                          pair_number(p, PLAN_COLUMN_BLOCK * pair_lanes(sum->panel->type))};
    return lower_call(p->lower, C_INT, "panels_right_finite", sum->reduction->type, 4, arguments);
}

static void sum_columns(PairLoop *p, LowerScope *scope, const ColumnSum *sum) {
    Compiler *c = p->c;
    const Accumulator *a = &p->reduce.accumulators.items[sum->accumulator];
    const Factors factors = {a->kept, sum->panel, p->room, PLAN_COLUMN_BLOCK};
    Node *where = node_where(sum->reduction);
    Value *lanes = lower_tile(scope)->tile_count, *depth = pair_from_first(p, p->end, p->first);
    Value *adds = value_named(c, C_INT, "true");
    if (!p->rows->grouped) pair_pack_columns(p, scope, sum);
    if (!where) {
        pair_multiply(p, scope->block, TERM_PRODUCT, &factors, lanes, depth, sum->total, PLAN_TILE,
                      adds);
        return;
    }
    Block hold = {0};
    Statement *choice =
        block_if(c, &hold, sum->finite ? sum->finite : pair_columns_finite(p, scope, sum));
    pair_multiply(p, &choice->body, TERM_PRODUCT, &factors, lanes, depth, sum->total, PLAN_TILE,
                  adds);
    LowerScope otherwise = lower_scope(p->lower, scope, &choice->otherwise);
    sum_by_chains(p, &otherwise, sum, where);
    block_add(c, scope->block, choice);
}

/* --- the loop --- */

static void declare_rows(PairLoop *p, LowerScope *scope, Accumulator *a) {
    Compiler *c = p->c;
    ReduceLoop *r = &p->reduce;
    CType type = a->blocked ? C_F64 : a->type;
    const char *format = a->blocked ? "%s_totals" : "%s_rows";
    a->total = pair_array(p, format, a->name, type, p->rows->room);
    reduce_declare_array(r, scope->block, a->total, reduce_identity(r, a->reduction, type));
    if (!node_is_arg(a->reduction)) return;
    a->partial_places = pair_array(p, "%s_places", a->name, C_I64, p->rows->room);
    reduce_declare_array(r, scope->block, a->partial_places, value_integer(c, C_I64, -1));
}

/* A tile of sums across the rows takes the factors of some columns at once, from the last row on
 * too. In whole cache lines: where an array begins amid one, so do all that follow it, and vectors
 * of theirs lie in two. */
Variable *pair_factor(PairLoop *p, const Accumulator *a) {
    int64_t spare = p->loop->across.count ? rounded_up(PLAN_PANEL_ROWS, pair_lanes(a->type)) : 0;
    return pair_array(p, "%s_factor", a->name, a->type, p->rows_room * p->room + spare);
}

static void declare_sum(PairLoop *p, LowerScope *scope, Accumulator *a, int index) {
    ColumnSum sum = {.reduction = a->reduction, .accumulator = index, .name = a->name};
    plan_split_product(p->lower->graph, node_body(a->reduction), lower_tile(scope)->tile,
                       p->rows->axis, &a->factor, &sum.right);
    a->kind = ACCUMULATOR_FACTOR;
    a->kept = pair_factor(p, a);
    Panel panel = {PANEL_COLUMNS, sum.right, lower_tile(scope)->tile, NULL};
    bool fresh, spare = !pair_fills_panels(lower_tile(scope), a->type);
    sum.panel = pair_panel(p, scope, &panel, a->name, a->type, PLAN_COLUMN_BLOCK * PLAN_TILE, spare,
                           &fresh);
    sum.total = pair_array(p, "%s_total", a->name, C_F64, p->rows->room * PLAN_TILE);
    block_declare(p->c, scope->block, sum.total, NULL)->zero = !p->rows->grouped;
    if (p->rows->grouped) pair_clear(p, scope->block, sum.total, pair_number(p, 0), PLAN_TILE);
    vector_push(p->c->arena, &p->sums, sum);
}

static Accumulator accumulator_of(const PairLoop *p, Node *reduction) {
    const char *name = table_get(&p->lower->plan->names, reduction);
    return (Accumulator){.reduction = reduction,
                         .kind = ACCUMULATOR_LANES,
                         .type = c_type_of(reduce_scalar(reduction)),
                         .blocked = reduce_is_float_fold(reduction),
                         .name = name ? name : op_info[reduction->op].text};
}

static void declare_accumulators(PairLoop *p, LowerScope *scope) {
    ReduceLoop *r = &p->reduce;
    const LowerScope *tile = lower_tile(scope);
    for (int i = 0; i < p->loop->reductions.count; ++i) {
        Accumulator a = accumulator_of(p, p->loop->reductions.items[i]);
        if (tile && axis_set_has(a.reduction->axes, tile->tile))
            declare_sum(p, scope, &a, i);
        else
            declare_rows(p, scope, &a);
        if (i == 0 && p->loop->kind == LOOP_STREAM)
            a.kept = pair_array(p, "%s_kept", a.name, a.type, p->rows_room * p->room);
        /* exp(-inf - M) is 0, and where M is NaN, so is the whole row */
        a.needs_no_domain = i > 0 && p->loop->kind == LOOP_STREAM &&
                            plan_is_exponential(a.factor ? a.factor : node_body(a.reduction),
                                                p->loop->reductions.items[0]);
        vector_push(p->c->arena, &r->accumulators, a);
    }
    for (int i = 0; i < p->loop->across.count; ++i) {
        Accumulator a = accumulator_of(p, p->loop->across.items[i]);
        pair_declare_across(p, scope, &a, r->accumulators.count);
        vector_push(p->c->arena, &r->accumulators, a);
    }
}

void pair_block(PairLoop *p, LowerScope *scope) {
    for (int i = 0; i < p->products.count; ++i)
        pair_make_product(p, scope, &p->products.items[i]);
    for (int i = 0; i < p->reduce.accumulators.count; ++i)
        if (p->reduce.accumulators.items[i].kept)
            block_declare(p->c, scope->block, p->reduce.accumulators.items[i].kept, NULL);
    take_rows(p, scope);
    for (int i = 0; i < p->sums.count; ++i)
        sum_columns(p, scope, &p->sums.items[i]);
    for (int i = 0; i < p->across.count; ++i)
        pair_sum_across(p, scope, &p->across.items[i]);
}

static void block_of_columns(PairLoop *p, LowerScope *scope) {
    if (p->rows->grouped)
        pair_group(p, scope);
    else
        pair_block(p, scope);
}

/* Blocks start and end where they would without the condition, but that the first one leaves out
 * whole rows of lanes that hold nothing: so the order of every sum is the same with and without
 * it. */
static void all_columns(PairLoop *p, LowerScope *scope) {
    Compiler *c = p->c;
    Value *extent = p->reduce.extent, *size = pair_number(p, PLAN_COLUMN_BLOCK);
    if (p->reduce.fixed >= 0 && p->reduce.fixed <= PLAN_COLUMN_BLOCK) {
        p->first = pair_number(p, 0);
        p->end = extent;
        block_of_columns(p, scope);
        return;
    }
    const char *axis = p->loop->axis->name;
    Range range = {NULL, NULL};
    Node *where = node_where(p->loop->reductions.items[0]);
    if (where) pair_narrow(p, scope, where, &range);
    Value *from = pair_number(p, 0), *to = extent, *least = NULL;
    if (range.from) {
        least = pair_variable(p, "%s_least", axis, scope->block, range.from);
        from = pair_variable(p, "%s_from", axis, scope->block, pair_whole_part(p, least, size));
    }
    if (range.to) {
        p->reduce.fixed = -1;
        to = pair_variable(p, "%s_to", axis, scope->block, range.to);
    }
    if (range.from || range.to) p->narrows = where;
    Block hold = {0};
    Variable *first = variable_new(c, arena_format(c->arena, "%s_first", axis), C_I64);
    Statement *blocks = block_for(c, &hold, first, from, to, size);
    LowerScope inner = lower_scope(p->lower, scope, &blocks->body);
    p->first = value_variable(c, first);
    Value *end = lower_call(p->lower, C_I64, "min", SCALAR_I64, 2,
                            (Value *[]){value_binary(c, C_ADD, p->first, size), to});
    p->end = pair_variable(p, "%s_end", axis, &blocks->body, end);
    if (least) {
        Value *lanes = pair_whole_part(p, least, pair_number(p, PLAN_LANES));
        Value *start =
            lower_call(p->lower, C_I64, "max", SCALAR_I64, 2, (Value *[]){p->first, lanes});
        p->first = pair_variable(p, "%s_start", axis, &blocks->body, start);
    }
    block_of_columns(p, &inner);
    block_add(c, scope->block, blocks);
}

void lower_pairs(Rows *rows, LowerScope *scope, const PlanLoop *loop) {
    PairLoop p = {.rows = rows, .lower = rows->lower, .c = rows->c, .loop = loop};
    p.each = (PlanLoop){.axis = loop->axis, .kind = LOOP_REDUCE, .simple = true};
    Value *extent = lower_extent(p.lower, loop->axis);
    bool is_fixed = extent->kind == VALUE_INTEGER;
    p.reduce = (ReduceLoop){.lower = p.lower,
                            .c = p.c,
                            .loop = &p.each,
                            .extent = extent,
                            .fixed = is_fixed ? extent->integer : -1,
                            .in_blocks = true,
                            .is_short = true};
    p.room = is_fixed && extent->integer < PLAN_COLUMN_BLOCK
                 ? rounded_up(extent->integer, PLAN_TILE_COLUMNS)
                 : PLAN_COLUMN_BLOCK;
    p.rows_room = rows->grouped ? PLAN_ROWS : rows->room;
    pair_find_products(&p, &loop->first);
    pair_find_products(&p, &loop->body);
    pair_declare_products(&p, scope);
    declare_accumulators(&p, scope);
    all_columns(&p, scope);
    for (int i = 0; i < p.reduce.accumulators.count; ++i) {
        const Accumulator *a = &p.reduce.accumulators.items[i];
        if (a->kind == ACCUMULATOR_FACTOR) continue;
        bool places = node_is_arg(a->reduction);
        rows_know(rows, a->reduction, places ? a->partial_places : a->total, a->name, false);
    }
    for (int i = 0; i < p.sums.count; ++i)
        rows_know(rows, p.sums.items[i].reduction, p.sums.items[i].total, p.sums.items[i].name,
                  true);
}
