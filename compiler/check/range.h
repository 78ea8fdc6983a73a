/* What can be known about integers before the program runs: see range_prove in check/check.h. */
#ifndef CHECK_RANGE_H
#define CHECK_RANGE_H
#include "check/check.h"

/* The proofs hold for extents up to this one. A larger size must be refused on entry. */
#define RANGE_LARGEST_EXTENT LARGEST_EXTENT

/* True when the bool node holds for every value of its free axes, given that each of the facts
 * holds. */
bool condition_prove(Graph *graph, Node *condition, const Facts *facts);

/* Made only of given arrays at their own axes, extents and numbers, by operations that cannot fail:
 * its range can be checked on entry. */
bool index_is_given(const Node *index);
#endif
