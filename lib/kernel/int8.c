/* int8.c - the product with a matrix of bytes: one body, compiled once for each instruction set.
 *
 * A row of A is rounded when its product comes, a row of W when it is packed; kernel.h has the equation. Bytes of W are packed
 * with 128 added, as numbers without sign from 1 to 255, so that with s = W + 128
 *
 *     sum of a w = sum of a s - 128 sum of a
 *
 * Four numbers of k lie together in a lane of 32 bits, a panel's columns side by side. VNNI multiplies the four by four of the
 * row and adds them up in one instruction. Else a mask and a shift make two pairs of 16 bits of the lane, and the row's numbers
 * are of 16 bits too: pmaddwd multiplies two by two, and nothing can be saturated, which pmaddubsw's sums of 16 bits would be.
 * It does as many products a cycle as that with what widens those sums: both multiply twice for 4 numbers of k.
 *
 *     in memory      w[p] w[p+1] w[p+2] w[p+3]     with VNNI
 *                    w[p] w[p+2] w[p+1] w[p+3]     else: the mask leaves w[p] and w[p+1], the shift w[p+2] and w[p+3]
 *
 * A panel is its PANEL scales, then the lanes, k by k. Beyond n all is 0; beyond k it is what 0 became, and the row has zeros. */
#include "kernel/int8.h"
#include "kernel/lines.h"

#if defined(__AVX512VNNI__)
typedef int8_t quantum; /* a number of A */
#define PLACE(p) (p)    /* of number p in its lane */
#else
typedef int16_t quantum;
#define PLACE(p) ((p) >> 1 | ((p)&1) << 1)
#endif

typedef quantum qvec __attribute__((vector_size(VL * sizeof(quantum))));
typedef quantum loose_qvec __attribute__((vector_size(VL * sizeof(quantum)), aligned(1), may_alias));

/* ---- W --------------------------------------------------------------------------------------------------- */

static float largest_of(int64_t n, const float *x)
{
    float most = 0.0f;
    for (int64_t i = 0; i < n; i++)
        most = __builtin_fabsf(x[i]) > most ? __builtin_fabsf(x[i]) : most;
    return most;
}

/* Numbers 0 to k - 1 of one row, into a column of a panel. */
static void pack_column(int64_t k, const float *w, float *scale, uint8_t *column)
{
    const float most = largest_of(k, w), unit = attni_int8_unit(most);
    *scale = most / 127.0f;
    for (int64_t p = 0; p < (k + 3) / 4 * 4; p++) {
        const float x = p < k ? w[p] : 0.0f;
        column[p / 4 * 4 * PANEL + PLACE(p % 4)] = (uint8_t)(128 + (int32_t)__builtin_rintf(unit * x));
    }
}

/* Bytes of a panel of k numbers. */
static int64_t panel_size(int64_t k)
{
    return PANEL * ((int64_t)sizeof(float) + (k + 3) / 4 * 4);
}

#define NAME_(what, variant) what##_##variant
#define NAME(what, variant) NAME_(what, variant)

void NAME(attni_pack_int8, ATTNI_VARIANT)(int64_t k, int64_t n, const float *w, int64_t ldw, uint8_t *packed)
{
    for (int64_t p = 0; p < k; p += ATTNI_INT8_PIECE) {
        const int64_t piece = k - p < ATTNI_INT8_PIECE ? k - p : ATTNI_INT8_PIECE;
        for (int64_t j = 0; j < n; j += PANEL, packed += panel_size(piece)) {
            float scales[PANEL] = {0};
            memset(packed, 0, (size_t)panel_size(piece));
            for (int64_t i = 0; i < PANEL && j + i < n; i++)
                pack_column(piece, w + (j + i) * ldw + p, &scales[i], packed + sizeof scales + 4 * i);
            memcpy(packed, scales, sizeof scales);
        }
    }
}

/* ---- A --------------------------------------------------------------------------------------------------- */

/* A row's piece, rounded. */
typedef struct row {
    float scale;
    int32_t start;                                       /* -128 times the sum of what follows */
    _Alignas(64) quantum numbers[ATTNI_INT8_PIECE + VL]; /* whole vectors, with zeros at the end */
} row;

static void round_row(int64_t k, const float *x, row *to)
{
    const ivec sign = (ivec)all(-0.0f);
    ivec most = {0}, total = {0};
    FOR_VECTORS(k, {
        ivec size = (ivec)LOAD(x) & ~sign,
             more = size > most; /* as integers they are in the same order, NaN last */
        most = (size & more) | (most & ~more);
    });
    union {
        ivec lanes;
        float numbers[VL];
        int32_t bits[VL];
    } sizes = {most};
    int at = 0;
    for (int i = 1; i < VL; i++)
        at = sizes.bits[i] > sizes.bits[at] ? i : at;
    const float largest = sizes.numbers[at], unit = attni_int8_unit(largest);
    if (!(largest <= __FLT_MAX__)) {
        memset(to, 0, sizeof *to);
        to->scale = __builtin_nanf("");
        return;
    }
    const vec magic = all(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    FOR_VECTORS(k, {
        ivec rounded = (ivec)(unit * LOAD(x) + magic) - (ivec)magic;
        total += rounded;
        *(loose_qvec *)(to->numbers + i) = __builtin_convertvector(rounded, qvec);
    });
    int32_t lanes[VL], sum_of = 0;
    memcpy(lanes, &total, sizeof lanes);
    for (int i = 0; i < VL; i++)
        sum_of += lanes[i];
    to->scale = largest / 127.0f;
    to->start = -128 * sum_of;
}

/* ---- tiles ----------------------------------------------------------------------------------------------- */

#if !defined(__AVX512VNNI__)
typedef uint16_t words __attribute__((vector_size(4 * VL)));

/* In each lane the two products of 16 bits, added. */
INLINE ivec multiply_pairs(words a, words b)
{
#if defined(__AVX512F__)
    return (ivec)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (ivec)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return (ivec)_mm_madd_epi16((__m128i)a, (__m128i)b);
#elif defined(__aarch64__)
    int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
    return (ivec)vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y));
#else
    const ivec x = (ivec)a, y = (ivec)b;
    return (x << 16 >> 16) * (y << 16 >> 16) + (x >> 16) * (y >> 16);
#endif
}
#endif

/* Two lanes' vectors of a panel, as the products want them. */
typedef struct lanes {
#if defined(__AVX512VNNI__)
    ivec bytes;
#else
    words first, second;
#endif
} lanes;

INLINE lanes load_lanes(const uint8_t *p)
{
    const ivec word = (ivec)load((const float *)(const void *)p);
#if defined(__AVX512VNNI__)
    return (lanes){word};
#else
    const words lower = (words)(word & 0x00FF00FF), upper = (words)word >> 8;
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? (lanes){lower, upper} : (lanes){upper, lower};
#endif
}

/* sum + four numbers of a row times those of each column. */
INLINE ivec add_products(ivec sum, lanes w, const quantum *a)
{
    int32_t pair;
    memcpy(&pair, a, sizeof pair);
#if defined(__AVX512VNNI__)
    return (ivec)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w.bytes, _mm512_set1_epi32(pair));
#else
    int32_t next;
    memcpy(&next, a + 2, sizeof next);
    sum += multiply_pairs(w.first, (words)(pair - (ivec){0}));
    return sum + multiply_pairs(w.second, (words)(next - (ivec){0}));
#endif
}

/* The sums of a row and a vector of columns as numbers. */
INLINE vec numbers_of(ivec sums, const row *from, const float *scales)
{
    return __builtin_convertvector(sums + from->start, vec) * from->scale * load(scales);
}

/* c[rows, width] (+)= the rows times one panel of k numbers. `rows`, and `halves` (of the panel's two vectors, those that hold
 * columns), are constants wherever this is called. */
INLINE void tile(const int rows, const int halves, int64_t k, const row *a, const uint8_t *panel, float *c,
                 int64_t ldc, int64_t width, int32_t accumulate, attni_ahead *ahead)
{
    ivec low[MR], high[MR];
    const float *scales = (const float *)(const void *)panel;
    panel += PANEL * sizeof(float);
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
        low[r] = high[r] = (ivec){0};
    for (int64_t p = 0; p < k; p += 4, panel += 4 * PANEL) {
        if (ahead)
            look_ahead(ahead);
        lanes w = load_lanes(panel);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
            low[r] = add_products(low[r], w, a[r].numbers + p);
        if (halves == 1)
            continue;
        w = load_lanes(panel + 4 * VL);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
            high[r] = add_products(high[r], w, a[r].numbers + p);
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++, c += ldc)
        store_line(c, width, accumulate, numbers_of(low[r], a + r, scales),
                   numbers_of(high[r], a + r, scales + VL));
}

INLINE void strip(const int rows, int64_t n, int64_t k, const row *a, const uint8_t *packed, float *c,
                  int64_t ldc, int32_t accumulate, attni_ahead *ahead)
{
    for (int64_t j = 0; j < n; j += PANEL, packed += panel_size(k)) {
        if (n - j > VL)
            tile(rows, 2, k, a, packed, c + j, ldc, n - j, accumulate, ahead);
        else
            tile(rows, 1, k, a, packed, c + j, ldc, n - j, accumulate, ahead);
    }
}

/* One row times ROW_PANELS panels, or fewer: `panels` is a constant. */
INLINE void row_times(const int panels, int64_t k, const row *a, const uint8_t *packed, float *c,
                      int64_t width, int32_t accumulate)
{
    ivec low[ROW_PANELS], high[ROW_PANELS];
    const int64_t size = panel_size(k);
#pragma GCC unroll 4
    for (int s = 0; s < panels; s++)
        low[s] = high[s] = (ivec){0};
    for (int64_t p = 0; p < k; p += 4) {
        const uint8_t *at = packed + PANEL * ((int64_t)sizeof(float) + p);
#pragma GCC unroll 4
        for (int s = 0; s < panels; s++) {
            low[s] = add_products(low[s], load_lanes(at + s * size), a->numbers + p);
            high[s] = add_products(high[s], load_lanes(at + s * size + 4 * VL), a->numbers + p);
        }
    }
#pragma GCC unroll 4
    for (int s = 0; s < panels; s++) {
        const float *scales = (const float *)(const void *)(packed + s * size);
        store_line(c + s * PANEL, width - s * PANEL, accumulate, numbers_of(low[s], a, scales),
                   numbers_of(high[s], a, scales + VL));
    }
}

static void row_product(int64_t n, int64_t k, const row *a, const uint8_t *packed, float *c,
                        int32_t accumulate)
{
    for (int64_t j = 0; j < n; j += ROW_PANELS * PANEL, packed += ROW_PANELS * panel_size(k)) {
        const int64_t width = n - j;
        if (width > 3 * PANEL)
            row_times(4, k, a, packed, c + j, width, accumulate);
        else if (width > 2 * PANEL)
            row_times(3, k, a, packed, c + j, width, accumulate);
        else if (width > PANEL)
            row_times(2, k, a, packed, c + j, width, accumulate);
        else
            row_times(1, k, a, packed, c + j, width, accumulate);
    }
}

/* So many rows, at most MR, times a piece of W. */
static void block_product(int64_t rows, int64_t n, int64_t k, const row *a, const uint8_t *packed, float *c,
                          int64_t ldc, int32_t accumulate, attni_ahead *ahead)
{
    switch (rows) {
    case 1:
        row_product(n, k, a, packed, c, accumulate);
        break;
#define STRIP(rows)                                                                                          \
    case rows:                                                                                               \
        strip(rows, n, k, a, packed, c, ldc, accumulate, ahead);                                             \
        break;
        STRIP(2)
        STRIP(3)
        STRIP(4)
#if MR > 4
        STRIP(5)
        STRIP(6)
#endif
#if MR > 6
        STRIP(7)
        STRIP(8)
        STRIP(9)
        STRIP(10)
        STRIP(11)
        STRIP(12)
#endif
    }
}

void NAME(attni_product_int8, ATTNI_VARIANT)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                                             const uint8_t *packed, float *c, int64_t ldc, attni_ahead *ahead)
{
    attni_ahead nothing = {0};
    row block[MR];
    const int64_t panels = (n + PANEL - 1) / PANEL;
    for (int64_t p = 0; p < k; p += ATTNI_INT8_PIECE) {
        const int64_t piece = k - p < ATTNI_INT8_PIECE ? k - p : ATTNI_INT8_PIECE;
        int64_t at = 0;
        for (int64_t tiles = (m + MR - 1) / MR, rows; tiles > 0; tiles--, at += rows) {
            rows = (m - at + tiles - 1) / tiles; /* tiles of the same height, or nearly */
            for (int64_t r = 0; r < rows; r++)
                round_row(piece, a + (at + r) * lda + p, &block[r]);
            block_product(rows, n, piece, block, packed, c + at * ldc, ldc, p > 0, ahead ? ahead : &nothing);
        }
        packed += panels * panel_size(piece);
    }
}
