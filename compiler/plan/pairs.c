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

static bool is_float_sum(const Node *reduction) {
    return reduction->op == OP_SUM && scalar_is_float(reduction->type);
}

/* sum[d](f[t, d] * g[s, d]) or the like, with whatever other axes are open. */
static bool is_sum_of_pairs(const Pairs *p, Node *reduction) {
    PairTerm term;
    if (!is_float_sum(reduction) || node_where(reduction)) return false;
    if (!axis_set_has(reduction->axes, p->row) || !axis_set_has(reduction->axes, p->column))
        return false;
    if (p->lane && axis_set_has(reduction->axes, p->lane)) return false;
    if (!plan_pair_term(p->plan->graph, node_body(reduction), p->row, p->column, &term))
        return false;
    return !plan_can_fail(p->plan, term.left) && !plan_can_fail(p->plan, term.right);
}

/* sum[s](p[t, s] * g[s, d]) for the lanes d. */
static bool is_sum_of_columns(const Pairs *p, Node *reduction) {
    Node *left = NULL, *right = NULL;
    const Node *where = node_where(reduction);
    if (!is_float_sum(reduction) || !plan_among(&p->loop->reductions, reduction)) return false;
    if (where && axis_set_has(where->axes, p->lane)) return false;
    if (!plan_split_product(p->plan->graph, node_body(reduction), p->lane, p->row, &left, &right))
        return false;
    return left && right && !plan_can_fail(p->plan, right);
}

static bool all_pairs(Pairs *p, const PlanBlock *steps);

static bool is_step_of_pairs(Pairs *p, const Step *step) {
    if (step->kind == STEP_GUARD) return all_pairs(p, &step->body);
    if (step->kind == STEP_ACCUMULATE) return plan_among(&p->loop->reductions, step->reduction);
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
    for (int i = 0; i < loop->body.count; ++i) /* a block has no place for stores on the way */
        if (loop->body.items[i]->kind != STEP_ACCUMULATE) return false;
    for (int i = 0; i < loop->reductions.count; ++i)
        if (!is_sum_of_pairs(p, loop->reductions.items[i])) return false;
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
    if (loop->simple || loop->list || loop->axis == lane || is_few(loop->axis, FEW_COLUMNS))
        return false;
    Pairs p = {plan, row, loop->axis, lane, loop, 0};
    return all_pairs(&p, &loop->first) && all_pairs(&p, &loop->body) && p.products > 0;
}

static bool are_made(const PlanBlock *products, const Nodes *reductions) {
    int made = 0;
    for (int r = 0; r < reductions->count; ++r) {
        bool here = false;
        for (int i = 0; i < products->count; ++i)
            here |= plan_among(&products->items[i]->loop->reductions, reductions->items[r]);
        made += here;
    }
    return made == reductions->count;
}

/* A block works out all products of its pairs, whatever the conditions: they come first, each once.
 */
static void products_first(Plan *plan, PlanBlock *steps, PlanBlock *products) {
    int kept = 0;
    for (int i = 0; i < steps->count; ++i) {
        Step *step = steps->items[i];
        products_first(plan, &step->body, products);
        if (step->kind != STEP_LOOP || step->loop->kind != LOOP_REDUCE) {
            steps->items[kept++] = step;
            continue;
        }
        if (!are_made(products, &step->loop->reductions))
            vector_push(plan->compiler->arena, products, step);
    }
    steps->count = kept;
}

static void put_products_first(Plan *plan, PlanBlock *steps) {
    PlanBlock all = {0};
    products_first(plan, steps, &all);
    for (int i = 0; i < steps->count; ++i)
        vector_push(plan->compiler->arena, &all, steps->items[i]);
    *steps = all;
}

/* Marks the loops over columns in the body of a loop over rows, and in the tiles of this body. */
static bool mark_columns(Plan *plan, const Axis *row, const Axis *lane, const PlanBlock *steps) {
    bool any = false;
    for (int i = 0; i < steps->count; ++i) {
        if (steps->items[i]->kind != STEP_LOOP) continue;
        PlanLoop *loop = steps->items[i]->loop;
        if (loop->kind == LOOP_TILE && loop->size == PLAN_TILE && !lane && loop->axis != row) {
            any |= mark_columns(plan, row, loop->axis, &loop->body);
        } else if (is_loop_of_pairs(plan, row, lane, loop)) {
            loop->pairs = true;
            put_products_first(plan, &loop->first);
            put_products_first(plan, &loop->body);
            any = true;
        }
    }
    return any;
}

/* --- values that go along with their weights --- */

/* The sums of a tile over pairs that can stream with the maximum of `stream`: all of its first
 * loop, or NULL. */
static PlanLoop *sums_along(const Plan *plan, const PlanLoop *stream, const Step *step) {
    if (step->kind != STEP_LOOP || step->loop->kind != LOOP_TILE || !plan_is_one_tile(step->loop))
        return NULL;
    const Step *first = step->loop->body.count > 0 ? step->loop->body.items[0] : NULL;
    if (!first || first->kind != STEP_LOOP || !first->loop->pairs) return NULL;
    PlanLoop *sums = first->loop;
    if (sums->kind != LOOP_REDUCE || sums->axis != stream->axis) return NULL;
    for (int i = 0; i < sums->reductions.count; ++i)
        if (!plan_streams(stream->reductions.items[0], sums->reductions.items[i])) return NULL;
    return sums;
}

/*     maximum and weights; their stores; tile { sums; what these are for }
 * becomes
 *     tile { maximum, weights and sums; what these are for }; stores */
static void stream_together(Plan *plan, PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        Step *step = steps->items[i];
        if (step->kind != STEP_LOOP || step->loop->kind != LOOP_STREAM || !step->loop->pairs)
            continue;
        int at = i + 1;
        while (at < steps->count && steps->items[at]->kind == STEP_STORE)
            ++at;
        PlanLoop *stream = step->loop;
        PlanLoop *sums = at < steps->count ? sums_along(plan, stream, steps->items[at]) : NULL;
        if (!sums) continue;
        PlanLoop *tile = steps->items[at]->loop;
        bool stored_first = false; /* and read by what would then come before */
        for (int k = i + 1; k < at; ++k)
            stored_first |= plan_steps_read(plan, &tile->body, steps->items[k]->root, NULL);
        if (stored_first) continue;
        for (int k = 0; k < sums->reductions.count; ++k)
            vector_push(plan->compiler->arena, &stream->reductions, sums->reductions.items[k]);
        for (int k = 0; k < sums->body.count; ++k)
            vector_push(plan->compiler->arena, &stream->body, sums->body.items[k]);
        tile->body.items[0] = step;
        steps->items[i] = steps->items[at];
        for (int k = at; k + 1 < steps->count; ++k)
            steps->items[k] = steps->items[k + 1];
        --steps->count;
    }
}

static void mark_rows(Plan *plan, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        if (steps->items[i]->kind != STEP_LOOP) continue;
        PlanLoop *loop = steps->items[i]->loop;
        if (loop->kind != LOOP_MAP || loop->simple) continue;
        loop->rows = !loop->share && !is_few(loop->axis, FEW_ROWS) &&
                     mark_columns(plan, loop->axis, NULL, &loop->body);
        if (loop->rows)
            stream_together(plan, &loop->body);
        else
            mark_rows(plan, &loop->body);
    }
}

void plan_pairs(Plan *plan) {
    mark_rows(plan, &plan->steps);
}
