/* Statements. In: a function of the loop language, its variables named; out: its definition in C.
 * Every line is laid out as clang-format would leave it; blank lines stand only between statements.
 */
#include "emit/writer.h"
#include <string.h>

static void write_block(Emitter *e, Writer *writer, const Block *block, int indent);
static void write_statement(Emitter *e, Writer *writer, const Statement *s, int indent);

static Doc *join(Emitter *e, Doc *a, Doc *b, Doc *c) {
    return doc_concat(e->c->arena, (Doc *const[]){a, b, c}, c ? 3 : 2);
}

static Doc *text(Emitter *e, const char *chars) {
    return doc_text(e->c->arena, chars);
}

typedef enum Layout {
    LAYOUT_HERE,  /* target = value */
    LAYOUT_BELOW, /* target =
                   *     value */
    LAYOUT_OPENED /* target = call(
                   *     arguments) */
} Layout;

static void write_value(Writer *writer, const Doc *value, Layout layout, int indent) {
    if (layout == LAYOUT_OPENED) {
        write_text(writer, " ");
        write_text(writer, value->items[0]->text);
        write_line(writer, indent + EMIT_INDENT);
        write_doc(writer, value->items[1], 2, 0);
        write_text(writer, ")");
    } else {
        if (layout == LAYOUT_BELOW) {
            write_line(writer, indent + EMIT_INDENT);
        } else {
            write_text(writer, " ");
        }
        write_doc(writer, value, 1, 0);
    }
    write_text(writer, ";");
}

/* The lines that a layout ends; far too many where one of them is too long. */
static int lines_of(const Doc *value, Layout layout, int column, int indent) {
    Writer writer = {.column = column, .widest = column};
    write_value(&writer, value, layout, indent);
    return writer.widest > EMIT_COLUMNS ? writer.lines + 1000 : writer.lines;
}

/* " = value;" after what is written already (in one line or not), in the layout of the fewest
 * lines. */
static void write_assigned(Emitter *e, Writer *writer, const char *operator, const Doc * value,
                           int indent, bool in_one_line) {
    write_text(writer, operator);
    Layout best = LAYOUT_HERE;
    if (writer->column + 1 + value->width + 1 > EMIT_COLUMNS) {
        int here = lines_of(value, LAYOUT_HERE, writer->column, indent);
        int below = lines_of(value, LAYOUT_BELOW, writer->column, indent), least = here;
        if (below < here || (below == here && value->kind != DOC_CHOICE)) {
            best = LAYOUT_BELOW;
            least = below;
        }
        bool is_call = in_one_line && value->kind == DOC_CONCAT && value->count == 3 &&
                       value->items[1]->kind == DOC_LIST;
        if (is_call && lines_of(value, LAYOUT_OPENED, writer->column, indent) < least)
            best = LAYOUT_OPENED;
    }
    write_value(writer, value, best, indent);
}

/* `static const float table[3] = {1.0f, 1.0f, 3.0f};`, or in rows below the brace. */
static void write_table(Emitter *e, Writer *writer, const Statement *s, int indent) {
    write_text(writer, arena_format(e->c->arena, "static const %s = {",
                                    variable_declaration(e, s->variable, DECLARE_LOCAL)));
    Doc **items = ARENA_ARRAY(e->c->arena, Doc *, s->element_count);
    for (int i = 0; i < s->element_count; ++i)
        items[i] = expression_doc(e, s->elements[i]);
    Doc *list = doc_list(e->c->arena, items, s->element_count);
    if (writer->column + list->width + 2 > EMIT_COLUMNS) write_line(writer, indent + EMIT_INDENT);
    write_doc(writer, list, 2, 0);
    write_text(writer, "};");
}

static void write_declare(Emitter *e, Writer *writer, const Statement *s, int indent) {
    if (s->elements) {
        write_table(e, writer, s, indent);
        return;
    }
    write_text(writer, variable_declaration(e, s->variable, DECLARE_LOCAL));
    if (s->value) {
        write_assigned(e, writer, " =", expression_doc(e, s->value), indent, true);
    } else {
        write_text(writer, !s->zero ? ";" : s->variable->length ? " = {0};" : " = 0;");
    }
}

static void write_assign(Emitter *e, Writer *writer, const Statement *s, int indent) {
    static const char *const operators[] = {
        [C_NEG] = " =",  [C_ADD] = " +=",    [C_SUB] = " -=",   [C_MUL] = " *=",  [C_DIV] = " /=",
        [C_MOD] = " %=", [C_BITAND] = " &=", [C_BITOR] = " |=", [C_SHL] = " <<=", [C_SHR] = " >>=",
    };
    bool is_known = s->op < (COp)(sizeof operators / sizeof *operators) && operators[s->op];
    if (!is_known) bug("C has no assignment for operator %d", (int)s->op);
    int lines = writer->lines;
    write_doc(writer, expression_doc(e, s->target), 3, 0);
    write_assigned(e, writer, operators[s->op], expression_doc(e, s->value), indent,
                   writer->lines == lines);
}

/* `for (type i = from; i < to; ++i)`: broken after a semicolon where it must be. */
static void write_for_line(Emitter *e, Writer *writer, const Statement *s) {
    const char *name = s->variable->c_name, *type = type_text(s->variable->type);
    Arena *arena = e->c->arena;
    Value variable = {.kind = VALUE_VARIABLE, .type = s->variable->type, .variable = s->variable};
    Value test = {.kind = VALUE_BINARY,
                  .type = C_BOOL,
                  .op = s->down ? C_GE : C_LT,
                  .a = &variable,
                  .b = s->to};
    Doc *step;
    if (s->step) {
        Doc *by = expression_doc(e, s->step);
        step = join(e, text(e, arena_format(arena, s->down ? "%s -= " : "%s += ", name)), by, NULL);
    } else {
        step = text(e, arena_format(arena, s->down ? "--%s" : "++%s", name));
    }
    Doc *first = join(e, text(e, arena_format(arena, "%s %s = ", type, name)),
                      expression_doc(e, s->from), NULL);
    Doc *parts[] = {first, expression_doc(e, &test), step};
    write_text(writer, "for (");
    int start = writer->column;
    int width = first->width + parts[1]->width + step->width + (int)strlen("; ; ) {");
    for (int i = 0; i < 3; ++i) {
        if (i > 0) write_text(writer, ";");
        if (i > 0 && start + width > EMIT_COLUMNS) {
            write_line(writer, start);
        } else if (i > 0) {
            write_text(writer, " ");
        }
        write_doc(writer, parts[i], 3, 0);
    }
    write_text(writer, ") {");
}

/* A directive stands at the margin, as clang-format has it: the indent that was written last is
 * taken back. */
static void write_directive(Writer *writer, const char *directive, int indent) {
    Text *out = writer->out;
    out->length -= (size_t)indent;
    out->chars[out->length] = '\0';
    writer->column = 0;
    write_text(writer, directive);
    write_line(writer, indent);
}

static void write_for(Emitter *e, Writer *writer, const Statement *s, int indent) {
    if (s->for_kind == FOR_PARALLEL)
        bug("a parallel loop is left to emit: module_share has not run");
    if (s->for_kind == FOR_SIMD) write_directive(writer, "#pragma omp simd", indent);
    write_for_line(e, writer, s);
    write_block(e, writer, &s->body, indent + EMIT_INDENT);
    write_line(writer, indent);
    write_text(writer, "}");
}

static void write_return(Emitter *e, Writer *writer, const Statement *s, const char *semicolon) {
    write_text(writer, "return");
    if (s->value) {
        write_text(writer, " ");
        write_doc(writer, expression_doc(e, s->value), 1, 0);
    }
    write_text(writer, semicolon);
}

/* `if (a) return b;` on one line, where it fits. */
static bool write_short_if(Emitter *e, Writer *writer, const Statement *s) {
    if (s->body.count != 1 || s->otherwise.count > 0) return false;
    const Statement *only = s->body.items[0];
    Text line = text_new(e->c->arena);
    Writer trial = {.out = &line, .column = writer->column};
    switch (only->kind) {
    case STATEMENT_CONTINUE: write_text(&trial, "continue;"); break;
    case STATEMENT_BREAK: write_text(&trial, "break;"); break;
    case STATEMENT_RETURN: write_return(e, &trial, only, ";"); break;
    case STATEMENT_CALL:
    case STATEMENT_ASSIGN: write_statement(e, &trial, only, 0); break;
    default: return false;
    }
    Doc *condition = expression_doc(e, s->value);
    int width =
        writer->column + condition->width + text_columns(line.chars) + (int)strlen("if () ");
    if (trial.lines > 0 || width > EMIT_COLUMNS) return false;
    write_text(writer, "if (");
    write_doc(writer, condition, 0, 0);
    write_text(writer, ") ");
    write_text(writer, line.chars);
    return true;
}

static void write_if(Emitter *e, Writer *writer, const Statement *s, int indent) {
    if (write_short_if(e, writer, s)) return;
    for (;;) {
        write_text(writer, "if (");
        write_doc(writer, expression_doc(e, s->value), 3, 0);
        write_text(writer, ") {");
        write_block(e, writer, &s->body, indent + EMIT_INDENT);
        write_line(writer, indent);
        write_text(writer, "}");
        if (s->otherwise.count == 0) return;
        write_text(writer, " else ");
        if (s->otherwise.count > 1 || s->otherwise.items[0]->kind != STATEMENT_IF) break;
        s = s->otherwise.items[0];
    }
    write_text(writer, "{");
    write_block(e, writer, &s->otherwise, indent + EMIT_INDENT);
    write_line(writer, indent);
    write_text(writer, "}");
}

static void write_statement(Emitter *e, Writer *writer, const Statement *s, int indent) {
    switch (s->kind) {
    case STATEMENT_COMMENT: write_comment(writer, s->text, indent); break;
    case STATEMENT_BLANK: break;
    case STATEMENT_DECLARE: write_declare(e, writer, s, indent); break;
    case STATEMENT_ASSIGN: write_assign(e, writer, s, indent); break;
    case STATEMENT_FOR: write_for(e, writer, s, indent); break;
    case STATEMENT_IF: write_if(e, writer, s, indent); break;
    case STATEMENT_CALL:
        if (s->team) write_directive(writer, "#pragma omp parallel", indent);
        write_doc(writer, expression_doc(e, s->value), 1, 0);
        write_text(writer, ";");
        break;
    case STATEMENT_RETURN: write_return(e, writer, s, ";"); break;
    case STATEMENT_CONTINUE: write_text(writer, "continue;"); break;
    case STATEMENT_BREAK: write_text(writer, "break;"); break;
    case STATEMENT_SCOPE:
        write_text(writer, "{");
        write_block(e, writer, &s->body, indent + EMIT_INDENT);
        write_line(writer, indent);
        write_text(writer, "}");
        break;
    }
}

static void write_block(Emitter *e, Writer *writer, const Block *block, int indent) {
    bool is_first = true, gap = false;
    for (int i = 0; i < block->count; ++i) {
        const Statement *s = block->items[i];
        if (s->kind == STATEMENT_BLANK) {
            gap = !is_first;
            continue;
        }
        if (gap) write_line(writer, 0);
        write_line(writer, indent);
        write_statement(e, writer, s, indent);
        is_first = gap = false;
    }
}

void write_function(Emitter *e, Writer *writer, const Function *function) {
    if (function->doc && !function->is_public) {
        write_comment(writer, function->doc, 0);
        write_line(writer, 0);
    }
    write_prototype(e, writer, function, false);
    write_text(writer, " {");
    for (int i = 0; i < function->parameters.count;
         ++i) { /* an interface may have more than its function needs */
        const Variable *parameter = function->parameters.items[i];
        if (parameter->is_used) continue;
        write_line(writer, EMIT_INDENT);
        write_text(writer, arena_format(e->c->arena, "(void)%s;", parameter->c_name));
    }
    write_block(e, writer, &function->body, EMIT_INDENT);
    write_line(writer, 0);
    write_text(writer, "}");
    write_line(writer, 0);
}
