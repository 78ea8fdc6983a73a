/* Calls of fns. A fn is unfolded where it is called: its axis parameters stand for axes of the
 * caller, its parameters for values that were worked out there, and its body is worked out in a
 * scope of its own. A `dim` in its block is a new axis at each call. Nothing is substituted: since
 * an axis parameter is the caller's axis itself, the body binds what the caller meant. A fact about
 * such an axis must not reach arguments, defaults and lets, as the body may bind it anew. */
#include "check/checker.h"
#include <string.h>

enum {
    CALL_LIMIT = 20000
};

static const char *declared(Checker *c, const Symbol *fn) {
    const Decl *decl = fn->decl;
    Text text = text_new(c->arena);
    text_add(&text, decl->target.name.name);
    for (int i = 0; i < decl->axes.count; i++)
        text_format(&text, "%s%s%s", i ? ", " : "[", decl->axes.items[i].name.name,
                    decl->axes.items[i].many ? "..." : "");
    if (decl->axes.count) text_add(&text, "]");
    text_add(&text, "(");
    for (int i = 0; i < decl->parameters.count; i++) {
        const Parameter *parameter = &decl->parameters.items[i];
        text_format(&text, "%s%s", i ? ", " : "", parameter->name.name);
        if (parameter->value) text_format(&text, " = %s", text_of(c, parameter->value));
    }
    text_add(&text, ")");
    return text.chars;
}

/* False when fn is being unfolded already, could not be read, or too much was unfolded. */
static bool may_call(Checker *c, const Env *env, const Expr *call, const Symbol *fn) {
    if (fn->decl->failed) return false; /* the parser has said what is wrong with it */
    Text chain = text_new(c->arena);
    text_add(&chain, fn->name);
    for (const Call *outer = env->calls; outer; outer = outer->outer) {
        Text longer = text_new(c->arena);
        text_format(&longer, "%s -> %s", outer->fn->name, chain.chars);
        chain = longer;
        if (outer->fn != fn) continue;
        report(c->compiler->diagnostics, RECURSION, call->span, fn->name, chain.chars);
        return false;
    }
    if (++c->calls <= CALL_LIMIT) return true;
    if (!c->calls_reported)
        COMPLAIN(c, env, TOO_MANY_CALLS, call->span, text_of_number(c, CALL_LIMIT));
    c->calls_reported = true;
    return false;
}

/* --- axis arguments --- */

static bool bind_axes(Checker *c, const Env *env, const Expr *call, const Symbol *fn, Scope *scope,
                      Axes *axes) {
    const Decl *decl = fn->decl;
    int named = decl->axes.count, many = -1;
    for (int i = 0; i < named; i++)
        if (decl->axes.items[i].many) many = i;
    for (int i = 0; i < call->items.count; i++) /* a repeat is told in the terms of fns */
        for (int j = 0; j < i; j++) {
            const Expr *a = call->items.items[i].value, *b = call->items.items[j].value;
            if (a->kind != EXPR_NAME || b->kind != EXPR_NAME || a->word.name != b->word.name)
                continue;
            COMPLAIN(c, env, AXIS_ARGUMENT_TWICE, a->span, a->word.name, fn->name);
            return false;
        }
    if (!bracket_axes(c, env, call, axes)) return false;
    int given = axes->count, rest = given - named + 1;
    if (many < 0 ? given != named : rest < 1) {
        const char *wanted =
            named == 0 ? "no axes"
                       : arena_format(c->arena, "%d %s%s", named, named == 1 ? "axis" : "axes",
                                      many >= 0 ? " or more" : "");
        const char *got = given == 0 ? "none" : text_of_number(c, given);
        COMPLAIN(c, env, AXIS_ARGUMENTS, call->span, fn->name, wanted, got, declared(c, fn));
        return false;
    }
    int next = 0;
    for (int i = 0; i < named; i++) {
        Symbol *symbol =
            scope_add(c, scope, i == many ? SYMBOL_AXES : SYMBOL_AXIS, decl->axes.items[i].name);
        symbol->progress = PROGRESS_DONE;
        if (i != many) symbol->axis = axes->items[next++];
        for (int j = 0; i == many && j < rest; j++)
            vector_push(c->arena, &symbol->axes, axes->items[next++]);
    }
    return true;
}

/* --- arguments --- */

static int parameter_named(const Decl *decl, Name name) {
    for (int i = 0; i < decl->parameters.count; i++)
        if (decl->parameters.items[i].name.name == name) return i;
    return -1;
}

/* Which argument each parameter gets; false when one goes astray. */
static bool match(Checker *c, const Env *env, const Expr *call, const Symbol *fn,
                  const Item **matched) {
    const Decl *decl = fn->decl;
    bool named = false;
    if (call->arguments.count > decl->parameters.count) {
        int most = decl->parameters.count;
        const char *wanted =
            most == 0 ? "no arguments"
                      : arena_format(c->arena, "%d argument%s", most, most == 1 ? "" : "s");
        COMPLAIN(c, env, TOO_MANY_ARGUMENTS, call->span, fn->name, wanted,
                 text_of_number(c, call->arguments.count), declared(c, fn));
        return false;
    }
    for (int i = 0; i < call->arguments.count; i++) {
        const Item *item = &call->arguments.items[i];
        int at = i;
        if (item->name.name) {
            named = true;
            at = parameter_named(decl, item->name.name);
        } else if (named) {
            COMPLAIN(c, env, POSITIONAL_AFTER_NAMED, item->span);
            return false;
        }
        if (at < 0) {
            COMPLAIN(c, env, NO_PARAMETER, item->name.span, fn->name, item->name.name,
                     declared(c, fn));
            return false;
        }
        if (matched[at]) {
            COMPLAIN(c, env, ARGUMENT_TWICE, item->span, decl->parameters.items[at].name.name,
                     fn->name);
            return false;
        }
        matched[at] = item;
    }
    for (int i = 0; i < decl->parameters.count; i++) {
        if (matched[i] || decl->parameters.items[i].value) continue;
        COMPLAIN(c, env, ARGUMENT_MISSING, call->span, fn->name,
                 decl->parameters.items[i].name.name, declared(c, fn));
        return false;
    }
    return true;
}

static bool bind_parameters(Checker *c, const Env *outer, const Env *inner, const Symbol *fn,
                            const Item **matched) {
    const Decl *decl = fn->decl;
    bool good = true;
    for (int i = 0; i < decl->parameters.count; i++) {
        const Parameter *parameter = &decl->parameters.items[i];
        Symbol *symbol = scope_add(c, inner->scope, SYMBOL_PARAMETER, parameter->name);
        if (matched[i]) {
            symbol->progress = PROGRESS_DONE;
            symbol->value = elaborate(c, outer, matched[i]->value);
            if (differentiates(c, decl, symbol->name))
                symbol->value =
                    marked(c, outer, symbol->value, symbol->name, matched[i]->value->span);
            good = good && symbol->value.node;
        } else { /* a default may name the other parameters, in any order */
            symbol->env = inner;
            symbol->initial = parameter->value;
            symbol->differentiated = differentiates(c, decl, symbol->name);
        }
    }
    for (int i = 0; good && i < inner->scope->symbols.count; i++) {
        Symbol *symbol = inner->scope->symbols.items[i];
        good = symbol_ready(c, symbol) && (symbol->kind != SYMBOL_PARAMETER || symbol->value.node);
    }
    return good;
}

static void bind_block(Checker *c, const Env *inner, const Symbol *fn) {
    for (int i = 0; i < fn->decl->body.count; i++) {
        Decl *decl = fn->decl->body.items[i];
        if (decl->kind != DECL_DIM && decl->kind != DECL_LET) continue;
        Symbol *symbol = scope_add(
            c, inner->scope, decl->kind == DECL_DIM ? SYMBOL_AXIS : SYMBOL_LET, decl->target.name);
        symbol->decl = decl;
        symbol->env = inner;
        symbol->differentiated = differentiates(c, fn->decl, symbol->name);
    }
    for (int i = 0; i < inner->scope->symbols.count; i++)
        symbol_ready(c, inner->scope->symbols.items[i]);
}

Value elaborate_fn(Checker *c, const Env *env, Expr *call, Symbol *fn) {
    const Decl *decl = fn->decl;
    if (!may_call(c, env, call, fn)) return NO_VALUE;
    Scope *scope = scope_new(c);
    Axes axes = {0};
    const Item **matched = ARENA_ARRAY(c->arena, const Item *, decl->parameters.count + 1);
    bool good = bind_axes(c, env, call, fn, scope, &axes);
    if (!good || !match(c, env, call, fn, matched)) {
        for (int i = 0; i < call->arguments.count; i++)
            elaborate(c, env, call->arguments.items[i].value);
        return NO_VALUE;
    }
    Call *here = ARENA_NEW(c->arena, Call);
    *here = (Call){call->span, fn, env->calls};
    Env *inner = ARENA_NEW(c->arena, Env);
    *inner = *env;
    inner->scope = scope;
    inner->calls = here;
    Env outer = *env, *block = ARENA_NEW(c->arena, Env);
    outer.facts = facts_without(c, env->facts, axis_set(c->graph, axes.items, axes.count));
    *block =
        *inner; /* for defaults and lets, which the body may read elsewhere just like arguments */
    block->facts = outer.facts;
    good = bind_parameters(c, &outer, block, fn, matched);
    if (!good) return NO_VALUE;
    bind_block(c, block, fn);
    return elaborate(c, inner, decl->value);
}
