/* The rules for comparisons, logic and if. See rules.def. */
#include "graph/rules.h"

/* --- what is known of integers --- */

/* What is known stays below FAR: sums of two such numbers do not wrap. */
static const int64_t FAR = (int64_t)1 << 60;
static const int64_t UNKNOWN = (int64_t)1
                               << 61; /* as the upper end; the lower one is its negative */
enum {
    DEEP = 12
};

/* The axis that a node is an index of and certainly within, else NULL. */
static const Axis *certain_index_axis(const Node *node) {
    bool has_none;
    int64_t none;
    const Node *read = node_unnamed(node);
    while (read->op == OP_AT) {
        read = node_unnamed(read->arguments[0]);
    }
    if (read->op != OP_AXIS && read->op != OP_ARRAY) return NULL; /* argmax of nothing is -1 */
    const Axis *axis = node_index_axis(read, &has_none, &none);
    return has_none ? NULL : axis;
}

static IntegerRange clipped(int64_t low, int64_t high) {
    if (low > FAR) low = FAR;
    if (high < -FAR) high = -FAR;
    return (IntegerRange){low < -FAR ? -UNKNOWN : low, high > FAR ? UNKNOWN : high};
}

static bool is_known(IntegerRange range) {
    return range.low != -UNKNOWN && range.high != UNKNOWN;
}

static IntegerRange range_of(const Node *node, int depth);

static IntegerRange range_of_two(const Node *node, int depth) {
    IntegerRange a = range_of(node->arguments[0], depth - 1);
    IntegerRange b = range_of(node->arguments[1], depth - 1);
    IntegerRange unknown = {-UNKNOWN, UNKNOWN};
    switch (node->op) {
    case OP_ADD:
        if (!is_known(a) || !is_known(b)) return unknown; /* may wrap */
        return clipped(a.low + b.low, a.high + b.high);
    case OP_SUB:
        if (!is_known(a) || !is_known(b)) return unknown;
        return clipped(a.low - b.high, a.high - b.low);
    case OP_MUL: {
        int64_t least = INT64_MAX, most = INT64_MIN;
        if (!is_known(a) || !is_known(b)) return unknown;
        for (int i = 0; i < 4; i++) {
            int64_t product;
            if (__builtin_mul_overflow(i & 1 ? a.low : a.high, i & 2 ? b.low : b.high, &product))
                return unknown;
            if (product < least) least = product;
            if (product > most) most = product;
        }
        return clipped(least, most);
    }
    case OP_MIN: return clipped(a.low < b.low ? a.low : b.low, a.high < b.high ? a.high : b.high);
    case OP_MAX: return clipped(a.low > b.low ? a.low : b.low, a.high > b.high ? a.high : b.high);
    default: /* MOD */
        if (b.low <= 0) return unknown;
        return clipped(0, b.high == UNKNOWN ? UNKNOWN : b.high - 1);
    }
}

static IntegerRange range_of(const Node *node, int depth) {
    IntegerRange unknown = {-UNKNOWN, UNKNOWN};
    node = node_unnamed(node);
    const Axis *axis = certain_index_axis(node);
    if (axis) {
        const Node *extent = axis->extent;
        return clipped(0, extent->op == OP_NUMBER ? extent->u.integer - 1 : LARGEST_EXTENT);
    }
    if (!scalar_is_integer(node->type) || depth == 0) return unknown;
    IntegerRange result = unknown;
    switch (node->op) {
    case OP_NUMBER: result = clipped(node->u.integer, node->u.integer); break;
    case OP_EXTENT: result = clipped(0, LARGEST_EXTENT); break;
    case OP_AT: result = range_of(node->arguments[0], depth - 1); break;
    case OP_CONVERT:
        if (node->type == SCALAR_I64) result = range_of(node->arguments[0], depth - 1);
        break;
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_MIN:
    case OP_MAX:
    case OP_MOD: result = range_of_two(node, depth); break;
    case OP_SELECT: {
        IntegerRange a = range_of(node->arguments[1], depth - 1);
        IntegerRange b = range_of(node->arguments[2], depth - 1);
        result = clipped(a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high);
        break;
    }
    default: break;
    }
    bool may_wrap = node->type == SCALAR_I32 && (result.low < INT32_MIN || result.high > INT32_MAX);
    return may_wrap ? unknown : result;
}

IntegerRange rule_range(const Node *node) {
    return range_of(node, DEEP);
}

bool rule_in_range(const Node *index, const Axis *axis) {
    const Axis *own = certain_index_axis(index);
    if (own && axis_same_extent(own, axis)) return true;
    if (axis->extent->op != OP_NUMBER) return false;
    IntegerRange range = rule_range(index);
    return range.low >= 0 && range.high < axis->extent->u.integer;
}

/* node = base + *offset, the base being an index or an extent: far from where integers wrap. */
static const Node *base_of(const Node *node, int64_t *offset) {
    *offset = 0;
    node = node_unnamed(node);
    int64_t sign = node->op == OP_SUB ? -1 : 1;
    if (node->op == OP_ADD || node->op == OP_SUB) {
        const Node *number = node_unnamed(node->arguments[1]);
        if (number->op != OP_NUMBER || number->u.integer > FAR || number->u.integer < -FAR)
            return NULL;
        *offset = sign * number->u.integer;
        node = node_unnamed(node->arguments[0]);
    }
    return node->op == OP_EXTENT || certain_index_axis(node) ? node : NULL;
}

/* a - b where that is known, or its greatest value, where a is an index along what b is the extent
 * of. */
static bool difference(const Node *a, const Node *b, IntegerRange *result) {
    int64_t left, right;
    const Node *base_a = base_of(a, &left), *base_b = base_of(b, &right);
    if (!base_a || !base_b) return false;
    if (base_a == base_b) {
        *result = (IntegerRange){left - right, left - right};
        return true;
    }
    const Axis *axis = certain_index_axis(base_a);
    if (axis && base_b == axis->extent) {
        *result = (IntegerRange){-UNKNOWN, left - right - 1};
        return true;
    }
    axis = certain_index_axis(base_b);
    if (axis && base_a == axis->extent) {
        *result = (IntegerRange){left - right + 1, UNKNOWN};
        return true;
    }
    return false;
}

static Node *truth(Graph *graph, bool value) {
    return graph_integer(graph, SCALAR_BOOL, value);
}

/* a op b, of what is known of a - b. */
static Node *decide(Graph *graph, Op op, IntegerRange d) {
    switch (op) {
    case OP_LT:
        if (d.high < 0) return truth(graph, true);
        return d.low >= 0 ? truth(graph, false) : NULL;
    case OP_LE:
        if (d.high <= 0) return truth(graph, true);
        return d.low > 0 ? truth(graph, false) : NULL;
    default:
        if (d.low > 0 || d.high < 0) return truth(graph, op == OP_NE);
        return d.low == 0 && d.high == 0 ? truth(graph, op == OP_EQ) : NULL;
    }
}

Node *rule_compare_ranges(Graph *graph, Node *node) {
    Node *a = node->arguments[0], *b = node->arguments[1];
    if (!scalar_is_integer(a->type)) return NULL;
    IntegerRange x = rule_range(a), y = rule_range(b);
    IntegerRange d = {x.low == -UNKNOWN || y.high == UNKNOWN ? -UNKNOWN : x.low - y.high,
                      x.high == UNKNOWN || y.low == -UNKNOWN ? UNKNOWN : x.high - y.low};
    Node *result = decide(graph, node->op, d);
    if (!result && difference(a, b, &d)) result = decide(graph, node->op, d);
    return result;
}

/* --- comparisons --- */

Node *rule_compare_itself(Graph *graph, Node *node) {
    if (node->arguments[0] != node->arguments[1]) return NULL;
    if (node->op == OP_LT) return truth(graph, false);
    if (scalar_is_float(node->arguments[0]->type)) return NULL;
    return truth(graph, node->op != OP_NE);
}

Node *rule_equal_to_truth(Graph *graph, Node *node) {
    Node *a = node->arguments[0], *b = node->arguments[1];
    if (a->type != SCALAR_BOOL) return NULL;
    Node *number = rule_literal(graph, b);
    if (!number) {
        number = rule_literal(graph, a);
        a = b;
    }
    if (!number) return NULL;
    return number->u.integer ? a : graph_unary(graph, OP_NOT, a);
}

/* --- logic --- */

Node *rule_and_constant(Graph *graph, Node *node) {
    for (int i = 0; i < 2; i++) {
        Node *number = rule_literal(graph, node->arguments[i]);
        if (number) return number->u.integer ? node->arguments[1 - i] : number;
    }
    return NULL;
}

/* What is asked in the same order is one node, however it came to be asked. */
Node *rule_and_in_order(Graph *graph, Node *node) {
    Node *rest = node->arguments[1];
    if (rest->op != OP_AND) return NULL;
    Node *first = graph_binary(graph, OP_AND, node->arguments[0], rest->arguments[0]);
    return graph_binary(graph, OP_AND, first, rest->arguments[1]);
}

Node *rule_or_constant(Graph *graph, Node *node) {
    for (int i = 0; i < 2; i++) {
        Node *number = rule_literal(graph, node->arguments[i]);
        if (number) return number->u.integer ? number : node->arguments[1 - i];
    }
    return NULL;
}

/* Conditions in order, as `a and b and c` has them; their number. */
static int list_conditions(Node *node, Node **list, int room) {
    int count = node->op == OP_AND ? list_conditions(node->arguments[0], list, room) : 0;
    if (count < room) list[count] = node->op == OP_AND ? node->arguments[1] : node;
    return count + 1;
}

static bool says_all(Node *const *list, int count, Node *const *asked, int asked_count) {
    for (int i = 0; i < asked_count; i++) {
        bool found = false;
        for (int k = 0; k < count; k++)
            found |= list[k] == asked[i];
        if (!found) return false;
    }
    return true;
}

/* What both sides ask first is asked once; where one side asks all that the other does, the other
 * is enough. */
Node *rule_or_common(Graph *graph, Node *node) {
    enum {
        ROOM = 16
    };
    Node *sides[2][ROOM], *same = NULL, *rest[2] = {NULL, NULL};
    int counts[2], common = 0;
    for (int i = 0; i < 2; i++)
        counts[i] = list_conditions(node->arguments[i], sides[i], ROOM);
    if (counts[0] > ROOM || counts[1] > ROOM) return NULL;
    for (int i = 0; i < 2; i++)
        if (says_all(sides[1 - i], counts[1 - i], sides[i], counts[i])) return node->arguments[i];
    while (common < counts[0] && common < counts[1] && sides[0][common] == sides[1][common]) {
        Node *next = sides[0][common++];
        same = graph_both(graph, same, next);
    }
    if (!same) return NULL;
    for (int i = 0; i < 2; i++) {
        for (int k = common; k < counts[i]; k++)
            rest[i] = graph_both(graph, rest[i], sides[i][k]);
    }
    return graph_binary(graph, OP_AND, same, graph_binary(graph, OP_OR, rest[0], rest[1]));
}

static bool says(const Node *conditions, const Node *condition) {
    for (; conditions->op == OP_AND; conditions = conditions->arguments[0]) {
        if (conditions->arguments[1] == condition) return true;
    }
    return conditions == condition;
}

Node *rule_said_before(Graph *graph, Node *node) {
    (void)graph;
    return says(node->arguments[0], node->arguments[1]) ? node->arguments[0] : NULL;
}

Node *rule_logic_of_equal(Graph *graph, Node *node) {
    return node->arguments[0] == node->arguments[1] ? node->arguments[0] : NULL;
}

Node *rule_logic_of_opposite(Graph *graph, Node *node) {
    for (int i = 0; i < 2; i++) {
        const Node *negation = node->arguments[i];
        if (negation->op == OP_NOT && negation->arguments[0] == node->arguments[1 - i])
            return truth(graph, node->op == OP_OR);
    }
    return NULL;
}

Node *rule_not_twice(Graph *graph, Node *node) {
    Node *a = node->arguments[0];
    return a->op == OP_NOT ? a->arguments[0] : NULL;
}

Node *rule_not_equality(Graph *graph, Node *node) {
    Node *a = node->arguments[0];
    if (a->op != OP_EQ && a->op != OP_NE) return NULL;
    return graph_binary(graph, a->op == OP_EQ ? OP_NE : OP_EQ, a->arguments[0], a->arguments[1]);
}

Node *rule_not_order(Graph *graph, Node *node) {
    Node *a = node->arguments[0];
    bool order = a->op == OP_LT || a->op == OP_LE;
    if (!order || !scalar_is_integer(a->arguments[0]->type)) return NULL;
    return graph_binary(graph, a->op == OP_LT ? OP_LE : OP_LT, a->arguments[1], a->arguments[0]);
}

/* --- if --- */

Node *rule_choose_constant(Graph *graph, Node *node) {
    Node *condition = rule_literal(graph, node->arguments[0]);
    if (!condition) return NULL;
    return node->arguments[condition->u.integer ? 1 : 2];
}

Node *rule_choose_equal(Graph *graph, Node *node) {
    return node->arguments[1] == node->arguments[2] ? node->arguments[1] : NULL;
}

Node *rule_choose_negated(Graph *graph, Node *node) {
    Node *condition = node->arguments[0];
    if (condition->op != OP_NOT) return NULL;
    return graph_select(graph, condition->arguments[0], node->arguments[2], node->arguments[1]);
}

Node *rule_choose_truth(Graph *graph, Node *node) {
    if (node->type != SCALAR_BOOL) return NULL;
    Node *condition = node->arguments[0];
    Node *then = rule_literal(graph, node->arguments[1]),
         *otherwise = rule_literal(graph, node->arguments[2]);
    if (otherwise && !otherwise->u.integer)
        return graph_binary(graph, OP_AND, condition, node->arguments[1]);
    if (then && then->u.integer) return graph_binary(graph, OP_OR, condition, node->arguments[2]);
    if (then && otherwise) return graph_unary(graph, OP_NOT, condition);
    return NULL;
}

Node *rule_choose_again(Graph *graph, Node *node) {
    Node *condition = node->arguments[0], *then = node->arguments[1],
         *otherwise = node->arguments[2];
    bool inner_then = then->op == OP_SELECT && then->arguments[0] == condition;
    bool inner_else = otherwise->op == OP_SELECT && otherwise->arguments[0] == condition;
    if (!inner_then && !inner_else) return NULL;
    return graph_select(graph, condition, inner_then ? then->arguments[1] : then,
                        inner_else ? otherwise->arguments[2] : otherwise);
}

Node *rule_stop_constant(Graph *graph, Node *node) {
    return rule_literal(graph, node->arguments[0]);
}

Node *rule_stop_twice(Graph *graph, Node *node) {
    return node->arguments[0]->op == OP_STOP ? node->arguments[0] : NULL;
}
