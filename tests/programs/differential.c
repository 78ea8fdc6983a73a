/* Random programs: emitted C against the reference evaluator, and against itself on other numbers
 * of threads.
 *
 *     differential --count 2000 --seed 1 [--keep DIR] [--cc CC] [--flags FLAGS] [--runtime DIR]
 *
 * Programs are compiled many to a library. Each is run at several sizes; every output must have the
 * same bits on 1, 2, 3 and 5 threads, and agree with what the evaluator gives for the graph as it
 * was before it was simplified. Every second program is float64. The work below which loops stay on
 * one thread is lowered to nothing, so that small sizes run in parallel too. */
#include "check/check.h"
#include "emit/emit.h"
#include "generate.h"
#include "loops/loops.h"
#include "plan/plan.h"
#include "steelyard.h"
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    BATCH = 40,
    SIZE_SETS = 5
};
static const int64_t size_sets[SIZE_SETS][2] = {{0, 2}, {1, 1}, {5, 3}, {34, 70}, {131, 2}};

typedef struct Options {
    int count;
    uint64_t seed;
    const char *keep, *cc, *flags, *runtime;
} Options;

typedef struct Case {
    Compiler *compiler;
    const char *name, *text;
    bool is_double;
    Model *model;
    Node **plain; /* outputs' values before simplification */
} Case;

typedef int Packed(const int64_t *sizes, void *const *arrays, steelyard_call *call);

static int failures;

static void fail(const Case *c, const char *what) {
    failures++;
    fprintf(stderr, "FAIL: %s: %s\n%s\n", c->name, what, c->text);
}

/* --- compiling --- */

static bool compile_case(Case *c, Text *all) {
    Compiler *compiler = c->compiler;
    const Source *source =
        source_add(compiler->sources, arena_format(compiler->arena, "%s.sy", c->name), c->text,
                   strlen(c->text));
    c->model = check_program(compiler, parse_source(compiler, source));
    if (!c->model) {
        diagnostics_print(compiler->diagnostics, stderr, false);
        fail(c, "the generator's program is refused");
        return false;
    }
    model_verify(c->model);
    c->plain = ARENA_ARRAY(compiler->arena, Node *, c->model->outputs.count + 1);
    for (int i = 0; i < c->model->outputs.count; ++i)
        c->plain[i] = c->model->outputs.items[i].value;
    model_simplify(c->model);
    model_verify(c->model);
    ModelPlan *plan = plan_model(compiler, c->model);
    plan_verify(plan);
    LowerOptions options = {.packed = true};
    Module *module = lower_model(compiler, plan, &options);
    module_verify(module);
    Text body = text_new(compiler->arena), header = text_new(compiler->arena);
    emit_module(compiler, module, &body, &header);
    for (char *limit; (limit = strstr(body.chars, " > 20000"));) /* always in parallel */
        memcpy(limit, " > 00000", 8);
    const char *include = strstr(body.chars, "#include \"steelyard.h\"");
    text_add(all, header.chars);
    text_add(all, include ? include : body.chars);
    return true;
}

static void *load(const Options *options, const char *folder, const Text *all, int batch) {
    char path[512], command[2048];
    snprintf(path, sizeof path, "%s/batch%d.c", folder, batch);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(all->chars, 1, all->length, file) != all->length || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
    snprintf(command, sizeof command,
             "%s %s -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp -fPIC -shared -w "
             "-I%s -o %s/batch%d.so %s -lm",
             options->cc, options->flags, options->runtime, folder, batch, path);
    if (system(command) != 0) {
        fprintf(stderr, "FAIL: does not compile: %s\n", command);
        failures++;
        return NULL;
    }
    snprintf(path, sizeof path, "%s/batch%d.so", folder, batch);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "FAIL: %s\n", dlerror());
        failures++;
    }
    return library;
}

/* --- data --- */

static size_t element_size(Scalar type) {
    static const size_t sizes[] = {1, 4, 8, 4, 8, 2, 2};
    return sizes[type];
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

static int64_t count_of(const Case *c, const Array *array, const Bindings *bindings) {
    int64_t count = 1;
    for (int i = 0; i < array->rank; ++i)
        count *= evaluate_extent(c->model->graph, array->axes[i], bindings);
    return count;
}

/* Multiples of 1/8 between -2 and 2: exact in every float type, with ties. */
static double random_value(Random *random, const Case *c, const Array *array,
                           const Bindings *bindings) {
    if (array->index_axis) {
        int64_t extent = evaluate_extent(c->model->graph, array->index_axis, bindings);
        if (array->has_none && random_below(random, 3) == 0) return (double)array->none;
        return extent > 0 ? random_below(random, (int)extent) : 0;
    }
    if (array->type == SCALAR_BOOL) return random_below(random, 3) > 0;
    if (scalar_is_integer(array->type)) return random_below(random, 7) - 3;
    if (array->kind == ARRAY_WEIGHT) return random_below(random, 9) / 4.0;
    return (random_below(random, 33) - 16) / 8.0;
}

/* --- comparing --- */

static bool agrees(double got, double want, double tolerance) {
    if (isnan(want)) return isnan(got);
    if (isinf(want) || isinf(got)) return got == want;
    return fabs(got - want) <= tolerance * (1 + fabs(want));
}

static bool same_bits(const void *a, const void *b, const Array *array, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        size_t size = element_size(array->type);
        if (memcmp((const char *)a + (size_t)i * size, (const char *)b + (size_t)i * size, size) ==
            0)
            continue;
        if (!(isnan(get_element(a, array->type, i)) && isnan(get_element(b, array->type, i))))
            return false;
    }
    return true;
}

static void compare(const Case *c, int output, const void *got, const Bindings *bindings,
                    const int64_t *sizes) {
    const Array *array = c->model->outputs.items[output].array;
    Tensor tensor;
    const char *error = NULL;
    char what[300];
    if (!evaluate_node(c->model->graph, c->plain[output], array->axes, array->rank, bindings,
                       &tensor, &error)) {
        snprintf(what, sizeof what, "n %lld, m %lld: the evaluator says %s", (long long)sizes[0],
                 (long long)sizes[1], error);
        fail(c, what);
        return;
    }
    double tolerance = c->is_double ? 1e-9 : 3e-4;
    for (int64_t i = 0; i < tensor.count; ++i) {
        double value = get_element(got, array->type, i);
        if (agrees(value, tensor.values[i], tolerance)) continue;
        snprintf(what, sizeof what, "n %lld, m %lld: %s at %lld is %.9g, not %.9g",
                 (long long)sizes[0], (long long)sizes[1], array->name, (long long)i, value,
                 tensor.values[i]);
        fail(c, what);
        return;
    }
}

/* --- one program at one size --- */

static void run_case(const Case *c, Packed *packed, void (*set_threads)(int), const int64_t *sizes,
                     uint64_t seed) {
    static const int threads[] = {1, 2, 3, 5};
    Arena *arena = arena_new();
    Random random = {seed};
    Bindings bindings = {arena, table_new(arena), table_new(arena)};
    int at = 0, inputs = 0, outputs = c->model->outputs.count;
    int64_t given[2];
    for (int i = 0; i < c->model->axes.count; ++i) {
        if (!c->model->axes.items[i]->is_argument) continue;
        given[at] = sizes[at];
        table_set(&bindings.sizes, c->model->axes.items[i], &given[at]);
        at++;
    }
    void *arrays[64], *kept[64];
    for (int i = 0; i < c->model->arrays.count; ++i) {
        const Array *array = c->model->arrays.items[i];
        if (array->kind == ARRAY_CONST) continue;
        int64_t count = count_of(c, array, &bindings);
        double *values = ARENA_ARRAY(arena, double, count + 1);
        void *memory = malloc((size_t)count * element_size(array->type) + (count == 0));
        for (int64_t k = 0; k < count; ++k) {
            values[k] = random_value(&random, c, array, &bindings);
            put_element(memory, array->type, k, values[k]);
        }
        table_set(&bindings.arrays, array, values);
        arrays[inputs++] = memory;
    }
    for (int t = 0; t < 4; ++t) {
        for (int i = 0; i < outputs; ++i) {
            const Array *array = c->model->outputs.items[i].array;
            int64_t count = count_of(c, array, &bindings);
            arrays[inputs + i] = malloc((size_t)count * element_size(array->type) + (count == 0));
        }
        set_threads(threads[t]);
        steelyard_call call = {0};
        int status = packed(given, arrays, &call);
        char what[200];
        if (status != 0) {
            steelyard_describe(status, &call, what, sizeof what);
            fail(c, what);
        }
        for (int i = 0; i < outputs && status == 0; ++i) {
            const Array *array = c->model->outputs.items[i].array;
            int64_t count = count_of(c, array, &bindings);
            if (t == 0) {
                compare(c, i, arrays[inputs + i], &bindings, given);
            } else if (!same_bits(arrays[inputs + i], kept[i], array, count)) {
                snprintf(what, sizeof what, "n %lld, m %lld: %s has other bits on %d threads",
                         (long long)given[0], (long long)given[1], array->name, threads[t]);
                fail(c, what);
            }
        }
        for (int i = 0; i < outputs; ++i) {
            if (t == 0)
                kept[i] = arrays[inputs + i];
            else
                free(arrays[inputs + i]);
        }
    }
    for (int i = 0; i < inputs; ++i)
        free(arrays[i]);
    for (int i = 0; i < outputs; ++i)
        free(kept[i]);
    arena_free(arena);
}

static void run_batch(const Options *options, const char *folder, int first, int count) {
    Case cases[BATCH];
    Arena *arena = arena_new();
    Text all = text_new(arena);
    int ready = 0;
    for (int i = 0; i < count; ++i) {
        Case *c = &cases[ready];
        *c = (Case){.compiler = compiler_new()};
        uint64_t seed = options->seed * 1000003u + (uint64_t)(first + i);
        c->is_double = (first + i) % 2;
        c->name = arena_format(c->compiler->arena, "p%d", first + i);
        c->text = generate_program(c->compiler->arena, seed, c->name, c->is_double);
        if (compile_case(c, &all))
            ready++;
        else
            compiler_free(c->compiler);
    }
    void *library = ready ? load(options, folder, &all, first / BATCH) : NULL;
    void (*set_threads)(int) =
        library ? (void (*)(int))dlsym(library, "omp_set_num_threads") : NULL;
    for (int i = 0; i < ready; ++i) {
        const Case *c = &cases[i];
        Packed *packed =
            library ? (Packed *)dlsym(library, arena_format(arena, "%s_packed", c->name)) : NULL;
        for (int s = 0; packed && s < SIZE_SETS; ++s)
            run_case(c, packed, set_threads, size_sets[s], options->seed + (uint64_t)s);
        compiler_free(c->compiler);
    }
    /* Not closed: its OpenMP runtime would go with it, and the threads of that are still there. */
    arena_free(arena);
}

static const char *value_of(int count, char **words, const char *option, const char *otherwise) {
    for (int i = 1; i + 1 < count; ++i)
        if (strcmp(words[i], option) == 0) return words[i + 1];
    return otherwise;
}

int main(int count, char **words) {
    Options options = {
        .count = atoi(value_of(count, words, "--count", "200")),
        .seed = strtoull(value_of(count, words, "--seed", "1"), NULL, 10),
        .keep = value_of(count, words, "--keep", NULL),
        .cc = value_of(count, words, "--cc", "clang"),
        .flags = value_of(count, words, "--flags", "-O0 -march=x86-64-v3"),
        .runtime = value_of(count, words, "--runtime", "runtime"),
    };
    int first = atoi(value_of(count, words, "--first", "0"));
    char made[] = "/tmp/differential-XXXXXX";
    const char *folder = options.keep ? options.keep : mkdtemp(made);
    if (!folder) return 2;
    if (options.keep) mkdir(folder, 0777);
    for (int i = 0; i < options.count; i += BATCH)
        run_batch(&options, folder, first + i,
                  options.count - i < BATCH ? options.count - i : BATCH);
    if (!options.keep) {
        char command[100];
        snprintf(command, sizeof command, "rm -rf %s", folder);
        if (system(command) != 0) return 2;
    }
    printf("%d passed, %d failed\n",
           options.count - (failures < options.count ? failures : options.count), failures);
    return failures > 0;
}
