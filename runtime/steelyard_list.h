/* Steelyard runtime: the sources of each destination, in their order. */
#ifndef STEELYARD_LIST_H
#define STEELYARD_LIST_H
#include "steelyard_base.h"

/* index[i] is the destination of source i. ends[d] becomes the place where the sources of d begin,
 * when those of all destinations before it come first. A source whose index is no destination is
 * in no list. */
SY_FN_LARGE void sy_list_begin(const int64_t *index, int64_t count, int64_t destinations,
                               int64_t *ends) {
    for (int64_t d = 0; d < destinations; d++)
        ends[d] = 0;
    for (int64_t i = 0; i < count; i++)
        if ((uint64_t)index[i] < (uint64_t)destinations) ends[index[i]]++;
    int64_t first = 0;
    for (int64_t d = 0; d < destinations; d++) {
        int64_t own = ends[d];
        ends[d] = first;
        first += own;
    }
}

/* sources gets the sources of destination 0 in ascending order, then those of 1, and so on; ends[d]
 * is the place behind the last one of d. */
SY_FN_LARGE void sy_list_sources(const int64_t *index, int64_t count, int64_t destinations,
                                 int64_t *ends, int64_t *sources) {
    sy_list_begin(index, count, destinations, ends);
    for (int64_t i = 0; i < count; i++)
        if ((uint64_t)index[i] < (uint64_t)destinations) sources[ends[index[i]]++] = i;
}

/* The same where nobody needs the sources, but array[i] of each: copy gets these in their order. */
SY_FN_LARGE void sy_list_direct(const int64_t *index, int64_t count, int64_t destinations,
                                int64_t *ends, const int64_t *array, int64_t *copy) {
    sy_list_begin(index, count, destinations, ends);
    for (int64_t i = 0; i < count; i++)
        if ((uint64_t)index[i] < (uint64_t)destinations) copy[ends[index[i]]++] = array[i];
}

/* copy[p] becomes array[s] of the source s at place p of the lists. */
SY_FN_LARGE void sy_list_copy(const int64_t *array, int64_t destinations, const int64_t *ends,
                              const int64_t *sources, int64_t *copy) {
    const int64_t places = destinations > 0 ? ends[destinations - 1] : 0;
    for (int64_t p = 0; p < places; p++)
        copy[p] = array[sources[p]];
}
#endif
