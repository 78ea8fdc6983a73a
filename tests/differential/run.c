/* One program on data: its emitted function against the evaluator, against itself on other numbers
 * of threads, and against itself with NaN where nothing exists. */
#include "graph/bound.h"
#include "test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIZE_SETS = 3,
    MOST_ARRAYS = 128
};

typedef struct Run {
    Test *test;
    Packed *packed;
    void (*set_threads)(int);
    Random random;
    Arena *arena;
    Bindings bindings;
    int64_t sizes[16];
    int size_count, input_count, output_count;
    int64_t counts[MOST_ARRAYS]; /* of inputs, then of outputs */
    void *arrays[MOST_ARRAYS];
    void *kept[MOST_ARRAYS]; /* outputs on one thread */
    char said[120];          /* "n = 3, m = 5" */
} Run;

/* --- elements --- */

static size_t element_size(Scalar type) {
    static const size_t sizes[] = {1, 4, 8, 4, 8, 2, 2};
    return sizes[type];
}

/* Just that many bytes: the sanitizers see what is read or written beside them. */
static char *memory_of(size_t bytes) {
    return malloc(bytes > 0 ? bytes : 1);
}

static void put_element(void *memory, Scalar type, int64_t i, double value) {
    switch (type) {
    case SCALAR_BOOL: ((unsigned char *)memory)[i] = value != 0; return;
    case SCALAR_I32: ((int32_t *)memory)[i] = (int32_t)value; return;
    case SCALAR_I64: ((int64_t *)memory)[i] = (int64_t)value; return;
    case SCALAR_F32: ((float *)memory)[i] = (float)value; return;
    case SCALAR_F64: ((double *)memory)[i] = value; return;
    case SCALAR_F16: ((uint16_t *)memory)[i] = sy_f16_from_f32((float)value); return;
    case SCALAR_BF16: ((uint16_t *)memory)[i] = sy_bf16_from_f32((float)value); return;
    }
}

static double get_element(const void *memory, Scalar type, int64_t i) {
    switch (type) {
    case SCALAR_BOOL: return ((const unsigned char *)memory)[i];
    case SCALAR_I32: return ((const int32_t *)memory)[i];
    case SCALAR_I64: return (double)((const int64_t *)memory)[i];
    case SCALAR_F32: return (double)((const float *)memory)[i];
    case SCALAR_F64: return ((const double *)memory)[i];
    case SCALAR_F16: return (double)sy_f32_from_f16(((const uint16_t *)memory)[i]);
    case SCALAR_BF16: return (double)sy_f32_from_bf16(((const uint16_t *)memory)[i]);
    }
    return 0;
}

static int64_t extent_of(const Run *run, const Axis *axis) {
    return evaluate_extent(run->test->model->graph, axis, &run->bindings);
}

static int64_t count_of(const Run *run, const Array *array) {
    int64_t count = 1;
    for (int i = 0; i < array->rank; i++)
        count *= extent_of(run, array->axes[i]);
    return count;
}

/* --- sizes --- */

/* About how many steps the evaluator takes. */
static double work(const Run *run) {
    double total = 0;
    for (int i = 0; i < run->test->nodes.count; i++)
        total += evaluate_cost(run->test->model->graph, run->test->nodes.items[i], &run->bindings);
    for (int i = 0; i < run->test->model->outputs.count; i++)
        total += 4 * (double)count_of(run, run->test->model->outputs.items[i].array);
    for (int i = 0; i < run->test->model->arrays.count; i++)
        total += (double)count_of(run, run->test->model->arrays.items[i]);
    return total;
}

/* Every extent at least 0, and something to be an index of. */
static bool sizes_are_legal(const Run *run) {
    const Model *model = run->test->model;
    for (int i = 0; i < model->axes.count; i++)
        if (extent_of(run, model->axes.items[i]) < 0) return false;
    for (int i = 0; i < model->arrays.count; i++) {
        const Array *array = model->arrays.items[i];
        if (array->index_axis && !array->has_none && count_of(run, array) > 0 &&
            extent_of(run, array->index_axis) == 0)
            return false;
    }
    return true;
}

static void choose_sizes(Run *run, int set) {
    static const int64_t large[] = {33, 65, 70, 129, 130, 300, 320, 515, 5000, 4097};
    for (int i = 0; i < run->size_count; i++)
        run->sizes[i] = set == 0   ? random_below(&run->random, 3)
                        : set == 1 ? 2 + random_below(&run->random, 7)
                                   : 1 + random_below(&run->random, 5);
    if (set == 2 && run->size_count > 0)
        run->sizes[random_below(&run->random, run->size_count)] =
            large[random_below(&run->random, 10)];
    double limit = (set == 2 ? 60e3 : 30e3) * run->test->level;
    for (int tries = 0; tries < 20 && work(run) > limit; tries++) {
        int largest = 0;
        for (int i = 1; i < run->size_count; i++)
            if (run->sizes[i] > run->sizes[largest]) largest = i;
        if (run->size_count > 0) run->sizes[largest] = run->sizes[largest] * 2 / 3;
    }
    for (int tries = 0; tries < 20 && !sizes_are_legal(run); tries++)
        for (int i = 0; i < run->size_count; i++)
            run->sizes[i]++;
}

static void bind_sizes(Run *run, const Model *model, Bindings *bindings) {
    int at = 0;
    for (int i = 0; i < model->axes.count; i++)
        if (model->axes.items[i]->is_argument)
            table_set(&bindings->sizes, model->axes.items[i], &run->sizes[at++]);
    run->size_count = at;
}

static void say_sizes(Run *run) {
    const Model *model = run->test->model;
    size_t length = 0;
    int at = 0;
    for (int i = 0; i < model->axes.count; i++) {
        if (!model->axes.items[i]->is_argument) continue;
        length +=
            (size_t)snprintf(run->said + length, sizeof run->said - length, "%s%s = %lld",
                             at ? ", " : "", model->axes.items[i]->name, (long long)run->sizes[at]);
        at++;
    }
}

/* --- data --- */

/* Multiples of 1/8 between -2 and 2: exact in every float type, with ties. */
static double random_value(Run *run, const Array *array) {
    Random *random = &run->random;
    if (array->index_axis) {
        int64_t extent = extent_of(run, array->index_axis);
        if (array->has_none && (extent == 0 || random_below(random, 3) == 0))
            return (double)array->none;
        return extent > 0 ? random_below(random, (int)extent) : 0;
    }
    if (array->type == SCALAR_BOOL) return random_below(random, 3) > 0;
    if (scalar_is_integer(array->type)) return random_below(random, 7) - 2;
    if (array->kind == ARRAY_WEIGHT) return random_below(random, 9) / 4.0;
    return (random_below(random, 33) - 16) / 8.0;
}

static void make_inputs(Run *run) {
    const Model *model = run->test->model;
    for (int i = 0; i < model->arrays.count; i++) {
        const Array *array = model->arrays.items[i];
        if (array->kind == ARRAY_CONST) continue;
        int64_t count = count_of(run, array);
        double *values = ARENA_ARRAY(run->arena, double, count + 1);
        char *memory = memory_of((size_t)count * element_size(array->type));
        for (int64_t k = 0; k < count; k++) {
            values[k] = random_value(run, array);
            put_element(memory, array->type, k, values[k]);
        }
        table_set(&run->bindings.arrays, array, values);
        run->counts[run->input_count] = count;
        run->arrays[run->input_count++] = memory;
    }
    run->output_count = model->outputs.count;
    for (int i = 0; i < run->output_count; i++)
        run->counts[run->input_count + i] = count_of(run, model->outputs.items[i].array);
}

/* --- the emitted function --- */

/* Fresh outputs, then a call. */
static bool call(Run *run, int threads) {
    Test *test = run->test;
    for (int i = 0; i < run->output_count; i++) {
        const Array *array = test->model->outputs.items[i].array;
        size_t bytes = (size_t)run->counts[run->input_count + i] * element_size(array->type);
        char *memory = memory_of(bytes);
        memset(memory, 0xff, bytes);
        run->arrays[run->input_count + i] = memory;
    }
    run->set_threads(threads);
    steelyard_call details = {0};
    int status = run->packed(run->sizes, run->arrays, &details);
    char what[200];
    if (status == 0) return true;
    steelyard_describe(status, &details, what, sizeof what);
    test_fail(test, FAULT_STATUS, "%s: %s", run->said, what);
    return false;
}

static void drop_outputs(Run *run) {
    for (int i = 0; i < run->output_count; i++) {
        free(run->arrays[run->input_count + i]);
        run->arrays[run->input_count + i] = NULL;
    }
}

static void same_bits(Run *run, Fault fault, const char *how) {
    for (int i = 0; i < run->output_count; i++) {
        const Array *array = run->test->model->outputs.items[i].array;
        const char *a = run->kept[i], *b = run->arrays[run->input_count + i];
        size_t size = element_size(array->type);
        for (int64_t k = 0; k < run->counts[run->input_count + i]; k++) {
            if (memcmp(a + (size_t)k * size, b + (size_t)k * size, size) == 0) continue;
            double x = get_element(a, array->type, k), y = get_element(b, array->type, k);
            if (isnan(x) && isnan(y)) continue;
            test_fail(run->test, fault, "%s: %s at %lld is %.9g, but %.9g %s", run->said,
                      array->name, (long long)k, x, y, how);
            return;
        }
    }
}

/* --- against the evaluator --- */

static bool evaluated(Run *run, Node *value, bool simple, const Array *array, Tensor *tensor) {
    const char *error = NULL;
    test_use(run->test, simple);
    if (evaluate_node(run->test->model->graph, value, array->axes, array->rank, &run->bindings,
                      tensor, &error))
        return true;
    if (!strstr(error, "too large")) /* as what a value is made of may be */
        test_fail(run->test, FAULT_EVALUATOR, "%s: %s: %s", run->said, array->name, error);
    return false;
}

/* Agrees; or is not to be compared (then *skipped counts). */
static bool agrees(double got, double want, double bound, int64_t *skipped) {
    bool overflows =
        bound > 1e18 && !isfinite(got); /* squares of such f32 do, and inf - inf is NaN */
    if (isnan(bound) || isinf(bound) || fabs(want) > 1e37 || overflows) {
        if (isnan(want) && isnan(got)) return true;
        ++*skipped;
        return true;
    }
    if (isnan(want)) return isnan(got);
    if (isinf(want) || isinf(got)) return got == want;
    return fabs(got - want) <= 4 * bound;
}

static void compare(Run *run, int output, const Tensor *plain, const Tensor *bounds) {
    Test *test = run->test;
    const Array *array = test->model->outputs.items[output].array;
    for (int64_t i = 0; i < plain->count; i++) {
        double want = plain->values[i], bound = bounds ? bounds->values[i] : 0;
        double got = get_element(run->kept[output], array->type, i);
        if (scalar_is_float(array->type) && !isinf(want)) want = want + 0;
        if (array->type == SCALAR_F16 || array->type == SCALAR_BF16)
            bound += fabs(want) * (array->type == SCALAR_F16 ? 0x1p-11 : 0x1p-8) + 0x1p-25;
        test->result->compared++;
        if (agrees(got, want, bound, &test->result->skipped)) continue;
        test_fail(test, FAULT_WRONG, "%s: %s at %lld is %.9g, not %.9g (within %.2g)", run->said,
                  array->name, (long long)i, got, want, 4 * bound);
        return;
    }
}

static void compare_simplified(Run *run, int output, const Tensor *plain, const Tensor *bounds,
                               Tensor *simple) {
    Test *test = run->test;
    const Array *array = test->model->outputs.items[output].array;
    int64_t skipped = 0;
    if (!evaluated(run, test->simple[output], true, array, simple)) return;
    for (int64_t i = 0; i < plain->count; i++) {
        if (agrees(simple->values[i], plain->values[i], bounds ? bounds->values[i] : 0, &skipped))
            continue;
        test_fail(test, FAULT_SIMPLIFIED, "%s: %s at %lld is simplified to %.17g, not %.17g",
                  run->said, array->name, (long long)i, simple->values[i], plain->values[i]);
        return;
    }
}

static void compare_outputs(Run *run) {
    Test *test = run->test;
    for (int i = 0; i < run->output_count; i++) {
        const Array *array = test->model->outputs.items[i].array;
        Tensor plain, bounds, simple = {0};
        if (!evaluated(run, test->plain[i], false, array, &plain)) return;
        if (test->bounds[i] && !evaluated(run, test->bounds[i], false, array, &bounds)) return;
        const Tensor *bound = test->bounds[i] ? &bounds : NULL;
        compare(run, i, &plain, bound);
        compare_simplified(run, i, &plain, bound, &simple);
    }
}

/* --- NaN where nothing exists --- */

static int input_named(const Model *model, const char *name) {
    int at = 0;
    for (int i = 0; i < model->arrays.count; i++) {
        if (model->arrays.items[i]->kind == ARRAY_CONST) continue;
        if (strcmp(model->arrays.items[i]->name, name) == 0) return at;
        at++;
    }
    return -1;
}

static const Array *input_at(const Model *model, int at) {
    for (int i = 0;; i++)
        if (model->arrays.items[i]->kind != ARRAY_CONST && at-- == 0) return model->arrays.items[i];
}

static bool poison(Run *run, double value) {
    const Model *model = run->test->model;
    bool any = false;
    for (int i = 0; i < run->input_count; i++) {
        const Array *array = input_at(model, i);
        int mask = strncmp(array->name, "p_", 2) == 0 ? input_named(model, array->name + 2) : -1;
        if (mask < 0) continue;
        const Array *given = input_at(model, mask);
        for (int64_t k = 0; k < run->counts[i]; k++) {
            int64_t place = 0, stride = 1;
            for (int m = given->rank - 1; m >= 0; m--) {
                int64_t rest = k, index = 0;
                for (int a = array->rank - 1; a >= 0; a--) {
                    int64_t extent = extent_of(run, array->axes[a]);
                    if (array->axes[a] == given->axes[m]) index = rest % extent;
                    rest /= extent;
                }
                place += index * stride;
                stride *= extent_of(run, given->axes[m]);
            }
            if (((const unsigned char *)run->arrays[mask])[place]) continue;
            put_element(run->arrays[i], array->type, k, value);
            any = true;
        }
    }
    return any;
}

/* --- what model_print writes --- */

/* The printer has no words for these: a least integer where nothing is left (`empty` is a condition
 * around it by then), a random number at an index that is no axis, and NaN. */
static bool is_printable(const Test *test, const char *text, bool *has_nan) {
    if (strstr(text, "[_")) return false;
    for (int i = 0; i < test->nodes.count; i++) {
        const Node *node = test->nodes.items[i];
        bool extreme = node->op == OP_REDUCE_MIN || node->op == OP_REDUCE_MAX;
        bool arg = node->op == OP_ARGMIN || node->op == OP_ARGMAX;
        if ((arg || (extreme && !scalar_is_float(node->type))) && node_where(node)) return false;
        *has_nan |= node->op == OP_NUMBER && scalar_is_float(node->type) && isnan(node->u.number);
    }
    return true;
}

static void check_printed(Run *run, const char *text, Node *const *values, bool whole) {
    Test *test = run->test;
    bool has_nan = false;
    if (!is_printable(test, text, &has_nan)) return;
    Compiler *compiler = compiler_new();
    Model *again = test_parse(compiler, test->name, text);
    if (!again || again->outputs.count != test->model->outputs.count) {
        fprintf(stderr, "%s\n", text);
        test_fail(test, FAULT_PRINTED, "what model_print writes is refused:\n%.300s", text);
        compiler_free(compiler);
        return;
    }
    /* a condition that is known is decided as it is read, and a read that has lost sight of its
     * guard is given a value outside: equal, but other nodes */
    bool alike = !strstr(text, "true") && !strstr(text, "false") && !strstr(text, "else 0]") &&
                 !strstr(text, " + 0]") && /* an axis that could be taken for another */
                 !strstr(text, " + 0,");   /* here too, before others */
    if (whole && alike && !has_nan && test_count_nodes(compiler, again) > test->node_count)
        /* less: a value that stands beside the let of it is read by its name everywhere */
        test_fail(test, FAULT_PRINTED, "what model_print writes has %d nodes, not %d",
                  test_count_nodes(compiler, again), test->node_count);
    Bindings bindings = bindings_new(run->arena);
    bind_sizes(run, again, &bindings);
    for (int i = 0; i < again->arrays.count && i < test->model->arrays.count; i++) {
        double *numbers = table_get(&run->bindings.arrays, test->model->arrays.items[i]);
        if (numbers) table_set(&bindings.arrays, again->arrays.items[i], numbers);
    }
    for (int i = 0; i < again->outputs.count; i++) {
        const Output *output = &again->outputs.items[i];
        Tensor first, second;
        const char *error = NULL;
        if (!evaluated(run, values[i], !whole, test->model->outputs.items[i].array, &first)) break;
        if (!evaluate_node(again->graph, output->value, output->array->axes, output->array->rank,
                           &bindings, &second, &error)) {
            test_fail(test, FAULT_PRINTED, "printed, %s: %s", output->array->name, error);
            break;
        }
        for (int64_t k = 0; k < first.count; k++)
            if (memcmp(&first.values[k], &second.values[k], 8) != 0 &&
                !(isnan(first.values[k]) && isnan(second.values[k]))) {
                test_fail(test, FAULT_PRINTED, "%s: printed, %s at %lld is %.17g, not %.17g",
                          run->said, output->array->name, (long long)k, second.values[k],
                          first.values[k]);
                break;
            }
    }
    compiler_free(compiler);
}

/* --- all of it --- */

static void run_sizes(Test *test, Packed *packed, void (*set_threads)(int), uint64_t seed,
                      int set) {
    static const int threads[] = {2, 3, 5};
    Arena *arena = arena_new();
    Run *run = ARENA_NEW(arena, Run);
    *run = (Run){.test = test,
                 .packed = packed,
                 .set_threads = set_threads,
                 .random = {seed},
                 .arena = arena};
    run->bindings = bindings_new(arena);
    bind_sizes(run, test->model, &run->bindings);
    choose_sizes(run, set);
    say_sizes(run);
    make_inputs(run);
    bool good = call(run, 1);
    for (int i = 0; i < run->output_count; i++)
        run->kept[i] = run->arrays[run->input_count + i];
    if (good) compare_outputs(run);
    for (int t = 0; good && t < 3; t++) {
        good = call(run, threads[t]);
        char how[40];
        snprintf(how, sizeof how, "on %d threads", threads[t]);
        if (good) same_bits(run, FAULT_THREADS, how);
        drop_outputs(run);
    }
    for (int p = 0; good && p < 2 && poison(run, p ? (double)INFINITY : (double)NAN); p++) {
        if (call(run, 2))
            same_bits(run, FAULT_POISON,
                      p ? "with infinity where nothing exists" : "with NaN where nothing exists");
        drop_outputs(run);
    }
    if (good && set < 2) laws_check(test, &run->bindings, run->said, seed);
    if (good && set == 1) {
        check_printed(run, test->printed, test->plain, true);
        check_printed(run, test->printed_simple, test->simple, false);
    }
    for (int i = 0; i < run->input_count; i++)
        free(run->arrays[i]);
    for (int i = 0; i < run->output_count; i++)
        free(run->kept[i]);
    arena_free(arena);
}

void test_run(Test *test, Packed *packed, void (*set_threads)(int), uint64_t seed) {
    Bounds bounds = bounds_new(test->model->graph);
    test_use(test, false);
    for (int i = 0; i < test->model->outputs.count; i++)
        test->bounds[i] = bound_of(&bounds, test->plain[i]);
    for (int set = 0; set < SIZE_SETS && test->result->fault == FAULT_NONE; set++)
        run_sizes(test, packed, set_threads, seed * 31 + (uint64_t)set, set);
}
