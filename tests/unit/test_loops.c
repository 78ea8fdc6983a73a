/* The verifier of the loop language: what it lets pass, and what it stops. And tidying, and the
 * outline of -d. */
#include "loops/loops.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

static Compiler *c;
static Module *module;
static Function *function;
static Variable *n, *x, *y; /* i64 n; const f32 *x; f32 *y */

static void begin(void) {
    c = compiler_new();
    module = ARENA_NEW(c->arena, Module);
    module->model = ARENA_NEW(c->arena, Model);
    module->model->graph = graph_new(c);
    function = ARENA_NEW(c->arena, Function);
    function->name = name_of(c->names, "sample");
    vector_push(c->arena, &module->functions, function);
    n = variable_new(c, "n", C_I64);
    x = variable_new(c, "x", C_F32);
    y = variable_new(c, "y", C_F32);
    x->pointer = y->pointer = x->is_const = true;
    vector_push(c->arena, &function->parameters, n);
    vector_push(c->arena, &function->parameters, x);
    vector_push(c->arena, &function->parameters, y);
}

static void end(void) {
    compiler_free(c);
}

static Value *integer(int64_t value) {
    return value_integer(c, C_I64, value);
}

static Value *of(Variable *variable) {
    return value_variable(c, variable);
}

static Statement *loop_of(Block *block, const char *name, ForKind kind) {
    Statement *loop = block_for(c, block, variable_new(c, name, C_I64), integer(0), of(n), NULL);
    loop->for_kind = kind;
    return loop;
}

/* Each test of this suite must end in bug(). */
TestSuite(loops_refused, .init = begin, .fini = end);
TestSuite(loops, .init = begin, .fini = end);

Test(loops, a_parallel_loop_over_its_own_elements) {
    Statement *loop = loop_of(&function->body, "i", FOR_PARALLEL);
    Variable *row = variable_new(c, "row", C_I64);
    row->is_const = true;
    block_declare(c, &loop->body, row, value_binary(c, C_MUL, of(loop->variable), of(n)));
    Statement *inner = loop_of(&loop->body, "j", FOR_SIMD);
    Value *at = value_binary(c, C_ADD, of(row), of(inner->variable));
    block_update(c, &inner->body, C_ADD, value_element(c, y, at), value_element(c, x, at));
    cr_expect(module_verify(module));
}

Test(loops, a_place_that_a_condition_gives_away) {
    Statement *loop = loop_of(&function->body, "owner", FOR_PARALLEL);
    Statement *each = loop_of(&loop->body, "e", FOR_PLAIN);
    Statement *mine =
        block_if(c, &each->body, value_binary(c, C_EQ, of(each->variable), of(loop->variable)));
    block_assign(c, &mine->body, value_element(c, y, of(each->variable)), value_float(c, C_F32, 1));
    cr_expect(module_verify(module));
}

Test(loops_refused, an_element_that_all_iterations_write, .signal = SIGABRT) {
    Statement *loop = loop_of(&function->body, "i", FOR_PARALLEL);
    block_assign(c, &loop->body, value_element(c, y, integer(0)), value_float(c, C_F32, 1));
    module_verify(module);
}

Test(loops_refused, an_element_that_only_an_inner_loop_chooses, .signal = SIGABRT) {
    Statement *loop = loop_of(&function->body, "i", FOR_PARALLEL);
    Statement *inner = loop_of(&loop->body, "j", FOR_PLAIN);
    block_assign(c, &inner->body, value_element(c, y, of(inner->variable)),
                 value_float(c, C_F32, 1));
    module_verify(module);
}

Test(loops_refused, a_sum_across_lanes, .signal = SIGABRT) {
    Variable *sum = variable_new(c, "sum", C_F32);
    block_declare(c, &function->body, sum, value_float(c, C_F32, 0));
    Statement *loop = loop_of(&function->body, "i", FOR_SIMD);
    block_update(c, &loop->body, C_ADD, of(sum), value_element(c, x, of(loop->variable)));
    module_verify(module);
}

Test(loops_refused, a_jump_out_of_a_parallel_loop, .signal = SIGABRT) {
    Statement *loop = loop_of(&function->body, "i", FOR_PARALLEL);
    block_return(c, &loop->body, NULL);
    module_verify(module);
}

Test(loops_refused, a_variable_before_its_declaration, .signal = SIGABRT) {
    Variable *late = variable_new(c, "late", C_I64);
    block_assign(c, &function->body, value_element(c, y, of(late)), value_float(c, C_F32, 1));
    block_declare(c, &function->body, late, integer(1));
    module_verify(module);
}

Test(loops_refused, a_loop_variable_after_its_loop, .signal = SIGABRT) {
    Statement *loop = loop_of(&function->body, "i", FOR_PLAIN);
    block_assign(c, &function->body, value_element(c, y, of(loop->variable)),
                 value_float(c, C_F32, 1));
    module_verify(module);
}

Test(loops_refused, types_that_differ, .signal = SIGABRT) {
    Value *sum = value_binary(c, C_ADD, value_element(c, x, integer(0)), value_float(c, C_F64, 1));
    block_assign(c, &function->body, value_element(c, y, integer(0)), sum);
    module_verify(module);
}

Test(loops_refused, a_constant_that_is_assigned, .signal = SIGABRT) {
    block_assign(c, &function->body, value_element(c, x, integer(0)), value_float(c, C_F32, 1));
    module_verify(module);
}

Test(loops_refused, a_step_that_goes_nowhere, .signal = SIGABRT) {
    block_for(c, &function->body, variable_new(c, "i", C_I64), integer(0), of(n), integer(0));
    module_verify(module);
}

Test(loops_refused, a_division_by_zero, .signal = SIGABRT) {
    block_declare(c, &function->body, variable_new(c, "q", C_I64),
                  value_binary(c, C_DIV, of(n), integer(0)));
    module_verify(module);
}

Test(loops_refused, a_value_where_none_is_due, .signal = SIGABRT) {
    block_return(c, &function->body, integer(1));
    module_verify(module);
}

Test(loops_refused, an_element_outside_of_a_local_array, .signal = SIGABRT) {
    Variable *lanes = variable_new(c, "lanes", C_F32);
    lanes->length = integer(32);
    block_declare(c, &function->body, lanes, NULL)->zero = true;
    block_assign(c, &function->body, value_element(c, lanes, integer(32)),
                 value_float(c, C_F32, 1));
    module_verify(module);
}

Test(loops, outline) {
    Statement *loop = loop_of(&function->body, "i", FOR_PARALLEL);
    loop->condition = value_binary(c, C_GT, of(n), integer(20000));
    Statement *branch =
        block_if(c, &loop->body, value_binary(c, C_LT, of(loop->variable), integer(3)));
    block_update(c, &branch->body, C_MUL, value_element(c, y, of(loop->variable)),
                 value_float(c, C_F32, 0.5));
    block_comment(c, &branch->otherwise, "two\nlines");
    Text out = text_new(c->arena);
    module_print(&out, module);
    cr_expect_str_eq(out.chars, "void sample(i64 n, const f32* x, f32* y)\n"
                                "  parallel for i64 i = 0 .. n if (n > 20000)\n"
                                "    if (i < 3)\n"
                                "      y[i] *= 0.5\n"
                                "    else\n"
                                "      # two lines\n");
}

Test(loops, tidying_takes_out_what_nothing_reads) {
    Statement *loop = loop_of(&function->body, "i", FOR_PLAIN);
    Variable *first = variable_new(c, "first", C_I64), *second = variable_new(c, "second", C_I64);
    block_declare(c, &loop->body, first, value_binary(c, C_ADD, of(loop->variable), integer(1)));
    block_declare(c, &loop->body, second, value_binary(c, C_MUL, of(first), of(n)));
    Value *pointer = value_address(c, y, NULL);
    block_declare(c, &function->body, variable_new(c, "status", C_INT),
                  value_call(c, C_INT, "compute", 1, &pointer));
    tidy_function(c, function);
    Text out = text_new(c->arena);
    module_print(&out, module);
    cr_expect_str_eq(out.chars, "void sample(i64 n, const f32* x, f32* y)\n"
                                "  int status = compute(&y)\n");
}

static Value *chosen(Value *condition, Value *then, Value *otherwise) {
    return value_conditional(c, condition, then, otherwise);
}

/* n < 3 ? f(n < 3 ? 1 : 2) : 0 is n < 3 ? f(1) : 0, wherever in the branch it asks; what others
 * hold of the branch stays as it was. */
Test(loops, a_condition_is_not_asked_again_where_it_is_known) {
    Value *few = value_binary(c, C_LT, of(n), integer(3)), *zero = value_float(c, C_F32, 0);
    Value *there = value_element(c, x, of(n)), *elsewhere = value_element(c, x, integer(0));
    Value *again = chosen(value_binary(c, C_LT, of(n), integer(3)), there, elsewhere);
    Value *called = value_call(c, C_F32, "sy_exp_f32", 1, &again);
    Value *then = value_binary(c, C_MUL, called, again);
    Value *value = chosen(few, then, zero);
    cr_assert_eq(value->kind, VALUE_CONDITIONAL);
    cr_expect_eq(value->b->b, there);
    cr_expect_eq(value->b->a->arguments[0], there);
    cr_expect_eq(then->b, again);
    cr_expect_eq(called->arguments[0], again);
    cr_expect_eq(chosen(few, zero, then)->c->b, elsewhere);
    Value *fewer = value_binary(c, C_LT, of(n), integer(2));
    cr_expect_eq(chosen(fewer, then, zero)->b, then, "another condition");
    Value *drawn = value_call(c, C_INT, "drawn", 0, NULL);
    Value *twice = chosen(drawn, there, elsewhere);
    cr_expect_eq(chosen(drawn, twice, zero)->b, twice, "a call may say otherwise the next time");
}
