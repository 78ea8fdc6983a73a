/* The elements of the open tile, added up: the roots of the loop take in their sums.
 *
 * Each root has PLAN_LANES accumulators: element r of the tile goes to lane r mod PLAN_LANES. They
 * are folded by a halving tree, and what comes of it is added to where the root keeps its sum, so
 * that tiles meet in order. */
#include "loops/reduce.h"

typedef struct Fold { /* roots that share one loop */
    Lower *lower;
    Compiler *c;
    const PlanLoop *loop;
    Vector(Root *) roots;
    Variables lanes; /* of each root */
} Fold;

static void take(Fold *f, LowerScope *scope, int i, Value *lane) {
    Compiler *c = f->c;
    Node *value = f->roots.items[i]->value;
    Variable *lanes = f->lanes.items[i];
    Value *target = value_element(c, lanes, lane);
    if (reduce_is_private_product(f->lower, value)) {
        Value *factors[3] = {lower_value(f->lower, scope, value->arguments[0]),
                             lower_value(f->lower, scope, value->arguments[1]), target};
        const char *fma = value->type == SCALAR_F32 ? "SY_FMA_F32" : "SY_FMA_F64";
        block_assign(c, scope->block, target, value_call(c, lanes->type, fma, 3, factors));
        return;
    }
    block_update(c, scope->block, C_ADD, target, lower_value(f->lower, scope, value));
}

/* The lanes of one row, or as many as there are left: elements of the tile from `first` on. */
static void row(Fold *f, LowerScope *scope, Value *first, Value *count) {
    Compiler *c = f->c;
    const LowerScope *tile = lower_tile(scope);
    Block hold = {0};
    Variable *lane = variable_new(c, "lane", C_I64);
    Statement *loop = block_for(c, &hold, lane, value_integer(c, C_I64, 0), count, NULL);
    loop->for_kind = FOR_SIMD;
    LowerScope inner = lower_scope(f->lower, scope, &loop->body);
    inner.axis = f->loop->axis;
    inner.lane = value_binary(c, C_ADD, first, value_variable(c, lane));
    Variable *index = variable_new(c, f->loop->axis->name, C_I64);
    index->is_const = true;
    block_declare(c, &loop->body, index, value_binary(c, C_ADD, tile->tile_first, inner.lane));
    inner.index = value_variable(c, index);
    for (int i = 0; i < f->roots.count; ++i)
        take(f, &inner, i, value_variable(c, lane));
    block_add(c, scope->block, loop);
}

static void rows(Fold *f, LowerScope *scope) {
    Compiler *c = f->c;
    Value *count = lower_tile(scope)->tile_count;
    Value *lanes = value_integer(c, C_I64, PLAN_LANES), *zero = value_integer(c, C_I64, 0);
    Value *rest = value_binary(c, C_MOD, count, lanes);
    Value *whole = value_binary(c, C_SUB, count, rest);
    if (whole->kind != VALUE_INTEGER || whole->integer > PLAN_LANES) {
        Block hold = {0};
        Variable *first = variable_new(c, "row", C_I64);
        Statement *loop = block_for(c, &hold, first, zero, whole, lanes);
        LowerScope inner = lower_scope(f->lower, scope, &loop->body);
        row(f, &inner, value_variable(c, first), lanes);
        block_add(c, scope->block, loop);
    } else if (whole->integer == PLAN_LANES) {
        row(f, scope, zero, lanes);
    }
    if (rest->kind != VALUE_INTEGER || rest->integer > 0) row(f, scope, whole, rest);
}

static Value *target_of(Fold *f, LowerScope *scope, const Root *root) {
    Node *at = NULL;
    if (root->scatter_axis) {
        Axis *axis = root->scatter_axis;
        Node *index = root->scatter_index, *array = graph_array(f->lower->graph, root->array);
        at = graph_at(f->lower->graph, array, &axis, &index, 1, true);
    }
    return lower_element(f->lower, scope, root->array, at && at->op == OP_AT ? at : NULL);
}

static void fold(Fold *f, LowerScope *scope) {
    Compiler *c = f->c;
    for (int i = 0; i < f->roots.count; ++i) {
        const Root *root = f->roots.items[i];
        Variable *lanes = variable_new(c, root->array->name, c_type_of(root->value->type));
        lanes->length = value_integer(c, C_I64, PLAN_LANES);
        block_declare(c, scope->block, lanes, NULL)->zero = true;
        vector_push(c->arena, &f->lanes, lanes);
    }
    rows(f, scope);
    for (int i = 0; i < f->roots.count; ++i) {
        const Root *root = f->roots.items[i];
        Value *lanes = value_variable(c, f->lanes.items[i]);
        Value *sum =
            lower_call(f->lower, f->lanes.items[i]->type, "tree_sum", root->value->type, 1, &lanes);
        block_update(c, scope->block, C_ADD, target_of(f, scope, root),
                     value_cast(c, c_type_of(root->array->type), sum));
    }
}

/* Roots without a condition share a loop; any other stands under its own. */
void lower_fold_loop(Lower *lower, LowerScope *scope, const PlanLoop *loop) {
    Fold shared = {lower, lower->c, loop, {0}, {0}};
    for (int i = 0; i < loop->body.count; ++i) {
        const Step *step = loop->body.items[i];
        if (step->kind != STEP_STORE || step->root->scatter != OP_SUM)
            bug("only sums are folded over a tile");
        if (!step->root->condition) vector_push(lower->c->arena, &shared.roots, step->root);
    }
    if (shared.roots.count) fold(&shared, scope);
    for (int i = 0; i < loop->body.count; ++i) {
        Root *root = loop->body.items[i]->root;
        if (!root->condition) continue;
        Block hold = {0};
        Value *condition = lower_lazy(lower, scope, root->condition);
        Statement *choice = block_if(lower->c, &hold, condition);
        LowerScope inner = lower_scope(lower, scope, &choice->body);
        inner.guarded = true;
        Fold own = {lower, lower->c, loop, {0}, {0}};
        vector_push(lower->c->arena, &own.roots, root);
        fold(&own, &inner);
        block_add(lower->c, scope->block, choice);
    }
}
