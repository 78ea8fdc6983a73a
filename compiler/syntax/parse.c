/* Reads one file: takes a source, gives its Program. Bytes that are no text are reported before the
 * scanner sees them. */
#include "syntax/parse.h"
#include "parser.h"
#include <string.h>

/* The length of the UTF-8 character at bytes (NUL-terminated), or 0 if it is not one. */
static uint32_t character_length(const unsigned char *bytes) {
    uint32_t length = bytes[0] < 0x80   ? 1
                      : bytes[0] < 0xc2 ? 0
                      : bytes[0] < 0xe0 ? 2
                      : bytes[0] < 0xf0 ? 3
                                        : 4;
    if (bytes[0] > 0xf4) return 0;
    for (uint32_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) return 0;
    }
    bool is_wrong = (bytes[0] == 0xe0 && bytes[1] < 0xa0) ||
                    (bytes[0] == 0xed && bytes[1] > 0x9f) ||
                    (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] > 0x8f);
    return is_wrong ? 0 : length;
}

/* False when this is no text at all; the first wrong byte is reported. */
static bool check_bytes(Compiler *compiler, const Source *source) {
    const unsigned char *bytes = (const unsigned char *)source->chars;
    for (uint32_t at = 0; at < source->length;) {
        uint32_t length = character_length(bytes + at);
        Span span = {source->base + at, source->base + at + 1};
        if (bytes[at] == 0) {
            report(compiler->diagnostics, NUL_BYTE, span);
            return false;
        }
        if (length == 0) {
            report(compiler->diagnostics, NOT_TEXT, span,
                   arena_format(compiler->arena, "0x%02x", bytes[at]));
            return false;
        }
        at += length;
    }
    return true;
}

Program *parse_source(Compiler *compiler, const Source *source) {
    Program *program = ARENA_NEW(compiler->arena, Program);
    program->source = source;
    program->failed = !check_bytes(compiler, source);
    if (program->failed) return program;
    Parsing parsing = {.compiler = compiler, .source = source, .program = program};
    parsing.latest = (Token){.kind = NL, .span = {source->base, source->base}};
    scanner_start(&parsing);
    yyparse(&parsing);
    scanner_end(&parsing);
    return program;
}
