/* The program as written: declarations and expressions, nothing resolved. Made by the parser, read
 * by format and check. */
#ifndef SYNTAX_AST_H
#define SYNTAX_AST_H
#include "base/compiler.h"

typedef struct Expr Expr;

typedef struct Word { /* a name at a place */
    Name name;
    Span span;
} Word;
typedef Vector(Word) Words;

/* Inside [ ]: `label`, `t = t - 1`, `t = t - 1 else 0`; inside ( ): `value`, `weight = w`. */
typedef struct Item {
    Word name; /* name.name is NULL when absent */
    Expr *value;
    Expr *otherwise; /* after else, or NULL */
    Span span;
} Item;
typedef Vector(Item) Items;
typedef Vector(Expr *) Exprs;

typedef enum ExprKind {
    EXPR_NUMBER, /* text as written; inf, true and false too */
    EXPR_NAME,
    EXPR_UNARY,   /* operator: '-', '+', or EXPR_NOT */
    EXPR_BINARY,  /* operator: + - * / ^ and or */
    EXPR_COMPARE, /* left operator right, or left operator right operator2 third */
    EXPR_IF,
    EXPR_LIST,  /* [a, b, ...] */
    EXPR_CALL,  /* name[items](arguments); has_items tells `f[](x)` from `f(x)` */
    EXPR_INDEX, /* base[items] */
    EXPR_ERROR, /* what error recovery leaves; later passes stay silent about it */
} ExprKind;

typedef enum Operator {
    OPERATOR_NONE,
    OPERATOR_ADD,
    OPERATOR_SUB,
    OPERATOR_MUL,
    OPERATOR_DIV,
    OPERATOR_POW,
    OPERATOR_NEG,
    OPERATOR_PLUS,
    OPERATOR_NOT,
    OPERATOR_AND,
    OPERATOR_OR,
    OPERATOR_LT,
    OPERATOR_LE,
    OPERATOR_GT,
    OPERATOR_GE,
    OPERATOR_EQ,
    OPERATOR_NE
} Operator;
const char *operator_text(Operator op);

struct Expr {
    ExprKind kind;
    Span span;
    Operator op, op2; /* UNARY, BINARY, COMPARE (op2 is OPERATOR_NONE for one comparison) */
    Word word;        /* NAME, CALL; NUMBER: the text */
    Expr *a, *b, *c;  /* operands; IF: condition, then, else; INDEX: a is the base */
    Items items;      /* CALL: in brackets; INDEX */
    Items arguments;  /* CALL */
    Exprs elements;   /* LIST */
    bool has_items;
    bool bracketed; /* written inside ( ) */
    int depth; /* levels from here to the deepest leaf: the parser refuses more than EXPR_DEEPEST */
};
enum {
    EXPR_DEEPEST = 500
};

typedef struct TypeWord { /* `f64`, `index(c, none = -100)` */
    Word name;            /* name.name is NULL when no type is given */
    Items arguments;
    Span span;
} TypeWord;

typedef struct Target { /* name[axes] */
    Word name;
    Words axes;
    bool has_axes; /* brackets were written */
} Target;

typedef enum DeclKind {
    DECL_MODEL,
    DECL_REAL,
    DECL_DIM,
    DECL_INPUT,
    DECL_WEIGHT,
    DECL_MASK,
    DECL_PARAM,
    DECL_CONST,
    DECL_LET,
    DECL_OUTPUT,
    DECL_LOSS,
    DECL_MINIMIZE,
    DECL_FN,
    DECL_RULE,
    DECL_ENTRY,
    DECL_USE,
    DECL_STATE,
    DECL_ASSIGN /* p <- e */
} DeclKind;
const char *decl_kind_text(DeclKind kind);

typedef struct Parameter { /* of a fn or rule */
    Word name;
    Expr *value; /* the default, or NULL */
    bool many;   /* `d...` among axis parameters */
} Parameter;

typedef struct Decl Decl;
typedef Vector(Parameter) Parameters;
typedef Vector(Decl *) Decls;

struct Decl {
    DeclKind kind;
    Span span;
    const char *doc; /* text of ## lines above and after, joined by \n, or NULL */
    Target target;   /* MODEL, REAL, DIM, FN, RULE, ENTRY, ASSIGN: the name only */
    TypeWord type;
    Expr *value;     /* after `=` or `<-`; MINIMIZE: what is minimised; FN: the (final) value */
    Word like;       /* DIM s like t */
    Words names;     /* MINIMIZE: over; ENTRY: what it computes */
    Expr *with;      /* MINIMIZE: the call of the rule, or its bare name */
    Parameters axes; /* FN: axis parameters */
    Parameters parameters; /* FN, RULE */
    Decls body;            /* FN block: lets and dims; RULE: states, lets, assignments */
    bool is_block;         /* FN: written with { } */
    const char *path;      /* USE: the text between the quotes */
    bool failed; /* a syntax error was reported in it: the name is known, the rest is not; be silent
                    about uses */
};

typedef struct Program {
    const Source *source;
    Decls decls;
    bool failed; /* a syntax error was reported */
} Program;

/* Reads one file into a Program. Reports every syntax error it can; never returns NULL
 * (declarations that could not be read are left out). */
Program *parse_source(Compiler *compiler, const Source *source);

/* The printed form of an expression and of a declaration, as the formatter would write it on one
 * line. */
void expr_print(Text *out, const Expr *expr);
void decl_print(Text *out, const Decl *decl);
#endif
