/* The objective of ADBench's Gaussian mixture and its gradient, written by hand from the
 * mathematics.
 *
 * Component k has L = exp(q) on the diagonal and l below it, packed by columns. With z = L (x -
 * mu), a point's term is log sum_k exp(alpha_k + sum(q_k) - |z|^2 / 2); its gradient by z is
 * -share_k z, from which those of mu, q and l follow. Nothing is kept for a point but its terms and
 * the z of all components. */
#include <stdint.h>
#include <string.h>
#include <tgmath.h>

/* Others' errors are measured by a build in long double. */
#ifdef WITH_LONG_DOUBLE
typedef long double Real;
#else
typedef double Real;
#endif

static void transform(int64_t d, const Real *scale, const Real *l, const Real *apart,
                      Real *restrict z) {
    for (int64_t i = 0; i < d; i++)
        z[i] = scale[i] * apart[i];
    for (int64_t j = 0; j < d; j++) {
        for (int64_t i = j + 1; i < d; i++)
            z[i] += *l++ * apart[j];
    }
}

/* What a point adds to the gradients of one component: back is the derivative by z. */
static void back(int64_t d, const Real *scale, const Real *l, const Real *apart, const Real *by_z,
                 Real *restrict d_mean, Real *restrict d_q, Real *restrict d_l) {
    for (int64_t i = 0; i < d; i++) {
        d_q[i] += by_z[i] * scale[i] * apart[i];
        d_mean[i] -= by_z[i] * scale[i];
    }
    for (int64_t j = 0; j < d; j++) {
        Real sum = 0;
        for (int64_t i = j + 1; i < d; i++) {
            sum += by_z[i] * *l++;
            *d_l++ += by_z[i] * apart[j];
        }
        d_mean[j] -= sum;
    }
}

/* Adds the log-likelihood's part: work holds k * (2 d + 1) numbers and scale k * d. */
static Real points(int64_t n, int64_t k, int64_t d, const Real *alphas, const Real *means,
                   const Real *q, const Real *l, const Real *x, const Real *scale, Real *d_alphas,
                   Real *d_means, Real *d_q, Real *d_l, Real *work) {
    const int64_t below = d * (d - 1) / 2;
    Real *apart = work, *z = work + k * d, *term = work + 2 * k * d;
    Real total = 0;
    for (int64_t at = 0; at < n; at++) {
        Real most = -INFINITY;
        for (int64_t c = 0; c < k; c++) {
            Real squares = 0, logs = 0;
            for (int64_t i = 0; i < d; i++)
                apart[c * d + i] = x[at * d + i] - means[c * d + i];
            transform(d, scale + c * d, l + c * below, apart + c * d, z + c * d);
            for (int64_t i = 0; i < d; i++)
                squares += z[c * d + i] * z[c * d + i], logs += q[c * d + i];
            term[c] = alphas[c] + logs - 0.5 * squares;
            most = term[c] > most ? term[c] : most;
        }
        Real whole = 0;
        for (int64_t c = 0; c < k; c++)
            whole += term[c] = exp(term[c] - most);
        total += most + log(whole);
        for (int64_t c = 0; c < k; c++) {
            const Real share = term[c] / whole;
            d_alphas[c] += share;
            for (int64_t i = 0; i < d; i++)
                d_q[c * d + i] += share;
            for (int64_t i = 0; i < d; i++)
                z[c * d + i] *= -share;
            back(d, scale + c * d, l + c * below, apart + c * d, z + c * d, d_means + c * d,
                 d_q + c * d, d_l + c * below);
        }
    }
    return total;
}

static Real log_wishart_constant(int64_t d, Real gamma, Real degrees) {
    const Real pi = 3.14159265358979323846L;
    Real sum = 0.25 * (Real)(d * (d - 1)) * log(pi);
    for (int64_t j = 0; j < d; j++)
        sum += lgamma(0.5 * (degrees - (Real)j));
    return degrees * (Real)d * (log(gamma) - 0.5 * log((Real)2)) - sum;
}

void mixture(int64_t times, int64_t n, int64_t k, int64_t d, const Real *alphas, const Real *means,
             const Real *q, const Real *l, const Real *x, Real gamma, int64_t m, Real *f,
             Real *d_alphas, Real *d_means, Real *d_q, Real *d_l, Real *work) {
    const int64_t below = d * (d - 1) / 2;
    Real *scale = work + k * (2 * d + 1);
    for (int64_t time = 0; time < times; time++) {
        memset(d_alphas, 0, (size_t)k * sizeof(Real));
        memset(d_means, 0, (size_t)(k * d) * sizeof(Real));
        memset(d_q, 0, (size_t)(k * d) * sizeof(Real));
        memset(d_l, 0, (size_t)(k * below) * sizeof(Real));
        for (int64_t i = 0; i < k * d; i++)
            scale[i] = exp(q[i]);
        Real total =
            points(n, k, d, alphas, means, q, l, x, scale, d_alphas, d_means, d_q, d_l, work);
        Real most = -INFINITY, whole = 0;
        for (int64_t c = 0; c < k; c++)
            most = alphas[c] > most ? alphas[c] : most;
        for (int64_t c = 0; c < k; c++)
            whole += exp(alphas[c] - most);
        total -= (Real)n * (most + log(whole));
        for (int64_t c = 0; c < k; c++)
            d_alphas[c] -= (Real)n * exp(alphas[c] - most) / whole;
        Real squares = 0, logs = 0;
        for (int64_t i = 0; i < k * d; i++) {
            squares += scale[i] * scale[i];
            logs += q[i];
            d_q[i] += gamma * gamma * scale[i] * scale[i] - (Real)m;
        }
        for (int64_t i = 0; i < k * below; i++) {
            squares += l[i] * l[i];
            d_l[i] += gamma * gamma * l[i];
        }
        *f = total - 0.5 * (Real)(n * d) * log(2 * (Real)3.14159265358979323846L) +
             0.5 * gamma * gamma * squares - (Real)m * logs -
             (Real)k * log_wishart_constant(d, gamma, (Real)(d + m + 1));
    }
}
