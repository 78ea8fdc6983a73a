/* The laws of weights, for each weight that the program declares:
 *
 *     absent      an element whose weight is 0 is not there: other data in its place change
 * nothing, and neither does taking it away repeated    an element with k times the weight is k such
 * elements scaled      all weights times 4: what divides by their sum does not change
 *
 * A law is not asked of a program that does not state it: what else is done with the weight, or
 * with the axis it lies along, is seen in the graph (graph/weighing.h), and then the line says so.
 */
#include "graph/weighing.h"
#include "tool/verify.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const Callable *whole(const Verify *v) {
    return &v->functions.items[0];
}

static int output_of(const Verify *v, const Array *array) {
    for (int i = 0; i < v->model->outputs.count; i++)
        if (v->model->outputs.items[i].array == array) return i;
    bug("%s is no output", array->name);
}

static const char *named(const Verify *v, const Array *weight, const char *law) {
    return arena_format(v->compiler->arena, "weight %s %s", weight->name, law);
}

/* A list of names, cut where it gets long. */
static void add_word(Text *list, const char *word) {
    if (list->length > 60 && strcmp(list->chars + list->length - 3, "...") == 0) return;
    text_format(list, "%s%s", list->length ? ", " : "", list->length > 60 ? "..." : word);
}

static bool called(Verify *v, const Bindings *at, Arena *arena, Results *results) {
    steelyard_call details;
    return verify_call(v, whole(v), at, 2, arena, results, &details) == STEELYARD_OK;
}

/* --- scaled --- */

/* Equal, or where the smallest numbers have lost digits. */
static bool same_number(double a, double b, Scalar type) {
    double unit = type == SCALAR_F64 ? 0x1p-50 : type == SCALAR_F32 ? 0x1p-21 : 0x1p-7;
    double least = type == SCALAR_F64 ? 0x1p-1000 : type == SCALAR_F16 ? 0x1p-14 : 0x1p-120;
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= unit * fabs(a) + least;
}

static bool can_scale(const double *values, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (values[i] != 0 && !(values[i] > 1e-30 && values[i] < 1e4)) return false;
    return true;
}

static void check_scaled(Verify *v, const Array *weight, Arena *arena) {
    const char *check = named(v, weight, "scaled");
    Weighing w = weighing_new(v->graph, weight, NULL);
    Results before, after;
    double *values;
    Text law = text_new(v->compiler->arena), grows = text_new(v->compiler->arena),
         no_law = text_new(v->compiler->arena);
    Bindings at = verify_changed(arena, v, &v->at, weight, &values);
    int64_t count = verify_count(v, weight, &v->at);
    bool fits = can_scale(values, count) && weight->type != SCALAR_F16;
    for (int64_t i = 0; i < count; i++)
        values[i] *= 4;
    fits = fits && called(v, &v->at, arena, &before) && called(v, &at, arena, &after);
    for (int i = 0; fits && i < before.arrays.count; i++) {
        const Array *array = before.arrays.items[i];
        double degree = weighing_degree(&w, v->plain[output_of(v, array)]);
        bool half = array->type == SCALAR_F16 || array->type == SCALAR_BF16;
        if (isnan(degree) || (degree != 0 && (half || !scalar_is_float(array->type)))) {
            add_word(&no_law, array->name);
            continue;
        }
        double factor = isinf(degree) ? 1 : pow(4, degree);
        for (int64_t k = 0; k < before.counts.items[i]; k++) {
            double x = result_value(&before, i, k), y = result_value(&after, i, k);
            if (same_number(x * factor, y, array->type)) continue;
            verify_line(v, VERDICT_FAILS, check, "%s is %.9g, and %.9g with all weights times 4",
                        verify_element(v, array, &v->at, k), x, y);
            return;
        }
        add_word(factor == 1 ? &law : &grows, array->name);
    }
    if (!law.length && !grows.length) {
        verify_line(v, VERDICT_NOTHING, check, "%s",
                    fits ? "no output is free of the scale: not a law of this model"
                         : "these weights cannot be scaled without rounding");
        return;
    }
    verify_line(v, VERDICT_HOLDS, check, "times 4 changes %s%s%s%s%s%s",
                law.length ? "nothing in " : "", law.chars,
                grows.length ? (law.length ? "; as its power does, " : "as its power does ") : "",
                grows.chars, no_law.length ? "; not a law of " : "", no_law.chars);
}

/* --- absent: other data in its place --- */

static bool touched_by_outputs(Verify *v, const Array *weight, Table *touched) {
    const char *error;
    for (int i = 0; i < v->own; i++)
        if (!evaluate_touched(v->graph, v->plain[i], &v->at, weight, touched, &error)) return false;
    return true;
}

/* Data that only elements of weight 0 read are replaced by other elements of the same array. */
static int64_t replace_absent(Verify *v, const Table *all, const Table *present, Bindings *at,
                              Arena *arena) {
    int64_t replaced = 0;
    for (int i = 0; i < v->model->arrays.count; i++) {
        const Array *array = v->model->arrays.items[i];
        const bool *read = table_get(all, array), *needed = table_get(present, array);
        const double *values = table_get(&v->at.arrays, array);
        if (!read || !values || array->kind == ARRAY_CONST || array->kind == ARRAY_WEIGHT) continue;
        int64_t count = verify_count(v, array, &v->at);
        double *changed = ARENA_ARRAY(arena, double, count + 1);
        for (int64_t k = 0; k < count; k++) {
            changed[k] = values[k];
            if (!read[k] || (needed && needed[k])) continue;
            changed[k] = values[verify_below(v, (int)count)];
            replaced += changed[k] != values[k];
        }
        table_set(&at->arrays, array, changed);
    }
    return replaced;
}

/* What the reference has, for the outputs of the program: 0 times what is not finite is NaN. */
static bool stays_finite(Verify *v, const Bindings *before, const Bindings *after) {
    bool stays = true;
    for (int i = 0; i < v->own && stays; i++) {
        const Array *array = v->model->outputs.items[i].array;
        Tensor one, two;
        const char *error;
        stays = verify_evaluate(v, v->plain[i], array, before, &one, &error) &&
                verify_evaluate(v, v->plain[i], array, after, &two, &error);
        for (int64_t k = 0; stays && k < one.count; k++)
            stays = isfinite(one.values[k]) == isfinite(two.values[k]);
    }
    return stays;
}

/* The first output of the program that differs; 0 and -0 are the same. */
static const char *output_differs(Verify *v, const Results *a, const Results *b) {
    for (int i = 0; i < a->arrays.count; i++) {
        const Array *array = a->arrays.items[i];
        if (output_of(v, array) >= v->own) continue;
        for (int64_t k = 0; k < a->counts.items[i]; k++) {
            double x = result_value(a, i, k), y = result_value(b, i, k);
            if (x == y || (isnan(x) && isnan(y))) continue;
            return arena_format(v->compiler->arena, "%s is %.9g, and %.9g",
                                verify_element(v, array, &v->at, k), x, y);
        }
    }
    return NULL;
}

/* --- absent and repeated: other elements along an axis --- */

/* at with the rows from[0 .. count - 1] of every array along the axis. */
static Bindings with_rows(Verify *v, Arena *arena, const Bindings *at, const Axis *axis,
                          const int64_t *from, int64_t count) {
    Bindings result = verify_changed(arena, v, at, NULL, NULL);
    int64_t *size = ARENA_NEW(arena, int64_t), extent = evaluate_extent(v->graph, axis, at);
    *size = count;
    result.sizes = table_new(arena);
    for (int i = 0; i < at->sizes.capacity; i++)
        if (at->sizes.slots[i].key)
            table_set(&result.sizes, at->sizes.slots[i].key, at->sizes.slots[i].value);
    table_set(&result.sizes, axis, size);
    for (int i = 0; i < v->model->arrays.count; i++) {
        const Array *array = v->model->arrays.items[i];
        const double *values = table_get(&at->arrays, array);
        if (!values || array->kind == ARRAY_CONST) continue;
        for (int a = 0; a < array->rank; a++) {
            if (array->axes[a] != axis) continue;
            int64_t outer = 1, inner = 1;
            for (int k = 0; k < array->rank; k++)
                *(k < a ? &outer : &inner) *=
                    k == a ? 1 : evaluate_extent(v->graph, array->axes[k], at);
            double *rows = ARENA_ARRAY(arena, double, outer *count *inner + 1);
            for (int64_t o = 0; o < outer; o++)
                for (int64_t r = 0; r < count; r++)
                    memcpy(rows + (o * count + r) * inner, values + (o * extent + from[r]) * inner,
                           sizeof(double) * (size_t)inner);
            table_set(&result.arrays, array, rows);
            break;
        }
    }
    return result;
}

/* at with the weight of each row along the axis times a factor. */
static Bindings with_factors(Verify *v, Arena *arena, const Array *weight, const Axis *axis,
                             const double *factors) {
    double *values;
    Bindings at = verify_changed(arena, v, &v->at, weight, &values);
    int64_t count = verify_count(v, weight, &v->at), stride = 1;
    int64_t extent = evaluate_extent(v->graph, axis, &v->at);
    for (int a = weight->rank - 1; a >= 0 && weight->axes[a] != axis; a--)
        stride *= evaluate_extent(v->graph, weight->axes[a], &v->at);
    for (int64_t i = 0; i < count; i++)
        values[i] *= factors[i / stride % extent];
    return at;
}

/* Whether an array would need rows of an axis that only follows from this one. */
static bool can_resize(const Verify *v, const Axis *axis) {
    if (!axis->is_argument) return false;
    Bindings at = v->at;
    at.arena = arena_new();
    at.sizes = table_new(at.arena);
    for (int i = 0; i < v->at.sizes.capacity; i++)
        if (v->at.sizes.slots[i].key)
            table_set(&at.sizes, v->at.sizes.slots[i].key, v->at.sizes.slots[i].value);
    int64_t other = evaluate_extent(v->graph, axis, &v->at) + 1;
    table_set(&at.sizes, axis, &other);
    bool can = true;
    for (int i = 0; i < v->model->arrays.count; i++) {
        const Array *array = v->model->arrays.items[i];
        const Axis *index = array->index_axis;
        int met = 0;
        if (index == axis) can = false;
        for (int k = 0; k < array->rank; k++) {
            const Axis *own = array->axes[k];
            met += own == axis;
            if (own != axis &&
                evaluate_extent(v->graph, own, &at) != evaluate_extent(v->graph, own, &v->at))
                can = false;
        }
        can = can && met < 2;
    }
    arena_free(at.arena);
    return can;
}

static double room_for(Verify *v, Bounds *bounds, int output, const Bindings *at, int64_t k) {
    const Array *array = v->model->outputs.items[output].array;
    Node *bound = bound_of(bounds, v->plain[output]);
    Tensor tensor;
    const char *error;
    Bindings here = *at;
    double room = 0;
    here.arena = arena_new();
    if (bound)
        room =
            verify_evaluate(v, bound, array, &here, &tensor, &error) ? tensor.values[k] : INFINITY;
    arena_free(here.arena);
    return room;
}

typedef struct Law { /* two sets of data that must give the same */
    const Array *weight;
    const char *check, *what;
    Bindings one, two;
    Text outputs; /* of which it is a law */
    bool is_wrong;
} Law;

static void compare_law(Verify *v, Law *law, Weighing *w, bool needs_all, Arena *arena) {
    Results one, two;
    Bounds bounds = bounds_general(v->graph, false);
    if (!called(v, &law->one, arena, &one) || !called(v, &law->two, arena, &two)) return;
    for (int i = 0; i < one.arrays.count && !law->is_wrong; i++) {
        const Array *array = one.arrays.items[i];
        int output = output_of(v, array);
        bool has_axis = false;
        for (int a = 0; a < array->rank; a++)
            has_axis |= array->axes[a] == w->axis ||
                        evaluate_extent(v->graph, array->axes[a], &law->one) !=
                            evaluate_extent(v->graph, array->axes[a], &law->two);
        w->takes_extreme = false;
        w->degrees = table_new(w->degrees.arena);
        if (has_axis || !(weighing_degree(w, v->plain[output]) == 0)) continue;
        if (needs_all && w->takes_extreme) continue;
        for (int64_t k = 0; k < one.counts.items[i]; k++) {
            double x = result_value(&one, i, k), y = result_value(&two, i, k);
            if (x == y || (isnan(x) && isnan(y)) || same_number(x, y, array->type)) continue;
            double room = 4 * (room_for(v, &bounds, output, &law->one, k) +
                               room_for(v, &bounds, output, &law->two, k));
            if (!isfinite(room) || fabs(x - y) <= room) continue;
            verify_line(v, VERDICT_FAILS, law->check, "%s is %.9g, but %.9g %s",
                        verify_element(v, array, &v->at, k), x, y, law->what);
            law->is_wrong = true;
            return;
        }
        if (!strstr(law->outputs.chars, array->name)) add_word(&law->outputs, array->name);
    }
}

static void repeat_along(Verify *v, Law *law, const Axis *axis, Arena *arena) {
    static const int times[] = {1, 2, 4};
    int64_t extent = evaluate_extent(v->graph, axis, &v->at), count = 0;
    double *factors = ARENA_ARRAY(arena, double, extent + 1);
    int64_t *from = ARENA_ARRAY(arena, int64_t, 4 * extent + 1);
    for (int64_t i = 0; i < extent; i++) {
        factors[i] = times[verify_below(v, 3)];
        for (int k = 0; k < (int)factors[i]; k++)
            from[count++] = i;
    }
    Weighing w = weighing_new(v->graph, law->weight, axis);
    law->one = with_factors(v, arena, law->weight, axis, factors);
    law->two = with_rows(v, arena, &v->at, axis, from, count);
    law->what = "with elements repeated in place of their weight times 2 or 4";
    compare_law(v, law, &w, false, arena);
}

static void remove_along(Verify *v, Law *law, const Axis *axis, Arena *arena) {
    int64_t extent = evaluate_extent(v->graph, axis, &v->at), count = 0;
    double *factors = ARENA_ARRAY(arena, double, extent + 1);
    int64_t *from = ARENA_ARRAY(arena, int64_t, extent + 1);
    if (extent < 2) return;
    int always = verify_below(v, (int)extent);
    for (int64_t i = 0; i < extent; i++) {
        factors[i] = i != always && verify_below(v, 3) > 0;
        if (factors[i] > 0) from[count++] = i;
    }
    Weighing w = weighing_new(v->graph, law->weight, axis);
    law->one = with_factors(v, arena, law->weight, axis, factors);
    law->two = with_rows(v, arena, &law->one, axis, from, count);
    law->what = "without the elements of weight 0";
    compare_law(v, law, &w, true, arena);
}

static void check_repeated(Verify *v, const Array *weight, Arena *arena) {
    Law law = {.weight = weight, .check = named(v, weight, "repeated")};
    law.outputs = text_new(v->compiler->arena);
    for (int a = 0; a < weight->rank && !law.is_wrong; a++)
        if (can_resize(v, weight->axes[a])) repeat_along(v, &law, weight->axes[a], arena);
    if (law.is_wrong) return;
    if (law.outputs.length)
        verify_line(v, VERDICT_HOLDS, law.check, "k times the weight is k elements: %s",
                    law.outputs.chars);
    else
        verify_line(
            v, VERDICT_NOTHING, law.check,
            "no output depends on its axis by weighted sums alone: not a law of this model");
}

/* The weights of about a third of the elements are 0. */
static int64_t absent_replaced(Verify *v, const Array *weight, Arena *arena, const char **wrong) {
    Table all = table_new(arena), present = table_new(arena);
    double *values;
    Results one, two;
    Bindings kept = v->at, at = verify_changed(arena, v, &v->at, weight, &values);
    int64_t count = verify_count(v, weight, &v->at), replaced = 0;
    for (int64_t i = 0; i < count; i++)
        if (count > 1 && verify_below(v, 3) == 0) values[i] = 0;
    v->at = at;
    if (touched_by_outputs(v, NULL, &all) && touched_by_outputs(v, weight, &present)) {
        Bindings other = verify_changed(arena, v, &at, NULL, NULL);
        replaced = replace_absent(v, &all, &present, &other, arena);
        bool good = replaced > 0 && stays_finite(v, &at, &other) && called(v, &at, arena, &one) &&
                    called(v, &other, arena, &two);
        if (good) *wrong = output_differs(v, &one, &two);
        if (!good) replaced = 0;
    }
    v->at = kept;
    return replaced;
}

static void check_absent(Verify *v, const Array *weight, Arena *arena) {
    Law law = {.weight = weight, .check = named(v, weight, "absent")};
    const char *wrong = NULL;
    law.outputs = text_new(v->compiler->arena);
    int64_t replaced = absent_replaced(v, weight, arena, &wrong);
    if (wrong) {
        verify_line(v, VERDICT_FAILS, law.check, "%s with other data where the weight is 0", wrong);
        return;
    }
    for (int a = 0; a < weight->rank && !law.is_wrong; a++)
        if (can_resize(v, weight->axes[a])) remove_along(v, &law, weight->axes[a], arena);
    if (law.is_wrong) return;
    if (!replaced && !law.outputs.length) {
        verify_line(v, VERDICT_NOTHING, law.check,
                    "nothing is read through it alone: not a law of this model");
        return;
    }
    const char *data = replaced
                           ? arena_format(v->compiler->arena,
                                          "%lld other numbers in places of weight 0 change nothing",
                                          (long long)replaced)
                           : "";
    verify_line(
        v, VERDICT_HOLDS, law.check, "%s%s%s%s", data, replaced && law.outputs.length ? "; " : "",
        law.outputs.length ? "taken away or of weight 0 is the same: " : "", law.outputs.chars);
}

void verify_weights(Verify *v) {
    for (int i = 0; i < v->model->arrays.count; i++) {
        const Array *weight = v->model->arrays.items[i];
        if (weight->kind != ARRAY_WEIGHT) continue;
        if (v->cost > 1e7) {
            verify_line(v, VERDICT_NOTHING, named(v, weight, "laws"),
                        "too much for the reference evaluator: give smaller data");
            continue;
        }
        Arena *arena = arena_new();
        check_absent(v, weight, arena);
        check_repeated(v, weight, arena);
        check_scaled(v, weight, arena);
        arena_free(arena);
    }
}
