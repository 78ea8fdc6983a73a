/* Names. In: a function of the loop language, whose variables are named as the source names them;
 * out: each variable's c_name, legal in C and C++ and unique where it is visible, so that nothing
 * shadows anything.
 *
 * A name is kept where it can be: `n` stays `n` in every loop. A word that C has already gets an
 * underscore (`int_`), a name that is taken around it a number (`n_2`). How expressions use a
 * variable is noted here too: they say *loss for a pointer that is only read or written at [0]. */
#include "emit/writer.h"
#include <ctype.h>
#include <string.h>

/* No variable may have these: keywords of C and C++, and macros of headers that the emitted C
 * includes. */
static const char *const words[] = {
    "alignas",   "alignof",       "and",         "and_eq",     "asm",          "auto",
    "bitand",    "bitor",         "bool",        "break",      "case",         "catch",
    "char",      "char8_t",       "char16_t",    "char32_t",   "class",        "co_await",
    "co_return", "co_yield",      "compl",       "complex",    "concept",      "const",
    "consteval", "constexpr",     "constinit",   "const_cast", "continue",     "decltype",
    "default",   "delete",        "do",          "double",     "dynamic_cast", "else",
    "enum",      "explicit",      "export",      "extern",     "false",        "float",
    "for",       "friend",        "goto",        "if",         "imaginary",    "inline",
    "int",       "long",          "mutable",     "namespace",  "new",          "noexcept",
    "noreturn",  "not",           "not_eq",      "nullptr",    "operator",     "or",
    "or_eq",     "private",       "protected",   "public",     "register",     "reinterpret_cast",
    "requires",  "restrict",      "return",      "short",      "signed",       "sizeof",
    "static",    "static_assert", "static_cast", "struct",     "switch",       "template",
    "this",      "thread_local",  "throw",       "true",       "try",          "typedef",
    "typeid",    "typename",      "union",       "unsigned",   "using",        "virtual",
    "void",      "volatile",      "wchar_t",     "while",      "xor",          "xor_eq",
    "typeof",    "typeof_unqual", "size_t",      "ssize_t",    "ptrdiff_t",    "int8_t",
    "int16_t",   "int32_t",       "int64_t",     "uint8_t",    "uint16_t",     "uint32_t",
    "uint64_t",  "intptr_t",      "uintptr_t",   "intmax_t",   "uintmax_t",    "max_align_t",
    "float_t",   "double_t",      "div_t",       "ldiv_t",     "NULL",         "INFINITY",
    "NAN",       "HUGE_VAL",      "HUGE_VALF",   "HUGE_VALL",  "SIZE_MAX",     "INT32_MAX",
    "INT32_MIN", "INT64_MAX",     "INT64_MIN",   "UINT16_MAX", "UINT32_MAX",   "UINT64_MAX",
    "INT64_C",   "UINT64_C",      "MAXFLOAT",    "EOF",        "EXIT_FAILURE", "EXIT_SUCCESS",
    "RAND_MAX",  "MB_CUR_MAX",    "I",           "errno",      "assert",       "offsetof",
    "signgam",   "stdin",         "stdout",      "stderr",     "linux",        "unix",
    "i386",      "near",          "far",         "small",      "interface",    "main",
    "environ",
};

/* Functions that no symbol may replace, and no variable hide: the C library's, and what else every
 * program links. */
static const char *const library[] = {
    "abort",    "abs",         "accept",    "access",     "acos",        "acosh",      "alarm",
    "alloca",   "asin",        "asinh",     "atan",       "atan2",       "atanh",      "atexit",
    "atof",     "atoi",        "atol",      "atoll",      "bcmp",        "bcopy",      "bind",
    "bsearch",  "bzero",       "calloc",    "cbrt",       "ceil",        "chdir",      "clock",
    "clone",    "close",       "connect",   "copysign",   "cos",         "cosh",       "creat",
    "div",      "drem",        "dup",       "dup2",       "erf",         "erfc",       "exec",
    "exit",     "exp",         "exp10",     "exp2",       "expm1",       "fabs",       "fclose",
    "fdim",     "ffs",         "fflush",    "finite",     "floor",       "fma",        "fmax",
    "fmin",     "fmod",        "fopen",     "fork",       "fputs",       "fread",      "free",
    "frexp",    "fseek",       "ftell",     "fwrite",     "gamma",       "getc",       "getenv",
    "gets",     "hypot",       "ilogb",     "index",      "ioctl",       "isalpha",    "isinf",
    "isnan",    "j0",          "j1",        "jn",         "kill",        "labs",       "ldexp",
    "ldiv",     "lgamma",      "link",      "listen",     "llabs",       "lldiv",      "llrint",
    "llround",  "log",         "log10",     "log1p",      "log2",        "logb",       "longjmp",
    "lrint",    "lround",      "lseek",     "malloc",     "memchr",      "memcmp",     "memcpy",
    "memmove",  "memset",      "mktime",    "mmap",       "modf",        "mprotect",   "munmap",
    "nan",      "nearbyint",   "nextafter", "nice",       "open",        "pause",      "pipe",
    "poll",     "pow",         "printf",    "putc",       "puts",        "qsort",      "raise",
    "rand",     "random",      "read",      "realloc",    "recv",        "remainder",  "remove",
    "remquo",   "rename",      "rewind",    "rindex",     "rint",        "round",      "scalb",
    "scalbn",   "scanf",       "select",    "send",       "setenv",      "setjmp",     "signal",
    "signbit",  "significand", "sin",       "sincos",     "sinh",        "sleep",      "socket",
    "sprintf",  "sqrt",        "srand",     "stat",       "strcat",      "strchr",     "strcmp",
    "strcpy",   "strdup",      "strlen",    "strncpy",    "strstr",      "strtod",     "strtof",
    "strtok",   "strtol",      "sync",      "system",     "tan",         "tanh",       "tgamma",
    "time",     "times",       "tolower",   "toupper",    "trunc",       "truncate",   "umask",
    "uname",    "unlink",      "wait",      "write",      "y0",          "y1",         "yn",
    "isfinite", "isnormal",    "isgreater", "isless",     "isunordered", "fpclassify", "brk",
    "sbrk",     "daemon",      "error",     "warn",       "err",         "syslog",     "swab",
    "tee",      "splice",      "vfork",     "utime",      "usleep",      "ualarm",     "acct",
    "chown",    "chmod",       "mkdir",     "rmdir",      "mount",       "reboot",     "shutdown",
    "symlink",  "nanosleep",   "getpid",    "initgroups",
};

static const char *const library_of_variables[] = {
    /* those of <math.h>, <stdlib.h>, <string.h> that readers expect */
    "abs",    "exp",    "log",     "log1p", "expm1",   "sqrt",   "pow",    "floor",   "ceil",
    "round",  "rint",   "trunc",   "tanh",  "sin",     "cos",    "tan",    "erf",     "erfc",
    "lgamma", "tgamma", "fma",     "fabs",  "fmin",    "fmax",   "fmod",   "fmaf",    "sqrtf",
    "fabsf",  "rintf",  "isnan",   "isinf", "signbit", "malloc", "calloc", "realloc", "free",
    "memset", "memcpy", "memmove", "abort", "exit",
};

#define ENTRIES(array) (int)(sizeof(array) / sizeof *(array))

static bool is_listed(const char *const *list, int count, const char *name) {
    for (int i = 0; i < count; ++i) {
        if (strcmp(list[i], name) == 0) return true;
    }
    return false;
}

static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Letters, digits and underscores, and no beginning that C or the runtime keeps for itself. */
static const char *legal(Arena *arena, const char *name) {
    bool is_reserved = name[0] == '_' && (name[1] == '_' || isupper((unsigned char)name[1]));
    bool is_opened = is_plain(name[0]) && !isdigit((unsigned char)name[0]) && !is_reserved;
    const char *p = name;
    while (is_plain(*p))
        ++p;
    if (is_opened && !*p) return name;
    Text out = text_new(arena);
    if (!is_opened) text_add(&out, "x");
    for (p = name; *p; ++p)
        text_add_bytes(&out, is_plain(*p) ? p : "_", 1);
    return out.chars;
}

static bool is_of_runtime(const char *name) {
    static const char *const prefixes[] = {"steelyard_", "STEELYARD_", "sy_", "SY_", "omp_"};
    for (int i = 0; i < ENTRIES(prefixes); ++i) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) return true;
    }
    return false;
}

const char *emit_symbol(Compiler *c, const char *name) {
    const char *clean = legal(c->arena, name);
    bool is_taken = is_listed(words, ENTRIES(words), clean) ||
                    is_listed(library, ENTRIES(library), clean) || is_of_runtime(clean) ||
                    strcmp(clean, "steelyard") == 0;
    return is_taken ? arena_format(c->arena, "%s_", clean) : clean;
}

const char *function_name(const Emitter *e, Name name) {
    const char *known = table_get(&e->function_names, name);
    return known ? known : name;
}

void names_public(Emitter *e, const char *before, const char *after) {
    for (int i = 0; i < e->module->functions.count; ++i) {
        const Function *function = e->module->functions.items[i];
        if (!function->is_public) continue;
        const char *name =
            arena_format(e->c->arena, "%s%s%s", before, emit_symbol(e->c, function->name), after);
        table_set(&e->function_names, function->name, (void *)(uintptr_t)name);
    }
}

const char *level_function(const Emitter *e) {
    return emit_symbol(e->c, arena_format(e->c->arena, "%s_level", e->module->model->name));
}

/* --- what a module calls, which no variable may hide, and how it uses its variables --- */

static void reserve(Emitter *e, const char *name) {
    Name interned = name_of(e->c->names, name);
    table_set(&e->reserved, interned, (void *)(uintptr_t)interned);
}

static void note_use(Variable *variable, const Value *value) {
    bool is_place = value->kind == VALUE_ELEMENT || value->kind == VALUE_ADDRESS;
    variable->is_used = true;
    if (!is_place || !value->a) return;
    if (value->a->kind != VALUE_INTEGER || value->a->integer != 0)
        variable->is_indexed = true;
    else if (value->kind == VALUE_ELEMENT)
        variable->is_read_first = true;
}

static void visit_value(Emitter *e, const Value *value) {
    for (; value;
         value = value->a) { /* the left side by iteration: sums may have thousands of terms */
        if (value->kind == VALUE_CALL) reserve(e, function_name(e, value->name));
        if (value->variable) note_use(value->variable, value);
        if (value->b) visit_value(e, value->b);
        if (value->c) visit_value(e, value->c);
        for (int i = 0; i < value->argument_count; ++i)
            visit_value(e, value->arguments[i]);
    }
}

static void visit_block(Emitter *e, const Block *block) {
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        const Value *const values[] = {s->target, s->value, s->from, s->to, s->step, s->condition};
        for (int j = 0; j < ENTRIES(values); ++j)
            visit_value(e, values[j]);
        visit_block(e, &s->body);
        visit_block(e, &s->otherwise);
    }
}

void names_begin(Emitter *e) {
    Arena *arena = e->c->arena;
    e->reserved = table_new(arena);
    e->function_names = table_new(arena);
    for (int i = 0; i < ENTRIES(words); ++i)
        reserve(e, words[i]);
    for (int i = 0; i < ENTRIES(library_of_variables); ++i)
        reserve(e, library_of_variables[i]);
    for (int i = 0; i < e->module->functions.count; ++i) {
        Name name = e->module->functions.items[i]->name;
        table_set(&e->function_names, name, (void *)(uintptr_t)emit_symbol(e->c, name));
    }
    for (int i = 0; i < e->module->functions.count; ++i)
        visit_block(e, &e->module->functions.items[i]->body);
}

/* --- scopes --- */

typedef struct Scope {
    Emitter *e;
    Table visible;      /* Name -> itself, while a variable of that C name can be seen */
    Vector(Name) names; /* in order; a scope's end takes its own back */
} Scope;

static void declare(Scope *scope, Variable *variable) {
    Compiler *c = scope->e->c;
    const char *clean = legal(c->arena, variable->name);
    Name name = name_of(c->names, clean);
    if (is_of_runtime(clean) || table_get(&scope->e->reserved, name)) {
        name = name_of(c->names, clean = arena_format(c->arena, "%s_", clean));
    }
    for (int suffix = 2; table_get(&scope->visible, name) || table_get(&scope->e->reserved, name);
         ++suffix) {
        name = name_of(c->names, arena_format(c->arena, "%s_%d", clean, suffix));
    }
    table_set(&scope->visible, name, (void *)(uintptr_t)name);
    vector_push(c->arena, &scope->names, name);
    variable->c_name = name;
}

static void leave(Scope *scope, int names) {
    while (scope->names.count > names)
        table_set(&scope->visible, scope->names.items[--scope->names.count], NULL);
}

static void name_block(Scope *scope, const Block *block) {
    int outer = scope->names.count;
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        int before = scope->names.count;
        if (s->kind == STATEMENT_DECLARE || s->kind == STATEMENT_FOR) declare(scope, s->variable);
        name_block(scope, &s->body);
        name_block(scope, &s->otherwise);
        if (s->kind == STATEMENT_FOR) leave(scope, before);
    }
    leave(scope, outer);
}

void names_structure(Emitter *e) {
    Structure *structure = e->module->structure;
    Scope scope = {.e = e, .visible = table_new(e->c->arena)};
    if (!structure) return;
    structure->c_name = emit_symbol(e->c, structure->name);
    for (int i = 0; i < structure->members.count; ++i)
        declare(&scope, structure->members.items[i]);
}

void names_assign(Emitter *e, Function *function) {
    Scope scope = {.e = e, .visible = table_new(e->c->arena)};
    for (int i = 0; i < function->parameters.count; ++i)
        declare(&scope, function->parameters.items[i]);
    name_block(&scope, &function->body);
}
