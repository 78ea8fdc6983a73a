/* Takes an index, the axis that it is a position of, and what is known to be true there; gives
 * whether the index surely lies in 0 .. extent - 1. Needed so that no emitted read can fall outside
 * of its array:
 *
 *   dim o = t - k + 1
 *   output y[o] = sum[k](x[t = o + k] * w)       o <= extent(o) - 1, k <= extent(k) - 1: o + k <=
 * extent(t) - 1
 *
 * To prove an inequality, its opposite is assumed and a contradiction is looked for: everything
 * known is written as linear inequalities (linear.c), which are combined (inequality.c). Where that
 * finds none, one undecided condition of an `if`, an `or`, a `!=` or one side of a min or max is
 * assumed first to hold, then not to hold. All is bounded: what is not found soon counts as not
 * proved. */
#include "check/prover.h"

enum {
    WORK_LIMIT = 6000,
    NESTING = 256,
    GIVEN_VISITS = 4000,
    LONGEST_TEXT = 200
};

/* --- literals --- */

bool prover_knows(const Prover *prover, const Node *a, const Node *b, bool *truth) {
    for (int i = 0; i < prover->known_count; i++) {
        if (prover->known[i].a != a || prover->known[i].b != b) continue;
        *truth = prover->known[i].truth;
        return true;
    }
    return false;
}

void prover_candidate(Prover *prover, const Node *a, const Node *b) {
    for (int i = 0; i < prover->candidate_count; i++)
        if (prover->candidates[i].a == a && prover->candidates[i].b == b) return;
    if (prover->candidate_count == PROVER_CANDIDATES) return;
    Literal candidate = {.a = a, .b = b, .truth = true};
    int place = prover->candidate_count++;
    if (prover->in_goal) {
        prover->candidates[place] = prover->candidates[prover->goal_candidates];
        place = prover->goal_candidates++;
    }
    prover->candidates[place] = candidate;
}

static void learn(Prover *prover, const Node *a, const Node *b, bool truth) {
    bool known;
    if (prover_knows(prover, a, b, &known)) {
        if (known != truth) prover->contradiction = true;
    } else if (prover->known_count < PROVER_KNOWN) {
        prover->known[prover->known_count++] = (Literal){.a = a, .b = b, .truth = truth};
    }
}

static void compare(Prover *prover, const Node *a, const Node *b, int gap) {
    for (int i = 0; i < prover->comparison_count; i++) {
        const Comparison *c = &prover->comparisons[i];
        if (c->a == a && c->b == b && c->gap == gap) return;
    }
    if (prover->comparison_count == PROVER_COMPARISONS) return;
    prover->comparisons[prover->comparison_count++] = (Comparison){a, b, gap, prover->in_goal};
}

static void assume_differ(Prover *prover, const Node *a, const Node *b) {
    bool below;
    if (prover_knows(prover, a, b, &below)) {
        if (below) compare(prover, a, b, 1); /* otherwise a > b stands as a comparison already */
    } else {
        prover_candidate(prover, a, b);
    }
}

static void assume_comparison(Prover *prover, const Node *node, bool truth) {
    const Node *a = node->arguments[0], *b = node->arguments[1];
    if (!scalar_is_integer(a->type)) return;
    switch (node->op) {
    case OP_LT:
        if (truth)
            compare(prover, a, b, 1);
        else
            compare(prover, b, a, 0);
        return;
    case OP_LE:
        if (truth)
            compare(prover, a, b, 0);
        else
            compare(prover, b, a, 1);
        return;
    default:
        if ((node->op == OP_EQ) != truth) {
            assume_differ(prover, a, b);
            return;
        }
        compare(prover, a, b, 0);
        compare(prover, b, a, 0);
    }
}

static void assume_node(Prover *prover, const Node *node, bool truth, int nesting);

/* One of a and b has the given truth. b is read only where a does not have it. */
static void assume_either(Prover *prover, const Node *a, const Node *b, bool truth, int nesting) {
    bool known;
    if (!prover_knows(prover, a, NULL, &known))
        prover_candidate(prover, a, NULL);
    else if (known != truth)
        assume_node(prover, b, truth, nesting);
}

static void assume_node(Prover *prover, const Node *node, bool truth, int nesting) {
    if (nesting > NESTING || --prover->system->work < 0 || node->type != SCALAR_BOOL) return;
    learn(prover, node, NULL, truth);
    bool chosen;
    switch (node->op) {
    case OP_NUMBER:
        if ((node->u.integer != 0) != truth) prover->contradiction = true;
        return;
    case OP_LET:
    case OP_STOP: assume_node(prover, node->arguments[0], truth, nesting + 1); return;
    case OP_NOT: assume_node(prover, node->arguments[0], !truth, nesting + 1); return;
    case OP_AND:
    case OP_OR:
        if ((node->op == OP_AND) == truth) {
            assume_node(prover, node->arguments[0], truth, nesting + 1);
            assume_node(prover, node->arguments[1], truth, nesting + 1);
        } else {
            assume_either(prover, node->arguments[0], node->arguments[1], truth, nesting + 1);
        }
        return;
    case OP_SELECT:
        if (prover_knows(prover, node->arguments[0], NULL, &chosen))
            assume_node(prover, node->arguments[chosen ? 1 : 2], truth, nesting + 1);
        else
            prover_candidate(prover, node->arguments[0], NULL);
        return;
    case OP_LT:
    case OP_LE:
    case OP_EQ:
    case OP_NE: assume_comparison(prover, node, truth); return;
    default: return;
    }
}

static void assume(Prover *prover, const Literal *literal) {
    if (!literal->b) {
        assume_node(prover, literal->a, literal->truth, 0);
        return;
    }
    learn(prover, literal->a, literal->b, literal->truth);
    if (literal->truth)
        compare(prover, literal->a, literal->b, 0);
    else
        compare(prover, literal->b, literal->a, 1);
}

static void assume_all(Prover *prover) {
    prover->in_goal = false;
    for (int i = 0; i < prover->split_count; i++)
        assume(prover, &prover->splits[i]);
    for (int i = 0; prover->facts && i < prover->facts->items.count; i++)
        assume_node(prover, prover->facts->items.items[i], true, 0);
    prover->in_goal = true;
    assume(prover, &prover->goal);
    prover->in_goal = false;
}

/* --- rows --- */

static void scope_of(Prover *prover, const AxisSet *axes) {
    for (int i = 0; i < axes->count; i++)
        prover_axis_in_scope(prover, axes->items[i]);
}

static void compare_rows(Prover *prover) {
    Linear left, right, row;
    prover->memo_count = 0;
    prover->may_overflow = false;
    if (prover->target) prover_extent(prover, prover->target, &left);
    if (prover->index) scope_of(prover, prover->index->axes);
    for (int i = 0; prover->facts && i < prover->facts->items.count; i++)
        scope_of(prover, prover->facts->items.items[i]->axes);
    for (int i = 0; i < prover->comparison_count; i++) {
        const Comparison *comparison = &prover->comparisons[i];
        prover->in_goal = comparison->is_goal;
        if (!prover_linear(prover, comparison->a, &left) ||
            !prover_linear(prover, comparison->b, &right))
            continue;
        Linear gap = linear_constant(comparison->gap);
        if (linear_combine(&right, 1, &left, -1, &row) && linear_combine(&row, 1, &gap, -1, &row))
            system_know(prover->system, &row);
    }
    prover->in_goal = false;
}

/* Whether what is assumed contradicts itself as it stands. */
static bool contradicts(Prover *prover) {
    system_clear(prover->system);
    prover->known_count = prover->comparison_count = prover->atom_count = 0;
    prover->extent_count = 0;
    prover->contradiction = false;
    for (int round = 0; round < 2;
         round++) { /* the second round knows what stands later in the list */
        prover->candidate_count = prover->goal_candidates = 0;
        assume_all(prover);
    }
    if (prover->contradiction) return true;
    compare_rows(prover);
    prover_resolve_labels(prover);
    if (prover->may_overflow)
        compare_rows(prover); /* the rows found may now bound what seemed to overflow */
    return system_refutes(prover->system, NULL, 0, NULL, 0);
}

static bool refute(Prover *prover) {
    if (contradicts(prover)) return true;
    if (prover->split_count == PROVER_SPLITS || prover->candidate_count == 0 ||
        prover->system->work <= 0)
        return false;
    Literal *split = &prover->splits[prover->split_count++];
    *split = prover->candidates[0];
    bool refuted = refute(prover);
    if (refuted) {
        split->truth = false;
        refuted = refute(prover);
    }
    prover->split_count--;
    return refuted;
}

/* --- what is asked --- */

typedef enum Outcome {
    PROVED,
    MAY_OVERFLOW,
    NOT_PROVED
} Outcome;

/* Whether the goal surely does not hold. MAY_OVERFLOW: it would not, if *overflow computed the
 * exact value. */
static Outcome disprove(Graph *graph, Literal goal, const Node *index, Axis *target,
                        const Facts *facts, const Node **overflow) {
    Prover prover;
    System system;
    prover.graph = graph;
    prover.facts = facts;
    prover.target = target;
    prover.index = index;
    prover.goal = goal;
    prover.trust_arithmetic = prover.in_goal = prover.may_overflow = false;
    prover.overflow = NULL;
    prover.split_count = prover.memo_count = prover.depth = prover.trusted = 0;
    prover.system = &system;
    system_start(&system, WORK_LIMIT);
    Outcome outcome = refute(&prover) ? PROVED : NOT_PROVED;
    if (outcome == NOT_PROVED && prover.overflow) {
        *overflow = prover.overflow;
        prover.trust_arithmetic = true;
        system.work = WORK_LIMIT;
        if (refute(&prover)) outcome = MAY_OVERFLOW;
    }
    return outcome;
}

/* An expression with much in common with itself is small as a graph, and endless as text. */
static bool is_short(const Node *node, int *left) {
    if (--*left < 0) return false;
    for (int i = 0; i < node->argument_count; i++)
        if (!is_short(node->arguments[i], left)) return false;
    return true;
}

static void print_operand(Text *text, const Node *node) {
    OpClass class_ = op_info[node->op].class_;
    bool brackets = node->op == OP_SELECT || class_ == OP_COMPARE || class_ == OP_LOGIC;
    int left = LONGEST_TEXT;
    if (node->op == OP_NUMBER) {
        text_format(text, "%lld", (long long)node->u.integer);
    } else if (!is_short(node, &left)) {
        text_add(text, "the index");
    } else {
        if (brackets) text_add(text, "(");
        graph_print_node(text, node);
        if (brackets) text_add(text, ")");
    }
}

static const char *inequality(Graph *graph, const Node *index, const Axis *axis) {
    Text text = text_new(graph_compiler(graph)->arena);
    print_operand(&text, index);
    if (axis)
        text_format(&text, " <= extent(%s) - 1", axis->name);
    else
        text_add(&text, " >= 0");
    return text.chars;
}

static const char *no_overflow(Graph *graph, const Node *node) {
    Text text = text_new(graph_compiler(graph)->arena);
    print_operand(&text, node);
    text_format(&text, " <= %lld", (long long)(node->type == SCALAR_I32 ? INT32_MAX : INT64_MAX));
    return text.chars;
}

/* A label that may be `none`, where nothing tells that it is not. */
static const char *missing_label(Graph *graph, const Node *index, const Axis *axis) {
    bool has_none = false;
    int64_t none;
    const Axis *of = node_index_axis(index, &has_none, &none);
    if (!of || !has_none || !axis_same_extent(of, axis)) return NULL;
    Text text = text_new(graph_compiler(graph)->arena);
    text_add(&text, "has(");
    graph_print_node(&text, index);
    text_add(&text, ")");
    return text.chars;
}

/* A remainder, or a quotient, of which all that is in doubt is that its divisor is positive. */
static const char *missing_divisor(Graph *graph, const Node *index, const Facts *facts) {
    if (index->op != OP_MOD && index->op != OP_IDIV) return NULL;
    if (index->arguments[1]->op == OP_NUMBER) return NULL;
    Node *divisor = index->arguments[1];
    Literal negative = {.a = divisor, .b = graph_integer(graph, SCALAR_I64, 0), .truth = true};
    const Node *overflow = NULL;
    if (disprove(graph, negative, divisor, NULL, facts, &overflow) != NOT_PROVED) return NULL;
    Text text = text_new(graph_compiler(graph)->arena);
    print_operand(&text, divisor);
    text_add(&text, " >= 1");
    return text.chars;
}

bool range_prove(Graph *graph, Node *index, Axis *axis, const Facts *facts, const char **missing) {
    if (!scalar_is_integer(index->type)) bug("range_prove of a %s", scalar_text(index->type));
    Literal negative = {.a = index, .b = graph_integer(graph, SCALAR_I64, -1), .truth = true};
    Literal past_end = {.a = axis->extent, .b = index, .truth = true};
    const Node *overflow = NULL;
    Outcome above = disprove(graph, negative, index, axis, facts, &overflow);
    Outcome below = NOT_PROVED;
    if (above != NOT_PROVED) below = disprove(graph, past_end, index, axis, facts, &overflow);
    if (above == PROVED && below == PROVED) return true;
    if (!missing) return false;
    *missing = missing_label(graph, index, axis);
    if (!*missing && above == NOT_PROVED) *missing = missing_divisor(graph, index, facts);
    if (*missing) return false;
    if (above == NOT_PROVED)
        *missing = inequality(graph, index, NULL);
    else if (below == NOT_PROVED)
        *missing = inequality(graph, index, axis);
    else
        *missing = no_overflow(graph, overflow);
    return false;
}

bool condition_prove(Graph *graph, Node *condition, const Facts *facts) {
    const Node *overflow = NULL;
    return disprove(graph, (Literal){.a = condition}, condition, NULL, facts, &overflow) == PROVED;
}

static bool is_given(const Node *node, int *visits) {
    if (--*visits < 0 || node->can_fail || node->has_reduction) return false;
    switch (node->op) {
    case OP_AXIS:
    case OP_AT:
    case OP_UNIFORM:
    case OP_NORMAL: return false;
    case OP_ARRAY: {
        ArrayKind kind = node->u.array->kind;
        return kind == ARRAY_INPUT || kind == ARRAY_WEIGHT || kind == ARRAY_MASK ||
               kind == ARRAY_CONST;
    }
    default: break;
    }
    for (int i = 0; i < node->argument_count; i++)
        if (!is_given(node->arguments[i], visits)) return false;
    return true;
}

bool index_is_given(const Node *index) {
    int visits = GIVEN_VISITS;
    return is_given(index, &visits);
}
