/* Which of a root's loops is the innermost one around pairs of indices. In: a root, before anything
 * is placed in its loops; out: the same loops, one of them perhaps further inside.
 *
 *     y[b, t, h, d] = mean[s](v, logweight = sum[d](q * k))      q[b, t, h, d], k[b, s, h, d]
 *
 * Its loops would go over b, t and h, as its memory does. But pairs go in blocks of rows t by
 * columns s (pairs.c), and there are such blocks only where t is the last axis before s: what both
 * factors have (b, h) goes around. So the axis that only the left factor has, the largest of these
 * as far as one can tell, takes the place of the last loop whose axis the sum has; the others, and
 * lanes (d), stay as they were. A sum that goes in lanes itself makes no pairs. */
#include "plan/plan.h"

typedef struct Inside {
    Plan *plan;
    const Root *root;
    Table seen;
    bool in_lanes;
    int from, to; /* the loop that goes inside, and the one behind which it goes; equal: none */
} Inside;

static bool has_fixed_extent(const Axis *axis) {
    return axis->extent->op == OP_NUMBER;
}

/* Rows are many, as the columns are: the axis that is like theirs, then run-time extents, then the
 * later loop. */
static bool is_better_row(const Axis *axis, const Axis *best, const Axis *column) {
    bool like = axis->extent == column->extent, best_like = best->extent == column->extent;
    if (like != best_like) return like;
    return !has_fixed_extent(axis) || has_fixed_extent(best);
}

/* Of the loops over axes that the factor with the columns lacks. */
static void look_at_sum(Inside *find, Node *sum, const Axis *column) {
    const Root *root = find->root;
    int best = -1, last = -1;
    for (int i = 0; i < root->loop_count; ++i) {
        const Axis *axis = root->loops[i].axis;
        PairTerm term;
        if (!axis_set_has(sum->axes, axis)) continue;
        last = i;
        if (!plan_pair_term(find->plan->graph, node_body(sum), axis, column, &term)) continue;
        if (best < 0 || is_better_row(axis, root->loops[best].axis, column)) best = i;
    }
    if (best < 0 || (find->in_lanes && last == root->loop_count - 1)) return;
    find->from = best;
    find->to = last;
}

/* Whether a reduction has just the root's loops around it, but for the lanes. */
static bool is_in_all_loops(const Inside *find, const Node *reduction) {
    const Root *root = find->root;
    int count = 0;
    for (int i = 0; i < root->loop_count; ++i) {
        if (root->loops[i].axis == reduction->u.bound->items[0]) return false;
        count += axis_set_has(reduction->axes, root->loops[i].axis);
    }
    return count == reduction->axes->count && count >= root->loop_count - find->in_lanes;
}

static void find_pairs(Inside *find, Node *node, const Axis *column) {
    if (!node->has_reduction || find->from != find->to || !table_add(&find->seen, node)) return;
    const Root *other = plan_root_of(find->plan, node);
    if (other && other != find->root) return;
    if (node_is_reduction(node)) {
        bool is_sum = node->op == OP_SUM && scalar_is_float(node->type) && !node_where(node);
        if (column && is_sum && axis_set_has(node->axes, column)) look_at_sum(find, node, column);
        column = is_in_all_loops(find, node) ? node->u.bound->items[0] : NULL;
    }
    for (int i = 0; i < node->argument_count; ++i)
        find_pairs(find, node->arguments[i], column);
}

void plan_rows_inside(Plan *plan, Root *root) {
    if (root->scatter != OP_NUMBER || root->member || root->contraction) return;
    for (int i = 0; i < root->loop_count; ++i)
        if (root->loops[i].kind != LOOP_MAP) return;
    Inside find = {plan, root, table_new(plan->compiler->arena), plan_goes_in_lanes(plan, root),
                   0,    0};
    find_pairs(&find, root->value, NULL);
    RootLoop row = root->loop_count > 0 ? root->loops[find.from] : (RootLoop){0};
    for (int i = find.from; i < find.to; ++i)
        root->loops[i] = root->loops[i + 1];
    if (find.from != find.to) root->loops[find.to] = row;
}
