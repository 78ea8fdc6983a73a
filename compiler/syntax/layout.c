/* Lines and brackets: takes raw tokens, gives the grammar its tokens. A newline stays only where it
 * ends a statement; a declaration word stays one only where it opens a statement; doc comments
 * travel with the end of their statement. Brackets are matched here, so that a missing one is
 * reported where it was opened, and not at the end of the file. */
#include "parser.h"
#include "syntax/parse.h"
#include <string.h>

enum {
    DEEPEST_BRACKETS = 200
};

bool token_continues(int kind) {
    switch (kind) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '^':
    case ',':
    case '=':
    case ':':
    case '<':
    case '>':
    case '(':
    case '[':
    case LE:
    case GE:
    case EQ:
    case NE:
    case AND:
    case OR:
    case NOT:
    case IF:
    case THEN:
    case ELSE:
    case ARROW: return true;
    default: return false;
    }
}

bool token_is_name(int kind) {
    return kind == NAME || kind == LIKE || kind == OVER || kind == WITH ||
           (kind >= MODEL && kind <= STATE && kind != LET && kind != FN);
}

bool token_ends_value(int kind) {
    return token_is_name(kind) || kind == NUMBER || kind == STRING || kind == ')' || kind == ']';
}

/* --- raw tokens, with what lies ahead --- */

static Token stash_take(Parsing *parsing) {
    if (!parsing->has_stash) return scanner_next(parsing);
    parsing->has_stash = false;
    return parsing->stash;
}

static const char *doc_join(Parsing *parsing, const char *above, const char *below) {
    if (!above || !below) return above ? above : below;
    return arena_format(parsing->compiler->arena, "%s\n%s", above, below);
}

/* Comments are left out, and newlines in a row are one, with the doc comments between them. */
static Token raw_read(Parsing *parsing) {
    Token token = stash_take(parsing);
    while (token.kind == RAW_COMMENT) {
        token = stash_take(parsing);
    }
    if (token.kind != RAW_NEWLINE) return token;
    Text docs = {0};
    for (;;) {
        Token next = stash_take(parsing);
        if (next.kind == RAW_DOC) {
            if (docs.chars) text_add(&docs, "\n");
            if (!docs.chars) docs = text_new(parsing->compiler->arena);
            text_add(&docs, next.doc);
        } else if (next.kind != RAW_NEWLINE && next.kind != RAW_COMMENT) {
            parsing->stash = next;
            parsing->has_stash = true;
            token.doc = docs.chars;
            return token;
        }
    }
}

Token token_peek(Parsing *parsing, int distance) {
    Tokens *ahead = &parsing->ahead;
    while (ahead->count <= distance) {
        Token token = raw_read(parsing);
        vector_push(parsing->compiler->arena, ahead, token);
        memmove(ahead->items + 1, ahead->items, sizeof token * (size_t)(ahead->count - 1));
        ahead->items[0] = token;
    }
    return ahead->items[ahead->count - 1 - distance];
}

static Token raw_take(Parsing *parsing) {
    return parsing->ahead.count ? parsing->ahead.items[--parsing->ahead.count] : raw_read(parsing);
}

static void raw_return(Parsing *parsing, Token token) {
    vector_push(parsing->compiler->arena, &parsing->ahead, token);
}

/* --- what stands at the start of a line --- */

/* Whether the raw tokens ahead open a statement and can be nothing else: two names in a row are no
 * expression. */
static bool statement_ahead(Parsing *parsing) {
    int word = token_peek(parsing, 0).kind;
    if (word == LET || word == FN) return true;
    if (!token_is_name(word)) return false;
    int next = token_peek(parsing, 1).kind;
    if (word >= MODEL && word <= STATE)
        return token_is_name(next) || (word == USE && next == STRING);
    return parsing->in_block && next == ARROW && parsing->block_word.kind == RULE;
}

static bool at_line_start(const Parsing *parsing, const Token *token) {
    uint32_t at = token->span.start - parsing->source->base;
    return at == 0 || parsing->source->chars[at - 1] == '\n';
}

static bool starts_statement(const Parsing *parsing) {
    return parsing->latest.kind == NL || parsing->latest.kind == '{';
}

/* --- what is given to the parser --- */

static Token give(Parsing *parsing, Token token) {
    parsing->previous = parsing->latest;
    parsing->latest = token;
    if (token.kind == NL || token.kind == '{') parsing->has_begun = false;
    return token;
}

static void begin_statement(Parsing *parsing, const Token *token) {
    parsing->has_begun = true;
    parsing->first = *token;
    parsing->meant = token->kind;
    parsing->meant_name = token->span.end;
    parsing->line_failed = false;
    if (!parsing->in_block) parsing->block_failed = false;
    parsing->ifs.count = 0;
    parsing->doc_above = parsing->doc_next;
    parsing->doc_next = parsing->doc_after = NULL;
}

/* An error has been reported: the parser is to recover, in silence. */
static Token give_failure(Parsing *parsing, Span span) {
    parsing_failed(parsing);
    return give(parsing, (Token){.kind = YYerror, .span = span});
}

static Token give_end(Parsing *parsing) {
    uint32_t end = parsing->latest.span.end;
    if (end == 0) end = parsing->source->base;
    Token token = {.kind = NL, .span = {end, end}};
    token.doc = doc_join(parsing, parsing->doc_above, parsing->doc_after);
    parsing->doc_above = parsing->doc_after = NULL;
    return give(parsing, token);
}

/* --- brackets --- */

static const char *bracket_text(int kind) {
    switch (kind) {
    case '(': return "(";
    case ')': return ")";
    case '[': return "[";
    case ']': return "]";
    case '{': return "{";
    default: return "}";
    }
}

static int closer_of(int opener) {
    return opener == '(' ? ')' : opener == '[' ? ']' : '}';
}

static Token give_unclosed(Parsing *parsing) {
    Open open = parsing->open.items[parsing->open.count - 1];
    parsing->open.count = 0;
    if (!parsing->line_failed) {
        report(parsing->compiler->diagnostics, BRACKET_OPEN, open.span, bracket_text(open.kind),
               bracket_text(closer_of(open.kind)));
    }
    return give_failure(parsing, open.span);
}

/* Skips what cannot be read, to the end of the block or to where something new surely begins. */
static void skip_block(Parsing *parsing) {
    int depth = 1;
    while (depth > 0) {
        Token token = raw_take(parsing);
        if (token.kind == '{') depth++;
        if (token.kind == '}') depth--;
        Token next = token_peek(parsing, 0);
        if (token.kind == 0) raw_return(parsing, token);
        if (token.kind == 0) return;
        if (token.kind == RAW_NEWLINE && statement_ahead(parsing) &&
            at_line_start(parsing, &next)) {
            raw_return(parsing, token);
            return;
        }
    }
}

static void skip_statement(Parsing *parsing) {
    for (;;) {
        Token token = raw_take(parsing);
        bool ends = token.kind == 0 || (token.kind == RAW_NEWLINE && statement_ahead(parsing));
        if (!ends) continue;
        raw_return(parsing, token);
        return;
    }
}

static Token give_opener(Parsing *parsing, Token token) {
    if (parsing->open.count == DEEPEST_BRACKETS) {
        report(parsing->compiler->diagnostics, NESTED_TOO_DEEP, token.span);
        parsing->open.count = 0;
        skip_statement(parsing);
        return give_failure(parsing, token.span);
    }
    Open open = {token.kind, token.span, 0};
    vector_push(parsing->compiler->arena, &parsing->open, open);
    return give(parsing, token);
}

static Token give_closer(Parsing *parsing, Token token) {
    Diagnostics *diagnostics = parsing->compiler->diagnostics;
    Opens *open = &parsing->open;
    if (open->count == 0) {
        if (!parsing->line_failed) {
            report(diagnostics, BRACKET_EXTRA, token.span, bracket_text(token.kind));
        }
        return give_failure(parsing, token.span);
    }
    Open top = open->items[--open->count];
    if (closer_of(top.kind) == token.kind) return give(parsing, token);
    if (!parsing->line_failed) {
        report(diagnostics, BRACKET_MISMATCH, token.span, bracket_text(token.kind),
               bracket_text(top.kind), bracket_text(closer_of(top.kind)));
        report_also(diagnostics, top.span, "opened here");
    }
    /* The inner one was forgotten if this closes the outer one. */
    if (open->count && closer_of(open->items[open->count - 1].kind) == token.kind) open->count--;
    return give_failure(parsing, token.span);
}

static Token give_block(Parsing *parsing, Token token) {
    bool belongs = !parsing->in_block && (parsing->first.kind == FN || parsing->first.kind == RULE);
    if (belongs && parsing->open.count) {
        skip_block(parsing);
        return give_unclosed(parsing);
    }
    if (!belongs || parsing->line_failed) {
        if (!parsing->line_failed) {
            report(parsing->compiler->diagnostics, BLOCK_MISPLACED, token.span);
        }
        skip_block(parsing);
        return give_failure(parsing, token.span);
    }
    parsing->block = token;
    parsing->block_word = parsing->first;
    parsing->block_failed = false;
    parsing->in_block = true;
    parsing->block_doc = doc_join(parsing, parsing->doc_above, parsing->doc_after);
    return give(parsing, token);
}

static Token give_block_end(Parsing *parsing, Token token) {
    if (!parsing->in_block) {
        if (!parsing->line_failed) {
            report(parsing->compiler->diagnostics, BRACKET_EXTRA, token.span, "}");
        }
        return give_failure(parsing, token.span);
    }
    bool is_waiting = parsing->open.count || !starts_statement(parsing);
    if (is_waiting) raw_return(parsing, token);
    if (parsing->open.count) return give_unclosed(parsing);
    if (is_waiting) return give_end(parsing);
    parsing->doc_above = parsing->block_doc;
    parsing->in_block = false;
    return give(parsing, token);
}

/* The } was forgotten: it is put before what cannot stand in a block. */
static Token give_missing_end(Parsing *parsing) {
    if (!parsing->line_failed) {
        report(parsing->compiler->diagnostics, BRACKET_OPEN, parsing->block.span, "{", "}");
    }
    parsing_failed(parsing);
    parsing->doc_above = parsing->block_doc;
    uint32_t end = parsing->latest.span.end;
    Token given = give(parsing, (Token){.kind = '}', .span = {end, end}});
    parsing->in_block = false;
    parsing->owes_end = true;
    return given;
}

/* --- one token after the other --- */

static bool is_hidden(Parsing *parsing, const Token *newline) {
    int latest = parsing->latest.kind;
    if (starts_statement(parsing)) {
        parsing->doc_next = doc_join(parsing, parsing->doc_next, newline->doc);
        return true;
    }
    if (token_continues(latest)) return !statement_ahead(parsing);
    int next = token_peek(parsing, 0).kind;
    return next == THEN || next == ELSE || next == AND || next == OR;
}

/* The newline or `;`, if it ends a statement. */
static bool give_newline(Parsing *parsing, Token token, Token *given) {
    if (parsing->open.count) {
        if (token.kind == RAW_NEWLINE && !statement_ahead(parsing)) return false;
        raw_return(parsing, token);
        *given = give_unclosed(parsing);
        return true;
    }
    while (token.kind == ';' && token_peek(parsing, 0).kind == ';') {
        raw_take(parsing);
    }
    /* A doc comment behind the last `;` of a line is about what stands before it. */
    bool is_last = token.kind == ';' && token_peek(parsing, 0).kind == RAW_DOC;
    if (is_last || (token.kind == ';' && starts_statement(parsing))) return false;
    if (token.kind == RAW_NEWLINE && is_hidden(parsing, &token)) return false;
    *given = give_end(parsing);
    parsing->doc_next = token.doc;
    return true;
}

/* A declaration word is a word like any other where no declaration opens. */
static Token give_word(Parsing *parsing, Token token) {
    bool is_declaration = token.kind >= MODEL && token.kind <= STATE;
    if (!is_declaration || token.kind == LET || token.kind == FN) return give(parsing, token);
    bool opens = starts_statement(parsing);
    if (opens && parsing->in_block) {
        int next = token_peek(parsing, 0).kind;
        opens = token_is_name(next) || (token.kind == USE && next == STRING);
    }
    if (!opens) token.kind = NAME;
    return give(parsing, token);
}

static bool ends_block_early(Parsing *parsing, const Token *token) {
    if (!parsing->in_block || !starts_statement(parsing)) return false;
    if (token->kind == 0) return true;
    if (!at_line_start(parsing, token) || token->kind < MODEL || token->kind > STATE) return false;
    if (token->kind == FN || token->kind == MINIMIZE) return true;
    if (token->kind == LET || token->kind == DIM || token->kind == STATE) return false;
    int next = token_peek(parsing, 0).kind;
    return token_is_name(next) || next == STRING;
}

static Token give_last(Parsing *parsing, Token token) {
    raw_return(parsing, token); /* it comes again and again */
    if (parsing->open.count) return give_unclosed(parsing);
    if (!starts_statement(parsing)) return give_end(parsing);
    return give(parsing, raw_take(parsing));
}

static Token give_foreign(Parsing *parsing, Token token) {
    static const struct {
        const char *text, *instead;
        int kind;
    } foreign[] = {
        {"&&", "and", AND},
        {"||", "or", OR},
        {"&", "and", AND},
        {"|", "or", OR},
        {"!", "not", '-'},
        {"~", "not", '-'},
        {"**", "^", '^'},
        {"===", "==", EQ},
        {"!==", "!=", NE},
        {"<>", "!=", NE},
        {"=>", ">=", GE},
        {":=", "=", '='},
        {"->", "<-", ARROW},
        {"%", "mod(a, b)", '/'},
        {"//", "div(a, b)", '/'},
        {"@", "sum[k](a * b)", '*'},
        {"?", "if a then b else c", YYerror},
        {".", "sum[n](x) for x.sum(n), exp(x) for np.exp(x): names have no members", YYerror},
        {"+=", "let y = x + ...", YYerror},
        {"-=", "let y = x - ...", YYerror},
        {"*=", "let y = x * ...", YYerror},
        {"/=", "let y = x / ...", YYerror},
    };
    const char *instead = "";
    int kind = YYerror;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (strcmp(token.word.name, foreign[i].text)) continue;
        instead = foreign[i].instead;
        kind = foreign[i].kind;
    }
    complain_foreign(parsing, &token, instead);
    if (kind == YYerror) return give_failure(parsing, token.span);
    token.kind = kind;
    return give(parsing, token);
}

static Token give_misfit(Parsing *parsing, Token token) {
    Diagnostics *diagnostics = parsing->compiler->diagnostics;
    bool is_silent = parsing->line_failed;
    parsing_failed(parsing);
    if (token.kind == RAW_FOREIGN && !is_silent) return give_foreign(parsing, token);
    if (token.kind == RAW_BAD_NUMBER && !is_silent) {
        report(diagnostics, NUMBER_RUNS_ON, token.span, token.word.name);
    }
    if (token.kind == RAW_OPEN_STRING && !is_silent) report(diagnostics, TEXT_OPEN, token.span);
    int kind = YYerror;
    if (token.kind == RAW_UNKNOWN && !is_silent) kind = complain_character(parsing, &token);
    if (token.kind == RAW_BAD_NUMBER) kind = NUMBER;
    if (token.kind == RAW_OPEN_STRING) kind = STRING;
    token.kind = kind ? kind : YYerror;
    return give(parsing, token);
}

static Token give_arrow(Parsing *parsing, Token token) {
    bool is_arrow = token_is_name(parsing->latest.kind) && parsing->open.count == 0 &&
                    parsing->latest.span.start == parsing->first.span.start;
    if (is_arrow) return give(parsing, token);
    Token minus = token;
    minus.kind = '-';
    minus.span.start++;
    raw_return(parsing, minus);
    token.kind = '<';
    token.span.end--;
    return give(parsing, token);
}

static Token give_if(Parsing *parsing, Token token) {
    Opens *ifs = &parsing->ifs;
    Open open = {token.kind, token.span, parsing->open.count};
    bool is_top = ifs->count && ifs->items[ifs->count - 1].depth == parsing->open.count;
    if (token.kind == ELSE && is_top) ifs->count--;
    Token given = give(parsing, token);
    if (token.kind == IF) vector_push(parsing->compiler->arena, ifs, open);
    return given;
}

static Token next_token(Parsing *parsing) {
    if (parsing->owes_end) {
        parsing->owes_end = false;
        return give_end(parsing);
    }
    for (;;) {
        Token token = raw_take(parsing), given;
        if (ends_block_early(parsing, &token)) {
            raw_return(parsing, token);
            return give_missing_end(parsing);
        }
        bool is_layout = token.kind == 0 || token.kind >= RAW_NEWLINE || token.kind == ';';
        bool is_misfit = token.kind > RAW_DOC;
        if (!parsing->has_begun && (!is_layout || is_misfit)) begin_statement(parsing, &token);
        switch (token.kind) {
        case 0: return give_last(parsing, token);
        case ';':
        case RAW_NEWLINE:
            if (give_newline(parsing, token, &given)) return given;
            break;
        case RAW_DOC:
            if (parsing->open.count || token_continues(parsing->latest.kind)) break;
            if (parsing->latest.kind == '{') {
                parsing->block_doc = doc_join(parsing, parsing->block_doc, token.doc);
            } else if (starts_statement(parsing)) {
                parsing->doc_next = doc_join(parsing, parsing->doc_next, token.doc);
            } else {
                parsing->doc_after = doc_join(parsing, parsing->doc_after, token.doc);
            }
            break;
        case '(':
        case '[': return give_opener(parsing, token);
        case ')':
        case ']': return give_closer(parsing, token);
        case '{': return give_block(parsing, token);
        case '}': return give_block_end(parsing, token);
        case IF:
        case ELSE: return give_if(parsing, token);
        case ARROW: return give_arrow(parsing, token);
        case RAW_FOREIGN:
        case RAW_UNKNOWN:
        case RAW_OPEN_STRING:
        case RAW_BAD_NUMBER: return give_misfit(parsing, token);
        default: return give_word(parsing, token);
        }
    }
}

int yylex(YYSTYPE *value, Span *span, Parsing *parsing) {
    Token token = next_token(parsing);
    *span = token.span;
    if (token.kind == NL) {
        value->doc = token.doc;
    } else {
        value->word = token.word;
    }
    return token.kind;
}
