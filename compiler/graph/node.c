/* The nodes: each constructor fills in a shape, works out type, free axes and flags from the
 * arguments, and returns the one node that is equal, making it where it is new. Nothing is
 * simplified here but what would give one meaning two nodes: an AT without effect is its base, a
 * conversion to the type it has is the value itself.
 *
 * A conversion to f16 or bf16 rounds: it is a node of that type, always under a CONVERT to f32. */
#include "graph/internal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const OpInfo op_info[OP_COUNT] = {
#define OP(id, text, arguments, class, price)                                                      \
    [OP_##id] = {#id, text, arguments, OP_##class, PRICE_##price},
#include "graph/ops.def"
#undef OP
};

int node_small_power(const Node *node) {
    const Node *exponent = node->arguments[1];
    if (exponent->op != OP_NUMBER || !scalar_is_float(node->type)) return 0;
    double k = scalar_is_float(exponent->type) ? exponent->u.number : (double)exponent->u.integer;
    return k >= 1 && k <= 4 && k == floor(k) ? (int)k : 0;
}

Price node_price(const Node *node) {
    bool multiplies =
        node->op == OP_POW && (!scalar_is_float(node->type) || node_small_power(node) > 0);
    return multiplies ? PRICE_STEP : op_info[node->op].price;
}

const char *scalar_text(Scalar type) {
    static const char *const texts[] = {
        [SCALAR_BOOL] = "bool", [SCALAR_I32] = "i32", [SCALAR_I64] = "i64",  [SCALAR_F32] = "f32",
        [SCALAR_F64] = "f64",   [SCALAR_F16] = "f16", [SCALAR_BF16] = "bf16"};
    return texts[type];
}

/* To a significand of `bits` bits, ties to even, with the given exponents of the least and the
 * largest number. */
static double round_to_bits(double value, int bits, int least, double largest) {
    if (value == 0 || !isfinite(value)) return value;
    int exponent;
    frexp(value, &exponent); /* |value| in [2^(exponent-1), 2^exponent) */
    int unit = exponent - bits;
    if (unit < least) unit = least;
    double rounded = ldexp(nearbyint(ldexp(value, -unit)), unit);
    return fabs(rounded) > largest ? copysign(INFINITY, value) : copysign(rounded, value);
}

double scalar_round(Scalar type, double value) {
    switch (type) {
    case SCALAR_F32: return (float)value;
    case SCALAR_F16: return round_to_bits(value, 11, -24, 65504.0);
    case SCALAR_BF16: return round_to_bits(value, 8, -133, 0x1.fep127);
    default: return value;
    }
}

/* 0.001 as f32 stands for the decimal that a reader sees, not for the nearest float's 17 digits: so
 * `1 - 0.999` is 0.001, rounded once, and not 0.0009999871. */
double scalar_literal(Scalar type, double value) {
    if (type != SCALAR_F32 || !isfinite(value)) return value;
    float nearest = (float)value;
    if (!isfinite(nearest) || nearest == rintf(nearest)) return nearest;
    char digits[40];
    for (int precision = 6; precision <= 9; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)nearest);
        if (strtof(digits, NULL) == nearest) break;
    }
    return strtod(digits, NULL);
}

Graph *graph_new(Compiler *compiler) {
    Graph *graph = ARENA_NEW(compiler->arena, Graph);
    graph->compiler = compiler;
    graph->arena = compiler->arena;
    graph->variants = table_new(compiler->arena);
    graph->empty_set = axis_set(graph, NULL, 0);
    return graph;
}

Compiler *graph_compiler(const Graph *graph) {
    return graph->compiler;
}

/* --- what follows from the arguments --- */

static void expect(bool holds, const Node *shape, const char *what) {
    if (!holds) bug("node %s: %s", op_info[shape->op].id, what);
}

static bool is_number(Scalar type) {
    return type != SCALAR_BOOL && type <= SCALAR_F64;
}

static Scalar infix_type(const Node *shape) {
    Scalar a = shape->arguments[0]->type;
    expect(is_number(a), shape, "a number is needed");
    if (shape->op == OP_NEG) return a;
    Scalar b = shape->arguments[1]->type;
    expect(is_number(b), shape, "a number is needed on the right");
    if (shape->op == OP_POW) {
        if (scalar_is_float(a)) {
            expect(a == b || scalar_is_integer(b), shape, "the exponent's type");
        } else {
            const Node *exponent = shape->arguments[1];
            expect(exponent->op == OP_NUMBER && scalar_is_integer(b) && exponent->u.integer >= 0,
                   shape, "an integer needs a literal exponent of 0 or more");
        }
        return a;
    }
    expect(a == b, shape, "the types of the sides differ");
    expect(shape->op != OP_DIV || scalar_is_float(a), shape, "integers have no /");
    return a;
}

static Scalar call_type(const Node *shape) {
    Scalar a = shape->arguments[0]->type;
    bool integers =
        shape->op == OP_ABS || shape->op == OP_SIGN || op_info[shape->op].arguments == 2;
    expect(is_number(a) && (integers || scalar_is_float(a)), shape, "the argument's type");
    if (shape->argument_count == 2) {
        expect(a == shape->arguments[1]->type, shape, "the types of the arguments differ");
    }
    return a;
}

static Scalar compare_type(const Node *shape) {
    Scalar a = shape->arguments[0]->type;
    bool equality = shape->op == OP_EQ || shape->op == OP_NE;
    expect(is_number(a) || (equality && a == SCALAR_BOOL), shape, "numbers are needed");
    expect(a == shape->arguments[1]->type, shape, "the types of the sides differ");
    return SCALAR_BOOL;
}

static Scalar reduce_type(const Node *shape) {
    Scalar body = shape->arguments[0]->type;
    expect(shape->argument_count == 1 ||
               (shape->argument_count == 2 && shape->arguments[1]->type == SCALAR_BOOL),
           shape, "the domain is no bool");
    expect(shape->u.bound->count > 0, shape, "no axis is bound");
    switch (shape->op) {
    case OP_ANY:
    case OP_ALL: expect(body == SCALAR_BOOL, shape, "a bool is needed"); return SCALAR_BOOL;
    case OP_ARGMIN:
    case OP_ARGMAX:
        expect(is_number(body), shape, "a number is needed");
        expect(shape->u.bound->count == 1, shape, "one axis is needed");
        return SCALAR_I64;
    case OP_SUM:
    case OP_PROD:
        expect(is_number(body), shape, "a number is needed");
        return body == SCALAR_I32 ? SCALAR_I64 : body;
    default: expect(is_number(body), shape, "a number is needed"); return body;
    }
}

static Scalar special_type(const Node *shape) {
    Node **a = shape->arguments;
    switch (shape->op) {
    case OP_CONVERT:
        expect(a[0]->type <= SCALAR_F64 || shape->type == SCALAR_F32, shape,
               "f16 and bf16 are read as f32");
        return shape->type;
    case OP_SELECT:
        expect(a[0]->type == SCALAR_BOOL, shape, "the condition is no bool");
        expect(a[1]->type == a[2]->type && a[1]->type <= SCALAR_F64, shape, "the branches' types");
        return a[1]->type;
    case OP_AT:
    case OP_LET:
    case OP_STOP:
        for (int i = 1; i < shape->argument_count; i++) {
            expect(scalar_is_integer(a[i]->type), shape, "an index is no integer");
        }
        expect(a[0]->type <= SCALAR_F64, shape, "f16 and bf16 are read as f32");
        return a[0]->type;
    default: /* UNIFORM, NORMAL */
        for (int i = 0; i < shape->argument_count; i++) {
            expect(scalar_is_integer(a[i]->type), shape, "key and indices are integers");
        }
        expect(shape->type == SCALAR_F32 || shape->type == SCALAR_F64, shape, "the type");
        return shape->type;
    }
}

static Scalar type_of(const Node *shape) {
    int arguments = op_info[shape->op].arguments;
    expect(arguments < 0 || arguments == shape->argument_count, shape, "the number of arguments");
    switch (op_info[shape->op].class_) {
    case OP_LEAF: break;
    case OP_INFIX: return infix_type(shape);
    case OP_COMPARE: return compare_type(shape);
    case OP_LOGIC:
        for (int i = 0; i < shape->argument_count; i++) {
            expect(shape->arguments[i]->type == SCALAR_BOOL, shape, "a bool is needed");
        }
        return SCALAR_BOOL;
    case OP_CALL: return call_type(shape);
    case OP_TEST:
        expect(scalar_is_float(shape->arguments[0]->type), shape, "a float is needed");
        return SCALAR_BOOL;
    case OP_SPECIAL: return special_type(shape);
    case OP_REDUCE: return reduce_type(shape);
    }
    if (shape->op == OP_NUMBER) return shape->type;
    if (shape->op != OP_ARRAY) return SCALAR_I64;
    Scalar stored = shape->u.array->type;
    return stored == SCALAR_F16 || stored == SCALAR_BF16 ? SCALAR_F32 : stored;
}

static const AxisSet *axes_of(Graph *graph, const Node *shape) {
    if (shape->op == OP_AXIS) return axis_set(graph, &shape->u.axis, 1);
    if (shape->op == OP_ARRAY) return axis_set(graph, shape->u.array->axes, shape->u.array->rank);
    const AxisSet *axes = graph->empty_set;
    for (int i = 0; i < shape->argument_count; i++) {
        const AxisSet *more = shape->arguments[i]->axes;
        if (shape->op == OP_AT && i == 0) {
            more = axis_set_minus(graph, more,
                                  axis_set(graph, shape->u.positions, shape->argument_count - 1));
        }
        axes = axis_set_union(graph, axes, more);
    }
    return node_is_reduction(shape) ? axis_set_minus(graph, axes, shape->u.bound) : axes;
}

static bool may_divide_by_zero(const Node *shape) {
    if ((shape->op != OP_IDIV && shape->op != OP_MOD) || scalar_is_float(shape->type)) return false;
    const Node *divisor = shape->arguments[1];
    return divisor->op != OP_NUMBER || divisor->u.integer == 0;
}

void node_derive(Graph *graph, Node *shape) {
    shape->type = type_of(shape);
    shape->axes = axes_of(graph, shape);
    shape->can_fail = shape->guarded || may_divide_by_zero(shape);
    shape->has_reduction = node_is_reduction(shape);
    for (int i = 0; i < shape->argument_count; i++) {
        shape->can_fail |= shape->arguments[i]->can_fail;
        shape->has_reduction |= shape->arguments[i]->has_reduction;
    }
}

/* --- the store --- */

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    return hash ^ (hash >> 32);
}

static uint64_t bits_of(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static uint64_t attribute_word(const Node *node) {
    switch (node->op) {
    case OP_NUMBER:
        return scalar_is_float(node->type) ? bits_of(node->u.number) : (uint64_t)node->u.integer;
    case OP_AXIS:
    case OP_EXTENT: return (uint64_t)(uintptr_t)node->u.axis;
    case OP_ARRAY: return (uint64_t)(uintptr_t)node->u.array;
    case OP_LET: return (uint64_t)(uintptr_t)node->u.name;
    default: return node_is_reduction(node) ? (uint64_t)(uintptr_t)node->u.bound : 0;
    }
}

static uint64_t node_hash(const Node *node) {
    uint64_t hash = mix((uint64_t)node->op * 64 + (uint64_t)node->type, attribute_word(node));
    hash = mix(hash, node->guarded);
    for (int i = 0; i < node->argument_count; i++) {
        hash = mix(hash, (uint64_t)node->arguments[i]->id);
        if (node->op == OP_AT && i > 0) hash = mix(hash, (uint64_t)node->u.positions[i - 1]->id);
    }
    return hash;
}

static bool node_equal(const Node *a, const Node *b) {
    if (a->op != b->op || a->type != b->type || a->guarded != b->guarded ||
        a->argument_count != b->argument_count || attribute_word(a) != attribute_word(b)) {
        return false;
    }
    for (int i = 0; i < a->argument_count; i++) {
        if (a->arguments[i] != b->arguments[i]) return false;
        if (a->op == OP_AT && i > 0 && a->u.positions[i - 1] != b->u.positions[i - 1]) return false;
    }
    return true;
}

static void node_place(Graph *graph, Node *node, uint64_t hash) {
    uint64_t mask = (uint64_t)graph->node_capacity - 1;
    uint64_t slot = hash & mask;
    while (graph->nodes[slot]) {
        slot = (slot + 1) & mask;
    }
    graph->nodes[slot] = node;
    graph->node_hashes[slot] = hash;
}

static void store_grow(Graph *graph) {
    Node **nodes = graph->nodes;
    uint64_t *hashes = graph->node_hashes;
    int capacity = graph->node_capacity;
    graph->node_capacity = capacity ? 2 * capacity : 256;
    graph->nodes = arena_borrow(graph->arena, sizeof(Node *) * (size_t)graph->node_capacity);
    graph->node_hashes =
        arena_borrow(graph->arena, sizeof(uint64_t) * (size_t)graph->node_capacity);
    for (int i = 0; i < capacity; i++) {
        if (nodes[i]) node_place(graph, nodes[i], hashes[i]);
    }
    if (!capacity) return;
    arena_give_back(graph->arena, nodes, sizeof(Node *) * (size_t)capacity);
    arena_give_back(graph->arena, hashes, sizeof(uint64_t) * (size_t)capacity);
}

static Node *node_lookup(const Graph *graph, const Node *shape, uint64_t hash) {
    if (!graph->node_capacity) return NULL;
    uint64_t mask = (uint64_t)graph->node_capacity - 1;
    for (uint64_t slot = hash & mask; graph->nodes[slot]; slot = (slot + 1) & mask) {
        Node *node = graph->nodes[slot];
        if (graph->node_hashes[slot] == hash && node_equal(node, shape)) return node;
    }
    return NULL;
}

Node *node_find(const Graph *graph, const Node *shape) {
    return node_lookup(graph, shape, node_hash(shape));
}

static bool has_positions(const Node *node) {
    bool is_random = node->op == OP_UNIFORM || node->op == OP_NORMAL;
    return node->op == OP_AT || (is_random && node->u.positions);
}

Node *node_intern(Graph *graph, Node *shape) {
    shape->type = type_of(shape);
    uint64_t hash = node_hash(shape);
    Node *node = node_lookup(graph, shape, hash);
    if (node) return node;
    node_derive(graph, shape);
    if (2 * (graph->node_count + 1) > graph->node_capacity) store_grow(graph);
    node = ARENA_NEW(graph->arena, Node);
    *node = *shape;
    node->id = graph->node_count++;
    int count = shape->argument_count;
    if (count) {
        node->arguments = ARENA_ARRAY(graph->arena, Node *, count);
        memcpy(node->arguments, shape->arguments, sizeof(Node *) * (size_t)count);
    }
    if (count > 1 && has_positions(shape)) {
        node->u.positions = ARENA_ARRAY(graph->arena, Axis *, count - 1);
        memcpy(node->u.positions, shape->u.positions, sizeof(Axis *) * (size_t)(count - 1));
    }
    node_place(graph, node, hash);
    return node;
}

/* --- constructors --- */

Node *graph_number(Graph *graph, Scalar type, double value) {
    if (type != SCALAR_F32 && type != SCALAR_F64) bug("a float of type %s", scalar_text(type));
    Node shape = {.op = OP_NUMBER, .type = type};
    shape.u.number = isnan(value) ? (double)NAN : scalar_literal(type, value);
    return node_intern(graph, &shape);
}

Node *graph_integer(Graph *graph, Scalar type, int64_t value) {
    if (type > SCALAR_I64) bug("an integer of type %s", scalar_text(type));
    if ((type == SCALAR_BOOL && value != 0 && value != 1) ||
        (type == SCALAR_I32 && value != (int32_t)value)) {
        bug("%lld does not fit %s", (long long)value, scalar_text(type));
    }
    Node shape = {.op = OP_NUMBER, .type = type, .u.integer = value};
    return node_intern(graph, &shape);
}

Node *graph_axis(Graph *graph, Axis *axis) {
    Node shape = {.op = OP_AXIS, .u.axis = axis};
    return node_intern(graph, &shape);
}

Node *graph_extent(Graph *graph, Axis *axis) {
    (void)graph;
    return axis->extent;
}

Node *graph_array(Graph *graph, Array *array) {
    Node shape = {.op = OP_ARRAY, .u.array = array};
    return node_intern(graph, &shape);
}

Node *graph_unary(Graph *graph, Op op, Node *a) {
    if (op_info[op].arguments != 1 || op_info[op].class_ > OP_TEST)
        bug("%s is not unary", op_info[op].id);
    Node shape = {.op = op, .argument_count = 1, .arguments = &a};
    return node_intern(graph, &shape);
}

Node *graph_binary(Graph *graph, Op op, Node *a, Node *b) {
    if (op_info[op].arguments != 2) bug("%s is not binary", op_info[op].id);
    Node shape = {.op = op, .argument_count = 2, .arguments = (Node *[]){a, b}};
    return node_intern(graph, &shape);
}

Node *graph_convert(Graph *graph, Scalar type, Node *a) {
    if (a->type == type) return a;
    Node shape = {.op = OP_CONVERT, .type = type, .argument_count = 1, .arguments = &a};
    Node *node = node_intern(graph, &shape);
    return type == SCALAR_F16 || type == SCALAR_BF16 ? graph_convert(graph, SCALAR_F32, node)
                                                     : node;
}

Node *graph_select(Graph *graph, Node *condition, Node *then, Node *otherwise) {
    Node shape = {
        .op = OP_SELECT, .argument_count = 3, .arguments = (Node *[]){condition, then, otherwise}};
    return node_intern(graph, &shape);
}

Node *graph_at(Graph *graph, Node *base, Axis *const *positions, Node *const *indices, int count,
               bool guarded) {
    Axis *few_positions[16];
    Node *few_arguments[17];
    Axis **kept = count <= 16 ? few_positions : ARENA_ARRAY(graph->arena, Axis *, count);
    Node **arguments = count <= 16 ? few_arguments : ARENA_ARRAY(graph->arena, Node *, count + 1);
    int used = 0;
    for (int i = 0; i < count; i++) {
        Axis *axis = positions[i];
        if (!axis_set_has(base->axes, axis)) continue;
        if (indices[i]->op == OP_AXIS && indices[i]->u.axis == axis) continue;
        int at = used;
        while (at > 0 && kept[at - 1]->id > axis->id) {
            kept[at] = kept[at - 1];
            arguments[at + 1] = arguments[at];
            at--;
        }
        if (at > 0 && kept[at - 1] == axis) bug("axis %s stands twice in an AT", axis->name);
        kept[at] = axis;
        arguments[at + 1] = indices[i];
        used++;
    }
    if (!used) return base;
    arguments[0] = base;
    Node shape = {
        .op = OP_AT, .guarded = guarded, .argument_count = used + 1, .arguments = arguments};
    shape.u.positions = kept;
    return node_intern(graph, &shape);
}

Node *graph_let(Graph *graph, Name name, Node *value) {
    Node shape = {.op = OP_LET, .argument_count = 1, .arguments = &value, .u.name = name};
    return node_intern(graph, &shape);
}

Node *graph_stop(Graph *graph, Node *value) {
    Node shape = {.op = OP_STOP, .argument_count = 1, .arguments = &value};
    return node_intern(graph, &shape);
}

Node *graph_random(Graph *graph, Op op, Scalar type, Node *key, Axis *const *axes,
                   Node *const *indices, int count) {
    if (op != OP_UNIFORM && op != OP_NORMAL) bug("%s is not random", op_info[op].id);
    Node **arguments = ARENA_ARRAY(graph->arena, Node *, count + 1);
    arguments[0] = key;
    for (int i = 0; i < count; i++) {
        arguments[i + 1] = indices[i];
    }
    Node shape = {.op = op, .type = type, .argument_count = count + 1, .arguments = arguments};
    shape.u.positions = (Axis **)axes;
    return node_intern(graph, &shape);
}

Node *graph_reduce(Graph *graph, Op op, const AxisSet *bound, Node *body, Node *where) {
    if (op_info[op].class_ != OP_REDUCE) bug("%s is no reduction", op_info[op].id);
    Node shape = {.op = op, .argument_count = where ? 2 : 1, .arguments = (Node *[]){body, where}};
    shape.u.bound = bound;
    return node_intern(graph, &shape);
}

Node *graph_both(Graph *graph, Node *a, Node *b) {
    if (!a || !b || a == b) return a ? a : b;
    return graph_binary(graph, OP_AND, a, b);
}

Node *graph_inside(Graph *graph, Node *index, Axis *axis) {
    Node *low = graph_binary(graph, OP_LE, graph_integer(graph, SCALAR_I64, 0), index);
    Node *high = graph_binary(graph, OP_LT, index, graph_extent(graph, axis));
    return graph_binary(graph, OP_AND, low, high);
}

Node *graph_rebuild(Graph *graph, Node *node, Node *const *arguments) {
    bool same = true;
    for (int i = 0; i < node->argument_count; i++) {
        same = same && arguments[i] == node->arguments[i];
    }
    if (same) return node;
    Node *result;
    if (node->op == OP_AT) {
        result = graph_at(graph, arguments[0], node->u.positions, arguments + 1,
                          node->argument_count - 1, node->guarded);
    } else if (node->op == OP_CONVERT && arguments[0]->type == node->type) {
        result = arguments[0];
    } else {
        Node shape = *node;
        shape.span = (Span){0, 0};
        shape.arguments = (Node **)arguments;
        if (node_is_reduction(node) && node->argument_count == 2 && !arguments[1])
            shape.argument_count = 1;
        result = node_intern(graph, &shape);
    }
    return graph_with_span(result, node->span);
}

Node *graph_with_span(Node *node, Span span) {
    if (node->span.end == 0) node->span = span;
    return node;
}

void graph_conditions(Graph *graph, Node *condition, NodeList *list) {
    if (condition && condition->op == OP_AND) {
        graph_conditions(graph, condition->arguments[0], list);
        graph_conditions(graph, condition->arguments[1], list);
    } else if (condition) {
        vector_push(graph->arena, list, condition);
    }
}

bool node_reaches(const Node *node, const Node *target, Table *seen) {
    if (node == target) return true;
    bool older = node->id < target->id; /* arguments are older than their users */
    if (older || (target->has_reduction && !node->has_reduction) || table_has(seen, node))
        return false;
    table_set(seen, node, (void *)node);
    for (int i = 0; i < node->argument_count; ++i)
        if (node_reaches(node->arguments[i], target, seen)) return true;
    return false;
}

typedef struct Visit {
    Node *node;
    int next; /* argument */
} Visit;

void graph_order(Graph *graph, Node *root, Table *seen, NodeList *list) {
    Visit first[32];
    Vector(Visit) open = {first, 0, 32};
    if (!table_add(seen, root)) return;
    vector_push(graph->arena, &open, (Visit){root, 0});
    while (open.count) {
        Visit *top = &open.items[open.count - 1];
        if (top->next == top->node->argument_count) {
            vector_push(graph->arena, list, top->node);
            open.count--;
            continue;
        }
        Node *argument = top->node->arguments[top->next++];
        if (!table_add(seen, argument)) continue;
        vector_push(graph->arena, &open, (Visit){argument, 0});
    }
}

Node *reduction_identity(Graph *graph, Op op, Scalar type) {
    switch (op) {
    case OP_SUM:
    case OP_PROD:
        if (scalar_is_integer(type)) return graph_integer(graph, type, op == OP_PROD);
        return graph_number(graph, type, op == OP_PROD);
    case OP_REDUCE_MIN:
    case OP_REDUCE_MAX:
        if (!scalar_is_float(type)) return NULL;
        return graph_number(graph, type, op == OP_REDUCE_MIN ? INFINITY : -INFINITY);
    case OP_ANY:
    case OP_ALL: return graph_integer(graph, SCALAR_BOOL, op == OP_ALL);
    default: return graph_integer(graph, SCALAR_I64, -1);
    }
}

Axis *node_index_axis(const Node *node, bool *has_none, int64_t *none) {
    *has_none = false;
    *none = 0;
    switch (node->op) {
    case OP_AXIS: return node->u.axis;
    case OP_ARRAY:
        if (node->u.array->index_axis) {
            *has_none = node->u.array->has_none;
            *none = node->u.array->none;
        }
        return node->u.array->index_axis;
    case OP_ARGMIN:
    case OP_ARGMAX: return node->u.bound->items[0];
    case OP_LET:
    case OP_STOP:
    case OP_AT: return node_index_axis(node->arguments[0], has_none, none);
    case OP_SELECT: {
        bool has_other;
        int64_t other;
        Axis *a = node_index_axis(node->arguments[1], has_none, none);
        Axis *b = node_index_axis(node->arguments[2], &has_other, &other);
        if (!a || !b || !axis_same_extent(a, b) || (*has_none && has_other && *none != other)) {
            *has_none = false;
            return NULL;
        }
        if (has_other) *none = other;
        *has_none = *has_none || has_other;
        return a;
    }
    default: return NULL;
    }
}
