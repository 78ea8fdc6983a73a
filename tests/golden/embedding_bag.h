/* embedding_bag: made from embedding_bag.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef EMBEDDING_BAG_H
#define EMBEDDING_BAG_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The mean of the embeddings of a text's words, with padding, and with a weight for each word
 * of the vocabulary.
 *
 * -1 stands for padding. `word` is a position under `has(word)` only; where a text has no word
 * at all it is 0.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   b (size): texts
 *   k (size): words of a text, padded
 *   v (size): vocabulary
 *   word[b, k] (in): an index along v, or -1 for none
 *   table[v, f] (in)
 *   common[v] (in, finite and not negative): how much a word of the vocabulary counts
 *   bag[b, f] (out)
 *   words[b] (out)
 *   used[v] (out) */
int embedding_bag(size_t b, size_t k, size_t v, const int64_t *word, const float *table,
                  const float *common, float *bag, int64_t *words, int64_t *used);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int embedding_bag_call(size_t b, size_t k, size_t v, const int64_t *word, const float *table,
                       const float *common, float *bag, int64_t *words, int64_t *used,
                       steelyard_call *call);

/* The bytes of workspace that embedding_bag_call needs: 0 if none, SIZE_MAX if the sizes are too
 * large. */
size_t embedding_bag_workspace(size_t b, size_t k, size_t v);

#ifdef __cplusplus
}
#endif

#endif
