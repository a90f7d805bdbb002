/* int8.h - what int8.c is compiled to, once for each instruction set; kernel.h says what it computes. */
#ifndef ATTN_KERNEL_INT8_H
#define ATTN_KERNEL_INT8_H

#include "kernel/kernel.h"

#define ATTNI_INT8(variant)                                                                                  \
    void attni_pack_int8_##variant(int64_t k, int64_t n, const float *w, int64_t ldw, uint8_t *packed);      \
    void attni_product_int8_##variant(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,          \
                                      const uint8_t *packed, float *c, int64_t ldc, attni_ahead *ahead)
ATTNI_INT8(baseline);
ATTNI_INT8(avx2);
ATTNI_INT8(avx512);
ATTNI_INT8(avx512vnni);

/* One number of a row whose numbers are at most `most`, which is finite. Where the thread rounds upward, `most` would become 128, of
 * which a byte makes -128. */
static inline float attni_int8_unit(float most)
{
    const float unit = most > 0x1p-120f ? 127.0f / most : 0.0f;
    return __builtin_rintf(unit * most) > 127.0f ? unit * 0x1.FFFFEp-1f : unit;
}

#endif
