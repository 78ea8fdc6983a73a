/* Emitted C to machine code, by the C compiler of the system. */
#ifndef TOOL_BUILD_H
#define TOOL_BUILD_H
#include "pipeline.h"
#include "tool/command.h"
#include "tool/file.h"
#include "tool/home.h"

typedef struct Build {
    Compiler *compiler;
    Home home;
    const char *cc; /* as found on PATH */
    Strings flags;  /* every flag of a compilation, without input and output */
} Build;

/* runs_here: what is built is to run on this processor. False: reported. */
bool build_setup(Compiler *compiler, const Options *options, bool runs_here, Build *build);
/* Compiles text to a shared library in folder (a scratch folder of files) that carries the runtime.
 * The path of the object and of the library; NULL for either: it is scratch. */
bool build_library(Build *build, Files *files, const char *folder, const Compilation *c,
                   const char *object, const char *shared);
#endif
