/* Sums with softmax weights.
 *
 * Takes a reduction. sum(v * E / sum(E)) becomes sum(v * E) / sum(E), and 0 where nothing is
 * summed: the weighted mean that the language's page says it is, with the same loops. Gives NULL
 * for all others, and where many sums share one row of weights: these are worked out once. */
#include "plan/plan.h"

/* The quotient E / sum(E) over all that `reduction` sums, as a factor of its body. */
static Node *normalised_factor(Node *body, const Node *reduction) {
    body = node_unnamed(body);
    if (body->op == OP_DIV) {
        const Node *total = node_unnamed(body->arguments[1]);
        bool matches = total->op == OP_SUM && total->u.bound == reduction->u.bound &&
                       node_where(total) == node_where(reduction) &&
                       node_unnamed(node_body(total)) == node_unnamed(body->arguments[0]);
        return matches ? body : normalised_factor(body->arguments[0], reduction);
    }
    if (body->op != OP_MUL) return NULL;
    Node *found = normalised_factor(body->arguments[0], reduction);
    return found ? found : normalised_factor(body->arguments[1], reduction);
}

static Node *replace_factor(Graph *graph, Node *node, const Node *factor, Node *with) {
    Node *body = node_unnamed(node);
    if (body == factor) return with;
    if (body->op != OP_MUL && body->op != OP_DIV) return node;
    Node *arguments[2] = {replace_factor(graph, body->arguments[0], factor, with),
                          body->arguments[1]};
    bool found = arguments[0] != body->arguments[0];
    if (body->op == OP_MUL && !found)
        arguments[1] = replace_factor(graph, body->arguments[1], factor, with);
    found |= arguments[1] != body->arguments[1];
    return found ? graph_rebuild(graph, body, arguments) : node;
}

Node *plan_divide_once(Graph *graph, Node *reduction) {
    if (reduction->op != OP_SUM) return NULL;
    Node *factor = normalised_factor(node_body(reduction), reduction);
    if (!factor) return NULL;
    bool one_row = axis_set_within(factor->axes, reduction->u.bound);
    if (one_row && reduction->axes->count > 0) return NULL;
    Node *body = replace_factor(graph, node_body(reduction), factor, factor->arguments[0]);
    Node *sum = graph_reduce(graph, OP_SUM, reduction->u.bound, body, node_where(reduction));
    Node *total = factor->arguments[1], *zero = graph_number(graph, total->type, 0);
    Node *mean = graph_binary(graph, OP_DIV, sum, total);
    return graph_select(graph, graph_binary(graph, OP_EQ, total, zero), zero, mean);
}
