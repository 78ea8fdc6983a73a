/* The formatter works on raw tokens, not on the tree: so every comment and every line break of the
 * user's stays. Takes a source that parses, gives its text with one space around operators, none
 * inside brackets, statements at the margin, blocks two columns in, continued lines four, trailing
 * comments in a column, at most one blank line in a row. */
#include "syntax/format.h"
#include "parser.h"
#include "syntax/parse.h"
#include <string.h>

enum {
    BLOCK_INDENT = 2,
    CONTINUED_INDENT = 4,
    COMMENT_GAP = 2,
    KEYWORD = 2000
};

typedef struct Line {
    const char *code;    /* without indentation; "" when there is a comment only */
    const char *comment; /* or NULL */
    int indent;
    bool after_blank; /* a blank line goes before it */
    bool opens_block;
} Line;

typedef struct Formatting {
    Compiler *compiler;
    const Source *source;
    Tokens tokens;
    int *next_kinds; /* the kind of the next token after each that is no newline or comment */
    Vector(Line) lines;
    /* the line being made */
    Text code;
    const char *comment;
    int indent;
    bool has_token;      /* something was read from it, if only a `;` */
    bool owes_semicolon; /* one that separates nothing is left out */
    /* where we are */
    bool blank_before;
    bool at_start;   /* of a statement */
    bool continued;  /* the line goes on from the one before */
    bool after_sign; /* the last token was a unary + or - */
    int last, first; /* kinds: the last token, the first of the statement; 0: none */
    uint32_t first_at, last_at;
    int depth, braces;
} Formatting;

static bool is_comment(int kind) {
    return kind == RAW_COMMENT || kind == RAW_DOC;
}

static bool is_layout(int kind) {
    return kind == RAW_NEWLINE || is_comment(kind);
}

static void read_tokens(Formatting *f) {
    Arena *arena = f->compiler->arena;
    Program unused = {.source = f->source};
    Parsing parsing = {.compiler = f->compiler, .source = f->source, .program = &unused};
    scanner_start(&parsing);
    for (bool more = true; more;) {
        Token token = scanner_next(&parsing);
        vector_push(arena, &f->tokens, token);
        more = token.kind != 0;
    }
    scanner_end(&parsing);
    f->next_kinds = ARENA_ARRAY(arena, int, f->tokens.count);
    for (int i = f->tokens.count - 2; i >= 0; i--) {
        int next = f->tokens.items[i + 1].kind;
        f->next_kinds[i] = is_layout(next) ? f->next_kinds[i + 1] : next;
    }
}

/* --- lines --- */

static void end_line(Formatting *f) {
    if (f->code.length || f->comment) {
        const char *code = arena_text(f->compiler->arena, f->code.chars, f->code.length);
        const Line *above = f->lines.count ? &f->lines.items[f->lines.count - 1] : NULL;
        bool is_edge = !above || code[0] == '}' || above->opens_block;
        Line line = {code, f->comment, f->indent, f->blank_before && !is_edge,
                     f->code.length && code[f->code.length - 1] == '{'};
        vector_push(f->compiler->arena, &f->lines, line);
        f->blank_before = false;
    } else if (!f->has_token) {
        f->blank_before = true;
    }
    f->code.length = 0;
    f->code.chars[0] = '\0';
    f->comment = NULL;
    f->has_token = f->owes_semicolon = false;
}

static void indent_line(Formatting *f, int kind) {
    bool closes = kind == ')' || kind == ']';
    f->indent = f->braces && kind != '}' ? BLOCK_INDENT : 0;
    if (f->continued && !(closes && f->depth == 1)) f->indent += CONTINUED_INDENT;
}

static void end_statement(Formatting *f) {
    f->at_start = true;
    f->continued = false;
    f->last = f->first = 0;
}

/* --- spaces --- */

static bool is_operand_end(int kind) {
    return token_ends_value(kind);
}

/* A declaration word that opens a declaration here, as layout.c has it. */
static int kind_here(const Formatting *f, const Token *token, int next) {
    int kind = token->kind;
    if (kind == LET || kind == FN) return KEYWORD;
    if (kind < MODEL || kind > STATE) return kind;
    bool opens =
        f->at_start && (f->braces == 0 || token_is_name(next) || (kind == USE && next == STRING));
    return opens ? KEYWORD : NAME;
}

/* Whether a space goes between the last token and this one, on the same line. */
static bool wants_space(const Formatting *f, int kind) {
    int last = f->last;
    if (last == '{' || kind == '{' || kind == '}') return true;
    if (last == 0 || last == '(' || last == '[' || f->after_sign) return false;
    if (kind == ',' || kind == ';' || kind == ':' || kind == ')' || kind == ']' || kind == DOTS)
        return false;
    if (last == '^' || kind == '^') return false;
    if (kind == '(' || kind == '[') return !is_operand_end(last);
    return true;
}

static void add_token(Formatting *f, int kind, Span span) {
    if (f->owes_semicolon && f->code.length && kind != '}') {
        text_add(&f->code, ";");
        f->last = ';';
    }
    f->owes_semicolon = false;
    if (f->code.length == 0) {
        indent_line(f, kind);
    } else if (wants_space(f, kind)) {
        text_add(&f->code, " ");
    }
    f->after_sign = (kind == '-' || kind == '+') && !is_operand_end(f->last);
    const char *chars = f->source->chars + (span.start - f->source->base);
    text_add_bytes(&f->code, chars, span.end - span.start);
    if (f->at_start) {
        f->first = kind;
        f->first_at = span.start;
    }
    f->at_start = false;
    f->last = kind;
    f->last_at = span.start;
}

/* --- tokens --- */

static void format_newline(Formatting *f, int next) {
    end_line(f);
    if (f->at_start) return;
    f->continued = f->depth > 0 || token_continues(f->last) || next == THEN || next == ELSE ||
                   next == AND || next == OR;
    if (!f->continued) end_statement(f);
}

static void format_comment(Formatting *f, const Token *token, int next) {
    const char *chars = f->source->chars + (token->span.start - f->source->base);
    size_t length = token->span.end - token->span.start;
    while (length &&
           (chars[length - 1] == ' ' || chars[length - 1] == '\t' || chars[length - 1] == '\r')) {
        length--;
    }
    if (f->code.length == 0) indent_line(f, f->braces && next == '}' && f->depth ? ')' : 0);
    f->comment = arena_text(f->compiler->arena, chars, length);
}

/* In a comparison `x<-1` the scanner has seen an arrow. */
static void format_arrow(Formatting *f, const Token *token) {
    bool is_arrow = f->depth == 0 && token_is_name(f->last) && f->last_at == f->first_at;
    if (is_arrow) {
        add_token(f, ARROW, token->span);
        return;
    }
    add_token(f, '<', (Span){token->span.start, token->span.start + 1});
    add_token(f, '-', (Span){token->span.start + 1, token->span.end});
}

static void format_token(Formatting *f, int i) {
    const Token *token = &f->tokens.items[i];
    int next = f->next_kinds[i];
    switch (token->kind) {
    case 0: end_line(f); return;
    case RAW_NEWLINE: format_newline(f, next); return;
    case RAW_COMMENT:
    case RAW_DOC: format_comment(f, token, next); return;
    case ';':
        f->owes_semicolon = f->has_token = true;
        end_statement(f);
        return;
    case ARROW: format_arrow(f, token); return;
    default: break;
    }
    bool was_open = f->depth > 0;
    add_token(f, kind_here(f, token, next), token->span);
    if (token->kind == '(' || token->kind == '[') f->depth++;
    if ((token->kind == ')' || token->kind == ']') && was_open) f->depth--;
    if (token->kind == '}') f->braces = 0;
    if (token->kind == '{') {
        f->braces = 1;
        end_statement(f);
        f->last = '{';
    }
}

/* --- the text --- */

static int width_of(const char *code) {
    int width = 0;
    for (; *code; code++) {
        width += ((unsigned char)*code & 0xc0) != 0x80;
    }
    return width;
}

/* The lines from `first` that carry a comment behind code, one below the other; their comments
 * share a column. */
static int group_end(const Formatting *f, int first, int *column) {
    int end = first;
    for (; end < f->lines.count; end++) {
        const Line *line = &f->lines.items[end];
        if (!line->comment || !line->code[0]) break;
        if (end > first && (line->after_blank || line->indent != f->lines.items[first].indent))
            break;
        int width = line->indent + width_of(line->code);
        if (width + COMMENT_GAP > *column) *column = width + COMMENT_GAP;
    }
    return end;
}

static char *lines_text(const Formatting *f) {
    Text out = text_new(f->compiler->arena);
    int end = 0, column = 0;
    for (int i = 0; i < f->lines.count; i++) {
        const Line *line = &f->lines.items[i];
        if (i >= end) {
            column = 0;
            end = group_end(f, i, &column);
        }
        if (line->after_blank) text_add(&out, "\n");
        text_format(&out, "%*s", line->indent, "");
        text_add(&out, line->code);
        if (line->comment && line->code[0]) {
            text_format(&out, "%*s", column - line->indent - width_of(line->code), "");
        }
        if (line->comment) text_add(&out, line->comment);
        text_add(&out, "\n");
    }
    return out.chars;
}

char *format_source(Compiler *compiler, const Source *source) {
    if (parse_source(compiler, source)->failed) return NULL;
    Formatting f = {.compiler = compiler, .source = source, .at_start = true};
    f.code = text_new(compiler->arena);
    read_tokens(&f);
    for (int i = 0; i < f.tokens.count; i++) {
        format_token(&f, i);
    }
    return lines_text(&f);
}
