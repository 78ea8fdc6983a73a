/* libFuzzer target for what reads programs. Whatever the bytes: no fault, no leak past the arena,
 * and
 *  - a file that does not parse has a message;
 *  - a file that parses can be formatted, formatting twice changes nothing more, and the program
 * stays the same;
 *  - each declaration, printed, parses to a declaration that prints alike.
 * With FUZZ_CHECK the checker sees the program too, also what is left of one that does not parse.
 */
#include "syntax/ast.h"
#include "syntax/format.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef FUZZ_CHECK
#include "check/check.h"
#endif

static const Source *add(Compiler *compiler, const char *chars, size_t length) {
    return source_add(compiler->sources, "fuzz.sy", chars, length);
}

static const char *printed(Compiler *compiler, const Program *program, bool with_docs) {
    Text out = text_new(compiler->arena);
    for (int i = 0; i < program->decls.count; i++) {
        const Decl *decl = program->decls.items[i];
        decl_print(&out, decl);
        if (decl->doc && with_docs) text_format(&out, " ## %s", decl->doc);
        text_add(&out, "\n");
    }
    return out.chars;
}

static void must_equal(const char *what, const char *a, const char *b) {
    if (a && b && strcmp(a, b) == 0) return;
    fprintf(stderr, "%s\n--- first\n%s\n--- second\n%s\n", what, a ? a : "(none)",
            b ? b : "(none)");
    abort();
}

static void try_forms(Compiler *compiler, const Source *source, const Program *program) {
    const char *once = format_source(compiler, source);
    if (!once) bug("a program that parses is not formatted");
    const Source *formatted = add(compiler, once, strlen(once));
    must_equal("formatting twice", once, format_source(compiler, formatted));
    must_equal("formatting changes the program", printed(compiler, program, true),
               printed(compiler, parse_source(compiler, formatted), true));
    const char *text = printed(compiler, program, false);
    const Source *again = add(compiler, text, strlen(text));
    must_equal("printing changes the program", text,
               printed(compiler, parse_source(compiler, again), false));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    Compiler *compiler = compiler_new();
    const Source *source = add(compiler, (const char *)bytes, size);
    Program *program = parse_source(compiler, source);
    if (program->failed != (diagnostics_errors(compiler->diagnostics) > 0)) {
        bug("a program fails without a message, or has one without failing");
    }
#ifdef FUZZ_CHECK
    check_program(compiler, program);
#else
    if (!program->failed) try_forms(compiler, source, program);
#endif
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    diagnostics_print(compiler->diagnostics, out, true);
    diagnostics_print_json(compiler->diagnostics, out);
    fclose(out);
    free(text);
    compiler_free(compiler);
    return 0;
}
