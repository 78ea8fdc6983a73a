/* Takes a value and its data, gives the elements of arrays that it was made of: an element that is
 * not among them may hold anything.
 *
 * Every node is evaluated as ever, and all tensors are kept. Then the other way round, users before
 * their arguments: the elements of a node that are needed need elements of its arguments. A `where`
 * or `if` that does not hold needs only itself, `and` and `or` not what comes after they are
 * decided, a position only the element that it names. A step of a recurrence needs what its value
 * needs at that step, earlier steps among it, and so on until nothing new is needed.
 *
 * The same way leads from an element that is no number to where that came from: of what is needed
 * only what is no number is followed. */
#include "graph/evaluator.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Touch {
    Evaluator evaluator;
    bool **needed; /* beside evaluator.nodes */
    const Array *absent;
    Table factors; /* Node * -> itself: a product with a factor read from absent */
    Table *touched;
    Table *steps; /* Array * of a recurrence -> Steps * */
    bool astray;  /* only what is no number is followed */
} Touch;

/* The elements of a recurrence, as they are stored. */
typedef struct Steps {
    Touch touch; /* of its value */
    const Array *array;
    bool *needed;
    bool *fresh; /* needed, and not spread yet */
    bool any_fresh;
} Steps;

/* What is past the largest float is infinite in the emitted C. */
static bool is_number(const Node *node, double value) {
    if (!scalar_is_float(node->type)) return true;
    return isfinite(value) && (node->type != SCALAR_F32 || fabs(value) <= (double)FLT_MAX);
}

static void need(const Touch *t, const Node *node, int64_t offset) {
    intptr_t place = (intptr_t)table_get(&t->evaluator.places, node) - 1;
    if (t->astray && is_number(node, t->evaluator.tensors[place].values[offset])) return;
    t->needed[place][offset] = true;
}

/* Whether 0 in the weight makes this 0, as long as all else is finite. */
static bool is_factor(Touch *t, const Node *node) {
    if (!t->absent) return false;
    switch (node->op) {
    case OP_ARRAY: return node->u.array == t->absent;
    case OP_LET:
    case OP_STOP:
    case OP_NEG:
    case OP_CONVERT:
    case OP_AT:
    case OP_DIV: return table_has(&t->factors, node->arguments[0]);
    case OP_MUL:
        return table_has(&t->factors, node->arguments[0]) ||
               table_has(&t->factors, node->arguments[1]);
    default: return false;
    }
}

/* Which arguments an element with these values is made of. */
static void choose(const Touch *t, const Node *node, const double *values, bool *chosen) {
    Node *const *a = node->arguments;
    for (int i = 0; i < node->argument_count; i++)
        chosen[i] = true;
    switch (node->op) {
    case OP_SELECT:
        chosen[1] = values[0] == 1;
        chosen[2] = values[0] == 0;
        break;
    case OP_AND: chosen[1] = values[0] == 1; break;
    case OP_OR: chosen[1] = values[0] == 0; break;
    case OP_MUL:
        chosen[1] = !(values[0] == 0 && table_has(&t->factors, a[0]));
        chosen[0] = !(values[1] == 0 && table_has(&t->factors, a[1]));
        break;
    default: break;
    }
}

static void spread_pointwise(Touch *t, const Node *node, const Tensor *result, const bool *own) {
    Evaluator *evaluator = &t->evaluator;
    int count = node->argument_count;
    const Tensor **arguments = ARENA_ARRAY(evaluator->arena, const Tensor *, count + 1);
    double *values = ARENA_ARRAY(evaluator->arena, double, count + 1);
    bool *chosen = ARENA_ARRAY(evaluator->arena, bool, count + 1);
    for (int a = 0; a < count; a++)
        arguments[a] = evaluator_argument(evaluator, node, a);
    Walk walk = walk_new(evaluator, result, arguments, count);
    for (int64_t i = 0; i < result->count; i++, walk_next(&walk)) {
        if (!own[i]) continue;
        for (int a = 0; a < count; a++)
            values[a] = arguments[a]->values[walk.offsets[a]];
        choose(t, node, values, chosen);
        for (int a = 0; a < count; a++)
            if (chosen[a]) need(t, node->arguments[a], walk.offsets[a]);
    }
}

static void spread_at(Touch *t, const Node *node, const Tensor *result, const bool *own) {
    Evaluator *evaluator = &t->evaluator;
    int count = node->argument_count;
    const Tensor **arguments = ARENA_ARRAY(evaluator->arena, const Tensor *, count);
    int64_t *strides = ARENA_ARRAY(evaluator->arena, int64_t, count);
    for (int a = 0; a < count; a++)
        arguments[a] = evaluator_argument(evaluator, node, a);
    strides_along(arguments[0], node->u.positions, count - 1, strides);
    Walk walk = walk_new(evaluator, result, arguments, count);
    for (int p = 0; p < count - 1; p++)
        for (int i = 0; i < result->rank; i++)
            if (result->axes[i] == node->u.positions[p]) walk.strides[i] = 0;
    for (int64_t i = 0; i < result->count; i++, walk_next(&walk)) {
        if (!own[i]) continue;
        int64_t offset = walk.offsets[0];
        bool exists = true;
        for (int p = 0; p < count - 1; p++) {
            double index = arguments[1 + p]->values[walk.offsets[1 + p]];
            int64_t extent = evaluator_extent(evaluator, node->u.positions[p]);
            exists = exists && index >= 0 && index < (double)extent;
            if (exists) offset += (int64_t)index * strides[p];
            need(t, node->arguments[1 + p], walk.offsets[1 + p]);
        }
        if (exists) need(t, node->arguments[0], offset);
    }
}

static void spread_reduction(Touch *t, const Node *node, const Tensor *result, const bool *own) {
    Evaluator *evaluator = &t->evaluator;
    int count = node->argument_count;
    const Tensor *parts[2] = {evaluator_argument(evaluator, node, 0), NULL};
    if (count > 1) parts[1] = evaluator_argument(evaluator, node, 1);
    Tensor inner = tensor_shape(evaluator, node->u.bound->items, node->u.bound->count);
    Walk outer = walk_new(evaluator, result, parts, count);
    Walk walk = walk_new(evaluator, &inner, parts, count);
    for (int64_t i = 0; i < result->count; i++, walk_next(&outer)) {
        if (!own[i]) continue;
        for (int p = 0; p < count; p++)
            walk.offsets[p] = outer.offsets[p];
        for (int64_t j = 0; j < inner.count; j++, walk_next(&walk)) {
            if (parts[1]) need(t, node->arguments[1], walk.offsets[1]);
            if (!parts[1] || parts[1]->values[walk.offsets[1]] == 1)
                need(t, node->arguments[0], walk.offsets[0]);
        }
    }
}

static bool *marks_of(Touch *t, const Array *array, int64_t count) {
    bool *marks = table_get(t->touched, array);
    if (marks) return marks;
    marks = ARENA_ARRAY(t->touched->arena, bool, count + 1);
    table_set(t->touched, array, marks);
    return marks;
}

static void need_step(Steps *steps, int64_t offset) {
    if (steps->needed[offset]) return;
    steps->needed[offset] = steps->fresh[offset] = steps->any_fresh = true;
}

static void mark_array(Touch *t, const Node *node, const Tensor *result, const bool *own) {
    Evaluator *evaluator = &t->evaluator;
    if (t->astray) return;
    const Array *array = node->u.array;
    Tensor stored = tensor_shape(evaluator, array->axes, array->rank);
    Steps *steps = node_recurrence(node) ? table_get(t->steps, array) : NULL;
    bool *marks = steps ? NULL : marks_of(t, array, stored.count);
    Walk walk = walk_new(evaluator, result, (const Tensor *[]){&stored}, 1);
    for (int64_t i = 0; i < result->count; i++, walk_next(&walk)) {
        if (!own[i]) continue;
        if (steps)
            need_step(steps, walk.offsets[0]);
        else
            marks[walk.offsets[0]] = true;
    }
}

static void spread(Touch *t, int place) {
    const Node *node = t->evaluator.nodes.items[place];
    const Tensor *result = &t->evaluator.tensors[place];
    if (node->op == OP_ARRAY)
        mark_array(t, node, result, t->needed[place]);
    else if (node_is_reduction(node))
        spread_reduction(t, node, result, t->needed[place]);
    else if (node->op == OP_AT)
        spread_at(t, node, result, t->needed[place]);
    else
        spread_pointwise(t, node, result, t->needed[place]);
}

static Touch touch_new(Graph *graph, const Bindings *bindings, Arena *arena, Table *stored) {
    Touch t = {.factors = table_new(arena)};
    t.evaluator = (Evaluator){.graph = graph,
                              .bindings = bindings,
                              .arena = arena,
                              .places = table_new(arena),
                              .stored = stored,
                              .fixed = table_new(arena)};
    return t;
}

/* Evaluates the node, and keeps everything. */
static void touch_evaluate(Touch *t, Node *node) {
    Evaluator *evaluator = &t->evaluator;
    evaluator_prepare(evaluator, node);
    int count = evaluator->nodes.count;
    t->needed = ARENA_ARRAY(evaluator->arena, bool *, count);
    for (int i = 0; i < count && !evaluator->error; i++) {
        const Node *one = evaluator->nodes.items[i];
        evaluator->kept[i] = true;
        evaluator_run(evaluator, i);
        if (is_factor(t, one)) table_set(&t->factors, one, evaluator);
        if (!evaluator->error)
            t->needed[i] = ARENA_ARRAY(evaluator->arena, bool, evaluator->tensors[i].count + 1);
    }
}

static void touch_spread(Touch *t) {
    for (int i = t->evaluator.nodes.count - 1; i >= 0 && !t->evaluator.error; i--)
        spread(t, i);
}

static void free_tensors(const Table *stored) {
    for (int i = 0; i < stored->capacity; i++)
        if (stored->slots[i].key) free(((Tensor *)stored->slots[i].value)->values);
}

static Tensor *result_of(Touch *t) {
    return &t->evaluator.tensors[t->evaluator.nodes.count - 1];
}

static void steps_open(Steps *steps, const Touch *like, const Recurrence *recurrence) {
    Arena *arena = like->evaluator.arena;
    Touch *t = &steps->touch;
    *t = touch_new(like->evaluator.graph, like->evaluator.bindings, arena, like->evaluator.stored);
    t->absent = like->absent;
    t->touched = like->touched;
    t->steps = like->steps;
    steps->array = recurrence->array;
    touch_evaluate(t, recurrence->value);
    if (t->evaluator.error) return;
    Tensor stored = tensor_shape(&t->evaluator, steps->array->axes, steps->array->rank);
    steps->needed = ARENA_ARRAY(arena, bool, stored.count + 1);
    steps->fresh = ARENA_ARRAY(arena, bool, stored.count + 1);
    table_set(t->steps, steps->array, steps);
}

/* What the fresh steps need. */
static void steps_spread(Steps *steps) {
    Touch *t = &steps->touch;
    Evaluator *evaluator = &t->evaluator;
    int last = evaluator->nodes.count - 1;
    Tensor stored = tensor_shape(evaluator, steps->array->axes, steps->array->rank);
    for (int i = 0; i <= last; i++)
        memset(t->needed[i], 0, (size_t)evaluator->tensors[i].count);
    Walk walk = walk_new(evaluator, &stored, (const Tensor *[]){result_of(t)}, 1);
    for (int64_t i = 0; i < stored.count; i++, walk_next(&walk)) {
        if (steps->fresh[i]) t->needed[last][walk.offsets[0]] = true;
        steps->fresh[i] = false;
    }
    steps->any_fresh = false;
    touch_spread(t);
}

/* From every element of the node, until no step of a recurrence is newly needed. */
static const char *touch_whole(Touch *t, Node *node, const RecurrenceList *list) {
    int count = list->count;
    Steps *steps = ARENA_ARRAY(t->evaluator.arena, Steps, count + 1);
    touch_evaluate(t, node);
    const char *error = t->evaluator.error;
    for (int i = 0; i < count && !error; i++) {
        steps_open(&steps[i], t, list->items[i]);
        error = steps[i].touch.evaluator.error;
    }
    if (!error) {
        memset(t->needed[t->evaluator.nodes.count - 1], true, (size_t)result_of(t)->count);
        touch_spread(t);
        error = t->evaluator.error;
    }
    for (bool again = true; again && !error;) {
        again = false;
        for (int i = 0; i < count && !error; i++) {
            if (!steps[i].any_fresh) continue;
            steps_spread(&steps[i]);
            error = steps[i].touch.evaluator.error;
            again = true;
        }
    }
    for (int i = 0; i < count; i++)
        evaluator_release(&steps[i].touch.evaluator);
    return error;
}

bool evaluate_touched(Graph *graph, Node *node, const Bindings *bindings, const Array *absent,
                      Table *touched, const char **error) {
    Arena *arena = arena_new();
    Table stored = table_new(arena), steps = table_new(arena), met = table_new(arena);
    RecurrenceList list = {0};
    Touch t = touch_new(graph, bindings, arena, &stored);
    t.absent = absent;
    t.touched = touched;
    t.steps = &steps;
    evaluator_recurrences(&t.evaluator, node);
    graph_recurrences(graph, node, &met, &list);
    const char *wrong = t.evaluator.error;
    if (!wrong) wrong = touch_whole(&t, node, &list);
    if (wrong) *error = arena_format(bindings->arena, "%s", wrong);
    evaluator_release(&t.evaluator);
    free_tensors(&stored);
    arena_free(arena);
    return !wrong;
}

/* --- what is no number, and where that came from --- */

/* The first that is marked: arguments come before users, so nothing that it is made of is. */
static void take_first(const Touch *t, Arena *arena, Astray *found) {
    const Evaluator *evaluator = &t->evaluator;
    for (int i = 0; i < evaluator->nodes.count; i++)
        for (int64_t k = 0; k < evaluator->tensors[i].count; k++) {
            if (!t->needed[i][k]) continue;
            const Tensor *tensor = &evaluator->tensors[i];
            int64_t rest = k;
            found->node = evaluator->nodes.items[i];
            found->value = tensor->values[k];
            found->indices = ARENA_ARRAY(arena, int64_t, tensor->rank + 1);
            for (int a = tensor->rank - 1; a >= 0; a--) {
                found->indices[a] = rest % tensor->extents[a];
                rest /= tensor->extents[a];
            }
            return;
        }
}

bool evaluate_astray(Graph *graph, Node *node, Axis *const *axes, const int64_t *indices, int rank,
                     const Bindings *bindings, Astray *found, const char **error) {
    Arena *arena = arena_new();
    Table stored = table_new(arena);
    Touch t = touch_new(graph, bindings, arena, &stored);
    int64_t *strides = ARENA_ARRAY(arena, int64_t, rank + 1), offset = 0;
    *found = (Astray){0};
    t.astray = true;
    evaluator_recurrences(&t.evaluator, node);
    if (!t.evaluator.error) touch_evaluate(&t, node);
    if (!t.evaluator.error) {
        strides_along(&t.evaluator.tensors[t.evaluator.nodes.count - 1], axes, rank, strides);
        for (int i = 0; i < rank; i++)
            offset += strides[i] * indices[i];
        need(&t, node, offset);
        touch_spread(&t);
        take_first(&t, bindings->arena, found);
    }
    bool done = !t.evaluator.error;
    if (!done) *error = arena_format(bindings->arena, "%s", t.evaluator.error);
    evaluator_release(&t.evaluator);
    free_tensors(&stored);
    arena_free(arena);
    return done;
}
