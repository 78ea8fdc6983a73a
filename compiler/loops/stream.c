/* A maximum and sums of exponentials relative to it, in one pass over blocks (see plan/stream.c for
 * why that is the same). */
#include "loops/reduce.h"
#include <math.h>

static Value *kept_index(ReduceLoop *r, Value *index, Value *first) {
    return first->kind == VALUE_INTEGER ? index : value_binary(r->c, C_SUB, index, first);
}

/* The block's values are computed, kept, and their maximum taken; what the domain leaves out is
 * kept as -inf. */
static void stream_first(ReduceLoop *r, LowerScope *scope, Accumulator *m, Value *from, Value *to) {
    Compiler *c = r->c;
    if (plan_domain(r->lower->plan, m->reduction))
        reduce_declare_array(r, scope->block, m->kept, value_float(c, m->type, -INFINITY));
    else
        block_declare(c, scope->block, m->kept, NULL);
    Block hold = {0};
    Variable *index = reduce_index(r);
    Statement *loop = block_for(c, &hold, index, from, to, NULL);
    LowerScope inner = reduce_open(r, scope, loop);
    m->kept_at = kept_index(r, value_variable(c, index), from);
    Taking taking = {.r = r};
    void *outer = r->lower->taking;
    r->lower->taking = &taking;
    lower_steps(r->lower, &inner, &r->loop->first);
    r->lower->taking = outer;
    block_add(c, scope->block, loop);
}

/* Without a domain all values are there, -inf too: relative to 0 where they all are, so that it
 * adds exp(-inf). */
static Value *stream_shift(ReduceLoop *r, LowerScope *scope, const Accumulator *m) {
    Compiler *c = r->c;
    Value *now = value_variable(c, m->values);
    if (plan_domain(r->lower->plan, m->reduction)) return now;
    Variable *shift = variable_new(c, arena_format(c->arena, "%s_shift", m->name), m->type);
    shift->is_const = true;
    Value *nothing = value_binary(c, C_EQ, now, value_float(c, m->type, -INFINITY));
    block_declare(c, scope->block, shift,
                  value_conditional(c, nothing, value_float(c, m->type, 0), now));
    return value_variable(c, shift);
}

/* The exponential that the sums take in, as they say it; NULL: none of them does. */
static Node *stream_exponential(ReduceLoop *r, const Accumulator *m) {
    Graph *graph = r->lower->graph;
    Node *difference = graph_binary(graph, OP_SUB, r->loop->logit, m->reduction);
    Node *exponential = graph_unary(graph, OP_EXP, difference);
    for (int i = 1; i < r->accumulators.count; ++i) {
        Table seen = table_new(r->c->arena);
        if (node_reaches(node_body(r->accumulators.items[i].reduction), exponential, &seen))
            return exponential;
    }
    return NULL;
}

/* The block's exponentials have a loop of their own, which runs in vectors: so no exponential
 * stands between the reads of one turn of the sums' loop and those of the next. */
static Variable *stream_exponentials(ReduceLoop *r, LowerScope *scope, const Accumulator *m,
                                     Value *shift, Value *from, Value *to) {
    Compiler *c = r->c;
    Value *count = value_binary(c, C_SUB, to, from);
    Variable *values = reduce_array(r, arena_format(c->arena, "%s_exponential", m->name), m->type,
                                    m->kept->length);
    block_declare(c, scope->block, values, NULL);
    Variable *lane = variable_new(c, "lane", C_I64);
    Statement *loop = block_for(c, scope->block, lane, value_integer(c, C_I64, 0), count, NULL);
    loop->for_kind = FOR_SIMD;
    Value *at = value_variable(c, lane);
    Value *difference = value_binary(c, C_SUB, value_element(c, m->kept, at), shift);
    block_assign(c, &loop->body, value_element(c, values, at),
                 lower_call(r->lower, m->type, "exp", m->reduction->type, 1, &difference));
    return values;
}

/* Then the sums, of the values that are there. */
static void stream_second(ReduceLoop *r, LowerScope *scope, const Accumulator *m, Value *from,
                          Value *to) {
    Compiler *c = r->c;
    Block hold = {0}, held = {0};
    Value *shift = stream_shift(r, scope, m);
    Node *exponential = stream_exponential(r, m);
    Variable *exponentials = exponential ? stream_exponentials(r, scope, m, shift, from, to) : NULL;
    Variable *index = reduce_index(r);
    Statement *loop = block_for(c, &hold, index, from, to, NULL);
    LowerScope inner = reduce_open(r, scope, loop);
    Value *counted = value_variable(c, index);
    const char *name = table_get(&r->lower->plan->names, r->loop->logit);
    Variable *logit = variable_new(c, name ? name : "logit", m->type);
    logit->is_const = true;
    block_declare(c, &loop->body, logit, value_element(c, m->kept, kept_index(r, counted, from)));
    Value *value = value_variable(c, logit);
    bool all = !plan_domain(r->lower->plan, m->reduction);
    Value *there = value_binary(c, C_NE, value, value_float(c, m->type, -INFINITY));
    Statement *choice = all ? NULL : block_if(c, &held, there);
    LowerScope within = lower_scope(r->lower, &inner, all ? &loop->body : &choice->body);
    within.guarded = !all;
    lower_know(r->lower, &within, r->loop->logit, value);
    lower_know(r->lower, &within, m->reduction, shift);
    if (exponential)
        lower_know(r->lower, &within, exponential,
                   value_element(c, exponentials, kept_index(r, counted, from)));
    Taking taking = {.r = r, .lane = value_binary(c, C_MOD, counted, reduce_lane_count(r))};
    reduce_body(r, &within, &taking);
    if (choice) block_add(c, &loop->body, choice);
    block_add(c, scope->block, loop);
}

/* What was summed relative to the old maximum is brought to the new one. */
static void stream_rescale(ReduceLoop *r, LowerScope *scope, const Accumulator *m, Value *before) {
    Compiler *c = r->c;
    Value *now = value_variable(c, m->values), *difference = value_binary(c, C_SUB, before, now);
    Value *factor = lower_call(r->lower, m->type, "exp", m->reduction->type, 1, &difference);
    factor = value_conditional(c, value_binary(c, C_EQ, before, now), value_float(c, m->type, 1),
                               factor);
    Variable *scale =
        variable_new(c, arena_format(c->arena, "%s_scale", r->loop->axis->name), C_F64);
    scale->is_const = true;
    block_declare(c, scope->block, scale, value_cast(c, C_F64, factor));
    for (int i = 1; i < r->accumulators.count; ++i) {
        const Accumulator *a = &r->accumulators.items[i];
        if (a->kind != ACCUMULATOR_COLUMN) {
            block_update(c, scope->block, C_MUL, value_variable(c, a->total),
                         value_variable(c, scale));
            continue;
        }
        Variable *lane = variable_new(c, "lane", C_I64);
        Statement *loop = block_for(c, scope->block, lane, value_integer(c, C_I64, 0),
                                    lower_tile(scope)->tile_count, NULL);
        loop->for_kind = FOR_SIMD;
        block_update(c, &loop->body, C_MUL, value_element(c, a->total, value_variable(c, lane)),
                     value_variable(c, scale));
    }
}

static void stream_block(ReduceLoop *r, LowerScope *scope, Accumulator *m, Value *from, Value *to) {
    Compiler *c = r->c;
    Variable *before = variable_new(c, arena_format(c->arena, "%s_before", m->name), m->type);
    before->is_const = true;
    if (r->in_blocks) block_declare(c, scope->block, before, value_variable(c, m->values));
    stream_first(r, scope, m, from, to);
    if (r->in_blocks) stream_rescale(r, scope, m, value_variable(c, before));
    for (int i = 1; i < r->accumulators.count; ++i)
        reduce_declare(r, scope, &r->accumulators.items[i]);
    stream_second(r, scope, m, from, to);
    for (int i = 1; r->in_blocks && i < r->accumulators.count; ++i)
        reduce_add_to_total(r, scope, &r->accumulators.items[i]);
}

void reduce_stream(ReduceLoop *r, LowerScope *scope) {
    Compiler *c = r->c;
    Accumulator *m = &r->accumulators.items[0];
    Value *size = value_integer(c, C_I64, PLAN_COLUMN_BLOCK);
    r->in_blocks = r->fixed < 0 || r->fixed > PLAN_COLUMN_BLOCK;
    m->kind = ACCUMULATOR_STREAM;
    m->kept = reduce_array(r, arena_format(c->arena, "%s_kept", m->name), m->type,
                           r->in_blocks ? size : r->extent);
    m->values = variable_new(c, m->name, m->type);
    block_declare(c, scope->block, m->values, reduce_identity(r, m->reduction, m->type));
    if (r->in_blocks) {
        for (int i = 1; i < r->accumulators.count; ++i)
            reduce_declare_total(r, scope, &r->accumulators.items[i]);
        Block hold = {0};
        Variable *first =
            variable_new(c, arena_format(c->arena, "%s_first", r->loop->axis->name), C_I64);
        Statement *blocks = block_for(c, &hold, first, r->first, r->end, size);
        LowerScope inner = lower_scope(r->lower, scope, &blocks->body);
        Variable *end =
            variable_new(c, arena_format(c->arena, "%s_end", r->loop->axis->name), C_I64);
        end->is_const = true;
        Value *from = value_variable(c, first);
        block_declare(c, &blocks->body, end,
                      lower_call(r->lower, C_I64, "min", SCALAR_I64, 2,
                                 (Value *[]){value_binary(c, C_ADD, from, size), r->end}));
        stream_block(r, &inner, m, from, value_variable(c, end));
        block_add(c, scope->block, blocks);
    } else {
        stream_block(r, scope, m, r->first, r->end);
    }
    lower_know(r->lower, scope, m->reduction, value_variable(c, m->values));
    for (int i = 1; i < r->accumulators.count; ++i)
        reduce_know_result(r, scope, &r->accumulators.items[i]);
}
