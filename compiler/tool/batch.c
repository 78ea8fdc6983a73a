/* Minibatches: a step sees some of the data along one axis. In: the data as read; out: for each
 * step the elements of its batch, copied together. An epoch goes once over all indices, in order or
 * shuffled; its last batch may be short. Which indices a step gets follows from the step, the seed
 * and the options alone, so a training that goes on meets the same batches. */
#include "tool/train.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool refused(const Train *t, const char *text, const char *reason) {
    report(t->compiler->diagnostics, BATCH_REFUSED, (Span){0, 0}, text, reason);
    return false;
}

static bool is_cut(const Train *t, const Axis *axis) {
    return axis->like == t->batch.axis->like;
}

static bool depends_on(const Node *extent, const Node *other) {
    if (extent == other) return true;
    for (int i = 0; i < extent->argument_count; i++)
        if (depends_on(extent->arguments[i], other)) return true;
    return false;
}

/* n=64 */
static bool read_option(Train *t, const char *text) {
    Arena *arena = t->compiler->arena;
    const char *equals = strchr(text, '=');
    char *end = NULL;
    errno = 0;
    t->batch.size = equals ? strtoll(equals + 1, &end, 10) : 0;
    if (!equals || !equals[1] || *end || errno || t->batch.size < 1)
        return refused(t, text, "write an axis and how many of its elements a step sees: n=64");
    const char *name = arena_text(arena, text, (size_t)(equals - text));
    for (int i = 0; i < t->model->axes.count; i++)
        if (strcmp(t->model->axes.items[i]->name, name) == 0)
            t->batch.axis = t->model->axes.items[i]->like;
    if (!t->batch.axis) return refused(t, text, "the program declares no such axis");
    if (!t->batch.axis->is_argument)
        return refused(t, text, "the size of that axis is not given at run time");
    return true;
}

static bool may_cut(const Train *t, const char *text) {
    Arena *arena = t->compiler->arena;
    bool any = false;
    for (int i = 0; i < t->model->arrays.count; i++) {
        const Array *array = t->model->arrays.items[i];
        for (int a = 0; a < array->rank; a++) {
            const Axis *axis = array->axes[a];
            const char *reason = NULL;
            if (is_cut(t, axis) && array->kind == ARRAY_PARAM)
                reason = arena_format(arena, "param %s has that axis", array->name);
            else if (is_cut(t, axis) && array->index_axis && is_cut(t, array->index_axis))
                reason = arena_format(arena, "%s holds positions along that axis", array->name);
            else if (!is_cut(t, axis) && depends_on(axis->extent, t->batch.axis->extent))
                reason = arena_format(arena, "the size of axis %s of %s is computed of it",
                                      axis->name, array->name);
            if (reason) return refused(t, text, reason);
            any = any || is_cut(t, axis);
        }
    }
    return any || refused(t, text, "no data has that axis");
}

bool batch_setup(Train *t) {
    const char *text = t->options->batch;
    Batch *b = &t->batch;
    if (!text) return true;
    if (!read_option(t, text) || !may_cut(t, text)) return false;
    Arena *arena = t->compiler->arena;
    b->total = *(int64_t *)table_get(&t->data.bindings.sizes, b->axis);
    if (b->size > b->total) b->size = b->total;
    b->batches = b->size ? (b->total + b->size - 1) / b->size : 1;
    b->epoch = -1;
    b->order = calloc((size_t)b->total + 1, sizeof *b->order);
    b->buffers = ARENA_ARRAY(arena, void *, t->model->arrays.count + 1);
    bool good = b->order != NULL;
    for (int i = 0; i < t->model->arrays.count; i++) {
        const Array *array = t->model->arrays.items[i];
        int64_t count = 1, extents[NPY_RANK_LIMIT];
        bool cut = false;
        for (int a = 0; a < array->rank; a++)
            cut = cut || is_cut(t, array->axes[a]);
        if (!cut || !array_extents(&t->data, array, extents, &count)) continue;
        b->buffers[i] = malloc((size_t)count * scalar_size(array->type) + 1);
        good = good && b->buffers[i];
    }
    return good || refused(t, text, strerror(ENOMEM));
}

void batch_free(Train *t) {
    for (int i = 0; t->batch.buffers && i < t->model->arrays.count; i++)
        free(t->batch.buffers[i]);
    free(t->batch.order);
}

/* --- which indices --- */

static uint64_t scrambled(uint64_t x) { /* splitmix64 */
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static void order_epoch(Train *t, int64_t epoch) {
    Batch *b = &t->batch;
    if (b->epoch == epoch) return;
    b->epoch = epoch;
    for (int64_t i = 0; i < b->total; i++)
        b->order[i] = i;
    uint64_t state = scrambled((uint64_t)t->seed) ^ scrambled(~(uint64_t)epoch);
    for (int64_t i = b->total - 1; t->options->shuffle && i > 0; i--) {
        state = scrambled(state);
        int64_t k = (int64_t)(state % (uint64_t)(i + 1)), other = b->order[i];
        b->order[i] = b->order[k];
        b->order[k] = other;
    }
}

int64_t batch_index(const Train *t, const Axis *axis, int64_t step, int64_t index) {
    const Batch *b = &t->batch;
    return b->axis && is_cut(t, axis) ? b->order[step % b->batches * b->size + index] : index;
}

/* --- the copies --- */

typedef struct Copy {
    const Train *t;
    const Array *array;
    const int64_t *extents, *indices; /* of the whole; of the batch */
    int64_t size;                     /* of the batch */
    size_t tail[NPY_RANK_LIMIT + 1];  /* bytes of what lies inside of each axis */
    size_t whole;                     /* bytes that stay together: inside of the last cut axis */
    char *to;
} Copy;

static void copy(Copy *c, int a, const char *from, int last) {
    if (a > last) {
        memcpy(c->to, from, c->whole);
        c->to += c->whole;
        return;
    }
    bool cut = is_cut(c->t, c->array->axes[a]);
    for (int64_t i = 0; i < (cut ? c->size : c->extents[a]); i++)
        copy(c, a + 1, from + (size_t)(cut ? c->indices[i] : i) * c->tail[a], last);
}

static void copy_array(Train *t, int i, const int64_t *indices, int64_t size) {
    const Array *array = t->model->arrays.items[i];
    int64_t extents[NPY_RANK_LIMIT], count;
    Copy c = {.t = t, .array = array, .extents = extents, .indices = indices, .size = size};
    if (!array_extents(&t->data, array, extents, &count)) return;
    size_t bytes = scalar_size(array->type);
    int last = 0;
    for (int a = array->rank - 1; a >= 0; a--) {
        c.tail[a] = bytes;
        bytes *= (size_t)extents[a];
        if (!last && is_cut(t, array->axes[a])) last = a;
    }
    c.whole = c.tail[last];
    c.to = t->batch.buffers[i];
    copy(&c, 0, t->data.given[i].values, last);
}

void batch_fill(Train *t, int64_t step) {
    Batch *b = &t->batch;
    if (!b->axis) return;
    order_epoch(t, step / b->batches);
    int64_t first = step % b->batches * b->size;
    int64_t size = first + b->size < b->total ? b->size : b->total - first;
    *b->argument = size;
    for (int i = 0; i < t->model->arrays.count; i++)
        if (b->buffers[i]) copy_array(t, i, b->order + first, size);
}
