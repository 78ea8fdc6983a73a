/* Writes an array of numbers that are the same everywhere: make_array KIND SHAPE FILE.npy
 *
 * KIND: normal (about -3 .. 3), weight (0 .. 1, one in seven 0), mask (true or false), index=K
 * (0 .. K - 1), odd (normal, with NaN, infinities, zeros of both signs and denormals among them).
 * SHAPE: 3x4x5, or 1 for one axis of 1. Floats are float32, indices int64. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t draw(void) { /* splitmix64 */
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static float uniform(void) {
    return (float)(draw() >> 40) / (float)(1 << 24);
}

static float normal(void) {
    return uniform() + uniform() + uniform() + uniform() - uniform() - uniform() - uniform() -
           uniform();
}

static float odd(void) {
    switch (draw() % 16) {
    case 0: return (float)NAN;
    case 1: return (float)INFINITY;
    case 2: return -(float)INFINITY;
    case 3: return -0.0f;
    case 4: return 0.0f;
    case 5: return 1e-41f;
    default: return normal();
    }
}

/* One element into the file; how many bytes it has. */
static void write_element(FILE *file, const char *kind) {
    float number = 0;
    if (strncmp(kind, "index=", 6) == 0) {
        int64_t index = (int64_t)(draw() % strtoull(kind + 6, NULL, 10));
        fwrite(&index, sizeof index, 1, file);
        return;
    }
    if (strcmp(kind, "mask") == 0) {
        unsigned char truth = draw() % 4 != 0;
        fwrite(&truth, 1, 1, file);
        return;
    }
    if (strcmp(kind, "normal") == 0) number = normal();
    if (strcmp(kind, "odd") == 0) number = odd();
    if (strcmp(kind, "weight") == 0) {
        number = uniform();
        if (draw() % 7 == 0) number = 0;
    }
    fwrite(&number, sizeof number, 1, file);
}

int main(int count, char **words) {
    if (count != 4) return fprintf(stderr, "usage: make_array KIND SHAPE FILE.npy\n"), 2;
    const char *kind = words[1];
    const char *type = strcmp(kind, "mask") == 0         ? "|b1"
                       : strncmp(kind, "index=", 6) == 0 ? "<i8"
                                                         : "<f4";
    char shape[200] = "", header[400];
    long long elements = 1;
    for (char *at = words[2]; *at; at += *at == 'x') {
        long long extent = strtoll(at, &at, 10);
        elements *= extent;
        snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%lld, ", extent);
    }
    int length = snprintf(header, sizeof header,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
    int padded = (length + 11 + 63) / 64 * 64 - 10;
    unsigned char start[10] = {0x93,
                               'N',
                               'U',
                               'M',
                               'P',
                               'Y',
                               1,
                               0,
                               (unsigned char)(padded & 255),
                               (unsigned char)(padded >> 8)};
    FILE *file = fopen(words[3], "wb");
    if (!file) return perror(words[3]), 1;
    fwrite(start, 1, sizeof start, file);
    fprintf(file, "%-*s\n", padded - 1, header);
    for (const char *c = words[2]; *c; ++c) /* another shape, other numbers */
        state = state * 31 + (unsigned char)*c;
    for (const char *c = kind; *c; ++c)
        state = state * 31 + (unsigned char)*c;
    for (long long i = 0; i < elements; ++i)
        write_element(file, kind);
    return fclose(file) == 0 ? 0 : 1;
}
