/* A sequential loop that goes by blocks. In: a loop that plan/scan.c marked; out:
 *
 *     if (t_extent > 0) {
 *         level[0] = x[0];
 *         double level_before = (double)level[0];
 *         for (int64_t t_first = 1; t_first < t_extent; t_first += 256) {
 *             const int64_t count = sy_min_i64(256, t_extent - t_first);
 *             double level_block[256];
 *             ... level_block[lane] = (double)(share * x[t_first + lane]);
 *             level_before = sy_running_linear(level_block, count, 1.0 - share, level_before);
 *             ... level[t_first + lane] = (float)level_block[lane];
 *
 * The steps of the first index stand alone, for their values are others; then what is added comes
 * for each lane, the block's values of it by the runtime, and the stores for each lane. */
#include "loops/lower.h"

typedef struct ScanLoop {
    Lower *lower;
    Compiler *c;
    const PlanLoop *loop;
    Value *done;       /* steps before the block */
    Variables before;  /* of each step of the body: the last value so far; NULL: no scan */
    LowerScope *block; /* the open block */
    bool open;         /* a loop over lanes */
    Block hold;        /* it, until it is closed */
    LowerScope lanes;  /* its body */
} ScanLoop;

/* --- the first step --- */

static void know_conditions(ScanLoop *s, LowerScope *scope, bool first) {
    for (int i = 0; i < s->loop->body.count; ++i) {
        const Scan *scan = s->loop->scans[i];
        if (!scan) continue;
        Value *holds = value_integer(s->c, C_BOOL, scan->holds == first);
        lower_know(s->lower, scope, scan->is_first, holds);
    }
}

static void first_step(ScanLoop *s, LowerScope *scope, Value *index) {
    LowerScope inner = lower_scope(s->lower, scope, scope->block);
    inner.guarded = true;
    inner.axis = s->loop->axis;
    inner.index = index;
    know_conditions(s, &inner, true);
    for (int i = 0; i < s->loop->body.count; ++i) {
        const Array *array = s->loop->body.items[i]->root->array;
        const Scan *scan = s->loop->scans[i];
        Node *value = scan ? scan->first : s->loop->body.items[i]->root->value;
        Value *element = lower_element(s->lower, &inner, array, NULL);
        block_assign(s->c, inner.block, element, lower_store_value(s->lower, &inner, array, value));
    }
    for (int i = 0; i < s->loop->body.count; ++i) {
        const Array *array = s->loop->body.items[i]->root->array;
        Variable *before = NULL;
        if (s->loop->scans[i]) {
            const char *name = arena_format(s->c->arena, "%s_before", array->name);
            before = variable_new(s->c, name, C_F64);
            Value *element = lower_element(s->lower, &inner, array, NULL);
            block_declare(s->c, inner.block, before, value_cast(s->c, C_F64, element));
        }
        vector_push(s->c->arena, &s->before, before);
    }
}

/* --- a block --- */

static void close_lanes(ScanLoop *s) {
    if (!s->open) return;
    for (int i = 0; i < s->hold.count; ++i)
        block_add(s->c, s->block->block, s->hold.items[i]);
    s->hold = (Block){0};
    s->open = false;
}

/* The loop over lanes that is open, or a new one. */
static LowerScope *open_lanes(ScanLoop *s, ForKind kind) {
    if (s->open) return &s->lanes;
    Compiler *c = s->c;
    s->open = true;
    Variable *lane = variable_new(c, "lane", C_I64);
    Statement *loop =
        block_for(c, &s->hold, lane, value_integer(c, C_I64, 0), s->block->tile_count, NULL);
    loop->for_kind = kind;
    s->lanes = lower_scope(s->lower, s->block, &loop->body);
    s->lanes.axis = s->loop->axis;
    s->lanes.vector = kind == FOR_SIMD;
    s->lanes.guarded = true;
    s->lanes.lane = value_variable(c, lane);
    Variable *index = variable_new(c, s->loop->axis->name, C_I64);
    index->is_const = true;
    block_declare(
        c, &loop->body, index,
        value_binary(c, s->loop->down ? C_SUB : C_ADD, s->block->tile_first, s->lanes.lane));
    s->lanes.index = value_variable(c, index);
    return &s->lanes;
}

/* An array with an element for each lane, in the open block. */
static Variable *block_values(ScanLoop *s, const Array *array, CType type) {
    Variable *values = variable_new(s->c, arena_format(s->c->arena, "%s_block", array->name), type);
    values->length = value_integer(s->c, C_I64, PLAN_SCAN);
    block_declare(s->c, s->block->block, values, NULL);
    return values;
}

static void know_values(ScanLoop *s, Array *array, Variable *values) {
    Known column = {.column = values, .type = c_type_of(array->type)};
    lower_know_column(s->lower, s->block, graph_array(s->lower->graph, array), column);
}

/* What is added, for each lane, and the values that become of it. */
static void make_values(ScanLoop *s, int i) {
    Compiler *c = s->c;
    const Scan *scan = s->loop->scans[i];
    Array *array = s->loop->body.items[i]->root->array;
    Variable *values = block_values(s, array, C_F64);
    LowerScope *lanes = open_lanes(s, FOR_SIMD);
    Value *added = value_cast(c, C_F64, lower_value(s->lower, lanes, scan->added));
    block_assign(c, lanes->block, value_element(c, values, lanes->lane), added);
    Value *factor = NULL;
    if (scan->factor) factor = value_cast(c, C_F64, lower_value(s->lower, s->block, scan->factor));
    close_lanes(s);
    Value *before = value_variable(c, s->before.items[i]);
    Value *arguments[4] = {value_address(c, values, NULL), s->block->tile_count, before, NULL};
    if (factor) {
        arguments[2] = factor;
        arguments[3] = before;
    }
    const char *name = factor ? "sy_running_linear" : "sy_running_sum";
    block_assign(c, s->block->block, before, value_call(c, C_F64, name, factor ? 4 : 3, arguments));
    know_values(s, array, values);
}

static bool keeps_steps(const ScanLoop *s, const Root *root) {
    return root->steps_kept && root->steps_of == s->loop->axis;
}

static void store_lane(ScanLoop *s, int i) {
    const Root *root = s->loop->body.items[i]->root;
    if (s->loop->scans[i] && keeps_steps(s, root)) return;
    Node *value = s->loop->scans[i] ? graph_array(s->lower->graph, root->array) : root->value;
    LowerScope *lanes = open_lanes(s, FOR_SIMD);
    block_assign(s->c, lanes->block, lower_element(s->lower, lanes, root->array, NULL),
                 lower_store_value(s->lower, lanes, root->array, value));
}

/* Values that wait for each other have a loop of their own. Where memory holds the last ones only,
 * others find those of the block in an array. */
static void store_in_order(ScanLoop *s, int i) {
    Compiler *c = s->c;
    const Root *root = s->loop->body.items[i]->root;
    close_lanes(s);
    LowerScope *lanes = open_lanes(s, FOR_PLAIN);
    Value *element = lower_element(s->lower, lanes, root->array, NULL);
    block_assign(c, lanes->block, element,
                 lower_store_value(s->lower, lanes, root->array, root->value));
    if (keeps_steps(s, root)) {
        Variable *values = block_values(s, root->array, element->type);
        block_assign(c, lanes->block, value_element(c, values, lanes->lane), element);
        know_values(s, root->array, values);
    }
    close_lanes(s);
}

static void block_of_steps(ScanLoop *s, Value *extent, Statement *blocks) {
    Compiler *c = s->c;
    LowerScope *inner = s->block;
    Variable *count =
        variable_new(c, arena_format(c->arena, "%s_count", s->loop->axis->name), C_I64);
    count->is_const = true;
    Value *left = value_binary(c, C_SUB, extent, s->done);
    block_declare(c, &blocks->body, count,
                  lower_call(s->lower, C_I64, "min", SCALAR_I64, 2,
                             (Value *[]){value_integer(c, C_I64, PLAN_SCAN), left}));
    inner->tile = s->loop->axis;
    inner->tile_size = PLAN_SCAN;
    inner->tile_count = value_variable(c, count);
    inner->tile_first = s->done;
    if (s->loop->down) {
        Variable *last =
            variable_new(c, arena_format(c->arena, "%s_last", s->loop->axis->name), C_I64);
        last->is_const = true;
        block_declare(c, &blocks->body, last,
                      value_binary(c, C_SUB, left, value_integer(c, C_I64, 1)));
        inner->tile_first = value_variable(c, last);
    }
    know_conditions(s, inner, false);
    for (int i = 0; i < s->loop->body.count; ++i) {
        if (s->loop->scans[i]) make_values(s, i);
        if (!s->loop->scans[i] && plan_is_walked(s->loop->body.items[i]->root, s->loop->axis))
            store_in_order(s, i);
        else
            store_lane(s, i);
    }
    close_lanes(s);
}

void lower_scan_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Compiler *c = lower->c;
    ScanLoop s = {.lower = lower, .c = c, .loop = loop};
    Value *extent = lower_extent(lower, loop->axis), *zero = value_integer(c, C_I64, 0);
    Value *one = value_integer(c, C_I64, 1);
    Block hold = {0};
    Statement *some = extent->kind == VALUE_INTEGER
                          ? NULL
                          : block_if(c, &hold, value_binary(c, C_GT, extent, zero));
    LowerScope inner = lower_scope(lower, scope, some ? &some->body : scope->block);
    first_step(&s, &inner, loop->down ? value_binary(c, C_SUB, extent, one) : zero);
    const char *form = loop->down ? "%s_done" : "%s_first";
    Variable *first = variable_new(c, arena_format(c->arena, form, loop->axis->name), C_I64);
    s.done = value_variable(c, first);
    Statement *blocks =
        block_for(c, inner.block, first, one, extent, value_integer(c, C_I64, PLAN_SCAN));
    LowerScope steps = lower_scope(lower, &inner, &blocks->body);
    s.block = &steps;
    block_of_steps(&s, extent, blocks);
    if (some) block_add(c, scope->block, some);
}
