/* Arena, names, buffers, tables, places and diagnostics. */
#include "front.h"
#include <criterion/criterion.h>
#include <limits.h>
#include <stdint.h>

#if !ARENA_SEPARATE
/* A graph that grows without end is told of before the machine's memory is full. */
Test(base, memory_without_end, .exit_code = 2) {
    arena_most = (size_t)16 << 20;
    Arena *arena = arena_new();
    for (int i = 0; i < 1 << 20; i++)
        arena_alloc(arena, 64);
    cr_assert_fail("64 MB were given");
}
#endif

Test(base, arena_gives_zeroed_aligned_blocks_of_any_size) {
    Arena *arena = arena_new();
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 70000, 1 << 20, 3, 5000000, 8};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *block = arena_alloc(arena, sizes[i]);
        cr_assert_eq((uintptr_t)block % 16, 0);
        for (size_t j = 0; j < sizes[i]; j++) {
            cr_assert_eq(block[j], 0);
            block[j] = 0xff;
        }
    }
    for (int i = 0; i < 100000; i++) {
        int *number = ARENA_NEW(arena, int);
        cr_assert_eq(*number, 0);
        *number = -1;
    }
    cr_assert_str_eq(arena_format(arena, "%s-%d", "a", 7), "a-7");
    for (int length = 250; length < 262; length++) { /* around what is formatted in place */
        char *text = arena_format(arena, "%*d", length, 7);
        cr_assert_eq(strlen(text), (size_t)length);
        cr_assert_eq(text[length - 1], '7');
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *room = arena_room(arena, sizes[i]);
        cr_assert_eq((uintptr_t)room % 16, 0);
        memset(room, 0xff, sizes[i]);
    }
    int *after = ARENA_NEW(arena, int); /* is zeroed, whatever lies before it */
    cr_assert_eq(*after, 0);
    arena_free(arena);
}

Test(base, equal_names_are_one_pointer) {
    Arena *arena = arena_new();
    Names *names = names_new(arena);
    Name first[1000];
    for (int i = 0; i < 1000; i++) {
        first[i] = name_of(names, arena_format(arena, "name%d", i));
    }
    for (int i = 0; i < 1000; i++) {
        char text[20];
        int length = snprintf(text, sizeof text, "name%dx", i);
        cr_assert_eq(name_intern(names, text, (size_t)length - 1), first[i]);
        cr_assert_neq(name_intern(names, text, (size_t)length), first[i]);
    }
    cr_assert_str_eq(name_of(names, ""), "");
    arena_free(arena);
}

Test(base, text_grows) {
    Arena *arena = arena_new();
    Text text = text_new(arena);
    cr_assert_str_eq(text.chars, "");
    for (int i = 0; i < 1000; i++) {
        text_format(&text, "%d,", i % 10);
    }
    cr_assert_eq(text.length, 2000);
    cr_assert_eq(strlen(text.chars), 2000);
    text_add_bytes(&text, "xyz", 2);
    cr_assert_str_eq(text.chars + 1998, "9,xy");
    for (int length = 1; length < 200; length++) { /* whatever room there is left */
        Text other = text_new(arena);
        text_format(&other, "%*d", length, 1);
        text_format(&other, "%*d", length, 2);
        cr_assert_eq(strlen(other.chars), 2 * (size_t)length);
        cr_assert_eq(other.chars[length - 1], '1');
        cr_assert_eq(other.chars[2 * length - 1], '2');
    }
    arena_free(arena);
}

Test(base, table_keeps_every_key) {
    Arena *arena = arena_new();
    Table table = table_new(arena);
    static int keys[5000];
    cr_assert_not(table_has(&table, &keys[0]));
    cr_assert_null(table_get(&table, &keys[0]));
    for (int i = 0; i < 5000; i++) {
        table_set(&table, &keys[i], &keys[4999 - i]);
    }
    table_set(&table, &keys[7], NULL);
    cr_assert_eq(table.count, 5000);
    cr_assert(table_has(&table, &keys[7]));
    cr_assert_null(table_get(&table, &keys[7]));
    for (int i = 8; i < 5000; i++) {
        cr_assert_eq(table_get(&table, &keys[i]), &keys[4999 - i]);
    }
    arena_free(arena);
}

static void place_is(const Sources *sources, const Source *source, uint32_t at, int line,
                     int column) {
    Place place = source_place(sources, source->base + at);
    cr_expect_eq(place.source, source);
    cr_expect_eq(place.line, line, "offset %u: line %d", at, place.line);
    cr_expect_eq(place.column, column, "offset %u: column %d", at, place.column);
}

Test(base, a_table_that_ends_gives_its_memory_to_the_next_one) {
    Arena *arena = arena_new();
    const int *keys = ARENA_ARRAY(arena, int, 100);
    const TableSlot *slots = NULL;
    for (int round = 0; round < 3; round++) {
        TABLE_HERE(met, arena);
        for (int i = 0; i < 100; i++) {
            cr_assert(!table_has(&met, &keys[i]));
            cr_assert(table_add(&met, &keys[i]));
        }
        cr_assert(round == 0 || ARENA_SEPARATE || met.slots == slots);
        slots = met.slots;
    }
    arena_free(arena);
}

Test(base, what_was_allocated_last_grows_where_it_stands) {
    Arena *arena = arena_new();
    Vector(int64_t) numbers = {0};
    for (int i = 0; i < 8; i++)
        vector_push(arena, &numbers, i);
    const int64_t *items = numbers.items;
    for (int i = 8; i < 64; i++)
        vector_push(arena, &numbers, i);
    cr_assert(ARENA_SEPARATE || numbers.items == items);
    char *after = arena_text(arena, "after", 5);
    for (int i = 64; i < 10000; i++)
        vector_push(arena, &numbers, i);
    for (int i = 0; i < 10000; i++)
        cr_assert_eq(numbers.items[i], i);
    cr_assert_str_eq(after, "after");
    arena_free(arena);
}

Test(base, formats_are_those_of_printf) {
    Arena *arena = arena_new();
    cr_assert_str_eq(arena_format(arena, "%d %d %d", 0, INT_MAX, INT_MIN),
                     "0 2147483647 -2147483648");
    cr_assert_str_eq(arena_format(arena, "%s_%lld%%", "x", (long long)INT64_MIN),
                     "x_-9223372036854775808%");
    cr_assert_str_eq(arena_format(arena, "%s%d%.2f%5d", "a", 1, 0.5, 7), "a10.50    7");
    arena_free(arena);
}

Test(base, an_offset_has_a_file_a_line_and_a_column) {
    Arena *arena = arena_new();
    Sources *sources = sources_new(arena);
    const Source *one = source_add(sources, "one", "ab\n\ncd\r\ne", 9);
    const Source *none = source_add(sources, "none", "", 0);
    const Source *two = source_add(sources, "two", "\n", 1);
    place_is(sources, one, 0, 1, 1);
    place_is(sources, one, 2, 1, 3);
    place_is(sources, one, 3, 2, 1);
    place_is(sources, one, 4, 3, 1);
    place_is(sources, one, 8, 4, 1);
    place_is(sources, one, 9, 4, 2);
    place_is(sources, none, 0, 1, 1);
    place_is(sources, two, 1, 2, 1);
    cr_assert_eq(source_place(sources, one->base + 4).line_length, 2,
                 "a CR is no part of its line");
    cr_assert_null(source_place(sources, 0).source);
    arena_free(arena);
}

static Compiler *one_line(const char *chars, const Source **source) {
    Compiler *compiler = compiler_new();
    *source = source_add(compiler->sources, "m.sy", chars, strlen(chars));
    return compiler;
}

static void prints(const char *chars, uint32_t start, uint32_t end, const char *expected) {
    const Source *source;
    Compiler *compiler = one_line(chars, &source);
    report(compiler->diagnostics, BRACKET_OPEN, (Span){source->base + start, source->base + end},
           "(", ")");
    char *text = front_messages(compiler, false);
    const char *line = strchr(text, '\n') + 1;
    cr_expect_eq(strncmp(line, expected, strlen(expected)), 0, "expected\n%sbut got\n%s", expected,
                 line);
    free(text);
    compiler_free(compiler);
}

Test(base, the_caret_stands_under_the_place) {
    prints("let x = (1", 8, 9, "    1 | let x = (1\n      |         ^\n");
    prints("a bcd e", 2, 5, "    1 | a bcd e\n      |   ^~~\n");
    prints("\tab", 1, 3, "    1 |     ab\n      |     ^~\n");
    prints("a\tb", 1, 3, "    1 | a   b\n      |  ^~~~\n");
    prints("\xc3\xa9\xc3\xa9 x", 5, 6, "    1 | \xc3\xa9\xc3\xa9 x\n      |    ^\n");
    prints("\xff\x1b x", 3, 4, "    1 | \xef\xbf\xbd\xef\xbf\xbd x\n      |    ^\n");
    prints("ab\ncd", 1, 5, "    1 | ab\n      |  ^\n");
    prints("ab\n", 2, 2, "    1 | ab\n      |   ^\n");
    prints("ab", 2, 2, "    1 | ab\n      |   ^\n");
    prints("", 0, 0, "    1 | \n      | ^\n");
}

Test(base, a_long_line_is_cropped_around_the_place) {
    char line[5001];
    memset(line, 'x', 5000);
    line[5000] = '\0';
    line[2500] = '(';
    const Source *source;
    Compiler *compiler = one_line(line, &source);
    report(compiler->diagnostics, BRACKET_OPEN, (Span){source->base + 2500, source->base + 2501},
           "(", ")");
    char *text = front_messages(compiler, false);
    cr_assert_lt(strlen(text), 500);
    char *shown = strstr(text, "| ") + 2, *mark = strstr(strchr(shown, '\n'), "| ") + 2;
    cr_assert_eq(strncmp(shown, "...", 3), 0);
    cr_assert_eq(shown[strchr(mark, '^') - mark], '(');
    free(text);
    compiler_free(compiler);
}

Test(base, messages_are_sorted_and_never_repeated) {
    const Source *source;
    Compiler *compiler = one_line("abcdef", &source);
    Span early = {source->base, source->base + 1}, late = {source->base + 3, source->base + 4};
    report(compiler->diagnostics, BRACKET_EXTRA, late, ")");
    report(compiler->diagnostics, BRACKET_EXTRA, early, "]");
    report_also(compiler->diagnostics, late, "see here");
    report(compiler->diagnostics, BRACKET_EXTRA, late, ")");
    report(compiler->diagnostics, BRACKET_EXTRA, late, "]");
    cr_assert_eq(diagnostics_errors(compiler->diagnostics), 3);
    char *text = front_messages(compiler, false);
    const char *first = strstr(text, "m.sy:1:1: error: ] closes nothing [E0111]");
    const char *label = strstr(text, "m.sy:1:4: note: see here");
    const char *second = strstr(text, "m.sy:1:4: error: ) closes nothing [E0111]");
    cr_assert(first && label && second && first < label && label < second, "%s", text);
    cr_assert_null(strstr(second + 30, ") closes nothing"));
    free(text);
    compiler_free(compiler);
}

Test(base, errors_past_the_limit_are_counted_only) {
    Compiler *compiler = compiler_new();
    for (int i = 0; i < 150; i++) {
        report(compiler->diagnostics, CHARACTER_STRAY, (Span){0},
               arena_format(compiler->arena, "%d", i));
    }
    cr_assert_eq(diagnostics_errors(compiler->diagnostics), 150);
    char *text = front_messages(compiler, false);
    cr_assert_not_null(strstr(text, "50 more errors are not shown"));
    free(text);
    compiler_free(compiler);
}

/* Some row with a flag, of the severity; the tests do not care which. */
static int row_of(Severity severity) {
    for (int i = 0; i < MESSAGE_COUNT; i++) {
        if (messages[i].severity == severity && messages[i].flag[0]) return i;
    }
    return -1;
}

/* Reports the row under the options; @ in them stands for its flag. */
static int errors_with(const char *const *options, int row, bool *is_printed) {
    Compiler *compiler = compiler_new();
    for (; *options; options++) {
        size_t prefix = strcspn(*options, "@");
        const char *flag = (*options)[prefix] ? messages[row].flag : "";
        const char *option = arena_format(compiler->arena, "%.*s%s", (int)prefix, *options, flag);
        cr_expect(diagnostics_option(compiler->diagnostics, option), "%s", option);
    }
    report(compiler->diagnostics, (MessageId)row, (Span){0}, "a", "b", "c", "d", "e", "f", "g",
           "h");
    int errors = diagnostics_errors(compiler->diagnostics);
    char *text = front_messages(compiler, false);
    *is_printed = text[0] != '\0';
    free(text);
    compiler_free(compiler);
    return errors;
}

#define WITH(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(base, warnings_are_switched_by_name) {
    int row = row_of(SEVERITY_WARNING);
    if (row < 0) return;
    bool is_printed;
    cr_expect_eq(errors_with(WITH(NULL), row, &is_printed), 0);
    cr_expect(is_printed);
    cr_expect_eq(errors_with(WITH("no-@"), row, &is_printed), 0);
    cr_expect_not(is_printed);
    cr_expect_eq(errors_with(WITH("no-all"), row, &is_printed), 0);
    cr_expect_not(is_printed);
    cr_expect_eq(errors_with(WITH("no-@", "@"), row, &is_printed), 0);
    cr_expect(is_printed);
    cr_expect_eq(errors_with(WITH("error"), row, &is_printed), 1);
    cr_expect_eq(errors_with(WITH("error=@"), row, &is_printed), 1);
    cr_expect_eq(errors_with(WITH("error", "no-error=@"), row, &is_printed), 0);
    cr_expect(is_printed);
    cr_expect_eq(errors_with(WITH("error", "no-@"), row, &is_printed), 0);
    Compiler *compiler = compiler_new();
    cr_expect_not(diagnostics_option(compiler->diagnostics, "no-such-warning-anywhere"));
    compiler_free(compiler);
}

Test(base, a_note_with_a_flag_is_for_those_who_ask) {
    int row = row_of(SEVERITY_NOTE);
    if (row < 0) return;
    bool is_printed;
    errors_with(WITH(NULL), row, &is_printed);
    cr_expect_not(is_printed);
    cr_expect_eq(errors_with(WITH("@", "error"), row, &is_printed), 0);
    cr_expect(is_printed);
    cr_expect_eq(errors_with(WITH("error=@"), row, &is_printed), 1);
}

Test(base, json_escapes_what_it_must) {
    const Source *source;
    Compiler *compiler = one_line("ab\ncd", &source);
    report(compiler->diagnostics, CHARACTER_STRAY, (Span){source->base + 1, source->base + 4},
           "\"\\\x01\xff\xc3\xa9");
    report_also(compiler->diagnostics, (Span){source->base, source->base + 1}, "here");
    char *text = front_messages(compiler, true);
    cr_assert_str_eq(
        text,
        "[\n  {\"file\": \"m.sy\", \"line\": 1, \"column\": 2, \"endLine\": 2, \"endColumn\": 2, "
        "\"severity\": \"error\", \"code\": \"E0106\", \"message\": "
        "\"\\\"\\\\\\u0001\\ufffd\xc3\xa9 has no meaning in this language\", \"remedy\": \"take it "
        "away\", "
        "\"related\": [{\"file\": \"m.sy\", \"line\": 1, \"column\": 1, \"endLine\": 1, "
        "\"endColumn\": 2, \"message\": \"here\"}]}\n]\n");
    free(text);
    compiler_free(compiler);
    compiler = compiler_new();
    text = front_messages(compiler, true);
    cr_assert_str_eq(text, "[]\n");
    free(text);
    compiler_free(compiler);
}

Test(base, codes_are_unique_and_fit_their_severity) {
    for (int i = 0; i < MESSAGE_COUNT; i++) {
        static const char letters[] = {
            [SEVERITY_NOTE] = 'N', [SEVERITY_WARNING] = 'W', [SEVERITY_ERROR] = 'E'};
        cr_expect_eq(strlen(messages[i].code), 5, "%s", messages[i].code);
        cr_expect_eq(messages[i].code[0], letters[messages[i].severity], "%s", messages[i].code);
        cr_expect(messages[i].severity != SEVERITY_WARNING || messages[i].flag[0], "%s has no flag",
                  messages[i].code);
        for (int j = 0; j < i; j++) {
            cr_expect_str_neq(messages[i].code, messages[j].code);
        }
    }
}
