/* The reference evaluator. Takes a node and what its sizes and arrays are; gives the value at every
 * point of its axes. The oracle of the tests: each node in turn becomes a dense tensor over its
 * free axes, in double, by the plainest loop that can be written. A tensor is freed as soon as no
 * later node needs it.
 *
 * A recurrence comes before what reads it: an array is filled point by point of the axes that it is
 * walked along, its value worked out at that point with these axes fixed.
 *
 * What must not be read (a guarded read outside of its array) becomes NaN, in integers and bools
 * too. It stands for "does not exist": an `if`, an `and` or a domain throws it away; a position
 * that is NaN reads NaN. */
#include "graph/evaluator.h"
#include "graph/scalar.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- extents --- */

/* What lies beyond 2^60 stays there, as in the emitted C: it is too large for any array. */
static double extent_held(double extent) {
    const double most = (double)((int64_t)1 << 60);
    return extent > most ? most : extent < -most ? -most : extent;
}

static double extent_number(const Node *node, const Bindings *bindings, bool *known) {
    double arguments[2] = {0};
    if (node->op == OP_NUMBER) return (double)node->u.integer;
    if (node->op == OP_EXTENT) {
        const Axis *axis = node->u.axis;
        if (axis->extent != node) return extent_number(axis->extent, bindings, known);
        const int64_t *size = table_get(&bindings->sizes, axis);
        if (!size) *known = false;
        return size ? (double)*size : 0;
    }
    if (node->argument_count < 1 || node->argument_count > 2)
        bug("%s in an extent", op_info[node->op].id);
    for (int i = 0; i < node->argument_count; i++)
        arguments[i] = extent_number(node->arguments[i], bindings, known);
    switch (node->op) { /* scalar_apply wraps around, as values do */
    case OP_ADD: return extent_held(arguments[0] + arguments[1]);
    case OP_SUB: return extent_held(arguments[0] - arguments[1]);
    case OP_MUL: return extent_held(arguments[0] * arguments[1]);
    default: return scalar_apply(node, arguments);
    }
}

int64_t evaluate_extent(Graph *graph, const Axis *axis, const Bindings *bindings) {
    bool known = true;
    double extent = extent_number(axis->extent, bindings, &known);
    return known ? (int64_t)extent : -1;
}

int64_t evaluator_extent(Evaluator *evaluator, const Axis *axis) {
    bool known = true;
    if (table_has(&evaluator->fixed, axis)) return 1;
    double extent = extent_number(axis->extent, evaluator->bindings, &known);
    if (evaluator->error) return 0;
    if (!known)
        evaluator->error =
            arena_format(evaluator->arena, "the extent of axis %s is not given", axis->name);
    else if (extent < 0)
        evaluator->error =
            arena_format(evaluator->arena, "the extent of axis %s is %.0f", axis->name, extent);
    return evaluator->error ? 0 : (int64_t)extent;
}

/* --- tensors --- */

Tensor tensor_shape(Evaluator *evaluator, Axis *const *axes, int rank) {
    Tensor tensor = {.rank = rank, .count = 1};
    if (rank > MOST_AXES) {
        evaluator->error = "a value has more than 32 axes";
        return tensor;
    }
    tensor.axes = ARENA_ARRAY(evaluator->arena, Axis *, rank + 1);
    tensor.extents = ARENA_ARRAY(evaluator->arena, int64_t, rank + 1);
    bool empty = false, too_large = false;
    for (int i = 0; i < rank; i++) {
        tensor.axes[i] = axes[i];
        tensor.extents[i] = evaluator_extent(evaluator, axes[i]);
        empty = empty || tensor.extents[i] == 0;
        too_large =
            too_large || __builtin_mul_overflow(tensor.count, tensor.extents[i], &tensor.count);
    }
    if (empty)
        tensor.count = 0;
    else if (too_large || tensor.count > LARGEST_TENSOR)
        evaluator->error =
            "a value has more than 2^28 elements: too large for the reference evaluator";
    return tensor;
}

bool tensor_allocate(Evaluator *evaluator, Tensor *tensor) {
    if (evaluator->error) return false;
    tensor->values = malloc(sizeof(double) * (size_t)(tensor->count ? tensor->count : 1));
    if (!tensor->values) evaluator->error = "out of memory in the reference evaluator";
    return tensor->values != NULL;
}

const Tensor *evaluator_argument(const Evaluator *evaluator, const Node *node, int i) {
    return &evaluator->tensors[(intptr_t)table_get(&evaluator->places, node->arguments[i]) - 1];
}

void strides_along(const Tensor *tensor, Axis *const *axes, int rank, int64_t *strides) {
    for (int i = 0; i < rank; i++) {
        int64_t stride = 1;
        strides[i] = 0;
        for (int j = tensor->rank - 1; j >= 0; j--) {
            if (tensor->axes[j] == axes[i]) strides[i] = stride;
            stride *= tensor->extents[j];
        }
    }
}

Walk walk_new(Evaluator *evaluator, const Tensor *over, const Tensor *const *tensors, int count) {
    Walk walk = {.rank = over->rank, .tensor_count = count};
    walk.strides = ARENA_ARRAY(evaluator->arena, int64_t, count * MOST_AXES + 1);
    walk.offsets = ARENA_ARRAY(evaluator->arena, int64_t, count + 1);
    for (int i = 0; i < over->rank; i++)
        walk.extents[i] = over->extents[i];
    for (int t = 0; t < count; t++)
        strides_along(tensors[t], over->axes, over->rank, walk.strides + t * MOST_AXES);
    return walk;
}

void walk_next(Walk *walk) {
    for (int i = walk->rank - 1; i >= 0; i--) {
        bool carry = ++walk->point[i] == walk->extents[i];
        int64_t steps = carry ? 1 - walk->extents[i] : 1;
        if (carry) walk->point[i] = 0;
        for (int t = 0; t < walk->tensor_count; t++)
            walk->offsets[t] += steps * walk->strides[t * MOST_AXES + i];
        if (!carry) return;
    }
}

/* --- nodes without arguments --- */

static double constant_value(const Evaluator *evaluator, const Node *node) {
    if (node->op == OP_NUMBER)
        return scalar_is_float(node->type) ? scalar_round(node->type, node->u.number)
                                           : (double)node->u.integer;
    bool known = true;
    return extent_number(node, evaluator->bindings, &known);
}

bool evaluator_array(Evaluator *evaluator, const Array *array, Tensor *stored) {
    double *values = array->kind == ARRAY_CONST ? array->numbers
                                                : table_get(&evaluator->bindings->arrays, array);
    *stored = tensor_shape(evaluator, array->axes, array->rank);
    if (!values && !evaluator->error && stored->count > 0)
        evaluator->error = arena_format(evaluator->arena, "%s is not given", array->name);
    stored->values = values;
    return !evaluator->error;
}

static void evaluate_array(Evaluator *evaluator, const Node *node, Tensor *result) {
    Tensor stored;
    if (node_recurrence(node)) bug("recurrence %s is not evaluated yet", node->u.array->name);
    if (!evaluator_array(evaluator, node->u.array, &stored)) return;
    Walk walk = walk_new(evaluator, result, (const Tensor *[]){&stored}, 1);
    for (int64_t i = 0; i < result->count; i++, walk_next(&walk))
        result->values[i] = evaluator->bindings->wide
                                ? stored.values[walk.offsets[0]]
                                : scalar_round(node->u.array->type, stored.values[walk.offsets[0]]);
}

static void evaluate_leaf(Evaluator *evaluator, const Node *node, Tensor *result) {
    if (node->op == OP_ARRAY) {
        evaluate_array(evaluator, node, result);
        return;
    }
    if (node->op == OP_EXTENT) evaluator_extent(evaluator, node->u.axis);
    const int64_t *fixed = node->op == OP_AXIS ? table_get(&evaluator->fixed, node->u.axis) : NULL;
    int64_t first = fixed ? *fixed : 0;
    for (int64_t i = 0; i < result->count; i++)
        result->values[i] =
            node->op == OP_AXIS ? (double)(first + i) : constant_value(evaluator, node);
}

/* --- pointwise --- */

static void evaluate_pointwise(Evaluator *evaluator, const Node *node, Tensor *result) {
    int count = node->argument_count;
    const Tensor **arguments = ARENA_ARRAY(evaluator->arena, const Tensor *, count);
    double *values = ARENA_ARRAY(evaluator->arena, double, count);
    for (int a = 0; a < count; a++)
        arguments[a] = evaluator_argument(evaluator, node, a);
    bool passes =
        evaluator->bindings->wide && node->op == OP_CONVERT && scalar_is_float(node->type);
    Walk walk = walk_new(evaluator, result, arguments, count);
    for (int64_t i = 0; i < result->count; i++, walk_next(&walk)) {
        for (int a = 0; a < count; a++)
            values[a] = arguments[a]->values[walk.offsets[a]];
        result->values[i] = passes ? values[0] : scalar_apply(node, values);
    }
}

/* --- reading elsewhere --- */

static void out_of_range(Evaluator *evaluator, const Node *node, int place, double index,
                         int64_t extent) {
    Text text = text_new(evaluator->arena);
    graph_print_node(&text, node);
    evaluator->error =
        arena_format(evaluator->arena, "%s: %.0f is outside of axis %s, whose extent is %lld",
                     text.chars, index, node->u.positions[place]->name, (long long)extent);
}

static void evaluate_at(Evaluator *evaluator, const Node *node, Tensor *result) {
    int count = node->argument_count;
    const Tensor **arguments = ARENA_ARRAY(evaluator->arena, const Tensor *, count);
    int64_t *strides = ARENA_ARRAY(evaluator->arena, int64_t, count);
    int64_t *extents = ARENA_ARRAY(evaluator->arena, int64_t, count);
    for (int a = 0; a < count; a++)
        arguments[a] = evaluator_argument(evaluator, node, a);
    strides_along(arguments[0], node->u.positions, count - 1, strides);
    for (int p = 0; p < count - 1; p++)
        extents[p] = evaluator_extent(evaluator, node->u.positions[p]);
    Walk walk = walk_new(evaluator, result, arguments, count);
    /* An axis that a position replaces is not walked, even where the result has it from another
     * position. */
    for (int p = 0; p < count - 1; p++)
        for (int i = 0; i < result->rank; i++)
            if (result->axes[i] == node->u.positions[p]) walk.strides[i] = 0;
    for (int64_t i = 0; i < result->count && !evaluator->error; i++, walk_next(&walk)) {
        int64_t offset = walk.offsets[0];
        bool exists = true;
        for (int p = 0; p < count - 1; p++) {
            double index = arguments[1 + p]->values[walk.offsets[1 + p]];
            bool inside = index >= 0 && index < (double)extents[p];
            if (!inside && !node->guarded && !isnan(index)) {
                out_of_range(evaluator, node, p, index, extents[p]);
                return;
            }
            exists = exists && inside;
            if (inside) offset += (int64_t)index * strides[p];
        }
        result->values[i] = exists ? arguments[0]->values[offset] : NAN;
    }
}

/* --- reductions --- */

/* A sum of doubles with the parts that rounding loses (Neumaier), in long double. */
typedef struct Sum {
    long double total, lost, plain;
} Sum;

static void sum_add(Sum *sum, double value) {
    long double total = sum->total + value;
    sum->lost += fabsl(sum->total) >= fabsl((long double)value) ? (sum->total - total) + value
                                                                : (value - total) + sum->total;
    sum->total = total;
    sum->plain += value;
}

static double sum_value(const Sum *sum) {
    return isfinite(sum->plain) ? (double)(sum->total + sum->lost) : (double)sum->plain;
}

static double identity_of(const Node *node) {
    Scalar type = node->arguments[0]->type;
    bool least = node->op == OP_REDUCE_MAX;
    switch (node->op) {
    case OP_PROD:
    case OP_ALL: return 1;
    case OP_ARGMIN:
    case OP_ARGMAX: return -1;
    case OP_REDUCE_MIN:
    case OP_REDUCE_MAX:
        if (scalar_is_float(type)) return least ? -INFINITY : INFINITY;
        if (type == SCALAR_I32) return least ? -0x1p31 : 0x1p31 - 1;
        return least ? -0x1p63 : 0x1p63;
    default: return 0;
    }
}

/* Whether value takes the place of best: NaN wins, and the first of equals stays. */
static bool wins(Op op, double value, double best) {
    if (isnan(best)) return false;
    bool least = op == OP_ARGMIN || op == OP_REDUCE_MIN;
    return isnan(value) || (least ? value < best : value > best);
}

typedef struct Fold {
    Sum sum;
    int64_t whole; /* SUM and PROD of integers, wrapping */
    double best;   /* min, max and their places; PROD */
    int64_t place;
    bool any;    /* an element was met */
    bool poison; /* an integer or bool that does not exist was met */
} Fold;

static void fold_add(Fold *fold, const Node *node, double value, int64_t place) {
    bool whole = !scalar_is_float(node->arguments[0]->type);
    if (whole && isnan(value)) {
        fold->poison = true;
        return;
    }
    switch (node->op) {
    case OP_SUM:
        if (whole)
            fold->whole = (int64_t)((uint64_t)fold->whole + (uint64_t)(int64_t)value);
        else
            sum_add(&fold->sum, value);
        break;
    case OP_PROD:
        if (whole)
            fold->whole = (int64_t)((uint64_t)fold->whole * (uint64_t)(int64_t)value);
        else
            fold->best *= value;
        break;
    case OP_ANY: fold->best = fold->best != 0 || value != 0; break;
    case OP_ALL: fold->best = fold->best != 0 && value != 0; break;
    default:
        if (fold->any && !wins(node->op, value, fold->best)) break;
        fold->best = value;
        fold->place = place;
    }
    fold->any = true;
}

static double fold_value(const Fold *fold, const Node *node) {
    bool whole = !scalar_is_float(node->arguments[0]->type);
    if (fold->poison) return NAN;
    switch (node->op) {
    case OP_SUM: return whole ? (double)fold->whole : sum_value(&fold->sum);
    case OP_PROD: return whole ? (double)fold->whole : fold->best;
    case OP_ARGMIN:
    case OP_ARGMAX: return (double)fold->place;
    default: return fold->best;
    }
}

static void evaluate_reduction(Evaluator *evaluator, const Node *node, Tensor *result) {
    const Tensor *parts[2] = {evaluator_argument(evaluator, node, 0), NULL};
    if (node->argument_count > 1) parts[1] = evaluator_argument(evaluator, node, 1);
    const AxisSet *bound = node->u.bound;
    Tensor inner = tensor_shape(evaluator, bound->items, bound->count);
    if (evaluator->error) return;
    Walk outer_walk = walk_new(evaluator, result, parts, node->argument_count);
    Walk fresh_walk = walk_new(evaluator, &inner, parts, node->argument_count);
    double identity = identity_of(node);
    for (int64_t i = 0; i < result->count; i++, walk_next(&outer_walk)) {
        Fold fold = {.best = identity, .place = -1, .whole = node->op == OP_PROD};
        Walk walk = fresh_walk;
        for (int p = 0; p < node->argument_count; p++)
            walk.offsets[p] = outer_walk.offsets[p];
        for (int64_t j = 0; j < inner.count; j++, walk_next(&walk))
            if (!parts[1] || parts[1]->values[walk.offsets[1]] == 1)
                fold_add(&fold, node, parts[0]->values[walk.offsets[0]], j);
        result->values[i] = fold_value(&fold, node);
    }
}

/* --- a whole expression --- */

/* Every node below, in the order of creation, which has arguments before users. */
static void collect(Evaluator *evaluator, Node *node) {
    Vector(Node *) stack = {0};
    Table seen = table_new(evaluator->arena);
    vector_push(evaluator->arena, &stack, node);
    table_set(&seen, node, node);
    while (stack.count > 0) {
        Node *next = stack.items[--stack.count];
        vector_push(evaluator->arena, &evaluator->nodes, next);
        for (int i = 0; i < next->argument_count; i++) {
            if (table_has(&seen, next->arguments[i])) continue;
            table_set(&seen, next->arguments[i], next);
            vector_push(evaluator->arena, &stack, next->arguments[i]);
        }
    }
}

static int by_id(const void *a, const void *b) {
    int left = (*(Node *const *)a)->id, right = (*(Node *const *)b)->id;
    return (left > right) - (left < right);
}

void evaluator_run(Evaluator *evaluator, int place) {
    const Node *node = evaluator->nodes.items[place];
    Tensor *result = &evaluator->tensors[place];
    const Tensor *stored =
        node->op == OP_ARRAY ? table_get(evaluator->stored, node->u.array) : NULL;
    if (stored) {
        *result = *stored;
        return;
    }
    *result = tensor_shape(evaluator, node->axes->items, node->axes->count);
    if (!tensor_allocate(evaluator, result)) return;
    const Tensor *given =
        evaluator->bindings->nodes ? table_get(evaluator->bindings->nodes, node) : NULL;
    if (given && given->count == result->count)
        memcpy(result->values, given->values, sizeof(double) * (size_t)given->count);
    else if (op_info[node->op].class_ == OP_LEAF)
        evaluate_leaf(evaluator, node, result);
    else if (node_is_reduction(node))
        evaluate_reduction(evaluator, node, result);
    else if (node->op == OP_AT)
        evaluate_at(evaluator, node, result);
    else
        evaluate_pointwise(evaluator, node, result);
    for (int i = 0; i < node->argument_count; i++) {
        intptr_t argument = (intptr_t)table_get(&evaluator->places, node->arguments[i]) - 1;
        if (--evaluator->users[argument] > 0 || evaluator->kept[argument]) continue;
        free(evaluator->tensors[argument].values);
        evaluator->tensors[argument].values = NULL;
    }
}

void evaluator_prepare(Evaluator *evaluator, Node *node) {
    collect(evaluator, node);
    int count = evaluator->nodes.count;
    qsort(evaluator->nodes.items, (size_t)count, sizeof(Node *), by_id);
    evaluator->tensors = ARENA_ARRAY(evaluator->arena, Tensor, count);
    evaluator->users = ARENA_ARRAY(evaluator->arena, int, count);
    evaluator->kept = ARENA_ARRAY(evaluator->arena, bool, count);
    for (int i = 0; i < count; i++) {
        Node *one = evaluator->nodes.items[i];
        table_set(&evaluator->places, one, (void *)(intptr_t)(i + 1));
        if (one->op == OP_ARRAY) evaluator->kept[i] = table_has(evaluator->stored, one->u.array);
    }
}

void evaluator_count_users(Evaluator *evaluator) {
    int count = evaluator->nodes.count;
    for (int i = 0; i < count; i++)
        evaluator->users[i] = 0;
    for (int i = 0; i < count; i++) {
        Node *one = evaluator->nodes.items[i];
        for (int a = 0; a < one->argument_count; a++)
            evaluator->users[(intptr_t)table_get(&evaluator->places, one->arguments[a]) - 1]++;
    }
}

static void evaluate_all(Evaluator *evaluator, Node *node) {
    evaluator_prepare(evaluator, node);
    evaluator_count_users(evaluator);
    for (int i = 0; i < evaluator->nodes.count && !evaluator->error; i++)
        evaluator_run(evaluator, i);
}

void evaluator_release(Evaluator *evaluator) {
    for (int i = 0; evaluator->tensors && i < evaluator->nodes.count; i++) {
        const Node *node = evaluator->nodes.items[i];
        if (node->op == OP_ARRAY && table_has(evaluator->stored, node->u.array)) continue;
        free(evaluator->tensors[i].values);
    }
}

/* --- all of it --- */

static double points(Graph *graph, const AxisSet *set, const AxisSet *without,
                     const Bindings *bindings) {
    double count = 1;
    for (int i = 0; i < set->count; i++)
        if (!without || !axis_set_has(without, set->items[i]))
            count *= fmax(0, (double)evaluate_extent(graph, set->items[i], bindings));
    return count;
}

double evaluate_cost(Graph *graph, const Node *node, const Bindings *bindings) {
    double cost = points(graph, node->axes, NULL, bindings);
    if (node_is_reduction(node)) cost *= points(graph, node->u.bound, node->axes, bindings);
    return cost;
}

static void free_stored(const Table *stored) {
    for (int i = 0; i < stored->capacity; i++)
        if (stored->slots[i].key) free(((Tensor *)stored->slots[i].value)->values);
}

/* Copies the last tensor into the order of axes that is asked for, repeating it along those that it
 * lacks. */
static void deliver(Evaluator *evaluator, Axis *const *axes, int rank, Tensor *result) {
    Evaluator keep = *evaluator;
    keep.arena = evaluator->bindings->arena;
    *result = tensor_shape(&keep, axes, rank);
    evaluator->error = keep.error;
    if (evaluator->error) return;
    const Tensor *value = &evaluator->tensors[evaluator->nodes.count - 1];
    Walk walk = walk_new(evaluator, result, &value, 1);
    result->values = ARENA_ARRAY(keep.arena, double, result->count + 1);
    for (int64_t i = 0; i < result->count; i++, walk_next(&walk))
        result->values[i] = value->values[walk.offsets[0]];
}

bool evaluate_node(Graph *graph, Node *node, Axis *const *axes, int rank, const Bindings *bindings,
                   Tensor *result, const char **error) {
    Arena *arena = arena_new();
    Table stored = table_new(arena);
    Evaluator evaluator = {.graph = graph,
                           .bindings = bindings,
                           .arena = arena,
                           .places = table_new(arena),
                           .stored = &stored,
                           .fixed = table_new(arena)};
    *result = (Tensor){0};
    if (!axis_set_within(node->axes, axis_set(graph, axes, rank)))
        evaluator.error = "the value has an axis that is not among those asked for";
    if (!evaluator.error) evaluator_recurrences(&evaluator, node);
    if (!evaluator.error) evaluate_all(&evaluator, node);
    if (!evaluator.error) deliver(&evaluator, axes, rank, result);
    evaluator_release(&evaluator);
    free_stored(&stored);
    bool done = !evaluator.error;
    if (!done) *error = arena_format(bindings->arena, "%s", evaluator.error);
    arena_free(arena);
    return done;
}
