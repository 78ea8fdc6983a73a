/* Takes a module and the library that it became, gives one function of it with its parameters. */
#include "tool/emitted.h"
#include "emit/emit.h"
#include <dlfcn.h>
#include <string.h>

bool emitted_find(Compiler *compiler, const Module *module, void *handle, const char *name,
                  Emitted *emitted) {
    Arena *arena = compiler->arena;
    const char *call = arena_format(arena, "%s_call", name);
    const char *apart = arena_format(arena, "%s_arrays", name); /* of a training: no structure */
    const Function *function = NULL;
    for (int i = 0; i < module->functions.count; i++) {
        const char *own = module->functions.items[i]->name;
        if (strcmp(own, apart) == 0 || (!function && strcmp(own, call) == 0))
            function = module->functions.items[i];
    }
    if (!function) bug("there is no function %s", call);
    *emitted = (Emitted){0};
    for (int i = 0; function && i + 1 < function->parameters.count; i++) { /* the last is `call` */
        const Variable *parameter = function->parameters.items[i];
        if (parameter->type == C_SIZE)
            vector_push(arena, &emitted->sizes, parameter);
        else
            vector_push(arena, &emitted->arrays, parameter);
    }
    const char *symbol = emit_symbol(compiler, arena_format(arena, "%s_packed", name));
    *(void **)&emitted->function = dlsym(handle, symbol);
    if (emitted->function) return true;
    report(compiler->diagnostics, LIBRARY_NOT_LOADED, (Span){0, 0}, module->model->name, symbol);
    return false;
}
