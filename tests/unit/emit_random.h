/* Random expressions of the loop language with the value that each must have in C: what test_emit.c
 * compiles and runs. Built without the makers' folding (raw) or with it. Nothing overflows, and
 * nothing is divided by 0. */
#ifndef EMIT_RANDOM_H
#define EMIT_RANDOM_H
#include "emit/emit.h"
#include <math.h>

typedef struct Sample { /* a value, and what it is for the arguments below */
    Value *value;
    int64_t integer; /* of types I64 and BOOL */
    double number;   /* of types F32 and F64 */
    bool fails;      /* overflow on the way: not to be used */
} Sample;

typedef struct Dice {
    Compiler *c;
    uint64_t state;
    bool raw;                                                          /* no folding */
    Variable *integers[3], *flags[2], *floats[2], *doubles[2], *table; /* parameters */
} Dice;

/* The arguments that the functions are called with. */
static const int64_t integer_arguments[] = {3, -7, 100000};
static const int64_t flag_arguments[] = {1, 0};
static const double float_arguments[] = {0.75, -3.5};
static const double double_arguments[] = {1e-3, 12.25};
static const int64_t table_arguments[] = {5, -2, 8, 13};

static inline uint32_t roll(Dice *dice, uint32_t sides) {
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice->state >> 33) % sides;
}

static inline Value *raw_value(Dice *dice, ValueKind kind, CType type, COp op, Value *a, Value *b,
                               Value *c) {
    Value *value = ARENA_NEW(dice->c->arena, Value);
    *value = (Value){.kind = kind, .type = type, .op = op, .a = a, .b = b, .c = c};
    return value;
}

static inline Value *make_binary(Dice *dice, COp op, CType type, Value *a, Value *b) {
    return dice->raw ? raw_value(dice, VALUE_BINARY, type, op, a, b, NULL)
                     : value_binary(dice->c, op, a, b);
}

static Sample random_integer(Dice *dice, int depth);
static Sample random_float(Dice *dice, CType type, int depth);
static Sample random_flag(Dice *dice, int depth);

static inline Sample random_index(Dice *dice) {
    int at = (int)roll(dice, 4);
    Sample sample = {.value =
                         value_element(dice->c, dice->table, value_integer(dice->c, C_I64, at)),
                     .integer = table_arguments[at]};
    return sample;
}

static inline Sample integer_leaf(Dice *dice) {
    Sample sample = {0};
    uint32_t which = roll(dice, 7);
    if (which < 3) {
        sample.value = value_variable(dice->c, dice->integers[which]);
        sample.integer = integer_arguments[which];
    } else if (which < 6) {
        static const int64_t some[] = {0,     1,          2,           7,          -1, -12,
                                       65536, 2147483647, -2147483648, 5000000000, 9};
        sample.integer = some[roll(dice, 11)];
        sample.value = value_integer(dice->c, C_I64, sample.integer);
    } else {
        sample = random_index(dice);
    }
    return sample;
}

static inline Sample random_integer(Dice *dice, int depth) {
    if (depth == 0) return integer_leaf(dice);
    Sample out = {0};
    uint32_t which = roll(dice, 14);
    if (which == 0) {
        Sample a = random_integer(dice, depth - 1);
        out.fails = a.fails || __builtin_sub_overflow((int64_t)0, a.integer, &out.integer);
        out.value = dice->raw ? raw_value(dice, VALUE_UNARY, C_I64, C_NEG, a.value, NULL, NULL)
                              : value_unary(dice->c, C_NEG, a.value);
        return out;
    }
    if (which == 1) {
        Sample a = random_flag(dice, depth - 1);
        out = (Sample){value_cast(dice->c, C_I64, a.value), a.integer, 0, a.fails};
        return out;
    }
    if (which == 2) {
        Sample a = random_flag(dice, depth - 1), b = random_integer(dice, depth - 1),
               c = random_integer(dice, depth - 1);
        out.fails = a.fails || b.fails || c.fails;
        out.integer = a.integer ? b.integer : c.integer;
        out.value = dice->raw
                        ? raw_value(dice, VALUE_CONDITIONAL, C_I64, 0, a.value, b.value, c.value)
                        : value_conditional(dice->c, a.value, b.value, c.value);
        return out;
    }
    static const COp ops[] = {C_ADD,   C_SUB, C_MUL, C_DIV, C_MOD, C_BITAND,
                              C_BITOR, C_SHL, C_SHR, C_ADD, C_SUB};
    COp op = ops[which - 3];
    Sample a = random_integer(dice, depth - 1), b = random_integer(dice, depth - 1);
    if (op == C_SHL || op == C_SHR) {
        b = (Sample){.integer = roll(dice, 34)};
        b.value = value_integer(dice->c, C_I64, b.integer);
    }
    out.fails = a.fails || b.fails;
    switch (op) {
    case C_ADD: out.fails |= __builtin_add_overflow(a.integer, b.integer, &out.integer); break;
    case C_SUB: out.fails |= __builtin_sub_overflow(a.integer, b.integer, &out.integer); break;
    case C_MUL: out.fails |= __builtin_mul_overflow(a.integer, b.integer, &out.integer); break;
    case C_DIV:
    case C_MOD:
        out.fails |= b.integer == 0 || b.integer == -1;
        if (!out.fails) out.integer = op == C_DIV ? a.integer / b.integer : a.integer % b.integer;
        break;
    case C_BITAND: out.integer = a.integer & b.integer; break;
    case C_BITOR: out.integer = a.integer | b.integer; break;
    default:
        out.fails |= a.integer < 0 || a.integer > (INT64_MAX >> 34);
        if (!out.fails) out.integer = op == C_SHL ? a.integer << b.integer : a.integer >> b.integer;
    }
    out.value = make_binary(dice, op, C_I64, a.value, b.value);
    return out;
}

static inline Sample random_flag(Dice *dice, int depth) {
    Sample out = {0};
    if (depth == 0) {
        uint32_t which = roll(dice, 2);
        return (Sample){value_variable(dice->c, dice->flags[which]), flag_arguments[which], 0,
                        false};
    }
    uint32_t which = roll(dice, 7);
    if (which == 0) {
        Sample a = random_flag(dice, depth - 1);
        out = (Sample){NULL, !a.integer, 0, a.fails};
        out.value = dice->raw ? raw_value(dice, VALUE_UNARY, C_BOOL, C_NOT, a.value, NULL, NULL)
                              : value_unary(dice->c, C_NOT, a.value);
        return out;
    }
    if (which <= 4) {
        static const COp logic[] = {C_AND, C_OR, C_BITAND, C_BITOR};
        COp op = logic[which - 1];
        Sample a = random_flag(dice, depth - 1), b = random_flag(dice, depth - 1);
        out.integer =
            op == C_AND || op == C_BITAND ? a.integer && b.integer : a.integer || b.integer;
        out.fails = a.fails || b.fails;
        out.value = make_binary(dice, op, C_BOOL, a.value, b.value);
        return out;
    }
    bool of_floats = which == 6;
    Sample a = of_floats ? random_float(dice, C_F64, depth - 1) : random_integer(dice, depth - 1);
    Sample b = of_floats ? random_float(dice, C_F64, depth - 1) : random_integer(dice, depth - 1);
    COp op =
        (COp)(C_LT +
              roll(dice, of_floats
                             ? 4
                             : 6)); /* -Wfloat-equal is not asked for, but few want == of floats */
    bool less = of_floats ? a.number < b.number : a.integer < b.integer;
    bool more = of_floats ? a.number > b.number : a.integer > b.integer;
    bool equal = of_floats ? a.number == b.number : a.integer == b.integer;
    out.integer = op == C_LT   ? less
                  : op == C_GT ? more
                  : op == C_LE ? less || equal
                  : op == C_GE ? more || equal
                  : op == C_EQ ? equal
                               : !equal;
    out.fails = a.fails || b.fails;
    out.value = make_binary(dice, op, C_BOOL, a.value, b.value);
    return out;
}

static inline Sample random_float(Dice *dice, CType type, int depth) {
    Sample out = {0};
    uint32_t which = roll(dice, depth == 0 ? 2 : 9);
    if (which == 0) {
        uint32_t at = roll(dice, 2);
        bool is_single = type == C_F32;
        return (Sample){value_variable(dice->c, is_single ? dice->floats[at] : dice->doubles[at]),
                        0, is_single ? float_arguments[at] : double_arguments[at], false};
    }
    if (which == 1) {
        static const double some[] = {0.0,   1.0,  0.5,        -2.0,          0.1,
                                      1e-30, 3e20, 1234567.0,  INFINITY,      -INFINITY,
                                      -0.0,  1e-5, 16777216.0, 123456789012.0};
        out.number = some[roll(dice, 14)];
        if (type == C_F32) out.number = (float)out.number;
        out.value = value_float(dice->c, type, out.number);
        return out;
    }
    if (which == 2) {
        CType other = type == C_F32 ? C_F64 : C_F32;
        Sample a = random_float(dice, other, depth - 1);
        out = (Sample){value_cast(dice->c, type, a.value), 0,
                       type == C_F32 ? (float)a.number : a.number, a.fails};
        return out;
    }
    if (which == 3) {
        Sample a = random_float(dice, type, depth - 1);
        out = (Sample){NULL, 0, -a.number, a.fails};
        out.value = dice->raw ? raw_value(dice, VALUE_UNARY, type, C_NEG, a.value, NULL, NULL)
                              : value_unary(dice->c, C_NEG, a.value);
        return out;
    }
    if (which == 4) {
        Sample a = random_flag(dice, depth - 1), b = random_float(dice, type, depth - 1),
               c = random_float(dice, type, depth - 1);
        out = (Sample){NULL, 0, a.integer ? b.number : c.number, a.fails || b.fails || c.fails};
        out.value = dice->raw
                        ? raw_value(dice, VALUE_CONDITIONAL, type, 0, a.value, b.value, c.value)
                        : value_conditional(dice->c, a.value, b.value, c.value);
        return out;
    }
    static const COp ops[] = {C_ADD, C_SUB, C_MUL, C_DIV};
    COp op = ops[which - 5];
    Sample a = random_float(dice, type, depth - 1), b = random_float(dice, type, depth - 1);
    double result = op == C_ADD   ? a.number + b.number
                    : op == C_SUB ? a.number - b.number
                    : op == C_MUL ? a.number * b.number
                                  : a.number / b.number;
    if (type == C_F32) { /* rounded once: each of the four is exact enough in float64 to round twice
                            without harm */
        result = (float)result;
    }
    out = (Sample){make_binary(dice, op, type, a.value, b.value), 0, result, a.fails || b.fails};
    return out;
}
#endif
