/* From declarations to symbols. Every name that the program mentions is looked up here once, in the
 * bodies of fns that nobody calls too, so that a misspelt name is reported exactly once; the later
 * passes stay silent about names. On the way it is noted which let needs which other, and which
 * names are used. */
#include "check/checker.h"
#include <string.h>

Scope *scope_new(Checker *c) {
    Scope *scope = ARENA_NEW(c->arena, Scope);
    scope->names = table_new(c->arena);
    return scope;
}

Symbol *scope_find(const Scope *scope, Name name) {
    return name ? table_get(&scope->names, name) : NULL;
}

Symbol *scope_add(Checker *c, Scope *scope, SymbolKind kind, Word word) {
    Symbol *symbol = ARENA_NEW(c->arena, Symbol);
    symbol->kind = kind;
    symbol->name = word.name;
    symbol->span = word.span;
    table_set(&scope->names, word.name, symbol);
    vector_push(c->arena, &scope->symbols, symbol);
    return symbol;
}

const char *symbol_what(const Symbol *symbol) {
    switch (symbol->kind) {
    case SYMBOL_AXIS: return "an axis";
    case SYMBOL_AXES: return "several axes";
    case SYMBOL_PARAMETER: return "a parameter";
    case SYMBOL_FN: return "a fn";
    case SYMBOL_RULE: return "a rule";
    case SYMBOL_ENTRY: return "an entry";
    case SYMBOL_LOCAL: return "a name of a rule";
    default: break;
    }
    switch (symbol->decl ? symbol->decl->kind : DECL_LET) {
    case DECL_INPUT: return "an input";
    case DECL_WEIGHT: return "a weight";
    case DECL_MASK: return "a mask";
    case DECL_PARAM: return "a param";
    case DECL_CONST: return "a const";
    case DECL_OUTPUT: return "an output";
    case DECL_LOSS: return "a loss";
    default: return "a let";
    }
}

/* --- declaring --- */

static bool kind_of(const Decl *decl, SymbolKind *kind) {
    switch (decl->kind) {
    case DECL_DIM: *kind = SYMBOL_AXIS; return true;
    case DECL_INPUT:
    case DECL_WEIGHT:
    case DECL_PARAM:
    case DECL_CONST: *kind = SYMBOL_ARRAY; return true;
    case DECL_MASK: *kind = decl->value ? SYMBOL_LET : SYMBOL_ARRAY; return true;
    case DECL_LET:
    case DECL_OUTPUT:
    case DECL_LOSS: *kind = SYMBOL_LET; return true;
    case DECL_FN: *kind = SYMBOL_FN; return true;
    case DECL_RULE: *kind = SYMBOL_RULE; return true;
    case DECL_ENTRY: *kind = SYMBOL_ENTRY; return true;
    default: return false;
    }
}

/* Whether the word can be declared in the scope; if not, that has been reported. */
static bool may_declare(Checker *c, const Scope *scope, Word word) {
    if (!word.name) return false;
    if (builtin_find(c, word.name)) {
        report(c->compiler->diagnostics, OPERATION_NAME, word.span, word.name);
        return false;
    }
    Symbol *first = scope_find(scope, word.name);
    if (!first) return true;
    report(c->compiler->diagnostics, DECLARED_TWICE, word.span, word.name);
    report_also(c->compiler->diagnostics, first->span, "first declared here");
    return false;
}

void names_declare(Checker *c) {
    for (int i = 0; i < c->program->decls.count; i++) {
        Decl *decl = c->program->decls.items[i];
        SymbolKind kind;
        if (!kind_of(decl, &kind) || !may_declare(c, c->top, decl->target.name)) continue;
        Symbol *symbol = scope_add(c, c->top, kind, decl->target.name);
        symbol->decl = decl;
        table_set(&c->axis_names, symbol->name, symbol);
        if (kind == SYMBOL_FN) table_set(&c->functions, symbol->name, symbol);
        if (kind == SYMBOL_RULE) table_set(&c->rules, symbol->name, symbol);
    }
}

/* --- looking up --- */

typedef struct Walk {
    Checker *c;
    Scope *scope;
    Symbol *owner; /* the let whose text this is, or NULL */
    bool in_fn;
} Walk;

static void walk(Walk *w, const Expr *expr);

static Symbol *use(Walk *w, Symbol *symbol) {
    if (symbol != w->owner) symbol->used = true;
    if (w->owner && symbol->kind == SYMBOL_LET) vector_push(w->c->arena, &w->owner->needs, symbol);
    return symbol;
}

/* Messages past the limit are only counted: what they would suggest is not worth a search. */
static bool will_be_shown(const Checker *c) {
    return diagnostics_errors(c->compiler->diagnostics) < 100;
}

static void unknown(Walk *w, Word word, bool axis) {
    Checker *c = w->c;
    Diagnostics *diagnostics = c->compiler->diagnostics;
    if (w->in_fn && scope_find(c->top, word.name)) {
        report(diagnostics, CALLER_NAME, word.span, word.name);
        return;
    }
    if (table_has(&c->functions, word.name) || builtin_find(c, word.name)) {
        report(diagnostics, axis ? NOT_AN_AXIS : FUNCTION_AS_VALUE, word.span, word.name,
               "a function");
        return;
    }
    const char *near = will_be_shown(c) ? nearest_name(word.name, w->scope) : NULL;
    if (near)
        report(diagnostics, axis ? UNKNOWN_AXIS_NEAR : UNKNOWN_NAME_NEAR, word.span, word.name,
               near);
    else
        report(diagnostics, axis ? UNKNOWN_AXIS : UNKNOWN_NAME, word.span, word.name);
}

static Symbol *walk_axis(Walk *w, Word word) {
    Symbol *symbol = scope_find(w->scope, word.name);
    if (!symbol) {
        if (word.name) unknown(w, word, true);
        return NULL;
    }
    use(w, symbol);
    if (symbol->kind == SYMBOL_AXIS || symbol->kind == SYMBOL_AXES || symbol->kind == SYMBOL_LOCAL)
        return symbol;
    report(w->c->compiler->diagnostics, NOT_AN_AXIS, word.span, word.name, symbol_what(symbol));
    return NULL;
}

static void walk_name(Walk *w, Word word) {
    Symbol *symbol = scope_find(w->scope, word.name);
    if (!symbol) {
        unknown(w, word, false);
        return;
    }
    use(w, symbol);
    if (symbol->kind == SYMBOL_FN)
        report(w->c->compiler->diagnostics, FUNCTION_AS_VALUE, word.span, word.name);
    else if (symbol->kind == SYMBOL_RULE || symbol->kind == SYMBOL_ENTRY)
        report(w->c->compiler->diagnostics, NOT_A_VALUE, word.span, word.name, symbol_what(symbol));
}

static void walk_callee(Walk *w, const Expr *call) {
    Checker *c = w->c;
    Name name = call->word.name;
    Symbol *fn = table_get(&c->functions, name);
    if (fn) {
        fn->used = true;
        return;
    }
    if (builtin_find(c, name) || library_find(c, name)) return;
    Symbol *value = scope_find(w->scope, name);
    bool is_sought = !value && will_be_shown(c);
    const char *near = is_sought ? nearest_function(c, name, call->has_items) : NULL;
    Diagnostics *diagnostics = c->compiler->diagnostics;
    if (value) {
        use(w, value);
        report(diagnostics, NOT_A_FUNCTION, call->word.span, name, symbol_what(value));
    } else if (near) {
        report(diagnostics, UNKNOWN_FUNCTION_NEAR, call->word.span, name, near);
    } else {
        report(diagnostics, UNKNOWN_FUNCTION, call->word.span, name);
    }
}

static void walk_call(Walk *w, const Expr *call) {
    walk_callee(w, call);
    for (int i = 0; i < call->items.count; i++) {
        const Item *item = &call->items.items[i];
        if (!item->name.name && item->value->kind == EXPR_NAME) {
            walk_axis(w, item->value->word);
        } else {
            walk(w, item->value);
        }
        if (item->otherwise) walk(w, item->otherwise);
    }
    const Builtin *builtin = builtin_find(w->c, call->word.name);
    if (builtin && builtin->kind == BUILTIN_DERIVATIVE && call->arguments.count > 1) {
        const Expr *by = call->arguments.items[1].value;
        Symbol *symbol = by->kind == EXPR_NAME ? scope_find(w->scope, by->word.name) : NULL;
        if (symbol) symbol->differentiated = true;
    }
    bool takes_over = builtin && (builtin->options & OPTION_OVER);
    for (int i = 0; i < call->arguments.count; i++) {
        const Item *item = &call->arguments.items[i];
        bool is_over = takes_over && item->name.name && strcmp(item->name.name, "over") == 0;
        if (!is_over) walk(w, item->value); /* `over = count` is a word, not a value */
    }
}

static void walk_index(Walk *w, const Expr *expr) {
    walk(w, expr->a);
    for (int i = 0; i < expr->items.count; i++) {
        const Item *item = &expr->items.items[i];
        if (item->name.name) walk_axis(w, item->name);
        walk(w, item->value);
        if (item->otherwise) walk(w, item->otherwise);
    }
}

static void walk(Walk *w, const Expr *expr) {
    /* long sums lean to the left: go down them without a frame for each term */
    for (; expr && (expr->kind == EXPR_BINARY || expr->kind == EXPR_UNARY); expr = expr->a)
        if (expr->b) walk(w, expr->b);
    if (!expr) return;
    switch (expr->kind) {
    case EXPR_NAME: walk_name(w, expr->word); break;
    case EXPR_CALL: walk_call(w, expr); break;
    case EXPR_INDEX: walk_index(w, expr); break;
    case EXPR_LIST:
        for (int i = 0; i < expr->elements.count; i++)
            walk(w, expr->elements.items[i]);
        break;
    case EXPR_IF:
    case EXPR_COMPARE:
        walk(w, expr->a);
        walk(w, expr->b);
        walk(w, expr->c);
        break;
    default: break;
    }
}

static void walk_target(Walk *w, const Decl *decl) {
    for (int i = 0; i < decl->target.axes.count; i++)
        walk_axis(w, decl->target.axes.items[i]);
    for (int i = 0; i < decl->type.arguments.count; i++) {
        const Item *item = &decl->type.arguments.items[i];
        if (!item->name.name && item->value->kind == EXPR_NAME) walk_axis(w, item->value->word);
    }
    if (decl->like.name) walk_axis(w, decl->like);
}

/* --- fns and rules --- */

static void unused(Checker *c, const Symbol *symbol, const char *what) {
    if (symbol->used || symbol->is_foreign || symbol->name[0] == '_') return;
    report(c->compiler->diagnostics, UNUSED, symbol->span, what, symbol->name);
}

static Symbol *walk_parameter(Walk *w, Word word, SymbolKind kind) {
    Checker *c = w->c;
    if (!may_declare(c, w->scope, word)) return NULL;
    Symbol *fn = table_get(&c->functions, word.name);
    if (fn) report(c->compiler->diagnostics, HIDDEN, word.span, word.name, "a fn");
    return scope_add(c, w->scope, kind, word);
}

static void walk_block_names(Walk *w, const Decl *decl) {
    for (int i = 0; i < decl->body.count; i++) {
        Decl *inner = decl->body.items[i];
        Word word = inner->target.name;
        Symbol *hidden = scope_find(w->scope, word.name);
        if (inner->kind == DECL_ASSIGN) continue;
        if (hidden && !hidden->decl) {
            report(w->c->compiler->diagnostics, HIDDEN, word.span, word.name, symbol_what(hidden));
            hidden->used = true;
            table_set(&w->scope->names, word.name, NULL);
        }
        SymbolKind kind = inner->kind == DECL_DIM ? SYMBOL_AXIS : SYMBOL_LET;
        if (decl->kind == DECL_RULE && kind == SYMBOL_LET) kind = SYMBOL_LOCAL;
        Symbol *symbol = walk_parameter(w, word, kind);
        if (symbol) symbol->decl = inner;
    }
}

void names_resolve_fn(Checker *c, const Symbol *fn) {
    const Decl *decl = fn->decl;
    Walk w = {.c = c, .scope = scope_new(c), .in_fn = true};
    int many = 0;
    for (int i = 0; i < decl->axes.count; i++) {
        const Parameter *axis = &decl->axes.items[i];
        walk_parameter(&w, axis->name, axis->many ? SYMBOL_AXES : SYMBOL_AXIS);
        if (axis->many && many++)
            report(c->compiler->diagnostics, TWO_MANY, axis->name.span, fn->name);
    }
    for (int i = 0; i < decl->parameters.count; i++)
        walk_parameter(&w, decl->parameters.items[i].name, SYMBOL_PARAMETER);
    for (int i = 0; i < decl->parameters.count; i++)
        walk(&w, decl->parameters.items[i].value);
    walk_block_names(&w, decl);
    for (int i = 0; i < decl->body.count; i++) {
        Decl *inner = decl->body.items[i];
        w.owner = scope_find(w.scope, inner->target.name.name);
        walk_target(&w, inner);
        walk(&w, inner->value);
    }
    w.owner = NULL;
    walk(&w, decl->value);
    names_order_block(c, w.scope);
    if (fn->is_foreign) return;
    for (int i = 0; i < w.scope->symbols.count; i++) {
        Symbol *symbol = w.scope->symbols.items[i];
        bool is_axis = symbol->kind == SYMBOL_AXIS || symbol->kind == SYMBOL_AXES;
        unused(c, symbol,
               symbol->decl ? (is_axis ? "axis" : "let")
               : is_axis    ? "axis parameter"
                            : "parameter");
    }
}

static void resolve_fns(Checker *c, const Table *functions) {
    for (int i = 0; i < functions->capacity; i++) {
        if (functions->slots[i].key) names_resolve_fn(c, functions->slots[i].value);
    }
}

static void walk_rule(Checker *c, const Symbol *rule) {
    const Decl *decl = rule->decl;
    Walk w = {.c = c, .scope = scope_new(c), .in_fn = true};
    for (int i = 0; i < decl->parameters.count; i++)
        walk_parameter(&w, decl->parameters.items[i].name, SYMBOL_LOCAL);
    for (int i = 0; i < decl->parameters.count; i++)
        walk(&w, decl->parameters.items[i].value);
    walk_block_names(&w, decl);
    for (int i = 0; i < decl->body.count; i++) {
        Decl *inner = decl->body.items[i];
        if (inner->kind == DECL_ASSIGN && !scope_find(w.scope, inner->target.name.name))
            report(c->compiler->diagnostics, ASSIGNED_NAME, inner->target.name.span,
                   inner->target.name.name, decl->target.name.name);
        walk(&w, inner->value);
    }
}

static void walk_minimize(Walk *w, const Decl *decl) {
    Checker *c = w->c;
    walk(w, decl->value);
    const Expr *value = decl->value;
    const Symbol *loss =
        value && value->kind == EXPR_NAME ? scope_find(w->scope, value->word.name) : NULL;
    bool is_loss = loss && loss->decl && loss->decl->kind == DECL_LOSS;
    if (value && !is_loss && value->kind != EXPR_ERROR)
        report(c->compiler->diagnostics, MINIMIZED, value->span, text_of(c, value));
    for (int i = 0; i < decl->names.count; i++) {
        Word word = decl->names.items[i];
        walk_name(w, word);
        Symbol *param = scope_find(w->scope, word.name);
        if (param && !(param->decl && param->decl->kind == DECL_PARAM))
            report(c->compiler->diagnostics, OVER_PARAM, word.span, word.name, symbol_what(param));
    }
    if (decl->with)
        for (int i = 0; i < decl->with->arguments.count; i++)
            walk(w, decl->with->arguments.items[i].value);
}

void names_resolve(Checker *c) {
    for (int i = 0; i < c->program->decls.count; i++) {
        Decl *decl = c->program->decls.items[i];
        Walk w = {.c = c, .scope = c->top};
        Symbol *symbol = scope_find(c->top, decl->target.name.name);
        if (symbol && symbol->decl != decl) symbol = NULL;
        switch (decl->kind) {
        case DECL_MODEL:
        case DECL_REAL:
        case DECL_USE:
        case DECL_FN:
        case DECL_ENTRY: break;
        case DECL_RULE:
            if (symbol) walk_rule(c, symbol);
            break;
        case DECL_MINIMIZE: walk_minimize(&w, decl); break;
        default:
            w.owner = symbol && symbol->kind == SYMBOL_LET ? symbol : NULL;
            walk_target(&w, decl);
            walk(&w, decl->value);
        }
    }
    resolve_fns(c, &c->functions);
}

void names_unused(Checker *c) {
    for (int i = 0; i < c->top->symbols.count; i++) {
        Symbol *symbol = c->top->symbols.items[i];
        switch (symbol->decl->kind) {
        case DECL_DIM: unused(c, symbol, "axis"); break;
        case DECL_INPUT:
        case DECL_WEIGHT:
        case DECL_MASK:
        case DECL_PARAM:
        case DECL_CONST:
        case DECL_LET:
        case DECL_FN: unused(c, symbol, decl_kind_text(symbol->decl->kind)); break;
        default: break;
        }
    }
}
