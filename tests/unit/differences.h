/* What the tests of derivatives share: a program with a loss L and an input x, its derivatives of
 * first and second order by x, and what they must agree with. */
#ifndef TESTS_UNIT_DIFFERENCES_H
#define TESTS_UNIT_DIFFERENCES_H
#include "check/check.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* L is made of x[...] and other names of `lines`; all extents are numbers. Values are given by name
 * (name = 1 2 3; other = 4), row-major. */
typedef struct Trial {
    const char *lines; /* declarations, x among them, and L */
    const char *values;
    const char *gradient; /* what it is, or NULL: what central differences say */
    const char *second;   /* the second derivative times v = (1, 1, ...); NULL: as above */
    bool is_linear;       /* there is no second derivative */
} Trial;

enum {
    MOST_VALUES = 64
};

typedef struct Trying {
    const Trial *trial;
    Compiler *compiler;
    Model *model;
    Bindings bindings;
    const Array *x;
    double *at;        /* x's values */
    double *direction; /* v's */
    int count;         /* of x */
} Trying;

static inline int numbers_read(const char *text, double *numbers) {
    int count = 0;
    for (char *end; count < MOST_VALUES; text = end) {
        numbers[count] = strtod(text, &end);
        if (end == text) break;
        count++;
    }
    return count;
}

static inline const char *axes_text(Arena *arena, const Array *array) {
    Text text = text_new(arena);
    text_add(&text, "");
    for (int i = 0; i < array->rank; i++)
        text_format(&text, "%s%s", i ? ", " : "[", array->axes[i]->name);
    if (array->rank) text_add(&text, "]");
    return text.chars;
}

static inline Model *program_of(Compiler *compiler, const char *text, bool must) {
    const Source *source = source_add(compiler->sources, "trial.sy", text, strlen(text));
    Model *model = check_program(compiler, parse_source(compiler, source));
    bool wrong = !model || diagnostics_errors(compiler->diagnostics) > 0;
    if (wrong && must) {
        diagnostics_print(compiler->diagnostics, stderr, false);
        cr_assert(false, "%s", text);
    }
    return wrong ? NULL : model;
}

static inline const Array *array_named(const Model *model, const char *name) {
    for (int i = 0; i < model->arrays.count; i++)
        if (strcmp(model->arrays.items[i]->name, name) == 0) return model->arrays.items[i];
    return NULL;
}

static inline int count_of(const Trying *t, const Array *array) {
    int64_t count = 1;
    for (int i = 0; i < array->rank; i++)
        count *= evaluate_extent(t->model->graph, array->axes[i], &t->bindings);
    cr_assert(count <= MOST_VALUES);
    return (int)count;
}

static inline void bind_values(Trying *t) {
    char *text = arena_text(t->compiler->arena, t->trial->values, strlen(t->trial->values));
    for (int i = 0; i < t->model->arrays.count; i++) {
        const Array *array = t->model->arrays.items[i];
        if (array->kind == ARRAY_CONST) continue;
        double *values = ARENA_ARRAY(t->compiler->arena, double, MOST_VALUES);
        for (int k = 0; k < MOST_VALUES; k++)
            values[k] = 1;
        table_set(&t->bindings.arrays, array, values);
    }
    for (char *part = strtok(text, ";"); part; part = strtok(NULL, ";")) {
        char *equals = strchr(part, '=');
        while (*part == ' ')
            part++;
        *strpbrk(part, " =") = 0;
        const Array *array = array_named(t->model, part);
        cr_assert(array, "%s in %s", part, t->trial->lines);
        int given = numbers_read(equals + 1, table_get(&t->bindings.arrays, array));
        cr_assert(given == count_of(t, array), "%s has %d values in %s", part, given,
                  t->trial->lines);
    }
}

/* The value of an output, of the model as it is or simplified. */
static inline const double *value_of(Trying *t, const char *name) {
    for (int i = 0; i < t->model->outputs.count; i++) {
        const Output *output = &t->model->outputs.items[i];
        if (strcmp(output->array->name, name) != 0) continue;
        Tensor tensor;
        const char *error = NULL;
        bool good = evaluate_node(t->model->graph, output->value, output->array->axes,
                                  output->array->rank, &t->bindings, &tensor, &error);
        cr_assert(good, "%s: %s", t->trial->lines, error);
        return tensor.values;
    }
    cr_assert(false, "no output %s", name);
    return NULL;
}

/* The output's central difference along d, to fourth order. */
static inline void difference(Trying *t, const char *name, const double *d, int count,
                              double *result) {
    static const double places[4] = {-2, -1, 1, 2},
                        factors[4] = {1 / 12.0, -8 / 12.0, 8 / 12.0, -1 / 12.0};
    const double step = 1e-3;
    double kept[MOST_VALUES];
    memcpy(kept, t->at, sizeof kept);
    memset(result, 0, sizeof *result * (size_t)count);
    for (int p = 0; p < 4; p++) {
        for (int i = 0; i < t->count; i++)
            t->at[i] = kept[i] + (d[i] != 0 ? step * places[p] * d[i] : 0);
        const double *values = value_of(t, name);
        for (int i = 0; i < count; i++)
            result[i] += factors[p] * values[i] / step;
    }
    memcpy(t->at, kept, sizeof kept);
}

static inline void expect_near(const Trying *t, const char *what, const double *got,
                               const double *want, int count, double tolerance) {
    for (int i = 0; i < count; i++) {
        if (isnan(want[i]) && isnan(got[i])) continue;
        if (got[i] == want[i]) continue;
        cr_expect(fabs(got[i] - want[i]) <= tolerance * (1 + fabs(want[i])),
                  "%s at %d is %.12g, not %.12g:\n%s\n  %s", what, i, got[i], want[i],
                  t->trial->lines, t->trial->values);
    }
}

static inline void expect_numbers(const Trying *t, const char *what, const double *got,
                                  const char *text) {
    double want[MOST_VALUES];
    int count = numbers_read(text, want);
    cr_assert(count == t->count, "%d numbers: %s", count, text);
    expect_near(t, what, got, want, count, 1e-12);
}

static inline void try_first(Trying *t) {
    const double *gradient = value_of(t, "gradient");
    double forward = value_of(t, "along")[0], backward = 0, slopes[MOST_VALUES];
    for (int i = 0; i < t->count; i++)
        backward += gradient[i] * t->direction[i];
    expect_near(t, "jvp", &forward, &backward, 1, 1e-12);
    if (t->trial->gradient) {
        expect_numbers(t, "grad", gradient, t->trial->gradient);
        return;
    }
    for (int i = 0; i < t->count; i++) {
        double one[MOST_VALUES] = {0};
        one[i] = 1;
        difference(t, "loss_value", one, 1, &slopes[i]);
    }
    expect_near(t, "grad", gradient, slopes, t->count, 1e-8);
}

static inline void try_second(Trying *t) {
    const double *forward = value_of(t, "second"), *backward = value_of(t, "second_back");
    double slopes[MOST_VALUES];
    expect_near(t, "grad of grad", backward, forward, t->count, 1e-12);
    if (t->trial->second) {
        expect_numbers(t, "jvp of grad", forward, t->trial->second);
        return;
    }
    difference(t, "gradient", t->direction, t->count, slopes);
    expect_near(t, "jvp of grad", forward, slopes, t->count, 1e-8);
}

static inline void try_program(const Trial *trial) {
    Trying t = {.trial = trial, .compiler = compiler_new()};
    Arena *arena = t.compiler->arena;
    /* what x's axes are, and whether L has a second derivative, a first look tells */
    const char *look = arena_format(arena, "real f64\n%s\noutput loss_value = L\n", trial->lines);
    const char *axes = axes_text(arena, array_named(program_of(t.compiler, look, true), "x"));
    Text text = text_new(arena);
    text_format(&text, "%sinput v%s\noutput gradient%s = grad(L, x)\noutput along = jvp(L, x, v)\n",
                look, axes, axes);
    if (!trial->is_linear)
        text_format(&text,
                    "output second%s = jvp(grad(L, x), x, v)\n"
                    "output second_back%s = grad(%s%s(grad(L, x) * v), x)\n",
                    axes, axes, *axes ? "sum" : "", axes);
    t.compiler = compiler_new();
    t.model = program_of(t.compiler, text.chars, true);
    t.bindings = bindings_new(t.compiler->arena);
    bind_values(&t);
    t.x = array_named(t.model, "x");
    t.at = table_get(&t.bindings.arrays, t.x);
    t.direction = table_get(&t.bindings.arrays, array_named(t.model, "v"));
    t.count = count_of(&t, t.x);
    for (int i = 0; i < t.count && !trial->second; i++)
        t.direction[i] = 0.25 + 0.5 * i - (i % 2) * 1.125;
    for (int simplified = 0; simplified < 2; simplified++) {
        try_first(&t);
        if (!trial->is_linear) try_second(&t);
        model_simplify(t.model);
    }
    compiler_free(t.compiler);
    arena_free(arena);
}

#define try_all(trials)                                                                            \
    for (size_t trial_ = 0; trial_ < sizeof(trials) / sizeof *(trials); trial_++)                  \
    try_program(&(trials)[trial_])
#endif
