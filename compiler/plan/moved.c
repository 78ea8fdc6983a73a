/* A sum over what another sum gives at moved positions, as one sum. In:
 *
 *     sum[a](sum[co](up * k[co, a])[h = h + 1 - a], where = 0 <= h + 1 - a < extent(h))
 *
 * as the gradient of a convolution by what it reads; out: sum[a, co](up[h = h + 1 - a] * k[co, a],
 * where = the same). Else the inner sum would be an array, here of a value for each element of each
 * window; and as one sum it can be a product of matrices (contract.c).
 *
 * Only where no element of the inner sum is read twice, since it would be worked out as often:
 * each position has an axis of its own, with which it goes step by step, and else only such axes as
 * the inner sum has too. */
#include "plan/plan.h"

static Node *without_let(Node *node) {
    while (node->op == OP_LET || node->op == OP_STOP)
        node = node->arguments[0];
    return node;
}

static bool is_position(const Node *at, const Axis *axis) {
    for (int i = 0; i < at->argument_count - 1; ++i)
        if (at->u.positions[i] == axis) return true;
    return false;
}

/* The one axis that the index has, and the inner sum has not at its own place; NULL: none, or
 * several. */
static Axis *own_axis(const Node *at, const Node *inner, const Node *index) {
    Axis *own = NULL;
    for (int i = 0; i < index->axes->count; ++i) {
        Axis *axis = index->axes->items[i];
        if (axis_set_has(inner->axes, axis) && !is_position(at, axis)) continue;
        if (own) return NULL;
        own = axis;
    }
    return own;
}

static bool reads_each_once(const Node *at, const Node *inner) {
    int count = at->argument_count - 1;
    const Axis *owns[PLAN_LANES];
    if (count > PLAN_LANES) return false;
    for (int i = 0; i < count; ++i) {
        const Node *index = at->arguments[1 + i];
        owns[i] = own_axis(at, inner, index);
        if (!owns[i] || !plan_runs_along(index, owns[i])) return false;
        for (int k = 0; k < i; ++k)
            if (owns[k] == owns[i]) return false;
    }
    return true;
}

Node *plan_sum_moved(Graph *graph, Node *sum) {
    if (sum->op != OP_SUM || !scalar_is_float(sum->type)) return NULL;
    Node *at = without_let(node_body(sum)), *where = node_where(sum);
    if (at->op != OP_AT) return NULL;
    Node *inner = without_let(at->arguments[0]);
    bool fits = inner->op == OP_SUM && inner->type == sum->type && !node_where(inner) &&
                !axis_set_meets(inner->u.bound, sum->u.bound) &&
                !axis_set_meets(inner->u.bound, at->axes) &&
                (!where || axis_set_within(where->axes, at->axes));
    if (!fits || !reads_each_once(at, inner)) return NULL;
    Node *body = graph_substitute(graph, node_body(inner), at->u.positions, at->arguments + 1,
                                  at->argument_count - 1, at->guarded);
    const AxisSet *bound = axis_set_union(graph, sum->u.bound, inner->u.bound);
    return graph_reduce(graph, OP_SUM, bound, body, where);
}
