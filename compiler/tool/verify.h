/* What `verify` knows while it checks a model. verify.c runs the checks and prints their lines;
 * each check has a file. */
#ifndef TOOL_VERIFY_H
#define TOOL_VERIFY_H
#include "graph/bound.h"
#include "tool/emitted.h"

typedef enum Verdict {
    VERDICT_HOLDS,
    VERDICT_FAILS,
    VERDICT_NOTHING /* nothing to check here */
} Verdict;

typedef struct Slope { /* a derivative to be checked: gradient, of `of` by `by` */
    Node *of;          /* a float without axes */
    Node *by;          /* an ARRAY or a LET */
    Node *gradient;
    const char *of_name, *by_name;
} Slope;

typedef struct Callable { /* an emitted function */
    Emitted emitted;
    const char *name; /* as lines say it */
    bool is_whole;    /* computes what the program states, or that and gradients */
    bool is_step;     /* changes params and states in place */
} Callable;

typedef struct Verify {
    Compiler *compiler;
    Model *model;
    Graph *graph;
    const Options *options;
    FILE *out;
    Data data;
    int64_t seed, drawn; /* of random numbers, and how many there were */
    Bindings at;         /* the data of most checks: arrays as they are stored, in doubles */
    Bindings large;      /* more of them, for threads alone; */
    bool has_large;      /* if nothing is given */
    const char *said;    /* "random data (seed 0), n = 5" */
    double cost;         /* steps of the evaluator to evaluate all outputs once */
    int own;             /* outputs of the program; the others of the model are gradients of them */
    Node **plain;        /* the value of every output, as it was before it was simplified */
    Vector(Slope) slopes;
    int slopes_left; /* there are more, and they are not looked at */
    Vector(Callable) functions;
    void (*set_threads)(int); /* NULL: no function has a parallel loop */
    int *domains;             /* beside Model.arrays: what random numbers are good for it */
    int held, failed;
} Verify;

/* One line of the report. */
void verify_line(Verify *v, Verdict verdict, const char *check, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* verify_sample.c: data. False: reported. */
bool verify_sample(Verify *v, const Strings *words);
int verify_below(Verify *v, int limit); /* a random number */
double verify_real(Verify *v);          /* between -1 and 1 */
int64_t verify_count(const Verify *v, const Array *array, const Bindings *at);
/* "x[3, 4]" */
const char *verify_element(const Verify *v, const Array *array, const Bindings *at,
                           int64_t position);
/* at with a copy of one of its arrays, to be changed. */
Bindings verify_changed(Arena *arena, const Verify *v, const Bindings *at, const Array *array,
                        double **values);
bool verify_evaluate(const Verify *v, Node *node, const Array *array, const Bindings *at,
                     Tensor *tensor, const char **error);

/* verify_slopes.c */
void verify_find_slopes(Verify *v); /* adds outputs to the model, for those that C is to compute */
void verify_differences(Verify *v);
void verify_forward(Verify *v);

/* verify_call.c */
typedef struct Results { /* what a call wrote */
    Vector(const Array *) arrays;
    Vector(void *) values; /* as stored */
    Vector(int64_t) counts;
} Results;
/* The status of the call; memory is the arena's. */
int verify_call(Verify *v, const Callable *callable, const Bindings *at, int threads, Arena *arena,
                Results *results, steelyard_call *details);
double result_value(const Results *results, int array, int64_t position);
/* The first element with other bits, NULL if there is none; NaN is NaN. */
const char *results_differ(const Verify *v, const Results *a, const Results *b, const Bindings *at);
void verify_reference(Verify *v);
void verify_threads(Verify *v);

void verify_dead(Verify *v);    /* verify_dead.c */
void verify_weights(Verify *v); /* verify_weights.c */
#endif
