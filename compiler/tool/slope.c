/* Central differences with a whole and a half step, the error of second order taken out; their
 * distance bounds what is left. Where the one-sided slopes do not come together as the step is
 * halved, there is a kink, or a jump. */
#include "tool/slope.h"
#include <math.h>

bool difference_at(SlopeFunction *function, void *context, double step, double noise,
                   Difference *difference) {
    static const double places[5] = {0, -1, 1, -0.5, 0.5};
    double values[5];
    for (int i = 0; i < 5; i++)
        if (!function(context, step * places[i], &values[i]) || !isfinite(values[i])) return false;
    double whole = (values[2] - values[1]) / (2 * step), half = (values[4] - values[3]) / step;
    double bend = fabs(values[2] - 2 * values[0] + values[1]) / step;
    double half_bend = fabs(values[4] - 2 * values[0] + values[3]) / (0.5 * step);
    difference->slope = (4 * half - whole) / 3;
    difference->doubt = 4 * fabs(half - whole) + noise / step;
    difference->smooth = half_bend <= 0.65 * bend + noise / step + 1e-7 * fabs(half);
    return true;
}
