/* What must hold of a module before it is written down. In: the loop language; out: true, or bug(),
 * as whatever is wrong here is an error of the compiler's: variables are declared before use and
 * once, types agree, constants stay, loops go on, and no two iterations of a parallel or simd loop
 * write to one place as far as can be seen: an iteration assigns no variable declared outside, and
 * the index of what it stores to depends on the loop's variable. */
#include "loops/loops.h"
#include <stdarg.h>
#include <stdio.h>

typedef struct Loop {
    const Statement *statement;
    struct Loop *outer;
    int scope;     /* count of variables that were visible outside */
    uintptr_t bit; /* 0 for loops too deep to be told apart */
} Loop;

typedef struct Check {
    Compiler *c;
    const Function *function;
    Vector(const Variable *) visible;
    Table position;  /* Variable -> its place in visible, from 1 */
    Table changed;   /* Variable -> itself: it gets values after its declaration */
    Table varies;    /* Variable -> the loops, as bits by depth, whose iterations give it different
                        values */
    uintptr_t guard; /* the same of the conditions that hold here */
    Loop *loop;      /* innermost */
} Check;

static void check_value(Check *check, const Value *value);

#define FAIL(...) fail(check, __VA_ARGS__)

__attribute__((format(printf, 2, 3))) static _Noreturn void fail(const Check *check,
                                                                 const char *format, ...) {
    va_list arguments;
    char text[400];
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    bug("loops: in function %s: %s", check->function->name, text);
}

static bool is_float(CType type) {
    return type == C_F32 || type == C_F64;
}

static bool is_scalar(const Value *value) {
    return !value->pointer && value->type != C_VOID && value->type != C_CALL &&
           value->type < C_STATE;
}

/* int, conditions and 16-bit integers mix in C without a conversion that could lose anything. */
static bool agree(const Value *a, const Value *b) {
    if (a->pointer != b->pointer) return false;
    if (a->pointer || a->type == b->type) return true;
    bool a_small = a->type == C_INT || a->type == C_BOOL || a->type == C_I32 || a->type == C_U16;
    bool b_small = b->type == C_INT || b->type == C_BOOL || b->type == C_I32 || b->type == C_U16;
    return a_small && b_small;
}

static const char *kind_text(CType type) {
    static const char *const texts[] = {"void", "bool", "int",   "i32",        "i64",
                                        "u64",  "u16",  "size",  "f32",        "f64",
                                        "call", "char", "state", "state file", "structure"};
    return texts[type];
}

static int position(const Check *check, const Variable *variable) {
    return (int)(intptr_t)table_get(&check->position, variable);
}

static void declare(Check *check, const Variable *variable) {
    if (!variable->name) FAIL("a variable has no name");
    if (position(check, variable))
        FAIL("%s is declared where it is declared already", variable->name);
    if (variable->type == C_VOID && !variable->pointer && !variable->pointer_to_const_pointers)
        FAIL("%s has type void", variable->name);
    if (variable->length &&
        (variable->length->kind != VALUE_INTEGER || variable->length->integer <= 0)) {
        FAIL("the length of %s is no constant above 0", variable->name);
    }
    vector_push(check->c->arena, &check->visible, variable);
    table_set(&check->position, variable, (void *)(intptr_t)check->visible.count);
}

static void leave(Check *check, int count) {
    while (check->visible.count > count)
        table_set(&check->position, check->visible.items[--check->visible.count], NULL);
}

static void check_used(const Check *check, const Variable *variable) {
    if (!variable) FAIL("a value has no variable");
    if (!position(check, variable)) FAIL("%s is used where it is not declared", variable->name);
}

static void check_index(Check *check, const Value *value) {
    const Variable *array = value->variable;
    if (!array->pointer && !array->length && !array->pointer_to_const_pointers)
        FAIL("%s is no array", array->name);
    check_value(check, value->a);
    if (!is_scalar(value->a) || is_float(value->a->type))
        FAIL("%s is indexed by %s", array->name, kind_text(value->a->type));
    if (array->length && value->a->kind == VALUE_INTEGER && value->kind == VALUE_ELEMENT &&
        (value->a->integer < 0 || value->a->integer >= array->length->integer)) {
        FAIL("%s[%lld] is outside of its %lld elements", array->name, (long long)value->a->integer,
             (long long)array->length->integer);
    }
}

static void check_binary(Check *check, const Value *value) {
    const Value *a = value->a, *b = value->b;
    check_value(check, b);
    bool is_logic = value->op == C_AND || value->op == C_OR,
         is_shift = value->op == C_SHL || value->op == C_SHR;
    bool is_bits = value->op == C_BITAND || value->op == C_BITOR || value->op == C_MOD || is_shift;
    if (!is_logic && !is_shift && !agree(a, b)) {
        FAIL("the sides of operator %d are %s%s and %s%s", (int)value->op, kind_text(a->type),
             a->pointer ? " *" : "", kind_text(b->type), b->pointer ? " *" : "");
    }
    if (is_bits && (is_float(a->type) || is_float(b->type)))
        FAIL("operator %d of floats", (int)value->op);
    bool is_comparison = value->op >= C_LT && value->op <= C_NE;
    if (!is_comparison && (a->pointer || b->pointer) && !is_logic) FAIL("arithmetic on pointers");
    bool by_zero =
        (value->op == C_DIV || value->op == C_MOD) && b->kind == VALUE_INTEGER && b->integer == 0;
    if (by_zero) FAIL("an integer is divided by 0");
}

static void check_value(Check *check, const Value *value) {
    /* The left side last and by iteration: sums may have thousands of terms. */
    for (bool goes_on = true; goes_on;) {
        if (!value) FAIL("a value is missing");
        goes_on = false;
        switch (value->kind) {
        case VALUE_INTEGER:
        case VALUE_FLOAT:
        case VALUE_NULL:
        case VALUE_NAMED:
        case VALUE_STRING:
        case VALUE_SIZEOF: break;
        case VALUE_VARIABLE:
        case VALUE_MEMBER:
        case VALUE_MEMBER_ADDRESS: check_used(check, value->variable); break;
        case VALUE_ELEMENT:
        case VALUE_ADDRESS:
            check_used(check, value->variable);
            if (value->kind == VALUE_ELEMENT || value->a) check_index(check, value);
            break;
        case VALUE_BINARY:
            if (!value->a || !value->b) FAIL("an operand is missing");
            check_binary(check, value);
            goes_on = true;
            break;
        case VALUE_CONDITIONAL:
            check_value(check, value->b);
            check_value(check, value->c);
            if (!agree(value->b, value->c))
                FAIL("a choice between %s and %s", kind_text(value->b->type),
                     kind_text(value->c->type));
            goes_on = true;
            break;
        case VALUE_UNARY:
        case VALUE_CAST: goes_on = true; break;
        case VALUE_CALL:
            for (int i = 0; i < value->argument_count; ++i)
                check_value(check, value->arguments[i]);
            break;
        }
        if (goes_on) value = value->a;
    }
}

/* The loops between whose iterations the value differs, as far as can be seen: by a loop's
 * variable, what is computed from it, and anything that changes. */
static uintptr_t variation(const Check *check, const Value *value) {
    uintptr_t loops = 0;
    for (; value; value = value->a) {
        if (value->variable) loops |= (uintptr_t)table_get(&check->varies, value->variable);
        loops |= variation(check, value->b) | variation(check, value->c);
        for (int i = 0; i < value->argument_count; ++i)
            loops |= variation(check, value->arguments[i]);
    }
    return loops;
}

static void note_variation(Check *check, const Variable *variable, uintptr_t loops) {
    bool is_changed = table_get(&check->changed, variable) || variable->length;
    table_set(&check->varies, variable, (void *)(is_changed ? UINTPTR_MAX : loops));
}

static void check_race(const Check *check, const Value *target) {
    for (const Loop *loop = check->loop; loop; loop = loop->outer) {
        if (loop->statement->for_kind == FOR_PLAIN && !loop->statement->joins) continue;
        const Variable *variable = target->variable;
        if (position(check, variable) > loop->scope) continue; /* its own in each iteration */
        /* A place that the iteration chooses, or one that a condition gives to it alone. */
        uintptr_t choice = variation(check, target->a) | check->guard;
        if (target->kind == VALUE_ELEMENT && (loop->bit == 0 || (choice & loop->bit))) continue;
        FAIL("iterations of the %s loop over %s all write to %s",
             loop->statement->for_kind == FOR_SIMD ? "simd" : "parallel",
             loop->statement->variable->name, variable->name);
    }
}

/* Notes every variable that is assigned, or whose address is given away. */
static void collect_addresses(Check *check, const Value *value) {
    for (; value; value = value->a) {
        if (value->kind == VALUE_ADDRESS && !value->a)
            table_set(&check->changed, value->variable, (void *)(intptr_t)1);
        collect_addresses(check, value->b);
        collect_addresses(check, value->c);
        for (int i = 0; i < value->argument_count; ++i)
            collect_addresses(check, value->arguments[i]);
    }
}

static void collect_changes(Check *check, const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        if (s->kind == STATEMENT_ASSIGN && s->target && s->target->kind == VALUE_VARIABLE) {
            table_set(&check->changed, s->target->variable, (void *)(intptr_t)1);
        }
        collect_addresses(check, s->value);
        collect_changes(check, &s->body);
        collect_changes(check, &s->otherwise);
    }
}

static void check_assign(Check *check, const Statement *s) {
    const Value *target = s->target;
    bool is_place = target && (target->kind == VALUE_VARIABLE || target->kind == VALUE_ELEMENT ||
                               target->kind == VALUE_MEMBER);
    if (!is_place) FAIL("something is assigned that is no place");
    check_value(check, target);
    check_value(check, s->value);
    const Variable *variable = target->variable;
    if (target->kind != VALUE_MEMBER && variable->is_const &&
        !(variable->pointer && target->kind == VALUE_VARIABLE)) {
        FAIL("%s is const, and assigned", variable->name);
    }
    for (const Loop *loop = check->loop; loop; loop = loop->outer) {
        if (target->kind == VALUE_VARIABLE && loop->statement->variable == variable)
            FAIL("the loop's variable %s is assigned", variable->name);
    }
    if (!agree(target, s->value)) {
        FAIL("%s holds %s and is given %s", variable->name, kind_text(target->type),
             kind_text(s->value->type));
    }
    check_race(check, target);
}

static void check_block(Check *check, const Block *block);

static void check_bound(Check *check, const Statement *s, const Value *value) {
    check_value(check, value);
    bool fits =
        is_scalar(value) && (value->type == s->variable->type || value->kind == VALUE_INTEGER);
    if (!fits)
        FAIL("the loop over %s, a %s, has a bound or step of type %s", s->variable->name,
             kind_text(s->variable->type), kind_text(value->type));
}

static void check_for(Check *check, const Statement *s) {
    if (!s->variable) FAIL("a loop has no variable");
    if (is_float(s->variable->type) || s->variable->pointer || s->variable->length)
        FAIL("the loop's variable %s is no integer", s->variable->name);
    check_bound(check, s, s->from);
    check_bound(check, s, s->to);
    if (s->step && s->step->kind == VALUE_INTEGER && s->step->integer <= 0)
        FAIL("the step of the loop over %s is not above 0", s->variable->name);
    bool is_unsigned =
        s->variable->type == C_SIZE || s->variable->type == C_U64 || s->variable->type == C_U16;
    if (s->down && is_unsigned)
        FAIL("the loop over %s goes down past 0, unsigned", s->variable->name);
    if (s->condition) check_value(check, s->condition);
    int depth = 0;
    for (const Loop *outer = check->loop; outer; outer = outer->outer)
        ++depth;
    Loop loop = {s, check->loop, check->visible.count, depth < 64 ? (uintptr_t)1 << depth : 0};
    declare(check, s->variable);
    note_variation(check, s->variable, loop.bit | variation(check, s->from));
    if (s->share_to) {
        declare(check, s->share_to);
        note_variation(check, s->share_to, variation(check, s->from));
    }
    if (s->step) check_bound(check, s, s->step);
    check->loop = &loop;
    check_block(check, &s->body);
    check->loop = loop.outer;
    leave(check, loop.scope);
}

static void check_jump(const Check *check, const Statement *s) {
    if (s->kind != STATEMENT_RETURN && !check->loop) FAIL("a jump stands in no loop");
    if (s->kind == STATEMENT_CONTINUE) return;
    for (const Loop *loop = check->loop; loop; loop = loop->outer) {
        if (loop->statement->for_kind != FOR_PLAIN)
            FAIL("a jump leaves the parallel or simd loop over %s",
                 loop->statement->variable->name);
        if (s->kind == STATEMENT_BREAK) return;
    }
}

static void check_return(Check *check, const Statement *s) {
    check_jump(check, s);
    if ((check->function->result == C_VOID) != !s->value)
        FAIL("a return gives a value where none is due, or none where one is");
    if (!s->value) return;
    check_value(check, s->value);
    Value result = {.kind = VALUE_VARIABLE, .type = check->function->result};
    if (!agree(&result, s->value))
        FAIL("%s is returned, not %s", kind_text(s->value->type), kind_text(result.type));
}

static void check_declare(Check *check, const Statement *s) {
    if (!s->variable) FAIL("a declaration has no variable");
    if (s->value) {
        check_value(check, s->value);
        if (s->variable->length) FAIL("the array %s is given one value", s->variable->name);
        Value target = {
            .kind = VALUE_VARIABLE, .type = s->variable->type, .pointer = s->variable->pointer};
        if (!agree(&target, s->value))
            FAIL("%s is declared as %s and given %s", s->variable->name, kind_text(target.type),
                 kind_text(s->value->type));
    } else if (s->variable->is_const && !s->variable->pointer && !s->elements) {
        FAIL("%s is const, and has no value", s->variable->name);
    }
    declare(check, s->variable);
    note_variation(check, s->variable, s->value ? variation(check, s->value) : UINTPTR_MAX);
}

static bool ends_with_jump(const Block *block) {
    if (block->count == 0) return false;
    StatementKind kind = block->items[block->count - 1]->kind;
    return kind == STATEMENT_RETURN || kind == STATEMENT_BREAK || kind == STATEMENT_CONTINUE;
}

static void check_if(Check *check, const Statement *s) {
    uintptr_t outside = check->guard;
    check_value(check, s->value);
    uintptr_t inside = outside | variation(check, s->value);
    check->guard = inside;
    check_block(check, &s->body);
    check->guard = inside;
    check_block(check, &s->otherwise);
    check->guard = ends_with_jump(&s->body) ? inside : outside; /* until the block's end */
}

static void check_statement(Check *check, const Statement *s) {
    switch (s->kind) {
    case STATEMENT_COMMENT:
        if (!s->text) FAIL("a comment has no text");
        break;
    case STATEMENT_BLANK: break;
    case STATEMENT_DECLARE: check_declare(check, s); break;
    case STATEMENT_ASSIGN: check_assign(check, s); break;
    case STATEMENT_FOR: check_for(check, s); break;
    case STATEMENT_IF: check_if(check, s); break;
    case STATEMENT_CALL:
        check_value(check, s->value);
        if (s->value->kind != VALUE_CALL && s->value->type != C_VOID)
            FAIL("a statement has no effect");
        break;
    case STATEMENT_RETURN: check_return(check, s); break;
    case STATEMENT_CONTINUE:
    case STATEMENT_BREAK: check_jump(check, s); break;
    case STATEMENT_SCOPE: check_block(check, &s->body); break;
    }
}

static void check_block(Check *check, const Block *block) {
    int outer = check->visible.count;
    uintptr_t guard = check->guard;
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        bool ends = s->kind == STATEMENT_RETURN || s->kind == STATEMENT_BREAK ||
                    s->kind == STATEMENT_CONTINUE;
        check_statement(check, s);
        if (ends && i + 1 < block->count) FAIL("statements follow a jump");
    }
    leave(check, outer);
    check->guard = guard;
}

bool module_verify(const Module *module) {
    Compiler *c = graph_compiler(module->model->graph);
    for (int i = 0; i < module->functions.count; ++i) {
        const Function *function = module->functions.items[i];
        Check state = {.c = c,
                       .function = function,
                       .position = table_new(c->arena),
                       .changed = table_new(c->arena),
                       .varies = table_new(c->arena)};
        Check *check = &state;
        collect_changes(check, &function->body);
        for (int j = 0; j < i; ++j) {
            if (module->functions.items[j]->name == function->name) FAIL("it is defined twice");
        }
        for (int j = 0; j < function->parameters.count; ++j)
            declare(check, function->parameters.items[j]);
        check_block(check, &function->body);
        int last = function->body.count - 1;
        bool returns = last >= 0 && function->body.items[last]->kind == STATEMENT_RETURN;
        if (function->result != C_VOID && !returns) FAIL("it does not end with a return");
        table_end(&state.position);
        table_end(&state.changed);
        table_end(&state.varies);
    }
    return true;
}
