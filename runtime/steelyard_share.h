/* Steelyard runtime: which iterations of a loop are a thread's own. The loop goes over extent
 * indices in steps; each thread of a team takes a run of whole steps that stand together, and all
 * runs are as long as each other, or one step longer. */
#ifndef STEELYARD_SHARE_H
#define STEELYARD_SHARE_H
#include "steelyard_base.h"

#ifdef _OPENMP
#include <omp.h>
#define SY_THREAD omp_get_thread_num()
#define SY_THREAD_COUNT omp_get_num_threads()
#else
#define SY_THREAD 0
#define SY_THREAD_COUNT 1
#endif

/* Where the share of the thread of that number begins; for one that is not there, the end. */
SY_FN int64_t sy_share_of(int64_t thread, int64_t threads, int64_t extent, int64_t step) {
    int64_t steps = extent / step + (extent % step != 0);
    int64_t longer = steps % threads; /* so many have one step more */
    int64_t first = (steps / threads * thread + (thread < longer ? thread : longer)) * step;
    return first < extent ? first : extent;
}

SY_FN int64_t sy_share_from(int64_t extent, int64_t step) {
    return sy_share_of(SY_THREAD, SY_THREAD_COUNT, extent, step);
}

SY_FN int64_t sy_share_to(int64_t extent, int64_t step) {
    return sy_share_of(SY_THREAD + 1, SY_THREAD_COUNT, extent, step);
}

/* How many turns a loop of such steps has. */
SY_FN int64_t sy_share_turns(int64_t extent, int64_t step) {
    return extent / step + (extent % step != 0);
}
#endif
