/* While a loop works out elementary functions of a row, the next row is asked for.
 *
 * In: a module whose parallel loops still stand in their functions; one that goes over rows, and
 * inside of it strips of lanes that call such a function:
 *
 *     for n parallel:  for c_row step 32:  for lane:  p[n * C + c] = exp(z[n * C + c] - largest)
 *
 * Out: a call before the lanes for each array that they read or write so,
 *
 *     sy_fetch_next_f32(z, n * C + c_row, C);
 *
 * which asks for the same elements of the next row (runtime/steelyard_fetch.h). Such a loop waits
 * for arithmetic, and memory waits for it: what the processor guesses of it ends with each row. No
 * value depends on what was asked for. */
#include "loops/loops.h"
#include "plan/plan.h"
#include <string.h>

typedef struct Fetch {
    Compiler *c;
    Vector(Statement *) open; /* from the parallel one on, outermost first */
} Fetch;

typedef struct Strip { /* a loop over lanes */
    Table own;         /* the variables that it declares */
    const Variable *index;
    Value *first; /* what the index is at lane 0 */
    Table asked;  /* arrays for which there is a call */
    Block *calls; /* stand before the lanes */
} Strip;

/* sy_exp_f32, sy_exp_below_f32 and the like. */
static bool is_elementary(const char *name) {
    if (strncmp(name, "sy_", 3) != 0) return false;
    for (int op = 0; op < OP_COUNT; ++op) {
        if (op_info[op].price != PRICE_FUNCTION) continue;
        const char *text = op == OP_POW ? "pow" : op_info[op].text;
        size_t length = strlen(text);
        if (strncmp(name + 3, text, length) == 0 && name[3 + length] == '_') return true;
    }
    return false;
}

static bool calls_elementary(const Value *value) {
    for (; value; value = value->a) {
        if (value->kind == VALUE_CALL && is_elementary(value->name)) return true;
        if (calls_elementary(value->b) || calls_elementary(value->c)) return true;
        for (int i = 0; i < value->argument_count; ++i)
            if (calls_elementary(value->arguments[i])) return true;
    }
    return false;
}

static bool block_calls_elementary(const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        if (calls_elementary(s->value) || block_calls_elementary(&s->body) ||
            block_calls_elementary(&s->otherwise))
            return true;
    }
    return false;
}

/* --- what the lanes read and write --- */

static void note_own(Strip *strip, const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        if (s->variable) table_set(&strip->own, s->variable, s->variable);
        note_own(strip, &s->body);
        note_own(strip, &s->otherwise);
    }
}

/* Whether it is made of variables from outside of the strip, and of no array's elements. */
static bool is_outer(const Strip *strip, const Value *value) {
    for (; value; value = value->a) {
        if (value->kind == VALUE_ELEMENT || value->argument_count > 0) return false;
        if (value->variable && table_has(&strip->own, value->variable)) return false;
        if (!is_outer(strip, value->b) || !is_outer(strip, value->c)) return false;
    }
    return true;
}

/* The index's start where it is (... + row) * extent + index of the lane; or NULL. */
static Value *start_of_row(const Strip *strip, const Value *index) {
    if (index->kind != VALUE_BINARY || index->op != C_ADD || index->b->kind != VALUE_VARIABLE ||
        index->b->variable != strip->index)
        return NULL;
    Value *start = index->a;
    bool is_row = start->kind == VALUE_BINARY && start->op == C_MUL && is_outer(strip, start);
    return is_row ? start : NULL;
}

/* Whether one of the open loops goes from this row to the next, and each one inside of it along the
 * row: by what is first in the strip, or by where a loop inside of it begins. What another loop
 * goes over again and again is near anyhow, and where it goes to other rows the next one is far. */
static bool goes_by_rows(const Fetch *f, const Value *start, const Value *first) {
    const Value *row = start->a;
    if (row->kind == VALUE_BINARY && row->op == C_ADD) row = row->b;
    if (row->kind != VALUE_VARIABLE) return false;
    for (int i = f->open.count - 1; i >= 0; --i) {
        const Statement *loop = f->open.items[i];
        if (loop->variable == row->variable) return !loop->step && !loop->down;
        bool moves = value_mentions(first, loop->variable);
        for (int j = i + 1; j < f->open.count && !moves; ++j)
            moves = value_mentions(f->open.items[j]->from, loop->variable);
        if (!moves || value_mentions(start, loop->variable)) return false;
    }
    return false;
}

static void ask_for(const Fetch *f, Strip *strip, const Value *element, bool writes) {
    Variable *array = element->variable;
    bool holds = array && array->pointer && (array->type == C_F32 || array->type == C_F64);
    Value *start = holds ? start_of_row(strip, element->a) : NULL;
    if (!start || table_has(&strip->asked, array) || !goes_by_rows(f, start, strip->first)) return;
    table_set(&strip->asked, array, array);
    const char *name = array->type == C_F32 ? writes ? "sy_fetch_next_to_f32" : "sy_fetch_next_f32"
                       : writes             ? "sy_fetch_next_to_f64"
                                            : "sy_fetch_next_f64";
    Value *at = value_binary(f->c, C_ADD, start, strip->first);
    Value *arguments[] = {value_variable(f->c, array), at, start->b};
    block_call(f->c, strip->calls, value_call(f->c, C_VOID, name, 3, arguments));
}

static void ask_for_values(const Fetch *f, Strip *strip, const Value *value) {
    for (; value; value = value->a) {
        if (value->kind == VALUE_ELEMENT) ask_for(f, strip, value, false);
        ask_for_values(f, strip, value->b);
        ask_for_values(f, strip, value->c);
        for (int i = 0; i < value->argument_count; ++i)
            ask_for_values(f, strip, value->arguments[i]);
    }
}

static void ask_for_block(const Fetch *f, Strip *strip, const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        if (s->target && s->target->kind == VALUE_ELEMENT) ask_for(f, strip, s->target, true);
        ask_for_values(f, strip, s->value);
        ask_for_block(f, strip, &s->body);
        ask_for_block(f, strip, &s->otherwise);
    }
}

/* --- strips --- */

/* The lanes of `c = first + lane`, 32 of them, with an elementary function. */
static bool is_strip(const Statement *s) {
    if (s->kind != STATEMENT_FOR || s->for_kind != FOR_SIMD || s->to->kind != VALUE_INTEGER ||
        s->to->integer != PLAN_LANES || s->body.count == 0)
        return false;
    const Statement *index = s->body.items[0];
    return index->kind == STATEMENT_DECLARE && index->value && index->value->kind == VALUE_BINARY &&
           index->value->op == C_ADD && index->value->b->kind == VALUE_VARIABLE &&
           index->value->b->variable == s->variable && block_calls_elementary(&s->body);
}

static void ask_for_strip(const Fetch *f, const Statement *s, Block *calls) {
    const Statement *index = s->body.items[0];
    Strip strip = {.own = table_new(f->c->arena),
                   .index = index->variable,
                   .first = index->value->a,
                   .asked = table_new(f->c->arena),
                   .calls = calls};
    table_set(&strip.own, s->variable, s->variable);
    note_own(&strip, &s->body);
    ask_for_block(f, &strip, &s->body);
}

static void fetch_block(Fetch *f, Block *block);

static void fetch_loop(Fetch *f, Statement *loop) {
    int outer = f->open.count;
    if (outer > 0 || loop->for_kind == FOR_PARALLEL) vector_push(f->c->arena, &f->open, loop);
    fetch_block(f, &loop->body);
    f->open.count = outer;
}

static void fetch_block(Fetch *f, Block *block) {
    Block done = {0};
    for (int i = 0; i < block->count; ++i) {
        Statement *s = block->items[i];
        if (f->open.count > 0 && is_strip(s)) {
            ask_for_strip(f, s, &done);
        } else if (s->kind == STATEMENT_FOR) {
            fetch_loop(f, s);
        } else {
            fetch_block(f, &s->body);
            fetch_block(f, &s->otherwise);
        }
        block_add(f->c, &done, s);
    }
    *block = done;
}

void module_fetch(Compiler *compiler, Module *module) {
    Fetch fetch = {.c = compiler};
    for (int i = 0; i < module->functions.count; ++i)
        fetch_block(&fetch, &module->functions.items[i]->body);
}
