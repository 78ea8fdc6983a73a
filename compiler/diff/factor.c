/* Sums of products with a common factor. In: two terms of an adjoint; out: their sum with the
 * factors before it that both have, as a person would write it:
 *
 *     c * a - c * b                   c * (a - b)
 *     a / s - sum[k](a * p / s)       (a - sum[k](a * p)) / s
 *     sum[n](c * a) - sum[n](c * b)   sum[n](c * (a - b))
 *
 * It is less work, and less is lost where the terms nearly cancel. What is shared is taken whole,
 * so that what is computed once stays so. Both terms exist at the same places, so that what leaves
 * a sum is computed nowhere where it was not: a sum of nothing stands beside a term that has the
 * factor too. */
#include "diff/parts.h"

enum {
    PARTS_MOST = 48, /* of a product: beyond, it stays as it is */
    COMMON_MOST = 8
};

typedef struct Common {
    Node *node;
    bool under; /* in the divisor */
    bool used;
} Common;

/* A product as it is walked: what of it may be taken, or is. */
typedef struct Part {
    Node *node;
    bool under;
    bool inside; /* of a sum, which it does not depend on */
} Part;

typedef struct Parts {
    Part items[PARTS_MOST];
    int count;
    bool is_full;
} Parts;

static void walk(Parts *parts, Node *node, bool under, const AxisSet *bound) {
    if (parts->count == PARTS_MOST) {
        parts->is_full = true;
        return;
    }
    if (node->op != OP_NUMBER && (!bound || !axis_set_meets(node->axes, bound)))
        parts->items[parts->count++] = (Part){node, under, bound != NULL};
    switch (node->op) {
    case OP_NEG: walk(parts, node->arguments[0], under, bound); break;
    case OP_MUL:
    case OP_DIV:
        walk(parts, node->arguments[0], under, bound);
        walk(parts, node->arguments[1], node->op == OP_DIV ? !under : under, bound);
        break;
    case OP_SUM:
        if (!bound && !under) walk(parts, node_body(node), false, node->u.bound);
        break;
    default: break;
    }
}

static const Part *part_of(const Parts *parts, const Node *node, bool under) {
    for (int i = 0; i < parts->count; i++)
        if (parts->items[i].node == node && parts->items[i].under == under) return &parts->items[i];
    return NULL;
}

typedef struct Factoring {
    Graph *graph;
    Common common[COMMON_MOST];
    int count;
} Factoring;

static bool is_common(const Factoring *f, const Node *node, bool under) {
    for (int i = 0; i < f->count; i++)
        if (f->common[i].node == node && f->common[i].under == under) return true;
    return false;
}

/* Of the product `node`, what the other has too: the largest parts. Not what stands inside of sums
 * in both: a contraction is better off with its factor. */
static void find(Factoring *f, const Parts *others, Node *node, bool under, const AxisSet *bound) {
    const Part *other = part_of(others, node, under);
    bool fits = other && node->op != OP_NEG && node->op != OP_NUMBER &&
                (!bound || (!axis_set_meets(node->axes, bound) && !other->inside));
    if (fits && f->count < COMMON_MOST && !is_common(f, node, under)) {
        f->common[f->count++] = (Common){node, under, false};
        return;
    }
    switch (node->op) {
    case OP_NEG: find(f, others, node->arguments[0], under, bound); break;
    case OP_MUL:
    case OP_DIV:
        find(f, others, node->arguments[0], under, bound);
        find(f, others, node->arguments[1], node->op == OP_DIV ? !under : under, bound);
        break;
    case OP_SUM:
        if (!bound && !under) find(f, others, node_body(node), false, node->u.bound);
        break;
    default: break;
    }
}

static Node *one_like(Factoring *f, const Node *node) {
    return diff_number(f->graph, node->type, 1);
}

/* The product without the common parts; NULL is 1. bound: of the sum that this stands in, or NULL.
 */
static Node *without(Factoring *f, Node *node, bool under, bool *negative, const AxisSet *bound) {
    bool stays = bound && axis_set_meets(node->axes, bound);
    for (int i = 0; i < f->count && !stays; i++) {
        Common *common = &f->common[i];
        if (common->node != node || common->under != under || common->used) continue;
        common->used = true;
        return NULL;
    }
    Node **a = node->arguments;
    switch (node->op) {
    case OP_NEG: *negative = !*negative; return without(f, a[0], under, negative, bound);
    case OP_MUL: {
        Node *left = without(f, a[0], under, negative, bound);
        Node *right = without(f, a[1], under, negative, bound);
        return !left ? right : !right ? left : diff_times(f->graph, left, right);
    }
    case OP_DIV: {
        Node *left = without(f, a[0], under, negative, bound);
        Node *right = without(f, a[1], !under, negative, bound);
        if (!right) return left;
        return graph_binary(f->graph, OP_DIV, left ? left : one_like(f, node), right);
    }
    case OP_SUM: {
        if (bound || under) return node;
        Node *body = without(f, node_body(node), false, negative, node->u.bound);
        if (body == node_body(node)) return node;
        return graph_reduce(f->graph, OP_SUM, node->u.bound, body ? body : one_like(f, node),
                            node_where(node));
    }
    default: return node;
    }
}

/* Each taken out once: what is left, or NULL for 1. */
static Node *rest(Factoring *f, Node *node, bool *negative) {
    for (int i = 0; i < f->count; i++)
        f->common[i].used = false;
    *negative = false;
    return without(f, node, false, negative, NULL);
}

/* A part may lie in another one that is taken already: it is no common one then. */
static void keep_used(Factoring *f) {
    int kept = 0;
    for (int i = 0; i < f->count; i++)
        if (f->common[i].used) f->common[kept++] = f->common[i];
    f->count = kept;
}

static Node *joined(Factoring *f, Node *a, Node *b) {
    bool minus_a, minus_b;
    rest(f, b, &minus_b);
    keep_used(f);
    rest(f, a, &minus_a);
    keep_used(f);
    if (!f->count) return NULL;
    Node *left = rest(f, a, &minus_a), *right = rest(f, b, &minus_b);
    if (!left || !right) return NULL; /* c - c * p: both products are there already */
    Node *sum = minus_a == minus_b ? graph_binary(f->graph, OP_ADD, left, right)
                : minus_b          ? graph_binary(f->graph, OP_SUB, left, right)
                                   : graph_binary(f->graph, OP_SUB, right, left);
    Node *over = NULL;
    for (int i = 0; i < f->count; i++)
        if (!f->common[i].under)
            over =
                over ? graph_binary(f->graph, OP_MUL, over, f->common[i].node) : f->common[i].node;
    Node *result = over ? graph_binary(f->graph, OP_MUL, over, sum) : sum;
    for (int i = 0; i < f->count; i++)
        if (f->common[i].under) result = graph_binary(f->graph, OP_DIV, result, f->common[i].node);
    return minus_a && minus_b ? graph_unary(f->graph, OP_NEG, result) : result;
}

static Node *factored(Graph *graph, Node *a, Node *b) {
    Parts own = {.count = 0}, others = {.count = 0};
    walk(&own, a, false, NULL);
    walk(&others, b, false, NULL);
    if (own.is_full || others.is_full) return NULL;
    Factoring f = {.graph = graph};
    find(&f, &others, a, false, NULL);
    return f.count ? joined(&f, a, b) : NULL;
}

/* Every factor has all axes or none: nothing is contracted. */
static bool is_pointwise(const Node *node, const AxisSet *axes) {
    switch (node->op) {
    case OP_NEG: return is_pointwise(node->arguments[0], axes);
    case OP_MUL:
    case OP_DIV:
        return is_pointwise(node->arguments[0], axes) && is_pointwise(node->arguments[1], axes);
    default: return node->axes == axes || node->axes->count == 0;
    }
}

/* Two sums over the same elements are one. */
static Node *summed_together(Graph *graph, Node *a, Node *b) {
    bool minus_a = a->op == OP_NEG, minus_b = b->op == OP_NEG;
    Node *left = minus_a ? a->arguments[0] : a, *right = minus_b ? b->arguments[0] : b;
    if (left->op != OP_SUM || right->op != OP_SUM || left->u.bound != right->u.bound ||
        node_where(left) != node_where(right) || left->axes != right->axes)
        return NULL;
    Node *first = node_body(left), *second = node_body(right);
    if (first->axes != second->axes || !is_pointwise(first, first->axes) ||
        !is_pointwise(second, first->axes))
        return NULL;
    Node *body;
    if (minus_a == minus_b)
        body = factored(graph, first, second);
    else /* the positive one in front */
        body = minus_b ? factored(graph, first, graph_unary(graph, OP_NEG, second))
                       : factored(graph, second, graph_unary(graph, OP_NEG, first));
    if (!body) return NULL;
    Node *sum = graph_reduce(graph, OP_SUM, left->u.bound, body, node_where(left));
    return minus_a && minus_b ? graph_unary(graph, OP_NEG, sum) : sum;
}

Node *diff_add(Graph *graph, Node *a, Node *b) {
    Node *sum = summed_together(graph, a, b);
    if (!sum) sum = factored(graph, a, b);
    return sum ? sum : diff_plus(graph, a, b);
}
