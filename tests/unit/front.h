/* What the tests of base and syntax share: a program as text, and what became of it. */
#ifndef TESTS_UNIT_FRONT_H
#define TESTS_UNIT_FRONT_H
#include "base/compiler.h"
#include "syntax/ast.h"
#include "syntax/format.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Front {
    Compiler *compiler;
    const Source *source;
    Program *program;
} Front;

static inline Front front_bytes(const char *chars, size_t length) {
    Front front = {.compiler = compiler_new()};
    front.source = source_add(front.compiler->sources, "test.sy", chars, length);
    front.program = parse_source(front.compiler, front.source);
    return front;
}

static inline Front front_parse(const char *chars) {
    return front_bytes(chars, strlen(chars));
}

/* The declarations, each on a line, with their docs. */
static inline const char *front_printed(Front *front, bool with_docs) {
    Text out = text_new(front->compiler->arena);
    for (int i = 0; i < front->program->decls.count; i++) {
        const Decl *decl = front->program->decls.items[i];
        decl_print(&out, decl);
        if (with_docs && decl->doc) text_format(&out, " ## %s", decl->doc);
        text_add(&out, "\n");
    }
    return out.chars;
}

/* The messages as printed; the caller frees. */
static inline char *front_messages(const Compiler *compiler, bool json) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (json) {
        diagnostics_print_json(compiler->diagnostics, out);
    } else {
        diagnostics_print(compiler->diagnostics, out, false);
    }
    fclose(out);
    return text;
}
#endif
