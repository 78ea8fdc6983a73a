/* The plan's steps to loops: stores, fills, guards, and every kind of loop but those that
 * accumulate (reduce.c). */
#include "loops/reduce.h"
#include <string.h>

/* Work below which one thread is quicker than waking another. */
enum {
    PARALLEL_WORK = 20000
};

/* --- how much a nest does --- */

static int64_t nest_weight(const PlanBlock *steps);

/* Of a stream, the part with the deeper loops. */
static const PlanBlock *heavier_part(const PlanLoop *loop) {
    return nest_weight(&loop->first) > nest_weight(&loop->body) ? &loop->first : &loop->body;
}

static Value *times(Lower *lower, Value *a, Value *b) {
    return value_binary(lower->c, C_MUL, value_cast(lower->c, C_F64, a),
                        value_cast(lower->c, C_F64, b));
}

/* All lists of a loop's destinations together have as many places as there are sources. */
static const PlanList *list_within(const PlanBlock *steps, const Axis *destination) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        const PlanLoop *loop = step->kind == STEP_LOOP ? step->loop : NULL;
        if (loop && loop->list && loop->list->destination == destination) return loop->list;
        const PlanList *list = list_within(loop ? &loop->body : &step->body, destination);
        if (list) return list;
    }
    return NULL;
}

static Value *turns_of(Lower *lower, const PlanLoop *loop) {
    Value *extent = lower_extent(lower, loop->axis);
    const PlanList *list = list_within(&loop->body, loop->axis);
    return list ? value_binary(lower->c, C_ADD, extent, lower_extent(lower, list->source)) : extent;
}

/* work times the iterations of the longest chain of loops under steps. */
static Value *chain_work(Lower *lower, const PlanBlock *steps, Value *work) {
    const PlanLoop *heaviest = NULL;
    int64_t weight = -1;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        if (step->kind == STEP_GUARD && nest_weight(&step->body) > weight)
            return chain_work(lower, &step->body, work);
        if (step->kind != STEP_LOOP) continue;
        int64_t w = 1 + nest_weight(heavier_part(step->loop));
        if (w > weight) {
            weight = w;
            heaviest = step->loop;
        }
    }
    if (!heaviest) return work;
    bool counted = heaviest->kind == LOOP_TILE || heaviest->list; /* by lanes, and destinations */
    if (!counted) {
        Value *extent = turns_of(lower, heaviest);
        work = work ? times(lower, work, extent) : extent;
    }
    return chain_work(lower, heavier_part(heaviest), work);
}

static int64_t nest_weight(const PlanBlock *steps) {
    int64_t heaviest = 0;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        int64_t w = step->kind == STEP_LOOP    ? 1 + nest_weight(heavier_part(step->loop))
                    : step->kind == STEP_GUARD ? nest_weight(&step->body)
                                               : 0;
        if (w > heaviest) heaviest = w;
    }
    return heaviest;
}

Value *lower_work(Lower *lower, const PlanLoop *loop) {
    Value *extent = loop->kind == LOOP_TILE ? NULL : turns_of(lower, loop);
    return chain_work(lower, heavier_part(loop), extent);
}

Value *lower_row_work(Lower *lower, const PlanLoop *loop) {
    return chain_work(lower, &loop->body, NULL);
}

void lower_parallel_if(Lower *lower, Statement *loop, const PlanLoop *plan_loop) {
    Value *work = lower_work(lower, plan_loop);
    loop->for_kind = FOR_PARALLEL;
    if (plan_loop->share) loop->share = value_integer(lower->c, C_I64, plan_loop->share);
    const int least = lower->always_parallel ? 0 : PARALLEL_WORK;
    Value *limit = work->type == C_F64 ? value_float(lower->c, C_F64, least)
                                       : value_integer(lower->c, C_I64, least);
    Value *condition = value_binary(lower->c, C_GT, work, limit);
    if (condition->kind != VALUE_INTEGER)
        loop->condition = condition;
    else if (condition->integer == 0)
        loop->for_kind = FOR_PLAIN;
}

void lower_shared(Lower *lower, const LowerScope *scope, Statement *loop,
                  const PlanLoop *plan_loop) {
    if (plan_loop->outermost)
        lower_parallel_if(lower, loop, plan_loop);
    else
        loop->joins = scope->shared && plan_is_long(plan_loop);
}

/* --- stores --- */

/* Combines the value into the element that the index tells. */
static void scatter_element(Lower *lower, LowerScope *scope, const Root *root) {
    Compiler *c = lower->c;
    Block *block = scope->block;
    Axis *axis = root->scatter_axis;
    Node *index = root->scatter_index;
    Node *at =
        graph_at(lower->graph, graph_array(lower->graph, root->array), &axis, &index, 1, true);
    Value *target = lower_element(lower, scope, root->array, at->op == OP_AT ? at : NULL);
    Value *value = lower_value(lower, scope, root->value);
    Value *both[2] = {target, value};
    Scalar type = root->array->type;
    bool sum = root->scatter == OP_SUM;
    switch (root->scatter) {
    case OP_SUM:
    case OP_PROD:
        if (sum && reduce_is_private_product(lower, root->value))
            block_assign(c, block, target, reduce_fused(lower, scope, root->value, target));
        else if (scalar_is_float(type))
            block_update(c, block, sum ? C_ADD : C_MUL, target, value);
        else
            block_assign(c, block, target,
                         lower_call(lower, c_type_of(type), sum ? "add" : "mul", type, 2, both));
        return;
    case OP_REDUCE_MIN:
    case OP_REDUCE_MAX:
        block_assign(
            c, block, target,
            lower_call(lower, c_type_of(type), op_info[root->scatter].text, type, 2, both));
        return;
    case OP_ANY:
    case OP_ALL:
        value = value_binary(c, root->scatter == OP_ANY ? C_OR : C_AND, target, value);
        block_assign(c, block, target, value_cast(c, C_BOOL, value));
        return;
    default: bug("no scatter of %s", op_info[root->scatter].id);
    }
}

static void scatter(Lower *lower, LowerScope *scope, const Root *root) {
    if (!root->condition) {
        scatter_element(lower, scope, root);
        return;
    }
    Block hold = {0};
    Statement *choice = block_if(lower->c, &hold, lower_lazy(lower, scope, root->condition));
    LowerScope inner = lower_scope(lower, scope, &choice->body);
    inner.guarded = true;
    scatter_element(lower, &inner, root);
    block_add(lower->c, scope->block, choice);
}

static void store(Lower *lower, LowerScope *scope, Root *root) {
    if (root->scatter != OP_NUMBER) {
        scatter(lower, scope, root);
        return;
    }
    Value *value = lower_store_value(lower, scope, root->array, root->value);
    block_assign(lower->c, scope->block, lower_element(lower, scope, root->array, NULL), value);
}

/* Updates in place that stand together: all of what they store is worked out before any of it is
 * stored, for each may read what the others change. Gives how many there are. */
static int update(Lower *lower, LowerScope *scope, Step *const *steps, int count) {
    Compiler *c = lower->c;
    Variables next = {0};
    int updates = 0;
    while (updates < count && steps[updates]->kind == STEP_STORE && steps[updates]->root->updates)
        ++updates;
    for (int i = 0; i < updates; ++i) {
        const Array *array = steps[i]->root->array;
        Value *value = lower_store_value(lower, scope, array, steps[i]->root->value);
        Variable *variable =
            variable_new(c, arena_format(c->arena, "next_%s", array->name), value->type);
        variable->is_const = true;
        block_declare(c, scope->block, variable, value);
        vector_push(c->arena, &next, variable);
    }
    for (int i = 0; i < updates; ++i)
        block_assign(c, scope->block, lower_element(lower, scope, steps[i]->root->array, NULL),
                     value_variable(c, next.items[i]));
    return updates;
}

static void fill_element(Lower *lower, Block *block, const Root *root, Variable *i) {
    Compiler *c = lower->c;
    Node *identity = plan_identity(lower->graph, root->scatter, root->array->type);
    Value *value = scalar_is_float(identity->type)
                       ? value_float(c, c_type_of(identity->type), identity->u.number)
                       : value_integer(c, c_type_of(identity->type), identity->u.integer);
    Variable *array = table_get(&lower->arrays, root->array);
    Value *place = lower_in_record(lower, root->array, value_variable(c, i));
    block_assign(c, block, value_element(c, array, place), value);
}

/* The root; of one that is in records, all fields of these. */
static void fill(Lower *lower, LowerScope *scope, const Root *root) {
    Compiler *c = lower->c;
    Variable *i = variable_new(c, "i", C_I64);
    Statement *loop = block_for(c, scope->block, i, value_integer(c, C_I64, 0),
                                lower_element_count(lower, root->array), NULL);
    loop->for_kind = FOR_SIMD;
    if (!root->record) fill_element(lower, &loop->body, root, i);
    for (int k = 0; root->record && k < root->record->fields.count; ++k)
        fill_element(lower, &loop->body, root->record->fields.items[k], i);
}

static void guard(Lower *lower, LowerScope *scope, const Step *step) {
    Block hold = {0};
    Value *condition = lower_value(lower, scope, step->condition);
    Statement *choice = block_if(lower->c, &hold, condition);
    LowerScope inner = lower_scope(lower, scope, &choice->body);
    inner.guarded = true;
    lower_steps(lower, &inner, &step->body);
    block_add(lower->c, scope->block, choice);
}

/* The element that will be the root's holds another value until then. */
static void keep(Lower *lower, LowerScope *scope, const Step *step) {
    Value *value = lower_value(lower, scope, step->kept);
    value = lower_know_here(lower, scope, step->kept, value);
    block_assign(lower->c, scope->block, lower_element(lower, scope, step->root->array, NULL),
                 value);
}

static void recall(Lower *lower, LowerScope *scope, const Step *step) {
    Value *element = lower_element(lower, scope, step->root->array, NULL);
    lower_know_here(lower, scope, step->kept, element);
}

/* --- loops --- */

static Variable *index_variable(Lower *lower, const PlanLoop *loop) {
    return variable_new(lower->c, loop->axis->name, C_I64);
}

/* The recurrence of which something is stored among the steps, or NULL. */
static const RecurrenceGroup *group_stored(const PlanBlock *steps) {
    const RecurrenceGroup *group = NULL;
    for (int i = 0; i < steps->count && !group; ++i) {
        const Step *step = steps->items[i];
        if (step->kind == STEP_STORE) group = root_group(step->root);
        if (!group) group = group_stored(step->loop ? &step->loop->body : &step->body);
    }
    return group;
}

/* One loop over from..to, with the steps as its body. */
static Statement *plain_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop, Value *from,
                             Value *to) {
    Block hold = {0};
    Variable *index = index_variable(lower, loop);
    Statement *statement = block_for(lower->c, &hold, index, from, to, NULL);
    LowerScope inner = lower_scope(lower, scope, &statement->body);
    inner.axis = loop->axis;
    inner.index = value_variable(lower->c, index);
    inner.vector = loop->simple && loop->kind == LOOP_MAP;
    inner.shared = loop->kind == LOOP_MAP && (loop->outermost || scope->shared);
    if (loop->kind == LOOP_SEQUENTIAL) inner.walks = group_stored(&loop->body);
    if (!loop->simple)
        lower_check_part(lower, &statement->body, loop, inner.index,
                         value_integer(lower->c, C_I64, 1));
    lower_steps(lower, &inner, &loop->body);
    return statement;
}

static void map_in_blocks(Lower *lower, LowerScope *scope, const PlanLoop *loop, Value *extent) {
    Compiler *c = lower->c;
    Block hold = {0};
    const char *axis = loop->axis->name;
    Value *size = value_integer(c, C_I64, PLAN_BLOCK);
    Variable *first = variable_new(c, arena_format(c->arena, "%s_first", axis), C_I64);
    Statement *blocks = block_for(c, &hold, first, value_integer(c, C_I64, 0), extent, size);
    lower_parallel_if(lower, blocks, loop);
    LowerScope inner = lower_scope(lower, scope, &blocks->body);
    Variable *end = variable_new(c, arena_format(c->arena, "%s_end", axis), C_I64);
    end->is_const = true;
    Value *from = value_variable(c, first);
    block_declare(c, &blocks->body, end,
                  lower_call(lower, C_I64, "min", SCALAR_I64, 2,
                             (Value *[]){value_binary(c, C_ADD, from, size), extent}));
    Value *to = value_variable(c, end);
    lower_check_part(lower, &blocks->body, loop, from, value_binary(c, C_SUB, to, from));
    Statement *elements = plain_loop(lower, &inner, loop, from, to);
    elements->for_kind = FOR_SIMD;
    block_add(c, &blocks->body, elements);
    block_add(c, scope->block, blocks);
    lower_check_end(lower, scope->block, loop);
}

static void map_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Compiler *c = lower->c;
    if (loop->rows) {
        lower_rows_loop(lower, scope, loop);
        return;
    }
    if (loop->beside) {
        lower_beside_loop(lower, scope, loop);
        return;
    }
    Value *extent = lower_extent(lower, loop->axis), *zero = value_integer(c, C_I64, 0);
    bool is_short = extent->kind == VALUE_INTEGER && extent->integer <= PLAN_BLOCK;
    if (loop->outermost && loop->simple && !is_short) {
        map_in_blocks(lower, scope, loop, extent);
        return;
    }
    Node *comparison = loop->simple ? lower_comparison_to_peel(lower, loop) : NULL;
    LowerScope around = lower_scope(lower, scope, scope->block);
    around.shared = scope->shared;
    if (comparison) lower_know(lower, &around, comparison, value_integer(c, C_BOOL, 0));
    Statement *statement = plain_loop(lower, &around, loop, zero, extent);
    if (loop->simple)
        statement->for_kind = FOR_SIMD;
    else
        lower_shared(lower, scope, statement, loop);
    block_add(c, scope->block, statement);
    lower_check_end(lower, scope->block, loop);
    if (comparison) lower_peeled(lower, scope, loop, comparison);
}

static void sequential_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Compiler *c = lower->c;
    Value *extent = lower_extent(lower, loop->axis), *zero = value_integer(c, C_I64, 0);
    Value *last = value_binary(c, C_SUB, extent, value_integer(c, C_I64, 1));
    Statement *statement =
        plain_loop(lower, scope, loop, loop->down ? last : zero, loop->down ? zero : extent);
    statement->down = loop->down;
    block_add(c, scope->block, statement);
}

/* The body of a tile of `count` lanes from `first`. */
static void tile_body(Lower *lower, LowerScope *scope, Block *block, const PlanLoop *loop,
                      Value *first, Value *count) {
    LowerScope inner = lower_scope(lower, scope, block);
    inner.tile = loop->axis;
    inner.tile_first = first;
    inner.tile_count = count;
    inner.tile_size = loop->size;
    lower_steps(lower, &inner, &loop->body);
}

static void tile_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Compiler *c = lower->c;
    Value *extent = lower_extent(lower, loop->axis), *zero = value_integer(c, C_I64, 0);
    Value *size = value_integer(c, C_I64, loop->size);
    int64_t fixed = extent->kind == VALUE_INTEGER ? extent->integer : -1;
    if (fixed >= 0 && fixed <= loop->size) {
        tile_body(lower, scope, scope->block, loop, zero, extent);
        return;
    }
    Block hold = {0};
    Variable *first = variable_new(c, arena_format(c->arena, "%s_first", loop->axis->name), C_I64);
    Statement *tiles = block_for(c, &hold, first, zero, extent, size);
    if (loop->outermost) lower_parallel_if(lower, tiles, loop);
    LowerScope inner = lower_scope(lower, scope, &tiles->body);
    Value *from = value_variable(c, first);
    if (fixed >= 0 && fixed % loop->size == 0) {
        tile_body(lower, &inner, &tiles->body, loop, from, size);
    } else {
        Value *left = value_binary(c, C_SUB, extent, from);
        Block held = {0};
        Statement *choice = block_if(c, &held, value_binary(c, C_GE, left, size));
        tile_body(lower, &inner, &choice->body, loop, from, size);
        Variable *count =
            variable_new(c, arena_format(c->arena, "%s_left", loop->axis->name), C_I64);
        count->is_const = true;
        block_declare(c, &choice->otherwise, count, left);
        tile_body(lower, &inner, &choice->otherwise, loop, from, value_variable(c, count));
        block_add(c, &tiles->body, choice);
    }
    block_add(c, scope->block, tiles);
}

Statement *lower_lanes(Lower *lower, LowerScope *scope, const Axis *axis, Block *hold,
                       LowerScope *inner) {
    Compiler *c = lower->c;
    const LowerScope *tile = lower_tile(scope);
    bool from_start = tile->tile_first->kind == VALUE_INTEGER && tile->tile_first->integer == 0;
    Variable *lane = variable_new(c, from_start ? axis->name : "lane", C_I64);
    Statement *statement =
        block_for(c, hold, lane, value_integer(c, C_I64, 0), tile->tile_count, NULL);
    statement->for_kind = FOR_SIMD;
    *inner = lower_scope(lower, scope, &statement->body);
    inner->axis = (Axis *)axis;
    inner->vector = true;
    inner->lane = value_variable(c, lane);
    inner->index = inner->lane;
    if (!from_start) {
        Variable *index = variable_new(c, axis->name, C_I64);
        index->is_const = true;
        block_declare(c, &statement->body, index,
                      value_binary(c, C_ADD, tile->tile_first, inner->lane));
        inner->index = value_variable(c, index);
    }
    return statement;
}

static void lane_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Block hold = {0};
    LowerScope inner;
    Statement *statement = lower_lanes(lower, scope, loop->axis, &hold, &inner);
    lower_steps(lower, &inner, &loop->body);
    lower_store_lanes(lower, scope, loop, statement, inner.lane);
}

static void lower_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    switch (loop->kind) {
    case LOOP_MAP: map_loop(lower, scope, loop); return;
    case LOOP_REDUCE:
    case LOOP_STREAM: lower_reduce_loop(lower, scope, loop); return;
    case LOOP_SEQUENTIAL:
        if (loop->scans)
            lower_scan_loop(lower, scope, loop);
        else
            sequential_loop(lower, scope, loop);
        return;
    case LOOP_TILE: tile_loop(lower, scope, loop); return;
    case LOOP_LANE: lane_loop(lower, scope, loop); return;
    case LOOP_FOLD: lower_fold_loop(lower, scope, loop); return;
    }
}

/* --- comments --- */

typedef Vector(Span) Spans;

static void collect_spans(Lower *lower, const PlanBlock *steps, Spans *spans) {
    Arena *arena = lower->c->arena;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        if (step->kind == STEP_STORE || step->kind == STEP_FILL || step->kind == STEP_LIST)
            vector_push(arena, spans, step->root->array->span);
        if (step->kind == STEP_GUARD || step->kind == STEP_CONTRACT)
            collect_spans(lower, &step->body, spans);
        if (step->kind != STEP_LOOP) continue;
        for (int k = 0; k < step->loop->reductions.count; ++k)
            vector_push(arena, spans, step->loop->reductions.items[k]->span);
        collect_spans(lower, &step->loop->first, spans);
        collect_spans(lower, &step->loop->body, spans);
    }
}

/* Whether a declaration goes on below its first line: within brackets, or after what wants more. */
static bool goes_on(const char *line, int length) {
    int open = 0;
    for (int i = 0; i < length && line[i] != '#'; ++i)
        open += line[i] == '(' || line[i] == '[' ? 1 : line[i] == ')' || line[i] == ']' ? -1 : 0;
    return open > 0 || (length > 0 && strchr(",=+-*/^<>", line[length - 1]));
}

static void source_line(Text *text, Lower *lower, Span span) {
    Place place = source_place(lower->c->sources, span.start);
    const char *file = strrchr(place.source->path, '/');
    const char *start = place.line_start;
    int length = place.line_length;
    while (length > 0 && (*start == ' ' || *start == '\t')) {
        ++start;
        --length;
    }
    while (length > 0 && (start[length - 1] == ' ' || start[length - 1] == '\r'))
        --length;
    text_format(text, "%s%s:%d: ", text->length > 0 ? "\n" : "",
                file ? file + 1 : place.source->path, place.line);
    text_add_bytes(text, start, (size_t)length);
    if (goes_on(start, length)) text_add(text, " ...");
}

/* The last comment of the block; NULL: it has none. */
static const char *comment_before(const Block *block) {
    for (int i = block->count - 1; i >= 0; --i)
        if (block->items[i]->kind == STATEMENT_COMMENT) return block->items[i]->text;
    return NULL;
}

/* The source lines that a nest comes from, each once, in order; nothing where they are those of
 * the nest before. */
static void comment(Lower *lower, LowerScope *scope, const Step *step) {
    Compiler *c = lower->c;
    Spans spans = {0};
    PlanBlock one = {(Step **)&step, 1, 1};
    collect_spans(lower, &one, &spans);
    Text text = text_new(c->arena);
    int last = 0;
    for (bool more = true; more;) { /* by line, ascending */
        more = false;
        int best = 0;
        Span at = {0, 0};
        for (int i = 0; i < spans.count; ++i) {
            if (spans.items[i].end == 0) continue;
            int line = source_place(c->sources, spans.items[i].start).line;
            if (line > last && (!more || line < best)) {
                best = line;
                at = spans.items[i];
                more = true;
            }
        }
        if (!more) break;
        source_line(&text, lower, at);
        last = best;
    }
    const char *before = comment_before(scope->block);
    if (scope->block->count > 0) block_blank(c, scope->block);
    if (text.length > 0 && (!before || strcmp(before, text.chars) != 0))
        block_comment(c, scope->block, text.chars);
}

void lower_steps(Lower *lower, LowerScope *scope, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        if (!scope->parent) comment(lower, scope, step);
        int updates = update(lower, scope, &steps->items[i], steps->count - i);
        if (updates > 0) {
            i += updates - 1;
            continue;
        }
        switch (step->kind) {
        case STEP_STORE: store(lower, scope, step->root); break;
        case STEP_FILL: fill(lower, scope, step->root); break;
        case STEP_GUARD: guard(lower, scope, step); break;
        case STEP_CONTRACT: lower_contraction(lower, scope, step); break;
        case STEP_LIST: lower_list(lower, scope, step->root->list); break;
        case STEP_ACCUMULATE: lower_accumulate(lower, scope, step->reduction); break;
        case STEP_LOOP: lower_loop(lower, scope, step->loop); break;
        case STEP_KEEP: keep(lower, scope, step); break;
        case STEP_RECALL: recall(lower, scope, step); break;
        }
    }
}
