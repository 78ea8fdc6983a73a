/* The objective of ADBench's Gaussian mixture and its gradient, written by hand from the
 * mathematics.
 *
 * Component k has L = exp(q) on the diagonal and l below it, packed by columns. With z = L (x -
 * mu), a point's term is log sum_k exp(alpha_k + sum(q_k) - |z|^2 / 2); its gradient by z is
 * -share_k z, from which those of mu, q and l follow. Nothing is kept for a point but its terms and
 * the z of all components. */
#include <math.h>
#include <stdint.h>
#include <string.h>

static void transform(int64_t d, const double *scale, const double *l, const double *apart,
                      double *restrict z) {
    for (int64_t i = 0; i < d; i++)
        z[i] = scale[i] * apart[i];
    for (int64_t j = 0; j < d; j++) {
        for (int64_t i = j + 1; i < d; i++)
            z[i] += *l++ * apart[j];
    }
}

/* What a point adds to the gradients of one component: back is the derivative by z. */
static void back(int64_t d, const double *scale, const double *l, const double *apart,
                 const double *by_z, double *restrict d_mean, double *restrict d_q,
                 double *restrict d_l) {
    for (int64_t i = 0; i < d; i++) {
        d_q[i] += by_z[i] * scale[i] * apart[i];
        d_mean[i] -= by_z[i] * scale[i];
    }
    for (int64_t j = 0; j < d; j++) {
        double sum = 0;
        for (int64_t i = j + 1; i < d; i++) {
            sum += by_z[i] * *l++;
            *d_l++ += by_z[i] * apart[j];
        }
        d_mean[j] -= sum;
    }
}

/* Adds the log-likelihood's part: work holds k * (2 d + 1) numbers and scale k * d. */
static double points(int64_t n, int64_t k, int64_t d, const double *alphas, const double *means,
                     const double *q, const double *l, const double *x, const double *scale,
                     double *d_alphas, double *d_means, double *d_q, double *d_l, double *work) {
    const int64_t below = d * (d - 1) / 2;
    double *apart = work, *z = work + k * d, *term = work + 2 * k * d;
    double total = 0;
    for (int64_t at = 0; at < n; at++) {
        double most = -INFINITY;
        for (int64_t c = 0; c < k; c++) {
            double squares = 0, logs = 0;
            for (int64_t i = 0; i < d; i++)
                apart[c * d + i] = x[at * d + i] - means[c * d + i];
            transform(d, scale + c * d, l + c * below, apart + c * d, z + c * d);
            for (int64_t i = 0; i < d; i++)
                squares += z[c * d + i] * z[c * d + i], logs += q[c * d + i];
            term[c] = alphas[c] + logs - 0.5 * squares;
            most = term[c] > most ? term[c] : most;
        }
        double whole = 0;
        for (int64_t c = 0; c < k; c++)
            whole += term[c] = exp(term[c] - most);
        total += most + log(whole);
        for (int64_t c = 0; c < k; c++) {
            const double share = term[c] / whole;
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

static double log_wishart_constant(int64_t d, double gamma, double degrees) {
    const double pi = 3.14159265358979323846;
    double sum = 0.25 * (double)(d * (d - 1)) * log(pi);
    for (int64_t j = 0; j < d; j++)
        sum += lgamma(0.5 * (degrees - (double)j));
    return degrees * (double)d * (log(gamma) - 0.5 * log(2.0)) - sum;
}

void mixture(int64_t times, int64_t n, int64_t k, int64_t d, const double *alphas,
             const double *means, const double *q, const double *l, const double *x, double gamma,
             int64_t m, double *f, double *d_alphas, double *d_means, double *d_q, double *d_l,
             double *work) {
    const int64_t below = d * (d - 1) / 2;
    double *scale = work + k * (2 * d + 1);
    for (int64_t time = 0; time < times; time++) {
        memset(d_alphas, 0, (size_t)k * sizeof(double));
        memset(d_means, 0, (size_t)(k * d) * sizeof(double));
        memset(d_q, 0, (size_t)(k * d) * sizeof(double));
        memset(d_l, 0, (size_t)(k * below) * sizeof(double));
        for (int64_t i = 0; i < k * d; i++)
            scale[i] = exp(q[i]);
        double total =
            points(n, k, d, alphas, means, q, l, x, scale, d_alphas, d_means, d_q, d_l, work);
        double most = -INFINITY, whole = 0;
        for (int64_t c = 0; c < k; c++)
            most = alphas[c] > most ? alphas[c] : most;
        for (int64_t c = 0; c < k; c++)
            whole += exp(alphas[c] - most);
        total -= (double)n * (most + log(whole));
        for (int64_t c = 0; c < k; c++)
            d_alphas[c] -= (double)n * exp(alphas[c] - most) / whole;
        double squares = 0, logs = 0;
        for (int64_t i = 0; i < k * d; i++) {
            squares += scale[i] * scale[i];
            logs += q[i];
            d_q[i] += gamma * gamma * scale[i] * scale[i] - (double)m;
        }
        for (int64_t i = 0; i < k * below; i++) {
            squares += l[i] * l[i];
            d_l[i] += gamma * gamma * l[i];
        }
        *f = total - 0.5 * (double)(n * d) * log(2 * 3.14159265358979323846) +
             0.5 * gamma * gamma * squares - (double)m * logs -
             (double)k * log_wishart_constant(d, gamma, (double)(d + m + 1));
    }
}
