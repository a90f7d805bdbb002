/* products.h - the matrix products, over a matrix packed in panels. For simd.c alone; kernel.h says what each computes.
 *
 * Sums over k run in order for every output, so that a row's result does not depend on how many rows there are. */
#ifndef ATTN_KERNEL_PRODUCTS_H
#define ATTN_KERNEL_PRODUCTS_H

#include "kernel/lines.h"

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

#define LINE 16 /* floats in a line of the cache */

/* Numbers p to stop of some rows of w, which become columns. */
INLINE void pack_entries(int64_t p, int64_t stop, const float *w, int64_t ldw, int64_t rows, float *packed)
{
    for (int64_t c = 0; c < rows; c++) {
        for (int64_t q = p; q < stop; q++)
            packed[q * PANEL + c] = w[c * ldw + q];
    }
}

static void pack_transposed(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed)
{
    for (int64_t j = 0; j < n; j += PANEL, packed += k * PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        if (width < PANEL)
            memset(packed, 0, (size_t)(k * PANEL) * sizeof(float));
        int64_t whole = width & ~(int64_t)3;
        for (int64_t p = 0; p < k; p += LINE) { /* a line of w is read at once: the next may take its place */
            int64_t stop = k - p < LINE ? k : p + LINE, q;
            for (int64_t c = 0; c < whole; c += 4) {
                for (q = p; q + 4 <= stop; q += 4)
                    transpose(w + (j + c) * ldw + q, ldw, packed + q * PANEL + c, PANEL);
                pack_entries(q, stop, w + (j + c) * ldw, ldw, 4, packed + c);
            }
            pack_entries(p, stop, w + (j + whole) * ldw, ldw, width - whole, packed + whole);
        }
    }
}

/* A line of a panel in bfloat16 is VL words of 32 bits: word i has column i in its lower narrow and column VL + i in its upper
 * one, so that a shift and a mask widen them. */
static void pack_bfloat16(int64_t size, const float *packed, uint16_t *narrow)
{
    for (int64_t line = 0; line < size; line += PANEL) {
        for (int64_t i = 0; i < VL; i++) {
            uint32_t low = attni_to_bfloat16(packed[line + i]),
                     word = (uint32_t)attni_to_bfloat16(packed[line + VL + i]) << 16 | low;
            memcpy(narrow + line + 2 * i, &word, sizeof word);
        }
    }
}

/* Line p of a panel of floats, or of bfloat16 where `narrow` is 1: it is a constant. */
INLINE void load_line(const int narrow, const void *panel, int64_t p, vec *low, vec *high)
{
    if (narrow) {
        ivec words = (ivec)load((const float *)panel + p * VL);
        *low = (vec)(words << 16);
        *high = (vec)(words & (int32_t)0xFFFF0000);
    } else {
        *low = load((const float *)panel + p * PANEL);
        *high = load((const float *)panel + p * PANEL + VL);
    }
}

/* The panel that begins at column j. */
INLINE const void *panel_at(const int narrow, const void *packed, int64_t j, int64_t k)
{
    return (const char *)packed + j * k * (int64_t)(narrow ? sizeof(uint16_t) : sizeof(float));
}

/* ---- tiles ----------------------------------------------------------------------------------------------- */

#define AHEAD_STEP (64 / VL) /* a line is asked for after so many numbers of k: some 50 or 100 cycles */

/* c[rows, width] (+)= a times one panel, a[r, p] at a[r * row_stride + p * k_stride]. `rows`, `halves` (of the panel's four half
 * vectors that hold columns: 1, 2 or 4), `narrow` and one of the strides are constants wherever this is called. */
INLINE void tile(const int rows, const int halves, const int narrow, int64_t k, const float *a,
                 int64_t row_stride, int64_t k_stride, const void *panel, float *c, int64_t ldc,
                 int64_t width, int32_t accumulate, attni_ahead *ahead)
{
    vec low[MR], high[MR];
    hvec half[MR];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        low[r] = high[r] = (vec){0};
        half[r] = (hvec){0};
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
            vec b0, b1;
            hvec b_half = halves == 1 ? load_half((const float *)panel + p * PANEL) : (hvec){0};
            if (halves > 1)
                load_line(narrow, panel, p, &b0, &b1);
#pragma GCC unroll 16
            for (int r = 0; r < rows; r++) {
                float x = a[r * row_stride];
                if (halves == 1)
                    half[r] = madd_half(x - (hvec){0}, b_half, half[r]);
                if (halves > 1)
                    low[r] = madd(all(x), b0, low[r]);
                if (halves > 2)
                    high[r] = madd(all(x), b1, high[r]);
            }
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++, c += ldc)
        store_line(c, width, accumulate, halves == 1 ? widen(half[r]) : low[r], high[r]);
}

/* One row times ROW_PANELS panels, or fewer: `panels` is a constant. */
INLINE void row_times(const int narrow, const int panels, int64_t k, const float *a, const void *packed,
                      float *c, int64_t width, int32_t accumulate)
{
    vec low[ROW_PANELS], high[ROW_PANELS];
#pragma GCC unroll 4
    for (int s = 0; s < panels; s++)
        low[s] = high[s] = (vec){0};
    for (int64_t p = 0; p < k; p++) {
#pragma GCC unroll 4
        for (int s = 0; s < panels; s++) {
            vec b0, b1;
            load_line(narrow, packed, s * k + p, &b0, &b1);
            low[s] = madd(all(a[p]), b0, low[s]);
            high[s] = madd(all(a[p]), b1, high[s]);
        }
    }
#pragma GCC unroll 4
    for (int s = 0; s < panels; s++)
        store_line(c + s * PANEL, width - s * PANEL, accumulate, low[s], high[s]);
}

INLINE void row_product(const int narrow, int64_t n, int64_t k, const float *a, const void *packed, float *c,
                        int32_t accumulate)
{
    for (int64_t j = 0; j < n; j += ROW_PANELS * PANEL) {
        const void *panels = panel_at(narrow, packed, j, k);
        int64_t width = n - j;
        if (width > 3 * PANEL)
            row_times(narrow, 4, k, a, panels, c + j, width, accumulate);
        else if (width > 2 * PANEL)
            row_times(narrow, 3, k, a, panels, c + j, width, accumulate);
        else if (width > PANEL)
            row_times(narrow, 2, k, a, panels, c + j, width, accumulate);
        else
            row_times(narrow, 1, k, a, panels, c + j, width, accumulate);
    }
}

/* One panel times all m rows of a, in tiles of the same height, or nearly: a low one has too few sums to wait for. */
INLINE void strip_of(const int halves, const int narrow, int64_t m, int64_t k, const float *a,
                     int64_t row_stride, int64_t k_stride, const void *panel, float *c, int64_t ldc,
                     int64_t width, int32_t accumulate, attni_ahead *ahead)
{
    for (int64_t tiles = (m + MR - 1) / MR, rows; tiles > 0; tiles--, m -= rows) {
        rows = (m + tiles - 1) / tiles;
        switch (rows) {
#define TILE(rows)                                                                                           \
    case rows:                                                                                               \
        tile(rows, halves, narrow, k, a, row_stride, k_stride, panel, c, ldc, width, accumulate, ahead);     \
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

INLINE void strip(const int narrow, int64_t m, int64_t k, const float *a, int64_t row_stride,
                  int64_t k_stride, const void *panel, float *c, int64_t ldc, int64_t width,
                  int32_t accumulate, attni_ahead *ahead)
{
    if (width > VL)
        strip_of(4, narrow, m, k, a, row_stride, k_stride, panel, c, ldc, width, accumulate, ahead);
    else if (narrow || width > VL / 2)
        strip_of(2, narrow, m, k, a, row_stride, k_stride, panel, c, ldc, width, accumulate, ahead);
    else
        strip_of(1, narrow, m, k, a, row_stride, k_stride, panel, c, ldc, width, accumulate, ahead);
}

INLINE void product_of(const int narrow, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                       const void *packed, float *c, int64_t ldc, int32_t accumulate, attni_ahead *ahead)
{
    if (m == 1) {
        row_product(narrow, n, k, a, packed, c, accumulate);
        return;
    }
    for (int64_t j = 0; j < n; j += PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        const void *panel = panel_at(narrow, packed, j, k);
        strip(narrow, m, k, a, lda, 1, panel, c + j, ldc, width, accumulate, ahead);
    }
}

static void product(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                    float *c, int64_t ldc, int32_t accumulate, attni_ahead *ahead)
{
    attni_ahead nothing = {0};
    product_of(0, m, n, k, a, lda, packed, c, ldc, accumulate, ahead ? ahead : &nothing);
}

static void product_bfloat16(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                             const uint16_t *narrow, float *c, int64_t ldc)
{
    product_of(1, m, n, k, a, lda, narrow, c, ldc, 0, NULL);
}

static void product_over(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                         float *c, int64_t ldc)
{
    for (int64_t j = 0; j < n; j += PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        strip(0, m, k, a, 1, lda, packed + j * k, c + j, ldc, width, 1, NULL);
    }
}

#endif
