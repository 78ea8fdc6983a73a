/* What the functions of a streamed program compute. In: its pieces; out: the plan of each function:
 *
 *     begin        state of nothing
 *     accumulate   state of what was seen and a batch behind it
 *     merge        state of what two have seen
 *     finish       outputs without the axis
 *     each         outputs that have it: of a batch, when all has been seen
 *
 * A batch is reduced with what its pieces read as it is after the batch; the state so far moves
 * there (see factor.c). A piece whose readers cannot move must be finished first: they are of a
 * later phase, with an accumulate and a merge of its own, for another pass over the data. */
#include "plan/streaming.h"
#include <math.h>

static Node *held(Streaming *s, const Piece *piece, Array *array) {
    return graph_convert(s->graph, piece->key->type, graph_array(s->graph, array));
}

/* node with every key of the table replaced. */
static Node *with(Streaming *s, const Node *node, const Table *known) {
    Arena *arena = s->compiler->arena;
    Table seen = table_new(arena), done = table_new(arena);
    NodeList nodes = {0};
    graph_order(s->graph, (Node *)node, &seen, &nodes);
    for (int i = 0; i < nodes.count; i++) {
        Node *each = nodes.items[i], *value = table_get(known, each);
        Node **arguments = ARENA_ARRAY(arena, Node *, each->argument_count + 1);
        for (int k = 0; k < each->argument_count; k++)
            arguments[k] = table_get(&done, each->arguments[k]);
        if (!value) value = each->argument_count ? graph_rebuild(s->graph, each, arguments) : each;
        table_set(&done, each, value);
    }
    return table_get(&done, node);
}

/* exp(z - z) of elements that are all -inf is NaN; in the state they are 0 (see of_batch). */
static Node *of_nothing(Streaming *s, const Piece *piece, Node *value, const Table *values) {
    Graph *graph = s->graph;
    Node *shift = with(s, piece->shift, values);
    Node *count = with(s, streaming_elements(s, piece->key), values);
    Node *some = graph_binary(graph, OP_NE, count, graph_integer(graph, SCALAR_I64, 0));
    Node *least = graph_binary(graph, OP_EQ, shift, graph_number(graph, shift->type, -INFINITY));
    return graph_select(graph, graph_binary(graph, OP_AND, least, some),
                        graph_number(graph, value->type, NAN), value);
}

typedef enum Which {
    AS_KEPT,
    AS_OTHERS,
    AS_NEXT
} Which;

/* What stands for the pieces while those of a phase are computed; earlier ones are finished. */
static Table values_of(Streaming *s, int phase, Which which) {
    Table values = table_new(s->compiler->arena);
    for (int i = 0; i < s->pieces.count; i++) {
        Piece *piece = s->pieces.items[i];
        if (piece->phase > phase) continue;
        if (piece->kind == PIECE_POSITION) {
            Node *from = graph_array(s->graph, piece->state);
            if (piece->phase == phase)
                table_set(&values, piece->key, graph_binary(s->graph, OP_ADD, from, piece->key));
            continue;
        }
        Array *array = piece->phase < phase || which == AS_KEPT ? piece->state
                       : which == AS_OTHERS                     ? piece->other
                                                                : piece->next;
        bool finished = piece->phase < phase && piece->shift && !node_where(piece->key);
        Node *value = held(s, piece, array);
        table_set(&values, piece->key, finished ? of_nothing(s, piece, value, &values) : value);
    }
    return values;
}

static Table values_copy(Streaming *s, const Table *values) {
    Table copy = table_new(s->compiler->arena);
    for (int i = 0; i < s->pieces.count; i++) {
        void *value = table_get(values, s->pieces.items[i]->key);
        if (value) table_set(&copy, s->pieces.items[i]->key, value);
    }
    return copy;
}

static const Piece *piece_of(const Streaming *s, const Node *key) {
    return table_get(&s->by_key, key);
}

static Node *position(Streaming *s, const Piece *piece) {
    for (int i = 0; i < s->pieces.count; i++) {
        Piece *other = s->pieces.items[i];
        if (other->kind == PIECE_POSITION && other->phase == piece->phase)
            return graph_array(s->graph, other->state);
    }
    bug("no position is kept for phase %d", piece->phase);
}

/* --- a batch --- */

static Node *of_batch(Streaming *s, const Piece *piece, const Table *next) {
    Graph *graph = s->graph;
    if (piece->kind != PIECE_REDUCTION) return graph_extent(graph, s->axis);
    Table values = values_copy(s, next);
    if (piece->shift) {
        /* -inf: nothing so far, or only what exp makes 0 */
        Node *shift = with(s, piece->shift, next);
        Node *least = graph_number(graph, shift->type, -INFINITY);
        Node *none = graph_binary(graph, OP_EQ, shift, least);
        table_set(&values, piece->shift,
                  graph_select(graph, none, graph_number(graph, shift->type, 0), shift));
    }
    const Node *key = piece->key, *where = node_where(key);
    Node *body = with(s, node_body(key), &values);
    Node *found =
        graph_reduce(graph, key->op, key->u.bound, body, where ? with(s, where, &values) : NULL);
    if (!piece->best) return graph_convert(graph, piece->state->type, found);
    Node *none = graph_binary(graph, OP_LT, found, graph_integer(graph, SCALAR_I64, 0));
    return graph_select(graph, none, found, graph_binary(graph, OP_ADD, found, position(s, piece)));
}

/* --- a state that moves --- */

static Node *in_full(Streaming *s, const Node *node, const Table *values, Which which,
                     Scalar type) {
    const Piece *piece = piece_of(s, node);
    if (!piece || which == AS_NEXT) return graph_convert(s->graph, type, with(s, node, values));
    return graph_convert(s->graph, type,
                         graph_array(s->graph, which == AS_KEPT ? piece->state : piece->other));
}

/* sum(w * (v - c)^2) around another c. */
static Node *around(Streaming *s, const Piece *piece, Node *sum, const Table *from, Which which,
                    const Table *to) {
    Graph *graph = s->graph;
    Scalar type = sum->type;
    Node *old = graph_convert(graph, type, with(s, piece->center, from));
    Node *new = graph_convert(graph, type, with(s, piece->center, to));
    Node *weights = in_full(s, piece->weights, from, which, type);
    Node *total = in_full(s, piece->numerator, from, which, type);
    Node *step = graph_binary(graph, OP_SUB, old, new);
    Node *rest = graph_binary(graph, OP_SUB, total, graph_binary(graph, OP_MUL, weights, old));
    Node *more = graph_binary(graph, OP_ADD, graph_binary(graph, OP_MUL, weights, step),
                              graph_binary(graph, OP_MUL, graph_number(graph, type, 2), rest));
    Node *moved = graph_binary(graph, OP_ADD, sum, graph_binary(graph, OP_MUL, step, more));
    Node *zero = graph_number(graph, type, 0);
    return graph_select(graph, graph_binary(graph, OP_EQ, weights, zero), zero, moved);
}

/* sum(f * exp(z - m)) with another m. */
static Node *rescaled(Streaming *s, const Piece *piece, Node *sum, const Table *from,
                      const Table *to) {
    Graph *graph = s->graph;
    Node *old = with(s, piece->shift, from), *new = with(s, piece->shift, to);
    Node *least = graph_number(graph, old->type, -INFINITY);
    Node *same = graph_binary(graph, OP_OR, graph_binary(graph, OP_EQ, old, new),
                              graph_binary(graph, OP_EQ, old, least));
    Node *scale = graph_unary(graph, OP_EXP, graph_binary(graph, OP_SUB, old, new));
    scale = graph_select(graph, same, graph_number(graph, scale->type, 1), scale);
    scale = graph_convert(graph, sum->type, scale);
    Node *zero = graph_number(graph, sum->type, 0);
    return graph_select(graph, graph_binary(graph, OP_EQ, sum, zero), sum,
                        graph_binary(graph, OP_MUL, sum, scale));
}

static Node *moved(Streaming *s, const Piece *piece, Which which, const Table *from,
                   const Table *to) {
    Node *node = graph_array(s->graph, which == AS_KEPT ? piece->state : piece->other);
    if (piece->center) node = around(s, piece, node, from, which, to);
    if (piece->shift) node = rescaled(s, piece, node, from, to);
    return node;
}

/* --- two states --- */

static Node *is_nan(Streaming *s, Node *node) {
    return scalar_is_float(node->type) ? graph_unary(s->graph, OP_ISNAN, node)
                                       : graph_integer(s->graph, SCALAR_BOOL, 0);
}

/* The position of the better of two values, of the first of a tie; -1: there is none. NaN wins. */
static Node *better(Streaming *s, const Piece *piece, Node *at_a, Node *at_b, Node *a, Node *b) {
    Graph *graph = s->graph;
    Node *zero = graph_integer(graph, SCALAR_I64, 0);
    Node *no_a = graph_binary(graph, OP_LT, at_a, zero),
         *no_b = graph_binary(graph, OP_LT, at_b, zero);
    Node *nan_a = is_nan(s, a), *nan_b = is_nan(s, b);
    Node *more = piece->key->op == OP_ARGMAX ? graph_binary(graph, OP_LT, a, b)
                                             : graph_binary(graph, OP_LT, b, a);
    Node *tie = graph_binary(graph, OP_OR, graph_binary(graph, OP_EQ, a, b),
                             graph_binary(graph, OP_AND, nan_a, nan_b));
    Node *wins = graph_binary(
        graph, OP_OR, more, graph_binary(graph, OP_AND, nan_b, graph_unary(graph, OP_NOT, nan_a)));
    Node *first = graph_binary(graph, OP_MIN, at_a, at_b);
    Node *both = graph_select(graph, tie, first, graph_select(graph, wins, at_b, at_a));
    return graph_select(graph, no_a, at_b, graph_select(graph, no_b, at_a, both));
}

static Op joining(const Piece *piece) {
    if (piece->kind == PIECE_POSITION) return OP_MAX;
    switch (piece->key->op) {
    case OP_PROD: return OP_MUL;
    case OP_REDUCE_MIN: return OP_MIN;
    case OP_REDUCE_MAX: return OP_MAX;
    case OP_ANY: return OP_OR;
    case OP_ALL: return OP_AND;
    default: return OP_ADD;
    }
}

static Node *narrowed(Streaming *s, const Piece *piece, Node *node) {
    return graph_convert(s->graph, piece->state->type, node);
}

/* --- the functions --- */

static EntryPlan entry(Streaming *s, const char *suffix, int phase, const char *doc) {
    Arena *arena = s->compiler->arena;
    const char *name = arena_format(arena, "%s_%s", s->model->name, suffix);
    if (phase > 1) name = arena_format(arena, "%s_%d", name, phase);
    EntryPlan plan = {name_of(s->compiler->names, name), doc, .kind = ENTRY_CHOSEN};
    plan.given = ARENA_ARRAY(arena, Array *, 2 * s->pieces.count + 2);
    plan.outputs = ARENA_ARRAY(arena, Output, 1);
    plan.streamed = s->axis;
    return plan;
}

static void give_finished(Streaming *s, EntryPlan *plan, int phase) {
    for (int i = 0; i < s->pieces.count; i++)
        if (s->pieces.items[i]->phase < phase)
            plan->given[plan->given_count++] = s->pieces.items[i]->state;
}

/* Worked out beside the states, which change when everything is known. */
static void change(Streaming *s, EntryPlan *plan, int phase, Node *const *values) {
    Arena *arena = s->compiler->arena;
    Output *buffers = ARENA_ARRAY(arena, Output, s->pieces.count + 1);
    Update *updates = ARENA_ARRAY(arena, Update, s->pieces.count + 1);
    int count = 0;
    for (int i = 0; i < s->pieces.count; i++) {
        Piece *piece = s->pieces.items[i];
        if (piece->phase != phase) continue;
        buffers[count] = (Output){piece->next, values[i], false};
        updates[count++] = (Update){piece->state, graph_array(s->graph, piece->next)};
    }
    plan->buffers = buffers;
    plan->updates = updates;
    plan->buffer_count = plan->update_count = count;
}

EntryPlan streaming_begin(Streaming *s) {
    EntryPlan plan = entry(s, "begin", 1, "Makes the state that of no elements.");
    Output *outputs = ARENA_ARRAY(s->compiler->arena, Output, s->pieces.count + 1);
    for (int i = 0; i < s->pieces.count; i++) {
        const Piece *piece = s->pieces.items[i];
        Node *value = plan_identity(s->graph, OP_SUM, piece->state->type);
        if (piece->kind == PIECE_REDUCTION)
            value = plan_identity(s->graph, piece->key->op, piece->state->type);
        if (piece->best) value = graph_integer(s->graph, SCALAR_I64, -1);
        if (piece->kind == PIECE_POSITION) value = graph_array(s->graph, s->start);
        outputs[i] = (Output){piece->state, value, false};
    }
    plan.outputs = outputs;
    plan.count = s->pieces.count;
    plan.given[plan.given_count++] = s->start;
    return plan;
}

static const char *accumulate_doc(Streaming *s, int phase) {
    const char *axis = s->axis->name;
    if (phase == 1)
        return arena_format(s->compiler->arena,
                            "Takes a batch of elements along %s into the state.", axis);
    return arena_format(s->compiler->arena,
                        "Takes a batch of elements along %s into the state, on pass %d over the "
                        "data: the state of\npass %d has seen all of it.",
                        axis, phase, phase - 1);
}

EntryPlan streaming_accumulate(Streaming *s, int phase) {
    EntryPlan plan = entry(s, "accumulate", phase, accumulate_doc(s, phase));
    Node **values = ARENA_ARRAY(s->compiler->arena, Node *, s->pieces.count + 1);
    Table now = values_of(s, phase, AS_KEPT), next = values_of(s, phase, AS_NEXT);
    for (int i = 0; i < s->pieces.count; i++) {
        const Piece *piece = s->pieces.items[i];
        if (piece->phase != phase) continue;
        Node *batch = of_batch(s, piece, &next), *kept = moved(s, piece, AS_KEPT, &now, &next);
        if (piece->best) {
            const Piece *best = piece_of(s, piece->best);
            Node *found = of_batch(s, best, &next);
            values[i] = better(s, piece, kept, batch, graph_array(s->graph, best->state), found);
        } else {
            Op op = piece->kind == PIECE_POSITION ? OP_ADD : joining(piece);
            values[i] = narrowed(s, piece, graph_binary(s->graph, op, kept, batch));
        }
    }
    change(s, &plan, phase, values);
    give_finished(s, &plan, phase);
    return plan;
}

EntryPlan streaming_merge(Streaming *s, int phase) {
    EntryPlan plan = entry(s, "merge", phase,
                           "Takes what another state has seen into this one: other_... is its.");
    Node **values = ARENA_ARRAY(s->compiler->arena, Node *, s->pieces.count + 1);
    Table now = values_of(s, phase, AS_KEPT), others = values_of(s, phase, AS_OTHERS);
    Table next = values_of(s, phase, AS_NEXT);
    give_finished(s, &plan, phase);
    for (int i = 0; i < s->pieces.count; i++) {
        const Piece *piece = s->pieces.items[i];
        if (piece->phase != phase) continue;
        Node *a = moved(s, piece, AS_KEPT, &now, &next);
        Node *b = moved(s, piece, AS_OTHERS, &others, &next);
        if (piece->best) {
            const Piece *best = piece_of(s, piece->best);
            values[i] = better(s, piece, a, b, graph_array(s->graph, best->state),
                               graph_array(s->graph, best->other));
        } else {
            values[i] = narrowed(s, piece, graph_binary(s->graph, joining(piece), a, b));
        }
        plan.given[plan.given_count++] = piece->other;
    }
    change(s, &plan, phase, values);
    return plan;
}

/* Of a state that has seen everything: the outputs that have the streamed axis, or those without.
 */
static void give_outputs(Streaming *s, EntryPlan *plan, bool along, const Table *values) {
    Output *outputs = ARENA_ARRAY(s->compiler->arena, Output, s->output_count + 1);
    for (int i = 0; i < s->output_count; i++) {
        Output output = s->outputs[i];
        if (streaming_keeps(s, output.array) != along) continue;
        output.value = with(s, output.value, values);
        outputs[plan->count++] = output;
    }
    plan->outputs = outputs;
    give_finished(s, plan, s->phases + 1);
}

EntryPlan streaming_finish(Streaming *s) {
    EntryPlan plan =
        entry(s, "finish", 1, "The outputs, of a state that has seen all of the data.");
    Table values = values_of(s, s->phases + 1, AS_KEPT);
    give_outputs(s, &plan, false, &values);
    return plan;
}

EntryPlan streaming_each(Streaming *s) {
    const char *doc = arena_format(s->compiler->arena,
                                   "The outputs along %s of a batch, of a state that has seen all "
                                   "of the data.",
                                   s->axis->name);
    EntryPlan plan = entry(s, "each", 1, doc);
    Table values = values_of(s, s->phases + 1, AS_KEPT);
    Node *place = graph_axis(s->graph, s->axis);
    table_set(&values, place,
              graph_binary(s->graph, OP_ADD, graph_array(s->graph, s->start), place));
    plan.given[plan.given_count++] = s->start;
    give_outputs(s, &plan, true, &values);
    return plan;
}
