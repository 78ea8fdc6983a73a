/* A command of the binary: what is written after `steelyard`, and the function that does it. */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H
#include "base/compiler.h"
#include "tool/process.h"

typedef enum Exit {
    EXIT_GOOD = 0,
    EXIT_USER = 1,
    EXIT_USAGE = 2
} Exit;

typedef struct Command Command;

typedef struct Options {
    const Command *command;
    Strings arguments;      /* what is no option: FILE, then NAME=VALUE ... */
    Strings warnings;       /* what follows -W */
    const char *output;     /* -o */
    const char *cc;         /* --cc */
    const char *march;      /* --march */
    const char *real;       /* --real */
    const char *stream;     /* --stream */
    const char *dump_after; /* -d */
    const char *steps;      /* --steps */
    const char *seed;       /* --seed */
    const char *batch;      /* --batch */
    const char *of;         /* --of */
    const char *wrt;        /* --wrt */
    const char *budget;     /* --budget */
    const char *threads;    /* --threads */
    bool json, no_fma, standalone, multiversion, check, resume, shuffle, measure, calibrate;
} Options;

struct Command {
    const char *name;
    int (*run)(Compiler *compiler, const Options *options);
    int most;            /* arguments; 0: any number */
    const char *usage;   /* what stands after the name */
    const char *options; /* the options it takes besides those every command takes */
    const char *summary;
    const char *help; /* what `help NAME` says after the usage */
};

/* Reads argv past the command's name. False: a usage error, told on standard error. */
bool options_read(Arena *arena, const Command *command, int count, char *const *words,
                  Options *options);
/* The options that a command takes, a line each, for help. */
void options_help(const Command *command);
/* Says what is wrong and the right usage; returns EXIT_USAGE. */
int usage_error(const Command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool is_assignment(const char *word); /* NAME=VALUE, neither empty */
/* The candidate nearest to a misspelt word, or NULL if none is near. */
const char *nearest_word(const char *word, const Strings *candidates);
/* "; did you mean `X`?", or "". */
const char *did_you_mean(Arena *arena, const char *word, const Strings *candidates);

int command_check(Compiler *compiler, const Options *options);
int command_emit(Compiler *compiler, const Options *options);
int command_build(Compiler *compiler, const Options *options);
int command_run(Compiler *compiler, const Options *options);
int command_golden(Compiler *compiler, const Options *options);
int command_train(Compiler *compiler, const Options *options);
int command_verify(Compiler *compiler, const Options *options);
int command_grad(Compiler *compiler, const Options *options);
int command_graph(Compiler *compiler, const Options *options);
int command_explain(Compiler *compiler, const Options *options);
int command_fmt(Compiler *compiler, const Options *options);
#endif
