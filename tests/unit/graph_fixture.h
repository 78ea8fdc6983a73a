/* Nodes made by hand, for the tests of compiler/graph: a few axes and arrays, and short names for
 * the constructors. */
#ifndef GRAPH_FIXTURE_H
#define GRAPH_FIXTURE_H
#include "graph/graph.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static Compiler *compiler;
static Scalar real = SCALAR_F32; /* of x and y, and of num() */
static Graph *g;
static Axis *n, *m, *c;            /* n, m at run time; c = 3 */
static Node *x, *y, *label, *keep; /* x[n], y[n, m], label[n]: index(m), keep[n] */
static Node *w, *tally;            /* w[m]: f64, tally[n]: i32 */

static inline Name word(const char *text) {
    return name_of(compiler->names, text);
}
static inline Node *f32(double value) {
    return graph_number(g, SCALAR_F32, value);
}
static inline Node *num(double value) {
    return graph_number(g, real, value);
}
static inline Node *i64(int64_t value) {
    return graph_integer(g, SCALAR_I64, value);
}
static inline Node *truth(bool value) {
    return graph_integer(g, SCALAR_BOOL, value);
}
static inline Node *axis(Axis *a) {
    return graph_axis(g, a);
}
static inline Node *un(Op op, Node *a) {
    return graph_unary(g, op, a);
}
static inline Node *bin(Node *a, Op op, Node *b) {
    return graph_binary(g, op, a, b);
}
static inline Node *at(Node *base, Axis *position, Node *index) {
    return graph_at(g, base, &position, &index, 1, false);
}
static inline Node *guarded_at(Node *base, Axis *position, Node *index) {
    return graph_at(g, base, &position, &index, 1, true);
}
static inline Node *reduce(Op op, Axis *bound, Node *body, Node *where) {
    return graph_reduce(g, op, axis_set(g, &bound, 1), body, where);
}
static inline Node *put(Node *node, Axis *a, Node *value) {
    return graph_substitute(g, node, &a, &value, 1, false);
}
static inline Array *declare(ArrayKind kind, const char *name, Scalar type, int rank, Axis **axes) {
    Array *array = ARENA_NEW(compiler->arena, Array);
    array->kind = kind;
    array->name = word(name);
    array->type = type;
    array->rank = rank;
    array->axes = ARENA_ARRAY(compiler->arena, Axis *, rank);
    for (int i = 0; i < rank; i++) {
        array->axes[i] = axes[i];
    }
    return array;
}
static inline Node *input(const char *name, Scalar type, int rank, Axis **axes) {
    return graph_array(g, declare(ARRAY_INPUT, name, type, rank, axes));
}
static inline const char *text_of(Node *node) {
    Text text = text_new(compiler->arena);
    graph_print_node(&text, node);
    return text.chars;
}

static inline void graph_setup(void) {
    compiler = compiler_new();
    g = graph_new(compiler);
    n = axis_new(g, word("n"), NULL, (Span){0});
    m = axis_new(g, word("m"), NULL, (Span){0});
    c = axis_new(g, word("c"), i64(3), (Span){0});
    x = input("x", real, 1, (Axis *[]){n});
    y = input("y", real, 2, (Axis *[]){n, m});
    label = input("label", SCALAR_I64, 1, (Axis *[]){n});
    label->u.array->index_axis = m;
    keep = graph_array(g, declare(ARRAY_MASK, "keep", SCALAR_BOOL, 1, (Axis *[]){n}));
    w = input("w", SCALAR_F64, 1, (Axis *[]){m});
    tally = input("tally", SCALAR_I32, 1, (Axis *[]){n});
}
static inline void graph_teardown(void) {
    compiler_free(compiler);
}

#define expect_text(node, text) cr_expect_str_eq(text_of(node), text)
#endif
