/* Constructors: one for each form of the language, called by the grammar. They keep the tree
 * shallow enough for the passes that walk it by recursion, and put EXPR_ERROR where a message has
 * already been given. */
#include "parser.h"
#include "syntax/parse.h"
#include <string.h>

void parsing_failed(Parsing *parsing) {
    parsing->line_failed = true;
    parsing->program->failed = true;
    if (parsing->in_block) parsing->block_failed = true;
}

/* --- expressions --- */

static Expr *expr_new(Parsing *parsing, ExprKind kind, Span span) {
    Expr *expr = ARENA_NEW(parsing->compiler->arena, Expr);
    expr->kind = kind;
    expr->span = span;
    expr->depth = 1;
    return expr;
}

Expr *expr_error(Parsing *parsing, Span span) {
    return expr_new(parsing, EXPR_ERROR, span);
}

static void deepen(Expr *expr, const Expr *child) {
    if (child && child->depth >= expr->depth) expr->depth = child->depth + 1;
}

static void deepen_by_items(Expr *expr, const Items *items) {
    for (int i = 0; i < items->count; i++) {
        deepen(expr, items->items[i].value);
        deepen(expr, items->items[i].otherwise);
    }
}

/* Every walk over the tree recurses; here it is kept from leaving the stack. */
static Expr *expr_finish(Parsing *parsing, Expr *expr) {
    deepen(expr, expr->a);
    deepen(expr, expr->b);
    deepen(expr, expr->c);
    deepen_by_items(expr, &expr->items);
    deepen_by_items(expr, &expr->arguments);
    for (int i = 0; i < expr->elements.count; i++) {
        deepen(expr, expr->elements.items[i]);
    }
    if (expr->depth <= EXPR_DEEPEST) return expr;
    if (!parsing->line_failed) {
        report(parsing->compiler->diagnostics, EXPRESSION_TOO_DEEP, expr->span,
               arena_format(parsing->compiler->arena, "%d", EXPR_DEEPEST));
    }
    parsing_failed(parsing);
    return expr_error(parsing, expr->span);
}

Expr *expr_number(Parsing *parsing, Word word) {
    Expr *expr = expr_new(parsing, EXPR_NUMBER, word.span);
    expr->word = word;
    return expr;
}

Expr *expr_name(Parsing *parsing, Word word) {
    Expr *expr = expr_new(parsing, EXPR_NAME, word.span);
    expr->word = word;
    return expr;
}

Expr *expr_unary(Parsing *parsing, Span span, Operator op, Expr *a) {
    Expr *expr = expr_new(parsing, EXPR_UNARY, span);
    expr->op = op;
    expr->a = a;
    return expr_finish(parsing, expr);
}

Expr *expr_binary(Parsing *parsing, Span span, Expr *a, Operator op, Expr *b) {
    Expr *expr = expr_new(parsing, EXPR_BINARY, span);
    expr->op = op;
    expr->a = a;
    expr->b = b;
    return expr_finish(parsing, expr);
}

Expr *expr_compare(Parsing *parsing, Span span, Expr *a, Operator op, Expr *b, Operator op2,
                   Expr *c) {
    Expr *expr = expr_new(parsing, EXPR_COMPARE, span);
    expr->op = op;
    expr->op2 = op2;
    expr->a = a;
    expr->b = b;
    expr->c = c;
    return expr_finish(parsing, expr);
}

Expr *expr_if(Parsing *parsing, Span span, Expr *condition, Expr *then, Expr *otherwise) {
    Expr *expr = expr_new(parsing, EXPR_IF, span);
    expr->a = condition;
    expr->b = then;
    expr->c = otherwise;
    return expr_finish(parsing, expr);
}

Expr *expr_list(Parsing *parsing, Span span, Exprs elements) {
    Expr *expr = expr_new(parsing, EXPR_LIST, span);
    expr->elements = elements;
    return expr_finish(parsing, expr);
}

Expr *expr_call(Parsing *parsing, Span span, Word word, const Items *items, Items arguments) {
    Expr *expr = expr_new(parsing, EXPR_CALL, span);
    expr->word = word;
    expr->has_items = items != NULL;
    if (items) expr->items = *items;
    expr->arguments = arguments;
    return expr_finish(parsing, expr);
}

/* `x[i][j]`: only names have positions, so the second pair can hold nothing but named ones. */
static void check_second_brackets(Parsing *parsing, const Expr *base, const Items *items,
                                  Span span) {
    if (base->kind != EXPR_INDEX || base->bracketed || parsing->line_failed) return;
    bool has_position = items->count == 0;
    for (int i = 0; i < items->count; i++) {
        has_position = has_position || !items->items[i].name.name;
    }
    if (!has_position) return;
    Text example = text_new(parsing->compiler->arena);
    const char *chars = parsing->source->chars - parsing->source->base;
    text_add_bytes(&example, chars + base->span.start, base->span.end - base->span.start - 1);
    text_add(&example, ", ");
    uint32_t inside = base->span.end;
    while (chars[inside] != '[') {
        inside++;
    }
    text_add_bytes(&example, chars + inside + 1, span.end - inside - 1);
    report(parsing->compiler->diagnostics, INDEX_TWICE, (Span){inside, span.end}, example.chars);
    parsing_failed(parsing);
}

Expr *expr_index(Parsing *parsing, Span span, Expr *base, Items items) {
    check_second_brackets(parsing, base, &items, span);
    Expr *expr = expr_new(parsing, EXPR_INDEX, span);
    expr->a = base;
    expr->items = items;
    expr->has_items = true;
    return expr_finish(parsing, expr);
}

Expr *expr_bracketed(Expr *expr, Span span) {
    expr->bracketed = true;
    expr->span = span;
    return expr;
}

/* --- parts --- */

Item item_value(Expr *value, Span span) {
    return (Item){.value = value, .span = span};
}

Item item_named(Word name, Expr *value, Expr *otherwise, Span span) {
    return (Item){.name = name, .value = value, .otherwise = otherwise, .span = span};
}

Items items_add(Parsing *parsing, Items items, Item item) {
    vector_push(parsing->compiler->arena, &items, item);
    return items;
}

Exprs exprs_add(Parsing *parsing, Exprs exprs, Expr *expr) {
    vector_push(parsing->compiler->arena, &exprs, expr);
    return exprs;
}

Words words_add(Parsing *parsing, Words words, Word word) {
    vector_push(parsing->compiler->arena, &words, word);
    return words;
}

Decls decls_add(Parsing *parsing, Decls decls, Decl *decl, const char *doc) {
    if (!decl) return decls;
    decl->doc = doc;
    vector_push(parsing->compiler->arena, &decls, decl);
    return decls;
}

Parameter parameter_make(Word name, Expr *value, bool many) {
    return (Parameter){.name = name, .value = value, .many = many};
}

Parameters parameters_add(Parsing *parsing, Parameters parameters, Parameter parameter) {
    vector_push(parsing->compiler->arena, &parameters, parameter);
    return parameters;
}

Target target_make(Word name, const Words *axes) {
    Target target = {.name = name, .has_axes = axes != NULL};
    if (axes) target.axes = *axes;
    return target;
}

TypeWord type_make(Word name, Items arguments, Span span) {
    return (TypeWord){.name = name, .arguments = arguments, .span = span};
}

/* --- declarations --- */

static Decl *decl_new(Parsing *parsing, DeclKind kind, Span span) {
    Decl *decl = ARENA_NEW(parsing->compiler->arena, Decl);
    decl->kind = kind;
    decl->span = span;
    return decl;
}

/* Where something was reported, the value is not what was meant. */
static Decl *decl_finish(Parsing *parsing, Decl *decl) {
    if (!parsing->line_failed) return decl;
    decl->failed = true;
    if (decl->value) decl->value = expr_error(parsing, decl->value->span);
    return decl;
}

Decl *decl_word(Parsing *parsing, Span span, DeclKind kind, Word name) {
    Decl *decl = decl_new(parsing, kind, span);
    decl->target = target_make(name, NULL);
    return decl_finish(parsing, decl);
}

Decl *decl_dim(Parsing *parsing, Span span, Word name, Expr *value, Word like) {
    Decl *decl = decl_new(parsing, DECL_DIM, span);
    decl->target = target_make(name, NULL);
    decl->value = value;
    decl->like = like;
    return decl_finish(parsing, decl);
}

Decl *decl_value(Parsing *parsing, Span span, DeclKind kind, Target target, TypeWord type,
                 Expr *value) {
    Decl *decl = decl_new(parsing, kind, span);
    decl->target = target;
    decl->type = type;
    decl->value = value;
    return decl_finish(parsing, decl);
}

static Word word_at(Parsing *parsing, uint32_t *at) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    const char *chars = parsing->source->chars - parsing->source->base;
    *at += (uint32_t)strspn(chars + *at, " \t");
    size_t length = strspn(chars + *at, letters);
    Word word = {.span = {*at, *at + (uint32_t)length}};
    if (length && !(chars[*at] >= '0' && chars[*at] <= '9')) {
        word.name = name_intern(parsing->compiler->names, chars + *at, length);
    }
    *at += (uint32_t)length;
    *at += (uint32_t)strspn(chars + *at, " \t");
    return word;
}

/* The name and the axes of a statement that could not be read, from its characters. */
static Target target_at(Parsing *parsing, uint32_t at) {
    const char *chars = parsing->source->chars - parsing->source->base;
    Target target = target_make(word_at(parsing, &at), NULL);
    target.has_axes = chars[at] == '[';
    while (target.has_axes && (chars[at] == '[' || chars[at] == ',')) {
        at++;
        Word axis = word_at(parsing, &at);
        if (axis.name) vector_push(parsing->compiler->arena, &target.axes, axis);
    }
    return target;
}

Decl *decl_broken(Parsing *parsing, Span span) {
    DeclKind kind;
    switch (parsing->meant) {
    case DIM: kind = DECL_DIM; break;
    case INPUT: kind = DECL_INPUT; break;
    case WEIGHT: kind = DECL_WEIGHT; break;
    case MASK: kind = DECL_MASK; break;
    case PARAM: kind = DECL_PARAM; break;
    case CONST: kind = DECL_CONST; break;
    case LET: kind = DECL_LET; break;
    case OUTPUT: kind = DECL_OUTPUT; break;
    case LOSS: kind = DECL_LOSS; break;
    case FN: kind = DECL_FN; break;
    case RULE: kind = DECL_RULE; break;
    case STATE: kind = DECL_STATE; break;
    default: return NULL;
    }
    bool fits_block = kind == DECL_LET || kind == DECL_DIM || kind == DECL_STATE;
    if (parsing->in_block ? !fits_block : kind == DECL_STATE) return NULL;
    Target target = target_at(parsing, parsing->meant_name);
    if (!target.name.name) return NULL;
    if (kind == DECL_DIM || kind == DECL_FN || kind == DECL_RULE)
        target = target_make(target.name, NULL);
    Decl *decl = decl_new(parsing, kind, span_join(target.name.span, span));
    decl->target = target;
    decl->failed = true;
    if (kind != DECL_INPUT && kind != DECL_WEIGHT && kind != DECL_RULE)
        decl->value = expr_error(parsing, span);
    return decl;
}

Decl *decl_minimize(Parsing *parsing, Span span, Expr *value, Words names, Expr *with) {
    Decl *decl = decl_new(parsing, DECL_MINIMIZE, span);
    decl->value = value;
    decl->names = names;
    decl->with = with;
    return decl_finish(parsing, decl);
}

Decl *decl_fn(Parsing *parsing, Span span, Word name, Parameters axes, Parameters parameters,
              Body body) {
    Decl *decl = decl_new(parsing, DECL_FN, span);
    decl->target = target_make(name, NULL);
    decl->axes = axes;
    decl->parameters = parameters;
    decl->body = body.decls;
    decl->value = body.value;
    decl->is_block = body.is_block;
    decl->failed = parsing->block_failed;
    return decl_finish(parsing, decl);
}

Decl *decl_rule(Parsing *parsing, Span span, Word name, Parameters parameters, Decls body) {
    Decl *decl = decl_new(parsing, DECL_RULE, span);
    decl->target = target_make(name, NULL);
    decl->parameters = parameters;
    decl->body = body;
    decl->failed = parsing->block_failed;
    return decl_finish(parsing, decl);
}

Decl *decl_entry(Parsing *parsing, Span span, Word name, Words names) {
    Decl *decl = decl_new(parsing, DECL_ENTRY, span);
    decl->target = target_make(name, NULL);
    decl->names = names;
    return decl_finish(parsing, decl);
}

Decl *decl_use(Parsing *parsing, Span span, Word path) {
    Decl *decl = decl_new(parsing, DECL_USE, span);
    decl->path = path.name;
    return decl_finish(parsing, decl);
}

void program_add(Parsing *parsing, Decl *decl, const char *doc) {
    parsing->program->decls = decls_add(parsing, parsing->program->decls, decl, doc);
}
