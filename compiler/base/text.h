/* Interned names (equal text is an equal pointer) and a growable text buffer. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include "base/arena.h"
#include <stdbool.h>

typedef struct Names Names;
typedef const char *Name; /* always from name_intern: compare with == */

Names *names_new(Arena *arena);
Name name_intern(Names *names, const char *text, size_t length);
Name name_of(Names *names, const char *text);

typedef struct Text {
    Arena *arena;
    char *chars; /* always NUL-terminated once text_new has run */
    size_t length, capacity;
} Text;

Text text_new(Arena *arena);
Text text_of_size(Arena *arena, size_t size); /* that is usual for it; it grows where it has to */
void text_add(Text *text, const char *chars);
void text_add_bytes(Text *text, const char *chars, size_t length);
void text_format(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
#endif
