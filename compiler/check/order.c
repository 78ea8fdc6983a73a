/* The order in which the lets are worked out: what is needed first. Found on the names alone,
 * without recursion, so that a chain of ten thousand lets written backwards is no deeper than one.
 * A circle of lets whose axes are all stated is a recurrence; any other is an error. */
#include "check/checker.h"

typedef struct Visit {
    Symbol *symbol;
    int next; /* of symbol->needs */
} Visit;
typedef Vector(Visit) Visits;

static void report_circle(Checker *c, const Visits *stack, int first) {
    Text chain = text_new(c->arena);
    bool recurrence = true;
    for (int i = first; i < stack->count; i++) {
        Symbol *symbol = stack->items[i].symbol;
        recurrence = recurrence && symbol->decl->target.axes.count > 0;
        text_format(&chain, "%s -> ", symbol->name);
    }
    Symbol *start = stack->items[first].symbol;
    text_add(&chain, start->name);
    report(c->compiler->diagnostics, recurrence ? RECURRENCE_NOT_YET : CYCLE, start->span,
           start->name, chain.chars);
    for (int i = first; i < stack->count; i++) {
        stack->items[i].symbol->is_broken = true;
        if (i > first)
            report_also(c->compiler->diagnostics, stack->items[i].symbol->span, "by way of this");
    }
}

static void visit(Checker *c, Visits *stack, Symbol *symbol) {
    if (symbol->progress == PROGRESS_DONE) return;
    if (symbol->progress == PROGRESS_STARTED) {
        report_circle(c, stack, symbol->place);
        return;
    }
    symbol->progress = PROGRESS_STARTED;
    symbol->place = stack->count;
    vector_push(c->arena, stack, (Visit){symbol, 0});
}

void names_order(Checker *c) {
    Visits stack = {0};
    for (int i = 0; i < c->top->symbols.count; i++) {
        Symbol *symbol = c->top->symbols.items[i];
        if (symbol->kind != SYMBOL_LET) continue;
        visit(c, &stack, symbol);
        while (stack.count) {
            Visit *top = &stack.items[stack.count - 1];
            if (top->next < top->symbol->needs.count) {
                visit(c, &stack, top->symbol->needs.items[top->next++]);
                continue;
            }
            top->symbol->progress = PROGRESS_DONE;
            vector_push(c->arena, &c->lets, top->symbol);
            stack.count--;
        }
    }
    for (int i = 0; i < c->lets.count; i++)
        c->lets.items[i]->progress = PROGRESS_NONE;
}
