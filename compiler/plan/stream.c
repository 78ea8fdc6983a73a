/* Recognises what one streaming pass can compute: attention, a weighted mean whose weights are
 * exponentials.
 *
 *     mean[s](v, logweight = z)   is   sum[s](exp(z - M) * v) / sum[s](exp(z - M))   with   M =
 * max[s](z)
 *
 * Taken literally that reads z twice, once for M. A sum of exp(z - m) for any m seen so far can be
 * brought to a larger one later, by a factor exp(m - larger); so the loop goes block by block,
 * finds the block's maximum, rescales what it has, and goes on. z, which may cost a dot product an
 * element, is computed once, and kept for a block only. */
#include "plan/plan.h"
#include <math.h>

static bool is_free_of(const Node *node, const Node *maximum) {
    Arena *arena = arena_new();
    TABLE_HERE(seen, arena);
    bool found = node_reaches(node, maximum, &seen);
    arena_free(arena);
    return !found;
}

bool plan_is_exponential(const Node *node, const Node *maximum) {
    if (node->op != OP_EXP || node->arguments[0]->op != OP_SUB) return false;
    const Node *difference = node->arguments[0];
    return difference->arguments[0] == node_body(maximum) && difference->arguments[1] == maximum;
}

/* exp(z - M) once, times things that do not know M. */
static bool is_scaled(const Node *node, const Node *maximum) {
    if (plan_is_exponential(node, maximum)) return true;
    if (node->op == OP_NEG) return is_scaled(node->arguments[0], maximum);
    if (node->op != OP_MUL && node->op != OP_DIV) return false;
    const Node *a = node->arguments[0], *b = node->arguments[1];
    if (is_scaled(a, maximum) && is_free_of(b, maximum)) return true;
    return node->op == OP_MUL && is_scaled(b, maximum) && is_free_of(a, maximum);
}

/* Whether a term of the domain says that z is not -inf. */
static bool excludes_nothing(const Node *where, const Node *logit) {
    if (where->op == OP_AND)
        return excludes_nothing(where->arguments[0], logit) ||
               excludes_nothing(where->arguments[1], logit);
    if (where->op != OP_NE) return false;
    for (int side = 0; side < 2; ++side)
        if (where->arguments[side] == logit &&
            node_is_number(where->arguments[1 - side], -INFINITY))
            return true;
    return false;
}

bool plan_streams(const Node *maximum, const Node *reduction) {
    if (maximum->op != OP_REDUCE_MAX || reduction->op != OP_SUM || !scalar_is_float(maximum->type))
        return false;
    if (reduction->u.bound != maximum->u.bound || node_where(reduction) != node_where(maximum))
        return false;
    const Node *body = node_body(reduction), *where = node_where(maximum);
    if (plan_is_exponential(body, maximum)) return true;
    /* An element that the pass leaves out, kept as -inf, must be one that is not there; with a
     * factor, 0 is not nothing. */
    return is_scaled(body, maximum) && (!where || excludes_nothing(where, node_body(maximum)));
}
