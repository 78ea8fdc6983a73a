/* Prints what was reported, for people and for programs. A source line is shown as a terminal can
 * show it: tabs widened, what is no printable UTF-8 replaced, long lines cropped around the place.
 */
#include "base/diagnostic_list.h"
#include <stdlib.h>
#include <string.h>

enum {
    TAB = 4,
    WINDOW = 100,
    WINDOW_LEFT = 40
};

static int compare_places(const void *left, const void *right) {
    const Diagnostic *a = *(Diagnostic *const *)left, *b = *(Diagnostic *const *)right;
    return a->span.start < b->span.start ? -1 : a->span.start > b->span.start;
}

Diagnostic *const *diagnostics_sorted(const Diagnostics *diagnostics) {
    int count = diagnostics->list.count;
    Diagnostic **sorted = ARENA_ARRAY(diagnostics->arena, Diagnostic *, count);
    for (int i = 0; i < count; i++) {
        sorted[i] = diagnostics->list.items[i];
    }
    /* Insertion: stable, and there are a few hundred at most. */
    for (int i = 1; i < count; i++) {
        Diagnostic *moved = sorted[i];
        int at = i;
        for (; at > 0 && compare_places(&sorted[at - 1], &moved) > 0; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = moved;
    }
    return sorted;
}

/* The length of the well-formed UTF-8 character at bytes, at most left long; 0 if it is not one. */
static int utf8_length(const unsigned char *bytes, int left) {
    int length = bytes[0] < 0x80   ? 1
                 : bytes[0] < 0xc2 ? 0
                 : bytes[0] < 0xe0 ? 2
                 : bytes[0] < 0xf0 ? 3
                 : bytes[0] < 0xf5 ? 4
                                   : 0;
    if (length == 0 || length > left) return 0;
    for (int i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) return 0;
    }
    bool is_wrong = (bytes[0] == 0xe0 && bytes[1] < 0xa0) ||
                    (bytes[0] == 0xed && bytes[1] > 0x9f) ||
                    (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] > 0x8f);
    return is_wrong ? 0 : length;
}

/* Adds one character as it can be shown and moves on; returns how many columns it takes. */
static int show_character(Text *out, const char **at, const char *end, int column) {
    const unsigned char *bytes = (const unsigned char *)*at;
    if (*bytes == '\t') {
        int width = TAB - column % TAB;
        text_add_bytes(out, "        ", (size_t)width);
        (*at)++;
        return width;
    }
    int length = utf8_length(bytes, (int)(end - *at));
    bool is_control = length == 1 && (*bytes < 0x20 || *bytes == 0x7f);
    bool is_late_control = length == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0;
    if (length == 0 || is_control || is_late_control) {
        text_add(out, "\xef\xbf\xbd"); /* the replacement character */
        *at += length ? length : 1;
    } else {
        text_add_bytes(out, *at, (size_t)length);
        *at += length;
    }
    return 1;
}

static const char *clean(Arena *arena, const char *chars) {
    Text out = text_new(arena);
    const char *end = chars + strlen(chars);
    for (int column = 0; chars < end;) {
        if (*chars == '\n') {
            text_add_bytes(&out, chars++, 1);
        } else {
            column += show_character(&out, &chars, end, column);
        }
    }
    return out.chars;
}

/* A line laid out for showing: where in text the character at each column starts. */
typedef struct Shown {
    Text text;
    Vector(size_t) columns;
    int mark_start, mark_end; /* columns of the span */
} Shown;

/* At most a few windows' width around the marked bytes are laid out: a line may be megabytes long.
 */
static Shown show_line(Arena *arena, const Place *place, int mark_length) {
    Shown shown = {.text = text_new(arena)};
    const char *end = place->line_start + place->line_length, *at = place->line_start;
    const char *mark = place->line_start + place->column - 1, *mark_end = mark + mark_length;
    if (mark - at > 2 * WINDOW) at = mark - 2 * WINDOW;
    while (at < mark && ((unsigned char)*at & 0xc0) == 0x80) {
        at++;
    }
    if (end - mark > 4 * WINDOW) end = mark + 4 * WINDOW;
    int column = 0;
    shown.mark_start = shown.mark_end = -1;
    while (at < end) {
        if (at >= mark && shown.mark_start < 0) shown.mark_start = column;
        if (at >= mark_end && shown.mark_end < 0) shown.mark_end = column;
        size_t start = shown.text.length;
        int width = show_character(&shown.text, &at, end, column);
        bool is_tab = shown.text.chars[start] == ' ';
        for (int i = 0; i < width; i++) {
            vector_push(arena, &shown.columns, start + (is_tab ? (size_t)i : 0));
        }
        column += width;
    }
    if (shown.mark_start < 0) shown.mark_start = column;
    if (shown.mark_end < 0) shown.mark_end = column;
    if (shown.mark_end <= shown.mark_start) shown.mark_end = shown.mark_start + 1;
    vector_push(arena, &shown.columns, shown.text.length);
    return shown;
}

static void print_line(FILE *out, Arena *arena, const Place *place, int mark_length, bool colour) {
    Shown shown = show_line(arena, place, mark_length);
    int width = shown.columns.count - 1, first = 0, last = width;
    if (width > WINDOW) {
        first = shown.mark_start > WINDOW_LEFT ? shown.mark_start - WINDOW_LEFT : 0;
        if (shown.mark_end <= WINDOW) first = 0;
        last = first + WINDOW < width ? first + WINDOW : width;
    }
    bool cut_left = first > 0 || place->column - 1 > 2 * WINDOW, cut_right = last < width;
    const char *text = shown.text.chars;
    size_t start = shown.columns.items[first], end = shown.columns.items[last];
    fprintf(out, "%5d | %s%.*s%s\n", place->line, cut_left ? "..." : "", (int)(end - start),
            text + start, cut_right ? "..." : "");
    int mark_end = shown.mark_end > last + 1 ? last + 1 : shown.mark_end;
    fprintf(out, "      | %*s%s^", shown.mark_start - first + (cut_left ? 3 : 0), "",
            colour ? "\033[1;32m" : "");
    for (int i = shown.mark_start + 1; i < mark_end; i++) {
        fputc('~', out);
    }
    fprintf(out, "%s\n", colour ? "\033[0m" : "");
}

static const char *severity_text(Severity severity) {
    return severity == SEVERITY_ERROR ? "error" : severity == SEVERITY_WARNING ? "warning" : "note";
}

static void print_head(FILE *out, Arena *arena, const Place *place, const char *kind,
                       const char *ink, bool colour) {
    if (colour) fputs("\033[1m", out);
    if (place->source) {
        fprintf(out, "%s:%d:%d: ", clean(arena, place->source->path), place->line, place->column);
    } else {
        fputs("steelyard: ", out);
    }
    fprintf(out, "%s%s: %s", colour ? ink : "", kind, colour ? "\033[0m" : "");
}

static void print_span(FILE *out, Arena *arena, const Place *place, Span span, bool colour) {
    if (!place->source) return;
    int length = (int)(span.end - span.start), rest = place->line_length - place->column + 1;
    print_line(out, arena, place, length < rest ? length : rest, colour);
}

static void print_one(const Diagnostics *diagnostics, const Diagnostic *shown, FILE *out,
                      bool colour) {
    Arena *arena = diagnostics->arena;
    const Message *message = &messages[shown->id];
    Place place = source_place(diagnostics->sources, shown->span.start);
    const char *ink = shown->severity == SEVERITY_ERROR     ? "\033[31m"
                      : shown->severity == SEVERITY_WARNING ? "\033[35m"
                                                            : "\033[36m";
    print_head(out, arena, &place, severity_text(shown->severity), ink, colour);
    fprintf(out, "%s [%s", clean(arena, shown->text), message->code);
    bool raised = shown->severity == SEVERITY_ERROR && message->severity != SEVERITY_ERROR;
    if (message->flag[0]) fprintf(out, ", -W%s%s", raised ? "error=" : "", message->flag);
    fputs("]\n", out);
    print_span(out, arena, &place, shown->span, colour);
    if (shown->remedy[0]) fprintf(out, "      = %s\n", clean(arena, shown->remedy));
    for (int i = 0; i < shown->related.count; i++) {
        const Related *related = &shown->related.items[i];
        Place there = source_place(diagnostics->sources, related->span.start);
        print_head(out, arena, &there, "note", "\033[36m", colour);
        fprintf(out, "%s\n", clean(arena, related->label));
        print_span(out, arena, &there, related->span, colour);
    }
}

void diagnostics_print(const Diagnostics *diagnostics, FILE *out, bool colour) {
    Diagnostic *const *sorted = diagnostics_sorted(diagnostics);
    for (int i = 0; i < diagnostics->list.count; i++) {
        print_one(diagnostics, sorted[i], out, colour);
    }
    for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--) {
        int dropped = diagnostics->dropped[severity];
        if (!dropped) continue;
        fprintf(out, "steelyard: %d more %s%s not shown\n", dropped,
                severity_text((Severity)severity), dropped == 1 ? " is" : "s are");
    }
}

void print_json_string(FILE *out, const char *text) {
    const char *end = text + strlen(text);
    fputc('"', out);
    while (text < end) {
        unsigned char byte = (unsigned char)*text;
        int length = utf8_length((const unsigned char *)text, (int)(end - text));
        if (byte == '"' || byte == '\\') {
            fprintf(out, "\\%c", byte);
        } else if (byte == '\n') {
            fputs("\\n", out);
        } else if (byte < 0x20 || byte == 0x7f) {
            fprintf(out, "\\u%04x", byte);
        } else if (length == 0) {
            fputs("\\ufffd", out);
        } else {
            fwrite(text, 1, (size_t)length, out);
        }
        text += length ? length : 1;
    }
    fputc('"', out);
}

static void print_place(FILE *out, const Sources *sources, Span span) {
    Place start = source_place(sources, span.start), end = source_place(sources, span.end);
    fputs("\"file\": ", out);
    if (start.source) {
        print_json_string(out, start.source->path);
    } else {
        fputs("null", out);
    }
    fprintf(out, ", \"line\": %d, \"column\": %d, \"endLine\": %d, \"endColumn\": %d", start.line,
            start.column, end.line, end.column);
}

void diagnostics_print_json(const Diagnostics *diagnostics, FILE *out) {
    Diagnostic *const *sorted = diagnostics_sorted(diagnostics);
    fputc('[', out);
    for (int i = 0; i < diagnostics->list.count; i++) {
        const Diagnostic *shown = sorted[i];
        fputs(i ? ",\n  {" : "\n  {", out);
        print_place(out, diagnostics->sources, shown->span);
        fprintf(out, ", \"severity\": \"%s\", \"code\": \"%s\", \"message\": ",
                severity_text(shown->severity), messages[shown->id].code);
        print_json_string(out, shown->text);
        fputs(", \"remedy\": ", out);
        print_json_string(out, shown->remedy);
        fputs(", \"related\": [", out);
        for (int j = 0; j < shown->related.count; j++) {
            fputs(j ? ", {" : "{", out);
            print_place(out, diagnostics->sources, shown->related.items[j].span);
            fputs(", \"message\": ", out);
            print_json_string(out, shown->related.items[j].label);
            fputc('}', out);
        }
        fputs("]}", out);
    }
    fputs(diagnostics->list.count ? "\n]\n" : "]\n", out);
}
