/* Takes a source, gives C text: text -> AST -> checked graph -> simplified -> plan -> loops -> C.
 * This table is the table of contents. */
#include "pipeline.h"
#include "emit/emit.h"
#include "plan/plan.h"
#include "tool/file.h"
#include <string.h>

static bool run_parse(Compilation *c) {
    c->program = parse_source(c->compiler, c->source);
    return true; /* what could be read is checked too, so that one run tells more */
}

static bool run_check(Compilation *c) {
    c->model = check_program(c->compiler, c->program);
    return c->model != NULL;
}

static bool run_simplify(Compilation *c) {
    model_simplify(c->model);
    return true;
}

static bool run_plan(Compilation *c) {
    c->plan = plan_model(c->compiler, c->model);
    return c->plan != NULL;
}

static bool run_lower(Compilation *c) {
    c->module = lower_model(c->compiler, c->plan, &c->lower);
    return c->module != NULL;
}

static bool run_share(Compilation *c) {
    module_fetch(c->compiler, c->module);
    module_fetch_chosen(c->compiler, c->module);
    module_share(c->compiler, c->module);
    module_end_puts(c->compiler, c->module);
    return true;
}

static bool run_emit(Compilation *c) {
    c->c_text = text_new(c->compiler->arena);
    c->h_text = text_new(c->compiler->arena);
    if (c->standalone)
        emit_standalone(c->compiler, c->module, &c->c_text, &c->h_text);
    else
        emit_module(c->compiler, c->module, &c->c_text, &c->h_text);
    c->levels_text = text_new(c->compiler->arena);
    if (c->compiler->versions)
        emit_versions(c->compiler, c->module, c->standalone, &c->levels_text);
    return true;
}

static void verify_model(const Compilation *c) {
    model_verify(c->model);
}

static void verify_plan(const Compilation *c) {
    plan_verify(c->plan);
}

static void verify_module(const Compilation *c) {
    module_verify(c->module);
}

static void print_program(Text *out, const Compilation *c) {
    for (int i = 0; i < c->program->decls.count; i++) {
        decl_print(out, c->program->decls.items[i]);
        text_add(out, "\n");
    }
}

static void print_model(Text *out, const Compilation *c) {
    model_print(out, c->model);
}

static void print_plan(Text *out, const Compilation *c) {
    plan_print(out, c->plan);
}

static void print_module(Text *out, const Compilation *c) {
    module_print(out, c->module);
}

static void print_c(Text *out, const Compilation *c) {
    text_add_bytes(out, c->h_text.chars, c->h_text.length);
    text_add(out, "\n");
    text_add_bytes(out, c->c_text.chars, c->c_text.length);
    if (c->compiler->versions) text_add(out, "\n");
    text_add_bytes(out, c->levels_text.chars, c->levels_text.length);
}

const Pass passes[] = {
    {"parse", run_parse, NULL, print_program},
    {"check", run_check, verify_model, print_model},
    {"simplify", run_simplify, verify_model, print_model},
    {"plan", run_plan, verify_plan, print_plan},
    {"lower", run_lower, NULL, print_module}, /* verified with what share makes of it */
    {"share", run_share, verify_module, print_module},
    {"emit", run_emit, NULL, print_c},
};
const int pass_count = sizeof passes / sizeof *passes;

const Pass *pass_find(const char *name) {
    for (int i = 0; i < pass_count; i++)
        if (strcmp(passes[i].name, name) == 0) return &passes[i];
    return NULL;
}

static bool run_from(Compilation *compilation, const Pass *pass, const char *last) {
    Compiler *compiler = compilation->compiler;
    const Pass *end = pass_find(last);
    const Pass *dump = compiler->dump_after ? pass_find(compiler->dump_after) : NULL;
    for (; pass <= end || (dump && pass <= dump); pass++) {
        if (!pass->run(compilation)) return false;
#ifndef NDEBUG
        if (pass->verify) pass->verify(compilation);
#endif
        if (pass != dump) continue;
        Text out = text_new(compiler->arena);
        pass->print(&out, compilation);
        fwrite(out.chars, 1, out.length, stdout);
    }
    return diagnostics_errors(compiler->diagnostics) == 0;
}

bool pipeline_run(Compilation *compilation, const char *last) {
    return run_from(compilation, passes, last);
}

bool pipeline_go_on(Compilation *compilation, const char *first, const char *last) {
    return run_from(compilation, pass_find(first) + 1, last);
}

bool pipeline_file(Compilation *compilation, const char *path, const char *last) {
    compilation->source = file_source(compilation->compiler, path);
    return compilation->source && pipeline_run(compilation, last);
}
