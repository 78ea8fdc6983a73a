/* A program computed batch by batch along one axis: what streaming.c finds, combine.c computes
 * with. A piece is what the state keeps: of a reduction along that axis (and, for argmax, of the
 * value found), of the number of elements seen, of the position. */
#ifndef PLAN_STREAMING_H
#define PLAN_STREAMING_H
#include "plan/plan.h"

typedef enum PieceKind {
    PIECE_REDUCTION,
    PIECE_COUNT,   /* extent(axis): elements seen so far */
    PIECE_POSITION /* the axis itself: where the next batch begins */
} PieceKind;

typedef struct Piece {
    PieceKind kind;
    Node *key; /* the node that it stands for */
    int phase; /* from 1; what it reads of other pieces is of earlier phases, or moves (below) */
    const Node *best;   /* ARGMIN, ARGMAX: the extreme value's own piece has this key */
    const Node *shift;  /* the body has a factor exp(z - shift): the state moves with it; or NULL */
    const Node *center; /* the body has a factor (v - center)^2, center being numerator / weights */
    const Node *numerator, *weights;
    Array *state, *other; /* as it is kept; and another's, in merge */
    Array *next;          /* what becomes of it, in the function that changes it */
} Piece;

typedef Vector(Piece *) Pieces;

typedef struct Streaming {
    Compiler *compiler;
    Graph *graph;
    Model *model;
    Axis *axis;
    Plan *guards;    /* for plan_guard alone */
    Output *outputs; /* with guards, and common factors before the sums */
    int output_count;
    Pieces pieces;   /* each after those that it reads */
    Table by_key;    /* Node * -> Piece * */
    Table dependent; /* Node * -> "y" or "n": reads a piece */
    Table roles;     /* Node * -> what to call it */
    Array *start;    /* an argument of begin and each: the position of the first element */
    int phases;
} Streaming;

/* combine.c: functions of the pieces, each with the arrays that it is given and those it changes */
EntryPlan streaming_begin(Streaming *s);
EntryPlan streaming_accumulate(Streaming *s, int phase);
EntryPlan streaming_merge(Streaming *s, int phase);
EntryPlan streaming_finish(Streaming *s);
EntryPlan streaming_each(Streaming *s);

/* streaming.c */
bool streaming_depends(Streaming *s, const Node *node);       /* on a piece */
bool streaming_keeps(const Streaming *s, const Array *array); /* has the axis */
bool streaming_binds(const Streaming *s, const Node *node);
/* factor.c */
Node *streaming_factored(Streaming *s, Node *value);     /* common factors in front of the sums */
Node *streaming_elements(Streaming *s, const Node *sum); /* how many it is of */
void streaming_recognise(Streaming *s, Piece *piece);    /* shift and center */
#endif
