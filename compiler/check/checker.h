/* What the files of this folder share: the symbols of a program, the values of its expressions, and
 * the state of one check.
 *
 *     names.c         declarations -> symbols; every name looked up once; what is unused
 *     order.c         the order of the lets, and circles among them
 *     files.c         `use`, and the library that comes with the compiler
 *     declarations.c  symbols -> arrays, lets, outputs of the Model; extents.c: its axes;
 *                     constants.c: consts and initialisers
 *     elaborate.c     expressions -> nodes; types.c, facts.c, positions.c, calls.c, reductions.c,
 *                     averages.c and functions.c do its parts
 *
 * An error is reported where it is found. The value is then NO_VALUE, about which everybody stays
 * silent. */
#ifndef CHECK_CHECKER_H
#define CHECK_CHECKER_H
#include "check/check.h"
#include "check/range.h"

/* A number made of literals takes the type of what it meets. A float made of literals and integers
 * alone, as in `x / sqrt(extent(d))`, does so too. Such nodes are held in i64 and f64 until they
 * meet something. */
typedef enum Soft {
    SOFT_NO,
    SOFT_INTEGER,
    SOFT_FLOAT
} Soft;

typedef struct Value {
    Node *node;          /* NULL: NO_VALUE */
    const AxisSet *axes; /* of the expression as written: those of the node, and perhaps more */
    Soft soft;
} Value;
#define NO_VALUE ((Value){0})

typedef enum SymbolKind {
    SYMBOL_AXIS,
    SYMBOL_AXES,      /* an axis parameter `d...` */
    SYMBOL_ARRAY,     /* inputs, weights, given masks, params, consts */
    SYMBOL_LET,       /* lets, computed masks, outputs, losses */
    SYMBOL_PARAMETER, /* of a fn */
    SYMBOL_FN,
    SYMBOL_RULE,
    SYMBOL_ENTRY,
    SYMBOL_LOCAL /* of a rule: only names are checked there */
} SymbolKind;

typedef enum Progress {
    PROGRESS_NONE,
    PROGRESS_STARTED,
    PROGRESS_DONE
} Progress;

typedef struct Symbol Symbol;
typedef struct Env Env;
typedef Vector(Symbol *) Symbols;
typedef Vector(Axis *) Axes;

struct Symbol {
    SymbolKind kind;
    Name name;
    Span span;
    Decl *decl; /* NULL for parameters */
    Progress progress;
    bool used;
    bool is_foreign;     /* of a used file or the library: nobody minds if it is unused */
    bool is_broken;      /* an error in it has been reported */
    bool many;           /* a fn's `d...` (only while names are checked) */
    Axis *axis;          /* AXIS */
    Axes axes;           /* AXES: what it stands for; ARRAY, LET: stated axes in order */
    bool has_stated;     /* ARRAY, LET: axes were stated (none of them for a scalar) */
    Array *array;        /* ARRAY */
    Value value;         /* ARRAY, LET, PARAMETER */
    const Env *env;      /* LET or AXIS of a block, PARAMETER not given: where it is worked out */
    Expr *initial;       /* PARAMETER not given: its default */
    Symbols needs;       /* LET: the lets that its text names */
    int place;           /* LET: while their order is found */
    bool differentiated; /* LET: something is differentiated by it */
};

typedef struct Scope {
    Table names; /* Name -> Symbol * */
    Symbols symbols;
} Scope;

typedef struct Fact { /* a condition that holds here */
    Node *node;
    const struct Fact *outer;
} Fact;

typedef struct Call { /* of a fn, while its body is worked out */
    Span span;
    Symbol *fn;
    const struct Call *outer;
} Call;

struct Env {
    Scope *scope;
    const Fact *facts;
    const Call *calls;     /* innermost first */
    const Symbol *initial; /* inside the initialiser of this param */
    int depth;
};

/* Lets that need each other, by name. Those with stated axes become the arrays of a recurrence; the
 * others are names for values in between, in an order in which what is needed comes first. */
typedef struct Circle {
    Vector(Decl *) stated, plain;
} Circle;

typedef struct Checker {
    Compiler *compiler;
    Arena *arena;
    Graph *graph;
    Model *model;
    Program *program;
    Scope *top;
    Table functions;      /* Name -> Symbol *: declared fns, of used files too */
    Table rules;          /* the same for rules */
    Table library;        /* fns of the library that were read */
    Table library_rules;  /* the same for rules */
    Table library_unread; /* of either, its name -> the Source that is its part of the file */
    bool is_library_noted;
    Table differentiated; /* fn Decl * -> the names that it differentiates by */
    Table words;          /* Name -> const Builtin * */
    Table axis_names;     /* Name -> anything: taken, for fresh axes */
    Symbols lets;         /* in an order in which what is needed comes first */
    Table circles;        /* Decl * of a let -> the Circle * that it is part of */
    const AxisSet *empty; /* the empty set of axes */
    int calls;            /* of fns so far */
    bool calls_reported;
    int extents_open; /* extents being worked out, one inside the other */
    int draws;        /* in the initialiser being worked out */
} Checker;

/* --- operations --- */
typedef enum BuiltinKind {

    BUILTIN_FLOAT,  /* one float */
    BUILTIN_NUMBER, /* abs, sign */
    BUILTIN_WHOLE,  /* floor, ceil, round */
    BUILTIN_TEST,
    BUILTIN_EXTREME, /* min, max: of two or more values, or over axes */
    BUILTIN_DIVIDE,  /* div, mod */
    BUILTIN_CLAMP,
    BUILTIN_POLYGAMMA,
    BUILTIN_RELU,
    BUILTIN_GELU,
    BUILTIN_SILU,
    BUILTIN_CONVERT,
    BUILTIN_EXTENT,
    BUILTIN_HAS,
    BUILTIN_STOP,
    BUILTIN_RANDOM,
    BUILTIN_DERIVATIVE,
    BUILTIN_REDUCE,
    BUILTIN_KEEP /* softmax, log_softmax, normalize */
} BuiltinKind;

typedef enum Reduction {
    REDUCE_NONE,
    REDUCE_OF_OP,
    REDUCE_SUM,
    REDUCE_MEAN,
    REDUCE_COUNT,
    REDUCE_ARG,
    REDUCE_LOGSUMEXP,
    REDUCE_NORM,
    REDUCE_VAR,
    REDUCE_STD,
    REDUCE_SOFTMAX,
    REDUCE_LOG_SOFTMAX,
    REDUCE_NORMALIZE
} Reduction;

enum {
    OPTION_WHERE = 1,
    OPTION_WEIGHT = 2,
    OPTION_LOGWEIGHT = 4,
    OPTION_EMPTY = 8,
    OPTION_OVER = 16,
    OPTION_DDOF = 32
};

typedef struct Builtin {
    const char *name;
    BuiltinKind kind;
    Op op;
    Reduction reduction;
    int options;
    Scalar type; /* CONVERT */
} Builtin;

/* --- messages --- */
/* Reports, and where it happened inside of a fn adds from where that was called. */
#define COMPLAIN(c, env, ...)                                                                      \
    do {                                                                                           \
        int errors_before = diagnostics_errors((c)->compiler->diagnostics);                        \
        report((c)->compiler->diagnostics, __VA_ARGS__);                                           \
        if (diagnostics_errors((c)->compiler->diagnostics) != errors_before)                       \
            complain_calls((c), (env));                                                            \
    } while (0)
void complain_calls(Checker *c, const Env *env);
const char *text_of(Checker *c, const Expr *expr);
const char *text_of_node(Checker *c, const Node *node);
const char *text_of_axes(Checker *c, const AxisSet *axes);
const char *text_of_number(Checker *c, int64_t number);
const char *symbol_what(const Symbol *symbol); /* "an input" */
Name name_word(Checker *c, const char *text);

/* --- names.c --- */
Scope *scope_new(Checker *c);
Symbol *scope_find(const Scope *scope, Name name);
Symbol *scope_add(Checker *c, Scope *scope, SymbolKind kind, Word word);
void names_declare(Checker *c);
void names_resolve(Checker *c);
void names_resolve_fn(Checker *c, const Symbol *fn);
void names_unused(Checker *c);
/* order.c: c->lets, and the cycles among them; circles in the blocks of fns */
void names_order(Checker *c);
void names_order_block(Checker *c, const Scope *scope);
/* nearest.c: the name nearest to one that does not exist, or NULL */
const char *nearest_name(Name name, const Scope *scope);
const char *nearest_function(Checker *c, Name name,
                             bool brackets); /* those that take brackets first */

/* --- files.c --- */
void files_use(Checker *c);
Symbol *library_find(Checker *c, Name name);
Symbol *library_rule(Checker *c, Name name);
const Table *library_whole(Checker *c); /* all its fns, once one was sought */
const Builtin *builtin_find(const Checker *c, Name name);
void builtins_declare(Checker *c);

/* --- declarations.c and its parts --- */
void declare_model(Checker *c);
void declare_axes(Checker *c);
void declare_arrays(Checker *c);
void declare_values(Checker *c);
Node *axis_extent_of(Checker *c, const Env *env, const Expr *expr);
Symbol *symbol_ready(Checker *c,
                     Symbol *symbol); /* a let or axis of a block is worked out at its first use */
bool stated_axes(Checker *c, const Env *env, Target *target, Axes *axes);
bool axes_within(Checker *c, const Env *env, Span span, const char *name, Value value,
                 const Axes *stated, bool has_stated);
bool type_of_word(Checker *c, const Env *env, const TypeWord *word, Scalar *type);
bool constant_of(Checker *c, const Expr *expr, double *number, bool *is_whole);
void declare_const(Checker *c, Symbol *symbol);
void declare_block_axis(Checker *c, Symbol *symbol);
void declare_param(Checker *c, Symbol *symbol);
Value random_initial(Checker *c, const Env *env, Expr *expr, const Builtin *builtin);

void declare_value(Checker *c, const Env *env, Symbol *symbol);
Value stated_type(Checker *c, const Env *env, const Symbol *symbol,
                  Value value); /* the value converted to it */
bool declared_type(Checker *c, const Env *env, const Symbol *symbol,
                   Array *array); /* false: none is stated */

/* --- recurrences.c: the lets of a circle, all at once; earlier.c: the order of their axes --- */
void declare_circle(Checker *c, const Env *env, const Circle *circle);
bool recurrences_order(Checker *c, const Env *env, Recurrence *const *recurrences, int count);

/* --- elaborate.c --- */
Value elaborate(Checker *c, const Env *env, Expr *expr);
Value elaborate_hard(Checker *c, const Env *env, Expr *expr); /* pinned to a type */
Value value_of(const Checker *c, Node *node);
Value value_with(Value value, const AxisSet *axes);

/* --- facts.c --- */
const Fact *facts_add(Checker *c, const Fact *facts, Node *condition, bool truth);
const Fact *facts_without(Checker *c, const Fact *facts,
                          const AxisSet *axes); /* those that do not speak of these axes */
Facts facts_list(Checker *c, const Fact *facts);
bool facts_exclude(const Fact *facts, const Node *label, int64_t none);
Node *facts_given(Checker *c, const Fact *facts,
                  bool *all); /* those that entry checks can know, or NULL */

/* --- types.c --- */
Value adapt(Checker *c, const Env *env, Value value, Scalar type,
            Span span); /* converts; literals take the type */
Value pin(Checker *c, const Env *env, Value value, Span span);
Value as_float(Checker *c, Value value);
bool unify(Checker *c, const Env *env, Value *a, Value *b, Span span); /* two numbers to one type */
bool need_number(Checker *c, const Env *env, Value value, const Expr *expr, const char *op);
bool need_mask(Checker *c, const Env *env, Value value, const Expr *expr, const char *where);
Value typed_unary(Checker *c, Op op, Value a);
Value typed_binary(Checker *c, Op op, Value a, Value b);         /* types agree */
Value value_number(const Checker *c, Value like, double number); /* a literal of the type of like */

/* --- positions.c --- */
Value elaborate_index(Checker *c, const Env *env, Expr *expr);

/* --- calls.c --- */
Value elaborate_call(Checker *c, const Env *env, Expr *expr);
bool bracket_axes(Checker *c, const Env *env, const Expr *call, Axes *axes);
bool plain_arguments(Checker *c, const Env *env, Expr *call, int least, int most);

/* --- reductions.c --- */
Value elaborate_reduction(Checker *c, const Env *env, Expr *call, const Builtin *builtin);

/* --- derivatives.c --- */
Value elaborate_derivative(Checker *c, const Env *env, Expr *call, const Builtin *builtin);
bool differentiates(Checker *c, const Decl *fn,
                    Name name); /* whether its text does, by that name */
Value marked(Checker *c, const Env *env, Value value, Name name,
             Span span); /* under a LET that is like no other */

/* --- training.c --- */
void declare_training(Checker *c);

/* --- functions.c --- */
Value elaborate_fn(Checker *c, const Env *env, Expr *call, Symbol *fn);

#endif
