/* What diagnostic.c keeps and diagnostic_print.c prints; for these two alone. */
#ifndef BASE_DIAGNOSTIC_LIST_H
#define BASE_DIAGNOSTIC_LIST_H
#include "base/diagnostic.h"
#include "base/text.h"
#include "base/vector.h"

typedef struct Related {
    Span span;
    const char *label;
} Related;

typedef struct Diagnostic {
    MessageId id;
    Severity severity; /* as it counts: -Werror has been heeded */
    Span span;
    const char *text, *remedy; /* filled in */
    Vector(Related) related;
} Diagnostic;

struct Diagnostics {
    Arena *arena;
    Sources *sources;
    Vector(Diagnostic *) list;
    Diagnostic *last;        /* what report_also adds to, or NULL */
    int kept[3], dropped[3]; /* by severity */
    bool all_errors;         /* -Werror */
    bool enabled[MESSAGE_COUNT], as_error[MESSAGE_COUNT], never_error[MESSAGE_COUNT];
};

/* All of them, ascending by place, in the order of reporting where places are equal. */
Diagnostic *const *diagnostics_sorted(const Diagnostics *diagnostics);
#endif
