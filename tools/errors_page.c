/* Prints docs/errors.md from the table of messages: a section for each hundred, an entry for each
 * row. Where tests/errors holds a short program that shows a message, the entry shows both. Run it
 * in the root of the repository. */
#define _POSIX_C_SOURCE 200809L
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef enum Severity {
    SEVERITY_NOTE,
    SEVERITY_WARNING,
    SEVERITY_ERROR
} Severity;

typedef struct Row {
    const char *code;
    Severity severity;
    const char *flag, *text, *remedy;
} Row;

static const Row rows[] = {
#define MESSAGE(id, code, severity, flag, text, remedy) {code, severity, flag, text, remedy},
#include "base/messages.def"
#undef MESSAGE
};
enum {
    ROW_COUNT = sizeof rows / sizeof *rows
};

static const char *const sections[] = {
    [1] = "Characters, words and layout",
    [2] = "Names",
    [3] = "Axes",
    [4] = "Types",
    [5] = "Positions and index ranges",
    [6] = "Reductions, masks and weights",
    [7] = "Declarations, functions, rules",
    [8] = "Parts of the language that are not compiled yet",
    [9] = "Commands, files and data",
};
enum {
    SECTION_COUNT = sizeof sections / sizeof *sections
};

static int section_of(const Row *row) {
    return (row->code[1] - '0') * 10 + (row->code[2] - '0');
}

/* The row of the section with the next greater code; the table is in the order of its making. */
static const Row *row_after(const Row *row, int section) {
    const Row *next = NULL;
    for (int i = 0; i < ROW_COUNT; i++) {
        if (section_of(&rows[i]) != section || (row && strcmp(rows[i].code, row->code) <= 0))
            continue;
        if (!next || strcmp(rows[i].code, next->code) < 0) next = &rows[i];
    }
    return next;
}

/* A short file of printable text, without its lines that are for the test alone; false if it is not
 * that. */
static bool read_short(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "r");
    if (!file) return false;
    char line[256];
    size_t length = 0;
    int lines = 0;
    bool is_plain = true;
    while (is_plain && fgets(line, sizeof line, file)) {
        if (strncmp(line, "# flags: ", 9) == 0 || strncmp(line, "exit ", 5) == 0) continue;
        size_t more = strlen(line);
        for (size_t i = 0; i < more; i++)
            if (line[i] != '\n' && (line[i] < ' ' || line[i] > '~')) is_plain = false;
        if (++lines > 12 || more == 0 || line[more - 1] != '\n' || length + more >= size)
            is_plain = false;
        if (!is_plain) break;
        memcpy(text + length, line, more + 1);
        length += more;
    }
    fclose(file);
    return is_plain && length > 0;
}

static void print_example(const Row *row) {
    char pattern[64], expected[512], program[2048], said[4096];
    snprintf(pattern, sizeof pattern, "tests/errors/%s_*.sy", row->code);
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        const char *path = found.gl_pathv[0];
        snprintf(expected, sizeof expected, "%.*s.expected", (int)(strlen(path) - 3), path);
        if (read_short(path, program, sizeof program) && read_short(expected, said, sizeof said))
            printf("For example:\n\n```text\n%s```\n\n```text\n%s```\n\n", program, said);
    }
    globfree(&found);
}

static void print_row(const Row *row) {
    static const char *const words[] = {"note", "warning", "error"};
    printf("### %s\n\n```text\n%s: %s\n", row->code, words[row->severity], row->text);
    if (*row->remedy) printf("  %s\n", row->remedy);
    printf("```\n\n");
    if (*row->flag && row->severity == SEVERITY_WARNING)
        printf("Off with `-Wno-%s`, an error with `-Werror=%s`.\n\n", row->flag, row->flag);
    if (*row->flag && row->severity == SEVERITY_NOTE)
        printf("Off unless asked for with `-W%s`.\n\n", row->flag);
    print_example(row);
}

int main(void) {
    printf("# Messages\n\n"
           "What the compiler says, by code. A code never changes its meaning. Words in `{braces}` "
           "stand for what the\n"
           "message is about; the indented line says what to write instead. This page is generated "
           "from the table that the\n"
           "compiler itself uses.\n");
    for (int section = 1; section < SECTION_COUNT; section++) {
        printf("\n## %s\n\n", sections[section]);
        for (const Row *row = NULL; (row = row_after(row, section));)
            print_row(row);
    }
    return 0;
}
