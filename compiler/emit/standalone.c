/* Files that stand alone. In: the runtime's texts, as the compiler carries them, and an emitted
 * body; out: the runtime's definitions that the body needs, directly or through others, in an order
 * that C accepts.
 *
 * A text is cut at its outermost level into parts: a directive (or all from #if to its #endif), a
 * function, a type, or a macro's use that defines functions, each with the comment above it. A part
 * offers the names that it defines. It is taken when a part taken, or the body, mentions one of
 * them; parts that offer nothing (checks of compiler modes) always are. An #include goes to the
 * top, but one under a condition stays there. */
#include "base/embedded.h"
#include "emit/writer.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct Part {
    const char *text; /* with its comment, ends with a newline */
    Vector(const char *) names;
    bool generated; /* by a macro, whose pasted names it may define or use */
    bool taken;
} Part;

typedef struct Parts {
    Arena *arena;
    Vector(Part *) items;
    Vector(const char *) files;   /* that have been cut, in the order of their #includes */
    Vector(const char *) headers; /* <...> */
} Parts;

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_runtime_name(const char *name) {
    return strncmp(name, "sy_", 3) == 0 || strncmp(name, "SY_", 3) == 0 ||
           strncmp(name, "steelyard_", 10) == 0 || strncmp(name, "STEELYARD_", 10) == 0;
}

/* The word that starts at p. */
static const char *word_at(Arena *arena, const char *p) {
    size_t length = 0;
    while (is_word(p[length]))
        ++length;
    return arena_text(arena, p, length);
}

/* The text without comments and strings, so that brackets and words can be counted. */
static char *bare(Arena *arena, const char *text) {
    char *out = arena_text(arena, text, strlen(text));
    for (char *p = out; *p;) {
        char *end = p + 1;
        if (p[0] == '/' && p[1] == '*') {
            char *close = strstr(p + 2, "*/");
            end = close ? close + 2 : p + strlen(p);
        } else if (*p == '"' || *p == '\'') {
            while (*end && *end != *p)
                end += end[0] == '\\' && end[1] ? 2 : 1;
            if (*end) ++end;
        } else {
            ++p;
            continue;
        }
        for (; p < end; ++p) {
            if (*p != '\n') *p = ' ';
        }
    }
    return out;
}

static void offer(Parts *parts, Part *part, const char *name) {
    if (is_runtime_name(name)) vector_push(parts->arena, &part->names, name);
}

/* Every name that a #define in the text gives. */
static bool offer_macros(Parts *parts, Part *part, const char *code) {
    bool any = false;
    for (const char *p = code; (p = strstr(p, "#define ")) != NULL;) {
        p += strlen("#define ");
        offer(parts, part, word_at(parts->arena, p));
        any = true;
    }
    return any;
}

/* Every function that the text of a condition defines. */
static void offer_functions(Parts *parts, Part *part, const char *code) {
    for (const char *p = code; (p = strstr(p, "\nSY_FN")) != NULL;) {
        ++p;
        const char *end = p + strcspn(p, "(;"), *start = end;
        while (start > p && is_word(start[-1]))
            --start;
        if (*end == '(') offer(parts, part, arena_text(parts->arena, start, (size_t)(end - start)));
    }
}

/* SY_DEFINE_X(argument, ...): the argument itself, and whatever the macro pastes in front of it,
 * which may be what it uses. */
static void offer_generated(Parts *parts, Part *part, const char *macro, const char *argument) {
    part->generated = true;
    offer(parts, part, argument);
    for (int i = 0; i < parts->items.count; ++i) {
        const Part *other = parts->items.items[i];
        if (other->names.count == 0 || strcmp(other->names.items[0], macro) != 0) continue;
        for (const char *p = other->text; (p = strstr(p, "##")) != NULL; p += 2) {
            const char *start = p;
            while (start > other->text && is_word(start[-1]))
                --start;
            const char *prefix = arena_text(parts->arena, start, (size_t)(p - start));
            offer(parts, part, arena_format(parts->arena, "%s%s", prefix, argument));
        }
    }
}

static void offer_names(Parts *parts, Part *part, const char *code) {
    Arena *arena = parts->arena;
    while (isspace((unsigned char)*code))
        ++code;
    if (*code == '#') {
        offer_macros(parts, part, code);
        offer_functions(parts, part, code);
        return;
    }
    if (strncmp(code, "typedef", 7) == 0 || strncmp(code, "enum", 4) == 0 ||
        strncmp(code, "struct", 6) == 0) {
        for (const char *p = code; *p; ++p) { /* its members' names cost nothing */
            if (is_word(*p) && !is_word(p[-1])) offer(parts, part, word_at(arena, p));
        }
        return;
    }
    const char *end = code + strcspn(code, "(=[;"), *start;
    while (end > code && !is_word(end[-1]))
        --end;
    for (start = end; start > code && is_word(start[-1]);)
        --start;
    const char *name = arena_text(arena, start, (size_t)(end - start));
    bool is_macro = start == code && *end == '(';
    if (is_macro) {
        const char *argument = end + 1;
        for (; *argument && *argument != ',' && *argument != ')';
             ++argument) { /* `HEAD` may be a whole function's */
            if (is_word(*argument) && (argument[1] == '(' || !is_word(argument[1]))) break;
        }
        while (argument > end + 1 && is_word(argument[-1]))
            --argument;
        offer_generated(parts, part, name, word_at(arena, argument));
    } else {
        offer(parts, part, name);
    }
}

static void cut(Parts *parts, const char *file);

static void take_include(Parts *parts, const char *line) {
    const char *name = line + strcspn(line, "\"<");
    char close = *name == '<' ? '>' : '"';
    const char *end = strchr(name + 1, close);
    if (!end) return;
    const char *file = arena_text(parts->arena, name + 1, (size_t)(end - name - 1));
    if (close == '"') {
        cut(parts, arena_format(parts->arena, "runtime/%s", file));
        return;
    }
    for (int i = 0; i < parts->headers.count; ++i) {
        if (strcmp(parts->headers.items[i], file) == 0) return;
    }
    vector_push(parts->arena, &parts->headers, file);
}

/* A header's own guard is neither a definition nor a condition. */
static const char *guard_of(Arena *arena, const char *code) {
    const char *start = strstr(code, "#ifndef STEELYARD_");
    if (!start) return "";
    const char *name = word_at(arena, start + strlen("#ifndef "));
    size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, "_H") == 0 ? name : "";
}

static void finish_part(Parts *parts, Text *text, Text *code) {
    Part *part = ARENA_NEW(parts->arena, Part);
    part->text = text->chars;
    offer_names(parts, part, code->chars);
    vector_push(parts->arena, &parts->items, part);
    *text = text_new(parts->arena);
    *code = text_new(parts->arena);
}

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_blank(const char *text) {
    return text[strspn(text, " \n")] == '\0';
}

/* Whether these lines, so far, are a whole part; code is what they are without comments. */
static bool is_complete(const char *code, int depth, int conditions) {
    size_t length = strlen(code);
    while (length > 0 && (code[length - 1] == '\n' || code[length - 1] == ' '))
        --length;
    return length > 0 && depth == 0 && conditions == 0 && code[length - 1] != '\\';
}

static void cut(Parts *parts, const char *file) {
    Arena *arena = parts->arena;
    for (int i = 0; i < parts->files.count; ++i) {
        if (strcmp(parts->files.items[i], file) == 0) return;
    }
    vector_push(arena, &parts->files, file);
    const char *whole = embedded_file(file);
    if (!whole) bug("the runtime file %s is not embedded", file);
    const char *all_code = bare(arena, whole), *guard = guard_of(arena, all_code);
    Text text = text_new(arena), code = text_new(arena);
    int depth = 0, conditions = 0;
    bool opens_file = true; /* the file's own comment is for those who read the runtime */
    for (const char *p = whole, *q = all_code; *p;) {
        size_t length = strcspn(p, "\n");
        if (p[length]) ++length;
        const char *line = arena_text(arena, p, length), *line_code = arena_text(arena, q, length);
        p += length;
        q += length;
        bool is_guard = *guard && starts_with(line, "#") && text_has_word(line, guard);
        bool is_last = starts_with(line, "#endif") && conditions == 0;
        if (is_guard || is_last) {
            if (opens_file) text = text_new(arena);
            opens_file = false;
            continue;
        }
        if (starts_with(line, "#include") && conditions == 0) {
            if (opens_file) text = text_new(arena);
            opens_file = false;
            take_include(parts, line);
            continue;
        }
        if (starts_with(line, "#define _")) continue; /* what libc shows: write_opening says it */
        if (is_blank(line) && is_blank(text.chars)) continue;
        text_add(&text, line);
        text_add(&code, line_code);
        if (starts_with(line_code, "#if")) ++conditions;
        if (starts_with(line_code, "#endif")) --conditions;
        for (const char *c = line_code; *c; ++c) {
            depth += *c == '{' || *c == '(';
            depth -= *c == '}' || *c == ')';
        }
        bool is_cpp_only =
            strstr(code.chars, "extern \"C\"") || text_has_word(code.chars, "__cplusplus");
        if (!is_complete(code.chars, depth, conditions) && !is_cpp_only) continue;
        if (is_cpp_only && conditions > 0) continue;
        depth = is_cpp_only ? 0 : depth; /* the brace of extern "C" */
        finish_part(parts, &text, &code);
    }
}

/* Marks what `text` mentions, and what those parts mention. */
static void take_mentioned(Parts *parts, const char *text) {
    for (int i = 0; i < parts->items.count; ++i) {
        Part *part = parts->items.items[i];
        for (int j = 0; j < part->names.count && !part->taken; ++j) {
            if (!text_has_word(text, part->names.items[j])) continue;
            part->taken = true;
            take_mentioned(parts, part->text);
            for (int k = 0; part->generated && k < part->names.count; ++k)
                take_mentioned(parts, part->names.items[k]);
        }
    }
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_parts(Text *out, Parts *parts, bool all) {
    qsort(parts->headers.items, (size_t)parts->headers.count, sizeof *parts->headers.items,
          by_name);
    for (int i = 0; i < parts->headers.count; ++i)
        text_format(out, "#include <%s>\n", parts->headers.items[i]);
    if (parts->headers.count > 0) text_add(out, "\n");
    for (int i = 0; i < parts->items.count; ++i) {
        const Part *part = parts->items.items[i];
        if (!all && !part->taken && part->names.count > 0) continue;
        text_add(out, part->text);
        text_add(out, "\n");
    }
}

static void write_hidden(Text *out, Parts *hidden) {
    text_add(out, "/* --- from the runtime, in its own layout --- */\n/* clang-format off */\n\n");
    write_parts(out, hidden, false);
    text_add(out, "/* clang-format on */\n\n");
}

static bool is_api(const Part *part) {
    const char *code = part->text;
    while (starts_with(code, "/*")) /* the comment above it */
        code = strstr(code, "*/") + strlen("*/\n");
    return starts_with(code, "STEELYARD_API ") || starts_with(code, "SY_STATE_API ");
}

/* Each version has its own: those of one level may not run on a processor of another. */
void standalone_version(Emitter *e, Text *out) {
    static const char *const files[] = {"runtime/status.c", "runtime/state.c"};
    text_add(out, "/* clang-format off */\n");
    Parts names = {.arena = e->c->arena};
    cut(&names, "runtime/steelyard_version.h");
    write_parts(out, &names, true);
    Parts all = {.arena = e->c->arena};
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i)
        cut(&all, files[i]);
    for (int i = 0; i < all.items.count; ++i) {
        const Part *part = all.items.items[i];
        if (!is_api(part) || part->names.count == 0) continue;
        text_format(out, "#define %s SY_LEVEL(%s)\n", part->names.items[0], part->names.items[0]);
    }
    text_add(out, "/* clang-format on */\n");
}

void standalone_levels(Emitter *e, const char *body, Text *out) {
    Parts hidden = {.arena = e->c->arena};
    vector_push(e->c->arena, &hidden.files, "runtime/steelyard_call.h");
    cut(&hidden, "runtime/steelyard_levels.h");
    cut(&hidden, "runtime/status.c");
    take_mentioned(&hidden, body);
    take_mentioned(&hidden, "steelyard_status steelyard_describe");
    write_hidden(out, &hidden);
    text_format(out, "/* --- %s --- */\n\n", e->module->model->name);
}

void standalone_parts(Emitter *e, const char *body, Text *public_parts, Text *private_parts) {
    Arena *arena = e->c->arena;
    Parts shown = {.arena = arena}, hidden = {.arena = arena};
    cut(&shown, "runtime/steelyard_call.h");
    text_add(public_parts, "#ifndef STEELYARD_CALL_H\n#define STEELYARD_CALL_H\n");
    write_parts(public_parts, &shown, true);
    text_add(public_parts, "#endif\n\n");
    vector_push(arena, &hidden.files, "runtime/steelyard_call.h");
    cut(&hidden, "runtime/steelyard.h");
    for (int i = 0; i < emit_further_count; ++i)
        if (emit_needs(&emit_further[i], body))
            cut(&hidden, arena_format(arena, "runtime/%s", emit_further[i].header));
    cut(&hidden, "runtime/status.c");
    cut(&hidden, "runtime/state.c");
    take_mentioned(&hidden, body);
    take_mentioned(&hidden, "steelyard_status steelyard_describe");
    write_hidden(private_parts, &hidden);
}
