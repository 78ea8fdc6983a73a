/* grad: the derivative of a program, as a program. In: FILE, what is differentiated, and by what.
 * Out: FILE as the formatter lays it out, and behind it an output d_x for each x, with the lets
 * that it needs.
 *
 * The program is checked as it is, which says which names there are; then once more, with a line
 * `output d_x[axes] = grad(L, x)` for each x, in a compiler of its own. What these lines add to the
 * graph, simplified, is printed: it reads lets and outputs of the program by their names. */
#include "diff/diff.h"
#include "pipeline.h"
#include "syntax/format.h"
#include "tool/command.h"
#include "tool/file.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct By { /* something that is differentiated by */
    const char *name;
    const Decl *decl;
    Node *node;
    const char *axes;   /* "[n, c]", or "" */
    const char *output; /* "d_x" */
} By;

typedef struct Grad {
    Compiler *compiler;
    const Options *options;
    Compilation *c;
    Model *model;
    const char *of;
    Span of_span;
    Node *value; /* that `of` names */
    Vector(By) by;
    Text remarks; /* on what has no derivative, as comments */
    bool chosen;  /* --wrt was given */
} Grad;

#define REPORT(g, id, ...) report((g)->compiler->diagnostics, (id), __VA_ARGS__)

/* --- names --- */

static const Decl *decl_named(const Program *program, const char *name) {
    for (int i = 0; i < program->decls.count; i++) {
        const Decl *decl = program->decls.items[i];
        bool names_value = decl->kind != DECL_MODEL && decl->kind != DECL_REAL &&
                           decl->kind != DECL_MINIMIZE && decl->kind != DECL_USE;
        if (names_value && decl->target.name.name && strcmp(decl->target.name.name, name) == 0)
            return decl;
    }
    return NULL;
}

static bool within(Span inner, Span outer) {
    return inner.start >= outer.start && inner.end <= outer.end;
}

static Node *recurrence_named(const Model *model, const Decl *decl) {
    Table met = table_new(graph_compiler(model->graph)->arena);
    RecurrenceList list = {0};
    for (int i = 0; i < model->outputs.count; i++)
        graph_recurrences(model->graph, model->outputs.items[i].value, &met, &list);
    for (int i = 0; i < list.count; i++)
        if (within(list.items[i]->array->span, decl->span))
            return graph_array(model->graph, list.items[i]->array);
    return NULL;
}

/* The node that a declared name stands for, or NULL: it is no value, or nothing uses it. */
static Node *node_of(const Model *model, const Decl *decl) {
    const char *name = decl->target.name.name;
    for (int i = 0; i < model->arrays.count; i++)
        if (strcmp(model->arrays.items[i]->name, name) == 0)
            return graph_array(model->graph, model->arrays.items[i]);
    for (int i = 0; i < model->outputs.count; i++)
        if (strcmp(model->outputs.items[i].array->name, name) == 0)
            return model->outputs.items[i].value;
    for (int i = 0; i < model->lets.count; i++)
        if (strcmp(model->lets.items[i].name, name) == 0)
            return graph_let(model->graph, model->lets.items[i].name, model->lets.items[i].value);
    return decl->kind == DECL_LET ? recurrence_named(model, decl) : NULL;
}

static const char *list_text(Arena *arena, const Strings *names) {
    Text text = text_new(arena);
    for (int i = 0; i < names->count; i++)
        text_format(&text, "%s%s", i ? ", " : "", names->items[i]);
    return text.chars;
}

static const char *type_said(const Node *node) {
    return node->type == SCALAR_BOOL ? "a mask" : scalar_text(node->type);
}

/* --- what is differentiated --- */

static bool is_scalar_real(const Output *output) {
    return output->array->rank == 0 && !output->value->axes->count &&
           scalar_is_float(output->value->type);
}

static bool of_default(Grad *g) {
    Arena *arena = g->compiler->arena;
    Strings names = {0};
    for (int losses = 1; losses >= 0 && !names.count; losses--)
        for (int i = 0; i < g->model->outputs.count; i++) {
            const Output *output = &g->model->outputs.items[i];
            if (is_scalar_real(output) && output->is_loss == losses)
                vector_push(arena, &names, output->array->name);
        }
    if (names.count == 1) {
        g->of = names.items[0];
        return true;
    }
    if (names.count)
        REPORT(g, GRAD_OF_CHOOSE, (Span){0, 0}, g->model->name, list_text(arena, &names),
               names.items[0]);
    else
        REPORT(g, GRAD_OF_NONE, (Span){0, 0}, g->model->name);
    return false;
}

static bool is_differentiated(const Decl *decl) {
    return decl->kind == DECL_LET || decl->kind == DECL_OUTPUT || decl->kind == DECL_LOSS;
}

static void of_unknown(Grad *g) {
    Arena *arena = g->compiler->arena;
    Strings names = {0};
    for (int i = 0; i < g->c->program->decls.count; i++) {
        const Decl *decl = g->c->program->decls.items[i];
        if (is_differentiated(decl)) vector_push(arena, &names, decl->target.name.name);
    }
    REPORT(g, GRAD_OF_UNKNOWN, (Span){0, 0}, g->of, g->model->name,
           did_you_mean(arena, g->of, &names),
           names.count ? list_text(arena, &names) : "nothing that could be differentiated");
}

static const char *axes_text(Arena *arena, const Decl *decl, const Node *node) {
    Text text = text_new(arena);
    int count = decl->target.has_axes ? decl->target.axes.count : node->axes->count;
    for (int i = 0; i < count; i++)
        text_format(&text, "%s%s", i ? ", " : "[",
                    decl->target.has_axes ? decl->target.axes.items[i].name
                                          : node->axes->items[i]->name);
    if (count) text_add(&text, "]");
    return text.chars;
}

static bool of_find(Grad *g) {
    g->of = g->options->of;
    if (!g->of && !of_default(g)) return false;
    const Decl *decl = decl_named(g->c->program, g->of);
    if (decl && is_differentiated(decl)) g->value = node_of(g->model, decl);
    if (!g->value) {
        of_unknown(g);
        return false;
    }
    g->of_span = decl->target.name.span;
    const char *axes = axes_text(g->compiler->arena, decl, g->value);
    if (!scalar_is_float(g->value->type)) {
        REPORT(g, DERIVATIVE_OF_TYPE, g->of_span, g->of, type_said(g->value));
        return false;
    }
    if (*axes) REPORT(g, DERIVATIVE_AXES, g->of_span, g->of, axes);
    return !*axes;
}

/* --- by what --- */

static const char *kind_said(const Decl *decl) {
    switch (decl->kind) {
    case DECL_DIM: return "an axis";
    case DECL_FN: return "a fn";
    case DECL_RULE: return "a rule";
    case DECL_CONST: return "a const";
    case DECL_ENTRY: return "an entry";
    default: return decl->kind == DECL_LOSS ? "a loss" : "an output";
    }
}

static bool stands_by(const Decl *decl) {
    return decl->kind == DECL_INPUT || decl->kind == DECL_WEIGHT || decl->kind == DECL_PARAM ||
           decl->kind == DECL_LET || decl->kind == DECL_MASK;
}

static bool is_free(const Grad *g, const char *name) {
    for (int i = 0; i < g->by.count; i++)
        if (strcmp(g->by.items[i].output, name) == 0) return false;
    return decl_named(g->c->program, name) == NULL;
}

static void by_push(Grad *g, const Decl *decl, Node *node) {
    Arena *arena = g->compiler->arena;
    By by = {.name = decl->target.name.name, .decl = decl, .node = node};
    by.axes = axes_text(arena, decl, node);
    by.output = arena_format(arena, "d_%s", by.name);
    for (int number = 2; !is_free(g, by.output); number++)
        by.output = arena_format(arena, "d_%s_%d", by.name, number);
    vector_push(arena, &g->by, by);
}

/* Whether there is a derivative; if not, that is said: as an error where it was asked for. */
static bool by_fits(Grad *g, const Decl *decl, Node *node) {
    Graph *graph = g->model->graph;
    Compiler *compiler = g->compiler;
    const char *name = decl->target.name.name;
    Text text = text_new(compiler->arena);
    Node *one = graph_number(graph, g->value->type, 1);
    DiffResult result = diff_reverse(graph, g->value, node, one);
    switch (result.outcome) {
    case DIFF_FINE: return true;
    case DIFF_ZERO:
        if (g->chosen) REPORT(g, DERIVATIVE_ZERO, decl->target.name.span, g->of, name);
        if (!g->chosen)
            text_format(&g->remarks, "# the derivative of %s by %s is 0 by construction\n", g->of,
                        name);
        return g->chosen;
    case DIFF_NO_PATH:
        if (g->chosen) REPORT(g, DERIVATIVE_NO_PATH, g->of_span, g->of, name);
        if (!g->chosen) text_format(&g->remarks, "# %s does not use %s\n", g->of, name);
        return false;
    case DIFF_NO_RULE:
        graph_print_node(&text, result.node);
        REPORT(g, DERIVATIVE_RULE, result.node->span, op_info[result.node->op].text, text.chars);
        return false;
    case DIFF_OPEN:
        REPORT(g, DERIVATIVE_INSIDE, g->of_span, result.node->u.array->name);
        return false;
    }
    return false;
}

static void by_word(Grad *g, const char *name) {
    Arena *arena = g->compiler->arena;
    const Decl *decl = decl_named(g->c->program, name);
    if (!decl) {
        Strings names = {0};
        for (int i = 0; i < g->c->program->decls.count; i++) {
            const Decl *other = g->c->program->decls.items[i];
            const Node *node = stands_by(other) ? node_of(g->model, other) : NULL;
            if (node && scalar_is_float(node->type))
                vector_push(arena, &names, other->target.name.name);
        }
        REPORT(g, GRAD_BY_UNKNOWN, (Span){0, 0}, name, g->model->name,
               did_you_mean(arena, name, &names),
               names.count ? list_text(arena, &names) : "an input, weight, param or let");
        return;
    }
    Span span = decl->target.name.span;
    Node *node = stands_by(decl) ? node_of(g->model, decl) : NULL;
    for (int i = 0; i < g->by.count; i++)
        if (g->by.items[i].decl == decl) return;
    if (!stands_by(decl))
        REPORT(g, DERIVATIVE_BY, span, name, kind_said(decl), "--wrt NAME");
    else if (!node)
        REPORT(g, DERIVATIVE_NO_PATH, g->of_span, g->of, name);
    else if (!scalar_is_float(node->type))
        REPORT(g, DERIVATIVE_BY_TYPE, span, name, type_said(node));
    else if (by_fits(g, decl, node))
        by_push(g, decl, node);
}

/* The params; without any, all real inputs and weights. */
static void by_default(Grad *g) {
    const Program *program = g->c->program;
    bool has_params = false;
    for (int i = 0; i < program->decls.count; i++)
        has_params = has_params || program->decls.items[i]->kind == DECL_PARAM;
    for (int i = 0; i < program->decls.count; i++) {
        const Decl *decl = program->decls.items[i];
        bool asked = has_params ? decl->kind == DECL_PARAM
                                : decl->kind == DECL_INPUT || decl->kind == DECL_WEIGHT;
        Node *node = asked ? node_of(g->model, decl) : NULL;
        if (node && scalar_is_float(node->type) && by_fits(g, decl, node)) by_push(g, decl, node);
    }
    if (!g->by.count && !diagnostics_errors(g->compiler->diagnostics))
        REPORT(g, GRAD_BY_NONE, g->of_span, g->of, has_params ? "param" : "real input or weight");
}

static bool by_find(Grad *g) {
    const char *at = g->options->wrt;
    g->chosen = at != NULL;
    g->remarks = text_new(g->compiler->arena);
    if (!at) by_default(g);
    while (at && *at) {
        size_t length = strcspn(at, ", ");
        if (length) by_word(g, arena_text(g->compiler->arena, at, length));
        at += length + (at[length] != '\0');
    }
    return g->by.count && !diagnostics_errors(g->compiler->diagnostics);
}

/* --- the text of the program --- */

/* The folder that the result will be read from knows nothing of paths relative to the source. */
static const char *use_text(Grad *g, const char *used) {
    const char *from = g->c->source->path, *to = g->options->output;
    const char *slash = strrchr(from, '/'), *to_slash = to ? strrchr(to, '/') : NULL;
    size_t length = slash ? (size_t)(slash - from) : 0;
    bool same =
        to ? (to_slash ? (size_t)(to_slash - to) : 0) == length && strncmp(from, to, length) == 0
           : length == 0;
    if (same || used[0] == '/') return NULL;
    char *path = realpath(
        slash ? arena_format(g->compiler->arena, "%.*s/%s", (int)length, from, used) : used, NULL);
    const char *text = path ? arena_format(g->compiler->arena, "use \"%s\"", path) : NULL;
    free(path);
    return text;
}

/* As it was, but for --real, and for `use` when it is going elsewhere. */
static const char *program_text(Grad *g) {
    Compiler *compiler = g->compiler;
    const Source *source = g->c->source;
    Text text = text_new(compiler->arena);
    const Decl *named = NULL, *real = NULL;
    uint32_t at = source->base;
    for (int i = 0; i < g->c->program->decls.count; i++) {
        const Decl *decl = g->c->program->decls.items[i];
        if (decl->kind == DECL_MODEL) named = decl;
        if (decl->kind == DECL_REAL) real = decl;
    }
    const char *line =
        compiler->real ? arena_format(compiler->arena, "real %s", compiler->real) : NULL;
    if (line && !real && !named) text_format(&text, "%s\n", line);
    for (int i = 0; i < g->c->program->decls.count; i++) {
        const Decl *decl = g->c->program->decls.items[i];
        const char *instead = decl->kind == DECL_REAL  ? line
                              : decl->kind == DECL_USE ? use_text(g, decl->path)
                                                       : NULL;
        bool after = decl == named && line && !real;
        if (!instead && !after) continue;
        text_add_bytes(&text, source->chars + (at - source->base),
                       (instead ? decl->span.start : decl->span.end) - at);
        text_format(&text, instead ? "%s" : "\n%s", instead ? instead : line);
        at = decl->span.end;
    }
    text_add(&text, source->chars + (at - source->base));
    if (text.length && text.chars[text.length - 1] != '\n') text_add(&text, "\n");
    return text.chars;
}

/* --- what is added --- */

/* A let or recurrence of the program: its name can be read for this node, axes and all. */
static const char *declared_name(const Program *program, const Node *node) {
    const Recurrence *recurrence = node_recurrence(node);
    if (node->op != OP_LET && !recurrence) return NULL;
    const Decl *decl = decl_named(program, recurrence ? recurrence->array->name : node->u.name);
    Span span = recurrence ? recurrence->array->span : node->span;
    bool stated = decl && decl->target.has_axes;
    if (!decl || !within(span, decl->span)) return NULL;
    if (!recurrence && stated && decl->target.axes.count != node->axes->count) return NULL;
    return decl->target.name.name;
}

static bool is_worth_a_name(const Node *node) {
    return op_info[node->op].class_ != OP_LEAF && node->op != OP_AT && node->op != OP_LET;
}

static Table declared_nodes(const Program *program, const Model *model, int first) {
    Graph *graph = model->graph;
    Arena *arena = graph_compiler(graph)->arena;
    Table declared = table_new(arena), seen = table_new(arena), met = table_new(arena);
    NodeList nodes = {0};
    RecurrenceList list = {0};
    for (int i = 0; i < model->outputs.count; i++) {
        graph_order(graph, model->outputs.items[i].value, &seen, &nodes);
        graph_recurrences(graph, model->outputs.items[i].value, &met, &list);
    }
    for (int i = 0; i < list.count; i++)
        graph_order(graph, list.items[i]->value, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        const Node *node = nodes.items[i];
        const char *name = declared_name(program, node);
        if (!name) continue;
        table_set(&declared, node, (void *)name);
        if (node->op == OP_LET && is_worth_a_name(node->arguments[0]))
            table_set(&declared, node->arguments[0], (void *)name);
    }
    for (int i = 0; i < first; i++) {
        const Output *output = &model->outputs.items[i];
        const Array *array = output->array;
        if (is_worth_a_name(output->value) && !table_has(&declared, output->value) &&
            array->type == output->value->type &&
            output->value->axes == axis_set(graph, array->axes, array->rank))
            table_set(&declared, output->value, (void *)array->name);
    }
    return declared;
}

static Table taken_names(Compiler *compiler, const Program *program) {
    Table taken = table_new(compiler->arena);
    for (int i = 0; i < program->decls.count; i++) {
        const Decl *decl = program->decls.items[i];
        if (decl->target.name.name) table_set(&taken, decl->target.name.name, compiler);
    }
    return taken;
}

static const char *with_gradients(Grad *g, const char *text) {
    Text all = text_new(g->compiler->arena);
    text_add(&all, text);
    for (int i = 0; i < g->by.count; i++) {
        const By *by = &g->by.items[i];
        text_format(&all, "## the derivative of %s by %s\noutput %s%s = grad(%s, %s)\n", g->of,
                    by->name, by->output, by->axes, g->of, by->name);
    }
    return all.chars;
}

/* Appends what the outputs add to the program. */
static bool added_print(Grad *g, Compiler *compiler, const char *text, Text *out) {
    Compilation c = {.compiler = compiler};
    const char *all = with_gradients(g, text);
    c.source = source_add(compiler->sources, g->c->source->path, all, strlen(all));
    if (!c.source || !pipeline_run(&c, "check")) {
        diagnostics_print(compiler->diagnostics, stderr, false);
        bug("the program with its gradients is refused");
    }
    int first = c.model->outputs.count - g->by.count;
    model_simplify(c.model);
    /* printed for its own sake: names of its program are not those of the result */
    Table declared = declared_nodes(c.program, c.model, first);
    Table taken = taken_names(compiler, c.program);
    model_print_added(out, c.model, first, &declared, &taken);
    return true;
}

static bool result_print(Grad *g) {
    Compiler *inner = compiler_new();
    inner->real = g->compiler->real;
    const char *text = program_text(g);
    const Source *source = source_add(inner->sources, g->c->source->path, text, strlen(text));
    char *formatted = source ? format_source(inner, source) : NULL;
    Text out = text_new(g->compiler->arena);
    text_format(&out, "%s\n", formatted ? formatted : text);
    bool good = added_print(g, inner, text, &out);
    text_add(&out, g->remarks.chars);
    compiler_free(inner);
    if (!g->options->output) {
        fwrite(out.chars, 1, out.length, stdout);
        return good;
    }
    Files *files = files_new(g->compiler);
    return files_add(files, g->options->output, out.chars, out.length) && files_commit(files);
}

static bool is_same_file(const char *path, const char *other) {
    struct stat one, two;
    return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino && S_ISREG(one.st_mode);
}

int command_grad(Compiler *compiler, const Options *options) {
    Compilation c = {.compiler = compiler};
    if (options->output && is_same_file(options->output, options->arguments.items[0]))
        return usage_error(options->command, "-o `%s` would take the place of the program itself",
                           options->output);
    if (!pipeline_file(&c, options->arguments.items[0], "check")) return EXIT_USER;
    Grad g = {.compiler = compiler, .options = options, .c = &c, .model = c.model};
    return of_find(&g) && by_find(&g) && result_print(&g) ? EXIT_GOOD : EXIT_USER;
}
