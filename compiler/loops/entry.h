/* What the functions of one entry have in common: entry.c makes them, checks.c what they test,
 * describe.c their documentation. */
#ifndef LOOPS_ENTRY_H
#define LOOPS_ENTRY_H
#include "loops/lower.h"

typedef struct Buffer {
    Variable *variable;
    CType type;
    const Array *array;    /* its elements, or */
    const Axis *blocks_of; /* one for each block along this axis */
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
} Checker;

void entry_declare_extents(EntryPoint *e, const Variables *sizes, Block *block);
Value *entry_constant(Compiler *c, const char *name);
void entry_fail(Checker *k, Block *block, const char *status, const char *name, Value *position,
                Value *value, Value *integer, const char *detail);
void entry_check(Checker *k, const Variables *sizes);
const char *entry_describe(EntryPoint *e);
#endif
