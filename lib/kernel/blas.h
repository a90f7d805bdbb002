/* blas.h - large products by cblas, through OpenBLAS, where it can be had without harm to the host. */
#ifndef ATTN_KERNEL_BLAS_H
#define ATTN_KERNEL_BLAS_H

#include <stdint.h>

/* c[m, n] = a[m, k] b[k, n], or += with accumulate != 0; entry (i, j) of a and of b is values[i * row + j * column], and one of the
 * two is 1. Gives 1, or 0 where there is no BLAS, or no room for it: then nothing was done. */
int32_t attni_blas_product(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, int64_t a_column,
                           const float *b, int64_t b_row, int64_t b_column, int32_t accumulate, float *c);

#endif
