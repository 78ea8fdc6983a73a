/* Takes the words of the command line, gives Options; or says what is wrong with them and what the
 * right usage is. */
#include "tool/command.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Option {
    const char *name;  /* "-o", "--json" */
    const char *value; /* what its value is called, or NULL: it takes none */
    const char *help;
} Option;

static const Option option_table[] = {
    {"-o", "PATH", "where the result goes (a folder; for graph and grad a file)"},
    {"--standalone", NULL, "carry the parts of the runtime that are used"},
    {"--multiversion", NULL, "for several levels of x86-64; picks one when it is loaded"},
    {"--stream", "AXIS", "also the functions that take the data in batches along that axis"},
    {"--of", "L", "what is differentiated: a loss, output or let without axes"},
    {"--wrt", "X,Y", "by what: inputs, weights, params or lets"},
    {"--steps", "N", "how many steps to make"},
    {"--seed", "S", "draw other random numbers than for seed 0"},
    {"--batch", "AXIS=N", "a step sees N elements along that axis"},
    {"--shuffle", NULL, "in another order each time, by the seed"},
    {"--resume", NULL, "go on from DIR/checkpoint"},
    {"--budget", "LIMITS", "fail where the model costs more: bytes=24MB,passes=1,workspace=1MB"},
    {"--threads", "N", "predict for N threads too (as many as there are processors)"},
    {"--measure", NULL, "run it on random data too, and show the time beside the predicted one"},
    {"--calibrate", NULL, "measure this machine anew"},
    {"--cc", "CC", "the C compiler (clang)"},
    {"--march", "LEVEL", "the processor, as CC names it: x86-64, -v2, -v3, -v4, native ..."},
    {"--check", NULL, "change nothing, only compare; fail where something differs"},
    {"-W", "NAME", "-WNAME, -Wno-NAME, -Werror, -Werror=NAME, -Wall: warnings on, off, or errors"},
    {"--json", NULL, "messages as JSON, on standard error, for editors"},
    {"--real", "f32|f64", "the type of everything that the file gives no type"},
    {"--no-fma", NULL, "no fused multiply-add: for machines without it"},
    {"-d", "PASS", "print what the pass of that name leaves"},
};
enum {
    OPTION_COUNT = sizeof option_table / sizeof *option_table
};

/* A command lists its options in one string: "-o --cc". */
static bool command_takes(const Command *command, const char *name) {
    size_t length = strlen(name);
    for (const char *at = command->options; (at = strstr(at, name)); at += length)
        if ((at == command->options || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
            return true;
    return false;
}

void options_help(const Command *command) {
    for (int i = 0; i < OPTION_COUNT; i++) {
        const Option *o = &option_table[i];
        if (!command_takes(command, o->name)) continue;
        bool joined = strcmp(o->name, "-W") == 0;
        const char *value = o->value ? o->value : "";
        const char *gap = o->value && !joined ? " " : "";
        int width = printf("  %s%s%s", o->name, gap, value);
        printf("%*s  %s\n", width < 18 ? 18 - width : 0, "", o->help);
    }
}

int usage_error(const Command *command, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("steelyard: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (command)
        fprintf(stderr, "\nusage: steelyard %s %s\n", command->name, command->usage);
    else
        fputs("\nusage: steelyard COMMAND FILE ...; `steelyard help` lists the commands\n", stderr);
    return EXIT_USAGE;
}

bool is_assignment(const char *word) {
    const char *equals = strchr(word, '=');
    return equals && equals > word && equals[1];
}

/* Insertions, deletions, changes, and swaps of neighbours (as people mistype). */
static int edit_distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    enum {
        LONGEST = 64
    };
    if (n >= LONGEST || m >= LONGEST) return LONGEST;
    int d[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = (int)i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && d[i - 2][j - 2] + 1 < best) best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

const char *nearest_word(const char *word, const Strings *candidates) {
    int limit = (int)(strlen(word) + 2) / 3, best = limit < 3 ? limit + 1 : 4;
    const char *nearest = NULL;
    for (int i = 0; i < candidates->count; i++) {
        int distance = edit_distance(word, candidates->items[i]);
        size_t longer = strlen(candidates->items[i]);
        if (strlen(word) > longer) longer = strlen(word);
        if ((size_t)distance >= longer) continue; /* not a letter in common, as m and n */
        if (distance < best) best = distance, nearest = candidates->items[i];
    }
    return nearest;
}

const char *did_you_mean(Arena *arena, const char *word, const Strings *candidates) {
    const char *nearest = nearest_word(word, candidates);
    return nearest ? arena_format(arena, "; did you mean `%s`?", nearest) : "";
}

static const Option *option_find(const char *word, const char **joined) {
    *joined = NULL;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const Option *o = &option_table[i];
        size_t length = strlen(o->name);
        if (strncmp(word, o->name, length) != 0) continue;
        if (word[length] == '\0') return o;
        if (!o->value) continue;
        if (o->name[1] != '-') return *joined = word + length, o;       /* -oDIR, -Wname */
        if (word[length] == '=') return *joined = word + length + 1, o; /* --cc=gcc */
    }
    return NULL;
}

static void option_set(Arena *arena, Options *options, const char *name, const char *value) {
    if (!strcmp(name, "-o")) options->output = value;
    if (!strcmp(name, "--standalone")) options->standalone = true;
    if (!strcmp(name, "--multiversion")) options->multiversion = true;
    if (!strcmp(name, "--resume")) options->resume = true;
    if (!strcmp(name, "--shuffle")) options->shuffle = true;
    if (!strcmp(name, "--batch")) options->batch = value;
    if (!strcmp(name, "--cc")) options->cc = value;
    if (!strcmp(name, "--march")) options->march = value;
    if (!strcmp(name, "--budget")) options->budget = value;
    if (!strcmp(name, "--threads")) options->threads = value;
    if (!strcmp(name, "--measure")) options->measure = true;
    if (!strcmp(name, "--calibrate")) options->calibrate = true;
    if (!strcmp(name, "--stream")) options->stream = value;
    if (!strcmp(name, "--of")) options->of = value;
    if (!strcmp(name, "--wrt")) options->wrt = value;
    if (!strcmp(name, "--steps")) options->steps = value;
    if (!strcmp(name, "--seed")) options->seed = value;
    if (!strcmp(name, "--check")) options->check = true;
    if (!strcmp(name, "-W")) vector_push(arena, &options->warnings, value);
    if (!strcmp(name, "--json")) options->json = true;
    if (!strcmp(name, "--real")) options->real = value;
    if (!strcmp(name, "--no-fma")) options->no_fma = true;
    if (!strcmp(name, "-d")) options->dump_after = value;
}

/* Its dashes are no letters in common with another option. */
static int option_unknown(Arena *arena, const Command *command, const char *word) {
    Strings names = {0};
    for (int i = 0; i < OPTION_COUNT; i++)
        if (command_takes(command, option_table[i].name))
            vector_push(arena, &names, option_table[i].name + strspn(option_table[i].name, "-"));
    const char *nearest = nearest_word(word + strspn(word, "-"), &names), *dashes = "";
    if (nearest) dashes = nearest[1] ? "--" : "-";
    return usage_error(command, "%s has no option `%s`%s", command->name, word,
                       nearest ? arena_format(arena, "; did you mean `%s%s`?", dashes, nearest)
                               : "");
}

bool options_read(Arena *arena, const Command *command, int count, char *const *words,
                  Options *options) {
    bool only_names = false; /* after -- */
    for (int i = 0; i < count; i++) {
        const char *word = words[i], *value = NULL;
        if (only_names || word[0] != '-' || word[1] == '\0') {
            vector_push(arena, &options->arguments, word);
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_names = true;
            continue;
        }
        const Option *option = option_find(word, &value);
        if (!option || !command_takes(command, option->name))
            return option_unknown(arena, command, word), false;
        bool is_warning = strcmp(option->name, "-W") == 0;
        if (option->value && !value && !is_warning) value = i + 1 < count ? words[++i] : NULL;
        if (option->value && (!value || !*value))
            return usage_error(command, "%s wants a value: %s %s", option->name, option->name,
                               option->value),
                   false;
        option_set(arena, options, option->name, value);
    }
    return true;
}
