/* Steelyard runtime: the header that generated C includes; what multiplies matrices includes
 * steelyard_block.h or steelyard_tile.h too, and running sums steelyard_scan.h, which bring the
 * compiler's vectors along. Static inline functions of C11 and C++11; needs libc and libm, and of
 * libm only what is exact: fma, sqrt, floor, ceil, rint. */
#ifndef STEELYARD_H
#define STEELYARD_H
#include "steelyard_base.h"
#include "steelyard_call.h"
#include "steelyard_check.h"
#include "steelyard_entry.h"
#include "steelyard_half.h"
#include "steelyard_lanes.h"
#include "steelyard_list.h"
#include "steelyard_math.h"
#include "steelyard_number.h"
#include "steelyard_pair.h"
#include "steelyard_power.h"
#include "steelyard_random.h"
#include "steelyard_share.h"
#include "steelyard_special.h"
#include "steelyard_state.h"
#include "steelyard_trig.h"
#endif
