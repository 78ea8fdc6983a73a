/* Several blocks of rows that meet a block of columns one after the other: a group. What the
 * columns need to be multiplied is then laid out once for all of them. In: the open group of rows
 * and block of columns; out:
 *
 *     k_panel[d][column]  v_panel[column][d]          for all rows of the group
 *     for blocks of the group's rows
 *         what the block does (pairs.c)
 *
 * What is kept of each row is kept of all rows of the group; the block finds its own part by
 * pointers, under which it takes the place of the whole. The blocks are those that there would be
 * without groups, and each meets its columns in the same order: so the bits are the same. */
#include "loops/pair_loop.h"

typedef struct Replaced {
    Variable **place, *whole, *part;
} Replaced;

typedef struct Group {
    PairLoop *p;
    Block *block;
    Value *row, *column; /* of the group: where the block begins */
    Vector(Replaced) replaced;
} Group;

void pair_clear(PairLoop *p, Block *block, Variable *array, Value *from, int64_t width) {
    Compiler *c = p->c;
    Value *tile = pair_number(p, PLAN_TILE_ROWS);
    Value *rows = value_binary(c, C_ADD, p->rows->count, pair_number(p, PLAN_TILE_ROWS - 1));
    rows = value_binary(c, C_MUL, value_binary(c, C_DIV, rows, tile), tile);
    Variable *i = variable_new(c, "i", C_I64);
    Statement *clear = block_for(c, block, i, value_binary(c, C_MUL, from, pair_number(p, width)),
                                 value_binary(c, C_MUL, rows, pair_number(p, width)), NULL);
    block_assign(c, &clear->body, value_element(c, array, value_variable(c, i)),
                 value_float(c, array->type, 0));
}

/* The array from this element on takes its place. */
static void replace(Group *g, Variable **place, Value *from, int64_t width) {
    Compiler *c = g->p->c;
    Replaced r = {place, *place, NULL};
    for (int i = 0; i < g->replaced.count && !r.part; ++i)
        if (g->replaced.items[i].whole == r.whole) r.part = g->replaced.items[i].part;
    if (!r.part) {
        r.part = variable_new(c, arena_format(c->arena, "%s_part", r.whole->name), r.whole->type);
        r.part->pointer = true;
        Value *at = value_binary(c, C_MUL, from, pair_number(g->p, width));
        block_declare(c, g->block, r.part, value_address(c, r.whole, at));
    }
    *place = r.part;
    vector_push(c->arena, &g->replaced, r);
}

static void replace_rows(Group *g) {
    PairLoop *p = g->p;
    Rows *rows = p->rows;
    for (int i = 0; i < rows->results.count; ++i)
        replace(g, &rows->results.items[i].array, g->row,
                rows->results.items[i].lanes ? PLAN_TILE : 1);
    for (int i = 0; i < p->products.count; ++i)
        replace(g, &p->products.items[i].left_panel, g->row, PAIR_DEPTH);
    for (int i = 0; i < p->reduce.accumulators.count; ++i) {
        Accumulator *a = &p->reduce.accumulators.items[i];
        if (a->kind != ACCUMULATOR_FACTOR) replace(g, &a->total, g->row, 1);
        if (a->kind != ACCUMULATOR_FACTOR && a->partial_places)
            replace(g, &a->partial_places, g->row, 1);
    }
    for (int i = 0; i < p->sums.count; ++i)
        replace(g, &p->sums.items[i].total, g->row, PLAN_TILE);
    for (int i = 0; i < p->across.count; ++i) {
        RowSum *sum = &p->across.items[i];
        replace(g, &sum->panel, g->row, pair_lanes(sum->panel->type));
    }
}

static void replace_columns(Group *g) {
    PairLoop *p = g->p;
    for (int i = 0; i < p->products.count; ++i)
        replace(g, &p->products.items[i].right_panel, g->column, PAIR_DEPTH);
    for (int i = 0; i < p->sums.count; ++i) {
        ColumnSum *sum = &p->sums.items[i];
        replace(g, &sum->panel, g->column, pair_lanes(sum->panel->type));
    }
}

static Value *chosen(PairLoop *p, const char *choice, Value *a, Value *b) {
    return lower_call(p->lower, C_I64, choice, SCALAR_I64, 2, (Value *[]){a, b});
}

/* Those of the columns that the block needs: a scope where there are some. */
static LowerScope narrow(Group *g, LowerScope *scope) {
    PairLoop *p = g->p;
    Compiler *c = p->c;
    const char *axis = p->loop->axis->name;
    Range range = {NULL, NULL};
    Value *first = p->first, *end = p->end;
    pair_narrow(p, scope, p->narrows, &range);
    if (range.from) {
        Value *least = pair_variable(p, "%s_least", axis, scope->block, range.from);
        first = chosen(p, "max", p->first, pair_whole_part(p, least, pair_number(p, PLAN_LANES)));
        first = pair_variable(p, "%s_begin", axis, scope->block, first);
        g->column = pair_from_first(p, first, p->first);
    }
    if (range.to)
        end = pair_variable(p, "%s_stop", axis, scope->block, chosen(p, "min", p->end, range.to));
    Statement *some = block_if(c, scope->block, value_binary(c, C_LT, first, end));
    p->first = first;
    p->end = end;
    return lower_scope(p->lower, scope, &some->body);
}

void pair_group(PairLoop *p, LowerScope *scope) {
    Compiler *c = p->c;
    Rows *rows = p->rows;
    for (int i = 0; i < p->products.count; ++i)
        pair_lay_out_right(p, scope, &p->products.items[i]);
    for (int i = 0; i < p->sums.count; ++i) {
        ColumnSum *sum = &p->sums.items[i];
        pair_pack_columns(p, scope, sum);
        if (node_where(sum->reduction))
            sum->finite = pair_variable(p, "%s_is_finite", sum->panel->name, scope->block,
                                        pair_columns_finite(p, scope, sum));
    }
    const char *axis = rows->axis->name;
    Value *group = rows->first, *count = rows->count, *size = pair_number(p, PLAN_ROWS);
    Value *first = p->first, *end = p->end, *group_end = value_binary(c, C_ADD, group, count);
    Variable *block = variable_new(c, arena_format(c->arena, "%s_block", axis), C_I64);
    Block hold = {0};
    Statement *blocks = block_for(c, &hold, block, group, group_end, size);
    LowerScope inner = lower_scope(p->lower, scope, &blocks->body);
    rows->first = value_variable(c, block);
    Value *left = value_binary(c, C_SUB, group_end, rows->first);
    rows->count =
        pair_variable(p, "%s_block_count", axis, inner.block, chosen(p, "min", size, left));
    Group g = {.p = p, .row = value_binary(c, C_SUB, rows->first, group)};
    LowerScope needed = inner;
    if (p->narrows) needed = narrow(&g, &inner);
    g.block = needed.block;
    replace_rows(&g);
    if (g.column) replace_columns(&g);
    pair_block(p, &needed);
    block_add(c, scope->block, hold.items[0]);
    for (int i = 0; i < g.replaced.count; ++i)
        *g.replaced.items[i].place = g.replaced.items[i].whole;
    rows->first = group;
    rows->count = count;
    p->first = first;
    p->end = end;
}
