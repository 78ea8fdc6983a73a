/* Emitted functions on data in doubles: against the reference evaluator, and against themselves on
 * other numbers of threads. */
#include "tool/verify.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- calls --- */

static const Array *input_named(const Verify *v, const char *name) {
    const Model *model = v->model;
    for (int i = 0; i < model->arrays.count; i++)
        if (strcmp(model->arrays.items[i]->name, name) == 0) return model->arrays.items[i];
    for (int i = 0; model->training && i < model->training->states.count; i++)
        if (strcmp(model->training->states.items[i]->name, name) == 0)
            return model->training->states.items[i];
    return NULL;
}

static const Array *output_named(const Verify *v, const char *name) {
    for (int i = 0; i < v->model->outputs.count; i++)
        if (strcmp(v->model->outputs.items[i].array->name, name) == 0)
            return v->model->outputs.items[i].array;
    bug("nothing is called %s", name);
}

static int64_t size_named(const Verify *v, const char *name, const Bindings *at) {
    for (int i = 0; i < v->model->axes.count; i++) {
        const Axis *axis = v->model->axes.items[i];
        if (axis->is_argument && strcmp(axis->name, name) == 0)
            return evaluate_extent(v->graph, axis, at);
    }
    bug("no size is called %s", name);
}

static void *stored(Arena *arena, const Array *array, const double *values, int64_t count) {
    size_t size = scalar_size(array->type);
    char *memory = arena_alloc(arena, (size_t)count * size + 1);
    for (int64_t i = 0; i < count; i++) {
        const char *reason;
        scalar_store(arena, array->type, values[i], memory + (size_t)i * size, &reason);
    }
    return memory;
}

int verify_call(Verify *v, const Callable *callable, const Bindings *at, int threads, Arena *arena,
                Results *results, steelyard_call *details) {
    const Emitted *e = &callable->emitted;
    int64_t *sizes = ARENA_ARRAY(arena, int64_t, e->sizes.count + 1);
    void **arrays = ARENA_ARRAY(arena, void *, e->arrays.count + 1);
    *results = (Results){0};
    *details = (steelyard_call){0};
    for (int i = 0; i < e->sizes.count; i++)
        sizes[i] = size_named(v, e->sizes.items[i]->name, at);
    for (int i = 0; i < e->arrays.count; i++) {
        const Variable *parameter = e->arrays.items[i];
        const bool is_input = parameter->is_const || !parameter->pointer;
        const Array *array = input_named(v, parameter->name);
        if (!array || !(is_input || callable->is_step)) array = output_named(v, parameter->name);
        int64_t count = verify_count(v, array, at);
        const double *values = table_get(&at->arrays, array);
        const size_t bytes = (size_t)count * scalar_size(array->type);
        if (values && array->kind != ARRAY_OUTPUT) {
            arrays[i] = stored(arena, array, values, count);
        } else {
            arrays[i] = arena_alloc(arena, bytes + 1);
            memset(arrays[i], 0xff, bytes); /* NaN, not a likely number */
        }
        if (is_input) continue;
        vector_push(arena, &results->arrays, array);
        vector_push(arena, &results->values, arrays[i]);
        vector_push(arena, &results->counts, count);
    }
    if (v->set_threads) v->set_threads(threads);
    return e->function(sizes, arrays, details);
}

double result_value(const Results *results, int array, int64_t position) {
    Scalar type = results->arrays.items[array]->type;
    return scalar_load(type, (const char *)results->values.items[array] +
                                 (size_t)position * scalar_size(type));
}

const char *results_differ(const Verify *v, const Results *a, const Results *b,
                           const Bindings *at) {
    for (int i = 0; i < a->arrays.count; i++) {
        const Array *array = a->arrays.items[i];
        const char *left = a->values.items[i], *right = b->values.items[i];
        const size_t size = scalar_size(array->type);
        for (int64_t k = 0; k < a->counts.items[i]; k++) {
            if (memcmp(left + (size_t)k * size, right + (size_t)k * size, size) == 0) continue;
            double x = result_value(a, i, k), y = result_value(b, i, k);
            if (isnan(x) && isnan(y)) continue;
            return arena_format(v->compiler->arena, "%s is %.9g, but %.9g",
                                verify_element(v, array, at, k), x, y);
        }
    }
    return NULL;
}

static bool refused(Verify *v, const char *check, const Callable *callable, int status,
                    const steelyard_call *details) {
    if (status == STEELYARD_OK) return false;
    verify_line(v, VERDICT_FAILS, check, "%s refuses its data", callable->name);
    status_report(&v->data, status, details);
    return true;
}

/* --- against the reference --- */

typedef struct Agreement {
    int64_t compared, unclear;
    double worst, worst_error; /* a share of what rounding explains; relative */
    const char *worst_at, *wrong;
} Agreement;

static double own_rounding(Scalar type, double value) {
    if (type == SCALAR_F16) return fabs(value) * 0x1p-11 + 0x1p-25;
    return type == SCALAR_BF16 ? fabs(value) * 0x1p-8 + 0x1p-133 : 0;
}

static void compare_element(Verify *v, const Array *array, int64_t position, double got,
                            double want, double bound, Agreement *a) {
    const bool both_nan = isnan(got) && isnan(want);
    const double large = array->type == SCALAR_F64 ? 1e300 : array->type == SCALAR_F16 ? 6e4 : 1e37;
    if (both_nan || got == want) {
        a->compared++;
    } else if (!isfinite(bound) || fabs(want) > large) {
        a->unclear++;
        return;
    } else {
        a->compared++;
        double error = fabs(got - want), room = 4 * bound;
        if (!(error <= room) && !a->wrong)
            a->wrong = arena_format(v->compiler->arena, "%s is %.9g, not %.9g (within %.2g)",
                                    verify_element(v, array, &v->at, position), got, want, room);
        double share = room > 0 ? error / room : 0;
        if (a->worst_at && share <= a->worst) return;
        a->worst = share;
        a->worst_error = want != 0 ? error / fabs(want) : error;
        a->worst_at = verify_element(v, array, &v->at, position);
        return;
    }
    if (!a->worst_at) a->worst_at = verify_element(v, array, &v->at, position);
}

/* Integers that become floats: how many bits they have. */
static int whole_bits(const Verify *v) {
    double most = 65536;
    for (int i = 0; i < v->model->arrays.count; i++) {
        const Array *array = v->model->arrays.items[i];
        const double *values = table_get(&v->at.arrays, array);
        if (!values || scalar_is_float(array->type)) continue;
        for (int64_t k = 0; k < verify_count(v, array, &v->at); k++)
            most = fmax(most, fabs(values[k]));
    }
    return ilogb(most) + (most > 65536);
}

static void compare_array(Verify *v, const Results *results, int i, Node *value, Bounds *bounds,
                          const Bindings *at, Agreement *a) {
    const Array *array = results->arrays.items[i];
    Tensor want, room = {0};
    const char *error = NULL;
    Node *bound = bound_of(bounds, value);
    if (!verify_evaluate(v, value, array, at, &want, &error) ||
        (bound && !verify_evaluate(v, bound, array, at, &room, &error))) {
        if (!strstr(error, "too large") && !a->wrong)
            a->wrong =
                arena_format(v->compiler->arena, "%s: the reference: %s", array->name, error);
        a->unclear += results->counts.items[i];
        return;
    }
    for (int64_t k = 0; k < want.count; k++)
        compare_element(v, array, k, result_value(results, i, k), want.values[k],
                        (bound ? room.values[k] : 0) + own_rounding(array->type, want.values[k]),
                        a);
}

static Node *value_of(const Verify *v, const Array *array) {
    for (int i = 0; i < v->model->outputs.count; i++)
        if (v->model->outputs.items[i].array == array) return v->plain[i];
    bug("%s is no output", array->name);
}

/* An update with the gradients that it reads written out. */
static Node *written_out(Verify *v, Node *value) {
    Graph *graph = v->graph;
    Arena *arena = v->compiler->arena;
    const Training *training = v->model->training;
    Table seen = table_new(arena), made = table_new(arena);
    NodeList nodes = {0};
    graph_order(graph, value, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        Node *node = nodes.items[i], *now = NULL;
        Node **arguments = ARENA_ARRAY(arena, Node *, node->argument_count + 1);
        for (int g = 0; node->op == OP_ARRAY && g < training->gradients.count; g++)
            if (training->gradients.items[g].array == node->u.array)
                now = graph_convert(graph, node->type, training->gradients.items[g].value);
        for (int a = 0; a < node->argument_count; a++)
            arguments[a] = table_get(&made, node->arguments[a]);
        if (!now) now = node->argument_count ? graph_rebuild(graph, node, arguments) : node;
        table_set(&made, node, now);
    }
    return table_get(&made, value);
}

/* The states as the optimizer begins. */
static Bindings at_start(Verify *v) {
    const Training *training = v->model->training;
    Arena *arena = v->compiler->arena;
    Bindings at = verify_changed(arena, v, &v->at, NULL, NULL);
    double *seed = ARENA_NEW(arena, double);
    table_set(&at.arrays, training->seed, seed);
    for (int i = 0; i < training->initials.count; i++) {
        const Array *array = training->updates.items[i].array;
        Tensor tensor;
        const char *error;
        if (array->kind == ARRAY_STATE &&
            verify_evaluate(v, training->initials.items[i].value, array, &at, &tensor, &error))
            table_set(&at.arrays, array, tensor.values);
    }
    return at;
}

static void compare_step(Verify *v, const Results *results, const Bindings *at, Bounds *bounds,
                         Agreement *a) {
    const Training *training = v->model->training;
    for (int i = 0; i < results->arrays.count; i++) {
        const Array *array = results->arrays.items[i];
        Node *value = NULL;
        for (int u = 0; u < training->updates.count; u++)
            if (training->updates.items[u].array == array)
                value = written_out(v, training->updates.items[u].value);
        if (!value) value = value_of(v, array);
        compare_array(v, results, i, value, bounds, at, a);
    }
}

static bool reference_of(Verify *v, const Callable *callable, Bounds *bounds, Agreement *a) {
    Arena *arena = arena_new();
    Results results;
    steelyard_call details;
    Bindings at = callable->is_step ? at_start(v) : v->at;
    int status = verify_call(v, callable, &at, 2, arena, &results, &details);
    bool good = !refused(v, "emitted C", callable, status, &details);
    at.arena = arena;
    if (good && callable->is_step) compare_step(v, &results, &at, bounds, a);
    for (int i = 0; good && !callable->is_step && i < results.arrays.count; i++)
        compare_array(v, &results, i, value_of(v, results.arrays.items[i]), bounds, &at, a);
    arena_free(arena);
    return good;
}

void verify_reference(Verify *v) {
    Agreement a = {0};
    Bounds bounds = bounds_general(v->graph, false);
    bounds.whole = whole_bits(v);
    if (v->cost > 3e8) {
        verify_line(v, VERDICT_NOTHING, "emitted C",
                    "too much for the reference evaluator: give smaller data");
        return;
    }
    for (int i = 0; i < v->functions.count; i++)
        if (!reference_of(v, &v->functions.items[i], &bounds, &a)) return;
    const char *unclear = a.unclear ? arena_format(v->compiler->arena, "; %lld too close to call",
                                                   (long long)a.unclear)
                                    : "";
    if (a.wrong)
        verify_line(v, VERDICT_FAILS, "emitted C", "%s", a.wrong);
    else if (!a.compared)
        verify_line(v, VERDICT_NOTHING, "emitted C", "no number to compare%s", unclear);
    else
        verify_line(v, VERDICT_HOLDS, "emitted C",
                    "%lld numbers as the reference has them, worst %.1e off (%.0f %% of what "
                    "rounding may do): %s%s",
                    (long long)a.compared, a.worst_error, 100 * a.worst, a.worst_at, unclear);
}

/* --- threads --- */

static bool threads_of(Verify *v, const Callable *callable, const Bindings *given) {
    static const int counts[] = {2, 3, 4, 8};
    Arena *arena = arena_new();
    Results one, other;
    steelyard_call details;
    Bindings at = *given;
    const char *difference = NULL;
    if (callable->is_step && given == &v->at) at = at_start(v);
    int status = verify_call(v, callable, &at, 1, arena, &one, &details);
    bool good = !refused(v, "threads", callable, status, &details);
    for (int i = 0; good && !difference && i < 4; i++) {
        status = verify_call(v, callable, &at, counts[i], arena, &other, &details);
        good = !refused(v, "threads", callable, status, &details);
        difference = good ? results_differ(v, &one, &other, &at) : NULL;
        if (difference)
            verify_line(v, VERDICT_FAILS, "threads", "%s on %d threads", difference, counts[i]);
    }
    arena_free(arena);
    return good && !difference;
}

void verify_threads(Verify *v) {
    if (!v->set_threads) {
        verify_line(v, VERDICT_NOTHING, "threads", "no loop is parallel");
        return;
    }
    Text larger = text_new(v->compiler->arena);
    for (int i = 0; i < v->functions.count; i++) {
        const Callable *callable = &v->functions.items[i];
        if (!threads_of(v, callable, &v->at)) return;
        if (v->has_large && !callable->is_step && !threads_of(v, callable, &v->large)) return;
    }
    for (int i = 0; v->has_large && i < v->model->axes.count; i++)
        if (v->model->axes.items[i]->is_argument)
            text_format(&larger, "%s%s = %lld", larger.length ? ", " : "; also with ",
                        v->model->axes.items[i]->name,
                        (long long)evaluate_extent(v->graph, v->model->axes.items[i], &v->large));
    verify_line(v, VERDICT_HOLDS, "threads", "equal bits on 1, 2, 3, 4 and 8 threads%s",
                larger.chars);
}
