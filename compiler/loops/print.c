/* The loop language as an outline, for -d. In: a module; out: one line a statement, indented; types
 * before names, operators always in brackets, so that the tree can be seen. Not C: that is emit/.
 */
#include "loops/loops.h"

static const char *const type_names[] = {"void", "bool", "int",   "i32",        "i64",
                                         "u64",  "u16",  "size",  "f32",        "f64",
                                         "call", "char", "state", "state file", "structure"};
static const char *const operator_names[] = {"-",  "!",  "+", "-",  "*",  "/",  "%",
                                             "<",  "<=", ">", ">=", "==", "!=", "&&",
                                             "||", "&",  "|", "<<", ">>"};

static void print_value(Text *out, const Value *value);

static void print_arguments(Text *out, const Value *value) {
    text_format(out, "%s(", value->name);
    for (int i = 0; i < value->argument_count; ++i) {
        if (i > 0) text_add(out, ", ");
        print_value(out, value->arguments[i]);
    }
    text_add(out, ")");
}

static void print_value(Text *out, const Value *value) {
    switch (value->kind) {
    case VALUE_INTEGER: text_format(out, "%lld", (long long)value->integer); break;
    case VALUE_FLOAT:
        text_format(out, value->type == C_F32 ? "%.9g" : "%.17g", value->number);
        break;
    case VALUE_NULL: text_add(out, "null"); break;
    case VALUE_NAMED: text_add(out, value->name); break;
    case VALUE_STRING: text_format(out, "\"%s\"", value->name); break;
    case VALUE_VARIABLE: text_add(out, value->variable->name); break;
    case VALUE_ELEMENT:
    case VALUE_ADDRESS:
        text_format(out, "%s%s", value->kind == VALUE_ADDRESS ? "&" : "", value->variable->name);
        if (!value->a) break;
        text_add(out, "[");
        print_value(out, value->a);
        text_add(out, "]");
        break;
    case VALUE_MEMBER: text_format(out, "%s.%s", value->variable->name, value->name); break;
    case VALUE_MEMBER_ADDRESS:
        text_format(out, "&%s.%s", value->variable->name, value->name);
        break;
    case VALUE_UNARY:
        text_add(out, operator_names[value->op]);
        print_value(out, value->a);
        break;
    case VALUE_BINARY:
        text_add(out, "(");
        print_value(out, value->a);
        text_format(out, " %s ", operator_names[value->op]);
        print_value(out, value->b);
        text_add(out, ")");
        break;
    case VALUE_CONDITIONAL:
        text_add(out, "(if ");
        print_value(out, value->a);
        text_add(out, " then ");
        print_value(out, value->b);
        text_add(out, " else ");
        print_value(out, value->c);
        text_add(out, ")");
        break;
    case VALUE_CAST:
        text_format(out, "%s%s(", type_names[value->type], value->pointer ? "*" : "");
        print_value(out, value->a);
        text_add(out, ")");
        break;
    case VALUE_CALL: print_arguments(out, value); break;
    case VALUE_SIZEOF: text_format(out, "sizeof(%s)", type_names[value->integer]); break;
    }
}

static void print_variable(Text *out, const Variable *variable) {
    text_format(out, "%s%s%s %s", variable->is_const ? "const " : "", type_names[variable->type],
                variable->pointer_to_const_pointers ? "**"
                : variable->pointer                 ? "*"
                                                    : "",
                variable->name);
    if (variable->length) {
        text_add(out, "[");
        print_value(out, variable->length);
        text_add(out, "]");
    }
}

static void print_block(Text *out, const Block *block, int depth);

static void print_for(Text *out, const Statement *s) {
    static const char *const kinds[] = {"for", "parallel for", "simd for"};
    text_format(out, "%s ", kinds[s->for_kind]);
    print_variable(out, s->variable);
    text_add(out, " = ");
    print_value(out, s->from);
    text_add(out, s->down ? " down to " : " .. ");
    print_value(out, s->to);
    if (s->step) {
        text_add(out, " by ");
        print_value(out, s->step);
    }
    if (s->condition) {
        text_add(out, " if ");
        print_value(out, s->condition);
    }
}

/* Comments stand on one line here. */
static void print_comment(Text *out, const char *text) {
    text_add(out, "# ");
    for (const char *p = text; *p; ++p)
        text_add_bytes(out, *p == '\n' ? " " : p, 1);
}

static void print_pair(Text *out, const char *before, const char *between, const Value *target,
                       const Value *value) {
    text_add(out, before);
    if (target) print_value(out, target);
    text_add(out, between);
    if (value) print_value(out, value);
}

static void print_statement(Text *out, const Statement *s, int depth) {
    static const char blanks[] = "                                                                ";
    text_add_bytes(out, blanks, (size_t)(2 * depth < 64 ? 2 * depth : 64));
    switch (s->kind) {
    case STATEMENT_COMMENT: print_comment(out, s->text); break;
    case STATEMENT_BLANK: break;
    case STATEMENT_DECLARE:
        print_variable(out, s->variable);
        if (s->value) print_pair(out, " = ", "", NULL, s->value);
        if (s->zero) text_add(out, " = 0");
        if (s->elements) text_format(out, " = table of %d", s->element_count);
        break;
    case STATEMENT_ASSIGN:
        print_pair(out, "", " ", s->target, NULL);
        if (s->op != C_NEG) text_add(out, operator_names[s->op]);
        print_pair(out, "", "= ", NULL, s->value);
        break;
    case STATEMENT_FOR: print_for(out, s); break;
    case STATEMENT_IF: print_pair(out, "if ", "", s->value, NULL); break;
    case STATEMENT_CALL: print_pair(out, s->team ? "parallel " : "", "", NULL, s->value); break;
    case STATEMENT_RETURN: print_pair(out, "return", s->value ? " " : "", NULL, s->value); break;
    case STATEMENT_CONTINUE: text_add(out, "continue"); break;
    case STATEMENT_BREAK: text_add(out, "break"); break;
    case STATEMENT_SCOPE: text_add(out, "scope"); break;
    }
    text_add(out, "\n");
    print_block(out, &s->body, depth + 1);
    if (s->otherwise.count > 0) {
        text_add_bytes(out, blanks, (size_t)(2 * depth < 64 ? 2 * depth : 64));
        text_add(out, "else\n");
        print_block(out, &s->otherwise, depth + 1);
    }
}

static void print_block(Text *out, const Block *block, int depth) {
    for (int i = 0; i < block->count; ++i) {
        if (block->items[i]->kind != STATEMENT_BLANK) print_statement(out, block->items[i], depth);
    }
}

void module_print(Text *out, const Module *module) {
    const Structure *structure = module->structure;
    for (int i = 0; structure && i < structure->members.count; ++i) {
        text_format(out, "%s.", structure->name);
        print_variable(out, structure->members.items[i]);
        text_add(out, "\n");
    }
    for (int i = 0; i < module->functions.count; ++i) {
        const Function *function = module->functions.items[i];
        text_format(out, "%s%s %s(", function->is_public ? "public " : "",
                    type_names[function->result], function->name);
        for (int j = 0; j < function->parameters.count; ++j) {
            if (j > 0) text_add(out, ", ");
            print_variable(out, function->parameters.items[j]);
        }
        text_add(out, ")\n");
        print_block(out, &function->body, 1);
    }
}
