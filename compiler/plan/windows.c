/* A sum over several axes as one over a single axis, for products by panels. In: a sum of sums,
 *
 *     sum[ci](sum[a](sum[b](x[n, ci, h + a, w + b] * k[co, ci, a, b])))
 *
 * as of a convolution; out: an axis of as many steps as there are triples (ci, a, b), and what is
 * added at each of its steps.
 *
 * Where the program gives the extents of all axes but the first, ci is that step / 9, a is step / 3
 * % 3 and b is step % 3, and an array that has these axes behind one another is read at the step
 * itself (loops/element.c). Division by other extents would take longer than what it is for: there
 * the axes stay what they are, and the loops that fill panels go along the last of them (`over`).
 */
#include "plan/plan.h"

enum {
    MOST = 8,            /* axes */
    MOST_STEPS = 1 << 20 /* of those whose extents are given */
};

/* The innermost body, and the domain of its sum, or NULL; the axes of the sums around it, or 0 of
 * them where they will not do. */
static Node *unpack(Node *sum, Axis **axes, int *count, Node **where) {
    *count = 0;
    *where = NULL;
    while (sum->op == OP_SUM) {
        if (*count == MOST || sum->u.bound->count != 1 || *where) {
            *count = 0;
            return sum;
        }
        axes[(*count)++] = sum->u.bound->items[0];
        *where = node_where(sum);
        sum = node_body(sum);
    }
    return sum;
}

static bool is_given(const Axis *axis) {
    return axis->extent->op == OP_NUMBER;
}

/* The product of all extents; NULL: of those that are given, too many. */
static Node *extent_of_all(Graph *graph, Axis *const *axes, int count) {
    int64_t given = 1;
    Node *extent = NULL;
    for (int i = 0; i < count; ++i) {
        int64_t fixed = is_given(axes[i]) ? axes[i]->extent->u.integer : 1;
        if (fixed <= 0 || fixed > MOST_STEPS / given) return NULL;
        given *= fixed;
        if (is_given(axes[i])) continue;
        extent = extent ? graph_binary(graph, OP_MUL, extent, axes[i]->extent) : axes[i]->extent;
    }
    Node *all = graph_integer(graph, SCALAR_I64, given);
    return !extent ? all : given == 1 ? extent : graph_binary(graph, OP_MUL, extent, all);
}

static Node *at_step(Graph *graph, Node *node, Axis *const *axes, int count, Axis *depth) {
    Node *indices[MOST], *rest = graph_axis(graph, depth);
    for (int i = count - 1; i > 0; --i) {
        indices[i] = graph_binary(graph, OP_MOD, rest, axes[i]->extent);
        rest = graph_binary(graph, OP_IDIV, rest, axes[i]->extent);
    }
    indices[0] = rest;
    return node ? graph_substitute(graph, node, axes, indices, count, false) : NULL;
}

Node *plan_one_sum(Plan *plan, Node *sum, Contraction *found) {
    Axis *axes[MOST];
    int count;
    Graph *graph = plan->graph;
    Node *where, *body = unpack(sum, axes, &count, &where);
    if (count < 2 || body->has_reduction || (where && where->has_reduction)) return NULL;
    Node *extent = extent_of_all(graph, axes, count);
    if (!extent) return NULL;
    Text name = text_new(plan->compiler->arena);
    bool given = true;
    for (int i = 0; i < count; ++i) {
        given &= i == 0 || is_given(axes[i]);
        text_format(&name, "%s%s", i ? "_" : "", axes[i]->name);
    }
    Axis *depth =
        axis_new(graph, name_of(plan->compiler->names, name.chars), extent, axes[0]->span);
    *found = (Contraction){.reduction = sum, .depth = depth, .where = where};
    if (given) {
        found->where = at_step(graph, where, axes, count, depth);
        return at_step(graph, body, axes, count, depth);
    }
    found->over = ARENA_ARRAY(plan->compiler->arena, Axis *, count);
    found->over_count = count;
    for (int i = 0; i < count; ++i)
        found->over[i] = axes[i];
    return body;
}
