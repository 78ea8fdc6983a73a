/* ranking: made from ranking.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef RANKING_H
#define RANKING_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ranking of documents for queries: the normalised discounted gain, and the ListNet loss.
 *
 * A rank is a count of what scores higher. Queries have unequal numbers of documents: `real`
 * tells which ones exist.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   q (size): queries
 *   d (size): documents, padded
 *   score[q, d] (in)
 *   relevance[q, d] (in)
 *   real[q, d] (in, 0 or 1)
 *   ndcg (out)
 *   listnet (out) */
int ranking(size_t q, size_t d, const float *score, const float *relevance,
            const unsigned char *real, float *ndcg, float *listnet);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int ranking_call(size_t q, size_t d, const float *score, const float *relevance,
                 const unsigned char *real, float *ndcg, float *listnet, steelyard_call *call);

/* The bytes of workspace that ranking_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t ranking_workspace(size_t q, size_t d);

#ifdef __cplusplus
}
#endif

#endif
