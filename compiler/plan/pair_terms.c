/* What a sum over an inner axis adds up for each pair of a row and a column. In: the body of the
 * sum; out: what it is of two values of which one lacks the columns and the other one the rows, if
 * it is something that blocks of pairs are made of (see pairs.c):
 *
 *     left * right       a product
 *     (left - right)^2   a square: of Euclidean distances, Gaussian kernels, k-means
 *     abs(left - right)  a difference: of distances along the axes, Laplacian kernels */
#include "plan/plan.h"

static Node *times(Graph *graph, Node *a, Node *b) {
    return a ? graph_binary(graph, OP_MUL, a, b) : b;
}

static Node *over(Graph *graph, Node *a, Node *b) {
    Node *one = graph_number(graph, b->type, 1);
    return graph_binary(graph, OP_DIV, a ? a : one, b);
}

bool plan_split_product(Graph *graph, Node *product, const Axis *not_left, const Axis *not_right,
                        Node **left, Node **right) {
    if (!axis_set_has(product->axes, not_left)) {
        *left = times(graph, *left, product);
        return true;
    }
    if (!axis_set_has(product->axes, not_right)) {
        *right = times(graph, *right, product);
        return true;
    }
    Node *const *arguments = product->arguments;
    if (product->op == OP_NEG) {
        if (!plan_split_product(graph, arguments[0], not_left, not_right, left, right))
            return false;
        Node **side = *left ? left : right;
        *side = graph_unary(graph, OP_NEG, *side);
        return true;
    }
    if (product->op != OP_MUL && product->op != OP_DIV) return false;
    if (!plan_split_product(graph, arguments[0], not_left, not_right, left, right)) return false;
    if (product->op == OP_MUL)
        return plan_split_product(graph, arguments[1], not_left, not_right, left, right);
    bool is_left = !axis_set_has(arguments[1]->axes, not_left);
    if (!is_left && axis_set_has(arguments[1]->axes, not_right)) return false;
    Node **side = is_left ? left : right;
    *side = over(graph, *side, arguments[1]);
    return true;
}

/* A difference, or a sum, of one value that lacks not_left and one that lacks not_right: as what
 * comes first less what comes second, but for its sign. */
static bool split_difference(Graph *graph, Node *node, const Axis *not_left, const Axis *not_right,
                             PairTerm *term) {
    node = node_unnamed(node);
    if (node->op == OP_NEG)
        return split_difference(graph, node->arguments[0], not_left, not_right, term);
    if (node->op != OP_SUB && node->op != OP_ADD) return false;
    bool in_order = !axis_set_has(node->arguments[0]->axes, not_left);
    Node *left = node->arguments[!in_order], *right = node->arguments[in_order];
    if (axis_set_has(left->axes, not_left) || axis_set_has(right->axes, not_right)) return false;
    term->left = left;
    term->right = node->op == OP_SUB ? right : graph_unary(graph, OP_NEG, right);
    return true;
}

bool plan_pair_term(Graph *graph, Node *body, const Axis *row, const Axis *column, PairTerm *term) {
    *term = (PairTerm){TERM_PRODUCT, NULL, NULL};
    body = node_unnamed(body);
    const Node *exponent = body->op == OP_POW ? body->arguments[1] : NULL;
    if (exponent && node_is_number(exponent, 2)) {
        term->kind = TERM_SQUARE;
        if (split_difference(graph, body->arguments[0], column, row, term)) return true;
    } else if (body->op == OP_ABS) {
        term->kind = TERM_DIFFERENCE;
        if (split_difference(graph, body->arguments[0], column, row, term)) return true;
    }
    term->kind = TERM_PRODUCT;
    return plan_split_product(graph, body, column, row, &term->left, &term->right) && term->left &&
           term->right;
}
