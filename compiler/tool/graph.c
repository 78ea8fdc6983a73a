/* graph: a picture of what is computed from what, and in which loops. Boxes are data, named values,
 * reductions and outputs; a frame is a loop. graphviz does the layout. */
#include "pipeline.h"
#include "tool/command.h"
#include "tool/data.h"
#include "tool/file.h"
#include "tool/outline.h"
#include <string.h>

#define TEXT_FONT "DejaVu Sans,Helvetica,Arial,sans-serif"
#define CODE_FONT "DejaVu Sans Mono,Menlo,Consolas,monospace"

typedef struct Look {
    const char *fill, *line, *word;
} Look;

static Look box_look(const Box *box) {
    if (box->kind == BOX_LET) return (Look){"#ffffff", "#64748b", "let"};
    if (box->kind == BOX_REDUCTION) return (Look){"#fff3e0", "#e08a1e", ""};
    if (box->kind == BOX_STORE)
        return box->root->is_buffer ? (Look){"#f1f5f9", "#64748b", "stored"}
                                    : (Look){"#e3f4e6", "#2e8b57", "output"};
    switch (box->array->kind) {
    case ARRAY_WEIGHT: return (Look){"#e3edfb", "#3b6fb6", "weight"};
    case ARRAY_MASK: return (Look){"#e3edfb", "#3b6fb6", "mask"};
    case ARRAY_PARAM: return (Look){"#f3e8fd", "#8250b4", "param"};
    case ARRAY_CONST: return (Look){"#f1f5f9", "#64748b", "const"};
    default: return (Look){"#e3edfb", "#3b6fb6", "input"};
    }
}

static void add_escaped(Text *out, const char *chars, size_t length) {
    for (size_t i = 0; i < length; i++) {
        switch (chars[i]) {
        case '&': text_add(out, "&amp;"); break;
        case '<': text_add(out, "&lt;"); break;
        case '>': text_add(out, "&gt;"); break;
        case '"': text_add(out, "&quot;"); break;
        default: text_add_bytes(out, &chars[i], 1);
        }
    }
}

/* Lines of at most 44 characters, broken at blanks, eight at most. */
static void add_code(Text *out, const char *code) {
    enum {
        WIDTH = 44,
        LINES = 8
    };
    text_add(out, "<TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\"><FONT FACE=\"" CODE_FONT
                  "\" POINT-SIZE=\"9\">");
    for (int line = 0; *code; line++) {
        size_t length = strlen(code), cut = length;
        if (length > WIDTH) {
            cut = WIDTH;
            while (cut > WIDTH / 3 && code[cut] != ' ')
                cut--;
            if (code[cut] != ' ') cut = strcspn(code, " ");
        }
        if (line == LINES - 1 && cut < length) {
            text_add(out, "  ...<BR/>");
            break;
        }
        if (line) text_add(out, "  ");
        add_escaped(out, code, cut);
        text_add(out, "<BR/>");
        code += cut + (code[cut] == ' ');
    }
    text_add(out, "</FONT></TD></TR>");
}

static const char *box_axes(Arena *arena, const Box *box) {
    Text axes = text_new(arena);
    int count = box->array ? box->array->rank : box->node->axes->count;
    for (int i = 0; i < count; i++)
        text_format(&axes, "%s%s", i ? ", " : "[",
                    box->array ? box->array->axes[i]->name : box->node->axes->items[i]->name);
    if (count) text_add(&axes, "]");
    if (box->root && box->root->steps_kept)
        text_format(&axes, ", %lld of %s kept", (long long)box->root->steps_kept,
                    box->root->steps_of->name);
    return axes.chars;
}

static void add_box(Outline *o, Text *out, const Box *box, const char *indent) {
    Arena *arena = o->compiler->arena;
    Look look = box_look(box);
    bool is_data = box->kind == BOX_DATA;
    Scalar type = box->array ? box->array->type : box->node->type;
    text_format(out,
                "%sb%d [fillcolor=\"%s\", color=\"%s\", penwidth=%s, label=<<TABLE BORDER=\"0\" "
                "CELLBORDER=\"0\" "
                "CELLSPACING=\"0\" CELLPADDING=\"1\"><TR><TD ALIGN=\"LEFT\">",
                indent, box->id, look.fill, look.line,
                box->kind == BOX_STORE && !box->root->is_buffer ? "1.8" : "1");
    if (*look.word) text_format(out, "<FONT COLOR=\"%s\">%s</FONT> ", look.line, look.word);
    text_format(
        out, "<B>%s</B>%s&#160;&#160;<FONT COLOR=\"#808a96\" POINT-SIZE=\"9\">%s</FONT></TD></TR>",
        box->name, box_axes(arena, box),
        is_data && box->array->index_axis
            ? arena_format(arena, "index(%s)", box->array->index_axis->name)
            : scalar_text(type));
    const char *code = is_data ? "" : outline_expression(o, box);
    if (*code) add_code(out, code);
    text_add(out, "</TABLE>>];\n");
}

static const char *indent_of(Arena *arena, int depth) {
    return arena_format(arena, "%*s", 2 * (depth + 2), "");
}

static void add_loop(Outline *o, Text *out, int loop) {
    Arena *arena = o->compiler->arena;
    int depth = o->loops.items[loop].depth;
    const char *outer = indent_of(arena, depth - 1), *inner = indent_of(arena, depth);
    text_format(out, "%ssubgraph cluster_%d {\n", outer, loop);
    text_format(out, "%slabel=\"%s\"; bgcolor=\"%s\";\n", inner, outline_loop_text(o, loop),
                depth % 2 ? "#eef2f7" : "#f8fafc");
    for (int i = 0; i < o->boxes.count; i++)
        if (o->boxes.items[i]->loop == loop) add_box(o, out, o->boxes.items[i], inner);
    for (int i = loop + 1; i < o->loops.count; i++)
        if (o->loops.items[i].parent == loop) add_loop(o, out, i);
    text_format(out, "%s}\n", outer);
}

static void outline_dot(Outline *o, Text *out) {
    text_format(out, "digraph %s {\n",
                arena_format(o->compiler->arena, "\"%s\"", o->plan->model->name));
    text_add(
        out,
        "  graph [fontname=\"" TEXT_FONT "\", fontsize=10, fontcolor=\"#5b6673\", labeljust=l, "
        "color=\"#b8c2cf\",\n         style=rounded, ranksep=0.35, nodesep=0.25, pad=\"0.15\"];\n"
        "  node [shape=box, style=\"rounded,filled\", fontname=\"" TEXT_FONT "\", fontsize=10, "
        "margin=\"0.12,0.05\"];\n"
        "  edge [color=\"#7b8794\", arrowsize=0.6];\n");
    for (int i = 0; i < o->boxes.count; i++)
        if (o->boxes.items[i]->loop < 0) add_box(o, out, o->boxes.items[i], "  ");
    for (int i = 0; i < o->loops.count; i++)
        if (o->loops.items[i].parent < 0) add_loop(o, out, i);
    for (int i = 0; i < o->boxes.count; i++)
        for (int j = 0; j < o->boxes.items[i]->uses.count; j++)
            text_format(out, "  b%d -> b%d;\n", o->boxes.items[i]->uses.items[j],
                        o->boxes.items[i]->id);
    text_add(out, "}\n");
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool write_svg(Compiler *compiler, const Text *dot, const char *path) {
    Arena *arena = compiler->arena;
    Files *files = files_new(compiler);
    const char *slash = strrchr(path, '/');
    const char *beside =
        slash ? arena_text(arena, path, (size_t)(slash - path) + (slash == path)) : "";
    const char *folder = files_folder(files, beside, path), *reason = NULL;
    const char *in = folder ? files_expect(files, folder, "graph.dot", NULL) : NULL;
    const char *out = in ? files_expect(files, folder, "graph.svg", path) : NULL;
    bool good = out && files_scratch(files, in, dot->chars, dot->length);
    Text said = text_new(arena);
    Strings command = {0};
    vector_push(arena, &command, "dot");
    vector_push(arena, &command, "-Tsvg");
    vector_push(arena, &command, "-o");
    vector_push(arena, &command, out);
    vector_push(arena, &command, in);
    if (good && !process_run(arena, &command, &said, &reason)) {
        fwrite(said.chars, 1, said.length, stderr);
        report(compiler->diagnostics, PROGRAM_NOT_RUN, (Span){0, 0}, "dot", reason,
               "install graphviz, or write a .dot file");
        good = false;
    }
    if (!good) files_discard(files);
    return good && files_commit(files);
}

int command_graph(Compiler *compiler, const Options *options) {
    Compilation c = {.compiler = compiler};
    const char *path = options->output;
    if (!path) return usage_error(options->command, "-o X.svg or -o X.dot is missing");
    if (!ends_with(path, ".svg") && !ends_with(path, ".dot"))
        return usage_error(options->command, "`%s` ends neither in .svg nor in .dot", path);
    if (!pipeline_file(&c, options->arguments.items[0], "plan")) return EXIT_USER;
    Text dot = text_new(compiler->arena);
    outline_dot(outline_make(compiler, c.plan->entries.items[0].plan), &dot);
    bool good;
    if (ends_with(path, ".svg")) {
        good = write_svg(compiler, &dot, path);
    } else {
        Files *files = files_new(compiler);
        good = files_add(files, path, dot.chars, dot.length) && files_commit(files);
    }
    return good ? EXIT_GOOD : EXIT_USER;
}
