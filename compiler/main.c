/* The commands, one line each. */
#include "pipeline.h"
#include "tool/command.h"
#include "tool/file.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const Command commands[] = {
    {"check", command_check, 1, "FILE [options]", "-W --json --real --no-fma -d",
     "find everything that is wrong with a program",
     "Prints nothing and exits 0 when all is well; messages go to standard error.\n"
     "  steelyard check model.sy\n  steelyard check --json - < model.sy\n"},
    {"emit", command_emit, 1,
     "FILE [-o DIR] [--standalone] [--multiversion] [--stream AXIS] [options]",
     "-o --standalone --multiversion --stream -W --json --real --no-fma -d",
     "write NAME.c and NAME.h",
     "The two files need the runtime's headers (pkg-config steelyard), unless --standalone puts "
     "what\n"
     "they use of it into them. With --multiversion NAME.c is for compiling once for each level,\n"
     "and NAME_levels.c picks a level when it is loaded.\n  steelyard emit model.sy -o "
     "generated\n"},
    {"build", command_build, 1,
     "FILE [-o DIR] [--cc CC] [--march LEVEL | --multiversion] [--stream AXIS] [options]",
     "-o --cc --march --multiversion --stream -W --json --real --no-fma -d",
     "compile to NAME.o, libNAME.a, libNAME.so and NAME.h",
     "The libraries carry the runtime: link -lNAME -lm with the same compiler and -fopenmp,\n"
     "nothing else.\n"
     "  steelyard build model.sy -o lib --march x86-64-v4\n"
     "  steelyard build model.sy -o lib --multiversion\n"},
    {"run", command_run, 0, "FILE [NAME=VALUE ...] [-o DIR] [options]",
     "-o --cc --march -W --json --real --no-fma -d", "compile, run on data, show the outputs",
     "VALUE is a number, true or false, a .npy file, a member of a .npz file (FILE.npz:MEMBER; "
     "without\n"
     ":MEMBER the one called NAME), or a table (FILE.csv, or a column of it, FILE.csv:COLUMN).\n"
     "Sizes come from the arrays, or NAME=NUMBER. Params that are not given\n"
     "start as the program says. With -o every output is written as DIR/OUTPUT.npy.\n"
     "  steelyard run average.sy values=data.npz:values trust=trust.npy -o results\n"},
    {"golden", command_golden, 0, "FILE [NAME=VALUE ...] [-o DIR] [--check] [options]",
     "-o --check --cc --march -W --json --real --no-fma -d",
     "record what a model gives on data, and compare later",
     "Data is given as for run. DIR (NAME.golden without -o) gets hashes of all inputs and outputs "
     "and\n"
     "the outputs themselves. With --check nothing is written: the model is run on the same data, "
     "and\n"
     "where an output has other bits, the first element that differs is shown.\n"
     "  steelyard golden model.sy x=x.npy -o model.golden\n"
     "  steelyard golden model.sy x=x.npy -o model.golden --check\n"},
    {"train", command_train, 0, "FILE --steps N [NAME=VALUE ...] [-o DIR] [options]",
     "-o --steps --batch --shuffle --resume --seed --cc --march -W --json --real --no-fma -d",
     "compile, make steps of training, show the params",
     "Data is given as for run. A param that is given starts from that value, the others as the "
     "program says.\n"
     "NAME=step: that input is the number of steps made before, for a schedule.\n"
     "With -o every param is written as DIR/PARAM.npy, and the losses of all steps as "
     "DIR/losses.npy\n"
     "and, drawn, DIR/losses.svg. DIR/checkpoint is written on the way: with --resume a training "
     "that\n"
     "was interrupted goes on from it, to the same bits.\n"
     "  steelyard train model.sy x=x.npy y=y.npy --steps 1000 -o trained\n"},
    {"verify", command_verify, 0, "FILE [NAME=VALUE ...] [--seed S] [options]",
     "--seed --cc --march -W --json --real --no-fma -d",
     "try what the model promises: gradients, bits, masks, weights",
     "Gradients against differences and forward mode, the emitted C against the reference, on "
     "several\n"
     "numbers of threads, and with NaN where nothing is read; the laws of weights. A line for "
     "each,\n"
     "with the worst figure and where. What is not given as for run is random, by the seed.\n"
     "Exit status 1 if a check fails.\n"
     "  steelyard verify model.sy\n  steelyard verify model.sy x=x.npy y=y.npy\n"},
    {"grad", command_grad, 1, "FILE [--of L] [--wrt X,Y] [-o FILE] [options]",
     "-o --of --wrt -W --json --real -d", "print the derivative, as a program",
     "The program of FILE and an output d_x for each x: the derivative of L by x, written out. L "
     "is "
     "the\n"
     "only loss, or the only output without axes; x the params or, without any, all real inputs "
     "and "
     "weights.\n"
     "What is printed compiles, and gives the same bits as output d_x = grad(L, x).\n"
     "  steelyard grad model.sy --of loss --wrt w,b -o model_grad.sy\n"},
    {"graph", command_graph, 1, "FILE -o X.svg|X.dot [options]", "-o -W --json --real --no-fma -d",
     "draw the computation and its loop nests",
     "X.svg is laid out by graphviz (dot); X.dot is its input.\n"
     "  steelyard graph model.sy -o model.svg\n"},
    {"explain", command_explain, 0, "FILE [SIZE=N ...] [--measure] [--budget LIMITS] [options]",
     "--budget --threads --measure --calibrate --cc --march -W --json --real --no-fma -d",
     "say which loops there are, what was fused, bytes and flops, and how long it takes",
     "Sizes that are not given count as 1024. The times are predicted from a measurement of this\n"
     "machine, which is made once and kept in ~/.cache/steelyard. With --budget nothing is "
     "measured:\n"
     "it counts, and exits 1 where a limit is exceeded. With --json the report is JSON.\n"
     "  steelyard explain model.sy n=1000000 c=10\n"
     "  steelyard explain model.sy n=1000000 --budget bytes=24MB,passes=1,workspace=1MB\n"},
    {"fmt", command_fmt, 0, "FILE... [--check] [options]", "--check -W --json",
     "lay files out the one way, in place",
     "`-` reads standard input and writes standard output. --check changes nothing and exits 1 if "
     "a file\n"
     "would change.\n  steelyard fmt model.sy\n  steelyard fmt - < model.sy\n"},
};
enum {
    COMMAND_COUNT = sizeof commands / sizeof *commands
};

static const Command *command_find(const char *name) {
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static int command_unknown(Arena *arena, const char *word) {
    Strings names = {0};
    for (int i = 0; i < COMMAND_COUNT; i++)
        vector_push(arena, &names, commands[i].name);
    vector_push(arena, &names, "help");
    vector_push(arena, &names, "--version");
    return usage_error(NULL, "there is no command `%s`%s", word, did_you_mean(arena, word, &names));
}

static void help_all(FILE *out) {
    fputs("steelyard compiles programs over named axes to readable C\n\n", out);
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].summary);
    fputs("  help      say more about a command: steelyard help COMMAND\n"
          "\nFILE is a .sy file, or - for standard input. Exit status: 0, 1 for an error in the "
          "program or its\n"
          "data, 2 for a wrong command line.\n",
          out);
}

static void help_command(const Command *command) {
    printf("usage: steelyard %s %s\n\n%s.\n", command->name, command->usage, command->summary);
    printf("%s\noptions:\n", command->help);
    options_help(command);
}

static int help(Arena *arena, const char *name) {
    const Command *command = name ? command_find(name) : NULL;
    if (command)
        help_command(command);
    else if (name && strcmp(name, "help") != 0)
        return command_unknown(arena, name);
    else
        help_all(stdout);
    return EXIT_GOOD;
}

/* The options that mean the same to every command. */
static int compiler_setup(Compiler *compiler, const Command *command, const Options *options) {
    Strings names = {0};
    for (int i = 0; i < pass_count; i++)
        vector_push(compiler->arena, &names, passes[i].name);
    if (options->real && strcmp(options->real, "f32") && strcmp(options->real, "f64"))
        return usage_error(command, "--real is f32 or f64, not `%s`", options->real);
    if (options->dump_after && !pass_find(options->dump_after)) {
        Text list = text_new(compiler->arena);
        for (int i = 0; i < names.count; i++)
            text_format(&list, "%s%s", i ? " " : "", names.items[i]);
        return usage_error(command, "there is no pass `%s`: they are %s%s", options->dump_after,
                           list.chars, did_you_mean(compiler->arena, options->dump_after, &names));
    }
    for (int i = 0; i < options->warnings.count; i++)
        if (!diagnostics_option(compiler->diagnostics, options->warnings.items[i]))
            return usage_error(command, "there is no warning -W%s", options->warnings.items[i]);
    compiler->real = options->real;
    compiler->stream = options->stream;
    compiler->dump_after = options->dump_after;
    compiler->no_fma = options->no_fma;
    return EXIT_GOOD;
}

static bool colour_wanted(void) {
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(2) && !(no && *no) && !(terminal && strcmp(terminal, "dumb") == 0);
}

static int command_start(Compiler *compiler, const Command *command, int count, char **words) {
    Options options = {.command = command};
    if (!options_read(compiler->arena, command, count, words, &options)) return EXIT_USAGE;
    int status = compiler_setup(compiler, command, &options);
    if (status != EXIT_GOOD) return status;
    if (options.arguments.count == 0) return usage_error(command, "%s wants a FILE", command->name);
    if (command->most && options.arguments.count > command->most)
        return usage_error(command, "%s takes one FILE; `%s` is too much", command->name,
                           options.arguments.items[command->most]);
    status = command->run(compiler, &options);
    if (options.json)
        diagnostics_print_json(compiler->diagnostics, stderr);
    else
        diagnostics_print(compiler->diagnostics, stderr, colour_wanted());
    return status == EXIT_GOOD && diagnostics_errors(compiler->diagnostics) ? EXIT_USER : status;
}

static int command_line(Compiler *compiler, int count, char **words) {
    const char *word = count > 1 ? words[1] : NULL;
    if (!word) return usage_error(NULL, "a command is missing");
    if (!strcmp(word, "--version") || !strcmp(word, "version") || !strcmp(word, "-V"))
        return printf("steelyard %s\n", STEELYARD_VERSION), EXIT_GOOD;
    if (!strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h")) {
        if (count > 3) return usage_error(NULL, "help takes one COMMAND");
        return help(compiler->arena, count > 2 ? words[2] : NULL);
    }
    const Command *command = command_find(word);
    if (!command) return command_unknown(compiler->arena, word);
    for (int i = 2; i < count && strcmp(words[i], "--") != 0; i++)
        if (!strcmp(words[i], "--help") || !strcmp(words[i], "-h"))
            return help_command(command), EXIT_GOOD;
    return command_start(compiler, command, count - 2, words + 2);
}

typedef struct Work {
    int count;
    char **words;
    int status;
} Work;

static void *work(void *given) {
    Work *work = given;
    Compiler *compiler = compiler_new();
    work->status = command_line(compiler, work->count, work->words);
    compiler_free(compiler);
    return NULL;
}

/* Passes recurse over the graph, and a program may chain a hundred thousand lets: they get a stack
 * to match. Only what is used of it is ever real. */
static int work_with_room(int count, char **words) {
    Work given = {count, words, EXIT_USER};
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    bool has_room = pthread_attr_setstacksize(&attributes, (size_t)1 << 30) == 0 &&
                    pthread_create(&thread, &attributes, work, &given) == 0;
    if (has_room)
        pthread_join(thread, NULL);
    else
        work(&given);
    pthread_attr_destroy(&attributes);
    return given.status;
}

int main(int count, char **words) {
    signals_catch();
    int status = work_with_room(count, words);
    signals_settle();
    if (fflush(stdout) != 0 || ferror(stdout)) {
        clearerr(stdout); /* the write that failed may be long ago: another one tells why */
        putchar('\n');
        fflush(stdout);
        fprintf(stderr, "steelyard: cannot write standard output: %s\n", strerror(errno));
        return EXIT_USER;
    }
    return status;
}
