/* What the files of the reference evaluator share: evaluate.c has every node but recurrences,
 * evaluate_recurrence.c these, and touched.c looks at which elements a value was made of. */
#ifndef GRAPH_EVALUATOR_H
#define GRAPH_EVALUATOR_H
#include "graph/internal.h"

enum {
    LARGEST_TENSOR = 1 << 28,
    MOST_AXES = 32
};

typedef struct Evaluator {
    Graph *graph;
    const Bindings *bindings;
    Arena *arena;
    Vector(Node *) nodes; /* in order: arguments before users */
    Table places;         /* Node * -> its place in nodes, plus 1 */
    Tensor *tensors;
    int *users;        /* how many still need the tensor */
    bool *kept;        /* not to be freed: of a recurrence, or needed again at its next point */
    Table *stored;     /* Array * of a recurrence -> Tensor * */
    Table fixed;       /* Axis * -> int64_t *, its only index */
    const char *error; /* NULL as long as all is well */
} Evaluator;

/* A walk over all points of some axes, with the offset of each point in some tensors. */
typedef struct Walk {
    int rank, tensor_count;
    int64_t extents[MOST_AXES], point[MOST_AXES];
    int64_t *strides; /* [tensor][axis] */
    int64_t *offsets; /* [tensor] */
} Walk;

/* The extent of an axis here; 0 and an error where it is not known. */
int64_t evaluator_extent(Evaluator *evaluator, const Axis *axis);
/* Its axes and extents; no values yet. */
Tensor tensor_shape(Evaluator *evaluator, Axis *const *axes, int rank);
bool tensor_allocate(Evaluator *evaluator, Tensor *tensor);
const Tensor *evaluator_argument(const Evaluator *evaluator, const Node *node, int i);
/* An array as it is stored, its axes in its own order. */
bool evaluator_array(Evaluator *evaluator, const Array *array, Tensor *stored);
/* How far one step along each of the axes moves in the tensor: 0 where it lacks the axis. */
void strides_along(const Tensor *tensor, Axis *const *axes, int rank, int64_t *strides);
Walk walk_new(Evaluator *evaluator, const Tensor *over, const Tensor *const *tensors, int count);
void walk_next(Walk *walk);

/* Every node below `node`, in nodes. */
void evaluator_prepare(Evaluator *evaluator, Node *node);
void evaluator_count_users(Evaluator *evaluator);
void evaluator_run(Evaluator *evaluator, int place); /* one of them */
void evaluator_release(Evaluator *evaluator);
/* All recurrences that the node reaches, into evaluator->stored. */
void evaluator_recurrences(Evaluator *evaluator, Node *node);
#endif
