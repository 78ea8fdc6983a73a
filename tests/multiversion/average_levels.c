/* average: made from average.sy by steelyard 0.1.0; change that file, not this one.
 *
 * average.c is compiled once for each level of the processor, with these flags beside the
 * others; this file once, for the first:
 *   -march=x86-64 -DSTEELYARD_LEVEL=x86_64
 *   -march=x86-64-v3 -DSTEELYARD_LEVEL=x86_64_v3
 *   -march=x86-64-v4 -DSTEELYARD_LEVEL=x86_64_v4
 *
 * When it is loaded it picks the highest level that the processor has, once. All give the same
 * bits. With STEELYARD_LEVEL=x86-64-v3 in the environment it picks none above that. */
#include "average.h"

#include "steelyard_levels.h"

static const char *const sy_levels[] = {"x86-64", "x86-64-v3", "x86-64-v4"};
static int sy_picked = 0; /* of sy_levels: until it is loaded, the first */

__attribute__((constructor)) static void sy_pick(void) {
    sy_picked = sy_level_pick(sy_levels, 3);
}

const char *average_level(void) {
    return sy_levels[sy_picked];
}

#pragma GCC visibility push(hidden)
int average_x86_64(size_t n, const float *values, const float *trust, float *avg);
int average_call_x86_64(size_t n, const float *values, const float *trust, float *avg,
                        steelyard_call *call);
size_t average_workspace_x86_64(size_t n);
int average_x86_64_v3(size_t n, const float *values, const float *trust, float *avg);
int average_call_x86_64_v3(size_t n, const float *values, const float *trust, float *avg,
                           steelyard_call *call);
size_t average_workspace_x86_64_v3(size_t n);
int average_x86_64_v4(size_t n, const float *values, const float *trust, float *avg);
int average_call_x86_64_v4(size_t n, const float *values, const float *trust, float *avg,
                           steelyard_call *call);
size_t average_workspace_x86_64_v4(size_t n);
#pragma GCC visibility pop

int average(size_t n, const float *values, const float *trust, float *avg) {
    if (sy_picked == 2) {
        return average_x86_64_v4(n, values, trust, avg);
    } else if (sy_picked == 1) {
        return average_x86_64_v3(n, values, trust, avg);
    } else {
        return average_x86_64(n, values, trust, avg);
    }
}

int average_call(size_t n, const float *values, const float *trust, float *avg,
                 steelyard_call *call) {
    if (sy_picked == 2) {
        return average_call_x86_64_v4(n, values, trust, avg, call);
    } else if (sy_picked == 1) {
        return average_call_x86_64_v3(n, values, trust, avg, call);
    } else {
        return average_call_x86_64(n, values, trust, avg, call);
    }
}

size_t average_workspace(size_t n) {
    if (sy_picked == 2) {
        return average_workspace_x86_64_v4(n);
    } else if (sy_picked == 1) {
        return average_workspace_x86_64_v3(n);
    } else {
        return average_workspace_x86_64(n);
    }
}
