/* The last pass: a module of the loop language in, the text of one C file and its header out. It
 * decides nothing but names and line breaks. */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H
#include "loops/loops.h"

#ifndef STEELYARD_VERSION
#define STEELYARD_VERSION "unknown" /* the Makefile tells */
#endif

/* NAME.c and NAME.h, which include the runtime's headers. */
void emit_module(Compiler *compiler, const Module *module, Text *c_text, Text *h_text);

/* The same with the parts of the runtime that they use written out: nothing else is needed to
 * compile them. */
void emit_standalone(Compiler *compiler, const Module *module, Text *c_text, Text *h_text);

/* One of the levels that --multiversion compiles for; compiler->versions says how many, from the
 * first. */
typedef struct Version {
    const char *level; /* "x86-64-v3", for -march */
    const char *word;  /* "x86_64_v3", for -DSTEELYARD_LEVEL and in names of functions */
} Version;
enum {
    VERSION_COUNT = 3
};
extern const Version versions[VERSION_COUNT];

/* NAME_levels.c, which picks a version of NAME.c when it is loaded. */
void emit_versions(Compiler *compiler, const Module *module, bool standalone, Text *out);

/* The C symbol of a function or entry of that name: the name itself, unless C or its library has it
 * already. */
const char *emit_symbol(Compiler *compiler, const char *name);
#endif
