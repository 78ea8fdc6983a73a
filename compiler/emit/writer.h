/* What the rooms of emit/ share: documents (text that may be broken at known places), the writer
 * that lays them out in 100 columns, and the names given so far. */
#ifndef EMIT_WRITER_H
#define EMIT_WRITER_H
#include "emit/emit.h"

enum {
    EMIT_COLUMNS = 100,
    EMIT_INDENT = 4
};

typedef struct Doc Doc;
typedef enum DocKind {
    DOC_TEXT,   /* never broken */
    DOC_CONCAT, /* items one after the other; only the items themselves are broken */
    DOC_CHAIN,  /* operands of one level of precedence, broken after an operator */
    DOC_LIST,   /* arguments, broken after a comma */
    DOC_CHOICE  /* a ? b : c, broken before ? and : */
} DocKind;

struct Doc {
    DocKind kind;
    int width; /* in columns, when written on one line */
    int count; /* of items */
    union {
        const char *text; /* TEXT */
        Doc *const *items;
    };
    const char *const *marks; /* what follows each item but the last, without the space */
};

typedef struct Writer {
    Text *out; /* NULL: nothing is written, only measured */
    int column;
    int lines;  /* ended so far */
    int widest; /* the column that the widest of them reached */
} Writer;

typedef struct Emitter {
    Compiler *c;
    const Module *module;
    Table reserved;       /* Name -> itself: words that no variable may have */
    Table function_names; /* Name of a function of the module -> its C name */
} Emitter;

/* module.c */
Emitter emitter_new(Compiler *compiler, const Module *module);
void write_api(Text *out); /* files that stand alone may all bring the runtime's public functions */
bool text_has_word(const char *text, const char *word);

/* layout.c */
Doc *doc_text(Arena *arena, const char *text);
Doc *doc_concat(Arena *arena, Doc *const *items, int count);
Doc *doc_chain(Arena *arena, Doc *const *items, const char *const *marks, int count);
Doc *doc_list(Arena *arena, Doc *const *items, int count);
Doc *doc_choice(Arena *arena, Doc *condition, Doc *then, Doc *otherwise);
void write_text(Writer *writer, const char *text);
void write_line(Writer *writer, int indent); /* ends the line, and opens the next at that column */
/* Lays the document out from the writer's column. `after` columns must follow it on its last line;
 * lines that go on a chain are `offset` columns to the right of its start. */
void write_doc(Writer *writer, const Doc *doc, int after, int offset);
int text_columns(const char *text);

/* literal.c */
const char *literal_float(Arena *arena, CType type, double number);
const char *literal_integer(Arena *arena, CType type, int64_t integer, bool wide);
const char *literal_string(Arena *arena, const char *text);

/* expression.c */
Doc *expression_doc(Emitter *e, const Value *value);
const char *type_text(CType type);
typedef enum DeclarationPlace {
    DECLARE_LOCAL,
    DECLARE_PARAMETER,
    DECLARE_IN_HEADER
} DeclarationPlace;
const char *variable_declaration(Emitter *e, const Variable *variable, DeclarationPlace place);

/* comment.c */
void write_comment(Writer *writer, const char *text,
                   int indent); /* from a fresh line at indent; ends without newline */

/* names.c */
void names_begin(Emitter *e);
void names_structure(Emitter *e);
void names_assign(Emitter *e, Function *function);
const char *function_name(const Emitter *e, Name name);
/* From now on, public functions are called so: their own names between these. */
void names_public(Emitter *e, const char *before, const char *after);
const char *level_function(const Emitter *e); /* NAME_level */

/* statement.c */
void write_function(Emitter *e, Writer *writer, const Function *function);

/* interface.c */
void write_prototype(Emitter *e, Writer *writer, const Function *function, bool in_header);
void write_header(Emitter *e, Text *out, const char *runtime_text);

/* module.c: headers of the runtime that only those files include that call what is in them: such
 * names begin so. */
typedef struct FurtherHeader {
    const char *header, *begins[2];
} FurtherHeader;
extern const FurtherHeader emit_further[];
extern const int emit_further_count;
bool emit_needs(const FurtherHeader *further, const char *body);

/* standalone.c: the runtime's texts cut into definitions: what a caller sees, and of the rest what
 * the body needs */
void standalone_parts(Emitter *e, const char *body, Text *public_parts, Text *private_parts);
/* The names that a version of a file gives the runtime's public functions, as macros. */
void standalone_version(Emitter *e, Text *out);
/* What picks a version, and the runtime's public functions. */
void standalone_levels(Emitter *e, const char *body, Text *out);
#endif
