/* bfloat16.h - the products of rounded factors that bfloat16.c is compiled to; kernel.h says what they compute. */
#ifndef ATTN_KERNEL_BFLOAT16_H
#define ATTN_KERNEL_BFLOAT16_H

#include "kernel/kernel.h"

void attni_pack_avx512bf16(int64_t k, int64_t n, const float *b, int64_t ldb, float *packed);
void attni_pack_transposed_avx512bf16(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed);
void attni_product_avx512bf16(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                              const float *packed, float *c, int64_t ldc, int32_t accumulate,
                              attni_ahead *ahead);
void attni_product_over_avx512bf16(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                                   const float *packed, float *c, int64_t ldc);

#endif
