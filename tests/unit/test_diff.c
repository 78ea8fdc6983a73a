/* The table of derivatives: each operation's first and second derivative against central
 * differences, backward against forward, and what is stated where no difference tells: ties, kinks
 * and ends. */
#include "differences.h"

/* Of sum[n](Y * c), the coefficients c being 0.5, -1.25, 2. */
#define OF(Y, VALUES)                                                                              \
    {                                                                                              \
        "dim n = 3\ninput x[n]\ninput c[n]\nlet L = sum[n](c * (" Y "))",                          \
            "c = 0.5 -1.25 2; x = " VALUES, NULL, NULL, false                                      \
    }
#define EXACTLY(Y, VALUES, FIRST, SECOND)                                                          \
    { "dim n = 3\ninput x[n]\nlet L = sum[n](" Y ")", "x = " VALUES, FIRST, SECOND, false }
#define LINEAR(Y, VALUES, FIRST)                                                                   \
    { "dim n = 3\ninput x[n]\nlet L = sum[n](" Y ")", "x = " VALUES, FIRST, NULL, true }

Test(diff, operations) {
    static const Trial trials[] = {
        OF("x + x^2 - 2 * x", "0.3 -0.7 1.9"),
        OF("-x * x", "0.3 -0.7 1.9"),
        OF("x * tanh(x)", "0.3 -0.7 1.9"),
        OF("1 / x", "0.3 -0.7 1.9"),
        OF("x / (1 + x^2)", "0.3 -0.7 1.9"),
        OF("exp(x)", "0.3 -0.7 1.9"),
        OF("log(x)", "0.3 0.7 1.9"),
        OF("log1p(x)", "0.3 -0.7 1.9"),
        OF("expm1(x)", "0.3 -0.7 1.9"),
        OF("sqrt(x)", "0.3 0.7 1.9"),
        OF("rsqrt(x)", "0.3 0.7 1.9"),
        OF("tanh(x)", "0.3 -0.7 1.9"),
        OF("sigmoid(x)", "0.3 -0.7 1.9"),
        OF("softplus(x)", "0.3 -0.7 1.9"),
        OF("erf(x)", "0.3 -0.7 1.9"),
        OF("erfc(x)", "0.3 -0.7 1.9"),
        OF("gelu(x)", "0.3 -0.7 1.9"),
        OF("silu(x)", "0.3 -0.7 1.9"),
        OF("lgamma(x)", "0.3 0.7 4.9"),
        OF("digamma(x)", "0.3 0.7 4.9"),
        OF("trigamma(x)", "0.3 -0.7 4.9"),
        OF("polygamma(2, x)", "0.5 -0.7 4.9"),
        OF("x * polygamma(9, x)", "2.3 2.7 4.9"),
        OF("sin(x)", "0.3 -0.7 1.9"),
        OF("cos(x)", "0.3 -0.7 1.9"),
        OF("tan(x)", "0.3 -0.7 1.2"),
        OF("abs(x)^3", "0.3 -0.7 1.9"),
        OF("relu(x)^2", "0.3 -0.7 1.9"),
        OF("max(x, 0.5 * x^2)^2", "0.3 -0.7 2.9"),
        OF("min(x, 0.5 * x^2)^2", "0.3 -0.7 2.9"),
        OF("clamp(x, -0.5, 1)^2 + x^3", "0.3 -0.7 2.9"),
        OF("mod(x, 0.8)^2", "0.3 -0.7 2.9"),
        OF("mod(3.1, x)^2", "0.3 0.7 2.9"),
        OF("x * floor(x) + x * ceil(x) * round(x) * x", "0.3 -0.7 2.9"),
        OF("x^2 * sign(x)", "0.3 -0.7 2.9"),
        OF("div(x, 0.4) * x^2", "0.3 -0.7 2.9"),
        OF("if x < 0.5 then x^2 else x^3", "0.3 -0.7 2.9"),
        OF("if isnan(x) then 0 else x^2", "0.3 -0.7 2.9"),
        OF("2 ^ x", "0.3 -0.7 2.9"),
        OF("exp(-x^2) * sin(3 * x) / (1 + sigmoid(x))", "0.3 -0.7 2.9"),
    };
    try_all(trials);
}

/* A conversion passes on what it gets, whatever it rounds. */
Test(diff, conversions) {
    static const Trial trials[] = {
        EXACTLY("f64(f32(x))^2 * x", "0.5 -0.75 3", "0.75 1.6875 27", "3 -4.5 18"),
        EXACTLY("f64(f16(x))^3", "0.5 -0.75 3", "0.75 1.6875 27", "3 -4.5 18"),
        {"dim n = 3\ninput x[n]: f16\nlet L = sum[n](x^3)", "x = 0.5 -0.75 3", "0.75 1.6875 27",
         "3 -4.5 18", false},
        {"dim n = 3\ninput x[n]: f32\nlet L = sum[n](f64(x)^3)", "x = 0.5 -0.75 3",
         "0.75 1.6875 27", "3 -4.5 18", false},
        LINEAR("f64(bf16(x)) + f64(i32(x)) + f64(bool(x))", "0.5 -0.75 3", "1 1 1"),
    };
    try_all(trials);
}

Test(diff, powers) {
    static const Trial trials[] = {
        OF("x ^ 2", "0.3 -0.7 2.9"),
        OF("x ^ 3", "0.3 -0.7 0"),
        OF("x ^ 5 + x", "0.3 -0.7 0"),
        OF("x ^ (-1)", "0.3 -0.7 2.9"),
        OF("x ^ (-3)", "0.3 -0.7 2.9"),
        OF("x ^ 0.5", "0.3 0.7 2.9"),
        OF("x ^ 1.5", "0.3 0.7 2.9"),
        OF("x ^ (-0.5)", "0.3 0.7 2.9"),
        OF("x ^ 2.5", "0.3 0.7 2.9"),
        OF("x ^ x", "0.3 0.7 2.9"),
        OF("(1 + x^2) ^ tanh(x)", "0.3 -0.7 2.9"),
        OF("x ^ extent(n)", "0.3 -0.7 2.9"),
        OF("x ^ n + x^2", "0.3 -0.7 2.9"),
        EXACTLY("x ^ 1 * x", "0 -0.5 2", "0 -1 4", "2 2 2"),
        EXACTLY("x ^ 0 * x^2", "0 -0.5 2", "0 -1 4", "2 2 2"),
        EXACTLY("x ^ 2", "0 -0.5 2", "0 -1 4", "2 2 2"),
        EXACTLY("x ^ 3", "0 -0.5 2", "0 0.75 12", "0 -3 12"),
        /* 0^0 is 1, whatever the exponent's kind, and its derivative by the base 0 */
        EXACTLY("x ^ n", "0 0 0", "0 1 0", "0 0 2"),
        EXACTLY("x ^ f64(n)", "0 0 0", "0 1 0", "0 0 2"),
        EXACTLY("x ^ f64(n)", "3 3 3", "0 1 6", "0 0 2"),
        /* base and exponent together, where the exponent is 0 */
        EXACTLY("x ^ (x - 1)", "1 1 1", "0 0 0", "2 2 2"),
        /* by the exponent: 0 where the base is 0 */
        LINEAR("0 ^ x", "1 2 0.5", "0 0 0"),
        EXACTLY("(1 + 0 * x) ^ x", "1 2 0.5", "0 0 0", "0 0 0"),
    };
    try_all(trials);
}

/* The first of a tie has it all; at the kinks of abs and relu it is 0. */
Test(diff, ties_and_kinks) {
    static const Trial trials[] = {
        LINEAR("max(x, 2)", "2 1 3", "1 0 1"),
        LINEAR("max(2, x)", "2 1 3", "0 0 1"),
        LINEAR("min(x, 2)", "2 1 3", "1 1 0"),
        LINEAR("min(2, x)", "2 1 3", "0 1 0"),
        LINEAR("max(x, -x) + min(3 * x, 2 * x)", "0 1 -1", "4 3 2"),
        LINEAR("clamp(x, 0, 1)", "0 1 0.5", "1 1 1"),
        LINEAR("clamp(x, 0, 1)", "-1 2 0.5", "0 0 1"),
        LINEAR("abs(x)", "0 1 -1", "0 1 -1"),
        LINEAR("relu(x)", "0 1 -1", "0 1 0"),
        LINEAR("abs(-x) + relu(-x)", "0 1 -1", "0 1 -2"),
        EXACTLY("x * abs(x)", "0 1 -1", "0 2 2", "0 2 -2"),
        EXACTLY("x * relu(x)", "0 1 -1", "0 2 0", "0 2 0"),
        LINEAR("if x < 1 then 2 * x else 3 * x", "1 0 2", "3 2 3"),
        LINEAR("max(x, nan_)", "1 2 3", "0 0 0"),
        {"dim n = 3\ninput x[n]\nlet L = max[n](x)", "x = 2 2 1", "1 0 0", NULL, true},
        {"dim n = 3\ninput x[n]\nlet L = min[n](x)", "x = 2 1 1", "0 1 0", NULL, true},
        {"dim n = 3\ninput x[n]\nlet L = max[n](x^2)", "x = -2 2 1", "-4 0 0", "2 0 0", false},
        {"dim n = 3\ninput x[n]\nlet L = x[argmax[n](x)]^2", "x = 1 3 3", "0 6 0", "0 2 0", false},
    };
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        if (!strstr(trials[i].lines, "nan_")) try_program(&trials[i]);
}
