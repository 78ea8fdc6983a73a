/* Comments. In: any text, such as a line of the user's program; out: a C comment of at most 100
 * columns that no text can end early and that stays what it is under every compiler and
 * clang-format. */
#include "emit/writer.h"
#include <string.h>

/* The length of the UTF-8 character at p, or 0 where there is none or it would change the order of
 * what is read. */
static int character_length(const char *p) {
    const unsigned char *b = (const unsigned char *)p;
    int length = b[0] < 0x80                   ? 1
                 : b[0] >= 0xC2 && b[0] < 0xE0 ? 2
                 : (b[0] & 0xF0) == 0xE0       ? 3
                 : b[0] >= 0xF0 && b[0] < 0xF5 ? 4
                                               : 0;
    if (length == 1) return b[0] >= ' ' && b[0] != 127;
    for (int i = 1; i < length; ++i) {
        if ((b[i] & 0xC0) != 0x80) return 0;
    }
    bool is_direction = length == 3 && b[0] == 0xE2 &&
                        ((b[1] == 0x80 && b[2] >= 0xAA && b[2] <= 0xAE) ||
                         (b[1] == 0x81 && b[2] >= 0xA6 && b[2] <= 0xA9));
    return is_direction ? 0 : length;
}

/* One line of the text, made harmless: no comment marks, no trigraphs, no control characters, no
 * blanks at the end. */
static char *safe_line(Arena *arena, const char *line, size_t length) {
    Text out = text_new(arena);
    for (size_t i = 0; i < length;) {
        int width = character_length(line + i);
        char last = out.length > 0 ? out.chars[out.length - 1] : '\0';
        if (width == 0) {
            text_add(&out, line[i] == '\t' ? "    " : line[i] == '\r' ? "" : "?");
            ++i;
            continue;
        }
        bool is_mark = (last == '*' && line[i] == '/') || (last == '/' && line[i] == '*');
        if (is_mark || (last == '?' && line[i] == '?')) text_add(&out, " ");
        text_add_bytes(&out, line + i, (size_t)width);
        i += (size_t)width;
    }
    while (out.length > 0 &&
           (out.chars[out.length - 1] == ' ' || out.chars[out.length - 1] == '\\')) {
        out.chars[--out.length] = '\0'; /* a backslash would join the next line */
    }
    return out.chars;
}

/* Writes words of the line, going on under its own indent where it would pass the last column. */
static void write_wrapped(Writer *writer, const char *line, int indent) {
    const char *word = line;
    bool is_first = true;
    while (*word) {
        size_t blanks = strspn(word, " ");
        size_t length = strcspn(word + blanks, " ");
        char *piece = arena_text(writer->out->arena, word + (is_first ? 0 : blanks),
                                 length + (is_first ? blanks : 0));
        int gap = is_first ? 0 : (int)blanks;
        if (!is_first && writer->column + gap + text_columns(piece) > EMIT_COLUMNS - 3) {
            write_line(writer, indent);
            write_text(writer, " * ");
            gap = 0;
        }
        for (int i = 0; i < gap; ++i)
            write_text(writer, " ");
        write_text(writer, piece);
        word += blanks + length;
        is_first = false;
    }
}

void write_comment(Writer *writer, const char *text, int indent) {
    write_text(writer, "/*");
    bool is_first = true;
    for (const char *line = text;;) {
        size_t length = strcspn(line, "\n");
        char *safe = safe_line(writer->out->arena, line, length);
        bool is_last_blank = !line[length] && !*safe && !is_first;
        if (!is_last_blank) {
            if (!is_first) {
                write_line(writer, indent);
                write_text(writer, " *");
            }
            if (*safe) write_text(writer, " ");
            /* A line of the text that opens with a slash must not close the mark before it. */
            write_wrapped(writer, safe, indent);
            is_first = false;
        }
        if (!line[length]) break;
        line += length + 1;
    }
    write_text(writer, " */");
}
