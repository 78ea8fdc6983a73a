/* Recognises products of matrices, and what else has their shape: a sum of products in which one
 * factor lacks the columns of the result, and the other one its rows; or of squared or absolute
 * differences of two such values.
 *
 *     output y[b, i, j] = relu(sum[k](exp(a) * m * w) + c)     a[b, i, k], m[b, k], w[k, j], c[j]
 *
 * In: a root, before its loops are chosen; out: root->contraction, where its value has such a sum
 * over its own axes, and everything else that the value needs stored. Each of the sum's elements is
 * read by many others: laid out in panels, the factors stay in near memory, and a tile of the
 * result in registers (loops/contract.c). What is worked out of an element of a factor, as exp(a),
 * is so once, when it goes into a panel; what comes after the sum, here relu(... + c), when its
 * tile is complete. The order in which an element's products are added is that of the other loops:
 * chains, added in f64.
 *
 * Factors of a product are grouped by their axes; those that have neither rows nor columns (m) go
 * to the right, which is laid out once. So are the terms of a sum's domain: outside of it a panel
 * has a 0, which takes the other factor out of the sum where that is finite. Where it is not, the
 * domain is looked at element by element, and a domain of rows and columns both stays in loops. So
 * does a sum whose factor holds logits, which stream, and one over the few sources that a list has
 * for a row. */
#include "plan/rows.h"

enum {
    LEAST_STEPS = 4,   /* fewer are soon done without panels */
    LEAST_COLUMNS = 2, /* a panel has 16 */
    LEAST_SHARED = 512 /* elements of a right factor whose extents are fixed */
};

typedef struct Search {
    Plan *plan;
    Root *root;
    Table logits;
    Node *body; /* of the sum; at each step of depth */
    Contraction found;
} Search;

static int64_t fixed_extent(const Axis *axis) {
    return axis->extent->op == OP_NUMBER ? axis->extent->u.integer : -1;
}

static bool is_below(const Axis *axis, int64_t least) {
    return !plan_may_reach(axis, least);
}

static bool has_axis(const Root *root, const Axis *axis) {
    for (int i = 0; i < root->array->rank; ++i)
        if (root->array->axes[i] == axis) return true;
    return false;
}

int64_t contraction_lanes(const Contraction *contraction) {
    return contraction->right->type == SCALAR_F32 ? PLAN_PANEL_BYTES / 4 : PLAN_PANEL_BYTES / 8;
}

/* --- the factors --- */

static void collect_factors(Search *search, Node *node, Nodes *factors, bool *negative) {
    if (node->op == OP_NEG) {
        *negative = !*negative;
        collect_factors(search, node->arguments[0], factors, negative);
    } else if (node->op == OP_MUL) {
        collect_factors(search, node->arguments[0], factors, negative);
        collect_factors(search, node->arguments[1], factors, negative);
    } else {
        vector_push(search->plan->compiler->arena, factors, node);
    }
}

static Node *times(Search *search, Node *product, Node *factor) {
    return product ? graph_binary(search->plan->graph, OP_MUL, product, factor) : factor;
}

/* Whether all axes but depth and the columns are among those of the left: a factor that has more
 * would make the right one larger than it is. */
static bool is_small(const Contraction *found, const Node *factor, const AxisSet *right) {
    for (int i = 0; i < factor->axes->count; ++i)
        if (!contraction_counts(found, factor->axes->items[i]) &&
            !axis_set_has(right, factor->axes->items[i]))
            return false;
    return true;
}

static const AxisSet *axes_of_right(Search *search, const Nodes *factors, const Axis *column) {
    Graph *graph = search->plan->graph;
    const AxisSet *axes = axis_set(graph, NULL, 0);
    for (int i = 0; i < factors->count; ++i)
        if (axis_set_has(factors->items[i]->axes, column))
            axes = axis_set_union(graph, axes, factors->items[i]->axes);
    return axes;
}

/* Run-time extents first, then the later. */
static bool is_better_row(const Axis *axis, const Axis *best) {
    int64_t fixed = fixed_extent(axis);
    return !best || fixed < 0 || (fixed_extent(best) >= 0 && fixed >= fixed_extent(best));
}

/* The axis of the left factor that the right one lacks. The last axis, where it is no column, is
 * what memory runs along, and better where it fills a panel. */
static Axis *choose_row(const Search *search, const Nodes *factors, const AxisSet *right) {
    const Array *array = search->root->array;
    Axis *best = NULL;
    const Axis *last = array->axes[array->rank - 1];
    for (int i = 0; i < array->rank; ++i) {
        Axis *axis = array->axes[i];
        bool used = false;
        for (int f = 0; f < factors->count; ++f)
            used |= axis_set_has(factors->items[f]->axes, axis);
        bool along = axis == last && !is_below(axis, PLAN_PANEL_ROWS);
        if (used && !axis_set_has(right, axis) && (along || is_better_row(axis, best))) best = axis;
    }
    return best;
}

static bool split_product(Search *search) {
    Contraction *found = &search->found;
    Nodes all = {0}, *factors = &all;
    bool negative = false;
    collect_factors(search, search->body, factors, &negative);
    const AxisSet *right = axes_of_right(search, factors, found->column);
    if (!contraction_has_steps(found, right)) return false;
    found->row = choose_row(search, factors, right);
    if (!found->row) return false;
    bool along = false;
    for (int i = 0; i < factors->count; ++i) {
        Node *factor = factors->items[i];
        bool goes_right =
            axis_set_has(factor->axes, found->column) ||
            (!axis_set_has(factor->axes, found->row) && is_small(found, factor, right));
        if (goes_right) {
            found->right = times(search, found->right, factor);
        } else {
            found->left = times(search, found->left, factor);
            along |= contraction_has_steps(found, factor->axes);
        }
    }
    if (!found->left || !found->right || !along) return false;
    if (negative) found->left = graph_unary(search->plan->graph, OP_NEG, found->left);
    return true;
}

/* A square or the absolute value of a difference, for which a 0 outside of a domain will not do. */
static bool split_distance(Search *search) {
    Contraction *found = &search->found;
    const Array *array = search->root->array;
    if (found->where) return false;
    for (int i = 0; i < array->rank - 1; ++i) {
        PairTerm term;
        Axis *row = array->axes[i];
        if (!plan_pair_term(search->plan->graph, search->body, row, found->column, &term) ||
            term.kind == TERM_PRODUCT || !axis_set_has(term.left->axes, row) ||
            !axis_set_has(term.left->axes, found->depth) ||
            !axis_set_has(term.right->axes, found->depth) || !is_better_row(row, found->row))
            continue;
        found->kind = term.kind;
        found->row = row;
        found->left = term.left;
        found->right = term.right;
    }
    return found->row != NULL;
}

/* Each term of the domain goes to the factor that has its axes; false where neither has. */
static bool split_domain(Search *search, Node *where) {
    Contraction *found = &search->found;
    if (where->op == OP_AND)
        return split_domain(search, where->arguments[0]) &&
               split_domain(search, where->arguments[1]);
    bool has_row = axis_set_has(where->axes, found->row);
    bool has_column = axis_set_has(where->axes, found->column);
    if (has_row && has_column) return false;
    if (has_column || (!has_row && is_small(found, where, found->right->axes)))
        found->right_where = graph_both(search->plan->graph, found->right_where, where);
    else
        found->left_where = graph_both(search->plan->graph, found->left_where, where);
    return true;
}

static Node *zero_outside(Search *search, Node *where, Node *factor) {
    Graph *graph = search->plan->graph;
    return where ? graph_select(graph, where, factor, graph_number(graph, factor->type, 0))
                 : factor;
}

static bool take_domain(Search *search, Node *where) {
    Contraction *found = &search->found;
    if (where && !split_domain(search, where)) return false;
    found->left_panel = zero_outside(search, found->left_where, found->left);
    found->right_panel = zero_outside(search, found->right_where, found->right);
    return true;
}

/* --- how the factors lie in memory --- */

typedef struct AxisReads {
    const Axis *axis;
    int along; /* reads that run along the axis */
} AxisReads;

static void count_reads(const Plan *plan, const Node *node, AxisReads *reads, Table *seen) {
    if (!table_add(seen, node)) return;
    const Root *root = plan_root_of(plan, node);
    const Node *base = node->op == OP_AT ? node->arguments[0] : node;
    if (base->op == OP_ARRAY || root) {
        const Array *array = root ? root->array : base->u.array;
        if (array->rank == 0) return;
        const Axis *last = array->axes[array->rank - 1];
        bool along = last == reads->axis;
        for (int p = 0; node->op == OP_AT && p < node->argument_count - 1; ++p)
            if (node->u.positions[p] == last)
                along = plan_runs_along(node->arguments[1 + p], reads->axis);
        reads->along += along;
        return;
    }
    for (int i = 0; i < node->argument_count; ++i)
        count_reads(plan, node->arguments[i], reads, seen);
}

static int reads_along(const Plan *plan, const Node *node, const Axis *axis) {
    AxisReads reads = {axis, 0};
    TABLE_HERE(seen, plan->compiler->arena);
    count_reads(plan, node, &reads, &seen);
    return reads.along;
}

static void find_layout(const Plan *plan, Contraction *c) {
    const Axis *steps = c->over ? c->over[c->over_count - 1] : c->depth;
    c->left_across =
        reads_along(plan, c->left_panel, c->row) > reads_along(plan, c->left_panel, steps);
    c->right_along =
        reads_along(plan, c->right_panel, steps) > reads_along(plan, c->right_panel, c->column);
}

/* --- whether it pays, and may be --- */

/* More than goes in or out: a tile of it is kept where it is used up (rows.c). */
static bool is_kept_by_tile(const Plan *plan, const AxisSet *axes) {
    return axes->count >= 3 && rows_are_many(plan, axes);
}

/* A reduction that would have to be stored, and is as large as what streaming and tiles avoid. */
static bool holds_logits(const Search *search, const Node *node, Table *seen) {
    if (!table_add(seen, node)) return false;
    const Root *stored = plan_root_of(search->plan, node);
    if (stored) return stored->is_buffer && is_kept_by_tile(search->plan, node->axes);
    if (!node->has_reduction && node->argument_count == 0) return false;
    if (node_is_reduction(node) &&
        (table_has(&search->logits, node->axes) || is_kept_by_tile(search->plan, node->axes)))
        return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (holds_logits(search, node->arguments[i], seen)) return true;
    return false;
}

/* Of a sum over several axes, loops along the last of them would be short. */
bool contraction_is_dots(const Contraction *contraction) {
    return contraction->right_along && !contraction->left_across && !contraction->over;
}

/* Where the extents tell. Others are looked at when the program runs (loops/contract.c). */
static bool is_large(const Array *array, const Contraction *found) {
    int64_t row = fixed_extent(found->row), column = fixed_extent(found->column);
    int64_t depth = fixed_extent(found->depth);
    if (!plan_may_reach(found->depth, LEAST_STEPS) ||
        !plan_may_reach(found->column, LEAST_COLUMNS) ||
        !plan_may_reach(found->row, PLAN_LEAST_ROWS))
        return false;
    bool tiles = array->axes[array->rank - 1] == found->column && column >= PLAN_TILE;
    if (is_below(found->row, PLAN_FEW_ROWS) && tiles) return false;
    if (contraction_is_dots(found) && depth >= PLAN_DOT_DEPTH &&
        (is_below(found->row, PLAN_DOT_ROWS) || is_below(found->column, PLAN_DOT_COLUMNS)))
        return false;
    if (column >= 0 && depth >= 0 && (double)column * (double)depth < LEAST_SHARED) return false;
    if (row < 0 || column < 0 || depth < 0) return true;
    return (double)row * (double)column * (double)depth >= PLAN_CONTRACT_LEAST;
}

/* The root's axes, each once, are those of the sum. */
static bool has_own_axes(const Root *root, const Node *reduction) {
    if (reduction->axes->count != root->array->rank) return false;
    for (int i = 0; i < root->array->rank; ++i)
        if (!axis_set_has(reduction->axes, root->array->axes[i])) return false;
    return true;
}

/* Sets what the sum alone does not tell. */
static bool split(Search *search, const Contraction *sum, Axis *column) {
    search->found = *sum;
    search->found.column = column;
    return (split_distance(search) || split_product(search)) && take_domain(search, sum->where) &&
           !plan_can_fail(search->plan, search->found.left_panel) &&
           !plan_can_fail(search->plan, search->found.right_panel);
}

/* Whether the right factor has the columns and the steps, and no other axes. */
static bool is_table(const Contraction *found) {
    const AxisSet *axes = found->right_panel->axes;
    for (int i = 0; i < axes->count; ++i)
        if (axes->items[i] != found->column && !contraction_counts(found, axes->items[i]))
            return false;
    return axes->count == 1 + (found->over ? found->over_count : 1);
}

/* A sum over several axes, as of windows: a right factor that is a table of columns and steps is
 * laid out once, where windows laid out for each of their places would be many times what they are
 * made of. So columns need not be the last axis. */
static bool split_windows(Search *search, Node *sum) {
    const Array *array = search->root->array;
    Contraction all;
    search->body = plan_one_sum(search->plan, sum, &all);
    for (int i = array->rank - 1; search->body && i >= 0; --i)
        if (split(search, &all, array->axes[i]) && search->found.kind == TERM_PRODUCT &&
            is_table(&search->found))
            return true;
    return false;
}

static bool is_contraction(Search *search, Node *node) {
    Plan *plan = search->plan;
    const Root *root = search->root;
    bool sums = node->op == OP_SUM && node->u.bound->count == 1;
    if (!sums || (node->type != SCALAR_F32 && node->type != SCALAR_F64)) return false;
    Axis *depth = node->u.bound->items[0];
    if (!has_own_axes(root, node) || has_axis(root, depth)) return false;
    if (root->is_buffer && is_kept_by_tile(plan, node->axes)) return false;
    if (plan_can_fail(plan, node_body(node)) || plan_list_of(plan, node)) return false;
    search->body = node_body(node);
    const Contraction sum = {.reduction = node, .depth = depth, .where = node_where(node)};
    if (!split(search, &sum, root->array->axes[root->array->rank - 1]) &&
        !split_windows(search, node))
        return false;
    find_layout(plan, &search->found);
    if (!plan->compiler->panels_always && !is_large(root->array, &search->found)) return false;
    TABLE_HERE(seen, plan->compiler->arena);
    return !holds_logits(search, search->found.left_panel, &seen) &&
           !holds_logits(search, search->found.right_panel, &seen);
}

/* The first one in the value. */
static bool find(Search *search, Node *node, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return false;
    table_set(seen, node, node);
    const Root *stored = plan_root_of(search->plan, node);
    if (stored && stored != search->root) return false;
    if (is_contraction(search, node)) return true;
    if (node_is_reduction(node)) return false;
    for (int i = 0; i < node->argument_count; ++i)
        if (find(search, node->arguments[i], seen)) return true;
    return false;
}

/* --- what it needs --- */

/* Stores each reduction in the value, but for the sum itself and those that are one number: these
 * are at hand where the tiles are made. Depth stands before the columns, or last. */
static void store_inner(Plan *plan, const Root *root, Node *node, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return;
    table_set(seen, node, node);
    const Contraction *c = root->contraction;
    const Root *stored = plan_root_of(plan, node);
    if (stored && stored != root) return;
    if (node == c->reduction) {
        store_inner(plan, root, c->left_panel, seen);
        store_inner(plan, root, c->right_panel, seen);
        return;
    }
    if (node_is_reduction(node)) {
        Axis **axes = ARENA_ARRAY(plan->compiler->arena, Axis *, node->axes->count + 1);
        int count = 0;
        for (int i = 0; i < root->array->rank; ++i) {
            Axis *axis = root->array->axes[i];
            if (axis == c->column && axis_set_has(node->axes, c->depth)) axes[count++] = c->depth;
            if (axis_set_has(node->axes, axis)) axes[count++] = axis;
        }
        if (count > 0) plan_store(plan, node, axes, count, table_get(&plan->names, node));
        return;
    }
    for (int i = 0; i < node->argument_count; ++i)
        store_inner(plan, root, node->arguments[i], seen);
}

/* Whether another reduction in the value is made of the sum: a row of it is taken in before any
 * element is done with (the gradient of a normalisation before a layer). */
static bool is_taken_in(const Plan *plan, const Root *root, const Node *node, const Node *sum,
                        bool inside, Table *seen) {
    if (node == sum) return inside;
    const Root *stored = plan_root_of(plan, node);
    if (!node->has_reduction || (stored && stored != root)) return false;
    inside |= node_is_reduction(node);
    if (!inside && !table_add(seen, node)) return false;
    if (inside && !table_add(&seen[1], node)) return false;
    for (int i = 0; i < node->argument_count; ++i)
        if (is_taken_in(plan, root, node->arguments[i], sum, inside, seen)) return true;
    return false;
}

/* The value with the sum's factors as they were grouped. */
static Node *regroup(Plan *plan, Node *node, const Node *old, Node *sum, Table *memo) {
    if (node == old) return sum;
    if (!node->has_reduction) return node;
    Node *known = table_get(memo, node);
    if (known) return known;
    Node **arguments = ARENA_ARRAY(plan->compiler->arena, Node *, node->argument_count + 1);
    for (int i = 0; i < node->argument_count; ++i)
        arguments[i] = regroup(plan, node->arguments[i], old, sum, memo);
    Node *result = plan_rebuild(plan, node, arguments);
    table_set(memo, node, result);
    return result;
}

static void take_grouped(Plan *plan, Root *root, Contraction *c) {
    Node *old = c->reduction;
    if (c->kind != TERM_PRODUCT || old->u.bound->items[0] != c->depth) return;
    Node *body = graph_binary(plan->graph, OP_MUL, c->left, c->right);
    if (body == node_body(old)) return;
    c->reduction = graph_reduce(plan->graph, OP_SUM, old->u.bound, body, node_where(old));
    const char *name = table_get(&plan->names, old);
    if (name) table_set(&plan->names, c->reduction, (void *)name);
    if (table_get(&plan->stored, old) == root) table_set(&plan->stored, c->reduction, root);
    TABLE_HERE(memo, plan->compiler->arena);
    root->value = regroup(plan, root->value, old, c->reduction, &memo);
}

void plan_contract(Plan *plan, Root *root) {
    if (root->array->rank < 2 || root->scatter != OP_NUMBER || root->member || root->updates ||
        root->wide || root->contraction)
        return;
    for (int i = 0; i < root->loop_count; ++i)
        if (root->loops[i].kind != LOOP_MAP || root->loops[i].axis != root->array->axes[i]) return;
    Arena *arena = plan->compiler->arena;
    Search search = {.plan = plan, .root = root, .logits = table_new(arena)};
    plan_find_logits(root->value, arena, &search.logits);
    TABLE_HERE(seen, arena);
    if (!find(&search, root->value, &seen)) return;
    Node *sum = search.found.reduction;
    Table looked[2] = {table_new(arena), table_new(arena)};
    if (is_taken_in(plan, root, root->value, sum, false, looked)) {
        plan_store(plan, sum, root->array->axes, root->array->rank, table_get(&plan->names, sum));
        return;
    }
    Contraction *c = ARENA_NEW(arena, Contraction);
    *c = search.found;
    c->may_be_small =
        fixed_extent(c->row) < 0 || fixed_extent(c->column) < 0 || fixed_extent(c->depth) < 0;
    c->may_be_small &= !plan->compiler->panels_always;
    take_grouped(plan, root, c);
    root->contraction = c;
    TABLE_HERE(stored, arena);
    store_inner(plan, root, root->value, &stored);
}
