/* The vocabulary: the operations of the language and what each takes. A name that stands here can
 * be declared by nobody. */
#include "check/checker.h"

enum {
    ELEMENTS = OPTION_WHERE | OPTION_EMPTY,
    WEIGHED = ELEMENTS | OPTION_WEIGHT | OPTION_LOGWEIGHT
};

static const Builtin builtins[] = {
    {"exp", BUILTIN_FLOAT, OP_EXP, 0, 0, 0},
    {"log", BUILTIN_FLOAT, OP_LOG, 0, 0, 0},
    {"log1p", BUILTIN_FLOAT, OP_LOG1P, 0, 0, 0},
    {"expm1", BUILTIN_FLOAT, OP_EXPM1, 0, 0, 0},
    {"sqrt", BUILTIN_FLOAT, OP_SQRT, 0, 0, 0},
    {"rsqrt", BUILTIN_FLOAT, OP_RSQRT, 0, 0, 0},
    {"tanh", BUILTIN_FLOAT, OP_TANH, 0, 0, 0},
    {"sigmoid", BUILTIN_FLOAT, OP_SIGMOID, 0, 0, 0},
    {"softplus", BUILTIN_FLOAT, OP_SOFTPLUS, 0, 0, 0},
    {"erf", BUILTIN_FLOAT, OP_ERF, 0, 0, 0},
    {"erfc", BUILTIN_FLOAT, OP_ERFC, 0, 0, 0},
    {"lgamma", BUILTIN_FLOAT, OP_LGAMMA, 0, 0, 0},
    {"digamma", BUILTIN_FLOAT, OP_DIGAMMA, 0, 0, 0},
    {"trigamma", BUILTIN_FLOAT, OP_TRIGAMMA, 0, 0, 0},
    {"polygamma", BUILTIN_POLYGAMMA, OP_POLYGAMMA, 0, 0, 0},
    {"sin", BUILTIN_FLOAT, OP_SIN, 0, 0, 0},
    {"cos", BUILTIN_FLOAT, OP_COS, 0, 0, 0},
    {"tan", BUILTIN_FLOAT, OP_TAN, 0, 0, 0},
    {"abs", BUILTIN_NUMBER, OP_ABS, 0, 0, 0},
    {"sign", BUILTIN_NUMBER, OP_SIGN, 0, 0, 0},
    {"floor", BUILTIN_WHOLE, OP_FLOOR, 0, 0, 0},
    {"ceil", BUILTIN_WHOLE, OP_CEIL, 0, 0, 0},
    {"round", BUILTIN_WHOLE, OP_ROUND, 0, 0, 0},
    {"isnan", BUILTIN_TEST, OP_ISNAN, 0, 0, 0},
    {"isinf", BUILTIN_TEST, OP_ISINF, 0, 0, 0},
    {"isfinite", BUILTIN_TEST, OP_ISFINITE, 0, 0, 0},
    {"min", BUILTIN_EXTREME, OP_MIN, REDUCE_OF_OP, ELEMENTS, 0},
    {"max", BUILTIN_EXTREME, OP_MAX, REDUCE_OF_OP, ELEMENTS, 0},
    {"div", BUILTIN_DIVIDE, OP_IDIV, 0, 0, 0},
    {"mod", BUILTIN_DIVIDE, OP_MOD, 0, 0, 0},
    {"clamp", BUILTIN_CLAMP, OP_MIN, 0, 0, 0},
    {"relu", BUILTIN_RELU, OP_MAX, 0, 0, 0},
    {"gelu", BUILTIN_GELU, OP_ERFC, 0, 0, 0},
    {"silu", BUILTIN_SILU, OP_SIGMOID, 0, 0, 0},
    {"f32", BUILTIN_CONVERT, OP_CONVERT, 0, 0, SCALAR_F32},
    {"f64", BUILTIN_CONVERT, OP_CONVERT, 0, 0, SCALAR_F64},
    {"f16", BUILTIN_CONVERT, OP_CONVERT, 0, 0, SCALAR_F16},
    {"bf16", BUILTIN_CONVERT, OP_CONVERT, 0, 0, SCALAR_BF16},
    {"i32", BUILTIN_CONVERT, OP_CONVERT, 0, 0, SCALAR_I32},
    {"i64", BUILTIN_CONVERT, OP_CONVERT, 0, 0, SCALAR_I64},
    {"bool", BUILTIN_CONVERT, OP_CONVERT, 0, 0, SCALAR_BOOL},
    {"extent", BUILTIN_EXTENT, OP_EXTENT, 0, 0, 0},
    {"has", BUILTIN_HAS, OP_NE, 0, 0, 0},
    {"stop", BUILTIN_STOP, OP_STOP, 0, 0, 0},
    {"uniform", BUILTIN_RANDOM, OP_UNIFORM, 0, 0, 0},
    {"normal", BUILTIN_RANDOM, OP_NORMAL, 0, 0, 0},
    {"grad", BUILTIN_DERIVATIVE, 0, 0, 0, 0},
    {"vjp", BUILTIN_DERIVATIVE, 0, 0, 0, 0},
    {"jvp", BUILTIN_DERIVATIVE, 0, 0, 0, 0},
    {"sum", BUILTIN_REDUCE, OP_SUM, REDUCE_SUM, WEIGHED, 0},
    {"mean", BUILTIN_REDUCE, OP_SUM, REDUCE_MEAN, WEIGHED | OPTION_OVER, 0},
    {"var", BUILTIN_REDUCE, OP_SUM, REDUCE_VAR, WEIGHED | OPTION_DDOF, 0},
    {"std", BUILTIN_REDUCE, OP_SUM, REDUCE_STD, WEIGHED | OPTION_DDOF, 0},
    {"norm", BUILTIN_REDUCE, OP_SUM, REDUCE_NORM, WEIGHED, 0},
    {"logsumexp", BUILTIN_REDUCE, OP_SUM, REDUCE_LOGSUMEXP, WEIGHED, 0},
    {"count", BUILTIN_REDUCE, OP_SUM, REDUCE_COUNT, WEIGHED, 0},
    {"prod", BUILTIN_REDUCE, OP_PROD, REDUCE_OF_OP, ELEMENTS, 0},
    {"any", BUILTIN_REDUCE, OP_ANY, REDUCE_OF_OP, ELEMENTS, 0},
    {"all", BUILTIN_REDUCE, OP_ALL, REDUCE_OF_OP, ELEMENTS, 0},
    {"argmin", BUILTIN_REDUCE, OP_ARGMIN, REDUCE_ARG, ELEMENTS, 0},
    {"argmax", BUILTIN_REDUCE, OP_ARGMAX, REDUCE_ARG, ELEMENTS, 0},
    {"softmax", BUILTIN_KEEP, OP_SUM, REDUCE_SOFTMAX, OPTION_WHERE, 0},
    {"log_softmax", BUILTIN_KEEP, OP_SUM, REDUCE_LOG_SOFTMAX, OPTION_WHERE, 0},
    {"normalize", BUILTIN_KEEP, OP_SUM, REDUCE_NORMALIZE, OPTION_WHERE, 0},
};

void builtins_declare(Checker *c) {
    c->words = table_new(c->arena);
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        table_set(&c->words, name_word(c, builtins[i].name), (void *)&builtins[i]);
}

const Builtin *builtin_find(const Checker *c, Name name) {
    return table_get(&c->words, name);
}
