/* survival: made from survival.sy by steelyard 0.1.0; change that file, not this one.
 *
 * Compile with -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off, the -march of the
 * machine, and -fopenmp for threads. */
#ifndef _OPENMP
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#include "survival.h"

#include "steelyard.h"
#include <math.h>
#include <stdint.h>

/* survival.sy:17: let risk[n] = sum[f](x * beta)
 * survival.sy:21: output concordance = mean[n, m]( ... */
static void survival_risk(int64_t share_from, int64_t share_to, int64_t n_extent, int64_t f_extent,
                          const float *restrict x, const float *restrict time,
                          const unsigned char *restrict event, const float *restrict beta,
                          float *restrict risk, int64_t *restrict concordance_sum_n) {
    for (int64_t n = share_from; n < share_to; ++n) {
        double risk_total = 0.0;
        for (int64_t f_first = 0; f_first < f_extent; f_first += 256) {
            const int64_t f_end = sy_min_i64(f_first + 256, f_extent);
            float risk_2[32] = {0};
            const int64_t f_whole = f_end - f_end % 32;
            for (int64_t f_row = f_first; f_row < f_whole; f_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t f = f_row + lane;
                    risk_2[lane] = SY_FMA_F32(x[n * f_extent + f], beta[f], risk_2[lane]);
                }
            }
            for (int64_t f = f_whole; f < f_end; ++f) {
                risk_2[0] = SY_FMA_F32(x[n * f_extent + f], beta[f], risk_2[0]);
            }
            risk_total += (double)(f_whole > f_first ? sy_tree_sum_f32(risk_2) : risk_2[0]);
        }
        const float risk_2 = (float)risk_total;
        risk[n] = risk_2;
        int64_t concordance_sum_total = 0;
        for (int64_t m_first = 0; m_first < n_extent; m_first += 256) {
            const int64_t m_end = sy_min_i64(m_first + 256, n_extent);
            int32_t concordance_sum[32] = {0};
            const int64_t m_whole = m_end - m_end % 32;
            for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_row + lane;
                    concordance_sum[lane] += event[n] && time[n] < time[m] ? 1 : 0;
                }
            }
            for (int64_t m = m_whole; m < m_end; ++m) {
                concordance_sum[0] += event[n] && time[n] < time[m] ? 1 : 0;
            }
            concordance_sum_total += (int64_t)(m_whole > m_first ? sy_tree_sum_i32(concordance_sum)
                                                                 : concordance_sum[0]);
        }
        concordance_sum_n[n] = concordance_sum_total;
    }
}

/* survival.sy:20: loss L = -sum[n](risk - logsumexp[m](other, where = time[n = m] >= time),
 * weight = w, where = event) */
static void survival_L_sum_n(int64_t share_from, int64_t share_to, int64_t n_extent,
                             const float *restrict time, const float *restrict w,
                             float *restrict risk, float *restrict L_sum_n) {
    for (int64_t n = share_from; n < share_to; ++n) {
        float L_max[32];
        for (int64_t lane = 0; lane < 32; ++lane) {
            L_max[lane] = -INFINITY;
        }
        const int64_t m_whole = n_extent - n_extent % 32;
        for (int64_t m_row = 0; m_row < m_whole; m_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_row + lane;
                const float risk_here = risk[m];
                L_max[lane] = sy_max_f32(L_max[lane], time[n] <= time[m] ? risk_here : -INFINITY);
            }
        }
        for (int64_t m = m_whole; m < n_extent; ++m) {
            L_max[0] = sy_max_f32(L_max[0], time[n] <= time[m] ? risk[m] : -INFINITY);
        }
        const float L_max_value = m_whole > 0 ? sy_tree_max_f32(L_max) : L_max[0];
        double L_sum_total = 0.0;
        for (int64_t m_first = 0; m_first < n_extent; m_first += 256) {
            const int64_t m_end = sy_min_i64(m_first + 256, n_extent);
            float L_sum[32] = {0};
            const int64_t m_whole_2 = m_end - m_end % 32;
            for (int64_t m_row = m_first; m_row < m_whole_2; m_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t m = m_row + lane;
                    const float risk_here = risk[m];
                    L_sum[lane] += time[n] <= time[m] ? sy_exp_f32(risk_here - L_max_value) : 0.0f;
                }
            }
            for (int64_t m = m_whole_2; m < m_end; ++m) {
                L_sum[0] += time[n] <= time[m] ? sy_exp_f32(risk[m] - L_max_value) : 0.0f;
            }
            L_sum_total += (double)(m_whole_2 > m_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
        }
        const float L_sum = (float)L_sum_total;
        L_sum_n[n] =
            w[n] *
            (risk[n] -
             (sy_isfinite_f32(L_max_value) ? L_max_value + sy_log_f32(L_sum) : L_max_value));
    }
}

/* survival.sy:20: loss L = -sum[n](risk - logsumexp[m](other, where = time[n = m] >= time),
 * weight = w, where = event)
 * survival.sy:21: output concordance = mean[n, m]( ... */
static void survival_L_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                  const unsigned char *restrict event, float *restrict L_sum_n,
                                  int64_t *restrict concordance_sum_n,
                                  double *restrict L_sum_blocks,
                                  int64_t *restrict concordance_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t n_first = block * 4096;
        const int64_t n_end = sy_min_i64(n_first + 4096, n_extent);
        float L_sum[32] = {0};
        int64_t concordance_sum[32] = {0};
        const int64_t n_whole = n_end - n_end % 32;
        for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t n = n_row + lane;
                L_sum[lane] += event[n] ? L_sum_n[n] : 0.0f;
                concordance_sum[lane] = sy_add_i64(concordance_sum[lane], concordance_sum_n[n]);
            }
        }
        for (int64_t n = n_whole; n < n_end; ++n) {
            L_sum[0] += event[n] ? L_sum_n[n] : 0.0f;
            concordance_sum[0] = sy_add_i64(concordance_sum[0], concordance_sum_n[n]);
        }
        L_sum_blocks[block] = (double)(n_whole > n_first ? sy_tree_sum_f32(L_sum) : L_sum[0]);
        concordance_sum_blocks[block] = n_whole > n_first ? sy_tree_sum_i64(concordance_sum)
                                                          : concordance_sum[0];
    }
}

/* survival.sy:21: output concordance = mean[n, m]( ... */
static void survival_concordance_sum_m(int64_t share_from, int64_t share_to, int64_t n_extent,
                                       const float *restrict time,
                                       const unsigned char *restrict event, float *restrict risk,
                                       float *restrict concordance_sum_m) {
    for (int64_t m = share_from; m < share_to; ++m) {
        double concordance_sum_total = 0.0;
        for (int64_t n_first = 0; n_first < n_extent; n_first += 256) {
            const int64_t n_end = sy_min_i64(n_first + 256, n_extent);
            double concordance_sum[32] = {0};
            const int64_t n_whole = n_end - n_end % 32;
            for (int64_t n_row = n_first; n_row < n_whole; n_row += 32) {
#pragma omp simd
                for (int64_t lane = 0; lane < 32; ++lane) {
                    const int64_t n = n_row + lane;
                    concordance_sum[lane] +=
                        (double)(event[n] && time[n] < time[m]
                                     ? (risk[m] < risk[n] ? 1.0f
                                                          : (risk[n] == risk[m] ? 0.5f : 0.0f))
                                     : 0.0f);
                }
            }
            for (int64_t n = n_whole; n < n_end; ++n) {
                concordance_sum[0] +=
                    (double)(event[n] && time[n] < time[m]
                                 ? (risk[m] < risk[n] ? 1.0f : (risk[n] == risk[m] ? 0.5f : 0.0f))
                                 : 0.0f);
            }
            concordance_sum_total += n_whole > n_first ? sy_tree_sum_f64(concordance_sum)
                                                       : concordance_sum[0];
        }
        const float concordance_sum = (float)concordance_sum_total;
        concordance_sum_m[m] = concordance_sum;
    }
}

/* survival.sy:21: output concordance = mean[n, m]( ... */
static void survival_concordance_sum_blocks(int64_t share_from, int64_t share_to, int64_t n_extent,
                                            float *restrict concordance_sum_m,
                                            double *restrict concordance_sum_blocks) {
    for (int64_t block = share_from; block < share_to; ++block) {
        const int64_t m_first = block * 4096;
        const int64_t m_end = sy_min_i64(m_first + 4096, n_extent);
        double concordance_sum[32] = {0};
        const int64_t m_whole = m_end - m_end % 32;
        for (int64_t m_row = m_first; m_row < m_whole; m_row += 32) {
#pragma omp simd
            for (int64_t lane = 0; lane < 32; ++lane) {
                const int64_t m = m_row + lane;
                concordance_sum[lane] += (double)concordance_sum_m[m];
            }
        }
        for (int64_t m = m_whole; m < m_end; ++m) {
            concordance_sum[0] += (double)concordance_sum_m[m];
        }
        concordance_sum_blocks[block] = m_whole > m_first ? sy_tree_sum_f64(concordance_sum)
                                                          : concordance_sum[0];
    }
}

static void survival_compute(int64_t n_extent, int64_t f_extent, const float *restrict x,
                             const float *restrict time, const unsigned char *restrict event,
                             const float *restrict w, const float *restrict beta, float *restrict L,
                             float *restrict concordance, unsigned char *workspace) {
    float *restrict risk = (float *)(void *)workspace;
    const size_t after_risk = sy_bytes(n_extent, sizeof(float));
    float *restrict L_sum_n = (float *)(void *)&workspace[after_risk];
    const size_t after_L_sum_n = after_risk + sy_bytes(n_extent, sizeof(float));
    int64_t *restrict concordance_sum_n = (int64_t *)(void *)&workspace[after_L_sum_n];
    const size_t after_concordance_sum_n = after_L_sum_n + sy_bytes(n_extent, sizeof(int64_t));
    float *restrict concordance_sum_m = (float *)(void *)&workspace[after_concordance_sum_n];
    const size_t after_concordance_sum_m =
        after_concordance_sum_n + sy_bytes(n_extent, sizeof(float));
    double *restrict L_sum_blocks = (double *)(void *)&workspace[after_concordance_sum_m];
    const size_t after_L_sum_blocks =
        after_concordance_sum_m + sy_bytes((n_extent + 4095) / 4096, sizeof(double));
    int64_t *restrict concordance_sum_blocks = (int64_t *)(void *)&workspace[after_L_sum_blocks];
    const size_t after_concordance_sum_blocks =
        after_L_sum_blocks + sy_bytes((n_extent + 4095) / 4096, sizeof(int64_t));
    double *restrict concordance_sum_blocks_2 =
        (double *)(void *)&workspace[after_concordance_sum_blocks];
    /* survival.sy:17: let risk[n] = sum[f](x * beta)
     * survival.sy:21: output concordance = mean[n, m]( ... */
    if ((double)n_extent * (double)f_extent > 20000.0) {
#pragma omp parallel
        survival_risk(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), n_extent, f_extent, x,
                      time, event, beta, risk, concordance_sum_n);
    } else {
        survival_risk(0, n_extent, n_extent, f_extent, x, time, event, beta, risk,
                      concordance_sum_n);
    }

    /* survival.sy:20: loss L = -sum[n](risk - logsumexp[m](other, where = time[n = m] >= time),
     * weight = w, where = event) */
    if ((double)n_extent * (double)n_extent > 20000.0) {
#pragma omp parallel
        survival_L_sum_n(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), n_extent, time, w,
                         risk, L_sum_n);
    } else {
        survival_L_sum_n(0, n_extent, n_extent, time, w, risk, L_sum_n);
    }

    /* survival.sy:20: loss L = -sum[n](risk - logsumexp[m](other, where = time[n = m] >= time),
     * weight = w, where = event)
     * survival.sy:21: output concordance = mean[n, m]( ... */
    const int64_t n_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        survival_L_sum_blocks(sy_share_from(n_blocks, 1), sy_share_to(n_blocks, 1), n_extent, event,
                              L_sum_n, concordance_sum_n, L_sum_blocks, concordance_sum_blocks);
    } else {
        survival_L_sum_blocks(0, n_blocks, n_extent, event, L_sum_n, concordance_sum_n,
                              L_sum_blocks, concordance_sum_blocks);
    }
    const double L_sum = sy_tree_sum_blocks(L_sum_blocks, (size_t)n_blocks);
    int64_t concordance_sum_all = 0;
    for (int64_t block = 0; block < n_blocks; ++block) {
        concordance_sum_all = sy_add_i64(concordance_sum_all, concordance_sum_blocks[block]);
    }

    /* survival.sy:20: loss L = -sum[n](risk - logsumexp[m](other, where = time[n = m] >= time),
     * weight = w, where = event) */
    *L = (float)-L_sum;

    /* survival.sy:21: output concordance = mean[n, m]( ... */
    if ((double)n_extent * (double)n_extent > 20000.0) {
#pragma omp parallel
        survival_concordance_sum_m(sy_share_from(n_extent, 1), sy_share_to(n_extent, 1), n_extent,
                                   time, event, risk, concordance_sum_m);
    } else {
        survival_concordance_sum_m(0, n_extent, n_extent, time, event, risk, concordance_sum_m);
    }

    const int64_t m_blocks = (n_extent + 4095) / 4096;
    if (n_extent > 20000) {
#pragma omp parallel
        survival_concordance_sum_blocks(sy_share_from(m_blocks, 1), sy_share_to(m_blocks, 1),
                                        n_extent, concordance_sum_m, concordance_sum_blocks_2);
    } else {
        survival_concordance_sum_blocks(0, m_blocks, n_extent, concordance_sum_m,
                                        concordance_sum_blocks_2);
    }
    const double concordance_sum = sy_tree_sum_blocks(concordance_sum_blocks_2, (size_t)m_blocks);

    *concordance =
        (float)(concordance_sum_all == 0 ? 0.5 : concordance_sum / (double)concordance_sum_all);
}

int survival(size_t n, size_t f, const float *x, const float *time, const unsigned char *event,
             const float *w, const float *beta, float *L, float *concordance) {
    return survival_call(n, f, x, time, event, w, beta, L, concordance, NULL);
}

int survival_call(size_t n, size_t f, const float *x, const float *time, const unsigned char *event,
                  const float *w, const float *beta, float *L, float *concordance,
                  steelyard_call *call) {
    if (!sy_size_fits(n)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "n", 0, 0.0, 0, "this size is too large");
    }
    if (!sy_size_fits(f)) {
        return sy_fail(call, STEELYARD_OVERFLOW, "f", 0, 0.0, 0, "this size is too large");
    }
    const int64_t n_extent = (int64_t)n;
    const int64_t f_extent = (int64_t)f;
    const int64_t x_count = sy_count(n_extent, f_extent);
    if (x_count < 0) {
        return sy_fail(call, STEELYARD_OVERFLOW, "x", 0, 0.0, 0, "it would have too many elements");
    }
    if (x == NULL && x_count > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "x", 0, 0.0, 0, NULL);
    }
    if (time == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "time", 0, 0.0, 0, NULL);
    }
    if (event == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "event", 0, 0.0, 0, NULL);
    }
    if (w == NULL && n_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "w", 0, 0.0, 0, NULL);
    }
    if (beta == NULL && f_extent > 0) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "beta", 0, 0.0, 0, NULL);
    }
    if (L == NULL) return sy_fail(call, STEELYARD_NULL_POINTER, "L", 0, 0.0, 0, NULL);
    if (concordance == NULL) {
        return sy_fail(call, STEELYARD_NULL_POINTER, "concordance", 0, 0.0, 0, NULL);
    }
    const size_t bad_event = sy_check_mask(event, (size_t)n_extent);
    if (bad_event != SIZE_MAX) {
        return sy_fail(call, STEELYARD_MASK, "event", bad_event, 0.0, (int64_t)event[bad_event],
                       NULL);
    }
    const size_t bad_w = sy_check_weight_f32(w, (size_t)n_extent);
    if (bad_w != SIZE_MAX) {
        return sy_fail(call, STEELYARD_WEIGHT, "w", bad_w, (double)w[bad_w], 0, NULL);
    }
    const size_t needed = survival_workspace(n, f);
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
    survival_compute(n_extent, f_extent, x, time, event, w, beta, L, concordance, workspace);
    if (given == NULL) sy_release(workspace);
    return STEELYARD_OK;
}

size_t survival_workspace(size_t n, size_t f) {
    if (!sy_size_fits(n) || !sy_size_fits(f)) return SIZE_MAX;
    const int64_t n_extent = (int64_t)n;
    size_t bytes = sy_bytes(n_extent, sizeof(float));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes(n_extent, sizeof(float)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(int64_t)));
    bytes = sy_add_bytes(bytes, sy_bytes((n_extent + 4095) / 4096, sizeof(double)));
    return bytes;
}
