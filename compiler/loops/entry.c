/* The pass that lowers: a model to the functions of one C file.
 *
 * For the model, and for each of its entries, there are four functions:
 *   NAME_compute    static: the loops; its arguments have been checked
 *   NAME_workspace  the bytes that the buffers take
 *   NAME_call       checks everything, finds a workspace, computes; tells the detail of what is
 * wrong NAME            the same without the detail and on request NAME_packed, which takes its
 * arguments in arrays. Nothing is written before all checks have passed. Of a training, what
 * NAME_call does is NAME_arrays, static, and training.c puts functions around it that take a state.
 */
#include "loops/entry.h"
#include <string.h>

/* --- parameters --- */

static const char *extent_name(EntryPoint *e, const Axis *axis) {
    return arena_format(e->lower.c->arena, "%s_extent", axis->name);
}

Variable *entry_array_parameter(EntryPoint *e, const Array *array, bool is_input) {
    Variable *variable = variable_new(e->lower.c, array->name, c_type_of(array->type));
    variable->pointer = array->rank > 0 || !is_input;
    variable->is_const = variable->pointer && is_input;
    return variable;
}

Function *entry_function(EntryPoint *e, const char *suffix, CType result, bool is_public) {
    Function *function = ARENA_NEW(e->lower.c->arena, Function);
    function->name =
        name_of(e->lower.c->names, arena_format(e->lower.c->arena, "%s%s", e->name, suffix));
    function->result = result;
    function->is_public = is_public;
    vector_push(e->lower.c->arena, &e->module->functions, function);
    return function;
}

void entry_size_parameters(EntryPoint *e, Function *function, Variables *sizes) {
    for (int i = 0; i < e->sizes.count; ++i) {
        Variable *size = variable_new(e->lower.c, e->sizes.items[i]->name, C_SIZE);
        vector_push(e->lower.c->arena, &function->parameters, size);
        vector_push(e->lower.c->arena, sizes, size);
    }
}

/* What changes in place, then the outputs. */
Array *entry_written(const EntryPoint *e, int i) {
    return i < e->changed.count ? e->changed.items[i] : e->outputs.items[i - e->changed.count];
}

static void array_parameters(EntryPoint *e, Function *function) {
    Arena *arena = e->lower.c->arena;
    e->lower.arrays = table_new(arena);
    for (int i = 0; i < e->inputs.count; ++i) {
        Variable *variable = entry_array_parameter(e, e->inputs.items[i], true);
        table_set(&e->lower.arrays, e->inputs.items[i], variable);
        vector_push(arena, &function->parameters, variable);
    }
    for (int i = 0; i < e->changed.count + e->outputs.count; ++i) {
        Array *array = entry_written(e, i);
        Variable *variable = entry_array_parameter(e, array, false);
        table_set(&e->lower.arrays, array, variable);
        vector_push(arena, &function->parameters, variable);
    }
}

/* --- constants of the program --- */

static void declare_constants(EntryPoint *e, Block *block) {
    Compiler *c = e->lower.c;
    for (int i = 0; i < e->constants.count; ++i) {
        Array *array = e->constants.items[i];
        int64_t count = 1;
        for (int k = 0; k < array->rank; ++k)
            count *= array->axes[k]->extent->u.integer;
        Variable *variable = variable_new(c, array->name, c_type_of(array->type));
        variable->is_const = true;
        variable->length = value_integer(c, C_I64, count > 0 ? count : 1);
        Statement *declaration = block_declare(c, block, variable, NULL);
        declaration->element_count = (int)(count > 0 ? count : 1);
        declaration->elements = ARENA_ARRAY(c->arena, Value *, declaration->element_count);
        for (int k = 0; k < declaration->element_count; ++k) {
            double number = count > 0 ? array->numbers[k] : 0;
            declaration->elements[k] = scalar_is_float(array->type)
                                           ? value_float(c, variable->type, number)
                                           : value_integer(c, variable->type, (int64_t)number);
        }
        table_set(&e->lower.arrays, array, variable);
    }
}

/* --- the loops --- */

Variable *lower_buffer(Lower *lower, const char *name, CType type, const Axis *blocks_of) {
    Variable *variable = variable_new(lower->c, name, type);
    variable->pointer = true;
    variable->is_restrict = true;
    vector_push(lower->c->arena, &lower->workspace->items,
                (Buffer){.variable = variable, .type = type, .blocks_of = blocks_of});
    return variable;
}

Variable *lower_panels(Lower *lower, const Root *root, const char *name) {
    CType type = c_type_of(root->contraction->right->type);
    Variable *variable = lower_buffer(lower, name, type, NULL);
    lower->workspace->items.items[lower->workspace->items.count - 1].panels_of = root;
    return variable;
}

static Value *count_times(Lower *lower, Value *count, Value *extent, bool checked) {
    return checked ? value_call(lower->c, C_I64, "sy_count", 2, (Value *[]){count, extent})
                   : value_binary(lower->c, C_MUL, count, extent);
}

static Value *panels_count(Lower *lower, const Root *root, bool checked) {
    Compiler *c = lower->c;
    const Contraction *of = root->contraction;
    int64_t lanes = contraction_lanes(of);
    Value *columns = lower_extent(lower, of->column);
    columns = value_binary(c, C_ADD, columns, value_integer(c, C_I64, lanes - 1));
    columns = value_binary(c, C_DIV, columns, value_integer(c, C_I64, lanes));
    columns = value_binary(c, C_MUL, columns, value_integer(c, C_I64, lanes));
    Value *count = count_times(lower, columns, lower_extent(lower, of->depth), checked);
    for (int i = 0; i < root->array->rank; ++i) {
        Axis *axis = root->array->axes[i];
        if (axis != of->column && axis_set_has(of->right_panel->axes, axis))
            count = count_times(lower, count, lower_extent(lower, axis), checked);
    }
    return count;
}

static Value *buffer_count(Lower *lower, const Buffer *buffer, bool checked) {
    Compiler *c = lower->c;
    if (buffer->panels_of) return panels_count(lower, buffer->panels_of, checked);
    if (buffer->blocks_of) {
        Value *extent = lower_extent(lower, buffer->blocks_of);
        extent = value_binary(c, C_ADD, extent, value_integer(c, C_I64, PLAN_BLOCK - 1));
        return value_binary(c, C_DIV, extent, value_integer(c, C_I64, PLAN_BLOCK));
    }
    const Root *root = table_get(&lower->plan->arrays, buffer->array);
    int fields = root && root->record ? root->record->fields.count : 1;
    Value *count = value_integer(c, C_I64, fields);
    for (int i = 0; i < buffer->array->rank; ++i) {
        Value *extent = lower_length(lower, buffer->array, i);
        count = count_times(lower, count, extent, checked && (i > 0 || fields > 1));
    }
    return count;
}

Value *entry_buffer_bytes(Lower *lower, const Buffer *buffer, bool checked) {
    Value *arguments[2] = {buffer_count(lower, buffer, checked),
                           value_sizeof(lower->c, buffer->type)};
    return value_call(lower->c, C_SIZE, "sy_bytes", 2, arguments);
}

/* Fields of a record may have one name: then the array has that of several. */
static const char *buffer_name(Lower *lower, const Root *root) {
    const char *name = root->array->name;
    if (!root->record) return name;
    const Roots *fields = &root->record->fields;
    bool same = true;
    for (int i = 1; i < fields->count; ++i)
        same &= fields->items[i]->array->name == name;
    if (same) return arena_format(lower->c->arena, "%ss", name);
    if (fields->count > 2) return arena_format(lower->c->arena, "%s_and_others", name);
    return arena_format(lower->c->arena, "%s_and_%s", name, fields->items[1]->array->name);
}

static void describe_records(Lower *lower, const Buffer *buffer, Block *block) {
    const Root *root = buffer->array ? table_get(&lower->plan->arrays, buffer->array) : NULL;
    if (!root || !root->record) return;
    const Roots *fields = &root->record->fields;
    Text text = text_new(lower->c->arena);
    text_format(&text, "of each %s, side by side: ", root->array->axes[0]->name);
    for (int i = 0; i < fields->count; ++i)
        text_format(&text, "%s%s", i ? ", " : "", fields->items[i]->array->name);
    block_comment(lower->c, block, text.chars);
}

/* Buffers lie in the workspace one after the other. */
static void carve(EntryPoint *e, Variable *workspace, Block *block) {
    Compiler *c = e->lower.c;
    Value *offset = value_integer(c, C_SIZE, 0);
    for (int i = 0; i < e->workspace.items.count; ++i) {
        Buffer *buffer = &e->workspace.items.items[i];
        describe_records(&e->lower, buffer, block);
        Value *start = value_address(c, workspace, offset);
        block_declare(c, block, buffer->variable,
                      value_cast_pointer(c, buffer->type, value_cast_pointer(c, C_VOID, start)));
        if (i + 1 == e->workspace.items.count) break;
        const char *name = arena_format(c->arena, "after_%s", buffer->variable->name);
        Variable *after = variable_new(c, name, C_SIZE);
        after->is_const = true;
        block_declare(c, block, after,
                      value_binary(c, C_ADD, offset, entry_buffer_bytes(&e->lower, buffer, false)));
        offset = value_variable(c, after);
    }
}

static void block_append(Compiler *c, Block *block, const Block *more) {
    for (int i = 0; i < more->count; ++i)
        block_add(c, block, more->items[i]);
}

typedef struct Passed { /* an argument of compute: how compute calls it, and what it stands for */
    Variable *variable;
    Axis *axis;
    Array *array;
} Passed;

typedef struct Compute {
    Function *function;
    Vector(Passed) passed; /* in order; only what the loops use */
    bool uses_workspace;
} Compute;

/* What the checks on the way set. */
static void declare_wrong(EntryPoint *e, Block *block) {
    Compiler *c = e->lower.c;
    e->lower.wrong = variable_new(c, "wrong", C_BOOL);
    e->lower.wrong->length = value_integer(c, C_I64, 1);
    block_declare(c, block, e->lower.wrong, NULL)->zero = true;
}

static Compute make_compute(EntryPoint *e) {
    Lower *lower = &e->lower;
    Compiler *c = lower->c;
    Compute compute = {0};
    Vector(Passed) candidates = {0};
    lower->extents = table_new(c->arena);
    lower->arrays = table_new(c->arena);
    for (int pass = 0; pass < 2; ++pass)
        for (int i = 0; i < (pass ? e->computed.count : e->sizes.count); ++i) {
            Axis *axis = pass ? e->computed.items[i] : e->sizes.items[i];
            Variable *extent = variable_new(c, extent_name(e, axis), C_I64);
            table_set(&lower->extents, pass ? (void *)axis : (void *)axis->extent, extent);
            if (pass) table_set(&lower->extents, axis->extent, extent);
            vector_push(c->arena, &candidates, (Passed){extent, axis, NULL});
        }
    for (int pass = 0; pass < 2; ++pass)
        for (int i = 0; i < (pass ? e->changed.count + e->outputs.count : e->inputs.count); ++i) {
            Array *array = pass ? entry_written(e, i) : e->inputs.items[i];
            Variable *variable = entry_array_parameter(e, array, !pass);
            variable->is_restrict = variable->pointer;
            table_set(&lower->arrays, array, variable);
            vector_push(c->arena, &candidates, (Passed){variable, NULL, array});
        }
    Block constants = {0}, loops = {0};
    declare_constants(e, &constants);
    for (int i = 0; i < lower->plan->roots.count; ++i) {
        Root *root = lower->plan->roots.items[i];
        if (root->updates)
            table_set(&lower->arrays, root->array, table_get(&lower->arrays, root->updates));
        for (int k = 0; k < root->same.count; ++k)
            table_set(&lower->arrays, root->same.items[k], table_get(&lower->arrays, root->array));
        if (!root->is_buffer) continue;
        if (root->record && root->field > 0) {
            const Root *first = root->record->fields.items[0];
            table_set(&lower->arrays, root->array, table_get(&lower->arrays, first->array));
            continue;
        }
        Variable *variable =
            lower_buffer(lower, buffer_name(lower, root), c_type_of(root->array->type), NULL);
        e->workspace.items.items[e->workspace.items.count - 1].array = root->array;
        table_set(&lower->arrays, root->array, variable);
    }
    LowerScope scope = lower_scope(lower, NULL, &loops);
    lower_count_uses(lower);
    if (entry_checks_late(e)) declare_wrong(e, &constants);
    lower_steps(lower, &scope, &lower->plan->steps);
    if (lower->wrong) block_return(c, &loops, value_integer(c, C_INT, 0));

    compute.function = entry_function(e, "_compute", lower->wrong ? C_INT : C_VOID, false);
    Variable *workspace = variable_new(c, "workspace", C_BOOL);
    workspace->pointer = true;
    Block *body = &compute.function->body;
    block_append(c, body, &constants);
    if (e->workspace.items.count > 0) carve(e, workspace, body);
    block_append(c, body, &loops);
    Table uses = tidy_function(c, compute.function);
    compute.uses_workspace = table_get(&uses, workspace) != NULL;
    for (int i = 0; i < candidates.count; ++i) {
        if (!table_get(&uses, candidates.items[i].variable)) continue;
        vector_push(c->arena, &compute.function->parameters, candidates.items[i].variable);
        vector_push(c->arena, &compute.passed, candidates.items[i]);
    }
    if (compute.uses_workspace) vector_push(c->arena, &compute.function->parameters, workspace);
    return compute;
}

/* --- extents from sizes --- */

void entry_declare_extents(EntryPoint *e, const Variables *sizes, Block *block) {
    Lower *lower = &e->lower;
    Compiler *c = lower->c;
    lower->extents = table_new(c->arena);
    for (int i = 0; i < e->sizes.count; ++i) {
        Axis *axis = e->sizes.items[i];
        Variable *extent = variable_new(c, extent_name(e, axis), C_I64);
        extent->is_const = true;
        block_declare(c, block, extent, value_cast(c, C_I64, value_variable(c, sizes->items[i])));
        table_set(&lower->extents, axis->extent, extent);
    }
    for (int i = 0; i < e->computed.count; ++i) {
        Axis *axis = e->computed.items[i];
        Variable *extent = variable_new(c, extent_name(e, axis), C_I64);
        extent->is_const = true;
        block_declare(c, block, extent, lower_extent(lower, axis));
        table_set(&lower->extents, axis->extent, extent);
    }
}

static Value *any_size_too_large(EntryPoint *e, const Variables *sizes) {
    Compiler *c = e->lower.c;
    Value *result = NULL;
    for (int i = 0; i < sizes->count; ++i) {
        Value *size = value_variable(c, sizes->items[i]);
        Value *fits = value_call(c, C_INT, "sy_size_fits", 1, &size);
        Value *bad = value_unary(c, C_NOT, fits);
        result = result ? value_binary(c, C_OR, result, bad) : bad;
    }
    return result;
}

Value *entry_constant(Compiler *c, const char *name) {
    return value_named(c, strncmp(name, "SIZE", 4) == 0 ? C_SIZE : C_INT, name);
}

/* Takes out what is not used, and marks parameters that are not as such. */
void entry_finish(EntryPoint *e, Function *function) {
    Compiler *c = e->lower.c;
    Table uses = tidy_function(c, function);
    Block unused = {0};
    for (int i = 0; i < function->parameters.count; ++i)
        if (!table_get(&uses, function->parameters.items[i]))
            block_call(c, &unused,
                       value_cast(c, C_VOID, value_variable(c, function->parameters.items[i])));
    block_append(c, &unused, &function->body);
    function->body = unused;
}

void entry_bytes_function(EntryPoint *e, const char *suffix, const char *doc) {
    Lower *lower = &e->lower;
    Compiler *c = lower->c;
    Function *function = entry_function(e, suffix, C_SIZE, true);
    function->doc = doc;
    Variables sizes = {0};
    entry_size_parameters(e, function, &sizes);
    Block *body = &function->body;
    if (e->workspace.items.count == 0) {
        block_return(c, body, value_integer(c, C_SIZE, 0));
        entry_finish(e, function);
        return;
    }
    Value *too_large = any_size_too_large(e, &sizes);
    if (too_large)
        block_return(c, &block_if(c, body, too_large)->body, entry_constant(c, "SIZE_MAX"));
    Block extents = {0}, rest = {0};
    entry_declare_extents(e, &sizes, &extents);
    Variable *bytes = variable_new(c, "bytes", C_SIZE);
    Value *first = entry_buffer_bytes(lower, &e->workspace.items.items[0], true);
    if (e->workspace.items.count > 1) block_declare(c, &rest, bytes, first);
    for (int i = 1; i < e->workspace.items.count; ++i) {
        Value *both[2] = {value_variable(c, bytes),
                          entry_buffer_bytes(lower, &e->workspace.items.items[i], true)};
        block_assign(c, &rest, both[0], value_call(c, C_SIZE, "sy_add_bytes", 2, both));
    }
    block_return(c, &rest, e->workspace.items.count > 1 ? value_variable(c, bytes) : first);
    block_append(c, body, &extents);
    block_append(c, body, &rest);
    entry_finish(e, function);
}

/* --- the call --- */

/* The function that checks and computes: of a training it is not for callers. */
static const char *checked_suffix(const EntryPoint *e) {
    return entry_is_training(e) ? "_arrays" : "_call";
}

static Value *compute_call(EntryPoint *e, const Compute *compute, Value *workspace) {
    Compiler *c = e->lower.c;
    Value **arguments = ARENA_ARRAY(c->arena, Value *, compute->passed.count + 1);
    int count = 0;
    for (int i = 0; i < compute->passed.count; ++i) {
        const Passed *passed = &compute->passed.items[i];
        if (passed->axis)
            arguments[count++] = lower_extent(&e->lower, passed->axis);
        else
            arguments[count++] = value_variable(c, table_get(&e->lower.arrays, passed->array));
    }
    if (compute->uses_workspace) arguments[count++] = workspace;
    return value_call(c, compute->function->result, compute->function->name, count, arguments);
}

/* NAME<suffix> with the first `keep` parameters of this function, and NULL for the call where it
 * has one. */
Value *entry_own_call(EntryPoint *e, const Function *function, const char *suffix, int keep) {
    Compiler *c = e->lower.c;
    Value **arguments = ARENA_ARRAY(c->arena, Value *, keep + 1);
    for (int i = 0; i < keep; ++i)
        arguments[i] = value_variable(c, function->parameters.items[i]);
    bool bytes = strcmp(suffix, "_workspace") == 0;
    if (!bytes) arguments[keep++] = value_null(c);
    return value_call(c, bytes ? C_SIZE : C_INT, arena_format(c->arena, "%s%s", e->name, suffix),
                      keep, arguments);
}

/* The call, and whether a check on the way failed; NULL where there is none. */
static Value *call_compute(Checker *k, const Compute *compute, Value *workspace) {
    Value *call = compute_call(k->e, compute, workspace);
    if (compute->function->result == C_VOID) {
        block_call(k->c, k->block, call);
        return NULL;
    }
    Variable *wrong = variable_new(k->c, "wrong", C_INT);
    wrong->is_const = true;
    block_declare(k->c, k->block, wrong, call);
    return value_variable(k->c, wrong);
}

static void with_workspace(Checker *k, const Function *function, const Compute *compute) {
    EntryPoint *e = k->e;
    Compiler *c = k->c;
    Block *block = k->block;
    Value *call = value_variable(c, k->call);
    Variable *needed = variable_new(c, "needed", C_SIZE);
    needed->is_const = true;
    block_declare(c, block, needed, entry_own_call(e, function, "_workspace", e->sizes.count));
    Value *bytes = value_variable(c, needed);
    Statement *check =
        block_if(c, block, value_binary(c, C_EQ, bytes, entry_constant(c, "SIZE_MAX")));
    entry_fail(k, &check->body, "STEELYARD_OVERFLOW", NULL, NULL, NULL, NULL,
               "the workspace would be too large");
    Value *has_call = value_binary(c, C_NE, call, value_null(c));
    Variable *given = variable_new(c, "given", C_BOOL);
    given->pointer = true;
    Value *member =
        value_cast_pointer(c, C_BOOL, value_member(c, k->call, "workspace", C_VOID, true));
    block_declare(c, block, given, value_conditional(c, has_call, member, value_null(c)));
    Value *is_given = value_binary(c, C_NE, value_variable(c, given), value_null(c));
    Value *fits =
        value_call(c, C_INT, "sy_workspace_fits", 3,
                   (Value *[]){value_variable(c, given),
                               value_member(c, k->call, "workspace_size", C_SIZE, false), bytes});
    check = block_if(c, block, value_binary(c, C_AND, is_given, value_unary(c, C_NOT, fits)));
    entry_fail(k, &check->body, "STEELYARD_WORKSPACE", NULL, NULL, NULL,
               value_cast(c, C_I64, bytes), "bytes are needed, aligned to 64");
    Variable *workspace = variable_new(c, "workspace", C_BOOL);
    workspace->pointer = true;
    Value *one = value_integer(c, C_SIZE, 64);
    Value *size =
        value_conditional(c, value_binary(c, C_GT, bytes, value_integer(c, C_SIZE, 0)), bytes, one);
    Value *fresh = value_cast_pointer(c, C_BOOL, value_call(c, C_VOID, "sy_allocate", 1, &size));
    block_declare(c, block, workspace,
                  value_conditional(c, is_given, value_variable(c, given), fresh));
    check = block_if(c, block, value_binary(c, C_EQ, value_variable(c, workspace), value_null(c)));
    entry_fail(k, &check->body, "STEELYARD_MEMORY", NULL, NULL, NULL, value_cast(c, C_I64, bytes),
               "bytes of workspace could not be allocated");
    Value *failed = call_compute(k, compute, value_variable(c, workspace));
    Value *not_given = value_binary(c, C_EQ, value_variable(c, given), value_null(c));
    Statement *own = block_if(c, block, not_given);
    Value *pointer = value_variable(c, workspace);
    block_call(c, &own->body, value_call(c, C_VOID, "sy_release", 1, &pointer));
    if (failed) entry_check_late(k, failed);
}

static Function *make_call(EntryPoint *e, const Compute *compute) {
    Compiler *c = e->lower.c;
    bool is_public = !entry_is_training(e);
    Function *function = entry_function(e, checked_suffix(e), C_INT, is_public);
    if (is_public) function->doc = ENTRY_CALL_DOC;
    Variables sizes = {0};
    entry_size_parameters(e, function, &sizes);
    array_parameters(e, function);
    Variable *call = variable_new(c, "call", C_CALL);
    call->pointer = true;
    vector_push(c->arena, &function->parameters, call);
    Checker k = {
        .e = e, .c = c, .call = call, .block = &function->body, .counts = table_new(c->arena)};
    declare_constants(e, &function->body);
    entry_check(&k, &sizes);
    Value *failed = NULL;
    if (compute->uses_workspace)
        with_workspace(&k, function, compute);
    else
        failed = call_compute(&k, compute, NULL);
    if (failed) entry_check_late(&k, failed);
    block_return(c, k.block, entry_constant(c, "STEELYARD_OK"));
    entry_finish(e, function);
    return function;
}

static void make_plain(EntryPoint *e, const char *doc) {
    Compiler *c = e->lower.c;
    Function *function = entry_function(e, "", C_INT, true);
    function->doc = doc;
    Variables sizes = {0};
    entry_size_parameters(e, function, &sizes);
    array_parameters(e, function);
    int count = function->parameters.count;
    block_return(c, &function->body, entry_own_call(e, function, "_call", count));
}

static void make_packed(EntryPoint *e) {
    Compiler *c = e->lower.c;
    Function *function = entry_function(e, "_packed", C_INT, true);
    function->doc =
        "The same with the sizes in one array, and pointers to inputs and outputs in another.";
    Variable *sizes = variable_new(c, "sizes", C_I64), *arrays = variable_new(c, "arrays", C_VOID);
    Variable *call = variable_new(c, "call", C_CALL);
    sizes->pointer = sizes->is_const = arrays->pointer = arrays->pointer_to_const_pointers =
        call->pointer = true;
    vector_push(c->arena, &function->parameters, sizes);
    vector_push(c->arena, &function->parameters, arrays);
    vector_push(c->arena, &function->parameters, call);
    int inputs = e->inputs.count, outputs = e->changed.count + e->outputs.count, count = 0;
    Value **arguments = ARENA_ARRAY(c->arena, Value *, e->sizes.count + inputs + outputs + 1);
    for (int i = 0; i < e->sizes.count; ++i)
        arguments[count++] =
            value_cast(c, C_SIZE, value_element(c, sizes, value_integer(c, C_I64, i)));
    for (int i = 0; i < inputs + outputs; ++i) {
        Array *array = i < inputs ? e->inputs.items[i] : entry_written(e, i - inputs);
        Variable *variable = entry_array_parameter(e, array, i < inputs);
        bool scalar = !variable->pointer;
        variable->pointer = true;
        variable->is_const = i < inputs;
        Value *pointer = value_element(c, arrays, value_integer(c, C_I64, i));
        Value *cast = value_cast_pointer(c, variable->type, pointer);
        cast->to_const = variable->is_const;
        block_declare(c, &function->body, variable, cast);
        arguments[count++] = scalar ? value_element(c, variable, value_integer(c, C_I64, 0))
                                    : value_variable(c, variable);
    }
    arguments[count++] = value_variable(c, call);
    const char *name = arena_format(c->arena, "%s%s", e->name, checked_suffix(e));
    block_return(c, &function->body, value_call(c, C_INT, name, count, arguments));
    entry_finish(e, function);
}

/* --- the pass --- */

/* Made in the order in which they call each other, but the header opens with the one to call. */
static void put_last(Module *module, int at) {
    Function **items = module->functions.items, *last = items[at];
    for (int i = at; i + 1 < module->functions.count; ++i)
        items[i] = items[i + 1];
    items[module->functions.count - 1] = last;
}

static void lower_entry(Compiler *compiler, Module *module, const EntryPlan *plan,
                        const LowerOptions *options, StatePoint *training) {
    EntryPoint *e = ARENA_NEW(compiler->arena, EntryPoint);
    e->module = module;
    e->name = plan->name;
    e->doc = plan->doc;
    e->lower.c = compiler;
    e->lower.graph = module->model->graph;
    e->lower.model = module->model;
    e->lower.plan = plan->plan;
    e->lower.workspace = &e->workspace;
    e->lower.always_parallel = options->always_parallel;
    entry_find_arguments(e, plan);
    Compute compute = make_compute(e);
    const int workspace = module->functions.count;
    entry_bytes_function(e, "_workspace",
                         arena_format(compiler->arena,
                                      "The bytes of workspace that %s_call needs: 0 if none, "
                                      "SIZE_MAX if the sizes are too large.",
                                      e->name));
    make_call(e, &compute);
    if (entry_is_training(e)) {
        entry_take_state(e, training);
    } else {
        make_plain(e, entry_describe(e));
        put_last(module, workspace + 1);
    }
    put_last(module, workspace);
    if (options->packed) make_packed(e);
}

Module *lower_model(Compiler *compiler, const ModelPlan *plan, const LowerOptions *options) {
    Module *module = ARENA_NEW(compiler->arena, Module);
    Model *model = plan->model;
    module->model = model;
    if (model->outputs.count > 0) {
        Place place = source_place(compiler->sources, model->outputs.items[0].array->span.start);
        const char *slash = strrchr(place.source->path, '/');
        module->source_name = slash ? slash + 1 : place.source->path;
    }
    StatePoint *training = model->training ? training_structure(compiler, module) : NULL;
    for (int i = 0; i < plan->entries.count; ++i)
        lower_entry(compiler, module, &plan->entries.items[i], options, training);
    if (training) training_files(training);
    return module;
}
