/* The graph as the language: precedence, literals, whole programs; and print -> parse -> check ->
 * the same nodes. */
#include "check/check.h"
#include "random_nodes.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(print, .init = graph_setup, .fini = graph_teardown);

Test(print, sums_and_products) {
    Node *a = x, *b = un(OP_EXP, x), *d = un(OP_SIN, x);
    expect_text(bin(bin(a, OP_ADD, b), OP_ADD, d), "x + exp(x) + sin(x)");
    expect_text(bin(a, OP_ADD, bin(b, OP_ADD, d)), "x + (exp(x) + sin(x))");
    expect_text(bin(a, OP_SUB, bin(b, OP_SUB, d)), "x - (exp(x) - sin(x))");
    expect_text(bin(bin(a, OP_SUB, b), OP_MUL, d), "(x - exp(x)) * sin(x)");
    expect_text(bin(a, OP_SUB, bin(b, OP_MUL, d)), "x - exp(x) * sin(x)");
    expect_text(bin(a, OP_DIV, bin(b, OP_MUL, d)), "x / (exp(x) * sin(x))");
    expect_text(bin(bin(a, OP_DIV, b), OP_MUL, d), "x / exp(x) * sin(x)");
    expect_text(bin(label, OP_IDIV, i64(2)), "div(label, 2)");
    expect_text(bin(bin(a, OP_MAX, b), OP_MUL, d), "max(x, exp(x)) * sin(x)");
}

Test(print, signs_and_powers) {
    expect_text(un(OP_NEG, bin(x, OP_POW, i64(2))), "-x ^ 2");
    expect_text(bin(un(OP_NEG, x), OP_POW, i64(2)), "(-x) ^ 2");
    expect_text(bin(x, OP_POW, un(OP_NEG, x)), "x ^ -x");
    expect_text(bin(x, OP_POW, bin(x, OP_POW, i64(2))), "x ^ x ^ 2");
    expect_text(bin(bin(x, OP_POW, i64(2)), OP_POW, f32(0.5)), "(x ^ 2) ^ 0.5");
    expect_text(bin(x, OP_POW, bin(x, OP_ADD, f32(1))), "x ^ (x + 1)");
    expect_text(bin(x, OP_POW, i64(-1)), "x ^ -1");
    expect_text(bin(x, OP_POW, f32(2)), "x ^ f32(2)"); /* ^ 2 is an integer power */
    expect_text(bin(f32(2), OP_POW, x), "f32(2) ^ x");
    expect_text(un(OP_NEG, bin(x, OP_MUL, x)), "-(x * x)");
    expect_text(bin(un(OP_NEG, x), OP_MUL, un(OP_NEG, x)), "-x * -x");
    expect_text(bin(x, OP_SUB, un(OP_NEG, x)), "x - -x");
    expect_text(un(OP_NEG, un(OP_NEG, x)), "--x");
    expect_text(un(OP_NEG, f32(2)), "-f32(2)");
    expect_text(bin(x, OP_MUL, f32(-2)), "x * -2");
}

Test(print, logic) {
    Node *p = bin(x, OP_LT, f32(1)), *q = bin(f32(0), OP_LE, x);
    expect_text(bin(bin(p, OP_AND, q), OP_OR, keep), "x < 1 and 0 <= x or keep");
    expect_text(bin(p, OP_AND, bin(q, OP_OR, keep)), "x < 1 and (0 <= x or keep)");
    expect_text(un(OP_NOT, p), "not x < 1");
    expect_text(un(OP_NOT, bin(p, OP_AND, q)), "not (x < 1 and 0 <= x)");
    expect_text(bin(un(OP_NOT, keep), OP_AND, q), "not keep and 0 <= x");
    expect_text(bin(p, OP_AND, bin(q, OP_AND, keep)), "x < 1 and (0 <= x and keep)");
    expect_text(bin(p, OP_EQ, keep), "(x < 1) == keep");
    expect_text(bin(bin(x, OP_ADD, x), OP_NE, x), "x + x != x");
}

Test(print, choices) {
    Node *choice = graph_select(g, keep, x, f32(0));
    expect_text(choice, "if keep then x else 0");
    expect_text(bin(choice, OP_ADD, x), "(if keep then x else 0) + x");
    expect_text(un(OP_EXP, choice), "exp(if keep then x else 0)");
    expect_text(graph_select(g, keep, choice, choice),
                "if keep then if keep then x else 0 else if keep then x else 0");
    expect_text(reduce(OP_SUM, n, choice, un(OP_NOT, keep)),
                "sum[n](if keep then x else 0, where = not keep)");
}

Test(print, literals_take_the_type_of_what_they_meet) {
    expect_text(bin(x, OP_MUL, f32(0.1)), "x * 0.1");
    expect_text(bin(w, OP_MUL, graph_number(g, SCALAR_F64, 0.1)), "w * 0.1");
    expect_text(bin(w, OP_MUL, graph_number(g, SCALAR_F64, 0.1f)), "w * 0.10000000149011612");
    expect_text(graph_number(g, SCALAR_F64, 0.1), "f64(0.1)");
    expect_text(bin(f32(2), OP_MUL, f32(3)), "f32(2) * 3");
    expect_text(un(OP_EXP, f32(1)), "exp(f32(1))");
    expect_text(reduce(OP_SUM, n, i64(1), keep), "sum[n](i64(1), where = keep)");
    expect_text(graph_select(g, keep, f32(1), f32(0)), "if keep then f32(1) else 0");
    expect_text(bin(tally, OP_ADD, graph_integer(g, SCALAR_I32, 3)), "tally + 3");
    expect_text(bin(x, OP_MUL, f32(-0.0)), "x * -0.0");
    expect_text(bin(f32(INFINITY), OP_MIN, x), "min(inf, x)");
    expect_text(f32(-INFINITY), "f32(-inf)");
    expect_text(bin(f32(NAN), OP_ADD, x), "f32(inf) - inf + x");
    expect_text(bin(x, OP_MUL, f32(NAN)), "x * (f32(inf) - inf)");
    expect_text(bin(x, OP_LT, f32(1e20)), "x < 1e+20");
    expect_text(bin(label, OP_EQ, i64(INT64_MIN)), "label == -9223372036854775807 - 1");
    expect_text(truth(true), "true");
}

Test(print, reads) {
    expect_text(at(y, m, label), "y[n, label]");
    expect_text(graph_at(g, y, (Axis *[]){n, m}, (Node *[]){axis(m), i64(0)}, 2, false),
                "y[m + 0, 0]");
    expect_text(at(un(OP_EXP, y), m, label), "exp(y)[m = label]");
    expect_text(at(bin(y, OP_ADD, x), m, bin(label, OP_SUB, i64(1))), "(y + x)[m = label - 1]");
    expect_text(at(graph_let(g, word("q"), y), m, label), "q[m = label]");
    expect_text(at(at(y, m, label), n, i64(3)), "y[n, label][n = 3]");
    expect_text(graph_convert(g, SCALAR_F32, axis(n)), "f32(n)");
    expect_text(graph_convert(g, SCALAR_F16, un(OP_NEG, x)), "f16(-x)");
    expect_text(graph_extent(g, n), "extent(n)");
    expect_text(graph_stop(g, bin(x, OP_ADD, x)), "stop(x + x)");
    Node *indices[] = {axis(n), axis(m)}, *later[] = {bin(axis(n), OP_ADD, i64(1)), axis(m)};
    expect_text(graph_random(g, OP_UNIFORM, SCALAR_F32, i64(7), NULL, indices, 2),
                "uniform[n, m](7)");
    expect_text(graph_random(g, OP_NORMAL, SCALAR_F32, i64(7), NULL, later, 2),
                "normal[n, m](7)[n = n + 1 else 0]");
}

/* --- programs --- */

static Model *model_new(void) {
    Model *model = ARENA_NEW(compiler->arena, Model);
    model->name = word("test");
    model->graph = g;
    model->real = SCALAR_F32;
    Axis *axes[] = {n, m, c};
    for (int a = 0; a < 3; a++) {
        vector_push(compiler->arena, &model->axes, axes[a]);
    }
    Node *arrays[] = {x, y, label, keep, w, tally};
    for (int a = 0; a < 6; a++) {
        vector_push(compiler->arena, &model->arrays, arrays[a]->u.array);
    }
    return model;
}

static void add_output(Model *model, const char *name, Node *value) {
    Array *array =
        declare(ARRAY_OUTPUT, name, value->type, value->axes->count, (Axis **)value->axes->items);
    vector_push(compiler->arena, &model->outputs, (Output){.array = array, .value = value});
}

static const char *program_of(const Model *model) {
    Text text = text_new(compiler->arena);
    model_print(&text, model);
    return text.chars;
}

Test(print, program) {
    Model *model = model_new();
    Axis *s = axis_like(g, word("s"), n, (Span){0});
    s->doc = "a second one";
    vector_push(compiler->arena, &model->axes, s);
    Node *longer = bin(bin(graph_extent(g, n), OP_SUB, graph_extent(g, c)), OP_ADD, i64(1));
    vector_push(compiler->arena, &model->axes, axis_new(g, word("o"), longer, (Span){0}));
    Array *table = declare(ARRAY_CONST, "table", SCALAR_F32, 1, &c);
    table->numbers = (double[]){1, 2.5, -3};
    vector_push(compiler->arena, &model->arrays, table);
    Array *p = declare(ARRAY_PARAM, "p", SCALAR_F64, 1, &m);
    p->initial = graph_convert(g, SCALAR_F64, axis(m));
    vector_push(compiler->arena, &model->arrays, p);
    x->u.array->doc = "first\n\nthird";
    label->u.array->has_none = true;
    label->u.array->none = -100;

    Node *row = reduce(OP_SUM, m, y, NULL);
    Node *named = graph_let(g, word("q"), un(OP_EXP, x));
    vector_push(compiler->arena, &model->lets,
                (Binding){.name = named->u.name, .value = named, .doc = "named"});
    add_output(model, "a", bin(row, OP_DIV, un(OP_SQRT, bin(row, OP_ADD, named))));
    add_output(model, "both", graph_let(g, word("both"), bin(row, OP_MUL, x)));
    add_output(model, "moved", put(row, n, axis(m)));
    add_output(model, "twice", bin(model->outputs.items[1].value, OP_MUL, f32(2)));
    Array *loss = declare(ARRAY_OUTPUT, "loss", SCALAR_F32, 0, NULL);
    vector_push(compiler->arena, &model->outputs,
                (Output){.array = loss, .value = reduce(OP_SUM, n, x, keep), .is_loss = true});
    Entry fast = {.name = word("fast"), .count = 2, .outputs = (int[]){0, 4}};
    vector_push(compiler->arena, &model->entries, fast);
    model_verify(model);
    cr_expect_str_eq(program_of(model), "model test\n"
                                        "dim n\n"
                                        "dim m\n"
                                        "dim c = 3\n"
                                        "## a second one\n"
                                        "dim s like n\n"
                                        "dim o = n - 3 + 1\n"
                                        "dim m_2 like m\n"
                                        "## first\n"
                                        "##\n"
                                        "## third\n"
                                        "input x[n]\n"
                                        "input y[n, m]\n"
                                        "input label[n]: index(m, none = -100)\n"
                                        "mask keep[n]\n"
                                        "input w[m]: f64\n"
                                        "input tally[n]: i32\n"
                                        "const table[c] = [1, 2.5, -3]\n"
                                        "param p[m]: f64 = f64(m)\n"
                                        "let sum_m[n] = sum[m](y)\n"
                                        "## named\n"
                                        "let q[n] = exp(x)\n"
                                        "output a[n] = sum_m / sqrt(sum_m + q)\n"
                                        "output both[n] = sum_m * x\n"
                                        "output moved[m] = sum[m_2](y[m + 0, m_2])\n"
                                        "output twice[n] = both * 2\n"
                                        "loss loss = sum[n](x, where = keep)\n"
                                        "entry fast: a, loss\n");
}

Test(print, shared_values_under_a_guard_stay_there) {
    Model *model = model_new();
    Node *read = un(OP_EXP, guarded_at(x, n, bin(axis(n), OP_SUB, i64(1))));
    Node *inside = bin(i64(1), OP_LE, axis(n));
    add_output(model, "a", graph_select(g, inside, bin(read, OP_MUL, read), f32(0)));
    cr_expect(strstr(program_of(model),
                     "output a[n] = if 1 <= n then exp(x[n - 1]) * exp(x[n - 1]) else 0\n"));
}

/* --- there and back --- */

typedef struct Pairing {
    Table axes;  /* Axis * of the one program -> of the other */
    Table nodes; /* Node * -> Node * that it was found the same as */
} Pairing;

static bool same_axis(Pairing *p, Axis *a, Axis *b) {
    if (!table_has(&p->axes, a)) table_set(&p->axes, a, b);
    return table_get(&p->axes, a) == b;
}

/* Two of one name are told apart when they are printed. */
static bool same_recurrence(Pairing *p, Array *a, Array *b) {
    if (!table_has(&p->axes, a)) table_set(&p->axes, a, b);
    return table_get(&p->axes, a) == b && a->rank == b->rank && a->type == b->type;
}

static bool same(Pairing *p, Node *a, Node *b);

static bool same_attribute(Pairing *p, Node *a, Node *b) {
    switch (a->op) {
    case OP_NUMBER: return memcmp(&a->u, &b->u, sizeof(double)) == 0;
    case OP_EXTENT:
    case OP_AXIS: return same_axis(p, a->u.axis, b->u.axis);
    case OP_ARRAY:
        if (node_recurrence(a)) return same_recurrence(p, a->u.array, b->u.array);
        return strcmp(a->u.array->name, b->u.array->name) == 0;
    default: break;
    }
    for (int k = 0; a->op == OP_AT && k < a->argument_count - 1; k++) {
        if (!same_axis(p, a->u.positions[k], b->u.positions[k])) return false;
    }
    if (!node_is_reduction(a)) return true;
    if (a->u.bound->count != b->u.bound->count) return false;
    for (int k = 0; k < a->u.bound->count; k++) {
        if (!same_axis(p, a->u.bound->items[k], b->u.bound->items[k])) return false;
    }
    return true;
}

static bool same(Pairing *p, Node *a, Node *b) {
    while (a->op == OP_LET) {
        a = a->arguments[0];
    }
    while (b->op == OP_LET) {
        b = b->arguments[0];
    }
    if (table_get(&p->nodes, a) == b) return true;
    bool nan = a->op == OP_NUMBER && scalar_is_float(a->type) && isnan(a->u.number);
    if (nan && b->op == OP_SUB) b = graph_simplify(g, b); /* inf - inf: it has no literal */
    if (a->op != b->op || a->type != b->type || a->guarded != b->guarded ||
        a->argument_count != b->argument_count || !same_attribute(p, a, b)) {
        return false;
    }
    for (int k = 0; k < a->argument_count; k++) {
        if (!same(p, a->arguments[k], b->arguments[k])) return false;
    }
    table_set(&p->nodes, a, b);
    return true;
}

static Model *read_program(const char *text) {
    const Source *source = source_add(compiler->sources, "printed.sy", text, strlen(text));
    Program *program = parse_source(compiler, source);
    Model *model = check_program(compiler, program);
    if (!model) {
        diagnostics_print(compiler->diagnostics, stderr, false);
        cr_assert_fail("what was printed is refused:\n%s", text);
    }
    model_verify(model);
    return model;
}

static void expect_round_trip(Model *model, bool simplified) {
    const char *printed = program_of(model);
    Model *again = read_program(printed);
    if (simplified) model_simplify(again);
    cr_assert_eq(again->outputs.count, model->outputs.count);
    Pairing p = {table_new(compiler->arena), table_new(compiler->arena)};
    for (int a = 0; a < model->axes.count; a++) {
        same_axis(&p, model->axes.items[a], again->axes.items[a]);
    }
    for (int o = 0; o < model->outputs.count; o++) {
        Output *one = &model->outputs.items[o], *other = &again->outputs.items[o];
        cr_expect(same(&p, one->value, other->value),
                  "output %s is another one:\n%s\n--- read back as\n%s", one->array->name, printed,
                  program_of(again));
        cr_expect_eq(one->array->type, other->array->type);
    }
}

Test(print, random_programs_read_back) {
    for (int round = 0; round < 300; round++) {
        graph_teardown();
        graph_setup();
        random_state = (uint64_t)round + 1;
        Model *model = model_new();
        for (int o = 0; o < 3; o++) {
            Node *value = some_float(1 + pick(5));
            /* each axis is there, so that each dim is used */
            add_output(model, arena_format(compiler->arena, "out%d", o), bin(value, OP_ADD, y));
        }
        model_verify(model);
        expect_round_trip(model, false);
        model_simplify(model);
        model_verify(model);
        expect_round_trip(model, true);
    }
}

/* A condition of hundreds of nodes gets a name, though its reads lose their guard by that; what it
 * guards cannot be proved by it any more. */
Test(print, long_condition_reads_back) {
    Text sum = text_new(compiler->arena), text = text_new(compiler->arena);
    for (int i = 2; i < 200; i++)
        text_format(&sum, " + x * %d", i);
    const char *holds = arena_format(
        compiler->arena, "0 <= place[n - 1] and place[n - 1] < extent(m) and 0 < x%s", sum.chars);
    const char *reads[] = {"if %s then w[place[n - 1]] else 0",
                           "sum[m](w[place[n - 1]], where = %s)",
                           "if %s and w[place[n - 1]] > 0 then 1 else 0"};
    text_add(&text, "dim n\ndim m\ninput place[n]: i64\ninput x[n]\ninput w[m]\n");
    for (int i = 0; i < 3; i++) {
        text_format(&text, "output a%d[n] = if 1 <= n then (", i);
        text_format(&text, reads[i], holds);
        text_format(&text, ") + (if %s then 1 else 2) else 0\n", holds);
    }
    const char *printed = program_of(read_program(text.chars));
    const char *again = program_of(read_program(printed));
    cr_expect(strstr(printed, "(if value_1 then w[m = place[n = n - 1 else 0] else 0] else 0)"),
              "%s", printed);
    cr_expect_eq(read_program(again)->outputs.count, 3);
}

static Model *read_file(const char *path) {
    static char text[1 << 16];
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    return check_program(compiler,
                         parse_source(compiler, source_add(compiler->sources, path, text, length)));
}

/* From the root of the repository, where the tests run. */
Test(print, examples_read_back) {
    glob_t files;
    if (glob("examples/*.sy", 0, NULL, &files) != 0) return;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        graph_teardown();
        graph_setup();
        Model *model = read_file(files.gl_pathv[i]);
        cr_assert(model, "%s", files.gl_pathv[i]);
        model_verify(model);
        expect_round_trip(model, false);
        model_simplify(model);
        model_verify(model);
        expect_round_trip(model, true);
    }
    globfree(&files);
}
