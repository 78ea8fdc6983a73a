/* The products of a block of pairs, and the panels that their factors are laid out in. In: the open
 * block of rows and of columns; out: for each sum[d](left[row, d] * right[column, d]), or of
 * another term (plan/pair_terms.c), that the loop over columns reads, the loops that fill its
 * panels, and the call that multiplies them; and the panels of values that sums over the columns
 * weigh. */
#include "loops/pair_loop.h"

static const char *name_of_sum(PairLoop *p, const Node *node) {
    const char *name = table_get(&p->lower->plan->names, node);
    return name ? name : "product";
}

/* q_panel of q[t, d]; what is more than an array's elements is called after the sum that it is for.
 * Loops over the same rows share it: `fresh` tells that it has been declared just now. Set to
 * `zero` is what has rows or columns to spare that nobody writes. */
Variable *pair_panel(PairLoop *p, LowerScope *scope, const Panel *panel, const char *name,
                     CType type, int64_t length, bool zero, bool *fresh) {
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
    block_declare(p->c, scope->block, made.array, NULL)->zero = zero;
    vector_push(p->c->arena, &rows->panels, made);
    *fresh = true;
    return made.array;
}

void pair_store(PairLoop *p, LowerScope *scope, Variable *array, Value *at, Node *node) {
    Value *value = value_cast(p->c, array->type, lower_value(p->lower, scope, node));
    block_assign(p->c, scope->block, value_element(p->c, array, at), value);
}

int64_t pair_lanes(CType type) {
    return type == C_F64 ? PLAN_PANEL_BYTES / 8 : PLAN_PANEL_BYTES / 4;
}

/* sums[row][column] = or += sum over `depth` steps of left[row][step] * right[step][column], or of
 * another term; their panels have room for `capacity` steps. */
void pair_multiply(PairLoop *p, Block *block, TermKind kind, const Factors *of, Value *columns,
                   Value *depth, Variable *sums, int64_t stride, Value *adds) {
    CType type = of->left->type;
    Value *arguments[] = {p->rows->count,
                          columns,
                          depth,
                          value_variable(p->c, of->left),
                          value_named(p->c, C_INT, "SY_BY_ROWS"),
                          pair_number(p, of->left_capacity),
                          value_variable(p->c, of->right),
                          pair_number(p, of->right_capacity * pair_lanes(type)),
                          adds,
                          value_variable(p->c, sums),
                          pair_number(p, stride)};
    static const char *const names[] = {[TERM_PRODUCT] = "sy_panels",
                                        [TERM_SQUARE] = "sy_distances_square",
                                        [TERM_DIFFERENCE] = "sy_distances_absolute"};
    const char *suffix = type == C_F64 ? "f64" : sums->type == C_F64 ? "f32_wide" : "f32";
    const char *name = arena_format(p->c->arena, "%s_%s", names[kind], suffix);
    block_call(p->c, block, value_call(p->c, C_VOID, name, 11, arguments));
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
            plan_pair_term(p->lower->graph, node_body(product.reduction), p->rows->axis,
                           p->loop->axis, &product.term);
            vector_push(p->c->arena, &p->products, product);
        }
    }
}

static Value *depth_extent(PairLoop *p, const Product *product) {
    return lower_extent(p->lower, product->depth);
}

static bool is_shallow(PairLoop *p, const Product *product) {
    Value *extent = depth_extent(p, product);
    return extent->kind == VALUE_INTEGER && extent->integer <= PAIR_DEPTH;
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
    pair_store(p, &each, product->left_panel,
               pair_in_row(p, at, PAIR_DEPTH, pair_from_first(p, each.index, from)),
               product->term.left);
    block_add(p->c, row.block, loop);
    block_add(p->c, scope->block, hold.items[0]);
}

/* Whether the right factor is an array that runs along the depth: then it is flipped where it is.
 */
static bool is_array_along(const PairLoop *p, const Product *product) {
    const Node *factor = product->term.right;
    const Array *array = factor->op == OP_ARRAY ? factor->u.array : NULL;
    const Root *root = array ? plan_root_of(p->lower->plan, factor) : NULL;
    return array && (array->type == SCALAR_F32 || array->type == SCALAR_F64) &&
           c_type_of(array->type) == product->right_panel->type &&
           array->axes[array->rank - 1] == product->depth && !(root && root->steps_of);
}

/* How far two columns of the array are apart. */
static Value *column_stride(PairLoop *p, const Array *array) {
    Value *stride = lower_length(p->lower, array, array->rank - 1);
    for (int i = array->rank - 2; array->axes[i] != p->loop->axis; --i)
        stride = value_binary(p->c, C_MUL, lower_length(p->lower, array, i), stride);
    return stride;
}

static void flip(PairLoop *p, LowerScope *scope, const Product *product, Value *columns,
                 Value *steps, Value *from, Value *from_row, Value *panel) {
    Compiler *c = p->c;
    Variable *right = product->right_panel;
    Value *start =
        pair_in_row(p, pair_from_first(p, panel, p->first), PAIR_DEPTH, pair_number(p, 0));
    Value *arguments[] = {columns,
                          steps,
                          from,
                          from_row,
                          value_address(c, right, start),
                          pair_number(p, pair_lanes(right->type))};
    const char *name = right->type == C_F64 ? "sy_flip_f64" : "sy_flip_f32";
    block_call(c, scope->block, value_call(c, C_VOID, name, 6, arguments));
}

static void flip_array(PairLoop *p, LowerScope *scope, const Product *product, Value *panel,
                       Value *panel_end, Value *from, Value *to) {
    const Array *array = product->term.right->u.array;
    LowerScope column = lower_scope(p->lower, scope, scope->block);
    column.axis = (Axis *)p->loop->axis;
    column.index = panel;
    LowerScope step = lower_scope(p->lower, &column, scope->block);
    step.axis = (Axis *)product->depth;
    step.index = from;
    Value *element = lower_element(p->lower, &step, array, NULL);
    flip(p, scope, product, pair_from_first(p, panel_end, panel), pair_from_first(p, to, from),
         value_address(p->c, element->variable, element->a), column_stride(p, array), panel);
}

/* A panel's columns are written one after the other, as they mostly lie in memory, and flipped. */
static void pack_panel(PairLoop *p, LowerScope *scope, const Product *product, Value *panel,
                       Value *panel_end, Value *from, Value *to) {
    Compiler *c = p->c;
    Variable *right = product->right_panel;
    Variable *part =
        pair_array(p, "%s_part", right->name, right->type, pair_lanes(right->type) * PAIR_DEPTH);
    block_declare(c, scope->block, part, NULL);
    Block hold = {0}, inside = {0};
    Statement *columns, *loop;
    LowerScope column = pair_scope_over(p, scope, &hold, p->loop->axis, panel, panel_end, &columns);
    LowerScope each = pair_scope_over(p, &column, &inside, product->depth, from, to, &loop);
    loop->for_kind = FOR_SIMD;
    Value *at = pair_in_row(p, pair_from_first(p, column.index, panel), PAIR_DEPTH,
                            pair_from_first(p, each.index, from));
    pair_store(p, &each, part, at, product->term.right);
    block_add(c, column.block, loop);
    block_add(c, scope->block, columns);
    flip(p, scope, product, pair_from_first(p, panel_end, panel), pair_from_first(p, to, from),
         value_variable(c, part), pair_number(p, PAIR_DEPTH), panel);
}

static void pack_right(PairLoop *p, LowerScope *scope, const Product *product, Value *from,
                       Value *to) {
    Compiler *c = p->c;
    const char *axis = p->loop->axis->name;
    Value *lanes = pair_number(p, pair_lanes(product->right_panel->type));
    Block hold = {0};
    Variable *first = variable_new(c, arena_format(c->arena, "%s_panel", axis), C_I64);
    Statement *panels = block_for(c, &hold, first, p->first, p->end, lanes);
    LowerScope inner = lower_scope(p->lower, scope, &panels->body);
    Value *panel = value_variable(c, first);
    Value *end = lower_call(p->lower, C_I64, "min", SCALAR_I64, 2,
                            (Value *[]){value_binary(c, C_ADD, panel, lanes), p->end});
    end = pair_variable(p, "%s_panel_end", axis, &panels->body, end);
    if (is_array_along(p, product))
        flip_array(p, &inner, product, panel, end, from, to);
    else
        pack_panel(p, &inner, product, panel, end, from, to);
    block_add(c, scope->block, panels);
}

void pair_declare_products(PairLoop *p, LowerScope *scope) {
    for (int i = 0; i < p->products.count; ++i) {
        Product *product = &p->products.items[i];
        const char *name = name_of_sum(p, product->reduction);
        CType type = c_type_of(product->reduction->type);
        bool fresh;
        Panel right = {PANEL_RIGHT, product->term.right, product->depth, NULL};
        product->right_panel =
            pair_panel(p, scope, &right, name, type, PAIR_DEPTH * PLAN_COLUMN_BLOCK, false, &fresh);
        Panel left = {PANEL_LEFT, product->term.left, product->depth, NULL};
        product->left_panel = pair_panel(p, scope, &left, name, type, p->rows->room * PAIR_DEPTH,
                                         !p->rows->grouped, &fresh);
        product->block = pair_array(p, "%s", name, type, p->rows_room * p->room);
        if (!fresh || !is_shallow(p, product)) continue;
        /* it is the same for all columns */
        pack_left(p, scope, product, pair_number(p, 0), depth_extent(p, product));
        if (p->rows->grouped)
            pair_clear(p, scope->block, product->left_panel, p->rows->count, PAIR_DEPTH);
    }
}

static void multiply_panels(PairLoop *p, LowerScope *scope, const Product *product, Value *from,
                            Value *to) {
    if (!is_shallow(p, product)) pack_left(p, scope, product, from, to);
    if (!p->rows->grouped) pack_right(p, scope, product, from, to);
    Value *adds = from->kind == VALUE_INTEGER ? value_named(p->c, C_INT, "false")
                                              : value_binary(p->c, C_GT, from, pair_number(p, 0));
    Factors factors = {product->left_panel, product->right_panel, PAIR_DEPTH, PAIR_DEPTH};
    pair_multiply(p, scope->block, product->term.kind, &factors,
                  pair_from_first(p, p->end, p->first), pair_from_first(p, to, from),
                  product->block, p->room, adds);
}

/* Of a group, before its blocks of rows. */
void pair_lay_out_right(PairLoop *p, LowerScope *scope, const Product *product) {
    pack_right(p, scope, product, pair_number(p, 0), depth_extent(p, product));
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
    Value *most =
        lower_call(p->lower, C_I64, "max", SCALAR_I64, 2, /* a sum of nothing too is set */
                   (Value *[]){extent, pair_number(p, 1)});
    Statement *blocks = block_for(c, &hold, first, zero, most, pair_number(p, PAIR_DEPTH));
    LowerScope inner = lower_scope(p->lower, scope, &blocks->body);
    Value *from = value_variable(c, first);
    Value *end =
        lower_call(p->lower, C_I64, "min", SCALAR_I64, 2,
                   (Value *[]){value_binary(c, C_ADD, from, pair_number(p, PAIR_DEPTH)), extent});
    end = pair_variable(p, "%s_end", axis, &blocks->body, end);
    multiply_panels(p, &inner, product, from, end);
    block_add(c, scope->block, blocks);
}

/* --- values by column and lane --- */

/* Whether the open tile of lanes has no column to spare in its last panel. */
bool pair_fills_panels(const LowerScope *tile, CType type) {
    const Value *count = tile->tile_count;
    return count->kind == VALUE_INTEGER && count->integer % pair_lanes(type) == 0;
}

void pair_add_if_there(PairLoop *p, LowerScope *scope, int accumulator, Value *row, Node *where,
                       Variable *panel, int64_t capacity, Value *step, Variable *sums,
                       Value *first) {
    Compiler *c = p->c;
    const Accumulator *a = &p->reduce.accumulators.items[accumulator];
    Value *lanes = pair_number(p, pair_lanes(panel->type));
    Block held = {0}, hold = {0};
    LowerScope each;
    Statement *choice = block_if(c, &held, lower_value(p->lower, scope, where));
    LowerScope within = lower_scope(p->lower, scope, &choice->body);
    within.guarded = true;
    Statement *loop = lower_lanes(p->lower, &within, lower_tile(scope)->tile, &hold, &each);
    Known factor = pair_place_of(p, a->kept, row);
    Value *target = value_element(c, sums, value_binary(c, C_ADD, first, each.lane));
    Value *place = pair_in_row(p, value_binary(c, C_DIV, each.lane, lanes), capacity, step);
    place =
        pair_in_row(p, place, pair_lanes(panel->type), value_binary(c, C_MOD, each.lane, lanes));
    Value *factors[3] = {value_element(c, a->kept, lower_place(p->lower, &each, &factor)),
                         value_element(c, panel, place), target};
    const char *fma = sums->type == C_F32 ? "SY_FMA_F32" : "SY_FMA_F64";
    block_assign(c, each.block, target, value_call(c, sums->type, fma, 3, factors));
    block_add(c, &choice->body, loop);
    block_add(c, scope->block, choice);
}

Value *pair_open_panels(PairLoop *p, LowerScope *scope, CType type, Block *hold, LowerScope *part) {
    Compiler *c = p->c;
    const LowerScope *tile = lower_tile(scope);
    int64_t width = pair_lanes(type);
    Variable *panel = variable_new(c, arena_format(c->arena, "%s_panel", tile->tile->name), C_I64);
    Statement *panels =
        block_for(c, hold, panel, pair_number(p, 0), tile->tile_count, pair_number(p, width));
    *part = lower_scope(p->lower, scope, &panels->body);
    Value *first = value_variable(c, panel);
    part->tile = tile->tile;
    part->tile_first = value_binary(c, C_ADD, tile->tile_first, first);
    part->tile_size = width;
    part->tile_count = pair_number(p, width);
    if (!pair_fills_panels(tile, type)) {
        Value *left = value_binary(c, C_SUB, tile->tile_count, first);
        Value *count =
            lower_call(p->lower, C_I64, "min", SCALAR_I64, 2, (Value *[]){part->tile_count, left});
        part->tile_count = pair_variable(p, "%s_lanes", tile->tile->name, part->block, count);
    }
    return first;
}

/* Panel by panel, so that what is written stays together. */
void pair_pack_columns(PairLoop *p, LowerScope *scope, const ColumnSum *sum) {
    const CType type = sum->panel->type;
    Block outer = {0}, hold = {0}, inside = {0};
    LowerScope part, each;
    Statement *columns, *lanes;
    Value *first = pair_open_panels(p, scope, type, &outer, &part);
    LowerScope column = pair_scope_over(p, &part, &hold, p->loop->axis, p->first, p->end, &columns);
    lanes = lower_lanes(p->lower, &column, part.tile, &inside, &each);
    Value *row =
        pair_in_row(p, pair_from_first(p, column.index, p->first), pair_lanes(type), each.lane);
    pair_store(p, &each, sum->panel, pair_in_row(p, first, PLAN_COLUMN_BLOCK, row), sum->right);
    block_add(p->c, column.block, lanes);
    block_add(p->c, part.block, columns);
    block_add(p->c, scope->block, outer.items[0]);
}
