/* A product of matrices, by tiles.
 *
 * Takes a root with a contraction (plan/contract.c); writes two loops. One lays the right factor
 * out in panels of columns, once, in the workspace. The other one goes over blocks of rows of the
 * result: it lays these rows of the left factor out, all steps or as many as fit, and goes over all
 * columns, a few at a time. The runtime multiplies panels (steelyard_tile.h), and each sum becomes
 * the element that is stored while it is in the nearest cache. Only where there are more steps than
 * fit are the sums of a block kept from one part of them to the next. Blocks share nothing but what
 * they read, so threads take some each. What fills a panel's last row or column repeats the
 * matrix's last one; nobody reads its sums. A left factor that one tile of columns meets is read
 * where it is, if it lies as panels may.
 *
 * Where the sum has a domain, panels have 0 outside of it. Before two panels meet, the one whose
 * numbers those zeros take out is looked at: are not all of them finite, the sums of this tile
 * are made element by element, without what is not there.
 *
 * Where there may be less to do than pays for panels, the loops that any sum gets stand beside. */
#include "loops/contract_loop.h"

typedef struct Open { /* part of the steps, and tile */
    Variable *left, *sums;
    Value *first, *steps; /* of the part */
    Value *finite;        /* all of the left factor's are; NULL: nobody asks */
    Value *at;            /* where in the sums the tile's begin */
} Open;

typedef struct Blocks {  /* of the result */
    Value *panels;       /* of rows */
    Value *columns;      /* blocks of columns, */
    Value *width;        /* and how many each has */
    Value *each, *count; /* panels times blocks of columns, of a matrix and of all */
    int64_t most;        /* panels of a block */
    bool fixed;          /* blocks begin at multiples of that */
    bool alone;          /* there is one matrix, and one block of columns */
} Blocks;

enum {
    PARALLEL_PRODUCTS = 500000 /* fewer are done before another thread wakes */
};

/* --- a tile of the result: the rows of the open block, a few columns --- */

static Variable *local_array(const Product *p, const char *name, CType type, int64_t length) {
    Variable *variable = variable_new(p->c, name, type);
    variable->length = number(p, length);
    return variable;
}

static const char *name_for(const Product *p, const char *what) {
    return arena_format(p->c->arena, "%s_%s", p->root->array->name, what);
}

/* The open tile's first panel of the right factor, from a step on. */
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

static Value *truth(const Product *p, bool is) {
    return value_named(p->c, C_INT, is ? "true" : "false");
}

static Value *how_left_lies(const Product *p) {
    const char *lies = p->in_place          ? "SY_BY_ROWS"
                       : p->of->left_across ? "SY_BY_STEPS"
                       : p->of->over        ? "SY_BY_ROWS"
                                            : "SY_BY_GROUPS";
    return value_named(p->c, C_INT, lies);
}

/* Steps of a panel, or rows of a step. */
static Value *left_capacity(const Product *p) {
    bool by_steps = p->of->left_across && !p->in_place;
    return number(p, by_steps ? p->rows.most : p->room);
}

static void multiply(const Product *p, LowerScope *scope, const Open *open) {
    Compiler *c = p->c;
    Value *arguments[] = {p->rows.count,
                          p->columns.count,
                          open->steps,
                          contract_left(p, scope, open->left),
                          how_left_lies(p),
                          left_capacity(p),
                          right_at(p, scope, open->first),
                          product(p, p->depth, number(p, p->columns.panel)),
                          p->in_parts ? is_later(p, open->first) : truth(p, false),
                          value_address(c, open->sums, open->at),
                          number(p, p->columns.most)};
    static const char *const names[] = {[TERM_PRODUCT] = "sy_panels",
                                        [TERM_SQUARE] = "sy_distances_square",
                                        [TERM_DIFFERENCE] = "sy_distances_absolute"};
    const char *type = p->type == C_F64 ? "f64" : p->sum_type == C_F64 ? "f32_wide" : "f32";
    const char *name = arena_format(c->arena, "%s_%s", names[p->of->kind], type);
    block_call(c, scope->block, value_call(c, C_VOID, name, 11, arguments));
}

/* Whether zeros of the right factor take out whatever they meet of the left one; NULL: there are
 * none. */
static Value *left_is_finite(const Product *p, const Open *open) {
    if (!p->of->right_where) return NULL;
    Value *arguments[] = {p->rows.count, open->steps, value_variable(p->c, open->left),
                          how_left_lies(p), left_capacity(p)};
    return lower_call(p->lower, C_INT, "panels_left_finite", p->of->left->type, 5, arguments);
}

static Value *right_is_finite(const Product *p, LowerScope *scope, const Open *open) {
    if (!p->of->left_where) return NULL;
    Value *arguments[] = {p->columns.count, open->steps, right_at(p, scope, open->first),
                          product(p, p->depth, number(p, p->columns.panel))};
    return lower_call(p->lower, C_INT, "panels_right_finite", p->of->right->type, 4, arguments);
}

typedef struct Elements { /* the loops over the rows and columns of a tile */
    Block outer, inner;
    LowerScope *outer_scope, *scope; /* in a row; at an element */
    Value *row, *lane;
} Elements;

static bool columns_are_last(const Product *p) {
    const Array *array = p->root->array;
    return array->axes[array->rank - 1] == p->columns.axis;
}

/* Inside goes what memory runs along: the columns, but those of windows, whose rows do. */
static void open_elements(const Product *p, LowerScope *scope, int64_t step, ForKind kind,
                          Elements *e) {
    const bool down = !columns_are_last(p);
    const Side *outer = down ? &p->columns : &p->rows, *inner = down ? &p->rows : &p->columns;
    Value **outer_index = down ? &e->lane : &e->row, **inner_index = down ? &e->row : &e->lane;
    LowerScope *out = open_loop(p, scope, &e->outer, down ? "lane" : "row", outer->count, 1,
                                FOR_PLAIN, outer_index);
    e->outer_scope = with_axis(p, out, outer->axis, sum(p, outer->first, *outer_index));
    LowerScope *in = open_loop(p, e->outer_scope, &e->inner, down ? "row" : "lane", inner->count,
                               step, kind, inner_index);
    e->scope = with_axis(p, in, inner->axis, sum(p, inner->first, *inner_index));
}

static void close_elements(const Product *p, LowerScope *scope, const Elements *e) {
    close_loop(p, e->outer_scope, &e->inner);
    close_loop(p, scope, &e->outer);
}

static Value *sum_at(const Product *p, const Open *open, const Elements *e) {
    Value *start = sum(p, open->at, product(p, e->row, number(p, p->columns.most)));
    return value_element(p->c, open->sums, sum(p, start, e->lane));
}

/* One chain of each element, from the step `first` on, under the condition. */
static void add_chain_where(const Product *p, LowerScope *scope, const Open *open, Value *first,
                            Value *steps) {
    Compiler *c = p->c;
    Block inner = {0}, held = {0};
    Elements e = {0};
    Value *step, *zero = value_float(c, p->type, 0);
    open_elements(p, scope, 1, FOR_PLAIN, &e);
    LowerScope *element = e.scope;
    Variable *chain = variable_new(c, "chain", p->type);
    block_declare(c, element->block, chain, zero);
    LowerScope *each = open_loop(p, element, &inner, p->in_chains ? "step" : p->of->depth->name,
                                 steps, 1, FOR_PLAIN, &step);
    LowerScope *both = contract_at(p, each, sum(p, first, step));
    Value *where = lower_value(p->lower, both, p->of->where);
    Statement *choice = block_if(c, &held, where);
    LowerScope there = lower_scope(p->lower, both, &choice->body);
    Value *factors[] = {lower_value(p->lower, &there, p->of->left),
                        lower_value(p->lower, &there, p->of->right), value_variable(c, chain)};
    const char *fma = p->type == C_F32 ? "SY_FMA_F32" : "SY_FMA_F64";
    block_assign(c, there.block, factors[2], value_call(c, p->type, fma, 3, factors));
    block_add(c, both->block, choice);
    close_loop(p, element, &inner);
    Value *at = sum_at(p, open, &e), *total = value_cast(c, p->sum_type, factors[2]);
    if (p->in_chains)
        total = value_conditional(c, is_later(p, first), value_binary(c, C_ADD, at, total), total);
    block_assign(c, element->block, at, total);
    close_elements(p, scope, &e);
}

static Value *at_least_one(const Product *p, Value *count) {
    if (count->kind == VALUE_INTEGER) return count->integer > 0 ? count : number(p, 1);
    return lower_call(p->lower, C_I64, "max", SCALAR_I64, 2, (Value *[]){count, number(p, 1)});
}

/* The steps of a chain of the open part, as the runtime has it. */
static Value *chain_steps(const Product *p, Block *block, Value *steps) {
    Value *many = value_binary(p->c, C_GT, steps, number(p, PLAN_CHAIN));
    if (many->kind == VALUE_INTEGER)
        return number(p, many->integer ? PLAN_CHAIN : PLAN_SHORT_CHAIN);
    Value *most = value_conditional(p->c, many, number(p, PLAN_CHAIN), number(p, PLAN_SHORT_CHAIN));
    return in_constant(p, block, p->of->depth->name, "chain", most);
}

/* The same sums, one element after the other, under the condition: the chains that the panels would
 * have made. */
static void add_where(const Product *p, LowerScope *scope, const Open *open) {
    if (!p->in_chains) {
        add_chain_where(p, scope, open, open->first, open->steps);
        return;
    }
    Block hold = {0};
    const char *depth = p->of->depth->name;
    Value *first, *most = chain_steps(p, scope->block, open->steps);
    LowerScope *body = open_loop(p, scope, &hold, "chain_first", at_least_one(p, open->steps), 1,
                                 FOR_PLAIN, &first);
    hold.items[0]->step = most;
    Value *count = smaller(p, most, value_binary(p->c, C_SUB, open->steps, first));
    count = in_constant(p, body->block, depth, "left", count);
    Value *start = in_constant(p, body->block, depth, "start", sum(p, open->first, first));
    add_chain_where(p, body, open, start, count);
    close_loop(p, scope, &hold);
}

static void add_products(const Product *p, LowerScope *scope, const Open *open) {
    if (!p->of->where) {
        multiply(p, scope, open);
        return;
    }
    Block hold = {0};
    Value *finite = right_is_finite(p, scope, open);
    if (open->finite)
        finite = finite ? value_binary(p->c, C_AND, open->finite, finite) : open->finite;
    Statement *choice = block_if(p->c, &hold, finite);
    LowerScope all = lower_scope(p->lower, scope, &choice->body);
    LowerScope some = lower_scope(p->lower, scope, &choice->otherwise);
    some.guarded = true;
    multiply(p, &all, open);
    add_where(p, &some, open);
    block_add(p->c, scope->block, choice);
}

static void store_elements(const Product *p, LowerScope *scope, const Open *open) {
    Elements e = {0};
    open_elements(p, scope, 1, FOR_SIMD, &e);
    lower_know(p->lower, e.scope, p->of->reduction, value_cast(p->c, p->type, sum_at(p, open, &e)));
    const Array *array = p->root->array;
    Value *value = lower_store_value(p->lower, e.scope, array, p->root->value);
    block_assign(p->c, e.scope->block, lower_element(p->lower, e.scope, array, NULL), value);
    close_elements(p, scope, &e);
}

/* Asks for the memory of the open tile: each of its rows is somewhere else, and would have to be
 * waited for. */
static void fetch_elements(const Product *p, LowerScope *scope) {
    if (!columns_are_last(p) || is_one_tile(&p->columns)) return;
    Elements e = {0};
    open_elements(p, scope, p->columns.panel, FOR_PLAIN, &e);
    Value *element = lower_element(p->lower, e.scope, p->root->array, NULL);
    Value *address = value_address(p->c, element->variable, element->a);
    block_call(p->c, e.scope->block, value_call(p->c, C_VOID, "SY_FETCH_TO", 1, &address));
    close_elements(p, scope, &e);
}

/* Under `last`, or without it where that is NULL. */
static LowerScope *open_last(const Product *p, LowerScope *scope, Block *hold, Value *last) {
    if (!last) return scope;
    LowerScope *inner = ARENA_NEW(p->c->arena, LowerScope);
    *inner = lower_scope(p->lower, scope, &block_if(p->c, hold, last)->body);
    inner->guarded = true;
    return inner;
}

static void make_tile(const Product *p, LowerScope *scope, const Open *open, Value *last) {
    Block before = {0}, after = {0};
    LowerScope *inner = open_last(p, scope, &before, last);
    fetch_elements(p, inner);
    if (inner != scope && inner->block->count > 0) close_loop(p, scope, &before);
    add_products(p, scope, open);
    inner = open_last(p, scope, &after, last);
    store_elements(p, inner, open);
    if (inner != scope) close_loop(p, scope, &after);
}

/* --- a block of the result --- */

/* The most columns of a block whose sums are kept. */
static int64_t block_columns(const Product *p) {
    return p->columns.most * (PLAN_CONTRACT_BYTES / PLAN_CONTRACT_COLUMNS);
}

/* Where the open tile's sums stand. Those of a block are kept from one part of the steps to the
 * next; is there but one part, a tile takes the place of the one before. */
static Value *place_of_tile(const Product *p, LowerScope *scope, Value *first) {
    Value *zero = number(p, 0);
    if (!p->in_parts) return zero;
    Value *offset = value_binary(p->c, C_SUB, p->columns.first, first);
    if (p->is_deep) offset = value_conditional(p->c, p->is_deep, offset, zero);
    Value *place = product(p, offset, number(p, p->rows.most));
    return in_constant(p, scope->block, p->of->column->name, "place", place);
}

static void make_tiles(Product *p, LowerScope *scope, Open *open, Value *last) {
    Side *side = &p->columns;
    const Side all = *side;
    const bool one = is_one_tile(side);
    Block hold = {0};
    LowerScope *body = scope;
    if (one) {
        side->first = number(p, 0);
        side->count = side->extent;
    } else {
        const char *axis = side->axis->name;
        Value *end = sum(p, all.first, all.count);
        body = open_range(p, scope, &hold, arena_format(p->c->arena, "%s_tile", axis), all.first,
                          end, side->most, FOR_PLAIN, &side->first);
        Value *left = value_binary(p->c, C_SUB, end, side->first);
        bool fits = is_multiple(side->extent, side->most);
        side->count = fits ? number(p, side->most) : smaller(p, number(p, side->most), left);
        side->count = in_constant(p, body->block, axis, "lanes", side->count);
    }
    open->at = place_of_tile(p, body, all.first);
    make_tile(p, body, open, last);
    if (!one) close_loop(p, scope, &hold);
    *side = all;
}

/* The open rows of the left factor, then all columns of the block. */
static void multiply_part(Product *p, LowerScope *scope, Open *open, Value *last) {
    open->left = local_array(p, name_for(p, "left"), p->type, p->rows.most * p->room);
    block_declare(p->c, scope->block, open->left, NULL);
    contract_fill_left(p, scope, open->left, open->first, open->steps);
    open->finite = left_is_finite(p, open);
    if (open->finite) {
        Variable *finite = variable_new(p->c, name_for(p, "left_finite"), C_BOOL);
        finite->is_const = true;
        block_declare(p->c, scope->block, finite, value_cast(p->c, C_BOOL, open->finite));
        open->finite = value_variable(p->c, finite);
    }
    make_tiles(p, scope, open, last);
}

static void make_block(Product *p, LowerScope *scope) {
    int64_t tiles = 1;
    if (p->in_parts) {
        const Value *extent = p->columns.extent;
        int64_t most = block_columns(p);
        if (extent->kind == VALUE_INTEGER && extent->integer < most) most = extent->integer;
        tiles = (most + p->columns.most - 1) / p->columns.most;
    }
    Open open = {.first = number(p, 0), .steps = p->depth};
    open.sums =
        local_array(p, name_for(p, "sums"), p->sum_type, tiles * p->rows.most * p->columns.most);
    block_declare(p->c, scope->block, open.sums, NULL);
    if (!p->in_parts) {
        multiply_part(p, scope, &open, NULL);
        return;
    }
    Block hold = {0};
    const char *depth = p->of->depth->name;
    LowerScope *body = open_loop(p, scope, &hold, arena_format(p->c->arena, "%s_first", depth),
                                 at_least_one(p, p->depth), p->steps, FOR_PLAIN, &open.first);
    Value *left = value_binary(p->c, C_SUB, p->depth, open.first);
    open.steps = in_constant(p, body->block, depth, "count", smaller(p, number(p, p->steps), left));
    Value *last = value_binary(p->c, C_LE, left, number(p, p->steps));
    multiply_part(p, body, &open, last);
    close_loop(p, scope, &hold);
}

/* --- which blocks there are --- */

/* Columns go all in one block where their sums need not be kept, and there are rows enough for
 * threads to share; else in blocks that are as wide as each other. */
static void find_column_blocks(Product *p, LowerScope *scope, Blocks *blocks) {
    Compiler *c = p->c;
    const Side *side = &p->columns;
    const char *axis = side->axis->name;
    Value *one = number(p, 1), *width = number(p, side->most);
    int64_t most = block_columns(p) / side->most;
    Value *tiles = at_least_one(p, parts(p, side->extent, side->most));
    tiles = in_constant(p, scope->block, axis, "tiles", tiles);
    blocks->columns = one;
    blocks->width = side->extent;
    if (tiles->kind == VALUE_INTEGER && tiles->integer <= most) return;
    Value *few = value_binary(c, C_LT, p->rows.extent, number(p, PLAN_CONTRACT_MANY_ROWS));
    Value *narrow = p->in_parts && !p->is_deep ? number(p, 1)
                    : p->is_deep               ? value_binary(c, C_OR, p->is_deep, few)
                                               : few;
    if (narrow->kind == VALUE_INTEGER && narrow->integer == 0) return;
    Value *count = parts(p, tiles, most);
    if (narrow->kind != VALUE_INTEGER) count = value_conditional(c, narrow, count, one);
    count = in_constant(p, scope->block, axis, "parts", count);
    Value *each = sum(p, tiles, value_binary(c, C_SUB, count, one));
    each = product(p, value_binary(c, C_DIV, each, count), width);
    blocks->width = in_constant(p, scope->block, axis, "width", each);
    Value *whole = sum(p, side->extent, value_binary(c, C_SUB, blocks->width, one));
    blocks->columns =
        in_constant(p, scope->block, axis, "blocks", value_binary(c, C_DIV, whole, blocks->width));
}

/* Threads share panels of rows, one by one, and a block is what is left of their share, of a matrix
 * and of the most that a block has. But where a block is looked at before it is multiplied, where
 * it begins may not depend on the threads: they share whole blocks. */
static void find_blocks(Product *p, LowerScope *scope, Blocks *blocks) {
    const Side *rows = &p->rows;
    blocks->most = rows->most / rows->panel;
    blocks->fixed = p->of->where != NULL;
    Value *panels = parts(p, rows->extent, rows->panel);
    if (blocks->fixed)
        panels = product(p, parts(p, rows->extent, rows->most), number(p, blocks->most));
    blocks->panels = in_constant(p, scope->block, rows->axis->name, "panels", panels);
    find_column_blocks(p, scope, blocks);
    blocks->each = product(p, blocks->panels, blocks->columns);
    Value *batches = batch_count(p, p->of->reduction->axes);
    blocks->count = product(p, batches, blocks->each);
    blocks->alone = is_one(batches) && is_one(blocks->columns);
}

/* Opens the loop over blocks: all rows with the first columns, then with the next. */
static LowerScope *open_blocks(Product *p, LowerScope *scope, Block *hold, const Blocks *blocks,
                               Value **panel, Value **end) {
    Compiler *c = p->c;
    LowerScope *body =
        open_loop(p, scope, hold, "panel", blocks->count, blocks->most, FOR_PARALLEL, panel);
    Statement *loop = hold->items[hold->count - 1];
    loop->share = number(p, blocks->fixed ? blocks->most : 1);
    *end = blocks->count;
    if (blocks->fixed) return body;
    if (!blocks->alone) {
        Value *within = value_binary(c, C_MOD, *panel, blocks->panels);
        Value *left = value_binary(c, C_SUB, blocks->panels, within);
        loop->step = smaller(p, number(p, blocks->most), left);
    }
    if (loop->for_kind == FOR_PARALLEL) {
        loop->share_to = variable_new(c, "share_to", C_I64);
        *end = value_variable(c, loop->share_to);
    }
    return body;
}

static void open_rows(Product *p, LowerScope *scope, const Blocks *blocks, Value *panel,
                      Value *end) {
    Compiler *c = p->c;
    Side *rows = &p->rows;
    Value *size = number(p, rows->panel), *most = number(p, rows->most);
    Value *within = blocks->alone ? panel : value_binary(c, C_MOD, panel, blocks->panels);
    rows->first = in_constant(p, scope->block, rows->axis->name, "first", product(p, within, size));
    Value *count = most;
    if (!blocks->fixed) {
        Value *left = value_binary(c, C_SUB, end, panel);
        count = product(p, smaller(p, number(p, blocks->most), left), size);
    }
    count = smaller(p, count, value_binary(c, C_SUB, rows->extent, rows->first));
    rows->count = in_constant(p, scope->block, rows->axis->name, "count", count);
}

static void open_columns(Product *p, LowerScope *scope, const Blocks *blocks, Value *panel) {
    Compiler *c = p->c;
    Side *columns = &p->columns;
    columns->first = number(p, 0);
    columns->count = columns->extent;
    if (is_one(blocks->columns)) return;
    Value *block = value_binary(c, C_DIV, panel, blocks->panels);
    if (p->root->array->rank > 2) block = value_binary(c, C_MOD, block, blocks->columns);
    const char *axis = columns->axis->name;
    columns->first = in_constant(p, scope->block, axis, "first", product(p, block, blocks->width));
    Value *left = value_binary(c, C_SUB, columns->extent, columns->first);
    columns->count = in_constant(p, scope->block, axis, "count", smaller(p, blocks->width, left));
}

static void make_blocks(Product *p, LowerScope *scope) {
    Block hold = {0};
    Blocks blocks = {0};
    Value *panel, *end;
    find_blocks(p, scope, &blocks);
    LowerScope *body = open_blocks(p, scope, &hold, &blocks, &panel, &end);
    LowerScope *open = open_batch(p, body, p->of->reduction->axes, panel, blocks.each);
    open_rows(p, open, &blocks, panel, end);
    open_columns(p, open, &blocks, panel);
    make_block(p, open);
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

static void find_work(Product *p, LowerScope *scope) {
    Compiler *c = p->c;
    Value *work = contract_products(p->lower, p->of);
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

/* Panels of the left factor: as many steps as there are, or as fit. Rows that lie whole have room
 * for a vector that begins with their last step; and are not as long as would make them share a few
 * places of the nearest cache. */
static void find_steps(Product *p, LowerScope *scope, int64_t size) {
    p->depth = in_constant(p, scope->block, p->of->depth->name, "extent",
                           lower_extent(p->lower, p->of->depth));
    bool fixed = p->depth->kind == VALUE_INTEGER;
    p->steps = PLAN_CONTRACT_STEPS / size;
    if (fixed && p->depth->integer < p->steps) p->steps = p->depth->integer;
    p->room = (p->steps + PLAN_PANEL_GROUP - 1) / PLAN_PANEL_GROUP * PLAN_PANEL_GROUP;
    if (p->of->over && !p->of->left_across) p->room += PLAN_PANEL_GROUP;
    p->in_parts = !fixed || p->depth->integer > p->steps;
    p->in_chains = !fixed || p->depth->integer > PLAN_SHORT_CHAIN;
    if (!fixed) p->is_deep = value_binary(p->c, C_GT, p->depth, number(p, p->steps));
    /* the sum of two numbers of f32, rounded to f64 and then to f32, is their sum in f32 */
    bool pair = fixed && p->depth->integer <= 2 * PLAN_SHORT_CHAIN;
    p->sum_type = p->in_chains && !pair ? C_F64 : p->type;
}

static void make_product(Lower *lower, LowerScope *scope, Root *root) {
    const Contraction *of = root->contraction;
    Product p = {.lower = lower, .c = lower->c, .root = root, .of = of};
    p.type = c_type_of(of->reduction->type);
    int64_t size = p.type == C_F32 ? 4 : 8;
    p.rows = side_of(&p, of->row, PLAN_PANEL_ROWS, PLAN_CONTRACT_ROWS);
    p.columns = side_of(&p, of->column, contraction_lanes(of), PLAN_CONTRACT_COLUMNS / size);
    find_steps(&p, scope, size);
    p.in_place = contract_in_place(&p);
    if (p.in_place) {
        p.rows = side_of(&p, of->row, PLAN_PANEL_ROWS, PLAN_TILE_ROWS);
        p.room = p.depth->integer;
    }
    p.right = lower_panels(lower, root, name_for(&p, "right"));
    find_work(&p, scope);
    contract_lay_out_right(&p, scope);
    make_blocks(&p, scope);
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
    block_declare(c, scope->block, by_panels,
                  value_cast(c, C_BOOL, contract_pays(lower, step->root)));
    Statement *choice = block_if(c, &hold, value_variable(c, by_panels));
    LowerScope by_tiles = lower_scope(lower, scope, &choice->body);
    LowerScope otherwise = lower_scope(lower, scope, &choice->otherwise);
    by_tiles.guarded = otherwise.guarded = true;
    make_product(lower, &by_tiles, step->root);
    lower_steps(lower, &otherwise, &step->body);
    block_add(lower->c, scope->block, choice);
}
