/* Interned names and the growable text buffer. */
#include "base/text.h"
#include "base/diagnostic.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct Interned {
    char *text; /* NULL: a free slot */
    size_t length;
    uint64_t hash;
} Interned;

struct Names {
    Arena *arena;
    Interned *slots;
    size_t count, capacity; /* the capacity is a power of two, at most half used */
};

Names *names_new(Arena *arena) {
    Names *names = ARENA_NEW(arena, Names);
    names->arena = arena;
    names->capacity = 256;
    names->slots = ARENA_ARRAY(arena, Interned, names->capacity);
    return names;
}

static uint64_t hash_of(const char *text, size_t length) {
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    }
    return hash ^ hash >> 32;
}

static Interned *slot_of(const Names *names, const char *text, size_t length, uint64_t hash) {
    size_t mask = names->capacity - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        Interned *slot = &names->slots[i];
        if (!slot->text) return slot;
        if (slot->hash == hash && slot->length == length && memcmp(slot->text, text, length) == 0) {
            return slot;
        }
    }
}

static void names_grow(Names *names) {
    Interned *old = names->slots;
    size_t old_capacity = names->capacity;
    names->capacity *= 2;
    names->slots = ARENA_ARRAY(names->arena, Interned, names->capacity);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].text) *slot_of(names, old[i].text, old[i].length, old[i].hash) = old[i];
    }
}

Name name_intern(Names *names, const char *text, size_t length) {
    uint64_t hash = hash_of(text, length);
    Interned *slot = slot_of(names, text, length, hash);
    if (slot->text) return slot->text;
    if (2 * (names->count + 1) > names->capacity) {
        names_grow(names);
        slot = slot_of(names, text, length, hash);
    }
    names->count++;
    *slot = (Interned){arena_text(names->arena, text, length), length, hash};
    return slot->text;
}

Name name_of(Names *names, const char *text) {
    return name_intern(names, text, strlen(text));
}

Text text_new(Arena *arena) {
    return text_of_size(arena, 64);
}

Text text_of_size(Arena *arena, size_t size) {
    return (Text){.arena = arena, .chars = arena_alloc(arena, size), .capacity = size};
}

/* Room for length more bytes and the NUL behind them. */
static void text_reserve(Text *text, size_t length) {
    if (text->capacity - text->length > length) return;
    size_t capacity = 2 * text->capacity > text->length + length + 1 ? 2 * text->capacity
                                                                     : text->length + length + 1;
    text->chars = arena_extend(text->arena, text->chars, text->capacity, capacity - text->capacity);
    text->capacity = capacity;
}

void text_add_bytes(Text *text, const char *chars, size_t length) {
    text_reserve(text, length);
    if (length) memcpy(text->chars + text->length, chars, length);
    text->length += length;
    text->chars[text->length] = '\0';
}

void text_add(Text *text, const char *chars) {
    text_add_bytes(text, chars, strlen(chars));
}

void text_format(Text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = text->capacity - text->length;
    int length = format_short(text->chars + text->length, room, format, arguments);
    va_end(arguments);
    if (length < 0) bug("text_format could not format \"%s\"", format);
    if ((size_t)length >= room) {
        text_reserve(text, (size_t)length);
        vsnprintf(text->chars + text->length, (size_t)length + 1, format, again);
    }
    va_end(again);
    text->length += (size_t)length;
}
