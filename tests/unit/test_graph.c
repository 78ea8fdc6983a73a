/* Nodes, axis sets and substitution. */
#include "graph_fixture.h"
#include <signal.h>

TestSuite(graph, .init = graph_setup, .fini = graph_teardown);

Test(graph, equal_nodes_are_one) {
    cr_expect_eq(bin(x, OP_ADD, f32(1)), bin(x, OP_ADD, f32(1)));
    cr_expect_neq(bin(x, OP_ADD, f32(1)), bin(f32(1), OP_ADD, x));
    cr_expect_neq(bin(x, OP_LT, f32(1)), bin(x, OP_LE, f32(1)));
    cr_expect_eq(reduce(OP_SUM, n, x, keep), reduce(OP_SUM, n, x, keep));
    cr_expect_neq(reduce(OP_SUM, n, y, NULL), reduce(OP_SUM, m, y, NULL));
    cr_expect_neq(reduce(OP_SUM, n, x, keep), reduce(OP_SUM, n, x, NULL));
    cr_expect_neq(graph_let(g, word("a"), x), graph_let(g, word("b"), x));
    for (int i = 0; i < 5000; i++) { /* the store grows */
        cr_assert_eq(i64(i), i64(i));
    }
}

Test(graph, numbers_are_compared_by_bits_and_type) {
    cr_expect_neq(f32(0.0), f32(-0.0));
    cr_expect_eq(f32(NAN), f32(-NAN));
    cr_expect_eq(f32(0.1), f32(0.1f));
    cr_expect_neq(f32(1), graph_number(g, SCALAR_F64, 1));
    cr_expect_neq(i64(1), graph_integer(g, SCALAR_I32, 1));
    cr_expect_neq(i64(1), truth(true));
}

Test(graph, axis_sets_are_interned_and_sorted) {
    const AxisSet *nm = axis_set(g, (Axis *[]){m, n, m}, 3);
    cr_expect_eq(nm->count, 2);
    cr_expect_eq(nm->items[0], n);
    cr_expect_eq(nm, y->axes);
    const AxisSet *just_n = axis_set(g, &n, 1), *mc = axis_set(g, (Axis *[]){c, m}, 2);
    cr_expect_eq(axis_set_union(g, just_n, mc)->count, 3);
    cr_expect_eq(axis_set_union(g, just_n, mc), axis_set(g, (Axis *[]){c, m, n}, 3));
    cr_expect_eq(axis_set_minus(g, nm, mc), just_n);
    cr_expect(axis_set_within(just_n, nm) && !axis_set_within(nm, just_n) &&
              !axis_set_within(mc, nm));
    cr_expect(axis_set_meets(nm, mc) && !axis_set_meets(just_n, mc));
    for (int i = 0; i < 500; i++) { /* the table of sets grows */
        Axis *more = axis_new(g, word("q"), NULL, (Span){0});
        cr_assert_eq(axis_set(g, &more, 1), axis_set(g, &more, 1));
    }
    cr_expect_eq(axis_set(g, (Axis *[]){m, n}, 2), nm);
}

Test(graph, axes_know_their_extent_and_likeness) {
    Axis *s = axis_like(g, word("s"), n, (Span){0}), *s2 = axis_variant(g, s, 2);
    cr_expect_eq(graph_extent(g, s), graph_extent(g, n));
    cr_expect(axis_same_extent(s, n) && axis_same_extent(s2, n) && !axis_same_extent(m, n));
    cr_expect_eq(axis_variant(g, s, 2), s2);
    cr_expect_eq(axis_variant(g, s2, 0), s);
    cr_expect_eq(axis_variant(g, s2, 1)->origin, s);
    cr_expect(n->is_argument && !s->is_argument && !c->is_argument);
    cr_expect_eq(graph_extent(g, c), i64(3));
}

Test(graph, free_axes) {
    cr_expect_eq(bin(x, OP_ADD, y)->axes, y->axes);
    cr_expect_eq(reduce(OP_SUM, m, y, NULL)->axes, x->axes);
    cr_expect_eq(reduce(OP_SUM, n, f32(1), keep)->axes->count, 0);
    cr_expect_eq(at(y, m, label)->axes, x->axes);
    cr_expect_eq(at(y, n, axis(c))->axes, axis_set(g, (Axis *[]){m, c}, 2));
    cr_expect_eq(graph_extent(g, n)->axes->count, 0);
}

Test(graph, an_at_without_effect_is_its_base) {
    cr_expect_eq(at(x, m, label), x);
    cr_expect_eq(at(x, n, axis(n)), x);
    Node *both = graph_at(g, y, (Axis *[]){m, n}, (Node *[]){i64(0), axis(n)}, 2, false);
    cr_expect_eq(both, at(y, m, i64(0)));
    Node *swap = graph_at(g, y, (Axis *[]){m, n}, (Node *[]){i64(1), i64(2)}, 2, false);
    cr_expect_eq(swap->u.positions[0], n);
    cr_expect_eq(swap->arguments[1], i64(2));
    cr_expect_eq(swap, graph_at(g, y, (Axis *[]){n, m}, (Node *[]){i64(2), i64(1)}, 2, false));
}

Test(graph, flags) {
    cr_expect(!at(x, n, i64(0))->can_fail);
    Node *guarded = guarded_at(x, n, i64(0));
    cr_expect(guarded->can_fail && guarded != at(x, n, i64(0)));
    cr_expect(graph_select(g, keep, guarded, f32(0))->can_fail);
    cr_expect(!bin(label, OP_MOD, i64(3))->can_fail);
    cr_expect(bin(label, OP_MOD, i64(0))->can_fail);
    cr_expect(bin(i64(3), OP_IDIV, label)->can_fail);
    cr_expect(!bin(x, OP_MOD, x)->can_fail);
    cr_expect(un(OP_EXP, reduce(OP_SUM, n, x, NULL))->has_reduction && !x->has_reduction);
}

Test(graph, types) {
    cr_expect_eq(bin(x, OP_LT, x)->type, SCALAR_BOOL);
    cr_expect_eq(bin(x, OP_POW, i64(2))->type, SCALAR_F32);
    cr_expect_eq(bin(label, OP_POW, i64(2))->type, SCALAR_I64);
    cr_expect_eq(reduce(OP_SUM, n, tally, NULL)->type, SCALAR_I64);
    cr_expect_eq(reduce(OP_ARGMAX, n, x, NULL)->type, SCALAR_I64);
    cr_expect_eq(reduce(OP_REDUCE_MIN, n, tally, NULL)->type, SCALAR_I32);
    cr_expect_eq(axis(n)->type, SCALAR_I64);
    Node *half = graph_convert(g, SCALAR_F16, x);
    cr_expect_eq(half->type, SCALAR_F32);
    cr_expect_eq(half->arguments[0]->type, SCALAR_F16);
    cr_expect_eq(graph_convert(g, SCALAR_F32, x), x);
    cr_expect_eq(input("stored", SCALAR_BF16, 1, &n)->type, SCALAR_F32);
}

Test(graph, disagreeing_types_are_a_bug, .signal = SIGABRT) {
    bin(x, OP_ADD, w);
}

Test(graph, rebuild_keeps_what_is_equal) {
    Node *sum = reduce(OP_SUM, m, y, NULL);
    cr_expect_eq(graph_rebuild(g, sum, (Node *[]){y}), sum);
    cr_expect_eq(graph_rebuild(g, sum, (Node *[]){x}), reduce(OP_SUM, m, x, NULL));
    cr_expect_eq(graph_rebuild(g, at(y, m, i64(1)), (Node *[]){x, i64(1)}), x);
    Node *masked = reduce(OP_SUM, n, x, keep);
    cr_expect_eq(graph_rebuild(g, masked, (Node *[]){x, NULL}), reduce(OP_SUM, n, x, NULL));
}

Test(graph, spans_are_set_once) {
    graph_with_span(x, (Span){3, 4});
    graph_with_span(x, (Span){5, 6});
    cr_expect_eq(x->span.start, 3u);
}

Test(graph, index_axes) {
    bool has_none;
    int64_t none;
    cr_expect_eq(node_index_axis(label, &has_none, &none), m);
    cr_expect_eq(node_index_axis(axis(c), &has_none, &none), c);
    cr_expect_eq(node_index_axis(reduce(OP_ARGMAX, m, y, NULL), &has_none, &none), m);
    cr_expect_eq(node_index_axis(graph_let(g, word("l"), at(label, n, i64(0))), &has_none, &none),
                 m);
    cr_expect_eq(node_index_axis(bin(label, OP_ADD, i64(1)), &has_none, &none), NULL);
    Node *empty = input("empty", SCALAR_I64, 1, &n);
    empty->u.array->index_axis = m;
    empty->u.array->has_none = true;
    empty->u.array->none = -100;
    cr_expect_eq(node_index_axis(graph_select(g, keep, label, empty), &has_none, &none), m);
    cr_expect(has_none && none == -100);
    cr_expect_eq(node_index_axis(graph_select(g, keep, label, axis(n)), &has_none, &none), NULL);
}

/* --- substitution --- */

Test(graph, substitution_reaches_the_leaves) {
    Node *sum = bin(un(OP_EXP, x), OP_ADD, graph_convert(g, SCALAR_F32, axis(n)));
    expect_text(put(sum, n, i64(2)), "exp(x[2]) + f32(i64(2))");
    expect_text(put(sum, n, bin(axis(n), OP_SUB, i64(1))), "exp(x[n - 1]) + f32(n - 1)");
    cr_expect_eq(put(sum, m, i64(2)), sum);
    cr_expect_eq(put(sum, n, axis(n)), sum);
    Node *both = graph_substitute(g, bin(axis(n), OP_SUB, axis(m)), (Axis *[]){n, m},
                                  (Node *[]){axis(m), axis(n)}, 2, false);
    cr_expect_eq(both, bin(axis(m), OP_SUB, axis(n)));
    cr_expect_eq(put(axis(n), n, graph_integer(g, SCALAR_I32, 1))->type, SCALAR_I64);
}

Test(graph, substitution_leaves_bound_axes_alone) {
    Node *mean = bin(x, OP_DIV, reduce(OP_SUM, n, x, NULL)); /* the inner n is another one */
    expect_text(put(mean, n, i64(0)), "x[0] / sum[n](x)");
    cr_expect_eq(put(reduce(OP_SUM, n, x, NULL), n, i64(0)), reduce(OP_SUM, n, x, NULL));
}

Test(graph, substitution_does_not_capture) {
    Node *row = reduce(OP_SUM, m, y, NULL); /* over n */
    expect_text(put(row, n, axis(m)), "sum[m_2](y[m + 0, m_2])");
    cr_expect_eq(put(row, n, axis(m))->axes, axis_set(g, &m, 1));
    Node *masked = reduce(OP_SUM, m, y, bin(axis(m), OP_LE, axis(n)));
    expect_text(put(masked, n, bin(axis(m), OP_ADD, i64(1))),
                "sum[m_2](y[m + 1, m_2], where = m_2 <= m + 1)");
    /* again: m_2 is taken, then free again */
    Node *deep = put(row, n, bin(axis(m), OP_ADD, axis(axis_variant(g, m, 1))));
    expect_text(deep, "sum[m_3](y[m + m_2, m_3])");
    expect_text(put(put(row, n, axis(m)), m, i64(1)), "sum[m_2](y[1, m_2])");
    /* a rename of the outer reduction meets the inner one */
    Node *inner = reduce(OP_SUM, m, bin(y, OP_MUL, at(y, n, axis(m))), NULL);
    Node *outer = reduce(OP_PROD, n, bin(inner, OP_ADD, y), NULL); /* over m */
    expect_text(put(outer, m, axis(n)),
                "prod[n_2](sum[m](y[n_2, m] * y[m + 0, m]) + y[n_2, n + 0])");
}

Test(graph, substitution_into_at_of_an_array_merges) {
    Node *first = at(y, m, label); /* y[n, label] */
    expect_text(put(first, n, i64(4)), "y[4, label[4]]");
    Node *swapped = graph_at(g, y, (Axis *[]){n, m}, (Node *[]){axis(m), axis(n)}, 2, false);
    expect_text(put(swapped, n, i64(7)), "y[m + 0, 7]");
    expect_text(put(at(y, m, i64(0)), n, axis(m)), "y[m + 0, 0]");
}

Test(graph, substitution_into_at_of_an_expression) {
    Node *e = un(OP_EXP, y), *picked = at(e, m, label); /* exp(y)[m = label] */
    expect_text(put(picked, n, i64(4)), "exp(y[4, m])[m = label[4]]");
    /* the value that goes into the base has the position's axis */
    expect_text(put(at(e, m, i64(0)), n, axis(m)), "exp(y[m + 0, m_2])[m_2 = 0]");
    /* only the index has the axis */
    expect_text(put(at(un(OP_EXP, w), m, label), n, i64(1)), "exp(w)[m = label[1]]");
}

Test(graph, substitution_opens_lets_that_change) {
    Node *let = graph_let(g, word("h"), un(OP_EXP, x));
    expect_text(put(let, n, i64(0)), "exp(x[0])");
    cr_expect_eq(put(let, m, i64(0)), let);
    expect_text(put(graph_stop(g, x), n, i64(0)), "stop(x[0])");
}

Test(graph, substitution_carries_the_guard) {
    Axis *axes[] = {n};
    Node *values[] = {bin(axis(n), OP_SUB, i64(1))};
    Node *read =
        graph_substitute(g, bin(x, OP_ADD, reduce(OP_SUM, m, y, NULL)), axes, values, 1, true);
    cr_expect(read->arguments[0]->guarded);
    cr_expect(read->arguments[1]->arguments[0]->guarded);
    Node *renamed[] = {axis(m)};
    read = graph_substitute(
        g, reduce(OP_SUM, m, bin(y, OP_MUL, graph_convert(g, SCALAR_F32, w)), NULL), axes, renamed,
        1, true);
    Node *body = node_body(read);
    cr_expect(body->arguments[0]->guarded, "n was replaced under the guard");
    cr_expect(!body->arguments[1]->can_fail, "m was only renamed");
}

Test(graph, substitution_is_linear_in_shared_nodes) {
    Node *node = x;
    for (int i = 0; i < 300; i++) {
        node = bin(node, OP_MUL, node);
    }
    cr_expect_eq(put(node, n, i64(0))->axes->count, 0);
    node = at(y, m, i64(0));
    for (int i = 0; i < 60; i++) { /* each reduction is renamed */
        Node *part = bin(node, OP_ADD, y);
        node = reduce(OP_SUM, m, bin(part, OP_MUL, part), NULL);
        node = bin(node, OP_MUL, node);
    }
    Node *result = put(node, n, axis(m));
    cr_expect(axis_set_has(result->axes, m));
}
