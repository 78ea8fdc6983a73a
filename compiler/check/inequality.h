/* Linear inequalities between integers, and the search for a contradiction in a set of them.
 *
 * A variable is a monomial: a product of up to four atoms, which are numbered by whoever uses this.
 * A row says `constant + sum of factor * monomial >= 0`. Every sum and product is checked for
 * overflow: a row that does not fit is left out, which can only lose a proof. */
#ifndef CHECK_INEQUALITY_H
#define CHECK_INEQUALITY_H
#include <stdbool.h>
#include <stdint.h>

enum {
    MONOMIAL_DEGREE = 4,
    LINEAR_TERMS = 14,
    SYSTEM_ATOMS = 64,
    SYSTEM_MONOMIALS = 128,
    SYSTEM_ROWS = 96,
    SYSTEM_SCRATCH = 288
};

typedef struct Monomial {
    int degree;
    int atoms[MONOMIAL_DEGREE]; /* ascending */
} Monomial;

typedef struct Term {
    int monomial;
    int64_t factor; /* never 0 */
} Term;

typedef struct Linear { /* constant + sum of terms; terms ascend by monomial */
    int64_t constant;
    int count;
    Term terms[LINEAR_TERMS];
} Linear;

typedef struct System {
    Monomial monomials[SYSTEM_MONOMIALS];
    int monomial_count;
    bool never_negative[SYSTEM_ATOMS]; /* atoms known to be >= 0 */
    Linear rows[SYSTEM_ROWS];          /* each known to be >= 0 */
    int count;
    Linear scratch[SYSTEM_SCRATCH]; /* room for the elimination */
    int scratch_count;
    int work; /* pairs still to be combined: the search ends when it is used up */
} System;

/* Makes a system ready that was not used yet: a hundred kilobytes, of which only what is used is
 * ever touched. */
void system_start(System *system, int work);
/* Forgets rows and monomials; keeps what is left of the work. */
void system_clear(System *system);

Linear linear_constant(int64_t value);
/* False when the system has no room for one more monomial. */
bool linear_atom(System *system, int atom, Linear *result);
/* result = a * factor_a + b * factor_b; false on overflow or too many terms. result may be a or b.
 */
bool linear_combine(const Linear *a, int64_t factor_a, const Linear *b, int64_t factor_b,
                    Linear *result);
bool linear_multiply(System *system, const Linear *a, const Linear *b, Linear *result);

/* Adds row >= 0 to what is known. Dropped silently where there is no room. */
void system_know(System *system, const Linear *row);
/* True when the rows, the extra ones and the bounds cannot all hold. False says nothing. Bounds are
 * many and dull: they are not multiplied with anything. */
bool system_refutes(System *system, const Linear *extra, int extra_count, const Linear *bounds,
                    int bound_count);
#endif
