/* The emitter: C that says what the tree says, warns nowhere, and is laid out as clang-format
 * would. */
#include "emit/writer.h"
#include "emit_random.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Compiler *c;
static Module *module;
static Function *function;

static Variable *parameter(const char *name, CType type, bool is_array) {
    Variable *variable = variable_new(c, name, type);
    variable->pointer = variable->is_const = is_array;
    vector_push(c->arena, &function->parameters, variable);
    return variable;
}

static void function_begin(const char *name, CType result) {
    function = ARENA_NEW(c->arena, Function);
    function->name = name_of(c->names, name);
    function->result = result;
    function->is_public = true;
    vector_push(c->arena, &module->functions, function);
}

static void begin(void) {
    c = compiler_new();
    module = ARENA_NEW(c->arena, Module);
    module->model = ARENA_NEW(c->arena, Model);
    module->model->graph = graph_new(c);
    module->model->name = name_of(c->names, "sample");
    module->source_name = "sample.sy";
    function_begin("sample", C_INT);
}

static void end(void) {
    compiler_free(c);
}

TestSuite(emit, .init = begin, .fini = end);

static Value *integer(int64_t value) {
    return value_integer(c, C_I64, value);
}

static Value *variable(Variable *v) {
    return value_variable(c, v);
}

static Variable *local(const char *name, CType type, Value *value) {
    Variable *v = variable_new(c, name, type);
    block_declare(c, &function->body, v, value);
    return v;
}

static const char *emitted(void) {
    Text c_text = text_new(c->arena), h_text = text_new(c->arena);
    module_share(c, module);
    emit_module(c, module, &c_text, &h_text);
    return c_text.chars;
}

static const char *header(void) {
    Text c_text = text_new(c->arena), h_text = text_new(c->arena);
    emit_module(c, module, &c_text, &h_text);
    return h_text.chars;
}

#define expect(text, part) cr_expect(strstr((text), (part)), "no\n%s\nin\n%s", (part), (text))
#define expect_not(text, part)                                                                     \
    cr_expect(!strstr((text), (part)), "there is\n%s\nin\n%s", (part), (text))

Test(emit, float_literals) {
    static const struct {
        CType type;
        double number;
        const char *text;
    } cases[] = {
        {C_F32, 0.5, "0.5f"},
        {C_F64, 1, "1.0"},
        {C_F32, 0.1f, "0.1f"},
        {C_F64, 0.1f, "0.10000000149011612"},
        {C_F32, 1e10, "10000000000.0f"},
        {C_F64, 1e300, "1e300"},
        {C_F64, 1.5e-300, "1.5e-300"},
        {C_F32, 16777216, "16777216.0f"},
        {C_F32, -0.0, "-0.0f"},
        {C_F64, INFINITY, "INFINITY"},
        {C_F32, -INFINITY, "-INFINITY"},
        {C_F64, NAN, "NAN"},
        {C_F32, 1.40129846e-45, "1e-45f"},
        {C_F64, 0.0001, "0.0001"},
        {C_F64, 0.00001, "1e-5"},
        {C_F64, 100, "100.0"},
        {C_F64, 123.25, "123.25"},
        {C_F32, 3.40282347e38, "3.4028235e38f"},
        {C_F64, 0, "0.0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        cr_expect_str_eq(literal_float(c->arena, cases[i].type, cases[i].number), cases[i].text);
    }
}

Test(emit, integer_literals) {
    cr_expect_str_eq(literal_integer(c->arena, C_I64, 5000000000, false), "INT64_C(5000000000)");
    cr_expect_str_eq(literal_integer(c->arena, C_I64, INT64_MIN, false), "INT64_MIN");
    cr_expect_str_eq(literal_integer(c->arena, C_I32, INT32_MIN, false), "INT32_MIN");
    cr_expect_str_eq(literal_integer(c->arena, C_I64, 3, true), "INT64_C(3)");
    cr_expect_str_eq(literal_integer(c->arena, C_SIZE, -1, false), "SIZE_MAX");
    cr_expect_str_eq(literal_integer(c->arena, C_U64, (int64_t)0x9e3779b97f4a7c15u, false),
                     "UINT64_C(0x9e3779b97f4a7c15)");
}

Test(emit, strings) {
    cr_expect_str_eq(literal_string(c->arena, "a\"b\\c\n\001"
                                              "1?"
                                              "?/"),
                     "\"a\\\"b\\\\c\\n\\0011?\\?/\"");
}

Test(emit, folding) {
    Variable *x = parameter("x", C_I64, false);
    Value *v = variable(x);
    cr_expect_eq(value_binary(c, C_ADD, v, integer(0)), v);
    cr_expect_eq(value_binary(c, C_MUL, integer(1), v), v);
    cr_expect_eq(value_binary(c, C_MUL, v, integer(0))->integer, 0);
    cr_expect_eq(value_binary(c, C_SUB, value_binary(c, C_ADD, v, integer(4)), integer(4)), v);
    cr_expect_eq(value_binary(c, C_SUB, v, v)->kind, VALUE_INTEGER);
    cr_expect_eq(
        value_binary(c, C_AND, value_integer(c, C_BOOL, 1), value_binary(c, C_LT, v, integer(3)))
            ->op,
        C_LT);
    cr_expect_eq(value_binary(c, C_MUL, integer(INT64_MAX), integer(2))->kind,
                 VALUE_BINARY); /* overflow: left alone */
    cr_expect_eq(value_binary(c, C_DIV, integer(1), integer(0))->kind, VALUE_BINARY);
    cr_expect_eq(value_unary(c, C_NOT, value_binary(c, C_LT, v, integer(3)))->op, C_GE);
    Variable *y = parameter("y", C_F32, false);
    Value *less = value_binary(c, C_LT, variable(y), value_float(c, C_F32, 3));
    cr_expect_eq(value_unary(c, C_NOT, less)->kind, VALUE_UNARY); /* a NaN is not >= 3 either */
    Value *sum = value_binary(c, C_ADD, variable(y), value_float(c, C_F32, 0));
    cr_expect_eq(sum->kind, VALUE_BINARY); /* -0 + 0 is 0 */
}

Test(emit, brackets_only_where_needed) {
    Variable *a = parameter("a", C_I64, false), *b = parameter("b", C_I64, false);
    Value *x = variable(a), *y = variable(b);
    Value *sum = value_binary(c, C_ADD, x, y), *product = value_binary(c, C_MUL, x, y);
    local("v0", C_I64, value_binary(c, C_ADD, product, x));
    local("v1", C_I64, value_binary(c, C_MUL, sum, x));
    local("v2", C_I64, value_binary(c, C_SUB, x, value_binary(c, C_SUB, y, x)));
    local("v3", C_I64, value_binary(c, C_SUB, value_binary(c, C_SUB, x, y), x));
    Value *p = value_binary(c, C_LT, x, y), *q = value_binary(c, C_EQ, x, y);
    local("v4", C_BOOL, value_binary(c, C_OR, value_binary(c, C_AND, p, q), p));
    local("v5", C_BOOL, value_binary(c, C_AND, p, value_binary(c, C_AND, q, p)));
    local("v6", C_I64, value_unary(c, C_NEG, sum));
    local("v7", C_I64, value_binary(c, C_SHL, sum, integer(3)));
    local("v8", C_F32,
          value_binary(c, C_MUL, value_cast(c, C_F32, sum), value_float(c, C_F32, -2)));
    local("v9", C_I64, value_conditional(c, p, x, value_conditional(c, q, y, integer(0))));
    block_return(c, &function->body, value_integer(c, C_INT, 0));
    const char *text = emitted();
    expect(text, "int64_t v0 = a * b + a;");
    expect(text, "int64_t v1 = (a + b) * a;");
    expect(text, "int64_t v2 = a - (b - a);");
    expect(text, "int64_t v3 = a - b - a;");
    expect(text, "bool v4 = (a < b && a == b) || a < b;");
    expect(text, "bool v5 = a < b && a == b && a < b;");
    expect(text, "int64_t v6 = -(a + b);");
    expect(text, "int64_t v7 = (a + b) << 3;");
    expect(text, "float v8 = (float)(a + b) * -2.0f;");
    expect(text, "int64_t v9 = a < b ? a : (a == b ? b : 0);");
}

Test(emit, names) {
    parameter("int", C_I64, false);
    parameter("class", C_I64, false);
    parameter("n", C_I64, false);
    parameter("sy_x", C_I64, false);
    parameter("__up", C_I64, false);
    Statement *outer =
        block_for(c, &function->body, variable_new(c, "n", C_I64), integer(0), integer(9), NULL);
    Statement *inner =
        block_for(c, &outer->body, variable_new(c, "n", C_I64), integer(0), integer(9), NULL);
    block_declare(c, &inner->body, variable_new(c, "exp", C_I64), integer(1));
    block_for(c, &function->body, variable_new(c, "k", C_I64), integer(0), integer(9), NULL);
    block_for(c, &function->body, variable_new(c, "k", C_I64), integer(0), integer(9), NULL);
    const char *text = emitted();
    expect(text,
           "int sample(int64_t int_, int64_t class_, int64_t n, int64_t sy_x_, int64_t x__up)");
    expect(text, "for (int64_t n_2 = 0; n_2 < 9; ++n_2)");
    expect(text, "for (int64_t n_3 = 0;");
    expect(text, "int64_t exp_ = 1;");
    expect_not(text, "k_2"); /* side by side they may share a name */
    cr_expect_str_eq(emit_symbol(c, "log"), "log_");
    cr_expect_str_eq(emit_symbol(c, "average"), "average");
}

Test(emit, called_functions_are_not_hidden) {
    Value *call = value_call(c, C_F32, "weigh", 0, NULL);
    local("weigh", C_F32, call);
    expect(emitted(), "float weigh_ = weigh();");
}

Test(emit, addresses) {
    Variable *x = local("x", C_F32, value_float(c, C_F32, 1)),
             *values = parameter("values", C_F32, true);
    Value *arguments[] = {value_address(c, x, NULL), value_address(c, values, NULL),
                          value_address(c, values, integer(3)),
                          value_named(c, C_INT, "STEELYARD_OK")};
    block_call(c, &function->body, value_call(c, C_VOID, "f", 4, arguments));
    expect(emitted(), "f(&x, values, &values[3], STEELYARD_OK);");
}

Test(emit, one_value_behind_a_pointer) {
    Variable *average = parameter("average", C_F32, true),
             *values = parameter("values", C_F32, true);
    average->is_const = false;
    block_assign(c, &function->body, value_element(c, average, integer(0)),
                 value_element(c, values, integer(1)));
    expect(emitted(), "*average = values[1];");
}

Test(emit, comments_cannot_end_early) {
    block_comment(c, &function->body,
                  "a */ b /* c *//* d ?"
                  "?/ e \\");
    block_comment(c, &function->body, "*\\\n/ tail \t\x01 \xff");
    block_comment(c, &function->body,
                  "words and words and words and words and words and words and words and words and "
                  "words and more words");
    const char *text = emitted();
    expect(text, "/* a * / b / * c * // * d ? ?/ e */");
    expect(text, "    /* *\n     * / tail     ? ? */");
    expect(text, "words and words and\n     * more words */");
}

Test(emit, header_is_complete) {
    module->model->doc = "A model of */ something.";
    function->doc = "The average.";
    parameter("n", C_SIZE, false);
    parameter("values", C_F32, true)->is_restrict = true;
    parameter("keep", C_BOOL, true);
    parameter("flag", C_BOOL, false);
    const char *text = header();
    expect(text, "A model of * / something.");
    expect(text, "#ifndef SAMPLE_H\n#define SAMPLE_H\n");
    expect(text, "extern \"C\" {");
    expect(text, "/* The average. */\nint sample(size_t n, const float *values, const unsigned "
                 "char *keep, unsigned char flag);\n");
}

Test(emit, header_wraps) {
    for (int i = 0; i < 12; ++i)
        parameter("measurement", C_F32, true);
    const char *text = header();
    expect(text, "const float *measurement_3,\n           const float *measurement_4");
}

Test(emit, statements) {
    Variable *n = parameter("n", C_I64, false), *y = parameter("y", C_F32, true);
    y->is_const = false;
    Statement *loop =
        block_for(c, &function->body, variable_new(c, "i", C_I64), integer(0), variable(n), NULL);
    loop->for_kind = FOR_PARALLEL;
    loop->condition = value_binary(c, C_GT, variable(n), integer(20000));
    block_blank(c, &loop->body);
    Statement *branch =
        block_if(c, &loop->body, value_binary(c, C_LT, variable(loop->variable), integer(3)));
    block_add(c, &branch->body, ARENA_NEW(c->arena, Statement));
    branch->body.items[0]->kind = STATEMENT_CONTINUE;
    block_blank(c, &loop->body);
    Statement *simd =
        block_for(c, &loop->body, variable_new(c, "j", C_I64), integer(0), variable(n), integer(8));
    simd->for_kind = FOR_SIMD;
    block_update(c, &simd->body, C_ADD, value_element(c, y, variable(simd->variable)),
                 value_float(c, C_F32, 1));
    block_blank(c, &simd->body);
    Statement *down =
        block_for(c, &function->body, variable_new(c, "i", C_I64), variable(n), integer(0), NULL);
    down->down = true;
    block_return(c, &function->body, value_integer(c, C_INT, 0));
    const char *text = emitted();
    expect(text, "(int64_t share_from, int64_t share_to, int64_t n, float *y) {\n"
                 "    for (int64_t i = share_from; i < share_to; ++i) {\n"
                 "        if (i < 3) continue;\n"
                 "\n"
                 "#pragma omp simd\n"
                 "        for (int64_t j = 0; j < n; j += 8) {\n"
                 "            y[j] += 1.0f;\n"
                 "        }\n"
                 "    }\n"
                 "}\n");
    expect(text, "    if (n > 20000) {\n"
                 "#pragma omp parallel\n"
                 "        sample_y(sy_share_from(n, 1), sy_share_to(n, 1), n, y);\n"
                 "    } else {\n"
                 "        sample_y(0, n, n, y);\n"
                 "    }\n"
                 "    for (int64_t i = n; i >= 0; --i) {\n"
                 "    }\n"
                 "    return 0;\n"
                 "}\n");
}

/* --- what compilers and clang-format say to random modules --- */

static char folder[] = "/tmp/test_emit_XXXXXX";

static void write_file(const char *name, const char *chars) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(chars, file) >= 0 && fclose(file) == 0);
}

static void run(const char *command) {
    char line[1200];
    snprintf(line, sizeof line, "cd %s && %s", folder, command);
    cr_expect_eq(system(line), 0, "failed: %s", line);
}

static void add_parameters(Dice *dice) {
    for (int i = 0; i < 3; ++i)
        dice->integers[i] =
            parameter((const char *[]){"count", "offset", "batch_extent"}[i], C_I64, false);
    for (int i = 0; i < 2; ++i)
        dice->flags[i] = parameter((const char *[]){"is_kept", "has_label"}[i], C_BOOL, false);
    for (int i = 0; i < 2; ++i)
        dice->floats[i] = parameter((const char *[]){"weight", "x"}[i], C_F32, false);
    for (int i = 0; i < 2; ++i)
        dice->doubles[i] = parameter((const char *[]){"mean", "temperature"}[i], C_F64, false);
    dice->table = parameter("table", C_I64, true);
}

/* Of the type, and such that nothing overflows. */
static Sample sound(Dice *dice, CType type, int depth) {
    for (;;) {
        Sample sample = type == C_I64    ? random_integer(dice, depth)
                        : type == C_BOOL ? random_flag(dice, depth)
                                         : random_float(dice, type, depth);
        if (!sample.fails) return sample;
    }
}

/* One function: its value is the sample's. Then a line of a main program that compares. */
static void add_random(Dice *dice, Text *main_text, int index) {
    CType type = (CType[]){C_I64, C_BOOL, C_F32, C_F64}[index % 4];
    if (index > 0) function_begin(arena_format(c->arena, "sample_%d", index), type);
    function->result = type;
    add_parameters(dice);
    dice->raw = index % 3 != 0;
    Sample sample = sound(dice, type, 1 + (int)roll(dice, 6));
    if (index % 2 == 0) {
        block_return(c, &function->body, sample.value);
    } else {
        Variable *result = local("result", type, sample.value);
        result->is_const = true;
        block_return(c, &function->body, variable(result));
    }
    const char *call = arena_format(
        c->arena, "sample%s(3, -7, 100000, true, false, 0.75f, -3.5f, 1e-3, 12.25, table)",
        index > 0 ? arena_format(c->arena, "_%d", index) : "");
    if (type == C_I64 || type == C_BOOL) {
        text_format(main_text, "    wrong += check(%d, (double)%s, (double)INT64_C(%lld));\n",
                    index, call, (long long)sample.integer);
    } else {
        text_format(main_text, "    wrong += check(%d, (double)%s, %s);\n", index, call,
                    !isfinite(sample.number) ? literal_float(c->arena, C_F64, sample.number)
                                             : arena_format(c->arena, "%a", sample.number));
    }
}

/* Statements of every kind around random expressions: compiled and laid out, not run. */
static void random_block(Dice *dice, Block *block, Variable *out, Variable *sums, int depth) {
    static const char *const names[] = {"n", "row", "channel", "position_in_sequence"};
    for (int i = 0; i < 2 + (int)roll(dice, 3); ++i) {
        uint32_t which = roll(dice, depth > 0 ? 9 : 5);
        Value *at = value_cast(c, C_I64, sound(dice, C_I64, (int)roll(dice, 5)).value);
        if (which == 0) block_blank(c, block);
        if (which == 1)
            block_comment(c, block,
                          "let hidden[n, h] = relu((sum[f](x * w1) + b1) * fw) # of a program "
                          "whose lines are rather long");
        if (which == 2)
            block_assign(c, block, value_element(c, out, at), sound(dice, C_F32, 4).value);
        if (which == 3)
            block_update(c, block, C_ADD, value_element(c, sums, value_integer(c, C_I64, 3)),
                         sound(dice, C_F64, 5).value);
        if (which == 4) {
            Variable *v = variable_new(c, "gain", C_F32);
            v->is_const = true;
            block_declare(c, block, v, sound(dice, C_F32, 4).value);
            block_assign(c, block, value_element(c, out, value_integer(c, C_I64, 2)), variable(v));
        }
        if (which == 5 || which == 6) {
            Statement *loop = block_for(
                c, block, variable_new(c, names[roll(dice, 4)], C_I64), sound(dice, C_I64, 1).value,
                sound(dice, C_I64, (int)roll(dice, 4)).value, roll(dice, 2) ? integer(8) : NULL);
            random_block(dice, &loop->body, out, sums, depth - 1);
        }
        if (which == 7) {
            Statement *branch = block_if(c, block, sound(dice, C_BOOL, 4).value);
            if (roll(dice, 3) == 0) {
                block_return(c, &branch->body, value_integer(c, C_INT, 2));
            } else {
                random_block(dice, &branch->body, out, sums, depth - 1);
            }
            if (roll(dice, 2)) random_block(dice, &branch->otherwise, out, sums, depth - 1);
        }
        if (which == 8) {
            Value *arguments[] = {sound(dice, C_F32, 3).value, sound(dice, C_F32, 4).value};
            Value *call = value_call(c, C_F32, "sy_min_f32", 2, arguments);
            if (roll(dice, 2)) call = value_call(c, C_F32, "sy_exp_f32", 1, &arguments[1]);
            block_assign(c, block, value_element(c, out, at),
                         value_call(c, C_F32, "sy_max_f32", 2, (Value *[]){call, arguments[0]}));
        }
    }
}

static void add_statements(Dice *dice, int index) {
    function_begin(arena_format(c->arena, "statements_%d", index), C_INT);
    function->doc = "Does nothing of use.";
    function->is_public = index % 2;
    add_parameters(dice);
    Variable *out = parameter("out", C_F32, true), *sums = variable_new(c, "sums", C_F64);
    out->is_const = false;
    out->is_restrict = true;
    sums->length = integer(32);
    block_declare(c, &function->body, sums, NULL)->zero = true;
    Variable *constants = variable_new(c, "constants", C_F64);
    constants->is_const = true;
    Statement *declaration = block_declare(c, &function->body, constants, NULL);
    declaration->element_count = 1 + (int)roll(dice, 60);
    constants->length = integer(declaration->element_count);
    declaration->elements = ARENA_ARRAY(c->arena, Value *, declaration->element_count);
    for (int i = 0; i < declaration->element_count; ++i) {
        declaration->elements[i] = value_float(c, C_F64, (double)roll(dice, 1000) / 8 - 60);
    }
    block_update(c, &function->body, C_ADD, value_element(c, sums, integer(2)),
                 value_element(c, constants, integer(0)));
    random_block(dice, &function->body, out, sums, 3);
    block_assign(c, &function->body, value_element(c, out, integer(1)),
                 value_cast(c, C_F32, value_element(c, sums, integer(1))));
    block_return(c, &function->body, value_integer(c, C_INT, 0));
}

Test(emit, random_modules, .timeout = 120) {
    cr_assert(mkdtemp(folder));
    Dice dice = {.c = c, .state = 20240229};
    if (getenv("EMIT_SEED")) dice.state = strtoull(getenv("EMIT_SEED"), NULL, 10);
    Text main_text = text_new(c->arena);
    text_add(&main_text,
             "#include \"sample.h\"\n#include <math.h>\n#include <stdio.h>\n"
             "static int check(int at, double got, double want) {\n"
             "    if ((got != got && want != want) || got == want) return 0;\n"
             "    return printf(\"%d: %.17g, not %.17g\\n\", at, got, want);\n}\n"
             "int main(void) {\n    int wrong = 0;\n    const int64_t table[] = {5, -2, 8, 13};\n");
    for (int i = 0; i < 400; ++i)
        add_random(&dice, &main_text, i);
    text_add(&main_text, "    return wrong != 0;\n}\n");
    for (int i = 0; i < 20; ++i)
        add_statements(&dice, i);
    module_verify(module);
    Text c_text = text_new(c->arena), h_text = text_new(c->arena);
    emit_module(c, module, &c_text, &h_text);
    write_file("sample.c", c_text.chars);
    write_file("sample.h", h_text.chars);
    write_file("main.c", main_text.chars);
    write_file("twice.cpp", "#include \"sample.h\"\n#include \"sample.h\"\n");
    char *root = getcwd(NULL, 0), command[600];
    snprintf(
        command, sizeof command,
        "cp %s/tests/golden/.clang-format . && clang-format --dry-run -Werror sample.c sample.h",
        root);
    run(command);
    const char *const compilers[] = {"gcc", "clang"};
    for (int i = 0; i < 2; ++i) {
        snprintf(command, sizeof command,
                 "%s -I %s/runtime -std=c11 -Wall -Wextra -Wconversion -Wshadow -Werror "
                 "-Wno-bool-operation -Wno-unused-function -Wno-bool-compare -Wno-shift-overflow "
                 "-Wno-overflow -Wno-integer-overflow -Wno-div-by-zero -Wno-division-by-zero "
                 "-Wno-type-limits -Wno-unknown-warning-option "
                 "-Wno-tautological-compare -Wno-int-in-bool-context -O0 "
                 "-ffp-contract=off sample.c main.c -lm -o %s && ./%s",
                 compilers[i], root, compilers[i], compilers[i]);
        run(command);
    }
    snprintf(command, sizeof command,
             "c++ -I %s/runtime -Wall -Wextra -Werror -fsyntax-only twice.cpp", root);
    run(command);
    free(root);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (!getenv("EMIT_KEEP")) run(command);
}

/* A function that uses a little of every part of the runtime. */
static void add_user(const char *name) {
    function_begin(name, C_F32);
    Variable *x = parameter("x", C_F32, false), *call = parameter("call", C_CALL, false);
    call->pointer = true;
    Value *value = variable(x);
    static const char *const calls[] = {"sy_exp_f32", "sy_tanh_f32", "sy_lgamma_f32",
                                        "sy_tree_max_f32"};
    for (int i = 0; i < 3; ++i)
        value = value_call(c, C_F32, calls[i], 1, &value);
    Variable *lanes = variable_new(c, "lanes", C_F32), *places = variable_new(c, "places", C_I64);
    lanes->length = places->length = integer(32);
    block_declare(c, &function->body, lanes, NULL)->zero = true;
    block_declare(c, &function->body, places, NULL)->zero = true;
    block_assign(c, &function->body, value_element(c, lanes, integer(3)), value);
    Value *arguments[] = {variable(lanes), variable(places)};
    block_assign(c, &function->body, value_element(c, places, integer(2)),
                 value_call(c, C_I64, "sy_tree_argmax_f32", 2, arguments));
    value = value_call(c, C_F32, calls[3], 1, arguments);
    block_assign(c, &function->body, value_member(c, call, "position", C_SIZE, false),
                 value_integer(c, C_SIZE, 7));
    block_return(c, &function->body, value);
}

Test(emit, files_that_stand_alone, .timeout = 120) {
    cr_assert(mkdtemp(folder));
    const char *const names[] = {"sample", "other"};
    for (int i = 0; i < 2; ++i) {
        module->model->name = name_of(c->names, names[i]);
        module->functions.count = 0;
        add_user(names[i]);
        Text c_text = text_new(c->arena), h_text = text_new(c->arena);
        emit_standalone(c, module, &c_text, &h_text);
        write_file(arena_format(c->arena, "%s.c", names[i]), c_text.chars);
        write_file(arena_format(c->arena, "%s.h", names[i]), h_text.chars);
        expect_not(c_text.chars, "sy_digamma_f32("); /* only what is used */
        expect_not(c_text.chars, "#include \"steelyard");
        expect_not(h_text.chars, "#include \"steelyard");
    }
    write_file("main.c",
               "#include \"sample.h\"\n#include \"other.h\"\n#include <string.h>\n"
               "int main(void) {\n    steelyard_call call = {0};\n"
               "    return sample(1.0f, &call) != other(1.0f, &call) || call.position != 7 ||\n"
               "           strcmp(steelyard_status(STEELYARD_OK), \"ok\") != 0;\n}\n");
    write_file("main.cpp", "#include \"sample.h\"\n#include \"other.h\"\n");
    const char *const commands[] = {
        "gcc -std=c11 -O1 -Wall -Wextra -Wconversion -Wshadow -Werror -ffp-contract=off sample.c "
        "other.c main.c -lm -o gcc && ./gcc",
        "clang -std=c11 -O1 -Wall -Wextra -Wconversion -Wshadow -Werror -ffp-contract=off sample.c "
        "other.c main.c -lm -o clang && ./clang",
        "c++ -Wall -Wextra -Werror -fsyntax-only main.cpp",
    };
    for (int i = 0; i < 3; ++i)
        run(commands[i]);
    char *root = getcwd(NULL, 0), command[600];
    snprintf(command, sizeof command,
             "cp %s/tests/golden/.clang-format . && clang-format --dry-run -Werror sample.c "
             "other.c sample.h other.h",
             root);
    run(command);
    free(root);
    if (!getenv("EMIT_KEEP")) run(arena_format(c->arena, "rm -rf %s", folder));
}
