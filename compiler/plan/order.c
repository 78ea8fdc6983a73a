/* The order of a block's items: see schedule.c.
 *
 * Takes the stores of a block; adds the reductions that they need, and puts all behind what they
 * wait for. */
#include "plan/schedule.h"

/* --- reductions that a tile's loop can take along --- */

/* A column reduction of the same axis in the tile, which does not itself use `reduction`. Only one
 * that the value needs before it, if `earlier`: a loop that has begun for numbers, in vectors,
 * takes no columns along (groups.c). */
static bool has_column_beside(Scheduler *s, const Node *node, const Node *reduction, bool earlier,
                              const Axis *lane, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return false;
    if (earlier && table_has(seen, reduction)) return false;
    table_set(seen, node, (void *)node);
    if (plan_root_of(s->plan, node) && node != reduction && node->op == OP_ARRAY) return false;
    if (node_is_reduction(node) && axis_set_has(node->axes, lane)) {
        TABLE_HERE(inner, s->arena);
        return node->u.bound == reduction->u.bound && !node_reaches(node, reduction, &inner);
    }
    for (int i = 0; i < node->argument_count; ++i)
        if (has_column_beside(s, node->arguments[i], reduction, earlier, lane, seen)) return true;
    return false;
}

/* A column that a pass for this maximum can take along. */
static bool has_column_in_stream(Scheduler *s, const Node *node, const Node *maximum,
                                 const Axis *lane, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    if (node_is_reduction(node) && axis_set_has(node->axes, lane) && plan_streams(maximum, node))
        return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (has_column_in_stream(s, node->arguments[i], maximum, lane, seen)) return true;
    return false;
}

/* It costs loops of its own, or reads that are not in order. */
bool item_is_dear_pass(const Item *item) {
    return !item->simple || item->loops[0].list;
}

/* The divisor of a weighted mean goes along with its numerator, so that both share exp(logit): it
 * is left to the block of the tile when nothing but that tile's stores needs it. */
static bool goes_with_tile(Scheduler *s, const Scope *scope, const ItemList *items,
                           const Item *candidate) {
    if (scope->lane) return false;
    const Node *reduction = candidate->reduction;
    int users = 0;
    for (int i = 0; i < items->count; ++i) {
        Item *item = items->items[i];
        bool uses = false;
        for (int n = 0; n < item->needs.count; ++n)
            uses |= item->needs.items[n] == reduction;
        if (!uses) continue;
        if (item->kind != STEP_STORE || item->members.count || item->loop_count == 0 ||
            item->loops[0].kind != LOOP_TILE)
            return false;
        TABLE_HERE(seen, s->arena);
        TABLE_HERE(seen_too, s->arena);
        Node *value = item->root->value;
        const Axis *lane = item->loops[0].axis;
        bool streams =
            item_is_dear_pass(candidate) && has_column_in_stream(s, value, reduction, lane, &seen);
        bool earlier = !item_is_dear_pass(candidate);
        if (!streams && !has_column_beside(s, value, reduction, earlier, lane, &seen_too))
            return false;
        if (axis_set_has(reduction->u.bound, lane))
            return false; /* its own loop over that axis is another one */
        ++users;
    }
    return users == 1;
}

/* --- order --- */

/* user's own loops will compute inner: what that one waits for, user does. */
static void take_along(Scheduler *s, Item *user, const Item *inner) {
    Nodes *needs = &user->needs;
    int kept = 0;
    for (int n = 0; n < needs->count; ++n)
        if (needs->items[n] != inner->reduction) needs->items[kept++] = needs->items[n];
    if (kept == needs->count) return;
    needs->count = kept;
    user->simple = false;
    for (int n = 0; n < inner->needs.count; ++n)
        nodes_add_once(s->arena, needs, inner->needs.items[n]);
    for (int n = 0; n < inner->reads.count; ++n)
        nodes_add_once(s->arena, &user->reads, inner->reads.items[n]);
}

/* A reduction is computed for the first of the recurrence's roots that needs it. */
static void take_turns_of_users(Scheduler *s, ItemList *items) {
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < items->count; ++i) {
            const Item *user = items->items[i];
            for (int k = 0; user->group_of && k < items->count; ++k) {
                Item *item = items->items[k];
                if (item->kind != STEP_LOOP) continue;
                for (int n = 0; n < user->needs.count; ++n)
                    if (user->needs.items[n] == item->reduction && item->turn > user->turn) {
                        item->group_of = user->group_of;
                        item->turn = user->turn;
                        changed = true;
                    }
            }
        }
    }
    for (int i = 0; i < items->count; ++i)
        if (items->items[i]->kind == STEP_LOOP) item_drop_reads_of_before(s, items->items[i]);
}

void items_add_needed(Scheduler *s, Scope *scope, ItemList *items) {
    for (int i = 0; i < items->count; ++i) {
        item_find_needs(s, scope, items, items->items[i]);
        for (int n = 0; n < items->items[i]->needs.count; ++n) {
            Node *reduction = items->items[i]->needs.items[n];
            bool listed = false;
            for (int k = 0; k < items->count; ++k)
                listed |=
                    items->items[k]->kind == STEP_LOOP && items->items[k]->reduction == reduction;
            if (!listed) vector_push(s->arena, items, item_of_reduction(s, scope, reduction));
        }
    }
    take_turns_of_users(s, items);
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < items->count && !changed; ++i) {
            Item *item = items->items[i];
            if (item->kind != STEP_LOOP || !goes_with_tile(s, scope, items, item)) continue;
            for (int k = i + 1; k < items->count; ++k)
                items->items[k - 1] = items->items[k];
            --items->count;
            for (int k = 0; k < items->count; ++k)
                take_along(s, items->items[k], item);
            changed = true;
        }
    }
}

Item *item_producer(const ItemList *items, const Node *reduction) {
    for (int i = 0; i < items->count; ++i)
        if (items->items[i]->kind == STEP_LOOP && items->items[i]->reduction == reduction)
            return items->items[i];
    return NULL;
}

bool item_stores(const Item *item, const Root *root) {
    for (int m = 0; m < item->members.count; ++m)
        if (item->members.items[m]->root == root) return true;
    bool writes =
        item->kind == STEP_STORE || item->kind == STEP_FILL || item->kind == STEP_CONTRACT;
    if (root && item->kind == STEP_LIST) return item->root->list == root->list;
    return root && writes && item->root == root;
}

static void order_producers(Scheduler *s, const ItemList *items, const Item *item,
                            ItemList *ordered) {
    for (int i = 0; i < item->needs.count; ++i) {
        Item *producer = item_producer(items, item->needs.items[i]);
        if (producer) items_order(s, items, producer, ordered);
    }
    for (int i = 0; i < item->reads.count; ++i) {
        Root *root = item_root_read(s, item->reads.items[i]);
        for (int k = 0; k < items->count; ++k)
            if (items->items[k] != item && item_stores(items->items[k], root))
                items_order(s, items, items->items[k], ordered);
    }
}

static bool depends(Scheduler *s, const ItemList *items, const Item *item, const Item *on,
                    Table *seen) {
    if (item == on) return true;
    if (!table_add(seen, item)) return false;
    for (int i = 0; i < item->needs.count; ++i) {
        const Item *producer = item_producer(items, item->needs.items[i]);
        if (producer && depends(s, items, producer, on, seen)) return true;
    }
    for (int i = 0; i < item->reads.count; ++i) {
        const Root *root = item_root_read(s, item->reads.items[i]);
        for (int k = 0; k < items->count; ++k)
            if (item_stores(items->items[k], root) && depends(s, items, items->items[k], on, seen))
                return true;
    }
    return false;
}

/* A reduction that an iteration of the loop over the axis computes, for both values. */
static bool share_reduction(Scheduler *s, const Node *node, const Node *other, const Axis *axis,
                            Table *seen) {
    if (!node->has_reduction || table_has(seen, node) || plan_root_of(s->plan, node)) return false;
    table_set(seen, node, (void *)node);
    TABLE_HERE(found, s->arena);
    if (node_is_reduction(node) && axis_set_has(node->axes, axis) &&
        node_reaches(other, node, &found))
        return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (share_reduction(s, node->arguments[i], other, axis, seen)) return true;
    return false;
}

static bool is_plain_store(const Item *item) {
    return item->kind == STEP_STORE && item->root && !item->members.count && !item->group_of &&
           !item->shared && item->root->scatter == OP_NUMBER && item->loop_count > 0 &&
           item->loops[0].kind == LOOP_MAP;
}

/* Stores that would each compute the same reductions for every iteration of their loop, if they did
 * not share it: the loss and the gradient of a softmax need the same sums of its rows. */
static bool are_twins(Scheduler *s, const ItemList *items, const Item *item, const Item *other) {
    if (item == other || !is_plain_store(item) || !is_plain_store(other) || item->simple ||
        other->simple || item->loops[0].axis != other->loops[0].axis)
        return false;
    TABLE_HERE(seen, s->arena);
    TABLE_HERE(seen_too, s->arena), met = table_new(s->arena);
    return share_reduction(s, item->root->value, other->root->value, item->loops[0].axis, &met) &&
           !depends(s, items, item, other, &seen) && !depends(s, items, other, item, &seen_too);
}

/* What an item waits for comes before it, and what its twins wait for: then they can share their
 * loop. Only one at a time goes before its twin's producers, so that nobody waits in a circle. */
void items_order(Scheduler *s, const ItemList *items, Item *item, ItemList *ordered) {
    if (item->ordered) return;
    item->ordered = true;
    order_producers(s, items, item, ordered);
    for (int k = 0; k < items->count && !s->waits_for_twin; ++k) {
        if (!are_twins(s, items, item, items->items[k])) continue;
        s->waits_for_twin = true;
        order_producers(s, items, items->items[k], ordered);
        s->waits_for_twin = false;
    }
    vector_push(s->arena, ordered, item);
}
