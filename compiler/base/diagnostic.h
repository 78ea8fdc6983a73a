/* What the compiler says to its user. Every message is a row of messages.def: code, severity, text,
 * remedy. */
#ifndef BASE_DIAGNOSTIC_H
#define BASE_DIAGNOSTIC_H
#include "base/source.h"
#include <stdio.h>

typedef enum Severity {
    SEVERITY_NOTE,
    SEVERITY_WARNING,
    SEVERITY_ERROR
} Severity;

typedef enum MessageId {
#define MESSAGE(id, code, severity, flag, text, remedy) id,
#include "base/messages.def"
#undef MESSAGE
    MESSAGE_COUNT
} MessageId;

typedef struct Message {
    const char *code; /* "E0301", "W0401", "N0501": stable for ever */
    Severity severity;
    const char *flag;   /* for warnings: the NAME of -WNAME, -Wno-NAME, -Werror=NAME; else "" */
    const char *text;   /* with {placeholders} */
    const char *remedy; /* what to write instead, with the same placeholders */
} Message;
extern const Message messages[MESSAGE_COUNT];

typedef struct Diagnostics Diagnostics;

Diagnostics *diagnostics_new(Arena *arena, Sources *sources);
/* The arguments are const char *, one for each distinct {placeholder} in the order of first
 * appearance in text, then remedy. Equal messages at an equal place are reported once. Errors past
 * a limit (100) are counted only. */
void report(Diagnostics *diagnostics, MessageId id, Span span, ...);
/* Attaches a second place to the last reported message: "called from here", "first declared here".
 */
void report_also(Diagnostics *diagnostics, Span span, const char *label);

int diagnostics_errors(const Diagnostics *diagnostics);
/* What is tried first, to see how it goes, says nothing: all that was reported since the mark is
 * forgotten. */
typedef struct DiagnosticsMark {
    int count, kept[3], dropped[3];
} DiagnosticsMark;
DiagnosticsMark diagnostics_mark(const Diagnostics *diagnostics);
void diagnostics_rewind(Diagnostics *diagnostics, const DiagnosticsMark *mark);
/* flag is what follows -W: "NAME", "no-NAME", "error", "error=NAME", "all". False when there is no
 * such warning. */
bool diagnostics_option(Diagnostics *diagnostics, const char *flag);
/* Sorted by place. Text: file:line:column: severity: text [code], the line, a caret underline, the
 * remedy. */
void diagnostics_print(const Diagnostics *diagnostics, FILE *out, bool colour);
void diagnostics_print_json(const Diagnostics *diagnostics, FILE *out);
void print_json_string(FILE *out, const char *text); /* in quotes */

/* For errors of ours, never of the user's: says so, and aborts. */
_Noreturn void bug(const char *format, ...) __attribute__((format(printf, 1, 2)));
#endif
