/* The factors of a product of matrices, in panels. In: a product that is being written, and, of the
 * left factor, the open block of rows and steps; out: the loops that fill its panels
 * (steelyard_tile.h says how these lie), whichever way the factor's memory runs. */
#include "loops/contract_loop.h"

enum {
    GROUP = 4 /* panels of the right factor that are filled at once */
};

/* first + offset, but not beyond the last. */
static Value *clamped(const Product *p, const Side *side, Value *first, Value *offset,
                      bool clamps) {
    Value *index = sum(p, first, offset);
    Value *last = value_binary(p->c, C_SUB, side->extent, number(p, 1));
    return clamps ? smaller(p, index, last) : index;
}

/* The factor is read whether it counts or not, where it may be: then vectors can read it. */
static Value *in_panel(const Product *p, LowerScope *scope, Node *factor, Node *where) {
    if (where && plan_can_fail(p->lower->plan, factor))
        return lower_value(p->lower, scope,
                           factor == p->of->left ? p->of->left_panel : p->of->right_panel);
    Value *value = lower_value(p->lower, scope, factor);
    if (!where) return value;
    Variable *variable = variable_new(p->c, "factor", p->type);
    variable->is_const = true;
    block_declare(p->c, scope->block, variable, value);
    return value_conditional(p->c, lower_value(p->lower, scope, where),
                             value_variable(p->c, variable), value_float(p->c, p->type, 0));
}

/* A loop over the steps of a run, all of which a panel of the right factor has. */
static LowerScope *open_steps(const Product *p, LowerScope *scope, Block *hold, const Run *run,
                              ForKind kind, Value **step) {
    return open_loop(p, scope, hold, p->of->over ? "step" : p->of->depth->name, run->count, 1, kind,
                     step);
}

/* --- the right factor --- */

static void fill_right(const Product *p, LowerScope *scope, Value *panel, Value *first,
                       bool clamps) {
    const Contraction *of = p->of;
    Value *lanes = number(p, p->columns.panel), *lane, *step;
    Block runs = {0}, outer = {0}, inner = {0};
    LowerScope *out, *opened, *in, *both;
    Run run;
    LowerScope *body = contract_open_run(p, scope, &runs, number(p, 0), p->depth, &run);
    if (of->right_along) {
        out = open_loop(p, body, &outer, "lane", lanes, 1, FOR_PLAIN, &lane);
        opened = with_axis(p, out, of->column, clamped(p, &p->columns, first, lane, clamps));
        in = open_steps(p, opened, &inner, &run, FOR_SIMD, &step);
        both = contract_at_step(p, in, &run, step);
    } else {
        out = open_steps(p, body, &outer, &run, FOR_PLAIN, &step);
        opened = contract_at_step(p, out, &run, step);
        in = open_loop(p, opened, &inner, "lane", lanes, 1, FOR_SIMD, &lane);
        both = with_axis(p, in, of->column, clamped(p, &p->columns, first, lane, clamps));
    }
    Value *value = in_panel(p, both, of->right, of->right_where);
    Value *at = sum(p, product(p, panel, p->depth), sum(p, run.at, step));
    at = sum(p, product(p, at, lanes), lane);
    block_assign(p->c, both->block, value_element(p->c, p->right, at), value);
    close_loop(p, opened, &inner);
    close_loop(p, body, &outer);
    contract_close_run(p, scope, &runs);
}

/* The panel, where all of its columns are there, and else with the last one repeated. */
static void fill_panel(const Product *p, LowerScope *scope, Value *panel, Value *first) {
    const Side *side = &p->columns;
    Block held = {0};
    bool fits = is_multiple(side->extent, side->panel);
    bool one = side->extent->kind == VALUE_INTEGER && side->extent->integer < side->panel;
    if (fits || one) {
        fill_right(p, scope, panel, first, !fits);
        return;
    }
    Value *left = value_binary(p->c, C_SUB, side->extent, first);
    Value *whole = value_binary(p->c, C_GE, left, number(p, side->panel));
    Statement *choice = block_if(p->c, &held, whole);
    LowerScope all = lower_scope(p->lower, scope, &choice->body);
    fill_right(p, &all, panel, first, false);
    LowerScope some = lower_scope(p->lower, scope, &choice->otherwise);
    fill_right(p, &some, panel, first, true);
    block_add(p->c, scope->block, choice);
}

/* Several panels at once, step by step, so that memory is read by more than a line at a time. */
static void fill_whole_group(const Product *p, LowerScope *scope, Value *panel, Value *first) {
    const Contraction *of = p->of;
    Value *lanes = number(p, p->columns.panel), *step, *part, *lane;
    Block runs = {0}, outer = {0}, middle = {0}, inner = {0};
    Run run;
    LowerScope *body = contract_open_run(p, scope, &runs, number(p, 0), p->depth, &run);
    LowerScope *out = open_steps(p, body, &outer, &run, FOR_PLAIN, &step);
    LowerScope *opened = contract_at_step(p, out, &run, step);
    LowerScope *parts =
        open_loop(p, opened, &middle, "part", number(p, GROUP), 1, FOR_PLAIN, &part);
    LowerScope *in = open_loop(p, parts, &inner, "lane", lanes, 1, FOR_SIMD, &lane);
    Value *column = sum(p, sum(p, first, product(p, part, lanes)), lane);
    LowerScope *both = with_axis(p, in, of->column, column);
    Value *value = in_panel(p, both, of->right, of->right_where);
    Value *row = sum(p, product(p, sum(p, panel, part), p->depth), sum(p, run.at, step));
    Value *at = sum(p, product(p, row, lanes), lane);
    block_assign(p->c, both->block, value_element(p->c, p->right, at), value);
    close_loop(p, parts, &inner);
    close_loop(p, opened, &middle);
    close_loop(p, body, &outer);
    contract_close_run(p, scope, &runs);
}

static void fill_group(const Product *p, LowerScope *scope, Value *panel, Value *first) {
    const Side *side = &p->columns;
    int64_t width = GROUP * side->panel;
    if (is_multiple(side->extent, width)) {
        fill_whole_group(p, scope, panel, first);
        return;
    }
    Block held = {0}, hold = {0};
    Value *left = value_binary(p->c, C_SUB, side->extent, first), *part;
    Statement *choice = block_if(p->c, &held, value_binary(p->c, C_GE, left, number(p, width)));
    LowerScope all = lower_scope(p->lower, scope, &choice->body);
    fill_whole_group(p, &all, panel, first);
    LowerScope some = lower_scope(p->lower, scope, &choice->otherwise);
    LowerScope *one =
        open_loop(p, &some, &hold, "part", parts(p, left, side->panel), 1, FOR_PLAIN, &part);
    Value *start = sum(p, first, product(p, part, number(p, side->panel)));
    start = in_constant(p, one->block, side->axis->name, "start", start);
    fill_panel(p, one, sum(p, panel, part), start);
    close_loop(p, &some, &hold);
    block_add(p->c, scope->block, choice);
}

/* Panels are counted through the batches, `panels` each; groups of them too. */
void contract_lay_out_right(const Product *p, LowerScope *scope) {
    Block hold = {0};
    const Side *side = &p->columns;
    const AxisSet *axes = p->of->right_panel->axes;
    Value *panels = in_constant(p, scope->block, side->axis->name, "panels",
                                parts(p, side->extent, side->panel));
    bool few = panels->kind == VALUE_INTEGER && panels->integer < GROUP;
    int64_t size = p->of->right_along || few ? 1 : GROUP;
    Value *groups = size == 1 ? panels
                              : in_constant(p, scope->block, side->axis->name, "groups",
                                            parts(p, panels, size));
    Value *count = product(p, batch_count(p, axes), groups), *group = number(p, 0);
    LowerScope *body = scope;
    if (!is_one(count))
        body = open_loop(p, scope, &hold, size == 1 ? "panel" : "group", count, 1, FOR_PARALLEL,
                         &group);
    LowerScope *open = open_batch(p, body, axes, group, groups);
    bool batched = open != body;
    Value *within = batched ? value_binary(p->c, C_MOD, group, groups) : group;
    Value *first = in_constant(p, open->block, side->axis->name, "first",
                               product(p, within, number(p, size * side->panel)));
    if (size == 1) {
        fill_panel(p, open, group, first);
    } else {
        Value *panel = product(p, within, number(p, size));
        if (batched)
            panel = sum(p, product(p, value_binary(p->c, C_DIV, group, groups), panels), panel);
        panel = in_constant(p, open->block, side->axis->name, "panel", panel);
        fill_group(p, open, panel, first);
    }
    if (!is_one(count)) close_loop(p, scope, &hold);
}

/* --- the left factor, where it is --- */

static const Node *array_of_left(const Product *p) {
    const Node *left = p->of->left;
    const Root *root = plan_root_of(p->lower->plan, left);
    return root ? plan_root_read(p->lower->plan, (Root *)root) : left;
}

/* One tile of columns meets each element once, so that it need not be laid out where it is a number
 * of memory, with the steps of a row side by side, and rows behind each other. The right factor
 * stays in the nearest cache meanwhile: there are few steps. */
bool contract_in_place(const Product *p) {
    const Contraction *of = p->of;
    const Node *left = array_of_left(p);
    int64_t size = p->type == C_F32 ? 4 : 8;
    if (!is_one_tile(&p->columns) || p->depth->kind != VALUE_INTEGER ||
        p->depth->integer * size > PLAN_IN_PLACE || of->where || left->op != OP_ARRAY)
        return false;
    const Array *array = left->u.array;
    const Root *root = table_get(&p->lower->plan->arrays, array);
    return (!root || (!root->record && !root->steps_of)) && c_type_of(array->type) == p->type &&
           array->rank >= 2 && array->axes[array->rank - 1] == of->depth &&
           array->axes[array->rank - 2] == of->row;
}

/* Whether a row is missing in the open rows' last panel, so that its place has to be filled; NULL:
 * never. */
static Value *is_cut_off(const Product *p) {
    if (is_multiple(p->rows.extent, p->rows.panel)) return NULL;
    Value *rest = value_binary(p->c, C_MOD, p->rows.count, number(p, p->rows.panel));
    return value_binary(p->c, C_NE, rest, number(p, 0));
}

Value *contract_left(const Product *p, LowerScope *scope, Variable *left) {
    Value *laid = value_variable(p->c, left), *cut = p->in_place ? is_cut_off(p) : NULL;
    if (!p->in_place) return laid;
    LowerScope *row = with_axis(p, scope, p->of->row, p->rows.first);
    LowerScope *both = with_axis(p, row, p->of->depth, number(p, 0));
    const Value *first = lower_element(p->lower, both, array_of_left(p)->u.array, NULL);
    Value *there = value_address(p->c, first->variable, first->a);
    return cut ? value_conditional(p->c, cut, laid, there) : there;
}

static void fill_rows(const Product *p, LowerScope *scope, Variable *left) {
    Block held = {0}, outer = {0}, inner = {0};
    Value *cut = is_cut_off(p), *row, *step;
    if (!cut) return;
    LowerScope some = lower_scope(p->lower, scope, &block_if(p->c, &held, cut)->body);
    Value *rows = product(p, parts(p, p->rows.count, p->rows.panel), number(p, p->rows.panel));
    rows = in_constant(p, some.block, p->of->row->name, "padded", rows);
    LowerScope *out = open_loop(p, &some, &outer, "row", rows, 1, FOR_PLAIN, &row);
    LowerScope *opened =
        with_axis(p, out, p->of->row, clamped(p, &p->rows, p->rows.first, row, true));
    LowerScope *in = open_loop(p, opened, &inner, p->of->depth->name, p->depth, 1, FOR_SIMD, &step);
    LowerScope *both = with_axis(p, in, p->of->depth, step);
    Value *at = sum(p, product(p, row, p->depth), step);
    Value *value = in_panel(p, both, p->of->left, NULL);
    block_assign(p->c, both->block, value_element(p->c, left, at), value);
    close_loop(p, opened, &inner);
    close_loop(p, &some, &outer);
    close_loop(p, scope, &held);
}

/* --- the left factor, laid out --- */

/* A loop over the steps of a run of those that are laid out now. */
static LowerScope *open_part(const Product *p, LowerScope *scope, Block *hold, const Run *run,
                             ForKind kind, Value **step) {
    return open_loop(p, scope, hold, p->in_parts || p->of->over ? "step" : p->of->depth->name,
                     run->count, 1, kind, step);
}

/* Where only so many of a vector's lanes count: the others are 0. NULL: all do. */
static LowerScope *open_counted(const Product *p, LowerScope *scope, Value *lane, Value *count,
                                Block *hold, Statement **choice) {
    if (!count) return scope;
    *choice = block_if(p->c, hold, value_binary(p->c, C_LT, lane, count));
    LowerScope *there = ARENA_NEW(p->c->arena, LowerScope);
    *there = lower_scope(p->lower, scope, &(*choice)->body);
    there->guarded = true;
    return there;
}

static void close_counted(const Product *p, LowerScope *scope, Statement *choice, Value *element) {
    if (!choice) return;
    block_assign(p->c, &choice->otherwise, element, value_float(p->c, p->type, 0));
    block_add(p->c, scope->block, choice);
}

/* Of a sum over several axes, rows lie whole: the ends of runs fall anywhere in them. The last
 * vector of a run has 0 where the next run begins, which is filled later, or in the room behind. */
static void fill_left_by_rows(const Product *p, LowerScope *scope, Variable *left, Value *first,
                              Value *steps) {
    const Contraction *of = p->of;
    Block runs = {0}, outer = {0}, middle = {0}, inner = {0}, held = {0};
    Run run;
    Value *row, *part, *lane, *panel = number(p, p->rows.panel);
    Value *rows = product(p, parts(p, p->rows.count, p->rows.panel), panel);
    rows = in_constant(p, scope->block, of->row->name, "padded", rows);
    LowerScope *body = contract_open_run(p, scope, &runs, first, steps, &run);
    LowerScope *out = open_loop(p, body, &outer, "row", rows, 1, FOR_PLAIN, &row);
    bool clamps = !is_multiple(p->rows.extent, p->rows.panel);
    LowerScope *opened =
        with_axis(p, out, of->row, clamped(p, &p->rows, p->rows.first, row, clamps));
    LowerScope *each =
        open_loop(p, opened, &middle, "part", run.count, PLAN_PANEL_GROUP, FOR_PLAIN, &part);
    LowerScope *in =
        open_loop(p, each, &inner, "lane", number(p, PLAN_PANEL_GROUP), 1, FOR_SIMD, &lane);
    Value *step = sum(p, part, lane);
    Value *at = sum(p, product(p, row, number(p, p->room)), sum(p, run.at, step));
    Statement *choice = NULL;
    LowerScope *there = open_counted(p, in, step, run.count, &held, &choice);
    LowerScope *both = contract_at_step(p, there, &run, step);
    Value *value = in_panel(p, both, of->left, of->left_where);
    block_assign(p->c, both->block, value_element(p->c, left, at), value);
    close_counted(p, in, choice, value_element(p->c, left, at));
    close_loop(p, each, &inner);
    close_loop(p, opened, &middle);
    close_loop(p, body, &outer);
    contract_close_run(p, scope, &runs);
}

/* The steps of a row from `from` on that lie together. */
static void fill_group_of_row(const Product *p, LowerScope *scope, Variable *left, Value *start,
                              Value *first, Value *count) {
    const Contraction *of = p->of;
    Block hold = {0};
    Value *step;
    LowerScope *in = open_loop(p, scope, &hold, "step", count, 1, FOR_SIMD, &step);
    LowerScope *both = with_axis(p, in, of->depth, sum(p, first, step));
    Value *value = in_panel(p, both, of->left, of->left_where);
    block_assign(p->c, both->block, value_element(p->c, left, sum(p, start, step)), value);
    close_loop(p, scope, &hold);
}

/* A row's groups of steps; the last one may not be full. */
static void fill_row(const Product *p, LowerScope *scope, Variable *left, Value *row, Value *first,
                     Value *steps) {
    Compiler *c = p->c;
    const char *depth = p->of->depth->name;
    Value *lanes = number(p, p->rows.panel), *size = number(p, PLAN_PANEL_GROUP), *group;
    Block hold = {0}, held = {0};
    LowerScope *body = scope;
    bool one = steps->kind == VALUE_INTEGER && steps->integer <= PLAN_PANEL_GROUP;
    if (one)
        group = number(p, 0);
    else
        body = open_loop(p, scope, &hold, "group", steps, PLAN_PANEL_GROUP, FOR_PLAIN, &group);
    Value *panel =
        product(p, product(p, value_binary(c, C_DIV, row, lanes), lanes), number(p, p->room));
    Value *within = product(p, value_binary(c, C_MOD, row, lanes), size);
    Value *start = sum(p, sum(p, panel, product(p, group, lanes)), within);
    start = in_constant(p, body->block, p->of->row->name, "start", start);
    Value *from = in_constant(p, body->block, depth, "from", sum(p, first, group));
    if (one || is_multiple(steps, PLAN_PANEL_GROUP)) {
        fill_group_of_row(p, body, left, start, from, one ? steps : size);
    } else {
        Value *count = value_binary(c, C_SUB, steps, group);
        Statement *choice = block_if(c, &held, value_binary(c, C_GE, count, size));
        LowerScope whole = lower_scope(p->lower, body, &choice->body);
        LowerScope some = lower_scope(p->lower, body, &choice->otherwise);
        fill_group_of_row(p, &whole, left, start, from, size);
        fill_group_of_row(p, &some, left, start, from, count);
        block_add(c, body->block, choice);
    }
    if (!one) close_loop(p, scope, &hold);
}

static void fill_left_along(const Product *p, LowerScope *scope, Variable *left, Value *first,
                            Value *steps) {
    Block outer = {0};
    Value *row, *panel = number(p, p->rows.panel);
    Value *rows = product(p, parts(p, p->rows.count, p->rows.panel), panel);
    rows = in_constant(p, scope->block, p->of->row->name, "padded", rows);
    LowerScope *out = open_loop(p, scope, &outer, "row", rows, 1, FOR_PLAIN, &row);
    bool clamps = !is_multiple(p->rows.extent, p->rows.panel);
    LowerScope *opened =
        with_axis(p, out, p->of->row, clamped(p, &p->rows, p->rows.first, row, clamps));
    fill_row(p, opened, left, row, first, steps);
    close_loop(p, scope, &outer);
}

/* Step by step, all rows of a block, also where it has fewer: then `count` tells how many. Loops
 * whose length is known run in vectors from one end to the other. */
static void fill_left_across(const Product *p, LowerScope *scope, Variable *left, Value *first,
                             Value *steps, Value *count) {
    const Contraction *of = p->of;
    Block runs = {0}, outer = {0}, inner = {0}, held = {0};
    Run run;
    Value *step, *row, *most = number(p, p->rows.most);
    LowerScope *body = contract_open_run(p, scope, &runs, first, steps, &run);
    LowerScope *out = open_part(p, body, &outer, &run, FOR_PLAIN, &step);
    LowerScope *opened = contract_at_step(p, out, &run, step);
    LowerScope *in = open_loop(p, opened, &inner, "row", most, 1, FOR_SIMD, &row);
    Value *at = sum(p, product(p, sum(p, run.at, step), most), row);
    Statement *choice = NULL;
    LowerScope *there = open_counted(p, in, row, count, &held, &choice);
    LowerScope *both = with_axis(p, there, of->row, sum(p, p->rows.first, row));
    Value *value = in_panel(p, both, of->left, of->left_where);
    block_assign(p->c, both->block, value_element(p->c, left, at), value);
    close_counted(p, in, choice, value_element(p->c, left, at));
    close_loop(p, opened, &inner);
    close_loop(p, body, &outer);
    contract_close_run(p, scope, &runs);
}

/* Fewer rows than a panel has, in vectors along the steps: what costs much is worked out for the
 * rows that are there. The others are 0. */
static void fill_few_across(const Product *p, LowerScope *scope, Variable *left, Value *first,
                            Value *steps) {
    const Contraction *of = p->of;
    Block runs = {0}, hold = {0};
    Run run;
    Value *lanes = number(p, p->rows.panel), *step;
    LowerScope *body = contract_open_run(p, scope, &runs, first, steps, &run);
    LowerScope *in = open_part(p, body, &hold, &run, FOR_SIMD, &step);
    LowerScope *opened = contract_at_step(p, in, &run, step);
    for (int64_t row = 0; row < p->rows.panel; ++row) {
        LowerScope *both = with_axis(p, opened, of->row, number(p, row));
        Value *value = row < p->rows.extent->integer ? in_panel(p, both, of->left, of->left_where)
                                                     : value_float(p->c, p->type, 0);
        Value *at = sum(p, product(p, sum(p, run.at, step), lanes), number(p, row));
        block_assign(p->c, both->block, value_element(p->c, left, at), value);
    }
    close_loop(p, body, &hold);
    contract_close_run(p, scope, &runs);
}

/* Some division or elementary function is worked out for each element. */
static bool is_dear(const Product *p, const Node *node, Table *seen) {
    if (table_has(seen, node) || plan_root_of(p->lower->plan, node)) return false;
    table_set(seen, node, (void *)node);
    if (node_is_dear(node)) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (is_dear(p, node->arguments[i], seen)) return true;
    return false;
}

static bool left_is_dear(const Product *p) {
    Table seen = table_new(p->c->arena);
    return is_dear(p, p->of->left, &seen);
}

static bool has_few_rows(const Product *p) {
    const Value *extent = p->rows.extent;
    return extent->kind == VALUE_INTEGER && extent->integer < p->rows.panel;
}

void contract_fill_left(const Product *p, LowerScope *scope, Variable *left, Value *first,
                        Value *steps) {
    const int64_t most = p->rows.most;
    if (p->in_place) {
        fill_rows(p, scope, left);
    } else if (!p->of->left_across) {
        (p->of->over ? fill_left_by_rows : fill_left_along)(p, scope, left, first, steps);
    } else if (has_few_rows(p) && left_is_dear(p)) {
        fill_few_across(p, scope, left, first, steps);
    } else if (is_multiple(p->rows.extent, most)) {
        fill_left_across(p, scope, left, first, steps, NULL);
    } else if (p->rows.extent->kind == VALUE_INTEGER && p->rows.extent->integer < most) {
        fill_left_across(p, scope, left, first, steps, p->rows.count);
    } else {
        Block hold = {0};
        Value *whole = value_binary(p->c, C_EQ, p->rows.count, number(p, most));
        Statement *choice = block_if(p->c, &hold, whole);
        LowerScope all = lower_scope(p->lower, scope, &choice->body);
        LowerScope some = lower_scope(p->lower, scope, &choice->otherwise);
        fill_left_across(p, &all, left, first, steps, NULL);
        fill_left_across(p, &some, left, first, steps, p->rows.count);
        block_add(p->c, scope->block, choice);
    }
}
