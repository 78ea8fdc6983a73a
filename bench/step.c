/* A training step of bench/programs/tiny/sample_weights.sy written by hand, beside the one that
 * the compiler writes: how near that is to what the processor allows. See step.sh.
 *
 * By hand, rows go side by side all through, and the loss is softplus(z) - t * z, with the gradient
 * sigmoid(z) - t: two functions of a row, where the program's loss has four, those of -z as well.
 */
#include "sample_weights.h"
#include "steelyard.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROWS = 100,
    FEATURES = 20,
    LANES = 32,
    STEPS = 2000,
    ROUNDS = 40
};

static float x[ROWS * FEATURES], target[ROWS], weight[ROWS];

static void step_by_hand(float *restrict w, float *restrict b, float *restrict loss) {
    float gradient[FEATURES] = {0}, loss_lanes[LANES] = {0}, bias_lanes[LANES] = {0};
    for (int first = 0; first < ROWS; first += LANES) {
        const int count = ROWS - first < LANES ? ROWS - first : LANES;
        float score[LANES] = {0}, slope[LANES];
        for (int f = 0; f < FEATURES; ++f) {
#pragma omp simd
            for (int lane = 0; lane < count; ++lane)
                score[lane] = SY_FMA_F32(x[(first + lane) * FEATURES + f], w[f], score[lane]);
        }
#pragma omp simd
        for (int lane = 0; lane < count; ++lane) {
            const float z = score[lane] + *b, t = target[first + lane], s = weight[first + lane];
            slope[lane] = s * (sy_sigmoid_f32(z) - t) / ROWS;
            loss_lanes[lane] += s * (sy_softplus_f32(z) - t * z);
            bias_lanes[lane] += slope[lane];
        }
        for (int lane = 0; lane < count; ++lane) {
#pragma omp simd
            for (int f = 0; f < FEATURES; ++f)
                gradient[f] =
                    SY_FMA_F32(slope[lane], x[(first + lane) * FEATURES + f], gradient[f]);
        }
    }
    *loss = sy_tree_sum_f32(loss_lanes) / ROWS;
    *b -= 0.01f * sy_tree_sum_f32(bias_lanes);
    for (int f = 0; f < FEATURES; ++f)
        w[f] -= 0.01f * gradient[f];
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static float uniform(void) {
    return (float)rand() / (float)RAND_MAX;
}

int main(void) {
    for (int i = 0; i < ROWS * FEATURES; ++i)
        x[i] = 2 * uniform() - 1;
    for (int i = 0; i < ROWS; ++i) {
        target[i] = uniform() < 0.5f;
        weight[i] = uniform();
    }
    sample_weights_state state;
    memset(&state, 0, sizeof state);
    static unsigned char memory[1 << 16] __attribute__((aligned(64)));
    steelyard_call call = {.workspace = memory, .workspace_size = sizeof memory};
    if (sample_weights_init(&state, FEATURES, 1) != STEELYARD_OK) return 1;
    float w[FEATURES] = {0}, b = 0, by_hand = 0, ours = 0;
    double best[2] = {1e9, 1e9};
    for (int round = 0; round < ROUNDS; ++round) {
        const double start = seconds();
        for (int i = 0; i < STEPS; ++i)
            step_by_hand(w, &b, &by_hand);
        const double between = seconds();
        for (int i = 0; i < STEPS; ++i)
            if (sample_weights_step_call(&state, ROWS, FEATURES, x, target, weight, &ours, &call) !=
                STEELYARD_OK)
                return 1;
        const double took[2] = {between - start, seconds() - between};
        for (int i = 0; i < 2; ++i)
            if (took[i] < best[i]) best[i] = took[i];
    }
    const double scale = 1e6 / STEPS;
    printf("by hand %.3f us, compiled %.3f us, ratio %.2f; losses %.6f and %.6f\n", best[0] * scale,
           best[1] * scale, best[1] / best[0], (double)by_hand, (double)ours);
    sample_weights_free(&state);
    return 0;
}
