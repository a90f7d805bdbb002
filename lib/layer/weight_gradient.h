/* weight_gradient.h - the product that sums over all rows: C += A^T B. */
#ifndef ATTN_LAYER_WEIGHT_GRADIENT_H
#define ATTN_LAYER_WEIGHT_GRADIENT_H

#include "core/context.h"

/* c[m, n] += a[rows, m]^T b[rows, n], on the context's threads, with a result that does not depend on their number.
 * Temporaries come from the arena and are given back. */
attn_status attni_weight_gradient(attn_context *context, attni_arena *arena, const char *function,
                                  int64_t rows, int64_t m, int64_t n, const float *a, const float *b,
                                  float *c);

#endif
