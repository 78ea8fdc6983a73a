/* Scans of so many elements that threads share them find the first that is bad: wherever it is, and
 * whatever is bad after it. */
#include "steelyard_check.h"
#include <stdio.h>

enum {
    COUNT = 3 * SY_CHECK_ALONE + 5,
    APART = SY_CHECK_ALONE - 700
};
static int64_t index_of[COUNT];
static unsigned char mask[COUNT];
static float weight[COUNT];
static int wrong;

static void expect(const char *what, size_t found, size_t at) {
    if (found != at) wrong = 1;
    if (found != at) fprintf(stderr, "%s: %zu is found, not %zu\n", what, found, at);
}

static void expect_all(size_t at) {
    expect("index", sy_check_index_i64(index_of, COUNT, 7, false, 0), at);
    expect("index or none", sy_check_index_i64(index_of, COUNT, 7, true, -100), at);
    expect("mask", sy_check_mask(mask, COUNT), at);
    expect("weight", sy_check_weight_f32(weight, COUNT), at);
}

int main(void) {
    static const int64_t bad_index[] = {-1, 7, INT64_MIN, INT64_MAX};
    static const float bad_weight[] = {-1.0f, -1e-45f, INFINITY, NAN};
    expect_all(SIZE_MAX);
    expect("index of nothing", sy_check_index_i64(index_of, COUNT, 0, false, 0), 0);
    size_t at = COUNT - 1;
    for (int i = 0; i < 4; i++, at -= APART) {
        index_of[at] = bad_index[i];
        mask[at] = (unsigned char)(2 << i);
        weight[at] = bad_weight[i];
        expect_all(at);
    }
    return wrong;
}
