/* The printer's two halves: expressions (print.c), and programs (print_model.c), which choose the
 * names. */
#ifndef GRAPH_PRINT_H
#define GRAPH_PRINT_H
#include "graph/graph.h"

typedef struct Printer {
    Text *out;
    const Table
        *axis_names; /* Axis * -> const char *; NULL: each axis' own name, variants numbered */
    const Table *node_names; /* Node * -> const char *: nodes that stand under a name; NULL: LET
                                nodes only */
    bool extents_bare;       /* write the extent of t as t: in `dim o = t - k + 1` */
    const Table *unguarded;  /* Node * that stand under the name of a let out of sight of their
                                guard; or NULL */
    int unguarded_count;     /* so many of these names were printed */
    bool guards_lost;        /* guarded reads stand outside of their guard: give them an else */
    bool open_let;           /* print the outermost node itself, even where it has a name */
} Printer;

void printer_expression(Printer *printer, const Node *node);
const char *printer_axis(Printer *printer, const Axis *axis);
/* Whether uniform or normal is printed along the axes that it was written with. */
bool printer_draws_as_written(const Node *random);
/* A number that reads back as the same one of that float type. */
void printer_number(Text *out, Scalar type, double value);
#endif
