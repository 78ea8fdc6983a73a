/* Streaming: NAME_begin, NAME_accumulate, NAME_merge, NAME_finish and NAME_each for a program
 * whose outputs are made of reductions along one axis. In: the model and that axis; out: their
 * entries, or an error that names what needs all elements at once. Here the pieces of the state are
 * found and put in phases; combine.c says what the functions compute. */
#include "plan/streaming.h"
#include <string.h>

/* --- the axis --- */

static bool is_streamed(const Streaming *s, const Axis *axis) {
    return axis->origin == s->axis;
}

static bool set_is_streamed(const Streaming *s, const AxisSet *set) {
    for (int i = 0; i < set->count; i++)
        if (is_streamed(s, set->items[i])) return true;
    return false;
}

bool streaming_binds(const Streaming *s, const Node *node) {
    return node_is_reduction(node) && set_is_streamed(s, node->u.bound);
}

bool streaming_depends(Streaming *s, const Node *node) {
    const char *known = table_get(&s->dependent, node);
    if (known) return *known == 'y';
    bool depends = streaming_binds(s, node) || node == s->axis->extent;
    for (int i = 0; i < node->argument_count && !depends; i++)
        depends = streaming_depends(s, node->arguments[i]);
    table_set(&s->dependent, node, depends ? "y" : "n");
    return depends;
}

bool streaming_keeps(const Streaming *s, const Array *array) {
    for (int i = 0; i < array->rank; i++)
        if (is_streamed(s, array->axes[i])) return true;
    return false;
}

static Axis *axis_asked(Compiler *compiler, Model *model) {
    Text list = text_new(compiler->arena);
    Axis *found = NULL;
    for (int i = 0; i < model->axes.count; i++) {
        Axis *axis = model->axes.items[i];
        if (!axis->is_argument) continue;
        text_format(&list, "%s%s", list.length ? ", " : "", axis->name);
        if (strcmp(axis->name, compiler->stream) == 0) found = axis;
    }
    if (!found)
        report(compiler->diagnostics, STREAM_AXIS, (Span){0, 0}, compiler->stream, model->name,
               list.length ? list.chars : "none: `dim n` declares one");
    return found;
}

/* --- what cannot be streamed --- */

static bool extent_reads(const Streaming *s, const Node *extent) {
    if (extent == s->axis->extent) return true;
    for (int i = 0; i < extent->argument_count; i++)
        if (extent_reads(s, extent->arguments[i])) return true;
    return false;
}

/* An axis as long as the streamed one, or made of it. */
static bool is_tied(const Streaming *s, const Axis *axis) {
    return axis && axis != s->axis && extent_reads(s, axis->extent);
}

static const Axis *tied_axis(const Streaming *s, const Node *node) {
    if (node->op == OP_AXIS && is_tied(s, node->u.axis)) return node->u.axis;
    if (node->op == OP_ARRAY) {
        const Array *array = node->u.array;
        for (int i = 0; i < array->rank; i++)
            if (is_tied(s, array->axes[i])) return array->axes[i];
        bool is_index = array->index_axis && extent_reads(s, array->index_axis->extent);
        if (is_index) return array->index_axis;
    }
    for (int i = 0; node_is_reduction(node) && i < node->u.bound->count; i++)
        if (is_tied(s, node->u.bound->items[i])) return node->u.bound->items[i];
    return NULL;
}

static bool moves_along(const Streaming *s, const Node *node) {
    for (int i = 0; node->op == OP_AT && i < node->argument_count - 1; i++)
        if (is_streamed(s, node->u.positions[i])) return true;
    return false;
}

static const char *text_of(Streaming *s, const Node *node) {
    Text text = text_new(s->compiler->arena);
    graph_print_node(&text, node);
    if (text.length <= 60) return text.chars;
    return arena_format(s->compiler->arena, "%.57s...", text.chars);
}

static bool refuse(Streaming *s, const Node *node, const Output *output, const char *why) {
    Span span = node->span.end ? node->span : output->array->span;
    report(s->compiler->diagnostics, STREAM_READ, span, text_of(s, node), s->axis->name, why);
    return false;
}

static bool check_nodes(Streaming *s, const Output *output, Node *value) {
    Table seen = table_new(s->compiler->arena);
    NodeList nodes = {0};
    graph_order(s->graph, value, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        const Node *node = nodes.items[i];
        const Axis *tied = tied_axis(s, node);
        if (moves_along(s, node)) return refuse(s, node, output, "it reads another element");
        if (tied)
            return refuse(
                s, node, output,
                arena_format(s->compiler->arena, "axis %s takes its extent from it", tied->name));
    }
    return true;
}

static bool check_recurrences(Streaming *s, const Output *output) {
    Table met = table_new(s->compiler->arena);
    RecurrenceList list = {0};
    graph_recurrences(s->graph, output->value, &met, &list);
    for (int i = 0; i < list.count; i++) {
        const Recurrence *r = list.items[i];
        const AxisSet *axes = graph_axes(s->graph, r->value);
        const AxisSet *own = axis_set(s->graph, r->array->axes, r->array->rank);
        if (set_is_streamed(s, axes) || set_is_streamed(s, own) || streaming_depends(s, r->value))
            return refuse(s, graph_array(s->graph, r->array), output, "it is a recurrence");
    }
    return true;
}

static bool check_output(Streaming *s, const Output *output) {
    const AxisSet *kept = axis_set(s->graph, output->array->axes, output->array->rank);
    for (int i = 0; i < kept->count; i++) {
        if (!is_tied(s, kept->items[i])) continue;
        report(s->compiler->diagnostics, STREAM_KEPT, output->array->span, output->array->name,
               kept->items[i]->name, s->axis->name);
        return false;
    }
    return check_recurrences(s, output) && check_nodes(s, output, output->value);
}

/* Where an index is checked by its place along the streamed axis. */
static bool check_ranges(Streaming *s) {
    for (int i = 0; i < s->model->checks.count; i++) {
        const RangeCheck *range = &s->model->checks.items[i];
        for (int k = 0; k < 2; k++) {
            Table seen = table_new(s->compiler->arena);
            NodeList nodes = {0};
            if (k && !range->guard) continue;
            graph_order(s->graph, k ? range->guard : range->index, &seen, &nodes);
            for (int n = 0; n < nodes.count; n++) {
                const Node *node = nodes.items[n];
                bool place = node->op == OP_AXIS && is_streamed(s, node->u.axis);
                if (!place && node != s->axis->extent) continue;
                report(s->compiler->diagnostics, STREAM_READ, range->span, text_of(s, range->index),
                       s->axis->name, "it is an index made of the position");
                return false;
            }
        }
    }
    return true;
}

/* --- pieces --- */

static bool is_taken(const Streaming *s, Name name) {
    for (int i = 0; i < s->model->arrays.count; i++)
        if (s->model->arrays.items[i]->name == name) return true;
    for (int i = 0; i < s->model->outputs.count; i++)
        if (s->model->outputs.items[i].array->name == name) return true;
    for (int i = 0; i < s->model->axes.count; i++)
        if (s->model->axes.items[i]->name == name) return true;
    for (int i = 0; i < s->pieces.count; i++)
        if (s->pieces.items[i]->state && s->pieces.items[i]->state->name == name) return true;
    return false;
}

static Name free_name(const Streaming *s, const char *wanted) {
    Name name = name_of(s->compiler->names, wanted);
    for (int i = 2; is_taken(s, name); i++)
        name = name_of(s->compiler->names, arena_format(s->compiler->arena, "%s_%d", wanted, i));
    return name;
}

/* Sums of many batches are kept wide. */
static Scalar kept_type(const Piece *piece) {
    Op op = piece->key->op;
    bool grows = op == OP_SUM || op == OP_PROD;
    if (piece->kind != PIECE_REDUCTION || piece->best) return SCALAR_I64;
    if (!grows) return piece->key->type;
    return piece->key->type == SCALAR_F32 ? SCALAR_F64 : piece->key->type;
}

static Array *array_like(Streaming *s, const Piece *piece, ArrayKind kind, Name name) {
    Array *array = ARENA_NEW(s->compiler->arena, Array);
    const AxisSet *axes = piece->key->axes;
    array->kind = kind;
    array->name = name;
    array->type = kept_type(piece);
    if (piece->kind == PIECE_REDUCTION) {
        array->rank = axes->count;
        array->axes = ARENA_ARRAY(s->compiler->arena, Axis *, axes->count + 1);
        memcpy(array->axes, axes->items, (size_t)axes->count * sizeof(Axis *));
    }
    array->span = piece->key->span;
    return array;
}

static const char *role_of(const Streaming *s, const Piece *piece) {
    const char *known = table_get(&s->roles, piece->key);
    if (piece->kind == PIECE_COUNT) return "count";
    if (piece->kind == PIECE_POSITION) return "next";
    if (piece->key->op == OP_SUM && node_is_number(node_body(piece->key), 1)) return "count";
    if (piece->center) return "squares";
    return known ? known : op_info[piece->key->op].text;
}

static void make_arrays(Streaming *s, Piece *piece, const char *of) {
    Arena *arena = s->compiler->arena;
    if (piece->kind != PIECE_REDUCTION) of = s->axis->name;
    const char *wanted = arena_format(arena, "%s_%s", of, role_of(s, piece));
    Name name = free_name(s, wanted);
    Name other = name_of(s->compiler->names, arena_format(arena, "other_%s", name));
    Name next = name_of(s->compiler->names, arena_format(arena, "next_%s", name));
    piece->state = array_like(s, piece, ARRAY_STATE, name);
    piece->other = array_like(s, piece, ARRAY_STATE, other);
    piece->next = array_like(s, piece, ARRAY_OUTPUT, next);
    piece->state->doc = piece->kind == PIECE_POSITION ? "where the next batch begins"
                        : piece->kind == PIECE_COUNT  ? "elements seen"
                                                      : text_of(s, piece->key);
}

static void note_roles(Streaming *s, const NodeList *nodes) {
    for (int i = 0; i < nodes->count; i++) {
        const Node *node = nodes->items[i];
        const Node *by = node->op == OP_DIV ? node->arguments[1] : NULL;
        while (by && (by->op == OP_LET || by->op == OP_CONVERT))
            by = by->arguments[0];
        if (by && by->op == OP_SUM) table_set(&s->roles, by, "weight");
    }
}

/* The highest phase of the pieces that a node reads. */
static int phase_of_reads(Streaming *s, const Node *node) {
    const Piece *piece = table_get(&s->by_key, node);
    int phase = piece ? piece->phase : 0;
    for (int i = 0; !piece && i < node->argument_count; i++) {
        if (!streaming_depends(s, node->arguments[i])) continue;
        int inner = phase_of_reads(s, node->arguments[i]);
        if (inner > phase) phase = inner;
    }
    return phase;
}

static Piece *add_piece(Streaming *s, PieceKind kind, Node *key, int phase, const char *of);

/* Whether the elements' positions matter to it: then the phase keeps where its batches begin. */
static bool reads_position(Streaming *s, const Node *node) {
    Table seen = table_new(s->compiler->arena);
    NodeList nodes = {0};
    for (int i = 0; i < node->argument_count; i++)
        graph_order(s->graph, node->arguments[i], &seen, &nodes);
    for (int i = 0; i < nodes.count; i++)
        if (nodes.items[i]->op == OP_AXIS && is_streamed(s, nodes.items[i]->u.axis)) return true;
    return node_is_arg(node);
}

static void need_position(Streaming *s, int phase) {
    for (int i = 0; i < s->pieces.count; i++)
        if (s->pieces.items[i]->kind == PIECE_POSITION && s->pieces.items[i]->phase == phase)
            return;
    add_piece(s, PIECE_POSITION, graph_axis(s->graph, s->axis), phase, s->axis->name);
}

static void make_start(Streaming *s) {
    s->start = ARENA_NEW(s->compiler->arena, Array);
    s->start->kind = ARRAY_INPUT;
    s->start->name = free_name(s, arena_format(s->compiler->arena, "%s_start", s->axis->name));
    s->start->type = SCALAR_I64;
    s->start->doc = "the position of the first element: 0, or how many elements come before";
}

static Piece *add_piece(Streaming *s, PieceKind kind, Node *key, int phase, const char *of) {
    Piece *piece = ARENA_NEW(s->compiler->arena, Piece);
    piece->kind = kind;
    piece->key = key;
    piece->phase = phase;
    if (kind != PIECE_POSITION) table_set(&s->by_key, key, piece);
    if (phase > s->phases) s->phases = phase;
    streaming_recognise(s, piece);
    if (kind == PIECE_REDUCTION && node_is_arg(key)) {
        Op op = key->op == OP_ARGMAX ? OP_REDUCE_MAX : OP_REDUCE_MIN;
        Node *best = graph_reduce(s->graph, op, key->u.bound, node_body(key), node_where(key));
        if (!table_has(&s->by_key, best)) add_piece(s, kind, best, phase, of);
        piece->best = best;
    }
    if (kind == PIECE_REDUCTION && reads_position(s, key)) need_position(s, phase);
    if (piece->shift && !node_where(key) && !table_has(&s->by_key, s->axis->extent))
        add_piece(s, PIECE_COUNT, s->axis->extent, 1, of);
    make_arrays(s, piece, of);
    vector_push(s->compiler->arena, &s->pieces, piece);
    return piece;
}

static void find_piece(Streaming *s, Node *node, const char *of) {
    if (table_has(&s->by_key, node)) return;
    if (node == s->axis->extent) {
        add_piece(s, PIECE_COUNT, node, 1, of);
        return;
    }
    if (!streaming_binds(s, node)) return;
    int reads = 0;
    for (int i = 0; i < node->argument_count; i++)
        if (streaming_depends(s, node->arguments[i])) {
            int phase = phase_of_reads(s, node->arguments[i]);
            if (phase > reads) reads = phase;
        }
    Piece tried = {.kind = PIECE_REDUCTION, .key = node};
    streaming_recognise(s, &tried);
    bool waits = reads > 0 && !tried.shift && !tried.center;
    add_piece(s, PIECE_REDUCTION, node, reads == 0 ? 1 : waits ? reads + 1 : reads, of);
}

static bool find_pieces(Streaming *s) {
    Table seen = table_new(s->compiler->arena);
    for (int i = 0; i < s->output_count; i++) {
        const Output *output = &s->outputs[i];
        NodeList nodes = {0};
        graph_order(s->graph, output->value, &seen, &nodes);
        note_roles(s, &nodes);
        const char *of = output->array->name;
        for (int k = 0; k < nodes.count; k++) {
            Node *node = nodes.items[k];
            bool twice = streaming_binds(s, node) && set_is_streamed(s, node->axes);
            if (twice) return refuse(s, node, output, "it compares elements with each other");
            find_piece(s, node, node->op == OP_LET ? node->u.name : of);
        }
    }
    return true;
}

/* --- the pass --- */

static Plan *guards_new(Streaming *s) {
    Plan *plan = ARENA_NEW(s->compiler->arena, Plan);
    plan->compiler = s->compiler;
    plan->graph = s->graph;
    plan->model = s->model;
    plan->fails = table_new(s->compiler->arena);
    plan->careful = table_new(s->compiler->arena);
    return plan;
}

/* Reductions carry the conditions around them, for in the state they stand alone. */
static bool prepare(Streaming *s) {
    Model *model = s->model;
    s->output_count = model->outputs.count;
    s->outputs = ARENA_ARRAY(s->compiler->arena, Output, s->output_count + 1);
    bool good = check_ranges(s);
    for (int i = 0; i < s->output_count; i++) {
        Output *output = &s->outputs[i];
        *output = model->outputs.items[i];
        if (!check_output(s, output)) {
            good = false;
            continue;
        }
        output->value = streaming_factored(s, plan_guard(s->guards, output->value));
    }
    return good && find_pieces(s);
}

/* An `entry` of the program may be called so too. */
static bool names_are_free(const Streaming *s, const EntryPlans *entries) {
    bool good = true;
    for (int i = 0; i < s->model->entries.count; i++) {
        const Entry *own = &s->model->entries.items[i];
        const char *name = arena_format(s->compiler->arena, "%s_%s", s->model->name, own->name);
        for (int k = 0; k < entries->count; k++) {
            if (strcmp(entries->items[k].name, name) != 0) continue;
            report(s->compiler->diagnostics, ENTRY_NAME, own->span, own->name, "--stream");
            good = false;
        }
    }
    return good;
}

bool plan_streaming(Compiler *compiler, Model *model, EntryPlans *entries) {
    Arena *arena = compiler->arena;
    Streaming *s = ARENA_NEW(arena, Streaming);
    s->compiler = compiler;
    s->model = model;
    s->graph = model->graph;
    s->axis = axis_asked(compiler, model);
    s->by_key = table_new(arena);
    s->dependent = table_new(arena);
    s->roles = table_new(arena);
    s->phases = 1;
    s->guards = guards_new(s);
    if (!s->axis) return false;
    make_start(s);
    if (!prepare(s)) return false;
    if (s->pieces.count > 0) vector_push(arena, entries, streaming_begin(s));
    for (int phase = 1; phase <= s->phases && s->pieces.count > 0; phase++) {
        vector_push(arena, entries, streaming_accumulate(s, phase));
        vector_push(arena, entries, streaming_merge(s, phase));
    }
    EntryPlan finish = streaming_finish(s), each = streaming_each(s);
    if (finish.count > 0) vector_push(arena, entries, finish);
    if (each.count > 0) vector_push(arena, entries, each);
    return names_are_free(s, entries);
}
