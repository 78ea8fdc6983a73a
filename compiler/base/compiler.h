/* What every pass is handed: the arena, names, sources and diagnostics of one compilation, and its
 * options. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H
#include "base/arena.h"
#include "base/diagnostic.h"
#include "base/source.h"
#include "base/table.h"
#include "base/text.h"
#include "base/vector.h"

typedef struct Compiler {
    Arena *arena;
    Names *names;
    Sources *sources;
    Diagnostics *diagnostics;
    const char *real;       /* --real f32|f64, or NULL */
    const char *stream;     /* --stream AXIS: functions for batches along it too, or NULL */
    const char *dump_after; /* -d NAME: print after the pass of that name, or NULL */
    bool no_fma;            /* --no-fma */
    int versions;           /* --multiversion: for so many levels; 0: without it, for one */
    bool panels_always;     /* products of matrices by panels, however small: for tests */
} Compiler;

Compiler *compiler_new(void);
void compiler_free(Compiler *compiler);
#endif
