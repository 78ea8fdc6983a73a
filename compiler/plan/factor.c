/* Shapes of reductions that need not wait for what they read. In: a reduction along the streamed
 * axis that reads others of the kind; out: the same with the factors that all elements share in
 * front of it, or how its state moves when what it reads becomes another:
 *
 *     sum(f / W)             = sum(f) / W
 *     sum(f * exp(z - M))      times exp(M - M') when M becomes M'
 *     sum(w * (v - c)^2)       plus (c - c') * (W * (c - c') + 2 * (N - W * c)) when c becomes c',
 *                              W being sum(w) and N sum(w * v)
 */
#include "plan/streaming.h"

/* --- common factors --- */

typedef struct Factors {
    Node *own;   /* of each element; NULL: 1 */
    Node *front; /* of all; NULL: 1 */
} Factors;

static Node *product(Streaming *s, Node *a, Node *b) {
    return !a ? b : !b ? a : graph_binary(s->graph, OP_MUL, a, b);
}

static bool is_shared(Streaming *s, const AxisSet *bound, const Node *node) {
    return !axis_set_meets(node->axes, bound) && streaming_depends(s, node);
}

static Factors split(Streaming *s, const AxisSet *bound, Node *node) {
    if (is_shared(s, bound, node)) return (Factors){NULL, node};
    Node *body = node_unnamed(node), **arguments = body->arguments;
    if (body->op == OP_NEG) {
        Factors f = split(s, bound, arguments[0]);
        if (f.own && f.front) return (Factors){graph_unary(s->graph, OP_NEG, f.own), f.front};
    } else if (body->op == OP_MUL) {
        Factors a = split(s, bound, arguments[0]), b = split(s, bound, arguments[1]);
        if (a.front || b.front)
            return (Factors){product(s, a.own, b.own), product(s, a.front, b.front)};
    } else if (body->op == OP_DIV) {
        Factors a = split(s, bound, arguments[0]);
        Node *by = arguments[1];
        if (is_shared(s, bound, by)) {
            Node *front = a.front ? a.front : graph_number(s->graph, body->type, 1);
            return (Factors){a.own, graph_binary(s->graph, OP_DIV, front, by)};
        }
        if (a.own && a.front) return (Factors){graph_binary(s->graph, OP_DIV, a.own, by), a.front};
    } else if (body->op == OP_ADD || body->op == OP_SUB) {
        Factors a = split(s, bound, arguments[0]), b = split(s, bound, arguments[1]);
        if (a.own && b.own && a.front && a.front == b.front)
            return (Factors){graph_binary(s->graph, body->op, a.own, b.own), a.front};
    }
    return (Factors){node, NULL};
}

/* How many elements there are: where there are none the sum is 0, whatever the factor. */
Node *streaming_elements(Streaming *s, const Node *sum) {
    Graph *graph = s->graph;
    Node *one = graph_integer(graph, SCALAR_I64, 1);
    if (node_where(sum)) return graph_reduce(graph, OP_SUM, sum->u.bound, one, node_where(sum));
    for (int i = 0; i < sum->u.bound->count; i++)
        one = graph_binary(graph, OP_MUL, one, graph_extent(graph, sum->u.bound->items[i]));
    return one;
}

static Node *factor_out(Streaming *s, Node *sum) {
    Graph *graph = s->graph;
    if (sum->op != OP_SUM || !scalar_is_float(sum->type) || !streaming_binds(s, sum)) return sum;
    Factors f = split(s, sum->u.bound, node_body(sum));
    if (!f.front) return sum;
    Node *own = f.own ? f.own : graph_number(graph, sum->type, 1);
    Node *rest = graph_reduce(graph, OP_SUM, sum->u.bound, own, node_where(sum));
    Node *none =
        graph_binary(graph, OP_EQ, streaming_elements(s, sum), graph_integer(graph, SCALAR_I64, 0));
    return graph_select(graph, none, graph_number(graph, sum->type, 0),
                        graph_binary(graph, OP_MUL, rest, f.front));
}

Node *streaming_factored(Streaming *s, Node *value) {
    Arena *arena = s->compiler->arena;
    Table seen = table_new(arena), done = table_new(arena);
    NodeList nodes = {0};
    graph_order(s->graph, value, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        Node *node = nodes.items[i];
        Node **arguments = ARENA_ARRAY(arena, Node *, node->argument_count + 1);
        for (int k = 0; k < node->argument_count; k++)
            arguments[k] = table_get(&done, node->arguments[k]);
        Node *same = node->argument_count ? graph_rebuild(s->graph, node, arguments) : node;
        table_set(&done, node, factor_out(s, same));
    }
    return table_get(&done, value);
}

/* --- states that move --- */

typedef struct Shapes {
    Streaming *s;
    Piece *piece;
    const Node *value;   /* v of (v - center)^2 */
    const Node *squared; /* that factor */
} Shapes;

/* The node without the names in it, for comparisons. */
static const Node *plain(Streaming *s, const Node *node) {
    Table seen = table_new(s->compiler->arena), done = table_new(s->compiler->arena);
    NodeList nodes = {0};
    graph_order(s->graph, (Node *)node, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        Node *each = nodes.items[i];
        Node **arguments = ARENA_ARRAY(s->compiler->arena, Node *, each->argument_count + 1);
        for (int k = 0; k < each->argument_count; k++)
            arguments[k] = table_get(&done, each->arguments[k]);
        Node *same = each->op == OP_LET          ? arguments[0]
                     : each->argument_count == 0 ? each
                                                 : graph_rebuild(s->graph, each, arguments);
        table_set(&done, each, same);
    }
    return table_get(&done, node);
}

/* Whether it reads pieces otherwise than by the nodes that may move. */
static bool reads_else(Streaming *s, const Node *node, const Node *a, const Node *b) {
    if (node == a || node == b || !streaming_depends(s, node)) return false;
    if (table_has(&s->by_key, node) || node_is_reduction(node)) return true;
    bool any = false;
    for (int i = 0; i < node->argument_count; i++)
        any |= reads_else(s, node->arguments[i], a, b);
    return any || node->argument_count == 0;
}

static const Node *moving(Shapes *w, const Node *difference) {
    if (difference->op != OP_SUB || streaming_depends(w->s, difference->arguments[0])) return NULL;
    const Node *by = difference->arguments[1];
    return is_shared(w->s, w->piece->key->u.bound, by) ? by : NULL;
}

static bool take_exp(Shapes *w, const Node *factor) {
    const Node *exponent = node_unnamed(factor->arguments[0]);
    if (exponent->op == OP_SELECT && !streaming_depends(w->s, exponent->arguments[0]))
        exponent = node_unnamed(exponent->arguments[2]);
    const Node *shift = moving(w, exponent);
    if (!shift || w->piece->shift || reads_else(w->s, factor, shift, NULL)) return false;
    w->piece->shift = shift;
    return true;
}

static bool take_square(Shapes *w, const Node *factor) {
    const Node *difference = node_unnamed(factor->arguments[0]);
    const Node *center = moving(w, difference);
    if (!node_is_number(factor->arguments[1], 2) || !center || w->piece->center) return false;
    w->piece->center = center;
    w->value = difference->arguments[0];
    w->squared = factor;
    return true;
}

static bool take_factors(Shapes *w, const Node *node) {
    node = node_unnamed(node);
    if (!streaming_depends(w->s, node)) return true;
    if (node->op == OP_MUL)
        return take_factors(w, node->arguments[0]) && take_factors(w, node->arguments[1]);
    if (node->op == OP_DIV)
        return take_factors(w, node->arguments[0]) && !streaming_depends(w->s, node->arguments[1]);
    if (node->op == OP_NEG) return take_factors(w, node->arguments[0]);
    if (node->op == OP_EXP) return take_exp(w, node);
    if (node->op == OP_POW) return take_square(w, node);
    return false;
}

static bool same_domain(Streaming *s, const Node *a, const Node *b) {
    const Node *x = node_where(a), *y = node_where(b);
    return a->u.bound == b->u.bound && (x == y || (x && y && plain(s, x) == plain(s, y)));
}

static const Node *without_convert(const Node *node) {
    node = node_unnamed(node);
    return node->op == OP_CONVERT ? node_unnamed(node->arguments[0]) : node;
}

/* center = sum(w * v) / sum(w), or sum(v) / count: of the same w, v and elements. */
static bool is_average(Shapes *w) {
    Streaming *s = w->s;
    Piece *piece = w->piece;
    const Node *key = piece->key, *body = node_unnamed(node_body(key)), *factor = NULL;
    if (body != w->squared) {
        if (body->op != OP_MUL || node_unnamed(body->arguments[1]) != w->squared) return false;
        factor = body->arguments[0];
    }
    const Node *ratio = node_unnamed(piece->center);
    if (ratio->op != OP_DIV) return false;
    const Node *numerator = node_unnamed(ratio->arguments[0]);
    const Node *weights = without_convert(ratio->arguments[1]);
    if (numerator->op != OP_SUM || !same_domain(s, numerator, key)) return false;
    Node *value = (Node *)w->value;
    if (factor) value = graph_binary(s->graph, OP_MUL, (Node *)factor, value);
    if (plain(s, node_body(numerator)) != plain(s, value)) return false;
    if (weights->op == OP_SUM) {
        if (!same_domain(s, weights, key)) return false;
        const Node *each = node_body(weights);
        if (factor ? plain(s, each) != plain(s, factor) : !node_is_number(each, 1)) return false;
    } else if (factor || node_where(key)) {
        return false;
    } else {
        Node *count = streaming_elements(s, key);
        if (plain(s, weights) != plain(s, graph_simplify(s->graph, count))) return false;
    }
    piece->numerator = numerator;
    piece->weights = weights;
    return true;
}

void streaming_recognise(Streaming *s, Piece *piece) {
    Node *key = piece->key;
    if (piece->kind != PIECE_REDUCTION || key->op != OP_SUM || !scalar_is_float(key->type)) return;
    Shapes w = {.s = s, .piece = piece};
    const Node *where = node_where(key);
    bool good = streaming_depends(s, node_body(key)) && !(where && streaming_depends(s, where)) &&
                take_factors(&w, node_body(key)) && (!piece->center || is_average(&w));
    if (!good) piece->shift = piece->center = NULL;
}
