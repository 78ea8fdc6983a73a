/* Lists of sources that nothing asks for.
 *
 *     sum[e](z[source, o], where = target == n)
 *
 * goes by the e of each n, but all that it needs of an e is source[e], which lies in the order of
 * the list (lists.c). Then these numbers are put there at once, and the list itself is neither made
 * nor kept: `direct` is set, and its root goes.
 *
 * In: the steps; out: the same with fewer roots. An e is asked for where it is a number itself, or
 * an array is read at it that is no copy; what says to which destination it belongs is known. */
#include "plan/plan.h"

typedef struct Asking {
    Plan *plan;
    const PlanList *list;
    Table seen;
} Asking;

static bool asks(Asking *a, const Node *node) {
    const PlanList *list = a->list;
    if (!node || !axis_set_has(node->axes, list->source) || !table_add(&a->seen, node))
        return false;
    if (plan_list_copies_node(list, node) || node == list->index) return false;
    if (node->op == OP_AXIS || node->op == OP_ARRAY || plan_root_of(a->plan, node)) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (asks(a, node->arguments[i])) return true;
    return false;
}

/* A reduction over the list that is ready by then stands for a number. */
static bool takes(Asking *a, const Node *reduction) {
    if (!reduction) return false;
    const Node *domain = plan_domain(a->plan, reduction);
    return (node_is_arg(reduction) && axis_set_has(reduction->u.bound, a->list->source)) ||
           asks(a, node_body(reduction)) || asks(a, domain);
}

static bool steps_ask(Asking *a, const PlanBlock *steps, bool inside) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        const Root *root = step->kind == STEP_STORE ? step->root : NULL;
        const PlanLoop *loop = step->loop;
        if (inside &&
            (takes(a, step->reduction) || asks(a, step->condition) || asks(a, step->kept) ||
             (root &&
              (asks(a, root->value) || asks(a, root->condition) || asks(a, root->scatter_index)))))
            return true;
        if (steps_ask(a, &step->body, inside)) return true;
        const bool within = inside || (loop && loop->list == a->list);
        if (loop && ((within && asks(a, loop->logit)) || steps_ask(a, &loop->first, within) ||
                     steps_ask(a, &loop->body, within)))
            return true;
    }
    return false;
}

void plan_direct(Plan *plan) {
    int kept = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        Root *root = plan->roots.items[i];
        PlanList *list = root->list && root->list->sources == root ? root->list : NULL;
        if (list && list->copies.count == 1) {
            Asking asking = {plan, list, table_new(plan->compiler->arena)};
            list->direct = !steps_ask(&asking, &plan->steps, false);
            table_end(&asking.seen);
        }
        if (!list || !list->direct) plan->roots.items[kept++] = root;
    }
    plan->roots.count = kept;
}
