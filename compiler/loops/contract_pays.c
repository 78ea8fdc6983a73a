/* Whether a product of matrices pays for panels, as far as extents tell that are known only when
 * the program runs. In: a root with a contraction; out: the condition, as C. Those that the program
 * gives have been looked at before (plan/contract.c). */
#include "loops/contract_loop.h"

/* How many products there are of each batch: one for each row, column and step. */
Value *contract_products(Lower *lower, const Contraction *of) {
    const Axis *axes[] = {of->row, of->column, of->depth};
    Value *count = NULL;
    for (int i = 0; i < 3; ++i) {
        Value *extent = value_cast(lower->c, C_F64, lower_extent(lower, axes[i]));
        count = count ? value_binary(lower->c, C_MUL, count, extent) : extent;
    }
    return count;
}

static Value *compare(Lower *lower, COp op, const Axis *axis, int64_t bound) {
    Compiler *c = lower->c;
    return value_binary(c, op, lower_extent(lower, axis), value_integer(c, C_I64, bound));
}

/* A tile of the columns that is not full is what the other loops are slow at, and columns that are
 * not the last axis. */
static Value *enough_rows(Lower *lower, const Root *root) {
    const Contraction *of = root->contraction;
    Value *narrow = compare(lower, C_LT, of->column, PLAN_TILE);
    Value *some = compare(lower, C_GE, of->row, PLAN_LEAST_ROWS);
    Value *many = compare(lower, C_GE, of->row, PLAN_FEW_ROWS);
    if (root->array->axes[root->array->rank - 1] != of->column) return some;
    if (narrow->kind == VALUE_INTEGER) return narrow->integer ? some : many;
    return value_binary(lower->c, C_OR, many, value_binary(lower->c, C_AND, some, narrow));
}

/* Whether panels are faster than the other loops. Sums along the memory of both factors run in
 * lanes there, and need nothing laid out: panels have to be used by many for that to pay. */
Value *contract_pays(Lower *lower, const Root *root) {
    Compiler *c = lower->c;
    const Contraction *of = root->contraction;
    Value *products = value_binary(c, C_GE, contract_products(lower, of),
                                   value_float(c, C_F64, PLAN_CONTRACT_LEAST));
    Value *result = value_binary(c, C_AND, enough_rows(lower, root), products);
    if (!contraction_is_dots(of)) return result;
    Value *many = value_binary(c, C_AND, compare(lower, C_GE, of->row, PLAN_DOT_ROWS),
                               compare(lower, C_GE, of->column, PLAN_DOT_COLUMNS));
    many = value_binary(c, C_OR, compare(lower, C_LT, of->depth, PLAN_DOT_DEPTH), many);
    return value_binary(c, C_AND, result, many);
}
