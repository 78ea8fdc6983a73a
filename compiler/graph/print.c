/* From nodes to expressions of the language, with no more brackets than its precedence asks for.
 *
 *     REDUCE_MAX n (SELECT (LT t 3) (MUL x 2) 0)   ->   max[n](if t < 3 then x * 2 else 0)
 *
 * What is printed reads back as the same node. A literal takes the type of what it meets, so it is
 * wrapped, `f64(0.1)`, only where it meets nothing. NaN has no literal: it is printed as `f32(inf)
 * - inf`, which simplifies to it. */
#include "graph/print.h"
#include "graph/internal.h"
#include "graph/rules.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How tightly an expression holds together; what an operand needs at least. */
typedef enum Level {
    LEVEL_IF,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARE,
    LEVEL_ADD,
    LEVEL_MUL,
    LEVEL_UNARY,
    LEVEL_POWER,
    LEVEL_POSTFIX
} Level;

/* Whether a literal's type follows from what stands beside it. */
typedef enum Literal {
    LITERAL_ALONE,
    LITERAL_FOLLOWS
} Literal;

static void print(Printer *printer, const Node *node, Level needed, Literal literal);

const char *printer_axis(Printer *printer, const Axis *axis) {
    const char *name = printer->axis_names ? table_get(printer->axis_names, axis) : NULL;
    if (name) return name;
    if (!axis->variant) return axis->name;
    return arena_format(printer->out->arena, "%s_%d", axis->name, axis->variant + 1);
}

static const char *node_name(const Printer *printer, const Node *node) {
    const char *name = printer->node_names ? table_get(printer->node_names, node) : NULL;
    return name || node->op != OP_LET ? name : node->u.name;
}

void printer_number(Text *out, Scalar type, double value) {
    if (isinf(value)) {
        text_add(out, value < 0 ? "-inf" : "inf");
        return;
    }
    if (value == floor(value) && fabs(value) < 1e15) {
        /* -0 would be read as the integer 0 */
        text_format(out, value == 0 && signbit(value) ? "%.1f" : "%.0f", value);
        return;
    }
    char digits[40];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        double read = strtod(digits, NULL);
        if (type == SCALAR_F32 ? (float)read == (float)value : read == value) break;
    }
    text_add(out, digits);
}

static void print_integer(Text *out, int64_t value) {
    if (value == INT64_MIN) {
        text_format(out, "%" PRId64 " - 1", value + 1); /* the digits alone would overflow */
    } else {
        text_format(out, "%" PRId64, value);
    }
}

static void print_literal(Printer *printer, const Node *node, Literal literal) {
    Text *out = printer->out;
    if (node->type == SCALAR_BOOL) {
        text_add(out, node->u.integer ? "true" : "false");
        return;
    }
    bool is_nan = scalar_is_float(node->type) && isnan(node->u.number);
    bool wrapped = literal == LITERAL_ALONE && !is_nan;
    if (wrapped) text_format(out, "%s(", scalar_text(node->type));
    if (!scalar_is_float(node->type)) {
        print_integer(out, node->u.integer);
    } else if (is_nan) {
        text_format(out, "%s(inf) - inf", scalar_text(node->type));
    } else {
        printer_number(out, node->type, node->u.number);
    }
    if (wrapped) text_add(out, ")");
}

static Level literal_level(const Node *node, Literal literal) {
    if (scalar_is_float(node->type) && isnan(node->u.number)) return LEVEL_ADD;
    if (node->type == SCALAR_BOOL || literal == LITERAL_ALONE) return LEVEL_POSTFIX;
    if (!scalar_is_float(node->type)) {
        if (node->u.integer == INT64_MIN) return LEVEL_ADD;
        return node->u.integer < 0 ? LEVEL_UNARY : LEVEL_POSTFIX;
    }
    return signbit(node->u.number) ? LEVEL_UNARY : LEVEL_POSTFIX;
}

/* `if argmax(...) < 0 then e else argmax(...)` is what `empty = e` means: the reduction, or NULL.
 */
static const Node *arg_or_empty(const Printer *printer, const Node *select) {
    const Node *none = select->arguments[0], *arg = select->arguments[2];
    bool fits = node_is_arg(arg) && node_where(arg) && none->op == OP_LT &&
                none->arguments[0] == arg && node_is_number(none->arguments[1], 0);
    return fits && !node_name(printer, arg) ? arg : NULL;
}

static Level level_of(const Printer *printer, const Node *node, Literal literal) {
    if (node_name(printer, node)) return LEVEL_POSTFIX;
    switch (node->op) {
    case OP_NUMBER: return literal_level(node, literal);
    case OP_SELECT: return arg_or_empty(printer, node) ? LEVEL_POSTFIX : LEVEL_IF;
    case OP_OR: return LEVEL_OR;
    case OP_AND: return LEVEL_AND;
    case OP_NOT: return LEVEL_NOT;
    case OP_LT:
    case OP_LE:
    case OP_EQ:
    case OP_NE: return LEVEL_COMPARE;
    case OP_ADD:
    case OP_SUB: return LEVEL_ADD;
    case OP_MUL:
    case OP_DIV: return LEVEL_MUL;
    case OP_NEG: return LEVEL_UNARY;
    case OP_POW: return LEVEL_POWER;
    default: return LEVEL_POSTFIX;
    }
}

/* Two operands of one type. Of two literals the first is wrapped, and the second follows it. */
static Literal left_literal(const Node *right) {
    return right->op == OP_NUMBER ? LITERAL_ALONE : LITERAL_FOLLOWS;
}

static void print_binary(Printer *printer, const Node *node, Level left, Level right) {
    const Node *a = node->arguments[0], *b = node->arguments[1];
    print(printer, a, left, left_literal(b));
    text_format(printer->out, " %s ", op_info[node->op].text);
    print(printer, b, right, LITERAL_FOLLOWS);
}

/* A condition guards what is printed next, until guards_lost is set back. What it says under the
 * name of a let that has lost its own guard is about other reads, and proves nothing here. */
static bool print_condition(Printer *printer, const Node *condition, Level needed) {
    bool lost = printer->guards_lost;
    int before = printer->unguarded_count;
    print(printer, condition, needed, LITERAL_ALONE);
    printer->guards_lost = lost || printer->unguarded_count > before;
    return lost;
}

static void print_logic(Printer *printer, const Node *node, Level left, Level right) {
    bool lost = print_condition(printer, node->arguments[0], left);
    text_format(printer->out, " %s ", op_info[node->op].text);
    print(printer, node->arguments[1], right, LITERAL_FOLLOWS);
    printer->guards_lost = lost;
}

/* A whole literal exponent is an integer; any other number follows the base. */
static void print_power(Printer *printer, const Node *node) {
    const Node *exponent = node->arguments[1];
    Literal literal = LITERAL_FOLLOWS;
    if (exponent->op == OP_NUMBER) {
        bool whole = scalar_is_float(exponent->type) &&
                     exponent->u.number == floor(exponent->u.number) &&
                     isfinite(exponent->u.number);
        if (whole || exponent->type == SCALAR_I32) literal = LITERAL_ALONE;
    }
    print(printer, node->arguments[0], LEVEL_POSTFIX, LITERAL_ALONE);
    text_add(printer->out, " ^ ");
    print(printer, exponent, LEVEL_UNARY, literal);
}

/* An index of another axis than the position's (axis) is refused as it is; as an integer expression
 * it is not. */
static void print_index(Printer *printer, const Node *index, const Axis *axis) {
    bool has_none;
    int64_t none;
    const Axis *own = node_index_axis(index, &has_none, &none);
    bool refused = axis && own && !axis_same_extent(own, axis);
    Literal literal = index->type == SCALAR_I64 ? LITERAL_FOLLOWS : LITERAL_ALONE;
    Level needed = refused ? LEVEL_ADD : printer->guards_lost ? LEVEL_OR : LEVEL_IF;
    print(printer, index, needed, literal);
    if (refused) text_add(printer->out, " + 0");
}

/* A guarded read that has lost sight of its guard says what stands outside. */
static bool needs_otherwise(const Printer *printer, const Node *at) {
    return at->guarded && printer->guards_lost;
}

static void print_array_at(Printer *printer, const Node *node) {
    const Array *array = node->arguments[0]->u.array;
    const char *name = node_name(printer, node->arguments[0]);
    text_format(printer->out, "%s[", name ? name : array->name);
    for (int i = 0; i < array->rank; i++) {
        if (i) text_add(printer->out, ", ");
        int at = 0;
        while (at < node->argument_count - 1 && node->u.positions[at] != array->axes[i]) {
            at++;
        }
        if (at < node->argument_count - 1) {
            print_index(printer, node->arguments[at + 1], array->axes[i]);
        } else {
            text_add(printer->out, printer_axis(printer, array->axes[i]));
        }
    }
    text_add(printer->out, "]");
}

static void print_at(Printer *printer, const Node *node) {
    const Node *base = node->arguments[0];
    if (base->op == OP_ARRAY && !needs_otherwise(printer, node)) {
        print_array_at(printer, node);
        return;
    }
    bool lost = printer->guards_lost; /* what holds out here says nothing about the axes in there */
    printer->guards_lost = lost || (base->op != OP_ARRAY && base->can_fail);
    print(printer, base, LEVEL_POSTFIX, LITERAL_ALONE);
    printer->guards_lost = lost;
    text_add(printer->out, "[");
    for (int i = 0; i < node->argument_count - 1; i++) {
        text_format(printer->out, "%s%s = ", i ? ", " : "",
                    printer_axis(printer, node->u.positions[i]));
        print_index(printer, node->arguments[i + 1], node->u.positions[i]);
        if (needs_otherwise(printer, node)) {
            text_add(printer->out, node->type == SCALAR_BOOL ? " else false" : " else 0");
        }
    }
    text_add(printer->out, "]");
}

/* Whether index i may stand in the brackets of uniform[...] as it is: an axis, and the first such.
 */
static bool stands_bare(const Node *random, int i) {
    const Node *index = random->arguments[i];
    if (index->op != OP_AXIS) return false;
    for (int j = 1; j < i; j++) {
        if (random->arguments[j] == index) return false;
    }
    return true;
}

/* Numbers drawn at other indices than plain axes: drawn along the axes that they were written with,
 * or where the key stands in the way, along axes that the indices have; then read there. */
static const Axis *draw_axis(const Node *random, int i, bool as_written) {
    const Node *index = random->arguments[i];
    if (as_written) return random->u.positions[i - 1];
    if (stands_bare(random, i)) return index->u.axis;
    for (int a = 0; a < index->axes->count; a++) {
        const Axis *axis = index->axes->items[a];
        bool taken = axis_set_has(random->arguments[0]->axes, axis);
        for (int j = 1; j < random->argument_count; j++) {
            const Node *other = random->arguments[j];
            taken = taken || (j != i && other->op == OP_AXIS && other->u.axis == axis);
        }
        if (!taken) return axis;
    }
    return NULL;
}

bool printer_draws_as_written(const Node *random) {
    bool bare = true, free = random->u.positions != NULL;
    for (int i = 1; i < random->argument_count; i++) {
        bare = bare && stands_bare(random, i);
        free = free && !axis_set_has(random->arguments[0]->axes, random->u.positions[i - 1]);
    }
    return free && !bare;
}

static void print_random(Printer *printer, const Node *node) {
    Text *out = printer->out;
    bool as_written = printer_draws_as_written(node);
    text_format(out, "%s[", op_info[node->op].text);
    for (int i = 1; i < node->argument_count; i++) {
        const Axis *axis = draw_axis(node, i, as_written);
        text_format(out, "%s%s", i > 1 ? ", " : "", axis ? printer_axis(printer, axis) : "_");
    }
    text_add(out, "](");
    print_index(printer, node->arguments[0], NULL);
    text_add(out, ")");
    const char *open = "[";
    bool has_none;
    int64_t none;
    for (int i = 1; i < node->argument_count; i++) {
        const Node *index = node->arguments[i];
        const Axis *axis = draw_axis(node, i, as_written);
        if (index->op == OP_AXIS && index->u.axis == axis) continue;
        text_format(out, "%s%s = ", open, axis ? printer_axis(printer, axis) : "_");
        print(printer, index, LEVEL_ADD, LITERAL_FOLLOWS);
        bool own = node_index_axis(index, &has_none, &none) != NULL;
        if (own) text_add(out, " + 0"); /* a number, of which nothing is asked */
        /* drawn where it is not in range it is harmless, so nothing here knows what guards it */
        if (!axis || own || !rule_in_range(index, axis)) text_add(out, " else 0");
        open = ", ";
    }
    if (*open == ',') text_add(out, "]");
}

/* Of no elements argmin is -1, which the language does not say. The domain guards the body, though
 * it stands behind it. */
static void print_reduction(Printer *printer, const Node *node, const Node *empty) {
    Text where = text_new(printer->out->arena), *out = printer->out;
    bool lost = printer->guards_lost;
    printer->out = &where;
    if (node_where(node)) print_condition(printer, node_where(node), LEVEL_IF);
    printer->out = out;
    text_format(printer->out, "%s[", op_info[node->op].text);
    for (int i = 0; i < node->u.bound->count; i++) {
        text_format(printer->out, "%s%s", i ? ", " : "",
                    printer_axis(printer, node->u.bound->items[i]));
    }
    text_add(printer->out, "](");
    print(printer, node_body(node), LEVEL_IF, LITERAL_ALONE);
    printer->guards_lost = lost;
    if (node_where(node)) {
        text_format(printer->out, ", where = %s", where.chars);
        if (node_is_arg(node)) text_add(printer->out, empty ? ", empty = " : ", empty = -1");
        if (empty) print(printer, empty, LEVEL_IF, LITERAL_FOLLOWS);
    }
    text_add(printer->out, ")");
}

static void print_select(Printer *printer, const Node *node) {
    const Node *arg = arg_or_empty(printer, node);
    if (arg) {
        print_reduction(printer, arg, node->arguments[1]);
        return;
    }
    const Node *then = node->arguments[1], *otherwise = node->arguments[2];
    text_add(printer->out, "if ");
    bool lost = print_condition(printer, node->arguments[0], LEVEL_IF);
    text_add(printer->out, " then ");
    print(printer, then, LEVEL_IF, left_literal(otherwise));
    text_add(printer->out, " else ");
    print(printer, otherwise, LEVEL_IF, LITERAL_FOLLOWS);
    printer->guards_lost = lost;
}

static void print_call(Printer *printer, const char *name, const Node *node) {
    text_format(printer->out, "%s(", name);
    for (int i = 0; i < node->argument_count; i++) {
        bool follows = i > 0 || (node->argument_count > 1 && node->arguments[1]->op != OP_NUMBER);
        if (i) text_add(printer->out, ", ");
        print(printer, node->arguments[i], LEVEL_IF, follows ? LITERAL_FOLLOWS : LITERAL_ALONE);
    }
    text_add(printer->out, ")");
}

static void print_convert(Printer *printer, const Node *node) {
    const Node *argument = node->arguments[0];
    bool rounds = argument->type == SCALAR_F16 || argument->type == SCALAR_BF16;
    print_call(printer, scalar_text(rounds ? argument->type : node->type),
               rounds ? argument : node);
}

static void print_leaf(Printer *printer, const Node *node, Literal literal) {
    switch (node->op) {
    case OP_NUMBER: print_literal(printer, node, literal); break;
    case OP_ARRAY: text_add(printer->out, node->u.array->name); break;
    case OP_AXIS: text_add(printer->out, printer_axis(printer, node->u.axis)); break;
    default: {
        bool bare = printer->extents_bare;
        text_format(printer->out, bare ? "%s" : "extent(%s)", printer_axis(printer, node->u.axis));
    }
    }
}

static void print_infix(Printer *printer, const Node *node) {
    switch (node->op) {
    case OP_ADD:
    case OP_SUB: print_binary(printer, node, LEVEL_ADD, LEVEL_MUL); break;
    case OP_MUL:
    case OP_DIV: print_binary(printer, node, LEVEL_MUL, LEVEL_UNARY); break;
    case OP_AND: print_logic(printer, node, LEVEL_AND, LEVEL_NOT); break;
    case OP_OR: print_logic(printer, node, LEVEL_OR, LEVEL_AND); break;
    case OP_POW: print_power(printer, node); break;
    case OP_NOT:
        text_add(printer->out, "not ");
        print(printer, node->arguments[0], LEVEL_NOT, LITERAL_ALONE);
        break;
    case OP_NEG:
        text_add(printer->out, "-");
        print(printer, node->arguments[0], LEVEL_UNARY, LITERAL_ALONE);
        break;
    default: print_binary(printer, node, LEVEL_ADD, LEVEL_ADD); break; /* comparisons */
    }
}

static void print_open(Printer *printer, const Node *node, Literal literal) {
    switch (op_info[node->op].class_) {
    case OP_LEAF: print_leaf(printer, node, literal); return;
    case OP_INFIX:
    case OP_COMPARE:
    case OP_LOGIC: print_infix(printer, node); return;
    case OP_CALL:
    case OP_TEST: print_call(printer, op_info[node->op].text, node); return;
    case OP_REDUCE: print_reduction(printer, node, NULL); return;
    case OP_SPECIAL: break;
    }
    switch (node->op) {
    case OP_CONVERT: print_convert(printer, node); break;
    case OP_SELECT: print_select(printer, node); break;
    case OP_AT: print_at(printer, node); break;
    case OP_UNIFORM:
    case OP_NORMAL: print_random(printer, node); break;
    case OP_LET: print(printer, node->arguments[0], LEVEL_IF, LITERAL_ALONE); break;
    default: print_call(printer, op_info[node->op].text, node); break; /* STOP */
    }
}

static void print(Printer *printer, const Node *node, Level needed, Literal literal) {
    const char *name = node_name(printer, node);
    if (name) {
        text_add(printer->out, name);
        printer->unguarded_count += printer->unguarded && table_has(printer->unguarded, node);
        return;
    }
    bool brackets = level_of(printer, node, literal) < needed;
    if (brackets) text_add(printer->out, "(");
    print_open(printer, node, literal);
    if (brackets) text_add(printer->out, ")");
}

void printer_expression(Printer *printer, const Node *node) {
    if (printer->open_let) {
        printer->open_let = false;
        print_open(printer, node, LITERAL_ALONE);
    } else {
        print(printer, node, LEVEL_IF, LITERAL_ALONE);
    }
}

void graph_print_node(Text *out, const Node *node) {
    Printer printer = {.out = out};
    printer_expression(&printer, node);
}
