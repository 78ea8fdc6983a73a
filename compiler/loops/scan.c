/* A sequential loop that goes by blocks. In: a loop that plan/scan.c marked; out:
 *
 *     if (t_extent > 0) {
 *         level[0] = x[0];
 *         double level_before = (double)level[0];
 *         for (int64_t t_block = 0; t_block < t_extent; t_block += 256) {
 *             const int64_t t_first = sy_max_i64(1, t_block);
 *             const int64_t t_count = sy_min_i64(t_block + 256, t_extent) - t_first;
 *             float level_block[256];
 *             ... level_block[lane] = share * x[t_first + lane];
 *             level_before = sy_running_linear_f32(level_block, t_count, 1.0 - share, level_before,
 *                                                  level + t_first, t_extent);
 *         }
 *         sy_running_end_f32(t_extent);
 *
 * The step of the first index stands alone, for its values are others; then what is added comes
 * for each lane, the block's values of it by the runtime, and the stores for each lane. What lies
 * in memory in the order of the steps is added from there, and values that nothing else in the loop
 * reads go there at once. */
#include "loops/lower.h"

typedef struct ScanLoop {
    Lower *lower;
    Compiler *c;
    const PlanLoop *loop;
    Value *done;       /* steps before the block */
    bool *stored;      /* of each step of the body: what it stores is there */
    bool straight[2];  /* some values went to memory at once: of f32, of f64 */
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

static void know_values(ScanLoop *s, Array *array, Variable *values, CType type) {
    Known column = {.column = values, .type = type};
    lower_know_column(s->lower, s->block, graph_array(s->lower->graph, array), column);
}

static bool keeps_steps(const ScanLoop *s, const Root *root) {
    return root->steps_kept && root->steps_of == s->loop->axis;
}

/* Where an array's elements of the block begin in memory, if they are of this type and lie there
 * one after the other in the order of the steps; or NULL. */
static Value *in_memory(ScanLoop *s, const Array *array, CType type) {
    const Axis *last = array->rank > 0 ? array->axes[array->rank - 1] : NULL;
    if (s->loop->down || last != s->loop->axis || c_type_of(array->type) != type) return NULL;
    const Root *root = table_get(&s->lower->plan->arrays, array);
    if (root && (root->record || keeps_steps(s, root))) return NULL;
    LowerScope at = lower_scope(s->lower, s->block, s->block->block);
    at.axis = s->loop->axis;
    at.index = s->block->tile_first;
    Value *element = lower_element(s->lower, &at, array, NULL);
    return value_address(s->c, element->variable, element->a);
}

/* Which step of the body stores the values of step i, if nothing else in the loop reads them; or
 * -1. */
static int only_store(const ScanLoop *s, int i) {
    const Array *array = s->loop->body.items[i]->root->array;
    const Node *values = graph_array(s->lower->graph, (Array *)array);
    int found = keeps_steps(s, s->loop->body.items[i]->root) ? -1 : i;
    TABLE_HERE(seen, s->c->arena);
    for (int k = i + 1; k < s->loop->body.count; ++k) {
        const Root *root = s->loop->body.items[k]->root;
        const Scan *scan = s->loop->scans[k];
        const Node *value = root->value;
        if (value->op == OP_CONVERT && root->array->type == value->type)
            value = value->arguments[0];
        if (found < 0 && !scan && value == values && !keeps_steps(s, root))
            found = k;
        else if (node_reaches(scan ? scan->added : root->value, values, &seen))
            return -1;
    }
    return found;
}

static Value *in_memory_as_it_is(ScanLoop *s, Node *added, CType type) {
    LowerScope *where = NULL;
    if (added->op != OP_ARRAY || lower_known(s->block, added, &where)) return NULL;
    return in_memory(s, added->u.array, type);
}

/* Asks for what lies ahead in the arrays that a value reads in the order of the steps. */
static void fetch_ahead(ScanLoop *s, const Node *node, Table *seen) {
    if (!table_add(seen, node)) return;
    LowerScope *where = NULL;
    const Array *array = node->op == OP_ARRAY ? node->u.array : NULL;
    if (array && !lower_known(s->block, node, &where) &&
        (array->type == SCALAR_F32 || array->type == SCALAR_F64)) {
        Value *extent = lower_extent(s->lower, s->loop->axis);
        Value *block = in_memory(s, array, c_type_of(array->type));
        Value *arguments[] = {block, s->block->tile_count, extent};
        if (block)
            block_call(s->c, s->block->block,
                       lower_call(s->lower, C_VOID, "running_fetch", array->type, 3, arguments));
    }
    for (int i = 0; node->op != OP_AT && i < node->argument_count; ++i)
        fetch_ahead(s, node->arguments[i], seen);
}

/* What is added, for each lane. */
static Value *make_added(ScanLoop *s, Node *added, Variable *values) {
    TABLE_HERE(seen, s->c->arena);
    fetch_ahead(s, added, &seen);
    LowerScope *lanes = open_lanes(s, FOR_SIMD);
    Value *value = value_cast(s->c, values->type, lower_value(s->lower, lanes, added));
    block_assign(s->c, lanes->block, value_element(s->c, values, lanes->lane), value);
    return value_address(s->c, values, NULL);
}

/* The node, if each of its values is one of float32; or NULL. */
static Node *as_f32(Node *node) {
    if (node->op == OP_CONVERT && node->type == SCALAR_F64) node = node->arguments[0];
    return node->type == SCALAR_F32 ? node : NULL;
}

/* The values of a block: from what is added, in float64 inside of the runtime, and of the type that
 * their readers get. */
static void make_values(ScanLoop *s, int i) {
    Compiler *c = s->c;
    const Scan *scan = s->loop->scans[i];
    Array *array = s->loop->body.items[i]->root->array;
    int store = only_store(s, i);
    const Array *kept = store >= 0 ? s->loop->body.items[store]->root->array : array;
    Node *added_here = as_f32(scan->added);
    bool is_narrow = added_here && kept->type == SCALAR_F32;
    if (!is_narrow) added_here = scan->added;
    CType type = is_narrow ? C_F32 : C_F64;
    Value *straight = store >= 0 ? in_memory(s, kept, type) : NULL;
    Value *added = in_memory_as_it_is(s, added_here, type);
    Variable *values = added && straight ? NULL : block_values(s, array, type);
    if (!added) added = make_added(s, added_here, values);
    Value *factor = NULL;
    if (scan->factor) factor = value_cast(c, C_F64, lower_value(s->lower, s->block, scan->factor));
    close_lanes(s);
    Value *before = value_variable(c, s->before.items[i]);
    Value *arguments[6] = {added, s->block->tile_count}, **next = arguments + 2;
    if (factor) *next++ = factor;
    *next++ = before;
    *next++ = straight ? straight : value_address(c, values, NULL);
    *next++ = straight ? lower_extent(s->lower, s->loop->axis) : value_integer(c, C_I64, 0);
    Value *call =
        lower_call(s->lower, C_F64, factor ? "running_linear" : "running_sum",
                   is_narrow ? SCALAR_F32 : SCALAR_F64, (int)(next - arguments), arguments);
    block_assign(c, s->block->block, before, call);
    if (straight)
        s->stored[store] = s->straight[!is_narrow] = s->loop->body.items[store]->root->is_put =
            true;
    else
        know_values(s, array, values, is_narrow ? C_F32 : c_type_of(array->type));
}

static void store_lane(ScanLoop *s, int i) {
    const Root *root = s->loop->body.items[i]->root;
    if (s->stored[i] || (s->loop->scans[i] && keeps_steps(s, root))) return;
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
        know_values(s, root->array, values, c_type_of(root->array->type));
    }
    close_lanes(s);
}

/* Blocks begin at multiples of their size, but for the first one, which begins behind the first
 * step: so the memory of most begins where a vector does. */
static void block_of_steps(ScanLoop *s, Value *extent, Statement *blocks) {
    Compiler *c = s->c;
    LowerScope *inner = s->block;
    const char *form = s->loop->down ? "%s_done" : "%s_first";
    Variable *done = variable_new(c, arena_format(c->arena, form, s->loop->axis->name), C_I64);
    done->is_const = true;
    Value *start[] = {value_integer(c, C_I64, 1), value_variable(c, blocks->variable)};
    block_declare(c, &blocks->body, done, lower_call(s->lower, C_I64, "max", SCALAR_I64, 2, start));
    s->done = value_variable(c, done);
    Variable *count =
        variable_new(c, arena_format(c->arena, "%s_count", s->loop->axis->name), C_I64);
    count->is_const = true;
    Value *end = value_binary(c, C_ADD, value_variable(c, blocks->variable),
                              value_integer(c, C_I64, PLAN_SCAN));
    end = lower_call(s->lower, C_I64, "min", SCALAR_I64, 2, (Value *[]){end, extent});
    block_declare(c, &blocks->body, count, value_binary(c, C_SUB, end, s->done));
    inner->tile = s->loop->axis;
    inner->tile_size = PLAN_SCAN;
    inner->tile_count = value_variable(c, count);
    inner->tile_first = s->done;
    if (s->loop->down) {
        Variable *last =
            variable_new(c, arena_format(c->arena, "%s_last", s->loop->axis->name), C_I64);
        last->is_const = true;
        Value *left = value_binary(c, C_SUB, extent, s->done);
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

/* What went to memory at once may have gone past the cache. */
static void end_past(ScanLoop *s, Block *block, Value *extent) {
    static const Scalar types[] = {SCALAR_F32, SCALAR_F64};
    for (int i = 0; i < 2; ++i)
        if (s->straight[i])
            block_call(s->c, block,
                       lower_call(s->lower, C_VOID, "running_end", types[i], 1, &extent));
}

void lower_scan_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Compiler *c = lower->c;
    ScanLoop s = {.lower = lower, .c = c, .loop = loop};
    s.stored = ARENA_ARRAY(c->arena, bool, loop->body.count + 1);
    Value *extent = lower_extent(lower, loop->axis), *zero = value_integer(c, C_I64, 0);
    Value *one = value_integer(c, C_I64, 1);
    Block hold = {0};
    Statement *some = extent->kind == VALUE_INTEGER
                          ? NULL
                          : block_if(c, &hold, value_binary(c, C_GT, extent, zero));
    LowerScope inner = lower_scope(lower, scope, some ? &some->body : scope->block);
    first_step(&s, &inner, loop->down ? value_binary(c, C_SUB, extent, one) : zero);
    Variable *block = variable_new(c, arena_format(c->arena, "%s_block", loop->axis->name), C_I64);
    Statement *blocks =
        block_for(c, inner.block, block, zero, extent, value_integer(c, C_I64, PLAN_SCAN));
    LowerScope steps = lower_scope(lower, &inner, &blocks->body);
    s.block = &steps;
    block_of_steps(&s, extent, blocks);
    end_past(&s, inner.block, extent);
    if (some) block_add(c, scope->block, some);
}
