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

/* The C symbol of a function or entry of that name: the name itself, unless C or its library has it
 * already. */
const char *emit_symbol(Compiler *compiler, const char *name);
#endif
