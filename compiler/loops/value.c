/* The makers of the loop language. In: the parts of a value or statement; out: the node in the
 * compiler's arena.
 *
 * They fold what a reader of the emitted C would fold by eye: integer constants, + 0, * 1,
 * conditions that are known. Integers are folded only where the C would not overflow, floats only
 * where no bit can change (a constant's sign, a factor 1). A value is taken to be free of side
 * effects unless it calls a function. */
#include "loops/loops.h"
#include <math.h>
#include <string.h>

static Value *value_new(Compiler *c, ValueKind kind, CType type) {
    Value *value = ARENA_NEW(c->arena, Value);
    value->kind = kind;
    value->type = type;
    return value;
}

Value *value_integer(Compiler *c, CType type, int64_t integer) {
    Value *value = value_new(c, VALUE_INTEGER, type);
    value->integer = integer;
    return value;
}

Value *value_float(Compiler *c, CType type, double number) {
    Value *value = value_new(c, VALUE_FLOAT, type);
    value->number = type == C_F32 ? (double)(float)number : number;
    return value;
}

Value *value_null(Compiler *c) {
    Value *value = value_new(c, VALUE_NULL, C_VOID);
    value->pointer = true;
    return value;
}

Value *value_string(Compiler *c, const char *text) {
    Value *value = value_new(c, VALUE_STRING, C_CHAR);
    value->pointer = true;
    value->name =
        arena_text(c->arena, text, strlen(text)); /* not interned: two strings are never compared */
    return value;
}

Value *value_variable(Compiler *c, Variable *variable) {
    Value *value = value_new(c, VALUE_VARIABLE, variable->type);
    value->pointer = variable->pointer || variable->length;
    value->variable = variable;
    return value;
}

Value *value_element(Compiler *c, Variable *array, Value *index) {
    Value *value = value_new(c, VALUE_ELEMENT, array->type);
    value->pointer = array->pointer_to_const_pointers;
    value->variable = array;
    value->a = index;
    return value;
}

Value *value_address(Compiler *c, Variable *array, Value *index) {
    Value *value = value_new(c, VALUE_ADDRESS, array->type);
    value->pointer = true;
    value->variable = array;
    bool is_start = index && index->kind == VALUE_INTEGER && index->integer == 0;
    value->a = is_start && (array->pointer || array->length) ? NULL : index;
    return value;
}

Value *value_named(Compiler *c, CType type, const char *name) {
    Value *value = value_new(c, VALUE_NAMED, type);
    value->name = name_of(c->names, name);
    return value;
}

Value *value_member(Compiler *c, Variable *structure, const char *name, CType type, bool pointer) {
    Value *value = value_new(c, VALUE_MEMBER, type);
    value->pointer = pointer;
    value->variable = structure;
    value->name = name_of(c->names, name);
    return value;
}

Value *value_member_of(Compiler *c, Variable *structure, Variable *member) {
    Value *value = value_member(c, structure, member->name, member->type, member->pointer);
    value->member = member;
    return value;
}

Value *value_member_address(Compiler *c, Variable *structure, Variable *member) {
    Value *value = value_member_of(c, structure, member);
    value->kind = VALUE_MEMBER_ADDRESS;
    value->pointer = true;
    return value;
}

static bool type_is_float(CType type) {
    return type == C_F32 || type == C_F64;
}

static bool type_is_unsigned(CType type) {
    return type == C_U64 || type == C_SIZE || type == C_U16;
}

static bool is_integer(const Value *value, int64_t integer) {
    return value->kind == VALUE_INTEGER && value->integer == integer;
}

static bool is_float(const Value *value, double number) {
    return value->kind == VALUE_FLOAT && value->number == number;
}

/* Whether dropping or repeating the value could change what the program does. */
static bool calls(const Value *value) {
    if (!value) return false;
    return value->kind == VALUE_CALL || calls(value->a) || calls(value->b) || calls(value->c);
}

/* The same place read twice in one expression: what x - x and x == x need. Calls never are. */
static bool same(const Value *a, const Value *b) {
    if (a == b) return !calls(a);
    if (!a || !b || a->kind != b->kind || a->type != b->type || a->pointer != b->pointer)
        return false;
    switch (a->kind) {
    case VALUE_INTEGER: return a->integer == b->integer;
    case VALUE_VARIABLE: return a->variable == b->variable;
    case VALUE_ELEMENT: return a->variable == b->variable && same(a->a, b->a);
    case VALUE_UNARY: return a->op == b->op && same(a->a, b->a);
    case VALUE_CAST: return same(a->a, b->a);
    case VALUE_BINARY: return a->op == b->op && same(a->a, b->a) && same(a->b, b->b);
    default: return false;
    }
}

/* Whether an integer can be held by the type; what cannot is left for the C compiler to see. */
static bool fits(CType type, int64_t integer) {
    switch (type) {
    case C_BOOL: return integer == 0 || integer == 1;
    case C_INT:
    case C_I32: return integer >= INT32_MIN && integer <= INT32_MAX;
    case C_U16: return integer >= 0 && integer <= UINT16_MAX;
    case C_SIZE: return integer >= 0;
    case C_I64: return true;
    default: return false;
    }
}

/* a op b for two integers, or false where C leaves it undefined or the result leaves the type. U64
 * wraps. */
static bool fold_integers(COp op, CType type, int64_t a, int64_t b, int64_t *result) {
    bool overflow = false;
    if (type == C_U64) {
        uint64_t x = (uint64_t)a, y = (uint64_t)b;
        switch (op) {
        case C_ADD: *result = (int64_t)(x + y); return true;
        case C_SUB: *result = (int64_t)(x - y); return true;
        case C_MUL: *result = (int64_t)(x * y); return true;
        case C_BITAND: *result = (int64_t)(x & y); return true;
        case C_BITOR: *result = (int64_t)(x | y); return true;
        default: return false;
        }
    }
    switch (op) {
    case C_ADD: overflow = __builtin_add_overflow(a, b, result); break;
    case C_SUB: overflow = __builtin_sub_overflow(a, b, result); break;
    case C_MUL: overflow = __builtin_mul_overflow(a, b, result); break;
    case C_DIV:
    case C_MOD:
        if (b == 0 || (a == INT64_MIN && b == -1)) return false;
        *result = op == C_DIV ? a / b : a % b;
        break;
    case C_BITAND: *result = a & b; break;
    case C_BITOR: *result = a | b; break;
    case C_SHL:
        if (a < 0 || b < 0 || b >= 63 || a > (INT64_MAX >> b)) return false;
        *result = (int64_t)((uint64_t)a << b);
        break;
    case C_SHR:
        if (a < 0 || b < 0 || b >= 63) return false;
        *result = a >> b;
        break;
    default: return false;
    }
    return !overflow && fits(type, *result);
}

static bool is_comparison(COp op) {
    return op >= C_LT && op <= C_NE;
}

static bool compare_integers(COp op, bool is_unsigned, int64_t a, int64_t b) {
    bool less = is_unsigned ? (uint64_t)a < (uint64_t)b : a < b;
    switch (op) {
    case C_LT: return less;
    case C_LE: return less || a == b;
    case C_GT: return !less && a != b;
    case C_GE: return !less;
    case C_EQ: return a == b;
    default: return a != b;
    }
}

static COp opposite(COp op) {
    switch (op) {
    case C_LT: return C_GE;
    case C_LE: return C_GT;
    case C_GT: return C_LE;
    case C_GE: return C_LT;
    case C_EQ: return C_NE;
    default: return C_EQ;
    }
}

static Value *truth(Compiler *c, bool holds) {
    return value_integer(c, C_BOOL, holds);
}

Value *value_unary(Compiler *c, COp op, Value *a) {
    if (op == C_NOT) {
        if (a->kind == VALUE_INTEGER) return truth(c, a->integer == 0);
        if (a->kind == VALUE_UNARY && a->op == C_NOT && a->a->type == C_BOOL) return a->a;
        /* NaN is neither less nor not less: only equality may be turned round for floats. */
        if (a->kind == VALUE_BINARY && is_comparison(a->op) &&
            (!type_is_float(a->a->type) || a->op == C_EQ || a->op == C_NE)) {
            return value_binary(c, opposite(a->op), a->a, a->b);
        }
    } else {
        if (a->kind == VALUE_FLOAT) return value_float(c, a->type, -a->number);
        if (a->kind == VALUE_INTEGER && !type_is_unsigned(a->type) && fits(a->type, a->integer) &&
            a->integer != INT64_MIN && fits(a->type, -a->integer)) {
            return value_integer(c, a->type, -a->integer);
        }
        if (a->kind == VALUE_UNARY && a->op == C_NEG) return a->a;
    }
    CType type = op == C_NOT ? C_BOOL : a->type == C_BOOL ? C_INT : a->type;
    Value *value = value_new(c, VALUE_UNARY, type);
    value->op = op;
    value->a = a;
    return value;
}

static Value *binary(Compiler *c, COp op, CType type, Value *a, Value *b) {
    Value *value = value_new(c, VALUE_BINARY, type);
    value->op = op;
    value->a = a;
    value->b = b;
    return value;
}

static Value *logic(Compiler *c, COp op, Value *a, Value *b) {
    int64_t neutral = op == C_AND;
    if (a->kind == VALUE_INTEGER) return (a->integer != 0) == neutral ? b : truth(c, !neutral);
    if (b->kind == VALUE_INTEGER) {
        if ((b->integer != 0) == neutral) return a;
        if (!calls(a)) return truth(c, !neutral);
    }
    if (same(a, b)) return a;
    return binary(c, op, C_BOOL, a, b);
}

static Value *comparison(Compiler *c, COp op, Value *a, Value *b) {
    if (!a->pointer && !b->pointer && !type_is_float(a->type)) {
        if (a->kind == VALUE_INTEGER && b->kind == VALUE_INTEGER) {
            return truth(c,
                         compare_integers(op, type_is_unsigned(a->type), a->integer, b->integer));
        }
        if (same(a, b)) return truth(c, op == C_LE || op == C_GE || op == C_EQ);
    }
    return binary(c, op, C_BOOL, a, b);
}

/* (x + 1) + 2 is x + 3. Only for + and - of constants, and only where the two constants fit
 * together. */
static Value *add_constant(Compiler *c, CType type, Value *a, int64_t constant) {
    if (type == C_SIZE || type == C_U16 || constant == INT64_MIN) return NULL;
    if (a->kind == VALUE_BINARY && (a->op == C_ADD || a->op == C_SUB) && a->type == type &&
        a->b->kind == VALUE_INTEGER && a->b->integer != INT64_MIN) {
        int64_t inner = a->op == C_ADD ? a->b->integer : -a->b->integer, sum;
        if (__builtin_add_overflow(inner, constant, &sum) || sum == INT64_MIN) return NULL;
        if (sum == 0) return a->a;
        return binary(c, sum > 0 ? C_ADD : C_SUB, type, a->a,
                      value_integer(c, type, sum > 0 ? sum : -sum));
    }
    if (constant >= 0) return NULL;
    return binary(c, C_SUB, type, a, value_integer(c, type, -constant));
}

static Value *integer_identity(Compiler *c, COp op, CType type, Value *a, Value *b) {
    switch (op) {
    case C_ADD:
        if (is_integer(a, 0)) return b;
        if (is_integer(b, 0)) return a;
        if (a->kind == VALUE_INTEGER) return value_binary(c, C_ADD, b, a);
        return b->kind == VALUE_INTEGER && type != C_U64 ? add_constant(c, type, a, b->integer)
                                                         : NULL;
    case C_SUB:
        if (is_integer(b, 0)) return a;
        if (same(a, b)) return value_integer(c, type, 0);
        if (b->kind == VALUE_INTEGER && type != C_U64 && b->integer > 0) {
            return add_constant(c, type, a, -b->integer);
        }
        return NULL;
    case C_MUL:
        if (is_integer(a, 1)) return b;
        if (is_integer(b, 1)) return a;
        if ((is_integer(a, 0) && !calls(b)) || (is_integer(b, 0) && !calls(a))) {
            return value_integer(c, type, 0);
        }
        return a->kind == VALUE_INTEGER && b->kind != VALUE_INTEGER ? value_binary(c, C_MUL, b, a)
                                                                    : NULL;
    case C_DIV: return is_integer(b, 1) ? a : NULL;
    case C_MOD: return is_integer(b, 1) && !calls(a) ? value_integer(c, type, 0) : NULL;
    case C_SHL:
    case C_SHR: return is_integer(b, 0) ? a : NULL;
    default: return NULL;
    }
}

/* What C's usual conversions give; the verifier holds that operands agree, so this matters for int
 * and bool only. */
static CType common_type(const Value *a, const Value *b) {
    if (a->type == b->type) return a->type == C_BOOL || a->type == C_U16 ? C_INT : a->type;
    if (type_is_float(a->type) || type_is_float(b->type)) {
        return a->type == C_F64 || b->type == C_F64 ? C_F64 : C_F32;
    }
    if (a->type == C_BOOL || a->type == C_U16)
        return b->type == C_BOOL || b->type == C_U16 ? C_INT : b->type;
    if (b->type == C_BOOL || b->type == C_U16) return a->type;
    return a->type > b->type ? a->type : b->type;
}

Value *value_binary(Compiler *c, COp op, Value *a, Value *b) {
    if (op == C_AND || op == C_OR) return logic(c, op, a, b);
    if (is_comparison(op)) return comparison(c, op, a, b);
    /* & and | of two conditions are a condition: both sides are evaluated, which suits simd. */
    bool is_condition = (op == C_BITAND || op == C_BITOR) && a->type == C_BOOL && b->type == C_BOOL;
    if (is_condition && (a->kind == VALUE_INTEGER || b->kind == VALUE_INTEGER)) {
        return logic(c, op == C_BITAND ? C_AND : C_OR, a, b);
    }
    CType type = is_condition ? C_BOOL : common_type(a, b);
    if (op == C_SHL || op == C_SHR) type = a->type == C_BOOL || a->type == C_U16 ? C_INT : a->type;
    if (type_is_float(type)) {
        if (op == C_MUL && is_float(a, 1) && b->type == type) return b;
        if ((op == C_MUL || op == C_DIV) && is_float(b, 1) && a->type == type) return a;
        return binary(c, op, type, a, b);
    }
    int64_t folded;
    if (a->kind == VALUE_INTEGER && b->kind == VALUE_INTEGER &&
        fold_integers(op, type, a->integer, b->integer, &folded)) {
        return value_integer(c, type, folded);
    }
    if (!a->pointer && !b->pointer) {
        Value *simpler = integer_identity(c, op, type, a, b);
        if (simpler) return value_cast(c, type, simpler);
    }
    return binary(c, op, type, a, b);
}

/* The value where it is known whether the condition holds: it is not asked again there. */
static Value *where_known(Compiler *c, Value *value, const Value *condition, bool holds) {
    if (!value) return NULL;
    bool asks = value->kind == VALUE_CONDITIONAL && same(value->a, condition);
    if (asks) return where_known(c, holds ? value->b : value->c, condition, holds);
    Value made = *value;
    made.a = where_known(c, value->a, condition, holds);
    made.b = where_known(c, value->b, condition, holds);
    made.c = where_known(c, value->c, condition, holds);
    bool changed = made.a != value->a || made.b != value->b || made.c != value->c;
    for (int i = 0; i < value->argument_count; ++i) {
        Value *argument = where_known(c, value->arguments[i], condition, holds);
        if (argument == value->arguments[i]) continue;
        if (made.arguments == value->arguments) {
            made.arguments = ARENA_ARRAY(c->arena, Value *, value->argument_count);
            memcpy(made.arguments, value->arguments,
                   sizeof *made.arguments * (size_t)value->argument_count);
        }
        made.arguments[i] = argument;
        changed = true;
    }
    if (!changed) return value;
    value = ARENA_NEW(c->arena, Value);
    *value = made;
    return value;
}

Value *value_conditional(Compiler *c, Value *a, Value *b, Value *otherwise) {
    if (a->kind == VALUE_INTEGER) return a->integer ? b : otherwise;
    b = where_known(c, b, a, true);
    otherwise = where_known(c, otherwise, a, false);
    if (same(b, otherwise) && !calls(a)) return b;
    Value *value = value_new(c, VALUE_CONDITIONAL,
                             b->type == otherwise->type ? b->type : common_type(b, otherwise));
    value->pointer = b->pointer || otherwise->pointer;
    value->a = a;
    value->b = b;
    value->c = otherwise;
    return value;
}

Value *value_cast(Compiler *c, CType type, Value *a) {
    if (a->type == type && !a->pointer) return a;
    if (type == C_BOOL &&
        !a->pointer) { /* a conversion to a condition is a comparison: (unsigned char)256 is 0 */
        return value_binary(c, C_NE, a,
                            type_is_float(a->type) ? value_float(c, a->type, 0)
                                                   : value_integer(c, a->type, 0));
    }
    if (a->kind == VALUE_INTEGER && !a->pointer) {
        if (type_is_float(type)) {
            double number = type == C_F32 ? (double)(float)a->integer : (double)a->integer;
            if (a->type != C_U64 && fabs(number) < 9e15 && (int64_t)number == a->integer) {
                return value_float(c, type, number);
            }
        } else if (fits(type, a->integer) && (a->type != C_U64 || a->integer >= 0)) {
            return value_integer(c, type, a->integer);
        } else if (type == C_U64) {
            return value_integer(c, type, a->integer);
        }
    }
    if (a->kind == VALUE_FLOAT && type_is_float(type)) return value_float(c, type, a->number);
    Value *value = value_new(c, VALUE_CAST, type);
    value->a = a;
    return value;
}

Value *value_cast_pointer(Compiler *c, CType type, Value *a) {
    Value *value = value_new(c, VALUE_CAST, type);
    value->pointer = true;
    value->a = a;
    return value;
}

Value *value_call(Compiler *c, CType type, const char *name, int count, Value *const *arguments) {
    Value *value = value_new(c, VALUE_CALL, type);
    value->name = name_of(c->names, name);
    value->argument_count = count;
    value->arguments = ARENA_ARRAY(c->arena, Value *, count > 0 ? count : 1);
    for (int i = 0; i < count; ++i)
        value->arguments[i] = arguments[i];
    return value;
}

Value *value_sizeof(Compiler *c, CType type) {
    Value *value = value_new(c, VALUE_SIZEOF, C_SIZE);
    value->integer = type;
    return value;
}

Variable *variable_new(Compiler *c, const char *name, CType type) {
    Variable *variable = ARENA_NEW(c->arena, Variable);
    variable->name = name_of(c->names, name);
    variable->type = type;
    return variable;
}

void block_add(Compiler *c, Block *block, Statement *statement) {
    vector_push(c->arena, block, statement);
}

static Statement *add_new(Compiler *c, Block *block, StatementKind kind) {
    Statement *statement = ARENA_NEW(c->arena, Statement);
    statement->kind = kind;
    block_add(c, block, statement);
    return statement;
}

Statement *block_comment(Compiler *c, Block *block, const char *text) {
    Statement *statement = add_new(c, block, STATEMENT_COMMENT);
    statement->text = arena_text(c->arena, text, strlen(text));
    return statement;
}

void block_blank(Compiler *c, Block *block) {
    add_new(c, block, STATEMENT_BLANK);
}

Statement *block_declare(Compiler *c, Block *block, Variable *variable, Value *value) {
    Statement *statement = add_new(c, block, STATEMENT_DECLARE);
    statement->variable = variable;
    statement->value = value;
    return statement;
}

Statement *block_update(Compiler *c, Block *block, COp op, Value *target, Value *value) {
    Statement *statement = add_new(c, block, STATEMENT_ASSIGN);
    statement->op = op;
    statement->target = target;
    statement->value = value;
    return statement;
}

Statement *block_assign(Compiler *c, Block *block, Value *target, Value *value) {
    return block_update(c, block, C_NEG, target, value);
}

Statement *block_for(Compiler *c, Block *block, Variable *variable, Value *from, Value *to,
                     Value *step) {
    Statement *statement = add_new(c, block, STATEMENT_FOR);
    statement->variable = variable;
    statement->from = from;
    statement->to = to;
    statement->step = step && is_integer(step, 1) ? NULL : step;
    return statement;
}

Statement *block_if(Compiler *c, Block *block, Value *condition) {
    Statement *statement = add_new(c, block, STATEMENT_IF);
    statement->value = condition;
    return statement;
}

void block_call(Compiler *c, Block *block, Value *call) {
    add_new(c, block, STATEMENT_CALL)->value = call;
}

void block_return(Compiler *c, Block *block, Value *value) {
    add_new(c, block, STATEMENT_RETURN)->value = value;
}

CType c_type_of(Scalar type) {
    switch (type) {
    case SCALAR_BOOL: return C_BOOL;
    case SCALAR_I32: return C_I32;
    case SCALAR_I64: return C_I64;
    case SCALAR_F32: return C_F32;
    case SCALAR_F64: return C_F64;
    case SCALAR_F16:
    case SCALAR_BF16: return C_U16;
    }
    bug("no C type for scalar type %d", (int)type);
}

bool value_mentions(const Value *value, const Variable *variable) {
    for (; value; value = value->a) {
        if (value->variable == variable) return true;
        if (value_mentions(value->b, variable) || value_mentions(value->c, variable)) return true;
        for (int i = 0; i < value->argument_count; ++i)
            if (value_mentions(value->arguments[i], variable)) return true;
    }
    return false;
}

bool block_declares(const Block *block, const Variable *variable) {
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        if (s->kind == STATEMENT_DECLARE && s->variable == variable) return true;
        if (block_declares(&s->body, variable) || block_declares(&s->otherwise, variable))
            return true;
    }
    return false;
}

bool value_is_known_before(const Statement *loop, const Value *value) {
    for (; value; value = value->a) {
        if (value->variable && block_declares(&loop->body, value->variable)) return false;
        if (value->kind == VALUE_ELEMENT && !value->variable->is_const) return false;
        if (value->argument_count > 0) return false;
        if (!value_is_known_before(loop, value->b) || !value_is_known_before(loop, value->c))
            return false;
    }
    return true;
}

bool value_is_same_in(const Statement *loop, const Value *value) {
    return !value_mentions(value, loop->variable) && value_is_known_before(loop, value);
}
