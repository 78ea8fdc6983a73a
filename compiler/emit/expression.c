/* Expressions. In: a value of the loop language; out: a document that says it in C.
 *
 * Precedence is handed down, so brackets stand where C needs them, where gcc and clang would
 * otherwise warn
 * (-Wparentheses), and nowhere else. The order of float operations is the tree's: a + (b + c) keeps
 * its brackets. */
#include "emit/writer.h"
#include <string.h>

typedef enum Precedence {
    PRECEDENCE_CHOICE = 1,
    PRECEDENCE_OR,
    PRECEDENCE_AND,
    PRECEDENCE_BITOR,
    PRECEDENCE_BITAND,
    PRECEDENCE_EQUAL,
    PRECEDENCE_ORDER,
    PRECEDENCE_SHIFT,
    PRECEDENCE_SUM,
    PRECEDENCE_PRODUCT,
    PRECEDENCE_UNARY,
    PRECEDENCE_POSTFIX
} Precedence;

static const struct {
    const char *text; /* of a binary operator with the blank before it */
    Precedence precedence;
} operators[] = {
    [C_NEG] = {"-", PRECEDENCE_UNARY},    [C_NOT] = {"!", PRECEDENCE_UNARY},
    [C_ADD] = {" +", PRECEDENCE_SUM},     [C_SUB] = {" -", PRECEDENCE_SUM},
    [C_MUL] = {" *", PRECEDENCE_PRODUCT}, [C_DIV] = {" /", PRECEDENCE_PRODUCT},
    [C_MOD] = {" %", PRECEDENCE_PRODUCT}, [C_LT] = {" <", PRECEDENCE_ORDER},
    [C_LE] = {" <=", PRECEDENCE_ORDER},   [C_GT] = {" >", PRECEDENCE_ORDER},
    [C_GE] = {" >=", PRECEDENCE_ORDER},   [C_EQ] = {" ==", PRECEDENCE_EQUAL},
    [C_NE] = {" !=", PRECEDENCE_EQUAL},   [C_AND] = {" &&", PRECEDENCE_AND},
    [C_OR] = {" ||", PRECEDENCE_OR},      [C_BITAND] = {" &", PRECEDENCE_BITAND},
    [C_BITOR] = {" |", PRECEDENCE_BITOR}, [C_SHL] = {" <<", PRECEDENCE_SHIFT},
    [C_SHR] = {" >>", PRECEDENCE_SHIFT},
};

typedef struct Setting { /* where an expression stands */
    Precedence least;    /* brackets below this */
    COp parent;
    bool is_operand, is_left; /* of the binary operator `parent` */
    bool wide;                /* an integer literal must say that it has 64 bits */
} Setting;

static Doc *value_doc(Emitter *e, const Value *value, Setting place);

const char *type_text(CType type) {
    switch (type) {
    case C_VOID: return "void";
    case C_BOOL: return "unsigned char"; /* in memory and from callers; a local scalar is bool */
    case C_INT: return "int";
    case C_I32: return "int32_t";
    case C_I64: return "int64_t";
    case C_U64: return "uint64_t";
    case C_U16: return "uint16_t";
    case C_SIZE: return "size_t";
    case C_F32: return "float";
    case C_F64: return "double";
    case C_CALL: return "steelyard_call";
    case C_CHAR: return "char";
    case C_STATE: return "steelyard_state";
    case C_STATE_FILE: return "sy_state_file";
    case C_STRUCTURE: break; /* it has a name of its own */
    }
    bug("no C text for type %d", (int)type);
}

const char *variable_declaration(Emitter *e, const Variable *variable, DeclarationPlace place) {
    Arena *arena = e->c->arena;
    const char *name = variable->c_name;
    if (!name) bug("variable %s is used before it is declared", variable->name);
    const char *type =
        variable->type == C_STRUCTURE ? e->module->structure->c_name : type_text(variable->type);
    if (variable->pointer_to_const_pointers)
        return arena_format(arena, "%s *const *%s", type, name);
    if (variable->pointer) {
        return arena_format(arena, "%s%s *%s%s", variable->is_const ? "const " : "", type,
                            variable->is_restrict && place != DECLARE_IN_HEADER ? "restrict " : "",
                            name);
    }
    if (variable->length) {
        const char *length = literal_integer(arena, C_I64, variable->length->integer, false);
        return arena_format(arena, "%s %s[%s]", type, name, length);
    }
    /* A caller's byte may be neither 0 nor 1, and is checked: so it must not be a bool. */
    bool is_bool = variable->type == C_BOOL && place == DECLARE_LOCAL;
    const char *constant = variable->is_const && place == DECLARE_LOCAL ? "const " : "";
    return arena_format(arena, "%s%s %s", constant, is_bool ? "bool" : type, name);
}

/* Written in C, the value has type int though the loop language says 64 bits: literals, and choices
 * between them. */
static bool is_narrow(const Value *value) {
    if (value->type != C_I64 && value->type != C_U64 && value->type != C_SIZE) return false;
    if (value->kind == VALUE_INTEGER)
        return value->integer >= -INT32_MAX && value->integer <= INT32_MAX;
    if (value->kind == VALUE_CONDITIONAL) return is_narrow(value->b) && is_narrow(value->c);
    if (value->kind == VALUE_UNARY) return is_narrow(value->a);
    if (value->kind != VALUE_BINARY || !is_narrow(value->a)) return false;
    return value->op == C_SHL || value->op == C_SHR || is_narrow(value->b);
}

static bool is_scalar(const Variable *variable) {
    return !variable->pointer && !variable->length && !variable->pointer_to_const_pointers;
}

static Precedence precedence_of(const Value *value) {
    switch (value->kind) {
    case VALUE_BINARY: return operators[value->op].precedence;
    case VALUE_UNARY:
    case VALUE_MEMBER_ADDRESS:
    case VALUE_CAST: return PRECEDENCE_UNARY;
    case VALUE_CONDITIONAL: return PRECEDENCE_CHOICE;
    case VALUE_ADDRESS:
        return value->a || is_scalar(value->variable) ? PRECEDENCE_UNARY : PRECEDENCE_POSTFIX;
    default: return PRECEDENCE_POSTFIX;
    }
}

/* Brackets that C does not need, but its compilers and readers do. */
static bool is_easily_misread(const Value *value, Setting place) {
    if (value->kind == VALUE_UNARY && value->op == C_NOT) {
        Precedence parent = operators[place.parent].precedence;
        return place.is_operand && parent <= PRECEDENCE_ORDER && parent >= PRECEDENCE_BITOR &&
               (place.is_left || parent <= PRECEDENCE_BITAND);
    }
    if (value->kind != VALUE_BINARY || !place.is_operand) return false;
    Precedence inner = operators[value->op].precedence, outer = operators[place.parent].precedence;
    switch (outer) {
    case PRECEDENCE_OR:
        return inner == PRECEDENCE_AND || inner == PRECEDENCE_BITAND || inner == PRECEDENCE_BITOR;
    case PRECEDENCE_AND: return inner == PRECEDENCE_BITAND || inner == PRECEDENCE_BITOR;
    case PRECEDENCE_BITOR:
    case PRECEDENCE_BITAND: return inner != outer;
    case PRECEDENCE_EQUAL:
    case PRECEDENCE_ORDER: return inner <= PRECEDENCE_ORDER || inner == PRECEDENCE_SHIFT;
    case PRECEDENCE_SHIFT: return true;
    default: return false;
    }
}

static Doc *text(Emitter *e, const char *chars) {
    return doc_text(e->c->arena, chars);
}

static Doc *join(Emitter *e, Doc *a, Doc *b, Doc *c) {
    return doc_concat(e->c->arena, (Doc *const[]){a, b, c}, c ? 3 : 2);
}

static Doc *enclosed(Emitter *e, const Value *value) {
    return value_doc(e, value, (Setting){.least = PRECEDENCE_CHOICE});
}

typedef struct Chain { /* the operands of a run of operators of one level, leftmost first: a - b + c
                          is one chain */
    Vector(Doc *) items;
    Vector(const char *) marks;
} Chain;

/* Goes down the left spine without recursion, as sums may have thousands of terms; && and ||
 * associate, so their right side goes on too. */
static void chain_collect(Emitter *e, Chain *chain, const Value *value) {
    Arena *arena = e->c->arena;
    Precedence level = operators[value->op].precedence;
    bool is_logic = level == PRECEDENCE_AND || level == PRECEDENCE_OR;
    bool is_run = is_logic || level == PRECEDENCE_SUM || level == PRECEDENCE_PRODUCT ||
                  level == PRECEDENCE_BITAND || level == PRECEDENCE_BITOR;
    const Value *first[4];
    Vector(const Value *) spine = {first, 0, 4};
    const Value *left = value;
    do {
        vector_push(arena, &spine, left);
        left = left->a;
    } while (is_run && left->kind == VALUE_BINARY && operators[left->op].precedence == level);
    const Value *innermost = spine.items[spine.count - 1];
    bool wide = is_narrow(left) && (level == PRECEDENCE_SHIFT || is_narrow(innermost));
    Setting start = {
        .least = level + 1, .parent = value->op, .is_operand = true, .is_left = true, .wide = wide};
    vector_push(arena, &chain->items, value_doc(e, left, start));
    for (int i = spine.count - 1; i >= 0; --i) {
        const Value *right = spine.items[i]->b;
        vector_push(arena, &chain->marks, operators[spine.items[i]->op].text);
        if (is_logic && right->kind == VALUE_BINARY && right->op == value->op) {
            chain_collect(e, chain, right);
            continue;
        }
        Setting place = {.least = level + 1, .parent = spine.items[i]->op, .is_operand = true};
        vector_push(arena, &chain->items, value_doc(e, right, place));
    }
}

static Doc *chain_doc(Emitter *e, const Value *value) {
    Doc *items[8];
    const char *marks[8];
    Chain chain = {{items, 0, 8}, {marks, 0, 8}};
    chain_collect(e, &chain, value);
    return doc_chain(e->c->arena, chain.items.items, chain.marks.items, chain.items.count);
}

static Doc *choice_doc(Emitter *e, const Value *value, Setting place) {
    bool is_sum = value->a->kind == VALUE_BINARY && value->a->op != C_AND && value->a->op != C_OR &&
                  !(value->a->op >= C_LT && value->a->op <= C_NE); /* a & b ? c : d: clang warns */
    Setting condition = {.least = is_sum ? PRECEDENCE_UNARY : PRECEDENCE_OR};
    /* a ? b : (c ? d : e): clang-format puts every part of an open row of choices on a line of its
     * own. */
    Setting branch = {.least = PRECEDENCE_OR, .wide = place.wide};
    return doc_choice(e->c->arena, value_doc(e, value->a, condition),
                      value_doc(e, value->b, branch), value_doc(e, value->c, branch));
}

static Doc *unary_doc(Emitter *e, const Value *value, bool wide) {
    Doc *operand = value_doc(e, value->a, (Setting){.least = PRECEDENCE_UNARY, .wide = wide});
    const Doc *first = operand;
    while (first->count > 0)
        first = first->items[0];
    if (value->op == C_NEG && first->text[0] == '-')
        operand = join(e, text(e, "("), operand, text(e, ")")); /* not --x */
    return join(e, text(e, operators[value->op].text), operand, NULL);
}

/* Written *p and not p[0]. */
static bool is_to_one_value(const Variable *variable) {
    return variable->pointer && !variable->pointer_to_const_pointers && variable->is_read_first &&
           !variable->is_indexed;
}

static Doc *element_doc(Emitter *e, const Value *value, const char *before) {
    const char *name = value->variable->c_name;
    if (!name) bug("array %s is used before it is declared", value->variable->name);
    if (is_to_one_value(value->variable)) return text(e, arena_format(e->c->arena, "*%s", name));
    Doc *start = text(e, arena_format(e->c->arena, "%s%s[", before, name));
    return join(e, start, enclosed(e, value->a), text(e, "]"));
}

static Doc *call_doc(Emitter *e, const Value *value) {
    Doc *start = text(e, arena_format(e->c->arena, "%s(", function_name(e, value->name)));
    if (value->argument_count == 0) return join(e, start, text(e, ")"), NULL);
    Doc **items = ARENA_ARRAY(e->c->arena, Doc *, value->argument_count);
    for (int i = 0; i < value->argument_count; ++i)
        items[i] = enclosed(e, value->arguments[i]);
    return join(e, start, doc_list(e->c->arena, items, value->argument_count), text(e, ")"));
}

static Doc *cast_doc(Emitter *e, const Value *value) {
    const char *type = value->type == C_BOOL && !value->pointer ? "bool" : type_text(value->type);
    Doc *start = text(e, arena_format(e->c->arena,
                                      !value->pointer   ? "(%s)"
                                      : value->to_const ? "(const %s *)"
                                                        : "(%s *)",
                                      type));
    /* (int)!(a) would be laid out as (int) !(a). */
    bool is_not = value->a->kind == VALUE_UNARY && value->a->op == C_NOT;
    return join(
        e, start,
        value_doc(e, value->a, (Setting){.least = is_not ? PRECEDENCE_POSTFIX : PRECEDENCE_UNARY}),
        NULL);
}

static Doc *leaf_doc(Emitter *e, const Value *value, bool wide) {
    Arena *arena = e->c->arena;
    switch (value->kind) {
    case VALUE_INTEGER: return text(e, literal_integer(arena, value->type, value->integer, wide));
    case VALUE_FLOAT: return text(e, literal_float(arena, value->type, value->number));
    case VALUE_NULL: return text(e, "NULL");
    case VALUE_NAMED: return text(e, value->name);
    case VALUE_STRING: return text(e, literal_string(arena, value->name));
    case VALUE_SIZEOF:
        return text(e, arena_format(arena, "sizeof(%s)", type_text((CType)value->integer)));
    case VALUE_MEMBER:
    case VALUE_MEMBER_ADDRESS:
        return text(e,
                    arena_format(arena, "%s%s%s%s", value->kind == VALUE_MEMBER_ADDRESS ? "&" : "",
                                 value->variable->c_name, value->variable->pointer ? "->" : ".",
                                 value->member ? value->member->c_name : value->name));
    default: break;
    }
    if (!value->variable->c_name)
        bug("variable %s is used before it is declared", value->variable->name);
    bool takes_address = value->kind == VALUE_ADDRESS && is_scalar(value->variable);
    const char *name = value->variable->c_name;
    return text(e, takes_address ? arena_format(arena, "&%s", name) : name);
}

static Doc *value_doc(Emitter *e, const Value *value, Setting place) {
    Doc *doc = NULL;
    switch (value->kind) {
    case VALUE_UNARY: doc = unary_doc(e, value, place.wide); break;
    case VALUE_BINARY: doc = chain_doc(e, value); break;
    case VALUE_CONDITIONAL: doc = choice_doc(e, value, place); break;
    case VALUE_CAST: doc = cast_doc(e, value); break;
    case VALUE_CALL: doc = call_doc(e, value); break;
    case VALUE_ELEMENT: doc = element_doc(e, value, ""); break;
    case VALUE_ADDRESS:
        doc = value->a ? element_doc(e, value, "&") : leaf_doc(e, value, false);
        break;
    default: doc = leaf_doc(e, value, place.wide); break;
    }
    bool brackets = precedence_of(value) < place.least || is_easily_misread(value, place);
    return brackets ? join(e, text(e, "("), doc, text(e, ")")) : doc;
}

Doc *expression_doc(Emitter *e, const Value *value) {
    return enclosed(e, value);
}
