/* ADBench's Gaussian mixture, gradient: the emitted C of bench/gmm.sy against the same gradient
 * written by hand, in one run. Usage: gmm RUNS THREADS. Prints the median of both, their ratio
 * and by how much they differ, for each size of the board. */
#include "gmm.h"
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Problem {
    size_t n, k, d, p;
    double *alphas, *means, *q, *l, *x, gamma;
    int64_t *tri, m;
} Problem;

typedef struct Gradient {
    double f, *alphas, *means, *q, *l;
} Gradient;

/* --- by hand --- */

static double *zeros(size_t count) {
    double *numbers = calloc(count ? count : 1, sizeof *numbers);
    if (!numbers) exit(1);
    return numbers;
}

static Gradient gradient_new(const Problem *g) {
    return (Gradient){0, zeros(g->k), zeros(g->k * g->d), zeros(g->k * g->d), zeros(g->k * g->p)};
}

static void gradient_free(Gradient g) {
    free(g.alphas);
    free(g.means);
    free(g.q);
    free(g.l);
}

/* z = L (x - mean) for one point and one component; l goes down the columns of L. */
static void transform(size_t d, const double *e, const double *l, const double *a, double *z) {
    for (size_t i = 0; i < d; ++i)
        z[i] = e[i] * a[i];
    for (size_t j = 0; j < d; ++j)
        for (size_t i = j + 1; i < d; ++i)
            z[i] += *l++ * a[j];
}

static void component(const Problem *g, size_t k, double w, const double *e, const double *a,
                      const double *z, Gradient *out) {
    size_t d = g->d;
    const double *l = g->l + k * g->p;
    double *dl = out->l + k * g->p, *dm = out->means + k * d, *dq = out->q + k * d;
    out->alphas[k] += w;
    for (size_t i = 0; i < d; ++i) {
        dm[i] += w * z[i] * e[i];
        dq[i] += w * (1 - z[i] * a[i] * e[i]);
    }
    for (size_t j = 0; j < d; ++j) {
        double sum = 0;
        for (size_t i = j + 1; i < d; ++i)
            sum += *l++ * z[i];
        dm[j] += w * sum;
        double factor = -w * a[j];
        for (size_t i = j + 1; i < d; ++i)
            *dl++ += factor * z[i];
    }
}

static void points(const Problem *g, const double *e, const double *base, size_t from, size_t to,
                   Gradient *out) {
    size_t d = g->d, count = g->k;
    double *a = zeros(count * d), *z = zeros(count * d), *beta = zeros(count);
    for (size_t n = from; n < to; ++n) {
        double most = -INFINITY, sum = 0;
        for (size_t k = 0; k < count; ++k) {
            double square = 0;
            for (size_t i = 0; i < d; ++i)
                a[k * d + i] = g->x[n * d + i] - g->means[k * d + i];
            transform(d, e + k * d, g->l + k * g->p, a + k * d, z + k * d);
            for (size_t i = 0; i < d; ++i)
                square += z[k * d + i] * z[k * d + i];
            beta[k] = base[k] - 0.5 * square;
            if (beta[k] > most) most = beta[k];
        }
        for (size_t k = 0; k < count; ++k)
            sum += beta[k] = exp(beta[k] - most);
        out->f += most + log(sum);
        for (size_t k = 0; k < count; ++k)
            component(g, k, beta[k] / sum, e + k * d, a + k * d, z + k * d, out);
    }
    free(a);
    free(z);
    free(beta);
}

static void prior(const Problem *g, Gradient *out) {
    size_t d = g->d, p = g->p;
    double most = -INFINITY, sum = 0, squares = 0, logs = 0;
    for (size_t k = 0; k < g->k; ++k)
        if (g->alphas[k] > most) most = g->alphas[k];
    for (size_t k = 0; k < g->k; ++k)
        sum += exp(g->alphas[k] - most);
    for (size_t k = 0; k < g->k; ++k)
        out->alphas[k] -= (double)g->n * exp(g->alphas[k] - most) / sum;
    for (size_t i = 0; i < g->k * d; ++i) {
        double e = exp(g->q[i]);
        squares += e * e;
        logs += g->q[i];
        out->q[i] += g->gamma * g->gamma * e * e - (double)g->m;
    }
    for (size_t i = 0; i < g->k * p; ++i) {
        squares += g->l[i] * g->l[i];
        out->l[i] += g->gamma * g->gamma * g->l[i];
    }
    double degrees = (double)d + (double)g->m + 1, dd = (double)d;
    double constant = degrees * dd * (log(g->gamma) - 0.5 * log(2));
    constant -= 0.25 * dd * (dd - 1) * log(M_PI);
    for (size_t h = 0; h < d; ++h)
        constant -= lgamma(0.5 * (degrees - (double)h));
    out->f -= (double)g->n * (most + log(sum)) + 0.5 * (double)g->n * dd * log(2 * M_PI);
    out->f += 0.5 * g->gamma * g->gamma * squares - (double)g->m * logs - (double)g->k * constant;
}

static void add(double *to, const double *from, size_t count) {
    for (size_t i = 0; i < count; ++i)
        to[i] += from[i];
}

static void by_hand(const Problem *g, int threads, Gradient *out) {
    double *e = zeros(g->k * g->d), *base = zeros(g->k);
    memset(out->alphas, 0, g->k * sizeof(double));
    memset(out->means, 0, g->k * g->d * sizeof(double));
    memset(out->q, 0, g->k * g->d * sizeof(double));
    memset(out->l, 0, g->k * g->p * sizeof(double));
    out->f = 0;
    for (size_t k = 0; k < g->k; ++k) {
        base[k] = g->alphas[k];
        for (size_t i = 0; i < g->d; ++i) {
            e[k * g->d + i] = exp(g->q[k * g->d + i]);
            base[k] += g->q[k * g->d + i];
        }
    }
    if (threads == 1) {
        points(g, e, base, 0, g->n, out);
    } else {
#pragma omp parallel num_threads(threads)
        {
            size_t t = (size_t)omp_get_thread_num(), all = (size_t)omp_get_num_threads();
            Gradient own = gradient_new(g);
            points(g, e, base, g->n * t / all, g->n * (t + 1) / all, &own);
#pragma omp critical
            {
                out->f += own.f;
                add(out->alphas, own.alphas, g->k);
                add(out->means, own.means, g->k * g->d);
                add(out->q, own.q, g->k * g->d);
                add(out->l, own.l, g->k * g->p);
            }
            gradient_free(own);
        }
    }
    prior(g, out);
    free(e);
    free(base);
}

/* --- measuring --- */

static double uniform(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static double *random_numbers(size_t count, double low, double high, uint64_t *state) {
    double *numbers = zeros(count);
    for (size_t i = 0; i < count; ++i)
        numbers[i] = low + (high - low) * uniform(state);
    return numbers;
}

static Problem problem_new(size_t n, size_t d, size_t k) {
    uint64_t state = 17;
    Problem g = {.n = n, .k = k, .d = d, .p = d * (d - 1) / 2, .gamma = 1, .m = 0};
    g.alphas = random_numbers(k, -1, 1, &state);
    g.means = random_numbers(k * d, 0, 1, &state);
    g.q = random_numbers(k * d, -1, 1, &state);
    g.l = random_numbers(k * g.p, -0.3, 0.3, &state);
    g.x = random_numbers(n * d, 0, 1, &state);
    g.tri = calloc(d * d, sizeof *g.tri);
    int64_t next = 0;
    for (size_t j = 0; j < d; ++j)
        for (size_t i = j + 1; i < d; ++i)
            g.tri[i * d + j] = next++;
    return g;
}

static void emitted(const Problem *g, Gradient *out, steelyard_call *call) {
    int status = gmm_call(g->n, g->k, g->d, g->p, g->alphas, g->means, g->q, g->l, g->x, g->tri,
                          g->gamma, g->m, &out->f, out->alphas, out->means, out->q, out->l, call);
    if (status) exit((fprintf(stderr, "gmm: status %d\n", status), 1));
}

static double differ(const double *a, const double *b, size_t count) {
    double most = 0, scale = 0;
    for (size_t i = 0; i < count; ++i) {
        most = fmax(most, fabs(a[i] - b[i]));
        scale = fmax(scale, fabs(b[i]));
    }
    return scale > 0 ? most / scale : most;
}

static int in_order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(size_t n, size_t d, size_t k, int runs, int threads) {
    Problem g = problem_new(n, d, k);
    Gradient ours = gradient_new(&g), theirs = gradient_new(&g);
    size_t bytes = gmm_workspace(n, k, d, g.p);
    size_t room = (bytes + 63) / 64 * 64;
    steelyard_call call = {.workspace = aligned_alloc(64, room), .workspace_size = room};
    double *times[2] = {zeros((size_t)runs), zeros((size_t)runs)};
    for (int run = -1; run < runs; ++run) {
        double start = omp_get_wtime();
        emitted(&g, &ours, &call);
        double between = omp_get_wtime();
        by_hand(&g, threads, &theirs);
        double end = omp_get_wtime();
        if (run < 0) continue; /* warms up */
        times[0][run] = between - start;
        times[1][run] = end - between;
    }
    double worst = fabs(ours.f - theirs.f) / fabs(theirs.f);
    worst = fmax(worst, differ(ours.alphas, theirs.alphas, k));
    worst = fmax(worst, differ(ours.means, theirs.means, k * d));
    worst = fmax(worst, differ(ours.q, theirs.q, k * d));
    worst = fmax(worst, differ(ours.l, theirs.l, k * g.p));
    qsort(times[0], (size_t)runs, sizeof(double), in_order);
    qsort(times[1], (size_t)runs, sizeof(double), in_order);
    double one = times[0][runs / 2] * 1e3, two = times[1][runs / 2] * 1e3;
    printf("n %zu d %zu k %zu, %d threads: %.3f ms, by hand %.3f ms: %.2f times as fast "
           "(differ by %.1e)\n",
           n, d, k, threads, one, two, two / one, worst);
    fflush(stdout);
}

int main(int count, char **arguments) {
    int runs = count > 1 ? atoi(arguments[1]) : 21, threads = count > 2 ? atoi(arguments[2]) : 1;
    omp_set_num_threads(threads);
    measure(1000, 10, 25, runs, threads);
    measure(1000, 64, 25, runs, threads);
    measure(10000, 32, 200, runs < 3 ? runs : 3, threads);
    return 0;
}
