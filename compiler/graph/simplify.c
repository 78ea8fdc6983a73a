/* The simplifier: rewrites nodes by the rules of rules.def until none applies. Values stay what
 * they are, bit for bit, except where constants are folded (in float64, rounded once) and where a
 * rule's law says so.
 *
 *     0 <= t - 1 + 1 and true   ->   0 <= t   ->   true
 *
 * Arguments first, each node once; what a rule returns is simplified again, up to a bound that only
 * a pair of rules that undo each other could reach. Lets stay, so that names do.
 *
 * A derivative that is simplified may be differentiated again, by any of the lets in it: there a
 * LET stays the very node that it is, and nothing looks through it (graph_simplify). */
#include "graph/rules.h"

enum {
    MOST_REWRITES = 200
}; /* of one node */

struct Simplifier {
    Graph *graph;
    Table done; /* Node * -> Node * */
    Table seen; /* by graph_order */
    Table met;  /* by graph_recurrences */
};

typedef enum RuleOp {
    RULE_ANY_OPERATION = -1,
    RULE_ANY_REDUCTION = -2,
#define OP(id, text, arguments, class, price) RULE_##id = OP_##id,
#include "graph/ops.def"
#undef OP
} RuleOp;

static bool applies(RuleOp op, const Node *node) {
    if (op == RULE_ANY_REDUCTION) return node_is_reduction(node);
    return op == RULE_ANY_OPERATION || (int)op == (int)node->op;
}

/* By the first rule that changes it, or NULL. */
static Node *rewrite(Graph *graph, Node *node) {
    Node *result = NULL;
#define RULE(op, name, before, after)                                                              \
    if (applies(RULE_##op, node) && (result = rule_##name(graph, node)) && result != node)         \
        return result;
#include "graph/rules.def"
#undef RULE
    return NULL;
}

static Node *simplify(Simplifier *s, Node *node, int fuel);

static Node *simplify_arguments(Simplifier *s, Node *node, int fuel) {
    Node *few[8];
    int count = node->argument_count;
    Node **arguments = count <= 8 ? few : ARENA_ARRAY(s->graph->arena, Node *, count);
    for (int i = 0; i < count; i++) {
        arguments[i] = simplify(s, node->arguments[i], fuel);
    }
    return graph_rebuild(s->graph, node, arguments);
}

static Node *simplify(Simplifier *s, Node *node, int fuel) {
    Node *known = table_get(&s->done, node);
    if (known) return known;
    if (node->op == OP_LET && s->graph->keeps_lets) return node;
    Node *result = simplify_arguments(s, node, fuel);
    if (result != node && fuel > 0) {
        result = simplify(s, result, fuel - 1);
    } else if (fuel > 0) {
        Node *next = rewrite(s->graph, node);
        if (next)
            result = graph_with_span(simplify(s, graph_with_span(next, node->span), fuel - 1),
                                     node->span);
    }
    table_set(&s->done, node, result);
    return result;
}

/* In the order of the graph, so that the recursion above meets what is done already. */
static Node *simplify_all(Simplifier *s, Node *root) {
    Node *first[32];
    NodeList nodes = {first, 0, 32};
    graph_order(s->graph, root, &s->seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        simplify(s, nodes.items[i], MOST_REWRITES);
    }
    return simplify(s, root, MOST_REWRITES);
}

Simplifier *simplifier_new(Graph *graph) {
    Simplifier *s = ARENA_NEW(graph->arena, Simplifier);
    s->graph = graph;
    s->done = table_new(graph->arena);
    s->seen = table_new(graph->arena);
    s->met = table_new(graph->arena);
    return s;
}

Node *simplifier_run(Simplifier *simplifier, Node *node) {
    simplifier->graph->keeps_lets = true;
    Node *result = simplify_all(simplifier, node);
    simplifier->graph->keeps_lets = false;
    return result;
}

Node *graph_simplify(Graph *graph, Node *node) {
    return simplifier_run(simplifier_new(graph), node);
}

/* The values of recurrences change where they stand: what reads them stays as it is. */
static void simplify_recurrences(Simplifier *s, Node *root) {
    RecurrenceList list = {0};
    graph_recurrences(s->graph, root, &s->met, &list);
    for (int i = 0; i < list.count; i++)
        if (list.items[i]->value) list.items[i]->value = simplify_all(s, list.items[i]->value);
}

static void simplify_model(Model *model) {
    Arena *arena = model->graph->arena;
    Simplifier s = {model->graph, table_new(arena), table_new(arena), table_new(arena)};
    for (int i = 0; i < model->outputs.count; i++) {
        simplify_recurrences(&s, model->outputs.items[i].value);
        model->outputs.items[i].value = simplify_all(&s, model->outputs.items[i].value);
    }
    Training *training = model->training;
    for (int i = 0; training && i < training->gradients.count; i++) {
        simplify_recurrences(&s, training->gradients.items[i].value);
        training->gradients.items[i].value = simplify_all(&s, training->gradients.items[i].value);
    }
    for (int i = 0; training && i < training->updates.count; i++) {
        Update *update = &training->updates.items[i];
        update->value = simplify_all(&s, update->value);
        training->initials.items[i].value = simplify_all(&s, training->initials.items[i].value);
    }
    for (int i = 0; i < model->checks.count; i++) {
        RangeCheck *check = &model->checks.items[i];
        check->index = simplify_all(&s, check->index);
        if (check->guard) check->guard = simplify_all(&s, check->guard);
    }
    for (int i = 0; i < model->lets.count;
         i++) { /* so that they still name what the outputs are made of */
        model->lets.items[i].value = simplify_all(&s, model->lets.items[i].value);
    }
    for (int i = 0; i < model->arrays.count; i++) {
        Array *array = model->arrays.items[i];
        if (array->initial) array->initial = simplify_all(&s, array->initial);
    }
    table_end(&s.done);
    table_end(&s.seen);
    table_end(&s.met);
}

void model_simplify(Model *model) {
    simplify_model(model);
    if (recurrences_unify(model)) simplify_model(model);
}
