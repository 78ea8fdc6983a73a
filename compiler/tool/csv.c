/* Tables as text, read once from end to end to see what they hold, and once more to fill an array.
 *
 * Takes lines of fields with commas between them (semicolons or tabs where the first line has no
 * comma); a field may stand in quotes, with "" for a quote. Lines end with \n or \r\n, the last one
 * with or without. The first line is a header where a field of it is no number. Gives an array as
 * npy.h has it; an error names the line and the column. */
#include "tool/csv.h"
#include "tool/command.h"
#include "tool/file.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Field {
    const char *chars; /* without quotes; "" inside of them is still two */
    size_t length;
    bool is_quoted;
} Field;

typedef struct Csv {
    Arena *arena;
    const char *at, *end;
    char separator;
    int64_t line; /* of what is read next, from 1 */
    Strings header;
    int64_t columns, rows;
    bool whole, truths; /* so far all fields are whole numbers, or all are true or false */
    const char **reason;
} Csv;

#define SAY(csv, ...) (*(csv)->reason = arena_format((csv)->arena, __VA_ARGS__), false)

/* --- fields --- */

/* Moves behind the field and its separator; *last at the end of a line. */
static bool next_field(Csv *csv, Field *field, bool *last) {
    *field = (Field){.chars = csv->at};
    const char *at = csv->at;
    if (at < csv->end && *at == '"') {
        field->is_quoted = true;
        field->chars = ++at;
        while (at < csv->end && !(*at == '"' && !(at + 1 < csv->end && at[1] == '"')) &&
               *at != '\n')
            at += *at == '"' ? 2 : 1;
        if (at >= csv->end || *at == '\n')
            return SAY(csv, "line %lld: a quote is never closed", (long long)csv->line);
        field->length = (size_t)(at++ - field->chars);
    }
    const char *rest = at;
    while (at < csv->end && *at != csv->separator && *at != '\n')
        at++;
    const char *stop = at > rest && at[-1] == '\r' && (at == csv->end || *at == '\n') ? at - 1 : at;
    if (!field->is_quoted)
        field->length = (size_t)(stop - field->chars);
    else if (stop > rest)
        return SAY(csv, "line %lld: `%.*s` follows a closing quote", (long long)csv->line,
                   stop - rest > 20 ? 20 : (int)(stop - rest), rest);
    while (!field->is_quoted && field->length > 0 && *field->chars == ' ')
        field->chars++, field->length--;
    while (!field->is_quoted && field->length > 0 && field->chars[field->length - 1] == ' ')
        field->length--;
    *last = at >= csv->end || *at == '\n';
    csv->at = at < csv->end ? at + 1 : at;
    return true;
}

static bool field_is(const Field *field, const char *word) {
    return strlen(word) == field->length && memcmp(word, field->chars, field->length) == 0;
}

static bool is_truth(const Field *field) {
    return field_is(field, "true") || field_is(field, "false");
}

/* Of what begins with a digit, sign or point, or is nan or inf; a longer text is no number. */
static bool number_of(const Field *field, bool *whole, int64_t *integer, double *real) {
    char text[64], *end;
    if (field->length == 0 || field->length >= sizeof text) return false;
    memcpy(text, field->chars, field->length);
    text[field->length] = 0;
    if (strpbrk(text, "xX( ")) return false; /* strtod takes hexadecimal, which nobody means */
    errno = 0;
    *integer = strtoll(text, &end, 10);
    *whole = !*end && !errno;
    *real = strtod(text, &end);
    return !*end;
}

/* --- lines --- */

static bool at_end(const Csv *csv) { /* lines with nothing in them may follow the last */
    const char *at = csv->at;
    while (at < csv->end && (*at == '\n' || *at == '\r'))
        at++;
    return at == csv->end;
}

static const char *column_text(const Csv *csv, int64_t column) {
    if (column < csv->header.count)
        return arena_format(csv->arena, "column %lld (%s)", (long long)column,
                            csv->header.items[column]);
    return arena_format(csv->arena, "column %lld", (long long)column);
}

static bool look_at(Csv *csv, const Field *field, int64_t column) {
    bool whole;
    int64_t integer;
    double real;
    if (field->length == 0) {
        csv->whole = csv->truths = false;
    } else if (is_truth(field)) {
        csv->whole = false;
    } else if (number_of(field, &whole, &integer, &real)) {
        csv->truths = false;
        csv->whole = csv->whole && whole;
    } else {
        return SAY(csv, "line %lld, %s: `%.*s` is no number", (long long)csv->line,
                   column_text(csv, column), field->length > 30 ? 30 : (int)field->length,
                   field->chars);
    }
    return true;
}

/* Looks at one line, or fills one row; only: the column wanted, or -1. */
static bool row(Csv *csv, int64_t only, const Npy *npy) {
    bool last = false;
    int64_t column = 0;
    for (; !last; column++) {
        Field field;
        if (!next_field(csv, &field, &last)) return false;
        if (only >= 0 && column != only) continue;
        if (!npy) {
            if (!look_at(csv, &field, column)) return false;
            continue;
        }
        int64_t place = only >= 0 ? csv->rows : csv->rows * csv->columns + column, integer = 0;
        double real = NAN;
        bool whole = false, truth = field_is(&field, "true");
        if (is_truth(&field))
            real = truth;
        else
            number_of(&field, &whole, &integer, &real);
        if (npy->kind == 'b')
            ((unsigned char *)npy->allocated)[place] = truth;
        else if (npy->kind == 'i')
            ((int64_t *)npy->allocated)[place] = integer;
        else
            ((double *)npy->allocated)[place] = real;
    }
    if (column != csv->columns)
        return SAY(csv, "line %lld has %lld field%s, the first line has %lld", (long long)csv->line,
                   (long long)column, column == 1 ? "" : "s", (long long)csv->columns);
    csv->line++;
    csv->rows++;
    return true;
}

static const char *name_in(Arena *arena, const Field *field) {
    char *name = arena_text(arena, field->chars, field->length), *to = name;
    for (const char *from = name; *from; from++) {
        *to++ = *from;
        if (field->is_quoted && *from == '"') from++;
    }
    *to = 0;
    return name;
}

/* The first line: how many columns, and their names where it is a header. */
static bool read_header(Csv *csv) {
    const char *start = csv->at;
    bool last = false, is_header = false;
    Strings names = {0};
    while (!last) {
        Field field;
        bool whole;
        int64_t integer;
        double real;
        if (!next_field(csv, &field, &last)) return false;
        is_header |=
            field.length > 0 && !is_truth(&field) && !number_of(&field, &whole, &integer, &real);
        vector_push(csv->arena, &names, name_in(csv->arena, &field));
    }
    csv->columns = names.count;
    if (is_header) {
        csv->header = names;
        csv->line++;
    } else {
        csv->at = start;
    }
    return true;
}

static const char *column_names(const Csv *csv) {
    enum {
        SHOWN = 12
    };
    Text names = text_new(csv->arena);
    for (int i = 0; i < csv->header.count && i < SHOWN; i++)
        text_format(&names, "%s%s", i ? ", " : "", csv->header.items[i]);
    if (csv->header.count > SHOWN) text_format(&names, " and %d more", csv->header.count - SHOWN);
    return names.chars;
}

static bool find_column(Csv *csv, const char *name, int64_t *column) {
    char *end;
    for (*column = 0; *column < csv->header.count; ++*column) {
        if (strcmp(csv->header.items[*column], name) != 0) continue;
        for (int64_t other = *column + 1; other < csv->header.count; other++)
            if (strcmp(csv->header.items[other], name) == 0)
                return SAY(csv, "columns %lld and %lld are both called %s: name one by its number",
                           (long long)*column, (long long)other, name);
        return true;
    }
    errno = 0;
    *column = strtoll(name, &end, 10);
    if (*name && !*end && !errno && *column >= 0 && *column < csv->columns) return true;
    if (csv->header.count && *end)
        return SAY(csv, "it has no column %s, only %s%s", name, column_names(csv),
                   did_you_mean(csv->arena, name, &csv->header));
    return SAY(csv, "it has no column %s: they are 0 .. %lld", name, (long long)csv->columns - 1);
}

/* --- the file --- */

static const char *behind_name(const char *place) { /* ".csv" at the end, or ".csv:" before one */
    size_t length = strlen(place);
    if (length >= 4 && strcmp(place + length - 4, ".csv") == 0) return place + length;
    const char *found = strstr(place, ".csv:");
    return found ? found + 4 : NULL;
}

bool csv_is_place(const char *place) {
    return behind_name(place) != NULL;
}

static bool fill(Csv *csv, const Csv *begin, int64_t only, Npy *npy) {
    npy->kind = begin->whole ? 'i' : begin->truths ? 'b' : 'f';
    npy->size = npy->kind == 'b' ? 1 : 8;
    npy->count = npy->shape[0] * (npy->rank == 2 ? npy->shape[1] : 1);
    npy->allocated = malloc(npy->count ? (size_t)npy->count * (size_t)npy->size : 1);
    npy->data = npy->allocated;
    if (!npy->data) return SAY(csv, "%s", strerror(ENOMEM));
    for (csv->rows = 0; csv->rows < npy->shape[0];)
        if (!row(csv, only, npy)) return false;
    return true;
}

bool csv_open(Arena *arena, const char *place, int rank, Npy *npy, const char **reason) {
    enum {
        LARGEST = 36 /* as a power of two */
    };
    const char *behind = behind_name(place);
    size_t length;
    const char *path = arena_text(arena, place, (size_t)(behind - place));
    const char *bytes = file_read(arena, path, (size_t)1 << LARGEST, &length, reason);
    if (!bytes) return false;
    Csv csv = {.arena = arena, .at = bytes, .end = bytes + length, .line = 1, .reason = reason};
    csv.whole = csv.truths = true;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) csv.at += 3; /* a byte order mark */
    if (at_end(&csv)) return SAY(&csv, "it is empty");
    size_t first = strcspn(csv.at, "\n");
    csv.separator = memchr(csv.at, ',', first)    ? ','
                    : memchr(csv.at, ';', first)  ? ';'
                    : memchr(csv.at, '\t', first) ? '\t'
                                                  : ',';
    int64_t only = -1;
    if (!read_header(&csv) || (*behind && !find_column(&csv, behind + 1, &only))) return false;
    if (only < 0 && csv.columns == 1 && rank == 1) only = 0;
    Csv again = csv;
    while (!at_end(&csv))
        if (!row(&csv, only, NULL)) return false;
    *npy = (Npy){.rank = only >= 0 ? 1 : 2, .shape = {csv.rows, csv.columns}};
    return fill(&again, &csv, only, npy);
}
