/* Documents and their layout. In: text with places where it may be broken; out: lines of at most
 * 100 columns, indented as clang-format indents lines that go on (LLVM style), so that formatting
 * the emitted C again changes nothing.
 *
 *     const float gain = first_long_operand * second_long_operand +
 *                        third(argument_one, argument_two,
 *                              argument_three);
 *
 * A document that fits is written flat. One that does not is broken at its own, outermost places
 * only, as late on each line as possible; an item that does not fit on a line of its own is broken
 * in turn. */
#include "emit/writer.h"
#include <string.h>

int text_columns(const char *text) {
    int columns = 0;
    for (; *text; ++text)
        columns += ((unsigned char)*text & 0xC0) != 0x80; /* bytes that go on a UTF-8 character */
    return columns;
}

static Doc *doc_new(Arena *arena, DocKind kind, Doc *const *items, int count) {
    Doc *doc = ARENA_NEW(arena, Doc), **kept = ARENA_ARRAY(arena, Doc *, count);
    doc->kind = kind;
    doc->count = count;
    doc->items = kept;
    for (int i = 0; i < count; ++i) {
        kept[i] = items[i];
        doc->width += items[i]->width;
    }
    return doc;
}

Doc *doc_text(Arena *arena, const char *text) {
    Doc *doc = ARENA_NEW(arena, Doc);
    doc->kind = DOC_TEXT;
    doc->text = text;
    doc->width = text_columns(text);
    return doc;
}

Doc *doc_concat(Arena *arena, Doc *const *items, int count) {
    return doc_new(arena, DOC_CONCAT, items, count);
}

Doc *doc_chain(Arena *arena, Doc *const *items, const char *const *marks, int count) {
    Doc *doc = doc_new(arena, DOC_CHAIN, items, count);
    const char **kept = ARENA_ARRAY(arena, const char *, count);
    for (int i = 0; i + 1 < count; ++i) {
        kept[i] = marks[i];
        doc->width += (int)strlen(marks[i]) + 1;
    }
    doc->marks = kept;
    return doc;
}

Doc *doc_list(Arena *arena, Doc *const *items, int count) {
    Doc *doc = doc_new(arena, DOC_LIST, items, count);
    const char **marks = ARENA_ARRAY(arena, const char *, count);
    for (int i = 0; i + 1 < count; ++i) {
        marks[i] = ",";
        doc->width += 2;
    }
    doc->marks = marks;
    return doc;
}

Doc *doc_choice(Arena *arena, Doc *condition, Doc *then, Doc *otherwise) {
    Doc *doc = doc_new(arena, DOC_CHOICE, (Doc *const[]){condition, then, otherwise}, 3);
    doc->width += 6;
    return doc;
}

static void write_columns(Writer *writer, const char *text, int columns) {
    if (writer->out) text_add(writer->out, text);
    writer->column += columns;
    if (writer->column > writer->widest) writer->widest = writer->column;
}

void write_text(Writer *writer, const char *text) {
    write_columns(writer, text, text_columns(text));
}

void write_line(Writer *writer, int indent) {
    static const char blanks[] =
        "\n                                                                ";
    int most = (int)sizeof blanks - 2, first = indent < most ? indent : most;
    if (writer->out) {
        text_add_bytes(writer->out, blanks, 1 + (size_t)first);
        for (int i = first; i < indent; ++i)
            text_add_bytes(writer->out, " ", 1);
    }
    writer->column = indent;
    ++writer->lines;
}

static void write_flat(Writer *writer, const Doc *doc) {
    if (doc->kind == DOC_TEXT || !writer->out) {
        write_columns(writer, doc->text, doc->width);
        return;
    }
    for (int i = 0; i < doc->count; ++i) {
        if (i > 0 && doc->kind == DOC_CHOICE) write_text(writer, i == 1 ? " ? " : " : ");
        write_flat(writer, doc->items[i]);
        if (doc->marks && i + 1 < doc->count) {
            write_text(writer, doc->marks[i]);
            write_text(writer, " ");
        }
    }
}

static void write_concat(Writer *writer, const Doc *doc, int after) {
    for (int i = 0; i < doc->count; ++i) {
        int following = 0, j = i + 1;
        while (j < doc->count && doc->items[j]->kind == DOC_TEXT)
            following += doc->items[j++]->width;
        write_doc(writer, doc->items[i], following + (j == doc->count ? after : 0), 0);
    }
}

/* clang-format takes << for output to a stream: the only operator that opens a line and does not
 * end one. */
static bool opens_line(const char *mark) {
    return strcmp(mark, " <<") == 0;
}

static void write_filled(Writer *writer, const Doc *doc, int after, int offset) {
    int align = writer->column + offset;
    bool was_broken = false; /* what follows an operand of several lines starts a line of its own */
    for (int i = 0; i < doc->count; ++i) {
        const Doc *item = doc->items[i];
        bool is_last = i + 1 == doc->count;
        const char *leading = i > 0 && opens_line(doc->marks[i - 1]) ? doc->marks[i - 1] + 1 : "";
        const char *mark = is_last || opens_line(doc->marks[i]) ? "" : doc->marks[i];
        int following = is_last ? after : (int)strlen(mark);
        if (i > 0) {
            int width = 1 + (int)strlen(leading) + (*leading != '\0') + item->width + following;
            if (was_broken || writer->column + width > EMIT_COLUMNS) {
                write_line(writer, align);
            } else {
                write_text(writer, " ");
            }
            write_text(writer, leading);
            if (*leading) write_text(writer, " ");
        }
        int lines = writer->lines;
        /* Levels that open at the same place add up; the only argument of a call is no level. */
        int inner = doc->count == 1 ? 0 : EMIT_INDENT + (i == 0 ? offset : 0);
        write_doc(writer, item, following, inner);
        was_broken = writer->lines != lines;
        write_text(writer, mark);
    }
}

static void write_choice(Writer *writer, const Doc *doc, int after) {
    /* a ? b
     *   : c   where that is possible, else each part on a line of its own */
    int sign = writer->column + doc->items[0]->width + 1;
    bool two_lines = sign + 2 + doc->items[1]->width <= EMIT_COLUMNS &&
                     sign + 2 + doc->items[2]->width + after <= EMIT_COLUMNS;
    if (two_lines) {
        write_flat(writer, doc->items[0]);
        write_text(writer, " ? ");
        write_flat(writer, doc->items[1]);
        write_line(writer, sign);
        write_text(writer, ": ");
        write_flat(writer, doc->items[2]);
        return;
    }
    int align = writer->column + EMIT_INDENT;
    write_doc(writer, doc->items[0], 0, 2 * EMIT_INDENT);
    write_line(writer, align);
    write_text(writer, "? ");
    write_doc(writer, doc->items[1], 0, EMIT_INDENT);
    write_line(writer, align);
    write_text(writer, ": ");
    write_doc(writer, doc->items[2], after, EMIT_INDENT);
}

void write_doc(Writer *writer, const Doc *doc, int after, int offset) {
    if (doc->kind == DOC_TEXT || writer->column + doc->width + after <= EMIT_COLUMNS) {
        write_flat(writer, doc);
        return;
    }
    switch (doc->kind) {
    case DOC_TEXT: break;
    case DOC_CONCAT: write_concat(writer, doc, after); break;
    case DOC_CHAIN: write_filled(writer, doc, after, offset); break;
    case DOC_LIST: write_filled(writer, doc, after, 0); break;
    case DOC_CHOICE: write_choice(writer, doc, after); break;
    }
}
