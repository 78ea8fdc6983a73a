/* A program through every pass, each verified. */
#include "emit/emit.h"
#include "loops/loops.h"
#include "plan/plan.h"
#include "test.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void test_fail(Test *test, Fault fault, const char *format, ...) {
    if (test->result->fault != FAULT_NONE) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(test->result->what, sizeof test->result->what, format, arguments);
    va_end(arguments);
    test->result->fault = fault;
}

Model *test_parse(Compiler *compiler, const char *name, const char *text) {
    const Source *source = source_add(
        compiler->sources, arena_format(compiler->arena, "%s.sy", name), text, strlen(text));
    Model *model = NULL;
    if (source) model = check_program(compiler, parse_source(compiler, source));
    if (model && diagnostics_errors(compiler->diagnostics) > 0) model = NULL;
    if (!model) diagnostics_print(compiler->diagnostics, stderr, false);
    return model;
}

static RecurrenceList recurrences_of(Compiler *compiler, const Model *model) {
    Table met = table_new(compiler->arena);
    RecurrenceList list = {0};
    for (int i = 0; i < model->outputs.count; i++)
        graph_recurrences(model->graph, model->outputs.items[i].value, &met, &list);
    return list;
}

static NodeList nodes_of(Compiler *compiler, const Model *model) {
    Table seen = table_new(compiler->arena);
    NodeList list = {0};
    RecurrenceList recurrences = recurrences_of(compiler, model);
    for (int i = 0; i < model->outputs.count; i++)
        graph_order(model->graph, model->outputs.items[i].value, &seen, &list);
    for (int i = 0; i < recurrences.count; i++)
        graph_order(model->graph, recurrences.items[i]->value, &seen, &list);
    return list;
}

int test_count_nodes(Compiler *compiler, const Model *model) {
    NodeList list = nodes_of(compiler, model);
    int count = 0; /* LET is a name: the printer gives names of its own */
    for (int i = 0; i < list.count; i++)
        count += list.items[i]->op != OP_LET;
    return count;
}

static const char *printed(Compiler *compiler, const Model *model) {
    Text text = text_new(compiler->arena);
    model_print(&text, model);
    return text.chars;
}

static void keep_recurred(Test *test, int simple) {
    int count = test->recurrences.count;
    test->recurred[simple] = ARENA_ARRAY(test->compiler->arena, Node *, count + 1);
    for (int i = 0; i < count; i++)
        test->recurred[simple][i] = test->recurrences.items[i]->value;
}

void test_use(Test *test, bool simple) {
    for (int i = 0; i < test->recurrences.count; i++)
        test->recurrences.items[i]->value = test->recurred[simple][i];
}

static void keep_plain(Test *test) {
    Arena *arena = test->compiler->arena;
    Model *model = test->model;
    int count = model->outputs.count;
    test->plain = ARENA_ARRAY(arena, Node *, count + 1);
    test->simple = ARENA_ARRAY(arena, Node *, count + 1);
    test->bounds = ARENA_ARRAY(arena, Node *, count + 1);
    for (int i = 0; i < count; i++)
        test->plain[i] = model->outputs.items[i].value;
    test->recurrences = recurrences_of(test->compiler, model);
    keep_recurred(test, 0);
    NodeList list = nodes_of(test->compiler, model);
    for (int i = 0; i < list.count; i++)
        vector_push(arena, &test->nodes, list.items[i]);
    test->node_count = test_count_nodes(test->compiler, model);
}

bool test_compile(Test *test, Text *all) {
    Compiler *compiler = test->compiler;
    Model *model = test->model = test_parse(compiler, test->name, test->text);
    if (!model) {
        test_fail(test, FAULT_REFUSED, "the checker refuses the program");
        return false;
    }
    model_verify(model);
    keep_plain(test);
    test->printed = printed(compiler, model);
    model_simplify(model);
    model_verify(model);
    for (int i = 0; i < model->outputs.count; i++)
        test->simple[i] = model->outputs.items[i].value;
    keep_recurred(test, 1);
    test->printed_simple = printed(compiler, model);
    ModelPlan *plan = plan_model(compiler, model);
    plan_verify(plan);
    LowerOptions options = {.packed = true, .always_parallel = true};
    Module *module = lower_model(compiler, plan, &options);
    module_fetch(compiler, module);
    module_share(compiler, module);
    module_verify(module);
    Text body = text_new(compiler->arena), header = text_new(compiler->arena);
    emit_module(compiler, module, &body, &header);
    const char *include = strstr(body.chars, "#include \"steelyard.h\"");
    text_add(all, header.chars);
    text_add(all, include ? include : body.chars);
    return true;
}
