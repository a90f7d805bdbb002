/* vector.h - the compiler's vectors for one instruction set, and exp, tanh and sigmoid on them. For simd.c alone.
 *
 * VL floats a vector; the product's tile is MR rows by two vectors of columns, so that its sums stay in registers:
 *     AVX-512  12 x 32, 24 of 32 registers      AVX2  6 x 16, 12 of 16      SSE2, NEON  4 x 8, 8 of 16 */
#ifndef ATTN_KERNEL_VECTOR_H
#define ATTN_KERNEL_VECTOR_H

#include <stdint.h>
#include <string.h>

#include "attn/context.h"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

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

/* Half a vector. */
typedef float hvec __attribute__((vector_size(2 * VL)));
typedef float loose_hvec __attribute__((vector_size(2 * VL), aligned(4), may_alias));

#ifndef INLINE /* with sanitizers */
#define INLINE static inline __attribute__((always_inline))
#endif

INLINE vec load(const float *p)
{
    return *(const loose_vec *)p;
}

INLINE hvec load_half(const float *p)
{
    return *(const loose_hvec *)p;
}

/* The half, and zeros. */
INLINE vec widen(hvec x)
{
    union {
        hvec halves[2];
        vec whole;
    } u = {{x, {0}}};
    return u.whole;
}

INLINE void store(float *p, vec x)
{
    *(loose_vec *)p = x;
}

INLINE vec all(float x)
{
    return x - (vec){0};
}

/* c + a b and c - a b, rounded once where the instruction set has FMA, and twice in SSE2. Said here and nowhere left to the
 * compiler, which contracts nothing: so a sum is the same to the bit in whatever loop it is made, at any optimisation. */
INLINE vec madd(vec a, vec b, vec c)
{
#if defined(__AVX512F__)
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__) && defined(__FMA__)
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return c + a * b;
#endif
}

INLINE vec nmadd(vec a, vec b, vec c)
{
#if defined(__AVX512F__)
    return (vec)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__) && defined(__FMA__)
    return (vec)_mm256_fnmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
    return (vec)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return c - a * b;
#endif
}

INLINE hvec madd_half(hvec a, hvec b, hvec c)
{
#if defined(__AVX512F__)
    return (hvec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__AVX2__) && defined(__FMA__)
    return (hvec)_mm_fmadd_ps((__m128)a, (__m128)b, (__m128)c);
#elif defined(__aarch64__)
    return (hvec)vfma_f32((float32x2_t)c, (float32x2_t)a, (float32x2_t)b);
#else
    return c + a * b;
#endif
}

/* The first 1 <= n < VL numbers; the others are 0, and their memory is not touched. */
#if defined(__AVX512F__)
INLINE vec load_part(const float *p, int64_t n)
{
    return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1u), p);
}

INLINE void store_part(float *p, vec x, int64_t n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1u), (__m512)x);
}
#elif defined(__AVX2__)
INLINE __m256i part_mask(int64_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE vec load_part(const float *p, int64_t n)
{
    return (vec)_mm256_maskload_ps(p, part_mask(n));
}

INLINE void store_part(float *p, vec x, int64_t n)
{
    _mm256_maskstore_ps(p, part_mask(n), (__m256)x);
}
#else
INLINE vec load_part(const float *p, int64_t n)
{
    return (vec){p[0], n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f};
}

INLINE void store_part(float *p, vec x, int64_t n)
{
    p[0] = x[0];
    if (n > 1)
        p[1] = x[1];
    if (n > 2)
        p[2] = x[2];
}
#endif

INLINE vec choose(ivec mask, vec yes, vec no)
{
    return (vec)(((ivec)yes & mask) | ((ivec)no & ~mask));
}

/* bound < x ? bound : x, and bound > x ? bound : x: NaN stays NaN. */
INLINE vec at_most(vec x, float bound)
{
#if defined(__AVX512F__)
    return (vec)_mm512_min_ps((__m512)all(bound), (__m512)x);
#elif defined(__AVX2__)
    return (vec)_mm256_min_ps((__m256)all(bound), (__m256)x);
#elif defined(__aarch64__)
    return (vec)vminq_f32((float32x4_t)x, (float32x4_t)all(bound));
#else
    return choose(x > all(bound), all(bound), x);
#endif
}

INLINE vec at_least(vec x, float bound)
{
#if defined(__AVX512F__)
    return (vec)_mm512_max_ps((__m512)all(bound), (__m512)x);
#elif defined(__AVX2__)
    return (vec)_mm256_max_ps((__m256)all(bound), (__m256)x);
#elif defined(__aarch64__)
    return (vec)vmaxq_f32((float32x4_t)x, (float32x4_t)all(bound));
#else
    return choose(x < all(bound), all(bound), x);
#endif
}

INLINE vec vroot(vec x)
{
#if defined(__AVX512F__)
    return (vec)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
    return (vec)_mm256_sqrt_ps((__m256)x);
#else
    vec y;
    for (int i = 0; i < VL; i++) /* the compiler makes one instruction of it */
        y[i] = __builtin_sqrtf(x[i]);
    return y;
#endif
}

/* to[p * ld + c] = from[c * ldf + p] for c and p below 4. */
INLINE void transpose(const float *from, int64_t ldf, float *to, int64_t ld)
{
#if defined(__SSE2__)
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + ldf), c = _mm_loadu_ps(from + 2 * ldf),
           d = _mm_loadu_ps(from + 3 * ldf);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + ld, b);
    _mm_storeu_ps(to + 2 * ld, c);
    _mm_storeu_ps(to + 3 * ld, d);
#else
    for (int64_t p = 0; p < 4; p++) {
        for (int64_t c = 0; c < 4; c++)
            to[p * ld + c] = from[c * ldf + p];
    }
#endif
}

/* By halves, so that few additions wait for each other. */
INLINE float sum(vec x)
{
    float part[VL];
    memcpy(part, &x, sizeof part);
#pragma GCC unroll 16
    for (int width = VL / 2; width > 0; width /= 2) {
#pragma GCC unroll 16
        for (int i = 0; i < width; i++)
            part[i] += part[i + width];
    }
    return part[0];
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

/* ---- functions ------------------------------------------------------------------------------------------- */

/* e^x = 2^n e^r with n = round(x / ln 2) and |r| <= ln 2 / 2: n, and e^r by the polynomial of Cephes' expf. */
INLINE vec exp_parts(vec x, ivec *n)
{
    const vec magic = all(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    vec t = madd(x, all(1.44269504088896341f), magic);
    *n = (ivec)t - (ivec)magic;
    vec whole_n = t - magic;
    vec r = nmadd(whole_n, all(0.693359375f), x);
    r = madd(whole_n, all(2.12194440e-4f), r);
    vec p = all(1.9875691500e-4f);
    p = madd(p, r, all(1.3981999507e-3f));
    p = madd(p, r, all(8.3334519073e-3f));
    p = madd(p, r, all(4.1665795894e-2f));
    p = madd(p, r, all(1.6666665459e-1f));
    p = madd(p, r, all(5.0000001201e-1f));
    return madd(p, r * r, r) + 1.0f;
}

/* 2^n is multiplied in two halves, so that results down to the smallest subnormal and up to infinity come out. */
INLINE vec vexp(vec x)
{
    ivec n;
    vec p = exp_parts(at_least(at_most(x, 89.0f), -104.0f), &n);
    ivec half = n >> 1;
    vec scale = (vec)((half + 127) << 23), rest = (vec)((n - half + 127) << 23);
    return p * scale * rest;
}

/* 1 / (1 + e^-x); beyond +-88 as at 88, so that one multiplication by 2^n will do: it does not overflow, and what it loses at
 * -88 is far below 1. */
INLINE vec vsigmoid(vec x)
{
    ivec n;
    vec p = exp_parts(at_most(at_least(-x, -88.0f), 88.0f), &n);
    return 1.0f / madd(p, (vec)((n + 127) << 23), all(1.0f));
}

/* x P(x^2) / Q(x^2), the best such quotient of degrees 4 and 4 on [-9, 9] in relative error (2e-8); beyond 9, tanh rounds
 * to 1. */
INLINE vec vtanh(vec x)
{
    vec y = at_least(at_most(x, 9.0f), -9.0f), t = y * y;
    vec p = all(1.3354551954925036e-08f), q = all(7.77651253455741e-07f);
    p = madd(p, t, all(2.0609000375997263e-05f));
    q = madd(q, t, all(0.0003285626596217878f));
    p = madd(p, t, all(0.0034955830759952045f));
    q = madd(q, t, all(0.025876962955705955f));
    p = madd(p, t, all(0.13381021381486238f));
    q = madd(q, t, all(0.4671433697698462f));
    p = madd(p, t, all(0.9999999794651817f));
    q = madd(q, t, all(1.0f));
    return at_least(at_most(y * p / q, 1.0f), -1.0f);
}

#endif
