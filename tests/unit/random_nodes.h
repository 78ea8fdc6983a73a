/* Random expressions over the arrays of graph_fixture.h; what they mean does not matter. Wild ones
 * also hold what the printed language would state otherwise: reads under a guard, lets, stops,
 * renamed and absent axes, constants that fold. */
#ifndef RANDOM_NODES_H
#define RANDOM_NODES_H
#include "graph_fixture.h"

static uint64_t random_state;
static bool wild;
static bool
    may_be_empty; /* extents of n and m may be 0: then there is no index that is always within */

static inline int pick(int below) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (int)((random_state >> 33) % (unsigned)below);
}

static inline Node *some_bool(int depth);
static inline Node *some_integer(int depth);
static inline Node *some_float(int depth);

static inline Axis *some_axis(void) {
    Axis *all[] = {n, m, c};
    return all[pick(wild ? 3 : 2)];
}

/* Within 0 .. extent - 1 wherever there is such a number. */
static inline Node *some_index(Axis *along, int depth) {
    if (along == m && (may_be_empty || pick(2))) return label;
    if (may_be_empty) return axis(along);
    return bin(bin(some_integer(depth), OP_MOD, i64(1000)), OP_MOD,
               bin(along->extent, OP_MAX, i64(1)));
}

static inline Node *some_leaf(void) {
    static const double numbers[] = {0, 1, -1, 0.5, -2.5, 8, 3, 0.1, 1e30};
    switch (pick(6)) {
    case 0:
        return num(wild && pick(8) == 0 ? (pick(2) ? -0.0 : (double)INFINITY) : numbers[pick(9)]);
    case 1: return y;
    case 2: return at(y, m, label);
    case 3: return graph_convert(g, real, some_integer(1));
    default: return x;
    }
}

/* if 0 <= e and e < extent(n) then value[n = e] else other */
static inline Node *some_guarded(int depth) {
    Axis *along = pick(2) ? n : m;
    Node *index = some_integer(depth);
    Node *inside = bin(bin(i64(0), OP_LE, index), OP_AND, bin(index, OP_LT, along->extent));
    return graph_select(g, inside, guarded_at(some_float(depth), along, index), some_float(depth));
}

/* s == e, perhaps the other way round, perhaps with more */
static inline Node *some_equality(Axis *along, int depth) {
    Node *index = pick(3) ? some_index(pick(2) ? along : m, 1) : some_integer(1);
    Node *equal = pick(2) ? bin(axis(along), OP_EQ, index) : bin(index, OP_EQ, axis(along));
    if (pick(2)) return equal;
    return pick(2) ? bin(equal, OP_AND, some_bool(depth)) : bin(some_bool(depth), OP_AND, equal);
}

static inline Node *some_reduction(int depth) {
    static const Op ops[] = {OP_SUM, OP_REDUCE_MAX, OP_SUM, OP_REDUCE_MIN, OP_PROD};
    Axis *bound = some_axis();
    Node *body = some_float(depth), *where = pick(2) ? some_bool(depth) : NULL;
    if (!wild) return reduce(ops[pick(2)], pick(2) ? n : m, bin(body, OP_ADD, y), where);
    if (pick(3) == 0) where = some_equality(bound, depth);
    if (pick(4) == 0) body = graph_select(g, some_bool(depth), body, num(0));
    if (pick(4)) return reduce(ops[pick(5)], bound, body, where);
    return graph_reduce(g, ops[pick(5)], axis_set(g, (Axis *[]){bound, n}, 2), body, where);
}

static inline Node *some_wild_float(int depth) {
    switch (pick(7)) {
    case 0: return some_guarded(depth);
    case 1: return graph_let(g, word(pick(2) ? "p" : "q"), some_float(depth));
    case 2: return graph_stop(g, some_float(depth));
    case 3: {
        Axis *along = some_axis();
        return at(some_float(depth), along, some_index(along, depth));
    }
    case 4:
        return graph_at(g, some_float(depth), (Axis *[]){n, m},
                        (Node *[]){some_index(n, 1), axis(m)}, 2, false);
    case 5: return un(OP_FLOOR, some_float(depth));
    default: return some_reduction(depth);
    }
}

static inline Node *some_float(int depth) {
    static const Op binary[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MIN, OP_MAX, OP_POW};
    static const Op unary[] = {OP_NEG, OP_NEG, OP_EXP, OP_ABS, OP_TANH};
    if (depth <= 0) return some_leaf();
    if (wild && pick(3) == 0) return some_wild_float(depth - 1);
    switch (pick(8)) {
    case 0:
    case 1:
    case 2: return bin(some_float(depth - 1), binary[pick(wild ? 6 : 7)], some_float(depth - 1));
    case 3: return un(unary[pick(5)], some_float(depth - 1));
    case 4:
        return graph_select(g, some_bool(depth - 1), some_float(depth - 1), some_float(depth - 1));
    case 5: return bin(some_float(depth - 1), OP_POW, i64(pick(5) - 2));
    case 6: return some_reduction(depth - 1);
    default: return at(some_float(depth - 1), m, label);
    }
}

static inline Node *some_integer(int depth) {
    static const Op binary[] = {OP_ADD, OP_SUB, OP_MUL, OP_MIN, OP_MAX};
    switch (pick(depth > 0 ? 6 : 3)) {
    case 0: return i64(pick(7) - 3);
    case 1: return pick(2) ? label : axis(n);
    case 2: return pick(2) ? graph_extent(g, m) : axis(m);
    case 3: return un(OP_NEG, some_integer(depth - 1));
    case 4:
        if (wild && pick(2)) return reduce(OP_SUM, some_axis(), some_integer(depth - 1), NULL);
        return bin(some_integer(depth - 1), OP_MOD, i64(pick(3) + 1));
    default: return bin(some_integer(depth - 1), binary[pick(5)], some_integer(depth - 1));
    }
}

static inline Node *some_bool(int depth) {
    static const Op compare[] = {OP_LT, OP_LE, OP_EQ, OP_NE};
    switch (pick(depth > 0 ? (wild ? 9 : 6) : 2)) {
    case 0: return keep;
    case 1: return bin(some_integer(depth - 2), compare[pick(4)], some_integer(depth - 2));
    case 2: return un(OP_NOT, some_bool(depth - 1));
    case 3: return bin(some_bool(depth - 1), pick(2) ? OP_AND : OP_OR, some_bool(depth - 1));
    case 6: return truth(pick(2));
    case 7:
        return graph_select(g, some_bool(depth - 1), some_bool(depth - 1), some_bool(depth - 1));
    case 8:
        return reduce(pick(2) ? OP_ANY : OP_ALL, some_axis(), some_bool(depth - 1),
                      pick(2) ? keep : NULL);
    default: return bin(some_float(depth - 1), compare[pick(4)], some_float(depth - 1));
    }
}
#endif
