/* What explain tells: counts, times where the machine is known, measured times where asked for. */
#ifndef TOOL_EXPLAIN_H
#define TOOL_EXPLAIN_H
#include "tool/predict.h"

typedef struct Report {
    Costs *costs;
    const Machine *machine; /* NULL: there are no times */
    int threads[2];         /* 1, and how many else */
    int thread_count;       /* 1 or 2 */
    bool measured;
    double seconds[2]; /* measured, beside threads */
} Report;

void explain_text(const Report *report);
void explain_json(const Report *report);

const char *bytes_text(Arena *arena, double bytes);     /* "7.63 MiB" */
const char *count_text(Arena *arena, double count);     /* "3.00 M" */
const char *seconds_text(Arena *arena, double seconds); /* "1.20 ms" */
#endif
