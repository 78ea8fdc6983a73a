/* What shares a loop: see schedule.c.
 *
 * Takes the items of a block in their order; gives groups, each with the loop that its items open.
 */
#include "plan/schedule.h"

/* --- groups --- */

/* Whether a read of what producer stores meets, inside a shared loop over `axis`, just what that
 * iteration stored. */
static bool reads_own_iteration(const Node *read, const Axis *axis) {
    if (read->op != OP_AT) return true; /* at its own axes */
    for (int i = 0; i < read->argument_count - 1; ++i)
        if (read->u.positions[i] == axis) {
            const Node *index = read->arguments[1 + i];
            return index->op == OP_AXIS && index->u.axis == axis;
        }
    return true;
}

/* Whether a read of root stands under a reduction that binds the axis anew: it meets all that is
 * stored along the axis. */
static bool reads_all(Scheduler *s, const Node *node, const Root *own, const Root *root,
                      const Axis *axis, bool bound, Table seen[2]) {
    if (!table_add(&seen[bound], node)) return false;
    const Root *read = plan_root_of(s->plan, node);
    if (read && read != own) return read == root && bound;
    bound |= node_is_reduction(node) && axis_set_has(node->u.bound, axis);
    for (int i = 0; i < node->argument_count; ++i)
        if (reads_all(s, node->arguments[i], own, root, axis, bound, seen)) return true;
    return false;
}

static bool item_reads_all(Scheduler *s, const Item *item, const Root *root, const Axis *axis) {
    for (int m = 0; m < item->members.count; ++m)
        if (item_reads_all(s, item->members.items[m], root, axis)) return true;
    if (item->members.count) return false;
    Table seen[2] = {table_new(s->arena), table_new(s->arena)};
    const Node *parts[] = {item->kind == STEP_STORE ? item->root->value : NULL,
                           item->kind == STEP_STORE ? item->root->condition : NULL,
                           item->kind == STEP_STORE ? item->root->scatter_index : NULL,
                           item->condition};
    for (int i = 0; i < 4; ++i)
        if (parts[i] && reads_all(s, parts[i], item->root, root, axis, false, seen)) return true;
    for (int i = 0; item->reduction && i < item->reduction->argument_count; ++i)
        if (reads_all(s, item->reduction->arguments[i], NULL, root, axis, false, seen)) return true;
    return false;
}

/* Whether an iteration of the loop leaves what it stores as it will be. */
static bool is_complete_in(const Root *root, const RootLoop *loop) {
    if (root->scatter == OP_NUMBER) return true;
    if (root->scatter_axis == loop->axis) return false;
    if (loop->kind == LOOP_SEQUENTIAL) return loop->nest;
    for (int i = 0; i < root->array->rank; ++i)
        if (root->array->axes[i] == loop->axis) return true;
    return false;
}

static bool may_share(Scheduler *s, const Item *producer, const Item *user) {
    bool stores = producer->kind == STEP_STORE || producer->kind == STEP_LIST;
    if (!stores || producer->loop_count == 0 || user->loop_count == 0) return false;
    const RootLoop *a = &producer->loops[0], *b = &user->loops[0];
    if (a->axis != b->axis || a->kind == LOOP_REDUCE) return false;
    for (int i = 0; i < user->reads.count; ++i) {
        const Root *root = item_root_read(s, user->reads.items[i]);
        if (item_stores(producer, root) &&
            (!is_complete_in(root, a) || !reads_own_iteration(user->reads.items[i], a->axis) ||
             item_reads_all(s, user, root, a->axis)))
            return false;
    }
    return true;
}

static int first_group(Scheduler *s, const ItemList *items, const Item *item) {
    int first = 0;
    for (int i = 0; i < item->needs.count; ++i) {
        const Item *producer = item_producer(items, item->needs.items[i]);
        if (!producer) continue;
        int earliest = producer->group + (producer == item->stream ? 0 : 1);
        if (earliest > first) first = earliest;
    }
    for (int i = 0; i < item->reads.count; ++i) {
        const Root *root = item_root_read(s, item->reads.items[i]);
        for (int k = 0; k < items->count; ++k) {
            const Item *producer = items->items[k];
            if (producer == item || !item_stores(producer, root) || producer->group < 0) continue;
            int earliest = producer->group + (may_share(s, producer, item) ? 0 : 1);
            if (earliest > first) first = earliest;
        }
    }
    return first;
}

static bool joins(const Group *group, const Item *item, bool in_tile) {
    if (!group->is_loop || item->loop_count == 0) return false;
    if (group->streams) return item->stream == group->items.items[0];
    const RootLoop *loop = &item->loops[0];
    if (loop->axis != group->loop.axis) return false;
    if (loop->list != group->loop.list) return false;
    if (loop->kind == LOOP_TILE && !loop->nest != !group->loop.nest) return false;
    bool same = loop->kind == group->loop.kind && loop->down == group->loop.down;
    if (same && loop->kind == LOOP_SEQUENTIAL) return true;
    if (group->simple != item->simple) { /* unless nothing runs in vectors along the loop anyway */
        bool in_order = loop->list || (in_tile && !group->simple); /* beside columns */
        return in_order && same && loop->kind == LOOP_REDUCE;
    }
    if (same) return true;
    if (group->loop.kind == LOOP_SEQUENTIAL && loop->kind == LOOP_MAP) return true;
    bool maps = (loop->kind == LOOP_MAP && group->loop.kind == LOOP_REDUCE) ||
                (loop->kind == LOOP_REDUCE && group->loop.kind == LOOP_MAP);
    return maps;
}

/* Pairs each maximum whose pass is dear with the sums that its pass can take along. */
void items_find_streams(const Scope *scope, ItemList *items) {
    for (int i = 0; i < items->count; ++i) {
        Item *maximum = items->items[i];
        if (maximum->kind != STEP_LOOP || !item_is_dear_pass(maximum)) continue;
        if (scope->lane && axis_set_has(maximum->reduction->axes, scope->lane)) continue;
        for (int k = 0; k < items->count; ++k) {
            Item *sum = items->items[k];
            if (sum->kind == STEP_LOOP && !sum->stream &&
                plan_streams(maximum->reduction, sum->reduction))
                sum->stream = maximum;
        }
    }
}

static bool leads_stream(const ItemList *items, const Item *item) {
    for (int i = 0; i < items->count; ++i)
        if (items->items[i]->stream == item) return true;
    return false;
}

void groups_put(Scheduler *s, const Scope *scope, const ItemList *items, Item *item,
                Groups *groups) {
    int first = first_group(s, items, item);
    bool streams = leads_stream(items, item);
    for (int g = first; g < groups->count && !streams; ++g) {
        Group *group = groups->items[g];
        if (!joins(group, item, scope->lane != NULL)) continue;
        if (item->loops[0].kind == LOOP_REDUCE) group->loop = item->loops[0];
        group->simple &= item->simple;
        vector_push(s->arena, &group->items, item);
        item->group = g;
        return;
    }
    Group *group = ARENA_NEW(s->arena, Group);
    group->is_loop = item->loop_count > 0;
    if (group->is_loop) group->loop = item->loops[0];
    group->simple = item->simple;
    group->streams = streams;
    vector_push(s->arena, &group->items, item);
    item->group = groups->count;
    vector_push(s->arena, groups, group);
}
