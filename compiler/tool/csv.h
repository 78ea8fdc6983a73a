/* Tables as text: FILE.csv, or one column of it, FILE.csv:COLUMN. */
#ifndef TOOL_CSV_H
#define TOOL_CSV_H
#include "tool/npy.h"

bool csv_is_place(const char *place);
/* The table as an array [row, column], or one column as an array [row]; a table of one column is
 * the latter where rank is 1. Whole numbers become int64, true and false bool, all else float64, an
 * empty field NaN. False: *reason says why. */
bool csv_open(Arena *arena, const char *place, int rank, Npy *npy, const char **reason);
#endif
