#!/usr/bin/env python3
"""Fits the polynomials of the runtime's elementary functions; prints them as C arrays, with the error that is left.

Needs mpmath. A fit minimises the greatest |weight(x) * (f(x) - sum of c[i] * x^i)| over an interval (Remez exchange on a
fixed fine grid). The first coefficients are then rounded to the target's precision one after another, the others fitted
anew each time, so that what their rounding loses is made up for.

    tools/fit_polynomials.py            lists the fits
    tools/fit_polynomials.py exp_f64    prints one (or several)
"""
import sys

from mpmath import mp, mpf

mp.prec = 240


def exchange(values, weights, basis):
    """The best coefficients for sum c[i] * basis[i] on the grid, and the greatest weighted error."""
    terms, points = len(basis), len(values)
    if terms == 0:
        return [], max(abs(w * v) for v, w in zip(values, weights))
    chosen = sorted({int((1 - mp.cos(mp.pi * (i + mpf(1) / 2) / (terms + 1))) / 2 * (points - 1)) for i in range(terms + 1)})
    for _ in range(60):
        matrix, right = mp.matrix(terms + 1, terms + 1), mp.matrix(terms + 1, 1)
        for row, at in enumerate(chosen):
            for column in range(terms):
                matrix[row, column] = basis[column][at]
            matrix[row, terms] = (-1) ** row / weights[at]
            right[row] = values[at]
        solution = mp.lu_solve(matrix, right)
        coefficients, level = list(solution[:terms]), abs(solution[terms])
        error = [
            w * (v - mp.fdot(coefficients, [b[at] for b in basis]))
            for at, (v, w) in enumerate(zip(values, weights))
        ]
        extremes, start = [], 0  # the greatest error of each run of one sign
        for at in range(1, points + 1):
            if at == points or (error[at] > 0) != (error[start] > 0):
                extremes.append(max(range(start, at), key=lambda i: abs(error[i])))
                start = at
        while len(extremes) > terms + 1:
            if abs(error[extremes[0]]) < abs(error[extremes[-1]]):
                extremes.pop(0)
            else:
                extremes.pop()
        worst = max(abs(e) for e in error)
        if len(extremes) < terms + 1 or worst < level * mpf("1.001"):
            return coefficients, worst
        chosen = extremes
    return coefficients, worst


def rounded(x, bits):
    if x == 0:
        return mpf(0)
    with mp.workprec(bits):
        return +x


def fit(f, low, high, degree, weight=lambda x: mpf(1), bits=53, careful=4, points=1200, fixed=(), pair=False):
    low, high = mpf(low), mpf(high)
    grid = [low + (high - low) * (1 - mp.cos(mp.pi * (i + mpf(1) / 2) / points)) / 2 for i in range(points)]
    rest = [f(x) for x in grid]
    weights = [weight(x) for x in grid]
    basis = [[x**i for x in grid] for i in range(degree + 1)]
    done, tail = [], []
    for power in range(degree + 1):
        # Anew at even powers alone: from an odd one on, the powers are no Chebyshev system on both sides of 0.
        if power >= len(fixed) and (power % 2 == 0 and power <= careful or not tail):
            tail, best = exchange(rest, weights, basis[power:])
            if power == len(fixed):
                ideal = best
        value = mpf(fixed[power]) if power < len(fixed) else rounded(tail.pop(0), 2 * bits if pair and power == 0 else bits)
        done.append(value)
        rest = [r - value * b for r, b in zip(rest, basis[power])]
    left = max(abs(w * r) for r, w in zip(rest, weights))
    return done, ideal, left


def c_number(value, bits):
    low = value - mpf(float(value))
    if bits == 53 and low != 0:  # a leading coefficient held as a pair
        return c_number(mpf(float(value)), bits) + " + " + c_number(low, bits)
    text = float(value).hex()
    mantissa, exponent = text.split("p")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return mantissa + "p" + exponent + ("f" if bits == 24 else "")


def exp_tail(x):  # (e^x - 1 - x) / x^2
    if abs(x) < mpf("1e-12"):
        return mpf(1) / 2 + x / 6
    return (mp.expm1(x) - x) / x**2


def atanh_tail(z):  # (log((1 + s) / (1 - s)) - 2 s) / (s z), z = s^2
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / (s * z)


def atanh_tail_pow(z):  # the same without its first term: (... - 2/3 s z) / (s z^2)
    return (atanh_tail(z) - mpf(2) / 3) / z


def log_tail(x):  # (log(1 + x) - x) / x^2
    return (mp.log1p(x) - x) / x**2


def log_tail_3(x):  # (log(1 + x) - x + x^2 / 2) / x^3
    return (mp.log1p(x) - x + x * x / 2) / x**3


def sin_tail(z):  # (sin(r) - r) / r^3, z = r^2
    r = mp.sqrt(z)
    return (mp.sin(r) - r) / (r * z)


def sin_turns(z):  # sin(pi r) / r, z = r^2
    r = mp.sqrt(z)
    return mp.sin(mp.pi * r) / r


def cos_tail(z):  # (cos(r) - 1 + r^2 / 2) / r^4
    r = mp.sqrt(z)
    return (mp.cos(r) - 1 + z / 2) / z**2


HALF_LOG2 = "0.3468"
LOG_LOW, LOG_HIGH = "-0.29296", "0.41427"
Z_HIGH = "0.02945"
R_HIGH = mp.pi / 4 * mpf("1.0001")


def erf_tail(z):  # (erf(x) - x) / x, z = x^2
    x = mp.sqrt(z)
    return mp.erf(x) / x - 1


def scaled_erfc(t, a):  # (1 + 2 x) e^(x^2) erfc(x), where t = (x - a) / (x + a)
    x = a * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def around(f, centre, first):  # (f(centre + d) / d - first) / d, at the zero centre of f
    def tail(d):
        with mp.workprec(500):
            d = mpf("1e-40") if d == 0 else d
            return (f(centre + d) / d - first) / d

    return tail


def relative(f, centre):
    return lambda d: d * d / abs(f(centre + d))


with mp.workprec(500):
    DIGAMMA_ZERO = mp.findroot(mp.digamma, mpf("1.4616321449683623"))


def erfc_fit(a, low, high, degree, pair):
    t = lambda x: (mpf(x) - a) / (mpf(x) + a)
    return fit(
        lambda y: scaled_erfc(y, a), t(low), t(high), degree, lambda y: 1 / scaled_erfc(y, a), careful=0, points=500, pair=pair
    )


FITS = {
    "exp_f64": lambda: (fit(exp_tail, "-" + HALF_LOG2, HALF_LOG2, 9, lambda x: x * x / mp.exp(x)), 53),
    "expm1_f64": lambda: (fit(exp_tail, "-" + HALF_LOG2, HALF_LOG2, 10, lambda x: x * x / abs(mp.expm1(x))), 53),
    "exp_short": lambda: (fit(exp_tail, "-" + HALF_LOG2, HALF_LOG2, 6, lambda x: x * x / mp.exp(x)), 53),
    "exp_f32": lambda: (fit(exp_tail, "-" + HALF_LOG2, HALF_LOG2, 4, lambda x: x * x / mp.exp(x), 24, careful=0), 24),
    "log_f64": lambda: (fit(atanh_tail, "1e-9", Z_HIGH, 6, lambda z: z), 53),
    "log_pow": lambda: (fit(atanh_tail_pow, "1e-9", Z_HIGH, 7, lambda z: z * z), 53),
    "log_short": lambda: (fit(log_tail, LOG_LOW, LOG_HIGH, 12, lambda x: x * x / mp.log1p(x)), 53),
    "log_f32": lambda: (fit(log_tail_3, LOG_LOW, LOG_HIGH, 8, lambda x: x**3 / mp.log1p(x), 24), 24),
    "sin_f64": lambda: (fit(sin_tail, "1e-12", R_HIGH**2, 5, lambda z: z), 53),
    "cos_f64": lambda: (fit(cos_tail, "1e-12", R_HIGH**2, 5, lambda z: z * z), 53),
    "sin_turns": lambda: (fit(sin_turns, "1e-12", "0.25001", 5, lambda z: 1 / sin_turns(z)), 53),
    "log1p_unit": lambda: (fit(log_tail, "1e-9", "1.0001", 12, lambda x: x * x / mp.log1p(x)), 53),
    "erf_f64": lambda: (fit(erf_tail, "1e-9", "0.5626", 10, lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)), points=600), 53),
    "erf_short": lambda: (fit(erf_tail, "1e-9", "0.5626", 6, lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)), points=600), 53),
    "erfc_f64": lambda: (erfc_fit(3, "0.74", "27.4", 21, True), 53),
    "erfc_short": lambda: (erfc_fit(2, "0.74", "10.2", 12, False), 53),
    "lgamma_1": lambda: (
        fit(around(mp.loggamma, 1, -mp.euler), "-0.1251", "0.1251", 14, relative(mp.loggamma, 1), careful=0, points=200),
        53,
    ),
    "lgamma_2": lambda: (
        fit(around(mp.loggamma, 2, 1 - mp.euler), "-0.1251", "0.1251", 12, relative(mp.loggamma, 2), careful=0, points=200),
        53,
    ),
    "digamma": lambda: (
        fit(
            around(mp.digamma, DIGAMMA_ZERO, mp.psi(1, DIGAMMA_ZERO)), "-0.0626", "0.0626", 10,
            relative(mp.digamma, DIGAMMA_ZERO), careful=0, points=160,
        ),
        53,
    ),
}


def main():
    if len(sys.argv) < 2:
        print(" ".join(FITS))
        return
    for name in sys.argv[1:]:
        (coefficients, ideal, left), bits = FITS[name]()
        print(f"/* {name}: ideal 2^{float(mp.log(ideal, 2)):.1f}, rounded 2^{float(mp.log(left, 2)):.1f} */")
        for value in coefficients:
            print(f"    {c_number(value, bits)},")


if __name__ == "__main__":
    main()
