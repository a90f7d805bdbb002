/* simd.c - the kernels in the compiler's vectors: one body, compiled once for each instruction set. vector.h has the vectors,
 * products.h the matrix products, rounded.h those of rounded factors, gates.h the GRU's and attention's element by element, int8.c
 * the products of bytes; the rest is here. */
#include "kernel/bfloat16.h"
#include "kernel/gates.h"
#include "kernel/int8.h"
#include "kernel/kernel.h"
#include "kernel/products.h"
#include "kernel/rounded.h"
#include "kernel/vector.h"

/* ---- functions ------------------------------------------------------------------------------------------- */

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

/* ---- layer normalisation --------------------------------------------------------------------------------- */

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
            squares = madd(d, d, squares);
        });
        *rstd = 1.0f / __builtin_sqrtf(sum(squares) / (float)n + 1e-5f);
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
            along = madd(d, LOAD(xhat), along);
        });
        const float mean = sum(total) / (float)n, slope = sum(along) / (float)n;
        FOR_VECTORS(n, STORE(g, *rstd * nmadd(LOAD(xhat), all(slope), LOAD(g) - mean)););
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
    const uint16_t upper = (uint16_t)(threshold >> 16), lower = (uint16_t)threshold;
    uint16_t pieces[8 * LANES], below[8 * LANES];
    for (int64_t i = 0; i < n; i += 8 * LANES, position += LANES) {
        int64_t count = n - i < 8 * LANES ? n - i : 8 * LANES;
        uint16_t undecided = 0;
        philox(seed, stream, position, pieces);
        for (int64_t j = 0; j < count; j++)
            y[i + j] = pieces[j] < upper ? 0.0f : scale * x[i + j];
        for (int64_t j = 0; j < 8 * LANES; j++)
            undecided |= pieces[j] == upper;
        if (lower == 0 || !undecided)
            continue;
        philox(seed, ~stream, position, below);
        for (int64_t j = 0; j < count; j++)
            y[i + j] = pieces[j] == upper && below[j] < lower ? 0.0f : y[i + j];
    }
}

/* ---- numbers that are none ------------------------------------------------------------------------------- */

static int32_t all_finite(int64_t n, const float *x)
{
    const ivec sign = (ivec)all(-0.0f), infinite = (ivec)all(__builtin_inff());
    ivec wrong = {0};
    FOR_VECTORS(n, wrong |= ((ivec)LOAD(x) & ~sign) >= infinite;);
    int32_t lanes[VL], any = 0;
    memcpy(lanes, &wrong, sizeof lanes);
    for (int lane = 0; lane < VL; lane++)
        any |= lanes[lane];
    return any == 0;
}

/* ---- vectors --------------------------------------------------------------------------------------------- */

static void axpy(int64_t n, float scale, const float *x, float *y)
{
    FOR_VECTORS(n, STORE(y, madd(all(scale), LOAD(x), LOAD(y))););
}

static float dot(int64_t n, const float *a, const float *b)
{
    vec total = {0};
    FOR_VECTORS(n, total = madd(LOAD(a), LOAD(b), total););
    return sum(total);
}

/* Four rows at a time, so that the sums are read and written a quarter as often. */
static void column_sums(int64_t m, int64_t n, const float *a, int64_t lda, float *sums)
{
    int64_t row = 0;
    for (; row + 4 <= m; row += 4, a += 4 * lda)
        FOR_VECTORS(n, STORE(sums, LOAD(sums) + ((LOAD(a) + LOAD(a + lda)) +
                                                 (LOAD(a + 2 * lda) + LOAD(a + 3 * lda)))););
    for (; row < m; row++, a += lda)
        FOR_VECTORS(n, STORE(sums, LOAD(sums) + LOAD(a)););
}

static void adam(int64_t n, float *w, const float *gradient, float *m, float *v, float clip, float beta1,
                 float beta2, float rate, float epsilon, float decay)
{
    FOR_VECTORS(n, {
        vec g = clip * LOAD(gradient), old = LOAD(w);
        vec first = madd(all(beta1), LOAD(m), (1.0f - beta1) * g);
        vec second = madd(all(beta2), LOAD(v), (1.0f - beta2) * g * g);
        STORE(m, first);
        STORE(v, second);
        STORE(w, old - madd(all(decay), old, rate * first / (vroot(second) + epsilon)));
    });
}

#define NAME_(what, variant) what##_##variant
#define NAME(what, variant) NAME_(what, variant)
#define STRING_(variant) #variant
#define STRING(variant) STRING_(variant)

/* The table of a variant whose products in int8 are those that were compiled for `bytes`; then come its products of rounded
 * factors. */
#define TABLE(variant, number, bytes, ...)                                                                   \
    const attni_kernels NAME(attni_kernels, variant) = {                                                     \
        .name = STRING(variant),                                                                             \
        .isa = number,                                                                                       \
        .panel = PANEL,                                                                                      \
        .row_block = MR,                                                                                     \
        .pack = pack,                                                                                        \
        .pack_transposed = pack_transposed,                                                                  \
        .product = product,                                                                                  \
        .pack_bfloat16 = pack_bfloat16,                                                                      \
        .product_bfloat16 = product_bfloat16,                                                                \
        .pack_int8 = NAME(attni_pack_int8, bytes),                                                           \
        .product_int8 = NAME(attni_product_int8, bytes),                                                     \
        .product_over = product_over,                                                                        \
        .rounded = __VA_ARGS__,                                                                              \
        .exp = vector_exp,                                                                                   \
        .tanh = vector_tanh,                                                                                 \
        .sigmoid = vector_sigmoid,                                                                           \
        .gru_forward = gru_forward,                                                                          \
        .gru_backward = gru_backward,                                                                        \
        .gru_update = gru_update,                                                                            \
        .gru_update_backward = gru_update_backward,                                                          \
        .score_forward = score_forward,                                                                      \
        .score_backward = score_backward,                                                                    \
        .query_forward = query_forward,                                                                      \
        .query_backward = query_backward,                                                                    \
        .normalize = normalize,                                                                              \
        .normalize_backward = normalize_backward,                                                            \
        .dropout = dropout,                                                                                  \
        .finite = all_finite,                                                                                \
        .axpy = axpy,                                                                                        \
        .dot = dot,                                                                                          \
        .column_sums = column_sums,                                                                          \
        .adam = adam,                                                                                        \
    }

TABLE(ATTNI_VARIANT, ISA, ATTNI_VARIANT, ROUNDED_PRODUCTS);
#if defined(__AVX512F__) /* VNNI multiplies bytes, BF16 rounded factors, and all else is the same */
TABLE(avx512vnni, ATTN_ISA_AVX512VNNI, avx512vnni, ROUNDED_PRODUCTS);
TABLE(avx512bf16, ATTN_ISA_AVX512BF16, avx512vnni,
      {1, attni_pack_avx512bf16, attni_pack_transposed_avx512bf16, attni_product_avx512bf16,
       attni_product_over_avx512bf16});
#endif
