/* Recurrences as roots. In: the values of some outputs; out: a root for each array of a recurrence
 * that they reach, before any other root. Its loops: first those axes that every read inside of the
 * group leaves alone (sequences of a batch), which may run side by side; then the axes that are
 * walked, in order; then what is left.
 *
 * What is part of such a value and must be stored apart is stored in the same loops: it reads what
 * the recurrence stored, and the recurrence reads it. An output that is just the recurrence is its
 * memory. */
#include "plan/plan.h"

/* --- what reads what --- */

static bool reads_group(const Plan *plan, const Node *node, const RecurrenceGroup *group,
                        Table *seen) {
    if (!table_add(seen, node)) return false;
    const Root *root = plan_root_of(plan, node);
    if (root && root_group(root) == group) return true;
    for (int i = 0; i < node->argument_count; ++i)
        if (reads_group(plan, node->arguments[i], group, seen)) return true;
    return false;
}

static bool root_reads_group(const Plan *plan, const Root *root, const RecurrenceGroup *group) {
    TABLE_HERE(seen, plan->compiler->arena);
    const Node *parts[] = {root->value, root->condition, root->scatter_index};
    for (int i = 0; i < 3; ++i) {
        if (!parts[i]) continue;
        if (plan_root_of(plan, parts[i]) != root) {
            if (reads_group(plan, parts[i], group, &seen)) return true;
            continue;
        }
        for (int a = 0; a < parts[i]->argument_count; ++a) /* the root itself, as a reduction */
            if (reads_group(plan, parts[i]->arguments[a], group, &seen)) return true;
    }
    return false;
}

/* --- loops --- */

/* The loops of the member that the root has axes for, as far as they go; then its own others. */
static void loops_along(Plan *plan, Root *root, const Root *like) {
    Arena *arena = plan->compiler->arena;
    RootLoop *loops = ARENA_ARRAY(arena, RootLoop, root->loop_count + 1);
    int count = 0, shared = 0;
    for (; shared < like->loop_count && like->loops[shared].nest; ++shared) {
        bool found = false;
        for (int i = 0; i < root->loop_count; ++i)
            found |= root->loops[i].axis == like->loops[shared].axis;
        if (!found) break;
        loops[count++] = like->loops[shared];
    }
    for (int i = 0; i < root->loop_count; ++i) {
        bool done = false;
        for (int k = 0; k < shared; ++k)
            done |= loops[k].axis == root->loops[i].axis;
        if (!done) loops[count++] = root->loops[i];
    }
    root->loops = loops;
    root->loop_count = count;
}

void plan_join(Plan *plan, Root *root) {
    const Recurrence *members[] = {root->member, plan->member,
                                   table_get(&plan->members, root->value)};
    for (int i = 0; i < 3; ++i) {
        const Root *like = members[i] ? table_get(&plan->arrays, members[i]->array) : NULL;
        if (!like || like == root || !root_reads_group(plan, root, members[i]->group)) continue;
        root->member = members[i];
        loops_along(plan, root, like);
        return;
    }
}

/* A walked axis at the place of an axis that is summed over: of all steps before. */
static bool is_of_all_steps(const Recurrence *member, const Axis *position, const Node *index) {
    for (int l = 0; l < member->loop_count; ++l)
        if (member->loops[l].axis == position)
            return index->op == OP_AXIS && index->u.axis != position;
    return false;
}

/* Whether what the recurrence reads by this AT must be worked out for just its positions: of one
 * element of an axis that it does not have, it may need another one at each step. What is read of
 * all the steps before is stored at each: worked out where it is read, it would be so once for each
 * step after. */
bool plan_needs_pushing(const Plan *plan, const Node *at) {
    const Recurrence *member = plan->member;
    bool foreign = false;
    if (at->arguments[0]->op == OP_ARRAY) return false; /* an element of it is all that is read */
    for (int i = 0; member && i < at->argument_count - 1; ++i) {
        bool own = false;
        if (is_of_all_steps(member, at->u.positions[i], at->arguments[1 + i])) return false;
        for (int a = 0; a < member->array->rank; ++a)
            own |= member->array->axes[a] == at->u.positions[i];
        foreign |= !own;
    }
    TABLE_HERE(seen, plan->compiler->arena);
    return foreign && reads_group(plan, at->arguments[0], member->group, &seen);
}

/* Whether a part of the recurrence's value must not be stored: it lacks an axis that is walked. */
bool plan_must_stay(const Plan *plan, const Node *reduction) {
    const Recurrence *member = plan->member;
    TABLE_HERE(seen, plan->compiler->arena);
    for (int i = 0; member && i < member->loop_count; ++i)
        if (!axis_set_has(reduction->axes, member->loops[i].axis))
            return reads_group(plan, reduction, member->group, &seen);
    return false;
}

const RecurrenceLoop *plan_walked(const Plan *plan, const Node *reduction, const Axis *axis) {
    const Recurrence *member = plan->member;
    TABLE_HERE(seen, plan->compiler->arena);
    for (int i = 0; member && i < member->loop_count; ++i)
        if (member->loops[i].axis == axis)
            return reads_group(plan, reduction, member->group, &seen) ? &member->loops[i] : NULL;
    return NULL;
}

/* --- what waits for its index ---
 *
 *     let c[m, n] = ... if m == n then sum[n](c, where = n < m) ...       (m, then n)
 *
 * Such a sum has no n: by its axes alone it could be computed as soon as m is known, before any c
 * of that m. That n is m by then says the `if`; the sum takes that into its domain, and so waits
 * for the loop of n (see guard.c). */

/* Whether all of the first loops may be at the very step of which the node reads the group. */
static bool reads_step(const Node *node, const Recurrence *member, int loops, Table *seen) {
    if (!table_add(seen, node)) return false;
    const Recurrence *read = node_recurrence(node);
    if (read) return read->group == member->group;
    for (int i = 0; node->op == OP_AT && i < node->argument_count - 1; ++i)
        for (int l = 0; l < loops; ++l) {
            const Axis *axis = member->loops[l].axis;
            int64_t shift = 0;
            if (node->u.positions[i] != axis) continue;
            if (!plan_is_shifted(node->arguments[1 + i], axis, &shift) || shift == 0) continue;
            for (int k = 1; k < node->argument_count; ++k)
                if (reads_step(node->arguments[k], member, loops, seen)) return true;
            return false; /* the base is of an earlier step */
        }
    for (int i = 0; i < node->argument_count; ++i)
        if (reads_step(node->arguments[i], member, loops, seen)) return true;
    return false;
}

static bool waits(const Plan *plan, const Node *reduction) {
    const Recurrence *member = plan->member;
    for (int l = 0; l < member->loop_count; ++l) {
        TABLE_HERE(seen, plan->compiler->arena);
        if (axis_set_has(reduction->axes, member->loops[l].axis)) continue;
        for (int i = 0; i < reduction->argument_count; ++i)
            if (reads_step(reduction->arguments[i], member, l, &seen)) return true;
    }
    return false;
}

bool plan_waits(Plan *plan, const Node *node) {
    if (!plan->member || !node->has_reduction) return false;
    const char *known = table_get(&plan->waits, node);
    if (known) return *known == 'y';
    bool found = node_is_reduction(node) && waits(plan, node);
    for (int i = 0; i < node->argument_count && !found; ++i)
        found = plan_waits(plan, node->arguments[i]);
    table_set(&plan->waits, node, found ? "y" : "n");
    return found;
}

/* --- axes that may run side by side --- */

typedef struct Search {
    Plan *plan;
    const RecurrenceGroup *group;
    const Axis *axis;
    Table seen[2];
} Search;

static bool is_member(const Search *search, const Node *node) {
    const Recurrence *recurrence = node_recurrence(node);
    return recurrence && recurrence->group == search->group;
}

/* Whether all that is read of the group lies at the same index of the axis. */
static bool leaves_alone(Search *search, const Node *node, bool bound) {
    if (!table_add(&search->seen[bound], node)) return true;
    if (is_member(search, node) && bound && axis_set_has(node->axes, search->axis)) return false;
    bool inside = bound || (node_is_reduction(node) && axis_set_has(node->u.bound, search->axis));
    for (int i = 0; i < node->argument_count; ++i) {
        bool moved = bound;
        if (node->op == OP_AT && i == 0)
            for (int p = 0; p < node->argument_count - 1; ++p)
                moved |= node->u.positions[p] == search->axis;
        if (!leaves_alone(search, node->arguments[i], node->op == OP_AT ? moved : inside))
            return false;
    }
    return true;
}

static bool is_independent(Plan *plan, const RecurrenceGroup *group, const Axis *axis) {
    Arena *arena = plan->compiler->arena;
    Search search = {plan, group, axis, {table_new(arena), table_new(arena)}};
    for (int i = 0; i < group->members.count; ++i) {
        const Recurrence *member = group->members.items[i];
        bool has = false;
        for (int a = 0; a < member->array->rank; ++a)
            has |= member->array->axes[a] == axis;
        for (int l = 0; l < member->loop_count; ++l)
            has &= member->loops[l].axis != axis;
        if (!has || !leaves_alone(&search, member->value, false)) return false;
    }
    return true;
}

/* All but one that memory runs along: that runs better inside. */
static int axes_in_front(Plan *plan, const Recurrence *member, Axis **front) {
    int count = 0;
    for (int a = 0; a < member->array->rank; ++a) {
        Axis *axis = member->array->axes[a];
        bool along = a > 0 && a == member->array->rank - 1;
        if (!along && is_independent(plan, member->group, axis)) front[count++] = axis;
    }
    return member->loop_count ? count : 0;
}

static bool among_first(Axis *const *axes, int count, const Axis *axis) {
    for (int i = 0; i < count; ++i)
        if (axes[i] == axis) return true;
    return false;
}

static void set_loops(Plan *plan, Root *root, Axis *const *front, int fronts) {
    const Recurrence *member = root->member;
    const Array *array = root->array;
    RootLoop *loops = ARENA_ARRAY(plan->compiler->arena, RootLoop, array->rank + 1);
    int count = 0;
    for (int i = 0; i < fronts; ++i)
        loops[count++] = (RootLoop){front[i], LOOP_MAP, false, -1 - i, NULL};
    for (int i = 0; i < member->loop_count; ++i)
        loops[count++] = (RootLoop){member->loops[i].axis, LOOP_SEQUENTIAL, member->loops[i].down,
                                    1 + member->loops[i].nest, NULL};
    for (int i = 0; i < array->rank; ++i) {
        bool walked = among_first(front, fronts, array->axes[i]);
        for (int l = 0; l < member->loop_count; ++l)
            walked |= member->loops[l].axis == array->axes[i];
        if (!walked) loops[count++] = (RootLoop){array->axes[i], LOOP_MAP, false, 0, NULL};
    }
    root->loops = loops;
    root->loop_count = count;
}

/* --- the roots --- */

/* The output that is nothing but this recurrence, or NULL. */
static Array *output_of(const Plan *plan, const Recurrence *recurrence) {
    for (int i = 0; i < plan->output_count; ++i) {
        const Output *output = &plan->outputs[i];
        const Node *value = node_unnamed(output->value);
        if (value->op == OP_ARRAY && value->u.array == recurrence->array &&
            output->array->type == recurrence->array->type &&
            output->array->rank == recurrence->array->rank)
            return output->array;
    }
    return NULL;
}

/* Notes the reductions that read the group; whether the node does. */
static bool note_reductions(Plan *plan, const Node *node, const Recurrence *member, Table *reads) {
    const char *known = table_get(reads, node);
    if (known) return *known == 'y';
    const Root *root = plan_root_of(plan, node);
    bool found = root && root_group(root) == member->group;
    for (int i = 0; i < node->argument_count; ++i)
        found |= note_reductions(plan, node->arguments[i], member, reads);
    if (found && node_is_reduction(node)) table_set(&plan->members, node, (void *)member);
    table_set(reads, node, found ? "y" : "n");
    return found;
}

static void note_group(Plan *plan, const RecurrenceGroup *group, int first) {
    TABLE_HERE(reads, plan->compiler->arena);
    for (int i = first; i < plan->roots.count; ++i)
        if (root_group(plan->roots.items[i]) == group)
            note_reductions(plan, plan->roots.items[i]->value, plan->roots.items[i]->member,
                            &reads);
}

static void add_group(Plan *plan, const RecurrenceGroup *group) {
    Arena *arena = plan->compiler->arena;
    int first = plan->roots.count, members = group->members.count;
    Axis **front = ARENA_ARRAY(arena, Axis *, group->members.items[0]->array->rank + 1);
    int fronts = axes_in_front(plan, group->members.items[0], front);
    for (int i = 0; i < members; ++i) {
        const Recurrence *member = group->members.items[i];
        Array *output = output_of(plan, member);
        Root *root = plan_root_new(plan, output ? output : member->array, member->value);
        root->is_buffer = !output;
        root->member = member;
        table_set(&plan->arrays, member->array, root);
        set_loops(plan, root, front, fronts);
    }
    for (int i = 0; i < members; ++i) {
        Root *root = plan->roots.items[first + i];
        plan->member = root->member;
        plan->waits = table_new(arena);
        plan->conditions = NULL; /* what was guarded under them was so for another member */
        root->value = plan_normalise(plan, plan_guard(plan, root->value), root->array->name);
        plan->member = NULL;
    }
    plan->conditions = NULL;
    note_group(plan, group, first);
    plan_place(plan);
    note_group(plan, group, first);
}

void plan_recurrences(Plan *plan, const EntryPlan *entry) {
    RecurrenceList list = {0};
    TABLE_HERE(met, plan->compiler->arena);
    for (int i = 0; i < plan->output_count; ++i)
        graph_recurrences(plan->graph, plan->outputs[i].value, &met, &list);
    for (int i = 0; i < entry->buffer_count; ++i)
        graph_recurrences(plan->graph, entry->buffers[i].value, &met, &list);
    TABLE_HERE(lengths, plan->compiler->arena);
    for (int i = 0; i < list.count; ++i)
        plan_find_length(plan, list.items[i]->value, &lengths);
    for (int i = 0; i < list.count; ++i)
        if (!table_has(&plan->arrays, list.items[i]->array)) add_group(plan, list.items[i]->group);
}

/* --- turns --- */

static bool reads_now(const Plan *plan, const Node *node, const Root *own, const Root *root,
                      const AxisSet *bound, Table *seen);

/* A read at just the indices of the iteration, along what both are walked by. */
static bool is_of_now(const Node *read, const Root *own, const Root *root, const AxisSet *bound) {
    for (int l = 0; l < root->loop_count && l < own->loop_count; ++l) {
        const RootLoop *loop = &root->loops[l];
        if (own->loops[l].axis != loop->axis) break;
        if (loop->kind != LOOP_SEQUENTIAL || !loop->nest) continue;
        if (axis_set_has(bound, loop->axis)) return false;
        for (int p = 0; read->op == OP_AT && p < read->argument_count - 1; ++p)
            if (read->u.positions[p] == loop->axis) return false;
    }
    return true;
}

static bool arguments_read_now(const Plan *plan, const Node *node, const Root *own,
                               const Root *root, const AxisSet *bound, Table *seen) {
    for (int i = node->op == OP_AT ? 1 : 0; i < node->argument_count; ++i)
        if (reads_now(plan, node->arguments[i], own, root, bound, seen)) return true;
    return false;
}

static bool reads_now(const Plan *plan, const Node *node, const Root *own, const Root *root,
                      const AxisSet *bound, Table *seen) {
    if (!table_add(seen, node)) return false;
    const Node *base = node->op == OP_AT ? node->arguments[0] : node;
    const Root *read = plan_root_of(plan, base);
    if (read && (read != own || base->op == OP_ARRAY)) {
        if (read == root && is_of_now(node, own, root, bound)) return true;
        if (node->op != OP_AT) return false;
    }
    if (node_is_reduction(node)) {
        Table fresh = table_new(plan->compiler->arena); /* under other bound axes */
        bound = axis_set_union(plan->graph, bound, node->u.bound);
        return arguments_read_now(plan, node, own, root, bound, &fresh);
    }
    return arguments_read_now(plan, node, own, root, bound, seen);
}

/* Whether the user needs what root stores in the same iteration. */
static bool needs_first(const Plan *plan, const Root *user, const Root *root) {
    TABLE_HERE(seen, plan->compiler->arena);
    const AxisSet *none = axis_set(plan->graph, NULL, 0);
    const Node *parts[] = {user->value, user->condition, user->scatter_index};
    if (user == root) return false;
    for (int i = 0; i < 3; ++i)
        if (parts[i] && reads_now(plan, parts[i], user, root, none, &seen)) return true;
    return false;
}

static int place_in_group(const Root *root) {
    const RecurrenceGroup *group = root->member->group;
    for (int i = 0; i < group->members.count; ++i)
        if (group->members.items[i] == root->member) return i;
    return -1;
}

typedef Vector(Root *) RootList;

static void take_turn(Plan *plan, const RootList *roots, Root *root, int *turns) {
    if (root->turn) return;
    root->turn = -1; /* open: the order of the group holds, so nothing needs itself */
    bool own = root == table_get(&plan->arrays, root->member->array);
    for (int i = 0; i < roots->count; ++i) {
        Root *other = roots->items[i];
        bool other_own = other == table_get(&plan->arrays, other->member->array);
        bool before = own && other_own && place_in_group(other) < place_in_group(root);
        if (before || needs_first(plan, root, other)) take_turn(plan, roots, other, turns);
    }
    root->turn = ++*turns;
}

void plan_turns(Plan *plan) {
    int turns = 0;
    for (int i = 0; i < plan->roots.count; ++i) {
        if (!plan->roots.items[i]->member) continue;
        RootList roots = {0};
        for (int k = 0; k < plan->roots.count; ++k)
            if (root_group(plan->roots.items[k]) == root_group(plan->roots.items[i]))
                vector_push(plan->compiler->arena, &roots, plan->roots.items[k]);
        take_turn(plan, &roots, plan->roots.items[i], &turns);
    }
}
