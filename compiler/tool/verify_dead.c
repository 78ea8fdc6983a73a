/* What nothing reads may hold anything. The reference evaluator tells which elements of inputs the
 * outputs were made of; all others get NaN, then infinity, and neither an output nor a gradient
 * may change a bit. Where a value must pass a check on entry it is another one that passes. */
#include "tool/verify.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool touch_all(Verify *v, Table *touched, const char **error) {
    for (int i = 0; i < v->own; i++)
        if (!evaluate_touched(v->graph, v->plain[i], &v->at, NULL, touched, error)) return false;
    for (int i = 0; i < v->model->checks.count; i++) {
        const RangeCheck *check = &v->model->checks.items[i];
        Node *index = check->index;
        if (check->guard)
            index = graph_select(v->graph, check->guard, index,
                                 graph_integer(v->graph, index->type, 0));
        if (!evaluate_touched(v->graph, index, &v->at, NULL, touched, error)) return false;
    }
    return true;
}

static double other_value(const Verify *v, const Array *array, double value, double poison) {
    if (array->index_axis) {
        int64_t extent = evaluate_extent(v->graph, array->index_axis, &v->at);
        if (array->has_none && value == (double)array->none) return extent > 0 ? 0 : value;
        return extent > 0 ? fmod(value + 1, (double)extent) : value;
    }
    if (array->type == SCALAR_BOOL) return value == 0;
    if (scalar_is_integer(array->type)) return value + 7;
    if (array->kind == ARRAY_WEIGHT) return 3 * value + 1e4; /* finite, or it is refused */
    return poison;
}

/* How many elements that are, and of which arrays. */
static Bindings poisoned(Verify *v, Arena *arena, const Table *touched, double poison,
                         int64_t *dead, Text *where) {
    Bindings at = verify_changed(arena, v, &v->at, NULL, NULL);
    for (int i = 0; i < v->model->arrays.count; i++) {
        const Array *array = v->model->arrays.items[i];
        const double *values = table_get(&v->at.arrays, array);
        const bool *marks = table_get(touched, array);
        if (!values || array->kind == ARRAY_CONST) continue;
        int64_t count = verify_count(v, array, &v->at), own = 0;
        double *changed = ARENA_ARRAY(arena, double, count + 1);
        for (int64_t k = 0; k < count; k++) {
            changed[k] = values[k];
            if (marks && marks[k]) continue;
            changed[k] = other_value(v, array, values[k], poison);
            own++;
        }
        table_set(&at.arrays, array, changed);
        *dead += own;
        if (own && where)
            text_format(where, "%s%lld of %s", where->length ? ", " : "", (long long)own,
                        array->name);
    }
    return at;
}

static bool stands(Verify *v, const Callable *callable, const Table *touched) {
    Arena *arena = arena_new();
    Results plain, other;
    steelyard_call details;
    const char *difference = NULL;
    int status = verify_call(v, callable, &v->at, 1, arena, &plain, &details);
    for (int i = 0; i < 2 && status == STEELYARD_OK && !difference; i++) {
        int64_t dead = 0;
        Bindings at = poisoned(v, arena, touched, i ? (double)INFINITY : (double)NAN, &dead, NULL);
        status = verify_call(v, callable, &at, 2, arena, &other, &details);
        difference = status == STEELYARD_OK ? results_differ(v, &plain, &other, &v->at) : NULL;
        if (difference)
            verify_line(v, VERDICT_FAILS, "dead places", "%s with %s where nothing is read",
                        difference, i ? "infinity" : "NaN");
    }
    if (status != STEELYARD_OK) {
        verify_line(v, VERDICT_FAILS, "dead places", "%s refuses its data", callable->name);
        status_report(&v->data, status, &details);
    }
    arena_free(arena);
    return status == STEELYARD_OK && !difference;
}

void verify_dead(Verify *v) {
    const char *check = "dead places", *error = NULL;
    Table touched = table_new(v->compiler->arena);
    Text where = text_new(v->compiler->arena);
    int64_t dead = 0;
    if (v->cost > 3e7 || !touch_all(v, &touched, &error)) {
        verify_line(v, VERDICT_NOTHING, check, "%s",
                    error ? error : "too much for the reference evaluator: give smaller data");
        return;
    }
    poisoned(v, v->compiler->arena, &touched, NAN, &dead, &where);
    if (!dead) {
        verify_line(v, VERDICT_NOTHING, check, "every element of every input is read");
        return;
    }
    for (int i = 0; i < v->functions.count; i++)
        if (v->functions.items[i].is_whole && !stands(v, &v->functions.items[i], &touched)) return;
    verify_line(v, VERDICT_HOLDS, check,
                "NaN and infinity change no bit in %s, which nothing reads", where.chars);
}
