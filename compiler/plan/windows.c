/* A sum over several axes as one over a single axis, for products by panels. In: a sum of sums,
 *
 *     sum[ci](sum[a](sum[b](x[n, ci, h + a, w + b] * k[co, ci, a, b])))
 *
 * as of a convolution; out: an axis of as many steps as there are triples (ci, a, b), and what is
 * added at each of its steps, where ci is that step / 9, a is step / 3 % 3 and b is step % 3. An
 * array that has these axes behind one another is read at the step itself (loops/expression.c).
 *
 * Only where the program gives the extents of all axes but the first: division by others would take
 * longer than what it is for. */
#include "plan/plan.h"

enum {
    MOST = 8,            /* axes */
    MOST_STEPS = 1 << 20 /* of those whose extents are given */
};

/* The innermost body; the axes of the sums around it, or 0 of them where they will not do. */
static Node *unpack(Node *sum, Axis **axes, int *count) {
    *count = 0;
    while (sum->op == OP_SUM) {
        Axis *axis = sum->u.bound->items[0];
        bool fits = *count < MOST && sum->u.bound->count == 1 && !node_where(sum) &&
                    (*count == 0 || axis->extent->op == OP_NUMBER);
        if (!fits) {
            *count = 0;
            return sum;
        }
        axes[(*count)++] = axis;
        sum = node_body(sum);
    }
    return sum;
}

Node *plan_one_sum(Plan *plan, Node *sum, Axis **depth) {
    Axis *axes[MOST];
    Node *indices[MOST];
    int count;
    Graph *graph = plan->graph;
    Node *body = unpack(sum, axes, &count);
    if (count < 2 || body->has_reduction) return NULL;
    Text name = text_new(plan->compiler->arena);
    int64_t inner = 1;
    for (int i = 0; i < count; ++i) {
        int64_t fixed = axes[i]->extent->op == OP_NUMBER ? axes[i]->extent->u.integer : 1;
        if (fixed <= 0 || fixed > MOST_STEPS / inner) return NULL;
        inner *= fixed;
        text_format(&name, "%s%s", i ? "_" : "", axes[i]->name);
    }
    Node *extent = graph_integer(graph, SCALAR_I64, inner);
    if (axes[0]->extent->op != OP_NUMBER)
        extent = graph_binary(graph, OP_MUL, axes[0]->extent, extent);
    *depth = axis_new(graph, name_of(plan->compiler->names, name.chars), extent, axes[0]->span);
    Node *rest = graph_axis(graph, *depth);
    for (int i = count - 1; i > 0; --i) {
        indices[i] = graph_binary(graph, OP_MOD, rest, axes[i]->extent);
        rest = graph_binary(graph, OP_IDIV, rest, axes[i]->extent);
    }
    indices[0] = rest;
    return graph_substitute(graph, body, axes, indices, count, false);
}
