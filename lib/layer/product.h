/* product.h - products of any shape, in which no operand is used twice. */
#ifndef ATTN_LAYER_PRODUCT_H
#define ATTN_LAYER_PRODUCT_H

#include "core/context.h"

/* A matrix where it stands, or its transpose: entry (i, j) is values[i * row + j * column], and one of the two is 1. */
typedef struct attni_matrix {
    const float *values;
    int64_t row, column;
} attni_matrix;

/* Floats that a product of these sizes needs room for. */
int64_t attni_product_room(const attn_context *context, int64_t m, int64_t n, int64_t k);

/* c[m, n] = a[m, k] b[k, n], or += with accumulate != 0, on the context's threads. Sums run over k in order: a row's bits depend
 * neither on the number of threads nor on m, but for products of 2^30 multiplications and more, which may be BLAS's unless the
 * context rounds factors. `room` is aligned to 64
 * bytes. Errors: INTERRUPTED. */
ATTN_CHECKED attn_status attni_product(attn_context *context, int64_t m, int64_t n, int64_t k, attni_matrix a,
                                       attni_matrix b, int32_t accumulate, float *room, float *c);

#endif
