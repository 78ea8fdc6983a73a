/* Where a loss that is no finite number came from. In: a training in which a step has just given
 * one; out: a sentence that names the first value gone wrong.
 *
 * By then the step has changed the params. So they are kept from time to time, while all of them
 * are numbers; from there the steps are made again, which gives the same bits, up to the one in
 * which a param or state, or else the loss, goes wrong. The reference evaluator then tells, from
 * what that step was given, which value was the first. */
#include "tool/train.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEPT_EVERY = 100 /* steps: going on from there takes less time than telling it */
};

static size_t bytes_of(const Held *held) {
    return (size_t)held->count * scalar_size(held->array->type);
}

static const void *element_of(const Held *held, int64_t i) {
    return (const char *)held->values + (size_t)i * scalar_size(held->array->type);
}

/* The first element of a param or state that is no finite number. */
static const Held *first_bad(const Train *t, int64_t *element) {
    for (int i = 1; i < t->losses; i++) {
        const Held *held = &t->held.items[i];
        if (!scalar_is_float(held->array->type)) continue;
        for (*element = 0; *element < held->count; ++*element)
            if (!isfinite(scalar_load(held->array->type, element_of(held, *element)))) return held;
    }
    return NULL;
}

/* --- what is kept --- */

void astray_keep(Train *t) {
    int64_t element;
    bool is_due = !t->kept.values || t->done - t->kept.step >= KEPT_EVERY;
    if (!is_due || first_bad(t, &element)) return;
    if (!t->kept.values) {
        t->kept.values = ARENA_ARRAY(t->compiler->arena, void *, t->losses);
        for (int i = 1; i < t->losses; i++)
            t->kept.values[i] = malloc(bytes_of(&t->held.items[i]) + 1);
    }
    for (int i = 1; i < t->losses; i++)
        if (t->kept.values[i])
            memcpy(t->kept.values[i], t->held.items[i].values, bytes_of(&t->held.items[i]));
    t->kept.step = t->done;
}

void astray_free(Train *t) {
    for (int i = 1; t->kept.values && i < t->losses; i++)
        free(t->kept.values[i]);
}

static bool restore(Train *t) {
    for (int i = 1; i < t->losses; i++) {
        if (!t->kept.values || !t->kept.values[i]) return false;
        memcpy(t->held.items[i].values, t->kept.values[i], bytes_of(&t->held.items[i]));
    }
    return true;
}

/* The steps before `until` once more; what went wrong in one of them, and in which. */
static bool replay(Train *t, const Call *step, int64_t until, const Held **bad, int64_t *element,
                   int64_t *at) {
    *bad = NULL;
    if (!restore(t)) return false;
    for (*at = t->kept.step; *at < until; ++*at) {
        steelyard_call call = {0};
        if (!train_prepare_step(t, *at)) return false;
        if (step->function(step->sizes, step->arrays, &call) != STEELYARD_OK) return false;
        *bad = first_bad(t, element);
        if (*bad) return true;
    }
    return true;
}

/* --- what a step was given --- */

static void bind(const Train *t, Bindings *bindings, Array *array, const void *values,
                 int64_t count) {
    double *numbers = ARENA_ARRAY(bindings->arena, double, count + 1);
    size_t size = scalar_size(array->type);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = scalar_load(array->type, (const char *)values + (size_t)i * size);
    table_set(&bindings->arrays, array, numbers);
}

static Bindings bind_step(const Train *t) {
    Bindings bindings = bindings_new(t->compiler->arena);
    const Model *model = t->model;
    for (int i = 0; i < model->axes.count; i++) {
        Axis *axis = model->axes.items[i];
        if (!axis->is_argument) continue;
        int64_t *size = ARENA_NEW(bindings.arena, int64_t);
        *size = axis == t->batch.axis ? *t->batch.argument
                                      : *(int64_t *)table_get(&t->data.bindings.sizes, axis);
        table_set(&bindings.sizes, axis, size);
    }
    for (int i = 0; i < model->arrays.count; i++) {
        Array *array = model->arrays.items[i];
        int64_t count = 1;
        for (int k = 0; k < array->rank; k++)
            count *= evaluate_extent(model->graph, array->axes[k], &bindings);
        if (array->kind == ARRAY_CONST)
            table_set(&bindings.arrays, array, table_get(&t->data.bindings.arrays, array));
        else
            bind(t, &bindings, array, train_values(t, i), count);
    }
    for (int i = 1; i < t->losses; i++) {
        const Held *held = &t->held.items[i];
        bind(t, &bindings, (Array *)held->array, held->values, held->count);
    }
    return bindings;
}

/* Updates read gradients as arrays. */
static bool bind_gradients(const Train *t, Bindings *bindings, const char **error) {
    const Training *training = t->model->training;
    for (int i = 0; i < training->gradients.count; i++) {
        const Output *gradient = &training->gradients.items[i];
        const Array *array = gradient->array;
        Tensor tensor;
        if (!evaluate_node(t->model->graph, gradient->value, array->axes, array->rank, bindings,
                           &tensor, error))
            return false;
        table_set(&bindings->arrays, array, tensor.values);
    }
    return true;
}

static Node *gradient_read(const Train *t, const Node *node) {
    const Training *training = t->model->training;
    for (int i = 0; node->op == OP_ARRAY && i < training->gradients.count; i++)
        if (training->gradients.items[i].array == node->u.array)
            return training->gradients.items[i].value;
    return NULL;
}

static Node *update_of(const Train *t, const Array *array) {
    const Training *training = t->model->training;
    for (int i = 0; i < training->updates.count; i++)
        if (training->updates.items[i].array == array) return training->updates.items[i].value;
    bug("%s is not updated", array->name);
}

/* --- the sentence --- */

static const char *shown(Arena *arena, const Node *node) {
    enum {
        LONGEST = 60
    };
    Text text = text_new(arena);
    graph_print_node(&text, node);
    return text.length <= LONGEST ? text.chars
                                  : arena_format(arena, "%.*s...", LONGEST, text.chars);
}

/* "log(p[n]) is -inf at n = 3" */
static const char *sentence(const Train *t, const Astray *found, int64_t step) {
    Arena *arena = t->compiler->arena;
    Text text = text_new(arena);
    bool is_large = isfinite(found->value); /* for its type */
    text_format(&text, "%s is %s%g", shown(arena, found->node), is_large ? "too large, " : "",
                isnan(found->value) ? (double)NAN : found->value);
    for (int i = 0; i < found->node->axes->count; i++) {
        const Axis *axis = found->node->axes->items[i];
        text_format(&text, "%s%s = %lld", i ? ", " : " at ", axis->name,
                    (long long)batch_index(t, axis, step, found->indices[i]));
    }
    return text.chars;
}

static bool trace(const Train *t, Node *node, Axis *const *axes, const int64_t *indices, int rank,
                  const Bindings *bindings, Astray *found, const char **error) {
    while (evaluate_astray(t->model->graph, node, axes, indices, rank, bindings, found, error)) {
        if (!found->node) return false;
        node = gradient_read(t, found->node);
        if (!node) return true;
        axes = found->node->axes->items;
        rank = found->node->axes->count;
        indices = found->indices;
    }
    return false;
}

static const char *of_param(const Train *t, const Held *bad, int64_t element, int64_t step,
                            Span *span) {
    Arena *arena = t->compiler->arena;
    const Array *array = bad->array;
    Bindings bindings = bind_step(t);
    const char *error = NULL;
    Astray found;
    int64_t indices[NPY_RANK_LIMIT], rest = element;
    for (int i = array->rank - 1; i >= 0; i--) {
        indices[i] = rest % bad->extents[i];
        rest /= bad->extents[i];
    }
    const char *name = array_element(&t->data, array, element);
    *span = array->span;
    if (!bind_gradients(t, &bindings, &error) ||
        !trace(t, update_of(t, array), array->axes, indices, array->rank, &bindings, &found,
               &error))
        return arena_format(arena, "%s went wrong in step %lld", name, (long long)step + 1);
    if (found.node->span.end) *span = found.node->span;
    return arena_format(arena, "%s went wrong in step %lld, where %s", name, (long long)step + 1,
                        sentence(t, &found, step));
}

const char *astray_find(Train *t, const Call *step, int64_t at, int loss, Span *span) {
    Arena *arena = t->compiler->arena;
    const Held *bad;
    int64_t element, where;
    *span = (Span){0, 0};
    if (!replay(t, step, at, &bad, &element, &where)) return "where that came from was not found";
    if (bad) { /* once more, to before that step */
        const Held *none;
        int64_t other, end;
        if (!replay(t, step, where, &none, &other, &end) || !train_prepare_step(t, where))
            return "where that came from was not found";
        return of_param(t, bad, element, where, span);
    }
    if (!train_prepare_step(t, at)) return "where that came from was not found";
    Bindings bindings = bind_step(t);
    Node *value = t->model->outputs.items[t->model->training->losses.items[loss]].value;
    const char *error = NULL;
    Astray found;
    if (trace(t, value, NULL, NULL, 0, &bindings, &found, &error)) {
        *span = found.node->span;
        return sentence(t, &found, at);
    }
    return error ? arena_format(arena, "where that came from was not found (%s)", error)
                 : "it is a number in float64: the sums are too large, or differ too much, for its "
                   "type";
}
