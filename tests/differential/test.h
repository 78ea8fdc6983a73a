/* What is tested about one program. */
#ifndef DIFFERENTIAL_TEST_H
#define DIFFERENTIAL_TEST_H
#include "check/check.h"
#include "sample.h"
#include "steelyard.h"

typedef enum Fault {
    FAULT_NONE,
    FAULT_REFUSED,    /* the checker refuses what the generator made */
    FAULT_CRASHED,    /* an abort, a signal, a fault of the compiler, or no end */
    FAULT_PRINTED,    /* what model_print writes is another program */
    FAULT_NOT_C,      /* the C does not compile */
    FAULT_EVALUATOR,  /* the reference evaluator gives up */
    FAULT_SIMPLIFIED, /* the simplified graph has another value */
    FAULT_STATUS,     /* the emitted function refuses its data */
    FAULT_WRONG,      /* another value than the evaluator's */
    FAULT_THREADS,    /* other bits on another number of threads */
    FAULT_POISON,     /* an element that does not exist changes the result */
    FAULT_LAW         /* a derivative is wrong */
} Fault;

typedef struct Result { /* shared between processes */
    bool started, done;
    Fault fault;
    char what[400];
    int64_t compared, skipped, laws;
} Result;

typedef struct Test {
    Compiler *compiler;
    const char *name, *text;
    bool is_double;
    int level; /* how much work: 1, more in long runs */
    Model *model;
    const char *printed, *printed_simple; /* by model_print, before and after simplification */
    int node_count;
    Node **plain, **simple, **bounds; /* of each output */
    Vector(Node *) nodes;             /* all that the plain values reach */
    RecurrenceList recurrences;       /* simplification changes their values in place: */
    Node **recurred[2];               /* plain, and simple */
    Result *result;
} Test;

typedef int Packed(const int64_t *sizes, void *const *arrays, steelyard_call *call);

/* compile.c: text -> C appended to *all; false: result tells why. */
bool test_compile(Test *test, Text *all);
/* The model of a printed program, or NULL. */
Model *test_parse(Compiler *compiler, const char *name, const char *text);
int test_count_nodes(Compiler *compiler, const Model *model);
void test_use(Test *test, bool simple); /* recurrences have these values from here on */
/* run.c: every size set, on every number of threads. */
void test_run(Test *test, Packed *packed, void (*set_threads)(int), uint64_t seed);
/* laws.c: what derivatives must obey, on this data. */
void laws_check(Test *test, const Bindings *bindings, const char *said, uint64_t seed);
void test_fail(Test *test, Fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#endif
