/* What a syntax error means: takes the token that fits nowhere, what stands before it and what
 * could have come, gives the message that a person at the next desk would give. One message a
 * statement. */
#include "parser.h"
#include "syntax/parse.h"
#include <stdlib.h>
#include <string.h>

const char *token_text(Parsing *parsing, const Token *token) {
    if (token->kind == 0) return "the end of the file";
    if (token->kind == NL) return "the end of the line";
    const char *chars = parsing->source->chars + (token->span.start - parsing->source->base);
    return arena_text(parsing->compiler->arena, chars, token->span.end - token->span.start);
}

static bool expects(const Expected *expected, const char *name) {
    for (int i = 0; i < expected->count; i++) {
        if (strcmp(expected->names[i], name) == 0) return true;
    }
    return false;
}

static bool is_declaration(int kind) {
    return kind >= MODEL && kind <= STATE;
}

/* Declaration words in other places have become names by now. */
static bool ends_value(int kind) {
    return token_ends_value(kind) && !is_declaration(kind);
}

/* --- words that are nearly right --- */

enum {
    WORD_LONGEST = 16
};

/* The number of letters to add, drop, replace or swap with a neighbour. */
static int distance(const char *a, const char *b) {
    int rows[3][WORD_LONGEST + 1];
    int length_a = (int)strlen(a), length_b = (int)strlen(b);
    if (length_a > WORD_LONGEST || length_b > WORD_LONGEST) return WORD_LONGEST;
    for (int j = 0; j <= length_b; j++) {
        rows[0][j] = j;
    }
    for (int i = 1; i <= length_a; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= length_b; j++) {
            int best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (is_swap && above2[j - 2] + 1 < best) best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[length_a % 3][length_b];
}

static const struct {
    const char *word;
    int kind;
} declarations[] = {
    {"model", MODEL},   {"real", REAL},     {"dim", DIM},     {"input", INPUT},
    {"weight", WEIGHT}, {"mask", MASK},     {"param", PARAM}, {"const", CONST},
    {"let", LET},       {"output", OUTPUT}, {"loss", LOSS},   {"minimize", MINIMIZE},
    {"fn", FN},         {"rule", RULE},     {"entry", ENTRY}, {"use", USE},
};
enum {
    DECLARATIONS = sizeof declarations / sizeof *declarations
};

static int declaration_token(const char *word) {
    for (int i = 0; i < DECLARATIONS; i++) {
        if (strcmp(word, declarations[i].word) == 0) return declarations[i].kind;
    }
    return NAME;
}

/* The declaration word that was meant, or NULL. */
static const char *nearest_declaration(const char *word) {
    static const char *const elsewhere[][2] = {
        {"parameter", "param"}, {"axis", "dim"},       {"dimension", "dim"},
        {"size", "dim"},        {"def", "fn"},         {"func", "fn"},
        {"function", "fn"},     {"import", "use"},     {"include", "use"},
        {"var", "let"},         {"val", "let"},        {"auto", "let"},
        {"constant", "const"},  {"weights", "weight"}, {"optimizer", "rule"},
        {"optimiser", "rule"},  {"train", "minimize"}, {"minimise", "minimize"},
        {"objective", "loss"},  {"returns", "output"}, {"return", "output"},
        {"data", "input"},      {"float", "real"},     {"bool", "mask"},
    };
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        int slack = strlen(word) > 5;
        if (distance(word, elsewhere[i][0]) <= slack) return elsewhere[i][1];
    }
    const char *best = NULL;
    int least = strlen(word) > 4 ? 3 : 2;
    for (int i = 0; i < DECLARATIONS; i++) {
        int changes = distance(word, declarations[i].word);
        if (changes >= least || changes >= (int)strlen(declarations[i].word)) continue;
        least = changes;
        best = declarations[i].word;
    }
    return best;
}

/* --- characters --- */

void complain_foreign(Parsing *parsing, const Token *token, const char *instead) {
    Diagnostics *diagnostics = parsing->compiler->diagnostics;
    if (token->word.name[0] == '\'' || token->word.name[0] == '`') {
        report(diagnostics, CHARACTER_LOOKALIKE, token->span, token->word.name, "\"");
    } else if (instead[0]) {
        report(diagnostics, OPERATOR_FOREIGN, token->span, token->word.name, instead);
    } else {
        report(diagnostics, CHARACTER_STRAY, token->span, token->word.name);
    }
}

int complain_character(Parsing *parsing, const Token *token) {
    static const struct {
        const char *text, *ascii;
        int kind;
    } alike[] = {
        {"\xe2\x88\x92", "-", '-'},      {"\xe2\x80\x93", "-", '-'},
        {"\xe2\x80\x94", "-", '-'},      {"\xc3\x97", "*", '*'},
        {"\xc2\xb7", "*", '*'},          {"\xe2\x8b\x85", "*", '*'},
        {"\xc3\xb7", "/", '/'},          {"\xe2\x89\xa4", "<=", LE},
        {"\xe2\x89\xa5", ">=", GE},      {"\xe2\x89\xa0", "!=", NE},
        {"\xe2\x88\xa7", "and", AND},    {"\xe2\x88\xa8", "or", OR},
        {"\xc2\xac", "not", '-'},        {"\xe2\x88\x9e", "inf", NUMBER},
        {"\xe2\x86\x90", "<-", ARROW},   {"\xe2\x80\x9c", "\"", YYerror},
        {"\xe2\x80\x9d", "\"", YYerror}, {"\xe2\x80\x98", "\"", YYerror},
        {"\xe2\x80\x99", "\"", YYerror},
    };
    Diagnostics *diagnostics = parsing->compiler->diagnostics;
    const char *text = token->word.name;
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
        if (strcmp(text, alike[i].text)) continue;
        report(diagnostics, CHARACTER_LOOKALIKE, token->span, text, alike[i].ascii);
        return alike[i].kind;
    }
    unsigned char byte = (unsigned char)text[0];
    bool is_shown =
        byte > 0x20 && byte != 0x7f && !(byte == 0xc2 && (unsigned char)text[1] <= 0xa0);
    if (byte == 0xc2 && (unsigned char)text[1] == 0xa0) {
        text = "U+00A0 (a space that does not break)";
    } else if (!is_shown) {
        text = arena_format(parsing->compiler->arena, "U+%04X", byte);
    }
    report(diagnostics, CHARACTER_UNKNOWN, token->span, text);
    return 0;
}

/* --- tokens that fit nowhere --- */

typedef struct Slip { /* what is known when a token does not fit */
    Parsing *parsing;
    Diagnostics *diagnostics;
    const Expected *expected;
    Token token, before;
    const char *text, *text_before;
    int first; /* the kind that opens the statement */
} Slip;

/* The name that a declaration gives, for examples. */
static const char *declared_name(const Slip *slip) {
    const Source *source = slip->parsing->source;
    const char *at = source->chars + (slip->parsing->first.span.end - source->base);
    at += strspn(at, " \t");
    size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    return length ? arena_text(slip->parsing->compiler->arena, at, length) : "x";
}

/* The first token of a statement. */
static bool slip_opening(const Slip *slip) {
    const Span span = slip->token.span;
    if (slip->token.span.start != slip->parsing->first.span.start) return false;
    if (slip->token.kind == '}') {
        report(slip->diagnostics, BLOCK_VALUE_MISSING, span);
        return true;
    }
    if (slip->parsing->in_block) {
        bool in_rule = slip->parsing->block_word.kind == RULE;
        if (is_declaration(slip->token.kind)) {
            report(slip->diagnostics, DECLARATION_IN_BLOCK, span, slip->text);
        } else if (in_rule) {
            report(slip->diagnostics, ARROW_MISSING, span, "p");
        }
        return in_rule || is_declaration(slip->token.kind);
    }
    if (slip->token.kind == STATE) {
        report(slip->diagnostics, STATE_OUTSIDE_RULE, span);
        return true;
    }
    int next = token_peek(slip->parsing, 0).kind;
    if (token_is_name(slip->token.kind)) {
        const char *nearest =
            token_is_name(next) || next == STRING ? nearest_declaration(slip->text) : NULL;
        if (next == ARROW) {
            report(slip->diagnostics, ARROW_OUTSIDE_RULE, span, slip->text);
        } else if (nearest) {
            report(slip->diagnostics, DECLARATION_MISSPELT, span, slip->text, nearest);
            slip->parsing->meant = declaration_token(nearest);
        } else if (next == '=' || next == '[') {
            report(slip->diagnostics, LET_MISSING, span, slip->text);
            slip->parsing->meant = LET;
            slip->parsing->meant_name = span.start;
        } else {
            report(slip->diagnostics, DECLARATION_UNKNOWN, span, slip->text);
        }
    } else if (slip->token.kind == THEN || slip->token.kind == ELSE) {
        report(slip->diagnostics, ELSE_ALONE, span, slip->text);
    } else {
        report(slip->diagnostics, DECLARATION_UNKNOWN, span, slip->text);
    }
    return true;
}

static bool slip_equals(const Slip *slip) {
    const Span span = slip->token.span;
    if (expects(slip->expected, "<-") && slip->parsing->in_block) {
        report(slip->diagnostics, ARROW_MISSING, span, slip->text_before);
        return true;
    }
    if (slip->token.kind != '=' || !ends_value(slip->before.kind)) return false;
    bool is_second = slip->before.span.start == slip->parsing->first.span.start;
    bool opens_type = expects(slip->expected, "':'");
    if (slip->parsing->in_block && is_second) {
        report(slip->diagnostics, LET_MISSING, slip->before.span, slip->text_before);
        slip->parsing->meant = LET;
        slip->parsing->meant_name = slip->before.span.start;
    } else if (slip->first == INPUT || (slip->first == WEIGHT && !slip->parsing->in_block)) {
        report(slip->diagnostics, VALUE_NOT_HERE, span, slip->first == INPUT ? "input" : "weight",
               declared_name(slip));
    } else if (opens_type || !expects(slip->expected, "'+'")) {
        return false;
    } else {
        report(slip->diagnostics, EQUALS_FOR_COMPARE, span);
    }
    return true;
}

static bool slip_if(const Slip *slip) {
    const Opens *ifs = &slip->parsing->ifs;
    int kind = slip->token.kind;
    if (!ends_value(slip->before.kind)) return false;
    if (kind == ELSE && expects(slip->expected, "then")) {
        report(slip->diagnostics, THEN_MISSING, slip->token.span);
        return true;
    }
    if (kind == ELSE || kind == THEN) {
        report(slip->diagnostics, ELSE_ALONE, slip->token.span, slip->text);
        return true;
    }
    bool ends = kind == NL || kind == ')' || kind == ']' || kind == ',' || kind == '}';
    if (!ends || ifs->count == 0) return false;
    Span span = ifs->items[ifs->count - 1].span;
    if (expects(slip->expected, "then")) {
        report(slip->diagnostics, THEN_MISSING, span);
    } else if (expects(slip->expected, "else")) {
        report(slip->diagnostics, ELSE_MISSING, span);
    } else {
        return false;
    }
    return true;
}

/* x[:, 0] and x[1:3]. */
static bool slip_slice(const Slip *slip) {
    const Opens *open = &slip->parsing->open;
    bool in_brackets = open->count > 0 && open->items[open->count - 1].kind == '[';
    bool is_typed = expects(slip->expected, "':'");
    if (slip->token.kind != ':' || !in_brackets || is_typed) return false;
    report(
        slip->diagnostics, OPERATOR_FOREIGN, slip->token.span, slip->text,
        "x[c = 0]: axes that are not named stay whole; for a part, a shorter axis: x[t = s + 1]");
    return true;
}

/* A name or a value is due, and this is neither. */
static bool slip_missing(const Slip *slip) {
    bool name_due = expects(slip->expected, "a name"),
         value_due = expects(slip->expected, "a number");
    if (!name_due) return false;
    const Token *token = &slip->token;
    bool is_word =
        token->kind == LET || token->kind == FN || token->kind == IF || token->kind == NOT ||
        token->kind == AND || token->kind == OR || token->kind == THEN || token->kind == ELSE ||
        (token->kind == NUMBER && token->word.name[0] >= 'a' && token->word.name[0] <= 'z');
    if (!value_due && is_word) {
        report(slip->diagnostics, WORD_RESERVED, token->span, slip->text);
        slip->parsing->meant = NAME;
    } else if (!value_due) {
        report(slip->diagnostics, NAME_MISSING, token->span, slip->text_before, slip->text);
    } else if (token->kind == NOT || token->kind == IF) {
        report(slip->diagnostics, OPERAND_IN_BRACKETS, token->span, slip->text);
    } else if (token->kind == LET || token->kind == FN) {
        report(slip->diagnostics, WORD_RESERVED, token->span, slip->text);
    } else {
        report(slip->diagnostics, VALUE_MISSING, token->span, slip->text_before, slip->text);
    }
    return true;
}

/* What other languages write here. */
static const char *written_instead(const Slip *slip) {
    if (slip->token.kind == IF) return "if a then b else c, the condition first";
    if (strcmp(slip->text, "mod") == 0) return "mod(a, b)";
    return strcmp(slip->text, "div") == 0 ? "div(a, b)" : NULL;
}

static void report_operator_missing(const Slip *slip) {
    const Span span = slip->token.span;
    const char *instead = written_instead(slip);
    if (instead)
        report(slip->diagnostics, OPERATOR_FOREIGN, span, slip->text, instead);
    else if (slip->parsing->ifs.count > 0 && expects(slip->expected, "then"))
        report(slip->diagnostics, THEN_MISSING, span);
    else
        report(slip->diagnostics, OPERATOR_MISSING, span, slip->text_before, slip->text);
}

/* Two operands side by side, or a line that should have ended. */
static bool slip_operand(const Slip *slip) {
    int kind = slip->token.kind;
    const Span span = slip->token.span;
    bool opens = token_is_name(kind) || kind == NUMBER || kind == '(' || kind == '[' ||
                 kind == STRING || kind == IF || kind == NOT || is_declaration(kind);
    bool lists_dims =
        slip->first == DIM && (kind == ',' || opens) && !expects(slip->expected, "'+'");
    if (lists_dims || (kind == ',' && slip->first == INPUT && slip->parsing->open.count == 0)) {
        report(slip->diagnostics, ONE_A_LINE, span, slip->first == DIM ? "dim" : "input");
    } else if (!opens || !ends_value(slip->before.kind)) {
        return false;
    } else if (expects(slip->expected, "','") && !expects(slip->expected, "'+'")) {
        report(slip->diagnostics, COMMA_MISSING, span, slip->text_before, slip->text);
    } else if (expects(slip->expected, "'='") && !expects(slip->expected, "'+'")) {
        if (kind == '[' || kind == ':') return false;
        report(slip->diagnostics, EQUALS_MISSING, span, slip->text);
    } else if (expects(slip->expected, "'+'")) {
        report_operator_missing(slip);
    } else {
        return false;
    }
    return true;
}

static bool slip_end(const Slip *slip) {
    if (slip->token.kind != NL) return false;
    const Span span = slip->token.span;
    if (slip->first == MINIMIZE && expects(slip->expected, "with")) {
        report(slip->diagnostics, WITH_MISSING, span);
        return true;
    }
    if (!expects(slip->expected, "'='") || !is_declaration(slip->first)) return false;
    const char *example = slip->first == PARAM   ? "= normal(0, 0.1)"
                          : slip->first == CONST ? "= [1, 2, 3]"
                          : slip->first == STATE ? "= 0"
                                                 : "= mean[n](x)";
    report(slip->diagnostics, VALUE_NOT_GIVEN, span,
           token_text(slip->parsing, &slip->parsing->first), declared_name(slip), example);
    return true;
}

static bool slip_comparison(const Slip *slip) {
    int kind = slip->token.kind;
    bool compares =
        kind == '<' || kind == '>' || kind == LE || kind == GE || kind == EQ || kind == NE;
    if (!compares || !ends_value(slip->before.kind) || !expects(slip->expected, "'+'"))
        return false;
    report(slip->diagnostics, COMPARISONS_MANY, slip->token.span);
    return true;
}

static bool slip_parameter(const Slip *slip) {
    bool in_head = (slip->first == FN || slip->first == RULE) && !slip->parsing->in_block &&
                   slip->parsing->open.count == 1 + (slip->token.kind == '[');
    bool has_more = slip->token.kind == '[' || slip->token.kind == ':';
    if (!in_head || !has_more || !expects(slip->expected, "')'")) return false;
    report(slip->diagnostics, PARAMETER_BARE, slip->token.span);
    return true;
}

static void slip_other(const Slip *slip) {
    Text text = text_new(slip->parsing->compiler->arena);
    const Expected *expected = slip->expected;
    for (int i = 0; i < expected->count && expected->count <= 5; i++) {
        text_add(&text, i == 0 ? "expected " : i + 1 < expected->count ? ", " : " or ");
        size_t length = strlen(expected->names[i]);
        bool is_quoted = expected->names[i][0] == '\'' && length == 3;
        text_add_bytes(&text, expected->names[i] + is_quoted, is_quoted ? 1 : length);
    }
    report(slip->diagnostics, TOKEN_UNEXPECTED, slip->token.span, slip->text, text.chars);
}

void complain(Parsing *parsing, const Expected *expected) {
    bool is_known = parsing->line_failed || (parsing->latest.kind == '}' && parsing->block_failed);
    parsing_failed(parsing);
    if (is_known) return;
    Slip slip = {
        .parsing = parsing,
        .diagnostics = parsing->compiler->diagnostics,
        .expected = expected,
        .token = parsing->latest,
        .before = parsing->previous,
        .text = token_text(parsing, &parsing->latest),
        .text_before = token_text(parsing, &parsing->previous),
        .first = parsing->first.kind,
    };
    bool is_said = slip_opening(&slip) || slip_equals(&slip) || slip_if(&slip) ||
                   slip_slice(&slip) || slip_missing(&slip) || slip_parameter(&slip) ||
                   slip_operand(&slip) || slip_end(&slip) || slip_comparison(&slip);
    if (!is_said) slip_other(&slip);
}
