/* weight_gradient.h - the product that sums over all tokens: C += A^T B. */
#ifndef ATTN_LAYER_WEIGHT_GRADIENT_H
#define ATTN_LAYER_WEIGHT_GRADIENT_H

#include "core/context.h"

/* c[m, n] += a[tokens, m]^T b[tokens, n], with leading dimensions lda and ldb; on the context's threads, with a result that
 * does not depend on their number. Temporaries come from the arena and are given back. */
attn_status attni_weight_gradient(attn_context *context, attni_arena *arena, const char *function,
                                  int64_t tokens, int64_t m, int64_t n, const float *a, int64_t lda,
                                  const float *b, int64_t ldb, float *c);

#endif
