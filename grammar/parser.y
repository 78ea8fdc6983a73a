/* The grammar: takes the tokens that layout lets through, gives declarations. Each action calls
 * one constructor (compiler/syntax/ast.c); what is wrong is said by compiler/syntax/slips.c. A
 * statement ends in NL, and so does every recovery from an error, so that one run finds many. */
%define api.pure full
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%define lr.default-reduction consistent
%locations
%expect 0
%param {Parsing *p}

%code requires {
#include "syntax/parse.h"
}

%code provides {
/* In layout.c, around the scanner. */
int yylex(YYSTYPE *value, Span *span, Parsing *parsing);
}

%code {
#define YYLLOC_DEFAULT(result, parts, count)                                                       \
    ((result) = (count) ? span_join(YYRHSLOC(parts, 1), YYRHSLOC(parts, count))                    \
                        : (Span){YYRHSLOC(parts, 0).end, YYRHSLOC(parts, 0).end})

static void yyerror(Span *span, Parsing *p, const char *message);
static const Word no_word = {0};
static const TypeWord no_type = {0};
}

%union {
    Word word;
    Operator op;
    const char *doc;
    Expr *expr;
    Exprs exprs;
    Item item;
    Items items;
    Words words;
    Target target;
    TypeWord type;
    Parameter parameter;
    Parameters parameters;
    Decl *decl;
    Decls decls;
    Body body;
}

%token YYEOF 0 "the end of the file"
%token <doc> NL "the end of the line"
%token <word> NAME "a name" NUMBER "a number" STRING "a text in quotes"
%token <word> LIKE "like" OVER "over" WITH "with" /* names too */
%token IF "if" THEN "then" ELSE "else" AND "and" OR "or" NOT "not"
%token LE "<=" GE ">=" EQ "==" NE "!=" ARROW "<-" DOTS "..."
/* Only where they open a statement; elsewhere layout makes them NAME. */
%token MODEL "model" REAL "real" DIM "dim" INPUT "input" WEIGHT "weight" MASK "mask" PARAM "param"
%token CONST "const" LET "let" OUTPUT "output" LOSS "loss" MINIMIZE "minimize" FN "fn" RULE "rule"
%token ENTRY "entry" USE "use" STATE "state"

%type <decls> statements updates
%type <decl> decl statement update
%type <word> name
%type <words> names over
%type <target> target
%type <type> type
%type <expr> expr or and not comparison sum product unary power postfix compound rule_call
%type <op> comparator
%type <exprs> exprs
%type <item> item argument
%type <items> items items_some arguments arguments_some
%type <parameter> axis_parameter parameter
%type <parameters> fn_axes axis_parameters parameters parameters_some
%type <body> body

%%

file: %empty
    | file decl NL                      { program_add(p, $decl, $NL); yyerrok; }
    | file error NL                     { program_add(p, decl_broken(p, @error), $NL); yyerrok; }
    ;

/* --- declarations --- */

decl: MODEL name                        { $$ = decl_word(p, @$, DECL_MODEL, $name); }
    | REAL name                         { $$ = decl_word(p, @$, DECL_REAL, $name); }
    | INPUT target type
        { $$ = decl_value(p, @$, DECL_INPUT, $target, $type, NULL); }
    | WEIGHT target type
        { $$ = decl_value(p, @$, DECL_WEIGHT, $target, $type, NULL); }
    | MASK target
        { $$ = decl_value(p, @$, DECL_MASK, $target, no_type, NULL); }
    | MASK target '=' expr
        { $$ = decl_value(p, @$, DECL_MASK, $target, no_type, $expr); }
    | PARAM target type '=' expr
        { $$ = decl_value(p, @$, DECL_PARAM, $target, $type, $expr); }
    | CONST target type '=' expr
        { $$ = decl_value(p, @$, DECL_CONST, $target, $type, $expr); }
    | OUTPUT target type '=' expr
        { $$ = decl_value(p, @$, DECL_OUTPUT, $target, $type, $expr); }
    | LOSS target '=' expr
        { $$ = decl_value(p, @$, DECL_LOSS, $target, no_type, $expr); }
    | MINIMIZE expr over WITH rule_call { $$ = decl_minimize(p, @$, $expr, $over, $rule_call); }
    | FN name fn_axes '(' parameters ')' body
        { $$ = decl_fn(p, @$, $name, $fn_axes, $parameters, $body); }
    | RULE name '(' parameters ')' '{' updates '}'
        { $$ = decl_rule(p, @$, $name, $parameters, $updates); }
    | ENTRY name ':' names              { $$ = decl_entry(p, @$, $name, $names); }
    | USE STRING                        { $$ = decl_use(p, @$, $STRING); }
    | statement
    ;

/* What may stand in the block of a fn too. */
statement
    : LET target type '=' expr          { $$ = decl_value(p, @$, DECL_LET, $target, $type, $expr); }
    | DIM name                          { $$ = decl_dim(p, @$, $name, NULL, no_word); }
    | DIM name '=' expr                 { $$ = decl_dim(p, @$, $name, $expr, no_word); }
    | DIM name[new] LIKE name[old]      { $$ = decl_dim(p, @$, $new, NULL, $old); }
    ;

name: NAME | LIKE | OVER | WITH ;

names: name                             { $$ = words_add(p, (Words){0}, $name); }
    | names ',' name                    { $$ = words_add(p, $1, $name); }
    ;

target: name                            { $$ = target_make($name, NULL); }
    | name '[' names ']'                { $$ = target_make($name, &$names); }
    ;

type: %empty                            { $$ = no_type; }
    | ':' name                          { $$ = type_make($name, (Items){0}, @name); }
    | ':' name '(' arguments ')'        { $$ = type_make($name, $arguments, span_join(@name, @5)); }
    ;

over: %empty                            { $$ = (Words){0}; }
    | OVER names                        { $$ = $names; }
    ;

rule_call: name                         { $$ = expr_name(p, $name); }
    | name '(' arguments ')'            { $$ = expr_call(p, @$, $name, NULL, $arguments); }
    ;

fn_axes: %empty                         { $$ = (Parameters){0}; }
    | '[' axis_parameters ']'           { $$ = $axis_parameters; }
    ;

axis_parameters
    : axis_parameter                    { $$ = parameters_add(p, (Parameters){0}, $1); }
    | axis_parameters ',' axis_parameter { $$ = parameters_add(p, $1, $3); }
    ;

axis_parameter: name                    { $$ = parameter_make($name, NULL, false); }
    | name DOTS                         { $$ = parameter_make($name, NULL, true); }
    ;

parameters: %empty                      { $$ = (Parameters){0}; }
    | parameters_some
    ;

parameters_some
    : parameter                         { $$ = parameters_add(p, (Parameters){0}, $1); }
    | parameters_some ',' parameter     { $$ = parameters_add(p, $1, $3); }
    ;

parameter: name                         { $$ = parameter_make($name, NULL, false); }
    | name '=' expr                     { $$ = parameter_make($name, $expr, false); }
    ;

body: '=' expr                          { $$ = (Body){.value = $expr}; }
    | '{' statements expr NL '}'        { $$ = (Body){$statements, $expr, true}; }
    | '{' statements error '}'          { $$ = (Body){$statements, expr_error(p, @error), true}; }
    ;

statements: %empty                      { $$ = (Decls){0}; }
    | statements statement NL           { $$ = decls_add(p, $1, $2, $3); yyerrok; }
    | statements error NL               { $$ = decls_add(p, $1, decl_broken(p, @2), $3); yyerrok; }
    ;

updates: %empty                         { $$ = (Decls){0}; }
    | updates update NL                 { $$ = decls_add(p, $1, $2, $3); yyerrok; }
    | updates error NL                  { $$ = decls_add(p, $1, decl_broken(p, @2), $3); yyerrok; }
    ;

update: STATE target type '=' expr
        { $$ = decl_value(p, @$, DECL_STATE, $target, $type, $expr); }
    | LET target type '=' expr          { $$ = decl_value(p, @$, DECL_LET, $target, $type, $expr); }
    | name ARROW expr
        { $$ = decl_value(p, @$, DECL_ASSIGN, target_make($name, NULL), no_type, $expr); }
    ;

/* --- expressions --- */

expr: or
    | IF expr[a] THEN expr[b] ELSE expr[c] { $$ = expr_if(p, @$, $a, $b, $c); }
    ;

or: and
    | or OR and                         { $$ = expr_binary(p, @$, $1, OPERATOR_OR, $3); }
    ;

and: not
    | and AND not                       { $$ = expr_binary(p, @$, $1, OPERATOR_AND, $3); }
    ;

not: comparison
    | NOT not[a]                        { $$ = expr_unary(p, @$, OPERATOR_NOT, $a); }
    ;

comparison: sum
    | sum comparator sum
        { $$ = expr_compare(p, @$, $1, $2, $3, OPERATOR_NONE, NULL); }
    | sum comparator sum comparator sum { $$ = expr_compare(p, @$, $1, $2, $3, $4, $5); }
    ;

comparator: '<' { $$ = OPERATOR_LT; } | '>' { $$ = OPERATOR_GT; } | LE { $$ = OPERATOR_LE; }
    | GE { $$ = OPERATOR_GE; } | EQ { $$ = OPERATOR_EQ; } | NE { $$ = OPERATOR_NE; }
    ;

sum: product
    | sum '+' product                   { $$ = expr_binary(p, @$, $1, OPERATOR_ADD, $3); }
    | sum '-' product                   { $$ = expr_binary(p, @$, $1, OPERATOR_SUB, $3); }
    ;

product: unary
    | product '*' unary                 { $$ = expr_binary(p, @$, $1, OPERATOR_MUL, $3); }
    | product '/' unary                 { $$ = expr_binary(p, @$, $1, OPERATOR_DIV, $3); }
    ;

unary: power
    | '-' unary[a]                      { $$ = expr_unary(p, @$, OPERATOR_NEG, $a); }
    | '+' unary[a]                      { $$ = expr_unary(p, @$, OPERATOR_PLUS, $a); }
    ;

power: postfix
    | postfix '^' unary                 { $$ = expr_binary(p, @$, $1, OPERATOR_POW, $3); }
    ;

/* A bare name is apart from the rest: only behind a name can [ ] be followed by ( ). */
postfix: name                           { $$ = expr_name(p, $name); }
    | compound
    ;

compound: NUMBER                        { $$ = expr_number(p, $NUMBER); }
    | '(' expr ')'                      { $$ = expr_bracketed($expr, @$); }
    | '[' exprs ']'                     { $$ = expr_list(p, @$, $exprs); }
    | name '(' arguments ')'            { $$ = expr_call(p, @$, $name, NULL, $arguments); }
    | name '[' items ']'                { $$ = expr_index(p, @$, expr_name(p, $name), $items); }
    | name '[' items ']' '(' arguments ')' { $$ = expr_call(p, @$, $name, &$items, $arguments); }
    | compound '[' items ']'            { $$ = expr_index(p, @$, $1, $items); }
    ;

exprs: expr                             { $$ = exprs_add(p, (Exprs){0}, $1); }
    | exprs ',' expr                    { $$ = exprs_add(p, $1, $3); }
    ;

items: %empty                           { $$ = (Items){0}; }
    | items_some
    ;

items_some: item                        { $$ = items_add(p, (Items){0}, $1); }
    | items_some ',' item               { $$ = items_add(p, $1, $3); }
    ;

item: argument
    | name '=' expr[a] ELSE expr[b]     { $$ = item_named($name, $a, $b, @$); }
    ;

arguments: %empty                       { $$ = (Items){0}; }
    | arguments_some
    ;

arguments_some: argument                { $$ = items_add(p, (Items){0}, $1); }
    | arguments_some ',' argument       { $$ = items_add(p, $1, $3); }
    ;

argument: expr                          { $$ = item_value($expr, @$); }
    | name '=' expr                     { $$ = item_named($name, $expr, NULL, @$); }
    ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, Parsing *p) {
    yysymbol_kind_t kinds[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, kinds, YYNTOKENS);
    Expected expected = {.count = 0};
    for (int i = 0; i < count; i++) {
        expected.names[expected.count++] = yysymbol_name(kinds[i]);
    }
    complain(p, &expected);
    return 0;
}

/* Called only when the parser's stack has no more room. */
static void yyerror(Span *span, Parsing *p, const char *message) {
    (void)message;
    report(p->compiler->diagnostics, NESTED_TOO_DEEP, *span);
    parsing_failed(p);
}
