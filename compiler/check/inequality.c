/* Takes inequalities between integers; gives true where they surely contradict each other.
 *
 * Fourier-Motzkin elimination over monomials: a variable that stands with both signs is removed by
 * adding up every pair of rows in which it cancels; a row `-1 >= 0` is the contradiction. Rows are
 * tightened to integers (divided by the greatest common divisor of their factors, the constant
 * rounded down). Products of atoms are variables of their own; what ties them to their factors are
 * products of known rows with atoms that are never negative, added first. */
#include "check/inequality.h"
#include <string.h>

enum {
    PRODUCT_ROWS = 72
};

void system_start(System *system, int work) {
    system_clear(system);
    system->work = work;
}

void system_clear(System *system) {
    system->monomial_count = 0;
    system->count = 0;
    system->scratch_count = 0;
    memset(system->never_negative, 0, sizeof system->never_negative);
}

/* --- linear forms --- */

Linear linear_constant(int64_t value) {
    return (Linear){.constant = value};
}

static int monomial_number(System *system, const Monomial *monomial, bool add) {
    for (int i = 0; i < system->monomial_count; i++) {
        const Monomial *m = &system->monomials[i];
        if (m->degree == monomial->degree &&
            memcmp(m->atoms, monomial->atoms, sizeof(int) * (size_t)m->degree) == 0)
            return i;
    }
    if (!add || system->monomial_count == SYSTEM_MONOMIALS) return -1;
    system->monomials[system->monomial_count] = *monomial;
    return system->monomial_count++;
}

bool linear_atom(System *system, int atom, Linear *result) {
    int number = monomial_number(system, &(Monomial){.degree = 1, .atoms = {atom}}, true);
    if (number < 0) return false;
    *result = (Linear){.count = 1, .terms = {{number, 1}}};
    return true;
}

static bool checked_combine(int64_t a, int64_t factor_a, int64_t b, int64_t factor_b,
                            int64_t *result) {
    int64_t left, right;
    return !__builtin_mul_overflow(a, factor_a, &left) &&
           !__builtin_mul_overflow(b, factor_b, &right) &&
           !__builtin_add_overflow(left, right, result);
}

bool linear_combine(const Linear *a, int64_t factor_a, const Linear *b, int64_t factor_b,
                    Linear *result) {
    Linear sum;
    sum.count = 0;
    if (!checked_combine(a->constant, factor_a, b->constant, factor_b, &sum.constant)) return false;
    for (int i = 0, j = 0; i < a->count || j < b->count;) {
        int monomial =
            j == b->count || (i < a->count && a->terms[i].monomial <= b->terms[j].monomial)
                ? a->terms[i].monomial
                : b->terms[j].monomial;
        int64_t left = i < a->count && a->terms[i].monomial == monomial ? a->terms[i++].factor : 0;
        int64_t right = j < b->count && b->terms[j].monomial == monomial ? b->terms[j++].factor : 0;
        int64_t factor;
        if (!checked_combine(left, factor_a, right, factor_b, &factor)) return false;
        if (factor == 0) continue;
        if (sum.count == LINEAR_TERMS) return false;
        sum.terms[sum.count++] = (Term){monomial, factor};
    }
    *result = sum;
    return true;
}

/* The number of the product of two monomials, or -1 when its degree or the table does not allow it.
 */
static int monomial_multiply(System *system, int a, int b, bool add) {
    Monomial x = system->monomials[a], y = system->monomials[b], product = {0};
    if (x.degree + y.degree > MONOMIAL_DEGREE) return -1;
    for (int i = 0, j = 0; i < x.degree || j < y.degree;) {
        bool left = j == y.degree || (i < x.degree && x.atoms[i] <= y.atoms[j]);
        product.atoms[product.degree++] = left ? x.atoms[i++] : y.atoms[j++];
    }
    return monomial_number(system, &product, add);
}

bool linear_multiply(System *system, const Linear *a, const Linear *b, Linear *result) {
    Linear sum = {0};
    if (!linear_combine(a, b->constant, &sum, 0, &sum)) return false;
    for (int j = 0; j < b->count; j++) {
        Linear one = {.count = 1, .terms = {b->terms[j]}};
        if (!linear_combine(&sum, 1, &one, a->constant, &sum)) return false;
        for (int i = 0; i < a->count; i++) {
            int product =
                monomial_multiply(system, a->terms[i].monomial, b->terms[j].monomial, true);
            if (product < 0) return false;
            one.terms[0] = (Term){product, a->terms[i].factor};
            if (!linear_combine(&sum, 1, &one, b->terms[j].factor, &sum)) return false;
        }
    }
    *result = sum;
    return true;
}

/* --- rows --- */

static uint64_t magnitude(int64_t value) {
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Law: with integers, g * L + c >= 0 holds exactly where L + floor(c / g) >= 0. */
static void row_tighten(Linear *row) {
    uint64_t divisor = 0;
    for (int i = 0; i < row->count; i++)
        divisor = common_divisor(magnitude(row->terms[i].factor), divisor);
    if (divisor <= 1 || divisor > INT64_MAX) return;
    int64_t by = (int64_t)divisor;
    int64_t quotient = row->constant / by;
    row->constant = quotient - (row->constant % by < 0);
    for (int i = 0; i < row->count; i++)
        row->terms[i].factor /= by;
}

static bool same_terms(const Linear *a, const Linear *b) {
    if (a->count != b->count) return false;
    for (int i = 0; i < a->count; i++)
        if (a->terms[i].monomial != b->terms[i].monomial ||
            a->terms[i].factor != b->terms[i].factor)
            return false;
    return true;
}

/* Returns the new count. Of two rows with equal terms the stronger one stays. */
static int rows_add(Linear *rows, int count, int capacity, const Linear *row) {
    for (int i = 0; i < count; i++) {
        if (!same_terms(&rows[i], row)) continue;
        if (row->constant < rows[i].constant) rows[i].constant = row->constant;
        return count;
    }
    if (count == capacity) return count;
    rows[count] = *row;
    return count + 1;
}

void system_know(System *system, const Linear *row) {
    Linear tight = *row;
    row_tighten(&tight);
    system->count = rows_add(system->rows, system->count, SYSTEM_ROWS, &tight);
}

/* --- products --- */

static bool monomial_never_negative(const System *system, int monomial) {
    const Monomial *m = &system->monomials[monomial];
    for (int i = 0; i < m->degree; i++)
        if (!system->never_negative[m->atoms[i]]) return false;
    return true;
}

/* A monomial without its atom at `place`. */
static int monomial_without(System *system, const Monomial *monomial, int place) {
    Monomial rest = {.degree = monomial->degree - 1};
    for (int i = 0, j = 0; i < monomial->degree; i++)
        if (i != place) rest.atoms[j++] = monomial->atoms[i];
    return monomial_number(system, &rest, true);
}

/* The monomials to multiply rows by: those never negative that stand in a product of the rows. */
static int find_multipliers(System *system, const Linear *rows, int count, int *multipliers,
                            int capacity) {
    bool seen[SYSTEM_MONOMIALS] = {false}, taken[SYSTEM_MONOMIALS] = {false};
    int found = 0;
    for (int r = 0; r < count; r++)
        for (int t = 0; t < rows[r].count; t++) {
            int number = rows[r].terms[t].monomial;
            Monomial monomial = system->monomials[number];
            if (seen[number] || monomial.degree < 2) continue;
            seen[number] = true;
            for (int place = 0; place < monomial.degree; place++) {
                Monomial single = {.degree = 1, .atoms = {monomial.atoms[place]}};
                int parts[2] = {monomial_number(system, &single, true),
                                monomial_without(system, &monomial, place)};
                for (int k = 0; k < 2; k++) {
                    int part = parts[k];
                    if (part < 0 || taken[part] || found == capacity) continue;
                    if (!monomial_never_negative(system, part)) continue;
                    taken[part] = true;
                    multipliers[found++] = part;
                }
            }
        }
    return found;
}

/* Law: from row >= 0 and m >= 0 follows row * m >= 0. Only for the first rows, and only products
 * that bring at most one unknown monomial. */
static int add_products(System *system, Linear *rows, int first, int count) {
    int multipliers[24];
    int multiplier_count = find_multipliers(system, rows, count, multipliers, 24);
    bool known[SYSTEM_MONOMIALS] = {false};
    for (int r = 0; r < count; r++)
        for (int t = 0; t < rows[r].count; t++)
            known[rows[r].terms[t].monomial] = true;
    for (int m = 0; m < multiplier_count; m++)
        known[multipliers[m]] = true;
    int limit = count + PRODUCT_ROWS < SYSTEM_SCRATCH ? count + PRODUCT_ROWS : SYSTEM_SCRATCH;
    for (int r = 0; r < first; r++)
        for (int m = 0; m < multiplier_count; m++) {
            Linear by = {.count = 1, .terms = {{multipliers[m], 1}}}, product;
            int fresh = 0;
            if (--system->work < 0 || !linear_multiply(system, &rows[r], &by, &product)) continue;
            for (int t = 0; t < product.count; t++)
                fresh += !known[product.terms[t].monomial];
            if (fresh <= 1) count = rows_add(rows, count, limit, &product);
        }
    return count;
}

/* --- elimination --- */

static int64_t factor_of(const Linear *row, int monomial) {
    for (int i = 0; i < row->count; i++)
        if (row->terms[i].monomial == monomial) return row->terms[i].factor;
    return 0;
}

/* The variable whose elimination makes the fewest rows, or -1 when none is left. */
static int cheapest_variable(const System *system, const Linear *rows, int count) {
    int above[SYSTEM_MONOMIALS] = {0}, below[SYSTEM_MONOMIALS] = {0};
    for (int r = 0; r < count; r++)
        for (int t = 0; t < rows[r].count; t++)
            (rows[r].terms[t].factor > 0 ? above : below)[rows[r].terms[t].monomial]++;
    int best = -1, best_cost = 0;
    for (int m = 0; m < system->monomial_count; m++) {
        if (above[m] + below[m] == 0) continue;
        int cost = above[m] * below[m] - above[m] - below[m];
        if (best < 0 || cost < best_cost) best = m, best_cost = cost;
    }
    return best;
}

static bool row_is_contradiction(const Linear *row) {
    return row->count == 0 && row->constant < 0;
}

/* Replaces the rows that hold the variable by every sum in which it cancels. True: one of them is
 * -1 >= 0. */
static bool eliminate(System *system, Linear *rows, int *count, int variable) {
    int start = *count, end = *count;
    for (int i = 0; i < start; i++) {
        int64_t up = factor_of(&rows[i], variable);
        if (up <= 0) continue;
        for (int j = 0; j < start; j++) {
            int64_t down = factor_of(&rows[j], variable);
            if (down >= 0 || down == INT64_MIN) continue;
            if (--system->work < 0) return false;
            int64_t common = (int64_t)common_divisor(magnitude(up), magnitude(down));
            Linear sum;
            if (!linear_combine(&rows[i], -down / common, &rows[j], up / common, &sum)) continue;
            row_tighten(&sum);
            if (row_is_contradiction(&sum)) return true;
            if (sum.count > 0) end = rows_add(rows, end, SYSTEM_SCRATCH, &sum);
        }
    }
    int kept = 0;
    for (int i = 0; i < end; i++)
        if (factor_of(&rows[i], variable) == 0) rows[kept++] = rows[i];
    *count = kept;
    return false;
}

bool system_refutes(System *system, const Linear *extra, int extra_count, const Linear *bounds,
                    int bound_count) {
    const Linear *parts[] = {extra, system->rows, bounds};
    int counts[] = {extra_count, system->count, bound_count};
    Linear *rows = system->scratch;
    int count = 0, multiplied = 0;
    for (int part = 0; part < 3; part++) {
        for (int i = 0; i < counts[part]; i++) {
            Linear row = parts[part][i];
            row_tighten(&row);
            if (row_is_contradiction(&row)) return true;
            if (row.count > 0) count = rows_add(rows, count, SYSTEM_SCRATCH, &row);
        }
        if (part == 1) multiplied = count;
    }
    count = add_products(system, rows, multiplied, count);
    while (system->work > 0) {
        int variable = cheapest_variable(system, rows, count);
        if (variable < 0) return false;
        if (eliminate(system, rows, &count, variable)) return true;
    }
    return false;
}
