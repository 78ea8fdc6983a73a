/* One program, several versions: NAME.c is compiled once for each level of the processor. In: a
 * module and how many levels there are; out: NAME_levels.c, which has the functions of the header,
 * and hands each call to the version that was picked when the program was loaded. */
#include "emit/writer.h"
#include <string.h>

const Version versions[VERSION_COUNT] = {
    {"x86-64", "x86_64"},
    {"x86-64-v3", "x86_64_v3"},
    {"x86-64-v4", "x86_64_v4"},
};

static void write_about(Emitter *e, Text *out) {
    Arena *arena = e->c->arena;
    const char *name = e->module->model->name;
    Writer writer = {.out = out};
    Text text = text_new(arena);
    text_format(
        &text,
        "%s: made from %s by steelyard %s; change that file, not this one.\n\n"
        "%s.c is compiled once for each level of the processor, with these flags beside the "
        "others; this file once, for the first:",
        name, e->module->source_name, STEELYARD_VERSION, name);
    for (int i = 0; i < e->c->versions; i++)
        text_format(&text, "\n  -march=%s -DSTEELYARD_LEVEL=%s", versions[i].level,
                    versions[i].word);
    text_add(&text,
             "\n\nWhen it is loaded it picks the highest level that the processor has, once. All "
             "give the same bits. With STEELYARD_LEVEL=x86-64-v3 in the environment it picks "
             "none above that.");
    write_comment(&writer, text.chars, 0);
    write_line(&writer, 0);
}

static void write_pick(Emitter *e, Text *out) {
    text_add(out, "static const char *const sy_levels[] = {");
    for (int i = 0; i < e->c->versions; i++)
        text_format(out, "%s\"%s\"", i ? ", " : "", versions[i].level);
    text_add(out, "};\n"
                  "static int sy_picked = 0; /* of sy_levels: until it is loaded, the first */\n\n"
                  "__attribute__((constructor)) static void sy_pick(void) {\n");
    text_format(out, "    sy_picked = sy_level_pick(sy_levels, %d);\n}\n\n", e->c->versions);
    text_format(out, "const char *%s(void) {\n    return sy_levels[sy_picked];\n}\n",
                level_function(e));
}

/* The functions of each version. They are for this file alone: no library shows them. */
static void write_declarations(Emitter *e, Text *out) {
    Writer writer = {.out = out};
    text_add(out, "\n#pragma GCC visibility push(hidden)\n");
    for (int i = 0; i < e->c->versions; i++) {
        names_public(e, "", arena_format(e->c->arena, "_%s", versions[i].word));
        for (int j = 0; j < e->module->functions.count; j++) {
            const Function *function = e->module->functions.items[j];
            if (!function->is_public) continue;
            writer.column = 0;
            write_prototype(e, &writer, function, true);
            text_add(out, ";\n");
        }
    }
    names_public(e, "", "");
    text_add(out, "#pragma GCC visibility pop\n");
}

static void write_call(Emitter *e, Writer *writer, const Function *function, int version) {
    Arena *arena = e->c->arena;
    int count = function->parameters.count;
    Doc **items = ARENA_ARRAY(arena, Doc *, count + 1);
    for (int i = 0; i < count; i++)
        items[i] = doc_text(arena, function->parameters.items[i]->c_name);
    write_line(writer, 2 * EMIT_INDENT);
    write_text(writer, arena_format(arena, "%s%s_%s(", function->result == C_VOID ? "" : "return ",
                                    function_name(e, function->name), versions[version].word));
    write_doc(writer, doc_list(arena, items, count), 2, 0);
    write_text(writer, ");");
}

/* The last version first: most calls go there. */
static void write_choice(Emitter *e, Text *out, const Function *function) {
    Writer writer = {.out = out};
    text_add(out, "\n");
    write_prototype(e, &writer, function, false);
    write_text(&writer, " {");
    for (int i = e->c->versions - 1; i >= 0; i--) {
        write_line(&writer, EMIT_INDENT);
        if (i == e->c->versions - 1)
            write_text(&writer, arena_format(e->c->arena, "if (sy_picked == %d) {", i));
        else if (i > 0)
            write_text(&writer, arena_format(e->c->arena, "} else if (sy_picked == %d) {", i));
        else
            write_text(&writer, "} else {");
        write_call(e, &writer, function, i);
    }
    write_line(&writer, EMIT_INDENT);
    write_text(&writer, "}");
    write_line(&writer, 0);
    write_text(&writer, "}");
    write_line(&writer, 0);
}

void emit_versions(Compiler *compiler, const Module *module, bool standalone, Text *out) {
    Emitter e = emitter_new(compiler, module);
    Text body = text_new(compiler->arena);
    write_pick(&e, &body);
    write_declarations(&e, &body);
    for (int i = 0; i < module->functions.count; i++)
        if (module->functions.items[i]->is_public)
            write_choice(&e, &body, module->functions.items[i]);
    write_about(&e, out);
    if (standalone) {
        write_api(out);
        text_format(out, "#include \"%s.h\"\n\n", module->model->name);
        standalone_levels(&e, body.chars, out);
    } else {
        text_format(out, "#include \"%s.h\"\n\n#include \"steelyard_levels.h\"\n\n",
                    module->model->name);
    }
    text_add(out, body.chars);
}
