/* Values of a group that are taken in together lie together.
 *
 * Takes the steps; where one loop takes elements of several buffers in at the same index, and that
 * index comes from data,
 *
 *     total[group[n]] += w[n], weighted[group[n]] += w[n] * x[n]
 *
 * each of them is a line of memory of its own, anywhere. Such buffers become the fields of one
 * array of records: what belongs to a group is fetched, and is changed, as one. Root.record says
 * so, and one step fills all fields.
 *
 * Only where things lie is decided here: no bit depends on it. Buffers of more than one axis stay
 * apart, since loops go along their last axis in vectors; and so do those of different types, and
 * those of few groups, which are in the cache anyhow. */
#include "plan/plan.h"

enum {
    LINE_BYTES = 64,   /* of memory that is fetched at once: no record is larger */
    LEAST_GROUPS = 257 /* fewer, if that is known, stay in the cache wherever they lie */
};

static int bytes_of(Scalar type) {
    switch (type) {
    case SCALAR_F32:
    case SCALAR_I32: return 4;
    case SCALAR_F64:
    case SCALAR_I64: return 8;
    default: return 0;
    }
}

static bool comes_from_data(const Node *index) {
    if (index->op == OP_ARRAY || index->op == OP_AT) return true;
    for (int i = 0; i < index->argument_count; ++i)
        if (comes_from_data(index->arguments[i])) return true;
    return false;
}

/* Whether the buffer is nothing but the values of each group. */
static bool may_lie_beside(const Root *root) {
    const Array *array = root->array;
    if (!root->is_buffer || root->scatter == OP_NUMBER || root->record) return false;
    if (array->rank != 1 || array->axes[0] != root->scatter_axis || bytes_of(array->type) == 0)
        return false;
    if (!plan_may_reach(array->axes[0], LEAST_GROUPS)) return false;
    bool plain = !root->member && !root->updates && !root->list && !root->contraction &&
                 !root->shared && !root->share_of && !root->steps_of;
    return plain && comes_from_data(root->scatter_index);
}

static bool lie_beside(const Root *a, const Root *b) {
    return a->array->axes[0] == b->array->axes[0] && a->array->type == b->array->type &&
           a->scatter_index == b->scatter_index;
}

/* What the loop itself takes in, under conditions too, in the order of the roots. */
static void collect(Arena *arena, const PlanBlock *steps, Roots *found) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        if (step->kind == STEP_GUARD) collect(arena, &step->body, found);
        if (step->kind != STEP_STORE || !may_lie_beside(step->root)) continue;
        vector_push(arena, found, step->root);
        for (int k = found->count - 1; k > 0 && found->items[k - 1]->id > found->items[k]->id;
             --k) {
            Root *later = found->items[k - 1];
            found->items[k - 1] = found->items[k];
            found->items[k] = later;
        }
    }
}

static void join(Plan *plan, const Roots *found) {
    Arena *arena = plan->compiler->arena;
    for (int i = 0; i < found->count; ++i) {
        Root *first = found->items[i];
        Roots fields = {0};
        int most = LINE_BYTES / bytes_of(first->array->type);
        for (int k = i; k < found->count && fields.count < most; ++k)
            if (!found->items[k]->record && lie_beside(first, found->items[k]))
                vector_push(arena, &fields, found->items[k]);
        if (first->record || fields.count < 2) continue;
        PlanRecord *record = ARENA_NEW(arena, PlanRecord);
        record->fields = fields;
        for (int k = 0; k < fields.count; ++k) {
            fields.items[k]->record = record;
            fields.items[k]->field = k;
        }
    }
}

static void find_records(Plan *plan, const PlanBlock *steps) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        const PlanBlock *body = step->kind == STEP_LOOP ? &step->loop->body : &step->body;
        find_records(plan, body);
        if (step->kind != STEP_LOOP) continue;
        Roots found = {0};
        collect(plan->compiler->arena, body, &found);
        join(plan, &found);
    }
}

/* The first field's step fills them all. */
static void fill_once(PlanBlock *steps) {
    int kept = 0;
    for (int i = 0; i < steps->count; ++i) {
        Step *step = steps->items[i];
        bool filled = step->kind == STEP_FILL && step->root->record && step->root->field > 0;
        if (!filled) steps->items[kept++] = step;
    }
    steps->count = kept;
}

void plan_records(Plan *plan) {
    find_records(plan, &plan->steps);
    fill_once(&plan->steps);
}
