/* Every float32 argument: the greatest error of the f32 functions, measured against their f64
 * versions (which are within 1 ulp of f64, some 2e-9 ulp of f32), and whether it is within the
 * bound of docs/elementary-functions.md. `make math-exhaustive` runs it; arguments name the
 * functions, all without. */
#include "steelyard.h"
#include <stdio.h>

typedef struct Worst {
    double error;
    uint32_t bits;
} Worst;

/* In ulps of the rounded exact value; NaN and infinity must be the same. */
static inline double error_of(float got, double exact) {
    float rounded = (float)exact;
    uint64_t exponent = (sy_bits_f64(exact) >> 52) & 0x7ff;
    uint64_t bounded = exponent < 897 ? 897 : exponent; /* 2^-126: subnormals have its ulp */
    double ulp = sy_from_bits_f64((bounded - 23) << 52);
    double error = fabs((double)got - exact) / ulp;
    bool whole = sy_isfinite_f32(rounded) && sy_isfinite_f32(got);
    bool alike = (rounded == got) | ((rounded != rounded) & (got != got));
    return whole ? error : alike ? 0 : 1e9;
}

#define DEFINE(name, bound)                                                                        \
    static Worst scan_##name(void) {                                                               \
        Worst worst = {0, 0};                                                                      \
        enum {                                                                                     \
            CHUNK = 1 << 16                                                                        \
        };                                                                                         \
        static double errors[CHUNK];                                                               \
        for (uint64_t start = 0; start < (UINT64_C(1) << 32); start += CHUNK) {                    \
            double most = 0;                                                                       \
            for (uint32_t i = 0; i < CHUNK; i++) {                                                 \
                float x = sy_from_bits_f32((uint32_t)start + i);                                   \
                errors[i] = error_of(sy_##name##_f32(x), sy_##name##_f64((double)x));              \
            }                                                                                      \
            for (uint32_t i = 0; i < CHUNK; i++)                                                   \
                most = errors[i] > most ? errors[i] : most;                                        \
            if (!(most > worst.error)) continue;                                                   \
            for (uint32_t i = 0; i < CHUNK; i++)                                                   \
                if (errors[i] > worst.error) worst = (Worst){errors[i], (uint32_t)start + i};      \
        }                                                                                          \
        return worst;                                                                              \
    }

#define EACH(DO)                                                                                   \
    DO(exp, 0.8)                                                                                   \
    DO(log, 0.85)                                                                                  \
    DO(log1p, 0.501)                                                                               \
    DO(expm1, 0.501)                                                                               \
    DO(tanh, 0.501)                                                                                \
    DO(sigmoid, 0.501)                                                                             \
    DO(softplus, 0.501)                                                                            \
    DO(rsqrt, 0.51)                                                                                \
    DO(sin, 0.501)                                                                                 \
    DO(cos, 0.501)                                                                                 \
    DO(tan, 0.501)                                                                                 \
    DO(erf, 0.501)                                                                                 \
    DO(erfc, 0.501)
EACH(DEFINE)

typedef struct Scan {
    const char *name;
    Worst (*run)(void);
    double bound;
} Scan;
#define ROW(name, bound) {#name, scan_##name, bound},
static const Scan scans[] = {EACH(ROW)};

int main(int count, char **names) {
    int beyond = 0;
    for (size_t i = 0; i < sizeof scans / sizeof *scans; i++) {
        bool wanted = count == 1;
        for (int j = 1; j < count; j++)
            wanted |= strcmp(names[j], scans[i].name) == 0;
        if (!wanted) continue;
        Worst worst = scans[i].run();
        bool within = worst.error <= scans[i].bound;
        printf("%-9s f32 %.5f ulp at %a%s\n", scans[i].name, worst.error,
               (double)sy_from_bits_f32(worst.bits), within ? "" : ": beyond its bound");
        fflush(stdout);
        beyond += !within;
    }
    return beyond > 0;
}
