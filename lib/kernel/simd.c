/* simd.c - the kernels in the compiler's vectors: one body, compiled once for each instruction set.
 *
 * VL floats a vector; the product's tile is MR rows by two vectors of columns, so that its sums stay in registers:
 *     AVX-512  12 x 32, 24 of 32 registers      AVX2  6 x 16, 12 of 16      SSE2, NEON  4 x 8, 8 of 16
 *
 * Sums over k run in order for every output, so that a row's result does not depend on how many rows there are. */
#include <string.h>

#include "attn/context.h"
#include "kernel/kernel.h"

#if defined(__AVX512F__)
#define VL 16
#define MR 12
#define ISA ATTN_ISA_AVX512
#elif defined(__AVX2__)
#define VL 8
#define MR 6
#define ISA ATTN_ISA_AVX2
#else
#define VL 4
#define MR 4
#define ISA ATTN_ISA_BASELINE
#endif
#define PANEL (2 * VL)

typedef float vec __attribute__((vector_size(4 * VL)));
typedef int32_t ivec __attribute__((vector_size(4 * VL)));
typedef float loose_vec __attribute__((vector_size(4 * VL), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p)
{
    return *(const loose_vec *)p;
}

INLINE void store(float *p, vec x)
{
    *(loose_vec *)p = x;
}

/* The first `n` < VL numbers; the others are 0. */
INLINE vec load_part(const float *p, int64_t n)
{
    vec x = {0};
    memcpy(&x, p, (size_t)n * sizeof(float));
    return x;
}

INLINE void store_part(float *p, vec x, int64_t n)
{
    memcpy(p, &x, (size_t)n * sizeof(float));
}

INLINE vec all(float x)
{
    return x - (vec){0};
}

INLINE vec choose(ivec mask, vec yes, vec no)
{
    return (vec)(((ivec)yes & mask) | ((ivec)no & ~mask));
}

INLINE float sum(vec x)
{
    float total = 0.0f;
    for (int i = 0; i < VL; i++)
        total += x[i];
    return total;
}

/* Run the code on each vector of n numbers: index i, `count` numbers of it, LOAD and STORE for whole or part. */
#define FOR_VECTORS(n, ...)                                                                                  \
    do {                                                                                                     \
        int64_t i = 0;                                                                                       \
        for (; i + VL <= (n); i += VL) {                                                                     \
            enum { whole = 1 };                                                                              \
            const int64_t count = VL;                                                                        \
            (void)count;                                                                                     \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
        if (i < (n)) {                                                                                       \
            enum { whole = 0 };                                                                              \
            const int64_t count = (n)-i;                                                                     \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    } while (0)
#define LOAD(p) (whole ? load((p) + i) : load_part((p) + i, count))
#define STORE(p, x) (whole ? store((p) + i, x) : store_part((p) + i, x, count))

/* ---- the product ----------------------------------------------------------------------------------------- */

static void pack(int64_t k, int64_t n, const float *b, int64_t ldb, float *packed)
{
    for (int64_t j = 0; j < n; j += PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        for (int64_t p = 0; p < k; p++, packed += PANEL) {
            memcpy(packed, b + p * ldb + j, (size_t)width * sizeof(float));
            memset(packed + width, 0, (size_t)(PANEL - width) * sizeof(float));
        }
    }
}

static void pack_transposed(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed)
{
    for (int64_t j = 0; j < n; j += PANEL, packed += k * PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        if (width < PANEL)
            memset(packed, 0, (size_t)(k * PANEL) * sizeof(float));
        for (int64_t c = 0; c < width; c++) {
            for (int64_t p = 0; p < k; p++)
                packed[p * PANEL + c] = w[(j + c) * ldw + p];
        }
    }
}

/* c[rows, width] (+)= a times one panel, a[r, p] at a[r * row_stride + p * k_stride]. `rows`, `vectors` (of the panel's two
 * that hold columns) and one of the strides are constants wherever this is called. */
INLINE void tile(const int rows, const int vectors, int64_t k, const float *a, int64_t row_stride,
                 int64_t k_stride, const float *panel, float *c, int64_t ldc, int64_t width,
                 int32_t accumulate)
{
    vec low[MR], high[MR];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
        low[r] = high[r] = (vec){0};
    for (int64_t p = 0; p < k; p++, panel += PANEL, a += k_stride) {
        vec b0 = load(panel), b1 = vectors == 2 ? load(panel + VL) : b0;
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
            float x = a[r * row_stride];
            low[r] += x * b0;
            if (vectors == 2)
                high[r] += x * b1;
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++, c += ldc) {
        if (width == PANEL) {
            store(c, accumulate ? load(c) + low[r] : low[r]);
            store(c + VL, accumulate ? load(c + VL) + high[r] : high[r]);
        } else {
            float line[PANEL];
            store(line, low[r]);
            store(line + VL, high[r]);
            for (int64_t j = 0; j < width; j++)
                c[j] = accumulate ? c[j] + line[j] : line[j];
        }
    }
}

/* One row times four whole panels at once: a single panel would wait for its own sums. */
INLINE void row_times_four(int64_t k, const float *a, const float *panels, float *c, int32_t accumulate)
{
    vec sums[8];
#pragma GCC unroll 8
    for (int s = 0; s < 8; s++)
        sums[s] = (vec){0};
    for (int64_t p = 0; p < k; p++, panels += PANEL) {
#pragma GCC unroll 8
        for (int s = 0; s < 8; s++)
            sums[s] += a[p] * load(panels + s / 2 * k * PANEL + s % 2 * VL);
    }
#pragma GCC unroll 8
    for (int s = 0; s < 8; s++)
        store(c + s * VL, accumulate ? load(c + s * VL) + sums[s] : sums[s]);
}

/* One panel times all m rows of a. */
INLINE void strip(const int vectors, int64_t m, int64_t k, const float *a, int64_t row_stride,
                  int64_t k_stride, const float *panel, float *c, int64_t ldc, int64_t width,
                  int32_t accumulate)
{
    int64_t i = 0;
    for (; i + MR <= m; i += MR)
        tile(MR, vectors, k, a + i * row_stride, row_stride, k_stride, panel, c + i * ldc, ldc, width,
             accumulate);
    a += i * row_stride;
    c += i * ldc;
    switch (m - i) {
#define REST(rows)                                                                                           \
    case rows:                                                                                               \
        tile(rows, vectors, k, a, row_stride, k_stride, panel, c, ldc, width, accumulate);                   \
        break;
        REST(1)
        REST(2)
        REST(3)
#if MR > 4
        REST(4)
        REST(5)
#endif
#if MR > 6
        REST(6)
        REST(7)
        REST(8)
        REST(9)
        REST(10)
        REST(11)
#endif
    default:
        break;
    }
}

static void product(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                    float *c, int64_t ldc, int32_t accumulate)
{
    int64_t j = 0;
    if (m == 1) {
        for (; j + 4 * PANEL <= n; j += 4 * PANEL)
            row_times_four(k, a, packed + j * k, c + j, accumulate);
    }
    for (; j < n; j += PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        if (width > VL)
            strip(2, m, k, a, lda, 1, packed + j * k, c + j, ldc, width, accumulate);
        else
            strip(1, m, k, a, lda, 1, packed + j * k, c + j, ldc, width, accumulate);
    }
}

static void product_over(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                         float *c, int64_t ldc)
{
    for (int64_t j = 0; j < n; j += PANEL) {
        int64_t width = n - j < PANEL ? n - j : PANEL;
        if (width > VL)
            strip(2, m, k, a, 1, lda, packed + j * k, c + j, ldc, width, 1);
        else
            strip(1, m, k, a, 1, lda, packed + j * k, c + j, ldc, width, 1);
    }
}

/* ---- functions ------------------------------------------------------------------------------------------- */

/* e^x = 2^n e^r with n = round(x / ln 2), |r| <= ln 2 / 2, and the Taylor-like polynomial of Cephes' expf for e^r.
 * 2^n is multiplied in two halves, so that results down to the smallest subnormal and up to infinity come out. */
INLINE vec vexp(vec x)
{
    const vec magic = all(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    x = choose(x > all(89.0f), all(89.0f), x);
    x = choose(x < all(-104.0f), all(-104.0f), x);
    vec t = x * 1.44269504088896341f + magic;
    ivec n = (ivec)t - (ivec)magic;
    vec whole_n = t - magic;
    vec r = x - whole_n * 0.693359375f;
    r = r + whole_n * 2.12194440e-4f;
    vec p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    ivec half = n >> 1;
    vec scale = (vec)((half + 127) << 23), rest = (vec)((n - half + 127) << 23);
    return p * scale * rest;
}

INLINE vec vsigmoid(vec x)
{
    return 1.0f / (1.0f + vexp(-x));
}

/* tanh x = x + x^3 P(x^2) below 0.625 (Cephes' tanhf); else 1 - 2 / (e^2x + 1), with the sign of x. */
INLINE vec vtanh(vec x)
{
    const ivec sign_bit = (ivec)all(-0.0f);
    vec size = (vec)((ivec)x & ~sign_bit), square = x * x;
    vec p = all(-5.70498872745e-3f);
    p = p * square + 2.06390887954e-2f;
    p = p * square - 5.37397155531e-2f;
    p = p * square + 1.33314422036e-1f;
    p = p * square - 3.33332819422e-1f;
    vec small = p * square * x + x;
    vec large = 1.0f - 2.0f / (vexp(2.0f * size) + 1.0f);
    large = (vec)((ivec)large | ((ivec)x & sign_bit));
    return choose(size < all(0.625f), small, large);
}

static void vector_exp(int64_t n, const float *x, float *y)
{
    FOR_VECTORS(n, STORE(y, vexp(LOAD(x))););
}

static void vector_tanh(int64_t n, const float *x, float *y)
{
    FOR_VECTORS(n, STORE(y, vtanh(LOAD(x))););
}

static void vector_sigmoid(int64_t n, const float *x, float *y)
{
    FOR_VECTORS(n, STORE(y, vsigmoid(LOAD(x))););
}

/* ---- gates ----------------------------------------------------------------------------------------------- */

static void gru_forward(int64_t m, int64_t h, float *a, const float *u, int64_t ldu, const float *bias,
                        float *q, const float *h0, float *h1)
{
    for (int64_t row = 0; row < m; row++, a += 3 * h, u += ldu, q += h, h0 += h, h1 += h) {
        FOR_VECTORS(h, {
            vec r = vsigmoid(LOAD(a) + LOAD(u) + LOAD(bias));
            vec z = vsigmoid(LOAD(a + h) + LOAD(u + h) + LOAD(bias + h));
            vec reset = LOAD(u + 2 * h) + LOAD(bias + 3 * h);
            vec n = vtanh(LOAD(a + 2 * h) + LOAD(bias + 2 * h) + r * reset);
            vec before = LOAD(h0);
            STORE(q, reset);
            STORE(h1, n + z * (before - n));
            STORE(a, r);
            STORE(a + h, z);
            STORE(a + 2 * h, n);
        });
    }
}

static void gru_backward(int64_t m, int64_t h, float *a, float *q, const float *h0, float *dh)
{
    for (int64_t row = 0; row < m; row++, a += 3 * h, q += h, h0 += h, dh += h) {
        FOR_VECTORS(h, {
            vec r = LOAD(a), z = LOAD(a + h), n = LOAD(a + 2 * h), d = LOAD(dh);
            vec da_n = d * (1.0f - z) * (1.0f - n * n);
            vec da_z = d * (LOAD(h0) - n) * z * (1.0f - z);
            STORE(a, da_n * LOAD(q) * r * (1.0f - r));
            STORE(a + h, da_z);
            STORE(a + 2 * h, da_n);
            STORE(q, da_n * r);
            STORE(dh, d * z);
        });
    }
}

/* ---- layer normalisation --------------------------------------------------------------------------------- */

INLINE float root(float x)
{
    return __builtin_sqrtf(x);
}

static void normalize(int64_t m, int64_t n, float *x, int64_t ld, float *rstd, int64_t ldr)
{
    for (int64_t row = 0; row < m; row++, x += ld, rstd += ldr) {
        vec total = {0}, squares = {0};
        FOR_VECTORS(n, total += LOAD(x););
        const float mean = sum(total) / (float)n;
        FOR_VECTORS(n, {
            vec d = LOAD(x) - mean;
            if (!whole)
                d = load_part((const float *)&d, count); /* the lanes beyond the row hold -mean */
            squares += d * d;
        });
        *rstd = 1.0f / root(sum(squares) / (float)n + 1e-5f);
        FOR_VECTORS(n, STORE(x, (LOAD(x) - mean) * *rstd););
    }
}

static void normalize_backward(int64_t m, int64_t n, const float *xhat, int64_t ldx, const float *rstd,
                               int64_t ldr, float *g, int64_t ldg)
{
    for (int64_t row = 0; row < m; row++, xhat += ldx, rstd += ldr, g += ldg) {
        vec total = {0}, along = {0};
        FOR_VECTORS(n, {
            vec d = LOAD(g);
            total += d;
            along += d * LOAD(xhat);
        });
        const float mean = sum(total) / (float)n, slope = sum(along) / (float)n;
        FOR_VECTORS(n, STORE(g, *rstd * (LOAD(g) - mean - LOAD(xhat) * slope)););
    }
}

/* ---- dropout --------------------------------------------------------------------------------------------- */

#define LANES 16 /* Philox instances at once */

/* The words of positions position ... position + LANES - 1, as 8 * LANES pieces of 16 bits in their order. */
static void philox(uint64_t seed, uint64_t stream, uint64_t position, uint16_t pieces[8 * LANES])
{
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int lane = 0; lane < LANES; lane++) {
        c0[lane] = (uint32_t)(position + (uint64_t)lane);
        c1[lane] = (uint32_t)((position + (uint64_t)lane) >> 32);
        c2[lane] = (uint32_t)stream;
        c3[lane] = (uint32_t)(stream >> 32);
    }
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        for (int lane = 0; lane < LANES; lane++) {
            uint64_t p0 = UINT64_C(0xD2511F53) * c0[lane], p1 = UINT64_C(0xCD9E8D57) * c2[lane];
            c0[lane] = (uint32_t)(p1 >> 32) ^ c1[lane] ^ k0;
            c1[lane] = (uint32_t)p1;
            c2[lane] = (uint32_t)(p0 >> 32) ^ c3[lane] ^ k1;
            c3[lane] = (uint32_t)p0;
        }
    }
    for (int lane = 0; lane < LANES; lane++, pieces += 8) {
        const uint32_t words[4] = {c0[lane], c1[lane], c2[lane], c3[lane]};
        for (int w = 0; w < 4; w++) {
            pieces[2 * w] = (uint16_t)words[w];
            pieces[2 * w + 1] = (uint16_t)(words[w] >> 16);
        }
    }
}

static void dropout(int64_t n, uint32_t threshold, float scale, uint64_t seed, uint64_t stream,
                    uint64_t position, const float *x, float *y)
{
    uint16_t pieces[8 * LANES];
    for (int64_t i = 0; i < n; i += 8 * LANES, position += LANES) {
        int64_t count = n - i < 8 * LANES ? n - i : 8 * LANES;
        philox(seed, stream, position, pieces);
        for (int64_t j = 0; j < count; j++)
            y[i + j] = pieces[j] < threshold ? 0.0f : scale * x[i + j];
    }
}

/* ---- vectors --------------------------------------------------------------------------------------------- */

static void axpy(int64_t n, float scale, const float *x, float *y)
{
    FOR_VECTORS(n, STORE(y, LOAD(y) + scale * LOAD(x)););
}

static float dot(int64_t n, const float *a, const float *b)
{
    vec total = {0};
    FOR_VECTORS(n, total += LOAD(a) * LOAD(b););
    return sum(total);
}

static void adam(int64_t n, float *w, const float *gradient, float *m, float *v, float clip, float beta1,
                 float beta2, float rate, float epsilon, float decay)
{
    for (int64_t i = 0; i < n; i++) { /* the compiler turns this one into vectors by itself */
        float g = clip * gradient[i];
        m[i] = beta1 * m[i] + (1.0f - beta1) * g;
        v[i] = beta2 * v[i] + (1.0f - beta2) * g * g;
        w[i] -= decay * w[i] + rate * m[i] / (root(v[i]) + epsilon);
    }
}

#define NAME_(variant) attni_kernels_##variant
#define NAME(variant) NAME_(variant)
#define STRING_(variant) #variant
#define STRING(variant) STRING_(variant)

const attni_kernels NAME(ATTNI_VARIANT) = {
    .name = STRING(ATTNI_VARIANT),
    .isa = ISA,
    .panel = PANEL,
    .row_block = MR,
    .pack = pack,
    .pack_transposed = pack_transposed,
    .product = product,
    .product_over = product_over,
    .exp = vector_exp,
    .tanh = vector_tanh,
    .sigmoid = vector_sigmoid,
    .gru_forward = gru_forward,
    .gru_backward = gru_backward,
    .normalize = normalize,
    .normalize_backward = normalize_backward,
    .dropout = dropout,
    .axpy = axpy,
    .dot = dot,
    .adam = adam,
};
