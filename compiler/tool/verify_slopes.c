/* Gradients against central differences, and against forward mode, all in float64 by the reference
 * evaluator. Takes the graph as it was checked, so that the derivatives are those that were made,
 * before anything is simplified together.
 *
 * Looked at are all outputs without axes, and the others summed with random weights, by every real
 * input, weight and param; and what the program itself asks for by grad(L, x). What `stop` holds is
 * kept from changing: a derivative does not see it, a difference would. */
#include "diff/diff.h"
#include "tool/slope.h"
#include "tool/verify.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_SLOPES = 256, /* pairs of a value and what it is differentiated by */
    MOST_EMITTED = 16, /* of them in C too */
    MOST_PLACES = 8    /* elements of an array, and directions, along which one is compared */
};

/* --- which derivatives --- */

static bool name_taken(const Model *model, const char *name) {
    for (int i = 0; i < model->arrays.count; i++)
        if (strcmp(model->arrays.items[i]->name, name) == 0) return true;
    for (int i = 0; i < model->outputs.count; i++)
        if (strcmp(model->outputs.items[i].array->name, name) == 0) return true;
    for (int i = 0; i < model->axes.count; i++)
        if (strcmp(model->axes.items[i]->name, name) == 0) return true;
    for (int i = 0; i < model->lets.count; i++)
        if (strcmp(model->lets.items[i].name, name) == 0) return true;
    return false;
}

static Array *array_new(Verify *v, ArrayKind kind, const char *name, Scalar type, Axis **axes,
                        int rank) {
    Array *array = ARENA_NEW(v->compiler->arena, Array);
    while (kind == ARRAY_OUTPUT && name_taken(v->model, name))
        name = arena_format(v->compiler->arena, "%s_", name);
    array->kind = kind;
    array->name = name_of(v->compiler->names, name);
    array->type = type;
    array->axes = axes;
    array->rank = rank;
    return array;
}

static void add_output(Verify *v, const Slope *slope) {
    const Array *by = slope->by->u.array;
    const char *name = arena_format(v->compiler->arena, "d_%s_%s", slope->of_name, slope->by_name);
    Array *array = array_new(v, ARRAY_OUTPUT, name, slope->gradient->type, by->axes, by->rank);
    array->span = by->span;
    vector_push(v->compiler->arena, &v->model->outputs, (Output){array, slope->gradient, false});
}

static void add_slope(Verify *v, Slope slope, bool emitted) {
    for (int i = 0; i < v->slopes.count; i++)
        if (v->slopes.items[i].gradient == slope.gradient && v->slopes.items[i].by == slope.by)
            return;
    if (v->slopes.count == MOST_SLOPES) {
        v->slopes_left++;
        return;
    }
    vector_push(v->compiler->arena, &v->slopes, slope);
    if (emitted && v->model->outputs.count - v->own < MOST_EMITTED) add_output(v, &slope);
}

/* A number that changes with every element of the output. */
static Node *summed(Verify *v, const Output *output) {
    Graph *graph = v->graph;
    Node *value = output->value;
    if (!value->axes->count) return value;
    Axis **axes = ARENA_ARRAY(v->compiler->arena, Axis *, value->axes->count);
    memcpy(axes, value->axes->items, sizeof *axes * (size_t)value->axes->count);
    Array *share = array_new(v, ARRAY_INPUT, "share", value->type, axes, value->axes->count);
    int64_t count = verify_count(v, share, &v->at);
    double *values = ARENA_ARRAY(v->compiler->arena, double, count + 1);
    for (int64_t i = 0; i < count; i++)
        values[i] = 1 + 0.5 * verify_real(v);
    table_set(&v->at.arrays, share, values);
    Node *weighed = graph_binary(graph, OP_MUL, value, graph_array(graph, share));
    return graph_reduce(graph, OP_SUM, value->axes, weighed, NULL);
}

static bool is_real_input(const Array *array) {
    bool given =
        array->kind == ARRAY_INPUT || array->kind == ARRAY_WEIGHT || array->kind == ARRAY_PARAM;
    return given && scalar_is_float(array->type);
}

static void add_slopes_of(Verify *v, const Output *output) {
    Node *of = summed(v, output);
    for (int i = 0; i < v->model->arrays.count; i++) {
        Array *array = v->model->arrays.items[i];
        if (!is_real_input(array)) continue;
        Node *by = graph_array(v->graph, array);
        DiffResult result = diff_reverse(v->graph, of, by, graph_number(v->graph, of->type, 1));
        if (result.outcome == DIFF_FINE)
            add_slope(v,
                      (Slope){of, by, graph_convert(v->graph, by->type, result.node),
                              output->array->name, array->name},
                      of == output->value);
    }
}

void verify_find_slopes(Verify *v) {
    v->own = v->model->outputs.count;
    for (int i = 0; i < v->model->derivatives.count; i++) {
        const Derivative *one = &v->model->derivatives.items[i];
        Node *of = one->of;
        if (one->seed && !axis_set_within(one->seed->axes, of->axes)) continue;
        if (one->seed) {
            Node *weighed = graph_binary(v->graph, OP_MUL, of, graph_stop(v->graph, one->seed));
            const bool has_axes = of->axes->count > 0;
            of = has_axes ? graph_reduce(v->graph, OP_SUM, of->axes, weighed, NULL) : weighed;
        }
        if (!of->axes->count)
            add_slope(v, (Slope){of, one->by, one->value, one->seed ? "vjp" : "grad", one->name},
                      false);
    }
    for (int losses = 1; losses >= 0; losses--) /* the losses first */
        for (int i = 0; i < v->own; i++) {
            const Output output = v->model->outputs.items[i];
            if (output.is_loss == losses && scalar_is_float(output.value->type))
                add_slopes_of(v, &output);
        }
}

/* --- what both comparisons need --- */

typedef struct Line { /* `of` along a direction from where `by` is */
    Verify *v;
    const Slope *slope;
    Bindings at;   /* wide; by has another value */
    Table nodes;   /* what does not change, or is changed */
    int64_t count; /* of by's elements */
    double *from, *along, *values;
    Tensor place; /* a LET that is differentiated by */
} Line;

/* by's axes, in the order of its elements. */
static void axes_of(const Slope *slope, Axis *const **axes, int *rank) {
    const Node *by = slope->by;
    const bool is_array = by->op == OP_ARRAY;
    *axes = is_array ? by->u.array->axes : by->axes->items;
    *rank = is_array ? by->u.array->rank : by->axes->count;
}

static const char *place_said(const Line *line, int64_t position) {
    const Slope *slope = line->slope;
    Arena *arena = line->v->compiler->arena;
    Array like = {.name = slope->by_name};
    Axis *const *axes;
    axes_of(slope, &axes, &like.rank);
    like.axes = (Axis **)axes;
    const char *by = position < 0 ? arena_format(arena, "%s, some direction", slope->by_name)
                                  : verify_element(line->v, &like, &line->v->at, position);
    return arena_format(arena, "%s by %s", slope->of_name, by);
}

/* `stop` inside of a recurrence has another value at each of its points: it cannot be held. */
static bool stops_are_held(Line *line) {
    Graph *graph = line->v->graph;
    Arena *arena = line->at.arena;
    Table seen = table_new(arena), met = table_new(arena);
    NodeList nodes = {0}, inner = {0};
    RecurrenceList list = {0};
    bool held = true;
    graph_order(graph, line->slope->of, &seen, &nodes);
    graph_recurrences(graph, line->slope->of, &met, &list);
    for (int i = 0; i < list.count; i++)
        graph_order(graph, list.items[i]->value, &seen, &inner);
    for (int i = 0; i < inner.count; i++)
        held = held && inner.items[i]->op != OP_STOP;
    for (int i = 0; i < nodes.count; i++) {
        Node *node = nodes.items[i];
        const char *error;
        Tensor *tensor = ARENA_NEW(arena, Tensor);
        if (node->op != OP_STOP) continue;
        if (evaluate_node(graph, node, node->axes->items, node->axes->count, &line->at, tensor,
                          &error))
            table_set(&line->nodes, node, tensor);
    }
    return held;
}

static bool line_new(Verify *v, const Slope *slope, Arena *arena, Line *line, bool *held) {
    const Node *by = slope->by;
    Axis *const *axes;
    const char *error;
    int rank;
    *line = (Line){.v = v, .slope = slope, .at = v->at, .nodes = table_new(arena)};
    line->at.arena = arena;
    line->at.wide = true;
    *held = stops_are_held(line);
    line->at.nodes = &line->nodes;
    axes_of(slope, &axes, &rank);
    if (by->op == OP_LET) {
        if (!evaluate_node(v->graph, slope->by, axes, rank, &line->at, &line->place, &error))
            return false;
        line->count = line->place.count;
        line->from = ARENA_ARRAY(arena, double, line->count + 1);
        memcpy(line->from, line->place.values, sizeof(double) * (size_t)line->count);
        line->values = line->place.values;
        table_set(&line->nodes, by, &line->place);
    } else {
        line->from = table_get(&v->at.arrays, by->u.array);
        line->count = verify_count(v, by->u.array, &v->at);
        Bindings changed = verify_changed(arena, v, &line->at, by->u.array, &line->values);
        line->at.arrays = changed.arrays;
    }
    line->along = ARENA_ARRAY(arena, double, line->count + 1);
    return true;
}

static bool value_along(void *context, double place, double *value) {
    Line *line = context;
    Bindings at = line->at;
    Tensor tensor;
    const char *error;
    for (int64_t i = 0; i < line->count; i++)
        line->values[i] = line->from[i] + place * line->along[i];
    at.arena = arena_new();
    bool good = evaluate_node(line->v->graph, line->slope->of, NULL, 0, &at, &tensor, &error);
    if (good) *value = tensor.values[0];
    arena_free(at.arena);
    return good;
}

static bool gradient_at(const Line *line, Node *node, Tensor *gradient) {
    Bindings at = line->at;
    const char *error;
    Axis *const *axes;
    int rank;
    at.nodes = NULL;
    at.arrays = line->v->at.arrays;
    axes_of(line->slope, &axes, &rank);
    return evaluate_node(line->v->graph, node, axes, rank, &at, gradient, &error);
}

static double rounding_by(Verify *v, Node *node, const Bindings *at, bool settled) {
    Bounds bounds = bounds_general(v->graph, true);
    bounds.settled = settled;
    Node *bound = bound_of(&bounds, node);
    Tensor tensor;
    const char *error;
    if (!bound) return 0;
    if (!evaluate_node(v->graph, bound, NULL, 0, at, &tensor, &error)) return INFINITY;
    return isnan(tensor.values[0]) ? INFINITY : tensor.values[0];
}

/* How far a float64 value may be from the truth; infinite where that is not known. Where a choice
 * hangs on rounding, that of the values chosen: whether it is made otherwise nearby, slopes tell.
 */
static double rounding_of(Verify *v, Node *node, const Bindings *at) {
    double rounding = rounding_by(v, node, at, false);
    return isfinite(rounding) ? rounding : rounding_by(v, node, at, true);
}

typedef struct Tally {
    int compared, kinks, rough, absent, not_finite, stopped, left;
    double worst; /* relative */
    const char *worst_at;
    const char *wrong; /* the first that is */
} Tally;

static void tally(Tally *t, double error, const char *at) {
    t->compared++;
    if (error < t->worst && t->worst_at) return;
    t->worst = error;
    t->worst_at = at;
}

/* --- differences --- */

/* A step is tried from large to small; the gradient is right if it agrees with one that can be
 * trusted, and wrong if two agree with each other, and not with it. */
static void compare_slope(Line *line, double gradient, double most, double unit, double noise,
                          const char *at, Tally *t) {
    static const int powers[] = {-9, -12, -6, -15, -18, -22};
    Difference trusted = {0};
    int usable = 0, kinks = 0, values = 0;
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        Difference one;
        if (!difference_at(value_along, line, ldexp(unit, powers[i]), noise, &one)) continue;
        values++;
        double scale = fmax(fmax(fabs(gradient), fabs(one.slope)), 1e-4 * most);
        if (!one.smooth) kinks++;
        if (!one.smooth || one.doubt > 0.01 * scale) continue;
        double error = fabs(gradient - one.slope);
        if (error <= one.doubt + 1e-6 * scale) {
            tally(t, scale > 0 ? error / scale : 0, at);
            return;
        }
        bool twice = usable && fabs(one.slope - trusted.slope) <= one.doubt + trusted.doubt;
        trusted = one;
        usable++;
        if (!twice) continue;
        t->compared++;
        if (!t->wrong)
            t->wrong =
                arena_format(line->v->compiler->arena, "%s is %.9g, but differences say %.9g", at,
                             gradient, one.slope);
        return;
    }
    t->kinks += kinks > 0;
    t->rough += values && !kinks;
    t->absent += !values;
}

/* How large an element is, for the length of a step. */
static double unit_of(const Line *line, int64_t position) {
    double sum = 0;
    for (int64_t i = 0; i < line->count; i++)
        if (isfinite(line->from[i])) sum += line->from[i] * line->from[i];
    double typical = sqrt(sum / (double)(line->count ? line->count : 1));
    double own = position < 0 ? 0 : fabs(line->from[position]);
    double unit = fmax(isfinite(own) ? own : 0, 0.1 * typical);
    return unit > 0 ? ldexp(1, ilogb(unit)) : 1;
}

static void along_element(Line *line, const Tensor *gradient, int64_t position, double most,
                          double noise, Tally *t) {
    memset(line->along, 0, sizeof(double) * (size_t)line->count);
    line->along[position] = 1;
    compare_slope(line, gradient->values[position], most, unit_of(line, position), noise,
                  place_said(line, position), t);
}

static void along_direction(Line *line, const Tensor *gradient, double noise, Tally *t) {
    double sum = 0, scale = 0;
    for (int64_t i = 0; i < line->count; i++) {
        line->along[i] = verify_real(line->v);
        sum += line->along[i] * gradient->values[i];
        scale += fabs(line->along[i] * gradient->values[i]);
    }
    if (!isfinite(sum)) return; /* its elements are counted */
    compare_slope(line, sum, 1e2 * scale, unit_of(line, -1), noise, place_said(line, -1), t);
}

static void differences_of(Verify *v, const Slope *slope, Arena *arena, Tally *t) {
    Line line;
    Tensor gradient;
    bool held;
    double value, most = 0;
    if (!line_new(v, slope, arena, &line, &held) ||
        !gradient_at(&line, slope->gradient, &gradient) || line.count == 0)
        return;
    Tally own = {0};
    if (!value_along(&line, 0, &value) || !isfinite(value)) {
        t->absent++;
        return;
    }
    for (int64_t i = 0; i < line.count; i++)
        if (isfinite(gradient.values[i])) most = fmax(most, fabs(gradient.values[i]));
    double rounding = rounding_of(v, slope->of, &line.at);
    double noise = fmax(isfinite(rounding) ? 4 * rounding : 0, 1e-14 * fabs(value));
    const int places = line.count < MOST_PLACES ? (int)line.count : MOST_PLACES;
    for (int i = 0; i < places; i++) {
        int64_t position = line.count <= MOST_PLACES ? i : verify_below(v, (int)line.count);
        if (isfinite(gradient.values[position]))
            along_element(&line, &gradient, position, most, noise, &own);
        else
            own.not_finite++;
    }
    if (line.count > 1) along_direction(&line, &gradient, noise, &own);
    if (own.wrong && !held)
        t->stopped++;
    else if (own.wrong && !t->wrong)
        t->wrong = own.wrong;
    t->compared += own.compared;
    t->kinks += own.kinks;
    t->rough += own.rough;
    t->absent += own.absent;
    t->not_finite += own.not_finite;
    if (own.worst_at && (own.worst >= t->worst || !t->worst_at))
        t->worst = own.worst, t->worst_at = own.worst_at;
}

/* "3 at a kink, 1 too rough: not compared" */
static const char *left_out(Verify *v, const Tally *t) {
    Text text = text_new(v->compiler->arena);
    const char *between = "; not compared: ";
#define LEFT(count, what)                                                                          \
    if (count) text_format(&text, "%s%d %s", between, count, what), between = ", "
    LEFT(t->kinks, "at a kink");
    LEFT(t->rough, "that rounding or the step hides");
    LEFT(t->absent, "where the value is not finite");
    LEFT(t->not_finite, "whose gradient is not finite");
    LEFT(t->stopped, "past a stop in a recurrence");
    LEFT(t->left, "for the time it would take");
#undef LEFT
    return text.chars;
}

static void say(Verify *v, const char *check, const char *what, const Tally *t) {
    if (t->wrong)
        verify_line(v, VERDICT_FAILS, check, "%s", t->wrong);
    else if (!t->compared)
        verify_line(v, VERDICT_NOTHING, check, "no gradient to compare%s", left_out(v, t));
    else
        verify_line(v, VERDICT_HOLDS, check, "%d %s, worst %.1e of its size: %s%s", t->compared,
                    what, t->worst, t->worst_at, left_out(v, t));
}

/* As many pairs as the evaluator can do in some seconds. */
static bool is_affordable(const Verify *v, int done) {
    return v->cost * (done + 1) * (MOST_PLACES + 1) * 10 < 3e9;
}

void verify_differences(Verify *v) {
    Tally t = {.left = v->slopes_left};
    for (int i = 0; i < v->slopes.count; i++) {
        Arena *arena = arena_new();
        if (is_affordable(v, i))
            differences_of(v, &v->slopes.items[i], arena, &t);
        else
            t.left++;
        arena_free(arena);
    }
    say(v, "gradients by differences", "slopes", &t);
}

/* --- forward mode --- */

static void forward_of(Verify *v, const Slope *slope, Arena *arena, Tally *t) {
    Line line;
    Tensor gradient, tensor;
    bool held;
    const char *error;
    Axis *const *axes;
    int rank;
    if (!line_new(v, slope, arena, &line, &held) || line.count == 0) return;
    axes_of(slope, &axes, &rank);
    Axis **copy = ARENA_ARRAY(v->compiler->arena, Axis *, rank + 1);
    memcpy(copy, axes, sizeof *copy * (size_t)rank);
    Array *along = array_new(v, ARRAY_INPUT, "direction", slope->by->type, copy, rank);
    Node *tangent = graph_array(v->graph, along);
    DiffResult result = diff_forward(v->graph, slope->of, slope->by, tangent);
    if (result.outcome != DIFF_FINE) return;
    for (int64_t i = 0; i < line.count; i++)
        line.along[i] = verify_real(v);
    Bindings at = verify_changed(arena, v, &v->at, NULL, NULL);
    at.wide = true;
    table_set(&at.arrays, along, line.along);
    Node *dot = graph_binary(v->graph, OP_MUL, slope->gradient, tangent);
    if (rank) dot = graph_reduce(v->graph, OP_SUM, axis_set(v->graph, copy, rank), dot, NULL);
    if (!gradient_at(&line, slope->gradient, &gradient) ||
        !evaluate_node(v->graph, result.node, NULL, 0, &at, &tensor, &error))
        return;
    double sum = 0, scale = 0, forward = tensor.values[0];
    for (int64_t i = 0; i < line.count; i++) {
        sum += gradient.values[i] * line.along[i];
        scale += fabs(gradient.values[i] * line.along[i]);
    }
    if (!isfinite(sum) || !isfinite(forward)) {
        t->not_finite++;
        return;
    }
    double rounding = rounding_of(v, dot, &at) + rounding_of(v, result.node, &at);
    double error_size = fabs(sum - forward);
    double value, small = INFINITY; /* what may be left of terms that cancel */
    if (value_along(&line, 0, &value)) small = 1e-10 * fabs(value) / unit_of(&line, -1);
    bool unknown = !isfinite(rounding) && (error_size < 1e-3 * scale || !(error_size > small));
    if (error_size > 1e-9 * scale && unknown) {
        t->rough++;
        return;
    }
    bool good = error_size <= 1e-9 * scale + (isfinite(rounding) ? 4 * rounding : 0);
    if (good)
        tally(t, error_size <= 1e-9 * scale && scale > 0 ? error_size / scale : 0,
              place_said(&line, -1)); /* else both are 0 but for rounding */
    else if (!t->wrong)
        t->wrong = arena_format(v->compiler->arena, "%s is %.17g, but forward mode says %.17g",
                                place_said(&line, -1), sum, forward);
}

void verify_forward(Verify *v) {
    Tally t = {.left = v->slopes_left};
    for (int i = 0; i < v->slopes.count; i++) {
        Arena *arena = arena_new();
        if (is_affordable(v, i / 10))
            forward_of(v, &v->slopes.items[i], arena, &t);
        else
            t.left++;
        arena_free(arena);
    }
    say(v, "gradients by forward mode", "directions", &t);
}
