/* edit_distance: made from edit_distance.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef EDIT_DISTANCE_H
#define EDIT_DISTANCE_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The edit distance of two texts: how many letters must be inserted, deleted or replaced.
 *
 * d[i, j] is the distance of the first i letters from the first j. It reads three elements
 * before
 * it, and is walked along i, then j; of i only two rows are kept.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): letters of the first text
 *   m (size): letters of the second
 *   a[n] (in)
 *   b[m] (in)
 *   distance (out) */
int edit_distance(size_t n, size_t m, const int32_t *a, const int32_t *b, int32_t *distance);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int edit_distance_call(size_t n, size_t m, const int32_t *a, const int32_t *b, int32_t *distance,
                       steelyard_call *call);

/* The bytes of workspace that edit_distance_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t edit_distance_workspace(size_t n, size_t m);

#ifdef __cplusplus
}
#endif

#endif
