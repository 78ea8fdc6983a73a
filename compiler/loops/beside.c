/* Loops over rows whose elementary functions go side by side (see plan/beside.c for which these
 * are). In: a loop over rows of the plan; out: loops that go like this:
 *
 *     for blocks of rows
 *         for each row: loops, such as the sum of a row
 *         for each row, in lanes: the values that have no other axis, and their stores
 *         for each row: loops that need these values
 *
 * What a row has found out is kept in arrays with an element for each row of the block. Every row
 * does what it would do alone, in the same order. A block is gone through several times, and should
 * stay in a cache: where a row is long, a block is one row. */
#include "loops/pairs.h"

enum {
    LONG_ROW = 4096 /* steps of the loops of a row */
};

typedef struct Beside {
    Rows rows;
    const PlanLoop *loop;
    Nodes values; /* that the loop over rows which comes next needs */
} Beside;

static PlanBlock steps_behind(const Beside *b, int from) {
    const PlanBlock *body = &b->loop->body;
    return (PlanBlock){body->items + from, body->count - from, body->count - from};
}

static void close_rows(LowerScope *scope, const Block *declarations, Statement *loop,
                       Lower *lower) {
    for (int i = 0; i < declarations->count; ++i)
        block_add(lower->c, scope->block, declarations->items[i]);
    block_add(lower->c, scope->block, loop);
}

/* The values, and then the stores. */
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
    PlanBlock stores = {b->loop->body.items + from, to - from, to - from};
    lower_steps(lower, &inner, &stores);
    close_rows(scope, &declarations, hold.items[0], lower);
}

/* Steps that each row does alone. */
static void row_by_row(Beside *b, LowerScope *scope, int from, int to) {
    if (from == to) return;
    Block hold = {0}, declarations = {0};
    LowerScope inner;
    Value *row;
    rows_open(&b->rows, scope, &hold, &inner, &row);
    PlanBlock some = {b->loop->body.items + from, to - from, to - from};
    PlanBlock after = steps_behind(b, to);
    lower_steps(b->rows.lower, &inner, &some);
    for (int i = 0; i < some.count; ++i)
        if (some.items[i]->kind == STEP_LOOP)
            rows_keep_results(&b->rows, &inner, row, some.items[i]->loop, &after, &declarations);
    close_rows(scope, &declarations, hold.items[0], b->rows.lower);
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

/* Steps one after the other: those that follow each other with nothing between share a loop. */
static void parts(Beside *b, LowerScope *scope) {
    const PlanBlock *body = &b->loop->body;
    int alone = 0, done = 0; /* steps before `alone` are written; those from there to done wait */
    bool lanes = false;
    for (; done < body->count; ++done) {
        const Step *step = body->items[done];
        bool stores = plan_stores_beside(step);
        if (!stores) note_values(b, step);
        if (stores == lanes && (lanes || b->values.count == 0)) continue;
        if (!lanes) row_by_row(b, scope, alone, done);
        if (lanes || !stores) in_lanes(b, scope, lanes ? alone : done, done);
        alone = done;
        lanes = stores;
    }
    if (lanes)
        in_lanes(b, scope, alone, done);
    else
        row_by_row(b, scope, alone, done);
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
    Compiler *c = lower->c;
    Beside b = {.rows = {.lower = lower, .c = c, .axis = loop->axis, .room = PLAN_BESIDE},
                .loop = loop};
    Value *extent = lower_extent(lower, loop->axis);
    Value *size = block_size(lower, scope, loop);
    const char *axis = loop->axis->name;
    Block hold = {0};
    Variable *first = variable_new(c, arena_format(c->arena, "%s_first", axis), C_I64);
    Statement *blocks = block_for(c, &hold, first, value_integer(c, C_I64, 0), extent, size);
    lower_parallel_if(lower, blocks, loop);
    LowerScope inner = lower_scope(lower, scope, &blocks->body);
    b.rows.first = value_variable(c, first);
    Variable *count = variable_new(c, arena_format(c->arena, "%s_count", axis), C_I64);
    count->is_const = true;
    Value *left = value_binary(c, C_SUB, extent, b.rows.first);
    block_declare(c, &blocks->body, count,
                  lower_call(lower, C_I64, "min", SCALAR_I64, 2, (Value *[]){size, left}));
    b.rows.count = value_variable(c, count);
    lower_check_part(lower, &blocks->body, loop, b.rows.first, b.rows.count);
    parts(&b, &inner);
    block_add(c, scope->block, blocks);
    lower_check_end(lower, scope->block, loop);
}
