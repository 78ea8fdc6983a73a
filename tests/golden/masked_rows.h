/* masked_rows: made from masked_rows.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef MASKED_ROWS_H
#define MASKED_ROWS_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The mean, the spread and the largest value of each row of a table in which cells are missing.
 *
 * `where` leaves elements out as if they did not exist: a NaN in a missing cell does no harm.
 * `empty` says what a row has in which nothing is left.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then what the outputs hold means nothing.
 *   n (size)
 *   c (size)
 *   x[n, c] (in)
 *   known[n, c] (in, 0 or 1): false where the cell is missing; x may hold anything there
 *   average[n] (out)
 *   spread[n] (out)
 *   largest[n] (out)
 *   cells[n] (out)
 *   complete[n] (out) */
int masked_rows(size_t n, size_t c, const float *x, const unsigned char *known, float *average,
                float *spread, float *largest, int64_t *cells, unsigned char *complete);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int masked_rows_call(size_t n, size_t c, const float *x, const unsigned char *known, float *average,
                     float *spread, float *largest, int64_t *cells, unsigned char *complete,
                     steelyard_call *call);

/* The bytes of workspace that masked_rows_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t masked_rows_workspace(size_t n, size_t c);

#ifdef __cplusplus
}
#endif

#endif
