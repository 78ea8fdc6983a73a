/* How the parts of a step are counted: for cost.c, which goes through the loops. */
#ifndef TOOL_COST_STEPS_H
#define TOOL_COST_STEPS_H
#include "tool/cost.h"

typedef struct Level {
    const PlanLoop *loop;
    double extent;
    Table *seen; /* what was worked out so far, in it and outside of the loops in it */
} Level;

typedef struct Counter {
    Costs *costs;
    Cost *cost; /* of the nest that is counted now */
    Level levels[64];
    int depth;
    double chain; /* of the innermost open loop */
    bool chain_wide;
    int tiles;   /* open loops that go by tiles of a product */
    Table *made; /* sums of products that these made: they are kept */
} Counter;

/* Iterations of the innermost open loop, in all. */
double all_turns(const Counter *c);
/* All of an array, once; and `count` elements of it that an index chooses, among so many bytes. */
Traffic traffic_all(const Array *array, double bytes);
Traffic traffic_chosen(const Array *array, double bytes, double count, double among);
/* Of one array in one nest, at most one entry. */
void add_traffic(Counter *c, Traffics *list, Traffic traffic);
/* All that a value needs, as often as it is computed; what is in `seen` is there already. `own` is
 * the value that is stored, or NULL. */
void count_value(Counter *c, Node *node, const Node *own, Table *seen);
/* A reduction takes in an element. */
void count_accumulation(Counter *c, const Node *reduction);
void count_store(Counter *c, const Step *step);
void count_scatter(Counter *c, const Root *root, double bytes);
/* What is stored, where the next iteration waits for it. */
void count_chain(Counter *c, const Root *root);
#endif
