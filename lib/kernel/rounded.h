/* rounded.h - the products of factors that are rounded to bfloat16, by the products of floats: for simd.c and reference.c alone,
 * which have pack, pack_transposed, product, product_over and PANEL. Their numbers are those of bfloat16.c but for the sums' rounding:
 * the product of two numbers of 8 bits is exact in float32.
 *
 * B is rounded when it is packed, as floats; A block by block. */
#ifndef ATTN_KERNEL_ROUNDED_H
#define ATTN_KERNEL_ROUNDED_H

#include "kernel/kernel.h"

#define ROUNDED_ROWS 12
#define ROUNDED_PIECE 512 /* numbers of k at a time */

static void round_numbers(int64_t n, const float *x, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = attni_from_bfloat16(attni_to_bfloat16(x[i]));
}

static void pack_rounded(int64_t k, int64_t n, const float *b, int64_t ldb, float *packed)
{
    pack(k, n, b, ldb, packed);
    round_numbers((n + PANEL - 1) / PANEL * PANEL * k, packed, packed);
}

static void pack_transposed_rounded(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed)
{
    pack_transposed(k, n, w, ldw, packed);
    round_numbers((n + PANEL - 1) / PANEL * PANEL * k, packed, packed);
}

static void product_rounded(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                            float *c, int64_t ldc, int32_t accumulate, attni_ahead *ahead)
{
    float rounded[ROUNDED_ROWS * ROUNDED_PIECE];
    for (int64_t i = 0; i < m; i += ROUNDED_ROWS) {
        const int64_t rows = m - i < ROUNDED_ROWS ? m - i : ROUNDED_ROWS;
        int64_t p = 0;
        do { /* once for no k, whose sums are 0 */
            const int64_t count = k - p < ROUNDED_PIECE ? k - p : ROUNDED_PIECE;
            for (int64_t r = 0; r < rows; r++)
                round_numbers(count, a + (i + r) * lda + p, rounded + r * ROUNDED_PIECE);
            for (int64_t j = 0; j < n; j += PANEL)
                product(rows, n - j < PANEL ? n - j : PANEL, count, rounded, ROUNDED_PIECE,
                        packed + j * k + p * PANEL, c + i * ldc + j, ldc, accumulate || p > 0, ahead);
            p += ROUNDED_PIECE;
        } while (p < k);
    }
}

static void product_over_rounded(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                                 const float *packed, float *c, int64_t ldc)
{
    float rounded[ROUNDED_ROWS * ROUNDED_PIECE];
    for (int64_t i = 0; i < m; i += ROUNDED_ROWS) {
        const int64_t columns = m - i < ROUNDED_ROWS ? m - i : ROUNDED_ROWS;
        for (int64_t p = 0; p < k; p += ROUNDED_PIECE) {
            const int64_t count = k - p < ROUNDED_PIECE ? k - p : ROUNDED_PIECE;
            for (int64_t q = 0; q < count; q++)
                round_numbers(columns, a + (p + q) * lda + i, rounded + q * ROUNDED_ROWS);
            for (int64_t j = 0; j < n; j += PANEL)
                product_over(columns, n - j < PANEL ? n - j : PANEL, count, rounded, ROUNDED_ROWS,
                             packed + j * k + p * PANEL, c + i * ldc + j, ldc);
        }
    }
}

/* What a table says of them. */
#define ROUNDED_PRODUCTS                                                                                     \
    {                                                                                                        \
        0, pack_rounded, pack_transposed_rounded, product_rounded, product_over_rounded                      \
    }

#endif
