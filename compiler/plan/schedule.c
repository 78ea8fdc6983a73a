/* Makes the loops.
 *
 * Takes the placed roots; gives plan->steps. A block knows which loops are open around it and is
 * handed items: stores with loops still to open, reductions to take a body into. It adds the
 * reductions that these need and that have exactly the open axes, orders all of them by what reads
 * what, and puts items under one loop where they go over the same axis and nothing between them has
 * to wait for the loop's end. The block of that loop is made in the same way.
 */
#include "plan/plan.h"
#include <limits.h>

typedef struct Scope {
    const struct Scope *parent;
    const AxisSet *open; /* but for the lane */
    Axis *lane;          /* of the open tile, or NULL */
    int64_t lane_size;   /* of its tiles */
    Nodes available;     /* reductions finished here, and the kept value of a stream */
    const Axis *hidden;  /* the lane of the scope around: here a loop goes over its axis anew */
    bool waits;          /* not all that is open is a recurrence's walk, one step after the other */
} Scope;

typedef struct Item Item;
typedef Vector(Item *) ItemList;

struct Item {
    StepKind kind; /* STEP_LOOP: a reduction that this block computes, all of it */
    Root *root;
    Node *reduction;
    Node *condition; /* STEP_GUARD */
    int loop_count;  /* loops still to open */
    RootLoop *loops;
    ItemList inside;  /* STEP_GUARD */
    ItemList members; /* STEP_STORE without a root: roots that share the next loop, for they must */
    const RecurrenceGroup *group_of; /* part of this recurrence, or NULL */
    int shared;                      /* see Root */
    int turn;                        /* in it */
    Nodes needs;                     /* reductions computed in this block that it uses directly */
    Nodes reads;  /* reads of roots in its expressions: ARRAY, AT, or a stored reduction */
    bool simple;  /* under its next loop there are no others */
    Item *stream; /* the maximum whose pass can take this sum along */
    int group;
    bool ordered;
};

typedef struct Group {
    RootLoop loop;
    bool is_loop;
    bool simple;
    bool streams;
    ItemList items;
} Group;

typedef struct Scheduler {
    Plan *plan;
    Graph *graph;
    Arena *arena;
    bool waits_for_twin; /* an item is being ordered for the sake of another's twin */
} Scheduler;

static void schedule_block(Scheduler *s, Scope *scope, ItemList items, PlanBlock *block);

/* --- what an item needs --- */

static Root *root_read(Scheduler *s, const Node *read) {
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

static void add_once(Arena *arena, Nodes *nodes, Node *node) {
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
    add_once(walk->s->arena, &walk->item->reads, graph_array(walk->s->graph, list->ends->array));
}

static void walk_needs(Walk *walk, Node *node) {
    bool anew = axis_set_meets(node->axes, walk->anew);
    Table *seen = anew ? &walk->seen_anew : &walk->seen;
    if (table_has(seen, node)) return;
    table_set(seen, node, node);
    if (!anew && is_available(walk->scope, node) && node != walk->item->reduction) return;
    Plan *plan = walk->s->plan;
    Root *root = plan_root_of(plan, node);
    if (root && (root != walk->item->root || node->op == OP_ARRAY)) {
        bool at_hand = is_stored_here(walk, node, root);
        add_once(walk->s->arena, at_hand ? &walk->item->needs : &walk->item->reads, node);
        return;
    }
    if (node->op == OP_AT) {
        if (plan_root_of(plan, node->arguments[0]))
            add_once(walk->s->arena, &walk->item->reads, node);
        for (int i = 1; i < node->argument_count; ++i)
            walk_needs(walk, node->arguments[i]);
        return;
    }
    if (node_is_reduction(node) && node != walk->item->reduction) {
        if (!anew && is_within(walk->s, walk->scope, node->axes)) {
            add_once(walk->s->arena, &walk->item->needs, node);
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
static void drop_reads_of_before(Scheduler *s, Item *item) {
    int kept = 0;
    for (int i = 0; i < item->reads.count; ++i) {
        const Root *root = root_read(s, item->reads.items[i]);
        if (item->group_of && root_group(root) == item->group_of && root->turn >= item->turn &&
            root->scatter == OP_NUMBER)
            continue;
        item->reads.items[kept++] = item->reads.items[i];
    }
    item->reads.count = kept;
}

static void find_needs(Scheduler *s, const Scope *scope, const ItemList *items, Item *item);

static void find_needs_of_all(Scheduler *s, const Scope *scope, const ItemList *items, Item *item) {
    item->simple = true;
    for (int m = 0; m < item->members.count; ++m) {
        Item *member = item->members.items[m];
        find_needs(s, scope, items, member);
        item->simple &= member->simple;
        for (int i = 0; i < member->needs.count; ++i)
            add_once(s->arena, &item->needs, member->needs.items[i]);
        for (int i = 0; i < member->reads.count; ++i)
            add_once(s->arena, &item->reads, member->reads.items[i]);
    }
}

static void find_needs(Scheduler *s, const Scope *scope, const ItemList *items, Item *item) {
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
            add_once(s->arena, &item->reads, graph_array(s->graph, item->root->array));
    } else if (item->kind == STEP_LOOP || item->kind == STEP_ACCUMULATE) {
        for (int i = 0; i < item->reduction->argument_count; ++i)
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
    item->simple = item->loop_count <= 1 && !walk.deeper && item->kind != STEP_LIST;
    drop_reads_of_before(s, item);
}

static Item *item_new(Scheduler *s, StepKind kind) {
    Item *item = ARENA_NEW(s->arena, Item);
    item->kind = kind;
    item->group = -1;
    item->turn = INT_MAX;
    return item;
}

static Item *reduction_item(Scheduler *s, const Scope *scope, Node *reduction) {
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

/* --- reductions that a tile's loop can take along --- */

static bool reaches(const Node *node, const Node *target, Table *seen) {
    if (node == target) return true;
    if (!node->has_reduction || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    for (int i = 0; i < node->argument_count; ++i)
        if (reaches(node->arguments[i], target, seen)) return true;
    return false;
}

/* A column reduction of the same axis in the tile, which does not itself use `reduction`. */
static bool has_column_beside(Scheduler *s, const Node *node, const Node *reduction,
                              const Axis *lane, Table *seen) {
    if (!node->has_reduction || table_has(seen, node)) return false;
    table_set(seen, node, (void *)node);
    if (plan_root_of(s->plan, node) && node != reduction && node->op == OP_ARRAY) return false;
    if (node_is_reduction(node) && axis_set_has(node->axes, lane)) {
        Table inner = table_new(s->arena);
        return node->u.bound == reduction->u.bound && !reaches(node, reduction, &inner);
    }
    for (int i = 0; i < node->argument_count; ++i)
        if (has_column_beside(s, node->arguments[i], reduction, lane, seen)) return true;
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
static bool is_dear_pass(const Item *item) {
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
        Table seen = table_new(s->arena), seen_too = table_new(s->arena);
        Node *value = item->root->value;
        const Axis *lane = item->loops[0].axis;
        bool streams =
            is_dear_pass(candidate) && has_column_in_stream(s, value, reduction, lane, &seen);
        if (!streams && !has_column_beside(s, value, reduction, lane, &seen_too)) return false;
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
        add_once(s->arena, needs, inner->needs.items[n]);
    for (int n = 0; n < inner->reads.count; ++n)
        add_once(s->arena, &user->reads, inner->reads.items[n]);
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
        if (items->items[i]->kind == STEP_LOOP) drop_reads_of_before(s, items->items[i]);
}

static void add_needed(Scheduler *s, Scope *scope, ItemList *items) {
    for (int i = 0; i < items->count; ++i) {
        find_needs(s, scope, items, items->items[i]);
        for (int n = 0; n < items->items[i]->needs.count; ++n) {
            Node *reduction = items->items[i]->needs.items[n];
            bool listed = false;
            for (int k = 0; k < items->count; ++k)
                listed |=
                    items->items[k]->kind == STEP_LOOP && items->items[k]->reduction == reduction;
            if (!listed) vector_push(s->arena, items, reduction_item(s, scope, reduction));
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

static Item *producer_of_need(const ItemList *items, const Node *reduction) {
    for (int i = 0; i < items->count; ++i)
        if (items->items[i]->kind == STEP_LOOP && items->items[i]->reduction == reduction)
            return items->items[i];
    return NULL;
}

static bool fills_or_stores(const Item *item, const Root *root) {
    for (int m = 0; m < item->members.count; ++m)
        if (item->members.items[m]->root == root) return true;
    bool writes =
        item->kind == STEP_STORE || item->kind == STEP_FILL || item->kind == STEP_CONTRACT;
    if (root && item->kind == STEP_LIST) return item->root->list == root->list;
    return root && writes && item->root == root;
}

static void order_item(Scheduler *s, const ItemList *items, Item *item, ItemList *ordered);

static void order_producers(Scheduler *s, const ItemList *items, const Item *item,
                            ItemList *ordered) {
    for (int i = 0; i < item->needs.count; ++i) {
        Item *producer = producer_of_need(items, item->needs.items[i]);
        if (producer) order_item(s, items, producer, ordered);
    }
    for (int i = 0; i < item->reads.count; ++i) {
        Root *root = root_read(s, item->reads.items[i]);
        for (int k = 0; k < items->count; ++k)
            if (items->items[k] != item && fills_or_stores(items->items[k], root))
                order_item(s, items, items->items[k], ordered);
    }
}

static bool depends(Scheduler *s, const ItemList *items, const Item *item, const Item *on,
                    Table *seen) {
    if (item == on) return true;
    if (table_has(seen, item)) return false;
    table_set(seen, item, (void *)item);
    for (int i = 0; i < item->needs.count; ++i) {
        const Item *producer = producer_of_need(items, item->needs.items[i]);
        if (producer && depends(s, items, producer, on, seen)) return true;
    }
    for (int i = 0; i < item->reads.count; ++i) {
        const Root *root = root_read(s, item->reads.items[i]);
        for (int k = 0; k < items->count; ++k)
            if (fills_or_stores(items->items[k], root) &&
                depends(s, items, items->items[k], on, seen))
                return true;
    }
    return false;
}

/* A reduction that an iteration of the loop over the axis computes, for both values. */
static bool share_reduction(Scheduler *s, const Node *node, const Node *other, const Axis *axis,
                            Table *seen) {
    if (!node->has_reduction || table_has(seen, node) || plan_root_of(s->plan, node)) return false;
    table_set(seen, node, (void *)node);
    Table found = table_new(s->arena);
    if (node_is_reduction(node) && axis_set_has(node->axes, axis) && reaches(other, node, &found))
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
    Table seen = table_new(s->arena), seen_too = table_new(s->arena), met = table_new(s->arena);
    return share_reduction(s, item->root->value, other->root->value, item->loops[0].axis, &met) &&
           !depends(s, items, item, other, &seen) && !depends(s, items, other, item, &seen_too);
}

/* What an item waits for comes before it, and what its twins wait for: then they can share their
 * loop. Only one at a time goes before its twin's producers, so that nobody waits in a circle. */
static void order_item(Scheduler *s, const ItemList *items, Item *item, ItemList *ordered) {
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
    if (table_has(&seen[bound], node)) return false;
    table_set(&seen[bound], node, (void *)node);
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
        const Root *root = root_read(s, user->reads.items[i]);
        if (fills_or_stores(producer, root) &&
            (!is_complete_in(root, a) || !reads_own_iteration(user->reads.items[i], a->axis) ||
             item_reads_all(s, user, root, a->axis)))
            return false;
    }
    return true;
}

static int first_group(Scheduler *s, const ItemList *items, const Item *item) {
    int first = 0;
    for (int i = 0; i < item->needs.count; ++i) {
        const Item *producer = producer_of_need(items, item->needs.items[i]);
        if (!producer) continue;
        int earliest = producer->group + (producer == item->stream ? 0 : 1);
        if (earliest > first) first = earliest;
    }
    for (int i = 0; i < item->reads.count; ++i) {
        const Root *root = root_read(s, item->reads.items[i]);
        for (int k = 0; k < items->count; ++k) {
            const Item *producer = items->items[k];
            if (producer == item || !fills_or_stores(producer, root) || producer->group < 0)
                continue;
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
    if (group->simple !=
        item->simple) /* beside columns nothing runs in vectors along the loop anyway */
        return in_tile && !group->simple && same && loop->kind == LOOP_REDUCE;
    if (same) return true;
    if (group->loop.kind == LOOP_SEQUENTIAL && loop->kind == LOOP_MAP) return true;
    bool maps = (loop->kind == LOOP_MAP && group->loop.kind == LOOP_REDUCE) ||
                (loop->kind == LOOP_REDUCE && group->loop.kind == LOOP_MAP);
    return maps;
}

/* Pairs each maximum whose pass is dear with the sums that its pass can take along. */
static void find_streams(const Scope *scope, ItemList *items) {
    for (int i = 0; i < items->count; ++i) {
        Item *maximum = items->items[i];
        if (maximum->kind != STEP_LOOP || !is_dear_pass(maximum)) continue;
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

typedef Vector(Group *) Groups;

static void put_in_group(Scheduler *s, const Scope *scope, const ItemList *items, Item *item,
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
    *part = *part ? graph_binary(s->graph, OP_AND, *part, where) : where;
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
                  .waits = true};
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
                   .waits = !walks};
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
    add_needed(s, scope, &items);
    find_streams(scope, &items);
    ItemList ordered = {0};
    for (int i = 0; i < items.count; ++i)
        order_item(s, &items, items.items[i], &ordered);
    Groups groups = {0};
    for (int i = 0; i < ordered.count; ++i)
        put_in_group(s, scope, &items, ordered.items[i], &groups);
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
