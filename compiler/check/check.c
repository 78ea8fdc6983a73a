/* Takes the program as written; gives the Model, or NULL after reporting what is wrong with it. The
 * order: names first, so that each misspelt one is reported once; then extents, arrays and values,
 * each of which may refer to what came before. */
#include "check/checker.h"

static bool computes(const Checker *c) {
    if (c->model->outputs.count) return true;
    for (int i = 0; i < c->program->decls.count; i++) {
        DeclKind kind = c->program->decls.items[i]->kind;
        if (kind == DECL_FN || kind == DECL_RULE || kind == DECL_OUTPUT || kind == DECL_LOSS)
            return true;
    }
    return false;
}

Model *check_program(Compiler *compiler, Program *program) {
    Checker checker = {.compiler = compiler, .arena = compiler->arena, .program = program};
    Checker *c = &checker;
    c->graph = graph_new(compiler);
    c->model = ARENA_NEW(c->arena, Model);
    c->model->graph = c->graph;
    c->empty = axis_set(c->graph, NULL, 0);
    c->top = scope_new(c);
    c->functions = c->rules = c->library = c->axis_names = table_new(c->arena);
    c->differentiated = c->library_rules = c->library_unread = table_new(c->arena);
    c->circles = table_new(c->arena);
    builtins_declare(c);
    declare_model(c);
    names_declare(c);
    files_use(c);
    names_resolve(c);
    names_order(c);
    declare_axes(c);
    declare_arrays(c);
    declare_values(c);
    if (!diagnostics_errors(compiler->diagnostics)) declare_training(c);
    if (diagnostics_errors(compiler->diagnostics)) return NULL;
    for (int i = 0; i < c->top->symbols.count; i++)
        if (c->top->symbols.items[i]->is_broken)
            bug("%s has no value, and nobody said why", c->top->symbols.items[i]->name);
    names_unused(c);
    if (!computes(c)) report(compiler->diagnostics, NOTHING_TO_COMPUTE, (Span){0, 0});
    return c->model;
}
