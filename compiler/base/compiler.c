/* The state of one compilation, made empty and freed whole. */
#include "base/compiler.h"

Compiler *compiler_new(void) {
    Arena *arena = arena_new();
    Compiler *compiler = ARENA_NEW(arena, Compiler);
    compiler->arena = arena;
    compiler->names = names_new(arena);
    compiler->sources = sources_new(arena);
    compiler->diagnostics = diagnostics_new(arena, compiler->sources);
    return compiler;
}

void compiler_free(Compiler *compiler) {
    if (compiler) arena_free(compiler->arena);
}
