/* From integer nodes to linear forms. Sums, differences and products are taken apart as long as
 * they surely do not overflow; an axis, an extent and everything else is an atom, and comes with
 * the rows that hold for it:
 *
 *   an axis i          0 <= i <= extent(i) - 1
 *   a label of c       0 <= v <= extent(c) - 1, unless it may be `none`
 *   a div k, k >= 1    k q <= a <= k q + k - 1; and a mod k is a - k q
 *   min, max, abs      the inequalities that hold for both sides; which side it is, is found by
 * splitting argmax[c]          -1 <= v <= extent(c) - 1, and 0 <= v where an element is left a
 * count            0 <= v <= the product of the extents */
#include "check/prover.h"
#include "graph/rules.h"

static const double LIMIT_I64 =
    4611686018427387904.0; /* 2^62: half of what fits, so that doubles decide it */

/* --- rows --- */

/* Adds high - low - gap >= 0. */
static void know_at_least(Prover *prover, const Linear *high, const Linear *low, int64_t gap) {
    Linear row, constant = linear_constant(gap);
    if (linear_combine(high, 1, low, -1, &row) && linear_combine(&row, 1, &constant, -1, &row))
        system_know(prover->system, &row);
}

/* Whether the rows refute form <= bound. */
static bool surely_above(Prover *prover, const Linear *form, int64_t bound) {
    Linear row, constant = linear_constant(bound);
    return linear_combine(&constant, 1, form, -1, &row) &&
           system_refutes(prover->system, &row, 1, NULL, 0);
}

static bool surely_not_negative(Prover *prover, const Linear *form) {
    return surely_above(prover, form, -1);
}

/* --- overflow --- */

static void form_bounds(const Prover *prover, const Linear *form, double *low, double *high) {
    *low = *high = (double)form->constant;
    for (int t = 0; t < form->count; t++) {
        const Monomial *monomial = &prover->system->monomials[form->terms[t].monomial];
        double a = (double)form->terms[t].factor, b = a;
        for (int i = 0; i < monomial->degree; i++) {
            const Atom *atom = &prover->atoms[monomial->atoms[i]];
            double corners[4] = {a * atom->low, a * atom->high, b * atom->low, b * atom->high};
            a = b = corners[0];
            for (int c = 1; c < 4; c++) {
                if (corners[c] < a) a = corners[c];
                if (corners[c] > b) b = corners[c];
            }
        }
        *low += a;
        *high += b;
    }
}

/* Whether the rows, and the bounds of single atoms, refute form * sign >= bound. */
static bool never_reaches(Prover *prover, const Linear *form, int sign, int64_t bound) {
    Linear *rows = prover->bounds;
    int count = 0;
    Linear goal, limit = linear_constant(bound);
    if (!linear_combine(form, sign, &limit, -1, &goal)) return false;
    for (int i = 0; i < prover->atom_count; i++) {
        const Atom *atom = &prover->atoms[i];
        if (atom->low < -LIMIT_I64 || atom->high > LIMIT_I64) continue;
        Linear low = linear_constant((int64_t)atom->low),
               high = linear_constant((int64_t)atom->high);
        if (linear_combine(&high, 1, &atom->form, -1, &rows[count])) count++;
        if (linear_combine(&atom->form, 1, &low, -1, &rows[count])) count++;
    }
    Linear largest = linear_constant(RANGE_LARGEST_EXTENT);
    for (int i = 0; i < prover->extent_count; i++)
        if (linear_combine(&largest, 1, &prover->extents[i], -1, &rows[count])) count++;
    return system_refutes(prover->system, &goal, 1, rows, count);
}

/* Whether the exact value surely fits the type, so that the computed value is the exact one. */
static bool form_fits(Prover *prover, const Node *node, const Linear *form) {
    if (prover->trusted || prover->trust_arithmetic) return true;
    double largest = node->type == SCALAR_I32 ? 2147483647.0 : LIMIT_I64;
    double low, high;
    form_bounds(prover, form, &low, &high);
    if (low >= -largest && high <= largest) return true;
    int64_t bound = (int64_t)largest + (node->type == SCALAR_I32);
    if ((high <= largest || never_reaches(prover, form, 1, bound)) &&
        (low >= -largest || never_reaches(prover, form, -1, bound)))
        return true;
    prover->may_overflow = true;
    if (!prover->overflow) prover->overflow = node;
    return false;
}

/* --- atoms --- */

static void type_bounds(const Node *node, double *low, double *high) {
    *low = node->type == SCALAR_I32 ? -2147483648.0 : -9223372036854775808.0;
    *high = node->type == SCALAR_I32 ? 2147483647.0 : 9223372036854775808.0;
}

/* NULL: no room. *fresh tells that its rows are still to be added. */
static Atom *atom_of(Prover *prover, const Node *a, const Node *b, bool *fresh) {
    *fresh = false;
    for (int i = 0; i < prover->atom_count; i++)
        if (prover->atoms[i].a == a && prover->atoms[i].b == b) return &prover->atoms[i];
    if (prover->atom_count == SYSTEM_ATOMS) return NULL;
    Atom *atom = &prover->atoms[prover->atom_count];
    *atom = (Atom){.a = a, .b = b};
    if (!linear_atom(prover->system, prover->atom_count, &atom->form)) return NULL;
    prover->atom_count++;
    type_bounds(a, &atom->low, &atom->high);
    *fresh = true;
    return atom;
}

static void atom_never_negative(Prover *prover, Atom *atom) {
    Linear zero = linear_constant(0);
    prover->system->never_negative[atom - prover->atoms] = true;
    if (atom->low < 0) atom->low = 0;
    know_at_least(prover, &atom->form, &zero, 0);
}

static void atom_below_extent(Prover *prover, Atom *atom, const Axis *axis) {
    Linear extent;
    bool known = prover_extent(prover, axis, &extent);
    double largest = (double)RANGE_LARGEST_EXTENT;
    if (known && extent.count == 0 &&
        (double)extent.constant > largest) /* fixed: no size checked on entry */
        largest = (double)extent.constant;
    if (atom->high > largest) atom->high = largest;
    if (known) know_at_least(prover, &extent, &atom->form, 1);
}

static void atom_is_index(Prover *prover, Atom *atom, const Axis *axis) {
    atom_never_negative(prover, atom);
    atom_below_extent(prover, atom, axis);
}

void prover_axis_in_scope(Prover *prover, Axis *axis) {
    Linear form;
    prover_linear(prover, graph_axis(prover->graph, axis), &form);
}

bool prover_extent(Prover *prover, const Axis *axis, Linear *form) {
    prover->trusted++;
    bool done = prover_linear(prover, axis->extent, form);
    prover->trusted--;
    if (done && form->count > 0 && prover->extent_count < SYSTEM_ATOMS)
        prover->extents[prover->extent_count++] = *form;
    return done;
}

static bool const_bounds(const Array *array, int64_t *low, int64_t *high) {
    int64_t count = 1;
    if (array->kind != ARRAY_CONST || !array->numbers) return false;
    for (int i = 0; i < array->rank; i++) {
        const Node *extent = array->axes[i]->extent;
        if (extent->op != OP_NUMBER || __builtin_mul_overflow(count, extent->u.integer, &count))
            return false;
    }
    for (int64_t i = 0; i < count; i++) {
        double number = array->numbers[i];
        if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0)) return false;
        if (i == 0 || (int64_t)number < *low) *low = (int64_t)number;
        if (i == 0 || (int64_t)number > *high) *high = (int64_t)number;
    }
    return count > 0;
}

static void know_array(Prover *prover, Atom *atom, const Array *array) {
    int64_t low, high;
    bool truth;
    if (const_bounds(array, &low, &high)) {
        Linear bottom = linear_constant(low), top = linear_constant(high);
        atom->low = (double)low, atom->high = (double)high;
        know_at_least(prover, &atom->form, &bottom, 0);
        know_at_least(prover, &top, &atom->form, 0);
        if (low >= 0) prover->system->never_negative[atom - prover->atoms] = true;
    }
    if (!array->index_axis) return;
    if (!array->has_none) {
        atom_is_index(prover, atom, array->index_axis);
        return;
    }
    const Node *none = graph_integer(prover->graph, atom->a->type, array->none);
    const Node *has = graph_binary(prover->graph, OP_NE, (Node *)atom->a, (Node *)none);
    if (prover_knows(prover, has, NULL, &truth) && truth) {
        atom_is_index(prover, atom, array->index_axis);
    } else {
        atom->label_axis = array->index_axis;
        atom->none = array->none;
    }
}

void prover_resolve_labels(Prover *prover) {
    for (int i = 0; i < prover->atom_count; i++) {
        Atom *atom = &prover->atoms[i];
        if (!atom->label_axis) continue;
        Linear none = linear_constant(atom->none), equal[2];
        if (!linear_combine(&atom->form, 1, &none, -1, &equal[0])) continue;
        if (!linear_combine(&none, 1, &atom->form, -1, &equal[1])) continue;
        if (!system_refutes(prover->system, equal, 2, NULL, 0)) continue;
        Axis *axis = atom->label_axis;
        atom->label_axis = NULL;
        atom_is_index(prover, atom, axis);
    }
}

/* --- reductions --- */

static bool something_is_left(Prover *prover, const Node *reduction) {
    const Node *where = reduction->argument_count > 1 ? reduction->arguments[1] : NULL;
    bool truth;
    if (where) {
        const Node *any =
            graph_reduce(prover->graph, OP_ANY, reduction->u.bound, (Node *)where, NULL);
        return prover_knows(prover, any, NULL, &truth) && truth;
    }
    for (int i = 0; i < reduction->u.bound->count; i++) {
        Linear extent;
        if (!prover_extent(prover, reduction->u.bound->items[i], &extent)) return false;
        if (!surely_above(prover, &extent, 0)) return false;
    }
    return true;
}

/* Of argmax, or of it read elsewhere: there its domain is another. */
static void know_arg(Prover *prover, Atom *atom, const Node *reduction, bool elsewhere) {
    Linear least = linear_constant(-1);
    if (!(elsewhere && node_where(reduction)) && something_is_left(prover, reduction))
        atom_never_negative(prover, atom);
    if (atom->low < -1) atom->low = -1;
    know_at_least(prover, &atom->form, &least, 0);
    atom_below_extent(prover, atom,
                      reduction->u.bound->items[0]); /* of no element at all: -1 <= 0 - 1 */
}

static void know_sum(Prover *prover, Atom *atom, const Node *reduction) {
    const Node *body = reduction->arguments[0];
    bool counts = (body->op == OP_CONVERT && body->arguments[0]->type == SCALAR_BOOL) ||
                  node_is_number(body, 1);
    if (!counts || reduction->type != SCALAR_I64) return;
    Linear product = linear_constant(1), extent;
    for (int i = 0; i < reduction->u.bound->count; i++) {
        if (!prover_extent(prover, reduction->u.bound->items[i], &extent)) return;
        if (!linear_multiply(prover->system, &product, &extent, &product)) return;
    }
    atom_never_negative(prover, atom);
    know_at_least(prover, &product, &atom->form, 0);
}

/* What the simplifier knows of a number, wherever it is read. */
static void know_range(Prover *prover, Atom *atom, const Node *node) {
    const int64_t far = (int64_t)1 << 60;
    IntegerRange range = rule_range(node);
    Linear low = linear_constant(range.low), high = linear_constant(range.high);
    if (range.low > -far) know_at_least(prover, &atom->form, &low, 0);
    if (range.high < far) know_at_least(prover, &high, &atom->form, 0);
}

static bool linear_opaque(Prover *prover, const Node *node, Linear *form) {
    bool fresh;
    Atom *atom = atom_of(prover, node, NULL, &fresh);
    if (!atom) return false;
    *form = atom->form;
    if (!fresh) return true;
    const Node *base = node->op == OP_AT ? node->arguments[0] : node;
    if (base->op == OP_ARRAY) know_array(prover, atom, base->u.array);
    base = node_unnamed(base);
    if (node_is_arg(base)) know_arg(prover, atom, base, node != base);
    if (node->op == OP_SUM) know_sum(prover, atom, node);
    know_range(prover, atom, node);
    return true;
}

/* --- operations --- */

/* Law: (k A + r) div k = A + r div k, for k >= 1. */
static bool divide_exactly(const Linear *a, int64_t divisor, Linear *form) {
    *form = *a;
    for (int t = 0; t < form->count; t++) {
        if (form->terms[t].factor % divisor != 0) return false;
        form->terms[t].factor /= divisor;
    }
    form->constant = a->constant / divisor - (a->constant % divisor < 0);
    return true;
}

/* The quotient of the two nodes; by = the form of b. False: nothing is known of it. */
static bool linear_quotient(Prover *prover, const Node *a, const Node *b, Linear *by,
                            Linear *form) {
    Linear of, product, high;
    if (!prover_linear(prover, a, &of) || !prover_linear(prover, b, by)) return false;
    if (by->count == 0 && by->constant > 0 && divide_exactly(&of, by->constant, form)) return true;
    if (!surely_above(prover, by, 0)) return false;
    bool fresh;
    Atom *atom = atom_of(prover, a, b, &fresh);
    if (!atom) return false;
    *form = atom->form;
    if (!fresh) return true;
    double low, top;
    form_bounds(prover, &of, &low, &top);
    if (low > atom->low) atom->low = low < 0 ? low : 0;
    if (top < atom->high) atom->high = top > 0 ? top : 0;
    if (surely_not_negative(prover, &of)) atom_never_negative(prover, atom);
    if (!linear_multiply(prover->system, form, by, &product)) return true;
    know_at_least(prover, &of, &product, 0);
    if (linear_combine(&product, 1, by, 1, &high)) know_at_least(prover, &high, &of, 1);
    return true;
}

static bool linear_divide(Prover *prover, const Node *node, Linear *form) {
    Linear by, product;
    if (!linear_quotient(prover, node->arguments[0], node->arguments[1], &by, form)) return false;
    if (node->op == OP_IDIV) return true;
    Linear of;
    return prover_linear(prover, node->arguments[0], &of) &&
           linear_multiply(prover->system, form, &by, &product) &&
           linear_combine(&of, 1, &product, -1, form);
}

static bool linear_extreme(Prover *prover, const Node *node, Linear *form) {
    const Node *a = node->arguments[0], *b = node->arguments[1];
    bool a_least, fresh;
    if (prover_knows(prover, a, b, &a_least))
        return prover_linear(prover, (node->op == OP_MIN) == a_least ? a : b, form);
    prover_candidate(prover, a, b);
    Linear left, right;
    bool known = prover_linear(prover, a, &left) && prover_linear(prover, b, &right);
    Atom *atom = atom_of(prover, node, NULL, &fresh);
    if (!atom) return false;
    *form = atom->form;
    if (!fresh || !known) return true;
    double low[2], high[2];
    form_bounds(prover, &left, &low[0], &high[0]);
    form_bounds(prover, &right, &low[1], &high[1]);
    bool is_min = node->op == OP_MIN;
    int lower = (low[0] < low[1]) == is_min ? 0 : 1, upper = (high[0] < high[1]) == is_min ? 0 : 1;
    if (low[lower] > atom->low) atom->low = low[lower];
    if (high[upper] < atom->high) atom->high = high[upper];
    const Linear *sides[2] = {&left, &right};
    for (int i = 0; i < 2; i++)
        know_at_least(prover, is_min ? sides[i] : form, is_min ? form : sides[i], 0);
    return true;
}

static bool linear_abs(Prover *prover, const Node *node, Linear *form) {
    const Node *a = node->arguments[0], *zero = graph_integer(prover->graph, a->type, 0);
    bool negative;
    Linear of, opposite;
    if (!prover_linear(prover, a, &of)) return false;
    Linear nothing = linear_constant(0);
    if (!linear_combine(&nothing, 0, &of, -1, &opposite) || !form_fits(prover, node, &opposite))
        return false;
    if (!prover_knows(prover, a, zero, &negative)) {
        prover_candidate(prover, a, zero);
        bool fresh;
        Atom *atom = atom_of(prover, node, NULL, &fresh);
        if (!atom) return false;
        *form = atom->form;
        if (fresh) {
            atom_never_negative(prover, atom);
            know_at_least(prover, form, &of, 0);
            know_at_least(prover, form, &opposite, 0);
        }
        return true;
    }
    *form = negative ? opposite : of;
    return true;
}

static bool linear_select(Prover *prover, const Node *node, Linear *form) {
    bool truth;
    if (prover_knows(prover, node->arguments[0], NULL, &truth))
        return prover_linear(prover, node->arguments[truth ? 1 : 2], form);
    prover_candidate(prover, node->arguments[0], NULL);
    return false;
}

static bool linear_convert(Prover *prover, const Node *node, Linear *form) {
    const Node *from = node->arguments[0];
    bool truth, fresh;
    if (scalar_is_integer(from->type))
        return prover_linear(prover, from, form) && form_fits(prover, node, form);
    if (from->type != SCALAR_BOOL) return false;
    if (prover_knows(prover, from, NULL, &truth)) {
        *form = linear_constant(truth);
        return true;
    }
    prover_candidate(prover, from, NULL);
    Atom *atom = atom_of(prover, node, NULL, &fresh);
    if (!atom) return false;
    *form = atom->form;
    if (fresh) {
        Linear one = linear_constant(1);
        atom_never_negative(prover, atom);
        atom->high = 1;
        know_at_least(prover, &one, form, 0);
    }
    return true;
}

static bool linear_power(Prover *prover, const Node *node, Linear *form) {
    const Node *exponent = node->arguments[1];
    Linear base;
    if (exponent->op != OP_NUMBER || !scalar_is_integer(exponent->type)) return false;
    if (exponent->u.integer < 0 || exponent->u.integer > MONOMIAL_DEGREE) return false;
    if (!prover_linear(prover, node->arguments[0], &base)) return false;
    *form = linear_constant(1);
    for (int64_t i = 0; i < exponent->u.integer; i++)
        if (!linear_multiply(prover->system, form, &base, form)) return false;
    return form_fits(prover, node, form);
}

static bool linear_sum(Prover *prover, const Node *node, Linear *form) {
    Linear a, b;
    if (!prover_linear(prover, node->arguments[0], &a)) return false;
    if (node->op == OP_NEG) {
        Linear zero = linear_constant(0);
        return linear_combine(&a, -1, &zero, 0, form) && form_fits(prover, node, form);
    }
    if (!prover_linear(prover, node->arguments[1], &b)) return false;
    bool done = node->op == OP_MUL ? linear_multiply(prover->system, &a, &b, form)
                                   : linear_combine(&a, 1, &b, node->op == OP_ADD ? 1 : -1, form);
    return done && form_fits(prover, node, form);
}

static bool linear_leaf(Prover *prover, const Node *node, Linear *form) {
    if (node->op == OP_NUMBER) {
        *form = linear_constant(node->u.integer);
        return true;
    }
    Axis *axis = node->u.axis;
    if (node->op == OP_EXTENT && axis->extent != node) return prover_extent(prover, axis, form);
    bool fresh;
    Atom *atom = atom_of(prover, node, NULL, &fresh);
    if (!atom) return false;
    *form = atom->form;
    if (!fresh) return true;
    if (node->op == OP_AXIS) {
        Linear extent, none = linear_constant(0);
        atom_is_index(prover, atom, axis);
        if (prover_extent(prover, axis, &extent)) know_at_least(prover, &extent, &none, 1);
    } else {
        atom_never_negative(prover, atom);
        atom->high = (double)RANGE_LARGEST_EXTENT;
    }
    return true;
}

static bool linear_structure(Prover *prover, const Node *node, Linear *form) {
    switch (node->op) {
    case OP_NUMBER:
    case OP_AXIS:
    case OP_EXTENT: return linear_leaf(prover, node, form);
    case OP_LET:
    case OP_STOP: return prover_linear(prover, node->arguments[0], form);
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_NEG: return linear_sum(prover, node, form);
    case OP_POW: return linear_power(prover, node, form);
    case OP_IDIV:
    case OP_MOD: return linear_divide(prover, node, form);
    case OP_MIN:
    case OP_MAX: return linear_extreme(prover, node, form);
    case OP_ABS: return linear_abs(prover, node, form);
    case OP_SELECT: return linear_select(prover, node, form);
    case OP_CONVERT: return linear_convert(prover, node, form);
    default: return false;
    }
}

bool prover_linear(Prover *prover, const Node *node, Linear *form) {
    if (!scalar_is_integer(node->type)) return false;
    for (int i = 0; i < prover->memo_count; i++) {
        if (prover->memo[i].node != node) continue;
        *form = prover->memo[i].form;
        return true;
    }
    if (--prover->system->work < 0 || prover->depth == PROVER_DEPTH)
        return linear_opaque(prover, node, form);
    prover->depth++;
    bool done = linear_structure(prover, node, form);
    prover->depth--;
    if (!done && !linear_opaque(prover, node, form)) return false;
    if (prover->memo_count < PROVER_MEMO) prover->memo[prover->memo_count++] = (Memo){node, *form};
    return true;
}
