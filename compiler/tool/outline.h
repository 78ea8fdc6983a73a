/* A plan as boxes and loops: what graph draws and explain counts. */
#ifndef TOOL_OUTLINE_H
#define TOOL_OUTLINE_H
#include "plan/plan.h"

typedef enum BoxKind {
    BOX_DATA,      /* an array that the caller or the file gives */
    BOX_LET,       /* a named value without loops of its own */
    BOX_REDUCTION, /* computed by the loop that it stands in */
    BOX_STORE      /* an output, or a buffer of the workspace */
} BoxKind;

typedef struct Box {
    BoxKind kind;
    int id;
    const char *name;
    Node *node;       /* LET, REDUCTION, STORE: the value */
    Array *array;     /* DATA, STORE */
    Root *root;       /* STORE */
    int loop;         /* position in Outline.loops, -1: outside of all */
    Vector(int) uses; /* boxes that its expression names */
    bool walked;
} Box;

typedef struct OutlineLoop {
    PlanLoop *loop;
    int parent; /* -1: the outermost of a nest */
    int depth;
} OutlineLoop;

typedef struct Outline {
    Compiler *compiler;
    Plan *plan;
    Vector(Box *) boxes;
    Vector(OutlineLoop) loops; /* a loop stands after the one around it */
    Table names;               /* Node * -> what it is called in expressions */
    Table used;                /* Name -> itself: names taken */
} Outline;

Outline *outline_make(Compiler *compiler, Plan *plan);
const char *outline_expression(Outline *outline, const Box *box);
/* The outermost loop around a loop. */
int outline_nest(const Outline *outline, int loop);
/* "k where t": how a loop reads to people. */
const char *outline_loop_text(Outline *outline, int loop);
#endif
