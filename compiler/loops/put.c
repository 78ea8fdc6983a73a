/* Sums of whole rows of a tile's lanes, stored as they are, go past the cache where the array is
 * large.
 *
 * In: a loop over the lanes of a tile, lowered, and its steps. Out: where it does nothing but store
 * the elements of a row of sums, of an output that nobody reads, not the loop
 *
 *     for lane:  d_data[(b * T + t) * F + f_first + lane] = (float)d_data_sum[lane];
 *
 * but a call that does the same,
 *
 *     sy_put_rounded_f32(&d_data[(b * T + t) * F + f_first], d_data_sum, 64, B * T * F);
 *
 * and knows by the size of the array whether a cache would keep it (steelyard_put.h). A plain store
 * of what is in no cache reads the line first: half of all that such a loop moves. Where elements
 * take more than to be rounded the row would have to go by way of a further array, which costs
 * where the outputs are small; so these stay plain stores. When each thread has done its share,
 * sy_put_end() makes sure that the others see it. */
#include "loops/lower.h"
#include <string.h>

static bool is_read(Lower *lower, const Root *root) {
    bool read = table_has(&lower->uses, graph_array(lower->graph, root->array));
    for (int i = 0; i < root->same.count; ++i)
        read |= table_has(&lower->uses, graph_array(lower->graph, (Array *)root->same.items[i]));
    return read;
}

/* Whether the loop stores rows of an output that nothing reads again, and does nothing else. */
static bool stores_rows(Lower *lower, const PlanLoop *loop) {
    const Step *step = loop->body.items[0];
    if (loop->body.count != 1 || step->kind != STEP_STORE) return false;
    const Root *root = step->root;
    const Array *array = root->array;
    bool plain = !root->is_buffer && !root->updates && root->scatter == OP_NUMBER &&
                 !root->member && !root->steps_kept && !root->contraction;
    bool along = array->rank > 1 && array->axes[array->rank - 1] == loop->axis;
    bool holds = array->type == SCALAR_F32 || array->type == SCALAR_F64;
    if (!plain || !along || !holds) return false;
    return !is_read(lower, root) && (intptr_t)table_get(&lower->uses, root->value) <= 1;
}

/* The address of the first element of the tile. */
static Value *start_of_row(Lower *lower, LowerScope *scope, const Array *array,
                           const PlanLoop *loop) {
    LowerScope at = lower_scope(lower, scope, scope->block);
    at.axis = loop->axis;
    at.index = lower_tile(scope)->tile_first;
    const Value *element = lower_element(lower, &at, array, NULL);
    return value_address(lower->c, element->variable, element->a);
}

/* The local array whose elements the loop stores, as they are or rounded; or NULL. */
static Variable *row_stored(const Statement *lanes, const Value *lane) {
    const Statement *stores = NULL;
    for (int i = 0; i < lanes->body.count; ++i) {
        const Statement *s = lanes->body.items[i];
        if (s->kind == STATEMENT_ASSIGN && !stores)
            stores = s;
        else if (s->kind != STATEMENT_DECLARE)
            return NULL;
    }
    const Value *from = stores ? stores->value : lane;
    if (from->kind == VALUE_CAST && from->a->type == C_F64) from = from->a;
    bool is_lane = from->kind == VALUE_ELEMENT && from->variable->length &&
                   from->a->kind == VALUE_VARIABLE && from->a->variable == lane->variable;
    return is_lane ? from->variable : NULL;
}

void lower_store_lanes(Lower *lower, LowerScope *scope, const PlanLoop *loop, Statement *lanes,
                       Value *lane) {
    Compiler *c = lower->c;
    Value *count = lower_tile(scope)->tile_count;
    bool whole = count->kind == VALUE_INTEGER;
    Variable *row = whole && stores_rows(lower, loop) ? row_stored(lanes, lane) : NULL;
    if (!row) {
        block_add(c, scope->block, lanes);
        return;
    }
    Root *root = loop->body.items[0]->root;
    const Array *array = root->array;
    root->is_put = true;
    Value *arguments[] = {start_of_row(lower, scope, array, loop), value_variable(c, row), count,
                          lower_element_count(lower, array)};
    const char *name = row->type != c_type_of(array->type) ? "put_rounded" : "put";
    block_call(c, scope->block, lower_call(lower, C_VOID, name, array->type, 4, arguments));
}

/* --- when all is stored --- */

static bool holds_put(const Statement *s) {
    if (s->kind == STATEMENT_CALL && s->value->name && strncmp(s->value->name, "sy_put_", 7) == 0)
        return true;
    for (int i = 0; i < s->body.count; ++i)
        if (holds_put(s->body.items[i])) return true;
    for (int i = 0; i < s->otherwise.count; ++i)
        if (holds_put(s->otherwise.items[i])) return true;
    return false;
}

void module_end_puts(Compiler *compiler, Module *module) {
    for (int i = 0; i < module->functions.count; ++i) {
        Block done = {0};
        Block *body = &module->functions.items[i]->body;
        for (int k = 0; k < body->count; ++k) {
            block_add(compiler, &done, body->items[k]);
            if (holds_put(body->items[k]))
                block_call(compiler, &done, value_call(compiler, C_VOID, "sy_put_end", 0, NULL));
        }
        *body = done;
    }
}
