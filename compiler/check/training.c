/* minimize L over p, q with rule(...): gradients of all lines at the old params, then the rule's
 * text once for each param. In: the lines; out: model->training: gradients, states, and what a step
 * makes of each param and state.
 *
 * A rule's statements run in order: a name stands for its newest value. A state has the axes of
 * what is assigned to it: all are tried as single numbers first, and those that were assigned more
 * are tried again with the param's axes. States that no param depends on are left out. */
#include "check/checker.h"
#include "diff/diff.h"
#include <string.h>

typedef struct Line { /* of one minimize */
    Decl *decl;
    Output *loss;
    int loss_at;
    const Symbol *rule;
    Env *env;         /* of its arguments */
    Value *arguments; /* by the rule's parameters; no node: not given */
    Node *clip;       /* the largest norm that the gradients may have together, or NULL */
    Symbols params;
} Line;

typedef struct State {
    Symbol *symbol; /* in the scope of the rule's text: its newest value */
    Decl *decl;
    Array *array;
    bool is_full; /* it has the param's axes */
} State;

typedef struct Learning { /* of one param */
    Checker *c;
    const Line *line;
    const Symbol *param;
    Node *gradient;
    Scope *scope;
    Env env;
    Vector(State) states;
} Learning;

/* --- the lines --- */

static Symbol *rule_named(Checker *c, Name name) {
    Symbol *rule = scope_find(c->top, name);
    if (rule && rule->kind == SYMBOL_RULE) return rule;
    rule = table_get(&c->rules, name);
    return rule ? rule : library_rule(c, name);
}

static int parameter_at(const Decl *rule, Name name) {
    for (int i = 2; i < rule->parameters.count; i++)
        if (rule->parameters.items[i].name.name == name) return i;
    return -1;
}

static bool read_argument(Checker *c, Line *line, const Item *item, int position) {
    const Decl *rule = line->rule->decl;
    int at = item->name.name ? parameter_at(rule, item->name.name) : position + 2;
    bool is_clip = item->name.name && at < 0 && strcmp(item->name.name, "clip") == 0;
    if (!is_clip && (at < 0 || at >= rule->parameters.count)) {
        COMPLAIN(c, line->env, RULE_PARAMETER, item->span, line->rule->name,
                 item->name.name ? item->name.name : text_of(c, item->value));
        return false;
    }
    Value value = elaborate(c, line->env, item->value);
    if (!need_number(c, line->env, value, item->value, line->rule->name)) return false;
    if (value.axes->count) {
        COMPLAIN(c, line->env, RULE_ARGUMENT, item->span, text_of(c, item->value),
                 text_of_axes(c, value.axes));
        return false;
    }
    if (is_clip)
        line->clip = pin(c, line->env, as_float(c, value), item->span).node;
    else
        line->arguments[at] = value;
    return true;
}

static bool read_rule(Checker *c, Line *line) {
    const Expr *with = line->decl->with;
    if (!with) return false;
    line->rule = rule_named(c, with->word.name);
    if (!line->rule || line->rule->decl->failed) {
        if (!line->rule) COMPLAIN(c, line->env, RULE_UNKNOWN, with->span, with->word.name);
        return false;
    }
    const Decl *rule = line->rule->decl;
    if (rule->parameters.count < 2 || rule->parameters.items[0].value ||
        rule->parameters.items[1].value) {
        COMPLAIN(c, line->env, RULE_FORM, line->rule->span, line->rule->name);
        return false;
    }
    line->arguments = ARENA_ARRAY(c->arena, Value, rule->parameters.count + 1);
    for (int i = 0; i < with->arguments.count; i++)
        if (!read_argument(c, line, &with->arguments.items[i], i)) return false;
    for (int i = 2; i < rule->parameters.count; i++) {
        const Parameter *parameter = &rule->parameters.items[i];
        if (line->arguments[i].node || parameter->value) continue;
        COMPLAIN(c, line->env, RULE_ARGUMENT_MISSING, with->span, line->rule->name,
                 parameter->name.name);
        return false;
    }
    return true;
}

static bool read_loss(Checker *c, Line *line) {
    const Expr *value = line->decl->value;
    const Symbol *loss =
        value && value->kind == EXPR_NAME ? scope_find(c->top, value->word.name) : NULL;
    for (int i = 0; loss && loss->array && i < c->model->outputs.count; i++)
        if (c->model->outputs.items[i].array == loss->array) line->loss_at = i;
    line->loss = line->loss_at >= 0 ? &c->model->outputs.items[line->loss_at] : NULL;
    return line->loss && line->loss->is_loss;
}

static bool read_params(Checker *c, Line *line, Table *claimed) {
    bool good = true;
    for (int i = 0; i < line->decl->names.count; i++) {
        Word word = line->decl->names.items[i];
        Symbol *param = scope_find(c->top, word.name);
        if (!param || !param->array || param->array->kind != ARRAY_PARAM) return false;
        if (table_has(claimed, param)) {
            COMPLAIN(c, line->env, PARAM_TWICE, word.span, param->name);
            good = false;
            continue;
        }
        table_set(claimed, param, param);
        vector_push(c->arena, &line->params, param);
    }
    return good;
}

static bool take_the_rest(Checker *c, Line *line, Table *claimed) {
    if (line->decl->names.count) return true;
    for (int i = 0; i < c->top->symbols.count; i++) {
        Symbol *param = c->top->symbols.items[i];
        if (!param->array || param->array->kind != ARRAY_PARAM || table_has(claimed, param))
            continue;
        table_set(claimed, param, param);
        vector_push(c->arena, &line->params, param);
    }
    if (!line->params.count) COMPLAIN(c, line->env, NOTHING_TO_LEARN, line->decl->span);
    return line->params.count > 0;
}

/* --- the text of a rule --- */

static Scalar held(const Array *array) {
    return array->type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32;
}

static Array *state_array(Learning *l, const State *state, Scalar type) {
    Checker *c = l->c;
    const Array *param = l->param->array;
    Array *array = ARENA_NEW(c->arena, Array);
    array->kind = ARRAY_STATE;
    array->name = name_word(
        c, arena_format(c->arena, "%s_%s", l->param->name, state->decl->target.name.name));
    array->type = type;
    array->rank = state->is_full ? param->rank : 0;
    array->axes = param->axes;
    array->span = l->line->decl->span;
    array->doc = state->decl->doc;
    return array;
}

static Symbol *name_value(Learning *l, Word word, Value value) {
    Symbol *symbol = scope_add(l->c, l->scope, SYMBOL_PARAMETER, word);
    symbol->progress = PROGRESS_DONE;
    symbol->value = value;
    return symbol;
}

static bool bind_arguments(Learning *l) {
    Checker *c = l->c;
    const Decl *rule = l->line->rule->decl;
    const Array *param = l->param->array;
    const AxisSet *axes = axis_set(c->graph, param->axes, param->rank);
    name_value(l, rule->parameters.items[0].name, l->param->value);
    name_value(l, rule->parameters.items[1].name, (Value){l->gradient, axes, SOFT_NO});
    for (int i = 2; i < rule->parameters.count; i++) {
        Value value = l->line->arguments[i];
        if (!value.node) value = elaborate(c, &l->env, rule->parameters.items[i].value);
        if (!value.node) return false;
        name_value(l, rule->parameters.items[i].name, value);
    }
    return true;
}

static bool bind_state(Learning *l, State *state) {
    Checker *c = l->c;
    Scalar type = held(l->param->array);
    if (!type_of_word(c, &l->env, &state->decl->type, &type)) return false;
    Value initial = elaborate(c, &l->env, state->decl->value);
    if (!need_number(c, &l->env, initial, state->decl->value, "a state")) return false;
    if (initial.axes->count || initial.node->has_reduction) {
        COMPLAIN(c, &l->env, STATE_INITIAL, state->decl->value->span,
                 state->decl->target.name.name);
        return false;
    }
    state->array = state_array(l, state, type);
    state->array->initial = adapt(c, &l->env, initial, type, state->decl->value->span).node;
    state->symbol =
        name_value(l, state->decl->target.name, value_of(c, graph_array(c->graph, state->array)));
    return true;
}

static State *state_of(Learning *l, const Symbol *symbol) {
    for (int i = 0; i < l->states.count; i++)
        if (l->states.items[i].symbol == symbol) return &l->states.items[i];
    return NULL;
}

/* False: an error, or *again: a state needs the param's axes. */
static bool assign(Learning *l, Decl *statement, bool *again) {
    Checker *c = l->c;
    Symbol *symbol = scope_find(l->scope, statement->target.name.name);
    State *state = symbol ? state_of(l, symbol) : NULL;
    bool is_param = symbol == l->scope->symbols.items[0];
    if (!symbol || (!state && !is_param)) return false; /* has been reported */
    Value value = elaborate(c, &l->env, statement->value);
    if (!need_number(c, &l->env, value, statement->value, "<-")) return false;
    const Array *array = state ? state->array : l->param->array;
    const AxisSet *full = axis_set(c->graph, l->param->array->axes, l->param->array->rank);
    if (!axis_set_within(value.axes, full)) {
        COMPLAIN(c, &l->env, RULE_AXES, statement->value->span, symbol->name,
                 text_of_axes(c, axis_set_minus(c->graph, value.axes, full)));
        return false;
    }
    if (state && !state->is_full && value.axes->count) {
        state->is_full = *again = true;
        return false;
    }
    Scalar type = state ? array->type : held(array);
    value = adapt(c, &l->env, value, type, statement->value->span);
    if (!value.node) return false;
    symbol->value = (Value){value.node, axis_set(c->graph, array->axes, array->rank), SOFT_NO};
    return true;
}

static bool run_text(Learning *l, bool *again) {
    Checker *c = l->c;
    const Decl *rule = l->line->rule->decl;
    int states = 0;
    l->scope = scope_new(c);
    l->env = (Env){.scope = l->scope};
    if (!bind_arguments(l)) return false;
    for (int i = 0; i < rule->body.count; i++) {
        Decl *statement = rule->body.items[i];
        if (statement->kind == DECL_STATE) {
            if (!bind_state(l, &l->states.items[states++])) return false;
        } else if (statement->kind == DECL_ASSIGN) {
            if (!assign(l, statement, again)) return false;
        } else {
            Value value = elaborate(c, &l->env, statement->value);
            if (!value.node) return false;
            name_value(l, statement->target.name, value);
        }
    }
    return true;
}

static void keep(Learning *l) {
    Checker *c = l->c;
    Training *training = c->model->training;
    Simplifier *simplifier = simplifier_new(c->graph);
    Node *own = l->scope->symbols.items[0]->value.node;
    own = simplifier_run(simplifier, own);
    vector_push(c->arena, &training->updates, (Update){l->param->array, own});
    Table needed = table_new(c->arena);
    NodeList nodes = {0};
    graph_order(c->graph, own, &needed, &nodes);
    for (bool grown = true; grown;) { /* a state that a needed one is made of is needed too */
        grown = false;
        for (int i = 0; i < l->states.count; i++) {
            State *state = &l->states.items[i];
            if (!state->array || !table_has(&needed, graph_array(c->graph, state->array))) continue;
            Node *value = simplifier_run(simplifier, state->symbol->value.node);
            vector_push(c->arena, &training->states, state->array);
            vector_push(c->arena, &training->updates, (Update){state->array, value});
            graph_order(c->graph, value, &needed, &nodes);
            state->array = NULL;
            grown = true;
        }
    }
}

static bool learn(Checker *c, const Line *line, const Symbol *param, Node *gradient) {
    Learning l = {.c = c, .line = line, .param = param, .gradient = gradient};
    const Decl *rule = line->rule->decl;
    for (int i = 0; i < rule->body.count; i++)
        if (rule->body.items[i]->kind == DECL_STATE)
            vector_push(c->arena, &l.states, (State){.decl = rule->body.items[i]});
    for (bool again = true; again;) {
        again = false;
        if (run_text(&l, &again)) break;
        if (!again) return false;
    }
    keep(&l);
    return true;
}

/* --- gradients --- */

static Node *gradient_of(Checker *c, const Line *line, const Symbol *param) {
    const Array *of = param->array;
    const Node *loss = line->loss->value;
    DiffResult result =
        diff_reverse(c->graph, line->loss->value, param->value.node,
                     graph_number(c->graph, loss->type == SCALAR_F64 ? SCALAR_F64 : SCALAR_F32, 1));
    Span span = line->decl->span;
    switch (result.outcome) {
    case DIFF_FINE: break;
    case DIFF_NO_PATH:
    case DIFF_ZERO:
        COMPLAIN(c, line->env, LOSS_WITHOUT_PARAM, span, line->loss->array->name, param->name);
        return NULL;
    case DIFF_NO_RULE:
        COMPLAIN(c, line->env, DERIVATIVE_RULE, span, op_info[result.node->op].text,
                 text_of_node(c, result.node));
        return NULL;
    case DIFF_OPEN: bug("a recurrence without a value");
    }
    Array *array = ARENA_NEW(c->arena, Array);
    array->kind = ARRAY_OUTPUT;
    array->name = name_word(c, arena_format(c->arena, "d_%s", param->name));
    array->type = held(of);
    array->rank = of->rank;
    array->axes = of->axes;
    array->span = span;
    Node *value = graph_with_span(graph_convert(c->graph, array->type, result.node), span);
    vector_push(c->arena, &c->model->training->gradients, (Output){array, value, false});
    return graph_array(c->graph, array);
}

/* min(1, clip / (norm + 1e-6)), the norm being that of all gradients of the line together. */
static Node *clipping(Checker *c, const Line *line, Node *const *gradients) {
    Graph *graph = c->graph;
    Scalar type = line->clip->type;
    Node *squares = NULL;
    for (int i = 0; i < line->params.count; i++) {
        Node *g = gradients[i];
        Node *square = graph_binary(graph, OP_POW, g, graph_integer(graph, SCALAR_I64, 2));
        if (g->axes->count) square = graph_reduce(graph, OP_SUM, g->axes, square, NULL);
        square = graph_convert(graph, type, square);
        squares = squares ? graph_binary(graph, OP_ADD, squares, square) : square;
    }
    Node *norm = graph_binary(graph, OP_ADD, graph_unary(graph, OP_SQRT, squares),
                              graph_number(graph, type, 1e-6));
    return graph_binary(graph, OP_MIN, graph_number(graph, type, 1),
                        graph_binary(graph, OP_DIV, line->clip, norm));
}

static bool learn_line(Checker *c, const Line *line) {
    int count = line->params.count;
    Node **gradients = ARENA_ARRAY(c->arena, Node *, count + 1);
    for (int i = 0; i < count; i++) {
        gradients[i] = gradient_of(c, line, line->params.items[i]);
        if (!gradients[i]) return false;
    }
    Node *scale = line->clip ? clipping(c, line, gradients) : NULL;
    for (int i = 0; i < count; i++) {
        Node *g = gradients[i];
        if (scale) g = graph_binary(c->graph, OP_MUL, g, graph_convert(c->graph, g->type, scale));
        if (!learn(c, line, line->params.items[i], g)) return false;
    }
    return true;
}

/* --- initial values --- */

/* The draws of an initialiser depend on the seed too. */
static Node *seeded(Checker *c, Node *node, Node *seed) {
    Graph *graph = c->graph;
    if (node->op == OP_UNIFORM || node->op == OP_NORMAL) {
        Node *factor = graph_integer(graph, SCALAR_I64, INT64_C(-3335678366873096957));
        Node *key = graph_binary(graph, OP_ADD, node->arguments[0],
                                 graph_binary(graph, OP_MUL, seed, factor));
        return graph_random(graph, node->op, node->type, key, node->u.positions,
                            node->arguments + 1, node->argument_count - 1);
    }
    if (!node->argument_count) return node;
    Node **arguments = ARENA_ARRAY(c->arena, Node *, node->argument_count);
    for (int i = 0; i < node->argument_count; i++)
        arguments[i] = seeded(c, node->arguments[i], seed);
    return graph_rebuild(graph, node, arguments);
}

static void initial_values(Checker *c) {
    Training *training = c->model->training;
    Array *seed = ARENA_NEW(c->arena, Array);
    seed->kind = ARRAY_INPUT;
    seed->name = name_word(c, "seed");
    seed->type = SCALAR_I64;
    seed->doc = "other numbers drawn for another seed";
    training->seed = seed;
    for (int i = 0; i < training->updates.count; i++) {
        Array *array = training->updates.items[i].array;
        Node *initial = array->initial ? array->initial : graph_number(c->graph, held(array), 0);
        Node *value = seeded(c, initial, graph_array(c->graph, seed));
        vector_push(c->arena, &training->initials, (Output){array, value, false});
    }
}

/* Several lines may have one loss. */
static void note_loss(Arena *arena, Training *training, int loss) {
    for (int i = 0; i < training->losses.count; i++)
        if (training->losses.items[i] == loss) return;
    vector_push(arena, &training->losses, loss);
}

void declare_training(Checker *c) {
    Vector(Line) lines = {0};
    Table claimed = table_new(c->arena);
    Env *env = ARENA_NEW(c->arena, Env);
    Text text = text_new(c->arena);
    bool good = true;
    *env = (Env){.scope = c->top};
    for (int i = 0; i < c->program->decls.count; i++) {
        Decl *decl = c->program->decls.items[i];
        if (decl->kind == DECL_RULE || decl->kind == DECL_MINIMIZE) {
            decl_print(&text, decl);
            text_add(&text, "\n");
        }
        if (decl->kind != DECL_MINIMIZE) continue;
        Line line = {.decl = decl, .env = env, .loss_at = -1};
        good =
            read_loss(c, &line) && read_rule(c, &line) && read_params(c, &line, &claimed) && good;
        vector_push(c->arena, &lines, line);
    }
    if (!lines.count) return;
    c->model->training = ARENA_NEW(c->arena, Training);
    c->model->training->text = text.chars;
    for (int i = 0; good && i < lines.count; i++)
        good = take_the_rest(c, &lines.items[i], &claimed);
    for (int i = 0; good && i < lines.count; i++) {
        note_loss(c->arena, c->model->training, lines.items[i].loss_at);
        good = learn_line(c, &lines.items[i]);
    }
    if (good) initial_values(c);
}
