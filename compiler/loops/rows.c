/* Loops over pairs (row, column), in blocks of PLAN_ROWS rows and PLAN_COLUMN_BLOCK columns (see
 * plan/pairs.c for which these are). In: a loop over rows of the plan; out: loops that go like
 * this:
 *
 *     for blocks of rows
 *         for blocks of columns
 *             products: sum[d](f[row, d] * g[column, d]) for all pairs of the block, by panels
 *             for each row: what the program says of a pair, in lanes along the columns; sums and
 *                 extremes over the columns; factors of sums that have lanes of their own
 *             these: sum[column](factor[row, column] * g[column, lane]), by panels
 *         for each row: what the sums are for
 *
 * Where another loop is around it, which threads share out, several blocks of rows make a group,
 * for which columns are laid out once (pair_group.c).
 *
 * What a row has found out is kept in arrays with an element for each row of the block. The order
 * of every float operation is that of reduce.c, but for sums of products, which add in the order of
 * their axis.
 *
 * A pair that is not there has factor 0, which takes it out of a sum unless the other factor is
 * infinite or NaN: then the sum of the block is made with the condition in it, to the same bits. */
#include "loops/pair_loop.h"
#include <math.h>

/* --- rows --- */

void rows_open(Rows *rows, LowerScope *scope, Block *hold, LowerScope *inner, Value **at) {
    Compiler *c = rows->c;
    bool from_start = rows->first->kind == VALUE_INTEGER;
    Variable *row = variable_new(c, from_start ? rows->axis->name : "row", C_I64);
    Statement *loop = block_for(c, hold, row, value_integer(c, C_I64, 0), rows->count, NULL);
    *inner = lower_scope(rows->lower, scope, &loop->body);
    *at = value_variable(c, row);
    inner->axis = (Axis *)rows->axis;
    inner->index = *at;
    if (!from_start) {
        Variable *index = variable_new(c, rows->axis->name, C_I64);
        index->is_const = true;
        block_declare(c, &loop->body, index, value_binary(c, C_ADD, rows->first, *at));
        inner->index = value_variable(c, index);
    }
    for (int i = 0; i < rows->results.count; ++i) {
        const RowResult *result = &rows->results.items[i];
        if (result->lanes) {
            Value *from = value_binary(c, C_MUL, *at, value_integer(c, C_I64, PLAN_TILE));
            lower_know_column(rows->lower, inner, result->node,
                              (Known){.column = result->array, .type = result->type, .from = from});
            continue;
        }
        Variable *variable = variable_new(c, result->name, result->type);
        variable->is_const = true;
        block_declare(c, &loop->body, variable,
                      value_cast(c, result->type, value_element(c, result->array, *at)));
        lower_know(rows->lower, inner, result->node, value_variable(c, variable));
    }
}

Variable *rows_array(Rows *rows, const char *name, CType type, int64_t width) {
    Variable *array = variable_new(rows->c, name, type);
    array->length = value_integer(rows->c, C_I64, rows->room * width);
    return array;
}

static bool steps_reach(const PlanBlock *steps, const Node *target, Table *seen) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        bool stores = step->kind == STEP_STORE;
        const Node *nodes[] = {stores ? step->root->value : NULL,
                               stores ? step->root->condition : NULL,
                               stores ? step->root->scatter_index : NULL, step->condition};
        for (int n = 0; n < 4; ++n)
            if (nodes[n] && node_reaches(nodes[n], target, seen)) return true;
        const Node *taken = step->kind == STEP_ACCUMULATE ? step->reduction : NULL;
        for (int a = 0; taken && a < taken->argument_count; ++a)
            if (node_reaches(taken->arguments[a], target, seen)) return true;
        if (steps_reach(&step->body, target, seen)) return true;
        if (step->kind == STEP_LOOP && (steps_reach(&step->loop->first, target, seen) ||
                                        steps_reach(&step->loop->body, target, seen)))
            return true;
    }
    return false;
}

/* Whether what comes after the block of steps, here or further out, needs the value. */
static bool is_needed_after(Rows *rows, const PlanBlock *after, const Node *node) {
    Table seen = table_new(rows->c->arena);
    return steps_reach(after, node, &seen) ||
           (rows->after_tile && steps_reach(rows->after_tile, node, &seen));
}

void rows_know(Rows *rows, Node *node, Variable *array, const char *name, bool lanes) {
    RowResult result = {node, array, lower_local_type(node->type), name, lanes};
    vector_push(rows->c->arena, &rows->results, result);
}

/* What the loops among these steps give, and later ones need, is kept for each row. */
void rows_keep_results(Rows *rows, LowerScope *inner, Value *row, const PlanLoop *loop,
                       const PlanBlock *after, Block *declarations) {
    Compiler *c = rows->c;
    for (int i = 0; i < loop->reductions.count; ++i) {
        Node *node = loop->reductions.items[i];
        if (!is_needed_after(rows, after, node)) continue;
        const LowerScope *tile = lower_tile(inner);
        bool lanes = tile && axis_set_has(node->axes, tile->tile);
        const char *name = table_get(&rows->lower->plan->names, node);
        if (!name) name = op_info[node->op].text;
        Variable *array = rows_array(rows, arena_format(c->arena, "%s_rows", name),
                                     lower_local_type(node->type), lanes ? PLAN_TILE : 1);
        block_declare(c, declarations, array, NULL);
        Block hold = {0};
        LowerScope each = *inner;
        Value *at = row;
        Statement *loop_over_lanes = NULL;
        if (lanes) {
            loop_over_lanes = lower_lanes(rows->lower, inner, tile->tile, &hold, &each);
            at = value_binary(c, C_MUL, row, value_integer(c, C_I64, PLAN_TILE));
            at = value_binary(c, C_ADD, at, each.lane);
        }
        block_assign(c, each.block, value_element(c, array, at),
                     lower_value(rows->lower, &each, node));
        if (loop_over_lanes) block_add(c, inner->block, loop_over_lanes);
        rows_know(rows, node, array, name, lanes);
    }
}

Statement *rows_steps_alone(Rows *rows, LowerScope *scope, const PlanBlock *steps, int from, int to,
                            Block *declarations) {
    PlanBlock some = plan_part(steps, from, to);
    PlanBlock after = plan_part(steps, to, steps->count);
    Block hold = {0};
    LowerScope inner;
    Value *row;
    rows_open(rows, scope, &hold, &inner, &row);
    lower_steps(rows->lower, &inner, &some);
    for (int i = 0; i < some.count; ++i)
        if (some.items[i]->kind == STEP_LOOP)
            rows_keep_results(rows, &inner, row, some.items[i]->loop, &after, declarations);
    return hold.items[0];
}

void rows_close(Rows *rows, LowerScope *scope, const Block *declarations, Statement *loop) {
    for (int i = 0; i < declarations->count; ++i)
        block_add(rows->c, scope->block, declarations->items[i]);
    block_add(rows->c, scope->block, loop);
}

static void plain_steps(Rows *rows, LowerScope *scope, const PlanBlock *steps, int from, int to) {
    if (from == to) return;
    Block declarations = {0};
    Statement *loop = rows_steps_alone(rows, scope, steps, from, to, &declarations);
    rows_close(rows, scope, &declarations, loop);
}

static bool has_pairs(const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i)
        if (steps->items[i]->kind == STEP_LOOP && steps->items[i]->loop->pairs) return true;
    return false;
}

static void rows_steps(Rows *rows, LowerScope *scope, const PlanBlock *steps);

static void tile_steps(Rows *rows, LowerScope *scope, const PlanLoop *loop,
                       const PlanBlock *after) {
    Compiler *c = rows->c;
    Value *extent = lower_extent(rows->lower, loop->axis), *zero = value_integer(c, C_I64, 0);
    Value *size = value_integer(c, C_I64, PLAN_TILE);
    int known = rows->results.count, panels = rows->panels.count;
    rows->after_tile = after;
    if (plan_is_one_tile(loop)) {
        LowerScope inner = lower_scope(rows->lower, scope, scope->block);
        inner.tile = loop->axis;
        inner.tile_first = zero;
        inner.tile_size = PLAN_TILE;
        inner.tile_count = extent;
        rows_steps(rows, &inner, &loop->body);
    } else {
        Block hold = {0};
        const char *axis = loop->axis->name;
        Variable *first = variable_new(c, arena_format(c->arena, "%s_first", axis), C_I64);
        Statement *tiles = block_for(c, &hold, first, zero, extent, size);
        LowerScope inner = lower_scope(rows->lower, scope, &tiles->body);
        Value *left = value_binary(c, C_SUB, extent, value_variable(c, first));
        Variable *count = variable_new(c, arena_format(c->arena, "%s_count", axis), C_I64);
        count->is_const = true;
        block_declare(
            c, &tiles->body, count,
            lower_call(rows->lower, C_I64, "min", SCALAR_I64, 2, (Value *[]){size, left}));
        inner.tile = loop->axis;
        inner.tile_first = value_variable(c, first);
        inner.tile_size = PLAN_TILE;
        inner.tile_count = value_variable(c, count);
        rows_steps(rows, &inner, &loop->body);
        block_add(c, scope->block, tiles);
    }
    rows->after_tile = NULL;
    int kept = known; /* without a loop, what has no lanes is still there */
    for (int i = known; plan_is_one_tile(loop) && i < rows->results.count; ++i)
        if (!rows->results.items[i].lanes) rows->results.items[kept++] = rows->results.items[i];
    rows->results.count = kept;
    rows->panels.count = panels;
}

static void rows_steps(Rows *rows, LowerScope *scope, const PlanBlock *steps) {
    int plain = 0;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        if (step->kind != STEP_LOOP) continue;
        bool tile = step->loop->kind == LOOP_TILE && has_pairs(&step->loop->body);
        if (!tile && !step->loop->pairs) continue;
        plain_steps(rows, scope, steps, plain, i);
        plain = i + 1;
        PlanBlock after = plan_part(steps, plain, steps->count);
        if (tile)
            tile_steps(rows, scope, step->loop, &after);
        else
            lower_pairs(rows, scope, step->loop);
    }
    plain_steps(rows, scope, steps, plain, steps->count);
}

Statement *rows_open_blocks(Rows *rows, LowerScope *scope, const PlanLoop *loop, Value *size,
                            LowerScope *inner) {
    Compiler *c = rows->c;
    Block hold = {0};
    const char *axis = loop->axis->name;
    Value *extent = lower_extent(rows->lower, loop->axis);
    Variable *first = variable_new(c, arena_format(c->arena, "%s_first", axis), C_I64);
    Statement *blocks = block_for(c, &hold, first, value_integer(c, C_I64, 0), extent, size);
    lower_shared(rows->lower, scope, blocks, loop);
    *inner = lower_scope(rows->lower, scope, &blocks->body);
    rows->first = value_variable(c, first);
    Variable *count = variable_new(c, arena_format(c->arena, "%s_count", axis), C_I64);
    count->is_const = true;
    Value *left = value_binary(c, C_SUB, extent, rows->first);
    block_declare(c, &blocks->body, count,
                  lower_call(rows->lower, C_I64, "min", SCALAR_I64, 2, (Value *[]){size, left}));
    rows->count = value_variable(c, count);
    return blocks;
}

/* Whether panels of columns have place for all steps of each product over pairs. */
static bool are_shallow(const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const PlanLoop *loop = steps->items[i]->loop;
        if (!are_shallow(&steps->items[i]->body)) return false;
        if (!loop || (!loop->pairs && loop->kind != LOOP_TILE)) continue;
        const PlanBlock *parts[] = {&loop->first, &loop->body};
        for (int k = 0; k < 2; ++k) {
            if (!are_shallow(parts[k])) return false;
            for (int j = 0; loop->pairs && j < parts[k]->count; ++j) {
                const PlanLoop *product = parts[k]->items[j]->loop;
                if (product && product->kind == LOOP_REDUCE &&
                    plan_may_reach(product->axis, PAIR_DEPTH + 1))
                    return false;
            }
        }
    }
    return true;
}

void lower_rows_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Compiler *c = lower->c;
    Value *extent = lower_extent(lower, loop->axis);
    Rows rows = {.lower = lower, .c = c, .axis = loop->axis, .room = PLAN_ROWS};
    if (extent->kind == VALUE_INTEGER && extent->integer <= PLAN_ROWS) {
        rows.first = value_integer(c, C_I64, 0);
        rows.count = extent;
        rows.room = rounded_up(extent->integer, PLAN_TILE_ROWS);
        rows_steps(&rows, scope, &loop->body);
        return;
    }
    /* of a loop that threads share out, they take single blocks */
    rows.grouped = !loop->outermost && are_shallow(&loop->body);
    if (rows.grouped) rows.room = PLAN_GROUP;
    LowerScope inner;
    Value *size = value_integer(c, C_I64, rows.room);
    Statement *blocks = rows_open_blocks(&rows, scope, loop, size, &inner);
    rows_steps(&rows, &inner, &loop->body);
    block_add(c, scope->block, blocks);
}
