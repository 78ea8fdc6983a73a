/* Where the runtime is: the headers that emitted C includes, and the library that it is linked
 * with. */
#ifndef TOOL_HOME_H
#define TOOL_HOME_H
#include "base/compiler.h"

typedef struct Home {
    const char *headers; /* the folder of steelyard.h */
    const char *library; /* libsteelyard.a, or NULL: it was not found */
} Home;

/* Wherever the binary is installed. False: reported. */
bool home_find(Compiler *compiler, Home *home);
/* The files of the runtime that have this suffix, sorted. */
int home_files(Arena *arena, const char *folder, const char *suffix, const char ***names);
#endif
