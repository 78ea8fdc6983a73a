/* The second profile, without fused multiply-adds, held to the same bounds. */
#define STEELYARD_NO_FMA
#include "test_math.c"
