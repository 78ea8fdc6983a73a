/* The order in which the lets are worked out: what is needed first. Found on the names alone,
 * without recursion, so that a chain of ten thousand lets written backwards is no deeper than one.
 *
 * Lets that need each other come together (Tarjan's strongly connected components). Where those
 * with stated axes are taken out and no circle is left, it is a recurrence: these become arrays,
 * and the others are names for values in between. Any other circle is an error. */
#include "check/checker.h"

typedef struct Visit {
    Symbol *symbol;
    int next; /* of symbol->needs */
} Visit;
typedef Vector(Visit) Visits;

typedef struct Standing { /* of a symbol in the search for what needs each other */
    int index, low;
    bool open; /* not yet given to a component */
    int component;
    bool placed, started; /* in the order inside its component */
} Standing;

typedef struct Order {
    Checker *c;
    Table standings; /* Symbol * -> Standing * */
    int met, components;
    Symbols open;
    Symbols *ordered; /* NULL: only circles are looked for */
} Order;

static Standing *standing_of(Order *o, const Symbol *symbol) {
    return table_get(&o->standings, symbol);
}

/* --- inside a component --- */

static bool may_be_stated(const Symbol *symbol) {
    const Decl *decl = symbol->decl;
    return (decl->kind == DECL_LET || decl->kind == DECL_MASK) && decl->target.axes.count > 0;
}

static void report_circle(Order *o, const Visits *stack, const Symbol *start) {
    Diagnostics *diagnostics = o->c->compiler->diagnostics;
    Text chain = text_new(o->c->arena);
    int first = 0;
    while (stack->items[first].symbol != start)
        first++;
    bool is_output = start->decl->kind == DECL_OUTPUT && start->decl->target.axes.count > 0;
    for (int i = first; i < stack->count; i++)
        text_format(&chain, "%s -> ", stack->items[i].symbol->name);
    text_add(&chain, start->name);
    report(diagnostics, is_output ? OUTPUT_CYCLE : CYCLE, start->span, start->name, chain.chars);
    for (int i = first; i < stack->count; i++) {
        stack->items[i].symbol->is_broken = true;
        if (i > first) report_also(diagnostics, stack->items[i].symbol->span, "by way of this");
    }
}

/* Whether the need of one symbol for another counts where those with stated axes are arrays. */
static bool counts(Order *o, int component, const Symbol *needed) {
    const Standing *place = standing_of(o, needed);
    return place && place->component == component && !may_be_stated(needed);
}

/* Those that become no arrays, what is needed first; false: there is a circle left. */
static bool order_plain(Order *o, const Symbols *members, int component, Symbols *plain) {
    Arena *arena = o->c->arena;
    Visits stack = {0};
    for (int i = 0; i < members->count; i++) {
        if (may_be_stated(members->items[i]) || standing_of(o, members->items[i])->placed) continue;
        vector_push(arena, &stack, (Visit){members->items[i], 0});
        standing_of(o, members->items[i])->started = true;
        while (stack.count) {
            Visit *top = &stack.items[stack.count - 1];
            Symbol *symbol = top->symbol;
            if (top->next == symbol->needs.count) {
                standing_of(o, symbol)->placed = true;
                vector_push(arena, plain, symbol);
                stack.count--;
                continue;
            }
            Symbol *needed = symbol->needs.items[top->next++];
            Standing *place = standing_of(o, needed);
            if (!counts(o, component, needed) || place->placed) continue;
            if (place->started) {
                if (o->ordered) report_circle(o, &stack, needed);
                return false;
            }
            place->started = true;
            vector_push(arena, &stack, (Visit){needed, 0});
        }
    }
    return true;
}

static bool needs_itself(const Symbol *symbol) {
    for (int i = 0; i < symbol->needs.count; i++)
        if (symbol->needs.items[i] == symbol) return true;
    return false;
}

static void add_component(Order *o, const Symbols *members, int component) {
    Checker *c = o->c;
    Symbols plain = {0};
    if (members->count == 1 && !needs_itself(members->items[0])) {
        if (o->ordered) vector_push(c->arena, o->ordered, members->items[0]);
        return;
    }
    if (!order_plain(o, members, component, &plain)) {
        for (int i = 0; o->ordered && i < members->count; i++)
            members->items[i]->is_broken = true;
        return;
    }
    Circle *circle = ARENA_NEW(c->arena, Circle);
    for (int i = 0; i < plain.count; i++)
        vector_push(c->arena, &circle->plain, plain.items[i]->decl);
    for (int i = 0; i < members->count; i++) {
        table_set(&c->circles, members->items[i]->decl, circle);
        if (may_be_stated(members->items[i]))
            vector_push(c->arena, &circle->stated, members->items[i]->decl);
        if (o->ordered) vector_push(c->arena, o->ordered, members->items[i]);
    }
}

/* --- components --- */

static void open_symbol(Order *o, Visits *stack, Symbol *symbol) {
    Standing *place = ARENA_NEW(o->c->arena, Standing);
    place->index = place->low = ++o->met;
    place->open = true;
    table_set(&o->standings, symbol, place);
    vector_push(o->c->arena, &o->open, symbol);
    vector_push(o->c->arena, stack, (Visit){symbol, 0});
}

/* As written, not as met. */
static void sort_by_place(Symbols *members) {
    for (int i = 1; i < members->count; i++) {
        Symbol *symbol = members->items[i];
        int at = i;
        for (; at > 0 && members->items[at - 1]->span.start > symbol->span.start; at--)
            members->items[at] = members->items[at - 1];
        members->items[at] = symbol;
    }
}

static void close_symbol(Order *o, Symbol *symbol) {
    if (standing_of(o, symbol)->low < standing_of(o, symbol)->index) return;
    Symbols members = {0};
    Symbol *last;
    o->components++;
    do {
        last = o->open.items[--o->open.count];
        standing_of(o, last)->open = false;
        standing_of(o, last)->component = o->components;
        vector_push(o->c->arena, &members, last);
    } while (last != symbol);
    sort_by_place(&members);
    add_component(o, &members, o->components);
}

static void order(Order *o, const Scope *scope) {
    Visits stack = {0};
    for (int i = 0; i < scope->symbols.count; i++) {
        Symbol *symbol = scope->symbols.items[i];
        if (symbol->kind != SYMBOL_LET || standing_of(o, symbol)) continue;
        open_symbol(o, &stack, symbol);
        while (stack.count) {
            Visit *top = &stack.items[stack.count - 1];
            Standing *place = standing_of(o, top->symbol);
            if (top->next < top->symbol->needs.count) {
                Symbol *needed = top->symbol->needs.items[top->next++];
                const Standing *other = standing_of(o, needed);
                if (!other)
                    open_symbol(o, &stack, needed);
                else if (other->open && other->index < place->low)
                    place->low = other->index;
                continue;
            }
            Symbol *closed = top->symbol;
            stack.count--;
            Standing *outer =
                stack.count ? standing_of(o, stack.items[stack.count - 1].symbol) : NULL;
            if (outer && place->low < outer->low) outer->low = place->low;
            close_symbol(o, closed);
        }
    }
}

void names_order(Checker *c) {
    Order o = {.c = c, .standings = table_new(c->arena), .ordered = &c->lets};
    order(&o, c->top);
}

/* The lets of a block are worked out where they are first used; a circle that is none of arrays is
 * met there. */
void names_order_block(Checker *c, const Scope *scope) {
    Order o = {.c = c, .standings = table_new(c->arena)};
    order(&o, scope);
}
