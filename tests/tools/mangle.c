/* Makes malformed programs: mangle FOLDER FILE.sy... writes into FOLDER, for each file, copies that
 * are cut short, that have tokens exchanged, dropped, doubled or bytes replaced; and some that are
 * made from nothing: too deep, too large, no text. Names that begin with "bad-" cannot be right; of
 * the others some happen to be. Always the same ones. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOKENS_MOST = 20000,
    FILE_MOST = 1 << 20
};

typedef struct Piece { /* a token, or the blanks between two */
    const char *chars;
    size_t length;
    int is_token;
} Piece;

static Piece pieces[TOKENS_MOST];
static int piece_count;
static char text[FILE_MOST];
static size_t text_length;
static uint64_t random_state = 1;

static uint32_t random_below(uint32_t limit) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return limit ? (uint32_t)(random_state >> 33) % limit : 0;
}

static FILE *open_in(const char *folder, const char *prefix, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s.sy", folder, prefix, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static void cut_into_pieces(void) {
    piece_count = 0;
    for (size_t at = 0; at < text_length && piece_count < TOKENS_MOST;) {
        size_t start = at;
        int c = (unsigned char)text[at];
        if (c == '#') {
            while (at < text_length && text[at] != '\n')
                at++;
        } else if (isspace(c)) {
            while (at < text_length && isspace((unsigned char)text[at]))
                at++;
        } else if (isalnum(c) || c == '_') {
            while (at < text_length && (isalnum((unsigned char)text[at]) || text[at] == '_'))
                at++;
        } else {
            at++;
        }
        pieces[piece_count++] = (Piece){text + start, at - start, !isspace(c) && c != '#'};
    }
}

static int random_token(void) {
    for (int tries = 0; tries < 1000; tries++) {
        int i = (int)random_below((uint32_t)piece_count);
        if (pieces[i].is_token) return i;
    }
    return 0;
}

static void write_pieces(const char *folder, const char *prefix, const char *name, const int *order,
                         int count) {
    FILE *file = open_in(folder, prefix, name);
    for (int i = 0; i < count; i++) {
        fwrite(pieces[order[i]].chars, 1, pieces[order[i]].length, file);
    }
    fclose(file);
}

static int order[TOKENS_MOST + 1];

static void in_order(void) {
    for (int i = 0; i < piece_count; i++) {
        order[i] = i;
    }
}

static void mangle(const char *folder, const char *name) {
    static const char *const prefixes[] = {"swapped1", "swapped2", "swapped3"};
    FILE *file;
    for (int part = 1; part <= 3; part++) {
        char prefix[20];
        snprintf(prefix, sizeof prefix, "cut%d", part);
        file = open_in(folder, prefix, name);
        fwrite(text, 1, text_length * (size_t)part / 4 + random_below(20), file);
        fclose(file);
    }
    for (int i = 0; i < 3; i++) {
        in_order();
        int a = random_token(), b = random_token();
        order[a] = b;
        order[b] = a;
        write_pieces(folder, prefixes[i], name, order, piece_count);
    }
    in_order();
    int gone = random_token();
    memmove(order + gone, order + gone + 1, sizeof *order * (size_t)(piece_count - gone - 1));
    write_pieces(folder, "dropped", name, order, piece_count - 1);
    in_order();
    int twice = random_token();
    memmove(order + twice + 1, order + twice, sizeof *order * (size_t)(piece_count - twice));
    write_pieces(folder, "doubled", name, order, piece_count + 1);
    in_order();
    for (int i = 0; i < piece_count; i++) {
        if (strchr("([", pieces[i].chars[0]) && random_below(2)) order[i] = random_token();
    }
    write_pieces(folder, "unbracketed", name, order, piece_count);
    file = open_in(folder, "byte", name);
    size_t place = random_below((uint32_t)text_length);
    fwrite(text, 1, place, file);
    fputc((int)random_below(256), file);
    fwrite(text + place, 1, text_length - place, file);
    fclose(file);
}

static void repeat(const char *folder, const char *name, const char *before, const char *part,
                   int count, const char *after) {
    FILE *file = open_in(folder, "bad", name);
    fputs(before, file);
    for (int i = 0; i < count; i++) {
        fputs(part, file);
    }
    fputs(after, file);
    fclose(file);
}

static void numbered(const char *folder, const char *name, const char *format, int count,
                     const char *after) {
    FILE *file = open_in(folder, "bad", name);
    for (int i = 0; i < count; i++) {
        fprintf(file, format, i, i + 1);
    }
    fputs(after, file);
    fclose(file);
}

static void bytes(const char *folder, const char *name, const char *chars, size_t length) {
    FILE *file = open_in(folder, "bad", name);
    fwrite(chars, 1, length, file);
    fclose(file);
}

static void make_from_nothing(const char *folder) {
    repeat(folder, "round", "let a = ", "(", 10000, "");
    repeat(folder, "round-closed", "let a = (", "(", 9999, "x))");
    repeat(folder, "square", "let a = ", "[", 10000, "");
    repeat(folder, "calls", "let a = ", "f(", 10000, "");
    repeat(folder, "indices", "let a = x", "[a = b]", 10000, "");
    repeat(folder, "signs", "let a = ", "-", 100000, "x");
    repeat(folder, "nots", "let a = ", "not ", 100000, "x");
    repeat(folder, "powers", "let a = ", "x^", 100000, "x");
    repeat(folder, "sum", "let a = ", "x + ", 100000, "x");
    repeat(folder, "ands", "let a = ", "x and ", 100000, "x");
    repeat(folder, "ifs", "let a = ", "if x then y else ", 100000, "x");
    repeat(folder, "ifs-in-ifs", "let a = ", "if ", 100000, "x");
    repeat(folder, "braces", "fn f(x) ", "{", 100000, "");
    repeat(folder, "blocks", "", "fn f(x) {\n", 100000, "");
    repeat(folder, "openers", "", "let x = (\n", 100000, "");
    repeat(folder, "strays", "", "@", 3000000, "");
    repeat(folder, "stray-lines", "", "let x = @\n", 200000, "");
    repeat(folder, "long-name", "dim ", "n", 3000000, " n");
    repeat(folder, "long-number", "let a = ", "9", 1000000, "");
    repeat(folder, "long-text", "use \"", "x", 3000000, "");
    repeat(folder, "long-comment", "dim # ", "x", 10000000, "");
    repeat(folder, "newlines", "dim", "\n", 10000000, "");
    repeat(folder, "docs", "", "## doc\n", 1000000, "dim");
    repeat(folder, "list", "dim c = 3\nconst t[c] = [", "1.5, ", 500000, "2]\n");
    repeat(folder, "alike", "", "dim n\n", 100000, "");
    numbered(folder, "axes", "dim a%d = a%d + 1\n", 20000, "");
    numbered(folder, "likes", "dim a%d like a%d\n", 20000, "");
    numbered(folder, "names", "let a%d = mean[n](a%d)\n", 20000, "");
    numbered(folder, "fns", "fn g%d(x) = g%d(x)\n", 5000, "output y = g0(1)\n");
    bytes(folder, "nul", "dim n\0\ndim m\n", 13);
    bytes(folder, "latin", "dim n\nlet \xe9 = 1\n", 17);
    bytes(folder, "cut-utf8", "dim n # \xe2\x82", 10);
    bytes(folder, "overlong", "dim n # \xc0\xaf\n", 11);
    bytes(folder, "surrogate", "dim n # \xed\xa0\x80\n", 12);
    bytes(folder, "utf16",
          "\xff\xfe"
          "d\0i\0m\0",
          8);
    bytes(folder, "control", "dim n\x1b[31m\n", 11);
    bytes(folder, "text", "use \"abc", 8);
    bytes(folder, "text-line", "use \"abc\n\"\n", 11);
    bytes(folder, "number", "input x\noutput y = x + 1e99999999999\n", 37);
    bytes(folder, "integer",
          "dim n = 99999999999999999999999999\ninput x[n]\noutput y = sum[n](x)\n", 68);
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    make_from_nothing(arguments[1]);
    for (int i = 2; i < count; i++) {
        FILE *file = fopen(arguments[i], "rb");
        if (!file) {
            perror(arguments[i]);
            return 1;
        }
        text_length = fread(text, 1, sizeof text - 64, file);
        fclose(file);
        const char *slash = strrchr(arguments[i], '/');
        char name[200];
        snprintf(name, sizeof name, "%s", slash ? slash + 1 : arguments[i]);
        name[strcspn(name, ".")] = '\0';
        cut_into_pieces();
        if (piece_count) mangle(arguments[1], name);
    }
    return 0;
}
