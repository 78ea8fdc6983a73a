/* The formatter: one way to write a program. */
#ifndef SYNTAX_FORMAT_H
#define SYNTAX_FORMAT_H
#include "syntax/ast.h"

/* The whole file again, in the arena: line breaks and comments as they were, spaces and indentation
 * as they should be. Formatting twice changes nothing more, and the program stays the same. NULL,
 * with errors reported, when the file does not parse. */
char *format_source(Compiler *compiler, const Source *source);
#endif
