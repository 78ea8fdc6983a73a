/* From the symbols of a program to the axes, arrays, lets and outputs of its Model, in the order
 * declared. Extents come first, then arrays, then the values in the order that names_order found.
 */
#include "check/checker.h"
#include <string.h>

static Env top_env(const Checker *c) {
    return (Env){.scope = c->top};
}

/* --- model and real --- */

static Name file_name(Checker *c) {
    const char *path = c->program->source->path;
    const char *slash = strrchr(path, '/');
    if (slash) path = slash + 1;
    size_t length = strcspn(path, ".");
    char *name = arena_text(c->arena, path, length);
    for (size_t i = 0; i < length; i++) {
        char ch = name[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
        if (!letter && !(i > 0 && ch >= '0' && ch <= '9')) name[i] = '_';
    }
    return name_word(c, length ? name : "model");
}

/* Headers of the C library and the runtime: a NAME.h beside them would be taken for them. */
static void check_model_name(Checker *c, const Decl *named) {
    static const char *const headers[] = {
        "assert", "complex", "ctype",       "errno",  "fenv",      "float",   "inttypes", "iso646",
        "limits", "locale",  "malloc",      "math",   "memory",    "omp",     "pthread",  "sched",
        "setjmp", "signal",  "stdalign",    "stdarg", "stdatomic", "stdbool", "stddef",   "stdint",
        "stdio",  "stdlib",  "stdnoreturn", "string", "strings",   "tgmath",  "threads",  "time",
        "uchar",  "unistd",  "wchar",       "wctype",
    };
    const char *name = c->model->name;
    bool hides = strcmp(name, "steelyard") == 0 || strncmp(name, "steelyard_", 10) == 0;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        hides = hides || strcmp(name, headers[i]) == 0;
    if (!hides) return;
    Span span = {0, 0};
    if (c->program->decls.count > 0) span = c->program->decls.items[0]->span;
    report(c->compiler->diagnostics, MODEL_NAME, named ? named->target.name.span : span, name);
}

static bool real_of(Checker *c, const char *text, Span span) {
    if (strcmp(text, "f32") == 0 || strcmp(text, "f64") == 0) {
        c->model->real = text[1] == '3' ? SCALAR_F32 : SCALAR_F64;
        return true;
    }
    report(c->compiler->diagnostics, REAL_TYPE, span, text);
    return false;
}

void declare_model(Checker *c) {
    Model *model = c->model;
    const Decl *named = NULL, *real = NULL;
    model->name = file_name(c);
    model->real = SCALAR_F32;
    for (int i = 0; i < c->program->decls.count; i++) {
        const Decl *decl = c->program->decls.items[i];
        if (decl->kind != DECL_MODEL && decl->kind != DECL_REAL) continue;
        const Decl **first = decl->kind == DECL_MODEL ? &named : &real;
        if (*first) {
            report(c->compiler->diagnostics, ONLY_ONCE, decl->span, decl_kind_text(decl->kind));
            report_also(c->compiler->diagnostics, (*first)->span, "first said here");
            continue;
        }
        *first = decl;
    }
    if (named) {
        model->name = named->target.name.name;
        model->doc = named->doc;
    }
    check_model_name(c, named);
    if (real) real_of(c, real->target.name.name, real->target.name.span);
    if (c->compiler->real) real_of(c, c->compiler->real, (Span){0, 0});
}

/* --- stated axes and types --- */

bool stated_axes(Checker *c, const Env *env, Target *target, Axes *axes) {
    bool good = true;
    for (int i = 0; i < target->axes.count; i++) {
        Word word = target->axes.items[i];
        Symbol *symbol = scope_find(env->scope, word.name);
        if (!symbol || !symbol_ready(c, symbol)) return false;
        if (symbol->kind == SYMBOL_AXES) COMPLAIN(c, env, SEVERAL_AXES, word.span, word.name);
        if (symbol->kind != SYMBOL_AXIS || !symbol->axis) return false;
        for (int j = 0; j < axes->count; j++)
            if (axes->items[j] == symbol->axis) {
                COMPLAIN(c, env, AXIS_STATED_TWICE, word.span, word.name, target->name.name);
                good = false;
            }
        vector_push(c->arena, axes, symbol->axis);
    }
    return good;
}

/* The value may have no other axes than the stated ones. */
bool axes_within(Checker *c, const Env *env, Span span, const char *name, Value value,
                 const Axes *stated, bool has_stated) {
    const AxisSet *set = axis_set(c->graph, stated->items, stated->count);
    if (axis_set_within(value.axes, set)) return true;
    const AxisSet *over = axis_set_minus(c->graph, value.axes, set);
    if (has_stated)
        COMPLAIN(c, env, AXIS_LEFT_OVER, span, over->items[0]->name, name);
    else
        COMPLAIN(c, env, AXIS_LEFT_OVER_SCALAR, span, name, text_of_axes(c, over));
    return false;
}

static bool scalar_named(const char *text, Scalar *type) {
    for (Scalar scalar = SCALAR_BOOL; scalar <= SCALAR_BF16; scalar++) {
        if (strcmp(scalar_text(scalar), text) != 0) continue;
        *type = scalar;
        return true;
    }
    return false;
}

/* f64, i32, ...: but not index(...). Without a word: *type stays. */
bool type_of_word(Checker *c, const Env *env, const TypeWord *word, Scalar *type) {
    if (!word->name.name) return true;
    if (scalar_named(word->name.name, type)) return true;
    COMPLAIN(c, env, UNKNOWN_TYPE, word->span, word->name.name);
    return false;
}

static bool is_index_type(const TypeWord *word) {
    return word->name.name && strcmp(word->name.name, "index") == 0;
}

/* index(c, none = -100) */
static bool index_type(Checker *c, const Env *env, const TypeWord *word, Array *array) {
    const Items *items = &word->arguments;
    bool good = items->count == 1 || items->count == 2;
    good = good && !items->items[0].name.name && items->items[0].value->kind == EXPR_NAME;
    double none = 0;
    bool whole = true;
    if (good && items->count == 2) {
        const Item *item = &items->items[1];
        good = item->name.name && strcmp(item->name.name, "none") == 0 &&
               constant_of(c, item->value, &none, &whole) && whole;
        array->has_none = good;
        array->none = good ? (int64_t)none : 0;
    }
    if (!good) {
        COMPLAIN(c, env, INDEX_TYPE, word->span);
        return false;
    }
    Symbol *symbol = scope_find(env->scope, items->items[0].value->word.name);
    if (!symbol || symbol->kind != SYMBOL_AXIS || !symbol->axis) return false;
    array->type = SCALAR_I64;
    array->index_axis = symbol->axis;
    const Node *extent = symbol->axis->extent;
    if (!array->has_none || extent->op != OP_NUMBER || array->none < 0 ||
        array->none >= extent->u.integer)
        return true;
    COMPLAIN(c, env, NONE_IS_INDEX, word->span, text_of_number(c, array->none), symbol->axis->name,
             text_of_number(c, extent->u.integer));
    return false;
}

/* --- arrays --- */

static ArrayKind array_kind(const Decl *decl) {
    switch (decl->kind) {
    case DECL_WEIGHT: return ARRAY_WEIGHT;
    case DECL_MASK: return ARRAY_MASK;
    case DECL_PARAM: return ARRAY_PARAM;
    case DECL_CONST: return ARRAY_CONST;
    default: return ARRAY_INPUT;
    }
}

static Array *array_make(Checker *c, const Symbol *symbol, ArrayKind kind, Scalar type) {
    Array *array = ARENA_NEW(c->arena, Array);
    array->kind = kind;
    array->name = symbol->name;
    array->type = type;
    array->rank = symbol->axes.count;
    array->axes = symbol->axes.items;
    array->doc = symbol->decl->doc;
    array->span = symbol->span;
    return array;
}

static bool array_type(Checker *c, const Env *env, const Symbol *symbol, Array *array) {
    const Decl *decl = symbol->decl;
    Diagnostics *diagnostics = c->compiler->diagnostics;
    if (decl->kind == DECL_MASK) array->type = SCALAR_BOOL;
    if (is_index_type(&decl->type)) {
        if (decl->kind == DECL_INPUT) return index_type(c, env, &decl->type, array);
        if (decl->kind == DECL_WEIGHT)
            report(diagnostics, WEIGHT_TYPE, decl->type.span, symbol->name, "an index");
        if (decl->kind == DECL_PARAM)
            report(diagnostics, NOT_TRAINABLE, decl->type.span, symbol->name, "an index");
        return decl->kind == DECL_CONST && index_type(c, env, &decl->type, array);
    }
    if (!type_of_word(c, env, &decl->type, &array->type)) return false;
    MessageId id = decl->kind == DECL_WEIGHT && array->type == SCALAR_BOOL     ? WEIGHT_TYPE
                   : decl->kind == DECL_PARAM && !scalar_is_float(array->type) ? NOT_TRAINABLE
                                                                               : MESSAGE_COUNT;
    if (id == MESSAGE_COUNT) return true;
    report(diagnostics, id, decl->type.span, symbol->name, scalar_text(array->type));
    return false;
}

static void declare_array(Checker *c, Symbol *symbol) {
    Env env = top_env(c);
    symbol->progress = PROGRESS_DONE;
    symbol->has_stated = true;
    symbol->is_broken = !stated_axes(c, &env, &symbol->decl->target, &symbol->axes);
    if (symbol->is_broken) return;
    Array *array = array_make(c, symbol, array_kind(symbol->decl), c->model->real);
    symbol->array = array;
    if (!array_type(c, &env, symbol, array)) {
        symbol->is_broken = true;
        return;
    }
    if (array->kind == ARRAY_CONST) {
        declare_const(c, symbol);
    } else {
        vector_push(c->arena, &c->model->arrays, array);
        symbol->value = value_of(c, graph_array(c->graph, array));
    }
}

void declare_arrays(Checker *c) {
    for (int i = 0; i < c->top->symbols.count; i++)
        if (c->top->symbols.items[i]->kind == SYMBOL_ARRAY)
            declare_array(c, c->top->symbols.items[i]);
    for (int i = 0; i < c->top->symbols.count; i++) {
        Symbol *symbol = c->top->symbols.items[i];
        if (symbol->kind == SYMBOL_ARRAY && symbol->decl->kind == DECL_PARAM && symbol->array)
            declare_param(c, symbol);
    }
}

/* --- values --- */

bool declared_type(Checker *c, const Env *env, const Symbol *symbol, Array *array) {
    const Decl *decl = symbol->decl;
    if (decl->kind == DECL_MASK) array->type = SCALAR_BOOL;
    if (decl->kind == DECL_MASK || !decl->type.name.name) return decl->kind == DECL_MASK;
    if (is_index_type(&decl->type)) return index_type(c, env, &decl->type, array);
    if (!type_of_word(c, env, &decl->type, &array->type)) return false;
    if (array->type > SCALAR_F64) array->type = SCALAR_F32; /* its values are rounded already */
    return true;
}

Value stated_type(Checker *c, const Env *env, const Symbol *symbol, Value value) {
    const Decl *decl = symbol->decl;
    if (is_index_type(&decl->type)) {
        Array wanted = {0};
        bool has_none;
        int64_t none;
        if (!index_type(c, env, &decl->type, &wanted)) return NO_VALUE;
        Axis *axis = node_index_axis(value.node, &has_none, &none);
        if (axis && axis_same_extent(axis, wanted.index_axis) &&
            (!has_none || (wanted.has_none && none == wanted.none)))
            return value;
        COMPLAIN(c, env, INDEX_TYPE_OF_VALUE, decl->type.span, symbol->name,
                 wanted.index_axis->name);
        return NO_VALUE;
    }
    Scalar type = value.node->type;
    if (decl->kind == DECL_MASK) {
        if (type == SCALAR_BOOL) return value;
        COMPLAIN(c, env, MASK_NEEDED, decl->value->span, "a mask", text_of(c, decl->value));
        return NO_VALUE;
    }
    if (!decl->type.name.name) {
        /* a name for a literal is that literal: it still takes the type of what it meets */
        bool is_literal = decl->kind == DECL_LET && value.node->op == OP_NUMBER;
        return is_literal ? value : pin(c, env, value, decl->value->span);
    }
    if (!type_of_word(c, env, &decl->type, &type)) return NO_VALUE;
    Scalar from = value.node->type;
    bool narrows = scalar_is_float(from) && value.soft == SOFT_NO && scalar_is_integer(type);
    if (value.soft == SOFT_FLOAT && scalar_is_integer(type)) narrows = true;
    if ((from == SCALAR_BOOL) != (type == SCALAR_BOOL) || narrows) {
        const char *other = from == SCALAR_BOOL     ? "true or false"
                            : value.soft != SOFT_NO ? "a real"
                                                    : scalar_text(from);
        COMPLAIN(c, env, VALUE_TYPE, decl->value->span, symbol->name, scalar_text(type), other);
        return NO_VALUE;
    }
    return adapt(c, env, value, type, decl->value->span);
}

static void declare_output(Checker *c, Symbol *symbol) {
    const Decl *decl = symbol->decl;
    Scalar type = symbol->value.node->type;
    bool has_none;
    int64_t none;
    if (decl->type.name.name && !is_index_type(&decl->type))
        scalar_named(decl->type.name.name, &type);
    Array *array = array_make(c, symbol, ARRAY_OUTPUT, type);
    if (is_index_type(&decl->type))
        array->index_axis = node_index_axis(symbol->value.node, &has_none, &none);
    symbol->array = array;
}

static bool loss_fits(Checker *c, const Env *env, const Symbol *symbol, Value value) {
    if (symbol->axes.count || value.axes->count) {
        const AxisSet *axes = axis_set_union(
            c->graph, value.axes, axis_set(c->graph, symbol->axes.items, symbol->axes.count));
        COMPLAIN(c, env, LOSS_WITH_AXES, symbol->span, symbol->name, text_of_axes(c, axes));
        return false;
    }
    if (scalar_is_float(value.node->type)) return true;
    const char *type = value.node->type == SCALAR_BOOL ? "true or false" : "an integer";
    COMPLAIN(c, env, LOSS_TYPE, symbol->decl->value->span, symbol->name, type);
    return false;
}

/* A let, computed mask, output or loss: of the top level or of a block; of no circle. */
void declare_value(Checker *c, const Env *env, Symbol *symbol) {
    Decl *decl = symbol->decl;
    symbol->progress = PROGRESS_STARTED;
    bool good = stated_axes(c, env, &decl->target, &symbol->axes);
    bool stands_out = decl->kind == DECL_OUTPUT || decl->kind == DECL_LOSS;
    symbol->has_stated = decl->target.has_axes || stands_out || decl->kind == DECL_MASK;
    Value value = elaborate(c, env, decl->value);
    symbol->progress = PROGRESS_DONE;
    if (good && value.node && decl->kind != DECL_LOSS && symbol->has_stated)
        good = axes_within(c, env, symbol->span, symbol->name, value, &symbol->axes,
                           decl->target.has_axes);
    if (good && value.node) value = stated_type(c, env, symbol, value);
    if (good && value.node && decl->kind == DECL_LOSS) good = loss_fits(c, env, symbol, value);
    if (!good || !value.node) {
        symbol->is_broken = true;
        return;
    }
    const AxisSet *axes = symbol->has_stated
                              ? axis_set(c->graph, symbol->axes.items, symbol->axes.count)
                              : value.axes;
    symbol->value = (Value){value.node, axes, value.soft};
    if (stands_out)
        declare_output(c, symbol);
    else if (symbol->differentiated)
        symbol->value =
            value_with(marked(c, env, symbol->value, symbol->name, decl->value->span), axes);
    else if (!symbol->env && value.soft == SOFT_NO)
        symbol->value.node =
            graph_with_span(graph_let(c->graph, symbol->name, value.node), decl->value->span);
}

static void declare_let(Checker *c, const Env *env, Symbol *symbol) {
    const Circle *circle = table_get(&c->circles, symbol->decl);
    if (circle)
        declare_circle(c, env, circle);
    else
        declare_value(c, env, symbol);
}

Symbol *symbol_ready(Checker *c, Symbol *symbol) {
    if (!symbol->env || symbol->progress == PROGRESS_DONE) return symbol;
    if (symbol->progress == PROGRESS_STARTED) {
        COMPLAIN(c, symbol->env, CYCLE, symbol->span, symbol->name,
                 arena_format(c->arena, "%s -> %s", symbol->name, symbol->name));
        return NULL;
    }
    if (symbol->kind == SYMBOL_PARAMETER) {
        symbol->progress = PROGRESS_STARTED;
        symbol->value = elaborate(c, symbol->env, symbol->initial);
        if (symbol->differentiated)
            symbol->value =
                marked(c, symbol->env, symbol->value, symbol->name, symbol->initial->span);
        symbol->progress = PROGRESS_DONE;
    } else if (symbol->kind == SYMBOL_LET) {
        declare_let(c, symbol->env, symbol);
    } else {
        declare_block_axis(c, symbol);
    }
    return symbol;
}

static bool is_one_of(const char *name, const char *const *words) {
    for (; *words; words++)
        if (strcmp(name, *words) == 0) return true;
    return false;
}

/* What `minimize` gives a model beside its functions. */
static bool is_of_training(const Checker *c, const char *name) {
    static const char *const words[] = {"init",        "step",        "save",  "load",
                                        "free",        "memory",      "state", "place",
                                        "init_arrays", "step_arrays", NULL};
    for (int i = 0; i < c->program->decls.count; i++)
        if (c->program->decls.items[i]->kind == DECL_MINIMIZE) return is_one_of(name, words);
    return false;
}

/* What --multiversion gives it: NAME_level, and each function again for every level. */
static bool is_of_versions(const Checker *c, const char *name) {
    if (c->compiler->versions == 0) return false;
    const char *level = strstr(name, "x86_64");
    return strcmp(name, "level") == 0 || (level && (level == name || level[-1] == '_'));
}

/* Each function of C's interface comes with some of its name and a word; an entry is such a name
 * and its own. */
static void check_entry_name(Checker *c, const Symbol *entry) {
    static const char *const words[] = {"call", "workspace", "packed", "compute", NULL};
    const char *last = strrchr(entry->name, '_'), *owner = NULL;
    if (is_of_versions(c, entry->name)) {
        report(c->compiler->diagnostics, ENTRY_NAME, entry->span, entry->name, "--multiversion");
        return;
    }
    if (is_one_of(last ? last + 1 : entry->name, words)) {
        size_t length = last ? (size_t)(last - entry->name) : 0;
        owner = length ? name_word(c, arena_text(c->arena, entry->name, length)) : "";
        const Symbol *other = length ? scope_find(c->top, owner) : NULL;
        bool is_entry = other && other->kind == SYMBOL_ENTRY;
        if (length && !is_entry && !is_of_training(c, owner)) return;
        if (!is_entry) owner = NULL;
    } else if (!is_of_training(c, entry->name)) {
        return;
    }
    report(c->compiler->diagnostics, ENTRY_NAME, entry->span, entry->name,
           owner ? arena_format(c->arena, "entry %s", owner)
                 : arena_format(c->arena, "model %s", c->model->name));
}

static void declare_entry(Checker *c, const Symbol *symbol) {
    const Decl *decl = symbol->decl;
    Diagnostics *diagnostics = c->compiler->diagnostics;
    check_entry_name(c, symbol);
    Entry entry = {.name = symbol->name, .doc = decl->doc, .span = symbol->span};
    entry.outputs = ARENA_ARRAY(c->arena, int, decl->names.count + 1);
    for (int i = 0; i < decl->names.count; i++) {
        Word word = decl->names.items[i];
        Symbol *named = scope_find(c->top, word.name);
        if (!named || !named->array || named->array->kind != ARRAY_OUTPUT) {
            bool broken = named && named->decl &&
                          (named->decl->kind == DECL_OUTPUT || named->decl->kind == DECL_LOSS);
            if (!broken)
                report(diagnostics, ENTRY_OF, word.span, symbol->name, word.name,
                       named ? symbol_what(named) : "not declared");
            continue;
        }
        int at = 0;
        while (at < c->model->outputs.count && c->model->outputs.items[at].array != named->array)
            at++;
        for (int j = 0; j < entry.count; j++)
            if (entry.outputs[j] == at)
                report(diagnostics, ENTRY_TWICE, word.span, symbol->name, word.name);
        entry.outputs[entry.count++] = at;
    }
    vector_push(c->arena, &c->model->entries, entry);
}

void declare_values(Checker *c) {
    Env env = top_env(c);
    for (int i = 0; i < c->lets.count; i++) {
        Symbol *symbol = c->lets.items[i];
        if (!symbol->is_broken && symbol->progress != PROGRESS_DONE) declare_let(c, &env, symbol);
    }
    for (int i = 0; i < c->top->symbols.count; i++) {
        Symbol *symbol = c->top->symbols.items[i];
        if (symbol->kind != SYMBOL_LET || symbol->is_broken) continue;
        Node *node = symbol->value.node;
        if (symbol->array) {
            bool is_loss = symbol->decl->kind == DECL_LOSS;
            vector_push(c->arena, &c->model->outputs, (Output){symbol->array, node, is_loss});
        } else if (node->op == OP_LET) {
            Binding binding = {symbol->name, node->arguments[0], symbol->span, symbol->decl->doc};
            vector_push(c->arena, &c->model->lets, binding);
        }
    }
    for (int i = 0; i < c->top->symbols.count; i++)
        if (c->top->symbols.items[i]->kind == SYMBOL_ENTRY)
            declare_entry(c, c->top->symbols.items[i]);
}
