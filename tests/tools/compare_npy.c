/* compare_npy ACTUAL EXPECTED [RELATIVE]: two .npy files, of any number types, element by element.
 *
 * They agree when their shapes are equal and |actual - expected| <= RELATIVE * (1 + |expected|)
 * everywhere; NaN agrees with NaN, an infinity with itself. Without RELATIVE it follows from what
 * ACTUAL is stored in: 2e-5 for f32, 1e-12 for f64, 1e-3 for f16, and 0 for integers and bools.
 * Exit 0: they agree; 1: they do not, and the first places where they differ are printed; 2: a file
 * cannot be read. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Numbers {
    char kind; /* of NumPy: f i u b */
    int size;
    char shape[256]; /* as written, without blanks */
    int64_t count;
    double *values;
} Numbers;

static _Noreturn void fail(const char *path, const char *what) {
    fprintf(stderr, "ERROR: %s: %s\n", path, what);
    exit(2);
}

static double half_to_double(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double magnitude = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                       : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                      : ldexp(fraction, -24);
    return bits >> 15 ? -magnitude : magnitude;
}

static double number_at(const Numbers *numbers, const unsigned char *at) {
    union {
        uint8_t u1;
        int8_t i1;
        uint16_t u2;
        int16_t i2;
        uint32_t u4;
        int32_t i4;
        uint64_t u8;
        int64_t i8;
        float f4;
        double f8;
    } as;
    memcpy(&as, at, (size_t)numbers->size);
    switch (numbers->kind << 4 | numbers->size) {
    case 'f' << 4 | 2: return half_to_double(as.u2);
    case 'f' << 4 | 4: return (double)as.f4;
    case 'f' << 4 | 8: return as.f8;
    case 'i' << 4 | 1: return as.i1;
    case 'i' << 4 | 2: return as.i2;
    case 'i' << 4 | 4: return as.i4;
    case 'i' << 4 | 8: return (double)as.i8;
    case 'u' << 4 | 1:
    case 'b' << 4 | 1: return as.u1;
    case 'u' << 4 | 2: return as.u2;
    case 'u' << 4 | 4: return as.u4;
    case 'u' << 4 | 8: return (double)as.u8;
    default: return (double)NAN;
    }
}

/* The header is a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */
static void header_read(const char *path, const char *header, Numbers *numbers) {
    const char *descr = strstr(header, "'descr'"), *shape = strstr(header, "'shape'");
    if (!descr || !shape || !strstr(header, "'fortran_order': False"))
        fail(path, "a header of another kind");
    descr = strchr(strchr(descr, ':'), '\'');
    if (!descr || !strchr("<|=", descr[1])) fail(path, "not little-endian");
    numbers->kind = descr[2];
    numbers->size = atoi(descr + 3);
    if (!strchr("fiub", numbers->kind) || numbers->size < 1 || numbers->size > 8)
        fail(path, "elements of another type");
    numbers->count = 1;
    size_t length = 0;
    shape = strchr(shape, '(') + 1;
    while (*shape && *shape != ')') {
        if (*shape >= '0' && *shape <= '9') {
            char *end;
            int64_t extent = strtoll(shape, &end, 10);
            numbers->count *= extent;
            length += (size_t)snprintf(numbers->shape + length, sizeof numbers->shape - length,
                                       "%s%lld", length ? "," : "", (long long)extent);
            shape = end;
        } else {
            shape++;
        }
    }
}

static Numbers npy_read(const char *path) {
    Numbers numbers = {0};
    FILE *file = fopen(path, "rb");
    if (!file) fail(path, "cannot be opened");
    unsigned char start[12];
    if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY", 6) != 0)
        fail(path, "not a .npy file");
    size_t length = (size_t)start[8] | (size_t)start[9] << 8;
    if (start[6] >= 2) {
        if (fread(start + 10, 1, 2, file) != 2) fail(path, "cut short");
        length |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
    }
    char *header = calloc(length + 1, 1);
    if (!header || fread(header, 1, length, file) != length) fail(path, "cut short");
    header_read(path, header, &numbers);
    size_t bytes = (size_t)numbers.count * (size_t)numbers.size;
    unsigned char *data = malloc(bytes + 1);
    numbers.values = malloc(((size_t)numbers.count + 1) * sizeof *numbers.values);
    if (!data || !numbers.values || fread(data, 1, bytes + 1, file) != bytes)
        fail(path, "of a wrong length");
    for (int64_t i = 0; i < numbers.count; i++)
        numbers.values[i] = number_at(&numbers, data + i * numbers.size);
    free(data);
    free(header);
    fclose(file);
    return numbers;
}

static bool agree(double actual, double expected, double relative) {
    if (isnan(actual) || isnan(expected)) return isnan(actual) && isnan(expected);
    if (isinf(actual) || isinf(expected)) return actual == expected;
    return fabs(actual - expected) <= relative * (1 + fabs(expected));
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: compare_npy ACTUAL EXPECTED [RELATIVE]\n");
        return 2;
    }
    Numbers actual = npy_read(argv[1]), expected = npy_read(argv[2]);
    int status = 0;
    if (strcmp(actual.shape, expected.shape) != 0) {
        printf("FAIL: %s has shape (%s), expected (%s)\n", argv[1], actual.shape, expected.shape);
        status = 1;
    } else {
        double relative = argc > 3             ? atof(argv[3])
                          : actual.kind != 'f' ? 0
                          : actual.size == 8   ? 1e-12
                          : actual.size == 4   ? 2e-5
                                               : 1e-3;
        int64_t different = 0;
        for (int64_t i = 0; i < actual.count; i++) {
            if (agree(actual.values[i], expected.values[i], relative)) continue;
            if (different++ < 5)
                printf("FAIL: %s: element %lld of (%s) is %.9g, expected %.9g\n", argv[1],
                       (long long)i, actual.shape, actual.values[i], expected.values[i]);
        }
        if (different)
            printf("FAIL: %lld of %lld differ\n", (long long)different, (long long)actual.count);
        status = different > 0;
    }
    free(actual.values);
    free(expected.values);
    return status;
}
