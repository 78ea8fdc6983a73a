/* Finds the loops over pairs of indices that go best in blocks. In: the steps of a plan; out: the
 * same steps, some loops marked.
 *
 *     mean[s](v, logweight = sum[d](q * k))            for each t: attention
 *
 * goes over all pairs (t, s), and works out a dot product for each. Taken pair by pair, that reads
 * every k anew for each t. In blocks, some rows t at once with some columns s, the dot products of
 * a block are a product of two small matrices, and so are the sums over s of what has a further
 * axis (v's d): what a processor does fastest. Between these stands what the program says of one
 * pair (scale, bias, mask, exponential), in vectors along s. See loops/pairs.c for how that is
 * written.
 *
 * A loop over t is marked `rows`, and loops over s in its body `pairs`, where the latter have
 * nothing but such dot products, conditions and sums in them, and no read that is legal only by a
 * condition: a block works out all its pairs, and then forgets those that are not there. */
#include "plan/plan.h"

enum {
    FEW_ROWS = 6,
    FEW_COLUMNS = 16
}; /* not worth a block */

typedef struct Pairs {
    Plan *plan;
    const Axis *row, *column, *lane; /* lane: of the tile that is open, or NULL */
    const PlanLoop *loop;            /* over columns */
    int products;
} Pairs;

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

static bool is_float_sum(const Node *reduction) {
    return reduction->op == OP_SUM && scalar_is_float(reduction->type);
}

/* sum[d](f[t, d] * g[s, d]), with whatever other axes are open. */
static bool is_product_of_pairs(const Pairs *p, Node *reduction) {
    Node *left = NULL, *right = NULL;
    if (!is_float_sum(reduction) || node_where(reduction)) return false;
    if (!axis_set_has(reduction->axes, p->row) || !axis_set_has(reduction->axes, p->column))
        return false;
    if (p->lane && axis_set_has(reduction->axes, p->lane)) return false;
    if (!plan_split_product(p->plan->graph, node_body(reduction), p->column, p->row, &left, &right))
        return false;
    return left && right && !plan_can_fail(p->plan, left) && !plan_can_fail(p->plan, right);
}

static bool is_of_this_loop(const Pairs *p, const Node *reduction) {
    for (int i = 0; i < p->loop->reductions.count; ++i)
        if (p->loop->reductions.items[i] == reduction) return true;
    return false;
}

/* sum[s](p[t, s] * g[s, d]) for the lanes d. */
static bool is_sum_of_columns(const Pairs *p, Node *reduction) {
    Node *left = NULL, *right = NULL;
    const Node *where = node_where(reduction);
    if (!is_float_sum(reduction) || !is_of_this_loop(p, reduction)) return false;
    if (where && axis_set_has(where->axes, p->lane)) return false;
    if (!plan_split_product(p->plan->graph, node_body(reduction), p->lane, p->row, &left, &right))
        return false;
    return left && right && !plan_can_fail(p->plan, right);
}

static bool all_pairs(Pairs *p, const PlanBlock *steps);

static bool is_step_of_pairs(Pairs *p, const Step *step) {
    if (step->kind == STEP_GUARD) return all_pairs(p, &step->body);
    if (step->kind == STEP_ACCUMULATE) return is_of_this_loop(p, step->reduction);
    if (step->kind != STEP_LOOP) return false;
    const PlanLoop *loop = step->loop;
    if (loop->kind == LOOP_LANE) {
        for (int i = 0; i < loop->body.count; ++i) {
            const Step *inner = loop->body.items[i];
            if (inner->kind != STEP_ACCUMULATE || !is_sum_of_columns(p, inner->reduction))
                return false;
        }
        return true;
    }
    if (loop->kind != LOOP_REDUCE || !loop->simple) return false;
    for (int i = 0; i < loop->reductions.count; ++i)
        if (!is_product_of_pairs(p, loop->reductions.items[i])) return false;
    p->products += loop->reductions.count;
    return true;
}

static bool all_pairs(Pairs *p, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i)
        if (!is_step_of_pairs(p, steps->items[i])) return false;
    return true;
}

static bool is_few(const Axis *axis, int64_t few) {
    return axis->extent->op == OP_NUMBER && axis->extent->u.integer < few;
}

static bool is_loop_of_pairs(Plan *plan, const Axis *row, const Axis *lane, const PlanLoop *loop) {
    if (loop->kind != LOOP_REDUCE && loop->kind != LOOP_STREAM) return false;
    if (loop->simple || loop->axis == lane || is_few(loop->axis, FEW_COLUMNS)) return false;
    Pairs p = {plan, row, loop->axis, lane, loop, 0};
    return all_pairs(&p, &loop->first) && all_pairs(&p, &loop->body) && p.products > 0;
}

/* Marks the loops over columns in the body of a loop over rows, and in the tiles of this body. */
static bool mark_columns(Plan *plan, const Axis *row, const Axis *lane, const PlanBlock *steps) {
    bool any = false;
    for (int i = 0; i < steps->count; ++i) {
        if (steps->items[i]->kind != STEP_LOOP) continue;
        PlanLoop *loop = steps->items[i]->loop;
        if (loop->kind == LOOP_TILE && !lane && loop->axis != row) {
            any |= mark_columns(plan, row, loop->axis, &loop->body);
        } else if (is_loop_of_pairs(plan, row, lane, loop)) {
            loop->pairs = true;
            any = true;
        }
    }
    return any;
}

static void mark_rows(Plan *plan, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        if (steps->items[i]->kind != STEP_LOOP) continue;
        PlanLoop *loop = steps->items[i]->loop;
        if (loop->kind != LOOP_MAP || loop->simple) continue;
        loop->rows =
            !is_few(loop->axis, FEW_ROWS) && mark_columns(plan, loop->axis, NULL, &loop->body);
        if (!loop->rows) mark_rows(plan, &loop->body);
    }
}

void plan_pairs(Plan *plan) {
    mark_rows(plan, &plan->steps);
}
