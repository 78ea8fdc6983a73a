/* What explain tells: counts, times where the machine is known, measured times where asked for. */
#ifndef TOOL_EXPLAIN_H
#define TOOL_EXPLAIN_H
#include "tool/predict.h"

typedef struct Report {
    Costs *costs;
    const Machine *machine; /* NULL: there are no times */
    Machine now;            /* with memory as it is moved while the program is measured */
    Measured runs[2];       /* on one thread, and on how many else; seconds where measured */
    int run_count;          /* 1 or 2 */
    bool measured;
} Report;

void explain_text(const Report *report);
void explain_json(const Report *report);

const char *bytes_text(Arena *arena, double bytes);     /* "7.63 MiB" */
const char *count_text(Arena *arena, double count);     /* "3.00 M" */
const char *seconds_text(Arena *arena, double seconds); /* "1.20 ms" */
#endif
