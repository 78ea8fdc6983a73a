/* Sums over pairs that go across the rows (see plan/across.c). In: the open block of rows and of
 * columns, with the factor of each pair; out: what is added to the buffer of
 *
 *     sum[row](factor[row, column] * right[row, lane])    for each column and lane
 *
 * which is the product of the factors, turned, and a panel of `right` that is laid out once for all
 * columns. A pair that is not there has factor 0; where the panel is not finite the block's part is
 * summed with the condition in it, to the same bits. */
#include "loops/pair_loop.h"

/* Panel by panel; a panel has a row of lanes for each row of the block. */
static void pack_rows(PairLoop *p, LowerScope *scope, const RowSum *sum) {
    int64_t width = pair_lanes(sum->panel->type);
    Block outer = {0}, hold = {0}, inside = {0};
    LowerScope part, row, each;
    Value *at;
    Value *first = pair_open_panels(p, scope, sum->panel->type, &outer, &part);
    rows_open(p->rows, &part, &hold, &row, &at);
    Statement *lanes = lower_lanes(p->lower, &row, part.tile, &inside, &each);
    Value *place = pair_in_row(p, at, width, each.lane);
    pair_store(p, &each, sum->panel, pair_in_row(p, first, p->rows->room, place), sum->right);
    block_add(p->c, row.block, lanes);
    block_add(p->c, part.block, hold.items[0]);
    block_add(p->c, scope->block, outer.items[0]);
}

static Value *panel_length(PairLoop *p, const RowSum *sum) {
    return pair_number(p, p->rows->room * pair_lanes(sum->panel->type));
}

void pair_declare_across(PairLoop *p, LowerScope *scope, Accumulator *a, int index) {
    const LowerScope *tile = lower_tile(scope);
    RowSum sum = {.reduction = a->reduction, .accumulator = index, .name = a->name};
    plan_split_product(p->lower->graph, node_body(a->reduction), tile->tile, p->loop->axis,
                       &a->factor, &sum.right);
    a->kind = ACCUMULATOR_FACTOR;
    a->kept = pair_factor(p, a);
    bool fresh, spare = !pair_fills_panels(tile, a->type);
    Panel panel = {PANEL_ROWS, sum.right, tile->tile, NULL};
    sum.panel =
        pair_panel(p, scope, &panel, a->name, a->type, p->rows->room * PLAN_TILE, spare, &fresh);
    if (fresh) pack_rows(p, scope, &sum);
    if (node_where(a->reduction)) {
        Value *arguments[] = {tile->tile_count, p->rows->count, value_variable(p->c, sum.panel),
                              panel_length(p, &sum)};
        Value *finite =
            lower_call(p->lower, C_INT, "panels_right_finite", a->reduction->type, 4, arguments);
        sum.finite = pair_variable(p, "%s_is_finite", sum.panel->name, scope->block, finite);
    }
    vector_push(p->c->arena, &p->across, sum);
}

/* The buffer's element of the open column and the first lane of the tile. */
static Value *target_of(PairLoop *p, LowerScope *scope, const RowSum *sum, Value *column,
                        Value *lane) {
    LowerScope at = lower_scope(p->lower, scope, scope->block);
    LowerScope within = lower_scope(p->lower, &at, scope->block);
    at.axis = (Axis *)p->loop->axis;
    at.index = column;
    within.axis = lower_tile(scope)->tile;
    within.index = value_binary(p->c, C_ADD, lower_tile(scope)->tile_first, lane);
    const Root *root = plan_root_of(p->lower->plan, sum->reduction);
    return lower_element(p->lower, &within, root->array, NULL);
}

static void add_product(PairLoop *p, LowerScope *scope, Block *block, const RowSum *sum) {
    Compiler *c = p->c;
    const LowerScope *tile = lower_tile(scope);
    const Accumulator *a = &p->reduce.accumulators.items[sum->accumulator];
    Value *target = target_of(p, scope, sum, p->first, pair_number(p, 0));
    Value *arguments[] = {pair_from_first(p, p->end, p->first),
                          tile->tile_count,
                          p->rows->count,
                          value_variable(c, a->kept),
                          pair_number(p, p->room),
                          value_variable(c, sum->panel),
                          panel_length(p, sum),
                          value_address(c, target->variable, target->a),
                          lower_extent(p->lower, tile->tile)};
    const char *name = a->type == C_F64 ? "sy_panels_across_f64" : "sy_panels_across_f32_wide";
    block_call(c, block, value_call(c, C_VOID, name, 9, arguments));
}

/* The lanes of one column, over the rows whose pairs are there. */
static void add_with_care(PairLoop *p, LowerScope *scope, const RowSum *sum, Node *where) {
    Compiler *c = p->c;
    Block columns_hold = {0}, hold = {0}, lanes_hold = {0};
    Statement *columns;
    LowerScope row, each;
    Value *at;
    LowerScope column =
        pair_scope_over(p, scope, &columns_hold, p->loop->axis, p->first, p->end, &columns);
    Variable *sums = pair_array(p, "%s_column", sum->name, sum->panel->type, PLAN_TILE);
    block_declare(c, column.block, sums, NULL)->zero = true;
    rows_open(p->rows, &column, &hold, &row, &at);
    pair_know_products(p, &row, at);
    pair_add_if_there(p, &row, sum->accumulator, at, where, sum->panel, p->rows->room, at, sums,
                      pair_number(p, 0));
    block_add(c, column.block, hold.items[0]);
    Statement *loop = lower_lanes(p->lower, &column, lower_tile(scope)->tile, &lanes_hold, &each);
    block_update(c, each.block, C_ADD, target_of(p, &each, sum, column.index, each.lane),
                 value_cast(c, C_F64, value_element(c, sums, each.lane)));
    block_add(c, column.block, loop);
    block_add(c, scope->block, columns);
}

void pair_sum_across(PairLoop *p, LowerScope *scope, const RowSum *sum) {
    Node *where = node_where(sum->reduction);
    if (!where) {
        add_product(p, scope, scope->block, sum);
        return;
    }
    Block hold = {0};
    Statement *choice = block_if(p->c, &hold, sum->finite);
    add_product(p, scope, &choice->body, sum);
    LowerScope otherwise = lower_scope(p->lower, scope, &choice->otherwise);
    add_with_care(p, &otherwise, sum, where);
    block_add(p->c, scope->block, choice);
}
