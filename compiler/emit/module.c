/* A module's two files. In: a module of the loop language; out: NAME.c and NAME.h, either on top of
 * the runtime's headers or carrying what they use of it. */
#include "emit/writer.h"
#include <string.h>

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

enum {
    HEADER_COUNT = 5,
    BODY_SIZE = 1 << 17 /* of a long program */
};

static const struct {
    const char *header, *words[8];
} known[HEADER_COUNT] = {
    {"math.h", {"INFINITY", "NAN", "fmaf", "fma", "sqrtf", "sqrt", "isnan"}},
    {"stdbool.h", {"bool", "true", "false"}},
    {"stdint.h", {"int32_t", "int64_t", "uint64_t", "uint16_t", "SIZE_MAX"}},
    {"stdlib.h", {"malloc", "calloc", "realloc", "free", "aligned_alloc", "abort"}},
    {"string.h", {"memset", "memcpy", "memmove"}},
};

bool text_has_word(const char *text, const char *word) {
    size_t length = strlen(word);
    for (const char *p = text; (p = strstr(p, word)) != NULL; p += length) {
        bool starts = p == text || !is_letter(p[-1]);
        bool ends = !is_letter(p[length]);
        if (starts && ends) return true;
    }
    return false;
}

Emitter emitter_new(Compiler *compiler, const Module *module) {
    Emitter e = {.c = compiler, .module = module};
    names_begin(&e);
    names_structure(&e);
    for (int i = 0; i < module->functions.count; ++i)
        names_assign(&e, module->functions.items[i]);
    return e;
}

/* The functions of a version have its level in their names, and the header knows nothing of them.
 */
static void write_version(Emitter *e, Text *out) {
    Writer writer = {.out = out};
    names_public(e, "SY_LEVEL(", ")");
    for (int i = 0; i < e->module->functions.count; ++i) {
        if (!e->module->functions.items[i]->is_public) continue;
        writer.column = 0;
        write_prototype(e, &writer, e->module->functions.items[i], true);
        text_add(out, ";\n");
    }
    text_add(out, "\n");
}

static void write_functions(Emitter *e, Text *out) {
    Writer writer = {.out = out};
    if (e->c->versions) write_version(e, out);
    for (int i = 0; i < e->module->functions.count; ++i) {
        if (i > 0) text_add(out, "\n");
        writer.column = 0;
        write_function(e, &writer, e->module->functions.items[i]);
    }
}

/* is_whole: it carries the runtime's code for files, which needs more of libc than C has. */
static void write_opening(Emitter *e, Text *out, const char *body, bool is_whole) {
    Writer writer = {.out = out};
    const char *text = arena_format(
        e->c->arena,
        "%s: made from %s by steelyard %s; change that file, not this one.\n\n"
        "Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the "
        "machine, and -fopenmp for threads%s.",
        e->module->model->name, e->module->source_name, STEELYARD_VERSION,
        e->c->versions ? arena_format(e->c->arena, "; once for each level that %s_levels.c names",
                                      e->module->model->name)
                       : "");
    write_comment(&writer, text, 0);
    write_line(&writer, 0);
    if (is_whole && e->module->structure)
        text_add(out, "#ifndef _POSIX_C_SOURCE\n#define _POSIX_C_SOURCE 200809L\n#endif\n");
    if (e->c->no_fma) text_add(out, "#define STEELYARD_NO_FMA\n");
    if (strstr(body, "#pragma omp")) {
        text_add(out, "#ifndef _OPENMP\n#pragma GCC diagnostic ignored "
                      "\"-Wunknown-pragmas\"\n");
        /* clang tells of every simd loop that the machine has no vectors for */
        text_add(out, "#endif\n#ifdef __clang__\n#pragma clang diagnostic ignored "
                      "\"-Wpass-failed\"\n#endif\n");
    }
}

/* Which of these headers the word is of, or -1. */
static int header_of(const char *word, size_t length) {
    for (int i = 0; i < HEADER_COUNT; ++i) {
        for (int j = 0; j < 8 && known[i].words[j]; ++j) {
            const char *one = known[i].words[j];
            if (*one == *word && strlen(one) == length && memcmp(one, word, length) == 0) return i;
        }
    }
    return -1;
}

static void write_includes(Text *out, const char *body) {
    bool is_used[HEADER_COUNT] = {false};
    for (const char *p = body; *p;) {
        size_t length = 0;
        while (is_letter(p[length]))
            ++length;
        int header = length > 0 ? header_of(p, length) : -1;
        if (header >= 0) is_used[header] = true;
        p += length > 0 ? length : 1;
    }
    for (int i = 0; i < HEADER_COUNT; ++i)
        if (is_used[i]) text_format(out, "#include <%s>\n", known[i].header);
}

const FurtherHeader emit_further[] = {
    {"steelyard_fetch.h", {"sy_fetch_"}},
    {"steelyard_put.h", {"sy_put_"}},
    {"steelyard_block.h", {"sy_flip_", "sy_all_finite_"}},
    {"steelyard_scan.h", {"sy_running_"}},
    {"steelyard_tile.h", {"sy_panels_"}},
    {"steelyard_distance.h", {"sy_distances_"}},
};
const int emit_further_count = sizeof emit_further / sizeof *emit_further;

bool emit_needs(const FurtherHeader *further, const char *body) {
    for (int i = 0; i < 2 && further->begins[i]; ++i)
        if (strstr(body, further->begins[i])) return true;
    return false;
}

void emit_module(Compiler *compiler, const Module *module, Text *c_text, Text *h_text) {
    Emitter e = emitter_new(compiler, module);
    Text body = text_of_size(compiler->arena, BODY_SIZE);
    write_header(&e, h_text, NULL);
    write_functions(&e, &body);
    write_opening(&e, c_text, body.chars, false);
    text_format(c_text, "#include \"%s.h\"\n\n#include \"steelyard.h\"\n", module->model->name);
    for (int i = 0; i < emit_further_count; ++i)
        if (emit_needs(&emit_further[i], body.chars))
            text_format(c_text, "#include \"%s\"\n", emit_further[i].header);
    if (compiler->versions) text_add(c_text, "#include \"steelyard_version.h\"\n");
    write_includes(c_text, body.chars);
    text_add(c_text, "\n");
    text_add(c_text, body.chars);
}

/* Several such files may end in one program; each brings the two functions that describe a
 * status. */
void write_api(Text *out) {
    text_add(out, "#if defined(__GNUC__) && !defined(_WIN32)\n#define STEELYARD_API "
                  "__attribute__((weak))\n#endif\n");
}

void emit_standalone(Compiler *compiler, const Module *module, Text *c_text, Text *h_text) {
    Emitter e = emitter_new(compiler, module);
    Text body = text_of_size(compiler->arena, BODY_SIZE);
    Text public_parts = text_new(compiler->arena), private_parts = text_new(compiler->arena);
    write_functions(&e, &body);
    standalone_parts(&e, body.chars, &public_parts, &private_parts);
    names_public(&e, "", "");
    write_header(&e, h_text, public_parts.chars);
    write_opening(&e, c_text, body.chars, true);
    if (compiler->versions) standalone_version(&e, c_text);
    write_api(c_text);
    text_format(c_text, "#include \"%s.h\"\n\n", module->model->name);
    text_add(c_text, private_parts.chars);
    text_format(c_text, "/* --- %s --- */\n\n", module->model->name);
    text_add(c_text, body.chars);
}
