/* Takes reports from every pass; keeps them until they are printed (diagnostic_print.c). Here:
 * which rows of messages.def are on, how their placeholders are filled, what is dropped as a repeat
 * or past the limit. */
#include "base/diagnostic_list.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const Message messages[MESSAGE_COUNT] = {
#define MESSAGE(id, code, severity, flag, text, remedy) [id] = {code, severity, flag, text, remedy},
#include "base/messages.def"
#undef MESSAGE
};

enum {
    LIMIT = 100,
    PLACEHOLDERS = 8,
    ARGUMENT_LONGEST = 400
};

Diagnostics *diagnostics_new(Arena *arena, Sources *sources) {
    Diagnostics *diagnostics = ARENA_NEW(arena, Diagnostics);
    diagnostics->arena = arena;
    diagnostics->sources = sources;
    for (int i = 0; i < MESSAGE_COUNT; i++) {
        /* A note with a flag is for those who ask. */
        diagnostics->enabled[i] = messages[i].severity != SEVERITY_NOTE || !messages[i].flag[0];
    }
    return diagnostics;
}

/* The values of the placeholders of one report, in the order of first appearance. */
typedef struct Filling {
    const char *names[PLACEHOLDERS];
    int lengths[PLACEHOLDERS];
    const char *values[PLACEHOLDERS];
    int count;
} Filling;

static void find_placeholders(Filling *filling, const char *text) {
    for (const char *at = text; (at = strchr(at, '{')); at++) {
        const char *end = at + 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");
        if (*end != '}' || end == at + 1) continue;
        int length = (int)(end - at - 1), known = 0;
        while (known < filling->count && (filling->lengths[known] != length ||
                                          strncmp(filling->names[known], at + 1, (size_t)length))) {
            known++;
        }
        if (known < filling->count) continue;
        if (known == PLACEHOLDERS) bug("too many placeholders in \"%s\"", text);
        filling->names[known] = at + 1;
        filling->lengths[known] = length;
        filling->count++;
    }
}

/* Adds a value on one line, shortened where it is longer than anyone reads. */
static void add_value(Text *out, const char *value) {
    size_t length = strlen(value), shown = length;
    if (length > ARGUMENT_LONGEST) {
        shown = ARGUMENT_LONGEST;
        while (shown > 0 && ((unsigned char)value[shown] & 0xc0) == 0x80) {
            shown--;
        }
    }
    size_t start = out->length;
    text_add_bytes(out, value, shown);
    for (size_t i = start; i < out->length; i++) {
        if (out->chars[i] == '\n') out->chars[i] = ' ';
    }
    if (shown < length) text_add(out, "...");
}

static const char *fill(Arena *arena, const Filling *filling, const char *text) {
    Text out = text_new(arena);
    while (*text) {
        size_t plain = strcspn(text, "{");
        text_add_bytes(&out, text, plain);
        text += plain;
        if (!*text) break;
        int i = 0;
        while (i < filling->count &&
               (strncmp(filling->names[i], text + 1, (size_t)filling->lengths[i]) ||
                text[1 + filling->lengths[i]] != '}')) {
            i++;
        }
        if (i == filling->count) {
            text_add_bytes(&out, text++, 1);
        } else {
            add_value(&out, filling->values[i]);
            text += filling->lengths[i] + 2;
        }
    }
    return out.chars;
}

static bool is_repeat(const Diagnostics *diagnostics, const Diagnostic *new) {
    for (int i = 0; i < diagnostics->list.count; i++) {
        const Diagnostic *old = diagnostics->list.items[i];
        if (old->id == new->id && old->span.start == new->span.start &&
            old->span.end == new->span.end &&strcmp(old->text, new->text) == 0) {
            return true;
        }
    }
    return false;
}

void report(Diagnostics *diagnostics, MessageId id, Span span, ...) {
    const Message *message = &messages[id];
    diagnostics->last = NULL;
    if (!diagnostics->enabled[id]) return;
    bool raised = message->severity == SEVERITY_WARNING && diagnostics->all_errors &&
                  !diagnostics->never_error[id];
    Severity severity = raised || diagnostics->as_error[id] ? SEVERITY_ERROR : message->severity;
    if (diagnostics->kept[severity] >= LIMIT) {
        diagnostics->dropped[severity]++;
        return;
    }
    Filling filling = {0};
    find_placeholders(&filling, message->text);
    find_placeholders(&filling, message->remedy);
    va_list arguments;
    va_start(arguments, span);
    for (int i = 0; i < filling.count; i++) {
        filling.values[i] = va_arg(arguments, const char *);
        if (!filling.values[i]) bug("message %s was given no {%s", message->code, filling.names[i]);
    }
    va_end(arguments);
    Diagnostic *new = ARENA_NEW(diagnostics->arena, Diagnostic);
    *new = (Diagnostic){.id = id, .severity = severity, .span = span};
    new->text = fill(diagnostics->arena, &filling, message->text);
    new->remedy = fill(diagnostics->arena, &filling, message->remedy);
    if (is_repeat(diagnostics, new)) return;
    diagnostics->kept[severity]++;
    vector_push(diagnostics->arena, &diagnostics->list, new);
    diagnostics->last = new;
}

void report_also(Diagnostics *diagnostics, Span span, const char *label) {
    if (!diagnostics->last || span.end == 0) return;
    Related related = {span, arena_text(diagnostics->arena, label, strlen(label))};
    vector_push(diagnostics->arena, &diagnostics->last->related, related);
}

DiagnosticsMark diagnostics_mark(const Diagnostics *diagnostics) {
    DiagnosticsMark mark = {.count = diagnostics->list.count};
    memcpy(mark.kept, diagnostics->kept, sizeof mark.kept);
    memcpy(mark.dropped, diagnostics->dropped, sizeof mark.dropped);
    return mark;
}

void diagnostics_rewind(Diagnostics *diagnostics, const DiagnosticsMark *mark) {
    diagnostics->list.count = mark->count;
    diagnostics->last = NULL;
    memcpy(diagnostics->kept, mark->kept, sizeof mark->kept);
    memcpy(diagnostics->dropped, mark->dropped, sizeof mark->dropped);
}

int diagnostics_errors(const Diagnostics *diagnostics) {
    return diagnostics->kept[SEVERITY_ERROR] + diagnostics->dropped[SEVERITY_ERROR];
}

static bool has_prefix(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool diagnostics_option(Diagnostics *diagnostics, const char *flag) {
    if (strcmp(flag, "error") == 0 || strcmp(flag, "no-error") == 0) {
        diagnostics->all_errors = flag[0] == 'e';
        return true;
    }
    bool as_error = has_prefix(flag, "error="), not_error = has_prefix(flag, "no-error=");
    bool off = !not_error && has_prefix(flag, "no-");
    const char *name = flag + (as_error ? 6 : not_error ? 9 : off ? 3 : 0);
    bool all = strcmp(name, "all") == 0, found = false;
    for (int i = 0; i < MESSAGE_COUNT; i++) {
        if (!messages[i].flag[0] || !(all || strcmp(messages[i].flag, name) == 0)) continue;
        found = true;
        if (!not_error) diagnostics->enabled[i] = !off;
        if (as_error || not_error || off) diagnostics->as_error[i] = as_error;
        if (as_error || not_error) diagnostics->never_error[i] = not_error;
    }
    return found || all;
}

void bug(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("steelyard: a fault of the compiler, not of your program: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\nPlease report it, with the program that brought it about.\n", stderr);
    va_end(arguments);
    abort();
}
