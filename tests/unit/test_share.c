/* Parallel loops become functions: what they are given, what stands in their place, their names.
 * And the shares that the runtime gives to threads. */
#include "../../runtime/steelyard_share.h"
#include "loops/loops.h"
#include <criterion/criterion.h>
#include <string.h>

static Compiler *c;
static Module *module;
static Function *function;
static Variable *n, *y; /* i64 n; f32 *restrict y */

static void begin(void) {
    c = compiler_new();
    module = ARENA_NEW(c->arena, Module);
    module->model = ARENA_NEW(c->arena, Model);
    module->model->graph = graph_new(c);
    function = ARENA_NEW(c->arena, Function);
    function->name = name_of(c->names, "sample");
    vector_push(c->arena, &module->functions, function);
    n = variable_new(c, "n", C_I64);
    y = variable_new(c, "y", C_F32);
    y->pointer = y->is_restrict = true;
    vector_push(c->arena, &function->parameters, n);
    vector_push(c->arena, &function->parameters, y);
}

static void end(void) {
    compiler_free(c);
}

TestSuite(share, .init = begin, .fini = end);

static Value *integer(int64_t value) {
    return value_integer(c, C_I64, value);
}

static Value *of(Variable *variable) {
    return value_variable(c, variable);
}

/* for i in from .. n by step: y[i] = factor */
static Statement *loop_of(Block *block, int64_t from, Value *step, Value *factor) {
    Statement *loop = block_for(c, block, variable_new(c, "i", C_I64), integer(from), of(n), step);
    loop->for_kind = FOR_PARALLEL;
    loop->condition = value_binary(c, C_GT, of(n), integer(20000));
    block_assign(c, &loop->body, value_element(c, y, of(loop->variable)), factor);
    return loop;
}

static void expect_shared(const char *expected) {
    module_verify(module);
    module_share(c, module);
    module_verify(module);
    Text out = text_new(c->arena);
    module_print(&out, module);
    cr_expect_str_eq(out.chars, expected);
}

Test(share, one_copy_of_the_loop_and_two_calls) {
    loop_of(&function->body, 0, NULL, value_float(c, C_F32, 1));
    expect_shared("void sample_y(i64 share_from, i64 share_to, f32* y)\n"
                  "  for i64 i = share_from .. share_to\n"
                  "    y[i] = 1\n"
                  "void sample(i64 n, f32* y)\n"
                  "  if (n > 20000)\n"
                  "    parallel sample_y(sy_share_from(n, 1), sy_share_to(n, 1), y)\n"
                  "  else\n"
                  "    sample_y(0, n, y)\n");
}

Test(share, a_loop_that_is_always_parallel) {
    loop_of(&function->body, 0, integer(256), value_float(c, C_F32, 1))->condition = NULL;
    expect_shared("void sample_y(i64 share_from, i64 share_to, f32* y)\n"
                  "  for i64 i = share_from .. share_to by 256\n"
                  "    y[i] = 1\n"
                  "void sample(i64 n, f32* y)\n"
                  "  parallel sample_y(sy_share_from(n, 256), sy_share_to(n, 256), y)\n");
}

Test(share, shares_begin_where_the_loop_does) {
    loop_of(&function->body, 5, NULL, value_float(c, C_F32, 1))->condition = NULL;
    expect_shared("void sample_y(i64 share_from, i64 share_to, f32* y)\n"
                  "  for i64 i = share_from .. share_to\n"
                  "    y[i] = 1\n"
                  "void sample(i64 n, f32* y)\n"
                  "  parallel sample_y((sy_share_from((n - 5), 1) + 5), "
                  "(sy_share_to((n - 5), 1) + 5), y)\n");
}

/* parallel for i in 0 .. n: for j in 0 .. to by step: y[i * 100 + j] = 1, the inner one joins. */
static Statement *loops_of(Block *block, Value *to, Value *step, Statement **inner) {
    Variable *i = variable_new(c, "i", C_I64), *j = variable_new(c, "j", C_I64);
    Statement *loop = block_for(c, block, i, integer(0), of(n), NULL);
    loop->for_kind = FOR_PARALLEL;
    *inner = block_for(c, &loop->body, j, integer(0), to ? to : of(i), step);
    (*inner)->joins = true;
    Value *row = value_binary(c, C_MUL, of(i), integer(100));
    block_assign(c, &(*inner)->body, value_element(c, y, value_binary(c, C_ADD, row, of(j))),
                 value_float(c, C_F32, 1));
    return loop;
}

/* Puts what was added last to the body first. */
static void last_first(Block *body) {
    Statement *last = body->items[body->count - 1];
    for (int i = body->count - 1; i > 0; --i)
        body->items[i] = body->items[i - 1];
    body->items[0] = last;
}

static const char apart[] = "parallel sample_y(sy_share_from(n, 1), sy_share_to(n, 1), ";

static void expect_apart(void) {
    module_verify(module);
    module_share(c, module);
    module_verify(module);
    Text out = text_new(c->arena);
    module_print(&out, module);
    cr_expect(strstr(out.chars, apart), "%s", out.chars);
}

Test(share, a_loop_in_a_loop_goes_with_it) {
    Statement *inner;
    Statement *loop = loops_of(&function->body, integer(7), NULL, &inner);
    Variable *twice = variable_new(c, "twice", C_I64);
    block_declare(c, &loop->body, twice, value_binary(c, C_MUL, of(loop->variable), integer(2)));
    last_first(&loop->body);
    expect_shared("void sample_y(i64 share_from, i64 share_to, f32* y)\n"
                  "  for i64 turn = share_from .. share_to\n"
                  "    const i64 i = (turn / 7)\n"
                  "    i64 twice = (i * 2)\n"
                  "    const i64 j = (turn % 7)\n"
                  "    y[((i * 100) + j)] = 1\n"
                  "void sample(i64 n, f32* y)\n"
                  "  parallel sample_y(sy_share_from((n * 7), 1), sy_share_to((n * 7), 1), y)\n");
}

Test(share, steps_are_counted) {
    Statement *inner;
    loops_of(&function->body, of(n), integer(4), &inner);
    expect_shared("void sample_y(i64 share_from, i64 share_to, i64 n, f32* y)\n"
                  "  const i64 j_turns = sy_share_turns(n, 4)\n"
                  "  for i64 turn = share_from .. share_to\n"
                  "    const i64 i = (turn / j_turns)\n"
                  "    const i64 j = ((turn % j_turns) * 4)\n"
                  "    y[((i * 100) + j)] = 1\n"
                  "void sample(i64 n, f32* y)\n"
                  "  parallel sample_y(sy_share_from((n * sy_share_turns(n, 4)), 1), "
                  "sy_share_to((n * sy_share_turns(n, 4)), 1), n, y)\n");
}

Test(share, turns_that_differ_stay_apart) {
    Statement *inner;
    loops_of(&function->body, NULL, NULL, &inner);
    expect_apart();
}

Test(share, what_others_see_is_stored_once) {
    Statement *inner;
    Statement *loop = loops_of(&function->body, integer(7), NULL, &inner);
    block_assign(c, &loop->body, value_element(c, y, of(loop->variable)), value_float(c, C_F32, 2));
    last_first(&loop->body);
    expect_apart();
}

Test(share, so_is_what_a_call_may_store) {
    Statement *inner;
    Statement *loop = loops_of(&function->body, integer(7), NULL, &inner);
    Value *argument[] = {value_variable(c, y)};
    block_call(c, &loop->body, value_call(c, C_VOID, "fill", 1, argument));
    last_first(&loop->body);
    expect_apart();
}

Test(share, a_loop_before_is_gone_through_once) {
    Statement *inner;
    Statement *loop = loops_of(&function->body, integer(7), NULL, &inner);
    Variable *sum = variable_new(c, "sum", C_F32), *k = variable_new(c, "k", C_I64);
    block_declare(c, &loop->body, sum, value_float(c, C_F32, 0));
    Statement *before = block_for(c, &loop->body, k, integer(0), of(n), NULL);
    block_assign(c, &before->body, of(sum), value_float(c, C_F32, 2));
    last_first(&loop->body), last_first(&loop->body);
    expect_apart();
}

Test(share, what_stands_after_keeps_them_apart) {
    Statement *inner;
    Statement *loop = loops_of(&function->body, integer(7), NULL, &inner);
    block_declare(c, &loop->body, variable_new(c, "after", C_I64), of(n));
    expect_apart();
}

Test(share, turns_of_steps) {
    cr_expect(sy_share_turns(0, 4) == 0 && sy_share_turns(8, 4) == 2 && sy_share_turns(9, 4) == 3);
}

/* What is declared outside is given, arrays as pointers; what is declared inside is not. */
Test(share, what_the_loop_reads) {
    Variable *table = variable_new(c, "table", C_F32), *factor = variable_new(c, "factor", C_F32);
    table->is_const = factor->is_const = true;
    table->length = integer(3);
    Statement *declared = block_declare(c, &function->body, table, NULL);
    declared->element_count = 3;
    declared->elements = ARENA_ARRAY(c->arena, Value *, 3);
    for (int i = 0; i < 3; ++i)
        declared->elements[i] = value_float(c, C_F32, i);
    block_declare(c, &function->body, factor, value_element(c, table, integer(2)));
    Variable *inner = variable_new(c, "inner", C_F32), *unread = variable_new(c, "unread", C_I64);
    block_declare(c, &function->body, unread, of(n));
    Statement *loop = loop_of(&function->body, 0, NULL, of(inner));
    Value *product = value_binary(c, C_MUL, of(factor), value_element(c, table, integer(1)));
    Statement *assign = loop->body.items[0];
    loop->body.count = 0;
    block_declare(c, &loop->body, inner, product);
    block_add(c, &loop->body, assign);
    expect_shared(
        "void sample_y(i64 share_from, i64 share_to, f32* y, const f32* table, f32 factor)\n"
        "  for i64 i = share_from .. share_to\n"
        "    f32 inner = (factor * table[1])\n"
        "    y[i] = inner\n"
        "void sample(i64 n, f32* y)\n"
        "  const f32 table[3] = table of 3\n"
        "  const f32 factor = table[2]\n"
        "  i64 unread = n\n"
        "  if (n > 20000)\n"
        "    parallel sample_y(sy_share_from(n, 1), sy_share_to(n, 1), y, table, "
        "factor)\n"
        "  else\n"
        "    sample_y(0, n, y, table, factor)\n");
}

Test(share, names_are_not_taken_twice) {
    Function *other = ARENA_NEW(c->arena, Function);
    other->name = name_of(c->names, "sample_y");
    vector_push(c->arena, &module->functions, other);
    loop_of(&function->body, 0, NULL, value_float(c, C_F32, 1));
    loop_of(&function->body, 0, NULL, value_float(c, C_F32, 2));
    module_share(c, module);
    module_verify(module);
    cr_assert_eq(module->functions.count, 4);
    cr_expect_str_eq(module->functions.items[0]->name, "sample_y_2");
    cr_expect_str_eq(module->functions.items[1]->name, "sample_y_3");
    cr_expect_eq(module->functions.items[2], function);
}

/* Every index is in one share, shares are whole steps, and their lengths differ by one at most. */
Test(share, shares_cover_the_loop) {
    static const int64_t steps[] = {1, 32, 256, 4096};
    for (int64_t extent = 0; extent < 9000; extent = extent * 3 / 2 + 1)
        for (int s = 0; s < 4; ++s)
            for (int64_t threads = 1; threads <= 70; threads = threads * 2 + 1) {
                int64_t at = 0, shortest = INT64_MAX, longest = 0;
                for (int64_t thread = 0; thread < threads; ++thread) {
                    int64_t from = sy_share_of(thread, threads, extent, steps[s]);
                    int64_t to = sy_share_of(thread + 1, threads, extent, steps[s]);
                    int64_t length = (to - from + steps[s] - 1) / steps[s];
                    cr_assert_eq(from, at);
                    cr_assert(from % steps[s] == 0 || from == extent);
                    cr_assert(to >= from);
                    if (length < shortest) shortest = length;
                    if (length > longest) longest = length;
                    at = to;
                }
                cr_assert_eq(at, extent);
                cr_assert(longest - shortest <= 1);
            }
}

/* Without OpenMP there is one thread, and it takes all. */
Test(share, one_thread) {
    cr_expect_eq(sy_share_from(100, 1), 0);
    cr_expect_eq(sy_share_to(100, 1), 100);
    cr_expect_eq(sy_share_to(100, 32), 100);
}
