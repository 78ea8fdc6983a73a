/* The header. In: a module; out: what a C or C++ program includes: a guard, the documentation of
 * each public function and its prototype. */
#include "emit/writer.h"
#include <ctype.h>
#include <string.h>

void write_prototype(Emitter *e, Writer *writer, const Function *function, bool in_header) {
    Arena *arena = e->c->arena;
    const char *type = function->result == C_BOOL ? "bool" : type_text(function->result);
    const char *kind = function->is_public ? "" : "static ";
    write_text(writer,
               arena_format(arena, "%s%s %s(", kind, type, function_name(e, function->name)));
    int count = function->parameters.count;
    if (count == 0) {
        write_text(writer, "void)");
        return;
    }
    Doc **items = ARENA_ARRAY(arena, Doc *, count);
    for (int i = 0; i < count; ++i) {
        items[i] = doc_text(
            arena, variable_declaration(e, function->parameters.items[i],
                                        in_header ? DECLARE_IN_HEADER : DECLARE_PARAMETER));
    }
    write_doc(writer, doc_list(arena, items, count), 3, 0);
    write_text(writer, ")");
}

/* NAME_H: the runtime's own header has STEELYARD_H. */
static const char *guard(Emitter *e) {
    char *name = arena_format(e->c->arena, "%s_H", emit_symbol(e->c, e->module->model->name));
    for (char *p = name; *p; ++p)
        *p = (char)toupper((unsigned char)*p);
    return name;
}

static bool uses_bool(const Module *module) {
    for (int i = 0; i < module->functions.count; ++i) {
        const Function *function = module->functions.items[i];
        if (function->is_public && function->result == C_BOOL) return true;
    }
    return false;
}

/* Whether a public function's documentation says it already. */
static bool tells(const Module *module, const char *doc) {
    for (int i = 0; i < module->functions.count; ++i) {
        const Function *function = module->functions.items[i];
        if (function->is_public && function->doc && strstr(function->doc, doc)) return true;
    }
    return false;
}

static void write_banner(Emitter *e, Writer *writer) {
    const Model *model = e->module->model;
    Text text = text_new(e->c->arena);
    text_format(&text, "%s: made from %s by steelyard %s; change that file, not this one.",
                model->name, e->module->source_name, STEELYARD_VERSION);
    if (model->doc && *model->doc && !tells(e->module, model->doc))
        text_format(&text, "\n\n%s", model->doc);
    text_format(&text, "\n\nProfile: %s.",
                e->c->no_fma ? "no fma (the same bits on every machine)"
                             : "fma (the same bits on every machine, fast on those that have it)");
    write_comment(writer, text.chars, 0);
    write_line(writer, 0);
}

static void write_structure(Emitter *e, Text *out) {
    const Structure *structure = e->module->structure;
    Writer writer = {.out = out};
    if (!structure) return;
    write_comment(&writer, structure->doc, 0);
    text_format(out, "\ntypedef struct %s {\n", structure->c_name);
    for (int i = 0; i < structure->members.count; ++i)
        text_format(out, "    %s;\n",
                    variable_declaration(e, structure->members.items[i], DECLARE_IN_HEADER));
    text_format(out, "} %s;\n\n", structure->c_name);
}

/* runtime_text: the runtime's public definitions, for a file that stands alone; NULL: they are
 * included. */
void write_header(Emitter *e, Text *out, const char *runtime_text) {
    Writer writer = {.out = out};
    const char *name = guard(e);
    write_banner(e, &writer);
    text_format(out, "#ifndef %s\n#define %s\n\n", name, name);
    if (runtime_text) {
        text_add(out, runtime_text);
        if (uses_bool(e->module)) text_add(out, "#include <stdbool.h>\n\n");
    } else {
        text_add(out, "#include \"steelyard_call.h\"\n");
        if (uses_bool(e->module)) text_add(out, "#include <stdbool.h>\n");
        text_add(out, "#include <stddef.h>\n#include <stdint.h>\n\n");
    }
    text_add(out, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    write_structure(e, out);
    for (int i = 0; i < e->module->functions.count; ++i) {
        const Function *function = e->module->functions.items[i];
        if (!function->is_public) continue;
        writer.column = 0;
        if (function->doc && *function->doc) {
            write_comment(&writer, function->doc, 0);
            write_line(&writer, 0);
        }
        write_prototype(e, &writer, function, true);
        text_add(out, ";\n\n");
    }
    if (e->c->versions)
        text_format(out,
                    "/* The level of the processor that was picked when the program was loaded: "
                    "\"x86-64-v3\". */\n"
                    "const char *%s(void);\n\n",
                    level_function(e));
    text_format(out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}
