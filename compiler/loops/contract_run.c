/* The steps of a product of matrices. In: a product whose sum goes over one axis, or over several
 * of which the program does not give the extents (plan/windows.c); out: the loops over its steps.
 *
 *     for (run = 0; run < steps; run += ...) {      runs along w, of the steps n, h, w
 *         const n, h, w_first = ...;                by division, once a run
 *         for (step = 0; step < run_count; ++step)  w = w_first + step
 *
 * Of one axis, all steps are one run, and nothing is written for it. */
#include "loops/contract_loop.h"

enum {
    MOST = 128 /* steps of a run: panels that are filled step by step stay near meanwhile */
};

static const Axis *last_axis(const Product *p) {
    return p->of->over[p->of->over_count - 1];
}

/* The axes but the last at the step; what is left of it is returned. */
static Value *open_outer(const Product *p, LowerScope **scope, Value *step) {
    const Contraction *of = p->of;
    Value *extent = lower_extent(p->lower, last_axis(p));
    Value *rest = value_binary(p->c, C_DIV, step, extent);
    for (int i = of->over_count - 2; i >= 0; --i) {
        Value *length = lower_extent(p->lower, of->over[i]);
        Value *index = i > 0 ? value_binary(p->c, C_MOD, rest, length) : rest;
        *scope = with_axis(p, *scope, of->over[i], index);
        rest = value_binary(p->c, C_DIV, rest, length);
    }
    return value_binary(p->c, C_MOD, step, extent);
}

LowerScope *contract_open_run(const Product *p, LowerScope *scope, Block *hold, Value *first,
                              Value *steps, Run *run) {
    Compiler *c = p->c;
    *run = (Run){first, steps, number(p, 0), NULL};
    if (!p->of->over) return scope;
    const char *name = last_axis(p)->name;
    LowerScope *body = open_loop(p, scope, hold, "run", steps, 1, FOR_PLAIN, &run->at);
    Value *at = sum(p, first, run->at), *extent = lower_extent(p->lower, last_axis(p));
    Value *most = number(p, MOST);
    Value *left = value_binary(c, C_SUB, extent, value_binary(c, C_MOD, at, extent));
    hold->items[hold->count - 1]->step = smaller(p, most, left);
    run->first = in_constant(p, body->block, p->of->depth->name, "start", at);
    run->along = in_constant(p, body->block, name, "start", open_outer(p, &body, run->first));
    Value *count = smaller(p, most, value_binary(c, C_SUB, extent, run->along));
    count = smaller(p, count, value_binary(c, C_SUB, steps, run->at));
    run->count = in_constant(p, body->block, name, "run", count);
    return body;
}

void contract_close_run(const Product *p, LowerScope *scope, const Block *hold) {
    if (p->of->over) close_loop(p, scope, hold);
}

LowerScope *contract_at_step(const Product *p, LowerScope *scope, const Run *run, Value *step) {
    if (!p->of->over) return with_axis(p, scope, p->of->depth, sum(p, run->first, step));
    return with_axis(p, scope, last_axis(p), sum(p, run->along, step));
}

LowerScope *contract_at(const Product *p, LowerScope *scope, Value *step) {
    if (!p->of->over) return with_axis(p, scope, p->of->depth, step);
    Value *along = open_outer(p, &scope, step);
    return with_axis(p, scope, last_axis(p), along);
}
