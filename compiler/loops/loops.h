/* The loop language: what the emitted C says, as a tree. plan and graph are lowered to it, emit/
 * writes it down and decides nothing. Small on purpose: variables, expressions, statements,
 * functions. */
#ifndef LOOPS_LOOPS_H
#define LOOPS_LOOPS_H
#include "graph/graph.h"

typedef struct Variable Variable;
typedef struct Value Value;
typedef struct Statement Statement;

typedef enum CType {
    C_VOID,
    C_BOOL /* unsigned char in memory, int in expressions */,
    C_INT,
    C_I32,
    C_I64,
    C_U64,
    C_U16,
    C_SIZE,
    C_F32,
    C_F64,
    C_CALL /* steelyard_call */,
    C_CHAR,
    C_STATE /* steelyard_state */,
    C_STATE_FILE /* sy_state_file */,
    C_STRUCTURE /* the structure of the module */
} CType;

struct Variable {
    Name name;  /* as the source names it; emit/names makes it unique and legal in C */
    CType type; /* of the element, for pointers and arrays */
    bool pointer;
    bool is_const; /* a scalar that never changes; a pointer to const */
    bool is_restrict;
    Value *length;                  /* a local array of this many elements (a constant), or NULL */
    bool pointer_to_const_pointers; /* `void *const *` (the packed entry) */
    int id;
    const char *c_name; /* this and what follows are set by emit/names */
    bool is_used;       /* it stands in some expression */
    bool is_read_first; /* some expression has its element [0] */
    bool is_indexed;    /* some expression has another element, or its address */
};

typedef enum ValueKind {
    VALUE_INTEGER, /* integer, of type */
    VALUE_FLOAT,   /* number, of type F32 or F64; inf and NaN are INFINITY and NAN */
    VALUE_NULL,
    VALUE_STRING, /* name: its characters */
    VALUE_VARIABLE,
    VALUE_ELEMENT,        /* variable[a] */
    VALUE_ADDRESS,        /* variable + a, a pointer: written &variable[a], or variable (a scalar:
                             &variable) where a is NULL */
    VALUE_MEMBER,         /* variable->member, or of a structure of the runtime's variable->name */
    VALUE_MEMBER_ADDRESS, /* its address, a pointer */
    VALUE_UNARY,          /* op a */
    VALUE_BINARY,         /* a op b */
    VALUE_CONDITIONAL,    /* a ? b : c */
    VALUE_CAST,           /* (type)a; to a pointer where pointer is set */
    VALUE_CALL,           /* name(arguments) */
    VALUE_SIZEOF,         /* sizeof(type) */
    VALUE_NAMED           /* name: a constant of the runtime or libc, STEELYARD_OK, SIZE_MAX */
} ValueKind;

typedef enum COp {
    C_NEG,
    C_NOT,
    C_ADD,
    C_SUB,
    C_MUL,
    C_DIV,
    C_MOD,
    C_LT,
    C_LE,
    C_GT,
    C_GE,
    C_EQ,
    C_NE,
    C_AND,
    C_OR,
    C_BITAND,
    C_BITOR,
    C_SHL,
    C_SHR
} COp;

struct Value { /* small: a module has thousands */
    ValueKind kind : 8;
    CType type : 8;
    COp op : 8;
    bool pointer : 1;
    bool to_const : 1; /* CAST to a pointer: to const */
    int argument_count;
    Value **arguments;
    int64_t integer;
    double number;
    Name name;
    Variable *variable;
    Variable *member; /* MEMBER: of the structure of the module; NULL: name says which */
    Value *a, *b, *c;
};

typedef Vector(Statement *) Block;
typedef Vector(Variable *) Variables;

typedef enum StatementKind {
    STATEMENT_COMMENT, /* text; may hold several lines */
    STATEMENT_BLANK,
    STATEMENT_DECLARE, /* variable = value (value may be NULL; zero: an array set to {0}) */
    STATEMENT_ASSIGN,  /* target = value; op C_ADD: +=, C_MUL: *= ...; C_NEG stands for plain = */
    STATEMENT_FOR,     /* for (variable = from; variable < to; variable += step) body */
    STATEMENT_IF,      /* if (value) body else otherwise */
    STATEMENT_CALL,    /* value; */
    STATEMENT_RETURN,  /* return value; (value may be NULL) */
    STATEMENT_CONTINUE,
    STATEMENT_BREAK,
    STATEMENT_SCOPE /* { body } */
} StatementKind;

typedef enum ForKind {
    FOR_PLAIN,
    FOR_PARALLEL, /* iterations in any order, by many threads if condition; share.c takes it out */
    FOR_SIMD      /* #pragma omp simd: the iterations are independent */
} ForKind;

struct Statement {
    StatementKind kind;
    Span span;
    const char *text;
    Variable *variable;
    Value *target;
    COp op;
    Value *value;
    bool zero;
    Value **elements; /* DECLARE: a constant table, `static const` */
    int element_count;
    Value *from, *to;
    Value *step;        /* NULL: 1; may depend on the variable */
    Value *share;       /* PARALLEL: threads take so many iterations at a time; NULL: one step */
    Variable *share_to; /* stands in the body for where the open share ends; NULL: nothing does */
    bool down;          /* counts from `from` down to `to`, inclusive */
    ForKind for_kind;
    bool joins;       /* PLAIN: the iterations too go in any order, and may be shared out with those
                         of the loop around; share.c sees whether they can */
    Value *condition; /* of a parallel loop; NULL: always */
    bool team;        /* CALL: #pragma omp parallel, every thread makes it for its own share */
    Block body, otherwise;
};

typedef struct Function {
    Name name;
    const char *doc; /* documentation, lines joined by \n; above the prototype in the header */
    CType result;
    bool is_public;
    Variables parameters;
    Block body;
} Function;

typedef struct Structure { /* a public type */
    Name name;
    const char *doc;
    Variables members; /* emit/names makes their names unique and legal, the first ones first */
    const char *c_name;
} Structure;

typedef struct StateLayout { /* what a training's file holds, in this order */
    Vector(Axis *) sizes;    /* that are arguments */
    Vector(Axis *) others;   /* of arrays too, fixed or computed */
    Vector(Array *) arrays;
    Vector(Axis *) computed; /* declared axes whose extent is made of the sizes */
} StateLayout;

typedef struct Module { /* one .c and one .h */
    Model *model;
    const char *source_name;      /* "average.sy" */
    Vector(Function *) functions; /* in order of definition; public ones are declared in the header
                                     in this order */
    Structure *structure;         /* what a training holds, or NULL */
} Module;

/* Makers: each returns a new value in the compiler's arena. */
Value *value_integer(Compiler *c, CType type, int64_t integer);
Value *value_float(Compiler *c, CType type, double number);
Value *value_null(Compiler *c);
Value *value_string(Compiler *c, const char *text);
Value *value_variable(Compiler *c, Variable *variable);
Value *value_element(Compiler *c, Variable *array, Value *index);
bool value_mentions(const Value *value, const Variable *variable);
Value *value_address(Compiler *c, Variable *array, Value *index);
Value *value_member(Compiler *c, Variable *structure, const char *name, CType type, bool pointer);
Value *value_member_of(Compiler *c, Variable *structure, Variable *member);
Value *value_member_address(Compiler *c, Variable *structure, Variable *member);
Value *value_unary(Compiler *c, COp op, Value *a);
Value *value_binary(Compiler *c, COp op, Value *a,
                    Value *b); /* folds integer constants, x + 0, x * 1 */
Value *value_conditional(Compiler *c, Value *a, Value *b, Value *otherwise);
Value *value_cast(Compiler *c, CType type, Value *a); /* a itself if it has the type */
Value *value_cast_pointer(Compiler *c, CType type, Value *a);
Value *value_call(Compiler *c, CType type, const char *name, int count, Value *const *arguments);
Value *value_sizeof(Compiler *c, CType type);
Value *value_named(Compiler *c, CType type, const char *name);
Variable *variable_new(Compiler *c, const char *name, CType type);

void block_add(Compiler *c, Block *block, Statement *statement);
Statement *block_comment(Compiler *c, Block *block, const char *text);
void block_blank(Compiler *c, Block *block);
Statement *block_declare(Compiler *c, Block *block, Variable *variable, Value *value);
Statement *block_assign(Compiler *c, Block *block, Value *target, Value *value);
Statement *block_update(Compiler *c, Block *block, COp op, Value *target,
                        Value *value); /* target op= value */
Statement *block_for(Compiler *c, Block *block, Variable *variable, Value *from, Value *to,
                     Value *step);
Statement *block_if(Compiler *c, Block *block, Value *condition);
/* Whether a statement of the block, or of one in it, declares the variable. */
bool block_declares(const Block *block, const Variable *variable);
/* Whether what the value is made of is there for the next turn of the loop as well: nothing that
 * its body declares, and elements only of arrays that nobody writes: of others the next turn's may
 * not be made yet, or another thread is at it. */
bool value_is_known_before(const Statement *loop, const Value *value);
/* And whether it is the same in every turn. */
bool value_is_same_in(const Statement *loop, const Value *value);
void block_call(Compiler *c, Block *block, Value *call);
void block_return(Compiler *c, Block *block, Value *value);

CType c_type_of(Scalar type); /* in memory: BOOL -> C_BOOL, F16 -> C_U16 ... */
void module_print(Text *out, const Module *module); /* for -d; an outline, not C */
/* Takes out variables and loops that nothing uses; gives how often each Variable * that is left is
 * mentioned, NULL: never. */
Table tidy_function(Compiler *compiler, Function *function);
void state_layout(Compiler *compiler, const Model *model, StateLayout *layout);
/* "w[f, h]", as the file says it. */
const char *state_array_text(Arena *arena, const Array *array);
/* Before that: strips of dear functions ask for the next row. */
void module_fetch(Compiler *compiler, Module *module);
void module_fetch_chosen(Compiler *compiler, Module *module); /* see chosen.c */
void module_end_puts(Compiler *compiler, Module *module);     /* after module_share: see put.c */
void module_share(Compiler *compiler, Module *module);        /* parallel loops to functions */
bool module_verify(
    const Module *module); /* declared before use, types agree, loops sane; bug() otherwise */

/* The pass: the plan of a model -> module. */
typedef struct LowerOptions {
    bool packed; /* also NAME_packed(const int64_t *sizes, void *const *arrays, steelyard_call
                  * *call) for `run` and tests: sizes of the run-time dims in order; arrays: inputs
                  * in order, then outputs in order */
    bool always_parallel; /* however little there is to do: for `verify` and tests, whose data are
                             small */
} LowerOptions;
typedef struct ModelPlan ModelPlan; /* plan/plan.h */
Module *lower_model(Compiler *compiler, const ModelPlan *plan, const LowerOptions *options);
#endif
