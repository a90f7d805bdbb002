/* bfloat16.c - the products of rounded factors where the processor multiplies bfloat16 (AVX512_BF16); kernel.h has the equation,
 * rounded.h the same for every other processor.
 *
 * Two numbers of k lie together in a lane of 32 bits, the first one below: a pair. vdpbf16ps adds the two products of two pairs
 * to each of 16 sums, so a vector does twice what FMA does. B is packed as pairs, a panel's columns side by side; where k is odd the
 * last pair has a 0. A is rounded as a block of it is multiplied:
 *
 *     product         MR rows of A, in which pairs stand as they are to be
 *     product_over    OVER_COLUMNS columns of A, pairs made of two of its rows
 *
 * The instruction takes numbers below 2^-126 as 0, and makes 0 of such sums; it rounds to nearest, whatever the thread's mode. */
#include "kernel/bfloat16.h"
#include "kernel/lines.h"

typedef int32_t pair;

#define PIECE 1024      /* numbers of k at a time of rows */
#define OVER_PIECE 256  /* and of columns: their pairs stay in the first-level cache */
#define OVER_COLUMNS 48 /* three lines of a row of A, in four tiles */

/* ---- rounding -------------------------------------------------------------------------------------------- */

/* The first n numbers, or all VL. */
INLINE vec load_some(const float *p, int64_t n)
{
    return n >= VL ? load(p) : n > 0 ? load_part(p, n) : (vec){0};
}

/* The numbers of `first`, rounded, and then those of `second`. */
INLINE vec round_both(vec first, vec second)
{
    return (vec)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
}

/* A pair of each lane of both. */
INLINE vec round_pairs(vec first, vec second)
{
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23,
                                           7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return (vec)_mm512_permutexvar_epi16(order, (__m512i)round_both(first, second));
}

/* ---- B --------------------------------------------------------------------------------------------------- */

static int64_t pairs_of(int64_t k)
{
    return (k + 1) / 2;
}

void attni_pack_avx512bf16(int64_t k, int64_t n, const float *b, int64_t ldb, float *packed)
{
    for (int64_t j = 0; j < n; j += PANEL) {
        const int64_t width = n - j;
        for (int64_t p = 0; p < k; p += 2, packed += PANEL) {
            const float *row = b + p * ldb + j, *next = row + ldb;
            const int64_t there = p + 1 < k ? width : 0;
            store(packed, round_pairs(load_some(row, width), load_some(next, there)));
            store(packed + VL,
                  round_pairs(load_some(row + VL, width - VL), load_some(next + VL, there - VL)));
        }
    }
}

#define LANES 16 /* pairs of a row of W that are turned at a time */

void attni_pack_transposed_avx512bf16(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed)
{
    for (int64_t j = 0; j < n; j += PANEL, packed += pairs_of(k) * PANEL) {
        const int64_t width = n - j < PANEL ? n - j : PANEL;
        float rows[PANEL * LANES] = {0};
        for (int64_t p = 0; p < k; p += 2 * LANES) {
            const int64_t count = pairs_of(k - p) < LANES ? pairs_of(k - p) : LANES,
                          whole = count & ~(int64_t)3;
            float *to = packed + p / 2 * PANEL;
            for (int64_t c = 0; c < width; c++) {
                const float *row = w + (j + c) * ldw + p;
                store(rows + c * LANES, round_both(load_some(row, k - p), load_some(row + VL, k - p - VL)));
            }
            for (int64_t c = 0; c < PANEL; c += 4) {
                for (int64_t q = 0; q < whole; q += 4)
                    transpose(rows + c * LANES + q, LANES, to + q * PANEL + c, PANEL);
            }
            for (int64_t q = whole; q < count; q++) {
                for (int64_t c = 0; c < PANEL; c++)
                    memcpy(to + q * PANEL + c, rows + c * LANES + q, sizeof(pair));
            }
        }
    }
}

/* ---- tiles ----------------------------------------------------------------------------------------------- */

#define AHEAD_STEP 2 /* a line is asked for after so many pairs: some 50 cycles */

/* sum + the products of a panel's pairs and one pair of A. */
INLINE vec add_products(vec sum, vec panel, pair x)
{
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)panel, (__m512bh)_mm512_set1_epi32(x));
}

INLINE hvec add_products_half(hvec sum, hvec panel, pair x)
{
    return (hvec)_mm256_dpbf16_ps((__m256)sum, (__m256bh)panel, (__m256bh)_mm256_set1_epi32(x));
}

/* What the tiles of a block of A are told alike. */
typedef struct block {
    const pair *a;       /* row r's pair p at a[r * row + p * next] */
    int64_t pairs;       /* of this piece of k */
    const float *packed; /* the piece's first pair in the first panel */
    int64_t panel_size;  /* floats from there to the next panel's */
    int64_t n, ldc;
    int32_t accumulate;
    attni_ahead *ahead;
} block;

/* c[rows, width] (+)= the rows times one panel. `rows`, `halves` (of the panel's four half vectors that hold columns: 1, 2 or 4),
 * `row` and `next` are constants wherever this is called. */
INLINE void tile(const int rows, const int halves, const int64_t row, const int64_t next, const block *of,
                 const float *panel, float *c, int64_t width)
{
    const pair *a = of->a;
    vec low[MR], high[MR];
    hvec half[MR];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        low[r] = high[r] = (vec){0};
        half[r] = (hvec){0};
        if (of->accumulate) { /* c may be in a farther cache, and will have come when the sums are ready */
            __builtin_prefetch(c + r * of->ldc, 1);
            __builtin_prefetch(c + r * of->ldc + width - 1, 1);
        }
    }
    for (int64_t p = 0; p < of->pairs;) {
        const int64_t stop = of->ahead && p + AHEAD_STEP < of->pairs ? p + AHEAD_STEP : of->pairs;
        if (of->ahead)
            look_ahead(of->ahead);
        for (; p < stop; p++, a += next, panel += PANEL) {
            const hvec b_half = halves == 1 ? load_half(panel) : (hvec){0};
            const vec b0 = halves > 1 ? load(panel) : (vec){0}, b1 = halves > 2 ? load(panel + VL) : (vec){0};
#pragma GCC unroll 16
            for (int r = 0; r < rows; r++) {
                const pair x = a[r * row];
                if (halves == 1)
                    half[r] = add_products_half(half[r], b_half, x);
                if (halves > 1)
                    low[r] = add_products(low[r], b0, x);
                if (halves > 2)
                    high[r] = add_products(high[r], b1, x);
            }
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++, c += of->ldc)
        store_line(c, width, of->accumulate, halves == 1 ? widen(half[r]) : low[r], high[r]);
}

INLINE void strip(const int rows, const int64_t row, const int64_t next, const block *of, float *c)
{
    const float *panel = of->packed;
    for (int64_t j = 0; j < of->n; j += PANEL, panel += of->panel_size) {
        const int64_t width = of->n - j < PANEL ? of->n - j : PANEL;
        if (width > VL)
            tile(rows, 4, row, next, of, panel, c + j, width);
        else if (width > VL / 2)
            tile(rows, 2, row, next, of, panel, c + j, width);
        else
            tile(rows, 1, row, next, of, panel, c + j, width);
    }
}

/* One row times ROW_PANELS panels, or fewer: `panels` is a constant. */
INLINE void row_times(const int panels, const block *of, const float *packed, float *c, int64_t width)
{
    vec low[ROW_PANELS], high[ROW_PANELS];
#pragma GCC unroll 4
    for (int s = 0; s < panels; s++)
        low[s] = high[s] = (vec){0};
    for (int64_t p = 0; p < of->pairs; p++, packed += PANEL) {
#pragma GCC unroll 4
        for (int s = 0; s < panels; s++) {
            low[s] = add_products(low[s], load(packed + s * of->panel_size), of->a[p]);
            high[s] = add_products(high[s], load(packed + s * of->panel_size + VL), of->a[p]);
        }
    }
#pragma GCC unroll 4
    for (int s = 0; s < panels; s++)
        store_line(c + s * PANEL, width - s * PANEL, of->accumulate, low[s], high[s]);
}

static void row_product(const block *of, float *c)
{
    const float *packed = of->packed;
    for (int64_t j = 0; j < of->n; j += ROW_PANELS * PANEL, packed += ROW_PANELS * of->panel_size) {
        const int64_t width = of->n - j;
        if (width > 3 * PANEL)
            row_times(4, of, packed, c + j, width);
        else if (width > 2 * PANEL)
            row_times(3, of, packed, c + j, width);
        else if (width > PANEL)
            row_times(2, of, packed, c + j, width);
        else
            row_times(1, of, packed, c + j, width);
    }
}

/* So many rows of C, at most MR. */
#define STRIP(rows, row, next)                                                                               \
    case rows:                                                                                               \
        strip(rows, row, next, of, c);                                                                       \
        break;
#define STRIPS(row, next)                                                                                    \
    STRIP(2, row, next)                                                                                      \
    STRIP(3, row, next)                                                                                      \
    STRIP(4, row, next)                                                                                      \
    STRIP(5, row, next)                                                                                      \
    STRIP(6, row, next)                                                                                      \
    STRIP(7, row, next)                                                                                      \
    STRIP(8, row, next)                                                                                      \
    STRIP(9, row, next)                                                                                      \
    STRIP(10, row, next)                                                                                     \
    STRIP(11, row, next)                                                                                     \
    STRIP(12, row, next)

/* ---- A --------------------------------------------------------------------------------------------------- */

/* Between rows: not a power of two, which would put them all in one place of the cache. */
#define ROW_PAIRS (PIECE / 2 + VL)

static void round_rows(int64_t rows, int64_t k, const float *a, int64_t lda, pair *to)
{
    for (int64_t r = 0; r < rows; r++, a += lda, to += ROW_PAIRS) {
        for (int64_t p = 0; p < k; p += 2 * VL)
            store((float *)(to + p / 2),
                  round_both(load_some(a + p, k - p), load_some(a + p + VL, k - p - VL)));
    }
}

static void multiply_rows(int64_t rows, const block *of, float *c)
{
    switch (rows) {
    case 1:
        row_product(of, c);
        break;
        STRIPS(ROW_PAIRS, 1)
    }
}

void attni_product_avx512bf16(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                              const float *packed, float *c, int64_t ldc, int32_t accumulate,
                              attni_ahead *ahead)
{
    _Alignas(64) pair rounded[MR * ROW_PAIRS];
    attni_ahead nothing = {0};
    int64_t p = 0;
    do { /* once for no k, whose sums are 0 */
        const int64_t count = k - p < PIECE ? k - p : PIECE;
        const block of = {rounded, pairs_of(count),     packed + p / 2 * PANEL,  pairs_of(k) * PANEL, n,
                          ldc,     accumulate || p > 0, ahead ? ahead : &nothing};
        int64_t at = 0;
        for (int64_t tiles = (m + MR - 1) / MR, rows; tiles > 0; tiles--, at += rows) {
            rows = (m - at + tiles - 1) / tiles; /* tiles of the same height, or nearly */
            round_rows(rows, count, a + at * lda + p, lda, rounded);
            multiply_rows(rows, &of, c + at * ldc);
        }
        p += PIECE;
    } while (p < k);
}

static void round_columns(int64_t columns, int64_t k, const float *a, int64_t lda, pair *to)
{
    for (int64_t p = 0; p < k; p += 2, a += 2 * lda, to += OVER_COLUMNS) {
        for (int64_t i = 0; i < columns; i += VL)
            store((float *)(to + i), round_pairs(load_some(a + i, columns - i),
                                                 load_some(a + lda + i, p + 1 < k ? columns - i : 0)));
    }
}

static void multiply_columns(int64_t rows, const block *of, float *c)
{
    switch (rows) {
        STRIP(1, 1, OVER_COLUMNS)
        STRIPS(1, OVER_COLUMNS)
    }
}

void attni_product_over_avx512bf16(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                                   const float *packed, float *c, int64_t ldc)
{
    _Alignas(64) pair rounded[OVER_PIECE / 2 * OVER_COLUMNS];
    for (int64_t p = 0; p < k; p += OVER_PIECE) {
        const int64_t count = k - p < OVER_PIECE ? k - p : OVER_PIECE;
        block of = {.pairs = pairs_of(count),
                    .packed = packed + p / 2 * PANEL,
                    .panel_size = pairs_of(k) * PANEL,
                    .n = n,
                    .ldc = ldc,
                    .accumulate = 1};
        for (int64_t at = 0; at < m; at += OVER_COLUMNS) {
            const int64_t columns = m - at < OVER_COLUMNS ? m - at : OVER_COLUMNS;
            round_columns(columns, count, a + p * lda + at, lda, rounded);
            for (int64_t i = 0, left = (columns + MR - 1) / MR, rows; left > 0; left--, i += rows) {
                rows = (columns - i + left - 1) / left;
                of.a = rounded + i;
                multiply_columns(rows, &of, c + (at + i) * ldc);
            }
        }
    }
}
