/* The documentation of a generated function, from the doc comments of the program: it stands in the
 * header. */
#include "loops/entry.h"

/* ": doc", with further lines below the first. */
void entry_describe_doc(Text *text, const char *doc) {
    if (!doc) return;
    text_add(text, ": ");
    for (const char *c = doc; *c; ++c) {
        text_add_bytes(text, c, 1);
        if (*c == '\n') text_add(text, "    ");
    }
}

typedef enum Role {
    ROLE_IN,
    ROLE_CHANGED,
    ROLE_OUT
} Role;

static void describe_array(Text *text, const Array *array, Role given) {
    if (array->declared) array = array->declared;
    text_format(text, "\n  %s", array->name);
    if (array->rank > 0) text_add(text, "[");
    for (int i = 0; i < array->rank; ++i)
        text_format(text, "%s%s", i ? ", " : "", array->axes[i]->name);
    if (array->rank > 0) text_add(text, "]");
    const char *role = given == ROLE_OUT             ? "out"
                       : given == ROLE_CHANGED       ? "in and out"
                       : array->kind == ARRAY_WEIGHT ? "in, finite and not negative"
                       : array->kind == ARRAY_PARAM  ? "in, a parameter"
                       : array->type == SCALAR_BOOL  ? "in, 0 or 1"
                                                     : "in";
    text_format(text, " (%s)", role);
    if (array->index_axis) {
        text_format(text, ": an index along %s", array->index_axis->name);
        if (array->has_none) text_format(text, ", or %lld for none", (long long)array->none);
    }
    entry_describe_doc(text, array->doc);
}

const char *entry_describe(EntryPoint *e) {
    Text text = text_new(e->lower.c->arena);
    if (e->doc) text_format(&text, "%s\n\n", e->doc);
    text_add(&text, "Arrays are row-major; outputs must not overlap anything else. Returns 0, or a "
                    "status that\n"
                    "steelyard_status spells out; then ");
    text_add(&text, entry_checks_late(e) ? "what the outputs hold means nothing."
                                         : "no output has been touched.");
    if (entry_is_training(e)) text_add(&text, "\n  state (in and out)");
    for (int i = 0; i < e->sizes.count; ++i) {
        text_format(&text, "\n  %s (size)", e->sizes.items[i]->name);
        entry_describe_doc(&text, e->sizes.items[i]->doc);
    }
    for (int i = 0; i < e->inputs.count; ++i)
        describe_array(&text, e->inputs.items[i], ROLE_IN);
    for (int i = 0; i < e->changed.count && !entry_is_training(e); ++i)
        describe_array(&text, e->changed.items[i], ROLE_CHANGED);
    for (int i = 0; i < e->outputs.count && e->kind != ENTRY_INIT; ++i)
        describe_array(&text, e->outputs.items[i], ROLE_OUT);
    return text.chars;
}
