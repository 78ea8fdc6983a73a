/* The losses of a training as a drawing.
 *
 * Takes the losses of every step; gives an SVG file: one line for each loss, the steps from left to
 * right. The scale is logarithmic where no loss is negative and they span two decades or more; it
 * ends MOST_DECADES below the greatest, and what is less lies on its lower edge.
 * A column of pixels shows the least and the greatest of its steps, so that a million steps make no
 * larger a file than a thousand, and no peak is lost. What is not finite leaves a gap. */
#include "tool/curve.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 640,
    HEIGHT = 360,
    LEFT = 72,
    RIGHT = 36,
    TOP = 40,
    BOTTOM = 48,
    COLUMNS = WIDTH - LEFT - RIGHT,
    ROWS = HEIGHT - TOP - BOTTOM,
    MOST_TICKS = 8,
    MOST_DECADES = 12,
    COLOURS = 6
};
static const char *const colours[COLOURS] = {"#1f6fb4", "#c8501e", "#2e8b57",
                                             "#8046a0", "#a08214", "#555555"};

typedef struct Curve {
    Text text;
    int count;
    int64_t steps;
    const double *values;
    double low, high; /* of the scale, or their logarithms */
    bool is_logarithmic, is_empty;
} Curve;

/* --- scales --- */

static void find_range(Curve *c) {
    double low = INFINITY, high = -INFINITY, positive = INFINITY;
    for (int64_t i = 0; i < c->steps * c->count; i++) {
        if (!isfinite(c->values[i])) continue;
        low = fmin(low, c->values[i]);
        high = fmax(high, c->values[i]);
        if (c->values[i] > 0) positive = fmin(positive, c->values[i]);
    }
    c->is_empty = low > high;
    if (c->is_empty) return;
    c->is_logarithmic = low >= 0 && high / positive >= 100;
    if (c->is_logarithmic) {
        high = log10(high);
        low = fmax(log10(positive), high - MOST_DECADES);
    }
    double room = high > low ? (high / 2 - low / 2) * 0.08 : low != 0 ? fabs(low) * 0.1 : 1;
    c->low = fmax(low - room, -DBL_MAX);
    c->high = fmin(high + room, DBL_MAX);
}

/* 1, 2 or 5 times a power of ten, so that at most `most` of them lie in the range. */
static double round_step(double range, int most) {
    double power = pow(10, floor(log10(range / most)));
    for (;;) {
        if (range <= power * most) return power;
        if (range <= 2 * power * most) return 2 * power;
        if (range <= 5 * power * most) return 5 * power;
        power *= 10;
    }
}

static double height_of(const Curve *c, double value) { /* in pixels from the top */
    if (c->is_logarithmic) value = fmax(log10(value), c->low);
    /* in halves: the range of two doubles can overflow */
    return TOP + ROWS * ((c->high / 2 - value / 2) / (c->high / 2 - c->low / 2));
}

static double place_of(const Curve *c, double step) { /* in pixels from the left; steps from 1 */
    return c->steps == 1 ? LEFT + COLUMNS / 2.0
                         : LEFT + COLUMNS * (step - 1) / (double)(c->steps - 1);
}

/* --- the frame --- */

static void label(Curve *c, double x, double y, const char *anchor, const char *words) {
    text_format(&c->text, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y,
                anchor, words);
}

static void grid_line(Curve *c, double x1, double y1, double x2, double y2) {
    text_format(&c->text,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>\n", x1,
                y1, x2, y2);
}

static void value_tick(Curve *c, double value) {
    double y = height_of(c, value);
    if (!(y >= TOP - 0.5 && y <= TOP + ROWS + 0.5)) return;
    char words[32];
    snprintf(words, sizeof words, "%.6g", value);
    grid_line(c, LEFT, y, LEFT + COLUMNS, y);
    label(c, LEFT - 8, y + 4, "end", words);
}

static void value_ticks(Curve *c) {
    if (c->is_logarithmic) {
        double step = fmax(1, ceil((c->high - c->low) / MOST_TICKS));
        for (double power = ceil(c->low / step) * step; power <= c->high; power += step)
            value_tick(c, pow(10, power));
        return;
    }
    double step = round_step(c->high / 2 - c->low / 2, MOST_TICKS / 2);
    double first = ceil(c->low / step);
    for (int i = 0; i <= 2 * MOST_TICKS; i++)
        value_tick(c, (first + i) * step + 0.0); /* + 0.0: no -0 */
}

static void step_ticks(Curve *c) {
    double step = fmax(1, round_step((double)c->steps, MOST_TICKS - 2));
    char words[32];
    for (double at = c->steps == 1 ? 1 : 0; at <= (double)c->steps; at += step) {
        double number = fmax(at, 1), x = place_of(c, number);
        snprintf(words, sizeof words, "%.0f", number);
        grid_line(c, x, TOP, x, TOP + ROWS);
        label(c, x, TOP + ROWS + 18, "middle", words);
    }
    label(c, LEFT + COLUMNS / 2.0, HEIGHT - 8, "middle", "step");
}

static void legend(Curve *c, const char *const *names) {
    double x = WIDTH - RIGHT;
    for (int i = c->count - 1; i >= 0; i--) {
        text_format(&c->text,
                    "<text x=\"%.1f\" y=\"24\" text-anchor=\"end\" fill=\"%s\">%s</text>\n", x,
                    colours[i % COLOURS], names[i]);
        x -= 12 + 7.5 * (double)strlen(names[i]);
    }
}

/* --- the lines --- */

/* A line begins with a dot, or a loss between two gaps would not be seen. */
static void point(Curve *c, bool *is_down, double step, double value) {
    double x = place_of(c, step), y = height_of(c, value);
    if (!*is_down) text_format(&c->text, " M%.1f %.1f", x, y);
    text_format(&c->text, " L%.1f %.1f", x, y);
    *is_down = true;
}

/* Steps first..end, one column: where the line comes in, its least and its greatest in the order
 * in which they come. */
static void column(Curve *c, int loss, int64_t first, int64_t end, bool *is_down) {
    int64_t least = -1, greatest = -1;
    bool gap = false;
    for (int64_t i = first; i < end; i++) {
        double value = c->values[i * c->count + loss];
        gap |= !isfinite(value);
        if (!isfinite(value)) continue;
        if (least < 0 || value < c->values[least * c->count + loss]) least = i;
        if (greatest < 0 || value > c->values[greatest * c->count + loss]) greatest = i;
    }
    if (gap) *is_down = false;
    if (least < 0) return;
    int64_t one = least < greatest ? least : greatest, two = least < greatest ? greatest : least;
    point(c, is_down, (double)one + 1, c->values[one * c->count + loss]);
    if (two != one) point(c, is_down, (double)two + 1, c->values[two * c->count + loss]);
}

static void line(Curve *c, int loss) {
    const char *colour = colours[loss % COLOURS];
    if (c->steps == 1) {
        double value = c->values[loss];
        if (isfinite(value))
            text_format(&c->text, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
                        place_of(c, 1), height_of(c, value), colour);
        return;
    }
    bool is_down = false;
    text_add(&c->text, "<path d=\"");
    int64_t columns = c->steps < COLUMNS ? c->steps : COLUMNS;
    for (int64_t i = 0; i < columns; i++) {
        int64_t whole = c->steps / columns, rest = c->steps % columns;
        int64_t first = i * whole + i * rest / columns;
        int64_t end = (i + 1) * whole + (i + 1) * rest / columns;
        column(c, loss, first, end, &is_down);
    }
    text_format(&c->text,
                "\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" stroke-linejoin=\"round\" "
                "stroke-linecap=\"round\"/>\n",
                colour);
}

Text curve_svg(Arena *arena, const char *title, const char *const *names, int count, int64_t steps,
               const double *values) {
    Curve c = {.text = text_new(arena), .count = count, .steps = steps, .values = values};
    find_range(&c);
    text_format(&c.text,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
    text_format(&c.text, "<text x=\"%d\" y=\"24\" font-size=\"15\">%s</text>\n", LEFT, title);
    if (!c.is_empty) value_ticks(&c);
    step_ticks(&c);
    legend(&c, names);
    text_format(&c.text,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" "
                "stroke=\"#888888\"/>\n",
                LEFT, TOP, COLUMNS, ROWS);
    for (int i = 0; i < count && !c.is_empty; i++)
        line(&c, i);
    if (c.is_empty)
        label(&c, LEFT + COLUMNS / 2.0, TOP + ROWS / 2.0, "middle", "no step gave a finite loss");
    text_add(&c.text, "</svg>\n");
    return c.text;
}
