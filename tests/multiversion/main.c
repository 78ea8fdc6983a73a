/* Calls what mixed.sy becomes, with data that follow from their positions. Prints the level that
 * was picked (with -DLEVELS), and writes every result to the file that is named. */
#include "mixed.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    ROWS = 3001,
    FEATURES = 24,
    CLASSES = 10
};

static float x[ROWS * FEATURES], trust[ROWS], chances[ROWS * CLASSES];
static float w[FEATURES * CLASSES], b[CLASSES], slope[FEATURES * CLASSES];
static int64_t label[ROWS];

static void expect(int status, const steelyard_call *call, int wanted) {
    char text[300];
    if (status == wanted) return;
    steelyard_describe(status, call, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static void train(FILE *out) {
    steelyard_call call = {0};
    mixed_state state = {0};
    float loss = 0.0f;
    expect(mixed_init_call(&state, 7, &call), &call, STEELYARD_OK);
    for (int step = 0; step < 5; step++) {
        expect(mixed_step_call(&state, ROWS, x, label, trust, &loss, &call), &call, STEELYARD_OK);
        fwrite(&loss, sizeof loss, 1, out);
    }
    fwrite(state.w, sizeof *state.w, FEATURES * CLASSES, out);
    mixed_free(&state);
}

int main(int count, char **words) {
    FILE *out = count > 1 ? fopen(words[1], "wb") : NULL;
    steelyard_call call = {0};
    float loss = 0.0f;
    if (!out) return 2;
    for (int i = 0; i < ROWS; i++) {
        label[i] = i * 7 % CLASSES;
        trust[i] = (float)(i % 5) / 4.0f;
        for (int k = 0; k < FEATURES; k++)
            x[i * FEATURES + k] = (float)((i * 31 + k * 17) % 101 - 50) / 37.0f;
    }
    for (int k = 0; k < FEATURES * CLASSES; k++)
        w[k] = (float)(k * 13 % 29 - 14) / 11.0f;
    expect(mixed_call(ROWS, x, label, trust, w, b, chances, &loss, slope, &call), &call,
           STEELYARD_OK);
    fwrite(chances, sizeof *chances, ROWS * CLASSES, out);
    fwrite(&loss, sizeof loss, 1, out);
    fwrite(slope, sizeof *slope, FEATURES * CLASSES, out);
    expect(mixed_predict(ROWS, x, w, b, chances), &call, STEELYARD_OK);
    fwrite(chances, sizeof *chances, ROWS * CLASSES, out);
    train(out);
    label[5] = CLASSES;
    int status = mixed_call(ROWS, x, label, trust, w, b, chances, &loss, slope, &call);
    expect(status, &call, STEELYARD_INDEX);
    fwrite(&call.position, sizeof call.position, 1, out);
#ifdef LEVELS
    printf("%s\n", mixed_level());
#endif
    return fclose(out) != 0;
}
