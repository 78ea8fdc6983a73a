/* Index ranges: what is proved, what is refused, and what the refusal says. Everything refused here
 * can really fail. */
#include "check/range.h"
#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

static Compiler *compiler;
static Graph *graph;
static Axis *t, *s, *k, *n, *i, *j, *c; /* c = 3; the others have run-time extents */
static Facts facts;
static const char *missing;

static Axis *dim(const char *name, Node *extent) {
    return axis_new(graph, name_of(compiler->names, name), extent, (Span){0, 0});
}
static void setup(void) {
    compiler = compiler_new();
    graph = graph_new(compiler);
    memset(&facts, 0, sizeof facts);
    t = dim("t", NULL), k = dim("k", NULL), n = dim("n", NULL), i = dim("i", NULL),
    j = dim("j", NULL);
    s = axis_like(graph, name_of(compiler->names, "s"), t, (Span){0, 0});
    c = dim("c", graph_integer(graph, SCALAR_I64, 3));
}
static void teardown(void) {
    compiler_free(compiler);
}

/* --- nodes --- */
static Node *num(int64_t value) {
    return graph_integer(graph, SCALAR_I64, value);
}
static Node *ax(Axis *axis) {
    return graph_axis(graph, axis);
}
static Node *ext(Axis *axis) {
    return graph_extent(graph, axis);
}
#define BINARY(name, op)                                                                           \
    static Node *name(Node *a, Node *b) {                                                          \
        return graph_binary(graph, op, a, b);                                                      \
    }
BINARY(add, OP_ADD)
BINARY(sub, OP_SUB)
BINARY(mul, OP_MUL)
BINARY(quotient, OP_IDIV)
BINARY(modulo, OP_MOD)
BINARY(least, OP_MIN)
BINARY(most, OP_MAX)
BINARY(lt, OP_LT)
BINARY(le, OP_LE)
BINARY(eq, OP_EQ)
BINARY(ne, OP_NE)
BINARY(both, OP_AND)
BINARY(either, OP_OR)
static Node * not(Node * a) {
    return graph_unary(graph, OP_NOT, a);
}
static Node *clamp(Node *a, Node *low, Node *high) {
    return least(most(a, low), high);
}
static Node *choose(Node *condition, Node *a, Node *b) {
    return graph_select(graph, condition, a, b);
}
static Node *wide(Node *a) {
    return graph_convert(graph, SCALAR_I64, a);
}

static Array *array_of(const char *name, Scalar type, Axis *index, Axis *axis) {
    Array *array = ARENA_NEW(compiler->arena, Array);
    array->name = name_of(compiler->names, name);
    array->type = type;
    array->index_axis = index;
    array->axes = ARENA_ARRAY(compiler->arena, Axis *, 1);
    if (axis) array->axes[array->rank++] = axis;
    return array;
}
static Node *given(const char *name, Scalar type, Axis *index, Axis *axis) {
    return graph_array(graph, array_of(name, type, index, axis));
}
static Node *label_none(Axis *of, Axis *axis, int64_t none) {
    Array *array = array_of("label", SCALAR_I64, of, axis);
    array->has_none = true;
    array->none = none;
    return graph_array(graph, array);
}
static void fact(Node *node) {
    vector_push(compiler->arena, &facts.items, node);
}

static bool proves(Node *index, Axis *axis) {
    missing = NULL;
    return range_prove(graph, index, axis, &facts, &missing);
}
#define PROVED(index, axis)                                                                        \
    do {                                                                                           \
        cr_expect(proves(index, axis), "missing: %s", missing);                                    \
    } while (0)
#define REFUSED(index, axis, text)                                                                 \
    do {                                                                                           \
        cr_assert(!proves(index, axis));                                                           \
        cr_expect_str_eq(missing, text);                                                           \
    } while (0)

TestSuite(range, .init = setup, .fini = teardown);

/* --- axes and shifts --- */
Test(range, own_axis) {
    PROVED(ax(t), t);
    PROVED(ax(s), t); /* declared like t */
    REFUSED(ax(n), t, "n <= extent(t) - 1");
    REFUSED(ax(c), t, "c <= extent(t) - 1");
    REFUSED(ax(t), c, "t <= extent(c) - 1");
}
Test(range, literals) {
    PROVED(num(0), c);
    PROVED(num(2), c);
    REFUSED(num(3), c, "3 <= extent(c) - 1");
    REFUSED(num(-1), c, "-1 >= 0");
    REFUSED(num(0), t, "0 <= extent(t) - 1"); /* t may be empty */
    fact(le(ax(t), num(5)));
    PROVED(num(0), t); /* t in scope has an element */
}
Test(range, shift_back) {
    REFUSED(sub(ax(t), num(1)), t, "t - 1 >= 0");
    REFUSED(add(ax(t), num(1)), t, "t + 1 <= extent(t) - 1");
}
Test(range, shift_back_guarded) {
    fact(lt(num(0), ax(t)));
    PROVED(sub(ax(t), num(1)), t);
    REFUSED(sub(ax(t), num(2)), t, "t - 2 >= 0");
    REFUSED(add(ax(t), num(1)), t, "t + 1 <= extent(t) - 1");
}
Test(range, shift_back_not_first) { /* if t == 0 then .. else x[t = t - 1] */
    fact(not(eq(ax(t), num(0))));
    PROVED(sub(ax(t), num(1)), t);
}
Test(range, shift_back_differs_from_zero) {
    fact(ne(ax(t), num(0)));
    PROVED(sub(ax(t), num(1)), t);
}
Test(range, shift_back_differs_from_one) {
    fact(ne(ax(t), num(1)));
    REFUSED(sub(ax(t), num(1)), t, "t - 1 >= 0");
}
Test(range, shift_forward_guarded) {
    fact(lt(ax(t), sub(ext(t), num(1))));
    PROVED(add(ax(t), num(1)), t);
    REFUSED(add(ax(t), num(2)), t, "t + 2 <= extent(t) - 1");
}
Test(range, shift_forward_not_last) {
    fact(ne(ax(t), sub(ext(t), num(1))));
    PROVED(add(ax(t), num(1)), t);
}
Test(range, reversal) {
    PROVED(sub(sub(ext(t), num(1)), ax(t)), t);
    REFUSED(sub(ext(t), ax(t)), t, "extent(t) - t <= extent(t) - 1");
    REFUSED(sub(sub(ext(t), num(2)), ax(t)), t, "extent(t) - 2 - t >= 0");
}
Test(range, reversal_of_another_axis) {
    REFUSED(sub(sub(ext(n), num(1)), ax(t)), n, "extent(n) - 1 - t >= 0");
}
Test(range, last_element) {
    REFUSED(sub(ext(t), num(1)), t, "extent(t) - 1 >= 0"); /* no axis t in scope: it may be empty */
    fact(lt(num(0), ext(t)));
    PROVED(sub(ext(t), num(1)), t);
}
Test(range, distance) {
    fact(le(ax(s), ax(t)));
    PROVED(sub(ax(t), ax(s)), t);
    REFUSED(sub(ax(s), ax(t)), t, "s - t >= 0");
}
Test(range, distance_strict) {
    fact(lt(ax(s), ax(t)));
    PROVED(sub(sub(ax(t), ax(s)), num(1)), t);
    REFUSED(sub(sub(ax(t), ax(s)), num(2)), t, "t - s - 2 >= 0");
}
Test(range, sum_guarded_at_the_end) {
    fact(lt(add(ax(t), ax(k)), ext(t)));
    PROVED(add(ax(t), ax(k)), t);
}

/* --- computed extents --- */
Test(range, window) {
    Axis *o = dim("o", add(sub(ext(t), ext(k)), num(1)));
    PROVED(add(ax(o), ax(k)), t);
    REFUSED(add(add(ax(o), ax(k)), num(1)), t, "o + k + 1 <= extent(t) - 1");
    REFUSED(sub(ax(o), ax(k)), t, "o - k >= 0");
    REFUSED(ax(o), t, "o <= extent(t) - 1"); /* with an empty k there is one place more */
}
Test(range, window_too_wide) {
    Axis *o = dim("o", add(sub(ext(t), ext(k)), num(2)));
    REFUSED(add(ax(o), ax(k)), t, "o + k <= extent(t) - 1");
}
Test(range, differences) {
    Axis *d = dim("d", sub(ext(t), num(1)));
    PROVED(add(ax(d), num(1)), t);
    PROVED(ax(d), t);
    REFUSED(add(ax(d), num(2)), t, "d + 2 <= extent(t) - 1");
}
Test(range, pairs_by_stride) {
    Axis *h = dim("h", quotient(ext(t), num(2)));
    PROVED(mul(num(2), ax(h)), t);
    PROVED(add(mul(num(2), ax(h)), num(1)), t);
    REFUSED(add(mul(num(2), ax(h)), num(2)), t, "2 * h + 2 <= extent(t) - 1");
}
Test(range, pairs_rounded_up) {
    Axis *h = dim("h", quotient(add(ext(t), num(1)), num(2)));
    PROVED(mul(num(2), ax(h)), t);
    REFUSED(add(mul(num(2), ax(h)), num(1)), t, "2 * h + 1 <= extent(t) - 1");
}
Test(range, pooling) {
    Axis *p = dim("p", add(quotient(sub(ext(t), num(3)), num(2)), num(1)));
    PROVED(add(mul(num(2), ax(p)), ax(c)), t);
    REFUSED(add(mul(num(3), ax(p)), ax(c)), t, "3 * p + c <= extent(t) - 1");
}
Test(range, halves) {
    Axis *h = dim("h", quotient(ext(t), num(2)));
    PROVED(add(ax(h), ext(h)), t);
    REFUSED(add(ax(h), add(ext(h), num(1))), t, "h + (div(extent(t), 2) + 1) <= extent(t) - 1");
}
Test(range, concatenation) {
    Axis *both_axes = dim("m", add(ext(t), ext(n)));
    PROVED(ax(t), both_axes);
    PROVED(add(ext(t), ax(n)), both_axes);
    fact(not(lt(ax(both_axes), ext(t))));
    PROVED(sub(ax(both_axes), ext(t)), n);
    REFUSED(ax(both_axes), t, "m <= extent(t) - 1");
}
Test(range, upsampling) {
    Axis *u = dim("u", mul(ext(t), num(2)));
    PROVED(quotient(ax(u), num(2)), t);
    PROVED(modulo(ax(u), num(3)), c);
    REFUSED(ax(u), t, "u <= extent(t) - 1");
}

/* --- flattening --- */
Test(range, row_major) {
    Axis *m = dim("m", mul(ext(i), ext(j)));
    PROVED(add(mul(ax(i), ext(j)), ax(j)), m);
    PROVED(add(ax(j), mul(ext(j), ax(i))), m);
    PROVED(add(mul(ax(j), ext(i)), ax(i)), m);
    REFUSED(add(mul(ax(i), ext(i)), ax(j)), m, "i * extent(i) + j <= extent(m) - 1");
    REFUSED(add(add(mul(ax(i), ext(j)), ax(j)), num(1)), m,
            "i * extent(j) + j + 1 <= extent(m) - 1");
}
Test(range, row_major_fixed) {
    Axis *m = dim("m", mul(ext(i), num(3)));
    PROVED(add(mul(ax(i), num(3)), ax(c)), m);
    REFUSED(add(mul(ax(i), num(4)), ax(c)), m, "i * 4 + c <= extent(m) - 1");
}
Test(range, row_major_three_axes) {
    Axis *m = dim("m", mul(mul(ext(i), ext(j)), ext(k)));
    PROVED(add(mul(add(mul(ax(i), ext(j)), ax(j)), ext(k)), ax(k)), m);
}
Test(range, row_of_a_flat_index) {
    Axis *m = dim("m", mul(ext(i), ext(j)));
    PROVED(quotient(ax(m), ext(j)), i);
    PROVED(modulo(ax(m), ext(j)), j);
    REFUSED(quotient(ax(m), ext(i)), i, "div(m, extent(i)) <= extent(i) - 1");
}
Test(range, row_of_a_literal_width) {
    Axis *m = dim("m", mul(ext(i), num(3)));
    PROVED(quotient(ax(m), num(3)), i);
    PROVED(modulo(ax(m), num(3)), c);
    REFUSED(quotient(ax(m), num(2)), i, "div(m, 2) <= extent(i) - 1");
}
Test(range, packed_triangle) {
    Axis *other = axis_like(graph, name_of(compiler->names, "l"), k, (Span){0, 0});
    Axis *m = dim("m", quotient(mul(ext(k), sub(ext(k), num(1))), num(2)));
    Node *place = add(quotient(mul(ax(k), sub(ax(k), num(1))), num(2)), ax(other));
    fact(lt(ax(other), ax(k)));
    PROVED(place, m);
}
Test(range, packed_triangle_with_diagonal) {
    Axis *other = axis_like(graph, name_of(compiler->names, "l"), k, (Span){0, 0});
    Axis *m = dim("m", quotient(mul(ext(k), sub(ext(k), num(1))), num(2)));
    Node *place = add(quotient(mul(ax(k), sub(ax(k), num(1))), num(2)), ax(other));
    fact(le(ax(other), ax(k)));
    cr_assert(!proves(place, m));
}

/* --- clamp, min, max, mod, div, abs, if --- */
Test(range, clamped) {
    Node *last = sub(ext(t), num(1));
    PROVED(clamp(add(ax(t), num(5)), num(0), last), t);
    PROVED(clamp(sub(ax(t), ax(k)), num(0), last), t);
    REFUSED(clamp(add(ax(t), num(5)), num(0), ext(t)), t,
            "min(max(t + 5, 0), extent(t)) <= extent(t) - 1");
    REFUSED(clamp(sub(ax(t), num(5)), num(-1), last), t, "min(max(t - 5, -1), extent(t) - 1) >= 0");
}
Test(range, clamped_number) {
    Node *place = given("place", SCALAR_I64, NULL, NULL);
    Node *index = clamp(place, num(0), sub(ext(t), num(1)));
    REFUSED(index, t, "min(max(place, 0), extent(t) - 1) >= 0"); /* t may be empty */
    fact(le(ax(t), ext(t)));
    PROVED(index, t);
}
Test(range, min_alone) {
    PROVED(least(ax(n), ax(t)), t);
    PROVED(least(ax(n), ax(t)), n);
    REFUSED(most(ax(n), ax(t)), t, "max(n, t) <= extent(t) - 1");
    REFUSED(least(sub(ax(t), num(1)), ax(n)), n, "min(t - 1, n) >= 0");
}
Test(range, max_keeps_above) {
    PROVED(most(sub(ax(t), num(1)), num(0)), t);
    REFUSED(most(sub(ax(t), num(1)), num(1)), t, "max(t - 1, 1) <= extent(t) - 1");
}
Test(range, wrapped_around) {
    PROVED(modulo(add(ax(t), num(1)), ext(t)), t);
    PROVED(modulo(sub(ax(t), num(1)), ext(t)), t);
    PROVED(modulo(given("any", SCALAR_I64, NULL, NULL), num(3)), c);
    REFUSED(modulo(ax(t), num(4)), c, "mod(t, 4) <= extent(c) - 1");
    REFUSED(modulo(ax(n), ext(t)), t, "extent(t) >= 1"); /* n mod 0 is 0 */
    REFUSED(modulo(ax(t), num(-3)), c, "mod(t, -3) >= 0");
}
Test(range, halved) {
    PROVED(quotient(ax(t), num(2)), t);
    PROVED(quotient(add(ax(t), ax(s)), num(2)), t);
    REFUSED(quotient(sub(ax(t), num(1)), num(2)), t, "div(t - 1, 2) >= 0");
    REFUSED(quotient(ax(t), num(-2)), t, "div(t, -2) >= 0");
    REFUSED(quotient(ax(t), num(0)), t, "div(t, 0) >= 0");
    PROVED(quotient(add(mul(num(2), ax(t)), num(1)), num(2)), t);
}
Test(range, absolute) {
    PROVED(graph_unary(graph, OP_ABS, sub(ax(t), ax(s))), t);
    REFUSED(graph_unary(graph, OP_ABS, sub(ax(t), ax(n))), t, "abs(t - n) <= extent(t) - 1");
}
Test(range, chosen) {
    PROVED(choose(eq(ax(t), num(0)), num(0), sub(ax(t), num(1))), t);
    PROVED(choose(lt(ax(t), ax(s)), sub(ax(s), ax(t)), sub(ax(t), ax(s))), t);
    REFUSED(choose(eq(ax(t), num(1)), num(0), sub(ax(t), num(1))), t,
            "(if t == 1 then 0 else t - 1) >= 0");
}
Test(range, chosen_by_a_mask) {
    Node *keep = given("keep", SCALAR_BOOL, NULL, t);
    PROVED(choose(keep, ax(t), ax(s)), t);
    REFUSED(choose(keep, ax(t), ax(n)), t, "(if keep then t else n) <= extent(t) - 1");
    fact(keep);
    PROVED(choose(keep, ax(t), ax(n)), t);
}
Test(range, bool_as_number) {
    Node *keep = given("keep", SCALAR_BOOL, NULL, t);
    Axis *two = dim("two", num(2));
    PROVED(wide(keep), two);
    REFUSED(add(wide(keep), num(1)), two, "i64(keep) + 1 <= extent(two) - 1");
}
Test(range, square) {
    Node *square = graph_binary(graph, OP_POW, ax(t), num(2));
    Axis *m = dim("m", mul(ext(t), ext(t)));
    PROVED(square, m);
    REFUSED(square, t, "t ^ 2 <= extent(t) - 1");
}

/* --- conditions --- */
Test(range, both_conditions) {
    Node *place = wide(given("place", SCALAR_I32, NULL, t));
    REFUSED(place, n, "i64(place) >= 0");
    fact(both(le(num(0), place), lt(place, ext(n))));
    PROVED(place, n);
}
Test(range, one_condition_short) {
    Node *place = given("place", SCALAR_I64, NULL, t);
    fact(le(num(0), place));
    REFUSED(place, n, "place <= extent(n) - 1");
}
Test(range, not_outside) { /* not (p < 0 or p >= extent(n)) */
    Node *place = given("place", SCALAR_I64, NULL, t);
    fact(not(either(lt(place, num(0)), le(ext(n), place))));
    PROVED(place, n);
}
Test(range, either_condition) {
    Node *place = given("place", SCALAR_I64, NULL, t);
    fact(either(eq(place, num(0)), eq(place, num(2))));
    PROVED(place, c);
}
Test(range, either_condition_one_bad) {
    Node *place = given("place", SCALAR_I64, NULL, t);
    fact(either(eq(place, num(0)), eq(place, num(3))));
    REFUSED(place, c, "place <= extent(c) - 1");
}
Test(range, equal_to_an_axis) { /* where = seg == n */
    Node *segment = given("seg", SCALAR_I64, NULL, t);
    fact(eq(segment, ax(n)));
    PROVED(segment, n);
    REFUSED(segment, t, "seg <= extent(t) - 1");
}
Test(range, contradiction_proves_all) {
    fact(lt(ax(t), num(0)));
    PROVED(num(-7), c);
}
Test(range, false_proves_all) {
    fact(graph_integer(graph, SCALAR_BOOL, 0));
    PROVED(num(99), c);
}
Test(range, float_conditions_say_nothing) {
    Node *x = given("x", SCALAR_F64, NULL, t);
    fact(lt(graph_number(graph, SCALAR_F64, 0), x));
    REFUSED(graph_convert(graph, SCALAR_I64, x), t, "i64(x) >= 0");
}
Test(range, condition_on_another_value) {
    Node *a = given("a", SCALAR_I64, NULL, t), *b = given("b", SCALAR_I64, NULL, t);
    fact(both(le(num(0), a), lt(a, num(3))));
    REFUSED(b, c, "b >= 0");
}
Test(range, chain_of_conditions) {
    Node *a = given("a", SCALAR_I64, NULL, t), *b = given("b", SCALAR_I64, NULL, t);
    fact(le(num(0), a));
    fact(le(a, b));
    fact(lt(b, ext(n)));
    PROVED(a, n);
    PROVED(b, n);
}
Test(range, implied_condition) { /* if (if g then p >= 0 else false) .. */
    Node *place = given("place", SCALAR_I64, NULL, t), *g = given("g", SCALAR_BOOL, NULL, t);
    fact(choose(g, le(num(0), place), graph_integer(graph, SCALAR_BOOL, 0)));
    fact(lt(place, num(3)));
    PROVED(place, c);
}
Test(range, named_condition) {
    Node *inside = graph_let(graph, name_of(compiler->names, "inside"), lt(num(0), ax(t)));
    fact(inside);
    PROVED(sub(ax(t), num(1)), t);
}

/* --- labels --- */
Test(range, labels) {
    PROVED(given("label", SCALAR_I64, c, n), c);
    PROVED(given("label", SCALAR_I64, t, n), s);
    REFUSED(given("label", SCALAR_I64, t, n), n, "label <= extent(n) - 1");
    REFUSED(add(given("label", SCALAR_I64, c, n), num(1)), c, "label + 1 <= extent(c) - 1");
}
Test(range, label_elsewhere) {
    Node *label = given("label", SCALAR_I64, c, n), *at = given("at", SCALAR_I64, n, t);
    PROVED(graph_at(graph, label, &n, &at, 1, false), c);
}
Test(range, label_with_none) {
    Node *label = label_none(c, n, -100);
    REFUSED(label, c, "has(label)");
    fact(ne(label, num(-100)));
    PROVED(label, c);
}
Test(range, label_with_none_not_equal) {
    Node *label = label_none(c, n, -1);
    fact(not(eq(label, num(-1))));
    PROVED(label, c);
}
Test(range, label_with_none_above) {
    Node *label = label_none(c, n, -1);
    fact(le(num(0), label));
    PROVED(label, c);
}
Test(range, label_with_another_none) {
    Node *label = label_none(c, n, -1);
    fact(ne(label, num(-2)));
    REFUSED(label, c, "has(label)");
}
Test(range, label_with_none_in_an_if) {
    Node *label = label_none(c, n, -1);
    PROVED(choose(ne(label, num(-1)), label, num(0)), c);
    PROVED(most(label, num(0)), c);
}
Test(range, label_with_none_past_the_end) {
    Node *label = label_none(c, n, 255);
    fact(lt(label, num(255)));
    PROVED(label, c);
}
Test(range, place_of_the_largest) {
    Node *x = given("x", SCALAR_F64, NULL, c);
    const AxisSet *over_c = axis_set(graph, &c, 1);
    PROVED(graph_reduce(graph, OP_ARGMAX, over_c, x, NULL), c);
    Node *keep = given("keep", SCALAR_BOOL, NULL, c);
    Node *kept = graph_reduce(graph, OP_ARGMAX, over_c, x, keep);
    cr_assert(!proves(kept, c)); /* -1 where nothing is left */
    PROVED(choose(graph_reduce(graph, OP_ANY, over_c, keep, NULL), kept, num(0)), c);
    PROVED(most(kept, num(0)), c);
}
Test(range, place_of_the_largest_of_none) {
    Node *x = given("x", SCALAR_F64, NULL, t);
    Node *place = graph_reduce(graph, OP_ARGMAX, axis_set(graph, &t, 1), x, NULL);
    cr_assert(!proves(place, t)); /* -1 where t is empty */
    fact(lt(num(0), ext(t)));
    PROVED(place, t);
}
Test(range, counts) {
    Node *keep = given("keep", SCALAR_BOOL, NULL, t);
    Node *count = graph_reduce(graph, OP_SUM, axis_set(graph, &t, 1), wide(keep), NULL);
    Axis *m = dim("m", add(ext(t), num(1)));
    PROVED(count, m);
    REFUSED(count, t, "sum[t](i64(keep)) <= extent(t) - 1");
}
Test(range, const_table) {
    static double numbers[] = {0, 2, 1};
    Array *table = array_of("order", SCALAR_I64, NULL, c);
    table->kind = ARRAY_CONST;
    table->numbers = numbers;
    PROVED(graph_array(graph, table), c);
    REFUSED(add(graph_array(graph, table), num(1)), c, "order + 1 <= extent(c) - 1");
}

/* --- overflow --- */
Test(range, overflow_of_a_sum) {
    Node *far = given("far", SCALAR_I64, NULL, NULL);
    fact(le(num(0), far));
    fact(lt(add(ax(t), far), ext(t))); /* holds where the sum wraps */
    REFUSED(add(ax(t), far), t, "t + far <= 9223372036854775807");
}
Test(range, overflow_kept_away) {
    Node *far = given("far", SCALAR_I64, NULL, NULL);
    fact(both(le(num(0), far), lt(far, ext(t))));
    fact(lt(add(ax(t), far), ext(t)));
    PROVED(add(ax(t), far), t);
}
Test(range, overflow_guarded_itself) {
    Node *sum = add(ax(t), given("far", SCALAR_I64, NULL, NULL));
    fact(both(le(num(0), sum), lt(sum, ext(t))));
    PROVED(sum, t);
}
Test(range, overflow_of_i32) {
    Node *a = given("a", SCALAR_I32, NULL, t), *one = graph_integer(graph, SCALAR_I32, 1);
    fact(le(graph_integer(graph, SCALAR_I32, 0), a));
    fact(lt(wide(add(a, one)), ext(n)));
    REFUSED(wide(add(a, one)), n, "a + 1 <= 2147483647");
}
Test(range, widened_i32_does_not_overflow) {
    Node *a = wide(given("a", SCALAR_I32, NULL, t));
    fact(le(num(0), a));
    fact(lt(add(a, num(1)), ext(n)));
    PROVED(add(a, num(1)), n);
}
Test(range, overflow_of_a_product) {
    Node *huge = mul(ax(t), num(INT64_C(1) << 62));
    fact(lt(huge, num(3)));
    cr_assert(!proves(ax(t), c)); /* t * 2^62 wraps to 0 at t = 4 */
    Node *twice = mul(huge, num(INT64_C(1) << 62));
    cr_assert(!proves(twice, c));
}
Test(range, extreme_literals) {
    cr_assert(!proves(num(INT64_MIN), c));
    cr_assert(!proves(num(INT64_MAX), c));
    cr_assert(!proves(add(ax(t), num(INT64_MAX)), t));
    cr_assert(!proves(sub(num(INT64_MIN), ax(t)), t));
    cr_assert(!proves(quotient(ax(t), num(INT64_MIN)), t));
    cr_assert(!proves(mul(num(INT64_MIN), num(INT64_MIN)), t));
    PROVED(clamp(mul(ax(t), num(INT64_MAX)), num(0), sub(ext(t), num(1))), t);
}
Test(range, narrowing) {
    Node *narrow = graph_convert(graph, SCALAR_I32, ax(t));
    REFUSED(narrow, t, "i32(t) <= 2147483647");
    fact(lt(ax(t), num(1000)));
    PROVED(narrow, t);
}

/* --- limits of the search --- */
Test(range, long_sums_end) {
    Node *index = ax(t);
    for (int round = 0; round < 5000; round++)
        index = add(index, given("x", SCALAR_I64, NULL, n));
    cr_assert(!proves(index, t));
}
Test(range, shared_doubling_ends) {
    Node *index = ax(t);
    for (int round = 0; round < 90; round++)
        index = add(index, modulo(index, num(7)));
    cr_assert(!proves(index, t));
    cr_expect(!index_is_given(index));
}
Test(range, many_choices_end) {
    Node *index = num(0);
    for (int round = 0; round < 40; round++) {
        char name[16];
        snprintf(name, sizeof name, "g%d", round);
        Node *g = given(name, SCALAR_BOOL, NULL, t);
        fact(either(g, lt(ax(t), num(round))));
        index = choose(g, add(index, num(1)), index);
    }
    cr_assert(!proves(index, c));
}

/* --- conditions, and indices that are given --- */
Test(range, conditions) {
    cr_expect(condition_prove(graph, lt(ax(t), ext(t)), &facts));
    cr_expect(!condition_prove(graph, lt(ax(t), num(5)), &facts));
    cr_expect(condition_prove(graph, either(lt(ax(t), num(5)), le(num(5), ax(t))), &facts));
    cr_expect(condition_prove(graph, both(le(num(0), ax(t)), ne(ax(t), ext(t))), &facts));
    cr_expect(!condition_prove(graph, eq(ax(t), ax(s)), &facts));
    Node *keep = given("keep", SCALAR_BOOL, NULL, t);
    cr_expect(!condition_prove(graph, keep, NULL));
    fact(keep);
    cr_expect(condition_prove(graph, keep, &facts));
    cr_expect(!condition_prove(graph, not(keep), &facts));
}
Test(range, given) {
    Node *place = given("place", SCALAR_I64, NULL, n);
    cr_expect(index_is_given(add(place, ext(t))));
    cr_expect(index_is_given(quotient(place, num(2))));
    cr_expect(!index_is_given(quotient(place, ext(t)))); /* may divide by 0 */
    cr_expect(!index_is_given(add(place, ax(n))));
    cr_expect(!index_is_given(graph_at(graph, place, &n, (Node *[]){ax(t)}, 1, true)));
    cr_expect(!index_is_given(graph_reduce(graph, OP_SUM, axis_set(graph, &n, 1), place, NULL)));
    Array *learned = array_of("learned", SCALAR_I64, NULL, n);
    learned->kind = ARRAY_PARAM;
    cr_expect(!index_is_given(graph_array(graph, learned)));
}
