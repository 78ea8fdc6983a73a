/* The words that messages are made of: expressions, axes and nodes as the language writes them. */
#include "check/checker.h"
#include <inttypes.h>
#include <string.h>

enum {
    TEXT_LONGEST = 60,
    CALLS_SHOWN = 3
};

/* Long expressions are told by their beginning. */
static const char *shortened(Checker *c, const char *text) {
    if (strlen(text) <= TEXT_LONGEST) return text;
    return arena_format(c->arena, "%.*s...", TEXT_LONGEST - 3, text);
}

const char *text_of(Checker *c, const Expr *expr) {
    Text text = text_new(c->arena);
    expr_print(&text, expr);
    return shortened(c, text.chars);
}

const char *text_of_node(Checker *c, const Node *node) {
    Text text = text_new(c->arena);
    graph_print_node(&text, node);
    return shortened(c, text.chars);
}

const char *text_of_axes(Checker *c, const AxisSet *axes) {
    if (!axes->count) return "no axes";
    Text text = text_new(c->arena);
    for (int i = 0; i < axes->count; i++)
        text_format(&text, "%s%s", i ? ", " : "[", axes->items[i]->name);
    text_add(&text, "]");
    return text.chars;
}

const char *text_of_number(Checker *c, int64_t number) {
    return arena_format(c->arena, "%" PRId64, number);
}

Name name_word(Checker *c, const char *text) {
    return name_of(c->compiler->names, text);
}

void complain_calls(Checker *c, const Env *env) {
    if (!env) return;
    int shown = 0;
    for (const Call *call = env->calls; call;
         call = call->outer) /* of a long chain, the innermost and the outermost */
        if (shown++ < CALLS_SHOWN || !call->outer)
            report_also(c->compiler->diagnostics, call->span, "called from here");
}
