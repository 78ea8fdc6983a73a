/* From the program as written to the graph, with every error a user can make in between. */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H
#include "graph/graph.h"
#include "syntax/ast.h"

/* Names, axes, types and index ranges are checked, all errors reported. Returns NULL if there was
 * an error. */
Model *check_program(Compiler *compiler, Program *program);

/* Proof that 0 <= index < extent of axis for every value of the free axes, given that each of the
 * facts (bool nodes) holds. *missing gets the inequality that could not be proved ("t - 1 >= 0"),
 * in the language. */
typedef struct Facts {
    Vector(Node *) items; /* known true */
} Facts;
bool range_prove(Graph *graph, Node *index, Axis *axis, const Facts *facts, const char **missing);
#endif
