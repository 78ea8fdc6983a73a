/* The products of a block of pairs, and the panels that their factors are laid out in. In: the open
 * block of rows and of columns; out: for each sum[d](left[row, d] * right[column, d]) that the loop
 * over columns reads, the loops that fill its panels, and the call that multiplies them; and the
 * panels of values that sums over the columns weigh. */
#include "loops/pair_loop.h"

enum {
    DEPTH = 64,                       /* of a panel, of products with further axes */
    LONG_ROW = PLAN_COLUMN_BLOCK + 16 /* so that rows of a panel do not share cache sets */
};

static const char *name_of_sum(PairLoop *p, const Node *node) {
    const char *name = table_get(&p->lower->plan->names, node);
    return name ? name : "product";
}

/* q_panel of q[t, d]; what is more than an array's elements is called after the sum that it is for.
 * Loops over the same rows share it: `fresh` tells that it has been declared just now. */
Variable *pair_panel(PairLoop *p, LowerScope *scope, const Panel *panel, const char *name,
                     CType type, int64_t length, bool *fresh) {
    Rows *rows = p->rows;
    for (int i = 0; i < rows->panels.count; ++i) {
        const Panel *known = &rows->panels.items[i];
        *fresh = false;
        if (known->kind == panel->kind && known->factor == panel->factor &&
            known->depth == panel->depth && known->array->type == type)
            return known->array;
    }
    const Node *factor = panel->factor->op == OP_AT ? panel->factor->arguments[0] : panel->factor;
    if (factor->op == OP_ARRAY)
        name = factor->u.array->name;
    else
        name =
            arena_format(p->c->arena, "%s_%s", name, panel->kind == PANEL_LEFT ? "left" : "right");
    Panel made = *panel;
    made.array = pair_array(p, "%s_panel", name, type, length);
    block_declare(p->c, scope->block, made.array, NULL)->zero = true;
    vector_push(p->c->arena, &rows->panels, made);
    *fresh = true;
    return made.array;
}

static void store_cast(PairLoop *p, LowerScope *scope, Variable *array, Value *at, Node *node) {
    Value *value = value_cast(p->c, array->type, lower_value(p->lower, scope, node));
    block_assign(p->c, scope->block, value_element(p->c, array, at), value);
}

/* sy_block_product(rows, columns, depth, a, a_row, b, b_row, c, c_row, adds) */
void pair_multiply(PairLoop *p, Block *block, Value *columns, Value *depth, Variable *a,
                   int64_t a_row, Variable *b, int64_t b_row, Variable *c, int64_t c_row,
                   Value *adds) {
    Value *arguments[] = {p->rows->count,
                          columns,
                          depth,
                          value_address(p->c, a, NULL),
                          pair_number(p, a_row),
                          value_address(p->c, b, NULL),
                          pair_number(p, b_row),
                          value_address(p->c, c, NULL),
                          pair_number(p, c_row),
                          adds};
    const char *name = c->type == C_F64 ? "sy_block_product_f64" : "sy_block_product_f32";
    block_call(p->c, block, value_call(p->c, C_VOID, name, 10, arguments));
}

/* --- products --- */

void pair_find_products(PairLoop *p, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        pair_find_products(p, &step->body);
        if (step->kind != STEP_LOOP || step->loop->kind != LOOP_REDUCE) continue;
        for (int r = 0; r < step->loop->reductions.count; ++r) {
            Product product = {.reduction = step->loop->reductions.items[r],
                               .depth = step->loop->axis};
            bool known = false;
            for (int k = 0; k < p->products.count; ++k)
                known |= p->products.items[k].reduction == product.reduction;
            if (known) continue;
            plan_split_product(p->lower->graph, node_body(product.reduction), p->loop->axis,
                               p->rows->axis, &product.left, &product.right);
            vector_push(p->c->arena, &p->products, product);
        }
    }
}

static Value *depth_extent(PairLoop *p, const Product *product) {
    return lower_extent(p->lower, product->depth);
}

static bool is_shallow(PairLoop *p, const Product *product) {
    Value *extent = depth_extent(p, product);
    return extent->kind == VALUE_INTEGER && extent->integer <= DEPTH;
}

static void pack_left(PairLoop *p, LowerScope *scope, const Product *product, Value *from,
                      Value *to) {
    Block hold = {0}, inside = {0};
    LowerScope row;
    Value *at;
    Statement *loop;
    rows_open(p->rows, scope, &hold, &row, &at);
    LowerScope each = pair_scope_over(p, &row, &inside, product->depth, from, to, &loop);
    loop->for_kind = FOR_SIMD;
    store_cast(p, &each, product->left_panel,
               pair_in_row(p, at, DEPTH, pair_from_first(p, each.index, from)), product->left);
    block_add(p->c, row.block, loop);
    block_add(p->c, scope->block, hold.items[0]);
}

static void pack_right(PairLoop *p, LowerScope *scope, const Product *product, Value *from,
                       Value *to) {
    Block hold = {0}, inside = {0};
    Statement *columns, *loop;
    LowerScope column = pair_scope_over(p, scope, &hold, p->loop->axis, p->first, p->end, &columns);
    LowerScope each = pair_scope_over(p, &column, &inside, product->depth, from, to, &loop);
    loop->for_kind = FOR_SIMD;
    store_cast(p, &each, product->right_panel,
               pair_in_row(p, pair_from_first(p, each.index, from), LONG_ROW,
                           pair_from_first(p, column.index, p->first)),
               product->right);
    block_add(p->c, column.block, loop);
    block_add(p->c, scope->block, columns);
}

void pair_declare_products(PairLoop *p, LowerScope *scope) {
    for (int i = 0; i < p->products.count; ++i) {
        Product *product = &p->products.items[i];
        const char *name = name_of_sum(p, product->reduction);
        CType type = c_type_of(product->reduction->type);
        bool fresh;
        Panel right = {PANEL_RIGHT, product->right, product->depth, NULL};
        product->right_panel = pair_panel(p, scope, &right, name, type, DEPTH * LONG_ROW, &fresh);
        Panel left = {PANEL_LEFT, product->left, product->depth, NULL};
        product->left_panel =
            pair_panel(p, scope, &left, name, type, p->rows->room * DEPTH, &fresh);
        product->block = pair_array(p, "%s", name, type, p->rows->room * p->room);
        if (fresh && is_shallow(p, product)) /* it is the same for all columns */
            pack_left(p, scope, product, pair_number(p, 0), depth_extent(p, product));
    }
}

static void multiply_panels(PairLoop *p, LowerScope *scope, const Product *product, Value *from,
                            Value *to) {
    if (!is_shallow(p, product)) pack_left(p, scope, product, from, to);
    pack_right(p, scope, product, from, to);
    Value *adds = from->kind == VALUE_INTEGER ? value_integer(p->c, C_INT, 0)
                                              : value_binary(p->c, C_GT, from, pair_number(p, 0));
    pair_multiply(p, scope->block, pair_from_first(p, p->end, p->first),
                  pair_from_first(p, to, from), product->left_panel, DEPTH, product->right_panel,
                  LONG_ROW, product->block, p->room, adds);
}

void pair_make_product(PairLoop *p, LowerScope *scope, const Product *product) {
    Compiler *c = p->c;
    Value *extent = depth_extent(p, product), *zero = pair_number(p, 0);
    block_declare(c, scope->block, product->block, NULL);
    if (is_shallow(p, product)) {
        multiply_panels(p, scope, product, zero, extent);
        return;
    }
    Block hold = {0};
    const char *axis = product->depth->name;
    Variable *first = variable_new(c, arena_format(c->arena, "%s_first", axis), C_I64);
    Statement *blocks = block_for(c, &hold, first, zero, extent, pair_number(p, DEPTH));
    LowerScope inner = lower_scope(p->lower, scope, &blocks->body);
    Value *from = value_variable(c, first);
    Value *end =
        lower_call(p->lower, C_I64, "min", SCALAR_I64, 2,
                   (Value *[]){value_binary(c, C_ADD, from, pair_number(p, DEPTH)), extent});
    end = pair_variable(p, "%s_end", axis, &blocks->body, end);
    multiply_panels(p, &inner, product, from, end);
    block_add(c, scope->block, blocks);
}

/* --- values by column and lane --- */

void pair_pack_columns(PairLoop *p, LowerScope *scope, const ColumnSum *sum) {
    Block hold = {0}, inside = {0};
    Statement *columns;
    LowerScope column = pair_scope_over(p, scope, &hold, p->loop->axis, p->first, p->end, &columns);
    LowerScope each;
    Statement *loop = lower_lanes(p->lower, &column, lower_tile(scope)->tile, &inside, &each);
    Value *at = pair_in_row(p, pair_from_first(p, column.index, p->first), PLAN_TILE, each.lane);
    store_cast(p, &each, sum->panel, at, sum->right);
    block_add(p->c, column.block, loop);
    block_add(p->c, scope->block, columns);
}
