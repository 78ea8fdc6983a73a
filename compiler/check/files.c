/* Fns and rules of other files: what `use "more.sy"` names, relative to the file that says so, and
 * the library that comes with the compiler, of which a fn is read when a call names it and nobody
 * declared it.
 * Anything else in such a file is not looked at. */
#include "base/embedded.h"
#include "check/checker.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Using { /* files being read, innermost first */
    const char *path;
    const struct Using *outer;
} Using;

static void adopt(Checker *c, const Program *program, Table *functions, Table *rules) {
    for (int i = 0; i < program->decls.count; i++) {
        Decl *decl = program->decls.items[i];
        Word word = decl->target.name;
        if (decl->kind != DECL_FN && decl->kind != DECL_RULE) continue;
        Table *table = decl->kind == DECL_FN ? functions : rules;
        if (builtin_find(c, word.name)) {
            report(c->compiler->diagnostics, OPERATION_NAME, word.span, word.name);
            continue;
        }
        Symbol *first = table_get(table, word.name);
        if (first) {
            report(c->compiler->diagnostics, DECLARED_TWICE, word.span, word.name);
            report_also(c->compiler->diagnostics, first->span, "first declared here");
            continue;
        }
        Symbol *symbol = ARENA_NEW(c->arena, Symbol);
        *symbol = (Symbol){.kind = decl->kind == DECL_FN ? SYMBOL_FN : SYMBOL_RULE,
                           .name = word.name,
                           .span = word.span,
                           .decl = decl,
                           .is_foreign = true};
        table_set(table, word.name, symbol);
    }
}

static char *read_whole(Arena *arena, const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    Text text = text_new(arena);
    char chunk[4096];
    size_t count;
    while ((count = fread(chunk, 1, sizeof chunk, file)) > 0)
        text_add_bytes(&text, chunk, count);
    bool failed = ferror(file);
    int reason = errno;
    fclose(file);
    errno = reason;
    *length = text.length;
    return failed ? NULL : text.chars;
}

static const char *beside(Checker *c, const char *path, const char *used) {
    const char *slash = strrchr(path, '/');
    if (!slash || used[0] == '/') return used;
    return arena_format(c->arena, "%.*s/%s", (int)(slash - path), path, used);
}

/* One name for a file however it is reached. */
static Name canonical(Checker *c, const char *path) {
    char *real = realpath(path, NULL);
    Name name = name_word(c, real ? real : path);
    free(real);
    return name;
}

static void use_all(Checker *c, const Program *program, const Using *outer, Table *seen);

static void use_one(Checker *c, const Program *program, const Decl *decl, const Using *outer,
                    Table *seen) {
    const char *path = beside(c, program->source->path, decl->path);
    Name name = canonical(c, path);
    for (const Using *file = outer; file; file = file->outer)
        if (file->path == name) {
            report(c->compiler->diagnostics, USE_CYCLE, decl->span, decl->path);
            return;
        }
    if (!table_add(seen, name)) return;
    size_t length = 0;
    errno = 0;
    const char *chars = read_whole(c->arena, path, &length);
    if (!chars) {
        report(c->compiler->diagnostics, USE_NOT_READ, decl->span, path,
               strerror(errno ? errno : EIO));
        return;
    }
    Program *used =
        parse_source(c->compiler, source_add(c->compiler->sources, path, chars, length));
    adopt(c, used, &c->functions, &c->rules);
    Using here = {name, outer};
    use_all(c, used, &here, seen);
}

static void use_all(Checker *c, const Program *program, const Using *outer, Table *seen) {
    for (int i = 0; i < program->decls.count; i++) {
        const Decl *decl = program->decls.items[i];
        if (decl->kind == DECL_USE && decl->path) use_one(c, program, decl, outer, seen);
    }
}

void files_use(Checker *c) {
    Table seen = table_new(c->arena);
    Using here = {canonical(c, c->program->source->path), NULL};
    use_all(c, c->program, &here, &seen);
}

/* --- the library --- */

/* Notes where each fn and rule of a file stands: from the comments above the line that opens it,
 * the only ones that begin so, to the comments above the next. */
static void library_note(Checker *c, const Source *source) {
    Source *part = NULL;
    const char *comments = NULL; /* the first of those right above the line */
    for (const char *line = source->chars, *next; *line; line = next) {
        const char *end = strchr(line, '\n');
        next = end ? end + 1 : line + strlen(line);
        int opening = strncmp(line, "fn ", 3) == 0 ? 3 : strncmp(line, "rule ", 5) == 0 ? 5 : 0;
        if (opening > 0) {
            const char *start = comments ? comments : line, *name = line + opening;
            uint32_t before = (uint32_t)(start - source->chars);
            if (part) part->length = (uint32_t)(start - part->chars);
            part = ARENA_NEW(c->arena, Source);
            *part = (Source){source->path, start, source->length - before, source->base + before};
            table_set(&c->library_unread,
                      name_intern(c->compiler->names, name, strcspn(name, "[( ")), part);
        }
        if (*line != '#' && *line != '\n')
            comments = NULL;
        else if (!comments)
            comments = line;
    }
}

/* A program uses few fns of the library: only these are parsed, and those that they call. */
static void library_read(Checker *c, Name name) {
    for (const Embedded *file = embedded_files; !c->is_library_noted && file->name; file++)
        if (strncmp(file->name, "library/", 8) == 0)
            library_note(
                c, source_add(c->compiler->sources, file->name, file->text, strlen(file->text)));
    c->is_library_noted = true;
    const Source *part = table_get(&c->library_unread, name);
    if (!part) return;
    table_set(&c->library_unread, name, NULL);
    adopt(c, parse_source(c->compiler, part), &c->library, &c->library_rules);
    const Symbol *fn = table_get(&c->library, name);
    if (fn) names_resolve_fn(c, fn);
}

Symbol *library_find(Checker *c, Name name) {
    library_read(c, name);
    return table_get(&c->library, name);
}

Symbol *library_rule(Checker *c, Name name) {
    library_read(c, name);
    return table_get(&c->library_rules, name);
}

const Table *library_whole(Checker *c) {
    for (int i = 0; i < c->library_unread.capacity; i++)
        if (c->library_unread.slots[i].value) library_read(c, c->library_unread.slots[i].key);
    return &c->library;
}
