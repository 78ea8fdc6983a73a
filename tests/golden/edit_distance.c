/* edit_distance: made from edit_distance.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#include "edit_distance.h"

#include "steelyard.h"
#include <stdint.h>

static void edit_distance_compute(int64_t n_extent, int64_t m_extent, int64_t i_extent,
                                  int64_t j_extent, const int32_t *restrict a,
                                  const int32_t *restrict b, int32_t *restrict distance,
                                  unsigned char *workspace) {
    int32_t *restrict d = (int32_t *)(void *)workspace;
    /* edit_distance.sy:15: let d[i, j]: i32 = ... */
    for (int64_t i = 0; i < i_extent; ++i) {
        const int32_t chosen = 0 <= i - 1 ? a[i - 1] : -1;
        for (int64_t j = 0; j < j_extent; ++j) {
            d[i % 2 * j_extent + j] =
                i == 0
                    ? sy_i32_from_i64(j)
                    : (j == 0
                           ? sy_i32_from_i64(i)
                           : sy_min_i32(sy_min_i32(sy_add_i32(d[(i - 1) % 2 * j_extent + j], 1),
                                                   sy_add_i32(d[i % 2 * j_extent + (j - 1)], 1)),
                                        sy_add_i32(d[(i - 1) % 2 * j_extent + (j - 1)],
                                                   chosen != (0 <= j - 1 ? b[j - 1] : -1) ? 1
                                                                                          : 0)));
        }
    }

    /* edit_distance.sy:20: output distance: i32 = d[i = extent(i) - 1, j = extent(j) - 1] */
    *distance = d[n_extent % 2 * j_extent + m_extent];
}

int edit_distance(size_t n, size_t m, const int32_t *a, const int32_t *b, int32_t *distance) {
    return edit_distance_call(n, m, a, b, distance, NULL);
}

int edit_distance_call(size_t n, size_t m, const int32_t *a, const int32_t *b, int32_t *distance,
                       steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(m)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "m", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t m_extent = (int64_t)m;
    const int64_t i_extent = n_extent + 1;
    const int64_t j_extent = m_extent + 1;
    if (i_extent < 0 || !sy_size_fits((size_t)i_extent)) {
        return sy_fail(call, STEELYARD_SIZE, "i", 0, 0.0, i_extent,
                       "this extent, computed from the sizes, is below 0 or too large");
    }
    if (j_extent < 0 || !sy_size_fits((size_t)j_extent)) {
        return sy_fail(call, STEELYARD_SIZE, "j", 0, 0.0, j_extent,
                       "this extent, computed from the sizes, is below 0 or too large");
    }
    if (a == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "a", 0, 0.0, 0, NULL);
    }
    if (b == NULL && m_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "b", 0, 0.0, 0, NULL);
    }
    if (distance == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "distance", 0, 0.0, 0, NULL);
    const size_t needed = edit_distance_workspace(n, m);
    if (needed == SIZE_MAX) {
        return sy_fail(call, STEELYARD_OVERFLOW, NULL, 0, 0.0, 0,
                       "the workspace would be too large");
    }
    unsigned char *given = call != NULL ? (unsigned char *)call->workspace : NULL;
    if (given != NULL && !sy_workspace_fits(given, call->workspace_size, needed)) {
        return sy_fail(call, STEELYARD_WORKSPACE, NULL, 0, 0.0, (int64_t)needed,
                       "bytes are needed, aligned to 64");
    }
    unsigned char *workspace =
        given != NULL ? given : (unsigned char *)sy_allocate(needed > 0 ? needed : 64);
    if (workspace == NULL) {
        return sy_fail(call, STEELYARD_MEMORY, NULL, 0, 0.0, (int64_t)needed,
                       "bytes of workspace could not be allocated");
    }
    edit_distance_compute(n_extent, m_extent, i_extent, j_extent, a, b, distance, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t edit_distance_workspace(size_t n, size_t m) {
    if (!sy_size_fits(n) || !sy_size_fits(m)) return SIZE_MAX;
    const int64_t m_extent = (int64_t)m;
    const int64_t j_extent = m_extent + 1;
    return sy_bytes(sy_count(2, j_extent), sizeof(int32_t));
}
