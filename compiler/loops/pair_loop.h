/* What the parts of a loop over blocks of pairs share: pair_products.c makes the products of the
 * block of columns that is open, pair_across.c sums that go across the rows, pair_range.c tells
 * which blocks there are, pair_group.c takes several blocks of rows together, pairs.c does the rest
 * and puts them together. */
#ifndef LOOPS_PAIR_LOOP_H
#define LOOPS_PAIR_LOOP_H
#include "loops/pairs.h"

typedef struct Product { /* sum[d](left[row, d] * right[column, d]), or of another term */
    Node *reduction;
    PairTerm term;
    const Axis *depth;
    Variable *left_panel, *right_panel, *block;
} Product;

typedef struct ColumnSum { /* sum[column](factor[row, column] * right[column, lane]) */
    Node *reduction, *right;
    int accumulator; /* that keeps the factor */
    Variable *panel, *total;
    Value *finite; /* whether all of the panel is; NULL: nobody asks, or not yet */
    const char *name;
} ColumnSum;

typedef struct RowSum { /* sum[row](factor[row, column] * right[row, lane]) */
    Node *reduction, *right;
    int accumulator; /* that keeps the factor */
    Variable *panel;
    Value *finite; /* whether all of the panel is; NULL: nobody asks */
    const char *name;
} RowSum;

typedef struct PairLoop {
    Rows *rows;
    Lower *lower;
    Compiler *c;
    const PlanLoop *loop;
    Value *first, *end; /* of the open block of columns */
    int64_t room;       /* columns of a block, in whole tiles; */
    int64_t rows_room;  /* rows, too: rows->room is that of all rows of a group */
    Node *narrows;      /* the condition by which some columns are left out, or NULL */
    Vector(Product) products;
    Vector(ColumnSum) sums;
    Vector(RowSum) across;
    ReduceLoop reduce; /* one accumulator for each of loop->reductions, and of loop->across */
    PlanLoop each;     /* what reduce goes over: only takes in */
} PairLoop;

static inline Value *pair_number(PairLoop *p, int64_t integer) {
    return value_integer(p->c, C_I64, integer);
}

static inline Value *pair_variable(PairLoop *p, const char *format, const char *name, Block *block,
                                   Value *value) {
    Variable *variable = variable_new(p->c, arena_format(p->c->arena, format, name), value->type);
    variable->is_const = true;
    block_declare(p->c, block, variable, value);
    return value_variable(p->c, variable);
}

static inline Variable *pair_array(PairLoop *p, const char *format, const char *name, CType type,
                                   int64_t length) {
    Variable *array = variable_new(p->c, arena_format(p->c->arena, format, name), type);
    array->length = pair_number(p, length);
    return array;
}

/* a[row * width + place], where place is of the open loops. */
static inline Value *pair_in_row(PairLoop *p, Value *row, int64_t width, Value *place) {
    return value_binary(p->c, C_ADD, value_binary(p->c, C_MUL, row, pair_number(p, width)), place);
}

static inline Value *pair_from_first(PairLoop *p, Value *index, Value *first) {
    return value_binary(p->c, C_SUB, index, first);
}

/* The largest multiple of the size that is not larger. */
static inline Value *pair_whole_part(PairLoop *p, Value *value, Value *size) {
    return value_binary(p->c, C_SUB, value, value_binary(p->c, C_MOD, value, size));
}

static inline LowerScope pair_scope_over(PairLoop *p, LowerScope *scope, Block *hold,
                                         const Axis *axis, Value *from, Value *to,
                                         Statement **loop) {
    Variable *index = variable_new(p->c, axis->name, C_I64);
    *loop = block_for(p->c, hold, index, from, to, NULL);
    LowerScope inner = lower_scope(p->lower, scope, &(*loop)->body);
    inner.axis = (Axis *)axis;
    inner.index = value_variable(p->c, index);
    return inner;
}

enum {
    PAIR_DEPTH = 64 /* of a panel, of products with further axes */
};

typedef struct Factors { /* of a product, in panels with room for so many steps */
    Variable *left, *right;
    int64_t left_capacity, right_capacity;
} Factors;

/* pair_products.c: panels, and products of the open block of columns. */
int64_t pair_lanes(CType type); /* columns of a panel */
Variable *pair_panel(PairLoop *p, LowerScope *scope, const Panel *panel, const char *name,
                     CType type, int64_t length, bool zero, bool *fresh);
/* array[at] = the node's value. */
void pair_store(PairLoop *p, LowerScope *scope, Variable *array, Value *at, Node *node);
void pair_multiply(PairLoop *p, Block *block, TermKind kind, const Factors *of, Value *columns,
                   Value *depth, Variable *sums, int64_t stride, Value *adds);
void pair_find_products(PairLoop *p, const PlanBlock *steps);
void pair_declare_products(PairLoop *p, LowerScope *scope);
void pair_make_product(PairLoop *p, LowerScope *scope, const Product *product);
bool pair_fills_panels(const LowerScope *tile, CType type);
/* Under the condition, for the pair whose loops are open: sums[first + lane] grows by the factor
 * that the row keeps times the value of that step of the panel, which has `capacity` steps. */
void pair_add_if_there(PairLoop *p, LowerScope *scope, int accumulator, Value *row, Node *where,
                       Variable *panel, int64_t capacity, Value *step, Variable *sums,
                       Value *first);
void pair_pack_columns(PairLoop *p, LowerScope *scope, const ColumnSum *sum);
/* The loop over the panels that the lanes of the open tile make; `part` is the scope of its body,
 * with a panel's lanes for its tile. Gives the panel's first lane. */
Value *pair_open_panels(PairLoop *p, LowerScope *scope, CType type, Block *hold, LowerScope *part);
void pair_know_products(PairLoop *p, LowerScope *scope, Value *row);
/* Of the open block: where what is kept for each pair is, in the row. */
Known pair_place_of(PairLoop *p, Variable *array, Value *row);
Variable *pair_factor(PairLoop *p, const Accumulator *a);

/* pair_across.c: what is declared before the columns, and what a block of them adds. */
void pair_declare_across(PairLoop *p, LowerScope *scope, Accumulator *a, int index);
void pair_sum_across(PairLoop *p, LowerScope *scope, const RowSum *sum);

typedef struct Range {
    Value *from, *to; /* NULL: all */
} Range;

/* Of the panel of that sum, with the open columns: whether all of it is finite, in a variable. */
Value *pair_columns_finite(PairLoop *p, LowerScope *scope, const ColumnSum *sum);
void pair_lay_out_right(PairLoop *p, LowerScope *scope, const Product *product);

/* pair_range.c: the range without columns that a condition leaves to no row of the block. */
void pair_narrow(PairLoop *p, LowerScope *scope, Node *where, Range *range);

/* pairs.c: what the open block of rows and of columns does, when its panels are laid out. */
void pair_block(PairLoop *p, LowerScope *scope);

/* pair_group.c: the same for each block of rows of a group; and, before the columns, 0 for elements
 * from..to of an array with so many for each row, of the rows that there are, in whole tiles. */
void pair_group(PairLoop *p, LowerScope *scope);
void pair_clear(PairLoop *p, Block *block, Variable *array, Value *from, int64_t width);
#endif
