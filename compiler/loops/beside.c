/* Loops over rows whose elementary functions go side by side (see plan/beside.c for which these
 * are). In: a loop over rows of the plan; out: loops that go like this:
 *
 *     for blocks of rows
 *         for each row: loops, such as the sum of a row; in lanes, if the row is short
 *         for each row, in lanes: what is stored of it, and the values that have no other axis
 *         for each row: loops that need these values
 *
 * What a row has found out is kept in arrays with an element for each row of the block. Every row
 * does what it would do alone, in the same order. A block is gone through several times, and should
 * stay in the nearest cache: where a row is long, a block is one row, whose functions are few
 * beside the rest of it. */
#include "loops/pairs.h"

enum {
    LONG_ROW = 128 /* steps of the loops of a row */
};

typedef struct Beside {
    Rows rows;
    const PlanLoop *loop;
    Nodes values; /* that the loop over rows which comes next needs */
} Beside;

/* The stores, and then the values, which may read what is stored. */
static void in_lanes(Beside *b, LowerScope *scope, int from, int to) {
    if (from == to && b->values.count == 0) return;
    Compiler *c = b->rows.c;
    Lower *lower = b->rows.lower;
    Block hold = {0}, declarations = {0};
    LowerScope inner;
    Value *row;
    rows_open(&b->rows, scope, &hold, &inner, &row);
    hold.items[0]->for_kind = FOR_SIMD;
    inner.vector = true;
    PlanBlock stores = {b->loop->body.items + from, to - from, to - from};
    lower_steps(lower, &inner, &stores);
    for (int i = 0; i < b->values.count; ++i) {
        Node *node = b->values.items[i];
        Value *value = lower_know_here(lower, &inner, node, lower_value(lower, &inner, node));
        const char *name = lower_variable_name(lower, node);
        Variable *array = rows_array(&b->rows, arena_format(c->arena, "%s_rows", name),
                                     lower_local_type(node->type), 1);
        block_declare(c, &declarations, array, NULL);
        block_assign(c, inner.block, value_element(c, array, row), value);
        rows_know(&b->rows, node, array, name, false);
    }
    b->values.count = 0;
    rows_close(&b->rows, scope, &declarations, hold.items[0]);
}

/* The sums of one step, all rows side by side: a column of accumulators each. */
static void sums_in_lanes(Beside *b, LowerScope *tile, const PlanLoop *loop) {
    PlanLoop lanes = {.axis = (Axis *)b->rows.axis, .kind = LOOP_LANE, .simple = true};
    lanes.size = PLAN_BESIDE;
    lanes.body = loop->body;
    Step step = {.kind = STEP_LOOP, .loop = &lanes}, *steps[1] = {&step};
    PlanLoop sums = *loop;
    sums.simple = false;
    sums.few = true;
    sums.body = (PlanBlock){steps, 1, 1};
    lower_reduce_loop(b->rows.lower, tile, &sums);
}

static LowerScope open_tile(Beside *b, LowerScope *scope, Block *block) {
    LowerScope tile = lower_scope(b->rows.lower, scope, block);
    tile.tile = (Axis *)b->rows.axis;
    tile.tile_first = b->rows.first;
    tile.tile_count = b->rows.count;
    tile.tile_size = PLAN_BESIDE;
    for (int i = 0; i < b->rows.results.count; ++i) {
        const RowResult *result = &b->rows.results.items[i];
        lower_know_column(b->rows.lower, &tile, result->node,
                          (Known){.column = result->array, .type = result->type});
    }
    return tile;
}

/* Rows that are known to be short. */
static void short_rows(Beside *b, LowerScope *scope, int from, int to) {
    Lower *lower = b->rows.lower;
    for (int s = from; s < to; ++s) {
        LowerScope tile = open_tile(b, scope, scope->block);
        const PlanLoop *loop = b->loop->body.items[s]->loop;
        sums_in_lanes(b, &tile, loop);
        for (int i = 0; i < loop->reductions.count; ++i) {
            Node *sum = loop->reductions.items[i];
            rows_know(&b->rows, sum, lower_known(&tile, sum, NULL)->column,
                      lower_variable_name(lower, sum), false);
        }
    }
}

/* The column of a sum to the array that later loops read. */
static void copy_column(Beside *b, LowerScope *tile, const RowResult *result) {
    Compiler *c = b->rows.c;
    Block hold = {0};
    Variable *row = variable_new(c, "row", C_I64);
    Statement *loop = block_for(c, &hold, row, value_integer(c, C_I64, 0), b->rows.count, NULL);
    loop->for_kind = FOR_SIMD;
    Value *at = value_variable(c, row);
    Variable *column = lower_known(tile, result->node, NULL)->column;
    block_assign(c, &loop->body, value_element(c, result->array, at),
                 value_cast(c, result->type, value_element(c, column, at)));
    block_add(c, tile->block, loop);
}

/* Rows that may be short: the sums of these in lanes, those of others one by one. */
static void short_or_long_rows(Beside *b, LowerScope *scope, int from, int to, Value *are_short) {
    Compiler *c = b->rows.c;
    Block hold = {0}, declarations = {0};
    Statement *choice = block_if(c, &hold, are_short);
    LowerScope tile = open_tile(b, scope, &choice->body);
    LowerScope rest = lower_scope(b->rows.lower, scope, &choice->otherwise);
    for (int s = from; s < to; ++s)
        sums_in_lanes(b, &tile, b->loop->body.items[s]->loop);
    int known = b->rows.results.count;
    block_add(c, rest.block,
              rows_steps_alone(&b->rows, &rest, &b->loop->body, from, to, &declarations));
    for (int i = known; i < b->rows.results.count; ++i)
        copy_column(b, &tile, &b->rows.results.items[i]);
    rows_close(&b->rows, scope, &declarations, choice);
}

/* Whether all of these rows are short, at run time; NULL: they are, or never may be. */
static Value *are_short(const Beside *b, int from, int to, bool *never) {
    Compiler *c = b->rows.c;
    Value *condition = NULL;
    for (int s = from; s < to; ++s) {
        bool always = false;
        const Step *step = b->loop->body.items[s];
        *never |= !plan_sums_beside(b->rows.lower->plan, step, &always);
        if (*never || always) continue;
        Value *extent = lower_extent(b->rows.lower, step->loop->axis);
        Value *lanes = value_integer(c, C_I64, PLAN_LANES);
        condition =
            lower_condition_and(b->rows.lower, condition, value_binary(c, C_LT, extent, lanes));
    }
    return condition;
}

/* Loops of each row: in lanes where that gives the same. */
static void row_loops(Beside *b, LowerScope *scope, int from, int to) {
    if (from == to) return;
    bool never = false;
    Value *condition = are_short(b, from, to, &never);
    if (!never && condition) {
        short_or_long_rows(b, scope, from, to, condition);
    } else if (!never) {
        short_rows(b, scope, from, to);
    } else {
        Block declarations = {0};
        Statement *loop =
            rows_steps_alone(&b->rows, scope, &b->loop->body, from, to, &declarations);
        rows_close(&b->rows, scope, &declarations, loop);
    }
}

static bool is_known(const Beside *b, const Node *node) {
    for (int i = 0; i < b->rows.results.count; ++i)
        if (b->rows.results.items[i].node == node) return true;
    return false;
}

static void note_values(Beside *b, const Step *step) {
    Nodes found = plan_row_values(b->rows.lower->plan, step, b->rows.axis);
    for (int i = 0; i < found.count; ++i)
        if (!is_known(b, found.items[i])) vector_push(b->rows.c->arena, &b->values, found.items[i]);
}

/* Whether both can be summed in lanes, or neither: then they share a loop. */
static bool are_alike(const Beside *b, const Step *one, const Step *other) {
    bool always[2] = {false, false}, beside[2];
    beside[0] = plan_sums_beside(b->rows.lower->plan, one, &always[0]);
    beside[1] = plan_sums_beside(b->rows.lower->plan, other, &always[1]);
    return beside[0] == beside[1] && always[0] == always[1];
}

/* Steps one after the other: those that follow each other with nothing between share a loop. */
static void parts(Beside *b, LowerScope *scope) {
    const PlanBlock *body = &b->loop->body;
    int waiting = 0,
        done = 0; /* steps before `waiting` are written; those from there to done wait */
    bool lanes = false;
    for (; done < body->count; ++done) {
        const Step *step = body->items[done];
        bool stores = plan_stores_beside(step);
        if (!stores) note_values(b, step);
        bool differs = !stores && done > waiting && !are_alike(b, body->items[done - 1], step);
        if (stores == lanes && (lanes || (b->values.count == 0 && !differs))) continue;
        if (!lanes) row_loops(b, scope, waiting, done);
        if (lanes || !stores) in_lanes(b, scope, lanes ? waiting : done, done);
        waiting = done;
        lanes = stores;
    }
    if (lanes)
        in_lanes(b, scope, waiting, done);
    else
        row_loops(b, scope, waiting, done);
}

/* How many rows make a block. */
static Value *block_size(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Compiler *c = lower->c;
    Value *rows = value_integer(c, C_I64, PLAN_BESIDE), *one = value_integer(c, C_I64, 1);
    Value *steps = lower_row_work(lower, loop);
    if (!steps) return rows;
    Value *longest =
        steps->type == C_F64 ? value_float(c, C_F64, LONG_ROW) : value_integer(c, C_I64, LONG_ROW);
    Value *is_long = value_binary(c, C_GT, steps, longest);
    if (is_long->kind == VALUE_INTEGER) return is_long->integer ? one : rows;
    Variable *size = variable_new(c, arena_format(c->arena, "%s_rows", loop->axis->name), C_I64);
    size->is_const = true;
    block_declare(c, scope->block, size, value_conditional(c, is_long, one, rows));
    return value_variable(c, size);
}

void lower_beside_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Beside b = {.rows = {.lower = lower, .c = lower->c, .axis = loop->axis, .room = PLAN_BESIDE},
                .loop = loop};
    Value *size = block_size(lower, scope, loop);
    LowerScope inner;
    Statement *blocks = rows_open_blocks(&b.rows, scope, loop, size, &inner);
    lower_check_part(lower, &blocks->body, loop, b.rows.first, b.rows.count);
    parts(&b, &inner);
    block_add(lower->c, scope->block, blocks);
    lower_check_end(lower, scope->block, loop);
}
