/* Takes the arrays of a program that is being measured, gives how fast memory reads and writes
 * these very arrays, between the calls. What memory does on a machine that is shared changes by a
 * factor of two within minutes: a prediction by what was measured an hour ago says little of the
 * model.
 *
 * The arrays are gone through in pieces, of which every other one is read as two halves beside each
 * other, or written past the cache; in the next round the others are. */
#include "tool/moves.h"
#include "base/embedded.h"
#include "tool/run.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

enum {
    PIECE_MOST = 2 << 20, /* bytes that are timed together */
    PIECE_STEP = 4096,
    PIECES_LEAST = 4,       /* of an array */
    PILE_LEAST = 256 << 10, /* bytes of an array that is gone through */
    ROUNDS_MOST = 256
};

struct Moves {
    PackedFunction *function;
    void *handle;
    Piles piles;
    bool past;
    int round;
    double seconds[WAY_COUNT][ROUNDS_MOST]; /* of a byte */
    int counts[WAY_COUNT];
};

double seconds_now(int threads) {
    struct timespec time;
    clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double seconds_short(double *times, int count) {
    qsort(times, (size_t)count, sizeof *times, compare);
    return times[count / 8];
}

static PackedFunction *piece_function(Compiler *compiler, const Options *options, void **handle) {
    Arena *arena = compiler->arena;
    Model model = {.name = "piece"};
    Compilation c = {.compiler = compiler, .model = &model};
    c.c_text = text_new(arena), c.h_text = text_new(arena);
    text_add(&c.c_text, embedded_file("compiler/tool/kernels/piece.c"));
    return library_load(compiler, options, &c, handle);
}

Moves *moves_begin(Compiler *compiler, const Options *options, Piles piles, bool past) {
    Moves *moves = ARENA_NEW(compiler->arena, Moves);
    *moves = (Moves){.piles = piles, .past = past};
    moves->function = piece_function(compiler, options, &moves->handle);
    return moves->function ? moves : NULL;
}

void moves_end(Moves *moves) {
    if (moves && moves->handle) dlclose(moves->handle);
}

static Way way_of(const Moves *moves, const struct Pile *pile, int64_t piece) {
    bool other = (piece + moves->round) % 2 == 1;
    if (!pile->writes) return other ? WAY_PAIRS : WAY_READ;
    return other && moves->past ? WAY_PAST : WAY_WRITE;
}

void moves_round(Moves *moves, int threads) {
    double took[WAY_COUNT] = {0}, bytes[WAY_COUNT] = {0};
    for (int i = 0; i < moves->piles.count; i++) {
        const struct Pile *pile = &moves->piles.items[i];
        size_t size = pile->bytes / PIECES_LEAST / PIECE_STEP * PIECE_STEP;
        if (size > PIECE_MOST) size = PIECE_MOST;
        if (pile->bytes < PILE_LEAST) continue;
        for (size_t at = 0; at + size <= pile->bytes; at += size) {
            Way way = way_of(moves, pile, (int64_t)(at / size));
            const int64_t sizes[] = {threads, way, (int64_t)(size / sizeof(float))};
            void *const arrays[] = {(char *)pile->data + at};
            double start = seconds_now(threads);
            moves->function(sizes, arrays, NULL);
            took[way] += seconds_now(threads) - start;
            bytes[way] += (double)size;
        }
    }
    for (int way = 0; way < WAY_COUNT; way++)
        if (took[way] > 0 && moves->counts[way] < ROUNDS_MOST)
            moves->seconds[way][moves->counts[way]++] = took[way] / bytes[way];
    moves->round++;
}

Moved moves_told(Moves *moves) {
    Moved moved = {0};
    for (int i = 0; i < moves->piles.count; i++)
        moved.bytes += (double)moves->piles.items[i].bytes;
    for (int way = 0; way < WAY_COUNT; way++) {
        int count = moves->counts[way];
        moved.rates[way] = count ? 1 / seconds_short(moves->seconds[way], count) : 0;
        moves->counts[way] = 0;
    }
    return moved;
}
