/* Takes out of a module what lowering wrote and nothing reads: local variables without a use, and
 * loops and conditions that have become empty. In: the functions of a module; out: the same, in
 * place, with fewer statements.
 *
 *     for lane { const n = first + lane; sum[lane] += z; }   ->   for lane { sum[lane] += z; }
 *
 * Blocks are read backwards, so that what only an unused variable mentions is unused too. */
#include "loops/loops.h"
#include <string.h>

typedef struct Tidy {
    Compiler *c;
    Table uses; /* Variable -> how many values mention it */
} Tidy;

static void count(Tidy *tidy, const Value *value, intptr_t by) {
    for (; value;
         value = value->a) { /* the left side by iteration: sums may have thousands of terms */
        if (value->variable) {
            intptr_t uses = (intptr_t)table_get(&tidy->uses, value->variable);
            table_set(&tidy->uses, value->variable, (void *)(uses + by));
        }
        count(tidy, value->b, by);
        count(tidy, value->c, by);
        for (int i = 0; i < value->argument_count; ++i)
            count(tidy, value->arguments[i], by);
    }
}

static void count_statement(Tidy *tidy, const Statement *s, intptr_t by) {
    const Value *const values[] = {s->target, s->value, s->from, s->to, s->step, s->condition};
    for (size_t i = 0; i < sizeof values / sizeof *values; ++i)
        count(tidy, values[i], by);
}

static void count_block(Tidy *tidy, const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        count_statement(tidy, block->items[i], 1);
        count_block(tidy, &block->items[i]->body);
        count_block(tidy, &block->items[i]->otherwise);
    }
}

/* The runtime's functions of numbers have no effect; the others are named here. */
static bool has_effect(const Value *value) {
    static const char *const effects[] = {"sy_allocate", "sy_release", "sy_fail",
                                          "sy_state_",   "sy_save_",   "sy_load_"};
    for (; value; value = value->a) {
        if (value->kind == VALUE_CALL) {
            bool is_number =
                strncmp(value->name, "sy_", 3) == 0 || strncmp(value->name, "SY_", 3) == 0;
            for (size_t i = 0; i < sizeof effects / sizeof *effects; ++i) {
                if (strncmp(value->name, effects[i], strlen(effects[i])) == 0) is_number = false;
            }
            if (!is_number) return true;
        }
        if (has_effect(value->b) || has_effect(value->c)) return true;
        for (int i = 0; i < value->argument_count; ++i) {
            if (value->arguments[i]->pointer || has_effect(value->arguments[i])) return true;
        }
    }
    return false;
}

static bool is_empty(const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        StatementKind kind = block->items[i]->kind;
        if (kind != STATEMENT_COMMENT && kind != STATEMENT_BLANK) return false;
    }
    return true;
}

static bool is_needless(const Tidy *tidy, const Statement *s) {
    switch (s->kind) {
    case STATEMENT_DECLARE: return !table_get(&tidy->uses, s->variable) && !has_effect(s->value);
    case STATEMENT_FOR:
        return is_empty(&s->body) && !has_effect(s->from) && !has_effect(s->to) &&
               !has_effect(s->step);
    case STATEMENT_IF:
        return is_empty(&s->body) && is_empty(&s->otherwise) && !has_effect(s->value);
    case STATEMENT_SCOPE: return is_empty(&s->body);
    default: return false;
    }
}

static void tidy_block(Tidy *tidy, Block *block) {
    int kept = block->count;
    for (int i = block->count - 1; i >= 0; --i) {
        Statement *s = block->items[i];
        tidy_block(tidy, &s->otherwise);
        tidy_block(tidy, &s->body);
        if (is_needless(tidy, s)) {
            count_statement(tidy, s, -1);
        } else {
            block->items[--kept] = s;
        }
    }
    block->count -= kept;
    if (kept > 0)
        memmove(block->items, block->items + kept, sizeof *block->items * (size_t)block->count);
}

Table tidy_function(Compiler *compiler, Function *function) {
    Tidy tidy = {compiler, table_new(compiler->arena)};
    count_block(&tidy, &function->body);
    tidy_block(&tidy, &function->body);
    return tidy.uses;
}
