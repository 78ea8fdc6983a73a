/* What the parts of the schedule share: items.c says what there is to do and what it needs, order.c
 * in which order, groups.c what shares a loop, schedule.c makes the loops. */
#ifndef PLAN_SCHEDULE_H
#define PLAN_SCHEDULE_H
#include "plan/plan.h"

typedef struct Scope {
    const struct Scope *parent;
    const AxisSet *open; /* but for the lane */
    Axis *lane;          /* of the open tile, or NULL */
    int64_t lane_size;   /* of its tiles */
    Nodes available;     /* reductions finished here, and the kept value of a stream */
    const Axis *hidden;  /* the lane of the scope around: here a loop goes over its axis anew */
    bool waits;          /* not all that is open is a recurrence's walk, one step after the other */
    bool holds;          /* the domains of what is taken in here have been looked at */
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
typedef Vector(Group *) Groups;

typedef struct Scheduler {
    Plan *plan;
    Graph *graph;
    Arena *arena;
    bool waits_for_twin; /* an item is being ordered for the sake of another's twin */
} Scheduler;

/* --- items.c --- */
Item *item_new(Scheduler *s, StepKind kind);
Item *item_of_reduction(Scheduler *s, const Scope *scope, Node *reduction);
void item_find_needs(Scheduler *s, const Scope *scope, const ItemList *items, Item *item);
/* What a later root of the recurrence stored is, inside of its loops, of an iteration before. */
void item_drop_reads_of_before(Scheduler *s, Item *item);
Root *item_root_read(Scheduler *s, const Node *read);
void nodes_add_once(Arena *arena, Nodes *nodes, Node *node);

/* --- order.c --- */
/* Adds the reductions that the items need and that this block computes. */
void items_add_needed(Scheduler *s, Scope *scope, ItemList *items);
void items_order(Scheduler *s, const ItemList *items, Item *item, ItemList *ordered);
Item *item_producer(const ItemList *items, const Node *reduction);
bool item_stores(const Item *item, const Root *root);
bool item_is_dear_pass(const Item *item);

/* --- groups.c --- */
void items_find_streams(const Scope *scope, ItemList *items);
void groups_put(Scheduler *s, const Scope *scope, const ItemList *items, Item *item,
                Groups *groups);
#endif
