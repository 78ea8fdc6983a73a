/* Random expressions keep their value when they are simplified, and when an axis is substituted:
 * the evaluator is the judge, on sizes down to 0. STEELYARD_ROUNDS says how many are tried. */
#include "random_nodes.h"
#include <stdlib.h>

typedef struct World {
    Bindings bindings;
    int64_t sizes[2];
    double numbers[6][64];
} World;

static World world;

static void setup(void) {
    real = SCALAR_F64;
    wild = true;
}
TestSuite(graph_random, .init = setup);

static void bind(int which, Node *array, double *numbers) {
    (void)which;
    table_set(&world.bindings.arrays, array->u.array, numbers);
}

static void fill(void) {
    static const double values[] = {1, -2, 0.5, 3, -0.0, 0, 4, 0.25, -1};
    world.bindings = bindings_new(compiler->arena);
    may_be_empty = pick(3) == 0;
    world.sizes[0] = may_be_empty ? pick(2) : 1 + pick(4);
    world.sizes[1] =
        may_be_empty && !world.sizes[0] ? pick(2) : 1 + pick(4); /* label lies within m */
    table_set(&world.bindings.sizes, n, &world.sizes[0]);
    table_set(&world.bindings.sizes, m, &world.sizes[1]);
    for (int k = 0; k < 64; k++) {
        for (int a = 0; a < 2; a++) {
            world.numbers[a][k] =
                pick(30) ? values[pick(9)] : (pick(2) ? (double)NAN : (double)INFINITY);
        }
        world.numbers[2][k] = world.sizes[1] ? pick((int)world.sizes[1]) : 0;
        world.numbers[3][k] = pick(2);
    }
    bind(0, x, world.numbers[0]);
    bind(1, y, world.numbers[1]);
    bind(2, label, world.numbers[2]);
    bind(3, keep, world.numbers[3]);
}

static bool close_enough(double a, double b) {
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

/* A sum of one element that is -0 is 0 where it is added up, and -0 where the simplifier finds the
 * one element: then what divides by it has another sign. */
static bool may_show_zeros_sign(Node *node) {
    const char *text = text_of(node);
    return strstr(text, "sum[") && (strstr(text, " / ") || strstr(text, "^ -"));
}

/* Whether both have the same value everywhere; where the first cannot be evaluated, nothing is
 * asked. */
static void expect_same_value(Node *one, Node *other, const char *what) {
    Axis *axes[] = {n, m, c};
    Tensor a, b;
    const char *error = NULL;
    cr_assert(axis_set_within(other->axes, one->axes), "%s: %s\n  has other axes than\n  %s", what,
              text_of(other), text_of(one));
    if (!evaluate_node(g, one, axes, 3, &world.bindings, &a, &error)) return;
    cr_assert(evaluate_node(g, other, axes, 3, &world.bindings, &b, &error),
              "%s: %s\n  became\n  %s\n  %s", what, text_of(one), text_of(other), error);
    for (int64_t k = 0; k < a.count; k++) {
        if (!close_enough(a.values[k], b.values[k]) && may_show_zeros_sign(one)) continue;
        cr_assert(close_enough(a.values[k], b.values[k]),
                  "%s: %.17g became %.17g (at %d of %dx%d)\n  %s\n  %s", what, a.values[k],
                  b.values[k], (int)k, (int)world.sizes[0], (int)world.sizes[1], text_of(one),
                  text_of(other));
    }
}

static int rounds(int usual) {
    const char *stated = getenv("STEELYARD_ROUNDS");
    return stated ? atoi(stated) : usual;
}

static void begin(int round) {
    graph_setup();
    random_state = (uint64_t)round * 7919 + 17;
    fill();
}

Test(graph_random, simplified) {
    for (int round = 0; round < rounds(3000); round++) {
        begin(round);
        Node *value = round % 4 ? some_float(1 + pick(4)) : some_bool(1 + pick(4));
        Node *simple = graph_simplify(g, value);
        expect_same_value(value, simple, arena_format(compiler->arena, "round %d", round));
        cr_expect_eq(graph_simplify(g, simple), simple, "round %d: not yet simple: %s\n  then %s",
                     round, text_of(simple), text_of(graph_simplify(g, simple)));
        graph_teardown();
    }
}

Test(graph_random, substituted) {
    for (int round = 0; round < rounds(3000); round++) {
        begin(round);
        Node *value = some_float(1 + pick(4));
        Axis *axes[] = {n, m};
        Node *indices[] = {some_index(n, 1), some_index(m, 1)};
        int first = pick(2), count = pick(2) ? 1 : 2 - first;
        Node *read = graph_at(g, value, axes + first, indices + first, count, false);
        Node *pushed = graph_substitute(g, value, axes + first, indices + first, count, false);
        expect_same_value(read, pushed, arena_format(compiler->arena, "round %d", round));
        graph_teardown();
    }
}
