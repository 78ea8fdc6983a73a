/* How fast memory moves a program's arrays while the program is measured. */
#ifndef TOOL_MOVES_H
#define TOOL_MOVES_H
#include "tool/command.h"

typedef enum Way { /* kernels/piece.c has them in this order */
    WAY_READ,
    WAY_PAIRS, /* two arrays beside each other */
    WAY_WRITE,
    WAY_PAST, /* written past the cache */
    WAY_COUNT
} Way;

typedef struct Piles { /* arrays of a program */
    struct Pile {
        void *data;
        size_t bytes;
        bool writes; /* what stands there may be lost */
    } * items;
    int count;
} Piles;

typedef struct Moved {
    double bytes;            /* of all arrays; 0: the caches of the cores hold them */
    double rates[WAY_COUNT]; /* bytes a second; 0: nothing was moved that way */
} Moved;

/* How long a call took on so many threads, a short one of several, and how fast memory moved its
 * arrays meanwhile. */
typedef struct Measured {
    int threads; /* given */
    double seconds;
    Moved moved;
} Measured;

typedef struct Moves Moves;

/* past: whether the program writes past the cache. NULL: reported. moves_end in the end. */
Moves *moves_begin(Compiler *compiler, const Options *options, Piles piles, bool past);
/* Goes through the arrays once. One thread by the processor's time, several by the clock's. */
void moves_round(Moves *moves, int threads);
/* What all rounds say since it was asked before. */
Moved moves_told(Moves *moves);
void moves_end(Moves *moves);

double seconds_now(int threads);
/* Sorts times; a short one of them, but not the shortest, which may be a slip of the clock. */
double seconds_short(double *times, int count);
#endif
