/* A dense layer with OpenBLAS: the matrix product, then bias and relu in one pass, as one writes it
 * by hand. */
#include <cblas.h>
#include <stdint.h>

void blas_dense(int64_t times, int n, int f, int o, const float *x, const float *w,
                const float *bias, float *y) {
    for (int64_t time = 0; time < times; time++) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, o, f, 1, x, f, w, o, 0, y, o);
#pragma omp parallel for schedule(static) if ((int64_t)n * o > 100000)
        for (int i = 0; i < n; i++) {
            float *restrict row = y + (int64_t)i * o;
            for (int j = 0; j < o; j++) {
                const float value = row[j] + bias[j];
                row[j] = value > 0 ? value : 0;
            }
        }
    }
}
