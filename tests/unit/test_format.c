/* The formatter: what it changes, that doing it twice changes nothing more, and that the program
 * stays the same. */
#include "front.h"
#include <criterion/criterion.h>
#include <glob.h>

static char *formatted(Compiler *compiler, const char *path, const char *chars) {
    return format_source(compiler, source_add(compiler->sources, path, chars, strlen(chars)));
}

static void formats(const char *chars, const char *expected) {
    Front before = front_parse(chars);
    char *once = format_source(before.compiler, before.source);
    char *text = front_messages(before.compiler, false);
    cr_assert_not_null(once, "%s", text);
    free(text);
    if (expected)
        cr_expect_str_eq(once, expected, "%s\nexpected\n%s\nbut got\n%s", chars, expected, once);
    char *twice = formatted(before.compiler, "twice.sy", once);
    cr_expect_str_eq(twice, once, "once\n%s\ntwice\n%s", once, twice);
    Front after = front_parse(once);
    const char *then = front_printed(&before, true), *now = front_printed(&after, true);
    cr_expect_str_eq(now, then, "the program was\n%s\nand became\n%s", then, now);
    compiler_free(before.compiler);
    compiler_free(after.compiler);
}

Test(format, spaces) {
    formats("let a=b+c*-d/e^-f - - 2", "let a = b + c * -d / e^-f - -2\n");
    formats("let a=x<-1 and y<=2", "let a = x < -1 and y <= 2\n");
    formats("let  a = mean [ n , c ] ( x ,weight=w )", "let a = mean[n, c](x, weight = w)\n");
    formats("input label [n]:index( c,none=-100 )", "input label[n]: index(c, none = -100)\n");
    formats("fn f[d ...](x,eps=1)=x[t=t-1 else-1]",
            "fn f[d...](x, eps = 1) = x[t = t - 1 else -1]\n");
    formats("let a=not(b)and(c)", "let a = not (b) and (c)\n");
    formats("let a = if(d)then(e)else[f]", "let a = if (d) then (e) else [f]\n");
    formats("minimize(L)over p , q with adam(lr=1)", "minimize (L) over p, q with adam(lr = 1)\n");
    formats("minimize-L with sgd", "minimize -L with sgd\n");
    formats("let a = over(x) + minimize(y) - weight [ n ]",
            "let a = over(x) + minimize(y) - weight[n]\n");
    formats("entry  fast:y,L\nuse\"a b\"", "entry fast: y, L\nuse \"a b\"\n");
    formats("rule r(p,g){p<-p-g;}", "rule r(p, g) { p <- p - g }\n");
    formats("dim a;dim b ; ; dim c;", "dim a; dim b; dim c\n");
    formats("let a = ( x ) [ t = s ] [ s = t ]", "let a = (x)[t = s][s = t]\n");
}

Test(format, lines) {
    formats("", "");
    formats("\n\n", "");
    formats("\n\n\ndim n\n\n\n\ndim m\n\n", "dim n\n\ndim m\n");
    formats("dim n\r\n  dim m   \r\n", "dim n\ndim m\n");
    formats("\xef\xbb\xbf"
            "dim n",
            "dim n\n");
    formats("let a = f(\nx,\ny\n)\n", "let a = f(\n    x,\n    y\n)\n");
    formats("let a = x +\ny\nlet b = if x\nthen y\nelse z\nand w\n",
            "let a = x +\n    y\nlet b = if x\n    then y\n    else z\n    and w\n");
    formats("let a = (x\n- y)\n", "let a = (x\n    - y)\n");
    formats("dim n;\n;\n;dim m\n", "dim n\ndim m\n");
}

Test(format, blocks) {
    formats("fn f(x) {\n\n\n    let a = x;\n      a +\n 1\n\n}",
            "fn f(x) {\n  let a = x\n  a +\n      1\n}\n");
    formats("fn f(x){let a=x;a}", "fn f(x) { let a = x; a }\n");
    formats("rule r(p, g) {\nstate m=0\n\nm<-m+g\np<-p-m }",
            "rule r(p, g) {\n  state m = 0\n\n  m <- m + g\n  p <- p - m }\n");
}

Test(format, comments) {
    formats("dim n#a  \ninput xxx[n]   # b\n# c\ndim k ## d\n",
            "dim n         #a\ninput xxx[n]  # b\n# c\ndim k  ## d\n");
    formats("dim n # a\n\ndim mmmm # b", "dim n  # a\n\ndim mmmm  # b\n");
    formats("  # top\nlet a = f(\n# in\nx, # x\nyy # y\n) # end\n",
            "# top\nlet a = f(\n    # in\n    x,  # x\n    yy  # y\n)  # end\n");
    formats("fn f(x) { # head\n# first\nx # value\n# last\n} # end",
            "fn f(x) {  # head\n  # first\n  x  # value\n  # last\n}  # end\n");
    formats("let a = if x # why\n # because\n\n then y # so\n else z", NULL);
    formats("dim n; # c\n# d", "dim n  # c\n# d\n");
    formats("dim n # \xc3\xa9\xc3\xa9\nuse \"\xc3\xa9\xc3\xa9\" # b\n",
            "dim n     # \xc3\xa9\xc3\xa9\nuse \"\xc3\xa9\xc3\xa9\"  # b\n");
    formats("##doc\n##   doc 2\t\ndim n##trail", "##doc\n##   doc 2\ndim n  ##trail\n");
    formats("let a = x + ## lost\n  ## lost too\n  y", NULL);
    formats("### rule\n#", "### rule\n#\n");
}

Test(format, refuses_what_does_not_parse) {
    Front front = front_parse("dim n\nlet a = ");
    cr_assert_null(format_source(front.compiler, front.source));
    cr_assert_gt(diagnostics_errors(front.compiler->diagnostics), 0);
    compiler_free(front.compiler);
}

static char *read_whole(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *text = calloc(1, 1 << 20);
    size_t length = fread(text, 1, (1 << 20) - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

/* The tests run in the repository's root; elsewhere there is nothing to find. */
Test(format, every_program_of_the_repository_stays_the_same) {
    static const char *const patterns[] = {"examples/*.sy", "library/*.sy",
                                           "tests/fuzz/corpus/*.sy"};
    glob_t found = {0};
    for (int i = 0; i < 3; i++) {
        glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &found);
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = read_whole(found.gl_pathv[i]);
        Front front = front_parse(text); /* the corpus has some that do not parse */
        bool is_right = !front.program->failed;
        compiler_free(front.compiler);
        if (is_right) formats(text, NULL);
        free(text);
    }
    globfree(&found);
}
