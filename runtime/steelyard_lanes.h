/* Steelyard runtime: the end of a reduction. Element i of a block of SY_BLOCK goes to lane i mod
 * SY_LANES, but for the last ones, fewer than SY_LANES, which go to lane 0; the lanes of a block
 * are folded by halves; the blocks' results by a tree whose shape depends on their count alone. So
 * the order of every float operation is fixed, whatever the vector width and the number of threads.
 */
#ifndef STEELYARD_LANES_H
#define STEELYARD_LANES_H
#include "steelyard_number.h"

#define SY_LANES 32
#define SY_BLOCK 4096

/* The blocks that count elements make. */
SY_FN size_t sy_block_count(size_t count) {
    return count / SY_BLOCK + (count % SY_BLOCK != 0);
}

/* Lanes are in memory when they are folded. Clang, where a loop over lanes is so short that it
 * writes out all of them, would else look at the last step of the tree first, and compute the whole
 * loop in vectors of two. */
#ifdef __GNUC__
#define SY_IN_MEMORY(TYPE, lanes) __asm__("" : "+m"(*(TYPE(*)[SY_LANES])(lanes)))
#else
#define SY_IN_MEMORY(TYPE, lanes) (void)0
#endif

/* Folds lanes[i] with lanes[i + 16], then 8, 4, 2, 1; overwrites lanes; gives lanes[0]. */
#define SY_DEFINE_TREE(NAME, TYPE, FOLD)                                                           \
    SY_FN TYPE NAME(TYPE lanes[SY_LANES]) {                                                        \
        SY_IN_MEMORY(TYPE, lanes);                                                                 \
        for (int half = SY_LANES / 2; half > 0; half /= 2)                                         \
            for (int i = 0; i < half; i++) {                                                       \
                TYPE a = lanes[i], b = lanes[i + half];                                            \
                lanes[i] = FOLD;                                                                   \
            }                                                                                      \
        return lanes[0];                                                                           \
    }

/* Folds blocks[0 .. count - 1] by halves, rounded up, in place; gives blocks[0], or EMPTY where
 * count is 0. */
#define SY_DEFINE_TREE_BLOCKS(NAME, TYPE, EMPTY, FOLD)                                             \
    SY_FN_LARGE TYPE NAME(TYPE *blocks, size_t count) {                                            \
        if (count == 0) return EMPTY;                                                              \
        for (size_t left = count; left > 1; left -= left / 2) {                                    \
            size_t half = left - left / 2;                                                         \
            for (size_t i = 0; i < left / 2; i++) {                                                \
                TYPE a = blocks[i], b = blocks[i + half];                                          \
                blocks[i] = FOLD;                                                                  \
            }                                                                                      \
        }                                                                                          \
        return blocks[0];                                                                          \
    }

SY_DEFINE_TREE(sy_tree_sum_f32, float, a + b)
SY_DEFINE_TREE(sy_tree_sum_f64, double, a + b)
SY_DEFINE_TREE(sy_tree_sum_i32, int32_t, sy_add_i32(a, b))
SY_DEFINE_TREE(sy_tree_sum_i64, int64_t, sy_add_i64(a, b))
SY_DEFINE_TREE(sy_tree_prod_f32, float, a *b)
SY_DEFINE_TREE(sy_tree_prod_f64, double, a *b)
SY_DEFINE_TREE(sy_tree_prod_i32, int32_t, sy_mul_i32(a, b))
SY_DEFINE_TREE(sy_tree_prod_i64, int64_t, sy_mul_i64(a, b))
SY_DEFINE_TREE(sy_tree_min_f32, float, sy_min_f32(a, b))
SY_DEFINE_TREE(sy_tree_min_f64, double, sy_min_f64(a, b))
SY_DEFINE_TREE(sy_tree_min_i32, int32_t, sy_min_i32(a, b))
SY_DEFINE_TREE(sy_tree_min_i64, int64_t, sy_min_i64(a, b))
SY_DEFINE_TREE(sy_tree_max_f32, float, sy_max_f32(a, b))
SY_DEFINE_TREE(sy_tree_max_f64, double, sy_max_f64(a, b))
SY_DEFINE_TREE(sy_tree_max_i32, int32_t, sy_max_i32(a, b))
SY_DEFINE_TREE(sy_tree_max_i64, int64_t, sy_max_i64(a, b))
SY_DEFINE_TREE(sy_tree_any, unsigned char, (unsigned char)(a | b))
SY_DEFINE_TREE(sy_tree_all, unsigned char, (unsigned char)(a &b))

SY_DEFINE_TREE_BLOCKS(sy_tree_sum_blocks, double, 0.0, a + b)
SY_DEFINE_TREE_BLOCKS(sy_tree_prod_blocks, double, 1.0, a *b)
SY_DEFINE_TREE_BLOCKS(sy_tree_min_blocks, double, (double)INFINITY, sy_min_f64(a, b))
SY_DEFINE_TREE_BLOCKS(sy_tree_max_blocks, double, -(double)INFINITY, sy_max_f64(a, b))

/* argmin and argmax: a lane is a value and its place, -1 where it has seen no element. A candidate
 * replaces what stands there if it is strictly better, or equal and earlier; a NaN is better than
 * any number, so the first NaN wins. What follows comes later than all that stands there: a loop
 * that only follows has no branch, and goes in vectors. */
#define SY_DEFINE_ARG(SUFFIX, TYPE, BETTER)                                                        \
    SY_FN bool sy_replaces_##SUFFIX(TYPE a, int64_t place, TYPE b, int64_t held) {                 \
        bool better = BETTER(a, b);                                                                \
        bool worse = BETTER(b, a);                                                                 \
        return (place >= 0) & ((held < 0) | better | (!worse & (place < held)));                   \
    }                                                                                              \
    SY_FN void sy_take_##SUFFIX(TYPE *value, int64_t *place, TYPE other, int64_t other_place) {    \
        bool replaces = sy_replaces_##SUFFIX(other, other_place, *value, *place);                  \
        *value = replaces ? other : *value;                                                        \
        *place = replaces ? other_place : *place;                                                  \
    }                                                                                              \
    SY_FN void sy_follow_##SUFFIX(TYPE *value, int64_t *place, TYPE next, int64_t next_place) {    \
        const bool replaces = (*place < 0) | BETTER(next, *value);                                 \
        *value = replaces ? next : *value;                                                         \
        *place = replaces ? next_place : *place;                                                   \
    }                                                                                              \
    SY_FN int64_t sy_tree_##SUFFIX(TYPE lanes[SY_LANES], int64_t places[SY_LANES]) {               \
        for (int half = SY_LANES / 2; half > 0; half /= 2)                                         \
            for (int i = 0; i < half; i++)                                                         \
                sy_take_##SUFFIX(&lanes[i], &places[i], lanes[i + half], places[i + half]);        \
        return places[0];                                                                          \
    }

#define SY_ABOVE_FLOAT(a, b) (((a) > (b)) | (((a) != (a)) & ((b) == (b))))
#define SY_BELOW_FLOAT(a, b) (((a) < (b)) | (((a) != (a)) & ((b) == (b))))
#define SY_ABOVE_INTEGER(a, b) ((a) > (b))
#define SY_BELOW_INTEGER(a, b) ((a) < (b))
SY_DEFINE_ARG(argmax_f32, float, SY_ABOVE_FLOAT)
SY_DEFINE_ARG(argmax_f64, double, SY_ABOVE_FLOAT)
SY_DEFINE_ARG(argmax_i32, int32_t, SY_ABOVE_INTEGER)
SY_DEFINE_ARG(argmax_i64, int64_t, SY_ABOVE_INTEGER)
SY_DEFINE_ARG(argmin_f32, float, SY_BELOW_FLOAT)
SY_DEFINE_ARG(argmin_f64, double, SY_BELOW_FLOAT)
SY_DEFINE_ARG(argmin_i32, int32_t, SY_BELOW_INTEGER)
SY_DEFINE_ARG(argmin_i64, int64_t, SY_BELOW_INTEGER)
#endif
