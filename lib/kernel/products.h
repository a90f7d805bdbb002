/* products.h - the matrix products, over a matrix packed in panels. For simd.c alone; kernel.h says what each computes.
 *
 * Sums over k run in order for every output, so that a row's result does not depend on how many rows there are. */
#ifndef ATTN_KERNEL_PRODUCTS_H
#define ATTN_KERNEL_PRODUCTS_H

#include "kernel/kernel.h"
#include "kernel/vector.h"

static void pack(int64_t k, int64_t n, const float *b, int64_t ldb, float *packed)
{
    for (int64_t j = 0; j < n; j += PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        for (int64_t p = 0; p < k; p++, packed += PANEL) {
            const float *row = b + p * ldb + j;
            if (width == PANEL) {
                store(packed, load(row));
                store(packed + VL, load(row + VL));
            } else if (width > VL) {
                store(packed, load(row));
                store(packed + VL, load_part(row + VL, width - VL));
            } else {
                store(packed, width == VL ? load(row) : load_part(row, width));
                store(packed + VL, (vec){0});
            }
        }
    }
}

static void pack_transposed(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed)
{
    for (int64_t j = 0; j < n; j += PANEL, packed += k * PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        if (width < PANEL)
            memset(packed, 0, (size_t)(k * PANEL) * sizeof(float));
        for (int64_t p = 0; p < k; p++) {
            for (int64_t c = 0; c < width; c++)
                packed[p * PANEL + c] = w[(j + c) * ldw + p];
        }
    }
}

/* ---- panels in single and in half precision -------------------------------------------------------------- */

#if defined(__AVX512F__)
INLINE vec load_half(const uint16_t *p)
{
    return (vec)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}
#elif defined(__AVX2__)
INLINE vec load_half(const uint16_t *p)
{
    return (vec)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}
#else
/* A half's exponent and fraction, moved to a float's place, are the number times 2^-112. */
INLINE vec load_half(const uint16_t *p)
{
    ivec bits = {p[0], p[1], p[2], p[3]};
    vec size = (vec)((bits & 0x7FFF) << 13) * 0x1p112f;
    return (vec)((ivec)size | ((bits & 0x8000) << 16));
}
#endif

/* Vector `i` of a panel, floats or halves. */
INLINE vec load_panel(const int half, const void *panel, int64_t i)
{
    return half ? load_half((const uint16_t *)panel + i) : load((const float *)panel + i);
}

INLINE const void *skip(const int half, const void *panels, int64_t count)
{
    return half ? (const void *)((const uint16_t *)panels + count)
                : (const void *)((const float *)panels + count);
}

/* ---- tiles ----------------------------------------------------------------------------------------------- */

#define AHEAD_STEP (64 / VL) /* a line is asked for after so many numbers of k: some 50 or 100 cycles */

INLINE void look_ahead(attni_ahead *ahead)
{
    if (ahead->next >= ahead->end) {
        if (ahead->left == 0)
            return;
        ahead->next = (const char *)((uintptr_t)ahead->pieces->begin & ~(uintptr_t)63);
        ahead->end = (const char *)(ahead->pieces->begin + ahead->pieces->count);
        ahead->pieces++;
        ahead->left--;
    }
    __builtin_prefetch(ahead->next);
    ahead->next += 64;
}

/* c[rows, width] (+)= a times one panel, a[r, p] at a[r * row_stride + p * k_stride]. `rows`, `vectors` (of the panel's two
 * that hold columns), `half` and one of the strides are constants wherever this is called. */
INLINE void tile(const int rows, const int vectors, const int half, int64_t k, const float *a,
                 int64_t row_stride, int64_t k_stride, const void *panel, float *c, int64_t ldc,
                 int64_t width, int32_t accumulate, attni_ahead *ahead)
{
    vec low[MR], high[MR];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        low[r] = high[r] = (vec){0};
        if (accumulate) { /* c may be in a farther cache, and will have come when the sums are ready */
            __builtin_prefetch(c + r * ldc, 1);
            __builtin_prefetch(c + r * ldc + width - 1, 1);
        }
    }
    for (int64_t p = 0; p < k;) {
        int64_t stop = ahead && p + AHEAD_STEP < k ? p + AHEAD_STEP : k;
        if (ahead)
            look_ahead(ahead);
        for (; p < stop; p++, a += k_stride) {
            vec b0 = load_panel(half, panel, p * PANEL),
                b1 = vectors == 2 ? load_panel(half, panel, p * PANEL + VL) : b0;
#pragma GCC unroll 16
            for (int r = 0; r < rows; r++) {
                float x = a[r * row_stride];
                low[r] += x * b0;
                if (vectors == 2)
                    high[r] += x * b1;
            }
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++, c += ldc) {
        if (width == PANEL) {
            store(c, accumulate ? load(c) + low[r] : low[r]);
            store(c + VL, accumulate ? load(c + VL) + high[r] : high[r]);
        } else if (width > VL) {
            store(c, accumulate ? load(c) + low[r] : low[r]);
            store_part(c + VL, accumulate ? load_part(c + VL, width - VL) + high[r] : high[r], width - VL);
        } else if (width == VL) {
            store(c, accumulate ? load(c) + low[r] : low[r]);
        } else {
            store_part(c, accumulate ? load_part(c, width) + low[r] : low[r], width);
        }
    }
}

/* One row times four whole panels at once: a single panel would wait for its own sums. */
INLINE void row_times_four(const int half, int64_t k, const float *a, const void *panels, float *c,
                           int32_t accumulate)
{
    vec sums[8];
#pragma GCC unroll 8
    for (int s = 0; s < 8; s++)
        sums[s] = (vec){0};
    for (int64_t p = 0; p < k; p++) {
#pragma GCC unroll 8
        for (int s = 0; s < 8; s++)
            sums[s] += a[p] * load_panel(half, panels, (s / 2 * k + p) * PANEL + s % 2 * VL);
    }
#pragma GCC unroll 8
    for (int s = 0; s < 8; s++)
        store(c + s * VL, accumulate ? load(c + s * VL) + sums[s] : sums[s]);
}

/* One panel times all m rows of a, in tiles of the same height, or nearly: a low one has too few sums to wait for. */
INLINE void strip(const int vectors, const int half, int64_t m, int64_t k, const float *a, int64_t row_stride,
                  int64_t k_stride, const void *panel, float *c, int64_t ldc, int64_t width,
                  int32_t accumulate, attni_ahead *ahead)
{
    for (int64_t tiles = (m + MR - 1) / MR, rows; tiles > 0; tiles--, m -= rows) {
        rows = (m + tiles - 1) / tiles;
        switch (rows) {
#define TILE(rows)                                                                                           \
    case rows:                                                                                               \
        tile(rows, vectors, half, k, a, row_stride, k_stride, panel, c, ldc, width, accumulate, ahead);      \
        break;
            TILE(1)
            TILE(2)
            TILE(3)
            TILE(4)
#if MR > 4
            TILE(5)
            TILE(6)
#endif
#if MR > 6
            TILE(7)
            TILE(8)
            TILE(9)
            TILE(10)
            TILE(11)
            TILE(12)
#endif
        }
        a += rows * row_stride;
        c += rows * ldc;
    }
}

INLINE void product_of(const int half, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                       const void *packed, float *c, int64_t ldc, int32_t accumulate, attni_ahead *ahead)
{
    int64_t j = 0;
    if (m == 1) {
        for (; j + 4 * PANEL <= n; j += 4 * PANEL)
            row_times_four(half, k, a, skip(half, packed, j * k), c + j, accumulate);
    }
    for (; j < n; j += PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        const void *panel = skip(half, packed, j * k);
        if (width > VL)
            strip(2, half, m, k, a, lda, 1, panel, c + j, ldc, width, accumulate, ahead);
        else
            strip(1, half, m, k, a, lda, 1, panel, c + j, ldc, width, accumulate, ahead);
    }
}

static void product(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                    float *c, int64_t ldc, int32_t accumulate, attni_ahead *ahead)
{
    attni_ahead nothing = {0};
    product_of(0, m, n, k, a, lda, packed, c, ldc, accumulate, ahead ? ahead : &nothing);
}

static void product_half(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const uint16_t *packed,
                         float *c, int64_t ldc)
{
    product_of(1, m, n, k, a, lda, packed, c, ldc, 0, NULL);
}

static void product_over(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                         float *c, int64_t ldc)
{
    for (int64_t j = 0; j < n; j += PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        if (width > VL)
            strip(2, 0, m, k, a, 1, lda, packed + j * k, c + j, ldc, width, 1, NULL);
        else
            strip(1, 0, m, k, a, 1, lda, packed + j * k, c + j, ldc, width, 1, NULL);
    }
}

#endif
