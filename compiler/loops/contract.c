/* A product of matrices, by tiles.
 *
 * Takes a root with a contraction (plan/contract.c); writes three things: a loop that lays the
 * right factor out in panels of columns, once, in the workspace; a loop over blocks of the result,
 * each of which lays out its rows of the left factor, block of steps by block of steps, and lets
 * the runtime multiply panels (steelyard_tile.h); and, when a block's sums are complete, a loop
 * that makes of each sum the element that is stored. Blocks share nothing but what they read, so
 * threads take some each. What fills a panel's last row or column repeats the matrix's last one;
 * nobody reads its sums.
 *
 * Where the sum has a domain, panels have 0 outside of it. Before two panels meet, the one whose
 * numbers those zeros take out is looked at: are not all of them finite, the sums of this block of
 * steps are made element by element, without what is not there.
 *
 * Where there may be less to do than pays for panels, the loops that any sum gets stand beside. */
#include "loops/contract_loop.h"

enum {
    PARALLEL_PRODUCTS = 500000 /* fewer are done before another thread wakes */
};

/* --- a block of the result --- */

static Variable *local_array(const Product *p, const char *name, CType type, int64_t length) {
    Variable *variable = variable_new(p->c, name, type);
    variable->length = number(p, length);
    return variable;
}

static const char *name_for(const Product *p, const char *what) {
    return arena_format(p->c->arena, "%s_%s", p->root->array->name, what);
}

/* The open block's first panel of the right factor, from a step on. */
static Value *right_at(const Product *p, LowerScope *scope, Value *first) {
    const AxisSet *axes = p->of->right_panel->axes;
    Value *lanes = number(p, p->columns.panel);
    Value *panels = parts(p, p->columns.extent, p->columns.panel);
    Value *panel = value_binary(p->c, C_DIV, p->columns.first, lanes);
    panel = sum(p, product(p, batch_index(p, scope, axes), panels), panel);
    Value *start = product(p, sum(p, product(p, panel, p->depth), first), lanes);
    return value_address(p->c, p->right, start);
}

static Value *is_later(const Product *p, Value *first) {
    return value_binary(p->c, C_GT, first, number(p, 0));
}

static void multiply(const Product *p, LowerScope *scope, Variable *left, Variable *sums,
                     Value *first, Value *steps) {
    Compiler *c = p->c;
    Value *adds = p->in_blocks ? is_later(p, first) : value_named(c, C_INT, "false");
    Value *arguments[] = {p->rows.count,
                          p->columns.count,
                          steps,
                          value_variable(c, left),
                          value_named(c, C_INT, p->of->left_across ? "true" : "false"),
                          number(p, p->steps),
                          right_at(p, scope, first),
                          product(p, p->depth, number(p, p->columns.panel)),
                          adds,
                          value_variable(c, sums),
                          number(p, p->columns.most)};
    const char *name = p->type == C_F64       ? "sy_panels_f64"
                       : p->sum_type == C_F64 ? "sy_panels_f32_wide"
                                              : "sy_panels_f32";
    block_call(c, scope->block, value_call(c, C_VOID, name, 11, arguments));
}

/* Whether zeros of the one factor take out whatever they meet of the other one. */
static Value *zeros_count(const Product *p, LowerScope *scope, Variable *left, Value *first,
                          Value *steps) {
    Compiler *c = p->c;
    Value *finite = NULL;
    if (p->of->right_where) {
        Value *arguments[] = {p->rows.count, steps, value_variable(c, left),
                              value_named(c, C_INT, p->of->left_across ? "true" : "false"),
                              number(p, p->steps)};
        finite = lower_call(p->lower, C_INT, "panels_left_finite", p->of->left->type, 5, arguments);
    }
    if (p->of->left_where) {
        Value *arguments[] = {p->columns.count, steps, right_at(p, scope, first),
                              product(p, p->depth, number(p, p->columns.panel))};
        Value *right =
            lower_call(p->lower, C_INT, "panels_right_finite", p->of->right->type, 4, arguments);
        finite = finite ? value_binary(c, C_AND, finite, right) : right;
    }
    return finite;
}

/* The same sums, one element after the other, under the condition. */
static void add_where(const Product *p, LowerScope *scope, Variable *sums, Value *first,
                      Value *steps) {
    Compiler *c = p->c;
    Block outer = {0}, middle = {0}, inner = {0}, held = {0};
    Value *row, *lane, *step, *zero = value_float(c, p->type, 0);
    LowerScope *out = open_loop(p, scope, &outer, "row", p->rows.count, 1, FOR_PLAIN, &row);
    LowerScope *opened = with_axis(p, out, p->of->row, sum(p, p->rows.first, row));
    LowerScope *in = open_loop(p, opened, &middle, "lane", p->columns.count, 1, FOR_PLAIN, &lane);
    LowerScope *element = with_axis(p, in, p->of->column, sum(p, p->columns.first, lane));
    Variable *chain = variable_new(c, "chain", p->type);
    block_declare(c, element->block, chain, zero);
    LowerScope *each = open_loop(p, element, &inner, p->in_blocks ? "step" : p->of->depth->name,
                                 steps, 1, FOR_PLAIN, &step);
    LowerScope *both = with_axis(p, each, p->of->depth, sum(p, first, step));
    Value *where = lower_value(p->lower, both, node_where(p->of->reduction));
    Statement *choice = block_if(c, &held, where);
    LowerScope there = lower_scope(p->lower, both, &choice->body);
    Value *factors[] = {lower_value(p->lower, &there, p->of->left),
                        lower_value(p->lower, &there, p->of->right), value_variable(c, chain)};
    const char *fma = p->type == C_F32 ? "SY_FMA_F32" : "SY_FMA_F64";
    block_assign(c, there.block, factors[2], value_call(c, p->type, fma, 3, factors));
    block_add(c, both->block, choice);
    close_loop(p, element, &inner);
    Value *at = value_element(c, sums, sum(p, product(p, row, number(p, p->columns.most)), lane));
    Value *total = value_cast(c, p->sum_type, factors[2]);
    if (p->in_blocks)
        total = value_conditional(c, is_later(p, first), value_binary(c, C_ADD, at, total), total);
    block_assign(c, element->block, at, total);
    close_loop(p, opened, &middle);
    close_loop(p, scope, &outer);
}

static void multiply_steps(const Product *p, LowerScope *scope, Variable *sums, Value *first,
                           Value *steps) {
    int64_t length = p->rows.most * p->steps;
    Variable *left = local_array(p, name_for(p, "left"), p->type, length);
    block_declare(p->c, scope->block, left, NULL);
    contract_fill_left(p, scope, left, first, steps);
    if (!node_where(p->of->reduction)) {
        multiply(p, scope, left, sums, first, steps);
        return;
    }
    Block hold = {0};
    Statement *choice = block_if(p->c, &hold, zeros_count(p, scope, left, first, steps));
    LowerScope all = lower_scope(p->lower, scope, &choice->body);
    LowerScope some = lower_scope(p->lower, scope, &choice->otherwise);
    some.guarded = true;
    multiply(p, &all, left, sums, first, steps);
    add_where(p, &some, sums, first, steps);
    block_add(p->c, scope->block, choice);
}

static void all_steps(const Product *p, LowerScope *scope, Variable *sums) {
    if (!p->in_blocks) {
        multiply_steps(p, scope, sums, number(p, 0), p->depth);
        return;
    }
    Block hold = {0};
    const char *depth = p->of->depth->name;
    Value *first, *one[2] = {p->depth, number(p, 1)};
    Value *to = p->depth->kind == VALUE_INTEGER /* of none, the sum is 0 all the same */
                    ? p->depth
                    : lower_call(p->lower, C_I64, "max", SCALAR_I64, 2, one);
    LowerScope *body = open_loop(p, scope, &hold, arena_format(p->c->arena, "%s_first", depth), to,
                                 p->steps, FOR_PLAIN, &first);
    Value *count = smaller(p, number(p, p->steps), value_binary(p->c, C_SUB, p->depth, first));
    count = in_constant(p, body->block, depth, "count", count);
    multiply_steps(p, body, sums, first, count);
    close_loop(p, scope, &hold);
}

static void store_elements(const Product *p, LowerScope *scope, Variable *sums) {
    Compiler *c = p->c;
    Block outer = {0}, inner = {0};
    Value *row, *lane;
    LowerScope *out = open_loop(p, scope, &outer, "row", p->rows.count, 1, FOR_PLAIN, &row);
    LowerScope *opened = with_axis(p, out, p->of->row, sum(p, p->rows.first, row));
    LowerScope *in = open_loop(p, opened, &inner, "lane", p->columns.count, 1, FOR_SIMD, &lane);
    LowerScope *both = with_axis(p, in, p->of->column, sum(p, p->columns.first, lane));
    Value *at = sum(p, product(p, row, number(p, p->columns.most)), lane);
    lower_know(p->lower, both, p->of->reduction,
               value_cast(c, p->type, value_element(c, sums, at)));
    const Array *array = p->root->array;
    Value *value = lower_store_value(p->lower, both, array, p->root->value);
    block_assign(c, both->block, lower_element(p->lower, both, array, NULL), value);
    close_loop(p, opened, &inner);
    close_loop(p, scope, &outer);
}

static void open_side(const Product *p, LowerScope *scope, Side *side, Value *block) {
    const char *axis = side->axis->name;
    Value *first = product(p, block, number(p, side->most));
    side->first = in_constant(p, scope->block, axis, "first", first);
    if (first->kind == VALUE_INTEGER && side->extent->kind == VALUE_INTEGER) {
        side->count = side->extent;
        return;
    }
    Value *left = value_binary(p->c, C_SUB, side->extent, side->first);
    bool fits = is_multiple(side->extent, side->most);
    Value *count = fits ? number(p, side->most) : smaller(p, number(p, side->most), left);
    side->count = in_constant(p, scope->block, axis, "count", count);
}

/* All rows with the first columns, then with the next: these columns of the right factor stay in
 * some cache. */
static void make_blocks(Product *p, LowerScope *scope) {
    Compiler *c = p->c;
    Block hold = {0};
    Side *rows = &p->rows, *columns = &p->columns;
    rows->blocks = in_constant(p, scope->block, rows->axis->name, "blocks",
                               parts(p, rows->extent, rows->most));
    columns->blocks = in_constant(p, scope->block, columns->axis->name, "blocks",
                                  parts(p, columns->extent, columns->most));
    Value *each = product(p, rows->blocks, columns->blocks), *block;
    const AxisSet *axes = p->of->reduction->axes;
    LowerScope *body = open_loop(p, scope, &hold, "block", product(p, batch_count(p, axes), each),
                                 1, FOR_PARALLEL, &block);
    LowerScope *open = open_batch(p, body, axes, block, each);
    Value *column_block = value_binary(c, C_DIV, block, rows->blocks);
    if (p->root->array->rank > 2)
        column_block = value_binary(c, C_MOD, column_block, columns->blocks);
    open_side(p, open, rows, value_binary(c, C_MOD, block, rows->blocks));
    open_side(p, open, columns, column_block);
    Variable *sums = local_array(p, name_for(p, "sums"), p->sum_type, rows->most * columns->most);
    block_declare(c, open->block, sums, NULL);
    all_steps(p, open, sums);
    store_elements(p, open, sums);
    close_loop(p, scope, &hold);
}

/* --- the step --- */

static Side side_of(const Product *p, const Axis *axis, int64_t panel, int64_t most) {
    Side side = {.axis = axis, .panel = panel, .most = most};
    side.extent = lower_extent(p->lower, axis);
    if (side.extent->kind == VALUE_INTEGER && side.extent->integer < most) {
        int64_t panels = (side.extent->integer + panel - 1) / panel;
        side.most = (panels > 0 ? panels : 1) * panel;
    }
    return side;
}

/* How many products there are of each batch: one for each row, column and step. */
static Value *product_count(Lower *lower, const Contraction *of) {
    const Axis *axes[] = {of->row, of->column, of->depth};
    Value *count = NULL;
    for (int i = 0; i < 3; ++i) {
        Value *extent = value_cast(lower->c, C_F64, lower_extent(lower, axes[i]));
        count = count ? value_binary(lower->c, C_MUL, count, extent) : extent;
    }
    return count;
}

static void find_work(Product *p, LowerScope *scope) {
    Compiler *c = p->c;
    Value *work = product_count(p->lower, p->of);
    for (int i = 0; i < p->root->array->rank; ++i)
        if (is_batch(p, p->root->array->axes[i])) {
            Value *extent = lower_extent(p->lower, p->root->array->axes[i]);
            work = value_binary(c, C_MUL, work, value_cast(c, C_F64, extent));
        }
    Value *enough = value_binary(c, C_GT, work, value_float(c, C_F64, PARALLEL_PRODUCTS));
    if (enough->kind == VALUE_INTEGER) {
        p->never = enough->integer == 0;
        return;
    }
    Variable *variable = variable_new(c, "enough_work", C_BOOL);
    variable->is_const = true;
    block_declare(c, scope->block, variable, value_cast(c, C_BOOL, enough));
    p->enough = value_variable(c, variable);
}

static void make_product(Lower *lower, LowerScope *scope, Root *root) {
    const Contraction *of = root->contraction;
    Product p = {.lower = lower, .c = lower->c, .root = root, .of = of};
    p.type = c_type_of(of->reduction->type);
    int64_t size = p.type == C_F32 ? 4 : 8;
    p.rows = side_of(&p, of->row, PLAN_PANEL_ROWS, PLAN_CONTRACT_ROWS);
    p.columns = side_of(&p, of->column, contraction_lanes(of), PLAN_CONTRACT_BYTES / size);
    p.depth = lower_extent(lower, of->depth);
    p.steps = PLAN_COLUMN_BLOCK;
    if (p.depth->kind == VALUE_INTEGER && p.depth->integer < p.steps) p.steps = p.depth->integer;
    p.in_blocks = p.depth->kind != VALUE_INTEGER || p.depth->integer > p.steps;
    p.sum_type = p.in_blocks ? C_F64 : p.type;
    p.right = lower_panels(lower, root, name_for(&p, "right"));
    find_work(&p, scope);
    contract_lay_out_right(&p, scope);
    make_blocks(&p, scope);
}

static Value *compare(Lower *lower, COp op, const Axis *axis, int64_t bound) {
    Compiler *c = lower->c;
    return value_binary(c, op, lower_extent(lower, axis), value_integer(c, C_I64, bound));
}

/* A tile of the columns that is not full is what the other loops are slow at. */
static Value *enough_rows(Lower *lower, const Contraction *of) {
    Value *narrow = compare(lower, C_LT, of->column, PLAN_TILE);
    Value *some = compare(lower, C_GE, of->row, PLAN_LEAST_ROWS);
    Value *many = compare(lower, C_GE, of->row, PLAN_FEW_ROWS);
    if (narrow->kind == VALUE_INTEGER) return narrow->integer ? some : many;
    return value_binary(lower->c, C_OR, many, value_binary(lower->c, C_AND, some, narrow));
}

/* Whether panels are faster than the other loops. Sums along the memory of both factors run in
 * lanes there, and need nothing laid out: panels have to be used by many for that to pay. */
static Value *pays(Lower *lower, const Contraction *of) {
    Compiler *c = lower->c;
    Value *products =
        value_binary(c, C_GE, product_count(lower, of), value_float(c, C_F64, PLAN_CONTRACT_LEAST));
    Value *result = value_binary(c, C_AND, enough_rows(lower, of), products);
    if (!contraction_is_dots(of)) return result;
    Value *many = value_binary(c, C_AND, compare(lower, C_GE, of->row, PLAN_DOT_ROWS),
                               compare(lower, C_GE, of->column, PLAN_DOT_COLUMNS));
    many = value_binary(c, C_OR, compare(lower, C_LT, of->depth, PLAN_DOT_DEPTH), many);
    return value_binary(c, C_AND, result, many);
}

void lower_contraction(Lower *lower, LowerScope *scope, const Step *step) {
    const Contraction *of = step->root->contraction;
    if (!of->may_be_small) {
        make_product(lower, scope, step->root);
        return;
    }
    Compiler *c = lower->c;
    Block hold = {0};
    Variable *by_panels = variable_new(c, "by_panels", C_BOOL);
    by_panels->is_const = true;
    block_declare(c, scope->block, by_panels, value_cast(c, C_BOOL, pays(lower, of)));
    Statement *choice = block_if(c, &hold, value_variable(c, by_panels));
    LowerScope by_tiles = lower_scope(lower, scope, &choice->body);
    LowerScope otherwise = lower_scope(lower, scope, &choice->otherwise);
    by_tiles.guarded = otherwise.guarded = true;
    make_product(lower, &by_tiles, step->root);
    lower_steps(lower, &otherwise, &step->body);
    block_add(lower->c, scope->block, choice);
}
