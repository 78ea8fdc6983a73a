/* What the functions of one entry have in common: entry.c makes them, checks.c what they test,
 * describe.c their documentation. */
#ifndef LOOPS_ENTRY_H
#define LOOPS_ENTRY_H
#include "loops/lower.h"

typedef struct Buffer {
    Variable *variable;
    CType type;
    const Array *array;    /* its elements, or */
    const Axis *blocks_of; /* one for each block along this axis, or */
    const Root *panels_of; /* the panels of this one's right factor */
} Buffer;

typedef struct Workspace {
    Vector(Buffer) items;
} Workspace;

typedef struct EntryPoint { /* what the functions of one entry have in common */
    Lower lower;
    Module *module;
    const char *name;
    const char *doc;
    Vector(Axis *) sizes;    /* run-time sizes */
    Vector(Axis *) computed; /* declared axes whose extent is computed of others */
    Vector(Array *) inputs, constants, outputs;
    Vector(Array *) changed; /* in place: params and states of a step */
    EntryKind kind;
    const Axis *streamed; /* comes in batches, of no elements too; or NULL */
    Workspace workspace;
} EntryPoint;

typedef struct Checker {
    EntryPoint *e;
    Compiler *c;
    Variable *call;
    Block *block;
    Table counts; /* Array * -> Value * */
    Vector(
        const Array *) counted; /* those that have a variable, in the order of their declaration */
} Checker;

/* arguments.c */
void entry_find_arguments(EntryPoint *e, const EntryPlan *plan);
/* checks.c */
void entry_check_sizes(Checker *k, const Variables *sizes); /* declares the extents */
/* describe.c */
void entry_describe_doc(Text *text, const char *doc); /* ": doc" */
/* training.c */
typedef struct StatePoint StatePoint;
StatePoint *training_structure(Compiler *compiler, Module *module);
void entry_take_state(EntryPoint *e,
                      StatePoint *point); /* of an init or a step: what callers see */
void training_files(StatePoint *point);
/* entry.c */
static inline bool entry_is_training(const EntryPoint *e) {
    return e->kind == ENTRY_INIT || e->kind == ENTRY_STEP;
}
#define ENTRY_CALL_DOC                                                                             \
    "The same with a caller's workspace and the detail of an error; call may be NULL."
Function *entry_function(EntryPoint *e, const char *suffix, CType result, bool is_public);
void entry_size_parameters(EntryPoint *e, Function *function, Variables *sizes);
Variable *entry_array_parameter(EntryPoint *e, const Array *array, bool is_input);
Value *entry_buffer_bytes(Lower *lower, const Buffer *buffer, bool checked);
void entry_bytes_function(EntryPoint *e, const char *suffix, const char *doc);
/* NAME<suffix> with the first `keep` parameters of this function, and NULL for the call. */
Value *entry_own_call(EntryPoint *e, const Function *function, const char *suffix, int keep);
void entry_finish(EntryPoint *e, Function *function);
void entry_declare_extents(EntryPoint *e, const Variables *sizes, Block *block);
Value *entry_constant(Compiler *c, const char *name);
void entry_fail(Checker *k, Block *block, const char *status, const char *name, Value *position,
                Value *value, Value *integer, const char *detail);
void entry_check(Checker *k, const Variables *sizes);
/* Where `failed` holds, what was checked on the way is looked through for the first bad element. */
void entry_check_late(Checker *k, Value *failed);
bool entry_checks_late(const EntryPoint *e);
const char *entry_describe(EntryPoint *e);
#endif
