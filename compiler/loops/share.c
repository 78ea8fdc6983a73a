/* Makes a function of every parallel loop, that goes over a part of its iterations. In: the module
 * as lowered; out: the same without FOR_PARALLEL, in place.
 *
 *     parallel for n = 0 .. N if (N > 20000) { ... }
 *
 * becomes the loop share_from .. share_to in a function, and where it stood
 *
 *     if (N > 20000) {
 *     #pragma omp parallel
 *         f(sy_share_from(N, 1), sy_share_to(N, 1), ...);
 *     } else {
 *         f(0, N, ...);
 *     }
 *
 * A parallel region that its own `if` clause switches off still calls OpenMP to say so, which takes
 * longer than all the work of a small model. Here a small size calls nothing, and the loop is
 * written once. Loops that stand in each other and map are shared out as one, so that threads have
 * enough to do where the outer one is short, a batch of one:
 *
 *     f(sy_share_from(B * H, 1), sy_share_to(B * H, 1), ...)
 *
 *     for turn = share_from .. share_to
 *         b = turn / H, h = turn % H
 *
 * What stands before the inner loop is done in each of its turns, so it may be no loop, and may
 * store to nothing that others see. What the loop reads are arguments, `restrict` among them, and
 * not the places of variables of another function, which a compiler has to load again after every
 * store. */
#include "loops/loops.h"
#include <string.h>

typedef struct Share {
    Compiler *c;
    Module *module;
    Vector(Function *) functions; /* of the module, the new ones before those that call them */
    Function *function;           /* that is gone through */
    Variables visible;            /* in it, here */
} Share;

/* --- what a loop uses --- */

static void note_value(Table *used, const Value *value) {
    for (; value; value = value->a) { /* the left side by iteration: sums may be long */
        if (value->variable) table_set(used, value->variable, value->variable);
        note_value(used, value->b);
        note_value(used, value->c);
        for (int i = 0; i < value->argument_count; ++i)
            note_value(used, value->arguments[i]);
    }
}

static void note_block(Table *used, const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        const Value *const values[] = {s->target, s->value, s->from, s->to, s->step};
        for (size_t j = 0; j < sizeof values / sizeof *values; ++j)
            note_value(used, values[j]);
        note_block(used, &s->body);
        note_block(used, &s->otherwise);
    }
}

/* The first array from outside that the loop stores to, or NULL: the loop is named after it. */
static const Variable *stored(const Table *taken, const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        if (s->target && table_has(taken, s->target->variable)) return s->target->variable;
        const Variable *deeper = stored(taken, &s->body);
        if (!deeper) deeper = stored(taken, &s->otherwise);
        if (deeper) return deeper;
    }
    return NULL;
}

/* --- the same loop over other variables --- */

/* A copy in which the variables of the table are those that stand beside them in it. */
static Value *renamed(Share *share, const Table *names, const Value *value) {
    Value *first = NULL, **place = &first;
    for (; value; value = value->a) {
        Value *copy = ARENA_NEW(share->c->arena, Value);
        *copy = *value;
        Variable *other = value->variable ? table_get(names, value->variable) : NULL;
        if (other) copy->variable = other;
        copy->b = value->b ? renamed(share, names, value->b) : NULL;
        copy->c = value->c ? renamed(share, names, value->c) : NULL;
        if (value->argument_count > 0)
            copy->arguments = ARENA_ARRAY(share->c->arena, Value *, value->argument_count);
        for (int i = 0; i < value->argument_count; ++i)
            copy->arguments[i] = renamed(share, names, value->arguments[i]);
        *place = copy;
        place = &copy->a;
    }
    return first;
}

static void rename_block(Share *share, const Table *names, Block *block) {
    for (int i = 0; i < block->count; ++i) {
        Statement *s = block->items[i];
        Value **values[] = {&s->target, &s->value, &s->from, &s->to, &s->step};
        for (size_t j = 0; j < sizeof values / sizeof *values; ++j)
            if (*values[j]) *values[j] = renamed(share, names, *values[j]);
        rename_block(share, names, &s->body);
        rename_block(share, names, &s->otherwise);
    }
}

/* --- loops that are shared out together --- */

/* Whether it gives nobody the address of something from outside to store to, but for sy_mark(): to
 * mark twice what a check found is to mark it once. */
static bool lends_nothing(const Block *own, const Value *value) {
    for (; value; value = value->a) {
        if (value->kind == VALUE_CALL && strcmp(value->name, "sy_mark") == 0) continue;
        const Variable *variable = value->variable;
        bool is_place = variable && (value->kind == VALUE_ADDRESS || value->pointer);
        if (is_place && !variable->is_const && !block_declares(own, variable)) return false;
        if (!lends_nothing(own, value->b) || !lends_nothing(own, value->c)) return false;
        for (int i = 0; i < value->argument_count; ++i)
            if (!lends_nothing(own, value->arguments[i])) return false;
    }
    return true;
}

/* Whether the statements are quickly done, and store to nothing but what the block itself declares.
 */
static bool keeps_to_itself(const Block *own, const Block *block, int count) {
    for (int i = 0; i < count; ++i) {
        const Statement *s = block->items[i];
        if (s->kind == STATEMENT_FOR) return false;
        if (s->target && !block_declares(own, s->target->variable)) return false;
        if (!lends_nothing(own, s->value)) return false;
        if (!keeps_to_itself(own, &s->body, s->body.count) ||
            !keeps_to_itself(own, &s->otherwise, s->otherwise.count))
            return false;
    }
    return true;
}

static bool begins_at_0(const Statement *loop) {
    return loop->from->kind == VALUE_INTEGER && loop->from->integer == 0;
}

/* The loop that ends the body of this one, if its turns can be shared out with those; or NULL. */
static Statement *inner_of(const Statement *loop) {
    const Block *body = &loop->body;
    if (body->count == 0 || loop->step || loop->share || loop->share_to || !begins_at_0(loop))
        return NULL;
    Statement *inner = body->items[body->count - 1];
    bool is_fit = inner->kind == STATEMENT_FOR && inner->joins && begins_at_0(inner) &&
                  (!inner->step || inner->step->kind == VALUE_INTEGER) &&
                  value_is_same_in(loop, inner->to);
    return is_fit && keeps_to_itself(body, body, body->count - 1) ? inner : NULL;
}

typedef Vector(const Statement *) Loops;

/* The loop, and those in it that are shared out with it. */
static Loops loops_together(Compiler *c, const Statement *loop) {
    Loops loops = {0};
    for (; loop; loop = inner_of(loop))
        vector_push(c->arena, &loops, loop);
    return loops;
}

static Value *own_turns(Compiler *c, const Statement *loop) {
    Value *parts[] = {loop->to, loop->step};
    return loop->step ? value_call(c, C_I64, "sy_share_turns", 2, parts) : loop->to;
}

/* How often the last of the loops turns in all turns of those from `first` on. */
static Value *turns_from(Compiler *c, Value *const *turns, int first, int count) {
    Value *all = turns[first];
    for (int i = first + 1; i < count; ++i)
        all = value_binary(c, C_MUL, all, turns[i]);
    return all;
}

/* How often the innermost turns of all that are shared out together. */
static Value *all_turns(Compiler *c, const Loops *loops) {
    Value **turns = ARENA_ARRAY(c->arena, Value *, loops->count);
    for (int i = 0; i < loops->count; ++i)
        turns[i] = own_turns(c, loops->items[i]);
    return turns_from(c, turns, 0, loops->count);
}

/* One loop over the turns from .. to of the innermost, in which the loops' indices are constants.
 */
static void add_turns(Compiler *c, Block *block, const Loops *loops, Value *from, Value *to) {
    const int count = loops->count;
    Value **turns = ARENA_ARRAY(c->arena, Value *, count);
    for (int i = 0; i < count; ++i) {
        turns[i] = own_turns(c, loops->items[i]);
        if (turns[i]->kind != VALUE_CALL) continue;
        const char *name = arena_format(c->arena, "%s_turns", loops->items[i]->variable->name);
        Variable *known = variable_new(c, name, C_I64);
        known->is_const = true;
        block_declare(c, block, known, turns[i]);
        turns[i] = value_variable(c, known);
    }
    Variable *turn = variable_new(c, "turn", C_I64);
    Statement *all = block_for(c, block, turn, from, to, NULL);
    all->span = loops->items[0]->span;
    for (int i = 0; i < count; ++i) {
        const Statement *loop = loops->items[i];
        Value *index = value_variable(c, turn);
        if (i + 1 < count)
            index = value_binary(c, C_DIV, index, turns_from(c, turns, i + 1, count));
        if (i > 0) index = value_binary(c, C_MOD, index, turns[i]);
        if (loop->step) index = value_binary(c, C_MUL, index, loop->step);
        loop->variable->is_const = true;
        block_declare(c, &all->body, loop->variable, index);
        const int last = i + 1 < count ? loop->body.count - 1 : loop->body.count;
        for (int k = 0; k < last; ++k)
            block_add(c, &all->body, loop->body.items[k]);
    }
}

/* --- the function --- */

static bool is_taken(const Share *share, Name name) {
    for (int pass = 0; pass < 2; ++pass) {
        int count = pass ? share->functions.count : share->module->functions.count;
        Function *const *items = pass ? share->functions.items : share->module->functions.items;
        for (int i = 0; i < count; ++i)
            if (items[i]->name == name) return true;
    }
    return false;
}

static Name function_name(const Share *share, const Variable *result) {
    Compiler *c = share->c;
    const char *whole = share->function->name, *compute = strstr(whole, "_compute");
    size_t length =
        compute && !compute[strlen("_compute")] ? (size_t)(compute - whole) : strlen(whole);
    const char *base =
        arena_format(c->arena, "%.*s_%s", (int)length, whole, result ? result->name : "loop");
    Name name = name_of(c->names, base);
    for (int suffix = 2; is_taken(share, name); ++suffix)
        name = name_of(c->names, arena_format(c->arena, "%s_%d", base, suffix));
    return name;
}

/* An array of the function becomes a pointer to its elements. */
static Variable *parameter_for(Share *share, const Variable *variable) {
    Variable *parameter = variable_new(share->c, variable->name, variable->type);
    parameter->pointer = variable->pointer || variable->length;
    parameter->is_const = parameter->pointer && variable->is_const;
    parameter->is_restrict = variable->is_restrict;
    parameter->pointer_to_const_pointers = variable->pointer_to_const_pointers;
    return parameter;
}

/* Moves the loop into a new function, before the one that is gone through. Its parameters are the
 * first and the last iteration, then what stands in taken. */
static Function *function_of(Share *share, const Statement *loop, const char *doc,
                             const Variables *taken) {
    Compiler *c = share->c;
    Function *function = ARENA_NEW(c->arena, Function);
    TABLE_HERE(names, c->arena);
    TABLE_HERE(outside, c->arena);
    Variable *from = variable_new(c, "share_from", loop->variable->type);
    Variable *to = variable_new(c, "share_to", loop->variable->type);
    vector_push(c->arena, &function->parameters, from);
    vector_push(c->arena, &function->parameters, to);
    if (loop->share_to) table_set(&names, loop->share_to, to);
    for (int i = 0; i < taken->count; ++i) {
        Variable *parameter = parameter_for(share, taken->items[i]);
        table_set(&names, taken->items[i], parameter);
        table_set(&outside, taken->items[i], taken->items[i]);
        vector_push(c->arena, &function->parameters, parameter);
    }
    function->name = function_name(share, stored(&outside, &loop->body));
    function->doc = doc;
    function->result = C_VOID;
    const Loops loops = loops_together(c, loop);
    if (loops.count > 1) {
        add_turns(c, &function->body, &loops, value_variable(c, from), value_variable(c, to));
    } else {
        Statement *part = block_for(c, &function->body, loop->variable, value_variable(c, from),
                                    value_variable(c, to), loop->step);
        part->span = loop->span;
        part->body = loop->body;
    }
    rename_block(share, &names, &function->body);
    vector_push(c->arena, &share->functions, function);
    return function;
}

static Value *call_of(Share *share, const Function *function, const Variables *taken, Value *from,
                      Value *to) {
    Compiler *c = share->c;
    Value **arguments = ARENA_ARRAY(c->arena, Value *, taken->count + 2);
    arguments[0] = from;
    arguments[1] = to;
    for (int i = 0; i < taken->count; ++i)
        arguments[i + 2] = value_variable(c, taken->items[i]);
    return value_call(c, C_VOID, function->name, taken->count + 2, arguments);
}

/* The statement, a parallel loop, becomes the call or the two calls that stand for it. */
static void share_loop(Share *share, Statement *loop, const char *doc) {
    Compiler *c = share->c;
    TABLE_HERE(used, c->arena);
    Variables taken = {0};
    note_value(&used, loop->step);
    note_block(&used, &loop->body);
    for (int i = 0; i < share->visible.count; ++i)
        if (table_has(&used, share->visible.items[i]))
            vector_push(c->arena, &taken, share->visible.items[i]);
    const Loops loops = loops_together(c, loop);
    Value *turns = loops.count > 1 ? all_turns(c, &loops) : NULL;
    Function *function = function_of(share, loop, doc, &taken);
    Value *step = loop->share ? loop->share : loop->step ? loop->step : value_integer(c, C_I64, 1);
    Value *parts[2] = {turns ? turns : value_binary(c, C_SUB, loop->to, loop->from), step};
    Value *from = value_call(c, C_I64, "sy_share_from", 2, parts);
    Value *to = value_call(c, C_I64, "sy_share_to", 2, parts);
    Value *all = call_of(share, function, &taken, loop->from, turns ? turns : loop->to);
    Value *part = call_of(share, function, &taken, value_binary(c, C_ADD, loop->from, from),
                          value_binary(c, C_ADD, loop->from, to));
    Statement shared = {.kind = STATEMENT_CALL, .span = loop->span, .value = part, .team = true};
    if (!loop->condition) {
        *loop = shared;
        return;
    }
    Statement choice = {.kind = STATEMENT_IF, .span = loop->span, .value = loop->condition};
    Statement *small = ARENA_NEW(c->arena, Statement);
    *small = (Statement){.kind = STATEMENT_CALL, .span = loop->span, .value = all};
    Statement *large = ARENA_NEW(c->arena, Statement);
    *large = shared;
    block_add(c, &choice.body, large);
    block_add(c, &choice.otherwise, small);
    *loop = choice;
}

static void share_block(Share *share, Block *block, const char *doc) {
    Arena *arena = share->c->arena;
    int outer = share->visible.count;
    for (int i = 0; i < block->count; ++i) {
        Statement *s = block->items[i];
        if (s->kind == STATEMENT_COMMENT) doc = s->text;
        int before = share->visible.count;
        if (s->kind == STATEMENT_DECLARE) vector_push(arena, &share->visible, s->variable);
        if (s->kind == STATEMENT_FOR && s->for_kind == FOR_PARALLEL) {
            share_loop(share, s, doc);
            continue;
        }
        if (s->kind == STATEMENT_FOR) vector_push(arena, &share->visible, s->variable);
        share_block(share, &s->body, doc);
        share_block(share, &s->otherwise, doc);
        if (s->kind == STATEMENT_FOR) share->visible.count = before;
    }
    share->visible.count = outer;
}

void module_share(Compiler *compiler, Module *module) {
    Share share = {.c = compiler, .module = module};
    for (int i = 0; i < module->functions.count; ++i) {
        Function *function = module->functions.items[i];
        share.function = function;
        share.visible.count = 0;
        for (int k = 0; k < function->parameters.count; ++k)
            vector_push(compiler->arena, &share.visible, function->parameters.items[k]);
        share_block(&share, &function->body, NULL);
        vector_push(compiler->arena, &share.functions, function);
    }
    module->functions.items = share.functions.items;
    module->functions.count = share.functions.count;
    module->functions.capacity = share.functions.capacity;
}
