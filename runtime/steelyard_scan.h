/* Steelyard runtime: running sums, and recurrences of the first order, a block at a time. Eight
 * values are first made as if nothing stood before them, so that eight after eight wait for one
 * addition only; the order of all operations depends on the count alone. */
#ifndef STEELYARD_SCAN_H
#define STEELYARD_SCAN_H
#include "steelyard_base.h"

#define SY_SCAN_STEP 8

/* values[i] becomes before + values[0] + ... + values[i]; gives the last one. */
SY_FN double sy_running_sum(double *values, int64_t count, double before) {
    int64_t i = 0;
    for (; i + SY_SCAN_STEP <= count; i += SY_SCAN_STEP) {
        double own[SY_SCAN_STEP];
        own[0] = values[i];
        for (int k = 1; k < SY_SCAN_STEP; k++)
            own[k] = own[k - 1] + values[i + k];
        for (int k = 0; k < SY_SCAN_STEP; k++)
            values[i + k] = before + own[k];
        before = before + own[SY_SCAN_STEP - 1];
    }
    for (; i < count; i++) {
        before = before + values[i];
        values[i] = before;
    }
    return before;
}

/* values[i] becomes factor * (the one before it) + values[i], the first one with `before`; gives
 * the last one. Where a power of the factor leaves the range of a double, or what stands before
 * is no finite number, each value waits for the other, for then the powers would say something
 * else. */
SY_FN double sy_running_linear(double *values, int64_t count, double factor, double before) {
    double power[SY_SCAN_STEP];
    power[0] = factor;
    for (int k = 1; k < SY_SCAN_STEP; k++)
        power[k] = power[k - 1] * factor;
    const double last = power[SY_SCAN_STEP - 1];
    const bool in_range = (fabs(last) >= DBL_MIN) & (fabs(last) <= DBL_MAX);
    int64_t i = 0;
    for (; (in_range | (factor == 0.0)) & (fabs(before) <= DBL_MAX) & (i + SY_SCAN_STEP <= count);
         i += SY_SCAN_STEP) {
        double own[SY_SCAN_STEP];
        own[0] = values[i];
        for (int k = 1; k < SY_SCAN_STEP; k++)
            own[k] = SY_FMA_F64(factor, own[k - 1], values[i + k]);
        for (int k = 0; k < SY_SCAN_STEP; k++)
            values[i + k] = SY_FMA_F64(power[k], before, own[k]);
        before = values[i + SY_SCAN_STEP - 1];
    }
    for (; i < count; i++) {
        before = SY_FMA_F64(factor, before, values[i]);
        values[i] = before;
    }
    return before;
}
#endif
