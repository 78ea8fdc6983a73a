/* A reduction while it is made: what its call says (reductions.c), from which averages.c builds the
 * nodes. */
#ifndef CHECK_REDUCING_H
#define CHECK_REDUCING_H
#include "check/checker.h"

typedef enum Over {
    OVER_WEIGHTS,
    OVER_COUNT,
    OVER_EXTENT
} Over;

typedef struct Part { /* the value or an option; value.node is NULL when it is not given */
    Expr *expr;
    Value value;
} Part;

typedef struct Reducing {
    Checker *c;
    const Env *env;
    Graph *graph;
    const Expr *call;
    const Builtin *builtin;
    Axes axes;            /* in the brackets */
    const AxisSet *bound; /* the same as a set */
    Part value, where, weight, logweight, empty, ddof, over;
    Over divisor;
    double degrees; /* ddof */
    Scalar type;    /* of value and weights, which agree */
    Node *domain;   /* where, less elements of logweight -inf; or NULL */
    Node *factor;   /* what weighs an element, scaled; or NULL */
    Node *shift;    /* factor is exp(logweight - shift) times the weight; or NULL */
} Reducing;

/* The nodes of a mean, sum, norm, ... over the domain. */
Node *reducing_build(Reducing *r);
#endif
