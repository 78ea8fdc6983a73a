/* gmm: made from gmm.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "gmm.h"

#include "steelyard.h"
#include "steelyard_fetch.h"
#include <math.h>
#include <stdint.h>

/* gmm.sy:20: let logp[n, k] = alpha - logsumexp[k](alpha) + sum[i](q) - 0.5 * sum[i](z^2) - ... */
static void gmm_logp_max_blocks(int64_t share_from, int64_t share_to, int64_t k_extent,
                                const double *restrict alpha, double *restrict logp_max_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t k_first = block * 4096;
        const int64_t k_end = sy_min_i64(k_first + 4096, k_extent);
        double logp_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            logp_max[lane] = -INFINITY;
        }
        const int64_t k_whole = k_end - k_end % 32;
        for (int64_t k_row = k_first; k_row < k_whole; k_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t k = k_row + lane;
                logp_max[lane] = sy_max_f64(logp_max[lane], alpha[k]);
            }
        }
        for (int64_t k = k_whole; k < k_end; ++k) {
            logp_max[0] = sy_max_f64(logp_max[0], alpha[k]);
        }
        logp_max_blocks[block] = k_whole > k_first ? sy_tree_max_f64(logp_max) : logp_max[0];
    }
}

/* gmm.sy:20: let logp[n, k] = alpha - logsumexp[k](alpha) + sum[i](q) - 0.5 * sum[i](z^2) - ... */
static void gmm_logp_sum_blocks(int64_t share_from, int64_t share_to, int64_t k_extent,
                                const double *restrict alpha, double *restrict logp_sum_blocks,
                                double logp_max_all) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t k_first = block * 4096;
        const int64_t k_end = sy_min_i64(k_first + 4096, k_extent);
        double logp_sum[32] = {0};
        const int64_t k_whole = k_end - k_end % 32;
        for (int64_t k_row = k_first; k_row < k_whole; k_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t k = k_row + lane;
                logp_sum[lane] += sy_exp_f64(alpha[k] - logp_max_all);
            }
        }
        for (int64_t k = k_whole; k < k_end; ++k) {
            logp_sum[0] += sy_exp_f64(alpha[k] - logp_max_all);
        }
        logp_sum_blocks[block] = k_whole > k_first ? sy_tree_sum_f64(logp_sum) : logp_sum[0];
    }
}

/* gmm.sy:20: let logp[n, k] = alpha - logsumexp[k](alpha) + sum[i](q) - 0.5 * sum[i](z^2) - ... */
static void gmm_logp_sum(int64_t share_from, int64_t share_to, const double *restrict q,
                         double *restrict logp_sum) {
    for (int64_t k = share_from; k < share_to; ++k) {
        double logp_sum_2 = 0.0;
        for (int64_t i = 0; i < 3; ++i) {
            logp_sum_2 += q[k * 3 + i];
        }
        logp_sum[k] = logp_sum_2;
    }
}

/* gmm.sy:19: let z = exp(q) * apart + sum[j](l * apart[i = j], where = j < i)
 * gmm.sy:20: let logp[n, k] = alpha - logsumexp[k](alpha) + sum[i](q) - 0.5 * sum[i](z^2) - ...
 * gmm.sy:23: loss likelihood = sum[n](logsumexp[k](logp))
 * gmm.sy:24: output member[n, k] = softmax[k](logp) */
static void gmm_logp_sum_2(int64_t share_from, int64_t share_to, int64_t k_extent,
                           const double *restrict x, const double *restrict alpha,
                           const double *restrict mu, const double *restrict q,
                           const double *restrict l, double *restrict member,
                           double *restrict likelihood_sum_n, double *restrict logp_sum,
                           double *restrict logp_sum_2, double chosen) {
    for (int64_t n = share_from; n < share_to; ++n) {
        for (int64_t k = 0; k < k_extent; ++k) {
            double logp_sum_3 = 0.0;
            for (int64_t i = 0; i < 3; ++i) {
                double z_sum = 0.0;
                for (int64_t j = 0; j < 3; ++j) {
                    z_sum += j < i ? l[(k * 3 + i) * 3 + j] * (x[n * 3 + j] - mu[k * 3 + j]) : 0.0;
                }
                const double apart = x[n * 3 + i] - mu[k * 3 + i];
                const double z = sy_exp_f64(q[k * 3 + i]) * apart + z_sum;
                logp_sum_3 += z * z;
            }
            logp_sum_2[n * k_extent + k] = logp_sum_3;
        }
        double likelihood_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            likelihood_max[lane] = -INFINITY;
        }
        const int64_t k_whole = k_extent - k_extent % 32;
        for (int64_t k_row = 0; k_row < k_whole; k_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t k = k_row + lane;
                const double logp = alpha[k] - chosen + logp_sum[k] -
                                    0.5 * logp_sum_2[n * k_extent + k] - 2.756815599614018;
                likelihood_max[lane] = sy_max_f64(likelihood_max[lane], logp);
            }
        }
        for (int64_t k = k_whole; k < k_extent; ++k) {
            const double logp = alpha[k] - chosen + logp_sum[k] -
                                0.5 * logp_sum_2[n * k_extent + k] - 2.756815599614018;
            likelihood_max[0] = sy_max_f64(likelihood_max[0], logp);
        }
        const double likelihood_max_value = k_whole > 0 ? sy_tree_max_f64(likelihood_max)
                                                        : likelihood_max[0];
        double likelihood_sum_total = 0.0;
        for (int64_t k_first = 0; k_first < k_extent; k_first += 256) {
            const int64_t k_end = sy_min_i64(k_first + 256, k_extent);
            double likelihood_sum[32] = {0};
            const int64_t k_whole_2 = k_end - k_end % 32;
            for (int64_t k_row = k_first; k_row < k_whole_2; k_row += 32) {
                sy_fetch_next_f64(logp_sum_2, n * k_extent + k_row, k_extent);
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t k = k_row + lane;
                    const double logp = alpha[k] - chosen + logp_sum[k] -
                                        0.5 * logp_sum_2[n * k_extent + k] - 2.756815599614018;
                    const double exponential = sy_exp_f64(logp - likelihood_max_value);
                    likelihood_sum[lane] += exponential;
                }
            }
            for (int64_t k = k_whole_2; k < k_end; ++k) {
                const double logp = alpha[k] - chosen + logp_sum[k] -
                                    0.5 * logp_sum_2[n * k_extent + k] - 2.756815599614018;
                const double exponential = sy_exp_f64(logp - likelihood_max_value);
                likelihood_sum[0] += exponential;
            }
            likelihood_sum_total += k_whole_2 > k_first ? sy_tree_sum_f64(likelihood_sum)
                                                        : likelihood_sum[0];
        }
        likelihood_sum_n[n] = sy_isfinite_f64(likelihood_max_value)
                                  ? likelihood_max_value + sy_log_f64(likelihood_sum_total)
                                  : likelihood_max_value;
#pragma omp simd
        for (int64_t k = 0; k < k_extent; ++k) {
            const double logp = alpha[k] - chosen + logp_sum[k] -
                                0.5 * logp_sum_2[n * k_extent + k] - 2.756815599614018;
            const double exponential = sy_exp_f64(logp - likelihood_max_value);
            member[n * k_extent + k] = exponential / likelihood_sum_total;
        }
    }
}

/* gmm.sy:23: loss likelihood = sum[n](logsumexp[k](logp)) */
static void gmm_likelihood_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                      double *restrict likelihood_sum_n,
                                      double *restrict likelihood_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        double likelihood_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                likelihood_sum[lane] += likelihood_sum_n[n];
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            likelihood_sum[0] += likelihood_sum_n[n];
        }
        likelihood_sum_blocks[block] = n_whole > n_first ? sy_tree_sum_f64(likelihood_sum)
                                                         : likelihood_sum[0];
    }
}

static void gmm_compute(int64_t n_extent, int64_t k_extent, const double *restrict x,
                        const double *restrict alpha, const double *restrict mu,
                        const double *restrict q, const double *restrict l,
                        double *restrict likelihood, double *restrict member,
                        unsigned char *workspace) {
    double *restrict likelihood_sum_n = (double *)(void *)workspace;
    const size_t after_likelihood_sum_n = sy_bytes(n_extent, sizeof(double));
    double *restrict logp_sum = (double *)(void *)&workspace[after_likelihood_sum_n];
    const size_t after_logp_sum = after_likelihood_sum_n + sy_bytes(k_extent, sizeof(double));
    double *restrict logp_sum_2 = (double *)(void *)&workspace[after_logp_sum];
    const size_t after_logp_sum_2 = after_logp_sum + sy_bytes(n_extent * k_extent, sizeof(double));
    double *restrict logp_max_blocks = (double *)(void *)&workspace[after_logp_sum_2];
    const size_t after_logp_max_blocks =
        after_logp_sum_2 + sy_bytes((k_extent + 4095) / 4096, sizeof(double));
    double *restrict logp_sum_blocks = (double *)(void *)&workspace[after_logp_max_blocks];
    const size_t after_logp_sum_blocks =
        after_logp_max_blocks + sy_bytes((k_extent + 4095) / 4096, sizeof(double));
    double *restrict likelihood_sum_blocks = (double *)(void *)&workspace[after_logp_sum_blocks];
    /* gmm.sy:20: let logp[n, k] = alpha - logsumexp[k](alpha) + sum[i](q) - 0.5 * sum[i](z^2) -
     * ... */
    const int64_t k_blocks = (k_extent + 4095) / 4096;
    if (k_extent > 20000) {
#pragma omp parallel
        gmm_logp_max_blocks(sy_share_from(k_blocks, 1), sy_share_to(k_blocks, 1), k_extent, alpha,
                            logp_max_blocks);
    } else {
        gmm_logp_max_blocks(0, k_blocks, k_extent, alpha, logp_max_blocks);
    }
    double logp_max_all = -INFINITY;
    for (int64_t block = 0; block < k_blocks; ++block) {
        logp_max_all = sy_max_f64(logp_max_all, logp_max_blocks[block]);
    }

    const int64_t k_blocks_2 = (k_extent + 4095) / 4096;
    if (k_extent > 20000) {
#pragma omp parallel
        gmm_logp_sum_blocks(sy_share_from(k_blocks_2, 1), sy_share_to(k_blocks_2, 1), k_extent,
                            alpha, logp_sum_blocks, logp_max_all);
    } else {
        gmm_logp_sum_blocks(0, k_blocks_2, k_extent, alpha, logp_sum_blocks, logp_max_all);
    }
    const double logp_sum_3 = sy_tree_sum_blocks(logp_sum_blocks, (size_t)k_blocks_2);

    if ((double)k_extent * 3.0 > 20000.0) {
#pragma omp parallel
        gmm_logp_sum(sy_share_from(k_extent, 1), sy_share_to(k_extent, 1), q, logp_sum);
    } else {
        gmm_logp_sum(0, k_extent, q, logp_sum);
    }

    /* gmm.sy:19: let z = exp(q) * apart + sum[j](l * apart[i = j], where = j < i)
     * gmm.sy:20: let logp[n, k] = alpha - logsumexp[k](alpha) + sum[i](q) - 0.5 * sum[i](z^2) -
     * ...
     * gmm.sy:23: loss likelihood = sum[n](logsumexp[k](logp))
     * gmm.sy:24: output member[n, k] = softmax[k](logp) */
    const double chosen = sy_isfinite_f64(logp_max_all) ? logp_max_all + sy_log_f64(logp_sum_3)
                                                        : logp_max_all;
    if ((double)n_extent * (double)k_extent * 3.0 * 3.0 > 20000.0) {
#pragma omp parallel
        gmm_logp_sum_2(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), k_extent, x, alpha, mu,
                       q, l, member, likelihood_sum_n, logp_sum, logp_sum_2, chosen);
    } else {
        gmm_logp_sum_2(0, n_extent, k_extent, x, alpha, mu, q, l, member, likelihood_sum_n,
                       logp_sum, logp_sum_2, chosen);
    }

    /* gmm.sy:23: loss likelihood = sum[n](logsumexp[k](logp)) */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        gmm_likelihood_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent,
                                  likelihood_sum_n, likelihood_sum_blocks);
    } else {
        gmm_likelihood_sum_blocks(0, n_blocks, n_extent, likelihood_sum_n, likelihood_sum_blocks);
    }
    const double likelihood_sum = sy_tree_sum_blocks(likelihood_sum_blocks, (size_t)n_blocks);

    *likelihood = likelihood_sum;
}

int gmm(size_t n, size_t k, const double *x, const double *alpha, const double *mu, const double *q,
        const double *l, double *likelihood, double *member) {
    return gmm_call(n, k, x, alpha, mu, q, l, likelihood, member, NULL);
}

int gmm_call(size_t n, size_t k, const double *x, const double *alpha, const double *mu,
             const double *q, const double *l, double *likelihood, double *member,
             steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(k)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "k", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t k_extent = (int64_t)k;
    const int64_t x_count = sy_count(n_extent, 3);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t mu_count = sy_count(k_extent, 3);
    if (mu_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "mu", 0, 0.0, 0,
                       "it would have too many elements");
    }
    const int64_t l_count = sy_count(sy_count(k_extent, 3), 3);
    if (l_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "l", 0, 0.0, 0, "it would have too many elements");
    }
    const int64_t member_count = sy_count(n_extent, k_extent);
    if (member_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "member", 0, 0.0, 0,
                       "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (alpha == NULL && k_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "alpha", 0, 0.0, 0, NULL);
    }
    if (mu == NULL && mu_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "mu", 0, 0.0, 0, NULL);
    }
    if (q == NULL && mu_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "q", 0, 0.0, 0, NULL);
    }
    if (l == NULL && l_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "l", 0, 0.0, 0, NULL);
    }
    if (likelihood == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "likelihood", 0, 0.0, 0, NULL);
    }
    if (member == NULL && member_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "member", 0, 0.0, 0, NULL);
    }
    const size_t needed = gmm_workspace(n, k);
    if (needed == SIZE_MAX) {
        return sy_fail(call, STEELYARD_OVERFLOW, NULL, 0, 0.0, 0,
                       "the workspace would be too large");
    }
    unsigned char *given = call != NULL ? (unsigned char *)call->workspace : NULL;
    if (given != NULL && !sy_workspace_fits(given, call->workspace_size, needed)) {
        return sy_fail(call, STEELYARD_WORKSPACE, NULL, 0, 0.0, (int64_t)needed,
                       "bytes are needed, aligned to 64");
    }
    unsigned char *workspace =
        given != NULL ? given : (unsigned char *)sy_allocate(needed > 0 ? needed : 64);
    if (workspace == NULL) {
        return sy_fail(call, STEELYARD_MEMORY, NULL, 0, 0.0, (int64_t)needed,
                       "bytes of workspace could not be allocated");
    }
    gmm_compute(n_extent, k_extent, x, alpha, mu, q, l, likelihood, member, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t gmm_workspace(size_t n, size_t k) {
    if (!sy_size_fits(n) || !sy_size_fits(k)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    const int64_t k_extent = (int64_t)k;
    size_t bytes = sy_bytes(n_extent, sizeof(double));
    bytes = sy_add_bytes(bytes, sy_bytes(k_extent, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes(sy_count(n_extent, k_extent), sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((k_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((k_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
