/* What is known to hold where an expression stands: the conditions of the `if`s around it, the left
 * sides of `and` and `or`, the domains of the reductions. A fact speaks of the axes as they are
 * outside of whatever binds them anew, so it is dropped there. */
#include "check/checker.h"

const Fact *facts_add(Checker *c, const Fact *facts, Node *condition, bool truth) {
    if (!condition || condition->type != SCALAR_BOOL) return facts;
    condition = node_unnamed(condition);
    Op both = truth ? OP_AND : OP_OR;
    if (condition->op == both) {
        facts = facts_add(c, facts, condition->arguments[0], truth);
        return facts_add(c, facts, condition->arguments[1], truth);
    }
    if (condition->op == OP_NOT) return facts_add(c, facts, condition->arguments[0], !truth);
    if (condition->op == OP_NUMBER) return facts;
    Fact *fact = ARENA_NEW(c->arena, Fact);
    fact->node = truth ? condition : graph_unary(c->graph, OP_NOT, condition);
    fact->outer = facts;
    return fact;
}

const Fact *facts_without(Checker *c, const Fact *facts, const AxisSet *axes) {
    bool all = true;
    for (const Fact *fact = facts; fact; fact = fact->outer)
        all = all && !axis_set_meets(fact->node->axes, axes);
    if (all) return facts;
    const Fact *outer = facts_without(c, facts->outer, axes);
    if (axis_set_meets(facts->node->axes, axes)) return outer;
    Fact *fact = ARENA_NEW(c->arena, Fact);
    *fact = (Fact){facts->node, outer};
    return fact;
}

Facts facts_list(Checker *c, const Fact *facts) {
    Facts list = {0};
    for (; facts; facts = facts->outer)
        vector_push(c->arena, &list.items, facts->node);
    return list;
}

/* Whether the condition, true or false as told, says that the label is not `none`. */
static bool excludes(Node *condition, bool truth, const Node *label, int64_t none) {
    Node *node = node_unnamed(condition);
    if (node->op == OP_NOT) return excludes(node->arguments[0], !truth, label, none);
    if (node->op == OP_AND || node->op == OP_OR) {
        bool first = excludes(node->arguments[0], truth, label, none);
        bool each = (node->op == OP_AND) == truth; /* holds, and not only one of the two */
        if (first == each) return first;
        return excludes(node->arguments[1], truth, label, none);
    }
    if (node->op != (truth ? OP_NE : OP_EQ)) return false;
    Node *a = node_unnamed(node->arguments[0]), *b = node_unnamed(node->arguments[1]);
    return (a == label && node_is_number(b, (double)none)) ||
           (b == label && node_is_number(a, (double)none));
}

bool facts_exclude(const Fact *facts, const Node *label, int64_t none) {
    label = node_unnamed(label);
    for (; facts; facts = facts->outer)
        if (excludes(facts->node, true, label, none)) return true;
    return false;
}

/* Made of inputs at their own axes, axes, extents and numbers. */
static bool is_given(Node *node, int depth) {
    if (depth > 60) return false;
    switch (node->op) {
    case OP_NUMBER:
    case OP_AXIS:
    case OP_EXTENT: return true;
    case OP_ARRAY: return node->u.array->kind != ARRAY_PARAM && node->u.array->kind != ARRAY_OUTPUT;
    case OP_SELECT:
    case OP_CONVERT: break;
    case OP_LET:
    case OP_STOP: break;
    default:
        if (op_info[node->op].class_ > OP_TEST) return false;
    }
    for (int i = 0; i < node->argument_count; i++)
        if (!is_given(node->arguments[i], depth + 1)) return false;
    return true;
}

Node *facts_given(Checker *c, const Fact *facts, bool *all) {
    if (!facts) {
        *all = true;
        return NULL;
    }
    Node *outer = facts_given(c, facts->outer, all);
    if (!is_given(facts->node, 0) || facts->node->can_fail) {
        *all = false;
        return outer;
    }
    return outer ? graph_binary(c->graph, OP_AND, outer, facts->node) : facts->node;
}
