/* Trains, saves, loads and goes on; C and C++. The first argument says what to do, the others are
 * files. Prints nothing where all is well. */
#include "states.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEATURES = 7,
    MOST = 40
};

/* {0} in C, {} in C++. */
static steelyard_call no_call;
static states_state no_state;

static void fail(const char *what, int status, const steelyard_call *call) {
    char text[300];
    steelyard_describe(status, call, text, sizeof text);
    printf("%s: %s\n", what, text);
    exit(1);
}

/* A batch that follows from the number of the step. */
static size_t batch(int64_t step, float *x, float *y) {
    const size_t n = 3 + (size_t)(step % 5);
    for (size_t i = 0; i < n; i++) {
        y[i] = (float)((int)(i * 3 + (size_t)step) % 7) / 8.0f;
        for (size_t k = 0; k < FEATURES; k++)
            x[i * FEATURES + k] = (float)((int)(i * 5 + k * 11 + (size_t)step * 3) % 13 - 6) / 8.0f;
    }
    return n;
}

static void train(states_state *state, int64_t until) {
    static float x[MOST * FEATURES], y[MOST];
    float L = 0.0f;
    double M = 0.0;
    steelyard_call call = no_call;
    call.workspace_size = states_step_workspace(MOST, FEATURES);
    call.workspace = aligned_alloc(64, call.workspace_size);
    while (state->base.steps < until) {
        const size_t n = batch(state->base.steps, x, y);
        int status = states_step_call(state, n, FEATURES, x, y, 0.01f, 2.0f, &L, &M, &call);
        if (status != STEELYARD_OK) fail("step", status, &call);
    }
    free(call.workspace);
}

static void save(const states_state *state, const char *path) {
    steelyard_call call = no_call;
    int status = states_save_call(state, path, &call);
    if (status != STEELYARD_OK) fail("save", status, &call);
}

static void load(states_state *state, const char *path) {
    steelyard_call call = no_call;
    int status = states_load_call(state, path, &call);
    if (status != STEELYARD_OK) fail("load", status, &call);
}

static void init(states_state *state) {
    steelyard_call call = no_call;
    int status = states_init_call(state, FEATURES, 5, &call);
    if (status != STEELYARD_OK) fail("init", status, &call);
}

static void expect(const char *what, int found, int wanted) {
    if (found == wanted) return;
    printf("%s: status %d and not %d\n", what, found, wanted);
    exit(1);
}

/* What is refused; the state that was there stays as it is. */
static void misuse(const char *path) {
    static float x[FEATURES], y[1];
    float L;
    double M;
    states_state state = no_state;
    steelyard_call call = no_call;
    expect("step before init", states_step(&state, 1, FEATURES, x, y, 0.0f, 1.0f, &L, &M),
           STEELYARD_STATE);
    expect("save before init", states_save(&state, path), STEELYARD_STATE);
    expect("no state", states_init(NULL, FEATURES, 1), STEELYARD_NULL_POINTER);
    expect("no state", states_step(NULL, 1, FEATURES, x, y, 0.0f, 1.0f, &L, &M),
           STEELYARD_NULL_POINTER);
    expect("no state", states_save(NULL, path), STEELYARD_NULL_POINTER);
    expect("no state", states_load(NULL, path), STEELYARD_NULL_POINTER);
    expect("no path", states_load(&state, NULL), STEELYARD_NULL_POINTER);
    expect("too large", states_init(&state, (size_t)1 << 60, 1), STEELYARD_OVERFLOW);
    expect("a state too large", states_init(&state, (size_t)1 << 46, 1), STEELYARD_SIZE);
    expect("no file", states_load(&state, "nowhere/a.state"), STEELYARD_FILE);
    states_free(NULL);
    states_free(&state);

    expect("init", states_init(&state, FEATURES - 1, 1), STEELYARD_OK);
    float first = state.w[0];
    expect("step of another size", states_step(&state, 1, FEATURES, x, y, 0.0f, 1.0f, &L, &M),
           STEELYARD_SIZE);
    expect("load of another size", states_load_call(&state, path, &call), STEELYARD_SIZE);
    if (strcmp(call.name, "f") != 0 || call.integer != FEATURES || state.w[0] != first ||
        state.base.steps != 0)
        fail("load of another size", STEELYARD_SIZE, &call);
    expect("save on a full disk", states_save(&state, "/dev/full"), STEELYARD_FILE);
    expect("init of more than there is memory", states_init(&state, FEATURES + 9, 1),
           STEELYARD_WORKSPACE);
    expect("init again", states_init(&state, FEATURES - 2, 1), STEELYARD_OK);
    states_free(&state);
    expect("load after free", states_load(&state, path), STEELYARD_OK);
    states_free(&state);
}

/* In memory of the caller's, where the params begin with values of the caller's. */
static void placed(const char *path, const char *other) {
    const size_t bytes = states_memory(FEATURES);
    states_state state = no_state, given = no_state;
    given.base.memory = aligned_alloc(64, bytes);
    given.base.memory_size = bytes;
    init(&state);
    init(&given);
    states_free(&state);
    load(&state, path);
    memcpy(given.w, state.w, sizeof *state.w * FEATURES * 3);
    given.bias = state.bias;
    if (given.w[5] != state.w[5] || (void *)given.w != given.base.memory) exit(1);
    load(&given, path);
    save(&given, other);
    states_free(&state);
    states_free(&given);
    free(given.base.memory);
}

int main(int count, char **words) {
    states_state state = no_state;
    const char *what = count > 2 ? words[1] : "";
    if (strcmp(what, "unbroken") == 0) {
        init(&state);
        train(&state, 60);
        save(&state, words[2]);
    } else if (strcmp(what, "first") == 0) {
        init(&state);
        train(&state, 23);
        save(&state, words[2]);
    } else if (strcmp(what, "second") == 0) {
        load(&state, words[2]);
        train(&state, 60);
        save(&state, words[2]);
    } else if (strcmp(what, "over") == 0) { /* into a state that has made other steps */
        init(&state);
        train(&state, 40);
        load(&state, words[2]);
        train(&state, 60);
        save(&state, words[2]);
    } else if (strcmp(what, "copy") == 0 && count > 3) {
        load(&state, words[2]);
        save(&state, words[3]);
    } else if (strcmp(what, "misuse") == 0) {
        misuse(words[2]);
    } else if (strcmp(what, "placed") == 0 && count > 3) {
        placed(words[2], words[3]);
    } else {
        return 2;
    }
    states_free(&state);
    return 0;
}
