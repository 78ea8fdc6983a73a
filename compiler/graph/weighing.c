/* Degrees of homogeneity in a weight, bottom up. A product has the sum of its factors' degrees, a
 * sum needs terms of the same degree, functions like exp need degree 0. Bools and integers have
 * degree 0 where they do not change with the scale: a comparison of two values of one degree.
 *
 *     sum[n](w * x) / sum[n](w)      1 - 1 = 0
 *     sum[n](w * x) / (sum[n](w) + 1)    not known
 *
 * Along an axis the same is asked of one element at a time: the weight at its own place has degree
 * 1, all other data there degree 0, and a sum along the axis makes of degree 1 a value that does
 * not change when an element stands there twice with half the weight. What else looks at the axis,
 * its extent, an index, a neighbour, is not known. */
#include "graph/weighing.h"
#include "graph/internal.h"
#include <math.h>

static double degree_make(Weighing *w, Node *node);

Weighing weighing_new(Graph *graph, const Array *weight, const Axis *axis) {
    return (Weighing){
        .graph = graph, .weight = weight, .axis = axis, .degrees = table_new(graph->arena)};
}

double weighing_degree(Weighing *w, Node *node) {
    double *known = table_get(&w->degrees, node);
    if (!known) {
        double degree = degree_make(w, node);
        known = ARENA_NEW(w->graph->arena, double);
        *known = degree;
        table_set(&w->degrees, node, known);
    }
    return *known;
}

/* --- axes --- */

static bool extent_depends(const Node *extent, const Axis *axis) {
    if (extent->op == OP_EXTENT) {
        const Axis *own = extent->u.axis;
        return own == axis || (own->extent != extent && extent_depends(own->extent, axis));
    }
    for (int i = 0; i < extent->argument_count; i++)
        if (extent_depends(extent->arguments[i], axis)) return true;
    return false;
}

/* Another axis that is longer when this one is: its elements would be repeated too. */
static bool is_bound_up(const Weighing *w, const Axis *axis) {
    return w->axis && axis != w->axis && extent_depends(axis->extent, w->axis);
}

static bool any_bound_up(const Weighing *w, const AxisSet *set) {
    for (int i = 0; i < set->count; i++)
        if (is_bound_up(w, set->items[i])) return true;
    return false;
}

/* --- degrees --- */

static double alike(double a, double b) {
    if (isinf(a)) return b;
    return isinf(b) || a == b ? a : NAN;
}

static double invariant(double degree) { /* 0 has any degree, 0 too */
    return degree == 0 || isinf(degree) ? 0 : NAN;
}

static double all_invariant(Weighing *w, const Node *node, int first) {
    double degree = 0;
    for (int i = first; i < node->argument_count; i++)
        degree = alike(degree, invariant(weighing_degree(w, node->arguments[i])));
    return degree;
}

static double of_array(Weighing *w, const Node *node) {
    const Array *array = node->u.array;
    if (any_bound_up(w, node->axes)) return NAN;
    const Recurrence *recurrence = node_recurrence(node);
    if (!recurrence) return array == w->weight && (!w->axis || axis_set_has(node->axes, w->axis));
    if (w->axis && axis_set_has(node->axes, w->axis)) return NAN;
    /* supposed to be 0, and then seen to be */
    const RecurrenceGroup *group = recurrence->group;
    double degree = 0;
    for (int i = 0; i < group->members.count; i++) {
        double *supposed = ARENA_NEW(w->graph->arena, double);
        table_set(&w->degrees, graph_array(w->graph, group->members.items[i]->array), supposed);
    }
    for (int i = 0; i < group->members.count; i++)
        degree = alike(degree, invariant(weighing_degree(w, group->members.items[i]->value)));
    for (int i = 0; i < group->members.count; i++) {
        double *known = ARENA_NEW(w->graph->arena, double);
        *known = degree;
        table_set(&w->degrees, graph_array(w->graph, group->members.items[i]->array), known);
    }
    return degree;
}

static double of_power(Weighing *w, const Node *node) {
    const Node *exponent = node->arguments[1];
    double base = weighing_degree(w, node->arguments[0]);
    if (exponent->op != OP_NUMBER) return all_invariant(w, node, 0);
    double power =
        scalar_is_float(exponent->type) ? exponent->u.number : (double)exponent->u.integer;
    if (base == 0) return 0;
    if (isinf(base)) return power > 0 ? base : NAN;
    return power == floor(power) && fabs(power) <= 4 ? base * power : NAN;
}

static double of_reduction(Weighing *w, Node *node) {
    double body = weighing_degree(w, node_body(node));
    if (any_bound_up(w, node->u.bound)) return NAN;
    if (node_where(node) && isnan(invariant(weighing_degree(w, node_where(node))))) return NAN;
    bool along = w->axis && axis_set_has(node->u.bound, w->axis);
    switch (node->op) {
    case OP_SUM:
        if (along && !isinf(body)) return body == 1 ? 0 : NAN;
        return body;
    case OP_REDUCE_MIN:
    case OP_REDUCE_MAX:
    case OP_ANY:
    case OP_ALL:
        w->takes_extreme = w->takes_extreme || along;
        return along ? invariant(body) : body;
    case OP_ARGMIN:
    case OP_ARGMAX: return along || isnan(body) ? NAN : 0;
    default: return along ? NAN : invariant(body);
    }
}

static bool moves_along(const Weighing *w, const Node *node) {
    for (int i = 0; w->axis && i + 1 < node->argument_count; i++)
        if (node->u.positions[i] == w->axis) return true;
    return false;
}

static double degree_make(Weighing *w, Node *node) {
    Node *const *a = node->arguments;
    if (node_is_reduction(node)) return of_reduction(w, node);
    switch (node->op) {
    case OP_NUMBER: return node_is_number(node, 0) ? INFINITY : 0;
    case OP_AXIS:
        return w->axis && (node->u.axis == w->axis || is_bound_up(w, node->u.axis)) ? NAN : 0;
    case OP_EXTENT: return w->axis && extent_depends(node, w->axis) ? NAN : 0;
    case OP_ARRAY: return of_array(w, node);
    case OP_ADD:
    case OP_SUB:
    case OP_MIN:
    case OP_MAX: return alike(weighing_degree(w, a[0]), weighing_degree(w, a[1]));
    case OP_MUL: return weighing_degree(w, a[0]) + weighing_degree(w, a[1]);
    case OP_DIV: {
        double below = weighing_degree(w, a[1]);
        return isinf(below) ? NAN : weighing_degree(w, a[0]) - below;
    }
    case OP_NEG:
    case OP_ABS:
    case OP_LET:
    case OP_STOP: return weighing_degree(w, a[0]);
    case OP_CONVERT:
        return scalar_is_float(node->type) ? weighing_degree(w, a[0]) : all_invariant(w, node, 0);
    case OP_SQRT: return weighing_degree(w, a[0]) / 2;
    case OP_RSQRT: return isinf(weighing_degree(w, a[0])) ? NAN : -weighing_degree(w, a[0]) / 2;
    case OP_POW: return of_power(w, node);
    case OP_LT:
    case OP_LE:
    case OP_EQ:
    case OP_NE: return isnan(alike(weighing_degree(w, a[0]), weighing_degree(w, a[1]))) ? NAN : 0;
    case OP_SIGN:
    case OP_ISNAN:
    case OP_ISINF:
    case OP_ISFINITE: return isnan(weighing_degree(w, a[0])) ? NAN : 0;
    case OP_SELECT:
        if (isnan(invariant(weighing_degree(w, a[0])))) return NAN;
        return alike(weighing_degree(w, a[1]), weighing_degree(w, a[2]));
    case OP_AT:
        if (moves_along(w, node)) return NAN;
        return weighing_degree(w, a[0]) + all_invariant(w, node, 1);
    default: return all_invariant(w, node, 0);
    }
}
