/* What parses, to which tree; and for each common slip, which message at which place. */
#include "front.h"
#include <criterion/criterion.h>
#include <time.h>

static void parses_to(const char *chars, const char *expected) {
    Front front = front_parse(chars);
    char *text = front_messages(front.compiler, false);
    cr_expect_str_eq(text, "", "%s\n%s", chars, text);
    const char *printed = front_printed(&front, true);
    cr_expect_str_eq(printed, expected, "expected\n%s\nbut got\n%s", expected, printed);
    free(text);
    compiler_free(front.compiler);
}

/* Printed as it was written. */
static void parses(const char *line) {
    char expected[500];
    snprintf(expected, sizeof expected, "%s\n", line);
    parses_to(line, expected);
}

Test(parser, every_declaration) {
    parses("model average");
    parses("real f64");
    parses("dim n");
    parses("dim c = 3");
    parses("dim s like t");
    parses("dim o = t - k + 1");
    parses("input x[n, c]");
    parses("input y[n]: f64");
    parses("input label[n]: index(c)");
    parses("input label[n]: index(c, none = -100)");
    parses("input lr");
    parses("weight w[n]");
    parses("mask keep[n]");
    parses("mask causal[t, s] = s <= t");
    parses("param p[c] = normal(0, 0.1)");
    parses("param p[c]: f32 = 0");
    parses("const table[c] = [1, 1, 3]");
    parses("let q = softmax[c](x)");
    parses("let q[n, c]: f32 = softmax[c](x)");
    parses("output y[n, c] = q");
    parses("loss L = mean[n](x)");
    parses("minimize L over p, q with adam(lr = 0.01)");
    parses("minimize L with sgd");
    parses("minimize (L + M) with sgd");
    parses("minimize -L with sgd");
    parses("fn f[d](x, w, eps = 1e-6) = x * w + eps");
    parses("fn mse[d...](x, y) = mean[d]((x - y)^2)");
    parses("fn f() = 3");
    parses("fn f(x) { x }");
    parses("fn f[d](x) { let m = mean[d](x); dim e like d; x - m }");
    parses("rule sgd(p, g, lr) { state m = 0; state t: f64 = 0; let h = g; p <- p - lr * h }");
    parses("rule none(p, g) { }");
    parses("entry fast: y, L");
    parses("use \"more.sy\"");
}

Test(parser, every_expression) {
    parses("let a = -x^2^-3 * +y / z - 1");
    parses("let a = not b and c or d and not not e");
    parses("let a = 0 <= i < n and x == y and x != z and x >= 1 and x > 2");
    parses("let a = if t == s then 1 else if t then inf else (if a then true else false)");
    parses("let a = (a + b) * (c - (d - e))");
    parses("let a = x[n, label] + data[b, idx, f]");
    parses("let a = x[t = t - 1 else 0]");
    parses("let a = e[c = label][t = t - 1] + (sum[s](a * b))[t = s]");
    parses("let a = a[k = j, j = k]");
    parses("let a = mean[s](v, logweight = q, where = s <= t, empty = 0, over = count)");
    parses("let a = uniform[t, s](key) + f[](x) + g() + x[]");
    parses("let a = [[1, 2], [3, 4.5]]");
    parses("let a = 1 + 1. + .5 + 1e3 + 1.5E-3 + 1e+9 + 007");
    parses("let a = grad(mean[n](x), x) + jvp(f(x), w, if f == f2 then 1 else 0)");
    parses_to("let a = x<-1", "let a = x < -1\n");
    parses_to("let a = if c then x[t = if d then e else f else g] else h",
              "let a = if c then x[t = if d then e else f else g] else h\n");
}

Test(parser, declaration_words_name_values_elsewhere) {
    parses("let weight = mean[n](loss, weight = input) + over(like) - with");
    parses("dim dim");
    parses("input input[output]: index(output)");
    parses("fn model(rule, state, use = 3) = entry[mask = param] + const(real, dim)");
    parses("rule real(p, g) { state state = 0; state <- g; p <- p - state; loss <- 3 }");
    parses("fn f(weight, state) { weight * state }");
    parses("fn f(minimize) { minimize(3) }");
}

Test(parser, lines_go_on) {
    parses_to("let a = x +\n\n  # why\n  y\nlet b =\n 3\n", "let a = x + y\nlet b = 3\n");
    parses_to("let a = mean[n,\nc](\nx\n,\nw\n)\n", "let a = mean[n, c](x, w)\n");
    parses_to("let a = if b\n then c\n\n # so\n else d\n  and e\n or f",
              "let a = if b then c else d and e or f\n");
    parses_to("let thenx = 3\nlet a = thenx\n", "let thenx = 3\nlet a = thenx\n");
    parses_to("dim a; dim b;; dim c;\n;\n", "dim a\ndim b\ndim c\n");
    parses_to("fn f(x) {\n\n  let a = mean[n](\n x)\n\n  a +\n   1\n}\n",
              "fn f(x) { let a = mean[n](x); a + 1 }\n");
    parses_to("rule r(p, g) { p <- p - g }", "rule r(p, g) { p <- p - g }\n");
}

Test(parser, any_line_end_and_none_at_the_end) {
    parses_to("dim n\r\ninput x[n]\r\n\r\nlet a = x +\r\n 1", "dim n\ninput x[n]\nlet a = x + 1\n");
    parses_to("\xef\xbb\xbf"
              "dim n",
              "dim n\n");
    parses_to("", "");
    parses_to("\n\n# only a comment", "");
    parses_to("\t dim\tn \t", "dim n\n");
}

Test(parser, doc_comments_go_to_their_declaration) {
    parses_to("## one\n##  two  \n# no doc\ndim n\ndim m ## three\n## above\ndim k ## and behind\n",
              "dim n ## one\n two\ndim m ## three\ndim k ## above\nand behind\n");
    parses_to("## doc\n\nlet a = x + ## inside\n  y\nlet b = f( ## inside\n x)\n",
              "let a = x + y ## doc\nlet b = f(x)\n");
    parses_to("dim a; dim b ## b's\n### no doc\ndim c\n##\ndim d\n## at the end",
              "dim a\ndim b ## b's\ndim c\ndim d ## \n");
    parses_to("dim a; dim b;; ## b's\n; ## c's\ndim c; # no\n",
              "dim a\ndim b ## b's\ndim c ## c's\n");
    Front front = front_parse("## f's\nfn f(x) {\n  ## a's\n  let a = x ## more\n  a\n}\n");
    const Decl *fn = front.program->decls.items[0];
    cr_assert_str_eq(fn->doc, "f's");
    cr_assert_str_eq(fn->body.items[0]->doc, "a's\nmore");
    compiler_free(front.compiler);
}

Test(parser, spans_cover_what_was_written) {
    Front front = front_parse("let a = (x + f[n](y)) * z[i]");
    const Decl *decl = front.program->decls.items[0];
    const uint32_t base = front.source->base;
    cr_expect_eq(decl->span.start - base, 0);
    cr_expect_eq(decl->span.end - base, 28);
    cr_expect_eq(decl->target.name.span.start - base, 4);
    cr_expect_eq(decl->value->span.start - base, 8);
    cr_expect_eq(decl->value->a->span.end - base, 21);
    cr_expect(decl->value->a->bracketed);
    cr_expect_eq(decl->value->a->b->word.span.start - base, 13);
    cr_expect_eq(decl->value->b->items.items[0].span.start - base, 26);
    compiler_free(front.compiler);
}

/* --- slips: "CODE line:column" of each message, in order --- */

static void says(const char *chars, const char *expected) {
    Front front = front_parse(chars);
    char *text = front_messages(front.compiler, true), found[500] = "";
    for (const char *at = text; (at = strstr(at, "\"line\": ")); at++) {
        int line, column;
        char code[6];
        const char *related = strstr(at, "\"code\"");
        if (sscanf(at, "\"line\": %d, \"column\": %d", &line, &column) != 2 || !related) break;
        const char *message = strstr(at, "\"message\"");
        if (message < related) continue; /* a related place */
        sscanf(related, "\"code\": \"%5s", code);
        size_t length = strlen(found);
        snprintf(found + length, sizeof found - length, "%s%s %d:%d", length ? ", " : "", code,
                 line, column);
    }
    cr_expect_str_eq(found, expected, "%s\nexpected %s\nbut got  %s", chars, expected, found);
    free(text);
    compiler_free(front.compiler);
}

Test(parser, characters_and_words) {
    says("let a = \xc3\xa9", "E0103 1:9");
    says("let a = b \xe2\x88\x92 c", "E0104 1:11");
    says("dim n # \xe2\x88\x92 \xc3\xa9", "");
    says("let a = b\x01", "E0103 1:10");
    says("dim n\nlet a = \xff", "E0101 2:9");
    says("use \"abc", "E0107 1:5");
    says("let a = 2x + 1..2", "E0108 1:9");
    says("let a = 0x10", "E0108 1:9");
    says("let a = b && c", "E0105 1:11");
    says("let a = b || c", "E0105 1:11");
    says("let a = !c", "E0105 1:9");
    says("let a = b ** c", "E0105 1:11");
    says("let a = b -> c", "E0105 1:11");
    says("let a := c", "E0105 1:7");
    says("let a = b % c", "E0105 1:11");
    says("use 'a'", "E0104 1:5");
    says("let a = $b", "E0106 1:9");
    Front front = front_bytes("dim n\0 m", 8);
    cr_assert_eq(diagnostics_errors(front.compiler->diagnostics), 1);
    compiler_free(front.compiler);
}

Test(parser, brackets) {
    says("let a = mean[n](x\nlet b = 3\n", "E0109 1:16");
    says("let a = mean[n](x\n\n# c\noutput b = 3\n", "E0109 1:16");
    says("let a = (b", "E0109 1:9");
    says("let a = (b]", "E0110 1:11");
    says("let a = x[n + (b]", "E0110 1:17");
    says("let a = b)", "E0111 1:10");
    says("let a = {1}\ndim n n", "E0112 1:9, E0144 2:7");
    says("}", "E0111 1:1");
    says("fn f(x) {\n  x\ninput y\ndim n n", "E0109 1:9, E0144 4:7");
    says("fn f(x) {\n  x\n", "E0109 1:9");
    says("fn f(x {\n  x\n}\ndim n n", "E0109 1:5, E0144 4:7");
    says("let x[i = i][j] = 3", "E0137 1:9");
    says("let a = x[i][j]", "E0136 1:13");
    says("let a = x[i][n = j]", "");
    says("let a = (x; y)", "E0109 1:9, E0128 1:13");
}

Test(parser, expressions) {
    says("let a = b = c", "E0120 1:11");
    says("let a = if b = c then 1 else 2", "E0120 1:14");
    says("let a = mean[n](x) = 3", "E0120 1:20");
    says("let a = b +", "E0121 1:12");
    says("let a = b +\nlet c = 3", "E0121 1:12");
    says("let a = b * / c", "E0121 1:13");
    says("let a = f(b,)", "E0121 1:13");
    says("let a =", "E0121 1:8");
    says("let a = b c", "E0122 1:11");
    says("let a = 2 (c)", "E0122 1:11");
    says("let a = f(b c)", "E0122 1:13");
    says("let a = if b then c", "E0123 1:9");
    says("let a = (if b then c) + 1", "E0123 1:10");
    says("let a = if b", "E0124 1:9");
    says("let a = if b else c", "E0124 1:14");
    says("let a = b then c", "E0125 1:11");
    says("let a = b else c", "E0125 1:11");
    says("let a = 0 < b < c < d", "E0134 1:19");
    says("let a = b * if c then d else e", "E0135 1:13");
    says("let a = b * not c", "E0135 1:13");
    says("let a = let", "E0126 1:9");
}

Test(parser, declarations) {
    says("let if = 3", "E0126 1:5");
    says("input then[n]", "E0126 1:7");
    says("dim inf", "E0126 1:5");
    says("inptu x[n]\noutpt y = 3\nparameter q = 2", "E0127 1:1, E0127 2:1, E0127 3:1");
    says("frobnicate x", "E0128 1:1");
    says("3 + 4", "E0128 1:1");
    says("x = 3\ny[n] = 4", "E0129 1:1, E0129 2:1");
    says("dim 3", "E0130 1:5");
    says("input x[]", "E0130 1:9");
    says("minimize L with", "E0130 1:16");
    says("let a b", "E0131 1:7");
    says("output y[n] x", "E0131 1:13");
    says("input x = 3\nweight w[n] = 4", "E0132 1:9, E0132 2:13");
    says("param p[c]\nlet a\noutput y[n]\nconst q", "E0133 1:11, E0133 2:6, E0133 3:12, E0133 4:8");
    says("minimize L", "E0143 1:11");
    says("dim n, m", "E0144 1:6");
    says("fn f(x[n]) = x", "E0145 1:7");
    says("fn f(x y) {\n let a = 3\n x\n}\ndim n m", "E0146 1:8, E0144 5:7");
    says("entry fast: y L", "E0146 1:15");
    says("state m = 0", "E0138 1:1");
    says("p <- 3", "E0139 1:1");
}

Test(parser, blocks) {
    says("rule r(p, g) {\n p = p - g\n q\n state v\n input z\n}",
         "E0140 2:4, E0140 3:3, E0133 4:9, E0142 5:2");
    says("fn f(x) {\n let a = x\n}", "E0141 3:1");
    says("fn f(x) {\n a = x\n a\n}", "E0129 2:2");
    says("fn f(x) {\n input z\n x\n}", "E0142 2:2");
    says("fn f(x) {\n x +\n}", "E0121 2:5");
    says("fn f(x) { x } dim n", "E0137 1:15");
}

Test(parser, an_error_stays_on_its_line) {
    Front front = front_parse("dim n\nlet a = b c\ninput x[n\nlet c[n]: f64 = ) + 3\ninptu "
                              "y[n]\nfn f(x) {\n let b = (3\n x\n}\ndim m\n");
    const char *printed = front_printed(&front, false);
    cr_expect_str_eq(
        printed,
        "dim n\nlet a = ?\ninput x[n]\nlet c[n] = ?\ninput y[n]\nfn f(x) { let b = ?; ? }\ndim m\n",
        "%s", printed);
    for (int i = 0; i < front.program->decls.count; i++) {
        const Decl *decl = front.program->decls.items[i];
        cr_expect_eq(decl->failed, decl->kind != DECL_DIM);
    }
    cr_expect_eq(diagnostics_errors(front.compiler->diagnostics), 5);
    compiler_free(front.compiler);
}

/* --- size --- */

static char *repeated(const char *before, const char *part, size_t count, const char *after) {
    size_t length = strlen(part), at = strlen(before);
    char *text = malloc(at + length * count + strlen(after) + 1);
    strcpy(text, before);
    for (size_t i = 0; i < count; i++, at += length) {
        memcpy(text + at, part, length);
    }
    strcpy(text + at, after);
    return text;
}

static void refuses(char *text, const char *code) {
    Front front = front_parse(text);
    char *messages_text = front_messages(front.compiler, false);
    cr_expect_not_null(strstr(messages_text, code), "%s", messages_text);
    cr_expect_eq(diagnostics_errors(front.compiler->diagnostics), 1, "%s", messages_text);
    free(messages_text);
    compiler_free(front.compiler);
    free(text);
}

Test(parser, depth_is_an_error_and_no_overflow) {
    refuses(repeated("let a = ", "(", 10000, ""), "E0113");
    refuses(repeated("let a = ", "f[", 10000, "\nlet b = 3"), "E0113");
    refuses(repeated("let a = ", "-", 100000, "x"), "E0113");
    refuses(repeated("let a = ", "not ", 5000, "x"), "E0114");
    refuses(repeated("let a = ", "if a then b else ", 100000, "x"), "E0113");
    refuses(repeated("let a = ", "a+", 100000, "a"), "E0114");
    refuses(repeated("let a = ", "a^", 100000, "a"), "E0113");
    refuses(repeated("let a = x", "[a = b]", 10000, ""), "E0114");
    refuses(repeated("fn f(x) ", "{", 100000, ""), "E0112");
}

static void is_quick(char *text, bool is_right) {
    clock_t start = clock();
    Front front = front_parse(text);
    cr_expect_eq(diagnostics_errors(front.compiler->diagnostics) == 0, is_right);
    char *formatted = format_source(front.compiler, front.source);
    cr_expect_eq(formatted != NULL, is_right);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    cr_expect_lt(seconds, 60, "%.1f s for %.30s", seconds, text);
    compiler_free(front.compiler);
    free(text);
}

Test(parser, megabytes_are_read_in_seconds) {
    is_quick(repeated("", "let a = mean[n](x * w + 3.5, where = keep) # foo\n", 40000, ""), true);
    is_quick(repeated("", "\n", 2000000, ""), true);
    is_quick(repeated("", "## doc\n", 300000, "dim n"), true);
    is_quick(repeated("const t[n] = [", "1.5, ", 300000, "2]"), true);
    is_quick(repeated("", "let x = @\n", 100000, ""), false);
    is_quick(repeated("", "@", 2000000, ""), false);
    is_quick(repeated("", "fn f(x) {\n", 100000, ""), false);
    is_quick(repeated("", "let x = (\n", 100000, ""), false);
    is_quick(repeated("dim ", "x", 2000000, ""), true);
}
