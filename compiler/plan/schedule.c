/* Makes the loops.
 *
 * Takes the placed roots; gives plan->steps. A block knows which loops are open around it and is
 * handed items: stores with loops still to open, reductions to take a body into. It adds the
 * reductions that these need and that have exactly the open axes, orders all of them by what reads
 * what, and puts items under one loop where they go over the same axis and nothing between them has
 * to wait for the loop's end. The block of that loop is made in the same way.
 */
#include "plan/schedule.h"

static void schedule_block(Scheduler *s, Scope *scope, ItemList items, PlanBlock *block);

/* --- steps --- */

static Step *add_step(Scheduler *s, PlanBlock *block, StepKind kind, Item *item) {
    Step *step = ARENA_NEW(s->arena, Step);
    step->kind = kind;
    if (item) {
        step->root = item->root;
        step->reduction = item->reduction;
        step->condition = item->condition;
    }
    vector_push(s->arena, block, step);
    return step;
}

/* What an item is once its next loop is open. */
static Item *item_inside(Scheduler *s, const Item *item) {
    Item *inner = item_new(s, item->kind == STEP_LOOP ? STEP_ACCUMULATE : item->kind);
    inner->group_of = item->group_of;
    inner->turn = item->turn;
    inner->shared = item->shared;
    inner->root = item->root;
    inner->reduction = item->reduction;
    inner->loop_count = item->loop_count - 1;
    inner->loops = item->loops + 1;
    return inner;
}

/* Roots of a recurrence, or of shared iterations, that share their next loop are one item until it
 * is open: none of them can go before another's. */
static ItemList together(Scheduler *s, const ItemList *items) {
    ItemList result = {0};
    for (int i = 0; i < items->count; ++i) {
        Item *item = items->items[i], *with = NULL;
        bool shares = item->kind == STEP_STORE && (item->group_of || item->shared) &&
                      item->loop_count > 0 && item->loops[0].nest;
        for (int k = 0; shares && k < result.count && !with; ++k) {
            Item *other = result.items[k];
            if (other->kind == STEP_STORE && other->group_of == item->group_of &&
                other->shared == item->shared && other->loop_count > 0 &&
                other->loops[0].nest == item->loops[0].nest &&
                other->loops[0].axis == item->loops[0].axis)
                with = other;
        }
        if (!with) {
            vector_push(s->arena, &result, item);
            continue;
        }
        if (!with->members.count) { /* it stands for itself so far */
            Item *first = ARENA_NEW(s->arena, Item);
            *first = *with;
            with->root = NULL;
            vector_push(s->arena, &with->members, first);
        }
        vector_push(s->arena, &with->members, item);
        if (item->turn < with->turn) with->turn = item->turn;
    }
    return result;
}

/* A domain's terms that cost nothing and need no other to be legal, and the rest: these are looked
 * at first. */
static void split_domain(Scheduler *s, Node *where, Node **cheap, Node **dear) {
    if (where->op == OP_AND) {
        split_domain(s, where->arguments[0], cheap, dear);
        split_domain(s, where->arguments[1], cheap, dear);
        return;
    }
    Node **part = where->has_reduction || where->can_fail ? dear : cheap;
    *part = graph_both(s->graph, *part, where);
}

static Item *guard_for(Scheduler *s, ItemList *items, Node *condition) {
    for (int i = 0; i < items->count; ++i)
        if (items->items[i]->kind == STEP_GUARD && items->items[i]->condition == condition)
            return items->items[i];
    Item *guard = item_new(s, STEP_GUARD);
    guard->condition = condition;
    vector_push(s->arena, items, guard);
    return guard;
}

/* In a body with loops of its own, accumulations with a domain stand under one `if` for each
 * domain; but a domain that differs from lane to lane is looked at in each. */
static ItemList guard_items(Scheduler *s, const Scope *scope, ItemList items) {
    ItemList result = {0};
    for (int i = 0; i < items.count; ++i) {
        Item *item = items.items[i];
        Node *where = item->kind == STEP_ACCUMULATE ? plan_domain(s->plan, item->reduction) : NULL;
        if (!where || (scope->lane && axis_set_has(where->axes, scope->lane))) {
            vector_push(s->arena, &result, item);
            continue;
        }
        Node *cheap = NULL, *dear = NULL;
        split_domain(s, where, &cheap, &dear);
        ItemList *place = &result;
        for (int part = 0; part < 2; ++part) {
            Node *condition = part ? dear : cheap;
            if (!condition) continue;
            Item *guard = guard_for(s, place, condition);
            if (item->turn < guard->turn) guard->turn = item->turn;
            if (item->group_of) guard->group_of = item->group_of;
            place = &guard->inside;
        }
        vector_push(s->arena, place, item);
    }
    return result;
}

static bool block_has_loops(const PlanBlock *block) {
    for (int i = 0; i < block->count; ++i)
        switch (block->items[i]->kind) {
        case STEP_LOOP:
        case STEP_GUARD:
        case STEP_LIST: return true;
        default: break;
        }
    return false;
}

/* inside: the maximum, then the sums. The second part finds the kept value, and stands under the
 * domain already. */
static void schedule_stream(Scheduler *s, Scope *scope, PlanLoop *loop, ItemList inside) {
    ItemList first = {0}, second = {0};
    vector_push(s->arena, &first, inside.items[0]);
    for (int i = 1; i < inside.count; ++i)
        vector_push(s->arena, &second, inside.items[i]);
    loop->kind = LOOP_STREAM;
    loop->logit = node_body(inside.items[0]->reduction);
    Scope own = {.parent = scope,
                 .open = scope->open,
                 .lane = scope->lane,
                 .lane_size = scope->lane_size,
                 .waits = true};
    schedule_block(s, &own, guard_items(s, &own, first), &loop->first);
    Scope kept = {.parent = scope,
                  .open = scope->open,
                  .lane = scope->lane,
                  .lane_size = scope->lane_size,
                  .waits = true,
                  .holds = true};
    vector_push(s->arena, &kept.available, loop->logit);
    vector_push(s->arena, &kept.available, inside.items[0]->reduction);
    schedule_block(s, &kept, second, &loop->body);
}

static void schedule_loop(Scheduler *s, Scope *scope, Group *group, PlanBlock *block) {
    PlanLoop *loop = ARENA_NEW(s->arena, PlanLoop);
    loop->axis = group->loop.axis;
    loop->kind = group->loop.kind;
    loop->down = group->loop.down;
    loop->list = group->loop.list;
    loop->size = scope->lane_size;
    loop->outermost = scope->open->count == 0 && !scope->lane && !scope->parent;
    add_step(s, block, STEP_LOOP, NULL)->loop = loop;
    ItemList inside = {0};
    for (int i = 0; i < group->items.count; ++i) {
        const Item *item = group->items.items[i];
        for (int m = 0; m < item->members.count; ++m)
            vector_push(s->arena, &inside, item_inside(s, item->members.items[m]));
        if (!item->members.count) vector_push(s->arena, &inside, item_inside(s, item));
    }
    for (int i = 0; i < inside.count; ++i)
        if (inside.items[i]->root && inside.items[i]->root->share_of == loop->axis)
            loop->share = PLAN_SHARE;
    if (!group->streams) inside = together(s, &inside);
    bool tile = loop->kind == LOOP_TILE;
    if (tile) loop->size = group->loop.nest ? PLAN_WIDE_TILE : PLAN_TILE;
    const AxisSet *open = scope->open;
    if (!tile) open = axis_set_union(s->graph, open, axis_set(s->graph, &loop->axis, 1));
    bool walks = loop->kind == LOOP_SEQUENTIAL && group->loop.nest && !scope->waits;
    Scope inner = {.parent = scope,
                   .open = open,
                   .lane = tile ? loop->axis : scope->lane,
                   .lane_size = loop->size,
                   .waits = !walks,
                   .holds = scope->holds && loop->kind == LOOP_LANE};
    if (inner.lane == loop->axis && !tile) {
        inner.lane = NULL;
        if (loop->kind != LOOP_LANE && loop->kind != LOOP_FOLD) inner.hidden = loop->axis;
    }
    if (group->streams) {
        schedule_stream(s, &inner, loop, inside);
    } else {
        if (!group->simple) inside = guard_items(s, &inner, inside);
        schedule_block(s, &inner, inside, &loop->body);
    }
    loop->simple = !group->streams && !block_has_loops(&loop->body);
    if (!scope->waits) /* each step may be much: then its own loops run on several threads */
        loop->outermost |= tile || (loop->kind == LOOP_MAP && !loop->simple);
    for (int i = 0; i < group->items.count; ++i)
        if (group->items.items[i]->kind == STEP_LOOP) {
            vector_push(s->arena, &loop->reductions, group->items.items[i]->reduction);
            vector_push(s->arena, &scope->available, group->items.items[i]->reduction);
        }
}

static Item *store_item(Scheduler *s, Root *root) {
    Item *item = item_new(s, STEP_STORE);
    item->root = root;
    item->loop_count = root->loop_count;
    item->loops = root->loops;
    item->group_of = root_group(root);
    item->shared = root->shared;
    if (root->member) item->turn = root->turn;
    return item;
}

static void schedule_step(Scheduler *s, Scope *scope, Item *item, PlanBlock *block) {
    Step *step = add_step(s, block, item->kind, item);
    Scope inner = {.parent = scope,
                   .open = scope->open,
                   .lane = scope->lane,
                   .lane_size = scope->lane_size,
                   .waits = true};
    if (item->kind == STEP_GUARD) {
        schedule_block(s, &inner, item->inside, &step->body);
    } else if (item->kind == STEP_CONTRACT) {
        ItemList same = {0};
        inner.waits = false;
        vector_push(s->arena, &same, store_item(s, item->root));
        schedule_block(s, &inner, same, &step->body);
    }
}

static void schedule_block(Scheduler *s, Scope *scope, ItemList items, PlanBlock *block) {
    items_add_needed(s, scope, &items);
    items_find_streams(scope, &items);
    ItemList ordered = {0};
    for (int i = 0; i < items.count; ++i)
        items_order(s, &items, items.items[i], &ordered);
    Groups groups = {0};
    for (int i = 0; i < ordered.count; ++i)
        groups_put(s, scope, &items, ordered.items[i], &groups);
    for (int g = 0; g < groups.count; ++g) {
        Group *group = groups.items[g];
        if (group->is_loop) {
            schedule_loop(s, scope, group, block);
            continue;
        }
        for (int i = 0; i < group->items.count; ++i)
            schedule_step(s, scope, group->items.items[i], block);
    }
}

static ItemList root_items(Scheduler *s, bool updates) {
    ItemList items = {0};
    for (int i = 0; i < s->plan->roots.count;
         ++i) { /* all fills first, so that scatters can share a loop */
        Root *root = s->plan->roots.items[i];
        if (root->scatter == OP_NUMBER || (root->updates != NULL) != updates) continue;
        Item *fill = item_new(s, STEP_FILL);
        fill->root = root;
        vector_push(s->arena, &items, fill);
    }
    for (int i = 0; i < s->plan->roots.count; ++i) {
        Root *root = s->plan->roots.items[i];
        if ((root->updates != NULL) != updates) continue;
        if (root->list && root != root->list->ends) continue; /* made along with these */
        Item *item = store_item(s, root);
        if (root->list) item->kind = STEP_LIST;
        if (root->contraction) {
            item->kind = STEP_CONTRACT;
            item->loop_count = 0;
        }
        vector_push(s->arena, &items, item);
    }
    return items;
}

/* Updates come last, when nothing else reads what they change. */
void plan_schedule(Plan *plan) {
    Scheduler s = {plan, plan->graph, plan->compiler->arena, false};
    Scope top = {.open = axis_set(plan->graph, NULL, 0)};
    ItemList items = root_items(&s, false);
    schedule_block(&s, &top, together(&s, &items), &plan->steps);
    items = root_items(&s, true);
    if (items.count) schedule_block(&s, &top, together(&s, &items), &plan->steps);
}
