/* Prints expressions and declarations on one line each, as the formatter would write them: takes
 * the tree, gives text that parses to the same tree. */
#include "syntax/ast.h"

const char *operator_text(Operator op) {
    static const char *const texts[] = {
        [OPERATOR_NONE] = "",   [OPERATOR_ADD] = "+",   [OPERATOR_SUB] = "-", [OPERATOR_MUL] = "*",
        [OPERATOR_DIV] = "/",   [OPERATOR_POW] = "^",   [OPERATOR_NEG] = "-", [OPERATOR_PLUS] = "+",
        [OPERATOR_NOT] = "not", [OPERATOR_AND] = "and", [OPERATOR_OR] = "or", [OPERATOR_LT] = "<",
        [OPERATOR_LE] = "<=",   [OPERATOR_GT] = ">",    [OPERATOR_GE] = ">=", [OPERATOR_EQ] = "==",
        [OPERATOR_NE] = "!=",
    };
    return texts[op];
}

const char *decl_kind_text(DeclKind kind) {
    static const char *const texts[] = {
        [DECL_MODEL] = "model",   [DECL_REAL] = "real",     [DECL_DIM] = "dim",
        [DECL_INPUT] = "input",   [DECL_WEIGHT] = "weight", [DECL_MASK] = "mask",
        [DECL_PARAM] = "param",   [DECL_CONST] = "const",   [DECL_LET] = "let",
        [DECL_OUTPUT] = "output", [DECL_LOSS] = "loss",     [DECL_MINIMIZE] = "minimize",
        [DECL_FN] = "fn",         [DECL_RULE] = "rule",     [DECL_ENTRY] = "entry",
        [DECL_USE] = "use",       [DECL_STATE] = "state",   [DECL_ASSIGN] = "<-",
    };
    return texts[kind];
}

/* How tightly the parts of an expression hold together: the levels of the grammar. */
typedef enum Level {
    LEVEL_EXPR,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARE,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_UNARY,
    LEVEL_POWER,
    LEVEL_POSTFIX
} Level;

static Level level_of(const Expr *expr) {
    switch (expr->kind) {
    case EXPR_IF: return LEVEL_EXPR;
    case EXPR_COMPARE: return LEVEL_COMPARE;
    case EXPR_UNARY: return expr->op == OPERATOR_NOT ? LEVEL_NOT : LEVEL_UNARY;
    case EXPR_BINARY:
        switch (expr->op) {
        case OPERATOR_OR: return LEVEL_OR;
        case OPERATOR_AND: return LEVEL_AND;
        case OPERATOR_ADD:
        case OPERATOR_SUB: return LEVEL_SUM;
        case OPERATOR_POW: return LEVEL_POWER;
        default: return LEVEL_PRODUCT;
        }
    default: return LEVEL_POSTFIX;
    }
}

static void print_at(Text *out, const Expr *expr, Level least);

static void print_items(Text *out, const Items *items) {
    for (int i = 0; i < items->count; i++) {
        const Item *item = &items->items[i];
        if (i) text_add(out, ", ");
        if (item->name.name) text_format(out, "%s = ", item->name.name);
        print_at(out, item->value, LEVEL_EXPR);
        if (!item->otherwise) continue;
        text_add(out, " else ");
        print_at(out, item->otherwise, LEVEL_EXPR);
    }
}

static void print_binary(Text *out, const Expr *expr) {
    bool is_power = expr->op == OPERATOR_POW;
    Level level = level_of(expr);
    print_at(out, expr->a, is_power ? LEVEL_POSTFIX : level);
    text_format(out, is_power ? "%s" : " %s ", operator_text(expr->op));
    print_at(out, expr->b, is_power ? LEVEL_UNARY : level + 1);
}

static void print_compare(Text *out, const Expr *expr) {
    print_at(out, expr->a, LEVEL_SUM);
    text_format(out, " %s ", operator_text(expr->op));
    print_at(out, expr->b, LEVEL_SUM);
    if (expr->op2 == OPERATOR_NONE) return;
    text_format(out, " %s ", operator_text(expr->op2));
    print_at(out, expr->c, LEVEL_SUM);
}

static void print_bare(Text *out, const Expr *expr) {
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_NAME: text_add(out, expr->word.name); break;
    case EXPR_UNARY:
        text_format(out, expr->op == OPERATOR_NOT ? "%s " : "%s", operator_text(expr->op));
        print_at(out, expr->a, expr->op == OPERATOR_NOT ? LEVEL_NOT : LEVEL_UNARY);
        break;
    case EXPR_BINARY: print_binary(out, expr); break;
    case EXPR_COMPARE: print_compare(out, expr); break;
    case EXPR_IF:
        text_add(out, "if ");
        print_at(out, expr->a, LEVEL_EXPR);
        text_add(out, " then ");
        print_at(out, expr->b, LEVEL_EXPR);
        text_add(out, " else ");
        print_at(out, expr->c, LEVEL_EXPR);
        break;
    case EXPR_LIST:
        text_add(out, "[");
        for (int i = 0; i < expr->elements.count; i++) {
            if (i) text_add(out, ", ");
            print_at(out, expr->elements.items[i], LEVEL_EXPR);
        }
        text_add(out, "]");
        break;
    case EXPR_CALL:
        text_add(out, expr->word.name);
        if (expr->has_items) {
            text_add(out, "[");
            print_items(out, &expr->items);
            text_add(out, "]");
        }
        text_add(out, "(");
        print_items(out, &expr->arguments);
        text_add(out, ")");
        break;
    case EXPR_INDEX:
        print_at(out, expr->a, LEVEL_POSTFIX);
        text_add(out, "[");
        print_items(out, &expr->items);
        text_add(out, "]");
        break;
    case EXPR_ERROR: text_add(out, "?"); break;
    }
}

static void print_at(Text *out, const Expr *expr, Level least) {
    bool brackets = expr->bracketed || level_of(expr) < least;
    if (brackets) text_add(out, "(");
    print_bare(out, expr);
    if (brackets) text_add(out, ")");
}

void expr_print(Text *out, const Expr *expr) {
    print_at(out, expr, LEVEL_EXPR);
}

/* --- declarations --- */

static void print_words(Text *out, const Words *words) {
    for (int i = 0; i < words->count; i++) {
        text_format(out, i ? ", %s" : "%s", words->items[i].name);
    }
}

static void print_parameters(Text *out, const Parameters *parameters) {
    for (int i = 0; i < parameters->count; i++) {
        const Parameter *parameter = &parameters->items[i];
        text_format(out, "%s%s%s", i ? ", " : "", parameter->name.name,
                    parameter->many ? "..." : "");
        if (!parameter->value) continue;
        text_add(out, " = ");
        expr_print(out, parameter->value);
    }
}

static void print_target(Text *out, const Decl *decl) {
    text_format(out, "%s %s", decl_kind_text(decl->kind), decl->target.name.name);
    if (decl->target.has_axes) {
        text_add(out, "[");
        print_words(out, &decl->target.axes);
        text_add(out, "]");
    }
    if (!decl->type.name.name) return;
    text_format(out, ": %s", decl->type.name.name);
    if (decl->type.arguments.count == 0) return;
    text_add(out, "(");
    print_items(out, &decl->type.arguments);
    text_add(out, ")");
}

static void print_block(Text *out, const Decl *decl) {
    text_add(out, decl->body.count || decl->kind == DECL_FN ? " { " : " {");
    for (int i = 0; i < decl->body.count; i++) {
        if (i) text_add(out, "; ");
        decl_print(out, decl->body.items[i]);
    }
    if (decl->kind == DECL_FN) {
        if (decl->body.count) text_add(out, "; ");
        expr_print(out, decl->value);
    }
    text_add(out, " }");
}

static void print_fn(Text *out, const Decl *decl) {
    text_format(out, "%s %s", decl_kind_text(decl->kind), decl->target.name.name);
    if (decl->axes.count) {
        text_add(out, "[");
        print_parameters(out, &decl->axes);
        text_add(out, "]");
    }
    text_add(out, "(");
    print_parameters(out, &decl->parameters);
    text_add(out, ")");
    if (decl->is_block || decl->kind == DECL_RULE) {
        print_block(out, decl);
    } else {
        text_add(out, " = ");
        expr_print(out, decl->value);
    }
}

static void print_minimize(Text *out, const Decl *decl) {
    text_add(out, "minimize ");
    expr_print(out, decl->value);
    if (decl->names.count) {
        text_add(out, " over ");
        print_words(out, &decl->names);
    }
    text_add(out, " with ");
    expr_print(out, decl->with);
}

void decl_print(Text *out, const Decl *decl) {
    switch (decl->kind) {
    case DECL_MINIMIZE: print_minimize(out, decl); break;
    case DECL_FN:
    case DECL_RULE: print_fn(out, decl); break;
    case DECL_ENTRY:
        text_format(out, "entry %s: ", decl->target.name.name);
        print_words(out, &decl->names);
        break;
    case DECL_USE: text_format(out, "use \"%s\"", decl->path); break;
    case DECL_ASSIGN:
        text_format(out, "%s <- ", decl->target.name.name);
        expr_print(out, decl->value);
        break;
    default:
        print_target(out, decl);
        if (decl->like.name) text_format(out, " like %s", decl->like.name);
        if (!decl->value) break;
        text_add(out, " = ");
        expr_print(out, decl->value);
    }
}
