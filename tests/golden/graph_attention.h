/* graph_attention: made from graph_attention.sy by steelyard 0.1.0; change that file, not this
 * one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef GRAPH_ATTENTION_H
#define GRAPH_ATTENTION_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One layer of a graph attention network: every node takes a softmax-weighted mean of its
 * neighbours.
 *
 * Edges are two index arrays. The softmax over the edges that end in a node is a grouped
 * reduction: one pass over the edges. `(...)[n = target]` reads a value per node at each edge's
 * target.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): nodes
 *   e (size): edges
 *   x[n, f] (in)
 *   source[e] (in): an index along n
 *   target[e] (in): an index along n
 *   w[f, o] (in, a parameter)
 *   a_source[o] (in, a parameter)
 *   a_target[o] (in, a parameter)
 *   y[n, o] (out)
 *   share[e] (out) */
int graph_attention(size_t n, size_t e, const float *x, const int64_t *source,
                    const int64_t *target, const float *w, const float *a_source,
                    const float *a_target, float *y, float *share);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int graph_attention_call(size_t n, size_t e, const float *x, const int64_t *source,
                         const int64_t *target, const float *w, const float *a_source,
                         const float *a_target, float *y, float *share, steelyard_call *call);

/* The bytes of workspace that graph_attention_call needs: 0 if none, SIZE_MAX if the sizes are
 * too large. */
size_t graph_attention_workspace(size_t n, size_t e);

#ifdef __cplusplus
}
#endif

#endif
