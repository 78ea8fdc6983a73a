/* The passes of the compiler, in their order: one table, made to be read first. */
#ifndef PIPELINE_H
#define PIPELINE_H
#include "base/compiler.h"
#include "check/check.h"
#include "loops/loops.h"
#include "syntax/ast.h"

typedef struct Compilation { /* what the passes leave for each other */
    Compiler *compiler;
    const Source *source;
    LowerOptions lower;
    bool standalone;     /* the emitted text carries the runtime */
    Program *program;    /* parse */
    Model *model;        /* check, simplify */
    ModelPlan *plan;     /* plan */
    Module *module;      /* lower */
    Text c_text, h_text; /* emit */
    Text levels_text;    /* emit, with --multiversion */
} Compilation;

typedef struct Pass {
    const char *name;
    bool (*run)(Compilation *compilation); /* false: there is nothing for the next pass */
    void (*verify)(const Compilation *compilation);
    void (*print)(Text *out, const Compilation *compilation); /* for -d */
} Pass;

extern const Pass passes[];
extern const int pass_count;

const Pass *pass_find(const char *name);
/* Runs every pass up to the one named `last` (and up to compiler->dump_after, which prints on
 * standard output). False if there was an error of the user's. */
bool pipeline_run(Compilation *compilation, const char *last);
/* The passes behind the one named `first`, up to `last`. */
bool pipeline_go_on(Compilation *compilation, const char *first, const char *last);
/* Reads FILE and runs them from the beginning. */
bool pipeline_file(Compilation *compilation, const char *path, const char *last);
#endif
