/* Random indices under random conditions: whatever is proved to be in range is evaluated for all
 * small sizes, and must be in range wherever the conditions hold. STEELYARD_RANGE_CASES in the
 * environment asks for more cases. */
#include "check/range.h"
#include <criterion/criterion.h>
#include <stdlib.h>

enum {
    SIZES = 4,
    AXES = 8,
    ROUNDS = 3
};

typedef struct World {
    Compiler *compiler;
    Graph *graph;
    uint64_t state;
    Axis *t, *n, *k, *axes[AXES];
    Array *place, *label, *maybe, *far;
    Facts facts;
} World;

static uint32_t draw(World *w, uint32_t below) {
    w->state = w->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->state >> 33) % below;
}
static Node *num(World *w, int64_t value) {
    return graph_integer(w->graph, SCALAR_I64, value);
}
static Node *two(World *w, Op op, Node *a, Node *b) {
    return graph_binary(w->graph, op, a, b);
}

static Axis *dim(World *w, const char *name, Node *extent) {
    return axis_new(w->graph, name_of(w->compiler->names, name), extent, (Span){0, 0});
}
static Array *array(World *w, const char *name, Axis *index, bool has_none) {
    Array *array = ARENA_NEW(w->compiler->arena, Array);
    *array = (Array){.name = name_of(w->compiler->names, name),
                     .type = SCALAR_I64,
                     .rank = 1,
                     .index_axis = index};
    array->axes = ARENA_ARRAY(w->compiler->arena, Axis *, 1);
    array->axes[0] = w->t;
    array->has_none = has_none;
    array->none = -1;
    return array;
}
static World world_new(uint64_t seed) {
    World w = {.compiler = compiler_new(), .state = seed * 7919 + 1};
    w.graph = graph_new(w.compiler);
    w.t = w.axes[0] = dim(&w, "t", NULL);
    w.n = w.axes[1] = dim(&w, "n", NULL);
    w.k = w.axes[2] = dim(&w, "k", NULL);
    w.axes[3] = axis_like(w.graph, name_of(w.compiler->names, "s"), w.t, (Span){0, 0});
    Node *t = graph_extent(w.graph, w.t), *n = graph_extent(w.graph, w.n),
         *k = graph_extent(w.graph, w.k);
    w.axes[4] = dim(&w, "o", two(&w, OP_ADD, two(&w, OP_SUB, t, k), num(&w, draw(&w, 3))));
    w.axes[5] =
        dim(&w, "h",
            two(&w, OP_IDIV, two(&w, OP_ADD, t, num(&w, draw(&w, 2))), num(&w, 2 + draw(&w, 2))));
    w.axes[6] = dim(&w, "m", two(&w, OP_MUL, n, k));
    w.axes[7] = dim(&w, "c", num(&w, 3));
    w.place = array(&w, "place", NULL, false);
    w.label = array(&w, "label", w.n, false);
    w.maybe = array(&w, "maybe", w.n, true);
    return w;
}

static Node *any_condition(World *w, int depth);

static Node *any_leaf(World *w) {
    switch (draw(w, 8)) {
    case 0: return num(w, draw(w, 3));
    case 1: return graph_extent(w->graph, w->axes[draw(w, AXES)]);
    case 2: return graph_array(w->graph, draw(w, 2) ? w->place : draw(w, 2) ? w->label : w->maybe);
    default: return graph_axis(w->graph, w->axes[draw(w, AXES)]);
    }
}
static Node *any_index(World *w, int depth) {
    if (depth == 0) return any_leaf(w);
    Node *a = any_index(w, depth - 1), *b = any_index(w, draw(w, 2) ? 0 : depth - 1);
    switch (draw(w, 14)) {
    case 0:
    case 1: return two(w, OP_ADD, a, b);
    case 2:
    case 3: return two(w, OP_SUB, a, b);
    case 4: return two(w, OP_SUB, a, num(w, 1));
    case 5:
        return two(w, OP_ADD, two(w, OP_MUL, a, graph_extent(w->graph, w->axes[draw(w, AXES)])), b);
    case 6: return two(w, OP_IDIV, a, draw(w, 2) ? b : num(w, 2));
    case 7:
        return two(w, OP_MOD, a, draw(w, 2) ? graph_extent(w->graph, w->axes[draw(w, AXES)]) : b);
    case 8: return two(w, OP_MIN, a, b);
    case 9: return two(w, OP_MAX, a, b);
    case 10: return graph_unary(w->graph, OP_ABS, a);
    case 11: return graph_select(w->graph, any_condition(w, 1), a, b);
    case 12: return two(w, OP_MUL, a, b);
    default: return a;
    }
}
static Node *any_condition(World *w, int depth) {
    static const Op compare[] = {OP_LT, OP_LE, OP_EQ, OP_NE};
    if (depth == 0 || draw(w, 3) == 0)
        return two(w, compare[draw(w, 4)], any_index(w, (int)draw(w, 2)),
                   any_index(w, (int)draw(w, 2)));
    switch (draw(w, 3)) {
    case 0: return two(w, OP_AND, any_condition(w, depth - 1), any_condition(w, depth - 1));
    case 1: return two(w, OP_OR, any_condition(w, depth - 1), any_condition(w, depth - 1));
    default: return graph_unary(w->graph, OP_NOT, any_condition(w, depth - 1));
    }
}

/* --- checking what was proved --- */

static double *fill(World *w, const Bindings *bindings, const Array *array) {
    double *values = ARENA_ARRAY(bindings->arena, double, SIZES);
    int64_t extent = array->index_axis ? evaluate_extent(w->graph, array->index_axis, bindings) : 0;
    for (int i = 0; i < SIZES; i++) {
        values[i] =
            array->index_axis ? (extent ? draw(w, (uint32_t)extent) : 0) : (double)draw(w, 9) - 3;
        if (array->has_none && (extent == 0 || draw(w, 3) == 0)) values[i] = (double)array->none;
    }
    return values;
}

/* False where a size is no possible one: a computed extent below 0, or labels of an empty axis. */
static bool possible(World *w, const Bindings *bindings) {
    for (int i = 0; i < AXES; i++)
        if (evaluate_extent(w->graph, w->axes[i], bindings) < 0) return false;
    return evaluate_extent(w->graph, w->n, bindings) > 0 ||
           evaluate_extent(w->graph, w->t, bindings) == 0;
}

static void expect_in_range(World *w, Node *index, Axis *axis, Node *condition,
                            const Bindings *bindings) {
    const AxisSet *scope = axis_set_union(w->graph, index->axes, condition->axes);
    Tensor value, holds;
    const char *error = "";
    bool done =
        evaluate_node(w->graph, index, scope->items, scope->count, bindings, &value, &error) &&
        evaluate_node(w->graph, condition, scope->items, scope->count, bindings, &holds, &error);
    cr_assert(done, "%s", error);
    double extent = (double)evaluate_extent(w->graph, axis, bindings);
    for (int64_t i = 0; i < value.count; i++) {
        if (holds.values[i] != 1 || (value.values[i] >= 0 && value.values[i] < extent)) continue;
        Text text = text_new(bindings->arena);
        graph_print_node(&text, index);
        text_format(&text, " in %s (%.0f of %.0f) where ", axis->name, value.values[i], extent);
        graph_print_node(&text, condition);
        cr_assert_fail("proved, but wrong: %s", text.chars);
    }
}

static void check_all_sizes(World *w, Node *index, Axis *axis, Node *condition) {
    for (int sizes = 0; sizes < SIZES * SIZES * SIZES; sizes++) {
        Arena *arena = arena_new();
        Bindings bindings = {.arena = arena, .sizes = table_new(arena), .arrays = table_new(arena)};
        int64_t extents[3] = {sizes % SIZES, sizes / SIZES % SIZES, sizes / (SIZES * SIZES)};
        for (int i = 0; i < 3; i++)
            table_set(&bindings.sizes, w->axes[i], &extents[i]);
        for (int round = 0; round < ROUNDS && possible(w, &bindings); round++) {
            const Array *arrays[] = {w->place, w->label, w->maybe};
            for (int i = 0; i < 3; i++)
                table_set(&bindings.arrays, arrays[i], fill(w, &bindings, arrays[i]));
            expect_in_range(w, index, axis, condition, &bindings);
        }
        arena_free(arena);
    }
}

Test(range_random, what_is_proved_holds) {
    const char *asked = getenv("STEELYARD_RANGE_CASES");
    long cases = asked ? atol(asked) : 2000, proved = 0;
    for (long seed = 0; seed < cases; seed++) {
        World w = world_new((uint64_t)seed);
        Node *index = any_index(&w, (int)draw(&w, 4)),
             *condition = graph_integer(w.graph, SCALAR_BOOL, 1);
        for (uint32_t count = draw(&w, 4); count > 0; count--) {
            Node *fact = any_condition(&w, (int)draw(&w, 3));
            vector_push(w.compiler->arena, &w.facts.items, fact);
            condition = two(&w, OP_AND, condition, fact);
        }
        Axis *axis = w.axes[draw(&w, AXES)];
        if (index->op != OP_NUMBER && range_prove(w.graph, index, axis, &w.facts, NULL)) {
            proved++;
            check_all_sizes(&w, index, axis, condition);
        }
        compiler_free(w.compiler);
    }
    cr_log_info("%ld of %ld proved", proved, cases);
    cr_expect(asked || proved > 200, "only %ld proved", proved);
}
