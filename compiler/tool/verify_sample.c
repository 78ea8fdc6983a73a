/* Data to verify a model on. Takes what the command line gives, gives all sizes and arrays: what is
 * missing is made up, from a seed.
 *
 * Made-up sizes are small, and such that every axis has elements. Made-up numbers keep what the
 * program says about them: an index lies on its axis, a weight is not negative, what is checked on
 * entry passes the check. Masks hold in two places of three, so that there are some in which
 * nothing exists. Numbers are positive, or between 0 and 1, where more of the outputs are finite
 * then (a logarithm, a probability). */
#include "../../runtime/steelyard_random.h"
#include "tool/verify.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIZE_TRIES = 400,
    CHECK_TRIES = 40,
    SAMPLE_TRIES = 6,
    SMALL_COST = 100000,  /* steps of the evaluator, for the outputs */
    LARGE_COST = 4000000, /* of emitted code */
    LARGE_SIZE = 20011
};

enum Domain { /* of made-up real numbers */
    DOMAIN_REAL,
    DOMAIN_POSITIVE,
    DOMAIN_UNIT,
    DOMAIN_COUNT
};

static uint64_t random_bits(Verify *v) {
    return sy_random_mix(sy_random_begin(v->seed), v->drawn++);
}

int verify_below(Verify *v, int limit) {
    return (int)((random_bits(v) >> 16) % (uint64_t)limit);
}

static double fraction(Verify *v) { /* 20 bits: as exact in f32 as in f64 */
    return ldexp((double)(random_bits(v) >> 44), -20);
}

double verify_real(Verify *v) {
    return 2 * fraction(v) - 1;
}

static int64_t extent_of(const Verify *v, const Axis *axis, const Bindings *at) {
    return evaluate_extent(v->graph, axis, at);
}

int64_t verify_count(const Verify *v, const Array *array, const Bindings *at) {
    int64_t count = 1;
    for (int i = 0; i < array->rank; i++)
        count *= extent_of(v, array->axes[i], at);
    return count;
}

const char *verify_element(const Verify *v, const Array *array, const Bindings *at,
                           int64_t position) {
    Data data = v->data;
    data.bindings = *at;
    data.compiler = v->compiler;
    data.model = v->model;
    return array_element(&data, array, position);
}

Bindings verify_changed(Arena *arena, const Verify *v, const Bindings *at, const Array *array,
                        double **values) {
    Bindings changed = *at;
    changed.arena = arena;
    changed.arrays = table_new(arena);
    for (int i = 0; i < at->arrays.capacity; i++)
        if (at->arrays.slots[i].key)
            table_set(&changed.arrays, at->arrays.slots[i].key, at->arrays.slots[i].value);
    if (!array) return changed;
    int64_t count = verify_count(v, array, at);
    *values = ARENA_ARRAY(arena, double, count + 1);
    memcpy(*values, table_get(&at->arrays, array), sizeof(double) * (size_t)count);
    table_set(&changed.arrays, array, *values);
    return changed;
}

bool verify_evaluate(const Verify *v, Node *node, const Array *array, const Bindings *at,
                     Tensor *tensor, const char **error) {
    return evaluate_node(v->graph, node, array->axes, array->rank, at, tensor, error);
}

/* --- sizes --- */

typedef Vector(Axis *) Sizes; /* that nothing tells */

static double cost_of(const Verify *v, const Bindings *at) {
    Arena *arena = arena_new();
    Table seen = table_new(arena), met = table_new(arena);
    NodeList nodes = {0};
    RecurrenceList list = {0};
    double cost = 0;
    for (int i = 0; i < v->model->outputs.count; i++) {
        graph_order(v->graph, v->model->outputs.items[i].value, &seen, &nodes);
        graph_recurrences(v->graph, v->model->outputs.items[i].value, &met, &list);
    }
    for (int i = 0; i < list.count; i++)
        graph_order(v->graph, list.items[i]->value, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++)
        cost += evaluate_cost(v->graph, nodes.items[i], at);
    for (int i = 0; i < v->model->arrays.count; i++)
        cost += (double)verify_count(v, v->model->arrays.items[i], at);
    arena_free(arena);
    return cost;
}

/* An axis that has no elements, or NULL. */
static const Axis *empty_axis(const Verify *v, const Bindings *at) {
    for (int i = 0; i < v->model->axes.count; i++)
        if (extent_of(v, v->model->axes.items[i], at) < 1) return v->model->axes.items[i];
    return NULL;
}

static void bind_size(Verify *v, Bindings *at, const Axis *axis, int64_t size) {
    int64_t *kept = ARENA_NEW(v->compiler->arena, int64_t);
    *kept = size;
    table_set(&at->sizes, axis, kept);
}

/* Axes of one size could be taken for each other, and nothing would show. */
static bool sizes_differ(const Verify *v, const Sizes *sizes, const Bindings *at) {
    for (int i = 0; i < sizes->count; i++)
        for (int k = 0; k < i; k++)
            if (extent_of(v, sizes->items[i], at) == extent_of(v, sizes->items[k], at))
                return false;
    return true;
}

static bool sizes_choose(Verify *v, const Sizes *missing, Bindings *at) {
    const Axis *empty = NULL;
    for (int i = 0; i < SIZE_TRIES && missing->count > 0; i++) {
        int least = i < SIZE_TRIES / 4 ? 4 : 1, most = i < SIZE_TRIES / 2 ? 9 : 2 + i / 10;
        for (int k = 0; k < missing->count; k++)
            bind_size(v, at, missing->items[k], least + verify_below(v, most - least + 1));
        empty = empty_axis(v, at);
        bool small = i > SIZE_TRIES / 2 || cost_of(v, at) < SMALL_COST;
        bool differ = i > SIZE_TRIES / 8 || sizes_differ(v, missing, at);
        if (!empty && small && differ) return true;
    }
    if (!empty) return true; /* all sizes are given, or what was made is large */
    Text list = text_new(v->compiler->arena);
    for (int k = 0; k < missing->count; k++)
        text_format(&list, "%s%s=NUMBER", k ? " " : "", missing->items[k]->name);
    report(v->compiler->diagnostics, VERIFY_SIZES, empty->span, empty->name, list.chars);
    return false;
}

static const char *sizes_text(Verify *v, const Bindings *at) {
    Text text = text_new(v->compiler->arena);
    for (int i = 0; i < v->model->axes.count; i++) {
        const Axis *axis = v->model->axes.items[i];
        if (axis->is_argument)
            text_format(&text, "%s%s = %lld", text.length ? ", " : "", axis->name,
                        (long long)extent_of(v, axis, at));
    }
    return text.chars;
}

/* --- numbers --- */

static bool is_given(const Array *array) {
    return array->kind == ARRAY_INPUT || array->kind == ARRAY_WEIGHT || array->kind == ARRAY_MASK ||
           array->kind == ARRAY_PARAM;
}

static double real_number(Verify *v, int domain) {
    switch (domain) {
    case DOMAIN_POSITIVE: return 0.125 + 2 * fraction(v);
    case DOMAIN_UNIT: return 0.0625 + 0.875 * fraction(v);
    default: return 2 * verify_real(v);
    }
}

static double number(Verify *v, const Array *array, int domain, const Bindings *at) {
    if (array->index_axis) {
        int64_t extent = extent_of(v, array->index_axis, at);
        if (array->has_none && (extent < 1 || verify_below(v, 4) == 0)) return (double)array->none;
        return extent > 0 ? verify_below(v, (int)extent) : 0;
    }
    if (array->type == SCALAR_BOOL) return verify_below(v, 3) > 0;
    if (scalar_is_integer(array->type)) return verify_below(v, 4);
    if (array->kind == ARRAY_WEIGHT) return verify_below(v, 6) ? 0.25 + 2 * fraction(v) : 0;
    return real_number(v, domain);
}

/* A param stays near where the program lets it begin. */
static double *beginning(Verify *v, const Array *array, const Bindings *at) {
    Tensor tensor;
    const char *error;
    if (array->kind != ARRAY_PARAM || !array->initial) return NULL;
    bool good = verify_evaluate(v, array->initial, array, at, &tensor, &error);
    return good ? tensor.values : NULL;
}

static void fill(Verify *v, int i, Bindings *at) {
    const Array *array = v->model->arrays.items[i];
    int64_t count = verify_count(v, array, at);
    double *begin = beginning(v, array, at);
    double *values = ARENA_ARRAY(v->compiler->arena, double, count + 1);
    for (int64_t k = 0; k < count; k++) {
        values[k] = number(v, array, v->domains[i], at);
        if (begin) values[k] = (double)(float)(begin[k] + 0.25 * verify_real(v));
    }
    table_set(&at->arrays, array, values);
}

static void load_given(Verify *v) {
    for (int i = 0; i < v->model->arrays.count; i++) {
        const Array *array = v->model->arrays.items[i];
        if (!is_given(array) || !v->data.given[i].place) continue;
        int64_t count = verify_count(v, array, &v->at);
        double *values = ARENA_ARRAY(v->compiler->arena, double, count + 1);
        for (int64_t k = 0; k < count; k++)
            values[k] = scalar_load(array->type, (const char *)v->data.given[i].values +
                                                     (size_t)k * scalar_size(array->type));
        table_set(&v->at.arrays, array, values);
    }
}

/* --- what is checked on entry --- */

static bool reads(const Verify *v, Node *node, const Array *array) {
    Arena *arena = arena_new();
    Table seen = table_new(arena);
    NodeList nodes = {0};
    bool found = false;
    graph_order(v->graph, node, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++)
        found = found || (nodes.items[i]->op == OP_ARRAY && nodes.items[i]->u.array == array);
    arena_free(arena);
    return found;
}

/* By an output: what is not may count the steps of a training. */
static bool is_read(const Verify *v, const Array *array) {
    for (int i = 0; i < v->model->outputs.count; i++)
        if (reads(v, v->model->outputs.items[i].value, array)) return true;
    return false;
}

static bool check_passes(const Verify *v, const RangeCheck *check, const Bindings *at) {
    Graph *graph = v->graph;
    Node *good = graph_inside(graph, check->index, check->axis);
    if (check->guard)
        good = graph_binary(graph, OP_OR, graph_unary(graph, OP_NOT, check->guard), good);
    Tensor tensor;
    const char *error;
    if (!evaluate_node(graph, good, good->axes->items, good->axes->count, at, &tensor, &error))
        return false;
    for (int64_t i = 0; i < tensor.count; i++)
        if (tensor.values[i] == 0) return false;
    return true;
}

/* Other numbers for what a check reads, the sooner from all of the axis, the later near 0. */
static bool draw_again(Verify *v, const RangeCheck *check, int tries, Bindings *at) {
    int64_t extent = extent_of(v, check->axis, at);
    bool any = false;
    double most = (double)extent - 0.5;
    if (tries > 4) most = most * (double)(CHECK_TRIES - 1 - tries) / (CHECK_TRIES - 1);
    for (int i = 0; i < v->model->arrays.count; i++) {
        const Array *array = v->model->arrays.items[i];
        if (!is_given(array) || v->data.given[i].place || array->type == SCALAR_BOOL ||
            array->index_axis || !reads(v, check->index, array))
            continue;
        int64_t count = verify_count(v, array, at);
        double *values = ARENA_ARRAY(v->compiler->arena, double, count + 1);
        for (int64_t k = 0; k < count; k++) {
            values[k] = most * fraction(v);
            if (scalar_is_integer(array->type)) values[k] = floor(values[k]);
        }
        table_set(&at->arrays, array, values);
        any = true;
    }
    return any;
}

static bool pass_checks(Verify *v, Bindings *at) {
    for (int i = 0; i < v->model->checks.count; i++) {
        const RangeCheck *check = &v->model->checks.items[i];
        bool good = check_passes(v, check, at);
        for (int tries = 0; !good && tries < CHECK_TRIES; tries++)
            good = draw_again(v, check, tries, at) && check_passes(v, check, at);
        if (good) continue;
        Text list = text_new(v->compiler->arena), index = text_new(v->compiler->arena);
        graph_print_node(&index, check->index);
        for (int k = 0; k < v->model->arrays.count; k++)
            if (is_given(v->model->arrays.items[k]) &&
                reads(v, check->index, v->model->arrays.items[k]))
                text_format(&list, "%s%s=FILE.npy", list.length ? " " : "",
                            v->model->arrays.items[k]->name);
        report(v->compiler->diagnostics, VERIFY_CHECKED, check->span, index.chars,
               check->axis->name, list.chars);
        return false;
    }
    return true;
}

/* --- where the outputs are finite --- */

static int not_finite(const Verify *v, const Bindings *at) {
    Bindings here = *at;
    int count = 0;
    here.arena = arena_new();
    for (int i = 0; i < v->model->outputs.count; i++) {
        const Output *output = &v->model->outputs.items[i];
        Tensor tensor;
        const char *error;
        if (!verify_evaluate(v, output->value, output->array, &here, &tensor, &error)) continue;
        for (int64_t k = 0; k < tensor.count; k++)
            count += !isfinite(tensor.values[k]);
    }
    arena_free(here.arena);
    return count;
}

static void choose_domains(Verify *v, Bindings *at) {
    int least = not_finite(v, at);
    for (int i = 0; i < v->model->arrays.count && least > 0; i++) {
        const Array *array = v->model->arrays.items[i];
        bool real = is_given(array) && scalar_is_float(array->type) && array->kind != ARRAY_WEIGHT;
        if (!real || v->data.given[i].place) continue;
        double *best = table_get(&at->arrays, array);
        for (int domain = 1; domain < DOMAIN_COUNT && least > 0; domain++) {
            int before = v->domains[i];
            v->domains[i] = domain;
            fill(v, i, at);
            int count = not_finite(v, at);
            if (count < least) {
                least = count;
                best = table_get(&at->arrays, array);
            } else {
                v->domains[i] = before;
                table_set(&at->arrays, array, best);
            }
        }
    }
}

static bool make_up(Verify *v, Bindings *at) {
    for (int i = 0; i < v->model->arrays.count; i++)
        if (is_given(v->model->arrays.items[i]) && !v->data.given[i].place) fill(v, i, at);
    return pass_checks(v, at);
}

/* --- more data, for threads --- */

static bool make_large(Verify *v) {
    const Model *model = v->model;
    v->large = bindings_new(v->compiler->arena);
    v->large.arrays = verify_changed(v->compiler->arena, v, &v->at, NULL, NULL).arrays;
    for (int i = 0; i < model->axes.count; i++)
        if (model->axes.items[i]->is_argument)
            bind_size(v, &v->large, model->axes.items[i],
                      extent_of(v, model->axes.items[i], &v->at));
    bool any = false;
    for (int i = 0; i < model->axes.count; i++) {
        const Axis *axis = model->axes.items[i];
        if (!axis->is_argument) continue;
        int64_t good = extent_of(v, axis, &v->at), size = LARGE_SIZE;
        for (; size > good; size = size / 2) {
            bind_size(v, &v->large, axis, size);
            if (!empty_axis(v, &v->large) && cost_of(v, &v->large) < LARGE_COST) break;
        }
        if (size < good) size = good;
        any = any || size > good;
        bind_size(v, &v->large, axis, size);
    }
    return any && make_up(v, &v->large);
}

/* Sizes, and numbers for what is not given; *worse: how many numbers of the outputs are not
 * finite. */
static bool make_all(Verify *v, const Sizes *missing, Bindings *at, int *worse) {
    *at = verify_changed(v->compiler->arena, v, &v->at, NULL, NULL);
    *worse = 0;
    at->sizes = table_new(v->compiler->arena);
    for (int i = 0; i < v->at.sizes.capacity; i++)
        if (v->at.sizes.slots[i].key)
            table_set(&at->sizes, v->at.sizes.slots[i].key, v->at.sizes.slots[i].value);
    if (!sizes_choose(v, missing, at) || !make_up(v, at)) return false;
    if (cost_of(v, at) > 1e6) return true;
    choose_domains(v, at);
    *worse = not_finite(v, at);
    return pass_checks(v, at);
}

/* Several are tried, until all that comes out is finite. */
static bool make_best(Verify *v, const Sizes *missing) {
    Bindings best = v->at;
    int least = -1;
    for (int i = 0; i < SAMPLE_TRIES && least != 0; i++) {
        DiagnosticsMark mark = diagnostics_mark(v->compiler->diagnostics);
        Bindings at;
        int worse;
        if (!make_all(v, missing, &at, &worse)) {
            if (i + 1 < SAMPLE_TRIES || least >= 0)
                diagnostics_rewind(v->compiler->diagnostics, &mark);
            continue;
        }
        if (least >= 0 && worse >= least) continue;
        least = worse;
        best = at;
    }
    v->at = best;
    return least >= 0;
}

static void say_sample(Verify *v) {
    Compiler *compiler = v->compiler;
    int given = 0, all = 0;
    for (int i = 0; i < v->model->arrays.count; i++) {
        all += is_given(v->model->arrays.items[i]);
        given += v->data.given[i].place != NULL;
    }
    const char *seed = v->options && v->options->seed ? v->options->seed : "0";
    const char *data = given == all ? "the data given"
                       : given      ? "the data given, and random numbers"
                                    : "random numbers";
    const char *sizes = sizes_text(v, &v->at);
    v->said = arena_format(compiler->arena, "%s%s%s%s", data,
                           given == all ? "" : arena_format(compiler->arena, " (seed %s)", seed),
                           *sizes ? ", " : "", sizes);
}

/* Numbers along axes whose sizes are not given come with the sizes; all else is loaded first. */
bool verify_sample(Verify *v, const Strings *words) {
    Compiler *compiler = v->compiler;
    Sizes missing = {0};
    data_words(compiler, v->model, words, &v->data);
    if (diagnostics_errors(compiler->diagnostics)) return false;
    for (int i = 0; i < v->model->axes.count; i++) {
        Axis *axis = v->model->axes.items[i];
        if (axis->is_argument && !table_has(&v->data.bindings.sizes, axis))
            vector_push(compiler->arena, &missing, axis);
    }
    if (!sizes_choose(v, &missing, &v->data.bindings) || !data_given(&v->data)) return false;
    v->at = v->data.bindings;
    v->domains = ARENA_ARRAY(compiler->arena, int, v->model->arrays.count + 1);
    for (int i = 0; i < v->model->arrays.count; i++)
        if (!is_read(v, v->model->arrays.items[i])) v->domains[i] = DOMAIN_POSITIVE;
    load_given(v);
    if (!make_best(v, &missing)) return false;
    v->data.bindings = v->at; /* for what is said about an element */
    v->cost = cost_of(v, &v->at);
    DiagnosticsMark mark = diagnostics_mark(compiler->diagnostics);
    v->has_large = words->count == 1 && make_large(v);
    diagnostics_rewind(compiler->diagnostics, &mark);
    say_sample(v);
    return true;
}
