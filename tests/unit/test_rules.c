/* The laws of compiler/graph/rules.def, read as programs: `before` becomes what `after` becomes,
 * and less than it was. */
#include "check/check.h"
#include <criterion/criterion.h>
#include <string.h>

typedef struct Law {
    const char *rule, *before, *after;
} Law;

static const Law laws[] = {
#define RULE(op, name, before, after) {#op " " #name, before, after},
#include "graph/rules.def"
#undef RULE
};

static const char *declarations = "dim n\ndim p\n"
                                  "input f[n]\ninput g[n]\ninput h[n]\ninput e[n, p]\n"
                                  "input i[n]: i64\ninput j[n]: i64\n"
                                  "mask b[n]\nmask d[n]\nmask z[p]\n";

static Node *bare(Node *node) {
    return node->op == OP_LET ? node->arguments[0] : node;
}

Test(rules, laws_hold) {
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) {
        Compiler *compiler = compiler_new();
        const char *text = arena_format(compiler->arena,
                                        "%slet before = %s\nlet after = %s\noutput one[n, p] = "
                                        "before\noutput two[n, p] = after\n",
                                        declarations, laws[l].before, laws[l].after);
        const Source *source = source_add(compiler->sources, laws[l].rule, text, strlen(text));
        Model *model = check_program(compiler, parse_source(compiler, source));
        if (!model) diagnostics_print(compiler->diagnostics, stderr, false);
        cr_assert(model, "%s", laws[l].rule);
        Node *before = bare(model->outputs.items[0].value);
        Node *after = bare(model->outputs.items[1].value);
        Node *simple = graph_simplify(model->graph, before);
        Text printed = text_new(compiler->arena);
        graph_print_node(&printed, simple);
        cr_expect_neq(simple, before, "%s: not rewritten: %s", laws[l].rule, laws[l].before);
        cr_expect_eq(simple, graph_simplify(model->graph, after), "%s: %s became %s, not %s",
                     laws[l].rule, laws[l].before, printed.chars, laws[l].after);
        compiler_free(compiler);
    }
}
