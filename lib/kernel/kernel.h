/* kernel.h - the hot loops. The only place in the library that knows about SIMD.
 *
 * One table of functions for each instruction set; reference.c is the plain C that says what each computes, simd.c (with
 * vector.h, products.h and gates.h) is one body in the compiler's vectors that is compiled for each set, and so is int8.c;
 * bfloat16.c is for one set alone. A context chooses a table once. README.md has what was measured.
 *
 * Matrices are float32, row-major, with a leading dimension in floats. `m` counts rows. */
#ifndef ATTN_KERNEL_KERNEL_H
#define ATTN_KERNEL_KERNEL_H

#include <stdint.h>

/* What the caller will touch next, as a list of pieces of memory. A product asks for it while it computes, a line now and then,
 * so that it has come from memory when it is wanted. The product moves it on. */
typedef struct attni_piece {
    const float *begin;
    int64_t count; /* floats */
} attni_piece;

typedef struct attni_ahead {
    const attni_piece *pieces;
    int64_t left;
    uintptr_t next,
        end; /* of the piece before `pieces`; addresses, since a piece of nothing may be at NULL */
} attni_ahead;

/* What opens the attention GRU's steps in place of z, or beside it: weights a[m, width] from outside, width 1 or h.
 *     REPLACE   there is no z   after = a * n + (1 - a) * before
 *     PAPER     take = a * z    after = take * n + (1 - take) * before
 *     CODE      keep = (1 - a) * z    after = keep * before + (1 - keep) * n */
typedef struct attni_opening {
    enum { ATTNI_REPLACE, ATTNI_PAPER, ATTNI_CODE } form; /* as ATTN_ATTNGRU_... */
    int64_t width;
    const float *weights;
} attni_opening;

#define ATTNI_INT8_PIECE 1024

/* The products of factors that are rounded to bfloat16, sums in float32. For attni_kernels_rounding, which puts them in the place
 * of those of whole factors:
 *     pack and pack_transposed round B, to nearest, ties to even; product and product_over round A, as it comes
 * Else all is as with whole factors, and of the rounded ones each product is exact. What is below 2^-126 in size, number or sum,
 * may count as 0. */
typedef struct attni_products {
    int32_t
        pairs; /* two numbers of k stand together in a float's place, so that what is packed is half as large */
    void (*pack)(int64_t k, int64_t n, const float *b, int64_t ldb, float *packed);
    void (*pack_transposed)(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed);
    void (*product)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                    float *c, int64_t ldc, int32_t accumulate, attni_ahead *ahead);
    void (*product_over)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                         float *c, int64_t ldc);
} attni_products;

typedef struct attni_kernels {
    const char *name;
    int32_t isa;

    /* The product with a matrix that is used again and again (a recurrent weight at every step of a sequence):
     *     C[m,n] = A[m,k] B[k,n]           or += with accumulate != 0
     * B is packed once, in panels of `panel` columns, each k rows of `panel` floats, the last one padded with 0.
     * pack takes B[k,n] with leading dimension ldb; pack_transposed takes it as W[n,k]. C rows need no padding. The
     * result of a row does not depend on m, nor on the row's place. `ahead` may be NULL. */
    int32_t panel;
    int32_t row_block; /* the product is fastest when m is a multiple of this */
    void (*pack)(int64_t k, int64_t n, const float *b, int64_t ldb, float *packed);
    void (*pack_transposed)(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed);
    void (*product)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                    float *c, int64_t ldc, int32_t accumulate, attni_ahead *ahead);

    /* The same with B in bfloat16, which is half as wide: a single row is bound by reading B. pack_bfloat16 rounds `size` numbers
     * packed by the above, to nearest, ties to even; product_bfloat16 widens them again: C = A B. */
    void (*pack_bfloat16)(int64_t size, const float *packed, uint16_t *narrow);
    void (*product_bfloat16)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                             const uint16_t *narrow, float *c, int64_t ldc);

    /* The same product of integers of 8 bits with sums of 32, from W[n,k], k > 0. k is taken in pieces of ATTNI_INT8_PIECE
     * numbers, so that a piece's sums are exact in float32 too. A row of W, and a row of A, are rounded piece by piece:
     *     q = round(127 / max|x| x), ties to even; where max|x| <= 2^-120, 0
     *     C[i,j] = the sum over the pieces of (float)(the sum of qa[i,p] qw[j,p]) * (max|a| / 127) * (max|w| / 127)
     * where a row of A has a number that is not finite, its results are NaN. The numbers are, to the bit, the same in every
     * variant; what is packed is not. */
    void (*pack_int8)(int64_t k, int64_t n, const float *w, int64_t ldw, uint8_t *packed);
    void (*product_int8)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const uint8_t *packed,
                         float *c, int64_t ldc, attni_ahead *ahead);

    /* The product that sums over tokens, for weight gradients: C[m,n] += A[k,m]^T B[k,n], with B packed by `pack`. Fast for
     * k of some hundreds, while both fit the second-level cache. */
    void (*product_over)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed,
                         float *c, int64_t ldc);

    attni_products rounded;
    int32_t rounds; /* those stand in the place of the four above */

    /* y[i] = f(x[i]); y may be x. */
    void (*exp)(int64_t n, const float *x, float *y);
    void (*tanh)(int64_t n, const float *x, float *y);
    void (*sigmoid)(int64_t n, const float *x, float *y);

    /* GRU gates, reset after, without layer normalisation, m rows of width h. G gates: r z n, or r n where the opening replaces z:
     *     in   x[m][G h]: W x, row by row                    u[m, G h] (ldu): U h     bias[(G+1) h]: b_r + c_r, b_z + c_z, b_n, c_n
     *          opening: NULL for the plain GRU               state[m,h]: the state before
     *     out  state[m,h]: the state after
     *          kept[m,(G+2) h]: r, z, n, q = U_n h + c_n and the state before, for backward; NULL in inference. x may point there
     *     r = sigmoid(x_r + u_r + bias_r); z likewise; n = tanh(x_n + b_n + r * q); after = n + z * (before - n) */
    void (*gru_forward)(int64_t m, int64_t h, const float *const *x, const float *u, int64_t ldu,
                        const float *bias, const attni_opening *opening, float *state, float *kept);

    /* And back:
     *     in   kept[m,(G+2) h]: forward's; dh[m,h]: the gradient of the state after
     *     out  da[m,(G+1) h] (ldda): gradients of the pre-activations and of q: da_n, da_r, da_z, dq = da_n * r
     *          dh[m,h]: its part for the state before that does not go through U
     *          dweights[m,width]: the gradient of the opening's weights; NULL where it is not wanted */
    void (*gru_backward)(int64_t m, int64_t h, const float *kept, const attni_opening *opening, float *dh,
                         float *da, int64_t ldda, float *dweights);

    /* The end of the one and the beginning of the other, for gates that were made one by one: state from kept's z and n; and from
     * dh the same, but of da only da_n and da_z. */
    void (*gru_update)(int64_t m, int64_t h, const float *kept, const attni_opening *opening, float *state);
    void (*gru_update_backward)(int64_t m, int64_t h, const float *kept, const attni_opening *opening,
                                float *dh, float *da, int64_t ldda, float *dweights);

    /* Attention's feedforward score of m items, without what is added to it and its outer tanh:
     *     hidden[m,a]: W h; becomes u = tanh(W h + bias)        scores[m] = v . u
     * And back, from the gradients of the scores: hidden[m,a] = u becomes dp = dscore v (1 - u^2), the gradient of W h + bias;
     *     dbias[a] += dp and dv[a] += dscore u, summed over the items. */
    void (*score_forward)(int64_t m, int64_t a, const float *bias, const float *v, float *hidden,
                          float *scores);
    void (*score_backward)(int64_t m, int64_t a, const float *dscores, const float *v, float *hidden,
                           float *dbias, float *dv);

    /* The same for one of many queries, whose `asked` stands in bias's place: hidden stays W h for the next one, and u is not
     * kept but computed again on the way back: dhidden[m,a] += dp, and the sum of the dp is added to dasked[a]. */
    void (*query_forward)(int64_t m, int64_t a, const float *asked, const float *v, const float *hidden,
                          float *scores);
    void (*query_backward)(int64_t m, int64_t a, const float *dscores, const float *asked, const float *v,
                           const float *hidden, float *dhidden, float *dasked, float *dv);

    /* Layer normalisation of m rows of width n in place (leading dimension ld): xhat = (x - mean) / sqrt(var + 1e-5),
     * rstd[m] = 1 / sqrt(var + 1e-5). Backward: dx = rstd * (g - mean(g) - xhat * mean(g * xhat)), in place of g. */
    void (*normalize)(int64_t m, int64_t n, float *x, int64_t ld, float *rstd, int64_t ldr);
    void (*normalize_backward)(int64_t m, int64_t n, const float *xhat, int64_t ldx, const float *rstd,
                               int64_t ldr, float *g, int64_t ldg);

    /* Dropout of n numbers: y[i] = bits[i] < threshold ? 0 : scale * x[i]; y may be x. bits are of 32 bits, of which the upper 16
     * are pieces, low before high, of the words Philox4x32-10(seed; position + i / 8, stream), and the lower 16 the same
     * pieces of those of the stream ~stream: they decide once in 65,536 times, and are drawn only then. */
    void (*dropout)(int64_t n, uint32_t threshold, float scale, uint64_t seed, uint64_t stream,
                    uint64_t position, const float *x, float *y);

    /* Whether all of n numbers are finite. */
    int32_t (*finite)(int64_t n, const float *x);

    /* y += scale * x;  sum of a[i] * b[i];  sums[n] += the sum of the rows of a[m,n] (lda). */
    void (*axpy)(int64_t n, float scale, const float *x, float *y);
    float (*dot)(int64_t n, const float *a, const float *b);
    void (*column_sums)(int64_t m, int64_t n, const float *a, int64_t lda, float *sums);

    /* One Adam update of n numbers: see attn/adam.h. `rate` and `epsilon` hold the bias corrections already:
     *     g = clip * gradient; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g g
     *     w -= decay * w + rate * m / (sqrt(v) + epsilon) */
    void (*adam)(int64_t n, float *w, const float *gradient, float *m, float *v, float clip, float beta1,
                 float beta2, float rate, float epsilon, float decay);
} attni_kernels;

/* The sum of x[i]^2, also where the squares lie beyond the floats. */
double attni_sum_squares(const attni_kernels *kernels, int64_t n, const float *x);

/* Dropout's threshold for a rate in [0, 1), and the scale that keeps the mean: by what is drawn. */
static inline uint32_t attni_drop_threshold(float rate)
{
    return (uint32_t)((double)rate * 0x1p32 + 0.5);
}

static inline float attni_drop_scale(uint32_t threshold)
{
    return (float)(0x1p32 / (0x1p32 - (double)threshold));
}

/* The table whose pack, pack_transposed, product and product_over are the rounded ones. */
attni_kernels attni_kernels_rounding(const attni_kernels *kernels);

/* Floats that a packed B[k,n] takes, and bytes that W[n,k] does in int8. */
int64_t attni_packed_size(const attni_kernels *kernels, int64_t k, int64_t n);
int64_t attni_packed_int8_size(const attni_kernels *kernels, int64_t k, int64_t n);

/* The upper half of the float nearest to x that has no lower half; ties to even, infinity and NaN stay. And back. */
static inline uint16_t attni_to_bfloat16(float x)
{
    union {
        float number;
        uint32_t bits;
    } u = {x};
    uint32_t odd = u.bits >> 16 & 1;
    return (uint16_t)(x != x ? u.bits >> 16 | 1 : (u.bits + 0x7FFF + odd) >> 16);
}

static inline float attni_from_bfloat16(uint16_t x)
{
    union {
        uint32_t bits;
        float number;
    } u = {(uint32_t)x << 16};
    return u.number;
}

/* The table for ATTN_ISA_...; NULL when the processor lacks it, or the build does. */
const attni_kernels *attni_kernels_for(int32_t isa);

extern const attni_kernels attni_kernels_reference, attni_kernels_baseline;
#ifdef ATTNI_X86
extern const attni_kernels attni_kernels_avx2, attni_kernels_avx512, attni_kernels_avx512vnni,
    attni_kernels_avx512bf16;
#endif

#endif
