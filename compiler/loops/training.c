/* What a training holds, as a structure that its functions take. In: the params, and what the
 * optimizer keeps of them; out: the structure NAME_state, and around the functions that set and
 * change bare arrays those that a caller sees:
 *   NAME_place   static: finds memory, and the places of the arrays in it
 *   NAME_init, NAME_step, each with its _call
 *   NAME_save, NAME_load, each with its _call; NAME_free; NAME_memory, the bytes of the arrays
 * What these do with memory and files is the runtime's, state.c: here is said which arrays there
 * are.
 */
#include "loops/entry.h"
#include <string.h>

struct StatePoint {
    EntryPoint *e; /* sizes: what the state has; changed: its arrays */
    Structure *structure;
    Variable *base;            /* its members: what the runtime knows of it, */
    Vector(Variable *) sizes;  /* beside e->sizes, */
    Vector(Variable *) arrays; /* and beside e->changed */
    StateLayout layout;
};

typedef struct Maker { /* a function that is being made */
    StatePoint *point;
    Compiler *c;
    Function *function;
    Variable *state, *call;
    Checker checker;
} Maker;

/* --- the structure --- */

static Variable *add_member(StatePoint *point, const char *name, CType type) {
    Compiler *c = point->e->lower.c;
    Variable *member = variable_new(c, name, type);
    vector_push(c->arena, &point->structure->members, member);
    return member;
}

static const char *describe_structure(const StatePoint *point) {
    const EntryPoint *e = point->e;
    Arena *arena = e->lower.c->arena;
    Text text = text_new(arena);
    text_format(&text,
                "What a training of %s holds. All of it is 0 before %s_init or %s_load; then the "
                "values may be read and set.\n"
                "  base (its memory, and the steps made: steelyard_call.h)",
                e->name, e->name, e->name);
    for (int i = 0; i < e->sizes.count; ++i) {
        text_format(&text, "\n  %s (size)", e->sizes.items[i]->name);
        entry_describe_doc(&text, e->sizes.items[i]->doc);
    }
    for (int i = 0; i < e->changed.count; ++i) {
        const Array *array = e->changed.items[i];
        text_format(&text, "\n  %s (%s)", state_array_text(arena, array),
                    array->kind == ARRAY_PARAM ? "a parameter" : "kept by the optimizer");
        entry_describe_doc(&text, array->doc);
    }
    return text.chars;
}

StatePoint *training_structure(Compiler *compiler, Module *module) {
    Arena *arena = compiler->arena;
    Model *model = module->model;
    StatePoint *point = ARENA_NEW(arena, StatePoint);
    EntryPoint *e = point->e = ARENA_NEW(arena, EntryPoint);
    e->module = module;
    e->name = model->name;
    e->lower.c = compiler;
    e->lower.graph = model->graph;
    e->lower.model = model;
    e->lower.workspace = &e->workspace;
    Plan *plan = ARENA_NEW(arena, Plan); /* nothing is computed here */
    plan->arrays = table_new(arena);
    e->lower.plan = plan;
    state_layout(compiler, model, &point->layout);
    for (int i = 0; i < point->layout.sizes.count; ++i)
        vector_push(arena, &e->sizes, point->layout.sizes.items[i]);
    for (int i = 0; i < point->layout.computed.count; ++i)
        vector_push(arena, &e->computed, point->layout.computed.items[i]);
    for (int i = 0; i < point->layout.arrays.count; ++i)
        vector_push(arena, &e->changed, point->layout.arrays.items[i]);
    point->structure = module->structure = ARENA_NEW(arena, Structure);
    point->structure->name = arena_format(arena, "%s_state", model->name);
    point->base = add_member(point, "base", C_STATE);
    for (int i = 0; i < e->sizes.count; ++i)
        vector_push(arena, &point->sizes, add_member(point, e->sizes.items[i]->name, C_SIZE));
    for (int i = 0; i < e->changed.count; ++i) {
        Array *array = e->changed.items[i];
        Variable *member = add_member(point, array->name, c_type_of(array->type));
        member->pointer = array->rank > 0;
        vector_push(arena, &point->arrays, member);
        if (array->rank == 0) continue;
        Buffer buffer = {.variable = member, .type = member->type, .array = array};
        vector_push(arena, &e->workspace.items, buffer);
    }
    point->structure->doc = describe_structure(point);
    return point;
}

/* --- functions that take it --- */

static Maker maker_new(StatePoint *point, EntryPoint *e, const char *suffix, CType result,
                       bool is_public) {
    Compiler *c = e->lower.c;
    Maker m = {.point = point, .c = c, .function = entry_function(e, suffix, result, is_public)};
    m.state = variable_new(c, "state", C_STRUCTURE);
    m.state->pointer = true;
    vector_push(c->arena, &m.function->parameters, m.state);
    m.checker =
        (Checker){.e = e, .c = c, .block = &m.function->body, .counts = table_new(c->arena)};
    return m;
}

static Variable *add_parameter(Maker *m, Variable *variable) {
    vector_push(m->c->arena, &m->function->parameters, variable);
    return variable;
}

static void take_call(Maker *m) {
    m->call = add_parameter(m, variable_new(m->c, "call", C_CALL));
    m->call->pointer = true;
    m->checker.call = m->call;
}

static Value *base_of(Maker *m) {
    return value_member_address(m->c, m->state, m->point->base);
}

/* Where the i-th array lies. */
static Value *place_of(Maker *m, int i) {
    Variable *member = m->point->arrays.items[i];
    return member->pointer ? value_member_of(m->c, m->state, member)
                           : value_member_address(m->c, m->state, member);
}

static Value *call_runtime(Maker *m, CType type, const char *name, int count,
                           Value *const *arguments) {
    return value_call(m->c, type, name, count, arguments);
}

static void need_pointer(Maker *m, Variable *variable) {
    Value *null = value_binary(m->c, C_EQ, value_variable(m->c, variable), value_null(m->c));
    Statement *check = block_if(m->c, m->checker.block, null);
    entry_fail(&m->checker, &check->body, "STEELYARD_NULL_POINTER", variable->name, NULL, NULL,
               NULL, NULL);
}

/* const int NAME = call; and back with it where it is not 0. */
static void need_success(Maker *m, const char *name, Value *call) {
    Compiler *c = m->c;
    Variable *status = variable_new(c, name, C_INT);
    status->is_const = true;
    block_declare(c, m->checker.block, status, call);
    Value *failed =
        value_binary(c, C_NE, value_variable(c, status), entry_constant(c, "STEELYARD_OK"));
    Statement *check = block_if(c, m->checker.block, failed);
    block_return(c, &check->body, value_variable(c, status));
}

static void need_ready(Maker *m) {
    need_success(m, "ready",
                 call_runtime(m, C_INT, "sy_state_check", 2,
                              (Value *[]){base_of(m), value_variable(m->c, m->call)}));
}

static Value *own(Maker *m, const char *suffix, CType type, int count, Value *const *arguments) {
    const char *name = arena_format(m->c->arena, "%s%s", m->point->e->name, suffix);
    return value_call(m->c, type, name, count, arguments);
}

/* NAME_place(state, sizes, call), with the variables that stand beside e->sizes. */
static Value *place_call(Maker *m, const EntryPoint *e, const Variables *sizes) {
    Compiler *c = m->c;
    const EntryPoint *held = m->point->e;
    Value **arguments = ARENA_ARRAY(c->arena, Value *, held->sizes.count + 2);
    int count = 0;
    arguments[count++] = value_variable(c, m->state);
    for (int i = 0; i < held->sizes.count; ++i)
        for (int k = 0; k < e->sizes.count; ++k)
            if (e->sizes.items[k] == held->sizes.items[i])
                arguments[count++] = value_variable(c, sizes->items[k]);
    arguments[count++] = value_variable(c, m->call);
    return own(m, "_place", C_INT, count, arguments);
}

static void make_place(StatePoint *point) {
    Maker m = maker_new(point, point->e, "_place", C_INT, false);
    Compiler *c = m.c;
    EntryPoint *e = point->e;
    Block *body = &m.function->body;
    Variables sizes = {0};
    entry_size_parameters(e, m.function, &sizes);
    take_call(&m);
    m.function->doc = "Finds memory for the arrays of these sizes, and their places in it.";
    entry_check_sizes(&m.checker, &sizes);
    Value **given = ARENA_ARRAY(c->arena, Value *, sizes.count + 1);
    for (int i = 0; i < sizes.count; ++i)
        given[i] = value_variable(c, sizes.items[i]);
    Value *arguments[3] = {base_of(&m), own(&m, "_memory", C_SIZE, sizes.count, given),
                           value_variable(c, m.call)};
    need_success(&m, "placed", call_runtime(&m, C_INT, "sy_state_place", 3, arguments));
    for (int i = 0; i < sizes.count; ++i)
        block_assign(c, body, value_member_of(c, m.state, point->sizes.items[i]), given[i]);
    Variable *memory = variable_new(c, "memory", C_BOOL);
    memory->pointer = true;
    if (e->workspace.items.count > 0)
        block_declare(c, body, memory,
                      value_cast_pointer(
                          c, C_BOOL, call_runtime(&m, C_VOID, "sy_state_memory", 1, arguments)));
    Value *offset = value_integer(c, C_SIZE, 0);
    for (int i = 0; i < e->workspace.items.count; ++i) {
        const Buffer *buffer = &e->workspace.items.items[i];
        Value *start = value_cast_pointer(c, C_VOID, value_address(c, memory, offset));
        block_assign(c, body, value_member_of(c, m.state, buffer->variable),
                     value_cast_pointer(c, buffer->type, start));
        if (i + 1 == e->workspace.items.count) break;
        Variable *after =
            variable_new(c, arena_format(c->arena, "after_%s", buffer->array->name), C_SIZE);
        after->is_const = true;
        block_declare(c, body, after,
                      value_binary(c, C_ADD, offset, entry_buffer_bytes(&e->lower, buffer, false)));
        offset = value_variable(c, after);
    }
    block_return(c, body, entry_constant(c, "STEELYARD_OK"));
    entry_finish(e, m.function);
}

/* --- init and step --- */

/* The arguments of NAME_init_arrays or NAME_step_arrays: those of this function, and the arrays of
 * the state in their place. */
static Value *arrays_call(Maker *m, EntryPoint *e, const Variables *own_parameters) {
    Compiler *c = m->c;
    int arrays = m->point->arrays.count, count = 0, next = 0;
    Value **arguments = ARENA_ARRAY(c->arena, Value *, own_parameters->count + arrays + 1);
    for (; next < e->sizes.count + e->inputs.count; ++next)
        arguments[count++] = value_variable(c, own_parameters->items[next]);
    for (int i = 0; i < arrays; ++i)
        arguments[count++] = place_of(m, i);
    for (; next < own_parameters->count; ++next)
        arguments[count++] = value_variable(c, own_parameters->items[next]);
    arguments[count++] = value_variable(c, m->call);
    return value_call(c, C_INT, arena_format(c->arena, "%s_arrays", e->name), count, arguments);
}

/* Sizes, inputs and, of a step, losses. */
static Variables caller_parameters(Maker *m, EntryPoint *e, Variables *sizes) {
    Variables own_parameters = {0};
    int losses = e->kind == ENTRY_STEP ? e->outputs.count : 0;
    entry_size_parameters(e, m->function, sizes);
    for (int i = 0; i < e->inputs.count + losses; ++i) {
        bool is_input = i < e->inputs.count;
        const Array *array = is_input ? e->inputs.items[i] : e->outputs.items[i - e->inputs.count];
        add_parameter(m, entry_array_parameter(e, array, is_input));
    }
    for (int i = 1; i < m->function->parameters.count; ++i)
        vector_push(m->c->arena, &own_parameters, m->function->parameters.items[i]);
    return own_parameters;
}

/* The sizes of params are those that the state was made for. */
static void need_same_sizes(Maker *m, const EntryPoint *e, const Variables *sizes) {
    Compiler *c = m->c;
    const EntryPoint *held = m->point->e;
    for (int i = 0; i < held->sizes.count; ++i)
        for (int k = 0; k < e->sizes.count; ++k) {
            if (e->sizes.items[k] != held->sizes.items[i]) continue;
            Value *size = value_variable(c, sizes->items[k]);
            Value *other = value_member_of(c, m->state, m->point->sizes.items[i]);
            Statement *check = block_if(c, m->checker.block, value_binary(c, C_NE, size, other));
            entry_fail(&m->checker, &check->body, "STEELYARD_SIZE", held->sizes.items[i]->name,
                       NULL, NULL, value_cast(c, C_I64, size),
                       "the state was made for another one");
        }
}

static void make_with_call(StatePoint *point, EntryPoint *e) {
    Maker m = maker_new(point, e, "_call", C_INT, true);
    Compiler *c = m.c;
    Variables sizes = {0};
    Variables own_parameters = caller_parameters(&m, e, &sizes);
    take_call(&m);
    m.function->doc = ENTRY_CALL_DOC;
    need_pointer(&m, m.state);
    if (e->kind == ENTRY_STEP) {
        need_ready(&m);
        need_same_sizes(&m, e, &sizes);
    } else {
        need_success(&m, "placed", place_call(&m, e, &sizes));
    }
    need_success(&m, "status", arrays_call(&m, e, &own_parameters));
    Value *base = base_of(&m);
    const char *after = e->kind == ENTRY_STEP ? "sy_state_stepped" : "sy_state_begin";
    block_call(c, m.checker.block, call_runtime(&m, C_VOID, after, 1, &base));
    block_return(c, m.checker.block, entry_constant(c, "STEELYARD_OK"));
}

static void make_without_call(Maker *m, EntryPoint *e, const char *suffix) {
    int count = m->function->parameters.count;
    block_return(m->c, &m->function->body, entry_own_call(e, m->function, suffix, count));
}

void entry_take_state(EntryPoint *e, StatePoint *point) {
    if (e->kind == ENTRY_INIT) make_place(point);
    Variables sizes = {0};
    Maker m = maker_new(point, e, "", C_INT, true);
    caller_parameters(&m, e, &sizes);
    m.function->doc = entry_describe(e);
    make_without_call(&m, e, "_call");
    make_with_call(point, e);
}

/* --- files --- */

static Variable *take_path(Maker *m) {
    Variable *path = add_parameter(m, variable_new(m->c, "path", C_CHAR));
    path->pointer = path->is_const = true;
    return path;
}

static Value *element_count(Maker *m, const Array *array) {
    Lower *lower = &m->point->e->lower;
    Value *count = NULL;
    for (int i = 0; i < array->rank; ++i) {
        Value *extent = lower_length(lower, array, i);
        count = count ? value_call(m->c, C_I64, "sy_count", 2, (Value *[]){count, extent}) : extent;
    }
    return count ? count : value_integer(m->c, C_I64, 1);
}

static void file_sizes(Maker *m, Value *file, const char *function) {
    Compiler *c = m->c;
    for (int i = 0; i < m->point->layout.others.count; ++i) {
        const Axis *axis = m->point->layout.others.items[i];
        Value *arguments[3] = {file, value_string(c, axis->name),
                               lower_extent(&m->point->e->lower, axis)};
        block_call(c, m->checker.block, call_runtime(m, C_VOID, function, 3, arguments));
    }
}

static void file_arrays(Maker *m, Value *file, const char *function) {
    Compiler *c = m->c;
    const EntryPoint *e = m->point->e;
    for (int i = 0; i < e->changed.count; ++i) {
        const Array *array = e->changed.items[i];
        Value *arguments[5] = {file, value_string(c, state_array_text(c->arena, array)),
                               value_string(c, scalar_text(array->type)), element_count(m, array),
                               place_of(m, i)};
        block_call(c, m->checker.block, call_runtime(m, C_VOID, function, 5, arguments));
    }
}

static Value *declare_file(Maker *m) {
    Variable *file = variable_new(m->c, "file", C_STATE_FILE);
    block_declare(m->c, m->checker.block, file, NULL);
    return value_address(m->c, file, NULL);
}

static void make_save(StatePoint *point) {
    Maker m = maker_new(point, point->e, "_save_call", C_INT, true);
    Compiler *c = m.c;
    EntryPoint *e = point->e;
    m.state->is_const = true;
    Variable *path = take_path(&m);
    take_call(&m);
    m.function->doc = "The same with the detail of an error; call may be NULL.";
    need_pointer(&m, m.state);
    need_ready(&m);
    Variables sizes = {0};
    for (int i = 0; i < e->sizes.count; ++i) {
        Variable *size = variable_new(c, e->sizes.items[i]->name, C_SIZE);
        size->is_const = true;
        block_declare(c, m.checker.block, size, value_member_of(c, m.state, point->sizes.items[i]));
        vector_push(c->arena, &sizes, size);
    }
    entry_declare_extents(e, &sizes, m.checker.block);
    Value *file = declare_file(&m);
    Value *begin[5] = {file, value_variable(c, path), value_string(c, e->name), base_of(&m),
                       value_variable(c, m.call)};
    block_call(c, m.checker.block, call_runtime(&m, C_VOID, "sy_save_begin", 5, begin));
    for (int i = 0; i < e->sizes.count; ++i) {
        Value *size[3] = {file, value_string(c, e->sizes.items[i]->name),
                          lower_extent(&e->lower, e->sizes.items[i])};
        block_call(c, m.checker.block, call_runtime(&m, C_VOID, "sy_save_size", 3, size));
    }
    file_sizes(&m, file, "sy_save_size");
    file_arrays(&m, file, "sy_save_array");
    block_return(c, m.checker.block, call_runtime(&m, C_INT, "sy_save_end", 1, &file));
    entry_finish(e, m.function);
}

static void make_load(StatePoint *point) {
    Maker m = maker_new(point, point->e, "_load_call", C_INT, true);
    Compiler *c = m.c;
    EntryPoint *e = point->e;
    Variable *path = take_path(&m);
    take_call(&m);
    m.function->doc = "The same with the detail of an error; call may be NULL.";
    need_pointer(&m, m.state);
    Value *file = declare_file(&m);
    Value *begin[5] = {file, value_variable(c, path), value_string(c, e->name), base_of(&m),
                       value_variable(c, m.call)};
    block_call(c, m.checker.block, call_runtime(&m, C_VOID, "sy_load_begin", 5, begin));
    Variables sizes = {0};
    for (int i = 0; i < e->sizes.count; ++i) {
        Variable *size = variable_new(c, e->sizes.items[i]->name, C_SIZE);
        size->is_const = true;
        Value *wanted[3] = {file, value_string(c, size->name),
                            value_member_of(c, m.state, point->sizes.items[i])};
        block_declare(c, m.checker.block, size,
                      call_runtime(&m, C_SIZE, "sy_load_held_size", 3, wanted));
        vector_push(c->arena, &sizes, size);
    }
    Statement *fresh =
        block_if(c, m.checker.block, call_runtime(&m, C_INT, "sy_load_is_first", 1, &file));
    Value *placed[2] = {file, place_call(&m, e, &sizes)};
    block_call(c, &fresh->body, call_runtime(&m, C_VOID, "sy_load_placed", 2, placed));
    entry_declare_extents(e, &sizes, m.checker.block);
    file_sizes(&m, file, "sy_load_size");
    file_arrays(&m, file, "sy_load_array");
    block_return(c, m.checker.block, call_runtime(&m, C_INT, "sy_load_end", 1, &file));
    entry_finish(e, m.function);
}

static void make_file_function(StatePoint *point, const char *suffix, const char *doc) {
    Maker m = maker_new(point, point->e, suffix, C_INT, true);
    m.state->is_const = strcmp(suffix, "_save") == 0;
    m.function->doc = doc;
    take_path(&m);
    make_without_call(&m, point->e, arena_format(m.c->arena, "%s_call", suffix));
}

static void make_free(StatePoint *point) {
    Maker m = maker_new(point, point->e, "_free", C_VOID, true);
    m.function->doc = "Gives back the memory that init or load allocated; the state may be "
                      "initialised or loaded again.";
    Value *some = value_binary(m.c, C_NE, value_variable(m.c, m.state), value_null(m.c));
    Statement *check = block_if(m.c, &m.function->body, some);
    Value *base = base_of(&m);
    block_call(m.c, &check->body, call_runtime(&m, C_VOID, "sy_state_free", 1, &base));
}

void training_files(StatePoint *point) {
    make_file_function(point, "_save",
                       "Writes the state to a file, which is then there as a whole; if that "
                       "fails it is as it was before.");
    make_save(point);
    make_file_function(point, "_load",
                       "Reads a state that was saved, into one that is initialised and "
                       "has these sizes, or that is not\n"
                       "and takes them from the file. On an error the state is as it was before.");
    make_load(point);
    make_free(point);
    entry_bytes_function(point->e, "_memory",
                         "The bytes of memory that the arrays of a state take, SIZE_MAX if the "
                         "sizes are too large.");
}
