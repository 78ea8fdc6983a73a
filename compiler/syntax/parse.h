/* What the scanner, the layout, the grammar and its constructors share while one file is read. */
#ifndef SYNTAX_PARSE_H
#define SYNTAX_PARSE_H
#include "syntax/ast.h"

typedef struct Token {
    int kind; /* a token of the grammar, a character, or one of the kinds below */
    Span span;
    Word word; /* NAME, NUMBER, STRING (without quotes) and every reserved word */
    const char
        *doc; /* RAW_NEWLINE: the ## lines before the next line; RAW_DOC: its text; or NULL */
} Token;

/* Kinds that the scanner gives and the layout takes away: the grammar never sees them. */
enum {
    RAW_NEWLINE = 1000,
    RAW_COMMENT,
    RAW_DOC,
    RAW_FOREIGN,
    RAW_UNKNOWN,
    RAW_OPEN_STRING,
    RAW_BAD_NUMBER
};

typedef struct Open { /* a bracket or an `if` that waits for its end */
    int kind;
    Span span;
    int depth; /* `if`: how many brackets were open */
} Open;
typedef Vector(Open) Opens;
typedef Vector(Token) Tokens;

typedef struct Parsing {
    Compiler *compiler;
    const Source *source;
    Program *program;
    void *scanner;
    /* the scanner's */
    uint32_t offset; /* where the next character lies, counted over all sources */
    /* the layout's */
    bool has_stash;
    Token stash;           /* read behind a newline, not yet asked for */
    Tokens ahead;          /* looked at, not yet taken; the next one comes last */
    Token previous;        /* given to the parser before the latest one */
    Token latest;          /* given to the parser last */
    Token first;           /* of the statement */
    bool has_begun;        /* first is set */
    int meant;             /* the token that opens such a statement, if this one cannot be read */
    uint32_t meant_name;   /* where its name is to be looked for */
    Opens open;            /* ( and [ */
    Opens ifs;             /* whose else has not come */
    bool in_block;         /* between { and } */
    Token block;           /* the { */
    const char *block_doc; /* of the fn or rule */
    bool owes_end;         /* a } was put in, and its line has to end */
    Token block_word;      /* the fn or rule that it belongs to */
    const char *doc_above, *doc_after, *doc_next;
    /* what went wrong: one message a statement is enough */
    bool line_failed, block_failed;
} Parsing;

/* --- scanner (grammar/lexer.l) --- */
void scanner_start(Parsing *parsing);
Token scanner_next(Parsing *parsing); /* kind 0 at the end, for ever */
void scanner_end(Parsing *parsing);

/* --- layout.c --- */
/* After such a token a line goes on. */
bool token_continues(int kind);
/* A name, a number, a closing bracket: what a value can end in. */
bool token_ends_value(int kind);
/* A word that may name a value, if it does not open a declaration here. */
bool token_is_name(int kind);
/* The next raw token but `distance`; the parser has not seen it. */
Token token_peek(Parsing *parsing, int distance);

/* --- slips.c --- */
typedef struct Expected { /* the tokens that could have come, as the grammar spells them */
    const char *names[80];
    int count;
} Expected;
/* Says what is wrong with parsing->latest. */
void complain(Parsing *parsing, const Expected *expected);
/* Something was reported in the statement: its value is unknown from now on. */
void parsing_failed(Parsing *parsing);
/* The text of a token for a message. */
const char *token_text(Parsing *parsing, const Token *token);
void complain_foreign(Parsing *parsing, const Token *token, const char *instead);
/* A character outside ASCII: says so; the ASCII token it stands for, or 0. */
int complain_character(Parsing *parsing, const Token *token);

/* --- ast.c: one constructor for each form --- */
typedef struct Body { /* of a fn */
    Decls decls;
    Expr *value;
    bool is_block;
} Body;

Expr *expr_error(Parsing *parsing, Span span);
Expr *expr_number(Parsing *parsing, Word word);
Expr *expr_name(Parsing *parsing, Word word);
Expr *expr_unary(Parsing *parsing, Span span, Operator op, Expr *a);
Expr *expr_binary(Parsing *parsing, Span span, Expr *a, Operator op, Expr *b);
Expr *expr_compare(Parsing *parsing, Span span, Expr *a, Operator op, Expr *b, Operator op2,
                   Expr *c);
Expr *expr_if(Parsing *parsing, Span span, Expr *condition, Expr *then, Expr *otherwise);
Expr *expr_list(Parsing *parsing, Span span, Exprs elements);
Expr *expr_call(Parsing *parsing, Span span, Word word, const Items *items, Items arguments);
Expr *expr_index(Parsing *parsing, Span span, Expr *base, Items items);
Expr *expr_bracketed(Expr *expr, Span span);

Item item_value(Expr *value, Span span);
Item item_named(Word name, Expr *value, Expr *otherwise, Span span);
Items items_add(Parsing *parsing, Items items, Item item);
Exprs exprs_add(Parsing *parsing, Exprs exprs, Expr *expr);
Words words_add(Parsing *parsing, Words words, Word word);
Decls decls_add(Parsing *parsing, Decls decls, Decl *decl, const char *doc);
Parameter parameter_make(Word name, Expr *value, bool many);
Parameters parameters_add(Parsing *parsing, Parameters parameters, Parameter parameter);
Target target_make(Word name, const Words *axes);
TypeWord type_make(Word name, Items arguments, Span span);

Decl *decl_word(Parsing *parsing, Span span, DeclKind kind,
                Word name); /* model, real, dim without more */
Decl *decl_dim(Parsing *parsing, Span span, Word name, Expr *value, Word like);
Decl *decl_value(Parsing *parsing, Span span, DeclKind kind, Target target, TypeWord type,
                 Expr *value);
Decl *decl_broken(Parsing *parsing, Span span); /* NULL when not even the name is known */
Decl *decl_minimize(Parsing *parsing, Span span, Expr *value, Words names, Expr *with);
Decl *decl_fn(Parsing *parsing, Span span, Word name, Parameters axes, Parameters parameters,
              Body body);
Decl *decl_rule(Parsing *parsing, Span span, Word name, Parameters parameters, Decls body);
Decl *decl_entry(Parsing *parsing, Span span, Word name, Words names);
Decl *decl_use(Parsing *parsing, Span span, Word path);
void program_add(Parsing *parsing, Decl *decl, const char *doc);
#endif
