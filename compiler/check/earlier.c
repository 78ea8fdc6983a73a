/* The order in which a recurrence is walked. In: arrays and their values, which read these arrays;
 * out: the groups that need each other, and for each array the axes that are walked, upwards or
 * downwards, such that every read is of what came earlier; or an error that names a read of which
 * this cannot be proved.
 *
 *     d[i, j] reads d[i - 1, j] and d[i, j - 1]    ->    i upwards, in it j upwards
 *
 * Found as loops are distributed: within what needs each other one axis and a direction is chosen
 * along which no read lies later. What is surely earlier along it is settled; what remains is of
 * the same index, and is ordered among itself by further axes, or by which array stands first. Any
 * axis along which no read lies later may be walked first: it takes no other order away.
 *
 * Each value is looked at with its own axes renamed: so `t` is always the index of the element that
 * is worked out, even inside of sum[t](...). */
#include "check/checker.h"

enum {
    VISITS = 200000
};

typedef struct Read {
    int from, to; /* places in the list of recurrences */
    Node *node;   /* the AT or ARRAY */
    const Fact *facts;
    int open; /* in the list of reads not settled yet */
} Read;
typedef Vector(Read *) Reads;
typedef Vector(int) Places;

typedef struct Solver {
    Checker *c;
    const Env *env;
    Graph *graph;
    Recurrence *const *recurrences;
    int count;
    Reads reads;
    int nests;
    Places order;
    Table renamed;        /* Axis * -> Axis * */
    const AxisSet *taken; /* axes that stand in some value */
    /* of the value that is being walked */
    int from;
    Table reaches; /* Node * -> itself, or the solver: no */
    int visits;
} Solver;

/* The name of an array's axis, as the index of the element that is worked out. */
static Axis *renamed(Solver *s, Axis *axis) {
    Axis *own = table_get(&s->renamed, axis);
    if (own) return own;
    own = graph_fresh_axis(s->graph, axis, s->taken);
    s->taken = axis_set_union(s->graph, s->taken, axis_set(s->graph, &own, 1));
    table_set(&s->renamed, axis, own);
    return own;
}

/* --- the reads, and what holds around them --- */

static int place_of(const Solver *s, const Node *node) {
    for (int i = 0; node->op == OP_ARRAY && i < s->count; i++)
        if (s->recurrences[i]->array == node->u.array) return i;
    return -1;
}

static bool reaches(Solver *s, Node *root) {
    NodeList nodes = {0};
    Table seen = table_new(s->c->arena);
    if (table_has(&s->reaches, root)) return table_get(&s->reaches, root) != s;
    graph_order(s->graph, root, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        Node *node = nodes.items[i];
        bool found = place_of(s, node) >= 0;
        for (int a = 0; a < node->argument_count && !found; a++)
            found = table_get(&s->reaches, node->arguments[a]) != s;
        table_set(&s->reaches, node, found ? (void *)node : (void *)s);
    }
    return table_get(&s->reaches, root) != s;
}

static void walk(Solver *s, Node *node, const Fact *facts, Table *seen);

static void walk_under(Solver *s, Node *node, const Fact *facts) {
    Table seen = table_new(s->c->arena);
    walk(s, node, facts, &seen);
}

static void add_read(Solver *s, int to, Node *node, const Fact *facts) {
    Read *read = ARENA_NEW(s->c->arena, Read);
    *read = (Read){s->from, to, node, facts, 0};
    vector_push(s->c->arena, &s->reads, read);
}

static void walk_at(Solver *s, Node *node, const Fact *facts, Table *seen) {
    Node *base = node->arguments[0];
    int count = node->argument_count - 1, to = place_of(s, base);
    if (to >= 0)
        add_read(s, to, node, facts);
    else if (reaches(s, base))
        walk(s,
             graph_substitute(s->graph, base, node->u.positions, node->arguments + 1, count, true),
             facts, seen);
    for (int i = 1; i <= count; i++)
        walk(s, node->arguments[i], facts, seen);
}

static void walk_choice(Solver *s, Node *node, const Fact *facts, Table *seen) {
    Node *first = node->arguments[0];
    walk(s, first, facts, seen);
    walk_under(s, node->arguments[1], facts_add(s->c, facts, first, node->op != OP_OR));
    if (node->op == OP_SELECT)
        walk_under(s, node->arguments[2], facts_add(s->c, facts, first, false));
}

static void walk(Solver *s, Node *node, const Fact *facts, Table *seen) {
    if (table_has(seen, node) || !reaches(s, node)) return;
    table_set(seen, node, node);
    if (++s->visits > VISITS) facts = NULL; /* what would be proved by them is then not proved */
    int to = place_of(s, node);
    if (to >= 0) {
        add_read(s, to, node, facts);
    } else if (node->op == OP_AT) {
        walk_at(s, node, facts, seen);
    } else if (node_is_reduction(node)) {
        const Fact *inside = facts_without(s->c, facts, node->u.bound);
        Node *where = node_where(node);
        if (where) walk_under(s, where, inside);
        walk_under(s, node_body(node), facts_add(s->c, inside, where, true));
    } else if ((node->op == OP_SELECT || node->op == OP_AND || node->op == OP_OR) &&
               s->visits <= VISITS) {
        walk_choice(s, node, facts, seen);
    } else {
        for (int i = 0; i < node->argument_count; i++)
            walk(s, node->arguments[i], facts, seen);
    }
}

static void find_reads(Solver *s, int from) {
    const Array *array = s->recurrences[from]->array;
    Axis **axes = ARENA_ARRAY(s->c->arena, Axis *, array->rank + 1);
    Node **values = ARENA_ARRAY(s->c->arena, Node *, array->rank + 1);
    for (int i = 0; i < array->rank; i++) {
        axes[i] = array->axes[i];
        values[i] = graph_axis(s->graph, renamed(s, axes[i]));
    }
    s->from = from;
    s->visits = 0;
    walk_under(
        s, graph_substitute(s->graph, s->recurrences[from]->value, axes, values, array->rank, true),
        NULL);
}

/* --- where a read lies --- */

static bool has_axis(const Array *array, const Axis *axis) {
    for (int i = 0; i < array->rank; i++)
        if (array->axes[i] == axis) return true;
    return false;
}

static Node *index_along(Solver *s, const Read *read, Axis *axis) {
    const Node *node = read->node;
    for (int i = 0; node->op == OP_AT && i < node->argument_count - 1; i++)
        if (node->u.positions[i] == axis)
            return graph_convert(s->graph, SCALAR_I64, node->arguments[1 + i]);
    return graph_axis(s->graph, axis);
}

typedef enum Where {
    EARLIER,
    SAME,
    NOT_LATER,
    ANYWHERE
} Where;

static bool proved(Solver *s, const Read *read, Op op, Node *a, Node *b) {
    Facts facts = facts_list(s->c, read->facts);
    return condition_prove(s->graph, graph_binary(s->graph, op, a, b), &facts);
}

static Where where(Solver *s, const Read *read, Axis *axis, bool down) {
    Node *index = index_along(s, read, axis), *own = graph_axis(s->graph, renamed(s, axis));
    if (index == own) return SAME;
    Node *low = down ? own : index, *high = down ? index : own;
    if (proved(s, read, OP_LT, low, high)) return EARLIER;
    return proved(s, read, OP_LE, low, high) ? NOT_LATER : ANYWHERE;
}

/* --- what needs each other --- */

typedef struct Component {
    Places members;
} Component;
typedef Vector(Component) Components;

typedef struct Search { /* Tarjan's, over few arrays: recursion is no deeper than they are many */
    Solver *s;
    const Reads *reads;
    int *index, *low;
    bool *among, *open;
    int met;
    Places stack;
    Components *components;
} Search;

static void search(Search *f, int at) {
    Arena *arena = f->s->c->arena;
    f->index[at] = f->low[at] = ++f->met;
    f->open[at] = true;
    vector_push(arena, &f->stack, at);
    for (int i = 0; i < f->reads->count; i++) {
        int to = f->reads->items[i]->to;
        if (f->reads->items[i]->from != at || !f->among[to]) continue;
        if (!f->index[to]) search(f, to);
        if (f->open[to] && f->low[to] < f->low[at]) f->low[at] = f->low[to];
    }
    if (f->low[at] != f->index[at]) return;
    Component component = {0};
    for (bool more = true; more;) {
        int member = f->stack.items[--f->stack.count];
        f->open[member] = false;
        int place = component.members.count;
        vector_push(arena, &component.members, member);
        for (; place > 0 && component.members.items[place - 1] > member; place--)
            component.members.items[place] = component.members.items[place - 1];
        component.members.items[place] = member;
        more = member != at;
    }
    vector_push(arena, f->components, component);
}

/* Those read come first. */
static Components components_of(Solver *s, const Places *members, const Reads *reads) {
    Components components = {0};
    Search f = {.s = s, .reads = reads, .components = &components};
    f.index = ARENA_ARRAY(s->c->arena, int, s->count);
    f.low = ARENA_ARRAY(s->c->arena, int, s->count);
    f.among = ARENA_ARRAY(s->c->arena, bool, s->count);
    f.open = ARENA_ARRAY(s->c->arena, bool, s->count);
    for (int i = 0; i < members->count; i++)
        f.among[members->items[i]] = true;
    for (int i = 0; i < members->count; i++)
        if (!f.index[members->items[i]]) search(&f, members->items[i]);
    return components;
}

static bool is_among(const Places *places, int place) {
    for (int i = 0; i < places->count; i++)
        if (places->items[i] == place) return true;
    return false;
}

static Reads reads_within(Solver *s, const Reads *reads, const Places *members) {
    Reads within = {0};
    for (int i = 0; i < reads->count; i++)
        if (is_among(members, reads->items[i]->from) && is_among(members, reads->items[i]->to))
            vector_push(s->c->arena, &within, reads->items[i]);
    return within;
}

/* --- the order --- */

typedef struct Choice {
    Axis *axis;
    bool down;
    int settled, against;
    const Read *first; /* that speaks against it */
} Choice;

static Choice judge(Solver *s, const Reads *reads, Axis *axis, bool down) {
    Choice choice = {axis, down, 0, 0, NULL};
    for (int i = 0; i < reads->count; i++) {
        Where place = where(s, reads->items[i], axis, down);
        choice.settled += place == EARLIER;
        if (place != ANYWHERE) continue;
        choice.against++;
        if (!choice.first) choice.first = reads->items[i];
    }
    return choice;
}

static bool better(const Choice *a, const Choice *b) {
    if (!b->axis || (a->settled == 0) != (b->settled == 0)) return !b->axis || a->settled > 0;
    if (a->against != b->against) return a->against < b->against;
    return a->settled > b->settled;
}

/* --- where there is none --- */

static Node *as_written(Solver *s, const Read *read, Node *node) {
    const Array *own = s->recurrences[read->from]->array;
    Axis **axes = ARENA_ARRAY(s->c->arena, Axis *, own->rank + 1);
    Node **values = ARENA_ARRAY(s->c->arena, Node *, own->rank + 1);
    for (int i = 0; i < own->rank; i++) {
        axes[i] = renamed(s, own->axes[i]);
        values[i] = graph_axis(s->graph, own->axes[i]);
    }
    return graph_substitute(s->graph, node, axes, values, own->rank, true);
}

/* The first time that an expression reads the name just as it is. */
static const Expr *bare_read(const Expr *expr, Name name) {
    if (!expr) return NULL;
    if (expr->kind == EXPR_NAME) return expr->word.name == name ? expr : NULL;
    const Expr *found = NULL;
    if (expr->kind != EXPR_INDEX || expr->a->kind != EXPR_NAME) found = bare_read(expr->a, name);
    if (!found) found = bare_read(expr->b, name);
    if (!found) found = bare_read(expr->c, name);
    for (int i = 0; !found && i < expr->items.count; i++)
        found = bare_read(expr->items.items[i].value, name);
    for (int i = 0; !found && i < expr->arguments.count; i++)
        found = bare_read(expr->arguments.items[i].value, name);
    return found;
}

static Span span_of_read(Solver *s, const Read *read, const Decl *decl) {
    const Array *array = s->recurrences[read->to]->array;
    bool is_bare = true; /* then it has no place of its own: it is one node wherever it stands */
    for (int i = 0; read->node->op == OP_AT && i < array->rank; i++)
        is_bare = is_bare && where(s, read, array->axes[i], false) == SAME;
    const Expr *bare = is_bare && decl ? bare_read(decl->value, array->name) : NULL;
    if (bare) return bare->span;
    if (read->node->span.end) return read->node->span;
    return s->recurrences[read->from]->array->span;
}

static const Decl *decl_of(const Solver *s, const Recurrence *recurrence) {
    const Symbol *symbol = scope_find(s->env->scope, recurrence->array->name);
    return symbol ? symbol->decl : NULL;
}

/* Why a read is not surely earlier along the axis; NULL: it is of the same index. */
static const char *why_not(Solver *s, const Read *read, Axis *axis, bool down) {
    if (where(s, read, axis, down) == SAME) return NULL;
    Node *index = as_written(s, read, index_along(s, read, axis));
    return arena_format(s->c->arena, "%s %s %s %s 1 is not known", text_of_node(s->c, index),
                        down ? ">=" : "<=", axis->name, down ? "+" : "-");
}

static void refuse(Solver *s, const Read *read, const Choice *choice) {
    Checker *c = s->c;
    const Array *own = s->recurrences[read->from]->array;
    const Array *array = s->recurrences[read->to]->array;
    Span span = span_of_read(s, read, decl_of(s, s->recurrences[read->from]));
    const char *why = NULL, *axis = choice->axis ? choice->axis->name : NULL;
    const char *remedy =
        "along one of its axes every read must lie earlier, or every read later; say so by a "
        "condition around it, or by where";
    if (!axis) {
        why = arena_format(c->arena, "%s and %s have no axis in common", own->name, array->name);
        remedy = "give what reads each other a common axis, and read an earlier element along it";
    } else {
        why = why_not(s, read, choice->axis, choice->down);
    }
    if (!why) {
        why = own == array ? "it is the same element"
                           : "each of them needs the other's element at the same place";
        remedy = arena_format(c->arena,
                              "read an earlier element: %s[%s = %s - 1], under a condition such as "
                              "%s > 0",
                              array->name, axis, axis, axis);
    }
    Node *shown = as_written(s, read, read->node);
    COMPLAIN(c, s->env, RECURRENCE_ORDER, span, own->name, text_of_node(c, shown), why, remedy);
}

static bool solve(Solver *s, const Places *members, const Reads *reads);

/* Reads not surely earlier are of the same index from here on. */
static Reads left_open(Solver *s, const Reads *reads, const Choice *choice) {
    Reads left = {0};
    for (int i = 0; i < reads->count; i++) {
        Read *read = reads->items[i];
        Where place = where(s, read, choice->axis, choice->down);
        if (place == EARLIER) continue;
        if (place == NOT_LATER) {
            Read *same = ARENA_NEW(s->c->arena, Read);
            *same = *read;
            same->facts =
                facts_add(s->c, read->facts,
                          graph_binary(s->graph, OP_EQ, index_along(s, read, choice->axis),
                                       graph_axis(s->graph, renamed(s, choice->axis))),
                          true);
            read = same;
        }
        vector_push(s->c->arena, &left, read);
    }
    return left;
}

static void add_loop(Solver *s, Recurrence *recurrence, const Choice *choice, int nest) {
    RecurrenceLoop *loops = ARENA_ARRAY(s->c->arena, RecurrenceLoop, recurrence->loop_count + 1);
    for (int i = 0; i < recurrence->loop_count; i++)
        loops[i] = recurrence->loops[i];
    loops[recurrence->loop_count++] = (RecurrenceLoop){choice->axis, choice->down, nest};
    recurrence->loops = loops;
}

static bool solve_component(Solver *s, const Places *members, const Reads *all) {
    Reads reads = reads_within(s, all, members);
    if (members->count == 1 && reads.count == 0) {
        vector_push(s->c->arena, &s->order, members->items[0]);
        return true;
    }
    const Array *first = s->recurrences[members->items[0]]->array;
    Choice best = {0};
    for (int i = 0; i < first->rank; i++) {
        bool common = true;
        for (int k = 0; k < members->count; k++)
            common = common && has_axis(s->recurrences[members->items[k]]->array, first->axes[i]);
        for (int down = 0; common && down < 2; down++) {
            Choice choice = judge(s, &reads, first->axes[i], down);
            if (better(&choice, &best)) best = choice;
        }
    }
    if (!best.axis || best.against || !best.settled) {
        refuse(s, best.first ? best.first : reads.items[0], &best);
        return false;
    }
    s->nests++;
    for (int k = 0; k < members->count; k++)
        add_loop(s, s->recurrences[members->items[k]], &best, s->nests);
    Reads left = left_open(s, &reads, &best);
    return solve(s, members, &left);
}

static bool solve(Solver *s, const Places *members, const Reads *reads) {
    Components components = components_of(s, members, reads);
    bool good = true;
    for (int i = 0; i < components.count; i++)
        good = solve_component(s, &components.items[i].members, reads) && good;
    return good;
}

/* What needs each other is a group. */
static bool solve_groups(Solver *s, const Places *members) {
    Components components = components_of(s, members, &s->reads);
    bool good = true;
    for (int i = 0; i < components.count; i++) {
        RecurrenceGroup *group = ARENA_NEW(s->c->arena, RecurrenceGroup);
        s->order.count = 0;
        good = solve_component(s, &components.items[i].members, &s->reads) && good;
        for (int k = 0; k < s->order.count; k++) {
            Recurrence *recurrence = s->recurrences[s->order.items[k]];
            recurrence->group = group;
            vector_push(s->c->arena, &group->members, recurrence);
        }
    }
    return good;
}

/* --- recurrences inside --- */

static bool is_listed(const RecurrenceList *list, const Recurrence *recurrence) {
    for (int i = 0; i < list->count; i++)
        if (list->items[i] == recurrence) return true;
    return false;
}

static bool reads_listed(Checker *c, const RecurrenceList *list, const Recurrence *recurrence) {
    NodeList nodes = {0};
    Table seen = table_new(c->arena);
    graph_order(c->graph, recurrence->value, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        const Recurrence *read = node_recurrence(nodes.items[i]);
        if (read && is_listed(list, read)) return true;
    }
    return false;
}

/* A fn called in a value, with an argument that reads what is being worked out, may have a
 * recurrence of its own in it: it needs this one, and this one needs it. Its order is found anew.
 */
static void add_inner(Checker *c, RecurrenceList *list) {
    RecurrenceList inner = {0};
    Table met = table_new(c->arena);
    for (int i = 0, count = list->count; i < count; i++)
        graph_recurrences(c->graph, list->items[i]->value, &met, &inner);
    for (bool added = true; added;) {
        added = false;
        for (int i = 0; i < inner.count; i++) {
            if (is_listed(list, inner.items[i]) || !reads_listed(c, list, inner.items[i])) continue;
            const RecurrenceGroup *group = inner.items[i]->group;
            for (int m = 0; m < group->members.count; m++)
                vector_push(c->arena, list, group->members.items[m]);
            added = true;
        }
    }
    for (int i = 0; i < list->count; i++)
        list->items[i]->loop_count = 0;
}

bool recurrences_order(Checker *c, const Env *env, Recurrence *const *given, int count) {
    RecurrenceList list = {0};
    for (int i = 0; i < count; i++)
        vector_push(c->arena, &list, given[i]);
    add_inner(c, &list);
    Solver s = {
        .c = c, .env = env, .graph = c->graph, .recurrences = list.items, .count = list.count};
    Places members = {0};
    count = list.count;
    s.reaches = table_new(c->arena);
    s.renamed = table_new(c->arena);
    s.taken = c->empty;
    for (int i = 0; i < count; i++) {
        const Array *array = list.items[i]->array;
        s.taken = axis_set_union(c->graph, s.taken, axis_set(c->graph, array->axes, array->rank));
        s.taken = axis_set_union(c->graph, s.taken, graph_axes(c->graph, list.items[i]->value));
    }
    for (int i = 0; i < count; i++) {
        find_reads(&s, i);
        vector_push(c->arena, &members, i);
    }
    return solve_groups(&s, &members);
}
