/* What there is to do in a block, and what each of it needs: see schedule.c.
 *
 * Takes an item; gives the reductions that its expressions use directly and that its block computes
 * (needs), and the roots that it reads (reads). */
#include "plan/schedule.h"
#include <limits.h>

/* --- what an item needs --- */

Root *item_root_read(Scheduler *s, const Node *read) {
    return plan_root_of(s->plan, read->op == OP_AT ? read->arguments[0] : read);
}

static bool is_available(const Scope *scope, const Node *node) {
    for (; scope; scope = scope->parent) {
        for (int i = 0; i < scope->available.count; ++i)
            if (scope->available.items[i] == node) return true;
        if (scope->hidden && axis_set_has(node->axes, scope->hidden)) return false;
    }
    return false;
}

static bool is_within(Scheduler *s, const Scope *scope, const AxisSet *axes) {
    const AxisSet *open = scope->open;
    if (scope->lane)
        open = axis_set_union(s->graph, open, axis_set(s->graph, (Axis *[]){scope->lane}, 1));
    return axis_set_within(axes, open);
}

typedef struct Walk {
    Scheduler *s;
    const Scope *scope;
    Item *item;
    const ItemList *items; /* of the block */
    bool deeper;           /* met a reduction that belongs under loops still to be opened */
    const AxisSet *anew;   /* bound on the way: what is known of their elements outside is no use */
    Table seen, seen_anew;
} Walk;

void nodes_add_once(Arena *arena, Nodes *nodes, Node *node) {
    for (int i = 0; i < nodes->count; ++i)
        if (nodes->items[i] == node) return;
    vector_push(arena, nodes, node);
}

/* Whether this very block computes and stores it: then it is still at hand. */
static bool is_stored_here(const Walk *walk, const Node *node, const Root *root) {
    for (int i = 0; node_is_reduction(node) && i < walk->items->count; ++i) {
        const Item *item = walk->items->items[i];
        if (item->kind == STEP_STORE && item->root == root && item->loop_count == 0) return true;
    }
    return false;
}

static void read_list(const Walk *walk, const Node *reduction) {
    const PlanList *list = plan_list_of(walk->s->plan, reduction);
    if (!list) return;
    nodes_add_once(walk->s->arena, &walk->item->reads,
                   graph_array(walk->s->graph, list->ends->array));
}

static void walk_needs(Walk *walk, Node *node) {
    bool anew = axis_set_meets(node->axes, walk->anew);
    Table *seen = anew ? &walk->seen_anew : &walk->seen;
    if (!table_add(seen, node)) return;
    if (!anew && is_available(walk->scope, node) && node != walk->item->reduction) return;
    Plan *plan = walk->s->plan;
    Root *root = plan_root_of(plan, node);
    if (root && (root != walk->item->root || node->op == OP_ARRAY)) {
        bool at_hand = is_stored_here(walk, node, root);
        nodes_add_once(walk->s->arena, at_hand ? &walk->item->needs : &walk->item->reads, node);
        return;
    }
    if (node->op == OP_AT) {
        if (plan_root_of(plan, node->arguments[0]))
            nodes_add_once(walk->s->arena, &walk->item->reads, node);
        for (int i = 1; i < node->argument_count; ++i)
            walk_needs(walk, node->arguments[i]);
        return;
    }
    if (node_is_reduction(node) && node != walk->item->reduction) {
        if (!anew && is_within(walk->s, walk->scope, node->axes)) {
            nodes_add_once(walk->s->arena, &walk->item->needs, node);
            return;
        }
        walk->deeper = true;
        read_list(walk, node);
    }
    const AxisSet *around = walk->anew;
    if (node_is_reduction(node)) walk->anew = axis_set_union(walk->s->graph, around, node->u.bound);
    for (int i = 0; i < node->argument_count; ++i)
        walk_needs(walk, node->arguments[i]);
    walk->anew = around;
}

static void walk_inside(Walk *walk, const Item *guard) {
    for (int i = 0; i < guard->inside.count; ++i) {
        const Item *inner = guard->inside.items[i];
        if (inner->kind == STEP_GUARD) {
            walk_needs(walk, inner->condition);
            walk_inside(walk, inner);
            continue;
        }
        for (int a = 0; a < inner->reduction->argument_count; ++a)
            walk_needs(walk, inner->reduction->arguments[a]);
        read_list(walk, inner->reduction);
    }
}

/* What is needed inside of a guard only is computed there, unless this block stores it: then it
 * comes before. The first `own` are those of the guard's condition. */
static void keep_needs(const Walk *walk, int own) {
    Nodes *needs = &walk->item->needs;
    int kept = own;
    for (int i = own; i < needs->count; ++i) {
        Node *node = needs->items[i];
        const Root *root = plan_root_of(walk->s->plan, node);
        if (root && is_stored_here(walk, node, root)) needs->items[kept++] = node;
    }
    needs->count = kept;
}

/* What a later root of the recurrence stored is, inside of its loops, of an iteration before. */
void item_drop_reads_of_before(Scheduler *s, Item *item) {
    int kept = 0;
    for (int i = 0; i < item->reads.count; ++i) {
        const Root *root = item_root_read(s, item->reads.items[i]);
        if (item->group_of && root_group(root) == item->group_of && root->turn >= item->turn &&
            root->scatter == OP_NUMBER)
            continue;
        item->reads.items[kept++] = item->reads.items[i];
    }
    item->reads.count = kept;
}

static void find_needs_of_all(Scheduler *s, const Scope *scope, const ItemList *items, Item *item) {
    item->simple = true;
    for (int m = 0; m < item->members.count; ++m) {
        Item *member = item->members.items[m];
        item_find_needs(s, scope, items, member);
        item->simple &= member->simple;
        for (int i = 0; i < member->needs.count; ++i)
            nodes_add_once(s->arena, &item->needs, member->needs.items[i]);
        for (int i = 0; i < member->reads.count; ++i)
            nodes_add_once(s->arena, &item->reads, member->reads.items[i]);
    }
}

void item_find_needs(Scheduler *s, const Scope *scope, const ItemList *items, Item *item) {
    item->needs.count = item->reads.count = 0;
    if (item->members.count) {
        find_needs_of_all(s, scope, items, item);
        return;
    }
    const AxisSet *anew = axis_set(s->graph, NULL, 0);
    if (item->kind == STEP_LOOP) anew = item->reduction->u.bound;
    Walk walk = {s, scope, item, items, false, anew, table_new(s->arena), table_new(s->arena)};
    if (item->kind == STEP_STORE || item->kind == STEP_CONTRACT) {
        walk_needs(&walk, item->root->value);
        if (item->root->condition) walk_needs(&walk, item->root->condition);
        if (item->root->scatter_index) walk_needs(&walk, item->root->scatter_index);
        if (item->root->scatter != OP_NUMBER) /* after its fill */
            nodes_add_once(s->arena, &item->reads, graph_array(s->graph, item->root->array));
    } else if (item->kind == STEP_LOOP || item->kind == STEP_ACCUMULATE) {
        bool has_domain = item->kind == STEP_LOOP || !scope->holds;
        for (int i = 0; i < (has_domain ? item->reduction->argument_count : 1); ++i)
            walk_needs(&walk, item->reduction->arguments[i]);
        read_list(&walk, item->reduction);
    } else if (item->kind == STEP_LIST) {
        walk_needs(&walk, item->root->list->index);
    } else if (item->kind == STEP_GUARD) {
        walk_needs(&walk, item->condition);
        int own = item->needs.count;
        walk_inside(&walk, item);
        keep_needs(&walk, own);
    }
    table_end(&walk.seen);
    table_end(&walk.seen_anew);
    item->simple = item->loop_count <= 1 && !walk.deeper && item->kind != STEP_LIST;
    item_drop_reads_of_before(s, item);
}

Item *item_new(Scheduler *s, StepKind kind) {
    Item *item = ARENA_NEW(s->arena, Item);
    item->kind = kind;
    item->group = -1;
    item->turn = INT_MAX;
    return item;
}

Item *item_of_reduction(Scheduler *s, const Scope *scope, Node *reduction) {
    Item *item = item_new(s, STEP_LOOP);
    item->reduction = reduction;
    item->loops = ARENA_ARRAY(s->arena, RootLoop, 2);
    const PlanList *list = plan_list_of(s->plan, reduction);
    item->loops[item->loop_count++] =
        (RootLoop){reduction->u.bound->items[0], LOOP_REDUCE, false, 0, list};
    if (scope->lane && axis_set_has(reduction->axes, scope->lane))
        item->loops[item->loop_count++] = (RootLoop){scope->lane, LOOP_LANE, false, 0, NULL};
    return item;
}
