/* The state of one proof, shared by range.c (what to assume, where to split) and linear.c (from
 * nodes to rows). */
#ifndef CHECK_PROVER_H
#define CHECK_PROVER_H
#include "check/inequality.h"
#include "check/range.h"

enum {
    PROVER_KNOWN = 192,
    PROVER_MEMO = 192,
    PROVER_CANDIDATES = 48,
    PROVER_SPLITS = 8,
    PROVER_COMPARISONS = 96,
    PROVER_DEPTH = 200
};

/* Something that is true or false: a bool node, or a <= b for two integer nodes. */
typedef struct Literal {
    const Node *a, *b; /* b is NULL for a bool node */
    bool truth;
} Literal;

typedef struct Comparison { /* a + gap <= b */
    const Node *a, *b;
    int gap;
    bool is_goal;
} Comparison;

typedef struct Atom {  /* a node that is not looked into, or the quotient a div b */
    const Node *a, *b; /* b is NULL for a node */
    Linear form;
    double low,
        high; /* bounds that hold for its type, and for extents up to RANGE_LARGEST_EXTENT */
    Axis *label_axis; /* an index of this axis once it is known not to be `none` */
    int64_t none;
} Atom;

typedef struct Memo {
    const Node *node;
    Linear form;
} Memo;

typedef struct Prover {
    Graph *graph;
    System *system;
    const Facts *facts;
    Literal goal; /* the opposite of what is to be proved: to be refuted */
    Axis *target; /* its extent stands in the goal; or NULL */
    const Node *index;
    bool trust_arithmetic; /* pretend that nothing overflows: to find out why a proof fails */
    const Node *overflow;  /* the first operation that may overflow */
    Literal splits[PROVER_SPLITS];
    int split_count;
    /* from here on made anew for every choice of splits */
    Literal known[PROVER_KNOWN];
    int known_count;
    Comparison comparisons[PROVER_COMPARISONS];
    int comparison_count;
    Literal
        candidates[PROVER_CANDIDATES]; /* what it may help to split on; those of the goal first */
    int candidate_count, goal_candidates;
    Atom atoms[SYSTEM_ATOMS];
    int atom_count;
    Linear bounds[3 * SYSTEM_ATOMS + 1]; /* room for the bounds of atoms and extents */
    Linear extents[SYSTEM_ATOMS];        /* of axes in scope: at most RANGE_LARGEST_EXTENT */
    int extent_count;
    Memo memo[PROVER_MEMO];
    int memo_count;
    int depth;
    int trusted; /* inside of an extent, which is checked for overflow on entry */
    bool in_goal, may_overflow, contradiction;
} Prover;

/* Whether a bool node, or a <= b, is known; *truth tells which. */
bool prover_knows(const Prover *prover, const Node *a, const Node *b, bool *truth);
void prover_candidate(Prover *prover, const Node *a, const Node *b);
/* 0 <= axis <= extent - 1 */
void prover_axis_in_scope(Prover *prover, Axis *axis);
/* The node as a sum of monomials; what is known of its parts becomes rows of the system. False: no
 * room. */
bool prover_linear(Prover *prover, const Node *node, Linear *form);
/* The same for an extent of a declared axis, whose arithmetic is exact. */
bool prover_extent(Prover *prover, const Axis *axis, Linear *form);
/* Labels that are proved not to be `none` get the bounds of their axis. */
void prover_resolve_labels(Prover *prover);
#endif
