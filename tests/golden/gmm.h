/* gmm: made from gmm.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Profile: fma (the same bits on every machine, fast on those that have it). */
#ifndef GMM_H
#define GMM_H

#include "steelyard_call.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The log-likelihood of a Gaussian mixture with full covariances, in f64.
 *
 * The inverse covariance of component k is L'L, with exp(q) on the diagonal of L and `l` below
 * it. What stands on or above the diagonal of `l` is never read, thanks to `where = j < i`.
 *
 * Arrays are row-major; outputs must not overlap anything else. Returns 0, or a status that
 * steelyard_status spells out; then no output has been touched.
 *   n (size): points
 *   k (size): components
 *   x[n, i] (in)
 *   alpha[k] (in, a parameter): logarithms of the shares, up to a constant
 *   mu[k, i] (in, a parameter): centres
 *   q[k, i] (in, a parameter)
 *   l[k, i, j] (in, a parameter)
 *   likelihood (out)
 *   member[n, k] (out) */
int gmm(size_t n, size_t k, const double *x, const double *alpha, const double *mu, const double *q,
        const double *l, double *likelihood, double *member);

/* The same with a caller's workspace and the detail of an error; call may be NULL. */
int gmm_call(size_t n, size_t k, const double *x, const double *alpha, const double *mu,
             const double *q, const double *l, double *likelihood, double *member,
             steelyard_call *call);

/* The bytes of workspace that gmm_call needs: 0 if none, SIZE_MAX if the sizes are too large. */
size_t gmm_workspace(size_t n, size_t k);

#ifdef __cplusplus
}
#endif

#endif
