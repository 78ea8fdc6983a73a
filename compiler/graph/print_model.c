/* From a model to a program of the language that means the same: declarations in the order of the
 * source, and a let for each value that is used more than once.
 *
 * Names: lets keep theirs, other shared values are called after what they are (sum_n, exp_1),
 * renamed copies of an axis are declared `dim n_2 like n`. A value that may fail outside of the
 * condition around it gets no let (the condition would no longer be seen around its index), unless
 * writing it out again and again would be absurd: then its reads are given a value outside, and so
 * are those that it guards, as a condition read by that name says nothing about them. */
#include "graph/internal.h"
#include "graph/print.h"
#include <inttypes.h>
#include <string.h>

enum {
    MANY_NODES = 400
}; /* a value of more nodes than this, written out, is absurd */

typedef struct Use { /* of a node, by all of the outputs */
    int count;
    int size; /* nodes when written out, at most MANY_NODES + 1 */
} Use;

typedef struct ModelPrinter {
    const Model *model;
    Arena *arena;
    Names *names;
    Text *out;
    Table uses;          /* Node * -> Use * */
    Table taken;         /* Name -> anything */
    Table axis_names;    /* Axis * -> name */
    Table node_names;    /* Node * -> name */
    Table let_values;    /* Node * -> anything: named by the let above it */
    Table output_values; /* Node * -> anything: declared as an output of its name */
    Table unguarded;     /* Node *: its let stands outside of what guards its reads */
    Table docs;          /* Node * -> documentation of a let */
    Table seen;          /* by graph_order */
    Table met;           /* by graph_recurrences */
    Table reading;       /* Node * -> itself: a recurrence is read somewhere inside */
    RecurrenceList recurrences;
    NodeList order;            /* each reachable node once, arguments first */
    Vector(Axis *) extra_axes; /* used, but not declared in the model */
    Printer printer;
    int first; /* of the outputs that are printed */
} ModelPrinter;

/* --- names --- */

static const char *const reserved[] = {
    "let",  "fn",    "if",    "then",      "else",    "and",         "or",        "not",
    "true", "false", "inf",   "nan",       "has",     "extent",      "mean",      "var",
    "std",  "norm",  "count", "logsumexp", "softmax", "log_softmax", "normalize", "clamp",
    "relu", "gelu",  "grad",  "vjp",       "jvp",     "f16",         "bf16",      "f32",
    "f64",  "i32",   "i64",   "bool",      "index"};

static bool is_taken(ModelPrinter *p, const char *name) {
    return table_has(&p->taken, name_of(p->names, name));
}

static void take(ModelPrinter *p, const char *name) {
    table_set(&p->taken, name_of(p->names, name), p);
}

/* name, or name_2, name_3 ... */
static const char *unused_name(ModelPrinter *p, const char *name) {
    const char *candidate = name;
    for (int number = 2; is_taken(p, candidate); number++) {
        candidate = arena_format(p->arena, "%s_%d", name, number);
    }
    take(p, candidate);
    return candidate;
}

static void take_declared_names(ModelPrinter *p) {
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        take(p, reserved[i]);
    }
    for (int op = 0; op < OP_COUNT; op++) {
        take(p, op_info[op].text);
    }
    for (int i = 0; i < p->model->axes.count; i++) {
        take(p, p->model->axes.items[i]->name);
    }
    for (int i = 0; i < p->model->arrays.count; i++) {
        take(p, p->model->arrays.items[i]->name);
    }
    for (int i = 0; i < p->model->outputs.count; i++) {
        take(p, p->model->outputs.items[i].array->name);
    }
}

static bool is_declared(const ModelPrinter *p, const Axis *axis) {
    for (int i = 0; i < p->model->axes.count; i++) {
        if (p->model->axes.items[i] == axis) return true;
    }
    return false;
}

static void meet_axis(ModelPrinter *p, Axis *axis) {
    if (table_has(&p->axis_names, axis)) return;
    if (is_declared(p, axis)) {
        table_set(&p->axis_names, axis, (void *)axis->name);
        return;
    }
    table_set(&p->axis_names, axis, (void *)unused_name(p, axis->name));
    vector_push(p->arena, &p->extra_axes, axis);
}

/* --- uses --- */

static void meet_axes_of(ModelPrinter *p, const Node *node) {
    if (node->op == OP_AXIS) meet_axis(p, node->u.axis);
    if (node->op == OP_ARRAY)
        for (int i = 0; i < node->u.array->rank; i++)
            meet_axis(p, node->u.array->axes[i]);
    if (node_is_reduction(node)) {
        for (int i = 0; i < node->u.bound->count; i++) {
            meet_axis(p, node->u.bound->items[i]);
        }
    }
    for (int i = 0; node->op == OP_AT && i < node->argument_count - 1; i++) {
        meet_axis(p, node->u.positions[i]);
    }
    bool random = node->op == OP_UNIFORM || node->op == OP_NORMAL;
    for (int i = 1; random && i < node->argument_count && printer_draws_as_written(node); i++) {
        meet_axis(p, node->u.positions[i - 1]);
    }
}

static Use *use_of(ModelPrinter *p, const Node *node) {
    Use *use = table_get(&p->uses, node);
    if (!use) {
        use = ARENA_NEW(p->arena, Use);
        use->size = 1;
        table_set(&p->uses, node, use);
    }
    return use;
}

/* The value of an output, and what it is made of. */
static void meet(ModelPrinter *p, Node *root) {
    int met = p->order.count;
    graph_order(p->model->graph, root, &p->seen, &p->order);
    for (; met < p->order.count; met++) {
        const Node *node = p->order.items[met];
        Use *use = use_of(p, node);
        meet_axes_of(p, node);
        if (node_recurrence(node)) table_set(&p->reading, node, p);
        for (int i = 0; i < node->argument_count; i++) {
            if (table_has(&p->reading, node->arguments[i])) table_set(&p->reading, node, p);
            Use *argument = use_of(p, node->arguments[i]);
            argument->count++;
            use->size += argument->size;
            if (use->size > MANY_NODES) use->size = MANY_NODES + 1;
        }
    }
    use_of(p, root)->count++;
}

static bool is_plain_read(const Node *node) {
    if (op_info[node->op].class_ == OP_LEAF) return true;
    if (node->op != OP_AT) return false;
    for (int i = 0; i < node->argument_count; i++) {
        if (op_info[node->arguments[i]->op].class_ != OP_LEAF) return false;
    }
    return true;
}

/* Cheaper to read in place than behind a name. */
static bool is_small(const Node *node) {
    if (node->op == OP_UNIFORM || node->op == OP_NORMAL) return printer_draws_as_written(node);
    if (is_plain_read(node)) return true;
    if (node_is_reduction(node) || op_info[node->op].class_ == OP_SPECIAL)
        return node->op == OP_CONVERT;
    bool is_index = !scalar_is_float(node->type);
    for (int i = 0; i < node->argument_count; i++) {
        if (!is_plain_read(node->arguments[i]) && !(is_index && is_small(node->arguments[i])))
            return false;
    }
    return is_index || op_info[node->op].class_ == OP_INFIX;
}

static bool wants_let(const Use *use, const Node *node) {
    if (node->op == OP_CONVERT && node->type == SCALAR_F32 &&
        node->arguments[0]->type > SCALAR_F64) {
        return false;
    }
    if (node->type > SCALAR_F64 || use->count < 2) return false;
    if (use->size > MANY_NODES) return true;
    return !node->can_fail && !is_small(node);
}

static const char *value_name(ModelPrinter *p, const Node *node) {
    Text name = text_new(p->arena);
    OpClass class_ = op_info[node->op].class_;
    bool named = node_is_reduction(node) || class_ == OP_CALL || class_ == OP_TEST;
    text_add(&name, named ? op_info[node->op].text : "value");
    if (node_is_reduction(node)) {
        for (int i = 0; i < node->u.bound->count; i++) {
            text_format(&name, "_%s", printer_axis(&p->printer, node->u.bound->items[i]));
        }
        return unused_name(p, name.chars);
    }
    for (int number = 1;; number++) {
        const char *candidate = arena_format(p->arena, "%s_%d", name.chars, number);
        if (is_taken(p, candidate)) continue;
        take(p, candidate);
        return candidate;
    }
}

/* An output that other expressions read: they read it by its name. */
static void name_outputs(ModelPrinter *p) {
    Graph *graph = p->model->graph;
    for (int i = p->first; i < p->model->outputs.count; i++) {
        const Output *output = &p->model->outputs.items[i];
        const Array *array = output->array;
        const Node *value = output->value;
        const Use *use = use_of(p, value);
        bool own_let = value->op == OP_LET && value->u.name == array->name;
        bool shared = value->op != OP_LET && use->count > 1 && !is_small(value);
        bool alike =
            array->type == value->type && value->axes == axis_set(graph, array->axes, array->rank);
        if ((own_let || shared) && alike && !table_has(&p->node_names, value)) {
            table_set(&p->node_names, value, (void *)array->name);
            table_set(&p->output_values, value, p);
        }
    }
}

/* --- declarations --- */

static void print_doc(ModelPrinter *p, const char *doc) {
    while (doc && *doc) {
        size_t length = strcspn(doc, "\n");
        text_add(p->out, length ? "## " : "##");
        text_add_bytes(p->out, doc, length);
        text_add(p->out, "\n");
        doc += length + (doc[length] == '\n');
    }
}

static void print_value(ModelPrinter *p, const Node *node, bool open_let) {
    p->printer.open_let = open_let;
    printer_expression(&p->printer, node);
    p->printer.open_let = false;
}

static void print_axes(ModelPrinter *p, Axis *const *axes, int count) {
    for (int i = 0; i < count; i++) {
        text_format(p->out, "%s%s", i ? ", " : "[", printer_axis(&p->printer, axes[i]));
    }
    if (count) text_add(p->out, "]");
}

static void print_axis(ModelPrinter *p, const Axis *axis) {
    print_doc(p, axis->doc);
    text_format(p->out, "dim %s", printer_axis(&p->printer, axis));
    if (axis->like != axis) {
        text_format(p->out, " like %s", printer_axis(&p->printer, axis->like));
    } else if (axis->extent->op == OP_NUMBER) {
        text_format(p->out, " = %" PRId64, axis->extent->u.integer);
    } else if (axis->extent->op != OP_EXTENT || axis->extent->u.axis != axis) {
        text_add(p->out, " = ");
        p->printer.extents_bare = true;
        print_value(p, axis->extent, false);
        p->printer.extents_bare = false;
    }
    text_add(p->out, "\n");
}

static void print_type(ModelPrinter *p, const Array *array) {
    if (array->index_axis) {
        text_format(p->out, ": index(%s", printer_axis(&p->printer, array->index_axis));
        if (array->has_none) text_format(p->out, ", none = %" PRId64, array->none);
        text_add(p->out, ")");
    } else if (array->kind != ARRAY_MASK && array->type != p->model->real) {
        text_format(p->out, ": %s", scalar_text(array->type));
    }
}

/* Row-major numbers from *next on, as nested lists. */
static void print_list(ModelPrinter *p, const Array *array, int depth, const double **next) {
    if (depth == array->rank) {
        printer_number(p->out, array->type, *(*next)++);
        return;
    }
    text_add(p->out, "[");
    for (int64_t i = 0; i < array->axes[depth]->extent->u.integer; i++) {
        if (i) text_add(p->out, ", ");
        print_list(p, array, depth + 1, next);
    }
    text_add(p->out, "]");
}

static void print_array(ModelPrinter *p, const Array *array) {
    static const char *const words[] = {
        [ARRAY_INPUT] = "input", [ARRAY_WEIGHT] = "weight", [ARRAY_MASK] = "mask",
        [ARRAY_PARAM] = "param", [ARRAY_CONST] = "const",   [ARRAY_OUTPUT] = "output"};
    print_doc(p, array->doc);
    text_format(p->out, "%s %s", words[array->kind], array->name);
    print_axes(p, array->axes, array->rank);
    print_type(p, array);
    if (array->kind == ARRAY_PARAM && array->initial) {
        text_add(p->out, " = ");
        Printer plain = {.out = p->out, .axis_names = &p->axis_names};
        printer_expression(&plain, array->initial);
    }
    if (array->kind == ARRAY_CONST) {
        const double *next = array->numbers;
        text_add(p->out, " = ");
        print_list(p, array, 0, &next);
    }
    text_add(p->out, "\n");
}

/* By the node that is bound, be that the LET or its value. */
static void find_let_docs(ModelPrinter *p) {
    for (int i = 0; i < p->model->lets.count; i++) {
        const Binding *let = &p->model->lets.items[i];
        if (let->doc) table_set(&p->docs, let->value, (void *)let->doc);
    }
}

static const char *let_doc(const ModelPrinter *p, const Node *node) {
    const char *doc = table_get(&p->docs, node);
    return doc || node->op != OP_LET ? doc : table_get(&p->docs, node->arguments[0]);
}

static void print_lets(ModelPrinter *p) {
    for (int i = 0; i < p->order.count; i++) {
        const Node *node = p->order.items[i];
        const char *name = table_get(&p->node_names, node);
        if (!name || table_has(&p->output_values, node) || table_has(&p->let_values, node))
            continue;
        print_doc(p, let_doc(p, node));
        text_format(p->out, "let %s", name);
        if (!table_has(&p->reading, node)) /* else it would be a part of that recurrence */
            print_axes(p, node->axes->items, node->axes->count);
        text_add(p->out, " = ");
        bool shares_name = node->op == OP_LET && table_has(&p->let_values, node->arguments[0]);
        p->printer.guards_lost = table_has(&p->unguarded, node);
        print_value(p, shares_name ? node->arguments[0] : node, true);
        p->printer.guards_lost = false;
        text_add(p->out, "\n");
    }
}

/* What is stored as f16 is rounded by being declared so: the conversions are not written out. */
static const Node *before_rounding(const Output *output) {
    const Node *value = output->value;
    bool rounds = output->array->type > SCALAR_F64 && value->op == OP_CONVERT &&
                  value->arguments[0]->op == OP_CONVERT &&
                  value->arguments[0]->type == output->array->type;
    return rounds ? value->arguments[0]->arguments[0] : value;
}

static void print_output(ModelPrinter *p, const Output *output) {
    const Array *array = output->array;
    print_doc(p, array->doc);
    text_format(p->out, "%s %s", output->is_loss ? "loss" : "output", array->name);
    print_axes(p, array->axes, array->rank);
    if (!output->is_loss) print_type(p, array);
    text_add(p->out, " = ");
    bool itself = table_get(&p->node_names, output->value) == array->name;
    print_value(p, itself ? output->value : before_rounding(output), itself);
    text_add(p->out, "\n");
}

static void print_entry(ModelPrinter *p, const Entry *entry) {
    print_doc(p, entry->doc);
    text_format(p->out, "entry %s:", entry->name);
    for (int i = 0; i < entry->count; i++) {
        const Output *output = &p->model->outputs.items[entry->outputs[i]];
        text_format(p->out, "%s %s", i ? "," : "", output->array->name);
    }
    text_add(p->out, "\n");
}

/* Recurrences are lets with their axes stated; they are arrays, and read as such. */
static void name_recurrences(ModelPrinter *p) {
    for (int i = 0; i < p->recurrences.count; i++) {
        const Array *array = p->recurrences.items[i]->array;
        Node *read = graph_array(p->model->graph, p->recurrences.items[i]->array);
        table_set(&p->node_names, read, (void *)unused_name(p, array->name));
        table_set(&p->output_values, read, p); /* declared below, not as a value */
    }
}

static void print_recurrences(ModelPrinter *p) {
    for (int i = 0; i < p->recurrences.count; i++) {
        const Recurrence *recurrence = p->recurrences.items[i];
        const Array *array = recurrence->array;
        Node *read = graph_array(p->model->graph, recurrence->array);
        print_doc(p, array->doc);
        text_format(p->out, "let %s", (const char *)table_get(&p->node_names, read));
        print_axes(p, array->axes, array->rank);
        print_type(p, array);
        text_add(p->out, " = ");
        print_value(p, recurrence->value, false);
        text_add(p->out, "\n");
    }
}

/* A let, and its value where it is used under no name too: both are called by the let's name. */
static void name_lets(ModelPrinter *p) {
    for (int i = 0; i < p->order.count; i++) {
        const Node *node = p->order.items[i];
        if (node->op != OP_LET || table_has(&p->node_names, node)) continue;
        const char *name = unused_name(p, node->u.name);
        const Node *value = node->arguments[0];
        const Use *use = table_get(&p->uses, value);
        table_set(&p->node_names, node, (void *)name);
        if (use->count < 2 || is_small(value) || table_has(&p->node_names, value)) continue;
        table_set(&p->node_names, value, (void *)name);
        table_set(&p->let_values, value, p);
    }
}

/* Finds what is used, how often, and gives each shared value and each undeclared axis its name. */
static void choose_names(ModelPrinter *p) {
    take_declared_names(p);
    for (int i = 0; i < p->model->axes.count; i++) {
        meet_axis(p, p->model->axes.items[i]);
    }
    for (int i = p->first; i < p->model->outputs.count; i++) {
        meet(p, p->model->outputs.items[i].value);
        graph_recurrences(p->model->graph, p->model->outputs.items[i].value, &p->met,
                          &p->recurrences);
    }
    for (int i = 0; i < p->recurrences.count; i++)
        meet(p, p->recurrences.items[i]->value);
    name_recurrences(p);
    name_outputs(p);
    name_lets(p);
    for (int i = 0; i < p->order.count; i++) {
        const Node *node = p->order.items[i];
        if (table_has(&p->node_names, node) || !wants_let(table_get(&p->uses, node), node))
            continue;
        table_set(&p->node_names, node, (void *)value_name(p, node));
        if (node->can_fail) table_set(&p->unguarded, node, (void *)node);
    }
}

static ModelPrinter printer_new(Text *out, const Model *model) {
    Compiler *compiler = graph_compiler(model->graph);
    Arena *arena = compiler->arena;
    ModelPrinter p = {.model = model, .arena = arena, .names = compiler->names, .out = out};
    p.uses = table_new(arena);
    p.seen = table_new(arena);
    p.met = table_new(arena);
    p.reading = table_new(arena);
    p.taken = table_new(arena);
    p.axis_names = table_new(arena);
    p.node_names = table_new(arena);
    p.let_values = table_new(arena);
    p.output_values = table_new(arena);
    p.unguarded = table_new(arena);
    p.docs = table_new(arena);
    return p;
}

/* From here on the printer stays where it is. */
static void printer_start(ModelPrinter *p) {
    p->printer = (Printer){.out = p->out,
                           .axis_names = &p->axis_names,
                           .node_names = &p->node_names,
                           .unguarded = &p->unguarded};
    choose_names(p);
    find_let_docs(p);
}

static void print_extra_axes(ModelPrinter *p) {
    for (int i = 0; i < p->extra_axes.count; i++) {
        print_axis(p, p->extra_axes.items[i]);
    }
}

static void print_outputs(ModelPrinter *p) {
    print_lets(p);
    print_recurrences(p);
    for (int i = p->first; i < p->model->outputs.count; i++) {
        print_output(p, &p->model->outputs.items[i]);
    }
}

void model_print(Text *out, const Model *model) {
    ModelPrinter p = printer_new(out, model);
    printer_start(&p);
    if (model->name) {
        print_doc(&p, model->doc);
        text_format(out, "model %s\n", model->name);
    }
    if (model->real != SCALAR_F32) text_format(out, "real %s\n", scalar_text(model->real));
    for (int i = 0; i < model->axes.count; i++) {
        print_axis(&p, model->axes.items[i]);
    }
    print_extra_axes(&p);
    for (int i = 0; i < model->arrays.count; i++) {
        print_array(&p, model->arrays.items[i]);
    }
    print_outputs(&p);
    for (int i = 0; i < model->entries.count; i++) {
        print_entry(&p, &model->entries.items[i]);
    }
    if (model->training) text_add(out, model->training->text);
}

void model_print_added(Text *out, const Model *model, int first, const Table *declared,
                       const Table *taken) {
    ModelPrinter p = printer_new(out, model);
    p.first = first;
    p.taken = *taken;
    for (int i = 0; i < declared->capacity; i++) {
        const Node *node = declared->slots[i].key;
        if (!node) continue;
        table_set(&p.node_names, node, declared->slots[i].value);
        table_set(&p.output_values, node, &p); /* nothing to be declared here */
        table_set(&p.seen, node, &p);          /* what it is made of is not looked at */
        const Recurrence *recurrence = node_recurrence(node);
        if (recurrence) table_set(&p.met, recurrence->group, &p);
    }
    printer_start(&p);
    print_extra_axes(&p);
    print_outputs(&p);
}
