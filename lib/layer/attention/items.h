/* items.h - the three products between a few or many queries and the items of one row, all in one thread.
 *
 *     X[I,D]: queries, or gradients of as many contexts     H[J,D]: items     A[I,J]: scores or weights, rows `lda` apart */
#ifndef ATTN_LAYER_ATTENTION_ITEMS_H
#define ATTN_LAYER_ATTENTION_ITEMS_H

#include "kernel/kernel.h"

/* Floats of `room`, which all three need. */
int64_t attni_items_room(const attni_kernels *kernels, int64_t d);

/* A = X H^T */
void attni_items_scores(const attni_kernels *kernels, int64_t queries, int64_t items, int64_t d,
                        const float *x, const float *h, float *room, float *a, int64_t lda);

/* X = A H */
void attni_items_mix(const attni_kernels *kernels, int64_t queries, int64_t items, int64_t d, const float *a,
                     int64_t lda, const float *h, float *room, float *x);

/* H += A^T X; it is also a weight's gradient, where the sum is over X's rows. */
void attni_items_spread(const attni_kernels *kernels, int64_t queries, int64_t items, int64_t d,
                        const float *a, int64_t lda, const float *x, float *room, float *h);

#endif
