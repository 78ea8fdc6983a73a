/* Rows that an array of indices chooses are asked for a turn ahead.
 *
 * In: a module whose parallel loops still stand in their functions; loops that take in chosen rows,
 *
 *     for b parallel:  for k:  for lane:
 *         sum[lane] += x[(b * T + idx[b * K + k]) * F + f_first + lane];
 *
 * Out: a call before the lanes, for what the same k has in the next b,
 *
 *     if (b + 1 < B)
 *         sy_fetch_chosen_f32(x, (next * T + idx[next * K + k]) * F + f_first, 64, K * F);
 *
 * (steelyard_fetch.h). No processor guesses such a row, and the sum of this one, in float64, fills
 * what it looks ahead; a whole turn ahead, many rows are on their way at once. No value depends on
 * what was asked for. Where a turn takes in more than a cache holds, its rows are not asked for. */
#include "loops/loops.h"
#include "plan/plan.h"

typedef struct Chosen {
    Compiler *c;
    Vector(Statement *) open; /* loops and conditions, from the parallel loop on, outermost first */
} Chosen;

static bool reads_memory(const Value *value) {
    for (; value; value = value->a) {
        if (value->kind == VALUE_ELEMENT) return true;
        if (reads_memory(value->b) || reads_memory(value->c)) return true;
    }
    return false;
}

/* --- the next turn --- */

/* Of the loops around the innermost one, the innermost whose turns have other rows; -1: none. */
static int loop_of_rows(const Chosen *chosen, const Value *rows) {
    for (int i = chosen->open.count - 2; i >= 0; --i) {
        const Statement *loop = chosen->open.items[i];
        if (loop->kind != STATEMENT_FOR || !value_mentions(rows, loop->variable)) continue;
        bool counts = !loop->step && !loop->down && !loop->share_to;
        return counts ? i : -1;
    }
    return -1;
}

/* Whether the loops inside of this one go as far in its next turn, and conditions say the same:
 * then what is read of the indices is there too. */
static bool goes_as_far(const Chosen *chosen, int at) {
    const Statement *loop = chosen->open.items[at];
    for (int i = at + 1; i < chosen->open.count; ++i) {
        const Statement *inner = chosen->open.items[i];
        if (!value_is_same_in(loop, inner->from) || !value_is_same_in(loop, inner->to) ||
            !value_is_same_in(loop, inner->value))
            return false;
    }
    return true;
}

static Value *with_next(Compiler *c, Value *value, const Variable *variable, Value *next) {
    if (!value) return NULL;
    if (value->kind == VALUE_VARIABLE && value->variable == variable) return next;
    Value *copy = ARENA_NEW(c->arena, Value);
    *copy = *value;
    copy->a = with_next(c, value->a, variable, next);
    copy->b = with_next(c, value->b, variable, next);
    copy->c = with_next(c, value->c, variable, next);
    return copy;
}

/* --- what the lanes read --- */

typedef struct Lanes {
    const Statement *loop;
    const Variable *index; /* first + lane, or lane itself where first is NULL */
    Value *first;
    Block *calls; /* stand before the lanes */
    Table asked;  /* arrays for which there is a call */
} Lanes;

/* The loop over parts of the tile whose lanes these are, each of which goes over all the rows; or
 * NULL. */
static const Statement *strips_of(const Chosen *chosen, const Lanes *lanes) {
    for (int i = chosen->open.count - 1; i > 0; --i) {
        const Statement *s = chosen->open.items[i];
        bool is_fixed = s->kind == STATEMENT_FOR && s->step && s->to->kind == VALUE_INTEGER;
        const Value *last = lanes->first;
        if (last && last->kind == VALUE_BINARY && last->op == C_ADD) last = last->b;
        bool is_last = last && last->kind == VALUE_VARIABLE && last->variable == s->variable;
        if (is_fixed && is_last) return s;
    }
    return NULL;
}

/* Asks for what the lanes, and those of other strips, read from `row` on in the next turn. */
static void ask_for_row(const Chosen *chosen, const Lanes *lanes, Variable *array, Value *row,
                        Value *condition, Value *each) {
    Compiler *c = chosen->c;
    const Statement *strips = strips_of(chosen, lanes);
    Value *first = lanes->first, *zero = value_integer(c, C_I64, 0);
    if (strips) {
        first = first->kind == VALUE_BINARY ? first->a : zero;
        Value *is_first = value_binary(c, C_EQ, value_variable(c, strips->variable), zero);
        condition = value_binary(c, C_AND, is_first, condition);
    }
    Value *arguments[] = {value_variable(c, array),
                          first ? value_binary(c, C_ADD, row, first) : row,
                          strips ? strips->to : lanes->loop->to, each};
    Statement *choice = block_if(c, lanes->calls, condition);
    const char *name = array->type == C_F32 ? "sy_fetch_chosen_f32" : "sy_fetch_chosen_f64";
    block_call(c, &choice->body, value_call(c, C_VOID, name, 4, arguments));
}

/* The chosen rows are of one array, x[rows * extent + index of the lane]. */
static void ask_for(const Chosen *chosen, Lanes *lanes, const Value *element) {
    Compiler *c = chosen->c;
    Variable *array = element->variable;
    const Value *index = element->a;
    bool holds = array && array->pointer && (array->type == C_F32 || array->type == C_F64);
    if (!holds || index->kind != VALUE_BINARY || index->op != C_ADD ||
        index->b->kind != VALUE_VARIABLE || index->b->variable != lanes->index)
        return;
    Value *start = index->a;
    bool is_row = start->kind == VALUE_BINARY && start->op == C_MUL && reads_memory(start->a);
    const Statement *turn = chosen->open.items[chosen->open.count - 1];
    if (!is_row || turn->kind != STATEMENT_FOR || !value_mentions(start->a, turn->variable) ||
        table_has(&lanes->asked, array))
        return;
    int at = loop_of_rows(chosen, start->a);
    if (at < 0 || !goes_as_far(chosen, at)) return;
    const Statement *loop = chosen->open.items[at];
    if (!value_is_known_before(loop, start) ||
        (lanes->first && !value_is_known_before(loop, lanes->first)))
        return;
    table_set(&lanes->asked, array, array);
    Value *one = value_integer(c, C_I64, 1);
    Value *next = value_binary(c, C_ADD, value_variable(c, loop->variable), one);
    Value *row = with_next(c, start, loop->variable, next);
    ask_for_row(chosen, lanes, array, row, value_binary(c, C_LT, next, loop->to),
                value_binary(c, C_MUL, turn->to, start->b));
}

/* Not what only a condition needs: its index may be out of its array where that does not hold. */
static void ask_for_values(const Chosen *chosen, Lanes *lanes, const Value *value) {
    for (; value; value = value->a) {
        if (value->kind == VALUE_ELEMENT) ask_for(chosen, lanes, value);
        bool is_logic = value->kind == VALUE_BINARY && (value->op == C_AND || value->op == C_OR);
        if (value->kind == VALUE_CONDITIONAL || is_logic) continue;
        ask_for_values(chosen, lanes, value->b);
        ask_for_values(chosen, lanes, value->c);
        for (int i = 0; i < value->argument_count; ++i)
            ask_for_values(chosen, lanes, value->arguments[i]);
    }
}

static void ask_for_lanes(const Chosen *chosen, const Statement *loop, Block *calls) {
    if (loop->to->kind != VALUE_INTEGER || loop->body.count == 0) return;
    const Statement *index = loop->body.items[0];
    bool from_first = index->kind == STATEMENT_DECLARE && index->value &&
                      index->value->kind == VALUE_BINARY && index->value->op == C_ADD &&
                      index->value->b->kind == VALUE_VARIABLE &&
                      index->value->b->variable == loop->variable;
    Lanes lanes = {.loop = loop,
                   .index = from_first ? index->variable : loop->variable,
                   .first = from_first ? index->value->a : NULL,
                   .calls = calls,
                   .asked = table_new(chosen->c->arena)};
    for (int i = 0; i < loop->body.count; ++i)
        if (loop->body.items[i]->kind != STATEMENT_IF)
            ask_for_values(chosen, &lanes, loop->body.items[i]->value);
}

/* --- loops --- */

static void choose_block(Chosen *chosen, Block *block) {
    Block done = {0};
    for (int i = 0; i < block->count; ++i) {
        Statement *s = block->items[i];
        int outer = chosen->open.count;
        bool is_loop = s->kind == STATEMENT_FOR;
        if (is_loop && s->for_kind == FOR_SIMD && outer > 1) ask_for_lanes(chosen, s, &done);
        bool chooses = is_loop || s->kind == STATEMENT_IF;
        if (chooses && (outer > 0 || (is_loop && s->for_kind == FOR_PARALLEL)))
            vector_push(chosen->c->arena, &chosen->open, s);
        if (!is_loop || s->for_kind != FOR_SIMD) {
            choose_block(chosen, &s->body);
            choose_block(chosen, &s->otherwise);
        }
        chosen->open.count = outer;
        block_add(chosen->c, &done, s);
    }
    *block = done;
}

void module_fetch_chosen(Compiler *compiler, Module *module) {
    Chosen chosen = {.c = compiler};
    for (int i = 0; i < module->functions.count; ++i)
        choose_block(&chosen, &module->functions.items[i]->body);
}
