/* Averages, spreads and a gradient of a file that is larger than the memory it may use.
 *
 *     ./sensors make FILE READINGS    writes one: D + 2 floats a reading: y, its weight, D columns
 *     ./sensors FILE                  two processes take half of it each; their states are merged
 */
#include "sensors.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    D = 4,
    BATCH = 4096,
    MEMORY = 48 << 20
};

typedef struct State { /* what sensors_begin makes */
    double average_sum[D], average_weight, spread_squares[D], L_sum, toward_sum[D];
    int64_t n_count;
} State;

static const float slope[D] = {0.5f, -1.0f, 0.25f, 0.0f};

static void stop_if(int failed, const char *what) {
    if (!failed) return;
    fprintf(stderr, "sensors: %s\n", what);
    exit(1);
}

static void check(int status) {
    stop_if(status != STEELYARD_OK, steelyard_status(status));
}

static void make(const char *path, long readings) {
    FILE *file = fopen(path, "wb");
    stop_if(!file, "the file cannot be written");
    for (long i = 0; i < readings; i++) {
        float reading[D + 2] = {(float)(i % 7), (float)(i % 3)};
        for (int k = 0; k < D; k++)
            reading[2 + k] = (float)((i + k) % 5) + 1000.0f * (float)(i % 3 == 0);
        stop_if(fwrite(reading, sizeof reading, 1, file) != 1, "the file cannot be written");
    }
    stop_if(fclose(file) != 0, "the file cannot be written");
}

static void begin(State *s) {
    check(sensors_begin(D, s->average_sum, &s->average_weight, s->spread_squares, &s->L_sum,
                        &s->n_count, s->toward_sum));
}

/* Takes `count` readings into the state, a batch at a time. */
static void accumulate(State *s, FILE *file, long count) {
    static float readings[BATCH][D + 2], x[BATCH][D], y[BATCH], w[BATCH];
    while (count > 0) {
        size_t rows = count < BATCH ? (size_t)count : BATCH;
        stop_if(fread(readings, sizeof readings[0], rows, file) != rows, "the file is too short");
        for (size_t i = 0; i < rows; i++) {
            y[i] = readings[i][0];
            w[i] = readings[i][1];
            memcpy(x[i], &readings[i][2], sizeof x[i]);
        }
        check(sensors_accumulate(rows, D, x[0], y, w, slope, s->average_sum, &s->average_weight,
                                 s->spread_squares, &s->L_sum, &s->n_count, s->toward_sum));
        count -= (long)rows;
    }
}

static void merge(State *s, const State *other) {
    check(sensors_merge(D, other->average_sum, other->average_weight, other->spread_squares,
                        other->L_sum, other->n_count, other->toward_sum, s->average_sum,
                        &s->average_weight, s->spread_squares, &s->L_sum, &s->n_count,
                        s->toward_sum));
}

static void finish(const State *s) {
    float average[D], spread[D], L, toward[D];
    check(sensors_finish(D, s->average_sum, s->average_weight, s->spread_squares, s->L_sum,
                         s->n_count, s->toward_sum, average, spread, &L, toward));
    printf("%lld readings, loss %.5g\n", (long long)s->n_count, (double)L);
    for (int k = 0; k < D; k++)
        printf("column %d: average %.6g, spread %.6g, gradient %.6g\n", k, (double)average[k],
               (double)spread[k], (double)toward[k]);
}

/* The half of a process, whose state comes back through a pipe. */
static State of_half(const char *path, long first, long count, int to) {
    State s;
    FILE *file = fopen(path, "rb");
    stop_if(!file || fseek(file, first * (long)sizeof(float[D + 2]), SEEK_SET), "no such file");
    begin(&s);
    accumulate(&s, file, count);
    fclose(file);
    if (to >= 0) stop_if(write(to, &s, sizeof s) != (ssize_t)sizeof s, "the pipe is broken");
    return s;
}

int main(int count, char **words) {
    if (count == 4 && strcmp(words[1], "make") == 0) return make(words[2], atol(words[3])), 0;
    stop_if(count != 2, "sensors FILE, or sensors make FILE READINGS");
    const struct rlimit limit = {MEMORY, MEMORY};
    stop_if(setrlimit(RLIMIT_AS, &limit) != 0, "the limit cannot be set");
    FILE *file = fopen(words[1], "rb");
    stop_if(!file || fseek(file, 0, SEEK_END), "no such file");
    long readings = ftell(file) / (long)sizeof(float[D + 2]), half = readings / 2;
    fclose(file);

    int ends[2];
    stop_if(pipe(ends) != 0, "no pipe");
    pid_t child = fork();
    stop_if(child < 0, "no second process");
    if (child == 0) return of_half(words[1], half, readings - half, ends[1]), 0;
    State other, s = of_half(words[1], 0, half, -1);
    stop_if(read(ends[0], &other, sizeof other) != (ssize_t)sizeof other, "the pipe is broken");
    stop_if(waitpid(child, NULL, 0) != child, "the second process is lost");
    merge(&s, &other);
    finish(&s);
    return 0;
}
