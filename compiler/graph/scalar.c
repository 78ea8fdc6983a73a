/* Takes a pointwise node and its arguments' values, gives its value, computed in double. Kept
 * plain: this is what the emitted C is compared with. Where the meaning is fixed to the bit
 * (integers that wrap, conversions, random numbers) the runtime's own functions are used. */
#include "graph/scalar.h"
#include "../../runtime/steelyard_number.h"
#include "../../runtime/steelyard_random.h"
#include "graph/internal.h"

double scalar_digamma(double x) {
    static const double pi = 3.14159265358979323846;
    if (isnan(x) || x == -INFINITY) return NAN;
    if (x <= 0) {
        if (x == floor(x)) return x == 0 ? copysign(INFINITY, -x) : NAN;
        double rest = x - round(x); /* tan has period pi: exact where x is large */
        return scalar_digamma(1 - x) - pi / tan(pi * rest);
    }
    /* digamma(x + 1) = digamma(x) + 1 / x, up to where the series in 1 / x^2 is exact */
    static const double series[] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                    1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160};
    long double lower = 0, high = x;
    for (; high < 16; high += 1)
        lower += 1 / high;
    long double inverse = 1 / (high * high), tail = 0;
    for (int i = (int)(sizeof series / sizeof *series) - 1; i >= 0; i--)
        tail = inverse * (series[i] + tail);
    return (double)(logl(high) - 0.5L / high - tail - lower);
}

double scalar_trigamma(double x) {
    static const long double pi = 3.14159265358979323846264L;
    if (isnan(x) || x == -INFINITY) return NAN;
    if (x <= 0) {
        if (x == floor(x)) return INFINITY;
        long double turn = pi / sinl(pi * (long double)(x - round(x)));
        return (double)(turn * turn - (long double)scalar_trigamma(1 - x));
    }
    /* trigamma(x + 1) = trigamma(x) - 1 / x^2, up to where the series in 1 / x^2 is exact */
    static const double series[] = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                    5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};
    long double lower = 0, high = x;
    for (; high < 16; high += 1)
        lower += 1 / (high * high);
    long double inverse = 1 / (high * high), tail = 0;
    for (int i = (int)(sizeof series / sizeof *series) - 1; i >= 0; i--)
        tail = inverse * (series[i] + tail);
    return (double)((1 + 0.5L / high + tail) / high + lower);
}

/* The sum of 1 / (x + k)^power over k = 0, 1, ..., for x > 0: the terms up to where Euler and
 * Maclaurin's series is exact, and that. */
static long double power_sum(int power, long double x) {
    static const long double series[] = {1.0L / 6,  -1.0L / 30,     1.0L / 42, -1.0L / 30,
                                         5.0L / 66, -691.0L / 2730, 7.0L / 6,  -3617.0L / 510};
    long double sum = 0;
    for (; x < 16 + 2 * power; x += 1)
        sum += powl(x, -power);
    long double first = powl(x, -power), factor = power / x / 2, tail = 0;
    for (int j = 1; j <= (int)(sizeof series / sizeof *series); j++) {
        tail += series[j - 1] * factor;
        factor *= (power + 2 * j - 1) / x * (power + 2 * j) / x / ((2 * j + 1) * (2 * j + 2));
    }
    return sum + first * (x / (power - 1) + 0.5L + tail);
}

double scalar_polygamma(int order, double x) {
    const int power = order + 1;
    const long double even = order % 2 ? 1 : -1;
    if (isnan(x) || x == -INFINITY) return NAN;
    if (x <= 0 && x == floor(x))
        return order % 2 ? INFINITY : x == 0 ? copysign(INFINITY, -x) : NAN;
    if (x == INFINITY) return (double)even * 0.0;
    long double sum;
    if (x > 0) {
        sum = power_sum(power, x);
    } else { /* all terms around the nearest whole number, less those that x does not have */
        long double rest = (long double)x - roundl(x);
        sum = powl(rest, -power) + power_sum(power, 1 + rest) + even * power_sum(power, 1 - rest) -
              even * power_sum(power, 1 - (long double)x);
    }
    for (int i = 2; i <= order; i++)
        sum *= i;
    return (double)(even * sum);
}

static double float_unary(Op op, double x) {
    switch (op) {
    case OP_NEG: return -x;
    case OP_EXP: return exp(x);
    case OP_LOG: return log(x);
    case OP_LOG1P: return log1p(x);
    case OP_EXPM1: return expm1(x);
    case OP_SQRT: return sqrt(x);
    case OP_RSQRT: return 1 / sqrt(x);
    case OP_ABS: return fabs(x);
    case OP_SIGN: return sy_sign_f64(x);
    case OP_FLOOR: return floor(x);
    case OP_CEIL: return ceil(x);
    case OP_ROUND: return sy_round_f64(x);
    case OP_TANH: return tanh(x);
    case OP_SIGMOID: return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
    case OP_SOFTPLUS: return isnan(x) ? x : fmax(x, 0) + log1p(exp(-fabs(x)));
    case OP_ERF: return erf(x);
    case OP_ERFC: return erfc(x);
    case OP_LGAMMA: {
        int sign;
        return lgamma_r(x, &sign);
    }
    case OP_DIGAMMA: return scalar_digamma(x);
    case OP_TRIGAMMA: return scalar_trigamma(x);
    case OP_SIN: return sin(x);
    case OP_COS: return cos(x);
    case OP_TAN: return tan(x);
    case OP_ISNAN: return isnan(x);
    case OP_ISINF: return isinf(x) != 0;
    case OP_ISFINITE: return isfinite(x) != 0;
    default: bug("%s has no value of one number", op_info[op].id);
    }
}

static double float_binary(Op op, double a, double b) {
    switch (op) {
    case OP_ADD: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return a / b;
    case OP_POW: return pow(a, b);
    case OP_IDIV: return sy_idiv_f64(a, b);
    case OP_MOD: return sy_mod_f64(a, b);
    case OP_MIN: return sy_min_f64(a, b);
    case OP_MAX: return sy_max_f64(a, b);
    case OP_POLYGAMMA: return scalar_polygamma((int)a, b);
    default: bug("%s has no value of two numbers", op_info[op].id);
    }
}

static int64_t integer_unary(Op op, int64_t a) {
    switch (op) {
    case OP_NEG: return sy_neg_i64(a);
    case OP_ABS: return sy_abs_i64(a);
    case OP_SIGN: return sy_sign_i64(a);
    default: bug("%s has no value of one integer", op_info[op].id);
    }
}

static int64_t integer_binary(Op op, int64_t a, int64_t b) {
    switch (op) {
    case OP_ADD: return sy_add_i64(a, b);
    case OP_SUB: return sy_sub_i64(a, b);
    case OP_MUL: return sy_mul_i64(a, b);
    case OP_POW: return sy_ipow_i64(a, b);
    case OP_IDIV: return sy_idiv_i64(a, b);
    case OP_MOD: return sy_mod_i64(a, b);
    case OP_MIN: return sy_min_i64(a, b);
    case OP_MAX: return sy_max_i64(a, b);
    default: bug("%s has no value of two integers", op_info[op].id);
    }
}

/* What wraps in 64 bits wraps in 32 once the low bits are taken. */
static double wrapped(Scalar type, int64_t value) {
    return (double)(type == SCALAR_I32 ? (int64_t)sy_i32_from_i64(value) : value);
}

static double arithmetic(const Node *node, const double *a) {
    bool one = node->argument_count == 1;
    if (!scalar_is_integer(node->type) || op_info[node->op].class_ == OP_TEST)
        return one ? float_unary(node->op, a[0]) : float_binary(node->op, a[0], a[1]);
    if (isnan(a[0]) || (!one && isnan(a[1]))) return NAN;
    int64_t left = sy_i64_from_f64(a[0]);
    return wrapped(node->type, one ? integer_unary(node->op, left)
                                   : integer_binary(node->op, left, sy_i64_from_f64(a[1])));
}

static bool compare(Op op, double a, double b) {
    switch (op) {
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_EQ: return a == b;
    default: return a != b;
    }
}

static double convert(Scalar from, Scalar to, double x) {
    if (scalar_is_float(to)) {
        bool wider = from == SCALAR_F64 || !scalar_is_float(from) || to > SCALAR_F64;
        return wider ? scalar_round(to, x) : x;
    }
    if (isnan(x) && !scalar_is_float(from)) return x;
    if (to == SCALAR_BOOL) return x != 0;
    if (to == SCALAR_I32 && scalar_is_float(from)) return sy_i32_from_f64(x);
    return wrapped(to, sy_i64_from_f64(x));
}

static double random_number(const Node *node, const double *a) {
    uint64_t state = sy_random_begin(sy_i64_from_f64(a[0]));
    for (int i = 1; i < node->argument_count; i++)
        state = sy_random_mix(state, sy_i64_from_f64(a[i]));
    bool single = node->type == SCALAR_F32;
    if (node->op == OP_UNIFORM)
        return single ? (double)sy_uniform_f32(state) : sy_uniform_f64(state);
    return single ? (double)sy_normal_f32(state) : sy_normal_f64(state);
}

double scalar_apply(const Node *node, const double *a) {
    switch (node->op) {
    case OP_AND: return a[0] == 0 ? 0 : a[1];
    case OP_OR: return a[0] == 1 ? 1 : a[1];
    case OP_NOT: return isnan(a[0]) ? a[0] : a[0] == 0;
    case OP_SELECT: return isnan(a[0]) ? a[0] : a[0] != 0 ? a[1] : a[2];
    case OP_CONVERT: return convert(node->arguments[0]->type, node->type, a[0]);
    case OP_LET:
    case OP_STOP: return a[0];
    case OP_UNIFORM:
    case OP_NORMAL: return random_number(node, a);
    default: break;
    }
    if (op_info[node->op].class_ != OP_COMPARE) return arithmetic(node, a);
    bool whole = !scalar_is_float(node->arguments[0]->type);
    return whole && (isnan(a[0]) || isnan(a[1])) ? NAN : compare(node->op, a[0], a[1]);
}
